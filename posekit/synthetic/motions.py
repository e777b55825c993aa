"""`Motions` and `recorded_motions`: joints in space seen by random cameras, without images.

What lifts joints from 2D to 3D needs no pictures, and joints without them cost a thousandth.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .. import skeletons
from ..cameras import Z_UP, Camera
from ..data import Clip
from ..datasets import read_amc, read_asf
from ..errors import InputError
from .human.body import Body
from .mocap import every
from .motion.actions import ACTIONS, IN_TURN, perform
from .motion.mocap_retargeting import retarget
from .motion.style import Style
from .settings import image_size, natural, position


class Motions(Sequence):
    """``count`` motions, each seen by ``views`` cameras; ``motions[i]`` is a `posekit.data.Clip`.

    The clips of one motion come one after the other. A clip has no frames; ``extra`` has
    ``keypoints_3d``, metres in ``world`` axes (z up), and its ``camera`` is a `random_camera`.
    Motion ``i`` depends on ``seed``, ``i`` and the settings alone. Each person does every action
    once, and is the clips' ``group``, as `Clips` has it.

    Args:
        seed, count, skeleton, frames, fps: as `Clips` has them.
        views: cameras for each motion.
        size: (height, width) of what they see.
        action: one of `posekit.synthetic.ACTIONS` for all, or None for each of `IN_TURN`.

    Raises `InputError` for a setting that makes no sense.
    """

    def __init__(
        self,
        seed=0,
        count=100,
        frames=32,
        views=1,
        size=(480, 640),
        skeleton="humaneva15",
        action=None,
        fps=30,
    ):
        self.seed, self.count = natural(seed, "seed"), natural(count, "count")
        self.frames, self.views = natural(frames, "frames", 1), natural(views, "views", 1)
        self.size, self.skeleton = image_size(size), skeletons.get(skeleton)
        self.fps, self.action = float(fps), action
        if action is not None and action not in ACTIONS:
            raise InputError(f"no action {action!r}; there are: {', '.join(ACTIONS)}.")
        if not 0 < self.fps < np.inf:
            raise InputError(f"fps must be positive, and is {fps}.")

    def __len__(self) -> int:
        return self.count * self.views

    def __getitem__(self, index: int) -> Clip:
        motion, view = divmod(position(index, len(self)), self.views)
        who, which = (motion, 0) if self.action else divmod(motion, len(IN_TURN))
        action = self.action or IN_TURN[which]
        body = Body.random(np.random.default_rng([self.seed, 5, who]))
        rng = np.random.default_rng([self.seed, 6, motion])
        seconds, heading = np.arange(self.frames) / self.fps, 2 * np.pi * rng.random()
        posed = perform(action, body, Style.random(rng), seconds, heading)
        joints = posed.keypoints(self.skeleton) @ Z_UP.T
        return seen_by(
            random_camera(joints, np.random.default_rng([self.seed, 7, motion, view]), self.size),
            joints,
            self.skeleton.name,
            id=f"synthetic-motion-{self.seed}-{motion}:{view}",
            group=f"person-{self.seed}-{who}",
            action=action,
            fps=self.fps,
        )


def recorded_motions(
    path: str | Path,
    asf: str | Path | None = None,
    *,
    seed=0,
    fps=30,
    frames=64,
    views=1,
    size=(480, 640),
    skeleton="humaneva15",
) -> list[Clip]:
    """A recorded motion, done by another person, in clips as those of `Motions`.

    Args:
        path, asf, fps: as `mocap_clip` has them.
        seed: who does it, and from where it is seen.
        frames: of a clip; the recording is cut into as many as it takes, the last one shorter.
        views, size, skeleton: as `Motions` has them.
    """
    path, size = Path(path), image_size(size)
    bones = read_asf(asf or path.parent / f"{path.parent.name}.asf")
    motion = every(read_amc(path, bones), float(fps), 0.0, None, path)
    rng = np.random.default_rng([natural(seed, "seed"), 8, *path.stem.encode()])
    joints = retarget(bones, motion, Body.random(rng)).keypoints(skeleton) @ Z_UP.T
    about = {"skeleton": skeletons.get(skeleton).name, "group": bones.path.stem, "fps": float(fps)}
    return [
        seen_by(random_camera(part, rng, size), part, id=f"{path.stem}-{seed}:{t}:{view}", **about)
        for t in range(0, len(joints), natural(frames, "frames", 1))
        for part in [joints[t : t + frames]]
        for view in range(natural(views, "views", 1))
    ]


def seen_by(camera: Camera, joints, skeleton: str, **about) -> Clip:
    """A clip of one person's joints (T, K, 3), metres in ``world`` axes, as a camera sees them.

    A joint that is behind the camera or outside of its image is missing on the image. ``about``
    are the clip's ``id``, ``group``, ``action`` and ``fps``.
    """
    joints = np.asarray(joints)[:, None]
    points = camera.project(joints)
    height, width = camera.size
    outside = ((points < -0.5) | (points > (width - 0.5, height - 0.5))).any(-1)
    return Clip(
        skeleton=skeleton,
        keypoints=points,
        visible=np.where(np.isfinite(points).all(-1) & ~outside, 2, 0),
        size=camera.size,
        extra={"keypoints_3d": joints.astype(np.float32)},
        frame="world",
        camera=camera,
        **about,
    )


def random_camera(
    joints, rng: np.random.Generator, size=(480, 640), tilts=(-5, 25), distances=(2.5, 6)
) -> Camera:
    """A camera somewhere around joints in space that has all of them in its image.

    ``joints`` (..., 3) metres, z up. From any side, ``tilts`` degrees from below (negative) to
    above, ``distances`` metres from the nearest; they fill 0.6 to 0.9 of the image's width or
    height.
    """
    joints = np.asarray(joints, dtype=float).reshape(-1, 3)
    low, high = joints.min(0), joints.max(0)
    middle, around = (low + high) / 2, np.linalg.norm(high[:2] - low[:2]) / 2
    distance, turn = around + rng.uniform(*distances), rng.uniform(0, 2 * np.pi)
    tilt = np.radians(rng.uniform(*tilts))
    way = np.cos(turn) * np.cos(tilt), np.sin(turn) * np.cos(tilt), np.sin(tilt)
    # `look_at` has y up; y up times Z_UP's transpose is z up.
    camera = Camera.look_at((middle + distance * np.array(way)) @ Z_UP, middle @ Z_UP, 1.0, size)
    camera = camera.turned(Z_UP)
    half = np.array(size[::-1]) / 2
    reach = np.abs(camera.project(joints) - camera.center).max(0)
    return camera.zoomed(rng.uniform(0.6, 0.9) * (half / reach).min(), camera.center)
