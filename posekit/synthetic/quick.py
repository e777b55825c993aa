"""The quick painter: one small person in an `easy` image, in a fraction of the time.

Everything is drawn once, at twice the size, onto one layer of *tones*: numbers that each
stand for a colour under a certain light. A palette makes colours of them, and halving the
size smooths the edges.
"""

from __future__ import annotations

import cv2
import numpy as np

from . import raster
from .cast import Cast
from .figure import CHEST_RINGS, FOOT, HAND, HEAD, PELVIS, PELVIS_RINGS, TAIL, TORSO, TUBE, TUBES
from .head import EDGE_AT, JAW_AT, MOP_AT, SKULL_AT, WHERE
from .labels import Labels
from .paint import EVEN, hull
from .render import skirt_outline
from .visibility import places

BANDS = 3  # of light around a limb and around the trunk
_TWICE, _SHIFT = 4, 3  # sixteenths of a pixel, moved by 4, are eighths of one of twice the size
# Tones: the wall, the floor, each limb's bands, then one after the other.
_WALL, _FLOOR, _LIMBS = 0, 1, 2
_PELVIS = _LIMBS + BANDS * TUBES
_CHEST, _SKIRT = _PELVIS + BANDS, _PELVIS + 2 * BANDS
_PRINT, _HANDS, _SOLES, _SHOES = (_PELVIS + 3 * BANDS + k for k in (0, 1, 3, 5))
_SKIN, _HAIR, _CAP, _BEARD, _LIPS, _EYES, _TAIL = range(_SHOES + 2, _SHOES + 9)
_PART_OF = np.zeros(256, int)  # the part number that each tone belongs to
for _first, _count, _part in (
    *((_LIMBS + BANDS * t, BANDS, TUBE + t) for t in range(TUBES)), (_PELVIS, BANDS, PELVIS),
    (_CHEST, BANDS, TORSO), (_SKIRT, BANDS, PELVIS), (_PRINT, 1, TORSO), (_HANDS, 1, HAND),
    (_HANDS + 1, 1, HAND + 1), (_SOLES, 1, FOOT), (_SOLES + 1, 1, FOOT + 1), (_SHOES, 1, FOOT),
    (_SHOES + 1, 1, FOOT + 1), (_SKIN, 6, HEAD), (_TAIL, 1, TAIL),
):  # fmt: skip
    _PART_OF[_first:_first + _count] = _part
_SHARES = (np.arange(BANDS) / BANDS)[:, None, None]  # where across the trunk a band begins
_PRINTS = {"stripes": range(6), "checks": range(6), "chest": (3,)}  # below which rings
_CENTRES = (2 * np.arange(BANDS) + 1) / BANDS - 1


# The polygons of a person, part by part: tones, and from which to which for each part. Those of
# hands, feet and a tail are points whose hull is meant.
_TABLE = [[_LIMBS + BANDS * t + k for k in range(BANDS)] for t in range(TUBES)]
_TABLE += [[_PELVIS + k for k in range(BANDS)], [_CHEST + k for k in range(BANDS)] + [_PRINT] * 6,
           [], [_HANDS], [_HANDS + 1], [_SOLES, _SHOES], [_SOLES + 1, _SHOES + 1], [], [_TAIL]]
_TONES = np.array([tone for tones in _TABLE for tone in tones], np.uint8)
_FIRSTS = np.cumsum([0, *map(len, _TABLE)])
_SKIRT_PART, _HEAD_PART = TUBES + 2, TUBES + 7  # these are painted by cv2
_LIMBS_AT, _PELVIS_AT, _CHEST_AT, _HANDS_AT, _FEET_AT, _TAIL_AT = _FIRSTS[
    [0, TUBES, TUBES + 1, TUBES + 3, TUBES + 5, TUBES + 8]]  # fmt: skip
_PRINTS_AT, _CORNERS = _CHEST_AT + BANDS, 16


def paint(cast: Cast, labels: Labels, walls: tuple) -> list[np.ndarray]:
    """N images of one small person each over their `plain_walls`, in place; and their labels."""
    quick = Quick(cast, labels.boxes, labels.size)
    at = quick.places(labels.pixels)
    for n, (image, edge) in enumerate(zip(*walls)):
        labels.areas[n] = quick.paint(image, n, edge)
        labels.numbers[n] = quick.parts_at(at[n])
    return walls[0]


class Quick:
    """N people of a cast, each alone in an image; ``boxes`` (N, 4) around them in pixels."""

    def __init__(self, cast: Cast, boxes: np.ndarray, size: tuple[int, int]):
        self.cast, self.looks, self.size = cast, cast.looks, size
        self.curve, self.face = cast.heads.curve + _TWICE, cast.heads.pixel + _TWICE
        self.jaw = np.concatenate([self.curve[:, JAW_AT], self.face[:, WHERE["cheeks"]]], axis=1)
        self.polygons, self.counts = self._polygons()
        self.order, self.palette = self._order(), self._palette()
        room = np.array([size[1], size[0]])
        low, high = np.floor(boxes[:, :2]).astype(int) - 1, np.ceil(boxes[:, 2:]).astype(int) + 2
        self.box = np.concatenate([np.maximum(low, 0), np.minimum(high, room)], 1).tolist()
        self.layer = np.empty((2 * size[0], 2 * size[1]), np.uint8)

    def _polygons(self) -> tuple[np.ndarray, np.ndarray]:
        """(N, M, 16, 2) int32 and how many corners each has, (N, M)."""
        cast, people = self.cast, len(self.looks)
        table = np.empty((people, len(_TONES), _CORNERS, 2), np.int32)
        counts = np.zeros(table.shape[:2], int)

        def put(at: int, values: np.ndarray) -> None:
            where = slice(at, at + values.shape[1])
            table[:, where, :values.shape[2]] = values
            counts[:, where] = values.shape[2]

        limbs = table[:, :_PELVIS_AT].reshape(people, TUBES, BANDS, _CORNERS, 2)
        limbs[:, :, 0], limbs[:, :, 1:, :14] = cast.tube_outline, cast.tube_band[:, :, 1:]
        counts[:, :_PELVIS_AT] = [_CORNERS, 14, 14] * TUBES
        trunk = self._trunk()  # (N, R, BANDS, 2, 2)
        for at, rings in ((_PELVIS_AT, PELVIS_RINGS), (_CHEST_AT, CHEST_RINGS)):
            sides = trunk[:, rings].swapaxes(1, 2)
            put(at, np.concatenate([sides[..., 0, :], sides[:, :, ::-1, 1]], axis=2))
        whole = trunk[:, CHEST_RINGS, 0]  # from the left side to the right
        belts = np.concatenate([whole[:, :-1], whole[:, 1:, ::-1]], axis=2)
        belts[:, :, 2:] += (belts[:, :, 1::-1] - belts[:, :, 2:]) // 2
        put(_PRINTS_AT, belts)
        worn = np.array([[ring in _PRINTS.get(look.pattern, ()) for ring in range(6)]
                         for look in self.looks])  # fmt: skip
        counts[:, _PRINTS_AT:_HANDS_AT] *= worn
        put(_HANDS_AT, np.concatenate([cast.hand.reshape(people, 2, 15, 2),
                                       cast.wrist[:, :, None]], axis=2))  # fmt: skip
        put(_FEET_AT, cast.foot.reshape(people, 4, -1, 2))
        for n, look in enumerate(self.looks):
            if look.style in ("long", "bun"):
                tail = cast.heads.pixel[n, WHERE[look.style]]
                table[n, _TAIL_AT, :len(tail)], counts[n, _TAIL_AT] = tail, len(tail)
        table += _TWICE
        return table, counts

    def _trunk(self) -> np.ndarray:
        """(N, R, BANDS, 2, 2): the start of each band, and the right side, of each ring."""
        ring = self.cast.ring
        left, right = (np.take_along_axis(ring, pick(ring[..., :1], axis=2, keepdims=True), 2)
                       for pick in (np.argmin, np.argmax))  # fmt: skip
        starts = left + np.rint(_SHARES[:, 0] * (right - left)).astype(np.int32)
        return np.stack([starts, np.broadcast_to(right, starts.shape)], axis=3)

    def _order(self) -> list[np.ndarray]:
        """Which part to paint after which: the limbs by number, then those of `paint`."""
        cast, far = self.cast, -np.inf
        limbs = np.where(cast.figures.worn, cast.tube_depth, far)
        tucked = np.array([0.05 if look.tucked else -0.05 for look in self.looks])
        skirt = np.array([look.skirt > 0 for look in self.looks])
        tail = np.array([look.style in ("long", "bun") for look in self.looks])
        depth = np.column_stack([
            limbs, cast.pelvis_depth, cast.chest_depth + tucked,
            np.where(skirt, cast.tube_depth[:, 4:8].min(1) - 0.06, far), cast.hand_depth,
            cast.foot_depth, cast.heads.depth[:, 0], np.where(tail, cast.heads.depth[:, 1], far),
        ])  # fmt: skip
        order, parts = np.argsort(-depth, axis=1), np.isfinite(depth).sum(1)
        return [row[:count] for row, count in zip(order, parts.tolist())]

    def _palette(self) -> np.ndarray:
        """(N, 256) `raster.packed`: the colour of each tone; of the wall and the floor not yet."""
        cast, looks = self.cast, self.looks
        skin, hair, top, second, bottom, shoes, sole, cap = (
            np.array([getattr(look, name) for look in looks])
            for name in ("skin", "hair", "top", "top2", "bottom", "shoes", "sole", "cap")
        )
        bare = np.array([look.barefoot for look in looks])[:, None]
        beard = np.array([look.beard for look in looks])[:, None]
        limbs = [skin] * 8 + [top] * 4 + [bottom] * 4 + [top, top, skin]
        sun, centres = cast.sun, _CENTRES
        trunk = cast.shade(centres * sun[:, :1] - np.sqrt(1 - centres**2) * sun[:, 2:])
        thigh, head = cast.tube_shade[:, 4], cast.heads.ball_shade
        flat, even = [], []
        for colour, shades in ((bottom, trunk), (top, trunk), (bottom, thigh)):
            flat += [colour] * BANDS
            even.append(shades)
        flat += [second, skin, skin] + [np.where(bare, skin, sole)] * 2
        flat += [np.where(bare, skin, shoes)] * 2 + [skin, hair, cap]
        flat += [skin + (hair - skin) * beard, skin * [0.86, 0.62, 0.6], 0.25 * hair, hair]
        even += [trunk[:, 1:2], cast.hand_shade, 0.75 * cast.foot_shade, cast.foot_shade,
                 head[:, [4, 4, 4, 4, 4, 4]], cast.heads.back_shade[:, None]]  # fmt: skip
        colours = np.stack([each for each in limbs for _ in range(BANDS)] + flat, axis=1)
        shades = np.concatenate([np.reshape(cast.tube_shade, (len(looks), -1)), *even], axis=1)
        palette = np.zeros((len(looks), 256, 3))
        palette[:, _LIMBS:_LIMBS + colours.shape[1]] = colours * (shades / EVEN)[..., None]
        return raster.packed(np.clip(np.rint(palette), 0, 255))

    def paint(self, image: np.ndarray, n: int, edge: int) -> float:
        """Person ``n`` over a plain wall that meets the floor at row ``edge``, in place; how
        many pixels they cover."""
        layer, order, start = self.layer, self.order[n], 0
        x0, y0, x1, y1 = self.box[n]
        layer[2 * y0:2 * y1, 2 * x0:2 * x1] = _WALL
        layer[2 * max(y0, edge):2 * y1, 2 * x0:2 * x1] = _FLOOR
        table = self.polygons[n], self.counts[n], _HANDS_AT, _TONES, _FIRSTS
        for at, part in enumerate(order.tolist()):
            if part in (_HEAD_PART, _SKIRT_PART):
                raster.paint(layer, *table, order[start:at])
                start = at + 1
                (self._head if part == _HEAD_PART else self._skirt)(n)
        raster.paint(layer, *table, order[start:])
        palette = self.palette[n]
        for tone, (red, green, blue) in ((_WALL, image[0, 0].tolist()),
                                         (_FLOOR, image[-1, 0].tolist())):  # fmt: skip
            palette[tone] = red + (green << 16) + (blue << 32)
        return raster.develop(layer, palette, image, x0, y0, x1, y1) / 4

    def _skirt(self, n: int) -> None:
        outline = skirt_outline(self.cast, n) + _TWICE
        cv2.fillConvexPoly(self.layer, outline, _SKIRT + BANDS // 2, 8, _SHIFT)

    def _head(self, n: int) -> None:
        """As `posekit.synthetic.head` has it, for heads of a dozen pixels."""
        look, curve, face, layer = self.looks[n], self.curve[n], self.face[n], self.layer
        style, forward = look.style, self.cast.heads.sight[n, 2]
        tone = _CAP if style == "cap" else _HAIR
        around = self.cast.heads.encloses_skin[n] and style != "bald"
        jaw = hull(self.jaw[n])
        cv2.fillConvexPoly(layer, curve[MOP_AT if around else SKULL_AT], tone if around else _SKIN,
                           8, _SHIFT)  # fmt: skip
        cv2.fillConvexPoly(layer, jaw, _SKIN, 8, _SHIFT)
        if style != "bald":
            cv2.fillPoly(layer, [curve[EDGE_AT]], _SKIN if around else tone, 8, _SHIFT)
        if forward < -0.2 and style != "bald":
            cv2.fillConvexPoly(layer, curve[MOP_AT], tone, 8, _SHIFT)
        if forward > 0.12:
            if look.beard > 0:
                cv2.fillPoly(layer, [face[WHERE["beard"]]], _BEARD, 8, _SHIFT)
            cv2.fillConvexPoly(layer, face[WHERE["lips"]], _LIPS, 8, _SHIFT)
            eyes = face[WHERE["iris"]].reshape(2, -1, 2)
            cv2.fillPoly(layer, list(eyes), _EYES, 8, _SHIFT)
            brows = face[WHERE["brow"]].reshape(2, -1, 2)
            cv2.polylines(layer, list(brows), False, _EYES, 1, 8, _SHIFT)
        if style == "cap" and forward > -0.2:
            cv2.fillConvexPoly(layer, hull(face[WHERE["brim"]]), _CAP, 8, _SHIFT)

    def places(self, pixels: np.ndarray) -> np.ndarray:
        """(N, K) where pixels (N, K, 2) stand in the layer, for `parts_at`; -1 outside."""
        at, inside = places(2 * pixels + 0.5, self.layer.shape)
        return np.where(inside, at, -1)

    def parts_at(self, at: np.ndarray) -> np.ndarray:
        """(K,) the part painted last at each of some `places` (K,); 0 outside the image."""
        return _PART_OF[self.layer.ravel()[at]] * (at >= 0)
