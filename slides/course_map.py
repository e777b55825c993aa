"""The map of the course: twelve chapters, each with the picture that one remembers it by.

>>> from slides.course_map import course_map      # in a deck's .py file, with here="03", say
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

from posekit import plots
from slides import cast, sketch
from slides.sketch import BLUE, GREEN, INK, PALE, VERMILION

CHAPTERS = (
    ("00", "Live demo", GREEN),
    ("01", "Keypoint data", GREEN),
    ("02", "Coordinate\nregression", BLUE),
    ("03", "Heatmaps", BLUE),
    ("04", "Soft-argmax", BLUE),
    ("05", "Part affinity\nfields", BLUE),
    ("06", "Depthwise\nconvolutions", BLUE),
    ("07", "Multitask pose\nand action", VERMILION),
    ("08", "3D pose\nmachines", VERMILION),
    ("09", "LSTM pose\nmachines", VERMILION),
    ("10", "Action\nrecognition", VERMILION),
    ("11", "Real-time pose\nand action", VERMILION),
)
PARTS = ((0, "See it work", GREEN), (2, "One image", BLUE), (7, "Depth, time, action", VERMILION))


def course_map(here: str | None = None):
    """The map as a figure of 11.6 x 5.2 inches; ``here`` marks one chapter."""
    fig, ax = sketch.canvas(11.6, 5.2)
    for i, (number, title, colour) in enumerate(CHAPTERS):
        x, y = _corner(i)
        sketch.box(ax, x, y, 1.85, 2.05, "", PALE[colour], INK if number == here else colour)
        ax.text(x + 0.12, y + 1.8, number, color=colour, fontsize=20, fontweight=600, va="center")
        for line, words in enumerate(title.split("\n")):
            ax.text(x + 0.12, y + 0.48 - 0.29 * line, words, fontsize=17.3)
        icon = ax.inset_axes((x + 0.62, y + 0.8, 1.1, 1.12), transform=ax.transData)
        icon.set_axis_off()
        icon.set(xlim=(0, 1), ylim=(1, 0))
        globals()[f"_icon_{number}"](icon, colour)
    for i, text, colour in PARTS:
        x, y = _corner(i)
        ax.text(x, y + 2.27, text, color=colour, fontweight=600, va="center")
    return fig


def _corner(i: int) -> tuple[float, float]:
    return 0.03 + (i % 6) * 1.938, 2.72 - 2.69 * (i // 6)


def _person() -> np.ndarray:
    """(14, 2) a jumping person within the unit square."""
    points = cast.spread("lsp14")
    low, high = points.min(0), points.max(0)
    return (points - (low + high) / 2) / (high - low).max() * 0.95 + 0.5


def _icon_00(ax, colour):
    plots.show_pose(ax, _person(), None, "lsp14", width=2.2, marker=3)
    ax.set_aspect("equal")


def _icon_01(ax, colour):
    points = _person()
    hidden = np.isin(np.arange(14), [0, 7, 11])
    for chosen, face in ((~hidden, colour), (hidden, "white")):
        ax.plot(*points[chosen].T, "o", color=colour, markerfacecolor=face, markersize=7)
    ax.set_aspect("equal")


def _icon_02(ax, colour):
    ax.text(0.5, 0.5, "x, y", fontsize=24, ha="center", va="center", color=colour)


def _heat(ax, *bumps):
    ax.imshow(sum(bumps), cmap="Blues", extent=(0.05, 0.95, 0.95, 0.05), vmin=-0.15, vmax=1.15)
    ax.set(xlim=(0, 1), ylim=(1, 0))


def _icon_03(ax, colour):
    _heat(ax, sketch.bump(12, 0.55, 0.45))


def _icon_04(ax, colour):
    _heat(ax, sketch.bump(12, 0.35, 0.62, 0.2), 0.5 * sketch.bump(12, 0.7, 0.3))
    ax.plot(0.47, 0.5, "+", color=VERMILION, markersize=22, markeredgewidth=3)


def _icon_05(ax, colour):
    start, end = np.array([0.15, 0.85]), np.array([0.85, 0.15])
    across = np.array([0.09, 0.09])
    for along in np.linspace(0.14, 0.7, 4):
        for side in (-1, 0, 1):
            tail = start + along * (end - start) + side * across
            ax.annotate(
                "",
                tail + (0.12, -0.12),
                tail,
                arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 1.3},
            )
    ax.plot(*np.stack([start, end]).T, "o", color=INK, markersize=9)


def _icon_06(ax, colour):
    for k in range(3):
        x, y = 0.12 + 0.2 * k, 0.5 - 0.2 * k
        for i in range(3):
            for j in range(3):
                ax.add_patch(
                    plt.Rectangle(
                        (x + 0.13 * i, y + 0.13 * j), 0.13, 0.13, ec=colour, fc="white", lw=1.3
                    )
                )


def _icon_07(ax, colour):
    plots.show_pose(ax, _person() * (0.62, 0.62) + (0, 0.16), None, "lsp14", width=2, marker=0)
    ax.text(1.0, 0.5, "“hop”", fontsize=18, ha="right", va="center", color=colour)


def _icon_08(ax, colour):
    front, shift = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]) * 0.58, (0.34, -0.28)
    near = front + (0.04, 0.36)
    for square in (near, near + shift):
        ax.plot(*square.T, color=colour, linewidth=1.8)
    for corner in near[:4]:
        ax.plot(*np.stack([corner, corner + shift]).T, color=colour, linewidth=1.8)


def _icon_09(ax, colour):
    for k in range(3):
        x, y = 0.02 + 0.2 * k, 0.36 - 0.16 * k
        ax.add_patch(plt.Rectangle((x, y), 0.52, 0.52, fc="white", ec=colour, lw=1.8, zorder=k))
        ax.plot(
            x + 0.17 + 0.09 * k,
            y + 0.34 - 0.08 * k,
            "o",
            color=colour,
            markersize=7,
            zorder=k + 0.5,
        )


def _icon_10(ax, colour):
    phase = np.linspace(0, 2, 80)
    for row, style in ((0.24, "-"), (0.5, "--"), (0.76, ":")):
        ax.plot(
            phase / 2,
            row + 0.1 * np.sin(2 * np.pi * phase + 5 * row),
            ls=style,
            color=colour,
            linewidth=2.2,
        )


def _icon_11(ax, colour):
    ax.add_patch(plt.Rectangle((0.08, 0.24), 0.6, 0.52, fc="white", ec=colour, lw=2))
    ax.add_patch(
        plt.Polygon(
            [(0.68, 0.42), (0.94, 0.28), (0.94, 0.72), (0.68, 0.58)], fc="white", ec=colour, lw=2
        )
    )
    ax.plot(0.38, 0.5, "o", color=colour, markersize=11)
