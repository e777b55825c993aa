"""Drawing for the decks: bare axes, diagrams in inches, boxes and arrows, a skeleton."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.patheffects import withStroke

from posekit import plots

BLUE, VERMILION, GREEN = (plots.COLOURS[side] for side in ("left", "right", "centre"))
INK, QUIET, LINE, PAPER = "#16212B", "#55616C", "#D9D6CC", "#FFFFFF"
PALE = {BLUE: "#D9E9F4", VERMILION: "#FBE5D6", GREEN: "#DCEFE8"}


def panels(width: float, height: float, columns: int = 1, **options):
    """A figure of bare axes in a row: (fig, axes), or (fig, ax) for one."""
    fig, axes = plt.subplots(
        1, columns, figsize=(width, height), layout="constrained", squeeze=False, **options
    )
    for ax in axes[0]:
        ax.set_axis_off()
    return fig, (axes[0] if columns > 1 else axes[0, 0])


def canvas(width: float, height: float):
    """One bare pair of axes over the whole figure, measured in inches."""
    fig = plt.figure(figsize=(width, height))
    ax = fig.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height))
    ax.set_axis_off()
    return fig, ax


def picture(ax, image, points=None, visible=None, box=None, skeleton="blazepose33", **options):
    """An image with its frame kept, and a pose on it; ``box`` (x, y, w, h): inset, inches."""
    if box is not None:
        ax = ax.inset_axes(box, transform=ax.transData)
    ax.imshow(image)
    if points is not None:
        plots.show_pose(ax, points, visible, skeleton, **options)
    height, width = image.shape[:2]
    ax.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5), xticks=[], yticks=[])
    return ax


def pose(ax, points, skeleton="blazepose33", visible=None, **options):
    """A skeleton alone, upright and to scale."""
    plots.show_pose(ax, points, visible, skeleton, **options)
    ax.set_aspect("equal")
    if not ax.yaxis_inverted():
        ax.invert_yaxis()
    ax.margins(0.08)


def box(ax, x, y, width, height, text="", fill=PAPER, edge=INK, **options):
    """A rounded box with its text in the middle; x and y are its lower left corner."""
    ax.add_patch(
        FancyBboxPatch(
            (x, y),
            width,
            height,
            boxstyle="round,pad=0,rounding_size=0.1",
            facecolor=fill,
            edgecolor=edge,
            linewidth=1.6,
        )
    )
    options = {"ha": "center", "va": "center"} | options
    ax.text(x + width / 2, y + height / 2, text, **options)


def arrow(ax, start, end, colour=INK, bend: float = 0.0):
    """An arrow between two points, curved to one side by ``bend``."""
    ax.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>",
            mutation_scale=22,
            linewidth=2.2,
            color=colour,
            connectionstyle=f"arc3,rad={bend}",
            shrinkA=0,
            shrinkB=0,
        )
    )


def bump(size: int = 24, x: float = 0.5, y: float = 0.5, sigma: float = 0.16) -> np.ndarray:
    """(size, size) a Gaussian with its peak at these fractions of the square."""
    rows, columns = np.mgrid[:size, :size] / (size - 1)
    return np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * sigma**2))


def crosses(ax, points, size: float = 8) -> None:
    """The truth (K, 2) as black crosses with a white edge, which show on dark clothes too."""
    edge = [withStroke(linewidth=5.5, foreground="white")]
    ax.plot(*points.T, "x", color="black", ms=size, mew=2.5, path_effects=edge)
