"""Grouping by centres: a second way from the maps of a crowd to its people.

The network predicts one map of people's centres, and at each centre the way to every joint
(Zhou et al., "Objects as Points", 2019). So far a person can be from its centre that the way
is known only roughly. The joint's heatmap knows the place, and not whose it is: each joint is
therefore moved to a peak that is near, as in Google's MoveNet (2021). The heatmaps are those of
`pafs.PartFields`, so one network can be read both ways.

Coordinates are pixels of the network's input, on the grid of `posekit.geometry`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor
from torch.nn import functional as F

from .. import skeletons
from ..errors import InputError
from ..geometry import pixel_to_cell
from .assembly import JOINTS, PEAK, as_people, find_peaks
from .heatmaps import STRIDE, GaussianHeatmaps
from .people import People, check_labels, image_maps, loss_mask

_SNAP = 0.1  # of a person's size: standard deviation of what the way to a joint is wrong by
_FAR = 2.0  # such standard deviations: a peak beyond belongs to somebody else


class CentreTargets(NamedTuple):
    """What a network is to predict for a batch, and where a loss may look (weights, 0 to 1)."""

    centres: Tensor  # (B, 1, h, w): a bump of height 1 at each person's centre
    offsets: Tensor  # (B, 2K, h, w) cells: x and y from this cell to joint 0, to joint 1, ...
    mask: Tensor  # (B, 1, h, w), for the centres: 0 where unlabelled people stand
    offset_mask: Tensor  # (B, 2K, h, w): 1 near a centre, for labelled joints; elsewhere 0


@dataclass(frozen=True)
class Centres:
    """Encode several people as centres with the ways to their joints, and decode them.

    A person's centre is the mean of its labelled joints.

    Attributes:
        skeleton: a joint set's name.
        size: (height, width) of the network's input in pixels.
        stride: input pixels a cell; it divides the size.
        sigma: standard deviation of a centre's bump, in cells.
        radius: cells around a centre in which the ways to the joints are learnt.

    Raises `InputError` for a size that the stride does not divide, a sigma or radius that is not
    positive and finite, and an unknown skeleton.
    """

    skeleton: str
    size: tuple[int, int]
    stride: int = STRIDE
    sigma: float = 1.5
    radius: float = 1.5

    def __post_init__(self):
        if not 0 < self.radius < np.inf:
            raise InputError(f"radius is {self.radius}, and must be positive and finite, in cells.")
        _ = self.joints, self.shape  # an unknown skeleton, a wrong size or sigma: said now

    @cached_property
    def joints(self) -> int:
        """K."""
        return len(skeletons.get(self.skeleton))

    @cached_property
    def shape(self) -> tuple[int, int]:
        """(h, w) of a map, in cells."""
        return GaussianHeatmaps(self.size, self.stride, self.sigma).shape

    def encode(
        self, keypoints: Tensor, visible: Tensor, ignore: Tensor | None = None
    ) -> CentreTargets:
        """Targets of B images with up to P people each, on the keypoints' device.

        Args:
            keypoints: (B, P, K, 2) pixels.
            visible: (B, P, K), 0 where a joint is unlabelled; all 0 where there is no person.
            ignore: (B, H, W) where unlabelled people stand: bool, or a share from 0 to 1.

        Where two people's centres are near, a cell belongs to the nearer one. Raises
        `InputError` for other shapes, and when a labelled joint is NaN or infinite.
        """
        check_labels(self.joints, self.size, keypoints, visible, ignore)
        labelled = F.pad(visible > 0, (0, 0, 0, 1)).to(keypoints.device)[..., None]
        keypoints = F.pad(keypoints.float(), (0, 0, 0, 0, 0, 1))  # nobody, where there is no person
        cells = torch.where(labelled, pixel_to_cell(keypoints, self.stride), 0)
        if not torch.isfinite(cells).all():
            raise InputError("a joint is called labelled but its coordinates are not finite.")
        grid, away, nearest = self._nearest(cells, labelled)
        centres = torch.exp(away / (-2 * self.sigma**2))[:, None]
        mask = loss_mask(ignore, centres, self.stride)
        batch = torch.arange(len(cells), device=cells.device)[:, None, None]
        near = (away <= self.radius**2)[..., None, None]
        learnt = (labelled[batch, nearest] & near).expand(-1, -1, -1, -1, 2)
        offsets = torch.where(learnt, cells[batch, nearest] - grid[:, :, None], 0)
        offsets, learnt = (maps.flatten(3).movedim(3, 1) for maps in (offsets, learnt))
        return CentreTargets(centres, offsets.contiguous(), mask, learnt * mask)

    def _nearest(self, cells: Tensor, labelled: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(h, w, 2) the cells' places; (B, h, w) squared distance to the nearest centre, and whose
        it is. The distance is infinite where there is no person."""
        rows, columns = (torch.arange(side, device=cells.device).float() for side in self.shape)
        grid = torch.stack(torch.meshgrid(columns, rows, indexing="xy"), -1)
        centres = cells.sum(2) / labelled.sum(2)  # NaN for nobody
        away = (grid - centres[:, :, None, None]).square().sum(-1).nan_to_num(nan=torch.inf)
        least, nearest = away.min(1)
        return grid, least, nearest

    def decode(self, centres, offsets, heatmaps, *, threshold: float = PEAK) -> People:
        """The people of one image.

        Args:
            centres: (1, h, w).
            offsets: (2K, h, w) cells.
            heatmaps: (K, h, w) or, with the background, which is not looked at, (K + 1, h, w).
            threshold: the least height of a peak, of centres and of joints.

        Each peak of a joint goes to one person at most; the nearer it is to where the offsets
        point, measured by the person's size, and the higher it is, the more it counts, and the
        greatest total is taken. A joint without a peak is NaN. People of less than three joints
        are dropped. Raises `InputError` for other shapes and for values that are not finite.
        """
        centres = image_maps("centres", centres, (1,), self.shape)
        offsets = image_maps("offsets", offsets, (2 * self.joints,), self.shape)
        channels = (self.joints, self.joints + 1)
        heatmaps = image_maps("heatmaps", heatmaps, channels, self.shape)[: self.joints]
        found = find_peaks(centres[0], threshold)
        guesses = guess_joints(found, offsets)
        joints = snap(guesses, [find_peaks(heatmap, threshold) for heatmap in heatmaps])
        enough = np.isfinite(joints[..., 0]).sum(1) >= JOINTS
        return as_people(joints[enough], found[enough, 2], self.stride)


def guess_joints(centres: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """(P, K, 2) cells: where the offsets (2K, h, w) point from the cells of P centres (P, 3)."""
    column, row = (centres[:, :2] + 0.5).astype(int).T
    ways = offsets[:, row, column].T.reshape(len(centres), len(offsets) // 2, 2)
    return np.stack([column, row], -1)[:, None] + ways


def snap(guesses: np.ndarray, peaks: list[np.ndarray]) -> np.ndarray:
    """(P, K, 3) float32 x, y, height: guesses (P, K, 2) moved to peaks (N, 3), one list a joint.

    NaN, NaN, 0 where no peak is near enough.
    """
    joints = np.full((*guesses.shape[:2], 3), (np.nan, np.nan, 0), np.float32)
    wrong = np.maximum(_SNAP * np.linalg.norm(np.ptp(guesses, axis=1), axis=-1), 0.5)  # (P,) cells
    for k, candidates in enumerate(peaks):
        away = np.linalg.norm(guesses[:, k, None] - candidates[None, :, :2], axis=-1)
        away = away / wrong[:, None]
        worth = np.where(away <= _FAR, candidates[:, 2] * np.exp(-np.square(away) / 2), 0)
        people, chosen = linear_sum_assignment(worth, maximize=True)
        near = worth[people, chosen] > 0
        joints[people[near], k] = candidates[chosen[near]]
    return joints
