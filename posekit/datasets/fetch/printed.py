"""What the commands `posekit data` and the scripts in ``data_scripts/`` print and return."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ...environment import is_address, without_secrets
from ...errors import InputError
from ...files import check_writable
from ..reader import export
from . import registry
from .disk import megabytes
from .local import check, ensure, find, home_of, mirror_of, offered, record, root_of
from .registry import DATASETS, DataSet


def print_list(root=None, mirror=None) -> int:
    """``posekit data list``."""
    root, mirror = root_of(root), mirror_of(mirror)
    print(f"data sets are kept in {root}; mirror: {without_secrets(mirror) or 'none'}\n")
    for entry in DATASETS.values():
        print(f"{entry.name:22}{entry.title}\n{'':22}{_where(entry, root, mirror)}")
        print(f"{'':22}terms: {entry.terms}\n{'':22}{entry.page}\n")
    print("posekit data get NAME downloads one; DATA.md has citations and official addresses.")
    return 0


def _where(entry: DataSet, root: Path, mirror: str) -> str:
    if entry.packaged:
        return f"in the package: {entry.packaged_folder}"
    home = home_of(entry, root / entry.name)
    if home:
        part = record(home).get("part")
        return f"here{f', in part ({part})' if part else ''}: {home}"
    if mirror and not is_address(mirror) and (files := offered(entry, Path(mirror))):
        part = "; ".join(artefact.part for artefact in files if artefact.part)
        size = sum((Path(mirror) / artefact.file).stat().st_size for artefact in files)
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
        if getattr(args, "npz", None):
            check_writable(args.npz)
        print_get(name, args.root, args.mirror)
        status = print_check(name, args.root, args.mirror)
        if getattr(args, "npz", None):
            reader = registry.get(name).open(find(name, args.root, args.mirror), images=False)
            print(f"{export(reader, args.npz):,} people written to {args.npz}")
        return status
    except (InputError, OSError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{name}: stopped; the same command goes on from there.", file=sys.stderr)
        return 130
