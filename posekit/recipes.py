"""Named trainings: which network, on what, by which loss, for how long.

``posekit train NAME`` runs one: `train` here is all it does. A recipe is for one person a
picture, cut out; `posekit.training.fit` trains anything else as well.
"""

from __future__ import annotations

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

from . import catalog, checkpoints, evaluation, synthetic, training
from .codecs.soft_argmax import confidence
from .data.batches import Augment, CropDataset, loader
from .data.crops import Crops, cache_crops, person_box, whole_image
from .errors import InputError
from .models import heatmaps, regression
from .objectives import (
    DEPTHS,
    MAPS,
    coordinate_loss,
    coordinates_of,
    heatmap_loss,
    heights,
    read_maps,
    soft_argmax_loss,
    volume_loss,
    volumes_to_space,
)

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


PLANS = {"smoke": Plan(64, 32, 2), "quick": Plan(1000, 200, 8), "full": Plan(20_000, 500, 20)}
BEST_PCK = {"monitor": "pck", "higher_is_better": True}
GENTLE = Augment(15, 0.2, 0.06, 0.5, 0.2)  # the synthetic people are varied as they are
OF_MAPS = {"encode": MAPS.encode, "decode": read_maps, "scores": heights, "size": 128}
FUSED = partial(torch.optim.AdamW, fused=True)  # all weights in one go: a step takes 7 % less
CLIP = {"clip": 1000.0}  # gradients of squared pixels are large; this cuts the odd one only

RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "cnn",
            "a plain network says coordinates",
            regression.cnn,
            coordinate_loss,
            PLANS,
            settings=CLIP,
        ),
        Recipe(
            "small_resnet",
            "a small ResNet says coordinates",
            regression.small_resnet,
            coordinate_loss,
            PLANS,
            settings=CLIP,
        ),
        Recipe(
            "resnet18",
            "ResNet-18 says coordinates",
            partial(regression.resnet, depth=18),
            coordinate_loss,
            PLANS,
            settings=CLIP,
        ),
        Recipe(
            "resnet50",
            "ResNet-50 says coordinates",
            partial(regression.resnet, depth=50),
            coordinate_loss,
            PLANS,
            settings=CLIP | {"optimizer": FUSED},
        ),
        Recipe(
            "cnn_lspet",
            "the plain network, four times as large, on photographs alone",
            partial(regression.cnn, width=64, dropout=0.3),
            coordinate_loss,
            PLANS | {"full": Plan(None, None, 50)},
            augment=GENTLE,
            settings=CLIP | {"lr": 5e-4},
            dataset="lspet",
        ),
        Recipe(
            "heatmap",
            "a small network says heatmaps",
            heatmaps.HeatmapNet,
            heatmap_loss,
            PLANS | {"full": Plan(40_000, 500, 16)},
            augment=GENTLE,
            settings=BEST_PCK | {"lr": 2e-3},
            **OF_MAPS,
        ),
        Recipe(
            "soft_argmax",
            "the same, trained on coordinates through soft-argmax",
            heatmaps.HeatmapNet,
            soft_argmax_loss,
            PLANS | {"full": Plan(20_000, 500, 5)},
            augment=GENTLE,
            settings=BEST_PCK,
            start="heatmap",
            **OF_MAPS | {"decode": coordinates_of, "scores": confidence},
        ),
        Recipe(
            "volumetric",
            "joints in space out of volumes",
            partial(heatmaps.HeatmapNet, depth=DEPTHS),
            volume_loss,
            PLANS | {"full": Plan(20_000, 500, 5)},
            augment=GENTLE,
            settings=BEST_PCK,
            skeleton="h36m17",
            depth=True,
            start="heatmap",
            **OF_MAPS | {"decode": volumes_to_space, "scores": None},
        ),
        Recipe(
            "heatmap_lsp",
            "the small network on photographs",
            heatmaps.HeatmapNet,
            heatmap_loss,
            PLANS | {"full": Plan(None, None, 75)},
            augment=Augment(40, 0.3, 0.08, 0.5, 0.3),
            settings=BEST_PCK,
            dataset="lsp+lspet",
            start="heatmap",
            **OF_MAPS,
        ),
    )
}


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
    """The people of one split: ``count`` synthetic ones, or all there are of a real set.

    Of a second set, ``first+second``, the val split is learnt from too, unless it is the judge;
    a test split never is.
    """
    if dataset == catalog.SYNTHETIC:
        return catalog.load(
            dataset, split, seed=seed, count=count, size=2 * recipe.size, skeleton=recipe.skeleton
        )
    first, *others = dataset.split("+")
    parts = [
        (name, each)
        for name in others
        for each in ("train", "val")
        if (name, each) != (judge_of(dataset), "val")
    ]
    return ConcatDataset(
        [
            catalog.load(name, each, root, skeleton=recipe.skeleton)
            for name, each in [(first, split), *parts]
        ]
    )


def judge_of(dataset: str) -> str:
    """The set on whose val split a training on ``dataset`` is judged."""
    first = dataset.split("+")[0]
    return JUDGE.get(first, first)


def train(
    name: str,
    profile: str = "full",
    dataset: str | None = None,
    *,
    epochs: int | None = None,
    seed: int = 0,
    resume: bool = False,
    folder: str | Path | None = None,
    root=None,
    progress: bool = True,
) -> Path:
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
    judge = judge_of(dataset)
    judges = people_of(recipe, judge, "val", plan.judged, seed, root)
    crops, judged = (
        cache_crops(who, recipe.size, depth=recipe.depth, progress=progress)
        for who in (people, judges)
    )
    mean = evaluation.mean_pose(crops)
    model = build(recipe, crops.keypoints.shape[1], seed)
    if recipe.start:
        start_from(model, recipe.start)
    history = learn(
        recipe,
        model,
        crops,
        judged,
        mean,
        epochs=epochs,
        seed=seed,
        folder=folder,
        resume=resume,
        progress=progress,
        recipe={
            "recipe": name,
            "data": dataset,
            "people": len(crops),
            "seed": seed,
            "synthetic": synthetic.VERSION,
        },
    )
    training.load_weights(model, folder / training.BEST)
    found = evaluation.report(model, judged, mean, recipe.decode)
    command = f"posekit train {name} --profile {profile} --dataset {dataset} --seed {seed}" + (
        f" --epochs {epochs}" if epochs != plan.epochs else ""
    )
    about = {
        "name": name,
        "recipe": name,
        "command": command,
        "data": describe(dataset, len(crops)),
        "seed": seed,
        "hardware": hardware(),
        "epochs": len(history),
        "size": recipe.size,
        "best_epoch": history.best["epoch"],
        "skeleton": recipe.skeleton,
        "minutes": round(sum(history.column("seconds")) / 60, 1),
        "parameters": sum(p.numel() for p in model.parameters()),
        "judged_on": describe(judge, len(judged)),
        "metrics": found,
        "mean_pose": np.round(mean, 4).tolist(),
        "terms": SYNTHETIC_TERMS if dataset == catalog.SYNTHETIC else RESEARCH_TERMS,
    }
    if progress:
        print(f"{history}\n{evaluation.table(found)}")
    return checkpoints.save(model, folder / f"{name}.safetensors", about)


def start_from(model: nn.Module, name: str | Path) -> None:
    """Take over a checkpoint's weights, all but those of another shape: the last layer's."""
    other, own = trained(name)[0].state_dict(), model.state_dict()
    model.load_state_dict(
        own
        | {
            key: value
            for key, value in other.items()
            if key in own and own[key].shape == value.shape
        }
    )


def learn(
    recipe: Recipe,
    model: nn.Module,
    crops: Crops,
    judged: Crops,
    mean,
    /,
    *,
    epochs: int,
    seed: int = 0,
    **options,
) -> training.History:
    """`fit` a model to crops by a recipe, judged after each epoch by MSE and PCK."""
    dataset = CropDataset(crops, recipe.augment, seed, recipe.encode)

    def validate(model):
        row = evaluation.report(model, judged, mean, recipe.decode)["model"]
        return {"mse": row["mse"], "pck": row["pck"]}

    settings = {"monitor": "mse", "validate": validate} | dict(recipe.settings) | options
    return training.fit(
        model,
        lambda epoch: loader(dataset, recipe.batch_size, epoch=epoch),
        recipe.loss,
        epochs=epochs,
        seed=seed,
        **settings,
    )


def trained(name: str | Path) -> tuple[nn.Module, dict]:
    """A checkpoint's network, ready to predict, and its card.

    ``name`` is one of `checkpoints.names`, or the path of a ``.safetensors`` file.
    """
    card = checkpoints.card(name)
    model = build(get(card["recipe"]), len(card["mean_pose"]))
    checkpoints.load(model, name)
    return model.eval(), card


BOXES = {"person": person_box, "image": whole_image}


def evaluate(
    name: str | Path,
    data: str,
    root=None,
    *,
    box: str = "person",
    flip: bool = False,
    people: int | None = None,
    progress: bool = True,
) -> dict:
    """A checkpoint's `evaluation.report` on ``NAME:SPLIT``.

    Args:
        box: what the network sees, ``person`` (the source's box, or that of the true joints,
            grown) or ``image``, all of it: LSP's own protocol, which tells nothing.
        flip: average the maps with those of the mirror image, see `evaluation.flip_test`.
        people: how many synthetic ones.
    """
    model, card = trained(name)
    recipe = get(card["recipe"])
    if box not in BOXES:
        raise InputError(f"no box {box!r}; there are: {', '.join(BOXES)}.")
    if flip and (recipe.decode is None or recipe.depth):
        raise InputError(f"--flip averages maps, and {card['name']} has none.")
    samples = evaluation.open_data(data, card["skeleton"], root, people)
    crops = cache_crops(
        samples, card["size"], box=BOXES[box], depth=recipe.depth, progress=progress
    )
    net = evaluation.FlipTest(model, card["skeleton"]) if flip else model
    return {
        "checkpoint": card["name"],
        "sha256": card["sha256"],
        "data": data,
        "box": box,
        "flip": flip,
    } | evaluation.report(net, crops, card["mean_pose"], recipe.decode)


def describe(dataset: str, count: int) -> str:
    version = f" {synthetic.VERSION}" if dataset == catalog.SYNTHETIC else ""
    return f"{dataset}{version}, {count:,} people"


def hardware() -> str:
    """What this training ran on, in words."""
    if torch.cuda.is_available():
        return f"{torch.cuda.device_count()} × {torch.cuda.get_device_name()}"
    return f"CPU, {platform.machine()}, {torch.get_num_threads()} of {os.cpu_count()} cores"
