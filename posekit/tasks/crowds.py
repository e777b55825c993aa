"""Several people in an image: heatmaps, and two ways to tell whose joints they are.

data      `catalog.load`, kept by `cache_scenes` at the plan's size
batch     `SceneDataset`: changed images, mosaics of photographs, keypoints, weights
loss      targets are drawn on the network's device; one penalty for each of its four maps
decode    `posekit.crowds.read_people`: by part affinity fields, or by centres and offsets
scores    COCO's ten figures, `posekit.oks`, from results in COCO's own format

Who chooses and who scores: the best epoch is that of the highest OKS AP on rendered scenes of the
val split. ``crowd`` is scored once, on 1,000 rendered scenes of the test split. ``crowd_photos``
learns from LSP 1-800 and LSP extended 1-5500 besides, and is scored once, on the mirror's 60 COCO
images, of which it has seen none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import ConcatDataset, Subset

from .. import catalog, coco_results, crowds, skeletons, synthetic
from ..codecs.centres import Centres
from ..codecs.pafs import SIGMA, WIDTH, PartFields
from ..data.batches import Augment, loader
from ..data.sample import Sample
from ..data.scenes import MARGIN, Interleaved, SceneBatch, SceneDataset, Scenes, cache_scenes
from ..errors import InputError
from ..files import check_writable
from ..inference import predicting
from ..models.crowd_nets import CrowdMaps, CrowdNet, SmallCrowdNet
from . import Plan, Recipe, by_epoch

SKELETON = "openpose18"
CODEC = {
    "pafs": {"skeleton": SKELETON, "sigma": SIGMA, "width": WIDTH},
    "centres": {"skeleton": SKELETON},
}
MOST = 8  # people of a rendered scene


@dataclass(frozen=True)
class CrowdPlan(Plan):
    """How much: besides, the side of the network's input; rendered scenes have 1, 2, ... to
    ``people`` people, by turns; of each split of a real set ``photos`` are taken, None: all.
    """

    size: int = 256
    people: int = MOST
    photos: int | None = None


# --------------------------------------------------------------------------------- losses
def focal(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Summed cross entropy of each cell with its target, times the squared error of the cell.

    What is right already counts for nothing. Lin et al., "Focal Loss for Dense Object Detection",
    ICCV 2017; for targets between 0 and 1 as in Li et al., "Generalized Focal Loss", NeurIPS 2020.
    """
    entropy = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    return (weights * (targets - torch.sigmoid(logits)).square() * entropy).sum()


def squared(heights: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Summed squared error, what OpenPose is trained by."""
    return (weights * (heights - targets).square()).sum()


def share_missed(fields: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """The summed squared error as a share of what zeros would have, however long the limbs are."""
    return squared(fields, targets, weights) / squared(0, targets, weights).clamp(min=1)


def mean_error(offsets: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """The mean of |e| where there is something to learn, in cells."""
    return (weights * (offsets - targets).abs()).sum() / weights.sum().clamp(min=1)


def entropy(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Summed cross entropy of each cell with its target."""
    return F.binary_cross_entropy_with_logits(logits, targets, weights, reduction="sum")


PENALTIES = {"focal": focal, "entropy": entropy, "squared": squared}


@lru_cache
def codecs(size: tuple[int, int]) -> tuple[PartFields, Centres]:
    """What draws the targets of an input of that size."""
    return PartFields(size=size, **CODEC["pafs"]), Centres(size=size, **CODEC["centres"])


# --------------------------------------------------------------------------------- recipe
@dataclass(frozen=True)
class Crowds(Recipe):
    """A recipe for several people; what all kinds have is told in `posekit.tasks.Recipe`.

    Attributes:
        model: from numbers of joints and limbs to the network.
        difficulty: of the rendered scenes that are learnt from, see `posekit.synthetic.People`.
        penalty: of the heatmaps: ``entropy``, ``focal`` or ``squared``.
        field_weight, offset_weight: what the fields and offsets count beside the heatmaps.
    """

    model: Callable[..., nn.Module] = SmallCrowdNet
    difficulty: str = "normal"
    penalty: str = "entropy"
    field_weight: float = 10.0
    offset_weight: float = 0.3
    augment: Augment = Augment(30, 0.4, 0.12, 0.5, 0.25)  # noqa: RUF009
    batch_size: int = 8  # small: a CPU's time is one of images, and learns more in more steps

    def load(self, dataset: str, plan: CrowdPlan, seed: int, root=None, progress: bool = True):
        """Scenes to learn from, and rendered ones of the val split to validate on."""
        parts = [
            part for name in dataset.split("+") for part in self._parts(name, plan, seed, root)
        ]
        alone = np.concatenate([np.full(len(part), is_alone) for part, is_alone in parts])
        everything = ConcatDataset([part for part, _ in parts])
        side = round(plan.size * MARGIN)  # as a whole image is looked at
        val = rendered("val", plan.val, side, seed, plan.people)
        return (
            cache_scenes(everything, plan.size, alone=alone, progress=progress),
            cache_scenes(val, side, margin=1, progress=progress),
        )

    def _parts(self, name: str, plan: CrowdPlan, seed: int, root) -> list[tuple[Sequence, bool]]:
        """What is learnt from of one set: samples, and whether one person of each is labelled."""
        if name == catalog.SYNTHETIC:
            side = round(plan.size * MARGIN)
            people = rendered("train", plan.train, side, seed, plan.people, self.difficulty)
            return [(people, False)]
        splits = ("train", "val") if name == "lspet" else ("train",)
        parts = [catalog.load(name, split, root, skeleton="coco17") for split in splits]
        if plan.photos is not None:
            parts = [Subset(part, range(min(plan.photos, len(part)))) for part in parts]
        return [(part, name in ("lsp", "lspet")) for part in parts]

    def network(self, train: Scenes):
        skeleton = skeletons.get(train.skeleton)
        build = partial(self.model, joints=len(skeleton), limbs=len(skeleton.limbs))
        return partial(build, logits=False) if self.penalty == "squared" else build

    def batches(self, train: Scenes, seed: int):
        return by_epoch(SceneDataset(train, self.augment, seed), self.batch_size)

    def loss(self, model: nn.Module, batch: SceneBatch):
        """The sum of the four maps' penalties, and over how many joints it is a mean."""
        return self.penalties(model(batch.inputs()), batch)

    def penalties(self, maps: CrowdMaps, batch: SceneBatch) -> tuple[Tensor, Tensor]:
        """The same of raw maps. Targets are drawn here: where the maps are, a GPU say."""
        maps = CrowdMaps(*(part.float() for part in maps))
        with torch.autocast(maps.pafs.device.type, enabled=False):  # targets need a float's bits
            pafs, centres = codecs(tuple(batch.images.shape[1:3]))
            parts = pafs.encode(batch.keypoints, batch.visible)
            whole = centres.encode(batch.keypoints, batch.visible)
        joints = (batch.visible > 0).sum().clamp(min=1)
        people = (batch.visible > 0).any(-1).sum().clamp(min=1)
        where = parts.heatmap_mask * batch.weights
        heatmaps = PENALTIES[self.penalty](maps.heatmaps, parts.heatmaps, where) / joints
        fields = share_missed(maps.pafs, parts.pafs, parts.paf_mask * batch.weights)
        middles = focal(maps.centres, whole.centres, whole.mask * batch.weights) / people
        ways = mean_error(maps.offsets, whole.offsets, whole.offset_mask)
        rest = self.field_weight * fields + self.offset_weight * ways
        return heatmaps + middles + rest, joints

    def validate(self, model: nn.Module, val: Scenes) -> dict:
        """OKS AP, the loss, and ``choice``, by which the best epoch is chosen: AP, and the loss as
        long as nobody is found."""
        device, losses, found = next(model.parameters()).device, [], []
        for batch in loader(SceneDataset(val), self.batch_size, shuffle=False):
            batch = SceneBatch(*(part.to(device) for part in batch))
            maps = model(batch.inputs())
            losses.append(self.penalties(maps, batch)[0].item())
            maps = CrowdMaps(*(part.cpu() for part in model.readable(maps)))
            found += [crowds.read_people(maps, n, CODEC) for n in range(len(batch.images))]
        scores = coco_results.figures(samples_of(val), found, SKELETON, resamples=0)
        precision, loss = scores["figures"]["AP"], float(np.mean(losses))
        return {"ap": precision, "val_loss": loss, "choice": precision - loss / 1000}

    def card(self, dataset: str, train: Scenes, val: Scenes) -> dict:
        version = f", rendered people {synthetic.VERSION}" if catalog.SYNTHETIC in dataset else ""
        return {
            "data": f"{dataset}, {len(train):,} images{version}",
            "val_data": f"{catalog.SYNTHETIC} {synthetic.VERSION}, {len(val):,} images",
            "size": train.size,
            "skeleton": train.skeleton,
            "codec": CODEC,
            "penalty": self.penalty,
        }

    def report(self, model: nn.Module, examples: Scenes, card: Mapping) -> dict:
        return score(model, samples_of(examples), card["codec"], examples.size, resamples=0)

    def table(self, report: dict) -> str:
        return coco_results.table(report)

    def add_options(self, parser) -> None:
        group, match = ", ".join(crowds.GROUPINGS), "greedy, exact"
        parser.add_argument("--grouping", default="pafs", metavar="G", help=f"one of {group}")
        parser.add_argument("--matching", default="greedy", metavar="M", help=f"one of {match}")
        parser.add_argument("--people", type=int, metavar="N", help="so many rendered scenes")
        sides = {"type": int, "nargs": "+", "default": crowds.SIDES, "metavar": "S"}
        text = "pixels of the longer side, a look each"
        parser.add_argument("--sides", "--side", help=text, **sides)
        parser.add_argument("--body", action="store_true", help="score 12 joints, without the face")
        parser.add_argument("--shuffle", action="store_true", help="mix up what groups joints")
        parser.add_argument("--results", metavar="FILE", help="write COCO's result file here")

    def evaluate(
        self,
        model: nn.Module,
        card: Mapping,
        data: str,
        root=None,
        *,
        people: int | None = None,
        sides: int | Sequence[int] = crowds.SIDES,
        results: str | None = None,
        shuffle: bool = False,
        **options,
    ) -> dict:
        """COCO's figures on ``NAME:SPLIT``; ``NAME:all`` takes every split.

        Args:
            people: how many rendered scenes, 200 if nothing is said.
            sides: the longer side of an image as the network sees it, in pixels, for each look.
            results: where to write the people found, in COCO's format.
            shuffle: mix up the channels of the fields and offsets.
            options: ``grouping``, ``matching`` and ``body``, see `score`.
        """
        sides = crowds.sides_of(model, sides)
        if results:
            check_writable(results)
        images = open_images(data, root, people)
        model = crowds.Shuffled(model) if shuffle else model
        found = score(model, images, card["codec"], sides, results=results, **options)
        return found | {"sides": sides, "shuffled": shuffle}


# ----------------------------------------------------------------------------------- data
def rendered(
    split: str, count: int, size: int, seed: int = 0, most: int = MOST, difficulty: str = "normal"
) -> Interleaved:
    """Rendered scenes of 1, 2, ... people, up to ``most``, by turns."""
    options = {"seed": seed, "count": count, "size": size, "difficulty": difficulty}
    skeleton = coco_results.SKELETON
    load = partial(catalog.load, catalog.SYNTHETIC, split, skeleton=skeleton, **options)
    return Interleaved(*(load(people=people) for people in range(1, most + 1)))


def open_images(data: str, root=None, people: int | None = None) -> Sequence[Sample]:
    """The images of ``NAME:SPLIT`` with COCO's joints, everybody in them labelled or ignored."""
    name, split = catalog.name_and_split(data)
    if name == catalog.SYNTHETIC:
        return rendered(split, 200 if people is None else people, crowds.SIDE)
    if people is not None:
        raise InputError(f"--people is for rendered scenes: {name} has as many as it has.")
    options = {"everyone": True} if name in ("coco", "photos") else {}
    split = None if split == "all" else split
    return catalog.load(name, split, root, skeleton=coco_results.SKELETON, **options)


def samples_of(scenes: Scenes) -> list[Sample]:
    """Scenes without margin as samples, to be scored as any other images are."""
    there = scenes.visible.any(-1)
    return [
        Sample(
            f"scene {n}",
            scenes.skeleton,
            scenes.keypoints[n, who],
            scenes.visible[n, who],
            scenes.images[n],
            areas=scenes.areas[n, who],
        )
        for n, who in enumerate(there)
    ]


# --------------------------------------------------------------------------------- scores
def score(
    model: nn.Module,
    images: Sequence[Sample],
    codec: Mapping,
    side: int | Sequence[int],
    *,
    grouping: str = "pafs",
    matching: str = "greedy",
    body: bool = False,
    results: str | None = None,
    resamples: int = 200,
) -> dict:
    """COCO's figures of a network on images, AP with its interval over ``resamples`` draws.

    ``body`` leaves the face out; other arguments are as `posekit.crowds.find_people` has them.
    """
    labels, found = [], []
    with predicting(model):
        for sample in images:
            found.append(crowds.find_people(model, sample.image, codec, side, grouping, matching))
            labels.append(replace(sample, image=None, ignore=None))
    skeleton = codec[grouping]["skeleton"]
    scores = coco_results.figures(labels, found, skeleton, body, results, resamples)
    return scores | {"grouping": grouping, "matching": matching}


# -------------------------------------------------------------------------------- recipes
PLANS = {
    "smoke": CrowdPlan(16, 8, 1, 64, 3, photos=8),
    "quick": CrowdPlan(160, 32, 4, 128, 3, photos=100),
    "full": CrowdPlan(10_000, 48, 60, 192),
}
BEST_AP = {"monitor": "choice", "higher_is_better": True, "average": 0.999}

RECIPES = (
    Crowds(
        "crowd", "several people, rendered ones", plans=PLANS, start="heatmap", settings=BEST_AP
    ),
    Crowds(
        "crowd_photos",
        "several people, on photographs too",
        CrowdNet,
        plans=PLANS | {"full": CrowdPlan(3_000, 48, 6, 192)},
        dataset="lsp+lspet+synthetic",
        difficulty="hard",
        start="heatmap_photos",
        settings=BEST_AP,
    ),
)
