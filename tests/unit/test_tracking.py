"""Numbers that stay with people: crossings, gaps, false detections, and what makes no sense."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posekit.data.sample import Sample
from posekit.errors import InputError
from posekit.synthetic import CrowdClips
from posekit.tracking import STEP, Tracker, areas_of, extents

from .made_people import frame


def follow(frames, tracker=None, **settings) -> list[list[int]]:
    tracker = tracker or Tracker(**settings)
    return [tracker.update(sample).tolist() for sample in frames]


def test_a_number_comes_with_the_third_frame_and_stays():
    found = follow([frame((50 + 2 * t, 100), (250 - t, 120)) for t in range(10)])
    assert found[:2] == [[-1, -1]] * 2 and found[2:] == [[1, 2]] * 8
    assert follow([frame((50, 100))] * 2, confirmed=1) == [[-1], [1]]


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_people_does_not_matter(random):
    places = [(40 + 60 * n, 100 + 5 * n) for n in range(4)]
    tracker, names = Tracker(), {}
    for t in range(8):
        order = random.sample(range(4), 4)
        numbers = tracker.update(frame(*[(places[n][0] + 3 * t, places[n][1]) for n in order]))
        for n, number in zip(order, numbers):
            if t >= 2:
                assert names.setdefault(n, number) == number > 0
    assert sorted(names.values()) == [1, 2, 3, 4]


def crossing(t: int) -> tuple:
    """Where two people are who walk past each other; at t = 20 they are in one place."""
    return (60 + 5 * t, 100), (260 - 5 * t, 104)


def test_two_who_cross_keep_their_numbers():
    found = follow([frame(*crossing(t)) for t in range(40)])
    assert found[2:] == [[1, 2]] * 38
    # The one behind is not found while the other is before them.
    behind = [frame(*crossing(t)[: 1 if abs(t - 20) < 7 else 2]) for t in range(40)]
    found = follow(behind)
    assert found[2:14] == [[1, 2]] * 12 and found[27:] == [[1, 2]] * 13
    assert found[14:27] == [[1]] * 13


@pytest.mark.parametrize(("gap", "number"), [(0.9, 1), (1.2, 2)])
def test_a_person_is_waited_for_a_second(gap, number):
    tracker = Tracker()
    for t in range(10):
        tracker.update(frame((50 + t, 100)), t / 15)
    later = 9 / 15 + gap
    for t in range(3):  # the third time is enough for a new number
        now = later + t / 15
        numbers = tracker.update(frame((50 + 15 * now, 100)), now)
    assert numbers.tolist() == [number]


def test_nobody_and_twenty():
    assert follow([frame()] * 3) == [[], [], []]
    many = [(16 * n + 10, 60 + 100 * (n % 2)) for n in range(20)]
    found = follow([frame(*many), frame(), frame(*many), frame(*many), frame(*many)])
    assert found[-1] == sorted(found[-1]) and set(found[-1]) == set(range(1, 21))
    assert found[1] == []


def test_who_is_found_once_gets_no_number_and_pushes_nobody_aside():
    at = [(100 + 3 * t, 100) for t in range(12)]
    frames = [frame(place) for place in at]
    frames[5] = frame(at[5], (at[5][0] + 6, 100))  # found twice
    frames[6] = frame((at[6][0] + 6, 100), at[6])
    frames[8] = frame(at[8], (300, 200))  # somebody who is not there
    found = follow(frames)
    assert found[5][0] == 1 and found[6][1] == 1 and found[8] == [1, -1]
    assert found[-1] == [1]


def test_who_is_unsure_goes_on_but_does_not_begin():
    weak = follow([frame((100, 100), scores=[0.2])] * 6)
    assert weak == [[-1]] * 6
    strong, weak = frame((100, 100), scores=[0.9]), frame((100, 100), scores=[0.2])
    assert follow([strong] * 3 + [weak] * 3)[-1] == [1]


@pytest.mark.parametrize("skeleton", ["lsp14", "openpose18"])
def test_other_joint_sets(skeleton):
    found = follow([frame(*crossing(t), skeleton=skeleton) for t in range(40)])
    assert found[2:] == [[1, 2]] * 38


def test_joints_that_are_missing():
    rng, frames = np.random.default_rng(0), []
    for t in range(30):
        sample = frame(*crossing(t))
        hidden = rng.random(sample.visible.shape) < 0.5
        frames.append(
            Sample("a", "coco17", sample.keypoints, np.where(hidden, 0, 2), size=(240, 320))
        )
    assert follow(frames)[3:] == [[1, 2]] * 27
    assert follow([Sample("a", "coco17", sample.keypoints, np.zeros((2, 17)), size=(9, 9))]) == [
        [-1] * 2
    ]


def test_a_frame_rate_that_varies():
    rng, tracker, now = np.random.default_rng(1), Tracker(), 0.0
    for t in range(40):
        now += rng.choice([0.02, 0.07, 0.2])
        numbers = tracker.update(frame((30 + 40 * now, 100), (290 - 40 * now, 100)), now)
        assert t < 2 or numbers.tolist() == [1, 2]


def test_a_video_that_changes_its_size():
    tracker = Tracker()
    for t in range(8):
        numbers = tracker.update(frame((100 + 2 * t, 100)))
    for t in range(8, 12):
        numbers = tracker.update(frame((200 + 4 * t, 200), size=(480, 640), scale=2.0))
        assert numbers.tolist() == [1]


def test_a_video_that_becomes_wider_alone():
    """Twice as wide and as high as before: places and velocities grow to the right alone."""
    tracker = Tracker(confirmed=1)
    for t in range(8):
        tracker.update(frame((60 + 6 * t, 60 + 6 * t)))
    tracker.update(frame(size=(240, 640)))  # nobody is found
    (track,) = tracker.tracks
    middle = track.points[[11, 12]].mean(0)  # between the hips, where the last frame had it
    np.testing.assert_allclose(middle, (2 * 102, 102), atol=0.5)
    assert track.velocity[0] == pytest.approx(2 * track.velocity[1]) and track.velocity[1] > 90


def test_two_who_stand_close_are_two():
    """8 pixels apart, the similarity of people of this size is 0.44; 6 pixels apart it is 0.57,
    and they are one who is found twice."""
    assert follow([frame((100, 100), (108, 100))] * 3)[-1] == [1, 2]
    assert follow([frame((100, 100), (106, 100))] * 4)[-1] == [1, -1]


@pytest.mark.parametrize(
    ("gap", "step", "number"), [(1e-3, 10, 1), (1e-3, 12, -1), (0.5, 20, 1), (0.5, 24, -1)]
)
def test_how_far_somebody_may_be_from_where_they_are_expected(gap, step, number):
    """A similarity of 0.3, at 10.7 pixels; after half a second, at twice as many."""
    tracker = Tracker(confirmed=2)
    for t in range(2):
        assert tracker.update(frame((100, 100)), t / 15).tolist() == [2 * t - 1]
    assert tracker.update(frame((100 + step, 100)), 1 / 15 + gap).tolist() == [number]


@pytest.mark.parametrize(("joints", "number"), [(3, -1), (4, 1)])
def test_nobody_is_known_by_three_joints(joints, number):
    sample = frame((100, 100))
    sample.visible[:, joints:] = 0
    assert follow([sample] * 4)[-1] == [number]


def test_synthetic_crossings_without_a_detectors_faults():
    clips = CrowdClips(7, 4, skeleton="coco17")
    for n in range(4):
        clip = clips.labels(n)
        numbers = follow([clip[t] for t in range(len(clip))])
        assert all(row == numbers[2] for row in numbers[2:]), n


def test_the_same_frames_give_the_same_numbers():
    clip = CrowdClips(8, 1, people=5).labels(0)
    frames = [clip[t] for t in range(20)]
    assert follow(frames) == follow(frames)


def test_what_makes_no_sense():
    for wrong in ({"patience": -1}, {"confirmed": 0}, {"sure": 2}):
        with pytest.raises(InputError, match="patience must not be negative"):
            Tracker(**wrong)
    tracker = Tracker()
    with pytest.raises(InputError, match="a frame at nan s"):
        tracker.update(frame((50, 100)), float("nan"))
    tracker.update(frame((50, 100)), 1.0)
    for seconds in (1.0, 0.5, float("nan")):
        with pytest.raises(InputError, match="cannot come after one at 1"):
            tracker.update(frame((50, 100)), seconds)
    tracker.update(frame((50, 100)))
    assert tracker.tracks[0].seconds == pytest.approx(1 + STEP)
    with pytest.raises(InputError, match="no joint set"):
        tracker.update(Sample("a", "nobody", np.zeros((1, 3, 2)), np.ones((1, 3)), size=(9, 9)))


def test_extents():
    points = np.array([[[0, 0], [3, 8], [np.nan, np.nan]], [[np.nan] * 2] * 3])
    np.testing.assert_array_equal(extents(points), [8, 0])
    np.testing.assert_array_equal(areas_of(points), [16, 0])
