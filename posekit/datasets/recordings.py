"""Recordings of MediaPipe's pose landmarks as text: one file an action, one line a frame.

A file's first line is a header: nothing, then the numbers 0 to 131. Every other line is the
frame's number, from 0 on, and 132 more: x, y, z and visibility of each of the 33 landmarks.
x and y are fractions of the picture's width and height (outside of [0, 1] where MediaPipe
guesses). z is the depth relative to the hips; it is about 2.5 times as large as what is as long
along x (``tests/benchmarks/landmark_errors.py`` measures that). Such files are read here and
written: `write_recording` of what `read_recording` gives is the same numbers to the last digit, in
lines that end in LF. A file that was written here comes back byte for byte; of one from Windows
the ends of the lines (CRLF) do not.

Files lie in a folder for each person, and people name the same action differently: `ALIASES`.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..data.sample import OCCLUDED, VISIBLE, Clip
from ..errors import InputError
from ..files import atomic_write
from .clips import ClipReader
from .folder import listed
from .label_files import text_lines

LANDMARKS, NUMBERS = 33, 132
HEADER = "," + ",".join(map(str, range(NUMBERS)))
SIZE = (480, 640)
FAR = 1e6  # picture widths: nobody is there, and float32 still holds the pixels
SEEN = 0.5  # the visibility from which a landmark counts as visible, else as occluded

# File name, in capitals and without its suffix, to the action, which is called as the
# synthetic clips call it (only yoga they do not have). SWING is what the lab lists
# with the head's swings, and it is that person's third file beside BODYSWING and HANDSWING;
# but its shoulders move as much as its nose (0.15 and 0.17 shoulder widths), which in the
# others' head swings they do not: a label to doubt.
ALIASES = {
    "BODYSWING": "body_swing",
    "CLAP": "clapping",
    "CLAPPING": "clapping",
    "CLIMB": "climbing",
    "CLIMBING": "climbing",
    "FALL": "falling",
    "FALLING": "falling",
    "HANDSWING": "hand_swing",
    "HEADSHAKE": "head_shaking",
    "HEADSHAKING": "head_shaking",
    "HEADSWING": "head_shaking",
    "SWING": "head_shaking",
    "RUN": "run",
    "RUNNING": "run",
    "SIT": "sit",
    "SITTING": "sit",
    "STAND": "stand",
    "STANDING": "stand",
    "WALK": "walk",
    "WALKING": "walk",
    "YOGA": "yoga",
}


@dataclass
class Recording(Clip):
    """A `Clip` of one person with, as recorded, ``landmarks`` (T, 33, 4) float64: x and y in
    fractions of the picture, z, visibility."""

    landmarks: np.ndarray | None = None


class Entry(NamedTuple):
    """One file."""

    path: Path
    person: str
    action: str


class Recordings(ClipReader):
    """All recordings below a folder, ``<person>/<ACTION>.txt``; there is no official split.

    The folders may be called anything, and so may the actions. A name that is not in `ALIASES`
    stays as it is, and a warning lists all of them: two spellings of one action would be two
    classes. Say with ``aliases`` what they mean.

    Args:
        folder, skeleton: as `ClipReader` has them.
        aliases: {file name: action} beside `ALIASES`, and before them. Capitals, blanks, ``_``
            and ``-`` in the names do not matter: ``{"SHAKING HEAD": "head_shaking"}``.
        strict: True refuses names that are unknown, all in one sentence.
        size: (height, width) of the picture, which the files do not tell: pixels are of a
            picture of that size.
        copies: False leaves a file out that holds the same frames as one of before, and lists
            it in ``copies``. Some people's folders hold another person's recording, and a
            split by person would have it on both sides.

    A clip's ``group`` is the person: windows of one recording are nearly the same, and a
    split that goes through it tests on what was learned by heart. ``scores`` (in ``extra``)
    are the visibilities; ``visible`` is 2 where that is at least 0.5, else 1. ``fps`` is not
    known. Another ``skeleton`` gives a plain `Clip`.

    Attributes:
        copies: (file, the earlier file with the same frames) pairs that were left out.
        unknown: the actions whose names were kept, each with its files.
    """

    native = "blazepose33"
    splits = ()

    def __init__(
        self,
        folder,
        split=None,
        *,
        size: tuple[int, int] = SIZE,
        copies: bool = False,
        aliases: Mapping[str, str] | None = None,
        strict: bool = False,
        skeleton: str | None = None,
    ):
        self.size, self._keep, self._strict = size, copies, strict
        self._aliases = ALIASES | {_plain(name): action for name, action in (aliases or {}).items()}
        self.copies: list[tuple[str, str]] = []
        self.unknown: dict[str, list[str]] = {}
        super().__init__(folder, split, skeleton=skeleton)

    def _load(self) -> list[Entry]:
        paths = listed(self.folder, "*/*.txt")
        if not paths:
            raise InputError(f"{self.folder} holds no <person>/<ACTION>.txt.")
        first, entries = {}, []
        self._note_unknown(paths)
        for path in paths:
            same = first.setdefault("\n".join(text_lines(path)).strip(), path)
            if same is not path and not self._keep:
                self.copies.append(tuple(str(p.relative_to(self.folder)) for p in (path, same)))
            else:
                action = self._aliases.get(_plain(path.stem), path.stem)
                entries.append(Entry(path, path.parent.name, action))
        return entries

    def _note_unknown(self, paths: list[Path]) -> None:
        """Say once, of all files, which names are no action that is known."""
        for path in paths:
            if _plain(path.stem) not in self._aliases:
                file = path.relative_to(self.folder).as_posix()
                self.unknown.setdefault(path.stem, []).append(file)
        if not self.unknown:
            return
        names = ", ".join(f"{name} ({', '.join(files)})" for name, files in self.unknown.items())
        message = (
            f"{self.folder}: names of files that are no known action: {names}. Say what they are "
            f"with aliases={{{next(iter(self.unknown))!r}: ...}}; known are "
            f"{', '.join(sorted(set(self._aliases.values())))}."
        )
        if self._strict:
            raise InputError(message)
        warnings.warn(f"{message} Until then their names are kept as actions.", stacklevel=5)

    def _group(self, entry: Entry) -> str:
        return entry.person

    def _clip(self, entry: Entry) -> Recording:
        clip = recording(read_recording(entry.path), size=self.size)
        clip.id = f"{entry.person}/{entry.path.stem}"
        clip.action, clip.group = entry.action, entry.person
        return clip

    def check(self, report) -> None:
        """Add to a report, as every reader does, and the copies."""
        super().check(report)
        report.oddities["files that are a copy of another person's"] = len(self.copies)
        report.oddities["files whose name is no known action"] = sum(
            map(len, self.unknown.values())
        )


def _plain(name: str) -> str:
    """A file's name as the keys of `ALIASES` are written."""
    return name.upper().replace("_", "").replace("-", "").replace(" ", "")


def recording(landmarks, size: tuple[int, int] = SIZE, **fields) -> Recording:
    """A `Recording` of (T, 33, 4) landmarks; ``fields`` as `Clip` has them."""
    landmarks = np.asarray(landmarks, dtype=float)
    _check(landmarks)
    height, width = size
    scores = landmarks[:, None, :, 3]
    return Recording(
        **{"id": "recording", **fields},
        skeleton="blazepose33",
        size=size,
        landmarks=landmarks,
        keypoints=landmarks[:, None, :, :2] * (width, height) - 0.5,
        visible=np.where(scores >= SEEN, VISIBLE, OCCLUDED),
        extra={"scores": scores.astype(np.float32)},
    )


def read_recording(path: str | Path) -> np.ndarray:
    """(T, 33, 4) float64: x, y, z, visibility. `InputError` names file and line of what is
    wrong: the header, a column too many or too few, an index out of order, no number, NaN."""
    path = Path(path)
    lines = text_lines(path)
    if not lines or [word.strip() for word in lines[0].split(",")] != HEADER.split(","):
        raise InputError(
            f"{path}, line 1: the header should be nothing and then the numbers 0 to "
            f"{NUMBERS - 1}, separated by commas."
        )
    while len(lines) > 1 and not lines[-1].strip():
        lines.pop()
    if len(lines) == 1:
        raise InputError(f"{path} has a header and no frame.")
    rows = [_numbers(line, frame, path) for frame, line in enumerate(lines[1:])]
    return np.array(rows).reshape(-1, LANDMARKS, 4)


def _numbers(line: str, frame: int, path: Path) -> list[float]:
    where, words = f"{path}, line {frame + 2}", line.split(",")
    if len(words) != NUMBERS + 1:
        raise InputError(
            f"{where}: {NUMBERS + 1} columns are wanted, an index and {NUMBERS} "
            f"numbers, and there are {len(words)}."
        )
    if words[0].strip() != str(frame):
        raise InputError(f"{where}: the index should be {frame}, and is {words[0].strip()!r}.")
    try:
        numbers = [float(word) for word in words[1:]]
    except ValueError as error:
        raise InputError(f"{where}: {error}.") from None
    wrong = next((i for i, number in enumerate(numbers) if not abs(number) < FAR), None)
    if wrong is not None:
        raise InputError(
            f"{where}: column {wrong} of landmark {wrong // 4} is {words[wrong + 1]}, "
            "which is no position."
        )
    return numbers


def write_recording(path: str | Path, landmarks) -> None:
    """Write (T, 33, 4) x, y, z and visibility in the same form, whole or not at all.

    Numbers are written with all their digits. Raises `InputError` for another shape, no
    frame, or numbers that are not finite.
    """
    landmarks = np.asarray(landmarks, dtype=float)
    _check(landmarks)
    rows = landmarks.reshape(len(landmarks), NUMBERS).tolist()
    lines = [",".join([str(i), *map(repr, row)]) for i, row in enumerate(rows)]
    atomic_write(path, "\n".join([HEADER, *lines]) + "\n")


def detected_landmarks(found, aspect: float | None = None) -> np.ndarray:
    """(P, 33, 4) x, y, z and visibility of everybody in a `posekit.live.Detection`, as a recording
    has them: x and z in widths of its picture, y in heights.

    ``aspect`` is the width by the height of another picture, which is as high: x and z are then in
    its widths. None: the detection's own.
    """
    height, width = found.size
    wide = width if aspect is None else aspect * height
    xy = (found.keypoints + 0.5) / (wide, height)
    return np.concatenate([xy, np.stack([found.z / wide, found.scores], -1)], -1)


def from_detections(detections: Iterable) -> np.ndarray:
    """(T, 33, 4) landmarks of the first person of each of `posekit.live.BlazePose`'s results.

    Frames on which nobody is found are left out. Raises `InputError` when that is all.
    """
    rows = [detected_landmarks(found)[0] for found in detections if len(found)]
    if not rows:
        raise InputError("nobody was found on any frame: there is nothing to record.")
    return np.stack(rows)


def _check(landmarks: np.ndarray) -> None:
    if landmarks.ndim != 3 or landmarks.shape[1:] != (LANDMARKS, 4) or len(landmarks) == 0:
        raise InputError(
            f"landmarks must be of shape (frames, {LANDMARKS}, 4), and are {landmarks.shape}."
        )
    if not np.isfinite(landmarks).all():
        frame, landmark, _ = np.argwhere(~np.isfinite(landmarks))[0]
        raise InputError(f"frame {frame}: landmark {landmark} is not finite.")
