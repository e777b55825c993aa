"""UCF101: 13,320 clips of 101 actions, from 25 groups an action; no keypoints.

``ucfTrainTestlist/`` has the class index and three splits, ``UCF-101/<class>/`` the clips.
The lists have their traps: lines end in CRLF in some files and LF in others; the test lists
carry a label in some distributions and not in others; labels start at 1; and what the lists
call HandStandPushups is HandstandPushups in the archive, so names are looked up regardless of
case.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .. import skeletons
from ..data.sample import Clip
from ..errors import InputError
from . import frames as video_frames
from .clips import ClipReader, ImageFrames
from .folder import listed
from .label_files import text_lines

FOLDS = (1, 2, 3)
SIZE = (240, 320)  # of every clip
_NAME = re.compile(r"v_(?P<cls>\w+)_g(?P<group>\d\d)_c\d\d", re.ASCII)


class Entry(NamedTuple):
    """One clip: what it is, and where."""

    id: str  # Class/v_Class_gXX_cYY
    action: str
    group: str
    path: Path | None  # the video, or the folder of its extracted frames


class UCF101(ClipReader):
    """UCF101 with its split ``fold`` (1, 2 or 3) into ``train`` and ``test``.

    Args:
        folder, split: as `ClipReader` has them.
        fold: which of the three official splits.
        frames: where `posekit.datasets.frames.extract` wrote; None decodes the videos.
        images: False gives every listed clip, without frames; True leaves out those that are
            not there (``absent``).
        count: frames a clip, evenly spread, see `posekit.datasets.frames`.
        skeleton: the joint set of the people that a later step finds. The clips have P = 0
            people: keypoints of shape (count, 0, K, 2).

    ``group`` is the class and gXX, the recordings that look alike; ``fps`` None, since the
    frames taken are further apart than the video's. ``classes`` are the 101 names: class 0
    here is class 1 of the index.
    """

    native = "coco17"

    def __init__(
        self,
        folder,
        split=None,
        *,
        fold: int = 1,
        frames=None,
        images: bool = True,
        count: int = video_frames.COUNT,
        skeleton: str | None = None,
    ):
        if fold not in FOLDS:
            raise InputError(f"UCF101 has the splits 1, 2 and 3, and no {fold!r}.")
        self.fold, self.images, self.count = fold, images, count
        self.frames = None if frames is None else Path(frames)
        lists = Path(folder) / "ucfTrainTestlist"
        self._lists = lists if lists.is_dir() else Path(folder)
        self.classes = read_classes(self._lists / "classInd.txt")
        super().__init__(folder, split, skeleton=skeleton)

    def _load(self) -> list[Entry]:
        names = []
        for side in ("train", "test") if self.split is None else (self.split,):
            path = self._lists / f"{side}list{self.fold:02}.txt"
            names += read_list(path, self.classes)
        there = self._there() if self.images else {}
        entries = []
        for name, action in names:
            entry = Entry(name, action, group_of(name, action), there.get(name.lower()))
            if self.images and entry.path is None:
                self.absent.append(f"{name}.avi")
            else:
                entries.append(entry)
        if names and not entries:
            raise InputError(
                f"{self.frames or self.folder / 'UCF-101'} has none of the "
                f"{len(names):,} listed clips, {names[0][0]} for one."
            )
        return entries

    def _there(self) -> dict[str, Path]:
        """Videos, or folders of extracted frames, by ``class/clip`` in lower case."""
        root = self.frames or self.folder / "UCF-101"
        found = {}
        for path in listed(root, "*/*"):
            if path.suffix == ("" if self.frames else ".avi"):
                found[f"{path.parent.name}/{path.stem}".lower()] = path
        return found

    def _group(self, entry: Entry) -> str:
        return entry.group

    def _clip(self, entry: Entry) -> Clip:
        joints = len(skeletons.get(self.skeleton))
        return Clip(
            id=entry.id,
            skeleton=self.skeleton,
            keypoints=np.empty((self.count, 0, joints, 2)),
            visible=np.empty((self.count, 0, joints)),
            frames=self._frames(entry),
            size=SIZE,
            action=entry.action,
            group=entry.group,
        )

    def _frames(self, entry: Entry):
        path, count = entry.path, self.count
        if path is None:
            return None
        if self.frames is None:
            return video_frames.VideoFrames(path, count)
        paths = listed(path, "*.jpg")
        if len(paths) != count:
            raise InputError(f"{path} holds {len(paths)} frames and not {count}: extract it again.")
        return ImageFrames(paths)


def read_classes(path: Path) -> tuple[str, ...]:
    """The class names of ``classInd.txt``, whose lines are a number from 1 on and a name."""
    classes = []
    for number, line in enumerate(text_lines(path), 1):
        words = line.split()
        if not words:
            continue
        if len(words) != 2 or words[0] != str(len(classes) + 1):
            raise InputError(
                f"{path}, line {number}: it should be {len(classes) + 1} and a class "
                f"name, and is {line!r}."
            )
        classes.append(words[1])
    if not classes:
        raise InputError(f"{path} is empty.")
    return tuple(classes)


def read_list(path: Path, classes: tuple[str, ...]) -> list[tuple[str, str]]:
    """(``Class/v_Class_gXX_cYY``, class name) of each line of a split list, labelled or not.

    Raises `InputError` with file and line for one that is not a clip of a known class, or
    whose label is of another class than its name.
    """
    by_name = {name.lower(): number for number, name in enumerate(classes, 1)}
    clips = []
    for number, line in enumerate(text_lines(path), 1):
        words = line.split()
        if not words:
            continue
        where = f"{path}, line {number}"
        folder, _, file = words[0].partition("/")
        if len(words) > 2 or not file.endswith(".avi") or not _NAME.fullmatch(file[:-4]):
            raise InputError(
                f"{where}: it should be Class/v_Class_gXX_cYY.avi, in training lists "
                f"with a label, and is {line!r}."
            )
        label = by_name.get(folder.lower())
        if label is None:
            raise InputError(f"{where}: class {folder!r} is not in the class index, classInd.txt.")
        if len(words) == 2 and words[1] != str(label):
            raise InputError(
                f"{where}: the label is {words[1]}, and {folder} is class {label} in classInd.txt."
            )
        clips.append((words[0][:-4], classes[label - 1]))
    if not clips:
        raise InputError(f"{path} lists no clip.")
    return clips


def group_of(name: str, action: str) -> str:
    """``ApplyEyeMakeup_g01``: the recordings that a clip belongs to, by its name."""
    return f"{action}_g{_NAME.fullmatch(name.rpartition('/')[2])['group']}"
