"""Give a recording an even frame rate."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def evenly(values, times, fps):
    """(M, C) the recording at exactly ``fps`` frames a second, from its first frame on.

    values: (T, C), what was measured. times: (T,) seconds at which, growing, not evenly. Between
    two frames every number lies on a straight line. The first new frame is at ``times[0]``, and no
    new frame is later than ``times[-1]``.
    """
    count = int(np.floor((times[-1] - times[0]) * fps + 1e-6)) + 1
    wanted = times[0] + np.arange(count) / fps
    return np.stack([np.interp(wanted, times, channel) for channel in values.T], axis=1)


# What is said where a case fails.
SAME = "This recording is even already, at the wanted rate: nothing changes."
BETWEEN = "Twice the frame rate: each new frame lies in the middle of its two neighbours."
FEWER = "Half the frame rate: every second frame stays."
UNEVEN = "The frames are not evenly far apart: use their times, not their numbers."
LATER = "The camera's clock did not begin at 0: the first new frame is at times[0]."
END = "No new frame may be later than the last one: nobody knows what came after it."
WHOLE = "The last frame falls on times[-1], rounding apart: it belongs to the recording."
GAP = "Half a second was lost here. A straight line bridges it; the movement keeps its time."
ONE = "A recording of one frame stays one frame."


def _cases(rng):
    even = np.arange(9) / 30
    wave = np.stack([np.sin(9 * even), np.cos(9 * even), even], axis=1)
    uneven = np.sort(rng.uniform(0, 1, 12))
    uneven[0] = 0.0
    drawn = rng.normal(0, 1, (12, 2))
    gap = np.array([0, 0.1, 0.2, 0.7, 0.8])
    line = np.arange(10.0).reshape(5, 2)
    yield Case("an even recording at its own rate", (wave, even, 30), SAME)
    yield Case("from 30 to 60 frames a second", (wave, even, 60), BETWEEN)
    yield Case("from 30 to 15 frames a second", (wave, even, 15), FEWER)
    yield Case("frames at uneven times", (drawn, uneven, 30), UNEVEN)
    yield Case("a clock that begins at 81.5 s", (drawn, uneven + 81.5, 30), LATER)
    yield Case("a rate that does not fit", (wave, even, 7), END)
    yield Case("a gap of half a second", (line, gap, 10), GAP)
    yield Case("an even recording, a clock from 81.5 s", (wave, even + 81.5, 30), WHOLE)
    yield Case("one frame", (line[:1], gap[:1], 30), ONE)


def _at(values, times, wanted):
    return np.stack([np.interp(wanted, times, channel) for channel in values.T], axis=1)


def _wanted(times, fps):
    count = int(np.floor((times[-1] - times[0]) * fps + 1e-6)) + 1
    return times[0] + np.arange(count) / fps


def _nearest(values, times, fps):
    away = np.abs(_wanted(times, fps)[:, None] - times)
    return values[away.argmin(1)]


def _held(values, times, fps):
    last = np.searchsorted(times, _wanted(times, fps) + 1e-9, side="right") - 1
    return values[last]


def _stretched(values, times, fps):
    """As many frames, from the first time to the last."""
    count = len(_wanted(times, fps))
    return _at(values, times, np.linspace(times[0], times[-1], count))


EXERCISE = Exercise(
    evenly,
    "Give a recording whose frames came at uneven times an even frame rate.",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda values, times, fps: values.copy(),
            "You return the frames as they came: each new one belongs to a time of its own.",
        ),
        CommonMistake(
            lambda values, times, fps: _at(
                values, np.linspace(times[0], times[-1], len(times)), _wanted(times, fps)
            ),
            "You take the frames to be evenly far apart: interpolate over `times`.",
        ),
        CommonMistake(
            _nearest,
            "You take the nearest frame: then movements stand still and jump. Put each number on "
            "the straight line between two frames.",
        ),
        CommonMistake(
            _held,
            "You repeat the last frame until the next one comes, as a video player does: put each "
            "number on the straight line between two frames.",
        ),
        CommonMistake(
            lambda values, times, fps: _at(
                values, times, np.arange(int(np.floor(times[-1] * fps + 1e-6)) + 1) / fps
            ),
            "You begin at 0 seconds: the recording begins at times[0].",
        ),
        CommonMistake(
            lambda values, times, fps: _at(
                values, times, np.append(_wanted(times, fps), _wanted(times, fps)[-1] + 1 / fps)
            ),
            "Your last frame is later than the recording's: `np.interp` only repeats the last "
            "value there.",
        ),
        CommonMistake(
            lambda values, times, fps: evenly(values, times, fps)[:-1],
            "You lose the last frame: a frame at exactly times[-1] belongs to the recording.",
        ),
        CommonMistake(
            _stretched,
            "You spread the frames from the first time to the last: they must be exactly 1 / fps "
            "apart, and the last one may come a little earlier than times[-1].",
        ),
    ),
    hints=(
        "First the times of the new frames: times[0], times[0] + 1 / fps, and so on.",
        "`np.floor((times[-1] - times[0]) * fps + 1e-6) + 1` of them fit. The small number is "
        "there because (81.5 + 8 / 30 - 81.5) * 30 is a little less than 8 in a computer.",
        "`np.interp(new_times, times, channel)` puts one channel on straight lines between its "
        "frames; do so for each of them.",
    ),
    explanation="A webcam gives fewer frames in the dark and while the processor is busy, and "
    "a network that learnt from 30 frames a second takes a wave at 12 for a faster one. Straight "
    "lines between frames put every movement back to its own speed. What they cannot bring back is "
    "what happened between the frames.",
    tolerance=1e-6,
)
