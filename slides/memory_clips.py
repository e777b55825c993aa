"""Who appears in deck 09: a rendered person whom boards pass, and what the network sees.

>>> from slides import memory_clips as clips          # in a deck's .py file
>>> clips.scene().pictures.shape                      # frames, which show the person
(8, 278, 278, 3)
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch

from posekit import catalog, checkpoints, geometry, memory_scores, skeletons, synthetic
from posekit.data.clip_crops import ClipCrops, ClipDataset, cache_clips
from posekit.data.crops import crop_labels
from posekit.inference import predicting
from posekit.live.sequences import SequenceDetector
from posekit.tasks import sequences

MEMORY = "pose_machine"
BODY = skeletons.get("lsp14")
WATCHED = BODY.index("left_wrist")
T, RATE, EXPOSURES = 8, sequences.RATE, sequences.EXPOSURES
TESTED = 20  # clips of the test split, for what is computed while the deck is built


class Scene(NamedTuple):
    """One clip of T frames, which is shown on squares of its frames around the person."""

    pictures: np.ndarray  # (T, S, S, 3) uint8
    joints: np.ndarray  # (T, K, 2) pixels of the pictures: the truth
    visible: np.ndarray  # (T, K) 0 unlabelled, 1 hidden, 2 visible
    cut: ClipCrops  # what the network sees, along one box of its own


@lru_cache
def network(name: str = MEMORY):
    """A network, and its card."""
    return checkpoints.load_pretrained(name)


def size() -> int:
    """The side of the network's input."""
    return network()[1]["size"]


def served(frames: int, side: int):
    """A person of the test split who serves; a board hides the whole person for a moment.

    The person and the board were chosen by the labels: no network was asked.
    """
    options = {"size": side, "frames": EXPOSURES * frames, "fps": EXPOSURES * RATE}
    fine = catalog.load_clips("synthetic", "test", seed=0, count=200, **options)[40]
    hidden = synthetic.passing_things(fine, 5, most=1)
    return synthetic.panned(synthetic.motion_blurred(hidden, EXPOSURES), 5)


@lru_cache
def scene() -> Scene:
    """The clip of most pictures."""
    clip = served(T, 288)
    cut = cache_clips([clip], T, size(), progress=False)
    joints, frames = clip.keypoints[:, 0], np.stack([clip.frames[t] for t in range(T)])
    low, high = joints.min((0, 1)), joints.max((0, 1))
    side = min(int(1.3 * (high - low).max()), *frames.shape[1:3])
    x, y = np.clip((low + high - side) / 2, 0, np.array(frames.shape[2:0:-1]) - side).astype(int)
    pictures = frames[:, y : y + side, x : x + side]
    return Scene(pictures, joints - (x, y), clip.visible[:, 0], cut)


@lru_cache
def hidden() -> np.ndarray:
    """(T, K) for how many frames each joint of the scene has been hidden; -1: never seen."""
    return memory_scores.hidden_for(scene().visible[None])[0]


# ------------------------------------------------------------------------------- many people
@lru_cache
def tested() -> ClipCrops:
    """Clips of people of the test split, with boards, blur and a camera that pans."""
    people = catalog.load_clips(
        "synthetic",
        "test",
        seed=0,
        count=200,
        size=round(1.5 * size()),
        frames=EXPOSURES * T,
        fps=EXPOSURES * RATE,
    )
    some = [people[i] for i in np.linspace(0, 199, TESTED).astype(int)]
    return cache_clips(sequences.Disturbed(some), T, size(), progress=False)


def lengths() -> np.ndarray:
    """(N, T, K) for how many frames each joint of the tested clips has been hidden."""
    return memory_scores.hidden_for(tested().crops.visible.reshape(-1, T, len(BODY)))


# ----------------------------------------------------------------------------------- the gates
def gates_of(clips: ClipCrops) -> tuple[np.ndarray, np.ndarray]:
    """The input gate and the forget gate, (N, T, C, h, w) each."""
    model, given = network()[0], []
    watch = model.memory.register_forward_hook(lambda cell, x, memory: given.append(x))
    with predicting(model), watch:
        model(ClipDataset(clips).batch(range(len(clips))).images)
        gates = [model.memory.gates(*x)[1:3] for x in given]  # of g, i, f and o
    i, f = (torch.stack(gate, 1).numpy() for gate in zip(*gates))
    return i, f


@lru_cache
def channel() -> int:
    """Of the forget gate: the channel that differs most between hidden joints and seen ones."""
    _, f = gates_of(tested())
    places, seen = crop_labels(tested().crops)
    cells = np.rint(geometry.pixel_to_cell(places, 4)).astype(int).clip(0, f.shape[-1] - 1)
    x, y = np.moveaxis(cells.reshape(-1, T, len(BODY), 2), -1, 0)
    n, t = np.arange(len(f))[:, None, None], np.arange(T)[:, None]
    values = f[n, t, :, y, x]  # (N, T, K, C)
    gone, there = lengths() > 0, (seen == 2).reshape(lengths().shape) & (t > 0)
    return int(np.abs(values[gone].mean(0) - values[there].mean(0)).argmax())


# ------------------------------------------------------------------------------------- live
def seen_live(frames: int = 2 * T, side: int = 272) -> tuple[np.ndarray, dict]:
    """A longer clip (T, H, W, 3), and the joints (T, K, 2) that the demo finds, without and with
    its memory.

    A frame in which the demo finds nobody has no joints: they are NaN.
    """
    clip = served(frames, side)
    images, found = np.stack([clip.frames[t] for t in range(frames)]), {}
    for memory in (False, True):
        detector = SequenceDetector(network(), video=True, memory=memory)
        every = [detector.detect(image, 1000 * t / RATE) for t, image in enumerate(images)]
        found[memory] = np.stack([one.keypoints[0] if len(one) else _nobody() for one in every])
    return images, found


def _nobody() -> np.ndarray:
    return np.full((len(BODY), 2), np.nan)
