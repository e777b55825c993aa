"""What a person looks like: skin, hair and clothes, drawn once and kept for a whole clip.

Colours are (3,) RGB floats 0..255 under plain white light.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np

from .body import Body

# From light to dark; read off the Monk Skin Tone scale's middle tones (Monk, 2022) and
# interpolated between when drawn.
_SKIN = np.array([(240, 210, 186), (229, 190, 160), (213, 168, 132), (190, 140, 104),
                  (152, 106, 76), (118, 80, 57), (84, 57, 42)], dtype=float)  # fmt: skip
_HAIR = np.array([(26, 22, 20), (44, 32, 26), (74, 50, 34), (112, 74, 44), (170, 130, 82),
                  (206, 172, 118), (140, 70, 40), (150, 148, 146), (206, 204, 200)],
                 dtype=float)  # fmt: skip
_HAIR_SHARE = np.cumsum([0.24, 0.2, 0.17, 0.12, 0.09, 0.05, 0.04, 0.05, 0.04]).tolist()
# What people wear: neutrals, denim and dark blues make up half.
_PLAIN = np.array([(30, 30, 34), (58, 60, 66), (112, 114, 118), (176, 176, 176), (228, 226, 222),
                   (34, 44, 78), (58, 84, 128), (96, 124, 160), (186, 166, 132), (104, 84, 62),
                   (82, 92, 62)], dtype=float).tolist()  # fmt: skip
PATTERNS = ("plain", "stripes", "chest", "logo", "jacket", "checks")
HAIR_STYLES = ("short", "long", "bun", "bald", "afro", "cap")


@dataclass(frozen=True)
class Look:
    """Colours and clothes.

    Attributes:
        skin, hair, top, top2, bottom, shoes, sole: RGB; top2 is the pattern's other colour,
            and means nothing where the top is plain.
        sleeves: how far the top covers the arm: 0 sleeveless, 1 to the elbow, 2 to the wrist.
        legs: the same for the trousers: 0.3 shorts, 1 to the knee, 2 long.
        loose: how far the clothes stand off, as a share of the limb's radius.
        skirt: 0, or how far a skirt reaches down the thigh and shin (1 is the knee).
        tucked: the top ends under the trousers.
        pattern: one of `PATTERNS`; style: one of `HAIR_STYLES`; cap: RGB of a cap.
        beard: 0 none to 1 full. glasses, barefoot: yes or no.
        curl: (2,) how far each hand's fingers are bent, 0 open to 1 fist.
    """

    skin: np.ndarray
    hair: np.ndarray
    top: np.ndarray
    top2: np.ndarray
    bottom: np.ndarray
    shoes: np.ndarray
    sole: np.ndarray
    cap: np.ndarray
    sleeves: float
    legs: float
    loose: tuple[float, float]
    skirt: float
    tucked: bool
    pattern: str
    style: str
    beard: float
    glasses: bool
    barefoot: bool
    curl: tuple[float, float]

    @classmethod
    def draw(cls, rng: np.random.Generator, body: Body) -> Look:
        """A look at random."""
        u = rng.random(48).tolist()
        female = body.sex == "female"
        where = u[0] * (len(_SKIN) - 1)
        low = min(int(where), len(_SKIN) - 2)
        skin = _SKIN[low] + (where - low) * (_SKIN[low + 1] - _SKIN[low])
        # Fair hair goes with fair skin.
        hair = _HAIR[min(bisect_left(_HAIR_SHARE, u[1] * (1 if low < 3 else 0.5)), 8)]
        sleeves = (0.0, 0.55, 0.7, 1.0, 2.0)[min(int(u[2] * 7.5), 4)]
        trousers = (0.35, 0.7, 0.95, 2.0)[min(int(u[3] * 8), 3)]
        skirt = 0.55 + 0.7 * u[5] if female and u[4] < 0.2 else 0.0
        pattern = PATTERNS[bisect_left((0.45, 0.6, 0.7, 0.82, 0.92), u[6])]
        bottom = _cloth(u[16:22], dark=True)
        top = bottom if skirt and u[7] < 0.5 else _cloth(u[22:28])
        shoes = _cloth(u[34:40], dark=u[9] < 0.6)
        style = _style(u[14], female)
        # What nobody will see is not mixed.
        second = top if pattern == "plain" else _contrast(u[28:34], top)
        cap = _cloth(u[40:46]) if style == "cap" else top
        cloths = np.array([top, second, bottom, shoes, cap])
        return cls(
            skin, hair * (0.85 + 0.3 * u[8]), *cloths[:4],
            sole=np.full(3, 225.0 if u[10] < 0.5 else 60.0), cap=cloths[4],
            sleeves=sleeves, legs=0.0 if skirt else trousers,
            loose=(0.06 + 0.4 * u[11] ** 2, 0.04 + 0.3 * u[12] ** 2),
            skirt=skirt, tucked=u[13] < 0.3, pattern=pattern, style=style,
            beard=0.0 if female or u[15] < 0.7 else 0.5 + 1.5 * (u[15] - 0.7),
            glasses=u[46] < 0.15, barefoot=u[47] < 0.06,
            curl=(0.15 + 0.6 * u[1], 0.15 + 0.6 * u[2]),
        )  # fmt: skip


def _style(u: float, female: bool) -> str:
    shares = (0.2, 0.66, 0.84, 0.85, 0.92) if female else (0.68, 0.73, 0.74, 0.84, 0.89)
    return HAIR_STYLES[bisect_left(shares, u)]


def _cloth(u: list[float], dark: bool = False) -> list[float]:
    """A colour of cloth: half of the time a neutral one."""
    # Plain floats: on three numbers they are several times as fast as numpy.
    if u[0] < 0.55:
        colour = _PLAIN[min(int(u[1] * len(_PLAIN)), len(_PLAIN) - 1)]
        share = 0.55 if dark and sum(colour) / 3 > 140 and u[2] < 0.6 else 1
        return [min(max(c * share + 16 * (v - 0.5), 14), 240) for c, v in zip(colour, u[3:6])]
    value = (40 + 110 * u[1]) if dark else (70 + 165 * u[1])
    saturation = 0.25 + 0.65 * u[2]
    wheel = (min(max(abs((u[3] * 6 + k) % 6 - 3) - 1, 0), 1) for k in (0, 4, 2))
    return [min(max(value * (1 - saturation * (1 - c)), 14), 245) for c in wheel]


def _contrast(u: list[float], other: list[float]) -> list[float]:
    """A second colour that can be told from the first."""
    colour = _cloth(u)
    if abs(sum(colour) / 3 - sum(other) / 3) > 45:
        return colour
    step = 80 if sum(other) / 3 < 128 else -80
    return [min(max(c + step, 14), 240) for c in other]
