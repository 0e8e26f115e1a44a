"""A server on loopback that says what a test tells it to, one thing after each line that it hears, and then hangs up.

Use::

    with serve_script(b"220 hi\\r\\n", b"250 you\\r\\n", SILENCE) as server:
        ...
    assert server.heard == ["EHLO agency.example", "MAIL FROM:<…>"]
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import BinaryIO


@dataclass(frozen=True)
class Flood:
    """The same again and again until the other side hangs up, ``pause`` seconds apart."""

    piece: bytes
    pause: float = 0


SILENCE = Flood(b"", 60)


@dataclass
class ScriptServer:
    """The server; ``{tag}`` in a line of the script is the first word of the command that it answers."""

    script: tuple[bytes | Flood, ...]
    host: str = "localhost"
    port: int = 0
    heard: list[str] = field(default_factory=list)

    def play(self, talk: socket.socket) -> None:
        """One talk, to the end of the script."""
        lines = talk.makefile("rb")
        tag = before = b""
        for number, words in enumerate(self.script):
            if number:
                word = self._hear(lines, b".\r\n" if before.startswith(b"354") else b"")
                if not word:
                    return
                tag = tag if before.startswith(b"+") else word
            if isinstance(words, Flood):
                _flood(talk, words)
                return
            before = words
            talk.sendall(words.replace(b"{tag}", tag))

    def _hear(self, lines: BinaryIO, end: bytes) -> bytes:
        """The first word of the next line; of all lines up to ``end`` where that is something."""
        tag = b""
        for line in lines:
            self.heard.append(line.decode("utf-8", "replace").rstrip("\r\n"))
            tag = tag or line.split()[0]
            if not end or line == end:
                break
        return tag


def _flood(talk: socket.socket, words: Flood) -> None:
    talk.settimeout(words.pause or 0.001)
    while True:
        with suppress(TimeoutError):
            if not talk.recv(1):
                return
        talk.settimeout(20)
        talk.sendall(words.piece)
        talk.settimeout(words.pause or 0.001)


@contextmanager
def serve_script(*script: bytes | Flood) -> Iterator[ScriptServer]:
    """The server for the length of the block; each talk hears the script from its start."""
    server = ScriptServer(script)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server.port = listening.getsockname()[1]

        def serve() -> None:
            with suppress(OSError):  # the end of the block
                while True:
                    talk, _ = listening.accept()
                    with talk, suppress(OSError):
                        server.play(talk)
                        talk.shutdown(socket.SHUT_WR)
                        while talk.recv(1 << 16):  # closed with words unheard, it would lose those on their way
                            pass

        threading.Thread(target=serve, daemon=True).start()
        yield server
        listening.shutdown(socket.SHUT_RDWR)
