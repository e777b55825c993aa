"""The pictures of deck 04 that have depth: volumes, slabs, people in space."""

from __future__ import annotations

from functools import lru_cache

import matplotlib.pyplot as plt
import numpy as np
import torch

from posekit import checkpoints, geometry, inference, plots, skeletons
from posekit.codecs import soft_argmax
from posekit.data.crops import person_box, square_crop
from posekit.geometry import fill_edges
from slides import cast, maps, sketch
from slides.sketch import BLUE, INK, LINE, PALE, QUIET, VERMILION

CELLS = 16  # of z, in the volumes of the checkpoint `volumetric`

BODY = skeletons.get("h36m17")
HIPS = [BODY.index("left_hip"), BODY.index("right_hip")]


def volume():
    """A volume of one joint and its sums along each axis, on the walls."""
    z, y, x = np.mgrid[:16, :16, :16]
    p = np.exp(-((x - 10) ** 2 + (y - 6) ** 2) / 5 - (z - 9) ** 2 / 11)
    p += 0.7 * np.exp(-((x - 6) ** 2 + (y - 11) ** 2) / 4 - (z - 4) ** 2 / 8)
    p /= p.sum()
    fig = plt.figure(figsize=(6.0, 4.85))
    ax = fig.add_axes((-0.02, -0.06, 1.08, 1.12), projection="3d", computed_zorder=False)
    strong = p > 0.12 * p.max()
    side, down = np.arange(16), -np.arange(16)
    walls = {"levels": 6, "cmap": "Oranges", "alpha": 0.75, "zorder": 0}
    ax.contourf(*np.meshgrid(side, side), p.sum(1), zdir="z", offset=-20, **walls)
    ax.contourf(
        np.meshgrid(side, down)[0],
        p.sum(0),
        np.meshgrid(side, down)[1],
        zdir="y",
        offset=19,
        **walls,
    )
    ax.contourf(p.sum(2).T, *np.meshgrid(side, down), zdir="x", offset=-4, **walls)
    ax.scatter(
        x[strong],
        z[strong],
        -y[strong],
        s=80,
        c=p[strong],
        cmap="Blues",
        alpha=0.6,
        vmin=-0.3 * p.max(),
        depthshade=False,
        zorder=3,
    )
    mean = [[(axis * p).sum()] for axis in (x, z, -y)]
    ax.plot(*mean, "+", color=VERMILION, markersize=30, markeredgewidth=6, zorder=10)
    ax.set(xlim=(-4, 16), ylim=(-1, 19), zlim=(-20, 1), xticks=(), yticks=(), zticks=())
    for at, name in (((6, -4, -21), "x"), ((18.5, 8, -21), "z"), ((-5.5, -1, -10), "y")):
        ax.text(*at, name)
    ax.view_init(20, -58)
    return fig, "Blue: the strong cells. On the walls: the sums"


@lru_cache
def _judged() -> tuple[np.ndarray, np.ndarray]:
    """(N, 17, 3) metres about the middle of the hips: found, and true."""
    crops = maps.people(skeleton="h36m17")
    found = soft_argmax.decode_volumes(maps.raw("volumetric", "h36m17")).numpy()
    poses = (inference.unproject_poses(found, crops), crops.keypoints_3d)
    return tuple(pose - pose[:, HIPS].mean(1, keepdims=True) for pose in poses)


@lru_cache
def _order() -> np.ndarray:
    """People held out, from the best found in space to the worst."""
    found, true = _judged()
    return np.linalg.norm(found - true, axis=-1).mean(1).argsort()


def slabs():
    """A person from the side, cut into the sixteen cells of depth."""
    _, true = _judged()
    tall = np.ptp(true[..., 1], axis=1) > 1.4
    i = int(np.where(tall, np.ptp(true[..., 2], axis=1), 0).argmax())
    reach, cell = soft_argmax.DEPTH_RANGE / 2, soft_argmax.DEPTH_RANGE / CELLS
    fig, ax = plt.subplots(figsize=(6.6, 4.9), layout="constrained")
    for k in range(CELLS):
        ax.axvspan(
            k * cell - reach,
            (k + 1) * cell - reach,
            zorder=0,
            color=PALE[BLUE] if k % 2 else "#F4F8FB",
        )
    plots.show_pose(ax, true[i][:, [2, 1]], None, BODY, width=4)
    ax.axvline(0, color=INK, linestyle=":")
    ax.set(aspect="equal", xlim=(-reach, reach), xlabel="z behind the hips, m", yticks=())
    ax.invert_yaxis()
    ax.spines["left"].set_visible(False)
    return fig, f"{CELLS} cells of {1000 * cell:.0f} mm; the camera is on the left"


def in_space():
    """Two people: the picture, and the pose from the side, with the truth."""
    found, true = _judged()
    crops, order = maps.people(skeleton="h36m17"), _order()
    flat = soft_argmax.decode_volumes(maps.raw("volumetric", "h36m17")).numpy()
    fig, axes = sketch.panels(11.6, 4.1, 4)
    for (left, right), i in zip((axes[:2], axes[2:]), order[[2, len(order) // 2]]):
        sketch.picture(
            left,
            maps.picture(i, crops.skeleton),
            flat[i, :, :2],
            None,
            skeleton=BODY,
            marker=4,
            width=3,
        )
        sketch.pose(right, found[i][:, [2, 1]], BODY, width=4)
        sketch.crosses(right, true[i][:, [2, 1]])
        right.set(xlim=(-1, 1), ylim=(1, -1))
        error = 1000 * np.linalg.norm(found[i] - true[i], axis=-1).mean()
        left.set_title("the image")
        right.set_title(f"from the side: {error:.0f} mm")
    return fig, "One of the best and a middling one. Crosses: the truth"


def depth_errors():
    """Mean error of each joint across the picture and in depth, and of no depth at all."""
    found, true = _judged()
    across = 1000 * np.abs(found - true)[..., :2].mean((0, 2))
    depth, flat = 1000 * np.abs(found - true)[..., 2].mean(0), 1000 * np.abs(true[..., 2]).mean(0)
    groups = {}
    for k, joint in enumerate(BODY.joints):
        name = joint.split("_", 1)[-1] if joint.startswith(("left", "right")) else joint
        groups.setdefault(name.replace("_", " "), []).append(k)
    order = sorted(groups, key=lambda name: depth[groups[name]].mean(), reverse=True)
    fig, ax = plt.subplots(figsize=(10.8, 4.9), layout="constrained")
    for values, label, mark, colour in (
        (across, "x, y", "o", BLUE),
        (depth, "z", "s", VERMILION),
        (flat, "z, all at the hips", "|", INK),
    ):
        ax.plot(
            [values[groups[name]].mean() for name in order],
            range(len(order)),
            mark,
            color=colour,
            markersize=15,
            markeredgewidth=3,
            label=label,
        )
    ax.set(yticks=range(len(order)), yticklabels=order, xlabel="mean error, mm", xlim=(0, None))
    ax.grid(axis="x", color=LINE)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False)
    return fig, f"{maps.HELD_OUT} synthetic people held out"


def ray():
    """A pinhole, a pixel, and the two depths that the pixel could be at."""
    fig, ax = sketch.canvas(6.4, 4.6)
    eye, pixel = np.array([0.5, 1.4]), np.array([1.7, 2.0])
    for far, colour in ((5.2, VERMILION), (3.9, QUIET)):
        end = eye + (pixel - eye) / (pixel[0] - eye[0]) * (far - eye[0])
        ax.plot(*end, "o", color=colour, markersize=17)
        ax.plot((end[0], end[0]), (1.4, end[1]), ":", color=colour, linewidth=2.5)
    ax.plot(*np.stack([eye, eye + 4.6 * (pixel - eye)]).T, color=BLUE, linewidth=2.5)
    ax.plot((eye[0], 6.2), (1.4, 1.4), color=LINE, linewidth=2.5)
    ax.plot((1.7, 1.7), (0.5, 3.0), color=INK, linewidth=3)
    ax.plot(*eye, "o", color=INK, markersize=13)
    ax.plot(*pixel, "s", color=BLUE, markersize=12)
    for x, y, text in (
        (0.55, 0.75, "camera"),
        (1.7, 0.2, "image"),
        (1.45, 2.35, "u"),
        (5.2, 1.02, "Z + z"),
        (5.55, 2.5, "X"),
    ):
        ax.text(x, y, text, ha="center", va="center")
    ax.text(1.05, 1.12, "f", ha="center", va="center")
    ax.text(3.75, 3.45, "or here?", ha="center", va="center", color=QUIET)
    return fig, "Every place on the ray has the same pixel"


def live_clip():
    """Two networks on a moving person: joints that hide are empty; and the pose from the side."""
    flat, space = (checkpoints.load_pretrained(name)[0] for name in ("soft_argmax", "volumetric"))
    drawn = []
    for frame in cast.clip("walk", "lsp14", frames=30, size=640):
        box = person_box(frame, 0)
        small, large = (square_crop(frame.image, box, side, side)[0] for side in (128, 310))
        image = torch.from_numpy(small).permute(2, 0, 1)[None].float() / 255
        large = fill_edges(large)
        out = maps.run(flat, image)
        points = geometry.cell_to_pixel(soft_argmax.decode_soft_argmax(out)[0].numpy(), 310 / 128)
        flags = np.where(soft_argmax.confidence(out)[0] > 0.5, 2, 1)
        pose = soft_argmax.decode_volumes(maps.run(space, image))[0].numpy()
        drawn.append(
            np.hstack(
                [
                    large,
                    plots.draw_pose(large, points, flags, "lsp14", thickness=3),
                    _from_the_side(pose, 310),
                ]
            )
        )
    return np.stack(drawn), "Image; joints, hidden ones empty; the pose from the side"


def _from_the_side(pose: np.ndarray, size: int) -> np.ndarray:
    """A blank picture with (17, 3) pixels and metres seen from the person's left or right."""
    blank = np.full((size, size, 3), (251, 250, 246), np.uint8)
    blank[:, size // 2] = 200  # the hips
    points = np.stack(
        [(0.5 + pose[:, 2] / soft_argmax.DEPTH_RANGE) * size, pose[:, 1] * size / 128], -1
    )
    return plots.draw_pose(blank, points, None, BODY, thickness=3)
