"""How well people keep their numbers: IDF1 and identity switches.

Ristani, Solera, Zou, Cucchiara, Tomasi, "Performance Measures and a Data Set for Multi-Target,
Multi-Camera Tracking", ECCV Workshops 2016, for IDF1; Bernardin, Stiefelhagen, "Evaluating Multiple
Object Tracking Performance: The CLEAR MOT Metrics", EURASIP JIVP 2008, for the switches. Where
these papers let boxes overlap, keypoints are compared by their similarity (`posekit.oks`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from .data.sample import Sample
from .errors import InputError
from .oks import oks
from .tracking import JOINTS, areas_of, common_joints

SIMILAR = 0.5  # from which a found person may stand for a true one


class TrackingScores(NamedTuple):
    """The scores of one clip, or the sums over several."""

    right: int  # person-frames that have the number which is best for that person
    people: int  # true person-frames
    found: int  # found people who have a number
    switches: int  # how many times a true person's number is not what it was before

    @property
    def idf1(self) -> float:
        """From 0 to 1, the share of person-frames, true and found, that agree; NaN for none."""
        both = self.people + self.found
        return 2 * self.right / both if both else float("nan")


def tracking_scores(
    truth: Sequence[Sample],
    found: Sequence[Sample],
    numbers: Sequence[np.ndarray],
    similar: float = SIMILAR,
) -> TrackingScores:
    """Compare what a tracker says of T frames with the truth.

    Args:
        truth: T samples (a `posekit.data.Clip`, say) in which a person keeps their place.
        found: T samples of found people, in the same joint set.
        numbers: T arrays (P,) whole numbers, one for each found person; a negative one is none.
        similar: the least similarity at which a found person may stand for a true one.

    Raises `InputError` where these are not of one length.
    """
    if not len(truth) == len(found) == len(numbers):
        raise InputError(
            f"{len(truth)} true frames, {len(found)} found ones and {len(numbers)} lists of "
            "numbers: there must be as many of each."
        )
    truth = [truth[t] for t in range(len(truth))]  # a clip is no iterable
    frames = [
        (_similarity(true, some), np.asarray(named))
        for true, some, named in zip(truth, found, numbers)
    ]
    named = sum(int((numbers >= 0).sum()) for _, numbers in frames)
    people = sum(int((sample.visible > 0).any(1).sum()) for sample in truth)
    return TrackingScores(_right(frames, similar), people, named, _switches(frames, similar))


def total(scores: Sequence[TrackingScores]) -> TrackingScores:
    """The scores of several clips together."""
    return TrackingScores(*(sum(part) for part in zip(*scores)))


def _similarity(truth: Sample, found: Sample) -> np.ndarray:
    """(people, found people); NaN in the row of a true person of whom no joint is labelled."""
    (points, flags), (others, _) = common_joints(truth), common_joints(found)
    areas = areas_of(points)[:, None]
    return oks(others[None], points[:, None], flags[:, None], areas, JOINTS)


def _right(frames: list, similar: float) -> int:
    """In how many person-frames each person has their own number, for the best one-to-one choice
    of a number for each person over the whole clip."""
    together = {}  # (person, number): the frames in which that number may be that person's
    for table, numbers in frames:
        for person, n in np.argwhere(table >= similar):
            if numbers[n] >= 0:
                key = int(person), int(numbers[n])
                together[key] = together.get(key, 0) + 1
    people, names = (sorted({key[part] for key in together}) for part in (0, 1))
    counts = np.array([[together.get((p, n), 0) for n in names] for p in people])
    if not counts.size:
        return 0
    return int(counts[linear_sum_assignment(counts, maximize=True)].sum())


def _switches(frames: list, similar: float) -> int:
    """A person whose number still fits keeps it; the others are matched as similar as can be."""
    last, switches = {}, 0
    for table, numbers in frames:
        may = (table >= similar) & (numbers >= 0)
        kept = np.array([[last.get(p) == n for n in numbers] for p in range(len(table))])
        worth = np.where(may, table + 2 * kept.reshape(may.shape), 0)
        for p, n in zip(*linear_sum_assignment(worth, maximize=True)):
            if may[p, n]:
                switches += last.get(p, numbers[n]) != numbers[n]
                last[p] = numbers[n]
    return switches
