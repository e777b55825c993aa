"""The action of a clip, of the coordinates of its joints alone: no image is looked at.

data      clips of `catalog.load_clips`, prepared by `posekit.data.skeleton_clips.pose_images`
batch     images of T frames x K joints; mirrored, turned, larger or smaller
loss      cross entropy, of each block of the network
decode    none: the network gives logits
scores    the share of right answers, in all and of each action, beside what gives them away

Joints that are not seen are interpolated, coordinates are in lengths of the torso, and the frames
are spread over the whole clip: which joints are seen, how long a clip is and how large its images
are, the network is not told. In Penn Action these alone give half of the actions away, so their
scores stand beside the network's.

Who chooses and who scores: of the clips that a set gives for training, the last tenth of each
action's chooses the epoch, or, where they are too few or nearly all right, the last one is kept.
Clips are numbered, and those cut from one video are neighbours. The test split is scored once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch
from torch import nn
from torch.utils.data import TensorDataset

from .. import catalog, losses, skeletons, synthetic
from ..data import skeleton_clips
from ..data.sample import Clip
from ..errors import InputError
from ..inference import predicting
from ..models.action_streams import pose_stream
from ..models.skeleton_streams import SkeletonStreams
from . import Plan, Recipe

TURN, ZOOM = 0.3, 0.1  # radians to either side; fractions of the size
TERMS = "research use only: trained on labels whose terms allow no other use"
LEAKS = (skeleton_clips.fill_pattern, skeleton_clips.clip_shape, skeleton_clips.fill_and_shape)


# ----------------------------------------------------------------------------------- data
def read(name: str, split: str, skeleton: str, root=None, **options) -> list[Clip]:
    """All clips of a split, in its order."""
    return list(catalog.load_clips(name, split, root, skeleton=skeleton, **options))


def prepare(
    clips: Sequence[Clip], frames: int, classes: Sequence[str], looks: int = 2
) -> TensorDataset:
    """N clips of one person: images (N, 2, L T, K) float32, and actions (N,) int64.

    An image's channels are x and y as `posekit.data.skeleton_clips` prepares them. Its rows are
    frames, L (``looks``) of each of T equal parts of the clip; a network sees one of each part.
    Actions are places in ``classes``. Raises `InputError`, naming the clip, for an action that is
    no class.
    """
    for clip in clips:
        if clip.action not in classes:
            raise InputError(f"{clip.id}: {clip.action!r} is none of: {', '.join(classes)}.")
    actions = torch.tensor([classes.index(clip.action) for clip in clips])
    images = skeleton_clips.pose_images(clips, looks * frames)
    return TensorDataset(torch.from_numpy(images), actions)


def last_tenth(actions: np.ndarray) -> np.ndarray:
    """(N,) bool: the last tenth, one at least, of each action's clips (N,), in their order."""
    last = np.zeros(len(actions), bool)
    for action in np.unique(actions):
        places = np.flatnonzero(actions == action)
        last[places[-((len(places) + 9) // 10) :]] = True
    return last


def changed(
    images: np.ndarray, flip: Sequence[int], rng: np.random.Generator, looks: int = 2
) -> np.ndarray:
    """(N, 2, T, K) of (N, 2, L T, K): one frame of each part; mirrored, turned and scaled.

    ``flip`` says which joint each one becomes in a mirror, see `posekit.skeletons`.
    """
    count, parts = len(images), images.shape[2] // looks
    frames = looks * np.arange(parts) + rng.integers(0, looks, (count, parts))
    images = np.take_along_axis(images, frames[:, None, :, None], 2)
    mirrored = rng.random(count) < 0.5
    images[mirrored] = images[mirrored][..., flip] * np.array([-1, 1]).reshape(2, 1, 1)
    angle, zoom = rng.uniform(-TURN, TURN, count), rng.uniform(1 - ZOOM, 1 + ZOOM, count)
    turn = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.einsum("ijn,njtk->nitk", turn, images).astype(np.float32)


# --------------------------------------------------------------------------------- recipe
@dataclass(frozen=True)
class SkeletonActions(Recipe):
    """A recipe for clips of skeletons; what all kinds have is told in `posekit.tasks.Recipe`.

    Attributes:
        model: from a number of ``actions`` to the network.
        classes: the actions' names.
        frames: T, that it sees of a clip.
        looks: frames of each of T parts of a clip; as many answers are averaged.
        options: of the data set's reader, ``fold`` say.
    """

    model: Callable[..., nn.Module]
    classes: Sequence[str]
    frames: int = 16
    looks: int = 2
    batch_size: int = 32
    skeleton: str = "penn13"
    dataset: str = field(default="penn_action", kw_only=True)
    options: Mapping = field(default_factory=dict)

    def load(self, dataset: str, plan: Plan, seed: int, root=None, progress: bool = True):
        """The clips of the set's own training split: nine tenths to learn from, one to choose."""
        clips = read(dataset, "train", self.skeleton, root, **self.options)
        every = prepare(clips, self.frames, self.classes, self.looks)
        kept = last_tenth(every.tensors[1].numpy())
        return TensorDataset(*every[~kept]), TensorDataset(*every[kept])

    def network(self, train: TensorDataset) -> Callable[[], nn.Module]:
        return partial(self.model, actions=len(self.classes))

    def batches(self, train: TensorDataset, seed: int):
        """Pairs of images (B, 2, T, K) and actions (B,)."""

        def of_epoch(epoch: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
            rng = np.random.default_rng([seed, epoch])
            images, actions = train[rng.permutation(len(train))]
            flip = skeletons.get(self.skeleton).flip
            images = changed(images.numpy(), flip, rng, self.looks)
            parts = (part.split(self.batch_size) for part in (torch.from_numpy(images), actions))
            # Batch norm has no variance of one clip: where one is left over, it waits.
            return [batch for batch in zip(*parts) if len(batch[1]) > 1]

        return of_epoch

    def loss(self, model: nn.Module, batch):
        images, actions = batch
        said = [losses.action_cross_entropy(logits, actions) for logits in model(images)]
        return torch.stack(said).mean(), len(actions)

    def answers(self, model: nn.Module, examples) -> tuple[np.ndarray, np.ndarray]:
        """Probabilities (N, A), the mean of all looks, and actions (N,)."""
        images, actions = examples.tensors
        looks = [probabilities(model, images[:, :, n :: self.looks]) for n in range(self.looks)]
        return np.mean(looks, 0), actions.numpy()

    def validate(self, model: nn.Module, val) -> dict:
        said, actions = self.answers(model, val)
        return {"accuracy": 100 * float((said.argmax(1) == actions).mean())}

    def card(self, dataset: str, train: TensorDataset, val: TensorDataset) -> dict:
        return {
            "data": f"{dataset}:train, {len(train):,} clips",
            "val_data": f"{dataset}:train, {len(val):,} clips: the last tenth of each action's",
            "skeleton": self.skeleton,
            "frames": self.frames,
            "actions": self.classes,
            "terms": TERMS,
        }

    def report(self, model: nn.Module, examples, card: Mapping) -> dict:
        """Right answers in per cent: all, with the standard error, and of each action; and those
        of who always says the most frequent action."""
        said, actions = self.answers(model, examples)
        answers = 100.0 * (said.argmax(1) == actions)
        return {
            "clips": len(actions),
            "accuracy": float(answers.mean()),
            "standard_error": float(answers.std() / len(actions) ** 0.5),
            "by_action": {
                self.classes[n]: float(answers[actions == n].mean()) for n in np.unique(actions)
            },
            "majority": 100 * float(np.bincount(actions).max() / len(actions)),
        }

    def table(self, report: dict) -> str:
        rows = report["by_action"] | report.get("leaks", {})
        rows |= {"most frequent action": report["majority"], "all": report["accuracy"]}
        lines = [f"{name:24}{value:7.1f}" for name, value in rows.items()]
        return "\n".join([f"right answers of {report['clips']} clips, %", *lines])

    def add_options(self, parser) -> None:
        """None."""

    def evaluate(self, model: nn.Module, card: Mapping, data: str, root=None) -> dict:
        """`report` on ``NAME:SPLIT``, and ``leaks``: what `skeleton_clips.leak_accuracy` scores
        by which joints are seen, by the clips' length and image size, and by both."""
        name, _, split = data.partition(":")
        train, clips = (
            read(name, each, card["skeleton"], root, **self.options) for each in ("train", split)
        )
        examples = prepare(clips, card["frames"], self.classes, self.looks)
        found = self.report(model, examples, card)
        leaks = {of.__name__: skeleton_clips.leak_accuracy(train, clips, of)[0] for of in LEAKS}
        return found | {"leaks": leaks}


def probabilities(model: nn.Module, inputs: torch.Tensor, batch_size: int = 256) -> np.ndarray:
    """(N, A) by a network of logits, or of several blocks' logits, the last of which counts; the
    model is left in the mode that it was in."""
    device, found = next(model.parameters()).device, []
    with predicting(model):
        for part in inputs.split(batch_size):
            out = model(part.to(device))
            found.append((out[-1] if isinstance(out, list) else out).softmax(-1).cpu())
    return torch.cat(found).numpy()


# -------------------------------------------------------------------------------- recipes
BEST = {"monitor": "accuracy", "higher_is_better": True, "average": 0.99, "lr": 3e-3}
BEST |= {"optimizer": partial(torch.optim.AdamW, weight_decay=0.05), "precision": "no"}
PLANS = {name: Plan(None, None, n) for name, n in (("smoke", 1), ("quick", 4), ("full", 20))}
STREAM = partial(pose_stream, dims=2, dropout=0.3)
ACTIONS = synthetic.ACTIONS[:15]
ABOUT = "actions, of their joints' coordinates alone"
JHMDB = [
    "catch",
    "clap",
    "golf",
    "jump",
    "pick",
    "pour",
    "pullup",
    "push",
    "run",
    "sit",
    "stand",
    "throw",
    "walk",
    "wave",
]

LAST = BEST | {"monitor": "epoch"}  # the last: so few clips, nearly all right, cannot choose
penn = partial(SkeletonActions, classes=ACTIONS, plans=PLANS, settings=BEST)
jhmdb = partial(
    SkeletonActions,
    about=f"JHMDB's {ABOUT}: five streams, in order and out of it, fused",
    model=partial(SkeletonStreams, skeleton="jhmdb15", statistics=True),
    looks=4,
    classes=JHMDB,
    plans=PLANS | {"full": Plan(None, None, 60)},
    skeleton="jhmdb15",
    dataset="jhmdb",
    settings=LAST,
)

RECIPES = (
    penn("penn_pose", f"Penn Action's {ABOUT}", STREAM),
    penn(
        "actions_penn",
        f"Penn Action's {ABOUT}: five streams fused",
        partial(SkeletonStreams, skeleton="penn13", parameters=300_000),
        frames=32,
        looks=4,
        settings=LAST,
    ),
    *(jhmdb(f"jhmdb_pose_{fold}", options={"fold": fold}) for fold in (1, 2, 3)),
)
