"""The One-Euro filter: what stands still stays, noise falls, and what moves is followed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posekit.errors import InputError
from posekit.smoothing import OneEuro


@given(st.floats(-1e3, 1e3), st.floats(1, 100), st.floats(0.1, 10))
def test_what_stands_still_stays(value, rate, cutoff):
    smooth = OneEuro(rate, cutoff)
    for _ in range(5):
        np.testing.assert_allclose(smooth(np.full((3, 2), value)), value, atol=1e-9)


def test_two_steps_are_the_papers():
    smooth, place, speed = OneEuro(10, min_cutoff=2, beta=0.5), 0.0, 0.0
    assert smooth(0.0) == 0
    for value in (3.0, 1.0):
        # The speed from the last answer, a second, is itself smoothed with a cutoff of 1 Hz.
        speed += (10 * (value - place) - speed) / (1 + 10 / (2 * np.pi))
        place += (value - place) / (1 + 10 / (2 * np.pi * (2 + 0.5 * abs(speed))))
        assert smooth(value) == pytest.approx(place)


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=6), st.floats(-1e3, 1e3))
def test_no_direction_and_no_place_is_preferred(values, place):
    here, mirrored, elsewhere = (OneEuro(10, 0.5, beta=0.1) for _ in range(3))
    for value in values:
        found = here(value)
        assert mirrored(-value) == pytest.approx(-found)
        assert elsewhere(value + place) == pytest.approx(found + place)


def test_noise_falls_and_a_higher_beta_lags_less():
    noise = np.random.default_rng(0).normal(size=(200, 4))
    still = OneEuro(10, 0.5)
    assert np.std([still(each) for each in noise][20:]) < 0.6
    slow, fast = OneEuro(10, 0.5, beta=0), OneEuro(10, 0.5, beta=0.1)
    way = np.arange(0, 200, 10.0)
    assert way[-1] - [slow(x) for x in way][-1] > 2 * (way[-1] - [fast(x) for x in way][-1]) > 0


def test_a_joint_that_is_lost_begins_anew_and_the_others_go_on():
    smooth, other = OneEuro(10), OneEuro(10)
    for both in ([0, 0], [np.nan, 5], [100, 5]):
        found = smooth(np.array(both, float))
    for one in (0, 5, 5):
        alone = other(np.array(float(one)))
    assert found[0] == 100
    assert found[1] == pytest.approx(float(alone))


@pytest.mark.parametrize(
    "options", [{"rate": 0}, {"rate": 10, "min_cutoff": 0}, {"rate": 10, "beta": -1}]
)
def test_a_filter_without_a_rate_is_refused(options):
    with pytest.raises(InputError, match="must be positive"):
        OneEuro(**options)
