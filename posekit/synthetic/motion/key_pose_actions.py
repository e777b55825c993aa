"""Actions that go through key poses: strokes, throws, lifts and a fall.

Each is a table of poses in the order of a cycle: a name, when in the cycle the pose is held
(from 0 up to 1), and the joints in degrees as `motion.pose_notation` reads them. They are
written for a right-handed person.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.interpolate import PchipInterpolator

from .pose_notation import read_pose_table


def keyframes(phase: np.ndarray, *frames: tuple[float, np.ndarray], amplitude=1.0) -> np.ndarray:
    """(T, J, 3): a cycle through poses, smooth and without overshoot (monotone cubic).

    ``phase`` (T,) in cycles; ``frames`` are (when in the cycle, from 0 up to 1, pose).
    ``amplitude`` (a number or (T,)) is how far it goes from their first pose, 1 as planned;
    the pelvis always turns as planned, so that lying poses stay lying.
    """
    times = np.array([when for when, _ in frames])
    poses = np.stack([angles for _, angles in frames])
    start = poses[0]
    times = np.concatenate([times[-2:] - 1, times, times[:2] + 1])
    poses = np.concatenate([poses[-2:], poses, poses[:2]])
    angles = PchipInterpolator(times, poses, axis=0)(np.asarray(phase) % 1)
    limbs = angles[..., 1:, :]
    limbs += (np.reshape(amplitude, (-1, 1, 1)) - 1) * (limbs - start[1:])
    return angles


def action_through(table: str) -> Callable:
    """The angles (T, J, 3) of an action as a function of phase (T,) and amplitude."""
    poses = read_pose_table(table).values()
    frames = [(when, angles) for times, angles in poses for when in times]
    return lambda phase, amplitude: keyframes(phase, *frames, amplitude=amplitude)


# Poses that two lines of the tables share.
_AT_BAT = """\
hips 24 14 -6, knees 34, pelvis 14, chest 6 0 -22, spine 4 0 -16, neck 0 0 30, head 0 0 24,
    right_shoulder 24 52 20, right_elbow 118, left_shoulder 56 4 62, left_elbow 94"""
_SWUNG = """\
hips 8 4 -4, left_knee 6, right_knee 38, right_hip -8 4 -20, pelvis 0 0 48, spine -4 0 28,
    chest 0 0 30, neck 0 0 6, right_shoulder 118 -16 40, right_elbow 54,
    left_shoulder 92 52 -20, left_elbow 104, right_ankle -32"""
_BOWLED = """\
left_hip 84 4 0, left_knee 80, right_hip -22 -10 0, right_knee 42, right_ankle -34,
    right_shoulder 34 4 0, right_elbow 4, pelvis 36, spine 20, chest 10, left_shoulder 6 62 0,
    left_elbow 10, neck -26"""

golf_swing = action_through(f"""
address 0 0.12: hips 28 10 -4, knees 22, pelvis 30, spine 12, shoulders 40 -4 24, elbows 10,
    neck 8
top 0.42 0.5: hips 26 10 -4, left_knee 34, right_knee 16, pelvis 26 0 -28, spine 6 0 -26,
    chest 4 0 -34, neck 6 0 36, head 0 0 24, left_shoulder 104 -20 40, left_elbow 8,
    right_shoulder 78 44 -40, right_elbow 96
through 0.6: hips 18 8 -4, knees 14, pelvis 18 0 18, spine 6 0 12, shoulders 60 -4 24, elbows 6,
    neck 4 0 -16
finish 0.72 0.88: {_SWUNG}
""")

baseball_swing = action_through(f"""
batter 0 0.25: {_AT_BAT}
load 0.42: {_AT_BAT} + left_hip 26 0 0, left_knee 30, pelvis 0 0 -10
hit 0.54: left_hip 20 14 -10, left_knee 6, right_hip -4 10 10, right_knee 44, pelvis 8 0 34,
    spine 4 0 16, chest 0 0 18, shoulders 74 10 20, elbows 16, right_ankle -26, neck 4 0 -20
follow 0.66 0.82: {_SWUNG} + right_shoulder -24 0 0, left_shoulder -16 0 0
""")

baseball_pitch = action_through("""
ready 0 0.12: hips 0 4 -6, knees 4, shoulders 38 8 46, elbows 100, chest 0 0 -20
high 0.36: left_hip 100 4 8, left_knee 104, right_hip 4 2 -6, right_knee 14, shoulders 42 6 46,
    elbows 104, pelvis -6 0 -30, chest 0 0 -20, neck 0 0 30
stride 0.54: left_hip 62 26 -10, left_knee 26, right_hip -16 22 0, right_knee 40,
    left_shoulder 24 84 0, left_elbow 10, right_shoulder -20 92 -80, right_elbow 92,
    pelvis 0 0 -20, chest -10 0 -16, neck 0 0 30
throw 0.64: left_hip 72 8 0, left_knee 42, right_hip -26 10 0, right_knee 34, right_ankle -36,
    left_shoulder -10 26 20, left_elbow 92, right_shoulder 112 46 -10, right_elbow 18,
    pelvis 24 0 24, spine 18 0 12, chest 16 0 12, neck -16
after 0.76 0.88: left_hip 84 4 0, left_knee 40, right_hip -10 8 0, right_knee 62,
    left_shoulder -20 30 20, left_elbow 80, right_shoulder 44 -24 30, right_elbow 18,
    pelvis 44 0 30, spine 24 0 10, chest 14 0 8, neck -26
""")

bowl = action_through(f"""
ready 0 0.2: hips 4 3 -4, knees 8, right_shoulder 30 4 30, right_elbow 96,
    left_shoulder 34 4 44, left_elbow 92
back 0.44: left_hip 30 4 0, left_knee 32, right_hip -8 4 0, right_knee 24, right_shoulder -60 8 0,
    right_elbow 4, left_shoulder 20 52 0, left_elbow 10, pelvis 26, spine 14, neck -18
low 0.62: {_BOWLED}
end 0.76 0.88: {_BOWLED} + right_shoulder 104 0 0, pelvis -10
""")

clean_and_jerk = action_through("""
top 0 0.12: hips 0 7 -8, knees 2, shoulders 170 18 0, elbows 3, clavicles 0 24
floor 0.22 0.32: hips 108 14 -8, knees 96, pelvis 50, spine 8, shoulders 62 12 0, neck -24,
    elbows 2
pull 0.46: hips 4 6 -6, knees 4, shoulders 8 30 40, elbows 66, clavicles 0 26, ankles -26
rack 0.56: hips 98 18 -10, knees 110, pelvis 20, spine 8, shoulders 78 12 0, elbows 142
stand 0.72 0.8: hips 2 6 -8, knees 4, shoulders 60 14 0, elbows 140
jerk 0.88: left_hip 58 6 0, left_knee 58, right_hip -20 6 0, right_knee 28, right_ankle -30,
    shoulders 168 18 0, elbows 4, clavicles 0 24
""")

tennis_forehand = action_through("""
ready 0 0.18: hips 26 16 -6, knees 38, pelvis 16, shoulders 36 6 40, elbows 74, neck -8
back 0.42: hips 22 14 -6, knees 32, pelvis 10 0 -34, chest 4 0 -32, spine 2 0 -22,
    right_shoulder -6 62 -40, right_elbow 54, left_shoulder 66 20 30, left_elbow 24, neck 0 0 34,
    head 0 0 26
hit 0.56: left_hip 36 12 0, left_knee 32, right_hip -10 14 0, right_knee 32, right_ankle -22,
    pelvis 12 0 8, chest 4 0 10, right_shoulder 54 42 0, right_elbow 26, left_shoulder 24 20 40,
    left_elbow 82
over 0.7 0.8: left_hip 20 8 0, left_knee 20, right_hip -12 8 0, right_knee 36, right_ankle -30,
    pelvis 6 0 36, chest 0 0 30, right_shoulder 112 -30 50, right_elbow 94,
    left_shoulder 50 20 40, left_elbow 92, neck 0 0 -24
""")

tennis_serve = action_through("""
ready 0 0.12: hips 4 8 -6, knees 8, shoulders 34 6 36, elbows 52, pelvis 0 0 -20
toss 0.32: hips 10 8 -6, knees 34, pelvis -8 0 -26, spine -10 0 -8, left_shoulder 164 10 0,
    left_elbow 6, right_shoulder -20 76 -60, right_elbow 84, neck -24, head -16 0 20
trophy 0.46: hips 24 8 -6, knees 54, pelvis -12 0 -22, spine -12 0 -6, left_shoulder 150 12 0,
    left_elbow 8, right_shoulder 6 100 -86, right_elbow 118, neck -24, head -14 0 16
hit 0.58: hips 2 6 -6, knees 4, ankles -32, pelvis 8 0 14, spine 2 -10 8, right_shoulder 172 12 0,
    right_elbow 4, right_clavicle 0 28, left_shoulder 36 8 50, left_elbow 92, neck -20
down 0.72 0.84: left_hip 48 6 0, left_knee 30, right_hip -14 6 0, right_knee 64, right_ankle -30,
    pelvis 30 0 26, spine 18 0 8, right_shoulder 44 -24 30, right_elbow 20,
    left_shoulder 14 20 40, left_elbow 92
""")

fall = action_through("""
up 0 0.22: hips 0 3 -6, knees 3, shoulders 4 8 5, elbows 16
trip 0.36: left_hip 36 4 0, left_knee 44, right_hip -6 4 0, right_knee 40, pelvis 26, spine 10,
    shoulders 56 34 0, elbows 30
knees 0.5: hips 20 6 0, knees 104, ankles -40, pelvis 38, spine 12, shoulders 98 24 0, elbows 24,
    neck -14
lying 0.62 0.94: pelvis 90, hips -2 10 0, knees 10, ankles -46, shoulders 120 46 0, elbows 70,
    head 0 0 30
""")
