"""A pose machine live: what the network remembers goes on from frame to frame.

The person is searched for as `posekit.live.single_person` does it, by the same network, to which
each look is the first frame of a video. Then a square is laid around the person, with room to
move, and every frame of the video is seen through it once, with the state of the frame before.

A state is made of maps, which are about the places of one square. So the square is held for as
long as the person stays in it at about the same size. Then it is laid anew, and the state's maps
are moved with it: each cell of the new square takes what the old one had at the same place of the
image, and beyond its edge what it had at the edge (`moved`).

The state is forgotten, and the person searched for anew, where the person is lost: where this
frame's pose is far from the last one's, as it is of somebody else, or the network is not sure of
it. So it is where the frames change their size, and where time does not go on: there another video
begins. Single images have no state.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .. import checkpoints
from ..data.sample import Sample
from ..geometry import square_box
from ..models.pose_machines import Memory, PoseMachine, State
from ..search import PADDINGS, Pose, agreement, box_around, search
from . import single_person
from .single_person import SinglePersonDetector

# Where a square is laid there is a sixth of its side around the joints. Another one is laid where
# half of it is left, since nothing is found beyond the edge, or where it would be so much
# smaller.
EDGE, SMALLER = 0.08, 0.6


class FrameByFrame(nn.Module):
    """A `PoseMachine` that takes images (B, 3, H, W) and gives raw maps (B, K, h, w).

    Attributes:
        before: the state that the next images are seen with; None, as at first: none.
        after: the state that it left.
    """

    def __init__(self, machine: PoseMachine):
        super().__init__()
        self.machine = machine
        self.before: State | None = None
        self.after: State | None = None

    def forward(self, images: Tensor) -> Tensor:
        # Before the first of several stacked frames stands the first one.
        self.after = self.machine.step(images.repeat(1, self.machine.stacked, 1, 1), self.before)
        return self.after.maps


class SequenceDetector(SinglePersonDetector):
    """Finds one person and remembers them; otherwise as its base has it.

    Args:
        memory: whether a video's frames are seen with the state of those before. Without it, and
            by a network that did not learn to remember, each frame is seen through the same square
            as a first one.
    """

    def __init__(self, name: str | Path | tuple, video: bool = False, memory: bool = True):
        machine, card = name if isinstance(name, tuple) else checkpoints.load_pretrained(name)
        self.frames = FrameByFrame(machine)
        super().__init__((self.frames, card), video)
        # A network that learnt without its state was not scored with it, nor has a stacked one any.
        scored = card["metrics"]["controls"]
        self.memory = memory and machine.stacked == 1 and "kept" in scored
        self._square, self._size, self._time = np.zeros(4), None, -np.inf

    def detect(self, image: np.ndarray, time_ms: float | None = None) -> Sample:
        """The person in an image (H, W, 3) uint8 RGB, see `SinglePersonDetector.detect`.

        ``time_ms`` must grow within a video: where it does not, another one begins.
        """
        if np.shape(image)[:2] != self._size or (time_ms is not None and time_ms <= self._time):
            self._last = None
        self._size, self._time = np.shape(image)[:2], -np.inf if time_ms is None else time_ms
        return super().detect(image, time_ms)

    def _find(self, image: np.ndarray) -> Pose:
        """Who was there in the last frame, remembered, or else whoever the search finds."""
        if self._last is not None:
            pose = self._go_on(image, self._last)
            if pose.support >= self.confidence:
                return pose
        self.frames.before = None
        found = search(self.network, image, confidence=self.confidence)
        if found.support < self.confidence or not self.video:
            return found
        self._square = square_around(found)
        return self._look(image)._replace(support=found.support)

    def _go_on(self, image: np.ndarray, last: Pose) -> Pose:
        """The pose in the next frame; its support is as `posekit.search.follow` has it."""
        square = square_around(last)
        if not fits(square, self._square, last):
            if self.frames.before is not None:
                self.frames.before = moved(self.frames.before, self._square, square)
            self._square = square
        pose = self._look(image)
        agreed = agreement(pose.keypoints[None], last.keypoints[None])[0, 0] * pose.scores
        return pose._replace(support=float(agreed.mean()))

    def _look(self, image: np.ndarray) -> Pose:
        """One look through the square; its state is for the next one."""
        looks = self.network.look(image, [self._square])
        self.frames.before = self.frames.after if self.memory else None
        return Pose(looks.keypoints[0], looks.scores[0], 1.0)


def square_around(pose: Pose) -> np.ndarray:
    """(4,) the square around a pose, with room to move."""
    return square_box(box_around(pose.keypoints, pose.scores, PADDINGS[1]))


def fits(square: np.ndarray, held: np.ndarray, pose: Pose) -> bool:
    """Whether the ``held`` square still shows a pose, whose own ``square`` may be smaller."""
    side, (low, high) = held[2] - held[0], box_around(*pose[:2], 1.0).reshape(2, 2)
    room = np.minimum(low - held[:2], held[2:] - high).min()
    return bool(room >= EDGE * side and square[2] - square[0] >= SMALLER * side)


def moved(state: State, old: np.ndarray, new: np.ndarray) -> State:
    """A state (B, C, h, w) of one square (x1, y1, x2, y2) of an image, for another.

    Maps are resampled bilinearly. To the same square nothing changes; a square that is moved by
    whole cells has the same numbers in other cells.
    """
    old, new = (np.reshape(square, (2, 2)) for square in (old, new))
    side = np.ptp(old, axis=0)
    # From places of the new square to those of the old one, both from -1 to 1 at their edges.
    scale, shift = np.ptp(new, axis=0) / side, 2 * (new.mean(0) - old.mean(0)) / side
    matrix = torch.tensor(np.column_stack([np.diag(scale), shift]), dtype=torch.float32)

    def resampled(maps: Tensor) -> Tensor:
        theta = matrix.to(maps).expand(len(maps), 2, 3)
        grid = F.affine_grid(theta, list(maps.shape), align_corners=False)
        return F.grid_sample(maps, grid, padding_mode="border", align_corners=False)

    return State(Memory(*map(resampled, state.memory)), resampled(state.maps))


def add_options(parser) -> None:
    """``--no-memory``, and ``--poses``, which is taken in order to refuse it."""
    single_person.add_options(parser)
    text = "see each frame by itself, to show what the memory is worth"
    parser.add_argument("--no-memory", dest="memory", action="store_false", help=text)


# The detector for ``posekit live``; `InputError` where several people are asked for.
open_detector = partial(single_person.open_detector, make=SequenceDetector)
