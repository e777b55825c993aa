"""The pictures of deck 06: what a convolution costs, and one that costs less.

A figure's inch is 100 px on the slide; pictures.py says how much room there is.
"""

from __future__ import annotations

from functools import lru_cache

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch.nn import functional as F

from posekit import catalog, checkpoints, crowds, plots, synthetic
from posekit.models.heatmap_nets import WIDTHS
from posekit.models.layer_counts import layer_counts, separable_share
from slides import sketch, speed_record
from slides.convolution_sketch import browser, dance, network, plain_and_separable, windows  # noqa: F401
from slides.sketch import BLUE, INK, QUIET, VERMILION
from slides.speed_scores import (  # noqa: F401
    budget,
    conventions,
    end_to_end,
    roofline,
    runtimes,
    thin,
    two_networks,
)

BLUR = np.ones((3, 3)) / 9
EDGES = np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])  # left and right of an upright edge
FILTERS = (BLUR, EDGES, EDGES.T)
MIXING = torch.tensor([[1.0, 0, 0], [0, 1, 1], [0.5, 1, -1]])  # (3 out, 3 in)
SEED = 7


def _filtered(image) -> tuple[torch.Tensor, torch.Tensor]:
    """(3, H, W) the channels of an image, and each of them by its own filter."""
    channels = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1).float() / 255
    filters = torch.from_numpy(np.stack(FILTERS)).float()[:, None]
    return channels, F.conv2d(channels[None], filters, padding=1, groups=3)[0]


@lru_cache
def _scene():
    """Five rendered people, whom both networks are tried on."""
    return synthetic.People(SEED, 20, 384, "coco17", people=5)[3]


def hero():
    """The channels of an image as three sheets, each with the 3 x 3 filter of its own."""
    image = _scene().image[40:340, 20:380]
    _, each = _filtered(image)
    fig, ax = sketch.canvas(4.8, 5.6)
    for n, name in enumerate(("Reds_r", "Greens_r", "Blues_r")):
        x, y = 0.25 + 0.36 * n, 3.05 - 1.45 * n
        sheet = ax.inset_axes((x, y, 2.8, 2.3), transform=ax.transData, zorder=n)
        low, high = np.percentile(each[n], (1, 99))
        sheet.imshow(each[n], cmap=name, vmin=low, vmax=high, aspect="auto")
        small = ax.inset_axes((x + 3.0, y + 1.45, 0.78, 0.78), transform=ax.transData, zorder=n)
        cells = {"cmap": name, "vmin": -2, "vmax": 2, "edgecolors": "white", "linewidth": 1.5}
        small.pcolormesh(FILTERS[n], **cells)
        for part in (sheet, small):
            part.set(xticks=(), yticks=())
            for spine in part.spines.values():
                spine.set(color="white", linewidth=2, visible=True)
    return fig


def smaller():
    """The same scene with the same network, at three input sizes."""
    model, card = checkpoints.load_pretrained(speed_record.SEPARABLE)
    found_at = speed_record.precision(speed_record.SEPARABLE)
    fig, axes = sketch.panels(11.5, 3.3, 3)
    for ax, side in zip(axes, (128, 256, 384)):
        people = crowds.find_people(model, _scene().image, card["codec"], side)
        drawn = plots.draw_pose(_scene().image, people.keypoints, None, "openpose18", thickness=2)
        sketch.picture(ax, drawn[30:240, :360]).set_axis_off()
        macs = sum(row.macs for row in layer_counts(model, (1, 3, side, side)))
        ax.set_title(f"{side}²: {macs / 1e6:.0f} million\nAP {found_at[side]:.2f}")
    return fig, "Multiply-accumulates for one image; AP recorded on rendered scenes"


def watched():
    """A photograph's channels; each filtered by itself; three mixtures of the filtered ones."""
    channels, each = _filtered(catalog.load("photos", skeleton="coco17")[0].image)
    mixed = torch.einsum("oc,chw->ohw", MIXING, each)
    rows = (
        ("three channels", channels, ("red", "green", "blue")),
        ("depthwise", each, ("blurred", "vertical edges", "horizontal edges")),
        ("pointwise", mixed, ("blurred", "both edges", "a mixture")),
    )
    fig, axes = plt.subplots(3, 3, figsize=(6.7, 5.4), layout="constrained")
    for line, (kind, maps, names) in zip(axes, rows):
        for ax, part, name in zip(line, maps, names):
            low, high = np.percentile(part, (1, 99))
            ax.imshow(part, cmap="gray", vmin=low, vmax=high, aspect="auto")
            ax.set_title(name, fontsize=17.3)
            ax.set(xticks=(), yticks=())
        line[0].set_ylabel(kind)
    return fig


def saving():
    """How many times fewer multiply-accumulates, against the number of output channels."""
    channels = np.geomspace(4, 512, 200)
    fig, ax = plt.subplots(figsize=(10.5, 3.4), layout="constrained")
    for kernel, style, colour in ((5, "--", VERMILION), (3, "-", BLUE)):
        fewer = 1 / np.array([separable_share(c, kernel) for c in channels])
        ax.plot(channels, fewer, linestyle=style, color=colour, label=f"K = {kernel}")
        ax.axhline(kernel**2, color=QUIET, linewidth=1.5, linestyle=":")
        ax.text(4, kernel**2 + 0.5, f"K² = {kernel**2}", color=QUIET)
    ours = np.array(WIDTHS[1:])
    blocks = [1 / separable_share(c) for c in ours]
    ax.plot(ours, blocks, "o", color=INK, markersize=9, label="our network's blocks")
    ax.set(xscale="log", xlabel="output channels", ylabel="times fewer", ylim=(0, 31))
    ax.set_xticks((4, 16, 64, 256), ("4", "16", "64", "256"))
    ax.minorticks_off()
    ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    ends = f"{blocks[0]:.1f} at {ours[0]} channels, {blocks[-1]:.1f} at {ours[-1]}"
    return fig, f"K = 3: {ends}"


def filters():
    """What the first depthwise layer of the fast network has learnt: a filter for each channel."""
    model, _ = checkpoints.load_pretrained(speed_record.SEPARABLE)
    weights = model.down[0][0][0][0].weight.detach()[:, 0].numpy()
    fig, axes = plt.subplots(4, 4, figsize=(4.4, 4.4), layout="constrained")
    for ax, kernel in zip(axes.flat, weights):
        most = np.abs(kernel).max()
        ax.imshow(kernel, cmap="PuOr", vmin=-most, vmax=most)
        ax.set(xticks=(), yticks=())
    return fig, "The fast network's first filters"


def live_clip():
    """Three people who move, side by side in one image, and what the fast network finds."""
    model, card = checkpoints.load_pretrained(speed_record.SEPARABLE)
    moves = [
        synthetic.Clips(seed, 1, 24, (280, 250), "coco17", action, 15, "easy")[0]
        for seed, action in ((1, "walk"), (4, "jumping_jacks"), (5, "hand_swing"))
    ]
    drawn = []
    for frames in zip(*moves):
        image = np.hstack([frame.image for frame in frames])
        found = crowds.find_people(model, image, card["codec"])
        drawn.append(plots.draw_pose(image, found.keypoints, None, "openpose18", thickness=3))
    return np.stack(drawn), "The fast network, one pass a frame"
