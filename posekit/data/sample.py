"""`Sample` and `Clip`: what every data set, real or synthetic, gives.

All coordinates are on the pixel grid of `posekit.geometry`. The meaning of ``visible`` is
COCO's everywhere: 0 unlabelled, 1 labelled but occluded, 2 visible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .. import skeletons
from ..errors import InputError, check_image, check_shape

UNLABELLED, OCCLUDED, VISIBLE = 0, 1, 2
FRAMES = ("camera", "root", "world")


@dataclass
class Sample:
    """One image with P people of K joints.

    Attributes:
        id: what the source calls this image (file name, image id).
        skeleton: name of the joint set, see `posekit.skeletons`.
        keypoints: (P, K, 2) float32 pixels, NaN where missing.
        visible: (P, K) uint8, 0 unlabelled, 1 occluded, 2 visible.
        image: (H, W, 3) uint8 RGB, or None for label-only sets, which give ``size``.
        size: (height, width); taken from the image where there is one.
        scores: (P, K) float32 confidence (a detector's), or None.
        boxes: (P, 4) float32 xyxy pixels, or None.
        areas, head_diagonals: (P,) float32, pixels squared and pixels, or None. The second is
            the diagonal of MPII's head rectangle, as it is: PCKh's 0.6 is the metric's.
        crowd: (P,) bool, a box around many people, or None.
        ignore: (H, W) bool, where unlabelled people stand, or None.
        keypoints_3d: (P, K, 3) float32 metres, or None; ``frame`` says in which axes:
            ``camera``: x right, y down, z away from the camera, which stands at the origin;
            ``root``: the camera's axes, with the origin at each person's mid-hip;
            ``world``: z up, always: a reader turns what its source has.
        camera: the camera that projects ``keypoints_3d`` onto the image, or None.
        occlusion_known: False where the source says only *labelled*, not whether it is seen.

    Raises `InputError`, naming ``id``, for arrays of the wrong shape. A joint with
    ``visible`` 0 is set to NaN, so that junk coordinates cannot be used by mistake.
    """

    id: str
    skeleton: str
    keypoints: np.ndarray
    visible: np.ndarray
    image: np.ndarray | None = None
    size: tuple[int, int] | None = None
    scores: np.ndarray | None = None
    boxes: np.ndarray | None = None
    areas: np.ndarray | None = None
    head_diagonals: np.ndarray | None = None
    crowd: np.ndarray | None = None
    ignore: np.ndarray | None = None
    keypoints_3d: np.ndarray | None = None
    frame: str | None = None
    camera: Any = None
    occlusion_known: bool = True

    def __post_init__(self):
        joints = len(skeletons.get(self.skeleton))
        self.keypoints = np.array(self.keypoints, dtype=np.float32)
        self.visible = np.asarray(self.visible, dtype=np.uint8)
        check_shape(f"{self.id}: keypoints", self.keypoints, "people", joints, 2)
        people = len(self.keypoints)
        check_shape(f"{self.id}: visible", self.visible, people, joints)
        tails = {"scores": (joints,), "boxes": (4,), "areas": (), "head_diagonals": ()}
        tails |= {"keypoints_3d": (joints, 3), "crowd": ()}
        for name, tail in tails.items():
            value = getattr(self, name)
            if value is not None:
                value = np.asarray(value, dtype=bool if name == "crowd" else np.float32)
                setattr(self, name, value)
                check_shape(f"{self.id}: {name}", value, people, *tail)
        check_frame(self.id, self.frame, self.keypoints_3d)
        self._check_image()
        finite = np.isfinite(self.keypoints)
        if not (finite.all() and self.visible.all()):
            known = finite.all(-1) & (self.visible > 0)
            self.visible = np.where(known, self.visible, 0).astype(np.uint8)
            self.keypoints[~known] = np.nan

    def _check_image(self):
        if self.image is None:
            if self.size is None:
                raise InputError(f"{self.id}: a sample without image needs its size.")
            return
        check_image(f"{self.id}: image", self.image)
        self.size = self.image.shape[:2]
        if self.ignore is not None:
            check_shape(f"{self.id}: ignore", self.ignore, *self.size)

    def __len__(self) -> int:
        """The number of people."""
        return len(self.keypoints)


def check_frame(id: str, frame: str | None, keypoints_3d) -> None:
    """Raise `InputError` for a frame that there is not, and for 3D joints without one."""
    if frame not in (None, *FRAMES) or (frame is None and keypoints_3d is not None):
        raise InputError(
            f"{id}: keypoints_3d needs frame='camera', 'root' or 'world', and it is {frame!r}."
        )


@dataclass
class Clip:
    """T frames of the same P people; ``clip[t]`` is a `Sample`.

    Attributes:
        id, skeleton, occlusion_known: as `Sample` has them.
        keypoints: (T, P, K, 2) float32 pixels, NaN where missing.
        visible: (T, P, K) uint8.
        frames: a sequence of T images (H, W, 3) uint8 RGB, read when asked for, or None.
        size: (height, width).
        action: the label of the whole clip, or None.
        fps: frames a second, or None where the source does not say.
        group: the recording or person that it belongs to: splits go by it, never through it.
        extra: per-frame arrays with a leading T, by `Sample`'s attribute names (``scores``,
            ``boxes``, ``keypoints_3d``, ...).
        frame, camera: as `Sample` has them; ``camera`` may be a list of T.
    """

    id: str
    skeleton: str
    keypoints: np.ndarray
    visible: np.ndarray
    frames: Sequence | None = None
    size: tuple[int, int] | None = None
    action: str | None = None
    fps: float | None = None
    group: str | None = None
    extra: dict[str, np.ndarray] = field(default_factory=dict)
    frame: str | None = None
    camera: Any = None
    occlusion_known: bool = True

    def __post_init__(self):
        joints = len(skeletons.get(self.skeleton))
        self.keypoints = np.array(self.keypoints, dtype=np.float32)
        self.visible = np.asarray(self.visible, dtype=np.uint8)
        check_shape(f"{self.id}: keypoints", self.keypoints, "frames", "people", joints, 2)
        check_shape(f"{self.id}: visible", self.visible, *self.keypoints.shape[:3])
        for name, value in [*self.extra.items(), ("frames", self.frames)]:
            if value is not None and len(value) != len(self):
                raise InputError(
                    f"{self.id}: {len(self)} frames of keypoints, but {len(value)} of {name}."
                )
        check_frame(self.id, self.frame, self.extra.get("keypoints_3d"))
        self.keypoints[self.visible == 0] = np.nan

    def __len__(self) -> int:
        """The number of frames."""
        return len(self.keypoints)

    def check_one_person(self) -> None:
        """Raise `InputError` unless the clip is of one person."""
        if (people := self.keypoints.shape[1]) != 1:
            raise InputError(f"{self.id} shows {people} people, not one: give a clip of each.")

    def __getitem__(self, t: int) -> Sample:
        t = range(len(self))[t]
        return Sample(
            id=f"{self.id}:{t}",
            skeleton=self.skeleton,
            keypoints=self.keypoints[t],
            visible=self.visible[t],
            image=None if self.frames is None else self.frames[t],
            size=self.size,
            frame=self.frame,
            occlusion_known=self.occlusion_known,
            camera=self.camera[t] if isinstance(self.camera, list) else self.camera,
            **{name: value[t] for name, value in self.extra.items()},
        )
