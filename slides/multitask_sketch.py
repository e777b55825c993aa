"""The diagrams of deck 07: four tasks, the network, a block, a mixed batch, places."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

from posekit import plots, synthetic
from posekit.geometry import fill_edges
from posekit.models.layer_counts import layer_counts
from posekit.tasks.multitask import ACTIONS
from slides import multitask_clips as clips
from slides import sketch
from slides.multitask_clips import BODY, aside, percent, words
from slides.sketch import BLUE, GREEN, INK, LINE, PALE, PAPER, QUIET, VERMILION

DOING = ("baseball_pitch", "pushup", "squat", "golf_swing")


def four_tasks():
    """A clip, one network, and what it says: joints in the image, in space, and the action."""
    one, t = clips.person("tennis_serve"), 8
    fig, ax = sketch.canvas(11.5, 3.5)
    for n in (2, 1, 0):
        at = (0.02 + 0.22 * n, 0.5 + 0.18 * n, 2.2, 2.2)
        sketch.picture(ax, one.frames[t + 2 * n], box=at).set_zorder(5 - n)
    ax.text(1.3, 0.2, f"{len(one.frames)} frames", ha="center", va="center")
    sketch.box(ax, 3.15, 1.1, 1.3, 1.5, "one\nnetwork", PALE[GREEN], GREEN)
    sketch.arrow(ax, (2.7, 1.85), (3.12, 1.85))
    sketch.arrow(ax, (4.47, 1.85), (4.87, 1.85))
    drawn = plots.draw_pose(one.frames[t], one.points[t], one.flags[t], "lsp14", thickness=4)
    sketch.picture(ax, drawn, box=(4.9, 0.7, 2.2, 2.2)).set_axis_off()
    space = ax.inset_axes((7.1, 0.6, 1.7, 2.4), transform=ax.transData)
    sketch.pose(space, aside(one.space[t], 0.6), BODY, width=4)
    space.set_axis_off()
    bars = ax.inset_axes((8.95, 0.75, 2.4, 1.95), transform=ax.transData)
    _three_actions(bars, one.chances["fusion"])
    for x, text in ((6.0, "joints in the image"), (7.95, "in space"), (10.0, "action")):
        ax.text(x, 3.25, text, ha="center", va="center", fontweight=600)
    return fig


def _three_actions(ax, chances: np.ndarray):
    """The three most probable actions, the first on top."""
    for y, n in enumerate(np.argsort(-chances)[:3]):
        ax.barh(y, chances[n], 0.3, color=BLUE if y == 0 else LINE)
        ax.text(
            0, y - 0.24, f"{words(ACTIONS[n])} {percent(chances[n])}", va="bottom", fontsize=17.3
        )
    ax.set(xlim=(0, 1), ylim=(2.4, -0.75))
    ax.set_axis_off()


# -------------------------------------------------------------------------------- the network
def _weights() -> dict[str, float]:
    """Thousands of weights of each part of the network."""
    model, card = clips.network()
    shape = (1, card["frames"], 3, card["size"], card["size"])
    parts = {"heads.blocks.0": 0, "heads.blocks.1": 0, "heads.context": 0}
    parts |= {"heads.streams.pose": 0, "heads.streams.appearance": 0, "backbone": 0}
    for row in layer_counts(model, shape):
        name = next((part for part in parts if row.name.startswith(part)), "backbone")
        parts[name] += row.parameters / 1000
    return parts


BOXES = (  # part, what stands in it, x, y, width, colour
    ("backbone", "backbone\n64 × 20²", 1.35, 3.0, 1.6, GREEN),
    ("heads.blocks.0", "block 1\n14 volumes", 3.35, 3.0, 1.7, BLUE),
    ("heads.blocks.1", "block 2\n14 volumes", 5.45, 3.0, 1.7, BLUE),
    ("heads.context", "corrected\nin time", 7.55, 3.0, 1.6, BLUE),
    ("heads.streams.pose", "pose\nstream", 7.7, 0.6, 1.45, VERMILION),
    ("heads.streams.appearance", "appearance\nstream", 4.6, 0.6, 1.75, VERMILION),
)


def network():
    """The network as boxes, with thousands of weights below each."""
    fig, ax = sketch.canvas(11.5, 4.5)
    weights = _weights()
    sketch.box(ax, 0.02, 3.0, 0.95, 1.0, "T\nframes")
    for part, text, x, y, width, colour in BOXES:
        sketch.box(ax, x, y, width, 1.0, text, PALE[colour], colour)
        ax.text(x + width / 2, y - 0.2, f"{weights[part]:,.0f} k", **_centred(QUIET))
    for x, end in ((0.97, 1.33), (2.95, 3.33), (5.05, 5.43), (7.15, 7.53), (9.15, 9.5)):
        sketch.arrow(ax, (x, 3.5), (end, 3.5))
    ax.text(9.55, 3.5, "x, y, z\nvisible?", va="center")
    sketch.arrow(ax, (8.95, 2.98), (8.95, 1.62))  # joints over time
    sketch.arrow(ax, (4.75, 2.98), (4.95, 1.62))  # block 1's features
    sketch.arrow(ax, (6.9, 2.98), (6.25, 1.62))  # heatmaps
    ax.text(4.6, 2.15, "features", ha="right", va="center")
    ax.text(6.75, 2.15, "heatmaps", va="center")
    ax.text(9.1, 2.15, "joints over time", va="center")
    sketch.box(ax, 9.95, 0.6, 1.5, 1.0, "fusion:\naction", PAPER, INK)
    sketch.arrow(ax, (9.15, 1.1), (9.93, 1.1))
    ax.plot((6.35, 6.6, 6.6, 10.7, 10.7), (0.9, 0.9, 0.1, 0.1, 0.3), color=INK, linewidth=2.2)
    sketch.arrow(ax, (10.7, 0.12), (10.7, 0.59))
    model, card = clips.network()
    total = sum(weight.numel() for weight in model.parameters()) / 1e6
    return fig, f"k: thousand weights; {total:.1f} million in all, T = {card['frames']} frames"


def _centred(colour: str = INK) -> dict:
    return {"ha": "center", "va": "center", "color": colour}


def reinjection():
    """One prediction block: what goes in, the volumes, and what is put back."""
    fig, ax = sketch.canvas(5.5, 3.9)
    boxes = (
        ("refine", 1.0, 2.5, 1.25, GREEN),
        ("1 × 1", 2.85, 2.5, 0.95, BLUE),
        ("1 × 1", 2.85, 1.25, 0.95, VERMILION),
    )
    for text, x, y, width, colour in boxes:
        sketch.box(ax, x, y, width, 0.75, text, PALE[colour], colour)
    ax.text(0.2, 2.87, "x", fontsize=24, **_centred())
    for x, end in ((0.4, 0.98), (2.25, 2.83), (3.8, 4.25)):
        sketch.arrow(ax, (x, 2.87), (end, 2.87))
    ax.text(4.3, 2.87, "volumes", va="center", fontweight=600)
    ax.text(4.3, 3.6, "joints", va="center", color=QUIET)
    sketch.arrow(ax, (4.75, 3.05), (4.75, 3.4), QUIET)
    ax.plot((4.75, 4.75), (2.65, 1.62), color=VERMILION, linewidth=2.2)
    sketch.arrow(ax, (4.77, 1.62), (3.82, 1.62), VERMILION)
    ax.add_patch(plt.Circle((1.6, 0.72), 0.28, facecolor=PAPER, edgecolor=INK, linewidth=2))
    ax.text(1.6, 0.72, "+", fontsize=24, **_centred())
    ax.plot((0.2, 0.2), (2.6, 0.72), color=INK, linewidth=2.2)
    sketch.arrow(ax, (0.18, 0.72), (1.3, 0.72))
    sketch.arrow(ax, (1.6, 2.48), (1.6, 1.02))
    ax.plot((3.32, 3.32), (1.23, 0.72), color=VERMILION, linewidth=2.2)
    sketch.arrow(ax, (3.34, 0.72), (1.9, 0.72), VERMILION)
    ax.text(0.1, 0.1, "the sum is the next block's x", va="bottom")
    return fig


# ----------------------------------------------------------------------------------- batches
def mixed_batch():
    """A batch's two parts, clips and images, and which labels each of them has."""
    some = clips.everyone().clips
    frames = clips.frames_of(some)
    fig, ax = sketch.canvas(11.4, 4.0)
    rows = [frames[n, ::3][:5] for n in (7, 11)]  # two clips of five frames
    rows.append(np.array([frames[n, 0] for n in (15, 17, 19, 21, 28)]))
    for row, images in enumerate(rows):
        y = 2.4 - 1.17 * row - 0.06 * (row == 2)
        for n, image in enumerate(images):
            x = 1.45 + (1.08 if row < 2 else 1.16) * n
            sketch.picture(ax, fill_edges(image), box=(x, y, 1.06, 1.06))
    for y, text in ((2.9, "clip"), (1.75, "clip"), (0.53, "images")):
        ax.text(0.05, y, text, va="center", fontweight=600)
    columns = (("x, y", 7.9), ("z", 9.05), ("action", 10.5))
    known = ((1, 1, 1), (1, 1, 1), (1, 0, 0))
    for (name, x), *flags in zip(columns, *known):
        ax.text(x, 3.72, name, fontweight=600, **_centred())
        for y, flag in zip((2.9, 1.75, 0.53), flags):
            face, edge = (BLUE, BLUE) if flag else ("none", QUIET)
            ax.plot(x, y, "s", markersize=24, markerfacecolor=face, markeredgecolor=edge, mew=2.5)
    return fig, "Filled: labelled. Empty: not known, and masked"


# ------------------------------------------------------------------------------- out of context
def places():
    """Four actions, each in its own place, and in the place of the next one."""
    fig, axes = plt.subplots(2, 4, figsize=(5.5, 3.2), layout="constrained")
    for row, kind in zip(axes, ("tied", "swapped")):
        shown = synthetic.Clips(3, len(DOING), 1, 160, action=DOING, backgrounds=kind)
        for ax, one in zip(row, shown):
            ax.imshow(one.frames[0])
            ax.set(xticks=[], yticks=[])
        row[0].set_ylabel(kind)
    return fig, ", ".join(words(name) for name in DOING)
