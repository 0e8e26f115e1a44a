"""A program named ``wp`` over a real WordPress, of which no registry has the real one, and the ``ssh`` that it calls.

It understands what plugwatch and people who follow its advice ask (``eval``, ``eval-file``, ``plugin list``, ``theme
list``, ``plugin is-active``, ``core version``, ``transient get``, ``plugin install`` and ``theme install``, with
``--force`` and ``--activate``), refuses all else as WP-CLI does, and writes down how it was called. Use::

    wp = LiveWp(tmp_path / "bin")
    monkeypatch.setenv("PATH", wp.path)
    plugwatch("site", "add", "shop", "--source", wp.source(live_wordpress.root))  # or source(…, ssh="web1")

A host named ``down…`` does not answer. As root the real one wants ``--allow-root``, and so does this one.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from peers.wordpress import compiled_php

_PHP_FILES = Path(__file__).parent / "live_wp_php"
# Python's own start writes the line whole; the program takes its place, so that a signal reaches PHP itself.
_WP = """#!{python} -IS
import json, os, resource, signal, sys
home = {home!r}
fd = os.open(home + "/calls.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
os.write(fd, (json.dumps({{"args": sys.argv[1:], "pid": os.getpid()}}) + "\\n").encode())
os.close(fd)
plan = json.load(open(home + "/plan.json"))
if plan["longest_file"] is not None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (plan["longest_file"], plan["longest_file"]))
for word, (printed, complaint, status) in plan["answers"].items():
    if word in sys.argv:
        sys.stdout.write(printed)
        sys.stderr.write(complaint)
        sys.exit(status)
settings = ["-d", "display_errors=stderr", "-d", "log_errors=0", *{compiled}, *plan["php"]]
os.execvp("php", ["php", *settings, {script!r}, *sys.argv[1:]])
"""
_SSH = """#!{python} -IS
import json, os, sys
with open({home!r} + "/ssh.jsonl", "a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
host, command = sys.argv[-2:]
if host.rpartition("@")[2].startswith("down"):
    sys.stderr.write("ssh: connect to host " + host + " port 22: Connection refused\\n")
    sys.exit(255)
os.execvp("sh", ["sh", "-c", command])
"""


class LiveWp:
    """The two programs in a folder of their own; they serve any number of sites."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        texts = {"python": sys.executable, "home": str(folder), "script": str(_PHP_FILES / "wp.php")}
        texts |= {"compiled": repr(compiled_php())}
        for name, program in (("wp", _WP), ("ssh", _SSH)):
            (folder / name).write_text(program.format(**texts))
            (folder / name).chmod(0o755)
        self._plan: dict[str, Any] = {"php": [], "longest_file": None, "answers": {}}
        self.plan()

    @property
    def path(self) -> str:
        """PATH with the programs on it."""
        return f"{self.folder}{os.pathsep}{os.environ['PATH']}"

    def source(self, root: Path, *, ssh: str | None = None, url: str | None = None) -> str:
        """The SPEC of a site (``site add --source``)."""
        words = ["wp", *([f"--ssh={ssh}"] if ssh else []), f"--path={root}", *([f"--url={url}"] if url else [])]
        return shlex.join([*words, *(["--allow-root"] if os.geteuid() == 0 else [])])

    def run(self, root: Path, *command: str) -> str:
        """What it prints when a person runs it on a site; it must succeed."""
        words = [*shlex.split(self.source(root))[1:], *command]
        done = subprocess.run([self.folder / "wp", *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done
        return done.stdout

    def plan(self, **changes: Any) -> None:
        """Change how it runs.

        ``php``: more arguments of PHP; ``longest_file``: bytes, as on a full disk; ``answers``: word among the
        arguments → what is printed, complained and returned instead.
        """
        self._plan |= changes
        (self.folder / "plan.json").write_text(json.dumps(self._plan))

    @property
    def calls(self) -> list[list[str]]:
        """The arguments of every start of ``wp``, in order."""
        return [one["args"] for one in self._read("calls.jsonl")]

    @property
    def processes(self) -> list[int]:
        """The process of every start of ``wp``, in order."""
        return [one["pid"] for one in self._read("calls.jsonl")]

    @property
    def ssh_calls(self) -> list[list[str]]:
        """The arguments of every start of ``ssh``."""
        return list(self._read("ssh.jsonl"))

    def _read(self, name: str) -> list[Any]:
        written = self.folder / name
        return [json.loads(line) for line in written.read_text().splitlines()] if written.exists() else []
