"""``posekit live --actions``: who is who, and what each of them is doing.

Another detector finds people: BlazePose, asked for several (``--poses``). They are numbered from
frame to frame (`posekit.tracking`), their joints made steady and the last second of them kept
(`posekit.track_windows`), and a network names the action of each window. An action's name appears,
and goes, by two thresholds: a network in doubt between two would make it flicker.
"""

from __future__ import annotations

import json
import time
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import torch

from .. import checkpoints, datasets
from ..data.sample import Sample
from ..errors import InputError
from ..files import check_writable
from ..geometry import ASPECT
from ..inference import one_thread
from ..track_windows import LOST, SmoothTracks, TrackWindows
from ..tracking import STEP, Tracker
from .blazepose import Detector
from .pipeline import show_poses

BELIEVES = 0.3  # seconds in which a probability follows the network's by two thirds
RATE = 30.0  # frames a second of the windows, as the recordings that the network learnt from have
SHOWN, HIDDEN = 0.6, 0.4  # an action is named from the one on, and until it is below the other
POSES = 4  # people to find, where nobody says
STRIP = 90  # frames that a strip shows
STAGES = ("people", "tracks", "windows", "actions")
COLOURS = ((86, 180, 233), (230, 159, 0), (0, 158, 115), (204, 121, 167), (240, 228, 66))


@dataclass
class Person:
    """What is said of one person.

    ``chances`` (A,) are probabilities; ``seconds`` is when the person was last found; ``action`` is
    which one is named, or None; ``strip`` is the confidence of late, 0 where none was named.
    """

    chances: np.ndarray
    seconds: float
    action: int | None = None
    strip: deque = field(default_factory=lambda: deque(maxlen=STRIP))

    @property
    def confidence(self) -> float:
        """In the action that is named, or in the likeliest one; from 0 to 1."""
        return float(self.chances.max() if self.action is None else self.chances[self.action])

    def hear(self, chances: np.ndarray, seconds: float) -> None:
        """Take up what the network says of the newest window."""
        share = 1 - np.exp((self.seconds - seconds) / BELIEVES)
        self.chances = self.chances + share * (chances - self.chances)
        if self.action is not None and self.confidence < HIDDEN:
            self.action = None
        if self.chances.max() >= SHOWN:
            self.action = int(self.chances.argmax())
        self.strip.append(0.0 if self.action is None else self.confidence)


class ActionDetector(Detector):
    """Follows everybody whom another detector finds, and says what they do; takes its place.

    Args:
        detector: finds people, see `posekit.live.pipeline`; their joints are BlazePose's.
        name: a checkpoint of the task ``landmark_actions``, or a network and its card.
        file: writes a line of JSON for each frame and person there, or None.

    Attributes:
        numbers: (P,) the track numbers in the last frame, see `posekit.tracking`.
        people: by number, what is said of each `Person`.
        milliseconds: what each of `STAGES` took of late.
        about: both networks and their terms.

    Raises `InputError` for a checkpoint that there is not, or that names no actions of landmarks.
    """

    def __init__(self, detector, name: str | Path | tuple = "actions", file: Path | None = None):
        loaded = name if isinstance(name, tuple) else checkpoints.load_pretrained(name)
        self.model, self.card = loaded
        if self.card["task"] != "landmark_actions":
            raise InputError(
                f"{self.card['name']} does not name actions of landmarks: give --actions without "
                "a name, or a checkpoint of the task landmark_actions."
            )
        self.detector, self.names = detector, list(self.card["actions"])
        self.video = getattr(detector, "video", True)  # `--lift` around it asks
        self.tracker, self.smooth = Tracker(), SmoothTracks()
        self.windows = TrackWindows(self.card["frames"], RATE)
        self.people: dict[int, Person] = {}
        self.numbers, self.milliseconds = np.empty(0, int), dict.fromkeys(STAGES, 0.0)
        self._frame, self._seconds = -1, -STEP
        self._path, self._file = file, None
        if file is not None:
            check_writable(file)
        terms = f"Actions: {self.card['name']} of this course ({self.card['terms']})."
        self.about = f"{detector.about} {terms}"

    def detect(self, image: np.ndarray, time_ms: float | None = None) -> Sample:
        """The people in an image (H, W, 3) uint8 RGB, their joints smoothed; `people` follow.

        ``time_ms`` is the frame's time; None is `STEP` after the last one.
        """
        seconds = self._seconds + STEP if time_ms is None else time_ms / 1000
        self._frame, self._seconds = self._frame + 1, max(seconds, self._seconds + 1e-3)
        with self._timed("people"):
            found = self.detector.detect(image, time_ms)
        if found.skeleton != self.card["skeleton"]:
            raise InputError(
                f"{self.card['name']} reads {self.card['skeleton']}, and the detector finds "
                f"{found.skeleton}: leave --model out."
            )
        with self._timed("tracks"):
            self.numbers = self.tracker.update(found, self._seconds)
        with self._timed("windows"):
            found = self.smooth(found, self.numbers, self._seconds)
            self.windows.add(landmarks(found), self.numbers, self._seconds)
        with self._timed("actions"):
            self._name()
        if self._path is not None:
            self._write(found)
        return found

    @contextmanager
    def _timed(self, stage: str):
        start = time.perf_counter()
        yield
        spent = 1000 * (time.perf_counter() - start)
        self.milliseconds[stage] += 0.1 * (spent - self.milliseconds[stage])

    def _name(self) -> None:
        """Ask the network about everybody whose window is full."""
        now, even = self._seconds, np.full(len(self.names), 1 / len(self.names))
        self.people = {n: one for n, one in self.people.items() if now - one.seconds <= LOST}
        for number in self._numbered():
            person = self.people.setdefault(number, Person(even, now))
            window = self.windows.of(number)
            if window is not None and np.isfinite(window).all():
                with one_thread(), torch.no_grad():
                    logits = self.model(torch.from_numpy(window[None]).float())[0]
                person.hear(logits.softmax(-1).numpy(), now)
            person.seconds = now

    def _numbered(self) -> dict[int, int]:
        """The place in the last frame of each person who has a number, by number."""
        places = zip(self.numbers.tolist(), range(len(self.numbers)))
        return dict(sorted(place for place in places if place[0] > 0))

    def _write(self, found: Sample) -> None:
        """A line for each person, into a file of before from the first frame on."""
        self._file = self._file or self._path.open("w", encoding="utf-8")
        for number, p in self._numbered().items():
            person = self.people[number]
            row = {
                "frame": self._frame,
                "seconds": round(self._seconds, 3),
                "person": number,
                "action": None if person.action is None else self.names[person.action],
                "confidence": round(person.confidence, 3),
                "keypoints": found.keypoints[p].astype(float).round(1).tolist(),
            }
            self._file.write(json.dumps(row) + "\n")
        self._file.flush()

    def show(self, detection: Sample, note: str = "") -> np.ndarray:
        """(H, W + max(W / 2, 240), 3) uint8: the frame, each person's number over their head, and
        beside it a line for each with a strip of the confidence over time; below them, what each
        stage takes."""
        image = getattr(self.detector, "show", show_poses)(detection, note)
        beside = np.full((len(image), max(detection.size[1] // 2, 240), 3), 255, np.uint8)
        for row, (number, p) in enumerate(self._numbered().items()):
            colour = COLOURS[number % len(COLOURS)]
            x, y = np.nanmin(detection.keypoints[p], axis=0).astype(int)
            write(image, str(number), x, max(y - 8, 16), colour)
            person = self.people[number]
            action = "..." if person.action is None else self.names[person.action]
            write(beside, f"{number}  {action} {person.confidence:.0%}", 6, 22 + 52 * row)
            draw_strip(beside, person.strip, 52 + 52 * row, colour)
        spent = [f"{stage} {ms:.0f} ms" for stage, ms in self.milliseconds.items()]
        write(beside, "  ".join(spent[:2]), 6, len(beside) - 26)
        write(beside, "  ".join(spent[2:]), 6, len(beside) - 8)
        return np.hstack([image, beside])

    def close(self):
        """Close the detector within, and the file."""
        if self._file is not None:
            self._file.close()
        self.detector.close()


def landmarks(found: Sample) -> np.ndarray:
    """(P, 33, 4) x, y, z and visibility as a recording of a 4:3 picture of this height has them.

    ``found`` is a `posekit.live.Detection`.
    """
    return datasets.detected_landmarks(found, ASPECT)


def draw_strip(canvas: np.ndarray, strip, base: int, colour) -> None:
    """Confidences over time, as an area above the row ``base`` of ``canvas``, in place."""
    x = 6 + np.arange(len(strip)) * (canvas.shape[1] - 12) / STRIP
    above = np.stack([x, base - 24 * np.array(strip)], 1)
    area = np.vstack([(6, base), above, (x.max(initial=6), base)])
    cv2.fillPoly(canvas, [np.rint(area).astype(np.int32)], colour)


def write(canvas: np.ndarray, words: str, x: int, y: int, colour=(0, 0, 0)) -> None:
    """Words on an image, in place."""
    font = cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(canvas, words, (int(x), int(y)), font, 0.45, colour, 1, cv2.LINE_AA)


def add_options(parser) -> None:
    """``--actions``, with or without a checkpoint's name, and ``--json``; `POSES` people."""
    names = "follow everybody and name what they do, by this network (default: actions)"
    parser.add_argument("--actions", nargs="?", const="actions", metavar="NAME", help=names)
    lines = "with --actions: write a line for each frame and person here"
    parser.add_argument("--json", type=Path, metavar="FILE", help=lines)
    if parser.get_default("poses") == 1:  # that is the detector's option
        parser.set_defaults(poses=POSES)


def wrap(detector, actions: str, json: Path | None) -> ActionDetector:
    """The detector for ``posekit live --actions NAME --json FILE``."""
    return ActionDetector(detector, actions, json)
