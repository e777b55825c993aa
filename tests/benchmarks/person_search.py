"""How well does a network of the course find the person, and at what cost?

    POSEKIT_MIRROR=DIR python tests/benchmarks/person_search.py [CHECKPOINT] [IMAGES]

(a) ``jumping_jack.mp4``, followed from frame to frame as ``posekit live`` does it. Nobody has
    labelled it: BlazePose's joints stand in for a truth, on the joints that both networks have, so
    these are figures of agreement. A frame counts where the mean distance is within 0.2 of
    the torso, or where every joint's is.
(b) LSP extended, images 5501 to 6000, without a box: PCK at 0.2 of the torso of one look at the
    whole image, of two (the second at the square around what the first found), of `search`, and,
    as the bound of what finding the person can give, of one look at the box of the true joints.
(c) Network runs and frames per second, on one thread.

IMAGES is how many of (b)'s images are taken, 500 if nothing is said.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from torch.utils.data import Subset

from posekit import catalog, checkpoints, datasets, metrics, skeletons
from posekit.data.crops import person_box
from posekit.geometry import image_box
from posekit.inference import one_thread
from posekit.live import PHOTOGRAPHS, BlazePose, open_source
from posekit.live.single_person import SinglePersonDetector
from posekit.search import CONFIDENCE, PoseNetwork, box_around, search

NEAR = 0.2  # of the torso


def common(skeleton: str) -> np.ndarray:
    """(2, J) places of the joints that a network's skeleton and BlazePose's share."""
    own, theirs = skeletons.get(skeleton), skeletons.get("blazepose33")
    return np.transpose([(own.index(j), theirs.index(j)) for j in own.joints if j in theirs.joints])


def distances(found, other) -> np.ndarray:
    """(J,) distances of the common joints in torsos; infinite where one of them found nobody."""
    mine, theirs = common(found.skeleton)
    if not len(found) or not len(other):
        return np.full(len(mine), np.inf)
    blazepose = skeletons.get("blazepose33")
    ends = [blazepose.index("left_shoulder"), blazepose.index("right_hip")]
    torso = np.linalg.norm(np.subtract(*other.keypoints[0, ends]))
    return np.linalg.norm(found.keypoints[0, mine] - other.keypoints[0, theirs], axis=-1) / torso


def count_runs(network: PoseNetwork) -> list[int]:
    """A list to which each look of the network adds how many squares it saw."""
    runs = []
    network.model.register_forward_pre_hook(lambda model, images: runs.append(len(images[0])))
    return runs


def agreement_on_video(name: str) -> None:
    frames = open_source(next(datasets.find("people_media").rglob("jumping_jack.mp4")))
    far, runs, seconds = [], [], []
    with BlazePose(video=True) as blazepose, SinglePersonDetector(name, video=True) as detector:
        counted = count_runs(detector.network)
        for t, image in enumerate(frames):
            counted.clear()
            start = time.perf_counter()
            found = detector.detect(image)
            seconds.append(time.perf_counter() - start)
            runs.append(sum(counted))
            far.append(distances(found, blazepose.detect(image, 1000 * t / frames.fps)))
    far, runs, seconds = np.array(far), np.array(runs), np.array(seconds)
    print(f"(a) {frames.name}: {len(far)} frames, BlazePose's joints")
    print(f"    mean distance within {NEAR}: {(far.mean(1) < NEAR).mean():.1%} of the frames")
    print(f"    every joint within {NEAR}: {(far < NEAR).all(1).mean():.1%} of the frames")
    print(f"    joints within {NEAR}: {(far < NEAR).mean():.1%}")
    print("(c) one thread, this video:")
    followed = runs == 1
    for what, which in (("following", followed), ("searching", ~followed)):
        rate = which.sum() / seconds[which].sum()
        mean = runs[which].mean()
        print(f"    {what}: {which.sum()} frames, {mean:.1f} runs a frame, {rate:.1f} fps")


def poses(network: PoseNetwork, sample) -> dict[str, np.ndarray]:
    """(K, 2) pixels of the image by each way to look at it, and the search's support."""
    image = sample.image
    one = network.look(image, [image_box(*sample.size)])
    two = network.look(image, [box_around(one.keypoints[0], one.scores[0])])
    true = network.look(image, [person_box(sample, 0)])
    found = search(network, image)
    return {
        "one look": one.keypoints[0],
        "two looks": two.keypoints[0],
        "search": found.keypoints,
        "box of the true joints": true.keypoints[0],
        "support": found.support,
    }


def pck_without_a_box(name: str, count: int) -> None:
    model, card = checkpoints.load_pretrained(name)
    network, skeleton = PoseNetwork.of(model, card), card["skeleton"]
    people = Subset(catalog.load("lspet", "test", skeleton=skeleton), range(count))
    rows, target, visible = [], [], []
    for sample in people:
        rows.append(poses(network, sample))
        target.append(sample.keypoints[0])
        visible.append(sample.visible[0])
    lengths = metrics.torso_lengths(target, visible, skeleton)
    print(f"(b) {count} images of LSP extended from 5501 on, no box: PCK within {NEAR} torso")
    for way in [way for way in rows[0] if way != "support"]:
        found = metrics.pck([row[way] for row in rows], target, visible, lengths, NEAR)
        print(f"    {way}: {found.value:.1f} % of {found.count} joints")
    there = np.mean([row["support"] >= CONFIDENCE for row in rows])
    print(f"    somebody is found in {there:.1%} of the images")


def main(name: str = PHOTOGRAPHS, images: str = "500") -> None:
    print(name)
    with one_thread():
        agreement_on_video(name)
        pck_without_a_box(name, int(images))


if __name__ == "__main__":
    main(*sys.argv[1:])
