"""The camera: closed forms, its inverse, and Human3.6M's lens written out by hand."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posekit.cameras import Z_UP, Camera
from posekit.errors import InputError

K = [[1145.0, 0, 512.5], [0, 1143.8, 515.5], [0, 0, 1]]
LENS = {"radial": [-0.2071, 0.2478, -0.0031], "tangential": [-0.0014, -0.001]}
TURN = cv2.Rodrigues(np.array([1.2, 0.4, -0.7]))[0]
angles = st.tuples(*[st.floats(-3, 3)] * 3)


def test_pinhole_by_hand():
    camera = Camera(K, translation=[0, 0, 4])
    np.testing.assert_allclose(camera.project([0.0, 0, 0]), (512.5, 515.5))
    np.testing.assert_allclose(camera.project([1.0, -2, 1]), (512.5 + 229, 515.5 - 457.52))
    np.testing.assert_allclose(camera.position, (0, 0, -4))


def test_lens_by_hand():
    camera = Camera(K, **LENS)
    x, y = 0.3, -0.2
    r2 = x * x + y * y
    s = 1 - 0.2071 * r2 + 0.2478 * r2**2 - 0.0031 * r2**3 - 0.0014 * y - 0.001 * x
    seen = (s * x + r2 * -0.001, s * y + r2 * -0.0014)
    np.testing.assert_allclose(
        camera.project([3 * x, 3 * y, 3], "camera"),
        (1145 * seen[0] + 512.5, 1143.8 * seen[1] + 515.5),
    )


def test_radial_part_is_opencvs():
    points = np.random.default_rng(0).uniform(-1, 1, (20, 3)) + (0, 0, 4)
    camera = Camera(K, radial=LENS["radial"])
    k1, k2, k3 = LENS["radial"]
    theirs = cv2.projectPoints(points, np.zeros(3), np.zeros(3), np.array(K), (k1, k2, 0, 0, k3))
    np.testing.assert_allclose(camera.project(points), theirs[0][:, 0], atol=1e-9)


@given(angles, st.floats(0, 999), st.floats(0, 1001), st.floats(0.5, 20))
def test_unproject_inverts_project(angle, u, v, depth):
    camera = Camera(K, cv2.Rodrigues(np.array(angle))[0], (0.3, -1, 5), (1002, 1000), **LENS)
    for frame in ("world", "camera"):
        back = camera.project(camera.unproject([u, v], depth, frame), frame)
        np.testing.assert_allclose(back, (u, v), atol=1e-4)


@given(angles)
def test_axes_there_and_back(angle):
    camera = Camera(K, cv2.Rodrigues(np.array(angle))[0], (0.3, -1, 5))
    points = np.random.default_rng(1).normal(size=(2, 5, 3))
    np.testing.assert_allclose(camera.to_world(camera.to_camera(points)), points, atol=1e-12)
    np.testing.assert_allclose(camera.to_camera(camera.position), 0, atol=1e-12)


@pytest.mark.parametrize("form", [LENS, {"radial": (-0.2, 0, 0)}, {"tangential": (0.01, 0)}])
def test_undistort_gives_the_straight_image(form):
    lens, straight = Camera(K, TURN, (0, 0, 6), **form), Camera(K, TURN, (0, 0, 6))
    points = np.random.default_rng(2).uniform(-1.5, 1.5, (40, 3))
    assert np.abs(lens.project(points) - straight.project(points)).max() > 1
    np.testing.assert_allclose(
        lens.undistort(lens.project(points)), straight.project(points), atol=1e-6
    )


def test_shapes_and_points_behind():
    camera = Camera(K)
    assert camera.project(np.ones((4, 2, 17, 3))).shape == (4, 2, 17, 2)
    assert camera.unproject(np.ones((4, 5, 2)), np.ones((4, 5))).shape == (4, 5, 3)
    assert np.isnan(camera.project([0.0, 0, -1])).all()
    missing = camera.project([[np.nan, 0, 1], [0, 0, 1]])
    assert np.isnan(missing[0]).any() and np.isfinite(missing[1]).all()


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("rotation", np.ones((3, 3))),
        ("rotation", np.diag([1, 1, -1])),
        ("rotation", np.diag([1, 1, 1.01])),
        ("rotation", np.diag([1, 1, 0.99])),
        ("radial", (1, 2)),
        ("translation", (0, np.nan, 0)),
        ("tangential", (1, 2, 3)),
    ],
)
def test_bad_parts(part, value):
    with pytest.raises(InputError, match=f"camera's {part}"):
        Camera(K, **{part: value})


def test_unknown_frame():
    with pytest.raises(InputError, match="'world' or 'camera'"):
        Camera(K).project([0, 0, 1], "room")
    with pytest.raises(InputError, match="'world' or 'camera'"):
        Camera(K).unproject([0, 0], 1, "room")


def test_what_is_about_the_root_has_no_place_in_the_image():
    with pytest.raises(InputError, match="frame 'root' are about the person's hips"):
        Camera(K).project([0, 0, 0], "root")
    with pytest.raises(InputError, match="frame 'root'"):
        Camera(K).unproject([0, 0], 1, "root")


def test_a_turned_camera_sees_the_turned_world():
    camera = Camera(K, TURN, (0, 0, 6), (1002, 1000), **LENS)
    points = np.random.default_rng(4).uniform(-1, 1, (9, 3))
    again = camera.turned(Z_UP).project(points @ Z_UP.T)
    np.testing.assert_allclose(again, camera.project(points), atol=1e-9)
    np.testing.assert_allclose(Z_UP @ (1, 2, 3), (1, -3, 2))  # what was up (y) is z
    with pytest.raises(InputError, match="rotation"):
        camera.turned(np.ones((3, 3)))


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


near = st.floats(-3, 3)


@given(near, near, near, st.floats(-1, 1), st.integers(0, 1000))
def test_looking_at_a_place_and_back(x, y, z, roll, seed):
    points = np.random.default_rng(seed).uniform(-1, 1, (7, 3)) + [x, y, z]
    camera = Camera.look_at((x + 4, y + 1, z - 6), (x, y, z), 300, (240, 320), roll)
    np.testing.assert_allclose(camera.rotation @ camera.rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(camera.rotation) == pytest.approx(1)
    np.testing.assert_allclose(camera.project((x, y, z)), camera.center, atol=1e-6)
    depth = camera.to_camera(points)[:, 2]
    back = camera.unproject(camera.project(points), depth)
    np.testing.assert_allclose(back, points, atol=1e-9)
    np.testing.assert_allclose(camera.project(back), camera.project(points), atol=1e-4)
    np.testing.assert_allclose(camera.to_world(camera.to_camera(points)), points, atol=1e-9)
    flat = camera.unproject(camera.project(points), depth, "camera")
    np.testing.assert_allclose(flat, camera.to_camera(points), atol=1e-9)


def test_zooming_scales_about_the_center():
    closer = FRONT.zoomed(200, FRONT.center)
    offset = FRONT.project((0.4, 0.7, 0)) - FRONT.center
    np.testing.assert_allclose(closer.project((0.4, 0.7, 0)) - FRONT.center, 2 * offset)


def test_zooming_keeps_the_lens_and_the_ratio_of_the_axes():
    camera = Camera(K, TURN, (0, 0, 6), (1002, 1000), **LENS).zoomed(2290.0, (1, 2))
    np.testing.assert_allclose(camera.matrix, [[2290, 0, 1], [0, 2287.6, 2], [0, 0, 1]])
    np.testing.assert_array_equal(camera.radial, LENS["radial"])
    assert camera.focal == 2290 and camera.size == (1002, 1000)


def test_no_side_of_an_image_that_looks_straight_down_is_up():
    with pytest.raises(InputError, match="straight"):
        Camera.look_at((0, 5, 0), (0, 0, 0), 100, (64, 64))
