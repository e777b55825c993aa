"""Times by a clock that moves only when told to, and the roofline's closed forms."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from posekit import latency
from posekit.errors import InputError
from posekit.latency import (
    LayerTime,
    Roofline,
    measure_roofline,
    time_calls,
    time_layers,
    time_stages,
)
from posekit.models.crowd_nets import SmallCrowdNet
from posekit.models.layer_counts import layer_counts
from posekit.tasks.crowds import CODEC


class Clock:
    """Seconds that pass only where something says that it takes time."""

    def __init__(self):
        self.now, self.calls = 100.0, []

    def __call__(self) -> float:
        return self.now

    def work(self, name, *seconds):
        """A call that takes the first of these seconds, then the second, ..., then the last."""
        left = list(seconds)

        def call():
            self.calls.append(name)
            self.now += left.pop(0) if len(left) > 1 else left[0]

        return call


# ---------------------------------------------------------------------------------- calls
def test_the_median_the_fastest_and_the_slow_call():
    clock = Clock()
    seconds = [0.001 * n for n in (5, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11)]
    found = time_calls({"one": clock.work("one", *seconds)}, 11, 0, clock)["one"]
    assert found == pytest.approx((6.0, 1.0, 10.0))


def test_calls_take_turns_and_the_first_rounds_do_not_count():
    clock = Clock()
    calls = {"a": clock.work("a", 9, 0.002), "b": clock.work("b", 9, 0.004)}
    found = time_calls(calls, rounds=2, warm_up=1, clock=clock)
    assert clock.calls == ["a", "b"] * 3
    assert found["a"] == pytest.approx((2, 2, 2)) and found["b"] == pytest.approx((4, 4, 4))


@given(st.lists(st.floats(1e-4, 10), min_size=1, max_size=20))
def test_the_three_are_in_order(seconds):
    clock = Clock()
    found = time_calls({"one": clock.work("one", *seconds)}, len(seconds), 0, clock)["one"]
    assert found.fastest <= found.median <= found.slow
    assert found.fastest == pytest.approx(1000 * min(seconds), rel=1e-6)


@pytest.mark.parametrize("options", [{"rounds": 0}, {"warm_up": -1}])
def test_no_round_is_refused(options):
    with pytest.raises(InputError, match="at least 1 round"):
        time_calls({"one": lambda: None}, **options)


# ------------------------------------------------------------------------------- roofline
def test_the_roof_rises_to_the_ridge_and_stays():
    roof = Roofline(peak=40, bandwidth=10)
    assert roof.ridge == 4
    assert roof.rate([1, 4, 100]).tolist() == [10, 40, 40]


@given(st.floats(0.1, 1e4), st.floats(0.1, 1e4), st.floats(1e-3, 1e3))
def test_nothing_is_above_either_limit(peak, bandwidth, intensity):
    rate = Roofline(peak, bandwidth).rate(intensity)
    assert rate <= peak and rate <= bandwidth * intensity
    assert rate in (peak, bandwidth * intensity)


def test_the_two_numbers_by_the_clock(monkeypatch):
    """A product of 384 x 384 matrices is 384^3 MACs; a piece of 1 MB is read and written."""
    clock = Clock()
    monkeypatch.setattr(torch, "mm", lambda *args, out: clock.work("multiply", 0.5)())
    monkeypatch.setattr(torch.Tensor, "copy_", lambda *args: clock.work("copy", 0.25)())
    roof = measure_roofline(megabytes=2, rounds=3, clock=clock)
    assert roof == pytest.approx((384**3 / 0.5 / 1e9, 2e6 / 0.25 / 1e9))
    assert set(clock.calls) == {"multiply", "copy"}


def test_the_copy_goes_through_all_of_the_memory(monkeypatch):
    places = []
    monkeypatch.setattr(torch.Tensor, "copy_", lambda to, of: places.append(of.data_ptr()))
    measure_roofline(megabytes=3, rounds=3, warm_up=0)
    assert len(set(places)) == 3


def test_this_machine_has_a_roofline():
    roof = measure_roofline(megabytes=1, rounds=2)
    assert roof.peak > 0 and roof.bandwidth > 0


def test_nothing_to_copy_is_refused():
    with pytest.raises(InputError, match="1 megabyte at least"):
        measure_roofline(megabytes=0)


# --------------------------------------------------------------------------------- layers
def test_a_layer_s_bytes_are_its_input_its_weights_and_its_output():
    net = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.ReLU(), nn.Conv2d(8, 4, 1))
    first, second = time_layers(net, torch.rand(1, 3, 16, 16), rounds=1)
    assert first.moved == 4 * (3 * 256 + 8 * 27 + 8 * 64)
    assert second.moved == 4 * (8 * 64 + 8 * 4 + 4 + 4 * 64)
    assert first.count.macs == 8 * 27 * 64 and first.intensity == 8 * 27 * 64 / first.moved
    assert first.milliseconds > 0


def test_a_layer_s_rate():
    row = layer_counts(nn.Conv2d(3, 8, 1), (1, 3, 10, 10))[0]
    timed = LayerTime(row, moved=1200, milliseconds=0.5)
    assert timed.intensity == 2 and timed.rate == pytest.approx(2400 / 0.5e-3 / 1e9)


def test_the_layers_of_a_network_are_those_that_are_counted():
    net = SmallCrowdNet(18, 19, 0.125).eval()
    found = time_layers(net, torch.rand(1, 3, 64, 64), rounds=1)
    macs = sum(row.macs for row in layer_counts(net, (1, 3, 64, 64)))
    assert sum(row.count.macs for row in found) == macs
    assert not any(layer._forward_hooks for layer in net.modules())


def test_layers_are_timed_by_the_clock_that_is_given():
    clock, net = Clock(), nn.Sequential(nn.Conv2d(3, 4, 1))
    (row,) = time_layers(net, torch.rand(1, 3, 8, 8), rounds=3, clock=clock)
    assert row.milliseconds == 0  # this clock stands still


# --------------------------------------------------------------------------------- stages
def test_the_stages_of_a_frame(monkeypatch):
    clock, image = Clock(), np.full((64, 96, 3), 127, np.uint8)
    net = SmallCrowdNet(18, 19, 0.125).eval()
    for number, (owner, name) in enumerate(
        ((latency.crowds, "fit_image"), (net, "predict"), (latency.crowds, "read_people"))
    ):
        slow = _slowed(clock, getattr(owner, name), 0.001 * (number + 1))
        monkeypatch.setattr(owner, name, slow)
    found = time_stages(net, image, CODEC, side=64, rounds=2, clock=clock)
    assert list(found) == ["pre-processing", "network", "decoder", "drawing"]
    assert [round(timing.median, 3) for timing in found.values()] == [1, 2, 3, 0]


def _slowed(clock, function, seconds):
    def slowed(*args, **options):
        clock.now += seconds
        return function(*args, **options)

    return slowed
