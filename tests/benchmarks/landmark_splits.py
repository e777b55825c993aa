"""Chapter 10's table on people whom MediaPipe recorded: one network, three ways to split.

    python tests/benchmarks/landmark_splits.py [--out slides/landmark_splits.json]

``actions_landmarks``, the recipe of the talk, on the four actions that at least two people show:
windows of 10 frames, every fifth, 20 epochs, the last of which is kept. By window, by recording and
by person; then by person with the preparations of ``actions``, whose settings were chosen on
synthetic people, and with synthetic people beside the real ones in training. It also scores
HANDSWING against BODYSWING alone. ``POSEKIT_MIRROR`` provides the recordings.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

from posekit import tasks
from posekit.models.landmark_nets import LandmarkNet
from posekit.tasks.landmark_actions import cross_validate

DATA, PEOPLE, STEP = "mediapipe_recordings", 24, 5


def summary(rows: list[dict]) -> dict:
    """Right windows in per cent, and recordings that are right by most of their windows."""
    windows = sum(row["windows"] for row in rows)
    return {
        "windows": windows,
        "windows_right": round(sum(row["windows"] * row["right"] for row in rows) / windows, 1),
        "recordings": len(rows),
        "recordings_right": sum(row["answer"] == row["action"] for row in rows),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("slides/landmark_splits.json"))
    args = parser.parse_args()
    raw = replace(tasks.get("actions_landmarks"), step=STEP)
    actions = tasks.get("actions")
    ready = {"model": partial(LandmarkNet, kind="lstm"), "rates": actions.rates, "mirror": True}
    found = {}
    for classes in (raw.classes, ("body_swing", "hand_swing")):
        deck = replace(raw, classes=tuple(classes))
        prepared = replace(deck, **ready)
        people = replace(actions, classes=tuple(classes)).read("synthetic:train", PEOPLE)
        clips = deck.read(DATA)
        trials = {
            "by window": (deck, "window", ()),
            "by recording": (deck, "recording", ()),
            "by person": (deck, "person", ()),
            "by person, prepared": (prepared, "person", ()),
            "by person, prepared, synthetic people too": (prepared, "person", people),
        }
        part = found.setdefault(", ".join(classes), {})
        for name, (recipe, by, others) in trials.items():
            rows = cross_validate(recipe, clips, by, others)
            part[name] = summary(rows) | ({} if by == "window" else {"rows": rows})
            print(classes, name, summary(rows), flush=True)
    about = {"data": DATA, "command": "python tests/benchmarks/landmark_splits.py"}
    about |= {"date": date.today().isoformat(), "seed": 0}
    args.out.write_text(json.dumps(about | {"classes": found}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
