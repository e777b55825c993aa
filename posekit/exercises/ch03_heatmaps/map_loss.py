"""Compute the cross entropy of a map with its target, over the labelled joints only."""

from __future__ import annotations

import numpy as np
import torch

from ..core import Case, CommonMistake, Exercise
from .encode import encode


def map_loss(maps, targets, visible):
    """Cross entropy of softmax(map) with the target made to sum to 1, a mean over labelled joints.

    maps: (people, joints, h, w) tensor of raw numbers. targets: the same shape, bumps. visible:
    (people, joints), 0 is unlabelled. -> a tensor without axes; 0 where nothing is labelled.
    """
    labelled = visible > 0
    if not labelled.any():
        return maps.sum() * 0
    logs = torch.log_softmax(maps[labelled].flatten(1), dim=1)  # (labelled joints, h w)
    share = targets[labelled].flatten(1)
    share = share / share.sum(dim=1, keepdim=True)
    return -(share * logs).sum(dim=1).mean()


# What is said where a case fails.
QUARTER = "Softmax gives each of the four cells 1/4: the loss is log 4 = 1.386."
ONE_SOFTMAX = "One softmax over all the cells of a map; the target divided by its sum."
OCCLUDED = "`visible` 1 is labelled: it counts."
LABELLED = "Only labelled joints count, and only they are divided by."
ZEROS = "Choose the labelled maps first: 0 divided by its sum is NaN."
NAN = "NaN times 0 is NaN: leave those maps out, do not multiply them away."
INFINITE = "exp(1000) is infinite: `torch.log_softmax` does not go that way."
GRADIENT = "Stay in torch to the end: `detach`, `item` and a new tensor cut the gradient off."
NOTHING = "Nothing to learn from: a loss of 0."


def _bumps(rng):
    points = rng.uniform(4, 20, (12, 2))
    return torch.from_numpy(encode(points, np.ones(12), (24, 32), 4, 1.0)).view(3, 4, 6, 8)


def _some_labelled(rng):
    """Some joints of two people, and one joint of the third."""
    visible = torch.from_numpy(rng.integers(0, 3, (3, 4)))
    visible[0, 0], visible[1, 2], visible[2] = 0, 1, torch.tensor([2, 0, 0, 0])
    return visible


def _cases(rng):
    maps = torch.from_numpy(rng.normal(0, 2, (3, 4, 6, 8)))
    bumps, some, every = _bumps(rng), _some_labelled(rng), torch.full((3, 4), 2)
    zeros, lost = bumps * (some > 0)[..., None, None], bumps.clone()
    lost[some == 0] = torch.nan
    flat, dot = torch.zeros(1, 1, 2, 2), torch.tensor([[[[1.0, 0.0], [0.0, 0.0]]]])
    hidden = torch.where(every == 2, 1, 0)
    four_cells = (flat, dot, every[:1, :1])
    yield Case("a flat map of four cells, a target of one cell", four_cells, QUARTER)
    yield Case("twelve joints, all labelled", (maps, bumps, every), ONE_SOFTMAX)
    yield Case("the same joints, occluded", (maps, bumps, hidden), OCCLUDED)
    yield Case("some unlabelled, with junk in the targets", (maps, bumps, some), LABELLED)
    yield Case("some unlabelled, with targets of zeros", (maps, zeros, some), ZEROS)
    yield Case("some unlabelled, with NaN in the targets", (maps, lost, some), NAN)
    yield Case("raw numbers up to a thousand", (300 * maps, bumps, every), INFINITE)
    learning = (maps.clone().requires_grad_(), bumps, every)
    yield Case("maps that ask for a gradient", learning, GRADIENT)
    yield Case("nothing labelled", (maps, zeros * 0, 0 * every), NOTHING)


def _shares(targets):
    return targets / targets.sum((-1, -2), keepdim=True)


def _map_loss(maps, targets, visible, mean=lambda each, labelled: each[labelled].mean()):
    """The loss of every joint, and then another mean of them, as the common mistakes need it."""
    logs = torch.log_softmax(maps.flatten(-2), -1).view_as(maps)
    return mean(-(_shares(targets) * logs).sum((-1, -2)), visible > 0)


def _rows_only(maps, targets, visible):
    logs = torch.log_softmax(maps, -1)
    return -(_shares(targets) * logs).sum((-1, -2))[visible > 0].mean()


def _unstable(maps, targets, visible):
    power = maps.exp()
    return map_loss((power / power.sum((-1, -2), keepdim=True)).log(), targets, visible)


EXERCISE = Exercise(
    map_loss,
    "Compute the cross entropy of a map with its target, over the labelled joints only.",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda m, t, v: (m - t).square().sum((-1, -2))[v > 0].mean(),
            "This is the squared difference of two maps: take the softmax of the map, and its "
            "cross entropy with the target.",
        ),
        CommonMistake(
            _rows_only,
            "Your softmax runs over each row by itself: all the cells of a map compete, so "
            "flatten its two axes into one first.",
        ),
        CommonMistake(
            lambda m, t, v: (
                -(t * torch.log_softmax(m.flatten(-2), -1).view_as(m)).sum((-1, -2))[v > 0].mean()
            ),
            "Your target does not sum to 1: divide each by its sum, or wide bumps count more.",
        ),
        CommonMistake(
            lambda m, t, v: _map_loss(m, t, v) / m[0, 0].numel(),
            "You average over the cells too: sum over them, and average over joints alone.",
        ),
        CommonMistake(
            lambda m, t, v: _map_loss(m, t, v, lambda each, labelled: each.mean()),
            "You count every joint, and so also what nobody has labelled.",
        ),
        CommonMistake(
            lambda m, t, v: map_loss(m, t, torch.where(v == 2, 2, 0)),
            "You leave occluded joints out: `visible` 1 is labelled.",
        ),
        CommonMistake(
            lambda m, t, v: _map_loss(m, t, v, lambda e, k: torch.where(k, e, 0).mean()),
            "You divide by all joints: divide by how many are labelled, or missing labels make "
            "the loss small.",
        ),
        CommonMistake(
            lambda m, t, v: _map_loss(m, t, v, lambda e, k: (e * k).sum() / k.sum()),
            "You multiply the unlabelled joints by 0, and NaN times 0 is NaN: choose the "
            "labelled ones first, `maps[labelled]`.",
        ),
        CommonMistake(
            _unstable,
            "exp of a large number is infinite: use `torch.log_softmax`, which takes the "
            "maximum out first.",
        ),
        CommonMistake(
            lambda m, t, v: -map_loss(m, t, v),
            "The sign is wrong: cross entropy is *minus* the sum of target times log p.",
        ),
        CommonMistake(
            lambda m, t, v: _map_loss(m, t, v),
            "The mean of nothing is NaN, and one NaN in a loss ends a training: return 0 where "
            "nothing is labelled.",
        ),
    ),
    hints=(
        "`labelled = visible > 0`, and then `maps[labelled]` is (labelled joints, h, w).",
        "`flatten(1)` makes one line of each map; `torch.log_softmax(..., dim=1)` are the "
        "logarithms of its probabilities.",
        "The loss of a joint is `-(share * logs).sum(dim=1)`, where share is the target divided "
        "by its sum. Where nothing is labelled return `maps.sum() * 0`.",
    ),
    explanation="The cells of a map compete for one unit of probability, so a map of zeros is no "
    "refuge: it means *anywhere*, and costs log(h w). With a squared difference it means "
    "*nowhere*, and costs hardly more than a good map. `maps.sum() * 0` is 0 with a gradient of "
    "0, so that `backward` still works on a batch in which nothing is labelled.",
)
