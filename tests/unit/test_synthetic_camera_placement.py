"""Cameras drawn many at once are those drawn one by one, and see whom they are to see."""

import numpy as np
import pytest

from posekit.cameras import Camera
from posekit.synthetic import DIFFICULTIES
from posekit.synthetic.scene.camera_placement import place_camera, place_cameras

COUNT, SIZE = 20, (96, 150)


@pytest.fixture(params=DIFFICULTIES)
def drawn(request):
    """Points (N, P, 3), the cameras for them, and those of one image at a time."""
    points = np.random.default_rng(0).normal((0, 1, 0), (0.4, 0.5, 0.3), (COUNT, 40, 3))
    u = np.stack([np.random.default_rng(n).random(8) for n in range(COUNT)])
    single = [
        place_camera(points[n], np.random.default_rng(n), SIZE, request.param) for n in range(COUNT)
    ]
    return request.param, points, place_cameras(points, u, SIZE, request.param), single


def test_a_batch_gives_what_each_gives_alone(drawn):
    for one, other in zip(drawn[2], drawn[3]):
        assert one.size == other.size == SIZE
        for part in ("matrix", "rotation", "translation"):
            np.testing.assert_allclose(
                getattr(one, part), getattr(other, part), rtol=1e-12, atol=1e-12
            )


def test_they_are_cameras_and_show_the_people(drawn):
    difficulty, points, cameras, _ = drawn
    for camera, each in zip(cameras, points):
        Camera(camera.matrix, camera.rotation, camera.translation, camera.size)  # checks them
        assert camera.position[1] > 0.14
        inside = (camera.project(each) > -0.5) & (camera.project(each) < np.array(SIZE[::-1]) - 0.5)
        assert inside.all() if difficulty != "hard" else inside.mean() > 0.4


def test_easy_cameras_stand_level_in_front(drawn):
    if drawn[0] == "easy":
        for camera in drawn[2]:
            assert abs(camera.rotation[0, 1]) < 1e-12  # the horizon is level
            assert camera.rotation[2, 2] < -0.95  # it looks back along z
