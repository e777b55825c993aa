"""Count the correct keypoints: PCK."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def pck(predicted, target, visible, torso, threshold):
    """Percentage of labelled joints that are at most threshold * torso away; NaN of none.

    predicted, target: (people, joints, 2). visible: (people, joints). torso: (people,) pixels,
    NaN where a person's torso is unknown: that person's joints are not counted.
    """
    distance = np.linalg.norm(predicted - target, axis=-1)
    correct = distance <= threshold * torso[:, None]  # False where the prediction is NaN
    counted = (visible > 0) & np.isfinite(torso)[:, None]
    return 100 * correct[counted].mean() if counted.any() else np.nan


# What is said where a case fails.
WITHIN = "0.2 of a torso of 25 is 5 pixels: three of four are within it, 75 %."
DISTANCE = "The distance is 6.4 pixels, more than 5: take the length, not each coordinate."
UNLABELLED = "An unlabelled joint is neither right nor wrong: three of three."
OWN_TORSO = "Each person is measured by their own torso."
MISS = "A joint it gives no place for is a miss."
NO_TORSO = "Without a torso there is nothing to measure by: leave this person out."
LABELLED = "Count labelled joints only."


def _cases_of_four_joints():
    """One person whose torso is 25 pixels long."""
    target = np.array([[[10.0, 10.0], [20.0, 10.0], [30.0, 10.0], [40.0, 10.0]]])
    off = target + [[[0, 0], [3.0, 0], [3.0, 4.0], [9.0, 9.0]]]
    near = target + [[[4.5, 4.5], [0, 0], [0, 0], [0, 0]]]
    full, three, torso = np.full((1, 4), 2), np.array([[2, 2, 2, 0]]), np.array([25.0])
    yield Case("four joints 0, 3, 5 and 12.7 pixels off", (off, target, full, torso, 0.2), WITHIN)
    yield Case("4.5 pixels off along x and along y", (near, target, full, torso, 0.2), DISTANCE)
    yield Case("an unlabelled joint", (off, target, three, torso, 0.2), UNLABELLED)


def _cases(rng):
    target = rng.uniform(10, 54, (5, 14, 2))
    predicted = target + rng.normal(0, 4, target.shape)
    visible = rng.integers(0, 3, (5, 14))
    torso = rng.uniform(12, 40, 5)
    silent, unknown, lost = predicted.copy(), torso.copy(), target.copy()
    silent[1, :7], unknown[3], lost[visible == 0] = np.nan, np.nan, np.nan
    yield from _cases_of_four_joints()
    all_five = (predicted, target, visible, torso)
    yield Case("five people of different size", (*all_five, 0.2), OWN_TORSO)
    yield Case("another threshold", (*all_five, 0.1), "Use `threshold`.")
    half = (silent, target, visible, torso, 0.2)
    yield Case("a network that predicts nothing for half a person", half, MISS)
    yield Case("a person without a torso", (predicted, target, visible, unknown, 0.2), NO_TORSO)
    yield Case("NaN at unlabelled joints", (predicted, lost, visible, torso, 0.2), LABELLED)
    nothing = (predicted, target, 0 * visible, torso, 0.2)
    yield Case("nothing labelled", nothing, "Nothing was measured: NaN.")


EXERCISE = Exercise(
    pck,
    "Count the correct keypoints: PCK.",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda p, t, v, s, a: pck(p, t, v, s, a) / 100, "PCK is a percentage: from 0 to 100."
        ),
        CommonMistake(
            lambda p, t, v, s, a: 100 * (np.abs(p - t).max(-1) <= a * s[:, None])[v > 0].mean(),
            "You compare x and y one by one, which allows a square: take the distance.",
        ),
        CommonMistake(
            lambda p, t, v, s, a: pck(p, t, np.ones_like(v), s, a),
            "You count unlabelled joints too.",
        ),
        CommonMistake(
            lambda p, t, v, s, a: pck(p, t, v == 2, s, a),
            "You leave occluded joints out: `visible` 1 is labelled.",
        ),
        CommonMistake(
            lambda p, t, v, s, a: pck(p, t, v, np.full_like(s, np.nanmean(s)), a),
            "You use one torso for everybody: each person is measured by their own.",
        ),
        CommonMistake(
            lambda p, t, v, s, a: pck(p, t, v, s, 0.2), "You use 0.2 whatever `threshold` is."
        ),
        CommonMistake(
            lambda p, t, v, s, a: pck(p, t, v * np.isfinite(p).all(-1), s, a),
            "You leave out joints that the network gave no place for: then silence would pay.",
        ),
        CommonMistake(
            lambda p, t, v, s, a: (
                100 * (np.linalg.norm(p - t, axis=-1) <= a * s[:, None])[v > 0].mean()
            ),
            "A comparison with a torso of NaN is False, so you count this person as all wrong: "
            "without a torso nothing can be measured, so leave them out.",
        ),
    ),
    hints=(
        "Three arrays of shape (people, joints): how far off, within the threshold, and counted.",
        "`torso[:, None]` sets each person's length against all of their joints.",
        "`100 * correct[counted].mean()`, where counted is labelled and with a finite torso.",
    ),
    explanation="PCK asks of each joint one question, near enough or not, where near enough grows "
    "with the person. So one wild miss costs one joint, while in MSE it costs its square and can "
    "outweigh thirteen good joints. A prediction of NaN fails the comparison and is a miss; a "
    "person without a torso is left out, and how many were counted belongs beside every figure.",
)
