"""People out of part affinity fields, beside the pipeline that is copied most.

Many projects decode OpenPose's maps in Python as Osokin describes it ("Real-time 2D Multi-Person
Pose Estimation on CPU: Lightweight OpenPose", 2018): all maps are enlarged four times by cubic
interpolation; a peak is higher than its four neighbours and 0.1, and suppresses those within 6
pixels; a limb is read at ten places, eight of which must agree by 0.05; the best pairs are taken
first, and people grow limb by limb; a person has three joints and a mean score of 0.2. `Pipeline`
does that, in NumPy and OpenCV. Its time includes the enlarging, which it needs: on maps as the
network gives them, 6 pixels would suppress other people's joints.

Crowds are random people on maps of 46 x 82 cells, with noise of 0.02 on every map. *Recall* is
the share of their joints that are found within a cell in the person who is matched to theirs.
The file ends with a failure where recall or error falls short of the goals below.
"""

import math
import sys
from pathlib import Path

import cv2
import measure
import numpy as np
import torch

from posekit.codecs.pafs import PartFields
from posekit.geometry import cell_to_pixel, pixel_to_cell

sys.path.append(str(Path(__file__).resolve().parents[1] / "unit"))
from made_crowds import crowd, matched

CODEC = PartFields("openpose18", (368, 656), stride=8, sigma=0.875)
NOISE, SEEDS, UP = 0.02, 10, 4
GOALS = {1: (8, 0.999), 5: (8, 0.999), 20: (8, 0.998), 50: (3, 0.996)}  # speed, recall
ERROR = 0.04  # cells
CROWDS = {"": (10, 24), ", large people": (12, 36)}  # heights in cells


def maps_of(cells, seed):
    """(18, 46, 82) and (38, 46, 82) float32: what a good network would predict."""
    points = torch.tensor(cell_to_pixel(cells, CODEC.stride), dtype=torch.float32)[None]
    targets = CODEC.encode(points, torch.ones(points.shape[:3]))
    draw = torch.Generator().manual_seed(seed)
    noisy = [m[0] + NOISE * torch.randn(m[0].shape, generator=draw) for m in targets[:2]]
    return noisy[0][:18].numpy(), noisy[1].numpy()


# --------------------------------------------------------------------------- the copied pipeline
class Pipeline:
    """Lightweight OpenPose's published decoding; `people` are (P, 18, 2) cells."""

    apart, threshold, samples, least_dot, least_share = 6, 0.1, 10, 0.05, 0.8
    least_joints, least_score = 3, 0.2

    def people(self, heatmaps, pafs):
        heatmaps, pafs = (self.enlarged(maps) for maps in (heatmaps, pafs))
        peaks, total = [], 0
        for joint in range(18):
            found = self.peaks(heatmaps[:, :, joint])
            peaks.append([(*peak, total + n) for n, peak in enumerate(found)])
            total += len(found)
        everyone = np.array([peak for joint in peaks for peak in joint]).reshape(-1, 4)
        rows = []
        for limb, (a, b) in enumerate(CODEC.limbs):
            pairs = self.pairs(pafs[:, :, 2 * limb : 2 * limb + 2], peaks[a], peaks[b])
            self.grow(rows, a, b, pairs, everyone, limb >= 17)  # ear to shoulder
        return self.coordinates(rows, everyone)

    def enlarged(self, maps):
        return cv2.resize(
            maps.transpose(1, 2, 0), (0, 0), fx=UP, fy=UP, interpolation=cv2.INTER_CUBIC
        )

    def peaks(self, heatmap):
        high = np.pad(np.where(heatmap < self.threshold, 0, heatmap), 1)
        middle = high[1:-1, 1:-1]
        top = (middle > high[1:-1, 2:]) & (middle > high[1:-1, :-2])
        top &= (middle > high[2:, 1:-1]) & (middle > high[:-2, 1:-1])
        rows, columns = np.nonzero(top)
        places = sorted(zip(columns.tolist(), rows.tolist()))
        suppressed, found = [False] * len(places), []
        for i, (x, y) in enumerate(places):
            if suppressed[i]:
                continue
            for j in range(i + 1, len(places)):
                if math.hypot(x - places[j][0], y - places[j][1]) < self.apart:
                    suppressed[j] = True
            found.append((x, y, heatmap[y, x]))
        return found

    def pairs(self, paf, starts, ends):
        """All pairs of a limb at once; then the best first."""
        if not starts or not ends:
            return []
        a, b = np.array(starts, float), np.array(ends, float)
        steps = b[None, :, :2] - a[:, None, :2]
        length = np.linalg.norm(steps, axis=-1)
        way = np.linspace(0, 1, self.samples)[:, None]
        x, y = (
            np.moveaxis(a[:, None, None, :2] + way * steps[:, :, None], -1, 0).round().astype(int)
        )
        unit = steps / np.maximum(length, 1e-6)[..., None]
        dots = (paf[y, x] * unit[:, :, None]).sum(-1)
        good = dots > self.least_dot
        score = (dots * good).sum(-1) / np.maximum(good.sum(-1), 1)
        rows, columns = np.nonzero((good.mean(-1) > self.least_share) & (length > 0))
        order = np.argsort(-score[rows, columns])
        taken_a, taken_b, pairs = set(), set(), []
        for i, j in zip(rows[order].tolist(), columns[order].tolist()):
            if i not in taken_a and j not in taken_b:
                pairs.append((starts[i][3], ends[j][3], score[i, j]))
                taken_a.add(i)
                taken_b.add(j)
        return pairs

    def grow(self, rows, a, b, pairs, everyone, closing):
        """A row is 18 peak numbers (-1: none), the score and the number of joints."""
        for start, end, score in pairs:
            with_a = [row for row in rows if row[a] == start]
            with_b = [row for row in rows if row[b] == end]
            if closing:
                if with_a and with_b and with_a[0] is with_b[0]:
                    with_a[0][18] += score
            elif with_a and with_a[0][b] != end:
                row = with_a[0]
                row[b], row[18], row[19] = end, row[18] + everyone[end, 2] + score, row[19] + 1
            elif not with_a and with_b:
                row = with_b[0]
                row[a], row[18], row[19] = start, row[18] + everyone[start, 2] + score, row[19] + 1
            elif not with_a:
                row = [-1] * 18 + [everyone[[start, end], 2].sum() + score, 2]
                row[a], row[b] = start, end
                rows.append(row)

    def coordinates(self, rows, everyone):
        kept = [
            row
            for row in rows
            if row[19] >= self.least_joints and row[18] / row[19] >= self.least_score
        ]
        points = np.full((len(kept), 18, 2), np.nan)
        for person, row in zip(points, kept):
            for joint, peak in enumerate(row[:18]):
                if peak >= 0:
                    person[joint] = everyone[int(peak), :2]
        return (points + 0.5) / UP - 0.5


# ------------------------------------------------------------------------------------- measuring
def quality(people, height):
    """{name: (recall, mean error in cells)} of each decoder, over the seeds."""
    found = {name: [] for name in ("exact", "greedy", "x4 pipeline")}
    for seed in range(SEEDS):
        cells = crowd(np.random.default_rng(seed), people, height=height)
        maps = maps_of(cells, seed)
        for matching in ("exact", "greedy"):
            points = CODEC.decode(*maps, matching=matching).keypoints
            found[matching].append(matched(cells, pixel_to_cell(points, CODEC.stride)))
        found["x4 pipeline"].append(matched(cells, Pipeline().people(*maps)))
    return {
        name: (np.isfinite(away).mean(), away[np.isfinite(away)].mean())
        for name, away in ((name, np.concatenate(many)) for name, many in found.items())
    }


def judge(people, judged, name):
    """Print what was found; the exact matching of the usual crowds must reach the goals."""
    figures = ", ".join(f"{who} {r:.4f} / {e:.3f}" for who, (r, e) in judged.items())
    print(f"{people} people{name}, recall / mean error in cells: {figures}")
    recall, error = judged["exact"]
    if not name and (recall < GOALS[people][1] or error > ERROR):
        sys.exit(f"recall or error at {people} people falls short of the goal.")


def rows(people, goal) -> list[dict]:
    heatmaps, pafs = maps_of(crowd(np.random.default_rng(0), people), 0)
    pipeline = Pipeline()
    forms = {
        "compiled": ({}, goal),
        "compiled, greedy": ({"matching": "greedy"}, goal),
        "NumPy": ({"compiled": False}, 1.5),  # written to be read
    }
    found = []
    for form, (options, least) in forms.items():
        peers = {"x4 pipeline in NumPy": (lambda: pipeline.people(heatmaps, pafs), least)}
        work = f"{people} people, {form}"
        ours = lambda options=options: CODEC.decode(heatmaps, pafs, **options)  # noqa: E731
        found += measure.compare(work, ours, peers, rounds=10)
    return found


def main():
    measure.one_thread()
    for name, height in CROWDS.items():
        for people in GOALS:
            judge(people, quality(people, height), name)
    found = [row for people, (goal, _) in GOALS.items() for row in rows(people, goal)]
    measure.finish(found)


if __name__ == "__main__":
    main()
