"""Chapter 03's and 05's networks for a camera's speed: of depthwise separable blocks.

A *depthwise* convolution filters each channel by itself, and a 1 x 1 convolution mixes the
channels: together about an eighth of the work of a dense 3 x 3 convolution, see
`posekit.models.layer_counts.separable_share`. The block is MobileNetV1's (Howard et al.,
"MobileNets", 2017). Nothing else differs from the dense networks, so that whatever reads a
`SmallCrowdNet` reads its separable form too, and what the blocks bring and cost can be told.
"""

from __future__ import annotations

from .crowd_nets import SmallCrowdNet
from .heatmap_nets import HeatmapNet
from .layer_counts import separable_form


def mobile_crowd_net(
    joints: int, limbs: int, width: float = 1.0, logits: bool = True
) -> SmallCrowdNet:
    """A `SmallCrowdNet`, whose arguments it takes, with every 3 x 3 convolution but the first one
    separable.

    With 18 joints and 19 limbs it has 202,542 parameters, and takes 159,581,184 multiply-
    accumulates (MACs) at 256 x 256.
    """
    return separable_form(SmallCrowdNet(joints, limbs, width, logits))


def mobile_heatmap_net(joints: int) -> HeatmapNet:
    """A `HeatmapNet`, the same way: what `mobile_crowd_net` begins with is learnt by it."""
    return separable_form(HeatmapNet(joints))
