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

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..cameras import Camera
from ..data.sample import Clip
from ..errors import InputError
from .clips import ClipReader, ImageFrames
from .folder import listed
from .label_files import image_size, numbers, read_json, short

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
    for name, raw in _read_object(path).items():
        try:
            cameras[name] = _camera(raw)
        except InputError as error:
            raise InputError(f"{path}: camera {name:.40} cannot be used: {error}") from None
    return cameras


def _camera(raw) -> Camera:
    """A camera of its ``R``, ``T``, ``f``, ``c``, ``k``, ``p``, ``w`` and ``h``."""
    counts = {"R": 9, "T": 3, "f": 2, "c": 2, "k": 3, "p": 2}
    missing = ({*counts, "w", "h"} - raw.keys()) if isinstance(raw, dict) else {"object"}
    if missing:
        raise InputError(f"it has no {min(missing)}.")
    values = {key: numbers(raw[key], key, finite=True).ravel() for key in counts}
    for key, count in counts.items():
        if len(values[key]) != count:
            raise InputError(f"{key} must be {count} numbers, and is {len(values[key])}.")
    (fx, fy), (cx, cy), position = values["f"], values["c"], values["T"]
    rotation = values["R"].reshape(3, 3).T
    if np.linalg.norm(position) > ROOM_LIMIT:
        position = position / 1000
    return Camera(
        matrix=[[fx, 0, cx], [0, fy, cy], [0, 0, 1]],
        rotation=rotation,
        translation=-rotation @ position,
        size=image_size(raw["h"], raw["w"], "h and w"),
        radial=values["k"],
        tangential=values["p"],
    )


def read_takes(path: Path) -> list[Entry]:
    """The takes of an ``h36m_coco.json``; `InputError` for an image that is not as it should
    be: its name, a label without image, a number of joints that is not 17."""
    images, labels = _lists(path)
    takes: dict[str, list[tuple]] = {}
    for number, label in enumerate(labels):
        image = images.get(label.get("image_id")) if _is_id(label.get("image_id")) else None
        name = _name(image, f"{path}: annotation {short(label.get('id', number))}")
        where = f"{path}: {name[0]}"
        points, world = (
            _joints(label.get(key), width, f"{where}: {key}")
            for key, width in (("keypoints", 3), ("keypoints_3d", 4))
        )
        size = image_size(image.get("height"), image.get("width"), where)
        frame = Frame(int(name[5]), name, size, points[:, :2], to_metres(world[:, :3]))
        takes.setdefault(name[0].rpartition("_")[0], []).append(frame)
    if not takes:
        raise InputError(f"{path} has no annotation.")
    return [_entry(take, frames) for take, frames in sorted(takes.items())]


def _name(image: dict | None, where: str) -> re.Match:
    """What an image's name says: subject, action, camera and number."""
    file = image.get("file_name") if image else None
    name = _NAME.fullmatch(file) if isinstance(file, str) else None
    if name is None:
        raise InputError(
            f"{where} is of no image that is called as S1_Directions_1.54138969_000001.jpg is: "
            f"look at its image_id, and at file_name, which is {short(file)}."
        )
    return name


def _lists(path: Path) -> tuple[dict, list[dict]]:
    """The images by their id, and the annotations, all of them objects."""
    raw = _read_object(path)
    for field in ("images", "annotations"):
        rows = raw.get(field)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise InputError(f"{path}: {field} must be a list of objects, and is {short(rows)}.")
    images = {}
    for number, image in enumerate(raw["images"]):
        if not _is_id(image.get("id")):
            raise InputError(f"{path}: image {number}: id is {short(image.get('id'))}.")
        images[image["id"]] = image
    return images, raw["annotations"]


def _is_id(value) -> bool:
    return isinstance(value, int | str)


class Frame(NamedTuple):
    """One annotation."""

    number: int
    name: re.Match  # what `_NAME` finds in the file's name
    size: tuple[int, int]
    keypoints: np.ndarray  # (17, 2) pixels
    world: np.ndarray  # (17, 3) metres


def _entry(take: str, frames: list[Frame]) -> Entry:
    frames = sorted(frames, key=lambda frame: frame.number)
    name = frames[0].name
    return Entry(
        id=take,
        subject=name[1],
        action=name[2],
        camera=f"{name[1]}.{name[4]}",
        files=[frame.name[0] for frame in frames],
        size=frames[0].size,
        keypoints=np.stack([frame.keypoints for frame in frames]),
        world=np.stack([frame.world for frame in frames]),
    )


def _joints(values, width: int, what: str) -> np.ndarray:
    """(17, width) of a flat list of numbers."""
    array = numbers([] if values is None else values, what)
    if array.shape != (JOINTS * width,) or not np.isfinite(array).all():
        raise InputError(
            f"{what} must be {JOINTS} x {width} finite numbers, and are of shape {array.shape}."
        )
    return array.reshape(JOINTS, width)


def to_metres(points: np.ndarray) -> np.ndarray:
    """(17, 3) joints in metres, of ones in metres or millimetres."""
    shin = np.linalg.norm(points[RIGHT_KNEE] - points[RIGHT_ANKLE])
    return points / 1000 if shin > SHIN_LIMIT else points


def _read_object(path: Path) -> dict:
    value = read_json(path, "json")
    if not isinstance(value, dict):
        raise InputError(f"{path} is not as it is known: it should hold one object.")
    return value
