"""How well what is learned on synthetic people alone carries over to photographs.

A fixed small network sees 20,000 synthetic people, nothing else, and is scored on images 801
to 1000 of Leeds Sports Pose: PCK at 0.2 of the torso. One line comes out; CARRY_OVER.md,
beside this file, keeps them, so that the renderer's realism can be steered by the number::

    OMP_NUM_THREADS=1 nice -n 19 python tests/benchmarks/carry_over.py

LSP must be on this machine, or in the folder that POSEKIT_MIRROR names. Its test half (1001
to 2000) is never looked at: a renderer steered by it would be fitted to it.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import fields
from functools import partial
from pathlib import Path

import numpy as np
import torch

from posekit import catalog, checkpoints, evaluation, geometry, losses, synthetic, training
from posekit.data import Sample
from posekit.data.batches import Augment, CropDataset, loader
from posekit.data.crops import Crops, cache_crops
from posekit.models.regression import small_resnet
from posekit.synthetic import People

PEOPLE, SIZE, EPOCHS, BATCH, CHUNK = 20_000, 64, 10, 64, 500
MARGIN = 0.17  # of the longer side of the joints' box: the median of LSP's training images


def joints_box(sample, person: int) -> np.ndarray:
    """The box of the joints, grown: LSP has no other, so the synthetic people get it too."""
    return geometry.keypoint_box(sample.keypoints[person], sample.visible[person])


def trimmed(sample: Sample) -> Sample:
    """The image cut to MARGIN around the joints, as LSP's are: a crop of a slim person is then
    black at either side in both."""
    points = sample.keypoints[0]
    margin = MARGIN * float(np.ptp(points, axis=0).max())
    low = np.maximum(points.min(0) - margin, 0).astype(int)
    high = (points.max(0) + margin).astype(int) + 1
    image = sample.image[low[1] : high[1], low[0] : high[0]]
    return Sample(sample.id, sample.skeleton, sample.keypoints - low, sample.visible, image)


def synthetic_crops(count: int, seed: int) -> Crops:
    """So many `normal` people, cut out; rendered in batches, since that is faster."""
    people = People(seed, count, 2 * SIZE)
    cut = partial(cache_crops, size=SIZE, box=joints_box, progress=False)
    parts = [
        cut([trimmed(sample) for sample in people.batch(range(n, min(n + CHUNK, count)))])
        for n in range(0, count, CHUNK)
    ]
    arrays = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("images", "keypoints", "visible", "matrices")
    }
    lists = {
        name: [row for part in parts for row in getattr(part, name)]
        for name in ("people", "left_out")
    }
    same = {f.name: getattr(parts[0], f.name) for f in fields(Crops)}
    return Crops(**same | arrays | lists)


def train(crops: Crops, epochs: int, seed: int, progress: bool) -> torch.nn.Module:
    """The network after its fixed training."""
    torch.manual_seed(seed)
    model = small_resnet(crops.keypoints.shape[1]).to(memory_format=torch.channels_last)
    dataset = CropDataset(crops, Augment(), seed)

    def loss(model, batch):
        found = model(batch.images.to(memory_format=torch.channels_last))
        return losses.l1(found, batch.keypoints, batch.visible), (batch.visible > 0).sum()

    training.fit(
        model,
        lambda epoch: loader(dataset, BATCH, epoch=epoch),
        loss,
        epochs=epochs,
        lr=2e-3,
        grad_grad_clip=100.0,
        precision="no",
        seed=seed,
        progress=progress,
    )
    return model.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--save", type=Path, help="keep the weights here, to look at mistakes")
    parser.add_argument("--quiet", action="store_true")
    args = parser.parse_args()
    start = time.perf_counter()
    crops = synthetic_crops(args.people, args.seed)
    rendered = time.perf_counter() - start
    model = train(crops, args.epochs, args.seed, not args.quiet)
    if args.save:
        checkpoints.save_weights(model, args.save)
    judged = cache_crops(catalog.load("lsp", "val"), SIZE, box=joints_box, progress=False)
    found = evaluation.report(model, judged, evaluation.mean_pose(crops))
    joints = dict(
        zip(
            ("ankle", "knee", "hip", "wrist", "elbow", "shoulder", "neck", "head"),
            _pairs(found["model"]["pck_per_joint"]),
        )
    )
    print(
        f"synthetic {synthetic.VERSION}, {args.people} people, {args.epochs} epochs, seed "
        f"{args.seed}: PCK@0.2 {found['model']['pck']:.1f} on {len(judged)} of LSP (mean pose "
        f"{found['mean_pose']['pck']:.1f}); rendering {rendered:.0f} s, all "
        f"{time.perf_counter() - start:.0f} s; "
        + ", ".join(f"{name} {value:.0f}" for name, value in joints.items())
    )


def _pairs(per_joint) -> list[float]:
    """LSP's 14 joints as 8: right and left together."""
    pairs = (0, 5), (1, 4), (2, 3), (6, 11), (7, 10), (8, 9), (12,), (13,)
    return [float(np.mean([per_joint[n] for n in pair])) for pair in pairs]


if __name__ == "__main__":
    main()
