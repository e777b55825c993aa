"""A video whose frames do not come evenly, as those of phones and of calls do not."""

import struct
from pathlib import Path

import cv2
import numpy as np

# Seconds: ten frames 20 to a second, then ten that take three times as long. The header says 10.
TIMES = np.array([*range(10), *range(10, 40, 3)]) / 20
BOXES = b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stts"  # each within the one before


def uneven_video(path: Path, height: int = 48, width: int = 64) -> Path:
    """An mp4 of 20 grey frames that are shown at `TIMES`.

    It is written at an even rate; then the table of durations (``stts`` in ISO/IEC 14496-12,
    8.6.1.2) gets two rows for its one, 8 bytes more, which the boxes around it count as well.
    """
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 10, (width, height))
    for t in range(len(TIMES)):
        writer.write(np.full((height, width, 3), 60 + 8 * t, np.uint8))
    writer.release()
    raw = bytearray(path.read_bytes())
    assert raw.index(b"mdat") < raw.index(b"moov"), "what follows the frames may grow"
    places = [raw.index(name) for name in BOXES]
    for place in places:
        (size,) = struct.unpack_from(">I", raw, place - 4)
        struct.pack_into(">I", raw, place - 4, size + 8)
    rows, frames, ticks = struct.unpack_from(">3I", raw, places[-1] + 8)
    assert (rows, frames) == (1, 20)
    uneven = struct.pack(">5I", 2, 10, ticks // 2, 10, 3 * ticks // 2)
    raw[places[-1] + 8 : places[-1] + 20] = uneven
    path.write_bytes(raw)
    return path
