"""A small web server on the loopback, with ranges, for the tests of downloads."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Site:
    """Files by path, and how the server misbehaves.

    ``cuts``: lengths after which the next answers break off; ``ranges``: whether it knows
    them; ``refuse``: statuses of the next answers. ``asked`` lists (path, Range header).
    """

    def __init__(self, files: dict[str, bytes]):
        self.files = files
        self.cuts: list[int] = []
        self.refuse: list[int] = []
        self.ranges = True
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

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(handler: BaseHTTPRequestHandler, site: Site) -> None:
    asked = handler.headers.get("Range")
    site.asked.append((handler.path, asked))
    body = site.files.get(handler.path.lstrip("/"))
    if site.refuse or body is None:
        handler.send_error(site.refuse.pop(0) if site.refuse else 404)
        return
    start = int(re.match(r"bytes=(\d+)-", asked)[1]) if asked and site.ranges else 0
    if start >= len(body) and start:
        handler.send_response(416)
        handler.send_header("Content-Range", f"bytes */{len(body)}")
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return
    handler.send_response(206 if start else 200)
    if start:
        handler.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
    handler.send_header("Content-Length", str(len(body) - start))
    handler.end_headers()
    handler.wfile.write(body[start:][: site.cuts.pop(0) if site.cuts else None])
