"""JHMDB: clips of everyday actions with 15 joints of one person on every frame.

Two forms are read:

* the official one, ``joint_positions/<class>/<clip>/joint_positions.mat`` with its splits in
  ``splits`` or ``sub_splits`` (``<class>_test_split1.txt``: a clip's name and 1 for train, 2
  for test, a line): 21 classes, 928 clips, coordinates in pixels;
* skeletons alone, ``JHMDB_GT_{train,test}_{1,2,3}.npz``: 14 of the classes (609 clips, so
  that figures are not those of papers), all frames of all clips one after the other in
  ``poses``, the clips' ``lengths`` and ``labels`` beside them.

**What the second form's coordinates are**, found out from the numbers, since nothing says it:

* *(x, y), y down*: of the mean pose, the head is at y = -0.27 and the ankles at 0.54.
* *The 15 joints are in the official order*: each limb's left and right have median lengths
  within 5 % of each other, and on the whole the right joints lie left of the left ones.
* *The origin is the middle of the frame, not of the body*: the mean of a frame's joints
  wanders from 0 by up to 2.7.
* *The unit is one and the same along x and y* (were x divided by the width, a limb that lies
  would be 0.75 times as long as when it stands; for upper arms, forearms, thighs and lower
  legs this is 0.84, 0.92, 0.85 and 1.06), *and it goes with the person's size*: the
  distance from neck to belly is 0.30 with a spread of only 0.04 over clips, though people on
  them are large and small.

That is the data set's ``pos_world``: pixels from the middle, by the frame's height (240) and
by the puppet's scale. The scales are not in the files, so pixels cannot be had back: this
reader gives those of a puppet of scale 0.5 in a 240 x 320 frame, which has all joints of 98 %
of the frames inside. Lengths relative to the torso (PCK, angles, actions) are right, distances
in pixels are not.

*Joints that cannot be seen are not marked.* Where a clip shows the upper body only, both ankles
hang at exactly the same lowest y: `posekit.data.skeleton_clips` finds those and fills them in.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..data.sample import Clip
from ..errors import InputError
from .clips import ClipReader
from .folder import listed
from .label_files import numbers, read_npz, short, text_lines
from .mat_files import read_mat

JOINTS, HEIGHT, WIDTH, SCALE = 15, 240, 320, 0.5
FOLDS = (1, 2, 3)


class Entry(NamedTuple):
    """One clip: where it is from, and its joints."""

    id: str
    action: str
    group: str
    keypoints: np.ndarray  # (T, 15, 2) pixels


class JHMDB(ClipReader):
    """JHMDB with its split ``fold`` (1, 2 or 3) into ``train`` and ``test``.

    All joints count as labelled; whether one is seen is not known. A clip's ``group`` is, in
    the official form, its video, by its name. The other form has no names: there clips of one
    class that are on the same side in all three splits are one group, since the splits keep
    the clips of a video together. ``fps`` is not known; there are no frames.
    """

    native = "jhmdb15"

    def __init__(self, folder, split=None, *, fold: int = 1, skeleton: str | None = None):
        if fold not in FOLDS:
            raise InputError(f"JHMDB has the splits 1, 2 and 3, and no {fold!r}.")
        self.fold = fold
        super().__init__(folder, split, skeleton=skeleton)

    def _load(self) -> list[Entry]:
        official = (self.folder / "joint_positions").is_dir()
        entries, train = self._official() if official else self._flat()
        wanted = {None: (True, False), "train": (True,), "test": (False,)}[self.split]
        return [entry for entry in entries if self.split is None or train[entry.id] in wanted]

    def _group(self, entry: Entry) -> str:
        return entry.group

    def _clip(self, entry: Entry) -> Clip:
        points = entry.keypoints[:, None]
        return Clip(
            id=entry.id,
            skeleton=self.native,
            keypoints=points,
            size=(HEIGHT, WIDTH),
            visible=np.full(points.shape[:3], 2),
            action=entry.action,
            group=entry.group,
            occlusion_known=False,
        )

    def _flat(self) -> tuple[list[Entry], dict[str, bool]]:
        """Entries and, by id, whether each is for training, from the six .npz files."""
        entries, train, counts = [], {}, {}
        for (action, raw), seen in self._sides().items():
            counts[action] = counts.get(action, 0) + 1
            points = np.frombuffer(raw, np.float32).reshape(-1, JOINTS, 2)
            group = f"{action}-{'-'.join(seen[fold] for fold in FOLDS)}"
            entries.append(Entry(f"{action}-{counts[action]:03}", action, group, to_pixels(points)))
            train[entries[-1].id] = seen[self.fold] == "train"
        return entries, train

    def _sides(self) -> dict[tuple[str, bytes], dict[int, str]]:
        """Of each clip, by its action and joints: the side that each split has it on."""
        sides: dict[tuple[str, bytes], dict[int, str]] = {}
        for fold in FOLDS:
            for side in ("train", "test"):
                path = self.folder / flat_file(side, fold)
                for action, poses in read_flat(path):
                    seen = sides.setdefault((action, poses.tobytes()), {})
                    if seen.setdefault(fold, side) != side:
                        raise InputError(
                            f"{path}: a clip of {action} in it is also in "
                            f"{flat_file(seen[fold], fold)}: for training and for testing."
                        )
        for (action, _), seen in sides.items():
            for fold in (fold for fold in FOLDS if fold not in seen):
                other = next(iter(seen))
                raise InputError(
                    f"{self.folder / flat_file(seen[other], other)}: a clip of {action} in it is "
                    f"not in all three splits: neither in {flat_file('train', fold)} nor in "
                    f"{flat_file('test', fold)}."
                )
        return sides

    def _official(self) -> tuple[list[Entry], dict[str, bool]]:
        """Entries and, by id, whether each is for training, from one .mat file a clip."""
        train = self._official_split() if self.split else {}
        entries = []
        for path in listed(self.folder, "joint_positions/*/*/joint_positions.mat"):
            name, action = path.parent.name, path.parent.parent.name
            if self.split and name not in train:
                continue  # the sub-splits leave clips out
            entries.append(Entry(name, action, video_of(name), read_joints(path)))
        if not entries:
            raise InputError(
                f"{self.folder / 'joint_positions'} holds no joint_positions.mat of the split's "
                f"clips, which the lists name: {', '.join(path.name for path in self._lists())}."
            )
        return entries, train

    def _lists(self) -> list[Path]:
        """The files of the official split, one for each class; there may be none."""
        pattern = f"*_test_split{self.fold}.txt"
        splits = listed(self.folder, f"splits/{pattern}")
        return splits or listed(self.folder, f"sub_splits/{pattern}")

    def _official_split(self) -> dict[str, bool]:
        paths = self._lists()
        if not paths:
            raise InputError(
                f"{self.folder} has no splits/*_test_split{self.fold}.txt: unpack JHMDB's "
                "splits.zip (or sub_splits.zip) there."
            )
        train = {}
        for path in paths:
            for number, line in enumerate(text_lines(path), 1):
                words = line.split()
                if words and (len(words) != 2 or words[1] not in ("0", "1", "2")):
                    raise InputError(
                        f"{path}, line {number}: it should be a clip's name and 1 "
                        f"(train) or 2 (test), and is {line!r}."
                    )
                if words and words[1] != "0":  # 0 is "in neither", as HMDB51's own lists have it
                    train[words[0].removesuffix(".avi")] = words[1] == "1"
        return train


def flat_file(side: str, fold: int) -> str:
    """The name of one of the six files of the second form."""
    return f"JHMDB_GT_{side}_{fold}.npz"


def to_pixels(points: np.ndarray) -> np.ndarray:
    """(..., 2) normalised coordinates to pixels of a 240 x 320 frame, at `SCALE`."""
    return points * (HEIGHT * SCALE) + (WIDTH / 2 - 1, HEIGHT / 2 - 1)  # MATLAB's first pixel is 1


def video_of(name: str) -> str:
    """The video that an HMDB51 clip is cut from, by its name: all before the action's tags.

    ``April_09_brush_hair_u_nm_np1_ba_goo_0`` is of ``April_09_brush_hair``: then come the
    part of the body seen, camera motion, number of people, view, quality, and the clip's
    number.
    """
    return re.sub(r"_[a-z]+_(cm|nm)_np\d_[a-z]+_[a-z]+_\d+$", "", name)


def read_flat(path: Path) -> list[tuple[str, np.ndarray]]:
    """(action, (T, 15, 2) float32 normalised coordinates) of each clip of an .npz file.

    Raises `InputError`, naming the file and the array, when it is absent or damaged, has other
    arrays, or its lengths do not add up.
    """
    what = "JHMDB skeletons"
    arrays = read_npz(path, what)
    missing = {"poses", "lengths", "labels"} - arrays.keys()
    if missing:
        raise InputError(f"{path} cannot be read as {what}: it has no {min(missing)}.")
    poses = numbers(arrays["poses"], f"{path}: poses", ("frames", JOINTS, 2))
    lengths = numbers(arrays["lengths"], f"{path}: lengths", ("clips",), finite=True)
    _check_labels(labels := arrays["labels"], path)
    fit = len(labels) == len(lengths) and lengths.sum() == len(poses)
    if not fit or (lengths < 1).any() or (lengths % 1 > 0).any():
        raise InputError(
            f"{path}: {len(lengths)} lengths that add up to {lengths.sum():g} do not "
            f"fit {len(labels)} labels and {len(poses)} frames of poses."
        )
    if not np.isfinite(poses).all():
        frame = np.argwhere(~np.isfinite(poses))[0][0]
        raise InputError(f"{path}: frame {frame} has a coordinate in poses that is not finite.")
    parts = np.split(poses.astype(np.float32), np.cumsum(lengths.astype(int))[:-1])
    return list(zip(labels.tolist(), parts))


def _check_labels(labels: np.ndarray, path: Path) -> None:
    if labels.dtype.kind != "U" or labels.ndim != 1:
        raise InputError(f"{path}: labels must be a row of names, and is {short(labels)}.")


def read_joints(path: Path) -> np.ndarray:
    """(T, 15, 2) pixels of an official ``joint_positions.mat``; `InputError` for another file."""
    what = "JHMDB's joints"
    content = read_mat(path, what)
    if "pos_img" not in content:
        raise InputError(f"{path} cannot be read as {what}: it has no pos_img.")
    points = numbers(content["pos_img"], f"{path}: pos_img").astype(np.float32)
    if points.ndim == 2:  # MATLAB drops the last axis of a clip of one frame
        points = points[..., None]
    if points.ndim != 3 or points.shape[:2] != (2, JOINTS):
        raise InputError(
            f"{path}: pos_img must be of shape (2, {JOINTS}, frames), and is {points.shape}."
        )
    return points.transpose(2, 1, 0) - 1
