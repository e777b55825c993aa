"""Reading one image file, whatever it holds, as (H, W, 3) uint8 RGB.

JPEG goes the fast way, through OpenCV. OpenCV decodes half a JPEG without a word (older
versions paint the rest grey), so the end marker is looked for first. Everything else goes
through Pillow, which refuses a truncated file by itself.
"""

from __future__ import annotations

import re
import warnings
from io import BytesIO
from os import PathLike

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ..errors import InputError

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".gif")
JPEG_START, JPEG_END = b"\xff\xd8", b"\xff\xd9"
# In the entropy-coded data of a scan, 0xff is followed by 0 (stuffing), d0-d7 (restart) or
# another 0xff (fill); anything else is the next marker.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
READ_RGB = getattr(cv2, "IMREAD_COLOR_RGB", 0)  # from OpenCV 4.11 on it decodes to RGB itself
_START_OF_SCAN, _LENGTHLESS = 0xDA, {0x01, 0xD8, *range(0xD0, 0xD8)}


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
    for one that is absent, empty, truncated or not an image. Damage inside a JPEG that still
    decodes to its end is not noticed: the format has no checksum.
    """
    raw = _read_bytes(path)
    image = _decode_jpeg(raw, path) if raw.startswith(JPEG_START) else _decode_other(raw, path)
    if image is None:
        raise InputError(f"{path} cannot be decoded: it is damaged, or not an image at all.")
    return image


def read_size(path: str | PathLike) -> tuple[int, int]:
    """(height, width) as `read_image` would give, from the file's header alone."""
    try:
        with Image.open(path) as image:
            width, height = image.size
            turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
    except FileNotFoundError:
        raise InputError(f"{path} is not there.") from None
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError(f"{path} is not an image that can be read ({error}).") from None
    return (width, height) if turned else (height, width)


def _read_bytes(path) -> bytes:
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except FileNotFoundError:
        raise InputError(f"{path} is not there.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    if not raw:
        raise InputError(f"{path} is empty.")
    return raw


def _decode_jpeg(raw: bytes, path) -> np.ndarray | None:
    if not raw.endswith(JPEG_END) and not _jpeg_is_complete(raw):
        raise InputError(f"{path} is truncated: its JPEG data stop short. Get it again.")
    try:
        image = cv2.imdecode(np.frombuffer(raw, np.uint8), READ_RGB or cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    if image is None or READ_RGB:
        return image
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB, dst=image)


def _jpeg_is_complete(raw: bytes) -> bool:
    """Whether the end marker comes after the last scan; bytes behind it do no harm.

    Thumbnails carry end markers of their own, so the segments are walked one by one.
    """
    at = 2
    while at + 4 <= len(raw) and raw[at] == 0xFF:
        marker = raw[at + 1]
        if marker == JPEG_END[1]:
            return True
        if marker == 0xFF or marker in _LENGTHLESS:
            at += 1 if marker == 0xFF else 2
            continue
        at += 2 + int.from_bytes(raw[at + 2 : at + 4], "big")
        if marker == _START_OF_SCAN:
            found = _NEXT_MARKER.search(raw, at)
            at = found.start() if found else len(raw)
    return raw[at : at + 2] == JPEG_END


def _decode_other(raw: bytes, path) -> np.ndarray | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(BytesIO(raw)) as image:
                return _to_rgb(ImageOps.exif_transpose(image))
    except UnidentifiedImageError:
        return _decode_rare(raw)
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise InputError(f"{path} is truncated or damaged ({error}). Get it again.") from None


def _decode_rare(raw: bytes) -> np.ndarray | None:
    """What Pillow does not know (16-bit RGB TIFF, say), through OpenCV."""
    try:
        image = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
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
