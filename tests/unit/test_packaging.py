"""The promises of the packaging: one pin file, ranges that admit it, a core without extras."""

import re
import subprocess
import sys
import tomllib
from itertools import chain

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

PIN = re.compile(r"^([A-Za-z0-9_.-]+)==([0-9][0-9A-Za-z.]*)$")
EXTRAS = [
    "mediapipe",
    "onnx",
    "onnxruntime",
    "onnxscript",
    "ipywidgets",
    "jupyterlab",
    "jupytext",
    "nbclient",
    "nbconvert",
    "nbformat",
    "nbval",
    "papermill",
    "IPython",
    "pytest",
    "hypothesis",
    "playwright",
    "psutil",
]


@pytest.fixture(scope="module")
def pins(root):
    lines = (root / "requirements.txt").read_text().splitlines()
    rows = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    matches = {row: PIN.match(row) for row in rows}
    assert all(matches.values()), f"not name==version: {[r for r, m in matches.items() if not m]}"
    return {m[1].lower(): m[2] for m in matches.values()}


@pytest.fixture(scope="module")
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text())["project"]


def _declared(project) -> list[str]:
    return project["dependencies"] + list(chain(*project["optional-dependencies"].values()))


def test_every_dependency_is_pinned_within_its_range(pins, project):
    declared = _declared(project)
    for requirement in map(Requirement, declared):
        assert requirement.name in pins, f"{requirement.name} has no pin in requirements.txt"
        assert Version(pins[requirement.name]) in requirement.specifier
        assert not any(s.operator in ("==", "<", "<=") for s in requirement.specifier), (
            f"{requirement}: a ceiling would force Colab to change its own version"
        )


def test_nothing_is_pinned_that_nothing_asks_for(pins, project):
    declared = _declared(project)
    names = {Requirement(text).name for text in declared}
    # mediapipe brings the contrib wheel: pinned so that the two opencv wheels agree.
    assert set(pins) - names == {"opencv-contrib-python"}


def test_the_two_opencv_wheels_are_of_one_version(pins):
    assert pins["opencv-python"] == pins["opencv-contrib-python"]


def test_conda_users_get_the_same_pins(root):
    text = (root / "environment.yml").read_text()
    assert "- -r requirements.txt" in text and "- -e ." in text
    python = re.search(r"python=(3\.\d+)", text)[1]
    assert python in ("3.11", "3.12", "3.13")
    others = re.findall(r"^\s+- ([a-z]\S*)", text, re.M)
    assert set(others) == {"conda-forge", f"python={python}", "pip", "pip:"}


def test_the_core_imports_without_the_extras(root):
    """A student's smallest install: nothing of live, course or dev is there."""
    modules = [p.stem for p in (root / "posekit").glob("*.py") if p.stem != "__init__"]
    code = f"""
import importlib, sys
sys.modules.update(dict.fromkeys({EXTRAS!r}))  # None: as if it were not installed
for module in {modules!r}:
    importlib.import_module("posekit." + module)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_file_of_the_package_is_in_its_wheel(root):
    """Python files go there by themselves, all others because pyproject.toml names them."""
    settings = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["setuptools"]
    package = root / "posekit"
    named = {path for glob in settings["package-data"]["posekit"] for path in package.glob(glob)}
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "posekit"]
    tracked = subprocess.run(listed, cwd=root, capture_output=True, text=True, check=True).stdout
    tracked = {root / name for name in tracked.splitlines() if not name.endswith(".py")}
    assert package / "datasets" / "photos" / "000000000790.jpg" in tracked
    assert tracked - named == set()


def test_importing_posekit_is_light():
    code = "import posekit, sys; print('torch' in sys.modules or 'cv2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "False"
