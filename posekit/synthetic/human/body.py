"""One 3D body: a tree of joints, and every named point of every joint set read off it.

Axes (right-handed, metres). The world has **y up** and the ground at y = 0. A body in its
rest pose stands facing **+z**, with **+x towards its own left**: left x up = forward. The
rest pose is standing upright, arms hanging, palms to the thighs, feet pointing forward.

Angles. Each joint turns its segment by three anatomical angles in radians, zero at rest:

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

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ... import skeletons
from ...errors import InputError

JOINTS = (
    "pelvis",
    "spine",
    "chest",
    "neck",
    "head",
    "left_clavicle",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
    "left_hip",
    "left_knee",
    "left_ankle",
    "right_clavicle",
    "right_shoulder",
    "right_elbow",
    "right_wrist",
    "right_hip",
    "right_knee",
    "right_ankle",
)
INDEX = {name: j for j, name in enumerate(JOINTS)}

# Where each joint sits in its parent's segment, in fractions of the body height: the left
# half and the middle, the right half is its mirror image. Lengths along the limbs, and the
# heights of hip, shoulder, chin and eye: Winter, Biomechanics and Motor Control of Human
# Movement (4th ed.), figure 4.1, after Drillis and Contini (1966). Hip and shoulder *centres*
# lie inside the breadths given there.
_OFFSETS = {
    "pelvis": (None, (0, 0, 0)),
    "spine": ("pelvis", (0, 0.050, -0.006)),
    "chest": ("spine", (0, 0.085, 0)),
    "neck": ("chest", (0, 0.165, -0.006)),
    "head": ("neck", (0, 0.062, 0.010)),
    "left_clavicle": ("chest", (0.012, 0.140, 0.010)),
    "left_shoulder": ("left_clavicle", (0.091, 0.000, -0.014)),
    "left_elbow": ("left_shoulder", (0, -0.186, 0)),
    "left_wrist": ("left_elbow", (0, -0.146, 0)),
    "left_hip": ("pelvis", (0.051, 0, 0)),
    "left_knee": ("left_hip", (0, -0.245, 0)),
    "left_ankle": ("left_knee", (0, -0.246, 0)),
}
# Named points that are not joints of the tree: the segment they ride on, and where.
_POINTS = {
    "belly": ("spine", (0, 0.055, 0.020)),
    "thorax": ("chest", (0, 0.142, 0)),
    "upper_neck": ("head", (0, -0.018, -0.004)),
    "head_top": ("head", (0, 0.108, 0.006)),
    "nose": ("head", (0, 0.022, 0.078)),
    "left_eye_inner": ("head", (0.0105, 0.041, 0.061)),
    "left_eye": ("head", (0.0185, 0.041, 0.060)),
    "left_eye_outer": ("head", (0.0265, 0.041, 0.055)),
    "left_ear": ("head", (0.0450, 0.031, 0.004)),
    "left_mouth": ("head", (0.0145, 0.001, 0.063)),
    "left_pinky": ("left_wrist", (-0.002, -0.046, -0.019)),
    "left_index": ("left_wrist", (-0.002, -0.051, 0.016)),
    "left_thumb": ("left_wrist", (-0.012, -0.036, 0.028)),
    "left_fingertip": ("left_wrist", (-0.006, -0.104, 0.004)),
    "left_heel": ("left_ankle", (0, -0.036, -0.036)),
    "left_foot_index": ("left_ankle", (0.002, -0.036, 0.108)),
    "left_big_toe": ("left_ankle", (-0.007, -0.036, 0.106)),
    "left_small_toe": ("left_ankle", (0.024, -0.036, 0.084)),
}
# ``head`` of Penn Action, JHMDB and HumanEva is the middle of the head, not the joint below it.
_HEAD_CENTRE = ("head", (0, 0.042, 0.010))
_ALIAS = {"spine": "chest"}  # Human3.6M's spine is the middle of the back


def _with_mirror(table: dict) -> dict:
    """The table with a right entry for each left one, x negated."""
    full = dict(table)
    for name, (parent, (x, y, z)) in table.items():
        if name.startswith(skeletons.LEFT):
            twin = None if parent is None else skeletons.mirror_name(parent)
            full[skeletons.mirror_name(name)] = (twin, (-x, y, z))
    return full


_TREE = _with_mirror(_OFFSETS)
_SITES = _with_mirror(_POINTS) | {"head_centre": _HEAD_CENTRE}
PARENTS = np.array([INDEX.get(_TREE[name][0], -1) for name in JOINTS])
_REST = np.array([_TREE[name][1] for name in JOINTS], dtype=float)
SITES = tuple(_SITES)
_SITE_JOINT = np.array([INDEX[_SITES[name][0]] for name in SITES])
RIDES_ON = np.concatenate([np.arange(len(JOINTS)), _SITE_JOINT])  # the joint of each point
_SITE_REST = np.array([_SITES[name][1] for name in SITES], dtype=float)


def _rows(*names: str) -> np.ndarray:
    return np.flatnonzero([joint.split("_")[-1] in names for joint in JOINTS])


_LEG, _ARM = _rows("hip", "knee", "ankle"), _rows("elbow", "wrist")
_SHOULDER, _HIP = _rows("shoulder", "clavicle"), _rows("hip")
_TRUNK = _rows("spine", "chest", "neck", "head", "clavicle")
_HEAD_SITES = np.flatnonzero(np.isin(_SITE_JOINT, _rows("head")))
_HAND_SITES = np.flatnonzero(np.isin(_SITE_JOINT, _rows("wrist")))

# hops[n][j] is the ancestor 2**n steps above j; the last index stands for "above the root".
_NONE = len(JOINTS)
_HOPS = [np.append(np.where(PARENTS < 0, _NONE, PARENTS), _NONE)]
_HOPS += [_HOPS[0][_HOPS[0]]]
_HOPS += [_HOPS[1][_HOPS[1]]]


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


def _transforms(angles: np.ndarray, offsets: np.ndarray) -> np.ndarray:
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
    local = np.zeros((*angle.shape[:-1], _NONE + 1, 4, 4))
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


@dataclass(frozen=True)
class Body:
    """The measures of one person, or (`stack`) of N with a leading N on each of them.

    Attributes:
        sex: ``female`` or ``male``.
        height: metres, standing, head top to sole.
        build: how wide the person is for the height: 1 is average, 0.85 slim, 1.3 stout.
        offsets: (J, 3) metres, each joint in its parent's segment at rest.
        sites: (S, 3) metres, each point of `SITES` in its segment at rest.
        head_scale: the size of the head over that of an average adult of this height.
    """

    sex: str
    height: float
    build: float
    offsets: np.ndarray
    sites: np.ndarray
    head_scale: float = 1.0

    @classmethod
    def random(cls, rng: np.random.Generator) -> Body:
        """A person at random. Heights: ANSUR II (Gordon et al. 2014), men 1.756 (sd 0.069)
        and women 1.629 (0.064) metres; the proportions vary by 2-4 % about Winter's."""
        return cls.of_numbers(rng.random(), rng.standard_normal(8))

    @classmethod
    def of_numbers(cls, u, g: np.ndarray) -> Body:
        """The person (or the N as one, see `stack`) whom `random` makes of the random numbers
        ``u`` (...) uniform and ``g`` (..., 8) normal."""
        male, g = np.asarray(u) < 0.5, np.moveaxis(np.clip(g, -2.5, 2.5), -1, 0)
        height = np.where(male, 1.756 + 0.069 * g[0], 1.629 + 0.064 * g[0])
        build = np.exp(0.02 + 0.13 * g[1] + 0.05 * np.maximum(g[1], 0))
        wide = 0.1 * (build - 1)
        return cls._measured(
            male,
            height,
            build,
            legs=1 + 0.02 * g[2],
            arms=1 + 0.03 * g[3],
            shoulders=1 + 0.04 * g[4] + wide,
            hips=1 + 0.04 * g[5] + wide,
            head=1 + 0.03 * g[6],
        )

    @classmethod
    def make(
        cls,
        sex="female",
        height=1.7,
        build=1.0,
        *,
        legs=1.0,
        arms=1.0,
        shoulders=1.0,
        hips=1.0,
        head=1.0,
    ) -> Body:
        """A person of given measures; ``legs`` ... ``head`` scale the average proportions.

        The height stays what was asked for: longer legs make a shorter trunk. Raises
        `InputError` for a sex or a height that no person has.
        """
        if sex not in ("female", "male"):
            raise InputError(f"sex must be 'female' or 'male', and is {sex!r}.")
        if not 0.5 <= height <= 2.6:
            raise InputError(f"a height of {height} metres is not a person's: 0.5 to 2.6.")
        return cls._measured(sex == "male", height, build, legs, arms, shoulders, hips, head)

    @classmethod
    def _measured(cls, male, height, build, legs, arms, shoulders, hips, head) -> Body:
        """`make` for one person, or for N with arrays (N,)."""
        shoulders = shoulders * np.where(male, 1.03, 0.95)
        hips = hips * np.where(male, 0.98, 1.03)
        # A head grows less than the body: a short person's is larger for the height.
        head = head * (1.70 / height) ** 0.6
        leg, head_height = 0.491 * legs + 0.039, 0.108 * head
        trunk = (1 - leg - head_height) / (1 - 0.530 - 0.108)
        scale = np.ones((*np.shape(height), len(JOINTS), 3))
        sites = np.broadcast_to(_SITE_REST, (*np.shape(height), *_SITE_REST.shape)).copy()
        for rows, axis, factor in (
            (_LEG, 1, legs),
            (_SHOULDER, 0, shoulders),
            (_HIP, 0, hips),
            (_TRUNK, 1, trunk),
        ):
            scale[..., rows, axis] = np.expand_dims(factor, -1)
        scale[..., _ARM, :] = np.expand_dims(arms, (-1, -2))
        sites[..., _HEAD_SITES, :] *= np.expand_dims(head, (-1, -2))
        sites[..., _HAND_SITES, :] *= np.expand_dims(arms, (-1, -2))
        tall = np.expand_dims(height, (-1, -2))
        sex = np.where(male, "male", "female").tolist()
        return cls(
            sex if isinstance(sex, str) else tuple(sex),
            *_plain(height, build),
            _REST * scale * tall,
            sites * tall,
            *_plain(head),
        )

    @classmethod
    def stack(cls, bodies: list[Body]) -> Body:
        """N people as one: their measures with a leading N, to be posed together."""
        sex = tuple(body.sex for body in bodies)
        numbers = (
            np.array([getattr(body, name) for body in bodies])
            for name in ("height", "build", "offsets", "sites", "head_scale")
        )
        return cls(sex, *numbers)

    def pose(self, angles, position=(0.0, 0.0, 0.0), heading=0.0) -> Posed:
        """The body with its joints turned.

        Args:
            angles: (..., J, 3) radians, see the top of this file.
            position: (..., 3) metres, of the pelvis.
            heading: (...) radians about the vertical, 0 facing +z, positive to its own left.
        """
        angles = np.asarray(angles, dtype=float)
        frames = _transforms(angles, self.offsets)
        c, s = np.cos(heading), np.sin(heading)
        world = np.zeros((*angles.shape[:-2], 4, 4))
        world[..., 0, 0] = world[..., 2, 2] = c
        world[..., 0, 2], world[..., 2, 0] = s, -s
        world[..., 1, 1] = world[..., 3, 3] = 1
        world[..., :3, 3] = position
        frames[..., 0, :, :] = world @ frames[..., 0, :, :]
        # Doubling: after n rounds each frame is known in that of its ancestor 2**n above.
        for hop in _HOPS:
            frames = frames[..., hop, :, :] @ frames
        return Posed(self, frames[..., :-1, :, :])


def _plain(*values) -> list:
    """Floats of arrays without axes; other arrays as they are."""
    return [float(value) if np.ndim(value) == 0 else value for value in values]


@dataclass(frozen=True)
class Posed:
    """A body in a pose: ``frames`` (..., J, 4, 4) take each segment's frame to the world's."""

    body: Body
    frames: np.ndarray

    @property
    def joints(self) -> np.ndarray:
        """(..., J, 3) metres, world."""
        return self.frames[..., :3, 3]

    @property
    def points(self) -> np.ndarray:
        """(..., J + S, 3) metres, world: `JOINTS`, then `SITES`."""
        return np.concatenate([self.joints, self.sites()], axis=-2)

    def sites(self, which=slice(None)) -> np.ndarray:
        """(..., S, 3) metres, world: `SITES`, or those with these numbers."""
        frames = self.frames[..., _SITE_JOINT[which], :3, :]
        rest = self.body.sites[..., which, :, None]
        return (frames[..., :3] @ rest)[..., 0] + frames[..., 3]

    def keypoints(self, skeleton) -> np.ndarray:
        """(..., K, 3) metres, world: the joints of a joint set, each read off the body."""
        return self.points[..., point_indices(skeletons.get(skeleton).name), :]

    def moved(self, shift) -> Posed:
        """The same pose elsewhere; ``shift`` (..., 3) metres."""
        frames = self.frames.copy()
        frames[..., :3, 3] += np.asarray(shift)[..., None, :]
        return Posed(self.body, frames)


@lru_cache
def point_indices(skeleton: str) -> np.ndarray:
    """(K,) int: where each joint of a joint set stands in `Posed.points`."""
    names = JOINTS + SITES
    wanted = [_ALIAS.get(joint, joint) for joint in skeletons.get(skeleton).joints]
    wanted = ["head_centre" if joint == "head" else joint for joint in wanted]
    return np.array([names.index(joint) for joint in wanted])
