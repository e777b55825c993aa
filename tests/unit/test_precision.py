"""Which arithmetic a training computes in: as measured, depthwise layers apart, without a trace."""

import pytest
import torch
from torch import nn

from posekit import precision, training
from posekit.errors import InputError
from posekit.precision import computing_in


@pytest.fixture(autouse=True)
def forgotten():
    precision.sooner_in_bf16.cache_clear()
    yield
    precision.sooner_in_bf16.cache_clear()


@pytest.mark.parametrize("share, expected", [(0.5, "bf16"), (1.2, "no")])
def test_bf16_where_a_step_is_sooner_in_it(monkeypatch, share, expected):
    monkeypatch.setattr(precision, "computes_in_bf16", lambda: True)
    monkeypatch.setattr(precision, "step_seconds", lambda name: share if name == "bf16" else 1.0)
    assert precision.choose_precision("auto") == expected


def test_measuring_leaves_no_trace():
    state = torch.get_rng_state()
    assert precision.step_seconds("no") > 0
    assert torch.equal(torch.get_rng_state(), state)


def test_as_it_is_wanted_or_as_the_machine_can(monkeypatch):
    monkeypatch.setattr(precision, "computes_in_bf16", lambda: False)
    assert precision.choose_precision("auto") == "no"
    assert precision.choose_precision("bf16") == "bf16"
    with pytest.raises(InputError, match="precision must be"):
        precision.choose_precision("fp8")


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU computes all layers in bf16")
def test_depthwise_layers_stay_in_float32():
    net, came = nn.Sequential(nn.Conv2d(4, 4, 3, groups=4), nn.Conv2d(4, 8, 1)), []
    for layer in net:
        layer.register_forward_hook(lambda *args: came.append(args[2].dtype))
    with computing_in("bf16", net), torch.autocast("cpu", torch.bfloat16):
        net(torch.rand(1, 4, 5, 5)).float().sum().backward()
    assert came == [torch.float32, torch.bfloat16]
    assert net[0].weight.grad.abs().sum() > 0
    assert not any("forward" in vars(layer) for layer in net), "nothing is left behind"


def test_a_resumed_training_keeps_its_arithmetic(tmp_path, monkeypatch):
    def loss(model, batch):
        return model(batch).square().mean()

    def train(**options):
        net = nn.Linear(4, 2)
        options = {"epochs": 2, "folder": tmp_path, "resume": True, "progress": False} | options
        return training.fit(net, lambda epoch: [torch.ones(2, 4)], loss, **options)

    def stop(history):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(precision="bf16", on_epoch=stop)
    asked = []
    monkeypatch.setattr(training, "choose_precision", lambda *args: asked.append(args[0]) or "no")
    train()
    assert asked == ["bf16"], "it began in bf16, and goes on in it"
