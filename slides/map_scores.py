"""What is measured for deck 03 when its page is built: decoders, networks, mistakes."""

from __future__ import annotations

from functools import lru_cache

import matplotlib.pyplot as plt
import numpy as np
import torch

from posekit import checkpoints, metrics, skeletons
from posekit.codecs import heatmaps
from posekit.codecs.heatmaps import METHODS, GaussianHeatmaps
from posekit.tasks import single_person
from slides import maps, sketch
from slides.sketch import BLUE, GREEN, INK, LINE, QUIET, VERMILION

LSP = skeletons.get("lsp14")
LEAST = 1e-5  # pixels; less is not told apart on a logarithmic axis


def encode(codec: GaussianHeatmaps, points) -> np.ndarray:
    """(K, h, w) the maps of (K, 2) pixels, every joint labelled."""
    points = torch.as_tensor(np.asarray(points), dtype=torch.float32)[None]
    return codec.encode(points, torch.ones(points.shape[:2]))[0].numpy()


@lru_cache
def guesses() -> dict[str, np.ndarray]:
    """(N, K, 2) fractions of the crop: what each predictor makes of the people held out."""
    found = {}
    for name, label in (("cnn", "CNN"), ("small_resnet", "ResNet"), ("heatmap", "heatmaps")):
        card = checkpoints.load_pretrained(name)[1]
        out = maps.raw(name) if name == "heatmap" else _coordinates(name)
        points = heatmaps.decode_heatmaps(out).numpy() if name == "heatmap" else out.numpy()
        found.setdefault("mean pose", np.broadcast_to(np.array(card["mean_pose"]), points.shape))
        found[label] = (points + 0.5) / card["size"]
    return found


def _coordinates(name: str) -> torch.Tensor:
    model, card = checkpoints.load_pretrained(name)
    return maps.run(model, maps.images(card["size"]))


def pixels(label: str) -> np.ndarray:
    return guesses()[label] * 128 - 0.5


@lru_cache
def best_first() -> np.ndarray:
    """People held out, from the one that the heatmap network finds best to the worst."""
    points, visible = maps.truth()
    off = np.linalg.norm(pixels("heatmaps") - points, axis=-1)
    return np.argsort(np.nanmean(np.where(visible > 0, off, np.nan), axis=1))


def quantised():
    """Where in a cell a joint may be, and how far the cell's centre is from it."""
    rng = np.random.default_rng(0)
    fig, (ax, plot) = plt.subplots(
        1, 2, figsize=(11.2, 3.5), layout="constrained", width_ratios=(1, 2.1)
    )
    for x, y in rng.uniform(-0.5, 0.5, (60, 2)):
        ax.plot((0, x), (0, y), color=LINE, linewidth=1.5, zorder=0)
        ax.plot(x, y, "o", color=BLUE, markersize=6)
    ax.add_patch(plt.Rectangle((-0.5, -0.5), 1, 1, fill=False, edgecolor=INK, linewidth=2.5))
    ax.plot(0, 0, "s", color=VERMILION, markersize=11)
    ax.set(aspect="equal", xticks=(-0.5, 0, 0.5), xticklabels=("−s/2", "0", "s/2"), yticks=())
    ax.spines[:].set_visible(False)
    strides = (1, 2, 4, 8, 16)
    far, rms = zip(*(_rounding(stride, rng) for stride in strides))
    fine = np.linspace(0, 17)
    plot.plot(fine, 0.3826 * fine, color=BLUE, linewidth=2, label="0.3826 s")
    plot.plot(fine, fine / np.sqrt(12), "--", color=VERMILION, linewidth=2, label="s / √12")
    plot.plot(strides, far, "o", color=BLUE, markersize=11, label="mean distance, measured")
    plot.plot(strides, rms, "s", color=VERMILION, markersize=10, label="rms of x, measured")
    plot.set(
        xlabel="stride s, pixels",
        ylabel="error, pixels",
        xticks=strides,
        xlim=(0, 16.6),
        ylim=(0, 6.8),
    )
    plot.legend(loc="upper left", ncols=2, columnspacing=1, handlelength=1.4, frameon=False)
    return fig


def _rounding(stride: int, rng) -> tuple[float, float]:
    """Mean distance and root mean square of x, when argmax reads clean maps of 4,000 joints."""
    codec = GaussianHeatmaps((256, 256), stride, 1.0)
    errors = []
    for _ in range(8 if stride > 1 else 1):
        points = rng.uniform(32, 224, (500, 2)).astype(np.float32)
        errors.append(codec.decode(encode(codec, points)[None], "argmax").keypoints[0] - points)
    error = np.concatenate(errors)
    return np.linalg.norm(error, axis=-1).mean(), np.sqrt(np.square(error[:, 0]).mean())


def decoders():
    """How far each way to read a map is off: clean, noisy, rounded, and predicted maps."""
    rows = _decoder_errors()
    fig, ax = plt.subplots(figsize=(11.0, 4.2), layout="constrained")
    looks = (("o", VERMILION), ("s", INK), ("^", BLUE), ("D", GREEN))
    for method, (mark, colour) in zip(METHODS, looks):
        shown = [max(row[method], LEAST) for row in rows.values()]
        ax.plot(
            shown,
            np.arange(len(rows))[::-1],
            mark,
            color=colour,
            markersize=15,
            label=method,
            alpha=0.9,
        )
    ax.set(
        yticks=np.arange(len(rows))[::-1],
        yticklabels=rows,
        xscale="log",
        ylim=(-0.5, 3.5),
        xlabel="median distance from the joint, pixels",
    )
    ax.grid(axis="x", color=LINE)
    ax.legend(loc="upper left", bbox_to_anchor=(0, 1.18), ncols=4, frameon=False)
    if rows["clean"]["fit"] < LEAST:
        ax.text(0.75 * LEAST, 2.55, "or less: rounding alone", color=GREEN, va="center")
    predicted = ", ".join(f"{method} {row:.2f}" for method, row in rows["predicted"].items())
    return fig, f"Stride 4. On the small network's own maps: {predicted} pixels"


@lru_cache
def _decoder_errors() -> dict[str, dict[str, float]]:
    """Median distance in pixels by kind of map and method; the stride is 4."""
    rng = np.random.default_rng(1)
    points = rng.uniform(20, 107, (120, 14, 2)).astype(np.float32)
    exact, rounded = (
        GaussianHeatmaps((128, 128), 4, 1.5, quantised)
        .encode(torch.from_numpy(points), torch.ones(120, 14))
        .numpy()
        for quantised in (False, True)
    )
    noisy = exact + 0.03 * rng.standard_normal(exact.shape, dtype=np.float32)
    predicted = heatmaps.probabilities(maps.raw("heatmap")).numpy()
    kinds = {
        "clean": (exact, points),
        "3 % noise": (noisy, points),
        "rounded target": (rounded, points),
        "predicted": (predicted, maps.truth()[0]),
    }
    return {
        name: {
            method: float(
                np.nanmedian(
                    np.linalg.norm(
                        single_person.CODEC.decode(drawn, method).keypoints - at, axis=-1
                    )
                )
            )
            for method in METHODS
        }
        for name, (drawn, at) in kinds.items()
    }


def against():
    """PCK against the threshold: mean pose, two networks of coordinates, one of heatmaps."""
    points, visible = maps.truth()
    lengths = metrics.torso_lengths(points, visible)
    steps = np.linspace(0, 0.5, 51)
    fig, ax = plt.subplots(figsize=(11.0, 4.6), layout="constrained")
    looks = ((QUIET, ":"), (INK, "--"), (VERMILION, "-."), (BLUE, "-"))
    for label, (colour, line) in zip(guesses(), looks):
        values = [metrics.pck(pixels(label), points, visible, lengths, t).value for t in steps]
        ax.plot(steps, values, line, color=colour, label=f"{label}\n{values[20]:.0f} % at 0.2")
    ax.axvline(0.2, color=LINE, zorder=0)
    ax.set(xlabel="threshold, of the torso", ylabel="PCK, %", ylim=(0, 100), xlim=(0, 0.5))
    ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    cards = {name: checkpoints.load_pretrained(name)[1] for name in ("cnn", "heatmap")}
    sizes = [
        f"{label}: {card['parameters'] / 1e6:.1f} M parameters, {card['size']} pixels"
        for label, card in zip(("CNN", "heatmaps"), cards.values())
    ]
    return fig, f"{maps.HELD_OUT} synthetic people. {sizes[0]}; {sizes[1]}"


def kinds():
    """What becomes of each joint: right, near, taken for the other side's, elsewhere."""
    shares = _kinds("heatmaps")
    numbers = _kinds("CNN")
    order = sorted(shares, key=lambda joint: shares[joint][0])
    fig, ax = plt.subplots(figsize=(11.0, 4.7), layout="constrained")
    looks = (
        ("right", BLUE, ""),
        ("near", "#9CC9E3", ""),
        ("other side", VERMILION, "//"),
        ("elsewhere", LINE, ""),
    )
    left = np.zeros(len(order))
    for k, (label, colour, hatch) in enumerate(looks):
        width = np.array([shares[joint][k] for joint in order])
        ax.barh(order, width, left=left, color=colour, hatch=hatch, edgecolor="white", label=label)
        left += width
    ax.plot(
        [numbers[joint][0] for joint in order],
        order,
        "|",
        color=INK,
        markersize=22,
        markeredgewidth=4,
        label="right, CNN",
    )
    ax.set(xlabel="of the labelled joints, %", xlim=(0, 100))
    ax.legend(
        loc="upper left",
        bbox_to_anchor=(-0.12, 1.17),
        ncols=5,
        frameon=False,
        columnspacing=1.1,
        handlelength=1.2,
    )
    return fig


def _kinds(label: str) -> dict[str, np.ndarray]:
    """(4,) percentages for each joint, left and right together.

    Right: within 0.2 of the torso. Near: within 0.5. Other side: within 0.2 of the joint of
    the same name on the body's other side.
    """
    points, visible = maps.truth()
    torso = metrics.torso_lengths(points, visible).values[:, None]
    flags, found = (visible > 0) & (torso > 0), {}
    own = np.linalg.norm(pixels(label) - points, axis=-1) / torso
    other = np.linalg.norm(pixels(label) - points[:, LSP.flip], axis=-1) / torso
    right = own <= 0.2
    swapped = ~right & (other <= 0.2)
    near = ~right & ~swapped & (own <= 0.5)
    for k, joint in enumerate(LSP.joints):
        name = joint.split("_", 1)[-1].replace("top", "head top")
        found.setdefault(name, []).append(k)
    return {
        name: 100
        * np.array(
            [
                kind[:, at][flags[:, at]].mean()
                for kind in (right, near, swapped, ~right & ~near & ~swapped)
            ]
        )
        for name, at in found.items()
    }


def cases():
    """Two of the best, two of the worst."""
    points, visible = maps.truth()
    off = np.linalg.norm(pixels("heatmaps") - points, axis=-1)
    off = np.nanmean(np.where(visible > 0, off, np.nan), axis=1)
    fig, axes = sketch.panels(11.6, 3.6, 4)
    for ax, i in zip(axes, best_first()[[0, 8, -6, -1]]):
        sketch.picture(
            ax, maps.picture(i), pixels("heatmaps")[i], None, skeleton="lsp14", marker=4, width=3
        )
        ax.plot(
            *np.stack([points[i], pixels("heatmaps")[i]]).transpose(2, 0, 1),
            color="black",
            linewidth=1.5,
        )
        sketch.crosses(ax, points[i])
        ax.set_title(f"{off[i]:.1f} px")
    return fig, "How far the joints are off on average; lines lead to the truth"
