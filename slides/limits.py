"""Where BlazePose fails, tried on the portrait when the page is built.

Without the model the same pictures are shown untried, and the caption says so.
"""

from __future__ import annotations

import numpy as np

from slides import cast, sketch
from slides.cast import NO_MODEL
from slides.sketch import GREEN, QUIET, VERMILION

UNTRIED = NO_MODEL + "what it would be asked"
SHOULDER = 11, (455, 428)  # the landmark's number, and where her left shoulder is


def _colour(good: bool) -> str:
    return GREEN if good else VERMILION


def several():
    """One portrait, two, three, four in a row, as a staircase."""
    fig, ax = sketch.canvas(6.7, 4.6)
    one = cast.small_portrait(300, 300)
    for count in (1, 2, 3, 4):
        found, drawn = cast.try_on(np.hstack([one] * count), poses=5, thickness=4)
        y = 4.6 - 1.15 * count
        sketch.picture(ax, drawn, box=(0, y, 1.1 * count, 1.1))
        text, colour = f"? of {count}", QUIET
        if found is not None:
            text, colour = f"{len(found)} of {count}", _colour(len(found) == count)
        ax.text(
            1.1 * count + 0.18,
            y + 0.55,
            text,
            va="center",
            fontsize=22,
            fontweight=600,
            color=colour,
        )
    return fig, "People found among copies of one portrait" if cast.has_model() else UNTRIED


def covered():
    """A grey square over her left shoulder: how sure, and how far off."""
    landmark, (x, y) = SHOULDER
    fig, axes = sketch.panels(9.6, 4.0, 3)
    for ax, half in zip(axes, (0, 60, 100)):
        image = cast.portrait().copy()
        image[max(0, y - half) : y + half, max(0, x - half) : x + half] = 128
        found, drawn = cast.try_on(image, poses=1, thickness=4)
        sketch.picture(ax, drawn).set_axis_off()
        if found is None:
            continue
        if len(found):
            truth = cast.found().keypoints[0, landmark]
            off = np.linalg.norm(found.keypoints[0, landmark] - truth)
            ax.set_title(f"visibility {found.scores[0, landmark]:.3f}\n{off:.0f} pixels off")
        else:
            ax.set_title("nobody found\n")
    measured = "Her left shoulder: measured when this page was built"
    return fig, measured if cast.has_model() else UNTRIED


def far():
    """The portrait smaller and smaller on a canvas of 600 pixels."""
    fig, axes = sketch.panels(11.6, 3.4, 4)
    for ax, height in zip(axes, (400, 200, 120, 80)):
        image = cast.small_portrait(height, 600)
        found, drawn = cast.try_on(image, poses=1, thickness=max(2, height // 70))
        sketch.picture(ax, drawn).set_axis_off()
        text, colour = f"{height} pixels", QUIET
        if found is not None:
            text += ": found" if len(found) else ": nobody"
            colour = _colour(len(found) > 0)
        ax.set_title(text, color=colour, fontweight=600)
    measured = "A portrait of that height on 600 × 600 pixels: measured when this page was built"
    return fig, measured if cast.has_model() else UNTRIED
