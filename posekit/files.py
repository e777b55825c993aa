"""A file is read whole, and saved whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from .errors import InputError


def read_bytes(path: str | Path) -> bytes:
    """All of a file; `InputError` where it is absent, empty, or cannot be read."""
    try:
        raw = Path(path).read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path} is not there.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    if not raw:
        raise InputError(f"{path} is empty.")
    return raw


def patiently(move: Callable, old: str | Path, new: str | Path) -> None:
    """``os.replace`` or ``os.rename``, tried for two seconds where it is refused.

    Windows moves nothing that is open, and a virus scanner or OneDrive opens each new file for a
    moment.
    """
    for pause in (0.1, 0.4, 1.5):
        try:
            return move(old, new)
        except PermissionError:
            time.sleep(pause)
    move(old, new)


def check_writable(path: str | Path) -> None:
    """Raise `InputError` where no file of this name can be saved: ask before long work.

    Its folder is made; what stands at ``path`` stays as it is.
    """
    with _said(Path(path)):
        if Path(path).is_dir():
            raise IsADirectoryError(errno.EISDIR, "a folder has this name")
        tempfile.TemporaryFile(dir=Path(path).parent).close()


@contextlib.contextmanager
def _said(path: Path) -> Iterator[None]:
    """The folder of a file is made, and what the system refuses is said in a sentence."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise InputError(
            f"{path} could not be saved ({error.strerror}): what was saved before is untouched. "
            "Free some space, or choose a folder that can be written."
        ) from error


def atomic_write(path: str | Path, data: bytes | str) -> None:
    """Write a file so that it is there entirely or not at all, whenever the power goes.

    Raises `InputError` when it cannot be written; what stood there before still does.
    """
    path = Path(path)
    # Its own name for each process: two that save the same file do not write into one another.
    half = path.with_name(f"{path.name}.{os.getpid()}.part")
    with _said(path):
        try:
            with open(half, "wb") as file:
                file.write(data.encode() if isinstance(data, str) else data)
                file.flush()
                os.fsync(file.fileno())
            patiently(os.replace, half, path)
        finally:  # Ctrl-C, too, leaves no half
            half.unlink(missing_ok=True)
