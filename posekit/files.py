"""A file is saved whole, or not at all; a folder is written by one process at a time."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from .errors import InputError

try:
    import fcntl
except ImportError:  # Windows has another call for it
    import msvcrt


def atomic_write(path: str | Path, data: bytes | str) -> None:
    """Write a file so that it is there entirely or not at all, whenever the power goes.

    Raises `InputError` when it cannot be written; what stood there before still does.
    """
    path = Path(path)
    half = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(half, "wb") as file:
            file.write(data.encode() if isinstance(data, str) else data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(half, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            half.unlink()
        raise InputError(
            f"{path} could not be saved ({error.strerror}): what was saved before "
            "is untouched. Free some space, or choose a folder that can be "
            "written."
        ) from error


@contextlib.contextmanager
def locked(path: str | Path, busy: str):
    """Hold the file ``path`` for this process alone, as long as the block runs.

    The operating system lets go of it whenever the process ends, a kill included, so no lock
    is ever left behind; the empty file is. Raises `InputError` with the sentence ``busy``
    where another process holds it.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+b") as file:
        try:
            if "fcntl" in globals():
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            else:
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            raise InputError(busy) from None
        yield
