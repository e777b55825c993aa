"""How long a computation takes on this machine, and what limits it there.

Times are of this machine and this minute: compare what one call of `time_calls` measured. Where
other programs run, measure on one thread (``torch.set_num_threads(1)``), because threads wait for
each other, and on the clock ``time.process_time``, which stands still while others run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from itertools import cycle
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from . import crowds, plots
from .errors import InputError
from .models.layer_counts import LayerCount, kind_of, layer_counts

SIDE = 384  # of the matrices whose product tells how fast this machine multiplies
MULTIPLY = ("conv", "depthwise", "transposed", "linear")  # the kinds of layers that have MACs


class Timing(NamedTuple):
    """Milliseconds of one call."""

    median: float  # what one waits here and now
    fastest: float  # what the computation itself needs: other programs only add time
    slow: float  # nine of ten calls took less


def time_calls(
    calls: Mapping[str, Callable[[], object]],
    rounds: int = 15,
    warm_up: int = 2,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Timing]:
    """The `Timing` of each of several calls.

    They are called in turns, so that a busy second hits all of them, after ``warm_up`` rounds that
    do not count. ``clock`` gives seconds. Raises `InputError` for less than one round.
    """
    if rounds < 1 or warm_up < 0:
        raise InputError(f"at least 1 round and 0 to warm up, not {rounds} and {warm_up}.")
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(-warm_up, rounds):
        for name, call in calls.items():
            start = clock()
            call()
            if number >= 0:
                taken[name].append(1000 * (clock() - start))
    points = {name: np.percentile(values, (50, 0, 90)) for name, values in taken.items()}
    return {name: Timing(*map(float, three)) for name, three in points.items()}


class Roofline(NamedTuple):
    """The two limits of a machine: how fast it multiplies, and how fast it moves numbers.

    Williams, Waterman, Patterson, "Roofline: An Insightful Visual Performance Model for Multicore
    Architectures", Communications of the ACM 52(4), 2009.
    """

    peak: float  # billions of multiply-accumulates in a second, GMAC/s
    bandwidth: float  # billions of bytes read or written in a second, GB/s

    @property
    def ridge(self) -> float:
        """MACs per byte at which both limits are equal: below it, moving numbers is the limit."""
        return self.peak / self.bandwidth

    def rate(self, intensity) -> np.ndarray:
        """The most GMAC/s that work of ``intensity`` MACs per byte can reach; any shape."""
        return np.minimum(self.peak, self.bandwidth * np.asarray(intensity, float))


def measure_roofline(megabytes: int = 128, rounds: int = 60, **options) -> Roofline:
    """This machine's `Roofline`: a product of matrices, and a copy of so many megabytes.

    What fits into the processor's caches is copied several times as fast: 1 instead of 128 gives
    the limit there. Both are measured in short pieces, some of which a busy machine runs through.
    Options are those of `time_calls`. Raises `InputError` for less than a megabyte.
    """
    if megabytes < 1:
        raise InputError(f"1 megabyte at least must be copied, and not {megabytes}.")
    factor, source = torch.rand(SIDE, SIDE), torch.ones(megabytes, 250_000)
    product, copy = factor.clone(), source.clone()
    pieces = cycle(zip(copy, source))  # of 1 MB
    calls = {
        "multiply": lambda: torch.mm(factor, factor, out=product),
        "copy": lambda: torch.Tensor.copy_(*next(pieces)),
    }
    found = time_calls(calls, rounds, **options)
    moved = 2 * source[0].nbytes  # each number is read and written
    return Roofline(SIDE**3 / found["multiply"].fastest / 1e6, moved / found["copy"].fastest / 1e6)


class LayerTime(NamedTuple):
    """One call of one layer, by itself."""

    count: LayerCount
    moved: int  # bytes: its input, its weights and its output, each once
    milliseconds: float  # of the fastest call

    @property
    def intensity(self) -> float:
        """*Arithmetic intensity*: multiply-accumulates for each byte that is moved."""
        return self.count.macs / self.moved

    @property
    def rate(self) -> float:
        """What it reached, GMAC/s."""
        return self.count.macs / self.milliseconds / 1e6


def time_layers(model: nn.Module, images: Tensor, rounds: int = 5, **options) -> list[LayerTime]:
    """Each convolution and linear layer of a network, alone, on the input that it gets.

    ``model`` takes ``images`` (B, 3, H, W); ``rounds`` and ``options`` are those of `time_calls`.
    """
    calls: list[tuple[nn.Module, Tensor]] = []
    layers = [layer for layer in model.modules() if kind_of(layer) in MULTIPLY]
    keep = [
        layer.register_forward_hook(lambda layer, inputs, out: calls.append((layer, inputs[0])))
        for layer in layers
    ]
    with torch.inference_mode():
        model(images)
        for hook in keep:
            hook.remove()
        rows = [row for row in layer_counts(model, images.shape) if row.kind in MULTIPLY]
        together = zip(rows, calls, strict=True)
        return [_time_layer(row, *call, rounds=rounds, **options) for row, call in together]


def _time_layer(row: LayerCount, layer: nn.Module, inputs: Tensor, **options) -> LayerTime:
    weights = sum(p.numel() for p in layer.parameters())
    moved = (inputs.numel() + weights + row.activations) * inputs.element_size()
    found = time_calls({row.name: lambda: layer(inputs)}, **options)
    return LayerTime(row, moved, found[row.name].fastest)


def time_stages(
    model: nn.Module, image: np.ndarray, codec: Mapping, side: int = crowds.SIDE, **options
) -> dict[str, Timing]:
    """The way of one frame (H, W, 3) uint8 RGB: pre-processing, network, decoder, drawing.

    ``model``, ``codec`` and ``side`` are as `posekit.crowds.find_people` has them, the options
    those of `time_calls`.
    """
    side = getattr(model, "size", side)
    fitted = crowds.fit_image(image, side)
    with torch.inference_mode():
        maps = model.predict(fitted.tensor)
        points = fitted.to_image(crowds.read_people(maps, 0, codec).keypoints)
        calls = {
            "pre-processing": lambda: crowds.fit_image(image, side),
            "network": lambda: model.predict(fitted.tensor),
            "decoder": lambda: fitted.to_image(crowds.read_people(maps, 0, codec).keypoints),
            "drawing": lambda: plots.draw_pose(image, points, None, codec["pafs"]["skeleton"]),
        }
        return time_calls(calls, **options)
