"""Pinhole cameras: from metres in space to pixels, and back along the ray.

Pixels are on the grid of `posekit.geometry`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from .errors import InputError
from .geometry import transform


def _one_by_one(function):
    return lambda *x: np.asarray(np.frompyfunc(function, len(x), 1)(*x), dtype=float)


# Turns axes whose y is up, as motion capture has them, into axes whose z is up: x stays.
Z_UP = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])


# numpy's own differ in the last digit between processors, and cameras should not.
hypot, sin, cos = (_one_by_one(function) for function in (math.hypot, math.sin, math.cos))


def facing(ahead, roll=0.0) -> np.ndarray:
    """(..., 3, 3) world to camera axes of cameras that look along ``ahead`` (..., 3), y up, and
    have their image turned clockwise by ``roll`` (...) radians. NaN for straight up or down."""
    x, y, z = np.moveaxis(np.asarray(ahead, dtype=float), -1, 0)
    length, flat = hypot(x, y, z), hypot(x, z)
    flat = np.where(flat > 1e-6 * length, flat, np.nan)
    x, y, z, flat = x / length, y / length, z / length, flat / length
    right = np.stack([-z / flat, 0 * x, x / flat], axis=-1)
    down = np.stack([x * y / flat, -flat, z * y / flat], axis=-1)
    c, s = cos(roll)[..., None], sin(roll)[..., None]
    return np.stack([c * right - s * down, s * right + c * down, np.stack([x, y, z], -1)], -2)


@dataclass(frozen=True)
class Camera:
    """A pinhole camera with, where it has one, the lens distortion of Human3.6M's form.

    Camera axes: x to the right of the image, y down, z forward. Distances are metres.

    Attributes:
        matrix: (3, 3) K, camera axes to pixels.
        rotation, translation: (3, 3) and (3,) metres: camera = rotation @ world + translation.
        size: (height, width) of the image, or None.
        radial: (3,) k1, k2, k3. tangential: (2,) p1, p2. With x, y = X/Z, Y/Z and r2 = x*x + y*y
            the lens takes (x, y) to s * (x, y) + r2 * (p2, p1), where
            s = 1 + k1*r2 + k2*r2**2 + k3*r2**3 + p1*y + p2*x.
            (OpenCV's form has 2 * (p1*y + p2*x), and is otherwise the same.)

    Raises `InputError` for parts of another shape, and a rotation that is none.
    """

    matrix: np.ndarray
    rotation: np.ndarray = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
    translation: np.ndarray = (0, 0, 0)
    size: tuple[int, int] | None = None
    radial: np.ndarray = (0, 0, 0)
    tangential: np.ndarray = (0, 0)

    def __post_init__(self):
        shapes = {"matrix": (3, 3), "rotation": (3, 3), "translation": (3,)}
        shapes |= {"radial": (3,), "tangential": (2,)}
        for name, shape in shapes.items():
            value = np.asarray(getattr(self, name), dtype=float)
            if value.shape != shape or not np.isfinite(value).all():
                raise InputError(f"a camera's {name} must be {shape} finite numbers: {value}.")
            object.__setattr__(self, name, value)
        turned = self.rotation @ self.rotation.T
        if np.abs(turned - np.eye(3)).max() > 1e-3 or np.linalg.det(self.rotation) < 0:
            raise InputError(f"a camera's rotation must be one, and is {self.rotation.tolist()}.")

    @classmethod
    def look_at(cls, position, target, focal, size, roll=0.0, center=None) -> Camera:
        """A camera at ``position`` that sees ``target`` (both (3,) metres, y up) at ``center``.

        For axes whose z is up, give both in axes whose y is up, and turn the camera by `Z_UP`.

        ``focal`` and ``center`` (2,) are pixels; None is the middle of the image, of ``size``
        (height, width). ``roll`` radians turns the image clockwise. Raises `InputError` if it
        would look straight up or down, where no side of the image is up.
        """
        rotation = facing(np.subtract(target, position), roll)
        if not np.isfinite(rotation).all():
            raise InputError(f"a camera at {position} cannot look straight up or down.")
        height, width = (int(side) for side in size)
        cx, cy = ((width - 1) / 2, (height - 1) / 2) if center is None else center
        matrix = np.array([[focal, 0, cx], [0, focal, cy], [0, 0, 1]])
        return cls(matrix, rotation, -rotation @ position, (height, width))

    def turned(self, turn) -> Camera:
        """The same camera in a world that is turned: it sees ``points @ turn.T`` where it saw
        ``points``. ``turn`` (3, 3) is a rotation, `Z_UP` for one; `InputError` if it is none."""
        rotation = self.rotation @ np.asarray(turn, dtype=float).T
        return replace(self, rotation=rotation)

    def turned_z_up(self) -> Camera:
        """`turned` by `Z_UP`, without the check: for thousands a second."""
        return self.changed(rotation=self.rotation @ Z_UP.T)

    def zoomed(self, focal: float, center) -> Camera:
        """The same camera in the same place, with another focal length and center (2,)."""
        matrix = self.matrix.copy()
        matrix[:2, :2] *= focal / self.focal
        matrix[:2, 2] = center
        return self.changed(matrix=matrix)

    def changed(self, **parts) -> Camera:
        """The camera with other parts, which are not checked: for thousands a second."""
        camera = object.__new__(type(self))
        camera.__dict__.update(self.__dict__, **parts)
        return camera

    @property
    def focal(self) -> float:
        """Pixels, along x."""
        return float(self.matrix[0, 0])

    @property
    def center(self) -> np.ndarray:
        """(2,) pixels: where the optical axis meets the image."""
        return self.matrix[:2, 2]

    @property
    def position(self) -> np.ndarray:
        """(3,) metres, world: where the camera stands."""
        return -self.rotation.T @ self.translation

    def to_camera(self, world) -> np.ndarray:
        """(..., 3) metres, world axes to camera axes."""
        return np.asarray(world) @ self.rotation.T + self.translation

    def to_world(self, points) -> np.ndarray:
        """(..., 3) metres, camera axes to world axes."""
        return (np.asarray(points) - self.translation) @ self.rotation

    def project(self, points, frame: str = "world") -> np.ndarray:
        """(..., 3) metres to (..., 2) pixels; ``frame`` says whose axes, ``world`` or ``camera``.

        A point behind the camera has no image: NaN. Raises `InputError` for another frame:
        points about the root cannot be projected, for nothing says where the root is.
        """
        _check_frame(frame)
        points = self.to_camera(points) if frame == "world" else np.asarray(points, dtype=float)
        depth = np.where(points[..., 2:] > 1e-6, points[..., 2:], np.nan)
        return transform(self.matrix[:2], self._distort(points[..., :2] / depth))

    def unproject(self, pixels, depth, frame: str = "world") -> np.ndarray:
        """(..., 2) pixels and (...) metres along the optical axis to (..., 3) metres."""
        _check_frame(frame)
        flat, depth = self._straight(pixels), np.asarray(depth, dtype=float)[..., None]
        points = np.concatenate([flat * depth, np.broadcast_to(depth, (*flat.shape[:-1], 1))], -1)
        return self.to_world(points) if frame == "world" else points

    def undistort(self, pixels) -> np.ndarray:
        """(..., 2) pixels, moved to where the same camera without distortion has them."""
        return transform(self.matrix[:2], self._straight(pixels))

    def _distort(self, flat) -> np.ndarray:
        """(..., 2) x, y at depth 1 through the lens."""
        if not (self.radial.any() or self.tangential.any()):
            return flat
        scale, shift = self._lens(flat)
        return flat * scale + shift

    def _lens(self, flat):
        swapped = self.tangential[::-1]
        r2 = np.square(flat).sum(-1, keepdims=True)
        k1, k2, k3 = self.radial
        scale = 1 + r2 * (k1 + r2 * (k2 + r2 * k3)) + (flat @ swapped)[..., None]
        return scale, r2 * swapped

    def _straight(self, pixels) -> np.ndarray:
        """Inverse of `_distort` and the matrix, by fixed-point iteration: the lens is mild."""
        seen = np.asarray(pixels, dtype=float) - self.matrix[:2, 2]
        flat = seen = seen @ np.linalg.inv(self.matrix[:2, :2]).T
        for _ in range(100 if self.radial.any() or self.tangential.any() else 0):
            scale, shift = self._lens(flat)
            flat, before = (seen - shift) / scale, flat
            if not np.nanmax(np.abs(flat - before), initial=0) > 1e-12:
                break
        return flat


def _check_frame(frame: str) -> None:
    if frame == "root":
        raise InputError(
            "points in frame 'root' are about the person's hips, and where those are in front of "
            "the camera is not known: add the mid-hip's place, and say frame='camera'."
        )
    if frame not in ("world", "camera"):
        raise InputError(f"frame must be 'world' or 'camera', and is {frame!r}.")
