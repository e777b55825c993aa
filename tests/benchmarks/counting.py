"""Are repetitions counted exactly? Synthetic squats, push-ups and jumping jacks with noise.

    python tests/benchmarks/counting.py [--clips 40] [--noise 0.01] [--margins]

Each clip is another person who does an exercise 0 to 8 times (`posekit.synthetic.repetitions`),
seen from up to 60 degrees to either side of the front, 30 frames a second. Joints are off by a
share of the person's height, each frame anew, and smoothed as in the live demo. The mirror's video
is counted by a test (tests/unit/test_counting.py). ``--margins`` moves each threshold of
`posekit.counting.EXERCISES` by itself, in steps of 0.01, until a count goes wrong.
"""

from __future__ import annotations

import argparse
import itertools

import numpy as np

from posekit.counting import EXERCISES, Measured, Repetitions
from posekit.data.sample import Sample
from posekit.synthetic import repetitions
from posekit.track_windows import SmoothTracks

ACTIONS = {"squat": "squat", "pushup": "pushup", "jumping_jack": "jumping_jacks"}
STEP = 0.01  # of a threshold that moves


def measured(exercise: str, times: int, seed: int, noise: float) -> list[tuple[float, float]]:
    """The number of the exercise in each frame of one clip, and the frame's seconds."""
    clip, found = repetitions(ACTIONS[exercise], times, seed), []
    rng, smooth, body = np.random.default_rng(seed), SmoothTracks(), Measured(EXERCISES[exercise])
    spread = noise * np.ptp(clip.keypoints[0, 0], axis=0).max()
    for t in range(len(clip)):
        points = clip.keypoints[t] + rng.normal(0, spread, clip.keypoints[t].shape)
        sample = Sample(clip.id, clip.skeleton, points, clip.visible[t], size=clip.size)
        steady, now = smooth(sample, [1], t / clip.fps), t / clip.fps
        found.append((body.value(steady.keypoints[0], steady.visible[0], now), now))
    return found


class Measurements(Repetitions):
    """Counts in what was `measured` before: `update` takes a number in the place of joints."""

    def value(self, points, visible, seconds):
        return points


def counted(exercise: str, numbers: list[tuple[float, float]], **thresholds: float) -> int:
    """The count of one clip, with other ``thresholds``, ``out`` or ``back``."""
    counter = Measurements(exercise)
    counter.exercise = counter.exercise._replace(**thresholds)
    for value, seconds in numbers:
        counter.update(value, None, seconds)
    return counter.count


def right(exercise: str, clips: list, times: list[int], **thresholds: float) -> bool:
    """Whether all counts are right with these thresholds, and ``out`` is not above ``back``."""
    rule = EXERCISES[exercise]._replace(**thresholds)
    counts = (counted(exercise, clip, **thresholds) for clip in clips)
    return rule.out <= rule.back and all(a == b for a, b in zip(counts, times))


def margin(exercise: str, which: str, clips: list, times: list[int]) -> tuple[float, float]:
    """From where to where ``out`` or ``back`` may be, the other as it is, with all counts right.

    Both are the threshold itself where a count is wrong with it. It moves by 1 at most.
    """
    now, ends = getattr(EXERCISES[exercise], which), []
    for step in (-STEP, STEP):
        moved = [round(now + n * step, 2) for n in range(round(1 / STEP) + 1)]
        kept = itertools.takewhile(lambda at: right(exercise, clips, times, **{which: at}), moved)
        ends.append([now, *kept][-1])
    return tuple(ends)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=40)
    parser.add_argument("--noise", type=float, default=0.01)
    parser.add_argument("--margins", action="store_true")
    args = parser.parse_args()
    for exercise, rule in EXERCISES.items():
        times = [seed % 9 for seed in range(args.clips)]
        clips = [measured(exercise, n, seed, args.noise) for seed, n in enumerate(times)]
        counts = [counted(exercise, clip) for clip in clips]
        exact = sum(a == b for a, b in zip(counts, times))
        print(f"{exercise:<14}{exact:4} of {args.clips} clips exact", flush=True)
        for which in ("out", "back") if args.margins else ():
            low, high = margin(exercise, which, clips, times)
            print(f"  {which} {getattr(rule, which)}: right from {low} to {high}", flush=True)


if __name__ == "__main__":
    main()
