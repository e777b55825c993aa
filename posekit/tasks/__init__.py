"""Named trainings: which network, on what, by which loss, for how long.

``posekit train NAME`` runs one. Each file here is one kind of learning (one person per image,
say): a class of recipes that says how data become batches, a loss, predictions and scores, and
``RECIPES``, the recipes of that kind. Files are found by being here, recipes by their names, so
that a new kind of learning is a new file and nothing else.
"""

from __future__ import annotations

import contextlib
import os
import pkgutil
import platform
import re
from collections.abc import Callable, Mapping, Sized
from dataclasses import KW_ONLY, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from .. import catalog, checkpoints, synthetic, training
from ..data.batches import loader
from ..errors import InputError, check_known, check_least
from ..locks import Held, locked

SYNTHETIC_TERMS = "MIT, as posekit itself: trained on synthetic people only"
IMAGENET = "imagenet"
COUNTS = ("people", "clips", "frames")  # options of `evaluate` that are numbers of something
RESEARCH_TERMS = "research use only: trained on photographs whose terms allow no other use"


@dataclass(frozen=True)
class Plan:
    """How much: so many synthetic examples to learn from and to validate on, so many epochs.

    Of a real data set all examples are taken; None where there is no synthetic plan.
    """

    train: int | None
    val: int | None
    epochs: int


@dataclass(frozen=True)
class Recipe:
    """Base of recipes: what `train` and `evaluate` ask of one. Each file in here has its class.

    Attributes:
        name, about: what it is called, and what it is, in a few words.
        plans: a `Plan` by profile (``smoke``, ``quick``, ``full``).
        dataset: what it learns from if nothing else is said.
        settings: what `posekit.training.fit` takes besides: ``lr``, ``grad_clip``, ...
        start: the checkpoint whose weights it begins with, as far as they fit; `IMAGENET` for a
            backbone's weights of ImageNet; or None.
    """

    name: str
    about: str
    _: KW_ONLY
    plans: Mapping[str, Plan]
    dataset: str = catalog.SYNTHETIC
    settings: Mapping = field(default_factory=dict)
    start: str | None = None

    def load(self, dataset: str, plan: Plan, seed: int, root, progress: bool) -> tuple[Any, Any]:
        """The examples to learn from and those to validate on; both have a length."""

    def network(self, train: Sized) -> Callable[[], nn.Module]:
        """Makes the untrained network for these examples; `posekit.models` has it."""

    def batches(self, train: Sized, seed: int) -> Callable[[int], Any]:
        """From an epoch's number to its batches, see `posekit.training.fit`."""

    def loss(self, model: nn.Module, batch):
        """The loss of a batch, see `posekit.training.fit`."""

    def validate(self, model: nn.Module, val: Sized) -> dict[str, float]:
        """The columns that the history gets after each epoch."""

    def card(self, dataset: str, train: Sized, val: Sized) -> dict:
        """What the card says of this kind besides: ``data``, baselines, how to read the output."""

    def report(self, model: nn.Module, examples: Sized, card: Mapping) -> dict:
        """Every score of a network, next to what needs no network."""

    def table(self, report: dict) -> str:
        """A report as text."""

    def add_options(self, parser) -> None:
        """Add what ``posekit eval`` takes for this kind besides to an argparse parser."""

    def evaluate(self, model: nn.Module, card: Mapping, data: str, root, **options) -> dict:
        """The report on ``NAME:SPLIT``, with the options of `add_options`."""


def recipes() -> dict[str, Recipe]:
    """Every recipe of every file in here, by name."""
    files = [import_module(f"{__name__}.{file.name}") for file in pkgutil.iter_modules(__path__)]
    return {recipe.name: recipe for file in files for recipe in file.RECIPES}


def get(name: str) -> Recipe:
    """The recipe of that name; `InputError` lists the names."""
    known = recipes()
    check_known("recipe", name, known)
    return known[name]


def kind_of(recipe: Recipe) -> str:
    """The file of a recipe's class: what its card calls the task."""
    return type(recipe).__module__.rpartition(".")[2]


def build(recipe: Recipe, train: Sized, seed: int = 0) -> nn.Module:
    """The untrained network for these examples, the same for the same seed."""
    torch.manual_seed(seed)
    return recipe.network(train)().to(memory_format=torch.channels_last)


def default_workers() -> int:
    """Processes that prepare batches: none for a CPU's training, as many as there are for a GPU's.

    Without a GPU a batch takes a millisecond or two of the seconds that the network takes, and
    workers would only fight it for the cores. Where a process cannot fork (Windows), each would
    begin with a copy of all examples: none either.
    """
    useful = torch.cuda.is_available() and hasattr(os, "fork")
    return min(12, (os.cpu_count() or 1) - 1) if useful else 0


def by_epoch(
    dataset: Dataset, batch_size: int = 32, workers: int | None = None
) -> Callable[[int], DataLoader]:
    """What `posekit.training.fit` takes as ``batches``: from an epoch's number to its batches.

    One `loader` serves all epochs, so that its ``workers`` (None: `default_workers`) start once;
    a loader that was asked for is to be used before the next one is.
    """
    workers = default_workers() if workers is None else workers
    # Pinned memory is copied to a GPU while the last step is still at work.
    kept = loader(dataset, batch_size, workers=workers, pin_memory=torch.cuda.is_available())

    def batches(epoch: int) -> DataLoader:
        kept.batch_sampler.epoch = epoch
        return kept

    return batches


def start_from(model: nn.Module, name: str | Path) -> None:
    """Take over a checkpoint's weights, all but those of another shape: the last layer's.

    They may be those of one part of the network. A layer that has more input channels than the
    checkpoint's gets its weights for the last of them, and 0 for the others: it begins as the
    checkpoint's on what it knew (as Carreira, Zisserman, CVPR 2017, begin with networks of
    images). `IMAGENET` takes those of the network's own ``load_imagenet``.
    """
    if name == IMAGENET:
        return model.load_imagenet()
    other, own = checkpoints.load_pretrained(name)[0].state_dict(), model.state_dict()
    # A layer's own name wins over its name within a part.
    named = {k: other.get(k, other.get(k.partition(".")[2], v)) for k, v in own.items()}
    model.load_state_dict({k: _fitting(v, own[k]) for k, v in named.items()})


def _fitting(weights: Tensor, own: Tensor) -> Tensor:
    """A checkpoint's weights for a layer that has ``own``, which stay where they do not fit."""
    if weights.dim() == own.dim() == 4 and weights.shape[1] < own.shape[1]:
        weights = functional.pad(weights, (0, 0, 0, 0, own.shape[1] - weights.shape[1], 0))
    return weights if weights.shape == own.shape else own


def fit_recipe(
    recipe: Recipe,
    model: nn.Module,
    train: Sized,
    val: Sized,
    *,
    epochs: int,
    seed: int = 0,
    **options,
) -> training.History:
    """`posekit.training.fit` a network by a recipe, validated after each epoch."""
    settings = {"validate": lambda model: recipe.validate(model, val), "seed": seed}
    settings |= dict(recipe.settings) | options
    return training.fit(model, recipe.batches(train, seed), recipe.loss, epochs=epochs, **settings)


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
            recipe's own; the network of the best epoch on the val split is kept.
        epochs: instead of the plan's.
        resume: go on where a training of the same settings was stopped.
        folder: where to save, ``runs/RECIPE-PROFILE-DATASET`` by default.
        root: where data sets are kept.

    Raises `InputError` for names that there are not, and what `fit` and the readers raise.
    """
    recipe = get(name)
    check_known("profile", profile, recipe.plans)
    planned = recipe.plans[profile].epochs
    epochs = planned if epochs is None else epochs
    check_least(1, epochs=epochs)
    check_least(0, seed=seed)
    dataset = recipe.dataset if dataset is None else dataset
    folder = Path(folder or f"runs/{name}-{profile}-{re.sub('[^A-Za-z0-9_+]+', '-', dataset)}")
    training.check_folder(folder, resume)  # before the data, which may take minutes
    command = f"posekit train {name} --profile {profile} --dataset {dataset} --seed {seed}"
    command += f" --epochs {epochs}" if epochs != planned else ""
    with _alone_in(folder):
        examples, val = recipe.load(dataset, recipe.plans[profile], seed, root, progress)
        options = {"epochs": epochs, "seed": seed, "resume": resume, "progress": progress}
        model, history = _fit_best(recipe, examples, val, dataset, folder, **options)
        about = {"terms": SYNTHETIC_TERMS if dataset == catalog.SYNTHETIC else RESEARCH_TERMS}
        about |= _card(recipe, model, examples, history) | recipe.card(dataset, examples, val)
        about |= {"seed": seed, "command": command, "metrics": recipe.report(model, val, about)}
        path = checkpoints.save(model, folder / f"{name}.safetensors", about)
    if progress:
        print(f"{history}\n{recipe.table(about['metrics'])}")
    return path


@contextlib.contextmanager
def _alone_in(folder: Path):
    """No other process trains in this folder meanwhile; `InputError` where one does."""
    try:
        with locked(folder / ".lock"):
            yield
    except Held:
        raise InputError(
            f"another process is training in {folder}: wait for it, or give another --folder."
        ) from None


def _fit_best(recipe: Recipe, examples: Sized, val: Sized, dataset: str, folder: Path, **options):
    """The network of the best epoch, and the history of its training in ``folder``."""
    seed = options["seed"]
    model = build(recipe, examples, seed)
    if recipe.start:
        start_from(model, recipe.start)
    identity = {"recipe": recipe.name, "data": dataset, "examples": len(examples), "seed": seed}
    identity["synthetic"] = synthetic.VERSION
    options |= {"identity": identity, "folder": folder}
    history = fit_recipe(recipe, model, examples, val, **options)
    checkpoints.load_weights(model, folder / training.BEST)
    return model, history


def _card(recipe: Recipe, model: nn.Module, examples: Sized, history: training.History) -> dict:
    """What every card says: which network it is, and how its training went."""
    return {
        "name": recipe.name,
        "task": kind_of(recipe),
        "recipe": recipe.name,
        "network": checkpoints.describe(recipe.network(examples)),
        "parameters": sum(p.numel() for p in model.parameters()),
        "hardware": hardware(),
        "epochs": len(history),
        "best_epoch": history.best["epoch"],
        "minutes": round(sum(history.column("seconds")) / 60, 1),
    }


def evaluate(name: str | Path | tuple, data: str, root=None, **options) -> dict:
    """The report of a checkpoint on ``NAME:SPLIT``; ``options`` are those of its kind.

    ``name`` is as `posekit.checkpoints.load_pretrained` takes it. Raises `InputError` for a count
    of `COUNTS` that is not positive, and a negative seed.
    """
    check_least(1, **{name: options.get(name) for name in COUNTS})
    check_least(0, seed=options.get("seed"))
    model, card = checkpoints.load_pretrained(name)
    found = get(card["recipe"]).evaluate(model, card, data, root, **options)
    return {"checkpoint": card["name"], "sha256": card["sha256"], "data": data} | found


def hardware() -> str:
    """What this training ran on, in words."""
    if torch.cuda.is_available():
        return f"{torch.cuda.device_count()} × {torch.cuda.get_device_name()}"
    return f"CPU, {platform.machine()}, {torch.get_num_threads()} of {os.cpu_count()} cores"
