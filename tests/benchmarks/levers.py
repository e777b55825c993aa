"""What each lever gives on photographs: short trainings on LSP + LSP extended, one change each.

    python tests/benchmarks/levers.py [--epochs 10] [--seed 0] [NAME ...]

Every row is the recipe ``heatmap_lsp`` with one thing changed, for as many epochs, judged on
LSP 801-1000, the whole image (its own protocol): never on the test images. ``POSEKIT_MIRROR``
or ``posekit data get`` provides the photographs. Each row is saved, and a stopped run resumes.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import cv2
import torch

from posekit import evaluation, recipes, training
from posekit.data.batches import Augment
from posekit.data.crops import cache_crops, whole_image

ROWS = {
    "as it is": {},
    "without synthetic people first": {"start": None, "settings": {"lr": 2e-3}},
    "nothing turned or scaled": {"augment": Augment(0, 0, 0.02, 0.5, 0.3)},
    "no colours changed": {"augment": Augment(40, 0.3, 0.08, 0.5, 0)},
    "half the learning rate": {"settings": {"lr": 5e-4}},
}


def run(name: str, epochs: int, seed: int, crops, judged) -> None:
    """Train one row and print its line."""
    base = recipes.get("heatmap_lsp")
    changes = dict(ROWS[name])
    changes["settings"] = dict(base.settings) | changes.get("settings", {})
    recipe = replace(base, **changes)
    model, mean = recipes.build(recipe, 14, seed), evaluation.mean_pose(crops)
    if recipe.start:
        recipes.start_from(model, recipe.start)
    folder = Path("runs", "levers", name.replace(" ", "_"))
    recipes.learn(recipe, model, crops, judged, mean, epochs=epochs, seed=seed, folder=folder,
                  resume=True, recipe={"row": name, "seed": seed}, progress=False)  # fmt: skip
    training.load_weights(model, folder / training.BEST)
    scores = [evaluation.report(net, judged, mean, recipe.decode)["model"]["pck"]
              for net in (model, evaluation.FlipTest(model, recipe.skeleton))]  # fmt: skip
    print(f"{name:<34}{scores[0]:8.1f}{scores[1]:12.1f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(ROWS))
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    recipe = recipes.get("heatmap_lsp")
    people = recipes.people_of(recipe, recipe.dataset, "train", None, args.seed)
    judges = recipes.people_of(recipe, "lsp", "val", None, args.seed)
    crops, judged = (cache_crops(people, recipe.size), cache_crops(judges, recipe.size,
                                                                    box=whole_image))  # fmt: skip
    print(f"{'PCK@0.2 of the torso, LSP 801-1000':<34}{'one look':>8}{'and mirror':>12}")
    for name in args.names or ROWS:
        run(name, args.epochs, args.seed, crops, judged)


if __name__ == "__main__":
    main()
