"""Build the best predictor that never looks at the image: the mean pose."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def mean_pose(points, visible):
    """(joints, 2) where each joint lies on average over the people who have it labelled.

    points: (people, joints, 2). visible: (people, joints). NaN for a joint without any label.
    """
    labelled = (visible > 0)[..., None]
    sums = np.where(labelled, points, 0).sum(axis=0)
    counts = labelled.sum(axis=0)
    with np.errstate(invalid="ignore"):  # 0 / 0 is the NaN that is asked for
        return sums / counts


# What is said where a case fails.
ONE_EACH = "Joint 0 lies at 10 and 30 along x: 20 on average. One mean for each joint."
SECOND_ONLY = "Joint 1 is labelled on the second person only: that is its mean."
OCCLUDED = "`visible` 1 is labelled: it counts."
DIVIDE = "Divide each joint's sum by how many people have *this* joint labelled."
NAN = "Keep NaN out of the sum: `np.where`."
NOTHING = "Nothing to average: NaN for this joint."


def _cases(rng):
    points = rng.uniform(0, 64, (6, 14, 2))
    visible = rng.integers(0, 3, (6, 14))
    visible[0] = 2
    two = np.array([[[10.0, 20.0], [1.0, 2.0]], [[30.0, 50.0], [3.0, 4.0]]])
    lost, never = points.copy(), visible.copy()
    lost[visible == 0] = np.nan
    never[:, 4] = 0
    yield Case("two people, everything labelled", (two, np.full((2, 2), 2)), ONE_EACH)
    yield Case("one label missing", (two, np.array([[2, 0], [2, 2]])), SECOND_ONLY)
    yield Case("an occluded joint", (two, np.array([[1, 2], [2, 1]])), OCCLUDED)
    yield Case("six people, junk at unlabelled joints", (points, visible), DIVIDE)
    yield Case("NaN at unlabelled joints", (lost, visible), NAN)
    yield Case("a joint that nobody has", (points, never), NOTHING)


EXERCISE = Exercise(
    mean_pose,
    "Build the best predictor that never looks at the image: the mean pose.",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda p, v: p.mean(axis=0),
            "You average over everybody, so junk at unlabelled joints counts.",
        ),
        CommonMistake(
            lambda p, v: np.where((v > 0)[..., None], p, 0).mean(axis=0),
            "You add 0 for a missing label and divide by everybody: divide by how many have "
            "this joint.",
        ),
        CommonMistake(
            lambda p, v: mean_pose(p, v == 2),
            "You leave occluded joints out: `visible` 1 is labelled.",
        ),
        CommonMistake(
            lambda p, v: p[(v > 0).all(axis=1)].mean(axis=0),
            "You use complete people only: in real data few are, so take each joint by itself.",
        ),
        CommonMistake(
            lambda p, v: mean_pose(p, v).mean(axis=0),
            "This is one point for the whole body: one mean for each joint, (joints, 2).",
        ),
        CommonMistake(
            lambda p, v: np.nan_to_num(mean_pose(p, v)),
            "A joint without any label has no mean: NaN, not the image's corner.",
        ),
    ),
    hints=(
        "For each joint: the sum of its labelled places, divided by how many there are.",
        "`labelled = (visible > 0)[..., None]` can be set against `points`: its last axis is 1.",
        "`np.where(labelled, points, 0).sum(axis=0) / labelled.sum(axis=0)`.",
    ),
    explanation="Of all predictors that do not look at the image the mean pose has the least "
    "squared error: that is what a mean is. A network that does not beat it has learnt nothing "
    "about images, however far its loss has fallen: the first thing any network learns is "
    "just this.",
)
