"""What people give by mistake: a sentence before the work, and nothing of before is lost."""

import os
import subprocess
import sys

import numpy as np
import pytest

from posekit import catalog, checkpoints, cli, crowds, files, tasks
from posekit.datasets import read_recording, write_recording
from posekit.errors import InputError, check_least
from posekit.live import Writer, open_source, recording, single_person, write_image
from posekit.locks import locked

PERSON = np.full((48, 64, 3), 128, np.uint8)


@pytest.fixture
def there(tmp_path, monkeypatch):
    """A folder to be in, with an image and a file that is no folder."""
    monkeypatch.chdir(tmp_path)
    write_image("a.png", PERSON)
    (tmp_path / "file").write_text("of before")
    return tmp_path


def said(capsys, *command) -> str:
    """The one sentence that a command answers with."""
    assert cli.main([*command]) == 2
    found = capsys.readouterr().err
    assert found.startswith("posekit: ") and found.count("\n") == 1, found
    return found


@pytest.fixture
def no_work(monkeypatch):
    """Nothing long is begun."""

    def begun(*args, **options):
        raise AssertionError("work has begun")

    for place in (
        (catalog, "load"),
        (checkpoints, "load_pretrained"),
        (tasks, "evaluate"),
        (recording, "open_source"),
    ):
        monkeypatch.setattr(*place, begun)


@pytest.mark.parametrize("out", ["file/a", "folder"])
@pytest.mark.parametrize(
    "command",
    [
        "eval heatmap --data synthetic:test --json {}.json",
        "live --source a.png --model heatmap --out {}.jpg",
        "live --source a.avi --model heatmap --out {}.mp4",
        "export heatmap --out {}.onnx",
    ],
)
def test_where_nothing_can_be_written_is_said_before_the_work(command, out, there, no_work, capsys):
    for suffix in ("json", "mp4", "onnx"):
        (there / f"folder.{suffix}").mkdir()
    if "avi" in command:
        with Writer("a.avi", 10) as writer:
            writer.write(PERSON)
    if "jpg" in command and out == "folder":
        pytest.skip("an image goes into a folder")
    assert "could not be saved" in said(capsys, *command.format(out).split())
    assert (there / "file").read_text() == "of before"


def test_where_no_recording_can_be_written_is_said_before_it_is_taken(there, no_work, capsys):
    found = said(capsys, "record", "WALK", "--out", "file/x")
    assert "cannot be used" in found and "name another" in found


@pytest.mark.parametrize("action", ["", " ", ".", "..", ".hidden", "a/b"])
def test_an_action_is_a_name_that_readers_find(action, there, no_work, capsys):
    assert "is no name of a file" in said(capsys, "record", action, "--out", "new")
    assert not (there / "new").exists()


def test_two_recordings_under_one_name_are_not_made_at_once(there, no_work, capsys):
    with locked(there / "me" / ".WALK.lock"):
        assert "held by another" in said(capsys, "record", "WALK", "--out", "me")


@pytest.mark.parametrize("option", ["--source", "--out"])
def test_a_name_that_is_empty_is_not_the_folder_one_is_in(option, there, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["live", "--model", "heatmap", option, ""])
    assert stop.value.code == 2 and "it is empty" in capsys.readouterr().err


def test_the_users_own_folder(there, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(there))
    monkeypatch.setenv("USERPROFILE", str(there))
    assert cli.main(["live", "--source", "~/a.png", "--model", "heatmap", "--out=~/b.png"]) == 0
    assert (there / "b.png").is_file() and not (there / "~").exists()


def test_a_number_that_is_no_camera(there):
    with pytest.raises(InputError, match="does not exist"):
        open_source("9" * 30)
    with pytest.raises(InputError, match="does not exist"):
        open_source(10**30)


@pytest.mark.parametrize("name", ["film.mp4", "folder"])
def test_what_may_not_be_read_is_said_so(name, there, monkeypatch):
    """By its permissions: root, as whom tests may run, may read everything."""
    (there / name).mkdir() if name == "folder" else (there / name).touch()
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(InputError, match=f"{name} cannot be read: its permissions"):
        open_source(name)


@pytest.mark.parametrize("side", [0, -5, 31, 5000, 10**8])
def test_a_side_is_refused_before_anything_is_read(side, there, monkeypatch, capsys):
    monkeypatch.setattr(catalog, "load", lambda *args, **options: pytest.fail("read"))
    for command in (
        "eval crowd --data synthetic:test",
        "live --source a.png --model crowd --out b.png",
    ):
        found = said(capsys, *command.split(), "--side", str(side))
        assert f"{crowds.LARGEST} pixels, 384 say, and not {side}." in found
    assert not (there / "b.png").exists()


@pytest.mark.parametrize("scales", ["0", "-1", "nan", "1e9"])
def test_scales_are_refused_before_the_data_are_read(scales, monkeypatch, capsys):
    monkeypatch.setattr(catalog, "load", lambda *args, **options: pytest.fail("read"))
    command = ["eval", "heatmap", "--data", "synthetic:test", "--scales", scales]
    assert "scales must be within 0.1 and 10" in said(capsys, *command)


def test_a_number_that_fits_into_no_machine(there, no_work, capsys):
    found = said(capsys, "train", "cnn", "--profile", "smoke", "--seed", "9" * 23)
    assert "seed must be below 2^63" in found
    check_least(0, seed=2**63 - 1)


def test_an_empty_name_of_a_data_set_is_not_the_default(there, capsys):
    assert "no data set ''" in said(capsys, "train", "cnn", "--profile", "smoke", "--dataset", "")


def test_a_file_that_finds_one_person_says_its_name_and_not_its_card():
    """An .onnx file's network comes as a pair, whose card is long."""
    with pytest.raises(InputError, match=r"^heatmap finds one person: leave"):
        single_person.open_detector(checkpoints.load_pretrained("heatmap"), False, poses=3)


@pytest.mark.parametrize("name", ["actions", "lifter", "multitask", "pose_machine"])
def test_a_network_of_clips_is_not_exported(name, there, capsys):
    pytest.importorskip("onnxscript")
    found = said(capsys, "export", name, "--out", "x.onnx")
    assert f"{name} takes no single images, so it is not exported" in found


@pytest.mark.parametrize("folder", ["file", "file/x"])
def test_a_folder_that_is_a_file_is_a_sentence(folder, there, capsys):
    found = said(capsys, "train", "cnn", "--profile", "smoke", "--folder", folder)
    assert "cannot be used" in found and "Errno" not in found


def test_a_reader_that_has_enough(tmp_path):
    """As `| head -1`: nothing is said, and what Python still holds makes no noise."""
    code = "import sys; from posekit import cli; sys.exit(cli.main(['data', 'list']))"
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([sys.executable, "-c", code], stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_numbers_that_are_no_landmarks(tmp_path):
    points = np.full((40, 33, 4), 0.5)
    points[3, 2, 1] = 1e300
    write_recording(tmp_path / "WALK.txt", points)
    with pytest.raises(InputError, match=r"line 5: column 9 of landmark 2 is 1e\+300"):
        read_recording(tmp_path / "WALK.txt")


def test_a_recording_that_is_too_short_is_named(tmp_path, capsys):
    write_recording(tmp_path / "WALK.txt", np.full((3, 33, 4), 0.5))
    assert "WALK.txt: a window of" in said(capsys, "actions", str(tmp_path / "WALK.txt"))


TWO = """
import sys, time
import numpy as np
from posekit.live import Writer
with Writer(sys.argv[1], 10) as writer:
    for n in range(5):
        writer.write(np.full((48, 64, 3), 40 * n, np.uint8))
    print("written", flush=True)
    sys.stdin.readline()
"""


def test_two_programs_that_write_one_video_do_not_spoil_it(tmp_path):
    path, pipe = tmp_path / "clip.mp4", subprocess.PIPE
    other = subprocess.Popen([sys.executable, "-c", TWO, path], stdin=pipe, stdout=pipe, text=True)
    assert other.stdout.readline() == "written\n"
    with Writer(path, 10) as writer:
        for _ in range(9):
            writer.write(PERSON)
    assert sum(1 for _ in open_source(path)) == 9
    other.communicate("\n", timeout=60)
    assert other.returncode == 0 and sum(1 for _ in open_source(path)) == 5
    assert list(tmp_path.iterdir()) == [path]


def test_two_programs_that_save_one_file_do_not_spoil_it(tmp_path, monkeypatch):
    path, replace = tmp_path / "a.json", os.replace

    def other_first(half, to):
        """Another process saves the same file meanwhile, whole."""
        monkeypatch.setattr(files.os, "replace", replace)
        with monkeypatch.context() as patch:
            patch.setattr(files.os, "getpid", lambda: 1)
            files.atomic_write(path, "the other's")
        replace(half, to)

    monkeypatch.setattr(files.os, "replace", other_first)
    files.atomic_write(path, "mine")
    assert path.read_text() == "mine" and list(tmp_path.iterdir()) == [path]


def test_ctrl_c_while_a_file_is_saved_leaves_no_half(tmp_path, monkeypatch):
    def stop(number):
        raise KeyboardInterrupt

    monkeypatch.setattr(files.os, "fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        files.atomic_write(tmp_path / "a.json", "new")
    assert list(tmp_path.iterdir()) == []


def test_the_deck_builder_explains_itself(root):
    command = [sys.executable, root / "slides" / "build.py", "--help"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0 and "such as 00" in done.stdout


def test_frames_that_can_be_written_nowhere(root, tmp_path):
    (tmp_path / "file").touch()
    script = [sys.executable, root / "data_scripts" / "ucf101.py", "frames", "--out"]
    done = subprocess.run([*script, tmp_path / "file"], capture_output=True, text=True)
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "could not be saved" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_ctrl_c_in_a_data_script_is_a_sentence(root, tmp_path):
    code = (
        "import sys, signal; from posekit.datasets.fetch import printed\n"
        "def stop(*args): raise KeyboardInterrupt\n"
        "printed.print_get = stop; sys.argv = ['lsp.py']\n"
        "sys.exit(printed.script('lsp', 'x'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 130 and done.stderr.startswith("lsp: stopped")
