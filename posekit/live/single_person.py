"""The course's own networks on an image or a video: one person, found and followed.

These networks say where the joints of *the* person in a square are. Which square? At first
the whole image; then the square around what was found there, looked at again; and in a video
from then on the square around the last frame's pose, until the person is lost. BlazePose
does the same, with a detector for its first look.

Without such a detector the first look is right where one whole person fills the image. On others
(cut at the waist, small, several) the answer is a wrong skeleton, and the scores tell only in
part; see `CONFIDENCE`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from .. import checkpoints, inference
from ..data.sample import OCCLUDED, VISIBLE, Sample
from ..errors import InputError
from ..geometry import image_box, keypoint_box, transform
from .blazepose import GET_BUNDLE, bundle_path
from .sources import check_frame

SEEN = 0.3  # the score from which a joint counts as visible, else occluded
CONFIDENCE = 0.6
"""The mean score from which a person counts as found. tests/benchmarks/confidence.py measures what
it does, for ``heatmap_lsp``, with BlazePose's joints in place of a truth that nobody has."""


class SinglePersonDetector:
    """Finds one person with a network of this course; takes `posekit.live.BlazePose`'s place.

    Args:
        name: one of `posekit.checkpoints.names`, or the path of a ``.safetensors`` file.
        video: True follows the person from frame to frame; False looks at each image anew.
        confidence: in [0, 1], the mean score that a person must reach to be found.

    Attributes:
        skeleton: the joint set that the network knows.
        about: the network, what it needs, and its terms: a sentence.

    Raises `InputError` for a checkpoint that there is not.
    """

    def __init__(self, name: str | Path, video: bool = False, confidence: float = CONFIDENCE):
        if not 0 <= confidence <= 1:
            raise InputError(f"confidence must be within [0, 1], and is {confidence}.")
        self.model, card = checkpoints.load_pretrained(name)
        self.decode = checkpoints.resolve("codecs", card["decode"])
        self.score, self.size = checkpoints.resolve("codecs", card["scores"]), card["size"]
        self.skeleton, self.terms = card["skeleton"], card["terms"]
        self.about = (
            f"{card['name']} of this course, for one whole person who fills the frame "
            f"({self.terms})."
        )
        self.video, self.confidence = video, confidence
        self._box = None

    def detect(self, image: np.ndarray, time_ms: float | None = None) -> Sample:
        """The person in an image (H, W, 3) uint8 RGB: a `Sample` of one person, or of none.

        All joints of a found person have coordinates; ``scores`` (1, K) says how sure the
        network is, and ``visible`` is 2 where that is at least `SEEN`, else 1. ``time_ms`` is
        taken as `BlazePose` takes it, and not needed.
        """
        check_frame(image)
        box = self._box if self.video else None
        points, scores = self._find(image, image_box(*image.shape[:2]) if box is None else box)
        if box is None and (box := _around(points, scores)) is not None:
            points, scores = self._find(image, box)  # the first look need not be sure
        found = scores.mean() >= self.confidence
        self._box = _around(points, scores) if found else None
        who = slice(0, int(found))  # nobody, or one
        return Sample(
            id="image",
            skeleton=self.skeleton,
            image=image,
            keypoints=points[None][who],
            scores=scores[None][who],
            visible=np.where(scores >= SEEN, VISIBLE, OCCLUDED)[None][who],
        )

    def _find(self, image: np.ndarray, box) -> tuple[np.ndarray, np.ndarray]:
        """(K, 2) pixels of the image, and (K,) scores, of the person in a box."""
        with inference.one_thread():
            out, to_image = inference.run_on_box(self.model, image, box, self.size)
            points = self.decode(out) if self.decode else out
            scores = self.score(out) if self.score else torch.ones(points.shape[:2])
        points = transform(to_image, points[0, :, :2].float().cpu().numpy())
        return points.astype(np.float32), scores[0].float().cpu().numpy()

    def close(self):
        """Nothing to free."""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass


def _around(points: np.ndarray, scores: np.ndarray) -> np.ndarray | None:
    """The box around the joints that are seen, or the surest where none is; None for no joint."""
    seen = (scores >= min(SEEN, scores.max())) & np.isfinite(points).all(-1)
    return keypoint_box(points, seen) if seen.any() else None


def add_options(parser) -> None:
    """``--poses``, which is BlazePose's: taken in order to say so."""
    only = "1: this network finds one person, BlazePose several"
    parser.add_argument("--poses", type=int, default=1, metavar="N", help=only)


def open_detector(model: str | Path, video: bool, poses: int = 1) -> SinglePersonDetector:
    """The detector for ``posekit live``; `InputError` where several people are asked for."""
    if poses != 1:
        several = (
            "leave --model out" if bundle_path() else f"it is not on this machine, {GET_BUNDLE}"
        )
        raise InputError(
            f"{model} finds one person: leave --poses out. BlazePose finds several: {several}."
        )
    return SinglePersonDetector(model, video)
