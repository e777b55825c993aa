"""Simple solids of which things are made: metres, in the world's axes."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

METAL = 120, 122, 126
_FEET = np.array([(-1, -1), (-1, 1), (1, -1), (1, 1)])


class Block(NamedTuple):
    """A box about ``centre`` (3,), ``half`` (3,) as large across, up and along ``forward``."""

    centre: np.ndarray
    half: tuple
    forward: np.ndarray
    colour: tuple


class Rods(NamedTuple):
    """Straight round rods between ``ends`` (R, 2, 3), each with a gleam along it."""

    ends: np.ndarray
    radius: float
    colour: tuple


class Ball(NamedTuple):
    """A sphere, brighter towards the lamp."""

    centre: np.ndarray
    radius: float
    colour: tuple


class Disc(NamedTuple):
    """A flat round disc 4 cm thick about ``axis`` (3,)."""

    centre: np.ndarray
    axis: np.ndarray
    radius: float
    colour: tuple


class Leaves(NamedTuple):
    """Polygons (L, P, 3) with the share of the lamp's light on each, (L,)."""

    outline: np.ndarray
    lit: np.ndarray
    colour: tuple


def table(top, forward, across, along, colour) -> list:
    """A board 5 cm thick whose upper side is at ``top`` (3,), half ``across`` and ``along``
    metres, on four legs that stand on the ground."""
    x, z = _level(forward)
    feet = top + 0.85 * (_FEET * (across, along)) @ [(z, 0, -x), (x, 0, z)]
    legs = np.stack([feet, feet * [1, 0, 1]], axis=1)
    return [
        Rods(legs, 0.02, METAL),
        Block(top - [0, 0.025, 0], (across, 0.025, along), forward, colour),
    ]


def _level(direction) -> tuple[float, float]:
    """x and z of a unit vector along the ground."""
    x, z = float(direction[0]), float(direction[2])
    length = max(math.hypot(x, z), 1e-6)
    return x / length, z / length
