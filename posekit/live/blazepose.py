"""Poses while you watch: MediaPipe's BlazePose on an image, a video or a camera.

The network is Google's; it comes as a *bundle* (one ``.task`` file, Apache-2.0) that
``posekit data get mediapipe_pose`` fetches. It runs on this machine, and frames never leave it.
"""

from __future__ import annotations

import contextlib
import weakref
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from .. import datasets
from ..data.sample import OCCLUDED, VISIBLE, Sample
from ..errors import InputError, check_image
from .sources import Closes, quiet_stderr

GET_BUNDLE = (
    "`posekit data get mediapipe_pose` fetches it (9 MB), or POSEKIT_MIRROR names a folder that "
    "has it"
)
MOST = 100  # people to find: each who is followed has a landmarker of their own
SEEN = 0.5  # MediaPipe's visibility from which a landmark counts as visible, else occluded


def bundle_path() -> Path | None:
    """The BlazePose bundle on this machine or in the mirror folder, or None; no network."""
    return datasets.find("mediapipe_pose")


@dataclass
class Detection(Sample):
    """What BlazePose found: a `Sample` of ``blazepose33`` with P people, P may be 0.

    All 33 landmarks of a found person have coordinates, those behind something or outside
    the picture too: they are guesses. ``scores`` (P, 33) is MediaPipe's *visibility*, the
    probability that the landmark is in the picture and not hidden; ``visible`` is 2 where it
    is at least `SEEN`, else 1. ``keypoints_3d`` are what MediaPipe calls world landmarks:
    metres, origin between the hips, the camera's axes (x right, y down, z away from the
    camera). Here that is the frame ``root``: where the person stands is not in them. The
    middle of the two hip landmarks is at the origin to about a centimetre, not exactly.

    Attributes:
        z: (P, 33) float32 pixels, relative to the middle of the hips, smaller is nearer: the
            depth that MediaPipe gives with the 2D landmarks. On rendered people it is about 2.5
            times as large as a way of the same length along x, see
            `tests/benchmarks/landmark_errors.py`.
        presence: (P, 33) float32 probability that the landmark is in the picture at all.
    """

    z: np.ndarray | None = None
    presence: np.ndarray | None = None


def _detection(image: np.ndarray, result, name: str) -> Detection:
    """A MediaPipe result, whose x and y are fractions of the image, on posekit's grid."""
    height, width = image.shape[:2]
    people, in_space = result.pose_landmarks, result.pose_world_landmarks
    flat = [[(p.x, p.y, p.z, p.visibility, p.presence) for p in person] for person in people]
    world = [[(p.x, p.y, p.z) for p in person] for person in in_space]
    flat = np.array(flat, np.float32).reshape(-1, 33, 5)
    world = np.array(world, np.float32).reshape(-1, 33, 3)
    return Detection(
        id=name,
        skeleton="blazepose33",
        image=image,
        keypoints=flat[..., :2] * (width, height) - 0.5,
        visible=np.where(flat[..., 3] >= SEEN, VISIBLE, OCCLUDED),
        scores=flat[..., 3],
        keypoints_3d=world,
        frame="root",
        z=flat[..., 2] * width,
        presence=flat[..., 4],
    )


class Detector(Closes):
    """Base of detectors, see `posekit.live.pipeline`."""


class BlazePose(Detector):
    """MediaPipe's pose landmarker; close it, or use it as a context manager.

    Args:
        bundle: the ``.task`` file; None takes `bundle_path`.
        poses: find at most this many people. With more than one, the person detector runs on
            every frame on which fewer are found, which about halves the frame rate.
        video: True follows people from frame to frame and smooths their landmarks: faster and
            calmer, but for frames of one video in order. False looks at each image anew.
        confidence: in [0, 1], what a person must reach to be found and followed.

    Attributes:
        about: the network and its terms, a sentence.

    Raises `InputError` when mediapipe or the bundle is missing, or the bundle is damaged.
    """

    def __init__(self, bundle=None, poses: int = 1, video: bool = False, confidence: float = 0.5):
        if not 1 <= poses <= MOST:
            raise InputError(f"poses must be at least 1 and at most {MOST}, and are {poses}.")
        if not 0 <= confidence <= 1:
            raise InputError(f"confidence must be within [0, 1], and is {confidence}.")
        self.video, self._last_ms, path = video, -1, _bundle(bundle)
        self.about = f"MediaPipe's BlazePose, {path} ({datasets.get('mediapipe_pose').terms})."
        landmarker = _landmarker(path, poses, video, confidence)
        self._run = landmarker.detect_for_video if video else landmarker.detect
        self._close = weakref.finalize(self, _close, landmarker)
        self._quiet = True  # until someone is found: MediaPipe logs on the first occasion

    def detect(self, image: np.ndarray, time_ms: float | None = None) -> Detection:
        """Find people in an image (H, W, 3) uint8 RGB.

        ``time_ms`` is the frame's time, which the smoothing goes by; None is a 30th of a
        second after the last. MediaPipe wants whole milliseconds that grow: a time that does
        not is moved to one millisecond after the last.
        """
        import mediapipe

        if not self._close.alive:
            raise InputError("this BlazePose is closed: make a new one.")
        check_image("the image", image)  # one empty image, and MediaPipe answers no more
        pixels, srgb = np.ascontiguousarray(image), mediapipe.ImageFormat.SRGB
        args = (mediapipe.Image(image_format=srgb, data=pixels),)
        if self.video:
            step = self._last_ms + 33 if time_ms is None else round(time_ms)
            self._last_ms = max(self._last_ms + 1, step)
            args += (self._last_ms,)
        with quiet_stderr() if self._quiet else contextlib.nullcontext():
            result = self._run(*args)
        self._quiet = self._quiet and not result.pose_landmarks
        return _detection(image, result, f"{self._last_ms} ms" if self.video else "image")

    def close(self):
        """Free MediaPipe's memory and threads."""
        self._close()


class NullDetector(Detector):
    """Takes `BlazePose`'s place where its bundle is missing: runs, and finds nobody.

    So a lesson goes on without the model, and every count in it says 0.
    """

    about = "none, which finds nobody."

    def __init__(self, bundle=None, poses: int = 1, video: bool = False, confidence: float = 0.5):
        pass

    def detect(self, image: np.ndarray, time_ms: float | None = None) -> Detection:
        """A detection of no people in an image (H, W, 3) uint8 RGB."""
        nothing = SimpleNamespace(pose_landmarks=[], pose_world_landmarks=[])
        return _detection(image, nothing, "image")


def _bundle(bundle: str | Path | None) -> Path:
    path = bundle_path() if bundle is None else Path(bundle)
    if path is None:
        raise InputError(f"the BlazePose bundle is not on this machine: {GET_BUNDLE}.")
    if not path.is_file():
        raise InputError(f"{path} does not exist: run `posekit data get mediapipe_pose`.")
    return path


def _mediapipe():
    try:
        import mediapipe
        from mediapipe.tasks.python import vision
    except ImportError as error:
        raise InputError(
            f"MediaPipe cannot be imported ({error}): pip install mediapipe."
        ) from None
    return mediapipe, vision


def _landmarker(bundle: Path, poses: int, video_mode: bool, confidence: float):
    mediapipe, vision = _mediapipe()
    # Not the path: on Windows MediaPipe opens none with a letter like ü in it.
    options = vision.PoseLandmarkerOptions(
        base_options=mediapipe.tasks.BaseOptions(model_asset_buffer=bundle.read_bytes()),
        running_mode=vision.RunningMode.VIDEO if video_mode else vision.RunningMode.IMAGE,
        num_poses=poses,
        min_pose_detection_confidence=confidence,
        min_pose_presence_confidence=confidence,
        min_tracking_confidence=confidence,
    )
    try:
        with quiet_stderr():
            return vision.PoseLandmarker.create_from_options(options)
    except (RuntimeError, ValueError) as error:
        raise InputError(
            f"{bundle} is no pose bundle that MediaPipe can load "
            f"({str(error).splitlines()[0]}): delete it and run `posekit data get "
            "mediapipe_pose`."
        ) from None


def _close(landmarker):
    try:
        landmarker.close()
    except Exception:
        # Python is exiting and MediaPipe's thread is gone already. The process frees it all;
        # without a handle MediaPipe's own __del__ does not print a traceback over it.
        landmarker._handle = None
