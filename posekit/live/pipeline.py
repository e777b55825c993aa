"""From a source to a sink: find people in every frame, draw them, write or show them.

A *detector* is anything with ``detect(image, time_ms)`` that gives a `Sample` of what it found,
``close()`` and ``about``, a sentence that names the network and its terms; it is a context
manager. Each kind of detector is a file of this folder, found by its name: BlazePose, and one for
each kind of learning of `posekit.tasks` (a checkpoint's card names its task). Such a file has::

    open_detector(model, video, **options)     the detector; ``options`` are those of add_options
    add_options(parser)                        what ``posekit live`` takes for it besides

A file NAME.py with ``wrap(detector, **options)`` and ``add_options`` puts another detector around
it (one that smooths, or lifts to 3D); it is used where ``--NAME`` is given. A detector that draws
more than skeletons has a method ``show(detection, note)``.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from importlib import import_module, util
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
from tqdm import tqdm

from .. import plots
from ..data.sample import Sample
from ..errors import InputError
from .blazepose import GET_BUNDLE, bundle_path
from .sinks import Window, output
from .sources import Source, open_source, timed
from .stopping import stopped_by_signals

PHOTOGRAPHS = "heatmap_photos"  # the checkpoint that has seen photographs
LEAST_KNOWN = 0.25  # share of the joints that must be known for a skeleton to be drawn


def open_detector(model: str | Path | None = None, video: bool = False, **options):
    """The detector for a checkpoint, or without one BlazePose.

    Args:
        model: one of `posekit.checkpoints.names`, or a file. None takes BlazePose where its
            bundle is, and the course's network for photographs where it is not.
        video: True follows people from frame to frame; False looks at each image anew.
        options: what this kind of detector takes, ``poses`` say.
    """
    model = default_model(model)
    return detector_file(model).open_detector(model, video, **options)


def default_model(model: str | Path | None) -> str | Path | None:
    """The model to use: None means BlazePose, as long as its bundle is on this machine."""
    return PHOTOGRAPHS if model is None and not bundle_path() else model


def detector_file(model: str | Path | None) -> ModuleType:
    """The file of this folder that opens a model: by its card's task, or by its suffix."""
    if model is None:
        kind = "several"
    elif Path(model).suffix not in ("", ".safetensors"):
        kind = Path(model).suffix[1:].lower()
    else:
        from .. import checkpoints  # not above: BlazePose does without torch

        kind = checkpoints.card(model)["task"]
    file = _file(kind)
    if not hasattr(file, "open_detector"):
        raise InputError(f"{model}: posekit live has no way to show a model of the kind {kind!r}.")
    return file


def wrapper_files(words: list[str]) -> list[ModuleType]:
    """The files NAME.py of this folder that wrap a detector, for each ``--NAME`` in ``words``."""
    names = [word[2:].partition("=")[0].replace("-", "_") for word in words if word[:2] == "--"]
    return [file for file in map(_file, dict.fromkeys(names)) if hasattr(file, "wrap")]


def _file(name: str) -> ModuleType | None:
    """The file NAME.py of this folder, or None."""
    there = name.isidentifier() and util.find_spec(f"posekit.live.{name}")
    return import_module(f"posekit.live.{name}") if there else None


def run_live(
    source: int | str | Path = 0,
    out: str | Path | None = None,
    model: str | Path | None = None,
    wrap: Callable = lambda detector: detector,
    **options,
) -> int:
    """Find and draw people in every frame of a source; returns the command's exit status.

    ``source`` is as `open_source` has it. Without ``out`` a window shows the frames until q,
    Esc or the end; with it they are written: a camera or video to a video, an image to an
    image, a folder of images to a folder (or, if they are of one size, to a video). Ctrl-C,
    SIGTERM and SIGHUP stop, and keep what was written. The first line names the network, the
    last counts the people. ``model`` and ``options`` are as `open_detector` has them; ``wrap``
    makes another detector of it.

    Raises `InputError` for a source, an ``out``, a bundle or a display that does not work.
    """
    with stopped_by_signals() as finish, open_source(source) as frames:
        sink = Window(frames) if out is None else output(frames, Path(out))
        # People are followed from frame to frame; the images of a folder are unrelated.
        detector = open_detector(model, frames.moving, **options)
        print(_which(detector, model), flush=True)
        with wrap(detector) as detector, sink:
            found, seconds = _loop(frames, detector, sink, finish, progress=out is not None)
    _report(frames, found, seconds, out)
    return 0


def _which(detector, model: str | Path | None) -> str:
    """One line: which network it is, what it needs, its terms."""
    about = f"Network: {detector.about}"
    if model is None and default_model(model):
        about += f" BlazePose, which finds more, is not on this machine: {GET_BUNDLE}."
    return about


def _report(frames: Source, found: Counter, seconds: float, out: str | Path | None) -> None:
    total = sum(found.values())
    people = ", ".join(f"{n} in {found[n]}" for n in sorted(found)) or "none"
    print(
        f"{frames.name}: {total} frame{'s' * (total != 1)}; people found: {people}; "
        f"{total / seconds:.1f} frames per second."
    )
    if out is not None:
        print(f"Written: {out}")
    if frames.warning:
        print(f"posekit: {frames.warning}", file=sys.stderr)


def _loop(
    frames: Source, detector, sink, finish: Callable, progress: bool
) -> tuple[Counter, float]:
    """Every frame through detector and sink: frames by number of people, and seconds.

    ``finish`` is called at the end: from there on no signal interrupts.
    """
    found, rate = Counter(), 0.0
    start = before = time.perf_counter()
    bar = tqdm(timed(frames), total=frames.count, unit="frame", disable=not progress, ascii=True)
    try:
        for image, seconds in bar:
            detection = detector.detect(image, 1000 * seconds)
            now = time.perf_counter()
            rate = (0.9 * rate + 0.1 / (now - before)) if rate else 1 / (now - before)
            before = now
            note = f"{len(detection)} found" + (f", {rate:.0f} fps" if frames.moving else "")
            shown = getattr(detector, "show", show_poses)(detection, note)
            found[len(detection)] += 1  # first, as the sink does: Ctrl-C is raised after the call
            more = sink.write(shown)
            if more is False:
                break
        finish()
    except (KeyboardInterrupt, BrokenPipeError):  # how a recorded camera is stopped; `| head`
        pass
    finally:
        bar.close()
    return found, time.perf_counter() - start


def show_poses(detection: Sample, note: str = "") -> np.ndarray:
    """(H, W, 3) uint8: the detection's image with its skeletons, and ``note`` in a corner.

    Occluded joints are hollow. Who is known by less than `LEAST_KNOWN` of the joints is not
    drawn: that is no skeleton. The note (a frame rate, say) is white on black, 1/20 high.
    """
    known = np.isfinite(detection.keypoints).all(-1) & (detection.visible > 0)
    who = known.mean(axis=1) >= LEAST_KNOWN
    image = plots.draw_pose(
        detection.image, detection.keypoints[who], detection.visible[who], detection.skeleton
    )
    if note:
        scale, font, white = max(0.4, image.shape[0] / 900), cv2.FONT_HERSHEY_SIMPLEX, (255,) * 3
        (width, height), below = cv2.getTextSize(note, font, scale, 1)
        cv2.rectangle(image, (0, 0), (width + 12, height + below + 10), (0, 0, 0), -1)
        cv2.putText(image, note, (6, height + 6), font, scale, white, 1, cv2.LINE_AA)
    return image
