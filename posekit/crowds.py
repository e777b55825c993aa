"""Several people in an image: a network's maps of the whole image, and the people read off them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from . import oks, skeletons
from .codecs.centres import Centres
from .codecs.pafs import PartFields
from .codecs.people import People
from .data.sample import Sample
from .errors import InputError, check_image, check_known
from .geometry import box_sides, cell_to_pixel, pixel_to_cell
from .models.crowd_nets import CrowdMaps
from .models.pyramids import STRIDE

SIDE = 384  # pixels: the longer side of an image as the network sees it
# Several sides, for people of all sizes. These, `LARGE`, `SAME` and `AGREE` were chosen by AP on
# 240 rendered scenes of the val split.
SIDES = (192, 256, 384, 512)
LARGE = 80  # pixels of a person as the network sees it; whoever has less needs a larger side
SAME = 0.5  # object keypoint similarity from which two found people are one
AGREE = 0.2  # of the root of a person's area: two looks this near mean the same place
MULTIPLE = 32  # of both sides, the coarsest stride of the network
LARGEST = 4096  # pixels of a side, for whose maps a machine still has the memory
GROUPINGS = ("pafs", "centres")


class Fitted(NamedTuple):
    """An image as the network takes it."""

    tensor: Tensor  # (1, 3, H, W) from 0 to 1
    scale: np.ndarray  # (2,) how many times wider and higher than before

    def to_image(self, keypoints: np.ndarray) -> np.ndarray:
        """(..., 2) pixels of the tensor to pixels of the image."""
        return pixel_to_cell(keypoints, self.scale).astype(np.float32)


def fit_image(image: np.ndarray, side: int | tuple[int, int] = SIDE) -> Fitted:
    """An image (H, W, 3) uint8 RGB, all of it, its longer side of ``side`` pixels.

    Black is added at the right and below, so that both sides are multiples of 32; or, where
    ``side`` is a pair, so that height and width are these two. Raises `InputError` for what is
    no image, and a side of less than 32 pixels.
    """
    check_image("the image", image)
    check_sides(side)
    height, width = image.shape[:2]
    room = side if isinstance(side, tuple) else (side, side)
    most, tight = min(zip(room, (height, width)), key=lambda pair: pair[0] / pair[1])
    new = [max(1, round(length * most / tight)) for length in (height, width)]
    up = [-(-length // MULTIPLE) * MULTIPLE for length in new]
    rows, columns = side if isinstance(side, tuple) else up
    # Averages where it shrinks: bilinear resizing looks at 2 x 2 pixels and skips the others.
    how = cv2.INTER_AREA if most < tight else cv2.INTER_LINEAR
    canvas = np.zeros((rows, columns, 3), np.uint8)
    canvas[: new[0], : new[1]] = cv2.resize(image, (new[1], new[0]), interpolation=how)
    tensor = torch.from_numpy(canvas)[None].permute(0, 3, 1, 2).float() / 255
    return Fitted(tensor, np.array([new[1] / width, new[0] / height]))


def check_sides(*sides: int | tuple[int, int]) -> None:
    """Raise `InputError` for a side that no network of several people can look at."""
    if not sides or np.min(sides) < MULTIPLE or np.max(sides) > LARGEST:
        said = ", ".join(map(str, sides)) or "none"
        raise InputError(f"a side has {MULTIPLE} to {LARGEST} pixels, {SIDE} say, and not {said}.")


def find_people(
    model: nn.Module,
    image: np.ndarray,
    codec: Mapping,
    side: int | Sequence[int] = SIDE,
    grouping: str = "pafs",
    matching: str = "greedy",
) -> People:
    """The people of an image (H, W, 3) uint8 RGB, in its pixels, the best first.

    Args:
        model: a `posekit.models.crowd_nets.CrowdNet`, ready to predict.
        codec: what the card says of it: by grouping, the arguments of `PartFields` and `Centres`.
        side: how large the network sees the image, in pixels of its longer side. With several,
            such as `SIDES`, it looks once at each, and `merge_people` brings the people together.
            A network that takes a single size says it by itself.
        grouping: ``pafs`` joins joints to people by part affinity fields, ``centres`` by centres
            and offsets.
        matching: ``greedy`` or ``exact``, how the fields join them.
    """
    sides = sides_of(model, side)
    found = [_find_at(model, image, codec, one, grouping, matching) for one in sides]
    longer = max(image.shape[:2])
    found[1:] = [large(each, LARGE * longer / one) for each, one in zip(found[1:], sides[1:])]
    return merge_people(found, codec[grouping]["skeleton"])


def sides_of(model: nn.Module, side: int | Sequence[int]) -> list:
    """The sides at which a network looks, the largest first; `InputError` as `check_sides`."""
    if hasattr(model, "size"):
        return [model.size]
    sides = sorted(set(np.atleast_1d(side).tolist()), reverse=True)
    check_sides(*sides)
    return sides


def _find_at(model, image, codec, side, grouping, matching) -> People:
    fitted = fit_image(image, side)
    with torch.inference_mode():
        maps = model.predict(fitted.tensor.to(next(model.parameters()).device))
    people = read_people(maps, 0, codec, grouping, matching)
    return people._replace(keypoints=fitted.to_image(people.keypoints))


# ------------------------------------------------------------------------- several sizes
def merge_people(found: Sequence[People], skeleton: str) -> People:
    """The people found in looks at several sizes of one image, each once, the best first.

    Non-maximum suppression by object keypoint similarity: the person of the best score is kept,
    and whoever was found in another look and is at least `SAME` similar to somebody kept is the
    same person; `mean_joints` makes one of them. Scores grow with every joint found, so a whole
    person is kept rather than an arm of it. The similarity is over the joints of the one who may
    be the same, and a joint that the one kept lacks counts 0. People of the same look were told
    apart by the network, and stay apart.
    """
    look = np.repeat(np.arange(len(found)), [len(people.scores) for people in found])
    people = People(*map(np.concatenate, zip(*found)))
    points, there = people.keypoints, people.scores > 0
    areas = extents(people).prod(-1)
    similar = oks.oks(points[:, None], points, there, areas[:, None], skeleton)  # [kept, other]
    same = (similar >= SAME) & (look[:, None] != look)
    members: dict[int, list[int]] = {}  # of whom is kept, the best first: all who are the same
    for n in np.argsort(-people.person_scores, kind="stable").tolist():
        near = [k for k in members if same[k, n]]
        whose = max(near, key=lambda k: similar[k, n], default=n)
        members.setdefault(whose, []).append(n)
    joints = [mean_joints(points[m], people.scores[m], areas[k]) for k, m in members.items()]
    points, scores = map(np.stack, zip(*joints)) if joints else (points, people.scores)
    return People(points, scores, people.person_scores[list(members)])


def mean_joints(points: np.ndarray, scores: np.ndarray, area: float) -> tuple:
    """One person (K, 2), (K,) of points (M, K, 2) and scores (M, K) of M looks at it.

    Of each joint the mean, weighted by the scores, of those at most `AGREE` times the root of the
    person's ``area`` from the surest; its score is the surest's. A joint that one look lacks comes
    from the others. NaN where no look has it.
    """
    surest = points[scores.argmax(0), np.arange(points.shape[1])]
    near = np.linalg.norm(points - surest, axis=-1) <= AGREE * np.sqrt(area)  # never where NaN
    weights = np.where(near, scores, 0)
    shares = weights / weights.sum(0).clip(1e-9)
    mean = (shares[..., None] * np.nan_to_num(points)).sum(0)
    return np.where(near.any(0)[:, None], mean, np.nan).astype(points.dtype), scores.max(0)


def large(people: People, least: float) -> People:
    """Those of the people whose joints reach over at least so many pixels, across or upright.

    A network has a size of people that it learnt best. It finds smaller ones too, less exactly,
    and at a larger side of the image they are no longer small. Singh, Davis, "An Analysis of
    Scale Invariance in Object Detection - SNIP", CVPR 2018, choose people by size likewise.
    """
    enough = extents(people).max(-1) >= least
    return People(*(part[enough] for part in people))


def extents(people: People) -> np.ndarray:
    """(P, 2) width and height in pixels of the box around each person's joints that were found."""
    return box_sides(np.where((people.scores > 0)[..., None], people.keypoints, np.nan))


class Shuffled(nn.Module):
    """A network whose fields and offsets come in another order: what groups joints is lost."""

    def __init__(self, model: nn.Module, seed: int = 0):
        super().__init__()
        self.model, self.seed = model, seed

    def predict(self, images: Tensor) -> CrowdMaps:
        """The maps, those that group joints permuted along their channels."""
        maps = self.model.predict(images)
        return maps._replace(pafs=self._mixed(maps.pafs), offsets=self._mixed(maps.offsets))

    def _mixed(self, part: Tensor) -> Tensor:
        order = torch.randperm(part.shape[1], generator=torch.Generator().manual_seed(self.seed))
        return part[:, order.to(part.device)]


def read_people(
    maps: CrowdMaps, number: int, codec: Mapping, grouping: str = "pafs", matching: str = "greedy"
) -> People:
    """The people of one image of a batch of maps; the arguments are those of `find_people`."""
    check_known("grouping", grouping, GROUPINGS)
    size = tuple(STRIDE * length for length in maps.heatmaps.shape[-2:])
    heatmaps, pafs, centres, offsets = (part[number] for part in maps)
    if grouping == "centres":
        return Centres(size=size, **codec[grouping]).decode(centres, offsets, heatmaps)
    return PartFields(size=size, **codec[grouping]).decode(heatmaps, pafs, matching=matching)


def oracle(
    sample: Sample, codec: Mapping, side: int = SIDE, grouping: str = "pafs", matching="exact"
) -> People:
    """The people that a perfect network would let be found: a sample's labels, there and back.

    The labels are encoded as the maps of the image at that side, and these are decoded; what is
    lost on the way is lost to every network that is read so. Arguments are as for `find_people`;
    the joint set of ``sample`` is COCO's.
    """
    fitted = fit_image(sample.image, side)
    size, skeleton = tuple(fitted.tensor.shape[-2:]), codec["pafs"]["skeleton"]
    points, visible, _ = skeletons.convert(
        sample.keypoints, sample.visible, sample.skeleton, skeleton
    )
    points = cell_to_pixel(points, fitted.scale)
    labels = torch.from_numpy(points)[None].float(), torch.from_numpy(visible)[None]
    parts = PartFields(size=size, **codec["pafs"]).encode(*labels)
    whole = Centres(size=size, **codec["centres"]).encode(*labels)
    maps = CrowdMaps(parts.heatmaps, parts.pafs, whole.centres, whole.offsets)
    people = read_people(maps, 0, codec, grouping, matching)
    return people._replace(keypoints=fitted.to_image(people.keypoints))
