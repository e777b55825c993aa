"""Draw the map of each joint: a Gaussian bump on the pixel grid."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def encode(points, visible, size, stride, sigma):
    """(joints, h, w): each joint as a bump of height 1; zeros for one that is not labelled.

    points: (joints, 2) pixels x, y. visible: (joints,), 0 is unlabelled. size: (height, width)
    of the image in pixels. stride: pixels a cell. sigma: the bump's width, in cells.
    """
    height, width = size[0] // stride, size[1] // stride
    y, x = np.mgrid[:height, :width]
    maps = np.zeros((len(points), height, width))
    for k in np.flatnonzero(visible > 0):
        cx, cy = (points[k] + 0.5) / stride - 0.5
        maps[k] = np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * sigma**2))
    return maps


# What is said where a case fails.
CELL = "The pixel 13.5 is cell 3 of stride 4, and 21.5 is cell 5: there the map is 1."
BETWEEN = "Where the joint is between two cells, no cell reaches 1."
ORDER = "`size` is (height, width), a map is (rows, columns), a point is (x, y)."
WHOLE = "A map has `size // stride` cells: what is left at the end is no cell."
IN_CELLS = "`sigma` counts cells, whatever the stride."
OCCLUDED = "`visible` 1 is labelled: it has a bump."
UNLABELLED = "A joint without a label has a map of zeros, whatever its coordinates say."
NAN = "NaN times 0 is NaN: skip the unlabelled joint before any arithmetic."
OUTSIDE = "What of the bump reaches into the image is drawn."
EMPTY = "No joints, no maps: shape (0, 8, 8)."


def _cases(rng):
    points, seen = rng.uniform(0, 32, (5, 2)), np.array([2, 1, 2, 0, 2])
    lost = points.copy()
    lost[3] = np.nan
    one, full, size = np.array([[13.5, 21.5]]), np.array([2]), (32, 32)
    between, outside = one + [1.0, 2.0], np.array([[-3.0, 10.0]])
    yield Case("a joint in the middle of a cell", (one, full, size, 4, 1.5), CELL)
    yield Case("a joint between the cells", (between, full, size, 4, 1.5), BETWEEN)
    yield Case("an image that is wider than high", (one, full, (32, 48), 4, 1.5), ORDER)
    yield Case("sides that are no multiples of the stride", (one, full, (35, 46), 4, 1.5), WHOLE)
    yield Case("stride 2, and a narrow bump", (one, full, size, 2, 0.7), IN_CELLS)
    yield Case("an occluded joint", (one, np.array([1]), size, 4, 1.5), OCCLUDED)
    yield Case("five joints, one of them unlabelled", (points, seen, size, 4, 2.0), UNLABELLED)
    yield Case("the same, with NaN for the unlabelled one", (lost, seen, size, 4, 2.0), NAN)
    yield Case("a joint a little outside the image", (outside, full, size, 4, 1.5), OUTSIDE)
    yield Case("no joints", (np.zeros((0, 2)), np.zeros(0, int), size, 4, 1.5), EMPTY)


def _encode(points, visible, size, stride, sigma, cells=None):
    """The reference with another way from pixels to cells, as the common mistakes need it."""
    cells = cells or (lambda p: (p + 0.5) / stride - 0.5)
    return encode(cells(points), visible, (size[0] // stride, size[1] // stride), 1, sigma)


EXERCISE = Exercise(
    encode,
    "Draw the map of each joint: a Gaussian bump on the pixel grid.",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda p, v, z, s, g: _encode(p, v, z, s, g, lambda q: q / s),
            "You are up to half a cell off: cell i sits at pixel (i + 0.5) * stride - 0.5, so a "
            "pixel is at cell (x + 0.5) / stride - 0.5.",
        ),
        CommonMistake(
            lambda p, v, z, s, g: _encode(
                p, v, z, s, g, lambda q: np.floor((q + 0.5) / s - 0.5 + 0.5)
            ),
            "You put the bump on the nearest cell, so that the place between the cells is lost: "
            "leave the centre unrounded.",
        ),
        CommonMistake(
            lambda p, v, z, s, g: _encode(p, v, z, s, g, lambda q: q // s),
            "You divide without a remainder, so that the place within the cell is lost.",
        ),
        CommonMistake(
            lambda p, v, z, s, g: encode(p[:, ::-1], v, z, s, g),
            "You exchange x and y: a point is (x, y), a map is indexed [row, column] = [y, x].",
        ),
        CommonMistake(
            lambda p, v, z, s, g: encode(p, v, z[::-1], s, g),
            "You exchange height and width: `size` is (height, width).",
        ),
        CommonMistake(
            lambda p, v, z, s, g: encode(p, v, z, s, g / np.sqrt(2)),
            "You divide by sigma squared: a Gaussian divides by 2 sigma squared.",
        ),
        CommonMistake(
            lambda p, v, z, s, g: encode(p, v, z, s, g / s),
            "You measure sigma in pixels: it counts cells.",
        ),
        CommonMistake(
            lambda p, v, z, s, g: encode(p, v, z, s, g) / (2 * np.pi * g**2),
            "You made the bump's sum 1: here its height is 1.",
        ),
        CommonMistake(
            lambda p, v, z, s, g: encode(p, v == 2, z, s, g),
            "You leave the occluded joint out: `visible` 1 is labelled.",
        ),
        CommonMistake(
            lambda p, v, z, s, g: encode(p, np.ones_like(v), z, s, g),
            "You draw a bump for a joint that nobody has labelled: its map is all zeros.",
        ),
    ),
    hints=(
        "First bring the joint from pixels to cells: `(x + 0.5) / stride - 0.5`.",
        "`y, x = np.mgrid[:h, :w]` are two (h, w) arrays: the row and the column of each cell.",
        "`np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * sigma**2))` is one map.",
    ),
    explanation="The centre is *not* rounded: the values of the cells around it tell where "
    "between them the joint is, and exercise 2 reads it off again. posekit's encoder has no "
    "loop and no two-dimensional exponential: exp(-(dx² + dy²)) is exp(-dx²) times exp(-dy²), "
    "so h + w exponentials make a map of h · w cells.",
)
