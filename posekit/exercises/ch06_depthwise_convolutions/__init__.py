"""Exercises of chapter 06: count a convolution, run a depthwise one, merge layers, separate one."""

from . import depthwise, fold_batch_norm, macs, nearest_separable

EXERCISES = (
    macs.EXERCISE,
    depthwise.EXERCISE,
    fold_batch_norm.EXERCISE,
    nearest_separable.EXERCISE,
)
