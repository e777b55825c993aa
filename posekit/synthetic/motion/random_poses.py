"""Poses for single images: legs and each arm taken from a small library, then loosened.

22 ways to stand and 21 for each arm make thousands of different people. Unless they are easy,
three tenths of the poses are moments of the actions in `motion.actions`, and about a sixth are
`motion.unusual_poses`: on the hands, in the air, lying.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from ..human.joint_angles import clamp_angles, mirror
from ..human.joint_tree import INDEX, JOINTS
from . import unusual_poses
from .actions import ACTIONS
from .ground_contact import flatten_feet
from .pose_library import AIRBORNE, ARM_POSES, LEG_POSES, SEATED
from .style import POSTURE_STD


def _cumulative(weights: list[float]) -> list[float]:
    shares = np.array(weights, dtype=float)
    return np.cumsum(shares / shares.sum()).tolist()


_LEG_NAMES = tuple(LEG_POSES)
_LEGS = np.stack([angles for _, angles in LEG_POSES.values()])
_ARMS = np.radians(
    [
        [(0, up, 0), shoulder, elbow, (*wrist, 0)]
        for _, _, up, shoulder, elbow, wrist in ARM_POSES.values()
    ]
)
_PICK_LEGS = [
    _cumulative([weights[column] for weights, _ in LEG_POSES.values()]) for column in (0, 1)
]
_PICK_ARM = [_cumulative([arm[column] for arm in ARM_POSES.values()]) for column in (0, 1)]
_ARM_ROWS = [
    slice(INDEX[f"{side}_clavicle"], INDEX[f"{side}_wrist"] + 1) for side in ("left", "right")
]
_TRUNK = slice(INDEX["pelvis"], INDEX["head"] + 1)
# Degrees of bend, lean and twist that a trunk and a head take at random.
_TRUNK_STD = np.radians([(5, 3, 4), (6, 5, 6), (5, 5, 8), (6, 5, 10), (6, 4, 14)])


# Moments of those actions that need nothing to lie on or to hang from.
_MOMENTS = [name for name, action in ACTIONS.items() if action.carried in ("ground", "walk")]
_INSTANTS, _MOMENT_SHARE, _UNUSUAL_SHARE = 48, 0.30, 0.16


@cache
def _moments() -> tuple[np.ndarray, np.ndarray]:
    """(A, T, J, 3) radians and (A, T) metres above the ground of all actions' moments."""
    phase = (np.arange(_INSTANTS) + 0.5) / _INSTANTS
    angles, lifts = [], np.zeros((len(_MOMENTS), _INSTANTS))
    for n, name in enumerate(_MOMENTS):
        action = ACTIONS[name]
        motion = action.angles(phase, 1.0)
        angles.append(flatten_feet(motion) if action.flat else motion)
        if action.lift is not None:
            lifts[n] = action.lift(phase)
    return np.array(angles), lifts


def pose_numbers(rng: np.random.Generator) -> tuple:
    """The random numbers of one pose, for `poses_of`: (8,) uniform, and twice (J, 3) normal.

    Some are taken and left out, since version 1.0 is frozen with them in between: they keep
    everything that is random later as it was.
    """
    u, loose = rng.random(8), rng.standard_normal((len(JOINTS), 3))
    rng.random(8)
    posture, _ = rng.standard_normal((2, len(JOINTS), 3))
    return u, loose, posture


def random_pose(rng: np.random.Generator, easy: bool = False) -> tuple[np.ndarray, float, bool]:
    """A pose at random: (J, 3) radians, metres above the ground, whether a seat is needed."""
    angles, lifts, seats = poses_of([pose_numbers(rng)], easy)
    return angles[0], lifts[0], seats[0]


def poses_of(numbers: list[tuple], easy: bool) -> tuple[np.ndarray, list[float], list[bool]]:
    """The poses of N times `pose_numbers`: (N, J, 3) radians, and for each metres above the
    ground and whether a seat is needed."""
    u = np.array([each[0] for each in numbers])
    angles, lifts, seats = _combined(u, 0 if easy else 1)
    angles = flatten_feet(angles)
    for n, row in enumerate(() if easy else u.tolist()):
        if row[6] < _MOMENT_SHARE:
            angles[n], lifts[n], seats[n] = _moment(row)
        elif row[6] < _MOMENT_SHARE + _UNUSUAL_SHARE:
            (angles[n], lifts[n]), seats[n] = unusual_poses.unusual_pose(row[:4]), False
    variety = 0.5 if easy else 1.0
    loose, posture = (np.stack([each[k] for each in numbers]) for k in (1, 2))
    angles[:, _TRUNK] += variety * _TRUNK_STD * _within(loose[:, _TRUNK])
    angles += np.radians(POSTURE_STD) * variety * _within(posture)
    return clamp_angles(angles), lifts, seats


def _within(g: np.ndarray) -> np.ndarray:
    return np.minimum(np.maximum(g, -2), 2)


def _combined(u: np.ndarray, column: int) -> tuple[np.ndarray, list[float], list[bool]]:
    """Legs and arms of the library, of uniform numbers (N, 8): angles (N, J, 3), lifts, seats."""
    legs = np.searchsorted(_PICK_LEGS[column], u[:, 0]).clip(max=len(_LEG_NAMES) - 1)
    angles = _LEGS[legs] * (0.8 + 0.3 * u[:, 1])[:, None, None]
    flipped = u[:, 2] < 0.5
    angles[flipped] = mirror(angles[flipped])
    arms = np.searchsorted(_PICK_ARM[column], u[:, 3:5]).clip(max=len(_ARMS) - 1)
    arms[:, 1] = np.where(u[:, 5] < 0.35, arms[:, 0], arms[:, 1])
    for rows, arm in zip(_ARM_ROWS, arms.T):
        angles[:, rows] = _ARMS[arm]
    names = [_LEG_NAMES[n] for n in legs.tolist()]
    return angles, [AIRBORNE.get(name, 0.0) for name in names], [name in SEATED for name in names]


def _moment(u: list[float]) -> tuple[np.ndarray, float, bool]:
    """An instant of an action, by the right or the left hand."""
    bank, lifts = _moments()
    which = int(u[0] * len(_MOMENTS)), int(u[7] * _INSTANTS)
    angles = bank[which].copy()
    if u[2] < 0.5:
        angles = mirror(angles)
    return angles, float(lifts[which]), _MOMENTS[which[0]] == "sit"
