"""What the fast networks for several people find, at several sizes, and what they lose to another.

    python tests/benchmarks/crowd_accuracy.py [--people 300] [--sides 128 192 256 320 384]
        [--compare 256] [--networks crowd ...] [--json slides/crowd_speed.json]

Rendered scenes of the test split, COCO's AP, exact matching. The dense form that was trained as the
separable one is no checkpoint of the package: `posekit train crowd_mobile_dense` first. At the
sides of ``--compare`` three pairs are told apart: the separable network and its dense form, and
each of the two and itself in int8 (ONNX Runtime). Their difference has a 95 % interval by the
bootstrap over images, the same images drawn for both. With ``--networks`` only these are scored,
and no pairs; the file keeps what it says of the others.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from crowd_speed import checkpoint, exported, record
from tqdm import tqdm

from posekit import coco_results, crowds, oks, onnx_networks
from posekit.tasks.crowds import rendered

NETWORKS = ("crowd_mobile", "crowd_mobile_dense", "crowd")
PAIRS = (
    ("crowd_mobile_dense", "crowd_mobile"),
    ("crowd_mobile", "crowd_mobile int8"),
    ("crowd_mobile_dense", "crowd_mobile_dense int8"),
)
DRAWS = 200


def found_by(name: str, side: int, images) -> list[dict]:
    """The people that a network finds in the images, as COCO's results."""
    trained, _, int8 = name.partition(" ")
    file = exported(trained, side, True) if int8 else checkpoint(trained)
    return results_of(*onnx_networks.load_pretrained(file), side, images, about=f"{name} {side}")


def results_of(model, card: dict, side: int, images, grouping="pafs", about="") -> list[dict]:
    """The people whom a network finds in the images, as COCO's results; ``about`` is the bar's."""
    rows, ids = [], coco_results.image_ids(images)
    for number, sample in tqdm(zip(ids, images), about, len(ids), ascii=True, leave=False):
        people = crowds.find_people(model, sample.image, card["codec"], side, grouping, "exact")
        rows += coco_results.results(number, people, card["skeleton"])
    return rows


def aps(truth: dict, rows: list[dict]) -> np.ndarray:
    """(DRAWS,) AP of images drawn with replacement, the same draws for every network."""
    people, found = ({image["id"]: [] for image in truth["images"]} for _ in range(2))
    for by_image, part in ((people, truth["annotations"]), (found, rows)):
        for row in part:
            by_image[row["image_id"]].append(row)
    rng, values = np.random.default_rng(0), []
    for _ in range(DRAWS):
        ids = rng.choice(list(people), len(people)).tolist()
        images = [{"id": n} for n in range(1, len(ids) + 1)]
        again = truth | {"images": images, "annotations": numbered(renamed(people, ids))}
        values.append(oks.average_precision(again, renamed(found, ids))["AP"])
    return np.array(values)


def renamed(rows: dict, ids: list[int]) -> list[dict]:
    """The rows of images that were drawn: each drawing is an image of its own."""
    return [row | {"image_id": n} for n, image in enumerate(ids, 1) for row in rows[image]]


def numbered(rows: list[dict]) -> list[dict]:
    return [row | {"id": n} for n, row in enumerate(rows, 1)]


def interval(values: np.ndarray) -> list[float]:
    return [round(float(value), 4) for value in np.percentile(values, [2.5, 97.5])]


def compared(side: int, truth: dict, images) -> list[dict]:
    """A row for each pair: AP of both, and what the second has less than the first."""
    names = {name for pair in PAIRS for name in pair}
    rows = {name: found_by(name, side, images) for name in sorted(names)}
    draws = {name: aps(truth, found) for name, found in rows.items()}
    whole = {name: oks.average_precision(truth, found)["AP"] for name, found in rows.items()}
    return [
        {
            "side": side,
            "network": one,
            "other": other,
            "AP": [round(whole[one], 4), round(whole[other], 4)],
            "loss": round(whole[one] - whole[other], 4),
            "interval": interval(draws[one] - draws[other]),
        }
        for one, other in PAIRS
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=300, help="rendered scenes")
    parser.add_argument("--sides", type=int, nargs="*", default=[128, 192, 256, 320, 384])
    parser.add_argument("--compare", type=int, nargs="*", default=[256])
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, help="score these alone")
    parser.add_argument("--json", type=Path, help="record the figures in this file")
    args = parser.parse_args()
    images = list(rendered("test", args.people, crowds.SIDE))
    truth, found = coco_results.truth_of(images), []
    for name in args.networks or NETWORKS:
        for side in args.sides:
            figures = oks.average_precision(truth, found_by(name, side, images))
            found.append({"network": name, "side": side, "AP": round(figures["AP"], 4)})
            print(f"{name:<22}{side:5}{figures['AP']:8.3f}", flush=True)
    compare = () if args.networks else args.compare
    pairs = [row for side in compare for row in compared(side, truth, images)]
    for row in pairs:
        low, high = row["interval"]
        print(
            f"{row['side']:5}  {row['network']} - {row['other']}: {row['loss']:.3f} "
            f"({low:.3f} to {high:.3f})"
        )
    if args.json:
        command = f"python tests/benchmarks/crowd_accuracy.py --people {args.people}"
        if compare and compare != parser.get_default("compare"):
            command += " --compare " + " ".join(map(str, compare))
        if args.networks:
            before = json.loads(args.json.read_text())["accuracy"]
            kept = [row for row in before["AP"] if row["network"] not in args.networks]
            found, pairs = kept + found, before["pairs"]
        record(args.json, "accuracy", {"command": command, "AP": found, "pairs": pairs})


if __name__ == "__main__":
    main()
