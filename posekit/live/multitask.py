"""The multitask network live: joints on the frame and in space, and the action.

The person is found and followed as `posekit.live.single_person` does it, by the same network: an
image is a clip of one frame. Of a video, `RATE` frames a second are kept, the last ones, as many
as the network learnt from, and cut out along one square, that of the whole movement. Of this
window it says where the last frame's joints are in space and, once it is full, the action. Where
the person is lost, or somebody else is found, the window begins anew. Single images have no action.

Beside the frame stand the joints in space, which turn slowly, and the action with its probability,
or how much of the window there is.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import nn

from .. import checkpoints, skeletons
from ..data.clip_crops import whole_box
from ..data.crops import square_crop
from ..data.sample import Sample
from ..geometry import square_box
from ..inference import in_metres, one_thread
from ..models.multitask import Looks, Poses
from ..search import PoseNetwork, agreement
from . import single_person
from .pipeline import show_poses
from .single_person import SinglePersonDetector

RATE = 10  # frames a second, as the clips have that the network learnt from
REPEATED = 3  # how often a slow camera's frame may stand for those that it left out
SAME = 0.1  # the agreement of two poses below which they are of two people
# The square's side over the movement's when it is cut, and at most: the training enlarges and
# shrinks people by up to a fifth.
SQUARE, LOOSE = 1.1, 1.2
TURN, ROOM = 0.05, 2.2  # radians from frame to frame; metres that are shown


@dataclass
class Kept:
    """A frame of the window, and the network's look at it once it has looked."""

    sample: Sample
    look: Looks | None = None


class MultitaskDetector(SinglePersonDetector):
    """Finds one person, their joints in space and their action; otherwise as its base has it.

    Attributes:
        action: what is said of the last frame's person: the action and its probability, how much
            of the window there is, or nothing.
    """

    def __init__(self, name: str | Path | tuple, video: bool = False):
        self.model, self.card = checkpoints.load_pretrained(name)
        stills = nn.Sequential(nn.Unflatten(0, (-1, 1)), self.model)  # each a clip of its own
        super().__init__((stills, self.card | {"decode": None, "scores": None}), video)
        last = [
            lambda out: out.poses[-1].points[:, 0],
            lambda out: out.poses[-1].seen[:, 0].sigmoid(),
        ]
        self.network = PoseNetwork(stills, self.card["size"], *last)
        self._window: deque[Kept] = deque(maxlen=self.card["frames"])
        self._square = np.zeros(4)
        self._tick, self._angle, self.action = -1, 0.5, ""
        self._points = np.zeros((1, len(skeletons.get(self.skeleton)), 3), np.float32)

    def detect(self, image: np.ndarray, time_ms: float | None = None) -> Sample:
        """The person in an image (H, W, 3) uint8 RGB, with ``keypoints_3d`` (1, K, 3) in metres
        about the hips. ``time_ms`` says when a video's frame was taken; without it all are kept.
        Where it goes back, another video begins."""
        found = super().detect(image, time_ms)
        # A video's own times may be a hair too early: 299.99999999999994 ms.
        tick = self._tick + 1 if time_ms is None else int(time_ms * RATE / 1000 + 1e-6)
        if not (self.video and len(found) and tick >= self._tick and self._goes_on(found)):
            self._window.clear()
        if len(found) and (tick > self._tick or not self._window):
            most = REPEATED if self.video else 1
            self._window.extend([Kept(found)] * min(max(tick - self._tick, 1), most))
            self._look()
        self._tick = tick
        return replace(found, keypoints_3d=self._points[: len(found)], frame="root")

    def _goes_on(self, found: Sample) -> bool:
        """Whether this may be the person of the window's last frame; of an empty window all are."""
        last = [kept.sample.keypoints for kept in self._window][-1:]
        return all(agreement(found.keypoints, pose).mean() >= SAME for pose in last)

    def _look(self) -> None:
        """Look at the window: what is to be said of its last frame, and of its action."""
        box = whole_box([kept.sample for kept in self._window])
        if not self._fits(box):
            self._square = square_box(box, SQUARE)
            for kept in self._window:
                kept.look = None
        with one_thread(), torch.no_grad():
            for kept in self._window:
                if kept.look is None:
                    kept.look = self._look_at(kept.sample.image)
            looks = _together([kept.look for kept in self._window])
            out = self.model.over_time(looks, len(self._window))
        points = out.poses[-1].points[0, -1].float().numpy()
        self._points = in_metres(points, self.skeleton)[None]
        self.action = self._say([said[-1][0] for said in out.actions.values()])

    def _fits(self, box: np.ndarray) -> bool:
        """Whether the last square shows the whole movement in this box, and little else."""
        x1, y1, x2, y2 = self._square
        inside = (box[:2] >= (x1, y1)).all() and (box[2:] <= (x2, y2)).all()
        return inside and x2 - x1 <= LOOSE * np.ptp(box.reshape(2, 2), axis=0).max()

    def _look_at(self, image: np.ndarray) -> Looks:
        """The network's look at one frame, cut out along the square."""
        size = self.card["size"]
        crop, _ = square_crop(image, self._square, size, size)
        return self.model.look(torch.from_numpy(crop).permute(2, 0, 1)[None].float() / 255)

    def _say(self, logits: list[torch.Tensor]) -> str:
        """``squat 87%``, of the last of the logits (A,), those of the fusion."""
        if not logits:
            return ""
        if len(self._window) < self._window.maxlen:
            return f"{len(self._window)} of {self._window.maxlen} frames"
        chance, action = logits[-1].float().softmax(-1).max(-1)
        return f"{self.card['actions'][action]} {chance:.0%}"

    def show(self, detection: Sample, note: str = "") -> np.ndarray:
        """(H, W + max(H / 2, 200), 3) uint8: the frame, and beside it the joints in space."""
        self._angle += TURN
        image = show_poses(detection, note)
        height, width = len(image), max(len(image) // 2, 200)
        x, y, z = np.moveaxis(detection.keypoints_3d, -1, 0)
        seen_from_aside = np.stack([np.cos(self._angle) * x + np.sin(self._angle) * z, y], -1)
        points = seen_from_aside * min(height, width) / ROOM + (width / 2, height / 2)
        white = np.full((height, width, 3), 255, np.uint8)
        space = Sample("space", detection.skeleton, points, detection.visible, white)
        return np.hstack([image, show_poses(space, self.action if len(detection) else "")])


def _together(looks: list[Looks]) -> Looks:
    """The looks at several frames as one."""
    poses = [Poses(*map(torch.cat, zip(*block))) for block in zip(*(look.poses for look in looks))]
    return Looks(poses, torch.cat([look.features for look in looks]))


add_options = single_person.add_options  # --poses, which is taken in order to refuse it


# The detector for ``posekit live``; `InputError` where several people are asked for.
open_detector = partial(single_person.open_detector, make=MultitaskDetector)
