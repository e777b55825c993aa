"""The diagrams of deck 06: convolutions, the network that they make, the page, two papers."""

from __future__ import annotations

from functools import lru_cache

import matplotlib.pyplot as plt
import numpy as np

from posekit import plots
from posekit.models.crowd_nets import SmallCrowdNet
from posekit.models.heatmap_nets import WIDTHS
from posekit.models.layer_counts import layer_counts
from posekit.models.mobile import mobile_crowd_net
from slides import cast, crowd_scenes, sketch
from slides.sketch import BLUE, GREEN, INK, PALE, PAPER, QUIET, VERMILION

JOINTS, LIMBS, SIDE = 18, 19, 256


# --------------------------------------------------------------------------- one convolution
def _sheets(ax, x: float, y: float, size: float, count: int, fill: str):
    """Maps that stand one behind the other; the corner of the one in front is at x, y."""
    for n in reversed(range(count)):
        at = (x + 0.16 * n, y + 0.16 * n)
        style = {"facecolor": fill, "edgecolor": INK, "linewidth": 1.4}
        ax.add_patch(plt.Rectangle(at, size, size, zorder=0.9 - 0.1 * n, **style))


def _cells(ax, x: float, y: float, size: float, count: int, colour: str):
    """A square of count x count cells."""
    for i, j in np.ndindex(count, count):
        at, side = (x + size * i / count, y + size * j / count), size / count
        style = {"facecolor": PALE[colour], "edgecolor": colour, "linewidth": 1.6}
        ax.add_patch(plt.Rectangle(at, side, side, zorder=3, **style))


def windows():
    """K x K cells of every input map make one cell of one output map."""
    fig, ax = sketch.canvas(11.4, 3.6)
    _sheets(ax, 0.3, 0.55, 1.9, 5, PAPER)
    _sheets(ax, 8.0, 0.55, 1.9, 5, PAPER)
    _cells(ax, 0.85, 1.1, 0.72, 3, VERMILION)
    _cells(ax, 8.79, 1.34, 0.24, 1, BLUE)
    sketch.arrow(ax, (1.7, 1.46), (8.7, 1.46), VERMILION)
    ax.text(5.3, 2.0, "sum of K · K · C_in products".replace("C_in", r"$C_{in}$"), ha="center")
    ax.text(5.3, 0.75, "for each cell of each output map", ha="center", color=QUIET)
    for x, name in ((0.3, r"$C_{in}$ maps, H × W"), (8.0, r"$C_{out}$ maps, H × W")):
        ax.text(x, 0.15, name, va="center")
    macs = 9 * 64 * 64 * 64 * 64
    return fig, f"3 × 3, from 64 to 64 maps of 64 × 64 cells: {macs / 1e6:.0f} million"


# ------------------------------------------------------------------------- plain and separable
def _column(ax, x: float, count: int, colour: str) -> np.ndarray:
    """(count, 2) the places of so many maps in a column."""
    ys = 2.1 + 0.85 * (np.arange(count) - (count - 1) / 2)
    for y in ys:
        style = {"facecolor": PALE[colour], "edgecolor": colour, "linewidth": 2}
        ax.add_patch(plt.Rectangle((x - 0.29, y - 0.29), 0.58, 0.58, zorder=3, **style))
    return np.stack([np.full(count, x), ys], 1)


def _join(ax, starts, ends, colour: str, width: float):
    """A line from each place to each other place."""
    for start in starts:
        for end in ends:
            line = np.stack([start, end]).T
            ax.plot(*line, color=colour, linewidth=width, zorder=1, solid_capstyle="butt")


def plain_and_separable():
    """Maps as squares: all joined by filters, or each filtered by itself and then mixed."""
    fig, ax = sketch.canvas(11.4, 4.1)
    left, right = _column(ax, 1.0, 3, GREEN), _column(ax, 4.0, 4, GREEN)
    _join(ax, left, right, VERMILION, 5)
    ax.text(2.5, 3.9, "plain", ha="center", va="center", fontweight=600)
    start, middle, end = (
        _column(ax, x, count, GREEN) for x, count in ((6.2, 3), (8.3, 3), (10.6, 4))
    )
    for pair in zip(start, middle):
        _join(ax, pair[:1], pair[1:], VERMILION, 5)
    _join(ax, middle, end, BLUE, 1.8)
    ax.text(7.25, 3.9, "depthwise", ha="center", va="center", fontweight=600)
    ax.text(9.45, 3.9, "pointwise", ha="center", va="center", fontweight=600)
    plain, separable = 9 * 3 * 4, 9 * 3 + 3 * 4
    for x, text in ((2.5, f"9 · 3 · 4 = {plain} weights"), (8.4, f"9 · 3 + 3 · 4 = {separable}")):
        ax.text(x, 0.2, text, ha="center", va="center")
    return fig, "A thick line is a filter of 3 × 3 weights, a thin line one weight"


# ------------------------------------------------------------------------------- the network
@lru_cache
def _counts() -> dict[str, dict[str, int]]:
    """Multiply-accumulates of each block of both forms: {block: {"separable": ..., ...}}."""
    blocks: dict[str, dict[str, int]] = {}
    forms = {"separable": mobile_crowd_net(JOINTS, LIMBS), "dense": SmallCrowdNet(JOINTS, LIMBS)}
    for form, model in forms.items():
        for row in layer_counts(model, (1, 3, SIDE, SIDE)):
            name = ".".join(row.name.split(".")[:2])
            if name.startswith("heads"):
                name = "towers" if row.name.split(".")[1] in ("parts", "people") else "outputs"
            block = blocks.setdefault(name, {"separable": 0, "dense": 0})
            block[form] += row.macs
    return blocks


HEIGHT = 0.8
LEVELS = (3.05, 2.05, 1.05, 0.05)  # y of the boxes of strides 4, 8, 16 and 32


def _block(ax, name: str, text: str, x: float, y: float, width: float) -> None:
    """A box: what stands in it, and its multiply-accumulates in both forms."""
    macs = _counts()[name]
    same = macs["dense"] == macs["separable"]
    count = f"{macs['separable'] / 1e6:.0f}" + f" | {macs['dense'] / 1e6:.0f}" * (not same)
    sketch.box(ax, x, y, width, HEIGHT, f"{text}\n{count}", PAPER if same else PALE[BLUE])


def network():
    """The network as boxes, each with the multiply-accumulates of both forms."""
    fig, ax = sketch.canvas(11.5, 3.9)
    middle, top = HEIGHT / 2, LEVELS[0]
    sketch.box(ax, 0.02, top, 1.0, HEIGHT, "image\n256²")
    _block(ax, "stem.0", "stem, 16", 1.35, top, 1.25)
    for n, (y, channels) in enumerate(zip(LEVELS, WIDTHS[1:])):
        _block(ax, f"down.{n}", f"3 blocks, {channels}", 2.95, y, 1.85)
        ax.text(
            2.8, y + middle, f"{SIDE >> n + 2}²" * (n > 0), ha="right", va="center", color=QUIET
        )
        if n:
            sketch.arrow(ax, (3.87, LEVELS[n - 1]), (3.87, y + HEIGHT + 0.02))
            above = LEVELS[n - 1]
            _block(ax, f"up.{3 - n}", f"2 blocks, {WIDTHS[n]}", 5.35, above, 1.8)
            sketch.arrow(ax, (4.82, above + middle), (5.33, above + middle))
            if n < 3:
                sketch.arrow(ax, (6.25, y + HEIGHT), (6.25, above - 0.02))
    ax.plot((4.82, 6.25), (LEVELS[3] + middle,) * 2, color=INK, linewidth=2.2)
    sketch.arrow(ax, (6.25, LEVELS[3] + middle), (6.25, LEVELS[2] - 0.02))
    ax.text(6.5, LEVELS[3] + middle, "up: 1 × 1, doubled, added", va="center", color=QUIET)
    _block(ax, "towers", "2 × 2 blocks, 64", 7.5, top, 2.1)
    _block(ax, "outputs", "four 1 × 1, 94", 9.88, top, 1.58)
    for begin, end in ((1.04, 1.33), (2.62, 2.93), (7.17, 7.48), (9.62, 9.86)):
        sketch.arrow(ax, (begin, top + middle), (end, top + middle))
    return fig, _total()


def _total() -> str:
    blocks = _counts().values()
    one, other = (sum(block[form] for block in blocks) for form in ("separable", "dense"))
    same = sum(block["dense"] for block in blocks if block["dense"] == block["separable"])
    return (
        f"10⁶ MACs, separable | dense: {one / 1e6:.0f} | {other / 1e6:,.0f}, "
        f"{other / one:.2f} times. The same in both: {same / 1e6:.0f}"
    )


# ----------------------------------------------------------------------------------- the page
def browser():
    """What is in the page: a frame in, a network, a decoder, a frame with skeletons out."""
    sample = crowd_scenes.scene()
    points, visible = crowd_scenes.as_openpose(sample)
    fig, ax = sketch.canvas(11.5, 3.5)
    sketch.picture(ax, sample.image, box=(0.0, 0.95, 2.5, 1.7))
    last = sketch.picture(ax, sample.image, box=(9.0, 0.95, 2.5, 1.7))
    plots.show_pose(last, points, visible, "openpose18", width=2, marker=3)
    ax.text(1.25, 0.6, "camera or video", ha="center", va="center")
    ax.text(10.25, 0.6, "on the screen", ha="center", va="center")
    sketch.box(ax, 2.95, 0.3, 5.6, 2.95, edge=QUIET)
    ax.text(5.75, 2.85, "build/live/index.html", ha="center", va="center", fontweight=600)
    sketch.box(ax, 3.2, 0.75, 2.5, 1.6, "the network\nONNX Runtime,\nWebAssembly", PALE[BLUE])
    sketch.box(ax, 6.15, 0.75, 2.15, 1.6, "the decoder\nJavaScript", PALE[VERMILION])
    for begin, end in ((2.55, 3.15), (5.72, 6.13), (8.32, 8.95)):
        sketch.arrow(ax, (begin, 1.55), (end, 1.55))
    return fig


# --------------------------------------------------------------------------------- two papers
def _hand(ax, x: float, y: float):
    """A hand of 21 joints, the wrist at x, y."""
    lengths = np.array([0.75, 1.2, 0.95, 0.78])  # what one goes from the wrist to each joint
    for finger, (angle, size) in enumerate(
        ((150, 0.62), (112, 0.95), (94, 1.02), (77, 0.95), (60, 0.8))
    ):
        way = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
        steps = size * np.cumsum([0, *(lengths * (0.75, 0.35, 0.28, 0.26))])
        line = np.array([x, y]) + steps[:, None] * way
        ax.plot(*line.T, "o-", color=(VERMILION, BLUE, GREEN, BLUE, GREEN)[finger], markersize=6)
    ax.plot(x, y, "o", color=INK, markersize=11)


def dance():
    """Two rows: a hand in an image to its joints; a dancer's pose to another person."""
    motion, wide = cast.jump("lsp14")
    fig, ax = sketch.canvas(11.5, 4.8)
    for y, title in ((4.55, "GANerated Hands"), (2.3, "Everybody Dance Now")):
        ax.text(0.0, y, title, va="center", fontweight=600)
    sketch.box(ax, 0.0, 3.1, 3.2, 1.1, "rendered hands,\nmade to look real", PALE[GREEN])
    sketch.box(ax, 4.3, 3.1, 3.2, 1.1, "a network learns\nfrom them", PALE[BLUE])
    _hand(ax, 9.3, 2.95)
    ax.text(10.1, 3.6, "21 joints\nin 3D", va="center")
    sketch.picture(ax, motion.frames[wide], box=(0.6, 0.0, 2.0, 2.0))
    middle = ax.inset_axes((4.9, 0.0, 2.0, 2.0), transform=ax.transData)
    sketch.pose(middle, motion[wide].keypoints[0], "lsp14", width=3, marker=4)
    middle.set_axis_off()
    sketch.box(ax, 8.3, 0.42, 3.15, 1.15, "another person,\nin this pose", PALE[VERMILION])
    for y, ways in ((3.65, ((3.22, 4.28), (7.52, 8.5))), (1.0, ((2.75, 4.7), (7.1, 8.25)))):
        for begin, end in ways:
            sketch.arrow(ax, (begin, y), (end, y))
    return fig
