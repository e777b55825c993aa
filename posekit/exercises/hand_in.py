"""A notebook that a student hands in: what is in it, and what comes out when it is run.

What a run protects from, and what it does not, is `PROTECTION`.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import InputError
from . import names
from .core import CORRECT, ERROR, INCORRECT, NOT_ATTEMPTED

# The help of `posekit report` and TEACHING.md say it too.
PROTECTION = """\
Each notebook is run in a process of its own, in an empty folder, with none of the user's
variables, with limits on the time of each cell, on memory and on files (on time alone on Windows),
and without a network: on Linux by a network namespace where the kernel gives one, else by a hook in
Python alone.

It does not protect from somebody who sets out to do harm or to deceive. The code runs as the
user who runs the report, and may read and write what that user may; a program that it starts is
not held by the hook; and since answers are judged in the process that runs them, code that
changes posekit there can report what it likes. A container, or a user without rights, is the
place for hand-ins from strangers.
"""
CHAPTER = re.compile(r"exercises\.chapter\(\s*[\"'](\w+)[\"']")
SMOKE = {  # what decides how long a notebook runs
    re.compile(r"^PROFILE = .*$", re.MULTILINE): 'PROFILE = "smoke"',
    re.compile(r"^DATASET = .*$", re.MULTILINE): 'DATASET = "synthetic"',
}
STATUSES = (CORRECT, INCORRECT, NOT_ATTEMPTED, ERROR, "too long")
USED = re.compile(r"[\w. ]{1,80}")  # what of posekit an answer calls
START, GRACE = 120, 10  # seconds: until the first cell, and past a cell's own limit
KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
KEPT += ("OPENCV_FOR_THREADS_NUM", "NUMBA_NUM_THREADS", "VIRTUAL_ENV")


@dataclass
class HandIn:
    """What stands in a notebook: its chapter, its code cells, and the record of each exercise."""

    path: Path
    chapter: str
    cells: list[str]
    records: dict[str, dict]


@dataclass
class Found:
    """What came of running it: the last answer to each exercise, and what went wrong."""

    answers: dict[str, dict] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def read(path: Path) -> HandIn:
    """Read a notebook, whatever it holds. Raises `InputError` where it is none, or not ours."""
    name = printable(path.name)
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        sources = [_text(cell["source"]) for cell in code]
        records = _records([one for cell in code for one in cell.get("outputs", ())])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{name} is no notebook ({type(error).__name__} in it).") from None
    chapter = CHAPTER.search("\n".join(sources))
    full = [one for one in names() if chapter and chapter[1] in (one, one.split("_")[0])]
    if len(full) != 1:
        raise InputError(
            f'{name} has no line exercises.chapter("NN_topic") of a chapter of this course: '
            "hand in the chapter's own notebook."
        )
    return HandIn(path, full[0], sources, records)


def printable(text: str) -> str:
    """A name that a stranger has chosen, fit for a terminal and for a spreadsheet."""
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def _text(source) -> str:
    return source if isinstance(source, str) else "".join(source)


def _records(outputs: list[dict]) -> dict[str, dict]:
    """The largest count of each kind that a panel shows, by exercise."""
    found: dict[str, dict] = {}
    for output in outputs:
        record = output.get("metadata", {}).get("posekit")
        if not isinstance(record, dict) or not isinstance(record.get("exercise"), str):
            continue
        counts = found.setdefault(record["exercise"], dict.fromkeys(("tries", "hints"), 0))
        for name in ("tries", "hints", "solutions"):
            count = record.get(name)
            if type(count) is int and count >= 0:
                counts[name] = max(count, counts.get(name, 0))
    return found


@functools.cache
def network_namespace() -> tuple[str, ...]:
    """The beginning of a command that runs it without a network, or nothing."""
    command = ("unshare", "--net", "--map-root-user")
    if shutil.which("unshare") is None:
        return ()
    done = subprocess.run([*command, "true"], capture_output=True)
    return command if done.returncode == 0 else ()


def run(hand_in: HandIn, seconds: float = 60, minutes: float = 15) -> Found:
    """Run the notebook in the profile smoke, and judge the answers in it.

    seconds: that one cell may take. minutes: that all of it may take.
    """
    cells = hand_in.cells
    for pattern, line in SMOKE.items():
        cells = [pattern.sub(line, source) for source in cells]
    job = {"chapter": hand_in.chapter, "cells": cells, "seconds": seconds}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        process = _start(Path(scratch))
        try:
            return _listen(process, job, seconds, time.monotonic() + 60 * minutes)
        finally:
            _end(process)


def _start(scratch: Path) -> subprocess.Popen:
    home, work = scratch / "home", scratch / "work"
    home.mkdir()
    work.mkdir()
    own = {name: os.environ[name] for name in KEPT if name in os.environ}
    place = dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP", "IPYTHONDIR"), str(home))
    fixed = {"MPLBACKEND": "Agg", "POSEKIT_SOLUTIONS": "off", "PYTHONDONTWRITEBYTECODE": "1"}
    package = str(Path(__file__).resolve().parents[2])
    return subprocess.Popen(
        [*network_namespace(), sys.executable, "-P", "-m", "posekit.exercises.answers"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=work,
        env={**own, **place, **fixed, "PYTHONPATH": package},
        start_new_session=True,
    )


def _end(process: subprocess.Popen) -> None:
    """With all that it has started; a program that left its session stays."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):  # a broken pipe; on Windows it has another number
            pipe.close()


def _listen(process: subprocess.Popen, job: dict, seconds: float, end: float) -> Found:
    """What the process says, until it is done, dead, or over its time."""
    found, cell, lines = Found(), None, queue.SimpleQueue()
    threading.Thread(target=_pass_on, args=(process.stdout, lines), daemon=True).start()
    with contextlib.suppress(OSError):  # it is dead already: said below
        process.stdin.write(json.dumps(job).encode())
        process.stdin.close()
    limit = START
    while True:
        try:
            line = lines.get(timeout=max(0.0, min(limit, end - time.monotonic())))
        except queue.Empty:
            found.remarks.append(f"stopped in {_where(cell)}: it took too long")
            return found
        if line is None:
            break
        cell = _take(line, found, cell)
        limit = seconds + GRACE
    if process.wait():
        found.remarks.append(f"its process died in {_where(cell)}: what comes after was not run")
    return found


def _pass_on(stream, lines: queue.SimpleQueue) -> None:
    for line in iter(lambda: stream.readline(1 << 16), b""):
        lines.put(line)
    lines.put(None)


def _take(line: bytes, found: Found, cell: int | None) -> int | None:
    """Note one line of the process; the cell that it is in. A student's code may write there."""
    try:
        message = json.loads(line)
        if "exercise" in message and message["status"] in STATUSES:
            used = [one for one in message["used"] if USED.fullmatch(one)]
            found.answers[message["exercise"]] = message | {"used": used}
        if "too_long" in message:
            found.remarks.append(
                f"{_where(int(message['too_long']))} was stopped: it took too long"
            )
        return int(message["cell"]) if "cell" in message else cell
    except (ValueError, KeyError, TypeError, RecursionError):
        return cell


def _where(cell: int | None) -> str:
    return "its start" if cell is None else f"code cell {cell + 1}"
