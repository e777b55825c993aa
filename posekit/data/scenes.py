"""Images of several people for training: kept in memory, changed and put together anew each epoch.

Every image is kept once as a uint8 square, twice as large as the network's input, which shows a
part of it: one of the people at a size that is drawn anew, and who stands near. Sets in which
everybody is labelled (rendered people, COCO) are shown as they are. In sets with one labelled
person an image (Leeds Sports Pose) nothing can be learnt about telling people apart, so four of
their images are put into one, each in a cell of its own and smaller: a *mosaic*. Who else stands
in such a photograph is not labelled. Therefore what lies outside the labelled person's box counts
for little in the loss: its weight is `UNSURE`.

>>> scenes = cache_scenes(catalog.load("synthetic", "train", people=3), size=256)
>>> for batch in loader(SceneDataset(scenes, Augment(), seed=0)):
...     maps = net(batch.inputs())
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from .. import skeletons
from ..errors import InputError
from ..geometry import image_box, keypoint_box, transform
from .batches import NONE, NUMBERS, Augment, EpochDataset
from .crops import compose, person_box, read_ahead, square_crop
from .sample import Sample

STRIDE = 4  # pixels of a cell of the weights
MARGIN = 2.0  # side of a cached image over the side of the network's input, which shows a part
UNSURE = 0.2  # the weight of what may show people that nobody labelled
ROOM = 1.5  # a labelled person's box, grown by this, shows nobody else's joints
SHARE = 0.7  # of the images with one labelled person: how many are shown in a mosaic
ALONE = 0.6  # of a cached square's side: how much of it the box of such a person takes
# An image is shown about one of its people, who takes so much of the input's side, drawn evenly in
# its logarithm: all sizes of people are learnt from, and people whom the input cuts.
FILLS, MOSAIC_FILLS = (0.2, 1.1), (0.2, 0.6)
LARGEST = 1.5  # times that a cached image is enlarged: there is no more to be seen in it
CUT = (0.35, 0.65)  # where a mosaic is cut, as a fraction of its side


@dataclass
class Scenes:
    """N images with up to P people of K joints.

    Attributes:
        images: (N, C, C, 3) uint8 RGB; the network's input is the ``size`` pixels amid it.
        keypoints: (N, P, K, 2) float32 pixels of the image, NaN where unlabelled or nobody.
        visible: (N, P, K) uint8, 0 unlabelled (or nobody), 1 occluded, 2 visible.
        areas: (N, P) float32 pixels squared that a person takes, NaN where nobody says.
        alone: (N,) bool, whether only one of the people is labelled.
        skeleton, size: the joint set, and the side of the network's input in pixels.
    """

    images: np.ndarray
    keypoints: np.ndarray
    visible: np.ndarray
    areas: np.ndarray
    alone: np.ndarray
    skeleton: str
    size: int

    def __len__(self) -> int:
        return len(self.images)

    @property
    def edge(self) -> float:
        """Pixels of an image that lie outside the network's input, on each side."""
        return (self.images.shape[1] - self.size) / 2


class Interleaved(Sequence):
    """Item ``i`` is item ``i`` of one of several sequences, by turns.

    Of scenes of one person, of two, and so on, all rendered from one seed, it takes each index
    once: no two of its images have anything in common.
    """

    def __init__(self, *sequences: Sequence):
        if len({len(sequence) for sequence in sequences}) != 1:
            raise InputError("interleaved sequences must be one or more, and of one length.")
        self.sequences = sequences

    def __len__(self) -> int:
        return len(self.sequences[0])

    def __getitem__(self, index: int):
        index = range(len(self))[index]
        return self.sequences[index % len(self.sequences)][index]

    def batch(self, indices: Sequence[int]) -> list:
        """The items at these indices: the same as one by one, and sooner."""
        found = {}
        for turn, sequence in enumerate(self.sequences):
            own = [index for index in indices if index % len(self.sequences) == turn]
            found |= zip(own, sequence.batch(own))
        return [found[index] for index in indices]


def cache_scenes(
    samples: Sequence[Sample],
    size: int = 256,
    *,
    skeleton: str = "openpose18",
    margin: float = MARGIN,
    alone: Sequence[bool] | bool = False,
    progress: bool = True,
) -> Scenes:
    """Bring every image to one size, once, and keep it with the labels of its people.

    Args:
        samples: what a reader or `posekit.catalog` gives; each image is read once.
        size: the side of the network's input in pixels.
        skeleton: the joint set of the labels; a neck is made of COCO's shoulders, whatever the
            source calls its neck, so that all sources mean the same by it.
        margin: the side of a cached image over ``size``.
        alone: whether only one person of an image is labelled, of all samples or of each. Such an
            image is cut around that person, others are taken whole.
        progress: show a bar when it takes longer than a second.

    An image of ``alone`` without a labelled person is left out; one of the others shows that
    there is nobody. Raises `InputError` for a label-only sample.
    """
    if size < STRIDE or size % STRIDE or margin < 1:
        raise InputError(
            f"size must be a multiple of {STRIDE} and margin at least 1: {size}, {margin}."
        )
    side, joints = round(size * margin), len(skeletons.get(skeleton))
    single = np.broadcast_to(np.asarray(alone, bool), len(samples))
    images = np.empty((len(samples), side, side, 3), np.uint8)
    rows, kept = [], []
    bar = tqdm(total=len(samples), desc="scenes", ascii=True, delay=1, disable=not progress)
    for sample, is_single in zip(read_ahead(samples), single.tolist()):
        found = _people(sample, skeleton, is_single)
        bar.update()
        if found is not None:
            images[len(rows)], *row = _cached(sample, *found, side, is_single)
            rows.append(row)
            kept.append(is_single)
    bar.close()
    images.resize((len(rows), *images.shape[1:]), refcheck=False)
    return Scenes(images, *_padded(rows, joints), np.array(kept, bool), skeleton, size)


def _people(sample: Sample, skeleton: str, is_single: bool):
    """Keypoints, visible, and which rows of the sample they are; None for no use."""
    if sample.image is None:
        raise InputError(f"{sample.id} has labels but no image to learn from.")
    way = ["coco17", skeleton] if "neck" in skeletons.get(skeleton).joints else [skeleton]
    points, visible, name = sample.keypoints, sample.visible, sample.skeleton
    for target in way if name != skeleton else ():
        points, visible, _ = skeletons.convert(points, visible, name, target)
        name = target
    rows = np.flatnonzero(visible.any(1))
    if sample.crowd is not None:
        rows = rows[~sample.crowd[rows]]
    if is_single:
        rows = rows[:1]
        if not len(rows):
            return None
    return points[rows], visible[rows], rows


def _cached(sample: Sample, points, visible, rows, side: int, is_single: bool) -> tuple:
    """The square image, and keypoints, visible and areas in it."""
    if is_single:
        box, size = person_box(sample, int(rows[0])), round(ALONE * side)
    else:
        box, size = image_box(*sample.size), side
    image, matrix = square_crop(sample.image, box, side, size)
    areas = np.full(len(rows), np.nan) if sample.areas is None else sample.areas[rows]
    return image, transform(matrix, points), visible, areas * matrix[0, 0] ** 2


def _padded(rows: list, joints: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keypoints (N, P, K, 2), visible (N, P, K) and areas (N, P) of rows of fewer people."""
    most = max((len(points) for points, _, _ in rows), default=0)
    keypoints = np.full((len(rows), most, joints, 2), np.nan, np.float32)
    visible = np.zeros((len(rows), most, joints), np.uint8)
    areas = np.full((len(rows), most), np.nan, np.float32)
    for n, (points, seen, area) in enumerate(rows):
        keypoints[n, : len(points)], visible[n, : len(points)] = points, seen
        areas[n, : len(points)] = area
    return keypoints, visible, areas


# -------------------------------------------------------------------------------- batches
class SceneBatch(NamedTuple):
    """B scenes as they are sent to the network's device: images as bytes, a quarter of floats."""

    images: Tensor  # (B, S, S, 3) uint8
    colours: Tensor  # (B, 2, 3) float32, gain and offset of each channel for values from 0 to 1
    keypoints: Tensor  # (B, P, K, 2) float32 pixels, NaN where unlabelled or nobody
    visible: Tensor  # (B, P, K) uint8
    weights: Tensor  # (B, 1, S / 4, S / 4) float32, what each cell counts in a loss
    index: Tensor  # (B,) int64, place in the `Scenes`

    def inputs(self) -> Tensor:
        """(B, 3, S, S) float32 from 0 to 1, channels last in memory, on the images' device."""
        gain, offset = self.colours[:, :, None, None].unbind(1)
        pixels = self.images.float().mul_(gain / 255).add_(offset).clamp_(0, 1)
        return pixels.permute(0, 3, 1, 2)


class _Tile(NamedTuple):
    """One cached image, and where it goes."""

    index: int  # in the `Scenes`
    matrix: np.ndarray  # (2, 3) from the cached image to the input
    mirrored: bool
    cell: tuple[int, int, int, int]  # x1, y1, x2, y2 pixels of the input that it fills


class SceneDataset(EpochDataset):
    """Batches out of `Scenes`: the same for the same (seed, epoch, index), whoever asks.

    Args:
        scenes: images in memory.
        augment: how to change them; None shows each as it is.
        seed: of the changes and the mosaics.
        share: of the images with one labelled person, how many are shown in a mosaic.
    """

    def __init__(
        self, scenes: Scenes, augment: Augment | None = None, seed: int = 0, share: float = SHARE
    ):
        self.scenes, self.augment, self.seed = scenes, augment or NONE, seed
        self.share = share if augment else 0.0
        self._flip = skeletons.get(scenes.skeleton).flip
        self._single = np.flatnonzero(scenes.alone)

    def __len__(self) -> int:
        return len(self.scenes)

    def __getitems__(self, items: Sequence[tuple[int, int]]) -> SceneBatch:
        size = self.scenes.size
        images = np.zeros((len(items), size, size, 3), np.uint8)
        weights = np.ones((len(items), 1, size // STRIDE, size // STRIDE), np.float32)
        uniform, people = np.empty((len(items), NUMBERS)), []
        for n, (epoch, index) in enumerate(items):
            rng = np.random.default_rng([self.seed, epoch, index])
            uniform[n] = rng.random(NUMBERS)
            tiles = self._tiles(rng, index, uniform[n])
            people.append([self._labels(tile, len(tiles) > 1) for tile in tiles])
            for tile, (points, _, _) in zip(tiles, people[-1]):
                self._paint(images[n], tile)
                if self.scenes.alone[tile.index]:
                    _weigh(weights[n, 0], tile.cell, points)
        keypoints, visible, _ = _padded(
            [[np.concatenate(part) for part in zip(*scene)] for scene in people], len(self._flip)
        )
        arrays = images, np.stack(self.augment.colours(uniform), 1), keypoints, visible, weights
        index = np.array([index for _, index in items], np.int64)
        return SceneBatch(*map(torch.from_numpy, (*arrays, index)))

    def _tiles(self, rng, index: int, uniform: np.ndarray) -> list[_Tile]:
        """The image whole, or amid a mosaic with three others."""
        side, size = self.scenes.images.shape[1], self.scenes.size
        mosaic = self.scenes.alone[index] and rng.random() < self.share
        chosen = [index, *(rng.choice(self._single, 3) if mosaic else ())]
        numbers = np.concatenate([uniform[None], rng.random((len(chosen) - 1, NUMBERS))])
        matrices = self.augment.matrices(numbers, side, size)
        cells = _mosaic_cells(rng, size) if mosaic else [(0, 0, size, size)]
        if self.augment is not NONE:
            for n, cell in enumerate(cells):
                focus = self._focus(rng, chosen[n], mosaic)
                matrices[n] = compose(matrices[n], focus)
                matrices[n, :, 2] += [(sum(cell[k::2]) - size) / 2 for k in (0, 1)]
        return [*map(_Tile, chosen, matrices, self.augment.flipped(numbers), cells)]

    def _focus(self, rng, index: int, mosaic: bool) -> np.ndarray:
        """(2, 3) from a cached image to itself: one of its people in the middle, at some size."""
        side, size = self.scenes.images.shape[1], self.scenes.size
        whole = size / side  # the zoom at which the input shows all of the image
        people = np.flatnonzero(self.scenes.visible[index].any(1))
        zoom, middle = whole, np.full(2, (side - 1) / 2)
        if len(people):
            box = keypoint_box(self.scenes.keypoints[index, rng.choice(people)])
            middle = (box[:2] + box[2:]) / 2
            fill = np.exp(rng.uniform(*np.log(MOSAIC_FILLS if mosaic else FILLS)))
            zoom = fill * size / max(box[2] - box[0], box[3] - box[1])
            zoom = min(zoom if mosaic else max(zoom, whole), LARGEST)
        return np.column_stack([np.eye(2) * zoom, (side - 1) / 2 - zoom * middle])

    def _labels(self, tile: _Tile, in_mosaic: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Keypoints (P, K, 2), visible (P, K) and areas (P,) of one tile's people."""
        points, visible = self.scenes.keypoints[tile.index], self.scenes.visible[tile.index]
        there = visible.any(1)
        points, visible = points[there], visible[there]
        if tile.mirrored:
            points, visible = points[:, self._flip], visible[:, self._flip]
        points = transform(tile.matrix, points)
        if in_mosaic:  # joints beyond the cell are not in the image
            low, high = np.array(tile.cell).reshape(2, 2) - 0.5
            inside = ((points > low) & (points < high)).all(-1)
            visible = np.where(inside, visible, 0)
            points = np.where(inside[..., None], points, np.nan)
        return points, visible, self.scenes.areas[tile.index, there]

    def _paint(self, image: np.ndarray, tile: _Tile) -> None:
        x1, y1, x2, y2 = tile.cell
        matrix = tile.matrix - [[0, 0, x1], [0, 0, y1]]
        part = cv2.warpAffine(self.scenes.images[tile.index], matrix, (x2 - x1, y2 - y1))
        image[y1:y2, x1:x2] = part


def _mosaic_cells(rng, size: int) -> list[tuple[int, int, int, int]]:
    """Four boxes that fill a square, cut between cells of the weights, in any order."""
    x, y = (STRIDE * round(at * size / STRIDE) for at in rng.uniform(*CUT, 2))
    cells = [(0, 0, x, y), (x, 0, size, y), (0, y, x, size), (x, y, size, size)]
    return [cells[n] for n in rng.permutation(4)]


def _weigh(weights: np.ndarray, cell: tuple, points: np.ndarray) -> None:
    """`UNSURE` in a tile's cell, and 1 in the grown box of its person, in place."""
    x1, y1, x2, y2 = (at // STRIDE for at in cell)
    part = weights[y1:y2, x1:x2]
    part[:] = UNSURE
    for person in points:
        if np.isfinite(person).all(-1).any():
            box = keypoint_box(person, padding=ROOM) / STRIDE - [x1, y1, x1, y1]
            left, top, right, bottom = box.round().astype(int).clip(0)
            part[top:bottom, left:right] = 1
