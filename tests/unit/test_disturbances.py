"""Things that pass in front of a clip's people, motion blur, and a camera that pans."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posekit.data import OCCLUDED, VISIBLE, Clip
from posekit.errors import InputError
from posekit.synthetic import Clips, motion_blurred, panned, passing_things
from posekit.synthetic.disturbances import Thing


def flat(frames=8, size=(60, 80)) -> Clip:
    """A grey clip; one person of 14 joints that stand in a grid."""
    y, x = np.divmod(np.arange(14), 4)
    points = np.stack([20 + 10 * x, 10 + 10 * y], -1).astype(np.float32)
    keypoints = np.tile(points, (frames, 1, 1, 1))
    visible = np.full((frames, 1, 14), VISIBLE)
    images = np.full((frames, *size, 3), 100, np.uint8)
    return Clip("a", "lsp14", keypoints, visible, images, size, fps=30.0)


# --------------------------------------------------------------------------------- things
def test_a_thing_covers_the_pixels_that_it_paints():
    thing = Thing(np.full((4, 6, 3), 7, np.uint8), 10, np.array([20, -3, 77, 200]))
    y, x = np.mgrid[:60, :80]
    grid = np.stack([x, y], -1).astype(np.float32)
    covered = thing.covers(np.tile(grid, (4, 1, 1, 1)))
    for t in range(4):
        image = np.zeros((60, 80, 3), np.uint8)
        thing.paint(image, t)
        np.testing.assert_array_equal(image[..., 0] == 7, covered[t])
    assert covered.sum((1, 2)).tolist() == [24, 12, 12, 0]


def test_half_a_pixel_decides():
    thing = Thing(np.zeros((4, 6, 3), np.uint8), 10, np.array([20]))
    points = np.array([[[19.4, 12], [19.6, 12], [25.4, 12], [25.6, 12], [np.nan, np.nan]]])
    assert thing.covers(points)[0].tolist() == [False, True, True, False, False]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 3))
def test_a_joint_is_occluded_where_the_image_has_changed(seed, most):
    clip = flat()
    hard = passing_things(clip, seed, most)
    places = clip.keypoints[0, 0].astype(int)
    for t in range(len(clip)):
        changed = (hard.frames[t] != clip.frames[t]).any(-1)[places[:, 1], places[:, 0]]
        hidden = hard.visible[t, 0] == OCCLUDED
        assert hidden[changed].all(), "a joint whose pixel is painted over"
        assert (hard.visible[t, 0][~hidden] == VISIBLE).all()
    np.testing.assert_array_equal(hard.keypoints, clip.keypoints)


def test_most_of_a_person_is_hidden_for_a_moment_and_comes_back():
    """In most clips some joint is seen, hidden, and seen again; more than half of all at once."""
    back, most = 0, []
    for seed in range(20):
        hidden = passing_things(flat(24), seed, most=1).visible[:, 0] == OCCLUDED
        back += bool((hidden.any(0) & ~hidden[0] & ~hidden[-1]).any())
        most.append(hidden.mean(1).max())
        assert hidden.sum(0).max() <= 12, "no joint for longer than 0.4 seconds"
    assert back >= 15 and np.median(most) > 0.5


def test_same_seed_same_things_and_nothing_else_is_touched():
    clip = flat()
    one, two, other = passing_things(clip, 1), passing_things(clip, 1), passing_things(clip, 2)
    assert all(np.array_equal(one.frames[t], two.frames[t]) for t in range(len(clip)))
    assert any(not np.array_equal(one.frames[t], other.frames[t]) for t in range(len(clip)))
    assert (clip.frames == 100).all() and (clip.visible == VISIBLE).all()


def test_rendered_clips_stay_as_they_are_but_for_the_things():
    clip = Clips(3, 1, 4, 64)[0]
    hard = passing_things(clip, 3)
    assert hard.action == clip.action and hard.group == clip.group and hard[2].image.shape[2] == 3
    occluded = (clip.visible == OCCLUDED).sum()
    assert (hard.visible == OCCLUDED).sum() >= occluded


# ---------------------------------------------------------------------------- motion blur
def test_the_mean_of_frames_with_the_middles_labels():
    clip = flat(6)
    clip.frames[:] = np.array([0, 30, 90, 1, 1, 2], np.uint8)[:, None, None, None]
    clip.keypoints[..., 0] += np.arange(6)[:, None, None]
    blurred = motion_blurred(clip, 3)
    assert [int(blurred.frames[t][0, 0, 0]) for t in range(2)] == [40, 1]
    np.testing.assert_array_equal(blurred.keypoints, clip.keypoints[[1, 4]])
    assert (len(blurred), blurred.fps) == (2, 10.0)


def test_one_exposure_changes_nothing():
    clip = flat()
    same = motion_blurred(clip, 1)
    assert all(np.array_equal(same.frames[t], clip.frames[t]) for t in range(len(clip)))


def test_what_stands_still_stays_sharp_and_what_moves_does_not():
    clip = Clips(0, 1, 6, 64, action="jumping_jacks", fps=30)[0]
    blurred = motion_blurred(clip)
    change = np.abs(blurred.frames[1].astype(int) - clip.frames[4]).max(-1)
    assert np.median(change) <= 4 and change.max() > 40


# -------------------------------------------------------------------------------- panning
def marked(clip: Clip) -> Clip:
    """The clip with a pixel of its own at each joint."""
    for t, n in np.ndindex(len(clip), 14):
        x, y = clip.keypoints[t, 0, n].astype(int)
        clip.frames[t][y, x] = 200 + n
    return clip


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_joints_go_with_the_picture_sideways_at_one_speed(seed):
    clip = marked(flat())
    moved = panned(clip, seed)
    for t in range(len(clip)):
        x, y = moved.keypoints[t, 0].astype(int).T
        assert moved.frames[t][y, x, 0].tolist() == list(range(200, 214))
    way = moved.keypoints[:, 0, 0] - clip.keypoints[:, 0, 0]
    assert (way[:, 1] == 0).all()
    steps = np.diff(way[:, 0])
    assert np.ptp(steps) <= 1 and steps.any(), "whole pixels of one speed"
    # 0.2 to 0.8 heights a second, for 7 / 30 seconds: 1.4 to 5.6 of 30 pixels.
    assert 1.4 - 1 <= abs(way[-1, 0] - way[0, 0]) <= 5.6 + 1


def test_a_tall_person_goes_as_far_as_a_square_has_room_and_stays_in_the_picture():
    clip = flat(60)
    clip.keypoints[..., 0] = 70 + clip.keypoints[..., 0] / 10  # at the right border, and narrow
    ways = []
    for seed in range(20):
        moved = panned(clip, seed).keypoints
        assert moved[..., 0].min() >= 0 and moved[..., 0].max() < 80
        ways.append(moved[-1, 0, 0, 0] - moved[0, 0, 0, 0])
    # 12 to 47 pixels in two seconds, where there are 30 - 3.
    assert 11 <= np.abs(ways).min() < 20 and 26 <= np.abs(ways).max() <= 28
    assert min(ways) < 0 < max(ways), "both ways"


def test_who_fills_the_picture_goes_by_a_quarter_of_the_width_at_most():
    ways = [np.ptp(panned(flat(90), seed).keypoints[:, 0, 0, 0]) for seed in range(9)]
    assert max(ways) == pytest.approx(30 / 4, abs=1)


def test_boxes_go_with_the_people_and_space_is_left_out():
    clip = Clips(3, 1, 4, 64)[0]
    moved = panned(clip, 3)
    way = (moved.keypoints - clip.keypoints)[:, 0, 0, 0]
    boxes = moved.extra["boxes"] - clip.extra["boxes"]
    np.testing.assert_allclose(boxes[:, 0], np.outer(way, (1, 0, 1, 0)), atol=1e-3)
    assert moved.camera is None and "keypoints_3d" not in moved.extra
    assert clip.camera is not None and "keypoints_3d" in clip.extra, "the clip stays as it was"


# ------------------------------------------------------------------------------ bad input
def test_bad_input():
    clip = flat()
    with pytest.raises(InputError, match="groups of 3"):
        motion_blurred(clip, 3)
    bare = Clip("a", "lsp14", clip.keypoints, clip.visible, size=(60, 80), fps=30.0)
    for disturb in (passing_things, motion_blurred, panned):
        with pytest.raises(InputError, match="frames"):
            disturb(bare)
    for disturb in (passing_things, panned):
        with pytest.raises(InputError, match="no frame rate"):
            disturb(replace(clip, fps=None))
    nobody = Clip("a", "lsp14", clip.keypoints, 0 * clip.visible, clip.frames, (60, 80), fps=30.0)
    for disturb in (passing_things, panned):
        with pytest.raises(InputError, match="nobody is labelled"):
            disturb(nobody)
    with pytest.raises(InputError):
        passing_things(clip, most=0)
    for disturb in (passing_things, panned):
        assert disturb(flat(1)).frames[0].shape == (60, 80, 3), "a clip of one frame"
