"""Averaged weights: the recursion in closed form, through `fit`, a resume, and bad decays."""

import sys
from pathlib import Path

import pytest
import torch

from posekit import checkpoints, training
from posekit.averaging import Average
from posekit.errors import InputError

sys.path.insert(0, str(Path(__file__).parent))
from small_training import Net, batches, loss, train


def weights(net):
    return torch.cat([p.detach().flatten() for p in net.parameters()])


def test_the_recursion():
    net = torch.nn.Linear(1, 1, bias=False)
    kept, expected = Average(net, 0.9), None
    for step, value in enumerate((1.0, 5.0, -2.0, 4.0)):
        net.weight.data[:] = value
        kept.update()
        decay = min(0.9, (1 + step) / (10 + step))  # a short memory at first
        expected = value if expected is None else decay * expected + (1 - decay) * value
        assert kept.model.weight.item() == pytest.approx(expected, rel=1e-6)
    assert net.weight.item() == 4.0


def test_statistics_are_averaged_and_counts_taken():
    net = torch.nn.BatchNorm1d(1)
    kept = Average(net, 0.5)
    for mean in (2.0, 8.0):
        net.running_mean[:] = mean
        net.num_batches_tracked += 1
        kept.update()
    assert 2 < float(kept.model.running_mean) < 8
    assert float(net.running_mean) == 8.0


def test_without_a_decay_it_is_the_model_itself():
    net = torch.nn.Linear(2, 2)
    kept = Average(net, 0.0)
    kept.update()
    assert kept.model is net and kept.state_dict() == {}
    kept.load_state_dict({})  # what a stopped training kept of it


@pytest.mark.parametrize("decay", [-0.1, 1.0, 2, float("nan")])
def test_a_decay_that_cannot_be(decay):
    with pytest.raises(InputError, match="average must be in"):
        Average(torch.nn.Linear(1, 1), decay)


def test_fit_validates_saves_and_returns_the_average(tmp_path):
    seen = []
    net = Net(dropout=0)
    options = {"folder": tmp_path, "precision": "no", "progress": False, "average": 0.9}
    training.fit(
        net,
        batches,
        loss,
        epochs=3,
        lr=0.05,
        validate=lambda model: seen.append(weights(model).clone()) or {"v": -len(seen)},
        monitor="v",
        **options,
    )
    assert torch.equal(seen[-1], weights(net))
    saved = Net(dropout=0)
    checkpoints.load_weights(saved, tmp_path / training.BEST)
    assert torch.equal(weights(saved), seen[-1])
    last = torch.load(tmp_path / training.LAST, weights_only=True)["model"]
    trained = torch.cat([last[name].flatten() for name, _ in net.named_parameters()])
    assert not torch.equal(trained, seen[-1])  # what is trained goes on from its own weights


def test_it_is_resumed_bit_for_bit(tmp_path):
    class Killed(Exception):
        pass

    def kill(history):
        if len(history) == 2:
            raise Killed

    whole, _ = train(tmp_path / "whole", average=0.9)
    with pytest.raises(Killed):
        train(tmp_path / "parts", average=0.9, on_epoch=kill)
    again, _ = train(tmp_path / "parts", average=0.9)
    assert torch.equal(weights(whole), weights(again))
