"""What every chapter must be (its shape, not its content): each rule gives sentences."""

from __future__ import annotations

import ast
import re

from notebooks import cells, harness

MAX_COLUMNS, MAX_LINES, MAX_HELPER, QUESTIONS = 88, 15, 8, 5
BROAD = ("Exception", "BaseException")  # errors that nobody in particular is expecting
QUIET = (ast.Pass, ast.Continue, ast.Break)
# What goes on when it fails, or fails where nobody looks: in the background, or as a status.
UNSEEN = {
    "suppress",
    "Thread",
    "Timer",
    "Process",
    "submit",
    "create_task",
    "ensure_future",
    "run_in_executor",
    "Popen",
    "system",
    "getoutput",
}
PARAMETERS = {"PROFILE": "quick", "DATASET": "synthetic", "SEED": 0}


def code_cells(nb):
    """The code cells with their number, as the harness counts."""
    return [(i, cell) for i, cell in enumerate(nb.cells, start=1) if cell.cell_type == "code"]


def _nodes(nb):
    """Every node of every cell's code, with the cell's number."""
    for i, cell in code_cells(nb):
        yield from ((i, node) for node in ast.walk(ast.parse(cell.source)))


def functions(nb):
    """Every function with its cell's number; a stub that is the reader's to write is left out."""
    for i, node in _nodes(nb):
        if isinstance(node, ast.FunctionDef) and "NotImplementedError" not in ast.dump(node):
            yield i, node


def exercises(nb) -> set[str]:
    """What ``check`` is called on: ``pose.flip`` of ``pose.flip.check(flip)``."""
    calls = (node for _, node in _nodes(nb) if isinstance(node, ast.Call))
    methods = (call.func for call in calls if isinstance(call.func, ast.Attribute))
    return {ast.unparse(method.value) for method in methods if method.attr == "check"}


def cells_are_small(nb):
    for i, cell in code_cells(nb):
        lines = cell.source.splitlines()
        if len(lines) > MAX_LINES:
            yield f"cell {i} has {len(lines)} lines, over {MAX_LINES}: one idea a cell"
        for line in lines:
            if len(line) > MAX_COLUMNS:
                yield f"cell {i} has a line of {len(line)} columns: {line.strip()[:40]}"


def helpers_are_short(nb):
    for i, node in functions(nb):
        length = node.end_lineno - node.lineno + 1
        if length > MAX_HELPER:
            yield f"cell {i}: {node.name} has {length} lines; over {MAX_HELPER} it goes to posekit"


def failures_are_seen(nb):
    """A cell that fails inside what these rules refuse would let the whole run be green."""
    for i, node in _nodes(nb):
        if isinstance(node, ast.ExceptHandler):
            yield from (f"cell {i}: {reason}" for reason in _handler_faults(node))
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name.split(".")[-1] in UNSEEN:
                yield f"cell {i}: {name}() hides a failure: let the cell itself do it, and fail"
            options = [ast.unparse(keyword) for keyword in node.keywords]
            if name in ("subprocess.run", "subprocess.call") and "check=True" not in options:
                yield f"cell {i}: subprocess.run(..., check=True) makes a failed command an error"


def _handler_faults(handler):
    names = {node.id for node in ast.walk(handler.type or handler) if isinstance(node, ast.Name)}
    if handler.type is None or names & set(BROAD):
        yield "an except must name the error that is expected, and neither all nor Exception"
    if all(isinstance(line, QUIET) or _is_constant(line) for line in handler.body):
        yield "an except that only passes hides a failure: say what it means"


def _is_constant(statement) -> bool:
    """``...`` or a string: a statement that does nothing."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def parameters_are_the_three(nb):
    found = harness.parameters_of(nb, "chapter")
    if found != PARAMETERS:
        yield f"the parameters are {found}, not {PARAMETERS}"


def the_bootstrap_comes_first(nb):
    (_, first), (_, second), *_ = code_cells(nb)
    if "google.colab" not in first.source or "parameters" not in cells.tags(second):
        yield "the first code cell must be the bootstrap for Colab, the second the parameters"


def something_is_compared_and_counted(nb):
    tags = [tag for cell in nb.cells for tag in cells.tags(cell)]
    if not any(tag.startswith("check") for tag in tags):
        yield "no cell is tagged check: nothing compares it with what is committed"
    if "key" not in tags:
        yield "no cell is tagged key: the table of make run has no figures for it"


def exercises_are_three(nb):
    if len(exercises(nb)) < 3:
        yield f"{len(exercises(nb))} exercises are checked, and three is the least"
    code = "\n".join(cell.source for _, cell in code_cells(nb))
    for name in sorted(exercises(nb)):
        for method in ("hint", "solution"):
            if f"{name}.{method}(" not in code:
                yield f"{name} is checked, but its {method}() is nowhere to be called"


def sections_are_there(nb):
    text = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "markdown")
    title = nb.cells[0].source.splitlines()[0]
    if not title.startswith("# ") or nb.metadata.posekit["title"].lower() not in title.lower():
        yield f"it must begin with the heading '# ... {nb.metadata.posekit['title']}'"
    if f"{nb.metadata.posekit['minutes']} minutes" not in nb.cells[0].source:
        yield "the first cell does not say the minutes that the header gives"
    for word in ("recap", "quiz"):
        if not re.search(rf"^#+ .*\b{word}\b", text, re.I | re.M):
            yield f"there is no heading with the word {word}"
    quiz = re.split(r"^#+ .*\bquiz\b", text, flags=re.I | re.M)[-1]
    if quiz.count("<details>") < QUESTIONS:
        yield f"the quiz needs {QUESTIONS} questions with their answers in <details>"
    if not re.search(r"^### Exercise \d+ \(hard\)", text, re.M):
        yield "no exercise is marked (hard)"
    if not re.search(r"^### An experiment", text, re.M):
        yield "there is no open experiment, a heading '### An experiment: ...'"
    if "**Next" not in text:
        yield "it does not end with what comes **Next**"


def sections_say_their_minutes(nb):
    """Of what is read and run; exercises, quiz and what is optional come on top."""
    text = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "markdown")
    together = 0
    for title in re.findall(r"^## (.*)$", text, re.M):
        found = re.search(r"\((\d+) minutes?\)$", title)
        together += int(found[1]) if found and "optional" not in title.lower() else 0
        if not found and not re.search(r"\b(turn|recap)\b", title, re.I):
            yield f"the section {title!r} does not end with its (N minutes)"
    if together > nb.metadata.posekit["minutes"]:
        yield f"the sections take {together} minutes, more than the header gives"


def most_in_a_row(nb) -> int:
    """The most code cells without a sentence between them, after the first section's heading."""
    most = row = 0
    is_setup = True
    for cell in nb.cells:
        is_setup = is_setup and not cell.source.startswith("## ")
        row = row + 1 if cell.cell_type == "code" and not is_setup else 0
        most = max(most, row)
    return most


RULES = (
    cells_are_small,
    helpers_are_short,
    failures_are_seen,
    parameters_are_the_three,
    the_bootstrap_comes_first,
    something_is_compared_and_counted,
    exercises_are_three,
    sections_are_there,
    sections_say_their_minutes,
)


def faults(nb) -> list[str]:
    return [sentence for rule in RULES for sentence in rule(nb)]
