"""Networks that say coordinates: a picture in, one (x, y) a joint out.

Each takes images (B, 3, S, S) from 0 to 1, RGB, of any side S, and gives (B, K, 2) pixels of
that image, on the grid of `posekit.geometry`. What the networks differ in is the *trunk*; the
last layer gives fractions of the side, 0 at one edge of the image and 1 at the other, so that
the same weights mean the same at every size.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torchvision.models import ResNet, resnet18, resnet50
from torchvision.models.resnet import BasicBlock, ResNet18_Weights, ResNet50_Weights

from ..errors import InputError

# Mean and spread of ImageNet's channels, RGB: what the pretrained trunks were fed.
MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
RESNETS = {
    18: (resnet18, ResNet18_Weights.IMAGENET1K_V1),
    50: (resnet50, ResNet50_Weights.IMAGENET1K_V2),
}


class Regressor(nn.Module):
    """A trunk that makes one vector of a picture, and a linear layer that makes joints of it."""

    def __init__(self, trunk: nn.Module, features: int, joints: int):
        super().__init__()
        self.trunk = trunk
        self.head = nn.Linear(features, 2 * joints)
        # An untrained network points at the middle of the picture, not at its corner.
        nn.init.normal_(self.head.weight, std=0.001)
        nn.init.constant_(self.head.bias, 0.5)
        for name, values in (("mean", MEAN), ("spread", SPREAD)):
            self.register_buffer(name, torch.tensor(values).view(3, 1, 1), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, S, S) from 0 to 1 to (B, K, 2) pixels."""
        fractions = self.head(self.trunk((images - self.mean) / self.spread))
        # The layer may have run in bf16, whose steps are 0.25 pixels at 64: never the sum.
        pixels = fractions.float() * images.shape[-1] - 0.5
        return pixels.unflatten(-1, (-1, 2))


def convolution(before: int, after: int, stride: int = 1) -> nn.Sequential:
    """3 x 3 convolution, batch norm, ReLU."""
    return nn.Sequential(
        nn.Conv2d(before, after, 3, stride, 1, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
    )


def cnn(joints: int, width: int = 32, dropout: float = 0.2) -> Regressor:
    """The plain network: a stack of convolutions, then two linear layers.

    Channels at sides S, S/2, S/4, S/8, S/16: ``width`` times 1, 2, 3, 4, 4. The grid of 4 x 4
    that is left is read in order, so the linear layers know *where* each feature was seen.
    """
    trunk = nn.Sequential(
        convolution(3, width, 2),
        convolution(width, width),
        convolution(width, 2 * width, 2),
        convolution(2 * width, 2 * width),
        convolution(2 * width, 3 * width, 2),
        convolution(3 * width, 3 * width),
        convolution(3 * width, 4 * width, 2),
        convolution(4 * width, 4 * width),
        nn.AdaptiveAvgPool2d(4),
        nn.Flatten(),
        nn.Dropout(dropout),
        nn.Linear(16 * 4 * width, 8 * width),
        nn.ReLU(inplace=True),
    )
    return Regressor(trunk, 8 * width, joints)


def small_resnet(joints: int, widths=(24, 48, 96, 128)) -> Regressor:
    """A ResNet of torchvision's basic blocks, one a stage, under 1.5 million parameters.

    As in the large ones, the last maps are averaged over the picture before the linear layer;
    unlike them, the first convolution keeps small pictures from being shrunk four times.
    """
    stages, before = [convolution(3, widths[0], 2)], widths[0]
    for width in widths:
        shortcut = nn.Sequential(nn.Conv2d(before, width, 1, 2, bias=False), nn.BatchNorm2d(width))
        stages += [BasicBlock(before, width, 2, shortcut), BasicBlock(width, width)]
        before = width
    return Regressor(nn.Sequential(*stages, nn.AdaptiveAvgPool2d(1), nn.Flatten()), before, joints)


def resnet(joints: int, depth: int = 50, pretrained: bool = False) -> Regressor:
    """ResNet-18 or ResNet-50 as torchvision has them, the classes replaced by joints.

    He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", CVPR 2016.
    ``pretrained`` starts from ImageNet's weights, which torchvision downloads (45 and 98 MB):
    `InputError` where they cannot be had, and for another depth.
    """
    if depth not in RESNETS:
        raise InputError(f"no ResNet of depth {depth}; there are: {', '.join(map(str, RESNETS))}.")
    build, weights = RESNETS[depth]
    # Each block begins as the identity, so that fifty layers start as a few.
    trunk: ResNet = build(zero_init_residual=True)
    features = trunk.fc.in_features
    if pretrained:
        trunk.load_state_dict(_download(weights))
    trunk.fc = nn.Identity()
    return Regressor(trunk, features, joints)


def _download(weights) -> dict[str, Tensor]:
    try:
        return weights.get_state_dict(progress=False, check_hash=True, weights_only=True)
    except (OSError, RuntimeError) as error:
        raise InputError(
            f"the pretrained weights cannot be had from {weights.url} ({error}): train from "
            "scratch with pretrained=False, or put the file into torch's cache, "
            f"{torch.hub.get_dir()}/checkpoints."
        ) from None
