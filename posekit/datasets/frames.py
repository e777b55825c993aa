"""A fixed number of frames out of every video of a data set: the right ones, each time.

The frames are spread evenly from the first to the last, and the last is the last that *is
there*: headers lie about the number of frames, by one or two in old AVI files, by more in
files that are cut short, so the frames are counted by decoding. That needs no second pass:
the frames that the header's count asks for, and in an AVI file those that one frame less would
ask for, are kept on the way, and only where the true count is another is the video gone
through again.

Nothing is repeated or invented: a video of fewer frames than are wanted is refused.

Many videos go side by side through `joblib`, on a cluster as well. With Dask, whose workers
must see the same folders and have posekit installed::

    import joblib
    from dask.distributed import Client
    from posekit.datasets import frames

    client = Client("tcp://scheduler:8786")  # Client() is a cluster on this machine alone
    with joblib.parallel_config(backend="dask"):
        frames.extract(videos, "UCF101_frames")

which is also ``python data_scripts/ucf101.py frames --out DIR --dask tcp://scheduler:8786``.
Dask is not among the course's pins: ``pip install dask==2026.8.0 distributed==2026.8.0``.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from ..data.images import silence_opencv
from ..data.videos import open_video, stops_short
from ..errors import InputError
from ..files import check_writable
from .fetch.archives import building, sweep
from .folder import listed

silence_opencv()

COUNT = 16
QUALITY = 95  # of the JPEG files


class Frames(NamedTuple):
    """Some frames of a video."""

    images: np.ndarray  # (count, H, W, 3) uint8 RGB
    indices: np.ndarray  # (count,) int, which they are
    total: int  # how many the video really has


def sample_indices(total: int, count: int = COUNT) -> np.ndarray:
    """(count,) int: ``count`` of ``total`` frames, spread evenly, first and last among them.

    Raises `InputError` when there are not that many.
    """
    if total < count or count < 1:
        raise InputError(f"{count} different frames cannot be taken of {total}.")
    return np.linspace(0, total - 1, count).round().astype(int)


def read_frames(path: str | Path, count: int = COUNT) -> Frames:
    """``count`` frames of a video, evenly spread over those that it really has.

    Raises `InputError`, naming the file, for one that is no video, has fewer frames than
    ``count``, or ends early: more than 2 frames and 2 % short of what its header promises.
    """
    return _read(Path(path), count)


class VideoFrames(Sequence):
    """`read_frames` of a video as a sequence of images: decoded together, at the first look."""

    def __init__(self, path: str | Path, count: int = COUNT):
        self.path, self.count, self._images = Path(path), count, None

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, t: int) -> np.ndarray:
        if self._images is None:
            self._images = read_frames(self.path, self.count).images
        return self._images[t]


def _read(path: Path, count: int, alone: bool = True) -> Frames:
    """`read_frames`; ``alone`` if no other video is read on the other cores."""
    avi = path.suffix.lower() == ".avi"
    # Small MPEG-4 frames, which .avi files hold, take one thread less time than it takes to
    # share them out. H.264 gains by every core that has nothing else to do.
    options = [cv2.CAP_PROP_N_THREADS, 1] if avi or not alone else []
    images, numbers, total, promised = _decode(
        path, options, lambda promised: _likely(promised, count, avi)
    )
    _require_frames(path, total, promised, count)
    indices = sample_indices(total, count)
    wanted = indices.tolist()
    if not set(wanted) <= set(numbers):
        images, numbers, *_ = _decode(path, options, lambda promised: set(wanted))
    if not set(wanted) <= set(numbers):
        raise InputError(f"{path} decodes to another number of frames each time.")
    # In place: a frame only ever moves forward, over one that has been moved or is not wanted.
    for n, i in enumerate(wanted):
        cv2.cvtColor(images[numbers.index(i)], cv2.COLOR_BGR2RGB, dst=images[n])
    return Frames(images[:count], indices, total)


def _require_frames(path: Path, total: int, promised: int, count: int) -> None:
    """Refuse what is no video, was cut off, or is too short."""
    if total == 0:
        raise InputError(f"{path} is not a video that OpenCV can read, or nothing is left of it.")
    if stops_short(path, total, promised):
        raise InputError(
            f"{path} ends early: {total} of {promised} frames can be decoded. Copy "
            "or download it again."
        )
    if total < count:
        raise InputError(f"{path} has {total} frames, and {count} are wanted.")


def _likely(promised: int, count: int, avi: bool) -> set[int]:
    """The frames that will be wanted if the header is right or, as an AVI file's often does,
    counts one too many."""
    totals = [total for total in (promised, promised - avi) if total >= count]
    return {i for total in totals for i in sample_indices(total, count).tolist()}


def _decode(path: Path, options: list[int], choose: Callable[[int], set[int]]) -> tuple:
    """The chosen frames (n, H, W, 3) BGR and which they are, in order; how many there are in
    all; how many are promised. ``choose`` is told what the header promises, 0 if nothing.
    """
    if not path.is_file():
        raise InputError(f"{path} is not there.")
    capture = open_video(path, options)
    promised = capture.get(cv2.CAP_PROP_FRAME_COUNT)
    promised = int(promised) if 0 < promised < 1e7 else 0
    wanted, numbers, images, total = choose(promised), [], [], 0
    while capture.grab():  # decodes; retrieve converts the colours, and is for the few
        if total in wanted:
            at = len(numbers)
            ok, bgr = capture.retrieve(images[at] if at else None)  # new memory takes longer
            if ok:
                if not at:
                    images = np.empty((len(wanted), *bgr.shape), np.uint8)
                if bgr.shape != images.shape[1:]:
                    raise InputError(
                        f"{path} changes its frame size midway, which no list of frames can."
                    )
                if not np.may_share_memory(bgr, images):  # the first
                    images[at] = bgr
                numbers.append(total)
        total += 1
    capture.release()
    return images, numbers, total, promised


# ------------------------------------------------------------------------- many videos
@dataclass
class Extraction:
    """What `extract` did.

    Attributes:
        written, present: how many videos were extracted now, and how many were before.
        failed: a sentence for each video that could not be.
    """

    written: int = 0
    present: int = 0
    failed: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [
            f"{self.written:,} videos extracted, {self.present:,} were there already, "
            f"{len(self.failed):,} failed" + ":" * bool(self.failed)
        ]
        return "\n".join(lines + [f"  {sentence}" for sentence in self.failed])


def extract(
    videos: Iterable[str | Path], out: str | Path, count: int = COUNT, workers: int | None = None
) -> Extraction:
    """Write ``count`` frames of each video to ``out/<its folder>/<its name>/00.jpg``, ...

    ``.../JumpRope/v_JumpRope_g01_c01.avi`` goes to ``out/JumpRope/v_JumpRope_g01_c01``. The
    layout does not depend on ``workers``: that many processes, -1 for one a core, None for
    what `joblib.parallel_config` says, else one. A video's folder appears when it is complete,
    so after an interruption the same call does what is missing. One call at a time for one ``out``.

    A video that is too short or damaged does not stop the others: see `Extraction`. Raises
    `InputError` when two videos would go to one folder, or ``out`` holds frames of another
    ``count``.
    """
    from joblib import Parallel, delayed
    from tqdm import tqdm

    targets = _targets(videos, Path(out))
    sweep(targets)
    todo = {folder: video for folder, video in targets.items() if not _is_done(folder, count)}
    result = Extraction(present=len(targets) - len(todo))
    jobs = (delayed(_extract_one)(video, folder, count) for folder, video in todo.items())
    run = Parallel(n_jobs=workers, return_as=_return_as())
    for failure in tqdm(run(jobs), total=len(todo), desc="frames", unit="video"):
        if failure:
            result.failed.append(failure)
        else:
            result.written += 1
    result.failed.sort()
    return result


def _targets(videos: Iterable[str | Path], out: Path) -> dict[Path, Path]:
    """The folder that the frames of each video go to, and the video."""
    targets = {}
    for video in map(Path, videos):
        folder = out / video.parent.name / video.stem
        if folder in targets:
            raise InputError(f"{targets[folder]} and {video} would both go to {folder}.")
        targets[folder] = video
    return targets


def _return_as() -> str:
    """``generator_unordered`` shows progress as it comes; not every backend can give one."""
    from joblib.parallel import get_active_backend

    able = getattr(get_active_backend()[0], "supports_return_generator", False)
    return "generator_unordered" if able else "list"


def _is_done(folder: Path, count: int) -> bool:
    if not folder.is_dir():
        return False
    there = len(listed(folder, "*.jpg"))
    if there != count:
        raise InputError(
            f"{folder} holds {there} frames and not {count}: delete it, or write to another folder."
        )
    return True


def _extract_one(video: Path, folder: Path, count: int) -> str:
    """Write one video's frames; what went wrong, or an empty string."""
    try:
        images, _, _ = _read(video, count, alone=False)
        with building(folder) as half:
            for i, image in enumerate(images):
                image = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
                _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
                (half / f"{i:02}.jpg").write_bytes(data)
    except (InputError, OSError) as error:
        return str(error)
    return ""


def find_videos(folder: str | Path, classes: Sequence[str] = ()) -> list[Path]:
    """The .avi files of ``folder/<class>/``, in order; of some classes, if any are named.

    Raises `InputError` for a class that is not there, and where there is no video.
    """
    folder = Path(folder)
    known = {path.name.lower(): path for path in listed(folder) if path.is_dir()}
    for name in classes:
        if name.lower() not in known:
            raise InputError(
                f"{folder} has no class {name!r}; it has: "
                f"{', '.join(path.name for path in known.values())}."
            )
    chosen = [known[name.lower()] for name in classes] or list(known.values())
    videos = [video for path in chosen for video in listed(path, "*.avi")]
    if not videos:
        raise InputError(f"{folder} holds no <class>/*.avi.")
    return videos


# ------------------------------------------------------------------------- command line
def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ucf101.py frames",
        description="Write some frames of every UCF101 clip, evenly "
        "spread, to OUT/<class>/<clip>/00.jpg and on (16 a clip: about 5 GB for all 13,320). "
        "Interrupted, it does what is missing when called again.",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--count", type=int, default=COUNT, help="frames a clip (%(default)s)")
    parser.add_argument(
        "--workers",
        type=int,
        default=-1,
        metavar="N",
        help="processes; -1, the default, is one a core",
    )
    parser.add_argument("--classes", nargs="+", default=(), metavar="CLASS", help="only these")
    parser.add_argument(
        "--dask",
        metavar="ADDRESS",
        help="run on this Dask cluster; its workers must see the same folders",
    )
    parser.add_argument("--root", help="where data sets are kept")
    parser.add_argument("--mirror", help="a folder or http address that has UCF101")
    return parser


def main(argv: Sequence[str]) -> int:
    """``python data_scripts/ucf101.py frames ...``; 1: a video failed, 2: none was looked for."""
    from .fetch import local

    args = _parser().parse_args(argv)
    try:
        check_writable(Path(args.out) / "frames")  # before 13,320 videos fail one by one
        folder = local.ensure("ucf101", args.root, args.mirror) / "UCF-101"
        videos = find_videos(folder, args.classes)
        with _backend(args.dask):
            done = extract(videos, args.out, args.count, None if args.dask else args.workers)
    except InputError as error:
        print(f"ucf101: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("ucf101: stopped; the same command goes on from there.", file=sys.stderr)
        return 130
    print(done)
    return int(bool(done.failed))


@contextlib.contextmanager
def _backend(address: str | None):
    """joblib on a Dask cluster, where an address is given."""
    if not address:
        yield
        return
    try:
        from dask.distributed import Client
    except ImportError:
        raise InputError("Dask is not installed: pip install dask distributed.") from None
    from joblib import parallel_config

    try:
        client = Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise InputError(f"no Dask scheduler answers at {address}: {error}.") from None
    with client, parallel_config(backend="dask"):
        yield
