"""What painted backdrops are made of: noise, colours, gradients, floors in perspective, boxes.

A backdrop is a square image whose middle row is the horizon.
"""

from __future__ import annotations

import cv2
import numpy as np

SIDE = 640
HORIZON = SIDE // 2


def to_uint8(image: np.ndarray) -> np.ndarray:
    """uint8, on which cv2 paints smooth edges."""
    return np.ascontiguousarray(np.clip(image, 0, 255).astype(np.uint8))


def smooth_noise(rng, shape, cells: int, octaves: int = 1) -> np.ndarray:
    """(H, W) float32 in 0..1: smooth noise of about ``cells`` bumps across, and finer ones."""
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        n = min(cells * 2**octave, 640)
        coarse = rng.random((n, n), dtype=np.float32)
        grown = cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
        total += grown * 0.5**octave
    low, high = float(total.min()), float(total.max())
    return (total - low) / (high - low + 1e-6)


def dull_colour(rng, low=60, high=220, saturation=0.3) -> np.ndarray:
    """A colour; most are dull, as most things are, and warm ones are commoner than cold."""
    value, strength = rng.uniform(low, high), saturation * rng.random() ** 1.5
    hue = rng.choice([rng.uniform(0, 60), rng.uniform(0, 360)])
    wheel = np.clip(np.abs((hue / 60 + np.array([0, 4, 2])) % 6 - 3) - 1, 0, 1)
    return np.clip(value * (1 - strength + 2 * strength * wheel), 0, 255)


def gradient(top, bottom, rows: int) -> np.ndarray:
    """(rows, SIDE, 3): a vertical gradient."""
    share = np.linspace(0, 1, rows, dtype=np.float32)[:, None, None]
    return np.tile(np.asarray(top) * (1 - share) + np.asarray(bottom) * share, (1, SIDE, 1))


def ground_plane(rng, texture: np.ndarray, metres: float = 14.0) -> np.ndarray:
    """(SIDE / 2, SIDE, 3): a square texture laid on the ground and seen from eye height.

    ``metres`` is the length of ground that the texture covers.
    """
    tile = texture.astype(np.float32)
    side = tile.shape[0]
    turn = rng.uniform(-0.6, 0.6)
    c, s = np.cos(turn) * side / metres, np.sin(turn) * side / metres
    # Image to ground: depth = f * eye / row, sideways = depth * column / f (eye 1.5 m).
    rows, f, eye = np.arange(HORIZON, dtype=np.float32) + 0.7, 0.9 * SIDE, 1.5
    depth = (f * eye / rows)[:, None]
    sideways = depth * (np.arange(SIDE, dtype=np.float32) - HORIZON)[None] / f
    x, y = c * sideways + s * depth, c * depth - s * sideways
    # Repeated back to front, so that no edge shows.
    x, y = (np.abs(axis % (2 * side) - side).clip(0, side - 1) for axis in (x, y))
    near = cv2.remap(tile, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR)
    # Far away the texture is finer than a pixel: fade to its mean.
    clear = np.clip(rows / (0.30 * SIDE), 0, 1)[:, None, None] ** 0.7
    return near * clear + tile.mean((0, 1)) * (1 - clear)


def boards(rng) -> np.ndarray:
    base = np.array(
        [(150, 110, 72), (176, 142, 104), (110, 78, 52), (190, 176, 158)][rng.integers(4)],
        dtype=np.float32,
    )
    planks = np.repeat(rng.uniform(0.82, 1.12, (64, 2)), 8, 0).repeat(256, 1)
    grain = 0.9 + 0.2 * cv2.resize(smooth_noise(rng, (512, 64), 32, 2), (512, 512))
    image = base * (planks * grain)[..., None]
    image[::8] *= 0.7
    return image


def tiles(rng) -> np.ndarray:
    one, two = dull_colour(rng, 110, 230, 0.12), dull_colour(rng, 70, 220, 0.12)
    two = one if rng.random() < 0.5 else two
    n = int(rng.integers(12, 28))
    board = (np.indices((n, n)).sum(0) % 2)[..., None]
    image = cv2.resize(
        np.where(board, one, two).astype(np.float32), (512, 512), interpolation=cv2.INTER_NEAREST
    )
    gap = max(512 // n, 2)
    image[::gap] *= 0.75
    image[:, ::gap] *= 0.75
    return image * (0.93 + 0.14 * smooth_noise(rng, (512, 512), 24, 3))[..., None]


def rough(rng, colour, contrast=0.5) -> np.ndarray:
    """Grass, sand, asphalt, carpet."""
    fine, broad = smooth_noise(rng, (512, 512), 256), smooth_noise(rng, (512, 512), 6, 3)
    relief = 1 - contrast / 2 + contrast * (0.6 * fine + 0.4 * broad)
    return np.asarray(colour) * relief[..., None]


def carpet(rng) -> np.ndarray:
    return rough(rng, dull_colour(rng, 70, 190, 0.3), 0.25)


def paint_box(image, x, y, w, h, colour, edge=0.75) -> None:
    """A rectangle with a darker right side and a line around it, as furniture has."""
    x, y, w, h = int(x), int(y), max(int(w), 2), max(int(h), 2)
    colour = np.asarray(colour, dtype=float)
    cv2.rectangle(image, (x, y), (x + w, y + h), colour.tolist(), -1)
    cv2.rectangle(image, (x + int(w * 0.82), y), (x + w, y + h), (colour * edge).tolist(), -1)
    cv2.rectangle(image, (x, y), (x + w, y + h), (colour * 0.6).tolist(), 1, cv2.LINE_AA)
