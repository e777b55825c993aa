"""Run a notebook so that green means: every cell ran, as the reader sees it, and worked.

Papermill and nbconvert carry on over an unknown parameter, a missing ``parameters`` cell, a
cell tagged to be skipped; here each is a `NotebookError` of one sentence. `differences`
compares the cells that are marked with what the committed notebook shows:

    check         the text must be reproduced to the letter
    check-0.05    each number may differ by 5 % of itself, the words not at all
    key           its ``name: value`` lines are the chapter's key figures

nbval is not used: it cannot compare within a tolerance, and would be a second run of each.
"""

from __future__ import annotations

import ast
import atexit
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

CELL_TIMEOUT = 300  # seconds; `make run --profile full` allows more
LEAST_SECONDS = 0.3  # only importing posekit takes longer: a faster notebook did nothing
MARK = re.compile(r"check(?:-(0?\.\d+))?")
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
ERROR_LINE = re.compile(r"^(Traceback \(most recent call last\)|[\w.]*(Error|Exception): )", re.M)
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class NotebookError(Exception):
    """A notebook that did not do what it seems to do, in one sentence.

    ``notebook`` is what had been executed by then, with the outputs so far.
    """

    def __init__(self, message: str, notebook=None):
        super().__init__(message)
        self.notebook = notebook


@dataclass
class Run:
    """An executed notebook and the seconds that its cells took."""

    notebook: nbformat.NotebookNode
    seconds: float


def tags(cell) -> list[str]:
    return cell.metadata.get("tags", [])


def parameters_of(nb, name: str) -> dict:
    """The names and values of the one cell tagged ``parameters``: plain assignments."""
    cells = [cell for cell in nb.cells if "parameters" in tags(cell)]
    if len(cells) != 1:
        raise NotebookError(f"{name}: one cell must be tagged 'parameters', and {len(cells)} are.")
    try:
        return {
            statement.targets[0].id: ast.literal_eval(statement.value)
            for statement in ast.parse(cells[0].source).body
        }
    except (SyntaxError, ValueError, AttributeError):
        raise NotebookError(
            f"{name}: the parameters cell may hold only lines like PROFILE = 'quick', so that "
            "another value can take its place."
        ) from None


def check_source(nb, name: str) -> None:
    """Refuse what would let a notebook pass without having run, or a mark without meaning."""
    parameters_of(nb, name)
    for i, cell in enumerate(nb.cells, start=1):
        where = f"{name}, cell {i} of {len(nb.cells)}"
        if cell.cell_type == "raw":
            raise NotebookError(f"{where} is a raw cell, which is never run: make it code or text.")
        for tag in tags(cell):
            if tag not in ("parameters", "key") and not MARK.fullmatch(tag):
                raise NotebookError(
                    f"{where} has the tag {tag!r}: only parameters, key, check and check-0.05 "
                    "(a tolerance) are known, and none that skips a cell or lets it fail."
                )
        if cell.cell_type != "code":
            continue
        if not cell.source.strip():
            raise NotebookError(f"{where} is an empty code cell.")
        magic = re.match(r"\s*%%(\w+)", cell.source)
        if magic:
            raise NotebookError(
                f"{where} begins with %%{magic[1]}: a cell magic can hide that the code below it "
                "does not run."
            )


def with_parameters(nb, parameters: dict, name: str):
    """A copy with a cell after the parameters cell that sets those whose value is another."""
    known = parameters_of(nb, name)
    unknown = sorted(set(parameters) - set(known))
    if unknown:
        raise NotebookError(
            f"{name} has no parameter {', '.join(unknown)}; it has {', '.join(known)}."
        )
    nb = nbformat.from_dict(nb)
    lines = "\n".join(f"{key} = {v!r}" for key, v in parameters.items() if v != known[key])
    if lines:
        at = next(i for i, cell in enumerate(nb.cells) if "parameters" in tags(cell))
        metadata = {"tags": ["injected-parameters"]}  # papermill's name for it
        nb.cells.insert(at + 1, nbformat.v4.new_code_cell(lines, id="injected", metadata=metadata))
    return nb


class Progress:
    """``00_live_demo  cell 7 of 31``: rewritten in place on a terminal, else now and then."""

    def __init__(self, name: str, stream=None, every: float = 5.0):
        self.name, self.stream, self.every = name, stream or sys.stdout, every
        self.started = self.shown = time.monotonic()

    def __call__(self, cell: int, cells: int) -> None:
        now = time.monotonic()
        line = f"{self.name}  cell {cell} of {cells}, {now - self.started:.0f} s"
        if self.stream.isatty():
            end = "\n" if cell == cells else ""
            print(f"\r{line}\x1b[K", end=end, file=self.stream, flush=True)
        elif cell in (1, cells) or now - self.shown >= self.every:
            self.shown = now
            print(line, file=self.stream, flush=True)


class _Client(NotebookClient):
    """nbclient's, remembering which cells the kernel itself reported as done."""

    def __init__(self, nb, progress, **options):
        super().__init__(nb, **options)
        self.done: set[int] = set()
        self.current = 0
        self.on_cell_execute = self._begin
        self.on_cell_executed = self._end
        self.progress = progress or (lambda cell, cells: None)

    def _begin(self, cell, cell_index):
        self.current = cell_index
        self.progress(cell_index + 1, len(self.nb.cells))

    def _end(self, cell, cell_index, execute_reply):
        content = execute_reply["content"] if execute_reply else {}
        # exit() is answered "ok", with a request that only a front end would follow.
        leaves = any(item.get("source") == "ask_exit" for item in content.get("payload", ()))
        if content.get("status") == "ok" and not leaves:
            self.done.add(cell_index)

    def kill(self):
        if self.km is not None and self.km.has_kernel:
            os.kill(self.km.provisioner.pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def environment(scratch: str) -> dict[str, str]:
    """The kernel's: nothing of the user's own IPython, figures inline, the mirror absolute."""
    env = {**os.environ, "IPYTHONDIR": scratch, "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    env.pop("MPLBACKEND", None)  # with Agg in it no figure would come
    mirror = env.get("POSEKIT_MIRROR", "")
    if mirror and "://" not in mirror:
        env["POSEKIT_MIRROR"] = str(Path(mirror).resolve())
    return env


def run(
    nb,
    parameters: dict | None = None,
    *,
    name: str = "notebook",
    folder=None,
    timeout: float = CELL_TIMEOUT,
    least_seconds: float = LEAST_SECONDS,
    progress: Callable | None = None,
) -> Run:
    """Execute a copy of ``nb`` with ``parameters`` replaced, and trust nothing about it.

    It runs in ``folder``, by default an empty one of its own: what a notebook needs beside
    it would be missing on Colab. ``timeout``: seconds that one cell may take.

    Raises `NotebookError`, one sentence, for everything in this module's tests; Ctrl-C kills
    the kernel and is passed on.
    """
    check_source(nb, name)
    nb = with_parameters(nb, parameters or {}, name)
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        where = Path(folder or scratch, "work" if folder is None else "")
        where.mkdir(parents=True, exist_ok=True)
        client = _Client(
            nb,
            progress,
            timeout=timeout,
            kernel_name="python3",
            coalesce_streams=True,
            resources={"metadata": {"path": str(where)}},
            extra_arguments=["--log-level=ERROR"],
            # By default what a slow kernel prints after 4 s of silence is lost without a word.
            iopub_timeout=60,
            raise_on_iopub_timeout=True,
        )
        seconds = _execute(client, environment(str(Path(scratch, "ipython"))), name, timeout)
    _check_executed(client, seconds, least_seconds, name)
    return Run(nb, seconds)


def _execute(client, env, name, timeout) -> float:
    """Run all cells; nbclient's exceptions become ours. Returns the seconds taken."""
    started = time.monotonic()
    # In a thread, because in the main one nbclient takes Ctrl-C to itself and kills only
    # this kernel: the chapters after it would run on.
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(client.execute, env=env)
        try:
            future.result()
        except KeyboardInterrupt:
            client.kill()
            raise
        except CellExecutionError as error:
            _fail(client, name, f"raised {error.ename}: {_first_line(error.evalue)}")
        except CellTimeoutError:
            _fail(client, name, f"took longer than the {timeout:g} s that a cell may take.")
        except DeadKernelError:
            _fail(client, name, "was running when its kernel died (out of memory, or a crash).")
        except Exception as error:  # no kernel, no disk: still a sentence, not the end of all
            atexit.unregister(client._cleanup_kernel)  # nbclient forgets to when none started
            reason = f"{type(error).__name__}: {_first_line(str(error))}"
            raise NotebookError(f"{name} could not be run: {reason}", client.nb) from error
    return time.monotonic() - started


def _first_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[0][:200] if lines else "(no message)"


def _where(client, index, name) -> str:
    code = _first_line(client.nb.cells[index].source)
    return f"{name}, cell {index + 1} of {len(client.nb.cells)} ({code[:48]})"


def _fail(client, name, what, index=None):
    index = client.current if index is None else index
    raise NotebookError(f"{_where(client, index, name)} {what}", client.nb) from None


def _check_executed(client, seconds, least_seconds, name):
    for i, cell in enumerate(client.nb.cells):
        if cell.cell_type != "code":
            continue
        if i not in client.done:
            _fail(client, name, "was skipped, or left the notebook with exit().", i)
        for output in cell.outputs:
            if output.output_type == "error":
                _fail(client, name, f"shows an error: {output.ename}.", i)
            text = output.get("text", "") if output.get("name") == "stderr" else ""
            found = ERROR_LINE.search(text)
            if found:
                line = [row for row in text[found.start() :].splitlines() if ERROR_LINE.match(row)]
                _fail(client, name, f"wrote a traceback to stderr: {line[-1][:200]}", i)
        if any(tag == "key" or MARK.fullmatch(tag) for tag in tags(cell)):
            _check_mark(client, i, cell, name)
    _check_widgets(client, name)
    if seconds < least_seconds:
        raise NotebookError(
            f"{name} ran in {seconds:.2f} s, which is no time at all: nothing in it can have "
            "done any work.",
            client.nb,
        )


def _check_mark(client, index, cell, name):
    """A mark that could never fail is an error."""
    if not text_of(cell).strip():
        _fail(client, name, f"is tagged {tags(cell)[0]!r} but shows no text to compare.", index)
    if "key" in tags(cell) and not key_lines(cell):
        _fail(client, name, "is tagged 'key' but prints no line like 'name: value'.", index)


def _check_widgets(client, name):
    """What a control's function raises goes into the control, not into the cell."""
    for state in client.widget_state.values():
        for output in state.get("outputs", ()):
            if output.get("output_type") == "error":
                raise NotebookError(
                    f"{name}: the function behind a control raised {output['ename']}: "
                    f"{_first_line(output['evalue'])}",
                    client.nb,
                )


def text_of(cell) -> str:
    """What a code cell shows as text: stdout and results, not figures, controls or stderr."""
    parts = []
    for output in cell.get("outputs", ()):
        data = output.get("data", {})
        if output.output_type == "stream" and output.name == "stdout":
            parts.append(output.text)
        elif WIDGET_VIEW not in data and not any(kind.startswith("image/") for kind in data):
            parts.append(data.get("text/markdown") or data.get("text/plain") or "")
    return "\n".join(part.rstrip("\n") for part in parts if part)


def key_lines(cell) -> list[str]:
    return [line.strip() for line in text_of(cell).splitlines() if re.match(r"\s*\S.*: +\S", line)]


def key_figures(nb) -> list[str]:
    """The ``name: value`` lines of the cells tagged ``key``."""
    return [line for cell in nb.cells if "key" in tags(cell) for line in key_lines(cell)]


def differences(executed, committed, name: str) -> list[str]:
    """Where the marked cells of a run show something else than the committed notebook."""
    before = {cell.id: cell for cell in committed.cells}
    found = []
    for i, cell in enumerate(executed.cells, start=1):
        marks = [match for match in map(MARK.fullmatch, tags(cell)) if match]
        for mark in marks:
            if cell.id not in before:
                found.append(f"{name}, cell {i} is not in the committed notebook: make notebooks.")
                continue
            reason = _differ(text_of(before[cell.id]), text_of(cell), float(mark[1] or 0))
            if reason:
                found.append(f"{name}, cell {i} ({_first_line(cell.source)[:48]}): {reason}")
    return found


def _differ(old: str, new: str, tolerance: float) -> str | None:
    """The first difference in words, or None. Runs of blanks count as one with a tolerance."""
    if tolerance == 0:
        rows = zip((old + "\n").splitlines(), (new + "\n").splitlines())
        first = next(((a, b) for a, b in rows if a != b), (old[-60:], new[-60:]))
        return None if old == new else f"committed {first[0]!r}, now {first[1]!r}."
    if _words(old) != _words(new):
        return f"the words differ: committed {old[:120]!r}, now {new[:120]!r}."
    for a, b in zip(NUMBER.findall(old), NUMBER.findall(new)):
        if abs(float(a) - float(b)) > tolerance * abs(float(a)):
            return f"committed {a}, now {b}, more than {tolerance:.0%} away."
    return None


def _words(text: str) -> str:
    return " ".join(NUMBER.sub(" # ", text).split())
