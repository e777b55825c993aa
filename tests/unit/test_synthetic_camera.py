"""The pinhole camera: closed-form projections, and its inverse."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posekit.errors import InputError
from posekit.synthetic import Camera

FRONT = Camera.look_at((0, 1, 5), (0, 1, 0), focal=100, size=(101, 201))


def test_the_target_is_at_the_center_and_axes_are_those_of_an_image():
    np.testing.assert_allclose(FRONT.project((0, 1, 0)), (100, 50))
    np.testing.assert_allclose(FRONT.project((0, 2, 0)), (100, 50 - 100 / 5))  # up is smaller y
    # Facing a person who faces us: their left (+x) is on our right.
    np.testing.assert_allclose(FRONT.project((1, 1, 0)), (100 + 100 / 5, 50))
    np.testing.assert_allclose(FRONT.to_camera((0, 1, 0)), (0, 0, 5), atol=1e-12)
    np.testing.assert_allclose(FRONT.position, (0, 1, 5), atol=1e-12)


def test_projecting_is_the_intrinsic_matrix_times_the_camera_point():
    point = np.array([0.3, 1.4, -0.7])
    u, v, w = FRONT.matrix @ FRONT.to_camera(point)
    np.testing.assert_allclose(FRONT.project(point), (u / w, v / w))


def test_roll_turns_the_image_clockwise():
    rolled = Camera.look_at((0, 1, 5), (0, 1, 0), 100, (101, 201), roll=np.pi / 2)
    np.testing.assert_allclose(rolled.project((0, 2, 0)), (100 + 20, 50), atol=1e-9)


def test_what_is_behind_the_camera_has_no_image():
    pixels = FRONT.project([(0, 1, 0), (0, 1, 9)])
    assert np.isfinite(pixels[0]).all() and np.isnan(pixels[1]).all()


numbers = st.floats(-3, 3)


@settings(max_examples=50, deadline=None)
@given(numbers, numbers, numbers, st.floats(-1, 1), st.integers(0, 1000))
def test_unproject_undoes_project(x, y, z, roll, seed):
    points = np.random.default_rng(seed).uniform(-1, 1, (7, 3)) + [x, y, z]
    camera = Camera.look_at((x + 4, y + 1, z - 6), (x, y, z), 300, (240, 320), roll)
    np.testing.assert_allclose(camera.rotation @ camera.rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(camera.rotation) == pytest.approx(1)
    depth = camera.to_camera(points)[:, 2]
    back = camera.unproject(camera.project(points), depth)
    np.testing.assert_allclose(back, points, atol=1e-9)
    np.testing.assert_allclose(camera.project(back), camera.project(points), atol=1e-4)
    np.testing.assert_allclose(camera.to_world(camera.to_camera(points)), points, atol=1e-9)
    flat = camera.unproject(camera.project(points), depth, "camera")
    np.testing.assert_allclose(flat, camera.to_camera(points), atol=1e-9)


def test_zooming_scales_about_the_center():
    closer = FRONT.moved(200, FRONT.center)
    offset = FRONT.project((0.4, 0.7, 0)) - FRONT.center
    np.testing.assert_allclose(closer.project((0.4, 0.7, 0)) - FRONT.center, 2 * offset)


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="straight"):
        Camera.look_at((0, 5, 0), (0, 0, 0), 100, (64, 64))
    with pytest.raises(InputError, match="world"):
        FRONT.project((0, 0, 0), "image")
