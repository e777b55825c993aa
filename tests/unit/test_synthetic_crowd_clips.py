"""Clips of several people: who is who, who stands before whom, and labels without images."""

import numpy as np
import pytest

from posekit.data import Clip
from posekit.errors import InputError
from posekit.synthetic import CrowdClips
from posekit.synthetic.human.dressed_body import PARTS

SMALL = {"size": (72, 128), "frames": 24, "skeleton": "lsp14"}


@pytest.fixture(scope="module")
def crossing():
    """Two people who pass each other: the clip, its frames and its labels alone."""
    clips = CrowdClips(0, 1, people=2, **SMALL)
    return clips[0], clips._rendered(0), clips.labels(0)


def middles(clip: Clip) -> np.ndarray:
    """(T, P) pixels from the left: the middle of each person's joints."""
    return np.nanmean(clip.keypoints[..., 0], axis=-1)


def test_a_clip_is_a_clip(crossing):
    clip, _, labels = crossing
    assert clip.keypoints.shape == (24, 2, 14, 2) and clip.frames[3].shape == (72, 128, 3)
    assert clip.action == "walk" and clip.fps == 15 and clip.group == labels.group
    sample = clip[5]
    assert len(sample) == 2 and sample.keypoints_3d.shape == (2, 14, 3)
    np.testing.assert_allclose(
        sample.camera.turned(np.eye(3)).project(sample.keypoints_3d, "camera"),
        sample.keypoints,
        atol=1e-3,
    )
    assert labels.frames is None
    np.testing.assert_array_equal(labels.keypoints, clip.keypoints)
    for name in ("keypoints", "keypoints_3d"):
        np.testing.assert_allclose(getattr(labels[5], name), getattr(sample, name), atol=1e-5)
    np.testing.assert_array_equal(labels.camera.matrix, clip.camera.matrix)


def test_one_frame_can_be_painted_alone(crossing):
    clip, _, _ = crossing
    images = CrowdClips(0, 1, people=2, **SMALL).images(0)
    assert len(images) == 24
    np.testing.assert_array_equal(images[5], clip.frames[5])


@pytest.mark.parametrize("index", range(8))
def test_walkers_cross_and_keep_their_places(index):
    clip = CrowdClips(1, 8, people=(2, 5), **SMALL | {"frames": 64}).labels(index)
    x = middles(clip)
    assert x.shape == (64, 2 + index % 4)
    order = np.argsort(x, axis=1)
    assert (order[0] != order[-1]).any(), "nobody passed anybody"
    # A person goes on where they were: no two have changed places.
    assert np.abs(np.diff(x, axis=0)).max() < 0.06 * clip.size[1]


def test_the_nearer_one_hides_the_farther_one():
    clips = CrowdClips(0, 2, people=2, **SMALL)  # of the second one, one is nearer throughout
    clip, frames, labels = clips[1], clips._rendered(1), clips.labels(1)
    near = clip.extra["keypoints_3d"][..., 2].mean((0, 2)).argmin()
    hidden = {"painted": np.zeros(clip.visible.shape, bool), "known": labels.visible == 1}
    for t in range(len(clip)):
        ids = frames._paint(t)[1]
        x, y = np.rint(clip.keypoints[t]).astype(int).transpose(2, 0, 1)
        owner = np.where(ids[y, x] > 0, ids[y, x] // PARTS, -1)
        hidden["painted"][t] = (owner >= 0) & (owner != np.arange(2)[:, None])
    for what, which in hidden.items():
        assert which[:, 1 - near].mean() > 0.03, what
        assert which[:, near].mean() < 0.25 * which[:, 1 - near].mean(), what
    # The painting knows of no joint under another person that would be visible.
    assert (clip.visible[hidden["painted"]] == 1).all()
    assert (hidden["painted"] != hidden["known"]).mean() < 0.03


def test_the_same_seed_gives_the_same_and_no_clip_knows_of_the_others():
    a, b = CrowdClips(3, 9, **SMALL), CrowdClips(3, 4, **SMALL)
    np.testing.assert_array_equal(a.labels(3).keypoints, b.labels(-1).keypoints)
    assert (a.labels(3).keypoints[0, 0] != a.labels(7).keypoints[0, 0]).any()
    np.testing.assert_array_equal(a[2].frames[4], b[2].frames[4])


def test_who_does_something_stays_beside_the_others():
    clips = CrowdClips(0, 6, people=(2, 4), actions=("squat", "jumping_jacks"), **SMALL)
    kinds = set()
    for index in range(len(clips)):
        clip, names = clips.labels(index), clips.actions_of(index)
        assert len(names) == clip.keypoints.shape[1]
        kinds |= set(names)
        x = np.sort(middles(clip), axis=1)
        assert np.diff(x, axis=1).min() > 0.08 * clip.size[1]
        assert clip.action == (names[0] if len(set(names)) == 1 else None)
    assert kinds == {"squat", "jumping_jacks"}


def test_one_person_and_twenty():
    assert CrowdClips(0, 1, people=1, **SMALL).labels(0).keypoints.shape[1] == 1
    many = CrowdClips(0, 1, people=20, **SMALL | {"frames": 3})[0]
    assert many.keypoints.shape == (3, 20, 14, 2) and many.frames[1].std() > 5


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"people": 0}, "people must be from 1 to 20, and is 0"),
        ({"people": 21}, "people must be from 1 to 20, and is 21"),
        ({"people": (4, 2)}, "people must be from 4 to 20, and is 2"),
        ({"actions": ("walk", "dance")}, "no action 'dance'"),
        ({"actions": ()}, "no action None"),
        ({"frames": 0}, "frames must be at least 1"),
        ({"fps": 0}, "fps must be positive"),
        ({"difficulty": "odd"}, "no difficulty 'odd'"),
    ],
)
def test_settings_that_make_no_sense(settings, says):
    with pytest.raises(InputError, match=says):
        CrowdClips(0, 1, **settings)
