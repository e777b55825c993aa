"""A small web server on the loopback, with ranges, for the tests of downloads."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Site:
    """Files by path, and how the server misbehaves.

    ``cuts``: lengths after which the next answers break off; ``ranges``: whether it knows
    them; ``refuse``: statuses of the next answers; ``headers``: what each answer says as well,
    or instead; ``if_range``: whether it looks at that header; ``silent``: it takes the call and
    answers nothing; ``drips``: it sends a byte at a time; ``drips_headers``: it does so from the
    first line on. ``asked`` lists (path, Range header).
    """

    def __init__(self, files: dict[str, bytes]):
        self.files = files
        self.cuts: list[int] = []
        self.refuse: list[int] = []
        self.ranges = True
        self.headers: dict[str, str] = {}
        self.if_range = True
        self.silent = self.drips = self.drips_headers = False
        self.over = threading.Event()  # the test is at its end
        self.asked: list[tuple[str, str | None]] = []
        self.address = ""


@contextmanager
def serve(files: dict[str, bytes]):
    site = Site(files)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            _answer(self, site)

        def log_message(self, *args):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *args):
            pass  # a client that hangs up is what some tests are about

    server = Server(("127.0.0.1", 0), Handler)
    site.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(handler: BaseHTTPRequestHandler, site: Site) -> None:
    asked = handler.headers.get("Range")
    site.asked.append((handler.path, asked))
    body = site.files.get(handler.path.lstrip("/"))
    if site.silent:
        site.over.wait(60)
        return
    if site.drips_headers:
        _drip(handler, site, b"HTTP/1.1 200 OK\r\nX-Slow: " + 1000 * b"a")
        return
    if site.refuse or body is None:
        handler.send_error(site.refuse.pop(0) if site.refuse else 404)
        return
    validators = {site.headers.get("ETag"), site.headers.get("Last-Modified")}
    changed = site.if_range and handler.headers.get("If-Range") not in (None, *validators)
    ranged = asked and site.ranges and not changed
    start = int(re.match(r"bytes=(\d+)-", asked)[1]) if ranged else 0
    if start >= len(body) and start:
        _say(handler, 416, {"Content-Range": f"bytes */{len(body)}", "Content-Length": "0"})
        return
    headers = {"Content-Length": str(len(body) - start)}
    if start:
        headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
    _say(handler, 206 if start else 200, headers | site.headers)
    rest = body[start:][: site.cuts.pop(0) if site.cuts else None]
    _drip(handler, site, rest) if site.drips else handler.wfile.write(rest)


def _drip(handler: BaseHTTPRequestHandler, site: Site, raw: bytes) -> None:
    for at in range(len(raw)):
        handler.wfile.write(raw[at : at + 1])
        if site.over.wait(0.05):
            return


def _say(handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str]) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
