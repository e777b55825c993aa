"""What deck 05 measures when it is built: ears, gradients, similarity, precision."""

from __future__ import annotations

from functools import lru_cache

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from posekit import crowds, synthetic
from posekit.codecs.pafs import PartFields
from posekit.models.openpose import VGG19, OpenPose
from posekit.oks import SIGMAS, sigmas
from posekit.tasks.crowds import score
from slides import cast, sketch
from slides.crowd_scenes import BODY, SEED, as_openpose, encode, network, pale, scene, window
from slides.sketch import BLUE, GREEN, INK, LINE, QUIET, VERMILION

FACE = [BODY.index(joint) for joint in ("nose", "left_eye", "right_eye")]
EARS = [BODY.index(joint) for joint in ("left_ear", "right_ear")]
MORE = [n for n, (a, b) in enumerate(BODY.limbs) if "ear" in a + b and "shoulder" in a + b]
SIDE = 368  # pixels: the side of the input that OpenPose is counted on


# ------------------------------------------------------------------------------- 19 limbs
def _ears_found(limbs: int) -> float:
    """The share of the ears that find their person, where nose and eyes are not seen."""
    hits = total = 0
    for sample in synthetic.People(SEED, 6, (256, 384), "coco17", people=5):
        points, visible = as_openpose(sample)
        codec = PartFields("openpose18", (256, 384))
        heatmaps, pafs = (part[0].clone() for part in encode(points, visible, codec)[:2])
        heatmaps[FACE] = 0
        for limb in MORE if limbs == 17 else ():
            pafs[2 * limb : 2 * limb + 2] = 0
        found = codec.decode(heatmaps, pafs).keypoints
        away = np.linalg.norm(found[:, None, EARS] - points[:, EARS], axis=-1)
        right = (away < codec.stride) & (visible[:, EARS] > 0)
        hits, total = hits + right.sum(-1).max(0).sum(), total + (visible[:, EARS] > 0).sum()
    return hits / total


def ears():
    """OpenPose's limbs, the two beyond the tree marked; and what they do for the ears."""
    fig, (left, right) = plt.subplots(
        1, 2, figsize=(10.8, 4.4), layout="constrained", width_ratios=(1, 1.15)
    )
    points = cast.front(cast.clip("stand", "openpose18", 4, difficulty="easy"), 0)
    for limb, (a, b) in enumerate(BODY.limb_indices):
        colour, width = (VERMILION, 8) if limb in MORE else (LINE, 6)
        left.plot(*points[[a, b]].T, color=colour, linewidth=width, zorder=2 + (limb in MORE))
    left.plot(*points.T, "o", color=INK, markersize=10, zorder=4)
    low, high = points.min(0), points.max(0)
    left.set(xlim=(low[0] - 0.3, high[0] + 0.3), ylim=(0.15, low[1] - 0.2), aspect="equal")
    left.set(title="ear to shoulder")
    left.set_axis_off()
    shares = [100 * _ears_found(limbs) for limbs in (17, 19)]
    bars = right.barh(["17 limbs", "19 limbs"], shares, color=(LINE, VERMILION), edgecolor=INK)
    right.bar_label(bars, [f"{share:.0f} %" for share in shares], padding=8)
    right.set(xlim=(0, 118), xticks=(0, 50, 100), title="ears that find their person, %")
    right.invert_yaxis()
    return fig


# ------------------------------------------------------------------------- OpenPose's network
@lru_cache
def counts() -> tuple[int, float]:
    """Weights of OpenPose's reference network, and its multiplications for one image."""
    with torch.device("meta"):
        net, image = OpenPose(), torch.empty(1, 3, SIDE, SIDE)
    return sum(p.numel() for p in net.parameters()), _multiplications(net, image)


def _multiplications(net, image) -> float:
    """Multiplications with an addition; the counter counts both."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(image)
    return counter.get_total_flops() / 2


def views(stages: int = 6) -> list[int]:
    """Pixels across that a cell sees, stage by stage."""
    view, stride, seen = 1, 1, []
    for layer in VGG19:
        pool = layer == "M"
        view += stride if pool else 2 * stride
        stride *= 2 if pool else 1
    view += 2 * 2 * stride  # two more convolutions make the features
    for stage in range(stages):
        view += 3 * 2 * stride if stage == 0 else 5 * 6 * stride
        seen.append(view)
    return seen


def _gradients(used: slice) -> list[float]:
    """By stage: how long the gradient of its first layer is, with a loss at these stages."""
    torch.manual_seed(SEED)
    net, image = OpenPose(), torch.rand(1, 3, 64, 64)
    loss = sum(((part - 1) ** 2).mean() for stage in net(image)[used] for part in stage)
    loss.backward()
    return [float(branch[0].weight.grad.norm()) for branch in net.pafs]


def supervision():
    """How far a cell of each stage sees, and what gradient reaches each stage."""
    fig, (left, right) = plt.subplots(
        1, 2, figsize=(11.4, 3.8), layout="constrained", width_ratios=(1, 1.35)
    )
    _views(left)
    steps = range(1, 7)
    right.plot(steps, _gradients(slice(0, 6)), "o-", color=BLUE, label="loss at every stage")
    right.plot(steps, _gradients(slice(5, 6)), "s--", color=VERMILION, label="at the last alone")
    right.set(yscale="log", xlabel="stage", xticks=steps, title="length of the gradient")
    right.yaxis.set_major_locator(plt.LogLocator(numticks=4))
    right.minorticks_off()
    right.legend(frameon=False, loc="lower right")
    return fig


def _views(ax):
    """The input, and what a cell in its middle sees in stages 1 and 2."""
    one, two = views(2)
    squares = ((two, BLUE, "stage 2"), (SIDE, INK, "image"), (one, VERMILION, "stage 1"))
    for row, (side, colour, name) in enumerate(squares):
        corner = (SIDE - side) / 2
        style = {"facecolor": "none" if name == "image" else colour + "33", "edgecolor": colour}
        ax.add_patch(plt.Rectangle((corner, corner), side, side, linewidth=3, **style))
        ax.text(two + 20, SIDE * (0.25 + 0.25 * row), f"{name}: {side}²", color=colour, va="center")
    edge = max(two - SIDE, 0) / 2 + 4
    ax.set(xlim=(-edge, SIDE + 280), ylim=(SIDE + edge, -edge), aspect="equal")
    ax.set_title("what a cell sees, in pixels")
    ax.set_axis_off()


# ------------------------------------------------------------------------------------ focal
def focal():
    """What an empty cell costs by three losses, against what the network says of it."""
    p = np.linspace(0, 0.999, 300)
    entropy = -np.log(1 - p)
    fig, ax = plt.subplots(figsize=(6.4, 4.5), layout="constrained")
    for values, style, colour, name in (
        (entropy, ":", INK, "cross entropy"),
        (p**2, "--", VERMILION, "squared error"),
        (p**2 * entropy, "-", BLUE, "focal"),
    ):
        ax.plot(p, values, linestyle=style, color=colour, label=name)
    ax.set(ylim=(0, 2), xlim=(0, 1), xlabel="predicted height of an empty cell", ylabel="cost")
    ax.legend(frameon=False)
    (model, _), (weights, _) = network(), counts()
    own = sum(p.numel() for p in model.parameters())
    return fig, f"Ours: {own:,} weights, {weights / own:.0f} times fewer than OpenPose's"


def lighter():
    """Multiplications for one image of OpenPose and of the course's network."""
    model, _ = network()
    side = SIDE + -SIDE % 32
    own = _multiplications(model, torch.zeros(1, 3, side, side)) / 1e9
    large = counts()[1] / 1e9
    fig, ax = plt.subplots(figsize=(5.4, 3.0), layout="constrained")
    bars = ax.barh(["OpenPose", "ours"], (large, own), color=(LINE, BLUE), edgecolor=INK)
    ax.bar_label(bars, [f"{large:.1f}", f"{own:.1f}"], padding=8)
    ax.set(xlim=(0, 1.3 * large), xticks=(), title="10⁹ multiplications an image")
    ax.spines["bottom"].set_visible(False)
    ax.invert_yaxis()
    return fig, f"At {SIDE}² and at {side}² pixels"


# ------------------------------------------------------------------------------ OKS and AP
def similarity():
    """Rings where a joint's part of OKS is a half, and how that part falls with distance."""
    fig, (left, right) = plt.subplots(
        1, 2, figsize=(11.2, 3.8), layout="constrained", width_ratios=(1, 1.5)
    )
    sample = scene()
    shoulders = sample.keypoints[:, 5:7]
    who = int(np.ptp(shoulders[..., 0], axis=1).argmax())  # seen from the front or from behind
    points, visible, area = sample.keypoints[who], sample.visible[who], sample.areas[who]
    sketch.picture(left, pale(sample.image))
    for (x, y), sigma in zip(points[visible > 0], sigmas("coco17")[visible > 0]):
        ring = 2 * sigma * np.sqrt(2 * np.log(2) * area)
        style = {"facecolor": "#F0E44266", "edgecolor": INK, "linewidth": 1.5}
        left.add_patch(plt.Circle((x, y), ring, **style))
    across, down = window(points[:13], 45)  # head to hips
    left.set(xlim=across, ylim=down, title="where a joint counts ½")
    left.set_axis_off()
    away = np.linspace(0, 60, 200)
    lines = (("eye", ":", INK), ("wrist", "--", VERMILION), ("hip", "-", BLUE))
    for joint, style, colour in lines:
        part = np.exp(-(away**2) / (2 * area * (2 * SIGMAS[joint]) ** 2))
        right.plot(away, part, linestyle=style, color=colour, label=joint)
    right.set(xlabel="distance, pixels", ylabel="part of OKS", ylim=(0, 1.03), xlim=(0, 60))
    right.set_title("this person, three joints")
    right.legend(frameon=False)
    return fig


@lru_cache
def _measured() -> dict[str, list[float]]:
    """AP by the number of people, of three ways to read the same network's maps."""
    model, card = network()
    ways = {
        "fields": (model, "pafs"),
        "centres": (model, "centres"),
        "fields\nmixed up": (crowds.Shuffled(model), "pafs"),
    }
    found = {name: [] for name in ways}
    for counts_ in ((1,), (2, 3, 4), (5, 6, 7)):
        images = [
            sample
            for n in counts_
            for sample in synthetic.People(200, 12 // len(counts_), 256, "coco17", people=n)
        ]
        for name, (net, grouping) in ways.items():
            report = score(net, images, card["codec"], 256, grouping=grouping, resamples=0)
            found[name].append(report["figures"]["AP"])
    return found


def precision():
    """A made-up list of people found, as a curve; and the AP of the network, three ways."""
    fig, (left, right) = plt.subplots(
        1, 2, figsize=(11.5, 3.8), layout="constrained", width_ratios=(1, 1.2)
    )
    right_ones = np.array([1, 1, 0, 1, 0, 1])
    hits, there = right_ones.cumsum(), 5
    recall, precise = hits / there, hits / np.arange(1, 7)
    best = np.maximum.accumulate(precise[::-1])[::-1]  # no point further right is higher
    left.fill_between([0, *recall], [best[0], *best], step="pre", color=BLUE, alpha=0.2)
    left.plot(recall, precise, "-", color=QUIET, linewidth=1.5)
    for x, y, hit in zip(recall, precise, right_ones):
        left.plot(x, y, "o" if hit else "X", color=BLUE if hit else VERMILION, markersize=14)
    area = (np.diff([0, *recall]) * best).sum()
    left.set(xlim=(0, 1.05), ylim=(0, 1.08), xlabel="recall", ylabel="precision")
    left.set(xticks=(0, 0.5, 1), yticks=(0, 0.5, 1), title=f"six found of five: AP {area:.2f}")
    styles = (("o-", BLUE), ("s--", VERMILION), ("^:", GREEN))
    for (name, values), (style, colour) in zip(_measured().items(), styles):
        right.plot(["1", "2 to 4", "5 to 7"], values, style, color=colour, label=name, markersize=9)
    right.set(xlabel="people in the image", ylabel="AP", ylim=(-0.03, 1), yticks=(0, 0.5, 1))
    right.set_title("one network, three groupings")
    right.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    return fig
