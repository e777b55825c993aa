"""Smooth the joints of the next frame by the One-Euro filter."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def one_euro(value, last, speed, rate, min_cutoff, beta):
    """(smoothed, speed): one step of the filter, each number by itself.

    value: (...) of this frame. last, speed: (...) what the step before this one returned. rate:
    frames a second. min_cutoff (Hz) and beta: the cutoff grows with the speed, min_cutoff + beta
    |speed|. The speed is smoothed as well, with a cutoff of 1 Hz. A cutoff of c Hz lets a share
    1 / (1 + rate / (2 pi c)) of what is new in. Where ``last`` is NaN, the value is taken as it
    is, and the speed that comes in is 0.
    """

    def share(cutoff):
        return 1 / (1 + rate / (2 * np.pi * cutoff))

    last = np.where(np.isnan(last), value, last)
    speed = speed + share(1.0) * ((value - last) * rate - speed)
    cutoff = min_cutoff + beta * np.abs(speed)
    return last + share(cutoff) * (value - last), speed


# What is said where a case fails.
STILL = "Nothing moves: the answer is the value, and the speed stays 0."
PLAIN = (
    "With beta = 0 the cutoff is min_cutoff, whatever the speed: the answer goes the share "
    "1 / (1 + rate / (2 pi min_cutoff)) of the way from `last` to `value`."
)
RATE = "At another rate the share of the way is another one, and the speed is in units a second."
SPEED = (
    "The speed comes first: (value - last) * rate, smoothed with a cutoff of 1 Hz. The *smoothed* "
    "one makes the cutoff of the values."
)
BACK = "A joint that moves to the left is as fast as one that moves to the right: |speed|."
JOINTS = "Each number has a speed and a cutoff of its own."
NEW = (
    "A joint that was not known (NaN) begins anew: take the value as it is, with a speed of 0. Its "
    "neighbours are smoothed as always."
)


def _cases(rng):
    points, zero = rng.uniform(0, 64, (14, 2)), np.zeros((14, 2))
    moved = points + rng.normal(0, 3, (14, 2))
    speed = rng.normal(0, 20, (14, 2))
    known = moved.copy()
    known[[2, 5]] = np.nan
    begun = speed.copy()
    begun[[2, 5]] = 0
    yield Case(
        "a joint that stands still",
        (np.array([3.0]), np.array([3.0]), np.zeros(1), 10, 1, 0.5),
        STILL,
    )
    yield Case("beta of 0", (np.array([4.0]), np.array([3.0]), np.zeros(1), 10, 1, 0.0), PLAIN)
    yield Case(
        "30 frames a second", (np.array([4.0]), np.array([3.0]), np.zeros(1), 30, 2, 0.0), RATE
    )
    yield Case(
        "the cutoff grows", (np.array([9.0]), np.array([3.0]), np.array([10.0]), 10, 1, 0.1), SPEED
    )
    yield Case(
        "to the left", (np.array([3.0]), np.array([9.0]), np.array([-10.0]), 10, 1, 0.1), BACK
    )
    yield Case("fourteen joints", (moved, points, speed, 10, 1.0, 0.02), JOINTS)
    yield Case("fourteen joints, begun now", (moved, points, zero, 15, 0.5, 0.2), JOINTS)
    yield Case("two joints that were not known", (points, known, begun, 10, 1.0, 0.02), NEW)


def _step(
    value,
    last,
    speed,
    rate,
    min_cutoff,
    beta,
    share=lambda cutoff, rate: 1 / (1 + rate / (2 * np.pi * cutoff)),
    of_speed=lambda speed: np.abs(speed),
    raw=lambda value, last, rate: (value - last) * rate,
    smooth=True,
    late=False,
    from_last=True,
    anew=True,
):
    """The reference with one thing or another done differently."""
    if anew:
        last = np.where(np.isnan(last), value, last)
    fresh = raw(value, last, rate)
    new = speed + share(1.0, rate) * (fresh - speed) if smooth else fresh
    cutoff = min_cutoff + beta * of_speed(speed if late else new)
    way = share(cutoff, rate)
    return (last + way * (value - last) if from_last else value + way * (last - value)), new


def _changed(**how):
    return lambda *args: _step(*args, **how)


EXERCISE = Exercise(
    one_euro,
    "Smooth the joints of the next frame by the One-Euro filter.",
    _cases,
    common_mistakes=(
        CommonMistake(
            _changed(from_last=False),
            "You take the share of the *old* value: it is the share of the new one. A high cutoff "
            "must follow fast.",
        ),
        CommonMistake(
            _changed(share=lambda cutoff, rate: 1 / (1 + rate / cutoff)),
            "The factor 2 pi is missing: a cutoff in Hz is 2 pi times as much in radians a second.",
        ),
        CommonMistake(
            _changed(raw=lambda value, last, rate: value - last),
            "Your speed is a distance from frame to frame: multiply it by the rate.",
        ),
        CommonMistake(
            _changed(smooth=False),
            "You use the raw speed: it is smoothed first, with a cutoff of 1 Hz, or each jump of a "
            "joint would open the filter.",
        ),
        CommonMistake(
            _changed(late=True),
            "Your cutoff comes from the speed of the step before: smooth the new speed first, then "
            "use it.",
        ),
        CommonMistake(
            _changed(of_speed=lambda speed: speed),
            "You leave the absolute value out: towards the left your cutoff shrinks, and may "
            "become negative.",
        ),
        CommonMistake(
            _changed(of_speed=lambda speed: np.linalg.norm(speed, axis=-1, keepdims=True)),
            "You take one speed for x and y together: here each number has a cutoff of its own.",
        ),
        CommonMistake(
            _changed(anew=False),
            "NaN stays NaN for ever in your filter: where `last` is NaN, take the value.",
        ),
        CommonMistake(
            lambda value, last, *rest: one_euro(value, np.nan_to_num(last), *rest),
            "You let a joint that was not known come from pixel 0: where `last` is NaN, take the "
            "value.",
        ),
        CommonMistake(
            lambda *args: one_euro(*args)[::-1],
            "You return the speed first: the smoothed value comes first.",
        ),
    ),
    hints=(
        "Write the share as a function of the cutoff: you need it twice, once with 1 Hz for the "
        "speed and once with the cutoff that the speed gives.",
        "Four lines: the raw speed (value - last) * rate; the smoothed speed; the cutoff; the "
        "answer last + share * (value - last).",
        "`last = np.where(np.isnan(last), value, last)` at the start lets a new joint begin "
        "where it is: its raw speed is then 0.",
    ),
    explanation="It is an exponential average whose share depends on how fast the value moves. "
    "Slow: a low cutoff, a small share, and the trembling is averaged away. Fast: a high cutoff, "
    "and the answer does not lag behind. The filter knows nothing of images, so it cannot find a "
    "joint that is hidden; it can only be slow to believe that it has jumped.",
    tolerance=1e-6,
)
