"""Put what a block predicted back into the features."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def reinject(x, refined, volumes, weight, bias):
    """(n, C, h, w): the features for the next block.

    x, refined: (n, C, h, w), the block's input and what it made of it. volumes: (n, K, D, h, w),
    raw, read off ``refined``. They are put back by a 1 x 1 convolution from K D maps to C
    channels, ``weight`` (C, K D) and ``bias`` (C,); map k D + d is depth cell d of joint k.
    """
    n, joints, depth, h, w = volumes.shape
    maps = volumes.reshape(n, joints * depth, h, w)
    back = np.einsum("cm,nmhw->nchw", weight, maps) + bias[:, None, None]
    return x + refined + back


# What is said where a case fails.
ADDED = "With weights and bias of 0 nothing is put back: x + refined = 11."
BIAS = "The bias is one number for each channel: `bias[:, None, None]`."
ONE_MAP = (
    "x is 1 and refined is 10 everywhere. The map has one cell of 3, and the weights are 2 and -1: "
    "there the first channel is 1 + 10 + 6, the second 1 + 10 - 3."
)
SQUARE = (
    "Here C and K D are both 4, so an exchanged weight raises no error: row c of `weight` makes "
    "channel c."
)
ORDER = "Map k D + d is depth cell d of joint k: the depth runs fastest."
ANY = "x + refined + weight @ maps + bias, cell by cell."
LARGE = "The volumes go back as they are, raw: no softmax, no sigmoid."
NOBODY = (
    "An empty batch gives an empty batch: (0, C, h, w). There reshape(n, -1, h, w) cannot know a "
    "length: write K * D."
)


def _cases(rng):
    ones, tens = np.ones((1, 2, 2, 3)), np.full((1, 2, 2, 3), 10.0)
    cell, halves = np.zeros((1, 1, 1, 2, 3)), np.array([0.5, -0.5])
    cell[..., 1, 2] = 3
    x, refined = rng.normal(0, 1, (2, 2, 4, 4, 5))
    volumes = rng.normal(0, 2, (2, 2, 2, 4, 5))
    square, bias = rng.normal(0, 1, (4, 4)), rng.normal(0, 1, 4)
    wide, deep = rng.normal(0, 1, (4, 6)), rng.normal(0, 1, (2, 2, 3, 4, 5))
    yield Case("one map", (ones, tens, cell, np.array([[2.0], [-1.0]]), np.zeros(2)), ONE_MAP)
    yield Case("a bias too", (ones, tens, cell, np.array([[2.0], [-1.0]]), halves), BIAS)
    yield Case("weights of 0", (ones, tens, cell, np.zeros((2, 1)), np.zeros(2)), ADDED)
    yield Case("as many maps as channels", (x, refined, volumes, square, bias), SQUARE)
    yield Case("two joints, three cells of depth", (x, refined, deep, wide, bias), ORDER)
    yield Case("high volumes", (x, refined, 50 * deep, wide, bias), LARGE)
    yield Case("nobody", (x[:0], refined[:0], deep[:0], wide, bias), NOBODY)


def _back(volumes, weight, bias):
    maps = volumes.reshape(len(volumes), np.prod(volumes.shape[1:3]), *volumes.shape[3:])
    return np.einsum("cm,nmhw->nchw", weight, maps) + bias[:, None, None]


def _other_weight(x, refined, volumes, weight, bias):
    """Rows and columns of the weight exchanged, where that is possible."""
    square = weight.shape[0] == weight.shape[1]
    return reinject(x, refined, volumes, weight.T if square else weight, bias)


def _softmax(volumes):
    flat = volumes.reshape(*volumes.shape[:2], np.prod(volumes.shape[2:]))
    p = np.exp(flat - flat.max(-1, keepdims=True))
    return (p / p.sum(-1, keepdims=True)).reshape(volumes.shape)


EXERCISE = Exercise(
    reinject,
    "Put what a block predicted back into the features.",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda x, r, v, w, b: _back(v, w, b),
            "You return only what is put back: the features themselves go on as well, "
            "x + refined + what comes back.",
        ),
        CommonMistake(
            lambda x, r, v, w, b: r + _back(v, w, b),
            "You leave the block's input `x` out. It is the shortcut that makes many blocks "
            "trainable: add it.",
        ),
        CommonMistake(
            lambda x, r, v, w, b: x + _back(v, w, b),
            "You leave `refined` out: what the block found goes on to the next one, too.",
        ),
        CommonMistake(
            lambda x, r, v, w, b: x + r,
            "You put nothing back: add the 1 x 1 convolution of the volumes.",
        ),
        CommonMistake(lambda x, r, v, w, b: reinject(x, r, v, w, 0 * b), "You leave the bias out."),
        CommonMistake(
            _other_weight,
            "You use the weight's columns for its rows: row c makes channel c, so sum over the "
            "second axis.",
        ),
        CommonMistake(
            lambda x, r, v, w, b: reinject(
                x, r, v.swapaxes(1, 2).reshape(v.shape) if v.shape[1] > 1 else v, w, b
            ),
            "Your maps are in another order: map k D + d is depth cell d of joint k, which is what "
            "`reshape` gives without exchanging the axes.",
        ),
        CommonMistake(
            lambda x, r, v, w, b: reinject(x, r, _softmax(v), w, b),
            "You put probabilities back. The raw volumes go back: their level (the visibility) "
            "would be lost in a softmax.",
        ),
        CommonMistake(
            lambda x, r, v, w, b: (x + r) * _back(v, w, b),
            "You multiply: what comes back is added.",
        ),
    ),
    hints=(
        "A 1 x 1 convolution does the same in each cell: the vector of K D numbers there times a "
        "matrix, plus a bias.",
        "`volumes.reshape(n, K * D, h, w)` brings the maps into the right order; "
        '`np.einsum("cm,nmhw->nchw", weight, maps)` sums over them.',
        "Add three things: x, refined, and the convolution with `bias[:, None, None]`.",
    ),
    explanation="Everything that a block knows goes on: its input, what it made of it, and what it "
    "*predicted*. The last is the point. A convolution of the next block sees the right knee's "
    "volume beside the right hip's features, so it can correct one joint by another, which no "
    "soft-argmax can. Because all three are added, a block that has nothing to add can leave the "
    "features as they are.",
)
