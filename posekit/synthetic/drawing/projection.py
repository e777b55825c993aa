"""Posed, dressed people and their cameras to polygons, shades and depths.

`ProjectedPeople` works them out for N people at once with numpy, whether they share an image or
not: one by one, that is where most of the time would go.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np

from ...cameras import Camera
from ..human.body import Posed
from ..human.dressed_body import (
    CHEST_RINGS,
    FEW_LAYERS,
    LAYERS,
    PELVIS_RINGS,
    RING_JOINT,
    STATIONS,
    TUBE_BIAS,
    TUBE_FROM,
    TUBE_TO,
    DressedBodies,
)
from ..human.joint_tree import INDEX
from ..scene.light import Light
from .pixel_coordinates import to_sixteenths
from .projected_head import ProjectedHeads
from .vectors import cross, dot, unit

_WRISTS = [INDEX["left_wrist"], INDEX["right_wrist"]]
_HIPS = [INDEX["left_hip"], INDEX["right_hip"]]
_KNEES = [INDEX["left_knee"], INDEX["right_knee"]]
_ANKLES = [INDEX["left_ankle"], INDEX["right_ankle"]]
_TURN = np.linspace(0, 2 * np.pi, 10, endpoint=False)
_LEAST = 1e-9  # so that no vector is divided by 0
_HEM = np.stack([np.cos(_TURN), 0.45 * np.sin(_TURN)], axis=-1)  # of a skirt, over its radius


class Trunk(NamedTuple):
    """The L layers of the trunks of N people, each of facets between two rings of A spokes."""

    rings: np.ndarray  # (N, L, 2, A, 2) int32 below and above
    facets: np.ndarray  # (F, 4, 2) int32 those that face the camera, person by person
    shades: list[float]  # of the facets
    starts: list[list[int]]  # the facet with which each of a person's layers begins, and the end
    chest_seen: np.ndarray  # (N, A) whether the chest's widest part faces the camera there

    def facets_of(self, n: int, layers: slice) -> tuple[np.ndarray, list[float]]:
        """The facets of a person that are seen and their shades, of some layers."""
        first, stop = self.starts[n][layers.start], self.starts[n][layers.stop or -1]
        return self.facets[first:stop], self.shades[first:stop]


class ProjectedPeople:
    """N people as their cameras see them: all polygons, depths and shades of light.

    ``posed`` has frames (N, J, 4, 4); ``cameras`` and ``lights`` are lists of N. ``bands`` is
    in how many steps light goes around a limb; if they are few, it takes fewer around the
    trunk as well.
    """

    def __init__(
        self,
        dressed: DressedBodies,
        posed: Posed,
        cameras: list[Camera],
        lights: list[Light],
        bands: int,
    ):
        self.dressed, self.appearances = dressed, dressed.appearances
        rotation = np.array([camera.rotation for camera in cameras])
        shift = np.array([camera.translation for camera in cameras])
        self.rotation, self.shift = rotation, shift
        self.focal = np.array([camera.focal for camera in cameras])
        self.center = np.array([camera.center for camera in cameras])
        self.turn = rotation[:, None] @ posed.frames[:, :, :3, :3]  # (N, J, 3, 3)
        self.place = (rotation[:, None] @ posed.frames[:, :, :3, 3:])[..., 0] + shift[:, None]
        self.sun = (rotation @ np.array([light.direction for light in lights])[..., None])[..., 0]
        self.ambient = np.array([light.ambient for light in lights])
        self.lamp = np.array([light.lamp for light in lights])
        self.scale = self.focal / self.place[:, 0, 2]  # pixels a metre
        self.bands = bands
        self._tubes(bands)
        self._rings()
        self._ends()
        self.heads = ProjectedHeads(self)

    def to_camera(self, points: np.ndarray) -> np.ndarray:
        """(N, P, 3) metres, world axes to each one's camera axes."""
        return _plus(points @ self.rotation.swapaxes(-1, -2), self.shift[:, None])

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """(N, ..., 3) metres in camera axes to (N, ..., 2) pixels."""
        wide = (len(points),) + (1,) * (points.ndim - 2)
        focal, pixels = self.focal.reshape(wide), np.empty((*points.shape[:-1], 2))
        for k in (0, 1):  # one by one: numpy is slow along short axes
            flat = points[..., k] / points[..., 2] * focal
            np.add(flat, self.center[:, k].reshape(wide), out=pixels[..., k])
        return pixels

    def joints_to_camera(self, joints, points: np.ndarray) -> np.ndarray:
        """(N, k, ..., 3) metres in the frames of k joints to camera axes."""
        turn, place = self.turn[:, joints], self.place[:, joints]
        flat = points.reshape(*points.shape[:2], -1, 3)
        return _plus(flat @ turn.swapaxes(-1, -2), place[:, :, None]).reshape(points.shape)

    def shade(self, facing: np.ndarray) -> np.ndarray:
        """(N, ...) shades 0..255 of surfaces with this cosine to the light."""
        wide = (len(facing),) + (1,) * (facing.ndim - 1)
        lit = np.maximum(0.25 + 0.75 * facing, 0)
        return 128 * (self.ambient.reshape(wide) + self.lamp.reshape(wide) * lit)

    def _tubes(self, count: int) -> None:
        """Outline and bands of light of all limbs and necks. Here axes x, y, z come first, then
        stations, since numpy is slow along short axes: (3, 5, N, T)."""
        dressed, focal, center = self.dressed, self.focal[:, None], self.center.T[:, None, :, None]
        a, b = (_first(self.place[:, ends]) for ends in (TUBE_FROM, TUBE_TO))
        along = dressed.start + (dressed.end - dressed.start) * STATIONS[:, None, None]
        middle = a[:, None] + (b - a)[:, None] * along
        pixel = middle[:2] / middle[2] * focal + center
        radius = _first(dressed.radii) * (focal / middle[2])
        bone, sight = unit(b - a, _LEAST), unit(-(a + b), _LEAST)
        side = unit(cross(bone, sight), _LEAST)  # in the image plane, across the bone
        front = cross(side, bone)
        front *= np.sign(dot(front, sight))
        across = unit(side[:2], _LEAST)
        ahead = np.stack([across[1], -across[0]])  # along the bone, from a to b
        ahead *= np.sign(dot(ahead, pixel[:, -1] - pixel[:, 0]) + 1e-9)
        offset, caps = across[:, None] * radius, _first(dressed.caps)
        self.tube_outline = _outline(pixel, offset, across, ahead, radius, caps)
        self.tube_depth = middle[2, 2] - TUBE_BIAS
        edges = np.linspace(-1, 1, count + 1)
        centre, sun = (edges[1:] + edges[:-1]) / 2, self.sun.T[:, :, None]
        facing = (
            centre * dot(side, sun)[..., None] + np.sqrt(1 - centre**2) * dot(front, sun)[..., None]
        )
        self.tube_shade = self.shade(facing)
        self._tube = pixel, offset, ahead, radius, caps, edges[:-1]

    def tube_bands(self, first: int = 0) -> np.ndarray:
        """(N, T, B, 14, 2) int32: the bands of light of each tube, from this one on."""
        *tube, edges = self._tube
        return _bands(*tube, edges[first:])

    @cached_property
    def tube_band(self) -> np.ndarray:
        """All `tube_bands`."""
        return self.tube_bands()

    @cached_property
    def tubes(self) -> tuple:
        """All limbs and necks one after the other, as a canvas takes them: outlines, bands of
        light, their shades, and whether cloth ends there."""
        outline, band, shade = self.tube_outline, self.tube_band, self.tube_shade
        return (
            outline.reshape(-1, *outline.shape[2:]),
            band.reshape(-1, *band.shape[2:]),
            shade.reshape(-1, self.bands),
            self.dressed.caps[..., 1].ravel() < 0.5,
        )

    def _rings(self) -> None:
        """The trunk: rings in camera axes and in pixels."""
        self.ring_points = points = self.joints_to_camera(
            RING_JOINT, self.dressed.rings
        )  # (N, R, A, 3)
        depth = points[..., 2].mean(-1)
        self.pelvis_depth = depth[:, PELVIS_RINGS].mean(1)
        self.chest_depth = depth[:, CHEST_RINGS].mean(1)
        self.ring = to_sixteenths(self.pixels(points))

    @cached_property
    def trunk(self) -> Trunk:
        """The facets of the trunk; `drawing.fast_painting` does without."""
        points = _first(self.ring_points)  # (3, N, R, A)
        low, high = points[:, :, CHEST_RINGS.start + 2], points[:, :, CHEST_RINGS.start + 3]
        chest_seen = _seen(low, _normals(low, high))
        layers, step = (FEW_LAYERS, 2) if self.bands <= _FEW else (LAYERS, 1)
        low, high = layers.T
        normal = _normals(points[:, :, low, ::step], points[:, :, high, ::step])
        seen = _seen(points[:, :, low, ::step], normal)
        shade = self.shade(dot(normal, self.sun.T[:, :, None, None]))
        low, high = self.ring[:, low, ::step], self.ring[:, high, ::step]
        facet = np.stack([low, np.roll(low, -1, axis=2), np.roll(high, -1, axis=2), high], axis=3)
        ends = np.cumsum(seen.sum(-1)).reshape(seen.shape[:2])
        starts = np.column_stack([np.append(0, ends[:-1, -1]), ends])
        return Trunk(
            self.ring[:, layers], facet[seen], shade[seen].tolist(), starts.tolist(), chest_seen
        )

    @cached_property
    def skirt(self) -> np.ndarray:
        """(N, P, 2) int32: points around the hips and around a hem about both legs; of those who
        wear one."""
        points = np.zeros((len(self.appearances), 32, 2), np.int32)
        who = np.flatnonzero([appearance.skirt > 0 for appearance in self.appearances])
        if len(who) == 0:
            return points
        hips, knees, ankles = (self.place[who][:, row] for row in (_HIPS, _KNEES, _ANKLES))
        far = np.array([self.appearances[n].skirt for n in who])[:, None, None]
        hem = np.where(far <= 1, hips + far * (knees - hips), knees + (far - 1) * (ankles - knees))
        pixel = self.focal[who, None, None] * hem[..., :2] / hem[..., 2:] + self.center[who, None]
        radius = (0.075 * self.dressed.body.height * self.scale)[who, None, None, None]
        around = to_sixteenths(pixel[:, :, None] + _HEM * radius).reshape(len(who), -1, 2)
        points[who] = np.concatenate([self.ring[who, 1], around], axis=1)
        return points

    def _ends(self) -> None:
        """Hands and feet."""
        hands = self.joints_to_camera(_WRISTS, self.dressed.hands)
        self.hand, self.hand_depth = (
            to_sixteenths(self.pixels(hands)),
            hands[..., 2].mean((-1, -2)) - 0.01,
        )
        self.wrist = to_sixteenths(self.pixels(self.place[:, _WRISTS]))
        self.mitten = np.concatenate(
            [self.hand.reshape(len(hands), 2, 15, 2), self.wrist[:, :, None]], axis=2
        )
        palm = (self.turn[:, _WRISTS][..., 0] * self.sun[:, None]).sum(-1)
        self.hand_shade = self.shade(0.25 + 0.4 * np.abs(palm))
        feet = self.joints_to_camera(_ANKLES, self.dressed.feet)
        self.foot, self.foot_depth = to_sixteenths(self.pixels(feet)), feet[..., 2].mean((-1, -2))
        up = (self.turn[:, _ANKLES][..., 1] * self.sun[:, None]).sum(-1)
        self.foot_shade = self.shade(0.6 * up)


def _plus(points: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """``points + shift``, in place; one coordinate after the other, since numpy is slow along
    short axes."""
    for k in range(points.shape[-1]):
        points[..., k] += shift[..., k]
    return points


def _first(values: np.ndarray) -> np.ndarray:
    """The last axis first."""
    return np.ascontiguousarray(np.moveaxis(values, -1, 0))


def _normals(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """(3, ..., A) unit normals of the facets between two rings (3, ..., A)."""
    next_low, next_high = np.roll(low, -1, axis=-1), np.roll(high, -1, axis=-1)
    return unit(cross(next_high - low, high - next_low), _LEAST)


def _seen(points: np.ndarray, normals: np.ndarray) -> np.ndarray:
    return dot(normals, points) < 0


_FEW = 3
_CAP = np.radians([45, 0, -45])[:, None, None]
_COS, _SIN = np.cos(_CAP), np.sin(_CAP)


def _outline(pixel, offset, across, ahead, radius, caps) -> np.ndarray:
    """(N, T, 16, 2) int32: up one side, around the end, down the other, around the start."""
    across = across[:, None]
    round_off = _COS * (ahead * caps[1])[:, None] + _SIN * across
    end = pixel[:, -1:] + radius[-1:] * round_off
    round_off = -_COS * (ahead * caps[0])[:, None] - _SIN * across
    start = pixel[:, :1] + radius[:1] * round_off
    sides = pixel + offset, end, (pixel - offset)[:, ::-1], start
    return to_sixteenths(np.concatenate(sides, axis=1).transpose(2, 3, 1, 0))


def _bands(pixel, offset, ahead, radius, caps, edges) -> np.ndarray:
    """(N, T, B, 14, 2) int32 polygons, each from its edge to the far side of the tube.

    The next one is painted over it, so that no gap can show between them. They reach over
    the round ends.
    """
    tip, tail = ((ahead * caps[k] * radius[k])[:, None] for k in (-1, 0))
    spine = np.concatenate([pixel[:, :1] - tail, pixel, pixel[:, -1:] + tip], axis=1)
    wide = np.concatenate([0.4 * offset[:, :1], offset, 0.4 * offset[:, -1:]], axis=1)
    left = spine[:, None] + edges[:, None, None, None] * wide[:, None]  # (2, B, 7, N, T)
    right = np.broadcast_to((spine + wide)[:, None, ::-1], left.shape)
    return to_sixteenths(np.concatenate([left, right], axis=2).transpose(3, 4, 1, 2, 0))
