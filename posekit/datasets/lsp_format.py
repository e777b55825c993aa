"""Made-up data sets: official file formats, filled with people that nobody photographed.

They let a lesson show a real set's traps where the set itself is not at hand. What is written
here says so: the folder holds a README with the words *made up*.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from ..data.sample import Sample
from ..errors import InputError

README = """Made up: synthetic people in the file format of Leeds Sports Pose, extended.
No photograph and no label of that data set is in here.
"""


def lsp_extended(
    folder, samples: Iterable[Sample], unlabelled: float = 0.12, seed: int = 0
) -> Path:
    """Write samples of one person and LSP's 14 joints as LSP-extended's official files.

    ``images/im00001.jpg`` and on, and ``joints.mat`` with ``joints`` (14, 3, N): x, y, and 1
    where labelled. A joint is unlabelled with the given probability, and where the sample
    lacks it; then its coordinates are what the real file has there: the corner of the square
    in whose middle the picture lies (true of all 10,139 unlabelled joints of the first 6,000
    images, to half a pixel), so (0, -40) in a picture 80 pixels wider than high.

    Returns the folder. Raises `InputError` for samples of another kind, or none.
    """
    from scipy.io import savemat

    folder, rng, rows = Path(folder), np.random.default_rng(seed), []
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for number, sample in enumerate(samples, start=1):
        if sample.skeleton != "lsp14" or len(sample) != 1 or sample.image is None:
            raise InputError(f"{sample.id}: LSP extended has one person with 14 joints an image.")
        path = folder / "images" / f"im{number:05d}.jpg"
        # Not imwrite, which on Windows writes to no folder with a letter like ü in its name.
        _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(sample.image, cv2.COLOR_RGB2BGR))
        path.write_bytes(jpeg)
        labelled = (sample.visible[0] > 0) & (rng.random(14) >= unlabelled)
        points = np.where(labelled[:, None], sample.keypoints[0], junk_of(*sample.size))
        rows.append(np.concatenate([points, labelled[:, None]], axis=1))
    if not rows:
        raise InputError("there are no samples to write.")
    savemat(folder / "joints.mat", {"joints": np.stack(rows, axis=-1).astype(float)})
    (folder / "README.txt").write_text(README, encoding="utf-8")
    return folder


def junk_of(height: int, width: int) -> tuple[float, float]:
    """(x, y) of an unlabelled joint of LSP extended: the corner of the square around the image."""
    return min(0.0, (width - height) / 2), min(0.0, (height - width) / 2)
