"""Scores of one person per crop, each next to two baselines that need no network.

A number means little alone: `report` sets the *constant* predictor (every joint in the middle
of the crop) and the *mean pose* of the training set beside each.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from . import catalog, metrics, skeletons
from .data.crops import Crops, crop_labels
from .errors import InputError
from .files import atomic_write
from .inference import predict, unproject_poses


def mean_pose(crops: Crops) -> np.ndarray:
    """(K, 2) where each joint lies on average, as fractions of the input's side.

    (K, 3) with the mean depth in metres, where the crops have depths. A joint that is never
    labelled is put in the middle.
    """
    points, _ = crop_labels(crops)
    labelled = np.isfinite(points)
    sums = np.where(labelled, points, 0).sum(0)
    middle = np.full(sums.shape, (crops.size - 1) / 2)
    mean = np.divide(sums, labelled.sum(0), out=middle, where=labelled.any(0))
    mean = (mean + 0.5) / crops.size
    if crops.depths is None:
        return mean
    return np.concatenate([mean, crops.depths.mean(0)[:, None]], axis=1)


def baselines(mean, size: int) -> dict[str, np.ndarray]:
    """By name, the pixels (K, 2 or 3) of the predictors that need no network.

    ``constant`` has all joints in the middle of an input of that side, ``mean_pose`` where the
    fractions ``mean`` of `mean_pose` put them. A depth is in metres, and 0 for the constant.
    """
    mean = np.array(mean, dtype=float)
    mean[:, :2] = mean[:, :2] * size - 0.5
    constant = np.zeros(mean.shape)
    constant[:, :2] = (size - 1) / 2
    return {"constant": constant, "mean_pose": mean}


def scores_3d(predicted, crops: Crops) -> dict:
    """Mean joint errors in millimetres, of (N, K, 3) as `unproject_poses` takes them.

    ``mpjpe_mm`` about the middle of the hips, whose distance is given; ``pa_mpjpe_mm`` after
    the best similarity. Every joint counts, hidden ones too.
    """
    joints = skeletons.get(crops.skeleton)
    hips = [joints.index("left_hip"), joints.index("right_hip")]
    poses = [
        pose - pose[:, hips].mean(1, keepdims=True)
        for pose in (unproject_poses(predicted, crops), crops.keypoints_3d)
    ]
    everyone = np.ones(poses[0].shape[:2])
    error = metrics.mpjpe(*poses, everyone)
    # The constant predictor's pose is one point: no similarity makes a person of it.
    is_pose = np.ptp(poses[0], axis=1).max() > 1e-6
    aligned = metrics.pa_mpjpe(*poses, everyone).value if is_pose else float("nan")
    return {
        "mpjpe_mm": 1000 * error.value,
        "pa_mpjpe_mm": 1000 * aligned,
        "mpjpe_joints": error.count,
    }


def scores(predicted, target, visible, skeleton: str) -> dict:
    """MSE and mean distance in pixels, and PCK at 0.2 of the torso, with what they counted."""
    square = metrics.mse(predicted, target, visible)
    distance = metrics.mpjpe(predicted, target, visible)
    lengths = metrics.torso_lengths(target, visible, skeleton)
    correct = metrics.pck(predicted, target, visible, lengths, 0.2)
    seen = metrics.pck(predicted, target, np.where(visible == 2, 2, 0), lengths, 0.2)
    return {
        "mse": square.value,
        "distance": distance.value,
        "joints": square.count,
        "pck": correct.value,
        "pck_joints": correct.count,
        "pck_of": correct.normaliser,
        "pck_per_joint": correct.per_joint.tolist(),
        "pck_seen": seen.value,
        "pck_seen_joints": seen.count,
    }


class ScaleTest(nn.Module):
    """A network of maps that looks at several sizes of an image, and answers with the mean map.

    Args:
        model: any side goes into it, and its maps have a quarter of the side.
        scales: how large the image is made, as factors of its side.
    """

    def __init__(self, model: nn.Module, scales: Sequence[float] = (0.75, 1.0, 1.25)):
        super().__init__()
        if not scales or not all(0.1 <= scale <= 10 for scale in scales):
            raise InputError(f"scales must be within 0.1 and 10, and are {list(scales)}.")
        self.model, self.scales = model, tuple(scales)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """(B, 3, H, W), sides multiples of 4, to (B, K, H/4, W/4)."""
        side = np.array(images.shape[-2:])
        maps = []
        for scale in self.scales:
            # A multiple of 32 at least, which every network here takes.
            size = (np.maximum(1, np.round(side * scale / 32)) * 32).astype(int).tolist()
            resized = functional.interpolate(images, size, mode="bilinear", antialias=True)
            small = self.model(resized)
            maps.append(functional.interpolate(small, (side // 4).tolist(), mode="bilinear"))
        return torch.stack(maps).mean(0)


def report(model: nn.Module, crops: Crops, mean, decode: Callable | None = None) -> dict:
    """`scores` of the model, of the constant and of the mean pose, on the same crops.

    ``mean``: (K, 2) fractions of the side, `mean_pose` of the data that the model was
    trained on. Raises `InputError` when there is nobody, or no joint is labelled.
    """
    points, visible = crop_labels(crops)
    if not (visible > 0).any():
        raise InputError(f"nothing can be scored: {len(crops)} people, no joint labelled.")
    size = crops.size
    found = {"people": len(crops), "input": size, "skeleton": crops.skeleton}
    guesses = {"model": predict(model, crops, decode)} | {
        who: np.tile(pose, (len(crops), 1, 1)) for who, pose in baselines(mean, size).items()
    }
    for who, guess in guesses.items():
        found[who] = scores(guess[..., :2], points, visible, crops.skeleton)
        if crops.keypoints_3d is not None and guess.shape[-1] == 3:
            found[who] |= scores_3d(guess, crops)
    return found


def table(found: dict) -> str:
    """A `report` as text."""
    space = "mpjpe_mm" in found["model"]
    lines = [
        f"{'':12}{'MSE, px²':>10}{'distance, px':>14}{'PCK, %':>9}{'of seen, %':>12}"
        + (f"{'MPJPE, mm':>11}{'PA, mm':>8}" if space else "")
    ]
    for who in ("constant", "mean_pose", "model"):
        row = found[who]
        lines.append(
            f"{who.replace('_', ' '):12}{row['mse']:10.2f}{row['distance']:14.2f}"
            f"{row['pck']:9.1f}{row['pck_seen']:12.1f}"
            + (f"{row['mpjpe_mm']:11.1f}{row['pa_mpjpe_mm']:8.1f}" if space else "")
        )
    side, of = found["input"], found["model"]["pck_of"]
    lines.append(f"{found['people']} people, pixels of {side} × {side} crops, PCK within {of}")
    return "\n".join(lines)


def open_data(data: str, skeleton: str, root=None, people: int | None = None):
    """The people of ``NAME:SPLIT``, with the joints of ``skeleton``.

    ``people``: how many, where the set is synthetic and as large as one likes.
    """
    name, split = catalog.name_and_split(data)
    if people and name != catalog.SYNTHETIC:
        raise InputError(f"--people is for synthetic people: {name} has as many as it has.")
    options = {"count": people} if people else {}
    return catalog.load(name, split, root, skeleton=skeleton, **options)


def write_json(found: dict, path: str | Path) -> None:
    """Whole or not at all; NaN (a joint that was never counted) becomes null."""
    finite = json.loads(json.dumps(found), parse_constant=lambda name: None)
    atomic_write(path, json.dumps(finite, indent=1) + "\n")
