"""Frames out of videos: the right ones, whatever the header says, however often it is killed."""

import importlib.util
import multiprocessing
import os
import signal
import struct
import time

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posekit.datasets import frames
from posekit.errors import InputError

SIDE = 64  # eight columns of eight pixels, one a binary digit


def paint(number):
    image = np.zeros((48, SIDE, 3), np.uint8)
    for bit in range(8):
        image[:, 8 * bit : 8 * bit + 8] = 255 * (number >> bit & 1)
    image[40:, :, 0] = 255  # the lower edge is red (RGB), so that swapped channels are seen
    image[40:, :, 1:] = 0
    return image


def numbers(images):
    digits = images[:, 8:32, 2:SIDE:8].mean((1, 3)) > 128  # (N, 8)
    return (digits << np.arange(8)).sum(1).tolist()


def write_video(path, count, codec="MJPG"):
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*codec), 25, (SIDE, 48))
    assert writer.isOpened()
    for number in range(count):
        writer.write(cv2.cvtColor(paint(number), cv2.COLOR_RGB2BGR))
    writer.release()
    return path


def lie(path, promised):
    """Make the headers of an AVI (whole file and stream) promise another number of frames."""
    raw = bytearray(path.read_bytes())
    struct.pack_into("<I", raw, raw.index(b"avih") + 8 + 16, promised)
    struct.pack_into("<I", raw, raw.index(b"strh") + 8 + 32, promised)
    path.write_bytes(raw)


def tree(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@given(st.integers(1, 40), st.integers(0, 400))
def test_indices_are_spread_evenly(count, more):
    indices = frames.sample_indices(count + more, count)
    assert indices[0] == 0
    assert len(set(indices.tolist())) == count
    if count > 1:
        assert indices[-1] == count + more - 1
        steps = np.diff(indices)
        assert steps.max() - steps.min() <= 1


def test_indices_by_hand():
    assert frames.sample_indices(16).tolist() == list(range(16))
    assert frames.sample_indices(9, 3).tolist() == [0, 4, 8]
    with pytest.raises(InputError, match="16 different frames cannot be taken of 15"):
        frames.sample_indices(15)


@pytest.mark.parametrize("codec", ["MJPG", "XVID", "mp4v"])
@pytest.mark.parametrize("total", [16, 17, 100])
def test_the_right_frames(tmp_path, codec, total):
    video = write_video(tmp_path / ("a.mp4" if codec == "mp4v" else "a.avi"), total, codec)
    found = frames.read_frames(video)
    assert found.total == total
    assert found.images.shape == (16, 48, SIDE, 3)
    assert numbers(found.images) == found.indices.tolist()
    assert found.images[:, 44, :, 0].min() > 150 > found.images[:, 44, :, 2].max()


@pytest.mark.parametrize("promised", [101, 102, 99, 90, 40, 0])
def test_a_header_that_lies_changes_nothing(tmp_path, promised):
    video = write_video(tmp_path / "a.avi", 100)
    lie(video, promised)
    assert cv2.VideoCapture(str(video)).get(cv2.CAP_PROP_FRAME_COUNT) in (promised, 100)
    found = frames.read_frames(video)
    assert found.total == 100
    assert found.indices.tolist() == frames.sample_indices(100).tolist()
    assert numbers(found.images) == found.indices.tolist()


def test_the_usual_lie_needs_one_pass(tmp_path, monkeypatch):
    video = write_video(tmp_path / "a.avi", 100)
    lie(video, 101)
    passes, decode = [], frames._decode
    monkeypatch.setattr(frames, "_decode", lambda *args: passes.append(1) or decode(*args))
    frames.read_frames(video)
    assert len(passes) == 1


def test_bad_videos(tmp_path):
    with pytest.raises(InputError, match=r"short\.avi has 15 frames, and 16 are wanted"):
        frames.read_frames(write_video(tmp_path / "short.avi", 15))
    cut = write_video(tmp_path / "cut.avi", 100)
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    with pytest.raises(InputError, match=r"cut\.avi ends early: \d\d of 100 frames"):
        frames.read_frames(cut)
    (tmp_path / "no.avi").write_bytes(b"not a video" * 100)
    with pytest.raises(InputError, match=r"no\.avi is not a video"):
        frames.read_frames(tmp_path / "no.avi")
    with pytest.raises(InputError, match=r"nobody\.avi is not there"):
        frames.read_frames(tmp_path / "nobody.avi")


def test_frames_as_a_sequence(tmp_path):
    video = frames.VideoFrames(write_video(tmp_path / "a.avi", 31))
    assert len(video) == 16
    assert numbers(np.stack(list(video))) == list(range(0, 31, 2))
    with pytest.raises(IndexError):
        video[16]


@pytest.fixture
def videos(tmp_path):
    names = [
        ("JumpRope", "v_JumpRope_g01_c01"),
        ("JumpRope", "v_JumpRope_g01_c02"),
        ("YoYo", "v_YoYo_g03_c01"),
    ]
    return [
        write_video(tmp_path / "UCF-101" / cls / f"{name}.avi", 20 + 5 * i)
        for i, (cls, name) in enumerate(names)
    ]


def test_layout_does_not_depend_on_workers(tmp_path, videos):
    for workers in (None, 1, 3):
        done = frames.extract(videos, tmp_path / str(workers), workers=workers)
        assert (done.written, done.present, done.failed) == (3, 0, [])
    written = tree(tmp_path / "1")
    assert len(written) == 48
    assert "JumpRope/v_JumpRope_g01_c02/15.jpg" in written
    assert tree(tmp_path / "3") == tree(tmp_path / "None") == written
    last = cv2.imread(str(tmp_path / "1" / "YoYo" / "v_YoYo_g03_c01" / "15.jpg"))
    assert numbers(last[None]) == [29]


def test_what_is_missing_is_done_and_the_rest_left(tmp_path, videos):
    out = tmp_path / "out"
    frames.extract(videos[:1], out)
    before = (out / "JumpRope" / videos[0].stem / "00.jpg").stat().st_mtime_ns
    half = out / "JumpRope" / f".{videos[1].stem}-abc"
    half.mkdir()
    (half / "00.jpg").write_bytes(b"half")
    done = frames.extract(videos, out)
    assert (done.written, done.present) == (2, 1)
    assert (out / "JumpRope" / videos[0].stem / "00.jpg").stat().st_mtime_ns == before
    assert not half.exists()
    assert len(tree(out)) == 48


def _extract_slowly(videos, out):
    write = frames.cv2.imencode

    def slow(*args):
        time.sleep(0.02)
        return write(*args)

    frames.cv2.imencode = slow
    frames.extract(videos, out)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_killed_and_called_again(tmp_path, videos):
    out = tmp_path / "out"
    run = multiprocessing.get_context("spawn").Process(target=_extract_slowly, args=(videos, out))
    run.start()
    until = time.time() + 60
    while not list(out.glob("*/.v_*/0*.jpg")) and time.time() < until:
        time.sleep(0.005)
    os.kill(run.pid, signal.SIGKILL)
    run.join()
    assert list(out.glob("*/.v_*")), "it was killed too late to leave anything half-written"
    whole = [folder for folder in out.glob("*/v_*") if len(list(folder.glob("*.jpg"))) == 16]
    assert len(whole) < 3
    assert len(whole) == len(list(out.glob("*/v_*"))), "a half-written folder has its name"
    frames.extract(videos, out)
    frames.extract(videos, tmp_path / "again")
    assert tree(out) == tree(tmp_path / "again")


def test_one_bad_video_does_not_stop_the_others(tmp_path, videos):
    write_video(videos[1], 7)
    done = frames.extract(videos, tmp_path / "out", workers=2)
    assert done.written == 2
    assert len(done.failed) == 1
    assert "g01_c02.avi has 7 frames, and 16 are wanted" in done.failed[0]
    assert "1 failed:\n" in str(done)
    assert not (tmp_path / "out" / "JumpRope" / videos[1].stem).exists()


def test_another_count_and_two_of_a_name(tmp_path, videos):
    frames.extract(videos, tmp_path / "out")
    with pytest.raises(InputError, match=r"holds 16 frames and not 8"):
        frames.extract(videos, tmp_path / "out", count=8)
    other = write_video(tmp_path / "b" / "YoYo" / videos[2].name, 20)
    with pytest.raises(InputError, match="would both go to"):
        frames.extract([*videos, other], tmp_path / "out2")


def test_find_videos(tmp_path, videos):
    folder = tmp_path / "UCF-101"
    assert frames.find_videos(folder) == videos
    assert frames.find_videos(folder, ["yoyo"]) == videos[2:]
    with pytest.raises(InputError, match="no class 'Golf'; it has: JumpRope, YoYo"):
        frames.find_videos(folder, ["Golf"])
    with pytest.raises(InputError, match="holds no <class>/"):
        frames.find_videos(tmp_path / "nowhere")


def test_command(tmp_path, videos, capsys, monkeypatch):
    monkeypatch.delenv("POSEKIT_MIRROR", raising=False)
    (tmp_path / "UCF-101").rename(tmp_path / "u")
    (tmp_path / "ucf101").mkdir()
    (tmp_path / "u").rename(tmp_path / "ucf101" / "UCF-101")
    ours = ["--root", str(tmp_path), "--out", str(tmp_path / "out"), "--workers", "1"]
    assert frames.main([*ours, "--classes", "YoYo"]) == 0
    assert "1 videos extracted, 0 were there already" in capsys.readouterr().out
    assert frames.main(ours) == 0
    assert len(tree(tmp_path / "out")) == 48
    assert frames.main([*ours, "--count", "8"]) == 2
    assert "holds 16 frames" in capsys.readouterr().err
    write_video(tmp_path / "ucf101" / "UCF-101" / "YoYo" / "v_YoYo_g04_c01.avi", 3)
    assert frames.main(ours) == 1
    if importlib.util.find_spec("dask") is None:
        assert frames.main([*ours, "--dask", "tcp://127.0.0.1:1"]) == 2
        assert "Dask is not installed" in capsys.readouterr().err


@pytest.mark.slow
def test_on_a_dask_cluster(tmp_path, videos):
    distributed = pytest.importorskip("distributed", reason="needs dask and distributed")
    import joblib

    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            dashboard_address=None,
            local_directory=str(tmp_path / "dask"),
        ) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        done = frames.extract(videos, tmp_path / "cluster")
    assert done.written == 3
    frames.extract(videos, tmp_path / "here")
    assert tree(tmp_path / "cluster") == tree(tmp_path / "here")


def test_real_clips(mirror, tmp_path):
    from posekit.datasets.fetch import local

    videos = frames.find_videos(local.find("ucf101", tmp_path, mirror) / "UCF-101")
    assert [frames.read_frames(video).total for video in videos] == [164, 107]
    assert frames.extract(videos, tmp_path / "out").written == 2
    assert len(tree(tmp_path / "out")) == 32
