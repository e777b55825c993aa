"""`Views`: the same people at the same instant, seen by several cameras around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ..cameras import Z_UP, Camera
from ..data import Sample
from .drawing.people_painting import light_bands, paint_image
from .drawing.photo_effects import expose
from .drawing.projection import ProjectedPeople
from .drawing.shadows import cast_shadows
from .drawing.solid_projection import project_solids
from .human.body import Posed
from .human.dressed_body import DressedBodies, dress
from .labels import Labels
from .people import People
from .scene.backdrops import COUNT, backdrop, random_backdrop
from .scene.camera_placement import place_camera
from .scene.crowds import random_crowds
from .scene.light import Light
from .scene.props import stools
from .scene.random_objects import random_objects
from .settings import natural, position

_MOST_CAMERAS = 16


class _Scene(NamedTuple):
    """P people at one instant, and the cameras around them, which share the two seeds."""

    dressed: DressedBodies
    posed: Posed
    seated: list[bool]
    cameras: list[Camera]
    light: Light
    place_seed: int
    exposure_seed: int


class Views(Sequence):
    """``count`` scenes; ``views[i]`` is a list of `posekit.data.Sample`, one a camera.

    In all of them person ``p`` is the same person, and ``keypoints_3d`` are the same metres, in
    ``world`` axes: z up, the ground at 0. The cameras stand in a ring, the first one in front.

    Args:
        cameras: how many, 1 to 16.
        seed, count, size, skeleton, people, difficulty: as `People` has them.

    Raises `InputError` for a setting that makes no sense.
    """

    def __init__(
        self,
        seed=0,
        count=100,
        cameras=4,
        size=256,
        skeleton="lsp14",
        people=1,
        difficulty="normal",
    ):
        self.cameras = natural(cameras, "cameras", 1, _MOST_CAMERAS)
        self._of = People(seed, count, size, skeleton, people, difficulty)

    def __len__(self) -> int:
        return len(self._of)

    def __getitem__(self, index: int) -> list[Sample]:
        of, index = self._of, position(index, len(self))
        easy = of.difficulty == "easy"
        rng = np.random.default_rng([of.seed, 3, index])
        appearances, posed, seated = random_crowds([rng], of.people, easy)
        points = posed.points.reshape(-1, 3)
        cameras = _ring(points, self.cameras, rng, of.size, of.difficulty)
        light = Light.random(rng, cameras[0].position, plain=easy)
        seeds = rng.integers(2**31, size=2).tolist()
        scene = _Scene(dress(posed.body, appearances), posed, seated, cameras, light, *seeds)
        name = f"synthetic-views-{of.seed}-{index}"
        return [self._view(scene, n, f"{name}:{n}") for n in range(self.cameras)]

    def _view(self, scene: _Scene, n: int, id: str) -> Sample:
        """What the ``n``-th camera sees."""
        of, camera, light, posed = self._of, scene.cameras[n], scene.light, scene.posed
        easy, hard, people = of.difficulty == "easy", of.difficulty == "hard", slice(0, of.people)
        image = _behind(scene.place_seed, n / self.cameras, camera, easy)
        things = stools(posed.joints, posed.body.height, scene.seated)
        if not easy:
            cast_shadows([image], posed.joints[None], posed.body.height[None], [camera], [light])
            rng = np.random.default_rng(scene.place_seed)
            things += random_objects(rng, scene.cameras[0], posed.joints, hard)
        bands, cameras, lights = light_bands(of.size), [camera] * of.people, [light] * of.people
        projected = ProjectedPeople(scene.dressed, posed, cameras, lights, bands)
        points, skeleton = projected.to_camera(posed.points), of.skeleton
        labels = Labels(projected, points, skeleton.name, of.size)
        polygons = project_solids([things], [camera], [light])[0]
        image, ids = paint_image(image, projected, people, light, polygons)
        labels.read_part_numbers(ids, people)
        if not easy:
            image = expose(image, np.random.default_rng(scene.exposure_seed), hard)
        values = labels.finish() | {"keypoints_3d": posed.keypoints(skeleton) @ Z_UP.T}
        camera = camera.turned_z_up()
        return Sample(id, skeleton.name, image=image, camera=camera, frame="world", **values)

    def __repr__(self) -> str:
        return f"Views(cameras={self.cameras}, {str(self._of)[len('People(') :]}"


def _behind(where: int, share: float, camera: Camera, easy: bool) -> np.ndarray:
    """(H, W, 3) the same place from another side: another part of the same scene."""
    rng = np.random.default_rng(where)
    if easy:
        return random_backdrop(rng, camera, easy)
    u = rng.random(3)
    return backdrop(int(u[0] * COUNT), camera, 0.45 + 0.3 * u[1], (u[2] + share) % 1, share >= 0.5)


def _ring(points, count: int, rng, size, difficulty: str) -> list[Camera]:
    """Cameras evenly around these points (N, 3), each some degrees off its place."""
    cameras = []
    for n in range(count):
        angle = -2 * np.pi * (n + 0.3 * (rng.random() - 0.5) * (n > 0)) / count
        c, s = np.cos(angle), np.sin(angle)
        turn = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
        # As if the people had turned instead: `place_camera` stands in front.
        camera = place_camera(points @ turn.T, rng, size, difficulty)
        cameras.append(replace(camera, rotation=camera.rotation @ turn))
    return cameras
