"""The pictures of deck 07: one network that finds joints in the image and in space, and the action.

A figure's inch is 100 px on the slide; pictures.py says how much room there is.
"""

from __future__ import annotations

from functools import lru_cache

import matplotlib.pyplot as plt
import numpy as np
import torch

from posekit import losses, plots
from posekit.data.crops import crop_labels
from posekit.geometry import fill_edges
from posekit.live.multitask import MultitaskDetector
from posekit.models.multitask import DEPTH_RANGE, STRIDE
from posekit.tasks.multitask import ACTIONS, DEPTH
from slides import cast, maps, sketch
from slides import multitask_clips as clips
from slides.multitask_clips import BODY, aside, percent, words
from slides.multitask_scores import backbones, context, fusion, penn, sharing, stages, talk  # noqa: F401
from slides.multitask_sketch import four_tasks, mixed_batch, network, places, reinjection  # noqa: F401
from slides.sketch import BLUE, INK, LINE, QUIET, VERMILION

LIGHT = {"left": "#56B4E9", "right": "#FF9A4D", "centre": "#5FD3B0"}  # on the dark slide
WRIST = BODY.index("right_wrist")


def hero():
    """A frame with joints, the action, and the same joints in space, turned, on dark."""
    one, t = clips.person("squat"), 7
    fig, ax = sketch.canvas(4.8, 5.6)
    drawn = plots.draw_pose(one.frames[t], one.points[t], one.flags[t], "lsp14", thickness=4)
    sketch.picture(ax, drawn, box=(0, 2.05, 3.5, 3.5)).set_axis_off()
    sure = one.chances["fusion"]
    ax.text(3.62, 3.95, words(ACTIONS[sure.argmax()]), color="white", fontsize=26, fontweight=600)
    ax.text(3.62, 3.5, percent(sure.max()), color="white", fontsize=26)
    for n, angle in enumerate((-1.2, -0.4, 0.4, 1.2)):
        part = ax.inset_axes((1.2 * n, 0, 1.2, 1.9), transform=ax.transData)
        _light_pose(part, aside(one.space[t], angle))
    return fig


def _light_pose(ax, points):
    """A skeleton in colours for a dark ground."""
    for (a, b), side in zip(BODY.limb_indices, BODY.limb_sides):
        style = "--" if side == "right" else "-"
        ax.plot(*points[[a, b]].T, style, color=LIGHT[side], linewidth=3.5)
    middle = (points.min(0) + points.max(0)) / 2
    ax.set(aspect="equal", xlim=middle[0] + np.array((-0.5, 0.5)))
    ax.set(ylim=middle[1] + np.array((0.8, -0.8)))
    ax.set_axis_off()


# ---------------------------------------------------------------------------------- one frame
@lru_cache
def _volume() -> tuple[np.ndarray, np.ndarray, float]:
    """A frame (S, S, 3), the right wrist's probabilities (D, h, w) in it, and its true depth."""
    every = clips.everyone()
    model, shape = clips.network()[0], (-1, every.clips.frames)
    _, visible = crop_labels(every.clips.crops)
    depth = every.clips.crops.keypoints_3d[..., 2]
    depth = (depth - depth[:, clips.HIPS].mean(1, keepdims=True))[:, WRIST]
    depth = np.where(visible[:, WRIST] == 2, depth, np.inf).reshape(shape)
    n, t = np.unravel_index(np.abs(depth + 0.4).argmin(), depth.shape)  # 40 cm before the hips
    image = clips.frames_of(every.clips)[n, t]
    with torch.no_grad():
        x = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255
        x, found = model.features(x), None
        for block in model.heads.blocks:
            x, found = block(x)
    p = found.unflatten(1, (len(BODY), DEPTH))[0, WRIST]
    share = p.flatten().softmax(0).view_as(p).numpy()
    return fill_edges(image), share, float(depth[n, t])


def volume():
    """The four fullest slices of a wrist's volume over the frame, and the sums of all slices."""
    image, p, truth = _volume()
    size = len(image)
    share, cell = p.sum((1, 2)), DEPTH_RANGE / DEPTH
    middles = (np.arange(DEPTH) + 0.5) * cell - DEPTH_RANGE / 2
    widths = (1, 1, 1, 1, 2.1)
    fig, axes = plt.subplots(1, 5, figsize=(11.5, 3.6), layout="constrained", width_ratios=widths)
    for ax, n in zip(axes, np.sort(share.argsort()[-4:])):
        ax.imshow(maps.enlarged(image), extent=(-0.5, size - 0.5, size - 0.5, -0.5))
        maps.cells(ax, p[n], STRIDE, False, cmap="inferno", vmax=p.max(), alpha=0.62)
        ax.set(xticks=(), yticks=(), title=f"{middles[n]:+.2f} m".replace("-", "−"))
        ax.set_xlabel(percent(share[n]))
    axes[-1].bar(middles, 100 * share, width=0.9 * cell, color=LINE)
    for place, colour, style, name in (
        (share @ middles, BLUE, "-", "mean"),
        (truth, VERMILION, "--", "truth"),
    ):
        axes[-1].axvline(place, color=colour, linestyle=style, label=name)
    axes[-1].set(xlabel="z behind the hips, m", ylabel="share, %", xlim=(-1, 1))
    axes[-1].legend(frameon=False, loc="upper right")
    return (
        fig,
        f"A right wrist: the fullest of {DEPTH} slices of {100 * cell:g} cm, and the sums of all",
    )


def visibility():
    """One joint that comes and goes: frames, and its visibility over time."""
    every = clips.everyone()
    frames, total = every.clips.frames, len(BODY)
    flags = crop_labels(every.clips.crops)[1].reshape(-1, frames, total)
    said = every.last.seen.reshape(flags.shape)
    points = every.last.points.reshape(*flags.shape, 3)
    n, k = _comes_and_goes(flags)
    fig = plt.figure(figsize=(11.5, 4.3), layout="constrained")
    grid = fig.add_gridspec(2, 6, height_ratios=(1.45, 1))
    images = clips.frames_of(every.clips)[n]
    for column, t in enumerate(np.linspace(0, frames - 1, 6).round().astype(int)):
        ax = fig.add_subplot(grid[0, column])
        ax.imshow(fill_edges(images[t]))
        look = {"color": BLUE, "markersize": 16, "markeredgecolor": "white", "markeredgewidth": 2.5}
        look["markerfacecolor"] = BLUE if said[n, t, k] > 0.5 else "none"
        ax.plot(*points[n, t, k, :2], "o", **look)
        ax.set_title(f"frame {t}", fontsize=18)
        ax.set_axis_off()
    ax = fig.add_subplot(grid[1, :], ylim=(0, 1.05), xlim=(-0.5, frames - 0.5))
    ax.bar(range(frames), flags[n, :, k] == 2, width=1, color=LINE, label="truly visible")
    ax.plot(said[n, :, k], "o-", color=BLUE, label="the network's answer")
    ax.set(yticks=(0, 0.5, 1), ylabel="visibility")
    ax.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=2)
    name, action = words(BODY.joints[k]), words(ACTIONS[every.clips.actions[n]])
    right = ((said > 0.5) == (flags == 2))[flags > 0].mean()
    always = (flags == 2)[flags > 0].mean()
    told = f"all joints: {percent(right)} right, always “visible” {percent(always)}"
    return fig, f"A {name} in a clip of {action}; {told}"


def _comes_and_goes(flags: np.ndarray) -> tuple[int, int]:
    """The clip and joint that is hidden as often as it is visible (N, T, K), for long each time."""
    changes = (np.diff(flags, axis=1) != 0).sum(1)
    evenly = np.minimum((flags == 1).sum(1), (flags == 2).sum(1)) / np.maximum(changes, 1)
    return np.unravel_index(evenly.argmax(), evenly.shape)


# ------------------------------------------------------------------------------------- loss
def masked():
    """A person from the side whose depths nobody knows, and what three losses teach of them."""
    poses = clips.person("golf_swing").space
    deepest = poses[..., 2].std(1).argmax()
    pose, cell = torch.from_numpy(poses[deepest]).float(), DEPTH_RANGE / DEPTH
    unknown = torch.full((len(BODY),), torch.nan)
    flags = torch.full((len(BODY),), 2)
    ways = (
        ("z not masked", unknown, flags),
        ("z taken as 0", torch.zeros(len(BODY)), flags),
        ("z masked", unknown, losses.in_space(flags, unknown)),
    )
    fig, axes = sketch.panels(11.4, 3.7, 3)
    for ax, (name, depths, mask) in zip(axes, ways):
        z = pose[:, 2].clone().requires_grad_()
        guess, goal = (torch.cat([pose[:, :2], part[:, None]], 1) / cell for part in (z, depths))
        loss = losses.elastic_net(guess[None], goal[None], mask[None])
        (slope,) = torch.autograd.grad(loss, z)
        _pulled(ax, pose.numpy(), slope.numpy(), loss.item())
        ax.set_title(name)
    return (
        fig,
        "A photograph's person from the side, the hips' plane dotted; arrows: what z is taught",
    )


def _pulled(ax, pose: np.ndarray, slope: np.ndarray, loss: float):
    """A pose from the side, an arrow against each joint's slope, and the loss."""
    points = pose[:, [2, 1]]
    ax.axvline(0, color=INK, linestyle=":", linewidth=2)
    sketch.pose(ax, points, BODY, width=4)
    finite = np.isfinite(slope).all()
    for (x, y), each in zip(points, slope if finite else np.zeros(len(slope))):
        if abs(each) > 1e-6:
            step = -np.sign(each) * min(0.06 + 0.5 * abs(each), abs(x))
            style = {"arrowstyle": "-|>", "color": INK, "lw": 2.5}
            ax.annotate("", (x + step, y), (x, y), arrowprops=style, zorder=9)
    said = f"loss {loss:.2f}" if finite else "loss NaN: nothing is learnt"
    ax.text(0.5, -0.03, said, transform=ax.transAxes, ha="center", va="top", color=QUIET)
    middle = (points[:, 1].min() + points[:, 1].max()) / 2
    ax.set(xlim=(-0.8, 0.8), ylim=(middle + 0.85, middle - 0.85))


# ---------------------------------------------------------------------------------- streams
def pose_images():
    """Heights of the joints over time, as the network finds them: one image for each clip."""
    every = clips.everyone()
    size, frames = every.clips.crops.size, every.clips.frames
    heights = (every.last.points[..., 1] + 0.5) / size * 2 - 1
    heights = heights.reshape(-1, frames, len(BODY))
    shown = ("jumping_jacks", "squat", "pushup", "golf_swing", "strum_guitar")
    fig, axes = plt.subplots(2, 5, figsize=(11.4, 4.5), layout="constrained")
    for column, name in zip(axes.T, shown):
        mine = np.flatnonzero(every.clips.actions == ACTIONS.index(name))
        for ax, n in zip(column, (mine[0], mine[-1])):
            drawn = ax.imshow(heights[n], cmap="PuOr", vmin=-1, vmax=1, aspect="auto")
            ax.set(xticks=[], yticks=[])
        column[0].set_title(words(name))
        column[1].set_xlabel(f"{len(BODY)} joints")
    for ax in axes[:, 0]:
        ax.set_ylabel(f"{frames} frames")
    bar = fig.colorbar(drawn, ax=axes, ticks=(-1, 0, 1))
    bar.ax.set_yticklabels(("top", "middle", "bottom"))
    bar.ax.invert_yaxis()
    return fig, "The same action by two people, above and below"


def appearance():
    """A frame, a joint's heatmap, a channel of features, and their product."""
    every, model = clips.everyone(), clips.network()[0]
    n = int(np.flatnonzero(every.clips.actions == ACTIONS.index("tennis_serve"))[0])
    t = every.clips.frames // 2
    image = clips.frames_of(every.clips)[n, t]
    with torch.no_grad():
        x = torch.from_numpy(image).permute(2, 0, 1)[None, None].float() / 255
        heat = model(x).poses[-1].heatmaps[0, 0, WRIST]
        local = model.heads.blocks[0](model.features(x[0]))[0][0]
    heat, local = heat.numpy(), local.numpy()
    under = heat * local
    c = int(np.abs(under.sum((1, 2))).argmax())
    fig, axes = sketch.panels(11.4, 3.3, 4)
    sketch.picture(axes[0], maps.enlarged(fill_edges(image))).set_axis_off()
    parts = (heat, local[c], under[c])
    names = (
        "heatmap: right wrist",
        f"channel {c} of {len(local)}",
        f"product, sum {under[c].sum():.1f}",
    )
    for ax, part, name in zip(axes[1:], parts, names):
        most = np.abs(part).max()
        ax.imshow(part, cmap="PuOr", vmin=-most, vmax=most)
        ax.set_title(name.replace("-", "−"))
    axes[0].set_title("frame")
    return fig, "The sum is one number of the appearance image: one frame, joint and channel"


# ------------------------------------------------------------------------------------- live
def turning():
    """One frame of each of three actions, in space, from two sides."""
    names = ("golf_swing", "pushup", "baseball_pitch")
    fig, axes = plt.subplots(2, 3, figsize=(5.8, 4.9), layout="constrained")
    for column, name in zip(axes.T, names):
        space = clips.person(name).space
        pose = space[np.ptp(space[..., 0], axis=1).argmax()]  # spread out most
        for ax, angle in zip(column, (0, 1.3)):
            points = aside(pose, angle)
            points = points - (points.min(0) + points.max(0)) / 2
            sketch.pose(ax, points, BODY, width=4)
            ax.set(xlim=(-0.75, 0.75), ylim=(0.9, -0.9))
            ax.set_axis_off()
        column[0].set_title(words(name))
    return fig, "In space, from the front and turned"


def live_clip():
    """What the live demo shows of somebody who moves."""
    model, card = clips.network()
    detector = MultitaskDetector((model, card), video=True)
    moving = cast.clip("jumping_jacks", "lsp14", frames=48, size=240)
    drawn = []
    for t, frame in enumerate(moving):
        found = detector.detect(frame.image, 1000 * t / 15)
        drawn.append(maps.enlarged(detector.show(found), 1.5))  # with its words
    return np.stack(drawn), "The action is named once 16 frames are there, after 1.6 s"
