"""OpenPose's reference network for COCO: VGG19's first layers, and six stages of two branches.

Cao, Hidalgo, Simon, Wei, Sheikh, "OpenPose: Realtime Multi-Person 2D Pose Estimation using Part
Affinity Fields", PAMI 2021; this is the form of the CVPR 2017 paper, in which each stage predicts
the fields and the heatmaps side by side. Every stage sees what the one before it predicted, and
every stage is trained (*intermediate supervision*), so that gradients reach the first one.

>>> stages = OpenPose()(images)         # images (B, 3, 368, 368) from 0 to 1
>>> stages[-1].pafs.shape               # (B, 38, 46, 46), stride 8
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torchvision.models.vgg import make_layers

from ..errors import InputError, check_least
from .blocks import Normalised

STRIDE = 8
# The layers of VGG19 from conv1_1 to conv4_2: output channels, or "M", a pooling.
VGG19 = (64, 64, "M", 128, 128, "M", 256, 256, 256, 256, "M", 512, 512)


class Stage(NamedTuple):
    """What one stage predicts, raw."""

    pafs: Tensor  # (B, 2 L, h, w)
    heatmaps: Tensor  # (B, K + 1, h, w), the last one is the background's


def vgg19() -> nn.Sequential:
    """Images (B, 3, H, W) to (B, 512, H / 8, W / 8); numbered as torchvision numbers them."""
    return make_layers(list(VGG19))


def convs(channels: int, *layers: tuple[int, int]) -> nn.Sequential:
    """Convolutions of (output channels, kernel), with a ReLU after each but the last."""
    made = []
    for out_channels, kernel in layers:
        made += [nn.Conv2d(channels, out_channels, kernel, padding=kernel // 2), nn.ReLU()]
        channels = out_channels
    return nn.Sequential(*made[:-1])


def first_branch(channels: int, out_channels: int) -> nn.Sequential:
    """A branch of stage 1."""
    return convs(channels, *3 * [(128, 3)], (512, 1), (out_channels, 1))


def later_branch(channels: int, out_channels: int) -> nn.Sequential:
    """A branch of stages 2 and on: 7 x 7, so that a stage sees beyond the nearest joints."""
    return convs(channels, *5 * [(128, 7)], (128, 1), (out_channels, 1))


class OpenPose(Normalised):
    """The whole network; with its defaults it has 52.31 M parameters.

    Args:
        joints, limbs: K and L; COCO's 17 joints and the neck, 19 limbs.
        stages: how many times the maps are predicted.
    """

    def __init__(self, joints: int = 18, limbs: int = 19, stages: int = 6):
        super().__init__()
        check_least(1, stages=stages)
        self.vgg = vgg19()
        self.narrow = nn.Sequential(convs(512, (256, 3), (128, 3)), nn.ReLU())
        sees = 128 + 2 * limbs + joints + 1
        plan = [(first_branch, 128)] + (stages - 1) * [(later_branch, sees)]
        self.pafs = nn.ModuleList(branch(channels, 2 * limbs) for branch, channels in plan)
        self.heatmaps = nn.ModuleList(branch(channels, joints + 1) for branch, channels in plan)

    def load_vgg19(self, state: Mapping[str, Tensor]) -> None:
        """Start from a state dict of torchvision's ``vgg19``, of which ten layers are taken.

        Raises `InputError` where one of them is missing or of another shape.
        """
        own = self.vgg.state_dict()
        theirs = {name: state.get(f"features.{name}") for name in own}
        for name, value in theirs.items():
            if value is None or value.shape != own[name].shape:
                raise InputError(
                    f"this is no state of torchvision's vgg19: features.{name} is missing, or is "
                    f"not of shape {tuple(own[name].shape)}."
                )
        self.vgg.load_state_dict(theirs)

    def forward(self, images: Tensor) -> list[Stage]:
        """(B, 3, H, W) RGB from 0 to 1 to the maps of every stage, (H // 8, W // 8) cells."""
        features = self.narrow(self.vgg(self.normalise(images)))
        stages, seen = [], features
        for pafs, heatmaps in zip(self.pafs, self.heatmaps):
            stages.append(Stage(pafs(seen), heatmaps(seen)))
            seen = torch.cat([*stages[-1], features], 1)
        return stages
