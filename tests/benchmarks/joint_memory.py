"""Joints that are missing for some frames: an LSTM beside methods that see the past alone, too.

    python tests/benchmarks/joint_memory.py [--sets penn_action jhmdb jhmdb-2 jhmdb-3]
        [--folder runs/joint_memory] [--json slides/joint_memory.json]
    python tests/benchmarks/joint_memory.py --choose

Each set is one ``posekit train joint_memory``, and is scored on the official test split, once: a
set that is trained already, or has its scores in the folder, is not trained or scored again. The
labels come from ``POSEKIT_MIRROR`` or ``posekit data get``.

No method sees a frame after the one that it answers for: they see the same noisy joints, with the
same gaps. Those that are not learnt have settings, too. ``--choose`` scores a grid of them on what
chooses the network's epoch, the last tenth of each action's training clips of Penn Action; the best
stand in `METHODS`, and serve both sets.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import torch

from posekit import checkpoints, tasks
from posekit.smoothing import OneEuro
from posekit.tasks.joint_memory import (
    CONTROLS,
    FAULTS,
    answers,
    faulty,
    held,
    read,
    scores,
    windows,
)

EPOCHS = {"penn_action": None, "jhmdb": 80, "jhmdb-2": 80, "jhmdb-3": 80}  # None: the recipe's
RATE = 30  # frames a second, more or less: no set tells it


# --------------------------------------------------------------------------------- methods
def one_euro(points: np.ndarray, min_cutoff: float, beta: float) -> np.ndarray:
    """(N, T, K, 2): `held`, smoothed by `OneEuro` with these settings."""
    smooth = OneEuro(RATE, min_cutoff, beta)
    return np.stack([smooth(frame) for frame in held(points).swapaxes(0, 1)], 1)


def constant_velocity(points: np.ndarray, gain: float, drift: float, kept: float) -> np.ndarray:
    """(N, T, K, 2): each joint goes on as it moved, by an alpha-beta filter.

    Args:
        points: (N, T, K, 2), NaN in gaps.
        gain, drift: the shares of an error that correct the position, and the velocity a frame.
        kept: the share of the velocity that is left after each frame of a gap.

    A joint that has not been seen so far is NaN.
    """
    there = held(points).swapaxes(0, 1)
    seen = np.isfinite(points).swapaxes(0, 1)
    place, speed, found = there[0], np.zeros_like(there[0]), []
    for frame, now in zip(there, seen):
        place = np.where(np.isfinite(place), place + speed, frame)
        error = np.where(now, frame - place, 0)
        place, speed = place + gain * error, np.where(now, 1, kept) * speed + drift * error
        found.append(place)
    return np.stack(found, 1)


METHODS: dict[str, Callable] = {
    "held": held,
    "one_euro": partial(one_euro, min_cutoff=1.0, beta=4.0),
    "constant_velocity": partial(constant_velocity, gain=0.8, drift=0.1, kept=0.1),
}
GRIDS = {
    "one_euro": {"min_cutoff": (0.5, 1, 2, 4, 8), "beta": (0, 0.5, 1, 2, 4, 8)},
    "constant_velocity": {
        "gain": (0.4, 0.6, 0.8, 1.0),
        "drift": (0.02, 0.05, 0.1, 0.2, 0.4),
        "kept": (0.0, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0),
    },
}


def choose(root=None) -> dict[str, dict]:
    """The settings of each grid with the best PCK of missing joints, on what chooses the epoch."""
    recipe = tasks.get("joint_memory")
    val = recipe.load("penn_action", recipe.plans["full"], 0, root)[1]
    batch, found = faulty(val, np.random.default_rng(0)), {}
    for name, grid in GRIDS.items():
        best = -1.0
        for values in itertools.product(*grid.values()):
            settings = dict(zip(grid, values))
            predicted = METHODS[name].func(batch[0].numpy(), **settings)
            pck = scores(predicted, *batch)["missing"]["pck"]
            if pck > best:
                best, found[name] = pck, settings | {"pck_missing": round(pck, 2)}
    return found


# ----------------------------------------------------------------------------------- table
def rows(model, dataset: str, root=None) -> dict[str, dict]:
    """`scores` of `METHODS` and of the network by its controls, on the test split."""
    batch = faulty(windows(read(dataset, "test", root)), np.random.default_rng(0))
    points = {name: method(batch[0].numpy()) for name, method in METHODS.items()}
    points |= {f"LSTM, {name}": answers(model, batch[0], name) for name in CONTROLS}
    return {name: scores(each, *batch) for name, each in points.items()}


def scored(dataset: str, folder: Path) -> dict:
    """A set's table, and what its network's card says of the training."""
    path, table = folder / dataset / "joint_memory.safetensors", folder / dataset / "scores.json"
    if table.exists():
        return json.loads(table.read_text())
    if not path.exists():
        options = {"epochs": EPOCHS[dataset], "resume": True, "progress": False}
        tasks.train("joint_memory", dataset=dataset, folder=path.parent, **options)
    model, card = checkpoints.load_pretrained(path)
    found = rows(model, dataset)
    written = {
        "data": card["data"],
        "chosen_on": card["val_data"],
        "scored_on": f"{dataset}:test",
        "command": card["command"],
        "epochs": f"{card['best_epoch']} of {card['epochs']}",
        "minutes of the clock": card["minutes"],
        "joints": {name: part["joints"] for name, part in found["held"].items()},
        "pck": {
            name: {key: round(part["pck"], 1) for key, part in row.items()}
            for name, row in found.items()
        },
    }
    table.write_text(json.dumps(written))
    return written


def mean_of(tables: list[dict]) -> dict:
    """The mean of several tables' PCK, with the standard deviation of the missing joints'."""
    names = tables[0]["pck"]
    mean = {
        name: {
            key: round(float(np.mean([table["pck"][name][key] for table in tables])), 1)
            for key in names[name]
        }
        for name in names
    }
    deviation = {
        name: round(float(np.std([table["pck"][name]["missing"] for table in tables])), 1)
        for name in names
    }
    return {"pck": mean, "standard_deviation_of_missing": deviation}


def record(tables: dict[str, dict]) -> dict:
    """What is written."""
    folds = [table for name, table in tables.items() if name.startswith("jhmdb")]
    return {
        "metric": "PCK within 0.2 of the torso, per cent; of joints that are seen, that are "
        "missing and were seen earlier in the window, and of these by how many frames they have "
        "been missing, the scored one included",
        "seen": "by all methods, the LSTM too, the frame and those before it, none after it: "
        f"{FAULTS}, the noise in lengths of the torso",
        "settings": {name: method.keywords for name, method in METHODS.items() if name in GRIDS},
        "command": "python tests/benchmarks/joint_memory.py --sets " + " ".join(tables),
        "date": date.today().isoformat(),
        "machine": f"{tasks.hardware()}, shared with other work",
        "sets": tables,
    } | ({"jhmdb, mean of splits": mean_of(folds)} if len(folds) > 1 else {})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sets", nargs="*", default=list(EPOCHS), choices=list(EPOCHS))
    parser.add_argument("--folder", type=Path, default=Path("runs/joint_memory"))
    parser.add_argument("--json", type=Path, default=Path("slides/joint_memory.json"))
    parser.add_argument("--choose", action="store_true", help="only choose the methods' settings")
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.choose:
        print(json.dumps(choose(), indent=1))
        return
    written = record({name: scored(name, args.folder) for name in args.sets})
    text = json.dumps(written, indent=1)
    text = re.sub(r"\{[^{}]*\}", lambda match: " ".join(match.group().split()), text)
    args.json.write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
