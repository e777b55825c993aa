"""Where data sets are kept, and how one gets there.

A data set ``NAME`` is the folder ``ROOT/NAME`` (or one file in it, for what is a single
file). It appears there complete or not at all; one that was unpacked there by hand counts
as well. A *mirror* is a folder or an http address that holds the archives, a lab's file
server say; archives in a mirror folder are unpacked from where they lie, never copied.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from ...errors import InputError
from ..reader import export
from . import registry
from .archives import building, extract
from .checks import Report, check_folder
from .download import Artefact, NotThere, Unreachable, digest, fetch, is_address, megabytes, verify
from .registry import DATASETS, DataSet

RECORD = ".posekit.json"


def default_root() -> Path:
    """``POSEKIT_DATA``, or a folder of the user's cache."""
    if os.environ.get("POSEKIT_DATA"):
        return Path(os.environ["POSEKIT_DATA"]).expanduser().resolve()
    import pooch

    return Path(pooch.os_cache("posekit")) / "data"


def default_mirror() -> str:
    """``POSEKIT_MIRROR``: a folder, an http address, or empty."""
    return os.environ.get("POSEKIT_MIRROR", "").strip()


def find(name: str, root=None, mirror=None) -> Path | None:
    """The data set where it lies on this machine, or None; the network is not touched.

    What a mirror *folder* has is verified and unpacked into ``root`` first; a single file
    (a model bundle) is used where it lies. Raises `InputError` for an unknown name, a mirror
    that is not there, a wrong checksum, an unsafe archive, a full disk.
    """
    entry, root, mirror = registry.get(name), _root(root), _mirror(mirror)
    home = _home(entry, root / name)
    if home or not mirror or is_address(mirror):
        return home
    artefacts = _offered(entry, Path(mirror))
    if not artefacts:
        return None
    paths = [Path(mirror) / artefact.file for artefact in artefacts]
    if entry.single_file:
        verify(paths[0], artefacts[0], root)
        return paths[0]
    return _unpack(entry, list(zip(artefacts, paths)), root)


def ensure(name: str, root=None, mirror=None) -> Path:
    """The data set on this machine, downloaded if need be: from the mirror, or officially.

    Raises `InputError` as `find` does, and where it cannot be had by a program: the sentence
    then says where to register, and where to put the files.
    """
    found = find(name, root, mirror)
    if found:
        return found
    entry, root, mirror = registry.get(name), _root(root), _mirror(mirror)
    if is_address(mirror) and entry.mirror:
        base = mirror.rstrip("/")
        try:
            return _get(entry, [(a, f"{base}/{a.file}") for a in entry.mirror], root)
        except NotThere:
            if not entry.official:
                raise
            print(f"{base} has no {name}: going to the official address.", file=sys.stderr)
    if entry.official:
        try:
            return _get(entry, [(a, a.address) for a in entry.official], root)
        except Unreachable as error:
            other = entry.by_hand or "another way is a mirror that has it"
            raise InputError(f"{error} ({other}; --mirror or POSEKIT_MIRROR names one.)") from None
    raise InputError(
        f"{name} cannot be downloaded by a program: {entry.by_hand}. Unpack it so "
        f"that {root / name / entry.marks[0]} is there, or name a mirror that has "
        "it, with --mirror or POSEKIT_MIRROR."
    )


def check(name: str, root=None, mirror=None) -> Report:
    """Open every file of a data set that is on this machine, and count what is wrong."""
    entry, found = registry.get(name), find(name, root, mirror)
    if found is None:
        raise InputError(absent(name, root))
    return check_folder(entry, found, part=record(found).get("part", ""))


def absent(name: str, root=None) -> str:
    """The sentence for a data set that is not on this machine."""
    entry, folder = registry.get(name), _root(root) / name
    if entry.official:
        return (
            f"{name} is not on this machine ({folder}): `posekit data get {name}` downloads "
            "it, or set POSEKIT_MIRROR to a folder that has it."
        )
    return (
        f"{name} is not on this machine ({folder}): {entry.by_hand}; or set POSEKIT_MIRROR "
        "to a folder that has it."
    )


def record(home: Path) -> dict:
    """What is known of how a data set came here: its artefacts, sums, and which part it is."""
    for folder in (home, home.parent):
        path = folder / RECORD
        if path.is_file():
            return json.loads(path.read_text())
    return {}


# ------------------------------------------------------------------------------- inside
def _root(root) -> Path:
    return Path(root).expanduser().resolve() if root else default_root()


def _mirror(mirror) -> str:
    mirror = str(mirror or default_mirror())
    if not mirror or is_address(mirror):
        return mirror
    folder = Path(mirror).expanduser()
    if not folder.is_dir():
        raise InputError(f"the mirror {mirror} is neither a folder nor an http address.")
    return str(folder.resolve())


def _home(entry: DataSet, folder: Path) -> Path | None:
    """The folder or file that is the data set: ``folder``, or the one folder inside it."""
    if not folder.is_dir():
        return None
    inner = sorted(path for path in folder.iterdir() if path.is_dir())
    for place in (folder, *inner):
        for mark in entry.marks:
            found = next(place.glob(mark), None)
            if found:
                return found if entry.single_file else place
    return None


def _offered(entry: DataSet, mirror: Path) -> tuple[Artefact, ...]:
    """The artefacts that a mirror folder holds: its own, or a copy of the official ones."""
    for artefacts in (entry.mirror, entry.official):
        if artefacts and all((mirror / artefact.file).is_file() for artefact in artefacts):
            return artefacts
    return ()


def _get(entry: DataSet, sources: list[tuple[Artefact, str]], root: Path) -> Path:
    """Download to ``root/downloads``, then unpack; a single file goes straight to its place."""
    size = sum(artefact.size for artefact, _ in sources)
    print(
        f"{entry.title}: {len(sources)} file{'s' * (len(sources) > 1)}, "
        f"{megabytes(size) if size else 'size not known'}. "
        f"Terms: {entry.terms}.",
        file=sys.stderr,
    )
    if entry.single_file:
        artefact, address = sources[0]
        return fetch(address, root / entry.name / artefact.file, artefact, root)
    arrived = []
    for artefact, address in sources:
        path = root / "downloads" / entry.name / artefact.file
        if not path.exists():
            fetch(address, path, artefact, root)
        arrived.append((artefact, path))
    home = _unpack(entry, arrived, root)
    for _, path in arrived:
        path.unlink()
    path.parent.rmdir()
    return home


def _unpack(entry: DataSet, arrived: list[tuple[Artefact, Path]], root: Path) -> Path:
    """Verify and unpack archives into ``root/name``, which then is there in one piece."""
    folder = root / entry.name
    if folder.exists() and any(folder.iterdir()):
        raise InputError(
            f"{folder} is there, but has no {' or '.join(entry.marks)} in it, so it "
            f"is not {entry.name}: move it away."
        )
    root.mkdir(parents=True, exist_ok=True)
    for artefact, path in arrived:
        verify(path, artefact, root)
    with building(folder) as half:
        for _, path in arrived:
            extract(path, half)
        if not _home(entry, half):
            names = ", ".join(path.name for _, path in arrived)
            raise InputError(
                f"{names} is not {entry.name} as it is known: no "
                f"{' or '.join(entry.marks)} is in it."
            )
        (half / RECORD).write_text(json.dumps(_made_of(arrived), indent=1) + "\n")
    return _home(entry, folder)


def _made_of(arrived: list[tuple[Artefact, Path]]) -> dict:
    return {
        "artefacts": {path.name: f"sha256:{digest(path)}" for _, path in arrived},
        "part": "; ".join(artefact.part for artefact, _ in arrived if artefact.part),
    }


# --------------------------------------------------------------------------- command line
def print_list(root=None, mirror=None) -> int:
    """``posekit data list``."""
    root, mirror = _root(root), _mirror(mirror)
    print(f"data sets are kept in {root}; mirror: {mirror or 'none'}\n")
    for entry in DATASETS.values():
        print(f"{entry.name:22}{entry.title}\n{'':22}{_where(entry, root, mirror)}")
        print(f"{'':22}terms: {entry.terms}\n{'':22}{entry.page}\n")
    print("posekit data get NAME downloads one; DATA.md has citations and official addresses.")
    return 0


def _where(entry: DataSet, root: Path, mirror: str) -> str:
    home = _home(entry, root / entry.name)
    if home:
        part = record(home).get("part")
        return f"here{f', in part ({part})' if part else ''}: {home}"
    if mirror and not is_address(mirror) and (offered := _offered(entry, Path(mirror))):
        part = "; ".join(artefact.part for artefact in offered if artefact.part)
        size = sum((Path(mirror) / artefact.file).stat().st_size for artefact in offered)
        return f"on the mirror{f', in part ({part})' if part else ''}: {megabytes(size)}"
    if entry.official:
        size = sum(artefact.size for artefact in entry.official)
        return f"to be downloaded: {megabytes(size) if size else 'size not known'}"
    return f"not here: {entry.by_hand}"


def print_get(name: str, root=None, mirror=None) -> int:
    """``posekit data get NAME``."""
    print(f"{name} is in {ensure(name, root, mirror)}")
    return 0


def print_check(name: str, root=None, mirror=None) -> int:
    """``posekit data check NAME``; 1 when something is wrong."""
    report = check(name, root, mirror)
    print(report.text())
    return 1 if report.problems else 0


def script(name: str, description: str) -> int:
    """The whole of a script in ``data_scripts/``: get a data set, check it, convert it."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--root",
        help="where data sets are kept (default: POSEKIT_DATA, or the user's cache folder)",
    )
    parser.add_argument(
        "--mirror",
        help="a folder or http address to prefer over the official site (default: POSEKIT_MIRROR)",
    )
    if registry.get(name).reader:
        parser.add_argument("--npz", metavar="FILE", help="write all labels into one .npz too")
    args = parser.parse_args()
    try:
        print_get(name, args.root, args.mirror)
        status = print_check(name, args.root, args.mirror)
        if getattr(args, "npz", None):
            reader = registry.get(name).open(find(name, args.root, args.mirror), images=False)
            print(f"{export(reader, args.npz):,} people written to {args.npz}")
        return status
    except InputError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 2
