"""Chapter 08's tables: how well trained networks lift, and what correcting them in use is worth.

    python tests/benchmarks/lifting_study.py RUNS [--tables lifted left_out correction cost]
        [--seeds 0] [--json slides/lifting_study.json]

RUNS holds a folder for each training, NAME, or NAME-S2 for the one that left S2 out, as
``posekit train NAME --folder RUNS/NAME`` makes it. What is not there is left out of the tables.

``lifted``      HumanEva-I, Validate: every network on the points that it learnt from
``left_out``    the person that a network never saw, on Validate
``correction``  ``lifter``, which saw synthetic and CMU's motion, on HumanEva-I's people: other
                bodies, another room, other cameras. The settings of the rows were chosen on
                Train, see `ROWS`; Validate is scored once
``cost``        the reference network of the chapter: a frame's parameters, MACs and time by part
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import torch

from posekit import checkpoints, metrics, tasks
from posekit import lifting_scores as scores
from posekit.data.takes import Take
from posekit.latency import time_calls
from posekit.lifting import CORRECTIONS
from posekit.models.layer_counts import layer_counts
from posekit.models.lifters import Memory
from posekit.models.pose_machine_3d import PoseMachine3D
from posekit.tasks.lifting import ROOT, open_takes

NETWORKS = ("linear_humaneva", "temporal_humaneva", "lifter_humaneva")
PEOPLE = ("S1", "S2", "S3")
FIGURES = ("p1", "action_mean", "p2", "n_mpjpe", "velocity", "mean_pose")
PAPER, CODE, JOINTS = (CORRECTIONS[name] for name in ("refiner", "code", "joints"))
ROWS = {
    "none": None,
    "refiner, 2 steps (the paper's)": replace(PAPER, least=0.0),
    "refiner, 2 steps, gated": PAPER,
    "refiner, 5 steps, pinhole, smoothed": replace(PAPER, steps=5, lr=3e-4, distance=4.0, smooth=4),
    "code": CODE,
    "joints, by the projector": replace(JOINTS, distance=None),
    "joints, not smoothed": replace(JOINTS, smooth=0),
    "joints": JOINTS,
}
FRAMES = 32  # of each take that are corrected
WORSE = 1.0  # millimetres by which a frame must be worse to count as worse
ABOUT = {
    "lifted": "HumanEva-I, Walk, Jog and Box of S1 to S3, learnt on Train and scored on Validate: "
    "the same people in both; mm; the mirror image is averaged in",
    "left_out": "HumanEva-I, learnt from the other two people of Train, scored on the one left "
    "out in Validate; mm; the mirror image is averaged in",
    "correction": f"lifter on HumanEva-I's Validate, first camera, {FRAMES} frames of each take "
    "at most; mm; without mirror image. worse: per cent of frames whose P1 rose by more than "
    f"{WORSE:g} mm. ms: of one frame",
    "cost": "the reference network on one clip of 5 frames of 368 x 368; a frame's share",
}


# ---------------------------------------------------------------------------------- tables
def lifted(runs: Path, seeds: list[int]) -> list[dict]:
    """A row for each network and seed of the noise."""
    found = []
    for suffix, points in (("", "noise"), ("_truth", "truth")):
        for name in (network + suffix for network in NETWORKS):
            path = runs / name / f"{name}.safetensors"
            # Noise has seeds; the truth is one.
            for seed in seeds if points == "noise" else seeds[:1]:
                found += scored(path, points=points, seed=seed)
    return found


def left_out(runs: Path, seeds: list[int]) -> list[dict]:
    """A row for each network that left a person out, scored on that person."""
    found = []
    for name in NETWORKS[1:]:
        for person in PEOPLE:
            path = runs / f"{name}-{person}" / f"{name}.safetensors"
            found += scored(path, points="noise", seed=seeds[0], person=person)
    return found


def scored(path: Path, **options) -> list[dict]:
    """One row, or none where nothing was trained."""
    if not path.exists():
        return []
    card = checkpoints.card(path)
    recipe = tasks.get(card["recipe"])
    report = tasks.evaluate(path, "humaneva:test", **options)
    row = {"network": card["name"]} | options
    row |= {name: round(report[name], 2) for name in FIGURES}
    row |= {"actions": {name: round(value, 1) for name, value in report["actions"].items()}}
    row |= {"frames": report["frames"], "window": recipe.frames, "turns": recipe.turns}
    row |= {name: card[name] for name in ("epochs", "best_epoch", "minutes", "seed", "command")}
    return [row | {"val_p1": round(card["metrics"]["p1"], 2)}]


def correction(runs: Path, seeds: list[int]) -> list[dict]:
    """A row for each correction and kind of points."""
    path = runs / "lifter" / "lifter.safetensors"
    if not path.exists():
        return []
    model, card = checkpoints.load_pretrained(path)
    takes = [take for take in open_takes("humaneva", "test") if take.id.endswith("cam0")]
    takes = [first(take) for take in takes]
    found = []
    for points in ("truth", "noise", "faults"):
        before = None
        for name, how in ROWS.items():
            asked = scores.Asked(card["units"], points, False, how, seeds[0])
            start = time.process_time()
            errors = frame_errors(scores.predict(model, takes, asked), takes)
            taken = 1000 * (time.process_time() - start) / len(errors)
            before = errors if before is None else before
            found.append(compared(before, errors) | {"points": points, "ms": round(taken, 2)})
            found[-1] = {"correction": name} | found[-1]
            print(found[-1], flush=True)
    return found


def first(take: Take) -> Take:
    """Its first `FRAMES` frames: a correction takes each frame by itself, and a while."""
    parts = {name: getattr(take, name)[:FRAMES] for name in ("points", "seen", "joints", "visible")}
    return take._replace(**parts)


def frame_errors(predicted: np.ndarray, takes: list) -> np.ndarray:
    """(N,) P1 of each frame in mm."""
    target, visible = scores.truth(takes)
    return np.array(
        [
            1000 * metrics.mpjpe(*parts, root=ROOT).value
            for parts in zip(predicted[:, None], target[:, None], visible[:, None])
        ]
    )


def compared(before: np.ndarray, after: np.ndarray) -> dict:
    """P1 of both, what it fell by in per cent, and how many frames are worse."""
    return {
        "p1_before": round(float(before.mean()), 2),
        "p1": round(float(after.mean()), 2),
        "lower": round(100 * float(1 - after.mean() / before.mean()), 2),
        "worse": round(100 * float((after > before + WORSE).mean()), 1),
    }


PARTS = {
    "2D sub-network": ("pose_2d",),
    "2D to 3D, with memory": ("adapt", "memory"),
    "3D, refiner, projector": ("coarse", "refiner", "projector"),
}


def cost(runs: Path, seeds: list[int]) -> list[dict]:
    """The reference network's parts: parameters in millions, GMAC and ms of a frame."""
    model, clip = PoseMachine3D().eval(), torch.zeros(1, 5, 3, 368, 368)
    with torch.inference_mode():
        features = model.features(clip)
        codes = model.codes(features)
        calls = (
            lambda: model.features(clip),
            lambda: model.codes(features),
            lambda: model.answer(codes),
        )
        calls = dict(zip(PARTS, calls))
        times = time_calls(calls, rounds=2, warm_up=0, clock=time.process_time)
    layers = layer_counts(model, (1, 1, 3, 368, 368))
    found = []
    for name, parts in PARTS.items():
        macs = sum(row.macs for row in layers if row.name.partition(".")[0] in parts)
        own = [getattr(model, part) for part in parts]
        # A memory multiplies each of its weights once a frame.
        weights = [w for part in own if isinstance(part, Memory) for w in part.parameters()]
        macs += sum(weight.numel() for weight in weights if weight.dim() == 2)
        row = {"part": name, "M parameters": sum(p.numel() for m in own for p in m.parameters())}
        row["M parameters"] = round(row["M parameters"] / 1e6, 2)
        found.append(row | {"GMAC": round(macs / 1e9, 3), "ms": round(times[name].fastest / 5, 2)})
    return found


TABLES: dict[str, Callable] = {
    "lifted": lifted,
    "left_out": left_out,
    "correction": correction,
    "cost": cost,
}


# --------------------------------------------------------------------------------- records
def write(path: Path, found: dict) -> None:
    """The tables as JSON; a row has a line."""
    text = json.dumps(found, indent=1)
    for least in (r"\[[^][{}]*\]", r"\{[^{}]*\}", r'\{\s*"network"(?:[^{}]|\{[^{}]*\})*\}'):
        text = re.sub(least, lambda match: " ".join(match.group().split()), text)
    path.write_text(text + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("runs", type=Path, help="the folder of the trainings' folders")
    parser.add_argument("--tables", nargs="*", choices=TABLES, default=list(TABLES))
    parser.add_argument("--seeds", type=int, nargs="*", default=[0], help="of the noise")
    parser.add_argument("--json", type=Path, default=Path("slides/lifting_study.json"))
    args = parser.parse_args()
    torch.set_num_threads(1)
    found = json.loads(args.json.read_text()) if args.json.exists() else {}
    for name in args.tables:
        seeds = " ".join(map(str, args.seeds))
        found[name] = {
            "about": ABOUT[name],
            "command": f"python tests/benchmarks/lifting_study.py RUNS --tables {name} "
            f"--seeds {seeds}",
            "date": date.today().isoformat(),
            "machine": f"{tasks.hardware()}, one thread, ms of CPU time",
            "rows": TABLES[name](args.runs, args.seeds),
        }
        write(args.json, found)
        for row in found[name]["rows"]:
            print(row, flush=True)


if __name__ == "__main__":
    main()
