"""Takes: joints on the image and in space, of one person in one camera, frame after frame.

It is what networks learn from that lift 2D to 3D, and what they are scored on. `take_of` makes
one of a `Clip`, and `LiftWindows` draws windows of frames for a network, with faults and mirrored.

Units
=====
A network takes joints on the image in one of two `UNITS`:

``image``   x from -1 to 1 over the image's width, y by the same measure, 0 in the middle. Where
            the person stands is in it, and so is the laboratory. Pavllo et al., CVPR 2019.
``person``  `person_units`: about the root, in the person's own size on the image. What is learnt
            holds in any image, from any distance.

In space, joints are metres about the root, on the camera's axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from .. import skeletons
from ..errors import InputError, check_known
from .batches import EpochDataset
from .faults import Faults
from .sample import Clip
from .skeleton_clips import fill_gaps

UNITS, ROOT = ("image", "person"), "pelvis"


def person_units(points, root: int = 0):
    """(..., K, D) about the root, divided by the root mean square distance of the joints from it.

    Where a person stands and how far away is gone then, frame by frame. Arrays or tensors; a
    person without extent (all joints in one place) is all zero.
    """
    about = points - points[..., root : root + 1, :]
    size = ((about**2).sum(-1).mean(-1) ** 0.5)[..., None, None]
    return about / (size + 1e-6)


class Take(NamedTuple):
    """T frames of one person in one camera, in the pixels of its image."""

    id: str
    group: str  # who it is
    action: str
    points: np.ndarray  # (T, K, 2) float32 pixels without NaN: gaps are filled
    seen: np.ndarray  # (T, K) bool: where the points are the source's
    joints: np.ndarray  # (T, K, 3) float32 metres about the root, camera axes, 0 if unknown
    visible: np.ndarray  # (T, K) uint8: 0 where a joint in space is unknown
    size: tuple[int, int]  # (height, width)


def take_of(clip: Clip, skeleton: str = "humaneva15") -> Take:
    """A clip of one person as a `Take`, in that joint set, which must have a pelvis.

    Joints that are missing on the image are filled in, see `posekit.data.skeleton_clips`; those
    missing in space do not count, and nothing does in frames whose root is missing. Raises
    `InputError` for several people, no joints in space, a world without camera, a joint set that
    cannot be converted, and where no joint is on the image in any frame.
    """
    root = skeletons.get(skeleton).index(ROOT)
    clip.check_one_person()
    points, seen, _ = skeletons.convert(
        clip.keypoints[:, 0], clip.visible[:, 0], clip.skeleton, skeleton
    )
    if not (seen > 0).any():
        raise InputError(f"{clip.id} shows no joint of {skeleton} in any frame.")
    space = in_camera(clip)[:, 0]
    joints, visible, _ = skeletons.convert(space, None, clip.skeleton, skeleton)
    visible = visible * (visible[:, root : root + 1] > 0)
    if not visible.any():
        raise InputError(
            f"{clip.id}: nothing of {clip.skeleton} can be converted to {skeleton} about its "
            f"{ROOT}: both hips must be known in space."
        )
    joints = np.where(visible[..., None] > 0, joints - joints[:, root : root + 1], 0)
    filled = fill_gaps(points[:, None], seen[:, None], skeleton)
    return Take(
        *(clip.id, clip.group or "", clip.action or "", filled.keypoints[:, 0], seen > 0),
        *(joints.astype(np.float32), visible, clip.size),
    )


def in_camera(clip: Clip) -> np.ndarray:
    """(T, P, K, 3) metres: a clip's joints in space on the axes of its camera.

    Raises `InputError` where it has none, or they are the world's and no camera is known.
    """
    joints = clip.extra.get("keypoints_3d")
    if joints is None:
        raise InputError(f"{clip.id} has no joints in space (keypoints_3d).")
    if clip.frame != "world":
        return joints
    if clip.camera is None:
        raise InputError(
            f"{clip.id} is in the world's axes and has no camera: give it one, with its focal "
            "length and where it stands."
        )
    cameras = clip.camera if isinstance(clip.camera, list) else [clip.camera] * len(clip)
    return np.stack([camera.to_camera(frame) for camera, frame in zip(cameras, joints)])


def cut(take: Take, share: float = 0.1) -> tuple[Take, Take | None]:
    """All but the last ``share`` of a take's frames, and those; None if that is not one frame."""
    at = len(take.points) - int(share * len(take.points))
    first, last = (
        take._replace(**{name: getattr(take, name)[part] for name in _FRAMES})
        for part in (slice(at), slice(at, None))
    )
    return first, last if len(last.points) else None


_FRAMES = ("points", "seen", "joints", "visible")


def in_units(points, units: str, size, root: int = 0) -> np.ndarray:
    """(..., K, 2) pixels to one of `UNITS`; ``size`` (height, width), or an array (..., 2) of
    them, one for each (K, 2). `InputError` for other units."""
    check_known("units", units, UNITS)
    if units == "person":
        return person_units(points, root)
    sides = np.asarray(size, dtype=np.float32)[..., None, ::-1]  # (..., 1, 2) width, height
    return (2 * points - (sides - 1)) / sides[..., :1]


# --------------------------------------------------------------------------------- windows
class LiftBatch(NamedTuple):
    """B windows of F frames; float32 tensors."""

    points: torch.Tensor  # (B, F, K, 2) in the data set's units
    joints: torch.Tensor  # (B, F, K, 3) metres about the root
    visible: torch.Tensor  # (B, F, K) uint8


class LiftWindows(EpochDataset):
    """Windows out of takes, a batch at a time, new ones in each epoch.

    Args:
        takes: what to draw from.
        frames: F, of a window; where it reaches beyond its take, the take's first or last frame
            is repeated.
        hop: how many frames lie between the middles of windows: 1 for networks with one answer a
            window, about F for those that answer every frame. Each epoch begins elsewhere.
        units: see this module.
        faults: what is wrong with the points, drawn anew for each window.
        flip: the probability of the mirror image.
        seed: of all that is drawn.
        skeleton: the takes' joint set.

    Raises `InputError` if there are no takes.
    """

    def __init__(
        self,
        takes: Sequence[Take],
        frames: int = 27,
        hop: int = 1,
        units: str = "image",
        faults: Faults = Faults(),  # noqa: B008
        flip: float = 0.5,
        seed: int = 0,
        skeleton: str = "humaneva15",
    ):
        if not takes or frames < 1 or hop < 1:
            raise InputError(f"windows need takes: {len(takes)}, of {frames} frames, hop {hop}.")
        self.frames, self.hop, self.units, self.faults = frames, hop, units, faults
        self.flip, self.seed, self.skeleton = flip, seed, skeletons.get(skeleton)
        self.joined = [np.concatenate([getattr(take, name) for take in takes]) for name in _FRAMES]
        lengths = [len(take.points) for take in takes]
        self.sizes = np.repeat([take.size for take in takes], lengths, axis=0)
        self.last = np.repeat(np.cumsum(lengths), lengths) - 1
        self.first = self.last + 1 - np.repeat(lengths, lengths)

    def __len__(self) -> int:
        return -(-len(self.last) // self.hop)

    def __getitems__(self, items: Sequence[tuple[int, int]]) -> LiftBatch:
        epoch, indices = self.epoch_and_indices(items)
        shift = np.random.default_rng([self.seed, epoch]).integers(self.hop)
        middle = np.minimum(self.hop * indices + shift, len(self.last) - 1)
        around = middle[:, None] + np.arange(self.frames) - self.frames // 2
        where = np.clip(around, self.first[middle][:, None], self.last[middle][:, None])
        points, seen, joints, visible = (array[where] for array in self.joined)
        rng = np.random.default_rng([self.seed, epoch, *indices])
        points = self._faulty(points, seen, rng)
        points = in_units(points, self.units, self.sizes[where], self.skeleton.index(ROOT))
        mirrored = rng.random(len(middle)) < self.flip
        for array, signs in ((points, (-1, 1)), (joints, (-1, 1, 1))):
            array[mirrored] = (array[mirrored] * signs)[:, :, self.skeleton.flip]
        visible[mirrored] = visible[mirrored][:, :, self.skeleton.flip]
        arrays = points.astype(np.float32), joints, visible
        return LiftBatch(*(torch.from_numpy(array) for array in arrays))

    def _faulty(self, points, seen, rng) -> np.ndarray:
        """The windows with faults: frames first, as `Faults.apply` wants them."""
        frames_first = points.swapaxes(0, 1), seen.swapaxes(0, 1)
        return self.faults.apply(*frames_first, self.skeleton, rng).points.swapaxes(0, 1)
