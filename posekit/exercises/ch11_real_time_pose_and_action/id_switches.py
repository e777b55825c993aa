"""Count a tracker's identity switches (hard)."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from ..core import Case, CommonMistake, Exercise


def id_switches(tables, numbers, least):
    """How often a true person's number is not what it was when they last had one.

    tables: T arrays (P, Q), the similarity of P true people and Q found ones. numbers: T arrays
    (Q,), the tracker's number of each found person, -1 for none. least: the similarity from which
    the two may be paired.
    """
    last, switches = {}, 0
    for table, names in zip(tables, numbers):
        allowed = (table >= least) & (names >= 0)
        kept = np.array([[last.get(p) == name for name in names] for p in range(len(table))])
        worth = np.where(allowed, table + len(table) * kept.reshape(table.shape), 0)
        for p, q in zip(*linear_sum_assignment(worth, maximize=True)):
            if allowed[p, q]:
                switches += last.get(p, names[q]) != names[q]
                last[p] = names[q]
    return switches


# What is said where a case fails.
STEADY = "Everybody keeps their number: 0."
SWAP = "Two people exchange their numbers once: each of them has another one than before, so 2."
BACK = "Exchanged and exchanged back: four switches, two for each time."
NEW = "A person comes back with a new number: 1. Whoever had none before switches nothing."
GAP = "In between nobody is found: compare with the last number that there was, however long ago."
NONE = "A number of -1 is none: it is neither paired nor remembered."
GATE = "Below `least` nobody is paired, so nothing is switched there."
KEEPS = (
    "The other number is a little more similar, but the person's own is there and allowed: who "
    "can keep their number keeps it."
)
IN_ALL = "The others are paired so that the sum of their similarities is greatest, not one by one."
HOLDS = (
    "0.45 + 0.55 is more than 0.6, but 0.45 is below `least`: what may not be paired holds no "
    "place, so person 0 gets number 5 and person 1 nothing."
)
FEW = "One pair of 0.9 is more than two of 0.4 in all, so person 1 is not paired in frame 1."
ORDER = "Found people come in any order: look at their numbers, not at their places."
CROWD = "Many frames, in which people come, go, and are paired anew."


def _crowd(rng, frames=30, people=4):
    tables, numbers, names = [], [], np.arange(1, people + 1)
    for _ in range(frames):
        if rng.random() < 0.3:
            names = rng.permutation(names)
        there = rng.permutation(np.flatnonzero(rng.random(people) < 0.8))
        table = 0.35 * rng.random((people, len(there)))
        table[there, np.arange(len(there))] = 0.3 + 0.7 * rng.random(len(there))
        tables.append(table)
        numbers.append(np.where(rng.random(len(there)) < 0.1, -1, names[there]))
    return tables, numbers


def _cases(rng):
    sure, half = np.array([[0.9, 0.0], [0.0, 0.8]]), np.array([[0.9], [0.0]])
    names = [np.array(row) for row in ([1, 2], [2, 1], [1, 2])]
    a, b, c = names[0], names[1], np.array([1, 3])
    near = np.array([[0.7, 0.8], [0.1, 0.2]])
    many = np.array([[0.9, 0.8], [0.85, 0.1]])
    nobody = np.zeros((2, 0)), np.zeros(0, int)
    swapped = sure[:, ::-1]
    yield Case("nothing happens", ([sure] * 3, [a] * 3, 0.5), STEADY)
    yield Case("a new number", ([sure] * 3, [a, c, c], 0.5), NEW)
    yield Case("two people exchange numbers", ([sure] * 2, [a, b], 0.5), SWAP)
    yield Case("and exchange them back", ([sure] * 3, [a, b, a], 0.5), BACK)
    yield Case("people in another order", ([sure, swapped], [a, b], 0.5), ORDER)
    yield Case("a person who appears late", ([half, sure], [a[:1], a], 0.5), NEW)
    yield Case("a frame with nobody", ([sure, nobody[0], sure], [a, nobody[1], c], 0.5), GAP)
    yield Case("somebody without a number", ([sure] * 3, [a, np.array([1, -1]), a], 0.5), NONE)
    yield Case("places that fit nobody", ([sure, 0.4 * sure, sure], [a, b, a], 0.5), GATE)
    yield Case("another number is nearer", ([sure, near], [a, np.array([1, 5])], 0.5), KEEPS)
    yield Case("four pairs that could be", ([many, sure, sure], [a, b, b], 0.05), IN_ALL)
    holds, few = np.array([[0.6, 0.45], [0.55, 0.0]]), np.array([[0.9, 0.4], [0.4, 0.0]])
    later = [a, np.array([5, 6]), np.array([5, 2])]
    yield Case("a place that may not be held", ([sure, holds, sure], later, 0.5), HOLDS)
    yield Case("one good pair or two poor ones", ([sure, few, sure], later, 0.3), FEW)
    yield Case("a crowd", (*_crowd(rng), 0.5), CROWD)
    yield Case("a crowd, all may be paired", (*_crowd(rng), 0.0), CROWD)


def _counted(
    tables,
    numbers,
    least,
    keep=True,
    pairs=lambda worth: zip(*linear_sum_assignment(worth, maximize=True)),
    named=lambda names: names >= 0,
    forget=False,
    gated=True,
    first=False,
):
    """The reference with one thing or another done differently."""
    last, switches = {}, 0
    for table, names in zip(tables, numbers):
        allowed = (table >= least) & named(names)
        kept = np.array([[last.get(p) == name for name in names] for p in range(len(table))])
        worth = table + keep * len(table) * kept.reshape(table.shape) * allowed
        worth = np.where(allowed, worth, 0) if gated else worth
        before, last = last, {} if forget else dict(last)
        for p, q in pairs(worth):
            if allowed[p, q]:
                switches += before.get(p, None if first else names[q]) != names[q]
                last[p] = names[q]
    return switches


def _changed(**how):
    return lambda *args: _counted(*args, **how)


def _greedy_pairs(worth):
    left = worth.astype(float)
    while left.size and left.max() > 0:
        p, q = np.unravel_index(left.argmax(), left.shape)
        yield p, q
        left[p], left[:, q] = -1, -1


def _each_alone(worth):
    return ((p, row.argmax()) for p, row in enumerate(worth) if row.size)


def _by_place(tables, numbers, least):
    """Numbers compared place by place, whoever stands there."""
    pairs = zip(numbers, numbers[1:])
    return sum(int((a[: len(b)] != b[: len(a)]).sum()) for a, b in pairs)


EXERCISE = Exercise(
    id_switches,
    "Count a tracker's identity switches (hard).",
    _cases,
    common_mistakes=(
        CommonMistake(
            _by_place,
            "You compare numbers place by place: a place is nobody. Pair true and found people "
            "first.",
        ),
        CommonMistake(
            lambda *args: int(_counted(*args) > 0),
            "You say whether there was a switch: count all of them.",
        ),
        CommonMistake(
            lambda *args: _counted(*args) // 2,
            "You count an exchange once: each of the two people has another number, so it is 2; "
            "and one person's new number is 1.",
        ),
        CommonMistake(
            _changed(first=True),
            "You count a person's first number as a switch: there was none before.",
        ),
        CommonMistake(
            _changed(forget=True),
            "You compare with the frame before alone: a person who was away comes back with the "
            "number of long ago, or with another one.",
        ),
        CommonMistake(
            _changed(named=lambda names: names > -2),
            "You take -1 for a number: it says that the tracker gave none.",
        ),
        CommonMistake(
            lambda tables, numbers, least: _counted(tables, numbers, 0.0),
            "You leave `least` out: whoever is not similar enough is not paired.",
        ),
        CommonMistake(
            _changed(gated=False),
            "You pair first and leave out afterwards what may not be paired: it must not hold a "
            "place, so make it worth 0 before.",
        ),
        CommonMistake(
            _changed(keep=False),
            "You pair anew in each frame: whose number is still there and allowed keeps it, even "
            "if another one is more similar.",
        ),
        CommonMistake(
            _changed(pairs=_each_alone),
            "Each true person chooses alone in your code: one number may go to one person only.",
        ),
        CommonMistake(
            _changed(pairs=_greedy_pairs),
            "You take the most similar pair first: the sum of all pairs must be greatest.",
        ),
    ),
    hints=(
        "Keep a dict from each true person to the last number that they had. In each frame pair "
        "people, compare with the dict, then write the new numbers into it.",
        "What may be paired: `allowed = (table >= least) & (names >= 0)`. Pair with "
        "`linear_sum_assignment(worth, maximize=True)`, where `worth` is 0 where not allowed.",
        "That a number is kept must count more than any similarity: add something large to "
        "`worth` where `last.get(p) == names[q]`. Two or more will do for two people, P for P.",
        "After pairing, skip what is not allowed (the method pairs it all the same). A person who "
        "is not in the dict yet switches nothing: `last.get(p, name) != name`.",
    ),
    explanation="This is the rule of the CLEAR MOT metrics: keep what still fits, pair the rest, "
    "count the changes. Without the first step a tracker would be blamed for every frame in which "
    "two people stand so close that the wrong one is a little more similar. The large bonus does "
    "both steps in one call.",
)
