"""Find every joint of one map: several peaks, each between the cells (hard)."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise
from .encode import encode


def find_joints(heatmap, stride, share, radius):
    """(n, 3): x and y in pixels, and the height, of the peaks of one map, the highest first.

    heatmap: (h, w). stride: pixels a cell. A peak is a cell that is above 0, at least ``share``
    times as high as the highest cell, and not lower than any of its eight neighbours; within
    ``radius`` cells of a higher peak it is left out.
    """
    padded = np.pad(heatmap, 1, constant_values=-np.inf)
    blocks = np.lib.stride_tricks.sliding_window_view(padded, (3, 3))  # (h, w, 3, 3)
    top = (heatmap == blocks.max((2, 3))) & (heatmap > 0) & (heatmap >= share * heatmap.max())
    top &= heatmap.max() > heatmap.min()
    kept = []
    for cell in np.argwhere(top)[np.argsort(-heatmap[top], kind="stable")]:
        if all(np.hypot(*(cell - other)) > radius for other in kept):
            kept.append(cell)
    found = np.zeros((len(kept), 3))
    for line, (row, column) in zip(found, kept):
        line[:] = column, row, heatmap[row, column]
        block = blocks[row, column]
        for axis, near in enumerate((block[1], block[:, 1])):
            if near.min() > 0:
                left, middle, right = np.log(near)
                bend = left - 2 * middle + right
                line[axis] += (left - right) / (2 * bend) if bend < 0 else 0
    found[:, :2] = (found[:, :2] + 0.5) * stride - 0.5
    return found


# What is said where a case fails.
ONE = "One bump, one joint: its place as in exercise 2, and the height of its highest cell."
ORDER = "The highest comes first."
RELATIVE = "`share` is a share of the highest cell of *this* map, whatever its height."
JUST = "At least `share` times as high: a peak that is just that high is kept."
LOW = "A peak that is lower than `share` times the highest cell is left out."
FLANK = "The cells on the flank of a bump are high, and no peaks: each has a higher neighbour."
DIAGONAL = "A cell has eight neighbours: four of them touch it at a corner."
RADIUS = "Go down the peaks from the highest: what is within `radius` of one kept is left out."
CHAIN = "Only a peak that was *kept* keeps others out. The middle one was not, so the third stays."
EXACT = "`radius` cells away is still within the radius: the middle one is left out."
ROUND = "The distance between two cells is Euclidean: 3 along x and 3 along y are 4.24 cells."
TIE = "A joint midway between two cells gives two equal cells, and is one joint."
BORDER = "A peak at the border is a peak: what is beyond the border is lower than anything."
FLAT = "A map that is the same everywhere has no peak: shape (0, 3)."
ZEROS = "A cell of 0 among cells of 0 is not lower than its neighbours, and still no peak."


def _scene(points, heights, size=(80, 96), sigma=1.2):
    """One map with a bump of some height at each of the points (pixels, stride 4)."""
    bumps = encode(np.array(points, float), np.ones(len(points)), size, 4, sigma)
    return (bumps * np.array(heights)[:, None, None]).max(0)


def _cells(*cells, size=(12, 14)):
    """A map of zeros with (row, column, height) cells."""
    heatmap = np.zeros(size)
    for row, column, height in cells:
        heatmap[row, column] = height
    return heatmap


def _cases(rng):
    far = [(20.4, 15.2), (70.1, 22.6), (41.7, 63.3)]
    three = _scene(far, [0.6, 1.0, 0.8])
    near = _cells((5, 2, 0.9), (5, 4, 0.8), (5, 9, 0.7))
    chain = _cells((5, 2, 0.9), (5, 5, 0.8), (5, 8, 0.7))
    corner = _cells((2, 2, 0.9), (5, 5, 0.8))
    twins = _cells((3, 3, 0.9), (8, 10, 0.9))
    touching = _cells((4, 4, 0.9), (5, 5, 0.8))
    noisy = three + 0.02 * rng.random(three.shape)
    yield Case("one bump", (_scene(far[:1], [0.8]), 4, 0.5, 2), ONE)
    yield Case("three bumps of different heights", (three, 4, 0.3, 2), ORDER)
    yield Case("the same, all a tenth as high", (three / 10, 4, 0.3, 2), RELATIVE)
    yield Case("the same, a share of 0.7", (three, 4, 0.7, 2), LOW)
    yield Case(
        "one wide bump, and a radius of 0", (_scene(far[:1], [1], sigma=4), 4, 0.1, 0), FLANK
    )
    yield Case("two cells that touch at a corner", (touching, 4, 0.5, 0), DIAGONAL)
    yield Case("two peaks nearer than the radius to the highest", (near, 4, 0.5, 8), RADIUS)
    yield Case("three peaks in a row", (chain, 4, 0.5, 4), CHAIN)
    yield Case("the same, the radius just as far", (chain, 4, 0.5, 3), EXACT)
    yield Case("two peaks, 3 cells apart along x and along y", (corner, 4, 0.5, 4), ROUND)
    yield Case("two equal peaks, and a share of 1", (twins, 4, 1.0, 2), JUST)
    yield Case("a joint midway between two cells", (_scene([(39.5, 41.5)], [1]), 4, 0.5, 2), TIE)
    yield Case("a peak in the last column", (_scene([(95, 30)], [1]), 4, 0.5, 2), BORDER)
    yield Case("three bumps, and a little noise", (noisy, 8, 0.4, 3), LOW)
    yield Case("a share of 0, and many cells of 0", (chain, 4, 0.0, 2), ZEROS)
    yield Case("the same everywhere", (np.full((8, 8), 0.3), 4, 0.5, 2), FLAT)


CROSS = ((-1, 0), (1, 0), (0, -1), (0, 1))
RING = (*CROSS, (-1, -1), (-1, 1), (1, -1), (1, 1))


def _tops(heatmap, least, around=RING, beats=np.greater_equal):
    """(n, 2) row and column of the peaks before any is left out, the highest first."""
    high, (h, w) = np.pad(heatmap, 1, constant_values=-np.inf), heatmap.shape
    top = (heatmap >= least) & (heatmap > 0)
    for down, right in around:
        top &= beats(heatmap, high[1 + down : 1 + down + h, 1 + right : 1 + right + w])
    return np.argwhere(top)[np.argsort(-heatmap[top], kind="stable")]


def _apart(cells, radius, distance=lambda d: np.hypot(*d)):
    """Those that are further than the radius from all that were kept before them."""
    kept = []
    for cell in cells:
        if all(distance(cell - other) > radius for other in kept):
            kept.append(cell)
    return kept


def _alone(cells, radius):
    """Those that are further than the radius from all before them, kept or not."""
    near = [
        [np.hypot(*(cell - other)) <= radius for other in cells[:n]] for n, cell in enumerate(cells)
    ]
    return [cell for cell, others in zip(cells, near) if not any(others)]


def _not_at_the_border(cells, shape):
    return [cell for cell in cells if (cell > 0).all() and (cell < np.array(shape) - 1).all()]


def _sorted(found):
    """The peaks in the order of the cells: by y, then by x."""
    return found[np.lexsort((found[:, 0], np.round(found[:, 1])))]


def _step(line, i):
    """From cell i to the top of the parabola through the logarithms of three cells."""
    near = line[max(i - 1, 0) : i + 2]
    if len(near) < 3 or near.min() <= 0:
        return 0
    left, middle, right = np.log(near)
    return (left - right) / min(2 * (left - 2 * middle + right), -1e-9)


def _read(heatmap, stride, cells, step=_step):
    """(n, 3): what is read at these cells."""
    rows = [(c + step(heatmap[r], c), r + step(heatmap[:, c], r), heatmap[r, c]) for r, c in cells]
    return (np.reshape(rows, (-1, 3)) + [0.5, 0.5, 0]) * [stride, stride, 1] - [0.5, 0.5, 0]


def _answer(m, s, share, radius, *, step=_step, apart=_apart, **look):
    """The reference from parts that can be exchanged, as the common mistakes need it."""
    tops = _tops(m, **{"least": share * m.max(), **look})
    return _read(m, s, apart(tops, radius) if np.ptp(m) else [], step)


EXERCISE = Exercise(
    find_joints,
    "Find every joint of one map: several peaks, each between the cells (hard).",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda m, s, q, r: find_joints(m, s, q, r)[:1],
            "You return the highest peak alone: go on to the next one, down to the threshold.",
        ),
        CommonMistake(
            lambda m, s, q, r: _answer(m, s, q, r, step=lambda line, i: 0),
            "These are the middles of the cells: refine each peak as in exercise 2.",
        ),
        CommonMistake(
            lambda m, s, q, r: find_joints(m, s, q, r)[:, [1, 0, 2]],
            "You exchange x and y: `np.argwhere` gives (row, column), which is (y, x).",
        ),
        CommonMistake(
            lambda m, s, q, r: (
                (find_joints(m, s, q, r) + [0.5, 0.5, 0]) / [s, s, 1] - [0.5, 0.5, 0]
            ),
            "These are cells: bring x and y to pixels with `(cell + 0.5) * stride - 0.5`.",
        ),
        CommonMistake(
            lambda m, s, q, r: find_joints(m, s, q, r)[::-1],
            "Your lowest peak comes first: sort by height, the highest first.",
        ),
        CommonMistake(
            lambda m, s, q, r: _sorted(find_joints(m, s, q, r)),
            "Your peaks come in the order in which they stand in the map: sort them by height.",
        ),
        CommonMistake(
            lambda m, s, q, r: _answer(m, s, q, r, least=q),
            "You compare with `share` itself: the threshold is `share * heatmap.max()`.",
        ),
        CommonMistake(
            lambda m, s, q, r: _answer(m, s, q, r, around=()),
            "You take every cell above the threshold for a peak: a peak is not lower than any "
            "of its eight neighbours.",
        ),
        CommonMistake(
            lambda m, s, q, r: _answer(m, s, q, r, around=CROSS),
            "You look at four neighbours: a cell has eight, four of them touch it at a corner.",
        ),
        CommonMistake(
            lambda m, s, q, r: _answer(m, s, q, 0),
            "You keep every peak, however near it is to a higher one: use `radius`.",
        ),
        CommonMistake(
            lambda m, s, q, r: _answer(m, s, q, r / s),
            "You measure `radius` in pixels: it counts cells.",
        ),
        CommonMistake(
            lambda m, s, q, r: _answer(m, s, q, r, apart=_alone),
            "You let a peak that was left out keep another one out: compare with the peaks that "
            "you have kept.",
        ),
        CommonMistake(
            lambda m, s, q, r: _answer(
                m, s, q, r, apart=lambda cells, r: _apart(cells, r, lambda d: abs(d).max())
            ),
            "You take the larger of the two distances along x and along y: the distance of two "
            "cells is `np.hypot` of both.",
        ),
        CommonMistake(
            lambda m, s, q, r: _answer(m, s, q, r, beats=np.greater),
            "You ask a peak to be *higher* than its neighbours: where a joint is midway between "
            "two cells they are equal, and you lose it. Let `radius` remove the second one.",
        ),
        CommonMistake(
            lambda m, s, q, r: _answer(
                m, s, q, r, apart=lambda cells, r: _apart(_not_at_the_border(cells, m.shape), r)
            ),
            "You leave out the peaks at the border: `np.pad` the map with minus infinity, and a "
            "cell at the border has eight neighbours too.",
        ),
        CommonMistake(
            lambda m, s, q, r: _read(m, s, _apart(_tops(m, q * m.max()), r)),
            "A map that is the same everywhere has no peak: return an array of shape (0, 3).",
        ),
    ),
    hints=(
        "Four steps: which cells are peaks, in which order, which of them are kept, and where "
        "between the cells each of them is. Test each step by itself.",
        "Peaks: pad the map by one cell of `-np.inf`; `sliding_window_view(padded, (3, 3))` is "
        "the block around each cell, and a peak is equal to the maximum of its block.",
        "Order and distance: `np.argsort(-heights, kind='stable')`; then go down the list, and "
        "append a cell to `kept` if `np.hypot` of its distance to each kept one is above "
        "`radius`.",
        "Between the cells: the middle row and the middle column of the block of a peak are the "
        "three cells of exercise 2; where one is not above 0, minus infinity included, keep the "
        "cell on that axis.",
    ),
    explanation="This is *non-maximum suppression*: the highest answer keeps the ones around it "
    "out. The threshold is relative, because a map of low peaks may still be a good one, and a "
    "share of its own highest cell asks for what is nearly as good. Two joints nearer than the "
    "radius become one: the radius trades double answers against lost people. Chapter 05 finds "
    "the joints of several people in this way, with a radius of 0 and a threshold that is the "
    "same for every map.",
)
