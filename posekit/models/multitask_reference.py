"""The paper's and the deck's form of the multitask network, for a GPU; see `multitask`.

Luvizon, Picard, Tabia, CVPR 2018, take the first layers of Inception-v4 as their backbone; the
talk that this chapter comes from takes VGG-16's instead. Both give 576 channels at stride 8, so
that what comes after them is the same, and the change can be counted::

    layer_counts(Reference(backbone=vgg16), (1, 16, 3, 256, 256))

Where the paper leaves a choice, or has one network for each task, this is: volumes of 16 cells of
depth for all four tasks; both streams of recognition 256 channels wide; no maps of context, which
the paper adds in two dimensions only.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models.vgg import make_layers

from .action_streams import conv_bn
from .blocks import Normalised, conv_bn_relu
from .multitask import STRIDE, Heads, Predictions, check_clips

CHANNELS = 576
# The layers of VGG-16 from conv1_1 to conv4_3: output channels, or "M", a pooling.
VGG16 = (64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512)


# ------------------------------------------------------------------------------ backbones
class SideBySide(nn.ModuleList):
    """Several ways for the same input, their outputs one after the other in the channels."""

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to (B, sum of C', H', W')."""
        return torch.cat([way(x) for way in self], 1)


def half(in_channels: int, out_channels: int) -> SideBySide:
    """Half the sides, by a convolution and by a pooling, side by side."""
    pooling = nn.MaxPool2d(3, 2, padding=1)
    return SideBySide([conv_bn_relu(in_channels, out_channels, stride=2), pooling])


def inception_stem() -> nn.Sequential:
    """The paper's backbone: images (B, 3, H, W) to (B, 576, H / 8, W / 8)."""
    short = nn.Sequential(conv_bn_relu(160, 64, kernel=1), conv_bn_relu(64, 96))
    flat, upright = (conv_bn_relu(64, 64, kernel=shape) for shape in ((5, 1), (1, 5)))
    long = nn.Sequential(conv_bn_relu(160, 64, kernel=1), flat, upright, conv_bn_relu(64, 96))
    return nn.Sequential(
        *(conv_bn_relu(3, 32, stride=2), conv_bn_relu(32, 32), conv_bn_relu(32, 64)),
        half(64, 96),  # 160 channels at stride 4
        SideBySide([short, long]),  # 192
        half(192, 192),  # 384 at stride 8
        SeparableResidual(384, CHANNELS, 3),
    )


def vgg16() -> nn.Sequential:
    """The deck's backbone: images (B, 3, H, W) to (B, 576, H / 8, W / 8).

    Simonyan, Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition",
    ICLR 2015. The talk does not say where VGG-16 is cut: here it is where the stride is 8.
    """
    layers = make_layers(list(VGG16))
    return layers.append(SeparableResidual(512, CHANNELS, 3))


# --------------------------------------------------------------------------------- blocks
class SeparableResidual(nn.Module):
    """ReLU, depthwise K x K, 1 x 1, batch norm; the input is added, by a 1 x 1 where it must be.

    Chollet, "Xception: Deep Learning with Depthwise Separable Convolutions", CVPR 2017.
    """

    def __init__(self, in_channels: int, out_channels: int, kernel: int):
        super().__init__()
        depthwise = {"padding": kernel // 2, "groups": in_channels, "bias": False}
        self.separable = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(in_channels, in_channels, kernel, **depthwise),
            conv_bn(in_channels, out_channels, 1),
        )
        same = in_channels == out_channels
        self.shortcut = nn.Identity() if same else conv_bn(in_channels, out_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to (B, C', H, W)."""
        return self.shortcut(x) + self.separable(x)


class Hourglass(nn.Module):
    """What each level sees is added to what the halved level below it sees.

    Newell, Yang, Deng, "Stacked Hourglass Networks for Human Pose Estimation", ECCV 2016.

    Args:
        channels: of the input and output. inner: of the levels below.
        levels: how many sizes there are, the input's among them.
    """

    def __init__(self, channels: int, inner: int = CHANNELS // 2, levels: int = 3, kernel: int = 5):
        super().__init__()
        self.here = SeparableResidual(channels, channels, kernel)
        self.below = None
        if levels > 1:
            deeper = Hourglass(inner, inner, levels - 1, kernel)
            enter = SeparableResidual(channels, inner, kernel)
            self.below = nn.Sequential(enter, deeper, SeparableResidual(inner, channels, kernel))

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to the same shape; sides that halve ``levels`` - 1 times."""
        if self.below is None:
            return self.here(x)
        below = self.below(F.max_pool2d(x, 2))
        return self.here(x) + F.interpolate(below, scale_factor=2)


def refine(channels: int) -> nn.Sequential:
    """What a prediction block reads its maps off: an hourglass, and one separable residual."""
    return nn.Sequential(Hourglass(channels), SeparableResidual(channels, channels, 5))


# -------------------------------------------------------------------------------- network
class Reference(Normalised):
    """The whole network at the size of the paper: 16 frames of 256 x 256.

    Args:
        joints, actions: K and A; 0 actions leave the recognition out.
        backbone: `inception_stem` or `vgg16`.
        depth: cells of z; 1 leaves the third dimension out.
        blocks: 4 where actions are recognised; the paper has 8 where only poses are.
        options: of `Heads`.
    """

    multiple = 32  # stride 8, then two halvings

    def __init__(
        self,
        joints: int = 16,
        actions: int = 15,
        backbone: Callable[[], nn.Module] = inception_stem,
        depth: int = 16,
        blocks: int = 4,
        **options,
    ):
        super().__init__()
        self.backbone = backbone()
        sizes = {"width": 256, "action_blocks": 4, "dropout": 0.0, "context": False}
        sizes |= {"depth": depth, "blocks": blocks, "refine": refine, "stride": STRIDE}
        self.heads = Heads(CHANNELS, joints, actions, **sizes | options)

    def forward(self, clips: Tensor) -> Predictions:
        """(B, T, 3, H, W) RGB from 0 to 1; an image is a clip of one frame."""
        check_clips(clips)
        features = self.backbone(self.normalise(clips.flatten(0, 1)))
        return self.heads(features, clips.shape[1])
