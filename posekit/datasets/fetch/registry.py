"""Data sets and models by name; the list itself is ``registry.toml``, beside this file.

To add one: a table there, a reader in ``posekit/datasets/``, a script in ``data_scripts/``,
tests; ``python data_scripts/page.py`` then writes it into DATA.md.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from ...errors import InputError
from .sums import Artefact


@dataclass(frozen=True)
class DataSet:
    """A data set, or a model, that posekit can get.

    Attributes:
        name, title: short name for commands; full name for people.
        terms: what one may do with it.
        citation: what to cite.
        page: the owner's page.
        official, mirror: the files as the owner and as a lab mirror distribute them.
        marks: the folder is this data set when one of these (globs) is in it.
        by_hand: how to get the official files where no program can; else a hint, or empty.
        reader: ``module:class`` below `posekit.datasets` that gives a `Sample` for each image, or
            empty.
        clips: the same for one that gives a `Clip` for each recording.
        packaged: it ships with posekit, and is never downloaded.
    """

    name: str
    title: str
    terms: str
    citation: str
    page: str
    official: tuple[Artefact, ...] = ()
    mirror: tuple[Artefact, ...] = ()
    marks: tuple[str, ...] = ()
    by_hand: str = ""
    reader: str = ""
    clips: str = ""
    packaged: bool = False

    @property
    def packaged_folder(self) -> Path | None:
        """Where it lies in the package; None for one that does not ship with it."""
        return Path(__file__).parents[1] / self.name if self.packaged else None

    @property
    def single_file(self) -> str:
        """The file that this is, where it is one file that is not unpacked; else empty."""
        mark = self.marks[0]
        return mark if mark.endswith((".task", ".npz")) and "*" not in mark else ""

    def open(self, folder, split=None, **options):
        """Its reader on a folder; `InputError` where posekit has none."""
        if not (self.reader or self.clips):
            raise InputError(f"{self.name} is no data set that has a reader.")
        module, _, name = (self.reader or self.clips).partition(":")
        return getattr(import_module(f"posekit.datasets.{module}"), name)(folder, split, **options)


def _load() -> dict[str, DataSet]:
    """Every table of ``registry.toml``, by its name and in its order."""
    text = Path(__file__).with_name("registry.toml").read_text(encoding="utf-8")
    found = {}
    for name, fields in tomllib.loads(text).items():
        files = {
            kind: tuple(Artefact(**file) for file in fields.pop(kind, ()))
            for kind in ("official", "mirror")
        }
        found[name] = DataSet(name, marks=tuple(fields.pop("marks")), **files, **fields)
    return found


DATASETS: dict[str, DataSet] = _load()


def get(name: str) -> DataSet:
    """The data set of that name; `InputError` lists the names."""
    if name not in DATASETS:
        raise InputError(f"no data set {name!r}; there are: {', '.join(DATASETS)}.")
    return DATASETS[name]
