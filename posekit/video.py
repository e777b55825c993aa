"""Frames in and frames out: cameras, video files, images and folders of images.

`open_source` gives RGB frames whatever they come from, `Writer` makes a video of RGB frames.
OpenCV does the decoding and encoding. Where it only prints a warning and carries on, posekit
raises an `InputError` that says what to do; its own messages are switched off here.
"""

from __future__ import annotations

import base64
import contextlib
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

# FFmpeg inside OpenCV reads this once, when the first video is opened; -8 is its "quiet".
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

import cv2
import numpy as np

from .data.images import SUFFIXES, read_image, silence_opencv
from .errors import InputError

silence_opencv()

IMAGE_SUFFIXES = tuple(suffix for suffix in SUFFIXES if suffix != ".gif")  # that one plays
# Container to codec, of those that every opencv-python wheel can write. Players open all
# three; a browser plays only .webm, at several times the encoding time.
VIDEO_CODECS = {".mp4": "mp4v", ".avi": "MJPG", ".webm": "VP80"}
ROOM_ON_DISK = 16 * 2**20  # bytes that must be free before the next frame is written
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


class Source(contextlib.AbstractContextManager):
    """Something that gives RGB frames (H, W, 3) uint8; iterate over it, close it.

    Attributes:
        name: what to call it in a title.
        kind: ``camera``, ``video``, ``image`` or ``folder``. Images of a folder are taken to
            be unrelated and may differ in size; what is ``moving`` is one scene in time.
        size: (height, width) of the first frame.
        fps: frames a second as the header or the driver says, None where it does not.
        paths: the files that it reads; empty for a camera.
        count: frames as the header says, or images in the folder; None for a camera. Headers
            are often wrong: what counts is what comes out.
        warning: None, or one sentence once iterating has found something amiss, such as a
            video that ends before its header's count.
    """

    def __init__(self, name: str, kind: str, size, fps=None, count=None):
        self.name, self.kind, self.size, self.fps, self.count = name, kind, size, fps, count
        self.moving, self.paths = kind in ("camera", "video"), []
        self.warning: str | None = None

    def __iter__(self) -> Iterator[np.ndarray]:
        raise NotImplementedError

    def close(self):
        """Let go of the camera or file."""

    def __exit__(self, *error):
        self.close()


def open_source(source: int | str | Path) -> Source:
    """Open a camera (its number), a video file, an image file, or a folder of images.

    Raises `InputError` for a camera that is not there, an absent file, one that is neither
    video nor image, and a folder without images.
    """
    if isinstance(source, int) or str(source).isdecimal():
        return CameraSource(int(source))
    path = Path(source).expanduser()
    if not path.exists():
        raise InputError(
            f"{path} does not exist: give a camera number, a video, an image or a folder of images."
        )
    if path.is_dir():
        return ImageSource(path, "folder", images_in(path))
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return ImageSource(path, "image", [path])
    return VideoSource(path)


def images_in(folder: Path) -> list[Path]:
    """The images of a folder, 2.jpg before 10.jpg; `InputError` if there is none."""
    paths = [
        path
        for path in Path(folder).iterdir()
        if path.suffix.lower() in IMAGE_SUFFIXES and path.name[0] != "."
    ]
    if not paths:
        raise InputError(f"{folder} holds no image ({', '.join(IMAGE_SUFFIXES)}).")
    return sorted(
        paths,
        key=lambda path: [
            (0, int(part), "") if part.isdecimal() else (1, 0, part)
            for part in re.split(r"(\d+)", path.name)
            if part
        ],
    )


class ImageSource(Source):
    """One image or a folder of them, read when asked for."""

    def __init__(self, path: Path, kind: str, paths: list[Path]):
        super().__init__(path.name, kind, read_image(paths[0]).shape[:2], count=len(paths))
        self.paths = paths

    def __iter__(self):
        return map(read_image, self.paths)


def _read_rgb(capture: cv2.VideoCapture) -> np.ndarray | None:
    ok, frame = capture.read()
    return cv2.cvtColor(frame, cv2.COLOR_BGR2RGB) if ok else None


def _open(path: Path) -> cv2.VideoCapture:
    with quiet_stderr():
        return cv2.VideoCapture(str(path))


def _fps(capture: cv2.VideoCapture) -> float | None:
    fps = capture.get(cv2.CAP_PROP_FPS)
    return fps if 0 < fps <= 1000 else None  # 0, NaN and 90000 stand for "unknown"


class VideoSource(Source):
    """A video file, decoded from its first frame each time it is iterated over."""

    def __init__(self, path: Path):
        capture = _open(path)
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
        capture, decoded = _open(self.paths[0]), 0
        try:
            while (frame := _read_rgb(capture)) is not None:
                decoded += 1
                yield frame
            # Only here, at the end of the file, are header and content known to disagree.
            if self.count is not None and decoded != self.count:
                self.warning = (
                    f"the header of {self.name} says {self.count} frames, but "
                    f"{decoded} could be decoded: the file is cut short, or its "
                    "header is wrong."
                )
        finally:
            capture.release()


class CameraSource(Source):
    """A camera of this machine; it gives frames until it is closed."""

    def __init__(self, number: int):
        with quiet_stderr():
            self.capture = cv2.VideoCapture(number)
            frame = _read_rgb(self.capture) if self.capture.isOpened() else None
        if frame is None:
            self.capture.release()
            raise InputError(
                f"there is no camera {number}, or another program holds it: plug one in, or give "
                "a video or an image instead. (On Colab: posekit.video.colab_snapshot.)"
            )
        super().__init__(f"camera {number}", "camera", frame.shape[:2], _fps(self.capture))

    def __iter__(self):
        while (frame := _read_rgb(self.capture)) is not None:
            yield frame
        self.warning = f"{self.name} stopped giving frames."

    def close(self):
        self.capture.release()


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
    capture, count = _open(path), 0
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


_SNAPSHOT = """
(async () => {
  const [box, video, button, canvas] =
    ['div', 'video', 'button', 'canvas'].map(tag => document.createElement(tag));
  button.textContent = 'Take the picture';
  box.append(video, button);
  document.body.append(box);
  const stream = await navigator.mediaDevices.getUserMedia({video: true});
  video.srcObject = stream;
  await video.play();
  await new Promise(resolve => { button.onclick = resolve; });
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  canvas.getContext('2d').drawImage(video, 0, 0);
  stream.getTracks().forEach(track => track.stop());
  box.remove();
  return canvas.toDataURL('image/jpeg', 0.9);
})()
"""


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
        return _from_data_address(eval_js(_SNAPSHOT))
    except Exception as error:  # Colab passes on whatever the browser refused, as its own error
        raise InputError(
            f"the browser gave no picture ({error}): allow it to use the camera, "
            "and run the cell again."
        ) from None


def _from_data_address(address: str) -> np.ndarray:
    """The RGB image in a ``data:image/jpeg;base64,...`` address."""
    data = np.frombuffer(base64.b64decode(address.split(",", 1)[1]), np.uint8)
    return cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
