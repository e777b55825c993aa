"""Trained weights that come with posekit: ``NAME.safetensors`` beside its card, ``NAME.json``.

A card says how the weights came about (the command, the data, the seed, the machine, the
minutes), what they reach, under which terms they may be used, and the SHA-256 of the file:
weights that do not match their card are refused. It also names the network, and the functions
that read its output, so that a checkpoint is loaded without the code that trained it::

    "network": {"name": "heatmap_nets.HeatmapNet", "arguments": {"joints": 14}},
    "decode": {"name": "heatmaps.decode_heatmaps", "arguments": {}},
"""

from __future__ import annotations

import copy
import hashlib
import inspect
import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors import torch as safetensors

from ..errors import InputError
from ..files import atomic_write, read_bytes

FOLDER = Path(__file__).parent
# What every card says; further entries are welcome.
FIELDS = (
    *("name", "task", "recipe", "network", "command", "data", "seed", "hardware", "minutes"),
    *("metrics", "sha256", "terms"),
)
NAME = re.compile(r"[a-z_]\w*\.[A-Za-z_]\w*")  # a file of posekit.models or .codecs, what is in it


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
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise InputError(f"{path} is missing: weights are loaded with their card only.") from None
    except ValueError as error:
        raise InputError(f"{path} is no card: {error}.") from None
    missing = [field for field in FIELDS if not isinstance(found, dict) or field not in found]
    if missing:
        raise InputError(f"{path} is no complete card: it does not say {', '.join(missing)}.")
    return found


def describe(function: Callable | None) -> dict | None:
    """How a card names a function of `posekit.models` or `posekit.codecs`, with its arguments.

    A `functools.partial` of one is named with the arguments that it holds. Raises `InputError`
    for any other function: a card could not find it again.
    """
    if function is None:
        return None
    arguments = {}
    while isinstance(function, partial):
        names = inspect.signature(function.func).parameters
        arguments = dict(zip(names, function.args)) | function.keywords | arguments
        function = function.func
    part, _, file = function.__module__.rpartition(".")
    if part not in ("posekit.models", "posekit.codecs"):
        raise InputError(f"{function.__qualname__} stands in no file of posekit.models or .codecs.")
    return {"name": f"{file}.{function.__name__}", "arguments": arguments}


def resolve(part: str, named: Mapping | None) -> Callable | None:
    """The function of ``models`` or ``codecs`` that `describe` named; a card can name no other.

    Raises `InputError` where there is none of that name.
    """
    if named is None:
        return None
    name = named["name"]
    if not NAME.fullmatch(name):
        raise InputError(f"{name!r} is no name of posekit.{part}: it must be FILE.NAME.")
    file, _, attribute = name.partition(".")
    try:
        function = getattr(import_module(f"posekit.{part}.{file}"), attribute)
    except (ModuleNotFoundError, AttributeError):
        raise InputError(f"posekit.{part} has no {name}: is the card of a newer version?") from None
    return partial(function, **named["arguments"])


def load_pretrained(name: str | Path | tuple) -> tuple[torch.nn.Module, dict]:
    """A checkpoint's network, ready to predict, and its card.

    ``name`` is one of `names`, or the path of a ``.safetensors`` file. A network and its card, as
    this function and `posekit.onnx_networks.load_pretrained` return them, are returned as they are.
    """
    if isinstance(name, tuple):
        return name
    found = card(name)
    try:
        model = resolve("models", found["network"])()
    except TypeError as error:
        raise InputError(f"the network of {found['name']} cannot be built: {error}.") from None
    model = model.to(memory_format=torch.channels_last)
    load(model, name)
    return model.eval(), found


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
    what `posekit.files.atomic_write` raises.
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
    atomic_write(path.with_suffix(".json"), text + "\n")
    return path


def hash_of(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


# -------------------------------------------------------------------------------- weights
def save_weights(model: torch.nn.Module, path: str | Path, metadata: Mapping | None = None) -> None:
    """Save a model's weights and buffers as safetensors, whole or not at all."""
    state = model.state_dict()
    # Copies, each whole: the format refuses tensors that share memory, as tied weights do.
    whole = {"memory_format": torch.contiguous_format, "copy": True}
    tensors = {name: value.detach().to("cpu", **whole) for name, value in state.items()}
    atomic_write(Path(path), safetensors.save(tensors, dict(metadata or {})))


def load_weights(model: torch.nn.Module, path: str | Path) -> None:
    """Load what `save_weights` saved, into a model of the same shape.

    Raises `InputError` for a file that is absent, truncated, or another model's.
    """
    try:
        tensors = safetensors.load(read_bytes(path))
    except SafetensorError as error:
        raise InputError(f"{path} is damaged, or no safetensors file ({error}).") from None
    own = model.state_dict()
    wrong = [f"{name} is missing" for name in own.keys() - tensors.keys()]
    wrong += [f"{name} is not in the model" for name in tensors.keys() - own.keys()]
    wrong += [
        f"{name} is {tuple(tensors[name].shape)}, not {tuple(own[name].shape)}"
        for name in own.keys() & tensors.keys()
        if tensors[name].shape != own[name].shape
    ]
    if wrong:
        raise InputError(
            f"{path} is of another model or version: {'; '.join(sorted(wrong)[:3])}"
            f"{', ...' if len(wrong) > 3 else ''}."
        )
    model.load_state_dict({name: value.to(own[name].dtype) for name, value in tensors.items()})
