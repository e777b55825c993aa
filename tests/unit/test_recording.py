"""`posekit record`: landmarks of a video, a camera, a folder, at an even frame rate."""

import signal
import threading

import numpy as np
import pytest

from posekit import cli, live
from posekit.datasets import read_recording
from posekit.live import recording
from posekit.live.blazepose import Detection

from .made_video import TIMES, uneven_video

IMAGE = np.zeros((48, 64, 3), np.uint8)


class Detector:
    """Finds one person, whose landmarks all lie at a share of the picture that is the time in
    seconds; on some frames nobody."""

    def __init__(self, bundle=None, video=False):
        self.video, self.absent, self.times = video, (), []

    def detect(self, image, time_ms):
        self.times.append(time_ms / 1000)
        people = int(len(self.times) - 1 not in self.absent)
        height, width = image.shape[:2]
        points = np.full((people, 33, 2), time_ms / 1000) * (width, height) - 0.5
        more = {"scores": np.ones((people, 33)), "z": np.zeros((people, 33))}
        visible = np.full((people, 33), 2)
        return Detection("x", "blazepose33", points, visible, image=image, **more)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass


class Source(live.sources.Source):
    """Frames of a video that are shown at these times."""

    def __init__(self, times, kind="video", fps=30.0, stop=None):
        super().__init__("film", kind, (48, 64), fps, len(times))
        self.times, self.stop = times, stop

    def __iter__(self):
        for n, shown in enumerate(self.times):
            self.time = shown
            if n == self.stop:
                signal.raise_signal(signal.SIGINT)
            yield IMAGE


@pytest.fixture
def detector(monkeypatch):
    made = Detector()
    monkeypatch.setattr(recording, "BlazePose", lambda bundle, video: made)
    return made


@pytest.fixture
def film(monkeypatch, detector):
    """Puts a source in the place of what is opened."""

    def put(*args, **options):
        source = Source(*args, **options)
        monkeypatch.setattr(recording, "open_source", lambda name: source)
        return source

    return put


def across(clip):
    """Where the nose is in each frame."""
    return clip.landmarks[:, 0, 0]


def test_a_video_at_another_rate_is_put_on_thirty_frames_a_second(film):
    film(np.arange(11) / 10, fps=10.0)
    clip = recording.record("film", progress=False)
    assert clip.fps == 30 and clip.size == (48, 64) and len(clip) == 31
    np.testing.assert_allclose(across(clip), np.arange(31) / 30, atol=1e-6)


def test_a_frame_rate_that_varies_does_no_harm(film):
    film([0, 0.01, 0.3, 0.35, 0.6, 1.0])
    np.testing.assert_allclose(
        across(recording.record("film", False)), np.arange(31) / 30, atol=1e-6
    )


def test_a_video_that_does_not_tell_its_times_goes_by_its_rate(film, detector):
    film([0.0] * 5, fps=20.0)
    recording.record("film", progress=False)
    np.testing.assert_allclose(detector.times, np.arange(5) / 20)


def test_images_of_a_folder_are_taken_at_thirty_a_second(film, detector):
    film([None] * 4, kind="folder", fps=None)
    assert len(recording.record("film", progress=False)) == 4
    np.testing.assert_allclose(detector.times, np.arange(4) / 30)


def test_a_camera_is_timed_by_the_clock(film, detector, monkeypatch):
    clock = iter([100.0, 100.5, 100.6, 101.5, 102.0])
    monkeypatch.setattr(live.sources.time, "perf_counter", lambda: next(clock))
    film([None] * 4, kind="camera", fps=None)
    clip = recording.record(0, progress=False)
    np.testing.assert_allclose(detector.times, [0.5, 0.6, 1.5, 2.0])
    np.testing.assert_allclose(across(clip), 0.5 + np.arange(46) / 30, atol=1e-6)


def test_frames_without_anybody_are_bridged_and_counted(film, detector, capsys):
    detector.absent = (0, 3, 4)
    film(np.arange(8) / 30)
    clip = recording.record("film", progress=False)
    np.testing.assert_allclose(across(clip), np.arange(1, 8) / 30, atol=1e-6)
    assert "nobody on 3 of 8 frames" in capsys.readouterr().err


def test_ctrl_c_keeps_what_was_recorded(film):
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("signals reach the main thread alone")
    # A shell's background job starts with Ctrl-C ignored, and would hand that down.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    film(np.arange(30) / 30, stop=12)
    try:
        assert len(recording.record("film", progress=False)) == 12
    finally:
        signal.signal(signal.SIGINT, before)


# ------------------------------------------------------------------------------- the command
def test_the_command_writes_the_deck_s_format(film, tmp_path, capsys):
    film(np.arange(10) / 30)
    out = tmp_path / "me"
    assert cli.main(["record", "WALK", "--source", "film.mp4", "--out", str(out)]) == 0
    assert read_recording(out / "WALK.txt").shape == (10, 33, 4)
    assert "WALK.txt, 10 frames, 0.3 s" in capsys.readouterr().out


def test_a_file_is_never_overwritten(film, detector, tmp_path, capsys):
    film(np.arange(10) / 30)
    (tmp_path / "WALK.txt").write_text("mine")
    assert cli.main(["record", "WALK", "--out", str(tmp_path)]) == 2
    assert "WALK.txt is there already: delete it" in capsys.readouterr().err
    assert (tmp_path / "WALK.txt").read_text() == "mine" and detector.times == []


def test_nobody_on_any_frame(film, detector, tmp_path, capsys):
    detector.absent = range(10)
    film(np.arange(10) / 30)
    assert cli.main(["record", "WALK", "--source", "film.mp4", "--out", str(tmp_path / "me")]) == 2
    assert "nobody was found on any of 10 frames" in capsys.readouterr().err
    assert not (tmp_path / "me").exists()


def test_an_action_is_a_word(tmp_path, capsys):
    assert cli.main(["record", "../WALK", "--out", str(tmp_path)]) == 2
    assert "no name of a file" in capsys.readouterr().err


def test_a_source_that_is_not_there(tmp_path, capsys):
    assert cli.main(["record", "WALK", "--source", "gone.mp4", "--out", str(tmp_path)]) == 2
    assert "gone.mp4 does not exist" in capsys.readouterr().err


def test_the_times_of_a_video_are_its_own(tmp_path):
    path = tmp_path / "film.mp4"
    with live.Writer(path, 10) as writer:
        for _ in range(5):
            writer.write(IMAGE)
    with live.open_source(path) as frames:
        times = [frames.time for _ in frames]
    np.testing.assert_allclose(times, np.arange(5) / 10, atol=1e-3)


def test_also_where_its_frame_rate_varies(tmp_path, detector):
    recording.record(uneven_video(tmp_path / "film.mp4"), progress=False)
    np.testing.assert_allclose(detector.times, TIMES, atol=1e-6)
