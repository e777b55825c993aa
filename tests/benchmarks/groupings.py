"""Fields, or centres and offsets: which tells people apart better, by how many there are.

    python tests/benchmarks/groupings.py [--people 200] [--json slides/groupings.json]

Rendered scenes of the test split, about as many people in each group; the checkpoint ``crowd``
looks once, at 384 pixels, and both groupings read the same maps (exact matching). COCO's AP, and
its 95 % interval by the bootstrap over images. The same images are drawn for both, so their
*difference* has an interval of its own. Besides, single people seen at half that size.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from crowd_accuracy import aps, interval, results_of
from crowd_speed import record

from posekit import catalog, checkpoints, coco_results, crowds, oks

NAME, HALF, FIRST = "crowd", crowds.SIDE // 2, 100
GROUPS = {"1": (1,), "2 to 4": (2, 3, 4), "5 to 8": (5, 6, 7, 8), "9 to 20": (9, 13, 20)}


def scenes(counts: tuple[int, ...], people: int) -> list:
    """Scenes of so many people each, about ``people`` together."""
    images = []
    for n in counts:
        count = max(1, round(people / len(counts) / n))
        options = {"size": crowds.SIDE, "skeleton": coco_results.SKELETON, "people": n}
        images += catalog.load(catalog.SYNTHETIC, "test", count=count, **options)
    return images


def compared(model, card: dict, group: str, images: list) -> dict:
    """A row: AP of both groupings, and of what the fields have more."""
    truth = coco_results.truth_of(images)
    row = {"people": group, "images": len(images), "labelled": len(truth["annotations"])}
    draws = {}
    for grouping in crowds.GROUPINGS:
        rows = results_of(model, card, crowds.SIDE, images, grouping, f"{group}, {grouping}")
        draws[grouping] = aps(truth, rows)
        row[grouping] = round(oks.average_precision(truth, rows)["AP"], 4)
        row[f"{grouping}_interval"] = interval(draws[grouping])
    row["more"] = round(row["pafs"] - row["centres"], 4)
    return row | {"more_interval": interval(draws["pafs"] - draws["centres"])}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=200, help="in each group, about")
    parser.add_argument("--json", type=Path, help="record the figures in this file")
    args = parser.parse_args()
    network, rows = checkpoints.load_pretrained(NAME), []
    for group, counts in GROUPS.items():
        rows.append(compared(*network, group, scenes(counts, args.people)))
        print(rows[-1], flush=True)
    alone = scenes((1,), args.people)[:FIRST]
    half = oks.average_precision(coco_results.truth_of(alone), results_of(*network, HALF, alone))
    single = {"side": HALF, "images": len(alone), "AP": round(half["AP"], 4)}
    print("single people,", single)
    if args.json:
        command = f"python tests/benchmarks/groupings.py --people {args.people}"
        found = {"command": command, "network": network[1]["sha256"][:8]}
        record(args.json, "groupings", found | {"rows": rows, "single": single})


if __name__ == "__main__":
    main()
