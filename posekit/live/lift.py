"""``posekit live --lift``: a person's joints in space, turning beside the frame.

Another detector finds the joints on the image: BlazePose, or a network of this course. The person
is followed from frame to frame, and the last `FRAMES` frames go through a network that lifts, of
which the answer for the newest one is drawn. Whoever is lost begins anew.
"""

from __future__ import annotations

from collections import deque
from pathlib import Path

import cv2
import numpy as np

from .. import checkpoints, lifting, skeletons
from ..data.sample import Sample
from ..data.skeleton_clips import fill_gaps
from ..data.takes import ROOT, in_units
from ..errors import InputError
from ..geometry import box_sides
from ..inference import one_thread
from .blazepose import Detector
from .pipeline import show_poses

FRAMES = 27  # that a network sees of a video, the newest one included
LEAST_SEEN = 0.5  # share of the joints without which nobody is lifted
JUMP = 0.5  # of a person's height: who is farther from the last frame's joints is someone else
TURN = 8.0  # seconds that the drawing takes to turn once
STILL = 50.0  # degrees by which it is turned beside an image, which does not move
ABOVE = 15.0  # degrees from which it is seen
METRES = 2.7  # that the drawing shows from top to bottom
LIGHT, FLOOR = 245, (170, 170, 170)
SQUARE = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])  # a metre of floor


class LiftDetector(Detector):
    """Lifts one of the people that another detector finds; takes its place.

    Args:
        detector: finds people on the image, see `posekit.live.pipeline`. Where it follows them
            (``video``), so does this one; each image is lifted by itself otherwise.
        name: a checkpoint that lifts, of `posekit.checkpoints.names` or a path, or a network and
            its card.

    Attributes:
        joints: (K, 3) metres about the root on the camera's axes, in the network's joint set, of
            the person in the last frame; None where there was none.
        about: both networks and their terms.

    Raises `InputError` for a checkpoint that there is not, or that does not lift.
    """

    def __init__(self, detector, name: str | Path | tuple = "lifter"):
        self.model, self.card = checkpoints.load_pretrained(name)
        if "units" not in self.card:
            raise InputError(
                f"{self.card['name']} does not lift joints to 3D: give --lift without a name, or "
                "a checkpoint of the task lifting."
            )
        self.detector, self.skeleton = detector, skeletons.get(self.card["skeleton"])
        self.video = getattr(detector, "video", True)
        terms = f"Joints in space: {self.card['name']} of this course ({self.card['terms']})."
        self.about = f"{detector.about} {terms}"
        self.joints: np.ndarray | None = None
        self._window: deque = deque(maxlen=FRAMES if self.video else 1)
        self._size, self._degrees = None, 0.0

    def detect(self, image: np.ndarray, time_ms: float | None = None) -> Sample:
        """What the detector within finds in an image (H, W, 3) uint8 RGB; `joints` follow.

        ``time_ms`` is passed on, and turns the drawing. Raises `InputError` for a joint set of
        which the network's root cannot be made.
        """
        found = self.detector.detect(image, time_ms)
        person = self._person(found)
        if person is None or image.shape[:2] != self._size:
            self._window.clear()
        self._size = image.shape[:2]
        if person is not None:
            self._window.append(person)
        self.joints = self._lift() if self._window else None
        self._degrees = 360 * (time_ms or 0.0) / 1000 / TURN if self.video else STILL
        return found

    def _person(self, found: Sample) -> np.ndarray | None:
        """(K, 2) of the person in the window or, at first and after a jump, of the largest one;
        NaN where a joint is missing."""
        points, visible, made = skeletons.convert(
            found.keypoints, found.visible, found.skeleton, self.skeleton
        )
        if made.get(ROOT) == "missing":
            name = skeletons.get(found.skeleton).name
            raise InputError(f"{name} has no hips: joints about them cannot be lifted.")
        points = points[(visible > 0).mean(-1) >= LEAST_SEEN]
        if not len(points):
            return None
        if self._window:
            far = np.nanmean(np.linalg.norm(points - self._window[-1], axis=-1), axis=-1)
            if far.min() <= JUMP * box_sides(self._window[-1]).max():
                return points[far.argmin()]
            self._window.clear()
        return points[box_sides(points).max(-1).argmax()]

    def _lift(self) -> np.ndarray:
        """(K, 3) for the newest frame of the window."""
        points = fill_gaps(np.stack(self._window)[:, None], None, self.skeleton).keypoints[:, 0]
        root = self.skeleton.index(ROOT)
        inputs = in_units(points, self.card["units"], self._size, root)
        with one_thread():
            return lifting.lift(self.model, inputs, self.skeleton.name, flip=False)[-1]

    def show(self, detection: Sample, note: str = "") -> np.ndarray:
        """(H, W + H, 3) uint8: what is shown of the people, and beside it the joints in space."""
        beside = draw_turned(self.joints, self.skeleton, self._degrees, len(detection.image))
        image = getattr(self.detector, "show", show_poses)(detection, note)
        return np.hstack([image, beside])

    def close(self):
        """Close the detector within."""
        self.detector.close()


def draw_turned(joints, skeleton, degrees: float, side: int) -> np.ndarray:
    """(side, side, 3) uint8: joints (K, 3), metres about the root on a camera's axes, or None.

    They are turned about the vertical by so many degrees, clockwise from above, and seen from
    `ABOVE` without perspective, over a square metre of floor at the height of the lowest one.
    """
    canvas = np.full((side, side, 3), LIGHT, np.uint8)
    points = np.empty((0, len(skeletons.get(skeleton)), 2))
    if joints is not None:
        floor = np.insert(SQUARE, 1, np.max(joints[:, 1]), axis=1)
        corners = np.round(_flat(floor, degrees, side)).astype(np.int32)
        cv2.polylines(canvas, [corners], True, FLOOR, 1, cv2.LINE_AA)
        points = _flat(joints, degrees, side)[None]
    what = "3D pose, right side dashed" if len(points) else "3D pose: nobody found"
    name, visible = skeletons.get(skeleton).name, np.full(points.shape[:2], 2)
    return show_poses(Sample("3D", name, points, visible, canvas), what)


def _flat(points: np.ndarray, degrees: float, side: int) -> np.ndarray:
    """(K, 3) metres to (K, 2) pixels of a square drawing, the root in its middle."""
    turn, above = np.radians([degrees, ABOVE])
    right = np.cos(turn), 0, np.sin(turn)
    down = np.sin(turn) * np.sin(above), np.cos(above), -np.cos(turn) * np.sin(above)
    return points @ np.array([right, down]).T * side / METRES + (side - 1) / 2


def add_options(parser) -> None:
    """``--lift``, with or without a checkpoint's name."""
    text = "draw one person in 3D beside the frame, by this network that lifts (default: lifter)"
    parser.add_argument("--lift", nargs="?", const="lifter", metavar="NAME", help=text)


def wrap(detector, lift: str) -> LiftDetector:
    """The detector for ``posekit live --lift NAME``."""
    return LiftDetector(detector, lift)
