"""The students' copy: nothing of it is answered, and nothing in it answers."""

import ast
import inspect
import subprocess
import sys

import nbformat
import pytest

from notebooks import build, handout
from posekit import exercises
from posekit.errors import InputError

ADDRESS = "https://example.org/me/class"
SOURCES = build.sources()
QUESTION = """**1. How many?**

<details><summary>Answer</summary>

Fourteen.

</details>

<details><summary>For the curious: a study</summary>

It stays.

</details>
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The whole folder, written once."""
    return handout.write(tmp_path_factory.mktemp("build"), SOURCES, ADDRESS)


@pytest.fixture(scope="module", params=SOURCES, ids=lambda path: path.stem)
def chapter(request):
    """The students' notebook of each chapter."""
    return request.param.stem, handout.notebook(request.param, ADDRESS)


def test_an_answer_goes_and_a_study_stays():
    text = handout.without_answers(QUESTION)
    assert "Fourteen" not in text and "It stays." in text and text.count(handout.ROOM) == 1


def test_nothing_in_a_notebook_is_answered(chapter):
    name, nb = chapter
    text = "\n".join(cell.source for cell in nb.cells)
    assert "solution()" not in text and "<summary>Answer" not in text and "We found" not in text
    assert text.count(handout.ROOM) >= 5
    assert f'REPOSITORY = "{ADDRESS}"' in text
    assert all(f".{one.name}.check(" in text for one in exercises.chapter(name))
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in nb.cells)
    nbformat.validate(nb)


def test_nothing_in_the_package_is_a_solution(copy):
    """Of each reference, no line that only a solution has is anywhere among the exercises."""
    texts = {path.name: path.read_text() for path in (copy / "posekit/exercises").rglob("ch*/*.*")}
    assert len(texts) > 40
    code = "\n".join(text for name, text in texts.items() if name.endswith(".py"))
    for name in exercises.names():
        for one in exercises.chapter(name):
            tree = ast.parse(inspect.getsource(one.reference)).body[0]
            assert f"def {one.name}(" not in code
            solution = "\n    ".join(map(ast.unparse, tree.body[1:]))  # after its docstring
            assert solution not in code and solution not in texts[f"{one.name}.json"]
            assert one.explanation not in texts[f"{one.name}.json"]


def test_the_copy_checks_hints_and_shows_no_solution(copy):
    """As a student would: from the folder itself, with every trick that fits on a line."""
    code = """
import inspect, os
import posekit
from posekit import exercises
print(posekit.__file__)
os.environ["POSEKIT_SOLUTIONS"] = "on"
ex = exercises.chapter("00")
print([one.name for one in ex])
ex.to_pixels.check(lambda p, s: p * [s[1], s[0]] - 0.5)
ex.to_pixels.check(lambda p, s: p * [s[0], s[1]] - 0.5)
ex.to_pixels.check(ex.to_pixels.reference)
ex.to_pixels.hint()
ex.to_pixels.solution()
try:
    print(inspect.getsource(ex.to_pixels.reference))
except TypeError:
    print("no source")
model = exercises.chapter("02").flip_average
print(model.judge(lambda m, i, f: m(i)).text)
"""
    done = subprocess.run(
        [sys.executable, "-B", "-c", code],
        cwd=copy,
        env={"PYTHONPATH": "."},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout
    assert str(copy) in said and "['to_pixels', 'count_seen'" in said
    assert "✓ to_pixels: correct" in said and "Height and width are swapped" in said
    assert "1 of 3: " in said and "The solutions are not in this copy" in said
    assert "! to_pixels: your code" in said and "no source" in said
    assert "✗ flip_average" in said


def test_the_folder_has_what_an_installation_needs(copy):
    assert {path.name for path in copy.iterdir()} == {
        *handout.FILES,
        "README.md",
        "requirements.txt",
        "notebooks",
        "posekit",
    }
    pins = (copy / "requirements.txt").read_text()
    assert "torch==" in pins and "jupyterlab==" in pins and "pytest" not in pins
    assert "exercises/*/*.json" in (copy / "pyproject.toml").read_text()
    assert not list(copy.rglob("__pycache__")) and (copy / "posekit/checkpoints").is_dir()


def test_pins_without_the_line_that_parts_them():
    with pytest.raises(InputError, match="no line '# dev'"):
        handout.student_pins("numpy==2.4.6\n")


# nbgrader


def test_each_exercise_is_an_answer_and_a_locked_cell_gives_its_points(chapter):
    name, nb = chapter
    graded = handout.for_nbgrader(nb, exercises.chapter(name))
    marks = [(cell, cell.metadata.nbgrader) for cell in graded.cells if "nbgrader" in cell.metadata]
    answers = [mark.grade_id for _, mark in marks if mark.solution]
    assert sorted(answers) == sorted(one.name for one in exercises.chapter(name))
    for (answer, mark), (test, points) in zip(marks[::2], marks[1::2], strict=True):
        assert answer.source.count("### BEGIN SOLUTION") == 1 and not mark.locked
        assert points.locked and points.grade and points.points in (2, 4)
        assert points.grade_id == f"{mark.grade_id}_points"
        assert f"{points.points} * (ex.{mark.grade_id}.judge({mark.grade_id})" in test.source
    nbformat.validate(graded)
    assert "nbgrader" not in str(nb.cells)


def test_the_command(tmp_path, monkeypatch, capsys):
    calls = []
    monkeypatch.setattr(
        handout, "write", lambda *given: calls.append(given) or tmp_path / "handout"
    )
    assert handout.main([ADDRESS], tmp_path) == 0
    assert calls == [(tmp_path, SOURCES, ADDRESS)]
    assert "hand out this folder" in capsys.readouterr().out
    monkeypatch.setattr(handout, "write", lambda *_: (_ for _ in ()).throw(InputError("no pins")))
    assert handout.main([], tmp_path) == 2 and capsys.readouterr().err == "no pins\n"
