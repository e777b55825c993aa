"""Chapter 06's exercises: the references against PyTorch, and what students answer.

``RIGHT`` and ``WRONG`` are run through the checks by `test_every_chapter`.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import convolve2d, correlate2d
from torch import nn
from torch.nn import functional as F

from posekit.exercises.ch06_depthwise_convolutions.depthwise import depthwise
from posekit.exercises.ch06_depthwise_convolutions.fold_batch_norm import fold_batch_norm
from posekit.exercises.ch06_depthwise_convolutions.macs import macs
from posekit.exercises.ch06_depthwise_convolutions.nearest_separable import nearest_separable
from posekit.models.layer_counts import layer_counts


# --- macs --------------------------------------------------------------------------------------
def macs_by_weights(shape, out_channels, kernel, stride, padding, groups):
    """Every weight once in each place where the filter fits."""
    weights = out_channels * (shape[0] // groups) * kernel * kernel
    places = [len(range(0, n + 2 * padding - kernel + 1, stride)) for n in shape[1:]]
    return weights * places[0] * places[1]


def macs_with(cells=lambda n, k, s, p: (n + 2 * p - k) // s + 1, of=lambda m, o, k, c, g: m):
    """A student's formula with another number of cells, or something done to the result."""

    def answer(shape, out_channels, kernel, stride, padding, groups):
        c, *sides = shape
        rows, columns = (cells(n, kernel, stride, padding) for n in sides)
        found = kernel * kernel * c // groups * out_channels * rows * columns
        return of(found, out_channels, kernel, c, groups)

    return answer


# --- depthwise ---------------------------------------------------------------------------------
def depthwise_by_cells(image, filters, stride):
    """Cell by cell, what lies under the filter cut out of the image."""
    channels, height, width = image.shape
    half = filters.shape[-1] // 2
    rows, columns = range(0, height, stride), range(0, width, stride)
    out = np.empty((channels, len(rows), len(columns)))
    for c in range(channels):
        for r, y in enumerate(rows):
            for q, x in enumerate(columns):
                top, left = max(y - half, 0), max(x - half, 0)
                part = image[c, top : y + half + 1, left : x + half + 1]
                i, j = top - y + half, left - x + half
                out[c, r, q] = (
                    part * filters[c, i : i + part.shape[0], j : j + part.shape[1]]
                ).sum()
    return out


def by_scipy(image, filters, stride, how=correlate2d, **options):
    options = {"mode": "same"} | options
    maps = [how(part, kernel, **options) for part, kernel in zip(image, filters)]
    return np.stack(maps)[:, ::stride, ::stride]


def by_torch(image, filters, stride):
    channels = len(image)
    weight = torch.from_numpy(filters[:, None])
    padding = filters.shape[-1] // 2
    found = F.conv2d(torch.from_numpy(image)[None], weight, None, stride, padding, 1, channels)
    return found[0].numpy()


def dense_by_torch(image, filters, stride):
    weight = np.repeat(filters[None], len(image), axis=0)  # every output sees all channels
    padding = filters.shape[-1] // 2
    found = F.conv2d(torch.from_numpy(image)[None], torch.from_numpy(weight), None, stride, padding)
    return found[0].numpy()


# --- fold_batch_norm ---------------------------------------------------------------------------
def folded_by_hand(weight, gamma, beta, mean, variance, eps):
    new, bias = np.empty_like(weight), np.empty_like(beta)
    for c in range(len(weight)):
        root = (variance[c] + eps) ** 0.5
        new[c] = weight[c] * gamma[c] / root
        bias[c] = beta[c] - gamma[c] * mean[c] / root
    return new, bias


def fold_with(scale=lambda g, v, e: g / np.sqrt(v + e), bias=lambda b, m, s, g: b - m * s, axis=0):
    def answer(weight, gamma, beta, mean, variance, eps):
        s = scale(gamma, variance, eps)
        shape = [1, 1, 1, 1]
        shape[axis] = -1
        return weight * s.reshape(shape), bias(beta, mean, s, gamma)

    return answer


def only_where_it_fits(wrong):
    """A student who wrote what runs, and noticed no error only where the sizes agree."""

    def answer(weight, *rest):
        same = weight.shape == (3, 3, 3, 3)
        return (wrong if same else fold_batch_norm)(weight, *rest)

    return answer


# --- nearest_separable -------------------------------------------------------------------------
def nearest_by_turns(weight):
    """The best mixing for the filters, the best filters for the mixing, and so on."""
    outputs, inputs, size, _ = weight.shape
    nearest = np.zeros_like(weight)
    for c in range(inputs):
        table = weight[:, c].reshape(outputs, -1)
        row = table[np.abs(table).sum(1).argmax()] + 1e-3
        for _ in range(3000):
            column = table @ row / max(row @ row, 1e-30)
            row = column @ table / max(column @ column, 1e-30)
        nearest[:, c] = np.outer(column, row).reshape(outputs, size, size)
    return nearest


def nearest_by_eigenvectors(weight):
    tables = weight.reshape(*weight.shape[:2], -1).transpose(1, 0, 2)  # (C_in, C_out, K K)
    _, vectors = np.linalg.eigh(tables.transpose(0, 2, 1) @ tables)
    row = vectors[..., -1]  # the largest eigenvalue comes last
    mixing = np.einsum("cok,ck->oc", tables, row)
    return (mixing[..., None] * row).reshape(weight.shape)


def each_table(of_table):
    def answer(weight):
        out = np.zeros_like(weight)
        for c in range(weight.shape[1]):
            table = weight[:, c].reshape(len(weight), -1)
            out[:, c] = of_table(table).reshape(weight[:, c].shape)
        return out

    return answer


def svd(table, keep=1, strength=1):
    u, s, vt = np.linalg.svd(table, full_matrices=False)
    return (u * s**strength)[:, :keep] @ vt[:keep]


def projected(table, row):
    return np.outer(table @ row, row) / (row @ row + 1e-12)


RIGHT = {
    "macs": [macs_by_weights, macs_with()],
    "depthwise": [depthwise_by_cells, by_scipy, by_torch],
    "fold_batch_norm": [folded_by_hand, fold_with()],
    "nearest_separable": [nearest_by_turns, nearest_by_eigenvectors],
}

WRONG = {
    "macs": [
        (macs_with(of=lambda m, o, k, c, g: 2 * m), "These are FLOPs"),
        (macs_with(of=lambda m, o, k, c, g: m + m // (k * k * c // g)), "count the bias"),
        (macs_with(cells=lambda n, k, s, p: 1), "These are the weights"),
        (macs_with(of=lambda m, o, k, c, g: m // k), "square it"),
        (macs_with(of=lambda m, o, k, c, g: m // o), "one output channel"),
        (macs_with(cells=lambda n, k, s, p: (n + 2 * p - k) // s), "one cell too small"),
        (macs_with(cells=lambda n, k, s, p: (n + p - k) // s + 1), "added on both sides"),
        (macs_with(cells=lambda n, k, s, p: n), "cells of the input"),
        (macs_with(cells=lambda n, k, s, p: n // s), "what padding and kernel do"),
        (macs_with(cells=lambda n, k, s, p: -(-n // s)), "rounded up"),
        (macs_with(of=lambda m, o, k, c, g: m * g), "leave `groups` out"),
        (macs_with(of=lambda m, o, k, c, g: m // g), "groups twice"),
        (macs_with(of=lambda m, o, k, c, g: m / 1), "a whole number"),
    ],
    "depthwise": [
        (lambda i, f, s: by_scipy(i, f, s, convolve2d), "turn the filter around"),
        (lambda i, f, s: by_scipy(i, np.swapaxes(f, 1, 2), s), "exchange rows and columns"),
        (lambda i, f, s: by_scipy(i, f, s, mode="valid"), "smaller than the image"),
        (lambda i, f, s: by_scipy(i, f, s, boundary="wrap"), "go on at the other side"),
        (
            lambda i, f, s: np.stack(
                [
                    correlate2d(np.pad(part, len(k) // 2, "edge"), k, "valid")
                    for part, k in zip(i, f)
                ]
            )[:, ::s, ::s],
            "repeat the outermost",
        ),
        (
            lambda i, f, s: np.stack(
                [
                    correlate2d(np.pad(part, len(k) // 2, "reflect"), k, "valid")
                    for part, k in zip(i, f)
                ]
            )[:, ::s, ::s],
            "mirror the image",
        ),
        (lambda i, f, s: depthwise_by_cells(i, f, s) / f[0].size, "the mean of the products"),
        (lambda i, f, s: by_scipy(i, [f[0]] * len(i), s), "the first filter for all"),
        (dense_by_torch, "sum over the channels"),
        (lambda i, f, s: by_scipy(i, f, 1), "leave the stride out"),
        (lambda i, f, s: by_scipy(i, f, 1)[:, ::s], "for the rows only"),
        (lambda i, f, s: by_scipy(i, f, 1)[:, s - 1 :: s, s - 1 :: s], "begin at cell 0"),
        (
            lambda i, f, s: by_scipy(i, f, s)[:, : i.shape[1] // s, : i.shape[2] // s],
            "lose the last row",
        ),
        (lambda i, f, s: by_scipy(i[:, ::s, ::s], f, 1), "shrink the image first"),
    ],
    "fold_batch_norm": [
        (lambda *args: folded_by_hand(*args)[0], "2 results"),
        (lambda *args: folded_by_hand(*args)[::-1], "in this order"),
        (fold_with(bias=lambda b, m, s, g: b), "leave the mean out"),
        (fold_with(bias=lambda b, m, s, g: b - m), "so it is multiplied too"),
        (fold_with(bias=lambda b, m, s, g: b + m * s), "The mean is subtracted:"),
        (fold_with(bias=lambda b, m, s, g: (b - m) * s), "beta is added last"),
        (fold_with(bias=lambda b, m, s, g: b - m * g), "divided by sqrt"),
        (fold_with(scale=lambda g, v, e: g / (v + e)), "divide by the variance"),
        (fold_with(scale=lambda g, v, e: g), "leave the variance out"),
        (fold_with(scale=lambda g, v, e: g / (np.sqrt(v) + e)), "belongs under it"),
        (fold_with(scale=lambda g, v, e: g / np.sqrt(v)), "leave eps out"),
        (only_where_it_fits(fold_with(axis=3)), "along the last axis"),
        (only_where_it_fits(fold_with(axis=1)), "scale the *input* channels"),
    ],
    "nearest_separable": [
        (lambda weight: weight.copy(), "return the weights themselves"),
        (
            lambda weight: np.array([[svd(kernel) for kernel in row] for row in weight]),
            "a column times a row",
        ),
        (each_table(lambda table: svd(table, strength=0)), "leave the singular value out"),
        (
            lambda weight: svd(weight.reshape(len(weight), -1)).reshape(weight.shape),
            "one table for all input channels",
        ),
        (
            lambda weight: np.stack(
                [svd(row.reshape(len(row), -1)).reshape(row.shape) for row in weight]
            ),
            "the input channels of one output",
        ),
        (each_table(lambda table: projected(table, table.mean(0))), "mean of the filters"),
        (
            each_table(
                lambda table: np.outer(table.mean(1), table.mean(0)) / (table.mean() or 1e-12)
            ),
            "means of rows and columns",
        ),
        (
            each_table(lambda table: projected(table, max(table, key=np.linalg.norm))),
            "filter of the strongest output",
        ),
        (each_table(lambda table: svd(table, keep=2)), "two terms"),
    ],
}


# --- the references against PyTorch ------------------------------------------------------------
@settings(max_examples=25, deadline=None)
@given(
    groups=st.integers(1, 3),
    more=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    kernel=st.integers(1, 5),
    stride=st.integers(1, 3),
    padding=st.integers(0, 2),
)
def test_macs_are_what_posekit_counts(groups, more, kernel, stride, padding):
    channels, outputs = groups * more[0], groups * more[1]
    layer = nn.Conv2d(channels, outputs, kernel, stride, padding, groups=groups)
    counted = sum(row.macs for row in layer_counts(layer, (1, channels, 11, 8)))
    assert macs((channels, 11, 8), outputs, kernel, stride, padding, groups) == counted


@settings(max_examples=25, deadline=None)
@given(
    size=st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9)),
    half=st.integers(0, 2),
    stride=st.integers(1, 3),
    seed=st.integers(0, 99),
)
def test_depthwise_is_what_pytorch_computes(size, half, stride, seed):
    rng = np.random.default_rng(seed)
    image, filters = rng.normal(size=size), rng.normal(size=(size[0], 2 * half + 1, 2 * half + 1))
    np.testing.assert_allclose(
        depthwise(image, filters, stride), by_torch(image, filters, stride), atol=1e-12
    )


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_a_folded_batch_norm_answers_as_both_layers(groups):
    torch.manual_seed(0)
    convolution, norm = nn.Conv2d(4, 4, 3, groups=groups, bias=False), nn.BatchNorm2d(4)
    for part in (norm.weight, norm.bias, norm.running_mean):
        nn.init.normal_(part)
    nn.init.uniform_(norm.running_var, 0.1, 2)
    images = torch.rand(2, 4, 6, 6)
    parts = (norm.weight, norm.bias, norm.running_mean, norm.running_var)
    weight, bias = fold_batch_norm(
        convolution.weight.detach().numpy(), *(p.detach().numpy() for p in parts), norm.eps
    )
    one = F.conv2d(images, torch.from_numpy(weight), torch.from_numpy(bias), groups=groups)
    with torch.no_grad():
        both = norm.eval()(convolution(images))
    torch.testing.assert_close(one, both, rtol=1e-4, atol=1e-5)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 5), st.integers(1, 3), st.integers(0, 99))
def test_no_other_separable_convolution_is_nearer(outputs, inputs, seed):
    rng = np.random.default_rng(seed)
    weight = rng.normal(size=(outputs, inputs, 3, 3))
    nearest = nearest_separable(weight)
    least = np.square(weight - nearest).sum()
    any_filters = rng.normal(size=(inputs, 9))
    for filters in (any_filters, nearest[0].reshape(inputs, 9) + 0.1 * any_filters):
        tables = weight.reshape(outputs, inputs, 9)
        mixing = np.einsum("ock,ck->oc", tables, filters) / np.square(filters).sum(1)
        other = mixing[..., None] * filters
        assert np.square(tables - other).sum() >= least - 1e-9
    np.testing.assert_allclose(nearest_separable(nearest), nearest, atol=1e-9)


def test_the_nearest_separable_convolution_runs_as_two_layers():
    """Its D and P, read off the result, give what it gives as one dense layer."""
    weight = nearest_separable(np.random.default_rng(0).normal(size=(4, 3, 3, 3)))
    filters, mixing = weight[0], weight[:, :, 1, 1] / weight[0, :, 1, 1]
    images = torch.rand(1, 3, 7, 7, dtype=torch.double)
    each = F.conv2d(images, torch.from_numpy(filters)[:, None], padding=1, groups=3)
    two = F.conv2d(each, torch.from_numpy(mixing)[..., None, None])
    torch.testing.assert_close(two, F.conv2d(images, torch.from_numpy(weight), padding=1))
