"""write a network as one ONNX file, which runs without PyTorch"""

from __future__ import annotations

import argparse

from ..export import export
from . import place


def add_options(parser) -> None:
    parser.add_argument("name", metavar="NAME", help="a checkpoint's name, or a .safetensors file")
    parser.add_argument("--out", type=place, required=True, metavar="FILE.onnx")
    about = "height and width of its images, 288x384 say, or one number for a square "
    about += "(default: as the network is scored)"
    parser.add_argument("--size", type=image_size, metavar="S|HxW", help=about)
    about = "in 8 bits, calibrated on rendered people"
    parser.add_argument("--int8", action="store_true", help=about)


def image_size(text: str) -> tuple[int, int]:
    """(height, width) of ``256`` or ``288x384``."""
    sides = text.lower().split("x")
    if len(sides) > 2 or not all(side.isdecimal() and int(side) for side in sides):
        raise argparse.ArgumentTypeError(f"a size is 256 or 288x384, and not {text!r}")
    return int(sides[0]), int(sides[-1])


def run(args) -> int:
    about = export(args.name, args.out, args.size, args.int8)["export"]
    print(
        f"Written: {args.out}, {args.out.stat().st_size / 1e6:.1f} MB, {about['precision']}, "
        f"images of {about['size'][0]} x {about['size'][1]}."
    )
    far = ", ".join(f"{name} {value:.1e}" for name, value in about["difference"].items())
    print(f"Difference from PyTorch (root mean square, relative): {far}.")
    return 0
