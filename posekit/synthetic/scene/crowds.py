"""Who is in an image: people in poses, apart from each other on the ground."""

from __future__ import annotations

import numpy as np

from ..human.appearance import Appearance, appearances_of
from ..human.body import Body, Posed
from ..motion.ground_contact import ground
from ..motion.random_poses import pose_numbers, poses_of


def random_crowds(rngs, people: int, easy: bool) -> tuple[list[Appearance], Posed, list[bool]]:
    """``people`` for each random generator: in poses, apart on the ground; and who sits."""
    bodies, clothes, poses, turns, places = [], [], [], [], []
    for rng in rngs:
        taken = []
        for _ in range(people):
            bodies.append((rng.random(), rng.standard_normal(8)))
            clothes.append(rng.random(48))
            poses.append(pose_numbers(rng))
            turns.append(rng.random(2))
            places.append(_spot(rng, taken, people))
    body = Body.of_numbers(*(np.array(numbers) for numbers in zip(*bodies)))
    angles, lifts, seated = poses_of(poses, easy)
    posed = body.pose(angles, np.array(places), _headings(np.array(turns), easy))
    appearances = appearances_of(np.array(clothes), body.sex)
    return appearances, ground(posed, np.array(lifts)), seated


def _headings(u: np.ndarray, easy: bool) -> np.ndarray:
    """(N,) radians: most people in photographs face the camera, roughly."""
    around, kind = (u.T - [[0.5], [0]]) * [[2 * np.pi], [1]]
    return around * (0.2 if easy else np.where(kind < 0.45, 0.5, 1.0))


def _spot(rng, taken: list, people: int) -> np.ndarray:
    """Where the next person stands: at least half a metre from the others."""
    if people == 1:
        return np.zeros(3)
    reach = np.array([0.55 * np.sqrt(people) + 0.2 * people**0.8, 0, 0.45 * people**0.8])
    for _ in range(30):
        spot = reach * (2 * rng.random(3) - 1)
        if all(((spot - other) ** 2).sum() > 0.3 for other in taken):
            break
    taken.append(spot)
    return spot
