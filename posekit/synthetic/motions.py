"""`Motions` and `recorded_motion`: joints in space alone, without a camera and without images.

What lifts joints from 2D to 3D needs no pictures, and joints without them cost a thousandth.
`posekit.data.takes.seen_by` says where a camera sees them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .. import skeletons
from ..cameras import Z_UP
from ..data import Clip
from ..datasets import read_amc, read_asf
from ..errors import InputError
from .human.body import Body, Posed
from .mocap import every
from .motion.actions import ACTIONS, perform
from .motion.mocap_retargeting import retarget
from .motion.style import Style
from .settings import natural, position


class Motions(Sequence):
    """``count`` clips of one person's joints in space; ``motions[i]`` is a `posekit.data.Clip`.

    Motion ``i`` depends on ``seed``, ``i`` and the settings alone. ``extra`` has
    ``keypoints_3d``, metres in ``world`` axes (z up); the coordinates on the image are missing.
    Each person does every action once, and is the clip's ``group``, as `Clips` has it.

    Args:
        seed, count, skeleton, frames, fps: as `Clips` has them.
        action: one of `posekit.synthetic.ACTIONS` for all, or None for each in turn.

    Raises `InputError` for a setting that makes no sense.
    """

    def __init__(self, seed=0, count=100, frames=32, skeleton="humaneva15", action=None, fps=30):
        self.seed, self.count = natural(seed, "seed"), natural(count, "count")
        self.frames, self.fps = natural(frames, "frames", 1), float(fps)
        self.skeleton, self.action = skeletons.get(skeleton), action
        if action is not None and action not in ACTIONS:
            raise InputError(f"no action {action!r}; there are: {', '.join(ACTIONS)}.")
        if not 0 < self.fps < np.inf:
            raise InputError(f"fps must be positive, and is {fps}.")

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Clip:
        index = position(index, self.count)
        who, which = (index, 0) if self.action else divmod(index, len(ACTIONS))
        action = self.action or tuple(ACTIONS)[which]
        body = Body.random(np.random.default_rng([self.seed, 5, who]))
        rng = np.random.default_rng([self.seed, 6, index])
        seconds, heading = np.arange(self.frames) / self.fps, 2 * np.pi * rng.random()
        posed = perform(action, body, Style.random(rng), seconds, heading)
        id, group = f"synthetic-motion-{self.seed}-{index}", f"person-{self.seed}-{who}"
        return _clip(posed, self.skeleton, id=id, fps=self.fps, action=action, group=group)


def recorded_motion(
    path: str | Path, asf: str | Path | None = None, *, seed=0, fps=30, skeleton="humaneva15"
) -> Clip:
    """A recorded motion, done by another person; the clip is as those of `Motions`.

    Args:
        path, asf, fps: as `mocap_clip` has them.
        seed: who does it.
    """
    path = Path(path)
    bones = read_asf(asf or path.parent / f"{path.parent.name}.asf")
    motion = every(read_amc(path, bones), float(fps), 0.0, None, path)
    body = Body.random(np.random.default_rng([natural(seed, "seed"), 7]))
    posed = retarget(bones, motion, body)
    id, group = f"{path.stem}-{seed}", bones.path.stem
    return _clip(posed, skeletons.get(skeleton), id=id, fps=float(fps), group=group)


def _clip(posed: Posed, skeleton: skeletons.Skeleton, **about) -> Clip:
    joints = (posed.keypoints(skeleton) @ Z_UP.T).reshape(-1, 1, len(skeleton), 3)
    return Clip(
        skeleton=skeleton.name,
        keypoints=np.full((*joints.shape[:3], 2), np.nan),
        visible=np.zeros(joints.shape[:3]),
        extra={"keypoints_3d": joints.astype(np.float32)},
        frame="world",
        **about,
    )
