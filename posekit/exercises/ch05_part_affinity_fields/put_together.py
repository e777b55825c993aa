"""Match the candidates of each limb greedily, and put people together from the pairs (hard)."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise
from . import assembly_mistakes as other


def put_together(candidates, limbs, scores):
    """The people, sorted: for each a list of its candidate of every joint, -1 where it has none.

    candidates: how many candidates each joint has, numbered from 0. limbs: (a, b) for each limb,
    the joints that it connects; they form a tree. scores: for each limb an array, how well
    candidate i of joint a (rows) and candidate j of joint b (columns) fit.

    In each limb the best pair is taken first, then the best of those that are left, and so on: no
    candidate is in two pairs of one limb, and no pair has a score of 0 or less. Candidates that
    pairs connect, directly or through others, are one person. Without a pair there is no person.
    """
    people = []  # each is a dictionary {joint: candidate}
    for (a, b), table in zip(limbs, scores):
        starts, ends = set(), set()  # the candidates that are taken, in this limb
        for n in np.argsort(-table, axis=None):
            i, j = (int(index) for index in np.unravel_index(n, table.shape))
            if table[i, j] <= 0 or i in starts or j in ends:
                continue
            starts.add(i)
            ends.add(j)
            parts = [person for person in people if person.get(a) == i or person.get(b) == j]
            people = [person for person in people if person not in parts]
            whole = {a: i, b: j}
            for person in parts:
                whole.update(person)
            people.append(whole)
    return sorted([person.get(k, -1) for k in range(len(candidates))] for person in people)


# What is said where a case fails.
ONE = "One person with all three joints: [[0, 0, 0]]."
TWO = "Two people who do not touch: [[0, 0, 0], [1, 1, 1]]."
NUMBERS = (
    "Candidates come in any order, so the numbers of one person's candidates differ: "
    "[[0, 1, 2], [1, 2, 0], [2, 0, 1]], which is sorted."
)
CLOSE = (
    "Each candidate has some score with the other person's, and is in one pair of a limb at most: "
    "[[0, 0, 0], [1, 1, 1]]."
)
CROSSING = (
    "The arms cross, and each candidate has some score with every other. The best pair, 1 and 0 "
    "with 0.9, comes first, and leaves 0 and 1: [[0, 1, 1], [1, 0, 0]]."
)
DOUBLE = (
    "Candidate 1 of joint 1 is a second peak on the same elbow. Candidate 0 fits better and is "
    "taken first, and then nothing is left for candidate 1: [[0, 0, 0]]."
)
GREEDY = (
    "The best pair is 0 and 0, with 0.9. Then only 1 and 1 is left, with 0.1: [[0, 0], [1, 1]]."
)
FALSE = (
    "The candidates 1 of joint 0 and of joint 1 fit nothing, not even each other, so they are "
    "nobody: [[0, 0, 0]]."
)
BRANCHES = "Joint 1 has three limbs, and its candidate is in one pair of each: [[0, 0, 0, 0]]."
BACKWARDS = (
    "The second limb leads to joint 0, whose candidate has a person already: that person gets "
    "joint 2 as well. All three joints are one person, [[0, 0, 0]]."
)
LATER = (
    "The first two limbs make two parts of one body, and the third connects them: put both "
    "together, [[0, 0, 0, 0]]."
)
NO_SHOULDER = (
    "The second person's shoulder, joint 2, is missing, and nothing else connects the arm with "
    "the leg. The two parts stay apart, with -1 for each joint that they do not have: "
    "[[-1, -1, -1, 1, 1], [0, 0, 0, 0, 0], [1, 1, -1, -1, -1]]."
)
NOT_FOUND = (
    "Joint 1 has no candidate, so two tables are empty, and the rest are one person: "
    "[[-1, -1, 0, 0]]."
)
CROWD = "Six people with missing joints and false candidates, and limbs in any order."
NOBODY = "Without a pair there is no person: return an empty list."


def _table(rows, columns, **pairs):
    """Scores of 0 but for those given: ``_table(2, 2, _01=0.9)`` joins candidates 0 and 1."""
    table = np.zeros((rows, columns))
    for name, score in pairs.items():
        table[int(name[1]), int(name[2])] = score
    return table


def _crowd(rng):
    """Six people; true pairs have scores above 0.5, other pairs at most 0.4 and often 0."""
    limbs = [(3, 4), (1, 0), (2, 5), (1, 3), (1, 2)]
    person_of = [rng.permutation(8)[: rng.integers(4, 9)] for _ in range(6)]  # 6 and 7: false
    scores = []
    for a, b in limbs:
        one = (person_of[a][:, None] == person_of[b]) & (person_of[a][:, None] < 6)
        other = rng.uniform(-0.4, 0.4, one.shape).clip(0)
        scores.append(np.where(one, rng.uniform(0.5, 1, one.shape), other))
    return [len(some) for some in person_of], limbs, scores


def _lone_people(rng):
    """The plain cases: one pair of a limb does not compete with another."""
    chain, first, second = [(0, 1), (1, 2)], _table(1, 1, _00=0.9), _table(1, 1, _00=0.8)
    yield Case("one person, three joints", ([1, 1, 1], chain, [first, second]), ONE)
    tables = [_table(2, 2, _00=0.7, _11=0.9), _table(2, 2, _00=0.6, _11=0.8)]
    yield Case("two people", ([2, 2, 2], chain, tables), TWO)
    tables = [_table(3, 3, _01=0.7, _12=0.8, _20=0.9), _table(3, 3, _12=0.7, _20=0.8, _01=0.9)]
    yield Case("three people, the candidates in any order", ([3, 3, 3], chain, tables), NUMBERS)
    star, ones = [(1, 0), (1, 2), (1, 3)], [_table(1, 1, _00=0.8) for _ in range(3)]
    yield Case("a joint with three limbs", ([1, 1, 1, 1], star, ones), BRANCHES)
    yield Case("a limb that ends where one began", ([1] * 3, [(0, 1), (2, 0)], ones[:2]), BACKWARDS)
    yield Case("two parts of a body", ([1] * 4, [(0, 1), (2, 3), (1, 2)], ones), LATER)


def _competition(rng):
    """Pairs that compete, candidates that are false, joints that are missing."""
    chain = [(0, 1), (1, 2), (2, 3), (3, 4)]
    close = [np.array([[0.9, 0.2], [0.1, 0.8]]), np.array([[0.7, 0.1], [0.2, 0.6]])]
    yield Case("two people close together", ([2, 2, 2], chain[:2], close), CLOSE)
    cross = [np.array([[0.6, 0.3], [0.9, 0.2]]), np.array([[0.8, 0.5], [0.4, 0.7]])]
    yield Case("two people whose arms cross", ([2, 2, 2], chain[:2], cross), CROSSING)
    double = [np.array([[0.9, 0.6]]), np.array([[0.8], [0.7]])]
    yield Case("an elbow that was found twice", ([1, 2, 1], chain[:2], double), DOUBLE)
    greedy = [np.array([[0.9, 0.8], [0.8, 0.1]])]
    yield Case("a best pair that spoils two others", ([2, 2], chain[:1], greedy), GREEDY)
    false = [_table(2, 2, _00=0.9), _table(2, 1, _00=0.8)]
    yield Case("two false candidates", ([2, 2, 1], chain[:2], false), FALSE)
    both = _table(2, 2, _00=0.8, _11=0.9)
    arms = [both, np.array([[0.7], [0.0]]), np.array([[0.9, 0.0]]), both.copy()]
    yield Case("two people, a shoulder missing", ([2, 2, 1, 2, 2], chain, arms), NO_SHOULDER)
    empty = [np.zeros((1, 0)), np.zeros((0, 1)), _table(1, 1, _00=0.9)]
    yield Case("a joint that was not found", ([1, 0, 1, 1], chain[:3], empty), NOT_FOUND)
    yield Case("six people", _crowd(rng), CROWD)
    yield Case("no candidates", ([0, 0], chain[:1], [np.zeros((0, 0))]), NOBODY)


def _cases(rng):
    yield from _lone_people(rng)
    yield from _competition(rng)


def _of_the_rest(wanted):
    """The right people, only those whose row is wanted."""
    return lambda *args: [row for row in put_together(*args) if wanted(row)]


EXERCISE = Exercise(
    put_together,
    "Match the candidates of each limb greedily, and put people together from the pairs (hard).",
    _cases,
    common_mistakes=(
        CommonMistake(
            other.taken_for_good,
            "You remember for all limbs which candidates are taken: an elbow belongs to two limbs. "
            "Begin each limb with empty sets.",
        ),
        CommonMistake(
            lambda c, limbs, scores: other.rows(
                c, other.people_of(limbs, [table.T for table in scores])
            ),
            "You read the tables transposed: the rows are the candidates of the limb's first "
            "joint, the columns those of its second.",
        ),
        CommonMistake(
            lambda c, limbs, scores: other.rows(c, other.people_of(limbs, scores), sort=list),
            "These are the right people, in another order: return them `sorted`.",
        ),
        CommonMistake(
            lambda c, limbs, scores: put_together(c, [(k, k + 1) for k in range(len(c))], scores),
            "You take limb l for the one from joint l to joint l + 1: `limbs[l]` says which joints "
            "it connects.",
        ),
        CommonMistake(
            other.answer(join=other.join_at_start),
            "You look for the person who has the limb's first joint, and never for one who has its "
            "second: either may have been found before.",
        ),
        CommonMistake(
            other.answer(join=other.join_the_first),
            "One candidate belongs to two people: a limb that connects two people makes one person "
            "of both, and it gets the joints of both.",
        ),
        CommonMistake(
            other.answer(join=other.join_without_removing),
            "You copy the joints of the second person into the first, and leave the second in the "
            "list: take it out.",
        ),
        CommonMistake(
            other.answer(pairs=other.every_pair),
            "You join all pairs that have a score: a candidate is in one pair of a limb at most.",
        ),
        CommonMistake(
            other.answer(pairs=other.best_end),
            "Each candidate of the first joint takes its best candidate of the second, and two may "
            "take the same one: a candidate that is taken is not free any more.",
        ),
        CommonMistake(
            other.answer(pairs=other.best_start),
            "Each candidate of the second joint takes its best candidate of the first, and two may "
            "take the same one: a candidate that is taken is not free any more.",
        ),
        CommonMistake(
            other.answer(pairs=other.row_by_row),
            "You serve the candidates in the order of their numbers: serve the *pairs* in the "
            "order of their scores, the best of the whole table first.",
        ),
        CommonMistake(
            other.answer(pairs=lambda table: other.greedy(table, sign=1)),
            "You begin with the worst pair: `np.argsort` is ascending, so sort `-table`.",
        ),
        CommonMistake(
            other.answer(pairs=other.exact),
            "These are the pairs of the greatest total, as the Hungarian method finds them. Greedy "
            "matching takes the best pair first, whatever is left for the others.",
        ),
        CommonMistake(
            other.answer(pairs=lambda table: other.greedy(table, least=-1)),
            "You join candidates whose score is 0, because nothing else was left for them: stop "
            "where the scores are not above 0.",
        ),
        CommonMistake(
            other.with_singles,
            "You make a person of each candidate that is in no pair: it is a false one.",
        ),
        CommonMistake(
            _of_the_rest(lambda row: row[0] >= 0),
            "You lose the people without joint 0: any joint may be missing, so no joint can be the "
            "one that people begin with.",
        ),
        CommonMistake(
            _of_the_rest(lambda row: min(row) >= 0),
            "You drop the people with a missing joint: they are people too.",
        ),
    ),
    hints=(
        "Two steps for each limb: find its pairs, then tell the people. Keep the people in a list "
        "of dictionaries {joint: candidate}.",
        "Pairs: go through `np.argsort(-table, axis=None)`, make row and column of each number "
        "with `np.unravel_index`, skip a pair whose row or column is taken, and stop at scores of "
        "0. The sets of what is taken begin empty in each limb.",
        "People: for the pair (a, i), (b, j) collect all people whose joint a is i or whose joint "
        "b is j. There are none, one or two. Take them out of the list, put them and the pair "
        "into one dictionary, and append that.",
        "`sorted([person.get(k, -1) for k in range(len(candidates))] for person in people)`",
    ),
    explanation="All that matters about the people in the list is who has one of the two "
    "candidates: nobody (a new person begins), one (who gets a joint, or has both already), or "
    "two (who become one). Because the limbs form a tree and each candidate is in one pair of a "
    "limb at most, no person can get a joint twice. OpenPose's own limbs have loops, from the "
    "ears to the shoulders, and then two people can be connected who both have a nose: posekit's "
    "`assembly.put_together` takes the best pairs of all limbs first and leaves such a "
    "connection out.",
)
