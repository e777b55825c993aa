"""What a cell says: its tags, what it shows as text, and what is wrong with it.

parameters    the one cell whose values another run replaces
check         the text must be reproduced to the letter (`notebooks.compare`)
check-0.05    each number may differ by 5 % of itself, the words not at all
key           its ``name: value`` lines are the chapter's key figures
"""

from __future__ import annotations

import re

MARK = re.compile(r"check(?:-(0?\.\d+))?")
ERROR_LINE = re.compile(r"(Traceback \(most recent call last\)|[\w.]*(Error|Exception): )")
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def tags(cell) -> list[str]:
    return cell.metadata.get("tags", [])


def tolerances(cell) -> list[float]:
    """One for each mark of the cell: 0 for ``check``, 0.05 for ``check-0.05``."""
    marks = map(MARK.fullmatch, tags(cell))
    return [float(mark[1] or 0) for mark in marks if mark]


def first_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[0][:200] if lines else "empty"


def fault(cell) -> str | None:
    """What is wrong with an executed cell's outputs, or with a mark that could never fail."""
    for output in cell.outputs:
        if output.output_type == "error":
            return f"raised {output.ename}: {first_line(output.evalue)}"
        if output.get("name") == "stderr" and hidden_traceback(output.text):
            return f"wrote a traceback to stderr: {hidden_traceback(output.text)}"
    if (tolerances(cell) or "key" in tags(cell)) and not text_of(cell).strip():
        return f"is tagged {tags(cell)[0]!r} but shows no text to compare."
    if "key" in tags(cell) and not key_lines(cell):
        return "is tagged 'key' but prints no line like 'name: value'."
    return None


def hidden_traceback(stderr: str) -> str | None:
    """The last line of a traceback: that of a thread, of a forgotten task, of a destructor."""
    found = [line for line in stderr.splitlines() if ERROR_LINE.match(line)]
    return found[-1][:200] if found else None


def is_text(output) -> bool:
    """Is it stdout or a result, and no figure, no control, no progress?"""
    kinds = output.get("data", {})
    is_drawn = WIDGET_VIEW in kinds or any(kind.startswith("image/") for kind in kinds)
    return not is_drawn and output.get("name") != "stderr"


def text_of(cell) -> str:
    """What a code cell shows as text."""
    parts = []
    for output in filter(is_text, cell.get("outputs", ())):
        data = output.get("data", {})
        parts.append(output.get("text") or data.get("text/markdown") or data.get("text/plain", ""))
    return "\n".join(part.rstrip("\n") for part in parts if part)


def key_lines(cell) -> list[str]:
    return [line.strip() for line in text_of(cell).splitlines() if re.match(r"\s*\S.*: +\S", line)]


def key_figures(nb) -> list[str]:
    """The ``name: value`` lines of the cells tagged ``key``."""
    return [line for cell in nb.cells if "key" in tags(cell) for line in key_lines(cell)]
