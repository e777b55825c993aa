"""Merge a batch norm into the convolution before it."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def fold_batch_norm(weight, gamma, beta, mean, variance, eps):
    """Weight and bias of one convolution that does what a convolution and its batch norm do.

    weight: (C_out, C_in / groups, K, K) of a convolution without bias. gamma, beta, mean,
    variance: (C_out,) of the batch norm, which gives gamma (x - mean) / sqrt(variance + eps) + beta
    in use. Returns (weight, bias).
    """
    scale = gamma / np.sqrt(variance + eps)
    return weight * scale[:, None, None, None], beta - mean * scale


# What is said where a case fails.
NOTHING = (
    "Mean 0, variance 1, gamma 1, beta 0 and eps 0 change nothing: the weights stay, the bias is 0."
)
SHIFT = "With beta alone the weights stay, and the bias is beta."
SCALE = "gamma multiplies the output of its channel, so it multiplies all weights of that channel."
CENTRE = "The mean is subtracted *before* gamma multiplies: the bias is beta - mean * gamma here."
SPREAD = (
    "The output is divided by the square root of the variance: with variance 4 the weights are "
    "halved."
)
ALL = "weight * scale and beta - mean * scale, with scale = gamma / sqrt(variance + eps)."
SMALL = "A variance near 0 is what eps is for: it stands under the root, sqrt(variance + eps)."
DEPTHWISE = "The weights of a depthwise convolution are (C, 1, K, K): the first axis is the output."
SQUARE = (
    "Here C_out, C_in and K are all 3, so a scale along the wrong axis raises no error: output "
    "channels are the *first* axis, `scale[:, None, None, None]`."
)
SIGNS = "gamma may be negative, or 0, which switches a channel off: its bias is beta."


def _norm(rng, channels, **given):
    """gamma, beta, mean, variance that change nothing, but for those that are given."""
    plain = {"gamma": np.ones, "beta": np.zeros, "mean": np.zeros, "variance": np.ones}
    return [given.get(name, make(channels)) for name, make in plain.items()]


def _cases(rng):
    weight = rng.normal(0, 1, (4, 3, 3, 3))
    any_four = [rng.normal(1, 1, 4), rng.normal(0, 1, 4), rng.normal(0, 1, 4)]
    twos, threes = np.array([2.0, 3, 4, 5]), rng.normal(0, 1, (3, 3, 3, 3))
    signs = np.array([-1.5, 0, 2, -0.5])
    yield Case("a batch norm that does nothing", (weight, *_norm(rng, 4), 0.0), NOTHING)
    yield Case("beta alone", (weight, *_norm(rng, 4, beta=twos), 0.0), SHIFT)
    yield Case("gamma alone", (weight, *_norm(rng, 4, gamma=twos), 0.0), SCALE)
    yield Case("gamma and mean", (weight, *_norm(rng, 4, gamma=twos, mean=twos), 0.0), CENTRE)
    yield Case("the variance alone", (weight, *_norm(rng, 4, variance=twos**2), 0.0), SPREAD)
    yield Case("any batch norm", (weight, *any_four, rng.uniform(0.5, 2, 4), 1e-5), ALL)
    yield Case("small variances", (weight, *any_four, rng.uniform(0, 2e-3, 4), 1e-3), SMALL)
    yield Case("a depthwise convolution", (weight[:, :1], *any_four, twos, 1e-5), DEPTHWISE)
    yield Case(
        "three of everything", (threes, *(part[:3] for part in any_four), twos[:3], 1e-5), SQUARE
    )
    yield Case("gammas of all signs", (weight, signs, twos, *any_four[1:2], twos, 1e-5), SIGNS)


def _folded(scale=None, bias=None, axes=np.s_[:, None, None, None]):
    """An answer with another scale, another bias, or the scale along another axis."""

    def answer(weight, gamma, beta, mean, variance, eps):
        true = gamma / np.sqrt(variance + eps)
        used = scale(gamma, variance, eps) if scale else true
        moved = bias(gamma, beta, mean, used) if bias else beta - mean * used
        along = used[axes]
        fits = np.broadcast_shapes(weight.shape, along.shape) == weight.shape
        return weight * (along if fits else used[:, None, None, None]), moved

    def safe(*args):
        try:
            return answer(*args)
        except ValueError:  # this scale does not fit these weights
            return fold_batch_norm(*args)

    return safe


EXERCISE = Exercise(
    fold_batch_norm,
    "Merge a batch norm into the convolution before it.",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda *args: fold_batch_norm(*args)[::-1], "Return (weight, bias), in this order."
        ),
        CommonMistake(
            _folded(bias=lambda g, b, m, s: b),
            "You leave the mean out of the bias: beta - mean * scale.",
        ),
        CommonMistake(
            _folded(bias=lambda g, b, m, s: b - m),
            "The mean is subtracted before gamma multiplies, so it is multiplied too: "
            "beta - mean * scale.",
        ),
        CommonMistake(
            _folded(bias=lambda g, b, m, s: b + m * s),
            "The mean is subtracted: beta - mean * scale.",
        ),
        CommonMistake(
            _folded(bias=lambda g, b, m, s: (b - m) * s),
            "beta is added last, after the multiplication: it is not multiplied.",
        ),
        CommonMistake(
            _folded(bias=lambda g, b, m, s: b - m * g),
            "The mean is divided by sqrt(variance + eps) too: beta - mean * scale.",
        ),
        CommonMistake(
            _folded(scale=lambda g, v, e: g / (v + e)),
            "You divide by the variance: divide by its square root, the standard deviation.",
        ),
        CommonMistake(
            _folded(scale=lambda g, v, e: g),
            "You leave the variance out: scale = gamma / sqrt(variance + eps).",
        ),
        CommonMistake(
            _folded(scale=lambda g, v, e: g / (np.sqrt(v) + e)),
            "You add eps after the root: it belongs under it, sqrt(variance + eps).",
        ),
        CommonMistake(
            _folded(scale=lambda g, v, e: g / np.sqrt(v)),
            "You leave eps out: sqrt(variance + eps).",
        ),
        CommonMistake(
            _folded(axes=np.s_[:]),
            "You scale along the last axis, the columns of the filters: the output channels are "
            "the first axis, `scale[:, None, None, None]`.",
        ),
        CommonMistake(
            _folded(axes=np.s_[None, :, None, None]),
            "You scale the *input* channels: the output channels are the first axis, "
            "`scale[:, None, None, None]`.",
        ),
    ),
    hints=(
        "Write the batch norm as scale * x + shift, with two numbers for each channel that do not "
        "depend on x.",
        "x itself is a sum of weight * input. What must be done to the weights so that the sum is "
        "scale times as large?",
        "scale = gamma / sqrt(variance + eps), shift = beta - mean * scale, and "
        "`weight * scale[:, None, None, None]`.",
    ),
    explanation="Both layers are linear, and two linear layers in a row are one. A runtime does "
    "this for every pair before it computes anything, which is a good part of what section 9 "
    "measured. It is right only in use: in training the batch norm takes mean and variance from "
    "the batch at hand.",
)
