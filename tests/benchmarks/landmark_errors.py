"""How wrong BlazePose's landmarks of rendered people are, and what ``actions`` makes of them.

    python tests/benchmarks/landmark_errors.py [--people 1] [--seed 900]
        [--network actions] [--json slides/landmark_errors.json]

People do every action once, are rendered, and go through BlazePose as a video does; where their
joints are is known. All errors are in lengths of the torso about the mid-hip. ``z_scale`` is the
slope of BlazePose's depth over the true one, of all landmarks of clips in which the person was
followed. Depth is divided by 2.5 before its errors are taken. ``at_a_desk`` are other people, three
times as many, who do what one does at a desk; of their images only the part around the head and the
shoulders goes through BlazePose, which guesses the rest. No real video takes part, and nothing is
chosen on these people (of other seeds the errors of synthetic landmarks were chosen).
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import cv2
import numpy as np

from posekit import checkpoints, live, skeletons, synthetic, tasks
from posekit.datasets import landmarks
from posekit.models.landmark_nets import DEPTH, HIPS, SHOULDERS
from posekit.tasks.landmark_actions import scores

FRAMES, FPS, SIZE, FOLLOWED = 45, 30, 288, 0.15
DESK = ("hand_swing", "body_swing", "head_shaking", "clapping", "strum_guitar", "stand")
BODY = skeletons.get("blazepose33")
PARTS = {
    "face": ("nose", "left_ear", "right_ear"),
    "shoulders": ("left_shoulder", "right_shoulder"),
    "wrists": ("left_wrist", "right_wrist"),
    "knees": ("left_knee", "right_knee"),
    "ankles": ("left_ankle", "right_ankle"),
}


def seen(clip):
    """A rendered clip as BlazePose sees it, or None where somebody is lost for long."""
    with live.BlazePose(video=True) as detector:
        times = np.arange(FRAMES) / FPS
        found = [detector.detect(np.asarray(clip.frames[n]), 1000 * t) for n, t in enumerate(times)]
    if not len(found[0]) or not len(found[-1]) or sum(map(len, found)) < FRAMES - 5:
        return None
    about = {"id": clip.id, "action": clip.action, "group": clip.group}
    return landmarks.recorded(found, times, clip.size, **about)


def at_a_desk(seed: int, people: int) -> list:
    """Recordings of people of whom a camera sees the head and the shoulders."""
    about = {"skeleton": "blazepose33", "action": DESK, "fps": FPS}
    clips = synthetic.Clips(seed, people * len(DESK), FRAMES, 512, **about)
    return [found for n, clip in enumerate(clips) if (found := seen(cut(clip, n))) is not None]


def cut(clip, n: int):
    """The clip's images, and of each the part in which the torso is about as high as the image."""
    rng, points = np.random.default_rng(n), clip.keypoints[:, 0]
    shoulders, hips = (np.nanmean(points[:, pair], (0, 1)) for pair in (SHOULDERS, HIPS))
    high = np.linalg.norm(shoulders - hips) / rng.uniform(0.6, 1.15)
    x, y = shoulders - high * np.array([4 / 3 * rng.uniform(0.4, 0.6), rng.uniform(0.5, 0.95)])
    warp = np.array([[high / 480, 0, x], [0, high / 480, y]])
    how = {"flags": cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, "borderMode": cv2.BORDER_REPLICATE}
    frames = [cv2.warpAffine(np.asarray(f), warp, (640, 480), **how) for f in clip.frames]
    return replace(clip, frames=frames, size=(480, 640), camera=None)


def truth(clip) -> np.ndarray:
    """(T, 33, 3) pixels, and depth in pixels as they are at the mid-hip."""
    depth = clip.extra["keypoints_3d"][:, 0, :, 2].astype(float)
    middle = depth[:, HIPS].mean(1, keepdims=True)
    focal = clip.camera.matrix[0, 0]
    return np.dstack([clip.keypoints[:, 0], (depth - middle) * focal / middle])


def in_torsos(points, torso: float) -> np.ndarray:
    """(T, 33, 3) about the mid-hip of each frame."""
    return (points - points[:, HIPS].mean(1, keepdims=True)) / torso


def compared(clip, found) -> tuple[np.ndarray, np.ndarray]:
    """(T, 33, 3) true, and as found."""
    true, (height, width) = truth(clip), found.size
    torso = true[:, SHOULDERS].mean(1) - true[:, HIPS].mean(1)
    torso = float(np.median(np.linalg.norm(torso[:, :2], axis=1)))
    here = found.landmarks[..., :3] * (width, height, width)
    return in_torsos(true, torso), in_torsos(here, torso)


def errors(pairs: list) -> dict:
    """Of each part of the body: the std of what stays in a clip, and of what changes in it."""
    true, found = (np.array(side) for side in zip(*pairs))
    a, b = true[..., 2].ravel(), found[..., 2].ravel()
    wrong = found * (1, 1, DEPTH) - true
    rows = {"z_scale": round(float(np.polyfit(a, b, 1)[0]), 2)}
    for part, names in PARTS.items():
        of = wrong[:, :, [BODY.index(name) for name in names]]
        stays, fast = of.mean(1, keepdims=True), np.diff(of, 2, axis=1) / 6**0.5
        for axes, which in (("xy", slice(2)), ("depth", slice(2, 3))):
            values = stays[..., which], (of - stays)[..., which], fast[..., which]
            names = ("stays", "changes", "from_frame_to_frame")
            row = {name: round(float(each.std()), 3) for name, each in zip(names, values)}
            rows[f"{part}, {axes}"] = row
    return rows


def share(rows: list) -> float:
    """Of all windows those that are right, in per cent."""
    right, windows = zip(*((row["right"], row["windows"]) for row in rows))
    return round(float(np.average(right, weights=windows)), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--people", type=int, default=1)
    parser.add_argument("--seed", type=int, default=900)
    parser.add_argument("--network", default="actions", metavar="NAME")
    parser.add_argument("--json", type=Path, default=Path("slides/landmark_errors.json"))
    args = parser.parse_args()
    count = args.people * len(synthetic.ACTIONS)
    about = {"skeleton": "blazepose33", "action": synthetic.ACTIONS, "fps": FPS}
    clips = synthetic.Clips(args.seed, count, FRAMES, SIZE, **about)
    both = [(clip, found) for clip in clips for found in [seen(clip)] if found is not None]
    pairs = [compared(*pair) for pair in both if len(pair[1]) == FRAMES]
    followed = [p for p in pairs if np.abs(p[0] - p[1])[..., :2].mean() < FOLLOWED]
    model, card = checkpoints.load_pretrained(args.network)
    rows = scores(tasks.get("actions"), model, [found for _, found in both])
    wrong = [row for row in rows if row["answer"] != row["action"]]
    desk = scores(tasks.get("actions"), model, at_a_desk(args.seed + 50, 3 * args.people))
    written = {
        "command": f"python tests/benchmarks/landmark_errors.py --people {args.people} "
        f"--seed {args.seed}",
        "date": date.today().isoformat(),
        "clips": count,
        "clips_with_somebody_found": len(both),
        "clips_followed": len(followed),
        "errors": errors(followed),
        "windows": sum(row["windows"] for row in rows),
        "windows_right": share(rows),
        "at_a_desk": {"windows": sum(row["windows"] for row in desk), "right": share(desk)},
        "clips_right": len(rows) - len(wrong),
        "wrong": sorted(
            f"{r['action']}: {r['answer']}" for r in rows if r["answer"] != r["action"]
        ),
        "checkpoint": card["sha256"],
    }
    args.json.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(written, indent=1))


if __name__ == "__main__":
    main()
