"""`CrowdClips`: short videos of several rendered people who cross, hide each other, and act."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .. import skeletons
from ..data import OCCLUDED, VISIBLE, Clip
from ..errors import InputError
from .clip_frames import ClipFrames
from .hidden_people import hidden_by_others
from .human.appearance import Appearance
from .human.body import Body
from .human.dressed_body import dress
from .human.joint_tree import point_indices
from .motion.actions import ACTIONS, perform
from .motion.style import Style
from .scene.meetings import put_in_place, ways
from .scene.props import PROPS_OF_ACTION
from .settings import check_difficulty, image_size, natural, position

_MOST_PEOPLE = 20


class CrowdClips(Sequence):
    """``count`` clips of several people each; ``clips[i]`` is a `posekit.data.Clip`.

    A person keeps their place in every frame's `posekit.data.Sample`: that is who they are. Who
    walks or runs crosses the image, others come from the other side, and the nearer one hides the
    farther one; who does anything else stays on the spot, beside the others who stay. Clip ``i``
    depends on ``seed``, ``i`` and the settings alone. The camera stands still.

    Args:
        people: how many in each clip, from 1 to 20, or the least and the most: so many in turn.
        actions: what they do, names of `posekit.synthetic.ACTIONS`, drawn for each person.
        seed, count, frames, size, skeleton, fps, difficulty: as `Clips` has them.

    `labels` gives a clip without its frames, many times sooner. Raises `InputError` for a setting
    that makes no sense.
    """

    def __init__(
        self,
        seed=0,
        count=100,
        people=(2, 5),
        actions=("walk",),
        frames=48,
        size=(240, 320),
        skeleton="lsp14",
        fps=15,
        difficulty="normal",
    ):
        self.seed, self.count = natural(seed, "seed"), natural(count, "count")
        self.frames, self.size = natural(frames, "frames", 1), image_size(size)
        least, most = (people, people) if np.isscalar(people) else people
        self.least = natural(least, "people", 1, _MOST_PEOPLE)
        self.most = natural(most, "people", self.least, _MOST_PEOPLE)
        self.actions = (actions,) if isinstance(actions, str) else tuple(actions)
        for name in self.actions or (None,):
            if name not in ACTIONS:
                raise InputError(f"no action {name!r}; there are: {', '.join(ACTIONS)}.")
        self.skeleton, self.fps, self.difficulty = skeletons.get(skeleton), float(fps), difficulty
        check_difficulty(difficulty)
        if not 0 < self.fps < np.inf:
            raise InputError(f"fps must be positive, and is {fps}.")

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Clip:
        """The clip with its images. Its labels take every frame's painting once."""
        index = position(index, self.count)
        return self._rendered(index).to_clip(**self._about(index))

    def labels(self, index: int) -> Clip:
        """The same clip without images: nothing is painted.

        A joint is occluded where another person stands before it (`hidden_people`); what a
        person's own body hides, or a thing, counts as visible here.
        """
        index = position(index, self.count)
        frames = self._rendered(index)
        points = frames.points[:, :, point_indices(self.skeleton.name)]
        hidden = hidden_by_others(frames.posed, points, frames.cameras)
        seen = list(zip(frames.cameras, points))
        pixels = np.stack([camera.project(at) for camera, at in seen])
        height, width = self.size
        inside = ((pixels > -0.5) & (pixels < (width - 0.5, height - 0.5))).all(-1)
        return Clip(
            skeleton=self.skeleton.name,
            keypoints=pixels,
            visible=np.where(hidden, OCCLUDED, VISIBLE) * inside,
            size=self.size,
            fps=self.fps,
            frame="camera",
            camera=frames.base.turned_z_up(),
            extra={"keypoints_3d": np.float32([camera.to_camera(at) for camera, at in seen])},
            **{name: value for name, value in self._about(index).items() if name != "skeleton"},
        )

    def images(self, index: int) -> Sequence:
        """The frames (H, W, 3) uint8 RGB of that clip, each painted when it is asked for."""
        return self._rendered(position(index, self.count))

    def actions_of(self, index: int) -> tuple[str, ...]:
        """What each of a clip's people does, in the order of their places."""
        index = position(index, self.count)
        people = self.least + index % (self.most - self.least + 1)
        rng = np.random.default_rng([self.seed, 9, index])
        return tuple(self.actions[n] for n in rng.integers(len(self.actions), size=people))

    def _about(self, index: int) -> dict:
        names = self.actions_of(index)
        return {
            "id": f"synthetic-crowd-{self.seed}-{index}",
            "skeleton": self.skeleton.name,
            "action": names[0] if len(set(names)) == 1 else None,
            "group": f"crowd-{self.seed}-{index}",
        }

    def _rendered(self, index: int) -> ClipFrames:
        """The frames, of which none is painted yet."""
        actions, rng = self.actions_of(index), np.random.default_rng([self.seed, 10, index])
        bodies = [Body.random(rng) for _ in actions]
        dressed = dress(Body.stack(bodies), [Appearance.random(rng, body) for body in bodies])
        travels = [ACTIONS[action].carried == "walk" for action in actions]
        seconds = np.arange(self.frames) / self.fps
        posed = [
            perform(action, body, Style.random(rng), seconds, heading)
            for action, body, heading in zip(actions, bodies, ways(rng, travels))
        ]
        transforms = put_in_place(rng, posed, travels, self.fps)
        props = [PROPS_OF_ACTION.get(action, ()) for action in actions]
        settings = self.size, self.difficulty, "still", self.fps, props
        return ClipFrames(rng, transforms, dressed, *settings)

    def __repr__(self) -> str:
        return (
            f"CrowdClips(seed={self.seed}, count={self.count}, people=({self.least}, {self.most}), "
            f"actions={self.actions!r}, frames={self.frames}, size={self.size}, "
            f"skeleton={self.skeleton.name!r}, fps={self.fps}, difficulty={self.difficulty!r})"
        )
