"""The diagrams of deck 08: a linear lifter, a receptive field, a pose machine, a correction."""

from __future__ import annotations

import matplotlib.pyplot as plt
import torch

from posekit.lifting import Correction
from posekit.models.layer_counts import layer_counts
from posekit.models.pose_machine_3d import LAYERS, PoseMachine3D
from slides import lifting_record as record
from slides import sketch
from slides.sketch import BLUE, GREEN, INK, LINE, PALE, PAPER, QUIET, VERMILION

PARTS = {  # as the record names them, and the modules that each is made of
    "2D sub-network": ("pose_2d",),
    "2D to 3D, with memory": ("adapt", "memory"),
    "3D, refiner, projector": ("coarse", "refiner", "projector"),
}


def linear():
    """The linear lifter as boxes: into 256 numbers, two residual blocks, out."""
    fig, ax = sketch.canvas(5.6, 4.3)
    sketch.box(ax, 0.1, 3.35, 5.4, 0.8, "15 joints on the image: 30 numbers", PALE[GREEN])
    layers = "linear 256, norm, ReLU, dropout"
    for y, text in ((2.3, layers), (1.25, "twice: + two such layers")):
        sketch.box(ax, 0.1, y, 5.4, 0.8, text, PALE[BLUE])
    sketch.box(ax, 0.1, 0.2, 5.4, 0.8, "linear: 45 numbers, in metres", PALE[VERMILION])
    for y in (3.33, 2.28, 1.23):
        sketch.arrow(ax, (2.8, y), (2.8, y - 0.24))
    return fig


def field():
    """Three levels of width 3: which frames one answer sees."""
    fig, ax = plt.subplots(figsize=(5.9, 3.7), layout="constrained")
    reached = {13}
    for level, apart in ((3, 9), (2, 3), (1, 1)):
        ways = [(t, t + step * apart) for t in sorted(reached) for step in (-1, 0, 1)]
        for way in ways:
            ax.plot(way, (level, level - 1), color=LINE, linewidth=1.8, zorder=0)
        ax.plot(sorted(reached), [level] * len(reached), "s", color=BLUE, markersize=10)
        reached = {below for _, below in ways}
    ax.plot(sorted(reached), [0] * len(reached), "o", color=VERMILION, markersize=8)
    ax.set_yticks(range(4), ("frames", "level 1", "level 2", "answer"))
    ax.set(xlabel="frame", xticks=(0, 13, 26))
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    ax.tick_params(length=0)
    return fig, f"Its receptive field: {len(reached)} frames"


# ------------------------------------------------------------------------------ the machine
MACHINE = (  # text, x, width, of the upper row
    ("{layers} layers\n3 × 3", 1.62, 1.62, BLUE),
    ("two 5 × 5,\nlinear", 4.02, 1.42, VERMILION),
    ("LSTM,\nboth ways", 5.94, 1.42, VERMILION),
    ("linear:\ncoarse 3D", 7.86, 1.42, VERMILION),
    ("refiner:\n3D pose", 9.9, 1.45, GREEN),
)


def machine():
    """The talk's network, with what flows between its parts."""
    fig, ax = sketch.canvas(11.4, 3.75)
    for n in range(3):
        shown = plt.Rectangle((0.1 + 0.13 * n, 2.2 - 0.13 * n), 0.8, 0.8, fc=PAPER, ec=INK, lw=1.6)
        ax.add_patch(shown)
    ax.text(0.76, 2.34, "368²", ha="center", va="center")
    layers = sum(layer != "M" for layer in LAYERS)
    for text, x, width, colour in MACHINE:
        sketch.box(ax, x, 1.9, width, 1.1, text.format(layers=layers), PALE[colour], colour)
    for begin, end in ((1.2, 1.6), (3.26, 4.0), (5.46, 5.92), (7.38, 7.84), (9.3, 9.88)):
        sketch.arrow(ax, (begin, 2.45), (end, 2.45))
    for x, text in ((3.72, "128 maps\nof 46²"), (5.7, "1024"), (7.62, "1024")):
        ax.text(x, 1.6, text, ha="center", va="center", color=QUIET)
    heads = ((1.62, "2D sub-network", BLUE), (4.02, "2D-to-3D pose transformer", VERMILION))
    for x, text, colour in (*heads, (9.15, "3D-to-2D projector", GREEN)):
        ax.text(x, 3.4, text, color=colour, fontweight=600, va="center")
    sketch.box(ax, 9.9, 0.15, 1.45, 1.1, "projector:\n2D again", PALE[GREEN], GREEN)
    sketch.box(ax, 1.62, 0.15, 1.62, 1.1, "2D pose:\nargmax", PALE[BLUE], BLUE)
    sketch.arrow(ax, (2.43, 1.88), (2.43, 1.27))
    sketch.arrow(ax, (10.62, 1.88), (10.62, 1.27))
    ax.plot((3.3, 9.84), (0.7, 0.7), "--", color=INK, linewidth=2)
    ax.text(6.6, 0.42, "the two must agree: no label is needed", ha="center", va="center")
    return fig


def counts() -> list[float]:
    """GMAC of a frame of each of `PARTS`, by the reference network."""
    with torch.device("meta"):  # shapes alone: nothing is computed
        model = PoseMachine3D()
    layers, found = layer_counts(model, (1, 1, 3, model.side, model.side)), []
    for names in PARTS.values():
        macs = sum(row.macs for row in layers if row.name.partition(".")[0] in names)
        if "memory" in names:  # it multiplies with each of its weights once a frame
            macs += sum(w.numel() for w in model.memory.parameters() if w.dim() == 2)
        found.append(macs / 1e9)
    return found


def _weights(**options) -> float:
    """Millions of weights of the reference network."""
    with torch.device("meta"):
        model = PoseMachine3D(**options)
    return sum(w.numel() for w in model.parameters()) / 1e6


def cost():
    """GMAC of a frame by part, counted, and milliseconds by part, recorded."""
    fig, axes = plt.subplots(1, 2, figsize=(11.4, 3.4), layout="constrained", sharey=True)
    macs, timed = counts(), {row["part"]: row["ms"] for row in record.rows("cost")}
    titles = {"GMAC of a frame": macs, "milliseconds of a frame": [timed[part] for part in PARTS]}
    for ax, (title, values) in zip(axes, titles.items()):
        bars = ax.barh(list(PARTS), values, color=(BLUE, VERMILION, GREEN), height=0.62)
        ax.bar_label(bars, [f" {v:,.0f}" if v >= 100 else f" {v:.3g}" for v in values])
        ax.set(xscale="log", title=title, xlim=(min(values) / 3, max(values) * 12), xticks=())
        ax.minorticks_off()
        ax.spines["bottom"].set_visible(False)
        ax.tick_params(length=0)
    axes[0].invert_yaxis()
    return fig, (
        f"{sum(macs):.1f} GMAC, {macs[0] / sum(macs):.1%} of it 2D. {_weights():.2f} million "
        f"weights as released, {_weights(pooling=True):.2f} with the paper's pooling. "
        f"Logarithmic axes; {record.machine('cost')}"
    )


# ------------------------------------------------------------------------------- correction
def loop():
    """The correction: from the coarse pose to the image again, and two steps back."""
    how = Correction()
    fig, ax = sketch.canvas(11.4, 3.3)
    for text, x, colour in (
        ("coarse\n3D pose", 0.05, VERMILION),
        ("refiner", 2.95, GREEN),
        ("3D pose", 5.3, GREEN),
        ("projector", 7.4, GREEN),
        ("2D again", 9.75, GREEN),
    ):
        sketch.box(ax, x, 1.95, 1.6, 1.0, text, PALE[colour], colour)
    sketch.box(ax, 9.75, 0.1, 1.6, 1.0, "2D seen", PALE[BLUE], BLUE)
    for begin, end in ((1.67, 2.93), (4.57, 5.28), (6.92, 7.38), (9.02, 9.73)):
        sketch.arrow(ax, (begin, 2.45), (end, 2.45))
    ax.plot((10.55, 10.55), (1.13, 1.92), "--", color=INK, linewidth=2)
    ax.text(10.3, 1.52, "reprojection", ha="right", va="center", color=VERMILION)
    ax.text(6.1, 1.52, "bones", ha="center", va="center", color=VERMILION)
    ax.plot((10.2, 3.75), (1.15, 1.15), color=VERMILION, linewidth=2.2)
    sketch.arrow(ax, (3.75, 1.15), (3.75, 1.93), VERMILION)
    words = f"{how.steps} steps of Adam on its weights, rate {how.lr:g}"
    ax.text(3.75, 0.72, words, va="center", color=VERMILION)
    ax.text(3.75, 0.28, "then: answer, and put the weights back", va="center", color=QUIET)
    return fig
