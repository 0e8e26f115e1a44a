"""A web server on a free port of this machine that keeps what it was asked; the stand-ins of real services build on it.

A stand-in answers in :meth:`Peer.reply`. Before that come the replies in ``planned``, one a request of that path, so
that a test can let a server be busy, slow or mad for a while.
"""

from __future__ import annotations

import json
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


@dataclass(frozen=True)
class Reply:
    """One answer, after ``delay`` seconds; ``pieces`` of it are sent one after the other, ``pause`` seconds apart."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    pieces: int = 1
    pause: float = 0
    delay: float = 0


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

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.planned: dict[str, list[Reply]] = {}

    @abstractmethod
    def reply(self, request: Request) -> Reply:
        """The answer of the service."""

    def plan(self, path: str, *replies: Reply) -> None:
        """Give these answers first to the next requests of this path."""
        self.planned.setdefault(path, []).extend(replies)

    @property
    def paths(self) -> list[str]:
        """The paths that were asked, in order."""
        return [request.path for request in self.requests]

    @contextmanager
    def running(self) -> Iterator[Peer]:
        """The server, for the length of the block."""
        http = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"peer": self}))
        self.url = f"http://127.0.0.1:{http.server_port}"
        threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield self
        finally:
            http.shutdown()
            http.server_close()


class _Handler(BaseHTTPRequestHandler):
    peer: Peer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        request = Request(parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)), dict(self.headers))
        self.peer.requests.append(request)
        planned = self.peer.planned.get(request.path)
        reply = planned.pop(0) if planned else self.peer.reply(request)
        _wait(reply.delay)
        self.send_response(reply.status)
        for name, text in ({"Content-Length": str(len(reply.body) * reply.pieces)} | reply.headers).items():
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
