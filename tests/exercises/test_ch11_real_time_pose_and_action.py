"""Chapter 11's exercises: the references against other ways, and what students answer.

``RIGHT`` and ``WRONG`` are run through the checks by `test_every_chapter`.
"""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from posekit.data.sample import Sample
from posekit.exercises.ch11_real_time_pose_and_action.hysteresis import hysteresis
from posekit.exercises.ch11_real_time_pose_and_action.id_switches import id_switches
from posekit.exercises.ch11_real_time_pose_and_action.match import match
from posekit.live.actions import HIDDEN, SHOWN, Person
from posekit.tracking import JOINTS
from posekit.tracking_scores import _similarity, tracking_scores


# --- match -------------------------------------------------------------------------------------
def match_by_trying(similar, least):
    """All ways to give each person a track of their own, or one that is not there."""
    tracks, people = similar.shape
    padded = np.zeros((max(tracks, people),) * 2)
    padded[:tracks, :people] = similar
    columns = np.arange(len(padded))
    best = max(permutations(range(len(padded))), key=lambda rows: padded[list(rows), columns].sum())
    kept = (row < tracks and p < people and similar[row, p] >= least for p, row in enumerate(best))
    return np.where(list(kept), best, -1)[:people].astype(int)


def match_by_costs(similar, least):
    rows, columns = linear_sum_assignment(-similar)
    found = dict(zip(columns.tolist(), rows.tolist()))
    return np.array(
        [
            found[p] if p in found and similar[found[p], p] >= least else -1
            for p in range(similar.shape[1])
        ],
        int,
    )


def most_similar_first(similar, least):
    found = {}
    for track, person in sorted(np.ndindex(similar.shape), key=lambda pair: -similar[pair]):
        if track not in found.values() and person not in found and similar[track, person] >= least:
            found[person] = track
    return np.array([found.get(p, -1) for p in range(similar.shape[1])], int)


def minimised(similar, least):
    found = np.full(similar.shape[1], -1)
    rows, columns = linear_sum_assignment(similar)
    keep = similar[rows, columns] >= least
    found[columns[keep]] = rows[keep]
    return found


def ungated(similar, least):
    found = np.full(similar.shape[1], -1)
    rows, columns = linear_sum_assignment(similar, maximize=True)
    found[columns] = rows
    return found


def only_pairs(similar, least):
    """Those who are in a pair, and nobody else."""
    rows, columns = linear_sum_assignment(similar, maximize=True)
    return rows[np.argsort(columns)]


# --- hysteresis --------------------------------------------------------------------------------
def hysteresis_with(
    goes=lambda row, named, hidden: row[named] < hidden,
    appears=lambda row, named, shown: row.max() >= shown,
    unseen=lambda row: row,
):
    def answer(chances, shown, hidden):
        names, named = [], None
        for row in chances:
            row = unseen(row)
            if named is not None and goes(row, named, hidden):
                named = None
            if appears(row, named, shown):
                named = int(np.argmax(row))
            names.append(-1 if named is None else named)
        return np.array(names, dtype=int)

    return answer


def hysteresis_by_last_event(chances, shown, hidden):
    """Without a loop over states: the last frame in which something was sure, and what followed."""
    names = np.full(len(chances), -1)
    for t in range(len(chances)):
        sure = [s for s in range(t + 1) if chances[s].max() >= shown]
        if sure:
            name = chances[sure[-1]].argmax()
            if not (chances[sure[-1] : t + 1, name] < hidden).any():
                names[t] = name
    return names


def renamed_between(chances, shown, hidden):
    names, on = [], False
    for row in chances:
        if not np.isnan(row).any():
            on = row.max() >= shown or (on and row.max() >= hidden)
        names.append(int(row.argmax()) if on else -1)
    return np.array(names, int)


def first_that_is_sure(chances, shown, hidden):
    """Not the likeliest of those that are sure: where `shown` is low there are several."""
    names, named = [], -1
    for row in chances:
        named = -1 if named >= 0 and row[named] < hidden else named
        named = next((n for n, chance in enumerate(row) if chance >= shown), named)
        names.append(named)
    return np.array(names, int)


# --- id_switches -------------------------------------------------------------------------------
def switches_in_two_steps(tables, numbers, least, chooses=max):
    """First those who keep their number, one by one, then the others by the Hungarian method."""
    last, count = {}, 0
    for table, names in zip(tables, numbers):
        people, places, pairs = set(range(len(table))), set(range(len(names))), []
        for q in sorted(places):
            mine = [p for p in people if last.get(p) == names[q] and table[p, q] >= least]
            if mine and names[q] >= 0:
                pairs.append((chooses(mine, key=lambda p: table[p, q]), q))
                people.remove(pairs[-1][0])
        places -= {q for _, q in pairs}
        rows, columns = sorted(people), sorted(q for q in places if names[q] >= 0)
        rest = table[np.ix_(rows, columns)]
        rest = np.where(rest >= least, rest, 0)
        for n, m in zip(*linear_sum_assignment(rest, maximize=True)):
            if table[rows[n], columns[m]] >= least:
                pairs.append((rows[n], columns[m]))
        for p, q in pairs:
            count += p in last and last[p] != names[q]
            last[p] = int(names[q])
    return count


def switches_in_two_steps_otherwise(tables, numbers, least):
    """Where a number was two people's, the less similar one keeps it: no case may depend on it."""
    return switches_in_two_steps(tables, numbers, least, chooses=min)


def anew_in_each_frame(tables, numbers, least, solve=linear_sum_assignment, none=-1):
    last, count = {}, 0
    for table, names in zip(tables, numbers):
        worth = np.where((table >= least) & (names > none), table, 0)
        for p, q in zip(*solve(worth, maximize=True)):
            if table[p, q] >= least and names[q] > none:
                count += last.setdefault(p, names[q]) != names[q]
                last[p] = names[q]
    return count


def since_the_last_frame(tables, numbers, least):
    pairs = zip(zip(tables, numbers), zip(tables[1:], numbers[1:]))
    return sum(
        id_switches([table, after], [names, later], least)
        for (table, names), (after, later) in pairs
    )


def gated_afterwards(tables, numbers, least):
    """Pairs those who are alike, and only then looks whether they may be a pair."""
    last, count = {}, 0
    for table, names in zip(tables, numbers):
        mine = [[last.get(p, -1) == n >= 0 for n in names] for p in range(len(table))]
        worth = table + 9 * (np.array(mine, bool).reshape(table.shape) & (table >= least))
        for p, q in zip(*linear_sum_assignment(-worth)):
            if table[p, q] >= least and names[q] >= 0:
                count += last.get(p, names[q]) != names[q]
                last[p] = names[q]
    return count


def as_many_pairs_as_can_be(tables, numbers, least):
    """Rather two poor pairs than one good one."""
    more = [np.where(table >= least, table + 9, table) for table in tables]
    return id_switches(more, numbers, least)


def with_none_as_a_number(tables, numbers, least):
    return id_switches(tables, [np.where(row < 0, 99, row) for row in numbers], least)


def by_place(tables, numbers, least):
    return sum(
        int(x != y) for a, b in zip(numbers, numbers[1:]) for x, y in zip(a.tolist(), b.tolist())
    )


RIGHT = {
    "match": [match_by_trying, match_by_costs],
    "hysteresis": [hysteresis_with(), hysteresis_by_last_event],
    "id_switches": [switches_in_two_steps, switches_in_two_steps_otherwise],
}

WRONG = {
    "match": [
        (minimised, "You minimise"),
        (
            lambda s, least: (
                np.where(s.max(0) >= least, s.argmax(0), -1) if len(s) else -np.ones(s.shape[1])
            ),
            "each person choose alone",
        ),
        (most_similar_first, "most similar pair first"),
        (ungated, "keep every pair"),
        (lambda s, least: match(s.T, least), "one entry for each"),
        (only_pairs, "gets -1"),
        (lambda s, least: match(np.where(s < least, 0, s), least), "before the sum"),
        (lambda s, least: match(s, least + 1e-9), "exactly as similar"),
        (lambda s, least: match(s, least).tolist() and None, "is a `return` missing"),
    ],
    "hysteresis": [
        (
            lambda c, shown, hidden: np.array(
                [-1 if np.isnan(row).any() else row.argmax() for row in c], int
            ),
            "however unsure",
        ),
        (
            lambda c, shown, hidden: np.where(
                np.nan_to_num(c).max(1, initial=0) >= shown, np.nan_to_num(c).argmax(1), -1
            ),
            "`shown` alone",
        ),
        (renamed_between, "rename to whatever is likeliest"),
        (hysteresis_with(goes=lambda row, named, hidden: row.max() < hidden), "its *own*"),
        (
            hysteresis_with(appears=lambda row, named, shown: named is None and row.max() >= shown),
            "is named at once",
        ),
        (hysteresis_with(unseen=np.nan_to_num), "NaN for a probability of 0"),
        (
            hysteresis_with(
                goes=lambda row, named, hidden: row[named] <= hidden,
                appears=lambda row, named, shown: row.max() > shown,
            ),
            "exactly `shown` appears",
        ),
        (hysteresis_with(goes=lambda row, named, hidden: False), "has fallen below `hidden`"),
        (first_that_is_sure, "*likeliest* of them"),
    ],
    "id_switches": [
        (by_place, "place by place"),
        (lambda *args: bool(id_switches(*args)), "switch"),
        (lambda *args: id_switches(*args) // 2, "count an exchange once"),
        (since_the_last_frame, "with the frame before alone"),
        (with_none_as_a_number, "take -1 for a number"),
        (lambda tables, numbers, least: id_switches(tables, numbers, 0.0), "leave `least` out"),
        (anew_in_each_frame, "pair anew in each frame"),
        (gated_afterwards, "must not hold a place"),
        (as_many_pairs_as_can_be, "is not paired in frame 1"),
        (lambda *args: id_switches(*args) + 1, "keeps their number: 0"),
    ],
}


# --- the references against what posekit has ---------------------------------------------------
@settings(max_examples=40, deadline=None)
@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 999))
def test_no_other_pairs_are_more_similar_in_all(tracks, people, seed):
    similar = np.random.default_rng(seed).random((tracks, people))
    np.testing.assert_array_equal(match(similar, 0.4), match_by_trying(similar, 0.4))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 999))
def test_hysteresis_names_as_the_live_demo_does(seed):
    rng = np.random.default_rng(seed)
    chances = rng.dirichlet(np.full(3, 0.4), 20)
    person, names = Person(np.full(3, 1 / 3), 0.0), []
    for t, row in enumerate(chances):
        person.hear(row, 1e3 * (t + 1))  # so long after that nothing is averaged
        names.append(-1 if person.action is None else person.action)
    np.testing.assert_array_equal(hysteresis(chances, SHOWN, HIDDEN), names)


def people(points) -> Sample:
    keypoints = np.array(points, np.float32)
    return Sample("", JOINTS, keypoints, np.full(keypoints.shape[:2], 2), size=(200, 400))


@pytest.mark.parametrize("seed", range(8))
def test_id_switches_are_those_of_the_scores(seed):
    """On frames in which similarities are those of poses."""
    rng = np.random.default_rng(seed)
    body = rng.uniform(0, 80, (17, 2))
    truth, found, numbers = [], [], []
    for t in range(12):
        places = body + np.array([[[60 * n + 5 * t, 0]] for n in range(3)])
        there = rng.permutation(np.flatnonzero(rng.random(3) < 0.8))
        truth.append(people(places))
        found.append(people((places + rng.normal(0, 4, places.shape))[there].reshape(-1, 17, 2)))
        numbers.append(rng.integers(-1, 3, len(there)))
    tables = [_similarity(one, other) for one, other in zip(truth, found)]
    score = tracking_scores(truth, found, numbers, 0.5)
    assert id_switches(tables, numbers, 0.5) == score.switches > 0
