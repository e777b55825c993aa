"""The joints of a person as a tree, and every named point that rides on one of its segments.

Axes (right-handed, metres). The world has **y up** and the ground at y = 0. A body in its
rest pose stands facing **+z**, with **+x towards its own left**: left x up = forward. The
rest pose is standing upright, arms hanging, palms to the thighs, feet pointing forward.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ... import skeletons

JOINTS = (
    "pelvis",
    "spine",
    "chest",
    "neck",
    "head",
    "left_clavicle",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
    "left_hip",
    "left_knee",
    "left_ankle",
    "right_clavicle",
    "right_shoulder",
    "right_elbow",
    "right_wrist",
    "right_hip",
    "right_knee",
    "right_ankle",
)
INDEX = {name: j for j, name in enumerate(JOINTS)}

# Where each joint sits in its parent's segment, in fractions of the body height: the left
# half and the middle, the right half is its mirror image. Lengths along the limbs, and the
# heights of hip, shoulder, chin and eye: Winter, Biomechanics and Motor Control of Human
# Movement (4th ed.), figure 4.1, after Drillis and Contini (1966). Hip and shoulder *centres*
# lie inside the breadths given there.
_OFFSETS = {
    "pelvis": (None, (0, 0, 0)),
    "spine": ("pelvis", (0, 0.050, -0.006)),
    "chest": ("spine", (0, 0.085, 0)),
    "neck": ("chest", (0, 0.165, -0.006)),
    "head": ("neck", (0, 0.062, 0.010)),
    "left_clavicle": ("chest", (0.012, 0.140, 0.010)),
    "left_shoulder": ("left_clavicle", (0.091, 0.000, -0.014)),
    "left_elbow": ("left_shoulder", (0, -0.186, 0)),
    "left_wrist": ("left_elbow", (0, -0.146, 0)),
    "left_hip": ("pelvis", (0.051, 0, 0)),
    "left_knee": ("left_hip", (0, -0.245, 0)),
    "left_ankle": ("left_knee", (0, -0.246, 0)),
}
# Named points that are not joints of the tree: the segment they ride on, and where.
_POINTS = {
    "belly": ("spine", (0, 0.055, 0.020)),
    "thorax": ("chest", (0, 0.142, 0)),
    "upper_neck": ("head", (0, -0.018, -0.004)),
    "head_top": ("head", (0, 0.108, 0.006)),
    "nose": ("head", (0, 0.022, 0.078)),
    "left_eye_inner": ("head", (0.0105, 0.041, 0.061)),
    "left_eye": ("head", (0.0185, 0.041, 0.060)),
    "left_eye_outer": ("head", (0.0265, 0.041, 0.055)),
    "left_ear": ("head", (0.0450, 0.031, 0.004)),
    "left_mouth": ("head", (0.0145, 0.001, 0.063)),
    "left_pinky": ("left_wrist", (-0.002, -0.046, -0.019)),
    "left_index": ("left_wrist", (-0.002, -0.051, 0.016)),
    "left_thumb": ("left_wrist", (-0.012, -0.036, 0.028)),
    "left_fingertip": ("left_wrist", (-0.006, -0.104, 0.004)),
    "left_heel": ("left_ankle", (0, -0.036, -0.036)),
    "left_foot_index": ("left_ankle", (0.002, -0.036, 0.108)),
    "left_big_toe": ("left_ankle", (-0.007, -0.036, 0.106)),
    "left_small_toe": ("left_ankle", (0.024, -0.036, 0.084)),
}
# ``head`` of Penn Action, JHMDB and HumanEva is the middle of the head, not the joint below it.
_HEAD_CENTRE = ("head", (0, 0.042, 0.010))
_ALIAS = {"spine": "chest"}  # Human3.6M's spine is the middle of the back


def _with_mirror(table: dict) -> dict:
    """The table with a right entry for each left one, x negated."""
    full = dict(table)
    for name, (parent, (x, y, z)) in table.items():
        if name.startswith(skeletons.LEFT):
            twin = None if parent is None else skeletons.mirror_name(parent)
            full[skeletons.mirror_name(name)] = (twin, (-x, y, z))
    return full


_TREE = _with_mirror(_OFFSETS)
_SITES = _with_mirror(_POINTS) | {"head_centre": _HEAD_CENTRE}
PARENTS = np.array([INDEX.get(_TREE[name][0], -1) for name in JOINTS])
REST = np.array([_TREE[name][1] for name in JOINTS], dtype=float)
SITES = tuple(_SITES)
SITE_JOINT = np.array([INDEX[_SITES[name][0]] for name in SITES])
RIDES_ON = np.concatenate([np.arange(len(JOINTS)), SITE_JOINT])  # the joint of each point
SITE_REST = np.array([_SITES[name][1] for name in SITES], dtype=float)


@lru_cache
def point_indices(skeleton: str) -> np.ndarray:
    """(K,) int: where each joint of a joint set stands in `Posed.points`."""
    names = JOINTS + SITES
    wanted = [_ALIAS.get(joint, joint) for joint in skeletons.get(skeleton).joints]
    wanted = ["head_centre" if joint == "head" else joint for joint in wanted]
    return np.array([names.index(joint) for joint in wanted])
