"""A camera that moves while it records: it stays on its spot, and turns and zooms.

A camera that only turns sees the same rays of light at other pixels, near things and far ones
alike (Hartley and Zisserman, *Multiple View Geometry*, 8.4): one painted surrounding, warped by
a homography, is exactly what it sees behind the people.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ...cameras import Camera
from ...errors import InputError

CAMERA_MOVES = ("still", "pan", "handheld", "follow")
_WIDEST = 3.0  # the surroundings are painted for at most so many images side by side


def check_camera_move(move: str) -> None:
    """`InputError` for a move that there is not."""
    if move not in CAMERA_MOVES:
        raise InputError(f"no camera {move!r}; there are: {', '.join(CAMERA_MOVES)}.")


def moving_cameras(move: str, base: Camera, points: np.ndarray, fps: float, rng) -> list[Camera]:
    """(T) cameras on ``base``'s spot, for people whose points are (T, P, 3) metres, world.

    ``pan`` turns evenly from one side to the other; ``handheld`` trembles and drifts; ``follow``
    keeps the people in the middle, a little late, and hardly trembles. All but ``still``
    zoom so that the people stay in the image.
    """
    count, reach = len(points), base.size[1] / base.focal  # radians across the image
    if move == "still":
        return [base] * count
    seconds = np.arange(count) / fps
    shake = reach * (0.012 if move == "handheld" else 0.002)
    yaw, pitch, roll = (shake * _tremble(rng, seconds) for _ in range(3))
    if move == "pan":
        ends = rng.choice([-1, 1]) * rng.uniform(0.08, 0.18) * reach
        yaw += ends * np.linspace(-1, 1, count) if count > 1 else 0
    elif move == "follow":
        middle = base.to_camera(points.mean(1))
        yaw += _late(np.arctan2(middle[:, 0], middle[:, 2]) - _bearing(base), fps)
    return _zoom([_turned(base, *angles) for angles in zip(yaw, pitch, roll)], points)


def _bearing(camera: Camera) -> float:
    """Radians from the optical axis to the middle of the image, to the right."""
    return float(np.arctan2((camera.size[1] - 1) / 2 - camera.center[0], camera.focal))


def _tremble(rng, seconds: np.ndarray) -> np.ndarray:
    """(T,) a smooth wander about 0, of size 1 or so."""
    speed = np.array([0.25, 0.6, 1.3, 2.9])[:, None]  # cycles a second
    size = np.array([1.0, 0.6, 0.3, 0.12])[:, None]
    turn = 2 * np.pi * (speed * rng.uniform(0.8, 1.2, (4, 1)) * seconds + rng.random((4, 1)))
    return (size * np.sin(turn)).sum(0)


def _late(angle: np.ndarray, fps: float) -> np.ndarray:
    """(T,) the same curve as a hand follows it: smoothed, a quarter of a second behind."""
    followed, share = angle.copy(), 1 - np.exp(-1 / (0.25 * fps))
    for t in range(1, len(angle)):
        followed[t] = followed[t - 1] + share * (angle[t] - followed[t - 1])
    return followed


def _turned(camera: Camera, yaw: float, pitch: float, roll: float) -> Camera:
    """The camera turned on its spot: to its right, up, and clockwise; radians."""
    turn = np.eye(3)
    for angle, (a, b) in zip((yaw, pitch, roll), ((2, 0), (1, 2), (0, 1))):
        c, s = np.cos(-angle), np.sin(-angle)
        about = np.eye(3)
        about[[a, b], [a, b]], about[a, b], about[b, a] = c, -s, s
        turn = about @ turn
    return replace(camera, rotation=turn @ camera.rotation, translation=turn @ camera.translation)


def _zoom(cameras: list[Camera], points: np.ndarray) -> list[Camera]:
    """All of them zoomed alike, so that everybody is in the image all the time."""
    pixels = np.stack([camera.project(at) for camera, at in zip(cameras, points)])
    low, high = np.nanmin(pixels, axis=(0, 1)), np.nanmax(pixels, axis=(0, 1))
    size = np.array(cameras[0].size[::-1])
    by = 0.84 * float((size / (high - low)).min())
    center = (size - 1) / 2 + by * (cameras[0].center - (low + high) / 2)
    return [camera.zoomed(by * camera.focal, center) for camera in cameras]


def panorama_camera(cameras: list[Camera]) -> tuple[Camera, np.ndarray]:
    """The first camera with an image wide enough for all that the others see, and (2,) where
    in it the pixel (0, 0) of its own image is."""
    base = cameras[0]
    height, width = base.size
    corners = np.array([(0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1)])
    rays = [camera.unproject(corners, np.ones(4)) for camera in cameras[1:]]
    pixels = np.concatenate([corners, *(base.project(ray) for ray in rays)])
    spare = 0.5 * (_WIDEST - 1) * np.array([width, height])
    low = np.maximum(np.floor(np.nanmin(pixels, axis=0)), -spare).astype(int)
    high = np.minimum(np.ceil(np.nanmax(pixels, axis=0)), spare + (width, height)).astype(int)
    size = np.maximum(high - low + 1, (width, height))
    wide = replace(base.zoomed(base.focal, base.center - low), size=(int(size[1]), int(size[0])))
    return wide, -low


def view_of_panorama(
    panorama: np.ndarray, corner: np.ndarray, base: Camera, camera: Camera
) -> np.ndarray:
    """(H, W, 3) what ``camera`` sees of surroundings painted for ``base``; a new array."""
    height, width = camera.size
    if camera is base:
        x, y = corner
        return panorama[y : y + height, x : x + width].copy()
    back = base.matrix @ base.rotation @ camera.rotation.T @ np.linalg.inv(camera.matrix)
    back = np.array([[1, 0, corner[0]], [0, 1, corner[1]], [0, 0, 1]]) @ back
    return cv2.warpPerspective(
        panorama,
        back,
        (width, height),
        borderMode=cv2.BORDER_REFLECT_101,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
    )
