"""What is known of each person in an image, by `posekit.data.Sample`'s attribute names."""

from __future__ import annotations

import cv2
import numpy as np

from ..cameras import Camera
from ..data import Sample
from .drawing.pixel_coordinates import flat_indices
from .drawing.projection import ProjectedPeople
from .human.dressed_body import PARTS
from .human.joint_tree import point_indices
from .joint_visibility import visibility
from .scene.camera_placement import extent


class Labels:
    """The labels of N projected people.

    Made before the images are painted; given each image's part numbers (`read_part_numbers`);
    and then worked out for all people at once (`finish`).

    ``points`` (N, J + S, 3) metres, camera axes: all of `Posed.points`.
    """

    def __init__(
        self, projected: ProjectedPeople, points: np.ndarray, skeleton: str, size: tuple[int, int]
    ):
        self.projected, self.skeleton, self.size = projected, skeleton, size
        which = point_indices(skeleton)
        pixels = projected.pixels(points)
        self.points, self.pixels = points[:, which], pixels[:, which]
        margin = (0.03 * projected.dressed.body.height * projected.scale)[:, None]
        edge = np.array([size[1] - 0.5, size[0] - 0.5])
        low, high = extent(pixels)
        low, high = low - margin, high + margin
        self.boxes = np.concatenate([np.clip(low, -0.5, edge), np.clip(high, -0.5, edge)], axis=1)
        self.at, self.inside = flat_indices(self.pixels, size)
        self.numbers = np.zeros(self.points.shape[:2], dtype=int)
        self.people, self.areas = np.zeros(len(points), int), np.zeros(len(points))

    def read_part_numbers(self, ids: np.ndarray, group: slice) -> None:
        """Note what is painted over the joints of the people of one image, ``group``."""
        people = group.stop - group.start
        self.numbers[group] = ids.ravel()[self.at[group]]
        self.people[group] = np.arange(people)
        if people == 1:  # what is 0 becomes more than any part
            self.areas[group] = np.count_nonzero(ids - ids.dtype.type(1) < PARTS - 1)
        else:
            most = people * PARTS
            parts = cv2.calcHist([ids], [0], None, [most], [0, most])
            parts[0] = 0  # the background
            self.areas[group] = parts.reshape(-1, PARTS).sum(1, dtype=float)

    def finish(self) -> dict[str, np.ndarray]:
        """Arrays with a leading N. Boxes are around the whole person, cut off at the edges of
        the image; areas count the pixels that are seen."""
        visible = visibility(
            self.projected,
            self.numbers * self.inside,
            self.people,
            self.points,
            self.pixels,
            self.size,
            self.skeleton,
        )
        found = {
            "keypoints": self.pixels,
            "keypoints_3d": self.points,
            "boxes": self.boxes,
            "areas": self.areas,
        }
        found = {name: values.astype(np.float32) for name, values in found.items()}
        return found | {"visible": visible}

    def samples(self, ids: list[str], images, cameras: list[Camera]) -> list[Sample]:
        """A `Sample` of each image, the people being in the order of the images.

        The engine's own world is y up, a sample's is z up.
        """
        labels, count = self.finish(), len(images)
        rows = [
            dict(zip(labels, row))
            for row in zip(
                *(values.reshape(count, -1, *values.shape[1:]) for values in labels.values())
            )
        ]
        return [
            Sample(
                id, self.skeleton, image=image, camera=camera.turned_z_up(), frame="camera", **row
            )
            for id, image, camera, row in zip(ids, images, cameras, rows)
        ]
