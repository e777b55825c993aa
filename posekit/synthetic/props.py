"""What people sit on, lie on, hang from and lift: painted behind them.

Each function paints onto an image (H, W, 3) uint8 in place, before the person, and takes the
person's joints (J, 3) metres, world, and the camera.
"""

from __future__ import annotations

import cv2
import numpy as np

from .body import INDEX
from .camera import Camera
from .paint import SHIFT, fixed, hull

_WOOD, _METAL, _PAD, _DISC = (138, 104, 72), (120, 122, 126), (52, 52, 60), (40, 40, 44)
_CORNERS = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], dtype=float)
_UNDER = 0.060  # of the height: how far a seat is below the hips


def stool(image, joints, height: float, camera: Camera) -> None:
    """A seat under the hips, on four legs."""
    top = joints[INDEX["pelvis"]] * [1, 0, 1]
    top[1] = joints[INDEX["pelvis"], 1] - _UNDER * height
    forward = joints[[INDEX["left_knee"], INDEX["right_knee"]]].mean(0) - joints[INDEX["pelvis"]]
    _table(image, top, forward, 0.19, 0.19, camera, _WOOD)


def bench(image, joints, height: float, camera: Camera) -> None:
    """A padded bench under a back."""
    pelvis, neck = joints[INDEX["pelvis"]], joints[INDEX["neck"]]
    top = (pelvis + neck) / 2
    top[1] = min(pelvis[1], neck[1]) - _UNDER * height
    _table(image, top, neck - pelvis, 0.15, 0.55, camera, _PAD)


def bar(image, joints, height: float, camera: Camera) -> None:
    """A bar to hang from, through both hands."""
    a, b = _grip(joints)
    _rod(image, a - 0.35 * (b - a), b + 0.35 * (b - a), 0.018, camera, _METAL)


def barbell(image, joints, height: float, camera: Camera) -> None:
    """A bar through both hands with a disc at either end."""
    a, b = _grip(joints)
    along = (b - a) / max(float(np.linalg.norm(b - a)), 1e-6)
    ends = (a + b) / 2 - 0.75 * along, (a + b) / 2 + 0.75 * along
    for end in ends:
        _disc(image, end, along, 0.19, camera)
    _rod(image, *ends, 0.014, camera, _METAL)


def _grip(joints) -> tuple[np.ndarray, np.ndarray]:
    """Where the two hands close: a little beyond the wrists."""
    return tuple(joints[INDEX[f"{side}_wrist"]] * 1.25 - joints[INDEX[f"{side}_elbow"]] * 0.25
                 for side in ("left", "right"))  # fmt: skip


def _table(image, top, forward, half_width, half_length, camera: Camera, colour) -> None:
    """A board 6 cm thick at ``top``, its legs down to the ground, and its upper side."""
    forward = np.array([forward[0], 0.0, forward[2]])
    forward /= max(float(np.linalg.norm(forward)), 1e-6)
    side = np.array([forward[2], 0.0, -forward[0]])
    corners = top + _CORNERS[:, :1] * half_width * side + _CORNERS[:, 1:] * half_length * forward
    for corner in top + 0.85 * (corners - top):
        _rod(image, corner, corner * [1, 0, 1], 0.02, camera, _METAL)
    upper, lower = camera.project(corners), camera.project(corners - [0, 0.06, 0])
    if not np.isfinite([upper, lower]).all():
        return
    dark = [0.7 * value for value in colour]
    cv2.fillConvexPoly(image, hull(fixed(np.concatenate([upper, lower]))), dark, cv2.LINE_AA, SHIFT)
    cv2.fillConvexPoly(image, fixed(upper), colour, cv2.LINE_AA, SHIFT)


def _rod(image, a, b, radius: float, camera: Camera, colour) -> None:
    ends = np.stack([a, b])
    depth = camera.to_camera(ends)[:, 2]
    if depth.min() < 0.2:
        return
    thick = max(1, round(2 * radius * camera.focal / depth.mean()))
    points = fixed(camera.project(ends))
    cv2.polylines(image, [points], False, [0.6 * value for value in colour], thick, cv2.LINE_AA,
                  SHIFT)  # fmt: skip
    if thick > 2:  # a gleam along it
        cv2.polylines(image, [points - 8], False, colour, thick // 2, cv2.LINE_AA, SHIFT)


def _disc(image, centre, axis, radius: float, camera: Camera) -> None:
    up = np.array([0.0, 1.0, 0.0])
    across = np.cross(axis, up)
    across /= max(float(np.linalg.norm(across)), 1e-6)
    angle = np.linspace(0, 2 * np.pi, 20, endpoint=False)[:, None]
    rim = centre + radius * (np.cos(angle) * np.cross(across, axis) + np.sin(angle) * across)
    faces = camera.project(np.concatenate([rim - 0.02 * axis, rim + 0.02 * axis]))
    if np.isfinite(faces).all():
        cv2.fillConvexPoly(image, hull(fixed(faces)), _DISC, cv2.LINE_AA, SHIFT)


OF_ACTION = {"sit": (stool,), "bench_press": (bench, barbell), "pullup": (bar,),
             "clean_and_jerk": (barbell,)}  # fmt: skip
