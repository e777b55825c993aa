"""Chapter 07's exercises: the references against PyTorch and posekit, and what students answer.

``RIGHT`` and ``WRONG`` are run through the checks by `test_every_chapter`.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, softmax
from torch.nn import functional as F

from posekit import losses
from posekit.exercises.ch07_multitask_pose_and_action.appearance_pooling import appearance_pooling
from posekit.exercises.ch07_multitask_pose_and_action.elastic_net import elastic_net
from posekit.exercises.ch07_multitask_pose_and_action.reinject import reinject
from posekit.exercises.ch07_multitask_pose_and_action.visibility import visibility
from posekit.models.multitask import MultitaskNet, Poses, PredictionBlock, read_volumes


# --- visibility --------------------------------------------------------------------------------
def visibility_by_joints(volumes):
    people, joints = volumes.shape[:2]
    out = np.empty((people, joints))
    for n in range(people):
        for k in range(joints):
            out[n, k] = expit(volumes[n, k].max())
    return out


def peak(volumes, of=np.max):
    return of(volumes, axis=(2, 3, 4))


# --- elastic_net -------------------------------------------------------------------------------
def net_by_numbers(predicted, target, visible):
    total, count = 0.0, 0
    for n, k in zip(*np.nonzero(visible)):
        for axis in range(3):
            if np.isfinite(target[n, k, axis]):
                e = abs(predicted[n, k, axis] - target[n, k, axis])
                total, count = total + e * (1 + e), count + 1
    return total / count if count else 0.0


def net_by_parts(predicted, target, visible):
    """x and y together, then z, weighted by how many there are."""
    seen, deep = visible > 0, (visible > 0) & ~np.isnan(target[..., 2])
    e = np.concatenate(
        [
            (predicted[..., :2] - target[..., :2])[seen].ravel(),
            (predicted[..., 2] - target[..., 2])[deep],
        ]
    )
    return float(np.abs(e).mean() + np.square(e).mean()) if len(e) else 0.0


def masked(predicted, target, visible, penalty=lambda e: np.abs(e) + e**2, over=None):
    known = (visible[..., None] > 0) & ~np.isnan(target)
    e = predicted[known] - target[known]
    return penalty(e).sum() / max(known.sum() if over is None else over(known, visible), 1)


# --- reinject ----------------------------------------------------------------------------------
def reinject_by_torch(x, refined, volumes, weight, bias):
    maps = torch.from_numpy(volumes).flatten(1, 2)
    back = F.conv2d(maps, torch.from_numpy(weight)[:, :, None, None], torch.from_numpy(bias))
    return x + refined + back.numpy()


def put_back(volumes, weight, bias, order="nkdhw"):
    depth = volumes.shape[2]
    tables = weight.reshape(len(weight), volumes.shape[1], depth)
    return np.einsum(f"ckd,{order}->nchw", tables, volumes) + bias.reshape(1, -1, 1, 1)


# --- appearance_pooling ------------------------------------------------------------------------
def pooling_by_loops(features, volumes, frames):
    count, joints, _, h, _ = volumes.shape
    channels, r = features.shape[1], features.shape[2] // h
    out = np.zeros((count // frames, channels, frames, joints))
    for n in range(count):
        for k in range(joints):
            heatmap = softmax(volumes[n, k]).sum(0)
            fine = np.kron(heatmap, np.ones((r, r))) / r**2
            out[n // frames, :, n % frames, k] = (features[n] * fine).sum((1, 2))
    return out


def pooled(features, volumes, frames, maps=None, shrink=None, end=None):
    n, c = features.shape[:2]
    h, w = volumes.shape[3:]
    r = features.shape[2] // h
    maps = maps(volumes) if maps else softmax(volumes, axis=(2, 3, 4)).sum(2)
    blocks = features.reshape(n, c, h, r, w, r)
    coarse = shrink(blocks) if shrink else blocks.mean((3, 5))
    each = (maps.reshape(n, 1, -1, h * w) * coarse.reshape(n, c, 1, h * w)).sum(-1)
    if end:
        return end(each, frames)
    return np.swapaxes(each.reshape(n // frames, frames, c, -1), 1, 2)


def only_where_square(wrong):
    """A student who wrote what runs, and noticed no error only where the sizes agree."""

    def answer(x, refined, volumes, weight, bias):
        square = weight.shape[0] == weight.shape[1]
        return (wrong if square else reinject)(x, refined, volumes, weight, bias)

    return answer


RIGHT = {
    "visibility": [visibility_by_joints, lambda v: expit(peak(v))],
    "elastic_net": [net_by_numbers, net_by_parts],
    "reinject": [reinject_by_torch, lambda x, r, v, w, b: put_back(v, w, b) + r + x],
    "appearance_pooling": [pooling_by_loops, pooled],
}

WRONG = {
    "visibility": [
        (peak, "the maximum itself"),
        (lambda v: expit(peak(v, np.mean)), "the mean of the cells"),
        (lambda v: peak(softmax(v, axis=(2, 3, 4))), "how *sharp*"),
        (lambda v: expit(peak(softmax(v, axis=(2, 3, 4)))), "softmax before the sigmoid"),
        (lambda v: expit(-peak(v)), "sign in the exponent"),
        (lambda v: (peak(v) > 0) * 1.0, "only yes or no"),
        (lambda v: peak(v) > 0, "an array of real numbers"),
        (lambda v: expit(v.max((3, 4)).mean(2)), "the maximum of each slice"),
        (lambda v: expit(v.max((3, 4))), "shape (1, 1)"),
        (lambda v: np.exp(peak(v)) / (1 + np.exp(peak(v))), "right on paper"),
        (lambda v: expit(v.reshape(*v.shape[:2], -1).max(-1)), "cannot guess"),
    ],
    "elastic_net": [
        (
            lambda p, t, v: np.mean(np.abs(p - t) + (p - t) ** 2),
            "count joints whose `visible` is 0",
        ),
        (lambda p, t, v: masked(p, t, v, lambda e: e + e**2), "negative errors"),
        (lambda p, t, v: masked(p, t, v, np.square), "the square alone"),
        (lambda p, t, v: masked(p, t, v, np.abs), "|e| alone"),
        (lambda p, t, v: masked(p, t, v * np.isfinite(t).all(-1)), "leave out the whole joint"),
        (lambda p, t, v: masked(p, np.where(np.isnan(t), 0, t), v), "unknown depth as 0"),
        (
            lambda p, t, v: masked(p, t, v, over=lambda known, seen: 3 * (seen > 0).sum()),
            "the fewer depths there are",
        ),
        (lambda p, t, v: masked(p, t, v, over=lambda known, seen: known.size), "all coordinates"),
        (
            lambda p, t, v: masked(p, t, v, over=lambda known, seen: (seen > 0).sum()),
            "the number of joints",
        ),
        (lambda p, t, v: masked(p, t, v == 2), "occluded joints out"),
        (lambda p, t, v: masked(p, t, v + 1), "junk"),
        (lambda p, t, v: masked(p, t, v) if (v > 0).any() else float("nan"), "ends a training"),
    ],
    "reinject": [
        (lambda x, r, v, w, b: put_back(v, w, b), "only what is put back"),
        (lambda x, r, v, w, b: r + put_back(v, w, b), "the block's input `x` out"),
        (lambda x, r, v, w, b: x + put_back(v, w, b), "leave `refined` out"),
        (lambda x, r, v, w, b: x + r, "put nothing back"),
        (lambda x, r, v, w, b: x + r + put_back(v, w, 0 * b), "leave the bias out"),
        (
            only_where_square(lambda x, r, v, w, b: x + r + put_back(v, w.T, b)),
            "columns for its rows",
        ),
        (
            lambda x, r, v, w, b: (
                x
                + r
                + np.einsum(
                    "cm,nmhw->nchw",
                    w,
                    v.transpose(0, 2, 1, 3, 4).reshape(len(v), w.shape[1], *v.shape[3:]),
                )
                + b[:, None, None]
            ),
            "in another order",
        ),
        (
            lambda x, r, v, w, b: x + r + put_back(softmax(v, axis=(2, 3, 4)), w, b),
            "probabilities back",
        ),
        (lambda x, r, v, w, b: (x + r) * put_back(v, w, b), "You multiply"),
    ],
    "appearance_pooling": [
        (lambda f, v, t: pooled(f, v, t, lambda v: v.sum(2)), "the raw volumes"),
        (
            lambda f, v, t: pooled(
                f,
                v,
                t,
                lambda v: (
                    (
                        (v == v.max((2, 3, 4), keepdims=True)).any(2)
                        & (np.cumsum(np.ones(v.shape[3:])).reshape(v.shape[3:]) > 0)
                    )
                    * 1.0
                ),
            ),
            "two lie at different depths",
        ),
        (
            lambda f, v, t: pooled(f, v, t, lambda v: softmax(v, axis=(3, 4)).sum(2)),
            "the weights sum to D",
        ),
        (
            lambda f, v, t: pooled(f, v, t, lambda v: softmax(v, axis=(3, 4)).mean(2)),
            "then their mean",
        ),
        (
            lambda f, v, t: pooled(f, v, t, lambda v: softmax(v, axis=(2, 3, 4)).max(2)),
            "the maximum over depth",
        ),
        (lambda f, v, t: np.swapaxes(pooled(f, v, t), 1, 2), "shape (2, 4, 3, 7)"),
        (lambda f, v, t: np.swapaxes(pooled(f, v, t), 2, 3), "shape (2, 4, 3, 7)"),
        (
            lambda f, v, t: pooled(
                f, v, t, end=lambda each, t: each.reshape(-1, each.shape[1], t, each.shape[2])
            ),
            "in the wrong places",
        ),
        (
            lambda f, v, t: pooled(
                f, v, t, end=lambda each, t: np.moveaxis(each.reshape(t, -1, *each.shape[1:]), 0, 2)
            ),
            "the frames of one clip follow each other",
        ),
        (lambda f, v, t: pooled(f, v, t, shrink=lambda b: b.sum((3, 5))), "sum the r x r"),
        (lambda f, v, t: pooled(f, v, t, shrink=lambda b: b[:, :, :, 0, :, 0]), "keep one of"),
    ],
}


# --- the references against PyTorch and posekit ------------------------------------------------
@settings(max_examples=20, deadline=None)
@given(st.integers(0, 999), st.floats(0.1, 100))
def test_visibility_is_the_networks(seed, scale):
    volumes = scale * np.random.default_rng(seed).normal(size=(2, 3, 4, 5, 6))
    _, logits, _ = read_volumes(torch.from_numpy(volumes), 8)
    np.testing.assert_allclose(visibility(volumes), torch.sigmoid(logits).numpy(), atol=1e-6)
    np.testing.assert_allclose(visibility(volumes), expit(volumes.max((2, 3, 4))), atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 999))
def test_elastic_net_is_posekits_with_the_mask_of_depths(seed):
    rng = np.random.default_rng(seed)
    predicted, target, visible = *rng.normal(size=(2, 3, 5, 3)), rng.integers(0, 3, (3, 5))
    target[rng.random((3, 5)) < 0.5, 2] = np.nan
    parts = [torch.from_numpy(part) for part in (predicted, target, visible)]
    known = losses.in_space(parts[2], parts[1][..., 2])
    expected = losses.elastic_net(parts[0], parts[1], known).item()
    assert elastic_net(predicted, target, visible) == pytest.approx(expected)


def test_reinject_is_what_a_prediction_block_does():
    torch.manual_seed(0)
    block = PredictionBlock(4, 6, lambda channels: torch.nn.Conv2d(channels, channels, 3, 1, 1))
    x = torch.randn(2, 4, 5, 3)
    with torch.no_grad():
        after, maps = block(x)
        refined = block.refine(x)
    weight, bias = (part.detach().numpy() for part in block.reinject.parameters())
    volumes = maps.unflatten(1, (3, 2)).numpy()
    found = reinject(x.numpy(), refined.numpy(), volumes, weight[:, :, 0, 0], bias)
    np.testing.assert_allclose(found, after.numpy(), atol=1e-5)


def test_appearance_pooling_is_what_the_appearance_stream_gets():
    torch.manual_seed(0)
    net = MultitaskNet(5, 3, widths=(4, 8, 8, 8, 8), depth=2, width=8).eval()
    net.heads.streams["appearance"].forward = lambda image: [image]
    features, volumes = torch.randn(4, 8, 3, 3), torch.randn(4, 5, 2, 3, 3)
    parts = [part.unflatten(0, (2, 2)) for part in read_volumes(volumes, 8)]
    net.heads.fusion = None
    image = net.heads.recognise(Poses(*parts), features, torch.ones(3))["appearance"][0]
    found = appearance_pooling(features.numpy(), volumes.numpy(), 2)
    np.testing.assert_allclose(found, image.numpy(), atol=1e-5)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 3), st.integers(1, 2), st.integers(1, 3), st.integers(0, 99))
def test_pooling_fine_features_is_pooling_enlarged_heatmaps(frames, clips, finer, seed):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(frames * clips, 2, 3 * finer, 2 * finer))
    volumes = rng.normal(size=(frames * clips, 4, 2, 3, 2))
    np.testing.assert_allclose(
        appearance_pooling(features, volumes, frames),
        pooling_by_loops(features, volumes, frames),
        atol=1e-12,
    )
