"""Takes and windows of them: units, cameras, gaps, cuts, mirror images, and bad input."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from posekit import skeletons
from posekit.data import Clip
from posekit.data.batches import loader
from posekit.data.faults import Faults
from posekit.data.takes import LiftWindows, Take, cut, in_units, take_of
from posekit.errors import InputError
from posekit.synthetic import Motions

SET = skeletons.get("humaneva15")


@pytest.fixture(scope="module")
def clip():
    return Motions(seed=3, count=1, frames=12, action="walk")[0]


@pytest.fixture(scope="module")
def take(clip):
    return take_of(clip)


# ------------------------------------------------------------------------------------ takes
def test_a_take_is_the_clip_about_its_root(clip, take):
    space = clip.camera.to_camera(clip.extra["keypoints_3d"][:, 0])
    np.testing.assert_allclose(take.joints, space - space[:, :1], atol=1e-5)
    np.testing.assert_allclose(take.points, clip.keypoints[:, 0], atol=1e-3)
    assert take.seen.all() and (take.visible == 2).all() and take.size == (480, 640)
    # What is seen on the image is the projection of root and joints, y down.
    below = take.joints[..., 1] > take.joints[:, [SET.index("head")], 1]
    assert below[:, SET.index("left_ankle")].all()


def test_a_moving_camera_is_taken_frame_by_frame(clip, take):
    moving = replace(clip, camera=[clip.camera] * len(clip))
    np.testing.assert_allclose(take_of(moving).joints, take.joints, atol=1e-6)


def test_another_joint_set_is_converted(clip):
    points, visible, _ = skeletons.convert(clip.keypoints, clip.visible, SET, "h36m17")
    space = skeletons.convert(clip.extra["keypoints_3d"], None, SET, "h36m17").keypoints
    other = {"skeleton": "h36m17", "keypoints": points, "visible": visible}
    other = replace(clip, **other, extra={"keypoints_3d": space})
    assert take_of(other, "h36m17").joints.shape == (12, 17, 3)


def test_gaps_on_the_image_are_filled_and_told(clip, take):
    points, knee = clip.keypoints.copy(), SET.index("left_knee")
    points[4:7, 0, knee] = np.nan
    visible = np.where(np.isfinite(points).all(-1), 2, 0)
    found = take_of(replace(clip, keypoints=points, visible=visible))
    assert np.isfinite(found.points).all() and (~found.seen).sum() == 3
    straight = take.points[3, knee] + (take.points[7, knee] - take.points[3, knee]) / 4
    np.testing.assert_allclose(found.points[4, knee], straight, atol=1e-3)


def test_gaps_in_space_do_not_count(clip):
    space = clip.extra["keypoints_3d"].copy()
    space[2, 0, 5], space[7, 0, 0] = np.nan, np.nan
    found = take_of(replace(clip, extra={"keypoints_3d": space}))
    assert found.visible[2, 5] == 0 and not found.visible[7].any()
    assert (found.visible > 0).sum() == 12 * 15 - 1 - 15
    assert np.isfinite(found.joints).all()


def test_a_person_who_leaves_the_image(clip):
    """The frames in which a joint is outside are filled from the others."""
    narrow = np.where(clip.keypoints[..., :1] > 300, np.nan, clip.keypoints)
    assert np.isnan(narrow).any() and np.isfinite(narrow).any()
    found = take_of(replace(clip, keypoints=narrow, visible=2 * np.isfinite(narrow).all(-1)))
    assert np.isfinite(found.points).all() and (found.visible == 2).all()
    assert (found.seen == np.isfinite(narrow[:, 0]).all(-1)).all()
    with pytest.raises(InputError, match="shows no joint"):
        take_of(replace(clip, visible=0 * clip.visible))


def test_a_clip_of_one_frame(clip):
    one = Clip(
        *("one", "humaneva15", clip.keypoints[:1], clip.visible[:1]),
        extra={"keypoints_3d": clip.extra["keypoints_3d"][:1]},
        **{"size": clip.size, "frame": "world", "camera": clip.camera},
    )
    batch = LiftWindows([take_of(one)], frames=9, flip=0).batch([0])
    assert batch.points.shape == (1, 9, 15, 2)
    assert (batch.points == batch.points[:, :1]).all()


@pytest.mark.parametrize(
    "change, message",
    [({"camera": None}, "no camera: give it one"), ({"extra": {}}, "no joints in space")],
)
def test_what_cannot_be_lifted_is_told(clip, change, message):
    with pytest.raises(InputError, match=message):
        take_of(replace(clip, **change))


def test_two_people_are_refused(clip):
    double = {
        "keypoints": np.repeat(clip.keypoints, 2, 1),
        "visible": np.repeat(clip.visible, 2, 1),
    }
    with pytest.raises(InputError, match="2 people"):
        take_of(replace(clip, **double))


def test_a_joint_set_without_a_pelvis_is_refused(clip):
    with pytest.raises(InputError, match="pelvis"):
        take_of(clip, "lsp14")


def test_joints_that_make_no_pelvis_are_refused(clip):
    space = np.full_like(clip.extra["keypoints_3d"], np.nan)
    with pytest.raises(InputError, match="both hips"):
        take_of(replace(clip, extra={"keypoints_3d": space}))


# ------------------------------------------------------------------------------------- units
def test_image_units_are_pavllos():
    """x / w * 2 - 1 and y / w * 2 - h / w, for coordinates from an image's edge."""
    points = np.array([[[-0.5, -0.5], [319.5, 239.5], [639.5, 479.5]]])
    found = in_units(points, "image", (480, 640))
    np.testing.assert_allclose(found, [[[-1, -0.75], [0, 0], [1, 0.75]]])
    sizes = np.array([(480, 640)])
    np.testing.assert_allclose(in_units(points, "image", sizes), found)


def test_person_units_do_not_know_the_image(take):
    near = in_units(take.points, "person", take.size)
    np.testing.assert_allclose(in_units(2 * take.points + 30, "person", (9, 9)), near, atol=1e-4)


def test_other_units_are_refused():
    with pytest.raises(InputError, match="image, person"):
        in_units(np.zeros((1, 15, 2)), "metres", (1, 1))


# ----------------------------------------------------------------------------------- windows
def counted(length, start=0.0) -> Take:
    """A take whose every coordinate is the frame's number."""
    number = np.arange(length, dtype=np.float32)[:, None, None] + start
    flags = np.ones((length, 15))
    joints = np.broadcast_to(number, (length, 15, 3)).astype(np.float32)
    points = np.broadcast_to(number, (length, 15, 2)).astype(np.float32)
    return Take("a", "b", "c", points, flags > 0, joints, flags.astype(np.uint8), (480, 640))


def numbers(batch) -> list[list[int]]:
    return batch.joints[:, :, 0, 0].int().tolist()


def test_windows_stay_in_their_take_and_repeat_its_ends():
    windows = LiftWindows([counted(3), counted(4, 100)], frames=5, flip=0)
    assert len(windows) == 7
    found = numbers(windows.batch(range(7)))
    assert found[0] == [0, 0, 0, 1, 2] and found[2] == [0, 1, 2, 2, 2]
    assert found[3] == [100, 100, 100, 101, 102] and found[6] == [101, 102, 103, 103, 103]
    assert [row[2] for row in found] == [0, 1, 2, 100, 101, 102, 103]


def test_with_a_hop_every_frame_is_a_middle_in_some_epoch():
    windows = LiftWindows([counted(23)], frames=3, hop=4, flip=0)
    assert len(windows) == 6
    seen = {row[1] for epoch in range(40) for row in numbers(windows.batch(range(6), epoch))}
    assert seen == set(range(23))


def test_points_and_joints_go_together(take):
    windows = LiftWindows([take], frames=1, flip=0, units="person")
    batch = windows.batch(range(12))
    expected = in_units(take.points, "person", take.size)
    np.testing.assert_allclose(batch.points[:, 0], expected, atol=1e-5)
    np.testing.assert_allclose(batch.joints[:, 0], take.joints)
    assert batch.points.dtype == batch.joints.dtype == torch.float32


@pytest.mark.parametrize("units", ["image", "person"])
def test_a_mirror_image_is_one(take, units):
    """As if the person had been filmed in a mirror: x turned round, left and right renamed."""
    plain = LiftWindows([take], 3, units=units, flip=0).batch([5])
    mirrored = LiftWindows([take], 3, units=units, flip=1).batch([5])
    assert torch.equal(mirrored.points[..., SET.flip, :] * torch.tensor([-1, 1]), plain.points)
    assert torch.equal(mirrored.joints[..., SET.flip, :] * torch.tensor([-1, 1, 1]), plain.joints)


def test_what_is_unknown_is_mirrored_too(take):
    knee = SET.index("left_knee")
    hidden = take._replace(visible=take.visible * (np.arange(15) != knee).astype(np.uint8))
    visible = LiftWindows([hidden], 1, flip=1).batch([3]).visible[0, 0]
    assert torch.nonzero(visible == 0).flatten().tolist() == [SET.index("right_knee")]


def test_half_are_mirrored():
    windows = LiftWindows([counted(1000, 1)], 1)
    share = (windows.batch(range(1000)).joints[:, 0, 0, 0] < 0).float().mean()
    assert 0.4 < share < 0.6


def test_the_same_windows_for_the_same_seed_and_epoch(take):
    windows = [LiftWindows([take], 3, faults=Faults(3, drop=0.2), seed=s) for s in (1, 1, 2)]
    one, same, other = (w.batch([3, 4], epoch=2).points for w in windows)
    assert torch.equal(one, same) and not torch.equal(one, other)
    assert not torch.equal(windows[0].batch([3, 4], epoch=3).points, one)


def test_faults_do_not_touch_the_take(take):
    before = take.points.copy()
    windows = LiftWindows([take], 3, faults=Faults(5, 5, swap=0.5, drop=0.5))
    assert torch.isfinite(windows.batch(range(12)).points).all()
    assert (take.points == before).all()


def test_a_loader_takes_windows(take):
    windows = LiftWindows([take], 3)
    sizes = [len(batch.points) for batch in loader(windows, 5)]
    assert sizes == [5, 5, 2]


@pytest.mark.parametrize("wrong", [{"takes": []}, {"frames": 0}, {"hop": 0}])
def test_windows_of_nothing_are_refused(take, wrong):
    with pytest.raises(InputError, match="windows need takes"):
        LiftWindows(**({"takes": [take]} | wrong))


# -------------------------------------------------------------------------------------- cuts
@given(st.integers(1, 60), st.floats(0, 0.9))
def test_a_cut_loses_nothing(length, share):
    first, last = cut(counted(length), share)
    rows = [*first.joints[:, 0, 0], *([] if last is None else last.joints[:, 0, 0])]
    assert rows == list(range(length)) and len(first.joints) > 0
    assert len(rows) - len(first.joints) == int(share * length)
    assert len(first.seen) == len(first.points) == len(first.visible) == len(first.joints)
