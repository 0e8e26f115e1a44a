"""A program named ``ssh`` that runs the command in this machine's own shell, and writes down how it was called.

Use::

    ssh = FakeSsh(tmp_path / "bin", home=tmp_path / "server")
    monkeypatch.setenv("PATH", ssh.path)
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

_PROGRAM = """#!{python} -IS
import json, os, subprocess, sys
with open({log!r}, "a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
words = sys.argv[sys.argv.index("--") + 1 :]
if os.path.exists({answer!r}):
    sys.stdout.buffer.write(open({answer!r}, "rb").read())
    sys.exit(0)
if words[0].endswith("down.example"):
    sys.stderr.write("ssh: connect to host down.example port 22: Connection refused\\n")
    sys.exit(255)
home = dict(os.environ, HOME={home!r})
sys.exit(subprocess.run(["sh", "-c", words[1]], cwd={home!r}, env=home).returncode)
"""


class FakeSsh:
    """The program in a folder of its own; ``home`` is the folder that it logs in to on every host."""

    def __init__(self, folder: Path, *, home: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self._log, self._answer = folder / "log", folder / "answer"
        program = folder / "ssh"
        texts = {"log": str(self._log), "answer": str(self._answer), "home": str(home)}
        program.write_text(_PROGRAM.format(python=sys.executable, **texts))
        program.chmod(0o755)

    @property
    def path(self) -> str:
        """PATH with the program on it."""
        return f"{self.folder}{os.pathsep}{os.environ['PATH']}"

    def send(self, content: bytes) -> None:
        """Send these bytes whatever is asked."""
        self._answer.write_bytes(content)

    @property
    def calls(self) -> list[list[str]]:
        """The arguments of each start."""
        return [json.loads(line) for line in self._log.read_text().splitlines()] if self._log.exists() else []
