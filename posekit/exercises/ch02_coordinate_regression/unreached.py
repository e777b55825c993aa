"""Find the joints that a list of limbs forgets."""

from __future__ import annotations

from ..core import Case, CommonMistake, Exercise

# The skeleton in the webcam script of Djeddou, Maurel, Jean-Marie and Kempf: MPII's 16 joints.
TALK = [[0, 1], [1, 2], [2, 6], [6, 3], [3, 4], [4, 5], [6, 7]]
TALK += [[7, 8], [8, 9], [8, 12], [12, 11], [12, 13], [13, 14], [14, 15]]


def unreached(count, limbs):
    """The joints, of ``count``, that no limb ends at, in increasing order.

    limbs: a list of pairs [a, b] of joint numbers.
    """
    ends = {joint for limb in limbs for joint in limb}
    return [joint for joint in range(count) if joint not in ends]


# What is said where a case fails.
REACHED = "A joint is reached when its number stands in any pair, first or second."
NO_LIMBS = "Nothing is reached: every joint is to be listed."


def _cases(rng):
    shuffled = [TALK[i] for i in rng.permutation(len(TALK))]
    yield Case("three joints, one limb", (3, [[0, 1]]), "Joint 2 is in no pair: the answer is [2].")
    yield Case("the script's skeleton", (16, TALK), REACHED)
    yield Case("the script's limbs in another order", (16, shuffled), REACHED)
    yield Case("limbs as tuples, the other way round", (5, [(3, 1), (1, 4)]), REACHED)
    yield Case("a joint in three limbs", (4, [[1, 0], [1, 2], [1, 3]]), "All are reached: [].")
    yield Case("no limbs at all", (4, []), NO_LIMBS)
    yield Case("no joints", (0, []), "Nothing to list: [].")


EXERCISE = Exercise(
    unreached,
    "Find the joints that a list of limbs forgets.",
    _cases,
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
    explanation="On the script's list this gives `[10]`: no limb ends at MPII's joint 10, the "
    "right wrist, because the pair [11, 10] is missing, and every webcam image lost its right "
    "forearm. A second oddity is left: [12, 13] runs from shoulder to shoulder, where the left "
    "shoulder should hang on the thorax like the right one. `posekit.skeletons` holds the joint "
    "set with names in place of numbers, so that such a gap is seen in the source.",
)
