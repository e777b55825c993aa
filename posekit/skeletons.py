"""Joint sets: names, limbs, and what follows from the names.

A `Skeleton` is a tuple of joint names and a tuple of limbs. Which joints are each other's
mirror image, and which side a limb is on, is derived from the names (``left_knee`` mirrors
``right_knee``), so no table of flip indices can go out of step with the order of the joints.

``left`` and ``right`` are the person's own, never the observer's.

>>> from posekit import skeletons
>>> lsp = skeletons.get("lsp14")
>>> lsp.joints[lsp.flip[0]]
'left_ankle'
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from .errors import InputError, check_known, check_shape

LEFT, RIGHT = "left_", "right_"


def mirror_name(joint: str) -> str:
    """The name of the mirror image: ``left_knee`` for ``right_knee``, ``nose`` for ``nose``."""
    if joint.startswith(LEFT):
        return RIGHT + joint.removeprefix(LEFT)
    if joint.startswith(RIGHT):
        return LEFT + joint.removeprefix(RIGHT)
    return joint


@dataclass(frozen=True)
class Skeleton:
    """K joint names and the limbs that join them.

    ``source`` says where the order and the limbs come from. Raises `InputError` for a
    doubled name, a limb between unknown joints, or a left joint without its right one.
    """

    name: str
    joints: tuple[str, ...]
    limbs: tuple[tuple[str, str], ...]
    source: str

    def __post_init__(self):
        known = set(self.joints)
        if len(known) != len(self.joints):
            raise InputError(f"{self.name}: a joint name stands twice in {self.joints}.")
        for joint in self.joints:
            if mirror_name(joint) not in known:
                raise InputError(f"{self.name}: {joint} has no {mirror_name(joint)}.")
        if len({frozenset(limb) for limb in self.limbs}) != len(self.limbs):
            raise InputError(f"{self.name}: a limb stands twice in {self.limbs}.")
        for limb in self.limbs:
            if not known.issuperset(limb):
                raise InputError(f"{self.name}: limb {limb} names a joint it does not have.")

    def __len__(self) -> int:
        return len(self.joints)

    def __repr__(self) -> str:
        return f"Skeleton({self.name}: {len(self.joints)} joints, {len(self.limbs)} limbs)"

    def index(self, joint: str) -> int:
        """The position of a joint; `InputError` with the known names if there is none."""
        if joint not in self.joints:
            raise InputError(f"{self.name} has no {joint!r}; it has: {', '.join(self.joints)}.")
        return self.joints.index(joint)

    @cached_property
    def flip(self) -> np.ndarray:
        """(K,) int: ``keypoints[..., flip, :]`` renames every joint to its mirror image."""
        return np.array([self.joints.index(mirror_name(joint)) for joint in self.joints])

    @cached_property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """The (left, right) index pairs."""
        lefts = [joint for joint in self.joints if joint.startswith(LEFT)]
        return tuple((self.index(joint), self.index(mirror_name(joint))) for joint in lefts)

    @cached_property
    def limb_indices(self) -> np.ndarray:
        """(L, 2) int: the limbs as joint indices."""
        return np.array([[self.index(a), self.index(b)] for a, b in self.limbs])

    @cached_property
    def limb_sides(self) -> tuple[str, ...]:
        """``left``, ``right`` or ``centre`` for each limb; a limb across the body is centre."""
        return tuple(_side_of_limb(a, b) for a, b in self.limbs)


def _side_of_limb(a: str, b: str) -> str:
    sides = {side for side in (LEFT, RIGHT) for joint in (a, b) if joint.startswith(side)}
    return sides.pop().rstrip("_") if len(sides) == 1 else "centre"


def _limbs(text: str) -> tuple[tuple[str, str], ...]:
    """Limbs from chains: ``a-b-c`` is (a, b), (b, c); ``*_knee`` is written out for both sides."""
    chains = []
    for chain in text.split():
        both = [chain.replace("*_", side) for side in (RIGHT, LEFT)] if "*" in chain else [chain]
        chains.extend(one.split("-") for one in both)
    return tuple(limb for chain in chains for limb in zip(chain, chain[1:]))


def _make(name: str, joints: str, limbs: str, source: str) -> Skeleton:
    return Skeleton(name, tuple(joints.split()), _limbs(limbs), source)


LSP14 = _make(
    "lsp14",
    """right_ankle right_knee right_hip left_hip left_knee left_ankle right_wrist right_elbow
       right_shoulder left_shoulder left_elbow left_wrist neck head_top""",
    """*_ankle-*_knee-*_hip *_wrist-*_elbow-*_shoulder-neck neck-head_top right_hip-left_hip
       *_hip-*_shoulder""",
    "order: README of lsp_dataset.zip; limbs: this course's",
)
MPII16 = _make(
    "mpii16",
    """right_ankle right_knee right_hip left_hip left_knee left_ankle pelvis thorax upper_neck
       head_top right_wrist right_elbow right_shoulder left_shoulder left_elbow left_wrist""",
    """*_ankle-*_knee-*_hip-pelvis pelvis-thorax-upper_neck-head_top
       *_wrist-*_elbow-*_shoulder-thorax""",
    "order: annotation format page of human-pose.mpi-inf.mpg.de; limbs: parent list with the "
    "shoulders on the thorax (others hang them on the upper neck)",
)
COCO17 = _make(
    "coco17",
    """nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow
       right_elbow left_wrist right_wrist left_hip right_hip left_knee right_knee left_ankle
       right_ankle""",
    """*_ankle-*_knee-*_hip right_hip-left_hip *_shoulder-*_hip right_shoulder-left_shoulder
       *_shoulder-*_elbow-*_wrist right_eye-left_eye nose-*_eye-*_ear *_ear-*_shoulder""",
    "order and limbs: `categories` of person_keypoints_train2017.json",
)
OPENPOSE18 = _make(
    "openpose18",
    """nose neck right_shoulder right_elbow right_wrist left_shoulder left_elbow left_wrist
       right_hip right_knee right_ankle left_hip left_knee left_ankle right_eye left_eye
       right_ear left_ear""",
    """neck-*_shoulder-*_elbow-*_wrist neck-*_hip-*_knee-*_ankle neck-nose
       nose-*_eye-*_ear *_shoulder-*_ear""",
    "order and limbs: OpenPose, COCO model (poseParameters.cpp)",
)
BODY25 = _make(
    "body25",
    """nose neck right_shoulder right_elbow right_wrist left_shoulder left_elbow left_wrist
       pelvis right_hip right_knee right_ankle left_hip left_knee left_ankle right_eye left_eye
       right_ear left_ear left_big_toe left_small_toe left_heel right_big_toe right_small_toe
       right_heel""",
    """neck-pelvis neck-*_shoulder-*_elbow-*_wrist pelvis-*_hip-*_knee-*_ankle neck-nose
       nose-*_eye-*_ear *_shoulder-*_ear *_ankle-*_big_toe-*_small_toe *_ankle-*_heel""",
    "order and limbs: OpenPose, BODY_25 model; its MidHip is called pelvis here",
)
PENN13 = _make(
    "penn13",
    """head left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist left_hip
       right_hip left_knee right_knee left_ankle right_ankle""",
    """head-*_shoulder right_shoulder-left_shoulder *_shoulder-*_elbow-*_wrist *_shoulder-*_hip
       right_hip-left_hip *_hip-*_knee-*_ankle""",
    "order: Penn Action's README; limbs: this course's",
)
JHMDB15 = _make(
    "jhmdb15",
    """neck belly head right_shoulder left_shoulder right_hip left_hip right_elbow left_elbow
       right_knee left_knee right_wrist left_wrist right_ankle left_ankle""",
    "neck-belly neck-head neck-*_shoulder-*_elbow-*_wrist belly-*_hip-*_knee-*_ankle",
    "order: JHMDB's joint_positions README; limbs: as drawn in mmpose's dataset page",
)
H36M17 = _make(
    "h36m17",
    """pelvis right_hip right_knee right_ankle left_hip left_knee left_ankle spine thorax nose
       head_top left_shoulder left_elbow left_wrist right_shoulder right_elbow right_wrist""",
    """pelvis-*_hip-*_knee-*_ankle pelvis-spine-thorax-nose-head_top
       thorax-*_shoulder-*_elbow-*_wrist""",
    "17 of Human3.6M's 32 joints, VideoPose3D's order; its Hip, Foot, Neck/Nose and Head are "
    "called pelvis, ankle, nose and head_top here",
)
HUMANEVA15 = _make(
    "humaneva15",
    """pelvis thorax left_shoulder left_elbow left_wrist right_shoulder right_elbow right_wrist
       left_hip left_knee left_ankle right_hip right_knee right_ankle head""",
    "pelvis-thorax-head thorax-*_shoulder-*_elbow-*_wrist pelvis-*_hip-*_knee-*_ankle",
    "order and limbs: VideoPose3D's prepare_data_humaneva.py",
)
BLAZEPOSE33 = _make(
    "blazepose33",
    """nose left_eye_inner left_eye left_eye_outer right_eye_inner right_eye right_eye_outer
       left_ear right_ear left_mouth right_mouth left_shoulder right_shoulder left_elbow
       right_elbow left_wrist right_wrist left_pinky right_pinky left_index right_index
       left_thumb right_thumb left_hip right_hip left_knee right_knee left_ankle right_ankle
       left_heel right_heel left_foot_index right_foot_index""",
    """nose-*_eye_inner-*_eye-*_eye_outer-*_ear left_mouth-right_mouth
       right_shoulder-left_shoulder *_shoulder-*_elbow-*_wrist *_wrist-*_pinky-*_index
       *_wrist-*_index *_wrist-*_thumb *_shoulder-*_hip right_hip-left_hip
       *_hip-*_knee-*_ankle *_ankle-*_heel-*_foot_index *_ankle-*_foot_index""",
    "order and limbs: MediaPipe's pose landmarker guide",
)

ALL = (LSP14, MPII16, COCO17, OPENPOSE18, BODY25, PENN13, JHMDB15, H36M17, HUMANEVA15, BLAZEPOSE33)
SKELETONS = {skeleton.name: skeleton for skeleton in ALL}


def get(name: str | Skeleton) -> Skeleton:
    """The skeleton of that name (a `Skeleton` passes through); `InputError` lists the names."""
    if isinstance(name, Skeleton):
        return name
    key = str(name).lower()
    check_known("joint set", key, SKELETONS)
    return SKELETONS[key]


# A joint that the source lacks is the mean of others, by the first recipe that it can follow.
# Recipes are approximations, and `convert` reports each one that it used.
RECIPES: dict[str, tuple[tuple[str, ...], ...]] = {
    "neck": (("upper_neck",), ("left_shoulder", "right_shoulder")),
    "upper_neck": (("neck",), ("left_shoulder", "right_shoulder")),
    "thorax": (("left_shoulder", "right_shoulder"),),
    "pelvis": (("left_hip", "right_hip"),),
    "spine": (("pelvis", "thorax"), ("left_hip", "right_hip", "left_shoulder", "right_shoulder")),
    "belly": (("spine",), ("left_hip", "right_hip", "left_shoulder", "right_shoulder")),
    "head": (
        ("left_ear", "right_ear"),
        ("head_top", "neck"),
        ("head_top", "upper_neck"),
        ("head_top", "nose"),
    ),
    "left_big_toe": (("left_foot_index",),),
    "right_big_toe": (("right_foot_index",),),
    "left_foot_index": (("left_big_toe",),),
    "right_foot_index": (("right_big_toe",),),
}


class Converted(NamedTuple):
    """Arrays in the target's order, and how each joint came about that the source lacks."""

    keypoints: np.ndarray  # (..., K, D)
    visible: np.ndarray  # (..., K) uint8
    made: dict[str, str]  # joint -> "mean of left_hip, right_hip" or "missing"


def convert(keypoints, visible, source: str | Skeleton, target: str | Skeleton) -> Converted:
    """Reorder joints by name from one skeleton to another.

    Args:
        keypoints: (..., K, D) coordinates in any unit, NaN where missing.
        visible: (..., K) 0 unlabelled, 1 occluded, 2 visible; None: 2 wherever finite.
        source, target: skeletons or their names.

    A joint that the source lacks is synthesised by `RECIPES`, visible as its least visible
    part, and 0 (NaN) where a part is unlabelled; one without a recipe is NaN and 0 throughout.
    Raises `InputError` when the arrays do not have the source's number of joints.
    """
    source, target = get(source), get(target)
    keypoints = np.asarray(keypoints)
    if keypoints.ndim < 2 or keypoints.shape[-2] != len(source):
        raise InputError(
            f"{source.name} has {len(source)} joints, but the keypoints are of shape "
            f"{keypoints.shape}: the joints go on the last axis but one."
        )
    if visible is None:
        visible = np.where(np.isfinite(keypoints).all(-1), 2, 0)
    visible = np.asarray(visible, dtype=np.uint8)
    check_shape("visible", visible, *keypoints.shape[:-1])
    shape = *keypoints.shape[:-2], len(target), keypoints.shape[-1]
    points = np.full(shape, np.nan, np.result_type(keypoints.dtype, np.float32))
    flags = np.zeros(points.shape[:-1], dtype=np.uint8)
    made = {}
    for k, joint in enumerate(target.joints):
        parts = _parts(joint, source)
        if parts != (joint,):
            made[joint] = f"mean of {', '.join(parts)}" if parts else "missing"
        if parts:
            where = [source.index(part) for part in parts]
            flags[..., k] = visible[..., where].min(-1)
            points[..., k, :] = keypoints[..., where, :].mean(-2)
    points[flags == 0] = np.nan
    return Converted(points, flags, made)


def _parts(joint: str, source: Skeleton) -> tuple[str, ...]:
    """The source joints whose mean stands for ``joint``; empty if there is no way."""
    if joint in source.joints:
        return (joint,)
    recipes = (parts for parts in RECIPES.get(joint, ()) if set(parts) <= set(source.joints))
    return next(recipes, ())
