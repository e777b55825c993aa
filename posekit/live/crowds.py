"""The course's network for several people, on an image or a video.

The whole image goes through the network at once, however many people stand in it: no detector
comes before it, and the time does not grow with their number. Each frame is looked at anew; what
a video's frame takes over from the one before is only at which sizes people were to be found.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .. import checkpoints, crowds, inference
from ..codecs.people import People
from ..data.sample import OCCLUDED, VISIBLE, Sample
from ..errors import InputError, check_image, check_known, check_least
from .blazepose import Detector

SEEN = 0.3  # the score from which a joint counts as visible, else occluded
CONFIDENCE = 0.2  # a person's score, from which it is one
AGAIN = 15  # frames of a video, until it is looked at in all sizes again


class CrowdDetector(Detector):
    """Finds several people with a network of this course; takes `posekit.live.BlazePose`'s place.

    Args:
        name: one of `posekit.checkpoints.names`, the path of a ``.safetensors`` file, or a network
            and its card.
        poses: find at most this many people, the surest ones; None finds all.
        sides: how large the network sees the image: pixels of its longer side, for one look each.
        grouping: ``pafs`` or ``centres``, see `posekit.crowds.find_people`.
        confidence: in [0, 1], the score that a person must reach to be found.
        video: True looks at most frames only in those sizes that the last frame's people need;
            False looks at each image in all of them.

    Attributes:
        skeleton: the joint set that the network knows.
        about: the network, what it does, and its terms: a sentence.

    Raises `InputError` for a checkpoint that there is not, and settings that make no sense.
    """

    def __init__(
        self,
        name: str | Path | tuple,
        poses: int | None = None,
        sides: int | Sequence[int] = crowds.SIDES,
        grouping: str = "pafs",
        confidence: float = CONFIDENCE,
        video: bool = False,
    ):
        check_least(1, poses=poses)
        if not 0 <= confidence <= 1:
            raise InputError(f"confidence must be within [0, 1], and is {confidence}.")
        check_known("grouping", grouping, crowds.GROUPINGS)
        self.model, self.card = checkpoints.load_pretrained(name)
        self.poses, self.grouping = poses, grouping
        self.confidence, self.skeleton = confidence, self.card["skeleton"]
        self.sides = crowds.sides_of(self.model, sides)
        self.video = video
        self._frames, self._last = 0, 0  # how many frames were seen, people in the last one
        self._needed = self.sides
        name, terms = self.card["name"], self.card["terms"]
        self.about = f"{name} of this course, for any number of people ({terms})."

    def detect(self, image: np.ndarray, time_ms: float | None = None) -> Sample:
        """The people in an image (H, W, 3) uint8 RGB, the surest first: a `Sample`.

        ``scores`` (P, K) says how sure the network is of each joint, and ``visible`` is 2 where
        that is at least `SEEN`, 1 below, and 0 (coordinates NaN) where a joint was not found.
        ``time_ms`` is taken as `BlazePose` takes it, and not needed.
        """
        check_image("the image", image)
        with inference.one_thread():
            follow = self.video and len(self.sides) > 1
            people = self._follow(image) if follow else self._find(image, self.sides)
        points, scores = (part[: self.poses] for part in people[:2])
        visible = np.where(scores >= SEEN, VISIBLE, OCCLUDED)
        visible[np.isnan(points).any(-1)] = 0
        return Sample("image", self.skeleton, points, visible, image, scores=scores)

    def _find(self, image: np.ndarray, sides: list) -> People:
        """Those who are sure enough."""
        people = crowds.find_people(self.model, image, self.card["codec"], sides, self.grouping)
        sure = people.person_scores >= self.confidence
        return People(*(part[sure] for part in people))

    def _follow(self, image: np.ndarray) -> People:
        """The people of a video's next frame: all sizes if it is time, or somebody is missing."""
        sides = self._needed if self._frames % AGAIN else self.sides
        people = self._find(image, sides)
        if len(sides) < len(self.sides) and len(people.scores) < self._last:
            people = self._find(image, self.sides)
        self._frames, self._last = self._frames + 1, len(people.scores)
        self._needed = sides_needed(people, self.sides, max(image.shape[:2])) or self.sides
        return people


def sides_needed(people: People, sides: Sequence[int], longer: int) -> list[int]:
    """Those of the sides, the largest first, that show somebody best.

    That is the smallest one in which a person has at least `posekit.crowds.LARGE` pixels, or the
    largest. ``longer`` is the image's longer side in pixels.
    """
    lengths = crowds.extents(people).max(-1) / longer
    enough = [[one for one in sides if one * length >= crowds.LARGE] for length in lengths]
    needed = {min(some, default=max(sides)) for some in enough}
    return sorted(needed, reverse=True)


def add_options(parser) -> None:
    """What ``posekit live`` takes for this network besides."""
    parser.add_argument("--poses", type=int, metavar="N", help="at most N people (default: all)")
    sides = {"type": int, "nargs": "+", "default": crowds.SIDES, "metavar": "S"}
    parser.add_argument("--sides", "--side", help="pixels of the longer side, a look each", **sides)
    parser.add_argument("--grouping", default="pafs", metavar="G", help="pafs or centres")


def open_detector(model: str | Path | tuple, video: bool, **options) -> CrowdDetector:
    """The detector for ``posekit live``; ``options`` are those of `add_options`."""
    return CrowdDetector(model, video=video, **options)
