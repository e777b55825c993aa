"""Turn MediaPipe's fractions of the image into pixels of our grid."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise
from .sizes import VGA


def to_pixels(points, size):
    """Pixels of our grid from MediaPipe's fractions of the image.

    points: (..., 2) x and y, from 0 to 1 between the image's edges. size: (height, width).
    """
    height, width = size
    return np.asarray(points) * [width, height] - 0.5


# What is said where a case fails.
EDGES = "The first pixel's centre is at 0, so the edges are at -0.5 and width - 0.5."
ORDER = "`size` is (height, width), and x comes first in `points`."
LAST_AXIS = "Index the last axis, `points[..., 0]`: any number of axes may stand before it."
WHOLE_NUMBERS = "An array made by `zeros_like(points)` or `points.copy()` stays whole numbers."
OUTSIDE = "MediaPipe guesses joints outside the image too: leave them there."
EMPTY = "Arithmetic on whole arrays works on empty ones too."


def _cases(rng):
    people = rng.uniform(0.1, 0.9, (3, 33, 2)).astype(np.float32)
    lost = people.copy()
    lost[1, 4:9] = np.nan
    yield Case("a point, and a corner", (np.array([[0.33, 0.75], [1.0, 1.0]]), VGA), EDGES)
    yield Case("one person, portrait", (people[0], (1280, 720)), ORDER)
    yield Case("three people", (people, VGA), LAST_AXIS)
    yield Case("a single point", (np.array([0.25, 0.75]), VGA), LAST_AXIS)
    yield Case("a corner given as whole numbers", (np.array([[1, 0]]), VGA), WHOLE_NUMBERS)
    yield Case("a hand outside the image", (np.array([[-0.2, 1.3]]), VGA), OUTSIDE)
    yield Case("missing joints", (lost, VGA), "A missing joint is NaN, and stays NaN.")
    yield Case("nobody in the image", (np.zeros((0, 33, 2)), VGA), EMPTY)


EXERCISE = Exercise(
    to_pixels,
    "Turn MediaPipe's fractions of the image into pixels of our grid.",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda p, s: np.asarray(p) * [s[1], s[0]],
            "You are half a pixel off: this measures from the image's edge, and our zero is "
            "the centre of the first pixel, half a pixel further in.",
        ),
        CommonMistake(
            lambda p, s: np.asarray(p) * [s[0], s[1]] - 0.5,
            "Height and width are swapped: `size` is (height, width), as `image.shape` has it, "
            "but points are (x, y), and x runs along the width.",
        ),
        CommonMistake(
            lambda p, s: to_pixels(p, s)[..., ::-1],
            "You return (y, x): keep the points' order, (x, y).",
        ),
        CommonMistake(
            lambda p, s: np.asarray(p) * [s[1] - 1, s[0] - 1],
            "You stretch 0 to 1 between the centres of the first and the last pixel, but "
            "MediaPipe's 0 and 1 are the image's edges, half a pixel outside them.",
        ),
        CommonMistake(
            lambda p, s: np.clip(to_pixels(p, s), -0.5, [s[1] - 0.5, s[0] - 0.5]),
            "You move joints back into the image: a wrist outside it is outside it.",
        ),
        CommonMistake(
            lambda p, s: np.round(to_pixels(p, s)),
            "Do not round: as a rule a joint lies between pixel centres.",
        ),
    ),
    hints=(
        "Take x alone, on an image 4 pixels wide. Its pixel centres are at 0, 1, 2, 3. Where "
        "are its left and right edges? Those are what MediaPipe calls 0 and 1.",
        "x in pixels is `x * width - 0.5`: at 0 this is -0.5, at 1 it is width - 0.5.",
        "Both axes at once: multiply the (..., 2) points by the pair (width, height). NumPy "
        "lines the last axes up.",
    ),
    explanation="MediaPipe's 0 and 1 are the edges of the image; our zero is the centre of the "
    "first pixel. So scale by the size, then step back by half a pixel: little on a photograph, "
    "much on a small heatmap. Multiplying by a pair lines up with the last axis, so one point, "
    "one person, a crowd and nobody are the same line.",
)
