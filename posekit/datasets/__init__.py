"""Real data sets: one reader for each, and the way that their files get here.

This is the wing's face: what lies behind it (`posekit.datasets.fetch`, a reader's own file) is
for its tests alone. `posekit.catalog.load` opens a data set by its name; a class from here
opens a folder of your own.
"""

from . import frames, landmarks, lsp_format
from .asf import ROOT as MOCAP_ROOT
from .asf import MocapSkeleton, read_asf
from .cmu_mocap import FPS as MOCAP_FPS
from .cmu_mocap import read_amc
from .coco import COCO
from .fetch.disk import megabytes
from .fetch.local import absent, check, default_mirror, default_root, ensure, find
from .fetch.printed import print_check, print_get, print_list, script
from .fetch.registry import DATASETS, get
from .lsp import LSP, LSPExtended
from .reader import SPLITS
from .recordings import (
    Recording,
    Recordings,
    detected_landmarks,
    read_recording,
    recording,
    write_recording,
)

__all__ = [
    "COCO",
    "DATASETS",
    "LSP",
    "MOCAP_FPS",
    "MOCAP_ROOT",
    "SPLITS",
    "LSPExtended",
    "MocapSkeleton",
    "Recording",
    "Recordings",
    "absent",
    "check",
    "default_mirror",
    "default_root",
    "detected_landmarks",
    "ensure",
    "find",
    "frames",
    "get",
    "landmarks",
    "lsp_format",
    "megabytes",
    "print_check",
    "print_get",
    "print_list",
    "read_amc",
    "read_asf",
    "read_recording",
    "recording",
    "script",
    "write_recording",
]
