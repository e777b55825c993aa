"""Losses that know which joints are labelled.

Every loss takes ``visible`` and averages over the coordinates of labelled joints only, so
that the junk a data set stores for the others never reaches a gradient. Tensors are (B, K, D)
in any unit, ``visible`` is (B, K), and a batch without a labelled joint has the loss 0.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from .errors import InputError


def _masked_mean(penalty: Callable, predicted: Tensor, target: Tensor, visible: Tensor) -> Tensor:
    """The mean of ``penalty(error)`` over the coordinates of labelled joints."""
    if predicted.shape != target.shape or visible.shape != target.shape[:-1]:
        raise InputError(
            f"predictions {tuple(predicted.shape)} and targets {tuple(target.shape)} must agree, "
            f"and visible be one flag a joint: it is {tuple(visible.shape)}."
        )
    labelled = (visible > 0).unsqueeze(-1)
    # Before the arithmetic, not after: NaN times 0 is NaN, in the gradient too.
    error = torch.where(labelled, predicted - torch.where(labelled, target, 0), 0)
    coordinates = labelled.sum() * target.shape[-1]
    return penalty(error).sum() / coordinates.clamp(min=1)


def l1(predicted: Tensor, target: Tensor, visible: Tensor) -> Tensor:
    """Mean of |e|."""
    return _masked_mean(torch.abs, predicted, target, visible)


def l2(predicted: Tensor, target: Tensor, visible: Tensor) -> Tensor:
    """Mean of e squared: the masked form of the usual MSE."""
    return _masked_mean(torch.square, predicted, target, visible)


def smooth_l1(predicted: Tensor, target: Tensor, visible: Tensor, beta: float = 1.0) -> Tensor:
    """Mean of e^2 / (2 beta) below ``beta``, |e| - beta / 2 above.

    Girshick, "Fast R-CNN", ICCV 2015.
    """
    if beta <= 0:
        raise InputError(f"beta is {beta}, and must be positive: l1 is the limit at 0.")

    def penalty(error):
        size = error.abs()
        return torch.where(size < beta, error.square() / (2 * beta), size - beta / 2)

    return _masked_mean(penalty, predicted, target, visible)


def elastic_net(predicted: Tensor, target: Tensor, visible: Tensor) -> Tensor:
    """Mean of |e| + e^2: the pull of L1 near the target, of L2 far away.

    Luvizon, Picard, Tabia, "2D/3D Pose Estimation and Action Recognition Using Multitask Deep
    Learning", CVPR 2018, equation 4 (with the mean over coordinates in place of joints).
    """
    return _masked_mean(lambda e: e.abs() + e.square(), predicted, target, visible)
