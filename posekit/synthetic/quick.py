"""The quick painter: one small person in an `easy` image, in a fraction of the time.

Everything is drawn once, at twice the size, onto one layer of *tones*: numbers that each
stand for a colour under a certain light. A palette makes colours of them, and halving the
size smooths the edges.
"""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np

from .cast import Cast
from .figure import CHEST_RINGS, FOOT, HAND, HEAD, PELVIS, PELVIS_RINGS, TAIL, TORSO, TUBE, TUBES
from .head import EDGE_AT, JAW_AT, MOP_AT, SKULL_AT, WHERE
from .paint import EVEN, hull
from .render import skirt_outline

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


class Quick:
    """N people of a cast, each alone in an image; ``boxes`` (N, 4) around them in pixels."""

    def __init__(self, cast: Cast, boxes: np.ndarray, size: tuple[int, int]):
        self.cast, self.looks, self.size = cast, cast.looks, size
        self.outline, self.band = cast.tube_outline + _TWICE, cast.tube_band + _TWICE
        self.hand = np.concatenate([cast.hand.reshape(-1, 2, 15, 2), cast.wrist[:, :, None]], 2)
        self.hand, self.foot, self.curve, self.face = (
            points + _TWICE for points in (self.hand, cast.foot, cast.heads.curve, cast.heads.pixel)
        )
        self.trunk, self.order = self._trunk(), self._order()
        self.palette = self._palette()
        room = np.array([size[1], size[0]])
        low, high = np.floor(boxes[:, :2]).astype(int) - 1, np.ceil(boxes[:, 2:]).astype(int) + 2
        self.box = np.concatenate([np.maximum(low, 0), np.minimum(high, room)], 1).tolist()
        self.layer = np.empty((2 * size[0], 2 * size[1]), np.uint8)
        sides = [partial(draw, side) for draw in (self._hand, self._foot) for side in (0, 1)]
        self.parts = [self._pelvis, self._chest, self._skirt, *sides, self._head, self._tail]

    def _trunk(self) -> np.ndarray:
        """(N, R, BANDS, 2, 2): the start of each band, and the right side, of each ring."""
        ring = self.cast.ring + _TWICE
        left, right = (np.take_along_axis(ring, pick(ring[..., :1], axis=2, keepdims=True), 2)
                       for pick in (np.argmin, np.argmax))  # fmt: skip
        starts = left + np.rint(_SHARES[:, 0] * (right - left)).astype(np.int32)
        return np.stack([starts, np.broadcast_to(right, starts.shape)], axis=3)

    def _order(self) -> list[list[int]]:
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
        return [row[:count] for row, count in zip(order.tolist(), parts.tolist())]

    def _palette(self) -> np.ndarray:
        """(N, 3, 256) uint8: the colour of each tone; of the wall and the floor not yet."""
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
        thigh, head = np.array(cast.tube_shade)[:, 4], cast.heads.ball_shade
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
        palette = np.clip(np.rint(palette), 0, 255).astype(np.uint8)
        return np.ascontiguousarray(palette.swapaxes(1, 2))

    def paint(self, image: np.ndarray, n: int, edge: int) -> None:
        """Person ``n`` over a plain wall that meets the floor at row ``edge``, in place."""
        layer, fill, outline, band = self.layer, cv2.fillConvexPoly, self.outline[n], self.band[n]
        x0, y0, x1, y1 = self.box[n]
        layer[2 * y0:2 * y1, 2 * x0:2 * x1] = _WALL
        layer[2 * max(y0, edge):2 * y1, 2 * x0:2 * x1] = _FLOOR
        for part in self.order[n]:
            if part < TUBES:
                tone = _LIMBS + BANDS * part
                fill(layer, outline[part], tone, 8, _SHIFT)
                for k in range(1, BANDS):
                    fill(layer, band[part, k], tone + k, 8, _SHIFT)
            else:
                self.parts[part - TUBES](n)
        palette = self.palette[n]
        palette[:, _WALL], palette[:, _FLOOR] = image[0, 0], image[-1, 0]
        window = layer[2 * y0:2 * y1, 2 * x0:2 * x1]
        colours = cv2.merge([cv2.LUT(window, channel) for channel in palette])
        cv2.resize(colours, None, image[y0:y1, x0:x1], 0.5, 0.5, cv2.INTER_AREA)

    def _rings(self, n: int, rings: slice, tone: int) -> None:
        for k in range(BANDS):
            side = self.trunk[n, rings, k]
            band = np.concatenate([side[:, 0], side[::-1, 1]])
            cv2.fillConvexPoly(self.layer, band, tone + k, 8, _SHIFT)

    def _pelvis(self, n: int) -> None:
        self._rings(n, PELVIS_RINGS, _PELVIS)

    def _chest(self, n: int) -> None:
        self._rings(n, CHEST_RINGS, _CHEST)
        stack = self.trunk[n, CHEST_RINGS, 0]
        for ring in _PRINTS.get(self.looks[n].pattern, ()):
            belt = np.concatenate([stack[ring], stack[ring + 1, ::-1]])
            belt[2:] += (belt[1::-1] - belt[2:]) // 2
            cv2.fillConvexPoly(self.layer, belt, _PRINT, 8, _SHIFT)

    def _skirt(self, n: int) -> None:
        outline = skirt_outline(self.cast, n) + _TWICE
        cv2.fillConvexPoly(self.layer, outline, _SKIRT + BANDS // 2, 8, _SHIFT)

    def _hand(self, side: int, n: int) -> None:
        cv2.fillConvexPoly(self.layer, hull(self.hand[n, side]), _HANDS + side, 8, _SHIFT)

    def _foot(self, side: int, n: int) -> None:
        sole, upper = self.foot[n, side]
        cv2.fillConvexPoly(self.layer, hull(sole), _SOLES + side, 8, _SHIFT)
        cv2.fillConvexPoly(self.layer, hull(upper), _SHOES + side, 8, _SHIFT)

    def _tail(self, n: int) -> None:
        points = self.face[n, WHERE[self.looks[n].style]]
        cv2.fillConvexPoly(self.layer, hull(points), _TAIL, 8, _SHIFT)

    def _head(self, n: int) -> None:
        """As `posekit.synthetic.head` has it, for heads of a dozen pixels."""
        look, curve, face, layer = self.looks[n], self.curve[n], self.face[n], self.layer
        style, forward = look.style, self.cast.heads.sight[n, 2]
        tone = _CAP if style == "cap" else _HAIR
        around = self.cast.heads.encloses_skin[n] and style != "bald"
        jaw = hull(np.concatenate([curve[JAW_AT], face[WHERE["cheeks"]]]))
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

    def parts_at(self, pixels: np.ndarray) -> np.ndarray:
        """(K,) the part painted last at each pixel (K, 2); 0 outside the image."""
        x, y = np.rint(2 * pixels.T + 0.5).astype(int)
        height, width = self.layer.shape
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        return _PART_OF[self.layer[y * inside, x * inside]] * inside

    def area(self, n: int) -> float:
        """Pixels of the person painted last."""
        x0, y0, x1, y1 = self.box[n]
        return np.count_nonzero(self.layer[2 * y0:2 * y1, 2 * x0:2 * x1] > _FLOOR) / 4
