"""``make run``: what fails is said and stops nothing else, what has run is kept, and the
pages are fit to be read without a network."""

import os
import signal
import subprocess
import sys
import time

import pytest

from notebooks import pages, run
from notebooks.harness import NotebookError

FIGURES = '# %% tags=["key"]\nprint(f"data: {DATASET}, {PROFILE}")\n'
FAILING = "# %%\nraise ValueError('an arm too many')\n"


@pytest.fixture
def no_mirror(monkeypatch):
    monkeypatch.delenv("POSEKIT_MIRROR", raising=False)


def go(folder, out, *argv) -> int:
    return run.main([*argv], folder, out)


def test_a_failure_stops_nothing_and_is_the_exit_status(workbook, tmp_path, capsys, no_mirror):
    workbook("00_bad", FAILING)
    workbook("01_header", "# %%").write_text("# %%\n1")
    folder = workbook("02_good", FIGURES).parents[1]
    assert go(folder, tmp_path / "html") == 1
    shown, progress = capsys.readouterr()
    table = shown[shown.index("chapter ") :]
    assert "FAILED: 00_bad, cell 4 of 4" in table and "ValueError: an arm too many" in table
    assert "FAILED: 01_header: its header needs" in table
    assert "data: synthetic, quick" in table and "02_good:" in progress
    index = (tmp_path / "html" / "index.html").read_text()
    assert "1 of 3 runs passed" in index and index.count('class="card"') == 3
    assert "an arm too many" in (tmp_path / "html" / "00_bad.html").read_text()


def test_real_data_are_runs_of_their_own(workbook, tmp_path, monkeypatch, capsys):
    (tmp_path / "mirror").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POSEKIT_MIRROR", "mirror")
    folder = workbook("00_tiny", FIGURES).parents[1]
    assert go(folder, tmp_path / "html", "--profile", "smoke") == 0
    shown = capsys.readouterr().out
    assert "data: synthetic, smoke" in shown and "data: people_media, smoke" in shown
    assert "\n00_tiny · people_media" in shown
    assert (tmp_path / "html" / "00_tiny-people_media.html").is_file()
    assert os.environ["POSEKIT_MIRROR"] == str(tmp_path / "mirror")


def test_a_mirror_that_is_not_there_is_said_at_once(workbook, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("POSEKIT_MIRROR", str(tmp_path / "nowhere"))
    folder = workbook("00_tiny").parents[1]
    assert go(folder, tmp_path / "html") == 2
    assert "nowhere, which is not a folder" in capsys.readouterr().err
    with pytest.raises(NotebookError):
        run.use_mirror()


def test_an_unknown_chapter(workbook, tmp_path, capsys, no_mirror):
    assert go(workbook("00_tiny").parents[1], tmp_path / "html", "07") == 2
    assert "No chapter begins with '07'" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_to(workbook, tmp_path, capsys, no_mirror):
    (tmp_path / "html").write_text("a file stands in the way")
    assert go(workbook("00_tiny").parents[1], tmp_path / "html") == 2
    assert "Cannot write the pages to" in capsys.readouterr().err


def test_chapters_that_were_not_asked_for_keep_their_page(workbook, tmp_path, monkeypatch):
    folder = workbook("00_tiny").parents[1]
    source = workbook("01_tiny")
    out = tmp_path / "html"
    pages.write(out / "00_tiny.html", "from an earlier run")
    run.write_index([run.Row("01_tiny", seconds=2.0)], run.build.sources((), folder), "quick", out)
    index = (out / "index.html").read_text()
    assert 'href="00_tiny.html"' in index and "not run this time" in index
    assert 'href="01_tiny.html"' not in index and source.stem in index


def test_ctrl_c_keeps_what_has_run_and_stops(workbook, tmp_path, no_mirror):
    workbook("00_tiny", FIGURES)
    pid = tmp_path / "pid"
    slow = f"# %%\nimport os, pathlib\npathlib.Path({str(pid)!r}).write_text(str(os.getpid()))\n"
    workbook("01_slow", slow + "time.sleep(300)\n")
    folder = workbook("02_never").parents[1]
    # A shell's background job starts with Ctrl-C ignored, and would hand that down.
    code = (
        "import pathlib, signal, sys; from notebooks import run;"
        "signal.signal(signal.SIGINT, signal.default_int_handler);"
        "sys.exit(run.main([], *map(pathlib.Path, sys.argv[1:])))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, folder, tmp_path],
        cwd=run.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        _until(lambda: pid.is_file() and pid.read_text(), process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130 and "what has run is written" in err
    assert "Traceback" not in err and out.count("not run") == 2 and "data: synthetic" in out
    assert (tmp_path / "00_tiny.html").is_file()
    assert not (tmp_path / "02_never.html").exists()
    with pytest.raises(ProcessLookupError):  # the kernel is gone too
        os.kill(int(pid.read_text()), 0)


def _until(condition, process, seconds=90):
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None and time.monotonic() < end, process.stderr.read()
        time.sleep(0.1)


RICH = """# %% [markdown]
# ## Formulas
#
# Inline $x_\\text{pixel} = u W - 0.5$ and $$\\sigma = \\frac{1}{2}$$
#
# | joint | side |
# |---|---|
# | knee | left |
#
# <details><summary>Answer</summary>
#
# The **left** one.
#
# </details>

# %%
import ipywidgets
import matplotlib.pyplot as plt
from IPython.display import HTML
from posekit import plots
fig, ax = plt.subplots(figsize=(3, 2))
plots.style()
plots.show(fig, alt="Empty axes.")
display(ipywidgets.IntSlider(3))
HTML("<b>bold</b>")
"""


SETUP = "# %%\nimport this_is_setup\n\n# %% [markdown]\n# ## 1 · First\n\n# %%\n1 + 1\n"


def test_a_chapters_page_folds_its_setup_and_lists_its_sections(workbook):
    nb = run.build.convert(workbook("01_tiny", SETUP))
    beside = {"prev": ("00_tiny.html", "00 tiny"), "next": ("02_tiny.html", "02 tiny")}
    text = pages.chapter_page(nb, "Tiny", beside=beside)
    folded = text[text.index('<details class="setup">') : text.index('<h2 id="1-')]
    assert "this_is_setup" in folded.partition("</details>")[0]
    assert '<a href="#1-' in text and 'rel="prev" href="00_tiny.html"' in text
    assert 'rel="next" href="02_tiny.html">02 tiny' in text
    bare = pages.chapter_page(run.build.convert(workbook("02_tiny", "# %%\n1 + 1\n")), "Tiny")
    assert 'class="setup"' not in bare and 'class="contents"' not in bare


def test_the_way_on_leads_to_pages_that_are_there(tmp_path):
    pages.write(tmp_path / "03_last.html", "from an earlier run")
    pages.write(tmp_path / "index.html", "")
    pages.write(tmp_path / "00_tiny-people_media.html", "")
    rows = [run.Row("00_tiny"), run.Row("00_tiny", "people_media"), run.Row("02_tiny")]
    assert run.neighbours(rows[0], rows, tmp_path) == {"next": ("02_tiny.html", "02 tiny")}
    found = run.neighbours(rows[2], rows, tmp_path)
    assert found == {"prev": ("00_tiny.html", "00 tiny"), "next": ("03_last.html", "03 last")}


@pytest.mark.browser
def test_the_pages_open_offline_without_an_error(workbook, tmp_path, page, no_mirror):
    folder = workbook("00_tiny", RICH, FIGURES).parents[1]
    assert go(folder, tmp_path / "html") == 0
    page.goto((tmp_path / "html" / "index.html").as_uri())
    assert page.inner_text(".card h2") == "Tiny"
    assert page.eval_on_selector(".card > img", "image => image.naturalWidth") > 0
    assert not page.get_by_text("data: synthetic, quick").is_visible()  # key figures are folded
    page.click(".card summary")
    assert page.get_by_text("data: synthetic, quick").is_visible()
    page.click(".card h2 a")
    page.wait_for_selector(".katex-display")
    assert page.locator(".katex").count() >= 2 and page.locator(".katex-error").count() == 0
    alts = page.eval_on_selector_all("img", "images => images.map(image => image.alt)")
    assert alts == ["Empty axes."]
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0 and page.inner_text("h1") == "Tiny"
    assert not page.get_by_text("The left one.").is_visible()
    page.get_by_text("Answer").click()
    assert page.get_by_text("The left one.").is_visible()
    page.click("nav a")
    assert page.title() == pages.COURSE
    assert page.errors == [] and page.outside == []
