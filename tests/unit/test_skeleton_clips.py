"""Gaps in skeletons: how they are filled, how many, and what they give away of the action."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from posekit import catalog, skeletons
from posekit.data import Clip
from posekit.data.skeleton_clips import (
    clip_shape,
    fill_and_shape,
    fill_gaps,
    fill_pattern,
    frame_numbers,
    leak_accuracy,
    normalise,
    pinned,
    pose_images,
)
from posekit.errors import InputError

PENN = skeletons.get("penn13")
INDEX = PENN.index


def clip(visible, points=None, seed=0, **more):
    """A clip of Penn's 13 joints; where nothing else is given, joints are anywhere."""
    visible = np.asarray(visible)
    if points is None:
        points = np.random.default_rng(seed).uniform(10, 200, (*visible.shape, 2))
    fields = {"id": "0001", "skeleton": "penn13", "size": (270, 481), "action": "squat"}
    return Clip(keypoints=points, visible=visible, **(fields | more))


def test_straight_lines_between_seen_frames_and_held_at_the_ends():
    visible = np.full((8, 1, 13), 2)
    visible[[0, 1, 3, 4, 7], 0, 5] = 0  # seen in frames 2, 5 and 6
    points = np.zeros((8, 1, 13, 2))
    points[[2, 5, 6], 0, 5] = (10, 100), (40, 70), (41, 7)
    filled = fill_gaps(clip(visible, points))
    expected = [(10, 100)] * 3 + [(20, 90), (30, 80), (40, 70), (41, 7), (41, 7)]
    np.testing.assert_allclose(filled.keypoints[:, 0, 5], expected, atol=1e-4)
    assert (filled.interpolated, filled.never_seen) == (5, 0)
    np.testing.assert_array_equal(filled.seen, visible > 0)


def test_what_is_never_seen_is_put_by_its_neighbours_from_the_seen_ones_outwards():
    visible = np.full((3, 1, 13), 2)
    hidden = ["left_elbow", "left_wrist", "right_knee"]
    visible[:, :, [INDEX(joint) for joint in hidden]] = 0
    one = clip(visible)
    filled = fill_gaps(one)
    at = {joint: filled.keypoints[:, 0, INDEX(joint)] for joint in PENN.joints}
    np.testing.assert_allclose(at["left_elbow"], at["left_shoulder"])  # its one placed neighbour
    np.testing.assert_allclose(at["left_wrist"], at["left_elbow"])  # then the wrist's turn comes
    between = (at["right_hip"] + at["right_ankle"]) / 2
    np.testing.assert_allclose(at["right_knee"], between, atol=1e-4)
    assert (filled.interpolated, filled.never_seen) == (0, 9)
    kept = filled.seen[0, 0]
    np.testing.assert_array_equal(filled.keypoints[:, :, kept], one.keypoints[:, :, kept])


def test_a_part_that_no_limb_joins_is_put_at_the_mean():
    blaze = skeletons.get("blazepose33")
    visible = np.full((1, 1, 33), 2)
    mouth = [blaze.index("left_mouth"), blaze.index("right_mouth")]
    visible[..., mouth] = 0
    points = np.random.default_rng(0).uniform(0, 9, (1, 1, 33, 2))
    filled = fill_gaps(points, visible, "blazepose33").keypoints[0, 0]
    mean = np.delete(points[0, 0], mouth, axis=0).mean(0)
    np.testing.assert_allclose(filled[mouth], [mean, mean], atol=1e-5)


def test_a_person_who_is_never_seen_is_at_the_middle_of_the_image():
    visible = np.full((2, 2, 13), 2)
    visible[:, 1] = 0
    filled = fill_gaps(clip(visible))
    np.testing.assert_array_equal(filled.keypoints[:, 1], np.full((2, 13, 2), (240, 134.5)))
    assert filled.never_seen == 26
    empty = fill_gaps(np.full((2, 1, 13, 2), np.nan), skeleton="penn13")
    assert (empty.keypoints == 0).all()


@given(arrays(np.uint8, (6, 2, 13), elements=st.integers(0, 2)), st.integers(0, 99))
def test_nothing_is_missing_afterwards_and_nothing_seen_is_moved(visible, seed):
    one = clip(visible, seed=seed)
    filled = fill_gaps(one)
    assert np.isfinite(filled.keypoints).all()
    seen = visible > 0
    np.testing.assert_array_equal(filled.keypoints[seen], one.keypoints[seen])
    assert filled.interpolated + filled.never_seen == (~seen).sum()
    again = fill_gaps(filled.keypoints, skeleton="penn13")
    np.testing.assert_array_equal(again.keypoints, filled.keypoints)
    assert again.interpolated == again.never_seen == 0


@given(arrays(np.uint8, (7, 1, 13), elements=st.integers(0, 1)), st.integers(0, 99))
def test_interpolation_is_numpys_own(visible, seed):
    one, frames = clip(visible, seed=seed), np.arange(7)
    filled = fill_gaps(one).keypoints
    for k in range(13):
        seen = np.flatnonzero(visible[:, 0, k])
        for axis in range(2 if len(seen) else 0):
            wanted = np.interp(frames, seen, one.keypoints[seen, 0, k, axis])
            np.testing.assert_allclose(filled[:, 0, k, axis], wanted, rtol=1e-5)


def test_two_joints_at_the_same_outermost_place_are_pinned():
    points = np.random.default_rng(0).uniform(10, 200, (4, 1, 13, 2))
    ankles = [INDEX("left_ankle"), INDEX("right_ankle")]
    points[1, 0, ankles, 1] = 250.25
    points[2, 0, INDEX("head"), 0] = 300.5  # alone at the edge: a place like another
    points[3, 0, ankles, 1] = np.nan
    found = pinned(points)
    assert np.argwhere(found).tolist() == [[1, 0, k] for k in ankles]
    said = clip(np.full((4, 1, 13), 2), points)
    assert fill_gaps(said).seen[1].all(), "a source that says what is seen is believed"
    unsaid = clip(np.full((4, 1, 13), 2), points, occlusion_known=False)
    assert not fill_gaps(unsaid).seen[1, 0, ankles].any()
    assert pinned(np.full((2, 13, 2), np.nan)).sum() == 0


def test_normalised_about_the_hips_in_torsos():
    points = np.random.default_rng(1).uniform(10, 200, (5, 2, 13, 2))
    small = normalise(points, "penn13")
    shoulders, hips = (
        small[:, :, [INDEX(f"left_{part}"), INDEX(f"right_{part}")]].mean(2)
        for part in ("shoulder", "hip")
    )
    np.testing.assert_allclose(hips.mean(0), 0, atol=1e-5)
    torso = np.median(np.linalg.norm(shoulders - hips, axis=-1), axis=0)
    np.testing.assert_allclose(torso, 1, rtol=1e-5)
    np.testing.assert_allclose(normalise(points * 3 + (7, -40), "penn13"), small, atol=1e-4)
    way = normalise(points + np.arange(5.0)[:, None, None, None] * 100, "penn13")
    assert not np.allclose(way, small, atol=0.1), "the way through the image stays in"


def test_normalising_what_has_no_torso():
    at_one_place = np.full((3, 1, 13, 2), 5.0)
    assert (normalise(at_one_place, "penn13") == 0).all()
    points = np.random.default_rng(2).uniform(10, 200, (3, 1, 13, 2))
    for part in ("shoulder", "hip"):
        points[:, :, [INDEX(f"left_{part}"), INDEX(f"right_{part}")]] = 50
    small = normalise(points, "penn13")
    np.testing.assert_allclose(np.linalg.norm(small, axis=-1).mean(), 1, rtol=1e-5)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: fill_gaps(np.zeros((2, 1, 13, 2))), "need their skeleton"),
        (lambda: fill_gaps(np.zeros((2, 13, 2)), skeleton="penn13"), r"\(frames, people, 13, 2\)"),
        (lambda: fill_gaps(np.zeros((0, 1, 13, 2)), skeleton="penn13"), "a frame at least"),
        (
            lambda: fill_gaps(np.zeros((2, 1, 13, 2)), np.ones((2, 13)), "penn13"),
            r"visible must be of shape \(2, 1, 13\), and is \(2, 13\)",
        ),
        (lambda: normalise(np.full((2, 1, 13, 2), np.nan), "penn13"), "finite, as fill_gaps"),
        (lambda: leak_accuracy([], []), "no clips in train"),
        (lambda: leak_accuracy([clip(np.ones((1, 1, 13)), action=None)], []), "0001 has no action"),
    ],
)
def test_what_is_refused(call, words):
    with pytest.raises(InputError, match=words):
        call()


def made_clips(count, tells, seed):
    """Clips of five actions; the share of frames in which a joint is seen tells, or does not."""
    rng = np.random.default_rng(seed)
    rates = np.random.default_rng(7).uniform(0.1, 0.9, (5, 13))
    clips = []
    for i in range(count):
        seen = rng.random((40, 1, 13)) < (rates[i % 5] if tells else rates[rng.integers(5)])
        clips.append(clip(seen * 2, seed=i, id=f"{i}", action=f"action {i % 5}"))
    return clips


def test_a_pattern_that_is_the_action_is_found():
    floor = leak_accuracy(made_clips(60, True, 0), made_clips(40, True, 1))
    assert floor.accuracy == 100 and floor.clips == 40 and floor.majority == 20
    np.testing.assert_allclose(fill_pattern(clip(np.ones((3, 1, 13)))), 1)


def test_a_pattern_that_says_nothing_gives_chance():
    floor = leak_accuracy(made_clips(300, False, 0), made_clips(300, False, 1))
    assert abs(floor.accuracy - 20) < 8, f"{floor.accuracy:.1f} % came, and chance is 20 %"


def test_clips_that_are_always_seen_give_one_action():
    clips = [clip(np.ones((2, 1, 13)), action="ab"[i % 3 == 0], id=f"{i}") for i in range(9)]
    floor = leak_accuracy(clips, clips)
    assert round(floor.accuracy) in (33, 67)


@pytest.mark.mirror
def test_penn_actions_gaps_give_half_of_its_actions_away(mirror, tmp_path):
    train, test = (
        catalog.load_clips("penn_action", split, root=tmp_path, images=False)
        for split in ("train", "test")
    )
    floor = leak_accuracy(train, test)
    assert floor.clips == 1068 and floor.majority < 12
    assert 48 < floor.accuracy < 53, f"{floor.accuracy:.1f} % came; 49 to 51 % were measured"
    filled = [fill_gaps(one) for one in train]
    assert all(np.isfinite(one.keypoints).all() for one in filled)
    assert sum(one.interpolated + one.never_seen for one in filled) > 100_000
    more = leak_accuracy(train, test, fill_and_shape).accuracy
    assert 53 < more < 58, f"{more:.1f} % came; 55 % were measured"
    assert leak_accuracy(train, test, clip_shape).accuracy < more


@pytest.mark.mirror
def test_jhmdbs_pinned_ankles_are_not_taken_for_seen(mirror, tmp_path):
    clips = list(catalog.load_clips("jhmdb", root=tmp_path))
    joints = skeletons.get("jhmdb15")
    ankles = [joints.index("left_ankle"), joints.index("right_ankle")]
    both = np.concatenate([(~fill_gaps(one).seen[:, 0, ankles]).all(1) for one in clips])
    assert 0.05 < both.mean() < 0.07
    upper = {one.action for one in clips if (~fill_gaps(one).seen[:, 0, ankles]).all()}
    assert {"wave", "clap", "pour"} <= upper
    train, test = (catalog.load_clips("jhmdb", s, root=tmp_path) for s in ("train", "test"))
    assert leak_accuracy(train, test).accuracy < 20


# --------------------------------------------------------------------------- what a network takes
@given(st.integers(1, 400), st.integers(1, 40))
def test_frames_are_spread_over_the_whole_clip(count, frames):
    numbers = frame_numbers(count, frames)
    assert len(numbers) == frames and (np.diff(numbers) >= 0).all()
    assert numbers[0] >= 0 and numbers[-1] <= count - 1
    assert np.abs(numbers - (count - 1 - numbers[::-1])).max() <= 1  # as far from both ends
    if frames == count:
        assert numbers.tolist() == list(range(count))


def test_a_clip_shorter_than_asked_for_repeats_its_frames():
    assert frame_numbers(3, 6).tolist() == [0, 0, 1, 1, 2, 2]
    assert pose_images([clip(np.ones((3, 1, 13)))], frames=16).shape == (1, 2, 16, 13)


def test_pose_images_are_the_honest_preparation_and_no_more():
    visible = np.full((32, 1, 13), 2)
    visible[5:9, 0, 4] = 0
    one = clip(visible)
    image = pose_images([one, clip(visible, seed=1)], 16)[0]
    filled = normalise(fill_gaps(one).keypoints, "penn13")[:, 0]
    np.testing.assert_array_equal(image, filled[1::2].transpose(2, 0, 1))
    junk = one.keypoints.copy()
    junk[5:9, 0, 4] = -1  # what the file has where a joint is not seen
    np.testing.assert_array_equal(pose_images([clip(visible, junk)], 16)[0], image)


def test_pose_images_do_not_depend_on_where_and_how_large_a_person_is():
    one = clip(np.ones((20, 1, 13)))
    moved = clip(np.ones((20, 1, 13)), 3 * one.keypoints + [50, -7])
    np.testing.assert_allclose(pose_images([one]), pose_images([moved]), atol=1e-3)


def test_clip_shapes():
    one = clip(np.ones((50, 1, 13)))
    assert clip_shape(one).tolist() == [0.5, 2.7, 4.81]
    assert fill_and_shape(one).tolist() == [1.0] * 13 + [0.5, 2.7, 4.81]


def test_lengths_that_are_the_action_are_found_and_gaps_are_not():
    def made(count):
        return [
            clip(np.ones((20 + 30 * (i % 3), 1, 13)), action=f"{i % 3}", id=f"{i}")
            for i in range(count)
        ]

    assert leak_accuracy(made(30), made(9), clip_shape).accuracy == 100
    assert round(leak_accuracy(made(30), made(9)).accuracy) == 33


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: frame_numbers(0, 4), "must be one of each"),
        (lambda: pose_images([clip(np.ones((3, 2, 13)))]), "0001 shows 2 people"),
        (lambda: clip_shape(clip(np.ones((3, 1, 13)), size=None)), "size of its images"),
    ],
)
def test_what_cannot_be_prepared(call, words):
    with pytest.raises(InputError, match=words):
        call()
