"""What deck 10 reads instead of training it: studies, with the commands that write them.

A table of ``action_study.json`` has a row for each seed; a figure is the mean over seeds. Penn
Action's and JHMDB's records have their means and standard errors in them.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import numpy as np

from posekit.errors import InputError

HERE = Path(__file__).parent
STUDY = HERE / "action_study.json"


@lru_cache
def _study() -> dict:
    if not STUDY.is_file():
        raise InputError(
            f"{STUDY.name} is not there: run `python tests/benchmarks/action_study.py`."
        )
    return json.loads(STUDY.read_text(encoding="utf-8"))


def rows(table: str) -> list[dict]:
    """The rows of a table, one for each seed; `InputError` where it has none."""
    found = list(_study()["tables"].get(table, {}).values())
    if not found:
        raise InputError(
            f"{STUDY.name} has no table {table}: run `python tests/benchmarks/action_study.py "
            f"--tables {table}`."
        )
    return found


def figures(table: str, *keys: str) -> np.ndarray:
    """(seeds, ...) what stands under these keys, one inside the other, in each row."""
    found = rows(table)
    for key in keys:
        if not all(key in row for row in found):
            raise InputError(f"{STUDY.name}, {table}: a row has no {key!r}. Record it again.")
        found = [row[key] for row in found]
    return np.array(found, dtype=float)


def seeds(table: str) -> str:
    """``3 seeds``, or ``1 seed``."""
    count = len(rows(table))
    return f"{count} seeds" if count > 1 else "1 seed"


def classes(which: str) -> list[str]:
    """The names of the ``four`` actions of landmarks, or of the ``five`` of images."""
    return [name.replace("_", " ") for name in _study()["classes"][which]]


def benchmark(name: str) -> dict | None:
    """The record of a real benchmark, slides/NAME.json; None where it is not recorded."""
    path = HERE / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
