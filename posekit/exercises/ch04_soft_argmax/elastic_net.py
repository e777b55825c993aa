"""Write the elastic net loss of Luvizon, Picard and Tabia, with a mask."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def elastic_net(predicted, target, visible):
    """The sum over x and y of |e| + e squared, averaged over the labelled joints; 0 if none.

    predicted, target: (people, joints, 2) in any unit. visible: (people, joints).
    """
    labelled = visible > 0
    if not labelled.any():
        return 0.0
    error = predicted[labelled] - target[labelled]
    return np.sum(np.abs(error) + error**2) / labelled.sum()


# What is said where a case fails.
SUM = "|1| + |-3| and 1 + 9: together 14."
MEAN = "The first has 14, the second 3 + 9 = 12: the mean over joints is 13."
FIRST_ONLY = "Only the first joint counts, in the sum and in what you divide by: 14."
OCCLUDED = "`visible` 1 is occluded, and labelled: it counts."
NAN = "NaN times 0 is NaN: choose the labelled joints before any arithmetic."
NOTHING = "Nothing to learn from: the loss is 0, so that training goes on."


def _cases(rng):
    target = rng.uniform(0, 1, (4, 14, 2))
    predicted, visible = target + rng.normal(0, 0.3, target.shape), rng.integers(0, 3, (4, 14))
    lost = np.where(visible[..., None] > 0, target, np.nan)
    zero, off = np.zeros((1, 2, 2)), np.array([[[1.0, -3.0], [0.0, 3.0]]])
    yield Case("one joint off by 1 and -3", (off[:, :1], zero[:, :1], np.array([[2]])), SUM)
    yield Case("two joints", (off, zero, np.array([[2, 2]])), MEAN)
    yield Case("one of two joints labelled", (off, zero, np.array([[2, 0]])), FIRST_ONLY)
    yield Case("an occluded joint", (off, zero, np.array([[1, 2]])), OCCLUDED)
    yield Case("four people, NaN at unlabelled joints", (predicted, lost, visible), NAN)
    yield Case("nothing labelled", (predicted, lost, 0 * visible), NOTHING)


EXERCISE = Exercise(
    elastic_net,
    "Write the elastic net loss of Luvizon, Picard and Tabia, with a mask.",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda p, t, v: np.sum((p - t + (p - t) ** 2)[v > 0]) / max((v > 0).sum(), 1),
            "You forgot the absolute value: negative errors would be rewarded.",
        ),
        CommonMistake(
            lambda p, t, v: np.mean(
                (np.linalg.norm(p - t, axis=-1) + ((p - t) ** 2).sum(-1))[v > 0]
            ),
            "The first norm is the 1-norm, |e_x| + |e_y|: you took the distance.",
        ),
        CommonMistake(
            lambda p, t, v: elastic_net(p, t, v) / 2,
            "Half the right value: each joint has the sum over x and y, and you took their mean.",
        ),
        CommonMistake(
            lambda p, t, v: np.sum((p - t)[v > 0] ** 2) / max((v > 0).sum(), 1),
            "This is the square alone, L2: add |e|.",
        ),
        CommonMistake(
            lambda p, t, v: np.sum(np.abs(p - t)[v > 0]) / max((v > 0).sum(), 1),
            "This is |e| alone, L1: add the square.",
        ),
        CommonMistake(
            lambda p, t, v: elastic_net(p, t, np.ones_like(v)),
            "You count unlabelled joints: choose the labelled ones first.",
        ),
        CommonMistake(
            lambda p, t, v: elastic_net(p, t, v) * (v > 0).sum() / v.size,
            "You divide by all joints: divide by how many are labelled.",
        ),
        CommonMistake(
            lambda p, t, v: elastic_net(p, t, v == 2),
            "You leave occluded joints out: `visible` 1 is labelled.",
        ),
        CommonMistake(
            lambda p, t, v: elastic_net(p, t, v) if v.any() else np.nan,
            "A loss of NaN ends a training: where nothing is labelled it is 0.",
        ),
    ),
    hints=(
        "`labelled = visible > 0`; index predicted and target with it before you subtract.",
        "`np.abs(error) + error**2`, summed over everything that is left.",
        "Divide by `labelled.sum()`, the number of joints; return 0.0 where there is none.",
    ),
    explanation="Its slope is sign(e) + 2 e: near the target |e| still pulls with all its force, "
    "far away the square takes over. Where one turns into the other depends on the unit: in "
    "fractions of the image |e| always leads, in pixels the square nearly always does. "
    "posekit's `losses.elastic_net` averages over coordinates, so it is half of this.",
)
