"""Opening every file of a data set, and counting what is wrong with it."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from ...data.images import SUFFIXES as IMAGES
from ...data.images import read_image
from ...data.videos import open_video, stops_short
from ...errors import InputError
from ..folder import every_file, read_text
from ..mat_files import read_mat
from .sums import Damaged

VIDEOS = (".avi", ".mp4", ".mov", ".mkv")
SHOWN = 10  # problems that are printed one by one


@dataclass
class Report:
    """What `posekit data check` found.

    Attributes:
        name, folder: the data set and where it lies.
        part: which part of it is here; empty for the whole.
        counts: files by kind, and what the reader found: people, labelled joints, ...
        oddities: traps that are the data set's own (a joint outside its image), counted.
        problems: a sentence for each thing that is wrong.
    """

    name: str
    folder: Path
    part: str = ""
    counts: Counter = field(default_factory=Counter)
    oddities: Counter = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def text(self) -> str:
        """The report, for people."""
        lines = [f"{self.name} in {self.folder}" + (f" (in part: {self.part})" * bool(self.part))]
        lines += [f"  {number:>9,}  {what}" for what, number in self.counts.items()]
        if self.oddities:
            lines.append("as the data set is, and good to know:")
            lines += [f"  {number:>9,}  {what}" for what, number in self.oddities.items() if number]
        lines.append(f"{len(self.problems) or 'nothing'} wrong" + ":" * bool(self.problems))
        lines += [f"  {problem}" for problem in self.problems[:SHOWN]]
        if len(self.problems) > SHOWN:
            lines.append(f"  ... and {len(self.problems) - SHOWN:,} more")
        return "\n".join(lines)


def check_folder(entry, found: Path, part: str = "") -> Report:
    """The `Report` on a data set, an ``entry`` of the registry, that lies in ``found``."""
    from tqdm import tqdm

    report = Report(entry.name, found, part)
    files = [path for path in every_file(found) if path.is_file()] if found.is_dir() else [found]
    for path in tqdm(files, desc=f"checking {entry.name}", unit="file"):
        kind, opened = _opener(path)
        try:
            opened(path)
            report.counts[kind] += 1
        except Exception as error:  # whatever a library raises on a bad file, it is a finding
            text = str(error)
            report.problems.append(text if str(path) in text else f"{path}: {text}")
    if entry.reader or entry.clips:
        _check_reader(entry, found, report)
    return report


def _check_reader(entry, found: Path, report: Report) -> None:
    try:
        reader = entry.open(found)
        reader.check(report)
    except InputError as error:
        report.problems.append(str(error))
        return
    missing = "images that are listed but are not there"
    if report.part:
        report.oddities[missing] = len(reader.absent)
    else:
        report.problems += [f"{name} is listed but is not there." for name in reader.absent]


def _opener(path: Path) -> tuple[str, Callable]:
    suffix = path.suffix.lower()
    if suffix in IMAGES:
        return "images read", read_image
    if suffix in VIDEOS:
        return "videos read to their end", _open_video
    return {
        ".mat": (".mat files read", _open_mat),
        ".npz": (".npz files read", _open_npz),
        ".json": (".json files read", lambda path: json.loads(path.read_bytes())),
        ".task": ("model bundles whose sums are right", _open_zip),
        ".txt": ("text files read", read_text),
        ".md": ("text files read", read_text),
        ".asf": ("skeletons read as text", read_text),
        ".amc": ("motions read as text", read_text),
    }.get(suffix, ("other files, there but not understood", lambda path: path.stat()))


def _open_video(path: Path) -> None:
    video = open_video(path)
    frames = 0
    while video.grab():
        frames += 1
    promised = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
    video.release()
    # A header may be off by a frame or two; a file that was cut off lacks far more.
    if frames == 0 or stops_short(path, frames, promised, tolerance=0.1):
        raise InputError(f"{path} ends early: {frames} of {promised} frames can be read.")


def _open_mat(path: Path) -> None:
    read_mat(path, "a MATLAB file")


def _open_npz(path: Path) -> None:
    with np.load(path, allow_pickle=False) as arrays:
        for name in arrays:
            arrays[name]


def _open_zip(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        broken = archive.testzip()
    if broken:
        raise InputError(f"{path} is damaged at {broken}.")


def require_content(path: Path, name: str) -> None:
    """`Damaged` unless a file can be opened as what its ``name`` says, a model bundle say."""
    _, opened = _opener(Path(name))
    try:
        opened(path)
    except Exception as error:  # whatever a library raises on a bad file
        raise Damaged(
            f"{name} is not what it should be and cannot be opened ({error}): get it again.", path
        ) from None
