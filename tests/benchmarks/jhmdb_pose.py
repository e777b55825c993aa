"""JHMDB's three splits from coordinates alone: the mean of three, for each of several seeds.

    python tests/benchmarks/jhmdb_pose.py [--seeds 0] [--folder runs/jhmdb_pose]
        [--json slides/jhmdb_pose.json]

Each split and seed is one ``posekit train jhmdb_pose_1`` (2, 3), whose last epoch is kept, and one
``posekit eval ... --data jhmdb:test``. All settings were chosen on clips of the training splits.
"""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path

import numpy as np
from penn_pose import scored

FOLDS = (1, 2, 3)


def record(found: dict[int, list[dict]], card: dict) -> dict:
    """What is written of the reports of each seed's three splits."""
    accuracy = {seed: [each["accuracy"] for each in folds] for seed, folds in found.items()}
    every = [each for folds in found.values() for each in folds]
    names = ("fill_pattern", "clip_shape", "fill_and_shape")
    return {
        "data": "jhmdb, 14 classes, splits 1, 2 and 3",
        "metric": "per cent of clips whose action is named; mean over splits, then over seeds",
        "command": "python tests/benchmarks/jhmdb_pose.py --seeds " + " ".join(map(str, found)),
        "date": date.today().isoformat(),
        "machine": card["hardware"],
        "parameters": card["parameters"],
        "accuracy_of_each_split": {n: np.round(a, 1).tolist() for n, a in accuracy.items()},
        "accuracy": round(float(np.mean(list(accuracy.values()))), 1),
        "standard_error_of_clips": round(
            float(np.mean([each["standard_error"] for each in every]) / len(FOLDS) ** 0.5), 1
        ),
        "by_action": {
            name: round(float(np.mean([each["by_action"][name] for each in every])), 1)
            for name in every[0]["by_action"]
        },
        "without_coordinates": {
            name: round(float(np.mean([each["leaks"][name] for each in every])), 1)
            for name in names
        },
        "most_frequent_action": round(float(np.mean([each["majority"] for each in every])), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="*", default=[0])
    parser.add_argument("--folder", type=Path, default=Path("runs/jhmdb_pose"))
    parser.add_argument("--json", type=Path, default=Path("slides/jhmdb_pose.json"))
    args = parser.parse_args()
    found, card = {}, {}
    for seed in args.seeds:
        found[seed] = []
        for fold in FOLDS:
            folder = args.folder / str(fold)
            scores, card = scored(f"jhmdb_pose_{fold}", seed, folder, "jhmdb:test")
            found[seed].append(scores)
    written = record(found, card)
    args.json.write_text(json.dumps(written, indent=1) + "\n")
    print(json.dumps(written, indent=1))


if __name__ == "__main__":
    main()
