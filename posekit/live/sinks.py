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

from ..data.videos import decoder_path
from ..errors import InputError, check_image
from ..files import atomic_write, check_writable, patiently
from .sources import FPS, IMAGE_SUFFIXES, Source, open_capture, quiet_stderr

# Container to codec, of those that every opencv-python wheel can write. Players open all
# three; a browser plays only .webm, at several times the encoding time.
VIDEO_CODECS = {".mp4": "mp4v", ".avi": "MJPG", ".webm": "VP80"}
ROOM_ON_DISK = 16 * 2**20  # bytes that must be free before the next frame is written
SLOWEST = {".mp4": 0.01, ".avi": 0.01, ".webm": 0.1}  # frames a second
FASTEST = 1000


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
    """Where a process writes a file until it is whole; the suffix stays: it says the format."""
    return path.with_name(f"{path.stem}.{os.getpid()}.part{path.suffix}")


def _rate(fps: float) -> float:
    """The nearest frame rate that every container holds: 66.67 for 66.667, say.

    OpenCV takes the decimals as a fraction, 66667/1000; in MPEG-4 neither part may be more
    than 65,535.
    """
    return next(round(fps, digits) for digits in (3, 2, 1) if fps * 10**digits < 65_535)


def _open_writer(part: Path, fps: float, size: tuple[int, int]) -> tuple[cv2.VideoWriter, Path]:
    """OpenCV's writer of frames of a size (width, height), and the file that it writes.

    The index of an mp4 stands at its end, so one whose process is killed does not play. One made
    of *fragments*, each with its own index, plays up to there. OpenCV passes no such option on,
    but what is called .ismv is made of fragments and is otherwise an mp4.
    """
    suffix = part.suffix.lower()
    codec = cv2.VideoWriter_fourcc(*VIDEO_CODECS[suffix])
    if suffix == ".mp4":
        fragments = part.with_suffix(".ismv")
        with quiet_stderr():
            writer = cv2.VideoWriter(decoder_path(fragments), codec, _rate(fps), size)
        if writer.isOpened():
            with contextlib.suppress(OSError):  # Windows renames no open file
                return writer, fragments.replace(part)
            return writer, fragments
    with quiet_stderr():
        return cv2.VideoWriter(decoder_path(part), codec, _rate(fps), size), part


def _call_mp4(path: Path) -> None:
    """Let an .ismv say in its first box that it is an mp4, which by its content it is."""
    with contextlib.suppress(OSError), open(path, "r+b") as file:
        if file.read(12)[4:] == b"ftypisml":
            file.seek(8)
            file.write(b"iso2")


class Writer(contextlib.AbstractContextManager):
    """A video file of RGB frames; use it as a context manager.

    ``path`` ends in .mp4, .avi or .webm (the one that browsers play); ``fps`` is frames a
    second. Codecs want even sizes, so an odd last row or column is dropped. The file appears
    under its name only when it is whole and as many frames come out as went in: after an
    error nothing is left. Where a process is killed, NAME.PROCESS.part.mp4 is left, and plays, but
    for the last quarter of a megabyte, which FFmpeg had not yet written.

    Raises `InputError` for another suffix, a frame of another size than the first, a disk
    that is full, or no frame at all.
    """

    def __init__(self, path: str | Path, fps: float):
        self.path = Path(path)
        if self.path.suffix.lower() not in VIDEO_CODECS:
            raise InputError(f"{self.path}: a video must end in {', '.join(VIDEO_CODECS)}.")
        slowest = SLOWEST[self.path.suffix.lower()]
        if not slowest <= fps <= FASTEST:
            raise InputError(
                f"{self.path}: {fps} frames a second is no frame rate from {slowest} to {FASTEST}."
            )
        decoder_path(self.path)  # refuses what OpenCV cannot open
        check_writable(self.path)
        self.fps, self.frames, self.size = fps, 0, None
        self._part, self._writer = _partial(self.path), None

    def write(self, rgb: np.ndarray):
        """Append one frame (H, W, 3) uint8."""
        check_image(f"{self.path}: a frame", rgb, least=2)  # less has no even size
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
        even = cv2.cvtColor(rgb[: height // 2 * 2, : width // 2 * 2], cv2.COLOR_RGB2BGR)
        # Counted first: Ctrl-C during the call is raised right after it, with the frame written.
        self.frames += 1
        self._writer.write(even)

    def _start(self, size: tuple[int, int]):
        self.size, even = size, (size[1] // 2 * 2, size[0] // 2 * 2)
        self._writer, self._part = _open_writer(self._part, self.fps, even)
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
            self._discard()
            raise InputError(f"{self.path}: no frame was written, so there is no video.")
        with quiet_stderr():
            self._writer.release()
        _call_mp4(self._part)
        # OpenCV says nothing when a write fails, so the frames are counted as they lie.
        if not self._part.exists() or _count_frames(self._part) != self.frames:
            self._discard()
            raise InputError(self._full())
        patiently(os.replace, self._part, self.path)

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


def _encode(path: Path, rgb: np.ndarray) -> np.ndarray:
    done = False
    with contextlib.suppress(cv2.error):
        done, data = cv2.imencode(path.suffix.lower(), cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
    if not done:
        raise InputError(
            f"{path}: {path.suffix} cannot hold an image of shape {rgb.shape}: write a .png."
        )
    return data


def write_image(path: str | Path, rgb: np.ndarray):
    """Write one RGB image (H, W, 3) uint8, whole or not at all, as its suffix says.

    Raises `InputError` for an unknown suffix, a size that the format cannot hold, a disk that is
    full, a folder that cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() not in IMAGE_SUFFIXES:
        raise InputError(f"{path}: an image must end in {', '.join(IMAGE_SUFFIXES)}.")
    atomic_write(path, _encode(path, rgb).tobytes())


class Window(contextlib.AbstractContextManager):
    """A window that shows frames: a video at its own rate, images until a key is pressed."""

    TITLE = "posekit live (q quits)"

    def __init__(self, frames: Source):
        if problem := display_problem():
            raise InputError(f"{problem}: give --out FILE to write what would be shown.")
        self._still = frames.kind in ("image", "folder")
        self._period = 1 / (frames.fps or FPS) if frames.kind == "video" else 0.0
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
    image, video = f"an image ({', '.join(IMAGE_SUFFIXES)})", f"a video ({', '.join(VIDEO_CODECS)})"
    others = {"folder": f"a folder, or {video}", "image": f"{image} or a folder"}
    wanted = others.get(frames.kind, video)
    if folder := still and (not suffix or out.is_dir()):
        files = [out / path.name for path in frames.paths]
    elif suffix in (IMAGE_SUFFIXES if frames.kind == "image" else VIDEO_CODECS):
        files = [out]
    else:
        raise InputError(f"--out {out}: what is drawn on {frames.name} goes to {wanted}.")
    if {path.resolve() for path in files} & {path.resolve() for path in frames.paths}:
        raise InputError(f"--out {out} is the source itself: give it another name.")
    if folder or suffix not in VIDEO_CODECS:
        return _Pictures(frames, files)
    return (_Recording if frames.kind == "camera" else Writer)(out, frames.fps or FPS)


class _Recording(Writer):
    """A camera's video plays at life's pace: each frame is repeated until the next is due."""

    _first = None

    def write(self, rgb: np.ndarray):
        self._first = self._first or time.perf_counter()
        while self.frames <= (time.perf_counter() - self._first) * self.fps:
            super().write(rgb)


class _Pictures(contextlib.AbstractContextManager):
    """Drawn images to files, each to that of the image that was read last."""

    def __init__(self, frames: Source, paths: list[Path]):
        check_writable(paths[0])
        self._frames, self._paths = frames, dict(zip(frames.paths, paths))

    def write(self, rgb: np.ndarray):
        write_image(self._paths[self._frames.path], rgb)

    def __exit__(self, *error):
        return None
