"""Things among people: what they sit on, lie on, hang from and lift, and what stands around.

A thing is a list of `Piece`: a convex polygon with a depth, painted among the parts of people
from the far to the near, so that it hides what is behind it and is hidden by what is before.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..geometry import Camera
from .body import INDEX
from .light import Light
from .paint import Canvas, fixed, hull

THING = 1000  # the part number of all things: beyond those of twenty people
_WOOD, _METAL, _PAD, _DISC = (138, 104, 72), (120, 122, 126), (52, 52, 60), (40, 40, 44)
_CORNERS = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=float)
_FACES = np.array([(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4),
                   (1, 5, 7, 3)])  # fmt: skip
_NORMALS = np.array([(-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1)])
_FEET = np.array([(-1, -1), (-1, 1), (1, -1), (1, 1)])
_ROUND = np.linspace(0, 2 * np.pi, 20, endpoint=False)
_CIRCLE = np.stack([np.cos(_ROUND), np.sin(_ROUND)], axis=-1)
_UP = np.array([0.0, 1.0, 0.0])
_NEAREST = 0.2  # metres before the camera: what is nearer is left out
_UNDER = 0.060  # of the height: how far a seat is below the hips


class Piece(NamedTuple):
    """``depth`` metres, ``outline`` (N, 2) int32 as `paint.fixed` gives it, ``colour`` (3,),
    ``shade`` 0 to 255, 128 being even light."""

    depth: float
    outline: np.ndarray
    colour: tuple
    shade: float


def paint_piece(canvas: Canvas, piece: Piece) -> None:
    canvas.part(piece.outline, piece.colour, THING)
    canvas.light(piece.outline, piece.shade)


# --------------------------------------------------------------------- what things are made of
def block(camera: Camera, light: Light, centre, half, forward, colour) -> list[Piece]:
    """A box: ``centre`` (3,) world, ``half`` (3,) metres across, up and along ``forward``."""
    x, z = _level(forward)
    turn = np.array([(z, 0, -x), (0, 1, 0), (x, 0, z)])  # rows: its axes in the world
    points = camera.to_camera(centre + (_CORNERS * half) @ turn)
    if points[:, 2].min() < _NEAREST:
        return []
    pixels, depth = fixed(camera.project(points, "camera")), float(points[:, 2].mean())
    # A side is seen if the camera is beyond its plane, in the box's own axes.
    eye = (turn @ (camera.position - centre)) / half
    shades = _lit(light, _NORMALS @ (turn @ light.direction)).tolist()
    return [Piece(depth, pixels[_FACES[n]], colour, shades[n])
            for n in np.flatnonzero(_NORMALS @ eye > 1)]  # fmt: skip


def rods(camera: Camera, light: Light, ends, radius: float, colour) -> list[Piece]:
    """Straight round rods between ``ends`` (R, 2, 3) world, each with a gleam along it."""
    points = camera.to_camera(ends)
    points = points[points[..., 2].min(1) >= _NEAREST]
    pixels, depth = camera.project(points, "camera"), points[..., 2]
    along = pixels[:, 1] - pixels[:, 0]
    across = along[:, ::-1] * [-1, 1] / np.maximum(np.hypot(*along.T), 1e-6)[:, None]
    wide = np.maximum(radius * camera.focal / depth, 0.5)[..., None] * across[:, None]
    shade = _lit(light, 0.3)
    strips = [fixed(np.concatenate([pixels + low * wide, (pixels + high * wide)[:, ::-1]], axis=1))
              for low, high in ((-1, 1), (-0.8, 0.1))]  # fmt: skip
    return [Piece(z, strip[n], colour, shade * dim) for n, z in enumerate(depth.mean(1).tolist())
            for strip, dim in zip(strips, (0.65, 1.1))]  # fmt: skip


def rod(camera: Camera, light: Light, a, b, radius: float, colour) -> list[Piece]:
    """One of `rods`, from ``a`` to ``b`` (3,)."""
    return rods(camera, light, np.array([[a, b]]), radius, colour)


def ball(camera: Camera, light: Light, centre, radius: float, colour) -> list[Piece]:
    """A sphere, brighter towards the lamp."""
    middle = camera.to_camera(centre)
    if middle[2] < _NEAREST + radius:
        return []
    size = radius * camera.focal / middle[2]
    sun = (camera.rotation @ light.direction)[:2]
    pixel = camera.project(middle, "camera")
    layers = (1, 0, -0.2), (0.8, 0.15, 0.3), (0.5, 0.35, 0.8)
    return [Piece(float(middle[2]), fixed(pixel + size * (away * sun + share * _CIRCLE)), colour,
                  float(_lit(light, facing))) for share, away, facing in layers]  # fmt: skip


def disc(camera: Camera, light: Light, centre, axis, radius: float, colour) -> list[Piece]:
    """A flat round disc 4 cm thick about an axis."""
    across = np.cross(axis, _UP)
    across /= max(float(np.linalg.norm(across)), 1e-6)
    rim = centre + radius * _CIRCLE @ np.stack([across, np.cross(across, axis)])
    faces = np.concatenate([rim - 0.02 * axis, rim + 0.02 * axis])
    depth = camera.to_camera(faces)[:, 2]
    if depth.min() < _NEAREST:
        return []
    return [Piece(float(depth.mean()), hull(fixed(camera.project(faces))), colour,
                  float(_lit(light, 0.3)))]  # fmt: skip


def table(camera: Camera, light: Light, top, forward, across, along, colour) -> list[Piece]:
    """A board 5 cm thick whose upper side is at ``top`` (3,), half ``across`` and ``along``
    metres, on four legs that stand on the ground."""
    x, z = _level(forward)
    feet = top + 0.85 * (_FEET * (across, along)) @ [(z, 0, -x), (x, 0, z)]
    legs = np.stack([feet, feet * [1, 0, 1]], axis=1)
    return (rods(camera, light, legs, 0.02, _METAL)
            + block(camera, light, top - [0, 0.025, 0], (across, 0.025, along), forward, colour))


def _lit(light: Light, facing):
    """The shade of a surface with this cosine to the lamp."""
    return 128 * (light.ambient + light.lamp * np.maximum(0.25 + 0.75 * facing, 0))


def _level(direction) -> tuple[float, float]:
    """x and z of a unit vector along the ground."""
    x, z = float(direction[0]), float(direction[2])
    length = max(math.hypot(x, z), 1e-6)
    return x / length, z / length


# ----------------------------------------------------- what a person uses: joints (J, 3), world
def stool(camera: Camera, light: Light, joints, height: float) -> list[Piece]:
    """A seat under the hips, on four legs."""
    top = joints[INDEX["pelvis"]] - [0, _UNDER * height, 0]
    forward = joints[[INDEX["left_knee"], INDEX["right_knee"]]].mean(0) - joints[INDEX["pelvis"]]
    return table(camera, light, top, forward, 0.19, 0.19, _WOOD)


def bench(camera: Camera, light: Light, joints, height: float) -> list[Piece]:
    """A padded bench under a back."""
    pelvis, neck = joints[INDEX["pelvis"]], joints[INDEX["neck"]]
    top = (pelvis + neck) / 2
    top[1] = min(pelvis[1], neck[1]) - _UNDER * height
    return table(camera, light, top, neck - pelvis, 0.15, 0.55, _PAD)


def bar(camera: Camera, light: Light, joints, height: float) -> list[Piece]:
    """A bar to hang from, through both hands."""
    a, b = _grip(joints)
    return rod(camera, light, a - 0.35 * (b - a), b + 0.35 * (b - a), 0.018, _METAL)


def barbell(camera: Camera, light: Light, joints, height: float) -> list[Piece]:
    """A bar through both hands with a disc at either end."""
    a, b = _grip(joints)
    along = (b - a) / max(float(np.linalg.norm(b - a)), 1e-6)
    ends = (a + b) / 2 - 0.75 * along, (a + b) / 2 + 0.75 * along
    discs = [piece for end in ends for piece in disc(camera, light, end, along, 0.19, _DISC)]
    return rod(camera, light, *ends, 0.014, _METAL) + discs


def _grip(joints) -> tuple[np.ndarray, np.ndarray]:
    """Where the two hands close: a little beyond the wrists."""
    return tuple(joints[INDEX[f"{side}_wrist"]] * 1.25 - joints[INDEX[f"{side}_elbow"]] * 0.25
                 for side in ("left", "right"))  # fmt: skip


OF_ACTION = {"sit": (stool,), "bench_press": (bench, barbell), "pullup": (bar,),
             "clean_and_jerk": (barbell,)}  # fmt: skip
