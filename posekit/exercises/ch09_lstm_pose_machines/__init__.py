"""Exercises of chapter 09: how long a joint is hidden, a filter's step, and a memory of maps."""

from . import conv_lstm, hidden_for, one_euro

EXERCISES = (hidden_for.EXERCISE, one_euro.EXERCISE, conv_lstm.EXERCISE)
