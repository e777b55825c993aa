"""In what to compute a training: bf16 where the machine is sooner in it, depthwise layers apart.

Where a processor has instructions for bf16, dense layers take half the time in it and depthwise
ones up to several times as long, so on a processor these stay in float32. Whether bf16 is sooner
is measured once a process, on one dense layer. Not on the network itself: where both take about as
long, chance would decide, and the same training would give other numbers each time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import torch
from torch import nn

from .errors import InputError


def choose_precision(wanted: str) -> str:
    """``no`` (float32) or ``bf16``: as wanted, or for ``auto`` what is sooner on this machine."""
    if wanted not in ("auto", "no", "bf16"):
        raise InputError(f"precision must be auto, no or bf16, and is {wanted!r}.")
    if wanted != "auto":
        return wanted
    sooner = computes_in_bf16() and (torch.cuda.is_available() or sooner_in_bf16())
    return "bf16" if sooner else "no"


@contextmanager
def computing_in(precision: str, model: nn.Module) -> Iterator[None]:
    """While it lasts, autocast to bf16 leaves depthwise layers on a processor in float32."""
    apart = precision == "bf16" and not torch.cuda.is_available()
    layers = [layer for layer in model.modules() if apart and getattr(layer, "groups", 1) > 1]
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


@cache
def sooner_in_bf16() -> bool:
    """Whether a step of a dense layer is sooner in bf16 on this machine."""
    return step_seconds("bf16") < step_seconds("no")


def step_seconds(precision: str) -> float:
    """The best of eight steps, forward and backward, after two that prepare the kernels."""
    generator = torch.get_rng_state()  # what the layer draws is drawn again after
    layer, seconds = nn.Conv2d(128, 128, 3).to(memory_format=torch.channels_last), []
    torch.set_rng_state(generator)
    # Large enough that nothing else is measured.
    images = torch.zeros(4, 128, 34, 34).contiguous(memory_format=torch.channels_last)
    for _ in range(10):
        start = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            out = layer(images)
        out.float().sum().backward()
        seconds.append(time.perf_counter() - start)
    return min(seconds[2:])
