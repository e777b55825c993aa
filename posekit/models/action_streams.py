"""Recognition of an action from an image whose rows are frames and whose columns are joints.

Luvizon, Picard, Tabia, "2D/3D Pose Estimation and Action Recognition using Multitask Deep
Learning", CVPR 2018, section 3.2. The channels of that image are coordinates (pose-based
recognition), or what the features are like at each joint (appearance-based): one network for
both, but for its first layers.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def max_min_pool(x: Tensor) -> Tensor:
    """(B, C, T, K) to half the rows and columns, rounded up: each 2 x 2's maximum and minimum
    added. A large value counts, be it positive or negative."""
    return F.max_pool2d(x, 2, ceil_mode=True) - F.max_pool2d(-x, 2, ceil_mode=True)


def conv_bn(in_channels: int, out_channels: int, kernel=3) -> nn.Sequential:
    """A convolution that keeps the sides, and batch norm."""
    layer = nn.Conv2d(in_channels, out_channels, kernel, padding="same", bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(out_channels))


class PoseEntry(nn.Module):
    """Coordinates to features: kernels over 1, 3 and 5 joints in 3 frames, side by side.

    Args:
        dims: coordinates per joint; their differences from frame to frame are added as channels.
        width: channels of the output.
    """

    def __init__(self, dims: int, width: int):
        super().__init__()
        shapes = ((8, (3, 1)), (16, (3, 3)), (24, (3, 5)))
        self.side_by_side = nn.ModuleList(conv_bn(2 * dims, c, kernel) for c, kernel in shapes)
        self.mix = conv_bn(48, width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, D, T, K) to (B, C, T / 2, K / 2), rounded up."""
        moved = torch.diff(x, dim=2, prepend=x[:, :, :1])
        x = torch.cat([x, moved], 1)
        x = F.relu(torch.cat([layer(x) for layer in self.side_by_side], 1))
        return max_min_pool(self.mix(x))


class AppearanceEntry(nn.Module):
    """What the features are like at each joint, (B, C, T, K), to (B, C', T / 2, K / 2)."""

    def __init__(self, channels: int, width: int):
        super().__init__()
        self.mix = conv_bn(channels, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T, K) to (B, C', T / 2, K / 2), rounded up."""
        return max_min_pool(self.mix(x))


class ActionBlock(nn.Module):
    """One map per action over frames and joints; its extremes are the logit. Then re-injection.

    Args:
        width: channels. actions: A. last: no block comes after it.
    """

    def __init__(self, width: int, actions: int, last: bool = False):
        super().__init__()
        half = width // 2
        relu = nn.ReLU()
        self.bottleneck = nn.Sequential(
            *(relu, conv_bn(width, half, 1), relu, conv_bn(half, half), relu),
            conv_bn(half, width, 1),
        )
        self.refine = nn.Sequential(relu, conv_bn(width, width))
        self.maps = nn.Sequential(relu, nn.Conv2d(width, actions, 1))
        self.reinject = None if last else nn.Conv2d(actions, width, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, C, t, k) to the next features of the same shape, and logits (B, A)."""
        x = x + self.bottleneck(x)
        refined = self.refine(x)
        maps = self.maps(max_min_pool(refined))
        logits = maps.amax((-1, -2)) + maps.amin((-1, -2))
        if self.reinject is None:
            return x, logits
        return x + refined + F.interpolate(self.reinject(maps), size=x.shape[-2:]), logits


class ActionStream(nn.Module):
    """Recognises the action of images of T frames x K joints; every block has its say.

    Args:
        entry: makes features of the image, see `PoseEntry`.
        width: channels of its output. actions: A. blocks: how many `ActionBlock`.
        dropout: of the features, in training.
    """

    def __init__(
        self, entry: nn.Module, width: int, actions: int, blocks: int = 2, dropout: float = 0.0
    ):
        super().__init__()
        self.entry, self.drop = entry, nn.Dropout2d(dropout)
        self.blocks = nn.ModuleList(
            ActionBlock(width, actions, last=n == blocks - 1) for n in range(blocks)
        )

    def forward(self, image: Tensor) -> list[Tensor]:
        """(B, C, T, K) to logits (B, A) of each block."""
        x, logits = self.drop(self.entry(image)), []
        for block in self.blocks:
            x, said = block(x)
            logits.append(said)
        return logits


def pose_stream(
    dims: int, actions: int, width: int = 96, blocks: int = 2, dropout: float = 0.2
) -> ActionStream:
    """Pose-based recognition alone, of coordinates (B, D, T, K) from about -1 to 1."""
    return ActionStream(PoseEntry(dims, width), width, actions, blocks, dropout)
