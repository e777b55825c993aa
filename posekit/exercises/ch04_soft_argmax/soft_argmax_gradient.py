"""Write the gradient of soft-argmax in closed form."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise
from .grid import on_grid


def soft_argmax_gradient(heatmap, stride, temperature):
    """(2, h, w) how x, and how y, changes with each cell's value: p_i (x_i - x) / T.

    heatmap: (h, w). x and y are the mean place in pixels, see exercise 1.
    """
    h, w = heatmap.shape
    p = np.exp((heatmap - heatmap.max()) / temperature)
    p = p / p.sum()
    xs, ys = ((np.arange(length) + 0.5) * stride - 0.5 for length in (w, h))
    x, y = p.sum(axis=0) @ xs, p.sum(axis=1) @ ys
    return np.stack([p * (xs - x), p * (ys[:, None] - y)]) / temperature


# What is said where a case fails.
TWO_CELLS = "x is 0.5, both p are a half: the left cell moves x by -1/4, the right one by 1/4."
SLOPE = "p_i (x_i - x), for x; and the same for y."
PIXELS = "x is in pixels, so its slope is too: use the stride."
CHAIN_RULE = "h stands as h / T: the chain rule gives 1 / T."
INFINITE = "Take the maximum away before exp. One cell has it all: no slope is left."


def _cases(rng):
    soft = rng.normal(0, 1, (5, 7))
    yield Case("a flat map, one row of two cells", (np.zeros((1, 2)), 1, 1.0), TWO_CELLS)
    yield Case("a soft map", (soft, 1, 1.0), SLOPE)
    yield Case("the same with four pixels a cell", (soft, 4, 1.0), PIXELS)
    yield Case("half the temperature", (soft, 4, 0.5), CHAIN_RULE)
    yield Case("values in the thousands", (1000 * soft, 4, 1.0), INFINITE)


def _without_mean(heatmap, stride, temperature):
    p = np.exp((heatmap - heatmap.max()) / temperature)
    p, grid = p / p.sum(), on_grid(stride)
    h, w = heatmap.shape
    return np.stack([p * grid(w), p * grid(h)[:, None]]) / temperature


EXERCISE = Exercise(
    soft_argmax_gradient,
    "Write the gradient of soft-argmax in closed form.",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda h, s, t: -soft_argmax_gradient(h, s, t),
            "The sign is turned: raising a cell to the right of x moves x to the right, x_i - x.",
        ),
        CommonMistake(
            _without_mean,
            "This is p_i x_i: raising one cell lowers all the others' p, which takes x away, "
            "p_i (x_i - x).",
        ),
        CommonMistake(
            lambda h, s, t: soft_argmax_gradient(h, s, t)[::-1],
            "You have x and y exchanged: the slope of x comes first.",
        ),
        CommonMistake(
            lambda h, s, t: soft_argmax_gradient(h, 1, t),
            "This is in cells: x is in pixels, so its slope grows with the stride.",
        ),
        CommonMistake(
            lambda h, s, t: soft_argmax_gradient(h, s, t) * t,
            "The factor 1 / T is missing: the map stands as h / T, and the chain rule gives it.",
        ),
        CommonMistake(
            lambda h, s, t: soft_argmax_gradient(h, s, t) * t * t,
            "You multiply by the temperature: the chain rule gives 1 / T.",
        ),
        CommonMistake(
            lambda h, s, t: soft_argmax_gradient(h, s, 1), "You do not use the temperature."
        ),
    ),
    hints=(
        "Section 3 has it: dx/dh_i = p_i (x_i - x) / T. You need p, x and where the cells sit.",
        "`xs - x` is (w,) and sets itself against each row of p; for y use `ys[:, None] - y`.",
        "`np.stack([p * (xs - x), p * (ys[:, None] - y)]) / temperature`.",
    ),
    explanation="All that the backward pass needs is the probabilities and the answer, so posekit "
    "keeps those and writes the gradient down in place of PyTorch's own graph. The gradients of a "
    "map sum to 0: adding the same to every cell changes nothing. Where p is 0 there is no "
    "gradient, so a map that is sharp at the wrong place learns nothing from it.",
    tolerance=1e-4,
)
