"""The head: skull, jaw, hair and a face that is seen when it looks at the camera.

Skull, jaw and hair are ellipsoids, whose outlines are ellipses from everywhere; the edge of
the hair is a curve on the skull, and features are small polygons on it. Lengths are fractions
of the body height, in the head's frame: x to the person's left, y up, z forward.
"""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np

from ..human.dressed_body import HEAD, TAIL
from ..human.joint_tree import INDEX
from .canvas import Canvas, fixed, hull

SKULL = np.array([0, 0.049, 0.010]), np.array([0.0445, 0.0580, 0.0560])
_JAW = np.array([0, 0.012, 0.028]), np.array([0.0365, 0.0390, 0.0380])
_CIRCLE = np.linspace(0, 2 * np.pi, 24, endpoint=False)
_RING = np.stack([np.cos(_CIRCLE), np.sin(_CIRCLE)], axis=-1)

# The edge of the hair: degrees above the skull's equator at each azimuth from the front.
_AZIMUTH = np.radians([0, 25, 45, 58, 70, 85, 95, 110, 130, 155, 180])
_EDGE = np.radians([40, 38, 30, 10, 4, -12, -22, -30, -42, -48, -50])


def _around(edge: np.ndarray) -> np.ndarray:
    """(20, 3) directions on the unit sphere, from the front by the left side and back."""
    azimuth = np.concatenate([_AZIMUTH, -_AZIMUTH[-2:0:-1]])
    edge = np.concatenate([edge, edge[-2:0:-1]])
    return np.stack(
        [np.sin(azimuth) * np.cos(edge), np.sin(edge), np.cos(azimuth) * np.cos(edge)], axis=-1
    )


_HAIR_EDGE = _around(_EDGE)


def _on_skull(x, y, lift=0.0) -> np.ndarray:
    """(..., 3) points of the face at (x, y), ``lift`` before the skull."""
    (_, cy, cz), (a, h, d) = SKULL
    depth = np.sqrt(np.maximum(1 - (x / a) ** 2 - ((y - cy) / h) ** 2, 0.05))
    return np.stack([x, y, cz + d * depth + lift], axis=-1)


def _oval(x, y, w, h, n=8) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return _on_skull(x + w * np.cos(angle), y + h * np.sin(angle))


def _both(points: np.ndarray) -> np.ndarray:
    return np.stack([points, points * [-1, 1, 1]])


_EYES = _both(_oval(0.0185, 0.0405, 0.0078, 0.0036))
_RIMS = _both(_oval(0.0185, 0.0395, 0.0135, 0.0105, 10))
_IRISES = _both(_oval(0.0185, 0.0405, 0.0034, 0.0036, 6))
_X = np.array([0.0085, 0.0150, 0.0220, 0.0290])
_BROWS = _both(_on_skull(_X, np.array([0.0495, 0.0530, 0.0530, 0.0490])))
_LIDS = _both(
    _on_skull(
        np.array([0.0105, 0.0150, 0.0205, 0.0270]), np.array([0.0405, 0.0445, 0.0448, 0.0405])
    )
)
_NOSE = np.array(
    [
        (0.0000, 0.0430, 0.0655),
        (0.0040, 0.0400, 0.0640),
        (0.0105, 0.0200, 0.0660),
        (0.0000, 0.0165, 0.0700),
        (-0.0105, 0.0200, 0.0660),
        (-0.0040, 0.0400, 0.0640),
        (0.0000, 0.0220, 0.0790),
    ]
)
_NOSTRILS = np.array(
    [
        (0.0085, 0.0180, 0.0690),
        (0.0030, 0.0165, 0.0730),
        (-0.0030, 0.0165, 0.0730),
        (-0.0085, 0.0180, 0.0690),
    ]
)
_LIPS = np.array(
    [
        (0.0145, 0.0010, 0.0625),
        (0.0060, 0.0050, 0.0665),
        (0.0, 0.0040, 0.0675),
        (-0.0060, 0.0050, 0.0665),
        (-0.0145, 0.0010, 0.0625),
        (-0.0060, -0.0045, 0.0660),
        (0.0, -0.0055, 0.0665),
        (0.0060, -0.0045, 0.0660),
    ]
)
_EAR = np.array(
    [
        (0.0440, 0.044, 0.008),
        (0.0490, 0.047, 0.001),
        (0.0510, 0.043, -0.006),
        (0.0490, 0.030, -0.006),
        (0.0440, 0.018, 0.003),
        (0.0430, 0.020, 0.008),
    ]
)
_EARS = _both(_EAR)
_CHEEKS = np.array(
    [
        (0.0400, 0.036, 0.022),
        (-0.0400, 0.036, 0.022),
        (0.0420, 0.020, 0.012),
        (-0.0420, 0.020, 0.012),
    ]
)


_BEARD = np.concatenate(
    [
        _on_skull(np.array([0.038, 0.032]), np.array([0.022, 0.010]), -0.004),
        [(0.026, -0.014, 0.050), (0.0, -0.026, 0.052), (-0.026, -0.014, 0.050)],
        _on_skull(np.array([-0.032, -0.038]), np.array([0.010, 0.022]), -0.004),
        [(-0.016, 0.010, 0.0625), (0, 0.0115, 0.0665), (0.016, 0.010, 0.0625)],
    ]
)
_BRIM = np.array(
    [
        (0.042, 0.080, 0.030),
        (0.030, 0.078, 0.080),
        (0.0, 0.077, 0.098),
        (-0.030, 0.078, 0.080),
        (-0.042, 0.080, 0.030),
    ]
)
_LONG = np.array(
    [
        (0.046, 0.06, -0.01),
        (-0.046, 0.06, -0.01),
        (0.0, 0.08, -0.045),
        (0.052, -0.03, -0.015),
        (-0.052, -0.03, -0.015),
        (0.042, -0.085, -0.035),
        (-0.042, -0.085, -0.035),
        (0.02, -0.09, -0.05),
        (-0.02, -0.09, -0.05),
    ]
)
_BUN = np.array([0, 0.075, -0.056]) + 0.026 * np.concatenate([np.eye(3), -np.eye(3)])
# All points of a face in one array, so that one product moves them; and where each stands.
_FEATURES = {
    "eye": _EYES,
    "rim": _RIMS,
    "iris": _IRISES,
    "brow": _BROWS,
    "lid": _LIDS,
    "nose": _NOSE,
    "nostrils": _NOSTRILS,
    "lips": _LIPS,
    "ear": _EARS,
    "cheeks": _CHEEKS,
    "beard": _BEARD,
    "brim": _BRIM,
    "long": _LONG,
    "bun": _BUN,
    "centre": SKULL[0][None],
}
_POINTS = np.concatenate([points.reshape(-1, 3) for points in _FEATURES.values()])
_SWELL = {"afro": 1.28, "bald": 1.0, "cap": 1.05}  # the hair's outline over the skull's


class ProjectedHeads:
    """N heads in camera axes and in pixels; made by `drawing.projection.Cast`."""

    def __init__(self, projected):
        self.projected, self.appearances = projected, projected.appearances
        body, head = projected.dressed.body, INDEX["head"]
        unit = (body.height * body.head_scale)[:, None, None]
        self.turn = projected.turn[:, head]
        points = self._move(_POINTS * unit)
        self.pixel = fixed(projected.pixels(points))
        centre = points[:, -1]
        self.sight = (-_unit(centre.T).T[:, None] @ self.turn)[:, 0]  # to the camera, in its frame
        self.size = unit[:, 0, 0] * projected.focal / centre[:, 2]  # pixels of a body height
        swell = np.array(
            [_SWELL.get(appearance.hair_style, 1.06) for appearance in self.appearances]
        )[:, None]
        edge, self.encloses_skin = self._hairline()
        curves = np.concatenate([self._outlines(swell[:, 0]), edge], axis=1)
        self.curve = fixed(projected.pixels(self._move(np.ascontiguousarray(curves.T) * unit)))
        tails = np.array([appearance.hair_style == "bun" for appearance in self.appearances])
        tail = np.where(tails, self._depth(points, "bun"), self._depth(points, "long"))
        self.depth = np.stack([centre[:, 2], tail - 0.02], axis=-1)
        self.ball_shade = projected.shade(_STEPS * 0.9 - 0.2 - 0.3 * projected.sun[:, 2:])
        self.back_shade = projected.shade((self.turn[:, :, 2] * -projected.sun).sum(-1))

    @cached_property
    def jaw(self) -> np.ndarray:
        """(N, 28, 2) int32: points whose hull are jaw and cheeks."""
        return np.concatenate([self.curve[:, JAW_AT], self.pixel[:, WHERE["cheeks"]]], axis=1)

    @cached_property
    def tones(self) -> dict[str, list]:
        """The colours of what is in each of the faces."""
        skin, hair, cap = (
            np.array([getattr(appearance, name) for appearance in self.appearances])
            for name in ("skin", "hair", "cap")
        )
        beard = np.array([[appearance.beard] for appearance in self.appearances])
        tones = {
            "ear": skin * 0.93,
            "beard": skin + (hair - skin) * beard,
            "brim": cap * 0.8,
            "lips": skin * [0.86, 0.62, 0.6],
            "nose": (skin * 1.04).clip(0, 255),
            "nostrils": skin * 0.62,
            "lid": skin * 0.42,
            "brow": hair * 0.6 + skin * 0.15,
        }
        return {name: values.tolist() for name, values in tones.items()}

    def _move(self, points: np.ndarray) -> np.ndarray:
        return self.projected.of([INDEX["head"]], points[:, None])[:, 0]

    def _depth(self, points: np.ndarray, feature: str) -> np.ndarray:
        return points[:, WHERE[feature], 2].mean(-1)

    def _outlines(self, swell: np.ndarray) -> np.ndarray:
        """(3, 72, N) where sight grazes the ellipsoids skull, jaw and hair, the latter so much
        larger than the skull: on the sphere that an ellipsoid is a stretch of, the great circle
        at right angles to the stretched sight. Axes x, y, z come first: numpy is slow along
        short axes."""
        centre = np.stack([SKULL[0], _JAW[0], SKULL[0] + [0, 0.004, -0.004]], axis=1)
        radii = np.empty((3, 3, len(swell)))  # axes, ellipsoids, people
        radii[:, 0], radii[:, 1] = SKULL[1][:, None], _JAW[1][:, None]
        radii[:, 2] = SKULL[1][:, None] * swell
        x, y, z = _unit(self.sight.T[:, None] / radii)
        flat = np.sqrt(x * x + z * z) + 1e-6
        first = np.stack([-z / flat, np.zeros_like(flat), x / flat])
        second = np.stack([x * y / flat, -flat, y * z / flat])
        across, along = _RING.T[:, None, :, None]
        circle = across * first[:, :, None] + along * second[:, :, None]  # (3, 3, 24, N)
        return (centre[:, :, None, None] + radii[:, :, None] * circle).reshape(3, -1, len(swell))

    def _hairline(self) -> tuple[np.ndarray, np.ndarray]:
        """(3, 20, N) the edge of the hair, its hidden part pulled to the outline; and whether
        the polygon encloses the skin. It does when the point that is hidden farthest is hair."""
        centre, radii = (values[:, None, None] for values in SKULL)
        sight, edge = _unit(self.sight.T / SKULL[1][:, None]), _HAIR_EDGE.T[:, :, None]
        behind = np.minimum(dot(edge, sight[:, None]), 0)
        azimuth = np.abs(np.arctan2(-sight[0], -sight[2]))
        hair = np.arcsin(np.clip(-sight[1], -1, 1)) > np.interp(azimuth, _AZIMUTH, _EDGE)
        return centre + radii * _unit(edge - behind * sight[:, None]), hair

    def feature(self, n: int, name: str) -> np.ndarray:
        """(P, 2) or, of what there are two, (2, P, 2) int32: the points of a feature."""
        points = self.pixel[n, WHERE[name]]
        return points.reshape(*_FEATURES[name].shape[:-1], 2)


def _where() -> dict[str, slice]:
    where, start = {}, 0
    for name, points in _FEATURES.items():
        where[name] = slice(start, start + points.size // 3)
        start = where[name].stop
    return where


WHERE = _where()
_STEPS = (np.arange(6) + 0.5) / 6
_SHARES = 1 - np.arange(len(_STEPS))[:, None, None] / len(_STEPS)  # of the ball that a band covers
SKULL_AT, JAW_AT, MOP_AT = (slice(24 * k, 24 * k + 24) for k in range(3))
EDGE_AT = slice(72, None)


def _unit(vectors: np.ndarray) -> np.ndarray:
    """(3, ...)"""
    return vectors / np.sqrt(dot(vectors, vectors))


def dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(...) of (3, ...) or (2, ...): numpy is slow along short axes."""
    total = a[0] * b[0]
    for k in range(1, len(a)):
        total = total + a[k] * b[k]
    return total


def paint_tail(canvas: Canvas, heads: ProjectedHeads, n: int, first: int) -> None:
    """Long hair down the back, or a bun: a part of its own."""
    outline, shade = (
        hull(heads.feature(n, heads.appearances[n].hair_style)),
        float(heads.back_shade[n]),
    )
    canvas.seam([outline], 0.6 * shade, True)
    canvas.part(outline, heads.appearances[n].hair.tolist(), first + TAIL, shade)


def paint_head(canvas: Canvas, heads: ProjectedHeads, n: int, first: int) -> None:
    """Skull, jaw, hair, ears, and whatever of the face is on this side."""
    appearance, curve = heads.appearances[n], heads.curve[n]
    skin, forward = appearance.skin.tolist(), heads.sight[n, 2]
    skull, mop, edge = curve[SKULL_AT], curve[MOP_AT], curve[EDGE_AT]
    jaw = hull(heads.jaw[n])
    whole = hull(np.concatenate([skull, jaw, mop]))
    canvas.seam([whole], 0.5 * float(heads.ball_shade[n, 0]), True)
    if -0.4 < forward < 0.15:  # in profile the nose stands out from behind the cheek
        canvas.part(hull(heads.feature(n, "nose")), skin, first + HEAD)
    canvas.part(whole, skin, first + HEAD)
    hair = (appearance.cap if appearance.hair_style == "cap" else appearance.hair).tolist()
    if appearance.hair_style != "bald":
        if forward < -0.2:
            canvas.patch(mop, hair)
        elif heads.encloses_skin[n]:
            canvas.patch(mop, hair)
            canvas.patch(edge, skin)
            canvas.patch(jaw, skin)
        else:
            canvas.patch(edge, hair)
    _light_ball(canvas, heads, n, whole)
    if appearance.hair_style not in ("long", "afro"):
        for ear, side in zip(heads.feature(n, "ear"), (1, -1)):
            if heads.sight[n, 0] * side > -0.35:
                canvas.patch(ear, heads.tones["ear"][n])
    if forward > 0.12:
        _paint_face(canvas, heads, n)
    if appearance.hair_style == "cap" and forward > -0.2:
        canvas.patch(hull(heads.feature(n, "brim")), heads.tones["brim"][n])


def _light_ball(canvas: Canvas, heads: ProjectedHeads, n: int, outline: np.ndarray) -> None:
    """Bands of light on a ball: outlines shrunk towards its brightest point."""
    centre = np.add.reduce(outline, 0, dtype=float) / len(outline)
    dx, dy = (outline - centre).T
    reach = math.sqrt(np.add.reduce(dx * dx + dy * dy) / len(outline))
    bright = centre + heads.projected.sun[n, :2] * 0.5 * reach
    steps = slice(0, None, 3 if heads.size[n] < 150 else 1)
    bands = np.rint(bright + (outline - bright) * _SHARES[steps]).astype(np.int32)
    canvas.lights(bands, heads.ball_shade[n, steps].tolist())


def _paint_face(canvas: Canvas, heads: ProjectedHeads, n: int) -> None:
    appearance, size = heads.appearances[n], float(heads.size[n])
    tones, sight = heads.tones, heads.sight[n].tolist()
    if appearance.beard > 0:
        canvas.patch(heads.feature(n, "beard"), tones["beard"][n])
    canvas.patch(hull(heads.feature(n, "lips")), tones["lips"][n])
    if size > 90:
        canvas.patch(hull(heads.feature(n, "nose")), tones["nose"][n])
    canvas.line(heads.feature(n, "nostrils"), tones["nostrils"][n], 0.003 * size)
    line = 0.0022 * size
    for k, side in enumerate((1, -1)):
        if 0.35 * side * sight[0] + 0.94 * sight[2] < 0.15:
            continue
        if size > 120:
            canvas.patch(heads.feature(n, "eye")[k], (236, 232, 228))
        canvas.patch(heads.feature(n, "iris")[k], (46, 32, 26))
        if size > 90:
            canvas.line(heads.feature(n, "lid")[k], tones["lid"][n], line)
        canvas.line(heads.feature(n, "brow")[k], tones["brow"][n], 2 * line)
        if appearance.glasses and size > 60:
            rim = heads.feature(n, "rim")[k]
            canvas.line(np.concatenate([rim, rim[:1]]), (40, 36, 36), line)
