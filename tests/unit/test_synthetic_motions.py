"""Motions without images: as those of rendered clips, and recorded ones on other bodies."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posekit import skeletons
from posekit.datasets.fetch import local
from posekit.errors import InputError
from posekit.synthetic import IN_TURN, Motions, random_camera, recorded_motions, seen_by

SET = skeletons.get("humaneva15")


def test_a_motion_stands_upright_and_moves():
    clip = Motions(seed=1, count=2, frames=20, action="jumping_jacks")[1]
    joints = clip.extra["keypoints_3d"]
    assert joints.shape == (20, 1, 15, 3) and clip.frame == "world" and clip.frames is None
    assert (joints[:, 0, SET.index("head"), 2] > joints[:, 0, SET.index("pelvis"), 2]).all()
    assert np.ptp(joints, axis=0).max() > 0.2


def test_it_is_seen_where_its_camera_says():
    clip = Motions(seed=1, count=1, frames=5)[0]
    expected = clip.camera.project(clip.extra["keypoints_3d"])
    np.testing.assert_allclose(clip.keypoints, expected, atol=1e-3)
    assert (clip.visible == 2).all() and clip.size == (480, 640)


def test_every_motion_is_seen_by_several_cameras():
    clips = list(Motions(seed=1, count=2, views=3, frames=4))
    assert len(clips) == 6 and len({clip.id for clip in clips}) == 6
    joints = [clip.extra["keypoints_3d"] for clip in clips]
    assert (joints[0] == joints[2]).all() and (joints[2] != joints[3]).any()
    assert len({clip.camera.position.round(6).tobytes() for clip in clips}) == 6
    again = Motions(seed=1, count=2, views=3, frames=4)[4]
    assert (again.keypoints == clips[4].keypoints).all()


@given(st.integers(0, 2**32 - 1))
def test_a_random_camera_has_everything_in_its_image(seed):
    rng = np.random.default_rng(seed)
    joints = rng.normal(size=(5, 15, 3)) * [1, 1, 0.4] + [3, -2, 0.9]
    camera = random_camera(joints, rng)
    points = camera.project(joints)
    assert (points > -0.5).all() and (points < (639.5, 479.5)).all()
    reach = np.abs(points - camera.center).reshape(-1, 2).max(0) / (320, 240)
    assert 0.6 <= reach.max() <= 0.9
    up = camera.project(np.array([[3, -2, 0.9], [3, -2, 1.9]]))
    assert up[1, 1] < up[0, 1]


def test_what_is_outside_or_behind_is_missing():
    joints = np.random.default_rng(0).normal(size=(2, 15, 3)) + [0, 0, 1]
    camera = random_camera(joints, np.random.default_rng(1))
    narrow = replace(camera, size=(480, 330))
    clip = seen_by(narrow, joints, "humaneva15", id="narrow")
    outside = camera.project(joints)[:, None, :, 0] > 329.5
    assert outside.any() and ((clip.visible == 0) == outside).all()
    assert np.isnan(clip.keypoints[outside]).all()
    turn = np.diag([-1.0, 1, -1])
    behind = replace(camera, rotation=turn @ camera.rotation, translation=turn @ camera.translation)
    assert not seen_by(behind, joints, "humaneva15", id="behind").visible.any()


def test_bones_keep_their_length():
    joints = Motions(seed=2, count=1, frames=10, action="walk")[0].extra["keypoints_3d"][:, 0]
    knee, ankle = SET.index("left_knee"), SET.index("left_ankle")
    length = np.linalg.norm(joints[:, knee] - joints[:, ankle], axis=-1)
    assert np.ptp(length) < 1e-5 and 0.25 < length[0] < 0.6


def test_every_person_does_every_action():
    motions = Motions(seed=5, count=2 * len(IN_TURN), frames=1)
    clips = [motions[i] for i in range(len(motions))]
    assert [clip.action for clip in clips] == 2 * list(IN_TURN)
    assert len({clip.group for clip in clips}) == 2


def test_people_face_all_ways():
    motions = Motions(seed=0, count=40, frames=1, action="stand")
    hips = [SET.index("left_hip"), SET.index("right_hip")]
    across = np.array([motions[i].extra["keypoints_3d"][0, 0, hips] for i in range(40)])
    angle = np.arctan2(*(across[:, 0] - across[:, 1]).T[:2])
    assert len(np.unique(np.floor(angle / (np.pi / 2)))) == 4


@pytest.mark.parametrize(
    "wrong",
    [{"action": "yawn"}, {"fps": 0}, {"frames": 0}, {"seed": -1}, {"views": 0}, {"size": 3}],
)
def test_settings_that_make_no_sense(wrong):
    with pytest.raises(InputError):
        Motions(**wrong)


@pytest.mark.mirror
def test_recorded_motion_is_done_by_other_people(mirror):
    folder = local.find("cmu_mocap", mirror=mirror)
    path = next(folder.glob("**/01_01.amc"))
    options = {"fps": 10, "frames": 50, "views": 2}
    clips, same, other = (recorded_motions(path, seed=seed, **options) for seed in (0, 0, 1))
    joints = [clip.extra["keypoints_3d"] for clip in clips]
    assert {clip.group for clip in clips} == {"01"} and clips[0].fps == 10
    assert len({clip.id for clip in clips}) == len(clips) >= 4
    assert (joints[0] == joints[1]).all() and (clips[0].keypoints != clips[1].keypoints).any()
    assert [len(clip) for clip in clips[:-2]] == [50] * (len(clips) - 2)
    assert (same[0].keypoints == clips[0].keypoints).all()
    assert (other[0].extra["keypoints_3d"] != joints[0]).any()
    assert min(part[..., 2].min() for part in joints) > -0.05
