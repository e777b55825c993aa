"""Named actions: which movement, how long it takes, and what carries the body meanwhile.

The movements are in `motion.cyclic_actions` and `motion.key_pose_actions`, written for a
right-handed person; `Style` mirrors some people, and varies tempo and rhythm, amplitude, posture
and where a clip begins.
Names are Penn Action's where it has the action, otherwise those of the course's decks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ..human.body import Body, Posed
from ..human.joint_angles import clamp_angles, mirror
from ..human.joint_tree import INDEX
from . import cyclic_actions, key_pose_actions
from .ground_contact import flatten_feet, ground, lowest
from .style import Style

_TURN = 2 * np.pi


@dataclass(frozen=True)
class Action:
    """How to move: ``angles(phase (T,), amplitude (T,) or a number) -> (T, J, 3)`` radians.

    ``period`` seconds a cycle. ``carried`` is what holds the body: ``ground`` (its lowest
    part), ``walk`` (the foot on the ground, so that it moves along), ``bar`` (its hands),
    ``bench`` (its back, 0.45 m up), ``wall`` (the hand that pulls, so that it moves up) or
    ``air``. ``lift(phase)`` metres above that.
    """

    angles: Callable
    period: float
    carried: str = "ground"
    lift: Callable | None = None
    flat: bool = False  # keep the soles level


def _bounce(height):
    return lambda p: height * cyclic_actions.up_half(np.sin(_TURN * (2 * p - 0.25)))


ACTIONS = {
    "baseball_pitch": Action(key_pose_actions.baseball_pitch, 2.6),
    "baseball_swing": Action(key_pose_actions.baseball_swing, 2.2),
    "bench_press": Action(cyclic_actions.bench_press, 2.4, "bench"),
    "bowl": Action(key_pose_actions.bowl, 2.6, "walk"),
    "clean_and_jerk": Action(key_pose_actions.clean_and_jerk, 4.0, flat=True),
    "golf_swing": Action(key_pose_actions.golf_swing, 2.6),
    "jump_rope": Action(cyclic_actions.jump_rope, 1.1, lift=_bounce(0.09)),
    "jumping_jacks": Action(cyclic_actions.jumping_jacks, 1.0, lift=_bounce(0.10)),
    "pullup": Action(cyclic_actions.pullup, 2.4, "bar"),
    "pushup": Action(cyclic_actions.pushup, 1.8),
    "situp": Action(cyclic_actions.situp, 2.2),
    "squat": Action(cyclic_actions.squat, 2.0, flat=True),
    "strum_guitar": Action(cyclic_actions.strum_guitar, 1.2),
    "tennis_forehand": Action(key_pose_actions.tennis_forehand, 1.9),
    "tennis_serve": Action(key_pose_actions.tennis_serve, 2.4),
    "walk": Action(cyclic_actions.walk, 1.1, "walk"),
    "run": Action(cyclic_actions.run, 0.75, "walk", lift=_bounce(0.06)),
    "stand": Action(cyclic_actions.stand, 3.0),
    "sit": Action(cyclic_actions.sit, 3.0),
    "swim": Action(cyclic_actions.swim, 1.5, "air", lift=lambda p: 0.05 * np.sin(_TURN * p)),
    "fly": Action(cyclic_actions.fly, 1.6, "air", lift=lambda p: 0.6 + 0.12 * np.sin(_TURN * p)),
    "hand_swing": Action(cyclic_actions.hand_swing, 0.8),
    "body_swing": Action(cyclic_actions.body_swing, 1.7),
    "head_shaking": Action(cyclic_actions.head_shaking, 0.8),
    "clapping": Action(cyclic_actions.clapping, 0.55),
    "falling": Action(key_pose_actions.fall, 3.2),
    "climbing": Action(cyclic_actions.climbing, 1.7, "wall"),
}
# What *each in turn* means for people of version 1.0: an action that came later would change them.
IN_TURN = tuple(ACTIONS)[:26]


def perform(name: str, body: Body, style: Style, seconds, heading=0.0, change=None) -> Posed:
    """A body doing an action at these times (T,): a `Posed` with a leading T.

    Starts over the origin, facing ``heading``. ``change`` gives other angles (T, J, 3) for the
    action's, or is None. Raises `InputError` for an unknown action.
    """
    if name not in ACTIONS:
        raise InputError(f"no action {name!r}; there are: {', '.join(ACTIONS)}.")
    action, seconds = ACTIONS[name], np.asarray(seconds, dtype=float)
    phase = style.phases(seconds * style.tempo / action.period)
    angles = action.angles(phase, style.amplitudes(phase))
    if change is not None:
        angles = change(angles)
    if style.flip:
        angles = mirror(angles)
    if action.flat:
        angles = flatten_feet(angles)
    posed = body.pose(clamp_angles(angles + style.drift(seconds)), heading=heading)
    lift = 0.0 if action.lift is None else action.lift(phase) * (body.height / 1.7)
    return _carry(posed, action.carried, lift)


_FEET = [INDEX["left_ankle"], INDEX["right_ankle"]]
_HANDS = [INDEX["left_wrist"], INDEX["right_wrist"]]


def _carry(posed: Posed, carried: str, lift) -> Posed:
    """Put each frame where it belongs: on the ground, along it, under a bar, up a wall."""
    shift = np.zeros((*posed.frames.shape[:-3], 3))
    if carried == "bar":
        shift[..., 1] = 1.32 * posed.body.height - posed.joints[..., _HANDS, 1].mean(-1)
        return posed.moved(shift)
    if carried == "air":
        shift[..., 1] = 1.0 + lift
        return posed.moved(shift)
    if carried == "bench":
        shift[..., 1] = 0.45 + 0.065 * posed.body.height
        return posed.moved(shift)
    if carried == "wall":
        shift[..., 1] = _ascent(posed.joints[..., _HANDS, 1]) - lowest(posed).min()
        return posed.moved(shift)
    posed = ground(posed, lift)
    if carried == "walk":
        shift[..., [0, 2]] = _progress(posed.joints[..., _FEET, :])
        posed = posed.moved(shift)
    return posed


def _progress(feet: np.ndarray) -> np.ndarray:
    """(T, 2) metres along the ground, so that the lower foot stays where it is.

    ``feet`` (T, 2, 3) relative to a body that does not travel: it must move as far forward as
    the foot that carries it slides back.
    """
    step = np.diff(feet[..., [0, 2]], axis=0)
    low = feet[1:, :, 1] + feet[:-1, :, 1]
    carry = np.take_along_axis(step, low.argmin(1)[:, None, None], axis=1)[:, 0]
    return -np.concatenate([np.zeros((1, 2)), np.cumsum(carry, axis=0)])


def _ascent(hands: np.ndarray) -> np.ndarray:
    """(T,) metres up a wall, so that the hand that comes down to the body stays where it is.

    ``hands`` (T, 2) are their heights above a body that does not rise.
    """
    pull = np.maximum(-np.diff(hands, axis=0), 0).max(1)
    return np.concatenate([np.zeros(1), np.cumsum(pull)])
