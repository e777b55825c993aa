"""Where is the person? A network that knows one person in a square, on a whole image.

Such a network is right where the square shows one whole person and little else. Nobody says which
square that is, so `search` looks at many of them:

1. look at the whole image and at overlapping `squares` of several sizes, as one batch;
2. keep the few poses that the other looks agree with most, and look again at the square around
   each of them, once closely and once with more room, lest it cuts off a limb;
3. take the pose that these looks agree with most, and look from a few squares around it, moved
   and scaled a little; answer with the pose that they agree with most.

How much looks agree is a pose's *support*. It counts each joint by the score that the network
gives it, so a close view of a torso does not win: its looks are sure of few joints. And where
nobody is, a small move of the square changes what is seen, whatever the scores are: that is how
`search` can say that nobody is there. In a video, `follow` looks once, at the square around the
last pose; the support is then the agreement with that pose.

Agreement is the object keypoint similarity (OKS) of two poses, with one constant for all joints:
exp(-d^2 / 2 (k s)^2), d the distance of a joint in both, s the size of the smaller pose.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from . import checkpoints, inference
from .geometry import SIDES, keypoint_box, squares, transform

# Sides of the squares, as shares of the image's longer side; a round is taken only while nobody
# is found. The networks learnt people who fill 0.6 to 1.1 of a square, so `SIDES` leave no gap.
# Still smaller squares find smaller people, and more that are none.
ROUNDS = (SIDES, (0.25,))
KEPT = 8  # poses that get second looks
PADDINGS = (1.25, 1.5)  # of the boxes of second looks, over the joints; the first is training's
TOLERANCE = 0.1  # k above: of the diagonal of a pose's box, about a third of a torso
SEEN = 0.3  # the score from which a joint counts as visible, else occluded
SHIFT = 0.12  # of the squares in the check at the end, as a share of their side
CONFIDENCE = 0.4
"""The support from which somebody is there; tests/benchmarks/confidence.py measures what it does,
for ``heatmap_photos``, with BlazePose's joints in place of a truth that nobody has."""


class Looks(NamedTuple):
    """What a network saw in N squares of an image."""

    keypoints: np.ndarray  # (N, K, 2) float32 pixels of the image
    scores: np.ndarray  # (N, K) float32 from 0 to 1


class Pose(NamedTuple):
    """One person, or what comes nearest to one."""

    keypoints: np.ndarray  # (K, 2) float32 pixels of the image
    scores: np.ndarray  # (K,) float32 from 0 to 1
    support: float  # from 0 to 1, see `support`; compare it with `CONFIDENCE`


@dataclass(frozen=True)
class PoseNetwork:
    """A network for one person in a square, and how its output is read.

    Attributes:
        model: from images (B, 3, size, size) to its output.
        size: the side of its input in pixels.
        decode: makes keypoints (B, K, 2 or more) in pixels of the output; None: it is them.
        scores: makes (B, K) from 0 to 1 of it; None: every joint scores 1, and the agreement
            alone tells poses apart.
    """

    model: nn.Module
    size: int
    decode: Callable | None = None
    scores: Callable | None = None

    @classmethod
    def of(cls, model: nn.Module, card: Mapping) -> PoseNetwork:
        """A checkpoint's network and its card, as `checkpoints.load_pretrained` gives them."""
        decode, scores = (checkpoints.resolve("codecs", card[key]) for key in ("decode", "scores"))
        return cls(model, card["size"], decode, scores)

    def look(self, image: np.ndarray, boxes) -> Looks:
        """The pose in each of N boxes (N, 4) of an image (H, W, 3) uint8, in one batch.

        A joint without a peak is put in the middle of its box, with score 0.
        """
        out, to_image = inference.run_on_boxes(self.model, image, boxes, self.size)
        points = (self.decode(out) if self.decode else out)[..., :2].float().cpu().numpy()
        scores = (self.scores(out) if self.scores else torch.ones(points.shape[:2])).float().cpu()
        lost = ~(np.isfinite(points).all(-1) & np.isfinite(scores.numpy()))
        points = np.where(lost[..., None], (self.size - 1) / 2, points)
        moved = [transform(matrix, pose) for matrix, pose in zip(to_image, points)]
        return Looks(np.array(moved, np.float32), np.where(lost, 0, scores.numpy()))


def agreement(poses: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(N, M, K) from 0 to 1, how much N poses (N, K, 2) and M others agree on each joint."""
    size = np.minimum(_diagonals(poses)[:, None], _diagonals(others))
    far = np.linalg.norm(poses[:, None] - others, axis=-1)
    return np.exp(-0.5 * (far / (TOLERANCE * size[..., None])) ** 2)


def _diagonals(poses: np.ndarray) -> np.ndarray:
    """(N,) of each pose's box, at least a pixel."""
    return np.maximum(np.linalg.norm(np.ptp(poses, axis=1), axis=-1), 1)


def support(looks: Looks) -> np.ndarray:
    """(N,) from 0 to 1: how much all looks agree with each pose, joints counted by their scores.

    A pose's own look is one of them. 1 is the same pose in every look, with the highest scores.
    """
    return (agreement(looks.keypoints, looks.keypoints) * looks.scores).mean((1, 2))


def box_around(
    keypoints: np.ndarray, scores: np.ndarray, padding: float = PADDINGS[0]
) -> np.ndarray:
    """(4,) the box around the joints that are seen, or around the surest where none is."""
    return keypoint_box(keypoints, scores >= min(SEEN, scores.max()), padding)


def boxes_around(pose: Pose) -> np.ndarray:
    """(6, 4) boxes from which the same person should be seen: two sizes, and four shifts."""
    close, wide = (box_around(pose.keypoints, pose.scores, padding) for padding in PADDINGS)
    between = (close + wide) / 2
    step = SHIFT * (between[2:] - between[:2]).max()
    moves = step * np.array([(-1, -1), (1, -1), (-1, 1), (1, 1)])
    return np.array([close, wide, *(between + np.tile(moves, 2))])


def search(
    network: PoseNetwork,
    image: np.ndarray,
    rounds: Sequence[Sequence[float]] = ROUNDS,
    confidence: float = CONFIDENCE,
) -> Pose:
    """The pose with the most support in an image (H, W, 3) uint8.

    ``rounds`` are sides for `squares`, tried in order until a pose has ``confidence`` as its
    support. Where none ever has, nobody is there, or nobody that this network can see; the first
    round's best is returned all the same.
    """
    found = []
    for sides in rounds:
        candidate = _best(_second_looks(network, image, squares(*image.shape[:2], sides)))
        found.append(_best(network.look(image, boxes_around(candidate))))
        if found[-1].support >= confidence:
            return found[-1]
    return found[0]


def _second_looks(network: PoseNetwork, image: np.ndarray, boxes: np.ndarray) -> Looks:
    """Looks at the squares around the poses that have the most support among the first looks."""
    first = network.look(image, boxes)
    kept = np.argsort(-support(first), kind="stable")[:KEPT]
    around = [
        box_around(first.keypoints[i], first.scores[i], padding)
        for padding in PADDINGS
        for i in kept
    ]
    return network.look(image, around)


def _best(looks: Looks) -> Pose:
    supports = support(looks)
    i = supports.argmax()
    return Pose(looks.keypoints[i], looks.scores[i], float(supports[i]))


def follow(network: PoseNetwork, image: np.ndarray, last: Pose) -> Pose:
    """The pose in the next frame of a video: one look at the square around the last one.

    Its support is the agreement with the last pose, so somebody who jumps to another place is
    not followed but has to be searched for.
    """
    looks = network.look(image, [box_around(last.keypoints, last.scores)])
    agreed = (agreement(looks.keypoints, last.keypoints[None]) * looks.scores).mean()
    return Pose(looks.keypoints[0], looks.scores[0], float(agreed))
