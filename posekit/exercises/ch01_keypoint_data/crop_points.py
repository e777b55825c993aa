"""Move a person's joints into a square crop, flipped or not (hard)."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise
from .joint_names import LSP
from .mirror_order import mirror_order


def crop_points(points, box, size, mirror=None):
    """Joints in a square crop of ``size`` pixels, on the grid whose pixel centres are integers.

    points: (joints, 2) pixels of the image, NaN where missing. box: (x1, y1, x2, y2), edges;
    its longer side fills the crop, its centre is the crop's centre, the aspect ratio is kept.
    mirror: None, or each joint's mirror image: then the crop is flipped and joints renamed.
    """
    x1, y1, x2, y2 = box
    centre = np.array([(x1 + x2) / 2, (y1 + y2) / 2])
    zoom = size / max(x2 - x1, y2 - y1)
    cropped = (np.asarray(points) - centre) * zoom + (size - 1) / 2
    if mirror is not None:
        cropped = cropped[mirror]
        cropped[:, 0] = size - 1 - cropped[:, 0]
    return cropped


# What is said where a case fails.
SAME = "Nothing may move: the first pixel's centre is at 0 before and after."
EDGES = "An edge stays an edge: -0.5 goes to -0.5, and 99.5 to 49.5."
ASPECT = "The longer side fills the crop; both axes are scaled alike, or people get fat."
MIDDLE = "The box lies in the middle of the crop, along the short side too."
OUTSIDE = "A joint outside the crop stays outside: its label is still true."
MIRROR = "Two things happen in a mirror: x turns around, and left and right change names."
MISSING = "The missing joint's label moves to its mirror image, too."


def _cases(rng):
    points, flip = rng.uniform([20, 30], [200, 150], (14, 2)), mirror_order(LSP)
    lost = points.copy()
    lost[[2, 9]] = np.nan
    corners, beside = np.array([[0.0, 0.0], [99.0, 99.0]]), np.array([[300.0, 20.0], [-40.0, 60.0]])
    image = (-0.5, -0.5, 99.5, 99.5)
    tall, wide = (50.0, 10.0, 90.0, 170.0), (0.0, 40.0, 200.0, 90.0)
    whole = (corners, image, 100, None)
    yield Case("an image of 100 pixels, cropped whole at its size", whole, SAME)
    yield Case("the same image at half the size", (corners, image, 50, None), EDGES)
    yield Case("a tall box", (points, tall, 64, None), ASPECT)
    yield Case("a wide box", (points, wide, 64, None), MIDDLE)
    yield Case("missing joints", (lost, tall, 64, None), "NaN in, NaN out.")
    yield Case("joints outside the box", (beside, tall, 64, None), OUTSIDE)
    yield Case("flipped", (points, tall, 64, flip), MIRROR)
    yield Case("flipped, with missing joints", (lost, wide, 48, flip), MISSING)
    yield Case("whole numbers", (points.astype(int), tall, 64, flip), "Make real numbers first.")


def _crop(points, box, size, mirror, grow=0.0, to=None, width=None, rename=True):
    """The reference with its parts exchangeable, for the mistakes below."""
    x1, y1, x2, y2 = box
    zoom = (size + grow) / max(x2 - x1, y2 - y1)
    middle = (size - 1) / 2 if to is None else to
    out = (np.asarray(points, float) - [(x1 + x2) / 2, (y1 + y2) / 2]) * zoom + middle
    if mirror is not None:
        out = out[mirror] if rename else out.copy()
        out[:, 0] = (size - 1 if width is None else width) - out[:, 0]
    return out


def _from_corner(points, box, size, mirror):
    """The box in the crop's upper left corner."""
    zoom = size / max(box[2] - box[0], box[3] - box[1])
    out = (np.asarray(points, float) - box[:2] + 0.0) * zoom - 0.5
    return out if mirror is None else _flipped(out, size, mirror)


def _stretched(points, box, size, mirror):
    low, high = np.array(box[:2]), np.array(box[2:])
    out = (np.asarray(points, float) - low) / (high - low) * size - 0.5
    return out if mirror is None else _flipped(out, size, mirror)


def _flipped(points, size, mirror):
    out = points[mirror]
    out[:, 0] = size - 1 - out[:, 0]
    return out


EXERCISE = Exercise(
    crop_points,
    "Move a person's joints into a square crop, flipped or not (hard).",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda p, b, s, m: _crop(p, b, s, m, to=s / 2),
            "You are half a pixel off: the middle of a crop of `size` pixels is at (size - 1) / "
            "2, for its first pixel's centre is at 0 and its last one's at size - 1.",
        ),
        CommonMistake(
            lambda p, b, s, m: _crop(p, b, s, m, grow=-1),
            "You scale by (size - 1): that takes centres to centres, and squeezes the image a "
            "little. The box's edges go to the crop's edges, which are `size` apart.",
        ),
        CommonMistake(
            _stretched,
            "You scale x and y differently. The crop is square and the box is not: people get "
            "fat or thin, and so does everything that a network learns about them.",
        ),
        CommonMistake(
            _from_corner,
            "Your box starts in the crop's corner; its centre should be the crop's centre, so "
            "that there is as much room to its left as to its right.",
        ),
        CommonMistake(
            lambda p, b, s, m: _crop(p, b, s, m, rename=False),
            "You mirror x and keep the names: what is called left wrist now lies on the right "
            "one. This is the most frequent bug of the field. Take `cropped[mirror]` as well.",
        ),
        CommonMistake(
            lambda p, b, s, m: _crop(p, b, s, m, width=s),
            "Your flip is one pixel off: x = 0 must go to size - 1, the other outermost pixel, "
            "so it is size - 1 - x.",
        ),
        CommonMistake(
            lambda p, b, s, m: np.clip(crop_points(p, b, s, m), -0.5, s - 0.5),
            "You move joints back into the crop. A wrist outside it is outside it: at the border "
            "there is none, and that is what a network would learn to see.",
        ),
        CommonMistake(
            lambda p, b, s, m: _crop(p, b, s, None), "You do not flip when `mirror` is given."
        ),
        CommonMistake(
            lambda p, b, s, m: (
                _crop(p, b, s, m, width=None) if m is None else _crop(p, b, s, None)[m]
            ),
            "You change the names and do not mirror x: both belong to a flip.",
        ),
    ),
    hints=(
        "Put the box's centre at 0, scale, and put 0 into the middle of the crop. Where is the "
        "middle of a crop of 4 pixels, whose centres are at 0, 1, 2, 3?",
        "It is at (size - 1) / 2 = 1.5. The scale is `size / max(width, height)` of the box, the "
        "same for x and y.",
        "In a mirror x becomes `size - 1 - x`, and joint k becomes its mirror image: "
        "`cropped = cropped[mirror]`, then `cropped[:, 0] = size - 1 - cropped[:, 0]`.",
    ),
    explanation="Centre to 0, scale, 0 to the middle: three steps, and the half pixel is in the "
    "last one alone, because `size` pixels with the first centre at 0 have their middle at "
    "(size - 1) / 2. A flip is two steps that must never be parted; `posekit.geometry.crop` "
    "cannot be asked for one of them alone. And indexing with `mirror` makes a copy, so the "
    "caller's labels stay as they were.",
)
