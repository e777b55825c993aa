"""A script a data set, each on top of the store; and the page of terms in step with the list."""

import os
import subprocess
import sys

import numpy as np
import pytest

from posekit.datasets.fetch import registry

from . import made_sets


def run(root, name, *arguments, **environment):
    return subprocess.run(
        [sys.executable, str(root / "data_scripts" / f"{name}.py"), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | environment,
    )


def test_every_data_set_has_its_script(root):
    scripts = {path.stem for path in (root / "data_scripts").glob("*.py")}
    assert scripts == {*registry.DATASETS, "page"}
    for name in registry.DATASETS:
        text = (root / "data_scripts" / f"{name}.py").read_text()
        assert f'script("{name}", __doc__)' in text


def test_page_is_in_step(root):
    sys.path.insert(0, str(root / "data_scripts"))
    try:
        import page
    finally:
        sys.path.pop(0)
    assert (root / "DATA.md").read_text() == page.page(), "run python data_scripts/page.py"


def test_script_gets_and_checks(root, tmp_path):
    made_sets.lsp(tmp_path / "lsp")
    done = run(root, "lsp", "--root", tmp_path, POSEKIT_MIRROR="")
    assert done.returncode == 0, done.stderr
    assert "nothing wrong" in done.stdout
    (tmp_path / "lsp" / "images" / "im0002.jpg").write_bytes(b"")
    done = run(root, "lsp", "--root", tmp_path, POSEKIT_MIRROR="")
    assert done.returncode == 1
    assert "im0002.jpg is empty" in done.stdout


def test_script_converts(root, tmp_path):
    joints = made_sets.lsp(tmp_path / "lspet", extended=True)
    out = tmp_path / "labels.npz"
    done = run(root, "lspet", "--root", tmp_path, "--npz", out, POSEKIT_MIRROR="")
    assert done.returncode == 0, done.stderr
    labels = np.load(out)
    assert labels["id"].tolist() == [f"im{n:05d}.jpg" for n in (1, 2, 3, 4)]
    assert labels["joints"][13] == "head_top"
    assert (labels["visible"][:, 1:] == 2).all()
    np.testing.assert_allclose(labels["keypoints"][:, 1:], joints[:, 1:, :2], atol=1e-4)
    assert np.isnan(labels["keypoints"][:, 0]).all()


def test_script_says_where_to_register(root, tmp_path):
    done = run(root, "h36m", "--root", tmp_path, POSEKIT_MIRROR="")
    assert done.returncode == 2
    assert "register" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "name", [name for name in registry.DATASETS if name not in ("lsp", "lspet")]
)
def test_scripts_on_the_mirror(root, mirror, tmp_path, name):
    done = run(root, name, "--root", tmp_path, "--mirror", mirror)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing wrong" in done.stdout
