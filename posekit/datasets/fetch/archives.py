"""Unpacking zip and tar archives without letting them out of their folder, or fill the disk.

An archive is somebody else's program for writing files. Before the first byte is written it is
read to its end and every member is looked at: one with ``..``, an absolute path, a link or a
device refuses the whole archive, and so does more content than such an archive can have.
Unpacking goes into a folder beside the target and ends with one rename.
"""

from __future__ import annotations

import errno
import lzma
import os
import re
import shutil
import stat
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

from ...errors import InputError
from ...files import patiently
from ...locks import try_lock
from .disk import clear_disk_errors, megabytes, require_space
from .sums import Damaged

# Text packs to a fifteenth, zeros to a thousandth. What is beyond this is no data set, but made
# to fill a disk; the smallest archives are let off.
MOST_TIMES, ALWAYS_ALLOWED = 50, 64 << 20
BLOCK = 4096  # what the smallest file takes on a disk
_BROKEN = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError),
    *(RuntimeError, ValueError, struct.error, OverflowError),  # headers that make no sense
)
# What a disk says to names that no sound archive has: a file where a folder should be, say. An
# error without a number is gzip's or bz2's own.
_BAD_NAMES = (None, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.EILSEQ)
_METHODS = {6: "Implode", 9: "Deflate64", 93: "Zstandard", 95: "XZ", 98: "PPMd", 99: "encrypted"}


class Member(NamedTuple):
    """One file or folder of an archive."""

    name: str  # with / between the folders, whatever the archive has
    kind: str  # "file", "folder" or what else it is
    size: int
    open: Callable[[], BinaryIO]


@contextmanager
def building(target: Path) -> Iterator[Path]:
    """A folder that becomes ``target`` when the block ends well, and vanishes when it fails.

    Where ``target`` is a link, what it leads to is built. Should another process have filled it
    in the meantime, that is kept.
    """
    target = Path(os.path.realpath(target))
    with clear_disk_errors(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        half = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        alive = _held(half)
        try:
            half.chmod(0o755)  # mkdtemp's are private, and data sets are shared
            yield half
            with suppress(OSError):  # Windows renames over nothing, not even an empty folder
                target.rmdir()
            try:
                patiently(os.rename, half, target)
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
                shutil.rmtree(half)
        except BaseException:
            shutil.rmtree(half, ignore_errors=True)
            raise
        finally:
            if alive is not None:
                os.close(alive)


def sweep(targets: Iterable[Path]) -> None:
    """Remove what killed processes left while they were `building` one of these targets.

    A folder that a living process builds is locked by it, and stays.
    """
    targets = {Path(os.path.realpath(target)) for target in targets}
    for folder in {target.parent for target in targets}:
        for half in folder.glob(".*-*"):
            ours = folder / half.name[1:].rpartition("-")[0] in targets
            dead = _held(half) if ours and half.is_dir() else None
            if dead is not None:
                shutil.rmtree(half, ignore_errors=True)
                os.close(dead)


def _held(folder: Path) -> int | None:
    """A folder that is open and locked, or None where it cannot be: another process holds it."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # it is gone; or Windows, which opens no folder
        return None
    if try_lock(handle):
        return handle
    os.close(handle)
    return None


def extract(archive: Path, folder: Path, expected: int = 0) -> int:
    """Unpack a zip or tar archive below ``folder``; returns the number of files.

    ``expected`` is how large the archive should be, in bytes, 0 where that is not known. Raises
    `posekit.datasets.fetch.sums.Damaged` for an archive that is damaged, has a member that could
    write outside of ``folder``, or unpacks to more than `MOST_TIMES` its size (the real or the
    expected one, whichever is less); `InputError` for one that is packed in a way that Python
    does not know, and when the disk cannot hold what is in it.
    """
    from tqdm import tqdm

    size = archive.stat().st_size
    limit = max(ALWAYS_ALLOWED, MOST_TIMES * min(size, expected or size))
    opened = _zip_members if zipfile.is_zipfile(archive) else _tar_members
    with _clear_damage(archive), opened(archive, limit) as members:
        for member in members:
            _refuse_unsafe(member, archive)
        total = _refuse_too_much((member.size for member in members), limit, archive)
        require_space(folder, total)
        files = [member for member in members if member.kind == "file"]
        for member in tqdm(files, desc=f"unpacking {archive.name}", unit="file"):
            _write(member, folder / PurePosixPath(member.name))
    return len(files)


@contextmanager
def _clear_damage(archive: Path) -> Iterator[None]:
    """Turn whatever a library says of a broken archive into one sentence."""
    try:
        yield
    except InputError:
        raise
    except _BROKEN as error:
        reason = error
    except OSError as error:
        if error.errno not in _BAD_NAMES:
            raise
        reason = error
    else:
        return
    first = (str(reason).splitlines() or [type(reason).__name__])[0].rstrip(".: ")
    raise Damaged(f"{archive} cannot be unpacked, it is damaged: {first}.", archive) from None


def _write(member: Member, path: Path) -> None:
    with clear_disk_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        with member.open() as source, open(path, "wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)


def _refuse_unsafe(member: Member, archive: Path) -> None:
    name = member.name
    if name.startswith("/") or re.match("[A-Za-z]:", name):
        reason = "has an absolute path"
    elif ".." in PurePosixPath(name).parts:
        reason = "leads out of the folder with .."
    elif member.kind not in ("file", "folder"):
        reason = f"is a {member.kind}"
    else:
        return
    raise Damaged(
        f"{archive} is not safe and nothing of it was unpacked: its member "
        f"{member.name!r} {reason}.",
        archive,
    )


def _refuse_too_much(sizes: Iterable[int], limit: int, archive: Path) -> int:
    """What files of these sizes take on a disk, in bytes; an error once that is too much."""
    total = 0
    for size in sizes:
        total += max(size, BLOCK)
        if total > limit:
            raise Damaged(
                f"{archive} is not safe and nothing of it was unpacked: it is "
                f"{megabytes(archive.stat().st_size)} long and unpacks to more than "
                f"{megabytes(limit)}, which no data set does. Get it again.",
                archive,
            )
    return total


@contextmanager
def _zip_members(archive: Path, limit: int) -> Iterator[list[Member]]:
    with zipfile.ZipFile(archive) as source:
        for info in source.infolist():
            _refuse_unknown_packing(info, archive)
        yield [
            Member(
                info.filename.replace("\\", "/"),  # as some programs on Windows write it
                _zip_kind(info),
                info.file_size,
                lambda i=info: source.open(i),
            )
            for info in source.infolist()
        ]


def _refuse_unknown_packing(info: zipfile.ZipInfo, archive: Path) -> None:
    known = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
    method = "encrypted" if info.flag_bits & 1 else _METHODS.get(info.compress_type)
    if method is None and info.compress_type not in known:
        method = f"method {info.compress_type}"
    if method:
        raise InputError(
            f"{archive} is whole, but packed in a way that Python cannot unpack ({method}): "
            "unpack it with another program, 7-Zip say, into the data set's own folder."
        )


def _zip_kind(info: zipfile.ZipInfo) -> str:
    mode = info.external_attr >> 16
    if stat.S_ISLNK(mode):
        return "link"
    return "folder" if info.filename.endswith(("/", "\\")) else "file"


@contextmanager
def _tar_members(archive: Path, limit: int) -> Iterator[list[Member]]:
    with tarfile.open(archive) as source:
        found = []

        def sizes() -> Iterator[int]:
            for info in source:
                found.append(info)
                yield info.size

        total = _refuse_too_much(sizes(), limit, archive)
        _read_to_the_end(source, limit + total, archive)
        yield [
            Member(
                info.name.replace("\\", "/"),
                _tar_kind(info),
                info.size,
                lambda i=info: source.extractfile(i),
            )
            for info in found
        ]


def _read_to_the_end(source: tarfile.TarFile, limit: int, archive: Path) -> None:
    """Read on behind the last member: there a packed stream has its checksum.

    Without it a damaged ``.tar.gz`` would unpack, with wrong contents.
    """
    while source.fileobj.read(1 << 20):
        _refuse_too_much([source.fileobj.tell()], limit, archive)


def _tar_kind(info: tarfile.TarInfo) -> str:
    if info.issym() or info.islnk():
        return "link"
    if info.isdir():
        return "folder"
    return "file" if info.isreg() else "device"
