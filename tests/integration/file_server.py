"""A web server on this machine that hands out files as good and as badly as the public ones do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Shelf:
    """A file of the server: its bytes, what is said of them, and whether pieces are given."""

    data: bytes
    etag: str = '"one"'
    last_modified: str = "Wed, 18 Sep 2024 10:00:00 GMT"
    kind: str = "application/octet-stream"
    gives_ranges: bool = True
    heeds_if_range: bool = True


@dataclass
class Request:
    """A request that was made."""

    path: str
    headers: dict[str, str]
    time_s: float


Mishap = Callable[["_Handler", Shelf], None]


@dataclass
class Files:
    """What the server has, what goes wrong with the next requests of a path, and what was asked."""

    address: str = ""
    shelves: dict[str, Shelf] = field(default_factory=dict)
    mishaps: dict[str, list[Mishap]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    def of(self, path: str) -> list[Request]:
        """Return the requests of one path."""
        return [request for request in self.requests if request.path == path]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    files: Files

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no fault of the server."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        files = self.server.files
        files.requests.append(Request(self.path, dict(self.headers), time.monotonic()))
        shelf = files.shelves.get(self.path.partition("://")[2].partition("/")[2] or self.path.lstrip("/"))
        mishaps = files.mishaps.get(self.path.lstrip("/"), [])
        if mishaps:
            mishaps.pop(0)(self, shelf or Shelf(b""))
        elif shelf is None:
            answer(404)(self, Shelf(b""))
        else:
            self.give(shelf)

    def give(self, shelf: Shelf) -> None:
        """Give the file, or the piece that was asked for."""
        start = self.wanted(shelf)
        if start is not None and start >= len(shelf.data):
            self.say(416, {"Content-Range": f"bytes */{len(shelf.data)}", "Content-Length": "0"})
            return
        body = shelf.data[start or 0 :]
        headers = self.heads(shelf) | {"Content-Length": str(len(body))}
        if start is not None:
            headers["Content-Range"] = f"bytes {start}-{len(shelf.data) - 1}/{len(shelf.data)}"
        self.say(200 if start is None else 206, headers)
        self.wfile.write(body)

    def wanted(self, shelf: Shelf) -> int | None:
        """Return the first byte of the piece that is to be given; None for the whole."""
        asked, condition = self.headers.get("Range"), self.headers.get("If-Range")
        if not asked or not shelf.gives_ranges:
            return None
        if shelf.heeds_if_range and condition not in (None, shelf.etag, shelf.last_modified):
            return None
        return int(asked.removeprefix("bytes=").removesuffix("-"))

    def heads(self, shelf: Shelf) -> dict[str, str]:
        """Return what is said of the file."""
        told = {"ETag": shelf.etag, "Last-Modified": shelf.last_modified, "Content-Type": shelf.kind}
        return {name: text for name, text in told.items() if text}

    def say(self, code: int, headers: dict[str, str]) -> None:
        """Send the head of an answer."""
        self.send_response(code)
        for name, text in headers.items():
            self.send_header(name, text)
        self.end_headers()


def answer(code: int, **headers: str) -> Mishap:
    """The server answers with a status and nothing else."""

    def mishap(handler: _Handler, shelf: Shelf) -> None:
        handler.say(code, {"Content-Length": "0"} | {k.replace("_", "-"): v for k, v in headers.items()})

    return mishap


def page(kind: str = "text/html; charset=utf-8") -> Mishap:
    """A web page comes instead of the file."""

    def mishap(handler: _Handler, shelf: Shelf) -> None:
        body = b"<!DOCTYPE html><html><body>Please log in to the guest network.</body></html>"
        handler.say(200, {"Content-Type": kind, "Content-Length": str(len(body))})
        handler.wfile.write(body)

    return mishap


def cut(n_bytes: int) -> Mishap:
    """The connection ends after so many bytes of what was promised."""

    def mishap(handler: _Handler, shelf: Shelf) -> None:
        start = handler.wanted(shelf) or 0
        body = shelf.data[start:]
        headers = handler.heads(shelf) | {"Content-Length": str(len(body))}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(shelf.data) - 1}/{len(shelf.data)}"
        handler.say(206 if start else 200, headers)
        handler.wfile.write(body[:n_bytes])
        handler.close_connection = True

    return mishap


def promise(n_bytes: int) -> Mishap:
    """More bytes are promised than there are."""

    def mishap(handler: _Handler, shelf: Shelf) -> None:
        handler.say(200, handler.heads(shelf) | {"Content-Length": str(len(shelf.data) + n_bytes)})
        handler.wfile.write(shelf.data)
        handler.close_connection = True

    return mishap


def in_chunks(*, whole: bool = True) -> Mishap:
    """The file comes in chunks without a length; or ends before its last chunk."""

    def mishap(handler: _Handler, shelf: Shelf) -> None:
        handler.say(200, {"Content-Type": shelf.kind, "Transfer-Encoding": "chunked"})
        body = shelf.data if whole else shelf.data[: len(shelf.data) // 2]
        handler.wfile.write(f"{len(body):x}\r\n".encode() + body + b"\r\n" + (b"0\r\n\r\n" if whole else b""))
        handler.close_connection = True

    return mishap


def lead_to(address: str) -> Mishap:
    """The server leads elsewhere."""
    return answer(302, Location=address)


@contextmanager
def serving() -> Iterator[Files]:
    """Serve files on 127.0.0.1 until the block ends."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.files = Files(f"http://127.0.0.1:{server.server_address[1]}/")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server.files
        finally:
            server.shutdown()
            thread.join()
