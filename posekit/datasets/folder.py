"""What lies in a data folder: its files (hidden ones are no data) and its texts.

Systems and programs leave files of their own beside the data: macOS writes ``._name`` for each
file on a foreign disk, ``.DS_Store`` and ``__MACOSX``, Jupyter ``.ipynb_checkpoints``, Windows
``Thumbs.db``. Every reader lists its files here, so that none of these is taken for data.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterable
from pathlib import Path

from ..errors import InputError

_SYSTEM = ("__MACOSX", "Thumbs.db", "desktop.ini")  # hidden ones whose names have no dot


def is_hidden(name: str) -> bool:
    """Whether a file or folder of that name is the system's or a program's, and no data."""
    return name.startswith(".") or name in _SYSTEM


def listed(folder: str | Path, pattern: str = "*") -> list[Path]:
    """What matches a pattern (`pathlib.Path.glob`'s) in a folder, sorted, without hidden files.

    A file in a hidden folder is hidden as well; how ``folder`` itself is called does not matter.
    """
    folder = Path(folder)
    found = folder.glob(pattern)
    shown = (path for path in found if not _any_hidden(path.relative_to(folder).parts))
    return sorted(shown, key=_by_letters)


def every_file(folder: str | Path) -> list[Path]:
    """Every file below a folder, sorted, without hidden ones; links to folders are followed."""
    found, seen = [], set()
    for place, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        folders[:] = [] if real in seen else [n for n in folders if not is_hidden(n)]
        if real not in seen:  # a link that leads back up would never end
            found += [Path(place, name) for name in names if not is_hidden(name)]
        seen.add(real)
    return sorted(found, key=_by_letters)


def read_text(path: str | Path) -> str:
    """A text file as UTF-8, or as the UTF-16 that Windows calls Unicode, byte order mark or not.

    Raises `InputError` for one that is absent or is no text.
    """
    try:
        raw = Path(path).read_bytes()
        wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        return raw.decode("utf-16" if wide else "utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path} is not there.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as text: {error}.") from None


def read_lines(path: str | Path) -> list[str]:
    """The lines of a text file, whichever way they end; `InputError` if it is not one."""
    return read_text(path).splitlines()


def _by_letters(path: Path) -> tuple[str, ...]:
    """What paths are sorted by, capitals first: by themselves Windows' are sorted without case."""
    return path.parts


def _any_hidden(parts: Iterable[str]) -> bool:
    return any(map(is_hidden, parts))
