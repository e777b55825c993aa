"""Count for how many frames each joint has been hidden."""

from __future__ import annotations

import numpy as np

from ..core import Case, CommonMistake, Exercise


def hidden_for(visible):
    """(T, K) whole numbers: for how many frames each joint has been hidden, this frame included.

    visible: (T, K), 0 unlabelled, 1 occluded, 2 visible. The answer is 0 where a joint is visible
    or unlabelled, and -1 where it is occluded and has not been visible before: then there is
    nothing to remember. A joint is hidden in an unlabelled frame too, so these frames count.
    """
    found = np.zeros(visible.shape, int)
    since = np.zeros(visible.shape[1], int)
    seen = np.zeros(visible.shape[1], bool)
    for t, now in enumerate(visible):
        seen = seen | (now == 2)
        since = np.where(now == 2, 0, since + 1)
        found[t] = np.where(now == 1, np.where(seen, since, -1), 0)
    return found


# What is said where a case fails.
VISIBLE = "Everything is visible, so everything is 0."
ONE = "Seen, hidden for three frames, seen again: 0, 1, 2, 3, 0. This frame is included."
TWICE = "Each time the joint is seen the counter begins anew."
NEVER = (
    "As long as a joint has not been seen in this clip, nothing can be remembered of it: -1, and "
    "not a length. It begins to count after the joint was seen for the first time."
)
UNLABELLED = (
    "Nobody knows where the joint is in an unlabelled frame: such a frame is 0 itself, but the "
    "joint goes on being hidden, so the frame after it counts it."
)
MANY = "Each joint has a counter of its own."
EMPTY = "No frames, no lengths: an array of shape (0, K)."


def _column(*values):
    return np.array(values)[:, None]


def _cases(rng):
    many = rng.integers(0, 3, (12, 14))
    many[0] = 2
    anything = rng.integers(0, 3, (9, 14))
    yield Case("a joint that is always visible", (np.full((3, 2), 2),), VISIBLE)
    yield Case("hidden once", (_column(2, 1, 1, 1, 2),), ONE)
    yield Case("hidden twice", (_column(2, 1, 1, 2, 2, 1, 2),), TWICE)
    yield Case("hidden from the start", (_column(1, 1, 2, 1, 1),), NEVER)
    yield Case("an unlabelled frame between", (_column(2, 1, 0, 1, 2, 0),), UNLABELLED)
    yield Case("unlabelled from the start", (_column(0, 1, 0, 2, 0, 1),), NEVER)
    yield Case("fourteen joints", (many,), MANY)
    yield Case("fourteen joints, some of them never seen", (anything,), NEVER)
    yield Case("a clip without frames", (np.zeros((0, 14), int),), EMPTY)


def _counted(
    visible, count=None, stops=lambda now: now == 2, never=-1, shown=lambda now: now == 1, first=1
):
    """The reference with one thing or another done differently."""
    found, since = np.zeros(visible.shape, int), np.zeros(visible.shape[1], int)
    seen = np.zeros(visible.shape[1], bool)
    for t, now in enumerate(visible):
        seen = seen | (now == 2)
        since = np.where(stops(now), 0, since + 1 if count is None else count(since, now))
        length = np.maximum(since - 1 + first, 0)
        found[t] = np.where(shown(now), length if never is None else np.where(seen, length, -1), 0)
    return found


def _changed(**how):
    return lambda visible: _counted(visible, **how)


EXERCISE = Exercise(
    hidden_for,
    "Count for how many frames each joint has been hidden.",
    _cases,
    common_mistakes=(
        CommonMistake(
            lambda visible: (visible == 1).astype(int),
            "You say *whether* a joint is hidden: count for how many frames it has been.",
        ),
        CommonMistake(
            _changed(first=0),
            "Your count begins with 0: the first hidden frame is 1, since this frame is included.",
        ),
        CommonMistake(
            lambda visible: (visible == 1) * np.cumsum(visible == 1, axis=0),
            "You add up all hidden frames of the clip: the count begins anew when the joint is "
            "seen.",
        ),
        CommonMistake(
            _changed(never=None),
            "You count from the first frame on. A joint that has not been seen yet gets -1: "
            "there is nothing to remember.",
        ),
        CommonMistake(
            _changed(stops=lambda now: now != 1),
            "Your count begins anew after an unlabelled frame. The joint was not seen there, so it "
            "goes on being hidden.",
        ),
        CommonMistake(
            _changed(count=lambda since, now: since + (now == 1)),
            "You leave unlabelled frames out of the count: they are frames in which the joint was "
            "hidden, too.",
        ),
        CommonMistake(
            _changed(shown=lambda now: now != 2),
            "An unlabelled frame is 0 itself: nobody knows the joint's place, so it is never "
            "scored.",
        ),
        CommonMistake(
            lambda visible: hidden_for(visible[::-1])[::-1],
            "You count backwards in time: for how long has it been hidden, and not for how long "
            "will it be.",
        ),
        CommonMistake(
            lambda visible: hidden_for(visible.T).T,
            "You count along the joints: frames come first, (T, K).",
        ),
    ),
    hints=(
        "Go through the frames with one counter for each joint: it is set to 0 where the joint is "
        "visible, and grows by 1 elsewhere.",
        "Two arrays of shape (K,) are enough: `since`, the counter, and `seen`, whether the "
        "joint has been visible in this clip at all.",
        "What you write into a frame differs from the counter: it is 0 unless the joint is "
        "occluded (1) there, and -1 if it is occluded and was never seen.",
    ),
    explanation="All that is said about memory depends on this function. A joint that has been "
    "hidden since the clip began looks like one that was hidden for long, and no network can "
    "remember it: counted together they would make any memory look weak. (posekit's own version, "
    "`memory_scores.hidden_for`, does the same for many clips at once.)",
)
