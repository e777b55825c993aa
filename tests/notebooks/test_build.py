"""From source to committed notebook: the same every time, and nothing in it of this machine."""

import base64
import tempfile
from pathlib import Path

import nbformat
import pytest

from notebooks import build
from notebooks.harness import NotebookError

PLOT = """# %%
import matplotlib.pyplot as plt
from posekit import plots
plots.style()
fig, ax = plt.subplots(figsize=(3, 2))
ax.plot([1, 3, 2])
plots.show(fig, alt="A line.")
"""
CHECKED = '# %% tags=["check"]\nprint("joints:", 14)\n'
PNG = base64.b64encode(b"a picture").decode()


def executed(*outputs):
    """A notebook of one executed cell that shows ``outputs``."""
    nb = nbformat.v4.new_notebook()
    nb.cells = [nbformat.v4.new_code_cell("show()", execution_count=1, outputs=[*outputs])]
    nb.metadata["posekit"] = {}
    return nb


def text(value):
    return nbformat.v4.new_output("stream", name="stdout", text=value)


def shown(kind, value, **metadata):
    return nbformat.v4.new_output("display_data", {kind: value}, metadata={kind: metadata})


# Converting


def test_cell_ids_are_the_same_each_time_and_unique(workbook):
    source = workbook("00_tiny", CHECKED, CHECKED)
    ids = [cell.id for cell in build.convert(source).cells]
    assert ids == [cell.id for cell in build.convert(source).cells]
    assert len(set(ids)) == len(ids) == 5


def test_a_new_cell_changes_no_other_id(workbook):
    before = {cell.id for cell in build.convert(workbook("00_tiny", CHECKED)).cells}
    after = {cell.id for cell in build.convert(workbook("00_tiny", "# %%\n1\n", CHECKED)).cells}
    assert before < after and len(after - before) == 1


def test_two_chapters_share_no_id(workbook):
    one, two = (build.convert(workbook(name)).cells for name in ("00_tiny", "01_tiny"))
    assert not {cell.id for cell in one} & {cell.id for cell in two}


@pytest.mark.parametrize(
    "old, new, key",
    [("title: Tiny, ", "", "title, a str"), ("minutes: 5", "minutes: soon", "minutes, a int")],
)
def test_a_header_without_what_the_index_needs(workbook, old, new, key):
    source = workbook("00_tiny")
    source.write_text(source.read_text().replace(old, new))
    with pytest.raises(NotebookError, match=f"00_tiny: its header needs posekit: {key}"):
        build.convert(source)


def test_a_chapter_that_is_not_there(workbook):
    folder = workbook("00_tiny").parents[1]
    assert [path.stem for path in build.sources(["00"], folder)] == ["00_tiny"]
    with pytest.raises(NotebookError, match="No chapter begins with '07': there are 00_tiny"):
        build.sources(["07"], folder)
    with pytest.raises(NotebookError, match="There is no chapter"):
        build.sources([], folder / "src")


# Building


def test_build_is_repeatable_clean_and_in_step(workbook):
    source = workbook("00_tiny", PLOT, CHECKED, "# %%\nimport sys; print('1 %', file=sys.stderr)")
    folder = source.parents[1]
    target = build.build(source, folder)
    first = target.read_bytes()
    assert build.build(source, folder).read_bytes() == first
    assert build.check(source, folder) == [] and build.check_folder(folder) == []
    nb = nbformat.read(target, as_version=4)
    assert set(nb.metadata) == {"kernelspec", "language_info", "posekit"}
    assert nb.metadata.kernelspec == build.KERNEL and "version" not in nb.metadata.language_info
    assert [cell.execution_count for cell in nb.cells[1:]] == [1, 2, 3, 4, 5]
    assert nb.cells[3].outputs[0].metadata["image/png"]["alt"] == "A line."
    assert nb.cells[5].outputs == []
    assert sorted(path.name for path in folder.iterdir()) == ["00_tiny.ipynb", "src"]


def test_a_chapter_that_fails_leaves_the_notebook_that_was_there(workbook):
    source = workbook("00_tiny", "# %%\nimport os; print(os.path.expanduser('~/secret'))")
    target = source.parents[1] / "00_tiny.ipynb"
    target.write_text("as it was")
    with pytest.raises(NotebookError, match="00_tiny, cell 4 of 4 shows a path of this machine"):
        build.build(source, source.parents[1])
    assert target.read_text() == "as it was"


def test_a_control_is_left_out_and_its_state_too(workbook):
    cell = "# %%\nimport ipywidgets\nipywidgets.IntSlider(3)"
    source = workbook("00_tiny", cell)
    target = build.build(source, source.parents[1])
    assert "widget" not in target.read_text().replace("ipywidgets", "")


# What keeps a notebook from being committed


@pytest.mark.parametrize(
    "output, words",
    [
        (shown("image/png", PNG), "without alt text"),
        (shown("image/png", PNG, alt=" "), "without alt text"),
        (shown("image/jpeg", PNG), "without alt text"),
        (shown("text/html", "<img src='data:x'>"), "<img> without alt text"),
        (shown("text/html", "<img alt='' src='data:x'>"), "<img> without alt text"),
        (shown("text/html", "<video controls></video>"), "without an aria-label"),
        (shown("text/html", '<script src="https://cdn.org/x.js">'), "from the network"),
        (text(f"saved {build.ROOT}/runs/net.pt"), "a path of this machine"),
        (text(f"{Path.home()}/.cache"), "a path of this machine"),
        (text(f"{tempfile.gettempdir()}/abc"), "a path of this machine"),
        (text("/home/anna/pose"), "a path of this machine: /home/anna/pose"),
        (text("<Line2D object at 0x7f3a12345678>"), "a memory address"),
    ],
)
def test_what_an_output_may_not_show(output, words):
    (sentence,) = build.problems(executed(output), "00_tiny")
    assert sentence.startswith("00_tiny, cell 1 of 1 ") and words in sentence


@pytest.mark.parametrize(
    "output",
    [
        shown("image/png", PNG, alt="A person."),
        shown("text/html", "<img src='data:x' alt='A person'>"),
        shown("text/html", "<video aria-label='A person waves'></video>"),
        shown("text/html", "<a href='https://arxiv.org/abs/2006.10204'>paper</a>"),
        text("14/33 joints, half/half, a tmp folder, homepage"),
    ],
)
def test_what_an_output_may_show(output):
    assert build.problems(executed(output), "00_tiny") == []


@pytest.mark.parametrize(
    "markdown, words",
    [
        ("![ ](attachment:a.png)", "without alt text"),
        ("![A person](figures/a.png)", "shows figures/a.png, which is not inside the notebook"),
        ("![A person](https://x.org/a.png)", "not inside the notebook"),
        ("<img alt='A person' src='a.png'>", "has an <img>"),
    ],
)
def test_what_text_may_not_show(markdown, words):
    nb = executed()
    nb.cells[0] = nbformat.v4.new_markdown_cell(markdown)
    (sentence,) = build.problems(nb, "00_tiny")
    assert words in sentence


def test_a_notebook_that_is_too_large():
    (sentence,) = build.problems(executed(text("x" * 1_500_001)), "00_tiny")
    assert "00_tiny is 1.50 MB, over 1.5 MB" in sentence and "cell 1 (1.50 MB)" in sentence


def test_a_cell_that_was_not_executed():
    nb = executed()
    nb.cells[0].execution_count = None
    assert build.problems(nb, "00_tiny") == ["00_tiny, cell 1 of 1 was not executed."]


def test_a_warning_is_not_hidden_from_the_maintainer():
    warning = "small.py:3: UserWarning: text under 12 pt in this figure: ['a']\n"
    nb = executed(nbformat.v4.new_output("stream", name="stderr", text=warning))
    with pytest.raises(NotebookError, match=r"cell 1 warns: .*UserWarning: text under 12"):
        build.tidy(nb, "00_tiny")


# In step?


@pytest.fixture
def built(workbook):
    """A source and its notebook, put together without running anything."""
    source = workbook("00_tiny", CHECKED)
    nb = build.convert(source)
    for i, cell in enumerate(nb.cells):
        cell.execution_count = i
    nb.cells[0].pop("execution_count")
    nbformat.write(nb, source.parents[1] / "00_tiny.ipynb")
    assert build.check(source, source.parents[1]) == []
    return source


@pytest.mark.parametrize(
    "old, new, words",
    [
        ('"joints:", 14', '"joints:", 15', "cell 4 differs"),
        ("Text, and", "Words, and", "cell 1 differs"),
        ('tags=["check"]', 'tags=["check-0.05"]', "cell 4 differs"),
        ("minutes: 5", "minutes: 6", "metadata differ"),
        ("# %%\nimport time", "# %%\n1\n\n# %%\nimport time", "cell 3 differs"),
    ],
)
def test_a_changed_source_is_noticed(built, old, new, words):
    built.write_text(built.read_text().replace(old, new))
    (sentence,) = build.check(built, built.parents[1])
    assert words in sentence and "make notebooks" in sentence


@pytest.mark.parametrize(
    "content, words",
    [(None, "is not there"), ("{", "is no notebook"), ('{"cells": 3}', "is no notebook")],
)
def test_a_notebook_that_is_absent_or_broken(built, content, words):
    target = built.parents[1] / "00_tiny.ipynb"
    target.unlink() if content is None else target.write_text(content)
    (sentence,) = build.check(built, built.parents[1])
    assert words in sentence and "\n" not in sentence


def test_a_notebook_without_source_and_too_many_bytes(built, monkeypatch):
    folder = built.parents[1]
    (folder / "99_lost.ipynb").write_text("{}")
    monkeypatch.setattr(build, "MAX_TOTAL", 100)
    orphan, large = build.check_folder(folder)
    assert "99_lost.ipynb has no source" in orphan and "the notebooks are 0.0 MB" in large


def test_check_is_a_command(built, monkeypatch, capsys):
    monkeypatch.setattr(build, "sources", lambda *args: [built])
    monkeypatch.setattr(build, "check", lambda source: ["00_tiny: cell 1 differs."])
    monkeypatch.setattr(build, "check_folder", lambda: [])
    assert build.main(["--check"]) == 1
    err = capsys.readouterr().err.splitlines()
    assert err[0] == "00_tiny: cell 1 differs." and "the word recap" in "".join(err[1:])
