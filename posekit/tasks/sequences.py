"""Joints in clips of one person, frame by frame, by a network that may remember.

data      rendered clips in which things pass in front, what moves is blurred and the camera pans,
          cut out once; every fourth one to learn from stays clean: clean clips come, too
batch     `ClipDataset`: all frames of a clip changed in one way
loss      the cross entropy of the maps, at every frame; occluded joints count as all others
decode    `decode_heatmaps`, frame by frame
scores    `memory_scores.report`: PCK within 0.2 of the torso, by how long a joint is occluded, with
          the state kept, and by controls that tell whether the memory is what helps

Who chooses and who scores: clips of people of the val split choose the epoch, by PCK of their
occluded joints; clips of people of the test split are scored once. All three splits have people
of their own.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from torch import nn

from .. import catalog, checkpoints, evaluation, losses, memory_scores, synthetic
from ..codecs import heatmaps
from ..data.batches import Augment
from ..data.clip_crops import ClipBatch, ClipCrops, ClipDataset, cache_clips
from ..errors import InputError, check_known
from ..models.pose_machines import SIGMA, PoseMachine
from . import Plan, Recipe, by_epoch

RATE = 20  # frames a second
EXPOSURES = 3  # frames that are rendered for one that is blurred
DISTURBANCES = ("panned", "both", "passing", "blur", "none")
CLEAN = 4  # of the clips to learn from, every fourth one stays clean


@dataclass(frozen=True)
class SequencePlan(Plan):
    """How much: ``train`` and ``val`` are clips, of ``frames`` frames, ``size`` pixels wide."""

    frames: int = 12
    size: int = 64


# ----------------------------------------------------------------------------------- data
@dataclass(frozen=True)
class Disturbed(Sequence):
    """Clips with what makes them hard: ``passing`` things, ``blur``, ``both`` or ``none``; or
    ``panned``: both, and a camera that pans.

    ``clips`` have `EXPOSURES` times as many frames as are wanted where they are to be blurred.
    Of every ``clean`` clips the first stays as it is; 0 leaves none so.
    """

    clips: Sequence
    kind: str = "panned"
    clean: int = 0

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(self, i: int):
        clip = self.clips[i]
        if self.clean and i % self.clean == 0:
            return synthetic.middle_frames(clip, EXPOSURES) if blurs(self.kind) else clip
        own = zlib.crc32(clip.id.encode())  # each clip, of each split, has things of its own
        if self.kind in ("panned", "both", "passing"):
            clip = synthetic.passing_things(clip, own)
        if blurs(self.kind):
            clip = synthetic.motion_blurred(clip, EXPOSURES)
        # After the blur, so that the pan itself smears nobody.
        return synthetic.panned(clip, own) if self.kind == "panned" else clip


def blurs(kind: str) -> bool:
    return kind in ("panned", "both", "blur")


def load_disturbed(
    data: str,
    count: int,
    frames: int = 12,
    size: int = 64,
    kind: str = "panned",
    *,
    clean: int = 0,
    seed: int = 0,
    skeleton: str = "lsp14",
    progress: bool = True,
) -> ClipCrops:
    """Rendered clips of ``synthetic:SPLIT``, disturbed and cut out.

    Args:
        count, frames: how many clips, of how many frames each, `RATE` a second.
        size: the side of the network's input.
        kind: one of `DISTURBANCES`.
        clean: of so many clips the first stays as it is; 0: none.

    Raises `InputError` for another data set, since there nobody knows frame by frame which
    joints are occluded, and for an unknown kind.
    """
    name, _, split = data.partition(":")
    if name != catalog.SYNTHETIC or not split:
        raise InputError(
            f"{data!r}: only rendered clips tell which joints are occluded in each frame: take "
            f"{catalog.SYNTHETIC}:test, say."
        )
    check_known("disturbance", kind, DISTURBANCES)
    finer = EXPOSURES if blurs(kind) else 1
    # Half as large again as the input, since people do not fill their images.
    options = {"count": count, "seed": seed, "size": round(1.5 * size), "skeleton": skeleton}
    clips = catalog.load_clips(name, split, frames=finer * frames, fps=finer * RATE, **options)
    return cache_clips(Disturbed(clips, kind, clean), frames, size, progress=progress)


# --------------------------------------------------------------------------------- recipe
def codec(size: int) -> heatmaps.GaussianHeatmaps:
    """What draws the target maps of an input of that side."""
    return heatmaps.cached_codec((size, size), heatmaps.STRIDE, SIGMA)


@dataclass(frozen=True)
class Sequences(Recipe):
    """A recipe for clips of one person; what all kinds have is told in `posekit.tasks.Recipe`.

    Attributes:
        remember: whether the network keeps its state from frame to frame; without it every frame
            takes the first frame's path, in training too.
        stacked: whether the network sees all frames of a clip at once, stacked, in place of a
            memory. It has as many parameters, but for the first layer.
        kind: one of `DISTURBANCES`, of the clips to learn from and to validate on.
        options: of `PoseMachine` besides.
    """

    remember: bool = True
    stacked: bool = False
    kind: str = "panned"
    options: Mapping = field(default_factory=dict)
    skeleton: str = "lsp14"
    batch_size: int = 8
    augment: Augment = Augment(15, 0.2, 0.06, 0.5, 0.2)  # noqa: RUF009

    def load(self, dataset: str, plan: SequencePlan, seed: int, root=None, progress: bool = True):
        """Clips to learn from, and clips to validate on."""
        options = {"seed": seed, "skeleton": self.skeleton, "progress": progress, "kind": self.kind}
        load = partial(load_disturbed, frames=plan.frames, size=plan.size, **options)
        train = load(f"{dataset}:train", plan.train, clean=CLEAN)
        return train, load(f"{dataset}:val", plan.val)

    def network(self, train: ClipCrops):
        joints, stacked = train.crops.keypoints.shape[1], train.frames if self.stacked else 1
        return partial(PoseMachine, joints=joints, stacked=stacked, **self.options)

    def batches(self, train: ClipCrops, seed: int):
        return by_epoch(ClipDataset(train, self.augment, seed), self.batch_size)

    def loss(self, model: nn.Module, batch: ClipBatch):
        """The loss of the maps of all frames, and over how many joints it is a mean."""
        maps = model(batch.images, remember=self.remember).float().flatten(0, 1)
        visible = batch.visible.flatten(0, 1)
        targets = codec(batch.images.shape[-1]).encode(batch.keypoints.flatten(0, 1), visible)
        return losses.heatmap_cross_entropy(maps, targets, visible), (visible > 0).sum()

    @property
    def controls(self) -> tuple[str, ...]:
        """Of `memory_scores.CONTROLS`, those that the network was trained for come first."""
        return tuple(memory_scores.CONTROLS) if self.remember else ("reset",)

    def validate(self, model: nn.Module, val: ClipCrops) -> dict:
        """PCK of all joints, and of those that are occluded, by which the epoch is chosen."""
        found = memory_scores.scores(memory_scores.predict(model, val, self.controls[0]), val)
        return {"pck": found["all"]["pck"], "pck_occluded": found["occluded"]["pck"]}

    def card(self, dataset: str, train: ClipCrops, val: ClipCrops) -> dict:
        about = f"{dataset} {synthetic.VERSION}, {self.kind}"
        return {
            "data": f"{about} but for every {CLEAN}th clip, {len(train):,} clips",
            "val_data": f"{about}, {len(val):,} clips",
            "size": val.crops.size,
            "frames": val.frames,
            "skeleton": self.skeleton,
            "decode": checkpoints.describe(heatmaps.decode_heatmaps),
            "scores": checkpoints.describe(heatmaps.peak_scores),
            "mean_pose": np.round(evaluation.mean_pose(train.crops), 4).tolist(),
        }

    def report(self, model: nn.Module, examples: ClipCrops, card: Mapping) -> dict:
        points = memory_scores.predictions(model, examples, self.controls, RATE)
        return memory_scores.report(points, examples)

    def table(self, report: dict) -> str:
        return memory_scores.table(report)

    def add_options(self, parser) -> None:
        kinds = ", ".join(DISTURBANCES)
        parser.add_argument("--clips", type=int, default=200, metavar="N", help="so many clips")
        parser.add_argument("--frames", type=int, metavar="T", help="so many frames of each clip")
        parser.add_argument("--disturbance", default="panned", metavar="D", help=f"one of {kinds}")

    def evaluate(
        self,
        model: nn.Module,
        card: Mapping,
        data: str,
        root=None,
        *,
        clips: int = 200,
        frames: int | None = None,
        disturbance: str = "panned",
        progress: bool = True,
    ) -> dict:
        """`memory_scores.report` on ``synthetic:SPLIT``.

        Args:
            clips, frames: how many, and of how many frames; those of the training if nothing is
                said.
            disturbance: one of `DISTURBANCES`; ``none`` scores clean clips.
        """
        options = {"skeleton": card["skeleton"], "progress": progress}
        shape = (clips, frames or card["frames"], card["size"])
        examples = load_disturbed(data, *shape, disturbance, **options)
        return {"disturbance": disturbance} | self.report(model, examples, card)


# -------------------------------------------------------------------------------- recipes
PLANS = {
    "smoke": SequencePlan(16, 8, 1, frames=4),
    "quick": SequencePlan(60, 24, 2, frames=6),
    "full": SequencePlan(800, 120, 20, size=96),
}
BEST = {"monitor": "pck_occluded", "higher_is_better": True, "lr": 2e-3, "grad_clip": 1.0}

recipe = partial(Sequences, plans=PLANS, settings=BEST, start="heatmap")

RECIPES = (
    recipe("pose_machine", "joints in every frame of a clip, with a memory"),
    recipe("pose_machine_no_memory", "the same network, each frame alone", remember=False),
    recipe("pose_machine_stacked", "the same network, all frames stacked", stacked=True),
)
