"""A file and the checksum that it must have: published by its owner, or seen on first use.

Where nobody publishes a sum, the one of the first file that *could be opened* is recorded, in
``checksums.json`` of the data folder, and later downloads are held against it. What cannot be
opened leaves no sum: a network's log-in page must not become the file that is expected.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ...errors import InputError
from ...files import atomic_write
from ...locks import locked
from .disk import clear_disk_errors

UNVERIFIED = "unverified"
RECORD = ".posekit.json"  # in a data set's folder: what it was unpacked from


@dataclass(frozen=True)
class Artefact:
    """One file that a data set is distributed as.

    Attributes:
        file: its name.
        address: where it is, in full; empty for a mirror's own file.
        checksum: ``sha256:...`` or ``md5:...``; ``unverified`` where its owner gives none:
            then the sum of the first download is recorded, and a later one must match it.
        layout: what is in it, in words.
        part: empty for the whole, or which part of the data set it is.
        size: bytes, about; 0 where it is not known.
    """

    file: str
    address: str = ""
    checksum: str = UNVERIFIED
    layout: str = ""
    part: str = ""
    size: int = 0


class Damaged(InputError):
    """A file is not what it should be; ``path`` is that file, None where it may be any."""

    def __init__(self, message: str, path: Path | None = None):
        super().__init__(message)
        self.path = path


def digest(path: Path, kind: str = "sha256") -> str:
    """The hexadecimal sha256 or md5 of a file; once a process for a file that does not change."""
    stat = path.stat()
    return _digest_once(str(path), kind, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=64)
def _digest_once(path: str, kind: str, size: int, changed: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, kind).hexdigest()


def verify(path: Path, artefact: Artefact, root: Path) -> None:
    """`Damaged` unless the file has the artefact's sum: the published or the recorded one.

    A file for which there is neither passes, see `remember`.
    """
    if artefact.checksum != UNVERIFIED:
        kind, _, expected = artefact.checksum.partition(":")
        actual = digest(path, kind)
        if actual != expected:
            raise Damaged(
                f"{path} is not the file it should be: its {kind} is {actual}, "
                f"and {expected} was expected. It is damaged or another file: "
                "get it again.",
                path,
            )
        return
    before = recorded(root).get(artefact.file)
    if before and before != (actual := digest(path)):
        raise Damaged(
            f"{artefact.file} has changed: its sha256 is {actual}, and was "
            f"{before} on first use. If that is expected, delete its line in "
            f"{root / 'checksums.json'}.",
            path,
        )


def remember(path: Path, artefact: Artefact, root: Path) -> None:
    """Record the sum of a file that nobody publishes one for, with a warning.

    Only for a file that has been opened: what is recorded is trusted from then on.
    """
    if artefact.checksum != UNVERIFIED or artefact.file in recorded(root):
        return
    actual = digest(path)
    warnings.warn(
        f"{artefact.file}: nobody publishes a checksum for it; its sha256 {actual} "
        f"stands in {root / 'checksums.json'} from now on.",
        stacklevel=2,
    )
    _change(root, {artefact.file: actual})


def forget(path: Path, artefact: Artefact, root: Path) -> None:
    """Remove the recorded sum of a file that turned out to be damaged, if it is its own."""
    if recorded(root).get(artefact.file) == digest(path):
        _change(root, {artefact.file: ""})


def recorded(root: Path) -> dict[str, str]:
    """The recorded sums, by file name. A damaged list is read as far as it goes and mended."""
    path = root / "checksums.json"
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except FileNotFoundError:
        return {}
    try:
        return _sums(json.loads(text))
    except ValueError:  # people edit it by hand, and leave a comma
        sums = dict(re.findall(r'"([^"\n]+)"\s*:\s*"([0-9a-f]{64})"', text))
        warnings.warn(
            f"{path} was no valid JSON: the {len(sums)} checksums that could be read in it were "
            "kept, and the file is written anew.",
            stacklevel=2,
        )
        with contextlib.suppress(InputError):
            atomic_write(path, _text(sums))
        return sums


def _sums(value) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError("it is no list of sums by file name")
    return {key: text for key, text in value.items() if isinstance(text, str)}


def _text(sums: dict[str, str]) -> str:
    return json.dumps(sums, indent=1) + "\n"


def _change(root: Path, changes: dict[str, str]) -> None:
    """Add sums to the list, or take out those that are empty; one process at a time."""
    waiting = "waiting for another posekit to end."
    with clear_disk_errors(root), locked(root / ".checksums.lock", waiting):
        sums = {name: text for name, text in (recorded(root) | changes).items() if text}
        atomic_write(root / "checksums.json", _text(sums))


# ------------------------------------------------------------------- where a data set is from
def write_record(home: Path, arrived: list[tuple[Artefact, Path]]) -> None:
    """Write down what a data set was unpacked from: its artefacts, sums, and which part it is."""
    made_of = {
        "artefacts": {path.name: f"sha256:{digest(path)}" for _, path in arrived},
        "part": "; ".join(artefact.part for artefact, _ in arrived if artefact.part),
    }
    atomic_write(home / RECORD, json.dumps(made_of, indent=1) + "\n")


def record(home: Path) -> dict:
    """What is known of how a data set came here: its artefacts, sums, and which part it is."""
    for folder in (home, home.parent):
        path = folder / RECORD
        if path.is_file():
            return _read_record(path)
    return {}


def _read_record(path: Path) -> dict:
    """A record; a damaged one is read as far as it goes, and mended."""
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    with contextlib.suppress(ValueError, AttributeError):
        found = json.loads(text)
        if isinstance(found.get("part", ""), str):
            return found
    sums = dict(re.findall(r'"([^"\n]+)"\s*:\s*"(sha256:[0-9a-f]{64})"', text))
    part = re.search(r'"part"\s*:\s*("(?:[^"\\\n]|\\.)*")', text)
    known = json.loads(part[1]) if part else None
    warnings.warn(
        f"{path} was no valid JSON"
        + (
            ", and is written anew."
            if part
            else ": whether all of the data set is here is not "
            "known. To know it, delete the folder and get the data set again."
        ),
        stacklevel=2,
    )
    mended = {"artefacts": sums, "part": known or ""}
    if part:
        with contextlib.suppress(InputError):
            atomic_write(path, json.dumps(mended, indent=1) + "\n")
    return mended
