"""Reading a deck: slides/NN_topic.md into slides, with the rules that every deck keeps.

A deck is Markdown. It begins with a title and its minutes between two lines of ``---``;
from there on a line of ``---`` ends a slide::

    ---
    title: Live demo
    minutes: 45
    ---
    # The first slide's heading

    Text, formulas $x_k$ and pictures: ![what it shows](figure:name)

    Source: a small line, for where things come from.

    Note: 2 min. What the speaker says.

    ---
    ## The next one

``figure:name`` is the function ``name`` in the file NN_topic.py beside the deck.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from posekit.errors import InputError

NOTE = re.compile(r"^Note:[ \t]*(\d+(?:\.\d+)?)[ \t]*min\.?[ \t]*\n?", re.MULTILINE)
FENCE = re.compile(r"^ {0,3}(```|~~~)")


@dataclass(frozen=True)
class Slide:
    """One slide: its heading, its Markdown without heading and note, the speaker's note."""

    number: int
    heading: str
    body: str
    note: str
    minutes: float


@dataclass(frozen=True)
class Deck:
    """One deck. ``name`` is ``NN_topic``, ``minutes`` the sum over its slides."""

    name: str
    title: str
    minutes: float
    slides: tuple[Slide, ...]
    path: Path


def read(path) -> Deck:
    """The deck in a file; `InputError`, naming file and slide, for what breaks a rule."""
    path = Path(path)
    if not path.is_file():
        raise InputError(f"there is no deck {path}.")
    lines = path.read_text(encoding="utf-8").splitlines()
    head, body = _front_matter(lines, path.name)
    slides = tuple(_slide(text, i + 1, path.name) for i, text in enumerate(_split(body)))
    minutes = sum(slide.minutes for slide in slides)
    if minutes != head["minutes"]:
        raise InputError(
            f"{path.name}: its front matter says {head['minutes']:g} minutes, and the notes of "
            f"its slides add up to {minutes:g}: make them agree."
        )
    return Deck(path.stem, head["title"], minutes, slides, path)


def _front_matter(lines: list[str], name: str) -> tuple[dict, list[str]]:
    """{"title": str, "minutes": float} and the lines after it."""
    if not lines or lines[0].strip() != "---" or "---" not in [x.strip() for x in lines[1:]]:
        raise InputError(f"{name}: it must begin with title and minutes between lines of ---.")
    end = next(i for i in range(1, len(lines)) if lines[i].strip() == "---")
    pairs = (line.partition(":") for line in lines[1:end] if line.strip())
    head = {key.strip(): value.strip() for key, _, value in pairs}
    for key in ("title", "minutes"):
        if not head.get(key):
            raise InputError(f"{name}: its front matter has no {key}.")
    try:
        head["minutes"] = float(head["minutes"])
    except ValueError:
        raise InputError(f"{name}: minutes is {head['minutes']!r}, not a number.") from None
    return head, lines[end + 1 :]


def _split(lines: list[str]) -> list[str]:
    """The slides' texts: parted by lines of ---, except inside a block of code."""
    slides, fence = [[]], None
    for line in lines:
        mark = FENCE.match(line)
        if mark and fence in (None, mark[1]):
            fence = None if fence else mark[1]
        if line.strip() == "---" and fence is None:
            slides.append([])
        else:
            slides[-1].append(line)
    return ["\n".join(slide).strip() for slide in slides]


def _slide(text: str, number: int, name: str) -> Slide:
    where = f"{name}, slide {number}"
    parts = NOTE.split(text)
    if len(parts) != 3:
        raise InputError(f"{where}: it needs one note that begins 'Note: 2 min.'")
    body, minutes, note = parts
    heading, _, body = body.strip().partition("\n")
    if not re.match(r"#{1,2} \S", heading):
        raise InputError(f"{where}: it must begin with a heading, not {heading[:40]!r}.")
    if not note.strip():
        raise InputError(f"{where}: its note says nothing beyond the minutes.")
    if "$" in note:
        raise InputError(f"{where}: formulas are not typeset in notes; say it in words.")
    return Slide(number, heading.lstrip("# "), body.strip(), note.strip(), float(minutes))
