"""Where people of one clip move: some walk past each other, the others stay side by side."""

from __future__ import annotations

import numpy as np

from ..human.body import Posed
from ..human.joint_tree import INDEX

LANE = 0.6  # metres in depth from one person to the next, so that nobody walks through another
BESIDE = 1.5  # metres across between those who stay
QUEUE = 0.45  # seconds between those who walk the same way
UNEVEN = 0.2  # by how much of itself a walker's speed changes
_PELVIS = INDEX["pelvis"]


def ways(rng, travels: list[bool]) -> np.ndarray:
    """(P,) radians: the headings of people, of whom some ``travels`` across the image.

    Travellers go to the left and to the right in turn; who stays faces the camera, roughly.
    """
    side, headings = rng.choice([-1, 1]), np.empty(len(travels))
    for p, goes in enumerate(travels):
        noise = 2 * rng.random() - 1
        headings[p] = side * np.pi / 2 + 0.25 * noise if goes else 0.7 * noise
        side = -side if goes else side
    return headings


def put_in_place(rng, posed: list[Posed], travels: list[bool], fps: float) -> np.ndarray:
    """(T, P, J, 4, 4): the frames of P people, each with a lane of their own in depth.

    Who travels passes the middle of the scene in the middle third of the clip, and those who go
    the same way do so one after the other. Who stays has a place beside the others who stay.
    """
    frames, count = len(posed[0].frames), len(posed)
    lanes = LANE * (rng.permutation(count) - (count - 1) / 2)
    passed, placed = _passing(rng, travels, frames, fps), []
    stay = [p for p in range(count) if not travels[p]]
    spots = dict(zip(stay, BESIDE * (rng.permutation(len(stay)) - (len(stay) - 1) / 2)))
    for p, person in enumerate(posed):
        person = _even(rng, person, fps) if travels[p] else person
        at = person.joints[passed[p] if travels[p] else 0, _PELVIS]
        noise = 0.25 * (2 * rng.random(2) - 1)
        shift = [spots.get(p, 0.0) + noise[0] - at[0], 0.0, lanes[p] + 0.2 * noise[1] - at[2]]
        placed.append(person.moved(shift).frames)
    return np.stack(placed, axis=1)


def _even(rng, person: Posed, fps: float) -> Posed:
    """The same walk, straight on, a little faster and slower in turn.

    An action's own way goes by whichever foot is lower, and jerks back where that one is not the
    foot that carries.
    """
    path = person.joints[:, _PELVIS] * [1, 0, 1]
    seconds, u = np.arange(len(path)) / fps, rng.random(2)
    speed = np.median(np.diff(path, axis=0), axis=0) * fps if len(path) > 1 else np.zeros(3)
    turn = 2 * np.pi * (0.25 + 0.25 * u[0])
    wander = UNEVEN / turn * np.sin(turn * seconds + 2 * np.pi * u[1])
    return person.moved(np.outer(seconds + wander, speed) - path)


def _passing(rng, travels: list[bool], frames: int, fps: float) -> list[int]:
    """In which frame each traveller passes the middle: every second one goes the same way."""
    middle, turn = (1 + rng.random()) / 3 * (frames - 1), 0
    many, passed = sum(travels), []
    for goes in travels:
        late = (turn // 2 - (many - 1) // 4) * QUEUE * (0.7 + 0.6 * rng.random())
        passed.append(int(np.clip(round(middle + late * fps), 0, frames - 1)))
        turn += goes
    return passed
