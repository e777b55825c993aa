"""Count each person's landmarks that are visible and inside the image."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise
from .sizes import VGA


def count_seen(keypoints, visibility, size, threshold):
    """How many landmarks of each person are visible and in the image.

    keypoints: (people, joints, 2) pixels, NaN where missing. visibility: (people, joints),
    0 to 1. size: (height, width). Returns (people,) whole numbers.
    """
    height, width = size
    x, y = keypoints[..., 0], keypoints[..., 1]
    inside = (x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5)
    return (inside & (visibility >= threshold)).sum(axis=-1)


# What is said where a case fails.
ALL = "Every landmark counts here: 33 for each person."
COMPARE = "Compare each landmark's visibility with the threshold, then count."
BOTH = "A landmark can be rated visible and lie outside the image: ask for both."
ORDER = "`size` is (height, width): x runs to the width, y to the height."
EQUAL = "At the threshold counts as visible."
EDGES = "The image reaches half a pixel beyond the outermost centres."
ON_IT = "What lies exactly on the edge, half a pixel beyond an outermost centre, is still inside."
NAN = "Any comparison with NaN is False: ask whether it is inside, not outside."
NOBODY = "No people, no counts: an array of shape (0,)."


def _outside(points):
    """The same people, the legs of the first below the image, the arms of the second left."""
    points = points.copy()
    points[0, 23:, 1] += 480
    points[1, 11:23, 0] -= 480
    return points


def _cases(rng):
    inside = rng.uniform(10, 470, (2, 33, 2)).astype(np.float32)
    sure, half = np.ones((2, 33), np.float32), np.full((2, 33), 0.5, np.float32)
    mixed = rng.uniform(0, 1, (2, 33)).astype(np.float32)
    tall = (rng.uniform(0, 1, (2, 33, 2)) * [720, 1280]).astype(np.float32)
    edge = np.array([[[-0.4, 5], [639.4, 5], [-0.6, 5], [639.6, 5], [5, 479.4], [5, 479.6]]])
    on_it = np.array([[[-0.5, 5], [639.5, 5], [5, -0.5], [5, 479.5]]])
    lost = inside.copy()
    lost[1, :20] = np.nan
    yield Case("everything visible, in the image", (inside, sure, VGA, 0.5), ALL)
    yield Case("some landmarks hidden", (inside, mixed, VGA, 0.5), COMPARE)
    outside = _outside(inside)
    yield Case("legs below the image, arms left of it", (outside, mixed, VGA, 0.5), BOTH)
    yield Case("a portrait video", (tall, sure, (1280, 720), 0.5), ORDER)
    yield Case("a stricter threshold", (inside, mixed, VGA, 0.8), "Use `threshold`.")
    yield Case("visibility equal to the threshold", (inside, half, VGA, 0.5), EQUAL)
    yield Case("landmarks close to the edge", (edge, np.ones((1, 6)), VGA, 0.5), EDGES)
    yield Case("landmarks exactly on the edge", (on_it, np.ones((1, 4)), VGA, 0.5), ON_IT)
    yield Case("missing landmarks", (lost, sure, VGA, 0.5), NAN)
    yield Case("nobody in the image", (inside[:0], sure[:0], VGA, 0.5), NOBODY)


def _seen(k, v, s, t, margin=0.5):
    """The reference with its parts exchangeable, for the mistakes below."""
    return ((k >= -margin) & (k <= np.array([s[1], s[0]]) - margin)).all(-1) & (v >= t)


EXERCISE = Exercise(
    count_seen,
    "Count each person's landmarks that are visible and inside the image.",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda k, v, s, t: (v >= t).sum(-1),
            "You count landmarks outside the image: BlazePose guesses those too, with a "
            "visibility of their own. Look at the coordinates as well.",
        ),
        CommonMistake(
            lambda k, v, s, t: _seen(k, v, s, 0).sum(-1),
            "You do not look at the visibility: BlazePose always gives all 33 places, also of "
            "what it cannot see.",
        ),
        CommonMistake(
            lambda k, v, s, t: _seen(k, v, s, t).sum(),
            "You count over all people together: sum over the last axis alone, `axis=-1`.",
        ),
        CommonMistake(
            lambda k, v, s, t: _seen(k, v, s[::-1], t).sum(-1),
            "Height and width are swapped: x runs to the width, and `size` is (height, width).",
        ),
        CommonMistake(
            lambda k, v, s, t: _seen(k, v, s, 0.5).sum(-1),
            "You compare with 0.5, whatever the threshold is.",
        ),
        CommonMistake(
            lambda k, v, s, t: (_seen(k, v, s, t) & (v > t)).sum(-1),
            "Visibility equal to the threshold counts: `>=`, not `>`.",
        ),
        CommonMistake(
            lambda k, v, s, t: _seen(k, v, s, t, margin=0).sum(-1),
            "You let the image reach from 0 to its width; on our grid 0 is the centre of the "
            "first pixel, and the edges are at -0.5 and width - 0.5.",
        ),
    ),
    hints=(
        "Make two arrays of True and False of shape (people, joints): inside the image, and "
        "visible enough. Combine them with `&` and count the True ones.",
        "Inside, along x: `(x >= -0.5) & (x <= width - 0.5)`, with `x = keypoints[..., 0]`.",
        "Counting is `.sum(axis=-1)`: it leaves one number a person, and none where nobody is.",
    ),
    explanation="BlazePose always answers with 33 places. Its visibility tells how sure it is "
    "that a place can be seen, and the coordinates tell whether it is in the image at all: "
    "ask both before trusting a place. Asking *inside?* rather than *outside?* deals with NaN "
    "by itself, because every comparison with NaN is False.",
)
