"""One name for every data set of images, real or synthetic.

>>> from posekit import catalog
>>> people = catalog.load("synthetic", "train", count=100)
>>> len(people)
100

A real one must be on this machine or in a mirror folder: ``load`` downloads nothing, since
one call could mean 20 GB (`posekit data get NAME` does).
"""

from __future__ import annotations

from collections.abc import Sequence

from .data import sets, store
from .data.reader import SPLITS
from .errors import InputError

SYNTHETIC = "synthetic"
# Seeds of the splits of the synthetic people are this far apart, so they share no picture.
SEED_STEP = 1_000_003


def names() -> tuple[str, ...]:
    """The names that `load` knows."""
    return (SYNTHETIC, *(name for name, entry in sets.SETS.items() if entry.reader))


def load(name: str, split: str | None = None, root=None, **options) -> Sequence:
    """A sequence of `Sample`: ``len(people)``, ``people[i]``.

    Args:
        name: one of `names`.
        split: ``train``, ``val``, ``test``, or None for everything; a reader's docstring says
            what they are, and no image is in two.
        root: where data sets are kept, see `posekit.data.store`.
        options: what the reader takes (``images=False``, ``skeleton="coco17"``), or what
            `posekit.synthetic.People` takes (``seed``, ``count``, ``size``, ...).

    Raises `InputError` for an unknown name, split or option, and for a data set that is not
    on this machine, saying how to get it.
    """
    if name not in names():
        raise InputError(f"no data set {name!r} of images; there are: {', '.join(names())}.")
    try:
        if name == SYNTHETIC:
            return _synthetic(split, **options)
        folder = store.find(name, root)
        if folder is None:
            raise InputError(store.absent(name, root))
        return sets.get(name).open(folder, split, **options)
    except TypeError as error:
        if "unexpected keyword" not in str(error):
            raise
        raise InputError(f"{name}: {str(error).split(') ')[-1]}.") from None


def _synthetic(split: str | None, seed: int = 0, **options) -> Sequence:
    from .synthetic import People

    split = "val" if split == "validation" else split
    if split not in (None, *SPLITS):
        raise InputError(f"no split {split!r}; there are: {', '.join(SPLITS)}.")
    return People(seed=seed + SEED_STEP * (None, *SPLITS).index(split), **options)
