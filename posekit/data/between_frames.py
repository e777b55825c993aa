"""Values at times between frames."""

from __future__ import annotations

import numpy as np

SAME = 1e-6  # of the time between two frames: what is as near to one of them is that one


def between_frames(values, times, wanted) -> np.ndarray:
    """(N, ...) values at the ``wanted`` times (N,), of values (T, ...) at ``times`` (T,), growing.

    Between two frames every number lies on a straight line, NaN where one of them is; before the
    first frame and after the last one it stays as it is there.
    """
    values, times, wanted = np.asarray(values), np.asarray(times), np.asarray(wanted)
    after = np.clip(np.searchsorted(times, wanted), min(1, len(times) - 1), len(times) - 1)
    before = np.maximum(after - 1, 0)
    share = (wanted - times[before]) / np.maximum(times[after] - times[before], 1e-9)
    share = np.clip(share, 0, 1).reshape(-1, *[1] * (values.ndim - 1))
    first, second = values[before], values[after]
    found = np.where(share <= SAME, first, (1 - share) * first + share * second)
    return np.where(share >= 1 - SAME, second, found)
