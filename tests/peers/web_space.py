"""Any web space on loopback: it shows the files of a folder, and asks for a login where a test wants one.

Use::

    with WebSpace(folder) as space:
        requests.get(f"{space.url}/plugwatch.json")
"""

from __future__ import annotations

import base64
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from urllib.parse import unquote

from peers.loopback import Peer, Reply, Request

_TYPES = {".json": "application/json", ".zip": "application/zip", ".html": "text/html; charset=UTF-8"}


class WebSpace(Peer):
    """The server; ``login`` is USER:PASSWORD. Each file is read when it is asked for."""

    def __init__(self, folder: Path, *, login: str | None = None) -> None:
        super().__init__()
        self.folder, self.login = folder, login
        self._running = ExitStack()

    def __enter__(self) -> WebSpace:
        self._running.enter_context(self.running())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()

    def reply(self, request: Request) -> Reply:
        """The file, as Apache or nginx would give it; what begins with a dot is nobody's business."""
        if self.login is not None:
            wanted = "Basic " + base64.b64encode(self.login.encode()).decode()
            if request.headers.get("Authorization") != wanted:
                return Reply(401, b"no", {"WWW-Authenticate": 'Basic realm="Builds"'})
        parts = [part for part in unquote(request.path).split("/") if part] or ["index.html"]
        place = self.folder.joinpath(*parts)
        if any(part.startswith(".") for part in parts) or not place.is_file():
            return Reply(404, b"there is no such file")
        return Reply(200, place.read_bytes(), {"Content-Type": _TYPES.get(place.suffix, "application/octet-stream")})
