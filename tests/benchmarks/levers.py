"""What each lever gives on photographs: short trainings, one change each.

    python tests/benchmarks/levers.py [RECIPE] [--epochs 10] [--seed 0] [--rows NAME ...]

Every row is one recipe with something changed, for as many epochs, judged on LSP 801-1000 and
never on the test images: ``heatmap_lsp`` (LSP + LSP extended) sees the whole image there, which
is LSP's own protocol, and ``cnn_lspet`` (LSP extended) the box of the joints. ``POSEKIT_MIRROR``
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
from posekit.data.crops import cache_crops, person_box, whole_image
from posekit.models import regression

NARROW = {"model": regression.cnn}  # a quarter of the weights
ROWS = {
    "heatmap_lsp": {
        "as it is": {},
        "without synthetic people first": {"start": None, "settings": {"lr": 2e-3}},
        "nothing turned or scaled": {"augment": Augment(0, 0, 0.02, 0.5, 0.3)},
        "no colours changed": {"augment": Augment(40, 0.3, 0.08, 0.5, 0)},
        "half the learning rate": {"settings": {"lr": 5e-4}},
    },
    "cnn_lspet": {
        "as it is": {},
        "narrow": NARROW,
        "narrow, synthetic people first": NARROW | {"start": "cnn"},
        "narrow, learning rate 1e-3": NARROW | {"settings": {"lr": 1e-3}},
        "narrow, learning rate 3e-3": NARROW | {"settings": {"lr": 3e-3}},
        "narrow, turned up to 60 degrees": NARROW | {"augment": Augment(60, 0.3, 0.08, 0.5, 0.3)},
    },
}
BOXES = {"heatmap_lsp": whole_image, "cnn_lspet": person_box}


def run(base: recipes.Recipe, name: str, epochs: int, seed: int, crops, judged) -> None:
    """Train one row and print its line."""
    changes = dict(ROWS[base.name][name])
    changes["settings"] = dict(base.settings) | changes.get("settings", {})
    recipe = replace(base, **changes)
    model, mean = recipes.build(recipe, 14, seed), evaluation.mean_pose(crops)
    if recipe.start:
        recipes.start_from(model, recipe.start)
    folder = Path("runs", "levers", base.name, name.replace(" ", "_"))
    recipes.learn(
        recipe,
        model,
        crops,
        judged,
        mean,
        epochs=epochs,
        seed=seed,
        folder=folder,
        resume=True,
        recipe={"row": name, "seed": seed},
        progress=False,
    )
    training.load_weights(model, folder / training.BEST)
    found = evaluation.report(model, judged, mean, recipe.decode)["model"]
    print(f"{name:<34}{found['mse']:10.1f}{found['pck']:10.1f}", end="", flush=True)
    if recipe.decode:  # maps, which those of the mirror image can be averaged with
        flipped = evaluation.FlipTest(model, recipe.skeleton)
        mirror = evaluation.report(flipped, judged, mean, recipe.decode)["model"]
        print(f"{mirror['pck']:12.1f}", end="")
    print(flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", nargs="?", default="heatmap_lsp", choices=ROWS)
    parser.add_argument("--rows", nargs="*", metavar="NAME", help="all, if none is named")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    recipe = recipes.get(args.recipe)
    people = recipes.people_of(recipe, recipe.dataset, "train", None, args.seed)
    judges = recipes.people_of(recipe, "lsp", "val", None, args.seed)
    crops = cache_crops(people, recipe.size)
    judged = cache_crops(judges, recipe.size, box=BOXES[args.recipe])
    print(
        f"{'LSP 801-1000, PCK@0.2 of the torso':<34}{'MSE, px²':>10}{'PCK, %':>10}"
        f"{'and mirror' if recipe.decode else '':>12}"
    )
    for name in args.rows or ROWS[args.recipe]:
        run(recipe, name, args.epochs, args.seed, crops, judged)


if __name__ == "__main__":
    main()
