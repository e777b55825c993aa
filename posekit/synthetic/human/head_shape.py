"""The shape of a head: skull, jaw, the edge of the hair, and the features of a face.

Skull, jaw and hair are ellipsoids; the edge of the hair is a curve on the skull, and features
are small polygons on it. Lengths are fractions of the body height, in the head's frame: x to
the person's left, y up, z forward.
"""

from __future__ import annotations

import numpy as np

SKULL = np.array([0, 0.049, 0.010]), np.array([0.0445, 0.0580, 0.0560])
JAW = np.array([0, 0.012, 0.028]), np.array([0.0365, 0.0390, 0.0380])

# The edge of the hair: degrees above the skull's equator at each azimuth from the front.
AZIMUTH = np.radians([0, 25, 45, 58, 70, 85, 95, 110, 130, 155, 180])
HAIRLINE = np.radians([40, 38, 30, 10, 4, -12, -22, -30, -42, -48, -50])


def _around(edge: np.ndarray) -> np.ndarray:
    """(20, 3) directions on the unit sphere, from the front by the left side and back."""
    azimuth = np.concatenate([AZIMUTH, -AZIMUTH[-2:0:-1]])
    edge = np.concatenate([edge, edge[-2:0:-1]])
    return np.stack(
        [np.sin(azimuth) * np.cos(edge), np.sin(edge), np.cos(azimuth) * np.cos(edge)], axis=-1
    )


HAIR_EDGE = _around(HAIRLINE)


def _on_skull(x, y, lift=0.0) -> np.ndarray:
    """(..., 3) points of the face at (x, y), ``lift`` before the skull."""
    (_, cy, cz), (a, h, d) = SKULL
    depth = np.sqrt(np.maximum(1 - (x / a) ** 2 - ((y - cy) / h) ** 2, 0.05))
    return np.stack([x, y, cz + d * depth + lift], axis=-1)


def _oval(x, y, w, h, n=8) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return _on_skull(x + w * np.cos(angle), y + h * np.sin(angle))


def _both(points: np.ndarray) -> np.ndarray:
    return np.stack([points, points * [-1, 1, 1]])


_EYES = _both(_oval(0.0185, 0.0405, 0.0078, 0.0036))
_RIMS = _both(_oval(0.0185, 0.0395, 0.0135, 0.0105, 10))
_IRISES = _both(_oval(0.0185, 0.0405, 0.0034, 0.0036, 6))
_X = np.array([0.0085, 0.0150, 0.0220, 0.0290])
_BROWS = _both(_on_skull(_X, np.array([0.0495, 0.0530, 0.0530, 0.0490])))
_LIDS = _both(
    _on_skull(
        np.array([0.0105, 0.0150, 0.0205, 0.0270]), np.array([0.0405, 0.0445, 0.0448, 0.0405])
    )
)
_NOSE = np.array(
    [
        (0.0000, 0.0430, 0.0655),
        (0.0040, 0.0400, 0.0640),
        (0.0105, 0.0200, 0.0660),
        (0.0000, 0.0165, 0.0700),
        (-0.0105, 0.0200, 0.0660),
        (-0.0040, 0.0400, 0.0640),
        (0.0000, 0.0220, 0.0790),
    ]
)
_NOSTRILS = np.array(
    [
        (0.0085, 0.0180, 0.0690),
        (0.0030, 0.0165, 0.0730),
        (-0.0030, 0.0165, 0.0730),
        (-0.0085, 0.0180, 0.0690),
    ]
)
_LIPS = np.array(
    [
        (0.0145, 0.0010, 0.0625),
        (0.0060, 0.0050, 0.0665),
        (0.0, 0.0040, 0.0675),
        (-0.0060, 0.0050, 0.0665),
        (-0.0145, 0.0010, 0.0625),
        (-0.0060, -0.0045, 0.0660),
        (0.0, -0.0055, 0.0665),
        (0.0060, -0.0045, 0.0660),
    ]
)
_EAR = np.array(
    [
        (0.0440, 0.044, 0.008),
        (0.0490, 0.047, 0.001),
        (0.0510, 0.043, -0.006),
        (0.0490, 0.030, -0.006),
        (0.0440, 0.018, 0.003),
        (0.0430, 0.020, 0.008),
    ]
)
_EARS = _both(_EAR)
_CHEEKS = np.array(
    [
        (0.0400, 0.036, 0.022),
        (-0.0400, 0.036, 0.022),
        (0.0420, 0.020, 0.012),
        (-0.0420, 0.020, 0.012),
    ]
)


_BEARD = np.concatenate(
    [
        _on_skull(np.array([0.038, 0.032]), np.array([0.022, 0.010]), -0.004),
        [(0.026, -0.014, 0.050), (0.0, -0.026, 0.052), (-0.026, -0.014, 0.050)],
        _on_skull(np.array([-0.032, -0.038]), np.array([0.010, 0.022]), -0.004),
        [(-0.016, 0.010, 0.0625), (0, 0.0115, 0.0665), (0.016, 0.010, 0.0625)],
    ]
)
_BRIM = np.array(
    [
        (0.042, 0.080, 0.030),
        (0.030, 0.078, 0.080),
        (0.0, 0.077, 0.098),
        (-0.030, 0.078, 0.080),
        (-0.042, 0.080, 0.030),
    ]
)
_LONG = np.array(
    [
        (0.046, 0.06, -0.01),
        (-0.046, 0.06, -0.01),
        (0.0, 0.08, -0.045),
        (0.052, -0.03, -0.015),
        (-0.052, -0.03, -0.015),
        (0.042, -0.085, -0.035),
        (-0.042, -0.085, -0.035),
        (0.02, -0.09, -0.05),
        (-0.02, -0.09, -0.05),
    ]
)
_BUN = np.array([0, 0.075, -0.056]) + 0.026 * np.concatenate([np.eye(3), -np.eye(3)])
# All points of a face in one array, so that one product moves them; and where each stands.
FEATURES = {
    "eye": _EYES,
    "rim": _RIMS,
    "iris": _IRISES,
    "brow": _BROWS,
    "lid": _LIDS,
    "nose": _NOSE,
    "nostrils": _NOSTRILS,
    "lips": _LIPS,
    "ear": _EARS,
    "cheeks": _CHEEKS,
    "beard": _BEARD,
    "brim": _BRIM,
    "long": _LONG,
    "bun": _BUN,
    "centre": SKULL[0][None],
}
FACE_POINTS = np.concatenate([points.reshape(-1, 3) for points in FEATURES.values()])
HAIR_SWELL = {"afro": 1.28, "bald": 1.0, "cap": 1.05}  # the hair's outline over the skull's


def _places() -> dict[str, slice]:
    where, start = {}, 0
    for name, points in FEATURES.items():
        where[name] = slice(start, start + points.size // 3)
        start = where[name].stop
    return where


FEATURE_AT = _places()
