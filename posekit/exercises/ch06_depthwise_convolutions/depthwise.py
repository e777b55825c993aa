"""Run a depthwise convolution by hand."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def depthwise(image, filters, stride):
    """(C, ceil(H / stride), ceil(W / stride)): each channel filtered by its own filter.

    image: (C, H, W). filters: (C, K, K), K odd. Beyond the border is 0, (K - 1) / 2 cells wide.
    Output cell (0, 0) is centred at input cell (0, 0), the next one `stride` cells further. The
    filter is laid over the image as it is.
    """
    channels, height, width = image.shape
    size = filters.shape[1]
    pad = size // 2
    padded = np.pad(image, ((0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((channels, height, width))
    for i in range(size):
        for j in range(size):
            moved = padded[:, i : i + height, j : j + width]  # the image, moved by (i, j)
            out += filters[:, i, j, None, None] * moved
    return out[:, ::stride, ::stride]


# What is said where a case fails.
DOT = (
    "A single 1 in an empty image. The output shows the filter *turned by half a circle* around "
    "that cell: at the cell left of the 1, the filter's right column lies on it."
)
SUM = "A filter of ones gives the sum of the 3 x 3 cells around each cell; beyond the border is 0."
OWN = "Each channel has its own filter: channel c of the output is image[c] under filters[c]."
APART = "No channel sees another one: nothing is summed over the channels."
RANDOM = "Row i and column j of the filter lie i - 1 rows and j - 1 columns from the centre."
WIDE = "With a filter of 5 x 5 the border is 2 cells wide."
STRIDE = (
    "The filter is centred at cells 0, 2, 4, ... along both sides, so 7 rows give 4, and "
    "10 columns give 5."
)
THREE = "With stride 3, 7 rows give cells 0, 3 and 6, and 10 columns give 0, 3, 6 and 9."
ONES = "A 1 x 1 filter multiplies each channel by a number, and needs no border."


def _dot():
    image = np.zeros((1, 5, 6))
    image[0, 2, 3] = 1
    return image


def _cases(rng):
    ramp = np.arange(9.0).reshape(1, 3, 3)
    two = rng.normal(0, 1, (2, 6, 8))
    three = rng.normal(0, 1, (3, 7, 10))
    small, large = rng.normal(0, 1, (3, 3, 3)), rng.normal(0, 1, (3, 5, 5))
    doubled = np.zeros((2, 3, 3))
    doubled[:, 1, 1] = 1, 2  # leaves the first channel, doubles the second
    yield Case("a single 1", (_dot(), ramp, 1), DOT)
    yield Case("a filter of ones", (two[:1], np.ones((1, 3, 3)), 1), SUM)
    yield Case("two channels, two filters", (two, doubled, 1), OWN)
    yield Case("three channels", (three, small, 1), RANDOM)
    yield Case("a filter of 5 x 5", (three, large, 1), WIDE)
    yield Case("stride 2", (three, small, 2), STRIDE)
    yield Case("stride 3", (three, large, 3), THREE)
    yield Case("filters of 1 x 1", (three, small[:, :1, :1], 2), ONES)


def _filled(mode):
    """The border filled in another way."""

    def answer(image, filters, stride):
        pad = filters.shape[1] // 2
        larger = np.pad(image, ((0, 0), (pad, pad), (pad, pad)), mode)
        whole = depthwise(larger, filters, 1)
        return whole[:, pad : -pad or None, pad : -pad or None][:, ::stride, ::stride]

    return answer


def _inside(image, filters, stride):
    pad = filters.shape[1] // 2
    return depthwise(image, filters, 1)[:, pad : -pad or None, pad : -pad or None][
        :, ::stride, ::stride
    ]


def _one_filter(image, filters, stride):
    return depthwise(image, np.repeat(filters[:1], len(image), axis=0), stride)


def _summed(image, filters, stride):
    whole = depthwise(image, filters, stride)
    return np.repeat(whole.sum(0, keepdims=True), len(image), axis=0)


def _floor(image, filters, stride):
    rows, columns = image.shape[1] // stride, image.shape[2] // stride
    return depthwise(image, filters, stride)[:, :rows, :columns]


EXERCISE = Exercise(
    depthwise,
    "Run a depthwise convolution by hand.",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda i, f, s: depthwise(i, f[:, ::-1, ::-1], s),
            "You turn the filter around, as mathematics and `scipy.signal.convolve2d` do: networks "
            "lay it over the image as it is (`correlate2d`).",
        ),
        CommonMistake(
            lambda i, f, s: depthwise(i, f.transpose(0, 2, 1), s),
            "You exchange rows and columns of the filter.",
        ),
        CommonMistake(
            _inside,
            "Your output is smaller than the image: pad it with (K - 1) / 2 zeros on each side.",
        ),
        CommonMistake(_filled("edge"), "You repeat the outermost cells: beyond the border is 0."),
        CommonMistake(_filled("reflect"), "You mirror the image at its border: beyond it is 0."),
        CommonMistake(_filled("wrap"), "You go on at the other side (as `np.roll` does): it is 0."),
        CommonMistake(
            lambda i, f, s: depthwise(i, f, s) / f.shape[1] ** 2,
            "This is the mean of the products: take their sum.",
        ),
        CommonMistake(_one_filter, "You use the first filter for all channels: each has its own."),
        CommonMistake(
            _summed, "You sum over the channels, as a plain convolution does: keep them apart."
        ),
        CommonMistake(
            lambda i, f, s: depthwise(i, f, 1),
            "You leave the stride out: keep every `stride`-th row and column.",
        ),
        CommonMistake(
            lambda i, f, s: depthwise(i, f, 1)[:, ::s],
            "You use the stride for the rows only: the columns have it too.",
        ),
        CommonMistake(
            lambda i, f, s: depthwise(i, f, 1)[:, s - 1 :: s, s - 1 :: s],
            "Your first cell is centred `stride` - 1 cells too far: begin at cell 0.",
        ),
        CommonMistake(
            _floor,
            "You lose the last row or column where the stride does not divide the side: 7 rows "
            "with stride 2 give 4.",
        ),
        CommonMistake(
            lambda i, f, s: depthwise(i[:, ::s, ::s], f, 1),
            "You shrink the image first, so that the filter covers other cells: filter the image "
            "itself, and keep every `stride`-th result.",
        ),
    ),
    hints=(
        "Pad with zeros, pad = K // 2: `np.pad(image, ((0, 0), (pad, pad), (pad, pad)))`.",
        "A loop over the K x K places of the filter is enough: at place (i, j) add "
        "filters[:, i, j] times the padded image from row i and column j on, H rows and W columns.",
        "`filters[:, i, j, None, None]` has shape (C, 1, 1), one number for each channel. At the "
        "end keep `[:, ::stride, ::stride]`.",
    ),
    explanation="The loop runs over the filter's nine places and not over the image's cells, "
    "because each turn then handles a whole map at once. It reads a map nine times; a good program "
    "reads it once, and even then has only nine products for each number that it reads. "
    "(Computing every cell and then keeping one in four wastes work; "
    "`image[:, i::stride, j::stride]` of the padded image avoids it.)",
)
