"""The light of a scene: one lamp, and light from all around."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np


@dataclass(frozen=True)
class Light:
    """One lamp and light from all around.

    ``direction`` (3,) world, a unit vector towards the lamp; ``ambient`` and ``lamp``
    brightness; ``tint`` (256, 1, 3) uint8: the colour of each shade, 128 being unchanged.
    """

    direction: np.ndarray
    ambient: float
    lamp: float
    tint: np.ndarray

    @classmethod
    def random(cls, rng: np.random.Generator, camera_at: np.ndarray, plain: bool = False) -> Light:
        """Light at random, more often from the camera's side; ``plain`` for a gentle one."""
        return lights(rng.random((1, 6)), camera_at[None], plain)[0]


def lights(u: np.ndarray, cameras_at: np.ndarray, plain: bool) -> list[Light]:
    """The lights of N images, of the uniform random numbers ``u`` (N, 6)."""
    turn = np.arctan2(cameras_at[:, 0], cameras_at[:, 2]) + 1.4 * np.pi * (u[:, 0] - 0.5)
    height = np.radians(30 + 40 * u[:, 1])
    direction = np.stack(
        [np.sin(turn) * np.cos(height), np.sin(height), np.cos(turn) * np.cos(height)], axis=-1
    )
    lamp = np.full(len(u), 0.5) if plain else 0.3 + 0.5 * u[:, 2]
    ambient = 0.98 - 0.72 * lamp + 0.12 * (u[:, 3] - 0.5)
    tints = _tints()[:1] if plain else _tints()
    which = (u[:, 4] * len(tints)).astype(int).tolist()
    return [
        Light(*parts, tints[k])
        for *parts, k in zip(direction, ambient.tolist(), lamp.tolist(), which)
    ]


@cache
def _tints() -> list[np.ndarray]:
    """Neutral, warm light with cool shadows in three strengths, and the reverse."""
    shade = np.arange(256.0)[:, None]
    warm = np.array([1.0, 0.1, -1.0])
    return [
        np.clip(shade * (1 + k * warm * (shade - 128) / 128), 0, 255).astype(np.uint8)[:, None]
        for k in (0.0, 0.06, 0.12, 0.18, -0.06)
    ]
