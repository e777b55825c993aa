"""Landmarks of one person in a video, at a camera or in a folder of images, as a recording."""

from __future__ import annotations

import sys

from tqdm import tqdm

from ..datasets import Recording, landmarks
from .blazepose import BlazePose
from .sources import open_source, timed
from .stopping import stopped_by_signals


def record(source, progress: bool = True, bundle=None, **about) -> Recording:
    """A recording at 30 frames a second of what `open_source` opens; ``about`` as `Clip` has it.

    `posekit.live.sources.timed` says when each frame was taken. A line on stderr counts the frames
    on which nobody is found. Ctrl-C, SIGTERM and SIGHUP stop, and what was recorded by then is
    kept. Raises `InputError` for a source that cannot be opened, for a bundle that is missing, and
    where nobody is found.
    """
    with (
        stopped_by_signals(),
        open_source(source) as frames,
        BlazePose(bundle, video=frames.moving) as detector,
    ):
        found, times = _detected(frames, detector, progress)
        if frames.warning:
            print(f"posekit: {frames.warning}", file=sys.stderr)
    nobody = sum(not len(each) for each in found)
    if nobody:
        print(f"posekit: nobody on {nobody} of {len(found)} frames.", file=sys.stderr)
    return landmarks.recorded(found, times, frames.size, **{"id": str(source), **about})


def _detected(frames, detector, progress: bool) -> tuple[list, list[float]]:
    """What is found on every frame, and each frame's time in seconds."""
    found, times = [], []
    bar = tqdm(timed(frames), total=frames.count, unit="frame", disable=not progress, ascii=True)
    try:
        for image, seconds in bar:
            times.append(seconds)
            found.append(detector.detect(image, 1000 * seconds))
            found[-1].image = None  # a minute of film would not fit into memory
    except (KeyboardInterrupt, BrokenPipeError):  # how a camera is stopped; `| head`
        bar.close()
    return found, times[: len(found)]
