"""Where frames come from: cameras, video files, images and folders of images.

`open_source` gives RGB frames whatever they come from. OpenCV does the decoding. Where it only
prints a warning and carries on, posekit raises an `InputError` that says what to do; its own
messages are switched off here.
"""

from __future__ import annotations

import base64
import contextlib
import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import matplotlib
import numpy as np

from ..data.images import SUFFIXES, read_image, silence_opencv
from ..data.videos import decoder_path, is_cut_short
from ..errors import InputError

silence_opencv()

SNAPSHOT = Path(__file__).with_name("snapshot.js")  # takes a picture in a browser
IMAGE_SUFFIXES = tuple(suffix for suffix in SUFFIXES if suffix != ".gif")  # that one plays
FPS = 30  # where a source does not say


@contextlib.contextmanager
def quiet_stderr():
    """Send what C++ libraries print on stderr to nowhere; Python's exceptions are untouched."""
    try:
        sys.stderr.flush()
        saved = os.dup(2)
    except (OSError, AttributeError):  # no stderr: nothing to silence
        yield
        return
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


class Closes(contextlib.AbstractContextManager):
    """Something to be closed, or used as a context manager."""

    def close(self):
        """Let go of what is held, if anything is."""

    def __exit__(self, *error):
        self.close()


class Source(Closes):
    """Something that gives RGB frames (H, W, 3) uint8; iterate over it, close it.

    Attributes:
        name: what to call it in a title.
        kind: ``camera``, ``video``, ``image`` or ``folder``. Images of a folder are taken to
            be unrelated and may differ in size; what is ``moving`` is one scene in time.
        size: (height, width) of the first frame.
        fps: frames a second as the header or the driver says, None where it does not.
        paths: the files that it reads; empty for a camera.
        path: of images, the file that was read last; else None.
        time: of a video, when the frame that it gave last is shown, in seconds; else None.
        count: frames as the header says, or images in the folder; None for a camera. Headers
            are often wrong: what counts is what comes out.
        warning: None, or one sentence once iterating has found something amiss, such as a
            video that ends before its header's count.
    """

    def __init__(self, name: str, kind: str, size, fps=None, count=None):
        self.name, self.kind, self.size, self.fps, self.count = name, kind, size, fps, count
        self.moving, self.paths = kind in ("camera", "video"), []
        self.path: Path | None = None
        self.time: float | None = None
        self.warning: str | None = None

    def __iter__(self) -> Iterator[np.ndarray]:
        raise NotImplementedError


def open_source(source: int | str | Path) -> Source:
    """Open a camera (its number), a video file, an image file, or a folder of images.

    Raises `InputError` for a camera that is not there, a file that is absent, may not be read, or
    is neither video nor image, and a folder without images.
    """
    if str(source).isdecimal() and int(str(source)) < 2**31:
        return CameraSource(int(str(source)))
    path = Path(str(source)).expanduser()
    if not path.exists():
        raise InputError(
            f"{path} does not exist: give a camera number, a video, an image or a folder of images."
        )
    if not os.access(path, os.R_OK):
        raise InputError(f"{path} cannot be read: its permissions do not allow it.")
    if path.is_dir():
        return ImageSource(path, "folder", images_in(path))
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return ImageSource(path, "image", [path])
    return VideoSource(path)


def timed(frames: Source) -> Iterator[tuple[np.ndarray, float]]:
    """Each frame, and when it was taken, in seconds, later than the one before.

    A camera's frames are timed by the clock, and a video's by its own times, so that a frame rate
    that varies does no harm; images of a folder are taken at 30 a second.
    """
    start, seconds = time.perf_counter(), -np.inf
    for image in frames:
        clock = time.perf_counter() - start
        usual = max(0.0, seconds + 1 / (frames.fps or FPS))
        when = {"camera": clock, "video": frames.time}.get(frames.kind, usual)
        seconds = when if when > seconds else usual  # a video may not tell its times
        yield image, seconds


def images_in(folder: Path) -> list[Path]:
    """The images of a folder, 2.jpg before 10.jpg; `InputError` if there is none."""
    shown = Path(folder).glob("[!.]*")
    paths = [path for path in shown if path.suffix.lower() in IMAGE_SUFFIXES]
    if not paths:
        raise InputError(f"{folder} holds no image ({', '.join(IMAGE_SUFFIXES)}).")
    return sorted(paths, key=_by_number)


def _by_number(path: Path) -> list[str | int]:
    """A file's name as text, number, text, ...: the first may be empty, so that types agree."""
    parts = re.split(r"(\d+)", path.name)
    parts[1::2] = map(int, parts[1::2])
    return parts


class ImageSource(Source):
    """One image or a folder of them, read when asked for.

    A damaged image of a folder is left out, and `warning` tells of it at the end.
    """

    def __init__(self, path: Path, kind: str, paths: list[Path]):
        super().__init__(path.name, kind, None, count=len(paths))
        self.paths = paths
        first = next(iter(self), None)
        self.size = (read_image(paths[0]) if first is None else first).shape[:2]

    def __iter__(self):
        damaged = []
        for path in self.paths:
            try:
                self.path, image = path, read_image(path)
            except InputError as error:
                damaged.append(error)
            else:
                yield image
        if damaged:
            many = f"{len(damaged)} of {self.count} images"
            self.warning = f"{many} left out; the first: {damaged[0]}"


def _read_rgb(capture: cv2.VideoCapture) -> np.ndarray | None:
    """The next frame, or None at the end, which for a camera is when it is unplugged."""
    try:
        ok, frame = capture.read()
    except cv2.error:
        return None
    return cv2.cvtColor(frame, cv2.COLOR_BGR2RGB) if ok and frame.size else None


def open_capture(path: Path) -> cv2.VideoCapture:
    """OpenCV's reader of a video file, without its messages."""
    with quiet_stderr():
        return cv2.VideoCapture(decoder_path(path))


def _fps(capture: cv2.VideoCapture) -> float | None:
    fps = capture.get(cv2.CAP_PROP_FPS)
    return fps if 0 < fps <= 1000 else None  # 0, NaN and 90000 stand for "unknown"


class VideoSource(Source):
    """A video file, decoded from its first frame each time it is iterated over."""

    def __init__(self, path: Path):
        capture = open_capture(path)
        first, fps, count = _read_rgb(capture), _fps(capture), capture.get(cv2.CAP_PROP_FRAME_COUNT)
        capture.release()
        if first is None:
            raise InputError(
                f"{path} is not a video that OpenCV can read, or it is cut off: "
                "play it in a video player, or copy it again."
            )
        count = round(count) if 0 < count < 1e9 else None
        super().__init__(path.name, "video", first.shape[:2], fps, count)
        self.paths = [path]

    def __iter__(self):
        capture, decoded = open_capture(self.paths[0]), 0
        try:
            while (frame := _read_rgb(capture)) is not None:
                decoded += 1
                self.time = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
                yield frame
            self.warning = self._amiss(decoded)
        finally:
            capture.release()

    def _amiss(self, decoded: int) -> str | None:
        """What is wrong, known at the end of the file only: header and content disagree."""
        short = is_cut_short(self.paths[0])
        if short:
            return f"{self.name} is cut short: {decoded} frames could be decoded."
        if short is False or self.count in (None, decoded):
            return None
        return (
            f"the header of {self.name} says {self.count} frames, but {decoded} could be decoded: "
            "the file is cut short, or its header is wrong."
        )


class CameraSource(Source):
    """A camera of this machine; it gives frames until it is closed."""

    def __init__(self, number: int):
        with quiet_stderr():
            self.capture = cv2.VideoCapture(number)
            frame = _read_rgb(self.capture) if self.capture.isOpened() else None
        if frame is None:
            self.capture.release()
            raise InputError(
                f"there is no camera {number}, another program holds it, or the system has not "
                "allowed it to this one (macOS and Windows: Settings, Privacy, Camera; then start "
                "the program again): plug one in, or give a video or an image instead. (On Colab: "
                f"posekit.live.colab_snapshot; a file or folder of that name is ./{number}.)"
            )
        super().__init__(f"camera {number}", "camera", frame.shape[:2], _fps(self.capture))

    def __iter__(self):
        while (frame := _read_rgb(self.capture)) is not None:
            yield frame
        self.warning = f"{self.name} stopped giving frames."

    def close(self):
        self.capture.release()


def portrait_path() -> Path:
    """The photograph that every installation has: Grace Hopper, in matplotlib's sample data.

    By James S. Davis, United States Navy: in the public domain.
    """
    return Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"


def colab_snapshot() -> np.ndarray:
    """One picture (H, W, 3) uint8 RGB from the browser's camera, in a Colab notebook.

    **Untried on Colab**: none was at hand. Its script is tested in Chromium.
    The picture goes from the browser to the Colab machine that runs the notebook. Raises
    `InputError` outside Colab, and where the browser gives no picture.
    """
    try:
        from google.colab.output import eval_js
    except ImportError:
        raise InputError(
            "the browser's camera can be used on Colab only: elsewhere call "
            "open_source(0) for this machine's own camera."
        ) from None
    try:
        return _from_data_address(eval_js(SNAPSHOT.read_text(encoding="utf-8")))
    except Exception as error:  # Colab passes on whatever the browser refused, as its own error
        raise InputError(
            f"the browser gave no picture ({error}): allow it to use the camera, "
            "and run the cell again."
        ) from None


def _from_data_address(address: str) -> np.ndarray:
    """The RGB image in a ``data:image/jpeg;base64,...`` address."""
    data = np.frombuffer(base64.b64decode(address.split(",", 1)[1]), np.uint8)
    return cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
