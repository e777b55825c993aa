"""People and results in COCO's own JSON, so that its evaluation, and everybody's, can read them.

The truth is what ``person_keypoints_*.json`` has; a result is one found person: an image's id, 17
joints as x, y, v, and a score. COCO's coordinates are ours, see `posekit.datasets.coco`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from . import oks, skeletons
from .codecs.people import People
from .data.sample import Sample
from .errors import InputError
from .files import atomic_write

SKELETON = "coco17"
PERSON = 1  # the id of COCO's category
FACE = 5  # its first joints: nose, eyes, ears
SMALL = 32.0**2  # pixels squared: COCO calls people below it small


def image_ids(samples: Iterable[Sample]) -> list[int]:
    """COCO's ids of images by their names, or 1, 2, ... where they have other names."""
    stems = [Path(sample.id).stem for sample in samples]
    if all(stem.isdecimal() for stem in stems) and len({int(s) for s in stems}) == len(stems):
        return [int(stem) for stem in stems]
    return list(range(1, len(stems) + 1))


def truth_of(samples: Sequence[Sample], body: bool = False, smallest: float = 0.0) -> dict:
    """The people of samples in COCO's format; their images are not looked at.

    Args:
        body: leave nose, eyes and ears out, for networks that never learnt them.
        smallest: people of an area below it, in pixels squared, count neither way; `SMALL` leaves
            those that COCO calls medium and large.

    Where a source gives no area, it is that of the box around the labelled joints. People without
    a labelled joint count neither way, as COCO has it: whoever finds them is neither right nor
    wrong. Raises `InputError` for a joint set without a way to COCO's.
    """
    ids, rows = image_ids(samples), []
    images = [
        {"id": i, "file_name": sample.id, "height": sample.size[0], "width": sample.size[1]}
        for i, sample in zip(ids, samples)
    ]
    for image, sample in zip(ids, samples):
        points, visible = in_coco(sample.keypoints, sample.visible, sample.skeleton)
        for person in range(len(points)):
            row = _row(sample, person, points[person], visible[person], body, smallest)
            rows.append(row | {"id": len(rows) + 1, "image_id": image, "category_id": PERSON})
    return {"images": images, "annotations": rows, "categories": [{"id": PERSON, "name": "person"}]}


def in_coco(points, visible, skeleton: str) -> tuple[np.ndarray, np.ndarray]:
    """Keypoints (..., 17, 2) and visible (..., 17) in COCO's order; `InputError` if few remain."""
    found, flags, made = skeletons.convert(points, visible, skeleton, SKELETON)
    if sum(how == "missing" for how in made.values()) > FACE:
        raise InputError(f"{skeleton} lacks too many of COCO's joints: {', '.join(made)}.")
    return found, flags


def _row(sample: Sample, person: int, points, visible, body: bool, smallest: float) -> dict:
    flags = visible.astype(int)
    flags[: FACE if body else 0] = 0
    box = _box(sample, person, points)
    area = box[2] * box[3] if sample.areas is None else float(sample.areas[person])
    counts = int((flags > 0).sum()) if area >= smallest else 0
    crowd = sample.crowd is not None and bool(sample.crowd[person])
    return {
        "keypoints": _triples(points, flags),
        "num_keypoints": counts,
        "bbox": box,
        "area": area,
        "iscrowd": int(crowd),
    }


def _box(sample: Sample, person: int, points) -> list[float]:
    """COCO's (x, y, width, height), measured from the image's edge."""
    if sample.boxes is not None and np.isfinite(sample.boxes[person]).all():
        x1, y1, x2, y2 = (sample.boxes[person] + 0.5).tolist()
    else:
        known = points[np.isfinite(points).all(-1)]
        (x1, y1), (x2, y2) = (known.min(0), known.max(0)) if len(known) else ((0, 0), (0, 0))
    return [float(x1), float(y1), float(x2 - x1), float(y2 - y1)]


def _triples(points, flags) -> list[float]:
    """x, y, v of each joint; 0, 0, 0 where there is none."""
    known = (flags > 0) & np.isfinite(points).all(-1)
    table = np.column_stack([np.where(known[:, None], points, 0), np.where(known, flags, 0)])
    return [round(float(value), 3) for value in table.ravel()]


def results(image: int, people: People, skeleton: str) -> list[dict]:
    """The people found in one image as COCO's results.

    A joint that was not found is written as 0, 0, which is wrong wherever it is labelled: COCO's
    format has no word for it.
    """
    points, flags = in_coco(people.keypoints, None, skeleton)
    return [
        {
            "image_id": image,
            "category_id": PERSON,
            "keypoints": _triples(one, seen),
            "score": round(float(score), 5),
        }
        for one, seen, score in zip(points, flags, people.person_scores)
        if seen.any()
    ]


def write_results(rows: Sequence[Mapping], path: str | Path) -> None:
    """A result file as COCO's server takes it, whole or not at all."""
    atomic_write(path, json.dumps(list(rows)) + "\n")


def read_results(path: str | Path, truth: Mapping) -> list[dict]:
    """Results out of a file, for the images of ``truth``; an empty list is nobody found.

    Raises `InputError`, naming the file and the row, for what is no result file, an image that
    the truth has not, and numbers that are missing or not finite.
    """
    try:
        rows = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as COCO's results: {error}.") from None
    if not isinstance(rows, list):
        raise InputError(f"{path} is no file of COCO's results: it must hold a list of people.")
    ids = {image["id"] for image in truth["images"]}
    for number, row in enumerate(rows):
        wrong = _what_is_wrong(row, ids)
        if wrong:
            raise InputError(f"{path}: result {number} {wrong}.")
    return rows


def _what_is_wrong(row, ids: set) -> str:
    if not isinstance(row, dict):
        return "is no object"
    missing = {"image_id", "category_id", "keypoints", "score"} - row.keys()
    if missing:
        return f"lacks {', '.join(sorted(missing))}"
    if type(row["image_id"]) is not int or row["image_id"] not in ids:
        return f"is for image {row['image_id']!r}, which is not among those to be scored"
    if not _numbers(row["keypoints"], 51) or not _numbers([row["score"]], 1):
        return "needs 51 numbers as keypoints and one as score"
    return ""


def _numbers(values, count: int) -> bool:
    right = isinstance(values, list) and len(values) == count
    return right and all(type(v) in (int, float) and np.isfinite(v) for v in values)


# --------------------------------------------------------------------------------- scores
def figures(
    labels: Sequence[Sample],
    found: Sequence[People],
    skeleton: str,
    body: bool = False,
    path: str | Path | None = None,
    resamples: int = 200,
) -> dict:
    """The scores of the people found in each of the labelled images, whose pixels are not needed.

    Args:
        skeleton: the joint set of ``found``.
        body: leave the face out, see `truth_of`.
        path: where to write the results, in COCO's format.
        resamples: how many draws of images the interval of AP is made of; 0 for none.

    Raises `InputError` where nobody is labelled.
    """
    truth, larger = truth_of(labels, body), truth_of(labels, body, SMALL)
    counted = [row for row in truth["annotations"] if row["num_keypoints"] and not row["iscrowd"]]
    if not counted:
        raise InputError(f"nothing can be scored: {len(labels)} images, nobody is labelled.")
    each = (results(image, people, skeleton) for image, people in zip(image_ids(labels), found))
    rows = [row for people in each for row in people]
    if path:
        write_results(rows, path)
    return {
        "images": len(labels),
        "people": len(counted),
        "found": len(rows),
        "joints": "12, without the face" if body else "17",
        "figures": oks.average_precision(truth, rows),
        "interval": oks.interval(truth, rows, resamples) if resamples else None,
        "AP_not_small": oks.average_precision(larger, rows)["AP"],
    }


def table(report: dict) -> str:
    """A report as text."""
    lines = [f"{name:10}{value:7.3f}" for name, value in report["figures"].items()]
    if report["interval"]:
        low, high = report["interval"]
        lines[0] += f"  (95 % of resampled images: {low:.3f} to {high:.3f})"
    return "\n".join(
        [
            *lines,
            f"AP of people above 32 x 32 pixels: {report['AP_not_small']:.3f}",
            f"{report['images']} images, {report['people']} people with {report['joints']} joints; "
            f"{report['found']} found by {report['grouping']}",
        ]
    )
