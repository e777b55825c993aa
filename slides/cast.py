"""Who appears in the decks' pictures: synthetic people, and one portrait in the public domain.

Photographs of data sets are not shown, since their terms forbid it, but for the seven that come
with posekit under CC BY 2.0: they are shown with their number on Flickr.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import matplotlib
import numpy as np

from posekit import geometry, live, plots, skeletons, synthetic
from posekit.data.images import read_image

NO_MODEL = "The model is not here (posekit data get mediapipe_pose): "


@lru_cache
def clip(
    action: str,
    skeleton: str = "blazepose33",
    frames: int = 45,
    size: int = 480,
    seed: int = 0,
    difficulty: str = "normal",
):
    """One synthetic person in motion: the same person whatever the joint set."""
    return synthetic.Clips(
        seed=seed,
        count=1,
        frames=frames,
        size=size,
        skeleton=skeleton,
        action=action,
        difficulty=difficulty,
    )[0]


def jump(skeleton: str = "blazepose33"):
    """The jumping jack of the diagrams, and its frame with arms and legs spread."""
    motion, body = clip("jumping_jacks", skeleton, difficulty="easy"), skeletons.get(skeleton)
    shown = np.stack([front(motion, t) for t in range(len(motion))])
    hands, feet = (
        shown[:, [body.index(f"{side}_{part}") for side in ("left", "right")]]
        for part in ("wrist", "ankle")
    )
    spread = hands[:, 0, 0] - hands[:, 1, 0] + feet[:, 0, 0] - feet[:, 1, 0]
    return motion, int((spread - hands[..., 1].mean(1)).argmax())


def spread(skeleton: str = "blazepose33") -> np.ndarray:
    """(K, 2) the pose of most diagrams: from the front, arms up and legs apart."""
    return front(*jump(skeleton))


@lru_cache
def bust():
    """A synthetic person from the hips up: image (600, 512, 3), (33, 2) points, (33,) visible."""
    person = synthetic.People(
        seed=0, count=16, size=1000, skeleton="blazepose33", difficulty="easy"
    )[6]
    points, flags = person.keypoints[0], person.visible[0]
    torso = np.concatenate([points[:13], points[[23, 24]]])
    x1, y1, x2, y2 = geometry.keypoint_box(torso, padding=1.1)
    box = (x1, y1 - 0.25 * (y2 - y1), x2, y2)  # the landmarks end at the eyes
    cut = geometry.crop(person.image, points, flags, box, (600, 512))
    inside = ((cut.keypoints > -0.5) & (cut.keypoints < (511.5, 599.5))).all(-1)
    return cut.image, cut.keypoints, np.where(inside, cut.visible, 0)


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
    """Is BlazePose on this machine, and MediaPipe to run it?"""
    return live.bundle_path() is not None and find_spec("mediapipe") is not None


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
    """BlazePose on an image: what it finds, and the image with that drawn on it.

    Without the model: None, and the image as it is.
    """
    if not has_model():
        return None, image
    with live.BlazePose(poses=poses) as net:
        seen = net.detect(image)
    return seen, plots.draw_pose(
        image, seen.keypoints, seen.visible, seen.skeleton, thickness=thickness
    )


def somebody():
    """Image, (33, 2) points, (33,) visible: the portrait, or without a model a synthetic one."""
    if has_model():
        return portrait(), found().keypoints[0], found().visible[0]
    return bust()
