"""Angles for the body: how a pose is written down, blended, grounded and given a style.

A pose is written as named joints in degrees, and becomes an array (..., J, 3) in radians:

>>> angles = pose(shoulders=(0, 90, 0), left_knee=30)

A plural name sets both sides. Any number may be an array over time, which makes it a motion.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from ...errors import InputError
from ..human.body import Posed
from ..human.joint_tree import INDEX, JOINTS, SITES

_POINTS = JOINTS + SITES
_SIDED = {"clavicles", "shoulders", "elbows", "wrists", "hips", "knees", "ankles"}


def pose(**degrees) -> np.ndarray:
    """(..., J, 3) radians; each value is flexion, or (flexion, abduction[, twist]).

    Later names override earlier ones, so ``knees=10, left_knee=40`` says what it looks like.
    Raises `InputError` for a joint that the body does not have.
    """
    entries = []
    for name, value in degrees.items():
        value = value if isinstance(value, tuple) else (value,)
        if name in _SIDED:
            entries += [(f"{side}_{name[:-1]}", value) for side in ("left", "right")]
        elif name in INDEX:
            entries.append((name, value))
        else:
            raise InputError(f"the body has no joint {name!r}; it has: {', '.join(JOINTS)}.")
    shape = np.broadcast_shapes(*(np.shape(v) for _, value in entries for v in value), ())
    angles = np.zeros((*shape, len(JOINTS), 3))
    for name, value in entries:
        for axis, v in enumerate(value):
            angles[..., INDEX[name], axis] = v
    return np.radians(angles)


def keyframes(phase: np.ndarray, *frames: tuple[float, np.ndarray], amplitude=1.0) -> np.ndarray:
    """(T, J, 3): a cycle through poses, smooth and without overshoot (monotone cubic).

    ``phase`` (T,) in cycles; ``frames`` are (when in the cycle, from 0 up to 1, pose).
    ``amplitude`` (a number or (T,)) is how far it goes from their first pose, 1 as planned;
    the pelvis always turns as planned, so that who is to lie down lies.
    """
    times = np.array([when for when, _ in frames])
    poses = np.stack([angles for _, angles in frames])
    start = poses[0]
    times = np.concatenate([times[-2:] - 1, times, times[:2] + 1])
    poses = np.concatenate([poses[-2:], poses, poses[:2]])
    angles = PchipInterpolator(times, poses, axis=0)(np.asarray(phase) % 1)
    limbs = angles[..., 1:, :]
    limbs += (np.reshape(amplitude, (-1, 1, 1)) - 1) * (limbs - start[1:])
    return angles


@dataclass(frozen=True)
class Style:
    """What one person brings to any motion.

    Attributes:
        tempo, amplitude: factors about 1.
        phase: cycles, where in the motion the clip begins.
        posture: (J, 3) radians, added to every pose.
        sway: (2, J, 3) amplitude in radians and phase of a slow drift.
        flip: do everything with the other hand (the mirror image).
        rhythm: (2,) how uneven the tempo is within a cycle, and where it is fastest.
        change: (2,) by how much the amplitude differs from cycle to cycle, and how.
    """

    tempo: float
    amplitude: float
    phase: float
    posture: np.ndarray
    sway: np.ndarray
    flip: bool
    rhythm: tuple[float, float] = (0.0, 0.0)
    change: tuple[float, float] = (0.0, 0.0)

    @classmethod
    def random(cls, rng: np.random.Generator, spread: float = 1.0) -> Style:
        """A style at random; ``spread`` 0 gives the plain motion, 1 a natural variety."""
        u = rng.random(8)
        tempo, amplitude = 1 + spread * (u[:2] - 0.5) * [0.4, 0.35]
        noise = np.clip(rng.standard_normal((2, len(JOINTS), 3)), -2, 2)
        sway = np.stack([np.radians(1.2) * spread * noise[1], 9 * noise[0]])
        return cls(
            tempo,
            amplitude,
            u[2],
            np.radians(LOOSE) * spread * noise[0],
            sway,
            bool(u[3] < 0.25 * min(spread, 1)),
            (0.35 * spread * u[4], u[5]),
            (0.12 * spread * u[6], u[7]),
        )

    def phases(self, cycles) -> np.ndarray:
        """(T,) how far the motion is after so many cycles at an even tempo: it never goes
        back, and each cycle takes as long as ever."""
        cycles, (uneven, where) = self.phase + np.asarray(cycles), self.rhythm
        turn = 2 * np.pi
        return cycles + uneven / turn * (np.sin(turn * (cycles - where)) + np.sin(turn * where))

    def amplitudes(self, phases) -> np.ndarray:
        """(T,) the amplitude, which wanders over a few cycles."""
        depth, where = self.change
        turns = 0.37 * np.asarray(phases) + where
        return self.amplitude * (1 + depth * np.sin(2 * np.pi * turns))

    def drift(self, seconds: np.ndarray) -> np.ndarray:
        """(T, J, 3) radians to add at these times."""
        turn = 2 * np.pi * 0.35 * np.asarray(seconds)[:, None, None]
        slow = np.sin(turn + self.sway[1])
        return self.posture + self.sway[0] * (slow + 0.4 * np.sin(2.7 * turn + 3 * self.sway[1]))


def _loose() -> np.ndarray:
    """(J, 3) degrees: how far a natural pose strays from the plan, by joint."""
    table = {
        "pelvis": (2, 1.5, 2),
        "spine": (3, 2, 3),
        "chest": (3, 2, 3),
        "neck": (5, 3, 6),
        "head": (5, 3, 8),
        "clavicle": (0, 2, 2),
        "shoulder": (5, 4, 6),
        "elbow": (6, 0, 10),
        "wrist": (5, 10, 0),
        "hip": (3, 2, 4),
        "knee": (3, 0, 1),
        "ankle": (2, 2, 2),
    }
    return np.array([table[name.split("_")[-1]] for name in JOINTS], dtype=float)


LOOSE = _loose()

# How far the flesh (or the sole) reaches below a point, as a fraction of the height; the
# points that can carry a body. Others float.
_FLESH = {
    "pelvis": 0.062,
    "spine": 0.055,
    "chest": 0.062,
    "head_centre": 0.055,
    "elbow": 0.02,
    "knee": 0.030,
    "shoulder": 0.033,
    "wrist": 0.016,
    "heel": 0.004,
    "big_toe": 0.004,
    "small_toe": 0.004,
    "fingertip": 0.006,
    "hip": 0.060,
}


def _carriers() -> tuple[np.ndarray, np.ndarray]:
    pairs = [
        (n, _FLESH[key])
        for n, name in enumerate(_POINTS)
        for key in (name, name.split("_", 1)[-1])
        if key in _FLESH
    ]
    return np.array([n for n, _ in pairs]), np.array([reach for _, reach in pairs])


_CARRIERS, _REACH = _carriers()
_JOINTS, _SITES = np.split(_CARRIERS, [np.searchsorted(_CARRIERS, len(JOINTS))])
_SITES = _SITES - len(JOINTS)


def lowest(posed: Posed) -> np.ndarray:
    """(...) metres: the height of the lowest part of the body above the ground."""
    reach = _REACH * np.asarray(posed.body.height)[..., None]
    points = posed.joints[..., _JOINTS, :], posed.sites(_SITES)
    return (np.concatenate(points, axis=-2)[..., 1] - reach).min(-1)


def ground(posed: Posed, lift=0.0) -> Posed:
    """The body put down so that it stands (sits, lies) on the ground, or ``lift`` above it."""
    shift = np.zeros((*posed.frames.shape[:-3], 3))
    shift[..., 1] = lift - lowest(posed)
    return posed.moved(shift)


def flatten_feet(angles: np.ndarray, how_much=1.0) -> np.ndarray:
    """Turn the ankles so that the soles are level, as far as the joint allows.

    Exact for legs that move forward and back only: the sole's tilt is then the sum of the
    angles from the pelvis down.
    """
    angles = angles.copy()
    for side in ("left", "right"):
        hip, knee, ankle = (INDEX[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle"))
        level = angles[..., knee, 0] - angles[..., hip, 0] + angles[..., 0, 0]
        wanted = np.clip(level, np.radians(-45), np.radians(30))
        angles[..., ankle, 0] += how_much * (wanted - angles[..., ankle, 0])
    return angles
