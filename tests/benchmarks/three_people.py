"""In how many frames of a video are all three people found?

    POSEKIT_MIRROR=DIR python tests/benchmarks/three_people.py [NAME ...] [--sides 192 256 384]

The video is the mirror's ``exercise.avi``: three people exercise side by side, about 110 pixels
tall, in 393 frames of 288 x 384. On every tenth frame the middle of each one's hips was marked by
hand (``three_people_marks.csv``: frame, then x and y of the left, the middle and the right person
in pixels). The mark is a circle of `RADIUS` pixels, about half as wide as the hips. A person is
found if somebody has at least `JOINTS` of COCO's 17 joints and the middle of both hips inside the
mark; who lacks a hip has no middle.

The networks of the course look at each of these frames anew and at each size; so does BlazePose,
as an image, with five poses, where its bundle is.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
from tqdm import tqdm

from posekit import crowds, datasets, live, skeletons
from posekit.data.sample import Sample
from posekit.inference import one_thread
from posekit.live.crowds import CrowdDetector

MARKS = Path(__file__).with_name("three_people_marks.csv")
RADIUS = 10.0  # pixels
JOINTS = 8  # of COCO's 17


def read_marks() -> dict[int, np.ndarray]:
    """By the frame's number (3, 2) pixels: the middle of each person's hips."""
    with MARKS.open(newline="") as file:
        rows = [[int(value) for value in row] for row in list(csv.reader(file))[1:]]
    return {frame: np.reshape(places, (3, 2)) for frame, *places in rows}


def middles(found: Sample) -> np.ndarray:
    """(N, 2) pixels: the middle of the hips of those who have joints enough, and both hips."""
    points, visible, _ = skeletons.convert(found.keypoints, found.visible, found.skeleton, "coco17")
    there = (visible > 0) & np.isfinite(points).all(-1)
    coco = skeletons.get("coco17")
    hips = [coco.index("left_hip"), coco.index("right_hip")]
    enough = (there.sum(1) >= JOINTS) & there[:, hips].all(1)
    return points[enough][:, hips].mean(1)


def found_at(marks: np.ndarray, found: Sample) -> np.ndarray:
    """(M,) bool: whether somebody's hips are within each of the marks (M, 2)."""
    away = np.linalg.norm(marks[:, None] - middles(found), axis=-1)
    return (away <= RADIUS).any(1)


def shares(found: list[np.ndarray]) -> tuple[float, float]:
    """The share of frames in which everybody is found, and of people in all of them."""
    table = np.array(found)
    return float(table.all(1).mean()), float(table.mean())


def marked_frames() -> list[tuple[np.ndarray, np.ndarray]]:
    """The marks (3, 2) and the image of each frame that has marks."""
    marks = read_marks()
    frames = live.open_source(next(datasets.find("people_media").rglob("exercise.avi")))
    return [(marks[t], image) for t, image in enumerate(frames) if t in marks]


def line(name: str, detector, frames: list) -> str:
    bar = tqdm(frames, name, ascii=True, leave=False)
    every, each = shares([found_at(marks, detector.detect(image)) for marks, image in bar])
    return f"{name:<32}{every:12.1%}{each:12.1%}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=["crowd"], metavar="NAME")
    parser.add_argument("--sides", type=int, nargs="+", default=crowds.SIDES, metavar="S")
    parser.add_argument("--poses", type=int, default=5, help="people that BlazePose may find")
    args = parser.parse_args()
    frames = marked_frames()
    print(f"{f'{len(frames)} frames, three people':<32}{'all three':>12}{'each':>12}")
    with one_thread():
        for name in args.names:
            for sides in (*sorted(args.sides), args.sides):
                detector = CrowdDetector(name, sides=sides)
                print(line(f"{name} at {sides}", detector, frames), flush=True)
    if live.bundle_path():
        with live.BlazePose(poses=args.poses) as blazepose:
            print(line(f"BlazePose, {args.poses} poses", blazepose, frames))


if __name__ == "__main__":
    main()
