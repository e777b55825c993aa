"""The pixel grid, and the one affine map that takes a person out of a photograph.

The pixel grid
==============
Coordinates are 0-based and **pixel centres are at integers**, x to the right and y down.
A row of four pixels, and below it the two cells of a heatmap of stride 2 over them::

    edge   -0.5   0.5   1.5   2.5   3.5
             |     |     |     |     |
    pixel    |  0  |  1  |  2  |  3  |       x = 0, 1, 2, 3 are the centres
             |     |     |     |     |
    cell     |     0     |     1     |       cell i sits at x = (i + 0.5) * 2 - 0.5
             |           |           |       cell 0 at 0.5, cell 1 at 2.5

So an image of width W covers [-0.5, W - 0.5], flipping it takes x to W - 1 - x, resizing it
by a factor f takes x to (x + 0.5) * f - 0.5, and heatmap cell i of stride s sits at
(i + 0.5) * s - 0.5. Every half pixel in posekit comes from this paragraph.

A *box* is (x1, y1, x2, y2) in the same coordinates, its edges included: the box of a whole
image is (-0.5, -0.5, W - 0.5, H - 0.5).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from .errors import InputError

ASPECT = 4 / 3  # width by height of the picture in whose widths the landmarks of windows are
SIDES = (1, 0.7, 0.5, 0.35)  # of squares in images, each about 0.7 times the one before
DARK = 64  # of 255: a line of a crop that is nowhere lighter is black, or mixed with black


def cell_to_pixel(cell, stride):
    """Heatmap coordinates (an array, a tensor or a number, in cells) to input pixels.

    A cell may be a pixel as well: so a resize moves points, of an image that becomes ``stride``
    (a factor, or one for each axis) times as large.
    """
    return (_array(cell) + 0.5) * stride - 0.5


def pixel_to_cell(pixel, stride):
    """Input pixels (array, tensor, number) to heatmap coordinates; inverse of `cell_to_pixel`."""
    return (_array(pixel) + 0.5) / stride - 0.5


def _array(values):
    """Tensors and arrays as they are, on their device; lists and numbers as arrays."""
    return values if hasattr(values, "dtype") else np.asarray(values)


def image_box(height: int, width: int) -> np.ndarray:
    """(4,) the box of a whole image."""
    return np.array([-0.5, -0.5, width - 0.5, height - 0.5])


def keypoint_box(keypoints, visible=None, padding: float = 1.25) -> np.ndarray:
    """(4,) the box around the labelled joints of one person, grown about its centre.

    ``keypoints`` (K, 2) pixels, ``visible`` (K,) or None for every finite joint, ``padding``
    a factor on width and height. Raises `InputError` when no joint is labelled.
    """
    keypoints = np.asarray(keypoints, dtype=float)
    known = np.isfinite(keypoints).all(-1)
    if visible is not None:
        known &= np.asarray(visible) > 0
    if not known.any():
        raise InputError("no joint of this person is labelled, so there is no box around it.")
    sides = []
    for values in keypoints[known].T.tolist():  # plain numbers: faster for so few
        low, high = min(values), max(values)
        middle, half = (low + high) / 2, max(high - low, 1) / 2 * padding
        sides.append((middle - half, middle + half))
    return np.array(sides).T.ravel()


def square_box(box, room: float = 1.0) -> np.ndarray:
    """(4,) the square about a box's centre whose side is ``room`` times the box's longer one."""
    corners = np.reshape(box, (2, 2))
    half = room / 2 * np.ptp(corners, axis=0).max()
    return (corners.mean(0) + [[-half], [half]]).ravel()


def box_sides(points) -> np.ndarray:
    """(..., 2) width and height of the box around those of the points (..., K, 2) that are finite;
    0 where none is."""
    known = np.isfinite(points)
    low = np.where(known, points, np.inf).min(-2)
    high = np.where(known, points, -np.inf).max(-2)
    return np.maximum(high - low, 0)


def squares(height: int, width: int, sides: Sequence[float] = SIDES, step=0.5) -> np.ndarray:
    """(N, 4) boxes that cover an image: squares of each side, in rows from the top.

    ``sides`` are shares of the image's longer side; neighbours are at most ``step`` sides apart.
    Along an axis on which a square is longer than the image, there is one, in the middle.
    """
    boxes = []
    for side in (share * max(height, width) for share in sides):
        boxes += [
            (left, top, left + side, top + side)
            for top in _starts(height, side, step)
            for left in _starts(width, side, step)
        ]
    return np.array(boxes) - 0.5  # where the first pixel begins


def _starts(length: float, side: float, step: float) -> np.ndarray:
    """Where squares begin along an axis of the image."""
    if side >= length:
        return np.array([(length - side) / 2])
    return np.linspace(0, length - side, 1 + math.ceil((length - side) / (step * side)))


def crop_matrix(
    box,
    size: int | tuple[int, int],
    *,
    rotation: float = 0.0,
    scale: float = 1.0,
    shift: tuple[float, float] = (0.0, 0.0),
    flip: bool = False,
) -> np.ndarray:
    """(2, 3) float64: the affine map from image pixels to crop pixels.

    Args:
        box: (x1, y1, x2, y2) what the crop must show; its aspect ratio is kept, so the crop
            shows the box and, along one axis, more.
        size: (height, width) of the crop, or one number for a square.
        rotation: degrees, clockwise on the screen as the person appears in the crop.
        scale: 2 shows the person twice as large.
        shift: (right, down) of the person in the crop, as fractions of its width and height.
        flip: mirror left and right, last of all. Rename the joints with ``Skeleton.flip`` too.

    Raises `InputError` for a box of no area, or one that is not finite.
    """
    height, width = (size, size) if np.isscalar(size) else size
    x1, y1, x2, y2 = (float(edge) for edge in box)
    if not (x2 > x1 and y2 > y1 and math.isfinite(x2 - x1 + y2 - y1)):
        raise InputError(f"box {(x1, y1, x2, y2)} has no area: it must be x1 < x2, y1 < y2.")
    if not (scale > 0 and height > 0 and width > 0):
        raise InputError(f"scale and size must be positive: scale {scale}, size {size}.")
    zoom = scale * min(width / (x2 - x1), height / (y2 - y1))
    angle = math.radians(rotation)
    cos, sin = zoom * math.cos(angle), zoom * math.sin(angle)
    # The first pixel's centre is at 0, so the crop's is half a pixel short of size / 2.
    cx, cy = (x1 + x2) / 2, (y1 + y2) / 2
    tx = (width - 1) / 2 + shift[0] * width - cos * cx + sin * cy
    ty = (height - 1) / 2 + shift[1] * height - sin * cx - cos * cy
    if flip:
        return np.array([[-cos, sin, width - 1 - tx], [sin, cos, ty]])
    return np.array([[cos, -sin, tx], [sin, cos, ty]])


def invert(matrix) -> np.ndarray:
    """(2, 3) the inverse of an affine map; `InputError` if it has none."""
    a, b, tx, c, d, ty = np.asarray(matrix, dtype=float).ravel().tolist()
    det = a * d - b * c
    if not math.isfinite(det) or abs(det) < 1e-12:
        raise InputError("this affine map squeezes the plane onto a line: it has no inverse.")
    return np.array([[d, -b, b * ty - d * tx], [-c, a, c * tx - a * ty]]) / det


def transform(matrix, points) -> np.ndarray:
    """(..., 2) points through a (2, 3) affine map; NaN stays NaN."""
    matrix = np.asarray(matrix)
    return np.asarray(points) @ matrix[:, :2].T + matrix[:, 2]


def warp(image: np.ndarray, matrix, size: int | tuple[int, int], fill: int = 0) -> np.ndarray:
    """Resample an image (H, W, 3) through ``matrix`` (2, 3), once and bilinearly.

    ``fill`` colours what lies outside the image. Shrinking a person more than about twice
    skips pixels and so aliases, as every single-tap warp does.
    """
    height, width = (size, size) if np.isscalar(size) else size
    return cv2.warpAffine(image, matrix, (width, height), borderValue=(fill,) * 3)


class Crop(NamedTuple):
    """One person, cut out. ``matrix`` leads from the image here, its inverse back."""

    image: np.ndarray  # (h, w, 3) uint8
    keypoints: np.ndarray  # (K, 2) float32 crop pixels
    visible: np.ndarray  # (K,) uint8
    matrix: np.ndarray  # (2, 3) float64


def crop(
    image: np.ndarray,
    keypoints: np.ndarray,
    visible: np.ndarray,
    box,
    size: int | tuple[int, int],
    *,
    rotation: float = 0.0,
    scale: float = 1.0,
    shift: tuple[float, float] = (0.0, 0.0),
    flip: np.ndarray | None = None,
) -> Crop:
    """Cut a person out of an image, with every augmentation in one resampling.

    Args:
        image, keypoints, visible: (H, W, 3) uint8; (K, 2) pixels and (K,) of this person.
        box, size, rotation, scale, shift: as `crop_matrix` has them.
        flip: None, or ``Skeleton.flip`` to mirror the crop *and* rename left and right: the
            two cannot be asked for apart, since a flip without the renaming is a wrong label.
    """
    change = {"rotation": rotation, "scale": scale, "shift": shift}
    matrix = crop_matrix(box, size, flip=flip is not None, **change)
    if flip is not None:
        keypoints, visible = keypoints[flip], visible[flip]
    points = transform(matrix, keypoints).astype(np.float32)
    return Crop(warp(image, matrix, size), points, visible, matrix)


class Similarity(NamedTuple):
    """A scaled rotation and a shift."""

    scale: float
    rotation: np.ndarray  # (D, D), determinant 1
    shift: np.ndarray  # (D,)

    def apply(self, points) -> np.ndarray:
        """(..., D) points, moved."""
        return self.scale * np.asarray(points) @ self.rotation.T + self.shift


def procrustes(source, target) -> Similarity:
    """The similarity that takes ``source`` (K, D) nearest to ``target``, in least squares.

    Closed form of Umeyama, "Least-squares estimation of transformation parameters between two
    point patterns", PAMI 1991: never a reflection. Raises `InputError` when the points are
    not finite, or all of the source's are one.
    """
    source, target = np.asarray(source, dtype=float), np.asarray(target, dtype=float)
    if source.shape != target.shape or source.ndim != 2 or len(source) == 0:
        raise InputError(f"procrustes wants two (K, D): {source.shape} and {target.shape} came.")
    if not (np.isfinite(source).all() and np.isfinite(target).all()):
        raise InputError("procrustes wants finite points: leave the missing joints out.")
    from_mean, to_mean = source.mean(0), target.mean(0)
    a, b = source - from_mean, target - to_mean
    variance = np.square(a).sum()
    if variance <= 1e-24 * np.square(source).sum():  # one point, to the rounding of its mean
        raise InputError("all points of the source are one: there is nothing to align.")
    u, s, vt = np.linalg.svd(b.T @ a)
    signs = np.append(np.ones(len(s) - 1), np.sign(np.linalg.det(u @ vt)))
    rotation = (u * signs) @ vt
    scale = float((s * signs).sum() / variance)
    return Similarity(scale, rotation, to_mean - scale * rotation @ from_mean)


def fill_edges(crop: np.ndarray) -> np.ndarray:
    """A crop (H, W, 3) uint8 for the eye: where it reaches beyond its image, the colours of the
    image's edge go on, blurred.

    There `posekit.data.crops` leaves whole rows and columns black, and a network gets them black.
    """
    inside = []
    for axis, side in ((1, crop.shape[0]), (0, crop.shape[1])):
        seen = np.flatnonzero(crop.max((axis, 2)) >= DARK)
        first, last = min(seen, default=0), max(seen, default=side - 1) + 1
        # The outermost lines are mixed with the black beside them.
        inside.append(slice(first + (first > 0), last - (last < side)))
    rows, columns = inside
    part = crop[rows, columns]
    if part.size == 0:
        return crop
    beyond = ((rows.start, len(crop) - rows.stop), (columns.start, crop.shape[1] - columns.stop))
    filled = cv2.GaussianBlur(np.pad(part, (*beyond, (0, 0)), mode="edge"), (0, 0), len(crop) / 20)
    filled[rows, columns] = part
    return filled
