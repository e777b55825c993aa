"""What an exercise is, and how an answer to it is judged.

An `Exercise` holds a reference solution and the inputs to try, from plain to adversarial. The
student's function gets copies of the same inputs, and its answers go through stages:
returned, kind, shape, dtype, values. So any right answer passes, however it is written, and
the first failing stage says what was expected, what came, and where to look. Where the wrong
answer is just what a well-known mistake gives (a `CommonMistake`), that mistake is named.

Each panel carries a record in its output's metadata, which stays in the notebook's file: how
often the exercise was checked, and how many hints and solutions were shown. `posekit report`
reads it.
"""

from __future__ import annotations

import copy
import html
import inspect
import re
import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from .. import environment
from .compare import difference, kind_advice, same, short

CORRECT, INCORRECT = "correct", "incorrect"
NOT_ATTEMPTED, ERROR = "not attempted", "error"

# Symbol, colour (Okabe and Ito's, safe for colour blindness) and words of each panel.
PANELS = {
    CORRECT: ("✓", "#009E73", "correct"),
    INCORRECT: ("✗", "#D55E00", "not right yet"),
    NOT_ATTEMPTED: ("○", "#808080", "not attempted yet"),
    ERROR: ("!", "#CC79A7", "your code stopped with an error"),
    "hint": ("?", "#0072B2", "hint"),
}


@dataclass(frozen=True)
class Case:
    """One input to try: what it is, in words; the arguments; advice where it fails."""

    about: str
    args: tuple
    advice: str


@dataclass(frozen=True)
class CommonMistake:
    """A mistake that students really make: a function that makes it, and what to tell them."""

    mistake: Callable
    say: str


@dataclass(frozen=True)
class Outcome:
    """What is shown: ``status``, a key of `PANELS`, and (label, text) ``lines`` that say why."""

    status: str
    name: str
    lines: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"<{self.name}: {self.status}>"

    def _ipython_display_(self):
        """Nothing: `check` has shown it, and a cell that ends with a check ends cleanly."""

    @property
    def text(self) -> str:
        """The panel as plain text."""
        symbol, _, words = PANELS[self.status]
        said = (f"{label}: {line}" if label else line for label, line in self.lines)
        return "\n  ".join([f"{symbol} {self.name}: {words}", *said])

    def show(self, record: dict | None = None) -> Outcome:
        """Show the panel, with a record for `posekit report` in its metadata; return it."""
        symbol, colour, words = PANELS[self.status]
        head = f"<b>{symbol} <code>{self.name}</code>: {words}</b>"
        said = (
            f"<b>{label}:</b> {_html(line)}" if label else _html(line) for label, line in self.lines
        )
        style = f"border-left: 6px solid {colour}; padding: 0.3em 0.8em; margin: 0.3em 0"
        body = "<br>".join([head, *said])
        record = {**(record or {}), "status": self.status}
        _display(self.text, "text/html", f'<div style="{style}">{body}</div>', record)
        return self


@dataclass
class Exercise:
    """One exercise.

    Attributes:
        reference: the solution that is shown and tested; the exercise has its name.
        question: one sentence.
        cases: from a seeded random generator to the inputs, the plainest first.
        common_mistakes: the most likely first.
        hints: at least two, each giving away more than the one before.
        explanation: why the solution is as it is.
        tolerance: how far a value may be from the reference's.
        tries, hints_given, solutions_shown: what was asked for since the kernel started.
    """

    reference: Callable
    question: str
    cases: Callable[[np.random.Generator], Iterable[Case]]
    common_mistakes: tuple[CommonMistake, ...]
    hints: tuple[str, ...]
    explanation: str
    tolerance: float = 1e-3
    tries: int = 0
    hints_given: int = 0
    solutions_shown: int = 0

    @property
    def name(self) -> str:
        return self.reference.__name__

    def __repr__(self) -> str:
        return f"<exercise {self.name}: {self.question}>"

    def check(self, student: Callable) -> Outcome:
        """Try the student's function, show what came out, and return it."""
        self.tries += 1
        return self.judge(student).show(self._record())

    def hint(self) -> None:
        """Show the next hint; after the last one, the last one again."""
        self.hints_given = min(self.hints_given + 1, len(self.hints))
        count = f"{self.hints_given} of {len(self.hints)}"
        Outcome("hint", self.name, ((count, self.hints[self.hints_given - 1]),)).show(
            self._record()
        )

    def solution(self) -> None:
        """Show the reference's source and why it is so (not under POSEKIT_SOLUTIONS=off)."""
        if not environment.shows_solutions():
            return _display("The solutions are switched off here: ask your instructor.")
        self.solutions_shown += 1
        source = inspect.getsource(self.reference).rstrip()
        markdown = f"**One solution of** `{self.name}`\n\n```python\n{source}\n```\n\n"
        plain = f"{source}\n\n{self.explanation}"
        return _display(plain, "text/markdown", markdown + self.explanation, self._record())

    def _record(self) -> dict:
        """What was asked for so far, as it is kept with each panel."""
        return {
            "exercise": self.name,
            "tries": self.tries,
            "hints": self.hints_given,
            "solutions": self.solutions_shown,
        }

    def judge(self, student: Callable) -> Outcome:
        """What `check` shows, without showing it: the first case that fails, or correct."""
        if not callable(student):
            line = f"Give the function itself, `check({self.name})`; this is {short(student)}"
            return Outcome(INCORRECT, self.name, (("Where to look", line),))
        cases = list(self.cases(np.random.default_rng(0)))
        for number, case in enumerate(cases):
            failed = self._try(student, case, cases[:number])
            if failed:
                return failed
        line = f"Right on all {len(cases)} inputs, the awkward ones too."
        return Outcome(CORRECT, self.name, (("", line),))

    def _try(self, student: Callable, case: Case, passed: list[Case]) -> Outcome | None:
        """What to show where the student's function fails on this case; None where it is right."""
        tried = ("Tried on", f"{case.about}: {self._arguments(case.args)}")
        given = copy.deepcopy(case.args)
        try:
            with np.errstate(all="ignore"):
                answer = student(*given)
        except Exception as error:
            return self._stopped(student, error, tried, case.advice)
        if not same(given, case.args):
            found = ("its input untouched", "a function that writes into its input")
            advice = "Work on a copy, or write `a = a - 1` for `a -= 1`: the caller needs its data."
        else:
            right = self._answer(self.reference, case)
            found = difference(answer, right, self.tolerance)
            known = self._common_mistake(answer, case, passed) if found else None
            advice = known or kind_advice(answer, right) or case.advice
        if found is None:
            return None
        lines = (tried, ("Expected", found[0]), ("Yours", found[1]), ("Where to look", advice))
        return Outcome(INCORRECT, self.name, lines)

    def _stopped(self, student: Callable, error: Exception, tried: tuple, advice: str) -> Outcome:
        """What to show where the student's function raised an error: it may be the stub still."""
        if _is_stub(student, error):
            line = "Put your lines in place of `raise NotImplementedError`, then check again."
            return Outcome(NOT_ATTEMPTED, self.name, (("", line),))
        came = f"`{type(error).__name__}`: {error}{_line_of(student, error)}"
        return Outcome(ERROR, self.name, (tried, ("Error", came), ("Where to look", advice)))

    def _answer(self, function: Callable, case: Case):
        with np.errstate(all="ignore"):
            return function(*copy.deepcopy(case.args))

    def _common_mistake(self, answer, case: Case, passed: list[Case]) -> str | None:
        """What to say if a known mistake gives this wrong answer, and was right until now."""
        for common in self.common_mistakes:
            expected = [self._answer(self.reference, one) for one in passed] + [answer]
            if all(
                difference(value, self._answer(common.mistake, one), self.tolerance) is None
                for value, one in zip(expected, [*passed, case])
            ):
                return common.say
        return None

    def _arguments(self, args: tuple) -> str:
        names = inspect.signature(self.reference).parameters
        return ", ".join(f"`{name} = {short(value)}`" for name, value in zip(names, args))


def _own_frames(student: Callable, error: Exception) -> list:
    """The traceback's frames that ran the student's own function."""
    code = getattr(student, "__code__", None)
    return [
        (frame, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code is code
    ]


def _is_stub(student: Callable, error: Exception) -> bool:
    """Raised by the function itself: NumPy and torch raise NotImplementedError of their own."""
    last = list(traceback.walk_tb(error.__traceback__))[-1]
    return isinstance(error, NotImplementedError) and last in _own_frames(student, error)


def _line_of(student: Callable, error: Exception) -> str:
    frames = _own_frames(student, error)
    if not frames:
        return ""
    line = traceback.StackSummary.extract(frames[-1:])[0].line
    return f", in your line `{line}`" if line else ""


def _html(text: str) -> str:
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(text))


def _display(
    plain: str, kind: str = "text/plain", rich: str | None = None, record: dict | None = None
) -> None:
    """Rich in a notebook, plain in a terminal or where IPython is not installed."""
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        print(plain)
        return
    from IPython.display import display

    metadata = {"posekit": record} if record else {}
    display({"text/plain": plain, kind: rich or plain}, metadata=metadata, raw=True)
