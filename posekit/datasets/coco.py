"""COCO keypoints 2017: many people an image, 17 joints, and everyone who is not labelled.

*Who counts.* Of the people in COCO many are only outlined (too small, too hidden), and crowds
are outlined as one. By default they are no rows of a sample; where they stand is its
``ignore`` mask, for there a network must neither be rewarded nor punished.

*Where is pixel 0?* COCO's format page calls keypoints 0-indexed pixels, so they are taken as
they are. Boxes and outlines are measured from the image's edge, where the box of a whole
image is (0, 0, W, H); on our grid that edge is at -0.5.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np

from ..errors import InputError
from .label_files import MOST, image_size, inside, read_json, short
from .reader import Reader, valid_box

JOINTS = 17
SUBPIXEL = 4  # bits of a fraction that cv2.fillPoly takes
FAR = 2.0**20  # pixels: an outline's corner beyond it would overflow those bits


class COCO(Reader):
    """COCO keypoints; ``skeleton="openpose18"`` adds the neck, as the mean of the shoulders.

    Splits: test is val2017 (what papers report on, since the real test labels are withheld);
    val is every image of train2017 whose id ends in 0; train is the rest of train2017.

    Args:
        folder, split, images, skeleton: as `Reader` has them.
        everyone: also every person without labelled joints, every crowd (``crowd`` says so)
            and every image without people: what average precision is computed on.
    """

    native = "coco17"

    def __init__(self, folder, split=None, *, everyone: bool = False, **options):
        self.everyone = everyone
        super().__init__(folder, split, **options)

    def _load(self):
        halves = {"train": ("train",), "val": ("train",), "test": ("val",)}
        entries, paths = [], []
        for half in halves.get(self.split, ("train", "val")):
            for image, people in self._half(half):
                if self._wanted(image, people):
                    entries.append((image, people))
                    paths.append(str(self.folder / f"{half}2017" / image["file_name"]))
        return entries, paths

    def _wanted(self, image: dict, people: list[dict]) -> bool:
        if self.split in ("train", "val") and (self.split == "val") != (image["id"] % 10 == 0):
            return False
        return self.everyone or any(_labelled(person) for person in people)

    def _half(self, half: str) -> list[tuple[dict, list[dict]]]:
        """The images of train2017 or val2017, each with its people."""
        path = self.folder / "annotations" / f"person_keypoints_{half}2017.json"
        images, people = read_annotations(path)
        return [(image, people[number]) for number, image in images.items()]

    def _rows(self, i: int) -> list[dict]:
        return [one for one in self.entries[i][1] if self.everyone or _labelled(one)]

    def labels(self, i: int) -> dict:
        rows, size = self._rows(i), self.size(i)
        points = np.array([one["keypoints"] for one in rows], np.float32).reshape(-1, JOINTS, 3)
        keypoints, visible = points[..., :2], points[..., 2].astype(np.uint8)
        boxes = [_box(one["bbox"]) for one in rows]
        boxes = [valid_box(*one, size) for one in zip(boxes, keypoints, visible)]
        return {
            "id": self.entries[i][0]["file_name"],
            "keypoints": keypoints,
            "visible": visible,
            "boxes": np.array(boxes, np.float32).reshape(-1, 4),
            "areas": np.array([one["area"] for one in rows], np.float32),
            "crowd": np.array([bool(one["iscrowd"]) for one in rows], bool),
        }

    def size(self, i: int) -> tuple[int, int]:
        image = self.entries[i][0]
        return image["height"], image["width"]

    def ignore(self, i: int, size: tuple[int, int]) -> np.ndarray:
        if size != self.size(i):
            raise InputError(
                f"{self.paths[i]} is of size {size}, and its labels are for "
                f"{self.size(i)}: it is not the image that was labelled."
            )
        mask = np.zeros(size, np.uint8)
        for one in self.entries[i][1]:
            if not _labelled(one):
                paint(mask, one)
        return mask.astype(bool)


class Photos(COCO):
    """Seven photographs of COCO that ship with posekit; ``photos.json`` has their labels.

    They are for looking and trying: the only split is test, and None is the same. A figure
    measured on so few is no result; four of the seven are in train2017, so that a network
    trained on all of COCO has seen them.

    Raises `InputError` for the splits train and val: nothing is learnt from these.
    """

    def _load(self):
        if self.split not in (None, "test"):
            raise InputError(
                f"photos has no {self.split} split, only test: its seven photographs are to be "
                "looked at, never to train on; name another data set to learn from."
            )
        images, people = read_annotations(self.folder / "photos.json")
        entries = [(image, people[number]) for number, image in images.items()]
        return entries, [str(self.folder / image["file_name"]) for image, _ in entries]


def _labelled(person: dict) -> bool:
    return not person["iscrowd"] and any(person["keypoints"][2::3])


def _box(bbox) -> np.ndarray:
    """COCO's (x, y, width, height) from the image's edge, as a box on our grid."""
    x, y, width, height = bbox
    return np.array([x, y, x + width, y + height], np.float32) - 0.5


def read_annotations(path: Path) -> tuple[dict[int, dict], dict[int, list[dict]]]:
    """Images by id, and the people of each, from a ``person_keypoints_*.json``.

    Raises `InputError`, naming the file, the image or annotation, and the field, for what is not
    in the format: an id that is no whole number, a size or name that no image has, a file name
    that leads out of the folder.
    """
    what = "COCO's annotations"
    content = read_json(path, what)
    for field in ("images", "annotations"):
        if not isinstance(content, dict) or not isinstance(content.get(field), list):
            raise InputError(f"{path} cannot be read as {what}: it has no list of {field}.")
    images = _images(content["images"], path, what)
    people = defaultdict(list)
    for number, one in enumerate(content["annotations"]):
        wrong = _what_is_wrong(one, images)
        if wrong:
            name = short(one.get("id", number)) if isinstance(one, dict) else number
            raise InputError(f"{path}: annotation {name} {wrong}.")
        people[one["image_id"]].append(one)
    return images, people


def _images(rows: list, path: Path, what: str) -> dict[int, dict]:
    images = {}
    for number, image in enumerate(rows):
        if not isinstance(image, dict):
            raise InputError(f"{path} cannot be read as {what}: image {number} is no object.")
        _check_image(image, f"{path}: image {short(image.get('id', f'number {number}'))}", images)
        images[image["id"]] = image
    return images


def _check_image(image: dict, where: str, images: dict) -> None:
    if not {"height", "width", "file_name"} <= image.keys():
        raise InputError(f"{where} lacks its file_name, height or width.")
    if type(image.get("id")) is not int:  # a bool is an int too
        raise InputError(f"{where}: id must be a whole number.")
    if image["id"] in images:
        raise InputError(f"{where}: its id stands twice.")
    inside(image["file_name"], f"{where}: file_name")
    image["height"], image["width"] = image_size(image["height"], image["width"], where)


def _what_is_wrong(one, images: dict) -> str:
    if not isinstance(one, dict):
        return "is no object"
    missing = {"image_id", "keypoints", "bbox", "area", "iscrowd"} - one.keys()
    if missing:
        return f"lacks {', '.join(sorted(missing))}"
    if type(one["image_id"]) is not int or one["image_id"] not in images:
        return f"is for image {short(one['image_id'])}, which the file does not list"
    if not (_numbers(one["keypoints"], 3 * JOINTS) and _numbers(one["bbox"], 4)):
        return f"needs {3 * JOINTS} numbers as keypoints and 4 as bbox"
    if not {0, 1, 2}.issuperset(one["keypoints"][2::3]):
        return "has a visibility that is not 0, 1 or 2 in its keypoints"
    if not _numbers([one["area"]], 1):
        return f"needs a number as area, and has {short(one['area'])}"
    if type(one["iscrowd"]) not in (int, bool) or one["iscrowd"] not in (0, 1):
        return f"needs 0 or 1 as iscrowd, and has {short(one['iscrowd'])}"
    # Nothing looks at the outline of a labelled person.
    return "" if _labelled(one) else _wrong_outline(one, images[one["image_id"]])


def _numbers(values, count: int) -> bool:
    """Whether it is a list of so many numbers; NaN is one, and may stand for a missing one."""
    right = isinstance(values, list) and len(values) == count
    return right and all(
        isinstance(value, (int, float)) and not abs(value) > MOST for value in values
    )


def _wrong_outline(one: dict, image: dict) -> str:
    """What is wrong with a segmentation: polygons, run lengths, or none at all."""
    outline = one.get("segmentation")
    if isinstance(outline, dict):
        fills = _fills(outline, (image["height"], image["width"]))
        return "" if fills else "has run lengths as segmentation that do not fill its image"
    polygons = [] if outline is None else outline
    if not isinstance(polygons, list) or not all(
        isinstance(flat, list) and len(flat) % 2 == 0 and _numbers(flat, len(flat))
        for flat in polygons
    ):
        return "needs a list of polygons (x, y, x, y, ...) or run lengths as segmentation"
    return ""


def paint(mask: np.ndarray, one: dict) -> None:
    """Set the (H, W) uint8 mask to 1 where an annotation's outline (or else its box) is."""
    outline = one.get("segmentation")
    if isinstance(outline, dict):
        mask |= decode_runs(outline, mask.shape, one.get("id"))
        return
    x1, y1, x2, y2 = _box(one["bbox"])
    polygons = [np.reshape(flat, (-1, 2)) - 0.5 for flat in outline or () if len(flat) >= 6]
    for polygon in polygons or [np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]])]:
        if not np.isfinite(polygon).all():
            continue
        corners = np.round(polygon.clip(-FAR, FAR) * (1 << SUBPIXEL)).astype(np.int32)
        cv2.fillPoly(mask, [corners], 1, shift=SUBPIXEL)


def decode_runs(outline: dict, size: tuple[int, int], name) -> np.ndarray:
    """(H, W) uint8 from COCO's run lengths: 0s, 1s, 0s, ... down the columns."""
    if not _fills(outline, size):
        raise InputError(
            f"annotation {name}: its segmentation is not a list of run lengths "
            f"that fill the {size[0]} x {size[1]} image."
        )
    values = np.arange(len(outline["counts"])) % 2
    return np.repeat(values, outline["counts"]).astype(np.uint8).reshape(size, order="F")


def _fills(outline: dict, size: tuple[int, int]) -> bool:
    """Whether its run lengths are ones that fill an image of that (height, width)."""
    counts = outline.get("counts")
    lengths = isinstance(counts, list) and all(type(n) is int and n >= 0 for n in counts)
    return lengths and outline.get("size") == list(size) and sum(counts) == size[0] * size[1]
