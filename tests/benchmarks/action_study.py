"""What chapter 10's networks reach on synthetic people, with several seeds: one table a question.

    python tests/benchmarks/action_study.py [--seeds 0 1 2] [--tables NAME ...]
        [--json slides/action_study.json]

The settings are those of the lesson in ``quick``: four people to learn from, 8 epochs, Adam at
2e-3, the last epoch; nothing is chosen on people who are scored. A seed decides the people, the
networks' first weights and the order of the windows. Each table of each seed is written as soon as
it is there; a stopped study goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from posekit import checkpoints, datasets, synthetic, tasks
from posekit.codecs.heatmaps import decode_heatmaps
from posekit.datasets import landmarks
from posekit.models.actions import KINDS
from posekit.models.landmark_nets import LandmarkNet
from posekit.tasks.landmark_actions import probabilities

EPOCHS, OTHERS = 8, 12
RAW = replace(tasks.get("actions_landmarks"), step=3)
PREPARED = replace(RAW, model=LandmarkNet)
FOUR = RAW.classes
SWITCHES = ("middle", "torso", "facing", "velocities")
SPEEDS = ("waving", "waving fast")
FIVE = ("walk", "run", "fly", "swim", "golf_swing")
people = synthetic.landmark_recordings


# -------------------------------------------------------------------------- learning, scoring
def learn(recipe, train: Sequence, seed: int, epochs: int = EPOCHS, after=None) -> nn.Module:
    """A network after so many epochs; ``after`` gets it at the end of each."""
    torch.manual_seed(seed)
    net = recipe.model(actions=len(recipe.classes))
    optimizer = torch.optim.Adam(net.parameters(), 2e-3)
    for epoch in range(epochs):
        for windows, actions in recipe.batches(train, seed)(epoch):
            optimizer.zero_grad()
            F.cross_entropy(net(windows), actions).backward()
            optimizer.step()
        if after:
            after(net)
    return net.eval()


def answers(recipe, net, recordings: Sequence) -> tuple[np.ndarray, np.ndarray]:
    """The answer to each window, and what is right: (N,) numbers of classes."""
    windows, actions = recipe.windows(recordings)
    return probabilities(net, windows).argmax(1), actions.numpy()


def right(recipe, net, recordings: Sequence) -> float:
    """Per cent of the windows."""
    said, actions = answers(recipe, net, recordings)
    return percent((said == actions).mean())


def percent(share: float) -> float:
    return round(100 * float(share), 1)


# ------------------------------------------------------------------------------------ tables
def splits(seed: int) -> dict:
    """The talk's network and the nearest window, split in three ways."""
    recordings, rows = people(seed, 4, 150, FOUR), {}
    for by in ("window", "recording", "person"):
        rows[by] = {"lstm": [], "nearest": []}
        for train, test in rounds(recordings, by, seed):
            rows[by]["lstm"].append(right(RAW, learn(RAW, train, seed), test))
            rows[by]["nearest"].append(nearest(train, test))
    return rows


def rounds(recordings: Sequence, by: str, seed: int):
    """Pairs to learn from and to score; by recording, one action of each person a round."""
    if by != "recording":
        yield from landmarks.folds(recordings, by, RAW.frames, RAW.step, seed)
        return
    who = sorted({clip.group for clip in recordings})
    turns = [(who.index(c.group) + FOUR.index(c.action)) % len(FOUR) for c in recordings]
    for n in range(len(FOUR)):
        yield tuple(
            [clip for clip, turn in zip(recordings, turns) if (turn == n) == tested]
            for tested in (False, True)
        )


def nearest(train: Sequence, test: Sequence) -> float:
    """Per cent of the windows whose nearest one in the training has the same action."""
    (learnt, actions), (windows, true) = RAW.windows(train), RAW.windows(test)
    closest = torch.cdist(windows.flatten(1), learnt.flatten(1)).argmin(1)
    return percent((actions[closest] == true).float().mean())


def curve(seed: int) -> dict:
    """Windows that are wrong after each epoch, split by window."""
    train, test = next(rounds(people(seed, 4, 150, FOUR), "window", seed))
    wrong = []

    def count(net):
        said, true = answers(RAW, net.eval(), test)
        wrong.append(int((said != true).sum()))
        net.train()

    learn(RAW, train, seed, after=count)
    return {"windows": len(test), "wrong": wrong}


def ladder(seed: int) -> dict:
    """Per cent right of twelve strangers' windows, one switch after the other."""
    train, more = people(seed, 4, 150, FOUR), people(seed + 200, 8, 90, FOUR)
    strangers, rows, on = people(seed + 100, OTHERS, 90, FOUR), {}, dict.fromkeys(SWITCHES, False)
    rows["as recorded"] = right(RAW, learn(RAW, train, seed), strangers)
    for switch in SWITCHES:
        on[switch] = True
        recipe = replace(RAW, model=partial(LandmarkNet, **on))
        rows[switch] = right(recipe, learn(recipe, train, seed), strangers)
    recipe = replace(recipe, mirror=True)
    rows["mirror"] = right(recipe, learn(recipe, train, seed), strangers)
    net = learn(recipe, train + more, seed, EPOCHS // 2 + 1)
    return rows | {"8 more people": right(recipe, net, strangers)}


def places(seed: int) -> dict:
    """Learnt from people who stand back; scored there, and near a webcam."""
    train = people(seed + 500, 6, 90, FOUR, near=0)
    scored = {
        name: people(seed + 600, OTHERS // 2, 60, FOUR, near=n) for n, name in enumerate(NEAR)
    }
    rows = {}
    for how, recipe in {"as recorded": RAW, "prepared": PREPARED}.items():
        net = learn(recipe, train, seed)
        for name, recordings in scored.items():
            said, actions = answers(recipe, net, recordings)
            shares = [percent((said == n).mean()) for n in range(len(FOUR))]
            rows[f"{how}, {name}"] = {"right": percent((said == actions).mean()), "said": shares}
    return rows


NEAR = ("clips", "webcam")


def rates(seed: int) -> dict:
    """How often slow and fast waving are called fast, at three rates."""
    recipe = replace(PREPARED, classes=SPEEDS, frames=20, step=5)
    train, test = waves(seed + 300, 10), waves(seed + 400, OTHERS)
    evening = [altered(clip, partial(landmarks.at_rate, rate=2)) for clip in test]
    at = {"30 a second": test, "15 a second": evening}
    at["straightened"] = [altered(clip, straightened) for clip in evening]
    rows = {}
    for name, form in {"one rate": recipe, "all rates": replace(recipe, rates=(0.5, 2.0))}.items():
        net = learn(form, train, seed, 2 * EPOCHS)
        for rate, recordings in at.items():
            said, actions = answers(form, net, recordings)
            rows[f"{name}, {rate}"] = [percent(said[actions == n].mean()) for n in range(2)]
    return rows


def waves(seed: int, count: int) -> list:
    """Waving, and the same twice as fast."""
    slow = people(seed, count, 120, ("hand_swing",))
    twice = partial(landmarks.at_rate, rate=2)
    both = list(zip((np.copy, twice), SPEEDS))
    return [altered(clip, change, action) for clip in slow for change, action in both]


def straightened(points: np.ndarray) -> np.ndarray:
    return landmarks.evenly(points, np.arange(len(points)) / 15)


def altered(clip, change, action: str | None = None):
    """A recording with its landmarks changed."""
    about = {"id": clip.id, "action": action or clip.action, "group": clip.group}
    return datasets.recording(change(clip.landmarks), clip.size, **about)


def networks(seed: int) -> dict:
    """Strangers' windows, as recorded and played backwards, by networks of one size."""
    train, strangers = people(seed, 4, 150, FOUR), people(seed + 100, OTHERS, 90, FOUR)
    backwards, rows = [altered(clip, np.flipud) for clip in strangers], {}
    for kind in KINDS:
        recipe = replace(RAW, mirror=True, model=partial(LandmarkNet, kind=kind))
        net = learn(recipe, train, seed)
        rows[kind] = {
            "weights": sum(weight.numel() for weight in net.parameters()),
            "right": right(recipe, net, strangers),
            "backwards": right(recipe, net, backwards),
        }
    return rows


# ------------------------------------------------------------------------------ still images
def stills(seed: int) -> dict:
    """Confusion of five actions in one image, from pixels, from keypoints and from both."""
    (pixels, joints, actions), (new_pixels, new_joints, true) = (
        described(seed + 1100 + n, count) for n, count in enumerate((200, 100))
    )
    few = len(actions) * 3 // 4  # whole people; the rest choose the weight
    held = [linear(part[:few], actions[:few], seed)(part[few:]) for part in (pixels, joints)]
    weights = np.linspace(0, 1, 21)
    losses = [F.cross_entropy(w * held[0] + held[1], actions[few:]).item() for w in weights]
    told = {
        "pixels": linear(pixels, actions, seed)(new_pixels),
        "keypoints": linear(joints, actions, seed)(new_joints),
    }
    weight = float(weights[np.argmin(losses)])
    told["both"] = weight * told["pixels"] + told["keypoints"]
    return {"weight": weight} | {name: table(said, true) for name, said in told.items()}


def described(seed: int, count: int):
    """Of rendered images: features (N, 512), normalised joints (N, 28), actions (N,)."""
    net, card = checkpoints.load_pretrained("heatmap")
    clips = synthetic.Clips(seed, count, 1, card["size"], action=FIVE)
    parts = []
    for n in range(count):
        image = torch.from_numpy(clips[n].frames[0]).permute(2, 0, 1)[None].float() / 255
        with torch.no_grad():
            maps = net.eval().features(image)
            points = decode_heatmaps(net.head(maps))
        points = points - points.mean(-2, keepdim=True)
        points = points / points.norm(dim=-1).mean(-1)[..., None, None]
        parts.append((F.adaptive_avg_pool2d(maps, 4).flatten(1), points.flatten(1)))
    features, joints = (torch.cat(part) for part in zip(*parts))
    return features, joints, torch.arange(count) % len(FIVE)


def linear(inputs, actions, seed: int):
    """A linear layer on standardised numbers: a function of new ones to log probabilities."""
    torch.manual_seed(seed)
    mean, std = inputs.mean(0), inputs.std(0) + 1e-6
    layer = nn.Linear(inputs.shape[1], len(FIVE))
    optimizer = torch.optim.AdamW(layer.parameters(), 1e-2, weight_decay=0.1)
    for _ in range(200):
        optimizer.zero_grad()
        F.cross_entropy(layer((inputs - mean) / std), actions).backward()
        optimizer.step()
    layer.requires_grad_(False)
    return lambda new: layer((new - mean) / std).log_softmax(-1)


def table(logits, actions) -> list[list[int]]:
    """Counts: a row for each action, a column for each answer."""
    counts = np.zeros((len(FIVE), len(FIVE)), int)
    np.add.at(counts, (actions.numpy(), logits.argmax(1).numpy()), 1)
    return counts.tolist()


# --------------------------------------------------------------------------------- recording
TABLES = {f.__name__: f for f in (splits, curve, ladder, places, rates, networks, stills)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    parser.add_argument("--tables", nargs="*", default=list(TABLES), choices=TABLES)
    parser.add_argument("--json", type=Path, default=Path("slides/action_study.json"))
    args = parser.parse_args()
    torch.set_num_threads(1)
    study = json.loads(args.json.read_text()) if args.json.is_file() else {"tables": {}}
    study |= {
        "data": "posekit.synthetic.landmark_recordings; stills: posekit.synthetic.Clips",
        "command": "python tests/benchmarks/action_study.py",
        "date": date.today().isoformat(),
        "machine": f"CPU, {platform.machine()}, 1 core",
        "classes": {"four": FOUR, "five": FIVE},
    }
    for seed in args.seeds:
        for name in args.tables:
            rows = study["tables"].setdefault(name, {})
            if str(seed) not in rows:
                rows[str(seed)] = TABLES[name](seed)
                args.json.write_text(json.dumps(study, indent=1) + "\n")
                print(name, seed, json.dumps(rows[str(seed)]), flush=True)


if __name__ == "__main__":
    main()
