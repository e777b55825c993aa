"""A pinhole camera on the pixel grid of `posekit.geometry`.

Camera axes are those of computer vision: x to the right of the image, y down, z forward into
the scene, right-handed like the world (whose y is up). Distances are metres.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from ..errors import InputError


@dataclass(frozen=True)
class Camera:
    """Intrinsics and extrinsics.

    Attributes:
        focal: pixels, the same along both axes.
        center: (2,) pixels, where the optical axis meets the image. It need not be the middle:
            an image cut out of a larger photograph has it elsewhere, even outside.
        rotation: (3, 3) and translation: (3,) metres: camera = rotation @ world + translation.
        size: (height, width) of the image.
    """

    focal: float
    center: np.ndarray
    rotation: np.ndarray
    translation: np.ndarray
    size: tuple[int, int]

    @classmethod
    def look_at(cls, position, target, focal, size, roll=0.0, center=None) -> Camera:
        """A camera at ``position`` that sees ``target`` (both (3,) metres, world) at its center.

        ``roll`` radians turns the image clockwise. Raises `InputError` if it would look
        straight up or down, where no side of the image is up.
        """
        # Plain floats: on three numbers they are several times as fast as numpy.
        x, y, z = (float(value) for value in position)
        fx, fy, fz = (float(value) - at for value, at in zip(target, (x, y, z)))
        length, flat = math.hypot(fx, fy, fz), math.hypot(fx, fz)
        if not flat > 1e-6 * length:
            raise InputError(f"a camera at {position} cannot look straight up or down.")
        fx, fy, fz, flat = fx / length, fy / length, fz / length, flat / length
        right = -fz / flat, 0.0, fx / flat
        down = fx * fy / flat, -flat, fz * fy / flat
        c, s = math.cos(roll), math.sin(roll)
        rotation = np.array([[c * r - s * d for r, d in zip(right, down)],
                             [s * r + c * d for r, d in zip(right, down)], [fx, fy, fz]])
        position = np.array([x, y, z])
        height, width = size
        if center is None:
            center = ((width - 1) / 2, (height - 1) / 2)
        return cls(float(focal), np.asarray(center, dtype=float), rotation,
                   -rotation @ position, (int(height), int(width)))  # fmt: skip

    @property
    def position(self) -> np.ndarray:
        """(3,) metres, world: where the camera stands."""
        return -self.rotation.T @ self.translation

    @property
    def matrix(self) -> np.ndarray:
        """(3, 3) the intrinsic matrix K."""
        (cx, cy), f = self.center, self.focal
        return np.array([[f, 0, cx], [0, f, cy], [0, 0, 1]])

    def to_camera(self, world) -> np.ndarray:
        """(..., 3) metres, world axes to camera axes."""
        return np.asarray(world) @ self.rotation.T + self.translation

    def to_world(self, points) -> np.ndarray:
        """(..., 3) metres, camera axes to world axes."""
        return (np.asarray(points) - self.translation) @ self.rotation

    def project(self, points, frame: str = "world") -> np.ndarray:
        """(..., 3) metres to (..., 2) pixels; ``frame`` says whose axes, ``world`` or ``camera``.

        A point behind the camera has no image: NaN. Points outside the image keep their
        (outside) coordinates.
        """
        if frame not in ("world", "camera"):
            raise InputError(f"frame must be 'world' or 'camera', and is {frame!r}.")
        points = self.to_camera(points) if frame == "world" else np.asarray(points)
        depth = points[..., 2:]
        ahead = depth > 1e-6
        pixels = points[..., :2] / np.where(ahead, depth, 1) * self.focal + self.center
        return pixels if ahead.all() else np.where(ahead, pixels, np.nan)

    def unproject(self, pixels, depth, frame: str = "world") -> np.ndarray:
        """(..., 2) pixels and (...) metres along the optical axis to (..., 3) metres."""
        depth = np.asarray(depth)[..., None]
        flat = (np.asarray(pixels) - self.center) / self.focal * depth
        points = np.concatenate([flat, np.broadcast_to(depth, (*flat.shape[:-1], 1))], axis=-1)
        return self.to_world(points) if frame == "world" else points

    def moved(self, focal: float, center) -> Camera:
        """The same camera in the same place, zoomed and shifted."""
        return replace(self, focal=float(focal), center=np.asarray(center, dtype=float))
