"""`mocap_clip`: recorded motion, done by a rendered person."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .. import skeletons
from ..data import Clip
from ..datasets import MOCAP_FPS, read_amc, read_asf
from ..errors import InputError
from .clip_frames import ClipFrames
from .human.dressed_body import random_person
from .motion.mocap_retargeting import retarget
from .scene.camera_motion import check_camera_move
from .settings import check_difficulty, image_size, natural


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
    check_camera_move(camera)
    motion = every(motion, float(fps), float(start), frames, path)
    rng = np.random.default_rng([seed, 4])
    body, dressed = random_person(rng)
    posed = retarget(bones, motion, body)
    rendered = ClipFrames(rng, posed.frames[:, None], dressed, size, difficulty, camera, float(fps))
    return rendered.to_clip(f"{path.stem}-{seed}", joints.name, group=bones.path.stem)


def every(motion, fps: float, start: float, frames: int | None, path: Path) -> dict:
    """The motion's frames at that many a second."""
    if not 0 < fps <= MOCAP_FPS:
        raise InputError(
            f"fps must be above 0 and at most the recording's {MOCAP_FPS}, and is {fps:g}."
        )
    if start < 0 or (frames is not None and frames < 1):
        raise InputError(f"start must not be negative, nor frames below 1: {start}, {frames}.")
    count = len(next(iter(motion.values())))
    keep = np.rint(np.arange(start * MOCAP_FPS, count - 0.5, MOCAP_FPS / fps)).astype(int)[:frames]
    if len(keep) == 0:
        raise InputError(
            f"{path} ends after {count / MOCAP_FPS:.2f} s, before start at {start:g} s."
        )
    return {name: values[keep] for name, values in motion.items()}
