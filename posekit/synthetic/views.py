"""`Views`: the same people at the same instant, seen by several cameras around them.

And `through_lens`, which looks at a sample through a lens that bends straight lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from ..cameras import Camera
from ..data import UNLABELLED, Sample
from ..errors import InputError
from .drawing.photo_effects import expose
from .drawing.projection import ProjectedPeople
from .drawing.shadows import cast_shadows
from .drawing.solid_projection import project_solids
from .human.dressed_body import dress
from .labels import Labels
from .people import People, backdrop_of, bands, crowds, natural, picture, position
from .scene.backdrops import COUNT, backdrop
from .scene.camera_placement import place_camera
from .scene.light import Light
from .scene.props import stool
from .scene.random_objects import random_objects

_MOST_CAMERAS = 16


class Views(Sequence):
    """``count`` scenes; ``views[i]`` is a list of `posekit.data.Sample`, one a camera.

    In all of them person ``p`` is the same person, and ``keypoints_3d`` are the same metres, in
    ``world`` axes: y up, the ground at 0. The cameras stand in a ring, the first one in front.

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
        easy, hard = of.difficulty == "easy", of.difficulty == "hard"
        rng = np.random.default_rng([of.seed, 3, index])
        appearances, posed, seated = crowds([rng], of.people, easy)
        dressed, points = dress(posed.body, appearances), posed.points
        cameras = _ring(points.reshape(-1, 3), self.cameras, rng, of.size, of.difficulty)
        light = Light.random(rng, cameras[0].position, plain=easy)
        # The place and the film are the same for all cameras.
        people, (where, film) = slice(0, of.people), rng.integers(2**31, size=2).tolist()
        samples = []
        for n, camera in enumerate(cameras):
            image = _behind(where, n / self.cameras, camera, easy)
            things = [
                solid
                for p in range(of.people)
                if seated[p]
                for solid in stool(posed.joints[p], posed.body.height[p])
            ]
            if not easy:
                cast_shadows(
                    [image], posed.joints[None], posed.body.height[None], [camera], [light]
                )
                things += random_objects(
                    np.random.default_rng(where), cameras[0], posed.joints, hard
                )
            things, count = project_solids([things], [camera], [light])[0], of.people
            projected = ProjectedPeople(
                dressed, posed, [camera] * count, [light] * count, bands(of.size)
            )
            labels = Labels(projected, projected.to_camera(points), of.skeleton.name, of.size)
            image, ids = picture(image, projected, people, light, things)
            labels.read_part_numbers(ids, people)
            if not easy:
                image = expose(image, np.random.default_rng(film), hard)
            values = labels.finish() | {"keypoints_3d": posed.keypoints(of.skeleton)}
            samples.append(
                Sample(
                    f"synthetic-views-{of.seed}-{index}:{n}",
                    of.skeleton.name,
                    image=image,
                    camera=camera,
                    frame="world",
                    **values,
                )
            )
        return samples

    def __repr__(self) -> str:
        return f"Views(cameras={self.cameras}, {str(self._of)[len('People(') :]}"


def _behind(where: int, share: float, camera: Camera, easy: bool) -> np.ndarray:
    """(H, W, 3) the same place from another side: another part of the same scene."""
    rng = np.random.default_rng(where)
    if easy:
        return backdrop_of(rng, camera, easy)
    u = rng.random(3)
    return backdrop(int(u[0] * COUNT), camera, 0.45 + 0.3 * u[1], (u[2] + share) % 1, share >= 0.5)


def _ring(points, count: int, rng, size, difficulty: str) -> list[Camera]:
    """Cameras evenly around these points (N, 3), each some degrees off its place."""
    cameras = []
    for n in range(count):
        angle = -2 * np.pi * (n + 0.3 * (rng.random() - 0.5) * (n > 0)) / count
        c, s = np.cos(angle), np.sin(angle)
        turn = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
        # As if the people had turned instead: `frame` looks from the front.
        camera = place_camera(points @ turn.T, rng, size, difficulty)
        cameras.append(replace(camera, rotation=camera.rotation @ turn))
    return cameras


def through_lens(sample: Sample, radial=(-0.2, 0.24, 0.0), tangential=(-0.001, -0.001)) -> Sample:
    """The sample as its camera sees it through a lens, in Human3.6M's form.

    The numbers are `posekit.cameras.Camera`'s. Its image is bent (what a barrel-shaped lens
    shows beyond its edge is mirrored), its keypoints and boxes are moved, and joints that
    leave the image are unlabelled. Raises `InputError` for a sample without image, camera or
    3D joints.
    """
    if sample.image is None or sample.camera is None or sample.keypoints_3d is None:
        raise InputError(f"{sample.id}: a lens needs an image, a camera and keypoints_3d.")
    lens = replace(sample.camera, radial=radial, tangential=tangential)
    height, width = sample.size
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    straight = lens.undistort(np.stack([columns, rows], axis=-1)).astype(np.float32)
    image = cv2.remap(
        sample.image,
        straight[..., 0],
        straight[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    points = lens.project(sample.keypoints_3d, sample.frame)
    inside = ((points > -0.5) & (points < [width - 0.5, height - 0.5])).all(-1)
    boxes = None if sample.boxes is None else _bent_boxes(sample, lens)
    return replace(
        sample,
        image=image,
        camera=lens,
        keypoints=points,
        boxes=boxes,
        visible=np.where(inside, sample.visible, UNLABELLED),
    )


def _bent_boxes(sample: Sample, lens: Camera) -> np.ndarray:
    """(P, 4) around where the edges of the boxes go."""
    height, width = sample.size
    share = np.linspace(0, 1, 9)
    x1, y1, x2, y2 = sample.boxes.T.astype(float)[..., None]
    across, down = x1 + share * (x2 - x1), y1 + share * (y2 - y1)
    edges = [np.stack([across, 0 * across + y], axis=-1) for y in (y1, y2)]
    edges += [np.stack([0 * down + x, down], axis=-1) for x in (x1, x2)]
    edge = np.concatenate(edges, axis=1)
    bent = lens.project(sample.camera.unproject(edge, np.ones(edge.shape[:-1])))
    limit = [width - 0.5, height - 0.5]
    return np.concatenate([np.clip(bent.min(1), -0.5, limit), np.clip(bent.max(1), -0.5, limit)], 1)
