"""Solids as cameras see them: convex polygons, each with a depth.

They are painted among the parts of people from the far to the near, so that they hide what is
behind them and are hidden by what is before.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...cameras import Camera
from ..scene.light import Light
from ..scene.solids import Ball, Block, Disc, Leaves, Rods
from .canvas import Canvas
from .pixel_coordinates import hull, to_sixteenths

THING = 1000  # the part number of all things: beyond those of twenty people
_CORNERS = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=float)
_FACES = np.array(
    [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
)
_NORMALS = np.array([(-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1)])
_ROUND = np.linspace(0, 2 * np.pi, 20, endpoint=False)
_CIRCLE = np.stack([np.cos(_ROUND), np.sin(_ROUND)], axis=-1)
_UP = np.array([0.0, 1.0, 0.0])
_NEAREST = 0.2  # metres before the camera: what is nearer is left out


class SolidPolygon(NamedTuple):
    """A polygon to paint. ``depth`` metres, ``outline`` (N, 2) int32 as `to_sixteenths` gives it,
    ``colour`` (3,), ``shade`` 0 to 255, 128 being even light."""

    depth: float
    outline: np.ndarray
    colour: tuple
    shade: float


def paint_solid(canvas: Canvas, piece: SolidPolygon) -> None:
    canvas.part(piece.outline, piece.colour, THING, piece.shade)


def project_solids(
    solids: list[list], cameras: list[Camera], lights: list[Light]
) -> list[list[SolidPolygon]]:
    """What each of N cameras sees of its solids, of whatever kinds, under its light.

    All solids of a kind are worked out together: one by one they would take most of the time
    of an image.
    """
    found = [[] for _ in cameras]
    eyes = CamerasAndLights.make(cameras, lights)
    for kind, project in (
        (Block, _blocks),
        (Rods, _rods),
        (Ball, _balls),
        (Disc, _discs),
        (Leaves, _leaves),
    ):
        chosen = [(n, each) for n, row in enumerate(solids) for each in row if type(each) is kind]
        if chosen:
            owners, things = zip(*chosen)
            project(things, owners, eyes.of(np.array(owners)), found)
    return found


class CamerasAndLights(NamedTuple):
    """Cameras and lights as arrays with a leading N."""

    rotation: np.ndarray
    shift: np.ndarray
    focal: np.ndarray
    center: np.ndarray
    size: np.ndarray  # (N, 2) height, width
    sun: np.ndarray  # (N, 3) the direction of the lamp
    ambient: np.ndarray
    lamp: np.ndarray

    @classmethod
    def make(cls, cameras: list[Camera], lights: list[Light]) -> CamerasAndLights:
        return cls(
            *(
                np.array([getattr(each, name) for each in group])
                for group, names in (
                    (cameras, ("rotation", "translation", "focal", "center", "size")),
                    (lights, ("direction", "ambient", "lamp")),
                )
                for name in names
            )
        )

    def of(self, owners: np.ndarray) -> CamerasAndLights:
        """Those of these images, once for each."""
        return CamerasAndLights(*(values[owners] for values in self))

    def missed(self, outlines: np.ndarray) -> np.ndarray:
        """(N, ...) whether polygons (N, ..., P, 2) int32 are wholly beside the image."""
        low, high = outlines.min(-2), outlines.max(-2)
        edge = (self.size[:, ::-1] + 1) * 16
        wide = (-1,) + (1,) * (outlines.ndim - 3) + (2,)
        return ((high < -32) | (low > edge.reshape(wide))).any(-1)

    def see(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(N, P, 3) metres, world, to (N, P, 2) pixels and (N, P) metres of depth; pixels of
        points that are too near mean nothing."""
        seen = points @ self.rotation.swapaxes(-1, -2) + self.shift[:, None]
        depth = seen[..., 2]
        flat = seen[..., :2] / np.maximum(depth, _NEAREST)[..., None]
        return flat * self.focal[:, None, None] + self.center[:, None], depth

    def lit(self, facing: np.ndarray) -> np.ndarray:
        """(N, ...) the shades of surfaces with this cosine to the lamp."""
        return self.share(np.maximum(0.25 + 0.75 * facing, 0))

    def share(self, light: np.ndarray) -> np.ndarray:
        """(N, ...) the shades of surfaces that this share of the lamp's light falls on."""
        wide = (-1,) + (1,) * (np.ndim(light) - 1)
        return 128 * (self.ambient.reshape(wide) + self.lamp.reshape(wide) * light)


def _blocks(blocks, owners, eyes: CamerasAndLights, found) -> None:
    centre, half, forward = (np.array([block[k] for block in blocks]) for k in range(3))
    ahead = forward[:, [0, 2]]
    ahead = ahead / np.maximum(np.sqrt((ahead * ahead).sum(-1, keepdims=True)), 1e-6)
    turn = np.zeros((len(blocks), 3, 3))  # rows: its axes in the world
    turn[:, 0, 0] = turn[:, 2, 2] = ahead[:, 1]
    turn[:, 0, 2], turn[:, 2, 0] = -ahead[:, 0], ahead[:, 0]
    turn[:, 1, 1] = 1
    pixels, depth = eyes.see(centre[:, None] + (_CORNERS * half[:, None]) @ turn)
    outlines = to_sixteenths(pixels).take(_FACES, axis=1)  # (N, 6, 4, 2)
    # A side is seen if the camera is beyond its plane, in the box's own axes.
    at = -(eyes.shift[:, None] @ eyes.rotation)[:, 0]
    eye = (turn @ (at - centre)[..., None])[..., 0] / half
    seen = (eye @ _NORMALS.T > 1) & (depth.min(1) >= _NEAREST)[:, None]
    seen &= ~eyes.missed(outlines)
    shades = eyes.lit((turn @ eyes.sun[..., None])[..., 0] @ _NORMALS.T).tolist()
    middle = depth.mean(1).tolist()
    for n, side in zip(*(axis.tolist() for axis in np.nonzero(seen))):
        found[owners[n]].append(
            SolidPolygon(middle[n], outlines[n, side], blocks[n].colour, shades[n][side])
        )


def _rods(groups, owners, eyes: CamerasAndLights, found) -> None:
    each = np.repeat(np.arange(len(groups)), [len(group.ends) for group in groups])
    eyes, radius = eyes.of(each), np.array([group.radius for group in groups])[each]
    pixels, depth = eyes.see(np.concatenate([group.ends for group in groups]))
    along = pixels[:, 1] - pixels[:, 0]
    across = along[:, ::-1] * [-1, 1] / np.maximum(np.hypot(*along.T), 1e-6)[:, None]
    wide = np.maximum((radius * eyes.focal)[:, None] / np.maximum(depth, _NEAREST), 0.5)
    wide = wide[..., None] * across[:, None]
    shade, strips = eyes.lit(np.full(len(each), 0.3)).tolist(), []
    for low, high in ((-1, 1), (-0.8, 0.1)):
        strips.append(
            to_sixteenths(
                np.concatenate([pixels + low * wide, (pixels + high * wide)[:, ::-1]], axis=1)
            )
        )
    middle, each = depth.mean(1).tolist(), each.tolist()
    seen = (depth.min(1) >= _NEAREST) & ~eyes.missed(strips[0])
    for n in np.flatnonzero(seen).tolist():
        for strip, dim in zip(strips, (0.65, 1.1)):
            found[owners[each[n]]].append(
                SolidPolygon(middle[n], strip[n], groups[each[n]].colour, shade[n] * dim)
            )


def _balls(balls, owners, eyes: CamerasAndLights, found) -> None:
    pixel, depth = eyes.see(np.array([ball.centre for ball in balls])[:, None])
    depth, radius = depth[:, 0], np.array([ball.radius for ball in balls])
    size = (radius * eyes.focal / np.maximum(depth, _NEAREST))[:, None, None]
    sun = (eyes.rotation @ eyes.sun[..., None])[:, None, :2, 0]
    layers = [
        (
            to_sixteenths(pixel + size * (away * sun + share * _CIRCLE)),
            eyes.lit(np.full(len(balls), facing)).tolist(),
        )
        for share, away, facing in ((1, 0, -0.2), (0.8, 0.15, 0.3), (0.5, 0.35, 0.8))
    ]
    for n in np.flatnonzero(depth >= _NEAREST + radius).tolist():
        found[owners[n]] += [
            SolidPolygon(float(depth[n]), circle[n], balls[n].colour, shade[n])
            for circle, shade in layers
        ]


def _discs(discs, owners, eyes: CamerasAndLights, found) -> None:
    centre, axis = (np.array([disc[k] for disc in discs])[:, None] for k in (0, 1))
    across = np.cross(axis, _UP)
    across /= np.maximum(np.sqrt((across * across).sum(-1, keepdims=True)), 1e-6)
    radius = np.array([disc.radius for disc in discs])[:, None, None]
    rim = centre + radius * (_CIRCLE[:, :1] * across + _CIRCLE[:, 1:] * np.cross(across, axis))
    pixels, depth = eyes.see(np.concatenate([rim - 0.02 * axis, rim + 0.02 * axis], axis=1))
    shade = eyes.lit(np.full(len(discs), 0.3)).tolist()
    for n in np.flatnonzero(depth.min(1) >= _NEAREST).tolist():
        found[owners[n]].append(
            SolidPolygon(
                float(depth[n].mean()), hull(to_sixteenths(pixels[n])), discs[n].colour, shade[n]
            )
        )


def _leaves(bunches, owners, eyes: CamerasAndLights, found) -> None:
    counts = [len(bunch.lit) for bunch in bunches]
    each = np.repeat(np.arange(len(bunches)), counts)
    eyes = eyes.of(each)
    pixels, depth = eyes.see(np.concatenate([bunch.outline for bunch in bunches]))
    outlines, middle = to_sixteenths(pixels), depth.mean(1).tolist()
    shades = eyes.share(np.concatenate([bunch.lit for bunch in bunches])).tolist()
    nearest = np.minimum.reduceat(depth.min(1), np.cumsum([0, *counts[:-1]]))
    for n, (k, missed) in enumerate(zip(each.tolist(), eyes.missed(outlines).tolist())):
        if nearest[k] >= _NEAREST and not missed:
            found[owners[k]].append(
                SolidPolygon(middle[n], outlines[n], bunches[k].colour, shades[n])
            )
