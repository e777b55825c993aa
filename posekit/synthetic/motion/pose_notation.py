"""How a pose is written down: named joints in degrees, in Python or in a line of text.

>>> angles = pose(shoulders=(0, 90, 0), left_knee=30)  # (J, 3) radians
>>> same = read_pose("shoulders 0 90 0, left_knee 30")

A plural name sets both sides. In Python, any number may be an array over time, which makes the
pose a motion, (T, J, 3).
"""

from __future__ import annotations

import re
from functools import reduce

import numpy as np

from ...errors import InputError
from ..human.joint_tree import INDEX, JOINTS

_SIDED = {"clavicles", "shoulders", "elbows", "wrists", "hips", "knees", "ankles"}
_LINE = re.compile(r"(?P<name>.+?)(?P<numbers>( [\d.]+)+): (?P<pose>.+)")


def pose(**degrees) -> np.ndarray:
    """(..., J, 3) radians; each value is flexion, or (flexion, abduction[, twist]).

    Later names override earlier ones, so ``knees=10, left_knee=40`` says what it looks like.
    Raises `InputError` for a joint that the body does not have.
    """
    entries = []
    for name, value in degrees.items():
        value = value if isinstance(value, tuple) else (value,)
        if name in _SIDED:
            entries += [(f"{side}_{name[:-1]}", value) for side in ("left", "right")]
        elif name in INDEX:
            entries.append((name, value))
        else:
            raise InputError(f"the body has no joint {name!r}; it has: {', '.join(JOINTS)}.")
    shape = np.broadcast_shapes(*(np.shape(v) for _, value in entries for v in value), ())
    angles = np.zeros((*shape, len(JOINTS), 3))
    for name, value in entries:
        for axis, v in enumerate(value):
            angles[..., INDEX[name], axis] = v
    return np.radians(angles)


def read_pose(text: str) -> np.ndarray:
    """(J, 3) radians of a pose in text; after a ``+`` stands what is added to the angles."""
    return reduce(np.add, (pose(**_joints(part)) for part in text.split(" + ")))


def _joints(text: str) -> dict[str, tuple[float, ...]]:
    entries = (entry.split() for entry in text.split(", "))
    return {joint: tuple(map(float, degrees)) for joint, *degrees in entries}


def read_pose_table(text: str) -> dict[str, tuple[tuple[float, ...], np.ndarray]]:
    """Poses by name, each with the numbers of its line: ``name number ...: pose``.

    What a number means is for the table to say. A line that is indented goes on with the one
    before it.
    """
    lines = re.sub(r"\n +", " ", text.strip()).splitlines()
    table = {}
    for name, numbers, _, angles in (_LINE.fullmatch(line).groups() for line in lines):
        table[name] = tuple(map(float, numbers.split())), read_pose(angles)
    return table
