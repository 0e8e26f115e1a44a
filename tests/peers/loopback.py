"""A web server on a free port of this machine that keeps what it was asked; the stand-ins of real services build on it.

A stand-in answers in :meth:`Peer.reply`. Before that come the replies in ``planned``, one a request of that path, so
that a test can let a server be busy, slow or mad for a while.
"""

from __future__ import annotations

import json
import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Request:
    """One request as it came: ``path`` without its query."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    method: str = "GET"
    body: bytes = b""
    raw_query: str = ""


@dataclass(frozen=True)
class Reply:
    """One answer, after ``delay`` seconds; ``pieces`` of it are sent one after the other, ``pause`` seconds apart.

    ``status`` 0 closes the connection without a word. A planned one that is ``served`` hides the answer of the service,
    which has done what it was asked.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    pieces: int = 1
    pause: float = 0
    delay: float = 0
    served: bool = False


def json_reply(document: Any, status: int = 200, **headers: str) -> Reply:
    """An answer in JSON."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(status, json.dumps(document).encode(), {"Content-Type": "application/json; charset=UTF-8"} | named)


def page(title: str, status: int = 200, **headers: str) -> Reply:
    """An answer that is a page for people."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    html = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body>{title}</body></html>"
    return Reply(status, html.encode(), {"Content-Type": "text/html; charset=UTF-8"} | named)


class Peer(ABC):
    """A stand-in while it runs."""

    url = ""
    protocol = "HTTP/1.0"

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.planned: dict[str, list[Reply]] = {}
        self._busy, self._changed = 0, threading.Condition()

    @abstractmethod
    def reply(self, request: Request) -> Reply:
        """The answer of the service."""

    def plan(self, path: str, *replies: Reply) -> None:
        """Give these answers first to the next requests of this path, or of ``"POST /path"`` alone."""
        self.planned.setdefault(path, []).extend(replies)

    def answer(self, request: Request) -> Reply:
        """The planned answer to a request, or that of the service."""
        for key in (f"{request.method} {request.path}", request.path):
            if self.planned.get(key):
                planned = self.planned[key].pop(0)
                if planned.served:
                    self.reply(request)
                return planned
        return self.reply(request)

    @property
    def paths(self) -> list[str]:
        """The paths that were asked, in order."""
        return [request.path for request in self.requests]

    def settle(self) -> None:
        """Until all that was sent to the server before is answered, even where who asked is dead."""
        port = urlsplit(self.url).port
        with socket.create_connection(("127.0.0.1", port)) as line:  # whoever came before it is counted by then
            line.sendall(b"GET / HTTP/1.0\r\n\r\n")
            while line.recv(1 << 16):
                pass
        with self._changed:
            assert self._changed.wait_for(lambda: not self._busy, 30)

    def count(self, change: int) -> None:
        """One connection more, or less."""
        with self._changed:
            self._busy += change
            self._changed.notify_all()

    @contextmanager
    def running(self) -> Iterator[Peer]:
        """The server, for the length of the block."""
        handler = type("Handler", (_Handler,), {"peer": self, "protocol_version": self.protocol})
        http = _Server(("127.0.0.1", 0), handler)
        http.peer = self
        self.url = f"http://127.0.0.1:{http.server_port}"
        threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield self
        finally:
            http.shutdown()
            http.server_close()


class _Server(ThreadingHTTPServer):
    peer: Peer

    def process_request(self, request: Any, client_address: Any) -> None:
        self.peer.count(1)
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.peer.count(-1)


class _Handler(BaseHTTPRequestHandler):
    peer: Peer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        request = Request(parts.path, query, dict(self.headers), self.command, self._body(), parts.query)
        self.peer.requests.append(request)
        reply = self.peer.answer(request)
        self.close_connection = True
        _wait(reply.delay)
        if reply.status:
            self._send(reply)

    do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815 - the names are http.server's

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        pieces = []
        while size := int(self.rfile.readline().split(b";")[0], 16):  # git sends large packs in chunks
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        headers = {"Content-Length": str(len(reply.body) * reply.pieces), "Connection": "close"} | reply.headers
        for name, text in headers.items():
            self.send_header(name, text)
        self.end_headers()
        with suppress(BrokenPipeError, ConnectionResetError):  # who asked has heard enough
            for piece in range(reply.pieces):
                if piece:
                    _wait(reply.pause)
                self.wfile.write(reply.body)
                self.wfile.flush()

    def log_message(self, *_: object) -> None:
        pass


def _wait(seconds: float) -> None:
    threading.Event().wait(seconds)  # not time.sleep(), which a test may have replaced
