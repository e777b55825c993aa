"""The settings that people, clips and views share, checked."""

from __future__ import annotations

import operator

import numpy as np

from ..errors import InputError

DIFFICULTIES = ("easy", "normal", "hard")
_LEAST_SIZE = 32


def check_difficulty(difficulty: str) -> None:
    """`InputError` for a difficulty that there is not."""
    if difficulty not in DIFFICULTIES:
        raise InputError(f"no difficulty {difficulty!r}; there are: {', '.join(DIFFICULTIES)}.")


def natural(value, name: str, low: int = 0, high: int | None = None) -> int:
    """A whole number within bounds; `InputError` otherwise."""
    try:
        number = operator.index(value)
    except TypeError:
        raise InputError(f"{name} must be a whole number, and is {value!r}.") from None
    if number < low or (high is not None and number > high):
        bounds = f"at least {low}" if high is None else f"from {low} to {high}"
        raise InputError(f"{name} must be {bounds}, and is {number}.")
    return number


def image_size(size) -> tuple[int, int]:
    """(height, width) from one number or a pair; `InputError` if too small to show a person."""
    pair = (size, size) if np.isscalar(size) else tuple(size)
    if len(pair) != 2:
        raise InputError(f"size must be one number or (height, width), and is {size!r}.")
    return tuple(natural(side, "size", _LEAST_SIZE) for side in pair)


def position(index, count: int) -> int:
    """An index into a sequence of ``count``; negative from the end; `IndexError` outside."""
    index = operator.index(index)
    if not -count <= index < count:
        raise IndexError(f"index {index} is outside a sequence of {count}.")
    return index % count
