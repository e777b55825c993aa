"""A small library of ways to stand, and of what an arm does: for `motion.random_poses`."""

from __future__ import annotations

from .pose_notation import read_pose_table

# Legs and trunk: the weight in easy and in other images, and the angles.
LEG_POSES = read_pose_table("""
stand 6 4: hips 0 3 -7, knees 3
relaxed 4 4: left_hip 14 6 -12, left_knee 26, right_hip 0 1 -6, pelvis 0 -3 0, spine 0 5 0
wide 3 3: hips 0 14 -10, knees 3
crossed 1 1: left_hip 9 -9 -5, left_knee 14, right_hip 0 -2 -8
step 3 4: left_hip 24 2 -3, left_knee 10, right_hip -14 2 -6, right_knee 14
stride 2 4: left_hip 34 2 -3, left_knee 9, right_hip -22 2 -6, right_knee 26, right_ankle -22,
    pelvis 5
run 0 4: left_hip 66 3 0, left_knee 92, right_hip -20 2 0, right_knee 20, right_ankle -28,
    pelvis 12
push off 0 2: left_hip 40 3 0, left_knee 60, right_hip -26 4 -5, right_knee 80, right_ankle -30,
    pelvis 14
bent knees 1 3: hips 42 14 -10, knees 62, pelvis 14, spine 8
squat 0 3: hips 104 20 -12, knees 112, pelvis 24, spine 16
lunge 0 3: left_hip 80 4 0, left_knee 84, right_hip -18 4 0, right_knee 48, right_ankle -20,
    pelvis 4
side lunge 0 2: left_hip 40 34 -20, left_knee 74, right_hip 6 38 -8, right_knee 4, pelvis 12,
    spine 8
kick 0 2: left_hip 82 6 -4, left_knee 16, left_ankle -20, right_hip 2 3 -12, right_knee 14,
    pelvis -6, spine 8
side kick 0 1: left_hip 18 58 -10, left_knee 8, right_hip 4 8 -16, right_knee 10, pelvis 0 -16 0,
    spine 0 8 0
knee up 1 2: left_hip 84 6 0, left_knee 96, right_hip 0 2 -6
one leg back 0 1: left_hip -24 4 0, left_knee 84, right_hip 6 2 -6, right_knee 6, pelvis 12
tree 0 1: left_hip 58 52 -42, left_knee 128, right_hip 0 -2 -6
jump 0 2: hips 28 12 -6, knees 52, ankles -36
star 0 1: hips 4 34 -8, knees 6, ankles -30
sit 0 3: hips 90 9 -6, knees 88, spine 6
kneel 0 1: left_hip 86 8 0, left_knee 92, right_hip 2 6 0, right_knee 88, right_ankle -30
bow 0 2: hips 58 4 -6, knees 8, pelvis 46, spine 22, chest 14, neck -12
""")
AIRBORNE = {"jump": 0.25, "star": 0.3, "push off": 0.06}  # metres above the ground
SEATED = {"sit"}  # these need something to sit on

# One arm: (weight in easy, in normal, (clavicle up), shoulder, elbow, wrist).
ARM_POSES = {
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
