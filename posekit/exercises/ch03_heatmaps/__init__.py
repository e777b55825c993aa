"""Exercises of chapter 03: draw a map of a joint, read it, train by it, ask twice, find many."""

from . import decode, encode, find_joints, flip_test, map_loss

EXERCISES = (
    encode.EXERCISE,
    decode.EXERCISE,
    map_loss.EXERCISE,
    flip_test.EXERCISE,
    find_joints.EXERCISE,
)
