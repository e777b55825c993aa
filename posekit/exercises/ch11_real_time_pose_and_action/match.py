"""Pair tracks with found people so that they are most similar in all."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from ..core import Case, CommonMistake, Exercise


def match(similar, least):
    """(P,) whole numbers: the track that each found person goes on with, or -1.

    similar: (N, P), how similar each of N tracks is to each of P people. least: a pair that is
    less similar than this is dropped.
    """
    tracks = np.full(similar.shape[1], -1)
    for track, person in zip(*linear_sum_assignment(similar, maximize=True)):
        if similar[track, person] >= least:
            tracks[person] = track
    return tracks


# What is said where a case fails.
PLAIN = "Each person is like one track alone: give that track's number, in the order of people."
IN_ALL = (
    "Track 0 is most like person 0, but 0.8 + 0.85 is more than 0.9 + 0.1: it is the *sum* of all "
    "similarities that counts."
)
GATE = "Person 1 is like nobody: a pair below `least` is dropped, and the person gets -1."
EQUAL = "A pair that is exactly as similar as `least` is kept."
MORE = "There are more people than tracks: P answers, and whoever is left over gets -1."
FEWER = "There are fewer people than tracks: still one answer for each *person*."
AFTER = (
    "0.29 + 0.4 is more than 0.6 + 0: the sum is made greatest of *all* similarities, and only "
    "then is the pair of 0.29 dropped."
)
NOBODY = "Nobody was found: the answer has no entries, shape (0,)."
NO_TRACKS = "There are no tracks yet: everybody gets -1."
ANY = "Seven tracks and five people: the greatest sum, then the gate."


def _cases(rng):
    plain = np.array([[0.1, 0.9, 0.0], [0.8, 0.1, 0.1], [0.0, 0.2, 0.7]])
    in_all = np.array([[0.9, 0.8], [0.85, 0.1]])
    gate = np.array([[0.9, 0.1], [0.2, 0.05]])
    equal = np.array([[0.3, 0.0], [0.0, 0.5]])
    # A pair that the gate drops has held a place: without it the other two would be a pair.
    late = np.array([[0.6, 0.29], [0.4, 0.0]])
    yield Case("three people, three tracks", (plain, 0.3), PLAIN)
    yield Case("two people who resemble one track", (in_all, 0.3), IN_ALL)
    yield Case("a person who resembles nobody", (gate, 0.3), GATE)
    yield Case("a pair at the threshold", (equal, 0.3), EQUAL)
    yield Case("the gate after the sum", (late, 0.3), AFTER)
    yield Case("five people, two tracks", (rng.random((2, 5)), 0.3), MORE)
    yield Case("two people, five tracks", (rng.random((5, 2)), 0.3), FEWER)
    yield Case("nobody found", (np.zeros((3, 0)), 0.3), NOBODY)
    yield Case("no tracks", (np.zeros((0, 3)), 0.3), NO_TRACKS)
    yield Case("many of both", (rng.random((7, 5)), 0.5), ANY)


def _greedy(similar, least):
    """The most similar pair first, then the most similar of what is left."""
    tracks, left = np.full(similar.shape[1], -1), similar.astype(float)
    while left.size and left.max() >= least:
        track, person = np.unravel_index(left.argmax(), left.shape)
        tracks[person] = track
        left[track], left[:, person] = -np.inf, -np.inf
    return tracks


def _each_for_itself(similar, least):
    if not len(similar):
        return np.full(similar.shape[1], -1)
    return np.where(similar.max(0) >= least, similar.argmax(0), -1)


def _least_similar(similar, least):
    tracks = np.full(similar.shape[1], -1)
    for track, person in zip(*linear_sum_assignment(similar)):
        if similar[track, person] >= least:
            tracks[person] = track
    return tracks


def _people_of_tracks(similar, least):
    return match(similar.T, least)


def _without_gate(similar, least):
    return match(similar, -np.inf)


def _gate_first(similar, least):
    return match(np.where(similar >= least, similar, 0), least)


def _above(similar, least):
    return match(similar, np.nextafter(least, np.inf))


EXERCISE = Exercise(
    match,
    "Pair tracks with found people so that they are most similar in all.",
    _cases,
    common_mistakes=(
        CommonMistake(
            _least_similar,
            "You minimise: `linear_sum_assignment` takes costs unless you say `maximize=True`.",
        ),
        CommonMistake(
            _each_for_itself,
            "You let each person choose alone, so two people may go on with one track.",
        ),
        CommonMistake(
            _greedy,
            "You take the most similar pair first: whoever comes later may be left with a place "
            "that does not fit. The sum of all pairs must be greatest.",
        ),
        CommonMistake(
            _without_gate,
            "You keep every pair: below `least` it is no pair, and the person gets -1.",
        ),
        CommonMistake(
            _people_of_tracks,
            "You give a person for each track: the answer has one entry for each *person*.",
        ),
        CommonMistake(
            _gate_first,
            "You drop pairs below `least` before the sum is made greatest: drop them afterwards.",
        ),
        CommonMistake(_above, "You drop a pair that is exactly as similar as `least`."),
    ),
    hints=(
        "`linear_sum_assignment(similar, maximize=True)` gives two arrays: rows, which are tracks, "
        "and columns, which are people.",
        "Begin with `np.full(P, -1)`, and write a track's number where its pair is similar enough. "
        "Whoever is in no pair keeps -1.",
        "`if similar[track, person] >= least: tracks[person] = track`. Tables with no rows or no "
        "columns need nothing special: the loop then has no turns.",
    ),
    explanation="The gate stands *after* the sum here. If pairs below it were worth nothing while "
    "the sum is made greatest, the answer could differ: a hopeless pair would no longer hold a "
    "place. posekit's tracker uses this plain form twice, first for people who have a number, then "
    "for the others, so that a stranger cannot push anybody aside.",
)
