"""Poses while you watch: sources, detectors, and sinks for what was drawn.

What needs torch is not imported here: the course's own networks are found by name when one is
asked for, see `posekit.live.pipeline`.
"""

from .blazepose import BlazePose, Detection, NullDetector, bundle_path
from .pipeline import PHOTOGRAPHS, open_detector, run_live, show_poses
from .sinks import Writer, display_problem, write_image
from .sources import (
    IMAGE_SUFFIXES,
    Source,
    colab_snapshot,
    open_source,
    portrait_path,
    quiet_stderr,
)

__all__ = [
    "IMAGE_SUFFIXES",
    "PHOTOGRAPHS",
    "BlazePose",
    "Detection",
    "NullDetector",
    "Source",
    "Writer",
    "bundle_path",
    "colab_snapshot",
    "display_problem",
    "open_detector",
    "open_source",
    "portrait_path",
    "quiet_stderr",
    "run_live",
    "show_poses",
    "write_image",
]
