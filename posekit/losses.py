"""Losses that know which joints are labelled.

Every loss takes ``visible`` and averages over the coordinates of labelled joints only, so
that the junk a data set stores for the others never reaches a gradient. Tensors are (B, K, D)
in any unit, ``visible`` is (B, K), or (B, K, D) where some coordinates of a joint are known and
others are not; a batch without a labelled joint has the loss 0. More axes in front are welcome.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from .errors import InputError, check_shape


def _masked_mean(penalty: Callable, predicted: Tensor, target: Tensor, visible: Tensor) -> Tensor:
    """The mean of ``penalty(error)`` over the coordinates of labelled joints."""
    of_joints = visible.shape == target.shape[:-1]
    if predicted.shape != target.shape or not (of_joints or visible.shape == target.shape):
        raise InputError(
            f"predictions {tuple(predicted.shape)} and targets {tuple(target.shape)} must agree, "
            f"and visible be one flag a joint, or a coordinate: it is {tuple(visible.shape)}."
        )
    labelled = visible > 0
    labelled = labelled.unsqueeze(-1).expand_as(target) if of_joints else labelled
    # Before the penalty, not after: NaN times 0 is NaN, in the gradient too.
    error = torch.where(labelled, predicted - target, 0)
    return penalty(error).sum() / labelled.sum().clamp(min=1)


def l1(predicted: Tensor, target: Tensor, visible: Tensor) -> Tensor:
    """Mean of |e|."""
    return _masked_mean(torch.abs, predicted, target, visible)


def l2(predicted: Tensor, target: Tensor, visible: Tensor) -> Tensor:
    """Mean of e squared: the masked form of the usual MSE."""
    return _masked_mean(torch.square, predicted, target, visible)


def distance(predicted: Tensor, target: Tensor, visible: Tensor) -> Tensor:
    """Mean distance of a joint from where it should be: what `posekit.metrics.mpjpe` measures.

    Any axes may stand in front of (K, D).
    """
    # The mean is over coordinates. Of a length 0, torch's norm has the gradient 0.
    return _masked_mean(lambda e: e.norm(dim=-1) * e.shape[-1], predicted, target, visible)


def elastic_net(predicted: Tensor, target: Tensor, visible: Tensor) -> Tensor:
    """Mean of |e| + e^2: the pull of L1 near the target, of L2 far away.

    Luvizon, Picard, Tabia, "2D/3D Pose Estimation and Action Recognition Using Multitask Deep
    Learning", CVPR 2018, equation 4 (with the mean over coordinates in place of joints).
    """
    return _masked_mean(lambda e: e.abs() + e.square(), predicted, target, visible)


def in_space(visible: Tensor, depths: Tensor) -> Tensor:
    """(..., K, 3) what is known of x, y and z: z only where the depth (..., K) is not NaN.

    A sample with 2D labels alone has NaN depths, and teaches x and y.
    """
    known = (visible > 0) & torch.isfinite(depths)
    return torch.stack([visible > 0, visible > 0, known], -1)


# -------------------------------------------------------------------------------- of actions
def action_cross_entropy(logits: Tensor, actions: Tensor) -> Tensor:
    """Mean cross entropy of softmax(logits) over the clips whose action is known.

    Logits (B, A) and ``actions`` (B,) from 0 to A - 1, or -1 where none is labelled. A batch
    without an action has the loss 0. Raises `InputError` for a label outside the classes.
    """
    check_shape("logits", logits, "clips", "classes")
    check_shape("actions", actions, len(logits))
    classes = logits.shape[1]
    if ((actions < -1) | (actions >= classes)).any():
        raise InputError(
            f"actions must be from 0 to {classes - 1}, or -1 for none: there is "
            f"{int(actions.min())} to {int(actions.max())}."
        )
    cross_entropy = torch.nn.functional.cross_entropy
    total = cross_entropy(logits, actions, ignore_index=-1, reduction="sum")
    return total / (actions >= 0).sum().clamp(min=1)


# --------------------------------------------------------------------------------- of maps
def heatmap_mse(maps: Tensor, targets: Tensor, visible: Tensor) -> Tensor:
    """Mean over labelled joints of the summed squared difference of two maps.

    Maps and targets (B, K, h, w). Summed, not averaged, over the cells: nearly all of them are
    0, and their mean would make the loss as small as the map is large.
    """
    targets, labelled = _labelled_maps(maps, targets, visible)
    return _mean_over((maps - targets).square().sum((-1, -2)), labelled)


def heatmap_cross_entropy(maps: Tensor, targets: Tensor, visible: Tensor) -> Tensor:
    """Mean over joints of the cross entropy of softmax(map) with the target made to sum to 1.

    Raw maps and targets (B, K, h, w). The cells compete: the question is *where*, no longer
    *whether*, so a joint whose bump reaches in by less than half its height is left out.
    """
    share, inside = _shares(maps, targets, visible)
    logs = torch.log_softmax(maps.flatten(-2), -1)
    return _mean_over(-(share * logs).sum(-1), inside)


def jensen_shannon(maps: Tensor, targets: Tensor, visible: Tensor) -> Tensor:
    """Mean over joints of the Jensen-Shannon divergence of softmax(map) and the target, in nats.

    Raw maps and targets (B, K, h, w), the targets made to sum to 1. Between 0 and ln 2. With
    it soft-argmax learns maps of one compact bump: Nibali et al., "Numerical Coordinate
    Regression with Convolutional Neural Networks", 2018, section 4.3.
    """
    q, inside = _shares(maps, targets, visible)
    p = torch.softmax(maps.flatten(-2), -1)
    middle = (p + q) / 2

    def to_middle(a):  # Kullback-Leibler; 0 log 0 is 0, in the gradient too
        return (a * (a.clamp(min=1e-24) / middle.clamp(min=1e-24)).log()).sum(-1)

    return _mean_over((to_middle(p) + to_middle(q)) / 2, inside)


def visibility(logits: Tensor, visible: Tensor) -> Tensor:
    """Mean binary cross entropy of sigmoid(logit) with *seen*: 1 where ``visible`` is 2.

    Both (B, K). Here every joint counts: one that is hidden or outside the picture is an
    example of what is not seen. So it is for sets that say which joints are.
    """
    check_shape("logits", logits, *visible.shape)
    seen = (visible == 2).to(logits.dtype)
    return torch.nn.functional.binary_cross_entropy_with_logits(logits, seen)


def _labelled_maps(maps: Tensor, targets: Tensor, visible: Tensor) -> tuple[Tensor, Tensor]:
    """The targets, 0 where nobody labelled, whatever stood there; and which are labelled."""
    if maps.shape != targets.shape or visible.shape != maps.shape[:-2]:
        raise InputError(
            f"maps {tuple(maps.shape)} and targets {tuple(targets.shape)} must agree, and "
            f"visible be one flag a map: it is {tuple(visible.shape)}."
        )
    labelled = visible > 0
    return torch.where(labelled[..., None, None], targets, 0), labelled


def _shares(maps: Tensor, targets: Tensor, visible: Tensor) -> tuple[Tensor, Tensor]:
    """(B, K, h * w) targets that sum to 1; and the labelled joints with half a bump inside."""
    targets, labelled = _labelled_maps(maps, targets, visible)
    flat = targets.flatten(-2)
    share = flat / flat.sum(-1, keepdim=True).clamp(min=1e-6)
    return share, labelled & (flat.amax(-1) > 0.5)


def _mean_over(each: Tensor, chosen: Tensor) -> Tensor:
    return torch.where(chosen, each, 0).sum() / chosen.sum().clamp(min=1)
