"""The fast painter: one small person in an `easy` image, in a fraction of the time.

Everything is painted once, at twice the size, onto one layer of *tones*: numbers that each
stand for a colour under a certain light. A palette makes colours of them, and halving the
size smooths the edges.
"""

from __future__ import annotations

import numpy as np

from ..human.dressed_body import (
    CHEST_RINGS,
    FOOT,
    HAND,
    HEAD,
    PELVIS,
    PELVIS_RINGS,
    TAIL,
    TORSO,
    TUBE,
    TUBES,
)
from ..human.head_shape import FEATURE_AT
from . import palette_painting
from .canvas import EVEN
from .pixel_coordinates import flat_indices
from .projection import ProjectedPeople
from .rasterizer import CONVEX, HULL, PAIR, SHAPE, STROKE

BANDS = 3  # of light around a limb and around the trunk
_TWICE = 4  # sixteenths of a pixel, moved by 4, are eighths of one of twice the size
# Tones: the wall, the floor, each limb's bands, then one after the other.
_WALL, _FLOOR, _LIMBS = 0, 1, 2
_PELVIS = _LIMBS + BANDS * TUBES
_CHEST, _SKIRT = _PELVIS + BANDS, _PELVIS + 2 * BANDS
_PRINT, _HANDS, _SOLES, _SHOES = (_PELVIS + 3 * BANDS + k for k in (0, 1, 3, 5))
_SKIN, _HAIR, _BEARD, _LIPS, _EYES, _TAIL = range(_SHOES + 2, _SHOES + 8)
_PART_OF = np.zeros(256, int)  # the part number that each tone belongs to
for _first, _count, _part in (
    *((_LIMBS + BANDS * t, BANDS, TUBE + t) for t in range(TUBES)),
    (_PELVIS, BANDS, PELVIS),
    (_CHEST, BANDS, TORSO),
    (_SKIRT, BANDS, PELVIS),
    (_PRINT, 1, TORSO),
    (_HANDS, 1, HAND),
    (_HANDS + 1, 1, HAND + 1),
    (_SOLES, 1, FOOT),
    (_SOLES + 1, 1, FOOT + 1),
    (_SHOES, 1, FOOT),
    (_SHOES + 1, 1, FOOT + 1),
    (_SKIN, 5, HEAD),
    (_TAIL, 1, TAIL),
):
    _PART_OF[_first : _first + _count] = _part
_SHARES = np.arange(BANDS) / BANDS  # where across the trunk a band begins
# Below which of the chest's rings a print is seen.
_PLAIN, _CHECKS = np.zeros(6, bool), np.ones(6, bool)
_PRINTS = {"stripes": _CHECKS, "checks": _CHECKS, "chest": np.arange(6) == 3}
_CENTRES = (2 * np.arange(BANDS) + 1) / BANDS - 1
# Which of the eleven colours of `FastPainter._colours` each tone from the limbs' on has.
_COLOUR_OF = np.repeat([0] * 8 + [1] * 4 + [2] * 4 + [1, 1, 0] + [2, 1, 2], BANDS).tolist()
_COLOUR_OF += [3, 0, 0, 4, 4, 5, 5, 0, 6, 7, 8, 9, 10]


# The points of a person, one array after the other, and how many each has. Those of a limb are
# an outline (16) and two bands (14 each).
_POINTS = {
    "limbs": 44 * TUBES,
    "pelvis": 6 * BANDS,
    "chest": 14 * BANDS,
    "prints": 4 * 6,
    "hands": 2 * 16,
    "feet": 4 * 12,
    "skirt": 32,
    "jaw": 28,
    "curves": 92,
    "face": FEATURE_AT["centre"].stop,
}
_AT = dict(zip(_POINTS, np.cumsum([0, *_POINTS.values()]).tolist()))


def _polygons():
    """Each polygon in its part's order: part, tone, kind, first point, corners."""
    for t in range(TUBES):
        for k, (start, corners) in enumerate(((0, 16), (16, 14), (30, 14))):
            yield t, _LIMBS + BANDS * t + k, CONVEX, 44 * t + start, corners
    for part, tone, name, corners in ((0, _PELVIS, "pelvis", 6), (1, _CHEST, "chest", 14)):
        for k in range(BANDS):
            yield TUBES + part, tone + k, CONVEX, _AT[name] + corners * k, corners
    for k in range(6):
        yield TUBES + 1, _PRINT, CONVEX, _AT["prints"] + 4 * k, 4
    for side in (0, 1):
        yield TUBES + 3 + side, _HANDS + side, HULL, _AT["hands"] + 16 * side, 16
    for side in (0, 1):
        for k, tone in enumerate((_SOLES, _SHOES)):
            yield TUBES + 5 + side, tone + side, HULL, _AT["feet"] + 12 * (2 * side + k), 12
    for style in ("long", "bun"):
        yield TUBES + 8, _TAIL, HULL, *_feature(style)
    yield TUBES + 2, _SKIRT + BANDS // 2, HULL, _AT["skirt"], 32
    skull, hair_outline, edge = ((_AT["curves"] + at, n) for at, n in ((0, 24), (48, 24), (72, 20)))
    for tone, kind, *where in (
        (_HAIR, CONVEX, *hair_outline),
        (_SKIN, CONVEX, *skull),
        (_SKIN, HULL, _AT["jaw"], 28),
        (_SKIN, SHAPE, *edge),
        (_HAIR, SHAPE, *edge),
        (_HAIR, CONVEX, *hair_outline),
        (_BEARD, SHAPE, *_feature("beard")),
        (_LIPS, CONVEX, *_feature("lips")),
        (_EYES, PAIR, *_feature("iris")),
        (_EYES, STROKE, *_feature("brow", 0, 2)),
        (_EYES, STROKE, *_feature("brow", 1, 2)),
        (_HAIR, HULL, *_feature("brim")),
    ):
        yield TUBES + 7, tone, kind, *where


def _feature(name: str, k: int = 0, of: int = 1) -> tuple[int, int]:
    """Where the points of a feature of the face begin (of one of two of them) and how many."""
    start, stop = FEATURE_AT[name].start, FEATURE_AT[name].stop
    corners = (stop - start) // of
    return _AT["face"] + start + k * corners, corners


def _table() -> palette_painting.PolygonTable:
    part, tone, kind, first, corners = np.array(list(_polygons())).T.copy()
    spans = [
        (np.argmax(part == p), np.argmax(part == p) + np.sum(part == p)) for p in range(TUBES + 9)
    ]
    cut = spans[TUBES + 2][0]  # the skirt and the head
    return palette_painting.PolygonTable(
        first, corners, kind, tone.astype(np.uint8), cut, np.array(spans)
    )


_TABLE = _table()
_PRINTS_AT = _TABLE.spans[TUBES + 1, 0] + BANDS
_TAIL_AT, _HEAD_AT = _TABLE.spans[[TUBES + 8, TUBES + 7], 0]


class FastPainter:
    """N projected people, each alone in an image; ``boxes`` (N, 4) around them in pixels."""

    def __init__(self, projected: ProjectedPeople, boxes: np.ndarray, size: tuple[int, int]):
        self.projected, self.appearances = projected, projected.appearances
        self.styles = np.array([appearance.hair_style for appearance in projected.appearances])
        self.points, self.worn = self._points(), self._worn()
        self.order, self.palette = self._order(), self._palette()
        room = np.array([size[1], size[0]])
        low, high = np.floor(boxes[:, :2]).astype(int) - 1, np.ceil(boxes[:, 2:]).astype(int) + 2
        self.box = np.concatenate([np.maximum(low, 0), np.minimum(high, room)], 1)
        self.layer = np.empty((2 * size[0], 2 * size[1]), np.uint8)

    def paint(self, images: np.ndarray, edges, pixels) -> tuple[np.ndarray, np.ndarray]:
        """Everyone over ``images`` (N, H, W, 3) of plain walls that meet the floor at these rows,
        in place: the part painted last at each of some ``pixels`` (N, K, 2), 0 outside the
        image, and how many pixels each covers."""
        self.palette[:, _WALL], self.palette[:, _FLOOR] = palette_painting.packed(
            images[:, [0, -1], 0]
        ).T
        at, inside = flat_indices(2 * pixels + 0.5, self.layer.shape)
        found, areas = np.empty(at.shape, np.uint8), np.empty(len(images))
        people = palette_painting.PaletteBatch(
            self.points, self.worn, *self.order, self.box, np.asarray(edges), self.palette, at
        )
        palette_painting.paint(self.layer, _TABLE, people, images, found, areas)
        return _PART_OF[found] * inside, areas / 4

    def _points(self) -> np.ndarray:
        """(N, V, 2) int32, in the order of `_POINTS`."""
        projected, people = self.projected, len(self.appearances)
        bands = projected.tube_bands(1).reshape(people, TUBES, -1, 2)
        trunk, parts = self._trunk(), [np.concatenate([projected.tube_outline, bands], axis=2)]
        for rings in (PELVIS_RINGS, CHEST_RINGS):
            sides = trunk[:, rings].swapaxes(1, 2)
            parts.append(np.concatenate([sides[..., 0, :], sides[:, :, ::-1, 1]], axis=2))
        whole = trunk[:, CHEST_RINGS, 0]  # from the left side to the right
        belts = np.concatenate([whole[:, :-1], whole[:, 1:, ::-1]], axis=2)
        belts[:, :, 2:] += (belts[:, :, 1::-1] - belts[:, :, 2:]) // 2
        heads = projected.heads
        parts += [belts, projected.mitten, projected.foot, projected.skirt]
        parts += [heads.jaw, heads.curve, heads.pixel]
        points = np.concatenate([part.reshape(people, -1, 2) for part in parts], axis=1)
        points += _TWICE
        return points

    def _worn(self) -> np.ndarray:
        """(N, M) which polygons there are, of those parts that there are."""
        styles = self.styles
        worn = np.ones((len(styles), len(_TABLE.tone)), bool)
        worn[:, _PRINTS_AT : _PRINTS_AT + 6] = [
            _PRINTS.get(appearance.pattern, _PLAIN) for appearance in self.appearances
        ]
        worn[:, _TAIL_AT], worn[:, _TAIL_AT + 1] = styles == "long", styles == "bun"
        worn[:, _HEAD_AT:] = self._worn_on_head()
        return worn

    def _worn_on_head(self) -> np.ndarray:
        """The same of the polygons of the head, in their order."""
        heads = self.projected.heads
        forward, hairy, cap = heads.sight[:, 2], self.styles != "bald", self.styles == "cap"
        around, face = heads.encloses_skin & hairy, forward > 0.12
        beard = np.array([appearance.beard > 0 for appearance in self.appearances])
        hair = around, ~around, around | True, around, hairy & ~around, hairy & (forward < -0.2)
        features = beard & face, face, face, face, face, cap & (forward > -0.2)
        return np.stack([*hair, *features], axis=1)

    def _trunk(self) -> np.ndarray:
        """(N, R, BANDS, 2, 2): the start of each band, and the right side, of each ring."""
        ring = self.projected.ring
        people, rings, spokes, _ = ring.shape
        across, points = np.ascontiguousarray(ring[..., 0]), ring.reshape(-1, 2)
        firsts = np.arange(0, len(points), spokes).reshape(people, rings)
        left, right = (points[firsts + at] for at in (across.argmin(-1), across.argmax(-1)))
        trunk = np.empty((people, rings, BANDS, 2, 2), np.int32)
        trunk[..., 1, :] = right[:, :, None]
        for k, share in enumerate(_SHARES):
            trunk[:, :, k, 0] = left + np.rint(share * (right - left)).astype(np.int32)
        return trunk

    def _order(self) -> tuple[np.ndarray, np.ndarray]:
        """(N, P) which part to paint after which, and (N,) how many each person has."""
        projected, far = self.projected, -np.inf
        limbs = np.where(projected.dressed.worn, projected.tube_depth, far)
        tucked = np.array([0.05 if appearance.tucked else -0.05 for appearance in self.appearances])
        skirt = np.array([appearance.skirt > 0 for appearance in self.appearances])
        tail = (self.styles == "long") | (self.styles == "bun")
        depth = np.column_stack(
            [
                limbs,
                projected.pelvis_depth,
                projected.chest_depth + tucked,
                np.where(skirt, projected.tube_depth[:, 4:8].min(1) - 0.06, far),
                projected.hand_depth,
                projected.foot_depth,
                projected.heads.depth[:, 0],
                np.where(tail, projected.heads.depth[:, 1], far),
            ]
        )
        return np.argsort(-depth, axis=1), np.isfinite(depth).sum(1)

    def _palette(self) -> np.ndarray:
        """(N, 256) as `palette_painting.packed` gives it: the colour of each tone; of the wall
        and the floor not yet."""
        lit = np.rint(self._colours() * (self._shades() / EVEN)[..., None])
        palette = np.zeros((len(lit), 256), np.int64)
        tones = slice(_LIMBS, _LIMBS + len(_COLOUR_OF))
        palette[:, tones] = palette_painting.packed(np.clip(lit, 0, 255))
        return palette

    def _colours(self) -> np.ndarray:
        """(N, T, 3) the colour of each tone under even light."""
        skin, hair, top, second, bottom, shoes, sole, cap = (
            np.array([getattr(appearance, name) for appearance in self.appearances])
            for name in ("skin", "hair", "top", "top2", "bottom", "shoes", "sole", "cap")
        )
        bare = np.array([appearance.barefoot for appearance in self.appearances])[:, None]
        beard = np.array([appearance.beard for appearance in self.appearances])[:, None]
        covered = np.where(self.styles[:, None] == "cap", cap, hair)
        soles, shoes = np.where(bare, skin, sole), np.where(bare, skin, shoes)
        bearded, lips = skin + (hair - skin) * beard, skin * [0.86, 0.62, 0.6]
        clothes = skin, top, bottom, second, soles, shoes
        head = covered, bearded, lips, 0.25 * hair, hair
        return np.stack([*clothes, *head], axis=1).take(_COLOUR_OF, axis=1)

    def _shades(self) -> np.ndarray:
        """(N, T) the light on each tone."""
        projected, sun, centres = self.projected, self.projected.sun, _CENTRES
        trunk = projected.shade(centres * sun[:, :1] - np.sqrt(1 - centres**2) * sun[:, 2:])
        thigh, heads = projected.tube_shade[:, 4], projected.heads
        hands, feet = projected.hand_shade, projected.foot_shade
        limbs = np.reshape(projected.tube_shade, (len(trunk), -1))
        body = limbs, trunk, trunk, thigh, trunk[:, 1:2], hands, 0.75 * feet, feet
        head = heads.ball_shade[:, [4, 4, 4, 4, 4]], heads.back_shade[:, None]
        return np.concatenate([*body, *head], axis=1)
