"""Read off volumes whether each joint is visible."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def visibility(volumes):
    """(people, joints) from 0 to 1: the sigmoid of each raw volume's maximum.

    volumes: (people, joints, d, h, w), any numbers, also in the thousands; people may be 0.
    """
    highest = volumes.max(axis=(2, 3, 4))
    shrunk = np.exp(-np.abs(highest))  # never above 1, so that nothing overflows
    return np.where(highest >= 0, 1, shrunk) / (1 + shrunk)


# What is said where a case fails.
ONE_CELL = "One cell has 2, all others have 0.5: the sigmoid of 2 is 1 / (1 + exp(-2)) = 0.881."
LOW = "All cells lie below 0, the highest at -3: the sigmoid of -3 is 0.047, so hidden."
TWO_JOINTS = "Each joint has a volume of its own, and an answer of its own."
DEEP = "The highest cell may lie at any depth: the maximum goes over depth, rows and columns."
HUGE = (
    "exp(1000) is infinite, and infinite / infinite is NaN. Write the sigmoid so that exp never "
    "sees a large positive number."
)
NOBODY = (
    "No person gives an array of shape (0, joints). `reshape(..., -1)` cannot guess a length "
    "there; `max(axis=(2, 3, 4))` needs no guess."
)


def _cases(rng):
    one = np.full((1, 1, 2, 3, 3), 0.5)
    one[0, 0, 1, 2, 0] = 2
    low = np.full((1, 1, 2, 2, 2), -5.0)
    low[0, 0, 0, 1, 1] = -3
    two = np.concatenate([one, one - 4], axis=1)
    many = rng.normal(0, 2, (3, 5, 4, 6, 8)) - 5
    yield Case("one high cell", (one,), ONE_CELL)
    yield Case("a volume below 0", (low,), LOW)
    yield Case("two joints", (two,), TWO_JOINTS)
    yield Case("three people, five joints", (many,), DEEP)
    yield Case("numbers in the thousands", (1000 * many,), HUGE)
    yield Case("the same, above 0", (1000 * np.abs(many),), HUGE)
    yield Case("nobody", (many[:0],), NOBODY)


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _softmax(volumes):
    flat = volumes.reshape(*volumes.shape[:2], np.prod(volumes.shape[2:]))
    p = np.exp(flat - flat.max(-1, keepdims=True, initial=-1e9))
    return p / p.sum(-1, keepdims=True)


EXERCISE = Exercise(
    visibility,
    "Read off volumes whether each joint is visible.",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda v: v.max(axis=(2, 3, 4)),
            "This is the maximum itself, which may be any number: the sigmoid makes a number from "
            "0 to 1 of it.",
        ),
        CommonMistake(
            lambda v: _sigmoid(v.mean(axis=(2, 3, 4))),
            "You take the mean of the cells. Most cells are far from the joint, so the mean says "
            "little about it: take the maximum.",
        ),
        CommonMistake(
            lambda v: _softmax(v).max(-1),
            "You take a softmax first. Its maximum says how *sharp* the volume is; a softmax is "
            "the same for a volume raised by 5, and the level is what tells visible from hidden.",
        ),
        CommonMistake(
            lambda v: _sigmoid(_softmax(v).max(-1)),
            "You take a softmax before the sigmoid: probabilities are never below 0, so no joint "
            "could be called hidden. Take the raw volume.",
        ),
        CommonMistake(
            lambda v: _sigmoid(-v.max(axis=(2, 3, 4))),
            "The sign in the exponent is wrong: a high maximum means visible, 1 / (1 + exp(-m)).",
        ),
        CommonMistake(
            lambda v: (v.max(axis=(2, 3, 4)) > 0).astype(float),
            "You answer only yes or no: the sigmoid tells how sure the network is, too.",
        ),
        CommonMistake(
            lambda v: _sigmoid(v.max(axis=(3, 4)).mean(axis=2)),
            "You take the maximum of each slice, and then the mean over the depth: the maximum "
            "goes over all three axes.",
        ),
        CommonMistake(
            lambda v: (
                _sigmoid(v.max(axis=(1, 2, 3, 4), keepdims=True)[:, :, 0, 0, 0])
                * np.ones(v.shape[:2])
            ),
            "You take one maximum for the whole person: each joint has a volume of its own.",
        ),
        CommonMistake(
            lambda v: np.exp(v.max(axis=(2, 3, 4))) / (1 + np.exp(v.max(axis=(2, 3, 4)))),
            "exp(m) / (1 + exp(m)) is right on paper, and infinite / infinite for a large m: "
            "1 / (1 + exp(-m)) is safe there.",
        ),
    ),
    hints=(
        "Which axes belong to one joint's volume? The maximum goes over all of them at once.",
        "`volumes.max(axis=(2, 3, 4))` is of shape (people, joints), also for no people.",
        "The sigmoid of m is 1 / (1 + exp(-m)). For m = 1000 that is 1, and for m = -1000 NumPy "
        "gets 1 / infinity = 0, which is right as well.",
    ),
    explanation="Soft-argmax does not change when all cells of a volume are raised by the same "
    "number, so the *level* of a volume is free, and it can carry a second answer: is the joint "
    "visible? The reference keeps exp below 1 on both sides, so that no warning of an overflow "
    "appears; `scipy.special.expit` and `torch.sigmoid` do the same.",
)
