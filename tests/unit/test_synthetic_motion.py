"""Poses and actions: how they are written, and that each moves as its name says."""

from dataclasses import replace

import numpy as np
import pytest

from posekit import skeletons
from posekit.errors import InputError
from posekit.synthetic import ACTIONS, IN_TURN
from posekit.synthetic.human.body import Body
from posekit.synthetic.human.joint_angles import LIMITS, mirror
from posekit.synthetic.human.joint_tree import INDEX, JOINTS
from posekit.synthetic.motion import random_poses, unusual_poses
from posekit.synthetic.motion.actions import perform
from posekit.synthetic.motion.ground_contact import flatten_feet, ground, lowest
from posekit.synthetic.motion.key_pose_actions import keyframes
from posekit.synthetic.motion.pose_notation import pose
from posekit.synthetic.motion.style import Style

BODY = Body.make("female", 1.7)
BLAZE = skeletons.get("blazepose33")


def plain(flip=False):
    zero = np.zeros((len(JOINTS), 3))
    return Style(1.0, 1.0, 0.0, zero, np.stack([zero, zero]), flip)


def track(name, joint, seconds=None, **kwargs):
    """(T, 3) metres of one joint through an action, in its plain style."""
    seconds = np.linspace(0, 4, 121) if seconds is None else seconds
    points = perform(name, BODY, plain(**kwargs), seconds).keypoints("blazepose33")
    return points[:, BLAZE.index(joint)]


def test_pose_sets_both_sides_and_later_names_override():
    angles = np.degrees(pose(knees=10, left_knee=40, shoulders=(0, 90, 5)))
    assert angles[INDEX["left_knee"], 0] == pytest.approx(40)
    assert angles[INDEX["right_knee"], 0] == pytest.approx(10)
    np.testing.assert_allclose(angles[INDEX["left_shoulder"]], (0, 90, 5))
    assert np.count_nonzero(angles) == 6


def test_pose_over_time_has_a_leading_axis():
    angles = pose(neck=np.arange(4.0), elbows=20)
    assert angles.shape == (4, len(JOINTS), 3)
    np.testing.assert_allclose(np.degrees(angles[:, INDEX["neck"], 0]), range(4))


def test_pose_refuses_a_joint_that_is_not_there():
    with pytest.raises(InputError, match="left_knee"):
        pose(tail=90)


def test_keyframes_pass_through_their_poses_and_close_the_cycle():
    low, high = pose(neck=0), pose(neck=30)
    angles = keyframes(np.array([0.0, 0.5, 1.0, 1.5, 0.25]), (0.0, low), (0.5, high))
    np.testing.assert_allclose(angles[[0, 2]], [low, low], atol=1e-12)
    np.testing.assert_allclose(angles[[1, 3]], [high, high], atol=1e-12)
    assert 0 < np.degrees(angles[4, INDEX["neck"], 0]) < 30


def test_ground_puts_the_lowest_part_on_the_ground():
    posed = BODY.pose(pose(hips=80, knees=90), position=(0, 5, 0))
    assert lowest(ground(posed)) == pytest.approx(0)
    assert lowest(ground(posed, 0.3)) == pytest.approx(0.3)


def test_flatten_feet_levels_the_soles():
    posed = BODY.pose(flatten_feet(pose(hips=60, knees=70, pelvis=5)))
    points = posed.keypoints("blazepose33")
    for side in ("left", "right"):
        heel, toe = (points[BLAZE.index(f"{side}_{name}")] for name in ("heel", "foot_index"))
        assert heel[1] == pytest.approx(toe[1], abs=1e-6)


def test_drawn_poses_keep_to_the_limits_and_differ():
    drawn = np.stack(
        [random_poses.random_pose(np.random.default_rng([1, n]))[0] for n in range(300)]
    )
    assert (drawn >= LIMITS[..., 0] - 1e-9).all() and (drawn <= LIMITS[..., 1] + 1e-9).all()
    assert len(np.unique(drawn.reshape(300, -1).round(6), axis=0)) == 300


def test_poses_favour_neither_side():
    rngs = [np.random.default_rng([2, n]) for n in range(800)]
    drawn = np.stack([random_poses.random_pose(rng)[0] for rng in rngs])
    knees = drawn[:, [INDEX["left_knee"], INDEX["right_knee"]], 0].mean(0)
    assert abs(knees[0] - knees[1]) < np.radians(6)


@pytest.mark.parametrize("name", ACTIONS)
def test_actions_are_finite_move_and_stay_above_the_ground(name):
    posed = perform(name, BODY, Style.random(np.random.default_rng(3)), np.arange(60) / 15)
    assert np.isfinite(posed.points).all()
    assert lowest(posed).min() > -1e-9
    assert np.ptp(posed.keypoints("blazepose33"), axis=0).max() > 0.03
    steps = np.linalg.norm(np.diff(posed.keypoints("coco17"), axis=0), axis=-1)
    assert steps.max() < 1.2  # no joint jumps farther than 18 m/s


@pytest.mark.parametrize("name", ACTIONS)
def test_a_left_handed_person_is_the_mirror_image(name):
    seconds = np.linspace(0, 2, 9)
    right = perform(name, BODY, plain(), seconds).keypoints("blazepose33")
    left = perform(name, BODY, plain(flip=True), seconds).keypoints("blazepose33")
    np.testing.assert_allclose(right[:, BLAZE.flip] * [-1, 1, 1], left, atol=1e-6)


@pytest.mark.parametrize("name", unusual_poses.UNUSUAL_POSES)
def test_feats_are_within_the_limits_and_on_or_above_the_ground(name):
    lift, angles = unusual_poses.UNUSUAL_POSES[name]
    assert (angles >= LIMITS[..., 0] - 1e-9).all() and (angles <= LIMITS[..., 1] + 1e-9).all()
    assert lowest(ground(BODY.pose(angles), lift)) == pytest.approx(lift)


def test_feats_turn_the_body_over_and_do_both_sides():
    handstand = ground(BODY.pose(unusual_poses.UNUSUAL_POSES["handstand"][1])).keypoints(
        "blazepose33"
    )
    up = handstand[:, 1]
    assert up[BLAZE.index("left_wrist")] < 0.25 < 1.3 < up[BLAZE.index("left_ankle")]
    draws = np.random.default_rng(0).random((2, 4))
    draws[1] = draws[0]
    draws[:, 1] = 0.2, 0.8
    (one, _), (other, _) = (unusual_poses.unusual_pose(u) for u in draws)
    np.testing.assert_allclose(mirror(one), other)


def test_styles_differ_and_none_is_the_plain_motion():
    one, two = (Style.random(np.random.default_rng(seed)) for seed in (1, 2))
    assert one.tempo != two.tempo and not np.array_equal(one.posture, two.posture)
    none = Style.random(np.random.default_rng(1), variety=0)
    assert none.tempo == none.amplitude == 1 and not none.flip
    assert not none.drift(np.arange(3.0)).any()


@pytest.mark.parametrize("name", ACTIONS)
def test_no_two_people_do_an_action_alike(name):
    seconds = np.arange(24) / 12
    styles = [replace(Style.random(np.random.default_rng(n)), phase=0.0) for n in range(4)]
    zero = plain().sway
    # Without the posture and the sway, which any pose has: tempo, rhythm and amplitude alone.
    bare = [replace(style, posture=zero[0], sway=zero, flip=False) for style in styles]
    tracks = [perform(name, BODY, style, seconds).keypoints("blazepose33") for style in bare]
    for n in range(3):
        assert np.abs(tracks[n] - tracks[n + 1]).max() > 0.005


def test_who_climbs_gets_up_hand_over_hand_and_holds_on():
    """The hand that pulls stays where it is; the other one, and the foot opposite it, go up."""
    joints = perform("climbing", BODY, plain(), np.arange(0, 5.1, 0.05)).joints
    left, right, feet = (
        joints[:, INDEX[name], 1] for name in ("left_wrist", "right_wrist", "left_ankle")
    )
    steps = np.diff(np.stack([left, right]), axis=1)
    assert np.abs(steps).min(0).max() < 0.02 and (steps > -0.02).all()
    pelvis = joints[:, 0, 1]
    assert (
        0.3 < (pelvis[-1] - pelvis[0]) / 3 < 1.2 and (np.diff(pelvis) >= 0).all()
    )  # metres a cycle
    assert np.corrcoef(left - pelvis, feet - pelvis)[0, 1] < -0.5


def test_what_came_later_is_not_in_turn():
    """Seeds of version 1.0 go through its own 26 actions."""
    assert ACTIONS[: len(IN_TURN)] == IN_TURN and "climbing" in ACTIONS[len(IN_TURN) :]
    assert len(IN_TURN) == 26


def test_a_rhythm_never_goes_back_and_keeps_the_tempo():
    style = Style.random(np.random.default_rng(5))
    phases = style.phases(np.linspace(0, 6, 601))
    assert (np.diff(phases) > 0).all() and np.ptp(np.diff(phases)) > 1e-4
    np.testing.assert_allclose(phases[::100] - phases[0], range(7), atol=1e-9)
    assert np.ptp(style.amplitudes(phases)) > 0.01
    np.testing.assert_allclose(plain().phases(np.arange(4.0)), range(4))


def test_amplitude_is_how_far_a_stroke_goes_from_its_first_pose():
    start, end = pose(neck=10, pelvis=5), pose(neck=20, pelvis=30)
    frames = (0.0, start), (0.5, end)
    half, full = (keyframes(np.array([0.0, 0.5]), *frames, amplitude=a) for a in (0.5, 1.0))
    np.testing.assert_allclose(full, [start, end])
    np.testing.assert_allclose(np.degrees(half[:, INDEX["neck"], 0]), (10, 15))
    np.testing.assert_allclose(np.degrees(half[:, INDEX["pelvis"], 0]), (5, 30))


def test_walking_and_running_go_forward_and_standing_does_not():
    distance = {name: np.ptp(track(name, "nose")[:, 2]) for name in ("walk", "run", "stand")}
    assert distance["run"] > distance["walk"] > 1.5 > 0.2 > distance["stand"]
    assert track("walk", "nose")[-1, 2] > track("walk", "nose")[0, 2] + 1.5


def test_the_foot_that_carries_a_walker_does_not_slide():
    feet = np.stack([track("walk", f"{side}_ankle") for side in ("left", "right")], axis=1)
    steps = np.linalg.norm(np.diff(feet[..., [0, 2]], axis=0), axis=-1)
    assert np.median(steps.min(1)) < 0.002


def test_jumping_jacks_raise_the_arms_and_spread_the_legs_together():
    wrist, ankle = track("jumping_jacks", "left_wrist"), track("jumping_jacks", "left_ankle")
    assert wrist[:, 1].max() > 1.7 and wrist[:, 1].min() < 1.0
    assert np.corrcoef(wrist[:, 1], ankle[:, 0])[0, 1] > 0.8


def test_squats_lower_the_hips_and_clapping_joins_the_hands():
    assert np.ptp(track("squat", "left_hip")[:, 1]) > 0.3
    gap = np.linalg.norm(track("clapping", "left_index") - track("clapping", "right_index"), axis=1)
    assert gap.min() < 0.12 and gap.max() > 0.3


def test_pullups_hang_from_hands_that_stay_where_they_are():
    wrists = (track("pullup", "left_wrist") + track("pullup", "right_wrist")) / 2
    assert np.ptp(wrists[:, 1]) < 1e-9 and np.ptp(track("pullup", "nose")[:, 1]) > 0.2


def test_push_ups_are_level_and_falling_ends_on_the_ground():
    nose, hip = track("pushup", "nose"), track("pushup", "left_hip")
    assert np.abs(nose[:, 1] - hip[:, 1]).max() < 0.8 and nose[:, 1].max() < 1.0
    fall = track("falling", "nose", np.linspace(0, 2.8, 80))[:, 1]
    assert fall[0] > 1.4 and fall[-1] < 0.5


def test_one_hand_swings_and_the_other_rests():
    swing = np.ptp(track("hand_swing", "right_wrist"), axis=0).max()
    assert swing > 0.2 > 0.05 > np.ptp(track("hand_swing", "left_wrist"), axis=0).max()


def test_an_unknown_action_is_refused():
    with pytest.raises(InputError, match="jumping_jacks"):
        perform("moonwalk", BODY, plain(), [0.0])


def test_mirror_of_a_symmetric_pose_is_itself():
    angles = pose(knees=30, shoulders=(10, 20, 30), neck=5)
    np.testing.assert_allclose(mirror(angles), angles)
