"""Named trainings: which network, on what, by which loss, for how long.

``posekit train NAME`` runs one: `train` here is all it does. A recipe is for one person a
picture, cut out; `posekit.training.fit` trains anything else as well.
"""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import ConcatDataset

from . import catalog, checkpoints, evaluation, losses, synthetic, training
from .codecs.heatmaps import GaussianHeatmaps
from .codecs.soft_argmax import confidence, soft_argmax, soft_argmax_3d
from .data.batches import Augment, CropDataset, loader
from .data.crops import Crops, cache_crops
from .errors import InputError
from .models import heatmaps, regression

SYNTHETIC_TERMS = "MIT, as posekit itself: trained on synthetic people only"
RESEARCH_TERMS = "research use only: trained on photographs whose terms allow no other use"
# LSP extended has no images to choose a network by: its trainings are judged on LSP's.
JUDGE = {"lspet": "lsp"}


@dataclass(frozen=True)
class Plan:
    """How much: so many synthetic people to learn from and to be judged on, so many epochs.

    Of a real data set all people are taken; None where there is no synthetic plan.
    """

    people: int | None
    judged: int | None
    epochs: int


@dataclass(frozen=True)
class Recipe:
    """A training with a name.

    Attributes:
        name, about: what it is called, and what it is, in a few words.
        model: from a number of joints to the network.
        loss: ``loss(model, batch)`` for `posekit.training.fit`.
        encode: makes targets of keypoints, once a batch, see `CropDataset`; or None.
        decode: makes keypoints (B, K, 2) pixels of the network's output; None: it is them.
        scores: makes (B, K) of it, from 0 to 1, how sure each joint is; None: it does not say.
        skeleton, size: the joint set, and the side of the network's input in pixels.
        plans: by profile.
        settings: what else `fit` takes: ``lr``, ``schedule``, ``clip``, ...
        dataset: what it learns from if nothing else is said; several are joined by ``+``.
        depth: learns from joints in space, see `posekit.data.crops.cache_crops`.
        start: the checkpoint whose weights it begins with, as far as they fit.
    """

    name: str
    about: str
    model: Callable[[int], nn.Module]
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


def coordinate_loss(model: nn.Module, batch, penalty: Callable = losses.l2):
    """A loss on coordinates, in pixels of the input, and over how many joints it is a mean."""
    return penalty(model(batch.images), batch.keypoints, batch.visible), (batch.visible > 0).sum()


# ------------------------------------------------------------------------------- heatmaps
# A bump of 1.5 cells is 6 pixels wide: on a person of 100 pixels, about a wrist.
MAPS = GaussianHeatmaps((128, 128), heatmaps.STRIDE, sigma=1.5)


def heatmap_loss(model: nn.Module, batch, penalty: Callable = losses.heatmap_cross_entropy):
    """A loss on maps, and over how many joints it is a mean."""
    maps = model(batch.images).float()
    return penalty(maps, batch.targets, batch.visible), (batch.visible > 0).sum()


def probabilities(maps: torch.Tensor) -> torch.Tensor:
    """Raw maps (B, K, h, w) as probabilities: each sums to 1."""
    return torch.softmax(maps.float().flatten(2), -1).view_as(maps)


def read_maps(maps: torch.Tensor, codec: GaussianHeatmaps = MAPS) -> torch.Tensor:
    """(B, K, 2) pixels of raw maps that were trained by cross entropy."""
    return torch.from_numpy(codec.decode(probabilities(maps)).keypoints)


def heights(maps: torch.Tensor, codec: GaussianHeatmaps = MAPS) -> torch.Tensor:
    """(B, K) from 0 to 1: the highest probability of raw maps, as a share of a target's highest."""
    highest = 1 / (2 * math.pi * codec.sigma**2)
    return (probabilities(maps).amax((-1, -2)) / highest).clamp(max=1)


# ---------------------------------------------------------------------------- soft-argmax
def coordinates_of(maps: torch.Tensor) -> torch.Tensor:
    """(B, K, 2) pixels under raw maps of `MAPS`' stride."""
    return soft_argmax(maps.float(), MAPS.stride)


def soft_argmax_loss(model: nn.Module, batch):
    """Elastic net in cells, Jensen-Shannon, and visibility by the maps' highest cells."""
    maps = model(batch.images).float()
    error = losses.elastic_net(coordinates_of(maps) / MAPS.stride,
                               batch.keypoints / MAPS.stride, pointed_at(batch))  # fmt: skip
    shape = losses.jensen_shannon(maps, batch.targets, batch.visible)
    # `confidence` is the sigmoid of this; the loss wants what goes into the sigmoid.
    seen = losses.visibility(maps.amax((-1, -2)), batch.visible)
    return error + shape + 0.1 * seen, (batch.visible > 0).sum()


def pointed_at(batch) -> torch.Tensor:
    """(B, K) visible, 0 for joints outside the crop too: a mean over its cells cannot go there."""
    inside = ((batch.keypoints > -0.5) & (batch.keypoints < batch.images.shape[-1] - 0.5)).all(-1)
    return batch.visible * inside


# ------------------------------------------------------------------------------- in space
DEPTHS, REACH = 16, 2.0  # cells of z, and how many metres they cover: one to either side
_CELL = REACH / DEPTHS


def volumes_to_space(volumes: torch.Tensor) -> torch.Tensor:
    """(B, K, 3): x and y in pixels, z in metres behind the hips, of raw volumes."""
    stride = MAPS.stride
    points = soft_argmax_3d(volumes.float(), (stride, stride, _CELL))
    # The grid puts cell 0 at (0 + 0.5) * stride - 0.5; here it lies half a cell behind -1 m.
    return points + points.new_tensor([0, 0, 0.5 - REACH / 2])


def volume_loss(model: nn.Module, batch):
    """Elastic net in cells of x, y and z, and Jensen-Shannon of the map that is left of x, y."""
    volumes = model(batch.images).float()
    labelled = pointed_at(batch)
    cell = volumes.new_tensor([MAPS.stride, MAPS.stride, _CELL])
    target = torch.cat([batch.keypoints, batch.depths[..., None]], -1)
    error = losses.elastic_net(volumes_to_space(volumes) / cell, target / cell, labelled)
    flat = torch.logsumexp(volumes, 2)  # its softmax is the volume's own, summed over z
    shape = losses.jensen_shannon(flat, batch.targets, batch.visible)
    return error + shape, (batch.visible > 0).sum()


PLANS = {"smoke": Plan(64, 32, 2), "quick": Plan(1000, 200, 8), "full": Plan(20_000, 500, 20)}
BEST_PCK = {"monitor": "pck", "higher_is_better": True}
GENTLE = Augment(15, 0.2, 0.06, 0.5, 0.2)  # the synthetic people are varied as they are
OF_MAPS = {"encode": MAPS.encode, "decode": read_maps, "scores": heights, "size": 128}
CLIP = {"clip": 1000.0}  # gradients of squared pixels are large; this cuts the odd one only

RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe("cnn", "a plain network says coordinates", regression.cnn, coordinate_loss,
               PLANS, settings=CLIP),
        Recipe("small_resnet", "a small ResNet says coordinates", regression.small_resnet,
               coordinate_loss, PLANS, settings=CLIP),
        Recipe("resnet18", "ResNet-18 says coordinates", partial(regression.resnet, depth=18),
               coordinate_loss, PLANS, settings=CLIP),
        Recipe("resnet50", "ResNet-50 says coordinates", partial(regression.resnet, depth=50),
               coordinate_loss, PLANS, settings=CLIP | {"lr": 5e-4}),
        Recipe("heatmap", "a small network says heatmaps", heatmaps.HeatmapNet, heatmap_loss,
               PLANS | {"full": Plan(40_000, 500, 16)}, augment=GENTLE,
               settings=BEST_PCK | {"lr": 2e-3}, **OF_MAPS),
        Recipe("soft_argmax", "the same, trained on coordinates through soft-argmax",
               heatmaps.HeatmapNet, soft_argmax_loss, PLANS, augment=GENTLE, settings=BEST_PCK,
               start="heatmap", **OF_MAPS | {"decode": coordinates_of, "scores": confidence}),
        Recipe("volumetric", "joints in space out of volumes",
               partial(heatmaps.HeatmapNet, depth=DEPTHS), volume_loss, PLANS, augment=GENTLE,
               settings=BEST_PCK, skeleton="h36m17", depth=True, start="heatmap",
               **OF_MAPS | {"decode": volumes_to_space, "scores": None}),
        Recipe("heatmap_lsp", "the small network on photographs", heatmaps.HeatmapNet,
               heatmap_loss, PLANS | {"full": Plan(None, None, 90)},
               augment=Augment(40, 0.3, 0.08, 0.5, 0.3), settings=BEST_PCK,
               dataset="lsp+lspet", start="heatmap", **OF_MAPS),
    )
}  # fmt: skip


def get(name: str) -> Recipe:
    """The recipe of that name; `InputError` lists the names."""
    if name not in RECIPES:
        raise InputError(f"no recipe {name!r}; there are: {', '.join(RECIPES)}.")
    return RECIPES[name]


def build(recipe: Recipe, joints: int, seed: int = 0) -> nn.Module:
    """The untrained network, the same for the same seed."""
    torch.manual_seed(seed)
    return recipe.model(joints).to(memory_format=torch.channels_last)


def people_of(recipe: Recipe, dataset: str, split: str, count: int, seed: int, root=None):
    """The people of one split: ``count`` synthetic ones, or all there are of real sets."""
    if dataset == catalog.SYNTHETIC:
        return catalog.load(dataset, split, seed=seed, count=count, size=2 * recipe.size,
                            skeleton=recipe.skeleton)  # fmt: skip
    return ConcatDataset([catalog.load(name, split, root, skeleton=recipe.skeleton)
                          for name in dataset.split("+")])  # fmt: skip


def train(name: str, profile: str = "full", dataset: str | None = None, *,
          epochs: int | None = None, seed: int = 0, resume: bool = False,
          folder: str | Path | None = None, root=None, progress: bool = True) -> Path:  # fmt: skip
    """Run a recipe; returns the path of its checkpoint, with its card beside it.

    Args:
        profile: ``smoke``, ``quick`` or ``full``, a key of the recipe's plans.
        dataset: a name of `posekit.catalog`, several joined by ``+``, or None for the
            recipe's own; the network of the best epoch on the (first one's) ``val`` split, on
            LSP's for LSP extended, is kept.
        epochs: instead of the plan's.
        resume: go on where a training of the same settings was stopped.
        folder: where to save, ``runs/RECIPE-PROFILE-DATASET`` by default.
        root: where data sets are kept.

    Raises `InputError` for names that there are not, and what `fit` and the readers raise.
    """
    recipe = get(name)
    if profile not in recipe.plans:
        raise InputError(f"no profile {profile!r}; there are: {', '.join(recipe.plans)}.")
    plan = recipe.plans[profile]
    epochs = plan.epochs if epochs is None else epochs
    if epochs < 1:
        raise InputError(f"epochs must be at least 1, and is {epochs}.")
    dataset = dataset or recipe.dataset
    folder = Path(folder or f"runs/{name}-{profile}-{dataset}")
    people = people_of(recipe, dataset, "train", plan.people, seed, root)
    judge = dataset.split("+")[0]
    judge = JUDGE.get(judge, judge)
    judges = people_of(recipe, judge, "val", plan.judged, seed, root)
    crops, judged = (cache_crops(who, recipe.size, depth=recipe.depth, progress=progress)
                     for who in (people, judges))  # fmt: skip
    mean = evaluation.mean_pose(crops)
    model = build(recipe, crops.keypoints.shape[1], seed)
    if recipe.start:
        start_from(model, recipe.start)
    history = learn(recipe, model, crops, judged, mean, epochs=epochs, seed=seed,
                    folder=folder, resume=resume, progress=progress,
                    recipe={"recipe": name, "data": dataset, "people": len(crops), "seed": seed,
                            "synthetic": synthetic.VERSION})  # fmt: skip
    training.load_weights(model, folder / training.BEST)
    found = evaluation.report(model, judged, mean, recipe.decode)
    command = (f"posekit train {name} --profile {profile} --dataset {dataset} --seed {seed}"
               + (f" --epochs {epochs}" if epochs != plan.epochs else ""))  # fmt: skip
    about = {
        "name": name, "recipe": name, "command": command, "data": describe(dataset, len(crops)),
        "seed": seed, "hardware": hardware(), "epochs": len(history), "size": recipe.size,
        "best_epoch": history.best["epoch"], "skeleton": recipe.skeleton,
        "minutes": round(sum(history.column("seconds")) / 60, 1),
        "parameters": sum(p.numel() for p in model.parameters()),
        "judged_on": describe(judge, len(judged)), "metrics": found,
        "mean_pose": np.round(mean, 4).tolist(),
        "terms": SYNTHETIC_TERMS if dataset == catalog.SYNTHETIC else RESEARCH_TERMS,
    }  # fmt: skip
    if progress:
        print(f"{history}\n{evaluation.table(found)}")
    return checkpoints.save(model, folder / f"{name}.safetensors", about)


def start_from(model: nn.Module, name: str | Path) -> None:
    """Take over a checkpoint's weights, all but those of another shape: the last layer's."""
    other, own = trained(name)[0].state_dict(), model.state_dict()
    model.load_state_dict(own | {key: value for key, value in other.items()
                                 if key in own and own[key].shape == value.shape})  # fmt: skip


def learn(recipe: Recipe, model: nn.Module, crops: Crops, judged: Crops, mean, /, *,
          epochs: int, seed: int = 0, **options) -> training.History:  # fmt: skip
    """`fit` a model to crops by a recipe, judged after each epoch by MSE and PCK."""
    dataset = CropDataset(crops, recipe.augment, seed, recipe.encode)

    def validate(model):
        row = evaluation.report(model, judged, mean, recipe.decode)["model"]
        return {"mse": row["mse"], "pck": row["pck"]}

    settings = {"monitor": "mse", "validate": validate} | dict(recipe.settings) | options
    return training.fit(model, lambda epoch: loader(dataset, recipe.batch_size, epoch=epoch),
                        recipe.loss, epochs=epochs, seed=seed, **settings)  # fmt: skip


def trained(name: str | Path) -> tuple[nn.Module, dict]:
    """A checkpoint's network, ready to predict, and its card.

    ``name`` is one of `checkpoints.names`, or the path of a ``.safetensors`` file.
    """
    card = checkpoints.card(name)
    model = build(get(card["recipe"]), len(card["mean_pose"]))
    checkpoints.load(model, name)
    return model.eval(), card


def evaluate(name: str | Path, data: str, root=None, progress: bool = True) -> dict:
    """A checkpoint's `evaluation.report` on ``NAME:SPLIT``."""
    model, card = trained(name)
    people = evaluation.open_data(data, card["skeleton"], root)
    recipe = get(card["recipe"])
    crops = cache_crops(people, card["size"], depth=recipe.depth, progress=progress)
    decode = recipe.decode
    return ({"checkpoint": card["name"], "sha256": card["sha256"], "data": data}
            | evaluation.report(model, crops, card["mean_pose"], decode))  # fmt: skip


def describe(dataset: str, count: int) -> str:
    version = f" {synthetic.VERSION}" if dataset == catalog.SYNTHETIC else ""
    return f"{dataset}{version}, {count:,} people"


def hardware() -> str:
    """What this training ran on, in words."""
    if torch.cuda.is_available():
        return f"{torch.cuda.device_count()} × {torch.cuda.get_device_name()}"
    return f"CPU, {platform.machine()}, {torch.get_num_threads()} of {os.cpu_count()} cores"
