"""The framework: what it says for every way in which an answer can fail."""

import sys

import numpy as np
import pytest
import torch

from posekit import exercises
from posekit.exercises import Case, CommonMistake, Exercise
from posekit.exercises.compare import difference, kind_advice, same, short


def halve(values):
    """Half of every value."""
    return values / 2


def _cases(rng):
    return [
        Case("one value", (np.array([4.0]),), "Divide by two."),
        Case("random values", (rng.normal(size=(3, 2)),), "All of them."),
        Case("none", (np.zeros((0,)),), "Empty arrays too."),
    ]


@pytest.fixture
def exercise():
    return Exercise(
        halve,
        "Halve.",
        _cases,
        (CommonMistake(lambda values: values * 2, "You double."),),
        ("Think.", "Divide."),
        "Because half is 1 / 2.",
    )


def stub(values):
    raise NotImplementedError


def double(values):
    return values * 2


def crashing(values):
    return values / values[5]


def writes(values):
    values /= 2
    return values


def crashes_on_empty(values):
    return values / 2 if values.flat[0] else None


def library_without_that(values):
    raise NotImplementedError("not for this dtype")


def calls_a_library(values):
    return library_without_that(values)


@pytest.mark.parametrize(
    "student, status, say",
    [
        (halve, "correct", "Right on all 3 inputs"),
        (lambda values: [value / 2 for value in values], "incorrect", "Expected: an array"),
        (lambda values: values * 0.5, "correct", "correct"),
        (stub, "not attempted", "in place of `raise NotImplementedError`"),
        (double, "incorrect", "You double."),
        (lambda values: values + 1, "incorrect", "Divide by two."),
        (lambda values: None, "incorrect", "is a `return` missing?"),
        (lambda values: values.sum(), "incorrect", "`4`, a number"),
        (lambda values: values[:, None] / 2, "incorrect", "shape (1, 1)"),
        (lambda values: (values / 2).astype(int), "incorrect", "an array of real numbers"),
        (
            lambda values: values / 2 if len(values) == 1 else values,
            "incorrect",
            "(6 of 6 values differ)",
        ),
        (lambda: 0, "error", "TypeError"),
        (crashing, "error", "in your line `return values / values[5]`"),
        (crashes_on_empty, "error", "Tried on: none: `values = []`"),
        (calls_a_library, "error", "`NotImplementedError`: not for this dtype"),
        (writes, "incorrect", "a function that writes into its input"),
        (np.array([2.0]), "incorrect", "Give the function itself, `check(halve)`"),
    ],
)
def test_every_outcome(exercise, student, status, say):
    outcome = exercise.judge(student)
    assert outcome.status == status
    assert say in outcome.text


def test_a_failure_names_the_input_what_was_expected_what_came_and_where_to_look(exercise):
    text = exercise.judge(lambda values: values + 1).text
    assert text.splitlines() == [
        "✗ halve: not right yet",
        "  Tried on: one value: `values = [4.]`",
        "  Expected: `2` at [0]",
        "  Yours: `5` (1 of 1 values differ)",
        "  Where to look: Divide by two.",
    ]


@pytest.mark.parametrize(
    "student, words",
    [
        (lambda values: (values / 2).tolist(), "return an array, not a list"),
        (lambda values: torch.tensor(values / 2), "return an array, not a tensor on cpu"),
        (lambda values: (values / 2).astype("f2"), "return an array, not an array of float16"),
        (
            lambda values: torch.tensor(values / 2).bfloat16(),
            "return an array, not a tensor of bfloat16 on cpu",
        ),
    ],
)
def test_a_wrong_type_is_told_as_such_and_not_by_the_advice_on_values(exercise, student, words):
    text = exercise.judge(student).text
    assert f"The type is wrong, and the values were not looked at: {words}." in text
    assert "Divide by two" not in text


def test_a_number_in_place_of_an_array_gets_the_advice_of_the_case(exercise):
    assert "Divide by two." in exercise.judge(lambda values: float(values.sum() / 2)).text


def test_a_list_is_asked_for_where_something_else_came():
    both = [np.ones(2), np.ones(2)]
    assert "return a tuple or list of 2, not an array" in kind_advice(np.ones(2), both)
    assert kind_advice((np.ones(2), np.ones(2)), both) is None
    assert difference(both[:1], both, 1e-6)[0] == "2 results"
    assert difference([], both[:1], 1e-6)[0] == "1 result"


def test_a_common_mistake_must_fit_what_passed_before_as_well(exercise):
    """On one wrong case alone many mistakes look alike."""
    late = lambda values: values / 2 if len(values) == 1 else values * 2  # noqa: E731
    assert "You double." not in exercise.judge(late).text
    assert "All of them." in exercise.judge(late).text


def test_the_input_is_whole_after_a_function_wrote_into_it(exercise):
    assert exercise.judge(writes).status == "incorrect"
    assert exercise.judge(halve).status == "correct"


def test_check_prints_in_a_terminal_and_returns_quietly(exercise, capsys):
    outcome = exercise.check(halve)
    assert capsys.readouterr().out.startswith("✓ halve: correct")
    assert repr(outcome) == "<halve: correct>"
    assert outcome._ipython_display_() is None
    assert repr(exercise) == "<exercise halve: Halve.>"


def test_hints_come_one_by_one_and_the_last_one_stays(exercise, capsys):
    for wanted in ("1 of 2: Think.", "2 of 2: Divide.", "2 of 2: Divide."):
        exercise.hint()
        assert wanted in capsys.readouterr().out


@pytest.mark.parametrize("off", ["off", "OFF", "0", "no"])
def test_solutions_can_be_switched_off(exercise, capsys, monkeypatch, off):
    monkeypatch.setenv("POSEKIT_SOLUTIONS", off)
    exercise.solution()
    out = capsys.readouterr().out
    assert "switched off" in out and "values / 2" not in out


def test_in_a_notebook_panels_are_html_and_solutions_markdown(exercise, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.get_ipython", lambda: object())
    monkeypatch.setattr("IPython.display.display", lambda data, **_: shown.append(data))
    exercise.check(lambda values: values < 1)
    exercise.solution()
    assert "<b>✗ <code>halve</code>: not right yet</b>" in shown[0]["text/html"]
    assert "#D55E00" in shown[0]["text/html"] and shown[0]["text/plain"].startswith("✗ halve")
    assert "```python\ndef halve(values):" in shown[1]["text/markdown"]


def test_each_panel_carries_what_was_asked_for_so_far(exercise, monkeypatch):
    """The trace that a report reads: a solution whose cell is deleted shows in the next check."""
    kept = []
    monkeypatch.setattr("IPython.get_ipython", lambda: object())
    monkeypatch.setattr("IPython.display.display", lambda _, metadata, **__: kept.append(metadata))
    monkeypatch.setenv("POSEKIT_SOLUTIONS", "on")
    exercise.check(double)
    exercise.hint()
    exercise.solution()
    exercise.check(halve)
    assert [set(one) for one in kept] == [{"posekit"}] * 4
    first, hinted, shown, last = (one["posekit"] for one in kept)
    assert first == {"exercise": "halve", "tries": 1, "hints": 0, "solutions": 0} | {
        "status": "incorrect"
    }
    assert hinted["hints"] == 1 and shown["solutions"] == 1
    assert last == {**first, "tries": 2, "hints": 1, "solutions": 1, "status": "correct"}


def test_a_solution_that_is_switched_off_is_not_counted(exercise, monkeypatch, capsys):
    monkeypatch.setenv("POSEKIT_SOLUTIONS", "off")
    exercise.solution()
    assert exercise.solutions_shown == 0


def test_what_a_student_wrote_is_escaped(exercise, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.get_ipython", lambda: object())
    monkeypatch.setattr("IPython.display.display", lambda data, **_: shown.append(data))
    exercise.check(lambda values: "<script>")
    assert "&lt;script&gt;" in shown[0]["text/html"]


def test_without_ipython_it_prints(exercise, monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    exercise.check(stub)
    assert "○ halve: not attempted yet" in capsys.readouterr().out


@pytest.mark.parametrize(
    "answer, expected, found",
    [
        (1, 1, None),
        (1, 1.0, None),
        (np.float32(0.5), 0.5, None),
        (np.array(3), 3, None),
        (1.0, 1, ("a whole number", "`1`, a number")),
        (True, 1, ("a whole number", "`True`, True or False")),
        (2, 3, ("`3`", "`2`")),
        (float("nan"), float("nan"), None),
        (0.0, float("nan"), ("`nan`", "`0`")),
        ("left", "left", None),
        ("left", "right", ("`'right'`", "`'left'`")),
        ((1, 2.0), (1, 2.0), None),
        ((1, 2.5), (1, 2.0), ("as result 1, `2`", "`2.5`")),
        ((1,), (1, 2.0), ("2 results", "`(1,)`")),
        (np.ones(2, np.float32), np.ones(2), None),
        (np.ones(2, bool), np.ones(2), ("an array of real numbers", "an array of bool")),
        (np.array([0.0, np.inf]), np.zeros(2), ("`0` at [1]", "`inf` (1 of 2 values differ)")),
        (torch.ones(2), torch.ones(2), None),
        (torch.ones(2), np.ones(2), ("an array", "`[1., 1.]`, a tensor on cpu")),
        (np.ones(2), torch.ones(2), ("a tensor on cpu", "`[1., 1.]`, an array")),
        (
            torch.ones(2, requires_grad=True),
            torch.zeros(2),
            ("`0` at [0]", "`1` (2 of 2 values differ)"),
        ),
        (
            torch.ones(2),
            torch.ones(2, requires_grad=True),
            ("a tensor with a gradient", "`[1., 1.]`, without one"),
        ),
    ],
)
def test_difference(answer, expected, found):
    assert difference(answer, expected, 1e-3) == found


@pytest.mark.parametrize(
    "one, other, equal",
    [
        (([1, 2],), ([1, 2],), True),
        (([1, 2],), ([1, 3],), False),
        (([1, 2],), ([1],), False),
        ({"a": np.zeros(2)}, {"a": np.zeros(2)}, True),
        ({"a": np.zeros(2)}, {"a": np.ones(2)}, False),
        (np.array([np.nan]), np.array([np.nan]), True),
        (torch.zeros(2), torch.ones(2), False),
        (float("nan"), float("nan"), True),
    ],
)
def test_same(one, other, equal):
    assert same(one, other) is equal


def test_short_keeps_large_things_short():
    assert short(np.zeros((2, 33, 2), np.float32)) == "float32 array of shape (2, 33, 2)"
    assert len(short("x" * 1000)) < 200
    assert short(np.float32(0.1)) == "0.1"


def test_exercises_need_neither_torch_nor_ipython():
    """They load with NumPy alone, so a chapter's first cell stays quick."""
    import subprocess

    code = (
        "import sys; from posekit import exercises; exercises.chapter('00'); "
        "sys.exit('torch' in sys.modules or 'IPython' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
    assert exercises.names()[0] == "00_live_demo"
