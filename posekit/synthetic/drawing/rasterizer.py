"""Polygons and lines onto a layer of numbers, compiled: for the painters of
`drawing.palette_painting` and `drawing.compiled_polygons`.

Each call of cv2 takes a microsecond before its first pixel; compiled code paints a whole person
meanwhile. Coordinates are integers with some bits for fractions of a pixel, as cv2 has them with
a shift, and the same pixels come out as of the function of cv2 that each of the `KINDS` names.

numba compiles at the first call, once on a machine: it keeps what it made beside this file. It
does not notice when a function changes that another file calls: after editing, ``make clean``.
"""

from __future__ import annotations

import numpy as np
from numba import njit

KINDS = CONVEX, HULL, SHAPE, PAIR, STROKE = range(5)
"""`fillConvexPoly`; the same of the points' convex hull; `fillPoly`; the same of two outlines, one
after the other; `polylines` from the first point to the last, a pixel wide."""
EIGHTHS = 3  # as many bits of a fraction of a pixel
_HALF = 1 << 15  # of a pixel, in the fixed point in which lines are drawn
_ROOM = 64  # corners

compiled = njit(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)


def compiled_and_kept(function):
    """Compiled once a machine where numba finds a place to keep it, else once a process.

    There is none where the package is somebody else's and the user has no home.
    """
    try:
        return njit(cache=True, error_model="numpy")(function)
    except RuntimeError:
        return njit(error_model="numpy")(function)


@compiled
def work_arrays():
    """For the corners of a polygon, x and y, and for what is worked out of them."""
    return np.empty(_ROOM, np.int64), np.empty(_ROOM, np.int64), np.empty((4, 2 * _ROOM), np.int64)


@compiled
def draw_polygon(layer, x, y, count, kind, tone, cut, room):
    """What the first ``count`` corners are of one of the `KINDS`, in eighths of a pixel; whether
    to ``cut`` its lines is said at `drawing.palette_painting.PolygonTable`."""
    if kind == STROKE:
        for i in range(1, count):
            pixels(layer, x[i - 1], y[i - 1], x[i], y[i], tone, EIGHTHS)
    elif kind in (SHAPE, PAIR):
        _shape(layer, x, y, count, 1 if kind == SHAPE else 2, tone, room)
    else:
        if kind == HULL:
            count = _hull(x, y, count, room)
        outline(layer, x, y, count, tone, cut, EIGHTHS)
        if count > 2:
            fill(layer, x, y, count, tone, EIGHTHS)


@compiled
def outline(layer, x, y, count, tone, cut, shift):
    """A closed line of one pixel through the corners."""
    (height, width), finer = layer.shape, 16 - shift
    for i in range(count):
        j = i - 1 if i else count - 1
        ax, ay, bx, by, seen = x[j] << finer, y[j] << finer, x[i] << finer, y[i] << finer, True
        if cut:
            ax, ay, bx, by, seen = _cut(ax, ay, bx, by, (width << 16) - 1, (height << 16) - 1)
        if seen:
            _line(layer, ax, ay, bx, by, tone)


@compiled
def fill(layer, x, y, count, tone, shift):
    """Each row between the two sides that go down from the top."""
    top, low = 0, y[0]
    for i in range(1, count):
        top, low = i if y[i] < y[top] else top, max(low, y[i])
    half = 1 << shift >> 1
    first, left = (y[top] + half) >> shift, count  # left: edges that are still to come
    i, i_until, one, one_step = top, first, 0, 0
    j, j_until, other, other_step = top, first, 0, 0
    for row in range(first, min((low + half) >> shift, len(layer) - 1) + 1):
        if row >= i_until:
            i, i_until, one, one_step, left = _next(x, y, count, i, 1, row, left, shift)
            if left < 0:
                return
        if row >= j_until:
            j, j_until, other, other_step, left = _next(x, y, count, j, -1, row, left, shift)
            if left < 0:
                return
        if row >= 0:
            _span(layer, row, min(one, other) >> 16, max(one, other) >> 16, tone)
        one += one_step
        other += other_step


@compiled
def _span(layer, row, start, last, tone):
    start, last = max(start, 0), min(last, layer.shape[1] - 1)
    if start <= last:
        layer[row, start : last + 1] = tone


@compiled
def _next(x, y, count, i, way, row, left, shift):
    """The next edge of a side, from corner ``i`` on, that goes down from ``row``: its end, the
    row in which it gets there, its x in the middle of the row, by how much that grows from row
    to row, and how many edges are left; -1 if there is none."""
    while left > 0:
        left -= 1
        j = i + way
        j = count - 1 if j < 0 else 0 if j == count else j
        rows = ((y[j] + (1 << shift >> 1)) >> shift) - row
        if rows > 0:
            start = x[i] << (16 - shift)
            twice = 2 * ((x[j] << (16 - shift)) - start) + rows
            return j, row + rows, start + _HALF, np.int64(twice / (2 * rows)), left
        i = j
    return i, row, 0, 0, -1


@compiled
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


@compiled
def _shape(layer, x, y, count, outlines, tone, room):
    """One polygon or two, dented or not: the outline through whole pixels, and in each row what
    is between its first and second edge, its third and fourth, and so on."""
    upper, lower, start, step = room[0], room[1], room[2], room[3]
    edges, low, high, each = 0, len(layer), 0, count // outlines
    for i in range(count):
        j = i - 1 if i % each else i + each - 1
        ay, by = (y[j] + 4) >> 3, (y[i] + 4) >> 3
        px, py, qx, qy = pixels(layer, x[j], y[j], x[i], y[i], tone, EIGHTHS)
        if ay == by:
            continue
        if py == qy:  # all of it was cut off
            py, qy = ay, by
        slope = np.int64(((qx - px) << 16) / (qy - py))
        upper[edges], lower[edges], step[edges] = min(ay, by), max(ay, by), slope
        start[edges] = (px << 16) + (ay - py) * slope if ay < by else (qx << 16) + (by - qy) * slope
        low, high, edges = min(low, upper[edges]), max(high, lower[edges]), edges + 1
    for row in range(max(low, 0), min(high, len(layer))):
        met = 0
        for k in range(edges):
            if upper[k] <= row < lower[k]:
                column, i = start[k] + (row - upper[k]) * step[k], met
                while i and x[i - 1] > column:
                    x[i], i = x[i - 1], i - 1
                x[i], met = column, met + 1
        for i in range(0, met, 2):
            _span(layer, row, (x[i] + 65535) >> 16, x[i + 1] >> 16, tone)


@compiled
def pixels(layer, x, y, to_x, to_y, tone, shift):
    """The line after Bresenham between the pixels in which two points are; its ends, once it
    is cut at the edges of the layer."""
    height, width = layer.shape
    half = 1 << shift >> 1
    x, y = (x + half) >> shift, (y + half) >> shift
    to_x, to_y = (to_x + half) >> shift, (to_y + half) >> shift
    x, y, to_x, to_y, seen = _cut(x, y, to_x, to_y, width - 1, height - 1)
    ends = x, y, to_x, to_y
    if not seen:
        return ends
    if to_x < x:
        x, y, to_x, to_y = to_x, to_y, x, y
    across, down, way = to_x - x, abs(to_y - y), 1 if to_y >= y else -1
    steep = down > across
    most, least = max(across, down), min(across, down)
    error = most - 2 * least
    for _ in range(most + 1):
        layer[y, x] = tone
        aside = error < 0
        error += (2 * most if aside else 0) - 2 * least
        if steep:
            y, x = y + way, x + aside
        else:
            x, y = x + 1, y + way * aside
    return ends


@compiled
def _cut(ax, ay, bx, by, right, bottom):
    """A line's ends moved to where it crosses the edges of the layer, and whether any of it is
    inside: above and below first, then left and right, each rounded towards zero, as cv2 does.

    Newman and Sproull, "Principles of Interactive Computer Graphics", 1973, chapter 5.
    """
    a_row, b_row, a_column = _beyond(ay, bottom), _beyond(by, bottom), _beyond(ax, right)
    if _both(a_row, b_row) or _both(a_column, _beyond(bx, right)):
        return ax, ay, bx, by, False
    if a_row:
        ay, ax = _crossing(ay, ax, by, bx, a_row, bottom)
    if b_row:
        by, bx = _crossing(by, bx, ay, ax, b_row, bottom)
    a_column, b_column = _beyond(ax, right), _beyond(bx, right)
    if _both(a_column, b_column):
        return ax, ay, bx, by, False
    if a_column:
        ax, ay = _crossing(ax, ay, bx, by, a_column, right)
    if b_column:
        bx, by = _crossing(bx, by, ax, ay, b_column, right)
    return ax, ay, bx, by, True


@compiled
def _beyond(value, last):
    return (value > last) - (value < 0)


@compiled
def _both(side, other):
    """Whether both ends are beyond the same edge."""
    return side != 0 and side == other


@compiled
def _crossing(along, aside, to_along, to_aside, side, last):
    """Where the line from one end to the other meets the edge that the first is beyond."""
    edge = last if side > 0 else 0
    share = (edge - along) * float(to_aside - aside) / (to_along - along)
    return edge, aside + np.int64(share)


@compiled
def _hull(x, y, count, room):
    """Put the convex hull of the first ``count`` points in their place; how many it has.

    The monotone chain of Andrew, "Another efficient algorithm for convex hulls in two
    dimensions", 1979: sorted from left to right, the lower side and then the upper.
    """
    chain, xs, ys = room[0], room[1], room[2]
    for i in range(1, count):
        px, py, k = x[i], y[i], i - 1
        while k >= 0 and (x[k] > px or (x[k] == px and y[k] > py)):
            x[k + 1], y[k + 1], k = x[k], y[k], k - 1
        x[k + 1], y[k + 1] = px, py
    size, turn = 0, 1
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
    for i in range(size):
        xs[i], ys[i] = x[chain[i]], y[chain[i]]
    for i in range(size):
        x[i], y[i] = xs[i], ys[i]
    return size
