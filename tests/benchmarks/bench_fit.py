"""What the training loop costs: `fit` beside the same steps in a bare PyTorch loop.

One epoch of chapter 02's CNN, 16 batches of 32 people at 64x64 out of `loader`, in fp32:

- *bare loop*: forward, backward, gradient clipping, update, learning rate; no bar, no history, no
  accelerate. A ratio of 0.97 means that `fit` costs 3 %.
- *waiting for data*: the network's steps on batches that are already there. A ratio of 0.95
  means that an epoch spends 5 % on making its batches, with no worker processes.
"""

import functools

import measure
import torch

from posekit import catalog, tasks, training
from posekit.data.batches import CropDataset, loader
from posekit.data.crops import cache_crops
from posekit.tasks import single_person

BATCHES, SIZE = 16, 32


@functools.cache
def people() -> CropDataset:
    crops = cache_crops(
        catalog.load("synthetic", count=BATCHES * SIZE, size=96), 64, progress=False
    )
    return CropDataset(crops, tasks.get("cnn").augment)


def bare(batches):
    """The loop that everybody writes."""
    model = tasks.build(tasks.get("cnn"), people().crops)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)

    def run():
        model.train()
        total = 0.0
        for step, batch in enumerate(batches()):
            for group in optimizer.param_groups:
                group["lr"] = 1e-3 * training.cosine(step / BATCHES)
            loss, _ = single_person.coordinate_loss(model, batch)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1000.0)
            optimizer.step()
            total += loss.item()
        return total

    return run


def fit(batches):
    """The same through `training.fit`; its set-up counts too."""
    model = tasks.build(tasks.get("cnn"), people().crops)
    return lambda: training.fit(
        model,
        lambda epoch: batches(),
        single_person.coordinate_loss,
        epochs=1,
        grad_grad_clip=1000.0,
        precision="no",
        progress=False,
    )


def main():
    measure.one_thread()
    fresh = functools.partial(loader, people(), SIZE)
    ready = list(fresh())
    rows = measure.compare(
        "fit, one epoch of the CNN, 16 batches",
        fit(fresh),
        {"bare PyTorch loop": (bare(fresh), 0.97)},
        rounds=9,
    )
    rows += measure.compare(
        "fit, one epoch, batches made on the way",
        fit(fresh),
        {"fit on batches that are there": (fit(lambda: ready), 0.95)},
        rounds=9,
    )
    measure.finish(rows)


if __name__ == "__main__":
    main()
