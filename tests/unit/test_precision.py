"""Which arithmetic a training computes in: by its layers, as measured, and without a trace."""

import pytest
import torch
from torch import nn

from posekit import precision, training
from posekit.errors import InputError
from posekit.precision import computing_in

DENSE = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 2))
SEPARABLE = nn.Sequential(nn.Conv2d(4, 4, 3, groups=4), nn.Conv2d(4, 8, 1))


@pytest.fixture(autouse=True)
def forgotten():
    precision.sooner_in_bf16.cache_clear()
    yield
    precision.sooner_in_bf16.cache_clear()


@pytest.mark.parametrize(
    "dense, depthwise, expected",
    [(0.5, 3.0, ("bf16", "dense")), (0.5, 0.9, ("bf16", "bf16")), (1.2, 0.5, ("no", "no"))],
)
def test_bf16_for_the_kinds_that_are_sooner(monkeypatch, dense, depthwise, expected):
    """A half and three times the seconds, say: a separable network has its dense layers in it."""
    shares = {"dense": dense, "depthwise": depthwise}
    monkeypatch.setattr(precision, "computes_in_bf16", lambda: True)
    monkeypatch.setattr(
        precision, "step_seconds", lambda kind, name: shares[kind] if name == "bf16" else 1.0
    )
    came = tuple(precision.choose_precision("auto", net) for net in (DENSE, SEPARABLE))
    assert came == expected


def test_measuring_leaves_no_trace():
    state = torch.get_rng_state()
    assert all(precision.step_seconds(kind, "no") > 0 for kind in precision.LAYERS)
    assert torch.equal(torch.get_rng_state(), state)


def test_as_it_is_wanted_or_as_the_machine_can(monkeypatch):
    monkeypatch.setattr(precision, "computes_in_bf16", lambda: False)
    assert precision.choose_precision("auto", DENSE) == "no"
    assert precision.choose_precision("bf16", DENSE) == "bf16"
    with pytest.raises(InputError, match="precision must be"):
        precision.choose_precision("fp8", DENSE)


@pytest.mark.parametrize(
    "precision, depthwise", [("dense", torch.float32), ("bf16", torch.bfloat16)]
)
def test_what_each_layer_computes_in(precision, depthwise):
    net, came = nn.Sequential(*SEPARABLE), []
    hooks = [layer.register_forward_hook(lambda *args: came.append(args[2].dtype)) for layer in net]
    with computing_in(precision, net), torch.autocast("cpu", torch.bfloat16):
        net(torch.rand(1, 4, 5, 5)).float().sum().backward()
    assert came == [depthwise, torch.bfloat16]
    assert net[0].weight.grad.abs().sum() > 0
    assert not any("forward" in vars(layer) for layer in net), "nothing is left behind"
    for hook in hooks:
        hook.remove()


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
