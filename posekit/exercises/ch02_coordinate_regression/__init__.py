"""Exercises of chapter 02: what to compare a network with, and how to count what it gets right."""

from . import flip_average, masked_mse, mean_pose, pck, unreached

EXERCISES = (
    unreached.EXERCISE,
    masked_mse.EXERCISE,
    mean_pose.EXERCISE,
    pck.EXERCISE,
    flip_average.EXERCISE,
)
