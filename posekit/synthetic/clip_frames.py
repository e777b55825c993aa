"""The frames of one clip, rendered one by one, and their labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..cameras import Camera
from ..data import Clip
from .drawing.people_painting import light_bands, paint_image
from .drawing.photo_effects import expose
from .drawing.projection import ProjectedPeople
from .drawing.shadows import cast_shadows
from .drawing.solid_projection import project_solids
from .human.body import Posed
from .human.dressed_body import DressedBodies
from .labels import Labels
from .scene.backdrops import COUNT, random_backdrop
from .scene.camera_motion import moving_cameras, panorama_camera, view_of_panorama
from .scene.camera_placement import place_camera
from .scene.light import Light
from .scene.random_objects import random_objects
from .settings import position


class ClipFrames(Sequence):
    """The frames of one clip, each rendered when it is asked for.

    ``transforms`` (T, P, J, 4, 4) are the `Posed.frames` of P people, ``dressed`` the same people
    in clothes; the place is one of the ``scenes``, see `scene.backdrops`. ``props`` are what each
    of them uses, P lists, or () for nothing.
    """

    def __init__(
        self,
        rng,
        transforms: np.ndarray,
        dressed: DressedBodies,
        size,
        difficulty: str,
        camera: str,
        fps: float,
        props=(),
        scenes=range(COUNT),
    ):
        self.posed, self.dressed = Posed(dressed.body, transforms), dressed
        self.people, self.difficulty, self.props = transforms.shape[1], difficulty, props
        self.fps, self.still, self.size = fps, camera == "still", size
        easy, self.hard = difficulty == "easy", difficulty == "hard"
        self.points = self.posed.points  # (T, P, N, 3)
        self.base: Camera = place_camera(self.points.reshape(-1, 3), rng, size, difficulty)
        self.light = Light.random(rng, self.base.position, plain=easy)
        everybody = self.points.reshape(len(self.points), -1, 3)
        self.cameras = moving_cameras(camera, self.base, everybody, fps, rng)
        self.base = self.cameras[0]
        wide, self.corner = panorama_camera(self.cameras)
        self.background = random_backdrop(rng, wide, easy, scenes)
        self.grain = int(rng.integers(2**31))  # each frame has noise of its own, from this

    def __len__(self) -> int:
        return len(self.points)

    def __getitem__(self, t: int) -> np.ndarray:
        t = position(t, len(self))
        image = self._paint(t)[0]
        if self.difficulty == "easy":
            return image
        noise = np.random.default_rng([self.grain, t])
        return expose(image, np.random.default_rng(self.grain), self.hard, noise)

    def _paint(self, t: int):
        """The image at time t, its part numbers, and who is in it."""
        camera, light, people = self.cameras[t], self.light, self.people
        image = view_of_panorama(self.background, self.corner, self.base, camera)
        posed = Posed(self.dressed.body, self.posed.frames[t])
        bands = light_bands(image.shape[:2], people)
        projected = ProjectedPeople(self.dressed, posed, [camera] * people, [light] * people, bands)
        if self.difficulty != "easy":
            cast_shadows([image], posed.joints[None], posed.body.height[None], [camera], [light])
        things = project_solids([self._things(posed)], [camera], [light])[0]
        return *paint_image(image, projected, slice(0, people), light, things), projected

    def _things(self, posed: Posed) -> list:
        """What people use, and what stands around."""
        users = zip(self.props, posed.joints, posed.body.height)
        used = [
            solid
            for props, joints, height in users
            for prop in props
            for solid in prop(joints, float(height))
        ]
        if self.difficulty == "easy":
            return used
        everywhere = self.posed.joints.swapaxes(0, 1).reshape(self.people, -1, 3)
        rng = np.random.default_rng([self.grain])
        return used + random_objects(rng, self.base, everywhere, self.hard)

    def labels(self, skeleton: str) -> dict[str, np.ndarray]:
        """Every frame's labels: what is visible takes a painted frame."""
        rows = []
        for t in range(len(self)):
            _, ids, projected = self._paint(t)
            labels = Labels(projected, projected.to_camera(self.points[t]), skeleton, ids.shape)
            labels.read_part_numbers(ids, slice(0, self.people))
            rows.append(labels.finish())
        return {name: np.array([row[name] for row in rows]) for name in rows[0]}

    def to_clip(self, id: str, skeleton: str, **about) -> Clip:
        """A `Clip` of it; ``about`` are the clip's ``action`` and ``group``."""
        labels = self.labels(skeleton)
        cameras = [camera.turned_z_up() for camera in self.cameras]  # a clip's world is z up
        return Clip(
            id=id,
            skeleton=skeleton,
            frames=self,
            size=self.size,
            fps=self.fps,
            frame="camera",
            camera=cameras[0] if self.still else cameras,
            keypoints=labels.pop("keypoints"),
            visible=labels.pop("visible"),
            extra=labels,
            **about,
        )
