"""The style of one person: what it adds to every pose and to every motion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..human.joint_tree import JOINTS


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
    def random(cls, rng: np.random.Generator, variety: float = 1.0) -> Style:
        """A style at random; ``variety`` 0 gives the plain motion, 1 a natural variety."""
        u = rng.random(8)
        tempo, amplitude = 1 + variety * (u[:2] - 0.5) * [0.4, 0.35]
        noise = np.clip(rng.standard_normal((2, len(JOINTS), 3)), -2, 2)
        sway = np.stack([np.radians(1.2) * variety * noise[1], 9 * noise[0]])
        return cls(
            tempo,
            amplitude,
            u[2],
            np.radians(POSTURE_STD) * variety * noise[0],
            sway,
            bool(u[3] < 0.25 * min(variety, 1)),
            (0.35 * variety * u[4], u[5]),
            (0.12 * variety * u[6], u[7]),
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


def _posture_std() -> np.ndarray:
    """(J, 3) degrees: how far a natural pose strays from the plan, as a std per joint."""
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


POSTURE_STD = _posture_std()
