"""Who keeps their numbers? posekit's tracker, norfair and ByteTrack on the same detections.

    PYTHONPATH=build/bench-peers python tests/benchmarks/tracking.py [--clips 100] [--seed 0]

The clips are synthetic crossings of two to five people who walk past each other or stand
(`posekit.synthetic.CrowdClips`, 48 frames at 15 a second each), of which only the labels are made.
A detector is imitated: joints are `NOISE` of the person's height off, and twice that where they
are hidden; people who are mostly hidden are missed, and sometimes others; there are people who are
not there, and people who are found twice. All three trackers get the same keypoints, or the boxes
around them, and the same scores. ``--tune`` tries the settings of `TRIED` on the clips of
`TUNED_ON`; those with the fewest switches stand in `CHOSEN`, and posekit's constants were chosen on
these clips too. ``make bench`` installs the peers; without them posekit's is measured alone.
"""

from __future__ import annotations

import argparse
import logging
from importlib.util import find_spec

import numpy as np

from posekit.data.sample import OCCLUDED, VISIBLE, Sample
from posekit.synthetic import CrowdClips
from posekit.tracking import Tracker
from posekit.tracking_scores import total, tracking_scores

NOISE = 0.015  # of the height, the std of a joint's place
MISSED = 0.04  # of people in plain sight
HIDDEN = 0.35  # share of visible joints below which somebody is found one time in ten
FALSE, TWICE = 0.10, 0.02  # people who are not there in a frame; of the found, who is found twice
TUNED_ON = 1000  # a seed
ACTIONS = ("walk", "walk", "walk", "stand")


def crossings(seed: int, count: int) -> list:
    """(truth, detections) of each clip: T samples of each."""
    clips = CrowdClips(seed, count, (2, 5), ACTIONS, skeleton="coco17")
    return [
        (clip, detections(clip, seed, n)) for n, clip in enumerate(map(clips.labels, range(count)))
    ]


def detections(clip, seed: int, index: int) -> list[Sample]:
    """What a detector might find in each frame of a clip; people in no order."""
    rng = np.random.default_rng([seed, index])
    return [_detected(clip[t], rng) for t in range(len(clip))]


def _detected(sample: Sample, rng) -> Sample:
    found = []
    for points, visible in zip(sample.keypoints, sample.visible):
        seen = (visible == VISIBLE).mean()
        if rng.random() < (1 - MISSED if seen >= HIDDEN else 0.1):
            found += [_person(points, visible, rng) for _ in range(1 + (rng.random() < TWICE))]
    for _ in range(rng.poisson(FALSE)):
        points = sample.keypoints[rng.integers(len(sample))]
        away = rng.uniform(-0.5, 0.5, 2) * sample.size[::-1] + (points - points[0]) * rng.normal(
            0, 0.3, (17, 1)
        )
        found.append(_person(points + away, np.full(17, OCCLUDED), rng))
    rng.shuffle(found)
    keypoints, visible, scores = (
        np.reshape([one[k] for one in found], (-1, 17, *tail))
        for k, tail in enumerate(((2,), (), ()))
    )
    return Sample(sample.id, sample.skeleton, keypoints, visible, size=sample.size, scores=scores)


def _person(points, visible, rng) -> tuple:
    hidden = visible < VISIBLE
    height = np.ptp(points[:, 1])
    noise = rng.normal(0, NOISE * height, points.shape) * (1 + hidden)[:, None]
    scores = np.clip(rng.normal(np.where(hidden, 0.4, 0.85), 0.1), 0.05, 1)
    there = ~(hidden & (rng.random(len(hidden)) < 0.5))
    return points + noise, np.where(there, np.where(hidden, OCCLUDED, VISIBLE), 0), scores


# -------------------------------------------------------------------------- the three trackers
FPS = 15
MARGIN = 0.1  # of a person's extent, around the joints, for ByteTrack's boxes


def posekits(frames: list[Sample], **settings) -> list[np.ndarray]:
    tracker = Tracker(**settings)
    return [tracker.update(frame, t / FPS) for t, frame in enumerate(frames)]


def norfairs(frames: list[Sample], near: float, delay: int, patience: int) -> list[np.ndarray]:
    from norfair import Detection, Tracker

    def distance(detection, track) -> float:
        both = (detection.scores > 0.1) & (track.last_detection.scores > 0.1)
        away = np.linalg.norm(detection.points - track.estimate, axis=1)[both]
        return away.mean() / np.ptp(track.estimate[:, 1]) if len(away) else np.inf

    tracker = Tracker(distance, near, patience, delay, detection_threshold=0.1)
    rows = []
    for frame in frames:
        known = frame.visible > 0
        points = (
            np.where(
                known[..., None], frame.keypoints, np.nanmean(frame.keypoints, 1, keepdims=True)
            )
            if len(frame)
            else []
        )
        people = [
            Detection(at, score, data=(frame.id, n))
            for n, (at, score) in enumerate(zip(points, frame.scores * known))
        ]
        numbers = np.full(len(frame), -1)
        for track in tracker.update(people):
            name, n = track.last_detection.data
            if name == frame.id:
                numbers[n] = track.id
        rows.append(numbers)
    return rows


def bytetracks(
    frames: list[Sample], least: float, iou: float, new: float, delay: int, patience: int
) -> list[np.ndarray]:
    import supervision
    from trackers import ByteTrackTracker

    tracker = ByteTrackTracker(patience, FPS, new, delay, iou, least)
    rows = []
    for frame in frames:
        numbers = np.full(len(frame), -1)
        known = (frame.visible > 0)[..., None]
        low = np.where(known, frame.keypoints, np.inf).min(1)
        high = np.where(known, frame.keypoints, -np.inf).max(1)
        flesh = MARGIN * (high - low).max(1, keepdims=True)
        people = supervision.Detections(
            np.concatenate([low - flesh, high + flesh], 1).reshape(-1, 4).astype(float),
            confidence=(frame.scores * known[..., 0]).sum(1) / known.sum((1, 2)),
            data={"n": np.arange(len(frame))},
        )
        found = tracker.update(people)
        if len(found):
            numbers[found.data["n"]] = found.tracker_id
        rows.append(numbers)
    return rows


TRACKERS = {
    "posekit": (posekits, "posekit"),
    "norfair": (norfairs, "norfair"),
    "ByteTrack": (bytetracks, "trackers"),
}
TRIED = {
    "norfair": [
        {"near": near, "delay": delay, "patience": patience}
        for near, delay, patience in (
            *((0.15, 2, 15), (0.25, 2, 15), (0.4, 2, 15)),
            *((0.25, 2, 8), (0.25, 3, 15), (0.15, 2, 8)),
        )
    ],
    "ByteTrack": [
        {"least": least, "iou": iou, "new": new, "delay": delay, "patience": patience}
        for least, iou, new, delay, patience in (
            *((0.6, 0.1, 0.7, 2, 30), (0.3, 0.1, 0.5, 3, 30), (0.3, 0.3, 0.5, 3, 30)),
            *((0.3, 0.02, 0.5, 2, 30), (0.3, 0.02, 0.5, 3, 60), (0.6, 0.02, 0.7, 3, 30)),
        )
    ],
}
CHOSEN = {"posekit": {}, "norfair": TRIED["norfair"][1], "ByteTrack": TRIED["ByteTrack"][5]}


def line(name: str, settings: dict, clips: list) -> str:
    """A tracker's scores over all clips."""
    follow, _ = TRACKERS[name]
    scores = total(
        [tracking_scores(clip, found, follow(found, **settings)) for clip, found in clips]
    )
    return f"{name:<12}{scores.idf1:10.1%}{scores.switches:10}   {settings or ''}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tune", action="store_true", help="try the peers' settings")
    args = parser.parse_args()
    logging.disable(logging.WARNING)  # norfair's advice
    clips = crossings(TUNED_ON if args.tune else args.seed, args.clips)
    print(f"{f'{args.clips} crossings':<12}{'IDF1':>10}{'switches':>10}")
    for name, (_, package) in TRACKERS.items():
        if not find_spec(package):
            print(f"{name:<12}{'not measured: it is not installed':>10}")
            continue
        for settings in TRIED.get(name, [{}]) if args.tune else [CHOSEN[name]]:
            print(line(name, settings, clips), flush=True)


if __name__ == "__main__":
    main()
