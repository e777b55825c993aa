"""`People`: single images of rendered people with everything about them known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .. import skeletons
from ..cameras import Camera
from ..data import Sample
from .drawing.people_painting import light_bands, painted_canvas
from .drawing.photo_effects import expose
from .drawing.projection import ProjectedPeople
from .drawing.shadows import cast_shadows
from .drawing.solid_projection import project_solids
from .human.appearance import Appearance
from .human.body import Posed
from .human.dressed_body import dress
from .labels import Labels
from .random_generators import generators, uniform_numbers
from .scene.backdrops import random_backdrops
from .scene.camera_placement import place_cameras
from .scene.crowds import random_crowds
from .scene.light import Light, lights
from .scene.plain_walls import plain_walls
from .scene.props import stools
from .scene.random_objects import random_objects
from .settings import check_difficulty, image_size, natural, position

_MOST_PEOPLE = 20
_FAST_SIZE = 176  # pixels: up to here, single easy people are painted by the fast painter


class People(Sequence):
    """``count`` images of rendered people; ``people[i]`` is a `posekit.data.Sample`.

    Image ``i`` depends on ``seed``, ``i`` and the settings alone, never on what was
    rendered before it. Joints outside the image are unlabelled (0, NaN); ``keypoints_3d`` (metres,
    camera axes) has them all the same.

    Args:
        seed, count: which people, and how many.
        size: pixels, the side of a square image or (height, width); 32 at least.
        skeleton: a joint set of `posekit.skeletons`; each is read off the same body.
        people: how many in each image, 1 to 20.
        difficulty: ``easy`` upright people who face the camera before a plain wall;
            ``normal`` any of the poses, seen from any side, in a scene; ``hard`` also people
            cut off by the image, odd angles, strong noise, blur and compression.

    Raises `InputError` for a setting that makes no sense.
    """

    def __init__(
        self, seed=0, count=1000, size=256, skeleton="lsp14", people=1, difficulty="normal"
    ):
        self.seed, self.count = natural(seed, "seed"), natural(count, "count")
        self.size, self.skeleton = image_size(size), skeletons.get(skeleton)
        self.people, self.difficulty = natural(people, "people", 1, _MOST_PEOPLE), difficulty
        check_difficulty(difficulty)

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Sample:
        return self.batch([index])[0]

    def batch(self, indices) -> list[Sample]:
        """The samples at these indices: the same as one by one, and several times as fast.

        (A PyTorch ``DataLoader`` finds it under the name that it looks for.)
        """
        indices = [position(index, self.count) for index in indices]
        return self._batch(indices) if indices else []

    __getitems__ = batch

    def _batch(self, indices: list[int]) -> list[Sample]:
        rngs = generators(self.seed, indices)
        shot, painter = self._shot(rngs), self._fast_painter()
        projected = shot.projected(
            painter.BANDS if painter else light_bands(self.size, self.people)
        )
        points = projected.to_camera(shot.posed.points)
        labels = Labels(projected, points, self.skeleton.name, self.size)
        if painter:
            images, edges = plain_walls(uniform_numbers(rngs, 9), shot.cameras)
            fast = painter.FastPainter(projected, labels.boxes, self.size)
            labels.numbers[:], labels.areas[:] = fast.paint(images, edges, labels.pixels)
        else:
            images = self._images(rngs, shot, projected, labels)
        ids = [f"synthetic-{self.seed}-{index}" for index in indices]
        return labels.samples(ids, images, shot.cameras)

    def _fast_painter(self):
        """The module that paints single small people in easy images, or None for others."""
        if self.difficulty != "easy" or self.people > 1 or max(self.size) > _FAST_SIZE:
            return None
        from .drawing import fast_painting  # it brings numba, a fifth of a second to import

        return fast_painting

    def _shot(self, rngs) -> Shot:
        easy = self.difficulty == "easy"
        appearances, posed, seated = random_crowds(rngs, self.people, easy)
        points = posed.points.reshape(len(rngs), -1, 3)
        cameras = place_cameras(points, uniform_numbers(rngs, 8), self.size, self.difficulty)
        at = np.array([camera.position for camera in cameras])
        return Shot(cameras, lights(uniform_numbers(rngs, 6), at, easy), appearances, posed, seated)

    def _images(
        self, rngs, shot: Shot, projected: ProjectedPeople, labels: Labels
    ) -> list[np.ndarray]:
        easy, hard, groups = self.difficulty == "easy", self.difficulty == "hard", shot.groups
        images = random_backdrops(rngs, shot.cameras, easy)
        things = self._things(rngs, shot)
        if not easy:
            cast_shadows(images, *shot.joints_and_heights(), shot.cameras, shot.lights)
        # Step by step, not image by image: code that has just run runs sooner again.
        polygons = project_solids(things, shot.cameras, shot.lights)
        canvases = [
            painted_canvas(image, projected, *rest)
            for image, *rest in zip(images, groups, polygons)
        ]
        for canvas in canvases:
            canvas.settle()
        images = [canvas.finish(light.tint) for canvas, light in zip(canvases, shot.lights)]
        for canvas, group in zip(canvases, groups):
            labels.read_part_numbers(canvas.ids, group)
        return images if easy else [expose(image, rng, hard) for image, rng in zip(images, rngs)]

    def _things(self, rngs, shot: Shot) -> list[list]:
        """The solids of each image: what people sit on and, unless easy, what stands around."""
        joints, height, hard = shot.posed.joints, shot.posed.body.height, self.difficulty == "hard"
        things = [stools(joints[of], height[of], shot.seated[of]) for of in shot.groups]
        if self.difficulty != "easy":
            for solids, rng, camera, of in zip(things, rngs, shot.cameras, shot.groups):
                solids += random_objects(rng, camera, joints[of], hard)
        return things

    def __repr__(self) -> str:
        return (
            f"People(seed={self.seed}, count={self.count}, size={self.size}, "
            f"skeleton={self.skeleton.name!r}, people={self.people}, "
            f"difficulty={self.difficulty!r})"
        )


class Shot(NamedTuple):
    """N images of P people each, before they are painted."""

    cameras: list[Camera]
    lights: list[Light]
    appearances: list[Appearance]  # of all N * P people, image by image
    posed: Posed
    seated: list[bool]

    @property
    def groups(self) -> list[slice]:
        """Who is in each image."""
        people = len(self.appearances) // len(self.cameras)
        return [slice(n, n + people) for n in range(0, len(self.appearances), people)]

    def joints_and_heights(self) -> tuple[np.ndarray, np.ndarray]:
        """(N, P, J, 3) metres, world, and (N, P) metres."""
        images, (joints, height) = len(self.cameras), (self.posed.joints, self.posed.body.height)
        return joints.reshape(images, -1, *joints.shape[1:]), height.reshape(images, -1)

    def projected(self, bands: int) -> ProjectedPeople:
        """Everybody as the camera of their image sees them."""
        people = len(self.appearances) // len(self.cameras)
        cameras, lights = _each(self.cameras, people), _each(self.lights, people)
        dressed = dress(self.posed.body, self.appearances)
        return ProjectedPeople(dressed, self.posed, cameras, lights, bands)


def _each(values: list, people: int) -> list:
    """What belongs to images, once for each of their people."""
    return values if people == 1 else [value for value in values for _ in range(people)]
