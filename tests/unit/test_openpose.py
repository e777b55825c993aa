"""OpenPose's reference network: its size, its stages, VGG19's weights."""

import pytest
import torch
import torchvision

from posekit.errors import InputError
from posekit.models.openpose import OpenPose, vgg19


def parameters(net) -> int:
    return sum(p.numel() for p in net.parameters())


def macs(net, images) -> int:
    """Multiplications of all convolutions."""
    counted = []

    def count(layer, _, out):
        counted.append(out[0].numel() * layer.weight[0].numel())

    for layer in net.modules():
        if isinstance(layer, torch.nn.Conv2d):
            layer.register_forward_hook(count)
    net(images)
    return sum(counted)


def test_the_reference_has_its_published_size():
    """52.31 M parameters and 135.9 G multiplications at 368 x 368, weights and biases."""
    with torch.device("meta"):  # shapes without numbers: nothing is computed
        net = OpenPose()
        assert parameters(net) == 52_311_446
        assert round(macs(net, torch.empty(1, 3, 368, 368)) / 1e9, 1) == 135.9


def test_mpis_joints_and_fewer_stages():
    """The paper's other models: 15 joints and 14 limbs, six stages and four."""
    with torch.device("meta"):
        six, four = OpenPose(15, 14), OpenPose(15, 14, stages=4)
    assert round(parameters(six) / 1e6, 2) == 51.48
    assert round(parameters(four) / 1e6, 2) == 34.24


def test_every_stage_gives_its_maps():
    net = OpenPose(joints=3, limbs=2, stages=2).eval()
    stages = net(torch.rand(2, 3, 64, 40))
    assert [(s.pafs.shape[1:], s.heatmaps.shape[1:]) for s in stages] == 2 * [
        ((4, 8, 5), (4, 8, 5))
    ]
    assert any((one != two).any() for one, two in zip(*stages))


def test_a_later_stage_reaches_the_earlier_ones():
    """Intermediate supervision: what the last stage should have said changes the first one too."""
    net = OpenPose(joints=1, limbs=1, stages=2)
    stages = net(torch.rand(1, 3, 32, 32))
    stages[-1].heatmaps.square().sum().backward()
    assert net.heatmaps[0][0].weight.grad.abs().sum() > 0
    assert net.pafs[0][0].weight.grad.abs().sum() > 0


def test_it_takes_torchvisions_vgg19():
    torch.manual_seed(0)
    theirs = torchvision.models.vgg19(weights=None)
    net = OpenPose(joints=1, limbs=1, stages=1)
    net.load_vgg19(theirs.state_dict())
    images = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        assert torch.equal(net.vgg(images), theirs.features[:23](images))
    assert isinstance(theirs.features[21], torch.nn.Conv2d), "the tenth, conv4_2"


@pytest.mark.parametrize("spoil", ["missing", "shape"])
def test_another_networks_state_is_refused(spoil):
    state = {f"features.{name}": value for name, value in vgg19().state_dict().items()}
    if spoil == "missing":
        del state["features.21.weight"]
    else:
        state["features.21.weight"] = torch.zeros(1)
    with pytest.raises(InputError, match=r"features\.21\.weight is missing"):
        OpenPose(1, 1, 1).load_vgg19(state)


def test_no_stage_is_refused():
    with pytest.raises(InputError, match="at least 1"):
        OpenPose(stages=0)
