"""An action as different people do it: what the action leaves free, each does in their own way.

A network that has seen arms hang in every walk takes hanging arms for a part of walking. So here
arms and legs that an action does not need hold some other pose, limbs move more or less than
planned, tempo and posture vary twice as much as in `Motions`, and cameras look from further above
and below. For networks that shall name what real people do; nothing of it was measured on any.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..cameras import Z_UP
from ..data import Clip
from .human.body import Body
from .human.joint_angles import mirror
from .human.joint_tree import INDEX
from .motion.actions import perform
from .motion.pose_library import ARM_POSES, LEG_POSES
from .motion.pose_notation import pose
from .motion.style import Style
from .motions import random_camera, seen_by

VARIETY = 2.0  # of the style: twice the natural one
TILTS, DISTANCES = (-20, 30), (1.5, 6)  # degrees and metres of a camera
_SHOULDERS = slice(11, 13)  # of blazepose33


def _rows(*joints: str) -> list[list[int]]:
    return [[INDEX[f"{side}_{joint}"] for joint in joints] for side in ("left", "right")]


_ARM, _LEG = _rows("clavicle", "shoulder", "elbow", "wrist"), _rows("hip", "knee", "ankle")
_LEGS, _TRUNK = [*_LEG[0], *_LEG[1]], [INDEX[joint] for joint in ("spine", "chest", "neck", "head")]
_STILL_ARMS = tuple(arm for arm in ARM_POSES if arm not in ("wave", "hello", "cock"))
_UPRIGHT = ("stand", "relaxed", "wide", "crossed", "step")
# What an action leaves free: the other arm or both, legs; and in which share of people.
_OTHER, _BOTH, _SEATED = (0,), (0, 1), (*_UPRIGHT, "sit", "sit")
FREE = {
    "body_swing": (_BOTH, _UPRIGHT, 0.7),
    "clapping": ((), _SEATED, 0.7),
    "hand_swing": (_OTHER, _SEATED, 0.7),
    "head_shaking": (_BOTH, _SEATED, 0.7),
    "run": (_OTHER, (), 0.15),
    "sit": (_BOTH, (), 0.7),
    "squat": (_BOTH, (), 0.7),
    "stand": (_BOTH, _UPRIGHT, 0.7),
    "strum_guitar": ((), _SEATED, 0.7),
    "walk": (_BOTH, (), 0.3),
}


def varied_motion(action: str, body: Body, rng, frames: int, fps: float, size) -> Clip:
    """A clip as those of `Motions`, of skeleton ``blazepose33``; see above.

    ``extra`` has besides ``standing``, (T, 33, 3) metres: the same person with the shoulders where
    they are, as if they stood and did nothing.
    """
    style, heading = Style.random(rng, VARIETY), 2 * np.pi * rng.random()
    seconds = np.arange(frames) / fps
    posed = perform(action, body, style, seconds, heading, _own_way(action, rng))
    joints = posed.keypoints("blazepose33") @ Z_UP.T
    camera = random_camera(joints, rng, size, TILTS, DISTANCES)
    clip = seen_by(camera, joints, "blazepose33", id=action, action=action, fps=fps)
    clip.extra["standing"] = _standing(joints, body, heading, rng)
    return clip


def _own_way(action: str, rng) -> Callable:
    """What a person makes of the angles (T, J, 3) of an action."""
    more, held = rng.uniform(0.6, 1.3, 4), _held(*FREE.get(action, ((), (), 0)), rng)
    raised, both = np.radians(rng.uniform((-20, -40, 0), (60, 60, 70))), rng.random() < 0.3

    def change(angles: np.ndarray) -> np.ndarray:
        for rows, times in zip((*_ARM, _LEGS, _TRUNK), more):
            middle = angles[:, rows].mean(0)
            angles[:, rows] = middle + times * (angles[:, rows] - middle)
        for rows, still in held:
            angles[:, rows] = still
        if action == "hand_swing":  # high or low, with one hand or with both
            angles[:, INDEX["right_shoulder"]] += raised
            if both:
                angles[:, _ARM[0]] = angles[:, _ARM[1]]
        return angles

    return change


def _held(arms, legs, share: float, rng) -> list[tuple]:
    """Rows of joints, and the angles at which they are held."""
    one, two = (ARM_POSES[name][2:] for name in rng.choice(_STILL_ARMS, 2))
    two = one if rng.random() < 0.4 else two
    still = [np.radians([(0, up, 0), a, b, (*c, 0)]) for up, a, b, c in (one, two)]
    held = [(_ARM[side], still[side]) for side in arms if rng.random() < share]
    if legs and rng.random() < share:
        angles = LEG_POSES[str(rng.choice(legs))][1]
        held.append((_LEGS, (mirror(angles) if rng.random() < 0.5 else angles)[_LEGS]))
    return held


def _standing(joints: np.ndarray, body: Body, heading: float, rng) -> np.ndarray:
    """(T, 33, 3) metres: what BlazePose guesses where it sees a head and shoulders alone. Of
    rendered people it guessed somebody who stands, the arms down, often too short."""
    angles = pose(hips=(2, 3, -6), knees=4, shoulders=(4, 9, 5), elbows=rng.uniform(5, 90))
    points = body.pose(angles, heading=heading).keypoints("blazepose33") @ Z_UP.T
    points = points * (1, 1, rng.uniform(0.6, 1.1))
    shift = joints[:, _SHOULDERS].mean(1) - points[_SHOULDERS].mean(0)
    return points + shift[:, None]
