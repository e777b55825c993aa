"""People cut out of their photographs once, and kept in memory.

Decoding a photograph takes far longer than everything else that happens to it, so it happens
once: `cache_crops` keeps one small uint8 picture a person, a little larger than the network's
input, so that the crop can still be turned, scaled and moved by `posekit.data.batches`.
"""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, islice

import cv2
import numpy as np
from joblib import Parallel, delayed
from torch.utils.data import ConcatDataset
from tqdm import tqdm

from .. import geometry, skeletons
from ..errors import InputError
from .sample import Sample

MARGIN = 1.25  # side of a cached crop over the side of the network's input
RUN = 16  # images that a thread decodes before it hands them over
MANY = 2_000  # rendered images; for fewer the start of the processes takes longer
SMALL = 200_000  # pixels; more threads do not help with pictures of fewer


@dataclass
class Crops:
    """N people of K joints, cut out at one size.

    Attributes:
        images: (N, C, C, 3) uint8 RGB; the network's input is the ``size`` pixels amid it.
        keypoints: (N, K, 2) float32 pixels of the cached crop, NaN where unlabelled.
        visible: (N, K) uint8, 0 unlabelled, 1 occluded, 2 visible.
        matrices: (N, 2, 3) float64, from pixels of the source image to the cached crop.
        people: the source's sample id and the person's place in it, one pair a crop.
        skeleton: the joint set's name.
        size: the side of the network's input.
        left_out: people without a crop, as (id, person, why).
        keypoints_3d: (N, K, 3) float32 metres in the camera's axes, or None.
        cameras: who saw each of them, or None.
    """

    images: np.ndarray
    keypoints: np.ndarray
    visible: np.ndarray
    matrices: np.ndarray
    people: list[tuple[str, int]]
    skeleton: str
    size: int
    left_out: list[tuple[str, int, str]] = field(default_factory=list)
    keypoints_3d: np.ndarray | None = None
    cameras: list | None = None

    def __len__(self) -> int:
        return len(self.images)

    @property
    def edge(self) -> float:
        """Pixels of a cached crop that lie outside the network's input, on each side."""
        return (self.images.shape[1] - self.size) / 2

    def inputs(self, right: int = 0) -> np.ndarray:
        """(N, S, S, 3) uint8: what the network sees of each person, without augmentation.

        A view of ``images``, up to ``edge`` pixels further right if wanted; moved by half a
        pixel where ``edge`` is no whole number.
        """
        top = int(self.edge)
        left = top + right
        return self.images[:, top : top + self.size, left : left + self.size]

    @property
    def depths(self) -> np.ndarray | None:
        """(N, K) float32 metres that a joint lies behind the middle of the hips, or None."""
        if self.keypoints_3d is None:
            return None
        return self.keypoints_3d[..., 2] - self.hip_depths[:, None]

    @property
    def hip_depths(self) -> np.ndarray:
        """(N,) metres from the camera's plane to the middle of the hips."""
        joints = skeletons.get(self.skeleton)
        hips = [joints.index("left_hip"), joints.index("right_hip")]
        return self.keypoints_3d[:, hips, 2].mean(1)


def crop_labels(crops: Crops) -> tuple[np.ndarray, np.ndarray]:
    """(N, K, 2) pixels of the network's input, NaN where unlabelled, and (N, K) visible."""
    return (crops.keypoints - crops.edge).astype(np.float32), crops.visible


def person_box(sample: Sample, person: int) -> np.ndarray:
    """(4,) the source's box where it gives one, else the box of the joints, grown by 1.25.

    A box of the true joints tells a network where the outermost joints are: results with it
    flatter, so say which box was used.
    """
    box = None if sample.boxes is None else sample.boxes[person]
    if box is None or not np.isfinite(box).all():
        return geometry.keypoint_box(sample.keypoints[person], sample.visible[person])
    x1, y1, x2, y2 = box.tolist()
    dx, dy = (x2 - x1) / 8, (y2 - y1) / 8
    return np.array([x1 - dx, y1 - dy, x2 + dx, y2 + dy])


def whole_image(sample: Sample, person: int) -> np.ndarray:
    """(4,) the box of the image, as LSP's own protocol has it: nothing is told about the person."""
    return geometry.image_box(*sample.size)


def cache_crops(
    samples: Sequence[Sample],
    size: int = 64,
    *,
    margin: float = MARGIN,
    box: Callable[[Sample, int], np.ndarray] = person_box,
    depth: bool = False,
    progress: bool = True,
    threads: int | None = None,
) -> Crops:
    """Cut every labelled person out of the images, once.

    Args:
        samples: what a reader or `posekit.catalog` gives; each image is read once.
        size: the side of the network's input in pixels, which shows the box.
        margin: the cached crop's side over ``size``.
        box: from a sample and a person's number to (x1, y1, x2, y2).
        depth: keep the joints in space and the cameras too; every sample must have them.
        progress: show a bar when it takes longer than a second.
        threads: how many decode ahead (OpenCV lets go of Python's lock); None: one where the
            first picture is small, else up to 4.

    Crowds, and people without a labelled joint or out of the picture, get no crop: they are
    listed in ``left_out``. Raises `InputError` for a label-only sample and for joint sets
    that differ; what a reader raises passes through.
    """
    if size < 1 or margin < 1:
        raise InputError(f"size must be positive and margin at least 1: {size}, {margin}.")
    side = round(size * margin)
    names, rows, people, left_out, space = set(), [], [], [], []
    # Each picture goes at once where it will stay: a list of them would hold them all twice.
    images = np.empty((len(samples), side, side, 3), np.uint8)
    bar = tqdm(total=len(samples), desc="crops", ascii=True, delay=1, disable=not progress)
    for source in read_ahead(samples, threads):
        sample, name, found = _cut(source, side, size, box)
        in_space = _in_space(source) if depth else None
        bar.update()
        _check_joint_set(sample, name, names)
        for person, row in enumerate(found):
            if isinstance(row, str):
                left_out.append((sample, person, row))
            else:
                picture, *row = row
                if len(rows) == len(images):
                    images.resize((len(rows) * 5 // 4 + 16, *images.shape[1:]), refcheck=False)
                images[len(rows)] = picture
                rows.append(row)
                people.append((sample, person))
                space += [(in_space[person], source.camera)] if depth else []
    bar.close()
    name = names.pop() if names else "lsp14"
    images.resize((len(rows), *images.shape[1:]), refcheck=False)
    crops = Crops(images, *_stack(rows, len(skeletons.get(name))), people, name, size, left_out)
    if depth:
        shape = (-1, crops.keypoints.shape[1], 3)
        crops.keypoints_3d = np.array([points for points, _ in space], np.float32).reshape(shape)
        crops.cameras = [camera for _, camera in space]
    return crops


def _in_space(sample: Sample) -> np.ndarray:
    """(P, K, 3) metres in the camera's axes."""
    if sample.keypoints_3d is None or sample.camera is None:
        raise InputError(
            f"{sample.id} has no joints in space with a camera: take a data set that "
            "has them (synthetic, h36m), or depth=False."
        )
    if sample.frame == "root":
        raise InputError(
            f"{sample.id}: its joints in space are about the hips (frame 'root'), and where the "
            "person stands is not known: take a data set that says it, or depth=False."
        )
    if sample.frame == "camera":
        return sample.keypoints_3d
    return sample.camera.to_camera(sample.keypoints_3d)


def read_ahead(samples: Sequence[Sample], threads: int | None = None) -> Iterator[Sample]:
    """The samples in order, read or rendered elsewhere while the caller works on the last.

    Files are decoded by threads: OpenCV lets go of Python's lock. Many people to be rendered
    (a ``batch`` says that they are) go to all processors: rendering is Python.
    """
    if isinstance(samples, ConcatDataset):
        for part in samples.datasets:
            yield from read_ahead(part, threads)
        return
    firsts = range(0, len(samples), RUN)
    runs = (range(first, min(first + RUN, len(samples))) for first in firsts)
    if hasattr(samples, "batch") and len(samples) >= MANY and threads is None:
        rendered = Parallel(-1, return_as="generator")(delayed(samples.batch)(run) for run in runs)
        yield from chain.from_iterable(rendered)
        return
    threads = threads or _threads_for(samples)
    with ThreadPoolExecutor(threads) as pool:
        waiting = deque(pool.submit(_read, samples, run) for run in islice(runs, threads + 1))
        while waiting:
            run = waiting.popleft().result()
            waiting.extend(pool.submit(_read, samples, run) for run in islice(runs, 1))
            yield from run


def _read(samples: Sequence[Sample], run: range) -> list[Sample]:
    return [samples[i] for i in run]


def _threads_for(samples: Sequence[Sample]) -> int:
    """One for small pictures: handing Python's lock around takes as long as decoding one."""
    small = len(samples) == 0 or math.prod(samples[0].size) < SMALL
    return 1 if small else min(4, os.cpu_count() or 1)


def _cut(sample: Sample, side: int, size: int, box) -> tuple[str, str, list]:
    """The sample's id, its joint set, and for each person a picture and a row for `_stack`, or
    why not."""
    if sample.image is None:
        raise InputError(f"{sample.id} has labels but no image to cut people out of.")
    found = []
    for person, (points, visible) in enumerate(zip(sample.keypoints, sample.visible)):
        if sample.crowd is not None and sample.crowd[person]:
            found.append("a crowd")
            continue
        if not visible.any():
            found.append("no labelled joint")
            continue
        edges = np.asarray(box(sample, person), dtype=float).tolist()
        _check_box(edges, sample, person)
        if _overlaps(edges, sample.size):
            picture, matrix = square_crop(sample.image, edges, side, size)
            found.append((picture, points, visible, matrix))
        else:
            found.append("outside the image")
    return sample.id, sample.skeleton, found


def _check_box(box: list[float], sample: Sample, person: int):
    x1, y1, x2, y2 = box
    # Written so that NaN fails too. A box that large would only show black, and fill memory.
    if not (x2 > x1 and y2 > y1 and max(x2 - x1, y2 - y1) < 20 * max(sample.size)):
        edges = ", ".join(f"{edge:g}" for edge in box)
        raise InputError(
            f"{sample.id}: the box of person {person}, ({edges}), has no area, or one far beyond "
            "the image: it must be x1 < x2, y1 < y2, in pixels."
        )


def _overlaps(box: list[float], size: tuple[int, int]) -> bool:
    x1, y1, x2, y2 = box
    return x2 > -0.5 and y2 > -0.5 and x1 < size[1] - 0.5 and y1 < size[0] - 0.5


def square_crop(image: np.ndarray, box, side: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """A square around a box: (side, side, 3) uint8, and the (2, 3) map that leads there.

    The box fills the middle ``size`` pixels, to within half a pixel of the image: the square
    is cut along whole pixels, so that a resize will do (three times as fast as a warp), and
    where it shrinks a person more than twice, it is halved first: bilinear resizing looks at
    2 x 2 pixels only, and would skip the others. Black where the image ends.
    """
    x1, y1, x2, y2 = box
    exact = side / size * max(x2 - x1, y2 - y1)
    halvings = max(0, int(math.log2(exact / side)))
    cut = max(1, round(exact / 2**halvings)) * 2**halvings
    left, top = (round((low + high - cut + 1) / 2) for low, high in ((x1, x2), (y1, y2)))
    part = _shrunk(image, top, left, cut, halvings)
    zoom = side / cut  # a resize takes x to (x + 0.5) * zoom - 0.5
    matrix = np.array([[zoom, 0, (0.5 - left) * zoom - 0.5], [0, zoom, (0.5 - top) * zoom - 0.5]])
    return cv2.resize(part, (side, side), interpolation=cv2.INTER_LINEAR), matrix


def _shrunk(image: np.ndarray, top: int, left: int, cut: int, halvings: int) -> np.ndarray:
    """The square of ``cut`` pixels at (top, left), its sides halved so often; black outside.

    Only what lies inside the image is read and halved, in whole blocks of pixels that become
    one: a box may be many times as large as the photograph.
    """
    block = 2**halvings
    part = image[max(0, top) : max(0, top + cut), max(0, left) : max(0, left + cut)]
    if part.size == 0:  # the box touches the image by less than half a pixel
        return np.zeros((cut // block, cut // block, 3), np.uint8)
    (above, rows), (before, columns) = (divmod(max(0, -start), block) for start in (top, left))
    below, after = (-(rows + part.shape[0]) % block, -(columns + part.shape[1]) % block)
    if rows or columns or below or after:
        part = cv2.copyMakeBorder(part, rows, below, columns, after, cv2.BORDER_CONSTANT)
    for _ in range(halvings):
        half = part.shape[1] // 2, part.shape[0] // 2
        part = cv2.resize(part, half, interpolation=cv2.INTER_AREA)
    height, width = part.shape[:2]
    if (height, width) == (cut // block, cut // block):
        return part
    below, after = cut // block - above - height, cut // block - before - width
    return cv2.copyMakeBorder(part, above, below, before, after, cv2.BORDER_CONSTANT)


def _check_joint_set(sample: str, name: str, names: set[str]):
    names.add(name)
    if len(names) > 1:
        raise InputError(
            f"{sample}: one cache holds one joint set, and these are {len(names)}, "
            f"{' and '.join(sorted(names))}: bring them to one with skeletons.convert."
        )


def _stack(rows: list, joints: int) -> tuple[np.ndarray, ...]:
    """Keypoints, visible and matrices as arrays, also of nobody."""
    kinds = ((joints, 2), np.float32), ((joints,), np.uint8), ((2, 3), np.float64)
    points, visible, matrices = (
        np.array([row[k] for row in rows], dtype).reshape(-1, *shape)
        for k, (shape, dtype) in enumerate(kinds)
    )
    moved = points @ matrices[:, :, :2].transpose(0, 2, 1) + matrices[:, None, :, 2]
    return moved.astype(np.float32), visible, matrices


def compose(last: np.ndarray, first: np.ndarray) -> np.ndarray:
    """(..., 2, 3) the affine map that does ``first``, then ``last``."""
    linear = last[..., :2] @ first[..., :2]
    move = (last[..., :2] @ first[..., 2:]) + last[..., 2:]
    return np.concatenate([linear, move], axis=-1)
