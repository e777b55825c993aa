"""Networks from 2D to 3D: their sizes, what they look at, and that they learn."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from posekit.data.takes import person_units
from posekit.errors import InputError
from posekit.models import lifters
from posekit.models.layer_counts import layer_counts
from posekit.models.lifters import LinearLifter, PoseMachineLifter, TemporalLifter

SMALL = {
    "linear": lambda: LinearLifter(3, hidden=16),
    "temporal": lambda: TemporalLifter(3, channels=16, widths=(3, 3)),
    "machine": lambda: PoseMachineLifter(3, hidden=16),
}


def parameters(net) -> int:
    return sum(p.numel() for p in net.parameters())


def answer(net, points):
    out = net(points)
    return out.refined if isinstance(out, lifters.Stages) else out


# ------------------------------------------------------------------------------------ sizes
def test_the_linear_lifter_has_its_published_size():
    """4.29 M: Martinez' network for 16 joints, batch norm included."""
    with torch.device("meta"):
        assert parameters(LinearLifter(16)) == 4_291_632


@pytest.mark.parametrize("levels, millions", [(3, 8.56), (4, 12.75), (5, 16.95)])
def test_the_temporal_lifter_has_its_published_sizes(levels, millions):
    """VideoPose3D with fields of 27, 81 and 243 frames: 8.56, 12.75 and 16.95 M."""
    with torch.device("meta"):
        net = TemporalLifter(17, widths=(3,) * levels)
    expected = 34 * 3 * 1024 + 2 * 1024 + (levels - 1) * (4 * 1024**2 + 4 * 1024) + 1024 * 51 + 51
    assert parameters(net) == expected and net.field == 3**levels
    assert round(expected / 1e6, 2) == millions


def test_the_small_forms():
    with torch.device("meta"):
        assert parameters(TemporalLifter(15, channels=256)) == 561_453
        assert parameters(PoseMachineLifter(15, hidden=256)) == 1_379_704


def test_a_strided_pass_costs_a_fraction():
    """Of one answer of 27 frames: 9, 3 and 1 places of the levels, not 25, 19 and 1."""
    counts = {}
    for frames in (27, 28):
        net = TemporalLifter(17)
        counts[frames] = sum(row.macs for row in layer_counts(net, (1, frames, 17, 2)))
    first, level = 34 * 3 * 1024, 4 * 1024**2
    assert counts[27] == 9 * first + (3 + 1) * level + 1024 * 51
    assert counts[28] == 26 * first + (20 + 2) * level + 2 * 1024 * 51


# ---------------------------------------------------------------------- what they look at
def test_strides_and_dilations_give_the_same_numbers():
    torch.manual_seed(0)
    net = TemporalLifter(3, channels=8, widths=(3, 5, 3)).eval().double()
    points = torch.randn(2, 60, 3, 2, dtype=torch.double)
    with torch.no_grad():
        whole = net(points)
        one_by_one = torch.cat([net(points[:, t : t + 45]) for t in range(16)], 1)
    assert whole.shape == (2, 16, 3, 3)
    torch.testing.assert_close(one_by_one, whole)


@pytest.mark.parametrize("name", SMALL)
def test_an_answer_sees_its_field_and_nothing_else(name):
    torch.manual_seed(0)
    net = SMALL[name]().eval().double()
    if name == "machine":
        torch.nn.init.normal_(net.refiner.change[-1].weight)
    points = torch.randn(1, 20, 3, 2, dtype=torch.double, requires_grad=True)
    out = answer(net, points)
    assert out.shape == (1, 20 - net.field + 1, 3, 3)
    middle = 5
    out[0, middle].sum().backward()
    seen = points.grad[0].abs().sum((-1, -2)) > 0
    expected = torch.zeros(20, dtype=torch.bool)
    expected[middle : middle + net.field] = True
    # Through both memories every frame reaches every other.
    assert torch.equal(seen, torch.ones_like(seen) if name == "machine" else expected)


def test_the_memory_knows_the_order():
    torch.manual_seed(0)
    net = SMALL["machine"]().eval()
    points = torch.randn(1, 6, 3, 2)
    with torch.no_grad():
        there, back = net(points).coarse, net(points.flip(1)).coarse.flip(1)
    assert (there - back).abs().max() > 1e-4


def test_the_memory_runs_forwards_and_then_backwards():
    """So of the last frame it knows what came before it, and of the first one everything."""
    torch.manual_seed(0)
    memory, x = lifters.Memory(4, 5), torch.randn(2, 6, 4)
    with torch.no_grad():
        ahead, found = memory.forwards(x)[0], memory(x)
        torch.testing.assert_close(found[:, -1:], memory.backwards(ahead[:, -1:])[0])
        torch.testing.assert_close(found[:, 0], memory.backwards(ahead.flip(1))[1][0][0])


def test_a_machine_begins_without_a_change():
    net = SMALL["machine"]().eval()
    with torch.no_grad():
        stages = net(torch.randn(2, 4, 3, 2))
    assert torch.equal(stages.coarse, stages.refined)
    assert stages.projected.shape == (2, 4, 3, 2)


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("shape", [(1, 30, 4, 2), (1, 30, 3, 3), (30, 3, 2), (1, 0, 3, 2)])
def test_another_shape_is_refused(name, shape):
    with pytest.raises(InputError, match="points must be"):
        SMALL[name]()(torch.zeros(shape))


def test_a_sequence_shorter_than_the_field_is_refused():
    with pytest.raises(InputError, match=r"9 frames at least.*repeat"):
        SMALL["temporal"]()(torch.zeros(1, 8, 3, 2))


@pytest.mark.parametrize("widths", [(), (2,), (3, 0)])
def test_even_widths_are_refused(widths):
    with pytest.raises(InputError, match="odd"):
        TemporalLifter(3, widths=widths)


# ----------------------------------------------------------------------------------- units
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 1000), st.floats(-1e3, 1e3))
def test_person_units_forget_place_and_size(seed, scale, shift):
    points = np.random.default_rng(seed).normal(size=(2, 5, 2))
    units = person_units(points, root=1)
    np.testing.assert_allclose(person_units(scale * points + shift, 1), units, atol=1e-3)
    assert (units[:, 1] == 0).all()
    np.testing.assert_allclose((units**2).sum(-1).mean(-1), 1, rtol=1e-3)
    np.testing.assert_allclose(person_units(torch.tensor(points), 1), units)


def test_a_person_without_extent_is_zero():
    assert not person_units(np.full((1, 4, 2), 7.0)).any()


# -------------------------------------------------------------------------------- learning
@pytest.mark.parametrize("name", SMALL)
def test_it_overfits_one_batch(name):
    torch.manual_seed(0)
    net = SMALL[name]()
    net.eval() if name == "machine" else net.train()
    for layer in net.modules():
        if isinstance(layer, torch.nn.Dropout):
            layer.p = 0.0
    points = torch.randn(4, 9, 3, 2)
    target = torch.randn(4, 10 - net.field, 3, 3)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
    errors = []
    for _ in range(150):
        loss = (answer(net, points) - target).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        errors.append(loss.item())
    assert errors[-1] < 0.1 * errors[0], (errors[0], errors[-1])
