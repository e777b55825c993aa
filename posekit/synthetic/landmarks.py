"""Recordings of landmarks as MediaPipe would give them, of people who do named actions.

What a recording at a desk differs by from one across a room is all in here: who it is, from which
side and how near the camera looks, which landmarks are outside of the picture and only guessed,
how much all of them tremble and, if asked for, how wrong they are. Nobody is rendered.

How wrong was measured on rendered people, whose joints are known: BlazePose's landmarks of them
against the true ones, see ``tests/benchmarks/landmark_errors.py``. Most of an error stays the same
for seconds, little of it changes from frame to frame, and depth, which is guessed, is worst.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import gaussian_filter1d

from .. import skeletons
from ..datasets import Recording, recording
from ..errors import InputError
from .motion.actions import ACTIONS
from .motions import Motions
from .settings import natural

BODY = skeletons.get("blazepose33")
Z_SCALE = 2.5  # BlazePose's z is about so many times as large as what is as long along x
LEAN = 0.3  # how far somebody seems to lean to the camera or away, by height above the hips
HIPS, SHOULDERS = (
    [BODY.index(f"{side}_{part}") for side in ("left", "right")] for part in ("hip", "shoulder")
)


def landmark_recordings(
    seed=0,
    people=20,
    frames=90,
    actions: Sequence[str] | None = None,
    fps=30,
    size=(480, 640),
    near=0.5,
    tremble=1.0,
    wrong=0.0,
) -> list[Recording]:
    """One recording of each action by each person; ``group`` is the person.

    Person ``i`` depends on ``seed``, ``i`` and the settings alone.

    Args:
        seed, frames, fps, size: as `Motions` has them.
        people: how many.
        actions: some of `posekit.synthetic.ACTIONS`, or None for all.
        near: the share of people who sit so near the camera that it sees little more than their
            upper body.
        tremble: how much landmarks tremble; 0 gives the true ones, 1 those of a calm detector.
        wrong: how wrong they are besides: 0 not at all, 1 about as BlazePose on people who move,
            in some recordings less and in some more.

    Raises `InputError` for a setting that makes no sense.
    """
    known = tuple(ACTIONS)
    for action in actions or ():
        if action not in known:
            raise InputError(f"no action {action!r}; there are: {', '.join(known)}.")
    count = natural(people, "people", 1) * len(known)
    motions = Motions(seed, count, frames, size=size, skeleton="blazepose33", fps=fps)
    made = []
    for who in range(people):
        close = np.random.default_rng([seed, 9, who]).random() < near
        for which, action in enumerate(known):
            if actions is None or action in actions:
                rng = np.random.default_rng([seed, 10, who, which])
                clip = motions[who * len(known) + which]
                errors = np.random.default_rng([seed, 11, who, which])
                landmarks = _landmarks(clip, size, close, tremble, rng, wrong, errors)
                about = {"id": f"{clip.group}/{action}", "action": action, "group": clip.group}
                made.append(recording(landmarks, size, fps=float(fps), **about))
    return made


def _landmarks(clip, size, close: bool, tremble: float, rng, wrong: float, errors) -> np.ndarray:
    """(T, 33, 4) of a clip in space."""
    height, width = size
    joints, camera = clip.extra["keypoints_3d"][:, 0].astype(float), clip.camera
    pixels, depth = camera.project(joints), camera.to_camera(joints)[..., 2]
    middle = depth[:, HIPS].mean(1, keepdims=True)
    points = np.dstack([pixels, (depth - middle) * camera.focal / middle])
    torso = points[:, SHOULDERS].mean(1) - points[:, HIPS].mean(1)
    torso = np.median(np.linalg.norm(torso, axis=-1))
    if close:  # the shoulders amid the picture, a torso as high as the picture
        there = points[:, SHOULDERS].mean((0, 1)) * (1, 1, 0)
        zoom = height * rng.uniform(0.7, 1.1) / max(torso, 0.1 * height)
        place = np.array([width, height, 0]) * (*rng.uniform(0.4, 0.6, 2), 0)
        points, torso = (points - there) * zoom + place, torso * zoom
    points = points + (0.5, 0.5, 0)
    inside = ((points[..., :2] > 0) & (points[..., :2] < (width, height))).all(-1)
    wrong = wrong * errors.uniform(0.3, 1.7)
    lean = LEAN * errors.standard_normal() * (points[:, HIPS, 1].mean(1)[:, None] - points[..., 1])
    points += tremble * torso * _trembling(inside, rng) + wrong * torso * _errors(inside, errors)
    points[..., 2] = Z_SCALE * (points[..., 2] + wrong * lean)
    seen = np.where(inside, 0.97, 0.1) + 0.03 * rng.standard_normal(inside.shape)
    return np.dstack([points / (width, height, width), np.clip(seen, 0, 1)])


def _trembling(inside: np.ndarray, rng) -> np.ndarray:
    """(T, 33, 3) torso lengths: little from frame to frame, more slowly; depth most."""
    shape = (*inside.shape, 3)
    fast = 0.006 * rng.standard_normal(shape)
    slow = gaussian_filter1d(rng.standard_normal(shape), 6, axis=0) * 0.06
    guessed = np.where(inside, 1, 4)[..., None]
    return (fast + slow) * guessed * (1, 1, 3)


def _errors(inside: np.ndarray, rng) -> np.ndarray:
    """(T, 33, 3) torso lengths: most of it stays, some comes and goes slowly; depth most."""
    still = 0.07 * rng.standard_normal((1, *inside.shape[1:], 3))
    slow = 0.25 * gaussian_filter1d(rng.standard_normal((*inside.shape, 3)), 6, axis=0)
    return (still + slow) * np.where(inside, 1, 2)[..., None] * (1, 1, 3)
