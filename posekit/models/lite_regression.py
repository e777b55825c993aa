"""Coordinates from a backbone that knows ImageNet; otherwise as `posekit.models.regression`."""

from __future__ import annotations

from torch import Tensor, nn

from .backbones import EfficientNetLite0, load_imagenet
from .regression import Regressor


class LiteRegressor(Regressor):
    """EfficientNet-Lite0, whose last map is read as `cnn` reads its own: a grid of 4 x 4 in order.

    Args:
        features: of the linear layer between.
    """

    def __init__(self, joints: int, features: int = 512, dropout: float = 0.2):
        lite = EfficientNetLite0(blocks=15)
        backbone = nn.Sequential(
            *(lite, Last(), nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Dropout(dropout)),
            *(nn.Linear(16 * lite.channels[-1], features), nn.ReLU(inplace=True)),
        )
        super().__init__(backbone, features, joints)

    def load_imagenet(self) -> None:
        """Start from ImageNet's weights, see `posekit.models.backbones.load_imagenet`."""
        load_imagenet(self.backbone[0])

    def normalise(self, images: Tensor) -> Tensor:
        """(B, 3, S, S) as they are: this backbone takes values from 0 to 1."""
        return images


class Last(nn.Module):
    """The last of several maps."""

    def forward(self, maps: list[Tensor]) -> Tensor:
        """Of (B, C, h, w) each."""
        return maps[-1]
