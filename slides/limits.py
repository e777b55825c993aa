"""Where BlazePose fails, tried on the portrait when the page is built.

Without the model these are synthetic people with their exact joints, and the caption says so.
"""

from __future__ import annotations

import numpy as np

from slides import cast, sketch
from slides.cast import NO_MODEL
from slides.sketch import GREEN, VERMILION


def _truth(count: int, width: float, height: float):
    """Synthetic people with their exact joints, where there is no model to try."""
    fig, axes = sketch.panels(width, height, count)
    for i, ax in enumerate(axes):
        person = cast.person(i)
        sketch.picture(ax, person.image, person.keypoints[0], person.visible[0])
    return fig, NO_MODEL + "synthetic people and their exact joints"


def several():
    """One portrait, two, three, four in a row, as a staircase."""
    if not cast.has_model():
        return _truth(2, 6.6, 3.4)
    fig, ax = sketch.canvas(6.7, 4.9)
    one = cast.small_portrait(300, 300)
    for count in (1, 2, 3, 4):
        found, drawn = cast.try_on(np.hstack([one] * count), poses=5, thickness=4)
        y = 4.9 - 1.23 * count
        sketch.picture(ax, drawn, box=(0, y, 1.18 * count, 1.18))
        ax.text(1.18 * count + 0.18, y + 0.59, f"{len(found)} of {count}", va="center",
                fontsize=22, fontweight=600,
                color=GREEN if len(found) == count else VERMILION)  # fmt: skip
    return fig, "People found among copies of one portrait"


def covered():
    """A grey square over her left shoulder: how sure, and how far off."""
    if not cast.has_model():
        return _truth(3, 9.0, 3.2)
    truth = cast.found().keypoints[0, 11]
    x, y = truth.astype(int)
    fig, axes = sketch.panels(9.6, 4.0, 3)
    for ax, half in zip(axes, (0, 60, 100)):
        image = cast.portrait().copy()
        image[max(0, y - half) : y + half, max(0, x - half) : x + half] = 128
        found, drawn = cast.try_on(image, poses=1, thickness=4)
        sketch.picture(ax, drawn).set_axis_off()
        if len(found):
            off = np.linalg.norm(found.keypoints[0, 11] - truth)
            ax.set_title(f"visibility {found.scores[0, 11]:.3f}\n{off:.0f} pixels off")
        else:
            ax.set_title("nobody found\n")
    return fig, "Her left shoulder: measured when this page was built"


def far():
    """The portrait smaller and smaller on a canvas of 600 pixels."""
    if not cast.has_model():
        return _truth(4, 11.6, 3.0)
    fig, axes = sketch.panels(11.6, 3.4, 4)
    for ax, height in zip(axes, (400, 200, 120, 80)):
        image = cast.small_portrait(height, 600)
        found, drawn = cast.try_on(image, poses=1, thickness=max(2, height // 70))
        sketch.picture(ax, drawn).set_axis_off()
        ax.set_title(f"{height} pixels: {'found' if len(found) else 'nobody'}",
                     color=GREEN if len(found) else VERMILION, fontweight=600)  # fmt: skip
    return fig, "A portrait of that height on 600 × 600 pixels: measured when this page was built"
