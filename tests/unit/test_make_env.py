"""``make env`` with an index of the user's own: torch comes from it first, and then stays."""

import os
import re
import subprocess

import pytest

INDEX = "file:///srv/torch/cpu"


def recipe(root, tmp_path, **variables) -> list[str]:
    """The lines that ``make env`` would run, for an environment that is not there."""
    own = {name: value for name, value in os.environ.items() if name != "TORCH_INDEX"}
    command = ["make", "--dry-run", "env", f"VENV={tmp_path / 'env'}"]
    done = subprocess.run(command, cwd=root, env=own | variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("variables", [{}, {"TORCH_INDEX": ""}])
def test_without_it_nothing_names_an_index(root, tmp_path, variables):
    lines = recipe(root, tmp_path, **variables)
    assert sum("-r requirements.txt" in line for line in lines) == 1
    assert not any("--index-url" in line for line in lines)
    assert any("3.3 GB" in line for line in lines)


def test_with_it_torch_comes_first_at_the_pinned_versions_and_alone(root, tmp_path):
    lines = recipe(root, tmp_path, TORCH_INDEX=INDEX)
    torch = next(i for i, line in enumerate(lines) if f'--index-url "{INDEX}"' in line)
    rest = next(i for i, line in enumerate(lines) if line.endswith("-r requirements.txt"))
    assert torch < rest and "--no-deps" in lines[torch] and "index" not in lines[rest]
    assert not any("3.3 GB" in line for line in lines)
    pattern = re.search(r"\$\((grep .*)\)$", lines[torch])[1]
    pins = subprocess.run(pattern, shell=True, cwd=root, capture_output=True, text=True).stdout
    assert [pin.split("==")[0] for pin in pins.split()] == ["torch", "torchvision"]
