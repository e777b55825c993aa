"""Which joints are seen: asked of the picture's part numbers and of the parts' shapes.

A joint lies under the skin, so it counts as visible when the part that is painted over its
pixel is its own person's, and lets sight through to it after no more flesh than surrounds
that joint anyway. A far shoulder in profile has the whole chest before it: occluded.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from .. import skeletons
from ..data import OCCLUDED, UNLABELLED, VISIBLE
from .body import INDEX, RIDES_ON, point_indices
from .figure import HEAD, PARTS

# Flesh that may stand before a joint that is still seen, as fractions of the body height.
_COVER = {"shoulder": 0.075, "hip": 0.095, "elbow": 0.040, "knee": 0.055, "ankle": 0.035,
          "wrist": 0.030, "pelvis": 0.105, "spine": 0.105, "belly": 0.105, "thorax": 0.105,
          "neck": 0.080, "upper_neck": 0.070, "head": 0.095, "head_top": 0.060, "heel": 0.035,
          "ear": 0.022, "foot_index": 0.030, "big_toe": 0.030, "small_toe": 0.030}  # fmt: skip
_COVER_OF_THE_REST = 0.020  # face and fingers


@lru_cache
def _cover(skeleton: str) -> np.ndarray:
    names = [joint.removeprefix("left_").removeprefix("right_")
             for joint in skeletons.get(skeleton).joints]  # fmt: skip
    return np.array([_COVER.get(name, _COVER_OF_THE_REST) for name in names])


@lru_cache
def _on_head(skeleton: str) -> np.ndarray:
    return RIDES_ON[point_indices(skeleton)] == INDEX["head"]


def visibility(ids, person: int, cast, n: int, points, pixels, skeleton: str) -> np.ndarray:
    """(K,) uint8: 2 visible, 1 occluded, 0 outside the image.

    Args:
        ids: (H, W) uint16, see `posekit.synthetic.paint`; ``person`` the ``person``-th painted.
        cast: the `posekit.synthetic.render.Cast` in which that person is the ``n``-th.
        points, pixels: (K, 3) metres in camera axes and (K, 2), of the joints asked about.
    """
    height, width = ids.shape
    inside = ((pixels > -0.5) & (pixels < [width - 0.5, height - 0.5])).all(-1)
    inside &= points[:, 2] > 0
    x, y = np.clip(np.rint(pixels), 0, [width - 1, height - 1]).astype(int).T
    number = ids[y, x].astype(int)
    mine = (number > 0) & (number // PARTS == person)
    part = np.where(mine, number % PARTS, 0)
    ahead = _flesh_ahead(cast, n, points, part)
    # Face and ears lie on the outside of the head, where its pixels may end before they do.
    face = _on_head(skeleton)
    if face.any():
        around = np.where(face, HEAD, part)
        ahead = np.maximum(ahead, _flesh_ahead(cast, n, points, around))
    hidden = ahead > _cover(skeleton) * cast.figures.body.height[n]
    seen = np.where(hidden | (number > 0) & ~mine, OCCLUDED, VISIBLE)
    return np.where(inside, seen, UNLABELLED).astype(np.uint8)


def _flesh_ahead(cast, n: int, points, part) -> np.ndarray:
    """(K,) metres from each point towards the camera to where it leaves that part.

    A part is a piece of an elliptic cylinder along its segment's y axis. Negative: the part
    is behind the point; -1 where sight misses it.
    """
    joints, *shapes = cast.figures.parts
    radii, centre, reach = (shape[n][part] for shape in shapes)
    joint = joints[part]
    turn, place = cast.turn[n][joint], cast.place[n][joint]
    local = ((points - place)[:, None] @ turn)[:, 0] - centre
    sight = -points / np.sqrt((points * points).sum(-1, keepdims=True))
    local_sight = (sight[:, None] @ turn)[:, 0]
    p, s = local[:, [0, 2]] / radii, local_sight[:, [0, 2]] / radii
    a, b, c = (s * s).sum(-1) + 1e-12, (p * s).sum(-1), (p * p).sum(-1) - 1
    inner = b * b - a * c
    leave = (np.sqrt(np.maximum(inner, 0)) - b) / a
    dy = local_sight[:, 1]
    dy = np.where(np.abs(dy) < 1e-6, 1e-6, dy)
    leave = np.minimum(leave, (np.where(dy > 0, reach[:, 1], reach[:, 0]) - local[:, 1]) / dy)
    return np.where(inner > 0, leave, -1.0)
