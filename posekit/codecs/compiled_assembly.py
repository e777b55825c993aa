"""`assembly.assemble`, compiled: the same people, ten to thirty times as soon.

Read `assembly` first: each function here does what its namesake there does, on plain arrays. What
is added saves time and changes no answer: rows of a map without a high cell are passed over, a
pair is given up once too many samples failed, and the exact matching sees only peaks with a choice.

numba compiles at the first call (some eight seconds), once on a machine: it keeps what it made
beside this file. When a constant of `assembly` changes it does not notice: ``make clean``.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .assembly import _HALF, _LEAST, ALONG, JOINTS, LIMB, LONG, MOST, NEAR, SAMPLES, SHARE

# The samples in the middle first: there, those of a wrong pair fail.
_WAY = np.array(sorted(np.linspace(0, 1, SAMPLES), key=lambda way: abs(way - 0.5)))
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
    joints = len(heatmaps)
    peaks, counts = np.empty((joints, MOST, 3), np.float32), np.zeros(joints, np.int64)
    room = np.empty((3, heatmaps.shape[1] * heatmaps.shape[2] // 2 + 1), np.float32)
    for joint in range(joints):
        counts[joint] = find_peaks(heatmaps[joint], threshold, room, peaks[joint])
    scores = np.empty(counts.max() * len(limbs), np.float32)
    pairs = np.empty((len(scores), 3), np.int64)  # limb, start, end
    found = 0
    for limb in range(len(limbs)):
        a, b = limbs[limb]
        table = limb_scores(
            pafs[2 * limb], pafs[2 * limb + 1], peaks[a, : counts[a]], peaks[b, : counts[b]]
        )
        partner = exact_partners(table) if exact else greedy_partners(table)
        for start in range(len(partner)):
            if partner[start] >= 0:
                scores[found] = table[start, partner[start]]
                pairs[found, 0], pairs[found, 1], pairs[found, 2] = limb, start, partner[start]
                found += 1
    return put_together(peaks, counts, limbs, scores[:found], pairs[:found])


@compiled
def descending(values):
    """Indices from the largest to the smallest, equal ones as they stand."""
    return np.argsort(-values, kind="mergesort")


# ---------------------------------------------------------------------------------------- peaks
@compiled
def find_peaks(heatmap, threshold, room, peaks):
    """Fills ``peaks`` (MOST, 3) and returns how many there are; ``room`` holds all there can be."""
    count, (height, width) = 0, heatmap.shape
    for row in range(height):
        if highest(heatmap, row) > threshold:
            for column in range(width):
                if heatmap[row, column] > threshold and is_peak(heatmap, row, column):
                    room[0, count], room[1, count] = refined(heatmap, row, column)
                    room[2, count] = heatmap[row, column]
                    count += 1
    order = descending(room[2, :count])
    count = min(count, MOST)
    for n in range(count):
        for i in range(3):
            peaks[n, i] = room[i, order[n]]
    return count


@njit(error_model="numpy", fastmath=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
def highest(heatmap, row):
    """The maximum of a row, several cells at a time, which needs leave to change the order."""
    most = heatmap[row, 0]
    for column in range(heatmap.shape[1]):
        most = max(most, heatmap[row, column])
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
    """x and y of a peak."""
    (height, width), x, y = heatmap.shape, float(column), float(row)
    if width > 2:
        m = min(max(column, 1), width - 2)
        x = top(column, m, heatmap[row, m - 1], heatmap[row, m], heatmap[row, m + 1])
    if height > 2:
        m = min(max(row, 1), height - 2)
        y = top(row, m, heatmap[m - 1, column], heatmap[m, column], heatmap[m + 1, column])
    return x, y


@compiled
def top(at, middle, left, centre, right):
    """Where the parabola through three logarithms has its top, half a cell from ``at`` at most."""
    left, right = np.log(max(float(left), _LEAST)), np.log(max(float(right), _LEAST))
    bend = 2 * np.log(max(float(centre), _LEAST)) - left - right
    place = middle + (right - left) / max(2 * bend, _LEAST) if bend > 0 else float(at)
    return min(max(place, at - _HALF), at + _HALF)


# ---------------------------------------------------------------------------------------- limbs
@compiled
def limb_scores(paf_x, paf_y, starts, ends):
    """(N, M) float32."""
    scores = np.zeros((len(starts), len(ends)), np.float32)
    for i in range(len(starts)):
        x, y = float(starts[i, 0]), float(starts[i, 1])
        for j in range(len(ends)):
            scores[i, j] = pair_score(paf_x, paf_y, x, y, ends[j, 0] - x, ends[j, 1] - y)
    return scores


@compiled
def pair_score(paf_x, paf_y, x, y, step_x, step_y):
    """The line integral from x, y on."""
    length = np.sqrt(step_x * step_x + step_y * step_y)
    total, failures, least = 0.0, 0, ALONG * length
    for n in range(SAMPLES):
        row, column = int(y + step_y * _WAY[n] + 0.5), int(x + step_x * _WAY[n] + 0.5)
        along = paf_x[row, column] * step_x + paf_y[row, column] * step_y
        total += along
        failures += not along > least
        if n >= _FAILURES and failures > _FAILURES:
            break
    joined, near = failures <= _FAILURES, length < NEAR
    if not joined and not near:
        return 0.0
    score = max(total / (SAMPLES * max(length, _LEAST)), 0.0) if joined else 0.0
    if near:
        score = max(score, ALONG)
    relative = length / max(paf_x.shape)
    return score / (1 + LONG * (relative * relative))


# ------------------------------------------------------------------------------------- matching
@compiled
def greedy_partners(scores):
    """(N,) the end of each start, -1 without one: the best pair that is left, again and again."""
    starts, ends = scores.shape
    partner, taken = np.full(starts, -1), np.zeros(ends, np.bool_)
    pairs = which(scores.ravel())
    values = np.empty(len(pairs), np.float32)
    for n in range(len(pairs)):
        values[n] = scores[pairs[n] // ends, pairs[n] % ends]
    for n in descending(values):
        i, j = pairs[n] // ends, pairs[n] % ends
        if partner[i] < 0 and not taken[j]:
            partner[i], taken[j] = j, True
    return partner


@compiled
def exact_partners(scores):
    """(N,) the same for the greatest total. A pair without a rival is in it."""
    partner = np.full(len(scores), -1)
    rows, columns = rivals(scores, partner)
    cost = np.zeros((len(rows), len(columns) + len(rows)))  # each row can stay alone, at no cost
    for i in range(len(rows)):
        for j in range(len(columns)):
            cost[i, j] = -scores[rows[i], columns[j]]
    column_of = hungarian(cost)
    for i in range(len(rows)):
        if cost[i, column_of[i]] < 0:
            partner[rows[i]] = columns[column_of[i]]
    return partner


@compiled
def rivals(scores, partner):
    """Rows and columns of pairs that have a rival; of the others, ``partner`` is filled."""
    starts, ends = scores.shape
    of_start, of_end = np.zeros(starts, np.int64), np.zeros(ends, np.int64)  # how many pairs
    for i in range(starts):
        for j in range(ends):
            if scores[i, j] > 0:
                of_start[i] += 1
                of_end[j] += 1
                partner[i] = j
    for i in range(starts):
        if of_start[i] == 1 and of_end[partner[i]] == 1:
            of_start[i] = of_end[partner[i]] = 0
        else:
            partner[i] = -1
    return which(of_start), which(of_end)


@compiled
def which(values):
    """Where a value is more than 0."""
    found, n = np.empty(len(values), np.int64), 0
    for i in range(len(values)):
        if values[i] > 0:
            found[n] = i
            n += 1
    return found[:n]


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


# --------------------------------------------------------------------------------------- people
@compiled
def put_together(peaks, counts, limbs, scores, pairs):
    """(P, K, 3) and (P,): each peak starts as a person of one joint, the best pair comes first."""
    first, people = one_joint_each(counts)
    owner = np.arange(len(people))
    limb_sum, limb_count = np.zeros(len(people)), np.zeros(len(people), np.int64)
    for n in descending(scores):
        limb, start, end = pairs[n, 0], pairs[n, 1], pairs[n, 2]
        one, two = owner[first[limbs[limb, 0]] + start], owner[first[limbs[limb, 1]] + end]
        if one == two or join(people, one, two, owner, first):
            limb_sum[one] += scores[n]
            limb_count[one] += 1
            if one != two:
                limb_sum[one] += limb_sum[two]
                limb_count[one] += limb_count[two]
    return gather(peaks, people, owner, limb_sum, limb_count)


@compiled
def one_joint_each(counts):
    """(K,) the number of each joint's first peak, and (N, K) which of its peaks each joint of a
    person is, -1 where it has none."""
    first, total = np.zeros(len(counts), np.int64), 0
    for joint in range(len(counts)):
        first[joint] = total
        total += counts[joint]
    people = np.full((total, len(counts)), -1)
    for joint in range(len(counts)):
        for peak in range(counts[joint]):
            people[first[joint] + peak, joint] = peak
    return first, people


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
    enough = np.zeros(len(owner), np.int64)
    for n in range(len(owner)):
        well = owner[n] == n and limb_sum[n] >= LIMB * limb_count[n]
        enough[n] = well and size(people, n) >= JOINTS
    rows = which(enough)
    found = np.zeros((len(rows), people.shape[1], 3), np.float32)
    limb_scores = np.empty(len(rows), np.float32)
    for n in range(len(rows)):
        limb_scores[n] = limb_sum[rows[n]] / limb_count[rows[n]]
        for joint in range(people.shape[1]):
            peak = people[rows[n], joint]
            if peak < 0:
                found[n, joint, 0] = found[n, joint, 1] = np.nan
            else:
                for i in range(3):
                    found[n, joint, i] = peaks[joint, peak, i]
    return found, limb_scores


@compiled
def size(people, n):
    """How many joints person ``n`` has."""
    count = 0
    for joint in range(people.shape[1]):
        count += people[n, joint] >= 0
    return count
