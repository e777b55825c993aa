"""Exercises of chapter 04: the mean place under a map, its gradient, its bias, and its depth."""

from . import elastic_net, lift, soft_argmax, soft_argmax_gradient, without_floor

EXERCISES = (
    soft_argmax.EXERCISE,
    soft_argmax_gradient.EXERCISE,
    elastic_net.EXERCISE,
    without_floor.EXERCISE,
    lift.EXERCISE,
)
