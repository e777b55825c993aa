"""Heatmaps and part affinity fields of several people: targets, and people read off maps.

`PartFields` holds both directions: ``decode(encode(people))`` are the same people. What a
network is to learn is in OpenPose's paper (Cao et al., PAMI 2021): per joint the maximum of
everybody's Gaussians, and per limb a field of unit vectors that is 0 away from the limb. Reading
people off maps is in `assembly`, step by step.

Coordinates are pixels of the network's input, on the grid of `posekit.geometry`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from .. import skeletons
from ..errors import InputError, check_known
from ..geometry import pixel_to_cell
from . import assembly
from .assembly import MATCHINGS, PEAK
from .heatmaps import STRIDE, GaussianHeatmaps
from .people import People, check_labels, image_maps, loss_mask

SIGMA, WIDTH = 1.0, 1.0  # cells; narrower than one person's heatmaps, since people stand close
_GROWN = 0.25  # of a box's longer side, on each of its sides: where unlabelled joints may be
_SLACK = 1e-4  # cells: one that is exactly ``width`` away is within it, whatever the rounding
_KNOWN = 0.1  # a cell that a labelled joint's bump reaches with this height is known


class CrowdTargets(NamedTuple):
    """What a network is to predict for a batch, and where a loss may look (weights, 0 to 1)."""

    heatmaps: Tensor  # (B, K + 1, h, w): one per joint, and the background, 1 - their maximum
    pafs: Tensor  # (B, 2L, h, w): x and y of limb 0, x and y of limb 1, ...
    mask: Tensor  # (B, 1, h, w): 0 where unlabelled people stand
    heatmap_mask: Tensor  # (B, K + 1, h, w): mask, and 0 where an unlabelled joint may be
    paf_mask: Tensor  # (B, 2L, h, w): mask, and 0 where a limb with an unlabelled joint may be


@dataclass(frozen=True)
class PartFields:
    """Encode several people as heatmaps and part affinity fields, and decode them.

    Attributes:
        skeleton: a joint set's name. Its limbs, in its order, have the fields; limbs beyond
            those that a tree needs (OpenPose's ear to shoulder) make grouping surer.
        size: (height, width) of the network's input in pixels.
        stride: input pixels a cell; it divides the size.
        sigma: standard deviation of a joint's bump, in cells.
        width: cells, how far from the line between its joints a limb's field reaches.

    Raises `InputError` for a size that the stride does not divide, a sigma or width that is not
    positive and finite, and an unknown skeleton.
    """

    skeleton: str
    size: tuple[int, int]
    stride: int = STRIDE
    sigma: float = SIGMA
    width: float = WIDTH

    def __post_init__(self):
        if not 0 < self.width < np.inf:
            raise InputError(f"width is {self.width}, and must be positive and finite, in cells.")
        _ = self.limbs, self.bumps  # an unknown skeleton, a wrong size or sigma: said now

    @cached_property
    def limbs(self) -> np.ndarray:
        """(L, 2) joint indices of each limb, in the order of the fields."""
        return skeletons.get(self.skeleton).limb_indices

    @cached_property
    def joints(self) -> int:
        """K."""
        return len(skeletons.get(self.skeleton))

    @cached_property
    def bumps(self) -> GaussianHeatmaps:
        """The heatmaps of one person."""
        return GaussianHeatmaps(self.size, self.stride, self.sigma)

    @property
    def shape(self) -> tuple[int, int]:
        """(h, w) of a map, in cells."""
        return self.bumps.shape

    # ------------------------------------------------------------------------------- targets
    def encode(
        self,
        keypoints: Tensor,
        visible: Tensor,
        ignore: Tensor | None = None,
        boxes: Tensor | None = None,
    ) -> CrowdTargets:
        """Targets and masks of B images with up to P people each, on the keypoints' device.

        Args:
            keypoints: (B, P, K, 2) pixels.
            visible: (B, P, K), 0 where a joint is unlabelled; all 0 where there is no person.
            ignore: (B, H, W) where unlabelled people stand: bool, or a share from 0 to 1. The
                mask of a cell is the share of its pixels that is not ignored.
            boxes: (B, P, 4) xyxy pixels around each whole person, NaN or without area where
                there is none; None: around the labelled joints.

        A joint outside the image has what of its bump reaches in. Where a person's unlabelled
        joint is, nobody knows, so that joint's map is masked in the person's box, grown by a
        quarter of its longer side, and so are the fields of the limbs that end there; but not
        where another person's labelled joint or limb is: there the target is known.

        Raises `InputError` for other shapes, and when a labelled joint is NaN or infinite.
        """
        check_labels(self.joints, self.size, keypoints, visible, ignore, boxes)
        keypoints, labelled = keypoints.float(), (visible > 0).to(keypoints.device)
        heatmaps = self._heatmaps(keypoints, labelled)
        pafs, written = self._fields(pixel_to_cell(keypoints, self.stride), labelled)
        mask = loss_mask(ignore, heatmaps, self.stride)
        if boxes is None:
            boxes = _boxes(keypoints, labelled)
        inside = self._inside(boxes.float())
        ends = labelled[:, :, self.limbs].all(-1)
        joint_mask = (~_somewhere(~labelled, *inside) | (heatmaps >= _KNOWN)).float()
        limb_mask = (~_somewhere(~ends, *inside) | written).float()
        background = joint_mask.amin(1, keepdim=True)
        return CrowdTargets(
            torch.cat([heatmaps, 1 - heatmaps.amax(1, keepdim=True)], 1),
            pafs,
            mask,
            torch.cat([joint_mask, background], 1) * mask,
            limb_mask.repeat_interleave(2, 1) * mask,
        )

    def _heatmaps(self, keypoints: Tensor, labelled: Tensor) -> Tensor:
        """(B, K, h, w) the maximum over people of their Gaussians."""
        batch, people = keypoints.shape[:2]
        maps = keypoints.new_zeros(batch, self.joints, *self.shape)
        bump = torch.empty_like(maps)
        for person in range(people):  # one at a time: all at once would be gigabytes
            self.bumps.encode(keypoints[:, person], labelled[:, person], out=bump)
            torch.maximum(maps, bump, out=maps)
        return maps

    def _fields(self, cells: Tensor, labelled: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 2L, h, w) unit vectors, averaged where limbs overlap, and (B, L, h, w) bool where.

        In each row of the map a limb is an interval. Its vector is added where the interval
        begins and taken away after its end; the running sum along the row then fills it.
        """
        batch, (h, w), count = len(cells), self.shape, len(self.limbs)
        ends = torch.where(labelled[..., None], cells, torch.nan)[:, :, self.limbs]
        start, end = ends.permute(3, 0, 2, 1, 4)  # each (B, L, P, 2)
        length = (end - start).norm(dim=-1, keepdim=True)
        unit = (end - start) / length  # NaN for an unlabelled limb, and one without length
        first, last = self._row_intervals(start, end, unit)  # (B, L, P, h)
        values = torch.cat([unit, torch.ones_like(length)], -1)  # x, y, and how many limbs
        some = (first <= last) & torch.isfinite(unit).all(-1, keepdim=True)
        values = torch.where(some, values[..., None].movedim(-2, 0), 0)  # (3, B, L, P, h)
        # One more column, in which an interval that reaches the edge ends.
        rows = torch.arange(batch * count * h, device=cells.device).view(batch, count, 1, h)
        sums = cells.new_zeros(3, batch * count * h * (w + 1))
        for at, sign in ((first, 1), (last + 1, -1)):
            at = (rows * (w + 1) + at.clamp(0, w)).expand(first.shape)
            sums.index_add_(1, at.flatten(), sign * values.flatten(1))
        sums = sums.view(3, batch, count, h, w + 1)[..., :w].cumsum(-1)
        limbs = sums[2].round()
        fields = torch.where(limbs > 0, sums[:2] / limbs.clamp(min=1), 0)
        return fields.movedim(0, 2).flatten(1, 2), limbs > 0

    def _row_intervals(self, start: Tensor, end: Tensor, unit: Tensor) -> tuple[Tensor, Tensor]:
        """(..., h) first and last column of each row's cells within ``width`` of a segment.

        These cells are two discs, about the ends, and the strip between; what a row has of the
        whole is one interval, from the least to the greatest of the three. Without any, and
        for NaN, the first is greater than the last.
        """
        rows = torch.arange(self.shape[0], device=start.device, dtype=start.dtype)
        reach = self.width + _SLACK
        spans = [_disc_span(point, rows, reach) for point in (start, end)]
        spans.append(_strip_span(start, end, unit, rows, reach))
        low = torch.stack([low for low, _ in spans]).amin(0)
        high = torch.stack([high for _, high in spans]).amax(0)
        columns = self.shape[1]
        return low.ceil().clamp(0, columns).long(), high.floor().clamp(-1, columns - 1).long()

    def _inside(self, boxes: Tensor) -> tuple[Tensor, Tensor]:
        """(B, P, h) and (B, P, w) float: the rows and columns of each person's grown box."""
        low, high = pixel_to_cell(boxes, self.stride).split(2, -1)
        some = (high > low).all(-1, keepdim=True)  # not for NaN either
        margin = _GROWN * (high - low).amax(-1, keepdim=True)
        spans = []
        for axis, cells in ((1, self.shape[0]), (0, self.shape[1])):
            at = torch.arange(cells, device=boxes.device)
            inside = (at >= (low - margin)[..., axis, None]) & (
                at <= (high + margin)[..., axis, None]
            )
            spans.append((inside & some).float())
        return spans[0], spans[1]

    # -------------------------------------------------------------------------------- people
    def decode(
        self,
        heatmaps,
        pafs,
        *,
        matching: str = "exact",
        threshold: float = PEAK,
        compiled: bool = True,
    ) -> People:
        """The people of one image.

        Args:
            heatmaps: (K, h, w) or, with the background, which is not looked at, (K + 1, h, w).
            pafs: (2L, h, w); tensors or arrays.
            matching: ``exact`` or ``greedy``, as `assembly.match_limb` has them.
            threshold: the least height of a joint's peak.
            compiled: peaks and limbs by `compiled_assembly`; False: all by `assembly`, the same
                people, some times later.

        Raises `InputError` for maps of other shapes, for values that are not finite, and for an
        unknown matching.
        """
        check_known("matching", matching, MATCHINGS)
        channels = (self.joints, self.joints + 1)
        heatmaps = image_maps("heatmaps", heatmaps, channels, self.shape)
        pafs = image_maps("pafs", pafs, (2 * len(self.limbs),), self.shape)
        steps = assembly
        if compiled:
            from . import compiled_assembly as steps  # numba takes a fifth of a second to import
        how = float(threshold), matching, steps.find_peaks, steps.limb_scores
        found = assembly.assemble(heatmaps[: self.joints], pafs, self.limbs, *how)
        return assembly.as_people(*found, self.stride)


def _boxes(keypoints: Tensor, labelled: Tensor) -> Tensor:
    """(B, P, 4) pixels around the labelled joints, without area where there is none."""
    known = labelled[..., None]
    low = torch.where(known, keypoints - 0.5, torch.inf).amin(2)
    high = torch.where(known, keypoints + 0.5, -torch.inf).amax(2)
    return torch.cat([low, high], -1)


def _somewhere(flags: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """(B, C, h, w) bool: cells in the box of a person whose flag (B, P, C) is set."""
    return torch.einsum("bpc,bph,bpw->bchw", flags.float(), rows, columns) > 0


def _disc_span(centre: Tensor, rows: Tensor, radius: float) -> tuple[Tensor, Tensor]:
    """(..., h) where each row of cells enters and leaves discs about (..., 2)."""
    half = (radius**2 - (rows - centre[..., 1:]).square()).sqrt()  # NaN where it passes by
    return _span(centre[..., :1] - half, centre[..., :1] + half)


def _strip_span(start, end, unit, rows: Tensor, reach: float) -> tuple[Tensor, Tensor]:
    """The same of strips: between the two ends, and within ``reach`` of the line."""
    down, length = rows - start[..., 1:], (end - start).norm(dim=-1, keepdim=True)
    right, below = unit.split(1, -1)  # the direction
    # At x to the right of the start, x * right + down * below is the way along the limb, and
    # down * right - x * below the distance from it.
    along = _between(down * below, right, torch.zeros_like(length), length)
    across = _between(-down * right, below, -reach, reach)
    low, high = torch.maximum(along[0], across[0]), torch.minimum(along[1], across[1])
    return _span(start[..., :1] + low, start[..., :1] + high)


def _between(constant: Tensor, slope: Tensor, low, high) -> tuple[Tensor, Tensor]:
    """Between which x ``low <= constant + slope * x <= high``."""
    slope = torch.where(slope.abs() < 1e-8, 1e-8, slope)  # then it holds for every x, or none
    one, two = (low - constant) / slope, (high - constant) / slope
    return torch.minimum(one, two), torch.maximum(one, two)


def _span(low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
    """The interval; from +inf to -inf where it is empty or NaN."""
    some = low <= high
    return torch.where(some, low, torch.inf), torch.where(some, high, -torch.inf)
