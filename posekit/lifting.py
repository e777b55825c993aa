"""A network that lifts, at work on a sequence; and its answer corrected while it is used.

*Self-supervised correction*: of a new person nobody knows the joints in space, but two things can
be checked. Projected onto the image again, the answer must lie where the joints were seen, and a
person's left and right limbs are equally long. `Correction` takes a few steps of gradient
descent on these two, for every frame by itself, and leaves the network as it was.

It believes the joints on the image. Where those are wrong, following them makes the answer worse:
so each joint counts by its confidence, and a frame whose joints are not to be trusted is not
corrected at all.

Wang, Lin, Jiang, Qian, Wei, "3D Human Pose Machines with Self-Supervised Learning", PAMI 2020.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from scipy.ndimage import median_filter
from torch import Tensor, nn
from torch.nn import functional

from . import skeletons
from .data.takes import ROOT, person_units
from .errors import InputError, check_shape
from .inference import predicting
from .models.lifters import Stages

# Frames repeated at both ends, and dropped from the answers: a memory has learnt from windows that
# reach beyond their takes, and is at its worst in the first frames that it sees.
EDGE = 6


def answer(out) -> Tensor:
    """(B, T, K, 3) of what a network that lifts returns: a 3D pose machine's refined stage."""
    return out.refined if isinstance(out, Stages) else out


def lift(
    model: nn.Module,
    points,
    skeleton: str,
    flip: bool = True,
    correction: Correction | None = None,
    confidence=None,
) -> np.ndarray:
    """(T, K, 3) metres about the root, an answer for every frame of a sequence, one at least.

    Args:
        points: (T, K, 2) without NaN, in the units that the network learnt from, see
            `posekit.data.takes.in_units`.
        flip: average with the answer to the mirror image, mirrored back.
        correction, confidence: as `Correction.apply` has them, or None.

    At both ends the first and the last frame stand for those that are missing. The model is left
    in the mode that it was in. Raises `InputError` for points of another shape, or NaN.
    """
    points = _checked(points, skeleton)
    if not flip:
        return _lift(model, points, skeleton, correction, confidence)
    mirror = skeletons.get(skeleton).flip
    mirrored = (points * np.float32([-1, 1]))[:, mirror]
    other = None if confidence is None else np.asarray(confidence)[:, mirror]
    back = _lift(model, mirrored, skeleton, correction, other) * np.float32([-1, 1, 1])
    return (_lift(model, points, skeleton, correction, confidence) + back[:, mirror]) / 2


def _lift(model, points, skeleton: str, correction, confidence) -> np.ndarray:
    if correction is not None:
        return correction.apply(model, points, skeleton, confidence).joints
    with predicting(model):
        found = answer(model(_padded(points, model, (model.field - 1) // 2)))[0]
    return found[EDGE:-EDGE].float().cpu().numpy()


def _padded(points: np.ndarray, model: nn.Module, half: int = 0) -> Tensor:
    """(1, T + 2 (EDGE + half), K, 2): the first and the last frame stand for those before and
    after."""
    more = EDGE + half
    return _tensor(np.pad(points, ((more, more), (0, 0), (0, 0)), mode="edge"), model)[None]


# ------------------------------------------------------------------------------ correction
class Corrected(NamedTuple):
    """A sequence's answers, and how far they were from the joints on the image."""

    joints: np.ndarray  # (T, K, 3) metres about the root
    changed: np.ndarray  # (T,) bool: False where a frame was left as it was
    before: np.ndarray  # (T,) reprojection error, root mean square in person units
    after: np.ndarray  # (T,) the same, of the corrected answer


@dataclass(frozen=True)
class Correction:
    """Steps on reprojection and on left and right limbs, for a 3D pose machine.

    Attributes:
        of: what is changed: ``refiner``, the weights of the two layers that refine the answer, as
            the paper has it; ``code``, what the memory gave; or ``joints``, the answer itself.
        steps, lr: of Adam. The paper's are 2 and 1.5e-4.
        bones: how much the limbs count beside the reprojection.
        stay: how much it counts, in metres squared, that the answer stays what it was: what
            neither check can see, depth above all, has no reason to change.
        distance: None projects by the network's projector. Metres project by a pinhole so far
            from the person, which in `person_units` needs to be known only roughly.
        smooth: each frame's change is averaged with those of so many frames on either side: what
            is wrong with an answer stays for a while, and the image's noise does not.
        least: a frame whose mean confidence is below this stays as it is.

    Raises `InputError` for settings that there are not.
    """

    of: str = "refiner"
    steps: int = 2
    lr: float = 1.5e-4
    bones: float = 1.0
    stay: float = 0.0
    distance: float | None = None
    smooth: int = 0
    least: float = 0.5

    def __post_init__(self):
        if self.of not in ("refiner", "code", "joints") or self.steps < 0 or self.lr <= 0:
            raise InputError(
                f"a correction is of 'refiner', 'code' or 'joints', steps from 0 on: {self}."
            )

    def apply(self, model: nn.Module, points, skeleton: str, confidence=None) -> Corrected:
        """The corrected answers to a sequence (T, K, 2), see `lift`.

        ``confidence`` (T, K), from 0 to 1, says how sure each joint on the image is; None: all
        are. The network's weights are afterwards what they were, bit for bit. Raises `InputError`
        for a network without a refiner and a projector.
        """
        if not hasattr(model, "refiner"):
            raise InputError(
                f"{type(model).__name__} has no refiner and no projector: only a 3D pose machine "
                "can be corrected."
            )
        points = _checked(points, skeleton)
        trust = np.ones(points.shape[:2]) if confidence is None else np.asarray(confidence)
        check_shape("confidence", trust, *points.shape[:2])
        changed = trust.mean(1) >= self.least
        with predicting(model):
            codes = model.codes(_padded(points, model))[0, EDGE:-EDGE]
            first = model.answer(codes).refined
            seen = (_tensor(part, model) for part in (points, trust))
            checks = _Checks(self, model.projector, first, *seen, skeleton)
            which, refined = torch.from_numpy(np.flatnonzero(changed)).to(codes.device), first
            if len(which):
                change = torch.zeros_like(first)
                change[which] = self._corrected(model, codes, checks, which) - first[which]
                change = _averaged(change, self.smooth)
                refined = first + change * _tensor(changed, model)[:, None, None]
            errors = [checks.reprojection(part).sqrt().cpu().numpy() for part in (first, refined)]
        return Corrected(refined.float().cpu().numpy(), changed, *errors)

    def _corrected(self, model, codes: Tensor, checks: _Checks, which: Tensor) -> Tensor:
        """(N, K, 3): the corrected answers of these frames."""
        if self.of == "refiner":  # a frame's weights are its own
            pairs = zip(model.answer(codes[which]).coarse.split(1), which.split(1))
            return torch.cat([self._by_refiner(model, *pair, checks) for pair in pairs])
        # All frames at once: none has a part in another's loss.
        if self.of == "code":
            free = codes[which].clone().requires_grad_()
            return self._steps([free], lambda: model.answer(free).refined, which, checks)
        free = checks.first[which].clone().requires_grad_()
        return self._steps([free], lambda: free, which, checks)

    def _by_refiner(self, model, coarse: Tensor, frame: Tensor, checks: _Checks) -> Tensor:
        """One frame, by a copy of the refiner: the network's own weights stay as they are."""
        refiner = copy.deepcopy(model.refiner)
        free = list(refiner.parameters())
        return self._steps(free, lambda: refiner(coarse), frame, checks)

    def _steps(self, free: list[Tensor], answers: Callable, frames, checks: _Checks) -> Tensor:
        """Steps of Adam on these tensors alone, no other one gets a gradient; the answers then."""
        optimizer = torch.optim.Adam(free, lr=self.lr)
        with torch.enable_grad():
            for _ in range(self.steps):
                loss = checks.loss(answers(), frames)
                for tensor, gradient in zip(free, torch.autograd.grad(loss, free)):
                    tensor.grad = gradient
                optimizer.step()
        return answers().detach()


# The paper's; what the memory gave; and the answer itself, which needs no network to project it.
CORRECTIONS = {
    "refiner": Correction(),
    "code": Correction("code", steps=5, lr=0.02, stay=1.0, smooth=4),
    "joints": Correction("joints", steps=30, lr=0.005, stay=0.3, distance=4.0, smooth=4),
}


class _Checks:
    """What can be checked of answers (N, K, 3) without knowing joints in space."""

    def __init__(self, how: Correction, projector, first: Tensor, points, trust, skeleton: str):
        skeleton = skeletons.get(skeleton)
        self.how, self.projector, self.first, self.trust = how, projector, first, trust
        self.root, self.limbs = skeleton.index(ROOT), paired_limbs(skeleton)
        self.target = person_units(points, self.root)

    def loss(self, joints: Tensor, frames: Tensor) -> Tensor:
        """The sum over frames of both checks, and of what the answer has changed by."""
        left, right = (
            (joints[:, ends[:, 0]] - joints[:, ends[:, 1]]).norm(dim=-1) for ends in self.limbs
        )
        moved = (joints - self.first[frames]).square().sum(-1).mean(-1)
        limbs = self.how.bones * (left - right).square().mean(-1)
        return (self.reprojection(joints, frames) + limbs + self.how.stay * moved).sum()

    def reprojection(self, joints: Tensor, frames=slice(None)) -> Tensor:
        """(N,) mean square of what lies between projected and seen joints, by confidence."""
        error = (self.project(joints) - self.target[frames]).square().sum(-1)
        trust = self.trust[frames]
        return (trust * error).sum(-1) / trust.sum(-1).clamp(min=1e-6)

    def project(self, joints: Tensor) -> Tensor:
        """(N, K, 2) in `person_units`."""
        if self.how.distance is None:
            return self.projector(joints)
        depth = (self.how.distance + joints[..., 2:]).clamp(min=0.1)
        return person_units(joints[..., :2] / depth, self.root)


def _averaged(change: Tensor, span: int) -> Tensor:
    """(T, K, 3), each frame averaged with ``span`` frames on either side."""
    rows = functional.pad(change.flatten(1).mT[None], (span, span), mode="replicate")
    return functional.avg_pool1d(rows, 2 * span + 1, 1)[0].mT.reshape(change.shape)


def paired_limbs(skeleton) -> tuple[np.ndarray, np.ndarray]:
    """Two arrays (L, 2) of joint indices: the left limbs, and the right ones in their order."""
    skeleton = skeletons.get(skeleton)
    left = skeleton.limb_indices[np.array(skeleton.limb_sides) == "left"]
    return left, skeleton.flip[left]


def steadiness(points, span: int = 4, width: float = 0.1) -> np.ndarray:
    """(T, K) from 0 to 1: how near each joint is to the median of the frames around it.

    A confidence for points (T, K, 2) in `person_units` that come without one: 1 for a joint that
    keeps still or moves evenly, exp(-1/2) for one that is ``width`` off, ``span`` frames to
    either side being looked at. Errors that last longer than that, it cannot see.
    """
    points = np.asarray(points, dtype=float)
    medians = median_filter(points, (2 * span + 1, 1, 1), mode="nearest")
    off = np.linalg.norm(points - medians, axis=-1)
    return np.exp(-((off / width) ** 2) / 2)


# ------------------------------------------------------------------------------------ help
def _tensor(array: np.ndarray, model: nn.Module) -> Tensor:
    return torch.as_tensor(array, dtype=torch.float32, device=next(model.parameters()).device)


def _checked(points, skeleton: str) -> np.ndarray:
    points = np.asarray(points, dtype=np.float32)
    joints = len(skeletons.get(skeleton))
    check_shape("points", points, "frames", joints, 2)
    if len(points) == 0 or not np.isfinite(points).all():
        raise InputError(
            "points must have a frame at least and no gaps (NaN): fill them first, "
            "data.skeleton_clips.fill_gaps."
        )
    return points
