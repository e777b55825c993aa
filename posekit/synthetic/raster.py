"""Convex polygons onto a layer of bytes, compiled: for `posekit.synthetic.quick`, which paints
fifty of them a person and thousands of people a second.

Each call of cv2 takes a microsecond before its first pixel; here one call paints many polygons.
They are int32 in eighths of a pixel, as cv2 has them with a shift of 3, and the same pixels
come out as of `cv2.fillConvexPoly`: those of the outline, drawn as lines one pixel wide, those
where an edge is at the middle of a row, and all between.

numba compiles at the first call, once on a machine: it keeps what it made beside this file.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_HALF = 1 << 15  # of a pixel, in the fixed point in which lines are drawn
_ROOM = 64  # corners
_TWOS = 2 + (2 << 16) + (2 << 32)  # so that a quarter of a sum is rounded


@njit(cache=True, error_model="numpy")
def paint(layer, polygons, counts, hulls, tones, firsts, parts):
    """Paint polygons onto ``layer`` (H, W) uint8, part by part.

    ``polygons`` (M, V, 2) int32, of which the first ``counts`` (M,) corners are meant: none,
    if 0. From ``hulls`` on they are points whose convex hull is meant. ``tones`` (M,) is what
    to paint; part p has the polygons from ``firsts[p]`` to ``firsts[p + 1]``, and ``parts``
    says which parts, in order.
    """
    sides = np.empty((2, 4), np.int64)
    x, y = np.empty(2 * _ROOM, np.int64), np.empty(2 * _ROOM, np.int64)
    for part in parts:
        for k in range(firsts[part], firsts[part + 1]):
            count = counts[k]
            for i in range(count):
                x[i], y[i] = polygons[k, i, 0], polygons[k, i, 1]
            if k >= hulls:
                count = _hull(x, y, count)
            if count:
                _fill(layer, x, y, count, tones[k], sides)


@njit(cache=True, error_model="numpy")
def develop(layer, palette, image, x0, y0, x1, y1):
    """Colour this window of ``image`` (H, W, 3) uint8 from a layer of twice its size.

    ``palette`` (256,) int64 is the colour of each tone, as `packed` gives it; four tones make a
    pixel, by their mean. How many tones of the window are above 1 comes back.
    """
    count = 0
    for y in range(y0, y1):
        for x in range(x0, x1):
            a, b = layer[2 * y, 2 * x], layer[2 * y, 2 * x + 1]
            c, d = layer[2 * y + 1, 2 * x], layer[2 * y + 1, 2 * x + 1]
            count += (a > 1) + (b > 1) + (c > 1) + (d > 1)
            total = palette[a] + palette[b] + palette[c] + palette[d] + _TWOS
            for k in range(3):
                image[y, x, k] = (total >> (16 * k + 2)) & 255
    return count


def packed(colours) -> np.ndarray:
    """(...) int64 of colours (..., 3) 0 to 255: the three in one number, to be summed at once."""
    return np.asarray(colours, dtype=np.int64) @ [1, 1 << 16, 1 << 32]


@njit(cache=True, error_model="numpy")
def _fill(layer, x, y, count, tone, sides):
    """One polygon: its outline, and each row between the two sides that go down from its top.

    ``sides`` (2, 4) int64 is room for where each side is: its corner, the row in which it gets
    there, its x in the middle of the row, and by how much that grows from row to row.
    """
    height, width = layer.shape
    top, low = 0, y[0]
    for i in range(count):
        j = i - 1 if i else count - 1
        _line(layer, x[j] << 13, y[j] << 13, x[i] << 13, y[i] << 13, tone)
        top, low = i if y[i] < y[top] else top, max(low, y[i])
    first, left = (y[top] + 4) >> 3, count
    for side in range(2):
        sides[side, 0], sides[side, 1], sides[side, 2], sides[side, 3] = top, first, 0, 0
    for row in range(first, min((low + 4) >> 3, height - 1) + 1):
        for side in range(2):
            i = sides[side, 0]
            while row >= sides[side, 1]:
                if left == 0:  # all edges are done
                    return
                left -= 1
                j = i - 1 if side else i + 1
                j = count - 1 if j < 0 else 0 if j == count else j
                rows = ((y[j] + 4) >> 3) - row
                if rows > 0:
                    twice = 2 * ((x[j] - x[i]) << 13) + rows
                    step = np.int64(twice / (2 * rows))
                    sides[side, 0], sides[side, 1] = j, row + rows
                    sides[side, 2], sides[side, 3] = (x[i] << 13) + _HALF, step
                i = j
        one, other = sides[0, 2] >> 16, sides[1, 2] >> 16
        if row >= 0:
            start, stop = max(min(one, other), 0), min(max(one, other) + 1, width)
            if start < stop:
                layer[row, start:stop] = tone
        sides[0, 2] += sides[0, 3]
        sides[1, 2] += sides[1, 3]


@njit(cache=True, error_model="numpy")
def _line(layer, x, y, to_x, to_y, tone):
    """One pixel wide, from left to right or, if it is steep, from the top to the bottom."""
    height, width = layer.shape
    flat = abs(to_x - x) > abs(to_y - y)
    if (to_x < x) if flat else (to_y < y):
        x, y, to_x, to_y = to_x, to_y, x, y
    run, rise = to_x - x, to_y - y
    x, y, to_x, to_y = x + _HALF, y + _HALF, (to_x + _HALF) >> 16, (to_y + _HALF) >> 16
    if 0 <= to_y < height and 0 <= to_x < width:  # the last pixel, wherever the steps lead
        layer[to_y, to_x] = tone
    if flat:
        slope = np.int64((rise << 16) / (run | 1))
        first = x >> 16
        for k in range(max(-first, 0), min((run >> 16) + 1, width - first)):
            row = (y + k * slope) >> 16
            if 0 <= row < height:
                layer[row, first + k] = tone
    else:
        slope = np.int64((run << 16) / (rise | 1))
        first = y >> 16
        for k in range(max(-first, 0), min((rise >> 16) + 1, height - first)):
            column = (x + k * slope) >> 16
            if 0 <= column < width:
                layer[first + k, column] = tone


@njit(cache=True, error_model="numpy")
def _hull(x, y, count):
    """Put the convex hull of the first ``count`` points in their place; how many it has.

    The monotone chain of Andrew, "Another efficient algorithm for convex hulls in two
    dimensions", 1979: sorted from left to right, the lower side and then the upper.
    """
    for i in range(1, count):
        px, py, k = x[i], y[i], i - 1
        while k >= 0 and (x[k] > px or (x[k] == px and y[k] > py)):
            x[k + 1], y[k + 1], k = x[k], y[k], k - 1
        x[k + 1], y[k + 1] = px, py
    size, turn = 0, 1
    chain = np.empty(2 * count, np.int64)
    for n in range(2 * count):  # there and back
        i = n if n < count else 2 * count - 1 - n
        least = turn
        while size > least:
            a, b = chain[size - 2], chain[size - 1]
            if (x[b] - x[a]) * (y[i] - y[a]) > (y[b] - y[a]) * (x[i] - x[a]):
                break
            size -= 1
        chain[size] = i
        size += 1
        if n == count - 1:
            turn = size
    size -= 1
    xs, ys = np.empty(size, np.int64), np.empty(size, np.int64)
    for i in range(size):
        xs[i], ys[i] = x[chain[i]], y[chain[i]]
    for i in range(size):
        x[i], y[i] = xs[i], ys[i]
    return size
