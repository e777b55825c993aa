"""Runs a student's notebook and judges its answers, as a process of its own.

`hand_in.run` starts it, with a job as JSON on stdin: the ``chapter``, the ``cells`` and how many
``seconds`` each may take. It writes one line of JSON before each cell, and one for each answer.
What the limits here protect from, and what they do not, is `hand_in.PROTECTION`.
"""

from __future__ import annotations

import ast
import inspect
import json
import os
import signal
import sys
from contextlib import contextmanager
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell

from . import Exercise, chapter

try:
    import resource
except ImportError:  # Windows has none
    resource = None

PACKAGE = Path(__file__).resolve().parents[1]
MEMORY, FILE = 8 << 30, 1 << 30  # bytes: all that the process may hold, one file that it writes
NET = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")


class TooLongError(KeyboardInterrupt):
    """A cell took longer than it may. No Exception, since a student's code catches those."""


@contextmanager
def time_limit(seconds: float):
    """Stop what takes longer, and again each second where it goes on; nothing on Windows."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds, 1)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _stop(*_):
    raise TooLongError


def refuse_network(event: str, args: tuple) -> None:
    """An audit hook: no address but that of a socket in the file system."""
    if event in NET and not (event == "socket.connect" and isinstance(args[1], str | bytes)):
        raise PermissionError("a hand-in runs without a network")


def limit_resources() -> None:
    """Memory, the size of a file, no core dumps; nothing on Windows."""
    if resource is None:
        return
    limits = {"RLIMIT_DATA": MEMORY, "RLIMIT_FSIZE": FILE, "RLIMIT_CORE": 0}
    for name, most in limits.items():
        _, hard = resource.getrlimit(getattr(resource, name))
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(getattr(resource, name), (most, most))


def defined(source: str) -> dict[str, ast.AST]:
    """The functions and variables that a cell's own lines define, by name."""
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return {}
    found = {one.name: one for one in body if isinstance(one, ast.FunctionDef)}
    for one in body:
        if isinstance(one, ast.Assign):
            found |= {name.id: one for name in one.targets if isinstance(name, ast.Name)}
    return found


class Watched:
    """A student's function; ``used`` is what of posekit it calls, or "the solution"."""

    def __init__(self, student, solutions: set):
        self.student, self.solutions, self.used = student, solutions, set()
        self.__code__ = getattr(student, "__code__", None)  # by which a stub is recognised

    def __call__(self, *args):
        sys.setprofile(self._see)
        try:
            return self.student(*args)
        finally:
            sys.setprofile(None)

    def _see(self, frame, event, _):
        if event != "call":
            return
        code = frame.f_code
        if code in self.solutions:
            self.used.add("the solution")
        elif code.co_filename.startswith(str(PACKAGE)):
            inside = Path(code.co_filename).relative_to(PACKAGE).with_suffix("")
            if inside.parts[0] != "exercises":  # a function that a case has handed to the answer
                self.used.add(".".join(("posekit", *inside.parts)))


def judged(exercise: Exercise, answer, solutions: set, seconds: float) -> dict:
    """What came out, and what of posekit the answer calls."""
    watched = Watched(answer, solutions) if callable(answer) else answer
    try:
        with time_limit(seconds):
            status = exercise.judge(watched).status
    except TooLongError:
        status = "too long"
    return {
        "exercise": exercise.name,
        "status": status,
        "used": sorted(getattr(watched, "used", ())),
    }


def same_body(node: ast.AST, exercise: Exercise) -> bool:
    """Is it the course's own solution, to the letter, whatever its docstring and comments?"""
    own = ast.parse(inspect.getsource(exercise.reference)).body[0]
    return isinstance(node, ast.FunctionDef) and _body(node) == _body(own)


def _body(node: ast.FunctionDef) -> list[str]:
    return [ast.dump(one) for one in node.body[1 if ast.get_docstring(node) else 0 :]]


def run(job: dict, send) -> None:
    """Run every cell, whatever the ones before it did, and judge answers where they are written.

    ``send`` gets ``{"cell": 3}`` before the cell is run, ``{"too_long": 3}`` where it was stopped,
    and what `judged` says of an answer, with ``"same"``: is it the solution to the letter?
    """
    exercises = {one.name: one for one in chapter(job["chapter"])}
    solutions = {one.reference.__code__ for one in exercises.values()}
    shell, seconds = InteractiveShell.instance(), job["seconds"]
    for number, source in enumerate(job["cells"]):
        send({"cell": number})
        try:
            with time_limit(seconds):
                error = shell.run_cell(source).error_in_exec
        except TooLongError as late:
            error = late
        if isinstance(error, TooLongError):
            send({"too_long": number})
        for name, node in defined(source).items():
            if name in exercises and name in shell.user_ns:
                found = judged(exercises[name], shell.user_ns[name], solutions, seconds)
                send({**found, "same": same_body(node, exercises[name])})


def main() -> None:
    """Read the job, close what leads outside, run."""
    job = json.loads(sys.stdin.read())
    out = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, _stop)
    limit_resources()
    sys.addaudithook(refuse_network)
    run(job, lambda message: print(json.dumps(message), file=out))


if __name__ == "__main__":
    main()
