"""Networks on a feature pyramid: their counts, sides of any length, frozen blocks, learning."""

import copy

import numpy as np
import pytest
import torch

from posekit import checkpoints, losses, tasks
from posekit.codecs.heatmaps import GaussianHeatmaps
from posekit.errors import InputError
from posekit.models.backbones import EfficientNetLite0, efficientnet_lite0
from posekit.models.lite_regression import LiteRegressor
from posekit.models.pyramids import LiteHeatmapNet, LitePyramid, separable


def count(model) -> int:
    return sum(p.numel() for p in model.parameters())


def test_parameters():
    assert count(LiteHeatmapNet(14)) == 2_453_262
    assert count(EfficientNetLite0(blocks=15)) == 2_353_408
    assert count(LiteRegressor(14)) == 3_941_148
    # Depthwise 9 C, batch norm 2 C, 1 x 1 C C', batch norm 2 C'.
    assert count(separable(8, 16)) == 9 * 8 + 2 * 8 + 8 * 16 + 2 * 16


def test_it_fits_what_may_ship(tmp_path):
    model = LiteHeatmapNet(14)
    checkpoints.save_weights(model.half(), tmp_path / "a.safetensors")
    assert (tmp_path / "a.safetensors").stat().st_size < 6e6


@pytest.mark.parametrize("side", [(64, 96), (50, 33), (31, 32), (8, 200), (1, 1)])
def test_any_side_goes_in(side):
    maps = LiteHeatmapNet(5, width=16).eval()(torch.rand(1, 3, *side))
    assert maps.shape == (1, 5, -(-side[0] // 4), -(-side[1] // 4))


def test_without_the_last_block_stride_32_has_192_channels():
    levels = EfficientNetLite0(blocks=15).eval()(torch.rand(1, 3, 64, 64))
    assert [maps.shape[1] for maps in levels] == [24, 40, 112, 192]


@pytest.mark.parametrize("options", [{"blocks": 11}, {"blocks": 17}, {"blocks": 15, "classes": 1}])
def test_a_number_of_blocks_that_cannot_be(options):
    with pytest.raises(InputError, match="blocks must be"):
        EfficientNetLite0(**options)


def test_what_is_frozen_keeps_its_weights_and_statistics():
    model = LitePyramid(16, frozen=2).train()
    before = copy.deepcopy(model.backbone.state_dict())
    optimizer = torch.optim.SGD((p for p in model.parameters() if p.requires_grad), lr=0.1)
    model(torch.rand(2, 3, 64, 64)).square().mean().backward()
    optimizer.step()
    after = model.backbone.state_dict()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    held = ("stem.", "blocks.0.", "blocks.1.")
    assert changed and not any(name.startswith(held) for name in changed)
    assert {"blocks.2.expand.0.weight", "blocks.2.expand.1.running_mean"} <= changed


def test_regression_answers_in_pixels_of_any_input():
    model = LiteRegressor(14).eval()
    for side in (32, 64, 100):
        points = model(torch.rand(2, 3, side, side))
        assert points.shape == (2, 14, 2)
        assert (points - (side - 1) / 2).abs().max() < side / 4  # untrained: about the middle


@pytest.mark.parametrize("build", [lambda: LiteHeatmapNet(14), lambda: LiteRegressor(14)])
def test_both_start_from_imagenet(build):
    model, other = build(), efficientnet_lite0(pretrained=True).state_dict()
    tasks.start_from(model, tasks.IMAGENET)
    backbone = model.pyramid.backbone if hasattr(model, "pyramid") else model.backbone[0]
    own = backbone.state_dict()
    assert len(own) > 200
    assert all(torch.equal(value, other[name]) for name, value in own.items())


def test_it_learns_one_batch():
    torch.manual_seed(0)
    model, codec = LiteHeatmapNet(2, width=16), GaussianHeatmaps((64, 64), 4, 1.5)
    model.load_imagenet()
    images = torch.rand(4, 3, 64, 64)
    points = torch.tensor(np.random.default_rng(0).uniform(8, 55, (4, 2, 2)), dtype=torch.float32)
    visible = torch.full((4, 2), 2)
    for n in range(4):  # a red and a green dot
        for k in range(2):
            x, y = points[n, k].round().int().tolist()
            images[n, :, y - 3 : y + 4, x - 3 : x + 4] = torch.eye(3)[k][:, None, None]
    targets, optimizer = codec.encode(points, visible), torch.optim.AdamW(model.parameters(), 3e-3)
    for _ in range(60):
        loss = losses.heatmap_cross_entropy(model(images), targets, visible)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    found = torch.from_numpy(
        codec.decode(torch.softmax(model(images).flatten(2), -1).view_as(targets)).keypoints
    )
    assert (found - points).norm(dim=-1).max() < 4
