"""One training loop, from a laptop's CPU to several machines.

`fit` is the loop that everybody writes, plus what goes wrong at two in the morning: it saves
itself after every epoch, continues bit for bit after a kill, stops at the first NaN, and
means the same on one process or many. Accelerate does the devices: several GPUs or machines
need no change here, only its launcher::

    accelerate launch --num_processes 2 my_training.py
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import recursively_apply
from tqdm import tqdm

from .averaging import Average
from .checkpoints import save_weights
from .errors import InputError
from .precision import choose_precision, computing_in
from .resume import BEST, LAST, read_state, restore, save_state


# ------------------------------------------------------------------------------ schedules
def cosine(progress: float, warmup: float = 0.03) -> float:
    """Up in a line over the first ``warmup``, then down along half a cosine to 0.

    Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017.
    """
    if progress < warmup:
        return (progress + 1e-3) / (warmup + 1e-3)
    return 0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup)))


# -------------------------------------------------------------------------------- history
@dataclass
class History:
    """What a training came to: one row an epoch.

    Attributes:
        rows: dictionaries with ``epoch`` (from 1), ``loss``, ``lr``, ``seconds`` and whatever
            the validation gave.
        best: the row that was best by the monitored column, or None.
        ending: why it ended, in words.
    """

    rows: list[dict] = field(default_factory=list)
    best: dict | None = None
    ending: str = ""

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, name: str) -> list[float]:
        """One column; NaN where an epoch has no such value."""
        return [row.get(name, math.nan) for row in self.rows]

    def __str__(self) -> str:
        if not self.rows:
            return "no epoch yet"
        names = list(self.rows[-1])
        lines = ["  ".join(f"{name:>10}" for name in names)]
        lines += ["  ".join(f"{row.get(n, math.nan):>10.4g}" for n in names) for row in self.rows]
        return "\n".join([*lines, self.ending])


# ------------------------------------------------------------------------------- the loop
@dataclass(frozen=True)
class FitOptions:
    """What else `fit` takes, by name: ``fit(model, batches, loss, epochs=8, patience=2)``.

    How a step is taken:
        optimizer: called with the parameters and ``lr``.
        schedule: from the share of the training that is done to the learning rate's factor.
        grad_clip: the gradient's norm is cut to this.
        precision: ``no``, ``bf16``, or ``auto``: bf16 where the machine is sooner in it, see
            `posekit.precision`; a resumed training keeps what it had.
        seed: of what is drawn in the loop itself (dropout).
        average: after each step the kept weights move by 1 - ``average`` towards the trained
            ones, 0.999 say (Polyak and Juditsky, 1992): steadier than any single step. The kept
            ones are validated and saved, and are the model's in the end. 0 keeps the trained ones.

    Which epoch is best, and when to stop:
        monitor, higher_is_better: the column that says which epoch is best.
        patience: stop after so many epochs without a better one.

    What is kept:
        folder: where `LAST` (to resume) and `BEST` (weights) are saved, each whole or not at
            all. None saves nothing.
        resume: go on from `LAST` where there is one; bit for bit in one process, also where
            the batches draw from torch's, NumPy's or Python's global generator. Without it a
            folder that holds a training is refused.
        identity: what this training is, as JSON; resuming another one is refused.

    What is shown:
        on_epoch: called with the history after each epoch, for a live plot.
        progress: show a bar for each epoch.
    """

    optimizer: Callable = torch.optim.AdamW
    schedule: Callable[[float], float] = cosine
    grad_clip: float = 1.0
    precision: str = "auto"
    seed: int = 0
    average: float = 0.0
    monitor: str = "loss"
    higher_is_better: bool = False
    patience: int | None = None
    folder: str | Path | None = None
    resume: bool = False
    identity: Mapping | None = None
    on_epoch: Callable[[History], None] | None = None
    progress: bool = True


def fit(
    model: torch.nn.Module,
    batches: Callable[[int], Iterable],
    loss: Callable,
    *,
    epochs: int,
    lr: float = 1e-3,
    validate: Callable[[torch.nn.Module], Mapping[str, float]] | None = None,
    **options,
) -> History:
    """Train ``model`` in place; what it was like at its best is in ``folder``.

    Args:
        batches: from an epoch's number (from 0) to a sized iterable of batches, the same each
            time it is asked: tensors with a leading batch axis in tuples, lists, named tuples
            or dicts, nested as you like. Several processes each get the same batch and take
            their share of it.
        loss: ``loss(model, batch)`` gives a mean, or (mean, over how many): the latter where
            the number differs from batch to batch, so that shares are weighed right.
        epochs, lr: how long, and the learning rate at its highest.
        validate: called after each epoch with the model in ``eval`` mode, without gradients.
        options: see `FitOptions`.

    Raises `InputError` when the loss or a gradient is not finite (the last checkpoint stays),
    when there is no batch, and when what is to be resumed is damaged or another training.
    """
    chosen = FitOptions(**options)
    if not any(p.requires_grad for p in model.parameters()):
        raise InputError("the model has no parameter to train: is every layer frozen?")
    folder, state = None if chosen.folder is None else Path(chosen.folder), None
    if folder:
        check_folder(folder, chosen.resume)
        state = read_state(folder / LAST) if (folder / LAST).exists() else None
    precision = choose_precision(state["precision"] if state else chosen.precision)
    accelerator = _accelerator(precision)
    torch.manual_seed(chosen.seed)
    plain = model
    optimizer = chosen.optimizer(model.parameters(), lr=lr)
    model, optimizer = accelerator.prepare(model, optimizer)
    identity = json.loads(json.dumps(dict(chosen.identity or {}) | {"epochs": epochs, "lr": lr}))
    kept = Average(plain, chosen.average)
    loop = _Loop(accelerator, model, optimizer, kept, loss, lr, epochs, chosen)
    history = History()
    if state:
        history = History(*restore(state, folder / LAST, plain, optimizer, kept, identity))

    for epoch in range(len(history), epochs):
        if _waited(history, chosen.patience):
            break
        start = time.perf_counter()
        with computing_in(precision, plain):
            mean, rate = loop.epoch(epoch, batches(epoch))
        row = {"epoch": epoch + 1, "loss": mean, "lr": rate}
        if validate is not None:
            kept.model.eval()
            with torch.no_grad():
                row |= {name: float(value) for name, value in validate(kept.model).items()}
        history.rows.append(row | {"seconds": time.perf_counter() - start})
        better = _is_better(history, chosen.monitor, chosen.higher_is_better)
        if folder and accelerator.is_main_process:
            if better:
                save_weights(kept.model, folder / BEST)
            save_state(folder / LAST, plain, optimizer, kept, history, identity, precision)
        if chosen.on_epoch is not None and accelerator.is_main_process:
            chosen.on_epoch(history)
    if kept.decay:
        plain.load_state_dict(kept.model.state_dict())
    history.ending = (
        f"stopped early: {chosen.patience} epochs without a better {chosen.monitor}"
        if len(history) < epochs
        else f"{epochs} epochs"
    )
    return history


def check_folder(folder: Path, resume: bool) -> None:
    """Raises `InputError` for a folder that holds a training which is not to be resumed."""
    if not resume and (folder / LAST).exists():
        raise InputError(
            f"{folder} holds a training already: go on with it (--resume, or resume=True), or "
            "train into another folder."
        )


@dataclass
class _Loop:
    """What stays the same from batch to batch."""

    accelerator: Accelerator
    model: torch.nn.Module
    optimizer: torch.optim.Optimizer
    kept: Average
    loss: Callable
    lr: float
    epochs: int
    options: FitOptions

    def epoch(self, epoch: int, batches) -> tuple[float, float]:
        """Train on every batch once; the mean loss and the last learning rate."""
        total, weight, rate, size = 0.0, 0.0, self.lr, len(batches)
        if size == 0:
            raise InputError(
                f"epoch {epoch + 1} has no batch: is the data set (or this split) empty?"
            )
        self.model.train()
        bar = self._bar(epoch, batches)
        for step, batch in enumerate(bar):
            rate = self.lr * self.options.schedule((epoch + step / size) / self.epochs)
            mean, count, norm = self._step(batch, rate)
            if not (math.isfinite(mean) and math.isfinite(norm)):
                what = "loss" if not math.isfinite(mean) else "gradient"
                raise InputError(
                    f"the {what} is not finite in epoch {epoch + 1}, step {step + 1}: "
                    "training stops before a weight is spoiled. Look at this batch's "
                    "targets, then try a lower learning rate."
                )
            self.optimizer.step()
            self.kept.update()
            total, weight = total + mean * count, weight + count
            bar.set_postfix_str(f"loss {total / max(weight, 1e-12):.4g}", refresh=False)
        return total / max(weight, 1e-12), rate

    def _bar(self, epoch: int, batches) -> tqdm:
        shown = self.options.progress and self.accelerator.is_main_process
        name = f"epoch {epoch + 1}/{self.epochs}"
        return tqdm(batches, name, ascii=True, mininterval=0.5, leave=False, disable=not shown)

    def _step(self, batch, rate: float) -> tuple[float, float, float]:
        """Set the learning rate and the gradients; the loss, over how many, the gradient's norm.

        The loss is that of the whole batch, of which each process has a share.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        accelerator, world = self.accelerator, self.accelerator.num_processes
        share = _share(batch, accelerator.device, accelerator.process_index, world)
        with accelerator.autocast():
            value = self.loss(self.model, share)
        mean, count = value if isinstance(value, tuple) else (value, 1.0)
        count = torch.as_tensor(count, dtype=torch.float32, device=accelerator.device)
        everyone = accelerator.reduce(count, "sum") if world > 1 else count
        # The processes' gradients are averaged: weighed so, that average is the batch's own.
        weighed = mean.float() * (count * world / everyone.clamp(min=1e-12))
        self.optimizer.zero_grad()
        accelerator.backward(weighed)
        whole = accelerator.reduce(weighed.detach(), "mean") if world > 1 else weighed.detach()
        norm = accelerator.clip_grad_norm_(self.model.parameters(), self.options.grad_clip)
        return float(whole), float(everyone), float(norm)


def _share(batch, device, rank: int, world: int):
    """This process's share of a batch, on its device."""
    return recursively_apply(lambda part: part[rank::world].to(device, non_blocking=True), batch)


def _accelerator(precision: str) -> Accelerator:
    # Accelerate keeps one state a process; a notebook trains several times in one.
    AcceleratorState._reset_state(reset_partial_state="RANK" not in os.environ)
    # It would take Apple's GPU (MPS), which has no float64: the matrices of a batch are.
    return Accelerator(mixed_precision=precision, cpu=torch.backends.mps.is_available())


def _is_better(history: History, monitor: str, higher: bool) -> bool:
    value = history.rows[-1].get(monitor)
    if value is None:
        raise InputError(f"there is no column {monitor!r} to go by: {', '.join(history.rows[-1])}.")
    if math.isnan(value):
        return False  # never best: any number that comes later beats it
    best = math.nan if history.best is None else history.best[monitor]
    if math.isnan(best) or (value > best if higher else value < best):
        history.best = history.rows[-1]
        return True
    return False


def _waited(history: History, patience: int | None) -> bool:
    best = history.best["epoch"] if history.best else 0
    return patience is not None and len(history) - best >= patience
