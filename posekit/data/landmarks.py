"""Landmarks of BlazePose in time, (T, 33, 4): mirrored, at another frame rate, and in windows.

A landmark is x, y, z and visibility: x and z in widths of the picture, y in heights, see
`posekit.datasets.read_recording`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .. import skeletons
from ..errors import InputError

BODY = skeletons.get("blazepose33")
FPS = 30  # frames a second of what is recorded here


def mirrored(landmarks: np.ndarray) -> np.ndarray:
    """(..., 33, 4) as seen in a mirror: left and right change places, x turns round."""
    return landmarks[..., BODY.flip, :] * (-1, 1, 1, 1) + (1, 0, 0, 0)


def evenly(landmarks, times, fps: float = FPS) -> np.ndarray:
    """A recording (T, 33, 4) at ``fps`` frames a second, of one whose frames were taken at
    ``times`` (T,) seconds: of a camera or video whose frame rate varies, or is another one.

    Between its frames every number lies on a straight line. `InputError` for times that do not
    grow, and an ``fps`` that is not positive.
    """
    landmarks, times = np.asarray(landmarks, dtype=float), np.asarray(times, dtype=float)
    if times.shape != landmarks.shape[:1] or not (np.diff(times) > 0).all():
        raise InputError(f"there must be one time a frame, and they must grow: {times[:5]}.")
    if not 0 < fps < np.inf:
        raise InputError(f"a frame rate must be positive, and is {fps}.")
    even = np.arange(times[0], times[-1] + 1e-6, 1 / fps)
    after = np.clip(np.searchsorted(times, even), min(1, len(times) - 1), len(times) - 1)
    before = np.maximum(after - 1, 0)
    share = (even - times[before]) / np.maximum(times[after] - times[before], 1e-9)
    share = np.clip(share, 0, 1)[:, None, None]
    return (1 - share) * landmarks[before] + share * landmarks[after]


def at_rate(landmarks, rate: float) -> np.ndarray:
    """A recording (T, 33, 4) as if all movements were ``rate`` times as fast, or the camera took
    so many times fewer frames a second."""
    if not 0 < rate < np.inf:
        raise InputError(f"a rate must be positive, and is {rate}.")
    return evenly(landmarks, np.arange(len(landmarks)), 1 / rate)


def windows(landmarks, length: int, step: int = 1, first: int = 0) -> np.ndarray:
    """(N, length, 33, 4): every ``step``-th window of a recording (T, 33, 4), from frame ``first``.

    Raises `InputError` for landmarks of another shape, that are not finite, and for a recording
    that is shorter than a window.
    """
    landmarks = np.asarray(landmarks)
    if landmarks.ndim != 3 or landmarks.shape[1:] != (len(BODY), 4):
        raise InputError(f"landmarks must be (frames, 33, 4), and are {landmarks.shape}.")
    if not np.isfinite(landmarks).all():
        frame = np.argwhere(~np.isfinite(landmarks))[0][0]
        raise InputError(f"frame {frame} has a landmark that is not finite: leave it out.")
    if len(landmarks) < length:
        raise InputError(
            f"a window of {length} frames is longer than the recording, which has "
            f"{len(landmarks)}: record longer, or take shorter windows."
        )
    starts = np.arange(min(first, len(landmarks) - length), len(landmarks) - length + 1, step)
    return landmarks[starts[:, None] + np.arange(length)]


def check_apart(train: Sequence, test: Sequence) -> None:
    """Raises `InputError` for a person (a clip's ``group``) who is in both halves of a split."""
    both = sorted({clip.group for clip in train} & {clip.group for clip in test}, key=str)
    if both:
        raise InputError(
            f"{', '.join(map(str, both))}: in both halves of the split. Who is learnt from must "
            "not be scored on."
        )
