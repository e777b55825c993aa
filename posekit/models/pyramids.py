"""Networks on a feature pyramid: EfficientNet-Lite0's four maps brought together at stride 4.

The coarse maps know *what* stands there, the fine ones *where*. A *feature pyramid* adds them,
from coarse to fine: Lin et al., "Feature Pyramid Networks for Object Detection", CVPR 2017.
Any side goes in, also one that is no multiple of 32: each map has ceil(side / stride) cells.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from .backbones import EfficientNetLite0, load_imagenet
from .blocks import conv_bn_relu

STRIDE = 4


def separable(
    in_channels: int, out_channels: int, kernel: int = 3, stride: int = 1
) -> nn.Sequential:
    """A depthwise convolution with that stride, then a 1 x 1 one; batch norm and ReLU after each.

    Howard et al., "MobileNets", 2017: about 1 / 9 of the multiplications of a dense 3 x 3.
    """
    return nn.Sequential(
        *conv_bn_relu(in_channels, in_channels, stride, kernel, groups=in_channels),
        *conv_bn_relu(in_channels, out_channels, kernel=1),
    )


class LitePyramid(nn.Module):
    """Images (B, 3, H, W) from 0 to 1 to features (B, width, ceil(H / 4), ceil(W / 4)).

    Args:
        width: channels of every level of the pyramid.
        frozen: blocks of the backbone that are not trained, see `EfficientNetLite0`.
    """

    def __init__(self, width: int = 96, frozen: int = 0):
        super().__init__()
        # The last block is left out: 0.6 M weights that bring nothing.
        self.backbone = EfficientNetLite0(blocks=15, frozen=frozen)
        self.lateral = nn.ModuleList(nn.Conv2d(c, width, 1) for c in self.backbone.channels)
        self.smooth = nn.ModuleList(
            nn.Sequential(separable(width, width), separable(width, width)) for _ in range(3)
        )

    def load_imagenet(self) -> None:
        """Start from ImageNet's weights, see `posekit.models.backbones.load_imagenet`."""
        load_imagenet(self.backbone)

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, H, W) from 0 to 1 to (B, width, ceil(H / 4), ceil(W / 4))."""
        levels = self.backbone(images)  # strides 4, 8, 16, 32
        x = self.lateral[3](levels[3])
        for n in (2, 1, 0):
            x = F.interpolate(x, size=levels[n].shape[-2:]) + self.lateral[n](levels[n])
            x = self.smooth[n](x)
        return x


class LiteHeatmapNet(nn.Module):
    """The pyramid, and one raw map per joint: as `HeatmapNet`, on a backbone that knows ImageNet.

    With 14 joints and 96 channels it has 2,453,262 parameters.

    Args:
        joints: K.
        width, frozen: see `LitePyramid`.
    """

    def __init__(self, joints: int, width: int = 96, frozen: int = 0):
        super().__init__()
        self.pyramid = LitePyramid(width, frozen)
        self.head = nn.Conv2d(width, joints, 1)

    def load_imagenet(self) -> None:
        """Start from ImageNet's weights."""
        self.pyramid.load_imagenet()

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, H, W) from 0 to 1 to raw maps (B, K, ceil(H / 4), ceil(W / 4))."""
        return self.head(self.pyramid(images))
