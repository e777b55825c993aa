"""From posed, dressed people and their cameras to polygons, and from these to a picture.

`Cast` works out the polygons of N people at once with numpy, whether they share an image or
not: that is where the time would go otherwise. `paint` then takes the people of one image and
paints their parts from the farthest to the nearest, each polygon one cv2 call.
"""

from __future__ import annotations

import cv2
import numpy as np

from .body import INDEX, Posed
from .camera import Camera
from .figure import (
    CHEST_RINGS,
    FOOT,
    FRONT,
    HAND,
    PARTS,
    PELVIS,
    PELVIS_RINGS,
    RING_JOINT,
    STATIONS,
    TORSO,
    TUBE,
    TUBE_BIAS,
    TUBE_FROM,
    TUBE_TO,
    TUBES,
    Figures,
)
from .head import Heads, paint_head, paint_tail
from .light import Light
from .paint import SHIFT, Canvas, fixed, hull

_WRISTS = [INDEX["left_wrist"], INDEX["right_wrist"]]
_ANKLES = [INDEX["left_ankle"], INDEX["right_ankle"]]
_KNEES = [INDEX["left_knee"], INDEX["right_knee"]]
_HIPS = [INDEX["left_hip"], INDEX["right_hip"]]


class Cast:
    """N people as their cameras see them: all polygons, depths and shades of light.

    ``posed`` has frames (N, J, 4, 4); ``cameras`` and ``lights`` are lists of N. ``bands`` is
    in how many steps light goes around a limb.
    """

    def __init__(self, figures: Figures, posed: Posed, cameras: list[Camera],
                 lights: list[Light], bands: int):  # fmt: skip
        self.figures, self.looks = figures, figures.looks
        rotation = np.array([camera.rotation for camera in cameras])
        shift = np.array([camera.translation for camera in cameras])
        self.rotation, self.shift = rotation, shift
        self.focal = np.array([camera.focal for camera in cameras])
        self.center = np.array([camera.center for camera in cameras])
        self.turn = rotation[:, None] @ posed.frames[:, :, :3, :3]  # (N, J, 3, 3)
        self.place = (rotation[:, None] @ posed.frames[:, :, :3, 3:])[..., 0] + shift[:, None]
        self.sun = (rotation @ np.array([light.direction for light in lights])[..., None])[..., 0]
        self.ambient = np.array([light.ambient for light in lights])
        self.lamp = np.array([light.lamp for light in lights])
        self.scale = self.focal / self.place[:, 0, 2]  # pixels a metre
        self._tubes(bands)
        self._rings()
        self._ends()
        self.heads = Heads(self)

    def to_camera(self, points: np.ndarray) -> np.ndarray:
        """(N, P, 3) metres, world axes to each one's camera axes."""
        return points @ self.rotation.swapaxes(-1, -2) + self.shift[:, None]

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """(N, ..., 3) metres in camera axes to (N, ..., 2) pixels."""
        wide = (len(points),) + (1,) * (points.ndim - 2)
        flat = points[..., :2] / points[..., 2:]
        return flat * self.focal.reshape(*wide, 1) + self.center.reshape(*wide, 2)

    def of(self, joints, points: np.ndarray) -> np.ndarray:
        """(N, k, ..., 3) metres in the frames of k joints to camera axes."""
        turn, place = self.turn[:, joints], self.place[:, joints]
        flat = points.reshape(*points.shape[:2], -1, 3)
        moved = flat @ turn.swapaxes(-1, -2) + place[:, :, None]
        return moved.reshape(points.shape)

    def shade(self, facing: np.ndarray) -> np.ndarray:
        """(N, ...) shades 0..255 of surfaces with this cosine to the light."""
        wide = (len(facing),) + (1,) * (facing.ndim - 1)
        lit = np.maximum(0.25 + 0.75 * facing, 0)
        return 128 * (self.ambient.reshape(wide) + self.lamp.reshape(wide) * lit)

    def _tubes(self, count: int) -> None:
        """Outline and bands of light of all limbs and necks."""
        figures = self.figures
        a, b = self.place[:, TUBE_FROM], self.place[:, TUBE_TO]
        along = figures.start[..., None] + (figures.end - figures.start)[..., None] * STATIONS
        middle = a[:, :, None] + (b - a)[:, :, None] * along[..., None]  # (N, T, 5, 3)
        pixel = self.pixels(middle)
        radius = figures.radii * (self.focal[:, None, None] / middle[..., 2])
        bone, sight = _unit(b - a), _unit(-(a + b))
        side = _unit(_cross(bone, sight))  # in the image plane, across the bone
        front = _cross(side, bone)
        front *= np.sign((front * sight).sum(-1, keepdims=True))
        across = _unit(side[..., :2])
        ahead = across[..., ::-1] * [1, -1]  # along the bone, from a to b
        run = (ahead * (pixel[:, :, -1] - pixel[:, :, 0])).sum(-1, keepdims=True)
        ahead = ahead * np.sign(run + 1e-9)
        offset = across[:, :, None] * radius[..., None]
        self.tube_outline = _outline(pixel, offset, across, ahead, radius, figures.caps)
        self.tube_depth = middle[:, :, 2, 2] - TUBE_BIAS
        edges = np.linspace(-1, 1, count + 1)
        centre = (edges[1:] + edges[:-1]) / 2
        facing = (centre * (side * self.sun[:, None]).sum(-1, keepdims=True)
                  + np.sqrt(1 - centre**2) * (front * self.sun[:, None]).sum(-1, keepdims=True))
        self.tube_shade = self.shade(facing).tolist()
        self.tube_band = _bands(pixel, offset, ahead, radius, figures.caps, edges)

    def _rings(self) -> None:
        """The trunk: rings in pixels, and the facets between them that face the camera."""
        points = self.of(RING_JOINT, self.figures.rings)  # (N, R, A, 3)
        self.ring_depth = points[..., 2].mean(-1)
        self.ring = fixed(self.pixels(points))
        after = np.roll(points, -1, axis=2)
        normal = _unit(_cross(after[:, 1:] - points[:, :-1], points[:, 1:] - after[:, :-1]))
        self.seen = (normal * points[:, :-1]).sum(-1) < 0  # (N, R - 1, A)
        self.ring_shade = self.shade((normal * self.sun[:, None, None]).sum(-1))
        next_ = np.roll(self.ring, -1, axis=2)
        self.facet = np.stack([self.ring[:, :-1], next_[:, :-1], next_[:, 1:], self.ring[:, 1:]],
                              axis=3)  # (N, R - 1, A, 4, 2)  # fmt: skip

    def _ends(self) -> None:
        """Hands and feet."""
        hands = self.of(_WRISTS, self.figures.hands)
        self.hand, self.hand_depth = fixed(self.pixels(hands)), hands[..., 2].mean((-1, -2)) - 0.01
        self.wrist = fixed(self.pixels(self.place[:, _WRISTS]))
        palm = (self.turn[:, _WRISTS][..., 0] * self.sun[:, None]).sum(-1)
        self.hand_shade = self.shade(0.25 + 0.4 * np.abs(palm))
        feet = self.of(_ANKLES, self.figures.feet)
        self.foot, self.foot_depth = fixed(self.pixels(feet)), feet[..., 2].mean((-1, -2))
        up = (self.turn[:, _ANKLES][..., 1] * self.sun[:, None]).sum(-1)
        self.foot_shade = self.shade(0.6 * up)

    def parts(self, n: int, person: int) -> list[tuple]:
        """(depth, function, arguments) of each part of one person, the ``person``-th painted."""
        look, first = self.looks[n], person * PARTS
        worn, depth = self.figures.worn[n].tolist(), self.tube_depth[n].tolist()
        colours = [look.skin] * 8 + [look.bottom if t >= 12 else look.top for t in range(8, 16)]
        colours += [look.top, look.top, look.skin]
        parts = [(depth[t], _paint_tube, self, n, t, colours[t].tolist(), first + TUBE + t)
                 for t in range(TUBES) if worn[t]]  # fmt: skip
        rings = self.ring_depth[n]
        pelvis, chest = float(rings[PELVIS_RINGS].mean()), float(rings[CHEST_RINGS].mean())
        parts.append((pelvis, _paint_pelvis, self, n, first + PELVIS))
        parts.append((chest + (0.05 if look.tucked else -0.05), _paint_chest, self, n,
                      first + TORSO))  # fmt: skip
        if look.skirt:  # before whatever of the legs is nearest
            parts.append((min(depth[4:8]) - 0.06, _paint_skirt, self, n, first + PELVIS))
        for side in (0, 1):
            parts.append((float(self.hand_depth[n, side]), _paint_hand, self, n, side,
                          first + HAND + side))  # fmt: skip
            parts.append((float(self.foot_depth[n, side]), _paint_foot, self, n, side,
                          first + FOOT + side))  # fmt: skip
        head, tail = self.heads.depth[n].tolist()
        parts.append((head, paint_head, self.heads, n, first))
        if look.style in ("long", "bun"):
            parts.append((tail, paint_tail, self.heads, n, first))
        return parts


def paint(canvas: Canvas, cast: Cast, people: range) -> None:
    """Paint these people of a cast, every part of everyone from the farthest to the nearest."""
    parts = [part for person, n in enumerate(people) for part in cast.parts(n, person)]
    parts.sort(key=lambda part: -part[0])
    for _, draw, *args in parts:
        draw(canvas, *args)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / (np.sqrt((vectors * vectors).sum(-1, keepdims=True)) + 1e-9)


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """``np.cross`` of (..., 3), without its overhead."""
    ax, ay, az = a[..., 0], a[..., 1], a[..., 2]
    bx, by, bz = b[..., 0], b[..., 1], b[..., 2]
    return np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], axis=-1)


_CAP = np.radians([45, 0, -45])
_COS, _SIN = np.cos(_CAP)[:, None], np.sin(_CAP)[:, None]


def _outline(pixel, offset, across, ahead, radius, caps) -> np.ndarray:
    """(N, T, 16, 2) int32: up one side, around the end, down the other, around the start."""
    across = across[:, :, None]
    round_off = _COS * (ahead * caps[..., 1:])[:, :, None] + _SIN * across
    end = pixel[:, :, -1:] + radius[:, :, -1:, None] * round_off
    round_off = -_COS * (ahead * caps[..., :1])[:, :, None] - _SIN * across
    start = pixel[:, :, :1] + radius[:, :, :1, None] * round_off
    sides = pixel + offset, end, (pixel - offset)[:, :, ::-1], start
    return fixed(np.concatenate(sides, axis=2))


def _bands(pixel, offset, ahead, radius, caps, edges) -> np.ndarray:
    """(N, T, B, 14, 2) int32 polygons, each from its edge to the far side of the tube.

    The next one is painted over it, so that no gap can show between them. They reach over
    the round ends.
    """
    tip = (ahead * caps[..., 1:] * radius[..., -1:])[:, :, None]
    tail = (ahead * caps[..., :1] * radius[..., :1])[:, :, None]
    spine = np.concatenate([pixel[:, :, :1] - tail, pixel, pixel[:, :, -1:] + tip], axis=2)
    wide = np.concatenate([0.4 * offset[:, :, :1], offset, 0.4 * offset[:, :, -1:]], axis=2)
    left = spine[:, :, None] + edges[:-1, None, None] * wide[:, :, None]
    right = np.broadcast_to((spine + wide)[:, :, None, ::-1], left.shape)
    return fixed(np.concatenate([left, right], axis=3))


def _paint_tube(canvas: Canvas, cast: Cast, n, t, colour, number) -> None:
    outline, shades = cast.tube_outline[n, t], cast.tube_shade[n][t]
    # A seam along the sides, and around an end only where cloth ends: limbs go on.
    dark = 0.55 * min(shades)
    if cast.figures.caps[n, t, 1] < 0.5:
        canvas.seam([outline[1:12]], dark, False)
    else:
        canvas.seam([outline[1:4], outline[9:12]], dark, False)
    canvas.part(outline, colour, number)
    for band, shade in zip(cast.tube_band[n, t], shades):
        canvas.light(band, shade)


def _paint_rings(canvas: Canvas, cast: Cast, n: int, rings: slice, colour, number) -> None:
    """Hulls between neighbouring rings, and on them the facets that are seen."""
    stack = cast.ring[n, rings]
    hulls = [hull(stack[r:r + 2]) for r in range(len(stack) - 1)]
    between = slice(rings.start, rings.stop - 1)
    seen, shades = cast.seen[n, between], cast.ring_shade[n, between]
    lit = shades[seen].tolist()
    canvas.seam(hulls, 0.55 * min(lit, default=60.0), True)
    for outline in hulls:
        canvas.part(outline, colour, number)
    for facet, shade in zip(cast.facet[n, between][seen], lit):
        canvas.light(facet, shade)


def _paint_pelvis(canvas: Canvas, cast: Cast, n: int, number: int) -> None:
    _paint_rings(canvas, cast, n, PELVIS_RINGS, cast.looks[n].bottom.tolist(), number)


def _paint_skirt(canvas: Canvas, cast: Cast, n: int, number: int) -> None:
    """From the hips to a hem around both legs; folds fall from the waist."""
    hips, knees, ankles = (cast.place[n, row] for row in (_HIPS, _KNEES, _ANKLES))
    far = cast.looks[n].skirt
    hem = hips + far * (knees - hips) if far <= 1 else knees + (far - 1) * (ankles - knees)
    pixel = cast.focal[n] * hem[:, :2] / hem[:, 2:] + cast.center[n]
    radius = 0.075 * cast.figures.body.height[n] * cast.scale[n]
    angle = np.linspace(0, 2 * np.pi, 10, endpoint=False)
    circle = np.stack([np.cos(angle), 0.45 * np.sin(angle)], axis=-1) * radius
    outline = hull(np.concatenate([cast.ring[n, 1], fixed(pixel[:, None] + circle).reshape(-1, 2)]))
    shades = cast.tube_shade[n][4]
    canvas.seam([outline], 0.55 * min(shades), True)
    canvas.part(outline, cast.looks[n].bottom.tolist(), number)
    waist = cast.ring[n, 1].mean(0)
    for k, shade in enumerate(shades):
        share = 1 - k / len(shades)
        middle = outline.mean(0) * [1, 0] + waist * [0, 1]
        band = middle + (outline - middle) * [share, 1]
        canvas.light(np.rint(band).astype(np.int32), shade)


def _paint_chest(canvas: Canvas, cast: Cast, n: int, number: int) -> None:
    look = cast.looks[n]
    _paint_rings(canvas, cast, n, CHEST_RINGS, look.top.tolist(), number)
    if look.pattern != "plain":
        _paint_pattern(canvas, cast, n)


# Where on the stack of chest rings a pattern's belts begin and end.
_STRIPES = np.stack([np.arange(0.15, 4.9, 0.5), np.arange(0.15, 4.9, 0.5) + 0.22], axis=-1)
_BELTS = {"stripes": _STRIPES, "checks": _STRIPES, "chest": np.array([[2.6, 3.5]])}
# A print on the chest, or what an open jacket shows: levels, and half width in spokes.
_PANELS = {"logo": (np.linspace(2.4, 3.6, 5), 0.7), "jacket": (np.linspace(0, 6, 5), 0.45)}


def _paint_pattern(canvas: Canvas, cast: Cast, n: int) -> None:
    """Stripes around the chest, checks, a band, a print, or an open jacket."""
    look, stack = cast.looks[n], cast.ring[n, CHEST_RINGS]
    second, seen = look.top2.tolist(), cast.seen[n, CHEST_RINGS.start + 2]
    if look.pattern in _BELTS:
        spokes = _seen_arc(seen)
        rings = _at(stack, _BELTS[look.pattern])[:, :, spokes]  # (belts, 2, spokes, 2)
        belts = np.ascontiguousarray(np.concatenate([rings[:, 0], rings[:, 1, ::-1]], axis=1))
        cv2.fillPoly(canvas.colour, list(belts), second, cv2.LINE_AA, SHIFT)
        if look.pattern == "checks":
            lines = list(np.ascontiguousarray(stack[:5, spokes].swapaxes(0, 1)))
            width = max(1, round(0.012 * canvas.scale))
            cv2.polylines(canvas.colour, lines, False, second, width, cv2.LINE_AA, SHIFT)
    elif seen[FRONT - 1:FRONT + 1].any():
        levels, wide = _PANELS[look.pattern]
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


def _paint_hand(canvas: Canvas, cast: Cast, n, side, number) -> None:
    fingers, wrist = cast.hand[n, side], cast.wrist[n, side]
    colour, shade = cast.looks[n].skin.tolist(), float(cast.hand_shade[n, side])
    width = 0.0105 * cast.scale[n] * cast.figures.body.height[n]
    if width < 1.6:
        mitten = hull(np.concatenate([fingers.reshape(-1, 2), wrist[None]]))
        canvas.seam([mitten], shade * 0.6, True)
        canvas.part(mitten, colour, number)
        canvas.light(mitten, shade)
        return
    across = (fingers[1, 0] - fingers[4, 0]) * 3 // 8
    palm = hull(np.stack([*fingers[1:, 0], wrist - across, wrist + across, fingers[0, 0]]))
    thick = max(1, round(width * 1.15))
    strokes = [*fingers, np.concatenate([palm, palm[:1]])]
    for layer, value, wider in ((canvas.shade, shade * 0.62, 1 + canvas.rim // 2),
                                (canvas.shade, shade, 0), (canvas.ids, number, 0),
                                (canvas.colour, colour, 0)):  # fmt: skip
        kind = cv2.LINE_AA if layer is canvas.colour else cv2.LINE_8
        cv2.polylines(layer, strokes[:-1], False, value, thick + wider, kind, SHIFT)
        cv2.polylines(layer, strokes[-1:], False, value, max(1, thick // 2 + wider), kind, SHIFT)
        cv2.fillPoly(layer, [palm], value, kind, SHIFT)
    gaps = list((fingers[1:-1] + fingers[2:]) // 2)
    cv2.polylines(canvas.shade, gaps, False, shade * 0.7, max(1, thick // 3), 8, SHIFT)


def _paint_foot(canvas: Canvas, cast: Cast, n, side, number) -> None:
    look = cast.looks[n]
    colours = (look.skin, look.skin) if look.barefoot else (look.sole, look.shoes)
    shade = float(cast.foot_shade[n, side])
    for points, colour, dim in zip(cast.foot[n, side], colours, (0.75, 1.0)):
        outline = hull(points)
        canvas.seam([outline], 0.6 * shade, True)
        canvas.part(outline, colour.tolist(), number)
        canvas.light(outline, dim * shade)
