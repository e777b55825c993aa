"""In what to compute a training: whichever takes a step of this network sooner.

Dense layers take half the time in bf16 where the processor computes in it; depthwise ones take
several times as long. So it is measured.
"""

from __future__ import annotations

import contextlib
import copy
import random
import time
from collections.abc import Callable

import numpy as np
import torch

from .errors import InputError

MARGIN = 0.9  # so that the same network gets the same answer every time


def choose_precision(wanted: str, model: torch.nn.Module, first_batch: Callable, loss) -> str:
    """``no`` (float32) or ``bf16``: as wanted, or for ``auto`` what is sooner for this network.

    ``first_batch()`` gives a batch to measure with, or None. The model and every global
    generator of random numbers are left as they were.
    """
    if wanted not in ("auto", "no", "bf16"):
        raise InputError(f"precision must be auto, no or bf16, and is {wanted!r}.")
    if wanted != "auto":
        return wanted
    if not computes_in_bf16():
        return "no"
    if torch.cuda.is_available():
        return "bf16"
    with _random_numbers_kept():
        batch = first_batch()
        if batch is None:
            return "no"
        full, half = (step_seconds(model, batch, loss, name) for name in ("no", "bf16"))
    return "bf16" if half < MARGIN * full else "no"


def computes_in_bf16() -> bool:
    """Whether this machine has instructions for bf16."""
    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported(including_emulation=False)
    # torch has no public question for it; without the instructions bf16 is slower than fp32.
    return getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)()


def step_seconds(model: torch.nn.Module, batch, loss, precision: str) -> float:
    """The best of three steps of a copy; one before them prepares the kernels."""
    model, seconds = copy.deepcopy(model).train(), []
    for _ in range(4):
        start = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            value = loss(model, batch)
        mean = value[0] if isinstance(value, tuple) else value
        mean.float().backward()
        seconds.append(time.perf_counter() - start)
    return min(seconds[1:])


@contextlib.contextmanager
def _random_numbers_kept():
    """What is drawn inside is drawn again after."""
    python, numbers = random.getstate(), np.random.get_state()
    with torch.random.fork_rng():
        yield
    random.setstate(python)
    np.random.set_state(numbers)
