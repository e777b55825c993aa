"""Count squats in a noisy series of knee angles (hard)."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def count_repetitions(angles, low, high):
    """How often the angle falls below low and then rises above high.

    angles: (frames,) degrees, NaN where nobody was found: such a frame tells nothing.
    """
    down, count = False, 0
    for angle in angles:
        if angle < low:
            down = True
        elif angle > high and down:
            down, count = False, count + 1
    return count


# Knees that tremble at the bottom and at the top, and frames without a person.
BOTTOM = np.array([170, 150, 95, 88, 93, 87, 89, 85, 120, 170, 172], float)
TOP = np.array([170, 155, 162, 157, 163, 150, 80, 158, 162, 159, 161, 158], float)
UPRIGHT = np.array([170, np.nan, 170, np.nan, np.nan, 168, 80, 170, np.nan, 171])
EQUAL = np.array([170, 90, 170, 80, 160, 120], float)
RISING = np.array([170, 120, 80, np.nan, np.nan, 130, np.nan, 170, np.nan, 170])

# What is said where a case fails.
STATE = "Below `low` you are down; above `high`, if you were down, one repetition is complete."
ONE_SQUAT = "Up and down around `low` is one squat, until the angle has passed `high`."
NO_SQUAT = "Up and down around `high` is no squat: the angle must first fall below `low`."
TOO_HIGH = "An angle that never falls below `low` is no squat."
AT_THEM = "An angle equal to `low` is not below it, and one equal to `high` is not above it."
NOT_DOWN = "A frame of NaN is no angle of 0: nobody went down."
SKIP = "A frame of NaN tells nothing: keep the state, and go on with the next frame."
UNFINISHED = "The last squat is not finished: it counts when the angle rises above `high`."
ALREADY_DOWN = "It begins below `low`: the first rise above `high` completes a repetition."


def _cases(rng):
    clean = 120 + 55 * np.cos(2 * np.pi * np.arange(91) / 30)  # 175 to 65 and back, thrice
    noisy = clean + rng.normal(0, 8, 91)
    gaps = np.where(rng.uniform(size=91) < 0.3, np.nan, noisy)
    half = 170 - 62 * np.sin(np.linspace(0, 3 * np.pi, 91)) ** 2
    yield Case("three clean squats", (clean, 90, 160), STATE)
    yield Case("knees that tremble at the bottom", (BOTTOM, 90, 160), ONE_SQUAT)
    yield Case("knees that tremble at the top", (TOP, 90, 160), NO_SQUAT)
    yield Case("three noisy squats", (noisy, 90, 160), STATE)
    yield Case("half a squat, thrice", (half, 90, 160), TOO_HIGH)
    yield Case("angles equal to the thresholds", (EQUAL, 90, 160), AT_THEM)
    yield Case("frames without a person, while standing", (UPRIGHT, 90, 160), NOT_DOWN)
    yield Case("frames without a person, on the way up", (RISING, 90, 160), SKIP)
    yield Case("noise, and no person in three frames of ten", (gaps, 90, 160), SKIP)
    yield Case("a video that ends at the bottom", (clean[:-15], 90, 160), UNFINISHED)
    yield Case("a video that begins at the bottom", (clean[15:], 90, 160), ALREADY_DOWN)
    yield Case("other thresholds", (half, 135, 165), "Use `low` and `high`.")
    yield Case("nobody, ever", (np.full(9, np.nan), 90, 160), "No angle, no repetition: 0.")
    yield Case("no frames", (np.zeros(0), 90, 160), "No frames, no repetitions: 0.")


def _rises(above):
    return int((~above[:-1] & above[1:]).sum())


EXERCISE = Exercise(
    count_repetitions,
    "Count squats in a noisy series of knee angles (hard).",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda a, low, high: int((a < low).sum()),
            "You count the frames below `low`: a squat takes many frames, and is one.",
        ),
        CommonMistake(
            lambda a, low, high: _rises(a >= low),
            "You count crossings of `low` alone, so a knee that trembles there counts again and "
            "again. Only a rise above `high` ends a squat.",
        ),
        CommonMistake(
            lambda a, low, high: _rises(a > high),
            "You count crossings of `high` alone, so a person who trembles while standing does "
            "squats. The angle must have been below `low` before.",
        ),
        CommonMistake(
            lambda a, low, high: _rises(a > (low + high) / 2),
            "You use one threshold, halfway, so half a squat counts in full.",
        ),
        CommonMistake(
            lambda a, low, high: count_repetitions(np.nan_to_num(a), low, high),
            "You take NaN for an angle of 0, below `low`: a frame without a person tells nothing.",
        ),
        CommonMistake(
            lambda a, low, high: sum(
                count_repetitions(part, low, high)
                for part in np.split(a, np.flatnonzero(np.isnan(a)))
            ),
            "You forget the state at a NaN: a person who was down before the gap and is up "
            "after it has done the squat.",
        ),
        CommonMistake(
            lambda a, low, high: count_repetitions([*a, high + 1], low, high),
            "You count on the way down: a repetition is complete when the angle has risen "
            "above `high` again.",
        ),
    ),
    hints=(
        "One threshold cannot work: noise crosses it several times. What must happen after the "
        "angle has fallen below `low`, before the next fall may count?",
        "Walk through the frames with one flag, `down`. Below `low` it becomes True. Above "
        "`high`, if it is True, that is a repetition, and it becomes False.",
        "Between the thresholds nothing changes, and neither does it at NaN: `NaN < low` and "
        "`NaN > high` are both False, so plain comparisons already skip it.",
    ),
    explanation="Two thresholds with a memory between them are called hysteresis: noise must now "
    "cross the whole gap to be counted. Thermostats do the same. MediaPipe's own fitness "
    "example counts like this too, on a classifier's confidence in place of an angle: see "
    "developers.google.com/ml-kit/vision/pose-detection/classifying-poses. NaN fails both "
    "comparisons, so a frame without a person changes nothing.",
)
