"""Targets of part affinity fields by their definition, masks, and people there and back."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from posekit import skeletons
from posekit.codecs.pafs import PartFields
from posekit.errors import InputError
from posekit.geometry import cell_to_pixel, pixel_to_cell

from .made_crowds import crowd, matched

CODEC = PartFields("openpose18", (368, 656), stride=8, sigma=0.875)


def encode(codec, cells, visible=None, **more):
    """Targets of one image's people (P, K, 2) in cells."""
    cells = np.asarray(cells, np.float32)
    visible = np.full(cells.shape[:2], 2) if visible is None else visible
    points = torch.tensor(cell_to_pixel(cells, codec.stride))[None]
    return codec.encode(points, torch.as_tensor(np.asarray(visible))[None], **more)


def field_by_definition(codec, cells, visible):
    """(2L, h, w): each cell's unit vectors of the limbs within ``width``, averaged."""
    (h, w), limbs = codec.shape, codec.limbs
    y, x = np.mgrid[:h, :w]
    grid = np.stack([x, y], -1).astype(float)
    field, count = np.zeros((len(limbs), h, w, 2)), np.zeros((len(limbs), h, w))
    for person, (limb, (a, b)) in ((p, one) for p in range(len(cells)) for one in enumerate(limbs)):
        start, step = cells[person, a], cells[person, b] - cells[person, a]
        length = np.linalg.norm(step)
        if not (visible[person, a] and visible[person, b] and length > 0):
            continue
        along = np.clip((grid - start) @ step / length, 0, length)
        away = np.linalg.norm(grid - start - along[..., None] * step / length, axis=-1)
        near = away <= codec.width + 1e-4
        field[limb][near] += step / length
        count[limb] += near
    field /= np.maximum(count, 1)[..., None]
    return field.transpose(0, 3, 1, 2).reshape(-1, h, w)


@settings(max_examples=30)
@given(
    seed=st.integers(0, 9999),
    width=st.sampled_from([0.3, 1.0, 2.5]),
    kind=st.sampled_from(["anywhere", "whole cells", "upright", "level", "one place"]),
)
def test_the_fields_are_the_definition(seed, width, kind):
    rng = np.random.default_rng(seed)
    codec = PartFields("lsp14", (64, 96), width=width)
    cells = rng.uniform(-5, 28, (3, 14, 2))
    if kind == "whole cells":
        cells = cells.round()
    elif kind != "anywhere":
        axes = {"upright": [0], "level": [1], "one place": [0, 1]}[kind]
        cells[..., axes] = cells[:, :1, axes]
    cells = pixel_to_cell(cell_to_pixel(cells.astype(np.float32), 4), 4).astype(float)
    visible = rng.integers(0, 3, (3, 14))
    found = encode(codec, cells, visible).pafs[0].numpy()
    away = np.abs(found - field_by_definition(codec, cells, visible)).max(0)
    # A cell exactly at the border of a limb may fall to either side of it.
    assert (away > 1e-3).sum() <= (0 if kind == "whole cells" else 2)
    assert kind != "one place" or not found.any()


def test_the_heatmaps_are_the_maximum_over_people_and_the_background_is_the_rest():
    cells = crowd(np.random.default_rng(0), 6)
    maps = encode(CODEC, cells).heatmaps[0].numpy()
    y, x = np.mgrid[:46, :82]
    for k in range(18):
        squared = [(x - cx) ** 2 + (y - cy) ** 2 for cx, cy in cells[:, k]]
        expected = np.exp(-np.min(squared, 0) / (2 * 0.875**2))
        assert np.allclose(maps[k], expected, atol=1e-4)
    assert np.allclose(maps[18], 1 - maps[:18].max(0))


def test_images_of_a_batch_do_not_touch_each_other():
    rng = np.random.default_rng(0)
    points = torch.tensor(cell_to_pixel(np.stack([crowd(rng, 3), crowd(rng, 3)]), 8))
    visible = torch.tensor(rng.integers(0, 3, (2, 3, 18)))
    both = CODEC.encode(points, visible)
    for b in (0, 1):
        alone = CODEC.encode(points[b : b + 1], visible[b : b + 1])
        for one, two in zip(both, alone):
            assert torch.allclose(one[b], two[0], atol=1e-6)


def test_the_order_of_people_and_padding_change_nothing():
    cells = crowd(np.random.default_rng(1), 3)
    one = encode(CODEC, cells)
    padded = np.concatenate([np.full((2, 18, 2), np.nan), cells[::-1]])
    visible = np.repeat([0, 0, 2, 2, 2], 18).reshape(5, 18)
    for a, b in zip(one, encode(CODEC, padded, visible)):
        assert torch.allclose(a, b, atol=1e-6)


def test_turning_a_limb_round_turns_its_field_round():
    codec = PartFields("lsp14", (64, 96))
    limb = 4  # right wrist to right elbow
    a, b = codec.limbs[limb]
    cells = np.zeros((1, 14, 2))
    visible = np.zeros((1, 14))
    cells[0, a], cells[0, b], visible[0, [a, b]] = (3, 4), (12, 10), 2
    there = encode(codec, cells, visible).pafs[0, 2 * limb : 2 * limb + 2]
    cells[0, [a, b]] = cells[0, [b, a]]
    back = encode(codec, cells, visible).pafs[0, 2 * limb : 2 * limb + 2]
    assert there.abs().max() > 0.8 and torch.allclose(there, -back, atol=1e-6)


def test_two_limbs_across_each_other_are_averaged():
    codec = PartFields("lsp14", (64, 64), width=1.0)
    cells = np.zeros((2, 14, 2))
    visible = np.zeros((2, 14))
    a, b = codec.limbs[0]
    visible[:, [a, b]] = 2
    cells[0, [a, b]] = (2, 8), (14, 8)  # to the right
    cells[1, [a, b]] = (8, 2), (8, 14)  # downwards
    x, y = encode(codec, cells, visible).pafs[0, :2].numpy()
    assert (x[8, 8], y[8, 8]) == (0.5, 0.5)
    assert (x[8, 3], y[8, 3]) == (1, 0) and (x[3, 8], y[3, 8]) == (0, 1)
    assert (x[7, 3], x[9, 3], x[6, 3], x[10, 3]) == (1, 1, 0, 0)  # one cell on both sides


def test_an_unlabelled_joint_is_masked_in_its_persons_box():
    codec = PartFields("lsp14", (128, 128))
    cells = np.random.default_rng(0).uniform(8, 24, (1, 14, 2))
    visible = np.full((1, 14), 2)
    wrist = skeletons.get("lsp14").index("left_wrist")
    cells[0, wrist], visible[0, wrist] = np.nan, 0
    targets = encode(codec, cells, visible)
    hidden = targets.heatmap_mask[0, wrist].numpy() == 0
    low, high = np.delete(cells[0], wrist, 0).min(0), np.delete(cells[0], wrist, 0).max(0)
    margin = 0.25 * (high - low).max()
    ys, xs = np.nonzero(hidden)
    assert np.allclose([xs.min(), ys.min()], low - margin, atol=1.2)
    assert np.allclose([xs.max(), ys.max()], high + margin, atol=1.2)
    assert hidden.sum() == (np.ptp(xs) + 1) * (np.ptp(ys) + 1)
    assert not targets.heatmaps[0, wrist].any()
    others = [k for k in range(14) if k != wrist]
    assert (targets.heatmap_mask[0, others] == 1).all()
    assert ((targets.heatmap_mask[0, 14] == 0).numpy() == hidden).all(), "the background"
    for limb, ends in enumerate(codec.limbs):
        mask = targets.paf_mask[0, 2 * limb : 2 * limb + 2].numpy()
        assert ((mask == 0) == (hidden & (wrist in ends))).all()


def test_where_another_person_has_the_joint_the_target_is_known():
    codec = PartFields("lsp14", (128, 128))
    cells = np.random.default_rng(0).uniform(8, 24, (2, 14, 2))
    visible = np.full((2, 14), 2)
    visible[0, 0] = 0
    targets = encode(codec, cells, visible)
    x, y = cells[1, 0].round().astype(int)
    mask = targets.heatmap_mask[0, 0].numpy()
    assert mask[y, x] == 1 and (mask == 0).sum() > 100
    assert (mask[targets.heatmaps[0, 0].numpy() >= 0.1] == 1).all()
    (limb,) = np.flatnonzero((codec.limbs == 0).any(1))
    mask, field = (maps[0, 2 * limb].numpy() for maps in (targets.paf_mask, targets.pafs))
    assert (mask[field != 0] == 1).all() and (field != 0).sum() >= 10 and (mask == 0).sum() > 100


def test_the_target_is_known_where_a_bump_has_a_tenth_of_its_height():
    codec = PartFields("lsp14", (128, 128))
    visible = np.full((2, 14), 2)
    visible[0, 0] = 0
    everywhere = torch.tensor([[[-0.5, -0.5, 127.5, 127.5]] * 2])
    cells = np.random.default_rng(0).uniform(8, 24, (2, 14, 2))
    cells[1, 0] = 12, 12  # around it the bump is 0.135 and then 0.082
    targets = encode(codec, cells, visible, boxes=everywhere)
    assert torch.equal(targets.heatmap_mask[0, 0] == 1, targets.heatmaps[0, 0] >= 0.1)


def test_a_box_without_labels_is_masked_throughout():
    points, visible = torch.zeros(1, 2, 14, 2), torch.zeros(1, 2, 14)
    boxes = torch.tensor([[[31.5, 31.5, 63.5, 63.5], [torch.nan] * 4]])  # cells 8 to 15
    codec = PartFields("lsp14", (128, 128))
    targets = codec.encode(points, visible, boxes=boxes)
    expected = np.zeros((32, 32), bool)
    expected[6:18, 6:18] = True  # grown by 2 cells on each side
    for mask in (targets.heatmap_mask[0], targets.paf_mask[0]):
        assert ((mask == 0).numpy() == expected).all()
    assert (codec.encode(points, visible).heatmap_mask == 1).all(), "no box, no person"


def test_ignored_pixels_are_masked_by_their_share():
    codec = PartFields("lsp14", (64, 64))
    ignore = torch.zeros(1, 64, 64, dtype=torch.bool)
    ignore[0, :, :18] = True
    cells = np.full((1, 14, 2), 12.0)
    targets = encode(codec, cells, ignore=ignore)
    assert (targets.mask[0, 0, :, :4] == 0).all() and (targets.mask[0, 0, :, 5:] == 1).all()
    assert (targets.mask[0, 0, :, 4] == 0.5).all()
    assert torch.equal(targets.heatmap_mask, targets.mask.expand(1, 15, 16, 16))
    assert torch.equal(targets.paf_mask, targets.mask.expand(1, 28, 16, 16))
    lightly = encode(codec, cells, ignore=0.8 * ignore.float()).mask
    assert lightly.min().item() == pytest.approx(0.2)


def test_nobody_is_zeros_and_background():
    for people in (0, 2):
        targets = CODEC.encode(
            torch.full((2, people, 18, 2), torch.nan), torch.zeros(2, people, 18)
        )
        assert targets.heatmaps.shape == (2, 19, 46, 82) and targets.pafs.shape == (2, 38, 46, 82)
        assert not targets.pafs.any() and not targets.heatmaps[:, :18].any()
        assert (targets.heatmaps[:, 18] == 1).all()
        assert all((mask == 1).all() for mask in targets[2:])
    assert CODEC.encode(torch.zeros(0, 3, 18, 2), torch.zeros(0, 3, 18)).pafs.shape[0] == 0


def test_half_a_float_is_computed_in_full():
    points = torch.tensor(cell_to_pixel(crowd(np.random.default_rng(0), 2), 8)).round()[None]
    visible = torch.ones(1, 2, 18)
    for kind in (torch.float16, torch.float64):
        for a, b in zip(CODEC.encode(points.to(kind), visible), CODEC.encode(points, visible)):
            assert a.dtype == torch.float32 and torch.allclose(a, b, atol=1e-6)


@settings(max_examples=25)
@given(seed=st.integers(0, 9999), people=st.integers(0, 8))
@pytest.mark.parametrize("skeleton", ["openpose18", "lsp14"])
def test_there_and_back(skeleton, seed, people):
    codec = PartFields(skeleton, (368, 656), stride=8, sigma=0.875)
    cells = crowd(np.random.default_rng(seed), people, skeleton, apart=3)
    targets = encode(codec, cells)
    found = codec.decode(targets.heatmaps[0], targets.pafs[0])
    assert len(found.keypoints) == people
    away = matched(cells, pixel_to_cell(found.keypoints, 8))
    assert away.max(initial=0) < 1e-3
    assert (found.scores > 0.7).all() and (found.person_scores > 0.5).all()
    assert (np.diff(found.person_scores) <= 0).all(), "the best comes first"


@pytest.mark.parametrize("skeleton", skeletons.SKELETONS)
def test_one_person_of_any_joint_set_comes_back(skeleton):
    size = len(skeletons.get(skeleton))
    codec = PartFields(skeleton, (256, 256))
    angle = np.arange(size) * 2 * np.pi / size  # its joints on a circle: far from each other
    cells = 32 + 24 * np.stack([np.cos(angle), np.sin(angle)], -1)[None]
    found = codec.decode(*(maps[0] for maps in encode(codec, cells)[:2]))
    if skeleton == "blazepose33":  # its face, mouth and body are apart
        assert sorted(np.isfinite(found.keypoints[..., 0]).sum(1)) == [9, 22]
    else:
        assert matched(cells, pixel_to_cell(found.keypoints, 4)).max() < 1e-3


def test_what_cannot_be_meant_is_refused():
    for width in (0, -1, float("nan"), float("inf")):
        with pytest.raises(InputError, match=f"width is {width}"):
            PartFields("lsp14", (64, 64), width=width)
    with pytest.raises(InputError, match="sigma"):
        PartFields("lsp14", (64, 64), sigma=0)
    with pytest.raises(InputError, match="does not divide"):
        PartFields("lsp14", (65, 64))
    with pytest.raises(InputError, match="no joint set"):
        PartFields("lsp15", (64, 64))
    codec, points, visible = (
        PartFields("lsp14", (64, 64)),
        torch.zeros(1, 2, 14, 2),
        torch.ones(1, 2, 14),
    )
    with pytest.raises(InputError, match=r"keypoints must be of shape \(1, 2, 14, 2\)"):
        codec.encode(torch.zeros(1, 2, 17, 2), visible)
    with pytest.raises(InputError, match="keypoints must be of shape"):
        codec.encode(points[0], visible[0])
    with pytest.raises(InputError, match="visible must be"):
        codec.encode(points, visible[:, :1])
    with pytest.raises(InputError, match=r"ignore must be of shape \(1, 64, 64\)"):
        codec.encode(points, visible, torch.zeros(1, 16, 16))
    with pytest.raises(InputError, match="boxes must be"):
        codec.encode(points, visible, boxes=torch.zeros(2, 4))
    with pytest.raises(InputError, match="not finite"):
        codec.encode(points * torch.nan, visible)
