"""What a detector does to joints on the image, done to true ones: noise, jitter, swaps, gaps.

A network that lifts learns from joints that are known exactly, and is used on joints that
another network found. Independent noise is the least of what is wrong with those, since it is
gone after an average over a few frames: what hurts are errors that stay for a while.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .. import skeletons
from ..errors import InputError
from .skeleton_clips import fill_gaps

# What is mistaken for its mirror image: a whole arm or a whole leg, in a run of frames.
PARTS = (("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle"))


class Faulty(NamedTuple):
    """Joints as a detector might have given them."""

    points: np.ndarray  # (T, N, K, 2) float32 pixels, gaps filled
    seen: np.ndarray  # (T, N, K) bool: False where a joint was dropped


@dataclass(frozen=True)
class Faults:
    """How much is wrong; without arguments nothing is.

    Attributes:
        noise: standard deviation in pixels, of each coordinate in each frame by itself.
        jitter: the same of an error that fades from frame to frame; ``memory`` (0 to 1) is the
            share of it that is left in the next one.
        swap: the share of frames in which left and right arms have changed places, and legs.
        drop: the share of joints that are missing.
        run: how many frames a swap or a gap lasts in the mean.

    Raises `InputError` for what is no share or no length.
    """

    noise: float = 0.0
    jitter: float = 0.0
    memory: float = 0.9
    swap: float = 0.0
    drop: float = 0.0
    run: float = 8.0

    def __post_init__(self):
        shares = all(0 <= share < 1 for share in (self.memory, self.swap, self.drop))
        if not shares or self.run < 1 or min(self.noise, self.jitter) < 0:
            raise InputError(
                f"pixels must not be negative, shares must lie in [0, 1), runs must last a frame "
                f"at least: {self}."
            )

    def apply(self, points, seen, skeleton, rng: np.random.Generator) -> Faulty:
        """The same joints with faults, drawn from ``rng``.

        Args:
            points: (T, N, K, 2) pixels without NaN, of N people or windows.
            seen: (T, N, K) bool.
            skeleton: the joint set, or its name.
        """
        points, skeleton = np.array(points, dtype=float), skeletons.get(skeleton)
        frames, people = points.shape[:2]
        if self.swap:
            self._swap(points, skeleton, rng)
        if self.noise:
            points += self.noise * rng.standard_normal(points.shape)
        if self.jitter:
            points += self.jitter * _fading(rng, points.shape, self.memory)
        seen = np.array(seen, dtype=bool)
        if self.drop:
            seen &= ~_runs(rng, (frames, people, len(skeleton)), self.drop, self.run)
            points = fill_gaps(points, seen, skeleton).keypoints
        return Faulty(points.astype(np.float32), seen)

    def _swap(self, points, skeleton: skeletons.Skeleton, rng) -> None:
        """Exchange left and right, in place."""
        for part in PARTS:
            names = [f"{side}_{joint}" for side in ("left", "right") for joint in part]
            which = [skeleton.index(name) for name in names if name in skeleton.joints]
            swapped = _runs(rng, points.shape[:2], self.swap, self.run)[..., None, None]
            mirrored = points[:, :, skeleton.flip[which]]
            points[:, :, which] = np.where(swapped, mirrored, points[:, :, which])


def _runs(rng, shape: tuple[int, ...], share: float, run: float) -> np.ndarray:
    """(T, ...) bool: True in a ``share`` of frames, in runs of ``run`` frames in the mean."""
    uniform = rng.random(shape)
    found = uniform < share  # as the first frame is; each later one goes by the frame before it
    begin, end = share / (1 - share) / run, 1 / run
    for t in range(1, len(found)):
        found[t] = uniform[t] < np.where(found[t - 1], 1 - end, begin)
    return found


def _fading(rng, shape: tuple[int, ...], memory: float) -> np.ndarray:
    """(T, ...) of standard deviation 1, each frame keeping ``memory`` of the one before."""
    noise = rng.standard_normal(shape)
    for t in range(1, len(noise)):
        noise[t] = memory * noise[t - 1] + np.sqrt(1 - memory**2) * noise[t]
    return noise
