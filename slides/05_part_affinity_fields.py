"""The pictures of deck 05: maps of several people, and how people are read off them.

A figure's inch is 100 px on the slide; pictures.py says how much room there is.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import torch

from posekit import catalog, crowds, geometry, plots, synthetic
from posekit.codecs import assembly, centres
from posekit.codecs.heatmaps import GaussianHeatmaps
from posekit.codecs.pafs import PartFields
from slides import cast, sketch
from slides import crowd_scenes as crowd
from slides.crowd_scenes import BODY, ELBOW, FOREARM, PEOPLE, STRIDE, WRIST, YELLOW
from slides.crowd_scores import (  # noqa: F401
    SIDE,
    counts,
    ears,
    focal,
    lighter,
    precision,
    similarity,
    supervision,
)
from slides.sketch import BLUE, GREEN, INK, PALE, QUIET, VERMILION


def hero():
    """People made of nothing but their fields: each cell in the colour of its direction."""
    motion, wide = cast.jump("openpose18")
    bodies = [cast.front(motion, t) for t in (wide, (wide + 4) % len(motion))]
    places = ((85, (150, 215)), (115, (325, 300)))
    points = np.stack([size * body + at for body, (size, at) in zip(bodies, places)])
    codec = PartFields("openpose18", (560, 480), 8, width=1.2)
    maps = crowd.encode(points.astype(np.float32), np.full(points.shape[:2], 2), codec)
    x, y = maps.pafs[0].unflatten(0, (-1, 2)).sum(0).numpy()
    light = plt.get_cmap("hsv")(np.arctan2(y, x) / (2 * np.pi) % 1)
    light[..., :3] = 0.35 + 0.65 * light[..., :3]
    light[..., 3] = np.clip(np.hypot(x, y), 0, 1)
    fig, ax = sketch.canvas(4.8, 5.6)
    ax.imshow(light, interpolation="nearest", extent=(0, 4.8, 0, 5.6))
    spots = (points.reshape(-1, 2) + 0.5) / 100
    ax.plot(spots[:, 0], 5.6 - spots[:, 1], "o", color="white", markersize=7)
    return fig


def whose():
    """Everybody's joints, and nobody's limbs."""
    sample = crowd.scene()
    fig, ax = sketch.panels(6.7, 4.5)
    sketch.picture(ax, crowd.pale(sample.image, 0.8))
    crowd.dots(ax, *crowd.as_openpose(sample))
    return fig


def two_ways():
    """Top-down above, bottom-up below: the same scene, step by step."""
    sample = crowd.scene()
    points, visible = crowd.as_openpose(sample)
    fig, ax = sketch.canvas(11.5, 4.7)
    for y, name, colour in ((2.45, "top-down", VERMILION), (0.0, "bottom-up", BLUE)):
        ax.text(0, y + 1.15, name, color=colour, fontweight=600, va="center")
        last = sketch.picture(ax, sample.image, box=(8.5, y, 3.0, 2.0))
        plots.show_pose(last, points, visible, "openpose18", width=2, marker=3)
    boxed = sketch.picture(ax, sample.image, box=(1.5, 2.45, 2.6, 1.75))
    boxes = sorted(sample.boxes.round().astype(int).tolist())  # from left to right
    for number, (x1, y1, x2, y2) in enumerate(boxes):
        frame = {"fill": False, "edgecolor": YELLOW, "linewidth": 3}
        boxed.add_patch(plt.Rectangle((x1, y1), x2 - x1, y2 - y1, **frame))
        cut = sample.image[max(y1, 0) : y2 + 1, max(x1, 0) : x2 + 1]
        sketch.picture(ax, cut, box=(4.85 + 0.72 * number, 2.45, 0.66, 1.9))
    heat = crowd.targets().heatmaps[0, :18].amax(0).numpy()
    inset = ax.inset_axes((4.8, 0.05, 2.8, 1.87), transform=ax.transData)
    plots.heatmap_overlay(inset, sample.image, heat, STRIDE)
    sketch.picture(ax, sample.image, box=(1.5, 0.1, 2.6, 1.75))
    for y, begin, end in ((3.3, 4.2, 4.85), (3.3, 7.4, 8.35), (0.98, 4.2, 4.7), (0.98, 7.7, 8.4)):
        sketch.arrow(ax, (begin, y), (end, y))
    for inset in ax.child_axes:
        inset.set_axis_off()
    return fig, f"Above {len(points)} passes through a network, below one"


def maximum():
    """The right elbow's map of four people, and two near bumps, added and as a maximum."""
    fig, (left, right) = plt.subplots(
        1, 2, figsize=(11.5, 4.3), layout="constrained", width_ratios=(1.15, 1)
    )
    plots.heatmap_overlay(left, crowd.scene().image, crowd.targets().heatmaps[0, ELBOW], STRIDE)
    left.set_title("map of the right elbow")
    wrists = torch.tensor([[[29.5, 1.5]], [[37.5, 1.5]]])  # two people, 8 pixels apart
    bumps = GaussianHeatmaps((4, 64), 4, 1.0).encode(wrists, torch.ones(2, 1))[:, 0, 0].numpy()
    right.plot(bumps.sum(0), "--", color=VERMILION, label="sum")
    right.plot(bumps.max(0), "o-", color=BLUE, label="maximum")
    right.set(xlabel="cell", ylabel="height", title="two wrists, two cells apart", yticks=(0, 1))
    right.set_ylim(-0.05, 1.7)
    right.legend(frameon=False, ncols=2, loc="upper center")
    return fig


def fields():
    """The field of everybody's right forearm, as arrows."""
    points, _ = crowd.as_openpose(crowd.scene())
    field = crowd.field()
    there = np.abs(field).max(0) > 0
    rows, columns = np.nonzero(there)
    fig, ax = sketch.panels(6.7, 4.9)
    sketch.picture(ax, crowd.pale(crowd.scene().image))
    x, y = crowd.pixels(columns), crowd.pixels(rows)
    arrows = {"angles": "xy", "scale": 0.11, "scale_units": "xy", "width": 0.0035, "headwidth": 3.5}
    ax.quiver(x, y, *field[:, there], color=INK, **arrows)
    arms = points[:, [ELBOW, WRIST]]
    ax.plot(*arms[:, 0].T, "o", color=BLUE, markersize=11, markeredgecolor="white")
    ax.plot(*arms[:, 1].T, "s", color=VERMILION, markersize=11, markeredgecolor="white")
    near = arms[np.argsort(arms[:, 0, 0])[1:]]  # the three who stand close together
    across, down = crowd.window(near, 50)
    ax.set(xlim=across, ylim=down)
    return fig, "Right forearms, from the elbow (circle) to the wrist (square)"


def integral():
    """One forearm's field, and four ways to walk from its elbow."""
    points, visible = crowd.as_openpose(crowd.scene())
    arms = geometry.pixel_to_cell(points[:, [ELBOW, WRIST]].astype(float), STRIDE)
    who = int(np.linalg.norm(arms[:, 1] - arms[:, 0], axis=-1).argmax())
    alone, (elbow, wrist) = slice(who, who + 1), arms[who]
    field = (
        crowd.encode(points[alone], visible[alone]).pafs[0].unflatten(0, (-1, 2))[FOREARM].numpy()
    )
    middle, length = (elbow + wrist) / 2, np.linalg.norm(wrist - elbow)
    ways = [(f"turned by {turn}°", elbow, _turned(wrist, elbow, turn)) for turn in (0, 15, 40)]
    fig, axes = sketch.panels(11.6, 3.4, 4)
    for ax, (name, start, end) in zip(axes, [*ways, ("backwards", wrist, elbow)]):
        way = np.linspace(start, end, assembly.SAMPLES)
        columns, rows = (way + 0.5).astype(int).T  # the nearest cells
        along = field[:, rows, columns].T @ (end - start) / length
        ax.imshow(np.hypot(*field), cmap="Blues", vmax=2)
        ax.plot(*way.T, "o-", color=VERMILION, markersize=7)
        ax.plot(*start, "o", color=INK, markersize=14)
        ax.set(
            xlim=middle[0] + [-length, length], ylim=middle[1] + 0.8 * np.array([length, -length])
        )
        ax.set_title(f"{name}: {along.mean():.2f}".replace("-", "−"))
    return fig, "Ten samples, from the black one on. In blue: where the field is not zero"


def _turned(point, about, degrees: float):
    """A place turned about another one."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return about + np.array([[c, -s], [s, c]]) @ (point - about)


def _table(ax, scores, chosen, title: str):
    """A table of scores with the chosen pairs framed."""
    ax.imshow(scores, cmap="Blues", vmin=0, vmax=1.4)
    for (i, j), value in np.ndenumerate(scores):
        ax.text(j, i, f"{value:.2f}", ha="center", va="center", color=INK)
    for pair in chosen:
        corner = (pair.end - 0.46, pair.start - 0.46)
        frame = {"fill": False, "edgecolor": VERMILION, "linewidth": 5}
        ax.add_patch(plt.Rectangle(corner, 0.92, 0.92, **frame))
    ax.set(title=title, xlabel="wrist", ylabel="elbow", xticks=(), yticks=())


def matching():
    """The scores of the scene's forearms, and two arms that nearly touch, matched both ways."""
    fig, axes = plt.subplots(
        1, 3, figsize=(11.2, 4.0), layout="constrained", width_ratios=(1.45, 1, 1)
    )
    scores = crowd.table()
    _table(axes[0], scores, assembly.match_limb(scores), "the scene: both agree")
    close = np.array([[0.90, 0.85], [0.80, 0.00]])
    for ax, how in zip(axes[1:], ("greedy", "exact")):
        chosen = assembly.match_limb(close, matching=how)
        _table(ax, close, chosen, f"{how}: total {sum(pair.score for pair in chosen):.2f}")
    return fig


def _groups(ax, count: int) -> int:
    """The people that the best pairs make, each in a colour; how many there are."""
    people = assembly.put_together(crowd.pairs()[:count], BODY.limb_indices)
    for number, person in enumerate(people):
        spots = {k: crowd.pixels(crowd.peaks()[k][p, :2]) for k, p in person.peaks.items()}
        for a, b in BODY.limb_indices:
            if a in spots and b in spots:
                line = np.stack([spots[a], spots[b]]).T
                ax.plot(*line, color=PEOPLE[number % len(PEOPLE)], linewidth=4)
    return len(people)


def together():
    """The people after the best pairs, more and more of them."""
    sample = crowd.scene()
    across, down = crowd.window(sample.keypoints[sample.visible > 0], 25)
    fig, axes = sketch.panels(11.6, 3.5, 3)
    for ax, count in zip(axes, (8, 36, len(crowd.pairs()))):
        sketch.picture(ax, crowd.pale(sample.image))
        groups = _groups(ax, count)
        ax.set(title=f"{count} pairs: {groups} groups", xlim=across, ylim=down)
    return fig


def stages():
    """OpenPose's network: VGG's first layers, then six stages of two branches."""
    fig, ax = sketch.canvas(11.6, 3.7)
    sketch.box(ax, 0.05, 1.4, 1.3, 1.0, "image\n368²")
    sketch.box(ax, 1.9, 1.4, 1.5, 1.0, "VGG19", PALE[GREEN])
    sketch.box(ax, 3.95, 1.4, 1.0, 1.0, "F\n46²", PALE[GREEN])
    columns = (5.55, 7.65, 9.95)
    for x, name in zip(columns, ("stage 1", "stage 2", "stage 6")):
        ax.text(x + 0.8, 3.5, name, ha="center", va="center", fontweight=600)
        sketch.box(ax, x, 0.6, 1.6, 2.6, edge=QUIET)
        sketch.box(ax, x + 0.15, 2.05, 1.3, 0.95, "L: 38", PALE[BLUE])
        sketch.box(ax, x + 0.15, 0.8, 1.3, 0.95, "S: 19", PALE[VERMILION])
    arrows = ((1.37, 1.88), (3.42, 3.93), (4.97, 5.53), (7.17, 7.63), (9.6, 9.93))
    for begin, end in arrows:
        sketch.arrow(ax, (begin, 1.9), (end, 1.9))
    ax.text(9.43, 1.9, "…", ha="center", va="center")
    ax.plot((4.45, 4.45, columns[-1] + 0.8), (1.38, 0.2, 0.2), color=QUIET, linewidth=2.2)
    for x in columns[1:]:
        sketch.arrow(ax, (x + 0.8, 0.2), (x + 0.8, 0.58), QUIET)
    weights, products = counts()
    caption = f"{weights / 1e6:.2f} million weights, {products / 1e9:.1f} · 10⁹ multiplications"
    return fig, f"{caption} for {SIDE}² pixels"


def offsets():
    """Ways from the centres to the joints: the true ones, and the network's with its peaks."""
    sample = synthetic.People(crowd.SEED, 20, crowd.SIZE, "coco17", people=2)[1]
    points, visible = crowd.as_openpose(sample)
    (model, card), fitted = crowd.network(), crowds.fit_image(sample.image)
    with torch.inference_mode():
        maps = [part[0].numpy() for part in model.predict(fitted.tensor)]
    size = tuple(fitted.tensor.shape[-2:])
    codec = centres.Centres(size=size, **card["codec"]["centres"])
    scaled = geometry.pixel_to_cell((points + 0.5) * fitted.scale - 0.5, codec.stride)
    truth = np.stack([person[seen > 0].mean(0) for person, seen in zip(scaled, visible)])
    fig, axes = sketch.panels(11.4, 4.0, 2)
    found = assembly.find_peaks(maps[2][0])[: len(points)]
    guesses = centres.guess_joints(found, maps[3])
    _ways(axes[0], truth, np.where(visible[..., None] > 0, scaled, np.nan))
    _ways(axes[1], found[:, :2], guesses)
    for joint in range(18):
        axes[1].plot(*assembly.find_peaks(maps[0][joint])[:, :2].T, "o", **RING)
    for ax, title in zip(axes, ("targets", "predicted; circles: peaks of the heatmaps")):
        h, w = codec.shape
        ground = crowd.pale(sample.image)
        ax.imshow(ground, extent=(-0.5, w - 0.5, h - 0.5, -0.5), zorder=0)
        across, down = crowd.window(scaled, 4)
        ax.set(title=title, xlim=across, ylim=down)
    return fig


RING = {"color": INK, "markersize": 8, "fillstyle": "none", "markeredgewidth": 1.4}


def _ways(ax, middles, ends):
    """Lines from each person's centre to its joints."""
    for middle, joints, colour in zip(middles, ends, PEOPLE):
        for joint in joints:
            ax.plot(*np.stack([middle, joint]).T, color=colour, linewidth=2.5)
        ax.plot(*middle, "D", color=colour, markersize=12, markeredgecolor="white")


def photographs():
    """Four photographs: as COCO labelled them, and what the network finds."""
    (model, card), photos = crowd.network(), catalog.load("photos", skeleton="coco17")
    fig, axes = plt.subplots(2, 4, figsize=(11.4, 4.5), layout="constrained")
    for (above, below), sample in zip(axes.T, [photos[n] for n in (0, 1, 3, 5)]):
        found = crowds.find_people(model, sample.image, card["codec"])
        labelled = plots.draw_pose(sample.image, sample.keypoints, sample.visible, "coco17")
        above.imshow(labelled)
        below.imshow(plots.draw_pose(sample.image, found.keypoints, None, "openpose18"))
        height, width = sample.image.shape[:2]
        for ax in (above, below):  # the same shape for all: a window in the middle
            half, middle = min(width, 1.4 * height) / 2, (width / 2, height / 2)
            ax.set(xlim=(middle[0] - half, middle[0] + half))
            ax.set(ylim=(middle[1] + half / 1.4, middle[1] - half / 1.4))
            ax.set_axis_off()
    for ax, title in zip(axes[:, 0], ("labelled", "found")):
        ax.text(-0.06, 0.5, title, transform=ax.transAxes, rotation=90, ha="right", va="center")
    return fig


def live_clip():
    """Three people who move, side by side in one image, and what the network finds."""
    (model, card), drawn = crowd.network(), []
    moves = [
        synthetic.Clips(seed, 1, 24, (336, 250), "coco17", action, 15, "easy")[0]
        for seed, action in ((0, "jumping_jacks"), (3, "walk"), (6, "hand_swing"))
    ]
    for frames in zip(*moves):
        image = np.hstack([frame.image for frame in frames])
        found = crowds.find_people(model, image, card["codec"])
        drawn.append(plots.draw_pose(image, found.keypoints, None, "openpose18", thickness=3))
    return np.stack(drawn), "Three clips in one image, one pass of the network a frame"
