"""Where cells sit in pixels, and the mean under a map: the common mistakes are made of them."""

import numpy as np


def on_grid(stride):
    """From the number of cells along an axis to their centres in pixels."""
    return lambda length: (np.arange(length) + 0.5) * stride - 0.5


def mean_under(p, xs, ys):
    """(n, 2) the mean place under maps (n, h, w) that sum to 1."""
    return np.stack([p.sum(axis=1) @ xs, p.sum(axis=2) @ ys], axis=-1)
