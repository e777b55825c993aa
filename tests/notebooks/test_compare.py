"""Committed notebooks as tests: what must fail does, what may differ does not matter.

Each test runs pytest itself on a small notebook with outputs as somebody committed them.
"""

import re
import subprocess
import sys
import time

import nbformat
import pytest

from notebooks import compare, harness

pytest_plugins = ["pytester"]
WORK = "import time; time.sleep(0.3)"  # the last cell: without it the notebook runs in no time


def text(value, name="stdout"):
    return nbformat.v4.new_output("stream", name=name, text=value)


@pytest.fixture
def tested(notebook, pytester):
    """``tested(("code", "tag or None", output, ...), ...)``: which cells fail, and the report.

    The cells are counted as nbval does: cell 0 holds the parameters. ``change`` is called on
    the notebook before it is written.
    """

    def run(*cells, limit=60, change=lambda nb: None):
        nb = notebook(*((code, *filter(None, [tag])) for code, tag, *_ in cells), WORK)
        for cell, (_, _, *outputs) in zip(nb.cells[1:], cells):
            cell.outputs = outputs
        for number, cell in enumerate(nb.cells, start=1):
            cell.execution_count = number
        change(nb)
        nbformat.write(nb, pytester.path / "00_tiny.ipynb")
        options = ["-rfE", "--color=no", f"--nbval-cell-timeout={limit}"]
        report = pytester.runpytest_inprocess(*options, plugins=[compare]).stdout.str()
        failed = re.findall(r"^(?:FAILED|ERROR) 00_tiny\.ipynb::Cell (\d+)", report, re.M)
        return list(map(int, failed)), re.sub(r"\x1b\[[\d;]*m", "", report)

    return run


def test_make_test_collects_every_cell_of_every_committed_notebook(root, pytestconfig):
    assert "notebooks" in pytestconfig.getini("testpaths")
    assert pytestconfig.option.nbval_cell_timeout == harness.CELL_TIMEOUT
    command = [sys.executable, "-m", "pytest", "--collect-only", "notebooks"]
    collected = subprocess.run(command, cwd=root, capture_output=True, text=True).stdout
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        code = sum(cell.cell_type == "code" for cell in cells)
        assert len(re.findall(rf"{path.name}::Cell \d+", collected)) == code, collected


# What is compared


def test_what_is_right_passes_and_what_may_differ_does(tested):
    progress = "from tqdm import tqdm\nfor i in tqdm(range(3)): pass\nprint('done')"
    figure = (
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots(figsize=(1, 1))\nplt.show()\n"
        "print('one figure')"
    )
    picture = nbformat.v4.new_output("display_data", {"image/png": "AA", "text/plain": "<Figure>"})
    failed, report = tested(
        ("print('14 joints')", "check", text("14 joints\n")),
        ("print('loss', 1.04, 'px')", "check-0.05", text("loss 1.00 px\n")),
        ("'PCK'", "check", nbformat.v4.new_output("execute_result", {"text/plain": "'PCK'"})),
        (progress, "check", text("100%|##| 3/3 [00:00<00:00]", "stderr"), text("done\n")),
        (progress, "check", text("done\n")),
        (figure, "check", text("one figure\n"), picture),
        (figure, "check-0.05", text("one figure\n")),
        ("import ipywidgets\nprint(1)\nipywidgets.IntSlider(3)", "check", text("1\n")),
        ("import random; print(random.random())", None, text("another number\n")),
    )
    assert failed == [], report
    assert "11 passed" in report


def test_what_is_wrong_fails_and_the_cells_after_it_are_tested_too(tested):
    failed, report = tested(
        ("print('14 joints')", "check", text("15 joints\n")),
        ("print('14 limbs')", "check", text("14 pairs\n")),
        ("print('loss 1.06 px')", "check-0.05", text("loss 1.00 px\n")),
        ("print('loss 1.00 mm')", "check-0.05", text("loss 1.00 px\n")),
        ("1 / 0", None),
        ("print('more')\n2", "check", text("more\n")),
        ("print('after')", "check", text("after\n")),
    )
    assert failed == [1, 2, 3, 4, 5, 6], report
    for committed, now in [
        ("15 joints", "14 joints"),
        ("14 pairs", "14 limbs"),
        ("committed:\nloss 1.00 px", "now:\nloss 1.06 px"),
        ("committed:\nloss 1.00 px", "now:\nloss 1.00 mm"),
    ]:
        assert committed in report and now in report, report
    assert "committed 1.00, now 1.06, more than 5% away." in report
    assert "ZeroDivisionError: division by zero" in report


@pytest.mark.parametrize(
    "old, new, same",
    [
        ("loss 1.00 px", "loss 1.04 px", True),
        ("loss 1.00 px", "loss 1.06 px", False),
        ("loss -1.0e-3", "loss -1.02e-03", True),
        ("loss 1.0", "loss -1.0", False),
        ("loss 9.9", "loss  10.1", True),
        ("loss 1.0 px", "loss 1.0 mm", False),
        ("1.0", "1.0 1.0", False),
        ("0", "0.1", False),
        ("loss 1.0", "loss nan", False),
    ],
)
def test_what_counts_as_the_same_number(old, new, same):
    difference = compare.numbers_differ(old, new, 0.05)
    assert (difference is None) == same, difference


def test_a_semicolon_hides_a_result_as_it_does_for_the_reader(tested):
    failed, report = tested(("print(1)\n2;", "check", text("1\n")))
    assert failed == [], report


def test_a_mark_that_cannot_fail(tested):
    failed, report = tested(("x = 1", "check"), ("x = 1", "check-0.05"), ("print('fine')", "key"))
    assert failed == [1, 2, 3], report
    assert "tagged 'check' but shows no text" in report
    assert "tagged 'key' but" in report


def test_a_marked_cell_whose_committed_output_was_never_made(tested):
    def forget(nb):
        nb.cells[1].execution_count = None

    failed, report = tested(("print(1)", "check"), change=forget)
    assert failed == [1] and "tagged 'check' but shows no text" in report


# What is executed


@pytest.mark.parametrize(
    "code, words",
    [
        ("exit()", "The cell left the notebook with exit()."),
        ("import os; os._exit(0)", "The kernel died"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "The kernel died"),
        ("import sys; sys.exit()", "SystemExit"),
    ],
)
def test_a_cell_that_leaves_is_noticed_long_before_the_limit(tested, code, words):
    started = time.monotonic()
    failed, report = tested((code, None), limit=300)
    assert failed[0] == 1 and words in report, report
    assert time.monotonic() - started < 100


def test_exit_in_the_last_cell(tested):
    def leave(nb):
        nb.cells[-1].source = f"{WORK}\nexit()"

    failed, report = tested(change=leave)
    assert 1 in failed and "The cell left the notebook with exit()." in report


def test_a_cell_that_takes_too_long(tested):
    failed, report = tested(("import time; time.sleep(60)", None), limit=1)
    assert 1 in failed and "Timeout of 1 seconds exceeded" in report


def test_comments_that_would_skip_a_cell_or_let_it_fail(tested):
    failed, report = tested(
        ("# NBVAL_SKIP\n1 / 0", None), ("# NBVAL_RAISES_EXCEPTION\n1 / 0", None)
    )
    assert failed == [1, 2], report


@pytest.mark.parametrize(
    "code, tag, words",
    [
        ("1 / 0", "nbval-skip", "has the tag 'nbval-skip'"),
        ("1 / 0", "raises-exception", "has the tag 'raises-exception'"),
        ("%%script false --no-raise-error\n1 / 0", None, "is not plain Python"),
        ("!false", None, "is not plain Python"),
        ("A = 1", "parameters", "one cell must be tagged 'parameters', and 2 are"),
    ],
)
def test_a_notebook_that_could_pass_without_having_run(tested, code, tag, words):
    failed, report = tested((code, tag))
    assert failed == [0, 1, 2] and words in report


def test_a_control_whose_function_raises(tested):
    failed, report = tested(
        (
            "import ipywidgets\ndef draw(sigma):\n    raise KeyError('left_knee')\n"
            "display(ipywidgets.interactive(draw, sigma=(0, 5)))",
            None,
        )
    )
    assert failed == [1] and "KeyError: 'left_knee'" in report


def test_an_error_that_is_shown_but_not_raised(tested):
    code = "try:\n    1 / 0\nexcept ZeroDivisionError:\n    get_ipython().showtraceback()"
    failed, report = tested((code, None))
    assert failed == [1] and "ZeroDivisionError: division by zero" in report


# What fails in the background writes a traceback to stderr, some time or other

THREAD = """import threading, time
def fail():
    time.sleep({seconds})
    1 / 0
thread = threading.Thread(target=fail)
thread.start()
"""
FAIL = """import asyncio
async def fail():
    1 / 0
"""
TASK = "asyncio.create_task(fail())\n"


def test_a_thread_that_fails_in_its_own_cell_or_in_a_later_one(tested):
    failed, report = tested(
        (THREAD.format(seconds=0) + "thread.join()", None),
        (THREAD.format(seconds=1), None),
        ("time.sleep(2)", None),
    )
    words = "wrote a traceback to stderr: ZeroDivisionError: division by zero"
    assert failed == [1, 3] and f"Cell 1: The cell {words}" in report, report
    assert f"Cell 3: The cell {words}" in report


@pytest.mark.parametrize("code", [TASK, f"{TASK}await asyncio.sleep(0.1)", f"task = {TASK}"])
def test_a_task_that_nobody_awaits_in_the_last_cell(tested, code):
    def leave(nb):
        nb.cells[-1].source = f"{WORK}\n{FAIL}{code}"

    failed, report = tested(change=leave)
    assert failed == [1] and "traceback" in report, report
    assert "ZeroDivisionError: division by zero" in report, report


def test_words_on_stderr_are_no_traceback(tested):
    code = "import sys\nprint('epoch 1: error 0.2, no Error here', file=sys.stderr)"
    failed, report = tested((code, None))
    assert failed == [], report


def test_a_notebook_that_ran_in_no_time(tested):
    def hurry(nb):
        nb.cells[-1].source = "1"

    failed, report = tested(change=hurry)
    assert failed == [1] and "00_tiny ran in 0." in report and "no time at all" in report, report


def test_the_kernel_sees_an_empty_folder_and_inline_figures(tested, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    code = "import os\nprint(os.listdir(), 'inline' in os.environ['MPLBACKEND'])"
    failed, report = tested((code, "check", text("[] True\n")))
    assert failed == [], report
