"""Chapter 03's exercises: the references against posekit, and what students answer.

``RIGHT`` and ``WRONG`` are run through the checks by `test_every_chapter`.
"""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from posekit import losses
from posekit.codecs.heatmaps import GaussianHeatmaps
from posekit.exercises.ch03_heatmaps.decode import _decode, _log_step, decode
from posekit.exercises.ch03_heatmaps.encode import encode
from posekit.exercises.ch03_heatmaps.find_joints import (
    CROSS,
    _alone,
    _answer,
    _scene,
    _sorted,
    _tops,
    find_joints,
)
from posekit.exercises.ch03_heatmaps.flip_test import _flip, _sides, flip_test
from posekit.exercises.ch03_heatmaps.map_loss import _map_loss, _rows_only, _unstable, map_loss


# --- encode ----------------------------------------------------------------------------------
def encode_by_posekit(points, visible, size, stride, sigma):
    size = tuple(side // stride * stride for side in size)  # posekit refuses a remainder
    codec = GaussianHeatmaps(size, stride, sigma)
    points = np.where(visible[:, None] > 0, points, 0)
    return codec.encode(torch.from_numpy(points)[None], torch.from_numpy(visible)[None])[0].numpy()


def encode_as_a_product(points, visible, size, stride, sigma, half=0.5, two=2):
    def bump(centre, length):
        return np.exp(-((np.arange(length // stride) - centre[:, None]) ** 2) / (two * sigma**2))

    cells = (np.where(visible[:, None] > 0, points, 0) + half) / stride - half
    along_x, along_y = bump(cells[:, 0], size[1]), bump(cells[:, 1], size[0])
    return (visible > 0)[:, None, None] * along_y[:, :, None] * along_x[:, None, :]


def encode_with_junk(points, visible, size, stride, sigma):
    """The mask as a factor after the exponential: NaN gets through."""
    y, x = np.mgrid[: size[0] // stride, : size[1] // stride]
    cx, cy = ((points + 0.5) / stride - 0.5).T[:, :, None, None]
    maps = np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * sigma**2))
    return maps * (visible > 0)[:, None, None]


def encode_rounded_up(points, visible, size, stride, sigma):
    size = [-(-side // stride) * stride for side in size]
    return encode_by_posekit(points, visible, size, stride, sigma)


# --- decode ----------------------------------------------------------------------------------
def decode_by_polyfit(heatmap, stride):
    if np.ptp(heatmap) == 0:
        return np.full(2, np.nan)
    row, column = divmod(int(heatmap.argmax()), heatmap.shape[1])
    out = []
    for i, line in ((column, heatmap[row]), (row, heatmap[:, column])):
        near = line[max(i - 1, 0) : i + 2]
        if len(near) == 3 and (near > 0).all():
            a, b, _ = np.polyfit([-1, 0, 1], np.log(near), 2)
            i = i - b / (2 * a)
        out.append(i * stride + (stride - 1) / 2)
    return np.array(out)


def decode_without_a_look_at_the_border(heatmap, stride):
    row, column = np.unravel_index(heatmap.argmax(), heatmap.shape)
    x = column + _log_step(*heatmap[row, column - 1 : column + 2])
    y = row + _log_step(*heatmap[row - 1 : row + 2, column])
    return (np.array([x, y]) + 0.5) * stride - 0.5


# --- map_loss --------------------------------------------------------------------------------
def loss_by_posekit(maps, targets, visible):
    return losses.heatmap_cross_entropy(maps, torch.nan_to_num(targets), visible)


def loss_by_torch(maps, targets, visible):
    keep = (visible > 0).flatten()
    if keep.sum() == 0:
        return torch.zeros((), dtype=maps.dtype)
    maps, targets = (t.flatten(0, 1).flatten(1)[keep] for t in (maps, targets))
    return F.cross_entropy(maps, targets / targets.sum(1, keepdim=True))


# --- flip_test -------------------------------------------------------------------------------
def flip_by_both_at_once(model, images, flip):
    both = model(np.concatenate([images, np.flip(images, -1)]))
    first, second = np.split(both, 2)
    return np.mean([first, np.flip(second, -1)[:, flip]], axis=0)


def flip_by_joint(model, images, flip):
    first, second = model(images), model(images[:, :, :, ::-1])
    out = np.empty_like(first)
    for k, other in enumerate(flip):
        out[:, k] = 0.5 * first[:, k] + 0.5 * second[:, other, :, ::-1]
    return out


# --- find_joints ------------------------------------------------------------------------------
def find_by_erasing(heatmap, stride, share, radius, chebyshev=False):
    """The highest cell that is a peak, again and again; what is around it is erased."""
    y, x = np.indices(heatmap.shape)
    padded, found = np.pad(heatmap, 1, constant_values=-np.inf), []
    left = np.where((heatmap > 0) & (heatmap >= share * heatmap.max()), heatmap, -np.inf)
    while np.ptp(heatmap) and left.max() > -np.inf:
        row, column = np.unravel_index(left.argmax(), left.shape)
        left[row, column] = -np.inf
        if heatmap[row, column] < padded[row : row + 3, column : column + 3].max():
            continue
        place = decode_at(heatmap, row, column, stride)
        found.append([*place, heatmap[row, column]])
        down, across = abs(y - row), abs(x - column)
        away = np.maximum(down, across) if chebyshev else np.sqrt(down**2 + across**2)
        left[away <= radius] = -np.inf
    return np.array(found).reshape(-1, 3)


def decode_at(heatmap, row, column, stride):
    """Exercise 2 at a cell that need not be the highest: its cross, with the cell on top."""
    cross = np.zeros(heatmap.shape)
    cross[row], cross[:, column] = heatmap[row], heatmap[:, column]
    cross = np.minimum(cross, heatmap[row, column])
    cross[row, column] *= 1 + 1e-9
    return decode_by_polyfit(cross, stride)


RIGHT = {
    "encode": [encode_by_posekit, encode_as_a_product],
    "decode": [decode_by_polyfit],
    "map_loss": [loss_by_posekit, loss_by_torch],
    "flip_test": [flip_by_both_at_once, flip_by_joint],
    "find_joints": [find_by_erasing],
}

# A wrong answer, and a distinctive part of what its author must be told.
WRONG = {
    "encode": [
        (lambda p, v, z, s, g: encode_as_a_product(p, v, z, s, g, half=0), "half a cell off"),
        (
            lambda p, v, z, s, g: encode_by_posekit(
                np.round((p + 0.5) / s - 0.5) * s + s / 2 - 0.5, v, z, s, g
            ),
            "on the nearest cell",
        ),
        (lambda p, v, z, s, g: encode_by_posekit(p[:, [1, 0]], v, z, s, g), "exchange x and y"),
        (lambda p, v, z, s, g: encode_by_posekit(p, v, (z[1], z[0]), s, g), "height and width"),
        (lambda p, v, z, s, g: encode_as_a_product(p, v, z, s, g, two=1), "2 sigma squared"),
        (lambda p, v, z, s, g: encode_as_a_product(p, v, z, s, g / s), "it counts cells"),
        (
            lambda p, v, z, s, g: encode_by_posekit(p, v, z, s, g) / (2 * np.pi * g * g),
            "here its height is 1",
        ),
        (lambda p, v, z, s, g: encode_by_posekit(p, v * (v == 2), z, s, g), "occluded joint out"),
        (encode_with_junk, "before any arithmetic"),
        (encode_rounded_up, "what is left at the end is no cell"),
    ],
    "decode": [
        (
            lambda m, s: (np.array(np.unravel_index(m.argmax(), m.shape))[::-1] + 0.5) * s - 0.5,
            "the middle of the highest cell",
        ),
        (
            lambda m, s: _decode(m, s, lambda a, b, c: 0.25 if c > a else -0.25 if a > c else 0),
            "still not there",
        ),
        (
            lambda m, s: _decode(m, s, lambda a, b, c: (c - a) / (4 * b - 2 * a - 2 * c)),
            "through the values themselves",
        ),
        (lambda m, s: decode_by_polyfit(m, s)[::-1], "exchange x and y"),
        (lambda m, s: decode_by_polyfit(m, s) - (s - 1) / 2, "half a cell off"),
        (lambda m, s: (decode_by_polyfit(m, s) - (s - 1) / 2) / s, "These are cells"),
        (lambda m, s: np.nan_to_num(decode_by_polyfit(m, s), nan=(s - 1) / 2), "has no peak"),
        (decode_without_a_look_at_the_border, "no neighbour on one side"),
        (lambda m, s: decode_by_polyfit(m + 1e-9, s), "has the 0 keeps its cell"),
        (lambda m, s: decode_by_polyfit(abs(m), s), "above 0 has a logarithm"),
    ],
    "map_loss": [
        (lambda m, t, v: losses.heatmap_mse(m, t, v), "squared difference of two maps"),
        (_rows_only, "each row by itself"),
        (
            lambda m, t, v: (
                -(t * m.flatten(2).log_softmax(-1).view_as(m)).sum((2, 3))[v > 0].mean()
            ),
            "does not sum to 1",
        ),
        (
            lambda m, t, v: loss_by_torch(m, t, v) / m.shape[2] / m.shape[3],
            "average over joints alone",
        ),
        (lambda m, t, v: loss_by_torch(m, t, v == 2), "leave occluded joints out"),
        (lambda m, t, v: loss_by_torch(m, t, torch.ones_like(v)), "count every joint"),
        (
            lambda m, t, v: _map_loss(m, t, v, lambda each, k: (each * k).mean()),
            "divide by all joints",
        ),
        (
            lambda m, t, v: _map_loss(m, t, v, lambda each, k: (each * k).sum() / k.sum()),
            "NaN times 0 is NaN",
        ),
        (_unstable, "maximum out first"),
        (
            lambda m, t, v: F.cross_entropy(
                m[v > 0].flatten(1), t[v > 0].flatten(1) / t[v > 0].sum((1, 2))[:, None]
            ),
            "return 0 where",
        ),
        (lambda m, t, v: loss_by_posekit(m, t, v).detach(), "cut the gradient off"),
    ],
    "flip_test": [
        (lambda m, i, f: m(i), "You ask once"),
        (lambda m, i, f: (m(i) + m(i[..., ::-1])[:, f]) / 2, "two different images"),
        (lambda m, i, f: (m(i) + np.flip(m(np.flip(i, -1)), -1)) / 2, "do not rename the joints"),
        (
            lambda m, i, f: _flip(
                m, i, f, lambda maps, flip: np.roll(np.flip(maps, -1)[:, flip], 1, -1)
            ),
            "on this grid it is the mistake",
        ),
        (lambda m, i, f: (m(i) + m(i[..., ::-1])[:, f, ::-1]) / 2, "the map upside down"),
        (lambda m, i, f: 2 * flip_by_joint(m, i, f), "This is the sum"),
        (lambda m, i, f: flip_by_joint(m, i, f) * 2 - m(i), "to the mirror image alone"),
        (lambda m, i, f: np.maximum(m(i), m(i[..., ::-1])[:, f, :, ::-1]), "take their mean"),
    ],
    "find_joints": [
        (lambda m, s, q, r: find_by_erasing(m, s, 1.0, r), "the highest peak alone"),
        (lambda m, s, q, r: find_by_erasing(m, s, q, r)[:, [1, 0, 2]], "exchange x and y"),
        (lambda m, s, q, r: find_by_erasing(m, 1, q, r), "These are cells"),
        (lambda m, s, q, r: find_by_erasing(m, s, q, r)[::-1], "lowest peak comes first"),
        (lambda m, s, q, r: _sorted(find_by_erasing(m, s, q, r)), "in which they stand"),
        (lambda m, s, q, r: find_by_erasing(m, s, q / m.max(), r), "with `share` itself"),
        (lambda m, s, q, r: _answer(m, s, q, r, step=lambda *_: 0), "as in exercise 2"),
        (lambda m, s, q, r: _answer(m, s, q, r, around=()), "every cell above the threshold"),
        (lambda m, s, q, r: _answer(m, s, q, r, around=CROSS), "four neighbours"),
        (lambda m, s, q, r: find_by_erasing(m, s, q, 0), "however near"),
        (lambda m, s, q, r: find_by_erasing(m, s, q, r / s), "in pixels: it counts cells"),
        (lambda m, s, q, r: _answer(m, s, q, r, apart=_alone), "that you have kept"),
        (lambda m, s, q, r: find_by_erasing(m, s, q, r, chebyshev=True), "the larger of the two"),
        (lambda m, s, q, r: _answer(m, s, q, r, beats=np.greater), "Let `radius` remove"),
        (lambda m, s, q, r: find_by_erasing(m, s, q, r)[:, :2], "shape"),
        (lambda m, s, q, r: _answer(m, s, q, r - 1e-9), "still within the radius"),
        (lambda m, s, q, r: _answer(m, s, q + 1e-9, r), "just that high is kept"),
    ],
}


# --- the references ---------------------------------------------------------------------------
@pytest.mark.parametrize("seed", range(5))
def test_what_encode_draws_decode_reads(seed):
    rng = np.random.default_rng(seed)
    points = rng.uniform(8, 40, (9, 2))
    for stride, sigma in [(2, 1.0), (4, 1.0), (4, 2.5)]:
        maps = encode(points, np.ones(9), (48, 48), stride, sigma)
        found = [decode(one, stride) for one in maps]
        np.testing.assert_allclose(found, points, atol=1e-6)


def test_the_loss_of_the_right_map_is_the_target_s_entropy():
    target = torch.from_numpy(encode(np.array([[13.0, 9.0]]), np.ones(1), (32, 32), 4, 1.5))
    share = target / target.sum()
    entropy = -(share * share.log()).sum()
    seen = torch.ones(1, 1)
    assert map_loss(share.log()[None], target[None], seen).item() == pytest.approx(entropy)
    assert map_loss(torch.zeros(1, 1, 8, 8), target[None], seen) == pytest.approx(np.log(64))


def test_a_batch_without_labels_still_has_a_gradient():
    maps = torch.zeros(2, 3, 4, 4, requires_grad=True)
    map_loss(maps, torch.zeros(2, 3, 4, 4), torch.zeros(2, 3)).backward()
    assert not maps.grad.any()


@pytest.mark.parametrize("seed", range(3))
def test_find_joints_finds_what_was_drawn(seed):
    rng = np.random.default_rng(seed)
    heights = np.array([1.0, 0.9, 0.8])
    for _ in range(20):
        grid = rng.permutation(12)[:3]  # 32 pixels apart, at least 20 after the shift
        points = np.stack([grid % 4, grid // 4], 1) * 32.0 + rng.uniform(10, 22, (3, 2))
        bumps = [
            _scene([point], [height], (96, 128), 1.0) for point, height in zip(points, heights)
        ]
        found = find_joints(np.sum(bumps, 0), 4, 0.5, 2)
        off = np.linalg.norm(points[:, None] - found[:, :2], axis=-1)
        assert len(found) == 3 and off.min(1).max() < 0.3


def test_kept_joints_are_further_apart_than_the_radius():
    heatmap = np.random.default_rng(0).random((30, 30))
    for radius in (0, 2, 5):
        cells = find_joints(heatmap, 1, 0.0, radius)[:, :2].round()
        gaps = np.linalg.norm(cells[:, None] - cells, axis=-1) + 99 * np.eye(len(cells))
        assert gaps.min() > radius - 1.5  # a refined place is at most half a cell from its own
    assert len(find_joints(heatmap, 1, 0.0, 0)) == len(_tops(heatmap, 0))


def test_a_flip_tested_model_is_symmetric():
    images = np.random.default_rng(0).random((3, 3, 16, 16))
    flip = np.array([0, 2, 1])
    once = flip_test(_sides, images, flip)
    mirrored = flip_test(_sides, images[..., ::-1], flip)
    np.testing.assert_allclose(once, mirrored[:, flip, :, ::-1])
