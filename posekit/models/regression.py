"""Networks that predict coordinates: an image in, one (x, y) per joint out.

Each takes images (B, 3, S, S) from 0 to 1, RGB, of any side S, and gives (B, K, 2) pixels of
that image, on the grid of `posekit.geometry`. What the networks differ in is the *backbone*;
the last layer gives fractions of the side, 0 at one edge of the image and 1 at the other, so
that the same weights mean the same at every size.
"""

from __future__ import annotations

from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock

from . import blocks
from .blocks import Normalised, conv_bn_relu


class Regressor(Normalised):
    """A backbone that maps an image to one feature vector, and a linear layer to coordinates."""

    def __init__(self, backbone: nn.Module, features: int, joints: int):
        super().__init__()
        self.backbone = backbone
        self.head = nn.Linear(features, 2 * joints)
        # An untrained network points at the middle of the image, not at its corner.
        nn.init.normal_(self.head.weight, std=0.001)
        nn.init.constant_(self.head.bias, 0.5)

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, S, S) from 0 to 1 to (B, K, 2) pixels."""
        fractions = self.head(self.backbone(self.normalise(images)))
        # The layer may have run in bf16, whose steps are 0.25 pixels at 64: never the sum.
        pixels = fractions.float() * images.shape[-1] - 0.5
        return pixels.unflatten(-1, (-1, 2))


def cnn(joints: int, width: int = 32, dropout: float = 0.2) -> Regressor:
    """The plain network: a stack of convolutions, then two linear layers.

    The grid of 4 x 4 that is left is read in order, so the linear layers know *where* each
    feature was seen.
    """
    w1, w2, w3, w4 = width, 2 * width, 3 * width, 4 * width
    backbone = nn.Sequential(
        *(conv_bn_relu(3, w1, stride=2), conv_bn_relu(w1, w1)),  # side S / 2
        *(conv_bn_relu(w1, w2, stride=2), conv_bn_relu(w2, w2)),  # S / 4
        *(conv_bn_relu(w2, w3, stride=2), conv_bn_relu(w3, w3)),  # S / 8
        *(conv_bn_relu(w3, w4, stride=2), conv_bn_relu(w4, w4)),  # S / 16
        *(nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Dropout(dropout)),
        *(nn.Linear(16 * w4, 8 * width), nn.ReLU(inplace=True)),
    )
    return Regressor(backbone, 8 * width, joints)


def small_resnet(joints: int, widths=(24, 48, 96, 128)) -> Regressor:
    """A ResNet of torchvision's basic blocks, two a stage, under 1.5 million parameters.

    As in the large ones, the last maps are averaged over the image before the linear layer;
    unlike them, the first convolution keeps small images from being shrunk four times.
    """
    stages, in_channels = [conv_bn_relu(3, widths[0], stride=2)], widths[0]
    for width in widths:
        shortcut = nn.Sequential(
            nn.Conv2d(in_channels, width, 1, 2, bias=False), nn.BatchNorm2d(width)
        )
        stages += [BasicBlock(in_channels, width, 2, shortcut), BasicBlock(width, width)]
        in_channels = width
    backbone = nn.Sequential(*stages, nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return Regressor(backbone, in_channels, joints)


def resnet(joints: int, depth: int = 50, pretrained: bool = False) -> Regressor:
    """ResNet-18 or ResNet-50, the classes replaced by joints; see `blocks.resnet`."""
    return Regressor(*blocks.resnet(depth, pretrained), joints)
