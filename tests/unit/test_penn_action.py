"""Penn Action, from generated label files with the real ones' traps, and from the mirror."""

import numpy as np
import pytest
from scipy.io import savemat

from posekit.datasets.fetch import local
from posekit.datasets.penn_action import PennAction, read_label
from posekit.errors import InputError

from .made_sets import write_image


def label(folder, number, frames=4, **other):
    """A label file; returns the x and y (T, 13) that went in, MATLAB's pixels."""
    rng = np.random.default_rng(number)
    x, y = rng.integers(20, 200, (2, frames, 13)).astype(np.uint8)  # the smallest type, as there
    fields = {
        "action": "squat",
        "pose": "front",
        "x": x,
        "y": y,
        "train": 1,
        "visibility": np.ones((frames, 13), np.uint8),
        "bbox": np.tile([10.0, 20, 110, 220], (frames, 1)),
        "nframes": np.uint8(frames),
        "dimensions": np.array([[270, 480, frames]], np.uint16),
    }
    (folder / "labels").mkdir(parents=True, exist_ok=True)
    savemat(folder / "labels" / f"{number:04}.mat", fields | other)
    return x, y


def test_a_clip(tmp_path):
    x, y = label(tmp_path, 7)
    (clip,) = PennAction(tmp_path)
    assert (clip.id, clip.action, clip.group, clip.size) == ("0007", "squat", "0007", (270, 480))
    assert clip.frames is None
    np.testing.assert_array_equal(clip.keypoints[:, 0], np.stack([x, y], -1) - 1.0)
    assert (clip.visible == 2).all()
    np.testing.assert_array_equal(clip[3].boxes, [[9, 19, 109, 219]])


def test_official_split(tmp_path):
    for number, train in ((1, 1), (2, -1), (3, 1)):
        label(tmp_path, number, train=train)
    ids = {
        split: [clip.id for clip in PennAction(tmp_path, split)]
        for split in (None, "train", "test")
    }
    assert ids == {None: ["0001", "0002", "0003"], "train": ["0001", "0003"], "test": ["0002"]}
    assert not PennAction(tmp_path, "train").groups & PennAction(tmp_path, "test").groups
    with pytest.raises(InputError, match="no split 'val'; there are: train, test"):
        PennAction(tmp_path, "val")


def test_frames_are_read_when_looked_at(tmp_path):
    label(tmp_path, 1, frames=3)
    paths = [write_image(tmp_path / "frames" / "0001" / f"{t:06}.jpg") for t in (1, 2, 3)]
    clip = PennAction(tmp_path)[0]
    paths[2].write_bytes(b"")
    assert clip[0].image.shape == (40, 30, 3)
    with pytest.raises(InputError, match=r"000003\.jpg is empty"):
        clip[2]
    assert PennAction(tmp_path, images=False)[0].frames is None
    paths[2].unlink()
    with pytest.raises(InputError, match="0001 holds 2 frames, and its label file is for 3"):
        PennAction(tmp_path)[0]


def test_bbox_shorter_than_the_clip(tmp_path):
    label(tmp_path, 1, bbox=np.tile([10.0, 20, 110, 220], (3, 1)))
    boxes = PennAction(tmp_path)[0].extra["boxes"]
    assert boxes.shape == (4, 1, 4)
    assert np.isfinite(boxes[:3]).all()
    assert np.isnan(boxes[3]).all()


def test_invisible_joints(tmp_path):
    x = np.full((2, 13), 50.0)
    x[0, 0], x[0, 1] = 1, 480  # left there by the tool, on the border
    seen = np.ones((2, 13))
    seen[0, :3] = 0
    label(tmp_path, 1, frames=2, x=x, y=np.full((2, 13), 60.0), visibility=seen)
    clip = PennAction(tmp_path)[0]
    assert clip.visible[0, 0, :4].tolist() == [0, 0, 0, 2]
    assert np.isnan(clip.keypoints[0, 0, :3]).all()
    guessed = PennAction(tmp_path, occluded=True)[0]
    assert guessed.visible[0, 0, :4].tolist() == [0, 0, 1, 2]
    np.testing.assert_array_equal(guessed.keypoints[0, 0, 2], (49, 59))


def test_another_skeleton(tmp_path):
    label(tmp_path, 1)
    own, coco = PennAction(tmp_path)[0], PennAction(tmp_path, skeleton="coco17")[0]
    np.testing.assert_array_equal(coco.keypoints[:, 0, 5], own.keypoints[:, 0, 1])
    assert (coco.visible[:, 0, 0] == 0).all()  # a nose that it does not have
    assert coco.group == own.group


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"x": np.ones((5, 13))}, r"0001\.mat: x must be of shape \(4, 13\).*is \(5, 13\)"),
        ({"visibility": np.ones((4, 14))}, r"0001\.mat: visibility must be"),
        ({"bbox": np.ones((5, 4))}, r"0001\.mat: bbox must be of shape \(4, 4\) at most"),
        ({"bbox": np.ones((4, 3))}, r"0001\.mat: bbox"),
        ({"x": np.full((4, 13), "a")}, r"0001\.mat: x must be numbers, and is an array of str"),
        ({"nframes": np.zeros((0, 0))}, r"0001\.mat: nframes must be a whole number"),
        ({"action": 7.0}, r"0001\.mat: action must be a text"),
        ({"dimensions": np.array([[np.nan, 480, 4]])}, r"0001\.mat: dimensions: height"),
        ({"train": np.array([1, 1])}, r"0001\.mat: train must be a whole number, -1 to 1"),
    ],
)
def test_wrong_shapes(tmp_path, other, words):
    label(tmp_path, 1, **other)
    with pytest.raises(InputError, match=words):
        PennAction(tmp_path)


def test_files_that_are_none(tmp_path):
    with pytest.raises(InputError, match=r"labels holds no \.mat file"):
        PennAction(tmp_path)
    path = tmp_path / "a.mat"
    path.write_bytes(b"damaged")
    with pytest.raises(InputError, match=r"a\.mat cannot be read as a label file"):
        read_label(path)
    savemat(path, {"x": 1})
    with pytest.raises(InputError, match=r"a\.mat is no label file of Penn Action: it has no act"):
        read_label(path)


def test_real_labels(mirror, tmp_path):
    folder = local.find("penn_action", tmp_path, mirror)
    train, test = PennAction(folder, "train"), PennAction(folder, "test")
    assert (len(train), len(test)) == (1258, 1068)
    assert not train.groups & test.groups
    clips = [*train, *test]
    assert len({clip.action for clip in clips}) == 15
    assert sum(map(len, clips)) == 163_841
    assert sum(int((clip.visible == 2).sum()) for clip in clips) == 1_660_432
    short = [clip.id for clip in clips if np.isnan(clip.extra["boxes"]).any()]
    assert sorted(short) == ["1154", "1865"]
