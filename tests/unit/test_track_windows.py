"""Steady joints, and windows of them, for each track."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posekit.errors import InputError
from posekit.smoothing import OneEuro
from posekit.track_windows import BETA, MIN_CUTOFF, SmoothTracks, TrackWindows

from .made_people import STANDING, frame


def test_one_person_is_smoothed_as_by_one_filter():
    rng, one = np.random.default_rng(0), OneEuro(30, MIN_CUTOFF, BETA / 98)
    smooth = SmoothTracks()
    for t in range(20):
        sample = frame((100 + t, 100))
        noise = rng.normal(0, 1, 17)
        noise[np.abs(STANDING[:, 1]) > 46] = 0  # the extent stays 98 pixels
        sample.keypoints[0, :, 0] += noise
        np.testing.assert_allclose(
            smooth(sample, [5], t / 30).keypoints[0], one(sample.keypoints[0]), atol=1e-3
        )


@settings(max_examples=20, deadline=None)
@given(st.floats(0.3, 3), st.integers(0, 99))
def test_people_near_and_far_are_smoothed_alike(scale, seed):
    rng, near, far = np.random.default_rng(seed), SmoothTracks(), SmoothTracks()
    for t in range(12):
        sample = frame((100 + 2 * t, 100))
        sample.keypoints += rng.normal(0, 2, sample.keypoints.shape).astype(np.float32)
        larger = frame((0, 0))
        larger.keypoints[:] = sample.keypoints * scale
        a, b = (f(s, [1], t / 30).keypoints for f, s in ((near, sample), (far, larger)))
        np.testing.assert_allclose(a * scale, b, atol=0.02)


def test_who_stands_trembles_less_and_who_runs_is_not_left_behind():
    rng, smooth, errors = np.random.default_rng(0), SmoothTracks(), []
    truth = frame((100, 100)).keypoints
    for t in range(90):
        sample = frame((100, 100))
        sample.keypoints += rng.normal(0, 1, truth.shape).astype(np.float32)
        steady = smooth(sample, [1], t / 30).keypoints
        errors.append([np.square(x - truth).mean() for x in (sample.keypoints, steady)])
    raw, steady = np.sqrt(np.mean(errors[10:], axis=0))
    assert steady < 0.7 * raw
    for t in range(30):  # two heights a second
        runner = frame((50 + 200 * t / 30, 100))
        late = runner.keypoints - smooth(runner, [2], t / 30).keypoints
        assert np.abs(late).max() < 3.5
        same = smooth(runner, [-1], t / 30).keypoints
        np.testing.assert_array_equal(same, runner.keypoints, "who has no number stays")


def test_a_filter_is_not_kept_beyond_a_second():
    smooth = SmoothTracks()
    smooth(frame((50, 100)), [1], 0.0)
    far = frame((250, 100))
    np.testing.assert_array_equal(smooth(far, [1], 1.5).keypoints, far.keypoints)
    assert (smooth(frame((50, 100)), [1], 1.6).keypoints != frame((50, 100)).keypoints).any()


def line(t: float) -> np.ndarray:
    return np.array([[3 * t, 1 - t]])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.01, 0.3), min_size=12, max_size=40))
def test_a_window_of_a_straight_line_is_on_it_at_any_frame_rate(steps):
    windows, now = TrackWindows(5, 10.0), 0.0
    for step in steps:
        now += step
        windows.add([line(now)], [3], now)
    times = now - np.arange(5)[::-1] / 10
    assert windows.of(3) is None or windows.share(3) == 1
    if windows.of(3) is not None:
        np.testing.assert_allclose(windows.of(3), [line(t) for t in times], atol=1e-6)
    else:
        assert sum(steps[1:]) < 0.4 + 1e-6


def test_at_the_same_rate_a_window_is_the_last_frames():
    windows = TrackWindows(4, 30.0)
    for t in range(9):
        windows.add([[[t, 0.0]], [[-t, 1.0]]], [1, -1], t / 30)
        assert (windows.of(1) is None) == (t < 3)
        assert windows.share(1) == pytest.approx(min(t / 3, 1), abs=1e-4)
    np.testing.assert_allclose(windows.of(1)[:, 0, 0], [5, 6, 7, 8])
    assert windows.of(-1) is None and windows.share(2) == 0


def test_missing_joints_stay_missing():
    windows = TrackWindows(3, 10.0)
    for t, x in enumerate((1.0, np.nan, 3.0)):
        windows.add([[[x, 0.0]]], [1], t / 10)
    assert np.isnan(windows.of(1)[:, 0, 0]).tolist() == [False, True, False]


def test_short_gaps_are_bridged_and_long_ones_begin_anew():
    windows = TrackWindows(10, 10.0)
    for t in (0, 1, 2, 3, 9, 10, 11):
        windows.add([line(t / 10)], [1], t / 10)
    np.testing.assert_allclose(windows.of(1)[4], line(0.6))
    for t in range(25, 30):
        windows.add([line(t / 10)], [1], t / 10)
    assert windows.of(1) is None and 0 < windows.share(1) < 1
    windows.add([line(0)], [2], 9.0)
    assert windows.share(1) == 0


@pytest.mark.parametrize("wrong", [(0, 30), (5, 0), (5, float("inf"))])
def test_windows_that_make_no_sense(wrong):
    with pytest.raises(InputError, match="must be positive"):
        TrackWindows(*wrong)


def test_time_goes_on():
    """A filter would divide by no time, and a window would be out of order."""
    smooth, windows = SmoothTracks(), TrackWindows(5, 10)
    smooth(frame((100, 100)), [1], 1.0)
    windows.add([[0.0]], [1], 1.0)
    for wrong in (1.0, 0.5, float("nan")):
        with pytest.raises(InputError, match="cannot come after"):
            smooth(frame((100, 100)), [1], wrong)
        with pytest.raises(InputError, match="cannot come after"):
            windows.add([[0.0]], [1], wrong)
