"""A video that was cut off is told from one that was trimmed, and any name can be opened."""

import os
import struct

import pytest

from posekit.data.videos import open_video, stops_short
from posekit.datasets import frames
from posekit.datasets.fetch.checks import Report, check_folder
from posekit.datasets.fetch.registry import DATASETS
from posekit.errors import InputError

from .test_frames import numbers, write_video

TOTAL, HIDDEN, SHOWN = 120, 48, 40  # frames; the lead-in of four key frames is hidden


def trim(path, first, count, fps=25):
    """What a phone's *trim* does: an edit list that shows ``count`` frames from ``first`` on."""
    raw = bytearray(path.read_bytes())
    clock = struct.unpack(">I", raw[(at := raw.index(b"mvhd") + 16) : at + 4])[0]
    ticks = struct.unpack(">I", raw[(at := raw.index(b"mdhd") + 16) : at + 4])[0]
    at = raw.index(b"elst") + 12
    struct.pack_into(">Ii", raw, at, count * clock // fps, first * ticks // fps)
    path.write_bytes(raw)


def front(path):
    """The header before the frames, as files for the web have it: a cut file still opens."""
    raw = path.read_bytes()
    boxes, at = {}, 0
    while at < len(raw):
        length, kind = struct.unpack_from(">I4s", raw, at)
        boxes[kind], at = raw[at : at + length], at + length
    moov = bytearray(boxes[b"moov"])
    table = moov.index(b"stco") + 8
    for n in range(struct.unpack_from(">I", moov, table)[0]):
        entry = table + 4 + 4 * n
        struct.pack_into(">I", moov, entry, struct.unpack_from(">I", moov, entry)[0] + len(moov))
    others = b"".join(box for kind, box in boxes.items() if kind not in (b"moov", b"ftyp"))
    path.write_bytes(boxes[b"ftyp"] + moov + others)


@pytest.fixture
def video(tmp_path):
    return write_video(tmp_path / "a.mp4", TOTAL, "mp4v")


def problems(folder):
    report = check_folder(DATASETS["people_media"], folder)
    assert isinstance(report, Report)
    return report.problems


def test_a_trimmed_video_is_judged_by_what_decodes(video):
    trim(video, HIDDEN, SHOWN)
    found = frames.read_frames(video)
    assert found.total == SHOWN
    expected = [HIDDEN + i for i in found.indices.tolist()]
    assert numbers(found.images) == expected
    assert problems(video.parent) == []


@pytest.mark.parametrize("trimmed", [False, True])
def test_a_video_that_was_cut_off_is_none(video, trimmed):
    if trimmed:
        trim(video, 0, 100)
    front(video)
    assert frames.read_frames(video).total == (100 if trimmed else TOTAL)
    video.write_bytes(video.read_bytes()[: video.stat().st_size * 6 // 10])
    with pytest.raises(InputError, match=r"a\.mp4 ends early"):
        frames.read_frames(video)
    assert "ends early" in problems(video.parent)[0]


def test_a_header_that_promises_more_is_no_edit_list(video):
    assert stops_short(video, 60, TOTAL)
    assert not stops_short(video, TOTAL - 2, TOTAL)
    assert not stops_short(video, 110, TOTAL, tolerance=0.1)
    trim(video, HIDDEN, SHOWN)
    assert not stops_short(video, SHOWN, TOTAL)


@pytest.mark.parametrize("at", range(0, 400, 7))
def test_damaged_boxes_are_no_trimming(video, at):
    trim(video, HIDDEN, SHOWN)
    raw = bytearray(video.read_bytes())
    start = raw.index(b"moov")
    for value in (0, 1, 255):
        raw[start + at] = value
        video.write_bytes(raw)
        assert stops_short(video, SHOWN, TOTAL) in (True, False)


@pytest.mark.parametrize("name", ["12:30 run.avi", "a%02d.avi", "http:a.avi", "-a.avi", "é 😀.avi"])
def test_a_video_may_be_called_anything(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    write_video(tmp_path / "a.avi", 20)
    os.rename("a.avi", name)
    assert open_video(name).isOpened(), name
    assert numbers(frames.read_frames(name, 5).images) == [0, 5, 10, 14, 19]
    assert problems(tmp_path) == []
