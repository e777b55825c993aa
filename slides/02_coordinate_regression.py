"""The pictures of deck 02: drawn from synthetic people and the networks that come with posekit.

A figure's inch is 100 px on the slide; pictures.py says how much room there is.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from posekit import checkpoints, exercises, inference, metrics, plots, skeletons, synthetic
from posekit.data.crops import cache_crops, crop_labels, person_box
from posekit.errors import InputError
from posekit.geometry import fill_edges
from slides import cast, sketch
from slides.sketch import BLUE, GREEN, INK, LINE, PALE, QUIET, VERMILION

LSP = skeletons.get("lsp14")
NOTEBOOK = Path(__file__).parent.parent / "notebooks" / "02_coordinate_regression.ipynb"
HELD_OUT = 120
# Two trainings on photographs, recorded; each with the command that repeats it.
STUDY = Path(__file__).parent / "lspet_study.json"


@lru_cache
def _judged():
    """Crops held out, their joints, and what each predictor makes of them."""
    crops = cache_crops(synthetic.People(seed=200, count=HELD_OUT, size=128), 64, progress=False)
    points, visible = crop_labels(crops)
    guesses = {"constant": np.full_like(points, 31.5)}
    for name, label in (("cnn", "CNN"), ("small_resnet", "ResNet")):
        model, card = checkpoints.load_pretrained(name)
        mean = np.array(card["mean_pose"]) * card["size"] - 0.5
        guesses.setdefault("mean pose", np.broadcast_to(mean, points.shape))
        guesses[label] = inference.predict(model, crops)
    return crops, points, visible, guesses


def _crop(i: int) -> np.ndarray:
    crops = _judged()[0]
    return fill_edges(crops.inputs()[i])


def _errors() -> np.ndarray:
    """(N,) pixels that the CNN is off, on average over a person's joints."""
    _, points, visible, guesses = _judged()
    off = np.linalg.norm(guesses["CNN"] - points, axis=-1)
    return np.nanmean(np.where(visible > 0, off, np.nan), axis=1)


def hero():
    """A skeleton made of numbers, for the dark title slide."""
    fig, ax = sketch.panels(4.8, 5.6)
    points = cast.spread("lsp14")
    for (a, b), side in zip(LSP.limb_indices, LSP.limb_sides):
        colour = {"left": "#56B4E9", "right": "#FF9A4D", "centre": "#7FE0BF"}[side]
        ax.plot(
            *points[[a, b]].T,
            color=colour,
            linewidth=5,
            solid_capstyle="round",
            linestyle=plots.STYLES[side],
        )
    low, high = points.min(0), points.max(0)
    for k in (0, 5, 6, 11, 13):
        x, y = (points[k] - low) / (high - low).max()
        ax.annotate(
            f"{x:.2f}, {y:.2f}",
            points[k],
            xytext=(0, 14 if k in (6, 11, 13) else -30),
            textcoords="offset points",
            ha="center",
            color="white",
            fontsize=19,
        )
    ax.margins(0.16)
    ax.set_aspect("equal")
    ax.invert_yaxis()
    return fig


def pipeline():
    """Crop, backbone, vector, linear layer, joints."""
    fig, ax = sketch.canvas(11.6, 3.7)
    best = int(np.argmin(_errors()))
    guess = _judged()[3]["CNN"][best]
    sketch.picture(ax, _crop(best), box=(0.05, 0.5, 2.9, 2.9))
    sketch.picture(
        ax,
        np.full((64, 64, 3), 255, np.uint8),
        guess,
        None,
        (8.6, 0.5, 2.9, 2.9),
        "lsp14",
        marker=5,
    )
    sketch.box(ax, 3.5, 1.2, 1.6, 1.5, "backbone", PALE[BLUE])
    for row in range(9):
        ax.add_patch(
            plt.Rectangle((5.6, 0.65 + 0.29 * row), 0.34, 0.25, facecolor=LINE, edgecolor=INK)
        )
    sketch.box(ax, 6.4, 1.2, 1.6, 1.5, "linear", PALE[VERMILION])
    for start, end in ((3.0, 3.45), (5.15, 5.55), (6.0, 6.35), (8.05, 8.5)):
        sketch.arrow(ax, (start, 1.95), (end, 1.95))
    for x, text in ((1.5, "3 × 64 × 64"), (5.77, "256"), (10.05, "14 × 2")):
        ax.text(x, 0.22, text, ha="center", va="center", color=QUIET)
    return fig, "The CNN that comes with posekit, on a person it has never seen"


def backbones():
    """The two networks as stacks of boxes."""
    fig, ax = sketch.canvas(11.4, 3.6)
    for y, name, last in (
        (2.0, "CNN", "grid 4 × 4,\nread in order"),
        (0.1, "ResNet", "mean over\nthe image"),
    ):
        ax.text(0.0, y + 0.6, name, va="center", fontweight=600)
        for i, side in enumerate((64, 32, 16, 8, 4)):
            x, half = 1.6 + 1.38 * i, 0.28 + 0.07 * (4 - i)
            fill = "white" if i == 0 else PALE[BLUE if name == "CNN" else GREEN]
            sketch.box(ax, x, y + 0.6 - half, 1.0, 2 * half, f"{side}²", fill)
            if i:
                sketch.arrow(ax, (x - 0.36, y + 0.6), (x - 0.03, y + 0.6))
                if name == "ResNet":
                    sketch.arrow(ax, (x - 0.9, y + 1.12), (x + 0.5, y + 1.05), QUIET, bend=-0.35)
        sketch.arrow(ax, (8.15, y + 0.6), (8.5, y + 0.6))
        sketch.box(ax, 8.55, y + 0.1, 2.8, 1.0, last, PALE[VERMILION])
    return fig


@lru_cache
def _output() -> str:
    """All that the committed notebook printed."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return "\n".join(
        "".join(output.get("text", "")) for cell in cells for output in cell.get("outputs", ())
    )


def _printed(row: str) -> float:
    """The first number of a row of a table that it printed."""
    found = re.search(rf"^{re.escape(row)} +([0-9.]+)", _output(), re.MULTILINE)
    if found is None:
        raise InputError(
            f"{NOTEBOOK.name} prints no row {row!r}: execute it anew, or name the row as it does."
        )
    return float(found[1])


def poisoned():
    """The notebook's table as bars."""
    fig, axes = plt.subplots(1, 2, figsize=(11.2, 4.2), layout="constrained")
    for ax, data in zip(axes, ("14 joints", "16 joints")):
        blind = _printed(f"{data} · mean pose")
        bars = [
            _printed(f"{data} · {network} {name}")
            for network in ("CNN", "ResNet")
            for name in ("masked", "unmasked")
        ]
        colours, places = (BLUE, VERMILION, BLUE, VERMILION), (0, 1, 2.5, 3.5)
        drawn = ax.bar(places, bars, color=colours, hatch=("", "//", "", "//"), edgecolor="white")
        ax.bar_label(drawn, fmt="%.0f", padding=2)
        ax.axhline(blind, color=INK, linestyle="--")
        ax.text(4.05, blind, "mean\npose", va="center")
        ax.set(title=data, xticks=(0.5, 3), xticklabels=("CNN", "ResNet"), ylim=(0, 40))
    axes[0].set_ylabel("masked MSE, px²")
    axes[1].legend(drawn[:2], ["with mask", "without"], loc="upper center", ncols=2)
    return fig, "Recorded: notebook 02, quick"


def pulled():
    """A pose, and seven eighths of it with one eighth of a corner."""
    points = cast.spread("lsp14")
    low, high = points.min(0), points.max(0)
    points = (points - low) / (high - low).max() * 44 + 12
    fig, ax = sketch.panels(5.4, 4.9)
    for pose, alpha in ((points, 0.3), (points * 7 / 8, 1)):
        for (a, b), side in zip(LSP.limb_indices, LSP.limb_sides):
            ax.plot(
                *pose[[a, b]].T,
                color=plots.COLOURS[side],
                linestyle=plots.STYLES[side],
                alpha=alpha,
                linewidth=5,
                solid_capstyle="round",
            )
    ax.plot(0, 0, "x", color=VERMILION, markersize=22, markeredgewidth=5)
    ax.text(3.5, 0.5, "junk", va="center", color=VERMILION, fontweight=600)
    ax.set_aspect("equal")
    ax.invert_yaxis()
    return fig, "Pale: the truth. Bright: the optimum without a mask"


def mean_pose():
    """Many poses and their mean."""
    _, points, visible, _ = _judged()
    fig, ax = sketch.panels(5.0, 4.9)
    for pose, flags in zip(points[:60], visible[:60]):
        for a, b in LSP.limb_indices:
            if flags[a] and flags[b]:
                ax.plot(*pose[[a, b]].T, color=QUIET, alpha=0.13, linewidth=2)
    sketch.pose(ax, _judged()[3]["mean pose"][0], "lsp14")
    return fig


def two_errors():
    """Three pixels everywhere, or forty pixels once."""
    truth = cast.spread("lsp14")
    low, high = truth.min(0), truth.max(0)
    truth = (truth - low) / (high - low).max() * 56
    everywhere, once = truth + [3, 0], truth.copy()
    once[LSP.index("right_wrist")] += [-6, 39.5]
    fig, axes = sketch.panels(10.6, 4.7, 2)
    for ax, guess, name in zip(axes, (everywhere, once), "AB"):
        score = np.square(guess - truth).mean()
        sketch.pose(ax, guess, "lsp14")
        sketch.crosses(ax, truth)
        ax.set_title(f"{name}: MSE {score:.1f} px²")
    return fig, "Crosses: the truth. A is 3 pixels off everywhere, B 40 pixels at one wrist"


def circles():
    """A person with PCK's circles."""
    person = synthetic.People(seed=3, count=4, size=440, difficulty="easy")[1]
    points = person.keypoints[0]
    torso = metrics.torso_lengths(person.keypoints, person.visible).values[0]
    fig, ax = sketch.panels(4.4, 4.4)
    sketch.picture(ax, person.image)
    ends = points[[LSP.index("left_shoulder"), LSP.index("right_hip")]]
    ax.plot(*ends.T, color=INK, linewidth=5)
    for point in points:
        ax.add_patch(plt.Circle(point, 0.2 * torso, facecolor="#FFFFFF66", edgecolor=BLUE, lw=3))
    return fig, "0.2 of the torso around each joint"


def curves():
    """PCK against the threshold."""
    _, points, visible, guesses = _judged()
    lengths = metrics.torso_lengths(points, visible)
    steps = np.linspace(0, 0.5, 51)
    fig, ax = plt.subplots(figsize=(10.4, 4.7), layout="constrained")
    looks = ((QUIET, ":"), (INK, "--"), (BLUE, "-"), (VERMILION, "-."))
    for (name, guess), (colour, line) in zip(guesses.items(), looks):
        values = [metrics.pck(guess, points, visible, lengths, t).value for t in steps]
        ax.plot(steps, values, line, color=colour, label=f"{name}: {values[20]:.0f} % at 0.2")
    ax.axvline(0.2, color=LINE, zorder=0)
    ax.set(xlabel="threshold, of the torso", ylabel="PCK, %", ylim=(0, 100), xlim=(0, 0.5))
    ax.legend(loc="upper left")
    return fig, f"{HELD_OUT} synthetic people, measured when this page was built"


def per_joint():
    """PCK of each pair of joints, mean pose and CNN."""
    _, points, visible, guesses = _judged()
    lengths = metrics.torso_lengths(points, visible)
    groups = {}
    for k, joint in enumerate(LSP.joints):
        groups.setdefault(joint.split("_", 1)[-1].replace("top", "head top"), []).append(k)
    fig, ax = plt.subplots(figsize=(10.4, 4.6), layout="constrained")
    values = {
        name: metrics.pck(guesses[name], points, visible, lengths).per_joint
        for name in ("mean pose", "CNN")
    }
    order = sorted(groups, key=lambda name: values["CNN"][groups[name]].mean())
    for name, mark, colour in (("mean pose", "|", INK), ("CNN", "o", BLUE)):
        ax.plot(
            [values[name][groups[joint]].mean() for joint in order],
            range(len(order)),
            mark,
            color=colour,
            markersize=16,
            markeredgewidth=4,
            label=name,
        )
    ax.set(
        yticks=range(len(order)),
        yticklabels=order,
        xlabel="PCK at 0.2 of the torso, %",
        xlim=(0, 100),
    )
    ax.grid(axis="x", color=LINE)
    ax.legend(loc="lower right")
    return fig


def cases():
    """Two of the best, two of the worst."""
    off = _errors()
    order = np.argsort(off)
    _, points, _, guesses = _judged()
    fig, axes = sketch.panels(11.6, 3.6, 4)
    for ax, i in zip(axes, order[[0, 6, -6, -1]]):
        sketch.picture(ax, _crop(i), guesses["CNN"][i], None, skeleton="lsp14", marker=4, width=3)
        sketch.crosses(ax, points[i])
        ax.set_title(f"{off[i]:.1f} px")
    return fig, "How far the CNN is off, on average over the joints"


def photographs():
    """Training curves on LSP extended, and what came out."""
    study = json.loads(STUDY.read_text(encoding="utf-8"))
    fig, (curves, bars) = plt.subplots(1, 2, figsize=(11.2, 4.1), layout="constrained")
    looks = {
        "lite_scratch_lspet": ("backbone, scratch", VERMILION, "-.", 80),
        "cnn_lspet": ("plain CNN", BLUE, "-", -12),
        "lite_lspet": ("backbone, ImageNet", VERMILION, "-", -12),
    }
    for name, (label, colour, line, above) in looks.items():
        loss = study[name]["loss"]
        epochs = range(1, len(loss) + 1)
        curves.plot(epochs, loss, line, color=colour)
        curves.text(epochs[-1], loss[-1] + above, label, color=colour, ha="right", va="top")
    curves.set(xlabel="epoch", ylabel="loss while training, px²", ylim=(0, None))
    values = [study["cnn_lspet"]["mean_pose"]["lspet_5501_6000"]["mse"]]
    values += [study[name]["model"]["lspet_5501_6000"]["mse"] for name in looks]
    drawn = bars.barh(
        ("mean pose", *(label for label, *_ in looks.values())),
        values,
        color=(QUIET, "white", BLUE, VERMILION),
        hatch=("", "//", "", ""),
        edgecolor=("white", VERMILION, "white", "white"),
    )
    bars.invert_yaxis()
    bars.bar_label(drawn, fmt="%.0f", padding=4)
    bars.set(xlabel="held out, masked MSE, px²", xlim=(0, 1.2 * max(values)))
    return fig, "Recorded: LSP extended, 1-5000 learnt, 5501-6000 held out, 96 × 96, one core"


def between():
    """Arm up, arm down, and the mean of both."""
    up = cast.spread("lsp14").copy()
    arm = [LSP.index("left_elbow"), LSP.index("left_wrist")]
    shoulder = up[LSP.index("left_shoulder")]
    down, mean = up.copy(), up.copy()
    down[arm, 1] = 2 * shoulder[1] - up[arm, 1]
    mean[arm] = (up[arm] + down[arm]) / 2
    fig, axes = sketch.panels(10.8, 4.1, 3)
    for ax, pose, title in zip(axes, (up, down, mean), ("likely", "as likely", "its answer")):
        sketch.pose(ax, pose, "lsp14")
        ax.set(title=title, xlim=(up[:, 0].min() - 0.3, up[:, 0].max() + 0.3))
    return fig


def limbs():
    """The limbs of Djeddou and others' script and posekit's, on one jump."""
    mpii = skeletons.get("mpii16")
    plainest = next(iter(exercises.chapter("02").unreached.cases(np.random.default_rng(0))))
    _, pairs = plainest.args
    talk = skeletons.Skeleton(
        "talk",
        mpii.joints,
        tuple((mpii.joints[a], mpii.joints[b]) for a, b in pairs),
        "Djeddou et al.'s webcam script",
    )
    fig, axes = sketch.panels(8.6, 3.0, 2)
    for ax, body, title in zip(axes, (talk, mpii), ("the script's", "posekit's")):
        sketch.pose(ax, cast.spread("mpii16"), body, marker=8)
        ax.set_title(title)
    return fig


def live_clip():
    """The CNN on a moving person, drawn with MPII's limbs."""
    model, card = checkpoints.load_pretrained("cnn")
    drawn = []
    for frame in cast.clip("walk", "lsp14", frames=30, size=400):
        found = inference.predict_box(model, frame.image, person_box(frame, 0), card["size"])
        pose = skeletons.convert(found, None, "lsp14", "mpii16")
        drawn.append(
            plots.draw_pose(frame.image, pose.keypoints, pose.visible, "mpii16", thickness=4)
        )
    return np.stack(drawn), "A CNN of one million parameters, frame by frame"
