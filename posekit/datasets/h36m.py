"""Human3.6M in its preprocessed form: 17 joints, 2D and 3D, and the cameras.

A folder has ``h36m_coco.json`` (images, and for each person 17 keypoints in 2D and, in the
room's axes with z up, in 3D), ``cameras.json`` (one camera for each subject and view, as
``S1.54138969``) and ``images/``. What was found out about these files:

* The list of joint names in the json calls joints 1-3 the *left* leg and 11-13 the left arm.
  The order of the numbers is Human3.6M's own, right leg first: knees bend forward, and the
  face is in front of the neck, only if 1-3 are the right leg (in all four frames of the
  sample). The numbers are read in that order, and the list of names is not believed.
* ``R`` is the camera's axes in the room, the transpose of what `Camera` has, and ``T`` is
  where the camera stands. So read, the 3D joints fall on the 2D ones to 1e-3 pixels, lens
  included, with the tangential term once and not twice as in OpenCV.
* Positions may be in metres or millimetres; a shin tells.

The data set's own motion capture (poses in .cdf, videos) needs registration and is not read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..cameras import Camera
from ..data.sample import Clip
from ..errors import InputError
from .clips import ClipReader, ImageFrames
from .folder import listed

JOINTS = 17
TRAIN, TEST = ("S1", "S5", "S6", "S7", "S8"), ("S9", "S11")
RIGHT_KNEE, RIGHT_ANKLE = 2, 3
# Longer than that (in metres) is no shin, and nearer to the room's middle is no camera.
SHIN_LIMIT, ROOM_LIMIT = 2.0, 50.0
_NAME = re.compile(r"(S\d+)_(\w+?)(?:_(\d))?\.(\d{8})_(\d{6})\.\w+", re.ASCII)


class Entry(NamedTuple):
    """The labelled frames of one take as one camera saw them."""

    id: str  # S1_Directions_1.54138969
    subject: str
    action: str
    camera: str  # S1.54138969
    files: list[str]
    size: tuple[int, int]
    keypoints: np.ndarray  # (T, 17, 2) pixels
    world: np.ndarray  # (T, 17, 3) metres


class Human36M(ClipReader):
    """Human3.6M, a clip for each take and camera: ``train`` is S1, 5, 6, 7, 8, ``test`` S9, 11.

    A clip has the frames that the json has of its take, in order; ``group`` is the subject,
    ``camera`` the `posekit.cameras.Camera`, and ``extra`` has ``keypoints_3d`` in metres in
    ``world`` axes (z up). Whether a joint is seen is not known. ``fps`` is None: which of the
    50 frames a second were kept differs. With ``images=False`` there are no frames.
    """

    native = "h36m17"

    def __init__(self, folder, split=None, *, images: bool = True, skeleton: str | None = None):
        self.images = images
        self.cameras = read_cameras(Path(folder) / "cameras.json")
        super().__init__(folder, split, skeleton=skeleton)

    def _load(self) -> list[Entry]:
        entries = read_takes(self.folder / "h36m_coco.json")
        wanted = {None: None, "train": TRAIN, "test": TEST}[self.split]
        entries = [entry for entry in entries if wanted is None or entry.subject in wanted]
        for entry in entries:
            if entry.camera not in self.cameras:
                raise InputError(
                    f"{self.folder / 'cameras.json'} has no camera {entry.camera}, "
                    f"which {entry.id} was seen with."
                )
        if not self.images:
            return entries
        there = {path.name for path in listed(self.folder, "images/*")}
        self.absent = [file for entry in entries for file in entry.files if file not in there]
        return [entry for entry in entries if there.issuperset(entry.files)]

    def _group(self, entry: Entry) -> str:
        return entry.subject

    def _clip(self, entry: Entry) -> Clip:
        paths = [self.folder / "images" / file for file in entry.files]
        points = entry.keypoints[:, None]
        return Clip(
            id=entry.id,
            skeleton=self.native,
            keypoints=points,
            size=entry.size,
            visible=np.full(points.shape[:3], 2),
            action=entry.action,
            group=entry.subject,
            frames=ImageFrames(paths) if self.images else None,
            frame="world",
            camera=self.cameras[entry.camera],
            extra={"keypoints_3d": entry.world[:, None]},
            occlusion_known=False,
        )


def read_cameras(path: Path) -> dict[str, Camera]:
    """The cameras of a ``cameras.json`` by name; `InputError` for one that is not whole."""
    cameras = {}
    for name, raw in _read_json(path, dict).items():
        try:
            values = {key: np.asarray(raw[key], dtype=float).ravel() for key in "RTfckp"}
            (fx, fy), (cx, cy), position = values["f"], values["c"], values["T"]
            rotation = values["R"].reshape(3, 3).T
            if np.linalg.norm(position) > ROOM_LIMIT:
                position = position / 1000
            cameras[name] = Camera(
                matrix=[[fx, 0, cx], [0, fy, cy], [0, 0, 1]],
                rotation=rotation,
                translation=-rotation @ position,
                size=(int(raw["h"]), int(raw["w"])),
                radial=values["k"],
                tangential=values["p"],
            )
        except (KeyError, TypeError, ValueError) as error:  # InputError is a ValueError
            raise InputError(f"{path}: camera {name} cannot be used: {error}.") from None
    return cameras


def read_takes(path: Path) -> list[Entry]:
    """The takes of an ``h36m_coco.json``; `InputError` for an image that is not as it should
    be: its name, a label without image, a number of joints that is not 17."""
    raw = _read_json(path, dict)
    images = {image["id"]: image for image in raw.get("images", ())}
    takes: dict[str, list[tuple]] = {}
    for label in raw.get("annotations", ()):
        image = images.get(label.get("image_id"))
        name = _NAME.fullmatch(image["file_name"]) if image else None
        if name is None:
            raise InputError(
                f"{path}: annotation {label.get('id')} is of no image that is called "
                "as S1_Directions_1.54138969_000001.jpg is."
            )
        where = f"{path}: {image['file_name']}"
        points, world = (
            _joints(label.get(key), width, f"{where}: {key}")
            for key, width in (("keypoints", 3), ("keypoints_3d", 4))
        )
        take = takes.setdefault(image["file_name"].rpartition("_")[0], [])
        take.append((int(name[5]), name, image, points[:, :2], to_metres(world[:, :3])))
    if not takes:
        raise InputError(f"{path} has no annotation.")
    return [_entry(take, frames) for take, frames in sorted(takes.items())]


def _entry(take: str, frames: list[tuple]) -> Entry:
    frames = sorted(frames, key=lambda frame: frame[0])
    _, name, image, _, _ = frames[0]
    return Entry(
        id=take,
        subject=name[1],
        action=name[2],
        camera=f"{name[1]}.{name[4]}",
        files=[frame[2]["file_name"] for frame in frames],
        size=(image["height"], image["width"]),
        keypoints=np.stack([frame[3] for frame in frames]),
        world=np.stack([frame[4] for frame in frames]),
    )


def _joints(values, width: int, what: str) -> np.ndarray:
    """(17, width) of a flat list of numbers."""
    array = np.asarray(values if values is not None else (), dtype=float)
    if array.shape != (JOINTS * width,) or not np.isfinite(array).all():
        raise InputError(
            f"{what} must be {JOINTS} x {width} finite numbers, and are of shape {array.shape}."
        )
    return array.reshape(JOINTS, width)


def to_metres(points: np.ndarray) -> np.ndarray:
    """(17, 3) joints in metres, of ones in metres or millimetres."""
    shin = np.linalg.norm(points[RIGHT_KNEE] - points[RIGHT_ANKLE])
    return points / 1000 if shin > SHIN_LIMIT else points


def _read_json(path: Path, kind: Callable):
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise InputError(f"{path} is not there.") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as json: {error}.") from None
    if not isinstance(value, kind):
        raise InputError(f"{path} is not as it is known: it should hold one object.")
    return value
