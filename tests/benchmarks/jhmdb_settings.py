"""Settings for JHMDB, compared on clips of a training split, a quarter of whose videos is held out.

    python tests/benchmarks/jhmdb_settings.py [--fold 1] [--parts 4] [--epochs 60] [NAME ...]

Each of `SETTINGS` (those that are named, or all) learns from three quarters of the training clips
of a split and is scored on the fourth, in turn; clips of one video stay together. The test split
is never read.
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

NET = partial(SkeletonStreams, skeleton="jhmdb15")
SETTINGS = {
    "as it is": {},
    "dropout 0.3": {"model": partial(NET, dropout=0.3)},
    "larger": {"model": partial(NET, parameters=300_000)},
    "GRU": {"model": partial(NET, kind="gru")},
    "32 frames": {"frames": 32, "looks": 1},
    "10 looks": {"looks": 10},
    **{f"{name} alone": {"model": partial(NET, streams=(name,))} for name in STREAMS},
}


def parts_of(groups: list[str], parts: int) -> list[np.ndarray]:
    """Of each part: (N,) bool, its clips. All clips of a group are in one."""
    names = np.random.default_rng(0).permutation(sorted(set(groups)))
    return [np.isin(groups, names[n::parts]) for n in range(parts)]


def accuracy(recipe, clips: list, parts: int, epochs: int) -> float:
    """Per cent of all clips, each scored by a network that has seen nothing of its video."""
    images, actions = prepare(clips, recipe.frames, recipe.classes, recipe.looks).tensors
    right = 0
    for held in parts_of([clip.group for clip in clips], parts):
        train, val = (TensorDataset(images[mask], actions[mask]) for mask in (~held, held))
        model = tasks.build(recipe, train)
        tasks.fit_recipe(recipe, model, train, val, epochs=epochs, progress=False)
        right += recipe.validate(model, val)["accuracy"] / 100 * len(val)
    return 100 * right / len(clips)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SETTINGS))
    parser.add_argument("--fold", type=int, default=1)
    parser.add_argument("--parts", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=60)
    args = parser.parse_args()
    recipe = tasks.get(f"jhmdb_pose_{args.fold}")
    clips = read("jhmdb", "train", recipe.skeleton, fold=args.fold)
    for name in args.names or SETTINGS:
        tried = replace(recipe, **SETTINGS[name])
        score = accuracy(tried, clips, args.parts, args.epochs)
        print(f"{name:24}{score:6.1f} % of {len(clips)} training clips", flush=True)


if __name__ == "__main__":
    main()
