"""What a network costs, layer by layer: multiply-accumulates, parameters, activations.

A *multiply-accumulate* (MAC) is one product added to a sum. Each output of a convolution is a sum
of K x K x C_in products, C_in the input channels of its group, so a layer takes
K^2 x C_in x C_out x H x W of them.

>>> rows = layer_counts(model, (1, 3, 256, 256))
>>> sum(row.macs for row in rows)
>>> print(table(rows))

Counters differ by up to a tenth on the same network, because some also count biases, batch norm
or activations, and some count two operations (*FLOPs*) for each MAC. Here only convolutions and
linear layers have MACs, as in PyTorch's own counter (`torch.utils.flop_counter`), whose FLOPs are
twice as many. Batch norm has rows of its own, and no MACs: in use it is merged into the
convolution before it. What is multiplied outside of a layer, as attention does, is not counted.
"""

from __future__ import annotations

import contextlib
import copy
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd

from ..errors import InputError

KINDS = ((_ConvTransposeNd, "transposed"), (_ConvNd, "conv"), (nn.Linear, "linear"))
KINDS += ((_BatchNorm, "norm"),)
# They give what they are given in the same shape, so that counting may leave them out.
SAME_SHAPE = (_BatchNorm, nn.ReLU, nn.ReLU6, nn.SiLU, nn.Hardswish, nn.Identity, nn.Dropout)


class LayerCount(NamedTuple):
    """One call of one layer."""

    name: str  # in the network, ``heads.pafs``
    kind: str  # conv, depthwise, transposed, linear, norm, other
    shape: tuple[int, ...]  # of its output, (B, C, H, W); () where it was not called
    macs: int
    parameters: int  # 0 in all calls but the first
    activations: int  # numbers in its output


def layer_counts(model: nn.Module, shape: Sequence[int]) -> list[LayerCount]:
    """A row for each call of each layer that has parameters, in the order of the calls.

    Args:
        model: any network that takes one tensor; its weights and its mode stay as they are.
        shape: of that tensor, (1, 3, 256, 256) say.

    Nothing is computed: shapes alone go through the network, on PyTorch's *meta* device. Layers
    that are never called come last, so that the parameters' sum is the network's. Raises
    `InputError` where the network does not take such a tensor.
    """
    rows: list[LayerCount] = []
    layers = dict(model.named_modules())
    own = {name: list(layer.parameters(recurse=False)) for name, layer in layers.items()}
    images = torch.empty(tuple(shape), device="meta")
    owners = {name: layers[name] for name, parameters in own.items() if parameters}
    with torch.no_grad(), _hooks(owners, rows), _shapes_alone(layers.values()):
        try:
            # Tied weights need no tying: each name gets a stand-in of its own.
            torch.func.functional_call(model, _on_meta(layers), (images,), tie_weights=False)
        except (RuntimeError, NotImplementedError, IndexError, TypeError) as error:
            raise InputError(
                f"the network cannot be counted on an input of {tuple(shape)}: "
                f"{str(error).splitlines()[0]}"
            ) from error
    return _with_parameters(rows, own)


def _on_meta(layers: Mapping[str, nn.Module]) -> dict[str, Tensor]:
    """Shapes in place of all parameters and buffers, but for the layers that are left out."""
    meta = {}
    for name, layer in layers.items():
        if not isinstance(layer, SAME_SHAPE):
            own = chain(layer.named_parameters(name, False), layer.named_buffers(name, False))
            for key, value in own:
                meta[key] = torch.empty_like(value, device="meta")
    return meta


@contextlib.contextmanager
def _hooks(layers: dict[str, nn.Module], rows: list[LayerCount]) -> Iterator[None]:
    """Meanwhile every call of these layers appends a row."""
    handles = [
        layer.register_forward_hook(partial(_append, rows, name)) for name, layer in layers.items()
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _append(rows: list[LayerCount], name: str, layer: nn.Module, inputs, out) -> None:
    out = out if isinstance(out, Tensor) else inputs[0]
    kind, macs = kind_of(layer), 0
    if kind not in ("norm", "other"):
        # Each number of a transposed convolution's input goes into K x K x C_out sums.
        numbers = (inputs[0] if kind == "transposed" else out).numel()
        macs = numbers * (layer.weight.numel() // len(layer.weight))
    rows.append(LayerCount(name, kind, tuple(out.shape), macs, 0, out.numel()))


def kind_of(layer: nn.Module) -> str:
    """``conv``, ``depthwise`` (as many groups as input channels), ``linear``, ..., ``other``."""
    kind = next((kind for classes, kind in KINDS if isinstance(layer, classes)), "other")
    return "depthwise" if kind == "conv" and is_depthwise(layer) else kind


def is_depthwise(layer: nn.Module) -> bool:
    """Whether it is a convolution in which each input channel has filters of its own."""
    return isinstance(layer, nn.Conv2d) and 1 < layer.groups == layer.in_channels


@contextlib.contextmanager
def _shapes_alone(layers: Collection[nn.Module]) -> Iterator[None]:
    """Meanwhile the layers of most networks only say the shape, which saves most of the time."""
    changed = {layer: nn.Identity().forward for layer in layers if isinstance(layer, SAME_SHAPE)}
    changed |= {layer: partial(_convolved, layer) for layer in layers if type(layer) is nn.Conv2d}
    for layer, forward in changed.items():
        layer.forward = forward
    try:
        yield
    finally:
        for layer in changed:
            del layer.forward


def _convolved(layer: nn.Conv2d, x: Tensor) -> Tensor:
    """An output of the right shape. What is unusual, or does not fit, is left to PyTorch."""
    usual = layer.padding_mode == "zeros" and not isinstance(layer.padding, str)
    if usual and x.ndim == 4 and x.shape[1] == layer.in_channels:
        axes = zip(x.shape[2:], layer.kernel_size, layer.stride, layer.padding, layer.dilation)
        sides = [(n + 2 * pad - d * (k - 1) - 1) // s + 1 for n, k, s, pad, d in axes]
        if min(sides) > 0:
            return x.new_empty((len(x), layer.out_channels, *sides))
    return nn.Conv2d.forward(layer, x)


def _with_parameters(
    rows: Sequence[LayerCount], own: Mapping[str, Sequence[nn.Parameter]]
) -> list[LayerCount]:
    """Each parameter counted once: in the first call of its layer, or else in a row at the end."""
    called = {row.name for row in rows}
    uncalled = [name for name, parameters in own.items() if parameters and name not in called]
    rows = [*rows, *(LayerCount(name, "other", (), 0, 0, 0) for name in uncalled)]
    counted, found = set(), []
    for row in rows:
        new = [p for p in own[row.name] if p not in counted]
        counted.update(new)
        found.append(row._replace(parameters=sum(p.numel() for p in new)))
    return found


# ---------------------------------------------------------------------------------- table
def table(rows: Sequence[LayerCount], depth: int = 1) -> str:
    """Rows as text, one line for each block: the first ``depth`` parts of the layers' names.

    The shape is that of the block's last layer; activations are those of convolutions and linear
    layers, since batch norms are merged into them.
    """
    blocks: dict[str, list[LayerCount]] = {}
    for row in rows:
        blocks.setdefault(".".join(row.name.split(".")[:depth]), []).append(row)
    total = sum(row.macs for row in rows)
    lines = [_line(name, part, total) for name, part in blocks.items()]
    lines.append(_line("together", rows, total, shape=False))
    wide = max(len(name) for name, *_ in lines)
    heads = "block", "output", "MMAC", "share", "parameters", "activations"
    return "\n".join(
        f"{name:{wide}}  {shape:>18}  {macs:>11}  {share:>6}  {parameters:>11}  {activations:>11}"
        for name, shape, macs, share, parameters, activations in (heads, *lines)
    )


def _line(name: str, rows: Sequence[LayerCount], total: int, shape: bool = True) -> tuple[str, ...]:
    macs = sum(row.macs for row in rows)
    last = next((row.shape for row in reversed(rows) if row.shape), ())
    return (
        name,
        " x ".join(map(str, last[1:])) if shape else "",
        f"{macs / 1e6:,.3f}",
        f"{macs / max(total, 1):.1%}",
        f"{sum(row.parameters for row in rows):,}",
        f"{sum(row.activations for row in rows if row.kind not in ('norm', 'other')):,}",
    )


# ------------------------------------------------------------------------------ separable
def separable_share(out_channels: int, kernel: int = 3) -> float:
    """The MACs of a depthwise separable block as a share of those of one dense convolution.

    Depthwise K^2 C_in H W and 1 x 1 C_in C_out H W, over K^2 C_in C_out H W: exactly
    1 / C_out + 1 / K^2, whatever C_in, H and W. Howard et al., "MobileNets", 2017, equation 5.
    """
    return 1 / out_channels + 1 / kernel**2


def separable_form(model: nn.Module) -> nn.Module:
    """A copy in which every dense K x K convolution is a separable block, the rest as it is.

    The block is a depthwise convolution of the same kernel, stride and padding, batch norm, ReLU,
    and a 1 x 1 convolution; what stood after the dense one stands after it. Weights of the blocks
    are untrained. A layer that sees an image's three channels stays as it is, as MobileNet's
    first one does.

    Raises `InputError` for a network without such a convolution.
    """
    model, count = copy.deepcopy(model), 0
    for parent in list(model.modules()):
        for name, layer in list(parent.named_children()):
            if _sees_around(layer) and layer.in_channels > 3:
                setattr(parent, name, _separable(layer))
                count += 1
    if not count:
        raise InputError("the network has no dense convolution that could be made separable.")
    return model


def _sees_around(layer: nn.Module) -> bool:
    """Whether it is a dense convolution of more than one cell."""
    dense = isinstance(layer, nn.Conv2d) and layer.groups == 1
    return dense and math.prod(layer.kernel_size) > 1


def _separable(dense: nn.Conv2d) -> nn.Sequential:
    """From the same input channels to the same output channels in two steps."""
    channels, same = dense.in_channels, ("kernel_size", "stride", "padding", "dilation")
    around = {name: getattr(dense, name) for name in (*same, "padding_mode")}
    return nn.Sequential(
        nn.Conv2d(channels, channels, groups=channels, bias=False, **around),
        nn.BatchNorm2d(channels),
        nn.ReLU(inplace=True),
        nn.Conv2d(channels, dense.out_channels, 1, bias=dense.bias is not None),
    ).to(dense.weight)
