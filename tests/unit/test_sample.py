"""`Sample` and `Clip`: shapes are checked by name, and unlabelled joints cannot be used."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from posekit.data import Clip, Sample
from posekit.errors import InputError

IMAGE = np.zeros((20, 30, 3), np.uint8)


def sample(people=2, joints=14, **changes):
    fields = {
        "id": "im0001.jpg",
        "skeleton": "lsp14",
        "image": IMAGE,
        "keypoints": np.ones((people, joints, 2)),
        "visible": np.full((people, joints), 2),
    }
    return Sample(**(fields | changes))


def clip(frames=5, people=2, **changes):
    fields = {
        "id": "v1",
        "skeleton": "penn13",
        "size": (20, 30),
        "keypoints": np.ones((frames, people, 13, 2)),
        "visible": np.full((frames, people, 13), 2),
    }
    return Clip(**(fields | changes))


def test_types_and_size():
    one = sample()
    assert len(one) == 2
    assert one.size == (20, 30)
    assert one.keypoints.dtype == np.float32
    assert one.visible.dtype == np.uint8


def test_nobody():
    assert len(sample(people=0)) == 0


@given(arrays(np.uint8, (3, 14), elements=st.integers(0, 2)))
def test_unlabelled_is_nan_and_nan_is_unlabelled(visible):
    keypoints = np.ones((3, 14, 2))
    keypoints[1, 2, 0] = np.nan
    one = sample(people=3, keypoints=keypoints, visible=visible)
    assert one.visible[1, 2] == 0
    np.testing.assert_array_equal(np.isnan(one.keypoints).all(-1), one.visible == 0)
    np.testing.assert_array_equal(np.isnan(one.keypoints).any(-1), one.visible == 0)


def test_the_source_is_not_changed():
    keypoints, visible = np.ones((2, 14, 2), np.float32), np.zeros((2, 14), np.uint8)
    sample(keypoints=keypoints, visible=visible)
    assert np.isfinite(keypoints).all()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("keypoints", np.ones((2, 16, 2))),
        ("keypoints", np.ones((14, 2))),
        ("keypoints", np.ones((2, 2, 14))),
        ("keypoints", np.ones((2, 14, 3))),
        ("visible", np.ones((14, 2))),
        ("visible", np.ones((1, 14))),
        ("scores", np.ones((2, 13))),
        ("boxes", np.ones((2, 2, 2))),
        ("areas", np.ones(3)),
        ("head_diagonals", np.ones((2, 1))),
        ("crowd", np.ones(3)),
        ("image", np.zeros((20, 30), np.uint8)),
        ("image", IMAGE.astype(float)),
        ("image", IMAGE[..., :1]),
        ("ignore", np.zeros((30, 20), bool)),
    ],
)
def test_wrong_shape_is_named(field, value):
    with pytest.raises(InputError, match=rf"im0001\.jpg: {field} must be ") as error:
        sample(**{field: value})
    assert str(value.shape) in str(error.value)


def test_label_only_needs_its_size():
    assert sample(image=None, size=(5, 6)).size == (5, 6)
    with pytest.raises(InputError, match="needs its size"):
        sample(image=None)


def test_3d_needs_its_frame():
    points = np.zeros((2, 14, 3))
    for frame in ("camera", "root", "world"):
        assert sample(keypoints_3d=points, frame=frame).keypoints_3d.shape == (2, 14, 3)
    with pytest.raises(InputError, match="frame='camera', 'root' or 'world', and it is None"):
        sample(keypoints_3d=points)
    with pytest.raises(InputError, match="it is 'room'"):
        sample(keypoints_3d=points, frame="room")


def test_a_clips_3d_needs_its_frame_too():
    points = np.zeros((5, 2, 13, 3))
    assert clip(extra={"keypoints_3d": points}, frame="root")[1].frame == "root"
    for frame in (None, "room"):
        with pytest.raises(InputError, match="v1: keypoints_3d needs frame="):
            clip(extra={"keypoints_3d": points}, frame=frame)


def test_unknown_joint_set():
    with pytest.raises(InputError, match="no joint set 'lsp15'"):
        sample(skeleton="lsp15")


def test_clip_gives_samples():
    boxes = np.arange(5 * 2 * 4, dtype=float).reshape(5, 2, 4)
    one = clip(extra={"boxes": boxes}, frames=5)
    assert len(one) == 5
    frame = one[3]
    assert isinstance(frame, Sample)
    assert (frame.id, frame.size, frame.image) == ("v1:3", (20, 30), None)
    np.testing.assert_array_equal(frame.boxes, boxes[3])
    assert one[-1].id == "v1:4"
    with pytest.raises(IndexError):
        one[5]


def test_clip_reads_frames_when_asked():
    class Frames:
        read = 0

        def __len__(self):
            return 5

        def __getitem__(self, t):
            Frames.read += 1
            return IMAGE

    keypoints = np.ones((5, 2, 13, 2))
    visible = np.full((5, 2, 13), 2)
    one = Clip("v1", "penn13", keypoints, visible, frames=Frames())
    assert Frames.read == 0
    assert one[2].image is IMAGE
    assert Frames.read == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"keypoints": np.ones((5, 13, 2))}, "keypoints must be of shape"),
        ({"visible": np.ones((5, 2, 14))}, "visible must be of shape"),
        ({"extra": {"boxes": np.ones((4, 2, 4))}}, "5 frames of keypoints, but 4 of boxes"),
        ({"frames": [IMAGE]}, "5 frames of keypoints, but 1 of frames"),
    ],
)
def test_clip_of_wrong_shape(changes, words):
    with pytest.raises(InputError, match=words):
        if "frames" in changes:
            fields = clip()
            Clip("v1", "penn13", fields.keypoints, fields.visible, **changes)
        else:
            clip(**changes)
