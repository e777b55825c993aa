"""Networks of sequences: one interface, about one size; what order, direction and memory mean."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from posekit.errors import InputError
from posekit.models.actions import KINDS, Statistics, gradient_norms, positions, sequence_net
from posekit.models.skeleton_streams import SkeletonStreams


def made(kind, channels=6, actions=3, **options):
    torch.manual_seed(0)
    return sequence_net(kind, channels, actions, **options).eval()


def sequences(frames=9, count=5, channels=6):
    return torch.randn(count, frames, channels, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=6)
@given(frames=st.integers(1, 12), count=st.integers(1, 4))
def test_all_take_sequences_of_any_length_and_give_logits(kind, frames, count):
    assert made(kind, parameters=2_000)(sequences(frames, count)).shape == (count, 3)


@pytest.mark.parametrize("channels", (30, 198))
def test_all_have_about_as_many_parameters(channels):
    sizes = [
        sum(p.numel() for p in sequence_net(kind, channels, 20).parameters()) for kind in KINDS
    ]
    assert min(sizes) / 60_000 > 0.9 and max(sizes) / 60_000 < 1.1


def test_an_unknown_kind_is_refused_with_a_list():
    with pytest.raises(InputError, match="no network 'cnn'; there are: rnn, lstm, gru"):
        sequence_net("cnn", 6, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_a_channel_that_is_measured_in_another_unit_changes_nothing(kind):
    """In training: each channel is divided by its own standard deviation."""
    x, unit = sequences(count=16), torch.tensor([1.0, 100, 0.05, 1, 1, 7])
    net = made(kind).train()
    torch.testing.assert_close(net(x * unit + 3), net(x), atol=5e-3, rtol=1e-2)


@pytest.mark.parametrize("kind", KINDS)
def test_the_average_alone_knows_nothing_of_the_order(kind):
    x = sequences()
    same = torch.allclose(made(kind)(x), made(kind)(x.flip(1)), atol=1e-5)
    assert same == (kind == "average")


def test_both_directions_see_the_first_and_the_last_step():
    """One that reads forwards has its first step farthest away, the other way round the last."""
    net, x = made("bilstm"), sequences(40)
    norms = gradient_norms(net, x, torch.zeros(5, dtype=torch.long))
    assert norms[0] > 5 * norms[20] and norms[-1] > 5 * norms[20]


def test_the_gradient_of_a_plain_recurrent_network_vanishes_sooner():
    x, actions = sequences(30, 8), torch.zeros(8, dtype=torch.long)
    share = {}
    for kind in ("rnn", "lstm", "average"):
        norms = gradient_norms(made(kind), x, actions)
        assert norms.shape == (30,)
        share[kind] = float(norms[0] / norms[-1])
    assert share["rnn"] < 1e-3 < share["lstm"] < 0.5 and share["average"] == pytest.approx(1)


def test_gradient_norms_are_those_of_each_sequence_alone():
    net, x, actions = made("gru"), sequences(), torch.tensor([0, 1, 2, 0, 1])
    alone = []
    for sequence, action in zip(x[:, None], actions[:, None]):
        sequence.requires_grad_()
        F.cross_entropy(net(sequence), action).backward()
        alone.append(sequence.grad[0].norm(dim=1))
    torch.testing.assert_close(gradient_norms(net, x, actions), torch.stack(alone).mean(0))
    assert all(p.grad is None or p.grad.abs().sum() >= 0 for p in net.parameters())


def test_gradients_are_taken_of_landmarks_as_they_are():
    class Sum(torch.nn.Module):
        def forward(self, x):
            return x.sum((1, 2, 3))[:, None] * torch.tensor([0.0, 1.0])

    norms = gradient_norms(Sum(), torch.zeros(2, 4, 33, 4), torch.tensor([0, 1]))
    np.testing.assert_allclose(norms, 0.5 * 132**0.5, rtol=1e-6)


def test_statistics_are_mean_standard_deviation_maximum_and_minimum():
    net = Statistics(1, 2).eval()
    net.norm, net.scale = torch.nn.Identity(), torch.nn.Identity()
    found = net.features(torch.tensor([[[1.0, 3, 5, 7]]]))
    torch.testing.assert_close(found, torch.tensor([[4, 5**0.5, 7, 1]]), atol=1e-4, rtol=0)


@settings(max_examples=6)
@given(st.permutations(range(9)))
def test_statistics_do_not_depend_on_the_order(order):
    torch.manual_seed(0)
    net, x = Statistics(6, 3).eval(), sequences()
    torch.testing.assert_close(net(x[:, list(order)]), net(x))


def test_statistics_have_a_gradient_where_nothing_moves():
    x = torch.ones(4, 6, 5, requires_grad=True)
    Statistics(6, 3)(x.transpose(1, 2)).sum().backward()
    assert x.grad.isfinite().all()


def test_beside_each_network_of_a_stream_stands_one_of_statistics():
    """Frames in another order change the answers of networks, and not of statistics of joints."""
    torch.manual_seed(0)
    options = {"skeleton": "penn13", "streams": ("joints", "distances"), "parameters": 3_000}
    net = SkeletonStreams(3, statistics=True, **options).eval()
    image = torch.randn(2, 2, 8, 13)
    said, back = net(image), net(image.flip(2))
    assert len(said) == 5
    same = [torch.allclose(a, b, atol=1e-5) for a, b in zip(said, back)]
    assert same == [False, False, True, True, False]
    torch.testing.assert_close(said[4], torch.stack(said[:4]).mean(0))


@settings(max_examples=6)
@given(st.integers(1, 40), st.integers(1, 33))
def test_positions_differ(frames, width):
    table = positions(frames, width)
    assert table.shape == (frames, width) and table.abs().max() <= 1
    assert len(torch.unique(table, dim=0)) == frames


@pytest.mark.parametrize("kind", KINDS)
def test_one_batch_is_learnt_by_heart(kind):
    net, x, actions = made(kind).train(), sequences(8, 12), torch.arange(12) % 3
    optimizer = torch.optim.Adam(net.parameters(), 1e-2)
    for _ in range(60):
        loss = F.cross_entropy(net(x), actions)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert float(loss.detach()) < 0.1
