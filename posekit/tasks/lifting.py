"""From 2D to 3D: sequences of joints on the image become joints in space.

data      `posekit.data.takes`: HumanEva-I's, CMU's motion and synthetic motion by random cameras
batch     `LiftWindows`: windows of frames with faults, mirrored or not
loss      the mean distance of a joint; of a 3D pose machine, at each of its stages
decode    nothing: networks answer in metres about the root
scores    P1, P2, N-MPJPE and velocity error, next to the mean pose, over frames and over actions

Who chooses and who scores. The last tenth of every take that is learnt from is left out and
chooses the epoch; of synthetic motion, other people do. Scored once: HumanEva-I's *Validate*
(the first halves of the takes whose second halves are *Train*), CMU's subject 03, and synthetic
people of the test split.

Correcting a network while it is used (`posekit.lifting.Correction`) is for people unlike those that
it learnt from. That is measured with ``lifter``, which saw synthetic and CMU's motion alone, on
HumanEva-I: other bodies, another room, other cameras, other markers. The correction's settings
are chosen on *Train*, and *Validate* scores them once.

HumanEva-I's published split has **the same three people on both sides**. ``humaneva-S2`` learns
from the others and not from S2, and ``posekit eval ... --person S2`` scores the one left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from torch import nn

from .. import catalog, lifting, losses, metrics, skeletons, synthetic
from .. import lifting_scores as scores
from ..data.sample import Clip
from ..data.takes import ROOT as ROOT_JOINT
from ..data.takes import LiftBatch, LiftWindows, Take, cut, person_units, take_of
from ..errors import InputError, check_known
from ..models.lifters import LinearLifter, PoseMachineLifter, Stages, TemporalLifter
from . import Plan, Recipe, by_epoch

SKELETON, SPLITS = "humaneva15", ("train", "val", "test")
ROOT = skeletons.get(SKELETON).index(ROOT_JOINT)
LIMBS = skeletons.get(SKELETON).limb_indices
ACTIONS = ("Walking", "Jog", "Box")  # of HumanEva-I: what is published
SEEN = {"views": 4, "fps": 30, "frames": 64}  # how motion is seen, in clips of about 2 s
SUBJECTS = {"train": ("01", "02"), "test": ("03",)}  # of CMU's motion, as far as it is here
CMU_TERMS = (
    "MIT, as posekit itself: trained on synthetic motion, and on motion from mocap.cs.cmu.edu, "
    "which is free for all uses"
)


# --------------------------------------------------------------------------------- losses
def pose_loss(model: nn.Module, batch: LiftBatch):
    """The mean distance of a joint, in metres, and over how many joints it is a mean."""
    predicted = model(batch.points)
    target, visible = middle(batch, predicted.shape[1])
    return losses.distance(predicted, target, visible), (visible > 0).sum()


def machine_loss(model: nn.Module, batch: LiftBatch):
    """The paper's five terms, and one more, each with weight 1: joints and bones of the coarse
    answer and of the refined one, where the refined one is seen, and where the true joints are.

    Without the last the projector sees nothing but the network's answers, and learns to undo
    their errors: the true joints it projects worse, and a correction by it leads away from them.
    """
    stages: Stages = model(batch.points)
    visible, seen = batch.visible, person_units(batch.points, ROOT)
    both = torch.minimum(visible[..., LIMBS[:, 0]], visible[..., LIMBS[:, 1]])
    whole = (visible > 0).all(-1, keepdim=True) * torch.ones_like(visible)
    total = losses.l2(stages.projected, seen, torch.ones_like(visible))
    total = total + losses.l2(model.projector(batch.joints), seen, whole)
    for predicted in (stages.coarse, stages.refined):
        total = total + losses.distance(predicted, batch.joints, visible)
        total = total + losses.distance(bones(predicted), bones(batch.joints), both)
    return total, (visible > 0).sum()


def bones(joints: torch.Tensor) -> torch.Tensor:
    """(..., K, 3) to (..., L, 3): from each limb's first joint to its second."""
    return joints[..., LIMBS[:, 1], :] - joints[..., LIMBS[:, 0], :]


def middle(batch: LiftBatch, frames: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The joints in space, and which are known, of so many frames in the windows' middle."""
    first = (batch.joints.shape[1] - frames) // 2
    return batch.joints[:, first : first + frames], batch.visible[:, first : first + frames]


# --------------------------------------------------------------------------------- recipe
@dataclass(frozen=True)
class Lifting(Recipe):
    """A recipe for lifting; what all kinds have is told in `posekit.tasks.Recipe`.

    Attributes:
        model: from a number of joints to the network.
        loss: `pose_loss` or `machine_loss`.
        frames, hop: of windows, see `LiftWindows`.
        units: one of `posekit.data.takes.UNITS`.
        points: what is wrong with the joints that are learnt from, one of `POINTS` of
            `posekit.lifting_scores`.
        turns: how often HumanEva-I's takes are learnt from again, see `turned`.
    """

    model: Callable[..., nn.Module]
    loss: Callable
    frames: int = 27
    hop: int = 1
    batch_size: int = 128
    units: str = "image"
    points: str = "noise"
    turns: int = 0

    def load(self, dataset: str, plan: Plan, seed: int, root=None, progress: bool = True):
        """Takes to learn from, and the tenth of each, or the people, that choose the epoch."""
        learnt, kept = [], []
        for name in dataset.split("+"):
            if name == catalog.SYNTHETIC:
                learnt += synthetic_takes("train", plan.train, seed)
                kept += synthetic_takes("val", plan.val, seed)
                continue
            halves = [cut(take) for take in open_takes(name, "train", root, plan.train)]
            # CMU's takes are thousands, of two seconds each: one in 16 is enough to choose by.
            some = halves[:: 16 if name == "cmu_mocap" else 1]
            kept += [last for _, last in some if last is not None]
            more = turned_takes(name, self.turns, seed, root) if self.turns else []
            learnt += [first for first, _ in halves] + [cut(take)[0] for take in more]
        return learnt, kept

    def network(self, train: Sequence[Take]) -> Callable[[], nn.Module]:
        return partial(self.model, joints=len(skeletons.get(SKELETON)))

    def batches(self, train: Sequence[Take], seed: int):
        settings = {"faults": scores.POINTS[self.points], "seed": seed, "skeleton": SKELETON}
        windows = LiftWindows(train, self.frames, self.hop, self.units, **settings)
        return by_epoch(windows, self.batch_size)

    def validate(self, model: nn.Module, val: Sequence[Take]) -> dict:
        asked = scores.Asked(self.units, self.points, flip=False)
        predicted = scores.predict(model, val, asked)
        p1 = metrics.mpjpe(predicted, *scores.truth(val), root=ROOT)
        return {"p1": scores.MM * p1.value}

    def card(self, dataset: str, train: Sequence[Take], val: Sequence[Take]) -> dict:
        free = set(dataset.split("+")) <= {catalog.SYNTHETIC, "cmu_mocap"}
        learnt, kept = (sum(len(take.points) for take in takes) for takes in (train, val))
        return {
            "data": f"{dataset}, {learnt:,} frames in {len(train):,} takes, points: {self.points}",
            "val_data": f"the last tenth of each take, or other people: {kept:,} frames",
            "skeleton": SKELETON,
            "units": self.units,
            "points": self.points,
            "mean_pose": np.round(scores.mean_pose(train), 4).tolist(),
        } | ({"terms": CMU_TERMS} if free and dataset != catalog.SYNTHETIC else {})

    def report(self, model: nn.Module, examples: Sequence[Take], card: Mapping) -> dict:
        asked = scores.Asked(card["units"], card["points"])
        return scores.score(model, examples, card["mean_pose"], asked)

    def table(self, report: dict) -> str:
        return scores.table(report)

    def add_options(self, parser) -> None:
        names, there_are = (", ".join(part) for part in (scores.POINTS, lifting.CORRECTIONS))
        parser.add_argument("--points", default="truth", metavar="P", help=f"one of {names}")
        parser.add_argument("--person", metavar="S", help="score this person alone, S2 say")
        parser.add_argument("--no-flip", action="store_true", help="without the mirror image")
        parser.add_argument("--correct", metavar="OF", help="correct the answers: " + there_are)
        parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the faults")

    def evaluate(
        self,
        model: nn.Module,
        card: Mapping,
        data: str,
        root=None,
        *,
        points: str = "truth",
        person: str | None = None,
        no_flip: bool = False,
        correct: str | None = None,
        seed: int = 0,
    ) -> dict:
        """`posekit.lifting_scores.score` on ``NAME:SPLIT``.

        Args:
            points: what is wrong with the joints on the image, one of `posekit.lifting_scores`'
                `POINTS`.
            person: score the takes of this one alone.
            no_flip: do not average with the mirror image.
            correct: one of `posekit.lifting.CORRECTIONS`, or None.
            seed: of the faults.
        """
        check_known("points", points, scores.POINTS)
        check_known("correction", correct, (None, *lifting.CORRECTIONS))
        name, _, split = data.partition(":")
        takes = open_takes(name, split, root)
        people = sorted({take.group for take in takes})
        check_known("person", person, (None, *people))
        takes = [take for take in takes if person in (None, take.group)]
        correction = lifting.CORRECTIONS.get(correct)
        asked = scores.Asked(card["units"], points, not no_flip, correction, seed)
        return scores.score(model, takes, card["mean_pose"], asked)


# ----------------------------------------------------------------------------------- data
def open_takes(name: str, split: str, root=None, motions: int | None = None) -> list[Take]:
    """The takes of a data set: ``humaneva`` or, without one person, ``humaneva-S2``;
    ``cmu_mocap``; ``synthetic``. ``motions`` are so many synthetic ones, and one of CMU's for
    every synthetic person. `InputError` for other names and splits."""
    name, _, without = name.partition("-")
    if split not in SPLITS or (split == "val" and name != catalog.SYNTHETIC):
        raise InputError(f"{name} must be given with its split, {name}:test, say: no {split!r}.")
    if name == catalog.SYNTHETIC:
        return synthetic_takes(split, 52 if motions is None else motions)
    if name == "cmu_mocap":
        return cmu_takes(split, root, motions and motions // len(synthetic.IN_TURN))
    check_known("data set to lift", name, ("humaneva", "cmu_mocap", catalog.SYNTHETIC))
    return [take_of(clip) for clip in humaneva_clips(split, without, root)]


def humaneva_clips(split: str, without: str = "", root=None) -> list[Clip]:
    """HumanEva-I's clips of `ACTIONS`, all of one person's left out; `InputError` for others."""
    clips = catalog.load_clips("humaneva", split, root)
    check_known("person", without or None, (None, *sorted(clips.groups)))
    wanted = [n for n, entry in enumerate(clips.entries) if entry.subject != without]
    return [clip for clip in (clips[n] for n in wanted) if clip.action in ACTIONS]


def turned_takes(name: str, turns: int, seed: int = 0, root=None) -> list[Take]:
    """HumanEva-I's training takes, each again from so many other sides, drawn at random.

    Its people walk in a circle once or twice: which side of each part of a step the three
    cameras see is chance, and not seen again in the other half.
    """
    clips = humaneva_clips("train", name.partition("-")[2], root)
    angles = np.random.default_rng(seed).uniform(0, 2 * np.pi, (turns, len(clips)))
    return [take_of(turned(*pair)) for row in angles for pair in zip(clips, row)]


def turned(clip: Clip, angle: float) -> Clip:
    """A clip as its camera would have seen it after a walk around the room's middle, in radians.

    The camera's height, lens and distance from the middle stay as they are.
    """
    c, s = np.cos(angle), np.sin(angle)
    camera = clip.camera.turned([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    return replace(clip, camera=camera, keypoints=camera.project(clip.extra["keypoints_3d"]))


def synthetic_takes(split: str, count: int | None, seed: int = 0) -> list[Take]:
    """``count`` synthetic motions, each by random cameras, see `SEEN`."""
    seed += catalog.SEED_STEP * SPLITS.index(split)
    motions = synthetic.Motions(seed, count or 0, skeleton=SKELETON, **SEEN)
    return [take_of(clip, SKELETON) for clip in motions]


def cmu_takes(split: str, root=None, most: int | None = None) -> list[Take]:
    """CMU's motions, each done by two other people, by random cameras, see `SEEN`."""
    paths = catalog.load_clips("cmu_mocap", root=root).entries
    paths = [path for path in paths if path.parent.name in SUBJECTS[split]]
    return [
        take_of(clip, SKELETON)
        for path in paths[:most]
        for who in range(2)
        for clip in synthetic.recorded_motions(path, seed=who, skeleton=SKELETON, **SEEN)
    ]


# -------------------------------------------------------------------------------- recipes
def plans(quick: int, full: int, motions: int | None = None) -> dict:
    """Epochs, and where motion is synthetic how many: 26 actions of so many people."""
    some = [None, None] if motions is None else [52, 26]
    return {
        "smoke": Plan(*some, 1),
        "quick": Plan(*some, quick),
        "full": Plan(motions, None if motions is None else 52, full),
    }


# Millimetres of metres: bf16 would round them to 4.
BEST_P1 = {"monitor": "p1", "precision": "no", "average": 0.999, "lr": 2e-3}
learnt = partial(Lifting, dataset="humaneva", settings=BEST_P1)
machine = partial(learnt, loss=machine_loss, hop=9, batch_size=16)
pose_machine = partial(PoseMachineLifter, hidden=192)
temporal = partial(TemporalLifter, channels=256)
linear = partial(LinearLifter, hidden=512)


def on_humaneva(suffix: str, points: str, turns: int, epochs: tuple, dropout: float):
    """The 3D pose machine and its two baselines, and their epochs, on one kind of points."""
    on, to_learn = f"humaneva{suffix}", f"HumanEva-I, points: {points}"
    base = partial(learnt, loss=pose_loss, points=points, turns=turns)
    of_machine = partial(machine, points=points, turns=turns)
    first, second, third = (partial(m, dropout=dropout) for m in (pose_machine, temporal, linear))
    machine_plans, temporal_plans, linear_plans = (plans(1, number) for number in epochs)
    return (
        of_machine(f"lifter_{on}", f"a 3D pose machine, {to_learn}", first, plans=machine_plans),
        base(f"temporal_{on}", f"convolutions over time, {to_learn}", second, plans=temporal_plans),
        base(f"linear_{on}", f"each frame alone, {to_learn}", third, frames=1, plans=linear_plans),
    )


RECIPES = (
    machine(
        "lifter",
        "a 3D pose machine, synthetic and recorded motion by random cameras",
        partial(pose_machine, dropout=0.1),
        plans=plans(4, 15, 1300),
        hop=27,
        units="person",
        points="faults",
        dataset="synthetic+cmu_mocap",
    ),
    *on_humaneva("", "noise", turns=3, epochs=(25, 25, 25), dropout=0.1),
    # Turns, epochs and dropout of the true points were chosen together, by the last tenth of the
    # training takes. An epoch of frames alone takes a third of the time.
    *on_humaneva("_truth", "truth", turns=12, epochs=(15, 15, 40), dropout=0.0),
)
