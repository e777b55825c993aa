"""Clips cut out along one box, and their batches."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from posekit.data import Clip
from posekit.data.batches import Augment, loader
from posekit.data.clip_crops import ClipDataset, Together, cache_clips, single_frames, whole_box
from posekit.data.crops import cache_crops
from posekit.errors import InputError

CLASSES = ("squat", "bowl", "wave")


def clip(name="a", frames=6, side=64, action="bowl", people=1, space=True, **more):
    """A person of 14 joints who walks to the right, three pixels a frame."""
    rng = np.random.default_rng(len(name))
    points = rng.uniform(10, 30, (1, people, 14, 2)) + 3 * np.arange(frames)[:, None, None, None]
    images = [rng.integers(0, 255, (side, side, 3), np.uint8) for _ in range(frames)]
    fields = {
        "keypoints": points,
        "visible": np.full(points.shape[:3], 2),
        "frames": images,
        "size": (side, side),
        "action": action,
    }
    if space:
        spot = np.concatenate([points / 100, points[..., :1] / 50 + 4], -1)
        fields |= {"extra": {"keypoints_3d": spot}, "frame": "camera", "camera": "any camera"}
    return Clip(**{"id": name, "skeleton": "lsp14"} | fields | more)


def test_the_middle_frames_are_cut_along_one_box():
    one, two = clip("a"), clip("bb", action="squat")
    found = cache_clips([one, two], frames=4, size=32, classes=CLASSES, progress=False)
    assert (len(found), found.frames, found.actions.tolist()) == (2, 4, [1, 0])
    assert found.crops.images.shape == (8, 40, 40, 3) and found.crops.depths.shape == (8, 14)
    matrices = found.crops.matrices.reshape(2, 4, 2, 3)
    assert (matrices == matrices[:, :1]).all() and (matrices[0] != matrices[1]).any()
    back = np.linalg.inv(matrices[0, 0, :, :2])
    moved = (found.crops.keypoints[:4] - matrices[0, 0, :, 2]) @ back.T
    np.testing.assert_allclose(moved, one.keypoints[1:5, 0], atol=1e-3)
    assert found.crops.people[:2] == [("a:1", 0), ("a:2", 0)]


def test_the_box_is_that_of_the_whole_movement():
    one = clip()
    low, high = one.keypoints.min((0, 1, 2)), one.keypoints.max((0, 1, 2))
    room = (high - low) / 8
    expected = np.concatenate([low - room, high + room])
    np.testing.assert_allclose(whole_box([one[t] for t in range(6)]), expected, rtol=1e-5)
    boxes = np.tile([[[0.0, 8, 16, 40]]], (6, 1, 1)) + np.arange(6)[:, None, None]
    boxes[2] = np.nan  # Penn Action has frames without a box
    one.extra["boxes"] = boxes
    assert whole_box([one[t] for t in range(6)]).tolist() == [-2.625, 3.375, 23.625, 49.625]


def test_joints_that_are_not_labelled_widen_no_box():
    one = clip()
    visible = one.visible.copy()
    visible[:, :, 3] = 0
    points = one.keypoints.copy()
    points[:, :, 3] = 5000
    box = whole_box([replace(one, keypoints=points, visible=visible)[t] for t in range(6)])
    assert np.abs(box).max() < 200


def test_without_actions_or_space():
    plain = [clip("a", space=False, action=None), clip("bb", space=False)]
    found = cache_clips(plain, 2, 32, CLASSES, progress=False)
    assert found.actions.tolist() == [-1, 1] and found.crops.depths is None
    assert cache_clips(plain, 2, 32, progress=False).actions.tolist() == [-1, -1]
    some = cache_clips([clip("a"), plain[1]], 2, 32, CLASSES, progress=False)
    assert some.crops.depths is None
    assert torch.isnan(ClipDataset(some).batch([0]).depths).all()


def test_all_frames_of_a_clip_are_changed_in_one_way():
    found = cache_clips([clip("a"), clip("bb")], 4, 32, CLASSES, progress=False)
    still = ClipDataset(found).batch([0, 1])
    changed = ClipDataset(found, Augment(flip=1), seed=3).batch([0, 1], epoch=2)
    assert changed.images.shape == (2, 4, 3, 32, 32) and changed.actions.tolist() == [1, 1]
    flip = np.array([5, 4, 3, 2, 1, 0, 11, 10, 9, 8, 7, 6, 12, 13])
    before, after = still.keypoints.numpy()[:, :, flip], changed.keypoints.numpy()
    for n in range(2):  # one affine map fits all joints of all frames
        points = np.c_[before[n].reshape(-1, 2), np.ones(56)]
        _, residual, *_ = np.linalg.lstsq(points, after[n].reshape(-1, 2), rcond=None)
        assert residual.max() < 1e-3
    torch.testing.assert_close(changed.depths, still.depths[:, :, flip])
    again = ClipDataset(found, Augment(flip=1), seed=3).batch([1], epoch=2)
    assert torch.equal(again.images[0], changed.images[1])
    assert not torch.equal(
        ClipDataset(found, Augment(), seed=3).batch([1], epoch=3).images, again.images
    )


def test_images_are_clips_of_one_frame_and_share_a_batch():
    clips = cache_clips([clip("a"), clip("bb"), clip("ccc")], 4, 32, CLASSES, progress=False)
    people = [clip("dddd")[t] for t in range(5)]
    stills = single_frames(cache_crops(people, 32, progress=False), CLASSES)
    both = Together([loader(ClipDataset(clips), 2), loader(ClipDataset(stills), 2)])
    assert len(both) == 2 and len(list(Together([[1, 2, 3], "ab"]))) == 3
    assert list(Together([[1, 2, 3], "ab"])) == [(1, "a"), (2, "b"), (3, "a")]
    parts = list(both)
    assert [[part.images.shape[:2] for part in pair] for pair in parts] == [
        [(2, 4), (2, 1)],
        [(1, 4), (2, 1)],
    ]
    image = parts[0][1]
    assert image.actions.tolist() == [-1, -1] and torch.isnan(image.depths).all()
    assert image.keypoints.isfinite().all()


@pytest.mark.parametrize(
    "wrong, message",
    [
        (clip("a", frames=3), "a has 3 frames, and 4 are asked for"),
        (clip("a", people=2), "a shows 2 people"),
        (clip("a", action="sneeze"), "'sneeze' is none of the classes: squat, bowl, wave"),
        (clip("a", visible=np.zeros((6, 1, 14))), "no labelled joint"),
        (clip("a", frames=6, visible=np.eye(6)[:, 2:3, None] * np.ones(14)), "cannot be cut out"),
    ],
)
def test_clips_that_cannot_be_used(wrong, message):
    with pytest.raises(InputError, match=message):
        cache_clips([wrong], 4, 32, CLASSES, progress=False)


def test_frames_of_different_sizes():
    one = clip()
    one.frames[3] = np.zeros((50, 60, 3), np.uint8)
    with pytest.raises(InputError, match="a has frames of different sizes"):
        cache_clips([one], 4, 32, CLASSES, progress=False)


def test_nothing_to_cut_out():
    with pytest.raises(InputError, match="0 clips"):
        cache_clips([], 4, 32, CLASSES)
    with pytest.raises(InputError, match="0 frames"):
        cache_clips([clip()], 0, 32, CLASSES)
    points = clip(frames=6).keypoints
    other = {"skeleton": "coco17", "keypoints": np.concatenate([points, points[:, :, :3]], 2)}
    other = clip("x", visible=np.full((6, 1, 17), 2), space=False, **other)
    with pytest.raises(InputError, match="one joint set: lsp14, coco17"):
        cache_clips([clip(space=False), other], 4, 32, CLASSES, progress=False)
