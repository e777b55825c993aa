"""Gaussian targets of a batch: 64 people of 17 joints, sigma 2 cells.

- *loop over joints*: a full-size Gaussian in NumPy for each joint, joined to its map by the
  maximum, and a stack of the people's maps: the published "unbiased" encoding as toolkits
  run it.
- *2-D exponential*: what a tutorial writes, one exponential a cell of the whole batch.
- *kornia*: also the product of two exponentials, but its bumps sum to 1; goal: as fast.

`check` compares the maps of all, each divided by its highest cell. Whoever makes the targets has
to write them to memory: what filling the tensor with one number takes is the bound, and a share of
its speed is asked for, where that is less than 20 and 60 times the peers'.
"""

import measure
import numpy as np
import torch

from posekit.codecs.heatmaps import GaussianHeatmaps

STRIDE, SIGMA, PEOPLE, JOINTS = 4, 2, 64, 17
SHARE, SHARE_AGAIN = 0.5, 0.3  # a tensor that is filled again may lie in the cache


def loop(codec, keypoints, visible):
    """One joint after the other, people apart."""
    h, w = codec.shape
    x, y = np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32)[:, None]
    cells = (keypoints.numpy() + 0.5) / codec.stride - 0.5
    labelled, reach = visible.numpy() > 0, 3 * codec.sigma

    def one(joints, known):
        maps = np.zeros((len(joints), h, w), np.float32)
        for k, (cx, cy) in enumerate(joints):
            away = cx < -reach or cy < -reach or cx > w - 1 + reach or cy > h - 1 + reach
            if not known[k] or away:
                continue
            bump = np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * codec.sigma**2))
            np.maximum(maps[k], bump, out=maps[k])
        return maps

    return lambda: torch.from_numpy(np.stack([one(*person) for person in zip(cells, labelled)]))


def exponential(codec, keypoints, visible):
    """A grid, a distance, an exponential."""
    h, w = codec.shape
    y, x = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")

    def run():
        cells = (keypoints + 0.5) / codec.stride - 0.5
        dx, dy = x - cells[..., 0, None, None], y - cells[..., 1, None, None]
        maps = torch.exp(-(dx**2 + dy**2) / (2 * codec.sigma**2))
        return maps * (visible > 0)[..., None, None]

    return run


def kornia(codec, keypoints, visible):
    modules = measure.load("kornia.geometry.subpix")
    if isinstance(modules, str):
        return modules
    std = torch.full((1, 2), float(codec.sigma))

    def run():
        cells = (keypoints + 0.5) / codec.stride - 0.5
        maps = modules[0].render_gaussian2d(cells.flatten(0, 1), std, codec.shape, False)
        return maps.view(*cells.shape[:2], *codec.shape)

    return run


def check(run, targets) -> str:
    """Why what ``run`` gives is not the same maps; empty if it is."""
    maps = run()
    maps = maps / maps.amax((-1, -2), keepdim=True)
    off = (maps - targets / targets.amax((-1, -2), keepdim=True)).abs().max().item()
    return "" if off < 1e-5 else f"not the same work: maps {off:.1g} apart"


def rows(h: int, w: int) -> list[dict]:
    codec = GaussianHeatmaps((h * STRIDE, w * STRIDE), STRIDE, SIGMA)
    draw = torch.Generator().manual_seed(0)
    keypoints = torch.rand(PEOPLE, JOINTS, 2, generator=draw) * torch.tensor([w, h]) * STRIDE
    visible = torch.full((PEOPLE, JOINTS), 2)
    out = torch.empty(PEOPLE, JOINTS, h, w)
    peers = {}
    for peer, build, goal in (
        ("loop over joints, NumPy", loop, 20),
        ("2-D exponential, torch", exponential, 60),
        ("kornia render_gaussian2d", kornia, 0.95),
    ):
        run = build(codec, keypoints, visible)
        why = run if isinstance(run, str) else check(run, codec.encode(keypoints, visible))
        peers[peer] = (None, goal, why) if why else (run, goal)
    name = f"targets {PEOPLE} x {JOINTS} x {h} x {w}"
    new = ("filling a new tensor", lambda: torch.full(out.shape, 0.5), SHARE)
    found = measure.compare(name, lambda: codec.encode(keypoints, visible), peers, bound=new)
    # A training loop may keep one batch of targets and fill it again.
    again = ("filling the tensor", lambda: out.fill_(0.5), SHARE_AGAIN)
    return found + measure.compare(
        f"{name}, out=", lambda: codec.encode(keypoints, visible, out=out), peers, bound=again
    )


def main():
    measure.one_thread()
    measure.keep_memory()
    measure.finish(rows(64, 48) + rows(96, 96))


if __name__ == "__main__":
    main()
