"""`Clips`: short videos of rendered people doing named actions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .. import skeletons
from ..data import Clip
from ..errors import InputError
from .clip_frames import ClipFrames
from .human.dressed_body import random_person
from .motion.actions import ACTIONS, IN_TURN, perform
from .motion.style import Style
from .scene.backdrops import COUNT
from .scene.camera_motion import CAMERA_MOVES, check_camera_move
from .scene.props import PROPS_OF_ACTION
from .settings import check_difficulty, image_size, natural, position

BACKGROUNDS = ("any", "tied", "swapped")


class Clips(Sequence):
    """``count`` clips of one person each; ``clips[i]`` is a `posekit.data.Clip`.

    Clip ``i`` depends on ``seed``, ``i`` and the settings alone. Frames are rendered when
    asked for. ``group`` is the person: each does every action once, in the order of
    ``action`` or `posekit.synthetic.IN_TURN`, so that a split by person leaves all actions on
    both sides.

    Args:
        seed, count, size, skeleton, difficulty: as `People` has them.
        camera: ``still``, ``pan``, ``handheld`` or ``follow``, see
            `scene.camera_motion`; None is still, or, if hard, any of them in turn.
            The clip's ``camera`` is a list then, one a frame.
        frames: of each clip, 1 at least. fps: frames a second.
        action: one of `posekit.synthetic.ACTIONS` for all clips, several of them, each in turn,
            or None for each of `posekit.synthetic.IN_TURN`.
        backgrounds: ``any`` place for every action; ``tied``: each action has places of its own,
            where nothing else is done, so that the background gives the action away;
            ``swapped``: each action is done in the places of the next one.

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
        backgrounds="any",
    ):
        self.seed, self.count = natural(seed, "seed"), natural(count, "count")
        self.frames, self.size = natural(frames, "frames", 1), image_size(size)
        self.skeleton, self.action = skeletons.get(skeleton), action
        self.fps, self.difficulty, self.camera = float(fps), difficulty, camera
        self.backgrounds = backgrounds
        several = tuple(action) if isinstance(action, tuple | list) else (action,)
        self._actions = IN_TURN if action is None else several
        for name in self._actions or (None,):
            if name not in ACTIONS:
                raise InputError(f"no action {name!r}; there are: {', '.join(ACTIONS)}.")
        check_difficulty(difficulty)
        if camera is not None:
            check_camera_move(camera)
        self._check_backgrounds()
        if not 0 < self.fps < np.inf:
            raise InputError(f"fps must be positive, and is {fps}.")

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Clip:
        index = position(index, self.count)
        action, who = self._action_and_person(index)
        # The person has random numbers of their own, the same in all their clips.
        body, dressed = random_person(np.random.default_rng([self.seed, 1, who]))
        rng = np.random.default_rng([self.seed, 2, index])
        easy = self.difficulty == "easy"
        style = Style.random(rng, 0.5 if easy else 1.0)
        heading = (0.5 if easy else 1.2) * np.pi * (rng.random() - 0.5)
        posed = perform(action, body, style, np.arange(self.frames) / self.fps, heading)
        camera, props = self._camera_move(index), [PROPS_OF_ACTION.get(action, ())]
        settings = (self.size, self.difficulty, camera, self.fps, props, self._scenes(action))
        frames = ClipFrames(rng, posed.frames[:, None], dressed, *settings)
        return frames.to_clip(
            f"synthetic-clip-{self.seed}-{index}",
            self.skeleton.name,
            action=action,
            group=f"person-{self.seed}-{who}",
        )

    def _action_and_person(self, index: int) -> tuple[str, int]:
        who, which = divmod(index, len(self._actions))
        return self._actions[which], who

    def _camera_move(self, index: int) -> str:
        moves = CAMERA_MOVES if self.difficulty == "hard" else CAMERA_MOVES[:1]
        return self.camera or moves[index % len(moves)]

    def _check_backgrounds(self):
        if self.backgrounds not in BACKGROUNDS:
            raise InputError(
                f"no backgrounds {self.backgrounds!r}; there are: {', '.join(BACKGROUNDS)}."
            )
        if self.backgrounds != "any" and self.difficulty == "easy":
            raise InputError("easy clips have plain walls: take difficulty='normal' or 'hard'.")
        if self.backgrounds == "swapped" and len(self._actions) == 1:
            raise InputError("one action has no other's background: give several, or None.")

    def _scenes(self, action: str) -> Sequence[int]:
        """The scenes in which an action may be done, see `scene.backdrops`."""
        if self.backgrounds == "any":
            return range(COUNT)
        many = len(self._actions)
        place = self._actions.index(action) + (self.backgrounds == "swapped")
        return range(COUNT)[place % many :: many][: COUNT // many]

    def __repr__(self) -> str:
        return (
            f"Clips(seed={self.seed}, count={self.count}, frames={self.frames}, "
            f"size={self.size}, skeleton={self.skeleton.name!r}, action={self.action!r}, "
            f"fps={self.fps}, difficulty={self.difficulty!r}, "
            f"camera={self.camera!r}, backgrounds={self.backgrounds!r})"
        )
