"""The figures of deck 07: counted, computed when it is built, read from a card or a record."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import torch

from posekit import clip_scores
from posekit.geometry import fill_edges
from posekit.models.layer_counts import layer_counts
from posekit.models.multitask_reference import Reference, inception_stem, vgg16
from posekit.tasks.multitask import ACTIONS
from slides import maps, sketch
from slides import multitask_clips as clips
from slides import multitask_record as record
from slides.multitask_clips import percent, words
from slides.sketch import BLUE, GREEN, INK, LINE, VERMILION

TALK = {"bench_press": 54.6, "situp": 33.41}  # per cent, in the corners of the talk's pictures
STREAMS = ("pose", "appearance", "fusion")


# ---------------------------------------------------------------------------------- counted
def backbones():
    """Weights and multiply-accumulates of the paper's and of the talk's network, by part."""
    names, forms = ("Inception-v4 stem", "VGG-16"), (inception_stem, vgg16)
    with torch.device("meta"):  # to be counted, not to be run
        parts = np.array([_parts(Reference(backbone=form)) for form in forms])  # by form and part
    fig, axes = plt.subplots(1, 2, figsize=(11.4, 3.5), layout="constrained", sharey=True)
    for n, (ax, unit) in enumerate(zip(axes, ("million weights", "GMACs for a clip"))):
        left = np.zeros(2)
        for k, (part, colour, hatch) in enumerate(
            (("backbone", VERMILION, "//"), ("heads", BLUE, ""))
        ):
            look = {"color": colour, "hatch": hatch, "edgecolor": "white", "label": part}
            ax.barh(names, parts[:, k, n], 0.6, left=left, **look)
            left += parts[:, k, n]
        for y, total in enumerate(left):
            ax.text(total * 1.02, y, f"{total:.1f}" if n == 0 else f"{total:.0f}", va="center")
        ax.set(xlabel=unit, xlim=(0, 1.2 * left.max()))
    axes[0].invert_yaxis()
    axes[1].legend(frameon=False, loc="lower left", bbox_to_anchor=(0.3, 0.98), ncols=2)
    more = parts[1].sum(0) / parts[0].sum(0)
    own = parts[1, 0] / parts[0, 0]
    said = f"the backbone alone {own[0]:.1f} and {own[1]:.1f} times as many"
    return fig, f"{more[0]:.1f} times the weights and {more[1]:.1f} times the MACs; {said}"


def _parts(net) -> list[list[float]]:
    """[backbone, heads], each millions of weights and thousand millions of MACs."""
    rows = layer_counts(net, (1, 16, 3, 256, 256))
    return [
        [
            sum(row.parameters for row in rows if row.name.startswith(part)) / 1e6,
            sum(row.macs for row in rows if row.name.startswith(part)) / 1e9,
        ]
        for part in ("backbone", "heads")
    ]


# --------------------------------------------------------------------------------- computed
def stages():
    """PCK and MPJPE of the mean pose, of what each block says, and of what is corrected in time."""
    every, names = clips.everyone(), ("mean pose", *clips.STAGES)
    mean = clips.network()[1]["mean_pose"]
    rows = [clip_scores.report(every.last, every.clips, mean)["mean_pose"]]
    rows += [clip_scores.scores(every.stages[name], every.clips) for name in clips.STAGES]
    fig, axes = plt.subplots(1, 2, figsize=(5.9, 3.9), layout="constrained", sharey=True)
    looks = (("pck_seen", "PCK, %", BLUE, "%.0f"), ("mpjpe_mm", "MPJPE, mm", VERMILION, "%.0f"))
    for ax, (key, name, colour, form) in zip(axes, looks):
        values = [row[key] for row in rows]
        bars = ax.barh(names, values, 0.6, color=[LINE] + 3 * [colour])
        ax.bar_label(bars, fmt=form, padding=5)
        ax.set(xlabel=name, xlim=(0, 1.3 * max(values)), xticks=())
    axes[0].invert_yaxis()
    return fig, f"{len(every.clips)} clips of people of the test split"


def fusion():
    """The accuracy of each stream and of both, and which of them is right of which clips."""
    model, card = clips.network()
    right = card["metrics"]["model"]["accuracy"]
    fig, (left, square) = plt.subplots(
        1, 2, figsize=(11, 3.7), layout="constrained", width_ratios=(1.5, 1)
    )
    looks = ((BLUE, ""), (VERMILION, "//"), (GREEN, ".."))
    for name, (colour, hatch) in zip(STREAMS, looks):
        bar = left.barh(name, right[name], 0.6, color=colour, hatch=hatch, edgecolor="white")
        left.bar_label(bar, fmt="%.1f", padding=6)
    left.axvline(100 / len(ACTIONS), color=INK, linestyle=":")
    left.invert_yaxis()
    left.set(xlabel="right answers, %", xlim=(0, 115), xticks=(0, 50, 100))
    every = clips.everyone()
    hits = [every.last.logits[name].argmax(1) == every.clips.actions for name in STREAMS[:2]]
    table = np.array([[np.mean((hits[0] == a) & (hits[1] == b)) for b in (1, 0)] for a in (1, 0)])
    square.imshow(table, cmap="Blues", vmin=0, vmax=1.6)
    for (row, column), share in np.ndenumerate(table):
        square.text(column, row, percent(share), ha="center", va="center")
    ticks = ("right", "wrong")
    square.set_xticks((0, 1), ticks)
    square.set_yticks((0, 1), ticks)
    square.set(xlabel="appearance", ylabel="pose")
    share = torch.softmax(model.heads.fusion, 0)[0].item()
    of = f"Left: {card['metrics']['clips']} clips, from the card; right: {len(every.clips)}, test"
    return fig, f"{of}. Learnt weights: pose {share:.2f}, appearance {1 - share:.2f}"


def talk():
    """Confidences of our answers for the talk's two actions, beside the talk's two figures."""
    seen = clips.of_the_talk()
    chances = torch.from_numpy(seen.last.logits["fusion"]).softmax(1).numpy()
    frames = clips.frames_of(seen.clips)
    points = seen.last.points.reshape(*frames.shape[:2], -1, 3)
    fig, ax = sketch.canvas(11.4, 4.3)
    plot = ax.inset_axes((3.2, 0.85, 6.4, 3.2), transform=ax.transData)
    for line, name in enumerate(clips.TALK):
        mine = np.flatnonzero(seen.clips.actions == line)
        sure = 100 * chances[mine].max(1)
        hit = chances[mine].argmax(1) == ACTIONS.index(name)
        plot.plot(sure[hit], np.full(hit.sum(), line), "o", color=BLUE, markersize=15, alpha=0.55)
        wrong = {"color": VERMILION, "markersize": 15, "markeredgewidth": 4}
        plot.plot(sure[~hit], np.full((~hit).sum(), line), "x", **wrong)
        plot.plot(TALK[name], line, "D", color=INK, markersize=14)
        plot.text(TALK[name], line - 0.2, f"{TALK[name]:g} %", ha="center", va="bottom")
        y = 0.85 + 3.2 * (1.55 - line) / 2.1  # of this line, on the canvas
        ax.text(9.75, y, f"{hit.sum()} of {len(hit)} right", va="center")
        factor = 3
        image = maps.enlarged(fill_edges(frames[mine[0], 8]), factor)
        drawn = factor * (points[mine[0], 8, :, :2] + 0.5) - 0.5
        look = {"skeleton": "lsp14", "width": 2.5, "marker": 3, "box": (0.0, y - 0.73, 1.46, 1.46)}
        sketch.picture(ax, image, drawn, **look).set_axis_off()
        ax.text(1.6, y, words(name).replace(" ", "\n"), va="center")
    plot.set(xlim=(0, 103), ylim=(1.55, -0.55), yticks=(), xlabel="confidence in the answer, %")
    plot.spines[["left", "right", "top"]].set_visible(False)
    plot.grid(axis="x", color=LINE)
    return fig, "Circle: a clip of ours, right. Cross: wrong. Diamond: the frame of those slides"


# --------------------------------------------------------------------------------- recorded
def _errorbar(ax, value, y, **look):
    """A recorded mean with its standard error, where there is one."""
    mean, error = value
    ax.errorbar(mean, y, xerr=error, fmt=look.pop("mark"), capsize=6, elinewidth=3, **look)


def context():
    """Right answers of a network taught with tied places, in tied, any and swapped places."""
    fig, ax = plt.subplots(figsize=(5.9, 4.1), layout="constrained")
    looks = (("tied", BLUE, ""), ("any", LINE, ""), ("swapped", VERMILION, "//"))
    for n, (places, colour, hatch) in enumerate(looks):
        found = [record.figure("all tasks, places tied", name, places) for name in STREAMS]
        errors = [error or 0 for _, error in found]
        bars = ax.bar(
            np.arange(3) + 0.28 * (n - 1),
            [mean for mean, _ in found],
            0.27,
            yerr=errors if any(errors) else None,
            **{"color": colour, "hatch": hatch, "edgecolor": "white", "label": places},
        )
        ax.bar_label(bars, fmt="%.0f", padding=2)
    ax.axhline(100 / len(ACTIONS), color=INK, linestyle=":", linewidth=2)
    ax.set_xticks(range(3), STREAMS)
    ax.set(ylabel="right, %", ylim=(0, 1.28 * ax.get_ylim()[1]))
    ax.legend(frameon=False, ncols=3, loc="upper center", columnspacing=1, handlelength=1.2)
    said = f"{record.seeds('all tasks, places tied')}, each ± {record.doubt():.0f} points"
    return fig, f"Short trainings; {said}; dotted: chance"


def sharing():
    """All tasks in one network against a network for each, with all labels and with a tenth."""
    rows = ("all tasks", "2D and 3D", "2D alone", "action alone")
    panels = (("pck", "PCK, %", rows[:3]), ("mpjpe_mm", "MPJPE, mm", rows[:2]))
    panels += (("fusion", "action, % right", (rows[0], rows[3])),)
    fig, axes = plt.subplots(1, 3, figsize=(11.5, 3.9), layout="constrained", sharey=True)
    looks = (("all labels", "", BLUE, "o", -0.12), ("a tenth", ", a tenth", VERMILION, "s", 0.12))
    for ax, (key, name, shown) in zip(axes, panels):
        for label, share, colour, mark, shift in looks:
            for row in shown:
                value, y = record.figure(row + share, key), rows.index(row) + shift
                _errorbar(ax, value, y, mark=mark, color=colour, markersize=13, label=label)
                label = None
        ax.set(xlabel=name, yticks=range(len(rows)), yticklabels=rows, ylim=(3.5, -0.5))
        ax.grid(axis="x", color=LINE)
        ax.margins(x=0.15)
    fig.legend(
        *axes[0].get_legend_handles_labels(),
        **{"frameon": False, "ncols": 2, "loc": "outside upper center"},
    )
    study = record.study()
    steps, clips_used = study["settings"]["steps"], study["settings"]["clips"]
    said = f"{steps} steps on {clips_used} clips or a tenth; means of {record.seeds()}"
    return fig, f"{said}, an action of one seed ± {record.doubt():.0f} points by its test clips"


def penn():
    """What gives Penn Action's actions away, beside a network, and its answers by action."""
    found = record.penn()
    leaks = found["without_coordinates"]
    rows = {
        "most frequent action": found["most_frequent_action"],
        "length and size": leaks["clip_shape"],
        "which joints are seen": leaks["fill_pattern"],
        "both": leaks["fill_and_shape"],
        "coordinates alone": found["accuracy"],
    }
    fig, (left, right) = plt.subplots(
        1, 2, figsize=(11.6, 4.9), layout="constrained", width_ratios=(1, 1)
    )
    colours = [LINE, VERMILION, VERMILION, VERMILION, BLUE]
    hatches = ["", "//", "//", "//", ""]
    look = {"color": colours, "hatch": hatches, "edgecolor": "white"}
    bars = left.barh(list(rows), list(rows.values()), 0.66, **look)
    left.bar_label(bars, fmt="%.1f", padding=5)
    left.invert_yaxis()
    left.set(xlabel="right, %", xlim=(0, 122), xticks=(0, 50, 100))
    by_action = sorted(found["by_action"].items(), key=lambda pair: pair[1])
    places = np.arange(len(by_action))
    right.plot([value for _, value in by_action], places, "o", color=BLUE, markersize=11)
    right.set_yticks(places, [words(name) for name, _ in by_action], fontsize=17.3)
    right.set(xlabel="coordinates alone: right, %", ylim=(-0.7, len(places) - 0.3))
    right.grid(color=LINE)
    error = found["standard_error_of_clips"]
    said = f"{found['accuracy']:.1f} ± {error:.1f} %, {len(found['seeds'])} seeds"
    return fig, f"Test split, {found['scored_on'].split(', ')[1]}; coordinates alone: {said}"
