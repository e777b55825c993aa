"""How fast the networks for several people are, and what they find: recorded, and read here.

The file says which commands wrote it, and on which machine. Times are medians in milliseconds, on
one thread: other programs disturb it least.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from posekit.errors import InputError

RECORD = Path(__file__).parent / "crowd_speed.json"
SEPARABLE, BEFORE = "crowd_mobile", "crowd"  # BEFORE: chapter 05's, the dense form
DENSE = "crowd_mobile_dense"  # the same network, trained as the separable one was
SIDE, THREADS = 256, 1


@lru_cache
def _part(name: str) -> dict:
    record = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.is_file() else {}
    if name not in record:
        script = {"speed": "crowd_speed.py", "accuracy": "crowd_accuracy.py"}[name]
        raise InputError(
            f"{RECORD.name} does not say the {name} of the networks: run "
            f"`python tests/benchmarks/{script} --json slides/{RECORD.name}`."
        )
    return record[name]


def _rows(part: str, **wanted) -> list[dict]:
    """The rows of a part of the speeds that say all of this."""
    wanted |= {"threads": THREADS}
    return [row for row in _part("speed")[part] if wanted.items() <= row.items()]


def milliseconds(network: str, runtime: str, side: int = SIDE) -> float | None:
    """Of the network alone, for one image of that side; None where it was not measured."""
    rows = _rows("latency", network=network, runtime=runtime, size=side, width=1.0)
    return rows[0]["median"] if rows else None


def frame(network: str, runtime: str) -> dict:
    """The way of one frame: ``frames_per_second``, and ``stages`` in milliseconds by name.

    The rest is what the whole way takes beyond its stages, each measured by itself.
    """
    rows = _rows("end_to_end", network=network, runtime=runtime)
    if not rows:
        raise InputError(f"{RECORD.name} has no frame of {network} in {runtime}: record it again.")
    stages = {name: times["median"] for name, times in rows[0]["stages"].items()}
    stages["rest"] = max(0.0, rows[0]["whole"]["median"] - sum(stages.values()))
    return {"frames_per_second": rows[0]["frames_per_second"], "stages": stages}


def machine() -> str:
    """Where the times were recorded: the processor, its cores, and how much of it was used."""
    return f"{_part('speed')['machine']}, one thread"


def version(package: str) -> str:
    """Of a package that was measured, ``1.32``."""
    return ".".join(_part("speed")["versions"][package].split(".")[:2])


def precision(network: str) -> dict[int, float]:
    """AP of a network by the side of its input, on rendered scenes of the test split."""
    return {row["side"]: row["AP"] for row in _part("accuracy")["AP"] if row["network"] == network}


def loss(network: str, other: str) -> tuple[float, float, float]:
    """What the AP of ``other`` is less than that of ``network``, with its 95 % interval."""
    for row in _part("accuracy")["pairs"]:
        if (row["network"], row["other"], row["side"]) == (network, other, SIDE):
            return tuple(round(value, 3) + 0.0 for value in (row["loss"], *row["interval"]))
    raise InputError(f"{RECORD.name} does not compare {network} and {other}: record it again.")
