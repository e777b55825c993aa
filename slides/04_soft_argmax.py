"""The pictures of deck 04: mean places under maps, and what a network learns through them.

A figure's inch is 100 px on the slide; pictures.py says how much room there is.
"""

from __future__ import annotations

from functools import lru_cache

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.colors import LinearSegmentedColormap

from posekit import losses, plots, skeletons, synthetic
from posekit.codecs import heatmaps
from posekit.codecs.heatmaps import GaussianHeatmaps
from posekit.codecs.soft_argmax import confidence, decode_soft_argmax, soft_argmax
from posekit.tasks import single_person
from slides import maps, sketch
from slides.map_space import depth_errors, in_space, live_clip, ray, slabs, volume  # noqa: F401, pictures of this deck
from slides.sketch import BLUE, GREEN, INK, LINE, PALE, QUIET, VERMILION

LSP = skeletons.get("lsp14")
STRIDE = single_person.CODEC.stride
SIGNED = LinearSegmentedColormap.from_list("signed", (VERMILION, "#FFFFFF", BLUE))
SEEN = torch.ones(1, 1, dtype=torch.uint8)


def _two_bumps(size: int = 12) -> torch.Tensor:
    heat = 5 * sketch.bump(size, 0.35, 0.62, 0.16) + 4.2 * sketch.bump(size, 0.72, 0.3, 0.11)
    return torch.from_numpy(heat)


def hero():
    """A map of glowing cells and a cross at its mean place, for the dark title slide."""
    heat = _two_bumps()
    light = np.zeros((*heat.shape, 4))
    light[..., :3] = np.array((86, 180, 233)) / 255
    light[..., 3] = 0.06 + 0.94 * (heat / heat.max()).numpy() ** 1.4
    x, y = soft_argmax(heat).tolist()
    fig, ax = sketch.panels(4.8, 5.6)
    ax.imshow(light, interpolation="nearest")
    ax.plot((x, x), (-0.5, 11.5), ":", color="#FF9A4D", linewidth=2)
    ax.plot((-0.5, 11.5), (y, y), ":", color="#FF9A4D", linewidth=2)
    ax.plot(x, y, "+", color="white", markersize=44, markeredgewidth=6)
    return fig


def no_gradient():
    """A map of eight cells, and where the joint is said to be while one of them grows."""
    heat = torch.tensor([0.1, 0.6, 3.0, 1.2, 0.2, 0.5, 2.0, 0.4])
    growing, at = 6, torch.linspace(0, 5, 101)
    swept = heat.repeat(len(at), 1, 1)
    swept[:, 0, growing] = at
    fig, (left, right) = plt.subplots(1, 2, figsize=(11.2, 4.2), layout="constrained")
    bars = left.bar(np.arange(8), heat, color=PALE[BLUE], edgecolor=BLUE, linewidth=2)
    bars[growing].set(facecolor=VERMILION, hatch="//", edgecolor="white")
    left.annotate(
        "",
        (growing, 3.6),
        (growing, 2.15),
        arrowprops={"arrowstyle": "-|>", "color": VERMILION, "lw": 3},
    )
    left.set(xlabel="cell", ylabel="its value", xticks=np.arange(8), ylim=(0, 4))
    right.plot(at, swept[:, 0].argmax(-1), color=INK, linestyle="--", label="argmax")
    right.plot(at, soft_argmax(swept)[:, 0], color=BLUE, label="soft-argmax")
    right.set(xlabel="value of cell 6", ylabel="the answer, cells", yticks=(2, 4, 6))
    right.legend(loc="upper left", frameon=False)
    return fig


def mean_place():
    """Probabilities of a map, their sums over columns and rows, and the mean place."""
    heat = _two_bumps()
    p = torch.softmax(heat.flatten(), 0).view_as(heat).numpy()
    x, y = soft_argmax(heat).tolist()
    fig, axes = plt.subplots(
        2, 2, figsize=(5.0, 4.8), layout="constrained", width_ratios=(4, 1), height_ratios=(1, 4)
    )
    cells = np.arange(12)
    axes[0, 0].bar(cells, p.sum(0), color=BLUE, width=0.9)
    axes[1, 1].barh(cells, p.sum(1), color=BLUE, height=0.9)
    maps.cells(axes[1, 0], p)
    axes[1, 0].plot(x, y, "+", color=VERMILION, markersize=30, markeredgewidth=5)
    axes[0, 0].axvline(x, color=VERMILION, linewidth=2.5)
    axes[1, 1].axhline(y, color=VERMILION, linewidth=2.5)
    axes[0, 0].set_xlim(-0.5, 11.5)
    axes[1, 1].set_ylim(11.5, -0.5)
    for ax in axes.flat:
        ax.set_axis_off()
    axes[1, 0].set_aspect("auto")
    return fig, "Sums over the columns and rows are enough"


def slope():
    """Which cells move x, and where to; checked by raising one cell after the other."""
    heat = _two_bumps().requires_grad_()
    x = soft_argmax(heat)[0]
    x.backward()
    closed, step = heat.grad, 1e-5
    raised = heat.detach() + step * torch.eye(144, dtype=heat.dtype).view(144, 12, 12)
    tried = (soft_argmax(raised)[:, 0] - x.detach()).view(12, 12) / step
    error = ((closed - tried).abs().max() / closed.abs().max()).item()
    fig, ax = plt.subplots(figsize=(5.4, 4.6), layout="constrained")
    limit = closed.abs().max().item()
    drawn = maps.cells(ax, closed.numpy(), cmap=SIGNED, vmin=-limit, vmax=limit)
    ax.axvline(x.item(), color=INK, linestyle="--")
    ax.set(xticks=(), yticks=())
    ax.spines[:].set_visible(False)
    bar = fig.colorbar(drawn, ax=ax, ticks=(-limit, 0, limit), shrink=0.9)
    bar.ax.set_yticklabels(("pulls\nleft", "0", "pulls\nright"))
    return fig, f"Checked cell by cell: agrees to {error:.0e}"


@lru_cache
def _hesitant() -> tuple[int, int]:
    """The person and joint whose map the network is least sure of, and yet right."""
    points, visible = maps.truth()
    raw = maps.raw("heatmap")
    shares = heatmaps.probabilities(raw)
    entropy = -(shares * shares.clamp(min=1e-12).log()).sum((-1, -2)).numpy()
    best = single_person.CODEC.decode(shares, "argmax").keypoints
    right = (np.linalg.norm(best - points, axis=-1) < 4) & (visible > 0)
    return np.unravel_index(np.where(right, entropy, -1).argmax(), entropy.shape)


def temperatures():
    """One predicted map at five temperatures, with the mean place under each."""
    person, joint = _hesitant()
    heat, truth = maps.raw("heatmap")[person, joint], maps.truth()[0][person, joint]
    fig, axes = sketch.panels(11.6, 3.2, 5)
    for ax, t in zip(axes, (0.25, 0.5, 1, 2, 8)):
        p = torch.softmax(heat.flatten() / t, 0).view_as(heat).numpy()
        maps.cells(ax, p, STRIDE, lines=False)
        x, y = soft_argmax(heat, STRIDE, t).tolist()
        ax.plot(*truth, "o", color=GREEN, markersize=20, markeredgewidth=3, fillstyle="none")
        ax.plot(x, y, "+", color=VERMILION, markersize=24, markeredgewidth=4)
        ax.set_title(f"T = {t:g}\n{np.hypot(x - truth[0], y - truth[1]):.1f} px off")
        ax.add_patch(plt.Rectangle((-0.5, -0.5), 128, 128, fill=False, edgecolor=QUIET))
    name = LSP.joints[joint].replace("_", " ")
    return fig, f"A predicted map of a {name}. Circle: the truth. Cross: the mean place"


def grids():
    """Where three formulas put the cells of a row of eight, and how far that is off."""
    fig, ax = sketch.canvas(6.4, 3.9)
    rows = (
        ("(c + ½) / W", GREEN, (np.arange(8) + 0.5) / 8),
        ("c / W,  c = 0 … W", VERMILION, np.arange(9) / 8),
        ("c / (W − 1)", INK, np.arange(8) / 7),
    )
    for (text, colour, places), y in zip(rows, (2.7, 1.4, 0.1)):
        ax.text(0.3, y + 0.72, text, color=colour, fontweight=600)
        for c in range(8):
            ax.add_patch(
                plt.Rectangle(
                    (0.3 + 0.72 * c, y), 0.72, 0.55, facecolor="white", edgecolor=LINE, linewidth=2
                )
            )
        ax.plot(
            0.3 + 5.76 * places, np.full(len(places), y + 0.275), "o", color=colour, markersize=13
        )
    return fig, "A row of W = 8 cells, and where each is said to be"


def grid_errors():
    """How far each formula is off, in pixels, for a map of 32 cells over 128 pixels."""
    width, cells = 32, np.arange(32)
    truth = (cells + 0.5) * STRIDE  # from the picture's left edge
    fig, ax = plt.subplots(figsize=(4.9, 3.9), layout="constrained")
    ax.plot(cells, (cells + 0.5) / width * width * STRIDE - truth, color=GREEN)
    ax.plot(cells, cells / width * width * STRIDE - truth, "--", color=VERMILION)
    ax.plot(cells, cells / (width - 1) * width * STRIDE - truth, "-.", color=INK)
    ax.axhline(0, color=LINE, zorder=0)
    ax.set(
        xlabel="cell of 32",
        ylabel="off by, pixels",
        xticks=(0, 15.5, 31),
        xticklabels=("0", "middle", "31"),
        ylim=(-2.6, 2.6),
    )
    return fig, "Stride 4"


def _bumps(places, height: float) -> torch.Tensor:
    """(N, 32, 32) raw maps: a bump of that height at each place (N, 2) in pixels."""
    codec = GaussianHeatmaps((128, 128), STRIDE, 1.5)
    points = torch.as_tensor(np.asarray(places), dtype=torch.float32)[None]
    return height * codec.encode(points, torch.ones(points.shape[:2]))[0]


def pulled():
    """Where joints are, and where the mean places under their maps are."""
    at = np.linspace(12, 115, 6)
    places = np.stack(np.meshgrid(at, at), -1).reshape(-1, 2)
    heat = _bumps(places, 6)
    answers = soft_argmax(heat, STRIDE).numpy()
    floor = 32 * 32 * torch.softmax(heat.flatten(1), -1).amin(1).mean()
    fig, ax = plt.subplots(figsize=(5.1, 4.9), layout="constrained")
    for place, answer in zip(places, answers):
        ax.annotate(
            "", answer, place, arrowprops={"arrowstyle": "-|>", "color": VERMILION, "lw": 2.5}
        )
    ax.plot(*places.T, "o", color=BLUE, markersize=9)
    ax.plot(63.5, 63.5, "+", color=INK, markersize=22, markeredgewidth=3)
    ax.set(aspect="equal", xlim=(-0.5, 127.5), ylim=(127.5, -0.5), xticks=(), yticks=())
    ax.spines[:].set_visible(True)
    return fig, f"Bumps of height 6: the floor is q = {floor:.2f}"


def mended():
    """The error against the temperature, with the floor and without it."""
    places = np.random.default_rng(0).uniform(14, 113, (200, 2))
    heat, steps = _bumps(places, 1), np.geomspace(0.01, 1, 31)
    plain, without = [], []
    for t in steps:
        p = torch.softmax((heat / t).flatten(1), -1).view_as(heat)
        lifted = p - p.amin((-1, -2), keepdim=True)
        lifted /= lifted.sum((-1, -2), keepdim=True)
        for errors, shares in ((plain, p), (without, lifted)):
            found = soft_argmax(shares.clamp(min=1e-30).log(), STRIDE).numpy()
            errors.append(np.linalg.norm(found - places, axis=-1).mean())
    argmax = single_person.CODEC.decode(heat[None], "argmax").keypoints[0]
    fig, ax = plt.subplots(figsize=(6.6, 4.9), layout="constrained")
    ax.plot(steps, plain, color=VERMILION, label="soft-argmax")
    ax.plot(steps, without, "--", color=BLUE, label="without the floor")
    ax.axhline(
        np.linalg.norm(argmax - places, axis=-1).mean(), color=INK, linestyle=":", label="argmax"
    )
    ax.set(
        xscale="log",
        yscale="log",
        xlabel="temperature T",
        ylabel="mean error, pixels",
        xticks=(0.01, 0.1, 1),
        xticklabels=("0.01", "0.1", "1"),
        ylim=(1e-3, 200),
    )
    ax.legend(loc="upper left", frameon=False)
    return fig, "Clean bumps of height 1, anywhere in the map"


def visibility():
    """The confidence of joints that are seen, and of hidden ones, by the shipped network."""
    visible = maps.truth()[1]
    sure = confidence(maps.raw("soft_argmax")).numpy()
    seen, hidden = sure[visible == 2], sure[visible == 1]
    above = (seen[:, None] > hidden).mean() + (seen[:, None] == hidden).mean() / 2
    fig, ax = plt.subplots(figsize=(6.5, 4.6), layout="constrained")
    edges = np.linspace(0, 1, 21)
    looks = ((seen, BLUE, "", "seen"), (hidden, VERMILION, "//", "hidden"))
    for values, colour, hatch, label in looks:
        ax.hist(
            values,
            edges,
            weights=np.full(len(values), 100 / len(values)),
            color=colour,
            alpha=0.65,
            hatch=hatch,
            edgecolor="white",
            label=f"{label}: {len(values)}",
        )
    ax.set(xlabel="sigmoid of the highest cell", ylabel="of the joints, %", xlim=(0, 1))
    ax.legend(loc="upper center", frameon=False)
    return fig, f"Seen is above hidden in {100 * above:.0f} % of all pairs"


def elastic():
    """Three losses of an error, and their slopes."""
    error = torch.linspace(-2, 2, 201)
    target, flags = torch.zeros(1, 1, 1), torch.ones(1, 1)
    fig, axes = plt.subplots(1, 2, figsize=(11.2, 3.9), layout="constrained")
    looks = (
        (losses.l1, "L1", QUIET, ":"),
        (losses.l2, "L2", INK, "--"),
        (losses.elastic_net, "elastic net", BLUE, "-"),
    )
    for loss, label, colour, line in looks:
        values, slopes = [], []
        for e in error:
            e = e.clone().view(1, 1, 1).requires_grad_()
            value = loss(e, target, flags)
            value.backward()
            values.append(value.item())
            slopes.append(e.grad.item())
        axes[0].plot(error, values, line, color=colour, label=label)
        axes[1].plot(error, slopes, line, color=colour)
    axes[0].set(xlabel="error e", ylabel="loss", ylim=(0, 6))
    axes[1].set(xlabel="error e", ylabel="its slope", yticks=(-4, -2, 0, 2, 4))
    axes[0].legend(loc="upper center", frameon=False)
    return fig


def same_mean():
    """Four maps of one mean place: how far each is from a bump, by Jensen-Shannon."""
    one, wide = (torch.from_numpy(sketch.bump(33, sigma=sigma)) for sigma in (0.06, 0.16))
    rows, columns = np.mgrid[:33, :33] - 16.0
    ring = torch.from_numpy(np.exp(-((np.hypot(rows, columns) - 11) ** 2) / 4))
    two = torch.from_numpy(sketch.bump(33, 0.2, 0.7, 0.06) + sketch.bump(33, 0.8, 0.3, 0.06))
    fig, axes = sketch.panels(11.4, 3.6, 4)
    for ax, heat in zip(axes, (one, wide, two, ring)):
        logs = heat.clamp(min=1e-30).log()
        x, y = soft_argmax(logs).tolist()
        far = losses.jensen_shannon(logs[None, None], one[None, None], SEEN)
        maps.cells(ax, (heat / heat.max()).numpy(), lines=False)
        ax.add_patch(plt.Rectangle((-0.5, -0.5), 33, 33, fill=False, edgecolor=QUIET))
        ax.plot(x, y, "+", color=VERMILION, markersize=28, markeredgewidth=5)
        ax.set_title(f"{np.hypot(x - 16, y - 16):.2f} cells off\nJS {far:.2f}")
    return fig


def two_trainings():
    """The map of one joint from two networks."""
    person, joint = _hesitant()
    name = LSP.joints[joint].replace("_", " ")
    fig, axes = sketch.panels(6.2, 4.2, 2)
    for ax, net, title in zip(axes, ("heatmap", "soft_argmax"), ("by maps", "by coordinates")):
        share = heatmaps.probabilities(maps.raw(net)[person, joint][None, None])[0, 0]
        plots.heatmap_overlay(ax, maps.picture(person), share.numpy(), STRIDE)
        ax.plot(*maps.truth()[0][person, joint], "+", color=GREEN, markersize=24, markeredgewidth=4)
        ax.set_title(title)
    return fig, f"What a {name} looks like to each; cross: truth"


def two_readings():
    """PCK of the two networks, read by the fit and by soft-argmax."""
    fig, ax = plt.subplots(figsize=(5.0, 4.2), layout="constrained")
    looks = (
        (heatmaps.decode_heatmaps, "highest cell, fit", INK, "//"),
        (decode_soft_argmax, "mean place", BLUE, ""),
    )
    for k, (read, label, colour, hatch) in enumerate(looks):
        values = [
            maps.score(read(maps.raw(net)).numpy()).value for net in ("heatmap", "soft_argmax")
        ]
        bars = ax.bar(
            np.arange(2) + 0.4 * k,
            values,
            0.38,
            color=colour,
            hatch=hatch,
            edgecolor="white",
            label=label,
        )
        ax.bar_label(bars, fmt="%.1f", padding=2)
    ax.set(
        xticks=(0.2, 1.2),
        xticklabels=("by maps", "by coordinates"),
        ylim=(0, 138),
        yticks=(0, 50, 100),
        ylabel="PCK at 0.2, %",
    )
    ax.legend(loc="upper center", frameon=False)
    return fig, f"{maps.HELD_OUT} synthetic people held out"


def whose():
    """Two people, and the joints alone."""
    scene = synthetic.People(seed=6, count=6, size=500, people=2)[5]
    fig, ax = sketch.panels(5.0, 5.0)
    sketch.picture(ax, scene.image)
    for points, flags in zip(scene.keypoints, scene.visible):
        ax.plot(
            *points[flags > 0].T,
            "o",
            color="#F0E442",
            markersize=11,
            markeredgecolor=INK,
            markeredgewidth=1.5,
        )
    ax.set_axis_off()
    return fig, "Whose are they?"
