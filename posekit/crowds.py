"""Several people in an image: a network's maps of the whole image, and the people read off them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from .codecs.centres import Centres
from .codecs.pafs import PartFields
from .codecs.people import People
from .errors import InputError
from .models.pyramids import STRIDE

SIDE = 384  # pixels: the longer side of an image as the network sees it
MULTIPLE = 32  # of both sides, the coarsest stride of the network
GROUPINGS = ("pafs", "centres")


class Fitted(NamedTuple):
    """An image as the network takes it."""

    tensor: Tensor  # (1, 3, H, W) from 0 to 1
    scale: np.ndarray  # (2,) how many times wider and higher than before

    def to_image(self, keypoints: np.ndarray) -> np.ndarray:
        """(..., 2) pixels of the tensor to pixels of the image."""
        return ((keypoints + 0.5) / self.scale - 0.5).astype(np.float32)


def fit_image(image: np.ndarray, side: int = SIDE) -> Fitted:
    """An image (H, W, 3) uint8 RGB, all of it, its longer side of ``side`` pixels.

    Black is added at the right and below, so that both sides are multiples of 32. Raises
    `InputError` for what is no image, and a side of less than 32 pixels.
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or 0 in image.shape:
        raise InputError(f"an image is (H, W, 3) uint8, and this is {image.shape} {image.dtype}.")
    if side < MULTIPLE:
        raise InputError(f"the longer side must have {MULTIPLE} pixels at least, and has {side}.")
    height, width = image.shape[:2]
    new = [max(1, round(length * side / max(height, width))) for length in (height, width)]
    rows, columns = (-(-length // MULTIPLE) * MULTIPLE for length in new)
    # Averages where it shrinks: bilinear resizing looks at 2 x 2 pixels and skips the others.
    how = cv2.INTER_AREA if side < max(height, width) else cv2.INTER_LINEAR
    canvas = np.zeros((rows, columns, 3), np.uint8)
    canvas[: new[0], : new[1]] = cv2.resize(image, (new[1], new[0]), interpolation=how)
    tensor = torch.from_numpy(canvas)[None].permute(0, 3, 1, 2).float() / 255
    return Fitted(tensor, np.array([new[1] / width, new[0] / height]))


def find_people(
    model: nn.Module,
    image: np.ndarray,
    codec: Mapping,
    side: int = SIDE,
    grouping: str = "pafs",
    matching: str = "greedy",
) -> People:
    """The people of an image (H, W, 3) uint8 RGB, in its pixels, the best first.

    Args:
        model: a `posekit.models.crowd_nets.CrowdNet`, ready to predict.
        codec: what the card says of it: by grouping, the arguments of `PartFields` and `Centres`.
        side: how large the network sees the image.
        grouping: ``pafs`` joins joints to people by part affinity fields, ``centres`` by centres
            and offsets.
        matching: ``greedy`` or ``exact``, how the fields join them.
    """
    fitted = fit_image(image, side)
    with torch.inference_mode():
        maps = model.predict(fitted.tensor.to(next(model.parameters()).device))
    people = read_people(maps, 0, codec, grouping, matching)
    return people._replace(keypoints=fitted.to_image(people.keypoints))


def read_people(
    maps, number: int, codec: Mapping, grouping: str = "pafs", matching: str = "greedy"
) -> People:
    """The people of one image of a batch of `posekit.models.crowd_nets.CrowdMaps`."""
    if grouping not in GROUPINGS:
        raise InputError(f"no grouping {grouping!r}; there are: {', '.join(GROUPINGS)}.")
    size = tuple(STRIDE * length for length in maps.heatmaps.shape[-2:])
    heatmaps, pafs, centres, offsets = (part[number] for part in maps)
    if grouping == "centres":
        return Centres(size=size, **codec[grouping]).decode(centres, offsets, heatmaps)
    return PartFields(size=size, **codec[grouping]).decode(heatmaps, pafs, matching=matching)
