"""Chapter 02's exercises: the references against posekit, and what students answer.

``RIGHT`` and ``WRONG`` are run through the checks by `test_every_chapter`.
"""

import numpy as np
import pytest

from posekit import metrics, skeletons
from posekit.exercises.ch02_coordinate_regression.flip_average import (
    _colour_of_sides,
    _mirrored_down,
    flip_average,
)
from posekit.exercises.ch02_coordinate_regression.masked_mse import masked_mse
from posekit.exercises.ch02_coordinate_regression.pck import pck
from posekit.exercises.ch02_coordinate_regression.unreached import TALK, unreached


# --- unreached -------------------------------------------------------------------------------
def unreached_by_counting(count, limbs):
    hits = np.bincount(np.array(limbs, int).ravel(), minlength=count)
    return np.flatnonzero(hits == 0).tolist()


def unreached_by_sets(count, limbs):
    return sorted(set(range(count)) - {a for a, _ in limbs} - {b for _, b in limbs})


def unreached_printed(count, limbs):
    _ = [joint for joint in range(count) if joint not in np.ravel(limbs)]


# --- masked_mse ------------------------------------------------------------------------------
def mse_by_loop(predicted, target, visible):
    squares = [
        (p - t) ** 2
        for p, t, v in zip(predicted.reshape(-1, 2), target.reshape(-1, 2), visible.ravel())
        if v
    ]
    return float(np.mean(squares)) if squares else float("nan")


def mse_by_where(predicted, target, visible):
    labelled = (visible > 0)[..., None]
    square = np.where(labelled, predicted - target, 0) ** 2
    return np.float64(square.sum()) / (2 * labelled.sum())


def mse_times_mask(predicted, target, visible):
    labelled = (visible > 0)[..., None]
    return (labelled * (predicted - target) ** 2).sum() / (2 * labelled.sum())


def mse_per_person(predicted, target, visible):
    return np.nanmean(
        [mse_by_where(*(x[None] for x in one)) for one in zip(predicted, target, visible)]
    )


# --- mean_pose -------------------------------------------------------------------------------
def mean_by_nanmean(points, visible):
    out = np.full(points.shape[1:], np.nan)
    for k in range(points.shape[1]):
        if (visible[:, k] > 0).any():
            out[k] = points[visible[:, k] > 0, k].mean(0)
    return out


def mean_by_masked_array(points, visible):
    hidden = np.broadcast_to((visible == 0)[..., None], points.shape)
    return np.ma.array(points, mask=hidden).mean(axis=0).filled(np.nan)


# --- pck -------------------------------------------------------------------------------------
def pck_by_metrics(predicted, target, visible, torso, threshold):
    target = np.where((visible > 0)[..., None], target, 0)
    return metrics.pck(predicted, target, visible, metrics.Lengths(torso, ""), threshold).value


def pck_by_loop(predicted, target, visible, torso, threshold):
    hits = []
    for p, t, v, size in zip(predicted, target, visible, torso):
        if size == size:
            hits += [np.hypot(*(p[k] - t[k])) <= threshold * size for k in np.flatnonzero(v)]
    return 100 * float(np.mean(hits)) if hits else float("nan")


def _within(predicted, target, torso, threshold):
    return np.linalg.norm(predicted - target, axis=-1) <= threshold * torso[:, None]


# --- flip_average ----------------------------------------------------------------------------
def flip_by_both_at_once(model, images, flip):
    both = model(np.concatenate([images, images[..., ::-1]]))
    first, second = both[: len(images)], both[len(images) :]
    side = images.shape[-1]
    return np.stack([first, np.array([side - 1, 0]) + second[:, flip] * [-1, 1]]).mean(0)


def flip_by_joint(model, images, flip):
    first, second = model(images), model(images[:, :, :, ::-1])
    out = np.empty_like(first)
    for k, other in enumerate(flip):
        out[:, k, 0] = (first[:, k, 0] + images.shape[3] - 1 - second[:, other, 0]) / 2
        out[:, k, 1] = (first[:, k, 1] + second[:, other, 1]) / 2
    return out


def _flip(model, images, flip, back=lambda x, side: side - 1 - x, names=True):
    second = model(images[..., ::-1])
    second = second[:, flip].copy() if names else second.copy()
    second[..., 0] = back(second[..., 0], images.shape[-1])
    return (model(images) + second) / 2


RIGHT = {
    "unreached": [unreached_by_counting, unreached_by_sets],
    "masked_mse": [mse_by_loop, mse_by_where],
    "mean_pose": [mean_by_nanmean, mean_by_masked_array],
    "pck": [pck_by_metrics, pck_by_loop],
    "flip_average": [flip_by_both_at_once, flip_by_joint],
}

# A wrong answer, and a distinctive part of what its author must be told.
WRONG = {
    "unreached": [
        (lambda n, limbs: sorted(set(range(n)) - {a for a, _ in limbs}), "first joint of each"),
        (lambda n, limbs: sorted(set(range(n)) - {b for _, b in limbs}), "second joint of each"),
        (lambda n, limbs: sorted(set(np.ravel(limbs).astype(int).tolist())), "are reached: the"),
        (lambda n, limbs: [j + 1 for j in unreached_by_sets(n, limbs)], "count from 1"),
        (lambda n, limbs: len(unreached_by_sets(n, limbs)), "list their numbers"),
        (unreached_printed, "is a `return` missing?"),
    ],
    "masked_mse": [
        (lambda p, t, v: ((p - t) ** 2).sum() / p.size, "junk counts"),
        (lambda p, t, v: ((p - t) ** 2 * (v > 0)[..., None]).mean(), "divide by all joints"),
        (lambda p, t, v: mse_by_where(p, t, v * (v == 2)), "leave the occluded joints out"),
        (lambda p, t, v: mse_by_where(p, t, v) * 2, "x and y are two coordinates"),
        (lambda p, t, v: mse_by_where(p, t, v) ** 0.5, "pixels squared"),
        (lambda p, t, v: np.abs(p - t)[v > 0].mean(), "MSE takes squares"),
        (mse_times_mask, "NaN times 0 is NaN"),
        (mse_per_person, "average over all labelled joints at once"),
        (lambda p, t, v: np.nan_to_num(mse_by_where(p, t, v)), "claim that the network is perf"),
    ],
    "mean_pose": [
        (lambda p, v: p.sum(0) / len(p), "so junk at unlabelled joints counts"),
        (lambda p, v: (np.where(v[..., None] > 0, p, 0)).sum(0) / len(p), "how many have"),
        (lambda p, v: mean_by_nanmean(p, v == 2), "`visible` 1 is labelled"),
        (lambda p, v: p[(v > 0).all(1)].mean(0), "complete people only"),
        (lambda p, v: mean_by_nanmean(p, v).mean(0), "one mean for each joint"),
        (lambda p, v: np.nan_to_num(mean_by_nanmean(p, v)), "not the image's corner"),
        (
            lambda p, v: (p * (v > 0)[..., None]).sum(0) / (v > 0).sum(0)[:, None],
            "Keep NaN out of the sum",
        ),
    ],
    "pck": [
        (lambda *a: pck_by_loop(*a) / 100, "PCK is a percentage"),
        (
            lambda p, t, v, s, a: (
                100 * (np.abs(p - t) <= a * s[:, None, None]).all(-1)[v > 0].mean()
            ),
            "x and y one by one",
        ),
        (lambda p, t, v, s, a: 100 * _within(p, t, s, a).mean(), "count unlabelled joints too"),
        (
            lambda p, t, v, s, a: 100 * _within(p, t, np.full_like(s, s.mean()), a)[v > 0].mean(),
            "one torso for everybody",
        ),
        (lambda p, t, v, s, a: pck_by_loop(p, t, v, s, 0.2), "whatever `threshold` is"),
        (
            lambda p, t, v, s, a: pck_by_loop(p, t, v * ~np.isnan(p).any(-1), s, a),
            "silence would pay",
        ),
        (lambda p, t, v, s, a: 100 * _within(p, t, s, a)[v > 0].mean(), "count this person as all"),
    ],
    "flip_average": [
        (lambda m, i, f: _flip(m, i, f, names=False), "You do not rename the joints"),
        (lambda m, i, f: _flip(m, i, f, back=lambda x, side: x), "two different images"),
        (lambda m, i, f: _flip(m, i, f, back=lambda x, side: side - x), "half a pixel off"),
        (lambda m, i, f: m(i), "You ask once"),
        (lambda m, i, f: 2 * _flip(m, i, f), "This is the sum"),
        (lambda m, i, f: 2 * _flip(m, i, f) - m(i), "take the mean of both"),
        (_mirrored_down, "upside down"),
    ],
}


# --- the references ---------------------------------------------------------------------------
def test_the_talks_list_loses_the_right_wrist():
    mpii = skeletons.get("mpii16")
    assert [mpii.joints[k] for k in unreached(16, TALK)] == ["right_wrist"]
    assert unreached(16, mpii.limb_indices.tolist()) == []


@pytest.mark.parametrize("seed", range(5))
def test_the_scores_are_posekits(seed):
    rng = np.random.default_rng(seed)
    target = rng.uniform(0, 64, (7, 14, 2))
    predicted, visible = target + rng.normal(0, 5, target.shape), rng.integers(0, 3, (7, 14))
    lengths = metrics.torso_lengths(target, visible)
    assert masked_mse(predicted, target, visible) == pytest.approx(
        metrics.mse(predicted, target, visible).value
    )
    ours = pck(predicted, target, visible, lengths.values, 0.2)
    assert ours == pytest.approx(
        metrics.pck(predicted, target, visible, lengths).value, nan_ok=True
    )


def test_flip_averaging_is_an_involution_on_symmetric_models():
    images = np.random.default_rng(0).random((3, 3, 9, 9))
    flip = np.array([0, 2, 1])
    once = flip_average(_colour_of_sides, images, flip)
    back = flip_average(_colour_of_sides, images[..., ::-1], flip)[:, flip]
    back[..., 0] = 8 - back[..., 0]
    np.testing.assert_allclose(once, back)
