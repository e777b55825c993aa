"""Metrics, read as a table of definitions.

Every metric takes the visibility and counts labelled joints only (``visible`` > 0; pass
``visible == 2`` to leave the occluded out), and returns a `Score` that says how many joints
it counted and what it divided by. Arrays are (N, K, 2) pixels or (N, K, 3) metres, with
``visible`` (N, K).

PCK counts a prediction of NaN as a miss; the others refuse it, since a mean that leaves out
what a network could not say flatters the network.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from . import skeletons
from .errors import InputError, check_shape
from .geometry import procrustes


class Score(NamedTuple):
    """A metric's value, of what it is made, and what it was divided by."""

    value: float  # over all counted joints alike; NaN if there is none
    per_joint: np.ndarray  # (K,) NaN where a joint was never counted
    count: int  # joints counted
    normaliser: str


class Lengths(NamedTuple):
    """One reference length a person, in pixels, and its name."""

    values: np.ndarray  # (N,) NaN where a person has none: their joints are not counted
    name: str


def torso_lengths(target, visible, skeleton="lsp14") -> Lengths:
    """Left shoulder to right hip, LSP's own protocol; NaN where either is unlabelled."""
    lengths = _between(target, visible, skeletons.get(skeleton), "left_shoulder", "right_hip")
    return Lengths(lengths, "torso, left shoulder to right hip")


def box_lengths(boxes) -> Lengths:
    """The longer side of each person's box (N, 4) xyxy. It flatters: torso is the default."""
    boxes = np.asarray(boxes, dtype=float)
    return Lengths(
        np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]), "longer side of the box"
    )


def head_lengths(head_diagonals) -> Lengths:
    """0.6 of the diagonal of MPII's head rectangle (N,), as PCKh has it.

    `posekit.data.Sample.head_diagonals` are the diagonals themselves: the factor, of MPII's own
    evaluation code, is applied here and nowhere else.
    """
    return Lengths(0.6 * np.asarray(head_diagonals, dtype=float), "0.6 of the head's diagonal")


def head_neck_lengths(target, visible, skeleton="mpii16") -> Lengths:
    """Top of the head to the neck: a *substitute* where there is no head rectangle.

    MPII's widespread JSON files leave the rectangle out. A score by this length is no PCKh and
    must not stand beside one: `Lengths.name` says so. NaN where either joint is unlabelled.
    """
    skeleton = skeletons.get(skeleton)
    neck = "upper_neck" if "upper_neck" in skeleton.joints else "neck"
    lengths = _between(target, visible, skeleton, "head_top", neck)
    return Lengths(lengths, "head top to neck, a substitute for the head rectangle")


def pck(predicted, target, visible, lengths: Lengths, threshold: float = 0.2) -> Score:
    """Percentage of correct keypoints, 0 to 100: within ``threshold`` of the length.

    Yang and Ramanan, "Articulated Human Detection with Flexible Mixtures of Parts", PAMI 2013.
    """
    target, labelled = _labelled(target, visible)
    predicted = _same_shape(predicted, target)
    size = np.asarray(lengths.values, dtype=float)
    check_shape("lengths", size, len(target))
    counted = labelled & (size > 0)[:, None]
    distance = np.linalg.norm(predicted - target, axis=-1)
    hit = distance <= threshold * size[:, None]  # False where the prediction is NaN
    return _mean(100.0 * hit, counted, f"{threshold:g} x {lengths.name}")


def pckh(predicted, target, visible, head_diagonals, threshold: float = 0.5) -> Score:
    """PCK by 0.6 of the head's diagonal; MPII's own mean leaves out the pelvis and the thorax.

    Andriluka et al., "2D Human Pose Estimation: New Benchmark and State of the Art Analysis",
    CVPR 2014. Set ``visible`` to 0 at the joints to leave out.
    """
    return pck(predicted, target, visible, head_lengths(head_diagonals), threshold)


def mse(predicted, target, visible) -> Score:
    """Mean squared error of a coordinate, in squared units: x and y count as two."""
    predicted, target, labelled = _checked(predicted, target, visible)
    return _mean(np.square(predicted - target).mean(-1), labelled, "none (squared units)")


def mpjpe(predicted, target, visible, root: int | None = None) -> Score:
    """Mean per-joint position error, in the units given; protocol 1 with a ``root``.

    With ``root``, both poses are first moved so that this joint is at the origin; it counts
    as a joint all the same, as Human3.6M's protocol has it.
    """
    predicted, target, labelled = _checked(predicted, target, visible)
    if root is not None:
        target, predicted, labelled = _about_root(target, predicted, labelled, root)
    aligned = "none" if root is None else "root aligned"
    return _mean(np.linalg.norm(predicted - target, axis=-1), labelled, aligned)


def n_mpjpe(predicted, target, visible, root: int) -> Score:
    """MPJPE after the best scale about the root.

    Rhodin et al., "Unsupervised Geometry-Aware Representation for 3D Human Pose Estimation",
    ECCV 2018.
    """
    predicted, target, labelled = _checked(predicted, target, visible)
    target, predicted, labelled = _about_root(target, predicted, labelled, root)
    p, t = (np.where(labelled[..., None], points, 0) for points in (predicted, target))
    power = (p * p).sum((1, 2))
    scale = np.divide((p * t).sum((1, 2)), power, out=np.ones_like(power), where=power > 0)
    error = np.linalg.norm(scale[:, None, None] * predicted - target, axis=-1)
    return _mean(error, labelled, "root and scale aligned")


def pa_mpjpe(predicted, target, visible) -> Score:
    """MPJPE after the best rotation, scale and shift of each pose: protocol 2.

    A person with fewer than three labelled joints has no such alignment and is not counted.
    """
    predicted, target, labelled = _checked(predicted, target, visible)
    enough = labelled.sum(-1) >= 3
    aligned = np.array(predicted)
    for i in np.flatnonzero(enough):
        similarity = procrustes(predicted[i, labelled[i]], target[i, labelled[i]])
        aligned[i] = similarity.apply(predicted[i])
    error = np.linalg.norm(aligned - target, axis=-1)
    return _mean(error, labelled & enough[:, None], "rotation, scale and shift aligned")


def mpjve(predicted, target, visible) -> Score:
    """Mean per-joint velocity error of a sequence (T, K, D), in units a frame.

    Pavllo et al., "3D human pose estimation in video with temporal convolutions and
    semi-supervised training", CVPR 2019. A joint counts where it is labelled in both frames.
    """
    predicted, target, labelled = _checked(predicted, target, visible)
    error = np.linalg.norm(np.diff(predicted, axis=0) - np.diff(target, axis=0), axis=-1)
    return _mean(error, labelled[1:] & labelled[:-1], "none (units a frame)")


class Grouped(NamedTuple):
    """A metric over groups: every group counts alike, however many frames it has."""

    value: float  # mean of the groups' values; groups without a counted joint are left out
    groups: dict[str, Score]


def by_group(metric, predicted, target, visible, groups, **options) -> Grouped:
    """A metric for each group of frames, and the mean of those: the *action mean*.

    Human3.6M's and HumanEva-I's tables are means over actions. Actions are unequally long, so it
    is not the mean over frames: always say which of the two a figure is.

    Args:
        metric: one of this file, `mpjpe` say, called with ``options`` besides.
        groups: (N,) the name of each frame's group.
    """
    groups = np.asarray(groups)
    check_shape("groups", groups, len(target))
    arrays = [np.asarray(array) for array in (predicted, target, visible)]
    found = {
        str(name): metric(*(array[groups == name] for array in arrays), **options)
        for name in np.unique(groups)
    }
    values = [score.value for score in found.values() if score.count]
    return Grouped(float(np.mean(values)) if values else float("nan"), found)


def _between(target, visible, skeleton, one: str, other: str) -> np.ndarray:
    """(N,) distance of two joints; NaN where either is unlabelled."""
    ends = [skeleton.index(one), skeleton.index(other)]
    target, labelled = _labelled(target, visible)
    lengths = np.linalg.norm(target[:, ends[0]] - target[:, ends[1]], axis=-1)
    return np.where(labelled[:, ends].all(-1), lengths, np.nan)


def _labelled(target, visible):
    """The target as float and which of its joints count."""
    target, visible = np.asarray(target, dtype=float), np.asarray(visible)
    check_shape("a target", target, "people", "joints", "2 or 3")
    check_shape("visible", visible, *target.shape[:2])
    labelled = visible > 0
    if not np.isfinite(target[labelled]).all():
        raise InputError("a joint is called labelled but its target is NaN or infinite.")
    return target, labelled


def _same_shape(predicted, target):
    predicted = np.asarray(predicted, dtype=float)
    check_shape("predictions", predicted, *target.shape)
    return predicted


def _checked(predicted, target, visible):
    """Both as float, and which joints count: a prediction for each of them."""
    target, labelled = _labelled(target, visible)
    predicted = _same_shape(predicted, target)
    if not np.isfinite(predicted[labelled]).all():
        raise InputError(
            "a prediction is NaN or infinite where a joint is labelled: a mean error cannot "
            "leave it out. Find out why the network gave it, or use PCK, which counts a miss."
        )
    return predicted, target, labelled


def _about_root(target, predicted, labelled, root):
    """Both poses about their root; a person whose root is unlabelled is not counted."""
    labelled = labelled & labelled[:, root : root + 1]
    return target - target[:, root : root + 1], predicted - predicted[:, root : root + 1], labelled


def _mean(values, counted, normaliser) -> Score:
    values, numbers = np.where(counted, values, 0.0), counted.sum(0)
    sums = values.sum(0)
    per_joint = np.divide(sums, numbers, out=np.full(len(sums), np.nan), where=numbers > 0)
    count = int(numbers.sum())
    return Score(float(sums.sum() / count) if count else float("nan"), per_joint, count, normaliser)
