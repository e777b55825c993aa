"""The course's own networks on an image or a video: one person, found and followed.

These networks say where the joints of *the* person in a square are. `posekit.search` finds the
square: at first it looks at many, of several sizes; in a video from then on only at the one around
the last frame's pose, until the person is lost. BlazePose does the same, with a detector for its
first look.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .. import checkpoints
from ..data.sample import OCCLUDED, VISIBLE, Sample
from ..errors import InputError, check_image
from ..inference import one_thread
from ..search import CONFIDENCE, SEEN, Pose, PoseNetwork, follow, search
from .blazepose import GET_BUNDLE, Detector, bundle_path


class SinglePersonDetector(Detector):
    """Finds one person with a network of this course; takes `posekit.live.BlazePose`'s place.

    Args:
        name: one of `posekit.checkpoints.names`, the path of a ``.safetensors`` file, or a network
            and its card.
        video: True follows the person from frame to frame; False looks at each image anew.
        confidence: in [0, 1], the support that a person must have to be found, see
            `posekit.search`.

    Attributes:
        network: the `posekit.search.PoseNetwork`.
        skeleton: the joint set that the network knows.
        about: the network, what it needs, and its terms: a sentence.

    Raises `InputError` for a checkpoint that there is not.
    """

    def __init__(self, name: str | Path | tuple, video: bool = False, confidence=CONFIDENCE):
        if not 0 <= confidence <= 1:
            raise InputError(f"confidence must be within [0, 1], and is {confidence}.")
        model, card = checkpoints.load_pretrained(name)
        self.network = PoseNetwork.of(model, card)
        self.skeleton, self.terms = card["skeleton"], card["terms"]
        whom = "one whole person anywhere in the frame"
        self.about = f"{card['name']} of this course, for {whom} ({self.terms})."
        self.video, self.confidence = video, confidence
        self._last: Pose | None = None

    def detect(self, image: np.ndarray, time_ms: float | None = None) -> Sample:
        """The person in an image (H, W, 3) uint8 RGB: a `Sample` of one person, or of none.

        All joints of a found person have coordinates; ``scores`` (1, K) says how sure the
        network is, and ``visible`` is 2 where that is at least `SEEN`, else 1. ``time_ms`` is
        taken as `BlazePose` takes it, and not needed.
        """
        check_image("the image", image)
        with one_thread():
            pose = self._find(image)
        found = pose.support >= self.confidence
        self._last = pose if found and self.video else None
        who = slice(0, int(found))  # nobody, or one
        return Sample(
            id="image",
            skeleton=self.skeleton,
            image=image,
            keypoints=pose.keypoints[None][who],
            scores=pose.scores[None][who],
            visible=np.where(pose.scores >= SEEN, VISIBLE, OCCLUDED)[None][who],
        )

    def _find(self, image: np.ndarray) -> Pose:
        """Who was there in the last frame, or else whoever the search finds."""
        if self._last is not None:
            pose = follow(self.network, image, self._last)
            if pose.support >= self.confidence:
                return pose
        return search(self.network, image, confidence=self.confidence)


def add_options(parser) -> None:
    """``--poses``, which is BlazePose's: taken in order to say so."""
    only = "1: this network finds one person, BlazePose several"
    parser.add_argument("--poses", type=int, metavar="N", help=only)


def open_detector(model, video: bool, poses: int | None = None, make=None, **options):
    """The detector for ``posekit live``, by ``make`` (None: `SinglePersonDetector`) with options.

    ``model`` is as `SinglePersonDetector` has it. Raises `InputError` where several people are
    asked for.
    """
    if poses not in (None, 1):
        several = (
            "leave --model out" if bundle_path() else f"it is not on this machine, {GET_BUNDLE}"
        )
        name = model[1]["name"] if isinstance(model, tuple) else model
        raise InputError(
            f"{name} finds one person: leave --poses out. BlazePose finds several: {several}."
        )
    return (make or SinglePersonDetector)(model, video, **options)
