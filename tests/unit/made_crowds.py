"""Random people for the tests and benchmarks of the crowd codecs: joints, no images."""

from __future__ import annotations

import numpy as np

from posekit import skeletons

# A standing figure of height 1, seen from the front: x to the right, y down, the right side.
# Each joint hangs on another; what lies below a joint turns about it by a random angle.
FIGURE = {
    "pelvis": (None, (0, 0.53), 0.15),
    "neck": ("pelvis", (0, 0.18), 0.1),
    "nose": ("neck", (0, 0.09), 0.2),
    "right_eye": ("nose", (-0.02, 0.07), 0.1),
    "right_ear": ("right_eye", (-0.045, 0.08), 0.1),
    "head_top": ("neck", (0, 0), 0.2),
    "right_shoulder": ("neck", (-0.11, 0.18), 0.1),
    "right_elbow": ("right_shoulder", (-0.14, 0.36), 0.7),
    "right_wrist": ("right_elbow", (-0.16, 0.5), 0.9),
    "right_hip": ("pelvis", (-0.07, 0.53), 0.05),
    "right_knee": ("right_hip", (-0.08, 0.75), 0.4),
    "right_ankle": ("right_knee", (-0.09, 0.96), 0.4),
}


def figure(rng, skeleton: str) -> np.ndarray:
    """(K, 2) one person of height about 1, in a random pose, seen from a random side."""
    rest, at, turned = {None: np.zeros(2)}, {None: np.zeros(2)}, {None: 0.0}
    for right, (above, (x, y), most) in FIGURE.items():
        for joint, sign in {skeletons.mirror_name(right): -1, right: 1}.items():
            on = above if sign == 1 or above is None else skeletons.mirror_name(above)
            rest[joint] = np.array([sign * x, y])
            cos, sin = np.cos(turned[on]), np.sin(turned[on])
            at[joint] = at[on] + np.array([[cos, -sin], [sin, cos]]) @ (rest[joint] - rest[on])
            turned[joint] = turned[on] + rng.normal(0, most)
    points = np.array([at[joint] for joint in skeletons.get(skeleton).joints])
    points[:, 0] *= rng.choice([-1, 1]) * rng.uniform(0.4, 1)  # from behind, from the side
    return points


def crowd(rng, people, skeleton="openpose18", shape=(46, 82), height=(10, 24), apart=2.5):
    """(P, K, 2) people in cells, somewhat inside the map; a joint's copies are ``apart`` cells."""
    found = np.zeros((0, len(skeletons.get(skeleton)), 2))
    while len(found) < people:
        points = figure(rng, skeleton) * rng.uniform(*height)
        low, high = points.min(0), points.max(0)
        room = np.array(shape[::-1]) - 1 - (high - low)
        if (room < 0).any():
            continue
        points += rng.uniform(0, room) - low
        if not len(found) or np.linalg.norm(found - points, axis=-1).min() >= apart:
            found = np.concatenate([found, points[None]])
    return found


def matched(truth, found, near=1.0):
    """For each true person (P, K, 2) the found one with the most joints within ``near`` of its
    own, each at most once: (P, K) distances, inf where missing or further."""
    from scipy.optimize import linear_sum_assignment

    away = np.linalg.norm(truth[:, None] - found[None], axis=-1)  # (P, Q, K)
    away = np.where(away <= near, away, np.inf)
    rows, columns = linear_sum_assignment(np.isfinite(away).sum(-1), maximize=True)
    distances = np.full(truth.shape[:2], np.inf)
    distances[rows] = away[rows, columns]
    return distances
