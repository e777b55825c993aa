"""Pose machines with a memory: the cell against its equations, counts, and what a state does."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from posekit.errors import InputError
from posekit.models.pose_machines import (
    ConvLSTM,
    LSTMPoseMachine,
    Memory,
    PoseMachine,
    heights,
    stack,
)


def small(**options) -> PoseMachine:
    torch.manual_seed(0)
    return PoseMachine(3, hidden=4, widths=(4, 4, 4, 8, 8), **options).eval()


def count(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


# ----------------------------------------------------------------------------------- cell
@given(st.integers(0, 10**6))
def test_on_one_pixel_the_cell_is_pytorchs_own(seed):
    """Whose gates come in the order i, f, g, o, and which has a second bias."""
    torch.manual_seed(seed)
    cell, own = ConvLSTM(3, 5, kernel=1), nn.LSTMCell(3, 5)
    order = torch.arange(20).view(4, 5)[[1, 2, 0, 3]].flatten()  # our g, i, f, o as i, f, g, o
    with torch.no_grad():
        own.weight_ih.copy_(cell.from_input.weight.flatten(1)[order])
        own.weight_hh.copy_(cell.from_hidden.weight.flatten(1)[order])
        own.bias_ih.copy_(cell.from_input.bias[order])
        own.bias_hh.zero_()
    memory, state = None, None
    for x in torch.randn(4, 2, 3):
        memory = cell(x[..., None, None], memory)
        state = own(x, state)
        torch.testing.assert_close(memory.hidden.flatten(1), state[0], atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(memory.cell.flatten(1), state[1], atol=1e-5, rtol=1e-4)


def test_the_cell_keeps_places():
    """Moved input, moved memory: where the border does not reach."""
    torch.manual_seed(0)
    cell = ConvLSTM(2, 3)
    frames = torch.zeros(3, 1, 2, 12, 12)
    frames[..., 4:7, 4:7] = torch.randn(3, 1, 2, 3, 3)
    memory = moved = None
    for frame in frames:
        memory, moved = cell(frame, memory), cell(frame.roll(1, -1), moved)
    torch.testing.assert_close(memory.cell.roll(1, -1)[..., 4:8], moved.cell[..., 4:8])


def test_a_gate_that_keeps_all_keeps_all():
    cell = ConvLSTM(1, 1)
    with torch.no_grad():
        for layer in (cell.from_input, cell.from_hidden):
            layer.weight.zero_()
        cell.from_input.bias.copy_(torch.tensor([0.0, -50.0, 50.0, 50.0]))  # i = 0, f = o = 1
    before = Memory(torch.zeros(1, 1, 4, 4), torch.randn(1, 1, 4, 4))
    after = cell(torch.randn(1, 1, 4, 4), before)
    torch.testing.assert_close(after.cell, before.cell)
    torch.testing.assert_close(after.hidden, torch.tanh(before.cell))


# ------------------------------------------------------------------------------ small form
def test_shapes_and_parameters():
    assert small()(torch.rand(2, 3, 3, 64, 96)).shape == (2, 3, 3, 16, 24)
    assert count(PoseMachine(14)) == 1_480_812


def test_step_by_step_is_the_whole_clip():
    net, clips = small(), torch.rand(2, 4, 3, 64, 64)
    state, maps = None, []
    for image in clips.unbind(1):
        state = net.step(image, state)
        maps.append(state.maps)
    torch.testing.assert_close(net(clips), torch.stack(maps, 1))


def test_what_is_remembered_and_what_is_not():
    """A frame that changes changes all later answers, and no earlier one; without memory only its
    own."""
    net, clips = small(), torch.rand(1, 4, 3, 64, 64)
    other = clips.clone()
    other[:, 1] = torch.rand(3, 64, 64)
    for remember, expected in ((True, [False, True, True, True]), (False, [0, 1, 0, 0])):
        apart = (net(clips, remember) - net(other, remember)).abs().amax((0, 2, 3, 4))
        assert [bool(a) for a in apart > 1e-6] == [bool(e) for e in expected]


def test_without_memory_each_frame_is_a_first_frame():
    net, clips = small(), torch.rand(2, 3, 3, 64, 64)
    alone = net(clips.flatten(0, 1)[:, None])[:, 0]
    torch.testing.assert_close(net(clips, remember=False).flatten(0, 1), alone)
    torch.testing.assert_close(net(clips)[:, 0], net(clips, remember=False)[:, 0])


def test_gradients_reach_the_first_frame_through_the_memory():
    net, clips = small(), torch.rand(1, 3, 3, 64, 64, requires_grad=True)
    net(clips)[:, -1].square().sum().backward()
    assert all(clips.grad[:, t].abs().sum() > 0 for t in range(3))


@pytest.mark.parametrize("stacked", [2, 5])
def test_stacked_frames_see_the_past_and_keep_nothing(stacked):
    net, clips = small(stacked=stacked), torch.rand(1, 4, 3, 64, 64)
    other = clips.clone()
    other[:, 0] = torch.rand(3, 64, 64)
    apart = (net(clips) - net(other)).abs().amax((0, 2, 3, 4)) > 1e-6
    assert apart.tolist() == [t < stacked for t in range(4)]


def test_stacking():
    clips = torch.arange(3.0).view(1, 3, 1, 1, 1)
    assert stack(clips, 1).equal(clips)
    assert stack(clips, 3).flatten().tolist() == [0, 0, 0, 0, 0, 1, 0, 1, 2]


def test_heights_are_1_at_the_top_of_a_bump():
    y, x = torch.meshgrid(*2 * [torch.arange(31.0)], indexing="ij")
    bump = -((x - 15) ** 2 + (y - 15) ** 2) / (2 * 1.5**2)
    assert heights(bump[None, None]).amax().item() == pytest.approx(1, abs=0.01)


def test_bad_input():
    net = small()
    with pytest.raises(InputError, match="a frame at least"):
        net(torch.rand(1, 0, 3, 64, 64))
    with pytest.raises(InputError, match="clips must be"):
        net(torch.rand(1, 3, 64, 64))
    with pytest.raises(InputError, match="multiples of 32"):
        net(torch.rand(1, 1, 3, 64, 65))
    with pytest.raises(InputError, match="stacked must be"):
        small(stacked=0)
    state = net.step(torch.rand(1, 3, 64, 64))
    with pytest.raises(InputError, match="must have one size"):
        net.step(torch.rand(1, 3, 64, 96), state)


# ------------------------------------------------------------------------------- reference
def test_the_papers_network_has_the_papers_size():
    with torch.device("meta"):
        net = LSTMPoseMachine()
        clips, centres = torch.rand(1, 5, 3, 368, 368), torch.rand(1, 1, 368, 368)
    later = count(net) - count(net.net1)
    assert (count(net), later) == (12_067_486, 7_681_391), "12.07 and 7.68 million"
    macs = []
    for frames in (5, 4):
        with FlopCounterMode(display=False) as counter:
            found = net(clips[:, :frames], centres)
        macs.append(counter.get_total_flops() / 2e9)
    assert (round(macs[0], 1), round(macs[0] - macs[1], 1)) == (418.5, 70.9)
    assert found.initial.shape == (1, 15, 46, 46) and found.maps.shape == (1, 4, 15, 46, 46)
