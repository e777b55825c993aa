"""The one exception that posekit raises for what a user can put right, and its common checks."""

from __future__ import annotations

from collections.abc import Collection


class InputError(ValueError):
    """Something given to posekit is wrong: a file, an array, a name, a setting.

    The message is one sentence (or two) that names the thing and says what to do, so the
    command line prints it alone, without a traceback.
    """


def check_known(what: str, name, known: Collection) -> None:
    """Raise `InputError`, which lists what there is, unless ``name`` is one of the known ones.

    None is not listed: it stands for nothing said, and on a command line nobody can say it.
    """
    if name not in known:
        names = ", ".join(str(each) for each in known if each is not None)
        raise InputError(f"no {what} {name!r}; there are: {names}.")


def check_least(least: int, **numbers: int | None) -> None:
    """Raise `InputError` for a number below the least, or of more than 63 bits; None passes."""
    for name, number in numbers.items():
        if number is not None and not least <= number < 2**63:
            bound = f"at least {least}" if number < least else "below 2^63"
            wrong = f"{name} must be {bound}, and is {number}"
            raise InputError(f"{wrong}: give another, or leave it out.")


def check_shape(what: str, array, *axes: int | str) -> None:
    """Raise `InputError` unless an array or tensor has these axes.

    An axis is its length, or a name, ``frames`` say, where any length will do.
    """
    shape = tuple(array.shape)
    alike = (isinstance(axis, str) or axis == length for axis, length in zip(axes, shape))
    if len(shape) != len(axes) or not all(alike):
        wanted = ", ".join(map(str, axes))
        raise InputError(f"{what} must be of shape ({wanted}), and is {shape}.")


def check_image(what: str, image, least: int = 1) -> None:
    """Raise `InputError` unless an array is (H, W, 3) uint8, ``least`` pixels high and wide."""
    shape, kind = tuple(image.shape), str(image.dtype)
    if len(shape) != 3 or shape[2] != 3 or min(shape[:2]) < least or kind != "uint8":
        raise InputError(
            f"{what} must be (H, W, 3) uint8 RGB of at least {least}x{least} pixels, and is "
            f"{shape} {kind}."
        )


def check_later(seconds: float, last: float) -> None:
    """Raise `InputError` unless a frame's time is after the last one's; NaN is not."""
    if not seconds > last:
        raise InputError(f"a frame at {seconds} s cannot come after one at {last} s.")
