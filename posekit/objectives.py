"""What a network's output is taken for: how it is trained, and how it is read.

For each way in which the course's networks say where a joint is, a loss ``(model, batch)`` for
`posekit.training.fit`, and the functions that make keypoints and scores of the output.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import nn

from . import losses
from .codecs.heatmaps import GaussianHeatmaps
from .codecs.soft_argmax import soft_argmax, soft_argmax_3d
from .models import heatmaps


# ---------------------------------------------------------------------------- coordinates
def coordinate_loss(model: nn.Module, batch, penalty: Callable = losses.l2):
    """A loss on coordinates, in pixels of the input, and over how many joints it is a mean."""
    return penalty(model(batch.images), batch.keypoints, batch.visible), (batch.visible > 0).sum()


# ------------------------------------------------------------------------------- heatmaps
# A bump of 1.5 cells is 6 pixels wide: on a person of 100 pixels, about a wrist.
MAPS = GaussianHeatmaps((128, 128), heatmaps.STRIDE, sigma=1.5)


def heatmap_loss(model: nn.Module, batch, penalty: Callable = losses.heatmap_cross_entropy):
    """A loss on maps, and over how many joints it is a mean."""
    maps = model(batch.images).float()
    return penalty(maps, batch.targets, batch.visible), (batch.visible > 0).sum()


def probabilities(maps: torch.Tensor) -> torch.Tensor:
    """Raw maps (B, K, h, w) as probabilities: each sums to 1."""
    return torch.softmax(maps.float().flatten(2), -1).view_as(maps)


def read_maps(maps: torch.Tensor, codec: GaussianHeatmaps = MAPS) -> torch.Tensor:
    """(B, K, 2) pixels of raw maps that were trained by cross entropy."""
    return torch.from_numpy(codec.decode(probabilities(maps)).keypoints)


def heights(maps: torch.Tensor, codec: GaussianHeatmaps = MAPS) -> torch.Tensor:
    """(B, K) from 0 to 1: the highest probability of raw maps, as a share of a target's highest."""
    highest = 1 / (2 * math.pi * codec.sigma**2)
    return (probabilities(maps).amax((-1, -2)) / highest).clamp(max=1)


# ---------------------------------------------------------------------------- soft-argmax
def coordinates_of(maps: torch.Tensor) -> torch.Tensor:
    """(B, K, 2) pixels under raw maps of `MAPS`' stride."""
    return soft_argmax(maps.float(), MAPS.stride)


def soft_argmax_loss(model: nn.Module, batch):
    """Elastic net in cells, Jensen-Shannon, and visibility by the maps' highest cells."""
    maps = model(batch.images).float()
    error = losses.elastic_net(
        coordinates_of(maps) / MAPS.stride, batch.keypoints / MAPS.stride, pointed_at(batch)
    )
    shape = losses.jensen_shannon(maps, batch.targets, batch.visible)
    # `confidence` is the sigmoid of this; the loss wants what goes into the sigmoid.
    seen = losses.visibility(maps.amax((-1, -2)), batch.visible)
    return error + shape + 0.1 * seen, (batch.visible > 0).sum()


def pointed_at(batch) -> torch.Tensor:
    """(B, K) visible, 0 for joints outside the crop too: a mean over its cells cannot go there."""
    inside = ((batch.keypoints > -0.5) & (batch.keypoints < batch.images.shape[-1] - 0.5)).all(-1)
    return batch.visible * inside


# ------------------------------------------------------------------------------- in space
DEPTHS, REACH = 16, 2.0  # cells of z, and how many metres they cover: one to either side
_CELL = REACH / DEPTHS


def volumes_to_space(volumes: torch.Tensor) -> torch.Tensor:
    """(B, K, 3): x and y in pixels, z in metres behind the hips, of raw volumes."""
    stride = MAPS.stride
    points = soft_argmax_3d(volumes.float(), (stride, stride, _CELL))
    # The grid puts cell 0 at (0 + 0.5) * stride - 0.5; here it lies half a cell behind -1 m.
    return points + points.new_tensor([0, 0, 0.5 - REACH / 2])


def volume_loss(model: nn.Module, batch):
    """Elastic net in cells of x, y and z, and Jensen-Shannon of the map that is left of x, y."""
    volumes = model(batch.images).float()
    labelled = pointed_at(batch)
    cell = volumes.new_tensor([MAPS.stride, MAPS.stride, _CELL])
    target = torch.cat([batch.keypoints, batch.depths[..., None]], -1)
    error = losses.elastic_net(volumes_to_space(volumes) / cell, target / cell, labelled)
    flat = torch.logsumexp(volumes, 2)  # its softmax is the volume's own, summed over z
    shape = losses.jensen_shannon(flat, batch.targets, batch.visible)
    return error + shape, (batch.visible > 0).sum()
