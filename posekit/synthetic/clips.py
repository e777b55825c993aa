"""`Clips`: short videos of rendered people doing named actions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .. import skeletons
from ..cameras import Camera
from ..data import Clip
from ..errors import InputError
from .drawing.photo_effects import expose
from .drawing.projection import ProjectedPeople
from .drawing.shadows import cast_shadows
from .drawing.solid_projection import project_solids
from .human.appearance import Appearance
from .human.body import Body, Posed
from .human.dressed_body import DressedBodies, dress
from .labels import Labels
from .motion.actions import ACTIONS, perform
from .motion.style import Style
from .people import backdrop_of, bands, check_difficulty, image_size, natural, picture, position
from .scene import camera_motion
from .scene.camera_placement import place_camera
from .scene.light import Light
from .scene.props import PROPS_OF_ACTION
from .scene.random_objects import random_objects


class Clips(Sequence):
    """``count`` clips of one person each; ``clips[i]`` is a `posekit.data.Clip`.

    Clip ``i`` depends on ``seed``, ``i`` and the settings alone. Frames are rendered when
    asked for. ``group`` is the person: each does every action once, in the order of
    `posekit.synthetic.ACTIONS`, so that a split by person leaves all actions on both sides.

    Args:
        seed, count, size, skeleton, difficulty: as `People` has them.
        camera: ``still``, ``pan``, ``handheld`` or ``follow``, see
            `scene.camera_motion`; None is still, or, if hard, any of them in turn.
            The clip's ``camera`` is a list then, one a frame.
        frames: of each clip, 1 at least. fps: frames a second.
        action: one of `posekit.synthetic.ACTIONS` for all clips, or None for each in turn.

    Raises `InputError` for a setting that makes no sense.
    """

    def __init__(
        self,
        seed=0,
        count=100,
        frames=32,
        size=256,
        skeleton="lsp14",
        action=None,
        fps=15,
        difficulty="normal",
        camera=None,
    ):
        self.seed, self.count = natural(seed, "seed"), natural(count, "count")
        self.frames, self.size = natural(frames, "frames", 1), image_size(size)
        self.skeleton, self.action = skeletons.get(skeleton), action
        self.fps, self.difficulty, self.camera = float(fps), difficulty, camera
        if action is not None and action not in ACTIONS:
            raise InputError(f"no action {action!r}; there are: {', '.join(ACTIONS)}.")
        check_difficulty(difficulty)
        if camera is not None:
            camera_motion.check_camera_move(camera)
        if not 0 < self.fps < np.inf:
            raise InputError(f"fps must be positive, and is {fps}.")

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Clip:
        index = position(index, self.count)
        names = tuple(ACTIONS)
        who = index if self.action else index // len(names)
        action = self.action or names[index % len(names)]
        # The person has random numbers of their own, the same in all their clips.
        person = np.random.default_rng([self.seed, 1, who])
        body = Body.random(person)
        dressed = dress(Body.stack([body]), [Appearance.random(person, body)])
        rng = np.random.default_rng([self.seed, 2, index])
        easy = self.difficulty == "easy"
        style = Style.random(rng, 0.5 if easy else 1.0)
        heading = (0.5 if easy else 1.2) * np.pi * (rng.random() - 0.5)
        posed = perform(action, body, style, np.arange(self.frames) / self.fps, heading)
        moves = camera_motion.CAMERA_MOVES
        move = self.camera or (moves[index % len(moves)] if self.difficulty == "hard" else moves[0])
        film = Film(
            rng,
            posed,
            dressed,
            self.size,
            self.difficulty,
            move,
            self.fps,
            PROPS_OF_ACTION.get(action, ()),
        )
        return film.clip(
            f"synthetic-clip-{self.seed}-{index}",
            self.skeleton.name,
            action=action,
            group=f"person-{self.seed}-{who}",
        )

    def __repr__(self) -> str:
        return (
            f"Clips(seed={self.seed}, count={self.count}, frames={self.frames}, "
            f"size={self.size}, skeleton={self.skeleton.name!r}, action={self.action!r}, "
            f"fps={self.fps}, difficulty={self.difficulty!r}, "
            f"camera={self.camera!r})"
        )


class Film(Sequence):
    """The frames of one clip, each rendered when it is asked for.

    ``posed`` has frames (T, J, 4, 4) of one person, ``figures`` is the same person dressed.
    """

    def __init__(
        self,
        rng,
        posed: Posed,
        dressed: DressedBodies,
        size,
        difficulty: str,
        camera: str,
        fps: float,
        props=(),
    ):
        self.posed, self.dressed, self.difficulty, self.props = posed, dressed, difficulty, props
        self.fps, self.still, self.size = fps, camera == "still", size
        easy, self.hard = difficulty == "easy", difficulty == "hard"
        self.points = posed.points
        self.base: Camera = place_camera(self.points.reshape(-1, 3), rng, size, difficulty)
        self.light = Light.random(rng, self.base.position, plain=easy)
        self.cameras = camera_motion.moving_cameras(camera, self.base, self.points, fps, rng)
        self.base = self.cameras[0]
        wide, self.corner = camera_motion.panorama_camera(self.cameras)
        self.background = backdrop_of(rng, wide, easy)
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
        """The picture at time t, its part numbers, and who is in it."""
        camera, light = self.cameras[t], self.light
        image = camera_motion.view_of_panorama(self.background, self.corner, self.base, camera)
        posed = Posed(self.dressed.body, self.posed.frames[t : t + 1])
        projected = ProjectedPeople(self.dressed, posed, [camera], [light], bands(image.shape[:2]))
        joints, height = posed.joints[0], float(posed.body.height[0])
        things = [solid for prop in self.props for solid in prop(joints, height)]
        if self.difficulty != "easy":
            cast_shadows([image], posed.joints[None], posed.body.height[None], [camera], [light])
            everywhere = self.posed.joints.reshape(1, -1, 3)
            things += random_objects(
                np.random.default_rng([self.grain]), self.base, everywhere, self.hard
            )
        things = project_solids([things], [camera], [light])[0]
        return *picture(image, projected, slice(0, 1), light, things), projected

    def labels(self, skeleton: str) -> dict[str, np.ndarray]:
        """Every frame's labels: what is visible takes a painted frame."""
        rows = []
        for t in range(len(self)):
            _, ids, projected = self._paint(t)
            labels = Labels(
                projected, projected.to_camera(self.points[t : t + 1]), skeleton, ids.shape
            )
            labels.read_part_numbers(ids, slice(0, 1))
            rows.append(labels.finish())
        return {name: np.array([row[name] for row in rows]) for name in rows[0]}

    def clip(self, id: str, skeleton: str, **about) -> Clip:
        """A `Clip` of it; ``about`` are the clip's ``action`` and ``group``."""
        labels = self.labels(skeleton)
        return Clip(
            id=id,
            skeleton=skeleton,
            frames=self,
            size=self.size,
            fps=self.fps,
            frame="camera",
            camera=self.base if self.still else self.cameras,
            keypoints=labels.pop("keypoints"),
            visible=labels.pop("visible"),
            extra=labels,
            **about,
        )
