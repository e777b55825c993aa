"""What the codecs of several people share: the people that they find, and checks of input."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from torch import Tensor
from torch.nn import functional as F

from ..errors import InputError, check_shape


class People(NamedTuple):
    """P people of K joints in one image, the best person first."""

    keypoints: np.ndarray  # (P, K, 2) float32 input pixels, NaN where a joint was not found
    scores: np.ndarray  # (P, K) float32 height of the joint's peak, 0 where there is none
    person_scores: np.ndarray  # (P,) float32, 0 to 1: the larger, the surer and the more complete


def check_labels(joints: int, size, keypoints, visible, ignore=None, boxes=None) -> None:
    """`InputError` unless a batch's labels have the shapes that `PartFields.encode` names."""
    batch, people = keypoints.shape[:2] if keypoints.ndim == 4 else ("B", "P")
    expected = {
        "keypoints": (keypoints, (batch, people, joints, 2)),
        "visible": (visible, (batch, people, joints)),
        "ignore": (ignore, (batch, *size)),
        "boxes": (boxes, (batch, people, 4)),
    }
    for name, (values, shape) in expected.items():
        if values is not None:
            check_shape(name, values, *shape)


def loss_mask(ignore: Tensor | None, maps: Tensor, stride: int) -> Tensor:
    """(B, 1, h, w) the share of each cell's pixels that a loss may look at.

    ``ignore`` (B, H, W) is True, or 1, where unlabelled people stand, and None for nowhere;
    ``maps`` (B, C, h, w) are the targets.
    """
    if ignore is None:
        return maps.new_ones(len(maps), 1, *maps.shape[-2:])
    return 1 - F.avg_pool2d(ignore.to(maps)[:, None], stride)


def image_maps(name: str, maps, channels: tuple[int, ...], shape: tuple[int, int]) -> np.ndarray:
    """(C, h, w) float32 array of one image's maps, tensor or array.

    Raises `InputError` unless C is one of ``channels``, (h, w) ``shape``, and all is finite.
    """
    if isinstance(maps, Tensor):
        maps = maps.detach().float().cpu().numpy()
    maps = np.ascontiguousarray(maps, dtype=np.float32)
    if maps.ndim != 3 or len(maps) not in channels or maps.shape[1:] != shape:
        wanted = " or ".join(f"({count}, {shape[0]}, {shape[1]})" for count in channels)
        raise InputError(f"{name} of one image must be {wanted}, and are {maps.shape}.")
    with np.errstate(over="ignore", invalid="ignore"):
        total = maps.sum()  # sooner done than a look at each; only huge numbers mislead it
    if not np.isfinite(total) and not np.isfinite(maps).all():
        raise InputError(f"{name} hold values that are not finite: look at the network's weights.")
    return maps
