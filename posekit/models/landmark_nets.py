"""Names the action of a window of BlazePose's landmarks, which it first prepares.

A frame is 33 landmarks of x, y, z and visibility: x and z in widths of a 4:3 picture, y in its
heights. Raw, they tell where in the picture a person is, how near the camera stands and from which
side it looks: what two recordings of one action differ in. Each preparation takes one of these
away, and can be switched off to see what it is worth. All off: the 132 numbers of each frame.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from .. import skeletons
from ..geometry import ASPECT
from .actions import sequence_net

BODY = skeletons.get("blazepose33")
HIPS, SHOULDERS = (
    [BODY.index(f"{side}_{part}") for side in ("left", "right")] for part in ("hip", "shoulder")
)
SEEN = 0.5  # the visibility below which BlazePose guesses
DEPTH = 0.4  # BlazePose's z is about 2.5 times as large as what is as long along x


class LandmarkNet(nn.Module):
    """A network of `posekit.models.actions` behind the preparations.

    Args:
        actions: A.
        kind, parameters, dropout: as `sequence_net` has them.
        middle: positions about the mid-hip, its mean over the window.
        torso: in lengths of the torso on the image, its median over the window.
        facing: turned about the vertical, so that on average the shoulders face the camera.
        depth: z as well as x and y. It is guessed, on real video badly; ``facing`` needs it.
        velocities: besides, by how much each landmark moved since the frame before.
        visibility: MediaPipe's guess of what is seen is kept.
        only_seen: a landmark whose visibility is below `SEEN` is 0, and the network is told so.
    """

    def __init__(
        self,
        actions: int,
        kind: str = "lstm",
        parameters: int = 60_000,
        dropout: float = 0.0,
        *,
        middle: bool = True,
        torso: bool = True,
        facing: bool = True,
        depth: bool = True,
        velocities: bool = True,
        visibility: bool = False,
        only_seen: bool = False,
    ):
        super().__init__()
        self.middle, self.torso, self.facing = middle, torso, facing
        self.depth, self.velocities, self.visibility = depth, velocities, visibility
        self.only_seen = only_seen
        channels = len(BODY) * ((2 + depth) * (1 + velocities) + visibility + only_seen)
        self.net = sequence_net(kind, channels, actions, parameters, dropout)

    def forward(self, windows: Tensor) -> Tensor:
        """(B, T, 33, 4) to logits (B, A)."""
        return self.net(self.prepare(windows))

    def prepare(self, windows: Tensor) -> Tensor:
        """(B, T, 33, 4) to (B, T, C), as the preparations have it."""
        points, seen = windows[..., :3], windows[..., 3:]
        if self.middle or self.torso or self.facing:
            points = self._normalised(points * points.new_tensor([ASPECT, 1, ASPECT * DEPTH]))
        points = points if self.depth else points[..., :2]
        parts = [points]
        if self.velocities:
            parts.append(torch.diff(points, dim=1, prepend=points[:, :1]))
        parts = [*parts, seen] if self.visibility else parts
        if self.only_seen:
            known = (seen > SEEN).to(points.dtype)
            before = torch.cat([known[:, :1], known[:, :-1]], 1)  # a velocity needs both frames
            parts = [part * mask for part, mask in zip(parts, (known, known * before))] + [known]
        return torch.cat(parts, -1).flatten(2)

    def _normalised(self, points: Tensor) -> Tensor:
        hips, shoulders = (points[:, :, pair].mean(2) for pair in (HIPS, SHOULDERS))
        if self.middle:
            points = points - hips.mean(1)[:, None, None]
        if self.torso:
            length = (shoulders - hips)[..., :2].norm(dim=-1).median(1).values
            points = points / length.clamp(min=1e-3)[:, None, None, None]
        return faced(points) if self.facing else points


class TwoViews(nn.Module):
    """Two networks, of which one believes all landmarks and the other only those that are seen.

    A detector guesses what is outside of the image. Where the guess is good, the first network
    knows more; where it is not, the second one is not misled. The answer is the mean of their
    probabilities.

    Args:
        actions: A.
        settings: of both `LandmarkNet`, ``only_seen`` apart.
    """

    def __init__(self, actions: int, **settings):
        super().__init__()
        views = (LandmarkNet(actions, **settings, only_seen=seen) for seen in (False, True))
        self.views = nn.ModuleList(views)

    def forward(self, windows: Tensor) -> Tensor:
        """(B, T, 33, 4) to log probabilities (B, A); in training to those of each (2, B, A)."""
        each = torch.stack([view(windows) for view in self.views]).log_softmax(-1)
        return each if self.training else each.logsumexp(0) - math.log(len(each))


def faced(points: Tensor) -> Tensor:
    """(B, T, 33, 3) turned about the vertical axis, each window by one angle: on average the left
    shoulder then lies to the right of the other one on the image, and as near the camera."""
    left, right = points[:, :, SHOULDERS].mean(1).unbind(1)
    across = nn.functional.normalize((left - right)[:, [0, 2]])
    cos, sin = across[:, 0, None, None], across[:, 1, None, None]
    x, y, z = points.unbind(-1)
    return torch.stack([cos * x + sin * z, y, cos * z - sin * x], -1)
