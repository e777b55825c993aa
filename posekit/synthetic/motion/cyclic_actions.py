"""How each action moves: functions of phase that give a whole body's angles over time.

Each takes ``p`` (T,), the phase in cycles, and ``a``, an amplitude about 1, and gives (T, J, 3)
radians. They are written for a right-handed person. Cycles are sums of a few waves; strokes
and lifts go through key poses.
"""

from __future__ import annotations

import numpy as np

from .pose_notation import keyframes, pose

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


_ADDRESS = pose(
    hips=(28, 10, -4), knees=22, pelvis=30, spine=12, shoulders=(40, -4, 24), elbows=10, neck=8
)
_BATTER = pose(
    hips=(24, 14, -6),
    knees=34,
    pelvis=14,
    chest=(6, 0, -22),
    spine=(4, 0, -16),
    neck=(0, 0, 30),
    head=(0, 0, 24),
    right_shoulder=(24, 52, 20),
    right_elbow=118,
    left_shoulder=(56, 4, 62),
    left_elbow=94,
)
_TOP = pose(
    hips=(26, 10, -4),
    left_knee=34,
    right_knee=16,
    pelvis=(26, 0, -28),
    spine=(6, 0, -26),
    chest=(4, 0, -34),
    neck=(6, 0, 36),
    head=(0, 0, 24),
    left_shoulder=(104, -20, 40),
    left_elbow=8,
    right_shoulder=(78, 44, -40),
    right_elbow=96,
)
_FINISH = pose(
    hips=(8, 4, -4),
    left_knee=6,
    right_knee=38,
    right_hip=(-8, 4, -20),
    pelvis=(0, 0, 48),
    spine=(-4, 0, 28),
    chest=(0, 0, 30),
    neck=(0, 0, 6),
    right_shoulder=(118, -16, 40),
    right_elbow=54,
    left_shoulder=(92, 52, -20),
    left_elbow=104,
    right_ankle=-32,
)


def golf_swing(p, a):
    through = pose(
        hips=(18, 8, -4),
        knees=14,
        pelvis=(18, 0, 18),
        spine=(6, 0, 12),
        shoulders=(60, -4, 24),
        elbows=6,
        neck=(4, 0, -16),
    )
    return keyframes(
        p,
        (0.0, _ADDRESS),
        (0.12, _ADDRESS),
        (0.42, _TOP),
        (0.50, _TOP),
        (0.60, through),
        (0.72, _FINISH),
        (0.88, _FINISH),
        amplitude=a,
    )


def baseball_swing(p, a):
    load = _BATTER + pose(left_hip=(26, 0, 0), left_knee=30, pelvis=(0, 0, -10))
    hit = pose(
        left_hip=(20, 14, -10),
        left_knee=6,
        right_hip=(-4, 10, 10),
        right_knee=44,
        pelvis=(8, 0, 34),
        spine=(4, 0, 16),
        chest=(0, 0, 18),
        shoulders=(74, 10, 20),
        elbows=16,
        right_ankle=-26,
        neck=(4, 0, -20),
    )
    follow = _FINISH + pose(right_shoulder=(-24, 0, 0), left_shoulder=(-16, 0, 0))
    return keyframes(
        p,
        (0.0, _BATTER),
        (0.25, _BATTER),
        (0.42, load),
        (0.54, hit),
        (0.66, follow),
        (0.82, follow),
        amplitude=a,
    )


def baseball_pitch(p, a):
    ready = pose(hips=(0, 4, -6), knees=4, shoulders=(38, 8, 46), elbows=100, chest=(0, 0, -20))
    high = pose(
        left_hip=(100, 4, 8),
        left_knee=104,
        right_hip=(4, 2, -6),
        right_knee=14,
        shoulders=(42, 6, 46),
        elbows=104,
        pelvis=(-6, 0, -30),
        chest=(0, 0, -20),
        neck=(0, 0, 30),
    )
    stride = pose(
        left_hip=(62, 26, -10),
        left_knee=26,
        right_hip=(-16, 22, 0),
        right_knee=40,
        left_shoulder=(24, 84, 0),
        left_elbow=10,
        right_shoulder=(-20, 92, -80),
        right_elbow=92,
        pelvis=(0, 0, -20),
        chest=(-10, 0, -16),
        neck=(0, 0, 30),
    )
    throw = pose(
        left_hip=(72, 8, 0),
        left_knee=42,
        right_hip=(-26, 10, 0),
        right_knee=34,
        right_ankle=-36,
        left_shoulder=(-10, 26, 20),
        left_elbow=92,
        right_shoulder=(112, 46, -10),
        right_elbow=18,
        pelvis=(24, 0, 24),
        spine=(18, 0, 12),
        chest=(16, 0, 12),
        neck=-16,
    )
    after = pose(
        left_hip=(84, 4, 0),
        left_knee=40,
        right_hip=(-10, 8, 0),
        right_knee=62,
        left_shoulder=(-20, 30, 20),
        left_elbow=80,
        right_shoulder=(44, -24, 30),
        right_elbow=18,
        pelvis=(44, 0, 30),
        spine=(24, 0, 10),
        chest=(14, 0, 8),
        neck=-26,
    )
    return keyframes(
        p,
        (0.0, ready),
        (0.12, ready),
        (0.36, high),
        (0.54, stride),
        (0.64, throw),
        (0.76, after),
        (0.88, after),
        amplitude=a,
    )


def bowl(p, a):
    ready = pose(
        hips=(4, 3, -4),
        knees=8,
        right_shoulder=(30, 4, 30),
        right_elbow=96,
        left_shoulder=(34, 4, 44),
        left_elbow=92,
    )
    back = pose(
        left_hip=(30, 4, 0),
        left_knee=32,
        right_hip=(-8, 4, 0),
        right_knee=24,
        right_shoulder=(-60, 8, 0),
        right_elbow=4,
        left_shoulder=(20, 52, 0),
        left_elbow=10,
        pelvis=26,
        spine=14,
        neck=-18,
    )
    low = pose(
        left_hip=(84, 4, 0),
        left_knee=80,
        right_hip=(-22, -10, 0),
        right_knee=42,
        right_ankle=-34,
        right_shoulder=(34, 4, 0),
        right_elbow=4,
        pelvis=36,
        spine=20,
        chest=10,
        left_shoulder=(6, 62, 0),
        left_elbow=10,
        neck=-26,
    )
    end = low + pose(right_shoulder=(104, 0, 0), pelvis=-10)
    return keyframes(
        p,
        (0.0, ready),
        (0.2, ready),
        (0.44, back),
        (0.62, low),
        (0.76, end),
        (0.88, end),
        amplitude=a,
    )


def clean_and_jerk(p, a):
    floor = pose(
        hips=(108, 14, -8), knees=96, pelvis=50, spine=8, shoulders=(62, 12, 0), neck=-24, elbows=2
    )
    pull = pose(
        hips=(4, 6, -6), knees=4, shoulders=(8, 30, 40), elbows=66, clavicles=(0, 26), ankles=-26
    )
    rack = pose(
        hips=(98, 18, -10), knees=110, pelvis=20, spine=8, shoulders=(78, 12, 0), elbows=142
    )
    stand = pose(hips=(2, 6, -8), knees=4, shoulders=(60, 14, 0), elbows=140)
    jerk = pose(
        left_hip=(58, 6, 0),
        left_knee=58,
        right_hip=(-20, 6, 0),
        right_knee=28,
        right_ankle=-30,
        shoulders=(168, 18, 0),
        elbows=4,
        clavicles=(0, 24),
    )
    top = pose(hips=(0, 7, -8), knees=2, shoulders=(170, 18, 0), elbows=3, clavicles=(0, 24))
    return keyframes(
        p,
        (0.0, top),
        (0.12, top),
        (0.22, floor),
        (0.32, floor),
        (0.46, pull),
        (0.56, rack),
        (0.72, stand),
        (0.8, stand),
        (0.88, jerk),
        amplitude=a,
    )


def tennis_forehand(p, a):
    ready = pose(hips=(26, 16, -6), knees=38, pelvis=16, shoulders=(36, 6, 40), elbows=74, neck=-8)
    back = pose(
        hips=(22, 14, -6),
        knees=32,
        pelvis=(10, 0, -34),
        chest=(4, 0, -32),
        spine=(2, 0, -22),
        right_shoulder=(-6, 62, -40),
        right_elbow=54,
        left_shoulder=(66, 20, 30),
        left_elbow=24,
        neck=(0, 0, 34),
        head=(0, 0, 26),
    )
    hit = pose(
        left_hip=(36, 12, 0),
        left_knee=32,
        right_hip=(-10, 14, 0),
        right_knee=32,
        right_ankle=-22,
        pelvis=(12, 0, 8),
        chest=(4, 0, 10),
        right_shoulder=(54, 42, 0),
        right_elbow=26,
        left_shoulder=(24, 20, 40),
        left_elbow=82,
    )
    over = pose(
        left_hip=(20, 8, 0),
        left_knee=20,
        right_hip=(-12, 8, 0),
        right_knee=36,
        right_ankle=-30,
        pelvis=(6, 0, 36),
        chest=(0, 0, 30),
        right_shoulder=(112, -30, 50),
        right_elbow=94,
        left_shoulder=(50, 20, 40),
        left_elbow=92,
        neck=(0, 0, -24),
    )
    return keyframes(
        p,
        (0.0, ready),
        (0.18, ready),
        (0.42, back),
        (0.56, hit),
        (0.7, over),
        (0.8, over),
        amplitude=a,
    )


def tennis_serve(p, a):
    ready = pose(hips=(4, 8, -6), knees=8, shoulders=(34, 6, 36), elbows=52, pelvis=(0, 0, -20))
    toss = pose(
        hips=(10, 8, -6),
        knees=34,
        pelvis=(-8, 0, -26),
        spine=(-10, 0, -8),
        left_shoulder=(164, 10, 0),
        left_elbow=6,
        right_shoulder=(-20, 76, -60),
        right_elbow=84,
        neck=-24,
        head=(-16, 0, 20),
    )
    trophy = pose(
        hips=(24, 8, -6),
        knees=54,
        pelvis=(-12, 0, -22),
        spine=(-12, 0, -6),
        left_shoulder=(150, 12, 0),
        left_elbow=8,
        right_shoulder=(6, 100, -86),
        right_elbow=118,
        neck=-24,
        head=(-14, 0, 16),
    )
    hit = pose(
        hips=(2, 6, -6),
        knees=4,
        ankles=-32,
        pelvis=(8, 0, 14),
        spine=(2, -10, 8),
        right_shoulder=(172, 12, 0),
        right_elbow=4,
        right_clavicle=(0, 28),
        left_shoulder=(36, 8, 50),
        left_elbow=92,
        neck=-20,
    )
    down = pose(
        left_hip=(48, 6, 0),
        left_knee=30,
        right_hip=(-14, 6, 0),
        right_knee=64,
        right_ankle=-30,
        pelvis=(30, 0, 26),
        spine=(18, 0, 8),
        right_shoulder=(44, -24, 30),
        right_elbow=20,
        left_shoulder=(14, 20, 40),
        left_elbow=92,
    )
    return keyframes(
        p,
        (0.0, ready),
        (0.12, ready),
        (0.32, toss),
        (0.46, trophy),
        (0.58, hit),
        (0.72, down),
        (0.84, down),
        amplitude=a,
    )


def fall(p, a):
    """Upright, a stumble, on the knees, lying on the face; once a cycle."""
    up = pose(hips=(0, 3, -6), knees=3, shoulders=(4, 8, 5), elbows=16)
    trip = pose(
        left_hip=(36, 4, 0),
        left_knee=44,
        right_hip=(-6, 4, 0),
        right_knee=40,
        pelvis=26,
        spine=10,
        shoulders=(56, 34, 0),
        elbows=30,
    )
    knees = pose(
        hips=(20, 6, 0),
        knees=104,
        ankles=-40,
        pelvis=38,
        spine=12,
        shoulders=(98, 24, 0),
        elbows=24,
        neck=-14,
    )
    lying = pose(
        pelvis=90,
        hips=(-2, 10, 0),
        knees=10,
        ankles=-46,
        shoulders=(120, 46, 0),
        elbows=70,
        head=(0, 0, 30),
    )
    return keyframes(
        p,
        (0.0, up),
        (0.22, up),
        (0.36, trip),
        (0.50, knees),
        (0.62, lying),
        (0.94, lying),
        amplitude=a,
    )
