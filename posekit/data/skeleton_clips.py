"""Clips of skeletons, made ready for a network: gaps filled, and what the gaps give away.

A joint that is not seen has coordinates all the same: labelling tools leave it at the border of
the image, or at the origin. A network that reads coordinates then reads *which joints were seen*,
and with it what was filmed: in Penn Action the share of frames in which each joint is seen tells
half of the clips' actions apart, without a single coordinate (`leak_accuracy`).

`fill_gaps` is the one preparation that every chapter on actions uses:

1. A joint that is not seen in some frames is put by interpolation in time, on a straight line
   between the nearest frames in which it is seen; before the first of them and after the last
   one it stays where it was seen.
2. A joint that is never seen in the clip is put, in every frame, at the mean of its neighbours on
   the skeleton that have a place; then its own neighbours' turn comes, and so on outwards. A part
   of the skeleton that no limb joins to a seen joint (BlazePose's mouth) is put at the mean of
   all joints that have a place.
3. A person of whom no joint is ever seen (Penn Action has one such clip, 1516) has all joints at
   the middle of the image, so that no clip of a test set needs to be left out.

What is filled in is no measurement, and a network may still recognise it: the floor that
`leak_accuracy` gives belongs beside every later result, for the gaps alone (`fill_pattern`), for
a clip's length and the size of its images (`clip_shape`), and for both (`fill_and_shape`).

`pose_images` makes of clips what a network takes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from .. import skeletons
from ..errors import InputError, check_shape
from .sample import Clip

TIE = 1e-6  # of a person's extent: coordinates that are nearer than this are the same


class Filled(NamedTuple):
    """A clip's coordinates without gaps, and how many of them were made."""

    keypoints: np.ndarray  # (T, P, K, 2) float32 pixels, no NaN
    seen: np.ndarray  # (T, P, K) bool: where they are the source's
    interpolated: int  # joints that were put in time, counted in each frame
    never_seen: int  # joints that were put by their neighbours, counted in each frame


def fill_gaps(clip, visible=None, skeleton=None) -> Filled:
    """Coordinates without gaps, by the three rules of this module.

    Args:
        clip: a `Clip`, or its keypoints (T, P, K, 2) pixels; its frames are not looked at.
        visible: (T, P, K), for keypoints alone: above 0 where a joint is seen; None takes every
            finite one.
        skeleton: the joint set, for keypoints alone.

    Of a clip whose source does not say what is seen (``occlusion_known`` False), joints that are
    `pinned` count as not seen. Keypoints alone have no image: its middle is taken as (0, 0).
    Raises `InputError`, naming the clip, for no frames, and arrays of another shape.
    """
    _, points, seen, skeleton = _parts(clip, visible, skeleton)
    size = clip.size if isinstance(clip, Clip) and clip.size else (1, 1)
    ever = seen.any(0)
    filled = _interpolate(points, seen)
    filled[:, ~ever.any(-1)] = (np.array(size)[::-1] - 1) / 2
    _from_neighbours(filled, ever | ~ever.any(-1, keepdims=True), skeleton)
    never = int((~ever).sum()) * len(points)
    return Filled(filled.astype(np.float32), seen, int((~seen).sum()) - never, never)


def _parts(clip, visible, skeleton) -> tuple[str, np.ndarray, np.ndarray, skeletons.Skeleton]:
    """A clip's name, its (T, P, K, 2) coordinates, which of them are seen, and its joint set."""
    name, hidden = "keypoints", False
    if isinstance(clip, Clip):
        name, visible, skeleton = clip.id, clip.visible, clip.skeleton
        clip, hidden = clip.keypoints, not clip.occlusion_known
    if skeleton is None:
        raise InputError("keypoints alone need their skeleton: fill_gaps(points, skeleton=...).")
    points, skeleton = np.asarray(clip, dtype=float), skeletons.get(skeleton)
    check_shape(f"{name}: keypoints", points, "frames", "people", len(skeleton), 2)
    if len(points) == 0:
        raise InputError(f"{name}: there must be a frame at least.")
    seen = np.isfinite(points).all(-1)
    if visible is not None:
        visible = np.asarray(visible)
        check_shape(f"{name}: visible", visible, *seen.shape)
        seen &= visible > 0
    return name, points, seen & ~pinned(points) if hidden else seen, skeleton


def pinned(keypoints) -> np.ndarray:
    """(..., K) bool: joints that share, to the digit, the outermost coordinate of a person.

    So do joints that were left at the border of the image, or hang below it in a rest pose: in
    6 % of JHMDB's frames both ankles are at exactly the same lowest y, nearly always in clips
    that show the upper body (wave, clap, pour). Coordinates that were measured to fractions of
    a pixel are never equal by chance; whole pixels are, so this is for the former.

    ``keypoints`` is (..., K, 2); a joint of NaN is not pinned.
    """
    points = np.asarray(keypoints, dtype=float)
    finite = np.isfinite(points).all(-1, keepdims=True)
    low = np.where(finite, points, np.inf).min(-2, keepdims=True)
    high = np.where(finite, points, -np.inf).max(-2, keepdims=True)
    near = TIE * np.maximum(high - low, 0).max(-1, keepdims=True)
    found = np.zeros(points.shape[:-1], bool)
    for edge in (low, high):
        at_edge = finite & (np.abs(points - edge) <= near)
        found |= (at_edge & (at_edge.sum(-2, keepdims=True) > 1)).any(-1)
    return found


def _interpolate(points: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """(T, P, K, 2) with every joint put in time that is seen at all; NaN for one that is not."""
    frames, filled = np.arange(len(points)), np.where(seen.any(0)[..., None], points, np.nan)
    for person, joint in np.argwhere(seen.any(0) & ~seen.all(0)):
        known = seen[:, person, joint]
        for way in filled[:, person, joint].T:  # along x, along y
            way[:] = np.interp(frames, frames[known], way[known])
    return filled


def _from_neighbours(points: np.ndarray, ever: np.ndarray, skeleton: skeletons.Skeleton) -> None:
    """Put the joints that are never seen, in place, from the seen ones outwards."""
    joined = np.zeros((len(skeleton), len(skeleton)))
    a, b = skeleton.limb_indices.T
    joined[a, b] = joined[b, a] = 1
    for person, known in enumerate(ever.copy()):
        while not known.all():
            weights = joined * known  # (K, K): which placed joints each one neighbours
            reached = ~known & (weights.sum(1) > 0)
            if not reached.any():
                reached, weights = ~known, np.tile(known.astype(float), (len(skeleton), 1))
            means = weights[reached] / weights[reached].sum(1, keepdims=True)
            points[:, person, reached] = means[:, known] @ points[:, person, known]
            known = known | reached


def normalise(keypoints, skeleton) -> np.ndarray:
    """(T, P, K, 2) float32 coordinates about each person's middle, in lengths of their torso.

    The middle is the mid-hip's mean over the clip, so that the way through the image stays in;
    the torso is mid-shoulder to mid-hip, its median over the clip. A person whose torso has no
    length (its joints were never seen) is divided by the joints' mean distance from the middle.
    ``keypoints`` are without NaN, as `fill_gaps` gives them; `InputError` if they are not.
    """
    skeleton = skeletons.get(skeleton)
    points = np.asarray(keypoints, dtype=float)
    check_shape("keypoints", points, "frames", "people", len(skeleton), 2)
    if not np.isfinite(points).all():
        raise InputError("keypoints must be finite, as fill_gaps gives them.")
    hips, shoulders = (
        points[:, :, [skeleton.index(f"{side}_{part}") for side in ("left", "right")]].mean(2)
        for part in ("hip", "shoulder")
    )
    points = points - hips.mean(0)[:, None]
    torso = np.median(np.linalg.norm(shoulders - hips, axis=-1), axis=0)
    extent = np.linalg.norm(points, axis=-1).mean((0, 2))
    length = np.where(torso > 0.05 * extent, torso, extent)
    return (points / np.where(length > 0, length, 1)[:, None, None]).astype(np.float32)


def frame_numbers(count: int, frames: int) -> np.ndarray:
    """(frames,) the middles of that many equal parts of a clip of ``count`` frames.

    A clip that is shorter shows some of its frames several times. `InputError` for none.
    """
    if count < 1 or frames < 1:
        raise InputError(f"{frames} frames of a clip of {count}: there must be one of each.")
    return ((np.arange(frames) + 0.5) * count / frames).astype(int)


def pose_images(clips: Sequence[Clip], frames: int = 16) -> np.ndarray:
    """(N, 2, T, K) float32: clips of one person as images of T frames x K joints.

    The channels are x and y after `fill_gaps` and `normalise`, in lengths of the torso, at T
    frames that are spread over the whole clip. Raises `InputError`, naming the clip, for one that
    shows several people.
    """
    images = []
    for clip in clips:
        clip.check_one_person()
        points = normalise(fill_gaps(clip).keypoints, clip.skeleton)[:, 0]
        images.append(points[frame_numbers(len(points), frames)].transpose(2, 0, 1))
    return np.array(images, np.float32)


# ------------------------------------------------------------------- what gives the action away
class Floor(NamedTuple):
    """What a classifier scores that knows nothing of the movement."""

    accuracy: float  # per cent of the test clips
    majority: float  # per cent for the training clips' most frequent action
    clips: int  # test clips


def fill_pattern(clip: Clip) -> np.ndarray:
    """(K,) the share of a clip's frames (and people) in which each joint is seen."""
    return _parts(clip, None, None)[2].mean((0, 1))


def clip_shape(clip: Clip) -> np.ndarray:
    """(3,) hundreds of frames, and hundreds of pixels of height and width."""
    if clip.size is None:
        raise InputError(f"{clip.id} does not say the size of its images.")
    return np.array([len(clip), *clip.size]) / 100


def fill_and_shape(clip: Clip) -> np.ndarray:
    """(K + 3,) `fill_pattern` and `clip_shape`: all that is known without a coordinate."""
    return np.concatenate([fill_pattern(clip), clip_shape(clip)])


def leak_accuracy(
    train: Sequence[Clip],
    test: Sequence[Clip],
    describe: Callable[[Clip], np.ndarray] = fill_pattern,
    neighbours: int = 5,
) -> Floor:
    """How much of the action such a description gives away: print it beside a classifier's score.

    Each clip is what ``describe`` makes of it, numbers without a coordinate; a test clip gets the
    most frequent action of its ``neighbours`` nearest training clips (Euclidean; of equally near
    ones the earlier, of equally frequent actions that of the nearest clip). Where all
    descriptions are the same, this is the share of one action. Raises `InputError` for clips
    without an action, and sets without a clip.
    """
    (known, actions), (asked, expected) = (
        _described(clips, side, describe) for clips, side in ((train, "train"), (test, "test"))
    )
    most = Counter(actions).most_common(1)[0][0]
    square = (asked**2).sum(1)[:, None] - 2 * asked @ known.T + (known**2).sum(1)
    # Rounded, so that descriptions that are equal are equally far on every machine.
    nearest = np.argsort(square.round(9), axis=1, kind="stable")[:, :neighbours]
    found = [Counter(actions[i] for i in row).most_common(1)[0][0] for row in nearest]
    return Floor(_share(found, expected), _share([most] * len(expected), expected), len(expected))


def _described(
    clips: Sequence[Clip], side: str, describe: Callable[[Clip], np.ndarray]
) -> tuple[np.ndarray, list[str]]:
    rows, actions = [], []
    for clip in clips:
        if clip.action is None:
            raise InputError(f"{clip.id} has no action: nothing could tell it apart.")
        rows.append(describe(clip))
        actions.append(clip.action)
    if not rows:
        raise InputError(f"there are no clips in {side}.")
    return np.array(rows), actions


def _share(found: list[str], expected: list[str]) -> float:
    return 100.0 * float(np.mean([a == b for a, b in zip(found, expected)]))
