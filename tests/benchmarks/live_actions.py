"""Is each of several people called by the right action, and how soon?

    PYTHONPATH=. python tests/benchmarks/live_actions.py [--clips 60] [--people 30]

`posekit.live.actions` follows two to four synthetic people at once, each of whom does one of the
network's actions for four seconds at 15 frames a second. Their joints are imitated
(`slides/live_scenes.py`): `NOISE` of the height off, `GUESSED` of them five times as far and not
seen, people missed, in no order, the hidden ones not found. Nothing downstream knows the truth.
Counted are the frames of a person whose window is full: whether the likeliest action of the window
is theirs, and the name that is shown.

The *delay* is that of one person who stands for two seconds and then begins to exercise, from the
first frame of the exercise to the first with its name. Twenty people, and nobody, are the ends of
what may stand in front of a camera; times are a processor's, for everything behind the detector.
The figures go to ``slides/live_actions.json``, which the deck and the lesson of chapter 11 quote.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from posekit import checkpoints, synthetic
from posekit.live.actions import ActionDetector
from slides.live_scenes import Imitated

RECORD = Path(__file__).parents[2] / "slides" / "live_actions.json"
SEED = 500  # no other part of the course draws people of it
NOISE, GUESSED, MISSED = 0.015, 0.05, 0.04
FPS, FRAMES = 15, 60
EXERCISES = ("squat", "jumping_jacks")
REST = 2  # seconds


def followed(clip, network, seed: int):
    """At every frame: the path, who each of the found people is, milliseconds of a processor."""
    path = ActionDetector(Imitated(clip, NOISE, MISSED, seed, GUESSED), network)
    for t in range(len(clip)):
        start = time.process_time()
        path.detect(None, 1000 * t / clip.fps)
        yield path, path.detector.who, 1000 * (time.process_time() - start)


def judged(path, who, does, network):
    """Of everybody whose window is full: is it right, is there a name, and is that right?"""
    model, card = network
    for person, number in zip(who, path.numbers):
        window = path.windows.of(number) if number > 0 else None
        if window is not None:
            truth, said = card["actions"].index(does[person]), path.people[number].action
            with torch.no_grad():
                likeliest = int(model(torch.from_numpy(window[None]).float()).argmax())
            yield likeliest == truth, said is not None, said == truth


def scores(rows: list) -> dict:
    """Shares of `judged`'s rows: windows right, person-frames named, names right."""
    right, named, name_right = np.array(rows).T
    return {
        "person_frames": len(rows),
        "windows_right": float(right.mean()),
        "named": float(named.mean()),
        "names_right": float(name_right.sum() / max(named.sum(), 1)),
    }


def several(network, people, count: int) -> dict:
    """`scores` of so many clips, and milliseconds a frame."""
    crowds = synthetic.CrowdClips(
        SEED, count, people, network[1]["actions"], FRAMES, (240, 320), "blazepose33", FPS
    )
    rows, spent = [], []
    for index in tqdm(range(count), f"{people} people", ascii=True, leave=False):
        clip, does = crowds.labels(index), crowds.actions_of(index)
        for path, who, milliseconds in followed(clip, network, index):
            rows += judged(path, who, does, network)
            spent.append(milliseconds)
    return {"clips": count} | scores(rows) | {"milliseconds": float(np.mean(spent))}


def nobody(network) -> dict:
    """How many people are named where nobody is, and milliseconds a frame."""
    clip = synthetic.CrowdClips(SEED, 1, 1, "stand", FRAMES, (240, 320), "blazepose33", FPS)
    path = ActionDetector(Imitated(clip.labels(0), missed=1.0), network)
    start = time.process_time()
    for t in range(FRAMES):
        path.detect(None, 1000 * t / FPS)
    spent = 1000 * (time.process_time() - start) / FRAMES
    return {"named": len(path.people), "milliseconds": spent}


def delay(exercise: str, network, seed: int) -> float:
    """Frames from the beginning of an exercise to its name; infinite if it never comes."""
    clip = synthetic.repetitions(exercise, 2, SEED + seed, FPS, skeleton="blazepose33", rest=REST)
    wanted, begins = network[1]["actions"].index(exercise), REST * FPS
    for t, (path, who, _) in enumerate(followed(clip, network, seed)):
        number = path.numbers[0] if len(who) else 0
        if t >= begins and number > 0 and path.people[number].action == wanted:
            return t - begins
    return np.inf


def delays(exercise: str, network, count: int) -> dict:
    """Median and 90th percentile over so many people, in frames and seconds."""
    bar = tqdm(range(count), exercise, ascii=True, leave=False)
    frames = np.array([delay(exercise, network, seed) for seed in bar])
    middle, late = np.percentile(frames, (50, 90), method="higher")  # infinite is never
    return {
        "people": count,
        "never": int(np.isinf(frames).sum()),
        "median_frames": float(middle),
        "median_seconds": float(middle / FPS),
        "late_frames": float(late),
        "late_seconds": float(late / FPS),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=60)
    parser.add_argument("--people", type=int, default=30, help="of each exercise, for the delay")
    parser.add_argument("--network", default="actions", metavar="NAME")
    args = parser.parse_args()
    torch.set_num_threads(1)
    network = checkpoints.load_pretrained(args.network)
    record = {
        "command": "PYTHONPATH=. python tests/benchmarks/"
        + " ".join([Path(__file__).name, *sys.argv[1:]]),
        "date": str(date.today()),
        "several": several(network, (2, 4), args.clips),
        "twenty": several(network, 20, 2),
        "nobody": nobody(network),
        "delay": {name: delays(name, network, args.people) for name in EXERCISES},
    }
    RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
