"""Flesh and cloth on the bones: tubes for limbs, rings for the trunk, in metres.

A limb is a tube of five circles along a bone; the trunk is a stack of ellipses, each riding
on the pelvis, the spine or the chest, so that it bends with them. All that does not change
from pose to pose is worked out here, for N people at once: every array has a leading N.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .appearance import Appearance
from .body import Body
from .joint_tree import INDEX

# Part numbers within one person; 0 is the background, and each person has the next PARTS.
TORSO, PELVIS, HEAD, TAIL, HAND, FOOT, TUBE = 1, 2, 3, 4, 5, 7, 9
PARTS = 32

STATIONS = np.linspace(0, 1, 5)
# Radii at the five stations, in fractions of the height, of a person of average build. Each
# row bends one way only, so that a tube's outline is convex, which is painted fastest.
_RADII = {
    "upper_arm": (0.0312, 0.0306, 0.0288, 0.0262, 0.0228),
    "forearm": (0.0232, 0.0260, 0.0244, 0.0206, 0.0155),
    "thigh": (0.0525, 0.0510, 0.0465, 0.0400, 0.0315),
    "shin": (0.0300, 0.0340, 0.0320, 0.0262, 0.0188),
    "collar": (0.0330, 0.0340, 0.0340, 0.0335, 0.0320),
    "neck": (0.0345, 0.0332, 0.0320, 0.0308, 0.0296),
}
_BONES = {
    "upper_arm": ("shoulder", "elbow"),
    "forearm": ("elbow", "wrist"),
    "thigh": ("hip", "knee"),
    "shin": ("knee", "ankle"),
}
# Tubes, in this order: eight bare limbs, the same eight clothed, both collars, the neck.
_LIMBS = [(limb, side) for limb in _BONES for side in ("left", "right")]
_ENDS = [[f"{side}_{joint}" for joint in _BONES[limb]] for limb, side in _LIMBS]
_ENDS = (
    _ENDS
    + _ENDS
    + [["left_clavicle", "left_shoulder"], ["right_clavicle", "right_shoulder"], ["neck", "head"]]
)
TUBE_FROM, TUBE_TO = np.array([[INDEX[a], INDEX[b]] for a, b in _ENDS]).T
TUBES, _NECK = len(TUBE_FROM), len(TUBE_FROM) - 1
_BARE, _CLAD, _COLLARS = slice(0, 8), slice(8, 16), slice(16, 18)
_LIMB_RADII = np.array([_RADII[limb] for limb, _ in _LIMBS])
_IS_ARM = np.array(["arm" in limb for limb, _ in _LIMBS])
_IS_LOWER = np.array([limb in ("forearm", "shin") for limb, _ in _LIMBS])
# Metres nearer to the camera than it is: cloth lies over skin, the neck over the collar, and
# a thigh under the hem of the shirt.
TUBE_BIAS = np.zeros(TUBES)
TUBE_BIAS[_CLAD] = 0.03
TUBE_BIAS[[4, 5, 12, 13]] -= 0.05
TUBE_BIAS[_NECK] = 0.05

# Trunk rings from below: joint, height in its frame, half width and depth, forward shift;
# then half width and depth of a woman over these, which are the mean of both sexes.
_PELVIS = (
    ("pelvis", -0.058, 0.046, 0.046, -0.006, 1.05, 1.00),
    ("pelvis", -0.008, 0.098, 0.066, -0.006, 1.06, 1.02),
    ("spine", 0.006, 0.087, 0.059, 0.000, 0.98, 0.97),
)
_CHEST = (
    ("pelvis", -0.004, 0.100, 0.068, -0.004, 1.05, 1.00),
    ("spine", 0.020, 0.085, 0.058, 0.002, 0.94, 0.96),
    ("chest", 0.020, 0.092, 0.064, 0.003, 0.93, 0.98),
    ("chest", 0.072, 0.101, 0.068, 0.004, 0.93, 1.00),
    ("chest", 0.114, 0.102, 0.058, 0.002, 0.93, 0.96),
    ("chest", 0.149, 0.080, 0.042, -0.002, 0.92, 0.95),
    ("chest", 0.171, 0.043, 0.034, -0.004, 0.90, 0.92),
)
_RINGS = _PELVIS + _CHEST
PELVIS_RINGS, CHEST_RINGS = slice(0, len(_PELVIS)), slice(len(_PELVIS), len(_RINGS))
# The trunk is painted in layers, each between two of the rings: in small images in fewer.
PELVIS_LAYERS, CHEST_LAYERS = slice(0, len(_PELVIS) - 1), slice(len(_PELVIS) - 1, None)
LAYERS = np.array([(0, 1), (1, 2), (3, 4), (4, 5), (5, 6), (6, 7), (7, 8), (8, 9)])
FEW_LAYERS = np.array([(0, 1), (1, 2), (3, 4), (4, 7), (7, 9)])
RING_JOINT = np.array([INDEX[ring[0]] for ring in _RINGS])
_RING_SHAPE = np.array([ring[1:5] for ring in _RINGS])
_RING_SEX = np.array([ring[5:] for ring in _RINGS])
_RING_BELLY = np.array(
    [0.10 if ring[0] == "spine" else 0.05 if ring[1] < 0.05 else 0 for ring in _RINGS]
)
_RING_BUST = np.zeros(len(_RINGS))
_RING_BUST[len(_PELVIS) + 3], _RING_BUST[len(_PELVIS) + 2] = 0.018, 0.006
SPOKES = 12
_ROUND = np.arange(SPOKES) * (2 * np.pi / SPOKES)  # 0 is the person's left, a quarter the front
FRONT = SPOKES // 4


@dataclass(frozen=True)
class DressedBodies:
    """N dressed people. T tubes, R rings; metres, in the frames of the joints they ride on.

    Attributes:
        body, appearances: who they are.
        start, end: (N, T) where along its bone a tube begins and ends.
        radii: (N, T, 5). caps: (N, T, 2) how round each end is, 1 a half circle.
        worn: (N, T) whether there is such a tube.
        rings: (N, R, A, 3). hands: (N, 2, 5, 3, 3) hand, finger, knuckle to tip.
        feet: (N, 2, 2, F, 3) foot, (sole, upper).
        parts: joint (PARTS,), radii (N, PARTS, 2), centre (N, PARTS, 3), reach (N, PARTS, 2):
            the elliptic cylinder that each part number stands for, along y of its joint.
    """

    body: Body
    appearances: list[Appearance]
    start: np.ndarray
    end: np.ndarray
    radii: np.ndarray
    caps: np.ndarray
    worn: np.ndarray
    rings: np.ndarray
    hands: np.ndarray
    feet: np.ndarray
    parts: tuple


def dress(body: Body, appearances: list[Appearance]) -> DressedBodies:
    """Dress N bodies (a `Body.stack`)."""
    woman = np.array([sex == "female" for sex in body.sex])
    tubes = _tubes(body, appearances, woman)
    return DressedBodies(
        body,
        appearances,
        *tubes,
        _rings(body, appearances, woman),
        _hands(body, appearances),
        _FOOT * body.height[:, None, None, None, None],
        _cylinders(body, tubes[2]),
    )


def random_person(rng: np.random.Generator) -> tuple[Body, DressedBodies]:
    """One person at random, undressed and dressed."""
    body = Body.random(rng)
    return body, dress(Body.stack([body]), [Appearance.random(rng, body)])


def _rings(body: Body, appearances: list[Appearance], woman: np.ndarray) -> np.ndarray:
    """(N, R, A, 3), the clothes included."""
    sex = np.where(woman[:, None, None], _RING_SEX, 2 - _RING_SEX)  # (N, R, 2)
    loose = np.array([appearance.loose for appearance in appearances])
    cloth = np.ones((len(appearances), len(_RINGS)))
    cloth[:, PELVIS_RINGS] += 0.4 * loose[:, 1:]
    cloth[:, CHEST_RINGS] += 0.35 * loose[:, :1]
    fat = body.build[:, None]
    width = _RING_SHAPE[:, 1] * sex[..., 0] * cloth * (0.45 + 0.55 * fat)
    depth = _RING_SHAPE[:, 2] * sex[..., 1] * cloth * (0.25 + 0.75 * fat)
    front = np.maximum(np.sin(_ROUND), 0)
    swell = _RING_BELLY * np.maximum(fat - 1, 0) + _RING_BUST * woman[:, None]
    rings = np.empty((*width.shape, SPOKES, 3))
    rings[..., 0] = width[..., None] * np.cos(_ROUND)
    rings[..., 1] = _RING_SHAPE[:, :1]
    rings[..., 2] = depth[..., None] * np.sin(_ROUND) + swell[..., None] * front
    rings[..., 2] += _RING_SHAPE[:, 3:]
    return rings * body.height[:, None, None, None]


def _tubes(body: Body, appearances: list[Appearance], woman: np.ndarray) -> tuple:
    """start, end, radii, caps, worn of all tubes."""
    n, is_arm = len(appearances), _IS_ARM.astype(int)
    cover = np.array([(appearance.legs, appearance.sleeves) for appearance in appearances])
    cover = np.clip(cover[:, is_arm] - _IS_LOWER, 0, 1)  # (N, 8) share of the limb under cloth
    loose = np.array([appearance.loose[::-1] for appearance in appearances])[:, is_arm, None]
    start, end, caps = np.zeros((n, TUBES)), np.ones((n, TUBES)), np.ones((n, TUBES, 2))
    end[:, _CLAD] = cover
    start[:, _NECK], end[:, _NECK], caps[:, _NECK] = -0.1, 1.2, (0.7, 0.5)
    caps[:, _CLAD, 1] = np.where((cover < 1) | _IS_LOWER, 0.25, 1)
    worn = np.ones((n, TUBES), bool)
    worn[:, _BARE], worn[:, _CLAD] = cover < 1, cover > 0
    return start, end, _tube_radii(body, cover, loose, woman), caps, worn


def _tube_radii(body: Body, cover, loose, woman: np.ndarray) -> np.ndarray:
    """(N, T, 5), with cloth over a share ``cover`` (N, 8) of each limb, ``loose`` (N, 8, 1)."""
    height, fat = body.height[:, None, None], body.build[:, None, None]
    slim = np.where(woman, 0.94, 1.03)[:, None, None]
    flesh = height * (0.35 + 0.65 * fat) * np.where(_IS_ARM[:, None], slim, 1)
    along = STATIONS * cover[..., None]  # (N, 8, 5)
    low, limb = np.minimum((along * 4).astype(int), 3), np.arange(8)[:, None]
    below, above = _LIMB_RADII[limb, low], _LIMB_RADII[limb, low + 1]
    cloth = below + (along * 4 - low) * (above - below)
    radii = np.empty((len(cover), TUBES, 5))
    radii[:, _BARE] = _LIMB_RADII * flesh
    radii[:, _CLAD] = cloth * flesh * (1 + loose * (0.4 + 0.6 * along)) + 0.004
    radii[:, _COLLARS] = np.array(_RADII["collar"]) * height * (0.35 + 0.65 * fat) * slim
    radii[:, _NECK] = np.array(_RADII["neck"]) * (height * (0.6 + 0.4 * fat))[:, 0]
    radii[:, _NECK] *= np.where(woman, 0.86, 1)[:, None]
    return radii


def _cylinders(body: Body, tube_radii: np.ndarray) -> tuple:
    h, fat = body.height[:, None], body.build[:, None, None]
    joint, radii = np.zeros(PARTS, dtype=int), np.full((PARTS, 2), 1e-6)
    centre, reach = np.zeros((PARTS, 3)), np.zeros((PARTS, 2))
    for part, (name, a, b, y, z) in _SHAPES.items():
        joint[part], radii[part], centre[part, 2] = INDEX[name], (a, b), z
        reach[part] = -y, y
    joint[TUBE : TUBE + TUBES] = TUBE_FROM
    radii, centre, reach = (array * h[..., None] for array in (radii, centre, reach))
    radii[:, [TORSO, PELVIS]] *= fat
    tubes = slice(TUBE, TUBE + TUBES)
    radii[:, tubes] = tube_radii.mean(-1, keepdims=True)
    length = np.sqrt((body.offsets[:, TUBE_TO] ** 2).sum(-1))
    reach[:, tubes, 0] = -length - tube_radii[..., 0]
    reach[:, tubes, 1] = tube_radii[..., 0]
    reach[:, TUBE + _NECK] = h * [-0.03, 0.09]
    reach[:, FOOT : FOOT + 2] = h[..., None] * [-0.045, -0.006]  # it lies below the ankle
    return joint, radii, centre, reach


_SHAPES = {
    TORSO: ("chest", 0.098, 0.062, 0.16, 0),
    PELVIS: ("pelvis", 0.095, 0.064, 0.08, 0),
    HEAD: ("head", 0.0445, 0.055, 0.1, 0.01),
    TAIL: ("head", 0.05, 0.03, 0.1, -0.03),
    HAND: ("left_wrist", 0.012, 0.022, 0.11, 0),
    HAND + 1: ("right_wrist", 0.012, 0.022, 0.11, 0),
    FOOT: ("left_ankle", 0.024, 0.08, 0.04, 0.035),
    FOOT + 1: ("right_ankle", 0.024, 0.08, 0.04, 0.035),
}

_KNUCKLES = np.array(
    [
        (-0.008, -0.018, 0.018),
        (-0.002, -0.051, 0.016),
        (-0.001, -0.053, 0.005),
        (-0.001, -0.051, -0.007),
        (-0.002, -0.046, -0.019),
    ]
)
_FINGERS = np.array([0.044, 0.050, 0.054, 0.050, 0.040])[:, None]
_BEND = np.radians([20, 10, 12, 14, 16])


def _hands(body: Body, appearances: list[Appearance]) -> np.ndarray:
    """(N, 2, 5, 3, 3): thumb, then index to little finger; the left hand's palm faces -x."""
    curl = np.array([appearance.curl for appearance in appearances])
    bend = _BEND + np.radians(85) * curl[..., None]  # (N, 2, 5)
    hands = np.empty((*bend.shape, 3, 3))
    hands[..., 0, :] = _KNUCKLES
    for joint, share in ((1, 0.6), (2, 1.5)):
        way = np.zeros((*bend.shape, 3))
        way[..., 0], way[..., 1] = -np.sin(share * bend), -np.cos(share * bend)
        hands[..., joint, :] = hands[..., joint - 1, :] + 0.5 * _FINGERS * way
    hands[:, :, 0, 1] = hands[:, :, 0, 0] + [-0.004, -0.018, 0.012]
    hands[:, :, 0, 2] = hands[:, :, 0, 1] + [-0.004, -0.020, 0.004]
    hands[:, 1, ..., 0] *= -1
    return hands * body.height[:, None, None, None, None]


_SOLE = np.array(
    [
        (-0.016, -0.041, -0.040),
        (0.016, -0.041, -0.040),
        (-0.021, -0.041, 0.060),
        (0.027, -0.041, 0.070),
        (-0.016, -0.041, 0.112),
        (0.012, -0.041, 0.112),
        (-0.016, -0.030, -0.042),
        (0.016, -0.030, -0.042),
        (-0.022, -0.030, 0.064),
        (0.027, -0.030, 0.072),
        (-0.016, -0.030, 0.114),
        (0.012, -0.030, 0.114),
    ]
)
_UPPER = np.array(
    [
        (-0.016, -0.034, -0.041),
        (0.016, -0.034, -0.041),
        (-0.019, 0.004, -0.024),
        (0.019, 0.004, -0.024),
        (-0.019, 0.006, 0.016),
        (0.019, 0.006, 0.016),
        (-0.019, -0.012, 0.066),
        (0.022, -0.014, 0.068),
        (-0.015, -0.022, 0.104),
        (0.012, -0.022, 0.104),
        (-0.022, -0.034, 0.070),
        (0.026, -0.034, 0.074),
    ]
)
_FOOT = np.stack([_SOLE, _UPPER])
_FOOT = np.stack([_FOOT, _FOOT * [-1, 1, 1]])
