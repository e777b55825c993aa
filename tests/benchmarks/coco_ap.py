"""COCO's ten figures by posekit and by pycocotools: the same numbers, and how long they take.

    python tests/benchmarks/coco_ap.py

5,000 images with 0 to 6 people and 100,000 detections, of which some are near somebody, some
doubled, some far from everybody; people without labels and crowds among the truth. It is not part
of ``make bench``: pycocotools is a peer of this one file, ``pip install pycocotools`` into an
environment of its own.
"""

from __future__ import annotations

import contextlib
import io
import sys
import time

import numpy as np

from posekit import oks

IMAGES, DETECTIONS, K = 5_000, 100_000, 17


def made(images: int = IMAGES, detections: int = DETECTIONS, seed: int = 0) -> tuple[dict, list]:
    """A truth and results in COCO's format."""
    rng = np.random.default_rng(seed)
    people, of_image = [], {}
    for image in range(1, images + 1):
        for _ in range(rng.integers(7)):
            people.append(_person(rng, len(people) + 1, image))
            of_image.setdefault(image, []).append(people[-1])
    found = [_detection(rng, of_image, int(rng.integers(1, images + 1))) for _ in range(detections)]
    truth = {
        "images": [{"id": image, "height": 480, "width": 640} for image in range(1, images + 1)],
        "annotations": people,
        "categories": [{"id": 1, "name": "person"}],
    }
    return truth, found


def _person(rng, number: int, image: int) -> dict:
    side = 10 ** rng.uniform(1, 2.3)
    x, y = rng.uniform(0, 640), rng.uniform(0, 480)
    points = np.array([x, y]) + side * rng.uniform(0, 1, (K, 2))
    flags = rng.choice([0, 1, 2], K, p=(0.2, 0.2, 0.6)) if rng.random() < 0.9 else np.zeros(K, int)
    return {
        "id": number,
        "image_id": image,
        "category_id": 1,
        "keypoints": np.column_stack([points, flags]).ravel().tolist(),
        "num_keypoints": int((flags > 0).sum()),
        "bbox": [float(x), float(y), float(side), float(side)],
        "area": float(0.6 * side**2),
        "iscrowd": int(rng.random() < 0.03),
    }


def _detection(rng, of_image: dict, image: int) -> dict:
    """Near somebody of the image most of the time, with an error of any size."""
    people = of_image.get(image)
    if people and rng.random() < 0.8:
        person = people[rng.integers(len(people))]
        points = np.reshape(person["keypoints"], (K, 3))[:, :2]
        error = np.sqrt(person["area"]) * 10 ** rng.uniform(-2.5, -0.3)
        points = points + rng.normal(0, error, points.shape)
    else:
        points = rng.uniform(0, 480, (K, 2))
    triples = np.column_stack([points, np.full(K, 2)]).ravel().tolist()
    return {"image_id": image, "category_id": 1, "keypoints": triples, "score": rng.random()}


def by_pycocotools(truth: dict, found: list) -> dict[str, float]:
    """The peer's ten figures."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):
        people = COCO()
        people.dataset = truth
        people.createIndex()
        evaluation = COCOeval(people, people.loadRes([dict(row) for row in found]), "keypoints")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return dict(zip(oks.FIGURES, evaluation.stats.tolist()))


def main() -> int:
    truth, found = made()
    ours, seconds = {}, {}
    for name, run in (("posekit", oks.average_precision), ("pycocotools", by_pycocotools)):
        start = time.perf_counter()
        try:
            ours[name] = run(truth, found)
        except ModuleNotFoundError as error:
            print(f"{name}: not measured: {error}")
            return 1
        seconds[name] = time.perf_counter() - start
    print(f"{'':10}{'posekit':>12}{'pycocotools':>14}")
    for figure in oks.FIGURES:
        print(f"{figure:10}{ours['posekit'][figure]:12.6f}{ours['pycocotools'][figure]:14.6f}")
    print(f"{'seconds':10}{seconds['posekit']:12.1f}{seconds['pycocotools']:14.1f}")
    apart = max(abs(ours["posekit"][name] - ours["pycocotools"][name]) for name in oks.FIGURES)
    print(f"largest difference {apart:.1e}")
    return int(apart > 1e-9)


if __name__ == "__main__":
    sys.exit(main())
