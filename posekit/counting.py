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
from .errors import check_known, check_later

LEAST = 0.3  # seconds that a repetition takes at least
# The share by which a person's height is taken to shrink in a second, if nothing shows it.
FORGETS = 0.03
FALLS_WITHIN, LIES_FOR = 1.5, 0.5  # seconds from upright to lying, and then without getting up
JOINTS = skeletons.get("coco17")


# Hip to ankle, shoulder to hip and shoulder to wrist as shares of the height: Winter, Biomechanics
# and Motor Control of Human Movement, figure 4.1.
LEG, TRUNK, ARM = 0.491, 0.29, 0.332


class Body:
    """One person in one frame: what can be measured, in pixels; NaN where it is not seen."""

    def __init__(self, points: np.ndarray):
        self.points = points

    def sides(self, part: str) -> np.ndarray:
        """(2, 2): the left and the right one."""
        return self.points[[JOINTS.index(f"left_{part}"), JOINTS.index(f"right_{part}")]]

    def to(self, a: str, b: str) -> np.ndarray:
        """(2,) from the one to the other, each between those of its sides that are seen."""
        ends = (self.sides(part) for part in (b, a))
        seen = ([side for side in sides if np.isfinite(side).all()] for sides in ends)
        end, start = (np.mean(sides, 0) if sides else np.full(2, np.nan) for sides in seen)
        return end - start

    def height(self) -> float:
        """What the standing person's would be at least: limbs that point at the camera are short
        on the image, and none is too long."""
        parts = (("hip", "ankle", LEG), ("shoulder", "hip", TRUNK), ("shoulder", "wrist", ARM))
        return np.fmax.reduce([np.linalg.norm(self.to(a, b)) / share for a, b, share in parts])


def squat(body: Body, height: float) -> float:
    """How high the hips are above the knees, in thighs."""
    return body.to("hip", "knee")[1] / (LEG / 2 * height)


def pushup(body: Body, height: float) -> float:
    """How high the shoulders are above the hands, in arms; not known of whose legs do not lie."""
    lies = body.to("hip", "ankle")[1] < ARM * height
    return body.to("shoulder", "wrist")[1] / (ARM * height) if lies else np.nan


def jumping_jack(body: Body, height: float) -> float:
    """1 while a hand hangs or the feet are together, 0 with both arms up and the feet apart."""
    hands = (body.sides("wrist") - body.sides("shoulder"))[:, 1].max() / (TRUNK * height)
    feet = abs(np.diff(body.sides("ankle")[:, 0])[0]) / (TRUNK * height)
    return float(np.maximum((hands + 1) / 1.5, (1 - feet) / 0.6))  # NaN if either is not seen


def upright(body: Body, height: float) -> float:
    """How high the shoulders are above the ankles: 1 of somebody who stands."""
    return body.to("shoulder", "ankle")[1] / ((LEG + TRUNK) * height)


class Exercise(NamedTuple):
    """A number that is 1 at rest, of a body and its height in pixels."""

    measure: Callable[[Body, float], float]
    out: float  # a repetition has gone out below this,
    back: float  # and is back above this


# How these thresholds were chosen is not recorded. What room they leave was measured afterwards,
# by `tests/benchmarks/counting.py --margins`: 40 synthetic clips of each exercise, joints off by
# 1 % of the height. All counts stay right while one threshold alone moves within:
#
#                    out             back
#     squat          0.67 to 0.88    0.76 to 0.91
#     pushup         0.75 to 0.84    0.78 to 0.95
#     jumping_jack   0.33 to 0.80    0.53 to 1.29
#
# So a push-up that is less deep than the synthetic ones is soon missed. With joints off by 2 % one
# of the 40 clips of squats is miscounted.
EXERCISES = {
    "squat": Exercise(squat, 0.76, 0.88),
    "pushup": Exercise(pushup, 0.76, 0.84),
    "jumping_jack": Exercise(jumping_jack, 0.4, 0.8),
}
UPRIGHT = Exercise(upright, 0.45, 0.75)


class Measured:
    """One person's number of an exercise, frame by frame.

    Args:
        exercise: what is measured.
        skeleton: the joint set of the points.
    """

    def __init__(self, exercise: Exercise, skeleton="coco17"):
        self.exercise, self.skeleton = exercise, skeletons.get(skeleton)
        self._height, self._seconds = 0.0, -np.inf

    def value(self, points, visible, seconds: float) -> float:
        """The number in a frame, points (K, 2) pixels with flags (K,); NaN where it is not known.

        Raises `InputError` for a time that is not after the last one.
        """
        check_later(seconds, self._seconds)
        points, visible, _ = skeletons.convert(points, visible, self.skeleton, JOINTS)
        body = Body(np.where((visible == VISIBLE)[:, None], points, np.nan))
        keeps = 1 - FORGETS * min(seconds - self._seconds, 1)
        self._height = np.fmax(body.height(), keeps * self._height)
        self._seconds = seconds
        return self.exercise.measure(body, self._height) if self._height > 0 else np.nan


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
        check_known("exercise", exercise, EXERCISES)
        super().__init__(EXERCISES[exercise], skeleton)
        self.least, self.count, self._rested, self._out = least, 0, None, False

    def update(self, points, visible, seconds: float) -> int:
        """The count after another frame, see `value`."""
        value = self.value(points, visible, seconds)
        if value > self.exercise.back:
            self.count += self._out and seconds - self._rested >= self.least
            self._rested, self._out = seconds, False
        elif value < self.exercise.out:
            self._out = self._rested is not None
        return self.count


class Falls(Measured):
    """Notices that one person falls: lies soon after they stood, and does not get up at once.

    Attributes:
        count: how many falls there were.
    """

    def __init__(self, skeleton="coco17"):
        super().__init__(UPRIGHT, skeleton)
        self.count, self._stood, self._lies = 0, None, None

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
