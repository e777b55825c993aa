"""Write the README's map of the chapters from what each chapter's source says of itself.

python notebooks/readme.py
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from notebooks.build import convert, sources  # noqa: E402

README = ROOT / "README.md"
MAP = re.compile(r"(<!-- chapters -->\n).*?(<!-- /chapters -->)", re.S)


def chapter_map() -> str:
    """A table row a chapter: link, promise, minutes of reading and trying, deck."""
    rows = ["| Chapter | In it you | Minutes |", "|---|---|---|"]
    for source in sources():
        about = convert(source).metadata["posekit"]
        name = f"[{source.stem[:2]} {about['title']}](notebooks/{source.stem}.ipynb)"
        rows.append(f"| {name} | {about['promise']} | {about['minutes']} |")
    return "\n".join(rows) + "\n"


def updated(text: str) -> str:
    """The README's text with the map of today; ValueError when it has no place for it."""
    text, times = MAP.subn(lambda m: m[1] + chapter_map() + m[2], text)
    if times != 1:
        raise ValueError("README.md needs <!-- chapters --> and <!-- /chapters -->, once.")
    return text


if __name__ == "__main__":
    README.write_text(updated(README.read_text()))
    print("wrote the chapters into README.md")
