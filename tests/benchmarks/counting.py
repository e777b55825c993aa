"""Are repetitions counted exactly? Synthetic squats, push-ups and jumping jacks with noise.

    python tests/benchmarks/counting.py [--clips 40] [--noise 0.01]

Each clip is another person who does an exercise 0 to 8 times (`posekit.synthetic.repetitions`),
seen from up to 60 degrees to either side of the front, 30 frames a second. Joints are off by a
share of the person's height, each frame anew, and smoothed as in the live demo. The mirror's video
is counted by a test (tests/unit/test_counting.py).
"""

from __future__ import annotations

import argparse

import numpy as np

from posekit.counting import Repetitions
from posekit.data.sample import Sample
from posekit.synthetic import repetitions
from posekit.track_windows import SmoothTracks

ACTIONS = {"squat": "squat", "pushup": "pushup", "jumping_jack": "jumping_jacks"}


def counted(exercise: str, times: int, seed: int, noise: float) -> int:
    """The count of one clip."""
    clip = repetitions(ACTIONS[exercise], times, seed)
    rng, smooth, counter = np.random.default_rng(seed), SmoothTracks(), Repetitions(exercise)
    spread = noise * np.ptp(clip.keypoints[0, 0], axis=0).max()
    for t in range(len(clip)):
        points = clip.keypoints[t] + rng.normal(0, spread, clip.keypoints[t].shape)
        sample = Sample(clip.id, clip.skeleton, points, clip.visible[t], size=clip.size)
        steady = smooth(sample, [1], t / clip.fps)
        count = counter.update(steady.keypoints[0], steady.visible[0], t / clip.fps)
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=40)
    parser.add_argument("--noise", type=float, default=0.01)
    args = parser.parse_args()
    for exercise in ACTIONS:
        times = [seed % 9 for seed in range(args.clips)]
        counts = [counted(exercise, n, seed, args.noise) for seed, n in enumerate(times)]
        right = sum(a == b for a, b in zip(counts, times))
        print(f"{exercise:<14}{right:4} of {args.clips} clips exact", flush=True)


if __name__ == "__main__":
    main()
