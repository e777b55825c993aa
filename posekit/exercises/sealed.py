"""Exercises without their solutions: the copy that `make handout` gives to students.

An exercise is judged by comparing answers, so its solution need not be there: ``NAME.json`` says
what the reference and each common mistake answer to each case. A sealed exercise checks and
hints as the whole one does, and has nothing to show as a solution, whatever is switched on.
"""

from __future__ import annotations

import base64
import copy
import inspect
import io
import json
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from .core import Case, CommonMistake, Exercise, _display


class Answers:
    """What a function answers to each case, in the place of the function itself."""

    def __init__(self, name: str, arguments: list[str], by_case: dict):
        """``by_case``: from a case's words, ``about``, to the answer."""
        self.__name__ = name
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        self.__signature__ = inspect.Signature([inspect.Parameter(one, kind) for one in arguments])
        self.by_case = by_case

    def __call__(self, *args):
        raise NotImplementedError(f"the solution of {self.__name__} is not in this copy")


class SealedExercise(Exercise):
    """An exercise whose reference and common mistakes are `Answers`."""

    def solution(self) -> None:
        """Say that there is none here."""
        _display("The solutions are not in this copy of the course: ask your instructor.")

    def _answer(self, function: Answers, case):
        return copy.deepcopy(function.by_case[case.about])


def sealed(file: str, names: dict) -> SealedExercise:
    """The exercise of a sealed file, from the .json beside it.

    names: the file's globals, where the functions stand that its cases hand to the student's.
    """
    written = json.loads(Path(file).with_suffix(".json").read_text(encoding="utf-8"))
    cases = [
        Case(one["about"], decode(one["args"], names), one["advice"]) for one in written["cases"]
    ]

    def answers(by_case: dict) -> Answers:
        return Answers(written["name"], written["arguments"], decode(by_case, names))

    return SealedExercise(
        answers(written["answers"]),
        written["question"],
        lambda rng: cases,
        tuple(CommonMistake(answers(one["answers"]), one["say"]) for one in written["mistakes"]),
        tuple(written["hints"]),
        explanation="",
        tolerance=written["tolerance"],
    )


def card(exercise: Exercise) -> dict:
    """What `sealed` reads: all of an exercise but its solution. Raises ValueError where two cases
    have the same words, by which their answers are found."""
    cases = list(exercise.cases(np.random.default_rng(0)))
    if len({case.about for case in cases}) < len(cases):
        raise ValueError(f"two cases of {exercise.name} have the same words")

    def answers(function: Callable) -> dict:
        with warnings.catch_warnings(action="ignore"):  # a mistake may divide by nothing
            return encode({case.about: exercise._answer(function, case) for case in cases})

    return {
        "name": exercise.name,
        "question": exercise.question,
        "arguments": list(inspect.signature(exercise.reference).parameters),
        "hints": exercise.hints,
        "tolerance": exercise.tolerance,
        "cases": [
            {"about": case.about, "args": encode(case.args), "advice": case.advice}
            for case in cases
        ],
        "answers": answers(exercise.reference),
        "mistakes": [
            {"say": common.say, "answers": answers(common.mistake)}
            for common in exercise.common_mistakes
        ],
    }


def encode(value):
    """A value as JSON: numbers and text as they are, arrays as .npy, functions by their name."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, dict):
        return {"dict": [[key, encode(one)] for key, one in value.items()]}
    if isinstance(value, tuple | list):
        return {type(value).__name__: [encode(one) for one in value]}
    if isinstance(value, torch.Tensor):
        # Whether a gradient is due is asked of an answer, too.
        kind = "learning" if value.requires_grad else "tensor"
        return {kind: _packed(value.detach().cpu().numpy())}
    if isinstance(value, np.ndarray | np.generic):
        kind = "array" if isinstance(value, np.ndarray) else "scalar"
        return {kind: _packed(np.asarray(value))}
    return {"function": value.__name__}


def decode(value, names: dict):
    """The value that `encode` has written; a function is the one of that name in ``names``."""
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "dict":
        return {key: decode(one, names) for key, one in content}
    if kind in ("tuple", "list"):
        many = [decode(one, names) for one in content]
        return tuple(many) if kind == "tuple" else many
    if kind == "function":
        return names[content]
    array = _unpacked(content)
    if kind in ("tensor", "learning"):
        return torch.from_numpy(array).requires_grad_(kind == "learning")
    return array if kind == "array" else array[()]


def _packed(array: np.ndarray) -> str:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return base64.b85encode(zlib.compress(file.getvalue(), 9)).decode()


def _unpacked(text: str) -> np.ndarray:
    return np.load(io.BytesIO(zlib.decompress(base64.b85decode(text))), allow_pickle=False)
