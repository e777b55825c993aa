"""Joints that are noisy and, for some frames, missing: where are they? From coordinates alone.

data      true joints of real clips, cut into windows of `FRAMES` frames, in lengths of the torso
batch     windows with `FAULTS`: noise on all joints, gaps of several frames in each by itself
loss      the distance of the answers from the true joints, in all frames, gaps or not
decode    none: the network gives coordinates
scores    PCK within 0.2 of the torso of the joints in gaps, by how long the gap has lasted

**Who sees what.** The network sees a frame and those before it, never one after it. So it must
stand beside methods that see the past alone, too: the last position that was seen (`held`), which
is what interpolation comes to without the future, a filter of it, and constant velocity, see
``tests/benchmarks/joint_memory.py``. The controls are those of `posekit.memory_scores`: the same
weights with the state kept, reset in every frame, and with the frames before in a random order.

**Who chooses and who scores.** Of the clips that a set gives for training, the last tenth of each
action's chooses the epoch. The official test split is scored once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from .. import catalog, losses, memory_scores, metrics, skeletons
from ..data.faults import Faults
from ..data.sample import OCCLUDED, VISIBLE, Clip
from ..data.skeleton_clips import fill_gaps
from ..errors import InputError
from ..inference import predicting
from ..models.joint_memory import JointMemory
from . import Plan, Recipe
from .skeleton_actions import TERMS, TURN, last_tenth

SKELETON, FRAMES = "penn13", 32
FAULTS = Faults(noise=0.05, drop=0.3, run=8)  # the noise in lengths of the torso
# Frames that a joint has been missing for, the one that is scored included.
GAPS = {"1": (1, 1), "2": (2, 2), "3-4": (3, 4), "5-8": (5, 8), "9-16": (9, 16), "17+": (17, 99)}
CONTROLS = ("kept", "reset", "shuffled")


# ----------------------------------------------------------------------------------- data
def read(dataset: str, split: str, root=None) -> list[Clip]:
    """The clips of a split; ``jhmdb-2`` is JHMDB with the second of its three splits."""
    name, _, fold = dataset.partition("-")
    options = {"fold": int(fold) if fold.isdigit() else fold} if fold else {}
    return list(catalog.load_clips(name, split, root, skeleton=SKELETON, **options))


def windows(clips: Sequence[Clip], frames: int = FRAMES) -> TensorDataset:
    """Clips of one person, cut into N windows of T frames, one after the other.

    Its tensors are points (N, T, K, 2) float32, in lengths of the torso (the clip's median), and
    which are labelled (N, T, K) bool. A clip's last window is filled up with its last frame,
    unlabelled. Clips whose torso is never labelled are left out: their scores would have no unit.
    Raises `InputError`, naming the clip, for several people, and where no clip is left.
    """
    found = []
    for clip in clips:
        clip.check_one_person()
        points, seen = (part[:, 0] for part in fill_gaps(clip)[:2])
        torso = metrics.torso_lengths(points, seen, clip.skeleton).values
        if (torso > 0).any():
            more = ((0, -len(points) % frames), (0, 0))
            points = np.pad(points, (*more, (0, 0)), mode="edge") / np.nanmedian(torso)
            parts = points.astype(np.float32), np.pad(seen, more)
            found.append([part.reshape(-1, frames, *part.shape[1:]) for part in parts])
    if not found:
        raise InputError("no clip has a frame with its left shoulder and right hip labelled.")
    return TensorDataset(*(torch.from_numpy(np.concatenate(part)) for part in zip(*found)))


def turned(whole: TensorDataset, rng: np.random.Generator) -> TensorDataset:
    """Every window turned about the origin by at most `TURN`, and half of them mirrored."""
    angle, mirrored = rng.uniform(-TURN, TURN, len(whole)), rng.random(len(whole)) < 0.5
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turn[:, 0, mirrored] *= -1  # of x alone
    points, labelled = (part.numpy().copy() for part in whole.tensors)
    points = np.einsum("ijn,ntkj->ntki", turn, points).astype(np.float32)
    for part in (points, labelled):
        part[mirrored] = part[mirrored][:, :, skeletons.get(SKELETON).flip]
    return TensorDataset(torch.from_numpy(points), torch.from_numpy(labelled))


def faulty(whole: TensorDataset, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """What is seen (N, T, K, 2) of windows, NaN in gaps; the true points, and which are labelled.

    The faults are `FAULTS`, drawn from ``rng``; what is not labelled is not seen.
    """
    frames_first = (part.numpy().swapaxes(0, 1) for part in whole.tensors)
    points, seen = FAULTS.apply(*frames_first, SKELETON, rng)
    # They come with their gaps filled, by frames before and after.
    points = np.where(seen[..., None], points, np.nan).swapaxes(0, 1)
    return torch.from_numpy(np.ascontiguousarray(points)), *whole.tensors


# --------------------------------------------------------------------------------- scores
def held(points: np.ndarray) -> np.ndarray:
    """(N, T, K, 2): each joint where it was seen last, NaN where it was not seen so far."""
    frames = np.arange(points.shape[1])[:, None]
    last = np.maximum.accumulate(np.where(np.isfinite(points[..., 0]), frames, -1), 1)
    return np.take_along_axis(points, last.clip(0)[..., None], 1)


def answers(model: nn.Module, points: Tensor, control: str = "kept") -> np.ndarray:
    """(N, T, K, 2) of a `JointMemory`, see `memory_scores.answers`."""
    with predicting(model):
        device = next(model.parameters()).device
        return memory_scores.answers(model, points.to(device), control).cpu().numpy()


def scores(predicted: np.ndarray, seen: Tensor, true: Tensor, labelled: Tensor) -> dict[str, dict]:
    """PCK at 0.2 of the torso, and the joints that it counts: of those ``seen``; of those
    ``missing`` that were seen earlier in the window; and of these by `GAPS`.

    The last three are those of `faulty`. ``pck`` is NaN where no joint is counted.
    """
    there = seen.isfinite().all(-1)
    gaps = memory_scores.hidden_for(torch.where(there, VISIBLE, OCCLUDED * labelled).numpy())
    groups = {"seen": there.numpy(), "missing": gaps > 0}
    groups |= {name: (low <= gaps) & (gaps <= high) for name, (low, high) in GAPS.items()}
    flat = [np.asarray(part).reshape(-1, *part.shape[2:]) for part in (predicted, true, labelled)]
    torso, found = metrics.torso_lengths(*flat[1:], SKELETON), {}
    for name, which in groups.items():
        score = metrics.pck(*flat[:2], which.reshape(flat[2].shape), torso, 0.2)
        found[name] = {"pck": score.value, "joints": score.count}
    return found


# --------------------------------------------------------------------------------- recipe
@dataclass(frozen=True)
class JointMemories(Recipe):
    """A recipe for joints with gaps; what all kinds have is told in `posekit.tasks.Recipe`."""

    batch_size: int = 32
    dataset: str = field(default="penn_action", kw_only=True)

    def load(self, dataset: str, plan: Plan, seed: int, root=None, progress: bool = True):
        """The clips of the set's own training split: nine tenths to learn from, one to choose."""
        clips = read(dataset, "train", root)
        last = last_tenth(np.array([clip.action for clip in clips]))
        parts = ([c for c, kept in zip(clips, last) if kept == which] for which in (False, True))
        return tuple(map(windows, parts))

    def network(self, train: TensorDataset) -> Callable[[], nn.Module]:
        return partial(JointMemory, joints=len(skeletons.get(SKELETON)))

    def batches(self, train: TensorDataset, seed: int):
        """What `faulty` gives, with other faults, turns and mirror images in every epoch."""

        def of_epoch(epoch: int) -> list[tuple[Tensor, ...]]:
            rng = np.random.default_rng([seed, epoch])
            order = torch.from_numpy(rng.permutation(len(train))).split(self.batch_size)
            whole = faulty(turned(train, rng), rng)
            return [tuple(part[n] for part in whole) for n in order]

        return of_epoch

    def loss(self, model: nn.Module, batch: tuple[Tensor, ...]):
        """With the state kept, and with each frame as a first one: the control whose state is
        reset must be no worse than it could be."""
        seen, true, labelled = batch
        predicted = [model(seen, remember) for remember in (True, False)]
        return sum(losses.distance(each, true, labelled) for each in predicted), labelled.sum()

    def validate(self, model: nn.Module, val: TensorDataset) -> dict:
        batch = faulty(val, np.random.default_rng(0))
        return {"pck_missing": scores(answers(model, batch[0]), *batch)["missing"]["pck"]}

    def card(self, dataset: str, train: TensorDataset, val: TensorDataset) -> dict:
        return {
            "data": f"{dataset}:train, {len(train):,} windows of {FRAMES} frames, {FAULTS}",
            "val_data": f"{dataset}:train, {len(val):,} windows: the last tenth of each action's",
            "skeleton": SKELETON,
            "terms": TERMS,
        }

    def report(self, model: nn.Module, examples: TensorDataset, card: Mapping) -> dict:
        """`scores` of `held`, and of the network by its `CONTROLS`, on the same faults."""
        batch = faulty(examples, np.random.default_rng(0))
        found = {"held": held(batch[0].numpy())}
        found |= {name: answers(model, batch[0], name) for name in CONTROLS}
        rows = {name: scores(points, *batch) for name, points in found.items()}
        return {"clips": len(examples), "frames": FRAMES, "controls": rows}

    def table(self, report: dict) -> str:
        return memory_scores.table(report)

    def add_options(self, parser) -> None:
        """None."""

    def evaluate(self, model: nn.Module, card: Mapping, data: str, root=None) -> dict:
        """`report` on ``NAME:SPLIT``."""
        name, _, split = data.partition(":")
        return self.report(model, windows(read(name, split, root)), card)


# -------------------------------------------------------------------------------- recipes
BEST = {"monitor": "pck_missing", "higher_is_better": True, "average": 0.99, "lr": 3e-3}
PLANS = {name: Plan(None, None, n) for name, n in (("smoke", 1), ("quick", 3), ("full", 50))}
ABOUT = "where joints are that are missing for some frames, of the frames before"

RECIPES = (JointMemories("joint_memory", ABOUT, plans=PLANS, settings=BEST | {"precision": "no"}),)
