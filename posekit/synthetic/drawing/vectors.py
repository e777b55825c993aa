"""Products of vectors whose axes x, y(, z) come first, since numpy is slow along short axes."""

from __future__ import annotations

import numpy as np


def dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(...) of (3, ...) or (2, ...)."""
    total = a[0] * b[0]
    for k in range(1, len(a)):
        total = total + a[k] * b[k]
    return total


def unit(vectors: np.ndarray, least: float = 0.0) -> np.ndarray:
    """(3, ...) or (2, ...) of length 1; ``least`` is added to the lengths, for vectors of 0."""
    return vectors / (np.sqrt(dot(vectors, vectors)) + least)


def cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(3, ...) the vector product."""
    (ax, ay, az), (bx, by, bz) = a, b
    return np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx])
