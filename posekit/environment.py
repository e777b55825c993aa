"""The variables of the environment that posekit reads: each is read here, and nowhere else.

| variable | what it says | unset or blank |
|---|---|---|
| ``POSEKIT_DATA`` | the folder that data sets are kept in | a folder of the user's cache |
| ``POSEKIT_MIRROR`` | a folder or an http address that has the archives | no mirror |
| ``POSEKIT_DEBUG`` | show tracebacks | they are not shown |
| ``POSEKIT_SOLUTIONS`` | whether exercises show their solutions | they do |

A folder may start with ``~`` and may be relative (to the folder that the program runs in); blanks
around a value do not count. A switch is off for ``0``, ``off``, ``no`` and ``false``, in capitals
or not, and on for anything else.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

_OFF = ("0", "off", "no", "false")


def data_folder() -> Path | None:
    """``POSEKIT_DATA`` as an absolute path, or None where it is not set."""
    text = _value("POSEKIT_DATA")
    return as_folder(text) if text else None


def mirror() -> str:
    """``POSEKIT_MIRROR``: the absolute path of a folder, an http address, or empty."""
    return as_mirror(_value("POSEKIT_MIRROR"))


def debug() -> bool:
    """``POSEKIT_DEBUG``: whether tracebacks are shown."""
    return _is_on("POSEKIT_DEBUG", unset=False)


def shows_solutions() -> bool:
    """``POSEKIT_SOLUTIONS``: whether exercises show their solutions."""
    return _is_on("POSEKIT_SOLUTIONS", unset=True)


def as_folder(text: str | Path) -> Path:
    """A folder as people write it (``~/data``, ``data/``), as an absolute path."""
    # os.path's expanduser, since Path's raises an error for a user who has no home.
    return Path(os.path.expanduser(str(text).strip())).resolve()


def as_mirror(text: str | Path | None) -> str:
    """A mirror as people write it: an address as it is, a folder's absolute path, or empty."""
    text = str(text or "").strip()
    return text if not text or "://" in text else str(as_folder(text))


def is_address(text: str | Path) -> bool:
    """Whether a mirror is an http address, and not a folder."""
    return str(text).strip().lower().startswith(("http://", "https://"))


def without_secrets(address: str | Path) -> str:
    """An address as it may be printed: without a user's name, a password, or what follows ``?``.

    Passwords and access keys stand in those parts, and what is printed is copied into questions.
    What is no address, a folder say, stays as it is.
    """
    text = str(address)
    scheme, separator, rest = text.partition("://")
    if not separator:
        return text
    place, slash, path = rest.partition("/")
    try:
        place = place.rpartition("@")[2]
        urlsplit(f"{scheme}://{place}").port  # noqa: B018 (it raises where there is none)
    except ValueError:  # a password with a slash in it ends up on both sides
        place, slash, path = rest.rpartition("@")[2].partition("/")
    return f"{scheme}://{place}{slash}{path}".partition("?")[0]


def without_secrets_in(text: str, address: str) -> str:
    """A sentence of another library about an address, with no secret of the address in it."""
    text = text.replace(address, without_secrets(address))
    parts = urlsplit(address)
    for secret in (parts.netloc.rpartition("@")[0], parts.password, parts.query):
        text = text.replace(secret, "***") if secret else text
    return text


def _value(name: str) -> str:
    return os.environ.get(name, "").strip()


def _is_on(name: str, unset: bool) -> bool:
    text = _value(name).lower()
    return text not in _OFF if text else unset
