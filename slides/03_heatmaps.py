"""The pictures of deck 03: bumps, cells and maps, measured when the page is built.

A figure's inch is 100 px on the slide; pictures.py says how much room there is.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import matplotlib.pyplot as plt
import numpy as np
import torch

from posekit import checkpoints, geometry, inference, losses, plots, skeletons
from posekit.codecs import heatmaps
from posekit.codecs.heatmaps import GaussianHeatmaps
from posekit.codecs.soft_argmax import soft_argmax
from posekit.data.crops import person_box, square_crop
from posekit.geometry import fill_edges
from posekit.models.heatmap_nets import HeatmapNet, PoseResNet
from posekit.tasks import single_person
from slides import cast, maps, sketch
from slides.map_scores import against, best_first, cases, decoders, encode, kinds, quantised  # noqa: F401
from slides.sketch import BLUE, GREEN, INK, LINE, PALE, QUIET, VERMILION

LSP = skeletons.get("lsp14")
WRIST = LSP.index("left_wrist")
GLOW = {"left": (86, 180, 233), "right": (255, 154, 77), "centre": (127, 224, 191)}
SEEN = torch.ones(1, 1, dtype=torch.uint8)


def hero():
    """A person made of glowing cells, for the dark title slide."""
    points = cast.spread("lsp14")
    low, high = points.min(0), points.max(0)
    points = (points - low) / (high - low).max() * 430 + (30, 65)
    drawn = encode(GaussianHeatmaps((560, 480), 10, 1.35), points)
    light = np.zeros((*drawn.shape[1:], 4))
    for joint, heat in zip(LSP.joints, drawn):
        colour = np.array(GLOW.get(joint.split("_")[0], GLOW["centre"])) / 255
        stronger = heat > light[..., 3]
        light[stronger, :3], light[stronger, 3] = colour, heat[stronger]
    fig, ax = sketch.canvas(4.8, 5.6)
    ax.imshow(light, interpolation="nearest", extent=(0, 4.8, 0, 5.6))
    return fig


def two_places():
    """Two arms as likely as each other: the mean of the places, and the mean of the maps."""
    body = cast.spread("lsp14").copy()
    low, high = body.min(0), body.max(0)
    up = (body - low) / (high - low).max() * 100 + 30
    shoulder, elbow = (LSP.index(f"left_{part}") for part in ("shoulder", "elbow"))
    down = up.copy()
    down[[elbow, WRIST], 1] = 2 * up[shoulder, 1] - up[[elbow, WRIST], 1]
    codec = GaussianHeatmaps((152, 160), 4, 1.5)
    mean = sum(encode(codec, pose[[WRIST]])[0] for pose in (up, down)) / 2
    fig, axes = sketch.panels(11.2, 4.8, 2)
    rest = np.where(np.isin(np.arange(14), (elbow, WRIST)), 0, 2)
    for ax, title in zip(axes, ("the mean of two places", "the mean of two maps")):
        sketch.pose(ax, up, "lsp14", rest, width=6, marker=8)
        for pose in (up, down):
            arm = pose[[shoulder, elbow, WRIST]]
            ax.plot(*arm.T, color=BLUE, linewidth=3, linestyle=":", alpha=0.7)
        ax.set_title(title)
        ax.set(xlim=(14, 146), ylim=(138, 20))
    axes[0].plot(
        *((up + down) / 2)[WRIST],
        "X",
        color=VERMILION,
        markersize=22,
        markeredgecolor="white",
        markeredgewidth=2,
    )
    axes[1].imshow(
        mean,
        cmap="Blues",
        extent=(-0.5, 159.5, 151.5, -0.5),
        vmax=0.55,
        zorder=0,
        alpha=np.clip(mean * 4, 0, 1),
        interpolation="nearest",
    )
    return fig


def _heat(out) -> np.ndarray:
    """(h, w) all joints of raw maps (K, h, w), each peak made as bright as the others."""
    shares = heatmaps.probabilities(out[None])[0]
    return (shares / shares.amax((-1, -2), keepdim=True)).amax(0).numpy()


def anywhere():
    """The same network on one crop, and on a wider image with that crop in it."""
    model, _ = checkpoints.load_pretrained("heatmap")
    first, second = best_first()[:2]
    wide = torch.cat([maps.images()[[second]], maps.images()[[first]]], -1)
    small, large = maps.run(model, maps.images()[[first]])[0], maps.run(model, wide)[0]
    across = small.shape[2]
    before, after = (out.flatten(1).argmax(1) % across for out in (small, large[..., across:]))
    moved = (after + across - before).float().median()
    fig, axes = sketch.panels(10.8, 3.9, 2, width_ratios=(1, 2))
    shown = maps.picture(first), np.hstack([maps.picture(second), maps.picture(first)])
    for ax, image, out in zip(axes, shown, (small, large)):
        plots.heatmap_overlay(ax, image, _heat(out), 4)
        ax.set_title(f"{image.shape[1]} × {image.shape[0]} → {out.shape[2]} × {out.shape[1]}")
    return fig, f"The same person {across} cells further right: the peaks move by {moved:.0f}"


def target():
    """The cells around one joint, and how high each is."""
    codec = GaussianHeatmaps((32, 32), 4, 1.2)
    joint = np.array([[17.3, 12.9]])
    fig, ax = plt.subplots(figsize=(5.5, 4.9), layout="constrained")
    drawn = maps.cells(ax, encode(codec, joint)[0], 4, vmax=1)
    for row in range(8):
        ax.plot(
            geometry.cell_to_pixel(np.arange(8), 4),
            np.full(8, row * 4 + 1.5),
            ".",
            color=QUIET,
            markersize=5,
        )
    ax.plot(*joint[0], "+", color=VERMILION, markersize=24, markeredgewidth=4)
    ax.set(xlabel="x, pixels", xticks=(0, 8, 16, 24), yticks=(0, 8, 16, 24))
    fig.colorbar(drawn, ax=ax, ticks=(0, 0.5, 1), label="height of the cell", shrink=0.9)
    return fig, "The joint (cross) and the cells' centres"


def widths():
    """One wrist, three strides, two widths."""
    person, points = _arm()
    fig, axes = plt.subplots(2, 3, figsize=(6.7, 5.1), layout="constrained")
    for row, sigma in zip(axes, (1, 2.5)):
        for ax, stride in zip(row, (2, 4, 8)):
            heat = encode(GaussianHeatmaps((64, 64), stride, sigma), points[[WRIST]])[0]
            plots.heatmap_overlay(ax, person, heat, stride)
        row[0].text(
            -0.12,
            0.5,
            f"σ = {sigma}",
            transform=row[0].transAxes,
            rotation=90,
            ha="right",
            va="center",
        )
    for ax, stride in zip(axes[0], (2, 4, 8)):
        ax.set_title(f"stride {stride}")
    return fig, "64 pixels around a left wrist"


@lru_cache
def _arm() -> tuple[np.ndarray, np.ndarray]:
    """64 x 64 pixels around the left wrist of the best known person, and the joints there."""
    i = best_first()[0]
    points, visible = (part[i] for part in maps.truth())
    x, y = points[WRIST]
    cut = geometry.crop(maps.picture(i), points, visible, (x - 38, y - 36, x + 26, y + 28), 64)
    return cut.image, cut.keypoints


def readings():
    """A cut through a bump: its cells, and the parabola that their logarithms lie on."""
    truth, sigma, at = 4.32, 1.5, np.arange(10)
    fine = np.linspace(-0.5, 9.5, 300)
    fig, axes = plt.subplots(1, 2, figsize=(11.2, 3.9), layout="constrained")
    for ax, shape, title in zip(axes, (np.exp, lambda v: v), ("the map", "its logarithm")):
        heights, curve = (shape(-((x - truth) ** 2) / (2 * sigma**2)) for x in (at, fine))
        ax.plot(fine, curve, color=LINE, linewidth=4)
        if shape is np.exp:
            ax.vlines(at, 0, heights, color=BLUE, linewidth=3)
        ax.plot(at, heights, "o", color=BLUE, markersize=9)
        ax.axvline(truth, color=GREEN, linestyle="--", linewidth=2.5)
        ax.set(title=title, xticks=at, xlabel="cell")
    axes[0].set_ylim(0, 1.3)
    for x, text, colour in ((4, "argmax", VERMILION), (4.25, "quarter", INK)):
        axes[0].plot(x, 1.1, "v", color=colour, markersize=13)
        left = text == "argmax"
        axes[0].text(
            x + (-0.3 if left else 0.45),
            1.1,
            text,
            color=colour,
            va="center",
            ha="right" if left else "left",
        )
    axes[1].annotate(
        "the parabola's top\nis the joint",
        (truth, -0.1),
        (4.7, -4.9),
        color=GREEN,
        arrowprops={"arrowstyle": "-|>", "color": GREEN, "lw": 2},
    )
    axes[1].set_ylim(-6.5, 0.6)
    return fig


def masks():
    """A labelled joint, one without a label, one whose bump only reaches into the picture."""
    i = best_first()[0]
    points, visible = (part[i] for part in maps.truth())
    x, y = points[WRIST]
    codec = GaussianHeatmaps((160, 160), 8, 1.5)
    three = (("labelled", 24, 1), ("no label", 24, 0), ("outside the image", -4, 1))
    fig, axes = sketch.panels(11.4, 4.2, 3)
    for ax, (title, room, flag) in zip(axes, three):
        box = (x + room - 80, y - 40, x + room, y + 40)
        cut = geometry.crop(maps.picture(i), points, visible, box, 160)
        heat = codec.encode(torch.from_numpy(cut.keypoints[None, [WRIST]]), SEEN * flag)[0, 0]
        plots.heatmap_overlay(ax, fill_edges(cut.image), heat.numpy(), 8)
        if not flag:
            for ends in ((0, 159), (159, 0)):
                ax.plot((0, 159), ends, color=VERMILION, linewidth=4)
        ax.set_title(f"{title}: top {heat.max():.2f}")
    return fig, "The target of the left wrist, laid over the image"


def penalties():
    """What a bump in the wrong place costs, and what saying nothing costs."""
    far, centre, sigma = torch.arange(0, 13, 0.5), 15, single_person.CODEC.sigma
    rows, columns = (
        part.float() for part in torch.meshgrid(*[torch.arange(32)] * 2, indexing="ij")
    )
    logs = [
        -((columns - centre - d) ** 2 + (rows - centre) ** 2)[None, None] / (2 * sigma**2)
        for d in far
    ]
    goal = logs[0].exp()
    squared = [losses.heatmap_mse(log.exp(), goal, SEEN).item() for log in logs]
    crossed = [losses.heatmap_cross_entropy(log, goal, SEEN).item() for log in logs]
    silent = torch.zeros_like(goal)
    quiet = (
        losses.heatmap_mse(silent, goal, SEEN).item(),
        losses.heatmap_cross_entropy(silent, goal, SEEN).item(),
    )
    fig, axes = plt.subplots(1, 2, figsize=(11.2, 3.9), layout="constrained")
    names = ("squared error", "cross entropy of the softmax")
    for ax, values, flat, name in zip(axes, (squared, crossed), quiet, names):
        ax.plot(far, values, color=BLUE)
        ax.axhline(flat, color=VERMILION, linestyle="--")
        ax.text(
            12, flat * 1.04, f"a map of zeros: {flat:.1f}", color=VERMILION, ha="right", va="bottom"
        )
        ax.set(title=name, xlabel="bump off by, cells", ylabel="loss", xlim=(0, 12), ylim=(0, None))
    axes[1].set_ylim(0, 30)
    return fig


def twice():
    """Ask about the image and about its mirror image; turn the second answer back."""
    i, model = best_first()[0], checkpoints.load_pretrained("heatmap")[0]
    image, right = maps.images()[[i]], LSP.index("right_wrist")
    x, y = maps.truth()[0][i, WRIST]
    first, second = maps.run(model, torch.cat([image, image.flip(-1)]))
    crop = maps.picture(i)
    shown = (
        (crop, first[WRIST], "left wrist"),
        (np.ascontiguousarray(crop[:, ::-1]), second[right], "mirror: right wrist"),
        (crop, second[right].flip(-1), "turned back"),
        (crop, (first[WRIST] + second[right].flip(-1)) / 2, "the mean"),
    )
    fig, axes = sketch.panels(11.6, 3.4, 4)
    for ax, (picture, out, title) in zip(axes, shown):
        plots.heatmap_overlay(ax, picture, heatmaps.probabilities(out[None, None])[0, 0], 4)
        middle = 127 - x if "mirror" in title else x
        ax.set(title=title, xlim=(middle - 36, middle + 36), ylim=(y + 36, y - 36))
    return fig


def trap():
    """A row of eight pixels and its two cells, mirrored, on two grids."""
    fig, ax = sketch.canvas(5.6, 4.9)
    for y, title, centres in (
        (2.6, "cell i at (i + ½) s − ½", (1.5, 5.5)),
        (0.1, "cell i at i s", (0, 4)),
    ):
        good = title.startswith("cell i at (")
        colour = GREEN if good else VERMILION
        ax.text(0.1, y + 1.95, title, fontweight=600, color=colour)
        for row, places in ((1.0, centres), (0.25, [7 - c for c in centres])):
            for pixel in range(8):
                ax.add_patch(
                    plt.Rectangle(
                        (0.1 + 0.56 * pixel, y + row), 0.56, 0.42, facecolor="white", edgecolor=LINE
                    )
                )
            for c in places:
                ax.plot(0.38 + 0.56 * c, y + row + 0.21, "o", color=colour, markersize=13)
            ax.text(4.66, y + row + 0.21, "cells" if row == 1.0 else "mirror", va="center")
    sketch.arrow(ax, (0.38, 1.02), (0.38 + 0.56 * 2.72, 0.5), VERMILION)
    return fig, "Stride 4: the mirror is s − 1 = 3 pixels off"


def flips():
    """PCK of one look, two looks, and two looks put together wrongly."""
    model, _ = checkpoints.load_pretrained("heatmap")
    first, flip = maps.raw("heatmap"), torch.as_tensor(np.array(LSP.flip))
    back = maps.run(model, maps.images().flip(-1)).flip(-1)
    with torch.inference_mode():
        right = torch.cat(
            [inference.flip_test(model, part, "lsp14").float() for part in maps.images().split(24)]
        )
    shifted = torch.cat([back[..., :1], back[..., :-1]], -1)[:, flip]
    rows = {
        "one look": first,
        "two looks": right,
        "one cell off": (first + shifted) / 2,
        "sides not\nrenamed": (first + back) / 2,
    }
    values = [maps.score(heatmaps.decode_heatmaps(out).numpy()).value for out in rows.values()]
    fig, ax = plt.subplots(figsize=(5.6, 4.9), layout="constrained")
    colours = (LINE, BLUE, VERMILION, VERMILION)
    bars = ax.barh(list(rows), values, color=colours, hatch=("", "", "//", "//"), edgecolor="white")
    ax.bar_label(bars, fmt="%.1f", padding=4)
    ax.set(xlabel="PCK at 0.2 of the torso, %", xlim=(0, 1.2 * max(values)))
    ax.invert_yaxis()
    return fig, f"The small network, {maps.HELD_OUT} people"


def pose_resnet():
    """The ResNet's stages going down, three transposed convolutions going up."""
    count = sum(p.numel() for p in PoseResNet(16).parameters())
    fig, ax = sketch.canvas(11.6, 3.7)
    stages = (
        ("image", 256, 3, "white"),
        ("ResNet", 64, 256, PALE[GREEN]),
        ("", 32, 512, PALE[GREEN]),
        ("", 16, 1024, PALE[GREEN]),
        ("", 8, 2048, PALE[GREEN]),
        ("deconv", 16, 256, PALE[BLUE]),
        ("", 32, 256, PALE[BLUE]),
        ("", 64, 256, PALE[BLUE]),
        ("maps", 64, 16, PALE[VERMILION]),
    )
    for i, (name, side, channels, fill) in enumerate(stages):
        x, height = 0.1 + 1.3 * i, 0.55 + 0.42 * np.log2(side / 8)
        sketch.box(ax, x, 1.85 - height / 2, 0.92, height, f"{side}²", fill)
        ax.text(x + 0.46, 0.35, f"{channels}", ha="center", va="center", color=QUIET)
        ax.text(x, 3.5, name, va="center", fontweight=600)
        if i:
            sketch.arrow(ax, (x - 0.37, 1.85), (x - 0.03, 1.85))
    return fig, f"Cells of a map, and below it how many maps: {count:,} parameters for 16 joints"


def small_net():
    """The U: down to 4 x 4 cells, up again, with what each level still knew of places."""
    nets = HeatmapNet(14), PoseResNet(14)
    count, large = (sum(p.numel() for p in net.parameters()) for net in nets)
    fig, ax = sketch.canvas(11.4, 4.2)
    steps = (
        (128, 3, 0, "white"),
        (64, 16, 1, PALE[GREEN]),
        (32, 32, 2, PALE[GREEN]),
        (16, 64, 3, PALE[GREEN]),
        (8, 112, 4, PALE[GREEN]),
        (4, 144, 5, PALE[GREEN]),
        (8, 112, 4, PALE[BLUE]),
        (16, 64, 3, PALE[BLUE]),
        (32, 32, 2, PALE[BLUE]),
        (32, 14, 2, PALE[VERMILION]),
    )
    places = [(0.05 + 1.15 * i, 3.58 - 0.65 * level) for i, (_, _, level, _) in enumerate(steps)]
    for i, ((side, channels, _, fill), (x, y)) in enumerate(zip(steps, places)):
        sketch.box(ax, x, y, 0.85, 0.52, f"{side}²", fill)
        ax.text(x + 0.43, y - 0.17, f"{channels}", ha="center", va="center", color=QUIET)
        if i:
            before = places[i - 1]
            sketch.arrow(ax, (before[0] + 0.87, before[1] + 0.26), (x - 0.02, y + 0.26))
    for i in (2, 3, 4):
        (x, y), (end, _) = places[i], places[10 - i]
        sketch.arrow(ax, (x + 0.9, y + 0.42), (end - 0.05, y + 0.42), VERMILION)
    return fig, f"{count:,} parameters for 14 joints: {large / count:.0f} times fewer"


def live_clip():
    """The heatmap network on a moving person: the maps, and the joints read from them."""
    model, card = checkpoints.load_pretrained("heatmap")
    drawn = []
    for frame in cast.clip("walk", "lsp14", frames=30, size=640):
        small, _ = square_crop(frame.image, person_box(frame, 0), card["size"], card["size"])
        large = fill_edges(square_crop(frame.image, person_box(frame, 0), 310, 310)[0])
        out = maps.run(model, torch.from_numpy(small).permute(2, 0, 1)[None].float() / 255)
        points = geometry.cell_to_pixel(
            heatmaps.decode_heatmaps(out)[0].numpy(), 310 / card["size"]
        )
        pose = plots.draw_pose(large, points, None, "lsp14", thickness=3)
        drawn.append(np.hstack([large, _glow(large, _heat(out[0])), pose]))
    return np.stack(drawn), "The small network, frame by frame: image, maps, joints"


def _glow(image: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """A grey picture with a map (h, w) from 0 to 1 laid over it."""
    heat = cv2.resize(heat, image.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    grey = 0.6 * cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None]
    fire, cover = 255 * plt.get_cmap("inferno")(heat)[..., :3], 0.85 * heat[..., None]
    return (grey * (1 - cover) + cover * fire).round().astype(np.uint8)


def mean_place():
    """A map, its highest cell, and the mean place under its softmax."""
    heat = 5 * sketch.bump(12, 0.35, 0.6, 0.17) + 4 * sketch.bump(12, 0.75, 0.25, 0.1)
    x, y = soft_argmax(torch.from_numpy(heat)).tolist()
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    fig, ax = sketch.panels(4.8, 4.8)
    maps.cells(ax, heat)
    ax.add_patch(
        plt.Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=VERMILION, linewidth=5)
    )
    ax.plot(x, y, "+", color=GREEN, markersize=32, markeredgewidth=6)
    return fig, "The highest cell, and the mean place"
