"""What students solved, with how many tries and hints, and the points that it makes.

`report` reads and runs hand-ins; `table`, `as_json` and `as_csv` show what came out. What a run
protects from, and what it does not, is `hand_in.PROTECTION`.
"""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from ..errors import InputError
from . import Exercise, chapter, hand_in
from .core import CORRECT, NOT_ATTEMPTED

DAY = 24 * 3600  # seconds
COUNTS = ("tries", "hints", "solutions")


@dataclass(frozen=True)
class Rubric:
    """Points: of an exercise, of a hard one, for each hint (taken off), and the share that is
    left, from 0 to 1, where the solution was shown."""

    exercise: float = 2
    hard: float = 4
    hint: float = 0.25
    after_solution: float = 0

    def most(self, exercise: Exercise) -> float:
        """The points of an exercise that was solved without help."""
        return self.hard if "(hard)" in exercise.question else self.exercise

    def points(self, exercise: Exercise, hints: int, solutions: int) -> float:
        """The points of one that was solved."""
        share = self.after_solution if solutions else 1
        return max(0.0, share * self.most(exercise) - self.hint * hints)


def read_rubric(path: Path) -> Rubric:
    """A rubric from a TOML file such as ``exercise = 2``; what it leaves out is the default's.

    Raises `InputError` for another name, or for what is no number from 0 up.
    """
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path} is no TOML file: {error}.") from None
    known = [one.name for one in fields(Rubric)]
    for name, value in given.items():
        if name not in known:
            raise InputError(f"{path} has {name!r}; a rubric knows {', '.join(known)}.")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e6:
            raise InputError(f"{path}: {name} must be a number of points, from 0 up.")
    rubric = Rubric(**given)
    if rubric.after_solution > 1:
        raise InputError(f"{path}: after_solution is a share, from 0 to 1.")
    return rubric


@dataclass
class Answer:
    """One exercise of one hand-in."""

    name: str
    status: str
    tries: int
    hints: int
    solutions: int
    points: float
    most: float
    remarks: list[str] = field(default_factory=list)


@dataclass
class Report:
    """One notebook: whose, of which chapter (empty: it could not be read), and its answers."""

    student: str
    notebook: str
    chapter: str = ""
    answers: list[Answer] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def hand_ins(places: Iterable[Path]) -> list[tuple[str, Path]]:
    """The notebooks in files and folders, each with its student.

    In a folder of hand-ins a student is a folder of its own, or one notebook; a notebook that is
    named by itself is one. Raises `InputError` where there is no notebook.
    """
    found = []
    for place in places:
        if place.is_file():
            found.append((hand_in.printable(place.stem), place))
            continue
        inside = sorted(place.rglob("*.ipynb"))
        inside = [path for path in inside if ".ipynb_checkpoints" not in path.parts]
        if not inside:
            raise InputError(f"{place} is no notebook, and no folder with notebooks in it.")
        for path in inside:
            first = path.relative_to(place).parts[0]
            found.append((hand_in.printable(first.removesuffix(".ipynb")), path))
    return found


def report(
    places: Iterable[Path],
    rubric: Rubric | None = None,
    seconds: float = 60,
    minutes: float = 15,
    progress: Callable[[str], None] = lambda line: None,
) -> list[Report]:
    """One report for each notebook. One that cannot be read is a remark and stops nothing.

    seconds: that a cell may take. minutes: that a notebook may take. Raises `InputError` where
    there is no notebook, and for limits that are none.
    """
    if not (0 < seconds < DAY and 0 < 60 * minutes < DAY):
        raise InputError("The time limits must be above 0, and under a day.")
    if importlib.util.find_spec("IPython") is None:
        raise InputError("To run notebooks IPython is needed: pip install 'posekit[course]'.")
    found = []
    for student, path in hand_ins(places):
        name = hand_in.printable(path.name)
        progress(f"{student}: {name}")
        try:
            given = hand_in.read(path)
        except InputError as error:
            found.append(Report(student, name, remarks=[str(error)]))
            continue
        ran = hand_in.run(given, seconds, minutes)
        answers = [_answer(one, given, ran, rubric or Rubric()) for one in chapter(given.chapter)]
        remarks = list(ran.remarks)
        if not given.records:
            remarks.append("no panel is saved in it, so tries and hints are not known")
        found.append(Report(student, name, given.chapter, answers, remarks))
    return found


def _answer(exercise: Exercise, given, ran, rubric: Rubric) -> Answer:
    record = {**dict.fromkeys(COUNTS, 0), **given.records.get(exercise.name, {})}
    came = ran.answers.get(exercise.name, {"status": "no answer", "used": [], "same": False})
    used = list(came["used"])
    if "the solution" in used:
        record["solutions"] = max(1, record["solutions"])
    remarks = [f"calls {one}" for one in used]
    remarks += ["is the course's own solution, to the letter"] if came.get("same") else []
    points = 0.0
    if came["status"] == CORRECT:
        points = rubric.points(exercise, record["hints"], record["solutions"])
    most = rubric.most(exercise)
    return Answer(
        exercise.name, came["status"], **record, points=points, most=most, remarks=remarks
    )


# What is shown


def table(reports: list[Report]) -> str:
    """One block of lines for each notebook."""
    return "\n\n".join(map(_block, reports))


def _block(one: Report) -> str:
    lines = [f"{one.student} · {one.chapter or one.notebook}"]
    if one.answers:
        lines.append(f"  {'exercise':<22}{'answer':<15}{'tries':>6}{'hints':>6}  solution  points")
    for answer in one.answers:
        shown = "shown" if answer.solutions else "-"
        counts = f"{answer.tries:>6}{answer.hints:>6}  {shown:<8}"
        points = f"{answer.points:g} of {answer.most:g}"
        lines.append(f"  {answer.name:<22}{answer.status:<15}{counts}  {points}")
        lines += [f"    {answer.name} {remark}" for remark in answer.remarks]
    if one.answers:
        points, most = (sum(getattr(a, name) for a in one.answers) for name in ("points", "most"))
        lines.append(f"  {'together':<59}{points:g} of {most:g}")
    return "\n".join([*lines, *(f"  ! {remark}" for remark in one.remarks)])


def as_json(reports: list[Report]) -> str:
    """Everything, a list with one object for each notebook."""
    return json.dumps([asdict(one) for one in reports], indent=1)


def as_csv(reports: list[Report]) -> str:
    """A line for each student: sums over the chapters, then the points of each exercise."""
    students: dict[str, dict[str, Report]] = {}
    for one in reports:  # of two notebooks of a chapter the later one counts
        students.setdefault(one.student, {})[one.chapter or one.notebook] = one
    columns = sorted({(r.chapter, a.name) for r in reports for a in r.answers})
    head = ["student", "points", "of", "solved", "exercises", "attempted", *COUNTS, "remarks"]
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*head, *(f"{name[:2]} {exercise}" for name, exercise in columns)])
    for student, mine in students.items():
        writer.writerow([student, *_line(list(mine.values()), columns)])
    return file.getvalue()


def _line(mine: list[Report], columns: list[tuple[str, str]]) -> list:
    answers = {(one.chapter, answer.name): answer for one in mine for answer in one.answers}
    each = list(answers.values())
    remarks = [f"{one.notebook}: {remark}" for one in mine for remark in one.remarks]
    remarks += [f"{answer.name} {remark}" for answer in each for remark in answer.remarks]
    sums = [sum(getattr(answer, name) for answer in each) for name in ("points", "most")]
    solved = sum(answer.status == CORRECT for answer in each)
    tried = sum(answer.status not in (NOT_ATTEMPTED, "no answer") for answer in each)
    counts = [sum(getattr(answer, name) for answer in each) for name in COUNTS]
    points = [answers[key].points if key in answers else "" for key in columns]
    return [*sums, solved, len(each), tried, *counts, "; ".join(remarks), *points]
