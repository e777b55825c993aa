"""Gaps in skeletons: how they are filled, how many, and what they give away of the action."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from posekit import catalog, skeletons
from posekit.data import Clip
from posekit.data.skeleton_clips import (
    fill_gaps,
    fill_pattern,
    fill_pattern_accuracy,
    normalise,
    pinned,
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
        (lambda: fill_pattern_accuracy([], []), "no clips in train"),
        (
            lambda: fill_pattern_accuracy([clip(np.ones((1, 1, 13)), action=None)], []),
            "0001 has no action",
        ),
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
    floor = fill_pattern_accuracy(made_clips(60, True, 0), made_clips(40, True, 1))
    assert floor.accuracy == 100 and floor.clips == 40 and floor.majority == 20
    np.testing.assert_allclose(fill_pattern(clip(np.ones((3, 1, 13)))), 1)


def test_a_pattern_that_says_nothing_gives_chance():
    floor = fill_pattern_accuracy(made_clips(300, False, 0), made_clips(300, False, 1))
    assert abs(floor.accuracy - 20) < 8, f"{floor.accuracy:.1f} % came, and chance is 20 %"


def test_clips_that_are_always_seen_give_one_action():
    clips = [clip(np.ones((2, 1, 13)), action="ab"[i % 3 == 0], id=f"{i}") for i in range(9)]
    floor = fill_pattern_accuracy(clips, clips)
    assert round(floor.accuracy) in (33, 67)


@pytest.mark.mirror
def test_penn_actions_gaps_give_half_of_its_actions_away(mirror, tmp_path):
    train, test = (
        catalog.load_clips("penn_action", split, root=tmp_path, images=False)
        for split in ("train", "test")
    )
    floor = fill_pattern_accuracy(train, test)
    assert floor.clips == 1068 and floor.majority < 12
    assert 48 < floor.accuracy < 53, f"{floor.accuracy:.1f} % came; 49 to 51 % were measured"
    filled = [fill_gaps(one) for one in train]
    assert all(np.isfinite(one.keypoints).all() for one in filled)
    assert sum(one.interpolated + one.never_seen for one in filled) > 100_000


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
    assert fill_pattern_accuracy(train, test).accuracy < 20
