"""Two programs do not do the same thing in the same place at once."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None
    import msvcrt

from .errors import InputError

LOOK_AGAIN = 0.1  # seconds between two looks at a lock that another program holds


class Held(InputError):
    """Another program holds the lock."""


@contextlib.contextmanager
def locked(path: str | Path, waiting: str = "") -> Iterator[None]:
    """Hold a lock, a file of that name, while the block runs; nobody else holds it then.

    The system gives the lock back when a program ends, however it ends: a file that a killed
    program left behind locks nothing. While another program holds it, ``waiting`` is said on
    stderr once, and then waited for; without ``waiting``, `Held` is raised at once. Raises
    `OSError` where the file cannot be made. Where the disk knows no locks (some network disks),
    the block simply runs.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = _taken(path, waiting)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.unlink()  # before it is let go, so that it is nobody else's yet
        os.close(handle)


def _taken(path: Path, waiting: str) -> int:
    said = False
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        if try_lock(handle) is False:
            os.close(handle)
            if not waiting:
                raise Held(f"{path} is held by another program: wait until it has ended.")
            if not said:
                print(waiting, file=sys.stderr, flush=True)
                said = True
            time.sleep(LOOK_AGAIN)
            continue
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), os.stat(path)):
                return handle
        os.close(handle)  # its last holder deleted it after it was opened here


def try_lock(handle: int) -> bool | None:
    """Lock an open file or folder: True, or False if another holds it, None if none can be had."""
    try:
        if fcntl is None:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return None
    return True
