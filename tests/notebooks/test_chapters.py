"""Every chapter: in step with its source, runs in smoke and on real data, is of one shape.

A chapter is found by being in notebooks/src: adding one adds its tests. The committed
notebooks themselves are tests too, cell by cell in quick: notebooks/conftest.py.
"""

import ast
import re

import nbformat
import papermill
import pytest

from notebooks import build, cells, harness, shape
from notebooks.harness import NotebookError

SOURCES = sorted((build.FOLDER / "src").glob("*.py"))
SECONDS = 120  # for one cell in smoke


def _real_data():
    """Each chapter with each real data set of its header (a broken header: its own test)."""
    for source in SOURCES:
        try:
            names = build.convert(source).metadata.posekit.get("real_data", [])
        except NotebookError:
            names = []
        yield from (pytest.param(source, name, id=f"{source.stem}-{name}") for name in names)


@pytest.fixture(params=SOURCES, ids=lambda path: path.stem)
def source(request):
    return request.param


def test_there_is_a_chapter_and_each_is_named_by_its_number():
    assert SOURCES and [path for path in SOURCES if not re.match(r"\d\d_\w+$", path.stem)] == []


def test_the_committed_notebook_is_in_step_and_fit_to_commit(source):
    assert build.check(source) == []


def test_the_notebooks_as_a_whole():
    assert build.check_folder() == []


def test_it_is_of_the_course_s_shape(source):
    assert shape.faults(build.convert(source)) == []


def test_a_sentence_stands_after_every_two_cells(source):
    found = shape.most_in_a_row(build.convert(source))
    assert found <= 2, f"{found} code cells follow each other: write what the next one is for"


def test_the_cells_of_the_setup_do_not_count_as_a_row(tmp_path):
    path = tmp_path / "00_tiny.py"
    for code, most in (("", 2), ("# %%\nx = 1\n\n", 3)):
        path.write_text(GOOD.replace("# %%\ndef stub", f"{code}# %%\ndef stub"), encoding="utf-8")
        assert shape.most_in_a_row(build.convert(path)) == most + 1


@pytest.mark.slow
def test_smoke_runs_as_anybody_s_papermill_would_run_it(source, tmp_path):
    committed = build.FOLDER / f"{source.stem}.ipynb"
    papermill.execute_notebook(
        committed,
        tmp_path / "out.ipynb",
        {"PROFILE": "smoke"},
        cwd=tmp_path,
        progress_bar=False,
        execution_timeout=SECONDS,
    )
    nb = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert "injected-parameters" in [tag for cell in nb.cells for tag in cells.tags(cell)]
    assert all(cell.execution_count for _, cell in shape.code_cells(nb))


@pytest.mark.slow
@pytest.mark.mirror
@pytest.mark.parametrize("chapter_source, dataset", list(_real_data()))
def test_it_runs_on_its_real_data(chapter_source, dataset, mirror):
    name = f"{chapter_source.stem} · {dataset}"
    harness.run(
        build.convert(chapter_source),
        {"PROFILE": "smoke", "DATASET": dataset},
        name=name,
        timeout=SECONDS,
    )


def test_no_helper_stands_in_two_chapters():
    seen = {}
    for path in SOURCES:
        for _, node in shape.functions(build.convert(path)):
            first = seen.setdefault(ast.dump(node), path.stem)
            assert first == path.stem, f"{node.name} stands in {first} and in {path.stem}"


# The rules themselves: a chapter that keeps them all, and then breaks one

GOOD = """# ---
# jupyter:
#   posekit: {title: Tiny, promise: See it run., minutes: 5}
# ---

# %% [markdown]
# # 00 · Tiny
#
# 5 minutes.

# %%
import sys
COLAB = "google.colab" in sys.modules

# %% tags=["parameters"]
PROFILE = "quick"
DATASET = "synthetic"
SEED = 0

# %% [markdown]
# ## 1 · Twice (4 minutes)

# %% tags=["check", "key"]
def double(x):
    return 2 * x

print("twice:", double(2))

# %%
def stub(x):
    raise NotImplementedError

q.one.check(stub)
q.two.check(stub)
q.three.check(stub)

# %%
q.one.hint(); q.one.solution()
q.two.hint(); q.two.solution()
q.three.hint(); q.three.solution()

# %% [markdown]
# ### Exercise 3 (hard): three
#
# ### An experiment: why?
#
# ## 2 · Recap
#
# ### Quiz
#
# <details></details> <details></details> <details></details> <details></details>
# <details></details>
#
# **Next:** more.
"""
LONG = "def double(x):\n" + "    x = x\n" * 8 + "    return 2 * x\n"


def _faults(tmp_path, text):
    path = tmp_path / "00_tiny.py"
    path.write_text(text, encoding="utf-8")
    return shape.faults(build.convert(path))


def test_a_good_chapter_has_no_fault(tmp_path):
    assert _faults(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("import sys\n", "import sys\n" * 15, "cell 2 has 16 lines"),
        ('"twice:"', '"' + "twice" * 18 + '"', "columns: print"),
        ("def double(x):\n    return 2 * x\n", LONG, "double has 10 lines"),
        ("SEED = 0", "SEED = 0\nEPOCHS = 3", "the parameters are"),
        ("google.colab", "somewhere", "must be the bootstrap"),
        ('"check", ', "", "no cell is tagged check"),
        (', "key"', "", "no cell is tagged key"),
        ("q.two.check(stub)\n", "", "2 exercises are checked"),
        ("q.two.hint(); ", "", "q.two is checked, but its hint()"),
        ("# 00 · Tiny", "# 00 · Other", "must begin with the heading"),
        ("5 minutes.", "Quick.", "does not say the minutes"),
        ("## 2 · Recap", "## 2 · My turn", "the word recap"),
        ("### Quiz", "### End", "the word quiz"),
        ("<details></details> <details>", "<details>", "needs 5 questions"),
        (" (hard)", "", "no exercise is marked (hard)"),
        ("### An experiment", "### A trial", "no open experiment"),
        ("Twice (4 minutes)", "Twice", "does not end with its (N minutes)"),
        ("(4 minutes)", "(6 minutes)", "take 6 minutes, more than the header"),
        ("**Next:** more.", "", "what comes **Next**"),
    ],
)
def test_each_rule_finds_its_fault(tmp_path, old, new, words):
    assert old in GOOD
    found = _faults(tmp_path, GOOD.replace(old, new, 1))
    assert any(words in fault for fault in found), found


TRY = "try:\n    double(2)\nexcept {}:\n    {}\n"


@pytest.mark.parametrize(
    "code, words",
    [
        (TRY.format("ValueError", "pass"), "an except that only passes"),
        (TRY.format("ValueError", "..."), "an except that only passes"),
        (TRY.format("ValueError as error", "'as well'; pass"), "an except that only passes"),
        ("for i in range(3):\n    try: 1\n    except KeyError: continue", "only passes"),
        (TRY.format("Exception", "print('well')"), "must name the error"),
        (TRY.format("(KeyError, BaseException)", "print('well')"), "must name the error"),
        ("try:\n    1\nexcept:\n    print('well')\n", "must name the error"),
        ("with contextlib.suppress(ValueError):\n    double('2')", "contextlib.suppress() hides"),
        ("with suppress(ValueError):\n    double('2')", "suppress() hides"),
        ("threading.Thread(target=double).start()", "threading.Thread() hides"),
        ("task = asyncio.create_task(double(2))", "asyncio.create_task() hides"),
        ("future = pool.submit(double, 2)", "pool.submit() hides"),
        ("os.system('false')", "os.system() hides"),
        ("subprocess.Popen('false')", "subprocess.Popen() hides"),
        ("subprocess.run('false')", "check=True) makes a failed command an error"),
        ("subprocess.run('false', check=False)", "check=True) makes"),
    ],
)
def test_a_cell_that_hides_its_failure(tmp_path, code, words):
    found = _faults(tmp_path, GOOD.replace("import sys\n", f"import sys\n{code}\n"))
    assert found and all("cell 2: " in fault for fault in found)
    assert any(words in fault for fault in found), found


@pytest.mark.parametrize(
    "code",
    [
        TRY.format("ValueError as error", "print(error)"),
        TRY.format("(KeyError, ValueError)", "double = None"),
        "subprocess.run('true', check=True)",
        "await double(2)",
    ],
)
def test_a_cell_that_expects_an_error_or_shows_it(tmp_path, code):
    assert _faults(tmp_path, GOOD.replace("import sys\n", f"import sys\n{code}\n")) == []
