"""Fields, or centres and offsets: which tells people apart better, by how many there are.

    python tests/benchmarks/groupings.py [--people 200] [--json slides/groupings.json]

Rendered scenes of the test split, about as many people in each group; the checkpoint ``crowd``
looks once, at 384 pixels, and both groupings read the same maps' people (exact matching). COCO's
AP, and its 95 % interval by the bootstrap over images. The same images are drawn for both, so
their *difference* has an interval of its own. Besides, single people seen at half that size.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from crowd_accuracy import aps, interval
from crowd_speed import record
from tqdm import tqdm

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


def found_in(images: list, side: int, grouping: str) -> list[dict]:
    """COCO's results of the images."""
    model, card = checkpoints.load_pretrained(NAME)
    rows, ids = [], coco_results.image_ids(images)
    for number, sample in tqdm(zip(ids, images), grouping, len(ids), ascii=True, leave=False):
        people = crowds.find_people(model, sample.image, card["codec"], side, grouping, "exact")
        rows += coco_results.results(number, people, card["skeleton"])
    return rows


def compared(group: str, images: list) -> dict:
    """A row: AP of both groupings, and of what the fields have more."""
    truth = coco_results.truth_of(images)
    row = {"people": group, "images": len(images), "labelled": len(truth["annotations"])}
    draws = {}
    for grouping in crowds.GROUPINGS:
        rows = found_in(images, crowds.SIDE, grouping)
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
    rows = []
    for group, counts in GROUPS.items():
        rows.append(compared(group, scenes(counts, args.people)))
        print(rows[-1], flush=True)
    alone = scenes((1,), args.people)[:FIRST]
    half = oks.average_precision(coco_results.truth_of(alone), found_in(alone, HALF, "pafs"))
    single = {"side": HALF, "images": len(alone), "AP": round(half["AP"], 4)}
    print("single people,", single)
    if args.json:
        command = f"python tests/benchmarks/groupings.py --people {args.people}"
        found = {"command": command, "network": checkpoints.card(NAME)["sha256"][:8]}
        record(args.json, "groupings", found | {"rows": rows, "single": single})


if __name__ == "__main__":
    main()
