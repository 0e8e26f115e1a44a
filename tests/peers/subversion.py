"""A real Subversion server on loopback with the layout of WordPress.org: ``SLUG/trunk`` and ``SLUG/tags/V``.

Use, in a test marked ``services``::

    with SubversionServer(tmp_path / "svn") as server:
        server.commit("tidy-forms/tags/1.2.4", {"tidy-forms.php": b"..."})
        server.url  # svn://127.0.0.1:PORT
"""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from services import require

_PATIENCE = 20  # seconds


class SubversionServer:
    """The server; with a ``password`` only user ``kim`` may read."""

    def __init__(self, folder: Path, *, password: str | None = None) -> None:
        for program in ("svn", "svnadmin", "svnserve"):
            require(program, "subversion")
        folder.mkdir()
        self.folder = folder
        self.repository = folder / "repository"
        subprocess.run(["svnadmin", "create", str(self.repository)], check=True)
        access = "[general]\nanon-access = read\n"
        if password is not None:
            access = "[general]\nanon-access = none\nauth-access = read\npassword-db = passwd\n"
            (self.repository / "conf" / "passwd").write_text(f"[users]\nkim = {password}\n")
        (self.repository / "conf" / "svnserve.conf").write_text(access)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"svn://127.0.0.1:{self.port}"

    def __enter__(self) -> SubversionServer:
        host = ["--listen-host", "127.0.0.1", "--listen-port", str(self.port)]
        self._server = subprocess.Popen(["svnserve", "-d", "--foreground", *host, "-r", str(self.repository)])
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.02)
        raise AssertionError("svnserve did not start")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.terminate()
        self._server.wait(_PATIENCE)

    def commit(self, place: str, files: Mapping[str, bytes]) -> None:
        """Put a folder with these files into the repository."""
        source = self.folder / "source"
        for path, content in files.items():
            target = source / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        url = f"file://{self.repository}/{place}"
        subprocess.run(["svn", "import", "-q", "--no-ignore", "-m", "x", str(source), url], check=True)
        subprocess.run(["rm", "-r", str(source)], check=True)
