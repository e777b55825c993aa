"""What the pictures of deck 07 are made with, where it can be told without a network."""

import numpy as np
import pytest

from slides import multitask_clips as clips

POSE = np.array([[0.3, -0.5, 0.1], [-0.2, 0.4, -0.6]])


def test_a_pose_from_the_front_is_its_x_and_y():
    np.testing.assert_allclose(clips.aside(POSE, 0), POSE[:, :2])


def test_a_quarter_turn_shows_the_depth_and_half_a_turn_the_back():
    np.testing.assert_allclose(clips.aside(POSE, np.pi / 2), POSE[:, [2, 1]], atol=1e-12)
    np.testing.assert_allclose(clips.aside(POSE, np.pi), POSE[:, :2] * (-1, 1), atol=1e-12)


@pytest.mark.parametrize("corner", [(30, 40), (0, 0), (70, 110)])
def test_the_cut_keeps_each_joint_on_its_pixel(corner):
    frames = np.zeros((2, 120, 160, 3), np.uint8)
    points = np.tile(np.array([[0.0, 0.0], [49.0, 9.0]]) + corner, (2, 1, 1))
    for x, y in points[0].astype(int):
        frames[:, y, x] = 255
    cut, moved = clips._around(frames, points)
    assert cut.shape[1] == cut.shape[2] < 120
    for x, y in moved[0].astype(int):
        assert cut[0, y, x].tolist() == [255, 255, 255]


def test_a_share_is_not_rounded_to_all_or_none():
    shares = (0, 0.004, 0.93, 0.996, 1)
    assert [clips.percent(share) for share in shares] == ["0 %", "< 1 %", "93 %", "> 99 %", "100 %"]
