"""Values at times between frames."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from posekit.data.between_frames import between_frames


def test_they_lie_on_straight_lines_and_stay_at_the_ends():
    values = np.array([[0.0, 8.0], [2.0, 4.0], [6.0, 4.0]])
    found = between_frames(values, [0, 1, 3], [-1, 0, 0.5, 1, 2, 3, 9])
    wanted = [[0, 8], [0, 8], [1, 6], [2, 4], [4, 4], [6, 4], [6, 4]]
    np.testing.assert_allclose(found, wanted)
    np.testing.assert_array_equal(between_frames(values[:1], [5], [0, 5, 9]), values[[0, 0, 0]])


def test_nan_is_where_a_neighbour_is_and_not_at_a_frame_that_is_known():
    found = between_frames([1.0, np.nan, 3.0, 4.0], range(4), [0, 0.5, 1, 1.5, 2 - 1e-9, 2, 2.5])
    np.testing.assert_array_equal(np.isnan(found), [0, 1, 1, 1, 0, 0, 0])


@given(st.integers(1, 9), st.integers(0, 99))
def test_it_is_numpys_own_number_by_number(count, seed):
    rng = np.random.default_rng(seed)
    times, values = np.sort(rng.random(count)), rng.random((count, 2, 3))
    wanted = rng.uniform(-0.2, 1.2, 7)
    expected = np.array([np.interp(wanted, times, each) for each in values.reshape(count, -1).T])
    found = between_frames(values, times, wanted).reshape(7, -1)
    np.testing.assert_allclose(found, expected.T, atol=2e-6)
