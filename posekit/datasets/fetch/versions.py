"""Which version of a server's file a half-finished download is of.

A download that goes on later must not be continued with the bytes of a newer file. Beside
``FILE.part``, ``FILE.part.of`` says what the server told of the version.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Version:
    """Which version of a file a server sends: what tells two of them apart.

    Attributes:
        etag, modified: the server's ``ETag`` and ``Last-Modified``, empty where it gives none.
        total: bytes of the whole; -1 where that is not said.
        encoding: ``gzip`` where the bytes are packed once more on the way.
    """

    etag: str = ""
    modified: str = ""
    total: int = -1
    encoding: str = ""

    @property
    def validator(self) -> str:
        """What ``If-Range`` may name: only a strong ETag, else the time; empty without one."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.modified

    def differs(self, other: Version) -> bool:
        """Whether the two are surely not the same version."""
        pairs = (
            (self.etag, other.etag, ""),
            (self.modified, other.modified, ""),
            (self.total, other.total, -1),
        )
        return self.encoding != other.encoding or any(
            a != b and unknown not in (a, b) for a, b, unknown in pairs
        )


def version_of(part: Path) -> Version:
    """What is known of a part; an empty `Version` where nothing is, or it cannot be read."""
    try:
        return Version(**json.loads(part.with_name(part.name + ".of").read_bytes()))
    except (OSError, ValueError, TypeError):
        return Version()


def start_over(part: Path, sent: Version) -> None:
    """Forget an earlier part, and write down which version the new one is of."""
    throw_away(part)
    if sent.validator or sent.encoding:
        about = json.dumps(asdict(sent)) + "\n"
        part.with_name(part.name + ".of").write_text(about, encoding="utf-8")


def throw_away(part: Path) -> None:
    part.unlink(missing_ok=True)
    part.with_name(part.name + ".of").unlink(missing_ok=True)
