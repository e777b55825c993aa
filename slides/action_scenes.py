"""Who appears in deck 10: recordings of landmarks by synthetic people, and what ``actions`` says.

>>> film = action_scenes.film()          # four scenes, named by the network of the lesson's start
>>> film.chances.shape                   # a probability for each window and action
(67, 27)
"""

from __future__ import annotations

import tempfile
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

import cv2
import matplotlib.pyplot as plt
import numpy as np
import torch

from posekit import checkpoints, datasets, plots, skeletons, synthetic
from posekit.datasets import landmarks
from posekit.models.landmark_nets import DEPTH, HIPS, SHOULDERS, faced
from posekit.tasks.landmark_actions import probabilities
from slides import sketch
from slides.sketch import BLUE, LINE, PALE, QUIET, VERMILION

BODY = skeletons.get("blazepose33")
FOUR = ("body_swing", "hand_swing", "head_shaking", "run")
DOING = ("squat", "walk", "hand_swing", "falling")
SIDES = np.array((-1, 1))
WRISTS = [BODY.index(f"{side}_wrist") for side in ("left", "right")]
LIGHT = {"left": "#56B4E9", "right": "#FF9A4D", "centre": "#5FD3B0"}  # on the dark slide
ASPECT, EVERY = 4 / 3, 5  # frames from one window to the next


class Film(NamedTuple):
    """Scenes one after the other, and what the network says of each window."""

    points: np.ndarray  # (T, 33, 4)
    chances: np.ndarray  # (N, A)
    middles: np.ndarray  # (N,) frames


@lru_cache
def network():
    """The network ``actions``, and its card."""
    return checkpoints.load_pretrained("actions")


def chances(clip, every: int = EVERY) -> np.ndarray:
    """(N, A) the network's probabilities for the windows of a recording."""
    net, card = network()
    found = torch.from_numpy(landmarks.windows(clip, card["frames"], every)).float()
    return probabilities(net, found)


@lru_cache
def film() -> Film:
    """Somebody squats, walks, waves and falls."""
    scenes = synthetic.landmark_recordings(77, 1, 90, DOING, near=0)
    clip = datasets.recording(np.concatenate([scene.landmarks for scene in scenes]))
    said = chances(clip)
    return Film(clip.landmarks, said, EVERY * np.arange(len(said)) + network()[1]["frames"] / 2)


def words(name: str) -> str:
    return name.replace("_", " ")


def answer(scene: Film, frame: int) -> tuple[str, float]:
    """The name and the probability for the window whose middle is nearest."""
    row = scene.chances[np.abs(scene.middles - frame).argmin()]
    return words(network()[1]["actions"][row.argmax()]), float(row.max())


def flat(points) -> np.ndarray:
    """(..., 33, 2) landmarks as they lie in a picture of height 1."""
    return np.asarray(points)[..., :2] * (ASPECT, 1)


# ------------------------------------------------------------------------------------- title
def hero():
    """Four scenes of the film, each with the network's answer, on dark."""
    scene, fig = film(), plt.figure(figsize=(4.8, 5.9))
    for n in range(4):
        left, low = 0.5 * (n % 2), 0.5 - 0.5 * (n // 2)
        ax = fig.add_axes((left, low + 0.09, 0.5, 0.4))
        frame = 90 * n + _far(scene.points[90 * n : 90 * n + 90])
        for before, alpha in ((12, 0.25), (6, 0.45), (0, 1)):
            _glow(ax, flat(scene.points[max(frame - before, 90 * n)]), alpha)
        ax.set(aspect="equal")
        ax.invert_yaxis()
        ax.set_axis_off()
        said = "{} {:.0%}".format(*answer(scene, 90 * n + 45))
        fig.text(left + 0.25, low + 0.025, said, color="white", ha="center", fontsize=19)
    return fig


def _far(points) -> int:
    """The frame whose pose is furthest from the first one's."""
    poses = flat(points) - flat(points[:, HIPS]).mean(1, keepdims=True)
    return int(np.linalg.norm(poses - poses[0], axis=-1).mean(1).argmax())


def _glow(ax, points, alpha: float):
    for (a, b), side in zip(BODY.limb_indices, BODY.limb_sides):
        style = "--" if side == "right" else "-"
        ax.plot(*points[[a, b]].T, style, color=LIGHT[side], linewidth=3, alpha=alpha)


# --------------------------------------------------------------------------------- recordings
@lru_cache
def four() -> list:
    """The four actions of one person who stands back and faces the camera."""
    clips = synthetic.landmark_recordings(2, 12, 90, FOUR, near=0)
    groups = [[clip for clip in clips if clip.group == who] for who in {c.group for c in clips}]
    chosen = min(groups, key=lambda group: (sum(map(_sideways, group)), group[0].group))
    return sorted(chosen, key=lambda clip: FOUR.index(clip.action))


def recording():
    """The first lines of a file, the four actions, and one wrist of each over time."""
    clips, fig = four(), plt.figure(figsize=(11.4, 4.1))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "HANDSWING.txt")
        datasets.write_recording(path, clips[1].landmarks)
        lines = path.read_text(encoding="utf-8").splitlines()
    fig.text(0, 0.94, "HANDSWING.txt", fontweight=600)
    for n, line in enumerate(lines[1:6]):
        parts = [part[:7] for part in line.split(",")[:5]]
        fig.text(0, 0.8 - 0.115 * n, ", ".join(parts) + ", …", fontsize=17.3)
    fig.text(0, 0.14, f"a line: number and {len(lines[1].split(',')) - 1} numbers", color=QUIET)
    for n, clip in enumerate(clips):
        ax = fig.add_axes((0.46 + 0.135 * n, 0.42, 0.125, 0.55))
        sketch.pose(ax, flat(clip.landmarks[20]), width=2, marker=2)
        ax.set_axis_off()
        ax = fig.add_axes((0.465 + 0.135 * n, 0.2, 0.115, 0.22))
        for wrist, style, colour in zip(WRISTS, ("-", "--"), (BLUE, VERMILION)):
            x = clip.landmarks[:, wrist, 0]
            ax.plot(np.arange(90) / 30, x - x.mean(), style, color=colour, linewidth=2.2)
        ax.axvspan(1, 1 + 10 / 30, color=QUIET, alpha=0.35)
        ax.set(ylim=(-0.2, 0.2), xticks=(), yticks=())
        ax.set_xlabel(words(clip.action), labelpad=8)
    return fig, "Below: x of both wrists in three seconds; the grey bar is a window of ten frames"


def shared() -> float:
    """Of windows held out at random: the share with a neighbour, one frame on, learnt from."""
    clips = synthetic.landmark_recordings(0, 4, 601, FOUR[:1])
    train, test = next(landmarks.folds(clips, "window", 10))
    learnt = {np.asarray(piece.landmarks)[1:].tobytes() for piece in train}
    learnt_from = {np.asarray(piece.landmarks)[:-1].tobytes() for piece in train}
    found = [
        np.asarray(piece.landmarks)[:-1].tobytes() in learnt
        or np.asarray(piece.landmarks)[1:].tobytes() in learnt_from
        for piece in test
    ]
    return float(np.mean(found))


def overlap():
    """A row of frames, and below it windows of ten of them, each one frame further on."""
    fig, ax = sketch.canvas(11.4, 4.0)
    clip, step = four()[1], 0.62
    points = flat(clip.landmarks[:18])
    low, high = points.min((0, 1)), points.max((0, 1))
    center = (low + high) / 2
    half = np.array((0.3, 0.52)) * max((high - low) / (0.6, 1.04)) * 1.08
    for n in range(18):
        part = ax.inset_axes((0.05 + step * n, 2.95, step - 0.04, 1.0), transform=ax.transData)
        sketch.pose(part, flat(clip.landmarks[n]), width=1.5, marker=0)
        part.set(xlim=center[0] + half[0] * SIDES, ylim=center[1] - half[1] * SIDES)
        part.set(xticks=(), yticks=())
        for edge in part.spines.values():
            edge.set(visible=True, color=LINE)
    held = {2, 6}
    for n in range(8):
        colour = VERMILION if n in held else BLUE
        ax.add_patch(
            plt.Rectangle(
                (0.05 + step * n, 2.55 - 0.34 * n),
                10 * step - 0.04,
                0.28,
                facecolor=PALE[colour],
                edgecolor=colour,
                hatch="//" if n in held else None,
            )
        )
    ax.text(8.4, 2.4, "learnt from", color=BLUE, fontweight=600)
    ax.text(8.4, 1.95, "held out, at random", color=VERMILION, fontweight=600)
    return fig, (
        f"{shared():.0%} of the windows held out share nine of ten frames with a window learnt from"
    )


# ------------------------------------------------------------------------------- sixteen frames
def sixteen():
    """Sixteen frames spread over a short and over a long recording of one walk."""
    clip = synthetic.landmark_recordings(4, 1, 96, ("walk",), near=0, fps=25)[0]
    fig, ax = sketch.canvas(11.4, 3.9)
    steps = []
    for row, length in enumerate((32, 96)):
        chosen = np.linspace(0, length - 1, 16).round().astype(int)
        low = 2.25 - 2.1 * row
        ax.text(0.05, low + 1.4, f"{length} frames", fontweight=600)
        for n, frame in enumerate(chosen[::2]):
            part = ax.inset_axes((1.7 + 1.2 * n, low + 0.35, 1.1, 1.3), transform=ax.transData)
            sketch.pose(part, flat(clip.landmarks[frame]), width=2, marker=0)
            part.set_axis_off()
        x = 1.75 + 9.5 * np.arange(length) / 95
        ax.plot(x, np.full(length, low + 0.1), "|", color=QUIET, markersize=9)
        ax.plot(x[chosen], np.full(16, low + 0.1), "o", color=VERMILION, markersize=8)
        steps.append((length - 1) / 15 / 25)
    return fig, (
        f"Half of the sixteen are drawn; from one of them to the next: {steps[0]:.2f} s above, "
        f"{steps[1]:.2f} s below"
    )


# ---------------------------------------------------------------------------------- exercises
def facing():
    """Shoulders and hips of somebody seen from the side, and turned to face the camera."""
    clip = max(synthetic.landmark_recordings(8, 6, 30, ("hand_swing",), near=0), key=_sideways)
    scale = ASPECT, 1, ASPECT * DEPTH  # z is guessed in a scale of its own
    points = torch.from_numpy(landmarks.windows(clip, 30)[:1, ..., :3] * scale)
    fig, axes = plt.subplots(1, 2, figsize=(4.9, 4.7), layout="constrained")
    for ax, shown, title in zip(axes, (points, faced(points)), ("recorded", "turned")):
        sketch.pose(ax, shown[0, 15, :, :2].numpy(), width=3, marker=4)
        ax.set_axis_off()
        ax.set_title(title)
        middle = shown[0, 15, :, :2].numpy()
        middle = (middle.min(0) + middle.max(0)) / 2
        ax.set(xlim=middle[0] + 0.27 * SIDES, ylim=middle[1] - 0.5 * SIDES)
    across = [
        (s[0, :, SHOULDERS[0]] - s[0, :, SHOULDERS[1]]).mean(0) for s in (points, faced(points))
    ]
    deep = [f"{float(abs(gap[2]) / gap[[0, 2]].norm()):.0%}" for gap in across]
    return fig, f"Of the shoulders' distance, in depth: {deep[0]}, then {deep[1]}"


def _sideways(clip) -> float:
    gap = np.diff(clip.landmarks[:, SHOULDERS, :3], axis=1).mean((0, 1))
    return abs(gap[2]) / (abs(gap[0]) + 1e-6)


# --------------------------------------------------------------------------------------- live
def live_clip():
    """The film, frame by frame, and a strip with the answer of the window around it."""
    scene, width, height, drawn = film(), 480, 380, []
    for frame in range(0, len(scene.points), 2):
        image = np.full((height, width, 3), 255, np.uint8)
        points = scene.points[frame, :, :2] * (width, height - 60)
        image = plots.draw_pose(image, points, None, BODY, thickness=3)
        name, sure = answer(scene, frame)
        write = partial(cv2.putText, fontFace=cv2.FONT_HERSHEY_SIMPLEX, lineType=cv2.LINE_AA)
        cv2.rectangle(image, (0, height - 52), (int(width * sure), height), (217, 233, 244), -1)
        write(
            image,
            f"{name} {sure:.0%}",
            (14, height - 16),
            fontScale=1,
            color=(22, 33, 43),
            thickness=2,
        )
        drawn.append(image)
    return np.stack(drawn), "Synthetic landmarks, named by actions"
