"""Where drawn frames go: a window, where this machine has a display for one, or files."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from .errors import InputError
from .video import FPS, IMAGE_SUFFIXES, VIDEO_CODECS, Source, Writer, write_image


def display_problem() -> str | None:
    """Why no window can be opened on this machine, or None where one can."""
    build = cv2.getBuildInformation()
    if any(line.split() == ["GUI:", "NONE"] for line in build.splitlines()):
        return "this OpenCV is a headless build, without windows"
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if sys.platform.startswith("linux") and not display:
        return "this machine has no display"
    # A display that does not answer makes Qt abort the process, so another one tries first.
    trial = [sys.executable, "-c", "import cv2; cv2.namedWindow('-'); cv2.waitKey(1)"]
    try:
        failed = subprocess.run(trial, capture_output=True, timeout=30).returncode
    except subprocess.TimeoutExpired:
        failed = True
    return "the display opens no window" if failed else None


class Window(contextlib.AbstractContextManager):
    """A window that shows frames: a video at its own rate, images until a key is pressed."""

    TITLE = "posekit live (q quits)"

    def __init__(self, frames: Source):
        if problem := display_problem():
            raise InputError(f"{problem}: give --out FILE to write what would be shown.")
        self._still = frames.kind in ("image", "folder")
        self._period = 1 / (frames.fps or 30) if frames.kind == "video" else 0.0
        self._due = 0.0

    def write(self, rgb: np.ndarray) -> bool:
        """Show one frame; False when the user has had enough."""
        cv2.imshow(self.TITLE, cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
        key = cv2.waitKey(max(1, round(1000 * (self._due - time.perf_counter()))))
        self._due = time.perf_counter() + self._period
        while self._still and key < 0 and self._open():
            key = cv2.waitKey(50)
        return self._open() and key & 0xFF not in (ord("q"), 27)

    def _open(self) -> bool:
        return cv2.getWindowProperty(self.TITLE, cv2.WND_PROP_VISIBLE) >= 1

    def __exit__(self, *error):
        cv2.destroyAllWindows()


def output(frames: Source, out: Path):
    """Something with ``write(rgb)`` that is a context manager, by what ``out`` is named."""
    suffix, still = out.suffix.lower(), not frames.moving
    wanted = f"a video ({', '.join(VIDEO_CODECS)})"
    if frames.kind == "folder":
        wanted = f"a folder, or {wanted}"
    if frames.kind == "image":
        wanted = f"an image ({', '.join(IMAGE_SUFFIXES)}) or a folder"
    if still and (not suffix or out.is_dir()):
        files = [out / path.name for path in frames.paths]
    elif suffix in (IMAGE_SUFFIXES if frames.kind == "image" else VIDEO_CODECS):
        files = [out]
    else:
        raise InputError(f"--out {out}: what is drawn on a {frames.kind} goes to {wanted}.")
    if {path.resolve() for path in files} & {path.resolve() for path in frames.paths}:
        raise InputError(f"--out {out} is the source itself: give it another name.")
    if suffix not in VIDEO_CODECS:
        return _Pictures(files)
    return (_Recording if frames.kind == "camera" else Writer)(out, frames.fps or FPS)


class _Recording(Writer):
    """A camera's video plays at life's pace: each frame is repeated until the next is due."""

    _first = None

    def write(self, rgb: np.ndarray):
        self._first = self._first or time.perf_counter()
        while self.frames <= (time.perf_counter() - self._first) * self.fps:
            super().write(rgb)


class _Pictures(contextlib.AbstractContextManager):
    """Drawn images to files, one path after the other."""

    def __init__(self, paths: list[Path]):
        self._paths = iter(paths)

    def write(self, rgb: np.ndarray):
        write_image(next(self._paths), rgb)

    def __exit__(self, *error):
        return None
