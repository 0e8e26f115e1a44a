"""A syntax check of PHP files, where PHP is installed. It says whether a file parses, no more."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from contextlib import ExitStack
from threading import Lock
from types import TracebackType

from plugwatch.process import Pipe, ProgramError, clean_environment, find, pipe, run

# One process for all files of all forks: PHP takes 30 ms to start and 1 to parse. Each line in is a file, base64; each
# line out is null or PHP's message, as JSON.
_SCRIPT = r"""
while (($line = fgets(STDIN)) !== false) {
    $answer = null;
    try { token_get_all(base64_decode($line), TOKEN_PARSE); }
    catch (ParseError $e) { $answer = $e->getMessage() . ' on line ' . $e->getLine(); }
    echo json_encode($answer, JSON_INVALID_UTF8_SUBSTITUTE), "\n";
    flush();
}
"""


class Parser:
    """Parses PHP files in one process, which is started when the first one comes; threads may share it."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._lock = Lock()
        self._process: Pipe | None = None
        self._able = find("php") is not None

    def __enter__(self) -> Parser:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._open.__exit__(kind, error, trace)
        except ProgramError:
            self._able = False  # it died, and whoever asked it last was told so

    def errors(self, files: Mapping[str, bytes]) -> dict[str, str] | None:
        """Files that do not parse, each with PHP's message.

        None where there is no PHP, or one that cannot tell for want of its tokenizer extension (which Debian loads by
        configuration files, so they are read here).
        """
        with self._lock:
            if not self._able:
                return None
            try:
                found = {name: self._parse(content) for name, content in files.items()}
            except (OSError, ValueError, ProgramError):
                self._able = False
                return None
        return {name: message for name, message in found.items() if message}

    def _parse(self, content: bytes) -> str | None:
        if self._process is None:
            args = ["php", "-d", "display_errors=stderr", "-d", "memory_limit=-1", "-r", _SCRIPT]
            self._process = self._open.enter_context(pipe(args, env=clean_environment()))
        self._process.stdin.write(base64.b64encode(content) + b"\n")
        self._process.stdin.flush()
        message: str | None = json.loads(self._process.stdout.readline())
        return message


def compile_errors(files: Mapping[str, bytes]) -> dict[str, str] | None:
    """As :meth:`Parser.errors`, but compiled (``php -l``), which also sees a function declared twice in one file."""
    if find("php") is None:
        return None
    found = {}
    for name, content in files.items():
        done = run(["php", "-n", "-d", "display_errors=stderr", "-l"], stdin=content, check=False)
        if done.returncode:
            found[name] = done.complaint.removeprefix("PHP ").replace(" in Standard input code", "")
    return found
