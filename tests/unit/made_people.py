"""People of a hundred pixels who stand where a test puts them."""

import numpy as np

from posekit import skeletons
from posekit.data.sample import Sample

# A person of 100 pixels who stands: (17, 2) about the mid-hip.
STANDING = np.array(
    [(0, -45), (-3, -48), (3, -48), (-6, -46), (6, -46)]
    + [
        (x * s, y)
        for x, y in ((12, -32), (15, -15), (16, 0), (8, 0), (8, 25), (8, 50))
        for s in (1, -1)
    ],
    float,
)


def frame(*places, skeleton="coco17", scores=None, size=(240, 320), scale=1.0) -> Sample:
    """People at these places (x, y)."""
    points = np.array([STANDING * scale + place for place in places]).reshape(-1, 17, 2)
    points, visible, _ = skeletons.convert(points, None, "coco17", skeleton)
    if scores is not None:
        scores = np.tile(np.reshape(scores, (-1, 1)), points.shape[1])
    return Sample("frame", skeleton, points, visible, size=size, scores=scores)
