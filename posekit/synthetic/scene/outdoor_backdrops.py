"""Parks and streets, painted with cv2: see `scene.backdrops`, which shows parts of them."""

from __future__ import annotations

import cv2
import numpy as np

from .backdrop_textures import (
    HORIZON,
    SIDE,
    dull_colour,
    gradient,
    ground_plane,
    paint_box,
    rough,
    smooth_noise,
    to_uint8,
)


def _sky(rng) -> np.ndarray:
    tops = [(86, 138, 205), (120, 160, 210), (176, 184, 194), (120, 120, 160), (205, 208, 212)]
    ends = [(196, 216, 235), (225, 228, 228), (214, 216, 218), (235, 190, 150), (228, 228, 226)]
    kind = rng.integers(len(tops))
    sky = gradient(tops[kind], ends[kind], HORIZON + 1)
    cloud = np.clip((smooth_noise(rng, sky.shape[:2], 4, 5) - rng.uniform(0.4, 0.6)) * 3, 0, 1)
    return sky + (np.array([244, 244, 246]) - sky) * (cloud * 0.8)[..., None]


def _ridge(rng, image, height, rough, colour) -> None:
    """A skyline of hills or trees from the horizon up, hazy with noise."""
    line = smooth_noise(rng, (8, SIDE), rough, 3)[4] * height
    rows = np.arange(SIDE)[:, None]
    mask = (rows > HORIZON - 2 - line) & (rows < HORIZON + 3)
    texture = 0.75 + 0.5 * smooth_noise(rng, (SIDE, SIDE), 90, 3)
    image[mask] = (np.asarray(colour) * texture[..., None])[mask]


def _outdoors(rng, ground) -> np.ndarray:
    image = np.empty((SIDE, SIDE, 3), np.float32)
    image[: HORIZON + 1] = _sky(rng)
    image[HORIZON:] = ground_plane(rng, ground)
    return image


def park(rng) -> np.ndarray:
    grass = np.array(
        [(92, 128, 58), (120, 138, 74), (150, 140, 96), (190, 172, 130)][rng.integers(4)]
    )
    image = _outdoors(rng, rough(rng, grass, 0.7))
    _ridge(rng, image, rng.uniform(30, 110), 5, (96, 118, 118))
    _ridge(rng, image, rng.uniform(20, 80), 22, (62, 88, 50))
    image = to_uint8(image)
    for _ in range(rng.integers(2, 8)):
        _tree(rng, image)
    if rng.random() < 0.5:
        _fence(rng, image)
    return image


def _tree(rng, image) -> None:
    foot = np.array([rng.uniform(0, SIDE), HORIZON + rng.uniform(2, 40)])
    size = rng.uniform(0.6, 1.6) * (60 + 2 * (foot[1] - HORIZON))
    leaf = np.array([rng.uniform(40, 110), rng.uniform(80, 130), rng.uniform(30, 60)])
    top = foot - [0, size]
    cv2.line(
        image,
        foot.astype(int).tolist(),
        top.astype(int).tolist(),
        (78, 62, 46),
        max(2, int(size / 12)),
        cv2.LINE_AA,
    )
    # Big dark clumps first, then many small ones, lighter towards the top.
    clumps = np.clip(rng.normal(0, (0.22, 0.2), (9, 2)), -0.4, 0.4)
    for clump in clumps:
        _leaves(image, top + size * clump, 0.15 * size, leaf * 0.6)
    for clump in rng.choice(clumps, 110) + rng.normal(0, 0.085, (110, 2)):
        shade = leaf * (0.85 - 0.8 * clump[1] + rng.uniform(-0.15, 0.15))
        _leaves(image, top + size * clump, size * rng.uniform(0.012, 0.045), shade)


def _leaves(image, centre, radius, colour) -> None:
    x, y = (centre * 16).astype(int).tolist()
    cv2.circle(
        image, (x, y), int(max(radius, 1) * 16), colour.clip(0, 255).tolist(), -1, cv2.LINE_AA, 4
    )


def _fence(rng, image) -> None:
    foot, tall = HORIZON + rng.uniform(8, 40), rng.uniform(30, 80)
    colour = dull_colour(rng, 60, 220, 0.2).tolist()
    for x in np.arange(0, SIDE, rng.uniform(14, 50)):
        cv2.line(image, (int(x), int(foot)), (int(x), int(foot - tall)), colour, 3, cv2.LINE_AA)
    for share in (0.3, 0.9):
        y = int(foot - tall * share)
        cv2.line(image, (0, y), (SIDE, y), colour, 3, cv2.LINE_AA)


def street(rng) -> np.ndarray:
    image = to_uint8(_outdoors(rng, rough(rng, dull_colour(rng, 90, 170, 0.08), 0.35)))
    x = -40.0
    while x < SIDE:
        w, h = rng.uniform(50, 170), rng.uniform(60, 300)
        _building(rng, image, x, w, h)
        x += w + rng.choice([0, 0, rng.uniform(5, 60)])
    y = int(HORIZON + rng.uniform(14, 30))
    image[y : y + 6] = dull_colour(rng, 150, 215, 0.05)
    for _ in range(rng.integers(0, 4)):
        _tree(rng, image)
    for _ in range(rng.integers(1, 5)):
        left, w = rng.uniform(-50, SIDE), rng.uniform(70, 150)
        _car(rng, image, left, HORIZON + rng.uniform(14, 36), w)
    return image


def _building(rng, image, x, w, h) -> None:
    colour, base = dull_colour(rng, 80, 220, 0.25), HORIZON + 14
    paint_box(image, x, base - h, w, h, colour, 0.85)
    glass = dull_colour(rng, 40, 180, 0.25)
    across, up = rng.uniform(16, 30), rng.uniform(22, 36)
    for row in np.arange(base - h + 8, base - 34, up):
        for column in np.arange(x + 6, x + w - across * 0.7, across):
            lit = glass * rng.uniform(0.7, 1.3)
            paint_box(image, column, row, across * 0.55, up * 0.6, lit.clip(0, 255), 0.9)
    paint_box(image, x + w * 0.1, base - 26, w * 0.6, 24, glass * 0.7, 0.8)


def _car(rng, image, x, foot, w) -> None:
    colour = dull_colour(rng, 30, 220, 0.4)
    shape = np.array(
        [
            (0, 0.1),
            (0, 0.24),
            (0.18, 0.28),
            (0.32, 0.44),
            (0.68, 0.44),
            (0.84, 0.27),
            (1, 0.22),
            (1, 0.1),
        ]
    )
    body = (shape * [w, -w] + [x, foot]).astype(np.int32)
    cv2.fillPoly(image, [body], colour.tolist(), cv2.LINE_AA)
    glass = ((shape[2:6] * [0.84, 0.92] + [0.08, 0.015]) * [w, -w] + [x, foot]).astype(np.int32)
    cv2.fillPoly(image, [glass], (52, 60, 68), cv2.LINE_AA)
    for share in (0.2, 0.8):
        cv2.circle(
            image,
            (int(x + share * w), int(foot - 0.09 * w)),
            int(0.085 * w),
            (26, 26, 28),
            -1,
            cv2.LINE_AA,
        )
