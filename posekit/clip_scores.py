"""What a multitask network predicts of clips, and its scores beside what needs no network.

Everything is scored by the last block's answers: PCK within 0.2 of the torso and MPJPE about the
hips as `posekit.evaluation` has them, frame by frame; the action once for each clip.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import NamedTuple

import numpy as np
from torch import nn

from . import evaluation
from .data.batches import loader
from .data.clip_crops import ClipCrops, ClipDataset
from .data.crops import crop_labels
from .inference import predicting


class Found(NamedTuple):
    """What a network predicts of N clips of T frames, in their order."""

    points: np.ndarray  # (N T, K, 3) pixels of the input and metres; or 2
    seen: np.ndarray  # (N T, K) from 0 to 1
    logits: dict[str, np.ndarray]  # of each stream and of their fusion, (N, A)


def predict(model: nn.Module, clips: ClipCrops, batch_size: int = 16) -> Found:
    """The last block's answers; the model is left in the mode that it was in."""
    device, points, seen, logits = next(model.parameters()).device, [], [], {}
    with predicting(model):
        for batch in loader(ClipDataset(clips), batch_size, shuffle=False):
            out = model(batch.images.to(device))
            points.append(out.poses[-1].points.flatten(0, 1).float().cpu().numpy())
            seen.append(out.poses[-1].seen.flatten(0, 1).float().sigmoid().cpu().numpy())
            for name, said in out.actions.items():
                logits.setdefault(name, []).append(said[-1].float().cpu().numpy())
    logits = {name: np.concatenate(rows) for name, rows in logits.items()}
    return Found(np.concatenate(points), np.concatenate(seen), logits)


def shuffled(found: Found, frames: int) -> Found:
    """The answers dealt out to other clips."""
    order = np.random.default_rng(0).permutation(len(found.points) // frames)
    rows = (order[:, None] * frames + np.arange(frames)).ravel()
    logits = {name: each[order] for name, each in found.logits.items()}
    return Found(found.points[rows], found.seen[rows], logits)


def scores(found: Found, clips: ClipCrops) -> dict:
    """`evaluation.scores`, `evaluation.scores_3d` where there is a third dimension, and the share
    of right answers, in per cent: of visibility, and of each stream, ``answer`` the final one's."""
    points, visible = crop_labels(clips.crops)
    result = evaluation.scores(found.points[..., :2], points, visible, clips.crops.skeleton)
    space = clips.crops.keypoints_3d
    if space is not None and np.isfinite(space).all() and found.points.shape[-1] == 3:
        result |= evaluation.scores_3d(found.points, clips.crops)
    labelled = visible > 0
    right = (found.seen > 0.5) == (visible == 2)
    result["visibility"] = 100 * float(right[labelled].mean()) if labelled.any() else math.nan
    known = clips.actions >= 0
    if found.logits and known.any():
        right = {
            name: 100 * float((logits.argmax(-1) == clips.actions)[known].mean())
            for name, logits in found.logits.items()
        }
        result["accuracy"] = right | {"answer": list(right.values())[-1]}
    return result


def report(found: Found, clips: ClipCrops, mean) -> dict:
    """`scores` of a network, of the constant and of the mean pose; and of the commonest action."""
    size, crops = clips.crops.size, clips.crops
    result = {
        "clips": len(clips),
        "frames": clips.frames,
        "input": size,
        "skeleton": crops.skeleton,
    }
    for who, pose in evaluation.baselines(mean, size).items():
        guess = np.tile(pose[:, : found.points.shape[-1]], (len(crops), 1, 1))
        result[who] = scores(Found(guess, np.ones(guess.shape[:2]), {}), clips)
    result["model"] = scores(found, clips)
    most = Counter(clips.actions[clips.actions >= 0].tolist()).most_common(1)
    if most:
        result["majority"] = 100 * most[0][1] / int((clips.actions >= 0).sum())
    return result


def table(found: dict) -> str:
    """A `report` as text."""
    lines = [f"{'':12}{'PCK, %':>9}{'of seen, %':>12}{'MPJPE, mm':>11}{'visibility, %':>15}"]
    for who in ("constant", "mean_pose", "model"):
        row = found[who]
        space = f"{row['mpjpe_mm']:11.1f}" if "mpjpe_mm" in row else f"{'-':>11}"
        lines.append(
            f"{who.replace('_', ' '):12}{row['pck']:9.1f}{row['pck_seen']:12.1f}{space}"
            f"{row['visibility']:15.1f}"
        )
    accuracy = found["model"].get("accuracy", {})
    shown = [f"{name} {value:.1f}" for name, value in accuracy.items() if name != "answer"]
    if shown:
        shown.append(f"most frequent action {found['majority']:.1f}")
        lines.append(f"action, %: {', '.join(shown)}")
    of = found["model"]["pck_of"]
    lines.append(f"{found['clips']} clips of {found['frames']} frames, PCK within {of}")
    return "\n".join(lines)
