"""Somebody does an exercise so many times: joints without images, with the exact count."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .. import skeletons
from ..data import VISIBLE, Clip
from ..errors import InputError
from .human.body import Body
from .motion.actions import ACTIONS, perform
from .motion.style import Style
from .scene.camera_placement import place_camera
from .settings import image_size, natural

EXERCISES = ("squat", "pushup", "jumping_jacks")
REST = 1.0  # seconds before the first repetition and after the last, unless told otherwise
_AROUND = 2 / 3 * np.pi  # radians: seen from the front and from up to 60 degrees to either side


def repetitions(
    action: str, count: int, seed=0, fps=30, size=(480, 640), skeleton="coco17", rest=REST
) -> Clip:
    """A clip without frames, of one person who does ``action`` exactly ``count`` times.

    The person begins and ends with ``rest`` seconds at rest. Each ``seed`` is another person, who
    goes as deep, as fast and as evenly as they like, seen from up to 60 degrees to either side of
    the front. All joints are visible. Raises `InputError` for an action that is not one of
    `EXERCISES`.
    """
    if action not in EXERCISES:
        raise InputError(f"{action!r} is no exercise; there are: {', '.join(EXERCISES)}.")
    count, size = natural(count, "count"), image_size(size)
    rng = np.random.default_rng([natural(seed, "seed"), 11, count])
    body, style = Body.random(rng), replace(Style.random(rng), phase=0.0)
    moving = count * ACTIONS[action].period / style.tempo
    seconds = np.arange(0, moving + 2 * rest, 1 / fps)
    # A phase of 0 is the pose at rest, and every whole one is too.
    posed = perform(
        action, body, style, np.clip(seconds - rest, 0, moving), _AROUND * (rng.random() - 0.5)
    )
    camera = place_camera(posed.points.reshape(-1, 3), rng, size, "normal")
    joints = posed.keypoints(skeleton)
    points = camera.project(joints)[:, None]
    return Clip(
        id=f"{action}-{count}-{seed}",
        skeleton=skeletons.get(skeleton).name,
        keypoints=points,
        visible=np.full(points.shape[:3], VISIBLE),
        size=size,
        fps=float(fps),
        action=action,
        group=f"person-{seed}",
        frame="camera",
        camera=camera.turned_z_up(),
        extra={"keypoints_3d": np.float32(camera.to_camera(joints))[:, None]},
    )
