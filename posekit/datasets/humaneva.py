"""HumanEva-I: 15 joints of three people in 3D, and where three cameras saw them.

``humaneva15_poses.npz`` holds ``positions_3d/<split>/<subject>/<action chunk>``, (T, 15, 3)
metres in the room's axes (z up), and ``positions_2d/.../cam0`` to ``cam2``, (T, 15, 2)
pixels. It has no cameras, but pairs of points in space and on the image tell where a camera
stands and what its lens does, see `fit_camera`: on this file a pinhole comes within 0.4 to 1.3
pixels on average and 10 at worst, a lens with distortion within 0.04 and 0.6.

A *chunk* is a stretch without a gap: chunks of one action are of one take. ``Validate`` is
what everybody tests on, since the official test set has no public labels.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..cameras import Camera
from ..data.sample import Clip
from ..errors import InputError
from .clips import ClipReader
from .label_files import numbers, read_npz

JOINTS, CAMERAS, SIZE, FPS = 15, (0, 1, 2), (480, 640), 60
FILE = "humaneva15_poses.npz"
SPACE = "positions_3d/"
_NAME = re.compile(SPACE + r"(Train|Validate)/\w+/[^/]+ chunk\d+", re.ASCII)
PAIRS = 1500  # as many as a camera is fitted to; more change nothing


class Entry(NamedTuple):
    """One chunk as one camera saw it."""

    key: str  # Train/S1/Walking 1 chunk0
    camera: int

    @property
    def subject(self) -> str:
        return self.key.split("/")[1]


class HumanEva(ClipReader):
    """HumanEva-I, a clip for each chunk and camera: ``train``, and ``test``, its *Validate*.

    Args:
        folder: the .npz file, or the folder that it is in.
        split, skeleton: as `ClipReader` has them.
        cameras: which of the three (0, 1, 2).

    A clip's ``group`` is the subject, its ``camera`` the recovered one; ``extra`` has
    ``keypoints_3d``, metres in ``world`` axes. Whether a joint is seen is not known. There
    are no frames.
    """

    native = "humaneva15"

    def __init__(
        self, folder, split=None, *, cameras: tuple[int, ...] = CAMERAS, skeleton: str | None = None
    ):
        if not set(cameras) <= set(CAMERAS):
            raise InputError(f"HumanEva-I here has the cameras 0, 1 and 2, and not {cameras}.")
        self._cameras = tuple(cameras)
        path = Path(folder)
        self.path = path / FILE if path.is_dir() else path
        self.arrays = read_arrays(self.path)
        self.camera = cache(self._fit)
        super().__init__(folder, split, skeleton=skeleton)

    def _load(self) -> list[Entry]:
        wanted = {None: "", "train": "Train/", "test": "Validate/"}[self.split]
        keys = [key.partition("/")[2] for key in self.arrays if key.startswith("positions_3d/")]
        return [
            Entry(key, camera) for key in keys if key.startswith(wanted) for camera in self._cameras
        ]

    def _group(self, entry: Entry) -> str:
        return entry.subject

    def _clip(self, entry: Entry) -> Clip:
        points = self.arrays[f"positions_2d/{entry.key}/cam{entry.camera}"][:, None]
        return Clip(
            id=f"{entry.key}/cam{entry.camera}",
            skeleton=self.native,
            keypoints=points,
            visible=np.full(points.shape[:3], 2),
            size=SIZE,
            fps=FPS,
            group=entry.subject,
            action=entry.key.split("/")[2].rpartition(" chunk")[0].rstrip(" 0123456789"),
            extra={"keypoints_3d": self.arrays[f"positions_3d/{entry.key}"][:, None]},
            frame="world",
            camera=self.camera(entry.subject, entry.camera),
            occlusion_known=False,
        )

    def pairs(self, subject: str, camera: int) -> tuple[np.ndarray, np.ndarray]:
        """(N, 3) metres and (N, 2) pixels: all that one camera saw of one subject."""
        keys = [
            key.partition("/")[2]
            for key in self.arrays
            if key.startswith("positions_3d/") and key.split("/")[2] == subject
        ]
        points = [self.arrays[f"positions_3d/{key}"].reshape(-1, 3) for key in keys]
        pixels = [self.arrays[f"positions_2d/{key}/cam{camera}"].reshape(-1, 2) for key in keys]
        return np.concatenate(points).astype(float), np.concatenate(pixels).astype(float)

    def _fit(self, subject: str, camera: int) -> Camera:
        # The cameras were set up anew for each subject's session.
        try:
            return fit_camera(*self.pairs(subject, camera), size=SIZE)
        except (ValueError, np.linalg.LinAlgError) as error:  # InputError is a ValueError
            raise InputError(
                f"{self.path}: no camera {camera} follows from positions_3d and positions_2d of "
                f"{subject}: {error}"
            ) from None


def read_arrays(path: Path) -> Mapping[str, np.ndarray]:
    """The arrays of the .npz file, all of them; `InputError`, naming it, for one that is
    absent, damaged or has an array of another shape, or 3D without its 2D."""
    read = read_npz(path, "HumanEva-I's poses")
    names = [name for name in read if name.startswith(SPACE)]
    for name in names:
        if not _NAME.fullmatch(name):
            raise InputError(f"{path}: {name!a} is not called as {SPACE}Train/S1/Box 1 chunk0 is.")
        key, frames = name.removeprefix(SPACE), len(np.atleast_1d(read[name]))
        wanted = {name: 3} | {f"positions_2d/{key}/cam{camera}": 2 for camera in CAMERAS}
        for part, axes in wanted.items():
            read[part] = _finite(read.get(part), f"{path}: {part}", (frames, JOINTS, axes))
    if not names:
        raise InputError(f"{path} has no {SPACE}...")
    return read


def _finite(array, where: str, shape: tuple[int, ...]) -> np.ndarray:
    """The array as float32, if it is of that shape and finite."""
    is_there = "not there" if array is None else array.shape
    try:
        return numbers(array, where, shape, finite=True).astype(np.float32)
    except InputError as error:
        raise InputError(
            f"{where} must be {shape} finite numbers, and is {is_there}: {error}"
        ) from None


def fit_camera(points, pixels, size: tuple[int, int] | None = None, lens: bool = True) -> Camera:
    """The camera that sees ``points`` (N, 3) metres at ``pixels`` (N, 2), in least squares.

    First the pinhole, by the direct linear transform (Hartley and Zisserman, *Multiple View
    Geometry*, ch. 7), then, unless ``lens`` is False, all parameters and the lens together, to
    the least sum of squared pixels. Raises `InputError` with fewer than 6 pairs, or points
    that lie in one plane, which many cameras would fit.
    """
    points, pixels = np.asarray(points, dtype=float), np.asarray(pixels, dtype=float)
    step = max(1, len(points) // PAIRS)
    if lens:
        points, pixels = points[::step], pixels[::step]
    projection = _direct_linear_transform(points, pixels)
    camera = _decompose(projection, size)
    return _refine(camera, points, pixels) if lens else camera


def _normalise(points: np.ndarray) -> np.ndarray:
    """(D+1, D+1): moves points to mean 0 and mean distance sqrt(D), which steadies the DLT."""
    centre, axes = points.mean(0), points.shape[1]
    scale = np.sqrt(axes) / np.linalg.norm(points - centre, axis=1).mean()
    move = np.diag([scale] * axes + [1.0])
    move[:axes, axes] = -scale * centre
    return move


def _direct_linear_transform(points: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """(3, 4) projection matrix."""
    if len(points) < 6 or len(points) != len(pixels):
        raise InputError(
            f"a camera needs 6 pairs of points at least, as many in space as on the "
            f"image: {len(points)} and {len(pixels)} came."
        )
    flatness = np.linalg.svd(points - points.mean(0), compute_uv=False)
    if flatness[2] < 1e-6 * flatness[0]:
        raise InputError("the points lie in one plane: no single camera follows from them.")
    if not np.ptp(pixels, axis=0).any():
        raise InputError("the pixels are all one: no camera follows from them.")
    from_space, from_image = _normalise(points), _normalise(pixels)
    space = np.column_stack([points, np.ones(len(points))]) @ from_space.T
    image = np.column_stack([pixels, np.ones(len(pixels))]) @ from_image.T
    nothing = np.zeros_like(space)
    rows = np.concatenate(
        [
            np.hstack([space, nothing, -image[:, :1] * space]),
            np.hstack([nothing, space, -image[:, 1:2] * space]),
        ]
    )
    _, vectors = np.linalg.eigh(rows.T @ rows)
    return np.linalg.inv(from_image) @ vectors[:, 0].reshape(3, 4) @ from_space


def _decompose(projection: np.ndarray, size) -> Camera:
    """A projection matrix as intrinsics, rotation and translation."""
    from scipy.linalg import rq

    if np.linalg.det(projection[:, :3]) < 0:  # its sign is free, and a rotation's is not
        projection = -projection
    matrix, rotation = rq(projection[:, :3])
    signs = np.sign(np.diag(matrix))  # focal lengths are positive
    matrix, rotation = matrix * signs, rotation * signs[:, None]
    translation = np.linalg.solve(matrix, projection[:, 3])
    return Camera(matrix / matrix[2, 2], rotation, translation, size)


def _refine(camera: Camera, points: np.ndarray, pixels: np.ndarray) -> Camera:
    """The nearest minimum over focal lengths, centre, pose, and five numbers of the lens."""
    from scipy.optimize import least_squares
    from scipy.spatial.transform import Rotation

    def build(numbers) -> Camera:
        fx, fy, cx, cy = numbers[:4]
        turn = Rotation.from_rotvec(numbers[4:7]).as_matrix()
        return Camera(
            [[fx, 0, cx], [0, fy, cy], [0, 0, 1]],
            turn,
            numbers[7:10],
            camera.size,
            radial=numbers[10:13],
            tangential=numbers[13:],
        )

    (fx, _, cx), (_, fy, cy), _ = camera.matrix
    turn = Rotation.from_matrix(camera.rotation).as_rotvec()
    start = np.concatenate([[fx, fy, cx, cy], turn, camera.translation, np.zeros(5)])
    scale = np.concatenate([[100] * 4, [0.1] * 6, [0.1] * 5])
    best = least_squares(
        lambda numbers: (build(numbers).project(points) - pixels).ravel(), start, x_scale=scale
    )
    return build(best.x)
