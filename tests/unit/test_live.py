"""BlazePose on posekit's grid, and the live command: what it writes, says and refuses."""

import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import cv2
import matplotlib.cbook
import numpy as np
import pytest

from posekit import cli, files, live
from posekit.data import Sample
from posekit.data.images import read_image
from posekit.errors import InputError
from posekit.live import (
    BlazePose,
    Detection,
    Writer,
    blazepose,
    open_source,
    pipeline,
    run_live,
    show_poses,
    sinks,
    write_image,
)

from .made_camera import plug_in
from .made_video import TIMES, uneven_video


def landmark(x, y, z=0.0, visibility=1.0, presence=1.0):
    return SimpleNamespace(x=x, y=y, z=z, visibility=visibility, presence=presence)


def result(*people):
    """A MediaPipe result: each person is 33 landmarks, its world landmarks the same."""
    return SimpleNamespace(pose_landmarks=list(people), pose_world_landmarks=list(people))


IMAGE = np.full((100, 200, 3), 90, np.uint8)


def test_fractions_of_the_image_become_pixels_of_the_grid():
    person = [landmark(0.5, 0.5, -0.25)] * 31 + [landmark(0, 0), landmark(1, 1)]
    found = blazepose._detection(IMAGE, result(person), "image")
    # The image covers [-0.5, 199.5]: its left edge is -0.5, its middle 99.5, on both axes.
    assert found.keypoints[0, 0].tolist() == [99.5, 49.5]
    assert found.keypoints[0, 31].tolist() == [-0.5, -0.5]
    assert found.keypoints[0, 32].tolist() == [199.5, 99.5]
    assert found.z[0, 0] == -50, "z is on the scale of x: a fraction of the width"
    assert found.keypoints_3d[0, 0].tolist() == [0.5, 0.5, -0.25], "metres stay metres"
    assert found.frame == "root", "MediaPipe's world is about the hips, in the camera's axes"
    assert (found.skeleton, found.size, found.image is IMAGE) == ("blazepose33", (100, 200), True)


def test_visibility_is_the_score_and_the_flag():
    person = [landmark(0.5, 0.5, 0, k / 32, 1 - k / 32) for k in range(33)]
    found = blazepose._detection(IMAGE, result(person, person), "image")
    assert found.scores[1] == pytest.approx(np.arange(33) / 32)
    assert found.presence[1] == pytest.approx(1 - np.arange(33) / 32)
    assert found.visible[1].tolist() == [1] * 16 + [2] * 17
    assert np.isfinite(found.keypoints).all(), "occluded landmarks keep their guess"


def test_nobody_is_an_empty_detection():
    found = blazepose._detection(IMAGE, result(), "image")
    assert len(found) == 0
    assert found.keypoints.shape == (0, 33, 2) and found.keypoints_3d.shape == (0, 33, 3)
    assert found.z.shape == found.scores.shape == found.presence.shape == (0, 33)
    assert np.array_equal(show_poses(found), IMAGE)


def test_drawing_leaves_the_image_alone_and_shows_the_note():
    image = IMAGE.copy()
    found = blazepose._detection(image, result([landmark(0.7, k / 33) for k in range(33)]), "image")
    plain, noted = show_poses(found), show_poses(found, "12 fps")
    assert (image == 90).all()
    assert (plain != image).any()
    assert (noted[:8, :8] == 0).all() and np.array_equal(noted[50:], plain[50:])


# ---- bad input ------------------------------------------------------------------------


def test_without_the_bundle_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(blazepose, "bundle_path", lambda: None)
    with pytest.raises(InputError, match="posekit data get mediapipe_pose"):
        BlazePose()


def test_a_bundle_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"gone\.task does not exist"):
        BlazePose(tmp_path / "gone.task")


def test_a_damaged_bundle_is_named(tmp_path, capfd):
    pytest.importorskip("mediapipe")
    (tmp_path / "half.task").write_bytes(b"PK not a bundle")
    with pytest.raises(InputError, match=r"half\.task is no pose bundle"):
        BlazePose(tmp_path / "half.task")
    assert capfd.readouterr().err == "", "MediaPipe's own messages must not show"


def test_without_mediapipe_it_says_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "a.task").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    with pytest.raises(InputError, match="pip install mediapipe"):
        BlazePose(tmp_path / "a.task")


@pytest.mark.parametrize(
    "wrong", [{"poses": 0}, {"poses": 10**6}, {"confidence": 1.5}, {"confidence": -0.1}]
)
def test_settings_out_of_range(wrong):
    with pytest.raises(InputError, match=f"{next(iter(wrong))} must be "):
        BlazePose(**wrong)


# ---- the landmarker's calls, with a stand-in for MediaPipe's ----------------------------


class Landmarker:
    """Records the times it is called with; finds one person from the third frame on."""

    def __init__(self):
        self.times, self.closed, self.calls = [], 0, 0

    def detect(self, image):
        self.calls += 1
        return result(*[[landmark(0.5, 0.5)] * 33] * (self.calls > 2))

    def detect_for_video(self, image, time_ms):
        self.times.append(time_ms)
        return self.detect(image)

    def close(self):
        self.closed += 1


@pytest.fixture
def landmarker(monkeypatch, tmp_path):
    pytest.importorskip("mediapipe")
    fake = Landmarker()
    bundle = tmp_path / "models" / "pose.task"
    bundle.parent.mkdir()
    bundle.write_bytes(b"")
    monkeypatch.setattr(blazepose, "_landmarker", lambda *args: fake)
    monkeypatch.setattr(blazepose, "bundle_path", lambda: bundle)
    monkeypatch.setattr(pipeline, "bundle_path", lambda: bundle)
    return fake


def test_times_always_grow(landmarker):
    with BlazePose(video=True) as net:
        for time_ms in (0, 0, -5, 100.4, 100, None, 50):
            net.detect(IMAGE, time_ms)
    assert landmarker.times == [0, 1, 2, 100, 101, 134, 135]


def test_it_is_closed_once(landmarker):
    with BlazePose() as net:
        net.detect(IMAGE)
        net.close()
    assert landmarker.closed == 1
    with pytest.raises(InputError, match="is closed"):
        net.detect(IMAGE)
    net = BlazePose()
    del net
    assert landmarker.closed == 2, "one that is forgotten is closed too"


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((5, 5), np.uint8),
        np.zeros((5, 5, 4), np.uint8),
        np.zeros((5, 5, 3), np.float32),
        np.zeros((0, 0, 3), np.uint8),
        np.zeros((0, 5, 3), np.uint8),
    ],
)
def test_what_is_no_image_is_refused(landmarker, image):
    with BlazePose() as net, pytest.raises(InputError, match=r"must be \(H, W, 3\) uint8 RGB"):
        net.detect(image)
    assert landmarker.calls == 0, "MediaPipe must not see it: after one it answers no more"


# ---- what is drawn ----------------------------------------------------------------------


@pytest.mark.parametrize("known, drawn", [(0, False), (1, False), (4, False), (5, True)])
def test_a_skeleton_of_a_few_joints_is_not_drawn(known, drawn):
    """Of 17 joints a quarter must be known; a second person is drawn all the same."""
    points = np.full((2, 17, 2), np.nan, np.float32)
    points[0, :known], points[1] = 20, 80
    points[:, :, 0] += np.arange(17)
    found = Sample("a", "coco17", points, np.full((2, 17), 2), image=IMAGE)
    image = show_poses(found)
    at_first = (image[10:31, 10:45] != 90).any()
    assert at_first == drawn, f"{known} of 17 known: drawn is {at_first}, due is {drawn}"
    assert (image[70:91, 70:105] != 90).any()
    hidden = Sample("a", "coco17", np.nan_to_num(points[1:]), np.eye(1, 17), image=IMAGE)
    assert np.array_equal(show_poses(hidden), IMAGE), "what is not labelled is not known"


# ---- the live command -------------------------------------------------------------------


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "clip.avi"
    with Writer(path, fps=10) as writer:
        for _ in range(6):
            writer.write(IMAGE)
    return path


def test_a_video_is_drawn_into_a_video(landmarker, clip, tmp_path, capsys):
    assert run_live(clip, out=tmp_path / "drawn.mp4") == 0
    with open_source(tmp_path / "drawn.mp4") as drawn:
        frames = list(drawn)
        assert len(frames) == 6 and drawn.fps == 10 and drawn.size == (100, 200)
    assert np.abs(frames[5].astype(int) - IMAGE)[:, 90:110].max() > 40, "a skeleton is drawn"
    assert landmarker.times == [0, 100, 200, 300, 400, 500], "the video's own times"
    printed = capsys.readouterr().out
    assert "clip.avi: 6 frames; people found: 0 in 2, 1 in 4;" in printed
    assert "frames per second" in printed and "drawn.mp4" in printed


def test_a_frame_rate_that_varies_does_no_harm(landmarker, tmp_path):
    """The header says 10 frames a second; the first ten come at 20, the others at 20 / 3."""
    path = uneven_video(tmp_path / "uneven.mp4")
    assert open_source(path).fps == 10
    assert run_live(path, out=tmp_path / "drawn.mp4") == 0
    assert landmarker.times == (1000 * TIMES).round().tolist()


def test_a_video_that_ends_early_is_drawn_and_reported(landmarker, tmp_path, capsys):
    noise = np.random.default_rng(0).integers(0, 255, (20, 96, 128, 3), dtype=np.uint8)
    path = tmp_path / "cut.avi"
    with Writer(path, fps=10) as writer:
        for frame in noise:
            writer.write(frame)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert run_live(path, out=tmp_path / "drawn.mp4") == 0
    assert "says 20 frames, but" in capsys.readouterr().err
    assert (tmp_path / "drawn.mp4").exists()


def test_a_folder_of_images_is_drawn_into_a_folder(landmarker, tmp_path):
    for name, width in (("a.png", 200), ("b.jpg", 150), ("c.png", 120)):
        write_image(tmp_path / "in" / name, IMAGE[:, :width])
    assert run_live(tmp_path / "in", out=tmp_path / "drawn") == 0
    assert sorted(path.name for path in (tmp_path / "drawn").iterdir()) == [
        "a.png",
        "b.jpg",
        "c.png",
    ]
    assert read_image(tmp_path / "drawn" / "c.png").shape == (100, 120, 3)
    assert landmarker.times == [], "unrelated images are not followed as a video"


def test_a_folder_of_several_sizes_is_no_video(landmarker, tmp_path):
    for name, width in (("a.png", 200), ("b.png", 150)):
        write_image(tmp_path / "in" / name, IMAGE[:, :width])
    with pytest.raises(InputError, match="images of several sizes go to a folder"):
        run_live(tmp_path / "in", out=tmp_path / "drawn.mp4")
    assert not list(tmp_path.glob("drawn*"))


def test_an_image_is_drawn_into_an_image(landmarker, tmp_path, capsys):
    write_image(tmp_path / "a.png", IMAGE)
    assert run_live(tmp_path / "a.png", out=tmp_path / "drawn.jpg") == 0
    assert read_image(tmp_path / "drawn.jpg").shape == IMAGE.shape
    assert "a.png: 1 frame;" in capsys.readouterr().out


@pytest.mark.parametrize(
    "source, out, words",
    [
        ("clip.avi", "drawn.gif", r"goes to a video \(\.mp4"),
        ("clip.avi", "folder", r"goes to a video \(\.mp4"),
        ("clip.avi", "clip.avi", "is the source itself"),
        ("a.png", "drawn.mp4", r"goes to an image \(\.jpg"),
        ("in", "drawn.png", "goes to a folder, or a video"),
        ("in", "in", "is the source itself"),
        ("a.png", ".", "is the source itself"),
    ],
)
def test_an_out_that_does_not_fit(landmarker, clip, tmp_path, source, out, words):
    write_image(tmp_path / "a.png", IMAGE)
    write_image(tmp_path / "in" / "b.png", IMAGE)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match=words):
        run_live(tmp_path / source, out=tmp_path / out)
    assert sorted(tmp_path.rglob("*")) == before and read_image(tmp_path / "a.png") is not None


def test_ctrl_c_keeps_what_was_written(landmarker, clip, tmp_path, capsys):
    def stop(image, time_ms, detect=landmarker.detect_for_video):
        if landmarker.calls == 4:
            raise KeyboardInterrupt
        return detect(image, time_ms)

    landmarker.detect_for_video = stop
    assert run_live(clip, out=tmp_path / "drawn.mp4") == 0
    assert "clip.avi: 4 frames" in capsys.readouterr().out
    assert sum(1 for _ in open_source(tmp_path / "drawn.mp4")) == 4


def test_an_error_on_the_way_leaves_no_video(landmarker, clip, tmp_path):
    landmarker.detect_for_video = None
    with pytest.raises(TypeError):
        run_live(clip, out=tmp_path / "drawn.mp4")
    assert list(tmp_path.glob("drawn*")) == []
    assert landmarker.closed == 1


def test_the_network_in_use_is_named(landmarker, clip, tmp_path, capsys):
    run_live(clip, out=tmp_path / "drawn.mp4")
    first = capsys.readouterr().out.splitlines()[0]
    assert first == f"Network: MediaPipe's BlazePose, {blazepose.bundle_path()} (Apache-2.0)."


TOY = """
class Toy:
    def __init__(self, detector, toy):
        self.detector, self.toy = detector, toy

    def __getattr__(self, name):
        return getattr(self.detector, name)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.detector.close()

    def show(self, detection, note):
        print("shown", self.toy, len(detection))
        return detection.image


def add_options(parser):
    parser.add_argument("--toy", type=int, default=1)


def wrap(detector, toy):
    return Toy(detector, toy)
"""


@pytest.mark.parametrize("words", [["--toy", "3"], ["--toy=3"]])
def test_a_file_that_wraps_detectors_is_found_by_its_name(
    landmarker, tmp_path, monkeypatch, capsys, words
):
    """A file in the folder is all: its options, its wrapper, what it draws."""
    (tmp_path / "toy.py").write_text(TOY)
    monkeypatch.setattr(live, "__path__", [*live.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "posekit.live.toy", raising=False)
    write_image(tmp_path / "a.png", IMAGE)
    source = ["--source", str(tmp_path / "a.png"), "--out", str(tmp_path / "drawn.png")]
    try:
        assert cli.main(["live", *words, *source]) == 0
        printed = capsys.readouterr().out
        assert "shown 3 0" in printed, printed
        assert "BlazePose" in printed, "the network within is named"
        assert np.array_equal(read_image(tmp_path / "drawn.png"), IMAGE)
        assert landmarker.closed == 1
        assert cli.main(["live", *source]) == 0
        assert "shown" not in capsys.readouterr().out, "without its option it is not there"
        with pytest.raises(SystemExit):
            cli.main(["live", "--toy", "3", "--help"])
        assert "--toy TOY" in capsys.readouterr().out
    finally:
        sys.modules.pop("posekit.live.toy", None)


@pytest.mark.parametrize(
    "words", ["--bogus 3", "--mod heatmap", "clip.mp4", "--sinks 3", "--a-b.c 3", "--a/b", "--"]
)
def test_what_is_no_option_is_told_with_the_commands_usage(landmarker, capsys, words):
    with pytest.raises(SystemExit) as stop:
        cli.main(["live", *words.split(), "x"])
    printed = capsys.readouterr().err
    assert stop.value.code == 2 and printed.startswith("usage: posekit live")
    assert "posekit live: error: unrecognized arguments: " in printed


@pytest.mark.parametrize("model", ["x.sinks", "x.gone", "x.a-b", "a/b.c.d"])
def test_a_kind_of_model_that_nothing_shows(capsys, model):
    assert cli.main(["live", "--model", model]) == 2
    assert "has no way to show a model of the kind" in capsys.readouterr().err


def test_help_is_given_whatever_is_wrong(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("POSEKIT_MIRROR", str(tmp_path / "gone"))
    with pytest.raises(SystemExit) as stop:
        cli.main(["live", "--help"])
    assert stop.value.code == 0 and "--source" in capsys.readouterr().out


def test_images_onto_a_full_disk_are_one_sentence(landmarker, tmp_path, monkeypatch, capsys):
    write_image(tmp_path / "in" / "a.png", IMAGE)

    def full(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    out = tmp_path / "drawn"
    assert cli.main(["live", "--source", str(tmp_path / "in"), "--out", str(out)]) == 2
    printed = capsys.readouterr().err.splitlines()[-1]
    assert printed == (
        f"posekit: {out / 'a.png'} could not be saved (No space left on device): what was saved "
        "before is untouched. Free some space, or choose a folder that can be written."
    )


def test_a_camera_that_is_unplugged_leaves_a_video_that_plays(
    landmarker, tmp_path, monkeypatch, capsys
):
    plug_in(monkeypatch, [IMAGE] * 6)  # the first one is for the size
    assert run_live(0, out=tmp_path / "drawn.mp4") == 0
    printed = capsys.readouterr()
    assert "camera 0: 5 frames" in printed.out
    assert printed.err.endswith("posekit: camera 0 stopped giving frames.\n")
    assert sum(1 for _ in open_source(tmp_path / "drawn.mp4")) >= 1


@pytest.mark.parametrize("every, expected", [(0.25, [1, 3, 6, 8]), (0.05, [1, 1, 2, 2])])
def test_a_camera_is_recorded_at_lifes_pace(tmp_path, monkeypatch, every, expected):
    """Frames that come slower than ten a second are repeated, faster ones are left out."""
    now = [5.0]
    monkeypatch.setattr(pipeline.time, "perf_counter", lambda: now[0])
    written = []
    with sinks._Recording(tmp_path / "camera.avi", 10) as recording:
        for _ in range(4):
            recording.write(IMAGE)
            written.append(recording.frames)
            now[0] += every + 1e-6
    assert written == expected
    assert sum(1 for _ in open_source(tmp_path / "camera.avi")) == expected[-1]


def test_without_a_display_it_asks_for_out(landmarker, clip, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(InputError, match="no display: give --out FILE"):
        run_live(clip)


def test_a_display_that_does_not_answer(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":97")
    assert sinks.display_problem() == "the display opens no window"


def test_a_headless_opencv(monkeypatch):
    monkeypatch.setattr(cv2, "getBuildInformation", lambda: "\n  GUI:      NONE\n  VFS: x\n")
    assert "headless" in sinks.display_problem()


@pytest.fixture
def screen(monkeypatch):
    """A stand-in for OpenCV's windows: what is shown, and which keys are pressed when."""
    shown = SimpleNamespace(frames=[], keys={}, waits=[], open=True)

    def wait(milliseconds):
        shown.waits.append(milliseconds)
        return shown.keys.get(len(shown.waits), -1)

    monkeypatch.setattr(sinks, "display_problem", lambda: None)
    monkeypatch.setattr(cv2, "imshow", lambda title, frame: shown.frames.append(frame))
    monkeypatch.setattr(cv2, "waitKey", wait)
    monkeypatch.setattr(cv2, "getWindowProperty", lambda *args: float(shown.open))
    monkeypatch.setattr(cv2, "destroyAllWindows", lambda: setattr(shown, "open", False))
    return shown


@pytest.mark.parametrize("key", [ord("q"), 27])
def test_the_window_shows_frames_until_q_or_escape(landmarker, clip, screen, capsys, key):
    screen.keys[3] = key
    assert run_live(clip) == 0
    assert len(screen.frames) == 3 and not screen.open
    assert "clip.avi: 3 frames" in capsys.readouterr().out


def test_a_closed_window_ends_it(landmarker, clip, screen):
    screen.open = False
    run_live(clip)
    assert len(screen.frames) == 1


def test_the_window_plays_a_video_at_its_own_rate(landmarker, clip, screen):
    run_live(clip)
    assert len(screen.frames) == 6
    assert screen.waits[0] == 1 and 50 < screen.waits[3] <= 100, "10 frames a second"


def test_the_window_waits_at_an_image(landmarker, tmp_path, screen):
    write_image(tmp_path / "a.png", IMAGE)
    screen.keys[20] = ord(" ")
    run_live(tmp_path / "a.png")
    assert len(screen.waits) == 20 and len(screen.frames) == 1


# ---- the real network -------------------------------------------------------------------


@pytest.fixture(scope="module")
def bundle(mirror):
    pytest.importorskip("mediapipe")
    return mirror / "pose_landmarker_full.task"


@pytest.fixture(scope="module")
def portrait():
    """Grace Hopper, the public-domain photograph that comes with matplotlib."""
    return read_image(matplotlib.cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))


def test_a_real_person_is_found(bundle, portrait):
    with BlazePose(bundle) as net:
        found = net.detect(portrait)
    assert isinstance(found, Detection) and len(found) == 1
    joints = dict(zip(live_joints(), found.keypoints[0]))
    assert joints["left_shoulder"][0] > joints["nose"][0] > joints["right_shoulder"][0], (
        "the person's left is on the right of the picture"
    )
    assert joints["nose"][1] < joints["left_shoulder"][1]
    assert (found.visible[0][:13] == 2).all(), "face and shoulders are seen"
    assert (found.scores[0][25:] < 0.5).all(), "knees and feet are outside the picture"
    assert np.abs(found.keypoints_3d[0]).max() < 2, "metres"


def live_joints():
    from posekit import skeletons

    return skeletons.get("blazepose33").joints


def test_a_mirrored_person_is_mirrored(bundle, portrait):
    from posekit.skeletons import BLAZEPOSE33

    with BlazePose(bundle) as net:
        found, mirrored = net.detect(portrait), net.detect(portrait[:, ::-1])
    back = mirrored.keypoints[:, BLAZEPOSE33.flip] * [-1, 1] + [portrait.shape[1] - 1, 0]
    off = np.linalg.norm(back - found.keypoints, axis=-1)[0, :13]
    assert off.max() < 0.05 * portrait.shape[1], off


@pytest.mark.parametrize("video", [False, True])
def test_an_empty_image_does_no_harm(bundle, portrait, video):
    with BlazePose(bundle, video=video) as net:
        counts = [len(net.detect(portrait))]
        with pytest.raises(InputError, match="at least 1x1 pixels"):
            net.detect(portrait[:0])
        counts.append(len(net.detect(portrait)))
    assert counts == [1, 1], f"people found before and after: {counts}, one each is right"


def test_nobody_in_an_empty_picture(bundle):
    with BlazePose(bundle, poses=3) as net:
        assert len(net.detect(IMAGE)) == 0


def test_it_is_quiet_to_the_end_of_python(bundle):
    """MediaPipe logs while it runs, and prints a traceback when it is left open at exit."""
    program = (
        "import sys, matplotlib.cbook\n"
        "from posekit.live import BlazePose\n"
        "from posekit.data.images import read_image\n"
        "image = read_image(matplotlib.cbook.get_sample_data('grace_hopper.jpg', "
        "asfileobj=False))\n"
        "net = BlazePose(sys.argv[1], video=True)\n"
        "print([len(net.detect(image)) for _ in range(3)])\n"
    )
    done = subprocess.run([sys.executable, "-c", program, bundle], capture_output=True, text=True)
    assert (done.stdout, done.stderr, done.returncode) == ("[1, 1, 1]\n", "", 0)


def test_the_three_person_video_of_the_mirror_cut_short(bundle, mirror, tmp_path, capsys):
    with zipfile.ZipFile(mirror / "people_media.zip") as archive:
        path = Path(archive.extract("videos/exercise.avi", tmp_path))
    path.write_bytes(path.read_bytes()[:250_000])
    assert run_live(path, poses=3, out=tmp_path / "drawn.avi", bundle=bundle) == 0
    frames = sum(1 for _ in open_source(tmp_path / "drawn.avi"))
    printed = capsys.readouterr()
    assert frames > 20 and f"exercise.avi: {frames} frames; people found: " in printed.out
    assert f"says 393 frames, but {frames} could be decoded" in printed.err


def test_nobody_stands_in_for_the_model_and_finds_nobody():
    image = np.zeros((20, 30, 3), np.uint8)
    with live.NullDetector(poses=3, video=True) as model:
        found = model.detect(image, time_ms=5)
    assert len(found) == 0 and found.keypoints.shape == (0, 33, 2)
    assert found.z.shape == found.scores.shape == (0, 33)
    assert np.array_equal(live.show_poses(found), image)


def test_the_portrait_comes_with_matplotlib():
    assert live.portrait_path().is_file()
