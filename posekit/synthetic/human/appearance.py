"""What a person looks like: skin, hair and clothes, chosen once and kept for a whole video.

Colours are (3,) RGB floats 0..255 under plain white light.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .body import Body

# From light to dark; read off the Monk Skin Tone scale's middle tones (Monk, 2022) and
# interpolated between at random.
_SKIN = np.array(
    [
        (240, 210, 186),
        (229, 190, 160),
        (213, 168, 132),
        (190, 140, 104),
        (152, 106, 76),
        (118, 80, 57),
        (84, 57, 42),
    ],
    dtype=float,
)
_HAIR = np.array(
    [
        (26, 22, 20),
        (44, 32, 26),
        (74, 50, 34),
        (112, 74, 44),
        (170, 130, 82),
        (206, 172, 118),
        (140, 70, 40),
        (150, 148, 146),
        (206, 204, 200),
    ],
    dtype=float,
)
_HAIR_SHARE = np.cumsum([0.24, 0.2, 0.17, 0.12, 0.09, 0.05, 0.04, 0.05, 0.04]).tolist()
# What people wear: neutrals, denim and dark blues make up half.
_PLAIN = np.array(
    [
        (30, 30, 34),
        (58, 60, 66),
        (112, 114, 118),
        (176, 176, 176),
        (228, 226, 222),
        (34, 44, 78),
        (58, 84, 128),
        (96, 124, 160),
        (186, 166, 132),
        (104, 84, 62),
        (82, 92, 62),
    ],
    dtype=float,
)
PATTERNS = ("plain", "stripes", "chest", "logo", "jacket", "checks")
HAIR_STYLES = ("short", "long", "bun", "bald", "afro", "cap")


class Appearance(NamedTuple):
    """Colours and clothes.

    Attributes:
        skin, hair, top, top2, bottom, shoes, sole: RGB; top2 is the pattern's other colour,
            and means nothing where the top is plain.
        sleeves: how far the top covers the arm: 0 sleeveless, 1 to the elbow, 2 to the wrist.
        legs: the same for the trousers: 0.3 shorts, 1 to the knee, 2 long.
        loose: how far the clothes stand off, as a share of the limb's radius.
        skirt: 0, or how far a skirt reaches down the thigh and shin (1 is the knee).
        tucked: the top ends under the trousers.
        pattern: one of `PATTERNS`; hair_style: one of `HAIR_STYLES`; cap: RGB of a cap.
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
    hair_style: str
    beard: float
    glasses: bool
    barefoot: bool
    curl: tuple[float, float]

    @classmethod
    def random(cls, rng: np.random.Generator, body: Body) -> Appearance:
        """An appearance at random."""
        return appearances_of(rng.random((1, 48)), [body.sex])[0]


def appearances_of(u: np.ndarray, sexes: Sequence[str]) -> list[Appearance]:
    """The appearances of N people, made of the uniform random numbers ``u`` (N, 48)."""
    female = [sex == "female" for sex in sexes]
    styles = [_hair_style(row, woman) for row, woman in zip(u[:, 14].tolist(), female)]
    skirts = [
        0.55 + 0.7 * row[5] if woman and row[4] < 0.2 else 0.0
        for row, woman in zip(u[:, :6].tolist(), female)
    ]
    patterns = [
        PATTERNS[bisect_left((0.45, 0.6, 0.7, 0.82, 0.92), value)] for value in u[:, 6].tolist()
    ]
    skin, hair = _skin_and_hair(u)
    top, top2, bottom, shoes, cap = _clothes(u, skirts, patterns, styles)
    sole = np.where(u[:, 10:11] < 0.5, 225.0, 60.0) * np.ones(3)
    colours = skin, hair, top, top2, bottom, shoes, sole, cap
    people = zip(u.tolist(), female, styles, skirts, patterns, *colours)
    return [_appearance(*person) for person in people]


def _appearance(
    u: list[float], female: bool, style: str, skirt: float, pattern: str, *colours
) -> Appearance:
    sleeves = (0.0, 0.55, 0.7, 1.0, 2.0)[min(int(u[2] * 7.5), 4)]
    trousers = (0.35, 0.7, 0.95, 2.0)[min(int(u[3] * 8), 3)]
    return Appearance(
        *colours,
        sleeves=sleeves,
        legs=0.0 if skirt else trousers,
        loose=(0.06 + 0.4 * u[11] ** 2, 0.04 + 0.3 * u[12] ** 2),
        skirt=skirt,
        tucked=u[13] < 0.3,
        pattern=pattern,
        hair_style=style,
        beard=0.0 if female or u[15] < 0.7 else 0.5 + 1.5 * (u[15] - 0.7),
        glasses=u[46] < 0.15,
        barefoot=u[47] < 0.06,
        curl=(0.15 + 0.6 * u[1], 0.15 + 0.6 * u[2]),
    )


def _skin_and_hair(u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N, 3) each."""
    where = u[:, 0] * (len(_SKIN) - 1)
    low = np.minimum(where.astype(int), len(_SKIN) - 2)
    skin = _SKIN[low] + (where - low)[:, None] * (_SKIN[low + 1] - _SKIN[low])
    # Fair hair goes with fair skin.
    kind = np.searchsorted(_HAIR_SHARE, u[:, 1] * np.where(low < 3, 1, 0.5))
    return skin, _HAIR[np.minimum(kind, 8)] * (0.85 + 0.3 * u[:, 8:9])


def _clothes(u: np.ndarray, skirts, patterns, styles) -> tuple[np.ndarray, ...]:
    """(N, 3) each: top, its second colour, bottom, shoes, cap."""
    numbers = u[:, 16:46].reshape(-1, 5, 6)  # of bottom, top, second, shoes, cap
    dark = np.zeros((len(u), 5), bool)
    dark[:, 0], dark[:, 3] = True, u[:, 9] < 0.6
    bottom, top, second, shoes, cap = _cloth(numbers, dark).swapaxes(0, 1)
    dress = (np.array(skirts) > 0) & (u[:, 7] < 0.5)
    top = np.where(dress[:, None], bottom, top)
    plain = np.array([pattern == "plain" for pattern in patterns])
    second = np.where(plain[:, None], top, _contrast(second, top))
    capped = np.array([style == "cap" for style in styles])
    return top, second, bottom, shoes, np.where(capped[:, None], cap, top)


def _hair_style(u: float, female: bool) -> str:
    shares = (0.2, 0.66, 0.84, 0.85, 0.92) if female else (0.68, 0.73, 0.74, 0.84, 0.89)
    return HAIR_STYLES[bisect_left(shares, u)]


def _cloth(u: np.ndarray, dark: np.ndarray) -> np.ndarray:
    """(..., 3) colours of cloth from numbers (..., 6): half of the time a neutral one."""
    colour = _PLAIN[np.minimum((u[..., 1] * len(_PLAIN)).astype(int), len(_PLAIN) - 1)]
    dimmed = dark & (colour.sum(-1) / 3 > 140) & (u[..., 2] < 0.6)
    neutral = colour * np.where(dimmed, 0.55, 1)[..., None] + 16 * (u[..., 3:6] - 0.5)
    value = np.where(dark, 40 + 110 * u[..., 1], 70 + 165 * u[..., 1])[..., None]
    saturation = (0.25 + 0.65 * u[..., 2])[..., None]
    wheel = np.clip(np.abs((u[..., 3:4] * 6 + [0, 4, 2]) % 6 - 3) - 1, 0, 1)
    vivid = np.clip(value * (1 - saturation * (1 - wheel)), 14, 245)
    return np.where(u[..., :1] < 0.55, np.clip(neutral, 14, 240), vivid)


def _contrast(colour: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(N, 3) a second colour that can be told from the first."""
    bright, against = colour.sum(-1, keepdims=True) / 3, other.sum(-1, keepdims=True) / 3
    moved = np.clip(other + np.where(against < 128, 80, -80), 14, 240)
    return np.where(np.abs(bright - against) > 45, colour, moved)
