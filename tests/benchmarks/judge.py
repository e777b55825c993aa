"""An outside judge of the synthetic people: MediaPipe's BlazePose, which has never seen them.

How many of 100 upright `normal` people at 512 x 512 does it find, and how far from the truth
does it say that shoulders, hips, knees and ankles are, in torsos (left shoulder to right hip)?

    OMP_NUM_THREADS=1 nice -n 19 python tests/benchmarks/judge.py

Upright: hips at least a third of the way from ankles to head, the trunk within 35 degrees of
the vertical. The bundle must be on this machine, or in the folder that POSEKIT_MIRROR names.
"""

from __future__ import annotations

import argparse

import numpy as np

from posekit import live, metrics, skeletons, synthetic
from posekit.synthetic import People

BLAZE = skeletons.get("blazepose33")
JUDGED = [
    BLAZE.index(f"{side}_{joint}")
    for joint in ("shoulder", "hip", "knee", "ankle")
    for side in ("left", "right")
]


def upright(points: np.ndarray) -> bool:
    """Whether someone with these joints (33, 3), camera axes, y down, stands or walks."""
    shoulders, hips, knees, ankles = JUDGED[:2], JUDGED[2:4], JUDGED[4:6], JUDGED[6:]
    middle = [points[pair].mean(0) for pair in (shoulders, hips, knees, ankles)]
    trunk = middle[1] - middle[0]
    lean = np.degrees(np.arccos(trunk[1] / np.linalg.norm(trunk)))
    return bool(lean < 35 and middle[3][1] - middle[1][1] > 0.45 and middle[2][1] > middle[1][1])


def people(count: int, seed: int, size: int):
    """The first so many upright people of a seed."""
    stream = People(seed, 10**6, size, "blazepose33")
    n = 0
    while count:
        sample = stream[n]
        n += 1
        if upright(sample.keypoints_3d[0]):
            count -= 1
            yield sample


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--save", help="a picture of those that were not found")
    args = parser.parse_args()
    errors, missed = [], []
    with live.BlazePose() as judge:
        for sample in people(args.count, args.seed, args.size):
            found = judge.detect(sample.image)
            if len(found) == 0:
                missed.append(sample)
                continue
            torso = metrics.torso_lengths(sample.keypoints, sample.visible, BLAZE).values
            known = sample.visible[0, JUDGED] > 0
            away = np.linalg.norm(found.keypoints[0] - sample.keypoints[0], axis=-1)[JUDGED]
            errors.extend(away[known] / torso[0])
    print(
        f"synthetic {synthetic.VERSION}, seed {args.seed}: BlazePose finds "
        f"{args.count - len(missed)} of {args.count} upright people; its shoulders, hips, knees "
        f"and ankles are {100 * np.median(errors):.1f} % of the torso away (median), "
        f"{100 * np.quantile(errors, 0.9):.1f} % (90th percentile)"
    )
    if args.save and missed:
        import cv2

        tiles = [sample.image for sample in missed[:12]]
        cv2.imwrite(args.save, np.concatenate(tiles, axis=1)[..., ::-1])


if __name__ == "__main__":
    main()
