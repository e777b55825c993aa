"""From posed, dressed people and a camera to a picture: parts sorted by depth and painted.

Everything a part needs is worked out for all tubes of a person at once with numpy; each
polygon is then one cv2 call. The number of bands of light follows the size in pixels.
"""

from __future__ import annotations

import cv2
import numpy as np

from .body import INDEX, Posed
from .camera import Camera
from .figure import FOOT, HAND, PARTS, PELVIS, STATIONS, TORSO, TUBE, Figure
from .head import paint_head
from .light import Light
from .paint import Canvas, fixed, hull


class View:
    """One person as a camera sees them: frames and points in camera axes and in pixels."""

    def __init__(self, figure: Figure, posed: Posed, camera: Camera, light: Light, number: int):
        self.figure, self.camera, self.light = figure, camera, light
        self.turn = camera.rotation @ posed.frames[:, :3, :3]  # (J, 3, 3)
        self.place = posed.joints @ camera.rotation.T + camera.translation  # (J, 3)
        self.sun = camera.rotation @ light.direction
        self.first = number * PARTS
        self.scale = camera.focal / self.place[0, 2]  # pixels a metre

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """(..., 3) metres in camera axes to (..., 2) pixels."""
        return (points[..., :2] / points[..., 2:]) * self.camera.focal + self.camera.center

    def of(self, joint: int, points: np.ndarray) -> np.ndarray:
        """(..., 3) metres in a joint's frame to camera axes."""
        return points @ self.turn[joint].T + self.place[joint]


def paint(canvas: Canvas, views: list[View]) -> None:
    """Paint people onto a canvas, every part of everyone from the farthest to the nearest."""
    parts = []
    for view in views:
        parts += _tubes(view) + _trunk(view) + _hands(view) + _feet(view) + paint_head(view)
    parts.sort(key=lambda part: -part[0])
    for _, draw, *args in parts:
        draw(canvas, *args)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / (np.sqrt((vectors * vectors).sum(-1, keepdims=True)) + 1e-9)


_CAP = np.radians([90, 45, 0, -45, -90])[1:-1]


def _tubes(view: View) -> list[tuple]:
    """The limbs and the neck: outline and bands of light of all tubes at once."""
    tubes = view.figure.tubes
    a, b = view.place[tubes.a], view.place[tubes.b]
    along = tubes.start[:, None] + (tubes.end - tubes.start)[:, None] * STATIONS
    middle = a[:, None] + (b - a)[:, None] * along[..., None]  # (N, 5, 3)
    zoom = view.camera.focal / middle[..., 2]
    pixel, radius = view.pixels(middle), tubes.radii * zoom
    bone, sight = _unit(b - a), _unit(-(a + b))
    side = _unit(np.cross(bone, sight))  # in the image plane, across the bone
    front = np.cross(side, bone)
    front *= np.sign((front * sight).sum(-1, keepdims=True))
    across = _unit(side[:, :2])
    offset = across[:, None] * radius[..., None]
    outline = _outline(pixel, offset, across, radius, tubes.caps)
    count = int(np.clip(0.012 * view.scale, 3, 9))
    bands, shades = _bands(view, pixel, offset, side, front, count)
    depth = middle[:, 2, 2] - tubes.bias
    colours = tubes.colour.tolist()
    first = view.first + TUBE
    return [(depth[n], _paint_tube, outline[n], colours[n], first + n, bands[n], shades[n])
            for n in range(len(depth))]  # fmt: skip


def _outline(pixel, offset, across, radius, caps) -> np.ndarray:
    """(N, 16, 2) int32: up one side, around the end, down the other, around the start."""
    ahead = np.stack([across[:, 1], -across[:, 0]], axis=-1)  # along the bone, towards b
    ahead *= np.sign((ahead * (pixel[:, -1] - pixel[:, 0])).sum(-1, keepdims=True) + 1e-9)
    cos, sin = np.cos(_CAP)[:, None], np.sin(_CAP)[:, None]
    round_off = cos * (ahead * caps[:, 1:])[:, None] + sin * across[:, None]
    end = pixel[:, -1:] + radius[:, -1:, None] * round_off
    round_off = -cos * (ahead * caps[:, :1])[:, None] - sin * across[:, None]
    start = pixel[:, :1] + radius[:, :1, None] * round_off
    sides = pixel + offset, end, (pixel - offset)[:, ::-1], start
    return fixed(np.concatenate(sides, axis=1))


def _bands(view: View, pixel, offset, side, front, count):
    """(N, count, 10, 2) int32 polygons and (N, count) shades, across each tube.

    Each band reaches from its edge to the far side, and the next one is painted over it, so
    that no gap can show between them.
    """
    edges = np.linspace(-1, 1, count + 1)
    centre = (edges[1:] + edges[:-1]) / 2
    normal = centre[:, None] * side[:, None] + np.sqrt(1 - centre**2)[:, None] * front[:, None]
    shades = view.light.shade(normal @ view.sun)
    left = pixel[:, None] + edges[:-1, None, None] * offset[:, None]
    right = np.broadcast_to((pixel + offset)[:, None, ::-1], left.shape)
    return fixed(np.concatenate([left, right], axis=2)), shades.tolist()


def _paint_tube(canvas: Canvas, outline, colour, number, bands, shades) -> None:
    canvas.part(outline, colour, number, min(shades) * 0.55)
    canvas.light(outline, shades[len(shades) // 2])
    for band, shade in zip(bands, shades):
        canvas.light(band, shade)


def _trunk(view: View) -> list[tuple]:
    figure = view.figure
    chest = _Rings(view, figure.chest, figure.chest_joint)
    pelvis = _Rings(view, figure.pelvis, figure.pelvis_joint)
    over = -0.05 if figure.look.tucked else 0.05
    look = figure.look
    return [(pelvis.depth, _paint_rings, pelvis, look.bottom.tolist(), view.first + PELVIS),
            (chest.depth - over, _paint_rings, chest, look.top.tolist(), view.first + TORSO)]


class _Rings:
    """A stack of ellipses in pixels: hulls between neighbours, and the facets that are seen."""

    def __init__(self, view: View, rings: np.ndarray, joints: np.ndarray):
        turn, place = view.turn[joints], view.place[joints]
        points = rings @ turn.transpose(0, 2, 1) + place[:, None]  # (R, A, 3) camera
        self.depth = float(points[..., 2].mean())
        self.pixels = fixed(view.pixels(points))
        after = np.roll(points, -1, axis=1)
        diagonals = after[1:] - points[:-1], points[1:] - after[:-1]
        normal = _unit(np.cross(*diagonals))
        seen = (normal * points[:-1]).sum(-1) < 0
        self.seen = np.argwhere(seen).tolist()
        self.shades = view.light.shade(normal @ view.sun)[seen].tolist()

    def hulls(self) -> list[np.ndarray]:
        pairs = np.concatenate([self.pixels[:-1], self.pixels[1:]], axis=1)
        return [hull(pair) for pair in pairs]


def _paint_rings(canvas: Canvas, rings: _Rings, colour, number) -> None:
    hulls = rings.hulls()
    dark = min(rings.shades, default=60) * 0.55
    for outline in hulls:
        cv2.polylines(canvas.shade, [outline], True, dark, canvas.rim, cv2.LINE_8, 4)
    for outline in hulls:
        cv2.fillConvexPoly(canvas.ids, outline, number, cv2.LINE_8, 4)
        cv2.fillConvexPoly(canvas.colour, outline, colour, cv2.LINE_AA, 4)
    quads = rings.pixels
    for (r, k), shade in zip(rings.seen, rings.shades):
        n = (k + 1) % quads.shape[1]
        quad = np.array([quads[r, k], quads[r, n], quads[r + 1, n], quads[r + 1, k]])
        canvas.light(quad, shade)


def _hands(view: View) -> list[tuple]:
    parts = []
    look = view.figure.look
    colour = look.skin.tolist()
    for n, side in enumerate(("left", "right")):
        joint = INDEX[f"{side}_wrist"]
        points = view.of(joint, view.figure.hands[n])  # (5, 3, 3)
        pixels = fixed(view.pixels(points))
        wrist = fixed(view.pixels(view.place[joint]))
        depth = float(points[..., 2].mean()) - 0.01
        shade = float(view.light.shade(view.turn[joint][:, 0] @ view.sun * 0.5))
        parts.append((depth, _paint_hand, pixels, wrist, colour, view.first + HAND + n, shade,
                      view.scale * view.figure.body.height))  # fmt: skip
    return parts


def _paint_hand(canvas: Canvas, pixels, wrist, colour, number, shade, size) -> None:
    width = 0.0105 * size
    if width < 1.6:
        mitten = hull(np.concatenate([pixels.reshape(-1, 2), wrist[None]]))
        canvas.part(mitten, colour, number, shade * 0.6)
        canvas.light(mitten, shade)
        return
    # The palm's hull at the wrist is as wide as the wrist.
    across = (pixels[1, 0] - pixels[4, 0]) * 3 // 8
    palm = hull(np.stack([*pixels[1:, 0], wrist - across, wrist + across, pixels[0, 0]]))
    thick = max(1, round(width * 1.15))
    for layer, value, extra in ((canvas.shade, shade * 0.62, 1 + canvas.rim // 2),
                                (canvas.shade, shade, 0), (canvas.ids, number, 0),
                                (canvas.colour, colour, 0)):  # fmt: skip
        kind = cv2.LINE_AA if layer is canvas.colour else cv2.LINE_8
        for finger in pixels:
            cv2.polylines(layer, [finger], False, value, thick + extra, kind, 4)
        cv2.fillPoly(layer, [palm], value, kind, 4)
        cv2.polylines(layer, [palm], True, value, max(1, thick // 2 + extra), kind, 4)
    for a, b in zip(pixels[1:-1], pixels[2:]):
        between = (a + b) // 2
        cv2.polylines(canvas.shade, [between], False, shade * 0.7, max(1, thick // 3), 8, 4)


def _feet(view: View) -> list[tuple]:
    parts = []
    look = view.figure.look
    upper = look.skin if look.barefoot else look.shoes
    sole = look.skin if look.barefoot else look.sole
    for n, side in enumerate(("left", "right")):
        joint = INDEX[f"{side}_ankle"]
        points = view.of(joint, view.figure.feet[n])
        hulls = [hull(half) for half in fixed(view.pixels(points))]
        up = view.turn[joint][:, 1] @ view.sun
        shades = [float(view.light.shade(-0.2)), float(view.light.shade(0.6 * up))]
        depth = float(points[..., 2].mean())
        parts.append((depth, _paint_foot, hulls, (sole.tolist(), upper.tolist()), shades,
                      view.first + FOOT + n))  # fmt: skip
    return parts


def _paint_foot(canvas: Canvas, hulls, colours, shades, number) -> None:
    for outline, colour, shade in zip(hulls, colours, shades):
        canvas.part(outline, colour, number, shade * 0.6)
        canvas.light(outline, shade)
