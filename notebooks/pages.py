"""The browsable form of the workbook: one page a chapter and an index, open from disk.

nbconvert's own page asks five sites for scripts; its bare ``basic`` template asks none, so
the page around it, its style (page.css) and the maths (KaTeX, inside the page) are ours.
"""

from __future__ import annotations

import functools
import html
import os
import sys
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter
from pygments.formatters import HtmlFormatter

from notebooks import cells
from posekit.errors import InputError
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


def chapter_page(nb, title: str, note: str = "", failed: bool = False) -> str:
    """An executed notebook as a page; ``note`` is the line under the way back."""
    nb = nbformat.from_dict(nb)
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if cells.WIDGET_VIEW not in o.get("data", {})]
    # Not embed_images: it would close an opened <details> before its answer.
    body, _ = HTMLExporter(template_name="basic").from_notebook_node(nb)
    has_maths = any("$" in cell.source for cell in nb.cells if cell.cell_type == "markdown")
    state = "failed" if failed else "passed"
    header = f'<nav><a href="index.html">← {COURSE}</a></nav>'
    status = f'<p class="status {state}">{html.escape(note)}</p>' if note else ""
    return page(
        f"{title} · {COURSE}", f"{header}<main>{status}{body}</main>", _maths() if has_maths else ""
    )


def index_page(cards: list[dict], summary: str) -> str:
    """The chapters as cards: ``title``, ``promise``, ``minutes`` and ``runs``, each run with
    its ``name``, ``page`` (None before it is written), ``state``, ``seconds``, ``note``."""
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
    return f"""<article class="card">
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
    note = "".join(f"<br><small>{html.escape(line)}</small>" for line in run["note"])
    state = run["state"]
    return f'<li>{name} <span class="status {state}">{STATES[state]}{seconds}</span>{note}</li>'


def write(path: Path, text: str) -> None:
    """Write a page whole or not at all, so that what an interruption leaves can be read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)
