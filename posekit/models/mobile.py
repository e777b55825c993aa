"""A network for several people that a CPU runs at a camera's speed: depthwise separable blocks.

A *depthwise* convolution filters each channel by itself, and a 1 x 1 convolution mixes the
channels: together about an eighth of the work of a dense 3 x 3 convolution, see
`posekit.models.layer_counts.separable_share`. The backbone is a narrow MobileNetV1 (Howard et
al., "MobileNets", 2017). The heads and maps are those of `posekit.models.crowd_nets`, so whatever
reads a `CrowdNet` reads this network too.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from .blocks import Normalised, conv_bn_relu
from .crowd_nets import CrowdMaps, Heads, Predicts
from .layer_counts import dense_form
from .pyramids import separable

# Output channels and stride of each block: MobileNetV1's at half its width, up to stride 16, where
# it has 256 instead of 160.
STEM = 16
TO_STRIDE_4 = ((32, 1), (64, 2), (64, 1))
TO_STRIDE_16 = ((128, 2), (128, 1), (160, 2), (160, 1), (160, 1), (160, 1), (160, 1))


class MobileCrowdNet(Predicts, Normalised):
    """Images (B, 3, H, W) from 0 to 1 to `CrowdMaps`; the sides are multiples of 16.

    Features of stride 4 say where something is, those of stride 16 what it is: the latter are
    enlarged four times and added. With 18 joints and 19 limbs it has 204,926 parameters, and
    takes 210,501,632 multiply-accumulates (MACs) at 256 x 256.

    Args:
        joints, limbs, logits: see `posekit.models.crowd_nets.Heads`.
        width: what the numbers of channels above are multiplied by, the maps' apart.
    """

    multiple = 16

    def __init__(self, joints: int, limbs: int, width: float = 1.0, logits: bool = True):
        super().__init__()
        stem, fine, coarse = (
            round(width * c) for c in (STEM, TO_STRIDE_4[-1][0], TO_STRIDE_16[-1][0])
        )
        self.stem = conv_bn_relu(3, stem, stride=2)
        self.fine = _blocks(stem, TO_STRIDE_4, width)
        self.coarse = _blocks(fine, TO_STRIDE_16, width)
        self.lateral = nn.Conv2d(coarse, fine, 1)
        self.heads = Heads(fine, fine, joints, limbs, separable, logits)

    def forward(self, images: Tensor) -> CrowdMaps:
        """(B, 3, H, W) from 0 to 1, sides multiples of 16, to the raw maps at stride 4."""
        fine = self.fine(self.stem(self.normalise(images)))
        coarse = self.lateral(self.coarse(fine))
        enlarged = F.interpolate(coarse, scale_factor=4, mode="bilinear")
        return self.heads(fine + enlarged)


def dense_crowd_net(
    joints: int, limbs: int, width: float = 1.0, logits: bool = True
) -> MobileCrowdNet:
    """The same network with every separable block replaced by one dense 3 x 3 convolution.

    It is what `MobileCrowdNet`, whose arguments it takes, is compared with. With 18 joints and 19
    limbs it has 1,554,286 parameters, and takes 1,449,918,464 MACs at 256 x 256.
    """
    return dense_form(MobileCrowdNet(joints, limbs, width, logits))


def _blocks(in_channels: int, layers, width: float) -> nn.Sequential:
    """Separable blocks, one for each pair of channels and stride."""
    blocks = []
    for channels, stride in layers:
        blocks.append(separable(in_channels, round(width * channels), stride=stride))
        in_channels = round(width * channels)
    return nn.Sequential(*blocks)
