"""Moving cameras: they turn on their spot, and what they film is where they say it is."""

import numpy as np
import pytest

from posekit.cameras import Camera
from posekit.errors import InputError
from posekit.synthetic import Clips
from posekit.synthetic.scene import camera_motion

BASE = Camera.look_at((0, 1.5, 6), (0, 1, 0), 250, (160, 200))
FPS = 15


def walker(count=30, speed=1.5):
    """(T, 5, 3) metres: five points that go along +x."""
    points = np.array([(0, 0, 0), (0, 1.7, 0), (0.3, 1, 0), (-0.3, 1, 0), (0, 1, 0.2)])
    along = (np.arange(count) / FPS * speed - 1)[:, None, None]
    return points + along * [1.0, 0, 0]


def shot(move, seed=0, **kwargs):
    points = walker(**kwargs)
    cameras = camera_motion.moving_cameras(move, BASE, points, FPS, np.random.default_rng(seed))
    return cameras, np.stack([camera.project(at) for camera, at in zip(cameras, points)])


@pytest.mark.parametrize("move", camera_motion.CAMERA_MOVES)
def test_cameras_stay_on_their_spot_and_keep_everybody_in_the_image(move):
    cameras, pixels = shot(move)
    assert len(cameras) == 30
    for camera in cameras:
        np.testing.assert_allclose(camera.position, BASE.position, atol=1e-9)
        assert camera.focal == pytest.approx(cameras[0].focal) and camera.size == BASE.size
    if move != "still":
        assert pixels.min() > 0 and (pixels < [199, 159]).all()


def test_a_pan_turns_evenly_and_a_hand_trembles():
    ahead = {
        move: np.array([camera.rotation[2] for camera in shot(move)[0]])
        for move in camera_motion.CAMERA_MOVES
    }
    assert np.ptp(ahead["still"], axis=0).max() == 0
    pan, hand = (np.diff(ahead[move][:, 0]) for move in ("pan", "handheld"))
    assert abs(pan.mean()) > 3 * pan.std()
    assert abs(hand.mean()) < 3 * hand.std() and hand.std() > 0


def test_who_is_followed_stays_near_the_middle():
    still, followed = (
        shot(move, speed=2.0, count=45)[1].mean(1)[:, 0] for move in ("still", "follow")
    )
    assert np.ptp(followed) < 0.35 * np.ptp(still)


def test_turning_right_moves_what_is_seen_to_the_left():
    ahead = np.array([0, 1.0, 0])
    for angles, shift in (((0.1, 0, 0), (-1, 0)), ((0, 0.1, 0), (0, 1))):
        moved = camera_motion._turned(BASE, *angles).project(ahead) - BASE.project(ahead)
        np.testing.assert_allclose(moved, 250 * np.tan(0.1) * np.array(shift), atol=1.5)
    rolled = camera_motion._turned(BASE, 0, 0, 0.1)
    top = rolled.project((0, 2.0, 0)) - rolled.project(ahead)
    assert top[0] < -1  # a camera turned clockwise sees people lean the other way


@pytest.mark.parametrize("move", camera_motion.CAMERA_MOVES)
def test_surroundings_are_warped_to_where_the_camera_sees_them(move):
    cameras, _ = shot(move, seed=4)
    wide, corner = camera_motion.panorama_camera(cameras)
    rows, columns = np.indices(wide.size)
    picture = np.stack([columns, rows, 0 * rows], axis=-1).astype(np.float32)
    for camera in (cameras[0], cameras[17]):
        seen = camera_motion.view_of_panorama(picture, corner, cameras[0], camera)
        for pixel in ((40, 30), (150, 120)):
            point = camera.unproject(pixel, 7.0)  # however far: the spot is the same
            np.testing.assert_allclose(seen[pixel[1], pixel[0], :2], wide.project(point), atol=0.1)


@pytest.mark.parametrize("move", camera_motion.CAMERA_MOVES)
@pytest.mark.parametrize("difficulty", ["easy", "hard"])
def test_the_camera_of_each_frame_projects_its_joints(move, difficulty):
    clip = Clips(3, 5, 6, 64, action="walk", camera=move, difficulty=difficulty)[2]
    assert isinstance(clip.camera, list) == (move != "still")
    for t in range(6):
        sample = clip[t]
        projected = sample.camera.project(sample.keypoints_3d, sample.frame)
        known = sample.visible > 0
        np.testing.assert_allclose(projected[known], sample.keypoints[known], atol=1e-3)
        assert sample.image.shape == (64, 64, 3)


def test_hard_clips_have_cameras_of_all_kinds_and_others_do_not():
    kinds = [
        isinstance(Clips(0, 8, 2, 48, difficulty=d)[n].camera, list)
        for d in ("normal", "hard")
        for n in range(4)
    ]
    assert kinds == [False] * 5 + [True] * 3


def test_a_moving_clip_is_the_same_each_time():
    one, two = (Clips(1, 9, 5, 64, action="run", camera="follow")[4] for _ in range(2))
    np.testing.assert_array_equal(one.frames[3], two.frames[3])
    assert not np.array_equal(one.frames[0], one.frames[3])


def test_an_unknown_camera_is_refused():
    with pytest.raises(InputError, match="still, pan, handheld, follow"):
        Clips(camera="drone")
