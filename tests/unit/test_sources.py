"""Frames in, frames out: what is read, what is written, and what is said when it cannot be."""

import base64
import contextlib
import os
import struct
import subprocess
import sys
import types
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from posekit import files, live
from posekit.data.images import read_image
from posekit.errors import InputError
from posekit.live import Writer, open_source, sinks, sources, write_image

from .made_camera import plug_in


def picture(shade: int, height: int = 48, width: int = 64) -> np.ndarray:
    """Red on the left, blue on the right, so that a swapped channel shows."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:, : width // 2, 0] = shade
    image[:, width // 2 :, 2] = shade
    return image


@pytest.fixture
def clip(tmp_path):
    """A video of 20 frames that grow brighter, 10 a second."""
    path = tmp_path / "clip.avi"
    with Writer(path, fps=10) as writer:
        for t in range(20):
            writer.write(picture(60 + 8 * t))
    return path


@pytest.mark.parametrize("suffix", sinks.VIDEO_CODECS)
def test_a_written_video_reads_back_in_rgb_and_in_order(tmp_path, suffix):
    path = tmp_path / f"clip{suffix}"
    with Writer(path, fps=12.5) as writer:
        for t in range(20):
            writer.write(picture(60 + 8 * t))
    with open_source(path) as source:
        frames = list(source)
        assert (source.kind, source.size, source.name) == ("video", (48, 64), path.name)
        assert source.fps == pytest.approx(12.5, abs=0.01)
        assert source.warning is None
        assert len(list(source)) == 20, "a video can be played twice"
    assert len(frames) == 20
    for t, frame in enumerate(frames):
        assert frame.shape == (48, 64, 3) and frame.dtype == np.uint8
        error = np.abs(frame.astype(int) - picture(60 + 8 * t))
        assert error[:, [8, -8]].max() <= 12, f"frame {t}"
    assert list(tmp_path.iterdir()) == [path], "nothing else may be left"


def test_an_odd_size_loses_its_last_row_and_column(tmp_path):
    with Writer(tmp_path / "odd.mp4", fps=10) as writer:
        writer.write(picture(200, 49, 65))
    assert open_source(tmp_path / "odd.mp4").size == (48, 64)


def test_a_source_may_be_left_in_the_middle(clip):
    with open_source(clip) as source:
        first = next(iter(source))
        assert source.warning is None
    assert first.shape == (48, 64, 3)


RATES = (66.667, 83.333, 250 / 3, 24000 / 1001, 30000 / 1001, 60000 / 1001, 65.535, 999.99, 0.2)


@pytest.mark.parametrize("suffix", sinks.VIDEO_CODECS)
@pytest.mark.parametrize("fps", RATES)
def test_every_container_takes_every_frame_rate(tmp_path, suffix, fps):
    path = tmp_path / f"clip{suffix}"
    with Writer(path, fps) as writer:
        for t in range(4):
            writer.write(picture(60 + 8 * t))
    with open_source(path) as source:
        found, frames = source.fps, sum(1 for _ in source)
    # OpenCV itself rounds to a thousandth of a frame a second.
    assert found == pytest.approx(fps, rel=1e-4, abs=1e-3), f"{found} came, {fps} was written"
    assert frames == 4, f"{frames} frames came, 4 were written"


@pytest.mark.parametrize("suffix", sinks.VIDEO_CODECS)
@pytest.mark.parametrize("name", ["10:30", "http:talk", "pipe:1", "a%03d", "-i", "a'b [1]", "été"])
def test_a_video_may_have_any_name(tmp_path, monkeypatch, name, suffix):
    """Relative too, where FFmpeg takes what is before a colon for a protocol."""
    monkeypatch.chdir(tmp_path)
    with Writer(name + suffix, fps=10) as writer:
        writer.write(picture(60))
    with open_source(name + suffix) as source:
        frames = sum(1 for _ in source)
    assert frames == 1, f"{frames} frames came out of {name + suffix}, 1 was written"
    assert [path.name for path in tmp_path.iterdir()] == [name + suffix]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no file has such a name")
def test_a_name_that_is_not_utf_8_is_refused(tmp_path):
    """OpenCV ends the process on one."""
    path = tmp_path / os.fsdecode(b"caf\xe9.avi")
    with pytest.raises(InputError, match="name that is not UTF-8: rename it"):
        Writer(path, fps=10)
    path.write_bytes(b"")
    with pytest.raises(InputError, match="name that is not UTF-8: rename it"):
        open_source(path)


def plain_mp4(path, count=20):
    """An mp4 as other programs write it, its index at the end."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 10, (64, 48))
    for t in range(count):
        writer.write(picture(60 + 8 * t))
    writer.release()
    return path


def test_a_trimmed_mp4_is_no_damaged_one(tmp_path):
    """Its edit list hides seven frames at the beginning, which the header counts."""
    path = plain_mp4(tmp_path / "trimmed.mp4")
    raw = bytearray(path.read_bytes())
    at, media, movie = (raw.index(kind) for kind in (b"elst", b"mdhd", b"mvhd"))
    (ticks,), (movie_ticks,) = (struct.unpack_from(">I", raw, k + 16) for k in (media, movie))
    struct.pack_into(">Ii", raw, at + 12, 13 * movie_ticks // 10, 7 * ticks // 10)
    path.write_bytes(raw)
    with open_source(path) as source:
        frames = sum(1 for _ in source)
    assert (source.count, frames) == (20, 13), "the header's count, and what the edit list shows"
    assert source.warning is None, source.warning
    with open(path, "ab") as file:  # as some cameras do
        file.write(b"the camera's own notes")
    with open_source(path) as source:
        list(source)
    assert source.warning is None, source.warning


def test_an_mp4_with_its_index_in_front_that_is_cut_short_says_so(tmp_path):
    path = plain_mp4(tmp_path / "clip.mp4")
    raw = path.read_bytes()
    start = raw.index(b"moov") - 4
    front = raw[: raw.index(b"ftyp") - 4 + int.from_bytes(raw[:4], "big")]
    moov, media = bytearray(raw[start:]), raw[len(front) : start]
    at = moov.index(b"stco")
    for k in range(int.from_bytes(moov[at + 8 : at + 12], "big")):  # where the frames begin
        place = at + 12 + 4 * k
        moved = int.from_bytes(moov[place : place + 4], "big") + len(moov)
        moov[place : place + 4] = moved.to_bytes(4, "big")
    path.write_bytes(front + moov + media)
    with open_source(path) as source:
        assert sum(1 for _ in source) == 20 and source.warning is None
    path.write_bytes((front + moov + media)[: len(raw) - len(media) // 3])
    with open_source(path) as source:
        frames = sum(1 for _ in source)
    assert 5 < frames < 20
    assert source.warning == f"clip.mp4 is cut short: {frames} frames could be decoded."


def test_the_writers_own_mp4_plays_as_far_as_it_goes(tmp_path):
    path = tmp_path / "clip.mp4"
    with Writer(path, fps=10) as writer:
        for t in range(20):
            writer.write(picture(60 + 8 * t))
    raw = path.read_bytes()
    assert raw[4:12] == b"ftypiso2", f"an mp4 must say that it is one, and says {raw[4:12]}"
    path.write_bytes(raw[: len(raw) * 6 // 10])
    with open_source(path) as source:
        frames = sum(1 for _ in source)
    assert 5 < frames < 20, f"{frames} of 20 frames came out of six tenths of the file"
    assert source.warning == f"clip.mp4 is cut short: {frames} frames could be decoded."


@pytest.mark.parametrize("suffix", [".avi", ".webm"])
def test_a_video_that_ends_early_plays_and_says_so(tmp_path, suffix):
    path = tmp_path / f"clip{suffix}"
    noise = np.random.default_rng(0).integers(0, 255, (30, 96, 128, 3), dtype=np.uint8)
    with Writer(path, fps=10) as writer:
        for frame in noise:
            writer.write(frame)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    with open_source(path) as source:
        frames = list(source)
    assert 10 < len(frames) < 25
    assert f"says 30 frames, but {len(frames)} could be decoded" in source.warning


def test_a_header_that_lies_is_reported(clip):
    raw = bytearray(clip.read_bytes())
    at = raw.index(b"avih") + 8 + 16  # dwTotalFrames of the AVI main header
    assert int.from_bytes(raw[at : at + 4], "little") == 20
    stream = raw.index(b"strh") + 8 + 32  # dwLength of the stream header, which FFmpeg believes
    assert int.from_bytes(raw[stream : stream + 4], "little") == 20
    for place in (at, stream):
        raw[place : place + 4] = (21).to_bytes(4, "little")
    liar = clip.with_name("liar.avi")
    liar.write_bytes(raw)
    with open_source(liar) as source:
        assert source.count == 21
        assert len(list(source)) == 20
    assert "says 21 frames, but 20 could be decoded" in source.warning


def test_a_truncated_mp4_cannot_be_opened(tmp_path):
    path = plain_mp4(tmp_path / "clip.mp4")
    path.write_bytes(path.read_bytes()[:-400])  # its index stands at the end
    with pytest.raises(InputError, match=r"clip\.mp4 is not a video .* or it is cut off"):
        open_source(path)


@pytest.mark.parametrize(
    "name, content", [("notes.mp4", b"not a video"), ("empty.avi", b""), ("readme", b"# no suffix")]
)
def test_what_is_no_video_is_named(tmp_path, capfd, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=f"{name} is not a video"):
        open_source(tmp_path / name)
    assert capfd.readouterr().err == "", "OpenCV's own messages must not show"


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"gone\.mp4 does not exist"):
        open_source(tmp_path / "gone.mp4")


def test_a_camera_that_is_not_there(capfd):
    with pytest.raises(InputError, match="there is no camera 97"):
        open_source("97")
    assert capfd.readouterr().err == "", "OpenCV's own messages must not show"


def test_a_camera_gives_frames_until_it_is_closed(monkeypatch):
    plug_in(monkeypatch, [np.full((48, 64, 3), (255, 0, 0), np.uint8)] * 4)
    with open_source(0) as source:
        assert (source.kind, source.fps, source.count) == ("camera", 30, None)
        assert source.size == (48, 64)
        frames = list(source)
    assert len(frames) == 3 and (frames[0] == (0, 0, 255)).all(), "OpenCV's BGR must become RGB"
    assert "camera 0 stopped" in source.warning
    assert source.capture.released


def test_a_camera_that_is_unplugged_ends_the_frames(monkeypatch):
    """A read then gives nothing, an empty frame, or OpenCV's exception."""
    for end in ((False, None), (True, np.zeros((0, 0, 3), np.uint8)), cv2.error("no device")):
        plug_in(monkeypatch, [picture(9)] * 3, end)
        with open_source(0) as source:
            frames = sum(1 for _ in source)
        assert frames == 2, f"{frames} frames came, and two were left, before {end}"
        assert source.warning == "camera 0 stopped giving frames."


def test_a_folder_gives_its_images_in_counting_order(tmp_path):
    for number in (10, 2, 1):
        write_image(tmp_path / f"frame{number}.png", picture(number, 48, 60 + number))
    (tmp_path / "notes.txt").write_text("not an image")
    write_image(tmp_path / ".hidden.png", picture(1))
    with open_source(tmp_path) as source:
        frames = list(source)
    assert [frame.shape[1] for frame in frames] == [61, 62, 70]
    assert (source.kind, source.count, source.size, source.fps) == ("folder", 3, (48, 61), None)
    assert np.array_equal(frames[2], picture(10, 48, 70))


def test_a_folder_without_images(tmp_path):
    (tmp_path / "notes.txt").write_text("not an image")
    with pytest.raises(InputError, match="holds no image"):
        open_source(tmp_path)


def test_an_image_is_a_source_of_one_frame(tmp_path):
    # OpenCV would take a numbered name for a sequence of images and open the others too.
    for number in (1, 2):
        write_image(tmp_path / f"photo{number}.png", picture(100 * number))
    with open_source(tmp_path / "photo1.png") as source:
        frames = list(source)
    assert source.kind == "image" and len(frames) == 1
    assert np.array_equal(frames[0], picture(100))


def test_a_truncated_image_is_named(tmp_path):
    write_image(tmp_path / "half.jpg", picture(100, 480, 640))
    raw = (tmp_path / "half.jpg").read_bytes()
    (tmp_path / "half.jpg").write_bytes(raw[: len(raw) // 2])
    with pytest.raises(InputError, match=r"half\.jpg"):
        open_source(tmp_path / "half.jpg")
    with pytest.raises(InputError, match=r"half\.jpg"):
        open_source(tmp_path)  # a folder of nothing else


@pytest.mark.parametrize("damaged", [0, 1, 3])
def test_a_damaged_image_of_a_folder_is_left_out(tmp_path, damaged):
    folder, drawn = tmp_path / "photos", tmp_path / "drawn"
    folder.mkdir()
    for number in range(4):
        write_image(folder / f"{number}.png", picture(60 * number))
    (folder / f"{damaged}.png").write_bytes((folder / f"{damaged}.png").read_bytes()[:100])
    with open_source(folder) as source, sinks.output(source, drawn) as out:
        assert source.size == picture(0).shape[:2] and source.count == 4
        for frame in source:
            out.write(frame)
    rest = [number for number in range(4) if number != damaged]
    assert sorted(path.name for path in drawn.iterdir()) == [f"{number}.png" for number in rest]
    for number in rest:  # under its own name
        assert np.array_equal(read_image(drawn / f"{number}.png"), picture(60 * number))
    assert source.warning.startswith("1 of 4 images left out; the first: ")
    assert f"{damaged}.png" in source.warning


def test_a_frame_of_another_size_leaves_no_file(tmp_path):
    with pytest.raises(InputError, match=r"clip\.mp4: frame 1 is of size \(48, 60\)"):  # noqa: SIM117
        with Writer(tmp_path / "clip.mp4", fps=10) as writer:
            writer.write(picture(1))
            writer.write(picture(1, 48, 60))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "frame", [np.zeros((48, 64), np.uint8), np.zeros((48, 64, 3)), np.zeros((1, 64, 3), np.uint8)]
)
def test_what_is_no_frame_is_refused(tmp_path, frame):
    with pytest.raises(InputError, match="a frame must be"), Writer(tmp_path / "a.mp4", 10) as w:
        w.write(frame)
    assert list(tmp_path.iterdir()) == []


def test_an_error_keeps_the_file_that_was_there(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"an older video")
    with pytest.raises(RuntimeError), Writer(path, fps=10) as writer:
        writer.write(picture(1))
        raise RuntimeError("the net failed")
    assert path.read_bytes() == b"an older video" and list(tmp_path.iterdir()) == [path]


def test_no_frame_is_no_video(tmp_path):
    with pytest.raises(InputError, match="no frame was written"), Writer(tmp_path / "a.mp4", 10):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name, fps, words",
    [
        ("a.gif", 10, "must end in .mp4, .avi, .webm"),
        ("a.mp4", 0, "no frame rate"),
        ("a.mp4", float("nan"), "no frame rate"),
        ("a.mp4", 1e-5, "no frame rate from 0.01 to 1000"),
        ("a.webm", 0.05, "no frame rate from 0.1 to 1000"),
    ],
)
def test_a_writer_that_cannot_be(tmp_path, name, fps, words):
    with pytest.raises(InputError, match=words):
        Writer(tmp_path / name, fps)


def test_a_disk_without_room_stops_the_writer(tmp_path, monkeypatch):
    usage = types.SimpleNamespace(free=sinks.ROOM_ON_DISK - 1)
    monkeypatch.setattr(sinks.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(InputError, match="the disk is full"), Writer(tmp_path / "a.mp4", 10) as w:
        w.write(picture(1))
    assert list(tmp_path.iterdir()) == []


FULL = """
import resource, signal, sys
import numpy as np
from posekit.errors import InputError
from posekit.live import Writer
from posekit import live
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
noise = np.random.default_rng(0).integers(0, 255, (40, 96, 128, 3), dtype=np.uint8)
try:
    with Writer(sys.argv[1], fps=10) as writer:
        for frame in noise:
            writer.write(frame)
except InputError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
@pytest.mark.parametrize("suffix", sinks.VIDEO_CODECS)
def test_writes_that_fail_are_noticed(tmp_path, suffix):
    """A real failed write, by a limit on the size of files: OpenCV itself says nothing."""
    path = tmp_path / f"clip{suffix}"
    done = subprocess.run([sys.executable, "-c", FULL, path], capture_output=True, text=True)
    assert "could not be written whole: the disk is full" in done.stdout, done.stderr
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_an_image_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    write_image(tmp_path / "new" / "a.png", picture(7))
    assert np.array_equal(sources.read_image(tmp_path / "new" / "a.png"), picture(7))
    with pytest.raises(InputError, match="must end in"):
        write_image(tmp_path / "a.txt", picture(7))

    def full(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(InputError, match=r"b\.png could not be saved \(No space.*Free some space"):
        write_image(tmp_path / "b.png", picture(7))
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_what_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"could not be saved .*choose a folder"):
        write_image(tmp_path / "file" / "a.png", picture(7))
    with pytest.raises(InputError, match=r"could not be saved .*choose a folder"):
        Writer(tmp_path / "file" / "a.mp4", fps=10)
    with pytest.raises(InputError, match=r"\.webp cannot hold an image"):
        write_image(tmp_path / "wide.webp", np.zeros((1, 20_000, 3), np.uint8))


def test_ctrl_c_while_a_frame_is_written_keeps_it(tmp_path, monkeypatch):
    """Python raises it right after the call that it came in, with the frame written."""

    class Interrupted:
        def __init__(self, *args):
            self.real, self.left = cv2_writer(*args), 3

        def write(self, frame):
            self.real.write(frame)
            self.left -= 1
            if not self.left:
                raise KeyboardInterrupt

        def __getattr__(self, name):
            return getattr(self.real, name)

    cv2_writer = cv2.VideoWriter
    monkeypatch.setattr(cv2, "VideoWriter", Interrupted)
    path = tmp_path / "clip.avi"
    with Writer(path, fps=10) as writer, contextlib.suppress(KeyboardInterrupt):
        for t in range(9):
            writer.write(picture(60 + 8 * t))
    frames = sum(1 for _ in open_source(path))
    assert frames == 3, f"{frames} frames came, 3 were written"


def test_quiet_stderr_silences_c_and_gives_stderr_back(capfd):
    with sources.quiet_stderr():
        subprocess.run([sys.executable, "-c", "import sys; print('noise', file=sys.stderr)"])
    print("heard", file=sys.stderr)
    assert capfd.readouterr().err == "heard\n"


def test_the_browser_camera_outside_colab():
    with pytest.raises(InputError, match="on Colab only"):
        live.colab_snapshot()


@pytest.fixture
def colab(monkeypatch):
    """A stand-in for Colab's module; only its interface can be tested here."""
    output = types.ModuleType("google.colab.output")
    for name, module in (
        ("google", types.ModuleType("google")),
        ("google.colab", types.ModuleType("google.colab")),
        ("google.colab.output", output),
    ):
        monkeypatch.setitem(sys.modules, name, module)
    return output


def test_the_browser_camera_gives_rgb(colab):
    _, png = cv2.imencode(".png", cv2.cvtColor(picture(200), cv2.COLOR_RGB2BGR))
    address = "data:image/png;base64," + base64.b64encode(png).decode()
    colab.eval_js = lambda script: address
    assert np.array_equal(live.colab_snapshot(), picture(200))


@pytest.mark.browser
def test_the_script_takes_a_picture_in_a_real_browser(page, tmp_path):
    """Chromium brings a camera for tests: a green picture with a clock."""
    (tmp_path / "page.html").write_text("<body></body>")
    page.goto((tmp_path / "page.html").as_uri())
    page.evaluate("script => { window.picture = eval(script) }", sources.SNAPSHOT.read_text())
    page.wait_for_function("document.querySelector('video')?.currentTime > 0")
    page.get_by_text("Take the picture").click()
    image = sources._from_data_address(page.evaluate("window.picture"))
    assert page.locator("video").count() == 0, "the camera's view is taken away again"
    assert page.errors == []
    assert image.shape[2] == 3 and min(image.shape) >= 3 and image.size > 100_000
    red, green, blue = image.reshape(-1, 3).mean(0)
    assert green > red + 30 and green > blue + 30


def test_a_browser_that_refuses(colab):
    def refuse(script):
        raise RuntimeError("NotAllowedError: Permission denied")

    colab.eval_js = refuse
    with pytest.raises(InputError, match=r"no picture \(NotAllowedError"):
        live.colab_snapshot()
    colab.eval_js = lambda script: "data:,"
    with pytest.raises(InputError, match="no picture"):
        live.colab_snapshot()


def test_a_video_of_the_mirror(mirror, tmp_path):
    with zipfile.ZipFile(mirror / "people_media.zip") as archive:
        path = Path(archive.extract("videos/exercise.avi", tmp_path))
    with open_source(path) as source:
        assert (source.size, source.fps, source.count) == ((288, 384), 10, 393)
        assert sum(1 for _ in source) == 393
        assert source.warning is None
    path.write_bytes(path.read_bytes()[:1_000_000])
    with open_source(path) as source:
        assert 200 < sum(1 for _ in source) < 393
        assert "says 393 frames" in source.warning


def test_a_folder_may_be_named_like_a_video(tmp_path):
    """Where it is there, images go into it."""
    write_image(tmp_path / "in" / "a.png", picture(9))
    (tmp_path / "drawn.avi").mkdir()
    with (
        open_source(tmp_path / "in") as source,
        sinks.output(source, tmp_path / "drawn.avi") as out,
    ):
        out.write(picture(9))
    assert (tmp_path / "drawn.avi" / "a.png").is_file()
