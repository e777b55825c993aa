"""One control of the course, moved by hand in JupyterLab as a student would."""

import json
import os
import re
import secrets
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest
from playwright.sync_api import TimeoutError as NotYet

pytestmark = pytest.mark.browser
WAIT = 120_000  # milliseconds: a cold JupyterLab on a busy machine is slow

CODE = """from posekit import plots, widgets
plots.style()

def draw(ax, sigma):
    print("sigma is", sigma)
    ax.plot([0, sigma])

widgets.explore(draw, "A line as high as sigma.", [{"sigma": 1}], {"sigma": (1, 9, 1)})
"""


@pytest.fixture
def lab(tmp_path):
    """The address of a JupyterLab that serves one notebook, on this machine only."""
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CODE)])
    nb.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nb, tmp_path / "widget.ipynb")
    token = secrets.token_hex(16)
    quiet = {
        "LabApp": {
            "news_url": None,
            "extension_manager": "readonly",
            "check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        }
    }
    (tmp_path / "CONFIG").mkdir()
    (tmp_path / "CONFIG" / "jupyter_server_config.json").write_text(json.dumps(quiet))
    own = {f"JUPYTER_{name}_DIR": str(tmp_path / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    own |= {
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "JUPYTERLAB_SETTINGS_DIR": str(tmp_path),
        "JUPYTERLAB_WORKSPACES_DIR": str(tmp_path / "workspaces"),
    }
    with open(tmp_path / "log", "w+") as log:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "jupyter",
                "lab",
                "--no-browser",
                "--ip=127.0.0.1",
                "--port=0",
                f"--IdentityProvider.token={token}",
                "--allow-root",
                f"--ServerApp.root_dir={tmp_path}",
            ],
            env={**os.environ, **own},
            stdout=log,
            stderr=log,
            text=True,
        )
        try:
            yield f"{_address(tmp_path / 'log', process)}lab/tree/widget.ipynb?token={token}"
        finally:
            process.terminate()
            process.wait(30)


def _address(log, process, seconds=120):
    """What the server says that it listens on, once it answers there."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        found = re.search(r"http://127\.0\.0\.1:\d+/", log.read_text())
        if found and _answers(found[0]):
            return found[0]
        time.sleep(0.2)
    raise AssertionError(f"JupyterLab did not start:\n{log.read_text()}")


def _answers(address):
    """Whether a server listens there: its log names the address a moment before it does."""
    try:
        with urllib.request.urlopen(address + "api", timeout=30) as answer:
            assert "version" in json.load(answer)
    except OSError:
        return False
    return True


def _run_all(page):
    """Choose Run > Run All Cells until the cell has its number: an early click gets lost."""
    for _ in range(6):
        page.locator(".lm-MenuBar-itemLabel", has_text=re.compile("^Run$")).click()
        page.get_by_text("Run All Cells", exact=True).click()
        prompt = page.locator(".jp-CodeCell .jp-InputPrompt", has_text=re.compile(r"\[[*\d]+\]"))
        try:
            return prompt.wait_for(timeout=WAIT / 6)
        except NotYet:
            page.keyboard.press("Escape")  # whatever menu or question is still open


def test_moving_the_slider_changes_the_output(lab, page):
    page.goto(lab, timeout=WAIT)
    page.locator(".jp-CodeCell").first.wait_for(timeout=WAIT)
    page.get_by_text("| Idle").wait_for(timeout=WAIT)  # the status bar, once a kernel is there
    _run_all(page)

    slider = page.locator(".widget-slider .noUi-handle")
    slider.wait_for(timeout=WAIT)
    output = page.locator(".jupyter-widgets.widget-output")
    output.get_by_text("sigma is 1", exact=True).wait_for(timeout=WAIT)
    picture = output.locator("img")
    picture.wait_for(timeout=WAIT)
    before = picture.get_attribute("src")

    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    output.get_by_text("sigma is 4", exact=True).wait_for(timeout=WAIT)
    page.wait_for_function(
        "old => document.querySelector('.jupyter-widgets.widget-output img')?.src !== old",
        arg=before,
        timeout=WAIT,
    )
    assert page.locator(".jp-RenderedText[data-mime-type*=stderr]").count() == 0
