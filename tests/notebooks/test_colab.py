"""The first cell of each notebook on an emulated Colab.

Colab is a stub of its module, a list of the packages that it holds, and a ``pip`` that clones
what it is told to install from a local git repository and installs nothing. So this proves that
the cell asks for the right package at an address that git understands, keeps Colab's own torch
and numpy and constrains nothing else, and that posekit admits such versions. It does not prove
that an installation on Colab goes well: that is untried.
"""

import os
import re
import subprocess
import sys
import tomllib

import pytest
from packaging.requirements import Requirement

from notebooks import build, handout

FROZEN = """numpy==2.0.2
numpydoc==1.8.0
tensorflow==2.19.0
torch==2.9.0+cu126
torchaudio==2.9.0+cu126
torchsummary==1.5.1
torchvision==0.24.0+cu126
"""
PIP = """#!/bin/sh
if [ "$1" = freeze ]; then cat "$COLAB/frozen.txt"; exit; fi
printf '%s\\n' "$@" > "$COLAB/asked.txt"
for what; do :; done
git clone --quiet "${what#*@ git+}" "$COLAB/cloned"
"""
RUN = """
import sys, types
if sys.argv[1] == "colab":
    sys.modules["google"] = types.ModuleType("google")
    sys.modules["google.colab"] = types.ModuleType("google.colab")
exec(compile(sys.stdin.read(), "cell", "exec"))
"""


@pytest.fixture(scope="module")
def address(root, tmp_path_factory):
    """A repository with as much of the course as an installation looks at first."""
    folder = tmp_path_factory.mktemp("course")
    (folder / "pyproject.toml").write_text((root / "pyproject.toml").read_text())
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "The course"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder.as_uri()


@pytest.fixture
def first_cell(tmp_path):
    """``first_cell(source, "colab")``: run a cell there, or elsewhere; its process."""
    (tmp_path / "frozen.txt").write_text(FROZEN)
    pip = tmp_path / "bin" / "pip"
    pip.parent.mkdir()
    pip.write_text(PIP)
    pip.chmod(0o755)
    env = os.environ | {"PATH": f"{pip.parent}:{os.environ['PATH']}", "COLAB": str(tmp_path)}

    def run(source, where):
        command = [sys.executable, "-c", RUN, where]
        return subprocess.run(
            command, input=source, cwd=tmp_path, env=env, capture_output=True, text=True
        )

    return run


def bootstrap(source, address):
    """The first code cell of a chapter, with an address written into it."""
    cells = [cell for cell in build.convert(source).cells if cell.cell_type == "code"]
    return handout.REPOSITORY.sub(f'REPOSITORY = "{address}"', cells[0].source)


@pytest.mark.parametrize("source", build.sources(), ids=lambda path: path.stem)
def test_colab_gets_posekit_and_keeps_its_torch_and_numpy(source, address, first_cell, tmp_path):
    done = first_cell(bootstrap(source, address), "colab")
    assert done.returncode == 0, done.stderr
    kept = (tmp_path / "keep.txt").read_text().split()
    assert kept == ["numpy==2.0.2", "torch==2.9.0+cu126", "torchvision==0.24.0+cu126"]
    asked = (tmp_path / "asked.txt").read_text().splitlines()
    assert asked[0] == "install" and asked[asked.index("-c") + 1] == "keep.txt"
    project = tomllib.loads((tmp_path / "cloned" / "pyproject.toml").read_text())["project"]
    wanted = Requirement(asked[-1])
    assert wanted.name == project["name"] and wanted.url == f"git+{address}"
    assert wanted.extras <= set(project["optional-dependencies"])
    ranges = {one.name: one.specifier for one in map(Requirement, project["dependencies"])}
    for name, version in re.findall(r"(\w+)==([\d.]+)", "\n".join(kept)):
        assert version in ranges[name]


def test_an_address_that_is_missing_is_asked_for(first_cell, tmp_path):
    done = first_cell(bootstrap(build.sources()[0], ""), "colab")
    assert "set REPOSITORY to the address you cloned this course from" in done.stderr
    assert done.returncode == 1 and not (tmp_path / "asked.txt").exists()


def test_elsewhere_the_cell_does_nothing(first_cell, tmp_path):
    done = first_cell(bootstrap(build.sources()[0], ""), "at home")
    assert done.returncode == 0 and not (tmp_path / "asked.txt").exists()
    assert done.stdout == done.stderr == "" and not (tmp_path / "keep.txt").exists()
