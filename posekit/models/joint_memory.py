"""The pose machine's cousin for coordinates: it remembers where joints were when they are lost.

Each frame gives noisy joints, of which some are missing. As a pose machine carries its memory and
the last frame's maps, this network carries the state of an LSTM and its own last answer.

>>> answers = JointMemory(joints=13)(points)    # points (B, T, 13, 2), NaN where missing
>>> answers.shape                               # (B, T, 13, 2), none missing
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..errors import InputError


class State(NamedTuple):
    """What a `JointMemory` carries from one frame to the next."""

    hidden: Tensor  # (B, hidden)
    cell: Tensor  # (B, hidden)
    points: Tensor  # (B, K, 2) the answer for the last frame


class JointMemory(nn.Module):
    """An LSTM (Hochreiter and Schmidhuber, 1997) over the frames of one person's joints.

    A missing joint is put at the last answer for it. The pose, which is now whole, goes into the
    LSTM about its mean and in its own size, with each joint's way since the last answer; the
    output is a change to that pose. So the network never sees where a person is and how large.
    Before training the change is 0: a missing joint stays where it was seen last.

    In a first frame, where there is no answer before, a missing joint is put at the mean of the
    others.

    Args:
        joints: K.
        hidden: the width of the LSTM and of the layer after it.
    """

    def __init__(self, joints: int, hidden: int = 128):
        super().__init__()
        self.joints, inputs = joints, 5 * joints
        self.memory = nn.LSTMCell(inputs, hidden)
        nn.init.ones_(self.memory.bias_ih[hidden : 2 * hidden])  # at first more is kept
        self.change = nn.Sequential(
            nn.Linear(inputs + hidden, hidden), nn.ReLU(), nn.Linear(hidden, 2 * joints)
        )
        for part in self.change[-1].parameters():
            nn.init.zeros_(part)

    def step(self, points: Tensor, state: State | None = None) -> State:
        """One frame (B, K, 2) in any unit, NaN where a joint is missing.

        ``state`` is the last frame's, None at the start. The answer is the ``points`` of the
        state.
        """
        seen = points.isfinite().all(-1, keepdim=True)
        points = torch.where(seen, points, 0)
        mean = points.sum(1, keepdim=True) / seen.sum(1, keepdim=True).clamp(min=1)
        whole = torch.where(seen, points, mean if state is None else state.points)
        about = whole - whole.mean(1, keepdim=True)
        size = about.square().sum(-1).mean(-1).sqrt().clamp(min=1e-6)[:, None, None]
        moved = torch.zeros_like(about) if state is None else whole - state.points
        inputs = torch.cat([about / size, moved / size, seen], -1).flatten(1)
        hidden, cell = self.memory(inputs, None if state is None else state[:2])
        change = self.change(torch.cat([inputs, hidden], 1)).view_as(whole)
        return State(hidden, cell, whole + size * change)

    def forward(self, clips: Tensor, remember: bool = True) -> Tensor:
        """Clips of points (B, T, K, 2), NaN where missing, to points of the same shape.

        Without ``remember`` every frame is a clip's first one. Raises `InputError` for other
        shapes, and clips without a frame.
        """
        if clips.dim() != 4 or not clips.shape[1] or clips.shape[2:] != (self.joints, 2):
            raise InputError(
                f"points must be (clips, frames, {self.joints}, 2) with a frame at least, and are "
                f"{tuple(clips.shape)}."
            )
        if not remember:
            return self.step(clips.flatten(0, 1)).points.view_as(clips)
        state, answers = None, []
        for points in clips.unbind(1):
            state = self.step(points, state)
            answers.append(state.points)
        return torch.stack(answers, 1)
