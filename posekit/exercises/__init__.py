"""Exercises: ``chapter("00").to_pixels.check(to_pixels)``, then ``.hint()``, ``.solution()``.

A chapter's exercises are a folder here, ``chNN_topic``, with one file for each exercise and a
tuple ``EXERCISES``; the right and wrong answers are ``tests/exercises/test_chNN_topic.py``.
Nothing else lists them. A reference solution is shown to the student as it stands in its file.
"""

from __future__ import annotations

import importlib
import pkgutil

from ..errors import InputError
from .core import Case, CommonMistake, Exercise, Outcome

__all__ = ["Case", "Chapter", "CommonMistake", "Exercise", "Outcome", "chapter", "names"]


class Chapter:
    """The exercises of one chapter: attributes by name, and in order when iterated."""

    def __init__(self, name: str, exercises: tuple[Exercise, ...]):
        self.name = name
        self._exercises = exercises
        for exercise in exercises:
            setattr(self, exercise.name, exercise)

    def __iter__(self):
        return iter(self._exercises)

    def __len__(self) -> int:
        return len(self._exercises)

    def __repr__(self) -> str:
        lines = (f"  {exercise.name}: {exercise.question}" for exercise in self)
        return "\n".join([f"Exercises of chapter {self.name}", *lines])


def names() -> list[str]:
    """The chapters that have exercises: ``["00_live_demo", ...]``."""
    found = (module.name for module in pkgutil.iter_modules(__path__))
    return sorted(name.removeprefix("ch") for name in found if name.startswith("ch"))


def chapter(name: str) -> Chapter:
    """The exercises of a chapter, by its name ``00_live_demo`` or its number ``00``.

    Raises `InputError`, listing the chapters, where there is no such one.
    """
    known = names()
    full = [one for one in known if name in (one, one.split("_")[0])]
    if len(full) != 1:
        raise InputError(f"no exercises for chapter {name!r}; there are: {', '.join(known)}.")
    module = importlib.import_module(f"{__name__}.ch{full[0]}")
    return Chapter(full[0], module.EXERCISES)
