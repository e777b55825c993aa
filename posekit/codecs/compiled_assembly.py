"""`assembly.assemble`, compiled: the same people, some fifty times as soon.

Read `assembly` first: each function here does what its namesake there does, on plain arrays. What
is added saves time and changes no answer: rows of a map without a high cell are passed over, a
pair of joints is given up once too many samples have failed, and the exact matching looks only
at peaks that have a choice.

numba compiles at the first call, once on a machine: it keeps what it made beside this file.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .assembly import _LEAST, ALONG, JOINTS, LIMB, LONG, MOST, NEAR, SAMPLES, SHARE

_WAY = np.linspace(0, 1, SAMPLES)
_FAILURES = SAMPLES - int(np.ceil(SHARE * SAMPLES))  # so many samples may fail

compiled = njit(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)


def compiled_and_kept(function):
    """Compiled once a machine where numba finds a place to keep it, else once a process."""
    try:
        return njit(cache=True, error_model="numpy")(function)
    except RuntimeError:
        return njit(error_model="numpy")(function)


@compiled_and_kept
def assemble(heatmaps, pafs, limbs, threshold, exact):
    """The same as `assembly.assemble`, for float32 maps and int64 limbs."""
    joints, (height, width) = len(heatmaps), heatmaps.shape[1:]
    peaks, counts = np.empty((joints, MOST, 3), np.float32), np.zeros(joints, np.int64)
    room = np.empty((((height + 1) // 2) * ((width + 1) // 2), 3), np.float32)
    for joint in range(joints):
        counts[joint] = find_peaks(heatmaps[joint], threshold, room, peaks[joint])
    scores = np.empty(counts.max() * len(limbs))
    pairs = np.empty((len(scores), 3), np.int64)  # limb, start, end
    found = 0
    for limb in range(len(limbs)):
        a, b = limbs[limb]
        table = limb_scores(
            pafs[2 * limb], pafs[2 * limb + 1], peaks[a, : counts[a]], peaks[b, : counts[b]]
        )
        partner = exact_partners(table) if exact else greedy_partners(table)
        found = note_pairs(table, partner, limb, scores, pairs, found)
    return put_together(peaks, counts, limbs, scores[:found], pairs[:found])


# ---------------------------------------------------------------------------------------- peaks
@compiled
def find_peaks(heatmap, threshold, room, peaks):
    """Fills ``peaks`` (MOST, 3) and returns how many there are; ``room`` holds all there can be."""
    count, (height, width) = 0, heatmap.shape
    for row in range(height):
        if highest(heatmap[row]) > threshold:
            for column in range(width):
                if heatmap[row, column] > threshold and is_peak(heatmap, row, column):
                    room[count] = refined(heatmap, row, column)
                    count += 1
    order = np.argsort(-room[:count, 2], kind="mergesort")[:MOST]
    for n in range(len(order)):
        peaks[n] = room[order[n]]
    return len(order)


@njit(error_model="numpy", fastmath=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
def highest(row):
    """The maximum, several cells at a time, which needs leave to change the order."""
    most = row[0]
    for value in row:
        most = max(most, value)
    return most


@compiled
def is_peak(heatmap, row, column):
    """Higher than the neighbours before it, and no lower than those after it."""
    (height, width), value = heatmap.shape, heatmap[row, column]
    for y in range(max(row - 1, 0), min(row + 2, height)):
        for x in range(max(column - 1, 0), min(column + 2, width)):
            after = y > row or (y == row and x > column)
            itself = y == row and x == column
            if heatmap[y, x] > value or (heatmap[y, x] == value and not after and not itself):
                return False
    return True


@compiled
def refined(heatmap, row, column):
    """x, y and height of a peak."""
    (height, width), x, y = heatmap.shape, float(column), float(row)
    centre = heatmap[row, column]
    if 0 < column < width - 1:
        x += vertex(heatmap[row, column - 1], centre, heatmap[row, column + 1])
    if 0 < row < height - 1:
        y += vertex(heatmap[row - 1, column], centre, heatmap[row + 1, column])
    return np.float32(x), np.float32(y), centre


@compiled
def vertex(left, centre, right):
    """Where the parabola through three logarithms has its top."""
    left, right = np.log(max(float(left), _LEAST)), np.log(max(float(right), _LEAST))
    bend = 2 * np.log(max(float(centre), _LEAST)) - left - right
    return (right - left) / max(2 * bend, _LEAST) if bend > 0 else 0.0


# ---------------------------------------------------------------------------------------- limbs
@compiled
def limb_scores(paf_x, paf_y, starts, ends):
    """(N, M) float32."""
    scores = np.zeros((len(starts), len(ends)), np.float32)
    for i in range(len(starts)):
        for j in range(len(ends)):
            scores[i, j] = pair_score(paf_x, paf_y, starts[i], ends[j])
    return scores


@compiled
def pair_score(paf_x, paf_y, start, end):
    """The line integral of one pair."""
    x, y = float(start[0]), float(start[1])
    step_x, step_y = float(end[0]) - x, float(end[1]) - y
    length = np.sqrt(step_x * step_x + step_y * step_y)
    dx, dy = step_x / max(length, _LEAST), step_y / max(length, _LEAST)
    total, failures = 0.0, 0
    for way in _WAY:
        row, column = int(np.rint(y + step_y * way)), int(np.rint(x + step_x * way))
        along = paf_x[row, column] * dx + paf_y[row, column] * dy
        total += along
        failures += not along > ALONG
        if failures > _FAILURES:
            break
    score = total / SAMPLES if failures <= _FAILURES else 0.0
    if length < NEAR:
        score = max(score, ALONG)
    relative = length / max(paf_x.shape)
    return score / (1 + LONG * (relative * relative))


# ------------------------------------------------------------------------------------- matching
@compiled
def greedy_partners(scores):
    """(N,) the end of each start, -1 without one: the best pair that is left, again and again."""
    starts, ends = scores.shape
    partner, taken = np.full(starts, -1), np.zeros(ends, np.bool_)
    rows, columns = np.nonzero(scores)
    values = np.empty(len(rows), np.float32)
    for n in range(len(rows)):
        values[n] = -scores[rows[n], columns[n]]
    for n in np.argsort(values, kind="mergesort"):
        if partner[rows[n]] < 0 and not taken[columns[n]]:
            partner[rows[n]] = columns[n]
            taken[columns[n]] = True
    return partner


@compiled
def exact_partners(scores):
    """(N,) the same for the greatest total. A pair without a rival is in it."""
    partner = np.full(len(scores), -1)
    rows, columns = rivals(scores, partner)
    few, many = (rows, columns) if len(rows) <= len(columns) else (columns, rows)
    cost = np.empty((len(few), len(many)))
    for i in range(len(few)):
        for j in range(len(many)):
            row, column = (few[i], many[j]) if len(rows) <= len(columns) else (many[j], few[i])
            cost[i, j] = -scores[row, column]
    assigned = hungarian(cost)
    for i in range(len(few)):
        j = assigned[i]
        row, column = (few[i], many[j]) if len(rows) <= len(columns) else (many[j], few[i])
        if scores[row, column] > 0:
            partner[row] = column
    return partner


@compiled
def rivals(scores, partner):
    """Rows and columns of pairs that have a rival; of the others, ``partner`` is filled."""
    some = scores > 0
    by_row, by_column = some.sum(1), some.sum(0)
    open_rows, open_columns = np.zeros(len(by_row), np.bool_), np.zeros(len(by_column), np.bool_)
    for i, j in zip(*np.nonzero(scores)):
        if by_row[i] == 1 and by_column[j] == 1:
            partner[i] = j
        else:
            open_rows[i] = open_columns[j] = True
    return np.nonzero(open_rows)[0], np.nonzero(open_columns)[0]


@compiled
def hungarian(cost):
    """(N,) the column of each row of ``cost`` (N, M >= N) that makes the least sum.

    Kuhn 1955 and Munkres 1957, as shortest augmenting paths: one row after another is given a
    column, and the rows before it move over where that costs less. ``u`` and ``v`` are prices:
    no cell costs less than the prices of its row and column together.
    """
    n, m = cost.shape
    u, v = np.zeros(n), np.zeros(m + 1)
    row_of = np.full(m + 1, -1)  # of a column; the last one stands for no column yet
    for row in range(n):
        row_of[m], column = row, m
        before, slack, seen = np.full(m, m), np.full(m, np.inf), np.zeros(m + 1, np.bool_)
        while row_of[column] >= 0:
            seen[column] = True
            column = cheapest(cost, u, v, row_of, column, before, slack, seen)
        while column != m:
            row_of[column] = row_of[before[column]]
            column = before[column]
    assigned = np.empty(n, np.int64)
    for column in range(m):
        if row_of[column] >= 0:
            assigned[row_of[column]] = column
    return assigned


@compiled
def cheapest(cost, u, v, row_of, column, before, slack, seen):
    """The next column of the path, prices moved so that it costs nothing more."""
    row, best = row_of[column], -1
    for j in range(len(slack)):
        if not seen[j]:
            reduced = cost[row, j] - u[row] - v[j]
            if reduced < slack[j]:
                slack[j], before[j] = reduced, column
            if best < 0 or slack[j] < slack[best]:
                best = j
    change = slack[best]
    for j in range(len(seen)):
        if seen[j]:
            u[row_of[j]] += change
            v[j] -= change
        elif j < len(slack):
            slack[j] -= change
    return best


@compiled
def note_pairs(table, partner, limb, scores, pairs, found):
    """The pairs of a limb after the ``found`` before it; their new number."""
    for start in range(len(partner)):
        if partner[start] >= 0:
            scores[found] = table[start, partner[start]]
            pairs[found] = limb, start, partner[start]
            found += 1
    return found


# --------------------------------------------------------------------------------------- people
@compiled
def put_together(peaks, counts, limbs, scores, pairs):
    """(P, K, 3) and (P,): each peak starts as a person of one joint, the best pair comes first."""
    joints, first = len(counts), np.cumsum(counts) - counts  # of each joint's peaks, the number
    owner = np.arange(counts.sum())
    people = np.full((len(owner), joints), -1)  # which of its peaks each joint of a person is
    limb_sum, limb_count = np.zeros(len(owner)), np.zeros(len(owner))
    for joint in range(joints):
        for peak in range(counts[joint]):
            people[first[joint] + peak, joint] = peak
    for n in np.argsort(-scores, kind="mergesort"):
        limb, start, end = pairs[n]
        one, two = owner[first[limbs[limb, 0]] + start], owner[first[limbs[limb, 1]] + end]
        if one == two or join(people, one, two, owner, first):
            limb_sum[one] += scores[n]
            limb_count[one] += 1
            if one != two:
                limb_sum[one] += limb_sum[two]
                limb_count[one] += limb_count[two]
    return gather(peaks, people, owner, limb_sum, limb_count)


@compiled
def join(people, one, two, owner, first):
    """Person two into one, unless both have the same joint; whether it was done."""
    joints = people.shape[1]
    for joint in range(joints):
        if people[one, joint] >= 0 and people[two, joint] >= 0:
            return False
    for joint in range(joints):
        if people[two, joint] >= 0:
            people[one, joint] = people[two, joint]
            owner[first[joint] + people[two, joint]] = one
    return True


@compiled
def gather(peaks, people, owner, limb_sum, limb_count):
    """The people of whom there is enough, with their mean limb scores."""
    chosen = np.zeros(len(owner), np.bool_)
    for n in range(len(owner)):
        size = (people[n] >= 0).sum()
        chosen[n] = owner[n] == n and size >= JOINTS and limb_sum[n] >= LIMB * limb_count[n]
    rows = np.nonzero(chosen)[0]
    found = np.full((len(rows), people.shape[1], 3), np.float32(np.nan))
    for n in range(len(rows)):
        for joint in range(people.shape[1]):
            peak = people[rows[n], joint]
            found[n, joint, 2] = 0
            if peak >= 0:
                found[n, joint] = peaks[joint, peak]
    return found, (limb_sum[rows] / limb_count[rows]).astype(np.float32)
