"""Multiply-accumulates by layer: closed forms, PyTorch's own counter, published sizes."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from posekit.errors import InputError
from posekit.models.backbones import EfficientNetLite0
from posekit.models.blocks import conv_bn_relu
from posekit.models.crowd_nets import CrowdNet, SmallCrowdNet
from posekit.models.heatmap_nets import deconv_bn_relu
from posekit.models.layer_counts import (
    kind_of,
    layer_counts,
    separable_form,
    separable_share,
    table,
)
from posekit.models.openpose import OpenPose
from posekit.models.pyramids import separable
from posekit.models.regression import cnn, small_resnet


def macs(model, shape) -> int:
    return sum(row.macs for row in layer_counts(model, shape))


def torchs(model, shape) -> float:
    """Half of what PyTorch counts on the real network."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model.eval()(torch.zeros(shape))
    return counter.get_total_flops() / 2


# ------------------------------------------------------------------------------ closed forms
def test_one_layer_of_each_kind():
    net = nn.Sequential(
        nn.Conv2d(3, 8, 3, 2, 1),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.Conv2d(8, 8, 5, padding=2, groups=8, bias=False),
        nn.ConvTranspose2d(8, 4, 4, 2, 1, bias=False),
        nn.PReLU(4),
        nn.Flatten(),
        nn.Linear(4 * 16 * 16, 10),
    )
    rows = layer_counts(net, (2, 3, 16, 16))
    assert [tuple(row) for row in rows] == [
        ("0", "conv", (2, 8, 8, 8), 2 * 27 * 8 * 64, 27 * 8 + 8, 2 * 8 * 64),
        ("1", "norm", (2, 8, 8, 8), 0, 16, 2 * 8 * 64),
        ("3", "depthwise", (2, 8, 8, 8), 2 * 25 * 8 * 64, 25 * 8, 2 * 8 * 64),
        ("4", "transposed", (2, 4, 16, 16), 2 * 16 * 8 * 4 * 64, 16 * 8 * 4, 2 * 4 * 256),
        ("5", "other", (2, 4, 16, 16), 0, 4, 2 * 4 * 256),
        ("7", "linear", (2, 10), 2 * 1024 * 10, 10250, 20),
    ]


@settings(max_examples=15, deadline=None)
@given(
    channels=st.integers(1, 6),
    groups=st.integers(1, 3),
    kernel=st.integers(1, 4),
    stride=st.integers(1, 3),
    dilation=st.integers(1, 2),
    transposed=st.booleans(),
)
def test_every_convolution_as_pytorch_counts_it(
    channels, groups, kernel, stride, dilation, transposed
):
    layer = nn.ConvTranspose2d if transposed else nn.Conv2d
    net = layer(channels * groups, 2 * groups, kernel, stride, groups=groups, dilation=dilation)
    shape = (2, channels * groups, 11, 9)
    assert macs(net, shape) == torchs(net, shape)


@pytest.mark.parametrize(
    "padding, mode", [("same", "zeros"), ("valid", "zeros"), (2, "reflect"), ((1, 4), "zeros")]
)
def test_every_padding_as_pytorch_counts_it(padding, mode):
    net = nn.Conv2d(3, 4, (3, 5), padding=padding, padding_mode=mode)
    assert macs(net, (2, 3, 11, 9)) == torchs(net, (2, 3, 11, 9))


@pytest.mark.parametrize(
    "build, shape",
    [
        (lambda: cnn(14, 4), (1, 3, 64, 64)),
        (lambda: small_resnet(14, (4, 8, 8, 8)), (2, 3, 64, 64)),
        (lambda: SmallCrowdNet(18, 19, 0.125), (1, 3, 64, 96)),
        (lambda: CrowdNet(18, 19, 8), (1, 3, 50, 62)),
        (lambda: deconv_bn_relu(4, 6), (1, 4, 5, 7)),
    ],
)
def test_the_courses_networks_as_pytorch_counts_them(build, shape):
    net = build()
    rows = layer_counts(net, shape)
    assert sum(row.macs for row in rows) == torchs(net, shape)
    assert sum(row.parameters for row in rows) == sum(p.numel() for p in net.parameters())


class Classes(EfficientNetLite0):
    def __init__(self):
        super().__init__(classes=True)

    def forward(self, images):
        features = F.relu6(self.head(super().forward(images)[-1]))
        return self.classifier(features.mean((-1, -2)))


def test_published_sizes():
    """EfficientNet-Lite0 with its classes at 224, OpenPose at 368."""
    with torch.device("meta"):
        lite, openpose = Classes(), OpenPose()
    assert macs(lite, (1, 3, 224, 224)) == 385_187_552
    assert round(macs(openpose, (1, 3, 368, 368)) / 1e9, 1) == 135.9


# --------------------------------------------------------------------------- the network stays
def test_counting_leaves_the_network_as_it_was():
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.5)).train()
    images = torch.rand(2, 3, 8, 8)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    layer_counts(net, (1, 3, 8, 8))
    assert net.training and all(not layer._forward_hooks for layer in net.modules())
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert net(images).device.type == "cpu" and not torch.equal(net(images), images), "it computes"


def test_a_shared_layer_has_two_rows_and_its_parameters_once():
    conv = nn.Conv2d(4, 4, 1, bias=False)
    rows = layer_counts(nn.Sequential(conv, nn.ReLU(), conv), (1, 4, 5, 5))
    assert [row.macs for row in rows] == [400, 400]
    assert [row.parameters for row in rows] == [16, 0]


def test_tied_weights_are_counted_once():
    net = nn.Sequential(nn.Linear(5, 5, bias=False), nn.Linear(5, 5, bias=False))
    net[1].weight = weight = net[0].weight
    assert [row[3:5] for row in layer_counts(net, (2, 5))] == [(50, 25), (50, 0)]
    assert net[1].weight is net[0].weight is weight and weight.device.type == "cpu"


def test_what_is_never_called_has_parameters_and_nothing_else():
    class Half(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.unused = nn.Linear(3, 2), nn.Linear(3, 5)
            self.scale = nn.Parameter(torch.ones(7))

        def forward(self, x):
            return self.used(x) * self.scale[0]

    rows = {row.name: row for row in layer_counts(Half(), (4, 3))}
    assert (rows["used"].macs, rows["used"].parameters) == (24, 8)
    assert tuple(rows["unused"])[2:] == ((), 0, 20, 0)
    assert rows[""].parameters == 7


@pytest.mark.parametrize("shape", [(1, 4, 8, 8), (1, 3, 2, 2), (3, 8)])
def test_an_input_that_does_not_fit(shape):
    with pytest.raises(InputError, match="cannot be counted on an input of"):
        layer_counts(nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(144, 2)), shape)
    with pytest.raises(InputError, match="multiples of 32"):
        layer_counts(SmallCrowdNet(3, 2), (1, 3, 40, 40))


# ----------------------------------------------------------------------------------- table
def test_the_table_adds_up():
    rows = layer_counts(SmallCrowdNet(18, 19), (1, 3, 64, 64))
    lines = table(rows).splitlines()
    blocks = ["stem", "down", "lateral", "up", "heads"]
    assert [line.split()[0] for line in lines] == ["block", *blocks, "together"]
    assert len({len(line) for line in lines}) == 1, "columns stand below each other"
    parameters = [int(line.split()[-2].replace(",", "")) for line in lines[1:]]
    assert sum(parameters[:-1]) == parameters[-1] == 1_387_822
    assert lines[-1].split()[1] == f"{sum(row.macs for row in rows) / 1e6:,.3f}"
    finer = table(rows, 2).splitlines()
    assert "heads.pafs" in [line.split()[0] for line in finer]
    assert finer[-1].split() == lines[-1].split()


# ------------------------------------------------------------------------------- separable
@settings(max_examples=25, deadline=None)
@given(
    inside=st.integers(4, 9),
    outside=st.integers(1, 40),
    kernel=st.sampled_from([3, 5, 7]),
    side=st.integers(1, 9),
)
def test_the_saving_is_exact(inside, outside, kernel, side):
    dense, shape = conv_bn_relu(inside, outside, kernel=kernel), (1, inside, side, side)
    block = separable_form(dense)
    assert macs(dense, shape) == kernel**2 * inside * outside * side**2
    share = separable_share(outside, kernel)
    assert macs(dense, shape) * share == pytest.approx(macs(block, shape), rel=1e-12)


def test_the_saving_of_a_large_layer_is_almost_nine():
    assert separable_share(10**9) == pytest.approx(1 / 9, abs=1e-8)
    assert 1 / separable_share(96) == pytest.approx(288 / 35)


def test_the_block_is_mobilenet_s():
    """Layer by layer the same as the block of the pyramid, which is written out."""

    def of(net):
        return [str(layer) for layer in net.modules() if not list(layer.children())]

    assert of(separable_form(conv_bn_relu(8, 12, stride=2))) == of(separable(8, 12, stride=2))


def test_the_separable_form_keeps_shapes_and_everything_else():
    torch.manual_seed(0)
    net = SmallCrowdNet(3, 2, 0.25).eval()
    before = str(net)
    form, images = separable_form(net).eval(), torch.rand(1, 3, 64, 96)
    assert [m.shape for m in form(images)] == [m.shape for m in net(images)]
    around = [
        name
        for name, layer in form.named_modules()
        if kind_of(layer) == "conv" and layer.kernel_size != (1, 1)
    ]
    assert around == ["stem.0"], "the layer that sees the image, and no other"
    theirs = dict(net.named_parameters())
    kept = {name for name in theirs if name in dict(form.named_parameters())}
    assert {"stem.0.weight", "lateral.1.weight", "heads.pafs.bias", "up.0.bn2.weight"} <= kept
    assert all(torch.equal(form.get_parameter(name), theirs[name]) for name in kept)
    assert str(net) == before, "a copy was changed, not the network"


def test_stride_padding_and_bias_are_taken_over():
    net = nn.Sequential(nn.Conv2d(4, 6, (5, 3), (2, 1), (1, 2), dilation=2), nn.ReLU())
    form = separable_form(net)
    assert [type(layer) for layer in form] == [nn.Sequential, nn.ReLU]
    depthwise, *_, pointwise = form[0]
    assert depthwise.groups == 4 and depthwise.bias is None and pointwise.bias is not None
    images = torch.rand(1, 4, 21, 17)
    assert form(images).shape == net(images).shape


@pytest.mark.parametrize(
    "net",
    [
        nn.Sequential(nn.Conv2d(4, 6, 1), nn.ReLU()),
        nn.Sequential(nn.Conv2d(4, 4, 3, groups=4)),
        nn.Sequential(nn.Conv2d(3, 6, 3)),
        nn.Linear(4, 4),
    ],
)
def test_without_a_dense_convolution_there_is_no_separable_form(net):
    with pytest.raises(InputError, match="no dense convolution"):
        separable_form(net)
