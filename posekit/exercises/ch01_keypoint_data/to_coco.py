"""Turn each data set's visibility flag into COCO's."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def to_coco(flags, source):
    """COCO's visibility (0 unlabelled, 1 occluded, 2 visible) from another data set's flags.

    flags: an array of any shape, NaN where the file has no flag. source: "coco", "lsp" (1 is
    occluded), "lspet" (1 is labelled) or "mpii" (1 is visible, 0 occluded, none: unlabelled).
    Returns whole numbers of the same shape. An unknown source is a ValueError.
    """
    flags = np.asarray(flags, dtype=float)
    if source == "coco":
        visible = flags
    elif source == "lsp":
        visible = np.where(flags == 1, 1, 2)
    elif source == "lspet":
        visible = np.where(flags == 1, 2, 0)
    elif source == "mpii":
        visible = np.where(flags == 1, 2, 1)
    else:
        raise ValueError(f"unknown source {source!r}")
    return np.where(np.isnan(flags), 0, visible).astype(int)


# What is said where a case fails.
LSP = "In LSP every joint is labelled, and 1 is *occluded*."
LSP_EXTENDED = "In LSP extended 1 is *labelled*; the rest is unlabelled, with junk coordinates."
MPII = "In MPII 1 is *visible*, and 0 is labelled but occluded."
COCO = "COCO's flags are COCO's already."
SHAPE = "Keep the shape: (people, joints)."
NO_FLAG = "NaN is *no flag*, so unlabelled: 0. `NaN == 1` is False, like any comparison."
UNLABELLED = "Nothing labelled: all 0."
NOBODY = "Nobody: an array of shape (0, 16)."


def _cases(rng):
    crowd = rng.integers(0, 2, (3, 14))
    holes = np.where(rng.random((2, 16)) < 0.2, np.nan, rng.integers(0, 2, (2, 16)))
    one, gap = np.array([0.0, 1.0]), np.array([0.0, np.nan, 1.0])
    yield Case("LSP: 0 and 1", (one, "lsp"), LSP)
    yield Case("LSP extended: 0 and 1", (one, "lspet"), LSP_EXTENDED)
    yield Case("MPII: 0 and 1", (one, "mpii"), MPII)
    yield Case("COCO: 0, 1 and 2", (np.array([0, 1, 2]), "coco"), COCO)
    yield Case("three people of LSP, as integers", (crowd, "lsp"), SHAPE)
    yield Case("MPII with joints that have no flag", (holes, "mpii"), NO_FLAG)
    nothing = np.zeros((1, 14))
    yield Case("a person of LSP extended without any label", (nothing, "lspet"), UNLABELLED)
    yield Case("LSP, and a joint that has no flag", (gap, "lsp"), NO_FLAG)
    yield Case("COCO, and a joint that has no flag", (gap, "coco"), NO_FLAG)
    yield Case("nobody", (np.zeros((0, 16)), "mpii"), NOBODY)


def _mpii_nan(flags, source):
    """NaN falls into the *else* of `flags == 1`."""
    visible = to_coco(flags, source)
    return np.where(np.isnan(np.asarray(flags, float)), 1, visible) if source == "mpii" else visible


EXERCISE = Exercise(
    to_coco,
    "Turn each data set's visibility flag into COCO's.",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda flags, source: to_coco(flags, "coco" if source == "coco" else "lspet"),
            "You read 1 as *visible* everywhere. In LSP it means the opposite: 1 is occluded, and "
            "0 is a joint that is seen.",
        ),
        CommonMistake(
            lambda flags, source: to_coco(flags, "lsp" if source == "lspet" else source),
            "LSP and LSP extended share their joints and their file's name, not the meaning of "
            "their flag: in the extended set 1 is *labelled*.",
        ),
        CommonMistake(
            lambda flags, source: to_coco(flags, "lspet" if source == "mpii" else source),
            "MPII's 0 is a joint that was labelled although it is hidden: 1 in COCO's meaning.",
        ),
        CommonMistake(
            _mpii_nan,
            "A joint without a flag was not labelled: 0, not occluded. `NaN == 1` is False, so it "
            "fell into your *else*: ask for it with `np.isnan`.",
        ),
        CommonMistake(
            lambda flags, source: np.asarray(flags).astype(int),
            "You keep the numbers as they are: the same number means another thing in each set.",
        ),
    ),
    hints=(
        "Write down, for each source, what its 0 and its 1 mean, and then COCO's number for that. "
        "`np.where(flags == 1, a, b)` is a table with two rows.",
        "lsp: 1 → 1, else 2. lspet: 1 → 2, else 0. mpii: 1 → 2, else 1. coco: as it is.",
        "Last of all the missing flags: `np.where(np.isnan(flags), 0, visible).astype(int)`, with "
        "`flags = np.asarray(flags, dtype=float)` at the beginning, since integers have no NaN.",
    ),
    explanation="Three data sets, one column of zeros and ones, three meanings, and no error "
    "message whichever you choose. Read LSP's flag the wrong way round and 93 % of the joints "
    "that are seen are thrown away. So a reader turns every flag into one meaning at the door, "
    "and nothing behind it asks where a sample came from.",
)
