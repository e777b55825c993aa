"""Object keypoint similarity, and the average precision that COCO makes of it.

How near is near enough? For a wrist a tenth of what it is for a hip, and for a person of ten pixels
a tenth of what it is for one of a hundred. *Object keypoint similarity* (OKS) takes both into
account, and is for keypoints what the overlap of boxes is for boxes: from 0 to 1.

Ronchi, Perona, "Benchmarking and Error Diagnosis in Multi-Instance Pose Estimation", ICCV 2017;
the figures are those of COCO's own evaluation (cocodataset.org, "Keypoint Evaluation"), computed
by `faster-coco-eval`.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence

import numpy as np

from . import skeletons
from .errors import InputError

# The standard deviation of COCO's annotators, as a share of the square root of a person's area.
SIGMAS = {
    "nose": 0.026,
    "eye": 0.025,
    "ear": 0.035,
    "shoulder": 0.079,
    "elbow": 0.072,
    "wrist": 0.062,
    "hip": 0.107,
    "knee": 0.087,
    "ankle": 0.089,
    # COCO labels neither; CrowdPose's evaluation gives both what a shoulder has.
    "neck": 0.079,
    "head_top": 0.079,
}
FIGURES = (
    *("AP", "AP50", "AP75", "AP_medium", "AP_large"),
    *("AR", "AR50", "AR75", "AR_medium", "AR_large"),
)


def sigmas(skeleton: str | skeletons.Skeleton) -> np.ndarray:
    """(K,) COCO's sigma of each joint; `InputError` for a joint that COCO knows nothing of."""
    joints = skeletons.get(skeleton).joints
    names = [joint.removeprefix("left_").removeprefix("right_") for joint in joints]
    unknown = [joint for joint, name in zip(joints, names) if name not in SIGMAS]
    if unknown:
        raise InputError(
            f"there is no sigma for {', '.join(unknown)}: convert to coco17, lsp14 or openpose18."
        )
    return np.array([SIGMAS[name] for name in names])


def oks(predicted, target, visible, areas, skeleton="coco17") -> np.ndarray:
    """(...) similarity, the mean over labelled joints of exp(-d^2 / (2 area (2 sigma)^2)).

    Args:
        predicted: (..., K, 2) pixels; a joint of NaN was not found and counts 0.
        target, visible: (..., K, 2) pixels and (..., K), 0 where unlabelled.
        areas: (...) pixels squared, of each target person.

    The leading axes broadcast: ``oks(found[:, None], truth, visible, areas)`` is the similarity of
    each found person with each true one. NaN where no joint is labelled.
    """
    predicted, target = np.asarray(predicted, dtype=float), np.asarray(target, dtype=float)
    labelled, spread = np.asarray(visible) > 0, 2 * sigmas(skeleton)
    for points in (predicted, target):
        if points.shape[-2:] != (len(spread), 2):
            raise InputError(f"keypoints must be (..., {len(spread)}, 2), and are {points.shape}.")
    square = np.square(predicted - target).sum(-1)
    area = np.asarray(areas, dtype=float)[..., None] + np.spacing(1)
    similar = np.exp(-np.nan_to_num(square, nan=np.inf) / (2 * area * spread**2))
    count = labelled.sum(-1)
    with np.errstate(invalid="ignore"):
        return np.where(labelled, similar, 0).sum(-1) / np.where(count > 0, count, np.nan)


def average_precision(truth: Mapping, results: Sequence[Mapping]) -> dict[str, float]:
    """COCO's ten figures, `FIGURES`, from 0 to 1.

    Args:
        truth: ``images``, ``annotations`` and ``categories`` in COCO's format.
        results: ``image_id``, ``category_id``, ``keypoints`` (51 numbers) and ``score`` each.

    AP and AR are means over the thresholds 0.50, 0.55, ..., 0.95 of the similarity, of at most 20
    people an image; *medium* is an area of 32^2 to 96^2 pixels, *large* above. NaN where there is
    nobody to be found (COCO writes -1).
    """
    # It takes a third of a second to import, and only a scoring needs it.
    from faster_coco_eval import COCO, COCOeval_faster

    people = COCO(copy.deepcopy(dict(truth)))
    found = people.loadRes([dict(result) for result in results])
    evaluation = COCOeval_faster(people, found, "keypoints", print_function=lambda *_: None)
    evaluation.run()
    values = [float(value) for value in evaluation.stats[: len(FIGURES)]]
    return {name: np.nan if value < 0 else value for name, value in zip(FIGURES, values)}


def interval(
    truth: Mapping, results: Sequence[Mapping], resamples: int = 200, seed: int = 0
) -> tuple[float, float]:
    """The 95 % interval of AP, by the bootstrap over images: drawn anew, with replacement.

    Efron, Tibshirani, "An Introduction to the Bootstrap", 1993. A set of few images is a matter of
    chance; people of one image are not independent, so whole images are drawn.
    """
    ids = [image["id"] for image in truth["images"]]
    people, found = ({i: [] for i in ids} for _ in range(2))
    for by_image, rows in ((people, truth["annotations"]), (found, results)):
        for row in rows:
            by_image[row["image_id"]].append(row)
    rng, values = np.random.default_rng(seed), []
    for _ in range(resamples):
        drawn = [ids[i] for i in rng.integers(len(ids), size=len(ids))]
        values.append(average_precision(_drawn(truth, people, drawn), _each(found, drawn))["AP"])
    return tuple(np.nanpercentile(values, [2.5, 97.5]).tolist())


def _drawn(truth: Mapping, people: Mapping, ids: list) -> dict:
    images = [{"id": n} for n in range(1, len(ids) + 1)]
    rows = [row | {"id": n} for n, row in enumerate(_each(people, ids), 1)]
    return dict(truth) | {"images": images, "annotations": rows}


def _each(rows: Mapping, ids: list) -> list[dict]:
    """The rows of the images that were drawn, each drawing an image of its own."""
    return [row | {"image_id": n} for n, name in enumerate(ids, 1) for row in rows[name]]
