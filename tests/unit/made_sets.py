"""Small data sets in the official formats, made for the tests of their readers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from scipy.io import savemat


def write_image(path: Path, height: int = 40, width: int = 30) -> Path:
    """A gray ramp, as a JPEG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ramp = np.linspace(0, 255, height * width).reshape(height, width).astype(np.uint8)
    Image.fromarray(np.repeat(ramp[..., None], 3, axis=2)).save(path)
    return path


def lsp(folder: Path, count: int = 4, extended: bool = False, seed: int = 0) -> np.ndarray:
    """LSP's (or its extension's) files; returns joints (N, 14, 3) of x, y, flag.

    The flag is 1 for joint 3 of every image and, in LSP, means occluded; in the extended set
    every other joint is labelled as well, except for joint 0, where junk stands.
    """
    rng = np.random.default_rng(seed)
    joints = np.zeros((count, 14, 3))
    joints[..., :2] = rng.uniform(2, 28, (count, 14, 2))
    if extended:
        joints[:, 1:, 2] = 1
        joints[:, 0, :2] = (-17.7, -34.5)
    else:
        joints[:, 3, 2] = 1
    order = (1, 2, 0) if extended else (2, 1, 0)
    folder.mkdir(parents=True, exist_ok=True)
    savemat(folder / "joints.mat", {"joints": joints.transpose(order)})
    digits = 5 if extended else 4
    for number in range(1, count + 1):
        write_image(folder / "images" / f"im{number:0{digits}d}.jpg")
    return joints
