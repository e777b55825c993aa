"""The pictures of deck 00. Those that need BlazePose say so where its bundle is missing.

A figure's inch is 100 px on the slide; see pictures.py for the room that there is.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from posekit import geometry, live, plots, skeletons, synthetic
from posekit.data.images import read_image

BLUE, VERMILION, GREEN = (plots.COLOURS[side] for side in ("left", "right", "centre"))
INK, QUIET, LINE, CARD = "#16212B", "#55616C", "#D9D6CC", "#FFFFFF"
NO_MODEL = "The model is not on this machine (posekit data get mediapipe_pose): "
FACE = range(11)


# ---- what the pictures are made from -----------------------------------------------------
@lru_cache
def _clip(action: str, skeleton: str = "blazepose33", frames: int = 45, size: int = 480):
    """One synthetic person in motion: the same person whatever the joint set."""
    return synthetic.Clips(seed=5, count=1, frames=frames, size=size, skeleton=skeleton,
                           action=action)[0]  # fmt: skip


def _front(clip, t: int) -> np.ndarray:
    """(K, 2) the person of a frame seen straight from the front, y down, a torso 1 long."""
    joints = {name: k for k, name in enumerate(skeletons.get(clip.skeleton).joints)}
    points = clip.extra["keypoints_3d"][t, 0].astype(float)
    sides = [points[joints[f"{side}_{part}"]]
             for part in ("shoulder", "hip") for side in ("left", "right")]  # fmt: skip
    middle = (sides[2] + sides[3]) / 2
    up = (sides[0] + sides[1]) / 2 - middle
    length = np.linalg.norm(up)
    left = sides[0] - sides[1]
    left -= up * (left @ up) / length**2
    axes = np.stack([left / np.linalg.norm(left), -up / length])
    return (points - middle) @ axes.T / length


@lru_cache
def _portrait() -> np.ndarray:
    """(600, 512, 3) Grace Hopper, public domain; it comes with matplotlib."""
    return read_image(Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg")


def _has_model() -> bool:
    return live.bundle_path() is not None


@lru_cache
def _found():
    """BlazePose on the portrait."""
    with live.BlazePose() as net:
        return net.detect(_portrait())


@lru_cache
def _people():
    """A synthetic person with exact joints: what stands in for the portrait without a model."""
    return synthetic.People(seed=3, count=8, size=512, skeleton="blazepose33")


# ---- drawing -----------------------------------------------------------------------------
def _axes(width: float, height: float, columns: int = 1, **options):
    fig, axes = plt.subplots(1, columns, figsize=(width, height), layout="constrained",
                             squeeze=False, **options)  # fmt: skip
    for ax in axes[0]:
        ax.set_axis_off()
    return fig, (axes[0] if columns > 1 else axes[0, 0])


def _skeleton(ax, points, skeleton, visible=None, **options):
    """A pose on empty axes, upright and to scale."""
    plots.show_pose(ax, points, visible, skeleton, **options)
    ax.set_aspect("equal")
    if not ax.yaxis_inverted():
        ax.invert_yaxis()
    ax.margins(0.08)


def _box(ax, x, y, width, height, text, colour=CARD, edge=INK, **options):
    ax.add_patch(FancyBboxPatch((x, y), width, height, boxstyle="round,pad=0,rounding_size=0.1",
                                facecolor=colour, edgecolor=edge, linewidth=1.6))  # fmt: skip
    ax.text(x + width / 2, y + height / 2, text, ha="center", va="center", **options)


def _arrow(ax, start, end, colour=INK, bend=0.0, style="-|>", **options):
    ax.add_patch(FancyArrowPatch(start, end, arrowstyle=style, mutation_scale=22, linewidth=2.2,
                                 color=colour, connectionstyle=f"arc3,rad={bend}",
                                 shrinkA=0, shrinkB=0, **options))  # fmt: skip


def _canvas(width: float, height: float):
    """Axes in inches over the whole figure, for diagrams."""
    fig = plt.figure(figsize=(width, height))
    ax = fig.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height))
    ax.set_axis_off()
    return fig, ax


# ---- the pictures, in the deck's order ---------------------------------------------------
def hero():
    """A jump as five skeletons, the last one bright, for the dark title slide."""
    clip = _clip("jumping_jacks")
    fig, ax = _axes(4.8, 6.0)
    body = skeletons.get(clip.skeleton)
    for t, alpha in zip((0, 4, 8, 12, 16), (0.13, 0.2, 0.3, 0.45, 1)):
        points = _front(clip, t)
        for (a, b), side in zip(body.limb_indices, body.limb_sides):
            colour = {"left": "#56B4E9", "right": "#FF9A4D", "centre": "#7FE0BF"}[side]
            ax.plot(*points[[a, b]].T, color=colour, alpha=alpha, solid_capstyle="round",
                    linewidth=5 if alpha == 1 else 3, linestyle=plots.STYLES[side])  # fmt: skip
    ax.set_aspect("equal")
    ax.invert_yaxis()
    return fig


def demo_clip():
    """A synthetic person with skeleton, moving."""
    clip = _clip("jumping_jacks", size=440)
    frames = [plots.draw_pose(sample.image, sample.keypoints, sample.visible, sample.skeleton)
              for sample in clip]  # fmt: skip
    return np.stack(frames), "A synthetic person, for a room without a camera"


def black_box():
    """Picture in, box, joints out."""
    fig, ax = _canvas(11.6, 4.3)
    if _has_model():
        image, points, visible = _portrait(), _found().keypoints[0], _found().visible[0]
        caption = "Her portrait and what BlazePose finds in it"
    else:
        person = _people()[0]
        image, points, visible = person.image, person.keypoints[0], person.visible[0]
        caption = NO_MODEL + "a synthetic person and the exact joints."
    height, width = image.shape[:2]
    shown = 4.3 * width / height
    photo = ax.inset_axes((0, 0, shown, 4.3), transform=ax.transData)
    photo.imshow(image)
    result = ax.inset_axes((11.6 - shown, 0, shown, 4.3), transform=ax.transData)
    result.imshow(np.full_like(image, 255))
    plots.show_pose(result, points, visible, "blazepose33")
    for panel in (photo, result):
        panel.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5), xticks=[], yticks=[])
        plt.setp(panel.spines.values(), visible=True, color=LINE)
    _box(ax, 4.8, 1.2, 2.0, 1.9, "?", colour=INK, color="white", fontsize=60, fontweight=600)
    _arrow(ax, (shown + 0.2, 2.15), (4.65, 2.15))
    _arrow(ax, (6.95, 2.15), (11.4 - shown, 2.15))
    return fig, caption


def counting():
    """One joint, two, three, all: and then the limbs."""
    clip = _clip("jumping_jacks", skeleton="lsp14")
    body, points = skeletons.get("lsp14"), _front(clip, 13)
    order = [body.index(name) for name in ("right_wrist", "left_wrist", "head_top")]
    fig, axes = _axes(11.6, 3.7, 5, sharex=True, sharey=True)
    titles = ("1 joint", "2", "3", "14 joints", "13 limbs make a skeleton")
    for ax, count, title in zip(axes, (1, 2, 3, 14, 14), titles):
        chosen = np.isin(np.arange(14), order[:count]) | (count == 14)
        ax.plot(*points.T, "o", color=LINE, markersize=7)
        limbs = 4 if ax is axes[-1] else 0
        _skeleton(ax, points, "lsp14", np.where(chosen, 2, 0), width=limbs, marker=9)
        ax.set_title(f"{len(body.limbs)} limbs" if limbs else title)
    return fig


def left_right():
    """The same person from the front and from behind: their left stays blue and solid."""
    clip = _clip("jumping_jacks")
    points = _front(clip, 13)
    fig, axes = _axes(6.2, 4.9, 2, sharey=True)
    for ax, sign, title in zip(axes, (1, -1), ("facing you", "facing away")):
        shown = points * (sign, 1)
        _skeleton(ax, shown, "blazepose33", np.where(np.isin(np.arange(33), FACE) & (sign < 0),
                                                     0, 2), width=4, marker=5)  # fmt: skip
        ax.set_title(title)
        wrist = shown[15]
        ax.annotate("left wrist", wrist, xytext=(wrist[0], shown[:, 1].min() - 0.45),
                    ha="center", color=BLUE, fontweight=600,
                    arrowprops={"arrowstyle": "-", "color": BLUE, "lw": 1.2})  # fmt: skip
    return fig


def joint_sets():
    """One pose, five lists of joints."""
    names = ("lsp14", "coco17", "h36m17", "body25", "blazepose33")
    fig, axes = _axes(11.6, 3.9, len(names), sharex=True, sharey=True)
    for ax, name in zip(axes, names):
        _skeleton(ax, _front(_clip("jumping_jacks", skeleton=name), 13), name, width=3, marker=6)
        ax.set_title(f"{name}\n{len(skeletons.get(name))} joints")
    return fig


def landmarks():
    """The 33 landmarks with their numbers: the body, and the face enlarged."""
    points = _front(_clip("jumping_jacks"), 13)
    fig, (body, face) = _axes(8.0, 5.2, 2, width_ratios=(1.25, 1))
    _skeleton(body, points, "blazepose33", width=3, marker=6)
    bold = {"fontsize": 18, "fontweight": 600, "va": "center"}
    for left, near in ((11, 0.12), (13, 0.14), (23, 0.12), (25, 0.14)):
        for k, sign in ((left, 1), (left + 1, -1)):
            x, y = points[k]
            body.text(x + sign * near, y, k, ha="left" if sign > 0 else "right", **bold)
    for first, text in ((15, "15 17\n19 21"), (16, "16 18\n20 22"), (27, "27\n29 31"),
                        (28, "28\n30 32")):  # fmt: skip
        (x, y), sign = points[first], 1 if first % 2 else -1
        body.text(x + sign * 0.22, y, text, ha="left" if sign > 0 else "right", linespacing=1.0,
                  **bold)  # fmt: skip
    body.set_title("11–32: body, hands, feet")
    head = np.where(np.isin(np.arange(33), FACE), 2, 0)
    _skeleton(face, points, "blazepose33", head, width=3, marker=9)
    for k in FACE:
        x, y = points[k]
        below = k in (7, 8, 9, 10, 0)
        face.text(x, y + (0.05 if below else -0.05), k, ha="center", fontsize=18,
                  fontweight=600, va="top" if below else "bottom")  # fmt: skip
    face.set_title("0–10: face")
    face.margins(0.2, 0.45)
    return fig


def visibility():
    """The portrait, and how visible the network says each landmark is."""
    groups = ("nose", "eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    joints = skeletons.get("blazepose33").joints
    if _has_model():
        image, found = _portrait(), _found()
        points, flags, scores = found.keypoints[0], found.visible[0], found.scores[0]
        label, caption = "visibility", "Measured on the portrait; hollow: visibility under 0.5"
    else:
        person = _people()[0]
        image, points, flags = person.image, person.keypoints[0], person.visible[0]
        scores, label = flags / 2, "label: 0 unlabelled, 0.5 occluded, 1 visible"
        caption = NO_MODEL + "the exact labels of a synthetic person."
    fig, (photo, bars) = _axes(11.6, 4.1, 2, width_ratios=(1, 1.9))
    photo.imshow(image)
    plots.show_pose(photo, points, flags, "blazepose33")
    photo.set(xlim=(-0.5, image.shape[1] - 0.5), ylim=(image.shape[0] - 0.5, -0.5))
    bars.set_axis_on()
    for i, part in enumerate(groups):
        sides = [k for k, joint in enumerate(joints) if joint in (part, f"left_{part}",
                                                                  f"right_{part}")]  # fmt: skip
        for k, shift in zip(sides, (-0.2, 0.2) if len(sides) == 2 else (0,)):
            side = joints[k].split("_")[0]
            colour = plots.COLOURS.get(side, GREEN)
            bars.bar(i + shift, max(scores[k], 0.006), width=0.38, color=colour,
                     hatch="//" if side == "right" else "", edgecolor="white")  # fmt: skip
    bars.axhline(0.5, color=INK, linestyle="--", linewidth=1.5)
    bars.set_xticks(range(len(groups)), groups)
    bars.set(ylim=(0, 1.08), yticks=(0, 0.5, 1), ylabel=label)
    return fig, caption


def depth():
    """The landmarks in metres from the front and from her left: z is what the side shows."""
    if _has_model():
        points, flags = _found().keypoints_3d[0], _found().visible[0]
        caption = "The portrait's landmarks in metres; hollow ones are guessed"
    else:
        clip = _clip("jumping_jacks")
        points, flags = clip.extra["keypoints_3d"][13, 0], clip.visible[13, 0]
        points = points - points[[23, 24]].mean(0)
        caption = NO_MODEL + "a synthetic person's exact joints."
    fig, axes = _axes(6.4, 4.4, 2, sharey=True)
    for ax, across, title in zip(axes, (0, 2), ("front: x, y", "side: z, y")):
        _skeleton(ax, points[:, [across, 1]], "blazepose33", flags, width=3, marker=6)
        ax.set_title(title)
        ax.axvline(0, color=QUIET, linewidth=1.2, linestyle=":")
    axes[1].annotate("nearer", (0.08, -0.02), (0.45, -0.02), xycoords="axes fraction",
                     va="center", color=QUIET,
                     arrowprops={"arrowstyle": "-|>", "color": QUIET})  # fmt: skip
    return fig, caption


def pipeline():
    """Detector once, landmarks on every frame."""
    fig, ax = _canvas(11.6, 3.6)
    boxes = (
        (0.05, "frame", CARD), (2.5, "person\ndetector\n224 × 224", "#FBE3D2"),
        (4.95, "region:\nsquare,\nupright", CARD), (7.4, "landmark\nnetwork\n256 × 256", "#D6E8F4"),
        (9.85, "33 × (x, y,\nz, visibility,\npresence)", CARD),
    )  # fmt: skip
    for x, text, colour in boxes:
        _box(ax, x, 1.35, 1.7, 1.35, text, colour, fontsize=18, linespacing=1.25)
    for x in (1.75, 4.2, 6.65, 9.1):
        _arrow(ax, (x + 0.08, 2.02), (x + 0.67, 2.02))
    _arrow(ax, (10.7, 1.27), (5.8, 1.27), BLUE, bend=-0.16)
    ax.text(8.25, 0.2, "next frame: the region comes from these landmarks", color=BLUE,
            ha="center", fontweight=600)  # fmt: skip
    ax.text(3.35, 3.0, "only until a person is found,\nand when one is lost", color=VERMILION,
            ha="center", va="center", fontweight=600)  # fmt: skip
    ax.text(8.25, 3.0, "on every frame", color=BLUE, ha="center", va="center", fontweight=600)
    return fig


def region():
    """Hip centre, circle, rotated square, and the upright crop that the network sees."""
    person = _people()[0]
    points = person.keypoints[0].astype(float)
    hips, shoulders = points[[23, 24]].mean(0), points[[11, 12]].mean(0)
    radius = 1.08 * np.linalg.norm(points - hips, axis=1).max()
    up = (shoulders - hips) / np.linalg.norm(shoulders - hips)
    half = 1.25 * radius
    lean = np.degrees(np.arctan2(up[0], -up[1]))  # clockwise on the screen
    box = (*(hips - half), *(hips + half))
    matrix = geometry.crop_matrix(box, 256, rotation=-lean)
    corners = geometry.transform(geometry.invert(matrix), [(-0.5, -0.5), (255.5, -0.5),
                                 (255.5, 255.5), (-0.5, 255.5), (-0.5, -0.5)])  # fmt: skip
    fig, (left, right) = _axes(6.6, 3.9, 2)
    left.imshow(person.image)
    left.plot(*corners.T, color=BLUE)
    left.add_patch(plt.Circle(hips, radius, fill=False, color=VERMILION, ls="--", lw=2.5))
    for point, text, side in ((hips, "c", -1), (hips + radius * up, "s", 1)):
        left.plot(*point, "o", color=VERMILION, markersize=10, markeredgecolor="white")
        left.annotate(text, point, xytext=(side * 14, 4), textcoords="offset points",
                      color=VERMILION, fontsize=24, fontweight=600, ha="center")  # fmt: skip
    low = np.minimum(corners.min(0), 0) - 8
    high = np.maximum(corners.max(0), person.image.shape[1::-1]) + 8
    left.set(xlim=(low[0], high[0]), ylim=(high[1], low[1]), title="the frame")
    right.imshow(geometry.warp(person.image, matrix, 256))
    right.set_title("what the network sees")
    return fig


def _low_pass(signal, rate, min_cutoff, beta=0.0):
    """Casiez's One-Euro filter; with ``beta`` 0 a plain low-pass."""
    def alpha(cutoff):
        return 1 / (1 + rate / (2 * np.pi * cutoff))

    x, speed, out = signal[0], 0.0, []
    for value in signal:
        speed += alpha(1.0) * ((value - x) * rate - speed)
        x += alpha(min_cutoff + beta * abs(speed)) * (value - x)
        out.append(x)
    return np.array(out)


def one_euro():
    """A noisy wrist that rests and then moves: raw, a fixed low-pass, One-Euro."""
    rate = 30
    time = np.arange(0, 4, 1 / rate)
    motion = np.where(time < 1.6, 0.0, 120 * (1 - np.cos(2 * np.pi * 1.1 * (time - 1.6))) / 2)
    raw = motion + np.random.default_rng(0).normal(0, 4, len(time))
    fig, ax = plt.subplots(figsize=(11.6, 3.5), layout="constrained")
    ax.plot(time, raw, ".", color="#8A949C", markersize=7, label="measured")
    ax.plot(time, _low_pass(raw, rate, 1.0), color=VERMILION, ls="--", label="fixed cut-off 1 Hz")
    ax.plot(time, _low_pass(raw, rate, 1.0, 0.04), color=BLUE, label="One-Euro")
    ax.set(xlabel="time, seconds", ylabel="wrist, pixels", xlim=(0, 4))
    ax.legend(loc="upper left", frameon=False)
    return fig, "Calm at rest, and no lag in motion: simulated, noise of 4 pixels"


def _tried(images, poses: int, titles, width: float, height: float):
    """What BlazePose finds in each image, drawn, under ``title.format(people found)``."""
    fig, axes = _axes(width, height, len(images), width_ratios=[i.shape[1] for i in images])
    with live.BlazePose(poses=poses) as net:
        for ax, image, title in zip(axes, images, titles):
            found = net.detect(image)
            ax.imshow(plots.draw_pose(image, found.keypoints, found.visible, "blazepose33",
                                      thickness=max(3, image.shape[0] // 90)))  # fmt: skip
            ax.set_title(title(found))
    return fig


def _truth(count: int, width: float, height: float):
    """Synthetic people with their exact joints, where there is no model to try."""
    fig, axes = _axes(width, height, count)
    for ax, i in zip(axes, range(count)):
        plots.show_sample(ax, _people()[i])
    return fig, NO_MODEL + "synthetic people and their exact joints."


def several():
    """One portrait, two, three, four in a row."""
    if not _has_model():
        return _truth(4, 11.6, 3.6)
    one = _on_canvas(300, 300)
    rows = [np.hstack([one] * count) for count in (1, 2, 3, 4)]
    return _tried(rows, 5, [lambda found: f"{len(found)} found"] * 4, 11.6, 2.6), (
        "1, 2, 3 and 4 copies of the portrait, poses=5: measured when this page was built"
    )


def covered():
    """A grey square over her left shoulder: how sure, and how far off."""
    if not _has_model():
        return _truth(3, 8.0, 3.6)
    truth = _found().keypoints[0, 11]
    x, y = truth.astype(int)
    images = []
    for half in (0, 60, 100):
        image = _portrait().copy()
        image[max(0, y - half) : y + half, max(0, x - half) : x + half] = 128
        images.append(image)

    def title(found):
        if len(found) == 0:
            return "nobody found"
        off = np.linalg.norm(found.keypoints[0, 11] - truth)
        return f"visibility {found.scores[0, 11]:.3f}\n{off:.0f} px away" if off else (
            f"visibility {found.scores[0, 11]:.3f}\nnothing covered")  # fmt: skip

    return _tried(images, 1, [title] * 3, 7.4, 4.2), "Her left shoulder, measured"


def _on_canvas(height: int, size: int) -> np.ndarray:
    """The portrait, so many pixels high, in the middle of a grey square."""
    box = geometry.image_box(*_portrait().shape[:2])
    matrix = geometry.crop_matrix(box, size, scale=height / size)
    return geometry.warp(_portrait(), matrix, size, fill=128)


def far():
    """The portrait smaller and smaller on a 600-pixel canvas."""
    if not _has_model():
        return _truth(5, 11.6, 3.0)
    heights = (400, 240, 120, 80, 40)
    images = [_on_canvas(height, 600) for height in heights]
    titles = [lambda found, h=h: f"{h} px: {'found' if len(found) else 'nobody'}"
              for h in heights]  # fmt: skip
    return _tried(images, 1, titles, 11.6, 2.9), (
        "The portrait's height on a canvas of 600 × 600; measured when this page was built"
    )


def knee_angle():
    """The angle of both knees during squats: what a trainer or a physiotherapist reads."""
    clip = _clip("squats", frames=90)
    points = clip.extra["keypoints_3d"][:, 0]
    fig, ax = plt.subplots(figsize=(6.0, 4.2), layout="constrained")
    for side, first in (("left", 23), ("right", 24)):
        thigh, shin = (points[:, first + step] - points[:, first + 2] for step in (0, 4))
        cosine = (thigh * shin).sum(-1) / np.linalg.norm(thigh, axis=-1)
        cosine /= np.linalg.norm(shin, axis=-1)
        ax.plot(np.arange(len(clip)) / clip.fps, np.degrees(np.arccos(np.clip(cosine, -1, 1))),
                color=plots.COLOURS[side], ls=plots.STYLES[side], label=f"{side} knee")  # fmt: skip
    ax.set(xlabel="time, seconds", ylabel="knee angle, degrees", ylim=(40, 190))
    ax.legend(loc="lower left", frameon=False)
    return fig, "A synthetic person's squats: 180° is a straight leg"


def overlay():
    """What augmented reality adds, and what a private camera keeps."""
    if _has_model():
        image, points, flags = _portrait(), _found().keypoints[0], _found().visible[0]
        caption = "Anchored to her landmarks · the same person without the picture"
    else:
        person = _people()[0]
        image, points, flags = person.image, person.keypoints[0], person.visible[0]
        caption = NO_MODEL + "a synthetic person."
    fig, (left, right) = _axes(6.0, 3.7, 2)
    left.imshow(image)
    across = points[2] - points[5]  # from her right eye to her left one
    down = np.array([-across[1], across[0]])
    for k, eye in ((2, points[2]), (5, points[5])):
        left.add_patch(plt.Circle(eye, 0.42 * np.hypot(*across), fill=False, color=BLUE, lw=4))
        ear = points[7 if k == 2 else 8]
        rim = eye + (ear - eye) / np.hypot(*(ear - eye)) * 0.42 * np.hypot(*across)
        left.plot(*np.stack([rim, ear]).T, color=BLUE, lw=4)
    tie = points[[9, 10]].mean(0) + 1.9 * down
    for sign in (-1, 1):
        wing = [tie, tie + sign * 0.8 * across + 0.35 * down, tie + sign * 0.8 * across
                - 0.35 * down]  # fmt: skip
        left.add_patch(plt.Polygon(wing, color=VERMILION))
    right.imshow(np.full_like(image, 244))
    plots.show_pose(right, points, flags, "blazepose33")
    for ax in (left, right):
        ax.set(xlim=(-0.5, image.shape[1] - 0.5), ylim=(image.shape[0] - 0.5, -0.5))
    return fig, caption


CHAPTERS = (
    ("00", "Live demo", "start"), ("01", "Keypoint data", "start"),
    ("02", "Coordinate\nregression", "image"), ("03", "Heatmaps", "image"),
    ("04", "Soft-argmax", "image"), ("05", "Part affinity\nfields", "image"),
    ("06", "Depthwise\nconvolutions", "image"), ("07", "Multitask pose\nand action", "more"),
    ("08", "3D pose\nmachines", "more"), ("09", "LSTM pose\nmachines", "more"),
    ("10", "Action\nrecognition", "more"), ("11", "Real-time pose\nand action", "more"),
)  # fmt: skip


def course_map():
    """Twelve chapters in two rows: live, one image, then depth and time."""
    fig, ax = _canvas(11.6, 4.3)
    colours = {"start": ("#DDEFE8", GREEN), "image": ("#D6E8F4", BLUE),
               "more": ("#FBE3D2", VERMILION)}  # fmt: skip
    for i, (number, title, part) in enumerate(CHAPTERS):
        x, y = 0.05 + (i % 6) * 1.95, 2.45 - 2.2 * (i // 6)
        fill, edge = colours[part]
        _box(ax, x, y, 1.75, 1.45, "", fill, edge)
        ax.text(x + 0.13, y + 1.2, number, color=edge, fontsize=20, fontweight=600, va="center")
        ax.text(x + 0.13, y + 0.52, title, fontsize=17.4, va="center", linespacing=1.15)
    for x, y, text, part in ((0.05, 4.12, "See it work", "start"),
                             (3.95, 4.12, "One image", "image"),
                             (2.0, 1.92, "Depth, time, action", "more")):  # fmt: skip
        ax.text(x, y, text, color=colours[part][1], fontweight=600, va="center")
    return fig
