"""Pixel coordinates as whole numbers: sixteenths of a pixel, and places in a flattened image."""

from __future__ import annotations

import cv2
import numpy as np

SHIFT = 4  # bits of the fraction of a pixel
_UNIT = 1 << SHIFT


def to_sixteenths(points: np.ndarray) -> np.ndarray:
    """Pixels (float) to sixteenths (int32), as cv2's drawing functions take them."""
    values = points * _UNIT
    return np.rint(values, out=values).astype(np.int32, order="C")


def hull(points: np.ndarray) -> np.ndarray:
    """(N, 2) int32: the convex hull of points (..., 2) in sixteenths of a pixel."""
    return cv2.convexHull(points.reshape(-1, 2))[:, 0]


def flat_indices(pixels: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Where pixels (..., 2) stand in a flattened image of this (height, width), and whether
    they are inside it; 0 for those that are not."""
    at = np.rint(pixels).astype(int)
    x, y = at[..., 0], at[..., 1]
    inside = (x >= 0) & (x < size[1]) & (y >= 0) & (y < size[0])
    return np.where(inside, y * size[1] + x, 0), inside
