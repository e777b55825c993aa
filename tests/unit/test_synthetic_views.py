"""Several cameras at one instant, and lenses: what they must agree on."""

import numpy as np
import pytest

from posekit.data import Sample
from posekit.errors import InputError
from posekit.synthetic import DIFFICULTIES, People, Views, through_lens


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_all_views_are_of_the_same_points_in_the_world(difficulty):
    views = Views(2, 5, cameras=4, size=96, people=2, difficulty=difficulty)[3]
    assert len(views) == 4 and all(isinstance(view, Sample) for view in views)
    for view in views:
        assert view.frame == "world" and view.image.shape == (96, 96, 3)
        np.testing.assert_array_equal(view.keypoints_3d, views[0].keypoints_3d)
        projected = view.camera.project(view.keypoints_3d, view.frame)
        known = view.visible > 0
        np.testing.assert_allclose(projected[known], view.keypoints[known], atol=1e-3)
    assert views[0].keypoints_3d[..., 2].min() > -0.02  # z is up, and the ground at 0


def test_two_views_say_where_a_joint_is_in_space():
    """Triangulated from pixels alone, the joints come out where they are."""
    one, two, three = Views(7, 9, cameras=3, size=512, skeleton="coco17")[4]
    known = ((one.visible > 0) & (two.visible > 0) & (three.visible > 0))[0]
    rows, wanted = [], one.keypoints_3d[0, known]
    for view in (one, two, three):
        camera = view.camera
        projection = camera.matrix @ np.column_stack([camera.rotation, camera.translation])
        u, v = view.keypoints[0, known].T[..., None].astype(float)
        rows += [u * projection[2] - projection[0], v * projection[2] - projection[1]]
    _, _, axes = np.linalg.svd(np.stack(rows, axis=1))
    found = axes[:, -1, :3] / axes[:, -1, 3:]
    np.testing.assert_allclose(found, wanted, atol=1e-3)


def test_cameras_stand_all_around():
    views = Views(1, 4, cameras=4, size=64, difficulty="normal")[2]
    middle = views[0].keypoints_3d[0].mean(0)
    away = np.array([view.camera.position - middle for view in views])
    angles = np.degrees(np.arctan2(away[:, 0], -away[:, 1]))
    gaps = (np.diff(np.append(angles, angles[0])) + 360) % 360
    assert np.ptp(np.minimum(gaps, 360 - gaps)) < 60 and np.minimum(gaps, 360 - gaps).min() > 45


def test_views_are_the_same_each_time_and_differ_between_scenes():
    first, again = (Views(5, 3, 2, 64)[1] for _ in range(2))
    for a, b in zip(first, again):
        np.testing.assert_array_equal(a.image, b.image)
    assert not np.array_equal(first[0].keypoints, Views(5, 3, 2, 64)[2][0].keypoints)
    assert len(Views(5, 3)) == 3
    with pytest.raises(IndexError):
        Views(5, 3)[3]


@pytest.mark.parametrize("wrong", [0, 17, 2.5])
def test_views_refuse_a_number_of_cameras_that_makes_no_sense(wrong):
    with pytest.raises(InputError, match="cameras"):
        Views(cameras=wrong)


@pytest.mark.parametrize("frame", ["camera", "world"])
def test_a_lens_moves_keypoints_and_pixels_alike(frame):
    sample = People(3, 9, 256)[5] if frame == "camera" else Views(3, 9, 2, 256)[5][1]
    bent = through_lens(sample, (-2.0, 3.0, 0.0), (0.01, -0.02))
    known = bent.visible > 0
    moved = np.linalg.norm(bent.keypoints - sample.keypoints, axis=-1)[known]
    assert moved.max() > 1
    np.testing.assert_allclose(
        bent.camera.undistort(bent.keypoints[known]), sample.keypoints[known], atol=1e-3
    )
    x, y = bent.keypoints[0, 12].round().astype(int)
    u, v = bent.camera.undistort([x, y]).round().astype(int)
    np.testing.assert_allclose(bent.image[y, x], sample.image[v, u], atol=40)
    assert (bent.boxes[:, 2:] > bent.boxes[:, :2]).all()


def test_no_lens_changes_nothing():
    sample = People(3, 9, 96)[2]
    same = through_lens(sample, (0, 0, 0), (0, 0))
    np.testing.assert_array_equal(same.image, sample.image)
    np.testing.assert_allclose(same.keypoints, sample.keypoints, atol=1e-3)
    np.testing.assert_allclose(same.boxes, sample.boxes, atol=1e-3)


def test_a_lens_needs_to_know_the_camera():
    bare = Sample(
        "photo", "lsp14", np.zeros((1, 14, 2)), np.full((1, 14), 2), np.zeros((32, 32, 3), np.uint8)
    )
    with pytest.raises(InputError, match="photo: a lens needs"):
        through_lens(bare)
