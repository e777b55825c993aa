"""From which support on is a skeleton of the course's own network right?

    POSEKIT_MIRROR=DIR python tests/benchmarks/confidence.py

Nobody has labelled the photographs and videos of ``people_media``. BlazePose's joints stand in for
a truth, on the twelve joints that both networks have, of whichever person fits best; so these are
figures of agreement with another network. *Right* is at least three joints in four within 0.3 of
the torso. Where BlazePose finds nobody, every skeleton counts as wrong.

Seen with ``heatmap_photos``, on 17 photographs and on every 20th frame of the two videos:

             photographs, 5 right of 17    frames, 19 right of 30
    from     right kept   wrong kept       right kept   wrong kept
    0.1         5           11               19            11
    0.2         5            7               19            11
    0.25        5            6               19            11
    0.3         5            6               19            11
    0.4         5            5               19            11
    0.5         5            3               19            11
    0.6         2            1               19             8
    0.7         2            0               17             0

and on 60 rendered people, whose true joints are known:

             44 right of 60
    from     right kept   wrong kept
    0.1        44           16
    0.2        44           13
    0.25       44           13
    0.3        44           12
    0.4        44            8
    0.5        40            7
    0.6        35            1
    0.7        24            0

0.4 keeps whatever was right in all three, and leaves out noise and landscapes
(tests/unit/test_search.py); but it keeps wrong skeletons too. A support is no promise.
"""

from __future__ import annotations

import numpy as np

from posekit import datasets, metrics, skeletons, synthetic
from posekit.data.images import read_image
from posekit.live import IMAGE_SUFFIXES, PHOTOGRAPHS, BlazePose, open_source
from posekit.live.single_person import SinglePersonDetector
from posekit.search import search

EVERY, NEAR, ENOUGH = 20, 0.3, 0.75
THRESHOLDS = (0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7)


def pictures():
    """Every photograph and some frames: whether it is a photograph, and the image."""
    for path in sorted(datasets.find("people_media").rglob("*")):
        if path.suffix.lower() in IMAGE_SUFFIXES:
            yield True, read_image(path)
        elif path.parent.name == "videos":
            yield from (
                (False, image) for t, image in enumerate(open_source(path)) if not t % EVERY
            )


def agreement(found, skeleton: str, others) -> float:
    """The share of the joints that are near those of the person of ``others`` that fits best."""
    own, theirs = (skeletons.get(name) for name in (skeleton, others.skeleton))
    both = [(own.index(j), theirs.index(j)) for j in own.joints if j in theirs.joints]
    mine, other = np.transpose(both)
    ends = [theirs.index("left_shoulder"), theirs.index("right_hip")]
    torso = np.linalg.norm(np.diff(others.keypoints[:, ends], axis=1)[:, 0], axis=-1)
    far = np.linalg.norm(found.keypoints[mine] - others.keypoints[:, other], axis=-1)
    return (far < NEAR * torso[:, None]).mean(1).max(initial=0)


def kept(of) -> None:
    """For each threshold, how many right and wrong skeletons have that much support."""
    for least in THRESHOLDS:
        right = [right for right, support in of if support >= least]
        print(f"  from {least}: {sum(right)} right and {len(right) - sum(right)} wrong kept")


def rendered(network, skeleton: str):
    """Whether the skeleton of each rendered person is right, and its support."""
    for person in synthetic.People(seed=100, count=60, size=320):
        pose = search(network, person.image)
        truth, visible = person.keypoints, person.visible
        lengths = metrics.torso_lengths(truth, visible, skeleton)
        near = metrics.pck(pose.keypoints[None], truth, visible, lengths, NEAR).value
        yield near >= 100 * ENOUGH, pose.support


def main() -> None:
    detector, blazepose = SinglePersonDetector(PHOTOGRAPHS), BlazePose(poses=4)
    rows = []
    for photograph, image in pictures():
        pose = search(detector.network, image)
        right = agreement(pose, detector.skeleton, blazepose.detect(image)) >= ENOUGH
        rows.append((photograph, right, pose.support))
    sets = {
        name: [(right, support) for photograph, right, support in rows if photograph == kind]
        for kind, name in ((True, "photographs"), (False, "frames"))
    }
    sets["rendered people"] = list(rendered(detector.network, detector.skeleton))
    for name, of in sets.items():
        print(f"{name}: {sum(right for right, _ in of)} right of {len(of)}")
        kept(of)


if __name__ == "__main__":
    main()
