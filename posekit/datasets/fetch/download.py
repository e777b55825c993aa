"""Getting a file safely: resume, retry, patience that ends, and nothing that is trusted unseen.

A download grows as ``FILE.part``; only what is complete, has its sum and can be opened gets its
name.
"""

from __future__ import annotations

import gzip
import os
import queue
import re
import shutil
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from ...environment import without_secrets, without_secrets_in
from ...errors import InputError
from ...files import patiently
from .disk import clear_disk_errors, require_space
from .sums import UNVERIFIED, Artefact, Damaged, verify
from .versions import Version, start_over, throw_away, version_of

CHUNK = 1 << 16  # what a broken connection may lose
PAUSE = 1.0  # seconds before the second attempt, doubled for each later one
ATTEMPTS = 4
CONNECTING = 10.0  # seconds in which a server has to take the call
SILENCE = 15.0  # seconds without a byte, or with next to none, after which a server is given up
SLOWEST = 500  # bytes a second; below it is "next to none"
SILENT_ATTEMPTS = 2  # a server that was silent so often is not tried again
_WEB_PAGE = re.compile(
    rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(!doctype\s+html|html|head|script)\b",
    re.IGNORECASE | re.DOTALL,
)
_SILENT = "the server sends nothing, or next to nothing: see whether the network blocks it"
_GZIP = b"\x1f\x8b"


class Unreachable(InputError):
    """The server does not answer, or not with the file."""


class NotThere(Unreachable):
    """The server is there, but has no such file."""


class Busy(Exception):
    """The server is there, but has trouble of its own (a status of 500 and more)."""


class Silent(Exception):
    """The server sends nothing, or next to nothing."""


class Job(NamedTuple):
    """What is downloaded, and to where."""

    address: str
    part: Path
    artefact: Artefact


def fetch(
    address: str,
    target: Path,
    artefact: Artefact,
    root: Path,
    attempts: int = ATTEMPTS,
    opens: Callable[[Path], None] | None = None,
) -> Path:
    """Download ``address`` to ``target``, resuming ``target.part`` where there is one.

    A broken connection is tried again, from where it broke; ``opens`` is called on what arrived,
    and raises an error for what is not the file. No sum is recorded. Raises `InputError` when the
    address cannot be reached, refuses, or sends next to nothing for `SILENCE` seconds, when the
    sum is wrong or the content does not open (it is deleted), and on a full disk (it is kept).
    """
    job = Job(address, target.with_name(target.name + ".part"), artefact)
    with clear_disk_errors(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        resumed = job.part.is_file()
        _download(job, attempts)
        try:
            _accept(job, root, opens)
        except InputError:
            throw_away(job.part)
            if resumed:  # perhaps the old half was of another file: once more, from the start
                return fetch(address, target, artefact, root, attempts, opens)
            raise
        patiently(os.replace, job.part, target)
        throw_away(job.part)
        return target


def _accept(job: Job, root: Path, opens: Callable[[Path], None] | None) -> None:
    """An error for a download that is complete, and is not the file."""
    _unpack_transfer(job)
    _refuse_web_page(_start(job.part), job)
    verify(job.part, job.artefact, root)
    if opens:
        opens(job.part)


def _download(job: Job, attempts: int) -> None:
    silent = 0
    for attempt in range(attempts):
        if attempt:
            time.sleep(PAUSE * 2 ** (attempt - 1))
        reason = _attempt(job)
        if not reason:
            return
        silent += reason == _SILENT
        if silent == SILENT_ATTEMPTS:
            break
    tries = f"after {attempt + 1} attempt{'s' * (attempt > 0)}: {reason}"
    kept = " What arrived is kept: the same command goes on from there." * job.part.exists()
    raise Unreachable(f"{_cannot(job, tries)}{kept}")


def _attempt(job: Job) -> str:
    """One connection: empty when all has come, else why not; an error where none can help."""
    import requests
    import urllib3

    try:
        return "" if _append(job) else "the connection ended early"
    except InputError:
        raise
    except Busy as error:
        return str(error)
    except (Silent, requests.Timeout, urllib3.exceptions.TimeoutError):
        return _SILENT
    except (
        requests.ConnectionError,
        requests.exceptions.ChunkedEncodingError,
        urllib3.exceptions.HTTPError,
    ):
        return f"there is no connection to {urlsplit(job.address).hostname}, or it broke"
    except (requests.RequestException, ValueError) as error:  # an address that can never work
        raise Unreachable(_cannot(job, without_secrets_in(str(error), job.address))) from None


def _cannot(job: Job, reason: str) -> str:
    separator = ", " if reason.startswith("after") else ": "
    return f"{without_secrets(job.address)} cannot be downloaded{separator}{reason.rstrip('.')}."


def _append(job: Job) -> bool:
    """Add to the part what is still missing of it; True when it is complete."""
    known = version_of(job.part)
    have = job.part.stat().st_size if job.part.exists() else 0
    if not known.validator and job.artefact.checksum == UNVERIFIED:
        have = 0  # nothing could tell that the rest is of another version
    headers = {"Accept-Encoding": "identity"}  # else lengths are those of a packed stream
    if have:
        headers["Range"] = f"bytes={have}-"
        if known.validator:
            headers["If-Range"] = known.validator
    with _ask(job.address, headers) as response:
        if response.status_code == 416:  # nothing behind what we have: complete, or too much
            complete = response.headers.get("Content-Range", "").endswith(f"/{have}")
            if not complete:
                throw_away(job.part)
            return complete
        _require_file(response, job)
        sent = _sent(response, have)
        if response.status_code == 206 and (sent is None or known.differs(sent)):
            throw_away(job.part)  # another version, or bytes from another place
            return _append(job) if have else False
        if response.status_code == 200:
            have = 0  # another version, or a server that knows no ranges: everything again
        return _receive(response, job, have, sent)


def _ask(address: str, headers: dict[str, str]):
    """A server's answer, of which the content is still to come; `Silent` if there is none in time.

    The time limits of `requests` are between two bytes, and there is none on looking up a name:
    a server can send its headers a byte at a time. So a thread asks, and is left behind.
    """
    import requests

    answers: queue.SimpleQueue = queue.SimpleQueue()
    timeouts = (min(CONNECTING, SILENCE), SILENCE)

    def ask() -> None:
        try:
            answers.put(requests.get(address, headers=headers, stream=True, timeout=timeouts))
        except Exception as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=sum(timeouts))
    except queue.Empty:
        raise Silent from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _require_file(response, job: Job) -> None:
    """Raise an error for an answer that is not the file, by its status and its headers."""
    status, packed = response.status_code, response.headers.get("Content-Encoding", "identity")
    if status >= 500:
        raise Busy(f"the server answers {status}")
    if status not in (200, 206):
        error = NotThere if status in (404, 410) else Unreachable
        raise error(_cannot(job, f"the server answers {status} {response.reason}"))
    if packed.lower() not in ("identity", "gzip", "x-gzip", ""):
        raise Unreachable(
            _cannot(job, f"the server packs it as {packed}, though it was asked not to")
        )


def _sent(response, have: int) -> Version | None:
    """The version that an answer is of; None where it does not start at byte ``have``."""
    headers = response.headers
    length = headers.get("Content-Length", "").strip()
    total = int(length) if re.fullmatch(r"\d{1,18}", length) else -1  # some servers write words
    if response.status_code == 206:
        found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", headers.get("Content-Range", "").strip())
        if not found or int(found[1]) != have:
            return None
        total = -1 if found[2] == "*" else int(found[2])
    return Version(
        headers.get("ETag", ""),
        headers.get("Last-Modified", ""),
        total,
        "gzip" if "gzip" in headers.get("Content-Encoding", "").lower() else "",
    )


def _receive(response, job: Job, have: int, sent: Version) -> bool:
    """Write an answer to the part, behind what is there; True when all of it has come."""
    total = max(sent.total, 0)
    require_space(job.part.parent, total - have)
    _save(response, job, have, sent)
    return total in (0, job.part.stat().st_size)  # no length given: the end is the end


def _save(response, job: Job, have: int, sent: Version) -> None:
    from tqdm import tqdm

    chunks = _chunks(response.raw)
    first = next(chunks, b"")
    if not have:
        _refuse_web_page(first, job)  # before anything of an earlier download is lost
        start_over(job.part, sent)
    with (
        open(job.part, "ab" if have else "wb") as file,
        tqdm(desc=job.artefact.file, unit="B", unit_scale=True) as progress,
    ):
        progress.total, progress.n = sent.total if sent.total > 0 else None, have
        for chunk in chain([first], _in_time(chunks)):
            file.write(chunk)
            progress.update(len(chunk))


def _in_time(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks; `Silent` is raised once they come too slowly for too long."""
    since, came = time.monotonic(), 0
    for chunk in chunks:
        yield chunk
        came += len(chunk)
        if (seconds := time.monotonic() - since) >= SILENCE:
            if came < SLOWEST * seconds:
                raise Silent
            since, came = time.monotonic(), 0


def _chunks(raw) -> Iterator[bytes]:
    """What a server sends, as it comes and as it is: packed once more, if it does that."""
    if not hasattr(raw, "read1"):  # urllib3 before 2.1: waits until a chunk is full
        yield from raw.stream(CHUNK, decode_content=False)
        return
    while chunk := raw.read1(CHUNK, decode_content=False):
        yield chunk


def _refuse_web_page(start: bytes, job: Job) -> None:
    if _WEB_PAGE.match(start):
        raise Unreachable(
            f"{without_secrets(job.address)} gave a web page in place of {job.artefact.file}, as "
            "the log-in page of a network does: open the address in a browser, log in if it asks, "
            "and run the same command again."
        )


def _unpack_transfer(job: Job) -> None:
    """Undo a packing of the transfer: some servers do it unasked, some only say that they did.

    What is left must look as its name says: a ``.tar.gz`` is packed by itself.
    """
    if version_of(job.part).encoding != "gzip" or not _start(job.part).startswith(_GZIP):
        return
    plain = job.part.with_name(job.part.name + ".plain")
    try:
        with gzip.open(job.part) as packed, open(plain, "wb") as file:
            shutil.copyfileobj(packed, file, CHUNK)
        by_itself = job.artefact.file.lower().endswith("gz")
        if not by_itself or _start(plain).startswith(_GZIP):
            patiently(os.replace, plain, job.part)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Damaged(
            f"{job.artefact.file} came damaged ({error}): get it again.", job.part
        ) from None
    finally:
        plain.unlink(missing_ok=True)


def _start(path: Path) -> bytes:
    with open(path, "rb") as file:
        return file.read(1024)
