"""Batches of cached people for a network, changed a little each time.

`CropDataset` takes a second crop out of each cached one, anew in each epoch: turned, scaled,
moved, mirrored, recoloured, in one resampling. Float images and targets are made once a
batch, not once an image. `loader` puts it into torch's DataLoader.

>>> crops = cache_crops(catalog.load("lsp", "train"), size=64)
>>> for batch in loader(CropDataset(crops, augment=Augment(), seed=0)):
...     loss = masked_loss(net(batch.images), batch.keypoints, batch.visible)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from .. import skeletons
from ..errors import InputError, check_least
from .crops import Crops, compose


@dataclass(frozen=True)
class Augment:
    """How far a crop may be changed; each change is drawn evenly from its range.

    rotation: degrees to either side. scale: 0.25 is 0.75 to 1.25 times as large. shift:
    fractions of the input's side. flip: the probability of a mirror image, left and right
    renamed. colour: how far brightness, contrast and each channel may go, as fractions.
    """

    rotation: float = 30.0
    scale: float = 0.25
    shift: float = 0.08
    flip: float = 0.5
    colour: float = 0.2

    def matrices(self, uniform: np.ndarray, side: int, size: int) -> np.ndarray:
        """(B, 2, 3) from cached crop to input, for ``uniform`` (B, NUMBERS) even in [0, 1).

        The same maps as `geometry.crop_matrix`, for a whole batch at once.
        """
        even = 2 * uniform - 1
        angle, zoom = np.radians(self.rotation) * even[:, 0], 1 + self.scale * even[:, 1]
        cos, sin = zoom * np.cos(angle), zoom * np.sin(angle)
        linear = np.stack([cos, -sin, sin, cos], axis=1).reshape(-1, 2, 2)
        centre = (size - 1) / 2 + self.shift * size * even[:, 2:4]
        move = centre - (side - 1) / 2 * linear.sum(-1)
        matrices = np.concatenate([linear, move[..., None]], axis=-1)
        mirrored = self.flipped(uniform)
        matrices[mirrored, 0] *= -1
        matrices[mirrored, 0, 2] += size - 1
        return matrices

    def flipped(self, uniform: np.ndarray) -> np.ndarray:
        """(B,) bool: who is mirrored."""
        return uniform[:, 4] < self.flip

    def colours(self, uniform: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Gain and offset (B, 3) float32 of each channel, for values from 0 to 1."""
        even = self.colour * (2 * uniform[:, 5:10] - 1)
        gain = (1 + even[:, :1]) * (1 + even[:, 2:])
        # Contrast turns about the middle grey, brightness moves it.
        offset = 0.5 * (1 - gain) + even[:, 1:2]
        return gain.astype(np.float32), offset.astype(np.float32)


NUMBERS = 10  # random numbers that one crop takes
NONE = Augment(rotation=0, scale=0, shift=0, flip=0, colour=0)


class Batch(NamedTuple):
    """B crops as a network takes them; float32 torch tensors.

    ``keypoints`` of unlabelled joints are NaN, so that a loss without its mask is NaN at
    once, and not wrong in silence. A labelled joint may lie outside the crop.
    """

    images: torch.Tensor  # (B, 3, S, S) from 0 to 1
    keypoints: torch.Tensor  # (B, K, 2) pixels of the input, NaN where unlabelled
    visible: torch.Tensor  # (B, K) uint8
    targets: object  # what ``encode`` made of them, or None
    index: torch.Tensor  # (B,) int64, place in the `Crops`
    matrices: torch.Tensor  # (B, 2, 3) float64, from source image to input
    depths: torch.Tensor | None = None  # (B, K) metres behind the middle of the hips


class EpochDataset(Dataset):
    """Base of data sets that give whole batches, the same for the same (seed, epoch, index).

    torch asks for batches through ``__getitems__``, which each of them has. An item's name is
    (epoch, index): with the epoch in it, workers that were started long ago know it too.
    """

    @staticmethod
    def epoch_and_indices(items: Sequence[tuple[int, int]]) -> tuple[int, np.ndarray]:
        """The one epoch of a batch's items, and their indices (B,); `InputError` for several."""
        epochs = {epoch for epoch, _ in items}
        if len(epochs) > 1:
            raise InputError(f"a batch lies in one epoch, and this one in {sorted(epochs)}.")
        return max(epochs, default=0), np.array([index for _, index in items], dtype=np.int64)

    def batch(self, indices: Sequence[int], epoch: int = 0):
        """The batch of these indices as a network gets it in that epoch."""
        return self.__getitems__([(epoch, index) for index in indices])

    def __getitem__(self, item):
        """A batch of one, for looking at; ``item`` is an index (epoch 0) or (epoch, index)."""
        epoch, index = item if isinstance(item, tuple) else (0, item)
        return self.batch([range(len(self))[index]], epoch)


class CropDataset(EpochDataset):
    """Batches out of `Crops`: the same for the same (seed, epoch, index), whoever asks.

    Args:
        crops: people in memory.
        augment: how to change them; None shows each upright, in the middle.
        seed: of the changes.
        encode: makes targets, once a batch, from keypoints (B, K, 2) and visible (B, K).
    """

    def __init__(
        self,
        crops: Crops,
        augment: Augment | None = None,
        seed: int = 0,
        encode: Callable | None = None,
    ):
        self.crops, self.augment = crops, augment or NONE
        self.seed, self.encode = seed, encode
        self._flip = skeletons.get(crops.skeleton).flip
        self._depths = crops.depths
        self._table: tuple[int, np.ndarray] = (-1, np.empty((0, NUMBERS)))

    def __len__(self) -> int:
        return len(self.crops)

    def __getitems__(self, items: Sequence[tuple[int, int]]) -> Batch:
        epoch, index = self.epoch_and_indices(items)
        uniform = self._uniform(epoch)[index]
        side, size = self.crops.images.shape[1], self.crops.size
        matrices = self.augment.matrices(uniform, side, size)
        points, visible = self._labels(index, uniform, matrices)
        targets = self.encode(points, visible) if self.encode else None
        images, depths = self._images(index, uniform, matrices), self._behind(index, uniform)
        where = index, compose(matrices, self.crops.matrices[index])
        return Batch(images, points, visible, targets, *map(torch.from_numpy, where), depths)

    def _behind(self, index, uniform) -> torch.Tensor | None:
        """The depths: turning a crop, scaling it or mirroring it leaves them as they are."""
        if self._depths is None:
            return None
        depths, mirrored = self._depths[index], self.augment.flipped(uniform)
        depths[mirrored] = depths[mirrored][:, self._flip]
        return torch.from_numpy(depths)

    def _uniform(self, epoch: int) -> np.ndarray:
        """(N, NUMBERS) of an epoch. Row i is the same however many people there are."""
        if self._table[0] != epoch:
            rng = np.random.default_rng([self.seed, epoch])
            self._table = (epoch, rng.random((len(self), NUMBERS)))
        return self._table[1]

    def _labels(self, index, uniform, matrices) -> tuple[torch.Tensor, torch.Tensor]:
        points, visible = self.crops.keypoints[index], self.crops.visible[index]
        mirrored = self.augment.flipped(uniform)
        points[mirrored] = points[mirrored][:, self._flip]
        visible[mirrored] = visible[mirrored][:, self._flip]
        points = points @ matrices[:, :, :2].transpose(0, 2, 1) + matrices[:, None, :, 2]
        return torch.from_numpy(points.astype(np.float32)), torch.from_numpy(visible)

    def _images(self, index, uniform, matrices) -> torch.Tensor:
        size = self.crops.size
        crops = np.empty((len(index), size, size, 3), np.uint8)
        for crop, i, matrix in zip(crops, index, matrices):
            cv2.warpAffine(self.crops.images[i], matrix, (size, size), dst=crop)
        # NumPy, not torch: on a busy machine torch's threads wait for each other, and what takes
        # 0.2 ms takes 20. Channels first while they are bytes: a quarter of the memory to move.
        images = np.ascontiguousarray(crops.transpose(0, 3, 1, 2)).astype(np.float32)
        gain, offset = (part[..., None, None] for part in self.augment.colours(uniform))
        images *= gain / 255
        images += offset
        return torch.from_numpy(np.clip(images, 0, 1, out=images))


class EpochSampler:
    """Lists of (epoch, index), one a batch; each new pass is the next epoch."""

    def __init__(
        self,
        count: int,
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
        epoch: int = 0,
    ):
        check_least(1, batch_size=batch_size)
        self.count, self.batch_size, self.drop_last = count, batch_size, drop_last
        self.shuffle, self.seed, self.epoch = shuffle, seed, epoch

    def __len__(self) -> int:
        part = 0 if self.drop_last else self.batch_size - 1
        return (self.count + part) // self.batch_size

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        epoch, self.epoch = self.epoch, self.epoch + 1
        order = np.arange(self.count)
        if self.shuffle:
            np.random.default_rng([self.seed, epoch]).shuffle(order)
        for first in range(0, len(self) * self.batch_size, self.batch_size):
            chosen = order[first : first + self.batch_size].tolist()
            yield [(epoch, index) for index in chosen]


def _as_it_is(batch: Batch) -> Batch:
    return batch


def loader(
    dataset: Dataset,
    batch_size: int = 32,
    *,
    epoch: int = 0,
    shuffle: bool = True,
    drop_last: bool = False,
    workers: int = 0,
    **options,
) -> DataLoader:
    """A DataLoader that gives `Batch` after `Batch`, from that epoch on, in a new order each.

    For `posekit.training.fit`: ``batches=lambda epoch: loader(dataset, epoch=epoch)``.
    ``workers``: processes; 0 is right without a GPU. ``options`` are those of torch's DataLoader.
    """
    if workers:  # OpenCV's threads do not survive a fork, and a worker would wait for them
        cv2.setNumThreads(1)
    sampler = EpochSampler(len(dataset), batch_size, shuffle, dataset.seed, drop_last, epoch)
    # A generator of its own: a loader draws from torch's global one otherwise, and the
    # dropout after it would depend on how often the data were looked at.
    own = {"batch_sampler": sampler, "collate_fn": _as_it_is, "generator": torch.Generator()}
    own |= {"num_workers": workers, "persistent_workers": workers > 0}
    return DataLoader(dataset, **own, **options)
