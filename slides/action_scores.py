"""The scores of deck 10: what ``actions`` confuses and raises falsely, and real benchmarks."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

from posekit import synthetic
from slides import action_record as record
from slides import action_scenes as scenes
from slides.action_plots import bare
from slides.sketch import BLUE, INK, QUIET, VERMILION

ALARM, CALM = ("falling", "run", "climbing"), ("walk", "stand", "sit", "clapping")


def similar():
    """Which actions ``actions`` confuses most, and how often it is wrong with more windows."""
    card, wrong, rows = scenes.network()[1], {}, []
    pairs = np.zeros((len(card["actions"]),) * 2)
    for clip in synthetic.landmark_recordings(91, 6, 90, wrong=1, varied=1):
        said, true = scenes.chances(clip), card["actions"].index(clip.action)
        for row in said:
            pairs[true, row.argmax()] += 1 / len(said)
        three = np.array([said[n : n + 3].mean(0) for n in range(len(said) - 2)])
        rows.append([np.mean(part.argmax(1) != true) for part in (said, three, said.mean(0)[None])])
    wrong = 100 * np.mean(rows, 0)
    shares = 100 * pairs / pairs.sum(1, keepdims=True)
    np.fill_diagonal(shares, 0)
    top = [n for n in np.argsort(-shares, axis=None)[:6] if shares.flat[n] > 0]
    names = [scenes.words(name) for name in card["actions"]]
    labels = [f"{names[n // len(names)]} → {names[n % len(names)]}" for n in top]
    fig, (left, right) = plt.subplots(
        1, 2, figsize=(11.4, 3.9), layout="constrained", width_ratios=(1.3, 1)
    )
    left.bar_label(
        left.barh(labels, shares.flat[top], 0.65, color=VERMILION), fmt=" %.0f", padding=2
    )
    left.invert_yaxis()
    left.set(
        title="true → named, % of its windows", xticks=(), xlim=(0, 1.2 * max(shares.max(), 1))
    )
    bars = right.bar(("one\nwindow", "mean of\nthree", "whole\nrecording"), wrong, 0.6, color=BLUE)
    right.bar_label(bars, fmt="%.1f", padding=3)
    right.set(title="wrong, %", yticks=(), ylim=(0, 1.2 * max(wrong.max(), 1)))
    for ax in (left, right):
        bare(ax)
    about = f"{len(rows)} recordings, {len(names)} actions"
    return fig, f"{about}, by new people who do everything in their own way"


def alarms():
    """How alarming each recording is, and what three thresholds find and raise falsely."""
    levels = {name: [] for name in (*ALARM, *CALM)}
    columns = [scenes.network()[1]["actions"].index(name) for name in ALARM]
    for clip in synthetic.landmark_recordings(51, 12, 90, tuple(levels), near=0):
        danger = scenes.chances(clip)[:, columns].sum(1)
        levels[clip.action].append(np.convolve(danger, np.ones(3) / 3, "valid").max())
    fig, ax = plt.subplots(figsize=(11.4, 3.7), layout="constrained")
    for n, (name, values) in enumerate(levels.items()):
        mark, colour = ("^", VERMILION) if name in ALARM else ("o", BLUE)
        at = n + np.linspace(-0.25, 0.25, len(values))
        ax.plot(at, values, mark, color=colour, markersize=10, alpha=0.7)
    for threshold in (0.1, 0.5, 0.9):
        ax.axhline(threshold, color=INK, linestyle=":", linewidth=1.2)
    ax.set_xticks(range(len(levels)), levels)
    ax.set(ylim=(-0.08, 1.08), yticks=(0.1, 0.5, 0.9), title="probability of an alarm")
    ax.tick_params(length=0)
    return fig, _counted(levels)


def _counted(levels: dict) -> str:
    """For three thresholds: events found, and false alarms; and what none would show."""
    calm = np.concatenate([levels[name] for name in CALM])
    events = np.concatenate([levels[name] for name in ALARM])
    hours = len(calm) * 3 / 3600
    parts = [
        f"{np.mean(events > level):.0%}, {np.sum(calm > level)} at {level}"
        for level in (0.1, 0.5, 0.9)
    ]
    watched = f"In {60 * hours:.1f} minutes: 3 / t is {3 / hours:.0f} an hour"
    return f"Found, and false alarms: {'; '.join(parts)}. {watched}"


# -------------------------------------------------------------------------- real benchmarks
ROWS = {"fill_pattern": "joints filled in", "clip_shape": "length and size"}
SETS = {
    "Penn Action, 15 actions": {"penn_pose": "coordinates", "actions_penn": "five streams"},
    "JHMDB, 14 actions": {"jhmdb_pose": "five streams"},
}


def benchmarks():
    """Right answers on real skeletons, beside what needs no coordinate."""
    found = {title: _bars(sources) for title, sources in SETS.items()}
    found = {title: bars for title, bars in found.items() if bars}
    fig, axes = plt.subplots(
        1, len(found), figsize=(11.4, 3.7), layout="constrained", squeeze=False
    )
    for ax, (title, bars) in zip(axes[0], found.items()):
        names, values, doubts = zip(*bars)
        colours = [BLUE if doubt else QUIET for doubt in doubts]
        drawn = ax.barh(names, values, 0.66, color=colours, xerr=doubts)
        ax.bar_label(drawn, fmt="%.1f", padding=6)
        ax.invert_yaxis()
        ax.set(title=title, xlim=(0, 118), xticks=(0, 50, 100))
        ax.tick_params(length=0)
    missing = [title for title in SETS if title not in found]
    more = f"; {', '.join(missing)}: not recorded yet" if missing else ""
    return fig, f"Right answers, %, with the standard error; grey: without any coordinate{more}"


def _bars(sources: dict) -> list[tuple[str, float, float]]:
    """(name, per cent, standard error) of each bar; without coordinates first."""
    records = {label: record.benchmark(name) for name, label in sources.items()}
    records = {label: one for label, one in records.items() if one}
    if not records:
        return []
    one = next(iter(records.values()))
    bars = [("most frequent", one["most_frequent_action"], 0)]
    bars += [(name, one["without_coordinates"][key], 0) for key, name in ROWS.items()]
    for label, each in records.items():
        of = max(each.get("standard_error_of_seeds") or 0, each["standard_error_of_clips"])
        bars.append((label, each["accuracy"], of))
    return bars
