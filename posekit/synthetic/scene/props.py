"""What a person uses: a seat, a bench, a bar, a barbell, a ladder, placed by the person's joints.

Each is a function of the joints (J, 3) metres, world, and of the height; it gives a list of solids.
"""

from __future__ import annotations

import numpy as np

from ..human.joint_tree import INDEX
from .solids import METAL, Disc, Rods, table

_WOOD, _PAD, _DISC = (138, 104, 72), (52, 52, 60), (40, 40, 44)
_UNDER = 0.060  # of the height: how far a seat is below the hips


def stool(joints, height: float) -> list:
    """A seat under the hips, on four legs."""
    top = joints[INDEX["pelvis"]] - [0, _UNDER * height, 0]
    forward = joints[[INDEX["left_knee"], INDEX["right_knee"]]].mean(0) - joints[INDEX["pelvis"]]
    return table(top, forward, 0.19, 0.19, _WOOD)


def stools(joints, heights, seated) -> list:
    """A stool under each of several people (P, J, 3) who is ``seated``."""
    people = zip(joints, heights, seated)
    return [solid for person, height, sits in people if sits for solid in stool(person, height)]


def bench(joints, height: float) -> list:
    """A padded bench under a back."""
    pelvis, neck = joints[INDEX["pelvis"]], joints[INDEX["neck"]]
    top = (pelvis + neck) / 2
    top[1] = min(pelvis[1], neck[1]) - _UNDER * height
    return table(top, neck - pelvis, 0.15, 0.55, _PAD)


def bar(joints, height: float) -> list:
    """A bar to hang from, through both hands."""
    a, b = _grip(joints)
    return [Rods(np.array([[a - 0.35 * (b - a), b + 0.35 * (b - a)]]), 0.018, METAL)]


def barbell(joints, height: float) -> list:
    """A bar through both hands with a disc at either end."""
    a, b = _grip(joints)
    along = (b - a) / max(float(np.linalg.norm(b - a)), 1e-6)
    ends = (a + b) / 2 - 0.75 * along, (a + b) / 2 + 0.75 * along
    discs = [Disc(end, along, 0.19, _DISC) for end in ends]
    return [Rods(np.array([ends]), 0.014, METAL), *discs]


def ladder(joints, height: float) -> list:
    """A ladder of four metres or more before whoever is on it."""
    hands = np.array(_grip(joints))
    side = joints[INDEX["left_hip"]] - joints[INDEX["right_hip"]]
    side = 0.24 * side * (1, 0, 1) / max(float(np.linalg.norm(side[[0, 2]])), 1e-6)
    foot = hands.mean(0) * (1, 0, 1)
    top = np.array([0, max(4, hands[:, 1].max() + 0.4), 0])
    rungs = foot + np.arange(0.3, top[1], 0.3)[:, None] * (0, 1, 0)
    rails = [(foot + at, foot + at + top) for at in (side, -side)]
    return [Rods(np.array([*rails, *zip(rungs + side, rungs - side)]), 0.018, METAL)]


def _grip(joints) -> tuple[np.ndarray, np.ndarray]:
    """Where the two hands close: a little beyond the wrists."""
    return tuple(
        joints[INDEX[f"{side}_wrist"]] * 1.25 - joints[INDEX[f"{side}_elbow"]] * 0.25
        for side in ("left", "right")
    )


PROPS_OF_ACTION = {
    "sit": (stool,),
    "bench_press": (bench, barbell),
    "pullup": (bar,),
    "clean_and_jerk": (barbell,),
    "climbing": (ladder,),
}
