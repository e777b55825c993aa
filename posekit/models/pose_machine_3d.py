"""3D pose machines from images: a 2D sub-network, a 2D-to-3D pose transformer, a projector.

Wang, Lin, Jiang, Qian, Wei, "3D Human Pose Machines with Self-Supervised Learning", PAMI 2020.
(*Transformer* is the paper's word for the part that turns 2D features into 3D; there is no
attention in it.) The last part, from each frame's features on, is `posekit.models.lifters.Machine`.

>>> stages = PoseMachine3D()(clips)             # clips (B, T, 3, 368, 368) from 0 to 1
>>> stages.refined.shape                        # (B, T, 16, 3) metres about the root
"""

from __future__ import annotations

from torch import Tensor, nn
from torchvision.models.vgg import make_layers

from ..errors import InputError, check_shape
from .lifters import Machine, Stages

STRIDE = 8
# 3 x 3 convolutions by their output channels, and "M" for a pooling: VGG19 up to conv4_2, then the
# network's own.
LAYERS = (64, 64, "M", 128, 128, "M", *4 * (256,), "M", 512, 512)
LAYERS += (*4 * (256,), 128, 128, 128)


def pose_2d_network(shrink: int = 1) -> nn.Sequential:
    """The 2D sub-network: (N, 3, H, W) to 128 / ``shrink`` pose-aware maps of stride 8."""
    layers = make_layers([layer if layer == "M" else layer // shrink for layer in LAYERS])
    for layer in layers:
        # Seventeen layers without normalisation: PyTorch's own start would fade to nothing.
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return layers


class PoseMachine3D(Machine):
    """The whole network. With its defaults it is the reference: 42.45 M parameters, 45.4 GMAC a
    frame (42,449,728, and 2,064 of the heatmaps, and 8,192 because PyTorch's LSTMs keep two biases
    where one would do).

    Args:
        joints: K.
        side: of the images, a multiple of 8; 368 gives maps of 46 x 46.
        shrink: divides every number of channels, for a small form that trains on a CPU.
        hidden: the width of the adapted features, the memory and what follows it.
        pooling: halve the maps once more before the linear layer, as the paper says it does; the
            network that its authors released does not.
    """

    def __init__(
        self,
        joints: int = 16,
        side: int = 368,
        shrink: int = 1,
        hidden: int = 1024,
        pooling: bool = False,
    ):
        super().__init__(joints, hidden, hidden)
        left = _left(side, pooling)
        if side % STRIDE or left < 1:
            raise InputError(
                f"side must be a multiple of {STRIDE}, and 56 at least (88 with pooling): it is "
                f"{side}."
            )
        self.side, channels = side, 128 // shrink
        self.pose_2d = pose_2d_network(shrink)
        self.heatmaps = nn.Conv2d(channels, joints, 1)
        self.adapt = nn.Sequential(
            *(nn.Conv2d(channels, channels, 5, 2, 1), nn.ReLU(inplace=True)),
            *(nn.Conv2d(channels, channels, 5, 2, 1), nn.ReLU(inplace=True)),
            nn.MaxPool2d(2) if pooling else nn.Identity(),
            *(nn.Flatten(), nn.Linear(channels * left**2, hidden), nn.ReLU(inplace=True)),
        )

    def features(self, clips: Tensor) -> Tensor:
        """(B, T, 3, S, S) from 0 to 1 to pose-aware maps (B, T, C, S / 8, S / 8)."""
        check_shape("clips", clips, "clips", "frames", 3, self.side, self.side)
        images = (clips.flatten(0, 1) - 0.5) * (255 / 256)  # the paper's (x - 128) / 256
        return self.pose_2d(images).unflatten(0, clips.shape[:2])

    def maps(self, features: Tensor) -> Tensor:
        """Pose-aware maps to raw heatmaps (B, T, K, S / 8, S / 8): their argmax is the 2D pose."""
        return self.heatmaps(features.flatten(0, 1)).unflatten(0, features.shape[:2])

    def codes(self, features: Tensor) -> Tensor:
        """Pose-aware maps to what the memory makes of them, (B, T, hidden)."""
        adapted = self.adapt(features.flatten(0, 1)).unflatten(0, features.shape[:2])
        return self.memory(adapted)

    def forward(self, clips: Tensor) -> Stages:
        """(B, T, 3, S, S) from 0 to 1 to `Stages`."""
        return self.answer(self.codes(self.features(clips)))


def _left(side: int, pooling: bool) -> int:
    """The side of the last maps."""
    left = side // STRIDE
    for _ in range(2):
        left = (left + 2 - 5) // 2 + 1
    return left // 2 if pooling else left
