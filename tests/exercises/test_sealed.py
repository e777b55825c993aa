"""The students' copy of an exercise judges as the whole one does, and has no solution to show."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from posekit import exercises
from posekit.exercises import core, sealed

HERE = Path(__file__).parent
ARRAYS = hnp.arrays(
    st.sampled_from([np.float32, np.float64, np.int64, np.uint8, bool]),
    hnp.array_shapes(min_dims=0, min_side=0),
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | ARRAYS
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.tuples(inner, inner), max_leaves=8)


def answers(name: str):
    """The module of right and wrong answers beside this one."""
    spec = importlib.util.spec_from_file_location(f"sealed_{name}", HERE / f"test_ch{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def seal(exercise, folder: Path):
    """The exercise after a journey through its file."""
    file = folder / f"{exercise.name}.py"
    file.with_suffix(".json").write_text(json.dumps(sealed.card(exercise)))
    return sealed.sealed(str(file), vars(sys.modules[exercise.reference.__module__]))


@settings(max_examples=40)
@given(VALUES)
def test_a_value_comes_back_as_it_was(value):
    back = sealed.decode(json.loads(json.dumps(sealed.encode(value))), {})
    assert type(back) is type(value) and core.same(back, value)
    if isinstance(value, np.ndarray):
        assert back.dtype == value.dtype and back.shape == value.shape


@pytest.mark.parametrize("value", [np.float32(0.1), np.str_("left_wrist"), np.int64(3)])
def test_a_scalar_stays_one(value):
    back = sealed.decode(sealed.encode(value), {})
    assert type(back) is type(value) and back == value


def test_tensors_dicts_and_functions_come_back():
    value = {"maps": torch.arange(6.0).view(2, 3), "model": len, "nothing": np.zeros((0, 2))}
    back = sealed.decode(json.loads(json.dumps(sealed.encode(value))), {"len": len})
    assert torch.equal(back["maps"], value["maps"]) and back["model"] is len
    assert back["nothing"].shape == (0, 2)


@pytest.mark.parametrize("learning", [False, True])
def test_a_tensor_that_asks_for_a_gradient_still_does(learning):
    value = torch.arange(3.0, requires_grad=learning)
    back = sealed.decode(json.loads(json.dumps(sealed.encode(value))), {})
    assert torch.equal(back, value) and back.requires_grad is learning


@pytest.mark.parametrize("name", exercises.names())
def test_every_answer_is_judged_in_the_same_words(name, tmp_path):
    given = answers(name)
    for exercise in exercises.chapter(name):
        copy = seal(exercise, tmp_path)
        for right in given.RIGHT[exercise.name]:
            assert copy.judge(right).status == "correct", copy.judge(right).text
        for wrong, say in given.WRONG[exercise.name]:
            found = copy.judge(wrong).text
            assert say in found and found == exercise.judge(wrong).text
        assert copy.name == exercise.name and copy.question == exercise.question


def test_there_is_no_solution_in_it(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("POSEKIT_SOLUTIONS", "on")
    exercise = exercises.chapter("00").to_pixels
    copy = seal(exercise, tmp_path)
    copy.solution()
    assert "not in this copy" in capsys.readouterr().out and copy.solutions_shown == 0
    with pytest.raises(NotImplementedError, match="to_pixels is not in this copy"):
        copy.reference(np.zeros(2), (3, 4))
    assert copy.judge(copy.reference).status == "error"
    text = (tmp_path / "to_pixels.json").read_text()
    assert "- 0.5" not in text.replace(json.dumps(exercise.hints)[1:-1], "").replace(
        "width - 0.5", ""
    )
    copy.hint()
    assert exercise.hints[0] in capsys.readouterr().out


def test_two_cases_of_the_same_words_are_refused(monkeypatch):
    twice = [core.Case("one", (np.zeros(2), (3, 4)), "")] * 2
    exercise = exercises.chapter("00").to_pixels
    monkeypatch.setattr(exercise, "cases", lambda rng: twice)
    with pytest.raises(ValueError, match="to_pixels have the same words"):
        sealed.card(exercise)
