"""Chapter 09's study: does a pose network remember? All controls, on disturbed and clean clips.

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

from posekit import checkpoints, memory_scores, tasks
from posekit.smoothing import OneEuro
from posekit.tasks import sequences

NAMES = "pose_machine", "pose_machine_no_memory", "pose_machine_stacked"
CLIPS, FRAMES = 200, 16
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--out", type=Path, default=Path("slides/memory_study.json"))
    parser.add_argument("--clips", type=int, default=CLIPS)
    parser.add_argument("--names", nargs="+", choices=NAMES, default=NAMES)
    args = parser.parse_args()
    # Those that are not named keep the figures that they have.
    found = json.loads(args.out.read_text(encoding="utf-8")) if args.out.is_file() else {}
    for name in args.names:
        file = args.runs / f"{name}-full-synthetic" / f"{name}.safetensors"
        model, card = checkpoints.load_pretrained(file)
        kept = ("command", "hardware", "seed", "minutes", "epochs", "best_epoch", "parameters")
        found[name] = {key: card[key] for key in kept}
        if name == "pose_machine_no_memory":
            val = sequences.load_disturbed("synthetic:val", 60, FRAMES, card["size"])
            found[name]["one_euro"] = steadiest(model, val)
            print(found[name]["one_euro"], "and in use:", memory_scores.STEADY)
        for kind in ("both", "none"):
            options = {"clips": args.clips, "frames": FRAMES, "disturbance": kind}
            report = tasks.evaluate((model, card), "synthetic:test", **options)
            if name != "pose_machine_no_memory":
                report["controls"].pop("one_euro", None)  # the filter stands in for a memory
            found[name][kind] = report
            print(f"{name}, {kind}\n{memory_scores.table(report)}\n", flush=True)
        args.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
