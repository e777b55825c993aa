"""Find where a pinhole camera sees points in space."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def project(points, rotation, translation, focal, centre):
    """(..., 2) pixels: where a pinhole camera sees points; NaN for what is not in front of it.

    points: (..., 3) metres, world axes. rotation (3, 3) and translation (3,) metres take them to
    the camera's axes, rotation @ point + translation: x right, y down, z forward. focal: pixels.
    centre: (2,) pixels, where the camera looks straight ahead.
    """
    x, y, z = np.moveaxis(points @ rotation.T + translation, -1, 0)
    z = np.where(z > 0, z, np.nan)
    return np.stack([focal * x / z + centre[0], focal * y / z + centre[1]], axis=-1)


# What is said where a case fails.
AHEAD = "A point on the optical axis is seen at `centre`, however far away it is."
SIDES = (
    "One metre to the right at a distance of 4 metres is focal / 4 pixels to the right; y points "
    "down in the camera and on the image."
)
FAR = "Twice as far away is half as far from the centre: divide by z."
MOVED = "First the rotation, then the translation: camera = rotation @ point + translation."
TURNED = (
    "Each point is a *row* here, and rotation @ point multiplies a column: for rows that is "
    "`points @ rotation.T`."
)
FRAMES = "Points of shape (frames, joints, 3) give pixels of shape (frames, joints, 2)."
BEHIND = (
    "A point behind the camera has no image. The formula would put it on the wrong side, upside "
    "down: return NaN for both of its coordinates, and leave the other points alone."
)
BESIDE = "A point with z = 0 lies beside the camera and has no image either: NaN."
NOBODY = "No points, no pixels: an array of shape (0, 2)."


def _turn(across, up):
    """A camera that was turned to the side, then upwards; radians."""
    c, s, cu, su = np.cos(across), np.sin(across), np.cos(up), np.sin(up)
    return np.array([[1, 0, 0], [0, cu, -su], [0, su, cu]]) @ [[c, 0, s], [0, 1, 0], [-s, 0, c]]


def _cases(rng):
    still, here = np.eye(3), np.zeros(3)
    view = (500.0, np.array([319.5, 239.5]))
    ahead = np.array([[0.0, 0, 2], [0, 0, 5]])
    sides = np.array([[1.0, 0, 4], [0, 1, 4], [-1, -0.5, 4]])
    near_and_far = np.array([[0.4, -0.3, 2], [0.4, -0.3, 4]])
    turn, away = _turn(0.5, 0.2), np.array([0.2, -0.1, 6.0])
    nearer = np.array([0.2, -0.1, -1.0])
    people = rng.normal(0, 0.8, (5, 3))
    clip = rng.normal(0, 0.8, (4, 7, 3))
    behind = np.array([[0.5, 0.2, 3], [0.5, 0.2, -3], [-0.5, 1, 3]])
    beside = np.array([[0.5, 0.2, 3], [0.5, 0.2, 0]])
    yield Case("two points straight ahead", (ahead, still, here, *view), AHEAD)
    yield Case("points beside each other", (sides, still, here, *view), SIDES)
    yield Case("near by and far away", (near_and_far, still, here, *view), FAR)
    yield Case("a camera that was moved", (people + [0, 0, 6], still, nearer, *view), MOVED)
    yield Case("a camera that was turned, too", (people, turn, away, *view), TURNED)
    yield Case("a clip of four frames", (clip, turn, away, *view), FRAMES)
    yield Case("a point behind the camera", (behind, still, here, *view), BEHIND)
    yield Case("a point beside the camera", (beside, still, here, *view), BESIDE)
    yield Case("nobody", (np.zeros((0, 3)), turn, away, *view), NOBODY)


def _seen(points, focal, centre, depth=None):
    """Points in the camera's axes on the image, whatever lies behind it; depth instead of z."""
    z = points[..., 2] if depth is None else depth
    with np.errstate(all="ignore"):
        return points[..., :2] * focal / z[..., None] + centre


def _no_perspective(points, rotation, translation, focal, centre):
    moved = points @ rotation.T + translation
    return _seen(moved, focal, centre, np.ones(moved.shape[:-1]))


def _up(points, rotation, translation, focal, centre):
    found = project(points, rotation, translation, focal, centre)
    return np.stack([found[..., 0], 2 * centre[1] - found[..., 1]], axis=-1)


def _by_distance(points, rotation, translation, focal, centre):
    moved = points @ rotation.T + translation
    return _seen(moved, focal, centre, np.linalg.norm(moved, axis=-1))


def _all_or_nothing(points, rotation, translation, focal, centre):
    found = project(points, rotation, translation, focal, centre)
    return found[np.isfinite(found).all(-1)] if points.ndim == 2 else found


EXERCISE = Exercise(
    project,
    "Find where a pinhole camera sees points in space.",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda p, r, t, f, c: project(p, r, t, f, np.zeros(2)),
            "You leave the centre out: what is straight ahead is not seen at pixel (0, 0).",
        ),
        CommonMistake(
            _up, "Your image is upside down: y points *down*, in space and on the image."
        ),
        CommonMistake(
            lambda p, r, t, f, c: project(p, r, t, f, c)[..., ::-1],
            "You have exchanged the two coordinates: x comes first, then y.",
        ),
        CommonMistake(
            _no_perspective, "You do not divide by z: what is far away must look smaller."
        ),
        CommonMistake(
            _by_distance,
            "You divide by the distance from the camera: it is z alone, the distance along the "
            "optical axis, that counts.",
        ),
        CommonMistake(
            lambda p, r, t, f, c: project(p, r.T, t, f, c),
            "You turn the points the wrong way: `points @ rotation` multiplies by the transpose.",
        ),
        CommonMistake(
            lambda p, r, t, f, c: project(p - t, r, np.zeros(3), f, c),
            "You subtract the translation before the rotation, as if it were the camera's "
            "position: rotate first, then add it.",
        ),
        CommonMistake(
            lambda p, r, t, f, c: project(p + t, r, np.zeros(3), f, c),
            "You add the translation before you rotate: rotate first.",
        ),
        CommonMistake(
            lambda p, r, t, f, c: _seen(p @ r.T + t, f, c),
            "You show what is not in front of the camera: where z is 0 or below, return NaN.",
        ),
        CommonMistake(
            lambda p, r, t, f, c: np.nan_to_num(project(p, r, t, f, c), nan=0.0),
            "You return pixel 0 for what is not seen. That is a place on the image: say NaN.",
        ),
        CommonMistake(
            _all_or_nothing,
            "You drop the points that are not seen: then nobody knows which joint a row is. Keep "
            "their places, with NaN.",
        ),
    ),
    hints=(
        "Three steps: to the camera's axes, division by z, then focal length and centre.",
        "`camera = points @ rotation.T + translation` works for any shape (..., 3).",
        "`z = np.where(z > 0, z, np.nan)` before the division makes NaN of what is not in front.",
    ),
    explanation="Division by z is all that perspective is, and it is what loses the depth: every "
    "point of a ray through the camera gives the same pixel. The points are rows, so the matrix "
    "stands on the right and transposed. NaN goes through all that follows, and a mean that meets "
    "it shows at once that something was not seen; a made-up pixel would not.",
)
