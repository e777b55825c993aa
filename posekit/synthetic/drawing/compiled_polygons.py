"""What a `drawing.canvas.Canvas` has noted, painted in one compiled call.

A call of cv2 takes half a microsecond before its first pixel, and a person has a hundred
polygons of one value. Here are the same pixels, after `drawing.rasterizer`.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from .polygon_kinds import LIGHT, LINE, PART, TUBE
from .rasterizer import compiled, compiled_and_kept, fill, outline, pixels

_SIXTEENTHS, _FINEST = 4, 16  # bits of a fraction of a pixel
_ONE = 1 << 16
_ROOM = 128  # corners


@compiled_and_kept
def paint_notes(shade, ids, notes, points, tones, tubes, rim, disc):
    """Paint onto ``shade`` (H, W) uint8 and ``ids`` (H, W) what the ``notes`` (M, 4) say.

    Each is a kind, a number of ``points`` (P, 2) int32, sixteenths of a pixel, which it takes,
    and two values:

    - `PART`: a convex polygon onto ``shade`` of the first value, unless that is negative, and
      onto ``ids`` of the second.
    - `LIGHT`: convex polygons of so many corners each onto ``shade``, of the next of the ``tones``.
    - `LINE` and `RING`: a line ``rim`` pixels wide with `disc` for ends, or a closed one, onto
      ``shade`` of the second value.
    - `TUBE`: the seam, the part and the lights of a limb: of which of the ``tubes``, as
      `drawing.projection.ProjectedPeople` has them, and the value for ``ids``.
    """
    x, y = np.empty(_ROOM, np.int64), np.empty(_ROOM, np.int64)
    outlines, bands, shades, cloth = tubes
    at, tone = 0, 0
    for m in range(len(notes)):
        kind, count, first, value = notes[m]
        number, stop = int(np.rint(value)), at + int(count)
        if (first if kind == LIGHT else count) > _ROOM:
            raise ValueError("a polygon has more than 128 corners")
        if kind == PART:
            _load(x, y, points, at, stop)
            most = 255 if ids.itemsize == 1 else 65535
            _convex(ids, x, y, stop - at, min(number, most), _SIXTEENTHS)
            if first >= 0:
                _convex(shade, x, y, stop - at, int(np.rint(first)), _SIXTEENTHS)
        elif kind == LIGHT:
            size = int(first)
            for start in range(at, stop, size):
                _load(x, y, points, start, start + size)
                _convex(shade, x, y, size, int(np.rint(tones[tone])), _SIXTEENTHS)
                tone += 1
        elif kind == TUBE:
            k = int(first)
            dark = int(np.rint(0.55 * shades[k].min()))
            _load(x, y, outlines[k], 0, 16)
            if cloth[k]:
                _stroke(shade, x, y, 2, 12, dark, rim, disc)
            else:
                _stroke(shade, x, y, 2, 4, dark, rim, disc)
                _stroke(shade, x, y, 10, 12, dark, rim, disc)
            _convex(ids, x, y, 16, number, _SIXTEENTHS)
            for b in range(bands.shape[1]):
                _load(x, y, bands[k, b], 0, bands.shape[2])
                _convex(shade, x, y, bands.shape[2], int(np.rint(shades[k, b])), _SIXTEENTHS)
        else:
            _load(x, y, points, at, stop)
            _stroke(shade, x, y, 1 if kind == LINE else 0, stop - at, number, rim, disc)
        at = stop


@compiled
def _load(x, y, points, start, stop):
    for i in range(start, stop):
        x[i - start], y[i - start] = points[i, 0], points[i, 1]


@compiled
def _convex(layer, x, y, count, tone, shift):
    outline(layer, x, y, count, tone, True, shift)
    if count > 2:
        fill(layer, x, y, count, tone, shift)


@compiled
def _stroke(layer, x, y, first, stop, tone, wide, disc):
    """Lines to each point from ``first`` to ``stop`` from the one before it; the one before the
    first of all is the last. Wide ones have round ends."""
    cx, cy = np.empty(4, np.int64), np.empty(4, np.int64)
    for i in range(first, stop):
        j = i - 1 if i else stop - 1
        if wide == 1:
            pixels(layer, x[j], y[j], x[i], y[i], tone, _SIXTEENTHS)
            continue
        ax, ay, bx, by = x[j] << 12, y[j] << 12, x[i] << 12, y[i] << 12
        across, down = (ax - bx) / _ONE, (by - ay) / _ONE
        square = across * across + down * down
        if square > 2.3e-16:
            half = _ONE // 2 * (wide + wide % 2) / np.sqrt(square)
            dx, dy = np.int64(np.rint(down * half)), np.int64(np.rint(across * half))
            cx[0], cx[1], cx[2], cx[3] = ax + dx, ax - dx, bx - dx, bx + dx
            cy[0], cy[1], cy[2], cy[3] = ay + dy, ay - dy, by - dy, by + dy
            _convex(layer, cx, cy, 4, tone, _FINEST)
        if first and i == first:
            _stamp(layer, ax, ay, disc, tone)
        _stamp(layer, bx, by, disc, tone)


@compiled
def _stamp(layer, x, y, disc, tone):
    """A `disc` about a point."""
    height, width = layer.shape
    column, top = (x + _ONE // 2) >> 16, ((y + _ONE // 2) >> 16) - len(disc) // 2
    for row in range(max(top, 0), min(top + len(disc), height)):
        reach = disc[row - top]
        for k in range(max(column - reach, 0), min(column + reach + 1, width)):
            layer[row, k] = tone


@cache
def disc(wide: int) -> np.ndarray:
    """(2 R + 1,) how far the round end of a line reaches to either side, row by row."""
    radius = (wide + 1) // 2
    mask = np.zeros((2 * radius + 1, 2 * radius + 1), np.uint8)
    cv2.circle(mask, (radius, radius), radius, 1, -1)
    return mask.sum(1, dtype=np.int64) // 2
