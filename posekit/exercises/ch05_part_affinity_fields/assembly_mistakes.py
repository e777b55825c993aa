"""Other ways to find the pairs of a limb and to join them: the mistakes of `put_together`."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment


def greedy(table, least=0.0, sign=-1):
    pairs, starts, ends = [], set(), set()
    for n in np.argsort(sign * table, axis=None):
        i, j = divmod(int(n), table.shape[1])
        if table[i, j] > least and i not in starts and j not in ends:
            pairs.append((i, j))
            starts.add(i)
            ends.add(j)
    return pairs


def every_pair(table):
    return list(zip(*np.nonzero(table > 0)))


def best_end(table):
    return [(i, int(row.argmax())) for i, row in enumerate(table) if row.max(initial=0) > 0]


def best_start(table):
    return [(i, j) for j, i in best_end(table.T)]


def row_by_row(table):
    left, pairs = table.copy(), []
    for i, row in enumerate(left):
        if row.max(initial=0) > 0:
            pairs.append((i, int(row.argmax())))
            left[:, row.argmax()] = 0
    return pairs


def exact(table):
    chosen = zip(*linear_sum_assignment(table, maximize=True))
    return [(int(i), int(j)) for i, j in chosen if table[i, j] > 0]


def _owners(people, pair):
    return [person for person in people if person.items() & pair.items()]


def join(people, pair):
    parts = _owners(people, pair)
    whole = {joint: i for part in [pair, *parts] for joint, i in part.items()}
    return [person for person in people if person not in parts] + [whole]


def join_at_start(people, pair):
    owners = [person for person in people if person.items() & set(list(pair.items())[:1])]
    return _put_into(owners[:1], people, pair)


def join_the_first(people, pair):
    return _put_into(_owners(people, pair)[:1], people, pair)


def join_without_removing(people, pair):
    owners = _owners(people, pair)
    whole = {joint: i for part in [pair, *owners] for joint, i in part.items()}
    return _put_into(owners[:1], people, whole)


def _put_into(owners, people, pair):
    """Write the pair into the owner, or start a new person."""
    if not owners:
        return [*people, dict(pair)]
    return [person | pair if person is owners[0] else person for person in people]


def rows(candidates, people, sort=sorted):
    return sort([int(person.get(k, -1)) for k in range(len(candidates))] for person in people)


def people_of(limbs, scores, pairs=greedy, join=join):
    people = []
    for (a, b), table in zip(limbs, scores):
        for i, j in pairs(table):
            people = join(people, {a: i, b: j})
    return people


def answer(**steps):
    """An answer with another way to find pairs, or to join them."""
    return lambda c, limbs, scores: rows(c, people_of(limbs, scores, **steps))


def taken_for_good(candidates, limbs, scores):
    """One set of taken candidates for all limbs."""
    people, taken = [], set()
    for (a, b), table in zip(limbs, scores):
        for i, j in greedy(table):
            if not {(a, i), (b, j)} & taken:
                people = join(people, {a: i, b: j})
                taken |= {(a, i), (b, j)}
    return rows(candidates, people)


def with_singles(candidates, limbs, scores):
    people = people_of(limbs, scores)
    every = [{k: i} for k, count in enumerate(candidates) for i in range(count)]
    return rows(candidates, people + [one for one in every if not _owners(people, one)])
