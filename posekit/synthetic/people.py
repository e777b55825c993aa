"""`People`: single images of rendered people with everything about them known."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

import numpy as np

from .. import skeletons
from ..cameras import Camera
from ..data import Sample
from ..errors import InputError
from .drawing.canvas import Canvas
from .drawing.people_painting import paint
from .drawing.photo_effects import expose
from .drawing.projection import ProjectedPeople
from .drawing.shadows import cast_shadows
from .drawing.solid_projection import SolidPolygon, project_solids
from .human.appearance import Appearance, appearances_of
from .human.body import Body, Posed
from .human.dressed_body import dress
from .labels import Labels
from .motion import random_poses
from .motion.ground_contact import ground
from .random_generators import generators
from .scene.backdrops import COUNT, backdrops
from .scene.camera_placement import place_cameras
from .scene.light import Light, lights
from .scene.props import stool
from .scene.random_objects import random_objects

DIFFICULTIES = ("easy", "normal", "hard")
_LEAST_SIZE, _MOST_PEOPLE, _QUICK_SIZE = 32, 20, 176


class People(Sequence):
    """``count`` images of rendered people; ``people[i]`` is a `posekit.data.Sample`.

    Image ``i`` depends on ``seed``, ``i`` and the settings alone, never on what was drawn
    before it. Joints outside the image are unlabelled (0, NaN); ``keypoints_3d`` (metres,
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
        easy, count = self.difficulty == "easy", len(indices)
        rngs = generators(self.seed, indices)
        appearances, posed, seated = crowds(rngs, self.people, easy)
        points = posed.points
        cameras = place_cameras(
            points.reshape(count, -1, 3), _numbers(rngs, 8), self.size, self.difficulty
        )
        at = np.array([camera.position for camera in cameras])
        shot = Shot(cameras, lights(_numbers(rngs, 6), at, easy), appearances, posed, seated)
        quick = easy and self.people == 1 and max(self.size) <= _QUICK_SIZE
        if quick:
            from .drawing import (
                fast_painting as painter,  # it brings numba, a fifth of a second to import
            )
        steps = painter.BANDS if quick else bands(self.size, self.people)
        projected = ProjectedPeople(
            dress(posed.body, appearances),
            posed,
            each(cameras, self.people),
            each(shot.lights, self.people),
            steps,
        )
        labels = Labels(projected, projected.to_camera(points), self.skeleton.name, self.size)
        if quick:
            images = painter.paint(projected, labels, plain_walls(_numbers(rngs, 9), cameras))
        else:
            images = self._images(rngs, shot, projected, labels)
        return labels.samples(
            [f"synthetic-{self.seed}-{index}" for index in indices], images, cameras
        )

    def _images(
        self, rngs, shot: Shot, projected: ProjectedPeople, labels: Labels
    ) -> list[np.ndarray]:
        easy, hard, groups = self.difficulty == "easy", self.difficulty == "hard", shot.groups
        images = backdrops_of(rngs, shot.cameras, easy)
        joints, height = shot.posed.joints, shot.posed.body.height
        things = [
            [
                solid
                for n in range(group.start, group.stop)
                if shot.seated[n]
                for solid in stool(joints[n], height[n])
            ]
            for group in groups
        ]
        if not easy:
            for solids, rng, camera, group in zip(things, rngs, shot.cameras, groups):
                solids += random_objects(rng, camera, joints[group], hard)
            cast_shadows(
                images,
                joints.reshape(len(images), self.people, -1, 3),
                height.reshape(-1, self.people),
                shot.cameras,
                shot.lights,
            )
        # Step by step, not image by image: code that has just run runs sooner again.
        seen = project_solids(things, shot.cameras, shot.lights)
        canvases = [painted(image, projected, *rest) for image, *rest in zip(images, groups, seen)]
        for canvas in canvases:
            canvas.settle()
        images = [canvas.finish(light.tint) for canvas, light in zip(canvases, shot.lights)]
        for canvas, group in zip(canvases, groups):
            labels.read_part_numbers(canvas.ids, group)
        return images if easy else [expose(image, rng, hard) for image, rng in zip(images, rngs)]

    def __repr__(self) -> str:
        return (
            f"People(seed={self.seed}, count={self.count}, size={self.size}, "
            f"skeleton={self.skeleton.name!r}, people={self.people}, "
            f"difficulty={self.difficulty!r})"
        )


def check_difficulty(difficulty: str) -> None:
    """`InputError` for a difficulty that there is not."""
    if difficulty not in DIFFICULTIES:
        raise InputError(f"no difficulty {difficulty!r}; there are: {', '.join(DIFFICULTIES)}.")


def natural(value, name: str, low: int = 0, high: int | None = None) -> int:
    """A whole number within bounds; `InputError` otherwise."""
    try:
        number = operator.index(value)
    except TypeError:
        raise InputError(f"{name} must be a whole number, and is {value!r}.") from None
    if number < low or (high is not None and number > high):
        bounds = f"at least {low}" if high is None else f"from {low} to {high}"
        raise InputError(f"{name} must be {bounds}, and is {number}.")
    return number


def image_size(size) -> tuple[int, int]:
    """(height, width) from one number or a pair; `InputError` if too small to show a person."""
    pair = (size, size) if np.isscalar(size) else tuple(size)
    if len(pair) != 2:
        raise InputError(f"size must be one number or (height, width), and is {size!r}.")
    return tuple(natural(side, "size", _LEAST_SIZE) for side in pair)


def position(index, count: int) -> int:
    """An index into a sequence of ``count``; negative from the end; `IndexError` outside."""
    index = operator.index(index)
    if not -count <= index < count:
        raise IndexError(f"index {index} is outside a sequence of {count}.")
    return index % count


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


def _numbers(rngs, count: int) -> np.ndarray:
    """(N, count) the next uniform random numbers of each generator."""
    return np.array([rng.random(count) for rng in rngs])


def each(values: list, people: int) -> list:
    """What belongs to images, once for each of their people."""
    return values if people == 1 else [value for value in values for _ in range(people)]


def crowds(rngs, people: int, easy: bool) -> tuple[list[Appearance], Posed, list[bool]]:
    """``people`` for each random generator: in poses, apart on the ground; and who sits."""
    bodies, clothes, drawn, ways, places = [], [], [], [], []
    for rng in rngs:
        taken = []
        for _ in range(people):
            bodies.append((rng.random(), rng.standard_normal(8)))
            clothes.append(rng.random(48))
            drawn.append(random_poses.pose_numbers(rng))
            ways.append(rng.random(2))
            places.append(_spot(rng, taken, people))
    body = Body.of_numbers(*(np.array(numbers) for numbers in zip(*bodies)))
    # Most people in photographs face the camera, roughly.
    around, u = (np.array(ways).T - [[0.5], [0]]) * [[2 * np.pi], [1]]
    headings = around * (0.2 if easy else np.where(u < 0.45, 0.5, 1.0))
    angles, lifts, seated = random_poses.poses_of(drawn, easy)
    posed = ground(body.pose(angles, np.array(places), headings), np.array(lifts))
    return appearances_of(np.array(clothes), body.sex), posed, seated


def _spot(rng, taken: list, people: int) -> np.ndarray:
    """Where the next person stands: at least half a metre from the others."""
    if people == 1:
        return np.zeros(3)
    reach = np.array([0.55 * np.sqrt(people) + 0.2 * people**0.8, 0, 0.45 * people**0.8])
    for _ in range(30):
        spot = reach * (2 * rng.random(3) - 1)
        if all(((spot - other) ** 2).sum() > 0.3 for other in taken):
            break
    taken.append(spot)
    return spot


def backdrop_of(rng, camera: Camera, easy: bool) -> np.ndarray:
    """(H, W, 3) uint8: a scene behind the ground of this camera; if easy, a plain wall."""
    return backdrops_of([rng], [camera], easy)[0]


def backdrops_of(rngs, cameras: list[Camera], easy: bool) -> list[np.ndarray]:
    """`backdrop_of` of N cameras with images of one size."""
    if easy:
        return list(plain_walls(_numbers(rngs, 9), cameras)[0])
    u = _numbers(rngs, 4).T
    return backdrops((u[0] * COUNT).astype(int), cameras, 0.45 + 0.5 * u[1], u[2], u[3] < 0.5)


def plain_walls(u: np.ndarray, cameras: list[Camera]) -> tuple[np.ndarray, np.ndarray]:
    """N images (N, H, W, 3) of a wall a step or two behind the origin, and a floor, of one colour
    each, of the uniform random numbers ``u`` (N, 9); and the rows where they meet."""
    walls = 90 + 140 * u[:, :1] + 26 * (u[:, 1:4] - 0.5)
    floors = 60 + 120 * u[:, 4:5] + 36 * (u[:, 5:8] - 0.5)
    rotation, shift, focal, center = (
        np.array([getattr(camera, name) for camera in cameras])
        for name in ("rotation", "translation", "focal", "center")
    )
    away = -(shift[:, None] @ rotation)[:, 0] * [1, 0, 1]
    foot = -away / np.sqrt((away * away).sum(-1, keepdims=True)) * (0.5 + 1.5 * u[:, 8:])
    seen = (rotation @ foot[..., None])[..., 0] + shift
    height, width = cameras[0].size
    edges = np.clip(seen[:, 1] / seen[:, 2] * focal + center[:, 1], 0, height).astype(int)
    rows = np.tile(np.rint(np.concatenate([walls, floors])).astype(np.uint8), width)
    which = np.arange(len(u))[:, None] + len(u) * (np.arange(height) >= edges[:, None])
    return rows.take(which, axis=0).reshape(len(u), height, width, 3), edges


def bands(size: tuple[int, int], people: int = 1) -> int:
    """In how many steps light goes around a limb, in an image of this size."""
    return int(np.clip(max(size) / (45 * math.sqrt(people)), 2, 10))


def picture(
    image, projected: ProjectedPeople, group: slice, light: Light, things: list[SolidPolygon] = ()
) -> tuple[np.ndarray, np.ndarray]:
    """Paint the people of one image, and things among them, over its background: the picture
    and its part numbers."""
    canvas = painted(image, projected, group, things)
    return canvas.finish(light.tint), canvas.ids


def painted(
    image, projected: ProjectedPeople, group: slice, things: list[SolidPolygon] = ()
) -> Canvas:
    """The same, before the light falls on it."""
    people = range(group.start, group.stop)
    canvas = Canvas(image, median(projected.scale[group].tolist()), len(people), projected.tubes)
    paint(canvas, projected, people, things)
    return canvas
