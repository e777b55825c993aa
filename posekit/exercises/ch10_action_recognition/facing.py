"""Turn a person to face the camera (hard)."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def facing(points, left, right):
    """(T, K, 3) a window, turned about the vertical by one angle.

    points: (T, K, 3), x to the right on the image, y down, z away from the camera, all in one
    unit. left, right: the numbers of the two shoulders. After the turn the left shoulder lies, on
    the average of the window, to the right of the other one and exactly as near the camera. Every
    height and every distance stays what it was. Where the average gives no direction, nothing is
    turned.
    """
    across = (points[:, left] - points[:, right]).mean(0)
    length = np.hypot(across[0], across[2])
    cos, sin = (across[0] / length, across[2] / length) if length > 1e-9 else (1.0, 0.0)
    turn = np.array([[cos, 0, -sin], [0, 1, 0], [sin, 0, cos]])
    return points @ turn


# What is said where a case fails.
FRONT = "This person faces the camera already: nothing changes."
SIDE = (
    "This person stands sideways: the left shoulder is farther away by 0.4 and must come to lie "
    "0.4 to the right, at the same depth as the other one."
)
BACK = "Seen from behind: a turn by 180°, so x and z change their signs, and y stays."
LEANS = "One shoulder is higher here. Heights stay as they are: turn about the vertical alone."
MOVES = (
    "The shoulders swing from frame to frame. One angle, from the average of the window, turns all "
    "of its frames; an angle for each frame would take the swing away."
)
WRAPS = (
    "Seen from behind, the angle jumps between 180° and -180° from frame to frame, and the "
    "average of such angles is nonsense. Average the vectors, and take one angle of that."
)
NOWHERE = "The shoulders lie exactly above one another: no direction, so nothing is turned."
ANY = "A person from any side, all three axes at once."


def _turned(points, degrees):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return points @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def _cases(rng):
    front = np.array([[[0.2, -1, 0], [-0.2, -1, 0], [0.1, 0, 0], [0.3, -0.5, -0.3]]])
    still = np.repeat(front, 2, axis=0)
    swing = np.concatenate([_turned(front, angle) for angle in (-40, -10, 30, 60)])
    uneven, leans = still.copy(), still.copy()
    uneven[:, 0, 1], leans[:, 0, 1] = -0.95, -0.8
    nowhere = still.copy()
    nowhere[:, 0] = [-0.2, -1.3, 0]
    body = rng.normal(0, 0.5, (5, 6, 3))
    yield Case("seen from the front", (still, 0, 1), FRONT)
    yield Case("seen from the side", (_turned(uneven, 90), 0, 1), SIDE)
    yield Case("seen from behind", (_turned(still, 180), 0, 1), BACK)
    yield Case("one shoulder higher", (_turned(leans, 35), 0, 1), LEANS)
    yield Case("shoulders that swing", (swing, 0, 1), MOVES)
    yield Case("swinging, seen from behind", (_turned(swing, 170), 0, 1), WRAPS)
    yield Case("shoulders above one another", (nowhere, 0, 1), NOWHERE)
    yield Case("any person from any side", (body, 4, 2), ANY)


def _by(points, angle):
    """Turned by minus an angle in radians, or by one for each frame."""
    cos, sin = (np.reshape(of(angle), (-1, 1)) for of in (np.cos, np.sin))
    x, y, z = np.moveaxis(points, -1, 0)
    return np.stack([cos * x + sin * z, y, cos * z - sin * x], axis=-1)


def _angles(points, left, right):
    across = points[:, left] - points[:, right]
    return np.arctan2(across[:, 2], across[:, 0])


def _angle(points, left, right):
    across = (points[:, left] - points[:, right]).mean(0)
    return np.arctan2(across[2], across[0])


def _upright(points, left, right):
    """Turned so that the shoulders are level as well."""
    across = (points[:, left] - points[:, right]).mean(0)
    across = across / np.linalg.norm(across)
    ahead = np.cross(across, [0, 1, 0])
    ahead = ahead / max(np.linalg.norm(ahead), 1e-9)
    return points @ np.stack([across, np.cross(ahead, across), ahead], axis=1)


def _shrunk(points, left, right):
    across = (points[:, left] - points[:, right]).mean(0)
    cos, sin = across[0], across[2]
    return points @ np.array([[cos, 0, -sin], [0, 1, 0], [sin, 0, cos]])


def _in_the_image(points, left, right):
    """Turned about the line of sight."""
    across = (points[:, left] - points[:, right]).mean(0)
    angle = np.arctan2(across[1], across[0])
    c, s = np.cos(angle), np.sin(angle)
    return points @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


EXERCISE = Exercise(
    facing,
    "Turn a person about the vertical to face the camera, by one angle a window (hard).",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda points, left, right: facing(points, right, left),
            "You turn the person's back to the camera: somebody who faces it has the *left* "
            "shoulder to the right on the image.",
        ),
        CommonMistake(
            lambda points, left, right: _by(points, -_angle(points, left, right)),
            "You turn the wrong way: a person from the side then shows their back, or is turned "
            "twice as far.",
        ),
        CommonMistake(
            _in_the_image,
            "You turn about the line of sight, as one turns a photograph: turn about the "
            "vertical, so that x and z change and y does not.",
        ),
        CommonMistake(
            lambda points, left, right: _by(points, _angles(points, left, right)),
            "You turn each frame by an angle of its own: a person who swings the body then stands "
            "still. One angle for the window.",
        ),
        CommonMistake(
            lambda points, left, right: _by(points, _angles(points, left, right).mean()),
            "You average angles: of 179° and -179° that is 0°. Average the vectors from shoulder "
            "to shoulder, and take the angle of the average.",
        ),
        CommonMistake(
            lambda points, left, right: _by(points, _angles(points, left, right)[0]),
            "You take the angle of the first frame: take it of the average of all.",
        ),
        CommonMistake(
            _upright,
            "You make the shoulders level as well: who leans must still lean afterwards. Leave y "
            "as it is.",
        ),
        CommonMistake(
            _shrunk,
            "Your person changes size: divide the direction by its length before you use it as "
            "cosine and sine.",
        ),
    ),
    hints=(
        "The vector from the right shoulder to the left one, averaged over the frames, must come "
        "to point along x. Its y does not matter.",
        "With (cos, sin) = (its x, its z) divided by their length, the turn that brings it to x "
        "is: new x = cos x + sin z, new z = cos z - sin x.",
        "`np.arctan2(z, x)` of the averaged vector is the angle. Do not average angles.",
        "Where its length is next to 0 (say, below 1e-9) return the points as they are.",
    ),
    explanation="A vector can be averaged over frames and an angle cannot, because 180° and -180° "
    "are the same direction. One turn for the window takes away from which side the camera looks, "
    "and leaves in what the person does. It is as good as MediaPipe's depth, which is guessed: "
    "people seen from the side come out less exactly than people seen from the front.",
    tolerance=1e-6,
)
