"""What each lever gives on photographs: short trainings, one change each.

    python tests/benchmarks/levers.py [RECIPE] [--epochs 10] [--seed 0] [--rows NAME ...]

Every row is one recipe with something changed, for as many epochs, val on LSP 801-1000 and
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

from posekit import checkpoints, evaluation, inference, tasks, training
from posekit.data.batches import Augment
from posekit.data.crops import cache_crops, person_box, whole_image
from posekit.models import regression
from posekit.tasks import single_person

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


def run(base: single_person.SinglePerson, name: str, epochs: int, seed: int, crops, val) -> None:
    """Train one row and print its line."""
    changes = dict(ROWS[base.name][name])
    changes["settings"] = dict(base.settings) | changes.get("settings", {})
    recipe = replace(base, **changes)
    model, mean = tasks.build(recipe, crops, seed), evaluation.mean_pose(crops)
    if recipe.start:
        tasks.start_from(model, recipe.start)
    folder = Path("runs", "levers", base.name, name.replace(" ", "_"))
    tasks.fit_recipe(
        recipe,
        model,
        crops,
        val,
        epochs=epochs,
        seed=seed,
        folder=folder,
        resume=True,
        identity={"row": name, "seed": seed},
        progress=False,
    )
    checkpoints.load_weights(model, folder / training.BEST)
    found = evaluation.report(model, val, mean, recipe.decode)["model"]
    print(f"{name:<34}{found['mse']:10.1f}{found['pck']:10.1f}", end="", flush=True)
    if recipe.decode:  # maps, which those of the mirror image can be averaged with
        flipped = inference.FlipTest(model, recipe.skeleton)
        mirror = evaluation.report(flipped, val, mean, recipe.decode)["model"]
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
    recipe = tasks.get(args.recipe)
    people = single_person.load_people(recipe, recipe.dataset, "train", None, args.seed)
    others = single_person.load_people(recipe, "lsp", "val", None, args.seed)
    crops = cache_crops(people, recipe.size)
    val = cache_crops(others, recipe.size, box=BOXES[args.recipe])
    print(
        f"{'LSP 801-1000, PCK@0.2 of the torso':<34}{'MSE, px²':>10}{'PCK, %':>10}"
        f"{'and mirror' if recipe.decode else '':>12}"
    )
    for name in args.rows or ROWS[args.recipe]:
        run(recipe, name, args.epochs, args.seed, crops, val)


if __name__ == "__main__":
    main()
