"""Scores of networks that lift 2D to 3D, in millimetres, next to the mean pose.

Which joints on the image a network was given decides its score more than its form does: true ones,
true ones with noise, or with a detector's faults (`POINTS`). So every score says which.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from torch import nn

from . import lifting, metrics, skeletons
from .data.faults import Faults
from .data.takes import ROOT, Take, in_units, person_units

MM = 1000
# What is wrong with the joints on the image. The last is what detectors do: errors that stay.
POINTS = {
    "truth": Faults(),
    "noise": Faults(noise=3.0),
    "faults": Faults(noise=1.5, jitter=2.5, swap=0.02, drop=0.05),
}


@dataclass(frozen=True)
class Asked:
    """How a network is asked: what a score must say besides its figure.

    Attributes:
        units: what the network takes, one of `posekit.data.takes.UNITS`.
        points: one of `POINTS`.
        flip: averaged with the answer to the mirror image.
        correction: a `posekit.lifting.Correction`, or None.
        seed: of the faults.
        skeleton: the takes' joint set.
    """

    units: str = "image"
    points: str = "truth"
    flip: bool = True
    correction: lifting.Correction | None = None
    seed: int = 0
    skeleton: str = "humaneva15"

    @property
    def root(self) -> int:
        return skeletons.get(self.skeleton).index(ROOT)


def mean_pose(takes: Sequence[Take]) -> np.ndarray:
    """(K, 3) metres about the root: the mean of all frames, 0 for a joint never known."""
    joints, known = truth(takes)
    weights = (known > 0)[..., None]
    return (joints * weights).sum(0) / np.maximum(weights.sum(0), 1)


def truth(takes: Sequence[Take]) -> tuple[np.ndarray, np.ndarray]:
    """(N, K, 3) joints in space of all frames of takes, and (N, K) which are known."""
    return tuple(
        np.concatenate([getattr(t, name) for t in takes]) for name in ("joints", "visible")
    )


def predict(model: nn.Module, takes: Sequence[Take], asked: Asked) -> np.ndarray:
    """(N, K, 3) metres about the root: the answers for all frames of takes.

    Faults are drawn for each take by itself: they are the same whatever other takes there are.
    """
    return np.concatenate([_predict_one(model, take, asked) for take in takes])


def _predict_one(model: nn.Module, take: Take, asked: Asked) -> np.ndarray:
    rng = np.random.default_rng([asked.seed, *take.id.encode()])
    alone = take.points[:, None], take.seen[:, None]  # one person
    points, seen = (part[:, 0] for part in POINTS[asked.points].apply(*alone, asked.skeleton, rng))
    inputs, trust = in_units(points, asked.units, take.size, asked.root), None
    if asked.correction is not None:
        # What was filled in is not to be trusted, nor what jumps.
        trust = seen * lifting.steadiness(person_units(points, asked.root))
    return lifting.lift(model, inputs, asked.skeleton, asked.flip, asked.correction, trust)


def score(model: nn.Module, takes: Sequence[Take], mean, asked: Asked) -> dict:
    """Every score in millimetres, over frames and as the mean over people's actions.

    ``mean`` is the training's `mean_pose`, the baseline that needs no network.
    """
    (target, visible), lengths = truth(takes), [len(take.points) for take in takes]
    predicted = predict(model, takes, asked)
    groups = np.repeat([f"{take.group} {take.action}".strip() for take in takes], lengths)
    p1 = partial(metrics.mpjpe, root=asked.root)
    whole = p1(predicted, target, visible)
    actions = metrics.by_group(p1, predicted, target, visible, groups)
    still = np.broadcast_to(np.array(mean, dtype=float), target.shape)
    found = {
        "p1": whole.value,
        "mean_pose": p1(still, target, visible).value,
        "action_mean": actions.value,
        "p2": metrics.pa_mpjpe(predicted, target, visible).value,
        "n_mpjpe": metrics.n_mpjpe(predicted, target, visible, root=asked.root).value,
        "velocity": velocity_error(predicted, target, visible, lengths),
    }
    found = {name: MM * value for name, value in found.items()}
    return found | {
        "actions": {name: MM * part.value for name, part in actions.groups.items()},
        "frames": len(target),
        "frames_of": {name: int((groups == name).sum()) for name in actions.groups},
        "joints": whole.count,
        "points": asked.points,
        "flip": asked.flip,
        "corrected": asked.correction.of if asked.correction else None,
    }


def velocity_error(predicted, target, visible, lengths: Sequence[int]) -> float:
    """`metrics.mpjve` over all takes: between the last frame of one and the first of the next
    there is no velocity."""
    total = count = 0
    for part in zip(*(np.split(a, np.cumsum(lengths)[:-1]) for a in (predicted, target, visible))):
        found = metrics.mpjve(*part)
        if found.count:
            total, count = total + found.value * found.count, count + found.count
    return total / count if count else float("nan")


def table(report: dict) -> str:
    """A report as text."""
    how = f"points: {report['points']}, {'with' if report['flip'] else 'without'} mirror image"
    how += f", corrected by {report['corrected']}" if report["corrected"] else ""
    rows = [f"{report['frames']:,} frames, {how}; millimetres"]
    named = {
        "P1, about the root": "p1",
        "P1 of the mean pose": "mean_pose",
        "P1, mean over actions": "action_mean",
        "P2, after a similarity": "p2",
        "N-MPJPE, after a scale": "n_mpjpe",
        "velocity, a frame": "velocity",
    }
    rows += [f"{name:<26}{report[key]:8.1f}" for name, key in named.items()]
    rows += [
        f"  {name:<24}{value:8.1f}  {report['frames_of'][name]:6,} frames"
        for name, value in report["actions"].items()
    ]
    return "\n".join(rows)
