"""What makes a clip hard from frame to frame: things pass in front, what moves is blurred, and the
camera pans.

Each takes a clip and gives another one, whose frames are painted when they are asked for and whose
``visible`` tells, frame by frame, which joints something hides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..data import OCCLUDED, VISIBLE, Clip
from ..errors import InputError
from .scene.backdrop_textures import dull_colour, smooth_noise
from .settings import natural, position

PASSING = 0.2, 0.5  # seconds that a board takes for the people's width and twice its own
PANNING = 0.2, 0.8  # people's heights a second


@dataclass(frozen=True)
class Thing:
    """A board that moves past: its texture (h, w, 3) uint8, its top row, and its left column in
    each frame, (T,) whole numbers."""

    texture: np.ndarray
    top: int
    left: np.ndarray

    def covers(self, keypoints: np.ndarray) -> np.ndarray:
        """(T, ...) whether points (T, ..., 2) in pixels lie under it; False for NaN."""
        height, width = self.texture.shape[:2]
        shape = (-1, *[1] * (keypoints.ndim - 2))
        x, y = keypoints[..., 0] - self.left.reshape(shape), keypoints[..., 1] - self.top
        with np.errstate(invalid="ignore"):
            return (x >= -0.5) & (x < width - 0.5) & (y >= -0.5) & (y < height - 0.5)

    def paint(self, image: np.ndarray, t: int) -> None:
        """Lay it over an image (H, W, 3) uint8, as it is in frame t."""
        height, width = self.texture.shape[:2]
        top, left = self.top, int(self.left[t])
        rows = slice(max(top, 0), max(top + height, 0))
        columns = slice(max(left, 0), max(left + width, 0))
        part = image[rows, columns]
        down, right = rows.start - top, columns.start - left
        part[:] = self.texture[down : down + part.shape[0], right : right + part.shape[1]]


def passing_things(clip: Clip, seed: int = 0, most: int = 2) -> Clip:
    """The clip with 1 to ``most`` boards that pass in front of the people, each once.

    A board is as high as the people, and wide enough to hide most of one for a tenth of a second
    or two. A joint under it becomes *occluded*; its place stays known. The same ``seed`` gives the
    same boards. Raises `InputError` for a clip without frames or frame rate, or in which nobody is
    labelled.
    """
    low, high = _extent(clip, "pass in front of")
    rng = np.random.default_rng([natural(seed, "seed"), 3])
    count = int(rng.integers(1, natural(most, "most", 1) + 1))
    things = [_random_thing(rng, clip, low, high) for _ in range(count)]
    visible = clip.visible.copy()
    for thing in things:
        visible[thing.covers(clip.keypoints) & (visible == VISIBLE)] = OCCLUDED
    return replace(clip, frames=_Obstructed(clip.frames, things), visible=visible)


def _extent(clip: Clip, what: str) -> tuple[np.ndarray, np.ndarray]:
    """The smallest and the largest x and y (2,) of all joints in all frames; to say ``what`` of."""
    if clip.frames is None or not clip.fps:
        raise InputError(f"{clip.id} has no frames, or no frame rate, to {what}.")
    if not np.isfinite(clip.keypoints).any():
        raise InputError(f"{clip.id}: nobody is labelled, so there is nobody to {what}.")
    return np.nanmin(clip.keypoints, (0, 1, 2)), np.nanmax(clip.keypoints, (0, 1, 2))


def _random_thing(rng: np.random.Generator, clip: Clip, low: np.ndarray, high: np.ndarray) -> Thing:
    tall, (frames, middle) = high[1] - low[1], (len(clip), clip.keypoints[..., 0])
    height = max(2, round(tall * rng.uniform(1, 1.3)))
    width = max(2, round(tall * rng.uniform(0.5, 0.9)))
    top = round((low[1] + high[1] - height) / 2)
    when = rng.uniform(0.2, 1) * (frames - 1)  # not at the start: somebody is to be seen first
    x = np.nanmean(middle[round(when)]) if np.isfinite(middle[round(when)]).any() else low[0]
    speed = (high[0] - low[0] + 2 * width) / (clip.fps * rng.uniform(*PASSING))
    way = rng.choice((-1, 1)) * speed
    left = np.rint(x - width / 2 + way * (np.arange(frames) - when)).astype(int)
    grain = smooth_noise(rng, (height, width), 4, 2)[..., None] - 0.5
    texture = dull_colour(rng) * (1 + 0.5 * grain)
    return Thing(texture.clip(0, 255).astype(np.uint8), top, left)


class _Obstructed(Sequence):
    """The frames of a clip with things in front."""

    def __init__(self, frames: Sequence, things: Sequence[Thing]):
        self.frames, self.things = frames, things

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, t: int) -> np.ndarray:
        t = position(t, len(self))
        image = np.array(self.frames[t])
        for thing in self.things:
            thing.paint(image, t)
        return image


# --------------------------------------------------------------------------------- panning
def panned(clip: Clip, seed: int = 0) -> Clip:
    """The clip as a camera shows it that pans.

    The people go sideways at one speed, `PANNING`, and no farther than a square around them has
    room, or by a quarter of their width where it has none. What leaves the picture on one side
    comes in on the other. Positions in space and the camera are left out: they no longer fit. The
    same ``seed`` gives the same way. Raises `InputError` as `passing_things` does.
    """
    low, high = _extent(clip, "pan along")
    rng = np.random.default_rng([natural(seed, "seed"), 5])
    wide, tall = high - low
    far = rng.uniform(*PANNING) * tall * (len(clip) - 1) / clip.fps
    way = rng.choice((-1, 1)) * min(far, max(tall - wide, wide / 4))
    middle = clip.size[1] / 2 - (low[0] + high[0]) / 2  # so that no person leaves the picture
    shifts = np.rint(middle + way * np.linspace(-0.5, 0.5, len(clip))).astype(int)
    extra = {name: part for name, part in clip.extra.items() if name != "keypoints_3d"}
    if "boxes" in extra:
        extra["boxes"] = extra["boxes"] + np.multiply.outer(shifts, (1, 0, 1, 0))[:, None]
    return replace(
        clip,
        keypoints=clip.keypoints + np.multiply.outer(shifts, (1, 0))[:, None, None],
        frames=_Rolled(clip.frames, shifts),
        extra=extra,
        frame=None,
        camera=None,
    )


class _Rolled(Sequence):
    """The frames of a clip, each rolled sideways by its own number of pixels."""

    def __init__(self, frames: Sequence, shifts: np.ndarray):
        self.frames, self.shifts = frames, shifts

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, t: int) -> np.ndarray:
        t = position(t, len(self))
        return np.roll(self.frames[t], self.shifts[t], axis=1)


# -------------------------------------------------------------------------- motion blur
def motion_blurred(clip: Clip, exposures: int = 3) -> Clip:
    """A clip of which ``exposures`` frames in turn become one, their mean: what moves is blurred.

    So render ``exposures`` times as many frames, and as many a second, as are wanted. Labels are
    those of the frame in the middle. Raises `InputError` for a clip without frames, and for a
    number of frames that cannot be divided so.
    """
    return _by_groups(clip, exposures, range(natural(exposures, "exposures", 1)))


def middle_frames(clip: Clip, step: int = 3) -> Clip:
    """The middle one of every ``step`` frames: what `motion_blurred` would blur, sharp.

    Raises what that raises.
    """
    return _by_groups(clip, step, (natural(step, "step", 1) // 2,))


def _by_groups(clip: Clip, size: int, taken: Sequence[int]) -> Clip:
    """Of every ``size`` frames in turn the mean of those ``taken``, as one frame."""
    if clip.frames is None or len(clip) % size:
        raise InputError(
            f"{clip.id}: {len(clip)} frames, which must be there and come in groups of {size}."
        )
    middle = slice(size // 2, None, size)
    return replace(
        clip,
        keypoints=clip.keypoints[middle],
        visible=clip.visible[middle],
        frames=_Means(clip.frames, size, taken),
        fps=None if clip.fps is None else clip.fps / size,
        extra={name: values[middle] for name, values in clip.extra.items()},
        camera=clip.camera[middle] if isinstance(clip.camera, list) else clip.camera,
    )


class _Means(Sequence):
    """Means of some frames of every group of ``size``."""

    def __init__(self, frames: Sequence, size: int, taken: Sequence[int]):
        self.frames, self.size, self.taken = frames, size, taken

    def __len__(self) -> int:
        return len(self.frames) // self.size

    def __getitem__(self, t: int) -> np.ndarray:
        first = position(t, len(self)) * self.size
        images = [self.frames[first + n] for n in self.taken]
        return np.rint(np.mean(images, axis=0)).astype(np.uint8)
