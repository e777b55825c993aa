"""Lay a predicted pose over the true one by a similarity: what P2 does before it measures."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def procrustes(predicted, target):
    """(K, 3): ``predicted``, scaled, rotated and moved as near to ``target`` as it can be.

    predicted, target: (K, 3). Nearest means the least sum of squared distances. A reflection is
    not allowed: a left arm must not become a right one.
    """
    from_mean, to_mean = predicted.mean(0), target.mean(0)
    a, b = predicted - from_mean, target - to_mean
    u, s, vt = np.linalg.svd(b.T @ a)
    signs = np.array([1, 1, np.sign(np.linalg.det(u @ vt))])  # -1: it would be a reflection
    rotation = u @ np.diag(signs) @ vt
    scale = (s * signs).sum() / np.square(a).sum()
    return scale * a @ rotation.T + to_mean


# What is said where a case fails.
SAME = "The two are alike already: nothing is to be done."
MOVED = "Move the mean of the joints onto the mean of the target's joints."
SCALED = "A pose of half the size must be doubled; the scale is taken about the mean."
TURNED = "A rotation of 90 degrees must be undone. Is yours its transpose?"
ALL = "Scale, rotation and shift at once: the result is the target itself."
NOISE = (
    "No similarity takes one exactly to the other here. The scale with the least squared error "
    "is the sum of the singular values over the squared size of the prediction."
)
MIRRORED = (
    "The target is the mirror image. A reflection would fit exactly, and it is forbidden: left "
    "and right would change places. What is the determinant of your matrix?"
)
FLAT = "All joints lie in a plane here, so one singular value is 0."
BEST = "Any two poses: compare with the sum of squared distances of your own answer."


def _turn(rng):
    q, _ = np.linalg.qr(rng.normal(0, 1, (3, 3)))
    return q * np.sign(np.linalg.det(q))


def _cases(rng):
    pose = rng.normal(0, 0.4, (15, 3))
    quarter = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    other = 1.7 * pose @ _turn(rng).T + [0.3, -1, 4]
    mirrored = pose * [-1, 1, 1]
    flat = pose * [1, 1, 0]
    yield Case("two equal poses", (pose, pose), SAME)
    yield Case("a pose that was moved", (pose + [1, 2, 3], pose), MOVED)
    yield Case("a pose turned by 90 degrees", (pose @ quarter.T, pose), TURNED)
    yield Case("a pose of half the size", (pose / 2, pose), SCALED)
    yield Case("all three at once", (pose, other), ALL)
    yield Case("with errors of 5 cm", (pose + rng.normal(0, 0.05, (15, 3)), other), NOISE)
    yield Case("a mirror image", (pose, mirrored), MIRRORED)
    yield Case("a flat pose", (flat @ _turn(rng).T, 2 * flat), FLAT)
    yield Case("two poses of other people", tuple(rng.normal(0, 0.4, (2, 15, 3))), BEST)


def _aligned(predicted, target, scale=None, reflect=False, turn=lambda r: r, back=True):
    """The reference with one thing or another done differently."""
    a, b = predicted - predicted.mean(0), target - target.mean(0)
    u, s, vt = np.linalg.svd(b.T @ a)
    signs = np.array([1, 1, 1 if reflect else np.sign(np.linalg.det(u @ vt))])
    rotation = turn(u @ np.diag(signs) @ vt)
    size = (s * signs).sum() / np.square(a).sum() if scale is None else scale(a, b, s)
    return size * a @ rotation.T + (target.mean(0) if back else 0)


def _ratio(a, b, s):
    return np.linalg.norm(b) / np.linalg.norm(a)


EXERCISE = Exercise(
    procrustes,
    "Lay a predicted pose over the true one by a similarity, as P2 does.",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda p, t: p - p[:1] + t[:1],
            "You move the first joint onto the target's: P2 moves the mean, and rotates and scales "
            "as well.",
        ),
        CommonMistake(
            lambda p, t: p - p.mean(0) + t.mean(0),
            "You only move the pose: a scale and a rotation are missing.",
        ),
        CommonMistake(
            lambda p, t: _aligned(p, t, back=False),
            "Your result lies about the origin: add the target's mean at the end.",
        ),
        CommonMistake(
            lambda p, t: _aligned(p, t, scale=lambda a, b, s: 1.0),
            "You do not scale: P2 forgives the size as well.",
        ),
        CommonMistake(
            lambda p, t: _aligned(p, t, turn=lambda r: r.T),
            "Your rotation is the transpose: it turns the target onto the prediction.",
        ),
        CommonMistake(
            lambda p, t: _aligned(t, p),
            "You move the target onto the prediction: it is the prediction that moves.",
        ),
        CommonMistake(
            lambda p, t: _aligned(p, t, scale=_ratio),
            "Your scale makes both equally large. With errors in the prediction the least squared "
            "error needs a smaller scale: the sum of the singular values over the squared size.",
        ),
        CommonMistake(
            lambda p, t: _aligned(
                p, t, reflect=True, scale=lambda a, b, s: s.sum() / np.square(a).sum()
            ),
            "You allow a reflection: where det(u @ vt) is -1, turn the sign of the last singular "
            "vector.",
        ),
        CommonMistake(
            lambda p, t: _aligned(p, t, scale=lambda a, b, s: s.sum() / np.square(a).sum()),
            "Your rotation is right, and your scale counts the last singular value with the wrong "
            "sign: it is subtracted where a reflection was refused.",
        ),
    ),
    hints=(
        "Take both means away first. What is left is a scale and a rotation about the origin.",
        "The best rotation comes from `u, s, vt = np.linalg.svd(b.T @ a)`, with a the prediction "
        "and b the target, both (K, 3) without their means: it is `u @ vt`, if that is a rotation.",
        "If its determinant is -1, it is a reflection: put `np.diag([1, 1, -1])` between u and vt. "
        "The scale is the sum of s, with the last one negative in that case, over the sum of a².",
    ),
    explanation="Umeyama's closed form (PAMI 1991). The singular vectors pair the directions in "
    "which both poses extend most. P2 is MPJPE after this step: it forgives the size, the "
    "direction in which the person faces, and the place. It forgives no reflection, since a pose "
    "whose left and right are exchanged is a wrong pose. (Where the scale is the ratio of the two "
    "sizes, as some code has it, the errors of the prediction count as size.)",
    tolerance=1e-5,
)
