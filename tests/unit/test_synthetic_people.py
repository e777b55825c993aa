"""`People` and `Clips`: what they promise about determinism, labels and bad input."""

import numpy as np
import pytest

from posekit import skeletons, synthetic
from posekit.data import OCCLUDED, UNLABELLED, VISIBLE, Clip, Sample
from posekit.errors import InputError
from posekit.synthetic import DIFFICULTIES, IN_TURN, Clips, People

LSP = skeletons.get("lsp14")


def same(one: Sample, other: Sample) -> bool:
    return (
        np.array_equal(one.image, other.image)
        and np.array_equal(one.keypoints, other.keypoints, equal_nan=True)
        and np.array_equal(one.visible, other.visible)
    )


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_a_sample_depends_on_seed_and_index_alone(difficulty):
    first = People(7, 50, 96, difficulty=difficulty)
    backwards = [People(7, 90, 96, difficulty=difficulty)[i] for i in (12, 5, 3)]
    assert all(same(first[i], sample) for i, sample in zip((12, 5, 3), backwards))
    assert not same(first[3], first[4])
    assert not same(first[3], People(8, 50, 96, difficulty=difficulty)[3])


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
@pytest.mark.parametrize("people", [1, 3])
def test_a_batch_is_the_samples_one_by_one(difficulty, people):
    dataset = People(11, 60, 96, people=people, difficulty=difficulty)
    indices = [4, 31, 4, 59, 0, -2]
    for index, sample in zip(indices, dataset.batch(indices), strict=True):
        assert same(sample, dataset[index])
        np.testing.assert_array_equal(sample.keypoints_3d, dataset[index].keypoints_3d)


@pytest.mark.parametrize("skeleton", skeletons.SKELETONS)
@pytest.mark.parametrize("people", [1, 3])
def test_a_sample_is_complete_for_every_joint_set(skeleton, people):
    sample = People(1, 4, (120, 160), skeleton, people)[2]
    joints = len(skeletons.get(skeleton))
    assert sample.image.shape == (120, 160, 3) and sample.image.dtype == np.uint8
    assert sample.keypoints.shape == (people, joints, 2)
    assert sample.keypoints_3d.shape == (people, joints, 3) and sample.frame == "camera"
    assert np.isfinite(sample.keypoints_3d).all()
    assert (sample.boxes[:, 2:] > sample.boxes[:, :2]).all()
    assert set(np.unique(sample.visible)) <= {UNLABELLED, OCCLUDED, VISIBLE}


@pytest.mark.parametrize("skeleton", skeletons.SKELETONS)
def test_joint_sets_are_views_of_one_body(skeleton):
    whole = People(2, 9, 64, "blazepose33")[4]
    part = People(2, 9, 64, skeleton)[4]
    shared = set(skeletons.get(skeleton).joints) & set(skeletons.get("blazepose33").joints)
    for joint in shared:
        np.testing.assert_array_equal(
            whole.keypoints_3d[:, skeletons.get("blazepose33").index(joint)],
            part.keypoints_3d[:, skeletons.get(skeleton).index(joint)],
        )
    np.testing.assert_array_equal(whole.image, part.image)


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_the_camera_projects_the_joints_onto_their_keypoints(difficulty):
    for sample in (People(3, 20, 128, people=2, difficulty=difficulty)[i] for i in range(20)):
        projected = sample.camera.project(sample.keypoints_3d, sample.frame)
        labelled = sample.visible > 0
        np.testing.assert_allclose(projected[labelled], sample.keypoints[labelled], atol=1e-3)
        outside = ((projected < -0.5) | (projected > 127.5)).any(-1)
        np.testing.assert_array_equal(outside, ~labelled)
        assert np.isnan(sample.keypoints[~labelled]).all()


def test_easy_people_are_whole_upright_and_facing_the_camera():
    for sample in (People(4, 40, 128, "coco17", difficulty="easy")[i] for i in range(40)):
        assert (sample.visible > 0).all()
        points = dict(zip(skeletons.get("coco17").joints, sample.keypoints[0]))
        assert points["nose"][1] < points["left_hip"][1] < points["left_ankle"][1]
        assert points["left_shoulder"][0] > points["right_shoulder"][0]  # left is on our right


def test_from_behind_left_is_on_our_left_and_the_nose_is_hidden():
    found = 0
    for sample in (People(5, 60, 96, "coco17")[i] for i in range(60)):
        nose, left_ear, right_ear = (sample.keypoints_3d[0, n] for n in (0, 3, 4))
        upright = nose[1] < sample.keypoints_3d[0, 11:13, 1].min() - 0.4
        if upright and nose[2] > max(left_ear[2], right_ear[2]) + 0.06:  # farther away
            found += 1
            assert left_ear[0] < right_ear[0]
            assert sample.visible[0, 0] == OCCLUDED
    assert found >= 3


def test_a_person_in_front_hides_one_behind():
    hidden = {
        people: np.mean(
            [(People(6, 30, 128, people=people)[i].visible == OCCLUDED).mean() for i in range(30)]
        )
        for people in (1, 8)
    }
    assert hidden[8] > 1.5 * hidden[1] > 0


def test_people_stand_out_from_the_background_where_their_joints_are():
    """A person repainted over another background keeps the colours at the visible joints."""
    sample = People(9, 10, 256, difficulty="easy")[0]
    x, y = sample.keypoints[0, LSP.index("neck")].round().astype(int)
    wall = sample.image[2, 2].astype(int)
    assert np.abs(sample.image[y, x].astype(int) - wall).max() > 12


def test_hard_cuts_people_off_and_the_others_do_not():
    def labelled(difficulty):
        return np.mean(
            [(People(2, 30, 96, difficulty=difficulty)[i].visible > 0).mean() for i in range(30)]
        )

    assert labelled("easy") == labelled("normal") == 1 > labelled("hard") > 0.6


def test_sequences_index_as_sequences_do():
    people = People(0, 5, 64)
    assert len(people) == 5 and same(people[-1], people[4])
    assert len(list(people)) == 5
    for wrong in (5, -6):
        with pytest.raises(IndexError, match="outside"):
            people[wrong]
        with pytest.raises(IndexError, match="outside"):
            Clips(0, 5, 2, 64)[wrong]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"difficulty": "extreme"}, "easy, normal, hard"),
        ({"skeleton": "lsp15"}, "lsp14"),
        ({"size": 8}, "at least 32"),
        ({"size": (64, 64, 3)}, "height, width"),
        ({"count": -1}, "count"),
        ({"seed": 1.5}, "seed"),
        ({"people": 0}, "people"),
        ({"people": 21}, "20"),
    ],
)
def test_people_refuse_what_makes_no_sense(wrong, says):
    with pytest.raises(InputError, match=says):
        People(**wrong)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"action": "juggle"}, "jumping_jacks"),
        ({"difficulty": "extreme"}, "easy, normal, hard"),
        ({"frames": 0}, "frames"),
        ({"fps": 0}, "fps"),
        ({"size": 8}, "at least 32"),
    ],
)
def test_clips_refuse_what_makes_no_sense(wrong, says):
    with pytest.raises(InputError, match=says):
        Clips(**wrong)


def test_a_clip_is_complete_and_its_frames_are_lazy_and_repeatable():
    clips = Clips(3, 40, frames=6, size=64, skeleton="blazepose33", fps=12)
    clip = clips[30]
    assert isinstance(clip, Clip) and len(clip) == 6 and clip.fps == 12
    assert clip.action == IN_TURN[30 % len(IN_TURN)] and clip.group == "person-3-1"
    assert clip.keypoints.shape == (6, 1, 33, 2)
    assert same(clip[4], clips[30][4]) and same(clip[-1], clip[5])
    assert isinstance(clip[2], Sample) and clip[2].image.shape == (64, 64, 3)
    with pytest.raises(IndexError):
        clip.frames[6]


def test_a_clips_person_looks_the_same_and_moves():
    clip = Clips(0, 10, frames=8, size=96, action="jumping_jacks", difficulty="easy")[1]
    lengths = np.linalg.norm(np.diff(clip.extra["keypoints_3d"][:, 0, :3], axis=1), axis=-1)
    np.testing.assert_allclose(lengths, lengths[:1].repeat(8, 0), rtol=1e-4)
    assert np.nanstd(clip.keypoints[:, 0, LSP.index("left_wrist"), 1]) > 2
    brightness = [frame.mean() for frame in clip.frames]
    assert np.ptp(brightness) < 8


def test_every_person_does_every_action_once():
    clips = Clips(1, 2 * len(IN_TURN), frames=1, size=32)
    seen = {(clips[i].group, clips[i].action) for i in range(len(clips))}
    assert len(seen) == 2 * len(IN_TURN) == 2 * len({action for _, action in seen})


def test_the_version_is_stated():
    assert isinstance(synthetic.VERSION, str) and synthetic.VERSION
