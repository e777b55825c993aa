"""The state of a training in one file: what it needs to go on bit for bit where it stopped."""

from __future__ import annotations

import io
import random
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from .errors import InputError
from .files import atomic_write

LAST, BEST = "last.pt", "best.safetensors"
STATE = (  # what LAST holds
    *("model", "optimizer", "average", "identity", "precision", "rows", "best"),
    *("random", "random_python", "random_numpy", "random_cuda"),
)


def save_state(
    path: Path, model, optimizer, average, history, identity: Mapping, precision: str
) -> None:
    """Everything that a training needs to go on, in one file, whole or not at all."""
    state = {
        "precision": precision,
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "average": average.state_dict(),
        "identity": identity,
        "rows": history.rows,
        "best": history.best,
        "random": torch.get_rng_state(),
        "random_python": random.getstate(),
        "random_numpy": _numpy_state(),
        "random_cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }
    buffer = io.BytesIO()
    torch.save(state, buffer)
    atomic_write(path, buffer.getvalue())


def _numpy_state() -> tuple:
    """NumPy's global generator as plain numbers: the file is read with ``weights_only``."""
    name, keys, *others = np.random.get_state()
    return (name, keys.tolist(), *others)


def _shapes(weights: Mapping) -> dict:
    return {name: tensor.shape for name, tensor in weights.items()}


def read_state(path: Path) -> dict:
    """What `save_state` saved; `InputError` for a file that is damaged."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        return {name: state[name] for name in STATE}
    except Exception as error:  # torch's reader raises whatever its zip and pickle layers do
        raise InputError(
            f"{path} is damaged ({type(error).__name__}): delete it, and start from {BEST} or anew."
        ) from None


def restore(state: dict, path: Path, model, optimizer, average, identity: Mapping) -> tuple:
    """Put everything back where it was; the history's rows, and its best one or None.

    ``state`` is what `read_state` found at ``path``. Raises `InputError` for another training's.
    """
    rows, saved = state["rows"], state["identity"]
    differ = sorted(k for k in saved.keys() | identity.keys() if saved.get(k) != identity.get(k))
    if differ:
        said = ", ".join(f"{k} was {saved.get(k)!r} and is {identity.get(k)!r}" for k in differ)
        raise InputError(
            f"{path} is of another training: {said}. Resume with the same settings, "
            "or train into another folder."
        )
    if _shapes(state["model"]) != _shapes(model.state_dict()):
        raise InputError(f"{path} is of another network: train into another folder.")
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    average.load_state_dict(state["average"])
    torch.set_rng_state(state["random"])
    random.setstate(state["random_python"])
    name, keys, *others = state["random_numpy"]
    np.random.set_state((name, np.array(keys, np.uint32), *others))
    if state["random_cuda"] and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(state["random_cuda"])
    return rows, state["best"]
