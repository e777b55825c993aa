"""Takes: joints on the image and in space, of one person in one camera, frame after frame.

It is what networks learn from that lift 2D to 3D, and what they are scored on. `take_of` makes
one of a `Clip`, `seen_by` lets a camera look at a clip that has joints in space alone, and
`LiftWindows` draws windows of frames for a network, with faults and mirrored.

Units
=====
A network takes joints on the image in one of two `UNITS`:

``image``   x from -1 to 1 over the image's width, y by the same measure, 0 in the middle. Where
            the person stands is in it, and so is the laboratory. Pavllo et al., CVPR 2019.
``person``  `posekit.geometry.person_units`: about the root, in the person's own size on the
            image. What is learnt holds in any image, from any distance.

In space, joints are metres about the root, on the camera's axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from torch.utils.data import Dataset

from .. import skeletons
from ..cameras import Z_UP, Camera
from ..errors import InputError
from ..geometry import person_units
from .faults import Faults
from .sample import Clip
from .skeleton_clips import fill_gaps

UNITS, ROOT = ("image", "person"), "pelvis"


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
    if clip.keypoints.shape[1] != 1:
        people = clip.keypoints.shape[1]
        raise InputError(f"{clip.id} has {people} people: give a clip of the one to be lifted.")
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
            f"{clip.id} is in the world's axes and has no camera: give it one (seen_by), with its "
            "focal length and where it stands."
        )
    cameras = clip.camera if isinstance(clip.camera, list) else [clip.camera] * len(clip)
    return np.stack([camera.to_camera(frame) for camera, frame in zip(cameras, joints)])


def seen_by(clip: Clip, camera: Camera) -> Clip:
    """The clip, its joints in space (``world``), as that camera sees them.

    A joint behind the camera, or outside of its image, is missing. Raises `InputError` for a clip
    in other axes, and a camera without an image size.
    """
    joints = clip.extra.get("keypoints_3d")
    if joints is None or clip.frame != "world" or camera.size is None:
        raise InputError(
            f"{clip.id}: a camera with an image size looks at joints in world axes; they are in "
            f"{clip.frame!r}, and the size is {camera.size}."
        )
    points = camera.project(joints)
    height, width = camera.size
    outside = ((points < -0.5) | (points > (width - 0.5, height - 0.5))).any(-1)
    visible = np.where(np.isfinite(points).all(-1) & ~outside, 2, 0)
    return replace(clip, keypoints=points, visible=visible, size=camera.size, camera=camera)


def random_camera(joints, rng: np.random.Generator, size=(480, 640)) -> Camera:
    """A camera somewhere around joints in space that has all of them in its image.

    ``joints`` (..., 3) metres, z up. From any side, 5 degrees from below to 25 from above, 2.5 to
    6 metres from the nearest; they fill 0.6 to 0.9 of the image's width or height.
    """
    joints = np.asarray(joints, dtype=float).reshape(-1, 3)
    joints = joints[np.isfinite(joints).all(-1)]
    if len(joints) == 0:
        raise InputError("there is no joint that a camera could look at.")
    low, high = joints.min(0), joints.max(0)
    middle, around = (low + high) / 2, np.linalg.norm(high[:2] - low[:2]) / 2
    distance, turn = around + rng.uniform(2.5, 6), rng.uniform(0, 2 * np.pi)
    tilt = np.radians(rng.uniform(-5, 25))
    way = np.cos(turn) * np.cos(tilt), np.sin(turn) * np.cos(tilt), np.sin(tilt)
    # `look_at` has y up; y up times Z_UP's transpose is z up.
    camera = Camera.look_at((middle + distance * np.array(way)) @ Z_UP, middle @ Z_UP, 1.0, size)
    camera = camera.turned(Z_UP)
    half = np.array(size[::-1]) / 2
    reach = np.abs(camera.project(joints) - camera.center).max(0)
    return camera.zoomed(rng.uniform(0.6, 0.9) * (half / reach).min(), camera.center)


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
    if units == "person":
        return person_units(points, root)
    if units != "image":
        raise InputError(f"no units {units!r}; there are: {', '.join(UNITS)}.")
    sides = np.asarray(size, dtype=np.float32)[..., None, ::-1]  # (..., 1, 2) width, height
    return (2 * points - (sides - 1)) / sides[..., :1]


# --------------------------------------------------------------------------------- windows
class LiftBatch(NamedTuple):
    """B windows of F frames; float32 tensors."""

    points: torch.Tensor  # (B, F, K, 2) in the data set's units
    joints: torch.Tensor  # (B, F, K, 3) metres about the root
    visible: torch.Tensor  # (B, F, K) uint8


class LiftWindows(Dataset):
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

    torch asks for whole batches through ``__getitems__``; an item's name is (epoch, index). Raises
    `InputError` if there are no takes.
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

    def batch(self, indices: Sequence[int], epoch: int = 0) -> LiftBatch:
        """The windows of these indices as the network gets them in that epoch."""
        return self.__getitems__([(epoch, index) for index in indices])

    def __getitems__(self, items: Sequence[tuple[int, int]]) -> LiftBatch:
        epochs, indices = {epoch for epoch, _ in items}, [index for _, index in items]
        if len(epochs) != 1:
            raise InputError(f"a batch lies in one epoch, and this one in {sorted(epochs)}.")
        epoch = epochs.pop()
        shift = np.random.default_rng([self.seed, epoch]).integers(self.hop)
        middle = np.minimum(self.hop * np.array(indices) + shift, len(self.last) - 1)
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
