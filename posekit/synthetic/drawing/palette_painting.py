"""All people of a batch in one compiled call, for `drawing.fast_painting`: polygons of tones
onto a layer of twice the size, and the colours that the tones stand for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .rasterizer import compiled, compiled_and_kept, draw_polygon, work_arrays

_TWOS = 2 + (2 << 16) + (2 << 32)  # so that a quarter of a sum is rounded


class PolygonTable(NamedTuple):
    """What all people have in common: the M polygons of a person, and their parts.

    Attributes:
        first, corners: (M,) where in a person's points a polygon begins, and how many it has.
        kind, tone: (M,) one of `drawing.rasterizer.KINDS`, and what to paint.
        cut: from which polygon on lines are cut at the edges of the layer before they are
            drawn, as cv2 does, which can move them by a pixel; of the others what is outside is
            left out.
        spans: (P, 2) from which polygon to which one each part has.
    """

    first: np.ndarray
    corners: np.ndarray
    kind: np.ndarray
    tone: np.ndarray
    cut: int
    spans: np.ndarray


class PaletteBatch(NamedTuple):
    """N people, each before a wall, tone 0, and on a floor, tone 1.

    Attributes:
        points: (N, V, 2) int32. worn: (N, M) which polygons there are.
        order: (N, P) the parts from the farthest on. parts: (N,) how many of them there are.
        box: (N, 4) pixels around each person, x0 to y1. edge: (N,) the row where the floor begins.
        palette: (N, 256) int64 the colour of each tone, as `packed` gives it.
        at: (N, K) int64 where in the flattened layer to look up the tones.
    """

    points: np.ndarray
    worn: np.ndarray
    order: np.ndarray
    parts: np.ndarray
    box: np.ndarray
    edge: np.ndarray
    palette: np.ndarray
    at: np.ndarray


@compiled_and_kept
def paint(layer, table, people, images, tones, areas):
    """Paint N people over their ``images`` (N, H, W, 3) uint8 of walls, in place.

    Each is painted onto ``layer`` (2H, 2W) uint8, where another one was before. Into ``tones``
    (N, K) uint8 go those of the layer that are asked for, into ``areas`` (N,) the pixels of the
    layer that each covers.
    """
    x, y, room = work_arrays()
    flat, box = layer.reshape(-1), people.box
    for n in range(len(images)):
        x0, y0, x1, y1 = box[n, 0], box[n, 1], box[n, 2], box[n, 3]
        floor = min(max(y0, people.edge[n]), y1)
        layer[2 * y0 : 2 * floor, 2 * x0 : 2 * x1] = 0
        layer[2 * floor : 2 * y1, 2 * x0 : 2 * x1] = 1
        for part in people.order[n, : people.parts[n]]:
            for k in range(table.spans[part, 0], table.spans[part, 1]):
                if people.worn[n, k]:
                    first, count = table.first[k], table.corners[k]
                    for i in range(count):
                        x[i] = people.points[n, first + i, 0]
                        y[i] = people.points[n, first + i, 1]
                    draw_polygon(
                        layer, x, y, count, table.kind[k], table.tone[k], k >= table.cut, room
                    )
        areas[n] = develop(layer, people.palette[n], images[n], x0, y0, x1, y1)
        for k in range(people.at.shape[1]):
            tones[n, k] = flat[people.at[n, k]]


@compiled_and_kept
def develop(layer, palette, image, x0, y0, x1, y1):
    """Colour this window of ``image`` (H, W, 3) uint8 from a layer of twice its size.

    ``palette`` (256,) int64 is the colour of each tone, as `packed` gives it; four tones make a
    pixel, by their mean. The image is to have tones 0 and 1 already. How many tones of the
    window are above 1 comes back.
    """
    count = 0
    for y in range(y0, y1):
        top, low, row = layer[2 * y], layer[2 * y + 1], image[y]
        start, stop = x0, x1
        while start < stop and _bare(top, low, start):
            start += 1
        while start < stop and _bare(top, low, stop - 1):
            stop -= 1
        for x in range(start, stop):
            a, b, c, d = top[2 * x], top[2 * x + 1], low[2 * x], low[2 * x + 1]
            count += (a > 1) + (b > 1) + (c > 1) + (d > 1)
            total = palette[a] + palette[b] + palette[c] + palette[d] + _TWOS
            row[x, 0], row[x, 1], row[x, 2] = total >> 2, total >> 18, total >> 34
    return count


@compiled
def _bare(top, low, x):
    return top[2 * x] | top[2 * x + 1] | low[2 * x] | low[2 * x + 1] < 2


def packed(colours) -> np.ndarray:
    """(...) int64 of colours (..., 3) 0 to 255: the three in one number, to be summed at once."""
    colours = np.asarray(colours, dtype=np.int64)
    return colours[..., 0] + (colours[..., 1] << 16) + (colours[..., 2] << 32)
