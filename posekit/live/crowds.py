"""The course's network for several people, on an image or a video.

The whole image goes through the network at once, however many people stand in it: no detector
comes before it, and the time does not grow with their number. Each frame is looked at anew.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .. import checkpoints, crowds, inference
from ..data.sample import OCCLUDED, VISIBLE, Sample
from ..errors import InputError
from .blazepose import Detector
from .sources import check_frame

SEEN = 0.3  # the score from which a joint counts as visible, else occluded
CONFIDENCE = 0.2  # a person's score, from which it is one


class CrowdDetector(Detector):
    """Finds several people with a network of this course; takes `posekit.live.BlazePose`'s place.

    Args:
        name: one of `posekit.checkpoints.names`, the path of a ``.safetensors`` file, or a network
            and its card.
        poses: find at most this many people, the surest ones; None finds all.
        side: how large the network sees the image: pixels of its longer side.
        grouping: ``pafs`` or ``centres``, see `posekit.crowds.find_people`.
        confidence: in [0, 1], the score that a person must reach to be found.

    Attributes:
        skeleton: the joint set that the network knows.
        about: the network, what it does, and its terms: a sentence.

    Raises `InputError` for a checkpoint that there is not, and settings that make no sense.
    """

    def __init__(
        self,
        name: str | Path | tuple,
        poses: int | None = None,
        side: int = crowds.SIDE,
        grouping: str = "pafs",
        confidence: float = CONFIDENCE,
    ):
        if not 0 <= confidence <= 1 or (poses is not None and poses < 1):
            raise InputError(
                f"confidence must be within [0, 1] and poses at least 1, and are {confidence} and "
                f"{poses}."
            )
        if grouping not in crowds.GROUPINGS:
            raise InputError(f"no grouping {grouping!r}; there are: {', '.join(crowds.GROUPINGS)}.")
        loaded = name if isinstance(name, tuple) else checkpoints.load_pretrained(name)
        self.model, self.card = loaded
        self.poses, self.side, self.grouping = poses, side, grouping
        self.confidence, self.skeleton = confidence, self.card["skeleton"]
        self.about = (
            f"{self.card['name']} of this course, for any number of people ({self.card['terms']})."
        )

    def detect(self, image: np.ndarray, time_ms: float | None = None) -> Sample:
        """The people in an image (H, W, 3) uint8 RGB, the surest first: a `Sample`.

        ``scores`` (P, K) says how sure the network is of each joint, and ``visible`` is 2 where
        that is at least `SEEN`, 1 below, and 0 (coordinates NaN) where a joint was not found.
        ``time_ms`` is taken as `BlazePose` takes it, and not needed.
        """
        check_frame(image)
        with inference.one_thread():
            people = crowds.find_people(
                self.model, image, self.card["codec"], self.side, self.grouping
            )
        sure = people.person_scores >= self.confidence
        points, scores = (part[sure][: self.poses] for part in people[:2])
        visible = np.where(scores >= SEEN, VISIBLE, OCCLUDED)
        visible[np.isnan(points).any(-1)] = 0
        return Sample("image", self.skeleton, points, visible, image, scores=scores)


def add_options(parser) -> None:
    """What ``posekit live`` takes for this network besides."""
    parser.add_argument("--poses", type=int, metavar="N", help="at most N people (default: all)")
    parser.add_argument(
        "--side",
        type=int,
        default=crowds.SIDE,
        metavar="S",
        help="pixels of the image's longer side: more finds smaller people, and takes longer",
    )
    parser.add_argument("--grouping", default="pafs", metavar="G", help="pafs or centres")


def open_detector(model: str | Path | tuple, video: bool, **options) -> CrowdDetector:
    """The detector for ``posekit live``; ``options`` are those of `add_options`."""
    return CrowdDetector(model, **options)
