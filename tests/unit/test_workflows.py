"""The workflow is one that GitHub would accept, and runs what the README promises."""

import importlib.util
import re
import subprocess
import sys
import tomllib

import pytest
import yaml

from notebooks import run


@pytest.fixture(scope="module")
def path(root):
    return root / ".github" / "workflows" / "course.yml"


@pytest.fixture(scope="module")
def job(path):
    return yaml.safe_load(path.read_text())["jobs"]["two-commands"]


def lint(path) -> subprocess.CompletedProcess:
    """The published schema of workflows, which the linter brings with it."""
    if importlib.util.find_spec("check_jsonschema") is None:
        pytest.skip("needs check-jsonschema: it is in requirements.txt, call make env")
    command = ["-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", path]
    return subprocess.run([sys.executable, *command], capture_output=True, text=True)


def test_the_linter_has_nothing_to_say(path):
    done = lint(path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "old, new",
    [
        ("    runs-on: ubuntu-latest\n", ""),
        ("timeout-minutes: 150", "timeout-minutes: long"),
        ("        run: make run", "        runs: make run"),
        ("  contents: read", "  contents: see"),
    ],
)
def test_the_linter_finds_a_fault(path, tmp_path, old, new):
    text = path.read_text()
    assert old in text
    (tmp_path / "course.yml").write_text(text.replace(old, new))
    assert lint(tmp_path / "course.yml").returncode == 1


def test_it_runs_the_two_commands_and_keeps_the_pages(job, root):
    lines = [step.get("run") for step in job["steps"]]
    assert lines.index("make run") < lines.index("make test")
    kept = [step for step in job["steps"] if step.get("uses", "").startswith("actions/upload")]
    assert [step["with"]["path"] for step in kept] == [str(run.OUT.relative_to(root))]
    assert kept[0]["if"] == "${{ !cancelled() }}"


def test_it_runs_on_the_oldest_and_the_newest_python(job, root):
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    low, above = re.findall(r"3\.(\d+)", project["requires-python"])
    assert job["strategy"]["matrix"]["python"] == [f"3.{low}", f"3.{int(above) - 1}"]


def test_no_command_takes_words_from_outside(job):
    """What ``${{ }}`` puts into a shell line would be run."""
    assert not any("${{" in step.get("run", "") for step in job["steps"])
