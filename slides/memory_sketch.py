"""The diagrams of deck 09: a hidden joint, T stages, the cell of a memory, four controls."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import torch

from posekit import memory_scores
from posekit.data.crops import crop_labels
from posekit.models.pose_machines import ConvLSTM
from posekit.tasks import sequences
from slides import memory_clips as clips
from slides import sketch
from slides.memory_clips import BODY, WATCHED, T
from slides.sketch import BLUE, GREEN, INK, PALE, PAPER, QUIET, VERMILION

CENTRED = {"ha": "center", "va": "center"}


def ring(ax, point, colour: str = "white", size: float = 22):
    """A ring around a joint."""
    ax.plot(*point, "o", markersize=size, markerfacecolor="none", markeredgecolor=colour, mew=2.5)


def hero():
    """Four frames of the clip, one after the other; the ring follows the left wrist."""
    scene = clips.scene()
    fig, axes = plt.subplots(2, 2, figsize=(4.8, 5.4), layout="constrained")
    gone = np.flatnonzero(clips.hidden()[:, WATCHED] > 0)  # the joint is behind a board
    first = int(np.clip(gone[0] - 1, 0, T - 4)) if len(gone) else 0
    for ax, t in zip(axes.flat, range(first, first + 4)):
        sketch.picture(ax, scene.pictures[t]).set_axis_off()
        ring(ax, scene.joints[t, WATCHED], size=30)
        ax.set_title(f"frame {t}", color="#C9D6DF", pad=3)
    return fig


# ------------------------------------------------------------------------------------ stages
STAGE_X = (1.65, 4.4, 7.15)  # the middles of three stages


def stages():
    """Three stages of the pose machine: frames on top, what goes along between them."""
    fig, ax = sketch.canvas(11.5, 3.85)
    pictures = clips.scene().pictures
    for n, x in enumerate(STAGE_X):
        _stage(ax, x, n, pictures[2 * n])
        sketch.arrow(ax, (x + 0.77, 1.35), (x + 1.97, 1.35), VERMILION)
        ax.text(x + 1.35, 1.6, "memory", color=VERMILION, **CENTRED)
        ax.plot((x + 0.77, x + 1.1), (0.3, 0.3), color=BLUE, linewidth=2.2)
        sketch.arrow(ax, (x + 1.1, 0.3), (x + 1.97, 1.1), BLUE)
        ax.text(x + 1.05, 0.62, f"$b_{n + 1}$", color=BLUE, fontsize=22, **CENTRED)
    ax.text(9.2, 1.35, "…", fontsize=34, va="center")
    ax.text(9.72, 1.35, "all T stages:\nthe same\nweights", va="center", linespacing=1.2)
    return fig


def _stage(ax, x: float, n: int, image):
    """One stage with its middle at x: frame, ConvNet2, memory, ConvNet3."""
    sketch.picture(ax, image, box=(x - 0.46, 2.91, 0.92, 0.92))
    for y, text, colour in (
        (2.07, "ConvNet2", GREEN),
        (1.05, "ConvLSTM", VERMILION),
        (0.02, "ConvNet3", BLUE),
    ):
        sketch.box(ax, x - 0.75, y, 1.5, 0.6, text, PALE[colour], colour)
    for top, end in ((2.89, 2.69), (2.05, 1.67), (1.03, 0.64)):
        sketch.arrow(ax, (x, top), (x, end))
    ax.text(x + 0.12, 1.86, "⊕", fontsize=20, va="center")
    ax.text(x + 0.56, 3.37, f"$X_{n + 1}$", fontsize=22, va="center")
    if n == 0:
        sketch.box(ax, 0.02, 2.91, 0.95, 0.92, "Conv-\nNet1", PALE[GREEN], GREEN)
        ax.plot((0.5, 0.5), (2.89, 1.86), color=INK, linewidth=2.2)
        sketch.arrow(ax, (0.5, 1.86), (1.62, 1.86))
        sketch.arrow(ax, (1.17, 3.37), (0.98, 3.37))


# -------------------------------------------------------------------------------------- cell
def cell():
    """The six equations as a diagram: what is kept goes along the top."""
    fig, ax = sketch.canvas(5.6, 4.9)
    ax.text(0.02, 4.3, r"$C_{t-1}$", fontsize=24, va="center")
    ax.text(5.12, 4.3, r"$C_t$", fontsize=24, va="center")
    ax.text(5.12, 1.35, r"$h_t$", fontsize=24, va="center")
    for begin, end in ((0.82, 1.2), (1.72, 2.7), (3.22, 5.06)):
        sketch.arrow(ax, (begin, 4.3), (end, 4.3), VERMILION)
    for x, y, sign in ((1.46, 4.3, "⊙"), (2.96, 4.3, "+"), (2.96, 3.15, "⊙"), (4.4, 3.15, "⊙")):
        ax.add_patch(plt.Circle((x, y), 0.25, facecolor=PAPER, edgecolor=INK, linewidth=2))
        ax.text(x, y, sign, fontsize=22, **CENTRED)
    gates = (
        (1.46, "f", "how much\nis kept", VERMILION),
        (2.46, "i", "is\nwritten", VERMILION),
        (3.46, "g", "what is\nnew", GREEN),
        (4.4, "o", "is\nshown", BLUE),
    )
    for x, name, said, colour in gates:
        sketch.box(ax, x - 0.36, 1.75, 0.72, 0.72, "", PALE[colour], colour)
        ax.text(x, 2.11, f"${name}_t$", fontsize=24, **CENTRED)
        ax.text(x, 1.2, said, color=QUIET, linespacing=1.1, **CENTRED)
        sketch.arrow(ax, (x, 0.5), (x, 0.82), QUIET)
    sketch.arrow(ax, (1.46, 2.49), (1.46, 4.03))
    sketch.arrow(ax, (2.46, 2.49), (2.8, 2.93))
    sketch.arrow(ax, (3.46, 2.49), (3.14, 2.93))
    sketch.arrow(ax, (2.96, 3.42), (2.96, 4.03))
    sketch.arrow(ax, (4.4, 2.49), (4.4, 2.88))
    sketch.arrow(ax, (4.4, 4.28), (4.4, 3.42))
    ax.text(4.28, 3.75, "φ", fontsize=22, ha="right", va="center")
    ax.plot((4.67, 5.3), (3.15, 3.15), color=INK, linewidth=2.2)
    sketch.arrow(ax, (5.3, 3.15), (5.3, 1.62))
    ax.plot((1.0, 4.76), (0.48, 0.48), color=QUIET, linewidth=2.2)
    ax.text(2.9, 0.2, r"convolutions of  $X_t$  and  $h_{t-1}$", fontsize=20, **CENTRED)
    return fig


def _by_hand(i: float, f: float, from_left: float) -> ConvLSTM:
    """A memory of one channel: g sees the frame, and what the left neighbour showed."""
    memory = ConvLSTM(1, 1)
    for weights in memory.parameters():
        weights.data.zero_()
    memory.from_input.weight.data[0, 0, 1, 1] = 4
    memory.from_hidden.weight.data[0, 0, 1, 0] = from_left
    memory.from_input.bias.data[1:] = torch.tensor([i, f, 50.0])  # o is open
    return memory


def in_place():
    """A dot in the first of five frames; one memory keeps it, another hands it on."""
    frames = torch.zeros(5, 1, 1, 3, 9)
    frames[0, ..., 1, 2] = 1
    rows = {"frames": frames[:, 0, 0].numpy()}
    for name, memory in (("$f$ = 1", _by_hand(50, 50, 0)), ("$f$ = 0", _by_hand(50, -50, 4))):
        state, rows[name] = None, []
        with torch.no_grad():
            for frame in frames:
                state = memory(frame, state)
                rows[name].append(state.hidden[0, 0].numpy())
    fig, axes = plt.subplots(3, 5, figsize=(6.9, 2.3), layout="constrained")
    for line, (name, maps) in zip(axes, rows.items()):
        for ax, values in zip(line, maps):
            ax.imshow(values, cmap="cividis", vmin=0, vmax=1)
            ax.set(xticks=[], yticks=[])
        line[0].set_ylabel(name, rotation=0, ha="right", va="center", labelpad=8)
    for t, ax in enumerate(axes[0]):
        ax.set_title(f"t = {t + 1}")
    return fig, "Where: one keeps it, one writes what its neighbour showed"


# ---------------------------------------------------------------------------------- training
def every_frame():
    """Frames, the target maps of one joint, and the loss of each frame's maps."""
    scene, codec = clips.scene(), sequences.codec(clips.size())
    labels = (torch.from_numpy(part) for part in crop_labels(scene.cut.crops))
    targets = codec.encode(*labels).numpy()  # (T, K, h, w)
    shown = range(1, T)
    fig, axes = plt.subplots(2, len(shown), figsize=(11.5, 3.55), layout="constrained")
    for (above, below), t in zip(axes.T, shown):
        sketch.picture(above, scene.pictures[t])
        ring(above, scene.joints[t, WATCHED])
        below.imshow(targets[t, WATCHED], cmap="Blues")
        below.set(xticks=[], yticks=[])
        gone = clips.hidden()[t, WATCHED]
        word = "seen" if gone == 0 else f"hidden: {gone}" if gone > 0 else "never seen"
        above.set_title(word, color=VERMILION if gone else INK, pad=4)
    axes[0, 0].set_ylabel("frame")
    axes[1, 0].set_ylabel("target")
    return fig, "The ring and the map: the left wrist. The target does not ask whether it is hidden"


# ---------------------------------------------------------------------------------- controls
ASKS = {
    "kept": "the memory at work",
    "reset": "no frames before",
    "repeated": "as many steps,\nnothing to remember",
    "shuffled": "the same frames,\nno movement",
}
ANSWERED = 4  # the frame that all controls answer for


def controls():
    """What the same weights see before they answer for one frame, by control."""
    fig, ax = sketch.canvas(11.4, 4.7)
    pictures = clips.scene().pictures
    rng = np.random.default_rng(3)
    for row, (name, asks) in enumerate(ASKS.items()):
        y = 3.6 - 1.17 * row
        seen = list(memory_scores.CONTROLS[name](ANSWERED, rng))
        ax.text(0.02, y + 0.5, name, va="center", fontsize=20, fontweight=600)
        for place, t in enumerate(seen, ANSWERED + 1 - len(seen)):
            left = 1.65 + 1.14 * place
            inset = sketch.picture(ax, pictures[t], box=(left, y, 1.02, 1.02))
            last = place == ANSWERED
            inset.spines[:].set(
                visible=True, color=VERMILION if last else INK, linewidth=3 if last else 1
            )
            number = {"color": "white", "fontsize": 20, "fontweight": 600, "va": "top"}
            dark = {"facecolor": INK, "edgecolor": "none", "pad": 3}
            inset.text(0.06, 0.94, str(t + 1), transform=inset.transAxes, bbox=dark, **number)
        sketch.arrow(ax, (7.35, y + 0.5), (7.85, y + 0.5))
        ax.text(8.0, y + 0.5, asks, va="center", linespacing=1.15)
    return fig


# ---------------------------------------------------------------------------------- exercise
SHOWN = ("left_shoulder", "left_elbow", "left_wrist", "right_hip", "left_hip", "left_knee")


def waiting():
    """Visible or not, by joint and frame, for the first exercise."""
    names = [BODY.index(name) for name in SHOWN]
    flags = clips.scene().visible[:, names].T
    fig, ax = plt.subplots(figsize=(5.9, 3.9), layout="constrained")
    ax.imshow(flags == 1, cmap="Oranges", vmin=0, vmax=1.6, aspect="auto")
    for (k, t), flag in np.ndenumerate(flags):
        ax.text(t, k, str(flag), **CENTRED)
    ax.set_yticks(range(len(SHOWN)), [name.replace("_", " ") for name in SHOWN])
    ax.set_xticks(range(T))
    ax.set(title="visible, by frame")
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return fig, "1: hidden, 2: visible. For how long has each joint been hidden?"
