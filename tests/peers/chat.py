"""A chat room on loopback that keeps what it is told; apprise talks to it by ``json://``.

Use::

    with serve_chat() as room:
        remind([room.url], "title", "body")
        assert room.told == [("title", "body")]
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class ChatRoom:
    """The room while it is open; ``status`` is what it answers."""

    url: str
    status: int = 200
    posts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def told(self) -> list[tuple[str, str]]:
        """Title and text of each post, in order."""
        return [(post["title"], post["message"]) for post in self.posts]


@contextmanager
def serve_chat() -> Iterator[ChatRoom]:
    """The room for the length of the block."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {}))
    room = ChatRoom(f"json://room:sesame@127.0.0.1:{http.server_port}/hook")
    http.RequestHandlerClass.room = room
    threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield room
    finally:
        http.shutdown()
        http.server_close()


class _Handler(BaseHTTPRequestHandler):
    room: ChatRoom

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.room.posts.append(json.loads(body))
        self.send_response(self.room.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass
