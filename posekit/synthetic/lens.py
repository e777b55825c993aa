"""`through_lens`: a sample as seen through a lens that bends straight lines."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ..cameras import Camera
from ..data import UNLABELLED, Sample
from ..errors import InputError


def through_lens(sample: Sample, radial=(-0.2, 0.24, 0.0), tangential=(-0.001, -0.001)) -> Sample:
    """The sample as its camera sees it through a lens, in Human3.6M's form.

    The numbers are `posekit.cameras.Camera`'s. Its image is bent (what a barrel-shaped lens
    shows beyond its edge is mirrored), its keypoints and boxes are moved, and joints that
    leave the image are unlabelled. Raises `InputError` for a sample without image, camera or
    3D joints.
    """
    if sample.image is None or sample.camera is None or sample.keypoints_3d is None:
        raise InputError(f"{sample.id}: a lens needs an image, a camera and keypoints_3d.")
    lens = replace(sample.camera, radial=radial, tangential=tangential)
    height, width = sample.size
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    straight = lens.undistort(np.stack([columns, rows], axis=-1)).astype(np.float32)
    image = cv2.remap(
        sample.image,
        straight[..., 0],
        straight[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    points = lens.project(sample.keypoints_3d, sample.frame)
    inside = ((points > -0.5) & (points < [width - 0.5, height - 0.5])).all(-1)
    boxes = None if sample.boxes is None else _bent_boxes(sample, lens)
    return replace(
        sample,
        image=image,
        camera=lens,
        keypoints=points,
        boxes=boxes,
        visible=np.where(inside, sample.visible, UNLABELLED),
    )


def _bent_boxes(sample: Sample, lens: Camera) -> np.ndarray:
    """(P, 4) around where the edges of the boxes go."""
    height, width = sample.size
    share = np.linspace(0, 1, 9)
    x1, y1, x2, y2 = sample.boxes.T.astype(float)[..., None]
    across, down = x1 + share * (x2 - x1), y1 + share * (y2 - y1)
    edges = [np.stack([across, 0 * across + y], axis=-1) for y in (y1, y2)]
    edges += [np.stack([0 * down + x, down], axis=-1) for x in (x1, x2)]
    edge = np.concatenate(edges, axis=1)
    bent = lens.project(sample.camera.unproject(edge, np.ones(edge.shape[:-1])))
    limit = [width - 0.5, height - 0.5]
    return np.concatenate([np.clip(bent.min(1), -0.5, limit), np.clip(bent.max(1), -0.5, limit)], 1)
