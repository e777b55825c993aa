"""Getting a file safely: resume, retry, progress, checksum.

One file is an `Artefact`. Whatever goes wrong, nothing is left that a later run would trust:
a download grows as ``FILE.part``, and only what is complete and verified gets its name.
Unpacking it is the matter of `posekit.datasets.fetch.archives`.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import time
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from ...errors import InputError
from ...files import atomic_write

UNVERIFIED = "unverified"
CHUNK = 1 << 16  # what a broken connection may lose
PAUSE = 1.0  # seconds before the second attempt, doubled for each later one


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


class Unreachable(InputError):
    """The server does not answer, or not with the file."""


class NotThere(Unreachable):
    """The server is there, but has no such file."""


class Busy(Exception):
    """The server is there, but has trouble of its own (a status of 500 and more)."""


def is_address(mirror) -> bool:
    """Whether a mirror is an http address, and not a folder."""
    return urlsplit(str(mirror)).scheme in ("http", "https")


@contextmanager
def clear_disk_errors(folder: Path):
    """Turn a full or read-only disk into one sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise InputError(
                f"The disk that holds {folder} is full: free some space there, or "
                "choose another folder with --root or POSEKIT_DATA."
            ) from None
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise InputError(
                f"{folder} cannot be written: choose another folder with --root or POSEKIT_DATA."
            ) from None
        raise


def require_space(folder: Path, size: int) -> None:
    """`InputError` when the disk that holds ``folder`` has not ``size`` bytes left."""
    free = shutil.disk_usage(folder).free
    if size > free:
        raise InputError(
            f"The disk that holds {folder} is full: {megabytes(size)} are needed "
            f"and {megabytes(free)} are free. Free some, or choose another "
            "folder with --root or POSEKIT_DATA."
        )


def megabytes(size: int) -> str:
    """A number of bytes, in words."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"


# ---------------------------------------------------------------------------- checksums
def digest(path: Path, kind: str = "sha256") -> str:
    """The hexadecimal sha256 or md5 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, kind).hexdigest()


def verify(path: Path, artefact: Artefact, root: Path) -> None:
    """`InputError` unless the file is the one that the artefact describes.

    Where the artefact is unverified, the sum goes into ``root/checksums.json`` on first use,
    with a warning, and is what later downloads are held against.
    """
    if artefact.checksum != UNVERIFIED:
        kind, _, expected = artefact.checksum.partition(":")
        actual = _digest_once(str(path), kind, *_identity(path))
        if actual != expected:
            raise InputError(
                f"{path} is not the file it should be: its {kind} is {actual}, "
                f"and {expected} was expected. It is damaged or another file: "
                "get it again."
            )
        return
    actual, recorded = digest(path), root / "checksums.json"
    known = json.loads(recorded.read_text()) if recorded.exists() else {}
    before = known.get(artefact.file)
    if before == actual:
        return
    if before:
        raise InputError(
            f"{artefact.file} has changed: its sha256 is {actual}, and was "
            f"{before} on first use. If that is expected, delete its line in "
            f"{recorded}."
        )
    warnings.warn(
        f"{artefact.file}: nobody publishes a checksum for it; its sha256 {actual} "
        f"stands in {recorded} from now on.",
        stacklevel=2,
    )
    atomic_write(recorded, json.dumps(known | {artefact.file: actual}, indent=1) + "\n")


def _identity(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


@lru_cache(maxsize=64)
def _digest_once(path: str, kind: str, size: int, changed: int) -> str:
    """`digest`, once a process for a file that does not change."""
    return digest(Path(path), kind)


# ---------------------------------------------------------------------------- download
def fetch(address: str, target: Path, artefact: Artefact, root: Path, attempts: int = 4) -> Path:
    """Download ``address`` to ``target``, resuming ``target.part`` where there is one.

    A broken connection is tried again, from where it broke. Raises `InputError` when the
    address cannot be reached or refuses, when the checksum is wrong (the download is then
    deleted), and when the disk is full (the part stays, to be resumed).
    """
    part = target.with_name(target.name + ".part")
    with clear_disk_errors(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        resumed = part.exists() and part.stat().st_size > 0
        _download(address, part, attempts)
        try:
            verify(part, artefact, root)
        except InputError:
            part.unlink()
            if resumed:  # the old half may have been of another file: once more, from the start
                return fetch(address, target, artefact, root, attempts)
            raise
        os.replace(part, target)
    return target


def _download(address: str, part: Path, attempts: int) -> None:
    import requests

    broken = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)
    for attempt in range(attempts):
        if attempt:
            time.sleep(PAUSE * 2 ** (attempt - 1))
        try:
            if _append(address, part):
                return
            reason = "the connection ended early"
        except Busy as error:
            reason = str(error)
        except broken:
            reason = f"there is no connection to {urlsplit(address).netloc}, or it broke"
        except requests.RequestException as error:  # an address that can never work
            raise Unreachable(f"{address} cannot be downloaded: {error}.") from None
    kept = " What arrived is kept: the same command goes on from there." if part.exists() else ""
    raise Unreachable(f"{address} cannot be downloaded, after {attempts} attempts: {reason}.{kept}")


def _append(address: str, part: Path) -> bool:
    """Add to ``part`` what is still missing of it; True when it is complete."""
    import requests

    have = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"}  # else lengths are those of a compressed stream
    if have:
        headers["Range"] = f"bytes={have}-"
    with requests.get(address, headers=headers, stream=True, timeout=30) as response:
        if response.status_code == 416:  # nothing behind what we have: complete, or too much
            complete = response.headers.get("Content-Range", "").endswith(f"/{have}")
            if not complete:
                part.unlink()
            return complete
        if response.status_code >= 500:
            raise Busy(f"the server answers {response.status_code}")
        if response.status_code not in (200, 206):
            error = NotThere if response.status_code in (404, 410) else Unreachable
            raise error(
                f"{address} cannot be downloaded: the server answers "
                f"{response.status_code} {response.reason}."
            )
        if response.status_code == 200:
            have = 0  # the server knows no ranges and sends everything again
        total = have + int(response.headers.get("Content-Length", 0))
        require_space(part.parent, total - have)
        _save(response, part, have, total)
    return total in (have, part.stat().st_size)  # no length given: the end is the end


def _save(response, part: Path, have: int, total: int) -> None:
    from tqdm import tqdm

    name = part.name.removesuffix(".part")
    with (
        open(part, "ab" if have else "wb") as file,
        tqdm(total=total or None, initial=have, desc=name, unit="B", unit_scale=True) as progress,
    ):
        for chunk in response.iter_content(CHUNK):
            file.write(chunk)
            progress.update(len(chunk))
