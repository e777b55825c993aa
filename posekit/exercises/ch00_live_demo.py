"""Exercises of chapter 00: from what BlazePose returns to counted squats.

Each reference solution is an ordinary function, shown to the student as it stands here.
"""

from __future__ import annotations

import numpy as np

from .core import Case, CommonMistake, Exercise

VGA = (480, 640)


def to_pixels(points, size):
    """Pixels of our grid from MediaPipe's fractions of the image.

    points: (..., 2) x and y, from 0 to 1 between the image's edges. size: (height, width).
    """
    height, width = size
    return np.asarray(points) * [width, height] - 0.5


def _cases_to_pixels(rng):
    last_axis = "Index the last axis, `points[..., 0]`: any number of axes may stand before it."
    people = rng.uniform(0.1, 0.9, (3, 33, 2)).astype(np.float32)
    lost = people.copy()
    lost[1, 4:9] = np.nan
    return [
        Case(
            "a point, and a corner",
            (np.array([[0.33, 0.75], [1.0, 1.0]]), VGA),
            "The first pixel's centre is at 0, so the edges are at -0.5 and width - 0.5.",
        ),
        Case(
            "one person, portrait",
            (people[0], (1280, 720)),
            "`size` is (height, width), and x comes first in `points`.",
        ),
        Case("three people", (people, VGA), last_axis),
        Case("a single point", (np.array([0.25, 0.75]), VGA), last_axis),
        Case(
            "a corner given as whole numbers",
            (np.array([[1, 0]]), VGA),
            "An array made by `zeros_like(points)` or `points.copy()` stays whole numbers.",
        ),
        Case(
            "a hand outside the picture",
            (np.array([[-0.2, 1.3]]), VGA),
            "MediaPipe guesses joints outside the picture too: leave them there.",
        ),
        Case("missing joints", (lost, VGA), "A missing joint is NaN, and stays NaN."),
        Case(
            "nobody in the picture",
            (np.zeros((0, 33, 2)), VGA),
            "Arithmetic on whole arrays works on empty ones too.",
        ),
    ]


_TO_PIXELS = Exercise(
    to_pixels,
    "Turn MediaPipe's fractions of the image into pixels of our grid.",
    _cases_to_pixels,
    common_mistakes=(
        CommonMistake(
            lambda p, s: np.asarray(p) * [s[1], s[0]],
            "You are half a pixel off: this measures from the picture's edge, and our zero is "
            "the centre of the first pixel, half a pixel further in.",
        ),
        CommonMistake(
            lambda p, s: np.asarray(p) * [s[0], s[1]] - 0.5,
            "Height and width are swapped: `size` is (height, width), as `image.shape` has it, "
            "but points are (x, y), and x runs along the width.",
        ),
        CommonMistake(
            lambda p, s: to_pixels(p, s)[..., ::-1],
            "You return (y, x): keep the points' order, (x, y).",
        ),
        CommonMistake(
            lambda p, s: np.asarray(p) * [s[1] - 1, s[0] - 1],
            "You stretch 0 to 1 between the centres of the first and the last pixel, but "
            "MediaPipe's 0 and 1 are the picture's edges, half a pixel outside them.",
        ),
        CommonMistake(
            lambda p, s: np.clip(to_pixels(p, s), -0.5, [s[1] - 0.5, s[0] - 0.5]),
            "You move joints back into the picture: a wrist outside it is outside it.",
        ),
        CommonMistake(
            lambda p, s: np.round(to_pixels(p, s)),
            "Do not round: as a rule a joint lies between pixel centres.",
        ),
    ),
    hints=(
        "Take x alone, on a picture 4 pixels wide. Its pixel centres are at 0, 1, 2, 3. Where "
        "are its left and right edges? Those are what MediaPipe calls 0 and 1.",
        "x in pixels is `x * width - 0.5`: at 0 this is -0.5, at 1 it is width - 0.5.",
        "Both axes at once: multiply the (..., 2) points by the pair (width, height). NumPy "
        "lines the last axes up.",
    ),
    explanation="MediaPipe's 0 and 1 are the edges of the picture; our zero is the centre of the "
    "first pixel. So scale by the size, then step back by half a pixel: little on a photograph, "
    "much on a small heatmap. Multiplying by a pair lines up with the last axis, so one point, "
    "one person, a crowd and nobody are the same line.",
)


def count_seen(keypoints, visibility, size, threshold):
    """How many landmarks of each person are visible and in the picture.

    keypoints: (people, joints, 2) pixels, NaN where missing. visibility: (people, joints),
    0 to 1. size: (height, width). Returns (people,) whole numbers.
    """
    height, width = size
    x, y = keypoints[..., 0], keypoints[..., 1]
    inside = (x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5)
    return (inside & (visibility >= threshold)).sum(axis=-1)


def _cases_count_seen(rng):
    inside = rng.uniform(10, 470, (2, 33, 2)).astype(np.float32)
    sure = np.ones((2, 33), np.float32)
    mixed = rng.uniform(0, 1, (2, 33)).astype(np.float32)
    outside = inside.copy()
    outside[0, 23:, 1] += 480
    outside[1, 11:23, 0] -= 480
    tall = (rng.uniform(0, 1, (2, 33, 2)) * [720, 1280]).astype(np.float32)
    edge = np.array([[[-0.4, 5], [639.4, 5], [-0.6, 5], [639.6, 5], [5, 479.4], [5, 479.6]]])
    lost = inside.copy()
    lost[1, :20] = np.nan
    return [
        Case(
            "everything visible, in the picture",
            (inside, sure, VGA, 0.5),
            "Every landmark counts here: 33 for each person.",
        ),
        Case(
            "some landmarks hidden",
            (inside, mixed, VGA, 0.5),
            "Compare each landmark's visibility with the threshold, then count.",
        ),
        Case(
            "legs below the picture, arms left of it",
            (outside, mixed, VGA, 0.5),
            "A landmark can be rated visible and lie outside the picture: ask for both.",
        ),
        Case(
            "a portrait video",
            (tall, sure, (1280, 720), 0.5),
            "`size` is (height, width): x runs to the width, y to the height.",
        ),
        Case("a stricter threshold", (inside, mixed, VGA, 0.8), "Use `threshold`."),
        Case(
            "visibility equal to the threshold",
            (inside, sure * 0.5, VGA, 0.5),
            "At the threshold counts as visible.",
        ),
        Case(
            "landmarks close to the edge",
            (edge, np.ones((1, 6)), VGA, 0.5),
            "The picture reaches half a pixel beyond the outermost centres.",
        ),
        Case(
            "missing landmarks",
            (lost, sure, VGA, 0.5),
            "Any comparison with NaN is False: ask whether it is inside, not outside.",
        ),
        Case(
            "nobody in the picture",
            (inside[:0], sure[:0], VGA, 0.5),
            "No people, no counts: an array of shape (0,).",
        ),
    ]


def _seen(k, v, s, t, margin=0.5):
    """The reference with its parts exchangeable, for the mistakes below."""
    return ((k >= -margin) & (k <= np.array([s[1], s[0]]) - margin)).all(-1) & (v >= t)


_COUNT_SEEN = Exercise(
    count_seen,
    "Count each person's landmarks that are visible and inside the picture.",
    _cases_count_seen,
    common_mistakes=(
        CommonMistake(
            lambda k, v, s, t: (v >= t).sum(-1),
            "You count landmarks outside the picture: BlazePose guesses those too, with a "
            "visibility of their own. Look at the coordinates as well.",
        ),
        CommonMistake(
            lambda k, v, s, t: _seen(k, v, s, 0).sum(-1),
            "You do not look at the visibility: BlazePose always gives all 33 places, also of "
            "what it cannot see.",
        ),
        CommonMistake(
            lambda k, v, s, t: _seen(k, v, s, t).sum(),
            "You count over all people together: sum over the last axis alone, `axis=-1`.",
        ),
        CommonMistake(
            lambda k, v, s, t: _seen(k, v, s[::-1], t).sum(-1),
            "Height and width are swapped: x runs to the width, and `size` is (height, width).",
        ),
        CommonMistake(
            lambda k, v, s, t: _seen(k, v, s, 0.5).sum(-1),
            "You compare with 0.5, whatever the threshold is.",
        ),
        CommonMistake(
            lambda k, v, s, t: (_seen(k, v, s, t) & (v > t)).sum(-1),
            "Visibility equal to the threshold counts: `>=`, not `>`.",
        ),
        CommonMistake(
            lambda k, v, s, t: _seen(k, v, s, t, margin=0).sum(-1),
            "You let the picture reach from 0 to its width; on our grid 0 is the centre of the "
            "first pixel, and the edges are at -0.5 and width - 0.5.",
        ),
    ),
    hints=(
        "Make two arrays of True and False of shape (people, joints): inside the picture, and "
        "visible enough. Combine them with `&` and count the True ones.",
        "Inside, along x: `(x >= -0.5) & (x <= width - 0.5)`, with `x = keypoints[..., 0]`.",
        "Counting is `.sum(axis=-1)`: it leaves one number a person, and none where nobody is.",
    ),
    explanation="BlazePose always answers with 33 places. Its visibility says how sure it is "
    "that a place can be seen, and the coordinates say whether it is in the picture at all: "
    "ask both before trusting a place. Asking *inside?* rather than *outside?* deals with NaN "
    "by itself, because every comparison with NaN is False.",
)


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


def _cases_joint_angle(rng):
    origin, left = np.zeros(2), np.array([-1.0, 1.0])
    along = rng.normal(0, 1, (40, 2))
    elbow, hand = np.array([[5.0, 5.0], [0.0, 0.0]]), np.array([[9.0, 5.0], [1.0, 0.0]])
    folded, lost = np.array([[5.0, 5.0], [0.0, 1.0]]), np.array([[np.nan, np.nan], [0.0, 1.0]])
    last_axis = "Sum over the last axis alone, `axis=-1`: before it stand people or frames."
    return [
        Case(
            "a right angle",
            (np.array([2.0, 0.0]), origin, np.array([0.0, 5.0])),
            "A right angle has 90 degrees, however long the two arms are.",
        ),
        Case(
            "an elbow bent to 135 degrees",
            (np.array([1.0, 0.0]), origin, left),
            "The angle inside the elbow: an outstretched arm has 180, a folded one close to 0.",
        ),
        Case(
            "an arm that points left",
            (left, origin, np.array([-1.0, -1.0])),
            "The angle lies between 0 and 180, whichever way the arm points.",
        ),
        Case("forty arms at once", tuple(rng.normal(0, 50, (3, 40, 2))), last_axis),
        Case(
            "four people, seven joints each, in 3D",
            tuple(rng.normal(0, 0.3, (3, 4, 7, 3)).astype(np.float32)),
            last_axis,
        ),
        Case(
            "outstretched arms",
            (along, np.zeros_like(along), -3 * along),
            "Rounding can push a cosine just past -1, where arccos is NaN: clip it.",
        ),
        Case(
            "pixels as uint8",
            tuple(rng.integers(0, 250, (3, 20, 2)).astype(np.uint8)),
            "uint8 has no negative numbers, 3 - 5 is 254 there: make real numbers first.",
        ),
        Case(
            "a hand on the elbow",
            (folded, elbow, hand),
            "An arm without length has no direction, so no angle: NaN.",
        ),
        Case("a missing hand", (lost, elbow, hand), "NaN in, NaN out."),
        Case(
            "nobody in the picture",
            tuple(np.zeros((3, 0, 2))),
            "No arms, no angles: an array of shape (0,).",
        ),
    ]


def _cosine(a, b, c):
    u, v = np.asarray(a, float) - b, np.asarray(c, float) - b
    return (u * v).sum(-1) / np.linalg.norm(u, axis=-1) / np.linalg.norm(v, axis=-1)


def _turn(a, b, c):
    """From one direction to the other in the image plane, unfolded."""
    u, v = np.asarray(a, float) - b, np.asarray(c, float) - b
    return np.degrees(np.arctan2(v[..., 1], v[..., 0]) - np.arctan2(u[..., 1], u[..., 0]))


_JOINT_ANGLE = Exercise(
    joint_angle,
    "Compute the angle at the middle joint of a limb, in degrees.",
    _cases_joint_angle,
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
    "In pixels the angle is that of the picture: a limb that points at the camera looks folded, "
    "which is one reason to measure on the 3D world landmarks.",
    tolerance=0.05,  # degrees: as blunt as the arccos of a float32 cosine close to 0 and 180
)


def count_repetitions(angles, low, high):
    """How often the angle falls below low and then rises above high.

    angles: (frames,) degrees, NaN where nobody was found: such a frame says nothing.
    """
    down, count = False, 0
    for angle in angles:
        if angle < low:
            down = True
        elif angle > high and down:
            down, count = False, count + 1
    return count


def _cases_count_repetitions(rng):
    clean = 120 + 55 * np.cos(2 * np.pi * np.arange(91) / 30)  # 175 to 65 and back, thrice
    noisy = clean + rng.normal(0, 8, 91)
    gaps = np.where(rng.uniform(size=91) < 0.3, np.nan, noisy)
    half = 170 - 62 * np.sin(np.linspace(0, 3 * np.pi, 91)) ** 2
    bottom = np.array([170, 150, 95, 88, 93, 87, 89, 85, 120, 170, 172], float)
    top = np.array([170, 155, 162, 157, 163, 150, 80, 158, 162, 159, 161, 158], float)
    rising = np.array([170, 120, 80, np.nan, np.nan, 130, np.nan, 170, np.nan, 170])
    upright = np.array([170, np.nan, 170, np.nan, np.nan, 168, 80, 170, np.nan, 171])
    state = "Below `low` you are down; above `high`, if you were down, one repetition is complete."
    skip = "A frame of NaN says nothing: keep the state, and go on with the next frame."
    return [
        Case("three clean squats", (clean, 90, 160), state),
        Case(
            "knees that tremble at the bottom",
            (bottom, 90, 160),
            "Up and down around `low` is one squat, until the angle has passed `high`.",
        ),
        Case(
            "knees that tremble at the top",
            (top, 90, 160),
            "Up and down around `high` is no squat: the angle must first fall below `low`.",
        ),
        Case("three noisy squats", (noisy, 90, 160), state),
        Case(
            "half a squat, thrice",
            (half, 90, 160),
            "An angle that never falls below `low` is no squat.",
        ),
        Case(
            "frames without a person, while standing",
            (upright, 90, 160),
            "A frame of NaN is no angle of 0: nobody went down.",
        ),
        Case("frames without a person, on the way up", (rising, 90, 160), skip),
        Case("noise, and no person in three frames of ten", (gaps, 90, 160), skip),
        Case(
            "a video that ends at the bottom",
            (clean[:-15], 90, 160),
            "The last squat is not finished: it counts when the angle rises above `high`.",
        ),
        Case(
            "a video that begins at the bottom",
            (clean[15:], 90, 160),
            "It begins below `low`: the first rise above `high` completes a repetition.",
        ),
        Case("other thresholds", (half, 135, 165), "Use `low` and `high`."),
        Case("nobody, ever", (np.full(9, np.nan), 90, 160), "No angle, no repetition: 0."),
        Case("no frames", (np.zeros(0), 90, 160), "No frames, no repetitions: 0."),
    ]


def _rises(above):
    return int((~above[:-1] & above[1:]).sum())


_COUNT_REPETITIONS = Exercise(
    count_repetitions,
    "Count squats in a noisy series of knee angles (hard).",
    _cases_count_repetitions,
    common_mistakes=(
        CommonMistake(
            lambda a, low, high: int((a < low).sum()),
            "You count the frames below `low`: a squat takes many frames, and is one.",
        ),
        CommonMistake(
            lambda a, low, high: _rises(a >= low),
            "You count crossings of `low` alone, so a knee that trembles there counts again and "
            "again. Only a rise above `high` ends a squat.",
        ),
        CommonMistake(
            lambda a, low, high: _rises(a > high),
            "You count crossings of `high` alone, so a person who trembles while standing does "
            "squats. The angle must have been below `low` before.",
        ),
        CommonMistake(
            lambda a, low, high: _rises(a > (low + high) / 2),
            "You use one threshold, halfway, so half a squat counts in full.",
        ),
        CommonMistake(
            lambda a, low, high: count_repetitions(np.nan_to_num(a), low, high),
            "You take NaN for an angle of 0, below `low`: a frame without a person says nothing.",
        ),
        CommonMistake(
            lambda a, low, high: sum(
                count_repetitions(part, low, high)
                for part in np.split(a, np.flatnonzero(np.isnan(a)))
            ),
            "You forget the state at a NaN: a person who was down before the gap and is up "
            "after it has done the squat.",
        ),
        CommonMistake(
            lambda a, low, high: count_repetitions([*a, high + 1], low, high),
            "You count on the way down: a repetition is complete when the angle has risen "
            "above `high` again.",
        ),
    ),
    hints=(
        "One threshold cannot work: noise crosses it several times. What must happen after the "
        "angle has fallen below `low`, before the next fall may count?",
        "Walk through the frames with one flag, `down`. Below `low` it becomes True. Above "
        "`high`, if it is True, that is a repetition, and it becomes False.",
        "Between the thresholds nothing changes, and neither does it at NaN: `NaN < low` and "
        "`NaN > high` are both False, so plain comparisons already skip it.",
    ),
    explanation="Two thresholds with a memory between them are called hysteresis: noise must now "
    "cross the whole gap to be counted. Thermostats do the same. MediaPipe's own fitness "
    "example counts like this too, on a classifier's confidence in place of an angle: see "
    "developers.google.com/ml-kit/vision/pose-detection/classifying-poses. NaN fails both "
    "comparisons, so a frame without a person changes nothing.",
)

EXERCISES = (_TO_PIXELS, _COUNT_SEEN, _JOINT_ANGLE, _COUNT_REPETITIONS)
