"""Correct a predicted pose by gradient descent on what can be checked without knowing it (hard)."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def correct(joints, seen, trust, left, right, steps, rate):
    """(K, 3) metres: joints after so many steps of gradient descent.

    The loss is the sum of two parts. The first is the mean over the joints, weighted by
    ``trust``, of the squared distance between (x, y) of a joint and where it was seen; it is 0
    if no joint is to be trusted. The second is the mean over the pairs of limbs of the squared
    difference between the left limb's length and the right one's.

    joints: (K, 3). seen: (K, 2) metres, where the camera saw the joints (it is far away, so that
    depth does not matter). trust: (K,) from 0 to 1. left, right: (L, 2) the limbs' joints, in
    pairs. A limb of length 0 has no direction, and gets no gradient.
    """
    joints = joints.copy()
    for _ in range(steps):
        gradient = np.zeros_like(joints)
        share = trust / max(trust.sum(), 1e-9)
        gradient[:, :2] = 2 * share[:, None] * (joints[:, :2] - seen)
        limbs = [joints[pair[:, 1]] - joints[pair[:, 0]] for pair in (left, right)]
        lengths = [np.linalg.norm(limb, axis=1) for limb in limbs]
        difference = lengths[0] - lengths[1]
        for pair, limb, length, sign in zip((left, right), limbs, lengths, (1, -1)):
            direction = limb / np.maximum(length, 1e-9)[:, None]
            pull = sign * 2 * difference[:, None] * direction / len(pair)
            np.add.at(gradient, pair[:, 1], pull)
            np.add.at(gradient, pair[:, 0], -pull)
        joints -= rate * gradient
    return joints


# What is said where a case fails.
NOTHING = "No step, no change: return the joints as they came."
SEEN = (
    "Left and right limbs are equally long, so only what was seen pulls: the gradient of a joint's "
    "x is 2 (x - seen x) times its share of the trust, and z has none."
)
TRUST = "Each joint counts by its trust, divided by the sum of all trust."
NOBODY = "No joint is to be trusted: the first part of the loss is 0, and nobody is divided by 0."
LIMBS = (
    "Every joint lies where it was seen, and the left limb is longer than the right one. The "
    "left one must shrink and the right one grow, each along its own direction, at both ends."
)
SHARED = (
    "Two limbs share a joint here: its gradient is the *sum* of what both say. (NumPy's "
    "`gradient[indices] += values` adds only once where an index stands twice.)"
)
ALL = "Both parts of the loss at once, in one step: both gradients at the same joints."
STEPS = "With each step the gradient is computed anew, at the joints as they are by then."
POINT = "A limb of length 0 has no direction: its ends get no gradient from it, and no NaN."


def _cases(rng):
    left, right = np.array([[0, 1], [0, 2]]), np.array([[0, 3], [0, 4]])
    one = left[1:], right[1:]
    even = np.array([[0.0, 0, 0], [0.2, 0.1, 0.1], [0.3, 0.5, 0], [-0.2, 0.1, 0.1], [-0.3, 0.5, 0]])
    uneven = even.copy()
    uneven[2] += [0.1, 0.2, 0.3]
    any_pose = rng.normal(0, 0.4, (5, 3))
    seen, trust = even[:, :2] + rng.normal(0, 0.1, (5, 2)), rng.random(5)
    point = uneven.copy()
    point[4] = point[0]
    all_of_it, nobody = np.ones(5), np.zeros(5)
    yield Case("no step", (even, seen, trust, left, right, 0, 0.1), NOTHING)
    yield Case("one step, limbs alike", (even, seen, all_of_it, left, right, 1, 0.5), SEEN)
    yield Case("some joints more certain", (even, seen, trust, left, right, 1, 0.5), TRUST)
    yield Case(
        "two limbs, nothing else to do", (uneven, uneven[:, :2], all_of_it, *one, 1, 0.1), LIMBS
    )
    yield Case(
        "four limbs that share joints",
        (any_pose, any_pose[:, :2], all_of_it, left, right, 1, 0.1),
        SHARED,
    )
    yield Case("no joint to be trusted", (uneven, seen, nobody, left, right, 1, 0.1), NOBODY)
    yield Case("both parts", (any_pose, seen, trust, left, right, 1, 0.1), ALL)
    yield Case("thirty steps", (any_pose, seen, trust, left, right, 30, 0.1), STEPS)
    yield Case("a limb of length 0", (point, seen, trust, left, right, 3, 0.1), POINT)


def _corrected(
    joints,
    seen,
    trust,
    left,
    right,
    steps,
    rate,
    share=lambda trust: trust / max(trust.sum(), 1e-9),
    of_seen=2.0,
    of_limbs=2.0,
    ends=(1, -1),
    signs=(1, -1),
    add=np.add.at,
    mean=True,
    squared=False,
):
    """The reference with one thing or another done differently."""
    joints = joints.copy()
    for _ in range(steps):
        gradient = np.zeros_like(joints)
        gradient[:, :2] = of_seen * share(trust)[:, None] * (joints[:, :2] - seen)
        limbs = [joints[pair[:, 1]] - joints[pair[:, 0]] for pair in (left, right)]
        lengths = [np.linalg.norm(limb, axis=1) for limb in limbs]
        difference = lengths[0] - lengths[1]
        for pair, limb, length, sign in zip((left, right), limbs, lengths, signs):
            direction = limb if squared else limb / np.maximum(length, 1e-9)[:, None]
            pull = sign * of_limbs * difference[:, None] * direction / (len(pair) if mean else 1)
            add(gradient, pair[:, 1], ends[0] * pull)
            add(gradient, pair[:, 0], ends[1] * pull)
        joints -= rate * gradient
    return joints


def _changed(**how):
    return lambda *args: _corrected(*args, **how)


def _add_once(gradient, indices, values):
    gradient[indices] += values


def _first_gradient_only(joints, seen, trust, left, right, steps, rate):
    return correct(joints, seen, trust, left, right, min(steps, 1), rate * steps)


EXERCISE = Exercise(
    correct,
    "Correct a predicted pose by gradient descent on what can be checked (hard).",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda joints, *rest: (
                2 * joints - correct(joints, *rest[:-2], 1, rest[-1]) if rest[-2] else joints
            ),
            "You go uphill: subtract rate times the gradient.",
        ),
        CommonMistake(
            lambda *args: correct(*args[:-2], min(args[-2], 1), args[-1]),
            "You take one step, whatever `steps` says.",
        ),
        CommonMistake(
            _first_gradient_only,
            "You use the first gradient for all steps: compute it anew after each one.",
        ),
        CommonMistake(
            _changed(of_seen=1.0), "The gradient of a squared distance has a factor of 2."
        ),
        CommonMistake(
            _changed(share=lambda trust: np.full(len(trust), 1 / len(trust))),
            "You leave the trust out: all your joints count alike.",
        ),
        CommonMistake(
            _changed(share=lambda trust: trust / len(trust)),
            "You divide by the number of joints: divide by the sum of the trust.",
        ),
        CommonMistake(
            _changed(share=lambda trust: trust),
            "You take the sum over the joints: the loss is their (weighted) mean.",
        ),
        CommonMistake(
            _changed(of_limbs=0.0),
            "You leave the second part out: left and right limbs must become equally long.",
        ),
        CommonMistake(
            _changed(signs=(1, 0)),
            "You change the left limbs only: the right ones pull in the opposite sense.",
        ),
        CommonMistake(
            _changed(signs=(1, 1)),
            "You shrink both limbs where the left one is longer: the right one must grow.",
        ),
        CommonMistake(
            _changed(ends=(1, 0)),
            "You move one end of a limb only: the other end gets the opposite gradient.",
        ),
        CommonMistake(
            _changed(ends=(-1, 1)), "Your limbs change the wrong way: the longer one must shrink."
        ),
        CommonMistake(
            _changed(mean=False),
            "You take the sum over the pairs of limbs: the loss is their mean.",
        ),
        CommonMistake(
            _changed(squared=True),
            "You multiply by the limb itself: the gradient of a length is a direction, the limb "
            "divided by its length.",
        ),
        CommonMistake(
            _changed(add=_add_once),
            "You lose a gradient where two limbs share a joint: `np.add.at(gradient, indices, "
            "values)` adds all of them.",
        ),
    ),
    hints=(
        "Write the gradient of each part by itself, then subtract rate times their sum. For the "
        "first one: d/dx (x - s)² = 2 (x - s), times the joint's share of the trust.",
        "The length of a limb from a to b is |b - a|. Its gradient at b is the unit vector "
        "(b - a) / |b - a|, and at a the opposite one.",
        "With d = |left| - |right| the second part of one pair is d². Its gradient is 2 d at the "
        "left limb's length and -2 d at the right one's, divided by the number of pairs.",
        "Joints stand in several limbs: add with `np.add.at(gradient, left[:, 1], pull)`. Divide "
        "by `np.maximum(length, 1e-9)`, so that a limb of length 0 gives 0 and not NaN.",
    ),
    explanation="This is the correction of section 10 without its network: there the gradient goes "
    "on through the projector and the refiner to the weights, or to the memory's code, which is "
    "why the answer stays a pose that the network has learnt. Here nothing keeps it human: a joint "
    "moves on its own, and depth changes through the limbs alone. With wrong joints on the image "
    "and full trust both would follow them.",
    tolerance=1e-6,
)
