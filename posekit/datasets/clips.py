"""What the readers of clips share.

A reader is a sequence: ``len(reader)``, and ``reader[i]`` is a `Clip`. Labels are read when
it is made; frames, where there are any, when they are looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .. import skeletons
from ..data.images import read_image
from ..data.sample import OCCLUDED, Clip
from ..errors import InputError
from .fetch.checks import Report


class ClipReader(Sequence):
    """Base of the readers of clips: a subclass fills ``entries`` in ``_load``, gives ``_clip``.

    Args:
        folder: the unpacked data set.
        split: one of ``splits``, or None for everything.
        skeleton: another joint set to convert to, see `posekit.skeletons.convert`.

    Attributes:
        entries: what the subclass knows of each clip, in their order.
        groups: the set of ``group`` of all clips, for splits of one's own.
        absent: files that are listed but not there, and so left out.

    Raises `InputError` for a split that there is not, and files that are not there or not in
    the format.
    """

    native = ""  # the joint set of the files
    splits: tuple[str, ...] = ("train", "test")

    def __init__(self, folder, split: str | None = None, *, skeleton: str | None = None):
        self.folder = Path(folder)
        if split is not None and split not in self.splits:
            known = f"there are: {', '.join(self.splits)}" if self.splits else "there is none"
            raise InputError(f"{type(self).__name__}: no split {split!r}; {known}.")
        self.split = split
        self.skeleton = skeletons.get(skeleton or self.native).name
        self.absent: list[str] = []
        self.entries = self._load()

    def _load(self) -> list:
        """What is known of each clip of this split."""
        raise NotImplementedError

    def _clip(self, entry) -> Clip:
        """One clip, in the files' own joint set."""
        raise NotImplementedError

    def _group(self, entry) -> str:
        """The group of one clip."""
        raise NotImplementedError

    @property
    def groups(self) -> set[str]:
        return {self._group(entry) for entry in self.entries}

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, i: int) -> Clip:
        clip = self._clip(self.entries[range(len(self))[i]])
        return clip if self.skeleton == clip.skeleton else converted(clip, self.skeleton)

    def __repr__(self) -> str:
        missing = f", {len(self.absent):,} listed but absent" if self.absent else ""
        return (
            f"{type(self).__name__}({self.split or 'all'}: {len(self):,} clips{missing}, "
            f"{self.skeleton})"
        )

    def check(self, report: Report) -> None:
        """Add to a report: clips, frames, joints; every label is read."""
        counts, oddities = report.counts, report.oddities
        for i in range(len(self)):
            try:
                clip = self[i]
            except InputError as error:
                report.problems.append(str(error))
                continue
            counts["clips"] += 1
            counts["frames"] += len(clip)
            counts["joints labelled"] += int((clip.visible > 0).sum())
            if clip.occlusion_known:
                counts["of these occluded"] += int((clip.visible == OCCLUDED).sum())
            oddities["joints unlabelled"] += int((clip.visible == 0).sum())
        counts["groups"] = len(self.groups)


def converted(clip: Clip, skeleton: str) -> Clip:
    """The clip with its joints in another set, see `posekit.skeletons.convert`.

    Scores follow the joints; a joint that is made of others has the mean of theirs.
    """
    points, visible, _ = skeletons.convert(clip.keypoints, clip.visible, clip.skeleton, skeleton)
    extra = dict(clip.extra)
    if extra.get("keypoints_3d") is not None:
        extra["keypoints_3d"] = skeletons.convert(
            extra["keypoints_3d"], None, clip.skeleton, skeleton
        ).keypoints
    if extra.get("scores") is not None:
        extra["scores"] = skeletons.convert(
            extra["scores"][..., None], None, clip.skeleton, skeleton
        ).keypoints[..., 0]
    return Clip(
        id=clip.id,
        skeleton=skeletons.get(skeleton).name,
        keypoints=points,
        visible=visible,
        frames=clip.frames,
        size=clip.size,
        action=clip.action,
        fps=clip.fps,
        group=clip.group,
        extra=extra,
        frame=clip.frame,
        camera=clip.camera,
        occlusion_known=clip.occlusion_known,
    )


class ImageFrames(Sequence):
    """Frames that lie in image files, each read when it is asked for."""

    def __init__(self, paths: Sequence[Path]):
        self.paths = list(paths)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, t: int) -> np.ndarray:
        return read_image(self.paths[t])
