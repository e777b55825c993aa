"""Exercises of chapter 10: windows, a split by person, an even frame rate, facing."""

from . import evenly, facing, split_by_group, windows

EXERCISES = (windows.EXERCISE, split_by_group.EXERCISE, evenly.EXERCISE, facing.EXERCISE)
