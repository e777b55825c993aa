"""A network's predictions on a data set, and every score beside what needs no network.

A number means little alone: `report` sets the *constant* predictor (every joint in the middle
of the crop) and the *mean pose* of the training set beside each.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn

from . import catalog, metrics, skeletons
from .data.batches import CropDataset, loader
from .data.crops import Crops, cut_out
from .errors import InputError
from .files import write_whole
from .geometry import invert, transform


def targets(crops: Crops) -> tuple[np.ndarray, np.ndarray]:
    """(N, K, 2) pixels of the network's input, and (N, K) visible, of unchanged crops."""
    dataset = CropDataset(crops)
    if len(crops) == 0:
        return crops.keypoints, crops.visible
    whole = [dataset.__getitems__([(0, i)]) for i in range(len(crops))]
    return (
        torch.cat([batch.keypoints for batch in whole]).numpy(),
        torch.cat([batch.visible for batch in whole]).numpy(),
    )


def predict(
    model: nn.Module, crops: Crops, decode: Callable | None = None, batch_size: int = 64
) -> np.ndarray:
    """(N, K, 2) pixels of the network's input, for every crop as it is.

    ``decode`` makes keypoints (B, K, 2) of what the model returns; None: that is what it
    returns. The model is left in the mode that it was in.
    """
    was_training, device = model.training, next(model.parameters()).device
    model.eval()
    found = []
    with torch.no_grad():
        for batch in loader(CropDataset(crops), batch_size, shuffle=False):
            out = model(batch.images.to(device))
            found.append((decode(out) if decode else out).float().cpu().numpy())
    model.train(was_training)
    return np.concatenate(found) if found else np.zeros((0, crops.keypoints.shape[1], 2))


def estimate(
    model: nn.Module, image: np.ndarray, box, size: int, decode: Callable | None = None
) -> np.ndarray:
    """(K, 2) pixels of an image (H, W, 3) uint8: the pose of the person in ``box``.

    ``box`` (x1, y1, x2, y2) is what the network's input of ``size`` x ``size`` shows, so give
    it as much room as the training's boxes had, see `posekit.data.crops.person_box`.
    """
    out, to_image = look(model, image, box, size)
    points = (decode(out) if decode else out)[0].detach().float().cpu().numpy()
    return transform(to_image, points)


def look(model: nn.Module, image: np.ndarray, box, size: int) -> tuple[torch.Tensor, np.ndarray]:
    """What a model says of a box of an image, and the (2, 3) map from its input to the image."""
    crop, matrix = cut_out(image, box, size, size)
    tensor = torch.from_numpy(crop).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad():
        return model(tensor.to(next(model.parameters()).device)), invert(matrix)


def flip_test(model: nn.Module, images: torch.Tensor, skeleton: str) -> torch.Tensor:
    """The mean of the maps (B, K, h, w) of images and of their mirror images, mirrored back.

    Mirroring back reverses the columns and swaps the maps of left and right. On the grid of
    `posekit.geometry` that is all: no map needs to be moved by a cell.
    """
    maps = model(images)
    mirrored = model(images.flip(-1)).flip(-1)
    return (maps + mirrored[:, skeletons.get(skeleton).flip]) / 2


class FlipTest(nn.Module):
    """A network of maps that answers as `flip_test` does: twice the time, steadier."""

    def __init__(self, model: nn.Module, skeleton: str):
        super().__init__()
        self.model, self.skeleton = model, skeleton

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """(B, 3, H, W) to (B, K, h, w)."""
        return flip_test(self.model, images, self.skeleton)


def mean_pose(crops: Crops) -> np.ndarray:
    """(K, 2) where each joint lies on average, as fractions of the input's side.

    (K, 3) with the mean depth in metres, where the crops have depths. A joint that is never
    labelled is put in the middle.
    """
    points, _ = targets(crops)
    labelled = np.isfinite(points)
    sums = np.where(labelled, points, 0).sum(0)
    mean = np.divide(
        sums, labelled.sum(0), out=np.full(sums.shape, (crops.size - 1) / 2), where=labelled.any(0)
    )
    mean = (mean + 0.5) / crops.size
    if crops.depths is None:
        return mean
    return np.concatenate([mean, crops.depths.mean(0)[:, None]], axis=1)


def to_space(points: np.ndarray, crops: Crops) -> np.ndarray:
    """(N, K, 3) metres in the camera's axes, of x and y in pixels of the input and a depth.

    How far away a person is, one picture does not tell: the middle of the hips is put at its
    true distance, as Sun et al., "Integral Human Pose Regression", ECCV 2018, have it.
    """
    edge = (crops.images.shape[1] - crops.size) / 2  # the input is the middle of the crop
    found = np.empty(points.shape)
    for n, (camera, hips) in enumerate(zip(crops.cameras, crops.hip_depths)):
        pixels = transform(invert(crops.matrices[n]), points[n, :, :2] + edge)
        found[n] = camera.unproject(pixels, hips + points[n, :, 2], frame="camera")
    return found


def scores_3d(predicted, crops: Crops) -> dict:
    """Mean joint errors in millimetres, of (N, K, 3) as `to_space` takes them.

    ``mpjpe_mm`` about the middle of the hips, whose distance is given; ``pa_mpjpe_mm`` after
    the best similarity. Every joint counts, hidden ones too.
    """
    joints = skeletons.get(crops.skeleton)
    hips = [joints.index("left_hip"), joints.index("right_hip")]
    poses = [
        pose - pose[:, hips].mean(1, keepdims=True)
        for pose in (to_space(predicted, crops), crops.keypoints_3d)
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


def report(model: nn.Module, crops: Crops, mean, decode: Callable | None = None) -> dict:
    """`scores` of the model, of the constant and of the mean pose, on the same crops.

    ``mean``: (K, 2) fractions of the side, `mean_pose` of the data that the model was
    trained on. Raises `InputError` when there is nobody, or no joint is labelled.
    """
    points, visible = targets(crops)
    if not (visible > 0).any():
        raise InputError(f"nothing can be scored: {len(crops)} people, no joint labelled.")
    size = crops.size
    mean, middle = np.array(mean, dtype=float), np.full(np.shape(mean), (size - 1) / 2)
    mean[:, :2] = mean[:, :2] * size - 0.5
    middle[:, 2:] = 0
    found = {"people": len(crops), "input": size, "skeleton": crops.skeleton}
    guesses = {"model": predict(model, crops, decode)} | {
        who: np.tile(pose, (len(crops), 1, 1))
        for who, pose in (("constant", middle), ("mean_pose", mean))
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
    name, _, split = data.partition(":")
    if not split:
        raise InputError(f"--data {data!r} must name the split too: {name}:val, say.")
    if people and name != catalog.SYNTHETIC:
        raise InputError(f"--people is for synthetic people: {name} has as many as it has.")
    options = {"count": people} if people else {}
    return catalog.load(name, split, root, skeleton=skeleton, **options)


def write_json(found: dict, path: str | Path) -> None:
    """Whole or not at all; NaN (a joint that was never counted) becomes null."""

    def plain(value):
        if isinstance(value, dict):
            return {key: plain(part) for key, part in value.items()}
        if isinstance(value, list):
            return [plain(part) for part in value]
        return None if isinstance(value, float) and not np.isfinite(value) else value

    write_whole(path, json.dumps(plain(found), indent=1) + "\n")
