"""Recordings of landmarks as MediaPipe would give them, of people who do named actions.

What a recording at a desk differs by from one across a room is all in here: who it is, from which
side and how near the camera looks, which landmarks are outside of the picture and only guessed,
how much all of them tremble and, if asked for, how wrong they are. Nobody is rendered.

How wrong was measured on rendered people, whose joints are known: BlazePose's landmarks of them
against the true ones, see ``tests/benchmarks/landmark_errors.py``. Most of an error stays the same
for seconds, little of it changes from frame to frame, and depth, which is guessed, is worst.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.ndimage import gaussian_filter1d

from .. import skeletons
from ..datasets import Recording, recording
from ..errors import InputError
from .human.body import Body
from .motion.actions import ACTIONS, IN_TURN
from .motions import Motions
from .settings import natural
from .varied_motions import varied_motion

BODY = skeletons.get("blazepose33")
Z_SCALE = 2.5  # BlazePose's z is about so many times as large as what is as long along x
LEAN = 0.3  # how far somebody seems to lean to the camera or away, by height above the hips
ROLL = 5.0  # degrees, the std of a camera that is not level
# What people do at a desk, and how low in the image their shoulders may be, so that it is seen.
AT_A_DESK = {"body_swing": 0.9, "clapping": 0.6, "hand_swing": 1.0, "head_shaking": 1.0}
AT_A_DESK |= {"stand": 1.0, "strum_guitar": 0.6}
HIPS, SHOULDERS = (
    [BODY.index(f"{side}_{part}") for side in ("left", "right")] for part in ("hip", "shoulder")
)
LIMBS = [[11, 13, 15, 17, 19, 21], [23, 25, 27, 29, 31]]  # a left arm and a left leg
LIMBS += [[k + 1 for k in limb] for limb in LIMBS]
# For each landmark the one that leads its part of the body: the nose, a wrist, an ankle, or itself.
PART = [0] * 11 + [*range(11, 17)] + [15, 16] * 3 + [*range(23, 29)] + [27, 28] * 2


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
    varied=0.0,
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
        varied: the share of people who do everything in their own way, see
            `synthetic.varied_motions`, and whom any camera sees: from across the room, cut off at
            the knees, at a desk, steady or trembling. ``near`` is not for them.

    Raises `InputError` for a setting that makes no sense.
    """
    known = tuple(ACTIONS)
    for action in actions or ():
        if action not in known:
            raise InputError(f"no action {action!r}; there are: {', '.join(known)}.")
    natural(people, "people", 1)
    plain, made = _plain(seed, people, frames, size, fps), []
    for who in range(people):
        close, own = (np.random.default_rng([seed, n, who]).random() for n in (9, 12))
        body, group = Body.random(np.random.default_rng([seed, 5, who])), f"person-{seed}-{who}"
        for which, action in enumerate(known):
            if actions is not None and action not in actions:
                continue
            rng, errors = (np.random.default_rng([seed, n, who, which]) for n in (10, 11))
            if own < varied:
                clip = varied_motion(action, body, rng, frames, fps, size)
                landmarks = _varied(clip, size, tremble, rng, wrong, errors)
            else:
                clip = plain(who, action)
                landmarks = _landmarks(clip, size, close < near, tremble, rng, wrong, errors)
            about = {"id": f"{group}/{action}", "action": action, "group": group}
            made.append(recording(landmarks, size, fps=float(fps), **about))
    return made


def _plain(seed: int, people: int, frames: int, size, fps: float) -> Callable:
    """The clip of person ``who`` doing an action as it is planned."""
    settings = {"frames": frames, "size": size, "skeleton": "blazepose33", "fps": fps}
    motions = Motions(seed, people * len(IN_TURN), **settings)

    def clip(who: int, action: str):
        if action in IN_TURN:
            return motions[who * len(IN_TURN) + IN_TURN.index(action)]
        return Motions(seed, people, action=action, **settings)[who]

    return clip


def _on_image(joints, camera) -> np.ndarray:
    """(T, 33, 3) pixels of joints in metres, and depth about the mid-hip, in pixels there."""
    pixels, depth = camera.project(joints), camera.to_camera(joints)[..., 2]
    middle = depth[:, HIPS].mean(1, keepdims=True)
    return np.dstack([pixels, (depth - middle) * camera.focal / middle])


def _torso(points: np.ndarray) -> float:
    """The torso's length in pixels, its median over time."""
    torso = points[:, SHOULDERS].mean(1) - points[:, HIPS].mean(1)
    return float(np.median(np.linalg.norm(torso, axis=-1)))


def _landmarks(clip, size, close: bool, tremble: float, rng, wrong: float, errors) -> np.ndarray:
    """(T, 33, 4) of a clip in space."""
    height, width = size
    points = _on_image(clip.extra["keypoints_3d"][:, 0].astype(float), clip.camera)
    torso = _torso(points)
    if close:  # the shoulders amid the picture, a torso as high as the picture
        there = points[:, SHOULDERS].mean((0, 1)) * (1, 1, 0)
        zoom = height * rng.uniform(0.7, 1.1) / max(torso, 0.1 * height)
        place = np.array([width, height, 0]) * (*rng.uniform(0.4, 0.6, 2), 0)
        points, torso = (points - there) * zoom + place, torso * zoom
    points = points + (0.5, 0.5, 0)
    inside = _inside(points, size)
    wrong = wrong * errors.uniform(0.3, 1.7)
    lean = LEAN * errors.standard_normal() * _above_hips(points)
    points += tremble * torso * _trembling(inside, rng) + wrong * torso * _errors(inside, errors)
    points[..., 2] = Z_SCALE * (points[..., 2] + wrong * lean)
    return _in_fractions(points, inside, size, rng)


def _varied(clip, size, tremble: float, rng, wrong: float, errors) -> np.ndarray:
    """(T, 33, 4) of a `varied_motion`, which any camera may see."""
    points = _on_image(clip.extra["keypoints_3d"][:, 0].astype(float), clip.camera)
    guessed, torso = _on_image(clip.extra["standing"], clip.camera), _torso(points)
    lowest = AT_A_DESK.get(clip.action, 0) * (rng.random() < 0.85)
    if lowest or rng.random() < 0.2:
        large, low = ((0.5, 1.2), (0.45, lowest)) if lowest else ((0.3, 0.6), (0.25, 0.6))
        there = points[:, SHOULDERS].mean((0, 1)) * (1, 1, 0)
        zoom = size[0] * rng.uniform(*large) / max(torso, 0.05 * size[0])
        place = size[1] * rng.uniform(0.35, 0.65), size[0] * rng.uniform(*low), 0
        points, guessed = ((each - there) * zoom + place for each in (points, guessed))
        torso = torso * zoom
    inside = _inside(points, size) & ~_hidden(rng)
    outside = gaussian_filter1d(1.0 - _inside(points, size), 1.5, axis=0)[..., None]
    believed = rng.uniform(0.7, 1) * outside
    points = (points + believed * (guessed - points)) @ _roll(rng.normal(0, ROLL)) + (0.5, 0.5, 0)
    wrong, tremble = wrong * errors.uniform(0.1, 1.7), tremble * np.exp(errors.uniform(-3, 0.3))
    off = _errors(inside, errors)
    share = errors.random()  # of an error is that of all the hand, the foot or the face
    off = share * off[:, PART] + (1 - share) * off
    lean = LEAN * errors.standard_normal() * _above_hips(points)
    points = points + torso * (tremble * _trembling(inside, rng) + wrong * off)
    points[..., 2] = Z_SCALE * (points[..., 2] + wrong * lean)
    return _in_fractions(points, inside, size, rng)


def _inside(points, size) -> np.ndarray:
    return ((points[..., :2] > 0) & (points[..., :2] < size[::-1])).all(-1)


def _hidden(rng) -> np.ndarray:
    """(33,) which landmarks something hides: now and then a limb, and any of them."""
    hidden = rng.random(len(BODY)) < 0.04
    for limb in LIMBS:
        hidden[limb] |= rng.random() < 0.12
    return hidden


def _above_hips(points) -> np.ndarray:
    return points[:, HIPS, 1].mean(1)[:, None] - points[..., 1]


def _roll(degrees: float) -> np.ndarray:
    """A camera that is not level turns the image by so much."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])


def _in_fractions(points, inside, size, rng) -> np.ndarray:
    """(T, 33, 4): in widths and heights of the image, and a visibility."""
    seen = np.where(inside, 0.97, 0.1) + 0.03 * rng.standard_normal(inside.shape)
    return np.dstack([points / (size[1], *size), np.clip(seen, 0, 1)])


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
