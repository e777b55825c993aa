"""One person per image, cut out: coordinates, heatmaps, soft-argmax, joints in space.

data      `catalog.load`, cut out by `cache_crops` at the recipe's size
batch     `CropDataset`: augmented crops, keypoints, visible, and ``encode``'s targets
loss      ``loss(model, batch)``, one function for each kind of output below
decode    ``decode(output)`` gives keypoints in pixels, ``scores(output)`` how sure they are
scores    `evaluation.report`: MSE, distance and PCK next to the constant and the mean pose
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from torch import nn
from torch.utils.data import ConcatDataset

from .. import catalog, checkpoints, evaluation, inference, losses, synthetic
from ..codecs import heatmaps
from ..data.batches import Augment, Batch, CropDataset
from ..data.crops import Crops, cache_crops, crop_labels, person_box, whole_image
from ..errors import InputError, check_known
from ..models.heatmap_nets import HeatmapNet
from . import Plan, Recipe, by_epoch

# LSP extended has no images to choose a network by: its trainings are validated on LSP's.
VALIDATED_ON = {"lspet": "lsp"}
BOXES = {"person": person_box, "image": whole_image}


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


# --------------------------------------------------------------------------------- recipe
@dataclass(frozen=True)
class SinglePerson(Recipe):
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

    model: Callable[..., nn.Module]
    loss: Callable
    encode: Callable | None = None
    decode: Callable | None = None
    scores: Callable | None = None
    skeleton: str = "lsp14"
    size: int = 64
    batch_size: int = 32
    augment: Augment = Augment()  # noqa: RUF009
    depth: bool = False

    def load(self, dataset: str, plan: Plan, seed: int, root=None, progress: bool = True):
        """Crops of the people to learn from, and of those to validate on."""
        people = load_people(self, dataset, "train", plan.train, seed, root)
        others = load_people(self, validated_on(dataset), "val", plan.val, seed, root)
        cache = partial(cache_crops, size=self.size, depth=self.depth, progress=progress)
        return cache(people), cache(others)

    def network(self, train: Crops) -> Callable[[], nn.Module]:
        return partial(self.model, joints=train.keypoints.shape[1])

    def batches(self, train: Crops, seed: int):
        return by_epoch(CropDataset(train, self.augment, seed, self.encode), self.batch_size)

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
        about = "what the network sees: person (the box around the person) or image (all of it)"
        parser.add_argument("--box", default="person", metavar="B", help=about)
        parser.add_argument("--flip", action="store_true", help="average with the mirror image")
        scales = {"type": float, "nargs": "+", "default": [1.0], "metavar": "S"}
        about = "average over several sizes of the input, 0.75 1 1.25, say"
        parser.add_argument("--scales", help=about, **scales)
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
        scales: Sequence[float] = (1.0,),
        people: int | None = None,
        progress: bool = True,
    ) -> dict:
        """`evaluation.report` on ``NAME:SPLIT``.

        Args:
            box: what the network sees, ``person`` (the source's box, or that of the true
                joints, grown) or ``image``, all of it: LSP's own protocol, which tells nothing.
            flip: average the maps with those of the mirror image, see `inference.flip_test`.
            scales: average the maps over these sizes, see `evaluation.ScaleTest`.
            people: how many synthetic ones.
        """
        check_known("box", box, BOXES)
        several = list(scales) != [1.0]
        if (flip or several) and (self.decode is None or self.depth):
            raise InputError(f"--flip and --scales average maps, and {card['name']} has none.")
        network = inference.FlipTest(model, card["skeleton"]) if flip else model
        network = evaluation.ScaleTest(network, scales) if several else network
        samples = evaluation.open_data(data, card["skeleton"], root, people)
        crops = cache_crops(
            samples, card["size"], box=BOXES[box], depth=self.depth, progress=progress
        )
        settings = {"box": box, "flip": flip, "scales": list(scales)}
        return settings | self.report(network, crops, card)


def load_people(
    recipe: SinglePerson, dataset: str, split: str, count: int | None, seed: int, root=None
):
    """The people of one split: ``count`` synthetic ones, or all there are of a real set.

    Of a second set, ``first+second``, the val split is learnt from too, unless the training is
    validated on it; a test split never is. Of ``synthetic`` people there are always enough.
    """
    first, *others = dataset.split("+")
    parts = [(first, split)]
    for name in others:
        splits = ("train",) if name == catalog.SYNTHETIC else ("train", "val")
        parts += [(name, each) for each in splits if (name, each) != (validated_on(dataset), "val")]

    def part(name: str, split: str):
        options = {"root": root, "skeleton": recipe.skeleton}
        if name == catalog.SYNTHETIC:
            # Twice the input, since people do not fill their images; larger ones show no more.
            options |= {"seed": seed, "count": count, "size": min(2 * recipe.size, 320)}
        return catalog.load(name, split, **options)

    return ConcatDataset([part(*each) for each in parts]) if others else part(*parts[0])


def validated_on(dataset: str) -> str:
    """The set on whose val split a training on ``dataset`` is validated."""
    first = dataset.split("+")[0]
    return VALIDATED_ON.get(first, first)


def describe(dataset: str, count: int) -> str:
    """What a card says of the people: the set, the version of rendered ones, and how many."""
    version = f" {synthetic.VERSION}" if catalog.SYNTHETIC in dataset.split("+") else ""
    return f"{dataset}{version}, {count:,} people"


# -------------------------------------------------------------------------------- recipes
PLANS = {"smoke": Plan(64, 32, 2), "quick": Plan(1000, 200, 8), "full": Plan(20_000, 500, 20)}
BEST_PCK = {"monitor": "pck", "higher_is_better": True}
GENTLE = Augment(15, 0.2, 0.06, 0.5, 0.2)  # the synthetic people are varied as they are


def plans(people: int | None, val: int | None, epochs: int) -> dict:
    """`PLANS`, with another plan for the profile ``full``."""
    return PLANS | {"full": Plan(people, val, epochs)}


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

HEATMAP = maps(
    "heatmap",
    "a small network predicts heatmaps",
    plans=plans(40_000, 500, 16),
    settings=BEST_PCK | {"lr": 2e-3},
)
RECIPES = (HEATMAP,)
