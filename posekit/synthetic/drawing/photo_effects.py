"""What a camera adds to an image: exposure, colour cast, blur, noise and compression."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

_BANK = 1024


@cache
def _noise(strength: int) -> np.ndarray:
    """(1024, 1024, 3) uint8 around 128: sensor noise of std ``strength``, made once."""
    rng = np.random.default_rng([7, strength])
    return np.clip(np.rint(rng.normal(128, strength, (_BANK, _BANK, 3))), 0, 255).astype(np.uint8)


def expose(image: np.ndarray, rng: np.random.Generator, hard: bool, grain=None) -> np.ndarray:
    """(H, W, 3) uint8: brightness, contrast and colour cast, blur, noise, and JPEG if hard.

    ``grain``, another generator, places the noise, so that it can differ between frames that
    are otherwise exposed alike.
    """
    u = rng.random(10).tolist()
    variety = 1.6 if hard else 1.0
    gain, lift = 1 + 0.22 * variety * (u[0] - 0.5), 24 * variety * (u[4] - 0.5)
    red, green, blue = (gain * (1 + 0.10 * variety * (value - 0.5)) for value in u[1:4])
    image = cv2.transform(
        image, np.array([[red, 0, 0, lift], [0, green, 0, lift], [0, 0, blue, lift]])
    )
    if u[5] < (0.5 if hard else 0.25):
        image = _blur(image, moved=hard and u[7] > 0.6)
    strength = int(1 + u[8] * (9 if hard else 4))
    image = _add_noise(image, strength, u[9] if grain is None else grain.random())
    if hard and u[6] < 0.5:
        _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(25 + 60 * u[7])])
        image = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return image


def _blur(image: np.ndarray, moved: bool) -> np.ndarray:
    """Slightly out of focus, or ``moved`` to the side while the shutter was open."""
    reach = 2 * (max(image.shape) // 400) + 3
    if moved:
        return cv2.blur(image, (reach + 2, 1))
    return cv2.GaussianBlur(image, (reach, reach), 0)


def _add_noise(image: np.ndarray, strength: int, where: float) -> np.ndarray:
    bank = _noise(strength)
    height, width = image.shape[:2]
    if height > _BANK or width > _BANK:
        bank = np.tile(bank, (-(-height // _BANK) + 1, -(-width // _BANK) + 1, 1))
    y = int(where * (bank.shape[0] - height))
    x = int((where * 7919 % 1) * (bank.shape[1] - width))
    # Copied first: rows far apart in memory arrive twice as fast at once as one by one.
    grain = bank[y : y + height, x : x + width].copy()
    return cv2.addWeighted(image, 1, grain, 1, -128, grain)
