"""Where data sets are kept, and how one gets there.

A data set ``NAME`` is the folder ``ROOT/NAME`` (or one file in it, for what is a single
file). It appears there complete or not at all; one that was unpacked there by hand counts
as well; what ships with posekit lies in the package instead. A *mirror* is a folder or an
http address that holds the archives, a lab's file server say; archives in a mirror folder are
unpacked from where they lie, never copied.

One process at a time brings a data set (a lock, ``ROOT/.NAME.lock``); another that wants it
waits, and then finds it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ... import environment
from ...environment import is_address, without_secrets
from ...errors import InputError
from ...locks import locked
from ..folder import listed
from . import registry
from .archives import building, extract, sweep
from .checks import Report, check_folder, require_content
from .disk import clear_disk_errors, megabytes
from .download import ATTEMPTS, NotThere, Unreachable, fetch
from .registry import DataSet
from .sums import Artefact, Damaged, forget, record, remember, verify, write_record


def default_root() -> Path:
    """``POSEKIT_DATA``, or a folder of the user's cache."""
    given = environment.data_folder()
    if given:
        return given
    import pooch

    return Path(pooch.os_cache("posekit")) / "data"


def default_mirror() -> str:
    """``POSEKIT_MIRROR``: a folder, an http address, or empty."""
    return environment.mirror()


def find(name: str, root=None, mirror=None) -> Path | None:
    """The data set where it lies on this machine, or None; the network is not touched.

    What a mirror *folder* has is verified and unpacked into ``root`` first; a single file
    (a model bundle) is used where it lies. Raises `InputError` for an unknown name, a mirror
    that is not there, a wrong checksum, an unsafe archive, a full disk.
    """
    entry = registry.get(name)
    if entry.packaged:
        return entry.packaged_folder
    root, mirror = root_of(root), mirror_of(mirror)
    home = home_of(entry, root / name)
    if home:
        _tidy(entry, root)
        return home
    artefacts = () if is_address(mirror) or not mirror else offered(entry, Path(mirror))
    if not artefacts:
        return None
    sources = [(artefact, Path(mirror) / artefact.file) for artefact in artefacts]
    if entry.single_file:
        return _opened(*sources[0], root)
    with _alone(entry, root):
        return home_of(entry, root / name) or _unpack(entry, sources, root)


def ensure(name: str, root=None, mirror=None, *, attempts: int = ATTEMPTS) -> Path:
    """The data set on this machine, downloaded if need be: from the mirror, or officially.

    A single file of a mirror folder is copied, so that it is found without the mirror as well.
    ``attempts`` is how often a download is tried; with 1, for lessons, a network that lets nothing
    through costs `posekit.datasets.fetch.download.SILENCE` seconds an address. Raises `InputError`
    as `find` does, and where it cannot be had by a program: the sentence then says where to
    register, and where to put the files.
    """
    entry, root, mirror = registry.get(name), root_of(root), mirror_of(mirror)
    found = find(name, root, mirror)
    if found and (not entry.single_file or root in found.parents):
        return found
    if found:
        return _kept(entry, found, root)
    if not entry.official and not (is_address(mirror) and entry.mirror):
        raise InputError(
            f"{name} cannot be downloaded by a program: {entry.by_hand}. Unpack it so "
            f"that {root / name / entry.marks[0]} is there, or name a mirror that has "
            "it, with --mirror or POSEKIT_MIRROR."
        )
    with _alone(entry, root):
        return home_of(entry, root / name) or _download(entry, root, mirror, attempts)


def check(name: str, root=None, mirror=None) -> Report:
    """Open every file of a data set that is on this machine, and count what is wrong."""
    entry, found = registry.get(name), find(name, root, mirror)
    if found is None:
        raise InputError(absent(name, root))
    return check_folder(entry, found, part=record(found).get("part", ""))


def absent(name: str, root=None) -> str:
    """The sentence for a data set that is not on this machine."""
    entry, folder = registry.get(name), root_of(root) / name
    if entry.official:
        return (
            f"{name} is not on this machine ({folder}): `posekit data get {name}` downloads "
            "it, or set POSEKIT_MIRROR to a folder that has it."
        )
    return (
        f"{name} is not on this machine ({folder}): {entry.by_hand}; or set POSEKIT_MIRROR "
        "to a folder that has it."
    )


# ------------------------------------------------------------------------------- places
def root_of(root) -> Path:
    """The folder that data sets are kept in: the given one, or the default."""
    text = str(root or "").strip()
    folder = environment.as_folder(text) if text else default_root()
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file: name a folder, with --root or POSEKIT_DATA.")
    return folder


def mirror_of(mirror) -> str:
    """The mirror, the given one or the default: an absolute path, an address, or empty."""
    mirror = environment.as_mirror(mirror) or default_mirror()
    if mirror and not is_address(mirror) and not Path(mirror).is_dir():
        raise InputError(
            f"the mirror {without_secrets(mirror)} is neither a folder nor an http address."
        )
    return mirror


def home_of(entry: DataSet, folder: Path) -> Path | None:
    """The folder or file that is the data set: ``folder``, or the one folder inside it."""
    if not folder.is_dir():
        return None
    inner = [path for path in listed(folder) if path.is_dir()]
    for place in (folder, *inner):
        for mark in entry.marks:
            found = listed(place, mark)
            if found and entry.single_file:
                return found[0] if zipfile.is_zipfile(found[0]) else None
            if found:
                return place
    return None


def offered(entry: DataSet, mirror: Path) -> tuple[Artefact, ...]:
    """The artefacts that a mirror folder holds: its own, or a copy of the official ones."""
    for artefacts in (entry.mirror, entry.official):
        if artefacts and all((mirror / artefact.file).is_file() for artefact in artefacts):
            return artefacts
    return ()


# ------------------------------------------------------------------------------- inside
@contextmanager
def _alone(entry: DataSet, root: Path) -> Iterator[None]:
    """Nobody else brings this data set meanwhile; what killed processes left of it is swept."""
    waiting = f"another posekit is getting {entry.name}: waiting until it has ended."
    with clear_disk_errors(root), locked(root / f".{entry.name}.lock", waiting):
        sweep([root / entry.name])
        yield


def _tidy(entry: DataSet, root: Path) -> None:
    """Sweep what killed processes left of a data set that is here, unless one is at it."""
    if any(Path(os.path.realpath(root / entry.name)).parent.glob(f".{entry.name}-*")):
        with contextlib.suppress(InputError, OSError), locked(root / f".{entry.name}.lock"):
            sweep([root / entry.name])


def _download(entry: DataSet, root: Path, mirror: str, attempts: int) -> Path:
    if is_address(mirror) and entry.mirror:
        base = mirror.rstrip("/")
        try:
            sources = [(a, f"{base}/{a.file}") for a in entry.mirror]
            return _get(entry, sources, root, attempts)
        except NotThere:
            if not entry.official:
                raise
            print(
                f"{without_secrets(base)} has no {entry.name}: going to the official address.",
                file=sys.stderr,
            )
    try:
        return _get(entry, [(a, a.address) for a in entry.official], root, attempts)
    except Unreachable as error:
        other = entry.by_hand or "another way is a mirror that has it"
        raise InputError(f"{error} ({other}; --mirror or POSEKIT_MIRROR names one.)") from None


def _get(entry: DataSet, sources: list[tuple[Artefact, str]], root: Path, attempts: int) -> Path:
    """Download to ``root/downloads``, then unpack; a single file goes straight to its place."""
    size = sum(artefact.size for artefact, _ in sources)
    print(
        f"{entry.title}: {len(sources)} file{'s' * (len(sources) > 1)}, "
        f"{megabytes(size) if size else 'size not known'}. "
        f"Terms: {entry.terms}.",
        file=sys.stderr,
    )
    if entry.single_file:
        return _get_single(entry, *sources[0], root, attempts)
    arrived = []
    for artefact, address in sources:
        path = root / "downloads" / entry.name / artefact.file
        if not path.exists():
            fetch(address, path, artefact, root, attempts)
        arrived.append((artefact, path))
    try:
        home = _unpack(entry, arrived, root)
    except Damaged as error:
        for _, path in arrived:  # kept, they would be what every later try meets
            if error.path in (path, None):
                path.unlink()
        raise
    for _, path in arrived:
        path.unlink()
    with contextlib.suppress(OSError):  # the part of another file may be in it
        path.parent.rmdir()
    return home


def _get_single(entry, artefact: Artefact, address: str, root: Path, attempts: int) -> Path:
    path = root / entry.name / artefact.file
    if path.is_file():  # one that cannot be opened, else it would have been found
        forget(path, artefact, root)

    def opens(part: Path) -> None:
        require_content(part, artefact.file)

    fetch(address, path, artefact, root, attempts, opens)
    remember(path, artefact, root)
    return path


def _opened(artefact: Artefact, path: Path, root: Path) -> Path:
    """A single file of a mirror folder, verified and opened."""
    verify(path, artefact, root)
    try:
        require_content(path, artefact.file)
    except Damaged:
        forget(path, artefact, root)
        raise
    remember(path, artefact, root)
    return path


def _kept(entry: DataSet, file: Path, root: Path) -> Path:
    """A copy of a mirror's single file, or the file itself where none can be made."""
    target = root / entry.name / entry.single_file
    half = target.with_name(target.name + ".part")
    try:
        with _alone(entry, root):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, half)
            half.replace(target)
    except InputError as error:
        with contextlib.suppress(OSError):
            half.unlink()
        print(f"{error} {file} is used where it lies.", file=sys.stderr)
        return file
    return target


def _unpack(entry: DataSet, arrived: list[tuple[Artefact, Path]], root: Path) -> Path:
    """Verify and unpack archives into ``root/name``, which then is there in one piece."""
    folder = root / entry.name
    _require_free(entry, folder)
    try:
        for artefact, path in arrived:
            verify(path, artefact, root)
        with building(folder) as half:
            for artefact, path in arrived:
                extract(path, half, artefact.size)
            if not home_of(entry, half):
                names = ", ".join(path.name for _, path in arrived)
                raise Damaged(
                    f"{names} is not {entry.name} as it is known: no "
                    f"{' or '.join(entry.marks)} is in it."
                )
            write_record(half, arrived)
    except Damaged as error:
        for artefact, path in arrived:
            if error.path in (path, None):
                forget(path, artefact, root)
        raise
    for artefact, path in arrived:
        remember(path, artefact, root)
    home = home_of(entry, folder)
    if not home:  # something else was put there while this was unpacking
        _require_free(entry, folder)
    return home


def _require_free(entry: DataSet, folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(
            f"{folder} is there, but has no {' or '.join(entry.marks)} in it, so it "
            f"is not {entry.name}: move it away."
        )
