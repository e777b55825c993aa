"""Rooms, parks, streets and halls, drawn with cv2: square pictures whose middle row is the
horizon. See `scene.backdrops`, which shows parts of them behind people."""

from __future__ import annotations

import cv2
import numpy as np

SIDE = 640
_MIDDLE = SIDE // 2


def _solid(picture: np.ndarray) -> np.ndarray:
    """To uint8, on which cv2 draws smooth edges."""
    return np.ascontiguousarray(np.clip(picture, 0, 255).astype(np.uint8))


def _cloud(rng, shape, cells: int, octaves: int = 1) -> np.ndarray:
    """(H, W) float32 in 0..1: smooth noise of about ``cells`` bumps across, and finer ones."""
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        n = min(cells * 2**octave, 640)
        coarse = rng.random((n, n), dtype=np.float32)
        grown = cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
        total += grown * 0.5**octave
    low, high = float(total.min()), float(total.max())
    return (total - low) / (high - low + 1e-6)


def _colour(rng, low=60, high=220, saturation=0.3) -> np.ndarray:
    """A colour; most are dull, as most things are, and warm ones are commoner than cold."""
    value, strength = rng.uniform(low, high), saturation * rng.random() ** 1.5
    hue = rng.choice([rng.uniform(0, 60), rng.uniform(0, 360)])
    wheel = np.clip(np.abs((hue / 60 + np.array([0, 4, 2])) % 6 - 3) - 1, 0, 1)
    return np.clip(value * (1 - strength + 2 * strength * wheel), 0, 255)


def _fade(top, bottom, rows: int) -> np.ndarray:
    """(rows, SIDE, 3): a vertical gradient."""
    share = np.linspace(0, 1, rows, dtype=np.float32)[:, None, None]
    return np.tile(np.asarray(top) * (1 - share) + np.asarray(bottom) * share, (1, SIDE, 1))


def _floor(rng, texture: np.ndarray, metres: float = 14.0) -> np.ndarray:
    """(SIDE / 2, SIDE, 3): a square texture laid on the ground and seen from eye height.

    ``metres`` is the length of ground that the texture covers.
    """
    tile = texture.astype(np.float32)
    side = tile.shape[0]
    turn = rng.uniform(-0.6, 0.6)
    c, s = np.cos(turn) * side / metres, np.sin(turn) * side / metres
    # Image to ground: depth = f * eye / row, sideways = depth * column / f (eye 1.5 m).
    rows, f, eye = np.arange(_MIDDLE, dtype=np.float32) + 0.7, 0.9 * SIDE, 1.5
    depth = (f * eye / rows)[:, None]
    sideways = depth * (np.arange(SIDE, dtype=np.float32) - _MIDDLE)[None] / f
    x, y = c * sideways + s * depth, c * depth - s * sideways
    # Repeated back to front, so that no edge shows.
    x, y = (np.abs(axis % (2 * side) - side).clip(0, side - 1) for axis in (x, y))
    near = cv2.remap(tile, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR)
    # Far away the texture is finer than a pixel: fade to its mean.
    clear = np.clip(rows / (0.30 * SIDE), 0, 1)[:, None, None] ** 0.7
    return near * clear + tile.mean((0, 1)) * (1 - clear)


def _boards(rng) -> np.ndarray:
    base = np.array(
        [(150, 110, 72), (176, 142, 104), (110, 78, 52), (190, 176, 158)][rng.integers(4)],
        dtype=np.float32,
    )
    planks = np.repeat(rng.uniform(0.82, 1.12, (64, 2)), 8, 0).repeat(256, 1)
    grain = 0.9 + 0.2 * cv2.resize(_cloud(rng, (512, 64), 32, 2), (512, 512))
    image = base * (planks * grain)[..., None]
    image[::8] *= 0.7
    return image


def _tiles(rng) -> np.ndarray:
    one, two = _colour(rng, 110, 230, 0.12), _colour(rng, 70, 220, 0.12)
    two = one if rng.random() < 0.5 else two
    n = int(rng.integers(12, 28))
    board = (np.indices((n, n)).sum(0) % 2)[..., None]
    image = cv2.resize(
        np.where(board, one, two).astype(np.float32), (512, 512), interpolation=cv2.INTER_NEAREST
    )
    gap = max(512 // n, 2)
    image[::gap] *= 0.75
    image[:, ::gap] *= 0.75
    return image * (0.93 + 0.14 * _cloud(rng, (512, 512), 24, 3))[..., None]


def _rough(rng, colour, contrast=0.5) -> np.ndarray:
    """Grass, sand, asphalt, carpet."""
    fine, broad = _cloud(rng, (512, 512), 256), _cloud(rng, (512, 512), 6, 3)
    relief = 1 - contrast / 2 + contrast * (0.6 * fine + 0.4 * broad)
    return np.asarray(colour) * relief[..., None]


def _carpet(rng) -> np.ndarray:
    return _rough(rng, _colour(rng, 70, 190, 0.3), 0.25)


def _box(image, x, y, w, h, colour, edge=0.75) -> None:
    """A rectangle with a darker right side and a line around it, as furniture has."""
    x, y, w, h = int(x), int(y), max(int(w), 2), max(int(h), 2)
    colour = np.asarray(colour, dtype=float)
    cv2.rectangle(image, (x, y), (x + w, y + h), colour.tolist(), -1)
    cv2.rectangle(image, (x + int(w * 0.82), y), (x + w, y + h), (colour * edge).tolist(), -1)
    cv2.rectangle(image, (x, y), (x + w, y + h), (colour * 0.6).tolist(), 1, cv2.LINE_AA)


def room(rng) -> np.ndarray:
    wall = _colour(rng, 120, 240, 0.16)
    base = int(_MIDDLE + rng.uniform(25, 70))  # where the wall meets the floor
    image = np.concatenate(
        [_fade(wall * 1.04, wall * 0.86, base), np.zeros((SIDE - base, SIDE, 3), np.float32)]
    )
    image[:base] *= (0.96 + 0.08 * _cloud(rng, (base, SIDE), 3, 2))[..., None]
    texture = (_boards, _tiles, _carpet)[rng.integers(3)](rng)
    image[base:] = _floor(rng, texture)[base - _MIDDLE :]
    image *= np.linspace(rng.uniform(0.85, 1.1), rng.uniform(0.85, 1.1), SIDE)[:, None]
    image = _solid(image)
    corner = int(rng.uniform(-0.3, 1.3) * SIDE)
    if 0 < corner < SIDE:
        image[:base, corner:] = image[:base, corner:] * 0.9
    for _ in range(rng.integers(1, 4)):
        _window(rng, image)
    for _ in range(rng.integers(1, 5)):
        _picture(rng, image)
    cv2.rectangle(image, (0, base - 8), (SIDE, base), (wall * 0.8).clip(0, 255).tolist(), -1)
    for _ in range(rng.integers(2, 6)):
        _furniture(rng, image, base)
    return image


def _window(rng, image) -> None:
    x, w, h = rng.uniform(0, SIDE), rng.uniform(60, 150), rng.uniform(80, 170)
    y = _MIDDLE - 60 - h * rng.uniform(0.4, 0.9)
    sky = _colour(rng, 190, 250, 0.12)
    _box(image, x - 5, y - 5, w + 10, h + 10, _colour(rng, 180, 245, 0.06), 1)
    _box(image, x, y, w, h, sky, 0.97)
    cv2.rectangle(
        image,
        (int(x), int(y + h * 0.7)),
        (int(x + w), int(y + h)),
        _colour(rng, 90, 160, 0.3).tolist(),
        -1,
    )
    for share in (1 / 3, 2 / 3):
        cv2.line(
            image,
            (int(x + w * share), int(y)),
            (int(x + w * share), int(y + h)),
            (225, 225, 222),
            3,
        )


def _picture(rng, image) -> None:
    x, y = rng.uniform(0, SIDE), rng.uniform(90, _MIDDLE - 20)
    w, h = rng.uniform(25, 90), rng.uniform(25, 80)
    _box(image, x, y, w, h, _colour(rng, 40, 120, 0.3), 1)
    _box(image, x + 4, y + 4, w - 8, h - 8, _colour(rng, 90, 230, 0.45), 1)
    for _ in range(3):
        centre = (int(x + w * rng.uniform(0.3, 0.7)), int(y + h * rng.uniform(0.3, 0.7)))
        size = (int(w * rng.uniform(0.08, 0.22)), int(h * rng.uniform(0.08, 0.22)))
        cv2.ellipse(
            image, centre, size, 0, 0, 360, _colour(rng, 30, 230, 0.5).tolist(), -1, cv2.LINE_AA
        )


def _furniture(rng, image, base) -> None:
    x, w, h = rng.uniform(-60, SIDE), rng.uniform(40, 190), rng.uniform(40, 150)
    bottom = base + rng.uniform(4, 40)
    colour = _colour(rng, 40, 200, 0.35)
    shadow = image[int(bottom) - 4 : int(bottom) + 10, max(int(x), 0) : max(int(x + w + 12), 0)]
    shadow[:] = shadow * 0.72
    _box(image, x, bottom - h, w, h, colour)
    kind = rng.integers(3)
    if kind == 0:  # shelves full of things
        for row in np.arange(bottom - h + 6, bottom - 16, 26):
            _box(image, x + 5, row, w * 0.8 - 8, 20, colour * 0.45, 1)
            for left in np.arange(x + 7, x + w * 0.8 - 12, 7):
                if rng.random() < 0.8:
                    tall = rng.uniform(9, 18)
                    _box(
                        image,
                        left,
                        row + 19 - tall,
                        rng.uniform(3, 6),
                        tall,
                        _colour(rng, 40, 220, 0.6),
                        1,
                    )
    elif kind == 1:  # drawers, or cushions
        for left in np.linspace(x, x + w * 0.8, 3)[:-1]:
            _box(image, left + 4, bottom - h * 0.62, w * 0.36, h * 0.4, colour * 1.1, 0.95)
    else:  # a lamp or a plant on it
        top, tint = bottom - h, _colour(rng, 90, 200, 0.4)
        cv2.line(
            image,
            (int(x + w / 2), int(top)),
            (int(x + w / 2), int(top - 40)),
            (tint * 0.5).tolist(),
            4,
            cv2.LINE_AA,
        )
        for _ in range(14):
            spot = rng.normal((x + w / 2, top - 46), (13, 15)).astype(int).tolist()
            cv2.circle(image, spot, 8, (tint * rng.uniform(0.7, 1.1)).tolist(), -1, cv2.LINE_AA)


def _sky(rng) -> np.ndarray:
    tops = [(86, 138, 205), (120, 160, 210), (176, 184, 194), (120, 120, 160), (205, 208, 212)]
    ends = [(196, 216, 235), (225, 228, 228), (214, 216, 218), (235, 190, 150), (228, 228, 226)]
    kind = rng.integers(len(tops))
    sky = _fade(tops[kind], ends[kind], _MIDDLE + 1)
    cloud = np.clip((_cloud(rng, sky.shape[:2], 4, 5) - rng.uniform(0.4, 0.6)) * 3, 0, 1)
    return sky + (np.array([244, 244, 246]) - sky) * (cloud * 0.8)[..., None]


def _ridge(rng, image, height, rough, colour) -> None:
    """A skyline of hills or trees from the horizon up, hazy with noise."""
    line = _cloud(rng, (8, SIDE), rough, 3)[4] * height
    rows = np.arange(SIDE)[:, None]
    mask = (rows > _MIDDLE - 2 - line) & (rows < _MIDDLE + 3)
    texture = 0.75 + 0.5 * _cloud(rng, (SIDE, SIDE), 90, 3)
    image[mask] = (np.asarray(colour) * texture[..., None])[mask]


def _outdoors(rng, ground) -> np.ndarray:
    image = np.empty((SIDE, SIDE, 3), np.float32)
    image[: _MIDDLE + 1] = _sky(rng)
    image[_MIDDLE:] = _floor(rng, ground)
    return image


def park(rng) -> np.ndarray:
    grass = np.array(
        [(92, 128, 58), (120, 138, 74), (150, 140, 96), (190, 172, 130)][rng.integers(4)]
    )
    image = _outdoors(rng, _rough(rng, grass, 0.7))
    _ridge(rng, image, rng.uniform(30, 110), 5, (96, 118, 118))
    _ridge(rng, image, rng.uniform(20, 80), 22, (62, 88, 50))
    image = _solid(image)
    for _ in range(rng.integers(2, 8)):
        _tree(rng, image)
    if rng.random() < 0.5:
        _fence(rng, image)
    return image


def _tree(rng, image) -> None:
    foot = np.array([rng.uniform(0, SIDE), _MIDDLE + rng.uniform(2, 40)])
    size = rng.uniform(0.6, 1.6) * (60 + 2 * (foot[1] - _MIDDLE))
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
    foot, tall = _MIDDLE + rng.uniform(8, 40), rng.uniform(30, 80)
    colour = _colour(rng, 60, 220, 0.2).tolist()
    for x in np.arange(0, SIDE, rng.uniform(14, 50)):
        cv2.line(image, (int(x), int(foot)), (int(x), int(foot - tall)), colour, 3, cv2.LINE_AA)
    for share in (0.3, 0.9):
        y = int(foot - tall * share)
        cv2.line(image, (0, y), (SIDE, y), colour, 3, cv2.LINE_AA)


def street(rng) -> np.ndarray:
    image = _solid(_outdoors(rng, _rough(rng, _colour(rng, 90, 170, 0.08), 0.35)))
    x = -40.0
    while x < SIDE:
        w, h = rng.uniform(50, 170), rng.uniform(60, 300)
        _building(rng, image, x, w, h)
        x += w + rng.choice([0, 0, rng.uniform(5, 60)])
    y = int(_MIDDLE + rng.uniform(14, 30))
    image[y : y + 6] = _colour(rng, 150, 215, 0.05)
    for _ in range(rng.integers(0, 4)):
        _tree(rng, image)
    for _ in range(rng.integers(1, 5)):
        left, w = rng.uniform(-50, SIDE), rng.uniform(70, 150)
        _car(rng, image, left, _MIDDLE + rng.uniform(14, 36), w)
    return image


def _building(rng, image, x, w, h) -> None:
    colour, base = _colour(rng, 80, 220, 0.25), _MIDDLE + 14
    _box(image, x, base - h, w, h, colour, 0.85)
    glass = _colour(rng, 40, 180, 0.25)
    across, up = rng.uniform(16, 30), rng.uniform(22, 36)
    for row in np.arange(base - h + 8, base - 34, up):
        for column in np.arange(x + 6, x + w - across * 0.7, across):
            lit = glass * rng.uniform(0.7, 1.3)
            _box(image, column, row, across * 0.55, up * 0.6, lit.clip(0, 255), 0.9)
    _box(image, x + w * 0.1, base - 26, w * 0.6, 24, glass * 0.7, 0.8)


def _car(rng, image, x, foot, w) -> None:
    colour = _colour(rng, 30, 220, 0.4)
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


def hall(rng) -> np.ndarray:
    """A gym, a shop, a workshop: many things of many colours, near and far."""
    image = room(rng)
    for _ in range(rng.integers(10, 30)):
        colour = _colour(rng, 30, 225, 0.5)
        x, foot = rng.uniform(0, SIDE), _MIDDLE + rng.gamma(2.0, 22)
        size = (0.25 + (foot - _MIDDLE) / 90) * rng.uniform(20, 60)
        kind = rng.integers(4)
        if kind == 0:
            _box(image, x, foot - size, size * rng.uniform(0.4, 1.6), size, colour)
        elif kind == 1:
            cv2.circle(
                image,
                (int(x), int(foot - size / 3)),
                int(size / 3),
                colour.tolist(),
                -1,
                cv2.LINE_AA,
            )
            cv2.circle(
                image,
                (int(x - size / 10), int(foot - size / 2.2)),
                int(size / 8),
                (colour * 1.2).clip(0, 255).tolist(),
                -1,
                cv2.LINE_AA,
            )
        else:
            top = (int(x + size * rng.uniform(-0.4, 0.4)), int(foot - size * rng.uniform(1, 3)))
            cv2.line(
                image, (int(x), int(foot)), top, colour.tolist(), max(2, int(size / 9)), cv2.LINE_AA
            )
    return image
