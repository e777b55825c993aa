"""Make an image of frames x joints out of what the features are like at each joint."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def appearance_pooling(features, volumes, frames):
    """(clips, C, T, K): the mean of the features under each joint's heatmap, frame by frame.

    features: (clips T, C, r h, r w), the frames of a clip one after the other. volumes: (clips T,
    K, D, h, w), raw, of the same frames. frames: T. A joint's heatmap (h, w) is the softmax over
    its whole volume, summed over depth. The features' cells may be finer: r x r of them share one
    cell of the heatmap evenly, r = 1, 2, ...
    """
    count, joints, depth, h, w = volumes.shape
    flat = volumes.reshape(count, joints, depth * h * w)
    p = np.exp(flat - flat.max(axis=2, keepdims=True))
    p = p / p.sum(axis=2, keepdims=True)
    heatmaps = p.reshape(volumes.shape).sum(axis=2)  # (clips T, K, h, w)
    channels, r = features.shape[1], features.shape[2] // h
    blocks = features.reshape(count, channels, h, r, w, r)
    coarse = blocks.mean(axis=(3, 5))  # (clips T, C, h, w)
    each = np.einsum("nkhw,nchw->nck", heatmaps, coarse)  # (clips T, C, K)
    clips = each.reshape(count // frames, frames, channels, joints)
    return clips.transpose(0, 2, 1, 3)


# What is said where a case fails.
CERTAIN = (
    "The heatmap is 1 in row 0 and column 2, and 0 elsewhere: the answer is the feature there, "
    "5 for the one channel."
)
TWO_CELLS = (
    "Two cells with half each: the mean of their features. The two lie at different depths, so the "
    "softmax must go over the whole volume."
)
EVEN = "An even volume has an even heatmap: the answer is the mean of the features."
SHAPE = (
    "Two clips of three frames: channels first, then frames as rows and joints as columns, "
    "(clips, C, T, K). A reshape alone cannot exchange axes."
)
SQUARE = "Here T, K and C are all 3: only the values tell whether the axes are in order."
FINE = "The features are twice as fine: each cell of the heatmap covers 2 x 2 of them."
OBLONG = "Three times as fine, and the sides are not equal: rows go with rows."
LARGE = "Take each volume's maximum away before exp: exp(1000) is infinite."
ONE = "One frame is a clip as well: T = 1."


def _cases(rng):
    grid = np.arange(6.0).reshape(1, 1, 2, 3) + 3  # one channel: 3 4 5 / 6 7 8
    sure, half = np.full((2, 1, 1, 2, 2, 3), -1e4)
    sure[0, 0, 0, 0, 2] = 0
    half[0, 0, 0, 0, 2], half[0, 0, 1, 1, 0] = 0, 0
    features, volumes = rng.normal(0, 1, (6, 4, 3, 5)), rng.normal(0, 2, (6, 7, 2, 3, 5))
    cube = rng.normal(0, 1, (6, 3, 4, 4)), rng.normal(0, 2, (6, 3, 2, 4, 4))
    fine, finer = rng.normal(0, 1, (6, 4, 6, 10)), rng.normal(0, 1, (6, 4, 9, 15))
    yield Case("a certain joint", (grid, sure, 1), CERTAIN)
    yield Case("two cells", (grid, half, 1), TWO_CELLS)
    yield Case("an even volume", (grid, 0 * half, 1), EVEN)
    yield Case("two clips of three frames", (features, volumes, 3), SHAPE)
    yield Case("three of everything", (*cube, 3), SQUARE)
    yield Case("features twice as fine", (fine, volumes, 3), FINE)
    yield Case("three times as fine", (finer, volumes, 2), OBLONG)
    yield Case("volumes in the thousands", (features, 1000 * volumes, 3), LARGE)
    yield Case("clips of one frame", (features, volumes, 1), ONE)


def _heatmaps(volumes, axes=(2, 3, 4), marginal=np.sum):
    p = np.exp(volumes - volumes.max(axis=axes, keepdims=True))
    return marginal(p / p.sum(axis=axes, keepdims=True), axis=2)


def _coarse(features, volumes, take=None):
    n, c = features.shape[:2]
    h, w = volumes.shape[3:]
    r = features.shape[2] // h
    blocks = features.reshape(n, c, h, r, w, r)
    return blocks.mean(axis=(3, 5)) if take is None else take(blocks)


def _pooled(maps=_heatmaps, take=None, order=(0, 2, 1, 3), done=None):
    """The reference with one thing or another done differently."""

    def answer(features, volumes, frames):
        heatmaps, coarse = maps(volumes), _coarse(features, volumes, take)
        each = np.einsum("nkhw,nchw->nck", heatmaps, coarse)
        if done:
            return done(each, frames)
        clips = each.reshape(-1, frames, *each.shape[1:])
        return clips.transpose(order)

    return answer


def _reshaped(each, frames):
    return each.reshape(-1, each.shape[1], frames, each.shape[2])


def _frames_first(each, frames):
    clips = each.reshape(frames, -1, *each.shape[1:])
    return clips.transpose(1, 2, 0, 3)


def _at_the_peak(volumes):
    """All weight on the highest cell."""
    flat = _heatmaps(volumes)
    flat = flat.reshape(*flat.shape[:2], -1)
    one = np.eye(flat.shape[-1])[flat.argmax(-1)]
    return one.reshape(*volumes.shape[:2], *volumes.shape[3:])


def _raw(volumes):
    return volumes.sum(axis=2)


def _transposed(volumes):
    """Rows and columns of the maps exchanged, where that is possible."""
    maps = _heatmaps(volumes)
    return maps.swapaxes(2, 3) if maps.shape[2] == maps.shape[3] else maps


EXERCISE = Exercise(
    appearance_pooling,
    "Make an image of frames x joints out of what the features are like at each joint (hard).",
    _cases,
    common_mistakes=(
        CommonMistake(
            _pooled(_raw),
            "You weight by the raw volumes, which may be negative and sum to anything: make "
            "probabilities of them first, by a softmax.",
        ),
        CommonMistake(
            _pooled(_at_the_peak),
            "You read the features at the highest cell alone: it is the *mean* under the heatmap, "
            "so that its gradient reaches the volume.",
        ),
        CommonMistake(
            _pooled(lambda v: _heatmaps(v, axes=(3, 4))),
            "You take a softmax of each slice of depth, so that the weights sum to D: one softmax "
            "goes over the whole volume.",
        ),
        CommonMistake(
            _pooled(lambda v: _heatmaps(v, axes=(3, 4), marginal=np.mean)),
            "You take a softmax of each slice and then their mean: a slice in which the joint "
            "surely is not counts as much as the one where it is. One softmax goes over the whole "
            "volume.",
        ),
        CommonMistake(
            _pooled(lambda v: _heatmaps(v, marginal=np.max)),
            "You take the maximum over depth: it is the *sum* of the probabilities that leaves a "
            "heatmap which sums to 1.",
        ),
        CommonMistake(
            _pooled(order=(0, 1, 2, 3)),
            "Your axes are (clips, T, C, K): the channels come first, then frames and joints.",
        ),
        CommonMistake(
            _pooled(order=(0, 2, 3, 1)),
            "Your axes are (clips, C, K, T): frames are the rows, joints the columns.",
        ),
        CommonMistake(
            _pooled(done=_reshaped),
            "You reshape (clips T, C, K) to (clips, C, T, K) directly: the shape is right, and the "
            "numbers are in the wrong places. Split the frames off first, then exchange axes.",
        ),
        CommonMistake(
            _pooled(done=_frames_first),
            "You split the first axis as (T, clips): the frames of one clip follow each other, so "
            "it is (clips, T).",
        ),
        CommonMistake(
            _pooled(take=lambda b: b.sum(axis=(3, 5))),
            "You sum the r x r cells: they share one cell's probability, so take their mean.",
        ),
        CommonMistake(
            _pooled(take=lambda b: b[:, :, :, 0, :, 0]),
            "You keep one of the r x r cells of the features: all of them lie under the heatmap's "
            "cell, so take their mean.",
        ),
        CommonMistake(_pooled(_transposed), "You exchange rows and columns of the heatmaps."),
    ),
    hints=(
        "Three steps: heatmaps (clips T, K, h, w) of the volumes; the features at the same cells, "
        "(clips T, C, h, w); for each frame and joint the weighted mean.",
        "Heatmaps: one softmax over D h w numbers for each joint, then a sum over D. Features: "
        "`features.reshape(n, C, h, r, w, r).mean(axis=(3, 5))`.",
        '`np.einsum("nkhw,nchw->nck", heatmaps, coarse)` is the weighted mean, because each '
        "heatmap sums to 1. Then reshape the first axis to (clips, T), and move C before T.",
    ),
    explanation="The mean under a heatmap is the same trick as soft-argmax, with features in place "
    "of coordinates. The appearance stream sees what there is *at* a joint (a bar in the hands, a "
    "bench under the back) and learns with a gradient where to look. Sharing a cell evenly over "
    "r x r finer cells gives the same mean as first averaging the finer cells, and that is cheaper "
    "than enlarging the heatmaps.",
)
