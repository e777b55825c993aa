"""The body: proportions, sides, handedness, and what must not change when it moves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posekit import skeletons
from posekit.errors import InputError
from posekit.synthetic.human.body import Body
from posekit.synthetic.human.joint_angles import LIMITS, clamp_angles, mirror
from posekit.synthetic.human.joint_tree import INDEX, JOINTS, PARENTS

REST = np.zeros((len(JOINTS), 3))
ALL = list(skeletons.SKELETONS)


def standing(body, **kwargs):
    hips = 0.039 * body.height - body.offsets[INDEX["left_knee"], 1]
    return body.pose(REST, (0, hips - body.offsets[INDEX["left_ankle"], 1], 0), **kwargs)


def point(posed, name, skeleton="blazepose33"):
    return posed.keypoints(skeleton)[skeletons.get(skeleton).index(name)]


def random_angles(seed):
    low, high = np.clip(LIMITS[..., 0], -3, 3), np.clip(LIMITS[..., 1], -3, 3)
    return np.random.default_rng(seed).uniform(low, high)


@pytest.mark.parametrize("skeleton", ALL)
def test_every_joint_of_every_set_is_read_off_the_body(skeleton):
    keypoints = standing(Body.make()).keypoints(skeleton)
    assert keypoints.shape == (len(skeletons.get(skeleton)), 3)
    assert np.isfinite(keypoints).all()
    assert len(np.unique(keypoints.round(6), axis=0)) == len(keypoints)  # no two coincide


@pytest.mark.parametrize("skeleton", ALL)
def test_left_is_the_persons_own_left_and_mirrors_right(skeleton):
    joints = skeletons.get(skeleton)
    keypoints = standing(Body.random(np.random.default_rng(1))).keypoints(skeleton)
    for left, right in joints.pairs:
        assert keypoints[left, 0] > 0 > keypoints[right, 0]
        np.testing.assert_allclose(keypoints[left] * [-1, 1, 1], keypoints[right], atol=1e-12)


def test_handedness_left_times_up_is_forward():
    posed = standing(Body.make())
    left = point(posed, "left_shoulder") - point(posed, "right_shoulder")
    up = point(posed, "nose") - point(posed, "left_heel")
    forward = point(posed, "left_foot_index") - point(posed, "left_heel")
    assert np.dot(np.cross(left, up), forward) > 0
    assert point(posed, "nose")[2] > point(posed, "left_ear")[2]  # the face looks forward


def test_heading_turns_to_the_persons_own_left():
    posed = standing(Body.make(), heading=np.pi / 2)
    forward = point(posed, "left_foot_index") - point(posed, "left_heel")
    np.testing.assert_allclose(forward / np.linalg.norm(forward), [1, 0, 0], atol=0.05)


def test_the_root_is_the_middle_of_the_hips_and_stands_at_the_position():
    posed = Body.make().pose(random_angles(3), position=(1, 2, 3), heading=0.7)
    hips = posed.keypoints("coco17")[[11, 12]]
    np.testing.assert_allclose(hips.mean(0), [1, 2, 3], atol=1e-12)
    np.testing.assert_allclose(posed.keypoints("h36m17")[0], [1, 2, 3], atol=1e-12)


@pytest.mark.parametrize("height", [1.2, 1.62, 1.95])
@pytest.mark.parametrize("legs", [0.95, 1.05])
def test_the_height_is_what_was_asked_for(height, legs):
    posed = standing(Body.make("male", height, legs=legs, arms=1.05, head=1.03))
    points = posed.points
    assert points[:, 1].max() == pytest.approx(height, abs=0.01)
    assert 0 <= points[:, 1].min() < 0.02


def test_limbs_have_winters_lengths():
    body = Body.make("female", 2.0)
    lengths = np.linalg.norm(body.offsets, axis=1) / 2.0
    for joint, share in (("elbow", 0.186), ("wrist", 0.146), ("knee", 0.245), ("ankle", 0.246)):
        assert lengths[INDEX[f"left_{joint}"]] == pytest.approx(share)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_no_pose_changes_a_length(seed):
    body = Body.random(np.random.default_rng(seed))
    posed = body.pose(random_angles(seed), position=(0.3, 1, 4), heading=seed)
    bones = np.linalg.norm(posed.joints[1:] - posed.joints[PARENTS[1:]], axis=-1)
    np.testing.assert_allclose(bones, np.linalg.norm(body.offsets[1:], axis=-1), atol=1e-9)
    turns = posed.frames[:, :3, :3]
    np.testing.assert_allclose(
        turns @ turns.swapaxes(-1, -2), np.tile(np.eye(3), (19, 1, 1)), atol=1e-9
    )
    np.testing.assert_allclose(np.linalg.det(turns), 1, atol=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_mirrored_angles_give_the_mirror_image(seed):
    body, angles = Body.make(), random_angles(seed)
    flip = skeletons.get("blazepose33").flip
    there = body.pose(angles).keypoints("blazepose33")
    mirrored = body.pose(mirror(angles)).keypoints("blazepose33")
    np.testing.assert_allclose(there[flip] * [-1, 1, 1], mirrored, atol=1e-9)
    np.testing.assert_array_equal(mirror(mirror(angles)), angles)


@pytest.mark.parametrize(
    ("joint", "angle", "end", "direction"),
    [
        ("left_shoulder", (90, 0, 0), "left_wrist", (0, 0, 1)),
        ("left_shoulder", (0, 90, 0), "left_wrist", (1, 0, 0)),
        ("right_shoulder", (0, 90, 0), "right_wrist", (-1, 0, 0)),
        ("right_shoulder", (180, 0, 0), "right_wrist", (0, 1, 0)),
        ("left_elbow", (90, 0, 0), "left_wrist", (0, 0, 1)),
        ("right_hip", (90, 0, 0), "right_ankle", (0, 0, 1)),
        ("left_hip", (0, 45, 0), "left_ankle", (1, -1, 0)),
        ("left_knee", (90, 0, 0), "left_ankle", (0, 0, -1)),
        ("chest", (90, 0, 0), "nose", (0, 0, 1)),
    ],
)
def test_angles_move_limbs_where_the_table_says(joint, angle, end, direction):
    angles = REST.copy()
    angles[INDEX[joint]] = np.radians(angle)
    posed = Body.make().pose(angles)
    at = posed.joints[INDEX[joint]]
    moved = point(posed, end) - at
    moved /= np.linalg.norm(moved)
    assert moved @ (np.array(direction) / np.linalg.norm(direction)) > 0.9


def test_inward_twist_brings_the_bent_forearms_together():
    angles = REST.copy()
    for side in ("left", "right"):
        angles[INDEX[f"{side}_elbow"], 0] = np.pi / 2
        angles[INDEX[f"{side}_shoulder"], 2] = np.radians(45)
    posed = Body.make().pose(angles)
    gap = point(posed, "left_wrist")[0] - point(posed, "right_wrist")[0]
    assert gap < point(posed, "left_elbow")[0] - point(posed, "right_elbow")[0]


def test_many_poses_at_once_are_the_poses_one_by_one():
    body = Body.make()
    angles = np.stack([random_angles(seed) for seed in range(4)])
    headings, places = np.arange(4.0), np.arange(12.0).reshape(4, 3)
    together = body.pose(angles, places, headings).points
    for n in range(4):
        np.testing.assert_allclose(together[n], body.pose(angles[n], places[n], headings[n]).points)


def test_moved_shifts_everything():
    posed = standing(Body.make())
    np.testing.assert_allclose(posed.moved((1, 2, 3)).points, posed.points + [1, 2, 3])


def test_clip_keeps_joints_within_their_limits():
    wild = np.full((len(JOINTS), 3), 9.0)
    np.testing.assert_array_equal(clamp_angles(wild), LIMITS[..., 1])
    np.testing.assert_array_equal(clamp_angles(REST), REST)


def test_people_differ_and_are_plausible():
    people = [Body.random(np.random.default_rng([5, n])) for n in range(300)]
    men = [p.height for p in people if p.sex == "male"]
    women = [p.height for p in people if p.sex == "female"]
    assert np.mean(men) - np.mean(women) == pytest.approx(0.127, abs=0.04)
    assert len({(p.build, p.height) for p in people}) == 300
    assert all(0.7 < p.build < 1.7 and 1.4 < p.height < 2.0 for p in people)


@pytest.mark.parametrize("wrong", [{"sex": "robot"}, {"height": 17.0}, {"height": float("nan")}])
def test_impossible_measures_are_refused(wrong):
    with pytest.raises(InputError):
        Body.make(**wrong)
