"""Trained weights that come with posekit: ``NAME.safetensors`` beside its card, ``NAME.json``.

A card says how the weights came about (the command, the data, the seed, the machine, the
minutes), what they reach, under which terms they may be used, and the SHA-256 of the file:
weights that do not match their card are refused.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import torch

from ..errors import InputError
from ..files import write_whole
from ..training import load_weights, save_weights

FOLDER = Path(__file__).parent
# What every card says; further entries are welcome.
FIELDS = (
    "name",
    "recipe",
    "command",
    "data",
    "seed",
    "hardware",
    "minutes",
    "metrics",
    "sha256",
    "terms",
)


def names() -> tuple[str, ...]:
    """The checkpoints that come with posekit."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.json")))


def find(name: str | Path) -> Path:
    """The weights' file of one of `names`, or of a path to a ``.safetensors`` file."""
    path = Path(name)
    if path.suffix == ".safetensors":
        if not path.exists():
            raise InputError(f"{path} does not exist.")
        return path
    if str(name) not in names():
        raise InputError(
            f"no checkpoint {str(name)!r}; there are: {', '.join(names()) or 'none'}; "
            "or give the path of a .safetensors file."
        )
    return FOLDER / f"{name}.safetensors"


def card(name: str | Path) -> dict:
    """The card of a checkpoint; `InputError` if it is absent, no JSON, or says too little."""
    path = find(name).with_suffix(".json")
    try:
        found = json.loads(path.read_text())
    except FileNotFoundError:
        raise InputError(f"{path} is missing: weights are loaded with their card only.") from None
    except ValueError as error:
        raise InputError(f"{path} is no card: {error}.") from None
    missing = [field for field in FIELDS if not isinstance(found, dict) or field not in found]
    if missing:
        raise InputError(f"{path} is no complete card: it does not say {', '.join(missing)}.")
    return found


def load(model: torch.nn.Module, name: str | Path) -> dict:
    """Load a checkpoint into its model; returns the card.

    Raises `InputError` for weights that are absent, are not what the card was written for
    (truncated, changed), or belong to another model or version.
    """
    path, found = find(name), card(name)
    if not path.exists():
        raise InputError(f"{path} is missing, and its card is there: check the installation.")
    if hash_of(path) != found["sha256"]:
        raise InputError(
            f"{path} is not the file that its card was written for: it was changed "
            "or cut short. Get it again, or train it with "
            f"`{found['command']}`."
        )
    load_weights(model, path)
    return found


def save(model: torch.nn.Module, path: str | Path, about: Mapping) -> Path:
    """Save weights as fp16, with the card ``about`` and the file's hash beside them.

    Raises `InputError` for a card that says too little, weights that fp16 cannot hold, and
    what `posekit.files.write_whole` raises.
    """
    path = Path(path)
    missing = [field for field in FIELDS if field not in {*about, "sha256"}]
    if missing:
        raise InputError(f"the card of {path.name} does not say {', '.join(missing)}.")
    half = copy.deepcopy(model).cpu().half()
    for name, value in half.state_dict().items():
        if not torch.isfinite(value).all():
            raise InputError(f"{name} of {path.name} is too large for fp16, or not finite.")
    save_weights(half, path)
    text = json.dumps(dict(about) | {"sha256": hash_of(path)}, indent=1)
    write_whole(path.with_suffix(".json"), text + "\n")
    return path


def hash_of(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
