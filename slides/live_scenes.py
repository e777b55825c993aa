"""Who appears in deck 11: people who cross and act, and a detector that is imitated.

>>> said = live_scenes.told(live_scenes.acting())   # three people, followed and named
>>> said[-1].people                                 # by number
{1: ('walk', 0.99), ...}

Nothing is rendered: the true joints are moved at random, people are missed, and those who are
mostly hidden are not found. So each figure takes a second, and the truth is known.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from posekit import checkpoints, live, skeletons, synthetic, tracking
from posekit.errors import InputError
from posekit.live.actions import ActionDetector
from posekit.tracking import Tracker

RECORD = Path(__file__).with_name("live_actions.json")
BODY = skeletons.get("blazepose33")
HIPS = [BODY.index(f"{side}_hip") for side in ("left", "right")]
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")  # Okabe and Ito
LIGHT = ("#56B4E9", "#FF9A4D", "#5FD3B0", "#F0A6CF", "#F0E442")  # on the dark slide
WORSE = 5
BEFORE, AFTER = 20, 23  # two frames of a crossing


class Imitated:
    """Stands where a detector would: gives the frames of a clip, people in no order.

    Joints are ``noise`` heights off, ``missed`` is the share of people who are not found, and
    ``guessed`` that of the seen joints which are not seen in a frame after all: they are `WORSE`
    times as far off. ``who`` says afterwards who the found people are.
    """

    about = "an imitated detector."

    def __init__(self, clip, noise=0.01, missed=0.04, seed: int = 0, guessed=0.0):
        self.clip, self.noise, self.missed, self.t = clip, noise, missed, -1
        self.guessed, self.rng = guessed, np.random.default_rng(seed)

    def detect(self, image=None, time_ms=None):
        self.t += 1
        frame, rng = self.clip[self.t], self.rng
        seen, heights = frame.visible == 2, tracking.extents(frame.keypoints)
        there = (rng.random(len(seen)) > self.missed) & (seen.mean(1) > 0.35)
        self.who = who = rng.permutation(np.flatnonzero(there))
        off = self.noise * heights[who, None, None] * rng.normal(size=(len(who), 33, 3))
        if self.guessed:
            lost = rng.random((len(seen), 33)) < self.guessed
            off, seen = off * np.where(lost[who], WORSE, 1)[..., None], seen & ~lost
        joints, about = in_pixels(frame)[who] + off, {"image": image, "size": frame.size}
        about |= {"z": joints[..., 2], "scores": np.where(seen[who], 0.95, 0.3)}
        flags = np.where(seen[who], 2, 1)
        return live.Detection(frame.id, frame.skeleton, joints[..., :2], flags, **about)


def in_pixels(frame) -> np.ndarray:
    """(P, 33, 3) pixels: everybody's joints, z relative to the middle of the hips."""
    joints = frame.keypoints_3d
    middle = joints[:, HIPS, 2].mean(1)[:, None]
    z = (joints[..., 2] - middle) * frame.camera.focal / middle
    return np.dstack([frame.camera.project(joints, "camera"), z])


# ---------------------------------------------------------------------------------- crossings
def walks():
    """Clips of two to five people who walk past each other."""
    return synthetic.CrowdClips(4, 40, (2, 5), "walk", 48, (240, 320), "blazepose33")


@lru_cache
def crossing():
    """Three people who cross: the clip's labels."""
    return walks().labels(1)


@lru_cache
def crowded():
    """Five people who cross: the clip's labels, and what was found in each frame."""
    clip = walks().labels(11)
    detector = Imitated(clip)
    return clip, [detector.detect() for _ in range(len(clip))]


def numbered(frames, fps: float = 15, **settings) -> list[np.ndarray]:
    """The tracker's numbers in each frame."""
    tracker = Tracker(**settings)
    return [tracker.update(found, t / fps) for t, found in enumerate(frames)]


def similarities() -> tuple[np.ndarray, np.ndarray]:
    """(3, 3) twice: the people of the crossing in one frame with those of a later one, from where
    they were, and from where the tracker expects them."""
    clip, tracker = crossing(), Tracker()
    for t in range(BEFORE + 1):
        tracker.update(clip[t], t / clip.fps)
    stood = np.stack([track.points for track in tracker.tracks])[:, None]
    expected = np.stack([track.at(AFTER / clip.fps) for track in tracker.tracks])[:, None]
    found = tracking.common_joints(clip[AFTER])[0]
    return tracking.similarity(found, stood), tracking.similarity(found, expected)


# ------------------------------------------------------------------------------------ actions
@lru_cache
def network():
    """The network ``actions``, and its card."""
    return checkpoints.load_pretrained("actions")


@lru_cache
def acting():
    """Somebody walks past two others who exercise: the clip's labels."""
    doing = ("walk", "jumping_jacks", "squat", "clapping")
    return synthetic.CrowdClips(0, 40, 3, doing, 60, (260, 520), "blazepose33", 15).labels(4)


class Told(NamedTuple):
    """What is said after a frame."""

    points: dict  # by number, (33, 2) pixels: the smoothed joints of who was found
    people: dict  # by number, the name or "" and the confidence
    likeliest: str  # the newest window's likeliest action, "" before there is one


def told(clip, fps: float | None = None) -> list[Told]:
    """What `posekit live --actions` says of a clip, frame by frame, shown at ``fps``."""
    model, card = network()
    names, newest = [words(name) for name in card["actions"]], [""]

    def listened(window):
        logits = model(window)
        newest[0] = names[int(logits[0].argmax())]
        return logits

    path, rows = ActionDetector(Imitated(clip), (listened, card)), []
    for t in range(len(clip)):
        found = path.detect(None, 1000 * t / (fps or clip.fps))
        points = {int(n): found.keypoints[p] for p, n in enumerate(path.numbers) if n > 0}
        said = {
            n: ("" if one.action is None else names[one.action], one.confidence)
            for n, one in path.people.items()
        }
        rows.append(Told(points, said, newest[0]))
    return rows


@lru_cache
def acted() -> list[Told]:
    """What is said of `acting`."""
    return told(acting())


@lru_cache
def record() -> dict:
    """What `tests/benchmarks/live_actions.py` has written; `InputError` where it has not."""
    if not RECORD.is_file():
        raise InputError(f"{RECORD.name} is not there: run tests/benchmarks/live_actions.py.")
    return json.loads(RECORD.read_text(encoding="utf-8"))


def words(name: str) -> str:
    return name.replace("_", " ")


def changes(names) -> int:
    """How often a name is followed by another one."""
    known = [name for name in names if name]
    return sum(a != b for a, b in zip(known, known[1:]))


@lru_cache
def wavering() -> tuple[str, list[str], list[str]]:
    """In slow motion: the action of five whose likeliest name changes most; that name over time,
    and the name that is shown."""
    ways = []
    for action in ("jumping_jacks", "squat", "tennis_serve", "bowl", "golf_swing"):
        one = 1, 1, 1, action, 120, (240, 320), "blazepose33"
        rows = told(synthetic.CrowdClips(*one, fps=50).labels(0), 15)
        shown = [row.people.get(1, ("", 0))[0] for row in rows]
        ways.append((words(action), [row.likeliest for row in rows], shown))
    return max(ways, key=lambda way: changes(way[1]))
