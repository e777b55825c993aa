"""Derive, from the joints' names, which joint each becomes in a mirror."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise
from .joint_names import LSP


def mirror_order(names):
    """For each joint, the index of its mirror image: left_knee for right_knee, nose for nose.

    names: a list of text. Returns (joints,) whole numbers.
    """

    def mirrored(name):
        if name.startswith("left_"):
            return "right_" + name[len("left_") :]
        if name.startswith("right_"):
            return "left_" + name[len("right_") :]
        return name

    return np.array([names.index(mirrored(name)) for name in names], dtype=int)


# Beside LSP's: joints of one side each and a nose, and names with a side in the middle, too.
FACE = ["nose", "left_eye", "right_eye", "left_ear", "right_ear"]
ODD = ["right_hand", "chin", "left_foot", "bright_spot", "left_hand", "leftover", "right_foot"]
BOTH = ["left_upright_bar", "nose", "right_upright_bar"]

# What is said where a case fails.
OWN_IMAGE = "The left knee's mirror image is the right knee; the nose is its own."
LOOK_UP = "Look each name up where it stands: every data set has an order of its own."
BEGINNING = "`bright_spot` and `leftover` have no side: `left_` or `right_` must begin the name."
ONCE = "Exchange the beginning alone: `left_upright_bar` becomes `right_upright_bar`."
EMPTY = "No joints: an array of shape (0,), of whole numbers."


def _cases(rng):
    yield Case("two knees and a nose", (["left_knee", "right_knee", "nose"],), OWN_IMAGE)
    yield Case("the five points of COCO's face", (FACE,), LOOK_UP)
    yield Case("LSP's fourteen joints", (LSP,), LOOK_UP)
    yield Case("LSP's joints, shuffled", (list(rng.permutation(LSP)),), LOOK_UP)
    yield Case("names that only look like sides", (ODD,), BEGINNING)
    yield Case("a side and, further on, `right_` once more", (BOTH,), ONCE)
    yield Case("no joints", ([],), EMPTY)


def _by_replace(names):
    """The usual short way, which meets `right` in the middle of a word."""
    swap = {
        name: name.replace("left", "#").replace("right", "left").replace("#", "right")
        for name in names
    }
    return np.array([names.index(swap[n]) if swap[n] in names else -1 for n in names], dtype=int)


EXERCISE = Exercise(
    mirror_order,
    "Derive, from the joints' names, which joint each becomes in a mirror.",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda names: np.arange(len(names)),
            "You leave every joint where it is: after a flip the left knee would still be called "
            "left, in an image where it is now a right one.",
        ),
        CommonMistake(
            lambda names: np.arange(len(names))[::-1].copy(),
            "You turn the order around. That is right for a set whose order happens to be "
            "symmetric, and for no other: go by the names.",
        ),
        CommonMistake(
            _by_replace,
            "You replace `left` and `right` anywhere in the name: `bright_spot` has a `right` in "
            "it too. Ask what the name begins with.",
        ),
    ),
    hints=(
        "Two steps: what is the mirror image's *name*, and where does that name stand?",
        '`name.startswith("left_")` tells the side, `"right_" + name[5:]` is the other name, '
        "and `names.index(other)` is its place. A name without a side is its own mirror image.",
        "Build a list over all names and make it an array: `np.array([...], dtype=int)`; the "
        "dtype matters for an empty list.",
    ),
    explanation="Tables of flip indices typed in by hand go wrong: one number, and a network "
    "learns with one shoulder swapped. Derived from the names they cannot, and applying the "
    "order twice gives every joint its own place again, which is a test worth having. In posekit "
    'this is `skeletons.get("lsp14").flip`.',
)
