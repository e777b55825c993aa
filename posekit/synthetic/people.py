"""`People`: single images of rendered people with everything about them known."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from statistics import median

import cv2
import numpy as np

from .. import skeletons
from ..data import Sample
from ..errors import InputError
from ..geometry import Camera
from . import poses
from .body import Body, Posed
from .cast import Cast
from .figure import build
from .labels import Labels
from .light import Light, cast_shadow, expose
from .look import Look
from .motion import ground
from .paint import Canvas
from .props import Piece, stool
from .quick import BANDS, Quick
from .render import paint
from .scenery import COUNT, backdrop
from .surroundings import surround

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

    def __init__(self, seed=0, count=1000, size=256, skeleton="lsp14", people=1,
                 difficulty="normal"):  # fmt: skip
        self.seed, self.count = natural(seed, "seed"), natural(count, "count")
        self.size, self.skeleton = image_size(size), skeletons.get(skeleton)
        self.people, self.difficulty = natural(people, "people", 1, _MOST_PEOPLE), difficulty
        check_difficulty(difficulty)

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Sample:
        return self.batch([index])[0]

    def batch(self, indices) -> list[Sample]:
        """The samples at these indices: the same as one by one, and two to three times faster.

        (A PyTorch ``DataLoader`` finds it under the name that it looks for.)
        """
        easy = self.difficulty == "easy"
        indices = [position(index, self.count) for index in indices]
        rngs = [np.random.default_rng([self.seed, index]) for index in indices]
        bodies, looks, posed, seated = crowds(rngs, self.people, easy)
        groups = [range(n, n + self.people) for n in range(0, len(bodies), self.people)]
        points = posed.points
        cameras = [frame(points[group].reshape(-1, 3), rng, self.size, self.difficulty)
                   for group, rng in zip(groups, rngs)]  # fmt: skip
        lights = [Light.draw(rng, camera.position, plain=easy)
                  for camera, rng in zip(cameras, rngs)]  # fmt: skip
        each = [n // self.people for n in range(len(bodies))]
        quick = easy and self.people == 1 and max(self.size) <= _QUICK_SIZE
        steps = BANDS if quick else bands(self.size, self.people)
        cast = Cast(build(posed.body, looks), posed, [cameras[n] for n in each],
                    [lights[n] for n in each], steps)  # fmt: skip
        labels = Labels(cast, cast.to_camera(points), self.skeleton.name, self.size)
        if quick:
            images = self._quick(rngs, cameras, cast, labels)
        else:
            images = [self._image(*parts, posed, seated, cast, labels)
                      for parts in zip(rngs, groups, cameras, lights)]  # fmt: skip
        labels = labels.finish()
        return [Sample(id=f"synthetic-{self.seed}-{index}", skeleton=self.skeleton.name,
                       image=image, camera=camera, frame="camera",
                       **{name: values[group] for name, values in labels.items()})
                for index, image, camera, group in zip(indices, images, cameras, groups)]

    __getitems__ = batch

    def _image(self, rng, group, camera, light, posed, seated, cast, labels) -> np.ndarray:
        easy = self.difficulty == "easy"
        image = backdrop_of(rng, camera, easy)
        if not easy:
            cast_shadow(image, posed.joints[group], posed.body.height[group], camera, light)
        things = [piece for n in group if seated[n]
                  for piece in stool(camera, light, posed.joints[n], posed.body.height[n])]
        if not easy:
            things += surround(rng, camera, light, posed.joints[group],
                               self.difficulty == "hard")  # fmt: skip
        image, ids = picture(image, cast, group, light, things)
        labels.look(ids, group)
        return image if easy else expose(image, rng, self.difficulty == "hard")

    def _quick(self, rngs, cameras, cast, labels) -> list[np.ndarray]:
        """The images of small, easy, single people."""
        quick, images = Quick(cast, labels.boxes, self.size), []
        for n, (rng, camera) in enumerate(zip(rngs, cameras)):
            image, edge = _plain(rng, camera)
            quick.paint(image, n, edge)
            labels.numbers[n] = quick.parts_at(labels.pixels[n])
            labels.areas[n] = quick.area(n)
            images.append(image)
        return images

    def __repr__(self) -> str:
        return (f"People(seed={self.seed}, count={self.count}, size={self.size}, "
                f"skeleton={self.skeleton.name!r}, people={self.people}, "
                f"difficulty={self.difficulty!r})")  # fmt: skip


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


def crowds(rngs, people: int, easy: bool) -> tuple[list[Body], list[Look], Posed, list[bool]]:
    """``people`` for each random generator: in poses, apart on the ground; and who sits."""
    bodies, looks, drawn, places, headings = [], [], [], [], []
    for rng in rngs:
        taken = []
        for _ in range(people):
            body = Body.draw(rng)
            bodies.append(body)
            looks.append(Look.draw(rng, body))
            drawn.append(poses.numbers(rng))
            # Most people in photographs face the camera, roughly.
            u = rng.random(2).tolist()
            around = 2 * np.pi * (u[0] - 0.5)
            headings.append(around * (0.2 if easy else 0.5 if u[1] < 0.45 else 1.0))
            places.append(_spot(rng, taken, people))
    stack, (angles, lifts, seated) = Body.stack(bodies), poses.take(drawn, easy)
    posed = stack.pose(angles, np.array(places), np.array(headings))
    return bodies, looks, ground(posed, np.array(lifts)), seated


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


def frame(points: np.ndarray, rng, size: tuple[int, int], difficulty: str) -> Camera:
    """A camera that has these points (N, 3), world, in its image, drawn at random.

    It looks at their middle; then its focal length and center are chosen so that they fill a
    random share of the image, as if it were cut out of a larger photograph.
    """
    u = rng.random(8).tolist()
    easy, hard = difficulty == "easy", difficulty == "hard"
    low, high = points.min(0), points.max(0)
    x, y, z = ((low + high) / 2).tolist()
    wide, _, deep = (high - low).tolist()
    distance = 3.2 + 4.5 * u[0] + 0.5 * math.hypot(wide, deep)
    tilt = math.radians((10 if easy else 45 if hard else 16) * (u[1] - 0.3))
    turn = 0.0 if easy else 0.5 * (u[2] - 0.5)
    at = (x + distance * math.sin(turn), max(y + distance * math.sin(tilt), 0.15),
          z + distance * math.cos(turn))  # fmt: skip
    roll = 0.0 if easy else math.radians((50 if hard else 8) * (u[3] - 0.5))
    camera = Camera.look_at(at, (x, y, z), 1.0, size, roll, center=(0, 0))
    seen = camera.to_camera(points)
    flat = seen[:, :2] / seen[:, 2:]
    low = flat.min(0)
    span, (height, width) = flat.max(0) - low, size
    share = 0.55 + 0.6 * u[4] if hard else 0.62 + 0.24 * u[4]
    focal = share * min(width / span[0], height / span[1])
    # Keep clear of the edges where the person fits; when hard, cut off on either side.
    spare = u[5:7] if hard else [min(max(value, 0.12), 0.88) for value in u[5:7]]
    room = np.array([width, height]) - focal * span
    return camera.zoomed(focal, spare * room - 0.5 - focal * low)


def backdrop_of(rng, camera: Camera, easy: bool) -> np.ndarray:
    """(H, W, 3) uint8: a scene behind the ground of this camera; if easy, a plain wall."""
    if easy:
        return _plain(rng, camera)[0]
    u = rng.random(4)
    return backdrop(int(u[0] * COUNT), camera, 0.45 + 0.5 * u[1], u[2], bool(u[3] < 0.5))


def _plain(rng, camera: Camera) -> tuple[np.ndarray, int]:
    """A wall a step or two behind the origin, and a floor, of one colour each; and the row
    where they meet."""
    u = rng.random(9).tolist()
    wall = [90 + 140 * u[0] + 26 * (v - 0.5) for v in u[1:4]]
    floor = [60 + 120 * u[4] + 36 * (v - 0.5) for v in u[5:8]]
    image = np.empty((*camera.size, 3), np.uint8)
    away = camera.position * [1, 0, 1]
    foot = camera.project(-away / np.sqrt(away @ away) * (0.5 + 1.5 * u[8]))
    edge = int(min(max(foot[1], 0), len(image)))
    height, width = camera.size
    cv2.rectangle(image, (0, 0), (width, height), wall, -1)
    cv2.rectangle(image, (0, edge), (width, height), floor, -1)
    return image, edge


def bands(size: tuple[int, int], people: int = 1) -> int:
    """In how many steps light goes around a limb, in an image of this size."""
    return int(np.clip(max(size) / (45 * math.sqrt(people)), 2, 10))


def picture(image, cast: Cast, group: range, light: Light,
            things: list[Piece] = ()) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Paint the people of one image, and things among them, over its background: the picture
    and its part numbers."""
    canvas = Canvas(image, median(cast.scale[group].tolist()))
    paint(canvas, cast, group, things)
    return canvas.finish(light.tint, 0.012), canvas.ids
