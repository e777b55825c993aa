"""Hold out whole people."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def split_by_group(groups, order, share):
    """(N,) booleans: True for the windows that are held out for the test.

    groups: (N,) whose window each is. order: everybody's name, once, in the order in which people
    are held out. Whole people are held out, until at least ``share`` of all windows is; but the
    last person in ``order`` always stays to be learnt from.
    """
    held = np.zeros(len(groups), dtype=bool)
    for person in order[:-1]:
        if held.sum() >= share * len(groups):
            break
        held |= groups == person
    return held


# What is said where a case fails.
ONE = "A quarter of eight windows is two, and the first person in `order` has just two."
WHOLE = "Whoever is held out is held out with *all* windows, wherever they stand in the list."
WINDOWS = "The share is one of the windows, not of the people: some people have many more."
NEAR = "Four of fifteen are less than 0.3 of them: one more person is held out, however many."
ENOUGH = "As long as less than `share` is held out, one more person is. Then stop."
ORDER = "People are held out in the order of `order`, not in that of their names or windows."
LAST = "Whatever the share, somebody must be left to learn from: the last one in `order` stays."
NOTHING = "A share of 0 is reached before anybody is held out."
ALONE = "One person alone cannot be split: nobody is held out."


def _cases(rng):
    even = np.array([3, 3, 1, 1, 2, 2, 0, 0])
    mixed = np.array([0, 1, 2, 0, 1, 2, 0, 1, 2, 3, 3, 3])
    uneven = np.array([4] * 9 + [2] * 2 + [7] * 2 + [5] * 2)
    names = np.array([f"person{n:02}" for n in rng.integers(0, 5, 40)])
    five = [f"person{n:02}" for n in rng.permutation(5)]
    yield Case("four people with two windows each", (even, [3, 1, 2, 0], 0.25), ONE)
    yield Case("people whose windows are mixed", (mixed, [1, 0, 2, 3], 0.25), WHOLE)
    yield Case("one person with most windows", (uneven, [4, 2, 7, 5], 0.5), WINDOWS)
    yield Case("people with few windows first", (uneven, [2, 7, 5, 4], 0.2), ENOUGH)
    yield Case("a share of 4.5 windows", (uneven, [2, 7, 4, 5], 0.3), NEAR)
    yield Case("five people by name", (names, five, 0.4), ORDER)
    yield Case("a share of 0.95", (uneven, [2, 7, 5, 4], 0.95), LAST)
    yield Case("a share of 0", (even, [3, 1, 2, 0], 0.0), NOTHING)
    yield Case("one person", (np.array([6, 6, 6]), [6], 0.5), ALONE)


def _of_people(groups, order, share):
    count = min(int(np.ceil(share * len(order))), len(order) - 1)
    return np.isin(groups, order[:count])


def _one_too_few(groups, order, share):
    held = np.zeros(len(groups), dtype=bool)
    for person in order[:-1]:
        more = held | (groups == person)
        if more.sum() > share * len(groups):
            break
        held = more
    return held


def _one_too_many(groups, order, share):
    held = np.zeros(len(groups), dtype=bool)
    for person in order[:-1]:
        held |= groups == person
        if held.sum() > share * len(groups):
            break
    return held


def _everybody(groups, order, share):
    held = np.zeros(len(groups), dtype=bool)
    for person in order:
        if held.sum() >= share * len(groups):
            break
        held |= groups == person
    return held


EXERCISE = Exercise(
    split_by_group,
    "Hold out whole people for the test, until their windows are enough.",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda groups, order, share: np.arange(len(groups)) < share * len(groups),
            "You hold out the first windows of the list, whoever's they are: one person's windows "
            "are then in both halves.",
        ),
        CommonMistake(
            lambda groups, order, share: ~split_by_group(groups, order, share),
            "You return who is learnt from: True is for those who are held out.",
        ),
        CommonMistake(
            _of_people,
            "You hold out a share of the *people*: count windows, since some people have more.",
        ),
        CommonMistake(
            _one_too_few,
            "You stop before the share is reached: at least `share` of the windows is wanted.",
        ),
        CommonMistake(
            _everybody,
            "You hold out everybody where the share is large: then nobody is left to learn from.",
        ),
        CommonMistake(
            _one_too_many,
            "You go on where the share is reached exactly, or begin before you look: ask first "
            "whether enough is held out, with `>=`.",
        ),
        CommonMistake(
            lambda groups, order, share: split_by_group(groups, sorted(order), share),
            "You hold people out by their names: follow `order`, which somebody has shuffled.",
        ),
    ),
    hints=(
        "Begin with nobody held out, and go through `order` without its last person.",
        "`groups == person` is True for all windows of one person, wherever they stand.",
        "Before each person: is `held.sum() >= share * len(groups)` already? Then stop.",
    ),
    explanation="The order is shuffled outside, with a seed that is written down, so the function "
    "itself has no luck in it. A window must never be split from its person, so the share is only "
    "reached about. Check what came out, whichever function made the split: `set(groups[held]) & "
    "set(groups[~held])` is empty.",
)
