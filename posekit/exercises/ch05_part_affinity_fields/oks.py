"""Compute the object keypoint similarity of one person, over the labelled joints only."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def oks(predicted, target, visible, area, sigmas):
    """COCO's object keypoint similarity, the mean over labelled joints of exp(-d² / (2 s² k²)).

    predicted, target: (joints, 2) pixels; a predicted joint of NaN was not found and counts 0.
    visible: (joints,), 0 is unlabelled. area: the person's area in pixels squared, which is s².
    sigmas: (joints,); k is twice the sigma. NaN where no joint is labelled.
    """
    labelled = visible > 0
    if not labelled.any():
        return np.nan
    square = np.sum((predicted[labelled] - target[labelled]) ** 2, axis=1)  # d²
    similar = np.exp(-square / (2 * area * (2 * sigmas[labelled]) ** 2))
    return np.nan_to_num(similar).sum() / labelled.sum()


# What is said where a case fails.
ONE = (
    "d² = 9² + 12² = 225, s² is the area, 22500, and k = 2 * 0.05 = 0.1: so the similarity is "
    "exp(-225 / (2 * 22500 * 0.01)) = exp(-0.5) = 0.607."
)
MEAN = "The second joint is exact, and so has 1: the mean of 0.607 and 1 is 0.803."
OWN_SIGMA = "Each joint has its own sigma: the same distance costs more at an eye than at a hip."
AREA = "A person of a quarter of the area may be off by half as many pixels."
OCCLUDED = "`visible` 1 is labelled, and counts as much as 2."
UNLABELLED = "The last joint is unlabelled: it counts neither in the sum nor in what you divide by."
NAN = "Choose the labelled joints before any arithmetic: NaN times 0 is NaN."
NOT_FOUND = "A joint of NaN was not found. It is labelled, so it counts, and its similarity is 0."
NOTHING = (
    "With no labelled joint there is nothing to compare: return NaN, so that a mean over people "
    "can leave this one out. 0 would blame the network, and 1 would praise it."
)


def _cases(rng):
    target, seen = rng.uniform(0, 200, (17, 2)), rng.integers(1, 3, 17)
    predicted, sigmas = target + rng.normal(0, 8, (17, 2)), rng.uniform(0.025, 0.107, 17)
    some = np.where(np.arange(17) % 3 == 0, 0, seen)
    lost, missed = np.where(some[:, None] > 0, target, np.nan), predicted.copy()
    missed[[1, 3, 4]] = np.nan
    zero, off = np.array([[50.0, 40.0], [60.0, 70.0]]), np.array([[9.0, 12.0], [0.0, 0.0]])
    two, small = np.array([2, 2]), np.array([0.05, 0.05])
    one = (zero[:1] + off[:1], zero[:1], two[:1], 22500.0, small[:1])
    yield Case("one joint, 9 pixels right and 12 below", one, ONE)
    yield Case("two joints, the second exact", (zero + off, zero, two, 22500.0, small), MEAN)
    half = (zero + off, zero, np.array([2, 0]), 22500.0, small)
    yield Case("the second joint unlabelled", half, UNLABELLED)
    hidden = (zero + off, zero, np.array([1, 2]), 22500.0, small)
    yield Case("an occluded joint", hidden, OCCLUDED)
    own = (predicted, target, np.full(17, 2), 12000.0, sigmas)
    yield Case("17 joints, each with its sigma", own, OWN_SIGMA)
    yield Case("the same, a smaller person", (*own[:3], 3000.0, sigmas), AREA)
    yield Case("NaN at unlabelled joints", (predicted, lost, some, 12000.0, sigmas), NAN)
    yield Case("joints that were not found", (missed, lost, some, 12000.0, sigmas), NOT_FOUND)
    yield Case("no joint labelled", (predicted, lost, 0 * some, 12000.0, sigmas), NOTHING)


def _similar(predicted, target, area, sigmas, power=2, sigma_power=2):
    """(joints,) the similarity of every joint, labelled or not, 0 for NaN."""
    distance = np.linalg.norm(predicted - target, axis=1)
    spread = (2 * sigmas) ** sigma_power
    return np.nan_to_num(np.exp(-(distance**power) / (2 * area * spread)))


def _mean(values, labelled):
    return values[labelled].mean() if labelled.any() else np.nan


def _exp_of_the_mean(predicted, target, visible, area, sigmas):
    labelled = visible > 0
    exponent = ((predicted - target) ** 2).sum(1) / (2 * area * (2 * sigmas) ** 2)
    return np.exp(-exponent[labelled].mean())


def _mask_as_a_factor(predicted, target, visible, area, sigmas):
    labelled = visible > 0
    exponent = ((predicted - target) ** 2).sum(1) / (2 * area * (2 * sigmas) ** 2)
    return (np.exp(-exponent) * labelled).sum() / labelled.sum()


def _not_found_left_out(predicted, target, visible, area, sigmas):
    found = (visible > 0) & np.isfinite(predicted).all(1)
    return oks(predicted, target, found, area, sigmas)


EXERCISE = Exercise(
    oks,
    "Compute the object keypoint similarity of one person, over the labelled joints only.",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda p, t, v, a, g: oks(p, t, v, a, g / 2),
            "You take sigma for k: COCO's k is *twice* the sigma.",
        ),
        CommonMistake(
            lambda p, t, v, a, g: oks(p, t, v, a**2, g),
            "You square the area: the scale s is the square root of the area, so s² is the area "
            "itself.",
        ),
        CommonMistake(
            lambda p, t, v, a, g: oks(p, t, v, a**0.5, g),
            "You divide by s, the square root of the area: it is s², the area itself.",
        ),
        CommonMistake(
            lambda p, t, v, a, g: _mean(_similar(p, t, a, g, power=1), v > 0),
            "The distance is not squared: d² is the sum of the squares along x and y.",
        ),
        CommonMistake(
            lambda p, t, v, a, g: _mean(_similar(p, t, a, g, sigma_power=1), v > 0),
            "k is not squared: divide by 2 s² k².",
        ),
        CommonMistake(
            lambda p, t, v, a, g: oks(p, t, v, a / 2, g),
            "You divide by s² k²: as with any Gaussian it is 2 s² k².",
        ),
        CommonMistake(
            _exp_of_the_mean,
            "You average the distances, and take the exponential of that: take the exponential "
            "for each joint, then their mean, so that one lost joint costs one joint only.",
        ),
        CommonMistake(
            lambda p, t, v, a, g: oks(p, t, v, a, g) * (v > 0).sum(),
            "This is the sum over the joints: divide by how many are labelled.",
        ),
        CommonMistake(
            lambda p, t, v, a, g: _mean(_similar(p, t, a, g), np.ones_like(v) > 0),
            "You count joints that nobody has labelled: leave out those whose `visible` is 0.",
        ),
        CommonMistake(
            lambda p, t, v, a, g: (_similar(p, t, a, g) * (v > 0)).mean(),
            "You divide by the number of all joints: divide by how many are labelled, or a "
            "person who is half hidden cannot be found.",
        ),
        CommonMistake(
            lambda p, t, v, a, g: oks(p, t, v == 2, a, g),
            "You leave occluded joints out: `visible` 1 is labelled.",
        ),
        CommonMistake(
            lambda p, t, v, a, g: (_similar(p, t, a, g) * v).sum() / v.sum(),
            "You weight the joints by `visible`: it is a code, not a weight. 1 and 2 count alike.",
        ),
        CommonMistake(
            lambda p, t, v, a, g: oks(p, t, v, a, np.full_like(g, g[0])),
            "You use one sigma for all joints: " + OWN_SIGMA,
        ),
        CommonMistake(_mask_as_a_factor, NAN),
        CommonMistake(
            _not_found_left_out,
            "You leave out the joints that were not found: then a network would score best by "
            "answering only where it is sure. " + NOT_FOUND,
        ),
        CommonMistake(lambda p, t, v, a, g: oks(p, t, v, a, g) if v.any() else 0.0, NOTHING),
    ),
    hints=(
        "`labelled = visible > 0` first; then only `predicted[labelled]`, `target[labelled]` and "
        "`sigmas[labelled]` are needed.",
        "The exponent of a joint is minus its squared distance, divided by `2 * area * (2 * "
        "sigma) ** 2`.",
        "`np.nan_to_num` turns the NaN of a joint that was not found into 0. Divide the sum by "
        "`labelled.sum()`, and return `np.nan` first of all where that is 0.",
    ),
    explanation="OKS is to keypoints what the overlap of boxes is to boxes: 1 is perfect, and a "
    "threshold on it says whether a person was found. It forgives what COCO's annotators "
    "themselves disagreed about: sigma is their standard deviation, divided by the square root "
    "of the person's area. With COCO's own labels there is one more case: a person without a "
    "labelled joint is compared by its box. posekit's `oks` compares many people at once.",
)
