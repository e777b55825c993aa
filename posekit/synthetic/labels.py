"""What is known of each person in a picture, by `posekit.data.Sample`'s attribute names."""

from __future__ import annotations

import numpy as np

from .body import point_indices
from .cast import Cast
from .figure import PARTS
from .props import THING
from .visibility import part_numbers, visibility


class Labels:
    """The labels of the N people of a cast.

    Made before the images are painted, shown each image's part numbers (`look`), and then
    worked out for all people at once (`finish`).

    ``points`` (N, J + S, 3) metres, camera axes: all of `Posed.points`.
    """

    def __init__(self, cast: Cast, points: np.ndarray, skeleton: str, size: tuple[int, int]):
        self.cast, self.skeleton, self.size = cast, skeleton, size
        which = point_indices(skeleton)
        pixels = cast.pixels(points)
        self.points, self.pixels = points[:, which], pixels[:, which]
        margin = (0.03 * cast.figures.body.height * cast.scale)[:, None]
        edge = np.array([size[1] - 0.5, size[0] - 0.5])
        low, high = pixels.min(1) - margin, pixels.max(1) + margin
        self.boxes = np.concatenate([np.clip(low, -0.5, edge), np.clip(high, -0.5, edge)], axis=1)
        self.numbers = np.zeros(self.points.shape[:2], dtype=int)
        self.people, self.areas = np.zeros(len(points), int), np.zeros(len(points))

    def look(self, ids: np.ndarray, group: range) -> None:
        """Note what is painted over the joints of the people of one image, ``group``."""
        self.numbers[group] = part_numbers(ids, self.pixels[group])
        self.people[group] = np.arange(len(group))
        if len(group) == 1:
            self.areas[group] = np.count_nonzero(ids) - np.count_nonzero(ids >= THING)
        else:
            parts = np.bincount(ids.ravel(), minlength=len(group) * PARTS)
            parts[0] = 0  # the background
            self.areas[group] = parts[:len(group) * PARTS].reshape(-1, PARTS).sum(1)

    def finish(self) -> dict[str, np.ndarray]:
        """Arrays with a leading N. Boxes are around the whole person, cut off at the edges of
        the image; areas count the pixels that are seen."""
        visible = visibility(self.cast, self.numbers, self.people, self.points, self.pixels,
                             self.size, self.skeleton)  # fmt: skip
        return {"keypoints": self.pixels, "keypoints_3d": self.points, "visible": visible,
                "boxes": self.boxes, "areas": self.areas}  # fmt: skip
