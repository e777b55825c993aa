"""Clips of one person: joints in the image, joints in space and the action, by one network.

data      clips of `catalog.load_clips`, cut out by `cache_clips`; images with 2D joints besides
batch     `Together`: clips, with all labels, and images, each a clip of one frame
loss      of each block: elastic net, z where it is known, Jensen-Shannon, visibility; cross
          entropy of the action, of each stream's blocks and of their fusion
decode    none: the network gives pixels, metres and logits
scores    PCK within 0.2 of the torso, MPJPE about the hips, accuracy of each stream

Who chooses and who scores: clips of people of the val split choose the epoch, by the mean of the
three scores; clips of people of the test split are scored once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import Subset

from .. import catalog, clip_scores, evaluation, losses, synthetic
from ..codecs.heatmaps import cached_codec
from ..data.batches import Augment
from ..data.clip_crops import (
    ClipBatch,
    ClipCrops,
    ClipDataset,
    Together,
    cache_clips,
    single_frames,
)
from ..data.crops import cache_crops
from ..errors import InputError
from ..models.multitask import DEPTH_RANGE, STREAMS, STRIDE, MultitaskNet, Poses, Predictions
from . import Plan, Recipe, by_epoch

ACTIONS = synthetic.ACTIONS[:15]  # those of Penn Action
SECONDS = 1.6  # that a clip lasts, however many frames it has
DEPTH = 16  # cells of z, of 12.5 cm each
SIGMA = 0.65  # cells: narrow, and yet half as high at the nearest cell, wherever a joint is
TASKS = ("2d", "3d", "action")
WORST_MPJPE = 300.0  # millimetres that count as nothing right


@dataclass(frozen=True)
class MultitaskPlan(Plan):
    """How much: ``train`` and ``val`` are clips. Besides: images with 2D joints, the frames of a
    clip, and the side of the network's input."""

    stills: int = 0
    frames: int = 16
    size: int = 96


@dataclass
class Examples:
    """What is learnt from: clips with all labels, and images with 2D joints, or None."""

    clips: ClipCrops
    stills: ClipCrops | None = None

    def __len__(self) -> int:
        return len(self.clips) + (len(self.stills) if self.stills else 0)


# --------------------------------------------------------------------------------- losses
def pose_loss(poses: Poses, batch: ClipBatch) -> Tensor:
    """Elastic net in cells of x, y and z, Jensen-Shannon of the heatmaps, and visibility."""
    size = batch.images.shape[-1]
    dims = poses.points.shape[-1]
    inside = ((batch.keypoints > -0.5) & (batch.keypoints < size - 0.5)).all(-1)
    depths = batch.depths.where(batch.depths.abs() < DEPTH_RANGE / 2, torch.nan)
    known = losses.in_space(batch.visible * inside, depths)[..., :dims]
    cell = poses.points.new_tensor([STRIDE, STRIDE, DEPTH_RANGE / DEPTH])[:dims]
    target = torch.cat([batch.keypoints, depths[..., None]], -1)[..., :dims]
    error = losses.elastic_net(poses.points / cell, target / cell, known)
    visible = batch.visible.flatten(0, 1)
    maps = cached_codec((size, size), STRIDE, SIGMA).encode(batch.keypoints.flatten(0, 1), visible)
    logs = poses.heatmaps.flatten(0, 1).clamp(min=1e-12).log()  # whose softmax they are
    shape = losses.jensen_shannon(logs, maps, visible)
    return error + shape + 0.1 * losses.visibility(poses.seen, batch.visible)


def action_loss(actions: Mapping[str, Sequence[Tensor]], labels: Tensor) -> Tensor:
    """The mean cross entropy of everything that says an action."""
    said = [logits for stream in actions.values() for logits in stream]
    return torch.stack([losses.action_cross_entropy(each.float(), labels) for each in said]).mean()


# --------------------------------------------------------------------------------- recipe
@dataclass(frozen=True)
class Multitask(Recipe):
    """A recipe for clips of one person; what all kinds have is told in `posekit.tasks.Recipe`.

    Attributes:
        tasks: of `TASKS`, what is learnt: without ``3d`` points have no z, without ``action``
            there is no recognition; ``action`` alone looks where it likes.
        streams: of `posekit.models.multitask.STREAMS`, what recognises the action.
        options: of `MultitaskNet` besides.
        backgrounds: of the rendered clips that are learnt from and that choose the epoch, see
            `posekit.synthetic.Clips`; ``posekit eval`` takes others.
    """

    tasks: tuple[str, ...] = TASKS
    streams: tuple[str, ...] = STREAMS
    options: Mapping = field(default_factory=dict)
    backgrounds: str = "any"
    skeleton: str = "lsp14"
    batch_size: int = 8  # small: a CPU needs as long for a clip, and learns more in more steps
    augment: Augment = Augment(15, 0.2, 0.06, 0.5, 0.2)  # noqa: RUF009

    def load(self, dataset: str, plan: MultitaskPlan, seed: int, root=None, progress: bool = True):
        """Clips and images to learn from, and clips to validate on.

        ``first+second``: clips of the first set, images of the second; of one set alone, rendered
        images. Plans with ``stills`` 0 have none, and neither has the action alone.
        """
        first, _, second = dataset.partition("+")
        look = Look(plan.size, plan.frames, self.skeleton, root, progress)
        clips = look.clips(f"{first}:train", plan.train, ACTIONS, self.backgrounds, seed)
        stills = None
        if plan.stills and self.has_poses:
            stills = look.stills(f"{second or catalog.SYNTHETIC}:train", plan.stills, seed)
        val = look.clips(f"{first}:val", plan.val, ACTIONS, self.backgrounds, seed)
        return Examples(clips, stills), val

    @property
    def has_poses(self) -> bool:
        """Whether joints are learnt at all."""
        return self.tasks != ("action",)

    def network(self, train: Examples):
        actions = len(train.clips.classes) if "action" in self.tasks else 0
        depth = DEPTH if "3d" in self.tasks else 1
        heads = {"actions": actions, "depth": depth, "streams": list(self.streams)}
        joints = train.clips.crops.keypoints.shape[1]
        return partial(MultitaskNet, joints=joints, **heads, **self.options)

    def batches(self, train: Examples, seed: int):
        clips = by_epoch(ClipDataset(train.clips, self.augment, seed), self.batch_size)
        if train.stills is None:
            return lambda epoch: Together([clips(epoch)])
        # So many that all of them are seen once an epoch, as all clips are.
        share = math.ceil(len(train.stills) * self.batch_size / len(train.clips))
        stills = by_epoch(ClipDataset(train.stills, self.augment, seed), share)
        return lambda epoch: Together([clips(epoch), stills(epoch)])

    def loss(self, model: nn.Module, batch: Sequence[ClipBatch]):
        """The sum over the parts of a batch, each of clips of its own length."""
        return sum(self.penalty(model(part.images), part) for part in batch)

    def penalty(self, out: Predictions, batch: ClipBatch) -> Tensor:
        """The same of what a network predicts of one part."""
        total = batch.images.new_zeros(())
        if self.has_poses:
            total = total + torch.stack([pose_loss(poses, batch) for poses in out.poses]).mean()
        return total + action_loss(out.actions, batch.actions) if out.actions else total

    def validate(self, model: nn.Module, val: ClipCrops) -> dict:
        """PCK of seen joints, MPJPE, accuracy, and ``choice``: the mean of what there is, each
        from 0 to 1, by which the best epoch is chosen."""
        found = clip_scores.scores(clip_scores.predict(model, val), val)
        rows = {"pck": found["pck_seen"], "accuracy": found.get("accuracy", {}).get("answer")}
        rows["mpjpe_mm"] = found.get("mpjpe_mm") if "3d" in self.tasks else None
        rows = {name: value for name, value in rows.items() if value is not None}
        if not self.has_poses:
            del rows["pck"]
        shares = [
            1 - value / WORST_MPJPE if name == "mpjpe_mm" else value / 100
            for name, value in rows.items()
        ]
        return rows | {"choice": float(np.mean(shares))}

    def card(self, dataset: str, train: Examples, val: ClipCrops) -> dict:
        stills = f", {len(train.stills):,} images" if train.stills else ""
        version = f" {synthetic.VERSION}" if catalog.SYNTHETIC in dataset else ""
        return {
            "data": f"{dataset}{version}, {len(train.clips):,} clips{stills}",
            "val_data": f"{dataset.partition('+')[0]}{version}, {len(val):,} clips",
            "size": val.crops.size,
            "frames": val.frames,
            "skeleton": self.skeleton,
            "tasks": self.tasks,
            "actions": val.classes,
            "mean_pose": np.round(evaluation.mean_pose(train.clips.crops), 4).tolist(),
            "backgrounds": self.backgrounds,
        }

    def report(self, model: nn.Module, examples: ClipCrops, card: Mapping) -> dict:
        found = clip_scores.predict(model, examples)
        return clip_scores.report(found, examples, card["mean_pose"])

    def table(self, report: dict) -> str:
        return clip_scores.table(report)

    def add_options(self, parser) -> None:
        kinds = ", ".join(synthetic.BACKGROUNDS)
        parser.add_argument("--clips", type=int, metavar="N", help="so many rendered clips")
        parser.add_argument("--frames", type=int, metavar="T", help="so many frames of each clip")
        parser.add_argument("--backgrounds", default="any", metavar="B", help=f"one of {kinds}")
        parser.add_argument(
            "--shuffle", action="store_true", help="score each clip by another's labels"
        )

    def evaluate(
        self,
        model: nn.Module,
        card: Mapping,
        data: str,
        root=None,
        *,
        clips: int | None = None,
        frames: int | None = None,
        backgrounds: str = "any",
        shuffle: bool = False,
        progress: bool = True,
    ) -> dict:
        """`clip_scores.report` on ``NAME:SPLIT``: clips where a set has some, images elsewhere.

        Args:
            clips: how many rendered ones, 300 if nothing is said.
            frames: of each clip, those of the training if nothing is said; of one frame the
                network says the pose alone.
            backgrounds: of the rendered ones, see `posekit.synthetic.Clips`.
            shuffle: score each clip by the labels of another: everything must fall to chance.
        """
        name = data.partition(":")[0]
        if clips and name != catalog.SYNTHETIC:
            raise InputError(f"--clips is for rendered ones: {name} has as many as it has.")
        look = Look(card["size"], frames or card["frames"], card["skeleton"], root, progress)
        if name in catalog.clip_names():
            # The actions of other sets are others, or have other names.
            classes = card["actions"] if name == catalog.SYNTHETIC else ()
            examples = look.clips(data, clips or 300, classes, backgrounds)
        else:
            examples = look.stills(data, None)
        found = clip_scores.predict(model, examples)
        if shuffle:
            found = clip_scores.shuffled(found, examples.frames)
        settings = {"backgrounds": backgrounds, "shuffled": shuffle}
        return settings | clip_scores.report(found, examples, card["mean_pose"])


# ----------------------------------------------------------------------------------- data
class Look(NamedTuple):
    """How the examples of a network are read: the side of its input, frames of a clip, joints."""

    size: int
    frames: int
    skeleton: str
    root: Any = None
    progress: bool = True

    def clips(
        self, data: str, count: int | None, classes: Sequence[str], backgrounds="any", seed=0
    ) -> ClipCrops:
        """The clips of ``NAME:SPLIT``, cut out; all but ``classes`` is for rendered ones."""
        name, split = catalog.name_and_split(data)
        options = {"skeleton": self.skeleton}
        if name == catalog.SYNTHETIC:
            options |= self._rendered(count, seed) | {"frames": self.frames}
            options |= {"fps": self.frames / SECONDS, "backgrounds": backgrounds}
            options["action"] = list(classes)
        clips = catalog.load_clips(name, split, self.root, **options)
        return cache_clips(clips, self.frames, self.size, classes, progress=self.progress)

    def stills(self, data: str, count: int | None, seed: int = 0) -> ClipCrops:
        """``count`` people of ``NAME:SPLIT``, None for all, each a clip of one frame, in 2D."""
        name, split = catalog.name_and_split(data)
        options = self._rendered(count, seed) if name == catalog.SYNTHETIC else {}
        people = catalog.load(name, split, self.root, skeleton=self.skeleton, **options)
        people = people if count is None else Subset(people, range(min(count, len(people))))
        return single_frames(cache_crops(people, self.size, progress=self.progress))

    def _rendered(self, count: int, seed: int) -> dict:
        # Half as large again as the input, since people do not fill their images.
        return {"seed": seed, "count": count, "size": round(1.5 * self.size)}


# -------------------------------------------------------------------------------- recipes
PLANS = {
    "smoke": MultitaskPlan(30, 15, 1, stills=16, frames=4, size=64),
    "quick": MultitaskPlan(150, 75, 4, stills=150, frames=8, size=64),
    "full": MultitaskPlan(3_000, 300, 9, stills=6_000, size=160),
}
BEST = {"monitor": "choice", "higher_is_better": True, "average": 0.999, "lr": 2e-3}

recipe = partial(Multitask, plans=PLANS, settings=BEST, start="heatmap")

RECIPES = (
    recipe("multitask", "joints in the image and in space, and the action, of clips"),
    recipe("multitask_2d", "the same network, joints in the image alone", tasks=("2d",)),
    recipe("multitask_3d", "the same network, joints alone", tasks=("2d", "3d")),
    recipe("multitask_action", "the same network, the action alone", tasks=("action",)),
    recipe("multitask_tied", "all tasks, each action in places of its own", backgrounds="tied"),
)
