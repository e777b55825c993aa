"""Run a notebook so that green means: every cell ran, as the reader sees it, and worked.

Papermill executes it. Papermill carries on over an unknown parameter, a missing
``parameters`` cell, a cell tagged to be skipped and ``exit()``; here each is a
`NotebookError` of one sentence.
"""

from __future__ import annotations

import ast
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.execute import remove_error_markers

from notebooks import cells

CELL_TIMEOUT = 300  # seconds; `make run --profile full` allows more
LEAST_SECONDS = 0.3  # only importing posekit takes longer: a faster notebook did nothing
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"


class NotebookError(Exception):
    """A notebook that did not do what it seems to do, in one sentence.

    ``notebook`` is what had been executed by then, with the outputs so far.
    """

    def __init__(self, message: str, notebook=None):
        super().__init__(message)
        self.notebook = notebook


def _fail(nb, index: int, name: str, what: str):
    cell = f"cell {index + 1} of {len(nb.cells)} ({cells.first_line(nb.cells[index].source)[:48]})"
    raise NotebookError(f"{name}, {cell} {what}", nb) from None


# Before a run


def parameters_of(nb, name: str) -> dict:
    """The names and values of the one cell tagged ``parameters``: plain assignments."""
    tagged = [cell for cell in nb.cells if "parameters" in cells.tags(cell)]
    if len(tagged) != 1:
        raise NotebookError(f"{name}: one cell must be tagged 'parameters', and {len(tagged)} are.")
    try:
        return {
            statement.targets[0].id: ast.literal_eval(statement.value)
            for statement in ast.parse(tagged[0].source).body
        }
    except (SyntaxError, ValueError, AttributeError):
        raise NotebookError(
            f"{name}: the parameters cell may hold only lines like PROFILE = 'quick', so that "
            "another value can take its place."
        ) from None


def check_source(nb, name: str) -> None:
    """Refuse what would let a notebook pass without having run, or a mark without meaning."""
    parameters_of(nb, name)
    for i, cell in enumerate(nb.cells):
        reason = _refusal(cell)
        if reason:
            _fail(nb, i, name, reason)


def _refusal(cell) -> str | None:
    if cell.cell_type == "raw":
        return "is a raw cell, which is never run: make it code or text."
    for tag in cells.tags(cell):
        if tag not in ("parameters", "key") and not cells.MARK.fullmatch(tag):
            return (
                f"has the tag {tag!r}: only parameters, key, check and check-0.05 (a tolerance) "
                "are known, and none that skips a cell or lets it fail."
            )
    if cell.cell_type == "code" and not cell.source.strip():
        return "is an empty code cell."
    if cell.cell_type == "code" and not is_python(cell.source):
        return (
            "is not plain Python: a magic can hide that its code does not run, and a shell "
            "line that it failed. Write subprocess.run(..., check=True)."
        )
    return None


def is_python(source: str) -> bool:
    """IPython's own syntax, such as ``!ls``, ``%pip`` and ``%%bash``, does not parse."""
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


@contextmanager
def kernel_surroundings():
    """An empty folder to run in, and the environment for a kernel that is started meanwhile.

    What a notebook needs beside it would be missing on Colab. Nothing of the user's own
    IPython is there, figures are inline, the mirror's path is absolute, and temporary files
    go when the run ends.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        work = Path(scratch, "work")
        work.mkdir()
        ipython = str(Path(scratch, "ipython"))
        env = {"IPYTHONDIR": ipython, "TMPDIR": scratch, "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
        mirror = os.environ.get("POSEKIT_MIRROR", "")
        if mirror and "://" not in mirror:
            env["POSEKIT_MIRROR"] = str(Path(mirror).resolve())
        with mock.patch.dict(os.environ, env):
            os.environ.pop("MPLBACKEND", None)  # with Agg in it no figure would come
            yield work


# The run


class _Watch:
    """The hooks that nbclient calls during a run, and what they have seen."""

    def __init__(self):
        self.notebook, self.current, self.done = None, 0, set()

    def notebook_starts(self, notebook):
        self.notebook = notebook

    def cell_starts(self, cell, cell_index):
        self.current = cell_index

    def cell_ends(self, cell, cell_index, execute_reply):
        if is_completed(execute_reply["content"]):
            self.done.add(cell_index)

    def fail(self, name, what):
        _fail(self.notebook, self.current, name, what)


def is_completed(reply: dict) -> bool:
    """Did the kernel report that the cell ran to its end?

    ``exit()`` is answered "ok", with a request that only a front end would follow.
    """
    leaves = any(item.get("source") == "ask_exit" for item in reply.get("payload", ()))
    return reply["status"] == "ok" and not leaves


def run(nb, parameters=None, *, name="notebook", folder=None, timeout: int = CELL_TIMEOUT):
    """The executed copy of ``nb`` with ``parameters`` replaced; nothing about it is trusted.

    It runs in ``folder``, by default an empty one. ``timeout``: seconds that one cell may
    take. Raises `NotebookError`, one sentence, for everything in this module's tests.
    """
    check_source(nb, name)
    known = parameters_of(nb, name)
    parameters = parameters or {}
    unknown = sorted(set(parameters) - set(known))
    if unknown:
        names = ", ".join(unknown)
        raise NotebookError(f"{name} has no parameter {names}; it has {', '.join(known)}.")
    changed = {key: value for key, value in parameters.items() if value != known[key]}
    watch = _Watch()
    with kernel_surroundings() as work:
        if folder is not None:
            work = Path(folder)
            work.mkdir(parents=True, exist_ok=True)
        _execute(nb, changed, name, work, timeout, watch)
    _check_cells(watch, name)
    _check_controls(watch.notebook, name)
    check_seconds(seconds_of(watch.notebook), name)
    return watch.notebook


def _execute(nb, parameters, name, work, timeout, watch) -> None:
    """Papermill's run; what stops it becomes one sentence, other than what a cell shows."""
    try:
        papermill.execute_notebook(
            nb,
            None,
            parameters,
            kernel_name="python3",
            language="python",
            cwd=work,
            progress_bar={"desc": name, "mininterval": 1},
            execution_timeout=timeout,
            # These are nbclient's. By default what a slow kernel prints after 4 s of silence
            # is an error, and on Ctrl-C the kernel is given time to print a traceback.
            iopub_timeout=60,
            shutdown_kernel="immediate",
            coalesce_streams=True,
            extra_arguments=["--log-level=ERROR"],
            on_notebook_start=watch.notebook_starts,
            on_cell_execute=watch.cell_starts,
            on_cell_executed=watch.cell_ends,
        )
    except papermill.PapermillExecutionError:
        watch.notebook = remove_error_markers(watch.notebook)  # the cell itself shows the error
    except CellTimeoutError:
        watch.fail(name, f"took longer than the {timeout} s that a cell may take.")
    except DeadKernelError:
        watch.fail(name, "was running when its kernel died (out of memory, or a crash).")
    except Exception as error:  # no kernel, no disk: still a sentence, not the end of all
        reason = f"{type(error).__name__}: {cells.first_line(str(error))}"
        raise NotebookError(f"{name} could not be run: {reason}", watch.notebook) from error


# After a run


def _check_cells(watch, name):
    nb = watch.notebook
    for i, cell in enumerate(nb.cells):
        if cell.cell_type != "code":
            continue
        is_raised = any(output.output_type == "error" for output in cell.outputs)
        if i not in watch.done and not is_raised:
            _fail(nb, i, name, "was skipped, or left the notebook with exit().")
        reason = cells.fault(cell)
        if reason:
            _fail(nb, i, name, reason)


def _check_controls(nb, name):
    """What a control's function raises goes into the control, not into the cell."""
    for widget in nb.metadata.get("widgets", {}).get(WIDGET_STATE, {"state": {}})["state"].values():
        for output in widget["state"].get("outputs", ()):
            if output["output_type"] == "error":
                what = f"{output['ename']}: {cells.first_line(output['evalue'])}"
                raise NotebookError(f"{name}: the function behind a control raised {what}", nb)


def seconds_of(nb) -> float:
    """What the cells took, as papermill has measured it; the kernel's start does not count."""
    return sum(cell.metadata.papermill.duration for cell in nb.cells)


def check_seconds(seconds: float, name: str) -> None:
    if seconds < LEAST_SECONDS:
        what = "which is no time at all: nothing in it can have done any work"
        raise NotebookError(f"{name} ran in {seconds:.2f} s, {what}.")
