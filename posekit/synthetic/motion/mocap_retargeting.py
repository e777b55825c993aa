"""Recorded motion on the same body: CMU's ``.asf`` and ``.amc`` files.

Both bodies are at rest when all their angles are 0: ours with hanging arms, CMU's with arms
held out and legs apart. So each of our segments turns as its bone of theirs does, after a turn
in the frontal plane from our rest to theirs; its length stays our own. The root goes as far as
theirs, times how much longer our legs are.
"""

from __future__ import annotations

import numpy as np

from ...datasets import MOCAP_ROOT, MocapSkeleton
from ..human.body import Body, Posed
from ..human.joint_tree import INDEX, JOINTS, PARENTS
from .ground_contact import lowest

# Which bone turns each of our segments. One that a file lacks turns with its parent.
BONES = {
    "pelvis": MOCAP_ROOT,
    "spine": "upperback",
    "chest": "thorax",
    "neck": "lowerneck",
    "head": "head",
}
BONES |= {
    f"{side}_{joint}": side[0] + bone
    for side in ("left", "right")
    for joint, bone in (
        ("clavicle", "clavicle"),
        ("shoulder", "humerus"),
        ("elbow", "radius"),
        ("wrist", "hand"),
        ("hip", "femur"),
        ("knee", "tibia"),
        ("ankle", "foot"),
    )
}
_LIMBS = ("shoulder", "elbow", "wrist", "hip", "knee")  # ours hang straight down at rest


def retarget(skeleton: MocapSkeleton, motion: dict[str, np.ndarray], body: Body) -> Posed:
    """``body`` moving as a recording does: a `Posed` with a leading T, on the ground.

    ``motion`` is what `posekit.datasets.read_amc` gives. The middle of the way is above
    the origin; the lowest moment touches the ground, so that jumps stay jumps.
    """
    turns, ends = skeleton.turns(motion), skeleton.positions(motion)
    count = len(turns[MOCAP_ROOT])
    frames = np.zeros((count, len(JOINTS), 4, 4))
    frames[..., 3, 3] = 1
    for j, name in enumerate(JOINTS):
        bone, parent = skeleton.bones.get(BONES[name]), PARENTS[j]
        if bone is not None:
            frames[:, j, :3, :3] = turns[bone.name] @ _to_rest(name, bone.offset)
        else:
            frames[:, j, :3, :3] = frames[:, parent, :3, :3]
        if parent >= 0:
            frames[:, j, :3, 3] = (
                frames[:, parent, :3, :3] @ body.offsets[j] + frames[:, parent, :3, 3]
            )
    way = _hips(ends) * _leg(body) / (_their_leg(skeleton) or _leg(body))
    way[:, [0, 2]] -= (way.min(0) + way.max(0))[[0, 2]] / 2
    posed = Posed(body, frames).moved(way)
    return posed.moved([0, -lowest(posed).min(), 0])


def _to_rest(joint: str, offset: np.ndarray) -> np.ndarray:
    """(3, 3) from our segment at rest to theirs: a turn about z, or none."""
    x, y = offset[:2] / max(float(np.hypot(*offset[:2])), 1e-9)
    if not joint.endswith(_LIMBS):
        return np.eye(3)
    return np.array([[-y, -x, 0], [x, -y, 0], [0, 0, 1]])  # takes (0, -1) to (x, y)


def _hips(ends: dict[str, np.ndarray]) -> np.ndarray:
    """(T, 3) between the hips, where our pelvis is; the root, if it has no such bones."""
    hips = [ends[name] for name in ("lhipjoint", "rhipjoint") if name in ends]
    return np.mean(hips, axis=0) if len(hips) == 2 else ends[MOCAP_ROOT].copy()


def _leg(body: Body) -> float:
    return float(-body.offsets[[INDEX["left_knee"], INDEX["left_ankle"]], 1].sum())


def _their_leg(skeleton: MocapSkeleton) -> float:
    return sum(
        float(np.linalg.norm(skeleton.bones[bone].offset))
        for bone in ("lfemur", "ltibia")
        if bone in skeleton.bones
    )
