"""Who is who from frame to frame: people that a detector finds anew get numbers that stay.

>>> tracker = Tracker()
>>> for sample in samples:
...     numbers = tracker.update(sample)        # (P,) one for each person of the sample

Each person who was found before is expected where a constant velocity has taken them. The
Hungarian method pairs these expectations with the people of the next frame so that the similarity
of their joints (`posekit.oks`) is greatest in all. Who is not found waits for some time, and is
looked for in an area that grows: so a person who walks behind another comes out with the number
that they went in with. That a wider area helps: Yang et al., "Hard to Track Objects with
Irregular Motions and Similar Appearances? Make It Easier by Buffering the Matching Space", WACV
2023.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from . import skeletons
from .data.sample import Sample
from .errors import InputError, check_later
from .geometry import box_sides
from .oks import oks

JOINTS = "coco17"  # in which people are compared, whatever joint set they come in
STEP = 1 / 30  # seconds from frame to frame, where nobody says
LEAST = 0.3  # similarity from which two poses may be one person's
WIDER = 2.0  # how many times the tolerance grows in each second without the person
SLOWEST = 0.2  # the least share of a new velocity that is believed
UNCONFIRMED = 0.2  # share of the patience for those without a number
SAME = 0.5  # similarity from which two people of one frame are one, found twice
SHARED = 4  # joints that two poses must have in common to be compared


@dataclass
class Track:
    """One person in time. ``points`` (K, 2) are pixels of `JOINTS` at ``seconds``, NaN where never
    seen; ``velocity`` (2,) is pixels a second; ``frames`` is how often the person was found.

    ``number`` is 0 until that was often enough.
    """

    points: np.ndarray
    seconds: float
    velocity: np.ndarray
    frames: int = 1
    number: int = 0

    def at(self, seconds: float) -> np.ndarray:
        """(K, 2) pixels: where the person is expected."""
        return self.points + self.velocity * (seconds - self.seconds)

    def found(self, points: np.ndarray, seconds: float) -> None:
        """Take up where the person is now; joints that are not seen go along."""
        expected, step = self.at(seconds), seconds - self.seconds
        off = np.nanmedian(points - expected, axis=0)
        self.velocity = self.velocity + max(1 / self.frames, SLOWEST) * off / step
        self.points = np.where(np.isfinite(points), points, expected + off)
        self.seconds, self.frames = seconds, self.frames + 1


class Tracker:
    """Gives numbers, from 1 on, to the people of one video's frames.

    Args:
        patience: seconds for which somebody who is not found is waited for.
        confirmed: frames in which somebody must be found to get a number.
        sure: mean score of a person's joints from which somebody may be new; who is found with
            less can only be one who is known already.

    Attributes:
        tracks: the `Track`s of all who are there or waited for.

    Raises `InputError` for settings that make no sense.
    """

    def __init__(self, patience: float = 1.0, confirmed: int = 3, sure: float = 0.4):
        if patience < 0 or confirmed < 1 or not 0 <= sure <= 1:
            raise InputError(
                "patience must not be negative, confirmed at least 1 and sure within [0, 1]: they "
                f"are {patience}, {confirmed} and {sure}."
            )
        self.patience, self.confirmed, self.sure = patience, confirmed, sure
        self.tracks: list[Track] = []
        self._numbers, self._seconds, self._size = 0, -np.inf, None

    def update(self, sample: Sample, seconds: float | None = None) -> np.ndarray:
        """(P,) the number of each person of the next frame; -1 for one who has none yet.

        ``seconds`` is when the frame was taken; None is `STEP` after the last one. Raises
        `InputError` for a time that is not after the last one.
        """
        seconds = self._next(seconds, sample.size)
        points = common_joints(sample)[0]
        self.tracks = [track for track in self.tracks if self._waits(track, seconds)]
        numbers = np.full(len(points), -1)
        pairs = self._pairs(points, seconds)
        for n, p in pairs:
            track = self.tracks[n]
            track.found(points[p], seconds)
            if not track.number and track.frames >= self.confirmed:
                self._numbers += 1
                track.number = self._numbers
            numbers[p] = track.number or -1
        for p in self._new(sample, points, [p for _, p in pairs]):
            self.tracks.append(Track(points[p], seconds, np.zeros(2)))
        return numbers

    def _new(self, sample: Sample, points: np.ndarray, known: list[int]) -> list[int]:
        """Who may be somebody new, the surest first: enough joints and sure ones, and not found
        twice."""
        seen = sample.visible > 0
        scores = seen if sample.scores is None else np.where(seen, sample.scores, 0)
        mean, taken = scores.sum(1) / np.maximum(seen.sum(1), 1), list(known)
        for p in np.argsort(-mean, kind="stable"):
            there = p not in taken and mean[p] >= self.sure and seen[p].sum() >= SHARED
            if there and similarity(points[p], points[taken]).max(initial=0) < SAME:
                taken.append(p)
        return taken[len(known) :]

    def _next(self, seconds: float | None, size: tuple[int, int]) -> float:
        """The time of the next frame; the tracks, as large as its image shows them."""
        usual = self._seconds + STEP if np.isfinite(self._seconds) else 0.0
        seconds = usual if seconds is None else float(seconds)
        check_later(seconds, self._seconds)
        for track in self.tracks if size != self._size else ():
            scale = np.divide(size, self._size)[::-1]
            track.points, track.velocity = track.points * scale, track.velocity * scale
        self._seconds, self._size = seconds, size
        return seconds

    def _waits(self, track: Track, seconds: float) -> bool:
        patience = self.patience if track.number else UNCONFIRMED * self.patience
        return seconds - track.seconds <= patience + STEP

    def _pairs(self, points: np.ndarray, seconds: float) -> list[tuple[int, int]]:
        """Which track each of the people (P, K, 2) goes on with, as (track, person)."""
        if not self.tracks or not len(points):
            return []
        expected = np.stack([track.at(seconds) for track in self.tracks])[:, None]
        lost = np.array([seconds - track.seconds for track in self.tracks])
        similar = similarity(points, expected, 1 + WIDER * lost[:, None])
        known = [track.number > 0 for track in self.tracks]
        # Who has a number comes first, so that a stranger cannot push anybody aside.
        pairs = _matched(similar * np.array(known)[:, None])
        similar[:, [p for _, p in pairs]] = similar[known] = 0
        return pairs + _matched(similar)


def similarity(points, others, wider=1.0) -> np.ndarray:
    """(...) of people (..., K, 2) with others, by the joints that both have; the tolerance is as
    many times ``wider`` (...). 0 of those who share fewer than `SHARED` joints."""
    both = np.isfinite(points).all(-1) & np.isfinite(others).all(-1)
    similar = oks(points, others, both, areas_of(others) * wider**2, JOINTS)
    return np.where(both.sum(-1) < SHARED, 0, similar)


def _matched(similar: np.ndarray) -> list[tuple[int, int]]:
    """The rows and columns that belong together."""
    pairs = zip(*linear_sum_assignment(similar, maximize=True))
    return [(int(n), int(p)) for n, p in pairs if similar[n, p] >= LEAST]


def common_joints(sample: Sample) -> tuple[np.ndarray, np.ndarray]:
    """(P, K, 2) pixels and (P, K) flags of a sample's people in `JOINTS`."""
    return skeletons.convert(sample.keypoints, sample.visible, sample.skeleton, JOINTS)[:2]


def extents(points: np.ndarray) -> np.ndarray:
    """(...) pixels: the longer side of the box around the joints (..., K, 2) of each person that
    are known; 0 of whom nothing is."""
    return box_sides(points).max(-1)


def areas_of(points: np.ndarray) -> np.ndarray:
    """(...) pixels squared, about the area of each person: a quarter of their extent's square, so
    that somebody in profile is not smaller."""
    return extents(points) ** 2 / 4
