"""LSTM pose machines: a pose network that remembers what it saw in the frames before.

Luo, Ren, Wang, Sun, Pan, Liu, Pang, Lin, "LSTM Pose Machines", CVPR 2018. Each frame goes through
the same network. It predicts maps from three things: the frame's own features, the maps of the
frame before, and a memory, which is a *convolutional LSTM*: Shi et al., NIPS 2015.

>>> maps = PoseMachine(joints=14)(clips)        # clips (B, T, 3, H, W) from 0 to 1
>>> maps.shape                                  # (B, T, 14, H / 4, W / 4) raw maps

`PoseMachine` is the small form, which trains on a CPU; `LSTMPoseMachine` is the paper's.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import InputError, check_least
from .blocks import conv_bn_relu
from .heatmap_nets import UNet

SIGMA = 1.5  # cells: of the bumps that the small form learns


class Memory(NamedTuple):
    """What a `ConvLSTM` carries from one frame to the next."""

    hidden: Tensor  # (B, C, h, w), h_t: what it tells the layers after it
    cell: Tensor  # (B, C, h, w), C_t: what it keeps


class ConvLSTM(nn.Module):
    """A long short-term memory whose products are convolutions, so that it keeps places.

    With * for a convolution and . for a product of numbers at the same place::

        g = tanh   (W_xg * x + W_hg * h' + b_g)     what could be written
        i = sigmoid(W_xi * x + W_hi * h' + b_i)     how much of it is written
        f = sigmoid(W_xf * x + W_hf * h' + b_f)     how much of the old is kept
        o = sigmoid(W_xo * x + W_ho * h' + b_o)     how much is shown
        C = f . C' + i . g
        h = o . tanh(C)

    There are no *peepholes*: the gates do not look at C.

    Args:
        in_channels, hidden: channels of x and of h.
        kernel: of all convolutions, odd.
    """

    def __init__(self, in_channels: int, hidden: int, kernel: int = 3):
        super().__init__()
        # The four gates' weights stand in one layer: one convolution is faster than four.
        self.from_input = nn.Conv2d(in_channels, 4 * hidden, kernel, padding=kernel // 2)
        self.from_hidden = nn.Conv2d(hidden, 4 * hidden, kernel, padding=kernel // 2, bias=False)
        # At first more is kept than forgotten, or nothing is learned that needs many frames:
        # Jozefowicz, Zaremba, Sutskever, ICML 2015.
        nn.init.ones_(self.from_input.bias[2 * hidden : 3 * hidden])

    def forward(self, x: Tensor, before: Memory | None = None) -> Memory:
        """(B, C, h, w) and the last frame's memory, None at the start of a clip, to the next."""
        g, i, f, o = self.gates(x, before)
        cell = i * g if before is None else f * before.cell + i * g
        return Memory(o * torch.tanh(cell), cell)

    def gates(self, x: Tensor, before: Memory | None = None) -> tuple[Tensor, ...]:
        """g, i, f and o, each (B, hidden, h, w)."""
        total = self.from_input(x)
        if before is not None:
            total = total + self.from_hidden(before.hidden)
        g, *others = total.chunk(4, 1)
        return torch.tanh(g), *map(torch.sigmoid, others)


# ------------------------------------------------------------------------------ small form
class State(NamedTuple):
    """What a `PoseMachine` carries from one frame to the next."""

    memory: Memory
    maps: Tensor  # (B, K, h, w), raw


class PoseMachine(nn.Module):
    """A pose machine with memory that trains on a CPU; the sides of images are multiples of 32.

    One `UNet` takes the place of the paper's two networks for features, and the first frame's
    maps are read off its features. With 14 joints it has 1,480,812 parameters.

    Args:
        joints: K.
        hidden: channels of the memory.
        widths: of the `UNet`.
        stacked: how many frames are laid upon each other as the network's input, the current one
            last; 1 is a pose machine. What several frames give without a memory is measured with
            it: then no state is kept.
    """

    multiple = 32

    def __init__(
        self, joints: int, hidden: int = 48, widths=(16, 32, 64, 112, 144), stacked: int = 1
    ):
        super().__init__()
        check_least(1, stacked=stacked)
        self.stacked, channels = stacked, widths[1]
        self.unet = UNet(widths)
        if stacked > 1:
            self.unet.stem = conv_bn_relu(3 * stacked, widths[0], stride=2)
            self.unet.mean, self.unet.std = (
                part.repeat(stacked, 1, 1) for part in (self.unet.mean, self.unet.std)
            )
        self.first = nn.Conv2d(channels, joints, 1)
        self.memory = ConvLSTM(channels + joints, hidden)
        self.last = nn.Sequential(conv_bn_relu(hidden + channels, 64), nn.Conv2d(64, joints, 1))

    def step(self, image: Tensor, state: State | None = None) -> State:
        """One frame (B, 3, H, W) from 0 to 1; ``state`` is the last frame's, None at the start.

        The answer is the ``maps`` of the state. Raises `InputError` where the frames of a video
        change their size.
        """
        features = self.unet.features(image)
        if state is not None and state.maps.shape[-2:] != features.shape[-2:]:
            raise InputError(
                "the frames of a video must have one size: start anew, without a state, where it "
                f"changes. The maps were {tuple(state.maps.shape[-2:])} cells, and would be "
                f"{tuple(features.shape[-2:])}."
            )
        before, seen = (None, self.first(features)) if state is None else state
        memory = self.memory(torch.cat([features, heights(seen)], 1), before)
        return State(memory, self.last(torch.cat([memory.hidden, features], 1)))

    def forward(self, clips: Tensor, remember: bool = True) -> Tensor:
        """Clips (B, T, 3, H, W) from 0 to 1, T at least 1, to raw maps (B, T, K, H/4, W/4).

        Without ``remember`` every frame is a clip's first one: the same weights, and no memory.
        """
        if clips.dim() != 5 or not clips.shape[1]:
            raise InputError(
                "clips must be (clips, frames, 3, H, W) with a frame at least, and are "
                f"{tuple(clips.shape)}."
            )
        clips, state, maps = stack(clips, self.stacked), None, []
        for image in clips.unbind(1):
            state = self.step(image, state if remember and self.stacked == 1 else None)
            maps.append(state.maps)
        return torch.stack(maps, 1)


def heights(maps: Tensor) -> Tensor:
    """Raw maps (B, K, h, w) as heights: the probability of each cell, 1 at the top of a bump."""
    probability = maps.float().flatten(-2).softmax(-1).view_as(maps)
    return 2 * math.pi * SIGMA**2 * probability


def stack(clips: Tensor, frames: int) -> Tensor:
    """(B, T, C, H, W) to (B, T, frames C, H, W): each frame on top of those before it.

    Before the first frame stands the first frame.
    """
    longer = torch.cat([clips[:, :1]] * (frames - 1) + [clips], 1)
    return torch.cat([longer[:, n : n + clips.shape[1]] for n in range(frames)], 2)


# ------------------------------------------------------------------------------- reference
class Beliefs(NamedTuple):
    """What the reference network predicts; each is trained with the squared error."""

    initial: Tensor  # (B, K + 1, h, w) of the first frame alone; the last map is the background's
    maps: Tensor  # (B, T, K + 1, h, w)


class LSTMPoseMachine(nn.Module):
    """The paper's network: 12.07 M parameters, of which a later frame uses 7.68 M.

    Its four parts have the paper's names. ConvNet1 gives the first frame's maps, ConvNet2 the
    features of every frame, and ConvNet3 the maps from what the memory shows.

    Args:
        joints: K.
        hidden: channels of the memory.
    """

    def __init__(self, joints: int = 14, hidden: int = 48):
        super().__init__()
        self.net1 = nn.Sequential(
            _trunk(),
            *(nn.Conv2d(32, 512, 9, padding=4), nn.ReLU(inplace=True), nn.Dropout(0.5)),
            *(nn.Conv2d(512, 512, 1), nn.ReLU(inplace=True), nn.Dropout(0.5)),
            nn.Conv2d(512, joints + 1, 1),
        )
        self.net2 = _trunk()
        self.memory = ConvLSTM(32 + joints + 2, hidden)
        layers = []
        for channels in (hidden, 128, 128):
            layers += [nn.Conv2d(channels, 128, 11, padding=5), nn.ReLU(inplace=True)]
        layers += [nn.Conv2d(128, 128, 1), nn.ReLU(inplace=True), nn.Conv2d(128, joints + 1, 1)]
        self.net3 = nn.Sequential(*layers)

    def forward(self, clips: Tensor, centres: Tensor) -> Beliefs:
        """Clips (B, T, 3, 368, 368) from 0 to 1, and maps (B, 1, 368, 368) of a Gaussian of 21
        pixels around the person's centre, to `Beliefs` of 46 x 46 cells."""
        centre = F.avg_pool2d(centres, 9, 8, ceil_mode=True)
        images = ((255 * clips - 128) / 256).unbind(1)
        initial = seen = self.net1(images[0])
        memory, maps = None, []
        for image in images:
            memory = self.memory(torch.cat([self.net2(image), seen, centre], 1), memory)
            seen = self.net3(memory.hidden)
            maps.append(seen)
        return Beliefs(initial, torch.stack(maps, 1))


def _trunk() -> nn.Sequential:
    """The layers that ConvNet1 and ConvNet2 begin with: (B, 3, H, W) to (B, 32, H / 8, W / 8)."""
    layers = []
    for channels in (3, 128, 128):
        layers += [nn.Conv2d(channels, 128, 9, padding=4), nn.ReLU(inplace=True)]
        layers += [nn.MaxPool2d(3, 2, 1)]
    return nn.Sequential(*layers, nn.Conv2d(128, 32, 5, padding=2), nn.ReLU(inplace=True))
