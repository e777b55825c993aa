"""An image of projected people: their parts painted from the farthest to the nearest.

In the colours of `human.appearance`, onto the layers of `drawing.canvas`.
"""

from __future__ import annotations

import math
from itertools import compress, count, repeat
from statistics import median

import cv2
import numpy as np

from ..human.dressed_body import (
    CHEST_LAYERS,
    CHEST_RINGS,
    FOOT,
    FRONT,
    HAND,
    PARTS,
    PELVIS,
    PELVIS_LAYERS,
    TORSO,
    TUBE,
    TUBES,
)
from ..scene.light import Light
from .canvas import Canvas
from .head_painting import paint_head, paint_tail
from .pixel_coordinates import SHIFT, hull
from .projection import ProjectedPeople
from .solid_projection import SolidPolygon, paint_solid


def paint_image(
    image: np.ndarray,
    projected: ProjectedPeople,
    group: slice,
    light: Light,
    things: list[SolidPolygon] = (),
) -> tuple[np.ndarray, np.ndarray]:
    """Paint the people of one image, and things among them, over its background: the image and
    its part numbers."""
    canvas = painted_canvas(image, projected, group, things)
    return canvas.finish(light.tint), canvas.ids


def painted_canvas(
    image: np.ndarray, projected: ProjectedPeople, group: slice, things: list[SolidPolygon] = ()
) -> Canvas:
    """The same, before the light falls on it."""
    people = range(group.start, group.stop)
    scale = median(projected.scale[group].tolist())
    canvas = Canvas(image, scale, len(people), projected.tubes)
    parts = [part for person, n in enumerate(people) for part in _parts(projected, n, person)]
    parts += [(polygon.depth, paint_solid, polygon) for polygon in things]
    parts.sort(key=lambda part: -part[0])
    for _, paint, *args in parts:
        paint(canvas, *args)
    return canvas


def light_bands(size: tuple[int, int], people: int = 1) -> int:
    """In how many steps light goes around a limb, in an image of this size."""
    return int(np.clip(max(size) / (45 * math.sqrt(people)), 2, 10))


def _parts(projected: ProjectedPeople, n: int, person: int) -> list[tuple]:
    """(depth, function, arguments) of each part of one person, the ``person``-th painted."""
    appearance, first = projected.appearances[n], person * PARTS
    parts = _tubes(projected, n, first)
    pelvis, chest = float(projected.pelvis_depth[n]), float(projected.chest_depth[n])
    chest += 0.05 if appearance.tucked else -0.05
    parts.append((pelvis, _paint_pelvis, projected, n, first + PELVIS))
    parts.append((chest, _paint_chest, projected, n, first + TORSO))
    if appearance.skirt:  # before whatever of the legs is nearest
        depth = projected.tube_depth[n, 4:8].min() - 0.06
        parts.append((float(depth), _paint_skirt, projected, n, first + PELVIS))
    for side in (0, 1):
        hand, foot = projected.hand_depth[n, side], projected.foot_depth[n, side]
        parts.append((float(hand), _paint_hand, projected, n, side, first + HAND + side))
        parts.append((float(foot), _paint_foot, projected, n, side, first + FOOT + side))
    head, tail = projected.heads.depth[n].tolist()
    parts.append((head, paint_head, projected.heads, n, first))
    if appearance.hair_style in ("long", "bun"):
        parts.append((tail, paint_tail, projected.heads, n, first))
    return parts


def _tubes(projected: ProjectedPeople, n: int, first: int) -> list[tuple]:
    """`_parts` that are limbs, sleeves, trousers, collars and the neck."""
    appearance = projected.appearances[n]
    skin, top, bottom = (
        colour.tolist() for colour in (appearance.skin, appearance.top, appearance.bottom)
    )
    tubes = zip(
        projected.tube_depth[n].tolist(),
        repeat(Canvas.tube),
        count(n * TUBES),
        projected.tube_outline[n],
        [skin] * 8 + [top] * 4 + [bottom] * 4 + [top, top, skin],
        count(first + TUBE),
    )
    return list(compress(tubes, projected.dressed.worn[n].tolist()))


def _paint_layers(
    canvas: Canvas, projected: ProjectedPeople, n: int, layers: slice, colour, number
) -> None:
    """Hulls between rings, and on them the facets that are seen."""
    hulls = [hull(rings) for rings in projected.trunk.rings[n, layers]]
    facets, lit = projected.trunk.facets_of(n, layers)
    canvas.seam(hulls, 0.55 * min(lit, default=60.0), True)
    for outline in hulls:
        canvas.part(outline, colour, number)
    canvas.lights(facets, lit)


def _paint_pelvis(canvas: Canvas, projected: ProjectedPeople, n: int, number: int) -> None:
    _paint_layers(
        canvas, projected, n, PELVIS_LAYERS, projected.appearances[n].bottom.tolist(), number
    )


def _paint_skirt(canvas: Canvas, projected: ProjectedPeople, n: int, number: int) -> None:
    """Folds fall from the waist."""
    outline = hull(projected.skirt[n])
    shades = projected.tube_shade[n, 4].tolist()
    canvas.seam([outline], 0.55 * min(shades), True)
    canvas.part(outline, projected.appearances[n].bottom.tolist(), number)
    middle = outline.mean(0) * [1, 0] + projected.ring[n, 1].mean(0) * [0, 1]
    shares = [[1 - k / len(shades), 1] for k in range(len(shades))]
    bands = middle + (outline - middle) * np.array(shares)[:, None]
    canvas.lights(np.rint(bands).astype(np.int32), shades)


def _paint_chest(canvas: Canvas, projected: ProjectedPeople, n: int, number: int) -> None:
    appearance = projected.appearances[n]
    _paint_layers(canvas, projected, n, CHEST_LAYERS, appearance.top.tolist(), number)
    if appearance.pattern != "plain":
        _paint_pattern(canvas, projected, n)


# Where on the stack of chest rings a pattern's belts begin and end.
_STRIPES = np.stack([np.arange(0.15, 4.9, 0.5), np.arange(0.15, 4.9, 0.5) + 0.22], axis=-1)
_BELTS = {"stripes": _STRIPES, "checks": _STRIPES, "chest": np.array([[2.6, 3.5]])}
# A print on the chest, or what an open jacket shows: levels, and half width in spokes.
_PANELS = {"logo": (np.linspace(2.4, 3.6, 5), 0.7), "jacket": (np.linspace(0, 6, 5), 0.45)}


def _paint_pattern(canvas: Canvas, projected: ProjectedPeople, n: int) -> None:
    """Stripes around the chest, checks, a band, a print, or an open jacket."""
    appearance, stack = projected.appearances[n], projected.ring[n, CHEST_RINGS]
    second, seen = appearance.top2.tolist(), projected.trunk.chest_seen[n]
    if appearance.pattern in _BELTS:
        spokes = _seen_arc(seen)
        rings = _at(stack, _BELTS[appearance.pattern])[:, :, spokes]  # (belts, 2, spokes, 2)
        belts = np.ascontiguousarray(np.concatenate([rings[:, 0], rings[:, 1, ::-1]], axis=1))
        cv2.fillPoly(canvas.colour, list(belts), second, cv2.LINE_AA, SHIFT)
        if appearance.pattern == "checks":
            lines = list(np.ascontiguousarray(stack[:5, spokes].swapaxes(0, 1)))
            width = max(1, round(0.012 * canvas.scale))
            cv2.polylines(canvas.colour, lines, False, second, width, cv2.LINE_AA, SHIFT)
    elif seen[FRONT - 1 : FRONT + 1].any():
        levels, wide = _PANELS[appearance.pattern]
        rows = _at(stack, levels)
        front, left, right = (rows[:, FRONT + step] for step in (0, -1, 1))
        edges = front + wide * (left - front), (front + wide * (right - front))[::-1]
        canvas.patch(np.rint(np.concatenate(edges)).astype(np.int32), second)


def _seen_arc(seen: np.ndarray) -> np.ndarray:
    """The spokes around the side of a ring that is seen, in order, from its facets (A,)."""
    start = int(np.argmax(seen & ~np.roll(seen, 1)))
    return (start + np.arange(int(seen.sum()) + 1)) % len(seen)


def _at(stack: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """(..., A, 2) int32: the rings at fractional places in a stack."""
    low = np.minimum(levels.astype(int), len(stack) - 2)
    share = (levels - low)[..., None, None]
    return np.rint(stack[low] + share * (stack[low + 1] - stack[low])).astype(np.int32)


def _paint_hand(canvas: Canvas, projected: ProjectedPeople, n, side, number) -> None:
    colour, shade = projected.appearances[n].skin.tolist(), float(projected.hand_shade[n, side])
    width = 0.0105 * projected.scale[n] * projected.dressed.body.height[n]
    if width < 1.6:
        mitten = hull(projected.mitten[n, side])
        canvas.seam([mitten], shade * 0.6, True)
        canvas.part(mitten, colour, number, shade)
        return
    fingers, wrist = projected.hand[n, side], projected.wrist[n, side]
    across = (fingers[1, 0] - fingers[4, 0]) * 3 // 8
    palm = hull(np.stack([*fingers[1:, 0], wrist - across, wrist + across, fingers[0, 0]]))
    thick = max(1, round(width * 1.15))
    strokes = [*fingers, np.concatenate([palm, palm[:1]])]
    for layer, value, wider in (
        (canvas.shade, shade * 0.62, 1 + canvas.rim // 2),
        (canvas.shade, shade, 0),
        (canvas.ids, number, 0),
        (canvas.colour, colour, 0),
    ):
        kind = cv2.LINE_AA if layer is canvas.colour else cv2.LINE_8
        cv2.polylines(layer, strokes[:-1], False, value, thick + wider, kind, SHIFT)
        cv2.polylines(layer, strokes[-1:], False, value, max(1, thick // 2 + wider), kind, SHIFT)
        cv2.fillPoly(layer, [palm], value, kind, SHIFT)
    gaps = list((fingers[1:-1] + fingers[2:]) // 2)
    cv2.polylines(canvas.shade, gaps, False, shade * 0.7, max(1, thick // 3), 8, SHIFT)


def _paint_foot(canvas: Canvas, projected: ProjectedPeople, n, side, number) -> None:
    appearance = projected.appearances[n]
    sole, upper = appearance.sole, appearance.shoes
    colours = (appearance.skin, appearance.skin) if appearance.barefoot else (sole, upper)
    shade = float(projected.foot_shade[n, side])
    for points, colour, dim in zip(projected.foot[n, side], colours, (0.75, 1.0)):
        outline = hull(points)
        canvas.seam([outline], 0.6 * shade, True)
        canvas.part(outline, colour.tolist(), number, dim * shade)
