"""What several families of networks are built of: a convolution, the normalisation, ResNets."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torchvision.models import ResNet, resnet18, resnet50
from torchvision.models.resnet import ResNet18_Weights, ResNet50_Weights

from ..errors import InputError, check_known

# Mean and standard deviation of ImageNet's channels, RGB: what the pretrained backbones were fed.
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
RESNETS = {
    18: (resnet18, ResNet18_Weights.IMAGENET1K_V1),
    50: (resnet50, ResNet50_Weights.IMAGENET1K_V2),
}


def conv_bn_relu(
    in_channels: int, out_channels: int, stride: int = 1, kernel=3, groups: int = 1
) -> nn.Sequential:
    """A convolution, batch norm, ReLU; a pair (rows, columns) of ``kernel`` is not square."""
    rows, columns = (kernel, kernel) if isinstance(kernel, int) else kernel
    same = {"padding": (rows // 2, columns // 2), "groups": groups, "bias": False}
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, (rows, columns), stride, **same),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(inplace=True),
    )


class Normalised(nn.Module):
    """Base of networks that take images from 0 to 1 and compute on ImageNet's mean and std.

    ``multiple``: the sides of an image must be multiples of this, because the network halves
    them and adds maps of both sizes.
    """

    multiple = 1

    def __init__(self):
        super().__init__()
        for name, values in (("mean", MEAN), ("std", STD)):
            self.register_buffer(name, torch.tensor(values).view(3, 1, 1), persistent=False)

    def normalise(self, images: Tensor) -> Tensor:
        """(B, 3, H, W) from 0 to 1, each channel to mean 0 and std 1 over ImageNet."""
        if any(side == 0 or side % self.multiple for side in images.shape[-2:]):
            raise InputError(
                f"the sides of a picture must be multiples of {self.multiple}, and "
                f"are {tuple(images.shape[-2:])}: resize or pad it."
            )
        return (images - self.mean) / self.std


def resnet(depth: int = 50, pretrained: bool = False) -> tuple[ResNet, int]:
    """torchvision's ResNet-18 or ResNet-50 without its classes, and the length of its vector.

    He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", CVPR 2016.
    ``pretrained`` starts from ImageNet's weights, which torchvision downloads (45 and 98 MB):
    `InputError` where they cannot be had, and for another depth.
    """
    check_known("ResNet of depth", depth, RESNETS)
    build, weights = RESNETS[depth]
    # Each block begins as the identity, so that fifty layers start as a few.
    backbone = build(zero_init_residual=True)
    features = backbone.fc.in_features
    if pretrained:
        backbone.load_state_dict(_download(weights))
    backbone.fc = nn.Identity()
    return backbone, features


def _download(weights) -> dict[str, Tensor]:
    try:
        return weights.get_state_dict(progress=False, check_hash=True, weights_only=True)
    except (OSError, RuntimeError) as error:
        raise InputError(
            f"the pretrained weights cannot be had from {weights.url} ({error}): train from "
            "scratch with pretrained=False, or put the file into torch's cache, "
            f"{torch.hub.get_dir()}/checkpoints."
        ) from None
