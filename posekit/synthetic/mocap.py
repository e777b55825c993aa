"""Recorded motion on the same body: CMU's ``.asf`` and ``.amc`` files, rendered.

Both bodies are at rest when all their angles are 0: ours with hanging arms, CMU's with arms
held out and legs apart. So each of our segments turns as its bone of theirs does, after a turn
in the frontal plane from our rest to theirs; its length stays our own. The root goes as far as
theirs, times how much longer our legs are.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .. import skeletons
from ..data import Clip
from ..data.asf import ROOT, MocapSkeleton, read_asf
from ..data.cmu_mocap import FPS, read_amc
from ..errors import InputError
from .clips import Film
from .human.appearance import Appearance
from .human.body import Body, Posed
from .human.dressed_body import dress
from .human.joint_tree import INDEX, JOINTS, PARENTS
from .motion.pose_notation import lowest
from .people import check_difficulty, image_size, natural
from .scene import camera_motion

# Which bone turns each of our segments. One that a file lacks turns with its parent.
BONES = {
    "pelvis": ROOT,
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

    ``motion`` is what `posekit.data.cmu_mocap.read_amc` gives. The middle of the way is above
    the origin; the lowest moment touches the ground, so that jumps stay jumps.
    """
    turns, ends = skeleton.turns(motion), skeleton.positions(motion)
    count = len(turns[ROOT])
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
    return np.mean(hips, axis=0) if len(hips) == 2 else ends[ROOT].copy()


def _leg(body: Body) -> float:
    return float(-body.offsets[[INDEX["left_knee"], INDEX["left_ankle"]], 1].sum())


def _their_leg(skeleton: MocapSkeleton) -> float:
    return sum(
        float(np.linalg.norm(skeleton.bones[bone].offset))
        for bone in ("lfemur", "ltibia")
        if bone in skeleton.bones
    )


def mocap_clip(
    path: str | Path,
    asf: str | Path | None = None,
    *,
    seed=0,
    fps=15,
    start=0.0,
    frames: int | None = None,
    size=256,
    skeleton="lsp14",
    difficulty="normal",
    camera="still",
) -> Clip:
    """A recorded motion, done by a rendered person.

    Args:
        path: an ``.amc`` file. asf: its skeleton; None for the one beside it that has its
            folder's name, as CMU's are kept.
        seed: who does it, in which clothes, where, and seen from where.
        fps: of the clip; the recording has 120. start: seconds left out at its beginning.
        frames: at most so many, or None for all that there is.
        size, skeleton, difficulty, camera: as `Clips` has them.

    ``group`` is the skeleton's name. Raises `InputError` for files that are not there or not
    as they should be, and for a setting that makes no sense.
    """
    path, seed = Path(path), natural(seed, "seed")
    bones = read_asf(asf or path.parent / f"{path.parent.name}.asf")
    motion = read_amc(path, bones)
    joints, size = skeletons.get(skeleton), image_size(size)
    check_difficulty(difficulty)
    camera_motion.check_camera_move(camera)
    motion = _every(motion, float(fps), float(start), frames, path)
    rng = np.random.default_rng([seed, 4])
    body = Body.random(rng)
    dressed = dress(Body.stack([body]), [Appearance.random(rng, body)])
    film = Film(rng, retarget(bones, motion, body), dressed, size, difficulty, camera, float(fps))
    return film.clip(f"{path.stem}-{seed}", joints.name, group=bones.path.stem)


def _every(motion, fps: float, start: float, frames: int | None, path: Path) -> dict:
    """The motion's frames at that many a second."""
    if not 0 < fps <= FPS:
        raise InputError(f"fps must be above 0 and at most the recording's {FPS}, and is {fps:g}.")
    if start < 0 or (frames is not None and frames < 1):
        raise InputError(f"start must not be negative, nor frames below 1: {start}, {frames}.")
    count = len(next(iter(motion.values())))
    keep = np.rint(np.arange(start * FPS, count - 0.5, FPS / fps)).astype(int)[:frames]
    if len(keep) == 0:
        raise InputError(f"{path} ends after {count / FPS:.2f} s, before start at {start:g} s.")
    return {name: values[keep] for name, values in motion.items()}
