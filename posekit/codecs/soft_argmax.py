"""Soft-argmax: the coordinate of a map, with a gradient.

The highest cell of a map has no useful gradient: move every value a little, and it stays where
it is. Soft-argmax turns the map into probabilities and takes the mean position under them,

    p = softmax(h / T),        x = sum_i p_i x_i,

where x_i is the *pixel* at which cell i sits on the grid of `posekit.geometry`. Nibali et al.,
"Numerical Coordinate Regression with Convolutional Neural Networks", 2018 (DSNT); Sun et al.,
"Integral Human Pose Regression", ECCV 2018; Luvizon et al., CVPR 2018, who let the cells run
from 0 to 1, corner to corner.

The mean is pulled towards the map's centre by every cell that is not quite 0: `bias` of a map
that is wide or flat. A lower temperature T sharpens the map and shrinks the pull.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..errors import InputError
from ..geometry import cell_to_pixel
from .heatmaps import STRIDE

DEPTH_RANGE = 2.0  # metres that a volume's cells of z cover, half of them in front of the hips
_BLOCK = 2**19  # cells: so many probabilities a CPU's cache still holds when they are summed


def mean_position(maps: Tensor, strides: tuple[float, ...], temperature: float = 1.0) -> Tensor:
    """(..., D) the definition, for maps of D axes (..., h, w) or (..., d, h, w).

    ``strides`` are the units per cell of x, y (and z), in this order; so are the coordinates.
    """
    dims = len(strides)
    maps = _checked(maps, temperature, dims)
    means = []
    with _full_precision(maps):
        probability = torch.softmax(maps.flatten(-dims) / temperature, -1).view(maps.shape)
        for axis, stride in zip(range(-1, -dims - 1, -1), strides):  # x is the last axis
            others = [a for a in range(-dims, 0) if a != axis]
            cells = _positions(maps.shape[axis], float(stride), maps)
            means.append(probability.sum(others) @ cells)
        return torch.stack(means, -1)


def soft_argmax(maps: Tensor, stride: float = 1.0, temperature: float = 1.0) -> Tensor:
    """(..., 2) x and y in input pixels: `mean_position` under each map (..., h, w), faster.

    ``stride`` is input pixels per cell. The gradient is in closed form. Raises `InputError` for
    a temperature that is not positive and finite, and where a second derivative is asked for.
    """
    maps = _checked(maps, temperature, 2)
    with _full_precision(maps):
        return _Mean2D.apply(maps, float(stride), float(temperature))


def soft_argmax_3d(
    volumes: Tensor, strides: tuple[float, float, float] = (1, 1, 1), temperature: float = 1.0
) -> Tensor:
    """(..., 3) x, y, z: `mean_position` under each volume (..., d, h, w).

    ``strides`` are the units per cell of x, y and z: pixels, pixels, and (say) millimetres; z
    is measured on the same grid, its first cell at (0 + 0.5) * stride - 0.5.
    """
    return mean_position(volumes, strides, temperature)


def decode_soft_argmax(maps: Tensor, stride: float = STRIDE) -> Tensor:
    """(B, K, 2) pixels under raw maps (B, K, h, w)."""
    return soft_argmax(maps.float(), stride)


def decode_volumes(
    volumes: Tensor, stride: float = STRIDE, depth_range: float = DEPTH_RANGE
) -> Tensor:
    """(B, K, 3) of raw volumes (B, K, d, h, w): x and y in pixels, z in metres behind the hips."""
    points = soft_argmax_3d(volumes.float(), (stride, stride, depth_range / volumes.shape[-3]))
    # The grid puts cell 0 at (0 + 0.5) * stride - 0.5; here it lies half a cell behind -1 m.
    return points + points.new_tensor([0, 0, 0.5 - depth_range / 2])


def confidence(maps: Tensor) -> Tensor:
    """(...) sigmoid of each map's maximum (..., h, w): Luvizon's visibility, from raw maps."""
    return torch.sigmoid(maps.amax((-1, -2)))


def _checked(maps: Tensor, temperature: float, dims: int) -> Tensor:
    """The maps, in float32 at least: half a float's bits cannot tell pixel 255 from 256."""
    if not 0 < temperature < float("inf"):
        raise InputError(
            f"the temperature is {temperature}, and must be positive and finite: "
            "near 0 it is the argmax, near infinity always the centre."
        )
    if maps.dim() < dims or 0 in maps.shape[-dims:]:
        raise InputError(f"a map needs {dims} axes of at least one cell: {tuple(maps.shape)}.")
    return maps.float() if maps.element_size() < 4 else maps


def _full_precision(maps: Tensor) -> torch.autocast:
    """Switches autocast off: in bf16 a product of probabilities and pixels is a pixel wrong."""
    return torch.autocast(maps.device.type, enabled=False)


def _positions(length: int, stride: float, like: Tensor) -> Tensor:
    """(length,) where the cells sit, in input pixels."""
    cells = torch.arange(length, device=like.device, dtype=like.dtype)
    return cell_to_pixel(cells, stride)


class _Mean2D(torch.autograd.Function):
    """The mean position under a softmax.

    With p = softmax(h / T), dx/dh_i = p_i (x_i - x) / T: all that the backward pass needs is
    the probabilities and the answer. PyTorch's own graph would keep and fill two more maps.
    """

    @staticmethod
    def forward(ctx, maps, stride, temperature):
        h, w = maps.shape[-2:]
        flat = maps.reshape(-1, h * w)
        xs, ys = _positions(w, stride, maps), _positions(h, stride, maps)
        x_of, y_of = xs.repeat(h), ys.repeat_interleave(w)  # each cell's pixel
        mean, probability = flat.new_empty(len(flat), 2), torch.empty_like(flat)
        block = max(1, _BLOCK // (h * w) if maps.device.type == "cpu" else len(flat))
        for part, p, xy in zip(*(whole.split(block) for whole in (flat, probability, mean))):
            torch.softmax(part if temperature == 1 else part / temperature, -1, out=p)
            xy[:, 0], xy[:, 1] = p @ x_of, p @ y_of
        mean = mean.view(*maps.shape[:-2], 2)
        ctx.save_for_backward(probability.view(maps.shape), mean, xs, ys)
        ctx.temperature = temperature
        return mean

    @staticmethod
    def backward(ctx, grad):
        if torch.is_grad_enabled():
            raise InputError(
                "soft_argmax has a first derivative only: create_graph=True asks for a second."
            )
        probability, mean, xs, ys = ctx.saved_tensors
        (x, y), (gx, gy) = mean.unbind(-1), (grad / ctx.temperature).unbind(-1)
        along_x = gx[..., None] * (xs - x[..., None])
        along_y = gy[..., None] * (ys - y[..., None])
        slope = along_y[..., :, None] + along_x[..., None, :]
        return slope.mul_(probability), None, None
