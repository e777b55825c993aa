"""Take the uniform part out of a map, and with it the pull to the centre."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise
from .grid import mean_under, on_grid


def without_floor(probabilities, stride):
    """(n, 2) pixels: the mean place under each map once its uniform part is taken away.

    probabilities: (n, h, w), each map sums to 1; its floor is its least value. NaN where a map
    is flat: nothing is left then. stride: pixels a cell.
    """
    h, w = probabilities.shape[1:]
    xs, ys = ((np.arange(length) + 0.5) * stride - 0.5 for length in (w, h))
    rest = probabilities - probabilities.min(axis=(1, 2), keepdims=True)
    total = rest.sum(axis=(1, 2))
    total = np.where(total > 1e-6, total, np.nan)[:, None]
    return np.stack([rest.sum(axis=1) @ xs, rest.sum(axis=2) @ ys], axis=-1) / total


# What is said where a case fails.
NO_FLOOR = "No floor: the cell itself, (3, 2)."
TAKE_AWAY = "Take the floor away, and make what is left sum to 1: the cell itself again."
PIXELS = "The same place, in pixels."
EACH_MAP = "Each map has its own floor."
FLAT = "Nothing but floor: NaN, no place."


def _bumps(rng):
    """(3, 9, 12) maps that sum to 1 and have no floor: two certain cells, and a soft map."""
    bumps = np.zeros((3, 9, 12))
    bumps[0, 2, 3], bumps[1, 7, 10], bumps[2] = 1, 1, np.exp(rng.normal(0, 1, (9, 12)))
    bumps[2] -= bumps[2].min()
    return bumps / bumps.sum(axis=(1, 2), keepdims=True)


def _cases(rng):
    bumps = _bumps(rng)
    share = np.array([0.5, 0.9, 0.2])[:, None, None]
    mixed = (1 - share) * bumps + share / (9 * 12)
    yield Case("a certain cell without a floor", (bumps[:1], 1), NO_FLOOR)
    yield Case("the same cell, and half of everything spread evenly", (mixed[:1], 1), TAKE_AWAY)
    yield Case("the same with four pixels a cell", (mixed[:1], 4), PIXELS)
    yield Case("three maps with floors of their own", (mixed, 4), EACH_MAP)
    yield Case("a flat map", (np.full((1, 4, 4), 1 / 16), 4), FLAT)
    yield Case("no maps", (np.zeros((0, 4, 4)), 4), "Shape (0, 2).")


def _floor_kept(p, stride, scale=1.0, least=True):
    grid = on_grid(stride)
    floor = p.min(axis=(1, 2), keepdims=True, initial=np.inf) if least else 0.0
    return mean_under(p - floor, grid(p.shape[2]), grid(p.shape[1])) * scale


def _pull_undone(p, stride, centre, share):
    """(x - w c) / (1 - w), with some idea of the centre c and of the share w."""
    part = share(p)[:, None]
    return (_floor_kept(p, stride, least=False) - part * centre(p)) / (1 - part)


def _middle(p, stride):
    return np.array([p.shape[2] * stride - 1, p.shape[1] * stride - 1]) / 2


EXERCISE = Exercise(
    without_floor,
    "Take the uniform part out of a map, and with it the pull to the centre.",
    _cases,
    common_mistakes=(
        CommonMistake(lambda p, s: without_floor(p, s)[:, ::-1], "You have x and y exchanged."),
        CommonMistake(
            lambda p, s: _floor_kept(p, s, least=False),
            "The floor is still there, and pulls every answer to the centre.",
        ),
        CommonMistake(_floor_kept, "What is left no longer sums to 1: divide by its sum."),
        CommonMistake(
            lambda p, s: 2 * _middle(p, s) - without_floor(p, s),
            "This is the other side of the centre: a sign is turned.",
        ),
        CommonMistake(
            lambda p, s: _pull_undone(p, s, lambda p: _middle(p, s), lambda p: p.min(axis=(1, 2))),
            "The floor's share is its height times the number of cells, not its height alone.",
        ),
        CommonMistake(lambda p, s: without_floor(p, 1), "These are cells: pixels are asked for."),
        CommonMistake(
            lambda p, s: without_floor(p, s) + 0.5 * (1 - s),
            "You put cell i at i * stride, its left edge: its middle is half a cell further.",
        ),
        CommonMistake(
            lambda p, s: np.where(
                np.isnan(without_floor(p, s)), _middle(p, s), without_floor(p, s)
            ),
            "A flat map knows no place: NaN says so, the centre would hide it.",
        ),
    ),
    hints=(
        "The floor is each map's least value: `p.min(axis=(1, 2), keepdims=True)`.",
        "Take it away; what is left sums to less than 1, so divide the mean by that sum.",
        "Where the sum is 0 the map was flat: put NaN in its place before dividing.",
    ),
    explanation="The same as undoing section 6's formula, (x - w c) / (1 - w), with w the floor "
    "times the number of cells. On real maps the least value is noisy and the rest is never "
    "quite flat, so it mends much of the pull and not all of it: section 6 measures how much.",
)
