"""An exported network, on an image or a video: ONNX Runtime computes, and the rest stays the same.

The card in the file says which kind of learning it is, and that kind's own file finds the people.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from .. import onnx_networks
from ..errors import InputError


def add_options(parser) -> None:
    """What ``posekit live`` takes for it besides."""
    parser.add_argument("--poses", type=int, metavar="N", help="at most N people (default: all)")
    parser.add_argument(
        "--grouping", metavar="G", help="of a network for several people: pafs or centres"
    )


def open_detector(model: str | Path, video: bool, **options):
    """The detector for ``posekit live``; ``options`` are those of `add_options`.

    Raises `InputError` for a file that is not posekit's, and an option that its network lacks.
    """
    network, card = onnx_networks.load_pretrained(model)
    given = {name: value for name, value in options.items() if value is not None}
    file = import_module(f"posekit.live.{card['task']}")
    try:
        return file.open_detector((network, card), video, **given)
    except TypeError as error:
        if "unexpected keyword" not in str(error):
            raise
        raise InputError(f"{model} finds one person: leave --grouping out.") from None
