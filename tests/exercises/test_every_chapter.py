"""What holds for the exercises of every chapter; a new chapter is found by its files."""

import ast
import importlib.util
import inspect
import io
import re
import warnings
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest

from posekit import exercises

HERE = Path(__file__).parent
SOURCES = HERE.parents[1] / "notebooks" / "src"


def answers(name: str):
    """The module of right and wrong answers beside this one."""
    path = HERE / f"test_ch{name}.py"
    spec = importlib.util.spec_from_file_location(f"answers_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def printed(call) -> str:
    out = io.StringIO()
    with redirect_stdout(out):
        call()
    return out.getvalue()


ALL = [(name, exercise) for name in exercises.names() for exercise in exercises.chapter(name)]
ANSWERS = {name: answers(name) for name in exercises.names()}
IDS = [f"{name}-{exercise.name}" for name, exercise in ALL]
RIGHT = [
    (exercise, right) for name, exercise in ALL for right in ANSWERS[name].RIGHT[exercise.name]
]
WRONG = [
    (exercise, wrong, say)
    for name, exercise in ALL
    for wrong, say in ANSWERS[name].WRONG[exercise.name]
]


@pytest.mark.parametrize("name", exercises.names())
def test_a_chapter_has_three_exercises_and_answers_to_them(name):
    chapter = exercises.chapter(name)
    assert len(chapter) >= 3
    wanted = {exercise.name for exercise in chapter}
    assert set(ANSWERS[name].RIGHT) == wanted == set(ANSWERS[name].WRONG)
    assert any("(hard)" in exercise.question for exercise in chapter)


@pytest.mark.parametrize("name, exercise", ALL, ids=IDS)
def test_the_reference_passes_and_the_exercise_is_complete(name, exercise):
    outcome = exercise.judge(exercise.reference)
    assert outcome.status == "correct", outcome.text
    assert len(exercise.hints) >= 2
    assert len(ANSWERS[name].RIGHT[exercise.name]) >= 1
    assert len(ANSWERS[name].WRONG[exercise.name]) >= 4
    assert exercise.question.endswith(".") and exercise.question.count(". ") == 0
    assert getattr(exercises.chapter(name), exercise.name) is exercise


@pytest.mark.parametrize("name, exercise", ALL, ids=IDS)
def test_the_solution_shown_is_the_source_that_is_tested(name, exercise, monkeypatch):
    monkeypatch.delenv("POSEKIT_SOLUTIONS", raising=False)
    shown = printed(exercise.solution)
    assert inspect.getsource(exercise.reference).rstrip() in shown
    assert exercise.explanation in shown


@pytest.mark.parametrize("name, exercise", ALL, ids=IDS)
def test_no_common_mistake_stops_a_check_with_an_error(name, exercise):
    """A mistake is tried on whatever case the student's answer fails."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for case in exercise.cases(np.random.default_rng(0)):
            for common in exercise.common_mistakes:
                common.mistake(*case.args)


@pytest.mark.parametrize("exercise, right", RIGHT, ids=lambda value: getattr(value, "name", ""))
def test_another_right_answer_passes(exercise, right):
    outcome = exercise.judge(right)
    assert outcome.status == "correct", outcome.text


@pytest.mark.parametrize(
    "exercise, wrong, say", WRONG, ids=[f"{one.name}-{say[:40]}" for one, _, say in WRONG]
)
def test_a_wrong_answer_is_told_what_is_wrong(exercise, wrong, say):
    outcome = exercise.judge(wrong)
    assert outcome.status in ("incorrect", "error"), outcome.text
    assert say in outcome.text


@pytest.mark.parametrize("name, exercise", ALL, ids=IDS)
def test_every_common_mistake_is_wrong_and_is_recognised(name, exercise):
    for common in exercise.common_mistakes:
        text = exercise.judge(common.mistake).text
        assert common.say in text, text


@pytest.mark.parametrize("name, exercise", ALL, ids=IDS)
def test_the_cases_are_the_same_each_time(name, exercise):
    first, again = (list(exercise.cases(np.random.default_rng(0))) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        assert one.about == other.about and exercises.core.same(one.args, other.args)


@pytest.mark.parametrize("path", sorted(SOURCES.glob("*.py")), ids=lambda path: path.stem)
def test_a_notebook_asks_every_exercise_of_its_chapter(path):
    """Each stub has the reference's arguments and raises NotImplementedError; each is checked."""
    if path.stem not in exercises.names():
        pytest.fail(f"{path.name} has no posekit/exercises/ch{path.stem}")
    source = path.read_text(encoding="utf-8")
    stubs = {
        node.name: node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)
    }
    for exercise in exercises.chapter(path.stem):
        stub = stubs[exercise.name]
        wanted = list(inspect.signature(exercise.reference).parameters)
        assert [argument.arg for argument in stub.args.args] == wanted
        assert "raise NotImplementedError" in ast.unparse(stub)
        assert re.search(rf"\.{exercise.name}\.check\({exercise.name}\)", source)


def test_a_chapter_by_number_by_name_and_an_unknown_one():
    assert exercises.chapter("00").name == exercises.chapter("00_live_demo").name
    assert "to_pixels: Turn" in repr(exercises.chapter("00"))
    with pytest.raises(exercises.InputError, match="there are: 00_live_demo"):
        exercises.chapter("77")
    with pytest.raises(exercises.InputError, match="no exercises for chapter 0"):
        exercises.chapter(0)
