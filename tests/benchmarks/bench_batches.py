"""Keeping a network fed: caching a data set's people, and making batches of them.

- *crop cache*: reading LSP's 2,000 images (and COCO's people) and keeping each person at
  128x128, beside the least that anybody must do: ``cv2.imread`` and one warp. Needs the data.
- *batches*: 32 people at 64x64, turned, scaled, moved, mirrored and recoloured, with heatmap
  targets, out of uint8 crops in memory. Beside it the same from 640x480 JPEG files each time,
  albumentations a person at a time on the same crops, and the training step of a network of
  five convolutions: a ratio of 19 means that it waits for 5 % of its time.
"""

import itertools
import tempfile
from pathlib import Path

import cv2
import measure
import numpy as np
import torch
from torch import nn

from posekit import catalog, geometry
from posekit.data.batches import Augment, CropDataset, loader
from posekit.data.crops import cache_crops, person_box
from posekit.errors import InputError

SIZE, BATCH, PEOPLE = 64, 32, 256
CELLS = torch.arange(16) * 4 + 1.5  # centres of the cells of a heatmap of stride 4


def heatmaps(keypoints, visible):
    """(B, K, 16, 16) Gaussians of sigma 4 pixels, zero where unlabelled."""
    x, y = (torch.exp(-((keypoints[..., axis, None] - CELLS) ** 2) / 32) for axis in (0, 1))
    maps = y[..., :, None] * x[..., None, :]
    return maps.nan_to_num_() * (visible > 0)[..., None, None]


def cache_rows(name: str, title: str) -> list[dict]:
    try:
        people = catalog.load(name)
    except InputError as error:
        peers = {"cv2.imread and one warp": (None, 0.8, str(error))}
        return measure.compare(title, lambda: None, peers, rounds=1)
    maps = []
    for i in range(len(people)):
        sample = people[i]
        maps.append([geometry.crop_matrix(person_box(sample, k), 128) for k in range(len(sample))])

    def bare():
        for path, matrices in zip(people.paths, maps):
            image = cv2.imread(path)
            for matrix in matrices:
                cv2.warpAffine(image, matrix, (128, 128))

    return measure.compare(
        title,
        lambda: cache_crops(people, 128, margin=1, progress=False),
        {"cv2.imread and one warp": (bare, 0.8)},
        rounds=9,
    )


def from_disk(people, folder: Path):
    """A batch as it is made without a cache: each image decoded and warped each time."""
    samples = [people[i] for i in range(len(people))]
    paths = [str(folder / f"{i}.jpg") for i in range(len(people))]
    for path, sample in zip(paths, samples):
        cv2.imwrite(path, cv2.cvtColor(sample.image, cv2.COLOR_RGB2BGR))
    boxes = [person_box(sample, 0) for sample in samples]
    rng, order = np.random.default_rng(0), itertools.cycle(range(len(people)))

    def run():
        crops, points = [], []
        for i in itertools.islice(order, BATCH):
            image = cv2.cvtColor(cv2.imread(paths[i]), cv2.COLOR_BGR2RGB)
            crop = geometry.crop(
                image,
                samples[i].keypoints[0],
                samples[i].visible[0],
                boxes[i],
                SIZE,
                rotation=rng.uniform(-30, 30),
                scale=rng.uniform(0.75, 1.25),
            )
            crops.append(crop.image)
            points.append(crop.keypoints)
        points = torch.from_numpy(np.stack(points))
        images = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).contiguous().float() / 255
        return images, heatmaps(points, ~torch.isnan(points[..., 0]))

    return run


def albumentations(crops):
    modules = measure.load("albumentations")
    if isinstance(modules, str):
        return None, modules
    (A,) = modules
    chain = A.Compose(
        [
            A.Affine(rotate=(-30, 30), scale=(0.75, 1.25), translate_percent=(-0.08, 0.08), p=1),
            A.CenterCrop(SIZE, SIZE),
            A.HorizontalFlip(p=0.5),
            A.ColorJitter(0.2, 0.2, 0.2, 0, p=1),
        ],
        keypoint_params=A.KeypointParams("xy", remove_invisible=False),
    )
    order = itertools.cycle(range(len(crops)))
    known = np.nan_to_num(crops.keypoints)

    def run():
        out = [
            chain(image=crops.images[i], keypoints=known[i]) for i in itertools.islice(order, BATCH)
        ]
        images = torch.from_numpy(np.stack([one["image"] for one in out]))
        points = torch.from_numpy(np.stack([one["keypoints"] for one in out]).astype(np.float32))
        images = images.permute(0, 3, 1, 2).contiguous().float() / 255
        return images, heatmaps(points, torch.ones(points.shape[:2]))

    return run, ""


def training_step():
    """Forward, backward and update of five convolutions on a batch that is already there."""
    torch.manual_seed(0)
    layers = []
    for before, after, stride in ((3, 32, 2), (32, 64, 2), (64, 64, 1), (64, 64, 1)):
        layers += [nn.Conv2d(before, after, 3, stride, 1), nn.BatchNorm2d(after), nn.ReLU()]
    net = nn.Sequential(*layers, nn.Conv2d(64, 14, 3, 1, 1))
    optimizer = torch.optim.Adam(net.parameters())
    images, targets = torch.rand(BATCH, 3, SIZE, SIZE), torch.rand(BATCH, 14, 16, 16)

    def run():
        optimizer.zero_grad()
        ((net(images) - targets) ** 2).mean().backward()
        optimizer.step()

    return run


def batch_rows() -> list[dict]:
    people = catalog.load("synthetic", count=PEOPLE, size=(480, 640))
    crops = cache_crops(people, SIZE, progress=False)
    dataset = CropDataset(crops, Augment(), encode=heatmaps)
    batches = itertools.chain.from_iterable(loader(dataset, BATCH) for _ in itertools.count())
    theirs, why = albumentations(crops)
    with tempfile.TemporaryDirectory() as folder:
        peers = {
            "decoding 640x480 JPEG each time": (from_disk(people, Path(folder)), 10),
            "albumentations 2.0.8, cached": (theirs, 4, why),
            "a training step, 5 convolutions": (training_step(), 19),
        }
        return measure.compare("batches 32 people 64x64", lambda: next(batches), peers)


def main():
    measure.one_thread()
    rows = cache_rows("lsp", "crop cache LSP 128")
    rows += cache_rows("coco", "crop cache COCO people 128")
    measure.finish(rows + batch_rows())


if __name__ == "__main__":
    main()
