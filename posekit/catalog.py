"""One name for every data set, of images or of clips, real or synthetic.

>>> from posekit import catalog
>>> people = catalog.load("synthetic", "train", count=100)
>>> len(people)
100

``photos``, seven photographs with their people's joints, ships with posekit. Any other real one
must be on this machine or in a mirror folder: ``load`` downloads nothing, since one call could
mean 20 GB (`posekit data get NAME` does).
"""

from __future__ import annotations

from collections.abc import Sequence

from . import datasets
from .datasets import SPLITS
from .errors import InputError, check_known

SYNTHETIC = "synthetic"
# Seeds of the splits of the synthetic people are this far apart, so they share no picture.
SEED_STEP = 1_000_003


def names() -> tuple[str, ...]:
    """The names that `load` knows."""
    return (SYNTHETIC, *(name for name, entry in datasets.DATASETS.items() if entry.reader))


def load(name: str, split: str | None = None, root=None, **options) -> Sequence:
    """A sequence of `Sample`: ``len(people)``, ``people[i]``.

    Args:
        name: one of `names`.
        split: ``train``, ``val``, ``test``, or None for everything; a reader's docstring says
            what they are, and no image is in two.
        root: where data sets are kept, see `posekit.datasets`.
        options: what the reader takes (``images=False``, ``skeleton="coco17"``), or what
            `posekit.synthetic.People` takes (``seed``, ``count``, ``size``, ...).

    Raises `InputError` for an unknown name, split or option, and for a data set that is not
    on this machine, saying how to get it.
    """
    return _load(name, split, root, "images", names(), options)


def name_and_split(data: str) -> tuple[str, str]:
    """``lsp`` and ``test`` of ``lsp:test``; `InputError` without a split."""
    name, _, split = data.partition(":")
    if not split:
        raise InputError(f"--data {data!r} must name the split too: {name}:test, say.")
    return name, split


def clip_names() -> tuple[str, ...]:
    """The names that `load_clips` knows."""
    return (SYNTHETIC, *(name for name, entry in datasets.DATASETS.items() if entry.clips))


def load_clips(name: str, split: str | None = None, root=None, **options) -> Sequence:
    """A sequence of `Clip`: ``len(clips)``, ``clips[i]``; otherwise as `load`.

    Which splits and options there are, the reader's docstring says. A split of one's own goes
    by ``clip.group``, never through it.
    """
    return _load(name, split, root, "clips", clip_names(), options)


def _load(name: str, split, root, what: str, known: tuple[str, ...], options: dict) -> Sequence:
    if name not in known:
        raise InputError(f"no data set {name!r} of {what}; there are: {', '.join(known)}.")
    try:
        if name == SYNTHETIC:
            return _synthetic(what, split, **options)
        folder = datasets.find(name, root)
        if folder is None:
            raise InputError(datasets.absent(name, root))
        return datasets.get(name).open(folder, split, **options)
    except TypeError as error:
        if "unexpected keyword" not in str(error):
            raise
        raise InputError(f"{name}: {str(error).split(') ')[-1]}.") from None


def _synthetic(what: str, split: str | None, seed: int = 0, **options) -> Sequence:
    from . import synthetic

    split = "val" if split == "validation" else split
    check_known("split", split, (None, *SPLITS))
    made = synthetic.People if what == "images" else synthetic.Clips
    return made(seed=seed + SEED_STEP * (None, *SPLITS).index(split), **options)
