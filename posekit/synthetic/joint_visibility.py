"""Which joints are seen: asked of the image's part numbers and of the parts' shapes.

A joint lies under the skin, so it counts as visible when the part that is painted over its
pixel is its own person's, and lets sight through to it after no more flesh than surrounds
that joint anyway. A far shoulder in profile has the whole chest before it: occluded.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from .. import skeletons
from ..data import OCCLUDED, UNLABELLED, VISIBLE
from .human.dressed_body import HEAD, PARTS
from .human.joint_tree import INDEX, RIDES_ON, point_indices

# Flesh that may stand before a joint that is still seen, as fractions of the body height.
_COVER = {
    "shoulder": 0.100,
    "hip": 0.120,
    "elbow": 0.070,
    "knee": 0.085,
    "ankle": 0.065,
    "wrist": 0.050,
    "pelvis": 0.120,
    "spine": 0.120,
    "belly": 0.120,
    "thorax": 0.120,
    "neck": 0.100,
    "upper_neck": 0.085,
    "head": 0.100,
    "head_top": 0.070,
    "heel": 0.040,
    "ear": 0.026,
    "foot_index": 0.040,
    "big_toe": 0.040,
    "small_toe": 0.040,
    "pinky": 0.035,
    "index": 0.035,
    "thumb": 0.035,
}
_COVER_OF_THE_REST = 0.020  # the face


@lru_cache
def _cover(skeleton: str) -> np.ndarray:
    names = [
        joint.removeprefix("left_").removeprefix("right_")
        for joint in skeletons.get(skeleton).joints
    ]
    return np.array([_COVER.get(name, _COVER_OF_THE_REST) for name in names])


@lru_cache
def _on_head(skeleton: str) -> np.ndarray:
    return RIDES_ON[point_indices(skeleton)] == INDEX["head"]


def visibility(projected, numbers, people, points, pixels, size, skeleton: str) -> np.ndarray:
    """(N, K) uint8: 2 visible, 1 occluded, 0 outside the image.

    Args:
        projected: the `drawing.projection.ProjectedPeople` of these N people.
        numbers: (N, K) the part painted at each joint, 0 outside the image.
        people: (N,) as the how-manieth each was painted in their image.
        points, pixels: (N, K, 3) metres in camera axes and (N, K, 2).
        size: (height, width) of the images.
    """
    height, width = size
    x, y = pixels[..., 0], pixels[..., 1]
    inside = (x > -0.5) & (x < width - 0.5) & (y > -0.5) & (y < height - 0.5)
    inside &= points[..., 2] > 0
    mine = (numbers > 0) & (numbers // PARTS == np.asarray(people)[:, None])
    part = np.where(mine, numbers % PARTS, 0)
    # Face and ears lie on the outside of the head, where its pixels may end before they do.
    face = np.flatnonzero(_on_head(skeleton))
    part = np.concatenate([part, np.full((len(part), len(face)), HEAD)], axis=1)
    flesh, hits = _flesh_ahead(projected, np.concatenate([points, points[:, face]], axis=1), part)
    # Sight that just misses the shape of a part that is painted there grazes it.
    ahead = np.where(mine, flesh[:, : mine.shape[1]], -1.0)
    of_head = np.where(hits, flesh, -1.0)[:, mine.shape[1] :]
    ahead[:, face] = np.maximum(ahead[:, face], of_head)
    body = projected.dressed.body
    hidden = ahead > _cover(skeleton) * (body.height * (0.5 + 0.5 * body.build))[:, None]
    seen = np.where(hidden | (numbers > 0) & ~mine, OCCLUDED, VISIBLE)
    return np.where(inside, seen, UNLABELLED).astype(np.uint8)


def _flesh_ahead(projected, points: np.ndarray, part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N, K) metres from each point towards the camera to where it leaves that part, negative
    if the part is behind the point; and (N, K) whether it meets the part at all.

    A part is a piece of an elliptic cylinder along its segment's y axis.
    """
    joints, *shapes = projected.dressed.parts
    row = np.arange(len(points))[:, None]
    radii, centre, reach = (shape[row if len(shape) > 1 else 0, part] for shape in shapes)
    turn, place = projected.turn[row, joints[part]], projected.place[row, joints[part]]
    local = ((points - place)[..., None, :] @ turn)[..., 0, :] - centre
    # Sums are written out, since numpy is slow along short axes.
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    sight = -points / np.sqrt(x * x + y * y + z * z)[..., None]
    local_sight = (sight[..., None, :] @ turn)[..., 0, :]
    px, pz = local[..., 0] / radii[..., 0], local[..., 2] / radii[..., 1]
    sx, sz = local_sight[..., 0] / radii[..., 0], local_sight[..., 2] / radii[..., 1]
    a, b, c = sx * sx + sz * sz + 1e-12, px * sx + pz * sz, px * px + pz * pz - 1
    inner = b * b - a * c
    leave = (np.sqrt(np.maximum(inner, 0)) - b) / a
    dy = local_sight[..., 1]
    dy = np.where(np.abs(dy) < 1e-6, 1e-6, dy)
    end = np.where(dy > 0, reach[..., 1], reach[..., 0])
    return np.minimum(leave, (end - local[..., 1]) / dy), inner > 0
