"""The browsable form of the workbook: one page a chapter and an index, open from disk.

nbconvert's own page asks five sites for scripts; its bare ``basic`` template asks none, so
the page around it, its style (page.css) and the maths (KaTeX, inside the page) are ours.
"""

from __future__ import annotations

import base64
import functools
import html
import os
import re
import sys
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter
from pygments.formatters import HtmlFormatter

from notebooks import cells
from posekit.errors import InputError
from posekit.files import patiently
from slides import assets

STYLE = Path(__file__).with_name("page.css")
COURSE = "The Pose Workbook"
STATES = {"passed": "ran", "failed": "failed", "waiting": "not run this time"}


def page(title: str, body: str, head: str = "") -> str:
    """A whole page around ``body``."""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title>
<link rel="icon" href="data:,">
<style>{_style()}</style>
{head}
</head>
<body>
{body}
</body>
</html>
"""


@functools.cache
def _style() -> str:
    code = HtmlFormatter(style="default").get_style_defs(".highlight")
    return f"{code}\n{STYLE.read_text(encoding='utf-8')}"


@functools.cache
def _maths() -> str:
    """KaTeX, or nothing (formulas then stay as TeX) where it cannot be had."""
    try:
        return assets.katex_head()
    except (InputError, OSError) as error:
        print(f"Formulas stay as TeX: {error}", file=sys.stderr)
        return ""


def chapter_page(
    nb, title: str, note: str = "", failed: bool = False, beside: dict[str, tuple] | None = None
) -> str:
    """An executed notebook as a page.

    ``note`` is the line under the way back; ``beside`` maps ``rel`` (prev, next) to the address
    and title of the chapter there.
    """
    nb = nbformat.from_dict(nb)
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if cells.WIDGET_VIEW not in o.get("data", {})]
    start, setup, lesson = map(functools.partial(_body, nb), _parts(nb.cells))
    folded = f'<details class="setup"><summary>Setup</summary>{setup}</details>' if setup else ""
    has_maths = any("$" in cell.source for cell in nb.cells if cell.cell_type == "markdown")
    links = "".join(
        f'<a rel="{rel}" href="{html.escape(address)}">{html.escape(name)}</a>'
        for rel, (address, name) in (beside or {}).items()
    )
    header = f'<nav><a href="index.html">← {COURSE}</a>{links}</nav>'
    state = "failed" if failed else "passed"
    status = f'<p class="status {state}">{html.escape(note)}</p>' if note else ""
    return page(
        f"{title} · {COURSE}",
        f"{header}<main>{status}{start}{_contents(lesson)}{folded}{lesson}</main>",
        _maths() if has_maths else "",
    )


def _parts(chapter: list) -> tuple[list, list, list]:
    """A chapter's cells: its title, its setup (the code before the first section), the rest."""
    kinds = [cell.cell_type for cell in chapter]
    setup = kinds.index("code") if "code" in kinds else 0
    sections = (n for n in range(setup, len(kinds)) if chapter[n].source.startswith("## "))
    lesson = next((n for n in sections if kinds[n] == "markdown"), setup)
    return chapter[:setup], chapter[setup:lesson], chapter[lesson:]


def _body(nb, some: list) -> str:
    """These cells of a notebook as HTML."""
    part = nbformat.from_dict({**nb, "cells": some})
    # Not embed_images: it would close an opened <details> before its answer.
    return HTMLExporter(template_name="basic").from_notebook_node(part)[0] if some else ""


def _contents(body: str) -> str:
    """The sections of a chapter, each a link to it."""
    found = re.findall(r'<h2 id="([^"]+)">(.*?)<a class="anchor-link"', body, re.DOTALL)
    if not found:
        return ""
    items = "".join(f'<li><a href="#{name}">{title}</a></li>' for name, title in found)
    return f'<details class="contents"><summary>Contents</summary><ul>{items}</ul></details>'


def first_picture(nb) -> tuple[str, bytes] | None:
    """The first figure of an executed notebook, which shows what the chapter is about: the suffix
    of its file, and what is in it."""
    for cell in nb.cells:
        for output in cell.get("outputs", ()):
            for suffix in ("jpeg", "png"):
                if data := output.get("data", {}).get(f"image/{suffix}"):
                    return suffix, base64.b64decode(data)
    return None


def index_page(cards: list[dict], summary: str) -> str:
    """The chapters as cards: ``title``, ``promise``, ``minutes``, ``picture`` (its address or
    None) and ``runs``, each run with its ``name``, ``page`` (None before it is written), ``state``,
    ``seconds``, ``error`` or None, and ``figures``."""
    body = "\n".join(map(_card, cards))
    return page(
        COURSE,
        f"""<main class="index">
<h1>{COURSE}</h1>
<p class="lead">Human pose estimation, from the first keypoint to actions in live video.</p>
<p class="summary">{html.escape(summary)}</p>
<section class="cards">{body}</section>
</main>""",
    )


def _card(card: dict) -> str:
    title = html.escape(card["title"])
    link = card["runs"][0]["page"]
    heading = f'<a href="{html.escape(link)}">{title}</a>' if link else title
    runs = "".join(map(_run, card["runs"]))
    picture = f'<img src="{html.escape(card["picture"])}" alt="">' if card["picture"] else ""
    return f"""<article class="card">
{picture}
<p class="number">{html.escape(card["number"])}</p>
<h2>{heading}</h2>
<p>{html.escape(card["promise"])}</p>
<p class="minutes">{card["minutes"]} minutes</p>
<ul class="runs">{runs}</ul>
</article>"""


def _run(run: dict) -> str:
    name = html.escape(run["name"])
    if run["page"]:
        name = f'<a href="{html.escape(run["page"])}">{name}</a>'
    seconds = f" in {run['seconds']:.0f} s" if run["seconds"] is not None else ""
    note = f"<br><small>{html.escape(run['error'])}</small>" if run["error"] else ""
    if run["figures"]:
        lines = "".join(f"<br><small>{html.escape(line)}</small>" for line in run["figures"])
        note += f"<details><summary>{len(run['figures'])} key figures</summary>{lines}</details>"
    state = run["state"]
    return f'<li>{name} <span class="status {state}">{STATES[state]}{seconds}</span>{note}</li>'


def write(path: Path, content: str | bytes) -> None:
    """Write a page whole or not at all, so that what an interruption leaves can be read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(content.encode() if isinstance(content, str) else content)
    patiently(os.replace, part, path)
