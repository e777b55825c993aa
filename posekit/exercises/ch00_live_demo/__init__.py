"""Exercises of chapter 00: from what BlazePose returns to counted squats."""

from . import count_repetitions, count_seen, joint_angle, to_pixels

EXERCISES = (
    to_pixels.EXERCISE,
    count_seen.EXERCISE,
    joint_angle.EXERCISE,
    count_repetitions.EXERCISE,
)
