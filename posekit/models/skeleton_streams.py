"""Several views of one clip's joints, each read by a network of its own, and their fusion.

Distances between joints: Yang et al., "Make Skeleton-based Action Recognition Model Smaller, Faster
and Better", 2019. Bones, motions and the fusion: Shi et al., "Two-Stream Adaptive Graph
Convolutional Networks for Skeleton-Based Action Recognition", CVPR 2019.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

import torch
from torch import Tensor, nn

from .. import skeletons
from .actions import Statistics, sequence_net

STREAMS = ("joints", "bones", "joint_motions", "bone_motions", "distances")


def view(image: Tensor, stream: str, skeleton: str) -> Tensor:
    """One of `STREAMS` (B, T, C) of the coordinates (B, D, T, K) of a clip's joints.

    Where joints are; the vector along each limb; how either changes from frame to frame; and how
    far any two joints are from each other, which does not depend on which way the camera is turned.
    """
    if stream.endswith("_motions"):
        still = view(image, stream.removesuffix("_motions") + "s", skeleton)
        return torch.diff(still, dim=1, prepend=still[:, :1])
    if stream == "distances":
        joints = image.permute(0, 2, 3, 1)
        a, b = torch.triu_indices(joints.shape[2], joints.shape[2], 1, device=image.device)
        return (joints[:, :, a] - joints[:, :, b]).square().sum(-1).add(1e-9).sqrt()
    if stream == "bones":
        start, end = skeletons.get(skeleton).limb_indices.T
        image = image[..., end] - image[..., start]
    return image.transpose(1, 2).flatten(2)


class SkeletonStreams(nn.Module):
    """A network of sequences for each view of the joints; the mean of their answers comes last.

    Args:
        actions: A. skeleton: whose limbs are the bones.
        streams: some of `STREAMS`.
        kind, parameters, dropout: of each, as `sequence_net` has them.
        statistics: beside each network of a stream stands one of its `Statistics`.
    """

    def __init__(
        self,
        actions: int,
        skeleton: str,
        streams: Sequence[str] = STREAMS,
        kind: str = "convolution",
        parameters: int = 100_000,
        dropout: float = 0.5,
        statistics: bool = False,
    ):
        super().__init__()
        self.skeleton, self.streams = skeleton, tuple(streams)
        some = torch.zeros(1, 2, 1, len(skeletons.get(skeleton)))
        widths = [view(some, stream, skeleton).shape[2] for stream in self.streams]
        self.nets = nn.ModuleList(
            sequence_net(kind, width, actions, parameters, dropout) for width in widths
        )
        if statistics:
            self.nets += [Statistics(width, actions, dropout) for width in widths]

    def forward(self, image: Tensor) -> list[Tensor]:
        """(B, 2, T, K) to logits (B, A) of each network, and of all together."""
        views = [view(image, stream, self.skeleton) for stream in self.streams]
        said = [net(each).log_softmax(-1) for net, each in zip(self.nets, cycle(views))]
        return [*said, torch.stack(said).mean(0)]
