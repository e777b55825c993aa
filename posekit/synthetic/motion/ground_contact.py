"""How a body meets the ground: its lowest part, and level soles."""

from __future__ import annotations

import numpy as np

from ..human.body import Posed
from ..human.joint_tree import INDEX, JOINTS, SITES

_POINTS = JOINTS + SITES
# How far the flesh (or the sole) reaches below a point, as a fraction of the height; the
# points that can carry a body. Others float.
_FLESH = {
    "pelvis": 0.062,
    "spine": 0.055,
    "chest": 0.062,
    "head_centre": 0.055,
    "elbow": 0.02,
    "knee": 0.030,
    "shoulder": 0.033,
    "wrist": 0.016,
    "heel": 0.004,
    "big_toe": 0.004,
    "small_toe": 0.004,
    "fingertip": 0.006,
    "hip": 0.060,
}


def _carriers() -> tuple[np.ndarray, np.ndarray]:
    pairs = [
        (n, _FLESH[key])
        for n, name in enumerate(_POINTS)
        for key in (name, name.split("_", 1)[-1])
        if key in _FLESH
    ]
    return np.array([n for n, _ in pairs]), np.array([reach for _, reach in pairs])


_CARRIERS, _REACH = _carriers()
_JOINTS, _SITES = np.split(_CARRIERS, [np.searchsorted(_CARRIERS, len(JOINTS))])
_SITES = _SITES - len(JOINTS)


def lowest(posed: Posed) -> np.ndarray:
    """(...) metres: the height of the lowest part of the body above the ground."""
    reach = _REACH * np.asarray(posed.body.height)[..., None]
    points = posed.joints[..., _JOINTS, :], posed.sites(_SITES)
    return (np.concatenate(points, axis=-2)[..., 1] - reach).min(-1)


def ground(posed: Posed, lift=0.0) -> Posed:
    """The body put down so that it stands (sits, lies) on the ground, or ``lift`` above it."""
    shift = np.zeros((*posed.frames.shape[:-3], 3))
    shift[..., 1] = lift - lowest(posed)
    return posed.moved(shift)


def flatten_feet(angles: np.ndarray, how_much=1.0) -> np.ndarray:
    """Turn the ankles so that the soles are level, as far as the joint allows.

    Exact for legs that move forward and back only: the sole's tilt is then the sum of the
    angles from the pelvis down.
    """
    angles = angles.copy()
    for side in ("left", "right"):
        hip, knee, ankle = (INDEX[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle"))
        level = angles[..., knee, 0] - angles[..., hip, 0] + angles[..., 0, 0]
        wanted = np.clip(level, np.radians(-45), np.radians(30))
        angles[..., ankle, 0] += how_much * (wanted - angles[..., ankle, 0])
    return angles
