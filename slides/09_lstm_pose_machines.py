"""The pictures of deck 09: a network of maps with a memory, and how to find out if it remembers.

What trained networks reach is read from their cards, from memory_study.json and from
joint_memory.json, or computed while the deck is built.
"""

from __future__ import annotations

import numpy as np

from posekit import plots
from slides import memory_clips as clips
from slides.memory_clips import BODY
from slides.memory_plots import by_length, counted, gates, hard_clips, keeps, one_euro, real, table  # noqa: F401
from slides.memory_sketch import cell, controls, every_frame, hero, in_place, stages, waiting  # noqa: F401


def live_clip():
    """One clip as the live demo draws it, without a memory and with it."""
    images, found = clips.seen_live()
    side, drawn = images.shape[1], []
    for t, image in enumerate(images):
        both = [
            plots.draw_pose(image, points[t], None, BODY, thickness=3) for points in found.values()
        ]
        drawn += [np.hstack([both[0], np.full((side, 8, 3), 255, np.uint8), both[1]])] * 2
    return np.stack(drawn), "Left: --no-memory. Right: with a memory"
