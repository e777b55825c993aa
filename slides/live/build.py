"""The page that finds people in any browser: build/live/index.html, one file, without a network.

    python slides/live/build.py                        the network that `posekit` calls crowd
    python slides/live/build.py NAME --size 288x384    another one, at another size
    python slides/live/build.py FILE.onnx              what `posekit export` wrote

Open the page from disk. ONNX Runtime's web build, the network and the decoder are inside it, so it
asks nobody for anything, and the frames of the camera stay where they are.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import html
import json
import re
import sys
import tempfile
from pathlib import Path

import onnx
from onnx.utils import Extractor

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))
from posekit import onnx_networks, plots, skeletons  # noqa: E402
from posekit.commands.export import image_size  # noqa: E402
from posekit.errors import InputError  # noqa: E402
from posekit.export import export  # noqa: E402
from posekit.files import atomic_write  # noqa: E402
from posekit.live.crowds import CONFIDENCE, SEEN  # noqa: E402
from posekit.models.pyramids import STRIDE  # noqa: E402
from slides import assets  # noqa: E402

OUT = ROOT / "build" / "live" / "index.html"
SIZE = (192, 256)  # a camera's 4:3, and small: WebAssembly computes on one thread here
NEEDED = ["heatmaps", "pafs"]  # what the decoder reads; the page computes nothing else
RUNTIME = {"runtime": "ort.wasm.bundle.min.mjs", "wasm": "ort-wasm-simd-threaded.wasm"}


def build(network: str = "crowd", size: tuple[int, int] | None = None, out: Path = OUT) -> Path:
    """Write the page of a checkpoint, or of an ``.onnx`` file, and return its path.

    ``size`` is (height, width) in pixels of the network's images; an ``.onnx`` file has its own.
    Raises `InputError` for a network that is not one for several people, for a size beside an
    ``.onnx`` file, and what `posekit.export.export` and `slides.assets.folder` raise.
    """
    if Path(network).suffix == onnx_networks.SUFFIX:
        if size:
            raise InputError(f"{network} takes images of one size: leave --size out.")
        return write(Path(network), out)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder, "network.onnx")
        export(network, file, size or SIZE)
        return write(file, out)


def write(file: Path, out: Path) -> Path:
    """The page of an ``.onnx`` file that `posekit.export` wrote."""
    card = onnx_networks.card(file)
    if "pafs" not in card.get("codec", ()):
        raise InputError(
            f"{card['name']} does not find several people, and this page shows those that do: "
            "choose another network."
        )
    page = page_html(card, model_of(file))
    atomic_write(out, page.encode())
    return out


def model_of(file: Path) -> bytes:
    """The part of an ONNX file that the decoder needs."""
    return (
        Extractor(onnx.load(file)).extract_model([onnx_networks.INPUT], NEEDED).SerializeToString()
    )


def page_html(card: dict, model: bytes) -> str:
    """The whole page."""
    folder = assets.folder("onnxruntime-web") / "dist"
    scripts = [(HERE / name).read_text(encoding="utf-8") for name in ("decoder.js", "page.js")]
    height, width = card["export"]["size"]
    values = {
        "fonts": assets.font_css(),
        "legend": legend(),
        "network": html.escape(f"{card['name']}, {width} × {height} · {card['terms']}"),
        "about": json.dumps(about(card)).replace("<", "\\u003c"),
        "model": packed(model),
        "scripts": "\n".join(map(assets.script, scripts)),
    }
    values |= {name: packed((folder / path).read_bytes()) for name, path in RUNTIME.items()}
    template = (HERE / "index.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: values[match[1]], template)


def about(card: dict) -> dict:
    """What page.js knows of the network."""
    skeleton = skeletons.get(card["skeleton"])
    return {
        "size": card["export"]["size"],
        "stride": STRIDE,
        "limbs": skeleton.limb_indices.tolist(),
        "limbSides": skeleton.limb_sides,
        "jointSides": [side_of(joint) for joint in skeleton.joints],
        "colours": plots.COLOURS,
        "confidence": CONFIDENCE,
        "seen": SEEN,
    }


def side_of(joint: str) -> str:
    """``left``, ``right`` or ``centre``."""
    return joint.split("_")[0] if joint.startswith(("left_", "right_")) else "centre"


def legend() -> str:
    """Whose colour is whose, one item each."""
    rows = []
    for side, name in (("left", "their left"), ("right", "their right"), ("centre", "the middle")):
        dashes = ' stroke-dasharray="15 8"' if side == "right" else ""
        line = f'<path d="M4 7H58" stroke="{plots.COLOURS[side]}" stroke-width="7"{dashes}/>'
        rows.append(f'<li><svg viewBox="0 0 62 14" aria-hidden="true">{line}</svg>{name}</li>')
    return "\n".join(rows)


def packed(data: bytes) -> str:
    """Bytes as text: gzip, then base64. The same bytes give the same text."""
    return base64.b64encode(gzip.compress(data, mtime=0)).decode("ascii")


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the page that finds people in any browser.")
    parser.add_argument("network", nargs="?", default="crowd", help="a checkpoint, or FILE.onnx")
    parser.add_argument("--size", type=image_size, metavar="HxW", help="default: 192x256")
    args = parser.parse_args()
    try:
        page = build(args.network, args.size)
    except (InputError, OSError) as error:
        sys.exit(f"web: {error}")
    print(f"{page.relative_to(ROOT)}: {page.stat().st_size / 1e6:.1f} MB. Open it in a browser.")


if __name__ == "__main__":
    main()
