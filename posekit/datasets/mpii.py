"""MPII Human Pose: many people an image, 16 joints, from either of its two label files.

==================  =================================  ==================================
\\                   ``mpii_human_pose_v1_u12_1.mat``   ``annot/*.json`` (widespread)
==================  =================================  ==================================
who made it         the data set's owners              authors of later networks
visibility          visible or occluded                only *labelled*
head rectangle      yes: ``head_diagonals``            no, so ``head_diagonals`` is None
who is in it        everyone who is labelled           one entry a person, by split
==================  =================================  ==================================

Where there is no head rectangle there is no PCKh. `posekit.metrics.head_neck_lengths` measures by
the head's top and the neck instead, and is named for the substitute that it is.

Coordinates are 1-based in both (the owners say so): one is subtracted from everything.

*Splits.* The owners withhold the test labels and name no validation images. With the JSON
files, val is ``valid.json``, the 2,958 people that most papers validate on, train is
``train.json``. With the ``.mat``, val is every tenth *video* of the labelled images (frames of
one video look alike, so splits must not go through one), or the images of ``valid.json`` where
that file is there too. There is no test split with labels.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..data.sample import UNLABELLED, VISIBLE
from ..errors import InputError
from . import mpii_mat
from .folder import listed
from .label_files import inside, numbers, short
from .label_files import read_json as load_json
from .mpii_mat import JOINTS, person_box
from .reader import Reader, valid_box


class MPII(Reader):
    """MPII: a sample is an image with its labelled people.

    ``boxes`` are squares of the person's height about its centre, as the label file has them
    (it has no boxes). ``head_diagonals`` are those of the head rectangles, without the factor of
    0.6, which is PCKh's (`posekit.metrics.pckh`); None with the JSON files.

    Args:
        folder, split, images, skeleton: as `Reader` has them.
        labels_from: ``mat`` or ``json``; None takes the ``.mat`` where it is there.
    """

    native = "mpii16"

    def __init__(self, folder, split=None, *, labels_from: str | None = None, **options):
        mats = sorted([*listed(folder, "*.mat"), *listed(folder, "*/mpii_human_pose*.mat")])
        self.mat = mats[0] if mats and labels_from != "json" else None
        if labels_from not in (None, "mat", "json") or (labels_from == "mat" and not mats):
            raise InputError(f"{folder}: no labels_from={labels_from!r} here.")
        self.occlusion_known = self.mat is not None
        super().__init__(folder, split, **options)

    def _load(self):
        by_image = self._from_mat() if self.mat else self._from_json()
        folder = self.folder / "images"
        return list(by_image.items()), [str(folder / name) for name in by_image]

    def _from_mat(self) -> dict[str, list[dict]]:
        valid = self.folder / "annot" / "valid.json"
        named = {one["image"] for one in read_json(valid)} if valid.is_file() else None
        by_image = {}
        for image in mpii_mat.read(self.mat):
            is_val = image.name in named if named else image.video % 10 == 0
            split = "test" if not image.train else "val" if is_val else "train"
            if self.split in (None, split) and image.people:
                by_image[image.name] = image.people
        return by_image

    def _from_json(self) -> dict[str, list[dict]]:
        by_image = {}
        for path in self._json_files():
            for one in read_json(path):
                by_image.setdefault(one["image"], []).append(_from_entry(one))
        return by_image

    def _json_files(self) -> list[Path]:
        annot = self.folder / "annot"
        if self.split == "test":
            return []  # test.json has no joints
        wanted = {"train": ("train",), "val": ("valid",), None: ("train", "valid")}[self.split]
        files = [annot / f"{name}.json" for name in wanted]
        there = [path for path in files if path.is_file()]
        if not there:
            raise InputError(f"{files[0]} is not there: it holds MPII's labels.")
        return there

    def labels(self, i: int) -> dict:
        name, people = self.entries[i]
        heads = [one["head_diagonal"] for one in people]
        rows = [(one["box"], one["keypoints"], one["visible"]) for one in people]
        return {
            "id": name,
            "keypoints": np.array([one["keypoints"] for one in people], np.float32),
            "visible": np.array([one["visible"] for one in people], np.uint8),
            "boxes": np.array([valid_box(*row) for row in rows], np.float32),
            "head_diagonals": np.array(heads, np.float32) if self.mat else None,
        }


def _from_entry(one: dict) -> dict:
    visible = np.where(np.array(one["joints_vis"], float) > 0, VISIBLE, UNLABELLED)
    *centre, scale = np.array([*one["center"], one["scale"]], float)  # null becomes NaN
    return {
        "keypoints": np.array(one["joints"], float) - 1,
        "visible": visible,
        "box": person_box(np.array(centre) - 1, scale),
        "head_diagonal": np.nan,
    }


def read_json(path: Path) -> list[dict]:
    """The people of a ``train.json`` or ``valid.json``, as they stand there.

    Raises `InputError`, naming the file and the entry, for what is not in the format.
    """
    people = load_json(path)
    if not isinstance(people, list):
        raise InputError(f"{path} must be a list of people, and is not.")
    for number, one in enumerate(people):
        _check_entry(one, f"{path}: entry {number}")
    return people


def _check_entry(one, where: str) -> None:
    fields = {"image", "joints", "joints_vis", "center", "scale"}
    if not isinstance(one, dict) or not fields <= one.keys():
        raise InputError(f"{where} must have the fields {', '.join(sorted(fields))}.")
    inside(one["image"], f"{where}: image")
    shapes = {"joints": (JOINTS, 2), "joints_vis": (JOINTS,), "center": (2,), "scale": ()}
    for field, wanted in shapes.items():
        try:
            shape = numbers(one[field], where, nulls=True).shape
        except InputError:
            raise InputError(
                f"{where} has something that is no number where numbers belong: {field} is "
                f"{short(one[field])}."
            ) from None
        if shape != wanted:
            raise InputError(f"{where} must have {field} of shape {wanted}, and has {shape}.")
