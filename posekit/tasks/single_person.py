"""One person per image, cut out: coordinates, heatmaps, soft-argmax, joints in space.

data      `catalog.load`, cut out by `cache_crops` at the recipe's size
batch     `CropDataset`: augmented crops, keypoints, visible, and ``encode``'s targets
loss      ``loss(model, batch)``, one function for each kind of output below
decode    ``decode(output)`` gives keypoints in pixels, ``scores(output)`` how sure they are
scores    `evaluation.report`: MSE, distance and PCK next to the constant and the mean pose
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch
from torch import nn
from torch.utils.data import ConcatDataset

from .. import catalog, checkpoints, evaluation, inference, losses, search, synthetic
from ..codecs import heatmaps
from ..codecs.soft_argmax import DEPTH_RANGE, confidence, decode_soft_argmax, decode_volumes
from ..data.batches import Augment, Batch, CropDataset, loader
from ..data.crops import Crops, cache_crops, crop_labels, person_box, whole_image
from ..errors import InputError
from ..models import regression
from ..models.heatmap_nets import HeatmapNet
from . import Plan

# LSP extended has no images to choose a network by: its trainings are validated on LSP's.
VALIDATED_ON = {"lspet": "lsp"}
BOXES = {"person": person_box, "image": whole_image, "search": whole_image}


# --------------------------------------------------------------------------------- losses
def coordinate_loss(model: nn.Module, batch: Batch, penalty: Callable = losses.l2):
    """A loss on coordinates, in pixels of the input, and over how many joints it is a mean."""
    return penalty(model(batch.images), batch.keypoints, batch.visible), (batch.visible > 0).sum()


# A bump of 1.5 cells is 6 pixels wide: on a person of 100 pixels, about a wrist.
CODEC = heatmaps.GaussianHeatmaps((128, 128), heatmaps.STRIDE, heatmaps.SIGMA)


def heatmap_loss(model: nn.Module, batch: Batch, penalty: Callable = losses.heatmap_cross_entropy):
    """A loss on maps, and over how many joints it is a mean."""
    maps = model(batch.images).float()
    return penalty(maps, batch.targets, batch.visible), (batch.visible > 0).sum()


def soft_argmax_loss(model: nn.Module, batch: Batch):
    """Elastic net in cells, Jensen-Shannon, and visibility by the maps' highest cells."""
    maps = model(batch.images).float()
    predicted, target = decode_soft_argmax(maps) / CODEC.stride, batch.keypoints / CODEC.stride
    error = losses.elastic_net(predicted, target, visible_inside(batch))
    shape = losses.jensen_shannon(maps, batch.targets, batch.visible)
    # `confidence` is the sigmoid of this; the loss wants what goes into the sigmoid.
    seen = losses.visibility(maps.amax((-1, -2)), batch.visible)
    return error + shape + 0.1 * seen, (batch.visible > 0).sum()


def volume_loss(model: nn.Module, batch: Batch):
    """Elastic net in cells of x, y and z, and Jensen-Shannon of the map that is left of x, y."""
    volumes = model(batch.images).float()
    cell = volumes.new_tensor([CODEC.stride, CODEC.stride, DEPTH_RANGE / volumes.shape[-3]])
    target = torch.cat([batch.keypoints, batch.depths[..., None]], -1)
    error = losses.elastic_net(decode_volumes(volumes) / cell, target / cell, visible_inside(batch))
    flat = torch.logsumexp(volumes, 2)  # its softmax is the volume's own, summed over z
    shape = losses.jensen_shannon(flat, batch.targets, batch.visible)
    return error + shape, (batch.visible > 0).sum()


def visible_inside(batch: Batch) -> torch.Tensor:
    """(B, K) visible, 0 for joints outside the crop too: a mean over its cells cannot go there."""
    inside = ((batch.keypoints > -0.5) & (batch.keypoints < batch.images.shape[-1] - 0.5)).all(-1)
    return batch.visible * inside


# --------------------------------------------------------------------------------- recipe
@dataclass(frozen=True)
class SinglePerson:
    """A recipe for one person per image; what all kinds have is told in `posekit.tasks.Recipe`.

    Attributes:
        model: from a number of joints to the network.
        loss: one of the functions above.
        encode: makes targets of keypoints, once a batch, see `CropDataset`; or None.
        decode: makes keypoints (B, K, 2) in pixels of the network's output; None: it is them.
        scores: makes (B, K) of it, from 0 to 1, how sure each joint is; or None.
        skeleton, size: the joint set, and the side of the network's input in pixels.
        depth: learns from joints in space, see `posekit.data.crops.cache_crops`.
    """

    name: str
    about: str
    model: Callable[..., nn.Module]
    loss: Callable
    plans: Mapping[str, Plan]
    encode: Callable | None = None
    decode: Callable | None = None
    scores: Callable | None = None
    skeleton: str = "lsp14"
    size: int = 64
    batch_size: int = 32
    augment: Augment = Augment()  # noqa: RUF009
    settings: Mapping = field(default_factory=dict)
    dataset: str = catalog.SYNTHETIC
    depth: bool = False
    start: str | None = None

    def load(self, dataset: str, plan: Plan, seed: int, root=None, progress: bool = True):
        """Crops of the people to learn from, and of those to validate on."""
        people = load_people(self, dataset, "train", plan.train, seed, root)
        others = load_people(self, validated_on(dataset), "val", plan.val, seed, root)
        cache = partial(cache_crops, size=self.size, depth=self.depth, progress=progress)
        return cache(people), cache(others)

    def network(self, train: Crops) -> Callable[[], nn.Module]:
        return partial(self.model, joints=train.keypoints.shape[1])

    def batches(self, train: Crops, seed: int):
        dataset = CropDataset(train, self.augment, seed, self.encode)
        return lambda epoch: loader(dataset, self.batch_size, epoch=epoch)

    def validate(self, model: nn.Module, val: Crops) -> dict:
        points, visible = crop_labels(val)
        predicted = inference.predict(model, val, self.decode)[..., :2]
        found = evaluation.scores(predicted, points, visible, val.skeleton)
        return {"mse": found["mse"], "pck": found["pck"]}

    def card(self, dataset: str, train: Crops, val: Crops) -> dict:
        return {
            "data": describe(dataset, len(train)),
            "val_data": describe(validated_on(dataset), len(val)),
            "size": self.size,
            "skeleton": self.skeleton,
            "decode": checkpoints.describe(self.decode),
            "scores": checkpoints.describe(self.scores),
            "mean_pose": np.round(evaluation.mean_pose(train), 4).tolist(),
        }

    def report(self, model: nn.Module, examples: Crops, card: Mapping) -> dict:
        return evaluation.report(model, examples, card["mean_pose"], self.decode)

    def table(self, report: dict) -> str:
        return evaluation.table(report)

    def add_options(self, parser) -> None:
        parser.add_argument(
            "--box",
            default="person",
            metavar="B",
            help="what the network sees: person (the box around the person), image (all of it) or "
            "search (squares of it, until the person is found)",
        )
        parser.add_argument("--flip", action="store_true", help="average with the mirror image")
        parser.add_argument("--people", type=int, metavar="N", help="so many synthetic people")

    def evaluate(
        self,
        model: nn.Module,
        card: Mapping,
        data: str,
        root=None,
        *,
        box: str = "person",
        flip: bool = False,
        people: int | None = None,
        progress: bool = True,
    ) -> dict:
        """`evaluation.report` on ``NAME:SPLIT``.

        Args:
            box: what the network sees, ``person`` (the source's box, or that of the true
                joints, grown), ``image``, all of it: LSP's own protocol, which tells nothing, or
                ``search``, which tells nothing either: see `posekit.search`.
            flip: average the maps with those of the mirror image, see `inference.flip_test`.
            people: how many synthetic ones.
        """
        if box not in BOXES:
            raise InputError(f"no box {box!r}; there are: {', '.join(BOXES)}.")
        if flip and (self.decode is None or self.depth):
            raise InputError(f"--flip averages maps, and {card['name']} has none.")
        samples = evaluation.open_data(data, card["skeleton"], root, people)
        crops = cache_crops(
            samples, card["size"], box=BOXES[box], depth=self.depth, progress=progress
        )
        network = inference.FlipTest(model, card["skeleton"]) if flip else model
        about = {"box": box, "flip": flip}
        if box != "search":
            return about | self.report(network, crops, card)
        found = search.search_crops(search.PoseNetwork.of(network, card), samples, crops, progress)
        return about | evaluation.compare(found, crops, card["mean_pose"])


def load_people(
    recipe: SinglePerson, dataset: str, split: str, count: int | None, seed: int, root=None
):
    """The people of one split: ``count`` synthetic ones, or all there are of a real set.

    Of a second set, ``first+second``, the val split is learnt from too, unless the training is
    validated on it; a test split never is.
    """
    if dataset == catalog.SYNTHETIC:
        size, skeleton = 2 * recipe.size, recipe.skeleton
        return catalog.load(dataset, split, seed=seed, count=count, size=size, skeleton=skeleton)
    first, *others = dataset.split("+")
    parts = [(first, split)] + [(name, each) for name in others for each in ("train", "val")]
    held_out = (validated_on(dataset), "val")
    return ConcatDataset(
        catalog.load(name, each, root, skeleton=recipe.skeleton)
        for i, (name, each) in enumerate(parts)
        if i == 0 or (name, each) != held_out
    )


def validated_on(dataset: str) -> str:
    """The set on whose val split a training on ``dataset`` is validated."""
    first = dataset.split("+")[0]
    return VALIDATED_ON.get(first, first)


def describe(dataset: str, count: int) -> str:
    version = f" {synthetic.VERSION}" if dataset == catalog.SYNTHETIC else ""
    return f"{dataset}{version}, {count:,} people"


# -------------------------------------------------------------------------------- recipes
PLANS = {"smoke": Plan(64, 32, 2), "quick": Plan(1000, 200, 8), "full": Plan(20_000, 500, 20)}
BEST_PCK = {"monitor": "pck", "higher_is_better": True}
BEST_MSE = {"monitor": "mse"}
GENTLE = Augment(15, 0.2, 0.06, 0.5, 0.2)  # the synthetic people are varied as they are
STRONG = Augment(40, 0.3, 0.08, 0.5, 0.3)
FUSED = partial(torch.optim.AdamW, fused=True)  # all weights in one go: a step takes 7 % less
CUT = BEST_MSE | {"grad_clip": 1000.0}  # gradients of squared pixels are large: cut odd ones only


def _plans(people: int | None, val: int | None, epochs: int) -> dict:
    return PLANS | {"full": Plan(people, val, epochs)}


coordinates = partial(SinglePerson, loss=coordinate_loss, plans=PLANS, settings=CUT)
maps = partial(
    SinglePerson,
    model=HeatmapNet,
    loss=heatmap_loss,
    encode=CODEC.encode,
    decode=heatmaps.decode_heatmaps,
    scores=heatmaps.peak_scores,
    size=128,
    augment=GENTLE,
    settings=BEST_PCK,
)

RECIPES = (
    coordinates("cnn", "a plain network predicts coordinates", regression.cnn),
    coordinates("small_resnet", "a small ResNet predicts coordinates", regression.small_resnet),
    coordinates("resnet18", "ResNet-18 predicts coordinates", partial(regression.resnet, depth=18)),
    coordinates(
        "resnet50",
        "ResNet-50 predicts coordinates",
        partial(regression.resnet, depth=50),
        settings=CUT | {"optimizer": FUSED},
    ),
    coordinates(
        "cnn_lspet",
        "the plain network, four times as large, on photographs alone",
        partial(regression.cnn, width=64, dropout=0.3),
        plans=_plans(None, None, 50),
        augment=GENTLE,
        settings=CUT | {"lr": 5e-4},
        dataset="lspet",
    ),
    maps(
        "heatmap",
        "a small network predicts heatmaps",
        plans=_plans(40_000, 500, 16),
        settings=BEST_PCK | {"lr": 2e-3},
    ),
    maps(
        "soft_argmax",
        "the same, trained on coordinates through soft-argmax",
        loss=soft_argmax_loss,
        plans=_plans(20_000, 500, 5),
        decode=decode_soft_argmax,
        scores=confidence,
        start="heatmap",
    ),
    maps(
        "volumetric",
        "joints in space out of volumes",
        loss=volume_loss,
        plans=_plans(20_000, 500, 5),
        model=partial(HeatmapNet, depth=16),
        decode=decode_volumes,
        scores=None,
        skeleton="h36m17",
        depth=True,
        start="heatmap",
    ),
    maps(
        "heatmap_lsp",
        "the small network on photographs",
        plans=_plans(None, None, 75),
        augment=STRONG,
        dataset="lsp+lspet",
        start="heatmap",
    ),
)
