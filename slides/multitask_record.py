"""What deck 07 reads instead of measuring: two studies, with the commands that write them.

Each figure is a mean over seeds, with its standard error, None where there is a single seed.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from posekit.errors import InputError

HERE = Path(__file__).parent
STUDY, PENN = HERE / "multitask_study.json", HERE / "penn_pose.json"


@lru_cache
def _read(path: Path, script: str) -> dict:
    if not path.is_file():
        raise InputError(
            f"{path.name} is not there: run `python tests/benchmarks/{script} --json "
            f"slides/{path.name}`."
        )
    return json.loads(path.read_text(encoding="utf-8"))


def study() -> dict:
    """One network for all tasks against one for each; out of context."""
    return _read(STUDY, "multitask_study.py")


def penn() -> dict:
    """Penn Action, of coordinates alone."""
    return _read(PENN, "penn_pose.py")


def figure(row: str, key: str, places: str = "any") -> tuple[float, float | None]:
    """The mean and standard error of a row of the study: ``pck``, ``mpjpe_mm``, ``fusion``, ..."""
    for found in study()["means"]:
        if (found["row"], found["places"]) == (row, places) and key in found:
            return tuple(found[key])
    raise InputError(f"{STUDY.name} has no {key} of {row!r}, places {places}: record it again.")


def seeds() -> str:
    """``3 seeds``: of how many trainings each figure of the study is the mean."""
    fewest = min(row["seeds"] for row in study()["means"])
    return f"{fewest} seeds" if fewest > 1 else "1 seed"
