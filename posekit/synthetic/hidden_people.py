"""Which joints are hidden by other people: asked of capsules, without painting anything.

Limbs, trunk and head of everybody are capsules, lines with a radius. A joint is hidden where the
line of sight to it meets a capsule of somebody else before it. What is painted decides as finely
as pixels do (`joint_visibility`) and knows also what a person's own body hides; this costs a
thousandth, and is meant for clips of which nobody needs the images.
"""

from __future__ import annotations

import numpy as np

from ..cameras import Camera
from .human.body import Posed
from .human.joint_tree import INDEX

# From joint, to joint, and the radius as a fraction of the height.
_CAPSULES = [
    *[
        (f"{side}_{a}", f"{side}_{b}", r)
        for side in ("left", "right")
        for a, b, r in (
            ("shoulder", "elbow", 0.03),
            ("elbow", "wrist", 0.025),
            ("hip", "knee", 0.047),
            ("knee", "ankle", 0.035),
            ("shoulder", "hip", 0.05),
        )
    ],
    ("pelvis", "neck", 0.06),
    ("neck", "head", 0.055),
]
_FROM, _TO = ([INDEX[capsule[end]] for capsule in _CAPSULES] for end in (0, 1))
_RADII = np.array([capsule[2] for capsule in _CAPSULES])
_HEAD = 1.1  # lengths of the neck by which the head reaches beyond its joint


def hidden_by_others(posed: Posed, points: np.ndarray, cameras: list[Camera]) -> np.ndarray:
    """(T, P, K) bool: whether somebody else stands before a joint.

    ``posed`` has frames (T, P, J, 4, 4) and a body of P people; ``points`` (T, P, K, 3) metres,
    world; ``cameras`` are T.
    """
    joints = np.stack([camera.to_camera(at) for camera, at in zip(cameras, posed.joints)])
    points = np.stack([camera.to_camera(at) for camera, at in zip(cameras, points)])
    start, end = joints[:, :, _FROM], joints[:, :, _TO].copy()
    end[:, :, -1] += _HEAD * (end[:, :, -1] - start[:, :, -1])
    radii = posed.body.height[:, None] * _RADII
    hidden = np.zeros(points.shape[:3], bool)
    for p in range(points.shape[1]):
        for q in range(points.shape[1]):
            if p != q:
                hidden[:, p] |= _before(points[:, p], start[:, q], end[:, q], radii[q])
    return hidden


def _before(points, start, end, radii) -> np.ndarray:
    """(T, K) whether one of B capsules (T, B, 3) stands before a point (T, K, 3)."""
    (at, depth), (a, near), (b, far) = (_flat(part) for part in (points, start, end))
    along = (b - a)[:, None]
    offset = at[:, :, None] - a[:, None]
    share = (offset * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-12)
    share = np.clip(share, 0, 1)
    away = np.linalg.norm(offset - share[..., None] * along, axis=-1)
    z = near[:, None] + share * (far - near)[:, None]
    return ((away < radii / z) & (z < depth[..., None])).any(-1)


def _flat(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(..., 2) on the plane at a depth of 1, and (...) the depth."""
    depth = points[..., 2]
    return points[..., :2] / depth[..., None], depth
