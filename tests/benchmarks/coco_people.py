"""People found on COCO's photographs: networks of this course beside BlazePose, in one run.

    python tests/benchmarks/coco_people.py [NAME ...] [--sides 512] [--poses 5]

Every image of the data set ``coco`` that is on this machine (``POSEKIT_MIRROR`` has 60; none was
ever learnt from), COCO's figures over its 12 body joints, since Leeds Sports Pose labels no face,
and AP's interval by the bootstrap over images. BlazePose sees each image at once, and in squares of
several sizes (`posekit.live.several`); it needs its bundle, ``mediapipe_pose``.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
from tqdm import tqdm

from posekit import catalog, checkpoints, coco_results, live, skeletons
from posekit.codecs.people import People
from posekit.live.several import FollowedPeople
from posekit.tasks.crowds import score


def blazepose(images, detector) -> dict:
    """COCO's figures of BlazePose: a person scores the mean of its joints' visibility."""
    labels, found = [], []
    with detector as model:
        for sample in tqdm(images, "BlazePose", ascii=True, leave=False):
            seen = model.detect(sample.image)
            points, flags, _ = skeletons.convert(
                seen.keypoints, seen.visible, seen.skeleton, coco_results.SKELETON
            )
            sure = np.where(flags > 0, 1.0, 0.0)
            total = seen.scores.mean(1) if len(seen) else np.zeros(0)
            found.append(People(points, sure, total))
            labels.append(replace(sample, image=None, ignore=None))
    return coco_results.figures(labels, found, coco_results.SKELETON, body=True)


def line(name: str, scores: dict) -> str:
    low, high = scores["interval"]
    return (
        f"{name:<32}{scores['figures']['AP']:8.3f}{f'{low:.3f} to {high:.3f}':>18}"
        f"{scores['AP_not_small']:12.3f}{scores['found']:8}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=["crowd", "crowd_photos"], metavar="NAME")
    text = "pixels of an image's longer side, for one look each"
    parser.add_argument("--sides", type=int, nargs="+", default=[512], metavar="S", help=text)
    parser.add_argument("--poses", type=int, default=5, help="people that BlazePose may find")
    args = parser.parse_args()
    images = catalog.load("coco", None, skeleton=coco_results.SKELETON, everyone=True)
    print(
        f"{'COCO, 12 body joints':<32}{'AP':>8}{'95 % interval':>18}{'not small':>12}{'found':>8}"
    )
    for name in args.names:
        model, card = checkpoints.load_pretrained(name)
        for grouping in ("pafs", "centres"):
            scores = score(model, images, card["codec"], args.sides, grouping=grouping, body=True)
            print(line(f"{name}, {grouping}", scores), flush=True)
    ways = {"at once": live.BlazePose(poses=args.poses)}
    ways["in squares"] = FollowedPeople(poses=args.poses, video=False)
    for way, detector in ways.items():
        name = f"BlazePose, {args.poses} poses, {way}"
        print(line(name, blazepose(images, detector)), flush=True)


if __name__ == "__main__":
    main()
