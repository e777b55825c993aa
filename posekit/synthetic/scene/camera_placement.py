"""Cameras at random places that have given people in their image."""

from __future__ import annotations

import numpy as np

from ...cameras import Camera, cos, facing, hypot, sin

_ANY = Camera(np.eye(3))


def place_camera(points: np.ndarray, rng, size: tuple[int, int], difficulty: str) -> Camera:
    """A camera at a random place that has these points (P, 3), world, in its image.

    It points at their middle; then its focal length and center are chosen so that they fill a
    random share of the image, as if it were cut out of a larger photograph.
    """
    return place_cameras(points[None], rng.random((1, 8)), size, difficulty)[0]


def place_cameras(points: np.ndarray, u: np.ndarray, size, difficulty: str) -> list[Camera]:
    """The cameras of N images of ``points`` (N, P, 3), of the uniform random numbers ``u``
    (N, 8)."""
    hard, (height, width) = difficulty == "hard", size
    rotation, shift = _stands(points, u, difficulty)
    seen = points @ rotation.swapaxes(-1, -2) + shift[:, None]
    flat = seen[..., :2] / seen[..., 2:]
    low, high = extent(flat)
    span = high - low
    share = 0.55 + 0.6 * u[:, 4] if hard else 0.62 + 0.24 * u[:, 4]
    focal = share * np.minimum(width / span[:, 0], height / span[:, 1])
    # Keep clear of the edges where the person fits; when hard, cut off on either side.
    spare = u[:, 5:7] if hard else np.clip(u[:, 5:7], 0.12, 0.88)
    room = np.array([width, height]) - focal[:, None] * span
    matrix = np.zeros((len(u), 3, 3))
    matrix[:, 0, 0] = matrix[:, 1, 1] = focal
    matrix[:, :2, 2] = spare * room - 0.5 - focal[:, None] * low
    matrix[:, 2, 2] = 1
    return [
        _ANY.changed(matrix=m, rotation=r, translation=t, size=tuple(size))
        for m, r, t in zip(matrix, rotation, shift)
    ]


def _stands(points: np.ndarray, u: np.ndarray, difficulty: str) -> tuple[np.ndarray, np.ndarray]:
    """Rotations (N, 3, 3) and translations (N, 3) of cameras that point at the points' middle."""
    easy, hard = difficulty == "easy", difficulty == "hard"
    low, high = extent(points)
    middle, (wide, _, deep) = (low + high) / 2, (high - low).T
    distance = 3.2 + 4.5 * u[:, 0] + 0.5 * hypot(wide, deep)
    tilt = np.radians((10 if easy else 45 if hard else 16) * (u[:, 1] - 0.3))
    turn = 0.0 if easy else 0.5 * (u[:, 2] - 0.5)
    roll = 0.0 if easy else np.radians((50 if hard else 8) * (u[:, 3] - 0.5))
    way = np.stack(np.broadcast_arrays(sin(turn), sin(tilt), cos(turn)), axis=-1)
    at = middle + distance[:, None] * way
    at[:, 1] = np.maximum(at[:, 1], 0.15)
    rotation = facing(middle - at, roll)
    return rotation, -(rotation @ at[..., None])[..., 0]


def extent(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N, D) the least and the greatest of each coordinate of points (N, P, D)."""
    rows = np.ascontiguousarray(points.swapaxes(1, 2))  # along a short axis numpy is slow
    return rows.min(-1), rows.max(-1)
