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


def seeds(row: str | None = None) -> str:
    """``3 seeds``: of how many trainings the figures of a row are the mean, or those of all."""
    counts = [found["seeds"] for found in study()["means"] if row in (None, found["row"])]
    fewest, most = min(counts), max(counts)
    said = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    return f"{said} seeds" if most > 1 else "1 seed"


def doubt() -> float:
    """The largest standard error of a share in per cent of the study's test clips, of one seed."""
    return 100 * (0.25 / study()["settings"]["test"]) ** 0.5
