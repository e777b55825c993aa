"""Chapter 02's study on LSP extended: its trainings' curves and scores, as one JSON file.

    posekit train cnn_lspet; posekit train lite_lspet; posekit train lite_scratch_lspet
    python tests/benchmarks/lspet_study.py [--runs runs] [--out slides/lspet_study.json]

Scored once: LSP extended 5501-6000 and LSP 1001-2000, people cut out, beside the mean pose of
the images that were learnt from. ``POSEKIT_MIRROR`` or ``posekit data get`` provides the images.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch

from posekit import checkpoints, tasks, training

NAMES = "cnn_lspet", "lite_lspet", "lite_scratch_lspet"
SETS = {"lspet_5501_6000": "lspet:test", "lsp_1001_2000": "lsp:test"}


def study(folder: Path, name: str) -> dict:
    """Curves, card and scores of one training."""
    rows = torch.load(folder / training.LAST, map_location="cpu", weights_only=True)["rows"]
    model, card = checkpoints.load_pretrained(folder / f"{name}.safetensors")
    kept = ("command", "hardware", "seed", "minutes", "epochs", "best_epoch", "parameters", "size")
    found = {key: card[key] for key in kept} | {
        "loss": [round(row["loss"], 1) for row in rows],
        "mse_lsp_801_1000": [round(row["mse"], 1) for row in rows],
    }
    for key, data in SETS.items():
        report = tasks.evaluate((model, card), data)
        for predictor in ("model", "mean_pose"):
            scores = {part: round(report[predictor][part], 2) for part in ("mse", "pck")}
            found.setdefault(predictor, {})[key] = scores
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--out", type=Path, default=Path("slides/lspet_study.json"))
    args = parser.parse_args()
    found = {name: study(args.runs / f"{name}-full-lspet", name) for name in NAMES}
    args.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    for name, part in found.items():
        print(f"{name:<20}{part['minutes']:>6} min  {part['model']}  mean pose {part['mean_pose']}")


if __name__ == "__main__":
    main()
