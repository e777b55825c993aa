"""Landmarks: what each preparation takes away, and what it leaves; windows, rates, mirrors."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from posekit import catalog, skeletons, synthetic
from posekit.datasets import recording
from posekit.datasets.landmarks import (
    at_rate,
    changed,
    check_apart,
    evenly,
    folds,
    mirrored,
    scaled,
    windows,
)
from posekit.errors import InputError
from posekit.models.landmark_nets import (
    ASPECT,
    DEPTH,
    HIPS,
    SHOULDERS,
    LandmarkNet,
    TwoViews,
    faced,
)
from posekit.synthetic.landmarks import Z_SCALE

BODY = skeletons.get("blazepose33")
OFF = {"middle": False, "torso": False, "facing": False, "velocities": False}
WALK = synthetic.landmark_recordings(people=2, frames=20, actions=["walk"], near=0, tremble=0)


def walking(frames=20):
    return torch.from_numpy(WALK[0].landmarks[None, :frames]).float()


def prepared(windows, **switched):
    return LandmarkNet(3, "average", 1_000, **(OFF | switched)).prepare(windows)


# ---------------------------------------------------------------------------- preparations
def test_without_any_the_network_gets_the_deck_s_132_numbers():
    torch.testing.assert_close(prepared(walking(), visibility=True), walking().flatten(2))


def test_how_many_numbers_each_has():
    flat = {"velocities": True, "depth": False}
    counts = ({}, 99), ({"velocities": True}, 198), ({"visibility": True}, 132), (flat, 132)
    for switched, channels in counts:
        assert prepared(walking(), **switched).shape == (1, 20, channels)


@settings(max_examples=6)
@given(st.floats(-2, 2), st.floats(-2, 2), st.floats(-2, 2))
def test_about_the_hips_it_does_not_matter_where_somebody_stands(x, y, z):
    moved = walking() + torch.tensor([x, y, z, 0])
    close = {"atol": 2e-5, "rtol": 1e-4}
    torch.testing.assert_close(
        prepared(moved, middle=True), prepared(walking(), middle=True), **close
    )
    assert (
        not torch.allclose(prepared(moved), prepared(walking())) or max(map(abs, (x, y, z))) < 1e-4
    )


def test_the_way_through_the_picture_stays():
    """The middle is the window's, not the frame's: who walks still gets ahead."""
    points = prepared(walking(), middle=True).unflatten(2, (33, 3))
    hips = points[0, :, HIPS].mean(1)
    torch.testing.assert_close(hips.mean(0), torch.zeros(3), atol=1e-5, rtol=0)
    assert hips[:, 0].std() > 0.005


@settings(max_examples=6)
@given(st.floats(0.1, 10))
def test_in_torsos_it_does_not_matter_how_near_somebody_stands(zoom):
    nearer = walking() * torch.tensor([zoom, zoom, zoom, 1])
    torch.testing.assert_close(
        prepared(nearer, torso=True), prepared(walking(), torso=True), atol=1e-4, rtol=1e-4
    )


def test_a_torso_without_length_is_no_division_by_nothing():
    assert torch.isfinite(
        prepared(torch.zeros(1, 5, 33, 4), middle=True, torso=True, facing=True)
    ).all()


@settings(max_examples=6)
@given(st.floats(-3.1, 3.1))
def test_it_does_not_matter_which_way_somebody_faces(angle):
    points = torch.randn(2, 6, 33, 3, generator=torch.Generator().manual_seed(0))
    cos, sin = np.cos(angle), np.sin(angle)
    turn = torch.tensor([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]], dtype=torch.float32)
    torch.testing.assert_close(faced(points @ turn.T), faced(points), atol=1e-4, rtol=1e-4)


def test_who_is_faced_has_shoulders_side_by_side_and_the_same_lengths():
    points = torch.randn(2, 6, 33, 3, generator=torch.Generator().manual_seed(0))
    left, right = faced(points)[:, :, SHOULDERS].mean(1).unbind(1)
    torch.testing.assert_close(left[:, 2], right[:, 2])
    assert (left[:, 0] > right[:, 0]).all()
    torch.testing.assert_close(faced(points).norm(dim=-1), points.norm(dim=-1))


def test_velocities_are_differences_from_frame_to_frame():
    points, moved = prepared(walking(), velocities=True).unflatten(2, (33, 6)).split(3, -1)
    assert (moved[:, 0] == 0).all()
    torch.testing.assert_close(moved[:, 1:], points.diff(dim=1))


def test_without_depth_it_does_not_matter_what_is_guessed():
    deeper = walking() + torch.tensor([0, 0, 0.3, 0]) * torch.randn(20, 33, 1)
    options = {"middle": True, "torso": True, "depth": False, "velocities": True}
    torch.testing.assert_close(prepared(deeper, **options), prepared(walking(), **options))


def test_what_is_not_seen_does_not_matter_and_the_network_is_told():
    windows = walking()
    windows[:, 5:, 25:, 3] = 0.2  # below the hips, from the sixth frame on
    others = windows.clone()
    others[:, 5:, 25:, :3] += torch.randn(1, 15, 8, 3)
    switched = {"only_seen": True, "velocities": True, "depth": False}
    one, two = (prepared(each, **switched).unflatten(2, (33, 5)) for each in (windows, others))
    torch.testing.assert_close(one, two)
    told = one[0, ..., 4]
    assert (told[:5] == 1).all() and (told[5:, 25:] == 0).all() and (told[:, :25] == 1).all()


def test_a_velocity_needs_both_frames():
    windows = walking()
    windows[:, 5, 15, 3] = 0
    flat = prepared(windows, only_seen=True, velocities=True, depth=False)
    velocities = flat[0].unflatten(1, (33, 5))[:, 15, 2:4]
    assert (velocities[5:7] == 0).all() and (velocities[[4, 7]] != 0).all()


def test_two_views_answer_with_the_mean_of_their_probabilities():
    net = TwoViews(3, kind="average", parameters=1_000).eval()
    each = torch.stack([view(walking()) for view in net.views]).softmax(-1)
    torch.testing.assert_close(net(walking()).exp(), each.mean(0))
    assert [view.only_seen for view in net.views] == [False, True]
    assert net.train()(walking()).shape == (2, 1, 3)  # each learns from its own answer


def test_the_unit_is_the_picture_s_height():
    """A metre is as long along x as along y once the picture's shape is taken into account."""
    found = prepared(walking(), middle=True).unflatten(2, (33, 3))
    raw = walking()[..., :3] * torch.tensor([ASPECT, 1, ASPECT * DEPTH])
    torch.testing.assert_close(found[:, 3, 0] - found[:, 3, 5], raw[:, 3, 0] - raw[:, 3, 5])


# --------------------------------------------------------------------- rates, mirrors, windows
def test_a_mirror_of_a_mirror_is_the_recording():
    landmarks = WALK[0].landmarks
    np.testing.assert_allclose(mirrored(mirrored(landmarks)), landmarks, atol=1e-12)
    there = mirrored(landmarks)[:, BODY.index("left_wrist")]
    here = landmarks[:, BODY.index("right_wrist")]
    np.testing.assert_allclose(there[:, 0], 1 - here[:, 0])
    np.testing.assert_array_equal(there[:, 1:], here[:, 1:])


@settings(max_examples=6)
@given(st.floats(0.3, 3), st.integers(2, 30))
def test_at_another_rate_a_line_stays_a_line(rate, frames):
    line = np.arange(frames)[:, None, None] * np.ones((1, 33, 4))
    found = at_rate(line, rate)
    np.testing.assert_allclose(found[:, 0, 0], rate * np.arange(len(found)), atol=1e-9)
    assert rate * len(found) > frames - 1 - 1e-5 and found.max() <= frames - 1 + 1e-9


@settings(max_examples=6)
@given(st.lists(st.floats(0.001, 0.2), min_size=1, max_size=40))
def test_frames_at_uneven_times_come_out_at_even_ones(gaps):
    """Where every number is its time, every number is the time that it is put at."""
    times = 5 + np.cumsum([0, *gaps])
    found = evenly(times[:, None, None] * np.ones((1, 33, 4)), times, fps=25)
    even = times[0] + np.arange(len(found)) / 25
    np.testing.assert_allclose(found[:, 7, 2], even, atol=1e-6)
    assert times[-1] - 1 / 25 - 1e-5 <= even[-1] <= times[-1] + 1e-5


def test_one_frame_stays_one_frame():
    assert evenly(np.ones((1, 33, 4)), [3.0]).tolist() == np.ones((1, 33, 4)).tolist()


@pytest.mark.parametrize("times", ([0, 1, 1], [0, 2, 1], [0, np.nan, 1], [0, 1]))
def test_times_that_do_not_grow_are_refused(times):
    with pytest.raises(InputError, match="one time a frame, and they must grow"):
        evenly(np.zeros((3, 33, 4)), times)


@pytest.mark.parametrize("rate", (0, -1, np.nan, np.inf))
def test_a_rate_must_be_positive(rate):
    with pytest.raises(InputError, match="positive"):
        evenly(np.zeros((3, 33, 4)), [0, 1, 2], rate)


@settings(max_examples=6)
@given(st.integers(1, 20), st.integers(1, 8), st.integers(0, 9))
def test_windows_are_frames_in_a_row(length, step, first):
    clip = recording(np.arange(20)[:, None, None] * np.ones((1, 33, 4)))
    found = windows(clip, length, step, first)[:, :, 0, 0]
    assert (np.diff(found, axis=1) == 1).all() and found.max() <= 19
    assert found[0, 0] == min(first, 20 - length) and (np.diff(found[:, 0]) == step).all()
    assert found[-1, -1] + step > 19


def test_bad_landmarks_are_refused():
    with pytest.raises(InputError, match="me: a window of 30 frames is longer than the rec"):
        windows(recording(np.zeros((12, 33, 4)), id="me"), 30)
    with pytest.raises(InputError, match=r"shape \(frames, 33, 4\), and are \(12, 17, 4\)"):
        recording(np.zeros((12, 17, 4)))
    broken = np.zeros((12, 33, 4))
    broken[7, 3, 1] = np.nan
    with pytest.raises(InputError, match="frame 7: landmark 3 is not finite"):
        recording(broken)


def test_a_person_in_both_halves_is_refused():
    clips = [recording(np.zeros((2, 33, 4)), group=name) for name in ("ann", "bob", "eve")]
    check_apart(clips[:1], clips[1:])
    with pytest.raises(InputError, match="bob: in both halves"):
        check_apart(clips[:2], clips[1:])


def recordings(frames=16):
    """Two people who clap and squat, and one who walks as well."""
    rng = np.random.default_rng(0)
    shown = [(p, a) for p in ("ann", "bob") for a in ("clapping", "squat")] + [("ann", "walk")]
    return [
        recording(rng.random((frames, 33, 4)), id=f"{person}/{action}", action=action, group=person)
        for person, action in shown
    ]


# --------------------------------------------------------------------------------- splits
def test_a_split_by_window_has_every_window_once_and_everybody_on_both_sides():
    ((train, test),) = folds(recordings(), "window", 10)
    assert (len(train), len(test)) == (28, 7)  # 5 recordings of 7 windows
    seen = {clip.landmarks.tobytes() for clip in [*train, *test]}
    assert len(seen) == 35 and {c.group for c in train} == {c.group for c in test}
    assert all(len(clip) == 10 for clip in test)
    again = next(iter(folds(recordings(), "window", 10)))[1]
    assert [c.id for c in again] == [c.id for c in test]


def test_the_deck_s_windows():
    """Four recordings of 601 frames, ten frames a window: the log's 60 steps of 32."""
    clips = [recording(np.zeros((601, 33, 4)), id=str(n), action="run") for n in range(4)]
    ((train, test),) = folds(clips, "window", 10)
    assert len(test) == 474 and -(-len(train) // 32) == 60


@pytest.mark.parametrize("by", ("recording", "person"))
def test_each_is_held_out_once(by):
    clips = recordings()[:4]
    held = [test for _, test in folds(clips, by)]
    assert sorted(clip.id for test in held for clip in test) == sorted(clip.id for clip in clips)
    assert len(held) == {"recording": 4, "person": 2}[by]
    for train, test in folds(clips, by):
        of = {"recording": lambda c: c.id, "person": lambda c: c.group}[by]
        assert not {of(c) for c in train} & {of(c) for c in test}
        assert len(train) + len(test) == 4


@pytest.mark.parametrize(("by", "who"), (("recording", "ann/walk"), ("person", "ann")))
def test_an_action_with_one_example_is_refused(by, who):
    with pytest.raises(InputError, match=f"walk is shown by one {by} alone, {who}: leave it out"):
        next(folds(recordings(), by))


def test_an_unknown_split_is_refused():
    with pytest.raises(InputError, match="no split by 'frame'; there are: window, recording"):
        next(folds(recordings(), "frame"))


def test_a_wide_picture_is_put_on_the_same_scale():
    clip = recording(np.full((2, 33, 4), 0.6), (360, 640))
    np.testing.assert_allclose(scaled(clip)[0, 0], [0.8, 0.6, 0.8, 0.6])
    plain = catalog.load_clips("synthetic", "train", count=1, frames=2, size=32)[0]
    with pytest.raises(InputError, match="has no landmarks"):
        scaled(plain)


def test_what_is_changed_always_leaves_a_window():
    """Twelve frames that are needed of twelve: they cannot be had faster."""
    clip, rng = recordings(12)[0], np.random.default_rng(0)
    for _ in range(20):
        assert len(changed(clip, 12, (0.7, 1.4), True, rng).landmarks) >= 12
    lengths = {
        len(changed(recordings(60)[0], 12, (0.7, 1.4), True, rng).landmarks) for _ in range(20)
    }
    assert min(lengths) < 55 and max(lengths) > 65
    plain = changed(clip, 12, (1, 1), False, rng)
    np.testing.assert_array_equal(plain.landmarks, clip.landmarks)


# ------------------------------------------------------------------------- synthetic people
def test_synthetic_recordings_are_one_a_person_and_action():
    made = synthetic.landmark_recordings(people=2, frames=5, actions=["run", "sit"], fps=25)
    assert [(c.group[-1], c.action) for c in made] == [(w, a) for w in "01" for a in ("run", "sit")]
    assert all(c.landmarks.shape == (5, 33, 4) and c.fps == 25 for c in made)
    again = synthetic.landmark_recordings(people=1, frames=5, actions=["sit"], fps=25)
    np.testing.assert_array_equal(made[1].landmarks, again[0].landmarks)


def test_without_trembling_landmarks_are_where_the_camera_sees_the_joints():
    clip = synthetic.Motions(0, 26, 20, skeleton="blazepose33")[synthetic.ACTIONS.index("walk")]
    np.testing.assert_allclose(WALK[0].keypoints, clip.keypoints, atol=1e-3)
    hips = WALK[0].landmarks[:, HIPS, 2]
    np.testing.assert_allclose(hips.mean(1), 0, atol=1e-9)


def test_depth_is_on_blazepose_s_scale_and_the_network_takes_it_back():
    """Turned by a quarter about the vertical, a body is as deep as it was wide."""
    assert pytest.approx(1) == DEPTH * Z_SCALE
    clip = synthetic.Motions(0, 26, 20, skeleton="blazepose33")[synthetic.ACTIONS.index("walk")]
    depth = clip.camera.to_camera(clip.extra["keypoints_3d"][:, 0].astype(float))[..., 2]
    middle = depth[:, HIPS].mean(1, keepdims=True)
    pixels = (depth - middle) * clip.camera.focal / middle
    np.testing.assert_allclose(DEPTH * 640 * WALK[0].landmarks[..., 2], pixels, atol=1e-6)


def test_errors_stay_for_the_most_part_and_depth_is_worst():
    options = {"people": 4, "frames": 60, "actions": ["stand"], "near": 0, "tremble": 0}
    wrong, true = (synthetic.landmark_recordings(wrong=w, **options) for w in (1, 0))
    error = np.array([a.landmarks - b.landmarks for a, b in zip(wrong, true)])[..., :3]
    error *= (ASPECT, 1, ASPECT * DEPTH)
    still, moving = error.mean(1).std((0, 1)), (error - error.mean(1, keepdims=True)).std((0, 1, 2))
    assert (still > moving).all() and (still[2] > 2 * still[:2]).all()
    assert (np.diff(error, axis=1).std((0, 1, 2)) < moving).all()


def test_near_the_camera_the_legs_are_guessed():
    options = {"people": 1, "frames": 30, "actions": ["clapping"]}
    near, far = (synthetic.landmark_recordings(near=share, **options)[0] for share in (1, 0))
    knees = [BODY.index("left_knee"), BODY.index("right_knee")]
    assert near.landmarks[:, knees, 3].mean() < 0.2 and far.landmarks[:, knees, 3].mean() > 0.9
    trembles = [np.diff(c.landmarks[:, knees, 1], axis=0).std() for c in (near, far)]
    assert trembles[0] > 3 * trembles[1]


# --------------------------------------------------------------------------- varied people
def varied(**options):
    options = {"people": 6, "frames": 40, "varied": 1} | options
    return synthetic.landmark_recordings(**options)


def test_varied_people_are_the_same_for_the_same_seed_and_leave_the_others_as_they_are():
    one, two = varied(people=2, actions=["sit"]), varied(people=1, actions=["sit", "walk"])
    np.testing.assert_array_equal(one[0].landmarks, two[1].landmarks)
    plain, none = varied(people=2, varied=0), synthetic.landmark_recordings(people=2, frames=40)
    assert all(np.array_equal(a.landmarks, b.landmarks) for a, b in zip(plain, none))
    assert {c.action for c in none} == set(synthetic.ACTIONS)


def test_what_an_action_leaves_free_varies_and_the_rest_less():
    """How differently the arms are held: of people who stand more than in the plain action."""
    options = {"actions": ["stand"], "people": 12, "tremble": 0, "near": 0}
    wrists = [BODY.index("left_wrist"), BODY.index("right_wrist")]
    spread = []
    for share in (0, 1):
        clips = torch.from_numpy(np.stack([c.landmarks for c in varied(varied=share, **options)]))
        points = LandmarkNet(3, velocities=False, facing=False).prepare(clips.float())
        spread.append(points.unflatten(2, (33, 3))[:, :, wrists, 1].mean(1).std())
    assert spread[1] > 2 * spread[0]


def test_at_a_desk_the_legs_are_those_of_somebody_who_stands():
    """Where BlazePose sees a head and shoulders, it guesses the rest below them, nearly upright."""
    clips = varied(people=30, actions=["clapping"], tremble=0)
    parts = [BODY.index(f"left_{part}") for part in ("shoulder", "hip", "knee", "ankle")]
    unseen = [c for c in clips if c.landmarks[:, parts[1], 3].mean() < 0.2]
    assert len(unseen) >= 5
    heights = np.array([c.landmarks[:, parts, 1].mean(0) for c in unseen])
    assert (np.diff(heights, axis=1) > 0).mean() > 0.9


def test_an_action_that_there_is_not():
    with pytest.raises(InputError, match="no action 'yoga'"):
        synthetic.landmark_recordings(actions=["yoga"])
    with pytest.raises(InputError, match="people"):
        synthetic.landmark_recordings(people=0)
