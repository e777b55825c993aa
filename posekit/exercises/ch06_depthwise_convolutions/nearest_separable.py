"""Find the depthwise separable convolution that is nearest to a plain one."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def nearest_separable(weight):
    """(C_out, C_in, K, K): the nearest weights that a depthwise and a 1 x 1 convolution have.

    weight: (C_out, C_in, K, K) of a plain convolution. The result is P[o, c] D[c, i, j] for the
    filters D and the mixing P whose squared differences from ``weight`` have the smallest sum.
    """
    outputs, inputs, size, _ = weight.shape
    nearest = np.zeros(weight.shape)
    for c in range(inputs):
        table = weight[:, c].reshape(outputs, size * size)  # one filter in each row
        left, strengths, right = np.linalg.svd(table, full_matrices=False)
        best = strengths[0] * np.outer(left[:, 0], right[0])  # of rank 1: P column, D row
        nearest[:, c] = best.reshape(outputs, size, size)
    return nearest


# What is said where a case fails.
ALREADY = "These weights are P[o, c] D[c, i, j] already: nothing is nearer than they are."
TWO_INPUTS = "Each input channel has a filter of its own, so each is a problem of its own."
OPPOSITE = (
    "Both outputs look for the same edge, one with the opposite sign: P is 1 and -1. The mean of "
    "the two filters is 0, and says nothing."
)
ONE_OUTPUT = "With one output channel each input channel has one filter: take it as it is."
DIFFERENT = (
    "The three outputs want three different filters of one input channel, the first one most "
    "strongly. The nearest filter is neither their mean nor the strongest alone."
)
ANY = (
    "For one input channel the weights are a table, outputs by K x K places. P[:, c] D[c] is a "
    "table of rank 1. Which table of rank 1 is nearest?"
)
MANY = "More output channels than places in a filter: the table is higher than wide."
EMPTY = "An input channel whose weights are all 0 has nothing to approximate: 0."


def _separable(rng, outputs, inputs, size):
    mixing, filters = rng.normal(0, 1, (outputs, inputs)), rng.normal(0, 1, (inputs, size, size))
    return mixing[:, :, None, None] * filters


def _cases(rng):
    edge, bump = np.array([[-1.0, 0, 1]] * 3), np.ones((3, 3))
    opposite = np.stack([edge, -edge])[:, None]
    different = np.stack([5 * edge, bump + edge, 2 * edge.T + 2 * bump])[:, None]
    empty = rng.normal(0, 1, (3, 2, 3, 3))
    empty[:, 1] = 0
    yield Case("weights that are separable", (_separable(rng, 3, 1, 3),), ALREADY)
    yield Case("the same, two input channels", (_separable(rng, 4, 2, 3),), TWO_INPUTS)
    yield Case("one output channel", (rng.normal(0, 1, (1, 3, 3, 3)),), ONE_OUTPUT)
    yield Case("three different filters", (different,), DIFFERENT)
    yield Case("two opposite filters", (opposite,), OPPOSITE)
    yield Case("any weights", (rng.normal(0, 1, (4, 3, 3, 3)),), ANY)
    yield Case("twelve output channels", (rng.normal(0, 1, (12, 2, 3, 3)),), MANY)
    yield Case("filters of 5 x 5", (rng.normal(0, 1, (3, 2, 5, 5)),), ANY)
    yield Case("an input channel of zeros", (empty,), EMPTY)


def _by_channel(of_table):
    """An answer that treats each input channel's table (C_out, K K) by itself."""

    def answer(weight):
        outputs, inputs, size, _ = weight.shape
        tables = weight.transpose(1, 0, 2, 3).reshape(inputs, outputs, size * size)
        done = np.stack([of_table(table) for table in tables])
        return done.reshape(inputs, outputs, size, size).transpose(1, 0, 2, 3)

    return answer


def _rank(table, terms=1, strength=True):
    """The first terms of the table's singular value decomposition, with or without strengths."""
    left, strengths, right = np.linalg.svd(table, full_matrices=False)
    used = strengths[:terms] if strength else np.ones(terms)
    return (left[:, :terms] * used) @ right[:terms]


def _fitted_to(row):
    """Each row as the multiple of one filter that comes nearest to it."""

    def of_table(table):
        wanted = row(table)
        return np.outer(table @ wanted, wanted) / max(wanted @ wanted, 1e-12)

    return of_table


def _strongest(table):
    return table[np.linalg.norm(table, axis=1).argmax()]


def _margins(table):
    return np.outer(table.mean(1), table.mean(0)) / (table.mean() or 1e-12)


def _all_channels_at_once(weight):
    return _rank(weight.reshape(len(weight), -1)).reshape(weight.shape)


def _by_output(weight):
    return _by_channel(_rank)(weight.transpose(1, 0, 2, 3)).transpose(1, 0, 2, 3)


def _rows_and_columns(weight):
    flat = weight.reshape(-1, *weight.shape[2:])
    return np.stack([_rank(kernel) for kernel in flat]).reshape(weight.shape)


EXERCISE = Exercise(
    nearest_separable,
    "Find the depthwise separable convolution that is nearest to a plain one (hard).",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda weight: weight,
            "You return the weights themselves, and most of them are not separable: for one input "
            "channel all outputs must share one filter, up to a factor.",
        ),
        CommonMistake(
            _rows_and_columns,
            "You write each filter as a column times a row. That is another kind of separable (the "
            "filter itself): here the outputs share one filter, which may be anything.",
        ),
        CommonMistake(
            _by_channel(lambda table: _rank(table, strength=False)),
            "You leave the singular value out: left[:, 0] and right[0] have length 1, so multiply "
            "by strengths[0].",
        ),
        CommonMistake(
            _all_channels_at_once,
            "You take one table for all input channels, so that they share one row of P: each "
            "input channel has a filter *and* a column of P of its own. Treat one after the other.",
        ),
        CommonMistake(
            _by_output,
            "You let the input channels of one output share a filter: it is the outputs that share "
            "the filter of one *input* channel, `weight[:, c]`.",
        ),
        CommonMistake(
            _by_channel(_fitted_to(lambda table: table.mean(0))),
            "You take the mean of the filters for D. Opposite filters cancel in a mean, and weak "
            "ones count as much as strong ones: which D leaves the smallest squared error?",
        ),
        CommonMistake(
            _by_channel(_margins),
            "You multiply the means of rows and columns: that is exact for separable weights only, "
            "and divides by 0 where they sum to 0.",
        ),
        CommonMistake(
            _by_channel(_fitted_to(_strongest)),
            "You take the filter of the strongest output for D: the other outputs have a say as "
            "well, each with its square.",
        ),
        CommonMistake(
            _by_channel(lambda table: _rank(table, 2)),
            "You keep two terms: that is a sum of *two* separable convolutions.",
        ),
    ),
    hints=(
        "Take one input channel c. `weight[:, c]` is a table: a row for each output channel, a "
        "column for each of the K x K places. What does P[o, c] D[c, i, j] look like as a table?",
        "It is a column times a row: a table of rank 1. The nearest table of rank 1 in the sum of "
        "squares is known: Eckart and Young, 1936.",
        "`left, strengths, right = np.linalg.svd(table, full_matrices=False)`: the table is the "
        "sum of strengths[n] * np.outer(left[:, n], right[n]), the largest strength first. Keep "
        "the first term.",
    ),
    explanation="The first right singular vector is the filter D that the outputs have most in "
    "common, and the first left one, times the singular value, is the mixing P; what is lost is "
    "the sum of the squares of the other singular values. So a trained plain convolution can be "
    "made separable without training, and usually loses too much: a network that is separable from "
    "the start learns filters that can be shared.",
)
