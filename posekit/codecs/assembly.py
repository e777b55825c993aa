"""From the maps of a crowd to its people, step by step.

A network that sees several people predicts one heatmap per joint, in which everybody's joint
stands, and one *part affinity field* (PAF) per limb: two maps, x and y of the unit vector that
points along the limb. Four functions make people of them:

    find_peaks     one heatmap             -> where that joint is, once for each person
    limb_scores    one field, two joints   -> how well each pair of them is joined by the limb
    match_limb     these scores            -> pairs: each joint in at most one of them
    put_together   the pairs of all limbs  -> people

Cao et al., "OpenPose: Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields", PAMI
2021, describe the first three. Coordinates are cells of the maps. `compiled_assembly` has the
first two compiled, with the same results.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import fmean
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from ..geometry import cell_to_pixel
from .people import People

PEAK = 0.1  # the least height of a peak
MOST = 200  # peaks of a joint, the highest; an untrained network's maps have peaks everywhere
SAMPLES = 10  # along a pair of joints
ALONG, SHARE = 0.05, 0.8  # this share of the samples must point along the pair by this much
NEAR = 0.5  # cells: a pair this close has no direction to speak of, and is joined at score ALONG
JOINTS, LIMB = 3, 0.2  # a person has so many joints, and limbs of this mean score
LONG = 2.0  # what a pair as long as the map loses: its score is divided by 1 + LONG
MATCHINGS = ("exact", "greedy")
_LEAST = 1e-10  # where a map is 0 or less it has no logarithm
_HALF = 0.4999  # cells that a peak is moved at most: it stays in its cell, and in the map


def find_peaks(heatmap: np.ndarray, threshold: float = PEAK) -> np.ndarray:
    """(N, 3) float32 x, y (cells) and height of the local maxima of one map (h, w), by height.

    A peak is higher than its eight neighbours; of equal neighbours the first counts. Its place
    is refined along x and along y by the parabola through three logarithms, which is exact for
    a Gaussian.
    """
    high = np.pad(heatmap, 1, constant_values=-np.inf)
    row, column = np.nonzero(high > threshold)
    steps = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    around = np.array([high[row + dy, column + dx] for dy, dx in steps])
    top = (around[4] > around[:4]).all(0) & (around[4] >= around[5:]).all(0)
    row, column = row[top] - 1, column[top] - 1
    x, y = _refined(heatmap[row], column), _refined(heatmap.T[column], row)
    peaks = np.stack([x, y, heatmap[row, column]], -1).astype(np.float32)
    return peaks[np.argsort(-peaks[:, 2], kind="stable")[:MOST]]


def _refined(lines: np.ndarray, at: np.ndarray) -> np.ndarray:
    """(N,) the tops, at most half a cell from cells ``at`` (N,) of N lines of a map (N, cells).

    At the end of a line, where one of the neighbours is missing, the next two are taken.
    """
    if lines.shape[1] < 3:
        return at.astype(float)
    middle = np.clip(at, 1, lines.shape[1] - 2)
    three = np.take_along_axis(lines, middle[:, None] + (-1, 0, 1), 1)
    left, centre, right = np.log(np.maximum(three.astype(float), _LEAST)).T
    bend = 2 * centre - left - right
    tops = middle + (right - left) / np.maximum(2 * bend, _LEAST)
    return np.where(bend > 0, np.clip(tops, at - _HALF, at + _HALF), at)


def limb_scores(paf: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """(N, M) float32, 0 to about 1: how well each start is joined to each end by a limb's field.

    ``paf`` (2, h, w) is the limb's field; ``starts`` (N, 3) and ``ends`` (M, 3) are peaks of its
    two joints. The field is read at `SAMPLES` places from the one to the other, in the nearest
    cell, and the score is its mean part along that direction: a line integral. It is 0 where
    less than `SHARE` of the samples point that way.

    A long pair scores a little less, by the square of its length. Where one person stands
    behind another, the field joins each neck to both hips, equally well; two limbs of equal
    length then cost less than a long one and a short one.
    """
    steps = ends[None, :, :2].astype(float) - starts[:, None, :2]  # (N, M, 2)
    length = np.sqrt(np.square(steps).sum(-1))
    way = np.linspace(0, 1, SAMPLES)[:, None]
    places = starts[:, None, None, :2] + steps[:, :, None] * way  # (N, M, SAMPLES, 2)
    column, row = (places + 0.5).astype(int).transpose(3, 0, 1, 2)  # the nearest cell
    dx, dy = np.moveaxis(steps / np.maximum(length, _LEAST)[..., None], -1, 0)[..., None]
    along = paf[0, row, column] * dx + paf[1, row, column] * dy
    joined = (along > ALONG).sum(-1) >= SHARE * SAMPLES
    scores = np.where(joined, np.maximum(along.mean(-1), 0), 0)
    scores = np.where(length < NEAR, np.maximum(scores, ALONG), scores)
    return (scores / (1 + LONG * np.square(length / max(paf.shape)))).astype(np.float32)


class Pair(NamedTuple):
    """Two peaks that a limb joins."""

    score: float
    limb: int
    start: int  # of the peaks of the limb's first joint
    end: int  # of the peaks of its second


def match_limb(scores: np.ndarray, limb: int = 0, matching: str = "exact") -> list[Pair]:
    """Pairs of one limb by their scores (N, M), no peak in two of them, none of score 0.

    ``greedy`` takes the best pair that is left, again and again, as OpenPose does; ``exact``
    finds the pairs of the greatest total (Kuhn's Hungarian method).
    """
    if matching == "exact":
        chosen = zip(*linear_sum_assignment(scores, maximize=True))
        return [Pair(float(scores[i, j]), limb, i, j) for i, j in chosen if scores[i, j] > 0]
    pairs, starts, ends = [], set(), set()
    rows, columns = np.nonzero(scores)
    for n in np.argsort(-scores[rows, columns], kind="stable"):
        i, j = rows[n], columns[n]
        if i not in starts and j not in ends:
            pairs.append(Pair(float(scores[i, j]), limb, i, j))
            starts.add(i)
            ends.add(j)
    return pairs


class Person(NamedTuple):
    """A person that is being put together."""

    peaks: dict[int, int]  # joint -> which of its peaks
    limbs: list[float]  # the scores of the limbs


def put_together(pairs: list[Pair], limbs: np.ndarray) -> list[Person]:
    """People of the pairs of all limbs; ``limbs`` (L, 2) are joint indices.

    Each peak starts as a person of one joint. The best pair comes first, and makes one person of
    two unless both have the same joint. (Without limbs beyond the skeleton's tree that cannot
    happen. A limb beyond it joins what the tree left apart, or confirms what is together.)
    """
    person_of: dict[tuple[int, int], Person] = {}
    for score, limb, start, end in sorted(pairs, key=lambda pair: -pair.score):
        a, b = limbs[limb]
        one = person_of.setdefault((a, start), Person({a: start}, []))
        two = person_of.setdefault((b, end), Person({b: end}, []))
        if one is not two:
            if one.peaks.keys() & two.peaks.keys():
                continue
            one.peaks.update(two.peaks)
            one.limbs.extend(two.limbs)
            person_of.update({peak: one for peak in two.peaks.items()})
        one.limbs.append(score)
    return list({id(person): person for person in person_of.values()}.values())


def assemble(
    heatmaps: np.ndarray,
    pafs: np.ndarray,
    limbs: np.ndarray,
    threshold: float = PEAK,
    matching: str = "exact",
    find_peaks: Callable = find_peaks,
    limb_scores: Callable = limb_scores,
) -> tuple[np.ndarray, np.ndarray]:
    """(P, K, 3) float32 x, y, height (NaN, NaN, 0 where missing) and (P,) float32 person scores.

    ``heatmaps`` (K, h, w), ``pafs`` (2L, h, w), ``limbs`` (L, 2). A person of less than `JOINTS`
    joints, or of limbs whose mean score is below `LIMB`, is dropped. The first two steps may be
    those of `compiled_assembly`.
    """
    peaks = [find_peaks(heatmap, threshold) for heatmap in heatmaps]
    pairs = []
    for limb, (a, b) in enumerate(limbs):
        scores = limb_scores(pafs[2 * limb : 2 * limb + 2], peaks[a], peaks[b])
        pairs += match_limb(scores, limb, matching)
    people = [person for person in put_together(pairs, limbs) if is_person(person)]
    found = np.full((len(people), len(peaks), 3), (np.nan, np.nan, 0), np.float32)
    for row, person in zip(found, people):
        for joint, peak in person.peaks.items():
            row[joint] = peaks[joint][peak]
    return found, np.array([fmean(person.limbs) for person in people], np.float32)


def is_person(person: Person) -> bool:
    """Whether there is enough of it."""
    return len(person.peaks) >= JOINTS and fmean(person.limbs) >= LIMB


def as_people(found: np.ndarray, sure: np.ndarray, stride: int) -> People:
    """What `assemble` found, (P, K, 3) and (P,) how sure each person is, as `People` in pixels."""
    scores = found[..., 2]
    total = sure * scores.mean(-1)
    order = np.argsort(-total, kind="stable")
    keypoints = cell_to_pixel(found[..., :2], stride).astype(np.float32)
    return People(keypoints[order], scores[order], total[order])
