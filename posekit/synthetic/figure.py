"""Flesh and cloth on the bones: tubes for limbs, rings for the trunk, in metres.

A limb is a tube of five circles along a bone; the trunk is a stack of ellipses, each riding
on the pelvis, the spine or the chest, so that it bends with them. All that does not change
from frame to frame is worked out once a person, here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .body import INDEX, JOINTS, Body
from .look import Look

STATIONS = np.linspace(0, 1, 5)
# Radii at the five stations, in fractions of the height, of a person of average build.
_RADII = {
    "upper_arm": (0.0310, 0.0305, 0.0280, 0.0250, 0.0230),
    "forearm": (0.0235, 0.0262, 0.0238, 0.0188, 0.0155),
    "thigh": (0.0520, 0.0505, 0.0455, 0.0375, 0.0315),
    "shin": (0.0305, 0.0338, 0.0310, 0.0240, 0.0190),
    "collar": (0.0330, 0.0340, 0.0340, 0.0335, 0.0320),
    "neck": (0.0345, 0.0315, 0.0305, 0.0310, 0.0330),
}
_BONES = {"upper_arm": ("shoulder", "elbow"), "forearm": ("elbow", "wrist"),
          "thigh": ("hip", "knee"), "shin": ("knee", "ankle"),
          "collar": ("clavicle", "shoulder")}  # fmt: skip

# Trunk rings from below: joint, height in its frame, half width and depth, forward shift.
_PELVIS = (("pelvis", -0.058, 0.046, 0.046, -0.006), ("pelvis", -0.014, 0.098, 0.066, -0.006),
           ("pelvis", 0.026, 0.096, 0.065, -0.004), ("spine", 0.012, 0.086, 0.058, 0.000))
_CHEST = (("pelvis", -0.004, 0.099, 0.068, -0.004), ("pelvis", 0.034, 0.094, 0.064, -0.002),
          ("spine", 0.024, 0.084, 0.058, 0.002), ("chest", 0.004, 0.090, 0.063, 0.002),
          ("chest", 0.062, 0.100, 0.068, 0.004), ("chest", 0.108, 0.104, 0.061, 0.002),
          ("chest", 0.148, 0.084, 0.043, -0.002),
          ("chest", 0.170, 0.044, 0.034, -0.004))  # fmt: skip
# Part numbers within one person; 0 is the background, and each person has the next PARTS.
TORSO, PELVIS, HEAD, TAIL, HAND, FOOT, TUBE = 1, 2, 3, 4, 5, 7, 9
PARTS = 40

SPOKES = 16
_ROUND = np.arange(SPOKES) * (2 * np.pi / SPOKES)  # 0 is the person's left, a quarter the front


@dataclass(frozen=True)
class Tubes:
    """N tubes: from joint ``a`` to joint ``b``, from ``start`` to ``end`` of the way.

    ``radii`` (N, 5) metres, ``colour`` (N, 3), ``caps`` (N, 2) how round each end is (1 a
    half circle), ``bias`` (N,) metres nearer to the camera than it is, to lie over the skin.
    """

    a: np.ndarray
    b: np.ndarray
    start: np.ndarray
    end: np.ndarray
    radii: np.ndarray
    colour: np.ndarray
    caps: np.ndarray
    bias: np.ndarray
    pattern: np.ndarray


@dataclass(frozen=True)
class Figure:
    """One dressed person; see `build`."""

    body: Body
    look: Look
    tubes: Tubes
    pelvis: np.ndarray  # (R, A, 3) metres, ring points in the frames of ...
    pelvis_joint: np.ndarray  # (R,) these joints
    chest: np.ndarray
    chest_joint: np.ndarray
    hands: np.ndarray  # (2, 5, 3, 3) metres: hand, finger, knuckle to tip, in the wrist's frame
    feet: np.ndarray  # (2, 2, F, 3) metres: foot, (sole, upper), in the ankle's frame
    parts: tuple  # joint (N,), radii (N, 2), centre (N, 3), reach (N, 2): cylinders, metres


def build(body: Body, look: Look) -> Figure:
    """Dress a body."""
    pelvis, pelvis_joint = _rings(_PELVIS, body, 1 + 0.5 * look.loose[1])
    chest, chest_joint = _rings(_CHEST, body, 1 + 0.35 * look.loose[0])
    tubes = _tubes(body, look)
    return Figure(body, look, tubes, pelvis, pelvis_joint, chest, chest_joint,
                  _hands(body, look), _feet(body), _cylinders(body, tubes))  # fmt: skip


def _cylinders(body: Body, tubes: Tubes) -> tuple:
    """What each part number stands for, as an upright elliptic cylinder in a joint's frame.

    Joint, half width and depth, centre, and reach along y, for `posekit.synthetic.visibility`.
    """
    h, wide = body.height, body.build
    joint = np.zeros(PARTS, dtype=int)
    radii, centre = np.full((PARTS, 2), 0.02 * h), np.zeros((PARTS, 3))
    reach = np.tile([-0.1 * h, 0.1 * h], (PARTS, 1))
    for part, name, a, b, y, z in (
        (TORSO, "chest", 0.098 * wide, 0.062 * wide, 0.16, 0),
        (PELVIS, "pelvis", 0.095 * wide, 0.064 * wide, 0.08, 0),
        (HEAD, "head", 0.0445, 0.055, 0.1, 0.01), (TAIL, "head", 0.05, 0.03, 0.1, -0.03),
        (HAND, "left_wrist", 0.012, 0.022, 0.11, 0),
        (HAND + 1, "right_wrist", 0.012, 0.022, 0.11, 0),
        (FOOT, "left_ankle", 0.024, 0.08, 0.04, 0.035),
        (FOOT + 1, "right_ankle", 0.024, 0.08, 0.04, 0.035),
    ):  # fmt: skip
        joint[part], radii[part], centre[part, 2] = INDEX[name], (a * h, b * h), z * h
        reach[part] = -y * h, y * h
    n = slice(TUBE, TUBE + len(tubes.a))
    joint[n], radii[n] = tubes.a, tubes.radii.mean(1)[:, None]
    length = np.sqrt((body.offsets[tubes.b] ** 2).sum(-1))
    reach[n] = np.stack([-length, 0 * length], axis=-1) + tubes.radii[:, :1] * [-1, 1]
    neck = TUBE + len(tubes.a) - 1
    reach[neck] = -0.03 * h, 0.09 * h
    return joint, radii, centre, reach


def _rings(table, body: Body, cloth: float) -> tuple[np.ndarray, np.ndarray]:
    h, wide = body.height, 0.45 + 0.55 * body.build
    rings = np.empty((len(table), SPOKES, 3))
    for ring, (_, y, a, b, z) in zip(rings, table):
        ring[:, 0] = a * wide * np.cos(_ROUND)
        ring[:, 1] = y
        ring[:, 2] = z + b * (0.25 + 0.75 * body.build) * np.sin(_ROUND)
    rings *= h
    rings[:, :, [0, 2]] *= cloth
    joints = np.array([INDEX[name] for name, *_ in table])
    _shape_of_sex(rings, joints, body)
    return rings, joints


def _shape_of_sex(rings: np.ndarray, joints: np.ndarray, body: Body) -> None:
    """Hips, waist, chest and belly, in place."""
    female = body.sex == "female"
    wide = {"pelvis": 1.05 if female else 0.97, "spine": 0.93 if female else 1.0,
            "chest": 0.92 if female else 1.04}  # fmt: skip
    rings[:, :, 0] *= np.array([wide[JOINTS[j]] for j in joints])[:, None]
    front = np.maximum(np.sin(_ROUND), 0)
    for ring, j in zip(rings, joints):
        name, y = JOINTS[j], ring[0, 1] / body.height
        if name == "spine":  # a belly comes with the build
            ring[:, 2] += 0.10 * max(body.build - 1, 0) * body.height * front
        if name == "chest" and female and 0.03 < y < 0.09:
            ring[:, 2] += 0.018 * body.height * front**1.5


def _tubes(body: Body, look: Look) -> Tubes:
    rows = []
    flesh = body.height * (0.35 + 0.65 * body.build)
    slim = 0.94 if body.sex == "female" else 1.03
    for side in ("left", "right"):
        arm, leg = look.sleeves, look.legs
        for limb, cover, colour, loose, cut in (
            ("upper_arm", arm, look.top, look.loose[0], look.sleeves),
            ("forearm", arm - 1, look.top, look.loose[0], look.sleeves),
            ("thigh", leg, look.bottom, look.loose[1], look.legs),
            ("shin", leg - 1, look.bottom, look.loose[1], look.legs),
        ):
            joints = [INDEX[f"{side}_{joint}"] for joint in _BONES[limb]]
            radii = np.array(_RADII[limb]) * flesh * (slim if "arm" in limb else 1)
            rows += _limb(joints, radii, look.skin, colour, cover, loose, cut)
        joints = [INDEX[f"{side}_{joint}"] for joint in _BONES["collar"]]
        rows.append((*joints, 0, 1, np.array(_RADII["collar"]) * flesh * slim, look.top,
                     (1, 1), 0.0, 0))  # fmt: skip
    neck = np.array(_RADII["neck"]) * (body.height * (0.6 + 0.4 * body.build))
    neck = neck * (0.86 if body.sex == "female" else 1)
    rows.append((INDEX["neck"], INDEX["head"], -0.1, 1.2, neck, look.skin, (0.7, 0.5), 0.05, 0))
    columns = list(zip(*rows))
    return Tubes(*(np.array(column, dtype=float if n > 1 else int)
                   for n, column in enumerate(columns)))  # fmt: skip


def _limb(joints, radii, skin, cloth, cover, loose, cut) -> list[tuple]:
    """A bare tube, a clothed one, or a bare one with a sleeve that ends on it."""
    cover = min(max(cover, 0.0), 1.0)
    rows = []
    if cover < 1:
        rows.append((*joints, 0, 1, radii, skin, (1, 1), 0.0, 0))
    if cover > 0:
        sleeve = np.interp(STATIONS * cover, STATIONS, radii)
        sleeve = sleeve * (1 + loose * (0.4 + 0.6 * STATIONS * cover)) + 0.004
        ends_here = cover < 1 or cut == 2
        rows.append((*joints, 0, cover, sleeve, cloth, (1, 0.25 if ends_here else 1), 0.03, 1))
    return rows


def _hands(body: Body, look: Look) -> np.ndarray:
    """(2, 5, 3, 3): thumb, then index to little finger; the left hand's palm looks to -x."""
    knuckles = np.array([(-0.008, -0.018, 0.018), (-0.002, -0.051, 0.016), (-0.001, -0.053, 0.005),
                         (-0.001, -0.051, -0.007), (-0.002, -0.046, -0.019)])  # fmt: skip
    lengths = np.array([0.044, 0.050, 0.054, 0.050, 0.040])
    hands = np.empty((2, 5, 3, 3))
    for hand, curl in zip(hands, look.curl):
        bend = np.radians(np.array([20, 10, 12, 14, 16]) + 85 * curl)
        for finger, knuckle, length, angle in zip(hand, knuckles, lengths, bend):
            first = np.array([-np.sin(angle * 0.6), -np.cos(angle * 0.6), 0])
            second = np.array([-np.sin(angle * 1.5), -np.cos(angle * 1.5), 0])
            finger[0] = knuckle
            finger[1] = knuckle + 0.5 * length * first
            finger[2] = finger[1] + 0.5 * length * second
        hand[0, 1] = hand[0, 0] + [-0.004, -0.018, 0.012]
        hand[0, 2] = hand[0, 1] + [-0.004, -0.020, 0.004]
    hands[1, ..., 0] *= -1
    return hands * body.height


_SOLE = np.array([(-0.016, -0.041, -0.040), (0.016, -0.041, -0.040), (-0.021, -0.041, 0.060),
                  (0.027, -0.041, 0.070), (-0.016, -0.041, 0.112), (0.012, -0.041, 0.112),
                  (-0.016, -0.030, -0.042), (0.016, -0.030, -0.042), (-0.022, -0.030, 0.064),
                  (0.027, -0.030, 0.072), (-0.016, -0.030, 0.114), (0.012, -0.030, 0.114)])
_UPPER = np.array([(-0.016, -0.034, -0.041), (0.016, -0.034, -0.041), (-0.019, 0.004, -0.024),
                   (0.019, 0.004, -0.024), (-0.019, 0.006, 0.016), (0.019, 0.006, 0.016),
                   (-0.019, -0.012, 0.066), (0.022, -0.014, 0.068), (-0.015, -0.022, 0.104),
                   (0.012, -0.022, 0.104), (-0.022, -0.034, 0.070), (0.026, -0.034, 0.074)])


def _feet(body: Body) -> np.ndarray:
    foot = np.stack([_SOLE, _UPPER]) * body.height
    return np.stack([foot, foot * [-1, 1, 1]])
