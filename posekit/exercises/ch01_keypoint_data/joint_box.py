"""Find the box around a person's labelled joints, whatever stands at the others."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def joint_box(points, visible, padding):
    """(4,) x1, y1, x2, y2: the box around one person's labelled joints, grown about its centre.

    points: (joints, 2), anything at all where unlabelled. visible: (joints,), 0 is unlabelled.
    padding: 1.25 makes it a quarter wider and higher. NaN four times where nothing is labelled.
    """
    labelled = np.asarray(points)[np.asarray(visible) > 0]
    if len(labelled) == 0:
        return np.full(4, np.nan)
    low, high = labelled.min(axis=0), labelled.max(axis=0)
    centre, half = (low + high) / 2, (high - low) / 2 * padding
    return np.concatenate([centre - half, centre + half])


# What is said where a case fails.
EXTREMES = "From the smallest x and y to the largest: x1, y1, x2, y2."
GROWTH = "It grows on all four sides, about its centre, by a factor."
QUARTER = "A quarter wider and a quarter higher."
OCCLUDED = "1 is occluded and labelled: a hidden hand belongs to the person, too."
MASK = "Only joints with `visible` above 0 belong to the person."
NEGATIVE = "A negative coordinate of a labelled joint is a coordinate like any other."
NO_BOX = "No labelled joint, no box: NaN four times. A box of zeros would crop a corner."


def _replaced(points, visible, value):
    """The same points, with something else where they are not labelled."""
    points = points.copy()
    points[visible == 0] = value
    return points


def _cases(rng):
    points, every = rng.uniform(40, 200, (14, 2)), np.full(14, 2)
    corners, three = np.array([[10.0, 20.0], [30.0, 60.0], [12.0, 40.0]]), np.full(3, 2)
    some = np.where(rng.random(14) < 0.3, 0, 2)
    corner, zero, nan = (_replaced(points, some, value) for value in ((0, -40), 0, np.nan))
    occluded = np.where(points[:, 0] >= np.sort(points[:, 0])[-3], 1, 2)
    yield Case("three joints, no padding", (corners, three, 1.0), EXTREMES)
    yield Case("three joints, twice as large", (corners, three, 2.0), GROWTH)
    yield Case("a whole person", (points, every, 1.25), QUARTER)
    yield Case("hidden joints at the edge", (points, occluded, 1.25), OCCLUDED)
    yield Case("unlabelled joints at (0, -40), as in LSP extended", (corner, some, 1.25), MASK)
    yield Case("unlabelled joints at (0, 0), as in COCO", (zero, some, 1.25), MASK)
    yield Case("unlabelled joints that are NaN", (nan, some, 1.25), MASK)
    yield Case("somebody left of the image", (points - [300, 0], every, 1.25), NEGATIVE)
    yield Case("nothing labelled", (points, np.zeros(14, int), 1.25), NO_BOX)
    yield Case("whole numbers", (points.astype(int), every, 1.1), "Make real numbers of them.")


def _padded(points, visible, grow):
    """The tight box, and four numbers to move its edges by, from its sides."""
    box = joint_box(points, visible, 1.0)
    return box + grow(box[2:] - box[:2])


def _positive(points, visible):
    """The mask of those who throw away what is not positive."""
    return np.where((np.nan_to_num(points) > 0).all(-1), visible, 0)


EXERCISE = Exercise(
    joint_box,
    "Find the box around a person's labelled joints, whatever stands at the others.",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda p, v, f: joint_box(p, np.ones(len(p)), f),
            "You take every joint. The unlabelled ones are junk: a corner outside the image in "
            "LSP extended, (0, 0) in COCO, and the box reaches all the way there.",
        ),
        CommonMistake(
            lambda p, v, f: joint_box(p * (np.asarray(v) > 0)[:, None], np.ones(len(p)), f),
            "You multiply by the mask: that puts unlabelled joints at (0, 0), and the minimum "
            "finds them there. Pick the labelled ones out, `points[visible > 0]`.",
        ),
        CommonMistake(
            lambda p, v, f: joint_box(p, np.asarray(v) == 2, f),
            "You leave hidden joints out: 1 is occluded *and labelled*. The person's hand is "
            "there, behind them, and the crop should show it.",
        ),
        CommonMistake(
            lambda p, v, f: joint_box(p, _positive(p, np.ones(len(p))), f),
            "You go by the sign of the coordinates. Junk can be anywhere, and a labelled joint "
            "can lie left of the image: go by `visible`.",
        ),
        CommonMistake(
            lambda p, v, f: _padded(p, v, lambda side: np.concatenate([0 * side, (f - 1) * side])),
            "The box grows to the right and down alone. Keep its centre where it is: half of the "
            "growth goes to each side.",
        ),
        CommonMistake(
            lambda p, v, f: _padded(
                p, v, lambda side: np.concatenate([(1 - f) * side, (f - 1) * side])
            ),
            "You add the whole growth to each side, so the box grows twice as much: padding is a "
            "factor on width and height.",
        ),
        CommonMistake(
            lambda p, v, f: joint_box(p, v, f)[[1, 0, 3, 2]],
            "You return y before x: the order is x1, y1, x2, y2.",
        ),
        CommonMistake(
            lambda p, v, f: np.concatenate(
                [joint_box(p, v, f)[:2], np.diff(joint_box(p, v, f).reshape(2, 2), axis=0)[0]]
            ),
            "You return width and height: the last two are x2 and y2, the other corner.",
        ),
        CommonMistake(
            lambda p, v, f: np.nan_to_num(joint_box(p, v, f)),
            "Nothing was labelled, and you return a box at (0, 0): say NaN, so that nobody crops "
            "a corner of the image for a person.",
        ),
    ),
    hints=(
        "First choose, then measure: `points[visible > 0]` are the labelled joints.",
        "`.min(axis=0)` gives the smallest x and the smallest y, `.max(axis=0)` the largest.",
        "Centre and half the size: `(low + high) / 2` and `(high - low) / 2 * padding`; the box is "
        "centre minus half, centre plus half. Deal with *nothing labelled* before the minimum.",
    ),
    explanation="One unlabelled joint is enough to pull a box into the corner of the image, and "
    "the crop then shows a small person amid nothing. The mask comes first, and everything after "
    "it is safe. Hidden joints stay in: they are labelled. In posekit this is "
    "`geometry.keypoint_box`, which refuses a person without labels instead of returning NaN.",
)
