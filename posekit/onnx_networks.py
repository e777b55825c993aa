"""A network of this course as one ONNX file: read, checked, and run by ONNX Runtime.

`posekit.export` writes such a file. It holds the weights and, in its metadata, the card, so it
needs no other file; and it answers as the network does that it was made of, so it takes its place
wherever that only predicts:

>>> network, card = load_pretrained("crowd.onnx")
>>> network.size                         # it takes images of this size alone
(384, 384)
"""

from __future__ import annotations

import json
from collections import namedtuple
from importlib import import_module
from pathlib import Path
from types import ModuleType

import torch
from torch import Tensor, nn

from . import checkpoints
from .errors import InputError
from .files import read_bytes

SUFFIX = ".onnx"
ENTRY = "posekit"  # the metadata's entry that holds the card
INPUT, OUTPUT = "images", "output"  # names in the file; maps have their own names
AGAIN = "export it again, with `posekit export`"


class OnnxNetwork(nn.Module):
    """A session of ONNX Runtime in a network's place. It predicts, and cannot be trained.

    Args:
        session: an ``onnxruntime.InferenceSession`` of a file that `posekit.export` wrote.

    Attributes:
        size: (height, width) of the images that it takes, in pixels.
    """

    def __init__(self, session):
        super().__init__()
        self.session = session
        self.size = tuple(session.get_inputs()[0].shape[2:])
        names = [output.name for output in session.get_outputs()]
        self._answer = namedtuple("Maps", names)._make if len(names) > 1 else lambda found: found[0]
        self.place = nn.Parameter(torch.empty(0), requires_grad=False)  # a device to be on

    def forward(self, images: Tensor) -> Tensor | tuple[Tensor, ...]:
        """(B, 3, height, width) from 0 to 1 to what the network predicts, as its codec reads it.

        Several maps are a named tuple. Raises `InputError` for images of another size.
        """
        if images.ndim != 4 or tuple(images.shape[1:]) != (3, *self.size):
            raise InputError(
                f"this file takes images (B, 3, {self.size[0]}, {self.size[1]}), and these are "
                f"{tuple(images.shape)}: resize them, or {AGAIN} --size."
            )
        found = self.session.run(None, {INPUT: images.detach().float().cpu().numpy()})
        return self._answer([torch.from_numpy(part) for part in found])

    predict = forward


def load_pretrained(name: str | Path, threads: int | None = None) -> tuple[nn.Module, dict]:
    """The network in a file and its card; what is no ``.onnx`` file, `posekit.checkpoints` loads.

    ``threads`` of the CPU are used, None: as many as torch uses now. Raises `InputError` for a
    file that is absent, damaged, not posekit's, or too new for the ONNX Runtime that is installed,
    and where none is.
    """
    if Path(name).suffix.lower() != SUFFIX:
        return checkpoints.load_pretrained(name)
    session = open_session(name, threads)
    found = _card_of(session, name)
    _check_interface(session, found, name)
    return OnnxNetwork(session).eval(), found


def card(name: str | Path) -> dict:
    """The card of an ``.onnx`` file, or of a checkpoint; raises what `load_pretrained` raises."""
    if Path(name).suffix.lower() != SUFFIX:
        return checkpoints.card(name)
    return _card_of(open_session(name, threads=1), name)


def open_session(model: str | Path | bytes, threads: int | None = None):
    """An ``onnxruntime.InferenceSession`` on the CPU, of a file or of its bytes."""
    onnxruntime = require("onnxruntime")
    path, data = "the network", model
    if not isinstance(model, bytes):
        path, data = Path(model), read_bytes(model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or torch.get_num_threads()
    options.log_severity_level = 4  # what is wrong is said below, once
    try:
        return onnxruntime.InferenceSession(data, options, ["CPUExecutionProvider"])
    except Exception as error:  # its classes have no common base, and a private module
        raise InputError(_what_is_wrong(path, str(error), onnxruntime.__version__)) from error


def _what_is_wrong(path, said: str, version: str) -> str:
    if any(word in said for word in ("opset", "IR version", "domain_version")):
        return (
            f"{path} is of an ONNX version (opset) that ONNX Runtime {version} does not know: "
            f"pip install --upgrade onnxruntime, or {AGAIN}."
        )
    return f"{path} is no ONNX file, or is damaged or cut short: {AGAIN}."


def require(*packages: str) -> ModuleType:
    """The first of some packages that only exported networks need; all must be installed."""
    try:
        first, *_ = map(import_module, packages)
    except ImportError as error:
        raise InputError(
            f"{error.name} is not installed, and ONNX files need it: pip install "
            f"{' '.join(packages)}."
        ) from None
    return first


def _card_of(session, path: str | Path) -> dict:
    try:
        found = json.loads(session.get_modelmeta().custom_metadata_map[ENTRY])
    except (KeyError, ValueError):
        raise InputError(
            f"{path} holds no card of posekit, so nobody knows how to read its output: {AGAIN}."
        ) from None
    missing = [key for key in (*checkpoints.FIELDS, "export") if key not in found]
    if missing:
        raise InputError(f"the card in {path} does not say {', '.join(missing)}: {AGAIN}.")
    return found


def _check_interface(session, card: dict, path: str | Path) -> None:
    """`InputError` unless inputs and outputs are those that the card in the file names."""
    inputs = [(one.name, one.type, one.shape[1:]) for one in session.get_inputs()]
    outputs = [one.name for one in session.get_outputs()]
    expected = [(INPUT, "tensor(float)", [3, *card["export"]["size"]])]
    if inputs != expected or outputs != card["export"]["outputs"]:
        raise InputError(
            f"{path} does not fit the card in it: it takes {inputs} and gives {outputs}, where "
            f"{expected} and {card['export']['outputs']} are expected: {AGAIN}."
        )
