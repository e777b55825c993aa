"""Small data sets in the official formats, made for the tests of their readers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.io import savemat


def write_image(path: Path, height: int = 40, width: int = 30) -> Path:
    """A gray ramp, as a JPEG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ramp = np.linspace(0, 255, height * width).reshape(height, width).astype(np.uint8)
    Image.fromarray(np.repeat(ramp[..., None], 3, axis=2)).save(path)
    return path


def lsp(folder: Path, count: int = 4, extended: bool = False, seed: int = 0) -> np.ndarray:
    """LSP's (or its extension's) files; returns joints (N, 14, 3) of x, y, flag.

    The flag is 1 for joint 3 of every image and, in LSP, means occluded; in the extended set
    every other joint is labelled as well, except for joint 0, where junk stands.
    """
    rng = np.random.default_rng(seed)
    joints = np.zeros((count, 14, 3))
    joints[..., :2] = rng.uniform(2, 28, (count, 14, 2))
    if extended:
        joints[:, 1:, 2] = 1
        joints[:, 0, :2] = (-17.7, -34.5)
    else:
        joints[:, 3, 2] = 1
    order = (1, 2, 0) if extended else (2, 1, 0)
    folder.mkdir(parents=True, exist_ok=True)
    savemat(folder / "joints.mat", {"joints": joints.transpose(order)})
    digits = 5 if extended else 4
    for number in range(1, count + 1):
        write_image(folder / "images" / f"im{number:0{digits}d}.jpg")
    return joints


def structs(rows: list[dict]) -> np.ndarray:
    """A MATLAB struct array: every element has every field, empty where a row lacks it."""
    fields = list(dict.fromkeys(key for row in rows for key in row))
    array = np.zeros((1, len(rows)), dtype=[(field, object) for field in fields])
    for i, row in enumerate(rows):
        for field in fields:
            array[field][0, i] = row.get(field, np.zeros((0, 0)))
    return array


def mpii_mat(folder: Path, annolist: list[dict], img_train: list[int], images=True) -> Path:
    """An MPII label file; an image's ``annorect`` is a list of dicts, as is its ``point``.

    ``images`` False writes none: names that are odd on purpose must not become files.
    """
    rows = []
    for image in annolist:
        rects = [
            rect | {"annopoints": {"point": structs(rect["annopoints"])}}
            if isinstance(rect.get("annopoints"), list)
            else rect
            for rect in image.get("annorect", [])
        ]
        rows.append(image | {"annorect": structs(rects) if rects else np.zeros((0, 0))})
        if images and isinstance(image.get("image", {}).get("name"), str):
            write_image(folder / "images" / image["image"]["name"])
    release = {"annolist": structs(rows), "img_train": np.array(img_train), "version": "1"}
    path = folder / "mpii_human_pose_v1_u12_1.mat"
    savemat(path, {"RELEASE": release})
    return path


def coco(folder: Path, annotations: list[dict], images=None, half: str = "val") -> Path:
    """COCO's files; annotations get what they lack, images 10, 20 and 21 are there."""
    if images is None:
        images = [
            {"id": n, "file_name": f"{n:012d}.jpg", "height": 40, "width": 30} for n in (10, 20, 21)
        ]
    for image in images:
        if "file_name" in image:
            write_image(folder / f"{half}2017" / image["file_name"])
    whole = {
        "image_id": 10,
        "keypoints": [0] * 51,
        "bbox": [0, 0, 10, 20],
        "area": 150.0,
        "iscrowd": 0,
        "segmentation": [],
        "category_id": 1,
    }
    annotations = [{"id": n} | whole | one for n, one in enumerate(annotations, start=1)]
    path = folder / "annotations" / f"person_keypoints_{half}2017.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"images": images, "annotations": annotations}))
    return path
