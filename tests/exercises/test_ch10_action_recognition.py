"""Chapter 10's exercises: the references against other ways, and what students answer.

``RIGHT`` and ``WRONG`` are run through the checks by `test_every_chapter`.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import interp1d
from scipy.spatial.transform import Rotation

from posekit import exercises
from posekit.datasets import landmarks
from posekit.datasets import recording as recording_of
from posekit.exercises.ch10_action_recognition.evenly import evenly
from posekit.exercises.ch10_action_recognition.facing import facing
from posekit.exercises.ch10_action_recognition.split_by_group import split_by_group
from posekit.exercises.ch10_action_recognition.windows import windows
from posekit.models import landmark_nets


# --- windows -----------------------------------------------------------------------------------
def windows_by_view(recordings, length, step):
    found, numbers = [np.zeros((0, length, recordings[0].shape[1]))], []
    for number, frames in enumerate(recordings):
        if len(frames) >= length:
            view = np.lib.stride_tricks.sliding_window_view(frames, length, axis=0)
            found.append(view[::step].swapaxes(1, 2))
            numbers += [number] * len(found[-1])
    return np.concatenate(found), np.array(numbers, int)


def windows_with(recordings, length, step, last=1, number_of=lambda number, place: number):
    found, numbers = [], []
    for number, frames in enumerate(recordings):
        first = 0
        while first <= len(frames) - length - 1 + last:
            found.append(frames[first : first + length])
            numbers.append(number_of(number, len(numbers)))
            first += step
    return np.array(found).reshape(-1, length, recordings[0].shape[1]), np.array(numbers, int)


def windows_of_all(recordings, length, step):
    frames = np.concatenate(recordings)
    owner = np.concatenate([[n] * len(part) for n, part in enumerate(recordings)])
    firsts = np.arange(0, len(frames) - length + 1, step)
    return frames[firsts[:, None] + np.arange(length)], owner[firsts]


def windows_padded(recordings, length, step):
    long = [
        part if len(part) >= length else np.pad(part, ((0, length - len(part)), (0, 0)), "edge")
        for part in recordings
    ]
    return windows_with(long, length, step)


# --- split_by_group ----------------------------------------------------------------------------
def split_by_counting(groups, order, share):
    counts = np.array([np.sum(groups == person) for person in order])
    before = np.cumsum(counts) - counts
    held = [person for person, had in zip(order[:-1], before) if had < share * len(groups)]
    return np.array([group in held for group in groups.tolist()], dtype=bool)


def split_with(stop, people=lambda order: order[:-1], after=False):
    def answer(groups, order, share):
        held = np.zeros(len(groups), bool)
        for person in people(order):
            if not after and stop(held.mean(), share):
                return held
            held = held | (groups == person)
            if after and stop(held.mean(), share):
                return held
        return held

    return answer


def at_least(held, share):
    return held >= share - 1e-12


# --- evenly ------------------------------------------------------------------------------------
def wanted(times, fps):
    found = [times[0]]
    while found[-1] + 1 / fps <= times[-1] + 1e-9:
        found.append(times[0] + len(found) / fps)
    return np.array(found)


def evenly_by_scipy(values, times, fps):
    if len(times) == 1:
        return values.copy()
    new = np.minimum(wanted(times, fps), times[-1])
    return interp1d(times, values, axis=0)(new)


def evenly_by_hand(values, times, fps):
    found = []
    for t in wanted(times, fps):
        after = min(int(np.searchsorted(times, t)), len(times) - 1)
        before = max(after - 1, 0)
        part = (t - times[before]) / ((times[after] - times[before]) or 1)
        found.append(values[before] + min(part, 1) * (values[after] - values[before]))
    return np.array(found)


def interpolated(values, times, new):
    return np.array([np.interp(new, times, channel) for channel in values.T]).T


# --- facing ------------------------------------------------------------------------------------
def facing_by_rotation(points, left, right):
    across = np.mean(points[:, left] - points[:, right], axis=0)
    if np.hypot(across[0], across[2]) < 1e-9:
        return points.copy()
    turn = Rotation.from_euler("y", np.arctan2(across[2], across[0]))
    return turn.apply(points.reshape(-1, 3)).reshape(points.shape)


def facing_by_complex(points, left, right, back=1, each=False, angle=None):
    """x + i z, turned by a complex number."""
    flat = points[..., 0] + 1j * points[..., 2]
    across = flat[:, left] - flat[:, right]
    mean = across[:, None] if each else across.mean()
    if angle is not None:
        mean = np.exp(1j * angle(np.angle(across)))
    if not each and abs(mean) < 1e-9:
        return points.copy()
    flat = flat * back * np.conj(mean) / np.abs(mean)
    return np.stack([flat.real, points[..., 1], flat.imag], -1)


def facing_wrong_way(points, left, right):
    flat = points[..., 0] + 1j * points[..., 2]
    mean = (flat[:, left] - flat[:, right]).mean()
    flat = flat * mean / (abs(mean) or 1)
    return np.stack([flat.real, points[..., 1], flat.imag], -1)


def facing_not_divided(points, left, right):
    flat = points[..., 0] + 1j * points[..., 2]
    flat = flat * np.conj((flat[:, left] - flat[:, right]).mean())
    return np.stack([flat.real, points[..., 1], flat.imag], -1)


RIGHT = {
    "windows": [windows_by_view, windows_with],
    "split_by_group": [split_by_counting, split_with(at_least)],
    "evenly": [evenly_by_scipy, evenly_by_hand],
    "facing": [facing_by_rotation, facing_by_complex],
}

WRONG = {
    "windows": [
        (windows_of_all, "one after the other first"),
        (lambda r, length, step: windows_with(r, length, length), "by the window's length"),
        (lambda r, length, step: windows_with(r, length, 1), "take every window"),
        (lambda *args: windows_with(*args, last=0), "lose the last window"),
        (windows_padded, "fill short recordings up"),
        (lambda *args: windows_with(*args, number_of=lambda _, n: n), "number the windows"),
        (lambda *args: windows_with(*args)[0], "2 results"),
    ],
    "split_by_group": [
        (lambda groups, order, share: np.arange(len(groups)) / len(groups) < share, "first window"),
        (lambda *args: ~split_by_counting(*args), "who is learnt from"),
        (
            lambda groups, order, share: np.isin(
                groups, order[: min(-int(-share * len(order) // 1), len(order) - 1)]
            ),
            "share of the *people*",
        ),
        (split_with(at_least, people=lambda order: order), "hold out everybody"),
        (split_with(at_least, people=lambda order: sorted(order)[:-1]), "follow `order`"),
        (split_with(lambda held, share: held > share, after=True), "is reached exactly"),
        (split_with(lambda held, share: held >= share - 0.04), "one more person is"),  # about
        (lambda *args: split_by_counting(*args).astype(float), "booleans"),
    ],
    "evenly": [
        (lambda values, times, fps: values.copy(), "as they came"),
        (
            lambda v, t, fps: interpolated(v, np.linspace(t[0], t[-1], len(t)), wanted(t, fps)),
            "evenly far apart",
        ),
        (
            lambda v, t, fps: v[[int(np.argmin(np.abs(t - new))) for new in wanted(t, fps)]],
            "nearest frame",
        ),
        (
            lambda v, t, fps: interpolated(v, t, np.arange(0, t[-1] + 1e-9, 1 / fps)),
            "begin at 0 seconds",
        ),
        (
            lambda v, t, fps: interpolated(v, t, t[0] + np.arange(len(wanted(t, fps)) + 1) / fps),
            "later than the recording",
        ),
        (lambda v, t, fps: evenly_by_hand(v, t, fps)[:-1], "lose the last frame"),
        (
            lambda v, t, fps: interpolated(
                v, t, t[0] + np.arange(int((t[-1] - t[0]) * fps) + 1) / fps
            ),
            "belongs to the recording",
        ),
        (
            lambda v, t, fps: interpolated(v, t, np.linspace(t[0], t[-1], len(wanted(t, fps)))),
            "spread the frames",
        ),
    ],
    "facing": [
        (lambda p, left, right: facing_by_complex(p, left, right, back=-1), "back to the camera"),
        (facing_wrong_way, "the wrong way"),
        (lambda p, left, right: facing_by_complex(p, left, right, each=True), "angle of its own"),
        (lambda p, left, right: facing_by_complex(p, left, right, angle=np.mean), "average angles"),
        (
            lambda p, left, right: facing_by_complex(p, left, right, angle=lambda a: a[0]),
            "first frame",
        ),
        (facing_not_divided, "changes size"),
        (lambda p, left, right: p.copy(), "stands sideways"),
    ],
}


# --- the checks --------------------------------------------------------------------------------
def test_a_student_who_writes_into_the_input_is_told():
    def in_place(points, left, right):
        points[:] = facing(points, left, right)
        return points

    assert "writes into its input" in exercises.chapter("10").facing.judge(in_place).text


# --- the references against what posekit has, and what must hold -------------------------------
@settings(max_examples=25, deadline=None)
@given(st.integers(1, 40), st.integers(1, 12), st.integers(1, 7))
def test_windows_are_those_of_posekit_wherever_there_is_one(frames, length, step):
    recording = np.random.default_rng(frames).normal(size=(frames, 33, 4))
    found, numbers = windows([recording.reshape(frames, 132)], length, step)
    if frames < length:
        assert found.shape == (0, length, 132) and len(numbers) == 0
    else:
        expected = landmarks.windows(recording_of(recording), length, step).reshape(found.shape)
        np.testing.assert_array_equal(found, expected)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=40), st.floats(0, 1), st.integers(0, 99))
def test_nobody_is_in_both_halves_and_the_share_is_reached_if_it_can_be(groups, share, seed):
    groups = np.array(groups)
    order = list(np.random.default_rng(seed).permutation(np.unique(groups)))
    held = split_by_group(groups, order, share)
    assert not set(groups[held]) & set(groups[~held])
    assert not held.all()
    last = groups == order[-1]
    assert held.sum() >= share * len(groups) or (held | last).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 30), st.floats(3, 90), st.integers(0, 999))
def test_evenly_is_what_posekit_makes_of_a_recording(frames, fps, seed):
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.uniform(0.01, 0.2, frames))
    recording = rng.normal(size=(frames, 33, 4))
    found = evenly(recording.reshape(frames, 132), times, fps)
    expected = landmarks.evenly(recording, times, fps).reshape(-1, 132)
    shared = min(len(found), len(expected))
    assert abs(len(found) - len(expected)) <= 1  # where the last frame lies within rounding
    np.testing.assert_allclose(found[:shared], expected[:shared], atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 360), st.integers(0, 999))
def test_faced_is_the_same_from_whichever_side_one_looked(degrees, seed):
    points = np.random.default_rng(seed).normal(size=(4, 33, 3))
    turned = Rotation.from_euler("y", degrees, degrees=True).apply(points.reshape(-1, 3))
    one, other = (facing(each, 11, 12) for each in (points, turned.reshape(points.shape)))
    np.testing.assert_allclose(one, other, atol=1e-9)
    across = (one[:, 11] - one[:, 12]).mean(0)
    assert across[0] > 0 and across[2] == pytest.approx(0, abs=1e-9)
    by_torch = landmark_nets.faced(torch.from_numpy(points)[None])[0].numpy()
    np.testing.assert_allclose(one, by_torch, atol=1e-9)
