"""Heads as their cameras see them: outlines, the edge of the hair, features, and shades.

The outline of an ellipsoid is an ellipse from everywhere.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ..human.head_shape import (
    AZIMUTH,
    FACE_POINTS,
    FEATURE_AT,
    FEATURES,
    HAIR_EDGE,
    HAIR_SWELL,
    HAIRLINE,
    JAW,
    SKULL,
)
from ..human.joint_tree import INDEX
from .pixel_coordinates import to_sixteenths
from .vectors import dot, unit

_CIRCLE = np.linspace(0, 2 * np.pi, 24, endpoint=False)
_RING = np.stack([np.cos(_CIRCLE), np.sin(_CIRCLE)], axis=-1)
STEPS = (np.arange(6) + 0.5) / 6  # of light on the ball of a head
SKULL_AT, JAW_AT, HAIR_AT = (slice(24 * k, 24 * k + 24) for k in range(3))
EDGE_AT = slice(72, None)


class ProjectedHeads:
    """N heads in camera axes and in pixels; made by `drawing.projection.ProjectedPeople`."""

    def __init__(self, projected):
        self.projected, self.appearances = projected, projected.appearances
        body, head = projected.dressed.body, INDEX["head"]
        length = (body.height * body.head_scale)[:, None, None]
        self.turn = projected.turn[:, head]
        points = self._move(FACE_POINTS * length)
        self.pixel = to_sixteenths(projected.pixels(points))
        centre = points[:, -1]
        self.sight = (-unit(centre.T).T[:, None] @ self.turn)[:, 0]  # to the camera, in its frame
        self.size = length[:, 0, 0] * projected.focal / centre[:, 2]  # pixels of a body height
        swell = np.array(
            [HAIR_SWELL.get(appearance.hair_style, 1.06) for appearance in self.appearances]
        )[:, None]
        edge, self.encloses_skin = self._hairline()
        curves = np.concatenate([self._outlines(swell[:, 0]), edge], axis=1)
        self.curve = to_sixteenths(
            projected.pixels(self._move(np.ascontiguousarray(curves.T) * length))
        )
        tails = np.array([appearance.hair_style == "bun" for appearance in self.appearances])
        tail = np.where(tails, self._depth(points, "bun"), self._depth(points, "long"))
        self.depth = np.stack([centre[:, 2], tail - 0.02], axis=-1)
        self.ball_shade = projected.shade(STEPS * 0.9 - 0.2 - 0.3 * projected.sun[:, 2:])
        self.back_shade = projected.shade((self.turn[:, :, 2] * -projected.sun).sum(-1))

    @cached_property
    def jaw(self) -> np.ndarray:
        """(N, 28, 2) int32: points whose hull are jaw and cheeks."""
        return np.concatenate([self.curve[:, JAW_AT], self.pixel[:, FEATURE_AT["cheeks"]]], axis=1)

    @cached_property
    def tones(self) -> dict[str, list]:
        """The colours of what is in each of the faces."""
        skin, hair, cap = (
            np.array([getattr(appearance, name) for appearance in self.appearances])
            for name in ("skin", "hair", "cap")
        )
        beard = np.array([[appearance.beard] for appearance in self.appearances])
        tones = {
            "ear": skin * 0.93,
            "beard": skin + (hair - skin) * beard,
            "brim": cap * 0.8,
            "lips": skin * [0.86, 0.62, 0.6],
            "nose": (skin * 1.04).clip(0, 255),
            "nostrils": skin * 0.62,
            "lid": skin * 0.42,
            "brow": hair * 0.6 + skin * 0.15,
        }
        return {name: values.tolist() for name, values in tones.items()}

    def _move(self, points: np.ndarray) -> np.ndarray:
        return self.projected.joints_to_camera([INDEX["head"]], points[:, None])[:, 0]

    def _depth(self, points: np.ndarray, feature: str) -> np.ndarray:
        return points[:, FEATURE_AT[feature], 2].mean(-1)

    def _outlines(self, swell: np.ndarray) -> np.ndarray:
        """(3, 72, N) where sight grazes the ellipsoids skull, jaw and hair, the latter so much
        larger than the skull: on the sphere that an ellipsoid is a stretch of, the great circle
        at right angles to the stretched sight. Axes x, y, z come first: numpy is slow along
        short axes."""
        centre = np.stack([SKULL[0], JAW[0], SKULL[0] + [0, 0.004, -0.004]], axis=1)
        radii = np.empty((3, 3, len(swell)))  # axes, ellipsoids, people
        radii[:, 0], radii[:, 1] = SKULL[1][:, None], JAW[1][:, None]
        radii[:, 2] = SKULL[1][:, None] * swell
        x, y, z = unit(self.sight.T[:, None] / radii)
        flat = np.sqrt(x * x + z * z) + 1e-6
        first = np.stack([-z / flat, np.zeros_like(flat), x / flat])
        second = np.stack([x * y / flat, -flat, y * z / flat])
        across, along = _RING.T[:, None, :, None]
        circle = across * first[:, :, None] + along * second[:, :, None]  # (3, 3, 24, N)
        return (centre[:, :, None, None] + radii[:, :, None] * circle).reshape(3, -1, len(swell))

    def _hairline(self) -> tuple[np.ndarray, np.ndarray]:
        """(3, 20, N) the edge of the hair, its hidden part pulled to the outline; and whether
        the polygon encloses the skin. It does when the point that is hidden farthest is hair."""
        centre, radii = (values[:, None, None] for values in SKULL)
        sight, edge = unit(self.sight.T / SKULL[1][:, None]), HAIR_EDGE.T[:, :, None]
        behind = np.minimum(dot(edge, sight[:, None]), 0)
        azimuth = np.abs(np.arctan2(-sight[0], -sight[2]))
        hair = np.arcsin(np.clip(-sight[1], -1, 1)) > np.interp(azimuth, AZIMUTH, HAIRLINE)
        return centre + radii * unit(edge - behind * sight[:, None]), hair

    def feature(self, n: int, name: str) -> np.ndarray:
        """(P, 2) or, of what there are two, (2, P, 2) int32: the points of a feature."""
        points = self.pixel[n, FEATURE_AT[name]]
        return points.reshape(*FEATURES[name].shape[:-1], 2)
