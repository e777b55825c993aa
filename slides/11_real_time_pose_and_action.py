"""The pictures of deck 11: who is who, what each of them does, how often, and how late that comes.

A figure's inch is 100 px on the slide; pictures.py says how much room there is. What networks say
and how long they take is computed while the deck is built.
"""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import cv2
import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.optimize import linear_sum_assignment

from posekit import live, synthetic, tracking
from posekit.counting import EXERCISES, Repetitions
from posekit.data.images import read_image
from posekit.live.actions import HIDDEN, SHOWN, landmarks
from posekit.smoothing import OneEuro
from posekit.track_windows import BETA, MIN_CUTOFF, SmoothTracks, TrackWindows
from posekit.tracking_scores import tracking_scores
from slides import live_scenes as scenes
from slides import sketch
from slides.live_scenes import AFTER, BEFORE, BODY, COLOURS, LIGHT
from slides.sketch import BLUE, GREEN, INK, LINE, PALE, QUIET, VERMILION

COVER = Path(__file__).with_name("cover.jpg")
SECOND = 1000  # milliseconds


def _person(ax, points, colour, alpha: float = 1, width: float = 3):
    """A skeleton in the colour of its person."""
    for a, b in BODY.limb_indices:
        ax.plot(*points[[a, b]].T, color=colour, linewidth=width, alpha=alpha)


def _frame(ax, size):
    height, width = size
    ax.set(xlim=(0, width), ylim=(height, 0), xticks=(), yticks=(), aspect="equal")


# -------------------------------------------------------------------------------------- title
def hero():
    """Two moments of three people with their numbers, and what each is said to do."""
    clip, rows, fig = scenes.acting(), scenes.acted(), plt.figure(figsize=(4.8, 5.1))
    for row, t in enumerate((38, 58)):
        ax = fig.add_axes((0, 0.62 - 0.38 * row, 1, 0.37))
        _frame(ax, clip.size)
        ax.set(xlim=(0, 400), ylim=(205, 10))
        ax.set_axis_off()
        for number, points in rows[t].points.items():
            colour = LIGHT[(number - 1) % 5]
            _person(ax, points, colour)
            x, y = points[0, 0], points[:, 1].min() - 8
            ax.text(x, y, number, color=colour, ha="center", va="bottom", fontweight=600)
    for n, (number, (name, sure)) in enumerate(sorted(rows[-1].people.items())):
        said = f"{number}  {name or 'no name'}  {sure:.0%}"
        fig.text(0.03, 0.155 - 0.075 * n, said, color=LIGHT[(number - 1) % 5], fontsize=20)
    return fig


# -------------------------------------------------------------------------- one number, mixed
def mixed():
    """A window whose first half is one person's and whose second half another's."""
    clip, (fig, ax) = scenes.crossing(), sketch.canvas(11.4, 4.3)
    times = range(4, 14)
    shown = clip.keypoints[times.start : times.stop, :2]
    low, high = shown.min((0, 1, 2)) - 6, shown.max((0, 1, 2)) + 6
    zoom = min(2.12 / (high - low)[0], 1.9 / (high - low)[1])  # inches of a pixel
    for n, t in enumerate(times):
        who, (row, column) = int(n >= len(times) / 2), divmod(n, 5)
        at = (0.45 + 2.18 * column, 2.3 - 2.2 * row, *zoom * (high - low))
        part = ax.inset_axes(at, transform=ax.transData)
        _person(part, clip.keypoints[t, who], COLOURS[who])
        part.set(xlim=(low[0], high[0]), ylim=(high[1], low[1]), xticks=(), yticks=())
        for edge in part.spines.values():
            edge.set(visible=True, color=LINE)
    for row in range(2):
        ax.text(0, 3.2 - 2.2 * row, "AB"[row], color=COLOURS[row], fontsize=26, fontweight=600)
    middles = np.stack([clip.keypoints[8, 0], clip.keypoints[9, 1]]).mean(1)
    jump, height = np.diff(middles[:, 0])[0], tracking.extents(clip.keypoints[8, :2]).mean()
    return fig, (
        f"Number 1 goes from A to B: somebody jumps {abs(jump) / height:.1f} heights aside in no "
        "time"
    )


# ----------------------------------------------------------------------------------- pipeline
STAGES = (
    ("detector", "joints of\neverybody", "(P, 33)"),
    ("tracker", "the number\nof each", "(P,)"),
    ("smoothing", "One-Euro, in\nheights", "(P, 33)"),
    ("windows", "the last second\nof each", "(30, 33, 4)"),
    ("action", "a name,\nor none", "27 chances"),
)


def pipeline():
    """Five boxes, what comes out of each, and its shape."""
    fig, ax = sketch.canvas(11.5, 3.5)
    fills = (PALE[VERMILION], PALE[BLUE], PALE[BLUE], PALE[BLUE], PALE[GREEN])
    for n, ((name, gives, shape), fill) in enumerate(zip(STAGES, fills)):
        left = 0.05 + 2.33 * n
        sketch.box(ax, left, 2.4, 1.9, 0.95, name, fill, fontsize=20, fontweight=600)
        ax.text(left + 0.95, 1.55, gives, ha="center", va="center")
        ax.text(left + 0.95, 0.7, shape, ha="center", va="center", color=QUIET)
        if n:
            sketch.arrow(ax, (left - 0.4, 2.87), (left - 0.04, 2.87))
    return fig, "Only the first stage sees the image; only the last one knows what actions are"


# --------------------------------------------------------------------------------- who is who
def who_is_who():
    """Three people in two frames, and their similarities without and with motion."""
    clip, fig = scenes.crossing(), plt.figure(figsize=(11.5, 3.9))
    ax = fig.add_axes((0, 0.02, 0.4, 0.9))
    for n in range(3):
        _person(ax, clip.keypoints[BEFORE, n], COLOURS[n], 0.3)
        _person(ax, clip.keypoints[AFTER, n], COLOURS[n])
        top = clip.keypoints[AFTER, n, :, 1].min() - 4
        x = clip.keypoints[AFTER, n, :, 0].mean()
        ax.text(x, top, "ABC"[n], color=COLOURS[n], ha="center", fontweight=600)
    both = clip.keypoints[[BEFORE, AFTER]]
    low, high = both.min((0, 1, 2)) - 16, both.max((0, 1, 2)) + 8
    ax.set(xlim=(low[0], high[0]), ylim=(high[1], low[1]), aspect="equal")
    ax.set_axis_off()
    titles = "from where they were", "from where expected"
    for n, (table, title) in enumerate(zip(scenes.similarities(), titles)):
        _table(fig.add_axes((0.45 + 0.29 * n, 0.1, 0.25, 0.72)), table, "ABC", "123")
        fig.text(0.45 + 0.29 * n + 0.125, 0.93, title, ha="center", fontsize=18)
    return fig, (
        f"Pale: frame {BEFORE}; strong: frame {AFTER}, {(AFTER - BEFORE) / clip.fps:.1f} s later. "
        "A is 1, B is 2, C is 3. Framed: the best sum"
    )


def _table(ax, table, rows, columns):
    """A table of similarities, with the pairs of the greatest sum framed."""
    best = set(zip(*linear_sum_assignment(table, maximize=True)))
    for (n, p), value in np.ndenumerate(table):
        fill = plt.cm.Blues(0.55 * value)
        pair = (n, p) in best
        edge = {"edgecolor": VERMILION if pair else LINE, "linewidth": 4 if pair else 1}
        ax.add_patch(plt.Rectangle((p, n), 0.9, 0.9, facecolor=fill, zorder=1 + pair, **edge))
        ax.text(p + 0.45, n + 0.45, f"{value:.2f}", ha="center", va="center", zorder=3)
    ax.set(xlim=(-0.05, table.shape[1]), ylim=(table.shape[0], -0.05))
    ax.set_xticks(np.arange(len(columns)) + 0.45, columns)
    ax.set_yticks(np.arange(len(rows)) + 0.45, rows)
    ax.tick_params(length=0, labeltop=True, labelbottom=False)
    for edge in ax.spines.values():
        edge.set_visible(False)


def match():
    """Two people, two places: the most similar first, and the best sum."""
    table = np.array([[0.90, 0.80], [0.85, 0.10]])
    fig = plt.figure(figsize=(4.6, 4.2))
    _table(fig.add_axes((0.1, 0.02, 0.85, 0.86)), table, "AB", "12")
    return fig, (
        f"Most similar first: {table[0, 0] + table[1, 1]:.2f}; "
        f"framed: {table[0, 1] + table[1, 0]:.2f}"
    )


# ---------------------------------------------------------------------------------- crossings
def patience():
    """Where five people are over time, in the colour of their number, for two patiences."""
    clip, found = scenes.crowded()
    fig, axes = plt.subplots(1, 2, figsize=(11.4, 4.1), layout="constrained", sharey=True)
    for ax, seconds in zip(axes, (0.2, 1)):
        numbers = scenes.numbered(found, patience=seconds)
        ax.plot(clip.keypoints[..., 0].mean(2), color=LINE, linewidth=7, zorder=0)
        for t, (people, row) in enumerate(zip(found, numbers)):
            colours = [COLOURS[(n - 1) % 5] if n > 0 else INK for n in row]
            ax.scatter(np.full(len(row), t), people.keypoints[..., 0].mean(1), 45, colours)
        score = tracking_scores(clip, found, numbers)
        given = len({n for row in numbers for n in row[row > 0]})
        ax.set_title(
            f"patience {seconds:g} s: {given} numbers, {score.switches} switches", fontsize=19
        )
        ax.set_xlabel("frame")
    axes[0].set(ylabel="x, pixels")
    return fig, "Grey: the five people; a dot: found, in the colour of its number; black: none yet"


# ------------------------------------------------------------------------------------- scores
SAID = {
    "right": ([1] * 12, [2] * 12),
    "exchanged, halfway": ([1] * 6 + [2] * 6, [2] * 6 + [1] * 6),
    "a new number, late": ([1] * 11 + [3], [2] * 12),
    "silent, halfway": ([1] * 6 + [-1] * 6, [2] * 6 + [-1] * 6),
}


def scores():
    """The numbers of two people over twelve frames, said by four trackers, and their scores."""
    clip = synthetic.CrowdClips(0, 1, 2, "stand", 12, skeleton="coco17").labels(0)
    truth, (fig, ax) = [clip[t] for t in range(12)], sketch.canvas(11.4, 3.7)
    for n, (name, rows) in enumerate(SAID.items()):
        score = tracking_scores(clip, truth, np.transpose(rows))
        low = 2.8 - 0.93 * n
        ax.text(0.05, low + 0.35, name, va="center", fontweight=600)
        for (person, t), number in np.ndenumerate(np.array(rows)):
            fill = "white" if number < 0 else COLOURS[number - 1]
            at = 3.1 + 0.4 * t, low + 0.37 * (1 - person)
            ax.add_patch(plt.Rectangle(at, 0.37, 0.34, facecolor=fill, edgecolor=LINE))
        said = f"switches: {score.switches}", f"IDF1 {score.idf1:.0%}"
        for x, text in zip((8.15, 9.9), said):
            ax.text(x, low + 0.35, text, va="center")
    return fig, "Twelve frames of two people; the colour is the number, white is none"


# ----------------------------------------------------------------------------------- One-Euro
RATE = 30


def one_euro():
    """A wrist that rests, moves by a quarter of the height and rests, smoothed in three ways."""
    at = np.arange(120) / RATE
    moves = np.interp(at, [0, 1.5, 1.8, 4], [0, 0, 0.25, 0.25])
    trembles = moves + np.random.default_rng(0).normal(0, 0.01, 120)
    fig, axes = plt.subplots(1, 3, figsize=(11.4, 3.5), layout="constrained", sharey=True)
    for ax, beta in zip(axes, (0, BETA, 400)):
        one = OneEuro(RATE, MIN_CUTOFF, beta)
        calm = np.array([one(value) for value in trembles])
        late = SECOND * (at[np.argmax(calm > 0.125)] - 1.65)
        ax.plot(at, trembles, color="0.65", linewidth=1)
        ax.plot(at, moves, "--", color=INK, linewidth=1.2)
        ax.plot(at, calm, color=BLUE, linewidth=2.5)
        ax.set_title(f"β = {beta:g}: {late:.0f} ms late", fontsize=19)
        ax.set(xlabel="seconds", xlim=(0.8, 2.8), ylim=(-0.05, 0.32))
    axes[0].set_ylabel("wrist, heights")
    return fig, "Grey: as found; dashed: the truth; blue: smoothed"


# ------------------------------------------------------------------------------------ flicker
def flicker():
    """The likeliest action of each window, and the name that is shown, over time."""
    action, *ways = scenes.wavering()
    rows = [sorted({name for name in way if name}) for way in ways]  # what each of them says
    fig, axes = plt.subplots(
        *(2, 1),
        figsize=(11.4, 4.6),
        layout="constrained",
        sharex=True,
        height_ratios=[*map(len, rows)],
    )
    for ax, way, names, title in zip(axes, ways, rows, ("likeliest", "two thresholds")):
        for row, name in enumerate(names):
            on, colour = [t / 15 for t, said in enumerate(way) if said == name], rows[0].index(name)
            ax.scatter(on, [row] * len(on), 60, COLOURS[colour % 5], marker="s")
        ax.set(yticks=range(len(names)), yticklabels=names, ylim=(-0.6, len(names) - 0.4))
        ax.set_title(f"{title}: {scenes.changes(way)} changes", fontsize=19, loc="left")
    axes[1].set(xlabel="seconds", xlim=(0, 8))
    return fig, f"True: {action}, three times slower than anybody the network learnt from"


# ----------------------------------------------------------------------------------- counting
def counting():
    """Four squats; and arms that clap, by the angle of one arm and by the whole body."""
    fig, axes = plt.subplots(1, 3, figsize=(11.5, 3.8), layout="constrained")
    squats = synthetic.repetitions("squat", 4, 2, skeleton="blazepose33")
    claps = synthetic.CrowdClips(
        0, 20, actions="clapping", people=1, frames=90, skeleton="blazepose33"
    ).labels(1)
    _measured(axes[0], squats, "squat", "squats")
    angle, at = _arm(claps), np.arange(90) / claps.fps
    above = angle > 40
    rises = np.flatnonzero(~above[:-1] & above[1:])
    axes[1].plot(at, angle, color=BLUE)
    axes[1].axhline(40, color=VERMILION, linestyle="--", linewidth=2)
    axes[1].plot(at[rises + 1], angle[rises + 1], "o", color=VERMILION, markersize=11)
    axes[1].set_title(f"clapping, one angle: {len(rises)}", fontsize=19)
    axes[1].set(xlabel="seconds", ylabel="arm, degrees")
    _measured(axes[2], claps, "jumping_jack", "clapping, whole body")
    return fig, "Dashed: out; dash-dotted: back; a dot: counted. The last two ask for jumping jacks"


def _measured(ax, clip, exercise: str, title: str):
    """The number of an exercise over time with its thresholds, and the count in the title."""
    value, count = (Repetitions(exercise, clip.skeleton) for _ in range(2))
    at, rule = np.arange(len(clip)) / clip.fps, EXERCISES[exercise]
    frames = list(zip(clip.keypoints[:, 0], clip.visible[:, 0], at))
    values = np.array([value.value(*frame) for frame in frames])
    counts = np.array([count.update(*frame) for frame in frames])
    back = np.flatnonzero(np.diff(counts)) + 1
    ax.plot(at, values, color=BLUE)
    ax.axhline(rule.out, color=VERMILION, linestyle="--", linewidth=2)
    ax.axhline(rule.back, color=GREEN, linestyle="-.", linewidth=2)
    ax.plot(at[back], values[back], "o", color=VERMILION, markersize=11)
    ax.set_title(f"{title}: {counts[-1]}", fontsize=19)
    ax.set(xlabel="seconds", ylabel="1 at rest", ylim=(min(0.2, np.nanmin(values) - 0.05), None))


def _arm(clip) -> np.ndarray:
    """(T,) degrees between the left arm and the trunk of the first person."""
    at = [clip.keypoints[:, 0, BODY.index(f"left_{part}")] for part in ("hip", "shoulder", "wrist")]
    one, other = at[0] - at[1], at[2] - at[1]
    turn = np.arctan2(*one.T[::-1]) - np.arctan2(*other.T[::-1])
    return np.degrees(np.abs((turn + np.pi) % (2 * np.pi) - np.pi))


# -------------------------------------------------------------------------- several at once
def measured():
    """How many windows, and names, are right, with two to four people and with twenty."""
    rows = [scenes.record()[which] for which in ("several", "twenty")]
    fig, axes = plt.subplots(1, 2, figsize=(11.4, 3.9), layout="constrained", width_ratios=(3, 2))
    shares = {
        "windows right": "windows_right",
        "have a name": "named",
        "names right": "names_right",
    }
    for n, (row, colour) in enumerate(zip(rows, (BLUE, PALE[BLUE]))):
        at = np.arange(len(shares)) + 0.38 * n
        values = [100 * row[key] for key in shares.values()]
        bars = axes[0].barh(at, values, 0.36, color=colour, edgecolor=INK)
        axes[0].bar_label(bars, [f" {value:.1f}" for value in values], fontsize=18)
    fig.legend(
        axes[0].containers, ["2 to 4 people", "20 people"], loc="outside upper left", ncols=2
    )
    axes[0].set(yticks=np.arange(len(shares)) + 0.19, yticklabels=shares, xlim=(0, 118))
    axes[0].set_xlabel("percent")
    axes[0].invert_yaxis()
    return fig, _late_by(axes[1])


def _late_by(ax) -> str:
    """The delays of the record; a caption."""
    found = scenes.record()
    for n, (key, colour) in enumerate((("median", GREEN), ("late", PALE[GREEN]))):
        values = [one[f"{key}_seconds"] for one in found["delay"].values()]
        at = np.arange(len(values)) + 0.38 * n
        bars = ax.barh(at, values, 0.36, color=colour, edgecolor=INK)
        ax.bar_label(bars, [f" {value:.2f}" for value in values], fontsize=18)
    names = [scenes.words(name).replace(" ", "\n") for name in found["delay"]]
    ax.set(yticks=np.arange(len(names)) + 0.19, yticklabels=names)
    ax.set(xlabel="seconds to the name", xlim=(0, 1.1))
    ax.invert_yaxis()
    people = next(iter(found["delay"].values()))["people"]
    return (
        f"{found['several']['clips']} clips of synthetic people, 2 to 4 at once. Right: dark, half "
        f"of {people} people; pale, nine in ten"
    )


# --------------------------------------------------------------------------------------- time
def budget():
    """Milliseconds of each stage for a frame of three people; and how late a name comes."""
    fig, axes = plt.subplots(1, 2, figsize=(11.5, 3.9), layout="constrained", width_ratios=(3, 2))
    spent = _finding() | _stages()
    colours = [PALE[VERMILION] if name.startswith("joints") else BLUE for name in spent]
    bars = axes[0].barh(list(spent), list(spent.values()), color=colours, edgecolor=INK)
    axes[0].bar_label(bars, [f" {value:.1f}" for value in spent.values()], fontsize=18)
    axes[0].axvline(SECOND / RATE, color=INK, linestyle="--", linewidth=1.5)
    axes[0].invert_yaxis()
    axes[0].set(xlabel="milliseconds a frame", xlim=(0, 1.25 * max(spent.values())))
    return fig, _late(axes[1])


def _late(ax) -> str:
    """The confidence of somebody who stands for two seconds and then does squats; a caption."""
    clip = synthetic.repetitions("squat", 2, 1, 15, skeleton="blazepose33", rest=2)
    rows = [row.people.get(1, ("", 0)) for row in scenes.told(clip)]
    at = np.arange(len(rows)) / clip.fps
    named = [t for t, (name, _) in zip(at, rows) if name == "squat"]
    sure, right = (np.array(part) for part in ([r[1] for r in rows], [r[0] for r in rows]))
    ax.plot(at, sure, color=QUIET, linewidth=1.5)
    ax.fill_between(at, np.where(right == "squat", sure, np.nan), color=BLUE, alpha=0.6)
    ax.axvline(2, color=VERMILION, linestyle="--", linewidth=2)
    ax.set(xlabel="seconds", ylabel="confidence", ylim=(0, 1.05))
    ax.set_title("squats begin at 2 s", fontsize=19)
    when = f"its name comes {named[0] - 2:.1f} s later" if named else "its name never comes"
    return f"Left: three people, dashed: 30 frames a second. Right, blue: called squat; {when}"


def _finding() -> dict:
    """Milliseconds of a processor in which a detector finds joints in a frame."""
    image = cv2.resize(read_image(COVER), (640, 480))
    detectors = {"joints: crowd_mobile": live.open_detector("crowd_mobile")}
    if live.bundle_path():
        detectors["joints: BlazePose"] = live.open_detector(video=True, poses=3)
    return {name: _timed(detector, image) for name, detector in detectors.items()}


def _timed(detector, image, before: int = 35, count: int = 3) -> float:
    with detector:
        for _ in range(before if detector.video else 1):  # the first ones find everybody
            detector.detect(image)
        start = time.process_time()
        for _ in range(count):
            detector.detect(image)
        return SECOND * (time.process_time() - start) / count


def _stages() -> dict:
    """Milliseconds of a processor for numbers, for smoothing and windows, and for names."""
    clip, (model, card) = scenes.acting(), scenes.network()
    detector, tracker, smooth = scenes.Imitated(clip), tracking.Tracker(), SmoothTracks()
    windows, spent = TrackWindows(card["frames"], RATE), []
    for t in range(len(clip)):
        found, seconds = detector.detect(), t / clip.fps
        marks = [time.process_time()]
        numbers = tracker.update(found, seconds)
        marks.append(time.process_time())
        windows.add(landmarks(smooth(found, numbers, seconds)), numbers, seconds)
        marks.append(time.process_time())
        for window in map(windows.of, numbers):
            if window is not None:
                with torch.no_grad():
                    model(torch.from_numpy(window[None]).float())
        spent.append(np.diff([*marks, time.process_time()]))
    names = "numbers", "smooth, windows", "actions"
    return dict(zip(names, SECOND * np.mean(spent[20:], 0)))


# --------------------------------------------------------------------------------------- live
def live_clip():
    """Three people with numbers, frame by frame, and below them what each is said to do."""
    clip, drawn = scenes.acting(), []
    height, width = clip.size
    write = partial(cv2.putText, fontFace=cv2.FONT_HERSHEY_SIMPLEX, lineType=cv2.LINE_AA)
    for row in scenes.acted():
        image = np.full((height + 130, width, 3), 255, np.uint8)
        for number, points in row.points.items():
            colour, ink = _rgb(number), {"fontScale": 1, "thickness": 2}
            for a, b in points[np.array(BODY.limb_indices)].round().astype(int):
                cv2.line(image, a, b, colour, 3, cv2.LINE_AA)
            x, y = int(points[0, 0]) - 8, int(points[:, 1].min()) - 8
            write(image, str(number), (x, max(y, 24)), color=colour, **ink)
        for n, (number, (name, sure)) in enumerate(sorted(row.people.items())[:3]):
            low = height + 32 + 42 * n
            said = f"{number}  {name or '...'}  {sure:.0%}"
            write(image, said, (10, low), color=_rgb(number), fontScale=1, thickness=2)
        drawn.append(image)
    return np.stack(drawn), f"Synthetic people; a name from {SHOWN}, until it is below {HIDDEN}"


def _rgb(number: int) -> tuple:
    text = COLOURS[(number - 1) % 5]
    return tuple(int(text[n : n + 2], 16) for n in (1, 3, 5))
