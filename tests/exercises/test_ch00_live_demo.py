"""Chapter 00's exercises: the references against closed forms, and what students answer.

``RIGHT`` and ``WRONG`` are run through the checks by `test_every_chapter`.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posekit import geometry
from posekit.exercises.ch00_live_demo.count_repetitions import count_repetitions
from posekit.exercises.ch00_live_demo.count_seen import count_seen
from posekit.exercises.ch00_live_demo.joint_angle import _cosine, joint_angle
from posekit.exercises.ch00_live_demo.to_pixels import to_pixels


# --- to_pixels -------------------------------------------------------------------------------
def pixels_by_matrix(points, size):
    """The same as an affine map, which posekit.geometry applies."""
    height, width = size
    return geometry.transform(np.array([[width, 0, -0.5], [0, height, -0.5]]), points)


def pixels_by_loop(points, size):
    out = np.empty(np.shape(points))
    for place in np.ndindex(out.shape):
        length = size[1] if place[-1] == 0 else size[0]
        out[place] = points[place] * length - 0.5
    return out


def pixels_first_axis(points, size):
    x, y = points[:, 0] * size[1] - 0.5, points[:, 1] * size[0] - 0.5
    return np.stack([x, y], axis=-1)


def pixels_whole_output(points, size):
    out = np.zeros_like(points)
    out[..., 0], out[..., 1] = points[..., 0] * size[1] - 0.5, points[..., 1] * size[0] - 0.5
    return out


def pixels_in_place(points, size):
    points[..., 0] = points[..., 0] * size[1] - 0.5
    points[..., 1] = points[..., 1] * size[0] - 0.5
    return points


def pixels_without_return(points, size):
    points = np.asarray(points) * [size[1], size[0]] - 0.5


def pixels_as_list(points, size):
    return (np.asarray(points) * [size[1], size[0]] - 0.5).tolist()


def pixels_skip_missing(points, size):
    return np.nan_to_num(points) * [size[1], size[0]] - 0.5


def pixels_as_integers(points, size):
    return (np.asarray(points) * [size[1], size[0]] - 0.5).astype(int)


# --- count_seen ------------------------------------------------------------------------------
def seen_by_loop(keypoints, visibility, size, threshold):
    counts = np.zeros(len(keypoints), dtype=int)
    for person, joints in enumerate(keypoints):
        for (x, y), score in zip(joints, visibility[person]):
            within = abs(x + 0.5 - size[1] / 2) <= size[1] / 2
            within = within and abs(y + 0.5 - size[0] / 2) <= size[0] / 2
            counts[person] += bool(within and score >= threshold)
    return counts


def seen_not_outside(keypoints, visibility, size, threshold):
    x, y = keypoints[..., 0], keypoints[..., 1]
    outside = (x < -0.5) | (x > size[1] - 0.5) | (y < -0.5) | (y > size[0] - 0.5)
    return (~outside & (visibility >= threshold)).sum(-1)


def seen_with_and(keypoints, visibility, size, threshold):
    inside = keypoints[..., 0] >= -0.5 and keypoints[..., 0] <= size[1] - 0.5
    return (inside & (visibility >= threshold)).sum(-1)


def _seen(keypoints, visibility, size, threshold):
    inside = (keypoints >= -0.5) & (keypoints <= np.array(size[::-1]) - 0.5)
    return inside.all(-1) & (visibility >= threshold)


def seen_strictly(keypoints, visibility, size, threshold):
    inside = (keypoints > -0.5) & (keypoints < np.array([size[1], size[0]]) - 0.5)
    return (inside.all(-1) & (visibility >= threshold)).sum(-1)


def seen_width_only(keypoints, visibility, size, threshold):
    x = keypoints[..., 0]
    return ((x >= -0.5) & (x <= size[1] - 0.5) & (visibility >= threshold)).sum(-1)


# --- joint_angle -----------------------------------------------------------------------------
def angle_by_cosine_rule(a, b, c):
    """From the three sides of the triangle."""
    a, b, c = (np.asarray(point, dtype=float) for point in (a, b, c))
    ab, cb, ac = (np.sqrt(((p - q) ** 2).sum(-1)) for p, q in ((a, b), (c, b), (a, c)))
    cosine = (ab**2 + cb**2 - ac**2) / (2 * ab * cb)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def angle_by_half_tangent(a, b, c):
    """Kahan's: well conditioned for every angle, no clipping."""
    u, v = np.asarray(a, float) - b, np.asarray(c, float) - b
    u = u / np.linalg.norm(u, axis=-1, keepdims=True)
    v = v / np.linalg.norm(v, axis=-1, keepdims=True)
    angle = 2 * np.arctan2(np.linalg.norm(u - v, axis=-1), np.linalg.norm(u + v, axis=-1))
    return np.degrees(angle)


def angle_unsigned_bytes(a, b, c):
    u, v = a - b, c - b
    lengths = np.linalg.norm(u, axis=-1) * np.linalg.norm(v, axis=-1)
    return np.degrees(np.arccos(np.clip((u * v).sum(-1) / lengths, -1, 1)))


def angle_one_limb(a, b, c):
    u, v = a - b, c - b
    cosine = np.dot(u, v) / (np.linalg.norm(u) * np.linalg.norm(v))
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def angle_all_summed(a, b, c):
    u, v = np.asarray(a, float) - b, np.asarray(c, float) - b
    cosine = (u * v).sum() / (np.linalg.norm(u) * np.linalg.norm(v))
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def angle_of_directions(a, b, c):
    first, second = np.asarray(a, float) - b, np.asarray(c, float) - b
    turn = np.arctan2(*second.T[1::-1]) - np.arctan2(*first.T[1::-1])
    return np.abs(np.degrees(turn.T))


def angle_safe_division(a, b, c):
    u, v = np.asarray(a, float) - b, np.asarray(c, float) - b
    lengths = np.linalg.norm(u, axis=-1) * np.linalg.norm(v, axis=-1)
    return np.degrees(np.arccos(np.clip((u * v).sum(-1) / (lengths + 1e-9), -1, 1)))


# --- count_repetitions -----------------------------------------------------------------------
def repetitions_vectorised(angles, low, high):
    """Only the frames that decide: -1 below low, +1 above high; count the steps up."""
    state = np.where(angles < low, -1, 0) + np.where(angles > high, 1, 0)
    state = state[state != 0]
    return int(((state[:-1] < 0) & (state[1:] > 0)).sum())


def repetitions_by_text(angles, low, high):
    letters = ("d" if a < low else "u" if a > high else "" for a in angles)
    return "".join(letters).count("du")


def repetitions_local_minima(angles, low, high):
    middle = angles[1:-1]
    return int(((middle < angles[:-2]) & (middle < angles[2:]) & (middle < low)).sum())


def repetitions_index_of_first(angles, low, high):
    down, count = angles[0] < low, 0
    for angle in angles[1:]:
        if angle > high and down:
            count += 1
        down = angle < low if angle < low or angle > high else down
    return count


def repetitions_nan_resets(angles, low, high):
    down, count = False, 0
    for angle in angles:
        if np.isnan(angle):
            down = False
        elif angle < low:
            down = True
        elif angle > high and down:
            down, count = False, count + 1
    return count


def repetitions_count_at_the_bottom(angles, low, high):
    down, count = False, 0
    for angle in angles:
        if angle < low and not down:
            down, count = True, count + 1
        elif angle > high:
            down = False
    return count


def repetitions_one_threshold(angles, low, high):
    down, count = False, 0
    for angle in angles:
        if down and angle > low:
            count += 1
        down = angle < low
    return count


def repetitions_fixed_thresholds(angles, low, high):
    return repetitions_vectorised(angles, 90, 160)


def repetitions_never_reset(angles, low, high):
    down, count = False, 0
    for angle in angles:
        if angle < low:
            down = True
        elif angle > high and down:
            count += 1
    return count


RIGHT = {
    "to_pixels": [pixels_by_matrix, pixels_by_loop],
    "count_seen": [seen_by_loop],
    "joint_angle": [angle_by_cosine_rule, angle_by_half_tangent],
    "count_repetitions": [repetitions_vectorised, repetitions_by_text],
}

# A wrong answer, and a distinctive part of what its author must be told.
WRONG = {
    "to_pixels": [
        (lambda p, s: np.asarray(p) * [s[1], s[0]], "half a pixel off"),
        (lambda p, s: np.asarray(p) * s - 0.5, "Height and width are swapped"),
        (lambda p, s: to_pixels(p, s)[..., ::-1], "You return (y, x)"),
        (lambda p, s: np.asarray(p) * [s[1] - 1, s[0] - 1], "centres of the first and the last"),
        (
            lambda p, s: np.maximum(np.minimum(to_pixels(p, s), [s[1] - 0.5, s[0] - 0.5]), -0.5),
            "back into the image",
        ),
        (lambda p, s: to_pixels(p, s).round(), "Do not round"),
        (pixels_as_integers, "Expected: an array of real numbers"),
        (pixels_first_axis, "Expected: shape (3, 33, 2)"),
        (pixels_whole_output, "`zeros_like(points)`"),
        (pixels_in_place, "Expected: its input untouched"),
        (pixels_without_return, "is a `return` missing?"),
        (pixels_as_list, "Expected: an array"),
        (pixels_skip_missing, "A missing joint is NaN"),
    ],
    "count_seen": [
        (lambda k, v, s, t: (v >= t).sum(-1), "You count landmarks outside the image"),
        (lambda k, v, s, t: _seen(k, v, s, 0).sum(-1), "do not look at the visibility"),
        (lambda k, v, s, t: _seen(k, v, s, t).sum(), "over all people together"),
        (lambda k, v, s, t: _seen(k, v, s, t).mean(-1), "Expected: an array of whole numbers"),
        (lambda k, v, s, t: _seen(k, v, s[::-1], t).sum(-1), "Height and width are swapped"),
        (lambda k, v, s, t: _seen(k, v, s, 0.5).sum(-1), "whatever the threshold is"),
        (lambda k, v, s, t: (_seen(k, v, s, t) & (v > t)).sum(-1), "`>=`, not `>`"),
        (lambda k, v, s, t: _seen(k - 0.5, v, s, t).sum(-1), "reach from 0 to its width"),
        (seen_strictly, "exactly on the edge"),
        (seen_width_only, "A landmark can be rated visible and lie"),
        (seen_not_outside, "ask whether it is inside, not outside"),
        (seen_with_and, "ValueError"),
    ],
    "joint_angle": [
        (lambda a, b, c: np.radians(joint_angle(a, b, c)), "in radians"),
        (lambda a, b, c: joint_angle(a, b, b + (b - np.asarray(c, float))), "bends away"),
        (lambda a, b, c: joint_angle(b, a, c), "the angle at a"),
        (angle_of_directions, "360 minus it"),
        (lambda a, b, c: joint_angle(a[..., :2], b[..., :2], c[..., :2]), "x and y alone"),
        (lambda a, b, c: np.degrees(np.arccos(_cosine(a, b, c))), "Clip the cosine"),
        (angle_unsigned_bytes, "uint8 has no negative numbers"),
        (lambda a, b, c: np.nan_to_num(joint_angle(a, b, c)), "0 would claim a folded arm"),
        (angle_safe_division, "An arm without length has no direction"),
        (angle_one_limb, "`ValueError`"),
        (angle_all_summed, "Sum over the last axis alone"),
    ],
    "count_repetitions": [
        (lambda a, low, high: sum(angle < low for angle in a.tolist()), "many frames, and is one"),
        (repetitions_one_threshold, "crossings of `low` alone"),
        (lambda a, low, high: repetitions_one_threshold(a, high, 0), "crossings of `high` alone"),
        (lambda a, low, high: repetitions_one_threshold(a, (low + high) / 2, None), "halfway"),
        (lambda a, low, high: repetitions_vectorised(np.nan_to_num(a), low, high), "angle of 0"),
        (repetitions_nan_resets, "forget the state at a NaN"),
        (repetitions_count_at_the_bottom, "count on the way down"),
        (repetitions_local_minima, "Up and down around `low` is one squat"),
        (repetitions_fixed_thresholds, "Use `low` and `high`"),
        (
            lambda a, low, high: repetitions_vectorised(a, low + 1e-9, high - 1e-9),
            "equal to `low` is not below it",
        ),
        (repetitions_never_reset, "one repetition is complete"),
        (repetitions_index_of_first, "`IndexError`"),
        (lambda a, low, high: float(repetitions_vectorised(a, low, high)), "a whole number"),
    ],
}


# --- the references ---------------------------------------------------------------------------
@given(st.integers(1, 4000), st.integers(1, 4000))
def test_to_pixels_takes_the_edges_to_the_edges_of_our_box(height, width):
    """MediaPipe's unit square is geometry's box of the whole image."""
    corners = to_pixels(np.array([[0.0, 0.0], [1.0, 1.0]]), (height, width))
    assert corners.ravel() == pytest.approx(geometry.image_box(height, width))


def test_count_seen_of_a_case_counted_by_hand():
    points = np.array([[[0, 0], [3, 1], [4, 1], [np.nan, 1], [1, 1]]], float)
    scores = np.array([[1.0, 0.5, 1.0, 1.0, 0.4]])
    assert count_seen(points, scores, (2, 4), 0.5).tolist() == [2]


@pytest.mark.parametrize("degrees", [1, 30, 60, 90, 120, 179, 180])
@pytest.mark.parametrize("turned", [0, 77, 200])
def test_joint_angle_is_the_angle_that_was_drawn(degrees, turned):
    first, second = math.radians(turned), math.radians(turned + degrees)
    a = np.array([10 + 3 * math.cos(first), 20 + 3 * math.sin(first)])
    c = np.array([10 + 7 * math.cos(second), 20 + 7 * math.sin(second)])
    assert joint_angle(a, [10, 20], c) == pytest.approx(degrees, abs=1e-4)


@given(st.integers(0, 8), st.floats(0, 30), st.integers(0, 10**6))
def test_repetitions_survive_any_noise_smaller_than_the_gap(count, noise, seed):
    """Between 65 and 175 degrees, noise of up to 30 cannot cross from 96 to 144."""
    clean = 120 + 55 * np.cos(2 * np.pi * np.arange(30 * count + 1) / 30)
    angles = clean + np.random.default_rng(seed).uniform(-noise, noise, len(clean))
    once = np.where(clean < 66, 60, np.where(clean > 174, 180, np.clip(angles, 96, 144)))
    assert count_repetitions(once, 95, 145) == count
