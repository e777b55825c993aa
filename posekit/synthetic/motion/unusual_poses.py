"""Poses of sport and play in which the body is not upright: on the hands, in the air, lying.

The number is how many metres above the ground; angles are in degrees, as
`motion.pose_notation` reads them.
"""

from __future__ import annotations

import numpy as np

from ..human.joint_angles import mirror
from ..human.joint_tree import INDEX, JOINTS
from .pose_notation import read_pose_table

_ARMS_UP = "shoulders 168 12 0, elbows 6, clavicles 0 24"
_TABLE = f"""
handstand 0: pelvis 180, hips 4 2 0, knees 4, ankles -40, neck -20, {_ARMS_UP}
handstand, split 0: pelvis 176, left_hip 70 8 0, left_knee 12, right_hip -24 8 0, right_knee 24,
    ankles -40, neck -24, {_ARMS_UP}
handstand, bent 0: pelvis 186, hips 30 16 0, knees 88, ankles -30, neck -26, spine -10,
    {_ARMS_UP}
cartwheel 0: pelvis 0 150 0, hips 2 48 -6, knees 6, ankles -35, shoulders 20 150 0, elbows 4,
    clavicles 0 22
cartwheel begins 0: pelvis 0 84 0, hips 4 44 -6, knees 10, ankles -30, shoulders 20 140 0,
    elbows 8, clavicles 0 20
bridge 0: pelvis -96, spine -24, chest -18, neck -28, hips -26 10 0, knees 84, {_ARMS_UP}
somersault 0.8: pelvis 150, spine 30, chest 20, neck 20, hips 118 6 0, knees 128,
    shoulders 60 10 20, elbows 80
backflip 0.9: pelvis -140, hips 84 6 0, knees 100, shoulders 70 14 10, elbows 30, neck -10
layout 0.9: pelvis -110, spine -12, chest -8, hips -10 3 0, knees 8, ankles -40,
    shoulders 40 60 0, elbows 20, neck -15
dive 0.9: pelvis 118, hips 4 2 0, knees 4, ankles -45, neck -6, {_ARMS_UP}
dive for a ball 0.35: pelvis 84 20 0, left_hip -10 8 0, right_hip 30 14 0, left_knee 30,
    right_knee 60, shoulders 150 20 0, elbows 14, neck -26, ankles -30
high jump 1.1: pelvis -82, spine -22, chest -16, neck -14, hips -16 12 0, knees 70,
    shoulders 10 36 0, elbows 24
long jump 0.5: pelvis 24, spine 18, hips 92 8 0, knees 34, shoulders 90 26 0, elbows 14
hurdle 0.45: pelvis 36, spine 14, left_hip 94 6 0, left_knee 10, right_hip 14 58 20,
    right_knee 112, right_shoulder 84 10 0, left_shoulder -34 20 0, elbows 36, neck -20
leap 0.5: left_hip 86 10 0, left_knee 8, right_hip -28 12 0, right_knee 14, ankles -42,
    shoulders 30 92 0, elbows 10, pelvis -4
flying kick 0.6: pelvis -30 20 0, left_hip 92 30 0, left_knee 8, right_hip 60 20 0,
    right_knee 118, shoulders 20 60 0, elbows 70
vault 0.25: pelvis 64 40 0, hips 60 24 0, knees 40, right_shoulder 96 14 0, left_shoulder 30 70 0,
    elbows 12, neck -18
spike 0.5: pelvis -14, spine -18, chest -10, hips -12 8 0, knees 70, ankles -36,
    right_shoulder 150 50 -30, right_elbow 84, left_shoulder 140 12 0, left_elbow 10, neck -20
slide 0: pelvis -58, spine 24, chest 10, left_hip 34 10 0, left_knee 10, right_hip 60 30 0,
    right_knee 118, shoulders -30 40 0, elbows 40, neck 16
split 0: left_hip 94 6 0, left_knee 4, right_hip -30 10 0, right_knee 20, pelvis 24,
    shoulders 30 80 0, elbows 12, ankles -40
arabesque 0: pelvis 58, spine -14, chest -10, neck -24, left_hip 60 4 0, left_knee 4,
    right_hip -28 6 0, right_knee 10, shoulders 50 84 0, elbows 8, right_ankle -40
leg held high 0: pelvis 0 -34 0, spine 0 -10 0, left_hip 30 60 -20, left_knee 6,
    right_hip 0 28 0, right_knee 4, left_shoulder 40 110 0, right_shoulder 10 80 0, elbows 8
on all fours 0: pelvis 84, hips 84 6 0, knees 88, ankles -40, shoulders 84 6 0, elbows 6,
    neck -26
start 0: pelvis 78, spine 16, left_hip 118 6 0, left_knee 92, right_hip 78 6 0, right_knee 110,
    shoulders 88 10 0, elbows 4, neck -10, ankles 20
climb 0.3: left_hip 88 40 0, left_knee 100, right_hip 10 20 0, right_knee 16,
    left_shoulder 120 30 0, left_elbow 60, right_shoulder 165 20 0, right_elbow 14, neck -18
hang 0.35: hips 16 6 0, knees 30, ankles -36, neck -8, {_ARMS_UP}
crouch 0: hips 112 22 -6, knees 128, pelvis 38, spine 24, shoulders 60 14 10, elbows 40,
    neck -20
on the back 0: pelvis -88, hips 40 10 0, knees 64, shoulders 20 50 0, elbows 30, neck 6
on the side 0: pelvis 10 84 0, hips 40 4 0, knees 50, shoulders 70 10 0, elbows 60
sit on the ground 0: pelvis -14, spine 16, hips 84 14 0, knees 30, shoulders 20 16 0, elbows 20
cross-legged 0: spine 14, hips 88 50 -30, knees 124, shoulders 36 16 10, elbows 50
kneel on both 0: hips 8 8 0, knees 96, ankles -46, pelvis 6, shoulders 40 20 10, elbows 50
"""
# By name: metres above the ground, and the angles of the whole body (J, 3) in radians.
UNUSUAL_POSES = {
    name: (lift, angles) for name, ((lift,), angles) in read_pose_table(_TABLE).items()
}

_LIFTS = np.array([lift for lift, _ in UNUSUAL_POSES.values()])
_POSES = np.stack([angles for _, angles in UNUSUAL_POSES.values()])
_LIMBS = slice(INDEX["left_clavicle"], len(JOINTS))


def unusual_pose(u: np.ndarray) -> tuple[np.ndarray, float]:
    """One of them, (J, 3) radians, and metres above the ground, by four numbers from 0 to 1:
    which, its mirror image or not, how far limbs go, and how far the body is turned over."""
    n = int(u[0] * len(UNUSUAL_POSES))
    angles = _POSES[n].copy()
    angles[_LIMBS] *= 0.75 + 0.4 * u[2]
    angles[0, 0] += np.radians(30) * (u[3] - 0.5)
    return (mirror(angles) if u[1] < 0.5 else angles), float(_LIFTS[n]) * (0.5 + u[3])
