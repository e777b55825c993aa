"""Exercises of chapter 03: draw a map of a joint, read it, train by it, ask twice."""

from . import decode, encode, flip_test, map_loss

EXERCISES = (encode.EXERCISE, decode.EXERCISE, map_loss.EXERCISE, flip_test.EXERCISE)
