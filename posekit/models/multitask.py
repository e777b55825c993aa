"""One network, four tasks: joints in the image, joints in space, and the action, from either.

Luvizon, Picard, Tabia, "2D/3D Pose Estimation and Action Recognition Using Multitask Deep
Learning", CVPR 2018. A clip goes through one backbone, frame by frame, and then:

1. *Prediction blocks* make one volume per joint of the features, and of each volume, by
   soft-argmax, a point: x and y in the image, z in depth. What a block predicts goes back into
   the features (*re-injection*), so that the next block corrects it.
2. *Pose-based recognition* reads the points as an image of T rows (frames) and K columns
   (joints), whose channels are x, y and z.
3. *Appearance-based recognition* reads, in the same shape, what the features are like where each
   joint is: their mean, weighted by the joint's heatmap.
4. The two are *fused* by a weighted sum of their logits.

>>> out = MultitaskNet(joints=14, actions=15)(clips)     # (B, T, 3, H, W) from 0 to 1
>>> out.poses[-1].points.shape                           # (B, T, 14, 3) pixels and metres
>>> out.actions["fusion"][-1].shape                      # (B, 15) logits

`MultitaskNet` is the small form, for CPUs; `multitask_reference` has the paper's and deck's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models.resnet import BasicBlock

from ..errors import InputError
from ..geometry import cell_to_pixel
from .action_streams import ActionStream, AppearanceEntry, PoseEntry
from .heatmap_nets import UNet

STRIDE = 8  # pixels of the input per cell of a volume: soft-argmax finds what lies in between
DEPTH_RANGE = 2.0  # metres that a volume's cells of z cover, half of them in front of the hips
STREAMS = ("pose", "appearance")


class Poses(NamedTuple):
    """What one block predicts of B clips of T frames."""

    points: Tensor  # (B, T, K, 3) x, y in pixels of the input, z in metres behind the hips; or 2
    seen: Tensor  # (B, T, K) logits of being visible
    heatmaps: Tensor  # (B, T, K, h, w) probabilities, each map sums to 1


class Looks(NamedTuple):
    """What N frames show, each by itself."""

    poses: list[Poses]  # of each block, with N in place of B and T
    features: Tensor  # (N, C, h, w), what the appearance is read off


class Predictions(NamedTuple):
    """Of each block in turn, so that every block can be trained; the last is the answer."""

    poses: list[Poses]
    actions: dict[str, list[Tensor]]  # of pose, appearance, fusion: (B, A) logits


# ----------------------------------------------------------------------------------- pose
class PredictionBlock(nn.Module):
    """Refines the features, reads volumes off them, and puts both back into the features.

    Args:
        channels: of the features.
        maps: K x D, joints times cells of depth.
        refine: from a number of channels to a module that keeps them.
        last: no block comes after it, so that nothing is put back.
    """

    def __init__(
        self, channels: int, maps: int, refine: Callable[[int], nn.Module], last: bool = False
    ):
        super().__init__()
        self.refine = refine(channels)
        self.maps = nn.Conv2d(channels, maps, 1)
        self.reinject = None if last else nn.Conv2d(maps, channels, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, C, h, w) to the next features of the same shape, and raw maps (N, K D, h, w)."""
        refined = self.refine(x)
        maps = self.maps(refined)
        x = x + refined
        return x if self.reinject is None else x + self.reinject(maps), maps


def read_volumes(volumes: Tensor, stride: float, depth_range: float = DEPTH_RANGE):
    """Points, visibility and heatmaps of raw volumes (N, K, D, h, w).

    The point is the mean position under the softmax over all cells: (N, K, 3), x and y in pixels
    of the input, z in metres; for D = 1 (N, K, 2). The logit of visibility (N, K) is the volume's
    maximum, and the heatmaps (N, K, h, w) are the probabilities summed over depth.
    """
    depth, h, w = volumes.shape[-3:]
    device = "cpu" if volumes.is_meta else volumes.device.type
    with torch.autocast(device, enabled=False):  # pixels need a float's bits
        flat = volumes.float().flatten(2)
        probability = torch.softmax(flat, -1)
        cells = [torch.arange(n, device=flat.device, dtype=flat.dtype) for n in (depth, h, w)]
        z = (cells[0] + 0.5) * depth_range / depth - depth_range / 2
        z, y, x = torch.meshgrid(z, *(cell_to_pixel(c, stride) for c in cells[1:]), indexing="ij")
        places = torch.stack([x, y, z][: 2 if depth == 1 else 3], -1)
        points = probability @ places.flatten(0, 2)
        heatmaps = probability.unflatten(2, (depth, h, w)).sum(2)
        return points, flat.amax(-1), heatmaps


class Context(nn.Module):
    """Corrects each frame's points by those of the frames around it; not in the paper.

    One image often leaves the depth of a limb open, or which arm is the left one, and the movement
    decides it. Residual convolutions in time see 19 frames; Pavllo et al., "3D Human Pose
    Estimation in Video With Temporal Convolutions and Semi-Supervised Training", CVPR 2019, have
    the like. They read points about the middle of the body, and where that middle is: what a
    posture looks like does not depend on the place. The last layer begins with zeros: nothing is
    corrected at first.

    Args:
        joints, dims: K, and 2 or 3 coordinates.
        width: channels.
    """

    def __init__(self, joints: int, dims: int, width: int = 128):
        super().__init__()
        channels = joints * (dims + 1) + dims
        self.enter = nn.Sequential(
            nn.BatchNorm1d(channels),  # points about the middle are small numbers
            nn.Conv1d(channels, width, 3, padding=1),
        )
        self.blocks = nn.ModuleList(_in_time(width, dilation) for dilation in (1, 2, 4, 1))
        self.norm = nn.BatchNorm1d(width)
        self.leave = nn.Conv1d(width, joints * dims, 1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(self, points: Tensor, seen: Tensor) -> Tensor:
        """Corrections (B, T, K, D) of points from about -1 to 1 and their visibility (B, T, K)."""
        middle = points.mean(2)
        parts = (points - middle[:, :, None]).flatten(2), seen, middle - middle.mean(1, True)
        x = self.enter(torch.cat(parts, -1).transpose(1, 2))
        for block in self.blocks:
            x = x + block(x)
        return self.leave(F.relu(self.norm(x))).transpose(1, 2).unflatten(2, points.shape[2:])


def _in_time(width: int, dilation: int) -> nn.Sequential:
    """A residual block over T frames, (B, width, T) to the same shape."""
    return nn.Sequential(
        nn.BatchNorm1d(width),
        nn.ReLU(),
        nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation, bias=False),
        nn.BatchNorm1d(width),
        nn.ReLU(),
        nn.Conv1d(width, width, 1),
    )


# ------------------------------------------------------------------------------------ all
class Heads(nn.Module):
    """All that comes after the backbone; what each argument leaves out is not computed.

    Args:
        channels: of the backbone's features.
        joints: K.
        actions: A; 0 leaves the recognition out.
        depth: cells of z; 1 leaves the third dimension out.
        blocks: how many `PredictionBlock`.
        refine: what refines the features in each, from a number of channels.
        streams: of `STREAMS`, what recognises the action.
        width, action_blocks, dropout: of `ActionStream`.
        context: correct the points by the frames around, see `Context`; one image has none.
        stride: pixels of the input per cell of the features.
    """

    def __init__(
        self,
        channels: int,
        joints: int,
        actions: int,
        *,
        depth: int,
        blocks: int,
        refine: Callable[[int], nn.Module],
        streams: Sequence[str] = STREAMS,
        width: int = 96,
        action_blocks: int = 2,
        dropout: float = 0.2,
        context: bool = True,
        stride: int = STRIDE,
    ):
        super().__init__()
        if min(joints, depth, blocks) < 1 or actions < 0:
            raise InputError("joints, depth and blocks must be at least 1, and actions at least 0.")
        if not streams or set(streams) - set(STREAMS):
            raise InputError(f"streams must be of {', '.join(STREAMS)}, and are {list(streams)}.")
        self.shape, self.stride = (joints, depth), stride
        self.blocks = nn.ModuleList(
            PredictionBlock(channels, joints * depth, refine, last=n == blocks - 1)
            for n in range(blocks)
        )
        dims = 2 if depth == 1 else 3
        self.context = Context(joints, dims) if context else None
        entries = {"pose": (PoseEntry, dims), "appearance": (AppearanceEntry, channels)}
        self.streams = nn.ModuleDict()
        for name in streams if actions else ():
            entry, size = entries[name]
            options = (width, actions, action_blocks, dropout)
            self.streams[name] = ActionStream(entry(size, width), *options)
        self.fusion = nn.Parameter(torch.zeros(2)) if len(self.streams) == 2 else None

    def forward(self, features: Tensor, frames: int) -> Predictions:
        """Features (B T, C, h, w) of clips of T ``frames``; one image (T = 1) has no action."""
        return self.over_time(self.look(features), frames)

    def look(self, features: Tensor) -> Looks:
        """What each frame shows by itself, of features (N, C, h, w)."""
        x, local, poses = features, features, []
        for n, block in enumerate(self.blocks):
            x, maps = block(x)
            local = x if n == 0 else local
            poses.append(Poses(*read_volumes(maps.unflatten(1, self.shape), self.stride)))
        return Looks(poses, local)

    def over_time(self, looks: Looks, frames: int) -> Predictions:
        """What clips of T ``frames`` show, of looks at all their frames, clip by clip."""
        h, w = looks.features.shape[-2:]
        half = looks.features.new_tensor([w, h, DEPTH_RANGE / self.stride], dtype=torch.float32)
        half *= self.stride / 2  # of the sides in pixels, and of the depth in metres
        poses = [Poses(*(part.unflatten(0, (-1, frames)) for part in one)) for one in looks.poses]
        if frames == 1:
            return Predictions(poses, {})
        if self.context is not None:
            poses.append(corrected(poses[-1], self.context, half))
        return Predictions(poses, self.recognise(poses[-1], looks.features, half))

    def recognise(self, pose: Poses, local: Tensor, half: Tensor) -> dict[str, list[Tensor]]:
        """Logits of each stream's blocks, of poses and of features (B T, C, h, w)."""
        images, actions = {}, {}
        seen = torch.sigmoid(pose.seen)[..., None]
        images["pose"] = seen * normalised(pose.points, half)
        if "appearance" in self.streams:
            local = local.unflatten(0, pose.seen.shape[:2]).flatten(3)
            images["appearance"] = pose.heatmaps.flatten(3) @ local.transpose(2, 3).float()
        for name, stream in self.streams.items():
            actions[name] = stream(images[name].permute(0, 3, 1, 2))
        if self.fusion is not None:
            last = torch.stack([actions[name][-1] for name in STREAMS], -1)
            actions["fusion"] = [(last * torch.softmax(self.fusion, 0)).sum(-1)]
        return actions


def normalised(points: Tensor, half: Tensor) -> Tensor:
    """Points (B, T, K, D) with the middle of the input at 0 and its edges at -1 and 1.

    ``half`` (3,) are half of the sides in pixels, x first, and half of the depth in metres.
    """
    half = half[: points.shape[-1]]
    middle = half - 0.5
    middle[2:] = 0
    return (points - middle) / half


def corrected(pose: Poses, context: Context, half: Tensor) -> Poses:
    """The same poses with their points corrected, each by the frames around it."""
    change = context(normalised(pose.points, half), torch.sigmoid(pose.seen))
    return pose._replace(points=pose.points + change.float() * half[: change.shape[-1]])


class MultitaskNet(UNet):
    """The small form: a `UNet` up to stride 8 as backbone, and `Heads`.

    Its backbone's layers are called as those of `HeatmapNet`, whose weights it can begin with.

    Args:
        joints, actions: K and A; 0 actions leave the recognition out.
        widths: of the `UNet`.
        depth: cells of z; 1 leaves the third dimension out.
        blocks: how many times the points are predicted.
        options: of `Heads`: ``streams``, ``context``, ``width``, ``dropout``, ...
    """

    def __init__(
        self,
        joints: int,
        actions: int,
        widths=(16, 32, 64, 112, 144),
        depth: int = 16,
        blocks: int = 2,
        **options,
    ):
        super().__init__(widths)
        self.lateral, self.up = self.lateral[:2], self.up[:2]  # up to stride 8, not to 4
        options |= {"depth": depth, "blocks": blocks, "refine": same_width_block}
        self.heads = Heads(widths[2], joints, actions, **options)

    def forward(self, clips: Tensor) -> Predictions:
        """(B, T, 3, H, W) RGB from 0 to 1; an image is a clip of one frame."""
        check_clips(clips)
        return self.over_time(self.look(clips.flatten(0, 1)), clips.shape[1])

    def look(self, images: Tensor) -> Looks:
        """Images (N, 3, H, W) RGB from 0 to 1, each by itself: the first half of `forward`."""
        return self.heads.look(self.features(images))

    def over_time(self, looks: Looks, frames: int) -> Predictions:
        """Looks at N images that are clips of T ``frames``: the second half."""
        return self.heads.over_time(looks, frames)


def same_width_block(channels: int) -> BasicBlock:
    """A ResNet's block that keeps the number of channels."""
    return BasicBlock(channels, channels)


def check_clips(clips: Tensor) -> None:
    """`InputError` for anything but (B, T, 3, H, W)."""
    if clips.dim() != 5 or clips.shape[2] != 3 or 0 in clips.shape:
        raise InputError(
            f"clips must be of shape (clips, frames, 3, height, width), and are "
            f"{tuple(clips.shape)}; an image is a clip of one frame: images[:, None]."
        )
