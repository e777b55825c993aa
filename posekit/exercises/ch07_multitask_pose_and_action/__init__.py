"""Exercises of chapter 07: visibility, a loss for mixed labels, re-injection, pooling at joints."""

from . import appearance_pooling, elastic_net, reinject, visibility

EXERCISES = (
    visibility.EXERCISE,
    elastic_net.EXERCISE,
    reinject.EXERCISE,
    appearance_pooling.EXERCISE,
)
