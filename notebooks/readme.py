"""Write the maps of the chapters from what each chapter's source says of itself: that of the
README, and that of TEACHING.md, which has the minutes of the decks and the exercises as well.

python notebooks/readme.py
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from notebooks.build import convert, sources  # noqa: E402

README, TEACHING = ROOT / "README.md", ROOT / "TEACHING.md"
EXERCISE = re.compile(r"^# ### Exercise (\d+(?: \(hard\))?): (.+)$", re.M)
MAP = re.compile(r"(<!-- chapters -->\n).*?(<!-- /chapters -->)", re.S)


def chapter_map() -> str:
    """A table row a chapter: link, promise, minutes of reading and trying, deck."""
    rows = ["| Chapter | In it you | Minutes |", "|---|---|---|"]
    for source in sources():
        about = convert(source).metadata["posekit"]
        name = f"[{source.stem[:2]} {about['title']}](notebooks/{source.stem}.ipynb)"
        rows.append(f"| {name} | {about['promise']} | {about['minutes']} |")
    return "\n".join(rows) + "\n"


def teaching_map() -> str:
    """A table row a chapter: minutes of the notebook and of the deck, and the exercises."""
    rows = ["| Chapter | Notebook, minutes | Deck, minutes | Exercises |", "|---|---|---|---|"]
    for source in sources():
        about = convert(source).metadata["posekit"]
        deck = ROOT / "slides" / f"{source.stem}.md"
        said = deck.read_text(encoding="utf-8") if deck.exists() else "minutes: –"
        spoken = re.search(r"^minutes: (\S+)$", said, re.M)[1]
        asked = EXERCISE.findall(source.read_text(encoding="utf-8"))
        rows.append(
            f"| {source.stem[:2]} {about['title']} | {about['minutes']} | {spoken} "
            f"| {'; '.join(f'{number} {title}' for number, title in asked)} |"
        )
    return "\n".join(rows) + "\n"


def updated(text: str, table: str) -> str:
    """A page's text with the map of today; ValueError when it has no place for it."""
    text, times = MAP.subn(lambda m: m[1] + table + m[2], text)
    if times != 1:
        raise ValueError("the page needs <!-- chapters --> and <!-- /chapters -->, once.")
    return text


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()  # refuses a typo
    for page, table in ((README, chapter_map()), (TEACHING, teaching_map())):
        text = updated(page.read_text(encoding="utf-8"), table)
        page.write_text(text, encoding="utf-8", newline="\n")
        print(f"wrote the chapters into {page.name}")
