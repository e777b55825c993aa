"""Landmarks of one person in a video, at a camera or in a folder of images, as a recording."""

from __future__ import annotations

import sys
import time

import numpy as np
from tqdm import tqdm

from ..data.landmarks import FPS, evenly
from ..datasets import Recording, from_detections, recording
from ..errors import InputError
from .blazepose import BlazePose
from .sources import open_source
from .stopping import stopped_by_signals


def record(source, progress: bool = True, bundle=None, **about) -> Recording:
    """A recording at `FPS` frames a second of what `open_source` opens; ``about`` as `Clip` has it.

    A camera's frames are timed by the clock, and a video's by its own times, so that a frame rate
    that varies does no harm; images of a folder are taken at `FPS`. Frames on which nobody is
    found lie between those before and after, and a line on stderr counts them. Ctrl-C, SIGTERM
    and SIGHUP stop, and what was recorded by then is kept. Raises `InputError` for a source that
    cannot be opened, where nobody is found, and for a bundle that is missing.
    """
    with stopped_by_signals(), open_source(source) as frames:
        with BlazePose(bundle, video=frames.moving) as detector:
            found, times = _detected(frames, detector, progress)
        size = frames.size
    kept = [n for n, each in enumerate(found) if len(each)]
    if not kept:
        raise InputError(f"nobody was found on any of {len(found)} frames of {source}.")
    if len(kept) < len(found):
        print(
            f"posekit: nobody on {len(found) - len(kept)} of {len(found)} frames.", file=sys.stderr
        )
    landmarks = evenly(from_detections(found), np.array(times)[kept])
    return recording(landmarks, size, **{"id": str(source), "fps": float(FPS), **about})


def _detected(frames, detector, progress: bool) -> tuple[list, list[float]]:
    """What is found on every frame, and each frame's time in seconds."""
    found, times, start = [], [], time.perf_counter()
    bar = tqdm(frames, total=frames.count, unit="frame", disable=not progress, ascii=True)
    try:
        for image in bar:
            usual = times[-1] + 1 / (frames.fps or FPS) if times else 0.0
            clock = time.perf_counter() - start
            when = {"camera": clock, "video": frames.time}.get(frames.kind, usual)
            when = usual if times and when <= times[-1] else when  # a video may not tell
            each = detector.detect(image, 1000 * when)
            each.image = None  # a minute of film would not fit into memory
            found.append(each)
            times.append(when)
    except KeyboardInterrupt:  # how a camera is stopped
        bar.close()
    return found, times
