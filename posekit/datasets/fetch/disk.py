"""What a disk can hold, and what it says when it cannot: in one sentence."""

from __future__ import annotations

import errno
import shutil
from contextlib import contextmanager
from pathlib import Path

from ...errors import InputError


@contextmanager
def clear_disk_errors(folder: Path):
    """Turn a full or read-only disk into one sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise InputError(
                f"The disk that holds {folder} is full: free some space there, or "
                "choose another folder with --root or POSEKIT_DATA."
            ) from None
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise InputError(
                f"{folder} cannot be written: choose another folder with --root or POSEKIT_DATA."
            ) from None
        raise


def require_space(folder: Path, size: int) -> None:
    """`InputError` when the disk that holds ``folder`` has not ``size`` bytes left."""
    free = shutil.disk_usage(folder).free
    if size > free:
        raise InputError(
            f"The disk that holds {folder} is full: {megabytes(size)} are needed "
            f"and {megabytes(free)} are free. Free some, or choose another "
            "folder with --root or POSEKIT_DATA."
        )


def megabytes(size: int) -> str:
    """A number of bytes, in words."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
