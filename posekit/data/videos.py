"""Opening a video file, and telling one that was cut off from one whose header counts otherwise.

An mp4 that a phone or an editor *trimmed* still holds all its frames: an edit list (the boxes
``edts`` and ``elst``) tells players to leave out those before and after. The header counts them
all, and the decoder gives those that are to be seen.
"""

from __future__ import annotations

import contextlib
import os
import struct
import sys
from pathlib import Path

import cv2

from ..errors import InputError

BOXED = (".mp4", ".m4v", ".mov", ".3gp")
ENDS = (b"mdat", b"moof", b"mfra")  # the boxes that are long or stand at a file's end
_HOLDERS = (b"mdia", b"edts")  # the boxes in a track that only hold other boxes
TRIMMED = 0.98  # of a track's length; what is shown of one that is not trimmed is more


def decoder_path(path: str | Path) -> str:
    """The path of a video as FFmpeg takes it: ``a:b.mp4`` would be a file of the protocol *a*.

    On Windows not every part of OpenCV opens a path with a letter like ü in it. It mostly stands
    in the user's name, or above the folder that the program runs in: a path from there has none.

    Raises `InputError` for a name that is not UTF-8: OpenCV crashes on one.
    """
    absolute = os.path.abspath(path)
    if sys.platform == "win32" and not absolute.isascii():
        with contextlib.suppress(ValueError):  # it is on another drive
            if (relative := os.path.relpath(absolute)).isascii():
                return relative
    try:
        absolute.encode()
    except UnicodeEncodeError:
        raise InputError(f"{str(path)!r} has a name that is not UTF-8: rename it.") from None
    return absolute


def open_video(path: str | Path, options: list[int] | None = None) -> cv2.VideoCapture:
    """OpenCV's reader of a video file, through FFmpeg; ``options`` as OpenCV takes them."""
    return cv2.VideoCapture(decoder_path(path), cv2.CAP_FFMPEG, options or [])


def stops_short(path: str | Path, decoded: int, promised: int, tolerance: float = 0.02) -> bool:
    """Whether a video has far fewer frames than its header promises, and so was cut off.

    Two frames, or the share ``tolerance``, may be missing. A trimmed video whose file is whole
    is judged by what decodes: how many frames are hidden is nowhere written.
    """
    if promised - decoded <= max(2, promised * tolerance):
        return False
    return not _is_trimmed_and_whole(Path(path))


def is_cut_short(path: str | Path) -> bool | None:
    """Whether an mp4 or mov is shorter than it says; None for other kinds of file.

    Such a file is made of boxes that begin with their length and kind.
    """
    boxes = _outer_boxes(path)
    if b"moov" not in {kind for kind, _, _ in boxes}:
        return None
    kind, start, length = boxes[-1]
    # What no longer reads as a box is what some cameras append.
    return start + length > os.path.getsize(path) and kind in ENDS


def _is_trimmed_and_whole(path: Path) -> bool:
    if path.suffix.lower() not in BOXED or is_cut_short(path) is not False:
        return False
    with open(path, "rb") as file:
        start, length = next(place for kind, *place in _outer_boxes(path) if kind == b"moov")
        file.seek(start + 8)
        header = file.read(length - 8)
    try:
        return any(shown < TRIMMED * length for shown, length in _lengths(header))
    except (struct.error, IndexError, KeyError, ZeroDivisionError, RecursionError):
        return False  # damaged


def _outer_boxes(path: str | Path) -> list[tuple[bytes, int, int]]:
    """(kind, start, length) of each box that stands in no other, as far as they can be read."""
    found, at, size = [], 0, os.path.getsize(path)
    with open(path, "rb") as file, contextlib.suppress(IndexError, struct.error):
        while at < size:  # the frames themselves are not read
            file.seek(at)
            length, kind = _box(file.read(16), size - at)
            found.append((kind, at, length))
            at += length
    return found


def _lengths(header: bytes) -> list[tuple[float, float]]:
    """Of each video track with an edit list, the seconds that are shown and that are there."""
    boxes = _boxes(header)
    clock = _times(dict(boxes)[b"mvhd"])[0]
    found = []
    for track in (dict(_boxes(body)) for kind, body in boxes if kind == b"trak"):
        if b"elst" in track and track[b"hdlr"][8:12] == b"vide":
            ticks_a_second, ticks = _times(track[b"mdhd"])
            found.append((_shown(track[b"elst"]) / clock, ticks / ticks_a_second))
    return found


def _box(raw: bytes, rest: int) -> tuple[int, bytes]:
    """(length in bytes, kind) of the box that starts here; ``rest`` is up to the file's end."""
    length, kind = struct.unpack_from(">I4s", raw)
    if length == 1:
        length = struct.unpack_from(">Q", raw, 8)[0]  # only frames are that long
    elif length == 0:
        length = rest
    if length < 8:
        raise IndexError
    return length, kind


def _boxes(raw: bytes) -> list[tuple[bytes, bytes]]:
    """(kind, content) of each box, in place of those that only hold others what is in them."""
    found, at = [], 0
    while at + 8 <= len(raw):
        length, kind = _box(raw[at : at + 16], len(raw) - at)
        content = raw[at + 8 : at + length]
        found += _boxes(content) if kind in _HOLDERS else [(kind, content)]
        at += length
    return found


def _times(body: bytes) -> tuple[int, int]:
    """(ticks a second, length in ticks) of an ``mvhd`` or ``mdhd`` box."""
    return struct.unpack_from(">IQ", body, 20) if body[0] else struct.unpack_from(">II", body, 12)


def _shown(body: bytes) -> int:
    """How long what an ``elst`` box lists is shown, in ticks; entries that only wait are not."""
    count, wide = struct.unpack_from(">I", body, 4)[0], body[0]
    form, size = (">Qq", 20) if wide else (">Ii", 12)
    entries = [struct.unpack_from(form, body, 8 + size * i) for i in range(min(count, 10000))]
    return sum(length for length, start in entries if start >= 0)
