"""Score a pair of joints by the field that lies between them."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import map_coordinates

from ..core import Case, CommonMistake, Exercise


def line_integral(field, start, end, samples):
    """How well the field points from start to end: the mean of its part in that direction.

    field: (2, h, w), x and y of the vectors. start, end: (2,) x and y in cells. samples: how many
    points to read, evenly spaced, the first at start and the last at end, each in the nearest
    cell. A point outside the map reads the nearest cell of the map. 0 where start is end.
    """
    length = np.hypot(*(end - start))
    if length == 0:
        return 0.0
    unit = (end - start) / length
    points = start + np.linspace(0, 1, samples)[:, None] * (end - start)  # (samples, 2)
    x, y = np.round(points).astype(int).T
    x, y = np.clip(x, 0, field.shape[2] - 1), np.clip(y, 0, field.shape[1] - 1)
    return float((field[0, y, x] * unit[0] + field[1, y, x] * unit[1]).mean())


# What is said where a case fails.
AGREES = (
    "Every vector is (1, 0), and the direction from start to end is (1, 0): each product is 1, and "
    "so is their mean."
)
ACROSS = "A field across the pair says nothing for it: the dot product of (1, 0) and (0, 1) is 0."
AGAINST = "A field against the pair speaks against it: the result is -1."
SLOPE = (
    "The field's x is a tenth of the column. The samples at x = 2.7, 3.45, ..., 8.7 are in the "
    "columns 3, 3, 4, 5, 6, 6, 7, 8 and 9, so the mean is 0.567."
)
ORDER = (
    "Round each point to the nearest cell. A point is (x, y), and a map is indexed [row, column], "
    "which is `field[:, y, x]`."
)
FEW = "With 2 samples the field is read at start and at end."
BORDER = (
    "A point beyond the border reads the nearest cell of the map, `np.clip(x, 0, w - 1)`: the "
    "index -1 would be the last column."
)
POINT = "Where start is end there is no direction, and 0 / 0 is NaN: return 0."


def _cases(rng):
    shape, step = (12, 20), np.array([5.6, -4.7])
    right = np.stack([np.ones((12, 16)), np.zeros((12, 16))])
    left_end, right_end, low_end = np.array([2.0, 3.0]), np.array([8.0, 3.0]), np.array([2.0, 9.0])
    slope = np.stack([np.tile(np.arange(16) / 10, (12, 1)), np.zeros((12, 16))])
    level = (np.array([2.7, 3.2]), np.array([8.7, 3.2]))
    noise, middle = rng.normal(0, 1, (2, *shape)), np.array([9.2, 6.1])
    yield Case("a field along the pair", (right, left_end, right_end, 10), AGREES)
    yield Case("a field across the pair", (right, left_end, low_end, 10), ACROSS)
    yield Case("a field against the pair", (right, right_end, left_end, 10), AGAINST)
    yield Case("a field that grows to the right", (slope, *level, 9), SLOPE)
    yield Case("any field", (noise, middle, middle + step, 8), ORDER)
    yield Case("the same, read at two points", (noise, middle, middle + step, 2), FEW)
    yield Case("a start left of the map", (noise, np.array([-1.8, 2.2]), middle, 8), BORDER)
    yield Case("an end below the map", (noise, middle, np.array([10.3, 13.4]), 8), BORDER)
    yield Case("start and end at one place", (noise, middle, middle.copy(), 8), POINT)


def _vectors(field, start, end, samples, cell=np.round, way=np.linspace):
    """(2, samples) the vectors that are read, and the direction that is looked for."""
    points = start + way(0, 1, samples)[:, None] * (end - start)
    x, y = cell(points).astype(int).T
    x, y = np.clip(x, 0, field.shape[2] - 1), np.clip(y, 0, field.shape[1] - 1)
    return field[:, y, x], (end - start) / np.hypot(*(end - start))


def _line_integral(field, start, end, samples, score=lambda dots: dots.mean(), **reading):
    """The reference with another reading of the field, or another end."""
    vectors, unit = _vectors(field, start, end, samples, **reading)
    return float(score(unit @ vectors))


def _norm(field, start, end, samples):
    return float(np.linalg.norm(_vectors(field, start, end, samples)[0], axis=0).mean())


def _ends_only(field, start, end, samples):
    return line_integral(field, start, end, 2)


def _between_cells(field, start, end, samples):
    x, y = np.linspace(start, end, samples).T
    read = [map_coordinates(part, [y, x], order=1, mode="nearest") for part in field]
    return float((((end - start) / np.hypot(*(end - start))) @ np.array(read)).mean())


def _wrapped(field, start, end, samples):
    """The index -1 is the last column, and is taken for one."""
    _, height, width = field.shape
    points = start + np.linspace(0, 1, samples)[:, None] * (end - start)
    x, y = np.round(points).astype(int).T
    unit = (end - start) / np.hypot(*(end - start))
    return float((unit @ field[:, y % height, x % width]).mean())


EXERCISE = Exercise(
    line_integral,
    "Score a pair of joints by the field that lies between them.",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda f, s, e, n: line_integral(f, s, e, n) * np.hypot(*(e - s)),
            "You multiply by end - start itself, so that long pairs score more: divide that by "
            "its length.",
        ),
        CommonMistake(
            lambda f, s, e, n: line_integral(f, s, e, n) * n,
            "This is the sum over the samples: take their mean.",
        ),
        CommonMistake(
            lambda f, s, e, n: line_integral(f[::-1], s, e, n),
            "You exchange the two components: `field[0]` is x, `field[1]` is y.",
        ),
        CommonMistake(
            _norm,
            "This is the length of the vectors, whatever their direction: take their dot product "
            "with the unit vector from start to end.",
        ),
        CommonMistake(
            lambda f, s, e, n: _line_integral(f, s, e, n, lambda dots: np.abs(dots).mean()),
            "You take absolute values: a field that points the other way must lower the score.",
        ),
        CommonMistake(
            lambda f, s, e, n: max(line_integral(f, s, e, n), 0.0),
            "You set negative results to 0: here they are returned as they are.",
        ),
        CommonMistake(
            _ends_only,
            "You read the field at the two joints only, where every limb of that kind has a field: "
            "what counts is what lies between them.",
        ),
        CommonMistake(
            lambda f, s, e, n: _line_integral(f, s, e, n, cell=np.floor),
            "You cut the decimals off: `astype(int)` does not round, `np.round` before it does.",
        ),
        CommonMistake(
            lambda f, s, e, n: _line_integral(
                f, s, e, n, way=lambda a, b, count: np.arange(count) / count
            ),
            "Your last sample is before the end: `np.linspace(0, 1, samples)` has both ends.",
        ),
        CommonMistake(
            lambda f, s, e, n: _line_integral(
                f, s, e, n, way=lambda a, b, count: (np.arange(count) + 0.5) / count
            ),
            "Your samples begin after the start and stop before the end: `np.linspace(0, 1, "
            "samples)` has both.",
        ),
        CommonMistake(
            lambda f, s, e, n: line_integral(f.transpose(0, 2, 1), s, e, n),
            "You read `field[:, x, y]`: a map is indexed [row, column], which is [y, x].",
        ),
        CommonMistake(
            _between_cells,
            "You mix the values between the cells: here each point reads the one nearest cell.",
        ),
        CommonMistake(_wrapped, BORDER),
        CommonMistake(_line_integral, POINT),
    ),
    hints=(
        "Three steps: the points between start and end, the vectors of the field there, and the "
        "mean of their dot products with the unit vector from start to end.",
        "`points = start + np.linspace(0, 1, samples)[:, None] * (end - start)` has shape "
        "(samples, 2). Round it, make it whole numbers, and keep x from 0 to w - 1 and y from 0 "
        "to h - 1 with `np.clip`.",
        "`field[0, y, x] * unit[0] + field[1, y, x] * unit[1]` are the dot products of all "
        "samples. Return 0.0 before all that where start is end.",
    ),
    explanation="The paper writes an integral over the way from the one joint to the other, and "
    "computes it as this mean. A wrong pair is found out between the joints: at each of its ends "
    "there is a limb, but of two different people, and on the way there is none. posekit asks in "
    "addition that 8 of 10 samples agree, since one strong vector can lift a mean.",
)
