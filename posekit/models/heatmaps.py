"""Networks that say maps: a picture in, one small map a joint out.

Each is *fully convolutional*: no layer looks at the whole picture at once, so what is learnt
at one place holds at every other, and any side goes in. Each takes images (B, 3, H, W) from 0
to 1, RGB, and gives raw maps (B, K, H/4, W/4); `posekit.codecs` says what they mean. A map
has a cell for every 4 x 4 pixels: its *stride* is 4.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models.resnet import BasicBlock

from ..errors import InputError
from .regression import MEAN, SPREAD, convolution, resnet

STRIDE = 4


class _Normalised(nn.Module):
    """Holds the mean and spread of ImageNet's channels, and takes pictures of any of its sides."""

    multiple = 32  # the sides of a picture are multiples of this

    def __init__(self):
        super().__init__()
        for name, values in (("mean", MEAN), ("spread", SPREAD)):
            self.register_buffer(name, torch.tensor(values).view(3, 1, 1), persistent=False)

    def normalise(self, images: Tensor) -> Tensor:
        if any(side == 0 or side % self.multiple for side in images.shape[-2:]):
            raise InputError(
                f"the sides of a picture must be multiples of {self.multiple}, and "
                f"are {tuple(images.shape[-2:])}: resize or pad it."
            )
        return (images - self.mean) / self.spread


class HeatmapNet(_Normalised):
    """Down to a small, wise map and up again, each level adding what it still knew of places.

    Ronneberger, Fischer, Brox, "U-Net", MICCAI 2015; Newell, Yang, Deng, "Stacked Hourglass
    Networks", ECCV 2016, who add where U-Net appends. The deepest map has stride 32, so that
    each of its cells sees the whole body: that is how a wrist's map knows which wrist it is.

    Args:
        joints: K.
        widths: channels at strides 2, 4, 8, 16, 32.
        depth: None for maps (B, K, h, w); D for volumes (B, K, D, h, w).
    """

    def __init__(self, joints: int, widths=(16, 32, 64, 112, 144), depth: int | None = None):
        super().__init__()
        self.shape = (joints,) if depth is None else (joints, depth)
        self.stem = convolution(3, widths[0], 2)
        self.down, self.side, self.up = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        for before, width in zip(widths, widths[1:]):
            self.down.append(nn.Sequential(convolution(before, width, 2), BasicBlock(width, width)))
        for width, deeper in zip(widths[-2:0:-1], widths[:1:-1]):
            self.side.append(nn.Conv2d(deeper, width, 1, bias=False))
            self.up.append(BasicBlock(width, width))
        self.head = nn.Conv2d(widths[1], joints * (depth or 1), 1)

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, H, W) from 0 to 1 to raw maps (B, K, H/4, W/4), or (B, K, D, H/4, W/4)."""
        x, levels = self.stem(self.normalise(images)), []
        for down in self.down:
            x = down(x)
            levels.append(x)
        x = levels.pop()
        for side, up in zip(self.side, self.up):
            x = up(levels.pop() + F.interpolate(side(x), scale_factor=2))
        return self.head(x).unflatten(1, self.shape)


class PoseResNet(_Normalised):
    """A ResNet, then three transposed convolutions that bring stride 32 back to 4.

    Xiao, Wu, Wei, "Simple Baselines for Human Pose Estimation and Tracking", ECCV 2018. With
    depth 50 and 16 joints it has 33,999,440 parameters.

    Args:
        joints: K.
        depth: of the ResNet, 18 or 50.
        pretrained: start from ImageNet's weights, see `posekit.models.regression.resnet`.
    """

    def __init__(self, joints: int, depth: int = 50, pretrained: bool = False):
        super().__init__()
        net = resnet(joints, depth, pretrained)
        layers = list(net.trunk.children())  # the last two: the average, and no classes
        self.trunk = nn.Sequential(*layers[:-2])
        self.up = nn.Sequential(
            deconvolution(net.head.in_features, 256),
            deconvolution(256, 256),
            deconvolution(256, 256),
        )
        self.head = nn.Conv2d(256, joints, 1)
        nn.init.normal_(self.head.weight, std=0.001)
        nn.init.zeros_(self.head.bias)

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, H, W) from 0 to 1 to raw maps (B, K, H/4, W/4)."""
        return self.head(self.up(self.trunk(self.normalise(images))))


def deconvolution(before: int, after: int) -> nn.Sequential:
    """A transposed convolution that doubles the sides, batch norm, ReLU."""
    layer = nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False)
    nn.init.normal_(layer.weight, std=0.001)
    return nn.Sequential(layer, nn.BatchNorm2d(after), nn.ReLU(inplace=True))
