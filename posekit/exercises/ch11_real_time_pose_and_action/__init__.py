"""Exercises of chapter 11: who is who, a name that does not flicker, and a tracker's score."""

from . import hysteresis, id_switches, match

EXERCISES = (match.EXERCISE, hysteresis.EXERCISE, id_switches.EXERCISE)
