"""Reading joints off maps: `fit` beside DARK one map at a time, and how far off both are.

The loop does what the paper describes, in the structure of its published code: for each map a
Gaussian blur of 11 taps, scaled back to the old height, a logarithm, and for each joint one
Newton step. Both decode

- *clean maps*: Gaussians of sigma 2 cells at sub-pixel places, with noise of 0.01;
- *predicted maps*: what the shipped network `heatmap` says of 200 synthetic people.

`fit` must not be more than 1.2 times as far from the truth as the loop, nor `dark`, posekit's
own, anywhere else than the loop: but where that steps further than a cell, which a map with two
peaks can bring about, `dark` stops. Otherwise this file ends with a failure.
"""

import sys

import cv2
import measure
import numpy as np
import torch

from posekit import catalog, checkpoints
from posekit.codecs import heatmaps
from posekit.codecs.heatmaps import GaussianHeatmaps
from posekit.data.batches import CropDataset, loader
from posekit.data.crops import cache_crops, crop_labels
from posekit.errors import InputError
from posekit.tasks import single_person

TAPS, WORSE, PEOPLE = 11, 1.2, 200
SHARE = 0.2  # of the speed of finding the highest cells, which reads every map once


def dark_loop(codec, maps):
    """(B, K, 2) pixels: Zhang et al., CVPR 2020, one map after the other."""

    def blurred(heatmap):
        height = heatmap.max()
        soft = cv2.GaussianBlur(heatmap, (TAPS, TAPS), 0, borderType=cv2.BORDER_CONSTANT)
        return soft * height / soft.max()

    def step(logs, x, y):
        h, w = logs.shape
        if not (1 < x < w - 2 and 1 < y < h - 2):
            return np.zeros(2)
        gradient = np.array([logs[y, x + 1] - logs[y, x - 1], logs[y + 1, x] - logs[y - 1, x]]) / 2
        dxx = (logs[y, x + 2] - 2 * logs[y, x] + logs[y, x - 2]) / 4
        dyy = (logs[y + 2, x] - 2 * logs[y, x] + logs[y - 2, x]) / 4
        dxy = (
            logs[y + 1, x + 1] - logs[y - 1, x + 1] - logs[y + 1, x - 1] + logs[y - 1, x - 1]
        ) / 4
        if dxx * dyy - dxy * dxy == 0:
            return np.zeros(2)
        return -np.linalg.inv(np.array([[dxx, dxy], [dxy, dyy]])) @ gradient

    def run():
        found = np.zeros((*maps.shape[:2], 2), np.float32)
        for b, person in enumerate(maps):
            for k, heatmap in enumerate(person):
                y, x = np.unravel_index(heatmap.argmax(), heatmap.shape)
                logs = np.log(np.maximum(blurred(heatmap), 1e-10))
                found[b, k] = np.array([x, y]) + step(logs, x, y)
        return (found + 0.5) * codec.stride - 0.5

    return run


def clean():
    """(codec, maps, truth, which to judge): joints anywhere but near the edge."""
    codec = GaussianHeatmaps((256, 192), stride=4, sigma=2)
    draw = torch.Generator().manual_seed(0)
    size, margin = torch.tensor([192.0, 256.0]), 24
    points = margin + torch.rand(64, 17, 2, generator=draw) * (size - 2 * margin)
    maps = codec.encode(points, torch.ones(64, 17))
    maps += 0.01 * torch.randn(maps.shape, generator=draw)
    return codec, maps.numpy(), points.numpy(), np.ones((64, 17), bool)


def predicted(checkpoint):
    """The same of a trained network's maps, as probabilities.

    Judged are joints that it found, to two cells: one that it took for another is as far off
    however the map is read.
    """
    model, card = checkpoints.load_pretrained(checkpoint)
    people = catalog.load(
        "synthetic", "val", count=PEOPLE, size=2 * card["size"], skeleton=card["skeleton"], seed=1
    )
    crops = cache_crops(people, card["size"], progress=False)
    batches = list(loader(CropDataset(crops), 50, shuffle=False))
    with torch.no_grad():
        maps = torch.cat([heatmaps.probabilities(model(batch.images)) for batch in batches])
        maps = maps.numpy()
    truth, visible = crop_labels(crops)
    codec = single_person.CODEC
    away = np.linalg.norm(codec.decode(maps, "argmax").keypoints - truth, axis=-1)
    return codec, maps, truth, (visible > 0) & (away < 2 * codec.stride)


def rows(title, codec, maps, truth, judged) -> list[dict]:
    loop, (h, w) = dark_loop(codec, maps), codec.shape
    found = {"loop": loop()} | {m: codec.decode(maps, m).keypoints for m in ("dark", "fit")}
    errors = {m: np.linalg.norm(points - truth, axis=-1)[judged] for m, points in found.items()}
    cells = {m: f"{error.mean() / codec.stride:.4f}" for m, error in errors.items()}
    print(f"{title}, mean error in cells of {judged.sum()} joints: {cells}")
    peaks = codec.decode(maps, "argmax").keypoints
    short = judged & (np.abs(found["loop"] - peaks).max(-1) <= codec.stride)
    apart = (np.linalg.norm(found["dark"] - found["loop"], axis=-1) / codec.stride)[short]
    print(
        f"{title}: of {short.sum()} joints whose step in the loop is within a cell, dark is "
        f"{apart.max():.4f} cells away at most"
    )
    if errors["fit"].mean() > WORSE * errors["loop"].mean():
        sys.exit(f"fit is more than {WORSE} times as far off as DARK on {title}.")
    if apart.max() > 0.02 or short.sum() < 0.9 * judged.sum():
        sys.exit(f"dark is not the published loop on {title}.")
    peers = {"DARK, a map at a time": (loop, 50)}
    # Whoever reads a map has to look for its highest cell.
    bound = ("the highest cells alone", lambda: maps.reshape(-1, h * w).argmax(-1), SHARE)
    fit = measure.compare(
        f"decode by fit, {title}", lambda: codec.decode(maps, "fit"), peers, bound=bound
    )
    peers = {"DARK, a map at a time": (loop, 10)}
    return fit + measure.compare(
        f"decode by dark, {title}", lambda: codec.decode(maps, "dark"), peers
    )


def main(checkpoint="heatmap"):
    measure.one_thread()
    found = rows("clean maps", *clean())
    try:
        found += rows("predicted maps", *predicted(checkpoint))
    except InputError as error:
        peers = {"DARK, a map at a time": (None, 50, str(error))}
        found += measure.compare("decode by fit, predicted maps", lambda: None, peers, rounds=1)
    measure.finish(found)


if __name__ == "__main__":
    main(*sys.argv[1:])
