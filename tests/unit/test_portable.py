"""What Windows and macOS do otherwise, as far as Linux can pretend it: nothing was run there."""

import ast
import errno
import os
import subprocess
import sys
from io import BytesIO
from pathlib import PurePosixPath, PureWindowsPath
from types import SimpleNamespace

import accelerate.state
import cv2
import numpy as np
import pytest
import torch

from posekit import files, tasks, training
from posekit.data import videos
from posekit.datasets import folder, lsp_format
from posekit.datasets.fetch.archives import building
from posekit.datasets.lsp import LSPExtended
from posekit.errors import InputError
from posekit.exercises import hand_in
from posekit.live import blazepose, sources, write_image
from posekit.synthetic import People

UMLAUTS = "Jörg Müller ß"


# ------------------------------------------------------------------------------- computing
def test_a_training_leaves_apples_gpu_alone(monkeypatch):
    """It has no float64, which the matrices of a batch are: the first step would be an error."""
    monkeypatch.setenv("PYTORCH_ENABLE_MPS_FALLBACK", "1")  # Accelerate sets it
    monkeypatch.setattr(accelerate.state, "is_mps_available", lambda: True)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert training._accelerator("no").device.type == "cpu"


def test_no_process_begins_with_a_copy_of_all_examples(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.delattr(os, "fork")
    assert tasks.default_workers() == 0


# ----------------------------------------------------------------------- files that are open
def test_a_file_that_a_scanner_holds_is_waited_for(tmp_path, monkeypatch):
    pauses, real = [], os.replace

    def refused(old, new):
        if len(pauses) < held:
            raise PermissionError(errno.EACCES, "Access is denied")
        real(old, new)

    monkeypatch.setattr(files.time, "sleep", pauses.append)
    monkeypatch.setattr(files.os, "replace", refused)
    held = 2
    files.atomic_write(tmp_path / "last.pt", "new")
    assert (tmp_path / "last.pt").read_bytes() == b"new" and len(pauses) == 2
    pauses, held = [], 9
    monkeypatch.setattr(files.time, "sleep", pauses.append)
    with pytest.raises(InputError, match=r"Access is denied.*untouched"):
        files.atomic_write(tmp_path / "last.pt", "newer")
    assert (tmp_path / "last.pt").read_bytes() == b"new" and sum(pauses) == pytest.approx(2)


def test_an_empty_folder_does_not_stand_in_the_way(tmp_path, monkeypatch):
    real = os.rename

    def rename(old, new):
        if os.path.exists(new):
            raise FileExistsError(errno.EEXIST, "Cannot create a file when that file exists")
        real(old, new)

    monkeypatch.setattr(os, "rename", rename)
    target = tmp_path / "lsp"
    target.mkdir()
    with building(target) as half:
        (half / "joints.mat").write_bytes(b"whole")
    assert [path.name for path in target.iterdir()] == ["joints.mat"]
    with building(target) as half:  # what another process has put there is kept
        (half / "joints.mat").write_bytes(b"late")
    assert (target / "joints.mat").read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [target]


# -------------------------------------------------------------------- letters like ü in a path
def test_made_up_photographs_in_a_folder_that_opencv_cannot_open(tmp_path, monkeypatch):
    monkeypatch.setattr(cv2, "imwrite", lambda path, image: path.isascii())
    people = [People(0, 1, 64, skeleton="lsp14")[0]]
    reader = LSPExtended(lsp_format.lsp_extended(tmp_path / UMLAUTS, people))
    assert reader[0].image.shape == (64, 64, 3) and not reader.absent


def test_a_video_below_the_users_folder_has_an_ascii_path(tmp_path, monkeypatch):
    folder = tmp_path / UMLAUTS
    (folder / "course").mkdir(parents=True)
    monkeypatch.chdir(folder / "course")
    assert videos.decoder_path("clip.mp4") == str(folder / "course" / "clip.mp4")
    monkeypatch.setattr(sys, "platform", "win32")
    assert videos.decoder_path("clip.mp4") == "clip.mp4"
    assert videos.decoder_path(folder / "Temp" / "a.avi") == os.path.join("..", "Temp", "a.avi")
    assert videos.decoder_path("Übung.mp4") == str(folder / "course" / "Übung.mp4")
    assert videos.decoder_path("/data/clip.mp4") == "/data/clip.mp4"

    def other_drive(path):
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    monkeypatch.setattr(os.path, "relpath", other_drive)
    assert videos.decoder_path("clip.mp4") == str(folder / "course" / "clip.mp4")


def test_mediapipe_gets_no_path(tmp_path, monkeypatch):
    bundle, asked = tmp_path / f"{UMLAUTS}.task", {}
    bundle.write_bytes(b"weights")
    vision = SimpleNamespace(
        PoseLandmarkerOptions=lambda **options: options,
        PoseLandmarker=SimpleNamespace(create_from_options=asked.update),
        RunningMode=SimpleNamespace(IMAGE=0, VIDEO=1),
    )
    mediapipe = SimpleNamespace(tasks=SimpleNamespace(BaseOptions=dict))
    monkeypatch.setattr(blazepose, "_mediapipe", lambda: (mediapipe, vision))
    blazepose._landmarker(bundle, 1, False, 0.5)
    assert asked["base_options"] == {"model_asset_buffer": b"weights"}


def test_an_image_is_written_and_read_there(tmp_path):
    image = np.full((4, 6, 3), 90, np.uint8)
    write_image(tmp_path / UMLAUTS / "Übung.png", image)
    with sources.open_source(tmp_path / UMLAUTS) as images:
        assert (next(iter(images)) == image).all()


def test_opencv_is_asked_for_no_image_by_its_path(root):
    """It opens no path with such a letter on Windows, and says so by None or False alone."""
    wrong = [path.name for path in sources_of(root) if "imread(" in path.read_text("utf-8")]
    wrong += [path.name for path in sources_of(root) if "imwrite(" in path.read_text("utf-8")]
    assert wrong == []


# ----------------------------------------------------------------------------------- text
def sources_of(root):
    """What students and instructors run, but the lessons."""
    folders = ("posekit", "notebooks", "slides", "data_scripts")
    found = [path for folder in folders for path in (root / folder).rglob("*.py")]
    return [path for path in found if path.parent != root / "notebooks" / "src"]


def unsaid(tree):
    """The lines where a text is read or written in whatever encoding the system has."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or any(k.arg == "encoding" for k in node.keywords):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        given = [*node.args, *(k.value for k in node.keywords if k.arg == "mode")]
        of_a_path = isinstance(node.func, ast.Attribute)  # folder.read_text is a function of ours
        if (
            (name == "open" and not of_a_path and "b" not in "".join(map(ast.unparse, given[1:])))
            or (name == "read_text" and of_a_path and not node.args)
            or (name == "write_text" and len(node.args) == 1)
            or (name in ("run", "Popen") and any(k.arg == "text" for k in node.keywords))
        ):
            yield node.lineno


def test_each_text_says_its_encoding(root):
    """Without one Windows takes its own, cp1252 say, in which a → cannot be written."""
    given = "open(a)\nopen(a, 'w')\na.read_text()\na.write_text(b)\nrun(a, text=True)\n"
    given += "open(a, 'rb')\na.read_text('utf-8')\nopen(a, encoding='utf-8')\nread_text(a)"
    assert list(unsaid(ast.parse(given))) == [1, 2, 3, 4, 5]
    wrong = [
        f"{path.relative_to(root)}:{line}"
        for path in sources_of(root)
        for line in unsaid(ast.parse(path.read_text("utf-8")))
    ]
    assert wrong == []


def test_the_table_of_a_run_can_be_printed_in_any_encoding(root):
    code = "import runpy, sys\nsys.argv = [sys.argv[1], '99']\n"
    code += "try: runpy.run_path(sys.argv[0], run_name='__main__')\n"
    code += "except SystemExit: print('here \\u2192 there')"
    line = [sys.executable, "-c", code, root / "notebooks" / "run.py"]
    env = os.environ | {"PYTHONIOENCODING": "cp1252"}
    done = subprocess.run(line, capture_output=True, env=env)
    assert done.stdout.split() == [b"here", b"?", b"there"], done.stderr.decode()


def test_lines_end_in_lf_wherever_it_is_checked_out(root):
    """Git for Windows makes them CR LF otherwise, with which bash and make stop."""
    line = ["git", "check-attr", "eol", "text", "--", "Makefile", ".ci/run", "posekit/cli.py"]
    done = subprocess.run(line, cwd=root, capture_output=True, text=True)
    assert done.stdout.count("eol: lf") == done.stdout.count("text: auto") == 3


# ------------------------------------------------------------------------- other programs
def test_a_hand_in_whose_process_is_dead_at_once(monkeypatch):
    """Windows calls a broken pipe an invalid argument."""

    class Pipe(BytesIO):
        def write(self, data):
            raise OSError(errno.EINVAL, "Invalid argument")

        def close(self):
            raise OSError(errno.EINVAL, "Invalid argument")

    process = SimpleNamespace(stdin=Pipe(), stdout=BytesIO(), wait=lambda: 1, kill=lambda: None)
    found = hand_in._listen(process, {"cells": []}, 1, float("inf"))
    assert found.remarks == ["its process died in its start: what comes after was not run"]
    monkeypatch.setattr(hand_in.os, "name", "nt")
    hand_in._end(process)


def test_cameras_open_soon_and_one_that_is_not_allowed_says_so():
    code = "import posekit, os, sys; print(os.environ['OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS'],"
    code += " os.environ['OPENCV_FFMPEG_LOGLEVEL'], 'cv2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["0", "-8", "False"]
    with pytest.raises(InputError, match="macOS and Windows: Settings, Privacy, Camera"):
        sources.open_source(97)


def test_data_are_in_the_same_order_everywhere():
    """By itself Windows sorts without case; then clips, and who learns from which, would differ."""
    names = ["UCF/JumpRope/a.avi", "UCF/JumpingJack/a.avi", "UCF/Jump_b/a.avi"]
    windows = [PureWindowsPath(name) for name in reversed(names)]
    assert sorted(windows)[0].parts[1] == "Jump_b"
    assert [path.as_posix() for path in sorted(windows, key=folder._by_letters)] == [
        path.as_posix() for path in sorted(map(PurePosixPath, names))
    ]
