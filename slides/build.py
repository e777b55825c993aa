"""slides/NN_topic.md -> build/slides/NN_topic.html, one file that opens from disk offline.

    python slides/build.py          every deck, and an index page
    python slides/build.py 00 03    these decks, and the index page

In a deck: arrows turn the slides, S opens the speaker's window, O shows all, F fills the
screen. To print, or save as PDF, add ``?print-pdf`` to the address; with the notes,
``?print-pdf&showNotes=separate-page``.
"""

from __future__ import annotations

import argparse
import html
import os
import re
import sys
from pathlib import Path

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from posekit.errors import InputError
from posekit.files import patiently

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from slides import assets, pictures  # noqa: E402
from slides import deck as decks  # noqa: E402

OUT = HERE.parent / "build" / "slides"
MATH = "\N{SYMBOL FOR SUBSTITUTE}"  # stands in the HTML where a formula goes
BESIDE = 680  # px: one picture up to this wide stands beside the text
NIGHT = "#10202d"  # the first slide's background


class Formulas:
    """Collects a deck's formulas, so that KaTeX runs once, and puts them into its HTML."""

    def __init__(self):
        self.found: list[tuple[str, bool]] = []

    def add(self, tex: str, options: dict) -> str:
        self.found.append((tex.strip(), options["display_mode"]))
        return f"{MATH}{len(self.found) - 1}{MATH}"

    def fill(self, page: str) -> str:
        made = assets.typeset(self.found)
        return re.sub(f"{MATH}(\\d+){MATH}", lambda match: made[int(match[1])], page)


def markdown(formulas: Formulas) -> MarkdownIt:
    """CommonMark with tables and $formulas$; raw HTML is shown, not obeyed."""
    parser = MarkdownIt("commonmark", {"html": False, "typographer": True}).enable("table")
    parser.enable(["replacements", "smartquotes"])
    return parser.use(dollarmath_plugin, allow_labels=False, renderer=formulas.add)


def blocks(parser: MarkdownIt, text: str) -> list[list]:
    """The tokens of a Markdown text, one list for each outermost block."""
    found, depth = [], 0
    for token in parser.parse(text):
        if depth == 0:
            found.append([])
        found[-1].append(token)
        depth += token.nesting
    return found


def images_of(block: list) -> list:
    """The image tokens of a block that is a paragraph of nothing but images, or []."""
    inline = [token for token in block if token.type == "inline"]
    if len(inline) != 1 or block[0].type != "paragraph_open":
        return []
    children = [child for child in inline[0].children if child.type != "softbreak"]
    return children if all(child.type == "image" for child in children) else []


def slide_html(slide, deck, parser: MarkdownIt, module) -> str:
    """One <section>: the heading, then text and pictures in the source's order.

    Text and one narrow picture are set side by side instead.
    """
    where = f"{deck.path.name}, slide {slide.number}"
    parts, texts, shown = [], [], []
    for block in blocks(parser, slide.body):
        made = [picture_html(image, deck, module, where) for image in images_of(block)]
        if made:
            shown += [picture for picture, _ in made]
            parts.append(f'<div class="pictures">{"".join(text for _, text in made)}</div>')
        else:
            texts.append(text_html(block, parser, where))
            parts.append(texts[-1])
    layout = _layout(slide, texts, shown)
    if layout == "beside":
        picture = next(part for part in parts if part not in texts)
        parts = [f'<div class="row"><div class="text">{"".join(texts)}</div>{picture}</div>']
    return _section(slide, deck, parser, layout, "".join(parts))


def _layout(slide, texts: list, shown: list) -> str:
    if slide.number == 1:
        return "title"
    if not shown:
        return "words"
    return "beside" if texts and len(shown) == 1 and shown[0].width <= BESIDE else "below"


def _section(slide, deck, parser: MarkdownIt, layout: str, body: str) -> str:
    level, dark = ("h1", f' data-background-color="{NIGHT}"') if layout == "title" else ("h2", "")
    return (
        f'<section class="{layout}" data-minutes="{slide.minutes:g}"{dark}>'
        f"<header><{level}>{parser.renderInline(slide.heading)}</{level}></header>{body}"
        f"<footer><i></i><i></i>Pose Workbook<span>{deck.name.partition('_')[0]} · "
        f"{html.escape(deck.title)}</span><b>{slide.number} / {len(deck.slides)}</b></footer>"
        f'<aside class="notes"><p><strong>{slide.minutes:g} min</strong></p>'
        f"{parser.render(slide.note)}</aside></section>"
    )


def picture_html(image, deck, module, where: str) -> tuple[pictures.Picture, str]:
    """The picture that an image token names, and its HTML; `InputError` without alt text."""
    source, alt = image.attrs["src"], image.content.strip()
    if not alt:
        raise InputError(f"{where}: the picture {source} has no alt text: ![what it shows](...).")
    picture = pictures.make(module, str(source), deck.path.parent, where)
    return picture, picture.html(alt)


def text_html(block: list, parser: MarkdownIt, where: str) -> str:
    """A block without pictures; a paragraph that begins 'Source:' becomes a small line."""
    for token in block:
        if any(child.type == "image" for child in token.children or []):
            raise InputError(f"{where}: a picture must stand in a paragraph of its own.")
    if len(block) == 3 and block[1].content.startswith("Source:"):
        block[0].attrSet("class", "source")
    return parser.renderer.render(block, parser.options, {})


def deck_html(deck) -> str:
    """The whole page of a deck."""
    formulas = Formulas()
    parser = markdown(formulas)
    module = pictures.load(deck.path)
    sections = "\n".join(slide_html(slide, deck, parser, module) for slide in deck.slides)
    styles = (assets.reveal_css(), assets.katex_css(), assets.font_css(), _theme())
    return _fill(
        "page.html",
        title=html.escape(deck.title),
        chapter=deck.name.partition("_")[0],
        styles="\n".join(assets.style(css) for css in styles),
        slides=formulas.fill(sections),
        scripts=assets.script(assets.reveal_js()),
    )


def _theme() -> str:
    return (HERE / "theme.css").read_text(encoding="utf-8")


def _fill(template: str, **values: str) -> str:
    """A template of this folder with its {{names}} replaced."""
    text = (HERE / template).read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: values[match[1]], text)


def index_html(found: list) -> str:
    """A page that lists the decks."""
    rows = "\n".join(
        f'<li><a href="{deck.name}.html"><span>{deck.name.partition("_")[0]}</span> '
        f"{html.escape(deck.title)}</a> <small>{len(deck.slides)} slides, "
        f"{deck.minutes:g} minutes</small></li>"
        for deck in found
    )
    styles = assets.style(assets.font_css() + _theme())
    return _fill("index.html", styles=styles, decks=rows)


def choose(names: list[str], folder: Path = HERE) -> list[Path]:
    """The sources of the decks of these numbers or names; of all, for no names."""
    sources = sorted(folder.glob("[0-9][0-9]_*.md"))
    known = {key: path for path in sources for key in (path.stem, path.stem[:2])}
    unknown = [name for name in names if name not in known]
    if unknown:
        have = ", ".join(path.stem for path in sources) or "none"
        raise InputError(f"there is no deck {unknown[0]!r}; there are: {have}.")
    return [known[name] for name in names] or sources


def build(names: list[str] = (), folder: Path = HERE, out: Path = OUT) -> list[Path]:
    """Build the decks of these numbers (all, for none) and the index; the pages' paths."""
    out.mkdir(parents=True, exist_ok=True)
    made = []
    for source in choose(list(names), folder):
        deck = decks.read(source)
        page = out / f"{deck.name}.html"
        _write(page, deck_html(deck))
        size = page.stat().st_size / 1e6
        print(f"{page.name}: {len(deck.slides)} slides, {deck.minutes:g} min, {size:.1f} MB")
        made.append(page)
    built = [path for path in choose([], folder) if (out / f"{path.stem}.html").is_file()]
    _write(out / "index.html", index_html([decks.read(path) for path in built]))
    return made


def _write(path: Path, text: str):
    """Whole or not at all: a build that was stopped leaves no half page behind."""
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    patiently(os.replace, part, path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Build decks, and the index, in build/slides.")
    parser.add_argument("decks", nargs="*", metavar="NN", help="such as 00; default: all")
    try:
        build(parser.parse_args().decks)
    except (InputError, OSError) as error:
        sys.exit(f"slides: {error}")
