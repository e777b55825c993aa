"""The plots of deck 10: read from the study and from cards, or computed when the deck is built."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import torch

from posekit import synthetic
from posekit.datasets import landmarks
from posekit.models.actions import gradient_norms, sequence_net
from posekit.models.landmark_nets import LandmarkNet
from slides import action_record as record
from slides import action_scenes as scenes
from slides.sketch import BLUE, GREEN, INK, QUIET, VERMILION

REPORTED = (1.0, 0.9810, 0.9979, 0.9937, 0.9979, 0.9979)  # the talk's epochs 15 to 20
BATCH, STEPS = 32, 60  # the talk's batches, and how many its progress bar counts


def bare(ax):
    """No marks on the axis of the values: they stand on the bars."""
    ax.tick_params(length=0)
    ax.spines["left"].set_visible(False)


def _seeds(ax, places, values, across: bool = False):
    """A small dot for each seed; ``values`` (seeds, n)."""
    for row in values if len(values) > 1 else ():
        pair = (row, places) if across else (places, row)
        ax.plot(*pair, "o", color=INK, markersize=5, alpha=0.7)


def _grouped(ax, names, groups: dict, low: float = 0, top: float = 118):
    """Groups of bars of means over seeds, with a dot for each seed."""
    wide, looks = 0.8 / len(groups), ((BLUE, ""), (VERMILION, "//"), (GREEN, ".."))
    for n, ((label, values), (colour, hatch)) in enumerate(zip(groups.items(), looks)):
        at = np.arange(len(names)) + wide * (n - (len(groups) - 1) / 2)
        look = {"color": colour, "hatch": hatch, "edgecolor": "white", "label": label}
        bars = ax.bar(at, values.mean(0), 0.92 * wide, **look)
        most = values.max(0) - values.mean(0)
        labels = [f"{value:.0f}" for value in values.mean(0)]
        for bar, text, more in zip(bars, labels, most):
            ax.text(
                bar.get_x() + bar.get_width() / 2, bar.get_height() + more + 3, text, ha="center"
            )
        _seeds(ax, at, values)
    ax.set_xticks(range(len(names)), names)
    ax.set(yticks=(), ylim=(low, top))
    bare(ax)


# ---------------------------------------------------------------------------- 0.9979, counted
def fits(windows) -> np.ndarray:
    """Of each number of windows: is every share of `REPORTED` one of whole windows?"""
    windows = np.asarray(windows)[:, None]
    shares = np.round(np.array(REPORTED) * windows) / windows
    return (np.abs(np.round(shares, 4) - REPORTED) < 5e-5).all(1)


def one_window():
    """How far the talk's shares are from shares of whole windows, by how many there are."""
    counts = np.arange(100, 701)
    whole = np.round(np.array(REPORTED) * counts[:, None]) / counts[:, None]
    off = np.abs(whole - REPORTED).max(1)
    good = counts[fits(counts)]
    learnt = 4 * counts  # a fifth is held out
    right = counts[(learnt > BATCH * (STEPS - 1)) & (learnt <= BATCH * STEPS)]
    fig, (left, bars) = plt.subplots(
        1, 2, figsize=(11.4, 4.3), layout="constrained", width_ratios=(1.6, 1)
    )
    left.plot(counts, off, ".", color=QUIET, markersize=5)
    left.plot(good, off[fits(counts)], "o", color=VERMILION, markersize=11)
    left.axvspan(right[0], right[-1], color=BLUE, alpha=0.2)
    left.axhline(5e-5, color=INK, linestyle=":", linewidth=1.5)
    left.set(xlabel="windows in the test", yscale="log", title="furthest from a whole window")
    for n in good[np.isin(good, right)][:1]:
        left.annotate(
            " or ".join(map(str, good[np.isin(good, right)])),
            (n, off[counts == n][0]),
            xytext=(-150, 26),
            textcoords="offset points",
            color=VERMILION,
        )
    one = int(good[np.isin(good, right)][0])
    wrong = np.round((1 - np.array(REPORTED)) * one).astype(int)
    bars.bar_label(bars.bar(range(15, 21), wrong, 0.7, color=VERMILION), padding=3)
    bars.set(
        xlabel="epoch", title=f"wrong windows, of {one}", yticks=(), ylim=(0, 1.2 * wrong.max())
    )
    bare(bars)
    return fig, _ours()


def _ours() -> str:
    """What our copy of the experiment has after its last epoch."""
    last = [row["wrong"][-1] for row in record.rows("curve")]
    of = sorted({row["windows"] for row in record.rows("curve")})
    wrong = ", ".join(map(str, last))
    return (
        "Blue: where 60 batches of 32 are learnt from. Our copy, on synthetic people: "
        f"{wrong} wrong of {' or '.join(map(str, of))} ({record.seeds('curve')})"
    )


# --------------------------------------------------------------------------------- the leak
def splits():
    """The talk's network and the nearest window, split by window, recording and person."""
    names = ("window", "recording", "person")
    means = {
        label: np.array([[np.mean(row[by][key]) for by in names] for row in record.rows("splits")])
        for label, key in (("LSTM", "lstm"), ("nearest window", "nearest"))
    }
    fig, ax = plt.subplots(figsize=(11.4, 4.0), layout="constrained")
    _grouped(ax, [f"by {name}" for name in names], means, top=128)
    ax.axhline(25, color=INK, linestyle=":", linewidth=1.5)
    ax.legend(frameon=False, loc="upper right", ncols=2, handlelength=1.3)
    ax.set_title("right windows, %", loc="left")
    rounds = [share for row in record.rows("splits") for share in row["person"]["lstm"]]
    return fig, (
        f"Means over {record.seeds('splits')}, a dot for each; dotted: guessing; LSTM by person: "
        f"{min(rounds):.0f} to {max(rounds):.0f} %"
    )


def ladder():
    """Right windows of strangers, with one switch more from bar to bar."""
    names = list(record.rows("ladder")[0])
    values = np.array([[row[name] for name in names] for row in record.rows("ladder")])
    fig, ax = plt.subplots(figsize=(10.6, 3.9), layout="constrained")
    colours = [VERMILION] + (len(names) - 1) * [BLUE]
    ax.barh(range(len(names)), values.mean(0), 0.68, color=colours)
    _seeds(ax, np.arange(len(names)), values, across=True)
    for n, (mean, most) in enumerate(zip(values.mean(0), values.max(0))):
        ax.text(most + 2, n, f"{mean:.0f}", va="center")
    ax.axvline(25, color=INK, linestyle=":", linewidth=1.5)
    labels = names[:1] + [f"+ {name}" for name in names[1:]]
    ax.set_yticks(range(len(names)), labels)
    ax.invert_yaxis()
    ax.tick_params(length=0)
    ax.set(
        xlim=(0, 112), xticks=(0, 25, 50, 75, 100), xlabel="right windows of twelve strangers, %"
    )
    return fig, f"Means over {record.seeds('ladder')}, a dot for each; dotted: guessing"


# ------------------------------------------------------------------------------- complaints
def one_label():
    """How often each label is answered, on clips and near the webcam."""
    pairs = [
        f"{how}, {near}" for how in ("as recorded", "prepared") for near in ("clips", "webcam")
    ]
    fig, axes = plt.subplots(1, 4, figsize=(11.4, 4.7), layout="constrained", sharey=True)
    names = record.classes("four")
    for ax, pair in zip(axes, pairs):
        said = record.figures("places", pair, "said")
        colour = VERMILION if pair.endswith("webcam") else BLUE
        for n, shares in enumerate(said):
            at = np.arange(4) + 0.8 / len(said) * (n - (len(said) - 1) / 2)
            ax.bar(at, shares, 0.72 / len(said), color=colour)
        ax.axhline(25, color=INK, linestyle=":", linewidth=1.5)
        ax.set_title(
            f"{pair.replace(', ', ',')}:\n".replace(",", "\n")
            + f"{record.figures('places', pair, 'right').mean():.0f} % right"
        )
        ax.set_xticks(range(4), names, rotation=90)
        ax.set(ylim=(0, 105), yticks=(0, 50, 100))
        ax.tick_params(length=0)
    axes[0].set_ylabel("answers, %")
    return fig, f"A bar for each of {record.seeds('places')}; dotted: how often each is true"


def rates():
    """How often slow and fast waving are called fast, at three rates."""
    at = ("30 a second", "15 a second", "straightened")
    fig, axes = plt.subplots(1, 2, figsize=(11.4, 3.9), layout="constrained", sharey=True)
    for ax, taught in zip(axes, ("one rate", "all rates")):
        found = np.stack([record.figures("rates", f"{taught}, {rate}") for rate in at], 1)
        groups = {"waving": found[..., 0], "waving fast": found[..., 1]}
        _grouped(ax, at, groups, top=150)
        ax.set_title(f"learnt from {taught}: called fast, %")
    axes[1].legend(frameon=False, loc="upper right", ncols=2, handlelength=1.2)
    return fig, f"Means over {record.seeds('rates')}, a dot for each"


# ------------------------------------------------------------------------------ gradients
def gradients():
    """The norm of the gradient at each of 60 frames, before training."""
    windows = [
        landmarks.windows(clip, 60)[:1]
        for clip in synthetic.landmark_recordings(1, 6, 60, scenes.FOUR)
    ]
    ready = LandmarkNet(4).prepare(torch.from_numpy(np.concatenate(windows)).float())
    names = torch.arange(len(ready)) % 4
    fig, ax = plt.subplots(figsize=(5.6, 4.0), layout="constrained")
    fell = {}
    for kind, label, style, colour in (
        ("rnn", "plain RNN", "--", VERMILION),
        ("gru", "GRU", "-.", GREEN),
        ("lstm", "LSTM", "-", BLUE),
    ):
        torch.manual_seed(0)
        norm = gradient_norms(sequence_net(kind, ready.shape[2], 4).eval(), ready, names)
        fell[label] = float(norm[0] / norm[-1])
        ax.plot(range(1, 61), norm / norm[-1], style, color=colour, label=label)
    ax.set(yscale="log", xlabel="frame", title="gradient, last frame = 1")
    ax.legend(frameon=False, loc="lower right")
    said = ", ".join(f"{label} {_power(value)}" for label, value in fell.items())
    return fig, f"Norm at frame 1: {said}"


def _power(value: float) -> str:
    """3 · 10⁻⁵"""
    digits = f"{value:.0e}".split("e")
    return f"{digits[0]} · 10" + str(int(digits[1])).translate(
        str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
    )


def networks():
    """Strangers' windows, as recorded and backwards, by seven networks of one size."""
    kinds = list(record.rows("networks")[0])
    groups = {
        label: np.stack([record.figures("networks", kind, key) for kind in kinds], 1)
        for label, key in (("as recorded", "right"), ("played backwards", "backwards"))
    }
    fig, ax = plt.subplots(figsize=(11.4, 4.1), layout="constrained")
    _grouped(ax, kinds, groups, top=150)
    ax.legend(frameon=False, loc="upper right", ncols=2, handlelength=1.2)
    ax.set_title("right windows of strangers, %", loc="left")
    sizes = [record.figures("networks", kind, "weights")[0] for kind in kinds]
    return fig, (
        f"{min(sizes):,.0f} to {max(sizes):,.0f} weights; means over {record.seeds('networks')}, "
        "a dot for each"
    )


# ------------------------------------------------------------------------------- still images
def stills():
    """Confusion of five actions in one image: from pixels, from keypoints, from both."""
    names = [name.split()[0] for name in record.classes("five")]
    fig, axes = plt.subplots(1, 3, figsize=(11.4, 3.8), layout="constrained")
    for ax, form in zip(axes, ("pixels", "keypoints", "both")):
        counts = record.figures("stills", form).sum(0)
        ax.imshow(counts, cmap="Blues", vmax=1.6 * counts.max(), aspect="auto")
        for (row, column), count in np.ndenumerate(counts):
            ax.text(column, row, f"{count:.0f}" if count else "", ha="center", va="center")
        ax.set_title(f"{form}: {np.trace(counts) / counts.sum():.0%} right")
        ax.set_xticks(range(5), names)
        ax.set_yticks(range(5), names if ax is axes[0] else 5 * [""])
        ax.tick_params(length=0)
    weight = ", ".join(f"{value:.2f}" for value in record.figures("stills", "weight"))
    count = int(counts.sum())
    return fig, f"{count} rendered images of people not learnt from; weight of the pixels: {weight}"
