"""Networks that lift: sequences of joints on the image in, joints in space out.

Each takes ``points`` (B, T, K, 2) without NaN, in the units of `posekit.data.takes`, and gives
metres about the root, on the camera's axes. They differ in how many frames one answer looks at,
their *field*: a network with a field of F gives (B, T - F + 1, K, 3), an answer for each frame
that has (F - 1) / 2 frames on either side. A field of 1 is no lack of memory: `PoseMachineLifter`
carries its own through the sequence.

>>> TemporalLifter(joints=17)(points).shape            # points (8, 27, 17, 2)
torch.Size([8, 1, 17, 3])
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import InputError


def _check(points: Tensor, joints: int, field: int) -> None:
    if points.dim() != 4 or tuple(points.shape[2:]) != (joints, 2) or points.shape[1] < field:
        raise InputError(
            f"points must be (sequences, frames, {joints}, 2) of {field} frames at least, and are "
            f"{tuple(points.shape)}: repeat the first and the last frame where a sequence is short."
        )


def _quiet(layer: nn.Module) -> nn.Module:
    """A last layer with a tenth of its weights. By itself a new network's answers are metres
    wrong, and a quarter of a short training is spent on making them small."""
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.mul_(0.1)
    return layer


# ------------------------------------------------------------------------------ one frame
class LinearLifter(nn.Module):
    """Each frame by itself: residual blocks of two linear layers.

    Martinez, Hossain, Romero, Little, "A Simple yet Effective Baseline for 3D Human Pose
    Estimation", ICCV 2017. With its defaults and 16 joints it has 4,291,632 parameters. (The
    paper also keeps each layer's norm at 1 or below, which is left out here.)

    Args:
        joints: K.
        hidden: the width of all layers.
        blocks: how many residual blocks.
    """

    field = 1

    def __init__(self, joints: int, hidden: int = 1024, blocks: int = 2, dropout: float = 0.5):
        super().__init__()
        self.joints = joints
        self.first = _linear(2 * joints, hidden, dropout)
        self.blocks = nn.ModuleList(
            nn.Sequential(_linear(hidden, hidden, dropout), _linear(hidden, hidden, dropout))
            for _ in range(blocks)
        )
        self.head = _quiet(nn.Linear(hidden, 3 * joints))

    def forward(self, points: Tensor) -> Tensor:
        """(B, T, K, 2) to (B, T, K, 3) metres about the root."""
        _check(points, self.joints, self.field)
        x = self.first(points.flatten(2).flatten(0, 1))  # batch norm wants (B * T, 2 K)
        for block in self.blocks:
            x = x + block(x)
        return self.head(x).view(*points.shape[:3], 3)


def _linear(in_channels: int, out_channels: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(nn.Linear(in_channels, out_channels), *_after(out_channels, dropout))


def _after(channels: int, dropout: float) -> tuple[nn.Module, ...]:
    """What follows a layer of so many output channels."""
    return nn.BatchNorm1d(channels), nn.ReLU(inplace=True), nn.Dropout(dropout)


# ----------------------------------------------------------------------------- many frames
class TemporalLifter(nn.Module):
    """Convolutions over time, each level looking three times as far as the one before.

    Pavllo, Feichtenhofer, Grangier, Auli, "3D Human Pose Estimation in Video with Temporal
    Convolutions and Semi-Supervised Training", CVPR 2019. With 17 joints and three widths of 3,
    a field of 27 frames, it has 8,555,571 parameters.

    A sequence is gone through with *dilated* convolutions, which share what neighbouring frames
    have in common: cheap for a whole clip. For a single answer most of it would be thrown away:
    a sequence of exactly one field is gone through with *strides* instead, by the same weights
    and to the same numbers, which makes a training step several times as fast.

    Args:
        joints: K.
        channels: of all levels; 256 makes the small form.
        widths: of the levels' kernels, odd; the field is their product.
    """

    def __init__(
        self,
        joints: int,
        channels: int = 1024,
        widths: tuple[int, ...] = (3, 3, 3),
        dropout: float = 0.25,
    ):
        super().__init__()
        if not widths or any(width < 1 or width % 2 == 0 for width in widths):
            raise InputError(f"widths must be odd numbers, one a level, and are {tuple(widths)}.")
        self.joints, self.field = joints, 1
        self.levels = nn.ModuleList()
        in_channels = 2 * joints
        for width in widths:
            self.levels.append(_Level(in_channels, channels, width, self.field, dropout))
            in_channels, self.field = channels, self.field * width
        self.head = _quiet(nn.Conv1d(channels, 3 * joints, 1))

    def forward(self, points: Tensor) -> Tensor:
        """(B, T, K, 2) to (B, T - field + 1, K, 3) metres about the root."""
        _check(points, self.joints, self.field)
        x = points.flatten(2).mT  # (B, 2 K, T)
        strided = x.shape[-1] == self.field
        for level in self.levels:
            x = level(x, strided)
        return self.head(x).mT.unflatten(-1, (self.joints, 3))


class _Level(nn.Module):
    """A convolution over ``width`` frames that lie ``apart`` from each other, and one over 1.

    The first level of a network has neither the second convolution nor the residual.
    """

    def __init__(self, in_channels: int, channels: int, width: int, apart: int, dropout: float):
        super().__init__()
        self.width, self.apart, self.residual = width, apart, apart > 1
        self.wide = _TimeConv(in_channels, channels, width, dilation=apart, bias=False)
        self.norm = nn.BatchNorm1d(channels)
        narrow = nn.Conv1d(channels, channels, 1, bias=False)
        self.narrow = nn.Sequential(narrow, *_after(channels, dropout))
        if not self.residual:
            self.narrow = nn.Identity()
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, strided: bool) -> Tensor:
        """(B, C, T) to (B, channels, T'), T' = T / width if strided."""
        y = self.narrow(self.dropout(torch.relu(self.norm(self.wide(x, strided)))))
        if not self.residual:
            return y
        half = self.width // 2  # the middle frame of each answer
        if strided:
            return y + x[..., half :: self.width]
        return y + x[..., half * self.apart : x.shape[-1] - half * self.apart]


class _TimeConv(nn.Conv1d):
    """A dilated convolution, or the same weights with a stride of their own width."""

    def forward(self, x: Tensor, strided: bool) -> Tensor:
        stride, dilation = (self.kernel_size, 1) if strided else (1, self.dilation)
        return F.conv1d(x, self.weight, self.bias, stride, 0, dilation)


# --------------------------------------------------------------------------- pose machines
class Stages(NamedTuple):
    """What a 3D pose machine predicts, one after the other; it is trained on all three."""

    coarse: Tensor  # (B, T, K, 3) metres about the root
    refined: Tensor  # (B, T, K, 3) the answer
    projected: Tensor  # (B, T, K, 2) on the image again, in `posekit.data.takes.person_units`


class Memory(nn.Module):
    """An LSTM over the frames, and one over its output backwards: (B, T, in) to (B, T, hidden)."""

    def __init__(self, in_channels: int, hidden: int):
        super().__init__()
        self.forwards = nn.LSTM(in_channels, hidden, batch_first=True)
        self.backwards = nn.LSTM(hidden, hidden, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        """Each frame's features, after having seen the frames before it and then those after."""
        return self.backwards(self.forwards(x)[0].flip(1))[0].flip(1)


class Refiner(nn.Module):
    """A change to a pose, of the pose itself. At first there is none, so that it does no harm."""

    def __init__(self, joints: int, hidden: int):
        super().__init__()
        self.change = nn.Sequential(
            nn.Linear(3 * joints, hidden), nn.ReLU(), nn.Linear(hidden, 3 * joints)
        )
        nn.init.zeros_(self.change[-1].weight)
        nn.init.zeros_(self.change[-1].bias)

    def forward(self, joints: Tensor) -> Tensor:
        """(..., K, 3) metres to (..., K, 3) metres."""
        return joints + self.change(joints.flatten(-2)).view_as(joints)


class Projector(nn.Module):
    """What a pose in space looks like on the image, learnt: no camera needs to be known."""

    def __init__(self, joints: int, hidden: int):
        super().__init__()
        self.first = nn.Linear(3 * joints, hidden)
        self.block = nn.Sequential(
            nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU()
        )
        self.head = nn.Linear(hidden, 2 * joints)

    def forward(self, joints: Tensor) -> Tensor:
        """(..., K, 3) metres to (..., K, 2) in `posekit.data.takes.person_units`."""
        x = torch.relu(self.first(joints.flatten(-2)))
        return self.head(x + self.block(x)).unflatten(-1, (-1, 2))


class Machine(nn.Module):
    """What every 3D pose machine ends with: from each frame's features to its `Stages`.

    Wang, Lin, Jiang, Qian, Wei, "3D Human Pose Machines with Self-Supervised Learning", PAMI 2020.
    `codes` are what the memory gives, and `answer` what follows from them, apart from each other
    so that `posekit.lifting` can work in between.
    """

    def __init__(self, joints: int, features: int, hidden: int):
        super().__init__()
        self.joints = joints
        self.memory = Memory(features, hidden)
        self.coarse = _quiet(nn.Linear(hidden, 3 * joints))
        self.refiner = Refiner(joints, hidden)
        self.projector = Projector(joints, hidden)

    def answer(self, codes: Tensor) -> Stages:
        """(..., hidden) to (..., K, 3), (..., K, 3) and (..., K, 2)."""
        coarse = self.coarse(codes).unflatten(-1, (self.joints, 3))
        refined = self.refiner(coarse)
        return Stages(coarse, refined, self.projector(refined))


class PoseMachineLifter(Machine):
    """The 3D pose machine without its image: each frame's own layers, then the machine.

    What the memory gives is added to what the frame says by itself. The paper's memory has no such
    bypass; without it a short training spends its time on getting a frame through the memory.

    Args:
        joints: K.
        hidden: the width of all layers, the memory's too.
    """

    field = 1

    def __init__(self, joints: int, hidden: int = 256, dropout: float = 0.25):
        super().__init__(joints, hidden, hidden)
        self.first = _linear(2 * joints, hidden, dropout)
        self.block = nn.Sequential(
            _linear(hidden, hidden, dropout), _linear(hidden, hidden, dropout)
        )
        self.dropout = nn.Dropout(dropout)

    def codes(self, points: Tensor) -> Tensor:
        """(B, T, K, 2) to (B, T, hidden)."""
        _check(points, self.joints, self.field)
        x = self.first(points.flatten(2).flatten(0, 1))  # batch norm wants (B * T, 2 K)
        x = (x + self.block(x)).unflatten(0, points.shape[:2])
        return x + self.dropout(self.memory(x))

    def forward(self, points: Tensor) -> Stages:
        """(B, T, K, 2) to `Stages` of as many frames."""
        return self.answer(self.codes(points))
