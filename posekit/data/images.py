"""Reading one image file, whatever it holds, as (H, W, 3) uint8 RGB.

JPEG goes the fast way, through OpenCV. OpenCV decodes half a JPEG without a word (older
versions paint the rest grey), so the end marker is looked for first. Everything else goes
through Pillow, which refuses a truncated file by itself.
"""

from __future__ import annotations

import contextlib
import re
import struct
import warnings
from collections.abc import Iterator
from io import BytesIO
from os import PathLike

import cv2
import numpy as np
from PIL import Image, ImageOps, TiffImagePlugin, UnidentifiedImageError

from ..errors import InputError
from ..files import read_bytes

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".gif")
JPEG_START, JPEG_END = b"\xff\xd8", b"\xff\xd9"
# In the entropy-coded data of a scan, 0xff is followed by 0 (stuffing), d0-d7 (restart) or
# another 0xff (fill); anything else is the next marker.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
READ_RGB = getattr(cv2, "IMREAD_COLOR_RGB", 0)  # from OpenCV 4.11 on it decodes to RGB itself
_AS_STORED = cv2.IMREAD_IGNORE_ORIENTATION  # OpenCV and Pillow disagree on some: Pillow is asked
_LENGTHLESS = (0x01, 0xD8)
_START_OF_FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
# 13,000 x 13,000: the largest cameras have 151 million. A file of 600 bytes can claim more, and
# would take gigabytes and minutes. (Pillow's own limit is above this one.)
MOST_PIXELS = 170_000_000
_ORIENTATION = 0x0112
_TURNS = {  # the EXIF orientation -> what turns the stored pixels upright
    2: lambda image: cv2.flip(image, 1),
    3: lambda image: cv2.rotate(image, cv2.ROTATE_180),
    4: lambda image: cv2.flip(image, 0),
    5: cv2.transpose,
    6: lambda image: cv2.rotate(image, cv2.ROTATE_90_CLOCKWISE),
    7: lambda image: cv2.rotate(cv2.transpose(image), cv2.ROTATE_180),
    8: lambda image: cv2.rotate(image, cv2.ROTATE_90_COUNTERCLOCKWISE),
}
_OTHER_FILES = (  # how files begin that are called .jpg now and then, what they are, what to do
    (rb"....ftyp(hei|hev|mif|msf)", "a HEIC photograph, as iPhones take them", "save it as JPEG"),
    (rb"....ftyp|RIFF....AVI ", "a video", "take a frame out of it first"),
    (rb"%PDF", "a PDF", "save its picture as JPEG or PNG"),
    (rb"\s*<(!doctype|html)", "a web page", "get the image that it shows"),
)


def silence_opencv() -> None:
    """Stop OpenCV's own warnings: what they would say is said as an `InputError`."""
    if hasattr(cv2, "setLogLevel"):  # until OpenCV 4
        cv2.setLogLevel(0)
    else:
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def read_image(path: str | PathLike) -> np.ndarray:
    """(H, W, 3) uint8 RGB of an image file, turned upright by its EXIF orientation.

    Grayscale is repeated to three channels, a palette looked up, CMYK converted; transparency
    is laid on white; of 16 bits the upper 8 are kept. Raises `InputError`, naming the file,
    for one that is absent, empty, truncated, not an image, or of more than `MOST_PIXELS`. Damage
    inside a JPEG that still decodes to its end is not noticed: the format has no checksum.
    """
    raw = read_bytes(path)
    image = _decode_jpeg(raw, path) if raw.startswith(JPEG_START) else _decode_other(raw, path)
    if image is None:
        raise InputError(f"{path} cannot be decoded: it is damaged, or not an image at all.")
    return image


def read_size(path: str | PathLike) -> tuple[int, int]:
    """(height, width) as `read_image` would give, from the file's header alone."""
    try:
        with _pillow(path) as image:
            size, turn = _stored(image)
    except FileNotFoundError:
        raise InputError(f"{path} is not there.") from None
    except UnidentifiedImageError:
        raw = read_bytes(path)
        size, turn = (_jpeg_size(raw), 1) if raw.startswith(JPEG_START) else _tiff(raw, path)
    except Exception as error:  # on a bad file Pillow raises a dozen kinds
        raise InputError(f"{path} is not an image that can be read ({error}).") from None
    if not all(size):
        raise InputError(f"{path} is not an image that can be read: it has no pixels.")
    _require_pixels(size, path)
    return size[::-1] if turn >= 5 else size


def _pillow(file) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            return Image.open(file)
        except Image.DecompressionBombError as error:
            raise ValueError(f"it claims more pixels than any camera has: {error}") from None


def _stored(image: Image.Image) -> tuple[tuple[int, int], int]:
    """((height, width) as stored, EXIF orientation): what all of this file goes by.

    The orientation is 1 for a file that has none, or one that is no orientation.
    """
    width, height = image.size
    if image.format == "TIFF":  # whose size Pillow gives as it is once turned, the others' not
        width, height = image.tag_v2[256], image.tag_v2[257]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # damaged EXIF is no EXIF
        try:
            turn = image.getexif().get(_ORIENTATION, 1)
        except Exception:
            turn = 1
    return (height, width), turn if turn in _TURNS else 1


def _require_pixels(size: tuple[int, int], path) -> None:
    height, width = size
    if height * width > MOST_PIXELS:
        raise InputError(
            f"{path} claims to be {width:,} x {height:,} pixels, and {MOST_PIXELS / 1e6:.0f} "
            "million are the most that are read: make it smaller, or see whether it is damaged."
        )


def _decode_jpeg(raw: bytes, path) -> np.ndarray | None:
    if not raw.endswith(JPEG_END) and all(marker != JPEG_END[1] for marker, _ in _segments(raw)):
        raise InputError(f"{path} is truncated: its JPEG data stop short. Get it again.")
    _require_pixels(_jpeg_size(raw), path)
    image = _by_opencv(raw, (READ_RGB or cv2.IMREAD_COLOR) | _AS_STORED)
    if image is None:
        return None
    if not READ_RGB:
        image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB, dst=image)
    if b"Exif\0\0" in raw or b"tiff:Orientation" in raw:
        with contextlib.suppress(Exception), _pillow(BytesIO(raw)) as header:
            _, turn = _stored(header)
            image = _TURNS[turn](image) if turn > 1 else image
    return image


def _jpeg_size(raw: bytes) -> tuple[int, int]:
    """(height, width) as stored, from the header of the frame; (0, 0) where there is none."""
    at = next((at for marker, at in _segments(raw) if marker in _START_OF_FRAME), len(raw))
    return struct.unpack_from(">HH", raw, at + 5) if len(raw) >= at + 9 else (0, 0)


def _segments(raw: bytes) -> Iterator[tuple[int, int]]:
    """(marker, where it stands) of each segment of a JPEG up to its end, as decoders find them.

    Thumbnails carry end markers of their own, so the segments are walked one by one; what is no
    marker where one should be is skipped, and bytes behind the end do no harm.
    """
    at = 2
    while found := _NEXT_MARKER.search(raw, at):
        at, marker = found.end(), raw[found.end() - 1]
        yield marker, found.start()
        if marker == JPEG_END[1]:
            return
        if marker not in _LENGTHLESS:
            at += int.from_bytes(raw[at : at + 2], "big")


def _decode_other(raw: bytes, path) -> np.ndarray | None:
    try:
        with _pillow(BytesIO(raw)) as image:
            _require_pixels(_stored(image)[0], path)
            return _to_rgb(ImageOps.exif_transpose(image))
    except InputError:
        raise
    except UnidentifiedImageError:
        _require_pixels(_tiff(raw, path)[0], path)
        return _decode_rare(raw)  # which turns a TIFF by itself
    except Exception as error:  # on a bad file Pillow raises a dozen kinds
        raise InputError(f"{path} is truncated or damaged ({error}). Get it again.") from None


def _tiff(raw: bytes, path) -> tuple[tuple[int, int], int]:
    """`_stored` of a TIFF that Pillow has no name for (16-bit RGB, say); else an error."""
    for pattern, what, todo in _OTHER_FILES:
        if re.match(pattern, raw, re.DOTALL | re.IGNORECASE):
            raise InputError(f"{path} is {what}, whatever its name says: {todo}.")
    try:
        tags = TiffImagePlugin.ImageFileDirectory_v2(raw[:8])
        file = BytesIO(raw)
        file.seek(tags.next)
        tags.load(file)
        turn = tags.get(_ORIENTATION, 1)
        return (int(tags[257]), int(tags[256])), turn if turn in _TURNS else 1
    except Exception:
        raise InputError(
            f"{path} is not an image that can be read: it is damaged, or not an image at all."
        ) from None


def _by_opencv(raw: bytes, how: int) -> np.ndarray | None:
    """What OpenCV decodes, or None where it cannot."""
    try:
        return cv2.imdecode(np.frombuffer(raw, np.uint8), how)
    except cv2.error:
        return None


def _decode_rare(raw: bytes) -> np.ndarray | None:
    image = _by_opencv(raw, cv2.IMREAD_COLOR)
    return None if image is None else cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def _to_rgb(image: Image.Image) -> np.ndarray:
    if image.mode in ("I", "I;16", "I;16B", "I;16L", "I;16N"):
        deep = np.asarray(image)
        if deep.min() < 0 or deep.max() > 0xFFFF:
            raise ValueError("its pixels are not 8 or 16 bits")
        return np.repeat((deep >> 8).astype(np.uint8)[..., None], 3, axis=2)
    if image.mode == "F":
        raise ValueError("its pixels are floating point, of no known range")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return np.array(image.convert("RGB"))
