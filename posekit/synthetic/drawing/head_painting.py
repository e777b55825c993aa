"""A head painted: skull, jaw, hair, ears, and the face where it faces the camera."""

from __future__ import annotations

import math

import numpy as np

from ..human.dressed_body import HEAD, TAIL
from .canvas import Canvas
from .pixel_coordinates import hull
from .projected_head import EDGE_AT, HAIR_AT, SKULL_AT, STEPS, ProjectedHeads

_SHARES = 1 - np.arange(len(STEPS))[:, None, None] / len(STEPS)  # of the ball that a band covers


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
    skull, hair_outline, edge = curve[SKULL_AT], curve[HAIR_AT], curve[EDGE_AT]
    jaw = hull(heads.jaw[n])
    whole = hull(np.concatenate([skull, jaw, hair_outline]))
    canvas.seam([whole], 0.5 * float(heads.ball_shade[n, 0]), True)
    if -0.4 < forward < 0.15:  # in profile the nose stands out from behind the cheek
        canvas.part(hull(heads.feature(n, "nose")), skin, first + HEAD)
    canvas.part(whole, skin, first + HEAD)
    hair = (appearance.cap if appearance.hair_style == "cap" else appearance.hair).tolist()
    if appearance.hair_style != "bald":
        if forward < -0.2:
            canvas.patch(hair_outline, hair)
        elif heads.encloses_skin[n]:
            canvas.patch(hair_outline, hair)
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
