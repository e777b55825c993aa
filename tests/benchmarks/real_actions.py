"""What ``actions`` says of real people, who had no part in its training.

    POSEKIT_MIRROR=... python tests/benchmarks/real_actions.py [--network actions]
        [--json slides/real_actions.json]

Three checks, which choose nothing. Of the lab mirror's recordings of BlazePose's landmarks those
whose action the network knows: windows that begin half a second apart, and the action of most of
them. Its video of somebody who exercises: each window's answer. And real motion without a detector:
the test clips of Penn Action, whose 13 joints people clicked. There the face is put where the head
is, hands go on from the forearms and feet from the shins; clips that never show one of the joints,
or are shorter than a window, are left out.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import zipfile
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import numpy as np
import torch

from posekit import catalog, checkpoints, skeletons
from posekit.datasets import recording
from posekit.live.recording import record
from posekit.tasks.landmark_actions import named

VIDEO, STEP, WINDOW = "jumping_jack.mp4", 15, 30
BODY, PENN = skeletons.get("blazepose33"), skeletons.get("penn13")
FACE = 11  # so many landmarks are the face's
HAND, FOOT = ("wrist", "elbow", 0.25), ("ankle", "knee", 0.12)


def recordings(model, card) -> list[dict]:
    """A row for each recording that is as long as a window, of an action that the network knows."""
    rows = []
    for clip in catalog.load_clips("mediapipe_recordings", None, None):
        if clip.action in card["actions"] and len(clip.landmarks) >= card["frames"]:
            said = Counter(name for _, name, _ in named(model, card, clip, STEP))
            right = said[clip.action] / said.total()
            row = {"recording": clip.id, "action": clip.action, "windows": said.total()}
            rows.append(row | {"right": round(100 * right), "answer": said.most_common(1)[0][0]})
    return rows


def video(model, card) -> list[str]:
    """The answers to the windows of the video, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(Path(os.environ["POSEKIT_MIRROR"], "people_media.zip")) as media:
            inside = next(name for name in media.namelist() if name.endswith(VIDEO))
            path = Path(folder, VIDEO)
            path.write_bytes(media.read(inside))
        return [name for _, name, _ in named(model, card, record(path), STEP)]


def penn_action(model, card) -> dict:
    """Windows of its test clips that are right, in per cent, of all and by action."""
    shares = defaultdict(list)
    for clip in catalog.load_clips("penn_action", "test", None):
        points = filled(clip)
        if points is not None:
            told = recording(landmarks_of(points, clip.size), clip.size, id=clip.id)
            shares[clip.action] += [n == clip.action for _, n, _ in named(model, card, told, STEP)]
    by_action = {name: round(100 * float(np.mean(of))) for name, of in sorted(shares.items())}
    every = np.concatenate(list(shares.values()))
    right = round(100 * float(every.mean()), 1)
    return {"windows": len(every), "right": right, "by_action": by_action}


def filled(clip) -> np.ndarray | None:
    """(T, 13, 2) with straight lines over time where a joint is not seen; None see above."""
    points, seen = clip.keypoints[:, 0].astype(float), clip.visible[:, 0] > 0
    frames = np.arange(len(points))
    if len(points) < WINDOW or not seen.any(0).all():
        return None
    return np.stack(
        [
            [np.interp(frames, frames[at], points[at, k, axis]) for axis in (0, 1)]
            for k, at in enumerate(seen.T)
        ]
    ).transpose(2, 0, 1)


def landmarks_of(points: np.ndarray, size) -> np.ndarray:
    """(T, 33, 4) as BlazePose has them, without depth."""
    made = np.zeros((len(points), len(BODY), 4))
    made[..., 3] = 1
    for k, name in enumerate(BODY.joints):
        side, _, part = name.partition("_")
        if name in PENN.joints:
            made[:, k, :2] = points[:, PENN.index(name)]
        elif k < FACE:
            made[:, k, :2] = points[:, PENN.index("head")]
        else:
            end, before, more = HAND if part in ("pinky", "index", "thumb") else FOOT
            end, before = (points[:, PENN.index(f"{side}_{joint}")] for joint in (end, before))
            made[:, k, :2] = end + more * (end - before)
    made[..., :2] /= size[::-1]
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--network", default="actions", metavar="NAME")
    parser.add_argument("--json", type=Path, default=Path("slides/real_actions.json"))
    args = parser.parse_args()
    torch.set_num_threads(1)
    model, card = checkpoints.load_pretrained(args.network)
    rows = recordings(model, card)
    written = {
        "command": "python tests/benchmarks/real_actions.py",
        "date": date.today().isoformat(),
        "recordings": len(rows),
        "right": sum(row["answer"] == row["action"] for row in rows),
        "windows_right": round(sum(row["right"] for row in rows) / len(rows), 1),
        "each": rows,
        "video": video(model, card),
        "penn_action": penn_action(model, card),
        "checkpoint": card["sha256"],
    }
    args.json.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(written, indent=1))


if __name__ == "__main__":
    main()
