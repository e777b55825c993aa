"""One network for several tasks against one for each: short trainings, with several seeds.

    python tests/benchmarks/multitask_study.py [--seeds 0 1 2] [--clips 450] [--steps 228]
        [--test 150] [--rows NAME ...] [--json slides/multitask_study.json]

Three questions, one table. Is a network that learns all tasks as good as one that learns a single
task? Is it better where there are few labels, a tenth of the clips? And where each action has
places of its own in the training, which stream reads the place, and what does their fusion do
when the places are any, or those of another action?

All rows take as many steps, on the same rendered clips of 8 frames of 64 pixels, from the same
weights (``heatmap``), and are scored after the last step: no epoch is chosen, so no val split is
used. They are scored on people of the test split. A seed decides the new layers, the order, the
augmentation, the dropout, and which tenth of the clips is taken. Each run writes its row; a
stopped study goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from posekit import clip_scores, synthetic, tasks
from posekit.data.clip_crops import ClipCrops, single_frames
from posekit.data.crops import Crops
from posekit.tasks.multitask import ACTIONS, Examples, Look

SIZE, FRAMES = 64, 8
TENTH = 10
PLACES = synthetic.BACKGROUNDS  # any, tied, swapped


class Row(NamedTuple):
    """A recipe of `posekit.tasks.multitask`, how much it learns from, where it is scored."""

    recipe: str
    share: int = 1  # one clip of so many, in whole people
    places: Sequence[str] = PLACES[:1]


ROWS = {
    "all tasks": Row("multitask", places=PLACES),
    "2D alone": Row("multitask_2d"),
    "2D and 3D": Row("multitask_3d"),
    "action alone": Row("multitask_action"),
    "all tasks, a tenth": Row("multitask", TENTH),
    "2D alone, a tenth": Row("multitask_2d", TENTH),
    "2D and 3D, a tenth": Row("multitask_3d", TENTH),
    "action alone, a tenth": Row("multitask_action", TENTH),
    "all tasks, places tied": Row("multitask_tied", places=PLACES),
}
COLUMNS = ("pck", "mpjpe_mm", "visibility", "pose", "appearance", "fusion")


# ------------------------------------------------------------------------------------ data
@cache
def clips(split: str, count: int, places: str) -> ClipCrops:
    """Rendered clips, cut out."""
    return Look(SIZE, FRAMES, "lsp14").clips(f"synthetic:{split}", count, ACTIONS, places)


@cache
def stills(count: int) -> ClipCrops:
    """Rendered people, as many as clips, as the recipes have them besides."""
    return Look(SIZE, FRAMES, "lsp14").stills("synthetic:train", count)


def part(crops: Crops, rows: slice) -> Crops:
    """Some of the crops."""
    space = crops.keypoints_3d is not None
    return replace(
        crops,
        images=crops.images[rows],
        keypoints=crops.keypoints[rows],
        visible=crops.visible[rows],
        matrices=crops.matrices[rows],
        people=crops.people[rows],
        keypoints_3d=crops.keypoints_3d[rows] if space else None,
        cameras=crops.cameras[rows] if space else None,
    )


def examples(row: Row, count: int, seed: int) -> Examples:
    """What a row learns from: all of the clips and images, or one share of them.

    A share is of people that each do all actions, so that it has as many of each.
    """
    recipe = tasks.get(row.recipe)
    whole, images = clips("train", count, recipe.backgrounds), stills(count)
    some = count // row.share
    first = seed % row.share * some
    kept = slice(first * FRAMES, (first + some) * FRAMES)
    some_clips = replace(
        whole, crops=part(whole.crops, kept), actions=whole.actions[first : first + some]
    )
    if not recipe.has_poses:
        return Examples(some_clips)
    return Examples(some_clips, single_frames(part(images.crops, slice(first, first + some))))


# ------------------------------------------------------------------------------------- run
def run(name: str, seed: int, settings: dict) -> dict:
    """Train one row, and its scores."""
    row = ROWS[name]
    recipe, learnt = tasks.get(row.recipe), examples(row, settings["clips"], seed)
    model = tasks.build(recipe, learnt, seed)
    tasks.start_from(model, recipe.start)
    epochs = round(settings["steps"] / math.ceil(len(learnt.clips) / recipe.batch_size))
    start = time.process_time()
    nothing = replace(learnt, stills=None)  # no epoch is chosen: nothing is validated
    options = {"validate": None, "monitor": "loss", "higher_is_better": False, "progress": False}
    history = tasks.fit_recipe(recipe, model, learnt, nothing, epochs=epochs, seed=seed, **options)
    seconds = time.process_time() - start
    scores = {where: scored(model, settings["test"], where, recipe) for where in row.places}
    return {
        "row": name,
        "seed": seed,
        "loss": round(history.column("loss")[-1], 3),
        "minutes": round(seconds / 60, 2),
    } | scores


def scored(model, count: int, where: str, recipe) -> dict:
    """The figures of `COLUMNS` that this network has, on clips of the test split."""
    test = clips("test", count, where)
    found = clip_scores.scores(clip_scores.predict(model, test), test)
    figures = {"pck": found["pck_seen"], "mpjpe_mm": found.get("mpjpe_mm")}
    figures |= {"visibility": found["visibility"]}
    figures = figures if recipe.has_poses else {}
    figures |= found.get("accuracy", {})
    return {key: round(figures[key], 2) for key in COLUMNS if figures.get(key) is not None}


# --------------------------------------------------------------------------------- records
def record(path: Path, settings: dict, command: str) -> dict:
    """What the file says already, for the same settings; a new record where there is none."""
    new = {
        "data": f"synthetic {synthetic.VERSION}, {FRAMES} frames of {SIZE} pixels, "
        f"{settings['clips']} clips and as many images; a tenth of both",
        "split": f"{settings['test']} clips of people of the test split; no epoch is chosen",
        "metric": "pck: per cent of visible joints within 0.2 of the torso; mpjpe_mm about the "
        "hips; visibility and pose, appearance, fusion (the action of 15): per cent right",
        "command": command,
        "date": date.today().isoformat(),
        "machine": f"{tasks.hardware()}, one thread",
        "settings": settings,
        "rows": [],
    }
    old = json.loads(path.read_text()) if path.exists() else new
    if old["settings"] != settings:
        raise SystemExit(f"{path} holds a study of other settings: {old['settings']}.")
    return new | {"rows": old["rows"]}


def write(path: Path, found: dict) -> None:
    """The record with its means; a row has a line."""
    seeds = sorted({row["seed"] for row in found["rows"]})
    text = json.dumps(found | {"seeds": seeds, "means": means(found["rows"])}, indent=1)
    for least in (r"\[[^][{}]*\]", r"\{[^{}]*\}", r'\{ "row"(?:[^{}]|\{[^{}]*\})*\}'):
        text = re.sub(least, lambda match: " ".join(match.group().split()), text)
    path.write_text(text + "\n")


def means(rows: list[dict]) -> list[dict]:
    """A row for each name and place: the mean over seeds and its standard error."""
    found = []
    for name in dict.fromkeys(row["row"] for row in rows):
        own = [row for row in rows if row["row"] == name]
        for where in (place for place in PLACES if place in own[0]):
            figures = {
                key: mean_and_error([row[where][key] for row in own]) for key in own[0][where]
            }
            found.append({"row": name, "places": where, "seeds": len(own)} | figures)
    return found


def mean_and_error(values: Sequence[float]) -> list[float | None]:
    """The mean and its standard error; None for the error of a single value."""
    error = np.std(values, ddof=1) / math.sqrt(len(values)) if len(values) > 1 else None
    return [round(float(np.mean(values)), 2), None if error is None else round(float(error), 2)]


def table(found: list[dict]) -> str:
    """The means as text."""
    lines = [f"{'':<26}{'places':<9}" + "".join(f"{key:>16}" for key in COLUMNS)]
    for row in found:
        cells = [row.get(key) for key in COLUMNS]
        shown = ["" if cell is None else shown_mean(*cell) for cell in cells]
        lines.append(f"{row['row']:<26}{row['places']:<9}" + "".join(f"{c:>16}" for c in shown))
    return "\n".join(lines)


def shown_mean(mean: float, error: float | None) -> str:
    """A mean and its standard error, ``-`` where there is a single value."""
    return f"{mean:.1f} ± {'-' if error is None else f'{error:.1f}'}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", nargs="*", metavar="NAME", help="all, if none is named")
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    parser.add_argument("--clips", type=int, default=450, help="to learn from; whole people")
    parser.add_argument("--steps", type=int, default=228, help="of each training")
    parser.add_argument("--test", type=int, default=150, help="clips to score")
    parser.add_argument("--json", type=Path, default=Path("slides/multitask_study.json"))
    args = parser.parse_args()
    torch.set_num_threads(1)
    settings = {"clips": args.clips, "steps": args.steps, "test": args.test}
    options = " ".join(f"--{name} {value}" for name, value in settings.items())
    found = record(args.json, settings, f"python tests/benchmarks/multitask_study.py {options}")
    done = {(row["row"], row["seed"]) for row in found["rows"]}
    todo = [(name, seed) for seed in args.seeds for name in args.rows or ROWS]
    for name, seed in todo:
        if (name, seed) not in done:
            found["rows"].append(run(name, seed, settings))
            write(args.json, found)
            print(json.dumps(found["rows"][-1]), flush=True)
    print(table(means(found["rows"])))


if __name__ == "__main__":
    main()
