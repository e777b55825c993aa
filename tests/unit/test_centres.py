"""Centres and the ways to the joints: targets by their definition, people there and back."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from posekit.codecs.centres import Centres, guess_joints, snap
from posekit.codecs.pafs import PartFields
from posekit.errors import InputError
from posekit.geometry import cell_to_pixel, pixel_to_cell

from .made_crowds import crowd, matched

SIZE = (368, 656)
CODEC = Centres("openpose18", SIZE, stride=8)


def labels(cells, visible=None):
    cells = np.asarray(cells, np.float32)
    visible = np.full(cells.shape[:2], 2) if visible is None else visible
    return torch.tensor(cell_to_pixel(cells, 8))[None], torch.as_tensor(visible)[None]


def maps_of(cells, visible=None, skeleton="openpose18", noise=0.0, seed=0):
    """Centres, offsets and joint heatmaps of one image's people (P, K, 2) in cells."""
    targets = Centres(skeleton, SIZE, stride=8).encode(*labels(cells, visible))
    fields = PartFields(skeleton, SIZE, stride=8, sigma=0.875).encode(*labels(cells, visible))
    draw = torch.Generator().manual_seed(seed)
    maps = targets.centres[0], targets.offsets[0], fields.heatmaps[0]
    return [one + noise * torch.randn(one.shape, generator=draw) for one in maps]


@settings(max_examples=20)
@given(seed=st.integers(0, 9999), people=st.integers(0, 5))
def test_the_targets_are_the_definition(seed, people):
    rng = np.random.default_rng(seed)
    cells = rng.uniform(0, 45, (people, 18, 2)) / 3 + rng.uniform(0, 30, (people, 1, 2))
    visible = rng.integers(0, 3, (people, 18))
    visible[:, 0] = 2
    cells[visible == 0] = np.nan
    targets = CODEC.encode(*labels(cells, visible))
    middle = np.nanmean(cells, 1) if people else np.zeros((0, 2))
    y, x = np.mgrid[:46, :82]
    squared = np.array([(x - cx) ** 2 + (y - cy) ** 2 for cx, cy in middle])
    least = squared.min(0) if people else np.full((46, 82), np.inf)
    assert np.allclose(targets.centres[0, 0], np.exp(-least / (2 * 1.5**2)), atol=1e-4)
    offsets, mask = targets.offsets[0].numpy(), targets.offset_mask[0].numpy()
    close = np.argwhere(least < 1.5**2 - 1e-3)
    for row, column in close:
        order = np.sort(squared[:, row, column])
        if len(order) > 1 and order[1] - order[0] < 1e-3:
            continue  # as near to two
        person = squared[:, row, column].argmin()
        expected = cells[person] - (column, row)
        labelled = visible[person] > 0
        assert (mask[:, row, column].reshape(18, 2) == labelled[:, None]).all()
        found = offsets[:, row, column].reshape(18, 2)
        assert np.allclose(found[labelled], expected[labelled], atol=1e-4)
        assert not found[~labelled].any()
    far = least > 1.5**2 + 1e-3
    assert not offsets[:, far].any() and not mask[:, far].any()


def test_ignored_pixels_are_masked_by_their_share():
    ignore = torch.zeros(1, *SIZE, dtype=torch.bool)
    ignore[0, :, :20] = True
    cells = np.full((1, 18, 2), 2.0)
    points, visible = labels(cells)
    targets = CODEC.encode(points, visible, ignore)
    assert targets.mask[0, 0, 0, :4].tolist() == [0, 0, 0.5, 1]
    assert targets.offset_mask[0, 0, 2, :5].tolist() == [0, 0, 0.5, 1, 0]


def test_padding_and_images_of_a_batch_do_not_touch_each_other():
    rng = np.random.default_rng(0)
    cells = np.stack([crowd(rng, 3), crowd(rng, 3)])
    points = torch.tensor(cell_to_pixel(cells, 8))
    visible = torch.ones(2, 3, 18)
    visible[1, 2] = 0
    both = CODEC.encode(points, visible)
    one, two = CODEC.encode(points[:1], visible[:1]), CODEC.encode(points[1:, :2], visible[1:, :2])
    for a, b, c in zip(both, one, two):
        assert torch.equal(a[0], b[0]) and torch.equal(a[1], c[0])


def test_a_guess_is_the_centres_cell_and_the_way_from_it():
    offsets = np.zeros((4, 10, 10), np.float32)
    offsets[:, 3, 5] = 1, 2, -3, 0.5
    centres = np.array([[5.3, 2.6, 1], [0, 0, 1]], np.float32)
    assert guess_joints(centres, offsets).tolist() == [[[6, 5], [2, 3.5]], [[0, 0], [0, 0]]]


def test_a_guess_moves_to_a_near_peak_and_nobody_shares_one():
    guesses = np.array([[[10.0, 10.0], [30.0, 40.0]], [[13.0, 10.0], [33.0, 40.0]]])  # 36 cells
    (near, far), nobody = np.float32([[11, 10, 0.9], [14.5, 10, 0.8]]), np.zeros((0, 3), np.float32)
    joints = snap(guesses, [np.stack([near, far]), nobody])
    assert joints[:, 0].tolist() == [near.tolist(), far.tolist()]
    assert np.isnan(joints[:, 1, :2]).all() and not joints[:, 1, 2].any()
    joints = snap(guesses, [near[None], nobody])
    assert joints[0, 0].tolist() == near.tolist() and np.isnan(joints[1, 0, 0])
    away = np.float32([[25, 10, 1.0]])  # more than a fifth of the size
    assert np.isnan(snap(guesses, [away, away])[..., 0]).all()


@pytest.mark.parametrize("away, found", [(7.1, True), (7.3, False)])
def test_a_peak_is_near_up_to_a_fifth_of_the_size(away, found):
    guesses = np.array([[[10.0, 10.0], [30.0, 40.0]]])  # a size of 36.06 cells
    peak = np.float32([[10 - away, 10, 1]])
    assert np.isfinite(snap(guesses, [peak, peak])[0, 0, 0]) == found


@pytest.mark.parametrize("away, found", [(0.98, True), (1.02, False)])
def test_of_somebody_tiny_a_peak_is_near_up_to_a_cell(away, found):
    peak = np.float32([[10 + away, 10, 1]])
    assert np.isfinite(snap(np.full((1, 2, 2), 10.0), [peak, peak])[0, 0, 0]) == found


def test_a_high_peak_a_little_further_beats_a_low_one():
    guesses = np.array([[[10.0, 10.0], [30.0, 40.0]]])
    peaks = np.float32([[10.5, 10, 0.2], [12, 10, 0.9]])
    assert snap(guesses, [peaks, peaks])[0, 0, 0] == 12


@settings(max_examples=20)
@given(seed=st.integers(0, 9999), people=st.integers(0, 6))
@pytest.mark.parametrize("skeleton", ["openpose18", "lsp14"])
def test_there_and_back(skeleton, seed, people):
    rng = np.random.default_rng(seed)
    cells = crowd(rng, people, skeleton, apart=3)
    middle = cells.mean(1)
    apart = np.linalg.norm(middle[:, None] - middle, axis=-1)[np.triu_indices(people, 1)]
    if people > 1 and apart.min() < 4:
        return  # their centres are one bump
    found = Centres(skeleton, SIZE, stride=8).decode(*maps_of(cells, skeleton=skeleton))
    assert len(found.keypoints) == people
    assert matched(cells, pixel_to_cell(found.keypoints, 8)).max(initial=0) < 1e-3
    assert (found.scores > 0.7).all() and (np.diff(found.person_scores) <= 0).all()


def test_a_crowd_is_found_in_noise():
    recall = []
    for seed in range(10):
        cells = crowd(np.random.default_rng(seed), 10)
        found = CODEC.decode(*maps_of(cells, noise=0.02, seed=seed))
        recall.append(np.isfinite(matched(cells, pixel_to_cell(found.keypoints, 8))).mean())
    assert np.mean(recall) > 0.98


def test_joints_without_a_label_are_missing():
    cells = crowd(np.random.default_rng(2), 1)
    visible = np.full((1, 18), 2)
    visible[0, [4, 7]] = 0
    found = CODEC.decode(*maps_of(cells, visible))
    assert np.flatnonzero(np.isnan(found.keypoints[0, :, 0])).tolist() == [4, 7]
    assert not found.scores[0, [4, 7]].any()
    whole = CODEC.decode(*maps_of(cells))
    assert found.person_scores[0] == pytest.approx(whole.person_scores[0] * 16 / 18, rel=0.1)
    visible[0, 2:] = 0
    assert len(CODEC.decode(*maps_of(cells, visible)).keypoints) == 0, "two joints are no person"


def test_with_the_offsets_of_other_joints_nobody_is_whole():
    """What is left is chance: some joint's offset is much like another's."""
    right = []
    for seed in range(5):
        cells = crowd(np.random.default_rng(seed), 5, height=(30, 40))
        centres, offsets, heatmaps = maps_of(cells)
        shuffled = offsets[torch.randperm(36, generator=torch.Generator().manual_seed(seed))]
        points = CODEC.decode(centres, shuffled, heatmaps).keypoints
        right.append(np.isfinite(matched(cells, pixel_to_cell(points, 8))).mean(1))
    assert np.mean(right) < 0.3 and np.max(right) < 0.6


def test_nobody():
    targets = CODEC.encode(torch.zeros(2, 0, 18, 2), torch.zeros(2, 0, 18))
    assert not any(maps.any() for maps in (targets.centres, targets.offsets, targets.offset_mask))
    assert (targets.mask == 1).all()
    found = CODEC.decode(targets.centres[0], targets.offsets[0], torch.zeros(19, 46, 82))
    assert found.keypoints.shape == (0, 18, 2) and found.scores.shape == (0, 18)


@pytest.mark.parametrize("size", [(8, 8), (24, 20000)])
def test_maps_of_odd_shapes(size):
    codec = Centres("openpose18", size, stride=8)
    noise = np.random.default_rng(0).normal(size=(56, *codec.shape))
    found = codec.decode(noise[:1], noise[1:37], noise[37:55])
    assert np.isfinite(found.person_scores).all()


def test_what_cannot_be_meant_is_refused():
    with pytest.raises(InputError, match="radius is 0"):
        Centres("lsp14", (64, 64), radius=0)
    with pytest.raises(InputError, match="sigma"):
        Centres("lsp14", (64, 64), sigma=-1)
    with pytest.raises(InputError, match="does not divide"):
        Centres("lsp14", (65, 64))
    with pytest.raises(InputError, match="no joint set"):
        Centres("lsp15", (64, 64))
    with pytest.raises(InputError, match="visible must be"):
        CODEC.encode(torch.zeros(1, 2, 18, 2), torch.ones(1, 2, 17))
    with pytest.raises(InputError, match="not finite"):
        CODEC.encode(torch.full((1, 2, 18, 2), torch.nan), torch.ones(1, 2, 18))
    good = [np.zeros((n, 46, 82)) for n in (1, 36, 18)]
    CODEC.decode(*good)
    for i, name in enumerate(("centres", "offsets", "heatmaps")):
        for odd in (good[i][:-1], good[i][:, :5], np.full_like(good[i], np.nan)):
            with pytest.raises(InputError, match=name):
                CODEC.decode(*good[:i], odd, *good[i + 1 :])
