"""Things that stand around at random, some of them in front of people.

Each kind is a function that puts one thing at a place on the ground; `random_objects` chooses which
and where. What stands between a person and the camera hides the joints behind it.
"""

from __future__ import annotations

import math

import numpy as np

from ...cameras import Camera
from .solids import Ball, Block, Leaves, Rods, table

_FLAT = np.array([1.0, 0.0, 1.0])  # on the ground below


def random_objects(rng, camera: Camera, joints: np.ndarray, hard: bool) -> list:
    """Solids for one image whose people have ``joints`` (P, J, 3) metres, world.

    About a quarter of the images (half if hard) have something in front of somebody, and half
    have a thing or two beside or behind, as this camera sees them.
    """
    (before, beside, another), at, solids = rng.random(3).tolist(), camera.position, []
    if before < (0.5 if hard else 0.25):
        person = joints[rng.integers(len(joints))]
        place = _before(rng, at, person)
        solids += _put(rng, place, place - at, True)
    for _ in range((beside < 0.5) + (another < 0.25)):
        place = _beside(rng, at, joints)
        solids += _put(rng, place, place - at, False)
    return solids


def _between(rng, low: float, high: float, shape=None):
    """``rng.uniform``, which takes longer to check its arguments than to make a number."""
    return low + (high - low) * rng.random(shape)


def _length(vector: np.ndarray) -> float:
    return math.sqrt(vector.dot(vector)) + 1e-6


def _before(rng, at: np.ndarray, person: np.ndarray) -> np.ndarray:
    """A place on the ground 0.45 to 1.2 m before a person, seen from a camera ``at`` (3,), who
    is cut somewhere across the breadth."""
    low, high = person.min(0), person.max(0)
    spot = low + (high - low) * rng.random(3)
    towards = (at - spot) * _FLAT
    distance = _length(towards)
    reach = 0.5 * float(np.hypot(*(high - low)[[0, 2]])) + _between(rng, 0.3, 0.9)
    return (spot + towards * min(reach, 0.6 * distance) / distance) * _FLAT


def _beside(rng, at: np.ndarray, joints: np.ndarray) -> np.ndarray:
    """A place on the ground to the left or right of everyone, or behind, seen from ``at``."""
    joints = joints.reshape(-1, 3)
    middle = np.add.reduce(joints) / len(joints)
    ahead = (middle - at) * _FLAT
    ahead /= _length(ahead)
    side = np.array([ahead[2], 0, -ahead[0]])
    far = 0.5 * max((joints.max(0) - joints.min(0)).tolist())
    way = (2 * int(rng.integers(2)) - 1) * _between(rng, 0.2, 1.1)
    place = middle + far * way * side + (far + _between(rng, 0.5, 2.5)) * ahead
    return place * _FLAT


def _put(rng, place, sight, near: bool) -> list:
    """One thing of a kind at random; ``near`` for those that leave most of a person in sight.

    ``sight`` (3,) is the direction in which it was placed: a railing runs across it, others
    are turned as it comes.
    """
    kinds = (_board, _crate, _plant, _railing, _ball, _chair, _post)
    turn = _between(rng, 0, 2 * np.pi)
    forward = np.array([np.sin(turn), 0, np.cos(turn)])
    kind = kinds[rng.integers(len(kinds))]
    return kind(rng, place, sight if kind is _railing else forward, near)


def _colour(rng, low=35, high=215, saturation=0.5) -> tuple:
    """A colour, more often a dull one."""
    value, vivid = _between(rng, low, high), saturation * rng.random()
    return tuple(
        min(max(value * (1 + vivid * (2 * u - 1)), 0.0), 255.0) for u in rng.random(3).tolist()
    )


def _wood(rng) -> tuple:
    bright = _between(rng, 0.4, 1.5)
    return tuple(value * bright + _between(rng, -12, 12) for value in (150, 112, 76))


def _board(rng, place, forward, near) -> list:
    top = place + [0, _between(rng, 0.42, 0.78), 0]
    across, along = _between(rng, 0.25, 0.45), _between(rng, 0.35, 0.9)
    solids = table(top, forward, across, along, _wood(rng))
    if rng.random() < 0.5:  # with something on it
        size = _between(rng, 0.05, 0.16)
        solids.append(Block(top + [0, size, 0], (size, size, 0.7 * size), forward, _colour(rng)))
    return solids


def _crate(rng, place, forward, near) -> list:
    half = rng.uniform((0.12, 0.12, 0.12), (0.35, 0.32 if near else 0.6, 0.35))
    return [Block(place + [0, half[1], 0], half, forward, _colour(rng))]


def _plant(rng, place, forward, near) -> list:
    """A pot, and leaves that bend away from its middle."""
    size = _between(rng, 0.10, 0.18)
    pot = Block(place + [0, size, 0], (size, size, size), forward, _colour(rng, 90, 200))
    count, tall = int(rng.integers(14, 30)), _between(rng, 0.35, 0.9)
    green = np.array([_between(rng, 30, 100), _between(rng, 85, 140), _between(rng, 25, 70)])
    turn, lean = _between(rng, 0, 2 * np.pi, count), _between(rng, 0.1, 0.9, count)
    away = np.stack([np.sin(turn) * lean, 1.1 - 0.7 * lean, np.cos(turn) * lean], axis=-1)
    root = place + [0, 2 * size, 0]
    middle = root + away * _between(rng, 0.3, 0.7, (count, 1)) * tall
    tip = middle + (away * [1, 0.4, 1]) * _between(rng, 0.2, 0.5, (count, 1)) * tall
    wide = np.stack([np.cos(turn), 0 * turn, -np.sin(turn)], axis=-1) * 0.07 * tall
    outline = np.stack([np.broadcast_to(root, tip.shape), middle + wide, tip, middle - wide], 1)
    return [pot, Leaves(outline, _between(rng, 0.1, 0.9, count), tuple(green))]


def _railing(rng, place, forward, near) -> list:
    """Across the view: posts with two or three rails."""
    ahead = forward * _FLAT
    ahead /= _length(ahead)
    along = np.array([ahead[2], 0, -ahead[0]]) + _between(rng, -0.25, 0.25) * ahead
    colour, tall = _colour(rng), _between(rng, 0.5, 1.0)
    radius = _between(rng, 0.012, 0.028)
    steps = np.arange(-3, 4)[:, None]
    stations = place + steps * along
    ends = []
    for share in (1.0, 0.55, 0.12)[: rng.integers(2, 4)]:  # in pieces, each at its own depth
        rail = stations + [0, tall * share, 0]
        ends.append(np.stack([rail[:-1], rail[1:]], axis=1))
    feet = place + np.arange(-3, 3.1, rng.choice([0.5, 1.0]))[:, None] * along
    posts = np.stack([feet, feet + [0, tall, 0]], axis=1)
    return [Rods(np.concatenate(ends), radius, colour), Rods(posts, 1.2 * radius, colour)]


def _ball(rng, place, forward, near) -> list:
    """On the ground, or in the air."""
    radius = _between(rng, 0.06, 0.16) * (1 if near else 2)
    up = radius if rng.random() < 0.5 else _between(rng, 0.4, 1.7)
    return [Ball(place + [0, up, 0], radius, _colour(rng, 90, 230, 0.8))]


def _chair(rng, place, forward, near) -> list:
    colour = _wood(rng) if rng.random() < 0.6 else _colour(rng)
    top = place + [0, _between(rng, 0.40, 0.48), 0]
    back = Block(top + [0, 0.26, 0] - 0.2 * forward, (0.2, 0.16, 0.015), forward, colour)
    return [*table(top, forward, 0.21, 0.21, colour), back]


def _post(rng, place, forward, near) -> list:
    radius = _between(rng, 0.02, 0.06 if near else 0.16)
    ends = np.array([[place, place + [0, _between(rng, 1.2, 3.2), 0]]])
    return [Rods(ends, radius, _colour(rng))]
