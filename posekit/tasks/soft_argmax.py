"""One person per image, cut out: maps that are trained on coordinates, see `single_person`."""

from __future__ import annotations

from functools import partial

import torch
from torch import nn

from .. import losses
from ..codecs.soft_argmax import DEPTH_RANGE, confidence, decode_soft_argmax, decode_volumes
from ..data.batches import Batch
from ..models.heatmap_nets import HeatmapNet
from .single_person import CODEC, maps, plans


def soft_argmax_loss(model: nn.Module, batch: Batch):
    """Elastic net in cells, Jensen-Shannon, and visibility by the maps' highest cells."""
    maps = model(batch.images).float()
    predicted, target = decode_soft_argmax(maps) / CODEC.stride, batch.keypoints / CODEC.stride
    error = losses.elastic_net(predicted, target, visible_inside(batch))
    shape = losses.jensen_shannon(maps, batch.targets, batch.visible)
    # `confidence` is the sigmoid of this; the loss wants what goes into the sigmoid.
    seen = losses.visibility(maps.amax((-1, -2)), batch.visible)
    return error + shape + 0.1 * seen, (batch.visible > 0).sum()


def volume_loss(model: nn.Module, batch: Batch):
    """Elastic net in cells of x, y and z, and Jensen-Shannon of the map that is left of x, y."""
    volumes = model(batch.images).float()
    cell = volumes.new_tensor([CODEC.stride, CODEC.stride, DEPTH_RANGE / volumes.shape[-3]])
    target = torch.cat([batch.keypoints, batch.depths[..., None]], -1)
    error = losses.elastic_net(decode_volumes(volumes) / cell, target / cell, visible_inside(batch))
    flat = torch.logsumexp(volumes, 2)  # its softmax is the volume's own, summed over z
    shape = losses.jensen_shannon(flat, batch.targets, batch.visible)
    return error + shape, (batch.visible > 0).sum()


def visible_inside(batch: Batch) -> torch.Tensor:
    """(B, K) visible, 0 for joints outside the crop too: a mean over its cells cannot go there."""
    inside = ((batch.keypoints > -0.5) & (batch.keypoints < batch.images.shape[-1] - 0.5)).all(-1)
    return batch.visible * inside


RECIPES = (
    maps(
        "soft_argmax",
        "the same, trained on coordinates through soft-argmax",
        loss=soft_argmax_loss,
        plans=plans(20_000, 500, 5),
        decode=decode_soft_argmax,
        scores=confidence,
        start="heatmap",
    ),
    maps(
        "volumetric",
        "joints in space out of volumes",
        loss=volume_loss,
        plans=plans(20_000, 500, 5),
        model=partial(HeatmapNet, depth=16),
        decode=decode_volumes,
        scores=None,
        skeleton="h36m17",
        depth=True,
        start="heatmap",
    ),
)
