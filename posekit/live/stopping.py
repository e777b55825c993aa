"""The signals that end a live demo: what was written by then is kept, whoever sends them."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator

# A terminal that is closed sends SIGHUP, a machine that shuts down SIGTERM; Windows has no SIGHUP.
NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
DEFAULTS = (signal.SIG_DFL, signal.default_int_handler)


@contextlib.contextmanager
def stopped_by_signals() -> Iterator[Callable[[], None]]:
    """While this lasts, SIGTERM and SIGHUP raise `KeyboardInterrupt`, as Ctrl-C does.

    Only the first of the three does; those that follow are ignored, so that files can be
    finished. Yields a function: once it is called, the first is ignored as well. What somebody
    else handles or ignores (``nohup``) stays as it is, and so does everything outside the main
    thread, where Python lets nobody handle signals.
    """
    numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    handlers = {n: signal.getsignal(n) for n in numbers if signal.getsignal(n) in DEFAULTS}
    if threading.current_thread() is not threading.main_thread():
        handlers = {}

    def ignore() -> None:
        for number in handlers:
            signal.signal(number, signal.SIG_IGN)

    def stop(number, frame):
        ignore()
        raise KeyboardInterrupt

    try:
        for number in handlers:
            signal.signal(number, stop)
        yield ignore
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
