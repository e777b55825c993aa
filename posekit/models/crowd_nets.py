"""Small networks for several people: one pyramid, and two ways to tell the people apart.

Heatmaps say where joints are, whoever they belong to. *Part affinity fields* say along which
lines joints belong together; *centres and offsets* say where people are, and where from there
each of their joints is to be looked for (Zhou et al., "Objects as Points", 2019; MoveNet has the
same four heads). One network predicts both, so that the two can be compared.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from .blocks import conv_bn_relu
from .heatmap_nets import WIDTHS, UNet
from .pyramids import LitePyramid, separable

RARE = 0.01  # the share of cells that hold a joint or a centre, more or less


class CrowdMaps(NamedTuple):
    """What the network predicts, at stride 4."""

    heatmaps: Tensor  # (B, K + 1, h, w) logits, or heights; the last one is the background's
    pafs: Tensor  # (B, 2 L, h, w) x and y of each limb's unit vector
    centres: Tensor  # (B, 1, h, w) logits
    offsets: Tensor  # (B, 2 K, h, w) x and y from the cell to each joint, in cells


class Heads(nn.Module):
    """From features (B, C, h, w) at stride 4 to `CrowdMaps`: two towers, two kinds of maps each.

    Args:
        channels, width: C, and the channels of the towers.
        joints, limbs: K and L.
        block: from input and output channels to a layer of a tower.
        logits: whether the heatmaps are logits, which cross entropy trains, or heights, which the
            squared error trains.
    """

    def __init__(
        self, channels: int, width: int, joints: int, limbs: int, block: Callable, logits: bool
    ):
        super().__init__()
        self.logits = logits
        self.parts = nn.Sequential(block(channels, width), block(width, width))
        self.heatmaps = nn.Conv2d(width, joints + 1, 1)
        self.pafs = nn.Conv2d(width, 2 * limbs, 1)
        self.people = nn.Sequential(block(channels, width), block(width, width))
        self.centres = nn.Conv2d(width, 1, 1)
        self.offsets = nn.Conv2d(width, 2 * joints, 1)
        self._expect_little()

    def _expect_little(self) -> None:
        """Begin with nearly every cell empty: it would take long to learn that."""
        rare = math.log(RARE / (1 - RARE))
        nn.init.constant_(self.centres.bias, rare)
        nn.init.constant_(self.heatmaps.bias, rare if self.logits else 0)
        nn.init.constant_(self.heatmaps.bias[-1], -rare if self.logits else 1)

    def forward(self, features: Tensor) -> CrowdMaps:
        """The raw maps."""
        parts, people = self.parts(features), self.people(features)
        return CrowdMaps(
            self.heatmaps(parts), self.pafs(parts), self.centres(people), self.offsets(people)
        )


class Predicts:
    """What a network with `heads` can do besides: predict maps as the codecs read them."""

    heads: Heads

    def predict(self, images: Tensor) -> CrowdMaps:
        """(B, 3, H, W) from 0 to 1 to the maps of `readable`."""
        return self.readable(self(images))

    def readable(self, maps: CrowdMaps) -> CrowdMaps:
        """Raw maps in float32, with probabilities in place of logits."""
        heatmaps, pafs, centres, offsets = (part.float() for part in maps)
        heatmaps = torch.sigmoid(heatmaps) if self.heads.logits else heatmaps
        return CrowdMaps(heatmaps, pafs, torch.sigmoid(centres), offsets)


class CrowdNet(Predicts, nn.Module):
    """Images (B, 3, H, W) from 0 to 1 to `CrowdMaps` of (ceil(H / 4), ceil(W / 4)) cells.

    Its backbone is EfficientNet-Lite0.

    With 18 joints, 19 limbs and 96 channels it has 2,502,878 parameters.

    Args:
        joints, limbs, logits: see `Heads`.
        width: channels of the pyramid and the heads.
        frozen: blocks of the backbone that are not trained, see `LitePyramid`.
    """

    def __init__(
        self, joints: int, limbs: int, width: int = 96, logits: bool = True, frozen: int = 0
    ):
        super().__init__()
        self.pyramid = LitePyramid(width, frozen)
        self.heads = Heads(width, width, joints, limbs, separable, logits)

    def load_imagenet(self) -> None:
        """Start from ImageNet's weights, see `posekit.models.backbones.load_imagenet`."""
        self.pyramid.load_imagenet()

    def forward(self, images: Tensor) -> CrowdMaps:
        """(B, 3, H, W) from 0 to 1 to the raw maps."""
        return self.heads(self.pyramid(images))


class SmallCrowdNet(Predicts, UNet):
    """The same on a `UNet`; the sides of its images are multiples of 32.

    With 18 joints and 19 limbs it has 1,387,822 parameters, and takes 994,705,408 multiply-
    accumulates at 256 x 256. All its layers are dense, which a CPU's bf16 trains in a fifth of the
    time of the depthwise ones of `CrowdNet`, and it can start from the weights of a `HeatmapNet`.

    Args:
        joints, limbs, logits: see `Heads`.
        width: what the channels of the `UNet` and of the heads, 64, are multiplied by.
    """

    def __init__(self, joints: int, limbs: int, width: float = 1.0, logits: bool = True):
        widths = [round(width * channels) for channels in WIDTHS]
        super().__init__(widths)
        self.heads = Heads(widths[1], round(64 * width), joints, limbs, conv_bn_relu, logits)

    def forward(self, images: Tensor) -> CrowdMaps:
        """(B, 3, H, W) from 0 to 1, sides multiples of 32, to the raw maps."""
        return self.heads(self.features(images))
