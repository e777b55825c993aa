"""The angles of the joints: what they mean, how far they go, and what they turn.

Each joint turns its segment by three anatomical angles in radians, zero at rest:

==============  =======================  ========================  =====================
joint           0 flexion                1 abduction               2 twist
==============  =======================  ========================  =====================
pelvis ... head forward                  to the person's left      to the person's left
clavicle        (not used)               shoulder up (shrug)       shoulder forward
shoulder, hip   forward                  away from the body        inward
elbow           bends                    (not used)                inward (pronation)
wrist           towards the thumb        away from the palm        inward
knee            bends                    (not used)                inward
ankle           toes up                  sole outward              toes inward
==============  =======================  ========================  =====================

Flexion and abduction are one *swing*: the rotation vector (flexion, 0, abduction), signed by
side, so that no order of rotations and no gimbal lock comes in; the twist about the bone is
applied before it. The same angles with ``left_`` and ``right_`` exchanged are the mirror image.
"""

from __future__ import annotations

import numpy as np

from ... import skeletons
from .joint_tree import INDEX, JOINTS


def _signs() -> np.ndarray:
    """(J, 3): anatomical angle to rotation about (x, z, y) of the rest pose."""
    signs = np.empty((len(JOINTS), 3))
    for j, name in enumerate(JOINTS):
        if not name.startswith((skeletons.LEFT, skeletons.RIGHT)):
            signs[j] = 1, -1, 1
        else:
            side = 1 if name.startswith(skeletons.LEFT) else -1
            signs[j] = 1 if name.endswith("knee") else -1, side, -side
    return signs


_SIGNS = _signs()

# Degrees: (lowest, highest) of flexion, abduction, twist. Rounded from the ranges in Norkin
# and White, Measurement of Joint Motion, with the spine's range shared over its joints.
_LIMITS = {
    "pelvis": ((-360, 360), (-360, 360), (-360, 360)),
    "spine": ((-25, 50), (-25, 25), (-30, 30)),
    "chest": ((-20, 40), (-20, 20), (-35, 35)),
    "neck": ((-35, 35), (-25, 25), (-40, 40)),
    "head": ((-30, 30), (-20, 20), (-40, 40)),
    "clavicle": ((0, 0), (-10, 40), (-20, 30)),
    "shoulder": ((-60, 180), (-45, 180), (-90, 90)),
    "elbow": ((0, 150), (0, 0), (-90, 90)),
    "wrist": ((-35, 25), (-80, 70), (0, 0)),
    "hip": ((-30, 125), (-30, 60), (-45, 45)),
    "knee": ((0, 150), (0, 0), (-15, 15)),
    "ankle": ((-50, 30), (-20, 20), (-20, 20)),
}
LIMITS = np.radians([_LIMITS[name.split("_")[-1]] for name in JOINTS])  # (J, 3, 2)


def clamp_angles(angles: np.ndarray) -> np.ndarray:
    """(..., J, 3) angles, each brought within its joint's limits."""
    return np.minimum(np.maximum(angles, LIMITS[..., 0]), LIMITS[..., 1])


def mirror(angles: np.ndarray) -> np.ndarray:
    """(..., J, 3) the angles of the mirror image: left and right exchanged."""
    mirrored = angles[..., _MIRROR, :].copy()
    mirrored[..., _MIDDLE, 1:] *= -1
    return mirrored


_MIRROR = np.array([INDEX[skeletons.mirror_name(name)] for name in JOINTS])
_MIDDLE = np.flatnonzero(np.arange(len(JOINTS)) == _MIRROR)


def segment_transforms(angles: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """(..., J + 1, 4, 4) each segment in its parent's frame; the last one is the identity.

    The swing is Rodrigues' formula for the rotation vector (x, 0, z), written out.
    """
    signed = angles * _SIGNS
    x, z, twist = signed[..., 0], signed[..., 1], signed[..., 2]
    xx, zz = x * x, z * z
    angle = np.sqrt(xx + zz) + 1e-12
    a = np.sin(angle) / angle
    cos = np.cos(angle)
    b = (1 - cos) / (angle * angle)
    bxz, c, s = b * x * z, np.cos(twist), np.sin(twist)
    first = 1 - b * zz, a * z, bxz  # what the swing makes of the x axis, and of the z axis
    last = bxz, -a * x, 1 - b * xx
    local = np.zeros((*angle.shape[:-1], len(JOINTS) + 1, 4, 4))
    for row in range(3):
        local[..., :-1, row, 0] = first[row] * c - last[row] * s
        local[..., :-1, row, 2] = first[row] * s + last[row] * c
    local[..., :-1, 0, 1] = -a * z
    local[..., :-1, 1, 1] = cos
    local[..., :-1, 2, 1] = a * x
    local[..., :-1, :3, 3] = offsets
    local[..., 3, 3] = 1
    local[..., -1, [0, 1, 2], [0, 1, 2]] = 1
    return local
