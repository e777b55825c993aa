"""Find the mean place under each map, in pixels."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise
from .grid import mean_under, on_grid


def soft_argmax(maps, stride, temperature):
    """(n, 2) x and y in pixels: the mean place under the softmax of each map.

    maps: (n, h, w). stride: pixels a cell; cell i sits at pixel (i + 0.5) * stride - 0.5.
    """
    n, h, w = maps.shape
    flat = maps.reshape(n, h * w) / temperature
    p = np.exp(flat - flat.max(axis=1, keepdims=True, initial=-np.inf))
    p = (p / p.sum(axis=1, keepdims=True)).reshape(n, h, w)
    xs, ys = ((np.arange(length) + 0.5) * stride - 0.5 for length in (w, h))
    return np.stack([p.sum(axis=1) @ xs, p.sum(axis=2) @ ys], axis=-1)


def _certain(h, w, row, column):
    maps = np.full((1, h, w), -1e4)
    maps[0, row, column] = 0
    return maps


# What is said where a case fails.
CERTAIN = "All the probability is in one cell: x is its column, 2, y its row, 5."
GRID = "Cell i covers the pixels 4 i to 4 i + 3: its middle is (i + 0.5) * 4 - 0.5."
HALVES = "Half and half: the mean of columns 1 and 4 is 2.5."
EACH_MAP = "One softmax for each map, over all of its cells."
SOFTMAX = "p = exp(h), divided by its sum over the map."
DIVIDE = "Divide the map by the temperature first."
INFINITE = "exp(1000) is infinite: take each map's maximum away before exp; p stays the same."
NAN = "That map has no answer (NaN); the others have theirs."
EMPTY = "No maps, no places: shape (0, 2)."


def _cases(rng):
    two = np.concatenate([_certain(8, 6, 5, 2), _certain(8, 6, 0, 4)])
    soft = rng.normal(0, 2, (3, 7, 5))
    broken, alike = soft.copy(), np.full((1, 4, 6), -1e4)
    broken[1, 3, 2] = np.nan
    alike[0, 1, [1, 4]] = 0
    yield Case("one certain cell, row 5, column 2", (two[:1], 1, 1.0), CERTAIN)
    yield Case("the same with four pixels a cell", (two[:1], 4, 1.0), GRID)
    yield Case("two cells alike", (alike, 1, 1.0), HALVES)
    yield Case("two maps", (two, 2, 1.0), EACH_MAP)
    yield Case("three soft maps", (soft, 4, 1.0), SOFTMAX)
    yield Case("half the temperature", (soft, 4, 0.5), DIVIDE)
    yield Case("values in the thousands", (1000 * soft, 4, 1.0), INFINITE)
    yield Case("a map with NaN among others", (broken, 4, 1.0), NAN)
    yield Case("no maps", (np.zeros((0, 7, 5)), 4, 1.0), EMPTY)


def _cells(maps, stride=1.0, shift=0.0, places=None, axes=(1, 2), highest=True):
    """The mean under a softmax, with one thing or another done differently."""
    p = np.exp(maps - maps.max(axis=axes, keepdims=True, initial=-np.inf) if highest else maps)
    places = places or (lambda length: np.arange(length) * stride + shift)
    return mean_under(
        p / p.sum(axis=axes, keepdims=True), places(maps.shape[2]), places(maps.shape[1])
    )


def _highest_cell(maps, stride, temperature):
    count, height, width = maps.shape
    row, column = np.divmod(maps.reshape(count, height * width).argmax(1), width)
    return (np.stack([column, row], axis=-1) + 0.5) * stride - 0.5


EXERCISE = Exercise(
    soft_argmax,
    "Find the mean place under each map, in pixels.",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda m, s, t: soft_argmax(m, s, t)[:, ::-1],
            "You have x and y exchanged: x runs along the last axis of a map, and comes first.",
        ),
        CommonMistake(
            lambda m, s, t: _cells(m / t, places=lambda n: np.arange(n) / n),
            "These are fractions of the map, as in the deck: pixels are asked for.",
        ),
        CommonMistake(
            lambda m, s, t: _cells(m / t, places=lambda n: np.linspace(0, 1, n)),
            "These are fractions from corner to corner: pixels are asked for.",
        ),
        CommonMistake(
            lambda m, s, t: _cells(m / t, axes=(2,), places=on_grid(s)),
            "You take a softmax of each row: the whole map must sum to 1, not each row.",
        ),
        CommonMistake(
            lambda m, s, t: _cells(m / t, s),
            "You put cell i at i * stride, its left edge: half a cell off. Its middle is at "
            "(i + 0.5) * stride - 0.5.",
        ),
        CommonMistake(
            lambda m, s, t: _cells(m / t, s, s / 2),
            "Half a pixel off: pixel 0's centre is at 0, so cell i sits at "
            "(i + 0.5) * stride - 0.5.",
        ),
        CommonMistake(
            lambda m, s, t: _cells(m / t, places=np.arange),
            "These are cells: turn them into pixels by the stride.",
        ),
        CommonMistake(
            _highest_cell, "This is the highest cell, argmax: take the mean over all cells."
        ),
        CommonMistake(
            lambda m, s, t: _cells(m / t, axes=(0, 1, 2), places=on_grid(s)),
            "You take one softmax of all the maps: each map must sum to 1 by itself.",
        ),
        CommonMistake(
            lambda m, s, t: soft_argmax(m, s, 1 / t),
            "You multiply by the temperature: divide by it. Low is sharp, high is flat.",
        ),
        CommonMistake(lambda m, s, t: soft_argmax(m, s, 1), "You do not use the temperature."),
        CommonMistake(
            lambda m, s, t: _cells(m / t, places=on_grid(s), highest=False),
            "exp of large values is infinite: take each map's maximum away first.",
        ),
    ),
    hints=(
        "Three steps: a softmax over all h * w cells of a map; where the cells sit, in pixels; "
        "the mean of x and of y under the softmax.",
        "`flat = maps.reshape(n, h * w) / temperature`; take each row's maximum away, `np.exp`, "
        "divide by each row's sum, and back to (n, h, w).",
        "`xs = (np.arange(w) + 0.5) * stride - 0.5`; x is `p.sum(axis=1) @ xs`, y is the same "
        "with the sum over the other axis.",
    ),
    explanation="x does not depend on the row, so the rows can be summed first: two small "
    "products take the place of a sum over all cells. Taking the maximum away changes nothing "
    "(it cancels in the quotient) and keeps exp finite.",
)
