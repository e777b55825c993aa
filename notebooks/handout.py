"""The students' copy of the course, without what is theirs to find: ``make handout``.

    python notebooks/handout.py                               into build/handout
    python notebooks/handout.py https://example.org/me/class  with that address for Colab

The notebooks have no outputs, no answers of quizzes and no ``solution()``; posekit has no
solutions either, only what its checks compare with (`posekit.exercises.sealed`). Beside it,
build/nbgrader/source holds the same notebooks with nbgrader's metadata, one assignment a chapter.
"""

from __future__ import annotations

import ast
import json
import re
import shutil
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from notebooks import build  # noqa: E402
from posekit import exercises  # noqa: E402
from posekit.errors import InputError  # noqa: E402
from posekit.exercises import report, sealed  # noqa: E402

OUT = ROOT / "build"
FILES = ("environment.yml", "pyproject.toml", "LICENSE", "DATA.md")
# An answer of a quiz or of an experiment; recorded studies, `For the curious`, stay.
ANSWER = re.compile(r"<details><summary>(?:Answer|What we found)</summary>.*?</details>", re.DOTALL)
ROOM = "*Your answer:*"
SHOWS_OURS = re.compile(r"[;,]\s+`solution\(\)`\s+shows\s+ours")
SOLUTION = re.compile(r"^# [\w.]+\.solution\(\)\n?", re.MULTILINE)
REPOSITORY = re.compile(r'^REPOSITORY = ".*?"', re.MULTILINE)
README = """# The Pose Workbook: the students' copy

With Python 3.11, 3.12 or 3.13, in this folder (on Linux the installation is a download of
about 3.3 GB, once):

    python3 -m venv .venv
    .venv/bin/pip install -r requirements.txt
    .venv/bin/pip install --no-deps -e .
    .venv/bin/jupyter lab --notebook-dir notebooks

On Windows it is `py -3.12 -m venv .venv`, and `.venv\\Scripts` for `.venv/bin`; choose a folder
with a short path there. A Mac needs Apple silicon and macOS 14. (Neither was tried.)

Open a chapter, run it from top to bottom, and write your answers where they are asked for.
`check` says whether an answer is right, and `hint()` helps, one hint at a time. How often you
used both is kept in the notebook. Hand in the notebook, saved with its outputs.
"""


def without_answers(text: str) -> str:
    """A cell of text with room for the reader's answers in the place of ours."""
    return SHOWS_OURS.sub("", ANSWER.sub(ROOM, text))


def notebook(source: Path, address: str = ""):
    """The students' notebook of a chapter: not executed, and nothing of it answered."""
    nb = build.convert(source)
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            cell.source = without_answers(cell.source)
        else:
            cell.source = SOLUTION.sub("", cell.source).rstrip()
            cell.source = REPOSITORY.sub(f'REPOSITORY = "{address}"', cell.source)
    return nb


# The same for nbgrader

CHECK = re.compile(r"^(\w+\.(\w+))\.check\((\w+)\)", re.MULTILINE)
STUB = re.compile(r"^    raise NotImplementedError$", re.MULTILINE)
REGION = "    ### BEGIN SOLUTION\n    raise NotImplementedError\n    ### END SOLUTION"
POINTS = """import warnings

with warnings.catch_warnings(action="ignore"):  # nbgrader takes a warning for an error
    points = {most} * ({place}.judge({answer}).status == "correct")
points"""
CONFIG = """c = get_config()
c.CourseDirectory.course_id = "pose_workbook"
"""


def for_nbgrader(nb, chapter: exercises.Chapter):
    """Mark each exercise as an answer, and put a locked cell after it that gives its points.

    That cell ends with a number, from which nbgrader takes the points: so the notebook runs
    from top to bottom with nothing solved, which a cell that raises an error would stop.
    """
    nb, rubric, cells = nbformat.from_dict(nb), report.Rubric(), []
    for cell in nb.cells:
        cells.append(cell)
        asked = CHECK.search(cell.source) if cell.cell_type == "code" else None
        if not asked or not STUB.search(cell.source):
            continue
        place, name, answer = asked.groups()
        cell.source = STUB.sub(REGION, cell.source)
        cell.metadata["nbgrader"] = _mark(name, solution=True)
        points = rubric.most(getattr(chapter, name))
        source = POINTS.format(most=points, place=place, answer=answer)
        graded = nbformat.v4.new_code_cell(source, id=f"{cell.id}-points")
        graded.metadata["nbgrader"] = _mark(f"{name}_points", solution=False) | {"points": points}
        cells.append(graded)
    nb.cells = cells
    return nb


def _mark(name: str, solution: bool) -> dict:
    return {
        "grade_id": name,
        "schema_version": 3,
        "solution": solution,
        "grade": not solution,
        "locked": not solution,
        "task": False,
    }


# posekit without its solutions


def seal(folder: Path, chapter: exercises.Chapter) -> None:
    """Replace the files of one chapter's exercises by what their checks need, and no more."""
    modules = {one.name: sys.modules[one.reference.__module__] for one in chapter}
    sources = {name: Path(module.__file__).read_text("utf-8") for name, module in modules.items()}
    shutil.rmtree(folder)
    folder.mkdir()
    lines = [f"from . import {', '.join(modules)}", "", "EXERCISES = ("]
    lines += [f"    {name}.EXERCISE," for name in modules]
    (folder / "__init__.py").write_text("\n".join([*lines, ")", ""]), encoding="utf-8")
    for one in chapter:
        written = sealed.card(one)
        text = json.dumps(written)
        (folder / f"{one.name}.json").write_text(text, encoding="utf-8")
        code = functions_of(sources[one.name], set(re.findall(r'"function": "(\w+)"', text)))
        (folder / f"{one.name}.py").write_text(code, encoding="utf-8")


def functions_of(source: str, names: set[str]) -> str:
    """A sealed file: of ``source`` only these functions, and what they call, are in it."""
    defined = {
        node.name: node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)
    }
    wanted, todo = set(), list(names)
    while todo:
        name = todo.pop()
        if name in defined and name not in wanted:
            wanted.add(name)
            todo += [n.id for n in ast.walk(defined[name]) if isinstance(n, ast.Name)]
    kept = [
        ast.get_source_segment(source, node) for name, node in defined.items() if name in wanted
    ]
    head = "from ..sealed import sealed"
    head = f"import numpy as np\n\n{head}" if kept else head
    return "\n\n\n".join([head, *kept, "EXERCISE = sealed(__file__, globals())\n"])


# The folder


def student_pins(text: str) -> str:
    """The pins of requirements.txt without those of the maintainers, which come last."""
    pins, found, _ = text.partition("# dev\n")
    if not found:
        raise InputError("requirements.txt has no line '# dev', after which the maintainers' are.")
    return pins


def write(out: Path, sources: list[Path], address: str = "") -> Path:
    """The whole folder ``out``/handout, anew; ``out``/nbgrader is written beside it."""
    target, graded = out / "handout", out / "nbgrader"
    for old in (target, graded / "source"):
        shutil.rmtree(old, ignore_errors=True)
    shutil.copytree(
        ROOT / "posekit", target / "posekit", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in FILES:
        shutil.copy(ROOT / name, target / name)
    (target / "README.md").write_text(README, encoding="utf-8")
    pins = student_pins((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    (target / "requirements.txt").write_text(pins, encoding="utf-8")
    for name in exercises.names():
        seal(target / "posekit" / "exercises" / f"ch{name}", exercises.chapter(name))
    (target / "notebooks").mkdir()
    for source in sources:
        nb = notebook(source, address)
        nbformat.write(nb, target / "notebooks" / f"{source.stem}.ipynb")
        assignment = graded / "source" / source.stem
        assignment.mkdir(parents=True)
        nb = for_nbgrader(nb, exercises.chapter(source.stem))
        nbformat.write(nb, assignment / f"{source.stem}.ipynb")
    (graded / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    return target


def main(argv: list[str] | None = None, out: Path = OUT) -> int:
    words = sys.argv[1:] if argv is None else argv
    try:
        target = write(out, build.sources(), *words)
    except (InputError, build.NotebookError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    print(f"wrote {target}, {size / 1e6:.0f} MB: hand out this folder, or an archive of it")
    print(f"wrote {out / 'nbgrader'}: the same notebooks, for `nbgrader generate_assignment`")
    return 0


if __name__ == "__main__":
    sys.exit(main())
