"""Networks that predict heatmaps: an image in, one small map per joint out.

Each is *fully convolutional*: no layer looks at the whole picture at once, so what is learnt
at one place holds at every other, and any side goes in. Each takes images (B, 3, H, W) from 0
to 1, RGB, and gives raw maps (B, K, H/4, W/4); `posekit.codecs` says what they mean. A map
has a cell for every 4 x 4 pixels: its *stride* is 4.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models.resnet import BasicBlock

from .blocks import Normalised, conv_bn_relu, resnet

STRIDE = 4
WIDTHS = (16, 32, 64, 112, 144)  # channels at strides 2, 4, 8, 16, 32


class UNet(Normalised):
    """Down to a small, wise map and up again, each level adding what it still knew of places.

    Ronneberger, Fischer, Brox, "U-Net", MICCAI 2015; Newell, Yang, Deng, "Stacked Hourglass
    Networks", ECCV 2016, who add where U-Net appends. The deepest map has stride 32, so that
    each of its cells sees the whole body: that is how a wrist's map knows which wrist it is.

    Args:
        widths: channels at strides 2, 4, 8, 16, 32.
    """

    multiple = 32

    def __init__(self, widths=WIDTHS):
        super().__init__()
        c2, c4, c8, c16, c32 = widths
        self.stem = conv_bn_relu(3, c2, stride=2)
        self.down = nn.ModuleList(
            [_halve(c2, c4), _halve(c4, c8), _halve(c8, c16), _halve(c16, c32)]
        )
        self.lateral, self.up = nn.ModuleList(), nn.ModuleList()
        for in_channels, out_channels in ((c32, c16), (c16, c8), (c8, c4)):
            self.lateral.append(nn.Conv2d(in_channels, out_channels, 1, bias=False))
            self.up.append(BasicBlock(out_channels, out_channels))

    def features(self, images: Tensor) -> Tensor:
        """(B, 3, H, W) from 0 to 1 to (B, C, H/4, W/4), C the width at stride 4."""
        x, levels = self.stem(self.normalise(images)), []
        for down in self.down:
            x = down(x)
            levels.append(x)
        x = levels.pop()
        for lateral, up in zip(self.lateral, self.up):
            x = up(levels.pop() + F.interpolate(lateral(x), scale_factor=2))
        return x


class HeatmapNet(UNet):
    """One map per joint, read off a `UNet`'s features by a 1 x 1 convolution.

    Args:
        joints: K.
        widths: channels at strides 2, 4, 8, 16, 32.
        depth: None for maps (B, K, h, w); D for volumes (B, K, D, h, w).
    """

    def __init__(self, joints: int, widths=WIDTHS, depth: int | None = None):
        super().__init__(widths)
        self.shape = (joints,) if depth is None else (joints, depth)
        self.head = nn.Conv2d(widths[1], joints * (depth or 1), 1)

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, H, W) from 0 to 1 to raw maps (B, K, H/4, W/4), or (B, K, D, H/4, W/4)."""
        return self.head(self.features(images)).unflatten(1, self.shape)


def _halve(in_channels: int, out_channels: int) -> nn.Sequential:
    return nn.Sequential(
        conv_bn_relu(in_channels, out_channels, stride=2), BasicBlock(out_channels, out_channels)
    )


class PoseResNet(Normalised):
    """A ResNet, then three transposed convolutions that bring stride 32 back to 4.

    Xiao, Wu, Wei, "Simple Baselines for Human Pose Estimation and Tracking", ECCV 2018. With
    depth 50 and 16 joints it has 33,999,440 parameters.

    Args:
        joints: K.
        depth: of the ResNet, 18 or 50.
        pretrained: start from ImageNet's weights, see `posekit.models.blocks.resnet`.
    """

    multiple = 32

    def __init__(self, joints: int, depth: int = 50, pretrained: bool = False):
        super().__init__()
        net, features = resnet(depth, pretrained)
        self.backbone = nn.Sequential(*list(net.children())[:-2])  # no average, no classes
        self.up = nn.Sequential(
            deconv_bn_relu(features, 256), deconv_bn_relu(256, 256), deconv_bn_relu(256, 256)
        )
        self.head = nn.Conv2d(256, joints, 1)
        nn.init.normal_(self.head.weight, std=0.001)
        nn.init.zeros_(self.head.bias)

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, H, W) from 0 to 1 to raw maps (B, K, H/4, W/4)."""
        return self.head(self.up(self.backbone(self.normalise(images))))


def deconv_bn_relu(in_channels: int, out_channels: int) -> nn.Sequential:
    """A transposed convolution that doubles the sides, batch norm, ReLU."""
    layer = nn.ConvTranspose2d(in_channels, out_channels, 4, 2, 1, bias=False)
    nn.init.normal_(layer.weight, std=0.001)
    return nn.Sequential(layer, nn.BatchNorm2d(out_channels), nn.ReLU(inplace=True))
