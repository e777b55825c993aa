"""Which arithmetic a training computes in: measured, and without a trace."""

import random

import numpy as np
import pytest
import torch

from posekit import precision, training
from posekit.errors import InputError


class Net(torch.nn.Sequential):
    """Batch norm and dropout: what a step changes, and what it draws."""

    def __init__(self):
        super().__init__(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Dropout(0.5))


def loss(model, batch):
    return model(batch).square().mean()


def batch():
    return torch.rand(2, 3, 8, 8) + random.random() + np.random.rand()


@pytest.mark.parametrize("half, chosen", [(0.5, "bf16"), (0.95, "no"), (3.0, "no")])
def test_the_sooner_one_is_chosen(monkeypatch, half, chosen):
    seconds = {"no": 1.0, "bf16": half}
    monkeypatch.setattr(precision, "computes_in_bf16", lambda: True)
    monkeypatch.setattr(precision, "step_seconds", lambda m, b, loss, name: seconds[name])
    came = precision.choose_precision("auto", Net(), batch, loss)
    assert came == chosen, f"bf16 takes {half} of the time: expected {chosen}, came {came}"


def test_measuring_leaves_no_trace(monkeypatch):
    monkeypatch.setattr(precision, "computes_in_bf16", lambda: True)
    net = Net()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    states = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()
    assert precision.choose_precision("auto", net, batch, loss) in ("no", "bf16")
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert all(p.grad is None for p in net.parameters())
    assert torch.equal(torch.get_rng_state(), states[0])
    assert (random.getstate(), np.random.get_state()[1].tolist()) == states[1:]


def test_without_the_instructions_or_a_batch_it_is_float32(monkeypatch):
    monkeypatch.setattr(precision, "computes_in_bf16", lambda: False)
    assert precision.choose_precision("auto", Net(), batch, loss) == "no"
    monkeypatch.setattr(precision, "computes_in_bf16", lambda: True)
    assert precision.choose_precision("auto", Net(), lambda: None, loss) == "no"
    assert precision.choose_precision("bf16", Net(), batch, loss) == "bf16"
    with pytest.raises(InputError, match="precision must be"):
        precision.choose_precision("fp8", Net(), batch, loss)


def test_a_resumed_training_keeps_its_arithmetic(tmp_path, monkeypatch):
    monkeypatch.setattr(
        training, "choose_precision", lambda wanted, *rest: {"auto": "bf16"}.get(wanted, wanted)
    )
    options = {"epochs": 2, "folder": tmp_path, "resume": True, "progress": False}

    def stop(history):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        training.fit(Net(), lambda epoch: [batch()], loss, on_epoch=stop, **options)
    asked = []
    monkeypatch.setattr(training, "choose_precision", lambda *args: asked.append(args[0]) or "no")
    training.fit(Net(), lambda epoch: [batch()], loss, **options)
    assert asked == ["bf16"], "it began in bf16, and goes on in it"
