"""Penn Action from coordinates alone: several seeds, beside what gives the actions away.

    python tests/benchmarks/penn_pose.py [--recipe penn_pose] [--seeds 0 1 2]
        [--folder runs/penn_pose] [--json slides/penn_pose.json]

Each seed is one ``posekit train penn_pose``, whose epoch is chosen on the last tenth of each
action's training clips, and one ``posekit eval ... --data penn_action:test``. A seed that is
trained already is only scored. The labels come from ``POSEKIT_MIRROR`` or ``posekit data get``.
``--recipe actions_penn`` is the one of five streams.
"""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path

import numpy as np

from posekit import checkpoints, tasks

DATA = "penn_action:test"


def scored(recipe: str, seed: int, folder: Path, data: str = DATA) -> tuple[dict, dict]:
    """A seed's scores on the test split, and its card."""
    path = folder / str(seed) / f"{recipe}.safetensors"
    if not path.exists():
        tasks.train(recipe, seed=seed, folder=path.parent, resume=True, progress=False)
    return tasks.evaluate(path, data), checkpoints.card(path)


def chooses(recipe: str) -> bool:
    """Whether the val clips choose the epoch."""
    return tasks.get(recipe).settings["monitor"] != "epoch"


def record(found: list[dict], cards: list[dict], seeds: list[int]) -> dict:
    """What is written: the mean over seeds, and its standard error, which also has the clips'."""
    one, card = found[0], cards[0]
    accuracy = [each["accuracy"] for each in found]
    spread = np.std(accuracy, ddof=1) / np.sqrt(len(seeds)) if len(seeds) > 1 else None
    by_action = {
        name: round(float(np.mean([each["by_action"][name] for each in found])), 1)
        for name in one["by_action"]
    }
    return {
        "data": card["data"],
        "chosen_on": card["val_data"] if chooses(card["recipe"]) else "nothing: the last epoch",
        "scored_on": f"{DATA}, {one['clips']:,} clips, once for each seed",
        "metric": "per cent of clips whose action is named; mean over seeds",
        "command": f"python tests/benchmarks/penn_pose.py --recipe {card['recipe']} --seeds "
        + " ".join(map(str, seeds)),
        "date": date.today().isoformat(),
        "machine": card["hardware"],
        "minutes": [card["minutes"] for card in cards],
        "seeds": seeds,
        "accuracy_of_each_seed": [round(value, 2) for value in accuracy],
        "accuracy": round(float(np.mean(accuracy)), 2),
        "standard_error_of_seeds": None if spread is None else round(float(spread), 2),
        "standard_error_of_clips": round(float(np.mean([e["standard_error"] for e in found])), 2),
        "by_action": by_action,
        "without_coordinates": {name: round(value, 1) for name, value in one["leaks"].items()},
        "most_frequent_action": round(one["majority"], 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--recipe", default="penn_pose")
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    folder = args.folder or Path("runs", args.recipe)
    found, cards = zip(*(scored(args.recipe, seed, folder) for seed in args.seeds))
    written = record(list(found), list(cards), args.seeds)
    path = args.json or Path("slides", f"{args.recipe}.json")
    path.write_text(json.dumps(written, indent=1) + "\n")
    print(json.dumps(written, indent=1))


if __name__ == "__main__":
    main()
