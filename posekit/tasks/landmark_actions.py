"""The action of windows of landmarks that MediaPipe recorded, or of synthetic people.

data      `Recording`s: of synthetic people, or files of `posekit record` (``recordings:FOLDER``)
batch     windows of T frames of each recording, at another rate, and half of them mirrored
loss      cross entropy
decode    none: the network gives logits
scores    the share of right windows, and of recordings that most of their windows name rightly

Windows of one recording that overlap are nearly the same. Where some of them are learnt from and
others scored, the score tells what was learnt by heart: `folds` splits by window, by recording and
by person, so that the three can be compared.

Who chooses and who scores. Synthetic: people of the val split choose the epoch, those of the test
split are scored once. Recordings: all settings were chosen on synthetic people, and the last epoch
is kept; what is held out of `folds` is scored once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch
from torch import nn

from .. import catalog, datasets, losses, synthetic
from ..datasets import landmarks
from ..errors import InputError
from ..models.landmark_nets import LandmarkNet, TwoViews
from . import Plan, build, fit_recipe
from .skeleton_actions import TERMS, SkeletonActions, probabilities

OWN = "recordings"  # a data set's name: files of one's own


# --------------------------------------------------------------------------------- recipe
@dataclass(frozen=True)
class LandmarkActions(SkeletonActions):
    """A recipe for recordings of landmarks; the rest is as `SkeletonActions` has it.

    Attributes:
        frames, step: T of a window, and from one window's first frame to the next one's.
        rates: the lowest and the highest factor of speed in training; (1, 1) keeps the recorded.
        mirror: half of the windows are seen in a mirror.
        by: how recordings are split into those to learn from and those to validate on.
        varied: the share of synthetic people who do everything in their own way; none is scored.
    """

    skeleton: str = "blazepose33"
    dataset: str = field(default="mediapipe_recordings", kw_only=True)
    step: int = 1
    rates: tuple[float, float] = (1, 1)
    mirror: bool = False
    by: str = "window"
    varied: float = 0

    def load(self, dataset: str, plan: Plan, seed: int, root=None, progress: bool = True):
        """Synthetic: so many people of each split; others: the first of `folds`.

        Raises `InputError` for an action of which there is no recording.
        """
        if dataset == catalog.SYNTHETIC:
            return self.read("synthetic:train", plan.train), self.read("synthetic:val", plan.val)
        recordings = self.read(dataset, root=root)
        missing = set(self.classes) - {clip.action for clip in recordings}
        if missing:
            raise InputError(f"{dataset} has no recording of {', '.join(sorted(missing))}.")
        return next(landmarks.folds(recordings, self.by, self.frames, self.step, seed))

    def read(self, data: str, people: int | None = None, root=None) -> list:
        """Recordings of this recipe's actions, of ``synthetic:SPLIT``, of a data set, or of
        ``recordings:FOLDER``, in which each person has a folder of files of `posekit record`."""
        name, _, split = data.partition(":")
        if name == catalog.SYNTHETIC:
            if split not in datasets.SPLITS:
                raise InputError(f"{data!r}: say synthetic:{', synthetic:'.join(datasets.SPLITS)}.")
            seed = catalog.SEED_STEP * (None, *datasets.SPLITS).index(split)
            frames = 3 * self.frames
            varied = 0 if split == "test" else self.varied
            return synthetic.landmark_recordings(
                seed, people, frames, self.classes, wrong=1, varied=varied
            )
        if name == OWN:
            clips = datasets.Recordings(split or ".")
        else:
            clips = catalog.load_clips(name, split or None, root)
        return [clip for clip in clips if clip.action in self.classes]

    def batches(self, train: Sequence, seed: int):
        """Pairs of windows (B, T, 33, 4) and actions (B,)."""

        def of_epoch(epoch: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
            rng = np.random.default_rng([seed, epoch])
            change = partial(landmarks.changed, rng=rng, frames=self.frames, rates=self.rates)
            found, actions = self.windows([change(clip, mirror=self.mirror) for clip in train], rng)
            order = torch.from_numpy(rng.permutation(len(actions)))
            return list(zip(*(part[order].split(self.batch_size) for part in (found, actions))))

        return of_epoch

    def windows(self, recordings: Sequence, rng=None) -> tuple[torch.Tensor, torch.Tensor]:
        """Windows (N, T, 33, 4) of all, and actions (N,); each from a first frame at random."""
        found, actions = [], []
        for clip in recordings:
            first = rng.integers(self.step) if rng else 0
            found.append(landmarks.windows(clip, self.frames, self.step, first))
            actions += [self.classes.index(clip.action)] * len(found[-1])
        return torch.from_numpy(np.concatenate(found).astype(np.float32)), torch.tensor(actions)

    def loss(self, model: nn.Module, batch):
        logits = model(batch[0])  # (B, A), or of several networks that learn side by side
        actions = batch[1].expand(logits.shape[:-1])
        loss = losses.action_cross_entropy(logits.flatten(0, -2), actions.flatten())
        return loss, len(batch[1])

    def answers(self, model: nn.Module, examples: Sequence) -> tuple[np.ndarray, np.ndarray]:
        found, actions = self.windows(examples)
        return probabilities(model, found), actions.numpy()

    def card(self, dataset: str, train: Sequence, val: Sequence) -> dict:
        terms = {} if dataset == catalog.SYNTHETIC else {"terms": TERMS}
        if dataset.startswith(f"{OWN}:"):
            terms = {"terms": "as agreed with the people who were recorded"}
        return terms | {
            "data": f"{dataset}, {len(train):,} recordings",
            "val_data": f"{dataset}, {len(val):,} recordings, split by {self.by}",
            "skeleton": self.skeleton,
            "frames": self.frames,
            "actions": self.classes,
        }

    def report(self, model: nn.Module, examples: Sequence, card: Mapping) -> dict:
        """Of windows as `SkeletonActions` has it; and how many recordings' windows are, for the
        most part, right."""
        right = [row["answer"] == row["action"] for row in scores(self, model, examples)]
        votes = {"recordings": len(right), "recordings_right": sum(right)}
        return super().report(model, examples, card) | votes

    def evaluate(self, model: nn.Module, card: Mapping, data: str, root=None) -> dict:
        """`report` on ``synthetic:SPLIT``, 20 people, or on all recordings of a data set."""
        return self.report(model, self.read(data, 20, root), card)


def cross_validate(
    recipe: LandmarkActions,
    recordings: Sequence,
    by: str,
    others: Sequence = (),
    epochs: int | None = None,
    seed: int = 0,
) -> list[dict]:
    """What is held out of `folds`, in turn, after learning from the rest: a row a recording.

    ``others`` are learnt from besides, in every fold: synthetic people, say. Each row has the
    recording's ``id``, ``person``, ``action``, how many ``windows`` it has, the share of them that
    is ``right``, in per cent, and the ``answer`` of most of them. Raises `InputError` as `folds`
    does, and for a person in both halves where the split is by person.
    """
    rows, epochs = [], epochs or recipe.plans["full"].epochs
    for train, test in landmarks.folds(recordings, by, recipe.frames, recipe.step, seed):
        train = [*train, *others]
        if by == "person":
            landmarks.check_apart(train, test)
        model = build(recipe, train, seed)
        fit_recipe(recipe, model, train, test[:1], epochs=epochs, seed=seed, progress=False)
        rows += scores(recipe, model, test)
    return rows


def scores(recipe: LandmarkActions, model: nn.Module, recordings: Sequence) -> list[dict]:
    """A row for each recording, as `cross_validate` has them."""
    parts = {}
    for clip in recordings:  # of a split by window, each window is one
        parts.setdefault(clip.id, []).append(clip)
    rows = []
    for name, clips in parts.items():
        said = probabilities(model, recipe.windows(clips)[0]).argmax(1)
        about = {"id": name, "person": clips[0].group, "action": clips[0].action}
        right = 100 * float((said == recipe.classes.index(clips[0].action)).mean())
        answer = recipe.classes[np.bincount(said).argmax()]
        rows.append(about | {"windows": len(said), "right": right, "answer": answer})
    return rows


def check_names_actions(card: Mapping) -> None:
    """`InputError` unless a checkpoint, by its card, is a network that `named` takes."""
    if card["task"] != "landmark_actions":
        raise InputError(f"{card['name']} does not name actions of landmarks: take actions, say.")


def named(model: nn.Module, card: Mapping, clip, step: int | None = None) -> list[tuple]:
    """Of each window of a recording: its first frame, the action's name, and the probability.

    ``card`` is the checkpoint's; windows begin ``step`` frames apart, half a window's by default.
    """
    check_names_actions(card)
    step = step or card["frames"] // 2
    found = torch.from_numpy(landmarks.windows(clip, card["frames"], step)).float()
    said = probabilities(model, found)
    return [(n * step, card["actions"][row.argmax()], row.max()) for n, row in enumerate(said)]


# -------------------------------------------------------------------------------- recipes
ADAM = {"optimizer": torch.optim.Adam, "lr": 1e-3, "precision": "no"}
LAST = {"monitor": "epoch", "higher_is_better": True, "schedule": lambda progress: 1.0}
BEST = {"monitor": "accuracy", "higher_is_better": True}
RAW = partial(LandmarkNet, middle=False, torso=False, facing=False, velocities=False)
DECK = LandmarkActions(
    "actions_landmarks",
    "the action of ten frames of landmarks, as they are recorded",
    partial(RAW, kind="lstm", visibility=True),
    ("body_swing", "hand_swing", "head_shaking", "run"),
    plans={name: Plan(None, None, n) for name, n in (("smoke", 1), ("quick", 5), ("full", 20))},
    frames=10,
    settings=ADAM | LAST,
)
SYNTHETIC = LandmarkActions(
    "actions",
    "the action of a second of landmarks, whoever does it and from wherever it is seen",
    partial(TwoViews, kind="gru", parameters=80_000, dropout=0.2, facing=False, depth=False),
    synthetic.ACTIONS,
    plans={"smoke": Plan(1, 1, 1), "quick": Plan(8, 4, 3), "full": Plan(240, 12, 12)},
    frames=30,
    step=15,
    rates=(0.5, 2.0),
    mirror=True,
    varied=0.6,
    batch_size=128,
    dataset=catalog.SYNTHETIC,
    settings=ADAM | BEST | {"lr": 4e-3},
)

RECIPES = (DECK, SYNTHETIC)
