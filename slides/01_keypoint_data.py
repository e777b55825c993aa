"""The pictures of deck 01: synthetic people only, and numbers measured when it is built.

A figure's inch is 100 px on the slide; pictures.py says how much room there is.
"""

from __future__ import annotations

import tempfile
import time
from functools import lru_cache

import cv2
import matplotlib.pyplot as plt
import numpy as np
import torch

from posekit import geometry, metrics, plots, skeletons, synthetic
from posekit.data.batches import Augment, CropDataset, loader
from posekit.data.crops import cache_crops
from posekit.datasets import LSPExtended, lsp_format
from posekit.geometry import fill_edges
from slides import cast, sketch
from slides.sketch import BLUE, GREEN, INK, PALE, QUIET, VERMILION

LSP = skeletons.get("lsp14")
DATASETS = ("lsp14", "mpii16", "coco17", "h36m17", "body25", "blazepose33")
SHAPES = ((160, 240), (180, 220), (200, 200), (210, 180), (220, 150), (240, 140))
BRIGHT = {"left": "#56B4E9", "right": "#FF9A4D", "centre": "#7FE0BF"}  # on the dark slide


@lru_cache
def _facing(skeleton: str = "lsp14", size: int = 384):
    """Somebody who faces us, one hand on the hip: left and right can be told apart."""
    return synthetic.People(seed=0, size=size, skeleton=skeleton, difficulty="easy")[7]


@lru_cache
def _points(difficulty: str, count: int = 200) -> np.ndarray:
    """(N, 14, 2) as fractions of the box around each person."""
    people = synthetic.People(seed=0, count=count, size=192, difficulty=difficulty)
    points = np.concatenate([people[i].keypoints for i in range(count)])
    low, high = (f(points, axis=1, keepdims=True) for f in (np.nanmin, np.nanmax))
    return (points - low) / (high - low)


@lru_cache
def _made_up() -> LSPExtended:
    """LSP extended, made up: the official format and its junk, synthetic people."""
    people = [synthetic.People(seed=0, size=SHAPES[i % 6])[i] for i in range(240)]
    return LSPExtended(lsp_format.lsp_extended(tempfile.mkdtemp(), people))


def hero():
    """One skeleton, three ways, for the dark title slide."""
    fig, ax = sketch.panels(4.9, 6.1)
    points = cast.spread("lsp14")
    for turn, alpha in ((-26, 0.3), (26, 0.3), (0, 1)):
        box = geometry.keypoint_box(points, padding=1.0)
        turned = geometry.transform(geometry.crop_matrix(box, 100, rotation=turn), points)
        for (a, b), side in zip(LSP.limb_indices, LSP.limb_sides):
            ax.plot(
                *turned[[a, b]].T,
                color=BRIGHT[side],
                alpha=alpha,
                linewidth=5,
                linestyle=plots.STYLES[side],
                solid_capstyle="round",
            )
    ax.set_aspect("equal")
    ax.invert_yaxis()
    return fig


def batch():
    """Ten crops as a network gets them."""
    people = synthetic.People(seed=1, count=10, size=256)
    cached = cache_crops(people, 200, margin=2, progress=False)
    cached.images[:] = [fill_edges(crop) for crop in cached.images]
    dataset = CropDataset(cached, Augment())
    made = next(iter(loader(dataset, 10)))
    fig, axes = plt.subplots(2, 5, figsize=(10.2, 4.15), layout="constrained")
    for ax, image, points, visible in zip(axes.flat, made.images, made.keypoints, made.visible):
        pixels = (image.permute(1, 2, 0).numpy() * 255).astype(np.uint8)
        sketch.picture(ax, pixels, points, visible, skeleton="lsp14", width=2, marker=5)
    return fig


def joint_sets():
    """The same person six times."""
    fig, axes = sketch.panels(11.6, 4.2, 6)
    for ax, name in zip(axes, DATASETS):
        person = _facing(name)
        sketch.picture(
            ax, person.image, person.keypoints[0], person.visible[0], skeleton=name, marker=5
        )
        x1, y1, x2, y2 = geometry.keypoint_box(_facing().keypoints[0], padding=1.2)
        ax.set(xlim=(x1 - 8, x2 + 8), ylim=(y2, y1), title=name)
    return fig


def who_labels_what():
    """Joints against joint sets."""
    sets = skeletons.SKELETONS
    joints = [joint for one in sets.values() for joint in one.joints]
    rows = [
        joint
        for joint in dict.fromkeys(joints)
        if joints.count(joint) > 2 and not joint.startswith("right_")
    ]
    rows.sort(key=joints.count, reverse=True)
    fig, ax = plt.subplots(figsize=(11.4, 5.3), layout="constrained")
    for y, joint in enumerate(rows):
        x = [i for i, one in enumerate(sets.values()) if joint in one.joints]
        ax.plot(x, [y] * len(x), "s", ms=14, color=BLUE if len(x) == len(sets) else GREEN)
    ax.set_xticks(range(len(sets)), sets, rotation=25, ha="right")
    ax.set_yticks(range(len(rows)), [row.replace("left_", "left, right ") for row in rows])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    return fig


def hidden():
    """Filled and hollow dots."""
    person = synthetic.People(seed=0, count=60, size=480)
    shown = next(
        one for one in (person[i] for i in range(60)) if (one.visible == 1).sum() in (4, 5)
    )
    fig, ax = sketch.panels(4.6, 5.0)
    sketch.picture(
        ax, shown.image, shown.keypoints[0], shown.visible[0], skeleton="lsp14", marker=10
    )
    x1, y1, x2, y2 = geometry.keypoint_box(shown.keypoints[0], padding=1.3)
    half = max(x2 - x1, y2 - y1) / 2
    ax.set(
        xlim=((x1 + x2) / 2 - 0.92 * half, (x1 + x2) / 2 + 0.92 * half),
        ylim=((y1 + y2) / 2 + half, (y1 + y2) / 2 - half),
    )
    return fig


def junk():
    """Every coordinate in the file."""
    raw = _made_up().joints
    fig, ax = plt.subplots(figsize=(9.6, 4.3), layout="constrained")
    for flag, mark, size, colour in ((1, ".", 5, BLUE), (0, "x", 12, VERMILION)):
        ax.plot(
            *raw[raw[..., 2] == flag][:, :2].T,
            mark,
            ms=size,
            mew=2.5,
            color=colour,
            alpha=0.5 if flag else 1,
            label=f"flag {flag}",
        )
    ax.axhline(-0.5, color=INK, lw=1)
    ax.axvline(-0.5, color=INK, lw=1)
    ax.set(xlabel="x, pixels", ylabel="y, pixels (down)", ylim=(240, -60))
    ax.legend(loc="upper right", ncols=2)
    return fig, "Made up: synthetic people in LSP-extended's format"


def corner():
    """The picture in its square."""
    fig, ax = sketch.canvas(9.4, 3.7)
    person = synthetic.People(seed=0, size=SHAPES[0])[0]
    ax.add_patch(plt.Rectangle((3.0, 0.1), 3.5, 3.5, facecolor=PALE[BLUE], edgecolor=INK, lw=2))
    sketch.picture(
        ax,
        person.image,
        person.keypoints[0],
        person.visible[0],
        (3.0, 0.1 + 3.5 / 6, 3.5, 3.5 * 2 / 3),
        skeleton="lsp14",
        marker=4,
        width=2,
    )
    ax.plot(3.0, 3.6, "x", ms=16, mew=4, color=VERMILION, clip_on=False)
    ax.text(2.8, 3.4, "(0, 0) of the square", ha="right", va="center", color=VERMILION)
    ax.text(2.8, 2.75, "= (0, −40) of\nthe image", ha="right", va="center", color=VERMILION)
    ax.text(6.7, 1.85, "an image of\n240 × 160 pixels", va="center")
    ax.text(6.7, 3.3, "the tool's square", va="center", color=QUIET)
    return fig


def means_with_junk():
    """The mean pose with and without what nobody labelled."""
    reader = _made_up()
    size = np.array([reader.size(i)[::-1] for i in range(len(reader))])[:, None]
    xy, good = reader.joints[..., :2] / size, reader.joints[..., 2] == 1
    honest = np.array([xy[good[:, k], k].mean(0) for k in range(14)])
    fig, axes = plt.subplots(1, 2, figsize=(9, 4.2), layout="constrained")
    titles = ("labelled joints", "all in the file")
    for ax, pose, title in zip(axes, (honest, xy.mean(0)), titles):
        plots.show_pose(ax, pose, skeleton="lsp14")
        ax.set(xlim=(0.25, 0.75), ylim=(0.9, 0.08), title=title, xlabel="x / width")
    axes[0].set_ylabel("y / height")
    return fig


def _widened(image: np.ndarray) -> tuple[np.ndarray, int]:
    """An image whose edges go on as far as it is wide, so that no crop of it is black, and how
    far that is in pixels."""
    around = max(image.shape[:2])
    return np.pad(image, ((around, around), (around, around), (0, 0)), mode="edge"), around


def crops():
    """One person, four maps."""
    person = _facing()
    box = geometry.keypoint_box(person.keypoints[0])
    wide, around = _widened(person.image)
    fig, axes = sketch.panels(11.2, 3.4, 4)
    for ax, (turn, zoom, flip) in zip(axes, ((0, 1, 0), (40, 1, 0), (-20, 1.4, 0), (0, 0.8, 1))):
        mirror = LSP.flip if flip else None
        crop = geometry.crop(
            wide,
            person.keypoints[0] + around,
            person.visible[0],
            box + around,
            256,
            rotation=turn,
            scale=zoom,
            flip=mirror,
        )
        sketch.picture(ax, crop.image, crop.keypoints, crop.visible, skeleton="lsp14")
        ax.set_title(f"{turn}°, × {zoom}" + ", mirrored" * flip)
    return fig


def whose_left():
    """A picture and its mirror image, upright and narrow, to stand beside text."""
    person = _facing()
    box = geometry.keypoint_box(person.keypoints[0], padding=1.2)
    wide, around = _widened(person.image)
    fig, axes = sketch.panels(5.4, 4.9, 2)
    for ax, flip, title in zip(axes, (None, LSP.flip), ("camera", "mirror")):
        crop = geometry.crop(
            wide,
            person.keypoints[0] + around,
            person.visible[0],
            box + around,
            (440, 250),
            flip=flip,
        )
        sketch.picture(ax, crop.image, crop.keypoints, crop.visible, skeleton="lsp14")
        ax.set_title(title)
    return fig


def flip_bug():
    """The original, the bug, the flip."""
    person = _facing()
    wrong = person.keypoints[0].copy()
    wrong[:, 0] = person.image.shape[1] - 1 - wrong[:, 0]
    mirrored = np.ascontiguousarray(person.image[:, ::-1])
    fig, axes = sketch.panels(11.4, 3.95, 3)
    shown = (
        (person.image, person.keypoints[0], "the original"),
        (mirrored, wrong, "mirrored?"),
        (mirrored, wrong[LSP.flip], "mirrored"),
    )
    for ax, (image, points, title) in zip(axes, shown):
        sketch.picture(ax, image, points, skeleton="lsp14")
        ax.set_title(title)
    return fig


def flip_means():
    """What half wrong labels average to."""
    unit = _points("easy")
    bad = unit * [-1, 1] + [1, 0]
    fig, axes = plt.subplots(1, 2, figsize=(8.6, 4.3), layout="constrained")
    titles = ("names swapped", "names kept")
    for ax, other, title in zip(axes, (bad[:, LSP.flip], bad), titles):
        plots.show_pose(ax, np.nanmean(np.concatenate([unit, other]), 0), skeleton="lsp14")
        ax.set(xlim=(0, 1), ylim=(1.05, -0.05), title=title, xlabel="x / box width")
    axes[0].set_ylabel("y / box height")
    return fig


def pixel_grid():
    """Eight pixels, two cells."""
    fig, ax = sketch.canvas(11.2, 3.0)
    for i in range(8):
        ax.add_patch(plt.Rectangle((0.8 + 1.2 * i, 1.7), 1.2, 0.9, fc=PALE[BLUE], ec=INK, lw=1.5))
        ax.text(1.4 + 1.2 * i, 2.15, str(i), ha="center", va="center")
    for i, centre in enumerate(geometry.cell_to_pixel([0, 1], 4)):
        ax.add_patch(
            plt.Rectangle((0.8 + 4.8 * i, 0.55), 4.8, 0.9, fc=PALE[VERMILION], ec=INK, lw=1.5)
        )
        ax.plot(1.4 + 1.2 * centre, 1.0, "o", ms=10, color=VERMILION)
        ax.text(1.6 + 1.2 * centre, 1.0, f"cell {i}: x = {centre}", va="center")
    ax.text(0.8, 0.2, "−0.5", ha="center", va="center", color=QUIET)
    ax.text(10.4, 0.2, "7.5", ha="center", va="center", color=QUIET)
    ax.text(5.6, 2.8, "pixel centres are integers", ha="center", va="center", color=QUIET)
    return fig


def half_pixel_cost():
    """Perfect predictions, decoded with the wrong formula."""
    crops = cache_crops(synthetic.People(seed=0, count=60, size=192), 64, margin=1, progress=False)
    truth, visible = crops.keypoints, crops.visible
    torsos, strides = metrics.torso_lengths(truth, visible), (1, 2, 3, 4, 6, 8)
    fig, ax = plt.subplots(figsize=(9.6, 4.9), layout="constrained")
    for limit, style in ((0.1, "o-"), (0.2, "s--")):
        scores = [
            metrics.pck(geometry.pixel_to_cell(truth, s) * s, truth, visible, torsos, limit).value
            for s in strides
        ]
        ax.plot(strides, scores, style, ms=11, label=f"within {limit} of the torso")
    ax.set(
        xlabel="stride of the heatmap, pixels",
        ylabel="PCK of a perfect network, %",
        xticks=strides,
        ylim=(-5, 105),
    )
    ax.legend()
    return fig, "Synthetic people in crops of 64 pixels"


def floor():
    """The mean pose and its two scores on LSP (train 1-800, test 1001-2000; chapter 01)."""
    fig, axes = plt.subplots(1, 2, figsize=(10.4, 3.4), layout="constrained", width_ratios=[1, 2.2])
    sketch.pose(axes[0], np.nanmean(_points("normal"), 0), skeleton="lsp14")
    axes[0].set_axis_off()
    axes[1].barh([1, 0], [20.1, 71.5], color=[BLUE, VERMILION], height=0.6)
    axes[1].set_yticks([1, 0], ["L = torso", "L = box"])
    axes[1].set(xlim=(0, 100), xlabel="PCK@0.2 of the mean pose on LSP, %")
    for y, value in ((1, 20.1), (0, 71.5)):
        axes[1].text(value + 1.5, y, f"{value} %", va="center")
    return fig, "The pose drawn is synthetic people's mean; the scores are recorded on LSP"


def _milliseconds(work) -> float:
    times = []
    for _ in range(5):
        start = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - start))
    return min(times)


def waiting():
    """Waiting and training, for a batch of 32, in one thread."""
    people = [synthetic.People(seed=0, size=(480, 640))[i] for i in range(8)]
    files = [cv2.imencode(".jpg", one.image)[1] for one in people]
    dataset = CropDataset(cache_crops(people * 32, 64, progress=False), Augment())
    layers = []
    for n, m, s in ((3, 32, 2), (32, 64, 2), (64, 64, 1), (64, 64, 1), (64, 14, 1)):
        layers += [torch.nn.Conv2d(n, m, 3, s, 1), torch.nn.ReLU()]
    net, images = torch.nn.Sequential(*layers[:-1]), torch.rand(32, 3, 64, 64)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    disk = 32 / 8 * _milliseconds(lambda: [cv2.imdecode(file, 1) for file in files])
    cache = _milliseconds(lambda: list(loader(dataset))) / 8
    step = _milliseconds(lambda: net(images).square().mean().backward())
    torch.set_num_threads(threads)
    fig, ax = plt.subplots(figsize=(11.2, 3.3), layout="constrained")
    ax.barh([1, 0], [disk, cache], color=VERMILION, hatch="//", label="waiting")
    ax.barh([1, 0], [step, step], left=[disk, cache], color=BLUE, label="training")
    for y, wait in ((1, disk), (0, cache)):
        ax.text(wait + step + 0.5, y, f" waits {wait / (wait + step):.0%}", va="center")
    ax.set_yticks([1, 0], ["640 × 480 files", "cached crops"])
    ax.set(xlabel="milliseconds for a batch of 32", xlim=(0, 1.3 * (disk + step)))
    ax.legend(loc="lower right")
    return fig, "Five convolutions at 64 × 64, one CPU thread, measured when this page was built"
