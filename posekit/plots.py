"""Pictures of poses: on images, in grids, as heatmaps, in 3D.

The person's left is blue and solid, their right is vermilion and dashed, the middle is
green: two cues, so that colour blindness and a grey print-out lose nothing (colours from
Okabe and Ito, "Color Universal Design", 2008). An occluded joint is an empty circle.

Functions that take ``ax`` draw on matplotlib axes; `draw_pose` draws into an image, for
video; `show` puts a figure into a notebook together with its alternative text.
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Sequence

import cv2
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patheffects import withStroke

from . import skeletons
from .data.sample import FRAMES, OCCLUDED, Sample
from .errors import InputError, check_known, check_shape

COLOURS = {"left": "#0072B2", "right": "#D55E00", "centre": "#009E73"}
STYLES = {"left": "-", "right": (0, (3, 1.5)), "centre": "-"}
MIN_POINTS = 12  # the smallest text, in points, that the last row of a lecture hall reads


def _rgb(colour: str) -> tuple[int, int, int]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def style() -> None:
    """Set matplotlib's fonts and colours for the course: called once, at a notebook's top."""
    # Okabe and Ito's without blue and vermilion, which are left and right.
    cycle = plt.cycler(color=["#56B4E9", "#E69F00", "#CC79A7", "#009E73", "#000000"])
    plt.rc("font", size=13)
    plt.rc("axes", titlesize=14, labelsize=13, prop_cycle=cycle)
    plt.rc("axes.spines", top=False, right=False)
    plt.rc("legend", fontsize=12)
    plt.rc(("xtick", "ytick"), labelsize=12)
    plt.rc("figure", titlesize=15, dpi=90)


def small_texts(fig) -> list[str]:
    """The visible texts of a figure that are under 12 points, as drawn."""
    texts = (t for t in fig.findobj(plt.Text) if t.get_visible() and t.get_text().strip())
    return sorted({t.get_text() for t in texts if t.get_fontsize() < MIN_POINTS})


def show(fig, alt: str, dpi: int = 90) -> None:
    """Put a figure into the notebook, with a text for those who cannot see it; then close it.

    ``alt`` says what the picture shows, in a sentence. Warns about text under 12 points.
    Outside a notebook this is ``plt.show()``. Raises `InputError` without ``alt``.
    """
    if not alt or not alt.strip():
        raise InputError("a figure needs its alternative text: plots.show(fig, alt='...').")
    small = small_texts(fig)
    if small:
        warnings.warn(f"text under {MIN_POINTS} pt in this figure: {small}", stacklevel=2)
    if not in_notebook():
        plt.show()
        return
    from IPython.display import Image, display

    # Photographs as PNG would make a notebook several times heavier.
    photos = any(image.get_array().ndim == 3 for ax in fig.axes for image in ax.images)
    options = {"format": "jpeg", "pil_kwargs": {"quality": 88}} if photos else {"format": "png"}
    buffer = io.BytesIO()
    fig.savefig(buffer, dpi=dpi, bbox_inches="tight", facecolor="white", **options)
    plt.close(fig)
    about = {"alt": " ".join(alt.split())}
    display(Image(data=buffer.getvalue(), format=options["format"], metadata=about))


def in_notebook() -> bool:
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    shell = get_ipython()
    return shell is not None and hasattr(shell, "kernel")


def _people(keypoints, visible, skeleton):
    """Keypoints as (P, K, D) and visibility as (P, K), whatever of one person or many came."""
    keypoints = np.asarray(keypoints, dtype=float)
    if keypoints.ndim == 2:
        keypoints = keypoints[None]
    if keypoints.ndim != 3 or keypoints.shape[1] != len(skeleton):
        raise InputError(
            f"{skeleton.name} has {len(skeleton)} joints, but the keypoints are of shape "
            f"{keypoints.shape}: give (joints, 2) or (people, joints, 2)."
        )
    known = np.isfinite(keypoints).all(-1)
    if visible is None:
        return keypoints, np.where(known, 2, 0)
    return keypoints, np.where(known, np.asarray(visible).reshape(known.shape), 0)


def _show_image(ax, image) -> None:
    ax.imshow(image)
    ax.set_axis_off()


def show_pose(
    ax, keypoints, visible=None, skeleton="lsp14", *, names=False, width=3.0, marker=6.0
) -> None:
    """Draw one person (K, 2) or several (P, K, 2), pixels, over whatever ``ax`` shows.

    ``visible`` (K,) or (P, K): 0 is not drawn, 1 is drawn empty, None draws every finite
    joint. Labels are drawn as they are, be it one joint; what a network found is drawn by
    `posekit.live.show_poses`, which leaves out who is hardly known. ``names`` writes the
    joints' indices beside them. Raises `InputError` for a wrong number of joints.
    """
    skeleton = skeletons.get(skeleton)
    for points, flags in zip(*_people(keypoints, visible, skeleton)):
        _show_limbs(ax, points, flags, skeleton, width)
        _show_joints(ax, points, flags, skeleton, marker)
        for k in np.flatnonzero(flags) if names else ():
            beside = {"xytext": (5, -5), "textcoords": "offset points"}
            ax.annotate(str(k), points[k], **beside, fontsize=MIN_POINTS, fontweight="bold")


def _limbs(points, flags, skeleton):
    """(2, D) the ends of each limb of which both joints are known, and its side."""
    for ends, side in zip(skeleton.limb_indices, skeleton.limb_sides):
        if flags[ends].all():
            yield points[ends], side


def _show_limbs(ax, points, flags, skeleton, width: float) -> None:
    """A line with a white edge for each limb of which both joints are known."""
    for ends, side in _limbs(points, flags, skeleton):
        look = {"color": COLOURS[side], "linestyle": STYLES[side], "linewidth": width}
        edge = [withStroke(linewidth=width + 2, foreground="white")]
        ax.plot(*ends.T, **look, solid_capstyle="round", path_effects=edge)


def _show_joints(ax, points, flags, skeleton, marker: float) -> None:
    """A circle for each known joint, empty where it is occluded."""
    for k in np.flatnonzero(flags):
        colour = COLOURS[_joint_side(skeleton.joints[k])]
        inside = "white" if flags[k] == OCCLUDED else colour
        look = {"color": colour, "markerfacecolor": inside, "markeredgewidth": 1.5}
        ax.plot(*points[k], "o", markersize=marker, **look)


def _joint_side(joint: str) -> str:
    return joint.split("_")[0] if joint.startswith(("left_", "right_")) else "centre"


def show_sample(
    ax, sample: Sample, *, title: str | None = None, boxes: bool = False, names: bool = False
) -> None:
    """Draw a sample's image and its people on ``ax``; a label-only sample on white."""
    image = sample.image
    if image is None:
        image = np.full((*sample.size, 3), 255, np.uint8)
    _show_image(ax, image)
    show_pose(ax, sample.keypoints, sample.visible, sample.skeleton, names=names)
    if boxes and sample.boxes is not None:
        for x1, y1, x2, y2 in sample.boxes:
            ax.add_patch(plt.Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, lw=1.5, ec="k"))
    ax.set(xlim=(-0.5, image.shape[1] - 0.5), ylim=(image.shape[0] - 0.5, -0.5))
    if title is not None:
        ax.set_title(title)


def grid(
    items: Sequence,
    titles: Sequence[str] | None = None,
    columns: int = 4,
    side: float = 3.0,
    **options,
):
    """A figure of samples or plain images (H, W, 3) in rows; returns the figure.

    ``side`` is one picture's width in inches; ``options`` go to `show_sample`.
    """
    if len(items) == 0:
        raise InputError("there is nothing to show: the list of samples is empty.")
    columns = min(columns, len(items))
    rows = math.ceil(len(items) / columns)
    fig, axes = plt.subplots(
        rows, columns, figsize=(side * columns, side * rows), squeeze=False, layout="constrained"
    )
    for ax in axes.flat[len(items) :]:
        ax.set_axis_off()
    for i, (ax, item) in enumerate(zip(axes.flat, items)):
        if isinstance(item, Sample):
            show_sample(ax, item, **options)
        else:
            _show_image(ax, item)
        if titles is not None:
            ax.set_title(titles[i])
    return fig


def heatmap_overlay(ax, image, heatmap, stride: float, *, alpha: float = 0.85) -> None:
    """Lay a heatmap (h, w) over the image (H, W, 3) that it belongs to.

    Cell i of stride s covers the pixels [i s - 0.5, (i + 1) s - 0.5]: drawn by the pixel
    grid of `posekit.geometry`, so a peak that looks half a pixel off is half a pixel off.
    """
    heatmap = np.nan_to_num(np.asarray(heatmap, dtype=float))
    check_shape("one heatmap", heatmap, "h", "w")
    height, width = heatmap.shape
    ax.imshow(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cmap="gray", vmin=0, vmax=420)
    edges = (-0.5, width * stride - 0.5, height * stride - 0.5, -0.5)
    shown = alpha * np.clip(heatmap / max(heatmap.max(), 1e-9), 0, 1)
    ax.imshow(heatmap, "inferno", alpha=shown, extent=edges, interpolation="nearest")
    ax.set(xlim=(-0.5, image.shape[1] - 0.5), ylim=(image.shape[0] - 0.5, -0.5))
    ax.set_axis_off()


def pose_3d(ax, keypoints_3d, visible=None, skeleton="h36m17", *, frame: str = "camera") -> None:
    """Draw one person (K, 3) in metres on 3D axes, upright and to scale.

    In the frames ``camera`` and ``root`` x is right, y is down and z is away from the camera, so
    the plot shows x, z and -y; in ``world`` z is up and nothing is turned. Raises `InputError`
    for another frame.
    """
    check_known("frame", frame, FRAMES)
    skeleton = skeletons.get(skeleton)
    (points,), (flags,) = _people(keypoints_3d, visible, skeleton)
    if frame != "world":
        points = points[:, [0, 2, 1]] * [1, 1, -1]
    for ends, side in _limbs(points, flags, skeleton):
        ax.plot(*ends.T, color=COLOURS[side], linestyle=STYLES[side], linewidth=3)
    known = points[flags > 0]
    if len(known):
        centre, half = (known.max(0) + known.min(0)) / 2, np.ptp(known, axis=0).max() / 2 * 1.05
        for set_limits, middle in zip((ax.set_xlim, ax.set_ylim, ax.set_zlim), centre):
            set_limits(middle - half, middle + half)
    ax.set_box_aspect((1, 1, 1))
    ax.set_xlabel("x, m", labelpad=8)
    ax.set_ylabel("y, m" if frame == "world" else "depth, m", labelpad=8)
    ax.set_zlabel("up, m", labelpad=8)


def draw_pose(
    image, keypoints, visible=None, skeleton="lsp14", *, thickness: int | None = None
) -> np.ndarray:
    """A copy of ``image`` (H, W, 3) uint8 RGB with one person or several drawn into it.

    Arguments as `show_pose`; ``thickness`` in pixels, by default 1/150 of the image's
    diagonal. Fast enough for video: about a millisecond a person.
    """
    skeleton = skeletons.get(skeleton)
    image = np.ascontiguousarray(image).copy()
    thickness = thickness or max(2, round(math.hypot(*image.shape[:2]) / 150))
    for points, flags in zip(*_people(keypoints, visible, skeleton)):
        for (a, b), side in _limbs(points, flags, skeleton):
            _line(image, a, b, (255, 255, 255), thickness + 2, pieces=1)
            pieces = _dashes(a, b, thickness) if side == "right" else 1
            _line(image, a, b, _rgb(COLOURS[side]), thickness, pieces)
        for k in np.flatnonzero(flags):
            colour = _rgb(COLOURS[_joint_side(skeleton.joints[k])])
            _disc(image, points[k], thickness + 1, colour)
            if flags[k] == OCCLUDED:
                _disc(image, points[k], max(1, thickness - 1), (255, 255, 255))
    return image


SHIFT = 3  # cv2 draws at 1/8 pixel when told how many fractional bits its integers carry


def _fixed(point) -> tuple[int, int]:
    # Far outside the picture cv2's integers overflow; nothing is seen out there anyway.
    return tuple(round(float(v) * 2**SHIFT) for v in np.clip(point, -1e4, 1e4))


def _dashes(a, b, thickness) -> int:
    return int(np.clip(round(float(np.hypot(*(b - a))) / (5 * thickness)), 1, 60))


def _line(image, a, b, colour, thickness, pieces):
    """A line, or one of ``pieces`` dashes with gaps of two fifths between them."""
    along = (b - a) / pieces
    stretch = 1.0 if pieces == 1 else 0.6
    for i in range(pieces):
        start = a + i * along
        ends = _fixed(start), _fixed(start + stretch * along)
        cv2.line(image, *ends, colour, thickness, cv2.LINE_AA, SHIFT)


def _disc(image, centre, radius, colour):
    cv2.circle(image, _fixed(centre), radius << SHIFT, colour, -1, cv2.LINE_AA, SHIFT)
