"""In how many frames of a video are all three people found?

    POSEKIT_MIRROR=DIR python tests/benchmarks/three_people.py [NAME ...] [--sides 192 256]

The video is the mirror's ``exercise.avi``: three people exercise side by side, about 110 pixels
tall, in 393 frames of 288 x 384. On every tenth frame the middle of each one's hips was marked by
hand (``three_people_marks.csv``: frame, then x and y of the left, the middle and the right person
in pixels). The mark is a circle of `RADIUS` pixels, about half as wide as the hips. A person is
found if somebody has at least `JOINTS` of COCO's 17 joints and the middle of both hips inside the
mark; who lacks a hip has no middle.

The networks of the course look at each of these frames anew and at each size; so does BlazePose,
as an image, with five poses, where its bundle is.

Then several people are followed through the whole video, by MediaPipe itself and by
`posekit.live.several`, as `posekit live --actions` does it: who is found in the marked frames, and
who of them has a number. A *switch* is a mark whose number is not the one before. Milliseconds are
a processor's, for a frame with skeletons, numbers and actions, drawn. Last comes the mirror's
``jumping_jack.mp4``, one person: in which share of the frames one is found, and how far the joints
are from those that BlazePose finds when it is asked for one, in heights of the person.
"""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path

import numpy as np
from tqdm import tqdm

from posekit import crowds, datasets, live, skeletons
from posekit.data.sample import Sample
from posekit.inference import one_thread
from posekit.live.actions import ActionDetector
from posekit.live.crowds import CrowdDetector
from posekit.live.several import FollowedPeople
from posekit.tracking import extents

MARKS = Path(__file__).with_name("three_people_marks.csv")
RADIUS = 10.0  # pixels
JOINTS = 8  # of COCO's 17


def read_marks() -> dict[int, np.ndarray]:
    """By the frame's number (3, 2) pixels: the middle of each person's hips."""
    with MARKS.open(newline="") as file:
        rows = [[int(value) for value in row] for row in list(csv.reader(file))[1:]]
    return {frame: np.reshape(places, (3, 2)) for frame, *places in rows}


def away(marks: np.ndarray, found: Sample) -> np.ndarray:
    """(M, N) pixels from each mark (M, 2) to the middle of everybody's hips; infinite where
    somebody has too few joints, or lacks a hip."""
    points, visible, _ = skeletons.convert(found.keypoints, found.visible, found.skeleton, "coco17")
    there = (visible > 0) & np.isfinite(points).all(-1)
    coco = skeletons.get("coco17")
    hips = [coco.index("left_hip"), coco.index("right_hip")]
    enough = (there.sum(1) >= JOINTS) & there[:, hips].all(1)
    far = np.linalg.norm(marks[:, None] - points[:, hips].mean(1), axis=-1)
    return np.where(enough, far, np.inf)


def found_at(marks: np.ndarray, found: Sample) -> np.ndarray:
    """(M,) bool: whether somebody's hips are within each of the marks (M, 2)."""
    return (away(marks, found) <= RADIUS).any(1)


def numbers_at(marks: np.ndarray, found: Sample, numbers: np.ndarray) -> np.ndarray:
    """(M,) the number of whose hips are nearest to each mark (M, 2) and within it; else -1."""
    far = np.append(away(marks, found), np.full((len(marks), 1), RADIUS), 1)
    return np.append(numbers, -1)[far.argmin(1)]


def shares(found: list[np.ndarray]) -> tuple[float, float]:
    """The share of frames in which everybody is found, and of people in all of them."""
    table = np.array(found)
    return float(table.all(1).mean()), float(table.mean())


def video(name: str) -> live.Source:
    return live.open_source(next(datasets.find("people_media").rglob(name)))


def marked_frames() -> list[tuple[np.ndarray, np.ndarray]]:
    """The marks (3, 2) and the image of each frame that has marks."""
    marks = read_marks()
    return [(marks[t], image) for t, image in enumerate(video("exercise.avi")) if t in marks]


def line(name: str, detector, frames: list) -> str:
    bar = tqdm(frames, name, ascii=True, leave=False)
    every, each = shares([found_at(marks, detector.detect(image)) for marks, image in bar])
    return f"{name:<36}{every:12.1%}{each:12.1%}"


def switches(rows: np.ndarray) -> int:
    """How often a mark's number (T, M) is not the one that it had before; -1 is none."""
    known = [column[column > 0] for column in np.transpose(rows)]
    return sum(int((column[1:] != column[:-1]).sum()) for column in known)


def followed(name: str, detector) -> str:
    """A line of what is found, and one of what is tracked."""
    marks, found, numbers = read_marks(), [], []
    frames = video("exercise.avi")
    with ActionDetector(detector) as path, one_thread():
        start = time.process_time()
        for t, image in enumerate(tqdm(frames, name, ascii=True, leave=False)):
            people = path.detect(image, 1000 * t / frames.fps)
            path.show(people)
            if t in marks:
                found.append(found_at(marks[t], people))
                numbers.append(numbers_at(marks[t], people, path.numbers))
        spent = 1000 * (time.process_time() - start) / (t + 1)
    alone, tracked = shares(found), shares([row > 0 for row in numbers])
    return (
        f"{name:<36}{alone[0]:12.1%}{alone[1]:12.1%}\n"
        f"{'  and has a number':<36}{tracked[0]:12.1%}{tracked[1]:12.1%}"
        f"   switches {switches(numbers)}, {spent:.0f} ms a frame"
    )


def one_person(name: str, detector) -> str:
    """What becomes of a single person, beside BlazePose asked for one."""
    counts, off, frames = [], [], video("jumping_jack.mp4")
    with detector, live.BlazePose(video=True) as blazepose:
        for t, image in enumerate(frames):
            people = detector.detect(image, 1000 * t / frames.fps)
            one = blazepose.detect(image, 1000 * t / frames.fps)
            counts.append(len(people))
            if len(people) and len(one):
                far = np.linalg.norm(people.keypoints[0] - one.keypoints[0], axis=-1)
                off.append(far.mean() / extents(one.keypoints[0]))
    share = np.mean(np.array(counts) == 1)
    return f"{name:<36}one person in {share:.1%} of the frames, {np.mean(off):.1%} of a height off"


def follow(poses: int) -> None:
    """Both ways to follow several people with BlazePose, on both videos."""
    ways = {"MediaPipe's own": live.BlazePose, "posekit's followers": FollowedPeople}
    for tell in (followed, one_person):
        for way, kind in ways.items():
            name = f"BlazePose, {poses}, {way}"
            print(tell(name, kind(poses=poses, video=True)), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=["crowd"], metavar="NAME")
    parser.add_argument("--sides", type=int, nargs="+", default=crowds.SIDES, metavar="S")
    parser.add_argument("--poses", type=int, default=5, help="people that BlazePose may find")
    parser.add_argument("--follow", type=int, default=3, help="people that may be followed")
    args = parser.parse_args()
    frames = marked_frames()
    print(f"{f'{len(frames)} frames, three people':<36}{'all three':>12}{'each':>12}")
    with one_thread():
        for name in args.names:
            for sides in (*sorted(args.sides), args.sides):
                detector = CrowdDetector(name, sides=sides)
                print(line(f"{name} at {sides}", detector, frames), flush=True)
    if live.bundle_path():
        with live.BlazePose(poses=args.poses) as blazepose:
            print(line(f"BlazePose, {args.poses} poses", blazepose, frames), flush=True)
        follow(args.follow)


if __name__ == "__main__":
    main()
