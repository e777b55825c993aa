"""Compute the mean squared error over the labelled joints only."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def masked_mse(predicted, target, visible):
    """Mean squared error of a coordinate, over the labelled joints alone; NaN if there is none.

    predicted, target: (people, joints, 2) pixels. visible: (people, joints), 0 is unlabelled.
    """
    labelled = visible > 0
    if not labelled.any():
        return np.nan
    return np.mean((predicted[labelled] - target[labelled]) ** 2)


# What is said where a case fails.
MEAN = "Squares of 3, 1, 3 and 1: their mean is 5."
FIRST_ONLY = "Only the first joint counts: the mean of 9 and 1 is 5."
OCCLUDED = "`visible` 1 is occluded, and labelled: it counts. Only 0 does not."
CHOOSE = "Choose the labelled joints before you average."
NAN = "NaN times 0 is NaN: leave those joints out, do not multiply them away."
EVERY_JOINT = "Every labelled joint counts the same, whoever it belongs to."
NOT_PERFECT = "No joint, no error: NaN, and not 0, which would be perfect."


def _uneven():
    """Labels: twelve on the first person, one on the second, none on the others."""
    visible = np.zeros((4, 14), int)
    visible[0, :12], visible[1, 3] = 2, 1
    return visible


def _cases(rng):
    target = rng.uniform(0, 64, (4, 14, 2))
    predicted = target + rng.normal(0, 3, target.shape)
    visible = rng.integers(0, 3, (4, 14))
    visible[2] = 2
    junk, lost = target.copy(), target.copy()
    junk[visible == 0], lost[visible == 0] = (-37.0, -55.0), np.nan
    one = np.array([[[10.0, 20.0], [30.0, 40.0]]])
    off, far = one + [3.0, 1.0], one + [[[3.0, 1.0], [50.0, 50.0]]]
    yield Case("two joints, both labelled", (off, one, np.array([[2, 2]])), MEAN)
    yield Case("one of two joints labelled", (far, one, np.array([[2, 0]])), FIRST_ONLY)
    yield Case("an occluded joint", (off, one, np.array([[1, 2]])), OCCLUDED)
    yield Case("four people, junk at unlabelled joints", (predicted, junk, visible), CHOOSE)
    yield Case("NaN at unlabelled joints", (predicted, lost, visible), NAN)
    twelve_and_one = (predicted, target, _uneven())
    yield Case("twelve labels on one person, one on another", twelve_and_one, EVERY_JOINT)
    yield Case("nothing labelled", (predicted, target, np.zeros((4, 14), int)), NOT_PERFECT)
    nobody = (np.zeros((0, 14, 2)), np.zeros((0, 14, 2)), np.zeros((0, 14), int))
    yield Case("nobody", nobody, "No joint, no error: NaN.")


def _zeroed(predicted, target, visible):
    return np.mean((visible > 0)[..., None] * (predicted - target) ** 2)


EXERCISE = Exercise(
    masked_mse,
    "Compute the mean squared error over the labelled joints only.",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda p, t, v: np.mean((p - t) ** 2),
            "You average over every joint, so junk counts: choose the labelled ones first.",
        ),
        CommonMistake(
            _zeroed,
            "You set the unlabelled errors to 0 but still divide by all joints: the more labels "
            "are missing, the better the network seems.",
        ),
        CommonMistake(
            lambda p, t, v: masked_mse(p, t, v == 2),
            "You leave the occluded joints out: they are labelled (`visible` 1), so they count.",
        ),
        CommonMistake(
            lambda p, t, v: 2 * masked_mse(p, t, v),
            "Twice the right value: x and y are two coordinates, and MSE is a mean over both.",
        ),
        CommonMistake(
            lambda p, t, v: np.sqrt(masked_mse(p, t, v)),
            "This is the root of it: MSE is in pixels squared.",
        ),
        CommonMistake(
            lambda p, t, v: np.abs(p - t)[v > 0].mean(),
            "This is the mean of |error|: MSE takes squares.",
        ),
        CommonMistake(
            lambda p, t, v: np.mean([masked_mse(*one) for one in zip(p, t, v) if one[2].any()]),
            "You average each person first, so a person with one label counts as much as one "
            "with fourteen: average over all labelled joints at once.",
        ),
        CommonMistake(
            lambda p, t, v: np.nan_to_num(masked_mse(p, t, v)),
            "Nothing was measured: 0 would claim that the network is perfect.",
        ),
    ),
    hints=(
        "`labelled = visible > 0` has the shape (people, joints). Index with it.",
        "`predicted[labelled]` is (number of labelled joints, 2): then subtract, square, average.",
        "Where nothing is labelled, return `np.nan` before you average.",
    ),
    explanation="Indexing with the mask takes the junk away before it meets any arithmetic; "
    "multiplying by 0 would not, because NaN times 0 is NaN. Dividing by the number of labelled "
    "joints matters as much: dividing by all of them rewards a data set for missing labels. "
    "For a training loss posekit returns 0 where nothing is labelled (nothing to learn from); "
    "a score must say NaN (nothing was measured).",
)
