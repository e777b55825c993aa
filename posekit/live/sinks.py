"""Where drawn frames go: a window, where this machine has a display for one, or files.

`Writer` makes a video of RGB frames; OpenCV does the encoding, and says nothing when a write
fails, so the frames are counted as they lie.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from ..errors import InputError
from .sources import FPS, IMAGE_SUFFIXES, Source, open_capture, quiet_stderr

# Container to codec, of those that every opencv-python wheel can write. Players open all
# three; a browser plays only .webm, at several times the encoding time.
VIDEO_CODECS = {".mp4": "mp4v", ".avi": "MJPG", ".webm": "VP80"}
ROOM_ON_DISK = 16 * 2**20  # bytes that must be free before the next frame is written


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


def _partial(path: Path) -> Path:
    """Where a file is written until it is whole; the suffix stays, since it says the format."""
    return path.with_name(f"{path.stem}.part{path.suffix}")


class Writer(contextlib.AbstractContextManager):
    """A video file of RGB frames; use it as a context manager.

    ``path`` ends in .mp4, .avi or .webm (the one that browsers play); ``fps`` is frames a
    second. Codecs want even sizes, so an odd last row or column is dropped. The file appears
    under its name only when it is whole and as many frames come out as went in: after an
    error nothing is left.

    Raises `InputError` for another suffix, a frame of another size than the first, a disk
    that is full, or no frame at all.
    """

    def __init__(self, path: str | Path, fps: float):
        self.path = Path(path)
        if self.path.suffix.lower() not in VIDEO_CODECS:
            raise InputError(f"{self.path}: a video must end in {', '.join(VIDEO_CODECS)}.")
        if not 0 < fps <= 1000:
            raise InputError(f"{self.path}: {fps} frames a second is no frame rate.")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.fps, self.frames, self.size = fps, 0, None
        self._part, self._writer = _partial(self.path), None

    def write(self, rgb: np.ndarray):
        """Append one frame (H, W, 3) uint8."""
        if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8 or min(rgb.shape[:2]) < 2:
            raise InputError(
                f"{self.path}: a frame must be (H, W, 3) uint8 of at least 2x2 "
                f"pixels, and is {rgb.shape} {rgb.dtype}."
            )
        if self._writer is None:
            self._start(rgb.shape[:2])
        if rgb.shape[:2] != self.size:
            raise InputError(
                f"{self.path}: frame {self.frames} is of size {rgb.shape[:2]}, the first was "
                f"{self.size}: one video has one size, images of several sizes go to a folder."
            )
        if shutil.disk_usage(self.path.parent).free < ROOM_ON_DISK:
            raise InputError(self._full())
        height, width = self.size
        even = rgb[: height // 2 * 2, : width // 2 * 2]
        self._writer.write(cv2.cvtColor(even, cv2.COLOR_RGB2BGR))
        self.frames += 1

    def _start(self, size: tuple[int, int]):
        self.size = size
        codec = cv2.VideoWriter_fourcc(*VIDEO_CODECS[self.path.suffix.lower()])
        with quiet_stderr():
            self._writer = cv2.VideoWriter(
                str(self._part), codec, self.fps, (size[1] // 2 * 2, size[0] // 2 * 2)
            )
        if not self._writer.isOpened():
            raise InputError(
                f"{self.path} cannot be written: this OpenCV has no encoder for "
                f"{self.path.suffix}, or the folder is read-only."
            )

    def _full(self) -> str:
        return (
            f"{self.path} could not be written whole: the disk is full. Nothing of it is "
            "kept; free some space, or write it elsewhere."
        )

    def close(self):
        """Finish the file; see the class for what can be wrong."""
        if self._writer is None:
            raise InputError(f"{self.path}: no frame was written, so there is no video.")
        with quiet_stderr():
            self._writer.release()
        # OpenCV says nothing when a write fails, so the frames are counted as they lie.
        if not self._part.exists() or _count_frames(self._part) != self.frames:
            self._discard()
            raise InputError(self._full())
        os.replace(self._part, self.path)

    def _discard(self):
        if self._writer is not None:
            with quiet_stderr():
                self._writer.release()
        self._part.unlink(missing_ok=True)

    def __exit__(self, kind, error, traceback):
        if kind is None:
            self.close()
        else:
            self._discard()


def _count_frames(path: Path) -> int:
    capture, count = open_capture(path), 0
    while capture.grab():
        count += 1
    capture.release()
    return count


def write_image(path: str | Path, rgb: np.ndarray):
    """Write one RGB image (H, W, 3) uint8, whole or not at all, as its suffix says.

    Raises `InputError` for an unknown suffix, `OSError` for a disk that is full.
    """
    path = Path(path)
    if path.suffix.lower() not in IMAGE_SUFFIXES:
        raise InputError(f"{path}: an image must end in {', '.join(IMAGE_SUFFIXES)}.")
    _, data = cv2.imencode(path.suffix.lower(), cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = _partial(path)
    try:
        part.write_bytes(data)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


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
