"""What deck 09 reads instead of measuring: two studies, with the commands that write them.

All figures are PCK within 0.2 of the torso, in per cent.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from posekit.errors import InputError
from posekit.memory_scores import LENGTHS

HERE = Path(__file__).parent
STUDY, JOINTS = HERE / "memory_study.json", HERE / "joint_memory.json"
ROWS = {  # as the slides name them: the network, and what it sees
    "kept": ("pose_machine", "kept"),
    "reset": ("pose_machine", "reset"),
    "repeated": ("pose_machine", "repeated"),
    "shuffled": ("pose_machine", "shuffled"),
    "no memory": ("pose_machine_no_memory", "reset"),
    "+ One-Euro": ("pose_machine_no_memory", "one_euro"),
    "stacked": ("pose_machine_stacked", "kept"),
}


@lru_cache
def _read(path: Path, script: str) -> dict:
    if not path.is_file():
        raise InputError(f"{path.name} is not there: run `python tests/benchmarks/{script}`.")
    return json.loads(path.read_text(encoding="utf-8"))


def study() -> dict:
    """The networks of the chapter, with their controls, on rendered clips."""
    return _read(STUDY, "memory_study.py --runs RUNS")


def joints() -> dict:
    """An LSTM on the joints of real people, of which some are missing."""
    return _read(JOINTS, "joint_memory.py --json slides/joint_memory.json")


def figure(row: str, group: str, disturbance: str = "panned") -> float:
    """The PCK of one of `ROWS` on a group of `posekit.memory_scores.groups`.

    ``disturbance`` is ``panned`` (boards, blur and a pan), ``both`` (no pan) or ``none``.
    """
    network, control = ROWS[row]
    return _scored(network, control, group, disturbance)["pck"]


def counted(group: str, disturbance: str = "panned") -> int:
    """How many joints a group has."""
    return _scored(*ROWS["kept"], group, disturbance)["joints"]


def _scored(network: str, control: str, group: str, disturbance: str) -> dict:
    try:
        return study()[network][disturbance]["controls"][control][group]
    except KeyError:
        raise InputError(
            f"{STUDY.name} has no {group!r} of {network}, {control}, {disturbance}: "
            "record it again."
        ) from None


def by_length(row: str) -> list[float]:
    """The PCK by how many frames a joint has been hidden, as `LENGTHS` parts them."""
    return [figure(row, f"hidden_{name}") for name in LENGTHS]


def clips() -> str:
    """``200 clips of 16 frames``: what the study scores."""
    found = study()["pose_machine"]["panned"]
    return f"{found['clips']} clips of {found['frames']} frames"


def missing(name: str) -> dict[str, dict]:
    """Of a set of the study of joints, or of the mean over JHMDB's splits: rows by method."""
    found = joints()
    return (found["sets"].get(name) or found[name])["pck"]
