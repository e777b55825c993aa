"""The shadows that people throw on the ground."""

from __future__ import annotations

import cv2
import numpy as np

from ...cameras import Camera
from ..human.joint_tree import INDEX
from ..scene.light import Light

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
