"""Small decks, written for one test each."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

HEAD = "---\ntitle: Tiny\nminutes: 1\n---\n"
SLIDE = "# One idea\n\nText.\n\nNote: 1 min. Words.\n"


@pytest.fixture
def write(tmp_path):
    """``write(text)`` puts a deck 42_tiny.md into an empty folder; ``code`` its figures."""

    def write(text: str = HEAD + SLIDE, code: str | None = None) -> Path:
        path = tmp_path / "decks" / "42_tiny.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if code is not None:
            path.with_suffix(".py").write_text(code, encoding="utf-8")
        return path

    return write


@pytest.fixture
def tiny(write):
    """``tiny(body, code)``: the HTML of a deck whose only slide has this body."""
    from slides import build, deck

    def tiny(body: str, code: str | None = None) -> str:
        text = f"{HEAD}# One idea\n\n{body}\n\nNote: 1 min. Words.\n"
        return build.deck_html(deck.read(write(text, code)))

    return tiny
