"""The pictures of a deck: drawn by the functions of NN_topic.py, made part of the page.

A picture function takes nothing and returns what to show, or that and a caption:

- a matplotlib figure, of which an inch is 100 px on the 1280 x 720 slide,
- an RGB array (H, W, 3) uint8, shown pixel by pixel,
- several frames (T, H, W, 3) uint8: shown one after the other, 15 a second, again and again.

An area of about 1160 x 520 px is left under a heading alone, 1160 x 380 under a heading
and three lines; beside text, 560 x 520.
"""

from __future__ import annotations

import base64
import html
import importlib.util
import io
import logging
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib import font_manager
from PIL import Image

from posekit import plots
from posekit.errors import InputError
from slides import assets

PX_PER_INCH = 100
MIN_PX = 24  # the smallest text on a slide
FPS = 15
MIME = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}


@dataclass(frozen=True)
class Picture:
    """A picture as a data URI, its size on the slide in px, and its caption ('' for none)."""

    uri: str
    width: float
    height: float
    caption: str = ""

    def html(self, alt: str) -> str:
        caption = f"<figcaption>{html.escape(self.caption)}</figcaption>" if self.caption else ""
        return (
            f'<figure><img src="{self.uri}" width="{self.width:g}" height="{self.height:g}" '
            f'alt="{html.escape(alt)}">{caption}</figure>'
        )


@contextmanager
def slide_style():
    """matplotlib as the slides want it: the page's typeface, nothing under 24 px."""
    for path in assets.font_ttfs():
        font_manager.fontManager.addfont(path)
    # The second font, for signs that the first lacks, has no such weights: not worth a word.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    with plt.rc_context():
        plots.style()
        sizes = (
            "font.size",
            "axes.labelsize",
            "legend.fontsize",
            "xtick.labelsize",
            "ytick.labelsize",
        )
        plt.rcParams.update(dict.fromkeys(sizes, 18))
        plt.rcParams.update(
            {
                "axes.titlesize": 20,
                "figure.titlesize": 22,
                "svg.fonttype": "path",
                "font.family": [assets.FONT, "DejaVu Sans"],
                "axes.facecolor": "none",
                "text.color": "#16212B",
                "axes.labelcolor": "#16212B",
                "lines.linewidth": 3,
                "axes.linewidth": 1.2,
            }
        )
        yield


def load(deck_path: Path):
    """The module of a deck's picture functions, or None where it has none."""
    path = deck_path.with_suffix(".py")
    if not path.is_file():
        return None
    spec = importlib.util.spec_from_file_location(f"deck_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


def make(module, source: str, folder: Path, where: str) -> Picture:
    """The picture that a deck calls ``source``: ``figure:name``, or a file beside the deck.

    ``where`` begins the message of an `InputError`: no such function or file, an address on
    the network, text too small to be read, something that is not a picture.
    """
    if source.startswith("figure:"):
        return _drawn(module, source.removeprefix("figure:"), where)
    if "://" in source:
        raise InputError(f"{where}: {source} is on the network, and a deck opens without one.")
    path = folder / source
    if path.suffix.lower() not in MIME or not path.is_file():
        raise InputError(f"{where}: there is no picture file {source} (PNG or JPEG) in {folder}.")
    with Image.open(path) as image:
        width, height = image.size
    return Picture(_uri(path.read_bytes(), MIME[path.suffix.lower()]), width, height)


def _drawn(module, name: str, where: str) -> Picture:
    draw = getattr(module, name, None)
    if name.startswith("_") or not callable(draw):
        raise InputError(
            f"{where}: no function {name}() draws figure:{name}; write it in the deck's .py file."
        )
    with slide_style():
        drawn = draw()
        result, caption = drawn if isinstance(drawn, tuple) else (drawn, "")
        if isinstance(result, plt.Figure):
            try:
                uri, (width, height) = _figure(result, name, where)
            finally:
                plt.close(result)
            return Picture(uri, width, height, caption)
    if isinstance(result, np.ndarray) and result.dtype == np.uint8 and result.ndim in (3, 4):
        height, width = result.shape[-3:-1]
        return Picture(
            _frames(result if result.ndim == 4 else result[None]), width, height, caption
        )
    raise InputError(
        f"{where}: {name}() returned {type(result).__name__}, not a figure or an array of uint8."
    )


def _figure(fig, name: str, where: str) -> tuple[str, np.ndarray]:
    points = MIN_PX / PX_PER_INCH * 72
    texts = (t for t in fig.findobj(plt.Text) if t.get_visible() and t.get_text().strip())
    small = sorted({t.get_text() for t in texts if t.get_fontsize() < points - 0.01})
    if small:
        raise InputError(f"{where}: text under {points:g} pt in {name}(): {', '.join(small[:4])}.")
    buffer = io.BytesIO()
    size = fig.get_size_inches() * PX_PER_INCH
    # Lines stay lines; a figure with photographs in it is smaller as pixels, twice as many
    # as the slide has. The salt makes ids in an SVG depend on nothing but its content.
    if any(ax.images for ax in fig.findobj(plt.Axes)):
        fig.savefig(
            buffer, format="webp", dpi=2 * PX_PER_INCH, transparent=True, pil_kwargs={"quality": 88}
        )
        mime = "image/webp"
    else:
        with plt.rc_context({"svg.hashsalt": name}):
            fig.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
        mime = "image/svg+xml"
    return _uri(buffer.getvalue(), mime), size


def _frames(frames: np.ndarray) -> str:
    first, *rest = [Image.fromarray(frame) for frame in frames]
    buffer = io.BytesIO()
    first.save(
        buffer,
        format="WEBP",
        quality=75 if rest else 88,
        save_all=bool(rest),
        append_images=rest,
        duration=round(1000 / FPS),
        loop=0,
    )
    return _uri(buffer.getvalue(), "image/webp")


def _uri(data: bytes, mime: str) -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode('ascii')}"
