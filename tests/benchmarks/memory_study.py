"""Chapter 09's study: does a pose network remember? All controls, on disturbed and clean clips,
and `WAYS` where the camera stands.

    posekit train pose_machine; posekit train pose_machine_no_memory
    posekit train pose_machine_stacked
    python tests/benchmarks/memory_study.py [--runs runs] [--out slides/memory_study.json]

Rendered clips of people of the test split, scored once. The filter beside the networks, One-Euro,
smooths what the network without a memory finds; which two numbers of it are best on clips of the
val split is printed, and stands in `memory_scores.STEADY`.
"""

from __future__ import annotations

import argparse
import itertools
import json
from pathlib import Path

import numpy as np

from posekit import checkpoints, memory_scores, metrics, tasks
from posekit.data.clip_crops import ClipCrops
from posekit.data.crops import crop_labels
from posekit.smoothing import OneEuro
from posekit.tasks import sequences

NAMES = "pose_machine", "pose_machine_no_memory", "pose_machine_stacked"
TEST, CLIPS, FRAMES = "synthetic:test", 200, 16
WAYS = "kept", "reset", "shuffled"
KINDS = "panned", "none", "both"
CUTOFFS, BETAS = (0.5, 1, 2, 4, 8), (0, 0.02, 0.1, 0.5)  # Hz, and Hz for each pixel a second


def steadiest(model, clips) -> dict:
    """The numbers of `OneEuro` that give the best PCK of occluded joints, and that PCK."""
    found = memory_scores.predict(model, clips, "reset")
    by_clip = found.reshape(-1, clips.frames, *found.shape[1:])
    rows = []
    for cutoff, beta in itertools.product(CUTOFFS, BETAS):
        smooth = OneEuro(sequences.RATE, cutoff, beta)
        steady = np.stack([smooth(by_clip[:, t]) for t in range(clips.frames)], 1)
        scores = memory_scores.scores(steady.reshape(found.shape), clips)
        rows.append((scores["occluded"]["pck"], cutoff, beta))
    pck, cutoff, beta = max(rows)
    alone = memory_scores.scores(found, clips)["occluded"]["pck"]
    return {"min_cutoff": cutoff, "beta": beta, "pck_occluded": pck, "without": alone}


def scored(model, card, kind: str, count: int) -> tuple[dict, dict, ClipCrops]:
    """What ``posekit eval`` reports, and of what: the answers by control, and the clips."""
    shape = (count, FRAMES, card["size"], kind)
    clips = sequences.load_disturbed(TEST, *shape, skeleton=card["skeleton"])
    controls = tasks.get(card["recipe"]).controls
    if kind == "both":
        controls = tuple(name for name in controls if name in WAYS)
    points = memory_scores.predictions(model, clips, controls, sequences.RATE)
    about = {"checkpoint": card["name"], "sha256": card["sha256"], "data": TEST}
    return about | {"disturbance": kind} | memory_scores.report(points, clips), points, clips


def by_way(answers, clips) -> dict:
    """PCK of remembered joints, by how far they have moved since they were last seen.

    ``stayed`` within 0.2 of the torso, ``moved`` farther, ``there_last`` were there when they were
    last seen, but mostly elsewhere before: the order tells. ``truth_last`` and ``truth_any`` are
    no network's: what an answer would score that knows the true places in the earlier frames, and
    repeats the last one or any of those in which the joint was seen.
    """
    points, visible = crop_labels(clips.crops)
    torso = metrics.torso_lengths(points, visible, clips.crops.skeleton).values
    points = points[..., :2]
    right = {
        name: np.linalg.norm(answers[name] - points, axis=-1) <= 0.2 * torso[:, None]
        for name in WAYS
    }
    parts = {"stayed": [], "moved": [], "there_last": []}
    truth = {"truth_last": [], "truth_any": []}
    by_clip = visible.reshape(-1, clips.frames, *visible.shape[1:])
    for n, t, k in np.argwhere(memory_scores.hidden_for(by_clip) > 0):
        frame = n * clips.frames + t
        before = points[n * clips.frames : frame, k][by_clip[n, :t, k] == 2]
        near = np.linalg.norm(before - points[frame, k], axis=-1) <= 0.2 * torso[frame]
        truth["truth_last"].append(near[-1])
        truth["truth_any"].append(near.mean())
        parts["stayed" if near[-1] else "moved"].append((frame, k))
        if near[-1] and near.mean() < 1 / 3:
            parts["there_last"].append((frame, k))
    found = {name: {"pck": 100 * float(np.mean(shares))} for name, shares in truth.items()}
    for name, which in parts.items():
        rows = tuple(np.transpose(which))
        found[name] = {each: 100 * float(ok[rows].mean()) for each, ok in right.items()}
        found[name]["joints"] = len(which)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--out", type=Path, default=Path("slides/memory_study.json"))
    parser.add_argument("--clips", type=int, default=CLIPS)
    parser.add_argument("--names", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    args = parser.parse_args()
    # Those that are not named keep the figures that they have.
    found = json.loads(args.out.read_text(encoding="utf-8")) if args.out.is_file() else {}
    for name in args.names:
        file = args.runs / f"{name}-full-synthetic" / f"{name}.safetensors"
        model, card = checkpoints.load_pretrained(file)
        kept = ("command", "hardware", "seed", "minutes", "epochs", "best_epoch", "parameters")
        found[name] = found.get(name, {}) | {key: card[key] for key in kept}
        if name == "pose_machine_no_memory" and "panned" in args.kinds:
            val = sequences.load_disturbed("synthetic:val", 60, FRAMES, card["size"])
            found[name]["one_euro"] = steadiest(model, val)
            print(found[name]["one_euro"], "and in use:", memory_scores.STEADY)
        for kind in args.kinds:
            report, answers, clips = scored(model, card, kind, args.clips)
            if name == "pose_machine" and kind == "panned":
                ways = by_way(answers, clips)
            if name != "pose_machine_no_memory":
                report["controls"].pop("one_euro", None)  # the filter stands in for a memory
            found[name][kind] = report
            print(f"{name}, {kind}\n{memory_scores.table(report)}\n", flush=True)
        if name == "pose_machine" and "panned" in args.kinds:
            found[name]["by_way"] = ways
            print(ways)
        args.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
