"""Landmarks of BlazePose in time, (T, 33, 4): mirrored, at another rate, in windows, split.

A landmark is x, y, z and visibility: x and z in widths of the picture, y in heights, see
`posekit.datasets.read_recording`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from .. import skeletons
from ..data import Sample
from ..data.between_frames import between_frames
from ..errors import InputError, check_known
from ..geometry import ASPECT
from .recordings import Recording, from_detections, recording

BODY = skeletons.get("blazepose33")
FPS = 30  # frames a second of what is recorded here
WHOSE = {"recording": lambda clip: clip.id, "person": lambda clip: clip.group}
SPLITS = ("window", *WHOSE)


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
    return between_frames(landmarks, times, even)


def at_rate(landmarks, rate: float) -> np.ndarray:
    """A recording (T, 33, 4) as if all movements were ``rate`` times as fast, or the camera took
    so many times fewer frames a second; ``rate`` above 0."""
    return evenly(landmarks, np.arange(len(landmarks)), 1 / rate)


def recorded(found: Sequence[Sample], times, size, **about) -> Recording:
    """A recording at `FPS` of what BlazePose found on frames at ``times`` (T,) seconds.

    Frames on which nobody was found lie between those before and after. ``about`` as `Clip` has
    it. Raises `InputError` where nobody was found at all.
    """
    kept = [n for n, each in enumerate(found) if len(each)]
    if not kept:
        raise InputError(f"nobody was found on any of {len(found)} frames.")
    points = evenly(from_detections(found), np.asarray(times)[kept])
    return recording(points, size, **{"fps": float(FPS), **about})


def changed(clip: Recording, frames: int, rates, mirror: bool, rng) -> Recording:
    """A recording at a rate at random from ``rates`` (low, high), as far as ``frames`` are left,
    and, with ``mirror``, every second time in a mirror."""
    points, (low, high) = scaled(clip), rates
    if low != high:
        most = max((len(points) - 1) / (frames - 1), low)
        points = at_rate(points, rng.uniform(low, min(high, most)))
    if mirror and rng.random() < 0.5:
        points = mirrored(points)
    return recording(points, id=clip.id, action=clip.action, group=clip.group)


def scaled(clip) -> np.ndarray:
    """(T, 33, 4) landmarks of a recording as they were in a 4:3 picture of its height."""
    if getattr(clip, "landmarks", None) is None:
        raise InputError(f"{clip.id} has no landmarks: read it with skeleton='blazepose33'.")
    height, width = clip.size
    stretch = width / height / ASPECT
    return clip.landmarks * (stretch, 1, stretch, 1)


def windows(clip, length: int, step: int = 1, first: int = 0) -> np.ndarray:
    """(N, length, 33, 4): every ``step``-th window of a recording, from frame ``first`` on, on the
    scale of a 4:3 picture. Raises `InputError` for one that is shorter than a window."""
    points = scaled(clip)
    if len(points) < length:
        raise InputError(
            f"{clip.id}: a window of {length} frames is longer than the recording, which has "
            f"{len(points)}: record longer, or take shorter windows."
        )
    starts = np.arange(min(first, len(points) - length), len(points) - length + 1, step)
    return points[starts[:, None] + np.arange(length)]


def check_apart(train: Sequence, test: Sequence) -> None:
    """Raises `InputError` for a person (a clip's ``group``) who is in both halves of a split."""
    both = sorted({clip.group for clip in train} & {clip.group for clip in test}, key=str)
    if both:
        raise InputError(
            f"{', '.join(map(str, both))}: in both halves of the split. Who is learnt from must "
            "not be scored on."
        )


def folds(
    recordings: Sequence, by: str, frames: int = 10, step: int = 1, seed: int = 0
) -> Iterator[tuple[list, list]]:
    """Pairs of recordings to learn from and to score.

    Args:
        by: ``window``: one pair; a fifth of all windows of ``frames``, at random, is scored, each
            a recording of its own. ``recording``, ``person``: each in turn is scored.

    Raises `InputError` for another split, and for an action that only one recording, or one
    person, shows: nobody could learn it from the others.
    """
    check_known("split by", by, SPLITS)
    if by == "window":
        pieces = [piece for clip in recordings for piece in _pieces(clip, frames, step)]
        tested = np.random.default_rng(seed).permutation(len(pieces)) < len(pieces) / 5
        yield [p for p, t in zip(pieces, tested) if not t], [p for p, t in zip(pieces, tested) if t]
        return
    whose = WHOSE[by]
    for action in sorted({clip.action for clip in recordings}):
        shown = {whose(clip) for clip in recordings if clip.action == action}
        if len(shown) < 2:
            raise InputError(
                f"{action} is shown by one {by} alone, {min(shown)}: leave it out, or record more."
            )
    for held in sorted({whose(clip) for clip in recordings}):
        train, test = ([c for c in recordings if (whose(c) == held) == tested] for tested in (0, 1))
        yield train, test


def _pieces(clip, frames: int, step: int) -> list:
    """Each window of a recording as a recording."""
    about = {"id": clip.id, "action": clip.action, "group": clip.group}
    return [recording(window, (480, 640), **about) for window in windows(clip, frames, step)]
