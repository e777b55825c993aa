"""Exercises of chapter 08: a camera, an alignment, a memory's step, and a corrected answer."""

from . import correct, lstm_step, procrustes, project

EXERCISES = (project.EXERCISE, procrustes.EXERCISE, lstm_step.EXERCISE, correct.EXERCISE)
