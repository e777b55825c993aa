"""What each lever gives on photographs: short trainings, one change each.

    python tests/benchmarks/levers.py [--epochs 20] [--seed 0] [--rows NAME ...] [--json FILE]

Every row is the recipe ``heatmap_photos`` in a short form with one thing changed, for as many
epochs, scored on LSP 801-1000, whole images (LSP's own protocol), never on the test images.
``POSEKIT_MIRROR`` or ``posekit data get`` provides the photographs. Each row is saved, and a
stopped run resumes.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import cv2
import numpy as np
import torch

from posekit import checkpoints, evaluation, inference, losses, tasks, training
from posekit.codecs import heatmaps
from posekit.data.batches import Augment
from posekit.data.crops import cache_crops, whole_image
from posekit.models.heatmap_nets import HeatmapNet
from posekit.tasks import single_person

NOT_MOVED = Augment(0, 0, 0.02, 0.5, 0.3)


def resized(size: int, sigma: float = heatmaps.SIGMA) -> dict:
    """The changes for another input and another width of the targets."""
    encode = heatmaps.GaussianHeatmaps((size, size), heatmaps.STRIDE, sigma).encode
    return {"size": size, "encode": encode}


def decode_bumps(maps: torch.Tensor) -> torch.Tensor:
    """(B, K, 2) of maps that squared error trained; the middle where a map has no peak."""
    h, w = maps.shape[-2:]
    codec = heatmaps.GaussianHeatmaps((4 * h, 4 * w), heatmaps.STRIDE, heatmaps.SIGMA)
    return torch.from_numpy(np.nan_to_num(codec.decode(maps).keypoints, nan=2.0 * w))


SQUARED = {
    "loss": partial(single_person.heatmap_loss, penalty=losses.heatmap_mse),
    "decode": decode_bumps,
}
BASE = resized(192) | {"dataset": "lsp+lspet"}
ROWS = {
    "as it is: 192 px": {},
    "128 px": resized(128),
    "256 px": resized(256),
    "from scratch": {"start": None},
    "half rendered people": {"dataset": "lsp+lspet+synthetic"},
    "not turned, not scaled": {"augment": NOT_MOVED},
    "turned and scaled less": {"augment": Augment(40, 0.3, 0.08, 0.5, 0.3)},
    "squared error": SQUARED,
    "targets of 1 cell": resized(192, 1.0),
    "targets of 2.5 cells": resized(192, 2.5),
    "no average of the weights": {"settings": {"average": 0.0}},
    "the network of chapter 03": {"model": HeatmapNet, "start": "heatmap"},
}


@cache
def people(recipe_size: int, dataset: str, seed: int):
    """Crops to learn from, and LSP's val images, whole."""
    recipe = replace(tasks.get("heatmap_photos"), size=recipe_size)
    count = recipe.plans["full"].train
    train = single_person.load_people(recipe, dataset, "train", count, seed)
    val = single_person.load_people(recipe, "lsp", "val", None, seed)
    return cache_crops(train, recipe_size), cache_crops(val, recipe_size, box=whole_image)


def run(name: str, epochs: int, seed: int) -> dict:
    """Train one row, and its scores."""
    base = tasks.get("heatmap_photos")
    changes = BASE | ROWS[name]
    changes["settings"] = dict(base.settings) | changes.get("settings", {})
    recipe = replace(base, **changes)
    crops, val = people(recipe.size, recipe.dataset, seed)
    if len(crops) > 10_000:  # as many steps as the others
        epochs = round(epochs * 6300 / len(crops))
    model, mean = tasks.build(recipe, crops, seed), evaluation.mean_pose(crops)
    if recipe.start:
        tasks.start_from(model, recipe.start)
    folder = Path("runs", "levers", name.replace(" ", "_").replace(":", "").replace(",", ""))
    options = {"folder": folder, "resume": True, "progress": False}
    identity = {"row": name, "seed": seed}
    tasks.fit_recipe(
        recipe, model, crops, val, epochs=epochs, seed=seed, identity=identity, **options
    )
    checkpoints.load_weights(model, folder / training.BEST)
    ways = {"pck": model, "flip": inference.FlipTest(model, recipe.skeleton)}
    ways["flip_and_scales"] = evaluation.ScaleTest(ways["flip"], (0.75, 1.0, 1.25))
    scores = {
        way: evaluation.report(network, val, mean, recipe.decode)["model"]["pck"]
        for way, network in ways.items()
    }
    return {"row": name, "epochs": epochs} | scores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", nargs="*", metavar="NAME", help="all, if none is named")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="append a line per row to this file")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    print(f"{'LSP 801-1000, PCK@0.2 of the torso, %':<40}{'PCK':>8}{'flip':>8}{'and scales':>12}")
    for name in args.rows or ROWS:
        found = run(name, args.epochs, args.seed)
        ways = f"{found['pck']:8.1f}{found['flip']:8.1f}{found['flip_and_scales']:12.1f}"
        print(f"{name:<40}{ways}", flush=True)
        if args.json:
            with args.json.open("a") as file:
                file.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
