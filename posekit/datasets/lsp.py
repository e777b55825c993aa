"""Leeds Sports Pose and its extended training set: one person an image, 14 joints.

The two look alike, and differ in all that matters:

==============  ======================  ===========================
\\               LSP                     LSP extended
==============  ======================  ===========================
``joints.mat``  (3, 14, 2000)           (14, 3, 10000)
third number    1 = **occluded**        1 = **labelled**
other joints    labelled and visible    junk coordinates
==============  ======================  ===========================

*Where is pixel 0?* The files do not say. MATLAB's 1-based convention would mean to subtract
one. Measured against BlazePose, averaged over each image and its mirror image so that its own
left-right bias cancels, LSP's labels lie 0.30 +- 0.04 pixels to the right of our grid (772
images) and the extended set's 0.11 +- 0.08 (752): subtracting one would make it worse. 0.3 is
what 0-based clicks on the large photographs give when they are only multiplied by the factor
(about 0.35) of the shrinking. So the coordinates are taken as they are.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..data.sample import OCCLUDED, UNLABELLED, VISIBLE
from ..errors import InputError
from .label_files import numbers
from .mat_files import read_mat
from .reader import Reader

JOINTS = 14


class LSP(Reader):
    """Leeds Sports Pose: train 1-800, val 801-1000, test 1001-2000 (its own protocol's).

    All 14 joints of every image are labelled; the third row tells which are occluded.

    Attributes:
        joints: (N, 14, 3) as in the file: x, y, and the flag of the table above; of every
            image, not only of the split's.
    """

    native = "lsp14"
    pattern = "im{:04d}.jpg"
    ranges = {"train": ((1, 800),), "val": ((801, 1000),), "test": ((1001, 2000),)}  # noqa: RUF012

    def _load(self):
        self.joints = read_joints(self.folder / "joints.mat")
        count = len(self.joints)
        wanted = self.ranges[self.split] if self.split else ((1, count),)
        numbers = [n for first, last in wanted for n in range(first, min(last, count) + 1)]
        folder = self.folder / "images"
        return numbers, [str(folder / self.pattern.format(number)) for number in numbers]

    def labels(self, i: int) -> dict:
        number = self.entries[i]
        x_y_flag = self.joints[number - 1]
        return {
            "id": self.pattern.format(number),
            "keypoints": x_y_flag[None, :, :2],
            "visible": self._visible(x_y_flag[None, :, 2]),
        }

    def _visible(self, flag: np.ndarray) -> np.ndarray:
        return np.where(flag == 1, OCCLUDED, VISIBLE)


class LSPExtended(LSP):
    """LSP extended: train 1-5000 and 6001 on, val 5001-5500, test 5501-6000.

    The set has no official test images; these are kept out of every training of this course.

    Labelled by many hands, and roughly. The flag says *labelled*; whether a labelled joint is
    seen is not known, and what stands where a joint is not labelled is junk (it becomes NaN
    in the sample, and can be looked at in ``joints``).
    """

    pattern = "im{:05d}.jpg"
    ranges = {"train": ((1, 5000), (6001, 10000)), "val": ((5001, 5500),), "test": ((5501, 6000),)}  # noqa: RUF012
    occlusion_known = False

    def _visible(self, flag: np.ndarray) -> np.ndarray:
        return np.where(flag == 1, VISIBLE, UNLABELLED)


def read_joints(path: Path) -> np.ndarray:
    """(N, 14, 3) float32 x, y and flag from a ``joints.mat`` of either axis order.

    (3, 14, N) and (14, 3, N) cannot be mistaken for each other. Raises `InputError` for a file
    that is absent, no .mat, or whose ``joints`` are of another shape, or their flags not 0 and 1.
    """
    what = "LSP's joint file"
    content = read_mat(path, what)
    if "joints" not in content:
        raise InputError(f"{path} cannot be read as {what}: it has no 'joints'.")
    joints = numbers(content["joints"], f"{path}: joints").astype(np.float32)
    if joints.ndim == 3 and joints.shape[:2] == (3, JOINTS):
        joints = joints.transpose(2, 1, 0)
    elif joints.ndim == 3 and joints.shape[:2] == (JOINTS, 3):
        joints = joints.transpose(2, 0, 1)
    else:
        raise InputError(
            f"{path}: joints must be of shape (3, 14, N) or (14, 3, N), and are {joints.shape}."
        )
    wrong = np.flatnonzero(~np.isin(joints[:, :, 2], (0, 1)).all(1))
    if wrong.size:
        raise InputError(
            f"{path}: image {wrong[0] + 1} has a flag in joints that is neither 0 nor 1."
        )
    return np.ascontiguousarray(joints)
