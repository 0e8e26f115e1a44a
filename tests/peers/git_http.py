"""A git server over HTTP as agencies have one: the real ``git http-backend``, with basic authentication before it.

Passwords are asked for before anything is told, as every private server does; a repository that is not the user's
answers 403; ``fault`` is the status of every answer while it is set. ``before`` is called with each request, so that a
test can let something happen in between.
"""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

USER = "ana"
TOKEN = "tok3n-0f-ana"


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: str
    authorization: str | None


class GitServer:
    """Bare repositories below one folder, at ``URL/NAME.git``."""

    url = ""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[Asked] = []
        self.foreign: set[str] = set()
        self.fault: int | None = None
        self.before: Callable[[Asked], None] = lambda _asked: None

    def create(self, name: str) -> Path:
        """A new, empty repository; its folder."""
        path = self.folder / f"{name}.git"
        subprocess.run(
            ["git", "init", "--quiet", "--bare", "--template=", "--initial-branch=upstream", str(path)], check=True
        )
        subprocess.run(["git", "config", "http.receivepack", "true"], cwd=path, check=True)
        return path

    def address(self, name: str) -> str:
        """The URL of a repository."""
        return f"{self.url}/{name}.git"

    @contextmanager
    def running(self) -> Iterator[GitServer]:
        """The server, for the length of the block."""
        http = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"server_": self}))
        self.url = f"http://127.0.0.1:{http.server_port}"
        threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield self
        finally:
            http.shutdown()
            http.server_close()

    def refusal(self, asked: Asked) -> int | None:
        """The status with which a request is turned away; None for one that is answered."""
        if self.fault:
            return self.fault
        good = "Basic " + base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()
        if asked.authorization != good:
            return 401
        name = asked.path.split(".git/")[0].strip("/")
        return 403 if name in self.foreign else None


class _Handler(BaseHTTPRequestHandler):
    server_: GitServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self._body())

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        pieces = []
        while size := int(self.rfile.readline().split(b";")[0], 16):  # git sends large packs in chunks
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _answer(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        asked = Asked(self.command, parts.path, parts.query, self.headers.get("Authorization"))
        self.server_.asked.append(asked)
        self.server_.before(asked)
        status = self.server_.refusal(asked)
        if status:
            return self._send(status, {"WWW-Authenticate": 'Basic realm="git"'} if status == 401 else {}, b"")
        head, _blank, content = self._backend(asked, body).partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        return self._send(int(headers.pop("Status", "200").split()[0]), headers, content)

    def _backend(self, asked: Asked, body: bytes) -> bytes:
        env = {
            "PATH": os.environ["PATH"],
            "HOME": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROJECT_ROOT": str(self.server_.folder),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REQUEST_METHOD": asked.method,
            "PATH_INFO": asked.path,
            "QUERY_STRING": asked.query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_USER": USER,
        }
        return subprocess.run(["git", "http-backend"], env=env, input=body, capture_output=True, check=True).stdout

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, text in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
