"""One 3D body: its measures, and the pose that it takes when its joints turn.

The joints and the axes are in `human.joint_tree`, the angles in `human.joint_angles`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ... import skeletons
from ...errors import InputError
from .joint_angles import segment_transforms
from .joint_tree import JOINTS, PARENTS, REST, SITE_JOINT, SITE_REST, point_indices


def _rows(*names: str) -> np.ndarray:
    return np.flatnonzero([joint.split("_")[-1] in names for joint in JOINTS])


_LEG, _ARM = _rows("hip", "knee", "ankle"), _rows("elbow", "wrist")
_SHOULDER, _HIP = _rows("shoulder", "clavicle"), _rows("hip")
_TRUNK = _rows("spine", "chest", "neck", "head", "clavicle")
_HEAD_SITES = np.flatnonzero(np.isin(SITE_JOINT, _rows("head")))
_HAND_SITES = np.flatnonzero(np.isin(SITE_JOINT, _rows("wrist")))

# hops[n][j] is the ancestor 2**n steps above j; the last index stands for "above the root".
_NONE = len(JOINTS)
_HOPS = [np.append(np.where(PARENTS < 0, _NONE, PARENTS), _NONE)]
_HOPS += [_HOPS[0][_HOPS[0]]]
_HOPS += [_HOPS[1][_HOPS[1]]]


@dataclass(frozen=True)
class Body:
    """The measures of one person, or (`stack`) of N with a leading N on each of them.

    Attributes:
        sex: ``female`` or ``male``.
        height: metres, standing, head top to sole.
        build: how wide the person is for the height: 1 is average, 0.85 slim, 1.3 stout.
        offsets: (J, 3) metres, each joint in its parent's segment at rest.
        sites: (S, 3) metres, each point of `SITES` in its segment at rest.
        head_scale: the size of the head over that of an average adult of this height.
    """

    sex: str
    height: float
    build: float
    offsets: np.ndarray
    sites: np.ndarray
    head_scale: float = 1.0

    @classmethod
    def random(cls, rng: np.random.Generator) -> Body:
        """A person at random. Heights: ANSUR II (Gordon et al. 2014), men 1.756 (sd 0.069)
        and women 1.629 (0.064) metres; the proportions vary by 2-4 % about Winter's."""
        return cls.of_numbers(rng.random(), rng.standard_normal(8))

    @classmethod
    def of_numbers(cls, u, g: np.ndarray) -> Body:
        """The person (or the N as one, see `stack`) whom `random` makes of the random numbers
        ``u`` (...) uniform and ``g`` (..., 8) normal."""
        male, g = np.asarray(u) < 0.5, np.moveaxis(np.clip(g, -2.5, 2.5), -1, 0)
        height = np.where(male, 1.756 + 0.069 * g[0], 1.629 + 0.064 * g[0])
        build = np.exp(0.02 + 0.13 * g[1] + 0.05 * np.maximum(g[1], 0))
        wide = 0.1 * (build - 1)
        return cls._measured(
            male,
            height,
            build,
            legs=1 + 0.02 * g[2],
            arms=1 + 0.03 * g[3],
            shoulders=1 + 0.04 * g[4] + wide,
            hips=1 + 0.04 * g[5] + wide,
            head=1 + 0.03 * g[6],
        )

    @classmethod
    def make(
        cls,
        sex="female",
        height=1.7,
        build=1.0,
        *,
        legs=1.0,
        arms=1.0,
        shoulders=1.0,
        hips=1.0,
        head=1.0,
    ) -> Body:
        """A person of given measures; ``legs`` ... ``head`` scale the average proportions.

        The height stays what was asked for: longer legs make a shorter trunk. Raises
        `InputError` for a sex or a height that no person has.
        """
        if sex not in ("female", "male"):
            raise InputError(f"sex must be 'female' or 'male', and is {sex!r}.")
        if not 0.5 <= height <= 2.6:
            raise InputError(f"a height of {height} metres is not a person's: 0.5 to 2.6.")
        return cls._measured(sex == "male", height, build, legs, arms, shoulders, hips, head)

    @classmethod
    def _measured(cls, male, height, build, legs, arms, shoulders, hips, head) -> Body:
        """`make` for one person, or for N with arrays (N,)."""
        shoulders = shoulders * np.where(male, 1.03, 0.95)
        hips = hips * np.where(male, 0.98, 1.03)
        # A head grows less than the body: a short person's is larger for the height.
        head = head * (1.70 / height) ** 0.6
        leg, head_height = 0.491 * legs + 0.039, 0.108 * head
        trunk = (1 - leg - head_height) / (1 - 0.530 - 0.108)
        scale = np.ones((*np.shape(height), len(JOINTS), 3))
        lengths, breadths = ((_LEG, legs), (_TRUNK, trunk)), ((_SHOULDER, shoulders), (_HIP, hips))
        for axis, factors in ((1, lengths), (0, breadths)):
            for rows, factor in factors:
                scale[..., rows, axis] = np.expand_dims(factor, -1)
        scale[..., _ARM, :] = np.expand_dims(arms, (-1, -2))
        sites = np.broadcast_to(SITE_REST, (*np.shape(height), *SITE_REST.shape)).copy()
        sites[..., _HEAD_SITES, :] *= np.expand_dims(head, (-1, -2))
        sites[..., _HAND_SITES, :] *= np.expand_dims(arms, (-1, -2))
        tall = np.expand_dims(height, (-1, -2))
        sex = np.where(male, "male", "female").tolist()
        return cls(
            sex if isinstance(sex, str) else tuple(sex),
            *_plain(height, build),
            REST * scale * tall,
            sites * tall,
            *_plain(head),
        )

    @classmethod
    def stack(cls, bodies: list[Body]) -> Body:
        """N people as one: their measures with a leading N, to be posed together."""
        sex = tuple(body.sex for body in bodies)
        numbers = (
            np.array([getattr(body, name) for body in bodies])
            for name in ("height", "build", "offsets", "sites", "head_scale")
        )
        return cls(sex, *numbers)

    def pose(self, angles, position=(0.0, 0.0, 0.0), heading=0.0) -> Posed:
        """The body with its joints turned.

        Args:
            angles: (..., J, 3) radians, see `human.joint_angles`.
            position: (..., 3) metres, of the pelvis.
            heading: (...) radians about the vertical, 0 facing +z, positive to its own left.
        """
        angles = np.asarray(angles, dtype=float)
        frames = segment_transforms(angles, self.offsets)
        c, s = np.cos(heading), np.sin(heading)
        world = np.zeros((*angles.shape[:-2], 4, 4))
        world[..., 0, 0] = world[..., 2, 2] = c
        world[..., 0, 2], world[..., 2, 0] = s, -s
        world[..., 1, 1] = world[..., 3, 3] = 1
        world[..., :3, 3] = position
        frames[..., 0, :, :] = world @ frames[..., 0, :, :]
        # Doubling: after n rounds each frame is known in that of its ancestor 2**n above.
        for hop in _HOPS:
            frames = frames[..., hop, :, :] @ frames
        return Posed(self, frames[..., :-1, :, :])


def _plain(*values) -> list:
    """Floats of arrays without axes; other arrays as they are."""
    return [float(value) if np.ndim(value) == 0 else value for value in values]


@dataclass(frozen=True)
class Posed:
    """A body in a pose: ``frames`` (..., J, 4, 4) take each segment's frame to the world's."""

    body: Body
    frames: np.ndarray

    @property
    def joints(self) -> np.ndarray:
        """(..., J, 3) metres, world."""
        return self.frames[..., :3, 3]

    @property
    def points(self) -> np.ndarray:
        """(..., J + S, 3) metres, world: `JOINTS`, then `SITES`."""
        return np.concatenate([self.joints, self.sites()], axis=-2)

    def sites(self, which=slice(None)) -> np.ndarray:
        """(..., S, 3) metres, world: `SITES`, or those with these numbers."""
        frames = self.frames[..., SITE_JOINT[which], :3, :]
        rest = self.body.sites[..., which, :, None]
        return (frames[..., :3] @ rest)[..., 0] + frames[..., 3]

    def keypoints(self, skeleton) -> np.ndarray:
        """(..., K, 3) metres, world: the joints of a joint set, each read off the body."""
        return self.points[..., point_indices(skeletons.get(skeleton).name), :]

    def moved(self, shift) -> Posed:
        """The same pose elsewhere; ``shift`` (..., 3) metres."""
        frames = self.frames.copy()
        frames[..., :3, 3] += np.asarray(shift)[..., None, :]
        return Posed(self.body, frames)
