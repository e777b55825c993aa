"""Exercises of chapter 02: what to compare a network with, and how to count what it gets right.

Each reference solution is an ordinary function, shown to the student as it stands here.
"""

from __future__ import annotations

import numpy as np

from .core import Case, CommonMistake, Exercise

# The skeleton in the webcam script of the talk behind this chapter: MPII's 16 joints.
TALK = [
    [0, 1],
    [1, 2],
    [2, 6],
    [6, 3],
    [3, 4],
    [4, 5],
    [6, 7],
    [7, 8],
    [8, 9],
    [8, 12],
    [12, 11],
    [12, 13],
    [13, 14],
    [14, 15],
]


def unreached(count, limbs):
    """The joints, of ``count``, that no limb ends at, in increasing order.

    limbs: a list of pairs [a, b] of joint numbers.
    """
    ends = {joint for limb in limbs for joint in limb}
    return [joint for joint in range(count) if joint not in ends]


def _cases_unreached(rng):
    shuffled = [TALK[i] for i in rng.permutation(len(TALK))]
    look = "A joint is reached when its number stands in any pair, first or second."
    return [
        Case("three joints, one limb", (3, [[0, 1]]), "Joint 2 is in no pair: the answer is [2]."),
        Case("the talk's skeleton", (16, TALK), look),
        Case("the talk's limbs in another order", (16, shuffled), look),
        Case("limbs as tuples, the other way round", (5, [(3, 1), (1, 4)]), look),
        Case("a joint in three limbs", (4, [[1, 0], [1, 2], [1, 3]]), "All are reached: []."),
        Case("no limbs at all", (4, []), "Nothing is reached: every joint is to be listed."),
        Case("no joints", (0, []), "Nothing to list: []."),
    ]


_UNREACHED = Exercise(
    unreached,
    "Find the joints that a list of limbs forgets.",
    _cases_unreached,
    common_mistakes=(
        CommonMistake(
            lambda n, limbs: [j for j in range(n) if j not in [limb[0] for limb in limbs]],
            "You look at the first joint of each limb only: a limb has two ends.",
        ),
        CommonMistake(
            lambda n, limbs: [j for j in range(n) if j not in [limb[1] for limb in limbs]],
            "You look at the second joint of each limb only: a limb has two ends.",
        ),
        CommonMistake(
            lambda n, limbs: sorted({j for limb in limbs for j in limb}),
            "These are the joints that are reached: the others are asked for.",
        ),
        CommonMistake(
            lambda n, limbs: [j + 1 for j in unreached(n, limbs)],
            "You count from 1: the joints are numbered from 0.",
        ),
        CommonMistake(
            lambda n, limbs: len(unreached(n, limbs)),
            "This is how many they are: list their numbers.",
        ),
    ),
    hints=(
        "Collect every number that stands in any pair; then go through 0 … count - 1.",
        "`ends = {joint for limb in limbs for joint in limb}` is that collection, as a set.",
        "`[joint for joint in range(count) if joint not in ends]`.",
    ),
    explanation="On the talk's list this gives `[10]`: no limb ends at MPII's joint 10, the right "
    "wrist, because the pair [11, 10] is missing, and every webcam picture lost its right "
    "forearm. A second oddity is left: [12, 13] runs from shoulder to shoulder, where the left "
    "shoulder should hang on the thorax like the right one. `posekit.skeletons` holds the joint "
    "set with names in place of numbers, so that such a gap is seen in the source.",
)


def masked_mse(predicted, target, visible):
    """Mean squared error of a coordinate, over the labelled joints alone; NaN if there is none.

    predicted, target: (people, joints, 2) pixels. visible: (people, joints), 0 is unlabelled.
    """
    labelled = visible > 0
    if not labelled.any():
        return np.nan
    return np.mean((predicted[labelled] - target[labelled]) ** 2)


def _cases_masked_mse(rng):
    target = rng.uniform(0, 64, (4, 14, 2))
    predicted = target + rng.normal(0, 3, target.shape)
    visible = rng.integers(0, 3, (4, 14))
    visible[2] = 2
    one = np.array([[[10.0, 20.0], [30.0, 40.0]]])
    junk, lost = target.copy(), target.copy()
    junk[visible == 0], lost[visible == 0] = (-37.0, -55.0), np.nan
    uneven = np.zeros((4, 14), int)
    uneven[0, :12], uneven[1, 3] = 2, 1
    return [
        Case(
            "two joints, both labelled",
            (one + [3.0, 1.0], one, np.array([[2, 2]])),
            "Squares of 3, 1, 3 and 1: their mean is 5.",
        ),
        Case(
            "one of two joints labelled",
            (one + [[[3.0, 1.0], [50.0, 50.0]]], one, np.array([[2, 0]])),
            "Only the first joint counts: the mean of 9 and 1 is 5.",
        ),
        Case(
            "an occluded joint",
            (one + [3.0, 1.0], one, np.array([[1, 2]])),
            "`visible` 1 is occluded, and labelled: it counts. Only 0 does not.",
        ),
        Case(
            "four people, junk at unlabelled joints",
            (predicted, junk, visible),
            "Choose the labelled joints before you average.",
        ),
        Case(
            "NaN at unlabelled joints",
            (predicted, lost, visible),
            "NaN times 0 is NaN: leave those joints out, do not multiply them away.",
        ),
        Case(
            "twelve labels on one person, one on another",
            (predicted, target, uneven),
            "Every labelled joint counts the same, whoever it belongs to.",
        ),
        Case(
            "nothing labelled",
            (predicted, target, np.zeros((4, 14), int)),
            "No joint, no error: NaN, and not 0, which would be perfect.",
        ),
        Case(
            "nobody",
            (np.zeros((0, 14, 2)), np.zeros((0, 14, 2)), np.zeros((0, 14), int)),
            "No joint, no error: NaN.",
        ),
    ]


def _zeroed(predicted, target, visible):
    return np.mean((visible > 0)[..., None] * (predicted - target) ** 2)


_MASKED_MSE = Exercise(
    masked_mse,
    "Compute the mean squared error over the labelled joints only.",
    _cases_masked_mse,
    common_mistakes=(
        CommonMistake(
            lambda p, t, v: np.mean((p - t) ** 2),
            "You average over every joint, so junk counts: choose the labelled ones first.",
        ),
        CommonMistake(
            _zeroed,
            "You set the unlabelled errors to 0 but still divide by all joints: the more labels "
            "are missing, the better the network seems.",
        ),
        CommonMistake(
            lambda p, t, v: masked_mse(p, t, v == 2),
            "You leave the occluded joints out: they are labelled (`visible` 1), so they count.",
        ),
        CommonMistake(
            lambda p, t, v: 2 * masked_mse(p, t, v),
            "Twice the right value: x and y are two coordinates, and MSE is a mean over both.",
        ),
        CommonMistake(
            lambda p, t, v: np.sqrt(masked_mse(p, t, v)),
            "This is the root of it: MSE is in pixels squared.",
        ),
        CommonMistake(
            lambda p, t, v: np.abs(p - t)[v > 0].mean(),
            "This is the mean of |error|: MSE takes squares.",
        ),
        CommonMistake(
            lambda p, t, v: np.mean([masked_mse(*one) for one in zip(p, t, v) if one[2].any()]),
            "You average each person first, so a person with one label counts as much as one "
            "with fourteen: average over all labelled joints at once.",
        ),
        CommonMistake(
            lambda p, t, v: np.nan_to_num(masked_mse(p, t, v)),
            "Nothing was measured: 0 would claim that the network is perfect.",
        ),
    ),
    hints=(
        "`labelled = visible > 0` has the shape (people, joints). Index with it.",
        "`predicted[labelled]` is (number of labelled joints, 2): then subtract, square, average.",
        "Where nothing is labelled, return `np.nan` before you average.",
    ),
    explanation="Indexing with the mask takes the junk away before it meets any arithmetic; "
    "multiplying by 0 would not, because NaN times 0 is NaN. Dividing by the number of labelled "
    "joints matters as much: dividing by all of them rewards a data set for missing labels. "
    "For a training loss posekit returns 0 where nothing is labelled (nothing to learn from); "
    "a score must say NaN (nothing was measured).",
)


def mean_pose(points, visible):
    """(joints, 2) where each joint lies on average over the people who have it labelled.

    points: (people, joints, 2). visible: (people, joints). NaN for a joint without any label.
    """
    labelled = (visible > 0)[..., None]
    sums = np.where(labelled, points, 0).sum(axis=0)
    counts = labelled.sum(axis=0)
    with np.errstate(invalid="ignore"):  # 0 / 0 is the NaN that is asked for
        return sums / counts


def _cases_mean_pose(rng):
    points = rng.uniform(0, 64, (6, 14, 2))
    visible = rng.integers(0, 3, (6, 14))
    visible[0] = 2
    two = np.array([[[10.0, 20.0], [1.0, 2.0]], [[30.0, 50.0], [3.0, 4.0]]])
    lost, never = points.copy(), visible.copy()
    lost[visible == 0] = np.nan
    never[:, 4] = 0
    return [
        Case(
            "two people, everything labelled",
            (two, np.full((2, 2), 2)),
            "Joint 0 lies at 10 and 30 along x: 20 on average. One mean for each joint.",
        ),
        Case(
            "one label missing",
            (two, np.array([[2, 0], [2, 2]])),
            "Joint 1 is labelled on the second person only: that is its mean.",
        ),
        Case(
            "an occluded joint",
            (two, np.array([[1, 2], [2, 1]])),
            "`visible` 1 is labelled: it counts.",
        ),
        Case(
            "six people, junk at unlabelled joints",
            (points, visible),
            "Divide each joint's sum by how many people have *this* joint labelled.",
        ),
        Case("NaN at unlabelled joints", (lost, visible), "Keep NaN out of the sum: `np.where`."),
        Case("a joint that nobody has", (points, never), "Nothing to average: NaN for this joint."),
    ]


_MEAN_POSE = Exercise(
    mean_pose,
    "Build the best predictor that never looks at the picture: the mean pose.",
    _cases_mean_pose,
    common_mistakes=(
        CommonMistake(
            lambda p, v: p.mean(axis=0),
            "You average over everybody, so junk at unlabelled joints counts.",
        ),
        CommonMistake(
            lambda p, v: np.where((v > 0)[..., None], p, 0).mean(axis=0),
            "You add 0 for a missing label and divide by everybody: divide by how many have "
            "this joint.",
        ),
        CommonMistake(
            lambda p, v: mean_pose(p, v == 2),
            "You leave occluded joints out: `visible` 1 is labelled.",
        ),
        CommonMistake(
            lambda p, v: p[(v > 0).all(axis=1)].mean(axis=0),
            "You use complete people only: in real data few are, so take each joint by itself.",
        ),
        CommonMistake(
            lambda p, v: mean_pose(p, v).mean(axis=0),
            "This is one point for the whole body: one mean for each joint, (joints, 2).",
        ),
        CommonMistake(
            lambda p, v: np.nan_to_num(mean_pose(p, v)),
            "A joint without any label has no mean: NaN, not the picture's corner.",
        ),
    ),
    hints=(
        "For each joint: the sum of its labelled places, divided by how many there are.",
        "`labelled = (visible > 0)[..., None]` can be set against `points`: its last axis is 1.",
        "`np.where(labelled, points, 0).sum(axis=0) / labelled.sum(axis=0)`.",
    ),
    explanation="Of all predictors that do not look at the picture the mean pose has the least "
    "squared error: that is what a mean is. A network that does not beat it has learnt nothing "
    "about pictures, however far its loss has fallen: the first thing any network learns is "
    "just this.",
)


def pck(predicted, target, visible, torso, threshold):
    """Percentage of labelled joints that are at most threshold * torso away; NaN of none.

    predicted, target: (people, joints, 2). visible: (people, joints). torso: (people,) pixels,
    NaN where a person's torso is unknown: that person's joints are not counted.
    """
    distance = np.linalg.norm(predicted - target, axis=-1)
    correct = distance <= threshold * torso[:, None]  # False where the prediction is NaN
    counted = (visible > 0) & np.isfinite(torso)[:, None]
    return 100 * correct[counted].mean() if counted.any() else np.nan


def _cases_pck(rng):
    target = rng.uniform(10, 54, (5, 14, 2))
    predicted = target + rng.normal(0, 4, target.shape)
    visible = rng.integers(0, 3, (5, 14))
    torso = rng.uniform(12, 40, 5)
    flat = np.array([[[10.0, 10.0], [20.0, 10.0], [30.0, 10.0], [40.0, 10.0]]])
    off = flat + [[[0, 0], [3.0, 0], [3.0, 4.0], [9.0, 9.0]]]
    near = flat + [[[4.5, 4.5], [0, 0], [0, 0], [0, 0]]]
    silent, unknown, lost = predicted.copy(), torso.copy(), target.copy()
    silent[1, :7], unknown[3], lost[visible == 0] = np.nan, np.nan, np.nan
    full = np.full((1, 4), 2)
    return [
        Case(
            "four joints 0, 3, 5 and 12.7 pixels off",
            (off, flat, full, np.array([25.0]), 0.2),
            "0.2 of a torso of 25 is 5 pixels: three of four are within it, 75 %.",
        ),
        Case(
            "4.5 pixels off along x and along y",
            (near, flat, full, np.array([25.0]), 0.2),
            "The distance is 6.4 pixels, more than 5: take the length, not each coordinate.",
        ),
        Case(
            "an unlabelled joint",
            (off, flat, np.array([[2, 2, 2, 0]]), np.array([25.0]), 0.2),
            "An unlabelled joint is neither right nor wrong: three of three.",
        ),
        Case(
            "five people of different size",
            (predicted, target, visible, torso, 0.2),
            "Each person is measured by their own torso.",
        ),
        Case("another threshold", (predicted, target, visible, torso, 0.1), "Use `threshold`."),
        Case(
            "a network that says nothing for half a person",
            (silent, target, visible, torso, 0.2),
            "A joint it gives no place for is a miss.",
        ),
        Case(
            "a person without a torso",
            (predicted, target, visible, unknown, 0.2),
            "Without a torso there is nothing to measure by: leave this person out.",
        ),
        Case(
            "NaN at unlabelled joints",
            (predicted, lost, visible, torso, 0.2),
            "Count labelled joints only.",
        ),
        Case(
            "nothing labelled",
            (predicted, target, 0 * visible, torso, 0.2),
            "Nothing was measured: NaN.",
        ),
    ]


_PCK = Exercise(
    pck,
    "Count the correct keypoints: PCK.",
    _cases_pck,
    common_mistakes=(
        CommonMistake(
            lambda p, t, v, s, a: pck(p, t, v, s, a) / 100, "PCK is a percentage: from 0 to 100."
        ),
        CommonMistake(
            lambda p, t, v, s, a: 100 * (np.abs(p - t).max(-1) <= a * s[:, None])[v > 0].mean(),
            "You compare x and y one by one, which allows a square: take the distance.",
        ),
        CommonMistake(
            lambda p, t, v, s, a: pck(p, t, np.ones_like(v), s, a),
            "You count unlabelled joints too.",
        ),
        CommonMistake(
            lambda p, t, v, s, a: pck(p, t, v == 2, s, a),
            "You leave occluded joints out: `visible` 1 is labelled.",
        ),
        CommonMistake(
            lambda p, t, v, s, a: pck(p, t, v, np.full_like(s, np.nanmean(s)), a),
            "You use one torso for everybody: each person is measured by their own.",
        ),
        CommonMistake(
            lambda p, t, v, s, a: pck(p, t, v, s, 0.2), "You use 0.2 whatever `threshold` is."
        ),
        CommonMistake(
            lambda p, t, v, s, a: pck(p, t, v * np.isfinite(p).all(-1), s, a),
            "You leave out joints that the network gave no place for: then silence would pay.",
        ),
        CommonMistake(
            lambda p, t, v, s, a: (
                100 * (np.linalg.norm(p - t, axis=-1) <= a * s[:, None])[v > 0].mean()
            ),
            "A comparison with a torso of NaN is False, so you count this person as all wrong: "
            "without a torso nothing can be measured, so leave them out.",
        ),
    ),
    hints=(
        "Three arrays of shape (people, joints): how far off, within the threshold, and counted.",
        "`torso[:, None]` sets each person's length against all of their joints.",
        "`100 * correct[counted].mean()`, where counted is labelled and with a finite torso.",
    ),
    explanation="PCK asks of each joint one question, near enough or not, where near enough grows "
    "with the person. So one wild miss costs one joint, while in MSE it costs its square and can "
    "outweigh thirteen good joints. A prediction of NaN fails the comparison and is a miss; a "
    "person without a torso is left out, and how many were counted belongs beside every figure.",
)


def flip_average(model, images, flip):
    """The mean of what a model says of pictures and of their mirror images.

    model: from (people, 3, S, S) to (people, joints, 2) pixels. flip: (joints,), the number of
    each joint's mirror image (of the left knee: the right knee's). -> (people, joints, 2)
    """
    mirrored = model(images[..., ::-1])
    back = mirrored[:, flip].copy()
    back[..., 0] = images.shape[-1] - 1 - back[..., 0]
    return (model(images) + back) / 2


def _brightest(images):
    """A model: joint k is where channel k of the picture is brightest; channel 0 to the right."""
    side = images.shape[-1]
    place = images.reshape(len(images), 3, side * side).argmax(-1)
    return np.stack([place % side, place // side], axis=-1).astype(float)


def _biased(images):
    """The same model with a fault: everything a little too far to the right, and too low."""
    return _brightest(images) + [3.0, 1.0]


def _colour_of_sides(images):
    """A model that tells left from right by where it is, as a network does."""
    points = _brightest(images)
    order = np.argsort(points[:, 1:, 0], axis=1) + 1
    swapped = np.take_along_axis(points, order[..., None], axis=1)
    return np.concatenate([points[:, :1], swapped], axis=1)


def _cases_flip_average(rng):
    swap = np.array([0, 2, 1])
    images = rng.random((4, 3, 16, 16))
    one = np.zeros((1, 3, 8, 8))
    one[0, 0, 2, 3], one[0, 1, 5, 1], one[0, 2, 6, 4] = 1, 1, 1
    keep = np.arange(3)
    names = "The left knee of a mirrored person is where the right one was: rename with `flip`."
    return [
        Case(
            "one picture, three joints, no left and right",
            (_brightest, one, keep),
            "In a picture S wide, mirroring takes x to S - 1 - x: bring the second answer back.",
        ),
        Case(
            "a model that says 3 pixels too far right, 1 too low",
            (_biased, one, keep),
            "Its fault along x is to the left in the mirror image, so the mean takes it away.",
        ),
        Case("a model that tells left from right", (_colour_of_sides, one, swap), names),
        Case("four pictures", (_colour_of_sides, images, swap), names),
        Case(
            "nobody",
            (_colour_of_sides, np.zeros((0, 3, 8, 8)), swap),
            "No pictures, no joints: shape (0, 3, 2).",
        ),
    ]


def _average(model, images, flip, back=lambda x, side: side - 1 - x):
    mirrored = model(images[..., ::-1])[:, flip].copy()
    mirrored[..., 0] = back(mirrored[..., 0], images.shape[-1])
    return (model(images) + mirrored) / 2


def _mirrored_down(model, images, flip):
    back = model(images[..., ::-1, :])[:, flip].copy()
    back[..., 1] = images.shape[-1] - 1 - back[..., 1]
    return (model(images) + back) / 2


_FLIP_AVERAGE = Exercise(
    flip_average,
    "Ask the network twice, about a picture and its mirror image, and take the mean (hard).",
    _cases_flip_average,
    common_mistakes=(
        CommonMistake(
            lambda m, i, f: flip_average(m, i, np.arange(len(f))),
            "You do not rename the joints: what the model calls left in the mirror image is "
            "right. Use `flip` on the joints' axis.",
        ),
        CommonMistake(
            lambda m, i, f: _average(m, i, f, lambda x, side: x),
            "You average places in two different pictures: bring the second answer back, x to "
            "S - 1 - x.",
        ),
        CommonMistake(
            lambda m, i, f: _average(m, i, f, lambda x, side: side - x),
            "You are half a pixel off: the last pixel's centre is at S - 1, so mirroring takes "
            "x to S - 1 - x, not S - x.",
        ),
        CommonMistake(
            lambda model, images, flip: model(images),
            "You ask once: ask about `images[..., ::-1]` too.",
        ),
        CommonMistake(lambda m, i, f: 2 * flip_average(m, i, f), "This is the sum: divide by 2."),
        CommonMistake(
            lambda m, i, f: 2 * flip_average(m, i, f) - m(i),
            "This is what the mirror image says alone: take the mean of both answers.",
        ),
        CommonMistake(
            _mirrored_down,
            "You turn the picture upside down: the last axis is x, the one before it y.",
        ),
    ),
    hints=(
        "Mirror the pictures with `images[..., ::-1]`: x is the last axis. Ask the model.",
        "Bring that answer back: x becomes S - 1 - x, and joint k takes the place of its mirror "
        "image, `mirrored[:, flip]`.",
        "`back = model(images[..., ::-1])[:, flip].copy()`, then `back[..., 0] = S - 1 - "
        "back[..., 0]`, then the mean with `model(images)`.",
    ),
    explanation="Two answers whose errors differ are better averaged: this *flip test* is part of "
    "most published figures, and doubles the cost. A fault that always points right is cancelled "
    "exactly. Forgetting to rename sends every left joint halfway to the right one: then the "
    "mean pose collapses onto the body's middle, and the loss never says why.",
)

EXERCISES = (_UNREACHED, _MASKED_MSE, _MEAN_POSE, _PCK, _FLIP_AVERAGE)
