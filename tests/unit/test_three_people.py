"""The arithmetic of tests/benchmarks/three_people.py, on made-up detections."""

import numpy as np
import pytest

from posekit import skeletons
from posekit.data.sample import Sample


@pytest.fixture
def bench(root, monkeypatch):
    monkeypatch.syspath_prepend(str(root / "tests" / "benchmarks"))
    import three_people

    return three_people


def found(*hips, skeleton="coco17", missing=()) -> Sample:
    """People who hang from their hips, 6 pixels apart, the rest in one place above them."""
    joints = skeletons.get(skeleton)
    points = np.full((len(hips), len(joints), 2), (0, -30), np.float32)
    points += np.array(hips, np.float32).reshape(-1, 1, 2)
    points[:, joints.index("left_hip")] += (3, 30)
    points[:, joints.index("right_hip")] += (-3, 30)
    visible = np.full(points.shape[:2], 2)
    for joint in missing:
        visible[:, joints.index(joint)] = 0
    return Sample("a", skeleton, points, visible, size=(288, 384))


MARKS = np.array([(100, 170), (190, 180), (270, 170)])


def test_who_is_inside_the_circle_is_found(bench):
    r = bench.RADIUS
    inside = found((100 + r, 170), (190, 180 - r), (270, 170))
    assert bench.found_at(MARKS, inside).tolist() == [True, True, True]
    outside = found((101 + r, 170), (190, 179 - r), (270, 170))
    assert bench.found_at(MARKS, outside).tolist() == [False, False, True]
    assert bench.found_at(MARKS, found()).tolist() == [False] * 3
    assert bench.found_at(MARKS, found((100, 170), (101, 170))).tolist() == [True, False, False]


@pytest.mark.parametrize("skeleton", ["openpose18", "blazepose33"])
def test_other_joint_sets_are_asked_likewise(bench, skeleton):
    some = found((100, 170), (270, 170), skeleton=skeleton)
    assert bench.found_at(MARKS, some).tolist() == [True, False, True]


def test_enough_joints_and_both_hips(bench):
    names = [name for name in skeletons.get("coco17").joints if "hip" not in name]
    for missing, there in (
        (names[:9], True),
        (names[:10], False),
        (["left_hip"], False),
        ([], True),
    ):
        assert bench.found_at(MARKS, found((100, 170), missing=missing))[0] == there, missing
    lost = found((100, 170))
    lost.keypoints[0, skeletons.get("coco17").index("left_hip")] = np.nan
    assert not bench.found_at(MARKS, lost)[0]


def test_the_number_is_that_of_the_nearest(bench):
    people = found((100, 172), (271, 170), (104, 170))
    assert bench.numbers_at(MARKS, people, np.array([4, 2, 7])).tolist() == [4, -1, 2]
    assert bench.numbers_at(MARKS, people, np.array([-1, 2, 7])).tolist() == [-1, -1, 2]
    assert bench.numbers_at(MARKS, found(), np.empty(0, int)).tolist() == [-1] * 3
    hipless = found((100, 170), (103, 170), missing=["left_hip"])
    assert bench.numbers_at(MARKS, hipless, np.array([1, 2])).tolist() == [-1] * 3


def test_a_switch_is_another_number_than_before(bench):
    assert bench.switches([[1, 2], [1, 2], [1, 2]]) == 0
    assert bench.switches([[1, 2], [2, 1]]) == 2, "exchanged"
    assert bench.switches([[1, 2], [-1, 2], [1, -1], [-1, -1], [3, 2]]) == 1, "gaps are none"
    assert bench.switches([[-1, -1]]) == 0


def test_the_shares(bench):
    frames = [np.array(row, bool) for row in ([1, 1, 1], [1, 0, 1], [0, 0, 0], [1, 1, 1])]
    assert bench.shares(frames) == (0.5, pytest.approx(8 / 12))


def test_the_marks_are_on_every_tenth_frame_and_apart(bench):
    marks = bench.read_marks()
    assert list(marks) == list(range(0, 393, 10))
    for places in marks.values():
        assert (places >= 0).all() and (places < (384, 288)).all()
        assert (np.diff(places[:, 0]) > 4 * bench.RADIUS).all(), "left, middle, right; none touch"


@pytest.mark.mirror
def test_each_mark_has_its_frame(bench, mirror, monkeypatch):
    monkeypatch.setenv("POSEKIT_MIRROR", str(mirror))
    frames = bench.marked_frames()
    assert len(frames) == 40 and all(image.shape == (288, 384, 3) for _, image in frames)
    # The three wear purple: in the middle of each mark blue is above green.
    for marks, image in frames:
        middle = np.array([image[y - 3 : y + 4, x - 3 : x + 4].mean((0, 1)) for x, y in marks])
        assert (middle[:, 2] > middle[:, 1]).all()
