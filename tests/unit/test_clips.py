"""What all readers of clips share."""

from collections import Counter

import numpy as np
import pytest

from posekit import skeletons
from posekit.data import Clip
from posekit.datasets.clips import ClipReader, ImageFrames, converted
from posekit.datasets.fetch.checks import Report
from posekit.datasets.folder import read_lines
from posekit.errors import InputError


class Made(ClipReader):
    native = "coco17"

    def _load(self):
        return [("a", 3), ("b", 5), ("b", None)]

    def _group(self, entry):
        return entry[0]

    def _clip(self, entry):
        name, frames = entry
        if frames is None:
            raise InputError("this one is damaged.")
        points = np.arange(frames * 34.0).reshape(frames, 1, 17, 2)
        visible = np.full((frames, 1, 17), 2)
        visible[0, 0, :2] = 0, 1
        return Clip(
            id=name,
            skeleton="coco17",
            keypoints=points,
            visible=visible,
            size=(9, 9),
            group=name,
            action="walk",
            fps=5.0,
            frame="world",
            extra={
                "keypoints_3d": np.ones((frames, 1, 17, 3)),
                "scores": points[..., 0],
                "boxes": np.ones((frames, 1, 4)),
            },
        )


def test_a_reader_is_a_sequence():
    clips = Made("nowhere")
    assert len(clips) == 3
    assert clips.groups == {"a", "b"}
    assert len(clips[-2]) == 5
    assert repr(clips) == "Made(all: 3 clips, coco17)"
    with pytest.raises(IndexError):
        clips[3]
    with pytest.raises(InputError, match="Made: no split 'val'; there are: train, test"):
        Made("nowhere", "val")
    with pytest.raises(InputError, match="no joint set 'nobody'"):
        Made("nowhere", skeleton="nobody")


def test_converted():
    own, other = Made("nowhere")[0], Made("nowhere", skeleton="openpose18")[0]
    assert other.skeleton == "openpose18"
    target = skeletons.get("openpose18")
    for joint in ("left_wrist", "right_ear"):
        a, b = skeletons.get("coco17").index(joint), target.index(joint)
        np.testing.assert_array_equal(other.keypoints[:, :, b], own.keypoints[:, :, a])
        np.testing.assert_array_equal(other.extra["scores"][:, :, b], own.extra["scores"][:, :, a])
    neck = target.index("neck")
    np.testing.assert_allclose(
        other.extra["scores"][:, :, neck], own.extra["scores"][:, :, 5:7].mean(-1)
    )
    np.testing.assert_array_equal(other.extra["boxes"], own.extra["boxes"])
    for name in ("id", "action", "fps", "group", "frame", "size"):
        assert getattr(other, name) == getattr(own, name)
    assert other[1].keypoints_3d.shape == (1, 18, 3)
    assert converted(own, "coco17").visible[0, 0, :3].tolist() == [0, 1, 2]


def test_check_counts():
    report = Report("made", "nowhere")
    Made("nowhere").check(report)
    assert report.counts == Counter(
        {
            "clips": 2,
            "frames": 8,
            "joints labelled": 8 * 17 - 2,
            "of these occluded": 2,
            "groups": 2,
        }
    )
    assert report.oddities == {"joints unlabelled": 2}
    assert report.problems == ["this one is damaged."]


def test_image_frames(tmp_path):
    frames = ImageFrames([tmp_path / "a.jpg", tmp_path / "b.jpg"])
    assert len(frames) == 2
    with pytest.raises(InputError, match=r"b\.jpg is not there"):
        frames[1]


def test_read_lines(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"one\r\ntwo\nthree")
    assert read_lines(path) == ["one", "two", "three"]
    path.write_bytes(b"\xff\xd8\xff")
    with pytest.raises(InputError, match=r"a\.txt cannot be read as text"):
        read_lines(path)
    with pytest.raises(InputError, match="is not there"):
        read_lines(tmp_path / "b.txt")
