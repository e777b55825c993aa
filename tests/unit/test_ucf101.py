"""UCF101: lists with every trap of the official ones, clips, extracted frames."""

import numpy as np
import pytest

from posekit.datasets import frames
from posekit.datasets.fetch import local
from posekit.datasets.ucf101 import UCF101, read_classes, read_list
from posekit.errors import InputError

from .test_frames import numbers, write_video

CLASSES = ("ApplyEyeMakeup", "HandstandPushups", "YoYo")
NAMES = (
    "ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01",
    "HandStandPushups/v_HandStandPushups_g01_c02",
    "YoYo/v_YoYo_g25_c05",
)


def lists(folder, test_labels=False):
    """Lists with CRLF, labels from 1, none in the test list, and the name's other spelling."""
    folder = folder / "ucfTrainTestlist"
    folder.mkdir(parents=True)
    index = "".join(f"{i} {name}\r\n" for i, name in enumerate(CLASSES, 1))
    (folder / "classInd.txt").write_bytes(index.encode())
    train = f"{NAMES[0]}.avi 1\r\n{NAMES[2]}.avi 3\r\n"
    (folder / "trainlist01.txt").write_bytes(train.encode())
    label, end = (" 2", "\n") if test_labels else ("", "\r\n")
    (folder / "testlist01.txt").write_bytes(f"{NAMES[1]}.avi{label}{end}".encode())
    return folder


def videos(folder):
    """The clips; one folder spells its class as the archive does, not as the lists do."""
    root = folder / "UCF-101"
    names = (NAMES[0], "HandstandPushups/v_HandStandPushups_g01_c02", NAMES[2])
    return [write_video(root / f"{name}.avi", 20 + i) for i, name in enumerate(names)]


@pytest.mark.parametrize("labelled", [False, True])
def test_lists(tmp_path, labelled):
    lists(tmp_path, labelled)
    clips = UCF101(tmp_path, images=False)
    assert [clip.action for clip in clips] == ["ApplyEyeMakeup", "YoYo", "HandstandPushups"]
    assert [clip.group for clip in clips] == [
        "ApplyEyeMakeup_g08",
        "YoYo_g25",
        "HandstandPushups_g01",
    ]
    assert clips.classes == CLASSES
    assert [clip.id for clip in UCF101(tmp_path, "test", images=False)] == [NAMES[1]]
    assert all(clip.frames is None for clip in clips)


def test_a_clip_without_people(tmp_path):
    lists(tmp_path)
    videos(tmp_path)
    clip = UCF101(tmp_path, "test")[0]
    assert clip.keypoints.shape == (16, 0, 17, 2)
    sample = clip[15]
    assert len(sample) == 0
    assert numbers(sample.image[None]) == [20]
    assert numbers(np.stack(list(clip.frames))) == frames.sample_indices(21).tolist()
    other = UCF101(tmp_path, "test", skeleton="lsp14", count=5)[0]
    assert other.keypoints.shape == (5, 0, 14, 2)


def test_extracted_frames(tmp_path):
    lists(tmp_path)
    frames.extract(videos(tmp_path), tmp_path / "frames")
    decoded, extracted = UCF101(tmp_path)[1], UCF101(tmp_path, frames=tmp_path / "frames")[1]
    assert numbers(np.stack(list(extracted.frames))) == numbers(np.stack(list(decoded.frames)))
    (tmp_path / "frames" / f"{NAMES[2]}" / "15.jpg").unlink()
    with pytest.raises(InputError, match="g25_c05 holds 15 frames and not 16"):
        UCF101(tmp_path, frames=tmp_path / "frames")[1]


def test_absent_clips_are_left_out_and_named(tmp_path):
    lists(tmp_path)
    videos(tmp_path)[0].unlink()
    clips = UCF101(tmp_path)
    assert clips.absent == [f"{NAMES[0]}.avi"]
    assert len(clips) == 2
    assert "1 listed but absent" in repr(clips)
    with pytest.raises(InputError, match="none of the 1 listed clips"):
        UCF101(tmp_path, "test", frames=tmp_path / "nowhere")


def test_short_clip(tmp_path):
    lists(tmp_path)
    write_video(videos(tmp_path)[0], 9)
    with pytest.raises(InputError, match=r"g08_c01\.avi has 9 frames, and 16 are wanted"):
        UCF101(tmp_path)[0][0]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Archery/v_Archery_g01_c01.avi 4", r"line 2: class 'Archery' is not in the class index"),
        ("YoYo/v_YoYo_g01_c01.avi 1", r"line 2: the label is 1, and YoYo is class 3"),
        ("YoYo/v_YoYo_c01.avi 3", r"line 2: it should be Class/v_Class_gXX_cYY\.avi"),
        ("YoYo/v_YoYo_g01_c01.mp4 3", r"line 2: it should be"),
        ("YoYo/v_YoYo_g01_c01.avi 3 3", r"line 2: it should be"),
    ],
)
def test_bad_lines(tmp_path, line, words):
    path = lists(tmp_path) / "trainlist01.txt"
    path.write_text(f"{NAMES[0]}.avi 1\r\n{line}\r\n")
    with pytest.raises(InputError, match=r"trainlist01\.txt, " + words):
        UCF101(tmp_path, "train", images=False)


def test_bad_files(tmp_path):
    folder = lists(tmp_path)
    (folder / "testlist01.txt").write_text("\r\n")
    with pytest.raises(InputError, match=r"testlist01\.txt lists no clip"):
        read_list(folder / "testlist01.txt", CLASSES)
    for text, words in (("1 A\r\n3 B\r\n", "line 2: it should be 2 and"), ("", "is empty")):
        (folder / "classInd.txt").write_text(text)
        with pytest.raises(InputError, match=rf"classInd\.txt,? {words}"):
            read_classes(folder / "classInd.txt")
    (folder / "classInd.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read as text"):
        read_classes(folder / "classInd.txt")
    with pytest.raises(InputError, match=r"classInd\.txt is not there"):
        UCF101(tmp_path / "nowhere")
    with pytest.raises(InputError, match="splits 1, 2 and 3, and no 0"):
        UCF101(tmp_path, fold=0)


def test_real_lists_and_clips(mirror, tmp_path):
    folder = local.find("ucf101", tmp_path, mirror)
    for fold, sizes in zip((1, 2, 3), [(9537, 3783), (9586, 3734), (9624, 3696)]):
        train, test = (
            UCF101(folder, split, fold=fold, images=False) for split in ("train", "test")
        )
        assert (len(train), len(test)) == sizes
        assert not train.groups & test.groups
        assert len({entry.action for entry in train.entries}) == 101
    clips = UCF101(folder)
    assert len(clips) == 2
    assert len(clips.absent) == 13_318
    assert clips[1][15].image.shape == (240, 320, 3)
    assert len(UCF101(folder, images=False)) == 13_320
