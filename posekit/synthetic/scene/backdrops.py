"""Places to stand in: rooms, parks, streets and cluttered halls, painted once and kept.

A scene is a square image whose horizon is its middle row. A sample shows a part of one,
turned and scaled so that its horizon is the camera's, which is why people stand on the floor.
Scene ``n`` is always the same image; `COUNT` of them are made, each when first asked for.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from ...cameras import Camera
from ..random_generators import uniform_numbers
from .backdrop_textures import SIDE
from .indoor_backdrops import hall, room
from .outdoor_backdrops import park, street
from .plain_walls import plain_walls

COUNT = 64


def backdrop(scene: int, camera: Camera, zoom: float, shift: float, flip: bool) -> np.ndarray:
    """(H, W, 3) uint8: a scene behind the ground that this camera sees.

    ``zoom`` is how much of the scene's width the image shows, ``shift`` (0 to 1) which part.
    """
    return backdrops([scene], [camera], *np.array([[zoom], [shift], [flip]]))[0]


def backdrops(scenes, cameras: list[Camera], zoom, shift, flip) -> list[np.ndarray]:
    """`backdrop` of N cameras whose images are of one size; each setting is (N,)."""
    height, width = cameras[0].size
    horizon, up = _horizons(cameras)
    # As much of the scene as is there: it ends as far below its horizon as above.
    reach = np.maximum(np.maximum(height - horizon, horizon), height / 2) / width
    zoom = np.maximum(np.minimum(zoom, 0.48 / reach), 0.22)
    step = zoom * SIDE / width  # scene pixels an image pixel
    level = np.clip(np.floor(np.log2(np.maximum(step, 1))), 0, 3).astype(int)
    step, side = step / 2.0**level, SIDE // 2**level
    anchor = np.stack([np.full(len(step), (width - 1) / 2), horizon], axis=-1)
    target = np.stack([side * (zoom / 2 + shift * (1 - zoom)), side / 2], axis=-1)
    matrix = _similarities(up * step[:, None], flip, anchor, target)
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]])
    reached = corners @ matrix.swapaxes(1, 2)
    beyond = ((reached < 2) | (reached > side[:, None, None] - 3)).any((1, 2))
    low, high = (
        np.clip(end(reached, 1), 0, side[:, None] - 1).astype(int).tolist()
        for end in (np.min, np.max)
    )
    return [
        _view(_level(int(scene) % COUNT, k), m, (width, height), *rest)
        for scene, k, m, *rest in zip(scenes, level.tolist(), matrix, beyond.tolist(), low, high)
    ]


def _horizons(cameras: list[Camera]) -> tuple[np.ndarray, np.ndarray]:
    """(N,) the row of each camera's horizon in the middle column, and (N, 2) which way in its
    image the world's up is: its cosine and sine."""
    rotation, focal, center = (
        np.array([getattr(camera, name) for camera in cameras])
        for name in ("rotation", "focal", "center")
    )
    forward = rotation[:, 2] * [1, 0, 1]
    forward /= np.sqrt((forward * forward).sum(-1, keepdims=True) + 1e-12)
    ahead = (rotation @ forward[..., None])[..., 0]
    horizon = center[:, 1] + focal * ahead[:, 1] / np.maximum(ahead[:, 2], 0.05)
    return horizon, np.stack([-rotation[:, 1, 1], rotation[:, 0, 1]], axis=-1)


def _similarities(turns: np.ndarray, flip, anchor: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(N, 2, 3) from image pixels to scene pixels: turned and scaled by ``turns`` (N, 2),
    mirrored or not, so that ``anchor`` (N, 2) comes to ``target`` (N, 2)."""
    (c, s), mirror = turns.T, np.where(np.asarray(flip, dtype=bool), -1, 1)
    matrix = np.empty((len(turns), 2, 3))
    matrix[:, 0, 0], matrix[:, 0, 1] = mirror * c, mirror * s
    matrix[:, 1, 0], matrix[:, 1, 1] = -s, c
    matrix[:, :, 2] = target - (matrix[:, :, :2] @ anchor[..., None])[..., 0]
    return matrix


def _view(
    scene: np.ndarray,
    matrix: np.ndarray,
    size: tuple[int, int],
    beyond: bool,
    low: list[int],
    high: list[int],
) -> np.ndarray:
    """A part of a scene, from ``low`` to ``high`` (x, y), which is mirrored ``beyond`` its
    edges: cv2 is faster without."""
    # One read of each line of memory, in order, fetches them at once; cv2 waits for each.
    scene.view(np.uint32)[low[1] : high[1] + 1, low[0] : high[0] + 1 : 16].max()
    border = cv2.BORDER_REFLECT_101 if beyond else cv2.BORDER_REPLICATE
    view = cv2.warpAffine(
        scene, matrix, size, borderMode=border, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    return cv2.cvtColor(view, cv2.COLOR_RGBA2RGB)


def _level(scene: int, level: int) -> np.ndarray:
    """A scene at a power of two below full size, with a fourth channel: cv2 warps four in
    less than half of the time that it takes for three."""
    return _large(scene) if level == 0 else _smaller(scene)[level - 1]


@lru_cache(maxsize=COUNT)  # 1.6 megabytes each, and only large images ask for them
def _large(scene: int) -> np.ndarray:
    return cv2.cvtColor(_scene(scene), cv2.COLOR_RGB2RGBA)


@lru_cache(maxsize=COUNT)
def _smaller(scene: int) -> list[np.ndarray]:
    """All smaller levels at once, so that no scene is painted for each of them."""
    whole = _scene(scene)
    return [
        cv2.cvtColor(
            cv2.resize(whole, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA),
            cv2.COLOR_RGB2RGBA,
        )
        for scale in (0.5, 0.25, 0.125)
    ]


@lru_cache(maxsize=4)
def _scene(n: int) -> np.ndarray:
    rng = np.random.default_rng([20240, n])
    return (room, park, street, hall)[n % 4](rng)


def random_backdrop(rng, camera: Camera, easy: bool, scenes=range(COUNT)) -> np.ndarray:
    """(H, W, 3) uint8: one of these scenes behind the ground of this camera; if easy, a plain
    wall."""
    return random_backdrops([rng], [camera], easy, scenes)[0]


def random_backdrops(rngs, cameras: list[Camera], easy: bool, scenes=range(COUNT)) -> list:
    """`random_backdrop` of N cameras with images of one size."""
    if easy:
        return list(plain_walls(uniform_numbers(rngs, 9), cameras)[0])
    u = uniform_numbers(rngs, 4).T
    chosen = np.asarray(scenes)[(u[0] * len(scenes)).astype(int)]
    return backdrops(chosen, cameras, 0.45 + 0.5 * u[1], u[2], u[3] < 0.5)
