"""Each way for a notebook to look well when it is not, provoked for real."""

import time

import nbformat
import pytest
from papermill.clientwrap import PapermillNotebookClient

from notebooks import cells, harness
from notebooks.harness import NotebookError


@pytest.fixture(autouse=True)
def in_no_time(monkeypatch):
    monkeypatch.setattr(harness, "LEAST_SECONDS", 0)


def run(nb, parameters=None, **options):
    return harness.run(nb, parameters, name="tiny", **options)


def refused(nb, parameters=None, **options) -> str:
    with pytest.raises(NotebookError) as caught:
        run(nb, parameters, **options)
    message = str(caught.value)
    assert "\n" not in message and message.startswith("tiny")
    return message


# What is refused before anything runs


def test_an_unknown_parameter(notebook):
    message = refused(notebook("1"), {"EPOCHS": 3})
    assert "no parameter EPOCHS" in message and "PROFILE, DATASET, SEED" in message


def test_no_parameters_cell(notebook):
    assert "tagged 'parameters', and 0 are" in refused(notebook("1", parameters=None))


def test_two_parameters_cells(notebook):
    assert "and 2 are" in refused(notebook(("A = 1", "parameters")))


@pytest.mark.parametrize("code", ["import os", "SEED = int('0')", "a, b = 1, 2", "SEED ="])
def test_a_parameters_cell_that_computes(notebook, code):
    assert "may hold only lines like" in refused(notebook("1", parameters=code))


@pytest.mark.parametrize(
    "tag",
    [
        "skip-execution",
        "raises-exception",
        "nbval-skip",
        "chek",
        "nbval-raises-exception",
        "check-5",
        "check-",
    ],
)
def test_a_tag_that_skips_or_means_nothing(notebook, tag):
    message = refused(notebook(("1 / 0", tag)))
    assert f"cell 2 of 2 (1 / 0) has the tag '{tag}'" in message


def test_a_raw_cell(notebook):
    nb = notebook("1", "2")
    nb.cells[1].cell_type = "raw"
    assert "cell 2 of 3 (1) is a raw cell" in refused(nb)


def test_an_empty_cell(notebook):
    assert "cell 2 of 2 (empty) is an empty code cell" in refused(notebook(" \n"))


@pytest.mark.parametrize(
    "code",
    ["%%script false --no-raise-error\n1 / 0", "x = 1\n!false", "x = !false", "%pip install x"],
)
def test_a_magic_or_a_shell_line_that_hides_its_failure(notebook, code):
    message = refused(notebook(code))
    assert "cell 2 of 2 (" in message and "is not plain Python" in message
    assert "check=True" in message


def test_awaiting_in_a_cell_is_plain_python(notebook):
    harness.check_source(notebook("import asyncio\nawait asyncio.sleep(0)"), "tiny")


# What is found by running it


def test_a_cell_that_raises(notebook):
    nb = notebook("print('before')", "x = [1]\nx[3]", "print('never')")
    with pytest.raises(NotebookError) as caught:
        run(nb)
    assert "tiny, cell 3 of 4 (x = [1]) raised IndexError: list index" in str(caught.value)
    partial = caught.value.notebook
    assert cells.text_of(partial.cells[1]) == "before" and partial.cells[2].outputs
    assert partial.cells[3].outputs == []


def test_a_killed_kernel_is_noticed_long_before_the_timeout(notebook):
    started = time.monotonic()
    message = refused(
        notebook("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "1"), timeout=300
    )
    assert "cell 2 of 3" in message and "its kernel died" in message
    assert time.monotonic() - started < 100


def test_a_kernel_killed_between_two_cells(notebook):
    code = "import os, threading\nthreading.Timer(0.3, os.kill, (os.getpid(), 9)).start()"
    assert "its kernel died" in refused(notebook(code, "import time; time.sleep(60)"))


@pytest.mark.parametrize(
    "code, reason",
    [
        ("exit()", "left the notebook"),
        ("import sys; sys.exit()", "raised SystemExit"),
        ("import os; os._exit(0)", "its kernel died"),
    ],
)
def test_a_cell_that_leaves(notebook, code, reason):
    assert reason in refused(notebook(code, "print('never')"))


def test_a_kernel_that_cannot_start(notebook, monkeypatch):
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    assert "could not be run: " in refused(notebook("1"))


def test_a_cell_that_takes_too_long(notebook):
    message = refused(notebook("import time; time.sleep(60)"), timeout=1)
    assert "longer than the 1 s that a cell may take" in message


def test_a_notebook_that_ran_in_no_time(notebook, monkeypatch):
    monkeypatch.setattr(harness, "LEAST_SECONDS", 0.3)
    message = refused(notebook("1"))
    assert "which is no time at all" in message


def test_a_cell_that_the_runner_skipped(notebook, monkeypatch):
    monkeypatch.setattr(PapermillNotebookClient, "skip_cells_with_tag", "check")
    assert "cell 2 of 2 (print(1)) was skipped" in refused(notebook(("print(1)", "check")))


def test_a_traceback_on_stderr(notebook):
    code = (
        "import threading\nthread = threading.Thread(target=lambda: 1 / 0)\n"
        "thread.start(); thread.join()\nimport time; time.sleep(0.3)"
    )
    message = refused(notebook(code))
    assert "wrote a traceback to stderr" in message and "ZeroDivisionError" in message


def test_words_on_stderr_are_no_traceback(notebook):
    code = "import sys\nprint('epoch 1: error 0.2, no Error here', file=sys.stderr)\nprint('ok')"
    assert cells.text_of(run(notebook(code)).cells[1]) == "ok"


def test_an_error_that_is_shown_but_not_raised(notebook):
    code = "try:\n    1 / 0\nexcept ZeroDivisionError:\n    get_ipython().showtraceback()"
    assert "raised ZeroDivisionError" in refused(notebook(code))


def test_a_control_whose_function_raises(notebook):
    code = (
        "import ipywidgets\ndef draw(sigma):\n    raise KeyError('left_knee')\n"
        "display(ipywidgets.interactive(draw, sigma=(0, 5)))"
    )
    assert "behind a control raised KeyError: 'left_knee'" in refused(notebook(code))


def test_a_mark_on_a_cell_without_text(notebook):
    message = refused(notebook(("x = 1", "check")))
    assert "tagged 'check' but shows no text" in message


def test_a_key_cell_without_a_figure(notebook):
    assert "no line like 'name: value'" in refused(notebook(("print('fine')", "key")))


# What goes well


def test_parameters_arrive_and_the_notebook_itself_is_left_alone(notebook):
    nb = notebook("print(PROFILE, DATASET, SEED)")
    done = run(nb, {"PROFILE": "smoke", "SEED": 3})
    assert cells.text_of(done.cells[2]) == "smoke synthetic 3"
    assert "injected-parameters" in done.cells[1].metadata.tags
    assert len(nb.cells) == 2 and nb.cells[1].outputs == []


def test_parameters_as_they_stand_put_no_cell_in(notebook):
    done = run(notebook("import time; time.sleep(0.5)"), {"PROFILE": "quick", "SEED": 0})
    assert [cell.id for cell in done.cells] == ["cell0", "cell1"]
    assert 0.5 < harness.seconds_of(done) < 30


def test_the_kernel_sees_an_empty_folder_inline_figures_and_the_whole_mirror(
    notebook, tmp_path, monkeypatch
):
    (tmp_path / "mirror").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POSEKIT_MIRROR", "mirror")
    monkeypatch.setenv("MPLBACKEND", "Agg")
    code = (
        "import os\nprint(os.listdir())\nprint(os.environ['POSEKIT_MIRROR'])\n"
        "print(os.environ['MPLBACKEND'])"
    )
    text = cells.text_of(run(notebook(code)).cells[1]).splitlines()
    assert text[:2] == ["[]", str(tmp_path / "mirror")] and "inline" in text[2]


def test_progress_names_the_chapter(notebook, capsys):
    run(notebook("1", "2"))
    assert "tiny:" in capsys.readouterr().err


def test_key_figures(notebook):
    done = run(notebook(("print('people: 3')\nprint('done')\nprint('error: 0.1 px')", "key")))
    assert cells.key_figures(done) == ["people: 3", "error: 0.1 px"]


def test_figures_controls_and_stderr_are_no_text(notebook):
    (cell,) = notebook("x", parameters=None).cells
    cell.outputs = nbformat.from_dict(
        [
            {"output_type": "stream", "name": "stderr", "text": "10 %"},
            {"output_type": "display_data", "data": {"image/png": "", "text/plain": "<Figure>"}},
            {"output_type": "display_data", "data": {cells.WIDGET_VIEW: {}, "text/plain": "Box()"}},
            {"output_type": "execute_result", "data": {"text/plain": "42"}},
        ]
    )
    assert cells.text_of(cell) == "42"
