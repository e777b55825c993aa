"""Settings for JHMDB, compared on clips of a training split, some of whose videos are held out.

    python tests/benchmarks/jhmdb_settings.py [--fold 1] [--epochs 60] [NAME ...]

Which clips are of one video is not known, but the three official splits keep them together. So
those training clips of one split that another split has for testing are held out, in turn: each of
`SETTINGS` (those that are named, or all) learns from the other training clips, about 300, and is
scored on them. The split's own test clips are never read.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import partial

import numpy as np
from torch.utils.data import TensorDataset

from posekit import tasks
from posekit.models.skeleton_streams import STREAMS, SkeletonStreams
from posekit.tasks.skeleton_actions import prepare, read

FOLDS = (1, 2, 3)
NET = partial(SkeletonStreams, skeleton="jhmdb15", statistics=True)
SETTINGS = {
    "as it is": {},
    "no statistics": {"model": partial(NET, statistics=False)},
    "dropout 0.3": {"model": partial(NET, dropout=0.3)},
    "GRU": {"model": partial(NET, kind="gru")},
    "32 frames": {"frames": 32},
    **{f"{name} alone": {"model": partial(NET, streams=(name,))} for name in STREAMS},
}


def held_out(groups: list[str], fold: int) -> list[np.ndarray]:
    """(N,) bool for each other split: the training clips of this one that it has for testing.

    A group's name ends in the side that each split has it on, as the reader says.
    """
    sides = np.array([group.split("-")[1:] for group in groups])
    return [sides[:, other - 1] == "test" for other in FOLDS if other != fold]


def accuracy(recipe, clips: list, fold: int, epochs: int) -> tuple[float, int]:
    """Per cent, and of how many clips, each scored by a network that knows nothing of its video."""
    images, actions = prepare(clips, recipe.frames, recipe.classes, recipe.looks).tensors
    right, parts = 0, held_out([clip.group for clip in clips], fold)
    for held in parts:
        train, val = (TensorDataset(images[mask], actions[mask]) for mask in (~held, held))
        model = tasks.build(recipe, train)
        tasks.fit_recipe(recipe, model, train, val, epochs=epochs, progress=False)
        right += recipe.validate(model, val)["accuracy"] / 100 * len(val)
    count = int(np.sum(parts))
    return 100 * right / count, count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SETTINGS))
    parser.add_argument("--fold", type=int, default=1, choices=FOLDS)
    parser.add_argument("--epochs", type=int, default=60)
    args = parser.parse_args()
    recipe = tasks.get(f"jhmdb_pose_{args.fold}")
    clips = read("jhmdb", "train", recipe.skeleton, fold=args.fold)
    for name in args.names or SETTINGS:
        tried = replace(recipe, **SETTINGS[name])
        score, count = accuracy(tried, clips, args.fold, args.epochs)
        print(f"{name:24}{score:6.1f} % of {count} held out training clips", flush=True)


if __name__ == "__main__":
    main()
