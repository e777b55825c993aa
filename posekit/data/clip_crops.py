"""Clips of one person, cut out once, and batches of them for a network.

All frames of a clip are cut along one box, that of the whole movement, and changed in one way
(turned, mirrored, recoloured), so that what moves in a batch is what moved in front of the camera.
A single image is a clip of one frame, and `Together` puts both into one batch.

>>> clips = cache_clips(catalog.load_clips("synthetic", "train", frames=16), frames=16, size=96)
>>> stills = single_frames(cache_crops(catalog.load("lsp", "train"), size=96))
>>> for parts in Together([loader(ClipDataset(clips)), loader(ClipDataset(stills))]):
...     loss = sum(loss_of(net(part.images), part) for part in parts)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Sized
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from joblib import Parallel, delayed
from tqdm import tqdm

from ..errors import InputError
from .batches import CropDataset
from .crops import MANY, Crops, cache_crops
from .sample import Clip, Sample

NO_ACTION = -1


@dataclass
class ClipCrops:
    """N clips of T frames, cut out at one size.

    Attributes:
        crops: the N T frames, a clip's own one after the other.
        frames: T.
        actions: (N,) int64, places in ``classes``, -1 where a clip has no action.
        classes: the actions' names.
    """

    crops: Crops
    frames: int
    actions: np.ndarray
    classes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.actions)


def single_frames(crops: Crops, classes: Sequence[str] = ()) -> ClipCrops:
    """People in images, each a clip of one frame without an action."""
    return ClipCrops(crops, 1, np.full(len(crops), NO_ACTION), tuple(classes))


# ------------------------------------------------------------------------------- cut once
def cache_clips(
    clips: Sequence[Clip],
    frames: int = 16,
    size: int = 64,
    classes: Sequence[str] = (),
    *,
    progress: bool = True,
) -> ClipCrops:
    """Cut the person out of every clip's ``frames`` middle frames, once.

    Args:
        clips: at least one, of one person each; many of them are cut out by all processors.
        size: the side of the network's input, which shows the box of the whole movement.
        classes: the names of the actions, in the order of their numbers; without any, the
            clips' actions are left out.

    Joints in space are kept where all clips have them. Raises `InputError`, naming the clip, for
    one that is shorter, shows several people, has frames of different sizes, an action that is
    none of the classes, or a frame in which nobody can be cut out.
    """
    if frames < 1 or len(clips) == 0:
        raise InputError(f"{frames} frames of {len(clips)} clips: there must be one of each.")
    everywhere = -1 if len(clips) * frames >= MANY else 1
    cut = delayed(_cut_clip)
    found = Parallel(everywhere, return_as="generator")(
        cut(clips, i, frames, size, tuple(classes)) for i in range(len(clips))
    )
    bar = tqdm(found, "clips", len(clips), ascii=True, delay=1, disable=not progress)
    images, rows, actions = None, [], []
    for n, (crops, action) in enumerate(bar):
        if images is None:  # each goes at once where it will stay: a list would hold all twice
            images = np.empty((len(clips), *crops.images.shape), np.uint8)
        images[n] = crops.images
        rows.append(replace(crops, images=crops.images[:0]))
        actions.append(action)
    return ClipCrops(_joined(images, rows), frames, np.array(actions, np.int64), tuple(classes))


def _cut_clip(
    clips: Sequence[Clip], i: int, frames: int, size: int, classes: tuple[str, ...]
) -> tuple[Crops, int]:
    """One clip's crops, and the number of its action."""
    clip = clips[i]
    if len(clip) < frames:
        raise InputError(
            f"{clip.id} has {len(clip)} frames, and {frames} are asked for: take fewer frames of "
            "every clip, or leave this one out."
        )
    clip.check_one_person()
    if classes and clip.action is not None and clip.action not in classes:
        raise InputError(
            f"{clip.id}: the action {clip.action!r} is none of the classes: {', '.join(classes)}."
        )
    first = (len(clip) - frames) // 2
    samples = [clip[t] for t in range(first, first + frames)]
    if len({sample.size for sample in samples}) > 1:
        raise InputError(f"{clip.id} has frames of different sizes: resize them to one.")
    box = whole_box(samples)
    space = clip.extra.get("keypoints_3d") is not None and clip.camera is not None
    cut = {"box": lambda sample, person: box, "depth": space, "progress": False}
    crops = cache_crops(samples, size, threads=1, **cut)
    if crops.left_out:
        name, _, why = crops.left_out[0]
        raise InputError(f"{name} cannot be cut out ({why}): leave this clip out.")
    known = classes and clip.action is not None
    return crops, classes.index(clip.action) if known else NO_ACTION


def whole_box(samples: Sequence[Sample]) -> np.ndarray:
    """(4,) the box of one person's whole movement, grown by an eighth on each side.

    It encloses the source's boxes where it gives some, and the labelled joints elsewhere.
    """
    boxes = np.concatenate([s.boxes if s.boxes is not None else _joint_boxes(s) for s in samples])
    boxes = boxes[np.isfinite(boxes).all(1)]
    if len(boxes) == 0:
        raise InputError(f"{samples[0].id}: there is no labelled joint, and so nobody to cut out.")
    x1, y1, x2, y2 = *boxes[:, :2].min(0), *boxes[:, 2:].max(0)
    dx, dy = (x2 - x1) / 8, (y2 - y1) / 8
    return np.array([x1 - dx, y1 - dy, x2 + dx, y2 + dy])


def _joint_boxes(sample: Sample) -> np.ndarray:
    """(P, 4) around the labelled joints; infinite where there is none."""
    points = sample.keypoints
    low, high = (np.where(np.isnan(points), edge, points) for edge in (np.inf, -np.inf))
    return np.concatenate([low.min(1), high.max(1)], 1)


def _joined(images: np.ndarray, clips: list[Crops]) -> Crops:
    """The crops of all clips as one, with these images (N, T, C, C, 3)."""
    one = clips[0]
    for other in clips:
        if other.skeleton != one.skeleton:
            raise InputError(f"one cache holds one joint set: {one.skeleton}, {other.skeleton}.")
    space = all(clip.keypoints_3d is not None for clip in clips)
    return Crops(
        images.reshape(-1, *images.shape[2:]),
        *(np.concatenate([getattr(c, name) for c in clips]) for name in ROWS),
        [person for clip in clips for person in clip.people],
        one.skeleton,
        one.size,
        keypoints_3d=np.concatenate([c.keypoints_3d for c in clips]) if space else None,
        cameras=[camera for clip in clips for camera in clip.cameras] if space else None,
    )


ROWS = ("keypoints", "visible", "matrices")


# -------------------------------------------------------------------------------- batches
class ClipBatch(NamedTuple):
    """B clips of T frames as a network takes them; float32 torch tensors."""

    images: torch.Tensor  # (B, T, 3, S, S) from 0 to 1
    keypoints: torch.Tensor  # (B, T, K, 2) pixels of the input, NaN where unlabelled
    visible: torch.Tensor  # (B, T, K) uint8
    depths: torch.Tensor  # (B, T, K) metres behind the middle of the hips, NaN where unknown
    actions: torch.Tensor  # (B,) int64, -1 where there is none
    index: torch.Tensor  # (B,) int64, place in the `ClipCrops`


class ClipDataset(CropDataset):
    """Batches out of `ClipCrops`: all frames of a clip are changed in one way.

    ``clips``; otherwise as `CropDataset` has it, which does the work frame by frame.
    """

    def __init__(self, clips: ClipCrops, augment=None, seed: int = 0):
        super().__init__(clips.crops, augment, seed)
        self.clips = clips

    def __len__(self) -> int:
        return len(self.clips)

    def __getitems__(self, items: Sequence[tuple[int, int]]) -> ClipBatch:
        frames = self.clips.frames
        batch = super().__getitems__([(e, i * frames + t) for e, i in items for t in range(frames)])
        index = np.array([i for _, i in items], np.int64)
        depths = batch.depths
        if depths is None:
            depths = torch.full(batch.visible.shape, torch.nan)
        parts = batch.images, batch.keypoints, batch.visible, depths
        return ClipBatch(
            *(part.unflatten(0, (-1, frames)) for part in parts),
            torch.from_numpy(self.clips.actions[index]),
            torch.from_numpy(index),
        )

    def _uniform(self, epoch: int) -> np.ndarray:
        """(N T, NUMBERS): a clip's own numbers, once for each of its frames."""
        return np.repeat(super()._uniform(epoch), self.clips.frames, axis=0)


class Together:
    """Tuples of one batch from each loader, as many as the first one has.

    The others begin again where they end before it.
    """

    def __init__(self, loaders: Sequence[Sized]):
        self.loaders = loaders

    def __len__(self) -> int:
        return len(self.loaders[0])

    def __iter__(self) -> Iterator[tuple]:
        first, *others = self.loaders
        return zip(first, *map(_again_and_again, others))


def _again_and_again(batches: Iterable) -> Iterator:
    while True:
        yield from batches
