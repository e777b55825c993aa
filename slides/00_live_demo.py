"""The pictures of deck 00. Where BlazePose is missing, synthetic people stand in, and say so.

A figure's inch is 100 px on the slide; pictures.py says how much room there is.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patheffects import withStroke

from posekit import geometry, plots, skeletons
from slides import cast, sketch
from slides.cast import NO_MODEL
from slides.course_map import course_map  # noqa: F401, a picture of this deck
from slides.limits import covered, far, several  # noqa: F401, and these
from slides.sketch import BLUE, GREEN, INK, LINE, PALE, QUIET, VERMILION

FACE = range(11)


def hero():
    """A jump as five skeletons, the last one bright, for the dark title slide."""
    clip, last = cast.jump()
    fig, ax = sketch.panels(4.9, 6.1)
    body = skeletons.get(clip.skeleton)
    for before, alpha in zip((7, 5, 3, 1, 0), (0.14, 0.2, 0.28, 0.4, 1)):
        points = cast.front(clip, last - before)
        for (a, b), side in zip(body.limb_indices, body.limb_sides):
            colour = {"left": "#56B4E9", "right": "#FF9A4D", "centre": "#7FE0BF"}[side]
            ax.plot(
                *points[[a, b]].T,
                color=colour,
                alpha=alpha,
                solid_capstyle="round",
                linewidth=5 if alpha == 1 else 3,
                linestyle=plots.STYLES[side],
            )
    ax.set_aspect("equal")
    ax.invert_yaxis()
    return fig


def _film(action: str, size: int) -> np.ndarray:
    """(T, size, size, 3) a synthetic person in motion, close up, the skeleton drawn in."""
    clip = cast.clip(action, size=2 * size)
    boxes = clip.extra["boxes"][:, 0]
    x1, y1, x2, y2 = geometry.keypoint_box(boxes.reshape(-1, 2), padding=1.15)
    half = min(max(x2 - x1, y2 - y1) / 2, size)
    centre = np.clip([(x1 + x2) / 2, (y1 + y2) / 2], half - 0.5, 2 * size - half - 0.5)
    matrix = geometry.crop_matrix((*(centre - half), *(centre + half)), size)
    return np.stack(
        [
            plots.draw_pose(
                geometry.warp(frame.image, matrix, size),
                geometry.transform(matrix, frame.keypoints),
                frame.visible,
                frame.skeleton,
                thickness=5,
            )
            for frame in clip
        ]
    )


def demo_clip():
    """A synthetic person with skeleton, moving."""
    return _film("jumping_jacks", 480), "A synthetic person, for a room without a camera"


def squats_clip():
    """The exercise's film."""
    return _film("squat", 400), "When is a squat complete?"


def black_box():
    """Picture in, box, joints out."""
    fig, ax = sketch.canvas(11.6, 4.3)
    image, points, visible = cast.somebody()
    height, width = image.shape[:2]
    shown = 4.26 * width / height
    last = 11.57 - shown
    panels = (
        sketch.picture(ax, image, box=(0.03, 0.02, shown, 4.26)),
        sketch.picture(ax, np.full_like(image, 255), points, visible, (last, 0.02, shown, 4.26)),
    )
    for panel in panels:
        plt.setp(panel.spines.values(), visible=True, color=LINE)
    sketch.box(ax, 4.8, 1.2, 2.0, 1.9, "?", INK, color="white", fontsize=60, fontweight=600)
    sketch.arrow(ax, (shown + 0.2, 2.15), (4.65, 2.15))
    sketch.arrow(ax, (6.95, 2.15), (last - 0.2, 2.15))
    if cast.has_model():
        return fig, "Rear Admiral Grace Hopper (public domain), and what BlazePose finds"
    return fig, NO_MODEL + "a synthetic person and the exact joints"


def counting():
    """One joint, two, three, all: and then the limbs."""
    body = skeletons.get("lsp14")
    points = cast.spread("lsp14")
    order = [body.index(name) for name in ("right_wrist", "left_wrist", "head_top")]
    order += [k for k in range(14) if k not in order]
    fig, axes = sketch.panels(11.6, 3.7, 5, sharex=True, sharey=True)
    for ax, count in zip(axes, (1, 2, 3, 14)):
        ax.plot(*points.T, "o", color=LINE, markersize=7)
        for k in order[:count]:
            side = body.joints[k].split("_")[0]
            ax.plot(*points[k], "o", color=plots.COLOURS.get(side, GREEN), markersize=9)
        ax.set_aspect("equal")
        ax.set_title(f"{count} joint" + "s" * (count > 1))
    sketch.pose(axes[-1], points, "lsp14", width=4, marker=9)
    axes[-1].set_title(f"{len(body.limbs)} limbs")
    return fig


def left_right():
    """The same person from the front and from behind: their left stays blue and solid."""
    points = cast.spread()
    fig, axes = sketch.panels(6.6, 4.6, 2, sharey=True)
    for ax, sign, title in zip(axes, (1, -1), ("facing you", "facing away")):
        shown = points * (sign, 1)
        behind = np.isin(np.arange(33), FACE) & (sign < 0)
        sketch.pose(ax, shown, visible=np.where(behind, 0, 2), width=4, marker=5)
        ax.text(0, shown[:, 1].max() + 0.35, title, ha="center")
        x, y = shown[15]
        ax.text(x, y - 0.3, "left wrist", ha="center", color=BLUE, fontweight=600)
        ax.margins(0.22)
    return fig


def joint_sets():
    """One pose, five lists of joints."""
    names = ("lsp14", "coco17", "h36m17", "body25", "blazepose33")
    fig, axes = sketch.panels(11.6, 4.1, len(names), sharex=True, sharey=True)
    for ax, name in zip(axes, names):
        sketch.pose(ax, cast.spread(name), name, width=3, marker=6)
        ax.set_title(f"{name}\n{len(skeletons.get(name))} joints")
    return fig


def landmarks():
    """The 33 landmarks with their numbers: the body, and the face enlarged."""
    points = cast.spread()
    fig, (body, face) = sketch.panels(11.6, 4.5, 2, width_ratios=(1, 1))
    sketch.pose(body, points, width=3, marker=6)
    sketch.pose(
        face, points, visible=np.where(np.isin(np.arange(33), FACE), 2, 0), width=3, marker=9
    )
    bold = {"fontsize": 18, "fontweight": 600}
    groups = {k: str(k) for k in (11, 13, 23, 25)}
    groups |= {15: "15 · 17 19 21", 27: "27 · 29 31"}
    for left, text in groups.items():
        mirrored = " ".join(t if t == "·" else str(int(t) + 1) for t in text.split())
        for k, label, sign in ((left, text, 1), (left + 1, mirrored, -1)):
            x, y = points[k] + (sign * (0.24 if k in (15, 16) else 0.15), 0)
            body.text(x, y, label, ha="left" if sign > 0 else "right", va="center", **bold)
    width = np.ptp(points[FACE, 0])
    for k in FACE:
        x, y = points[k]
        lift = {0: 0.16, 2: -0.22, 5: -0.22, 9: 0.13, 10: 0.13}.get(k, -0.1)
        face.text(x, y + lift * width, k, ha="center", va="center", **bold)
    x, y = points[FACE].mean(0)
    face.set(xlim=(x - 0.7 * width, x + 0.7 * width), ylim=(y + 0.5 * width, y - 0.6 * width))
    body.margins(0.12)
    return fig


def visibility():
    """The portrait, and how visible each landmark is by the network."""
    image, points, flags = cast.somebody()
    fig, (photo, bars) = sketch.panels(11.6, 4.1, 2, width_ratios=(1, 2.25))
    sketch.picture(photo, image, points, flags)
    if cast.has_model():
        scores, label = cast.found().scores[0], "visibility"
        caption = "Measured on the portrait; hollow: visibility under 0.5"
    else:
        scores, label = flags / 2, "label"
        caption = NO_MODEL + "a synthetic person's labels, 0.5 for occluded"
    joints = skeletons.get("blazepose33").joints
    parts = ("nose", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    bars.set_axis_on()
    for i, part in enumerate(parts):
        for side, shift in (("left", -0.2), ("right", 0.2), ("centre", 0)):
            name = part if side == "centre" else f"{side}_{part}"
            if name in joints:
                bars.bar(
                    i + shift,
                    max(scores[joints.index(name)], 0.006),
                    width=0.38,
                    color=plots.COLOURS[side],
                    edgecolor="white",
                    hatch="//" if side == "right" else "",
                )
    bars.axhline(0.5, color=INK, linestyle="--", linewidth=1.5)
    bars.set_xticks(range(len(parts)), parts)
    bars.set(ylim=(0, 1.08), yticks=(0, 0.5, 1), ylabel=label)
    return fig, caption


def depth():
    """The landmarks in metres from the front and from the side: z is what the side shows."""
    if cast.has_model():
        points, flags = cast.found().keypoints_3d[0], cast.found().visible[0]
        caption = "The portrait's landmarks; hollow: guessed"
    else:
        clip, t = cast.jump()
        points, flags = clip.extra["keypoints_3d"][t, 0], clip.visible[t, 0]
        points = points - points[[23, 24]].mean(0)
        caption = NO_MODEL + "a synthetic person"
    fig, axes = sketch.panels(6.4, 4.7, 2, sharey=True)
    for ax, across, title in zip(axes, (0, 2), ("front: x, y", "side: z, y")):
        sketch.pose(ax, points[:, [across, 1]], visible=flags, width=3, marker=6)
        ax.set_title(title)
        ax.axvline(0, color=QUIET, linewidth=1.2, linestyle=":")
    axes[1].annotate(
        "nearer",
        (0.0, -0.04),
        (0.4, -0.04),
        xycoords="axes fraction",
        va="center",
        color=QUIET,
        arrowprops={"arrowstyle": "-|>", "color": QUIET, "lw": 2},
    )
    return fig, caption


def pipeline():
    """Detector once, landmarks on every frame."""
    fig, ax = sketch.canvas(11.6, 3.9)
    boxes = (
        ("frame", "white", INK),
        ("person\ndetector\n224 × 224", PALE[VERMILION], VERMILION),
        ("region:\nsquare,\nupright", "white", INK),
        ("landmark\nnetwork\n256 × 256", PALE[BLUE], BLUE),
        ("33 × (x, y, z,\nvisibility,\npresence)", "white", INK),
    )
    for i, (text, fill, edge) in enumerate(boxes):
        x = 0.03 + 2.435 * i
        sketch.box(ax, x, 1.45, 1.8, 1.5, text, fill, edge, linespacing=1.2)
        if i:
            sketch.arrow(ax, (x - 0.56, 2.2), (x - 0.07, 2.2))
    sketch.arrow(ax, (10.67, 1.36), (5.8, 1.36), BLUE, bend=-0.16)
    bold = {"ha": "center", "va": "center", "fontweight": 600}
    ax.text(8.2, 0.2, "next frame: the region comes from these landmarks", color=BLUE, **bold)
    ax.text(
        3.37, 3.42, "only until a person is found,\nand when one is lost", color=VERMILION, **bold
    )
    ax.text(8.24, 3.3, "on every frame", color=BLUE, **bold)
    return fig


def region():
    """Hip centre, circle, rotated square, and the upright crop that the network sees."""
    clip = cast.clip("falling", frames=20, size=512, seed=7)
    person = clip[2]
    points = person.keypoints[0].astype(float)
    hips, shoulders = points[[23, 24]].mean(0), points[[11, 12]].mean(0)
    radius = 1.05 * np.nanmax(np.linalg.norm(points - hips, axis=1))
    up = (shoulders - hips) / np.linalg.norm(shoulders - hips)
    half = 1.25 * radius
    lean = np.degrees(np.arctan2(up[0], -up[1]))  # clockwise on the screen
    matrix = geometry.crop_matrix((*(hips - half), *(hips + half)), 256, rotation=-lean)
    square = [(-0.5, -0.5), (255.5, -0.5), (255.5, 255.5), (-0.5, 255.5), (-0.5, -0.5)]
    corners = geometry.transform(geometry.invert(matrix), square)
    fig, (frame, crop) = sketch.panels(6.6, 4.0, 2)
    frame.imshow(person.image)
    frame.plot(*corners.T, color=BLUE)
    frame.add_patch(plt.Circle(hips, radius, fill=False, color=VERMILION, ls="--", lw=2.5))
    for point, text, side in ((hips, "c", -1), (hips + radius * up, "s", 1)):
        frame.plot(*point, "o", color=VERMILION, markersize=11, markeredgecolor="white")
        frame.annotate(
            text,
            point,
            xytext=(side * 16, 6),
            textcoords="offset points",
            color=VERMILION,
            fontsize=26,
            fontweight=600,
            ha="center",
            path_effects=[withStroke(linewidth=4, foreground="white")],
        )
    low = np.minimum(corners.min(0), 0) - 8
    high = np.maximum(corners.max(0), person.image.shape[1::-1]) + 8
    frame.set(xlim=(low[0], high[0]), ylim=(high[1], low[1]), title="the frame")
    crop.imshow(geometry.warp(person.image, matrix, 256))
    crop.set_title("what the network sees")
    return fig


def _one_euro(signal, rate, min_cutoff, beta=0.0):
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
    motion = np.where(time < 1.6, 0.0, 60 * (1 - np.cos(2 * np.pi * 1.1 * (time - 1.6))))
    raw = motion + np.random.default_rng(0).normal(0, 4, len(time))
    fig, ax = plt.subplots(figsize=(11.6, 3.5), layout="constrained")
    ax.plot(time, raw, ".", color="#8A949C", markersize=7, label="measured")
    ax.plot(time, _one_euro(raw, rate, 1.0), color=VERMILION, ls="--", label="fixed, 1 Hz")
    ax.plot(time, _one_euro(raw, rate, 1.0, 0.04), color=BLUE, label="One-Euro")
    ax.set(xlabel="time, seconds", ylabel="wrist, pixels", xlim=(0, 4))
    ax.legend(loc="upper left", frameon=False)
    return fig, "Calm at rest, and hardly late in motion: simulated, noise of 4 pixels"


def knee_angle():
    """The angle of both knees during squats: what a trainer or a physiotherapist reads."""
    clip = cast.clip("squat", frames=90)
    points = clip.extra["keypoints_3d"][:, 0]
    fig, ax = plt.subplots(figsize=(11.6, 3.0), layout="constrained")
    for side, hip in (("left", 23), ("right", 24)):
        thigh, shin = (points[:, end] - points[:, hip + 2] for end in (hip, hip + 4))
        cosine = (thigh * shin).sum(-1) / np.linalg.norm(thigh, axis=-1)
        cosine /= np.linalg.norm(shin, axis=-1)
        ax.plot(
            np.arange(len(clip)) / clip.fps,
            np.degrees(np.arccos(np.clip(cosine, -1, 1))),
            color=plots.COLOURS[side],
            ls=plots.STYLES[side],
            label=f"{side} knee",
        )
    ax.set(xlabel="time, seconds", ylabel="knee, degrees", ylim=(None, 185), xlim=(0, None))
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    return fig, "A synthetic person's squats: 180° is a straight leg"


def overlay():
    """What augmented reality adds, and what a private camera keeps."""
    image, points, flags = cast.somebody()
    fig, (drawn, kept) = sketch.panels(7.0, 2.85, 2)
    sketch.picture(drawn, image)
    across = points[2] - points[5]  # from the right eye to the left one
    down = np.array([-across[1], across[0]])
    radius = 0.42 * np.hypot(*across)
    for eye, ear in (points[[2, 7]], points[[5, 8]]):
        drawn.add_patch(plt.Circle(eye, radius, fill=False, color=BLUE, lw=4))
        rim = eye + radius * (ear - eye) / np.hypot(*(ear - eye))
        drawn.plot(*np.stack([rim, ear]).T, color=BLUE, lw=4)
    tie = points[[9, 10]].mean(0) + 1.9 * down
    for sign in (-1, 1):
        wing = tie + sign * 0.8 * across
        corners = [tie, wing + 0.35 * down, wing - 0.35 * down]
        drawn.add_patch(plt.Polygon(corners, color=VERMILION))
    sketch.picture(kept, np.full_like(image, 244), points, flags)
    for ax, title in ((drawn, "adds to the image"), (kept, "keeps no image")):
        ax.set_title(title)
    return fig, "" if cast.has_model() else NO_MODEL + "a synthetic person"
