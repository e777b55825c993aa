"""What the readers of single-image data sets share.

A reader is a sequence: ``len(reader)``, and ``reader[i]`` is a `Sample`, read from disk when
it is asked for. ``reader.labels(i)`` is what is known without the image.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .. import skeletons
from ..data.images import read_image, read_size
from ..data.sample import OCCLUDED, Sample
from ..errors import InputError
from ..geometry import keypoint_box
from .fetch.checks import Report

SPLITS = ("train", "val", "test")


class Reader(Sequence):
    """Base of the readers: a subclass fills ``entries`` in ``_load`` and gives ``labels``.

    Args:
        folder: the unpacked data set.
        split: ``train``, ``val`` (or ``validation``), ``test``, or None for everything.
        images: False gives samples without image, only with its size.
        skeleton: another joint set to convert to, see `posekit.skeletons.convert`.

    Attributes:
        entries: what the subclass knows of each image, in the order of the samples.
        paths: the image file of each.
        absent: image files that are listed but not there, and so left out (``images=True``).

    Raises `InputError` for a split that there is not, files that are not there or not in
    the format, and where not one of the listed images is there.
    """

    native = ""  # the joint set of the files
    occlusion_known = True

    def __init__(self, folder, split=None, *, images: bool = True, skeleton: str | None = None):
        self.folder, self.images = Path(folder), images
        self.split = "val" if split == "validation" else split
        if self.split not in (None, *SPLITS):
            raise InputError(f"no split {split!r}; there are: {', '.join(SPLITS)}.")
        self.skeleton = skeletons.get(skeleton or self.native).name
        self.absent: list[str] = []
        self.entries, self.paths = self._load()
        if images:
            self._leave_out_absent()

    def _load(self) -> tuple[list, list[str]]:
        """Read the label files: (entries, image paths), of this split."""
        raise NotImplementedError

    def labels(self, i: int) -> dict:
        """Sample ``i`` without its image, as fields of `Sample`: id, keypoints, visible, ..."""
        raise NotImplementedError

    def size(self, i: int) -> tuple[int, int]:
        """(height, width) of image ``i``."""
        return read_size(self.paths[i])

    def ignore(self, i: int, size: tuple[int, int]) -> np.ndarray | None:
        """(H, W) bool: where unlabelled people stand; None where the source cannot say."""
        return None

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, i: int) -> Sample:
        i = range(len(self))[i]
        labels = self.labels(i)
        image = read_image(self.paths[i]) if self.images else None
        size = self.size(i) if image is None else image.shape[:2]
        if self.skeleton != self.native:
            points, visible, _ = skeletons.convert(
                labels["keypoints"], labels["visible"], self.native, self.skeleton
            )
            labels |= {"keypoints": points, "visible": visible}
        return Sample(
            skeleton=self.skeleton,
            image=image,
            size=size,
            ignore=self.ignore(i, size),
            occlusion_known=self.occlusion_known,
            **labels,
        )

    def __repr__(self) -> str:
        missing = f", {len(self.absent):,} listed but absent" if self.absent else ""
        return (
            f"{type(self).__name__}({self.split or 'all'}: {len(self):,} images{missing}, "
            f"{self.skeleton})"
        )

    def _leave_out_absent(self) -> None:
        there = {str(folder): _files(folder) for folder in {Path(p).parent for p in self.paths}}
        present = []
        for i, path in enumerate(self.paths):
            folder, name = os.path.split(path)
            if name in there[folder]:
                present.append(i)
            else:
                self.absent.append(path)
        if self.paths and not present:
            raise InputError(
                f"{self.folder}: none of the {len(self.paths):,} listed images is "
                f"there, {self.paths[0]} for one."
            )
        self.entries = [self.entries[i] for i in present]
        self.paths = [self.paths[i] for i in present]

    def check(self, report: Report) -> None:
        """Add to a report: people, joints, and where they are odd; every label is read."""
        for i in range(len(self)):
            try:
                self._check_one(self.labels(i), self.size(i), report.counts, report.oddities)
            except InputError as error:
                if not any(self.paths[i] in problem for problem in report.problems):
                    report.problems.append(str(error))

    def _check_one(self, labels: dict, size, counts: Counter, oddities: Counter) -> None:
        keypoints, visible = np.asarray(labels["keypoints"]), np.asarray(labels["visible"])
        counts["people"] += len(visible)
        counts["joints labelled"] += int((visible > 0).sum())
        if self.occlusion_known:
            counts["of these occluded"] += int((visible == OCCLUDED).sum())
        oddities["joints unlabelled"] += int((visible == 0).sum())
        oddities["people without a labelled joint"] += int((visible == 0).all(1).sum())
        low, high = np.array([-0.5, -0.5]), np.array([size[1] - 0.5, size[0] - 0.5])
        outside = ((keypoints < low) | (keypoints > high)).any(-1) & (visible > 0)
        oddities["joints labelled outside of the image"] += int(outside.sum())


def export(reader: Reader, path: Path) -> int:
    """Write every label as flat arrays, a row a person, into a ``.npz``; returns the rows.

    ``id`` (R,) names the image, ``keypoints`` (R, K, 2) and ``visible`` (R, K) are as `Sample`
    has them, ``joints`` (K,) are the names.
    """
    labels = [reader.labels(i) for i in range(len(reader))]
    visible = np.concatenate([np.asarray(one["visible"], np.uint8) for one in labels])
    keypoints = np.concatenate([np.asarray(one["keypoints"], np.float32) for one in labels])
    keypoints[visible == 0] = np.nan
    ids = np.repeat([one["id"] for one in labels], [len(one["visible"]) for one in labels])
    joints = skeletons.get(reader.native).joints
    np.savez_compressed(path, id=ids, keypoints=keypoints, visible=visible, joints=joints)
    return len(ids)


def _files(folder: Path) -> set[str]:
    return set(os.listdir(folder)) if folder.is_dir() else set()


def valid_box(box, keypoints, visible, size=None) -> np.ndarray:
    """(4,) float32: ``box`` where it can be used, else the one around the labelled joints.

    A box cannot be used when it is not finite, has no area, or lies outside of the image of
    that (height, width). Without labelled joints there is no other: NaN.
    """
    box = np.asarray(box, dtype=np.float32)
    usable = np.isfinite(box).all() and box[2] > box[0] and box[3] > box[1]
    if usable and size is not None:
        height, width = size
        usable = box[2] > -0.5 and box[3] > -0.5 and box[0] < width - 0.5 and box[1] < height - 0.5
    if usable:
        return box
    if not (np.asarray(visible) > 0).any():
        return np.full(4, np.nan, np.float32)
    return keypoint_box(keypoints, visible, padding=1.0).astype(np.float32)
