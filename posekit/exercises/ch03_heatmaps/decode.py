"""Read a joint off its map, between the cells."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise
from .encode import encode


def decode(heatmap, stride):
    """(x, y) in pixels, between the cells: a parabola through the logarithm, on each axis.

    heatmap: (h, w). stride: pixels a cell. Where the highest cell is at the border, or one of
    its two neighbours is not above 0, that axis is not refined. A map that is the same
    everywhere has no peak: (NaN, NaN).
    """
    if heatmap.max() == heatmap.min():
        return np.array([np.nan, np.nan])
    row, column = np.unravel_index(heatmap.argmax(), heatmap.shape)
    cell = [column, row]
    for axis, line in enumerate([heatmap[row], heatmap[:, column]]):
        i = cell[axis]
        if 0 < i < len(line) - 1 and line[i - 1 : i + 2].min() > 0:
            left, middle, right = np.log(line[i - 1 : i + 2])
            bend = left - 2 * middle + right
            if bend < 0:
                cell[axis] = i + (left - right) / (2 * bend)
    return (np.array(cell) + 0.5) * stride - 0.5


# What is said where a case fails.
CELL = "Cell (row 5, column 3) of stride 4 sits at pixel x = 13.5, y = 21.5."
PARABOLA = "The logarithm of a Gaussian is a parabola: three of its points give its top."
BOTH_AXES = "Do the same for the row through the highest cell and for the column."
HEIGHT = "The height must not matter."
PIXELS = "Cells become pixels last of all."
ORDER = "`np.unravel_index` gives row and column: that is y and x."
BORDER = "There is no neighbour on one side: keep the cell on this axis."
ZERO = "Only what is above 0 has a logarithm: keep the cell where a neighbour is not above 0."
OTHER_AXIS = "The axis that has the 0 keeps its cell; the other one is refined all the same."
FLAT = "A flat map has no peak: (NaN, NaN), and not its first cell."


def _bump(x, y, size=(32, 32), sigma=1.5):
    return encode(np.array([[x, y]]), np.array([2]), size, 4, sigma)[0]


def _dot():
    """One cell, and around it nothing."""
    heatmap = np.zeros((8, 8))
    heatmap[3, 5] = 0.8
    return heatmap


def _beside_a_zero(above=0.0):
    """A peak with neighbours above 0 on three sides."""
    heatmap = np.zeros((8, 8))
    heatmap[2, 5], heatmap[3, 4:7], heatmap[4, 5] = above, [0.5, 0.8, 0.3], 0.6
    return heatmap


def _cases(rng):
    bump = _bump(*rng.uniform(8, 24, 2))
    yield Case("a bump in the middle of a cell", (_bump(13.5, 21.5), 4), CELL)
    yield Case("a bump between the cells", (_bump(14.5, 22.5), 4), PARABOLA)
    yield Case("a bump anywhere", (bump, 4), BOTH_AXES)
    yield Case("the same, half as high", (bump / 2, 4), HEIGHT)
    yield Case("the same with stride 8", (bump, 8), PIXELS)
    yield Case("a map that is wider than high", (_bump(35.0, 9.0, (24, 48)), 4), ORDER)
    yield Case("a bump whose top is in the first column", (_bump(1.0, 15.0), 4), BORDER)
    yield Case("a bump whose top is in the last row", (_bump(15.0, 30.8), 4), BORDER)
    yield Case("one single cell", (_dot(), 4), ZERO)
    yield Case("a neighbour that is 0, on one axis only", (_beside_a_zero(), 4), OTHER_AXIS)
    yield Case("a neighbour below 0, on one axis only", (_beside_a_zero(-0.1), 4), ZERO)
    yield Case("the same everywhere", (np.full((8, 8), 0.3), 4), FLAT)


def _decode(heatmap, stride, offset, to_pixel=lambda cell, s: (cell + 0.5) * s - 0.5):
    """A decoder with another step from the highest cell, as the common mistakes need it."""
    row, column = np.unravel_index(heatmap.argmax(), heatmap.shape)
    cell = np.array([column, row], float)
    for axis, line in enumerate([heatmap[row], heatmap[:, column]]):
        i = int(cell[axis])
        if 0 < i < len(line) - 1:
            cell[axis] += offset(*line[i - 1 : i + 2])
    return to_pixel(cell, stride)


def _log_step(left, middle, right):
    return (np.log(left) - np.log(right)) / (2 * np.log(left * right / middle**2))


EXERCISE = Exercise(
    decode,
    "Read a joint off its map, between the cells.",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda m, s: _decode(m, s, lambda a, b, c: 0.0),
            "This is the middle of the highest cell: its neighbours tell where in it the joint is.",
        ),
        CommonMistake(
            lambda m, s: _decode(m, s, lambda a, b, c: 0.25 * np.sign(c - a)),
            "A quarter of a cell towards the higher neighbour is nearer, and still not there: "
            "put a parabola through the three logarithms.",
        ),
        CommonMistake(
            lambda m, s: _decode(m, s, lambda a, b, c: (a - c) / (2 * (a - 2 * b + c))),
            "You put the parabola through the values themselves: it is their *logarithm* that "
            "is a parabola.",
        ),
        CommonMistake(
            lambda m, s: _decode(m, s, lambda a, b, c: -_log_step(a, b, c)),
            "You step the wrong way: towards the higher neighbour.",
        ),
        CommonMistake(
            lambda m, s: _decode(m, s, lambda a, b, c: 2 * _log_step(a, b, c)),
            "Your step is twice too long: the top of the parabola is at (left - right) / "
            "(2 (left - 2 middle + right)).",
        ),
        CommonMistake(
            lambda m, s: decode(m, s)[::-1],
            "You exchange x and y: `np.unravel_index` gives (row, column), which is (y, x).",
        ),
        CommonMistake(
            lambda m, s: (decode(m, s) + 0.5) / s * s - s / 2,
            "You are half a cell off: cell i sits at pixel (i + 0.5) * stride - 0.5, not at "
            "i * stride.",
        ),
        CommonMistake(
            lambda m, s: (decode(m, s) + 0.5) / s - 0.5,
            "These are cells: bring them to pixels with `(cell + 0.5) * stride - 0.5`.",
        ),
        CommonMistake(
            lambda m, s: (decode(m, 4) + 0.5) / 4 * 4 - 0.5,
            "You use a stride of 4 whatever `stride` is.",
        ),
        CommonMistake(
            lambda m, s: np.nan_to_num(decode(m, s), nan=0.5 * s - 0.5),
            "A flat map has no peak: (NaN, NaN), not its first cell.",
        ),
    ),
    hints=(
        "`row, column = np.unravel_index(heatmap.argmax(), heatmap.shape)` is the highest cell. "
        "Then take the row through it and the column through it, each as a line of numbers.",
        "With the logarithms a, b, c of left, middle and right the parabola's top is at "
        "`(a - c) / (2 * (a - 2 * b + c))` from the middle.",
        "Refine an axis only if both neighbours exist and all three values are above 0; at the "
        "very end `(cell + 0.5) * stride - 0.5`.",
    ),
    explanation="For a clean Gaussian this is exact, from three numbers an axis. DARK is the same "
    "idea with a blur before it, because a network's maps are not clean; posekit's `fit` uses "
    "all 7 × 7 cells around the peak at once, and so averages the noise away without a blur.",
)
