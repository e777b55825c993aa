"""What the decks of the chapters on maps share: people held out, a network's maps of them.

>>> from slides import maps                   # in a deck's .py file
>>> maps.raw("heatmap").shape                 # of every person held out
torch.Size([120, 14, 32, 32])
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import torch

from posekit import checkpoints, metrics, synthetic
from posekit.data.crops import cache_crops, crop_labels
from posekit.geometry import fill_edges
from slides.sketch import INK

HELD_OUT = 120


@lru_cache
def people(size: int = 128, skeleton: str = "lsp14"):
    """Crops of people whom no shipped network has learnt from, in space where h36m17 is asked."""
    who = synthetic.People(seed=200, count=HELD_OUT, size=256, skeleton=skeleton)
    return cache_crops(who, size, depth=skeleton == "h36m17", progress=False)


@lru_cache
def truth(size: int = 128) -> tuple[np.ndarray, np.ndarray]:
    """(N, K, 2) pixels of the crops, and (N, K) visible."""
    return crop_labels(people(size))


@lru_cache
def images(size: int = 128, skeleton: str = "lsp14") -> torch.Tensor:
    """(N, 3, S, S) the crops as a network takes them, unchanged."""
    middle = people(size, skeleton).inputs()
    return torch.from_numpy(middle).permute(0, 3, 1, 2).float() / 255


def picture(i: int, skeleton: str = "lsp14") -> np.ndarray:
    """(128, 128, 3) one of the crops as an image, with no black beyond its edges."""
    return fill_edges(people(128, skeleton).inputs()[i])


@lru_cache
def raw(name: str, skeleton: str = "lsp14") -> torch.Tensor:
    """(N, K, ..., h, w) what a shipped network predicts for the crops, untouched."""
    return run(checkpoints.load_pretrained(name)[0], images(128, skeleton))


def run(model, images: torch.Tensor) -> torch.Tensor:
    """A network's output, a few pictures at a time."""
    with torch.inference_mode():
        return torch.cat([model(part).float() for part in images.split(24)])


def score(guess, size: int = 128) -> metrics.Score:
    """PCK at 0.2 of the torso of (N, K, 2) pixels, against the truth."""
    points, visible = truth(size)
    return metrics.pck(guess, points, visible, metrics.torso_lengths(points, visible))


def enlarged(image: np.ndarray, factor: float = 3) -> np.ndarray:
    """A crop with more pixels, so that a projector does not show them."""
    return cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)


def cells(ax, heatmap, stride: float = 1.0, lines: bool = True, **options):
    """A map (h, w) as coloured cells, on axes in input pixels; returns the drawn image."""
    h, w = heatmap.shape
    edges = (-0.5, w * stride - 0.5, h * stride - 0.5, -0.5)
    drawn = ax.imshow(
        heatmap, extent=edges, interpolation="nearest", **{"cmap": "Blues", "vmin": 0} | options
    )
    if lines:
        for k in range(max(h, w) + 1):
            if k <= w:
                ax.axvline(k * stride - 0.5, color=INK, linewidth=0.5, alpha=0.25)
            if k <= h:
                ax.axhline(k * stride - 0.5, color=INK, linewidth=0.5, alpha=0.25)
    ax.set(xlim=edges[:2], ylim=edges[2:])
    return drawn
