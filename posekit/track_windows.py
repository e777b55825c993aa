"""What is kept of each person who is followed: steady joints, and the last second or so of them.

>>> smooth, windows = SmoothTracks(), TrackWindows(frames=30, rate=30)
>>> for sample, numbers, seconds in followed:       # by `posekit.tracking`
...     steady = smooth(sample, numbers, seconds)
...     windows.add(steady.keypoints, numbers, seconds)
...     window = windows.of(3)                      # (30, K, 2), or None
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import numpy as np

from .data.between_frames import between_frames
from .data.sample import Sample
from .errors import InputError, check_later
from .smoothing import OneEuro
from .tracking import STEP, extents

MIN_CUTOFF = 1.5  # Hz, for what stands still
BETA = 24.0  # Hz for each height of the person a second
LOST = 1.0  # seconds without a person, after which nothing of them is kept


class SmoothTracks:
    """A One-Euro filter for each track, the same for people near and far, at any frame rate.

    How fast a joint is, the filter takes in heights of its person a second: in pixels a person who
    comes nearer would seem to move faster and faster.

    Args:
        min_cutoff, beta: as `posekit.smoothing.OneEuro` has them, ``beta`` for such a speed.
    """

    def __init__(self, min_cutoff: float = MIN_CUTOFF, beta: float = BETA):
        self.min_cutoff, self.beta = min_cutoff, beta
        self._filters: dict[int, tuple[OneEuro, float]] = {}  # and when it was last used

    def __call__(self, sample: Sample, numbers, seconds: float) -> Sample:
        """The sample with the joints smoothed of those who have a number (P,) above 0.

        Raises `InputError` for a time that is not after the person's last one.
        """
        points, heights = sample.keypoints.copy(), extents(sample.keypoints)
        kept = {n: one for n, one in self._filters.items() if seconds - one[1] <= LOST}
        for p, number in enumerate(numbers):
            if number > 0 and heights[p] > 0:
                new = OneEuro(1 / STEP, self.min_cutoff, self.beta), seconds - STEP
                one, before = kept.get(number, new)
                check_later(seconds, before)
                one.rate, one.beta = 1 / (seconds - before), self.beta / heights[p]
                points[p] = one(points[p])
                kept[number] = one, seconds
        self._filters = kept
        return replace(sample, keypoints=points)


class TrackWindows:
    """The last frames of each track, evenly spaced in time, whatever the frame rate is.

    Args:
        frames: how many make a window.
        rate: how many of them a second has.

    Raises `InputError` for numbers that are not positive.
    """

    def __init__(self, frames: int, rate: float):
        if frames < 1 or not 0 < rate < np.inf:
            raise InputError(f"frames and rate must be positive, and are {frames} and {rate}.")
        self.frames, self.rate = frames, rate
        self._kept: dict[int, deque] = {}  # by number: (seconds, values) of each frame
        self._seconds = -np.inf

    @property
    def seconds(self) -> float:
        """From the first frame of a window to its last one."""
        return (self.frames - 1) / self.rate

    def add(self, values, numbers, seconds: float) -> None:
        """Take up a frame: values (P, ...) of the people whose numbers (P,) are above 0.

        Who was not seen for `LOST` seconds begins anew. Raises `InputError` for a time that is not
        after the last one.
        """
        check_later(seconds, self._seconds)
        self._seconds = seconds
        for number, value in zip(numbers, values):
            if number > 0:
                self._kept.setdefault(int(number), deque()).append((seconds, np.array(value)))
        for number, kept in list(self._kept.items()):
            while len(kept) > 1 and (
                kept[1][0] <= seconds - self.seconds or kept[1][0] - kept[0][0] > LOST
            ):
                kept.popleft()
            if seconds - kept[-1][0] > LOST:
                del self._kept[number]

    def share(self, number: int) -> float:
        """How much of the person's window there is, from 0 to 1."""
        kept = self._kept.get(number)
        if not kept:
            return 0.0
        return min(1.0, (kept[-1][0] - kept[0][0] + 1e-6) / max(self.seconds, 1e-6))

    def of(self, number: int) -> np.ndarray | None:
        """(frames, ...) the window that ends with the person's last frame; None until it is full.

        Between two frames every value lies on a straight line, NaN where one of them is.
        """
        if self.share(number) < 1:
            return None
        times, values = (np.array(part) for part in zip(*self._kept[number]))
        wanted = times[-1] - np.arange(self.frames)[::-1] / self.rate
        return between_frames(values, times, wanted)
