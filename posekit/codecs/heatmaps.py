"""Gaussian heatmaps: from coordinates to maps, and back.

A joint becomes a small map with a bump where the joint is. `GaussianHeatmaps` holds both
directions, so that what is drawn and what is read off cannot disagree on the grid:
``decode(encode(x))`` is x, to an error that its tests state.

    method      reads off                                         error on a clean bump
    argmax      the highest cell                                  up to half a cell
    quarter     a quarter of a cell towards the higher neighbour  up to a quarter of a cell
    dark        a parabola through the blurred logarithm          a thousandth of a cell
    fit         a parabola fitted to the logarithm around it      rounding alone

Coordinates are pixels of the network's input, on the grid of `posekit.geometry`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ..errors import InputError, check_known, check_shape
from ..geometry import cell_to_pixel, pixel_to_cell

STRIDE, SIGMA = 4, 1.5  # of the maps that this course's networks predict
METHODS = ("argmax", "quarter", "dark", "fit")
# DARK's blur: 11 taps, with the standard deviation that OpenCV gives such a kernel.
_DARK_TAPS, _DARK_SIGMA = 11, 0.3 * ((11 - 1) * 0.5 - 1) + 0.8
_FIT_RADIUS = 3  # the fit sees 7 x 7 cells
_LEAST = 1e-10  # where a map is 0 or less it has no logarithm
_FAR = -1e6  # cells: where a joint without a label is put, so that its map is all zeros


def _terms() -> np.ndarray:
    """(49, 6): 1, x, y, xx / 2, yy / 2, xy at the cells around a peak."""
    y, x = np.mgrid[-_FIT_RADIUS : _FIT_RADIUS + 1, -_FIT_RADIUS : _FIT_RADIUS + 1].astype(float)
    return np.stack([x**0, x, y, x * x / 2, y * y / 2, x * y], -1).reshape(-1, 6)


_TERMS = _terms()


class Decoded(NamedTuple):
    """Joints read off maps."""

    keypoints: np.ndarray  # (B, K, 2) float32 input pixels, NaN where a map has no peak
    scores: np.ndarray  # (B, K) float32 height of the peak, 0 where there is none


@dataclass(frozen=True)
class GaussianHeatmaps:
    """Encode joints as Gaussian bumps of height 1, and decode maps.

    Attributes:
        size: (height, width) of the network's input in pixels.
        stride: input pixels a cell; it divides the size.
        sigma: standard deviation of the bump, in cells.
        quantised: put the bump on the nearest cell's centre, as many networks were trained:
            the sub-pixel position is lost.

    Raises `InputError` for a size that the stride does not divide, or a sigma that is not
    positive and finite.
    """

    size: tuple[int, int]
    stride: int = STRIDE
    sigma: float = 2.0
    quantised: bool = False

    def __post_init__(self):
        if self.stride < 1 or any(side < 1 or side % self.stride for side in self.size):
            raise InputError(f"stride {self.stride} does not divide the size {self.size}.")
        if not 0 < self.sigma < np.inf:
            raise InputError(
                f"sigma is {self.sigma}, and must be positive and finite: a bump needs a width."
            )

    @property
    def shape(self) -> tuple[int, int]:
        """(h, w) of a map, in cells."""
        return self.size[0] // self.stride, self.size[1] // self.stride

    def encode(self, keypoints: Tensor, visible: Tensor, out: Tensor | None = None) -> Tensor:
        """(B, K, h, w) float32 maps of joints (B, K, 2) in pixels, on their device.

        A joint with ``visible`` 0 has a map of zeros, which no loss should look at; one
        outside the image has what of its bump reaches in. ``out`` is filled instead of a new
        tensor: for a large batch, most of the time is the making of that tensor.

        Raises `InputError` when a labelled joint is NaN or infinite.
        """
        keypoints = keypoints.float()  # half a float's bits cannot tell pixel 255 from 256
        labelled = (visible > 0).to(keypoints.device)[..., None]
        cells = torch.where(labelled, pixel_to_cell(keypoints, self.stride), _FAR)
        if not torch.isfinite(cells).all():
            raise InputError("a joint is called labelled but its coordinates are not finite.")
        if self.quantised:
            cells = torch.floor(cells + 0.5)
        # exp(-(dx^2 + dy^2) / 2 s^2) is a product: h + w exponentials a map, not h * w.
        (h, w), bumps = self.shape, self._bumps(cells)
        return torch.mul(bumps[..., 1, :h, None], bumps[..., 0, None, :w], out=out)

    def _bumps(self, centres: Tensor) -> Tensor:
        """(B, K, 2, L) the bump along each axis, about centres (B, K, 2) in cells; L is the
        longer side."""
        cells = torch.arange(max(self.shape), device=centres.device, dtype=torch.float32)
        power = (cells - centres[..., None].float()).square_().mul_(-0.5 / self.sigma**2)
        # A bump ends where it is 1e-17, nine sigma out: a CPU takes many times as long for
        # numbers below 1e-38, which the product of two bumps would have in a wide ring.
        return F.threshold_(power.clamp_(min=-40).exp_(), 1e-17, 0.0)

    def decode(self, maps, method: str = "fit") -> Decoded:
        """Joints of maps (B, K, h, w), a tensor or an array; ``method`` one of `METHODS`.

        A map that is NaN somewhere, or everywhere equal, has no peak. Raises `InputError` for
        an unknown method and for maps of another shape.
        """
        check_known("method", method, METHODS)
        if isinstance(maps, Tensor):
            maps = maps.detach().float().cpu().numpy()
        maps = np.ascontiguousarray(maps, dtype=np.float32)
        check_shape("maps", maps, "B", "K", *self.shape)
        batch, joints, h, w = maps.shape
        flat = maps.reshape(batch * joints, h * w)
        best = flat.argmax(-1)  # the first NaN, where there is one
        score = flat[np.arange(len(flat)), best]
        row, column = np.divmod(best, w)
        cells = np.stack([column, row], -1).astype(np.float32)
        if method != "argmax" and len(flat):
            refine = {"quarter": _quarter, "dark": _dark, "fit": self._fit}[method]
            with np.errstate(invalid="ignore"):  # a map with NaN or infinity ends as NaN below
                cells += refine(maps.reshape(-1, h, w), row, column)
        nowhere = ~np.isfinite(score)
        first = np.flatnonzero(best == 0)  # only there can a map be everywhere equal
        nowhere[first] |= score[first] == flat[first].min(-1, initial=np.inf)
        points = cell_to_pixel(cells, self.stride).astype(np.float32)
        points[nowhere] = np.nan
        score = np.where(nowhere, 0, score)
        return Decoded(points.reshape(batch, joints, 2), score.reshape(batch, joints))

    def _fit(self, maps, row, column) -> np.ndarray:
        """Least squares of a parabola to the logarithm of the cells around the peak."""
        if min(self.shape) < 3:  # too few cells for a parabola
            return np.zeros((len(maps), 2), np.float32)
        patch = _patches(maps, row, column, _FIT_RADIUS, beyond=np.nan).reshape(len(maps), -1)
        logs = np.log(np.maximum(patch, _LEAST))
        slopes = (logs @ self._fit_operator).T
        cut = np.isnan(slopes[0])  # the map's edge is near
        if cut.any():
            slopes[:, cut] = self._fit_known(logs[cut])
        return _vertex(*slopes)

    @cached_property
    def _weight(self) -> np.ndarray:
        """(49,) what a bump of this sigma has at each cell around its peak.

        Noise of the same size everywhere is, after the logarithm, as large as 1 / map.
        """
        return np.exp((_TERMS[:, 3] + _TERMS[:, 4]) / -(self.sigma**2))

    @cached_property
    def _fit_operator(self) -> np.ndarray:
        """(49, 5): from the logarithms to the first and second derivatives at the peak."""
        inverse = np.linalg.pinv(_TERMS * self._weight[:, None])
        return (inverse * self._weight)[1:].T.astype(np.float32)

    def _fit_known(self, logs) -> np.ndarray:
        """(5, N) the same of logarithms (N, 49) that are NaN beyond the map's edge."""
        known = ~np.isnan(logs)
        squares = np.einsum("c,ci,cj->cij", self._weight**2, _TERMS, _TERMS).reshape(-1, 36)
        normal = (known @ squares).reshape(-1, 6, 6) + 1e-30 * np.eye(6)  # were sigma tiny
        moments = (np.where(known, logs, 0) * self._weight**2) @ _TERMS
        return np.linalg.solve(normal, moments[..., None])[:, 1:, 0].T


def _patches(maps, row, column, radius, beyond=0.0) -> np.ndarray:
    """(N, 2r + 1, 2r + 1): the cells around each peak, ``beyond`` those outside the map."""
    steps = np.arange(-radius, radius + 1)
    n, h, w = maps.shape
    peak = np.arange(n) * (h * w) + row * w + column
    around = np.add.outer(steps * w, steps).ravel()
    patch = maps.ravel().take(peak[:, None] + around, mode="clip").reshape(n, len(steps), -1)
    near = np.minimum(np.minimum(row, h - 1 - row), np.minimum(column, w - 1 - column)) < radius
    if near.any():
        ys, xs = row[near, None] + steps, column[near, None] + steps
        outside = ((ys < 0) | (ys >= h))[:, :, None] | ((xs < 0) | (xs >= w))[:, None, :]
        patch[near] = np.where(outside, np.float32(beyond), patch[near])
    return patch


def _quarter(maps, row, column) -> np.ndarray:
    """A quarter of a cell towards the higher of the two neighbours, on each axis."""
    patch = _patches(maps, row, column, 1)
    dx, dy = patch[:, 1, 2] - patch[:, 1, 0], patch[:, 2, 1] - patch[:, 0, 1]
    inside = (column > 0) & (column < maps.shape[2] - 1), (row > 0) & (row < maps.shape[1] - 1)
    return 0.25 * np.sign(np.stack([dx * inside[0], dy * inside[1]], -1)).astype(np.float32)


def _dark(maps, row, column) -> np.ndarray:
    """Zhang et al., "Distribution-Aware Coordinate Representation for Human Pose", CVPR 2020.

    Blur, logarithm, one Newton step by central differences; none within two cells of the
    edge, where the blur sees the emptiness beyond. The blur is needed on the 5 x 5 cells around
    the peak alone, so it is computed there alone: the same numbers, sooner.
    """
    radius = _DARK_TAPS // 2
    taps = np.exp(np.square(np.arange(-radius, radius + 1)) / (-2 * _DARK_SIGMA**2))
    blur = np.zeros((5, 2 * radius + 5), np.float32)
    for i in range(5):
        blur[i, i : i + _DARK_TAPS] = taps / taps.sum()
    patch = blur @ _patches(maps, row, column, radius + 2) @ blur.T
    p = np.log(np.maximum(patch, _LEAST))
    dx, dy = (p[:, 2, 3] - p[:, 2, 1]) / 2, (p[:, 3, 2] - p[:, 1, 2]) / 2
    dxx = (p[:, 2, 4] - 2 * p[:, 2, 2] + p[:, 2, 0]) / 4
    dyy = (p[:, 4, 2] - 2 * p[:, 2, 2] + p[:, 0, 2]) / 4
    dxy = (p[:, 3, 3] - p[:, 1, 3] - p[:, 3, 1] + p[:, 1, 1]) / 4
    h, w = maps.shape[1:]
    inside = (column > 1) & (column < w - 2) & (row > 1) & (row < h - 2)
    return _vertex(dx, dy, dxx, dyy, dxy) * inside[:, None]


def _vertex(dx, dy, dxx, dyy, dxy) -> np.ndarray:
    """(N, 2) from the peak to the parabola's top; 0 where it has none, at most a cell."""
    det = dxx * dyy - dxy * dxy
    with np.errstate(divide="ignore", invalid="ignore"):
        step = np.stack([dxy * dy - dyy * dx, dxy * dx - dxx * dy], -1) / det[:, None]
    is_top = (det > 0) & (dxx < 0)
    return np.where(is_top[:, None], np.clip(step, -1, 1), 0).astype(np.float32)


# ------------------------------------------------------- raw maps that cross entropy trained
def probabilities(maps: Tensor) -> Tensor:
    """Raw maps (B, K, h, w) as probabilities: each sums to 1."""
    return torch.softmax(maps.float().flatten(2), -1).view_as(maps)


def decode_heatmaps(maps: Tensor, stride: int = STRIDE, sigma: float = SIGMA) -> Tensor:
    """(B, K, 2) pixels of raw maps (B, K, h, w) that were trained by cross entropy."""
    h, w = maps.shape[-2:]
    codec = cached_codec((h * stride, w * stride), stride, sigma)
    return torch.from_numpy(codec.decode(probabilities(maps)).keypoints)


def peak_scores(maps: Tensor, sigma: float = SIGMA) -> Tensor:
    """(B, K) from 0 to 1: the highest probability of raw maps, as a share of a target's highest."""
    highest = 1 / (2 * math.pi * sigma**2)
    return (probabilities(maps).amax((-1, -2)) / highest).clamp(max=1)


# One object per kind of map: what it prepares for the fit is prepared once.
cached_codec = lru_cache(GaussianHeatmaps)
