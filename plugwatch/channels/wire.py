"""A line to a mail server that costs bounded patience and bounded memory, whatever the other side does.

The clients of the standard library wait for each byte anew and keep whatever comes, so that a server which sends a byte
now and then, or lines without end, holds a command for ever.
"""

from __future__ import annotations

import socket
import ssl
import time
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import ClassVar

from plugwatch.errors import ConfigError, UnknownError
from plugwatch.model.client import printable
from plugwatch.model.roads.markup import one_line

_LINE_LIMIT = 1 << 16
_TALK_LIMIT = 1 << 20
_PIECE = 1 << 14
# An orderly end and a cut line: which of the two a server that goes away leaves behind depends on who is quicker.
_LINE_ENDED = (ssl.SSLEOFError, ssl.SSLZeroReturnError)
_REPLY_LIMIT = 200
GOODBYE = 5.0
"""Seconds for the answer to a good-bye."""


NOTHING_SENT = "nothing was sent"


class NotSentError(UnknownError):
    """The talk broke before anything was handed over; another try is safe."""


class NonsenseError(OSError):
    """The other side does not speak as its protocol wants."""


@dataclass(frozen=True)
class Patience:
    """Seconds: for one answer, and for the whole talk."""

    step: float = 30.0
    whole: float = 120.0


@dataclass(frozen=True)
class Server:
    """Where to reach a mail server, and as whom.

    ``section`` is that of plugwatch.toml, for sentences; ``security`` is ``starttls``, ``tls`` or ``none``.
    """

    section: ClassVar[str] = ""

    host: str
    port: int
    security: str
    user: str = ""
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Wire:
    """The connection; every failure of it is an OSError."""

    def __init__(self, server: Server, patience: Patience) -> None:
        if not server.host:
            raise ConfigError(f"no mail server is named; write [{server.section}] host in plugwatch.toml")
        self._end = time.monotonic() + patience.whole
        self._step = patience.step
        self._host = server.host
        self._buffer = bytearray()
        self._received = 0
        try:
            self._socket = socket.create_connection((server.host, server.port), patience.step)
        except UnicodeError as error:  # a..b
            raise ConfigError(
                f"'{printable(server.host)}' is no name of a server; correct [{server.section}] host in plugwatch.toml"
            ) from error

    @property
    def left(self) -> float:
        """Seconds until the talk has to be over."""
        return self._end - time.monotonic()

    @property
    def is_local(self) -> bool:
        """Whether the line stays on this machine."""
        return ip_address(self._socket.getpeername()[0].partition("%")[0]).is_loopback

    def secure(self) -> None:
        """Go on in TLS with a server whose certificate this machine trusts (SSL_CERT_FILE adds an authority)."""
        if self._buffer:  # said by whoever sits on the line, for our ears after the handshake (CVE-2011-0411)
            raise NonsenseError("words in clear after the agreement on TLS")
        self._socket.settimeout(self._wait(self._step))
        self._socket = ssl.create_default_context().wrap_socket(self._socket, server_hostname=self._host)

    def readline(self, patience: float | None = None) -> bytes:
        """The next line with its end; ``patience`` in seconds goes before that of one step."""
        end = time.monotonic() + (self._step if patience is None else patience)
        while (length := self._buffer.find(b"\n") + 1) == 0:
            if len(self._buffer) > _LINE_LIMIT:
                raise NonsenseError("a line without end")
            self._receive(end)
        return self._take(length)

    def read(self, size: int) -> bytes:
        """So many bytes."""
        if size > _TALK_LIMIT:
            raise NonsenseError("more than anybody would read")
        end = time.monotonic() + self._step
        while len(self._buffer) < size:
            self._receive(end)
        return self._take(size)

    def write(self, data: bytes) -> None:
        """Send it all."""
        end = time.monotonic() + self._step
        for start in range(0, len(data), _PIECE):
            self._socket.settimeout(self._wait(end - time.monotonic()))
            self._socket.sendall(data[start : start + _PIECE])

    def hurry(self, seconds: float) -> None:
        """Let the talk be over by then: what remains changes nothing."""
        self._end = min(self._end, time.monotonic() + seconds)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _receive(self, end: float) -> None:
        self._socket.settimeout(self._wait(end - time.monotonic()))
        try:
            piece = self._socket.recv(_PIECE)
        except OSError:
            self.hurry(0)  # nobody is waited for again who has kept us waiting
            raise
        if not piece:
            raise ConnectionError("the server closed the line")
        self._received += len(piece)
        if self._received > _TALK_LIMIT:
            raise NonsenseError("more than anybody would read")
        self._buffer += piece

    def _take(self, length: int) -> bytes:
        taken = bytes(self._buffer[:length])
        del self._buffer[:length]
        return taken

    def _wait(self, wanted: float) -> float:
        """The wanted seconds, or those that are left of the talk."""
        wait = min(wanted, self.left)
        if wait <= 0:
            self.hurry(0)
            raise TimeoutError("no answer in time")
        return wait


def check_login(server: Server, *, secret: bool, outcome: str = NOTHING_SENT) -> None:
    """Raise ConfigError where user or password is missing, or where the line is not ``secret`` enough for it.

    ``outcome`` ends the sentence's first half: what did not happen.
    """
    if not server.user:
        raise ConfigError(f"{server} wants a login, so {outcome}; write [{server.section}] user in plugwatch.toml")
    if not server.password:
        raise ConfigError(
            f"no password for {server.user} at {server}, so {outcome}; "
            f"set PLUGWATCH_{server.section.upper()}_PASSWORD, or keep it in the keyring"
        )
    if not secret:
        raise ConfigError(
            f"the password for {server} would go in clear, so {outcome}; "
            f"set [{server.section}] security to starttls or tls in plugwatch.toml"
        )


def not_sent(server: Server, error: Exception, outcome: str = NOTHING_SENT) -> NotSentError | ConfigError:
    """What a talk that broke before anything was handed over means for a person; see :func:`check_login`."""
    section = server.section
    if isinstance(error, ssl.SSLCertVerificationError):
        return ConfigError(
            f"{server} shows a certificate that this machine does not trust ({one_line(error.verify_message)}), so "
            f"{outcome}; correct [{section}] host in plugwatch.toml, or name your own authority in SSL_CERT_FILE"
        )
    if isinstance(error, ssl.SSLError) and not isinstance(error, _LINE_ENDED):
        return ConfigError(
            f"{server} does not speak TLS as plugwatch does, so {outcome}; "
            f"correct [{section}] port and security in plugwatch.toml"
        )
    return NotSentError(
        f"{server} could not be talked to ({explain(error)}), so {outcome}; "
        f"try again later, or look at [{section}] in plugwatch.toml"
    )


def explain(error: Exception) -> str:
    """An error of the line in a few words."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, (*_LINE_ENDED, ConnectionResetError, BrokenPipeError)):
        return "the server closed the line"
    return shorten(getattr(error, "strerror", None) or str(error) or type(error).__name__)


def shorten(text: str | bytes) -> str:
    """What the other side said on one line of at most 200 characters, without anything that moves a terminal."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    line = one_line(text)
    return line if len(line) <= _REPLY_LIMIT else line[: _REPLY_LIMIT - 1] + "…"
