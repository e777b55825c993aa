"""Name an action by two thresholds, so that its name does not flicker."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def hysteresis(chances, shown, hidden):
    """(T,) whole numbers: the action that is named in each frame, or -1.

    chances: (T, A) probabilities of A actions, NaN where the person was not seen. shown: a
    probability from which the likeliest action is named. hidden: below it a name goes.
    """
    named, names = -1, []
    for row in chances:
        if named >= 0 and row[named] < hidden:
            named = -1
        if row.max() >= shown:
            named = row.argmax()
        names.append(named)
    return np.array(names, int)


# What is said where a case fails.
APPEARS = "The first action reaches `shown` in the third frame: from then on it is named."
STAYS = "It is below `shown`, and not below `hidden`: the name stays."
GOES = "It has fallen below `hidden`: no name, -1, until an action reaches `shown` again."
NOT_YET = "Between the thresholds nothing appears: a name needs `shown` first."
OWN = (
    "The named action keeps its name while *its own* probability is at least `hidden`, even where "
    "another one is likelier."
)
REPLACED = "Another action reaches `shown`: it is named at once."
LIKELIEST = "Two actions reach so low a `shown`: the *likeliest* of them is named."
EXACT = "Exactly `shown` is enough to appear, and exactly `hidden` is enough to stay."
UNSEEN = "A frame of NaN says nothing: the name stays as it was."
NOTHING = "No frames, no names: shape (0,)."


def _two(*first):
    """(T, 3) probabilities: of the first action as given, the rest to the second and third."""
    first = np.array(first, float)
    rest = 1 - first
    return np.stack([first, 0.6 * rest, 0.4 * rest], 1)


def _cases(rng):
    walk = rng.normal(0, 0.9, (60, 4)).cumsum(0)
    soft = np.exp(walk) / np.exp(walk).sum(1, keepdims=True)
    gaps = soft.copy()
    gaps[rng.random(60) < 0.3] = np.nan
    other = np.array([[0.7, 0.2, 0.1], [0.42, 0.5, 0.08], [0.41, 0.55, 0.04], [0.3, 0.55, 0.15]])
    new = np.array([[0.7, 0.2, 0.1], [0.2, 0.75, 0.05], [0.35, 0.45, 0.2]])
    both = np.array([[0.7, 0.2, 0.1], [0.35, 0.6, 0.05], [0.35, 0.45, 0.2]])
    none = np.full(3, np.nan)
    unseen = np.array([none, [0.8, 0.1, 0.1], none, none, [0.5, 0.3, 0.2], none])
    exact = np.array([[0.5, 0.25, 0.25], [0.625, 0.25, 0.125], [0.375, 0.375, 0.25]])
    yield Case("an action that appears", (_two(0.3, 0.5, 0.7, 0.9), 0.6, 0.4), APPEARS)
    yield Case("a name that stays", (_two(0.7, 0.5, 0.45, 0.5, 0.7), 0.6, 0.4), STAYS)
    yield Case("a name that goes", (_two(0.7, 0.5, 0.35, 0.5, 0.55), 0.6, 0.4), GOES)
    yield Case("never sure", (_two(0.5, 0.55, 0.59, 0.5), 0.6, 0.4), NOT_YET)
    yield Case("another one is likelier, and not sure", (other, 0.6, 0.4), OWN)
    yield Case("another one is sure", (new, 0.6, 0.4), REPLACED)
    yield Case("another one is sure, and the first has not fallen", (both, 0.5, 0.3), REPLACED)
    yield Case("two reach the threshold", (np.array([[0.35, 0.45, 0.2]]), 0.3, 0.2), LIKELIEST)
    yield Case("exactly at the thresholds", (exact, 0.625, 0.375), EXACT)
    yield Case("frames without the person", (unseen, 0.6, 0.4), UNSEEN)
    yield Case("a network that wavers", (soft, 0.6, 0.4), STAYS)
    yield Case("a network that wavers, with gaps", (gaps, 0.7, 0.5), UNSEEN)
    yield Case("no frames", (np.zeros((0, 3)), 0.6, 0.4), NOTHING)


def _likeliest(chances, shown, hidden):
    return np.array([-1 if np.isnan(row[0]) else row.argmax() for row in chances], int)


def _one_threshold(chances, shown, hidden):
    return np.array([row.argmax() if row.max() >= shown else -1 for row in chances], int)


def _goes_by_the_likeliest(chances, shown, hidden):
    named, names = -1, []
    for row in chances:
        if row.max() < hidden:
            named = -1
        if row.max() >= shown:
            named = row.argmax()
        names.append(named)
    return np.array(names, int)


def _never_replaced(chances, shown, hidden):
    named, names = -1, []
    for row in chances:
        if named >= 0 and row[named] < hidden:
            named = -1
        elif named < 0 and row.max() >= shown:
            named = row.argmax()
        names.append(named)
    return np.array(names, int)


def _follows_the_likeliest(chances, shown, hidden):
    named, names = False, []
    for row in chances:
        named = row.max() >= (hidden if named else shown)
        names.append(row.argmax() if named else -1)
    return np.array(names, int)


def _unseen_is_nothing(chances, shown, hidden):
    return hysteresis(np.nan_to_num(chances), shown, hidden)


EXERCISE = Exercise(
    hysteresis,
    "Name an action by two thresholds, so that its name does not flicker.",
    _cases,
    common_mistakes=(
        CommonMistake(
            _likeliest, "You name the likeliest action in every frame, however unsure it is."
        ),
        CommonMistake(
            _one_threshold,
            "You use `shown` alone, so a name goes as soon as it is below: it stays down to "
            "`hidden`.",
        ),
        CommonMistake(
            _follows_the_likeliest,
            "Between the thresholds you rename to whatever is likeliest: only `shown` gives a "
            "name.",
        ),
        CommonMistake(
            _goes_by_the_likeliest,
            "You compare the likeliest action with `hidden`: a name goes when its *own* "
            "probability has fallen.",
        ),
        CommonMistake(
            _never_replaced,
            "You wait until the old name has gone: an action that reaches `shown` is named at "
            "once.",
        ),
        CommonMistake(
            _unseen_is_nothing,
            "You take NaN for a probability of 0, so the name goes: a frame without the person "
            "says nothing.",
        ),
        CommonMistake(
            lambda chances, shown, hidden: hysteresis(
                chances, np.nextafter(shown, 2), np.nextafter(hidden, 2)
            ),
            "At a threshold: exactly `shown` appears, and exactly `hidden` stays.",
        ),
    ),
    hints=(
        "Go through the frames with one variable, the named action, -1 for none. In each frame ask "
        "two questions: does the name go? Does one appear?",
        "It goes if the *named* action's probability is below `hidden`. One appears if the largest "
        "probability is at least `shown`; then `row.argmax()` is the name.",
        "NaN fails every comparison, so a frame of NaN changes nothing, if you compare with `<` "
        "and `>=` and negate neither.",
    ),
    explanation="The gap between the thresholds is what noise must cross to change the name. A "
    "wider gap flickers less and keeps a wrong name longer. posekit averages the probabilities "
    "over some 0.3 s first, and then does just this.",
)
