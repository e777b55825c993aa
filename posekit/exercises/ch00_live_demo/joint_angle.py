"""Compute the angle at the middle joint of a limb, in degrees."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def joint_angle(a, b, c):
    """The angle at b between a and c, in degrees from 0 to 180; NaN where a or c is on b.

    a, b, c: (..., 2) or (..., 3), in any unit, the same on every axis.
    """
    b = np.asarray(b, dtype=float)
    u, v = a - b, c - b
    lengths = np.linalg.norm(u, axis=-1) * np.linalg.norm(v, axis=-1)
    with np.errstate(invalid="ignore"):  # 0 / 0 is the NaN that is asked for
        cosine = (u * v).sum(axis=-1) / lengths
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


# What is said where a case fails.
RIGHT = "A right angle has 90 degrees, however long the two arms are."
INSIDE = "The angle inside the elbow: an outstretched arm has 180, a folded one close to 0."
RANGE = "The angle lies between 0 and 180, whichever way the arm points."
LAST_AXIS = "Sum over the last axis alone, `axis=-1`: before it stand people or frames."
CLIP = "Rounding can push a cosine just past -1, where arccos is NaN: clip it."
UNSIGNED = "uint8 has no negative numbers, 3 - 5 is 254 there: make real numbers first."
NO_ARM = "An arm without length has no direction, so no angle: NaN."
NOBODY = "No arms, no angles: an array of shape (0,)."


def _cases(rng):
    right, up, origin = np.array([2.0, 0.0]), np.array([0.0, 5.0]), np.zeros(2)
    left, down = np.array([-1.0, 1.0]), np.array([-1.0, -1.0])
    along = rng.normal(0, 1, (40, 2))
    elbow, hand = np.array([[5.0, 5.0], [0.0, 0.0]]), np.array([[9.0, 5.0], [1.0, 0.0]])
    folded, lost = np.array([[5.0, 5.0], [0.0, 1.0]]), np.array([[np.nan, np.nan], [0.0, 1.0]])
    yield Case("a right angle", (right, origin, up), RIGHT)
    yield Case("an elbow bent to 135 degrees", (right / 2, origin, left), INSIDE)
    yield Case("an arm that points left", (left, origin, down), RANGE)
    yield Case("forty arms at once", tuple(rng.normal(0, 50, (3, 40, 2))), LAST_AXIS)
    bodies = rng.normal(0, 0.3, (3, 4, 7, 3)).astype(np.float32)
    yield Case("four people, seven joints each, in 3D", tuple(bodies), LAST_AXIS)
    yield Case("outstretched arms", (along, np.zeros_like(along), -3 * along), CLIP)
    pixels = rng.integers(0, 250, (3, 20, 2)).astype(np.uint8)
    yield Case("pixels as uint8", tuple(pixels), UNSIGNED)
    yield Case("a hand on the elbow", (folded, elbow, hand), NO_ARM)
    yield Case("a missing hand", (lost, elbow, hand), "NaN in, NaN out.")
    yield Case("nobody in the image", tuple(np.zeros((3, 0, 2))), NOBODY)


def _cosine(a, b, c):
    u, v = np.asarray(a, float) - b, np.asarray(c, float) - b
    return (u * v).sum(-1) / np.linalg.norm(u, axis=-1) / np.linalg.norm(v, axis=-1)


def _turn(a, b, c):
    """From one direction to the other in the image plane, unfolded."""
    u, v = np.asarray(a, float) - b, np.asarray(c, float) - b
    return np.degrees(np.arctan2(v[..., 1], v[..., 0]) - np.arctan2(u[..., 1], u[..., 0]))


EXERCISE = Exercise(
    joint_angle,
    "Compute the angle at the middle joint of a limb, in degrees.",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda a, b, c: np.arccos(np.clip(_cosine(a, b, c), -1, 1)),
            "This is in radians: `np.degrees` turns them into degrees.",
        ),
        CommonMistake(
            lambda a, b, c: 180 - joint_angle(a, b, c),
            "This is how far the limb bends away from straight: both arms of the angle must "
            "start at b, so take `a - b` and `c - b`.",
        ),
        CommonMistake(
            lambda a, b, c: joint_angle(b, a, c), "This is the angle at a, and b is the middle one."
        ),
        CommonMistake(
            lambda a, b, c: np.abs(_turn(a, b, c)),
            "A difference of two directions can be above 180: then the angle is 360 minus it.",
        ),
        CommonMistake(
            lambda a, b, c: joint_angle(a[..., :2], b[..., :2], c[..., :2]),
            "You use x and y alone: in 3D the third coordinate belongs to the angle too.",
        ),
        CommonMistake(
            lambda a, b, c: np.degrees(np.arccos(_cosine(a, b, c))),
            "NaN for an outstretched arm: rounding pushed its cosine past -1, where arccos has no "
            "value. Clip the cosine to -1 … 1 first.",
        ),
        CommonMistake(
            lambda a, b, c: np.nan_to_num(joint_angle(a, b, c)),
            "No direction, no angle: return NaN, for 0 would claim a folded arm.",
        ),
    ),
    hints=(
        "Two vectors start at the middle joint: `u = a - b` and `v = c - b`. What does their "
        "dot product say about the angle between them?",
        "u · v = |u| |v| cos(angle). Divide, clip to -1 … 1, then `np.arccos` and `np.degrees`.",
        "For many limbs at once: `(u * v).sum(axis=-1)` is the dot product of each pair, "
        "`np.linalg.norm(u, axis=-1)` each length. Begin with `b = np.asarray(b, dtype=float)`.",
    ),
    explanation="The dot product of two vectors is the product of their lengths and the cosine of "
    "the angle between them, in 2D as in 3D. Rounding can carry a cosine just past 1, so it is "
    "clipped. A limb without length has no direction, and 0 / 0 gives the honest answer, NaN. "
    "In pixels the angle is that of the image: a limb that points at the camera looks folded, "
    "which is one reason to measure on the 3D world landmarks.",
    tolerance=0.05,  # degrees: as blunt as the arccos of a float32 cosine close to 0 and 180
)
