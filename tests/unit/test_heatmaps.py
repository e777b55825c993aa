"""Heatmaps there and back: each decoder to its stated error, and what has no peak."""

import math

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from posekit.codecs import heatmaps
from posekit.codecs.heatmaps import METHODS, GaussianHeatmaps
from posekit.errors import InputError

CODEC = GaussianHeatmaps((256, 192), stride=4, sigma=2)


def joints(seed=0, batch=8, count=17, margin=24.0):
    """Joints anywhere but near the edge, where a bump is cut."""
    draw = torch.Generator().manual_seed(seed)
    size = torch.tensor([192.0, 256.0])
    points = margin + torch.rand(batch, count, 2, generator=draw) * (size - 2 * margin)
    return points, torch.full((batch, count), 2)


def errors(method, codec=CODEC, seed=0, noise=0.0):
    points, visible = joints(seed)
    maps = codec.encode(points, visible)
    maps = maps + noise * torch.randn(maps.shape, generator=torch.Generator().manual_seed(seed))
    found = codec.decode(maps, method)
    return np.abs(found.keypoints - points.numpy()) / codec.stride


@pytest.mark.parametrize(
    "method, most", [("argmax", 0.5), ("quarter", 0.25), ("dark", 1e-3), ("fit", 1e-3)]
)
@settings(max_examples=10)
@given(seed=st.integers(0, 999))
def test_there_and_back(method, most, seed):
    assert errors(method, seed=seed).max() <= most + 1e-4


def test_the_bump_has_height_one_and_its_width_and_place():
    codec = GaussianHeatmaps((32, 64), stride=4, sigma=1.5)
    # Cell (5, 3) of stride 4 sits at pixel (21.5, 13.5).
    maps = codec.encode(torch.tensor([[[21.5, 13.5]]]), torch.ones(1, 1))
    assert maps.shape == (1, 1, 8, 16) and maps[0, 0, 3, 5] == 1 == maps.max()
    assert maps[0, 0, 3, 7].item() == pytest.approx(np.exp(-(2**2) / (2 * 1.5**2)))
    assert maps[0, 0, 4, 6].item() == pytest.approx(np.exp(-2 / (2 * 1.5**2)))


def test_the_targets_are_the_two_dimensional_exponential():
    points, visible = joints(batch=2, count=3)
    maps = CODEC.encode(points, visible).numpy()
    y, x = np.mgrid[:64, :48]
    for b, k in np.ndindex(2, 3):
        cx, cy = (points[b, k].numpy() + 0.5) / 4 - 0.5
        assert np.allclose(maps[b, k], np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 8), atol=1e-6)


def test_quantised_targets_lose_up_to_half_a_cell_whatever_the_decoder():
    codec = GaussianHeatmaps((256, 192), quantised=True)
    lost = errors("fit", codec)
    assert 0.4 < lost.max() <= 0.5 + 1e-4 and lost.mean() == pytest.approx(0.25, abs=0.03)


def test_out_is_filled_and_the_same():
    points, visible = joints()
    out = torch.full((8, 17, 64, 48), 9.0)
    assert CODEC.encode(points, visible, out=out) is out
    assert torch.equal(out, CODEC.encode(points, visible))


def test_dark_is_the_published_recipe():
    """Against the loop that the paper describes: blur every map, then step."""
    points, visible = joints(batch=4, margin=2.0)
    maps = CODEC.encode(points, visible).numpy()
    maps += np.random.default_rng(0).normal(0, 0.01, maps.shape).astype(np.float32)
    found, moved = CODEC.decode(maps, "dark").keypoints, 0
    for b, k in np.ndindex(4, 17):
        blurred = cv2.GaussianBlur(maps[b, k], (11, 11), 0, borderType=cv2.BORDER_CONSTANT)
        logs = np.log(np.maximum(blurred, 1e-10))
        y, x = np.unravel_index(maps[b, k].argmax(), maps[b, k].shape)
        step = np.zeros(2)
        if 1 < x < 46 and 1 < y < 62:
            g = np.array([logs[y, x + 1] - logs[y, x - 1], logs[y + 1, x] - logs[y - 1, x]]) / 2
            hxx = (logs[y, x + 2] - 2 * logs[y, x] + logs[y, x - 2]) / 4
            hyy = (logs[y + 2, x] - 2 * logs[y, x] + logs[y - 2, x]) / 4
            hxy = (
                logs[y + 1, x + 1] - logs[y - 1, x + 1] - logs[y + 1, x - 1] + logs[y - 1, x - 1]
            ) / 4
            step = -np.linalg.solve([[hxx, hxy], [hxy, hyy]], g)
        if np.abs(step).max() < 1:  # ours goes no further
            assert np.allclose(found[b, k], (np.array([x, y]) + step + 0.5) * 4 - 0.5, atol=1e-2)
            moved += bool(step.any())
    assert moved > 50


def test_with_noise_the_fit_is_as_good_as_dark():
    fit, dark = errors("fit", noise=0.01).mean(), errors("dark", noise=0.01).mean()
    assert fit < 1.2 * dark < 0.02


@settings(max_examples=10)
@given(seed=st.integers(0, 999), sigma=st.sampled_from([1.0, 1.5, 2.0, 3.0]))
def test_the_fit_reads_joints_up_to_the_edge(seed, sigma):
    """It knows which cells are not there. The peak must be in the map: half a cell of margin."""
    codec = GaussianHeatmaps((256, 192), stride=4, sigma=sigma)
    points, visible = joints(seed, margin=2.0)
    found = codec.decode(codec.encode(points, visible)).keypoints
    assert np.abs(found - points.numpy()).max() / 4 < 0.01


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size", [(4, 4), (4, 64), (8, 8), (12, 64)])
def test_maps_smaller_than_the_patch(method, size):
    codec = GaussianHeatmaps(size, stride=4, sigma=2)
    points = torch.tensor([[[size[1] / 2, size[0] / 2]]])
    maps = codec.encode(points, torch.ones(1, 1))
    found = codec.decode(maps, method).keypoints
    if size == (4, 4):
        assert np.isnan(found).all(), "one cell is everywhere equal"
    else:
        assert np.abs(found - points.numpy()).max() <= 4


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=10)
@given(seed=st.integers(0, 999))
def test_whatever_a_network_says_the_joint_is_within_a_cell_of_the_peak(method, seed):
    maps = torch.randn(2, 5, 64, 48, generator=torch.Generator().manual_seed(seed))
    best = CODEC.decode(maps, "argmax").keypoints
    found = CODEC.decode(maps, method)
    assert np.abs(found.keypoints - best).max() <= 4 + 1e-3
    assert np.array_equal(found.scores, maps.amax((-1, -2)).numpy())


@pytest.mark.parametrize("method", METHODS)
def test_flipping_the_map_flips_the_joint(method):
    points, visible = joints()
    maps = CODEC.encode(points, visible)
    there = CODEC.decode(maps, method).keypoints
    back = CODEC.decode(maps.flip(-1), method).keypoints
    assert np.allclose(back[..., 0], 191 - there[..., 0], atol=1e-3)
    assert np.allclose(back[..., 1], there[..., 1], atol=1e-3)


@pytest.mark.parametrize("method", METHODS)
def test_maps_without_a_peak_say_so(method):
    maps = torch.zeros(1, 5, 64, 48)
    maps[0, 1] = 0.7
    maps[0, 2, 3, 4] = float("nan")
    maps[0, 3] = float("-inf")
    maps[0, 4, 10, 20] = 0.9
    found = CODEC.decode(maps, method)
    assert np.isnan(found.keypoints[0, :4]).all() and (found.scores[0, :4] == 0).all()
    assert np.abs(found.keypoints[0, 4] - [81.5, 41.5]).max() <= 4
    assert found.scores[0, 4] == np.float32(0.9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("corner", [(0, 0), (63, 47), (0, 47), (63, 0)])
def test_a_peak_in_a_corner_stays_in_the_picture(method, corner):
    maps = np.zeros((1, 1, 64, 48), np.float32)
    maps[0, 0, *corner] = 1
    x, y = CODEC.decode(maps, method).keypoints[0, 0]
    assert abs(x - (corner[1] * 4 + 1.5)) <= 4 and abs(y - (corner[0] * 4 + 1.5)) <= 4


@pytest.mark.parametrize("outside", [(-6.0, 100.0), (195.0, 100.0), (100.0, -7.0), (-5.0, 260.0)])
def test_a_joint_just_outside_is_found_at_the_edge(outside):
    maps = CODEC.encode(torch.tensor([[outside]]), torch.ones(1, 1))
    for method in METHODS:
        x, y = CODEC.decode(maps, method).keypoints[0, 0]
        assert abs(x - np.clip(outside[0], 1.5, 189.5)) <= 4 + 1e-3
        assert abs(y - np.clip(outside[1], 1.5, 253.5)) <= 4 + 1e-3


def test_a_bump_ends_and_holds_no_number_too_small_for_a_processor():
    maps = CODEC.encode(torch.tensor([[[1.5, 1.5], [-79.0, 100.0]]]), torch.ones(1, 2))
    assert maps[maps > 0].min() >= 1e-34 and (maps[0, 0] == 0).any()
    assert not maps[0, 1].any(), "ten sigma away"
    assert np.isnan(CODEC.decode(maps).keypoints[0, 1]).all()


def test_a_joint_outside_reaches_in_and_an_unlabelled_one_is_zero():
    points = torch.tensor([[[-6.0, 100.0], [1e6, 0.0], [float("nan"), 3.0]]])
    maps = CODEC.encode(points, torch.tensor([[1, 2, 0]]))
    assert 0 < maps[0, 0].max() < 1 and not maps[0, 1:].any()


def test_nobody_is_no_map():
    maps = CODEC.encode(torch.zeros(0, 17, 2), torch.zeros(0, 17))
    assert maps.shape == (0, 17, 64, 48)
    assert CODEC.decode(maps).keypoints.shape == (0, 17, 2)


def test_what_cannot_be_meant_is_refused():
    for sigma in (0, -1, float("nan"), float("inf")):
        with pytest.raises(InputError, match=f"sigma is {sigma}"):
            GaussianHeatmaps((64, 64), sigma=sigma)
    with pytest.raises(InputError, match="does not divide"):
        GaussianHeatmaps((65, 64))
    with pytest.raises(InputError, match="not finite"):
        CODEC.encode(torch.full((1, 1, 2), float("nan")), torch.ones(1, 1))
    with pytest.raises(InputError, match="argmax, quarter, dark, fit"):
        CODEC.decode(torch.zeros(1, 1, 64, 48), "udp")
    with pytest.raises(InputError, match=r"\(B, K, 64, 48\)"):
        CODEC.decode(torch.zeros(1, 1, 48, 64))


def test_raw_maps_are_read_as_probabilities():
    """The softmax of a bump's logarithm is the bump made to sum to 1: about 1 / (2 pi sigma^2) at
    its top, of which the score is the share. A constant added to a raw map says nothing."""
    points, visible = joints(margin=32.0)
    raw = GaussianHeatmaps((256, 192), 4, sigma=1.5).encode(points, visible)
    raw = raw.clamp(min=1e-30).log() + 7
    assert (heatmaps.decode_heatmaps(raw) - points).abs().max() < 4e-3
    scores = heatmaps.peak_scores(raw)
    away = ((points + 0.5) / 4 - 0.5).frac() - 0.5  # from the corner between four cells
    top = torch.exp(-(0.5 - away.abs()).square().sum(-1) / (2 * 1.5**2))
    assert torch.allclose(scores, top, atol=1e-3)
    flat = heatmaps.peak_scores(torch.zeros(1, 1, 64, 48), sigma=2.0)
    assert flat.item() == pytest.approx(2 * math.pi * 2**2 / (64 * 48))
    sure = torch.zeros(1, 1, 64, 48)
    sure[..., 3, 4] = 1e3
    assert heatmaps.peak_scores(sure).item() == 1


def test_half_a_float_is_computed_in_full():
    codec = GaussianHeatmaps((64, 64), 4, 1.5)
    points = torch.tensor([[[10.0, 20], [30.5, 40.25], [math.nan, 1]]])
    visible = torch.tensor([[2, 1, 0]])
    for kind in (torch.float16, torch.bfloat16):
        maps = codec.encode(points.to(kind), visible)
        assert maps.dtype == torch.float32 and torch.equal(maps, codec.encode(points, visible))
