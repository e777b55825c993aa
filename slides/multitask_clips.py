"""What deck 07 shows of its network: clips of people of the test split, and what it says of them.

>>> from slides import multitask_clips as clips       # in a deck's .py file
>>> clips.everyone().stages["block 1"].points.shape   # (clips T, K, 3) pixels and metres
(480, 14, 3)
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch

from posekit import checkpoints, geometry, inference, skeletons, synthetic
from posekit.clip_scores import Found
from posekit.data.batches import loader
from posekit.data.clip_crops import ClipCrops, ClipDataset, cache_clips
from posekit.tasks.multitask import ACTIONS, SECONDS, Look

NETWORK = "multitask"
STAGES = ("block 1", "block 2", "corrected")
BODY = skeletons.get("lsp14")
HIPS = [BODY.index("left_hip"), BODY.index("right_hip")]
TALK = ("bench_press", "situp")  # the actions of the talk's two pictures
EVERY, OF_TALK = 2 * len(ACTIONS), 24  # clips


class Looked(NamedTuple):
    """Clips, and what the network says of them after each stage; the last has the logits."""

    clips: ClipCrops
    stages: dict[str, Found]

    @property
    def last(self) -> Found:
        return self.stages[STAGES[-1]]


@lru_cache
def network():
    """The network, and its card."""
    return checkpoints.load_pretrained(NETWORK)


def look() -> Look:
    """How the network looks at clips."""
    card = network()[1]
    return Look(card["size"], card["frames"], card["skeleton"], progress=False)


@lru_cache
def everyone() -> Looked:
    """Clips of all fifteen actions."""
    return predict(look().clips("synthetic:test", EVERY, ACTIONS))


@lru_cache
def of_the_talk() -> Looked:
    """More clips of the two actions that the talk shows."""
    return predict(look().clips("synthetic:test", OF_TALK, TALK))


def predict(clips: ClipCrops) -> Looked:
    """All that the network says of clips."""
    model = network()[0]
    parts = []
    with torch.no_grad():
        for batch in loader(ClipDataset(clips), 10, shuffle=False):
            parts.append(model(batch.images))
    logits = {
        name: torch.cat([part.actions[name][-1] for part in parts]).numpy()
        for name in parts[0].actions
    }
    stages = {}
    for n, name in enumerate(STAGES):
        points, seen = (
            torch.cat([getattr(part.poses[n], what).flatten(0, 1) for part in parts])
            for what in ("points", "seen")
        )
        stages[name] = Found(points.numpy(), seen.sigmoid().numpy(), logits)
    return Looked(clips, stages)


def frames_of(clips: ClipCrops) -> np.ndarray:
    """(N, T, S, S, 3) uint8: what the network is given."""
    images = clips.crops.inputs()
    return images.reshape(-1, clips.frames, *images.shape[1:])


# ---------------------------------------------------------------------------- one person, large
class Shown(NamedTuple):
    """One clip of T frames, cut to the person, and what the network says of it."""

    frames: np.ndarray  # (T, H, W, 3) uint8
    points: np.ndarray  # (T, K, 2) pixels of the frames
    flags: np.ndarray  # (T, K) 2 visible, 1 hidden, as the network says
    space: np.ndarray  # (T, K, 3) metres about the hips, x right, y down, z away
    chances: dict[str, np.ndarray]  # of each stream and of their fusion, (A,) from 0 to 1


@lru_cache
def person(action: str, size: int = 560, seed: int = 9) -> Shown:
    """Somebody who does this, in images larger than the network's."""
    card = network()[1]
    who = synthetic.Clips(
        seed, 1, card["frames"], size, "lsp14", action, fps=card["frames"] / SECONDS
    )
    clip = who[0]
    cut = cache_clips([clip], card["frames"], card["size"], ACTIONS, progress=False)
    last = predict(cut).last
    crops = cut.crops
    points = [
        geometry.transform(geometry.invert(matrix), found[:, :2] + crops.edge)
        for matrix, found in zip(crops.matrices, last.points)
    ]
    space = inference.unproject_poses(last.points, crops)
    space -= space[:, HIPS].mean(1, keepdims=True)
    chances = {
        name: torch.from_numpy(logits[0]).softmax(0).numpy() for name, logits in last.logits.items()
    }
    frames = np.stack([clip.frames[t] for t in range(card["frames"])])
    cut_out = _around(frames, np.array(points))
    return Shown(*cut_out, 1 + (last.seen > 0.5), space, chances)


def _around(frames: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The square of the frames in which the person moves, and the joints in its pixels."""
    low, high = points.min((0, 1)), points.max((0, 1))
    side = min(int(1.25 * (high - low).max()), *frames.shape[1:3])
    x, y = np.clip((low + high - side) / 2, 0, np.array(frames.shape[2:0:-1]) - side).astype(int)
    return frames[:, y : y + side, x : x + side], points - (x, y)


def aside(pose: np.ndarray, angle: float) -> np.ndarray:
    """(K, 2) of (K, 3) metres: from how they look when the person is turned, in radians."""
    x, y, z = np.moveaxis(pose, -1, 0)
    return np.stack([np.cos(angle) * x + np.sin(angle) * z, y], -1)


def words(name: str) -> str:
    """``left wrist`` of ``left_wrist``."""
    return name.replace("_", " ")


def percent(share: float) -> str:
    """``93 %`` of 0.93; nothing but 0 and 1 themselves is called none or all."""
    if 0 < share < 0.005:
        return "< 1 %"
    return "> 99 %" if 0.995 <= share < 1 else f"{100 * share:.0f} %"
