"""Rooms and cluttered halls, painted with cv2: see `scene.backdrops`, which shows parts of them."""

from __future__ import annotations

import cv2
import numpy as np

from .backdrop_textures import (
    HORIZON,
    SIDE,
    boards,
    carpet,
    dull_colour,
    gradient,
    ground_plane,
    paint_box,
    smooth_noise,
    tiles,
    to_uint8,
)


def room(rng) -> np.ndarray:
    wall = dull_colour(rng, 120, 240, 0.16)
    base = int(HORIZON + rng.uniform(25, 70))  # where the wall meets the floor
    image = np.concatenate(
        [gradient(wall * 1.04, wall * 0.86, base), np.zeros((SIDE - base, SIDE, 3), np.float32)]
    )
    image[:base] *= (0.96 + 0.08 * smooth_noise(rng, (base, SIDE), 3, 2))[..., None]
    texture = (boards, tiles, carpet)[rng.integers(3)](rng)
    image[base:] = ground_plane(rng, texture)[base - HORIZON :]
    image *= np.linspace(rng.uniform(0.85, 1.1), rng.uniform(0.85, 1.1), SIDE)[:, None]
    image = to_uint8(image)
    corner = int(rng.uniform(-0.3, 1.3) * SIDE)
    if 0 < corner < SIDE:
        image[:base, corner:] = image[:base, corner:] * 0.9
    for _ in range(rng.integers(1, 4)):
        _window(rng, image)
    for _ in range(rng.integers(1, 5)):
        _painting(rng, image)
    cv2.rectangle(image, (0, base - 8), (SIDE, base), (wall * 0.8).clip(0, 255).tolist(), -1)
    for _ in range(rng.integers(2, 6)):
        _furniture(rng, image, base)
    return image


def _window(rng, image) -> None:
    x, w, h = rng.uniform(0, SIDE), rng.uniform(60, 150), rng.uniform(80, 170)
    y = HORIZON - 60 - h * rng.uniform(0.4, 0.9)
    sky = dull_colour(rng, 190, 250, 0.12)
    paint_box(image, x - 5, y - 5, w + 10, h + 10, dull_colour(rng, 180, 245, 0.06), 1)
    paint_box(image, x, y, w, h, sky, 0.97)
    low, ground = (int(x), int(y + h * 0.7)), dull_colour(rng, 90, 160, 0.3)
    cv2.rectangle(image, low, (int(x + w), int(y + h)), ground.tolist(), -1)
    for share in (1 / 3, 2 / 3):
        bar = int(x + w * share)
        cv2.line(image, (bar, int(y)), (bar, int(y + h)), (225, 225, 222), 3)


def _painting(rng, image) -> None:
    x, y = rng.uniform(0, SIDE), rng.uniform(90, HORIZON - 20)
    w, h = rng.uniform(25, 90), rng.uniform(25, 80)
    paint_box(image, x, y, w, h, dull_colour(rng, 40, 120, 0.3), 1)
    paint_box(image, x + 4, y + 4, w - 8, h - 8, dull_colour(rng, 90, 230, 0.45), 1)
    for _ in range(3):
        centre = (int(x + w * rng.uniform(0.3, 0.7)), int(y + h * rng.uniform(0.3, 0.7)))
        size = (int(w * rng.uniform(0.08, 0.22)), int(h * rng.uniform(0.08, 0.22)))
        cv2.ellipse(
            image, centre, size, 0, 0, 360, dull_colour(rng, 30, 230, 0.5).tolist(), -1, cv2.LINE_AA
        )


def _furniture(rng, image, base) -> None:
    x, w, h = rng.uniform(-60, SIDE), rng.uniform(40, 190), rng.uniform(40, 150)
    bottom = base + rng.uniform(4, 40)
    colour = dull_colour(rng, 40, 200, 0.35)
    shadow = image[int(bottom) - 4 : int(bottom) + 10, max(int(x), 0) : max(int(x + w + 12), 0)]
    shadow[:] = shadow * 0.72
    paint_box(image, x, bottom - h, w, h, colour)
    kind = (_shelves, _drawers, _lamp)[rng.integers(3)]
    kind(rng, image, x, bottom, w, h, colour)


def _shelves(rng, image, x, bottom, w, h, colour) -> None:
    """Shelves full of things."""
    for row in np.arange(bottom - h + 6, bottom - 16, 26):
        paint_box(image, x + 5, row, w * 0.8 - 8, 20, colour * 0.45, 1)
        for left in np.arange(x + 7, x + w * 0.8 - 12, 7):
            if rng.random() < 0.8:
                tall, wide = rng.uniform(9, 18), rng.uniform(3, 6)
                thing = dull_colour(rng, 40, 220, 0.6)
                paint_box(image, left, row + 19 - tall, wide, tall, thing, 1)


def _drawers(rng, image, x, bottom, w, h, colour) -> None:
    """Drawers, or cushions."""
    for left in np.linspace(x, x + w * 0.8, 3)[:-1]:
        paint_box(image, left + 4, bottom - h * 0.62, w * 0.36, h * 0.4, colour * 1.1, 0.95)


def _lamp(rng, image, x, bottom, w, h, colour) -> None:
    """A lamp or a plant on it."""
    top, tint = bottom - h, dull_colour(rng, 90, 200, 0.4)
    foot, head = (int(x + w / 2), int(top)), (int(x + w / 2), int(top - 40))
    cv2.line(image, foot, head, (tint * 0.5).tolist(), 4, cv2.LINE_AA)
    for _ in range(14):
        spot = rng.normal((x + w / 2, top - 46), (13, 15)).astype(int).tolist()
        cv2.circle(image, spot, 8, (tint * rng.uniform(0.7, 1.1)).tolist(), -1, cv2.LINE_AA)


def hall(rng) -> np.ndarray:
    """A gym, a shop, a workshop: many things of many colours, near and far."""
    image = room(rng)
    for _ in range(rng.integers(10, 30)):
        colour = dull_colour(rng, 30, 225, 0.5)
        x, foot = rng.uniform(0, SIDE), HORIZON + rng.gamma(2.0, 22)
        size = (0.25 + (foot - HORIZON) / 90) * rng.uniform(20, 60)
        kind = (_crate, _ball, _pole, _pole)[rng.integers(4)]
        kind(rng, image, x, foot, size, colour)
    return image


def _crate(rng, image, x, foot, size, colour) -> None:
    paint_box(image, x, foot - size, size * rng.uniform(0.4, 1.6), size, colour)


def _ball(rng, image, x, foot, size, colour) -> None:
    centre, gleam = (int(x), int(foot - size / 3)), (int(x - size / 10), int(foot - size / 2.2))
    bright = (colour * 1.2).clip(0, 255)
    cv2.circle(image, centre, int(size / 3), colour.tolist(), -1, cv2.LINE_AA)
    cv2.circle(image, gleam, int(size / 8), bright.tolist(), -1, cv2.LINE_AA)


def _pole(rng, image, x, foot, size, colour) -> None:
    top = int(x + size * rng.uniform(-0.4, 0.4)), int(foot - size * rng.uniform(1, 3))
    wide = max(2, int(size / 9))
    cv2.line(image, (int(x), int(foot)), top, colour.tolist(), wide, cv2.LINE_AA)
