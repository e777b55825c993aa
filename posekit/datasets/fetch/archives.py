"""Unpacking zip and tar archives without letting them out of their folder.

An archive is somebody else's program for writing files. Before the first byte is written
every member is looked at: one with ``..``, an absolute path, a link or a device refuses the
whole archive. Unpacking goes into a folder beside the target and ends with one rename.
"""

from __future__ import annotations

import errno
import lzma
import re
import shutil
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

from ...errors import InputError
from .download import clear_disk_errors, require_space

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
# RuntimeError is what zipfile raises for a password or an unknown compression.
_BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, RuntimeError)


class Member(NamedTuple):
    """One file or folder of an archive."""

    name: str
    kind: str  # "file", "folder" or what else it is
    size: int
    open: Callable[[], BinaryIO]


def is_archive(name: str) -> bool:
    """Whether a file is unpacked (by its name)."""
    return name.lower().endswith(SUFFIXES)


@contextmanager
def building(target: Path) -> Iterator[Path]:
    """A folder that becomes ``target`` when the block ends well, and vanishes when it fails."""
    with clear_disk_errors(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        half = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        try:
            half.chmod(0o755)  # mkdtemp's are private, and data sets are shared
            yield half
            try:
                half.rename(target)
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
                shutil.rmtree(half)  # another process built it in the meantime
        except BaseException:
            shutil.rmtree(half, ignore_errors=True)
            raise


def extract(archive: Path, folder: Path) -> int:
    """Unpack a zip or tar archive below ``folder``; returns the number of files.

    Raises `InputError` for an archive that is damaged or has a member that could write
    outside of ``folder``, and when the disk cannot hold what is in it.
    """
    from tqdm import tqdm

    opened = _zip_members if zipfile.is_zipfile(archive) else _tar_members
    try:
        with opened(archive) as members:
            for member in members:
                _refuse_unsafe(member, archive)
            require_space(folder, sum(member.size for member in members))
            files = [member for member in members if member.kind == "file"]
            for member in tqdm(files, desc=f"unpacking {archive.name}", unit="file"):
                _write(member, folder / PurePosixPath(member.name))
    except _BROKEN as error:
        raise InputError(f"{archive} cannot be unpacked, it is damaged: {error}.") from None
    return len(files)


def _write(member: Member, path: Path) -> None:
    with clear_disk_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        with member.open() as source, open(path, "wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)


def _refuse_unsafe(member: Member, archive: Path) -> None:
    name = member.name.replace("\\", "/")  # what Windows would take it for
    if name.startswith("/") or re.match("[A-Za-z]:", name):
        reason = "has an absolute path"
    elif ".." in PurePosixPath(name).parts:
        reason = "leads out of the folder with .."
    elif member.kind not in ("file", "folder"):
        reason = f"is a {member.kind}"
    else:
        return
    raise InputError(
        f"{archive} is not safe and nothing of it was unpacked: its member "
        f"{member.name!r} {reason}."
    )


@contextmanager
def _zip_members(archive: Path) -> Iterator[list[Member]]:
    with zipfile.ZipFile(archive) as source:
        yield [
            Member(info.filename, _zip_kind(info), info.file_size, lambda i=info: source.open(i))
            for info in source.infolist()
        ]


def _zip_kind(info: zipfile.ZipInfo) -> str:
    mode = info.external_attr >> 16
    if stat.S_ISLNK(mode):
        return "link"
    return "folder" if info.is_dir() else "file"


@contextmanager
def _tar_members(archive: Path) -> Iterator[list[Member]]:
    with tarfile.open(archive) as source:
        yield [
            Member(info.name, _tar_kind(info), info.size, lambda i=info: source.extractfile(i))
            for info in source.getmembers()
        ]


def _tar_kind(info: tarfile.TarInfo) -> str:
    if info.issym() or info.islnk():
        return "link"
    if info.isdir():
        return "folder"
    return "file" if info.isreg() else "device"
