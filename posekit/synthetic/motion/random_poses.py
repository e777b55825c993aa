"""Poses for single images: legs and each arm drawn from a small library, then loosened.

22 ways to stand and 21 for each arm make thousands of different people. Unless they are easy,
three tenths of the poses are moments of the actions in `motion.actions`, and about a
sixth are `motion.unusual_poses`: on the hands, in the air, lying.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from ..human.joint_angles import clamp_angles, mirror
from ..human.joint_tree import INDEX, JOINTS
from . import unusual_poses
from .actions import ACTIONS
from .pose_notation import LOOSE, flatten_feet, pose

# name: (weight in easy, weight in normal and hard, angles of both legs and the trunk)
_LEGS = {
    "stand": (6, 4, pose(hips=(0, 3, -7), knees=3)),
    "relaxed": (
        4,
        4,
        pose(
            left_hip=(14, 6, -12),
            left_knee=26,
            right_hip=(0, 1, -6),
            pelvis=(0, -3, 0),
            spine=(0, 5, 0),
        ),
    ),
    "wide": (3, 3, pose(hips=(0, 14, -10), knees=3)),
    "crossed": (1, 1, pose(left_hip=(9, -9, -5), left_knee=14, right_hip=(0, -2, -8))),
    "step": (3, 4, pose(left_hip=(24, 2, -3), left_knee=10, right_hip=(-14, 2, -6), right_knee=14)),
    "stride": (
        2,
        4,
        pose(
            left_hip=(34, 2, -3),
            left_knee=9,
            right_hip=(-22, 2, -6),
            right_knee=26,
            right_ankle=-22,
            pelvis=5,
        ),
    ),
    "run": (
        0,
        4,
        pose(
            left_hip=(66, 3, 0),
            left_knee=92,
            right_hip=(-20, 2, 0),
            right_knee=20,
            right_ankle=-28,
            pelvis=12,
        ),
    ),
    "push off": (
        0,
        2,
        pose(
            left_hip=(40, 3, 0),
            left_knee=60,
            right_hip=(-26, 4, -5),
            right_knee=80,
            right_ankle=-30,
            pelvis=14,
        ),
    ),
    "bent knees": (1, 3, pose(hips=(42, 14, -10), knees=62, pelvis=14, spine=8)),
    "squat": (0, 3, pose(hips=(104, 20, -12), knees=112, pelvis=24, spine=16)),
    "lunge": (
        0,
        3,
        pose(
            left_hip=(80, 4, 0),
            left_knee=84,
            right_hip=(-18, 4, 0),
            right_knee=48,
            right_ankle=-20,
            pelvis=4,
        ),
    ),
    "side lunge": (
        0,
        2,
        pose(
            left_hip=(40, 34, -20),
            left_knee=74,
            right_hip=(6, 38, -8),
            right_knee=4,
            pelvis=12,
            spine=8,
        ),
    ),
    "kick": (
        0,
        2,
        pose(
            left_hip=(82, 6, -4),
            left_knee=16,
            left_ankle=-20,
            right_hip=(2, 3, -12),
            right_knee=14,
            pelvis=-6,
            spine=8,
        ),
    ),
    "side kick": (
        0,
        1,
        pose(
            left_hip=(18, 58, -10),
            left_knee=8,
            right_hip=(4, 8, -16),
            right_knee=10,
            pelvis=(0, -16, 0),
            spine=(0, 8, 0),
        ),
    ),
    "knee up": (1, 2, pose(left_hip=(84, 6, 0), left_knee=96, right_hip=(0, 2, -6))),
    "one leg back": (
        0,
        1,
        pose(left_hip=(-24, 4, 0), left_knee=84, right_hip=(6, 2, -6), right_knee=6, pelvis=12),
    ),
    "tree": (0, 1, pose(left_hip=(58, 52, -42), left_knee=128, right_hip=(0, -2, -6))),
    "jump": (0, 2, pose(hips=(28, 12, -6), knees=52, ankles=-36)),
    "star": (0, 1, pose(hips=(4, 34, -8), knees=6, ankles=-30)),
    "sit": (0, 3, pose(hips=(90, 9, -6), knees=88, spine=6)),
    "kneel": (
        0,
        1,
        pose(
            left_hip=(86, 8, 0), left_knee=92, right_hip=(2, 6, 0), right_knee=88, right_ankle=-30
        ),
    ),
    "bow": (0, 2, pose(hips=(58, 4, -6), knees=8, pelvis=46, spine=22, chest=14, neck=-12)),
}
AIRBORNE = {"jump": 0.25, "star": 0.3, "push off": 0.06}  # metres above the ground
SEATED = {"sit"}  # these need something to sit on

# One arm: (weight in easy, in normal, (clavicle up), shoulder, elbow, wrist).
_ARMS = {
    "hang": (6, 4, 0, (3, 7, 6), (14, 0, 16), (4, 0)),
    "ready": (2, 3, 0, (14, 12, 8), (48, 0, 20), (5, 0)),
    "hip": (2, 2, 4, (-14, 44, 66), (98, 0, 20), (0, 40)),
    "wave": (2, 2, 8, (18, 84, -78), (86, 0, 10), (0, 0)),
    "hello": (2, 2, 2, (28, 34, -20), (128, 0, 0), (0, 0)),
    "up": (1, 2, 24, (160, 14, 0), (18, 0, 0), (0, 0)),
    "up and out": (2, 2, 18, (24, 136, 0), (16, 0, 0), (0, 0)),
    "out": (2, 2, 4, (6, 86, 0), (8, 0, 20), (0, 0)),
    "forward": (1, 2, 0, (84, 4, 0), (10, 0, 30), (0, 0)),
    "point": (1, 2, 2, (70, 34, 0), (10, 0, 30), (0, 0)),
    "across": (1, 2, 0, (34, 4, 58), (104, 0, 30), (0, 0)),
    "chin": (0, 2, 0, (52, 6, 26), (136, 0, 20), (0, 0)),
    "phone": (0, 1, 4, (34, 34, 0), (142, 0, -20), (0, 0)),
    "head": (0, 1, 16, (40, 124, -50), (132, 0, 0), (0, 0)),
    "front": (1, 2, 0, (26, 4, 44), (66, 0, 30), (0, 0)),
    "pocket": (2, 2, 0, (-16, 18, 12), (44, 0, 0), (0, 0)),
    "back": (0, 2, 0, (-44, 14, 0), (14, 0, 20), (0, 0)),
    "pump forward": (0, 2, 0, (38, 8, 18), (96, 0, 0), (0, 0)),
    "pump back": (0, 2, 0, (-44, 12, 10), (88, 0, 0), (0, 0)),
    "cock": (0, 2, 8, (-12, 96, -76), (92, 0, 0), (0, 10)),
    "low reach": (0, 2, 0, (48, 12, 0), (16, 0, 20), (0, 0)),
}


def _weights(table: dict, column: int) -> list[float]:
    weights = np.array([entry[column] for entry in table.values()], dtype=float)
    return np.cumsum(weights / weights.sum()).tolist()


_LEG_NAMES, _LEG_POSES = tuple(_LEGS), np.stack([entry[2] for entry in _LEGS.values()])
_ARM_POSES = np.radians(
    [
        [(0, up, 0), shoulder, elbow, (*wrist, 0)]
        for _, _, up, shoulder, elbow, wrist in _ARMS.values()
    ]
)
_PICK_LEGS = [_weights(_LEGS, column) for column in (0, 1)]
_PICK_ARM = [_weights(_ARMS, column) for column in (0, 1)]
_ARM_ROWS = [
    slice(INDEX[f"{side}_clavicle"], INDEX[f"{side}_wrist"] + 1) for side in ("left", "right")
]
_TRUNK = slice(INDEX["pelvis"], INDEX["head"] + 1)
# Degrees of bend, lean and twist that a trunk and a head take at random.
_TRUNK_SPREAD = np.radians([(5, 3, 4), (6, 5, 6), (5, 5, 8), (6, 5, 10), (6, 4, 14)])


# Moments of those actions that need nothing to lie on or to hang from.
_MOMENTS = [name for name, action in ACTIONS.items() if action.carried in ("ground", "walk")]
_INSTANTS, _MOMENT_SHARE, _FEAT_SHARE = 48, 0.30, 0.16


@cache
def _moments() -> tuple[np.ndarray, np.ndarray]:
    """(A, T, J, 3) radians and (A, T) metres above the ground of all actions' moments."""
    phase = (np.arange(_INSTANTS) + 0.5) / _INSTANTS
    angles, lifts = [], np.zeros((len(_MOMENTS), _INSTANTS))
    for n, name in enumerate(_MOMENTS):
        action = ACTIONS[name]
        moves = action.angles(phase, 1.0)
        angles.append(flatten_feet(moves) if action.flat else moves)
        if action.lift is not None:
            lifts[n] = action.lift(phase)
    return np.array(angles), lifts


def pose_numbers(rng: np.random.Generator) -> tuple:
    """The random numbers of one pose, for `poses_of`: (8,) uniform, and twice (J, 3) normal.

    Some are drawn and left out, since version 1.0 is frozen with them in between: they keep
    everything that is drawn later as it was.
    """
    u, loose = rng.random(8), rng.standard_normal((len(JOINTS), 3))
    rng.random(8)
    posture, _ = rng.standard_normal((2, len(JOINTS), 3))
    return u, loose, posture


def random_pose(rng: np.random.Generator, easy: bool = False) -> tuple[np.ndarray, float, bool]:
    """A pose at random: (J, 3) radians, metres above the ground, whether a seat is needed."""
    angles, lifts, seats = poses_of([pose_numbers(rng)], easy)
    return angles[0], lifts[0], seats[0]


def poses_of(drawn: list[tuple], easy: bool) -> tuple[np.ndarray, list[float], list[bool]]:
    """The poses of N draws of `pose_numbers`: (N, J, 3) radians, and for each metres above the
    ground and whether a seat is needed."""
    u = np.array([each[0] for each in drawn])
    angles, lifts, seats = _combined(u, 0 if easy else 1)
    angles = flatten_feet(angles)
    for n, row in enumerate(() if easy else u.tolist()):
        if row[6] < _MOMENT_SHARE:
            angles[n], lifts[n], seats[n] = _moment(row)
        elif row[6] < _MOMENT_SHARE + _FEAT_SHARE:
            (angles[n], lifts[n]), seats[n] = unusual_poses.unusual_pose(row[:4]), False
    spread = 0.5 if easy else 1.0
    loose, posture = (np.stack([each[k] for each in drawn]) for k in (1, 2))
    angles[:, _TRUNK] += spread * _TRUNK_SPREAD * _within(loose[:, _TRUNK])
    angles += np.radians(LOOSE) * spread * _within(posture)
    return clamp_angles(angles), lifts, seats


def _within(g: np.ndarray) -> np.ndarray:
    return np.minimum(np.maximum(g, -2), 2)


def _combined(u: np.ndarray, column: int) -> tuple[np.ndarray, list[float], list[bool]]:
    """Legs and arms of the library, of uniform numbers (N, 8): angles (N, J, 3), lifts, seats."""
    legs = np.searchsorted(_PICK_LEGS[column], u[:, 0]).clip(max=len(_LEG_NAMES) - 1)
    angles = _LEG_POSES[legs] * (0.8 + 0.3 * u[:, 1])[:, None, None]
    flipped = u[:, 2] < 0.5
    angles[flipped] = mirror(angles[flipped])
    arms = np.searchsorted(_PICK_ARM[column], u[:, 3:5]).clip(max=len(_ARM_POSES) - 1)
    arms[:, 1] = np.where(u[:, 5] < 0.35, arms[:, 0], arms[:, 1])
    for rows, arm in zip(_ARM_ROWS, arms.T):
        angles[:, rows] = _ARM_POSES[arm]
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
