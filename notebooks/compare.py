"""The committed notebooks as tests: nbval executes each cell, and the marked ones must agree.

What a cell tagged ``check`` shows as text is compared to the letter by nbval itself, and
with ``check-0.05`` number by number within 5 %. Figures, controls and stderr (progress) are
never compared, and a cell without a mark only has to run.

The time limit of a cell is pytest's option ``--nbval-cell-timeout``, set in pyproject.toml.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from contextlib import ExitStack
from queue import Empty

import nbformat
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, RunningKernel
from nbval.plugin import IPyNbCell, IPyNbFile

from notebooks import cells, harness

NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def pytest_collect_file(file_path, parent):
    """Collect every notebook, whether or not ``--nbval`` was given."""
    return Notebook.from_parent(parent, path=file_path) if file_path.suffix == ".ipynb" else None


class KernelDied(Exception):
    """The kernel's process has ended: out of memory, a crash, or the cell has left it."""


class Kernel(RunningKernel):
    """nbval's kernel that keeps its last reply, and what it writes to stderr at any time."""

    def __init__(self, *args, **options):
        self.reply, self.stderr = {}, ""
        super().__init__(*args, **options)

    def execute_cell_input(self, cell_input, allow_stdin=None):
        """With a history, as in the reader's notebook: without one IPython ignores a ``;``."""
        return self.kc.execute(cell_input, allow_stdin=allow_stdin, stop_on_error=False)

    def get_message(self, stream, timeout=None):
        """The next message, as nbval's; a kernel that has died is not waited for."""
        end = time.monotonic() + timeout
        while True:
            try:
                message = super().get_message(stream, timeout=1)
                break
            except Empty:
                if not self.is_alive():
                    raise KernelDied from None
                if time.monotonic() > end:
                    raise
        content = message["content"]
        if message["msg_type"] == "execute_reply":
            self.reply = content
        elif message["msg_type"] == "stream" and content["name"] == "stderr":
            # Not of this cell alone: a thread fails while a later cell is running.
            self.stderr += content["text"]
        return message


class Notebook(IPyNbFile):
    """A committed notebook. Its cells share a kernel, which starts with the first of them."""

    seconds = 0.0

    def setup(self):
        self.surroundings = ExitStack()
        harness.check_source(self.nb, self.path.stem)
        work = self.surroundings.enter_context(harness.kernel_surroundings())
        limit = self.config.option.nbval_kernel_startup_timeout
        self.kernel = Kernel(CURRENT_ENV_KERNEL_NAME, cwd=str(work), startup_timeout=limit)

    def collect(self):
        """nbval's cells; no tag or comment of nbval's own skips one or lets it fail."""
        for item in super().collect():
            tolerances = cells.tolerances(item.cell)
            options = defaultdict(bool, check=bool(tolerances))
            cell = Cell.from_parent(
                self, name=item.name, cell_num=item.cell_num, cell=item.cell, options=options
            )
            cell.tolerance = min(tolerances, default=0)
            cell.output_timeout = 60  # seconds; nbval's five are few on a busy machine
            yield cell

    def teardown(self):
        with self.surroundings:
            try:
                if self.kernel is not None:
                    self._check_the_end()
            finally:
                super().teardown()

    def _check_the_end(self):
        """What no cell has shown: a failure in the background, and a run without any work."""
        if self.kernel.is_alive():
            # A task that nobody awaited tells of its failure when it is thrown away.
            last = self.kernel.execute_cell_input("get_ipython().reset(); import gc; gc.collect()")
            self.kernel.await_reply(last, timeout=20)
            self.kernel.await_idle(last, timeout=20)
        traceback = cells.hidden_traceback(self.kernel.stderr)
        if traceback:
            raise harness.NotebookError(f"a traceback came after the last cell: {traceback}")
        harness.check_seconds(self.seconds, self.path.stem)


class Cell(IPyNbCell):
    """One code cell. It fails if it raises, and if it only seems to have run."""

    def runtest(self):
        kernel, started = self.parent.kernel, time.monotonic()
        try:
            super().runtest()
        except KernelDied:
            self.raise_cell_error("The kernel died: out of memory, a crash, or the cell left it.")
        finally:
            self.parent.seconds += time.monotonic() - started
            stderr, kernel.stderr = kernel.stderr, ""
        if not harness.is_completed(kernel.reply):
            self.raise_cell_error("The cell left the notebook with exit().")
        late = nbformat.v4.new_output("stream", name="stderr", text=stderr)
        shown = nbformat.from_dict({**self.cell, "outputs": [*self.test_outputs, late]})
        for fault in filter(None, map(cells.fault, (self.cell, shown))):
            self.raise_cell_error(f"The cell {fault}")

    def compare_outputs(self, test, ref, skip_compare=None):
        """nbval's own comparison of the text, or that of its numbers within the tolerance."""
        test, ref = (list(filter(cells.is_text, outputs)) for outputs in (test, ref))
        if not self.tolerance:
            return super().compare_outputs(test, ref, skip_compare)
        old, new = (cells.text_of({"outputs": outputs}) for outputs in (ref, test))
        difference = numbers_differ(old, new, self.tolerance)
        self.comparison_traceback = [difference, f"committed:\n{old}", f"now:\n{new}"]
        return difference is None


def numbers_differ(old: str, new: str, tolerance: float) -> str | None:
    """The first difference in words, or None. Runs of blanks count as one."""
    if _words(old) != _words(new):
        return "the words differ."
    for a, b in zip(NUMBER.findall(old), NUMBER.findall(new)):
        if not abs(float(a) - float(b)) <= tolerance * abs(float(a)):
            return f"committed {a}, now {b}, more than {tolerance:.0%} away."
    return None


def _words(text: str) -> str:
    return " ".join(NUMBER.sub(" # ", text).split())
