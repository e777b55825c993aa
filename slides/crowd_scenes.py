"""What deck 05 draws: one rendered scene of several people, its true maps, and their reading.

>>> from slides import crowd_scenes as crowd     # in a deck's .py file
>>> crowd.targets().pafs.shape                   # x and y of every limb, in every cell
torch.Size([1, 38, 64, 96])
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import torch

from posekit import checkpoints, geometry, skeletons, synthetic
from posekit.codecs import assembly
from posekit.codecs.pafs import CrowdTargets, PartFields
from slides import sketch

BODY = skeletons.get("openpose18")
SIZE, STRIDE = (512, 768), 8  # pixels and cells as large as a slide can show them
CODEC = PartFields("openpose18", SIZE, STRIDE)
ELBOW, WRIST = BODY.index("right_elbow"), BODY.index("right_wrist")
FOREARM = BODY.limbs.index(("right_elbow", "right_wrist"))
YELLOW = "#F0E442"
PEOPLE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")  # Okabe and Ito
SEED = 7


@lru_cache
def scene():
    """Four people, cut out of a larger image: a sample of COCO's 17 joints."""
    height, width = SIZE
    size = (height * 3 // 2, width * 3 // 2)
    sample = synthetic.People(SEED, 20, size, "coco17", people=4)[1]
    known = sample.keypoints[sample.visible > 0]
    middle = (known.min(0) + known.max(0)) / 2
    x, y = np.clip(middle - (width / 2, height / 2), 0, (width / 2, height / 2)).astype(int)
    return replace(
        sample,
        image=np.ascontiguousarray(sample.image[y : y + height, x : x + width]),
        keypoints=sample.keypoints - np.float32([x, y]),
        boxes=sample.boxes - np.float32([x, y, x, y]),
        keypoints_3d=None,
        camera=None,
    )


def as_openpose(sample) -> tuple[np.ndarray, np.ndarray]:
    """(P, 18, 2) pixels and (P, 18) visible of a sample: COCO's joints and the neck."""
    found = skeletons.convert(sample.keypoints, sample.visible, "coco17", "openpose18")
    return found[0], found[1]


def encode(points, visible, codec: PartFields = CODEC) -> CrowdTargets:
    """The true maps of one image, as a batch of one."""
    return codec.encode(torch.from_numpy(points)[None], torch.from_numpy(visible)[None])


@lru_cache
def targets() -> CrowdTargets:
    """The true maps of the scene."""
    return encode(*as_openpose(scene()))


@lru_cache
def peaks() -> list[np.ndarray]:
    """(N, 3) cells and height of the peaks of each joint of the scene."""
    return [assembly.find_peaks(heatmap.numpy()) for heatmap in targets().heatmaps[0, :18]]


def field(limb: int = FOREARM) -> np.ndarray:
    """(2, h, w) the field of one limb of the scene."""
    return targets().pafs[0, 2 * limb : 2 * limb + 2].numpy()


def table(limb: int = FOREARM) -> np.ndarray:
    """(N, M) the scores of all pairs of one limb's joints."""
    a, b = BODY.limb_indices[limb]
    return assembly.limb_scores(field(limb), peaks()[a], peaks()[b])


@lru_cache
def pairs() -> list[assembly.Pair]:
    """The pairs of all limbs of the scene, the best first."""
    found = []
    for limb in range(len(BODY.limbs)):
        found += assembly.match_limb(table(limb), limb, "greedy")
    return sorted(found, key=lambda pair: -pair.score)


def pixels(cells) -> np.ndarray:
    """Places in cells of the scene's maps, as pixels of its image."""
    return geometry.cell_to_pixel(np.asarray(cells), STRIDE)


def window(points, margin: float) -> tuple[tuple, tuple]:
    """The limits of axes around points (..., 2), with so many pixels on each side: x, and y."""
    known = points[np.isfinite(points).all(-1)]
    low, high = known.min(0) - margin, known.max(0) + margin
    return (low[0], high[0]), (high[1], low[1])


def pale(image: np.ndarray, share: float = 0.55) -> np.ndarray:
    """An image mixed with white, as a ground to draw on."""
    return (255 - share * (255 - image.astype(float))).round().astype(np.uint8)


def dots(ax, points, visible, colour: str = YELLOW, size: float = 9):
    """All labelled joints of everybody, in one colour."""
    ax.plot(
        *points[visible > 0].T,
        "o",
        color=colour,
        markersize=size,
        markeredgecolor=sketch.INK,
        markeredgewidth=1.5,
    )


def network():
    """The shipped network for several people, and its card."""
    return checkpoints.load_pretrained("crowd")
