"""Actions that are cycles of a few waves: functions of phase that give a whole body's angles.

Each takes ``p`` (T,), the phase in cycles, and ``a``, an amplitude about 1, and gives (T, J, 3)
radians. They are written for a right-handed person.
"""

from __future__ import annotations

import numpy as np

from .pose_notation import pose

_TURN = 2 * np.pi


def up_half(x, sharp: float = 1.0):
    """The upper half of a wave, 0 elsewhere."""
    return np.maximum(x, 0.0) ** sharp


def walk(p, a):
    s, c = np.sin(_TURN * p), np.cos(_TURN * p)
    return pose(
        left_hip=(6 + 24 * a * s, 1, -4),
        right_hip=(6 - 24 * a * s, 1, -4),
        left_knee=6 + 52 * a * up_half(c, 1.3) + 8 * up_half(-c) * up_half(s),
        right_knee=6 + 52 * a * up_half(-c, 1.3) + 8 * up_half(c) * up_half(-s),
        left_ankle=4 - 20 * a * up_half(-s, 2),
        right_ankle=4 - 20 * a * up_half(s, 2),
        pelvis=(3, 2 * c, -5 * a * s),
        chest=(0, 0, 9 * a * s),
        spine=(0, -2 * c, 0),
        left_shoulder=(-22 * a * s, 7, 6),
        right_shoulder=(22 * a * s, 7, 6),
        left_elbow=16 + 10 * up_half(-s),
        right_elbow=16 + 10 * up_half(s),
    )


def run(p, a):
    s, c = np.sin(_TURN * p), np.cos(_TURN * p)
    return pose(
        left_hip=(20 + 42 * a * s, 2, 0),
        right_hip=(20 - 42 * a * s, 2, 0),
        left_knee=22 + 88 * a * up_half(c + 0.2, 1.2),
        right_knee=22 + 88 * a * up_half(0.2 - c, 1.2),
        left_ankle=-24 * up_half(-s),
        right_ankle=-24 * up_half(s),
        pelvis=(12, 0, -7 * s),
        chest=(0, 0, 14 * a * s),
        left_shoulder=(-42 * a * s, 10, 14),
        right_shoulder=(42 * a * s, 10, 14),
        elbows=92,
        neck=-8,
    )


def stand(p, a):
    s = np.sin(_TURN * p)
    return pose(
        hips=(1, 3 + 2 * a * s, -6),
        knees=3,
        pelvis=(0, 2 * a * s, 0),
        shoulders=(4, 7, 5),
        elbows=14,
        head=(0, 0, 12 * a * np.sin(_TURN * p / 2)),
    )


def sit(p, a):
    s = np.sin(_TURN * p)
    return pose(
        hips=(88, 8, -4),
        knees=88,
        spine=6 + 4 * a * s,
        chest=4,
        shoulders=(30, 6, 16),
        elbows=58 + 6 * s,
        head=(4 * a * s, 0, 22 * a * s),
    )


def jumping_jacks(p, a):
    out = 0.5 - 0.5 * np.cos(_TURN * p)
    return pose(
        hips=(2, 3 + 24 * a * out, -4),
        knees=8 + 14 * up_half(np.cos(2 * _TURN * p)),
        shoulders=(8, 8 + 152 * out, 0),
        elbows=14,
        clavicles=(0, 20 * out),
        ankles=-12,
    )


def squat(p, a):
    down = (0.5 - 0.5 * np.cos(_TURN * p)) * np.minimum(a, 1.1)
    return pose(
        hips=(2 + 96 * down, 8 + 8 * down, -8),
        knees=3 + 104 * down,
        pelvis=2 + 26 * down,
        spine=12 * down,
        neck=-14 * down,
        shoulders=(8 + 76 * down, 6, 0),
        elbows=10,
    )


def clapping(p, a):
    shut = (0.5 + 0.5 * np.cos(_TURN * p)) ** 1.5
    return pose(
        shoulders=(42, 16 - 8 * shut + 8 * a, 10 + 33 * shut - 4 * a),
        elbows=74,
        hips=(0, 3, -6),
        knees=3,
        wrists=(6, 10),
    )


def hand_swing(p, a):
    s = np.sin(_TURN * p)
    return pose(
        right_shoulder=(16, 86, -78),
        right_elbow=(82 - 34 * a * s, 0, 0),
        right_wrist=(0, 18 * s),
        right_clavicle=(0, 8),
        left_shoulder=(3, 7, 6),
        left_elbow=14,
        hips=(0, 3, -6),
        knees=3,
        spine=(0, -3 * s),
    )


def body_swing(p, a):
    s = np.sin(_TURN * p)
    return pose(
        spine=(4, 20 * a * s, 0),
        chest=(2, 16 * a * s, 0),
        pelvis=(0, -6 * s, 0),
        neck=(0, 8 * s, 0),
        shoulders=(4, 18, 60),
        elbows=88,
        hips=(0, 10, -8),
        left_hip=(0, 10 - 6 * s, -8),
        right_hip=(0, 10 + 6 * s, -8),
        knees=4,
    )


def head_shaking(p, a):
    s = np.sin(_TURN * p)
    return pose(
        head=(2, 0, 34 * a * s),
        neck=(0, 0, 26 * a * s),
        shoulders=(3, 7, 6),
        elbows=14,
        hips=(0, 3, -6),
        knees=3,
    )


def jump_rope(p, a):
    c, s = np.cos(2 * _TURN * p), np.sin(2 * _TURN * p)
    return pose(
        hips=(10 + 6 * up_half(-c), 3, -2),
        knees=16 + 12 * up_half(-c),
        ankles=-16 - 12 * up_half(c),
        shoulders=(4, 26, -10 + 14 * s),
        elbows=(66 + 10 * a * c),
        wrists=(14 * s, 14 * c),
        neck=4,
    )


def strum_guitar(p, a):
    s = np.sin(2 * _TURN * p)
    return pose(
        left_shoulder=(36, 40, 4),
        left_elbow=(104, 0, -50),
        left_wrist=(0, -20),
        right_shoulder=(8, 30, 34 + 6 * s),
        right_elbow=(92 + 16 * a * s, 0, 20),
        right_wrist=(0, 14 * s),
        neck=14,
        head=(8, 0, 16),
        hips=(2, 7, -8),
        left_hip=(10, 6, -10),
        left_knee=18,
        right_knee=3,
        spine=(6, 0, 5 * np.sin(_TURN * p)),
    )


def pushup(p, a):
    down = (0.5 - 0.5 * np.cos(_TURN * p)) * np.minimum(a, 1.1)
    return pose(
        pelvis=74 + 12 * down,
        shoulders=(78 - 52 * down, 14 + 34 * down, 0),
        elbows=8 + 92 * down,
        wrists=(0, 72),
        neck=-18,
        ankles=26,
        hips=2,
        knees=2,
    )


def situp(p, a):
    up = (0.5 - 0.5 * np.cos(_TURN * p)) * np.minimum(a, 1.1)
    return pose(
        pelvis=-88 + 40 * up,
        spine=4 + 34 * up,
        chest=4 + 26 * up,
        neck=6 + 16 * up,
        hips=(52 + 44 * up, 6, 0),
        knees=104,
        shoulders=(44, 116, -44),
        elbows=136,
        ankles=-16,
    )


def pullup(p, a):
    up = (0.5 - 0.5 * np.cos(_TURN * p)) * np.minimum(a, 1.08)
    return pose(
        shoulders=(170 - 118 * up, 14 + 30 * up, 0),
        elbows=6 + 118 * up,
        clavicles=(0, 26 - 20 * up),
        hips=(8 + 8 * up, 2, 0),
        knees=24 + 20 * up,
        neck=-8,
        ankles=-24,
    )


def bench_press(p, a):
    down = (0.5 - 0.5 * np.cos(_TURN * p)) * np.minimum(a, 1.1)
    return pose(
        pelvis=-90,
        shoulders=(86 - 46 * down, 12 + 46 * down, 0),
        elbows=6 + 100 * down,
        hips=(8, 16, 0),
        knees=86,
        head=4,
    )


def swim(p, a):
    s, k = _TURN * p, a * np.sin(6 * _TURN * p)
    left, right = (90 + 90 * np.cos(s)), (90 - 90 * np.cos(s))
    return pose(
        pelvis=88,
        left_shoulder=(left, 12 + 14 * up_half(np.sin(s)), 0),
        right_shoulder=(right, 12 + 14 * up_half(-np.sin(s)), 0),
        left_elbow=14 + 70 * up_half(np.sin(s)),
        right_elbow=14 + 70 * up_half(-np.sin(s)),
        left_hip=12 * k,
        right_hip=-12 * k,
        left_knee=12 + 8 * k,
        right_knee=12 - 8 * k,
        ankles=-45,
        neck=-22,
        chest=(0, 0, 16 * a * np.sin(s)),
    )


def fly(p, a):
    s = a * np.sin(_TURN * p)
    return pose(
        pelvis=66 + 6 * s,
        right_shoulder=(172, 4 + 4 * s, 0),
        left_shoulder=(10, 12, 20),
        right_clavicle=(0, 24),
        left_elbow=30,
        right_elbow=6,
        neck=-32,
        head=-18,
        left_hip=(-6, 2, 0),
        right_hip=(16, 2, 0),
        right_knee=52,
        left_knee=6,
        ankles=-40,
        spine=-8,
    )


def climbing(p, a):
    left = (0.5 + 0.5 * np.sin(_TURN * p)) * np.minimum(a, 1.15)
    right = (0.5 - 0.5 * np.sin(_TURN * p)) * np.minimum(a, 1.15)
    # The left hand reaches up with the right foot, and the other way round.
    return pose(
        left_shoulder=(74 + 84 * left, 22, 8),
        right_shoulder=(74 + 84 * right, 22, 8),
        left_elbow=96 - 76 * left,
        right_elbow=96 - 76 * right,
        left_clavicle=(0, 22 * left),
        right_clavicle=(0, 22 * right),
        left_hip=(22 + 62 * right, 14, -14),
        right_hip=(22 + 62 * left, 14, -14),
        left_knee=20 + 82 * right,
        right_knee=20 + 82 * left,
        pelvis=(6, 5 * (right - left), 0),
        spine=(4, 4 * (left - right), 0),
        neck=-14,
        ankles=8,
    )
