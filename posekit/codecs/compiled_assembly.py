"""Two steps of `assembly`, compiled: the peaks of a map, and the scores of a limb's pairs.

Read `assembly` first: each function here gives what its namesake there gives. They are the steps
that look at every cell, or at every pair of two joints; what follows them has little to do, and
runs as it is written in `assembly`.

numba compiles at the first call (some seconds), once on a machine: it keeps what it made beside
this file. When a constant of `assembly` changes it does not notice: ``make clean``.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .assembly import _HALF, _LEAST, ALONG, LONG, MOST, NEAR, SAMPLES, SHARE

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


# ---------------------------------------------------------------------------------------- peaks
@compiled_and_kept
def find_peaks(heatmap, threshold):
    """(N, 3), the same as `assembly.find_peaks`, for a float32 map."""
    (height, width), least = heatmap.shape, np.float32(threshold)
    peaks, count = np.empty((height * width // 2 + 1, 3), np.float32), 0
    for row in range(height):
        for column in range(width):
            if heatmap[row, column] > least and is_peak(heatmap, row, column):
                peaks[count, 0], peaks[count, 1] = refined(heatmap, row, column)
                peaks[count, 2] = heatmap[row, column]
                count += 1
    order = np.argsort(-peaks[:count, 2], kind="mergesort")  # equal ones as they stand
    return peaks[order[:MOST]]


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
@compiled_and_kept
def limb_scores(paf, starts, ends):
    """(N, M) float32, the same as `assembly.limb_scores`, for a float32 field (2, h, w)."""
    scores = np.zeros((len(starts), len(ends)), np.float32)
    for i in range(len(starts)):
        x, y = float(starts[i, 0]), float(starts[i, 1])
        for j in range(len(ends)):
            scores[i, j] = pair_score(paf[0], paf[1], x, y, ends[j, 0] - x, ends[j, 1] - y)
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
