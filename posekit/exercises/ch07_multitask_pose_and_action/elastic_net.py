"""The elastic net loss of a batch in which some samples have no depth."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def elastic_net(predicted, target, visible):
    """The mean of |e| + e squared over all coordinates that are known; 0.0 where none is.

    predicted, target: (people, joints, 3), x, y and z in one unit. visible: (people, joints): x
    and y are known where it is above 0. z is known where, besides, the target's z is not NaN.
    """
    labelled = np.repeat(visible[..., None] > 0, 3, axis=-1)
    known = labelled & np.isfinite(target)
    if not known.any():
        return 0.0
    error = predicted[known] - target[known]
    return np.mean(np.abs(error) + error**2)


# What is said where a case fails.
ONE = "Errors 1, -2 and 0.5: (1 + 1) + (2 + 4) + (0.5 + 0.25) = 8.75, over three coordinates."
FLAT = "z is unknown, so two coordinates count: (1 + 1) + (2 + 4) = 8, divided by 2."
MIXED = "One person has three known coordinates and the other two: divide the sum by 5."
HIDDEN = "`visible` 1 is occluded, and labelled: it counts."
OUT = "A joint with `visible` 0 counts in no coordinate, even where its z is a number."
BATCH = "Choose what is known before any arithmetic: NaN times 0 is NaN."
JUNK = (
    "Where a joint is unlabelled, files store whatever they like, NaN or 0 or -1: only `visible` "
    "says what counts."
)
NONE = "Nothing is known, so there is nothing to learn: 0.0, and the training goes on."


def _cases(rng):
    nan, zero = np.nan, np.zeros((1, 1, 3))
    off = np.array([[[1.0, -2.0, 0.5]]])
    junk_too = np.concatenate([off, off + 3], axis=1)
    flat = np.array([[[0.0, 0.0, nan]]])
    two = np.concatenate([zero, flat]), np.array([[2], [2]])
    target = rng.normal(0, 1, (4, 14, 3))
    predicted, visible = target + rng.normal(0, 1, target.shape), rng.integers(0, 3, (4, 14))
    target[2:, :, 2] = nan  # two people of an image without depth
    lost = np.where(visible[..., None] > 0, target, nan)
    junk = np.where(visible[..., None] > 0, target, -1.0)
    yield Case("one joint, all known", (off, zero, np.array([[2]])), ONE)
    yield Case(
        "an unlabelled joint with a depth",
        (junk_too, np.tile(zero, (1, 2, 1)), np.array([[2, 0]])),
        OUT,
    )
    yield Case("one joint without depth", (off, flat, np.array([[2]])), FLAT)
    yield Case("one person with depth, one without", (np.tile(off + 1, (2, 1, 1)), *two), MIXED)
    yield Case("an occluded joint", (off, zero, np.array([[1]])), HIDDEN)
    yield Case("four people, NaN where unlabelled", (predicted, lost, visible), BATCH)
    yield Case("the same, -1 where unlabelled", (predicted, junk, visible), JUNK)
    yield Case("nothing labelled", (predicted, lost, 0 * visible), NONE)


def _known(target, visible):
    return (visible > 0)[..., None] & np.isfinite(target)


def _mean_of(penalty):
    """The mask as it should be, another penalty."""

    def answer(predicted, target, visible):
        known = _known(target, visible)
        return np.mean(penalty((predicted - target)[known])) if known.any() else 0.0

    return answer


def _divided(count):
    """The right sum, divided by another number."""

    def answer(predicted, target, visible):
        known = _known(target, visible)
        error = (predicted - target)[known]
        return np.sum(np.abs(error) + error**2) / max(count(known, visible), 1)

    return answer


def _whole_joints(predicted, target, visible):
    """Joints without depth are left out, x and y too."""
    labelled = np.isfinite(target).all(-1) & (visible > 0)
    return elastic_net(predicted, target, labelled)


def _flat(predicted, target, visible):
    """An unknown depth is taken as 0."""
    return elastic_net(predicted, np.nan_to_num(target), visible)


EXERCISE = Exercise(
    elastic_net,
    "Write the elastic net loss of a batch in which some samples have no depth.",
    _cases,
    common_mistakes=(
        CommonMistake(
            _mean_of(lambda e: e + e**2),
            "You forgot the absolute value: negative errors would be rewarded.",
        ),
        CommonMistake(_mean_of(np.square), "This is the square alone, L2: add |e|."),
        CommonMistake(_mean_of(np.abs), "This is |e| alone, L1: add the square."),
        CommonMistake(
            _whole_joints,
            "You leave out the whole joint where its depth is unknown: its x and y are known, and "
            "teach.",
        ),
        CommonMistake(
            _flat,
            "You take an unknown depth as 0. The network would learn that everybody in these "
            "images is flat: leave the coordinate out.",
        ),
        CommonMistake(
            _divided(lambda known, visible: 3 * (visible > 0).sum()),
            "You divide by three coordinates for each labelled joint: divide by those that are "
            "known, or the loss gets smaller the fewer depths there are.",
        ),
        CommonMistake(
            _divided(lambda known, visible: known.size),
            "You divide by all coordinates: divide by those that are known.",
        ),
        CommonMistake(
            _divided(lambda known, visible: (visible > 0).sum()),
            "You divide by the number of joints: the mean goes over coordinates.",
        ),
        CommonMistake(
            lambda p, t, v: elastic_net(p, t, np.ones_like(v)),
            "You count joints whose `visible` is 0: their coordinates are junk, and need not be "
            "NaN.",
        ),
        CommonMistake(
            lambda p, t, v: elastic_net(p, t, v == 2),
            "You leave occluded joints out: `visible` 1 is labelled.",
        ),
        CommonMistake(
            lambda p, t, v: elastic_net(p, t, v) if v.any() else np.nan,
            "A loss of NaN ends a training: where nothing is known it is 0.",
        ),
    ),
    hints=(
        "Which coordinates are known? Make an array of True and False of shape (people, joints, 3) "
        "first; the rest is a mean.",
        "x and y need `visible > 0`; z needs that *and* `np.isfinite(target)`. For x and y of a "
        "labelled joint the second is true anyway: `(visible > 0)[..., None] & "
        "np.isfinite(target)`.",
        "Index predicted and target with it before you subtract, and return 0.0 where it holds "
        "nothing.",
    ),
    explanation="This is what makes one batch of images with 2D labels and clips with 3D labels "
    "possible: each sample teaches what it knows. The mean is over coordinates, as in posekit's "
    "`losses.elastic_net`, so that a batch with few depths does not have a smaller loss. "
    "`losses.in_space` makes the mask in PyTorch.",
)
