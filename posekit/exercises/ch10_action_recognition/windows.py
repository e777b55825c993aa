"""Cut recordings into windows that overlap."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def windows(recordings, length, step):
    """(N, length, C) windows of all recordings, and (N,) the number of each one's recording.

    recordings: a list of arrays (frames, C), at least one. A window begins at every ``step``-th
    frame of a recording, from its first one on, as long as it ends within the recording.
    """
    found, numbers = [], []
    for number, frames in enumerate(recordings):
        for first in range(0, len(frames) - length + 1, step):
            found.append(frames[first : first + length])
            numbers.append(number)
    channels = recordings[0].shape[1]
    return np.array(found).reshape(-1, length, channels), np.array(numbers, dtype=int)


# What is said where a case fails.
ONE = "Five frames hold four windows of two frames: they begin at frames 0, 1, 2 and 3."
STEP = "With a step of 3 the windows begin at frames 0, 3, 6 and so on."
LAST = "The last window may end with the very last frame, and never after it."
WHOLE = "A recording that is exactly as long as a window holds one window."
TWO = (
    "Each recording is cut by itself: a window that begins in one and ends in the next shows a "
    "movement that nobody made."
)
AGAIN = "In every recording the first window begins at frame 0, wherever the one before ended."
SHORT = "A recording that is shorter than a window holds none. It is left out, not filled up."
NONE = "No recording is long enough: the shapes are (0, length, C) and (0,)."


def _cases(rng):
    counted = np.arange(10.0).reshape(5, 2)
    nine, ten, seven = (rng.normal(0, 1, (frames, 3)) for frames in (9, 10, 7))
    yield Case("one recording of five frames", ([counted], 2, 1), ONE)
    yield Case("every third window", ([nine], 2, 3), STEP)
    yield Case("ten frames, windows of four", ([ten], 4, 2), LAST)
    yield Case("a recording as long as a window", ([seven], 7, 2), WHOLE)
    yield Case("two recordings", ([counted, counted + 100], 3, 1), TWO)
    yield Case("three recordings, every third window", ([nine, ten, seven], 4, 3), AGAIN)
    yield Case("a short recording between long ones", ([nine, seven[:3], ten], 4, 2), SHORT)
    yield Case("only short recordings", ([seven[:2], seven[:3]], 4, 1), NONE)


def _cut(recordings, length, step, more=0):
    """The reference with one thing or another done differently."""
    found, numbers = [], []
    for number, frames in enumerate(recordings):
        for first in range(0, len(frames) - length + 1 + more, step):
            found.append(frames[first : first + length])
            numbers.append(number)
    channels = recordings[0].shape[1]
    return np.array(found).reshape(-1, length, channels), np.array(numbers, dtype=int)


def _joined(recordings, length, step):
    together = np.concatenate(recordings)
    found, _ = _cut([together], length, step)
    of = np.repeat(np.arange(len(recordings)), [len(frames) for frames in recordings])
    return found, of[np.arange(len(found)) * step]


def _filled(recordings, length, step):
    longer = [
        np.concatenate([frames, np.repeat(frames[-1:], max(length - len(frames), 0), 0)])
        for frames in recordings
    ]
    return windows(longer, length, step)


EXERCISE = Exercise(
    windows,
    "Cut recordings into windows that overlap, and say which recording each is from.",
    _cases,
    common_mistakes=(
        CommonMistake(
            _joined,
            "You put the recordings one after the other first: then windows begin in one and end "
            "in the next. Cut each by itself.",
        ),
        CommonMistake(
            lambda recordings, length, step: windows(recordings, length, length),
            "You move on by the window's length: windows overlap, and begin `step` frames apart.",
        ),
        CommonMistake(
            lambda recordings, length, step: windows(recordings, length, 1),
            "You take every window: leave out those between, and begin `step` frames apart.",
        ),
        CommonMistake(
            lambda recordings, length, step: _cut(recordings, length, step, more=-1),
            "You lose the last window: a recording of T frames has T - length + 1 places at which "
            "a window can begin.",
        ),
        CommonMistake(
            _filled,
            "You fill short recordings up with copies of their last frame: such a window says "
            "that somebody stood still. Leave them out.",
        ),
        CommonMistake(
            lambda recordings, length, step: (
                windows(recordings, length, step)[0],
                np.arange(len(windows(recordings, length, step)[1])),
            ),
            "You number the windows: the second result is the number of each one's *recording*.",
        ),
    ),
    hints=(
        "Two loops: over the recordings, and over the frames at which a window may begin.",
        "`range(0, len(frames) - length + 1, step)` gives those frames, and nothing at all for a "
        "recording that is too short.",
        "Where there is no window, `np.array([])` has the shape (0,): `.reshape(-1, length, "
        "channels)` gives it the right one, and `np.array(numbers, dtype=int)` the right type.",
    ),
    explanation="The `+ 1` is the whole difficulty of the inner loop, and `range` that gives "
    "nothing for a short recording the whole treatment of it. The second result is what a fair "
    "split needs: windows of one recording share nearly all of their frames, so they must go to "
    "the same half.",
    tolerance=1e-9,
)
