"""Who appears in the decks' pictures: synthetic people, and one portrait in the public domain.

Photographs of data sets are not shown: their terms forbid it, and nobody in them was asked.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import matplotlib
import numpy as np

from posekit import geometry, live, plots, skeletons, synthetic
from posekit.data.images import read_image

NO_MODEL = "The model is not here (posekit data get mediapipe_pose): "


@lru_cache
def clip(action: str, skeleton: str = "blazepose33", frames: int = 45, size: int = 480):
    """One synthetic person in motion: the same person whatever the joint set."""
    return synthetic.Clips(seed=5, count=1, frames=frames, size=size, skeleton=skeleton,
                           action=action)[0]  # fmt: skip


@lru_cache
def person(i: int = 0):
    """One of a few still synthetic people, with exact joints."""
    return synthetic.People(seed=3, count=16, size=512, skeleton="blazepose33")[i]


def front(motion, t: int) -> np.ndarray:
    """(K, 2) the person of a frame seen straight from the front, y down, the torso 1 long."""
    body = skeletons.get(motion.skeleton)
    points = motion.extra["keypoints_3d"][t, 0].astype(float)
    shoulders, hips = (
        points[[body.index(f"{side}_{part}") for side in ("left", "right")]]
        for part in ("shoulder", "hip")
    )
    up = shoulders.mean(0) - hips.mean(0)
    length = np.linalg.norm(up)
    left = shoulders[0] - shoulders[1]
    left -= up * (left @ up) / length**2
    axes = np.stack([left / np.linalg.norm(left), -up / length])
    return (points - hips.mean(0)) @ axes.T / length


@lru_cache
def portrait() -> np.ndarray:
    """(600, 512, 3) Rear Admiral Grace Hopper, public domain; it comes with matplotlib."""
    return read_image(Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg")


def has_model() -> bool:
    """Is BlazePose on this machine?"""
    return live.bundle_path() is not None


@lru_cache
def found():
    """What BlazePose finds in the portrait."""
    with live.BlazePose() as net:
        return net.detect(portrait())


def small_portrait(height: int, size: int) -> np.ndarray:
    """(size, size, 3) the portrait, so many pixels high, in the middle of a grey square."""
    box = geometry.image_box(*portrait().shape[:2])
    matrix = geometry.crop_matrix(box, size, scale=height / size)
    return geometry.warp(portrait(), matrix, size, fill=128)


def try_on(image, poses: int, thickness: int):
    """BlazePose on an image: what it finds, and the image with that drawn on it."""
    with live.BlazePose(poses=poses) as net:
        seen = net.detect(image)
    return seen, plots.draw_pose(image, seen.keypoints, seen.visible, seen.skeleton,
                                 thickness=thickness)  # fmt: skip


def somebody():
    """Image, (33, 2) points, (33,) visible: the portrait, or without a model a synthetic one."""
    if has_model():
        return portrait(), found().keypoints[0], found().visible[0]
    return person().image, person().keypoints[0], person().visible[0]
