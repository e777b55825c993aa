"""A training of two seconds, for the tests that kill it and share it between processes.

torchrun --nproc_per_node 2 small_training.py FOLDER EPOCHS
"""

import sys

import torch

from posekit import losses, training


class Net(torch.nn.Sequential):
    """Without batch norm, with dropout: what is drawn in the loop must be resumed too."""

    def __init__(self, dropout=0.1):
        torch.manual_seed(1)
        super().__init__(
            torch.nn.Linear(8, 16),
            torch.nn.ReLU(),
            torch.nn.Dropout(dropout),
            torch.nn.Linear(16, 6),
        )


def batches(epoch):
    """Four batches of ten, the same for the same epoch, with joints missing unevenly."""
    draw = torch.Generator().manual_seed(epoch)
    out = []
    for _ in range(4):
        inputs = torch.randn(10, 8, generator=draw)
        visible = (torch.rand(10, 3, generator=draw) > 0.4).int()
        out.append((inputs, inputs[:, :6].reshape(10, 3, 2), visible))
    return out


def loss(model, batch):
    inputs, target, visible = batch
    mean = losses.l2(model(inputs).reshape(-1, 3, 2), target, visible)
    return mean, (visible > 0).sum()


def train(folder, epochs=6, dropout=0.1, **options):
    net = Net(dropout)
    options = {"precision": "no", "progress": False, "resume": True, "lr": 0.01} | options
    return net, training.fit(net, batches, loss, epochs=epochs, folder=folder, **options)


if __name__ == "__main__":
    # Shared between processes: no dropout, which each would draw for itself.
    train(sys.argv[1], int(sys.argv[2]), dropout=0.0)
