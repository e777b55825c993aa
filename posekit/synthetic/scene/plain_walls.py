"""A plain wall and a floor: what is behind people in easy images."""

from __future__ import annotations

import numpy as np

from ...cameras import Camera


def plain_walls(u: np.ndarray, cameras: list[Camera]) -> tuple[np.ndarray, np.ndarray]:
    """N images (N, H, W, 3) of a wall a step or two behind the origin, and a floor, of one colour
    each, of the uniform random numbers ``u`` (N, 9); and the rows where they meet."""
    walls = 90 + 140 * u[:, :1] + 26 * (u[:, 1:4] - 0.5)
    floors = 60 + 120 * u[:, 4:5] + 36 * (u[:, 5:8] - 0.5)
    rotation, shift, focal, center = (
        np.array([getattr(camera, name) for camera in cameras])
        for name in ("rotation", "translation", "focal", "center")
    )
    away = -(shift[:, None] @ rotation)[:, 0] * [1, 0, 1]
    foot = -away / np.sqrt((away * away).sum(-1, keepdims=True)) * (0.5 + 1.5 * u[:, 8:])
    seen = (rotation @ foot[..., None])[..., 0] + shift
    height, width = cameras[0].size
    edges = np.clip(seen[:, 1] / seen[:, 2] * focal + center[:, 1], 0, height).astype(int)
    rows = np.tile(np.rint(np.concatenate([walls, floors])).astype(np.uint8), width)
    which = np.arange(len(u))[:, None] + len(u) * (np.arange(height) >= edges[:, None])
    return rows.take(which, axis=0).reshape(len(u), height, width, 3), edges
