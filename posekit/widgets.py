"""Numbers that can be felt: a slider in a live notebook, a row of pictures everywhere else.

GitHub, a printed page and a kernel without ipywidgets cannot run a slider, so `explore`
always draws its static row first, and adds the control where there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt

from . import plots
from .errors import InputError


def explore(
    draw: Callable,
    alt: str,
    static: Sequence[dict],
    controls: dict,
    *,
    width: float = 3.4,
    aspect: float = 1.0,
) -> None:
    """Show ``draw(ax, **values)`` for each of the ``static`` values, then with live controls.

    Args:
        draw: draws one picture on matplotlib axes; its keywords are the controls' names.
        alt: what the pictures show, in a sentence.
        static: the values of the printed row, e.g. ``[{"sigma": 1}, {"sigma": 3}]``.
        controls: what ipywidgets makes controls of: ``{"sigma": (0.5, 5.0, 0.5)}``,
            ``{"joint": ["left_knee", "right_knee"]}``; they start at the first static values.
        width: a picture's width in inches; ``aspect`` its height over its width.

    Raises `InputError` when the static values and the controls have different names.
    """
    _show_row(draw, alt, _complete(static, controls), width, aspect)
    control = _control(draw, alt, static[0], controls, 1.4 * width, aspect)
    if control is not None:
        from IPython.display import display

        display(control)


def _complete(static: Sequence[dict], controls: dict) -> Sequence[dict]:
    for values in static:
        if set(values) != set(controls):
            raise InputError(
                f"each static picture needs a value for each control: {sorted(controls)}, "
                f"and one gives {sorted(values)}."
            )
    return static


def _show_row(draw, alt, static, width, aspect) -> None:
    size = (width * len(static), width * aspect)
    fig, axes = plt.subplots(1, len(static), figsize=size, squeeze=False, layout="constrained")
    for ax, values in zip(axes[0], static):
        draw(ax, **values)
    plots.show(fig, alt)


def _control(draw, alt, start, controls, width, aspect):
    """The ipywidgets control, or None where there is no notebook or no ipywidgets."""
    try:
        import ipywidgets
    except ImportError:
        return None
    if not plots.in_notebook():
        return None

    def redraw(**values):
        fig, ax = plt.subplots(figsize=(width, width * aspect), layout="constrained")
        draw(ax, **values)
        plots.show(fig, alt)

    control = ipywidgets.interactive(redraw, **controls)
    for child in control.children[:-1]:
        child.continuous_update = False
        child.value = start[child.description]
    return control
