"""How well chapter 08's networks lift, and what correcting them is worth: recorded, and read here.

The file says which commands wrote it, and on which machine. A network's row on noisy points may
stand there once for each seed of the noise: what is read is their mean.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import numpy as np

from posekit.errors import InputError

RECORD = Path(__file__).parent / "lifting_study.json"
NETWORKS = {"linear": "linear_humaneva", "temporal": "temporal_humaneva"}
NETWORKS |= {"3D machine": "lifter_humaneva"}
PEOPLE = ("S1", "S2", "S3")


@lru_cache
def _table(name: str) -> dict:
    record = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.is_file() else {}
    if not record.get(name, {}).get("rows"):
        raise InputError(
            f"{RECORD.name} has no table {name}: train chapter 08's networks, and run "
            f"`python tests/benchmarks/lifting_study.py RUNS --tables {name}`."
        )
    return record[name]


def rows(table: str, **wanted) -> list[dict]:
    """The rows of a table that say all of this; none is an `InputError`."""
    found = [row for row in _table(table)["rows"] if wanted.items() <= row.items()]
    if not found:
        raise InputError(f"{RECORD.name}, {table}: no row says {wanted}. Record it again.")
    return found


def machine(table: str) -> str:
    """Where a table was recorded."""
    return _table(table)["machine"]


def figure(network: str, points: str, name: str = "p1") -> float:
    """Of a network of `NETWORKS`, on the published split of HumanEva-I, in mm.

    Each was trained on points of the kind that it is scored on, ``noise`` or ``truth``.
    """
    asked = NETWORKS[network] + ("_truth" if points == "truth" else "")
    return float(np.mean([row[name] for row in rows("lifted", network=asked, points=points)]))


def known(network: str, person: str) -> float:
    """P1 in mm on a person whom the network knows: the mean over that person's actions."""
    found = rows("lifted", network=NETWORKS[network], points="noise")
    actions = [pair for row in found for pair in row["actions"].items()]
    own = [value for name, value in actions if name.startswith(person)]
    if not own:
        raise InputError(f"{RECORD.name}, lifted: no action of {person}. Record it again.")
    return float(np.mean(own))


def stranger(network: str, person: str) -> float:
    """The same of the network that never saw this person."""
    found = rows("left_out", network=NETWORKS[network], person=person)
    return float(np.mean([row["action_mean"] for row in found]))


def left_out() -> str:
    """The last of `NETWORKS` that left each of `PEOPLE` out once."""
    pairs = {(row["network"], row["person"]) for row in rows("left_out")}
    found = [k for k, name in NETWORKS.items() if all((name, who) in pairs for who in PEOPLE)]
    if not found:
        raise InputError(f"{RECORD.name}, left_out: no network left out each of {PEOPLE}.")
    return found[-1]


def epochs(network: str) -> tuple[int, int]:
    """How long it was trained: with all people, and with one left out."""
    whole = rows("lifted", network=NETWORKS[network], points="noise")
    return whole[0]["epochs"], rows("left_out", network=NETWORKS[network])[0]["epochs"]


def corrections(points: str) -> dict[str, dict]:
    """The rows of each correction on one kind of points, by its name; the first is none."""
    return {row["correction"]: row for row in rows("correction", points=points)}
