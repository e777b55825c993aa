"""The one exception that posekit raises for what a user can put right, and two common checks."""

from __future__ import annotations

from collections.abc import Collection


class InputError(ValueError):
    """Something given to posekit is wrong: a file, an array, a name, a setting.

    The message is one sentence (or two) that names the thing and says what to do, so the
    command line prints it alone, without a traceback.
    """


def check_known(what: str, name, known: Collection) -> None:
    """Raise `InputError`, which lists what there is, unless ``name`` is one of the known ones."""
    if name not in known:
        raise InputError(f"no {what} {name!r}; there are: {', '.join(map(str, known))}.")


def check_shape(what: str, array, *axes: int | str) -> None:
    """Raise `InputError` unless an array or tensor has these axes.

    An axis is its length, or a name, ``frames`` say, where any length will do.
    """
    shape = tuple(array.shape)
    alike = (isinstance(axis, str) or axis == length for axis, length in zip(axes, shape))
    if len(shape) != len(axes) or not all(alike):
        wanted = ", ".join(map(str, axes))
        raise InputError(f"{what} must be of shape ({wanted}), and is {shape}.")
