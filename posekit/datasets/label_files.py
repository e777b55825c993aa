"""Label files from anywhere: what they hold is looked at before it is used.

Files are edited by hand, cut off, written by other people's scripts. Whatever is wrong with one
is said as an `InputError` that names the file, the entry and the field; ``where`` below is the
text that does so, as in ``labels/0001.mat: bbox``.
"""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np

from ..errors import InputError
from .folder import read_lines

MOST = 1e9  # no coordinate, size or area in a label file is larger
LONGEST_SIDE, MOST_PIXELS = 65_535, 2**28  # of an image: what JPEG can hold; 16,384 squared


def read_json(path: Path, what: str = "JSON"):
    """What a JSON file holds; ``what`` is the file's kind, for the sentence that refuses it."""
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise InputError(f"{path} is not there.") from None
    except RecursionError:
        raise InputError(
            f"{path} cannot be read as {what}: its brackets are nested too deeply."
        ) from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as {what}: {error}.") from None


def read_npz(path: Path, what: str) -> dict[str, np.ndarray]:
    """The arrays of an ``.npz`` file, none of them unpickled."""
    if not path.is_file():
        raise InputError(f"{path} is not there.")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays}
    except Exception as error:  # a zip, zlib, key or value error, by what is damaged
        raise InputError(f"{path} cannot be read as {what}: {error}.") from None


def text_lines(path: Path) -> list[str]:
    """The lines of a text file; `InputError` with the line that holds what no text does."""
    lines = read_lines(path)
    for number, line in enumerate(lines, 1):
        if not line.replace("\t", " ").isprintable():
            raise InputError(f"{path}, line {number}: it is no text: {short(line)}.")
    return lines


def numbers(value, where: str, shape=None, *, finite=False, nulls=False) -> np.ndarray:
    """``value`` as an array of float64.

    ``shape`` is what it must be, a name standing for an axis of any length: ``("frames", 2)``.
    With ``finite`` NaN is refused too; with ``nulls`` None is read as NaN.
    """
    try:
        array = np.asarray(value)
        if nulls and array.dtype == object:
            array = np.array([np.nan if one is None else one for one in array.ravel()]).reshape(
                array.shape
            )
    except (TypeError, ValueError, OverflowError):  # lists of unequal lengths
        raise InputError(f"{where} must be numbers, and is {short(value)}.") from None
    if array.dtype.kind not in "biuf":
        raise InputError(f"{where} must be numbers, and is {short(value)}.")
    if shape is not None and not _fits(array.shape, shape):
        wanted = ", ".join(map(str, shape)) + "," * (len(shape) == 1)
        raise InputError(f"{where} must be of shape ({wanted}), and is {array.shape}.")
    array = array.astype(float)
    if (np.abs(array) > MOST).any():
        raise InputError(f"{where} has a number beyond {MOST:g}.")
    if finite and not np.isfinite(array).all():
        raise InputError(f"{where} has a number that is not finite.")
    return array


def _fits(shape: tuple[int, ...], wanted) -> bool:
    return len(shape) == len(wanted) and all(
        isinstance(want, str) or have == want for have, want in zip(shape, wanted)
    )


def whole(value, where: str, low: int, high: int) -> int:
    """``value``, or the only element of an array, as a whole number from low to high."""
    one = value.item() if isinstance(value, np.ndarray) and value.size == 1 else value
    right = isinstance(one, int | float) and not isinstance(one, bool)
    if not (right and low <= one <= high and one == int(one)):
        raise InputError(f"{where} must be a whole number, {low} to {high}, and is {short(value)}.")
    return int(one)


def image_size(height, width, where: str) -> tuple[int, int]:
    """(height, width) of an image, of two numbers that a label file gives."""
    height = whole(height, f"{where}: height", 1, LONGEST_SIDE)
    width = whole(width, f"{where}: width", 1, LONGEST_SIDE)
    if height * width > MOST_PIXELS:
        raise InputError(f"{where}: height and width, {height} and {width}, are no image's.")
    return height, width


def text(value, where: str) -> str:
    """``value``, or the only element of an array, as a text that is not empty."""
    one = value.item() if isinstance(value, np.ndarray) and value.size == 1 else value
    if not isinstance(one, str) or not one.strip():
        raise InputError(f"{where} must be a text, and is {short(value)}.")
    return str(one)


def inside(name, where: str) -> str:
    """A file name of a label file, if it stays within the folder that it is relative to.

    A label file must not make a reader open what is elsewhere on the machine, so absolute
    names, drives and ``..`` are refused, and so is what no file can be called.
    """
    name = text(name, where)
    plain = name.replace("\\", "/")
    parts = PurePosixPath(plain).parts
    try:
        longest = max((len(part.encode()) for part in parts), default=MOST)
    except UnicodeEncodeError:  # half of a surrogate pair
        longest = MOST
    outside = plain.startswith("/") or PureWindowsPath(name).drive or ".." in parts
    if outside or "\0" in name or longest > 255 or len(name) > 1000:
        raise InputError(f"{where} must be a file's name within its folder, and is {short(name)}.")
    return name


def short(value) -> str:
    """A value as a message shows it: ASCII, and not more of it than one can read."""
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype.name}, {value.shape}"
    shown = "null" if value is None else ascii(value)
    return shown if len(shown) <= 40 else f"{shown[:37]}..."
