"""Penn Action: 2,326 clips of 15 sports and gym exercises, 13 joints on every frame.

The labels are ``labels/0001.mat`` to ``2326.mat``, the frames ``frames/0001/000001.jpg`` and
so on; labels without frames are read as well.

*Pixels.* The coordinates are MATLAB's, the first pixel is 1: one is subtracted. (They were
clicked on larger frames and scaled by 2/3 or 3/4, which would make it 0.83 or 0.88.)

*Visibility* is 1 or 0. Of the 469,501 joints with 0, 36 % sit on the border of the frame, as
left there by the labelling tool. The others are guesses at hidden joints: their limbs are
0.96 times as long as the same limb where both ends are seen (median in a clip), with half of
them between 0.73 and 1.18, against 0.93 to 1.06. So 0 is taken as unlabelled, and the guesses
are given, as occluded joints, to who asks for them with ``occluded=True``. Which joints are
seen tells half of the actions apart: prepare clips with `posekit.data.skeleton_clips`.

*Traps of the files*: ``bbox`` has a row less than there are frames in 1154 and 1865 (those
frames have a NaN box); numbers are stored as whatever type is smallest.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..data.sample import OCCLUDED, UNLABELLED, VISIBLE, Clip
from ..errors import InputError
from .clips import ClipReader, ImageFrames
from .folder import listed
from .label_files import image_size, numbers, text, whole
from .mat_files import read_mat

JOINTS = 13
MOST_FRAMES = 1_000_000
FIELDS = ("action", "x", "y", "visibility", "train", "bbox", "dimensions", "nframes")


class Label(NamedTuple):
    """One label file, as it is but for the pixel that is subtracted."""

    id: str
    action: str
    train: bool
    size: tuple[int, int]  # (height, width)
    keypoints: np.ndarray  # (T, 13, 2) float32 pixels, junk included
    seen: np.ndarray  # (T, 13) bool
    boxes: np.ndarray  # (T, 4) float32 xyxy pixels, NaN where the file has none


class PennAction(ClipReader):
    """Penn Action, with its own split: 1,258 clips ``train``, 1,068 ``test``.

    Args:
        folder, split, skeleton: as `ClipReader` has them.
        images: False leaves the frames out even where they are there.
        occluded: True gives invisible joints inside the frame as occluded, see above.

    A clip's ``group`` is its own number: the files do not say which were cut from one video.
    ``extra`` has ``boxes``. ``fps`` is not known.
    """

    native = "penn13"

    def __init__(
        self,
        folder,
        split=None,
        *,
        images: bool = True,
        occluded: bool = False,
        skeleton: str | None = None,
    ):
        self.images, self.occluded = images, occluded
        super().__init__(folder, split, skeleton=skeleton)

    def _load(self) -> list[Label]:
        paths = listed(self.folder / "labels", "*.mat")
        if not paths:
            raise InputError(
                f"{self.folder / 'labels'} holds no .mat file: it should be Penn "
                "Action's folder of labels."
            )
        labels = [read_label(path) for path in paths]
        wanted = {None: (True, False), "train": (True,), "test": (False,)}[self.split]
        return [label for label in labels if label.train in wanted]

    def _group(self, entry: Label) -> str:
        return entry.id

    def _clip(self, entry: Label) -> Clip:
        return Clip(
            id=entry.id,
            skeleton=self.native,
            keypoints=entry.keypoints[:, None],
            visible=self._visible(entry)[:, None],
            frames=self._frames(entry),
            size=entry.size,
            action=entry.action,
            group=self._group(entry),
            extra={"boxes": entry.boxes[:, None]},
        )

    def _visible(self, entry: Label) -> np.ndarray:
        height, width = entry.size
        x, y = np.moveaxis(entry.keypoints, -1, 0)
        inside = (x > 0) & (y > 0) & (x < width - 1) & (y < height - 1)
        guess = np.where(inside & self.occluded, OCCLUDED, UNLABELLED)
        return np.where(entry.seen, VISIBLE, guess)

    def _frames(self, entry: Label) -> ImageFrames | None:
        folder = self.folder / "frames" / entry.id
        if not (self.images and folder.is_dir()):
            return None
        paths = listed(folder, "*.jpg")
        if len(paths) != len(entry.keypoints):
            raise InputError(
                f"{folder} holds {len(paths)} frames, and its label file is for "
                f"{len(entry.keypoints)}: unpack the frames again."
            )
        return ImageFrames(paths)


def read_label(path: Path) -> Label:
    """One label file; `InputError`, naming it and the field, for one that is damaged or of
    another shape."""
    raw = read_mat(path, "a label file", variable_names=FIELDS)
    missing = [name for name in FIELDS if name not in raw]
    if missing:
        raise InputError(f"{path} is no label file of Penn Action: it has no {missing[0]}.")
    frames = whole(raw["nframes"], f"{path}: nframes", 1, MOST_FRAMES)
    x, y, seen = (
        numbers(raw[name], f"{path}: {name}", (frames, JOINTS)) for name in ("x", "y", "visibility")
    )
    sides = numbers(raw["dimensions"], f"{path}: dimensions").ravel()
    if len(sides) < 2:
        raise InputError(f"{path}: dimensions must be a height and a width, and is {sides}.")
    return Label(
        id=path.stem,
        action=text(raw["action"], f"{path}: action"),
        size=image_size(*sides[:2].tolist(), f"{path}: dimensions"),
        train=whole(raw["train"], f"{path}: train", -1, 1) == 1,
        seen=seen > 0,
        boxes=_boxes(raw["bbox"], frames, path),
        keypoints=np.stack([x, y], axis=-1).astype(np.float32) - 1,
    )


def _boxes(rows, frames: int, path: Path) -> np.ndarray:
    """(frames, 4) float32; NaN where the file has fewer rows than frames."""
    rows = numbers(rows, f"{path}: bbox")
    if rows.ndim != 2 or rows.shape[1] != 4 or len(rows) > frames:
        raise InputError(
            f"{path}: bbox must be of shape ({frames}, 4) at most, and is {rows.shape}."
        )
    boxes = np.full((frames, 4), np.nan, np.float32)
    boxes[: len(rows)] = rows - 1
    return boxes
