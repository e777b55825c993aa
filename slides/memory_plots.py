"""The plots of deck 09: counted, computed when it is built, or read from a record."""

from __future__ import annotations

from copy import deepcopy

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.ticker import MaxNLocator
from torch.utils.flop_counter import FlopCounterMode

from posekit import geometry, memory_scores
from posekit.data.crops import crop_labels
from posekit.models.pose_machines import LSTMPoseMachine
from posekit.smoothing import OneEuro
from slides import memory_clips as clips
from slides import memory_record as record
from slides import sketch
from slides.maps import enlarged
from slides.memory_clips import RATE, WATCHED, T
from slides.memory_sketch import ring
from slides.sketch import BLUE, GREEN, INK, LINE, QUIET, VERMILION

PURPLE = "#7A5195"
STYLES = {
    "kept": (BLUE, "o-"),
    "reset": (VERMILION, "s--"),
    "repeated": (INK, "P:"),
    "shuffled": (GREEN, "^:"),
    "no memory": (PURPLE, "v-."),
    "stacked": (QUIET, "D--"),
}
LEGEND = {"frameon": False, "handlelength": 1.6, "labelspacing": 0.35}


# -------------------------------------------------------------------------------- the memory
def keeps():
    """How much of the cell is left after some frames, for three forget gates."""
    frames = np.arange(T)
    fig, ax = plt.subplots(figsize=(4.4, 3.3), layout="constrained")
    gates = ((0.95, "o-", BLUE, 0.0), (0.73, "s--", GREEN, 0.05), (0.5, "^:", VERMILION, -0.02))
    for f, style, colour, lift in gates:
        ax.plot(frames, f**frames, style, color=colour, markersize=8)
        ax.text(T - 0.6, f ** (T - 1) + lift, f"$f$ = {f:g}", color=colour, va="center")
    ax.set(xlabel="frames", ylim=(-0.02, 1.05), xticks=frames, title="left of C")
    return fig, f"For how long: {0.73 ** (T - 1):.0%} are left of 0.73"


def counted():
    """Weights and work of the paper's network, for 1 to 5 stages."""
    with torch.device("meta"):  # shapes alone: nothing is computed
        net, frames = LSTMPoseMachine(), torch.rand(1, 5, 3, 368, 368)
        centres = torch.rand(1, 1, 368, 368)
    whole, first = (sum(w.numel() for w in part.parameters()) / 1e6 for part in (net, net.net1))
    later, stages = whole - first, np.arange(1, 6)
    work = [_gmac(net, frames[:, :n], centres) for n in stages]
    fig, axes = plt.subplots(1, 2, figsize=(11.4, 3.7), layout="constrained")
    axes[0].plot(stages, first + stages * later, "s--", color=VERMILION, label="each stage its own")
    axes[0].plot(stages, [whole] * 5, "o-", color=BLUE, label="shared weights")
    axes[1].plot(stages, work, "o-", color=BLUE)
    for ax, title in zip(axes, ("million weights", "GMAC")):
        ax.set(xlabel="stages T", xticks=stages, title=title, ylim=(0, None))
        ax.grid(axis="y", color=LINE)
    axes[0].set_ylim(0, 1.35 * max(axes[0].get_ylim()))
    axes[0].legend(**LEGEND, loc="upper left")
    return fig, (
        f"{whole:.2f} million weights; a later frame uses {later:.2f} million of them, "
        f"and {work[-1] - work[-2]:.1f} GMAC"
    )


def _gmac(net, frames, centres) -> float:
    with FlopCounterMode(display=False) as counter:
        net(frames, centres)
    return counter.get_total_flops() / 2e9


# ------------------------------------------------------------------------------------- clips
def hard_clips():
    """Frames of the clip, and for how many frames the joints of the test clips are hidden."""
    scene, waits = clips.scene(), clips.lengths()
    fig = plt.figure(figsize=(11.4, 3.9), layout="constrained")
    left, right = fig.subfigures(1, 2, width_ratios=(1.02, 1))
    axes = left.subplots(2, 3)
    for ax, t in zip(axes.flat, range(1, 7)):
        sketch.picture(ax, scene.pictures[t])
        ax.set_axis_off()
    ax = right.subplots()
    names = ["never", *map(str, range(1, T))]
    values = [(waits == -1).sum(), *((waits == n).sum() for n in range(1, T))]
    bars = ax.bar(names, values, color=[QUIET] + [VERMILION] * (T - 1))
    bars[0].set_hatch("//")
    bars[0].set_edgecolor("white")
    ax.bar_label(bars, padding=2)
    ax.set(xlabel="frames since it was seen", title="hidden joints", yticks=())
    ax.set(ylim=(0, 1.15 * max(values)))
    ax.spines["left"].set_visible(False)
    ax.tick_params(length=0)
    share = (waits != 0).mean()
    return fig, f"{len(waits)} clips of {T} frames: {share:.0%} of the joints are hidden"


# ------------------------------------------------------------------------- does it remember?
GROUPS = {
    "hidden": ("occluded", "panned"),
    "remembered": ("remembered", "panned"),
    "never seen": ("never_seen", "panned"),
    "moving": ("moving", "panned"),
    "all": ("all", "panned"),
    "all, clean": ("all", "none"),
}


def table():
    """PCK of every control and every rival, by group; the colour is the way to `kept`."""
    rows = list(record.ROWS)
    seen = np.array([[record.figure(row, *group) for group in GROUPS.values()] for row in rows])
    more = seen - seen[0]
    most = max(np.nanmax(np.abs(more)), 1)
    fig, ax = plt.subplots(figsize=(11.4, 4.6), layout="constrained")
    drawn = ax.imshow(more, cmap="PuOr", vmin=-1.5 * most, vmax=1.5 * most, aspect="auto")
    for (row, column), value in np.ndenumerate(seen):
        weight = 600 if row == 0 else 400
        ax.text(column, row, f"{value:.1f}", ha="center", va="center", fontweight=weight)
    ax.axhline(3.5, color=INK, linewidth=2)
    heads = [f"{name}\n{record.counted(*group):,}" for name, group in GROUPS.items()]
    ax.set_xticks(range(len(GROUPS)), heads)
    ax.set_yticks(range(len(rows)), rows)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    bar = fig.colorbar(drawn, ax=ax, fraction=0.03, pad=0.012)
    bar.set_label("points above kept")
    return fig, f"PCK@0.2, %, on {record.clips()}; below the names: how many joints"


def by_length():
    """PCK by the number of frames for which a joint has been hidden."""
    fig, ax = plt.subplots(figsize=(11.4, 4.6), layout="constrained")
    for name, (colour, style) in STYLES.items():
        ax.plot(record.by_length(name), style, color=colour, markersize=10, label=name)
    heads = [
        f"{n.replace('-', '–')}\n{record.counted(f'hidden_{n}'):,}" for n in memory_scores.LENGTHS
    ]
    ax.set_xticks(range(len(heads)), heads)
    ax.set(xlabel="hidden for so many frames; below: how many joints", title="PCK@0.2, %")
    ax.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.grid(axis="y", color=LINE)
    ax.legend(**LEGEND, loc="center left", bbox_to_anchor=(1, 0.5))
    return fig, _survives()


def _survives() -> str:
    """Of what the frames before bring, how much stays without their order."""
    seen = {name: record.figure(name, "remembered") for name in list(record.ROWS)[:4]}
    reset = seen.pop("reset")
    said = ", ".join(f"{name} {pck - reset:+.1f}" for name, pck in seen.items())
    return f"Remembered joints, points above reset: {said}".replace("-", "−")


# ------------------------------------------------------------------------------------- gates
def gates():
    """Frames, and below them the means of two gates and one channel of the forget gate."""
    scene, chosen = clips.scene(), clips.channel()
    i, f = (gate[0] for gate in clips.gates_of(scene.cut))  # (T, C, h, w)
    strips = {
        "input,\nmean": i.mean(1),
        "forget,\nmean": f.mean(1),
        f"forget,\nno. {chosen}": f[:, chosen],
    }
    points, images = crop_labels(scene.cut.crops)[0], scene.cut.crops.inputs()
    places = geometry.pixel_to_cell(points[:, WATCHED], 4)
    fig, axes = plt.subplots(4, T - 1, figsize=(9.6, 4.85), layout="constrained")
    for ax, t in zip(axes[0], range(1, T)):
        sketch.picture(ax, enlarged(geometry.fill_edges(images[t])))
    for line, (name, maps) in zip(axes[1:], strips.items()):
        for ax, t in zip(line, range(1, T)):
            ax.imshow(maps[t], cmap="cividis", vmin=maps[1:].min(), vmax=maps[1:].max())
            ring(ax, places[t], size=13)
            ax.set(xticks=[], yticks=[])
        line[0].set_ylabel(name, rotation=0, ha="right", va="center", labelpad=8)
    return fig, _held()


def _held() -> str:
    """The remembered joints of the tested clips, with the forget gate held."""
    found = {}
    for name, bias in (("as learnt", 0.0), ("held open", 50.0), ("held shut", -50.0)):
        model = deepcopy(clips.network()[0])
        hidden = model.memory.from_hidden.out_channels // 4
        model.memory.from_input.bias.data[2 * hidden : 3 * hidden] += bias  # g, i, f, o
        seen = memory_scores.predict(model, clips.tested())
        found[name] = memory_scores.scores(seen, clips.tested())["remembered"]["pck"]
    said = ", ".join(f"{name} {pck:.1f} %" for name, pck in found.items())
    return f"Forget gate, remembered joints of {len(clips.tested())} clips: {said}"


# ------------------------------------------------------------------------------------ filter
SETTINGS = ((0.3, 0.0), (0.3, 0.05), (3.0, 0.0))


def one_euro():
    """A wrist that rests, moves fast, and is hidden for half a second; three filters."""
    rng, seconds = np.random.default_rng(0), np.arange(0, 7, 1 / RATE)
    place = 20 + 30 / (1 + np.exp(-8 * (seconds - 2.5)))  # pixels
    measured = place + rng.normal(0, 1, len(place))
    measured[(seconds >= 5) & (seconds < 5.5)] -= 15  # hidden: the network says another place
    fig, axes = plt.subplots(1, 3, figsize=(11.4, 3.5), layout="constrained", sharey=True)
    for ax, (cutoff, beta) in zip(axes, SETTINGS):
        smooth = OneEuro(RATE, cutoff, beta)
        ax.axvspan(5, 5.5, color=LINE)
        ax.plot(seconds, place, color=INK, linewidth=1.5, label="truth")
        ax.plot(seconds, measured, ".", color=VERMILION, markersize=7, label="measured")
        ax.plot(seconds, [smooth(x) for x in measured], color=BLUE, label="filtered")
        ax.set(xlabel="seconds", title=rf"{cutoff:g} Hz, $\beta$ = {beta:g}")
    axes[0].set(ylabel="x, pixels", ylim=(14, 56))
    axes[2].legend(**LEGEND, loc="center left", bbox_to_anchor=(1, 0.5))
    return fig, _best_filter()


def _best_filter() -> str:
    """The settings that are best for the network without a memory, and what they bring."""
    best = record.study()["pose_machine_no_memory"]["one_euro"]
    return (
        f"Best on clips of the val split: {best['min_cutoff']:g} Hz, β = {best['beta']:g}; "
        f"hidden joints {best['without']:.1f} → {best['pck_occluded']:.1f} %"
    )


# --------------------------------------------------------------------------------- real people
METHODS = {
    "LSTM, kept": (BLUE, "o-"),
    "LSTM, shuffled": (GREEN, "^:"),
    "LSTM, reset": (VERMILION, "s--"),
    "constant_velocity": (PURPLE, "v-."),
    "held": (QUIET, "D--"),
}
SETS = {"Penn Action": "penn_action", "JHMDB, mean of 3 splits": "jhmdb, mean of splits"}


def real():
    """PCK of missing joints by how long they are missing, on two sets of real people."""
    fig, axes = plt.subplots(1, 2, figsize=(11.4, 4.5), layout="constrained", sharey=True)
    for ax, (title, name) in zip(axes, SETS.items()):
        rows = record.missing(name)
        waits = [key for key in rows["held"] if key not in ("seen", "missing")]
        for method, (colour, style) in METHODS.items():
            values = [rows[method][key] for key in waits]
            label = method.replace("_", " ")
            ax.plot(values, style, color=colour, markersize=9, label=label)
        ax.set_xticks(range(len(waits)), [wait.replace("-", "–") for wait in waits])
        ax.set(xlabel="frames missing", title=title)
        ax.grid(axis="y", color=LINE)
    axes[0].set_ylabel("PCK@0.2, %")
    axes[1].legend(**LEGEND, loc="center left", bbox_to_anchor=(1, 0.5))
    return fig, "Held: the last place that was seen. All methods see the past alone"
