"""Light, the shadow it throws on the ground, and what a photograph adds at the end."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from ...cameras import Camera
from ..human.joint_tree import INDEX


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


_SHADOW_BONES = np.array(
    [
        [INDEX[f"{side}_{a}"], INDEX[f"{side}_{b}"]]
        for side in ("left", "right")
        for a, b in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
    ]
)
_SHADOW_TRUNK = [
    INDEX[name] for name in ("left_shoulder", "right_shoulder", "right_hip", "left_hip", "neck")
]
_SHADOW_HEAD = [INDEX["neck"], INDEX["head"]]


def cast_shadows(images, joints, heights, cameras: list[Camera], lights: list[Light]) -> None:
    """Darken the ground of N images, in place, where the people keep the lamp away.

    ``images`` N of (H, W, 3) uint8; ``joints`` (N, P, J, 3) metres, world; ``heights`` (N, P).
    """
    points, depth = _fall(joints, cameras, lights)
    wide = 0.045 * heights * np.array([[camera.focal] for camera in cameras])
    near = depth.min(-1) < 0.3
    thick = np.maximum(np.rint(wide / np.where(near, 1, depth[..., 0])), 1).astype(int)
    bones, trunks, heads = (
        points.take(joints, axis=2) for joints in (_SHADOW_BONES, _SHADOW_TRUNK, _SHADOW_HEAD)
    )
    heads[..., 1, :] += heads[..., 1, :] - heads[..., 0, :]
    thick = np.where(near, 0, thick).tolist()
    for image, light, *people in zip(images, lights, bones, trunks, heads, thick):
        _darken(image, light.lamp, *people)


def _fall(joints, cameras: list[Camera], lights: list[Light]) -> tuple[np.ndarray, np.ndarray]:
    """Where the shadows of the ``joints`` (N, P, J, 3) of N images fall: (N, P, J, 2) int32, in
    sixteenths of a pixel of an image of half the size, and (N, P, J) metres of depth."""
    sun = np.array([light.direction for light in lights])
    rotation, shift, focal, center = (
        np.array([getattr(camera, name) for camera in cameras])
        for name in ("rotation", "translation", "focal", "center")
    )
    steep = (sun * [1, 0, 1] / sun[:, 1:2])[:, None, None]
    ground = (joints - joints[..., 1:2] * steep) * [1, 0, 1]
    seen = ground @ rotation.swapaxes(-1, -2)[:, None] + shift[:, None, None]
    pixels = seen[..., :2] / np.maximum(seen[..., 2:], 0.1) * focal[:, None, None, None]
    halves = (pixels + center[:, None, None] + 0.5) * 8 - 8
    return np.rint(halves).astype(np.int32), seen[..., 2]


def _darken(image, lamp: float, bones, trunks, heads, thick) -> None:
    """Paint the shadows of P people over an image, in place: of their bones, trunk and head
    (P, ..., 2), as `_fall` gives them, the limbs so ``thick`` (P,) pixels, or 0 for none.

    At half of the size and blurred: outdoors or under a ceiling lamp, the edge of a shadow
    is soft.
    """
    height, width = image.shape[:2]
    mask = np.zeros(((height + 1) // 2, (width + 1) // 2), np.uint8)
    for limbs, trunk, head, wide in zip(bones, trunks, heads, thick):
        if not wide:
            continue
        cv2.polylines(mask, list(limbs), False, 255, wide, cv2.LINE_8, 4)
        cv2.fillPoly(mask, [trunk], 255, cv2.LINE_8, 4)
        cv2.polylines(mask, [trunk], True, 255, 2 * wide, cv2.LINE_8, 4)
        cv2.polylines(mask, [head], False, 255, 2 * wide, cv2.LINE_8, 4)
    reach = 2 * (max(mask.shape) // 60) + 3
    mask = cv2.blur(cv2.blur(mask, (reach, reach)), (reach, reach))
    keep = cv2.convertScaleAbs(mask, alpha=-min(0.62, 0.85 * lamp), beta=255)
    keep = cv2.resize(keep, (width, height), interpolation=cv2.INTER_LINEAR)
    x, y, across, high = cv2.boundingRect(mask)  # elsewhere all light is kept
    box = (
        slice(max(2 * y - 2, 0), 2 * (y + high) + 2),
        slice(max(2 * x - 2, 0), 2 * (x + across) + 2),
    )
    part = image[box]
    cv2.multiply(part, cv2.cvtColor(keep[box], cv2.COLOR_GRAY2RGB), part, scale=1 / 255)


_BANK = 1024


@cache
def _noise(strength: int) -> np.ndarray:
    """(1024, 1024, 3) uint8 around 128: sensor noise, made once; its standard deviation."""
    rng = np.random.default_rng([7, strength])
    return np.clip(np.rint(rng.normal(128, strength, (_BANK, _BANK, 3))), 0, 255).astype(np.uint8)


def expose(image: np.ndarray, rng: np.random.Generator, hard: bool, grain=None) -> np.ndarray:
    """(H, W, 3) uint8: brightness, contrast and colour cast, blur, noise, and JPEG if hard.

    ``grain``, another generator, places the noise, so that it can differ between frames that
    are otherwise exposed alike.
    """
    u = rng.random(10).tolist()
    spread = 1.6 if hard else 1.0
    gain, lift = 1 + 0.22 * spread * (u[0] - 0.5), 24 * spread * (u[4] - 0.5)
    red, green, blue = (gain * (1 + 0.10 * spread * (value - 0.5)) for value in u[1:4])
    image = cv2.transform(
        image, np.array([[red, 0, 0, lift], [0, green, 0, lift], [0, 0, blue, lift]])
    )
    if u[5] < (0.5 if hard else 0.25):
        # A hair out of focus; when hard, moved while the shutter was open.
        reach = 2 * (max(image.shape) // 400) + 3
        if hard and u[7] > 0.6:
            image = cv2.blur(image, (reach + 2, 1))
        else:
            image = cv2.GaussianBlur(image, (reach, reach), 0)
    strength = int(1 + u[8] * (9 if hard else 4))
    image = _add_noise(image, strength, u[9] if grain is None else grain.random())
    if hard and u[6] < 0.5:
        _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(25 + 60 * u[7])])
        image = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return image


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
