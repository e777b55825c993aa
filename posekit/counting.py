"""Repetitions counted, and falls noticed, in the joints of one person.

>>> counter = Repetitions("squat", "coco17")
>>> for points, visible, seconds in frames:
...     count = counter.update(points, visible, seconds)

Each exercise is one number that the pose gives, 1 at rest and smaller the farther the body is out
of it. A repetition goes out below one threshold and comes back above a higher one (*hysteresis*: a
number that trembles about one threshold would count again and again), takes a least time, and
counts only joints that are seen (*gate*): coordinates of hidden joints are guesses. A threshold on
the angle of one joint would count an arm that swings; these numbers ask the whole body.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from . import skeletons
from .data.sample import VISIBLE
from .errors import InputError

LEAST = 0.3  # seconds that a repetition takes at least
LOST = 1.0  # seconds out of sight after which nothing that went before counts
FORGETS = 0.03  # share by which the largest length that was seen shrinks in a second
FALLS_WITHIN, LIES_FOR = 1.5, 0.5  # seconds from upright to lying, and then without getting up
JOINTS = skeletons.get("coco17")


class Body:
    """One person in one frame: what can be measured, in pixels; NaN where it is not seen."""

    def __init__(self, points: np.ndarray):
        self.points = points

    def sides(self, part: str) -> np.ndarray:
        """(2, 2): the left and the right one."""
        return self.points[[JOINTS.index(f"left_{part}"), JOINTS.index(f"right_{part}")]]

    def middle(self, part: str) -> np.ndarray:
        """(2,) between those sides that are seen."""
        sides = self.sides(part)
        seen = np.isfinite(sides).all(1)
        return sides[seen].mean(0) if seen.any() else np.full(2, np.nan)

    def drop(self, upper: str, lower: str) -> float:
        """By how much the one is above the other."""
        return float((self.middle(lower) - self.middle(upper))[1])

    def distance(self, a: str, b: str) -> float:
        return float(np.linalg.norm(self.middle(a) - self.middle(b)))


def squat(body: Body, legs: float) -> float:
    """How high the hips are above the ankles."""
    return body.drop("hip", "ankle") / legs


def pushup(body: Body, arms: float) -> float:
    """How high the shoulders are above the hands, of somebody whose legs lie; else not known."""
    return body.drop("shoulder", "wrist") / arms if body.drop("hip", "ankle") < arms else np.nan


def jumping_jack(body: Body, torso: float) -> float:
    """1 while a hand hangs or the feet are together, 0 with both arms up and the feet apart."""
    arms = (body.sides("wrist") - body.sides("shoulder"))[:, 1].max() / torso
    feet = abs(np.diff(body.sides("ankle")[:, 0])[0]) / torso
    return max((arms + 1) / 2, (0.9 - feet) / 0.6)


class Exercise(NamedTuple):
    """``unit`` is a length of the body, of which the largest of late counts."""

    measure: Callable[[Body, float], float]
    unit: Callable[[Body], float]
    out: float  # a repetition has gone out below this,
    back: float  # and is back above this


EXERCISES = {
    "squat": Exercise(
        squat,
        # Of somebody who lies the hips are not above the ankles: the torso says how tall they are.
        lambda body: max(body.drop("hip", "ankle"), 1.2 * body.distance("shoulder", "hip")),
        0.8,
        0.9,
    ),
    "pushup": Exercise(pushup, lambda body: body.distance("shoulder", "wrist"), 0.78, 0.86),
    "jumping_jack": Exercise(
        jumping_jack, lambda body: body.distance("shoulder", "hip"), 0.45, 0.7
    ),
}
UPRIGHT = Exercise(
    lambda body, tall: body.drop("shoulder", "ankle") / tall,
    lambda body: max(body.drop("shoulder", "ankle"), 2.0 * body.distance("shoulder", "hip")),
    0.45,
    0.75,
)


class Measured:
    """One person's number of an exercise, frame by frame.

    Args:
        exercise: what is measured.
        skeleton: the joint set of the points.
    """

    def __init__(self, exercise: Exercise, skeleton="coco17"):
        self.exercise, self.skeleton = exercise, skeletons.get(skeleton)
        self._largest, self._seconds, self._seen = 0.0, -np.inf, -np.inf

    def value(self, points, visible, seconds: float) -> float:
        """The number in a frame, points (K, 2) pixels with flags (K,); NaN where it is not known.

        Raises `InputError` for a time that is not after the last one.
        """
        if not seconds > self._seconds:
            raise InputError(f"a frame at {seconds} s cannot come after one at {self._seconds} s.")
        points, visible, _ = skeletons.convert(points, visible, self.skeleton, JOINTS)
        body = Body(np.where((visible == VISIBLE)[:, None], points, np.nan))
        keeps = 1 - FORGETS * min(seconds - self._seconds, 1)
        self._largest = np.fmax(self.exercise.unit(body), keeps * self._largest)
        self._seconds = seconds
        value = self.exercise.measure(body, self._largest) if self._largest > 0 else np.nan
        if seconds - self._seen > LOST:
            self.forget()
        self._seen = seconds if np.isfinite(value) else self._seen
        return value

    def forget(self) -> None:
        """Begin anew: the person was out of sight."""


class Repetitions(Measured):
    """Counts how often one person does an exercise.

    Args:
        exercise: one of `EXERCISES`.
        skeleton: the joint set of the points.
        least: seconds that a repetition takes at least.

    Attributes:
        count: how many there were.

    Raises `InputError` for another exercise.
    """

    def __init__(self, exercise: str, skeleton="coco17", least: float = LEAST):
        if exercise not in EXERCISES:
            raise InputError(f"no exercise {exercise!r}; there are: {', '.join(EXERCISES)}.")
        self.forget()
        super().__init__(EXERCISES[exercise], skeleton)
        self.least, self.count = least, 0

    def update(self, points, visible, seconds: float) -> int:
        """The count after another frame, see `value`."""
        value = self.value(points, visible, seconds)
        if value > self.exercise.back:
            self.count += self._out and seconds - self._rested >= self.least
            self._rested, self._out = seconds, False
        elif value < self.exercise.out:
            self._out = self._rested is not None
        return self.count

    def forget(self) -> None:
        """Where the person is now is neither at rest nor out of it."""
        self._rested, self._out = None, False


class Falls(Measured):
    """Notices that one person falls: lies soon after they stood, and does not get up at once.

    Attributes:
        count: how many falls there were.
    """

    def __init__(self, skeleton="coco17"):
        self.forget()
        super().__init__(UPRIGHT, skeleton)
        self.count = 0

    def update(self, points, visible, seconds: float) -> int:
        """The count after another frame, see `value`."""
        value = self.value(points, visible, seconds)
        if value > self.exercise.back:
            self._stood, self._lies = seconds, None
        elif value < self.exercise.out and self._stood is not None:
            self._lies = seconds if self._lies is None else self._lies
            if seconds - self._lies >= LIES_FOR:
                self.count += self._lies - self._stood <= FALLS_WITHIN
                self._stood = None
        elif value >= self.exercise.out:
            self._lies = None
        return self.count

    def forget(self) -> None:
        """Whether the person stood is not known."""
        self._stood = self._lies = None
