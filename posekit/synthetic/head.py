"""The head: skull, jaw, hair and a face that is seen when it looks at the camera.

Skull, jaw and hair are ellipsoids, whose outlines are ellipses from everywhere; the edge of
the hair is a curve on the skull, and features are small polygons on it. Lengths are fractions
of the body height, in the head's frame: x to the person's left, y up, z forward.
"""

from __future__ import annotations

import numpy as np

from .body import INDEX
from .figure import HEAD, TAIL
from .paint import Canvas, fixed, hull

_HEAD = INDEX["head"]
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
    return np.stack([np.sin(azimuth) * np.cos(edge), np.sin(edge),
                     np.cos(azimuth) * np.cos(edge)], axis=-1)  # fmt: skip


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
_IRISES = _both(_oval(0.0185, 0.0405, 0.0034, 0.0036, 6))
_X = np.array([0.0085, 0.0150, 0.0220, 0.0290])
_BROWS = _both(_on_skull(_X, np.array([0.0495, 0.0530, 0.0530, 0.0490])))
_LIDS = _both(_on_skull(np.array([0.0105, 0.0150, 0.0205, 0.0270]),
                        np.array([0.0405, 0.0445, 0.0448, 0.0405])))  # fmt: skip
_NOSE = np.array([(0.0000, 0.0430, 0.0655), (0.0040, 0.0400, 0.0640), (0.0105, 0.0200, 0.0660),
                  (0.0000, 0.0165, 0.0700), (-0.0105, 0.0200, 0.0660), (-0.0040, 0.0400, 0.0640),
                  (0.0000, 0.0220, 0.0790)])  # fmt: skip
_NOSTRILS = np.array([(0.0085, 0.0180, 0.0690), (0.0030, 0.0165, 0.0730),
                      (-0.0030, 0.0165, 0.0730), (-0.0085, 0.0180, 0.0690)])  # fmt: skip
_LIPS = np.array([(0.0145, 0.0010, 0.0625), (0.0060, 0.0050, 0.0665), (0.0, 0.0040, 0.0675),
                  (-0.0060, 0.0050, 0.0665), (-0.0145, 0.0010, 0.0625), (-0.0060, -0.0045, 0.0660),
                  (0.0, -0.0055, 0.0665), (0.0060, -0.0045, 0.0660)])  # fmt: skip
_EAR = np.array([(0.0440, 0.044, 0.008), (0.0490, 0.047, 0.001), (0.0510, 0.043, -0.006),
                 (0.0490, 0.030, -0.006), (0.0440, 0.018, 0.003), (0.0430, 0.020, 0.008)])
_EARS = _both(_EAR)
_CHEEKS = np.array([(0.0400, 0.036, 0.022), (-0.0400, 0.036, 0.022), (0.0420, 0.020, 0.012),
                    (-0.0420, 0.020, 0.012)])  # fmt: skip


_LONG = np.array([(0.046, 0.06, -0.01), (-0.046, 0.06, -0.01), (0.0, 0.08, -0.045),
                  (0.052, -0.03, -0.015), (-0.052, -0.03, -0.015), (0.042, -0.085, -0.035),
                  (-0.042, -0.085, -0.035), (0.02, -0.09, -0.05), (-0.02, -0.09, -0.05)])


def paint_head(view) -> list[tuple]:
    """The parts of one person's head, each (depth, function, arguments)."""
    head = _Head(view)
    parts = [(head.depth, _paint_head, head)]
    if head.look.style in ("long", "bun"):
        parts.append(head.tail())
    return parts


class _Head:
    """The head in camera axes, and what of it can be seen."""

    def __init__(self, view):
        self.view, self.look = view, view.figure.look
        body = view.figure.body
        self.unit = body.height * body.head_scale
        self.turn, self.place = view.turn[_HEAD] * self.unit, view.place[_HEAD]
        centre = self.of(SKULL[0])
        self.depth = float(centre[2])
        self.sight = -centre / np.sqrt(centre @ centre) @ view.turn[_HEAD]  # to the camera
        self.sun = view.sun @ view.turn[_HEAD]
        self.size = self.unit * view.camera.focal / self.depth  # pixels of a body height

    def of(self, points: np.ndarray) -> np.ndarray:
        return points @ self.turn.T + self.place

    def pixels(self, points: np.ndarray) -> np.ndarray:
        return fixed(self.view.pixels(self.of(points)))

    def outline(self, centre: np.ndarray, radii: np.ndarray) -> np.ndarray:
        """(24, 3) where sight grazes an ellipsoid, on the unit sphere it is a stretch of."""
        sight = self.sight / radii
        sight = sight / np.sqrt(sight @ sight)
        first = np.cross(sight, [0.0, 1.0, 0.0] if abs(sight[1]) < 0.9 else [1.0, 0.0, 0.0])
        first /= np.sqrt(first @ first)
        return centre + radii * (_RING @ np.stack([first, np.cross(sight, first)]))

    def hairline(self) -> tuple[np.ndarray, bool]:
        """The edge of the hair, its hidden part pulled to the outline; and whether the polygon
        encloses the skin. It does when the point that is hidden farthest is hair."""
        centre, radii = SKULL
        sight = self.sight / radii
        sight = sight / np.sqrt(sight @ sight)
        behind = np.minimum(_HAIR_EDGE @ sight, 0)[:, None]
        edge = _HAIR_EDGE - behind * sight
        edge /= np.sqrt((edge * edge).sum(-1, keepdims=True))
        azimuth = abs(np.arctan2(-sight[0], -sight[2]))
        skin = np.arcsin(-sight[1]) > np.interp(azimuth, _AZIMUTH, _EDGE)
        return self.pixels(centre + radii * edge), bool(skin)

    def shades(self, facing) -> float:
        return float(self.view.light.shade(facing))

    def tail(self) -> tuple:
        """Long hair down the back, or a bun: a part of its own behind the head."""
        if self.look.style == "long":
            points = _LONG
        else:
            points = np.array([0, 0.075, -0.056]) + 0.026 * np.concatenate([np.eye(3), -np.eye(3)])
        depth = float(self.of(points)[:, 2].mean()) - 0.02
        return depth, _paint_tail, self, hull(self.pixels(points))


def _paint_tail(canvas: Canvas, head: _Head, outline) -> None:
    shade = head.shades(-head.sun[2])
    canvas.part(outline, head.look.hair.tolist(), head.view.first + TAIL, shade * 0.6)
    canvas.light(outline, shade)


def _paint_head(canvas: Canvas, head: _Head) -> None:
    look, number = head.look, head.view.first + HEAD
    skin, hair = look.skin.tolist(), look.hair.tolist()
    skull = head.pixels(head.outline(*SKULL))
    jaw = hull(np.concatenate([head.pixels(head.outline(*_JAW)), head.pixels(_CHEEKS)]))
    swell = {"afro": 1.28, "bald": 1.0, "cap": 1.05}.get(look.style, 1.06)
    mop = head.pixels(head.outline(SKULL[0] + [0, 0.004, -0.004], SKULL[1] * swell))
    whole = hull(np.concatenate([skull, jaw, mop]))
    canvas.part(whole, skin, number, head.shades(-0.3) * 0.6)
    edge, encloses_skin = head.hairline()
    top = look.cap.tolist() if look.style == "cap" else hair
    if look.style == "bald":
        canvas.patch(whole, skin)
    elif encloses_skin:
        canvas.patch(mop, top)
        canvas.patch(edge, skin)
        canvas.patch(jaw, skin)
    else:
        canvas.patch(skull, skin)
        canvas.patch(edge, top)
    _light_ball(canvas, head, whole)
    _paint_ears(canvas, head)
    if head.sight[2] > 0.12:
        _paint_face(canvas, head)


def _light_ball(canvas: Canvas, head: _Head, outline: np.ndarray) -> None:
    """Bands of light on a ball: outlines shrunk towards its brightest point."""
    centre = outline.mean(0)
    towards = head.view.sun[:2]
    bright = centre + towards * 0.5 * np.sqrt(((outline - centre) ** 2).sum(-1).mean())
    facing = -head.view.sun[2]
    steps = int(np.clip(head.size * 0.02, 2, 6))
    for n in range(steps):
        share = n / steps
        band = np.rint(bright + (outline - bright) * (1 - share)).astype(np.int32)
        canvas.light(band, head.shades(-0.2 + 0.3 * facing + (share + 0.5 / steps) * 0.9))


def _paint_ears(canvas: Canvas, head: _Head) -> None:
    for ear, side in zip(_EARS, (1, -1)):
        if head.sight[0] * side > -0.35 and head.look.style not in ("long", "afro"):
            canvas.patch(head.pixels(ear), (head.look.skin * 0.93).tolist())


def _paint_face(canvas: Canvas, head: _Head) -> None:
    look, size, skin = head.look, head.size, head.look.skin
    dark = (skin * 0.42).tolist()
    if look.beard > 0:
        beard = (skin + (look.hair - skin) * look.beard).tolist()
        canvas.patch(head.pixels(_BEARD), beard)
    lip = (skin * [0.86, 0.62, 0.6]).tolist()
    canvas.patch(hull(head.pixels(_LIPS)), lip)
    nose = hull(head.pixels(_NOSE))
    canvas.patch(nose, (skin * 1.04).clip(0, 255).tolist())
    canvas.line(head.pixels(_NOSTRILS), (skin * 0.62).tolist(), 0.003 * size)
    line = 0.0022 * size
    for side, eye, iris, brow, lid in zip((1, -1), _EYES, _IRISES, _BROWS, _LIDS):
        if head.sight @ [0.35 * side, 0, 0.94] < 0.15:
            continue
        if size > 120:
            canvas.patch(head.pixels(eye), (236, 232, 228))
        canvas.patch(head.pixels(iris), (46, 32, 26))
        canvas.line(head.pixels(lid), dark, line)
        canvas.line(head.pixels(brow), (look.hair * 0.6 + skin * 0.15).tolist(), 2 * line)


_BEARD = np.concatenate([_on_skull(np.array([0.038, 0.032]), np.array([0.022, 0.010]), -0.004),
                         [(0.026, -0.014, 0.050), (0.0, -0.026, 0.052), (-0.026, -0.014, 0.050)],
                         _on_skull(np.array([-0.032, -0.038]), np.array([0.010, 0.022]), -0.004),
                         [(-0.016, 0.010, 0.0625), (0.0, 0.0115, 0.0665), (0.016, 0.010, 0.0625)]])
