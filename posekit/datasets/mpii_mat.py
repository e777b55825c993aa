"""MPII's own label file: a MATLAB struct of structs, with every irregularity that allows.

A person may lack its joints, scale, centre or head; a field may be absent or an empty array;
one person or one joint is a bare struct where several are an array of them; joints are
unordered and rarely all 16; ``is_visible`` is a number, a string of one, empty, or absent.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..data.sample import OCCLUDED, VISIBLE
from ..errors import InputError
from .label_files import MOST, inside, numbers, short
from .mat_files import read_mat

JOINTS = 16
STANDARD_HEIGHT = 200  # pixels: ``scale`` is a person's height over this


class Image(NamedTuple):
    """One image of the file."""

    name: str
    train: bool  # False: test, whose joints are withheld
    video: int  # -1 where the file does not say
    people: list[dict]  # keypoints (16, 2), visible (16,), box (4,), head_diagonal; 0-based


def read(path: Path) -> list[Image]:
    """Every image of a ``mpii_human_pose_v1_u12_1.mat``, with the people whose joints are there.

    Raises `InputError`, naming the file (and the image and person), for what is not in the
    format. The file's 25,000 images take some ten seconds.
    """
    what = "MPII's labels"
    release = read_mat(path, what, struct_as_record=False, squeeze_me=True).get("RELEASE")
    if _get(release, "annolist") is None or _get(release, "img_train") is None:
        raise InputError(f"{path} cannot be read as {what}: no RELEASE.annolist and .img_train.")
    images = _list(release.annolist)
    train = numbers(np.atleast_1d(release.img_train), f"{path}: img_train", ("images",))
    if len(train) != len(images):
        raise InputError(f"{path}: {len(images)} images, but img_train is for {len(train)}.")
    return [
        _image(one, bool(flag), f"{path}: image {n}")
        for n, (one, flag) in enumerate(zip(images, train), start=1)
    ]


def _image(one, train: bool, where: str) -> Image:
    name = _get(_get(one, "image"), "name")
    if not isinstance(name, str):
        raise InputError(f"{where} has no file name.")
    inside(name, f"{where}: image.name")
    people = []
    for number, rect in enumerate(_list(_get(one, "annorect")), start=1):
        points = _list(_get(_get(rect, "annopoints"), "point"))
        if points:
            people.append(_person(rect, points, f"{where} ({name}), person {number}"))
    video = _number(_get(one, "vididx"), -1)
    if not np.isfinite(video):
        raise InputError(f"{where}: vididx must be a number, and is {short(video)}.")
    return Image(name, train, int(video), people)


def _person(rect, points: list, where: str) -> dict:
    keypoints = np.full((JOINTS, 2), np.nan)
    visible = np.zeros(JOINTS, np.uint8)
    for point in points:
        joint = _number(_get(point, "id"), -1)
        x, y = (_number(_get(point, axis)) for axis in "xy")
        if joint not in range(JOINTS) or not np.isfinite(x + y):
            raise InputError(f"{where}: a joint has no id of 0 to {JOINTS - 1}, or no x and y.")
        keypoints[int(joint)] = x - 1, y - 1
        # Where is_visible is not given (mostly the head's two joints) the joint was clicked
        # all the same, and nothing says that it is hidden.
        seen = _number(_get(point, "is_visible"), 1)
        visible[int(joint)] = VISIBLE if seen else OCCLUDED
    centre = [_number(_get(_get(rect, "objpos"), axis)) - 1 for axis in "xy"]
    return {
        "keypoints": keypoints,
        "visible": visible,
        "box": person_box(centre, _number(_get(rect, "scale"))),
        "head_diagonal": _head_diagonal(rect),
    }


def person_box(centre, scale: float) -> np.ndarray:
    """(4,) the square of a person's height about its 0-based centre; NaN if either is."""
    centre, half = np.asarray(centre, float), STANDARD_HEIGHT * scale / 2
    return np.concatenate([centre - half, centre + half])


def _head_diagonal(rect) -> float:
    """Pixels, of the head rectangle; NaN where the person has none."""
    x1, y1, x2, y2 = (_number(_get(rect, name)) for name in ("x1", "y1", "x2", "y2"))
    return float(np.hypot(x2 - x1, y2 - y1))


def _get(struct, name: str):
    """A field of a MATLAB struct; None where there is no such struct, or no such field."""
    return getattr(struct, name, None)


def _list(value) -> list:
    """Structs as a list: none, a bare one, or an array of them."""
    if value is None:
        return []
    return [one for one in np.atleast_1d(value).ravel() if hasattr(one, "_fieldnames")]


def _number(value, default: float = np.nan) -> float:
    """A number that may stand as a string, or as an empty array (``default``)."""
    if value is None or np.size(value) == 0 or (isinstance(value, str) and not value.strip()):
        return default
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return default
    return number if abs(number) <= MOST else np.nan
