"""In what to compute a training: bf16 for the kinds of layers that are sooner in it.

Where a processor has instructions for bf16, dense layers take half the time in it and depthwise
ones several times as long. Which, is measured once a process on a layer of each kind. Not on the
network itself: where both take about as long, chance would decide, and the same training would
give other numbers each time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import torch
from torch import nn

from .errors import InputError

# A layer of each kind and its input, large enough that nothing else is measured.
LAYERS = {
    "dense": (lambda: nn.Conv2d(128, 128, 3, bias=False), (4, 128, 34, 34)),
    "depthwise": (lambda: nn.Conv2d(144, 144, 5, groups=144, bias=False), (8, 144, 24, 24)),
}


PRECISIONS = ("no", "bf16", "dense")


def choose_precision(wanted: str, model: nn.Module) -> str:
    """One of `PRECISIONS`: as wanted, or for ``auto`` what is soonest for this network.

    ``no`` is float32, ``bf16`` all layers in bf16, and ``dense`` all but the depthwise ones.
    """
    if wanted not in ("auto", *PRECISIONS):
        raise InputError(f"precision must be auto, {', '.join(PRECISIONS)}, and is {wanted!r}.")
    if wanted != "auto":
        return wanted
    if not computes_in_bf16():
        return "no"
    if torch.cuda.is_available() or all(map(sooner_in_bf16, kinds(model))):
        return "bf16"
    return "dense" if sooner_in_bf16("dense") else "no"


@contextmanager
def computing_in(precision: str, model: nn.Module) -> Iterator[None]:
    """While it lasts, autocast leaves the depthwise layers in float32 for ``dense``."""
    layers = [m for m in model.modules() if precision == "dense" and kind(m) == "depthwise"]
    for layer in layers:
        layer.forward = _in_float32(layer.forward)
    try:
        yield
    finally:
        for layer in layers:
            del layer.forward  # the class's own again


def _in_float32(forward: Callable) -> Callable:
    def computed(x: torch.Tensor) -> torch.Tensor:
        with torch.autocast(x.device.type, enabled=False):
            return forward(x.float())

    return computed


def computes_in_bf16() -> bool:
    """Whether this machine has instructions for bf16."""
    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported(including_emulation=False)
    # torch has no public question for it; without the instructions bf16 is slower than fp32.
    return getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)()


def kinds(model: nn.Module) -> set[str]:
    """The kinds of layers that a network has, of `LAYERS`."""
    return {kind(layer) for layer in model.modules()}


def kind(layer: nn.Module) -> str:
    """Which of `LAYERS` a layer counts as: all but depthwise ones are dense."""
    return "depthwise" if getattr(layer, "groups", 1) > 1 else "dense"


@cache
def sooner_in_bf16(kind: str) -> bool:
    """Whether a step of a layer of that kind is sooner in bf16 on this machine."""
    return step_seconds(kind, "bf16") < step_seconds(kind, "no")


def step_seconds(kind: str, precision: str) -> float:
    """The best of eight steps, forward and backward, after two that prepare the kernels."""
    build, shape = LAYERS[kind]
    generator = torch.get_rng_state()  # what the layer draws is drawn again after
    layer, seconds = build().to(memory_format=torch.channels_last), []
    torch.set_rng_state(generator)
    images = torch.zeros(shape).contiguous(memory_format=torch.channels_last)
    for _ in range(10):
        start = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            out = layer(images)
        out.float().sum().backward()
        seconds.append(time.perf_counter() - start)
    return min(seconds[2:])
