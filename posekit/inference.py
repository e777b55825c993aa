"""A network at work: on crops, on the person in a box, together with its mirror image.

Nothing here knows what is right: scores are `posekit.evaluation`'s.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import nn

from . import skeletons
from .data.batches import CropDataset, loader
from .data.crops import Crops, square_crop
from .geometry import invert, transform

LIMB = 0.42  # metres: of limbs; long ones count most in the sum that it is for
_lock, _threads = threading.Lock(), []  # what each `one_thread` that is at work puts back


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Run a small network on one thread of the CPU, then put torch's number of threads back.

    Layers of a small network on one image take microseconds; threads that wait for each other in
    between cost more than they save, and where the machine has other work, many times more.
    torch keeps a number for each Python thread that has used it, so others are not slowed down;
    one that uses torch for the first time meanwhile would begin with this one.
    """
    with _lock:
        before = torch.get_num_threads()
        if before == 1 and _threads:  # began with another's: put back what that one will
            before = _threads[0]
        _threads.append(before)
        torch.set_num_threads(1)
    try:
        yield
    finally:
        with _lock:
            _threads.remove(before)
            torch.set_num_threads(before)


@contextlib.contextmanager
def predicting(model: nn.Module) -> Iterator[nn.Module]:
    """A network in ``eval`` mode and without gradients, afterwards in the modes that it was in."""
    modes = {module: module.training for module in model.modules()}  # a wrapper has one of its own
    try:
        with torch.no_grad():
            yield model.eval()
    finally:
        for module, training in modes.items():
            module.training = training


def predict(
    model: nn.Module, crops: Crops, decode: Callable | None = None, batch_size: int = 64
) -> np.ndarray:
    """(N, K, 2) pixels of the network's input, for every crop as it is.

    ``decode`` makes keypoints (B, K, 2) of what the model returns; None: that is what it
    returns. The model is left in the mode that it was in.
    """
    device, found = next(model.parameters()).device, []
    with predicting(model):
        for batch in loader(CropDataset(crops), batch_size, shuffle=False):
            out = model(batch.images.to(device))
            found.append((decode(out) if decode else out).float().cpu().numpy())
    return np.concatenate(found) if found else np.zeros((0, crops.keypoints.shape[1], 2))


def predict_box(
    model: nn.Module, image: np.ndarray, box, size: int, decode: Callable | None = None
) -> np.ndarray:
    """(K, 2) pixels of an image (H, W, 3) uint8: the pose of the person in ``box``.

    ``box`` (x1, y1, x2, y2) is what the network's input of ``size`` x ``size`` shows, so give
    it as much room as the training's boxes had, see `posekit.data.crops.person_box`.
    """
    out, to_image = run_on_boxes(model, image, [box], size)
    points = (decode(out) if decode else out)[0].detach().float().cpu().numpy()
    return transform(to_image[0], points)


def run_on_boxes(
    model: nn.Module, image: np.ndarray, boxes, size: int
) -> tuple[torch.Tensor, list[np.ndarray]]:
    """A model's output on N boxes of an image, and (2, 3) maps from its inputs to the image."""
    crops, matrices = zip(*(square_crop(image, box, size, size) for box in boxes))
    tensor = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).float() / 255
    with torch.no_grad():
        out = model(tensor.to(next(model.parameters()).device))
    return out, [invert(matrix) for matrix in matrices]


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


def unproject_poses(points: np.ndarray, crops: Crops) -> np.ndarray:
    """(N, K, 3) metres in the camera's axes, of x and y in pixels of the input and a depth.

    How far away a person is, one picture does not tell: the middle of the hips is put at its
    true distance, as Sun et al., "Integral Human Pose Regression", ECCV 2018, have it.
    """
    found = np.empty(points.shape)
    for n, (camera, hips) in enumerate(zip(crops.cameras, crops.hip_depths)):
        pixels = transform(invert(crops.matrices[n]), points[n, :, :2] + crops.edge)
        found[n] = camera.unproject(pixels, hips + points[n, :, 2], frame="camera")
    return found


def in_metres(points: np.ndarray, skeleton: str) -> np.ndarray:
    """(K, 3) metres about the hips, of x and y in pixels and z in metres (or without z: 0).

    How many pixels a metre is, an image does not tell: as many as make the limbs `LIMB` long, in
    the sense of least squares.
    """
    joints = skeletons.get(skeleton)
    points = np.pad(points, ((0, 0), (0, 3 - points.shape[1])))
    points[:, :2] -= points[[joints.index("left_hip"), joints.index("right_hip")], :2].mean(0)
    square = np.diff(points[joints.limb_indices], axis=1)[:, 0] ** 2  # of each limb's extents
    flat, deep = square[:, :2].sum(1), square[:, 2]
    scale = (flat * (LIMB**2 - deep).clip(0)).sum() / max((flat**2).sum(), 1e-9)
    return points * (scale**0.5, scale**0.5, 1)
