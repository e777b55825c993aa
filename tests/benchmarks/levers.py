"""What each lever gives on photographs: short trainings, one change each.

    python tests/benchmarks/levers.py [--images 2400] [--epochs 6] [--seed 0] [--rows NAME ...]
        [--json slides/levers.json] [--runs runs/levers]

Every row is the recipe ``heatmap_photos`` in a short form with one thing changed: as many images
of LSP 1-800 and LSP extended 1-5500, evenly spaced, at 96 pixels, as many steps. It is scored on
LSP 801-1000, whole images (LSP's own protocol), with one look, with the mirror image too, and with
three sizes of both; never on the test images. ``POSEKIT_MIRROR`` or ``posekit data get`` provides
the photographs. Each row is saved, and a stopped run resumes.
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
from torch.utils.data import Subset

from posekit import checkpoints, evaluation, inference, losses, tasks, training
from posekit.codecs import heatmaps
from posekit.data.batches import Augment
from posekit.data.crops import Crops, cache_crops, whole_image
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
BASE = resized(96) | {"dataset": "lsp+lspet"}
ROWS = {
    "as it is, 96 px": {},
    "64 px": resized(64),
    "128 px": resized(128),
    "from scratch": {"start": None},
    "one in seven rendered": {"dataset": "lsp+lspet+synthetic"},
    "not turned, not scaled": {"augment": NOT_MOVED},
    "turned and scaled less": {"augment": Augment(20, 0.15, 0.08, 0.5, 0.3)},
    "squared error": SQUARED,
    "targets of 1 cell": resized(96, 1.0),
    "targets of 2.5 cells": resized(96, 2.5),
    "no average of the weights": {"settings": {"average": 0.0}},
    "the network of chapter 03": {"model": HeatmapNet, "start": "heatmap"},
}


@cache
def people(size: int, dataset: str, images: int, seed: int) -> tuple[Crops, Crops]:
    """Crops of so many people to learn from, and LSP's val images, whole."""
    recipe = replace(tasks.get("heatmap_photos"), size=size)
    count = recipe.plans["full"].train
    train = single_person.load_people(recipe, dataset, "train", count, seed)
    # Evenly spaced, so that each set is there with its share.
    some = np.linspace(0, len(train) - 1, min(images, len(train))).round().astype(int)
    val = single_person.load_people(recipe, "lsp", "val", None, seed)
    return (
        cache_crops(Subset(train, some), size, progress=False),
        cache_crops(val, size, box=whole_image, progress=False),
    )


def run(name: str, images: int, epochs: int, seed: int, runs: Path) -> dict:
    """Train one row, and its scores."""
    base = tasks.get("heatmap_photos")
    changes = BASE | ROWS[name]
    changes["settings"] = dict(base.settings) | changes.get("settings", {})
    recipe = replace(base, **changes)
    crops, val = people(recipe.size, recipe.dataset, images, seed)
    model, mean = tasks.build(recipe, crops, seed), evaluation.mean_pose(crops)
    if recipe.start:
        tasks.start_from(model, recipe.start)
    folder = runs / name.replace(" ", "_").replace(",", "")
    options = {"folder": folder, "resume": True, "progress": False}
    identity = {"row": name, "images": images, "seed": seed}
    history = tasks.fit_recipe(
        recipe, model, crops, val, epochs=epochs, seed=seed, identity=identity, **options
    )
    checkpoints.load_weights(model, folder / training.BEST)
    ways = {"pck": model, "flip": inference.FlipTest(model, recipe.skeleton)}
    ways["flip_and_scales"] = evaluation.ScaleTest(ways["flip"], (0.75, 1.0, 1.25))
    found = {"row": name, "images": len(crops), "epochs": epochs, "seed": seed}
    found["minutes"] = round(sum(history.column("seconds")) / 60, 1)
    for way, network in ways.items():
        scores = evaluation.report(network, val, mean, recipe.decode)["model"]
        found[way] = round(scores["pck"], 1)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", nargs="*", metavar="NAME", help="all, if none is named")
    parser.add_argument("--images", type=int, default=2_400)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--runs", type=Path, default=Path("runs", "levers"))
    parser.add_argument("--json", type=Path, help="rows that are not run again keep their figures")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    kept = args.json and args.json.is_file()
    rows = {row["row"]: row for row in json.loads(args.json.read_text())} if kept else {}
    print(f"{'LSP 801-1000, PCK@0.2 of the torso, %':<40}{'PCK':>8}{'flip':>8}{'and scales':>12}")
    for name in args.rows or ROWS:
        found = rows[name] = run(name, args.images, args.epochs, args.seed, args.runs)
        ways = f"{found['pck']:8.1f}{found['flip']:8.1f}{found['flip_and_scales']:12.1f}"
        print(f"{name:<40}{ways}", flush=True)
        if args.json:
            in_order = [rows[each] for each in ROWS if each in rows]
            args.json.write_text(json.dumps(in_order, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
