"""Motions without images: as those of rendered clips, and recorded ones on other bodies."""

import numpy as np
import pytest

from posekit import skeletons
from posekit.datasets.fetch import local
from posekit.errors import InputError
from posekit.synthetic import ACTIONS, Motions, recorded_motion

SET = skeletons.get("humaneva15")


def test_a_motion_stands_upright_and_moves():
    clip = Motions(seed=1, count=2, frames=20, action="jumping_jacks")[1]
    joints = clip.extra["keypoints_3d"]
    assert joints.shape == (20, 1, 15, 3) and clip.frame == "world" and clip.camera is None
    assert (joints[:, 0, SET.index("head"), 2] > joints[:, 0, SET.index("pelvis"), 2]).all()
    assert np.ptp(joints, axis=0).max() > 0.2
    assert not clip.visible.any() and np.isnan(clip.keypoints).all()


def test_bones_keep_their_length():
    joints = Motions(seed=2, count=1, frames=10, action="walk")[0].extra["keypoints_3d"][:, 0]
    knee, ankle = SET.index("left_knee"), SET.index("left_ankle")
    length = np.linalg.norm(joints[:, knee] - joints[:, ankle], axis=-1)
    assert np.ptp(length) < 1e-5 and 0.25 < length[0] < 0.6


def test_every_person_does_every_action_and_the_same_seed_gives_the_same():
    motions = Motions(seed=5, count=2 * len(ACTIONS), frames=2)
    clips = [motions[i] for i in range(len(motions))]
    assert [clip.action for clip in clips] == 2 * list(ACTIONS)
    assert len({clip.group for clip in clips}) == 2
    again = Motions(seed=5, count=2 * len(ACTIONS), frames=2)[7]
    assert (again.extra["keypoints_3d"] == clips[7].extra["keypoints_3d"]).all()
    other = Motions(seed=6, count=8, frames=2)[7]
    assert (other.extra["keypoints_3d"] != clips[7].extra["keypoints_3d"]).any()


def test_people_face_all_ways():
    motions = Motions(seed=0, count=40, frames=1, action="stand")
    hips = [SET.index("left_hip"), SET.index("right_hip")]
    across = np.array([motions[i].extra["keypoints_3d"][0, 0, hips] for i in range(40)])
    angle = np.arctan2(*(across[:, 0] - across[:, 1]).T[:2])
    assert len(np.unique(np.floor(angle / (np.pi / 2)))) == 4


@pytest.mark.parametrize("wrong", [{"action": "yawn"}, {"fps": 0}, {"frames": 0}, {"seed": -1}])
def test_settings_that_make_no_sense(wrong):
    with pytest.raises(InputError):
        Motions(**wrong)


@pytest.mark.mirror
def test_recorded_motion_is_done_by_other_people(mirror):
    folder = local.find("cmu_mocap", mirror=mirror)
    path = next(folder.glob("**/01_01.amc"))
    clips = [recorded_motion(path, seed=seed, fps=10) for seed in (0, 0, 1)]
    joints = [clip.extra["keypoints_3d"] for clip in clips]
    assert clips[0].group == "01" and clips[0].fps == 10 and len(clips[0]) > 50
    assert (joints[0] == joints[1]).all() and (joints[0] != joints[2]).any()
    assert joints[0][..., 2].min() > -0.05
