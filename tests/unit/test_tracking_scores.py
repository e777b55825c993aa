"""IDF1 and switches, in cases that can be worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posekit.errors import InputError
from posekit.tracking_scores import TrackingScores, total, tracking_scores

from .made_people import frame

A, B = (80, 100), (240, 100)  # two places that are far apart


def of(numbers, places=(A, B), truth=(A, B)) -> TrackingScores:
    """The scores of these numbers, of two people who stand still."""
    return tracking_scores([frame(*truth)] * len(numbers), [frame(*places)] * len(numbers), numbers)


def test_all_right():
    scores = of([[4, 9]] * 5)
    assert scores == TrackingScores(right=10, people=10, found=10, switches=0)
    assert scores.idf1 == 1


def test_numbers_that_change_places_halfway():
    # Each person has the better number in 3 of 4 frames: (2 * 6) / (8 + 8).
    scores = of([[1, 2], [1, 2], [1, 2], [2, 1]])
    assert (scores.right, scores.switches) == (6, 2)
    assert scores.idf1 == pytest.approx(0.75)


def test_a_new_number_after_a_gap_is_one_switch():
    scores = of([[1, 2], [1, 2], [-1, 2], [3, 2], [3, 2], [3, 2]])
    # Person A: number 3 in three frames; B: all six. 11 found have a number.
    assert scores == TrackingScores(right=9, people=12, found=11, switches=1)
    assert scores.idf1 == pytest.approx(2 * 9 / 23)


def test_one_number_cannot_be_two_people():
    # Number 1 is A's twice, then B's three times: it can be right for B alone.
    scores = of([[1, -1], [1, -1], [-1, 1], [-1, 1], [-1, 1]])
    assert (scores.right, scores.found, scores.switches) == (3, 5, 0)
    # B never has number 2: what is not there is not right.
    assert of([[1, -1], [1, -1], [1, -1], [2, 1]]).right == 3


def test_0_is_a_number():
    assert of([[1, 2], [0, 2]]).switches == 1


def test_people_who_are_not_there_and_who_are_missed():
    scores = of([[1, 7]] * 4, places=(A, (160, 200)))
    assert scores == TrackingScores(right=4, people=8, found=8, switches=0)
    assert of([[], []], places=()) == TrackingScores(0, 4, 0, 0)
    assert of([[1, 2]], truth=()) == TrackingScores(0, 0, 2, 0)
    assert math.isnan(of([[]], places=(), truth=()).idf1)


def test_a_person_without_labels_does_not_count():
    true = frame(A, B)
    true.visible[1], true.keypoints[1] = 0, np.nan
    scores = tracking_scores([true], [frame(A)], [[1]])
    assert scores == TrackingScores(1, 1, 1, 0)
    true.visible[0, 5:] = 0  # of whom some joints are labelled does
    assert tracking_scores([true], [frame(A)], [[1]]) == scores


def test_where_both_fit_the_number_of_before_is_kept():
    near = (A, (A[0] + 1, A[1]))
    assert of([[1, 2]] * 2 + [[2, 1]], places=near, truth=near).switches == 0


def test_a_number_that_still_fits_is_kept_though_two_others_would_fit_better():
    """B is 6 pixels right of A. Then 1, which is A's, stands where B is, and 2 left of A, too far
    from B: to exchange them is more similar in all, but A's number has not changed."""
    truth = [frame(A, (A[0] + 6, A[1]))] * 2
    found = [truth[0], frame((A[0] + 6, A[1]), (A[0] - 5, A[1]))]
    assert tracking_scores(truth, found, [[1, 2], [1, 2]]).switches == 0


def test_who_is_found_beside_their_place_is_found_whoever_else_is_far():
    scores = of([[1, 7], [3, 7]], places=((A[0] + 6, A[1]), (160, 200)))
    assert scores == TrackingScores(right=1, people=4, found=4, switches=1)
    beyond = of([[1, 7]], places=((A[0] + 8, A[1]), (160, 200)))  # a similarity of 0.44
    assert beyond == TrackingScores(right=0, people=2, found=2, switches=0)


@settings(max_examples=30, deadline=None)
@given(st.permutations([0, 1, 7]), st.integers(1, 4))
def test_names_are_only_names(names, times):
    three = (A, B, (160, 60))
    scores = of([names] * times, places=three, truth=three)
    assert scores.idf1 == 1 and scores.switches == 0


def test_the_total_is_the_sum():
    a, b = of([[1, 2]] * 3), of([[1, 2], [2, 1]])
    both = total([a, b])
    assert both == TrackingScores(8, 10, 10, 2) and both.idf1 == pytest.approx(0.8)


def test_lists_of_different_length():
    with pytest.raises(InputError, match="2 true frames, 1 found ones and 2 lists"):
        tracking_scores([frame(A)] * 2, [frame(A)], [[1], [1]])
