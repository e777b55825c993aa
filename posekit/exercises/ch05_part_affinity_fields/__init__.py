"""Exercises of chapter 05: draw a limb's field, read it, compare people, put them together."""

from . import limb_field, line_integral, oks, put_together

EXERCISES = (limb_field.EXERCISE, line_integral.EXERCISE, oks.EXERCISE, put_together.EXERCISE)
