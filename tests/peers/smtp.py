"""A real SMTP server on loopback (aiosmtpd) that can be as awkward as those out there.

Use::

    with serve_smtp() as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        server.greylist("jo@bolt.example")
        ...
        assert [mail.envelope_to for mail in server.mails] == [("maria@acme.example",)]

It serves any process that knows ``server.host`` and ``server.port``.
"""
# ruff: noqa: N802 (these names are aiosmtpd's)

from __future__ import annotations

import asyncio
import logging
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from peers.certificates import server_context, write_certificate


class ArrivedMail(EmailMessage):
    """A mail as the server took it, with its envelope."""

    raw: bytes
    envelope_from: str
    envelope_to: tuple[str, ...]


class SmtpServer:
    """The server while it runs; each drop holds for one talk, the rest until it is taken back."""

    host = "localhost"
    user = "dev@agency.example"
    password = "pässword: 7"

    def __init__(self, certificate: Path) -> None:
        self.certificate = certificate
        self.port = 0
        self.mails: list[ArrivedMail] = []
        self.hellos: list[str] = []
        self.logins: list[bool] = []
        self.talks = 0
        self._greylisted: dict[str, int] = {}
        self._refused: dict[str, str] = {}
        self._drops: list[str] = []

    def greylist(self, address: str, tries: int = 1) -> None:
        """Say 451 to so many first tries of this address."""
        self._greylisted[address] = tries

    def refuse(self, address: str, reply: str = "550 5.1.1 no such user") -> None:
        """Say so each time."""
        self._refused[address] = reply

    def accept(self, address: str) -> None:
        """Take back what was said of this address."""
        self._refused.pop(address, None)
        self._greylisted.pop(address, None)

    def drop_before_data(self) -> None:
        """Hang up at the next DATA."""
        self._drops.append("before")

    def drop_after_data(self, *, arrived: bool) -> None:
        """Hang up after the next text, instead of an answer; ``arrived``: having taken it."""
        self._drops.append("arrived" if arrived else "lost")

    def copies(self, address: str) -> list[ArrivedMail]:
        """What arrived for one address, in order."""
        return [mail for mail in self.mails if address in mail.envelope_to]

    def answer(self, address: str) -> str | None:
        """The refusal of an address, or None where it is welcome."""
        if address in self._refused:
            return self._refused[address]
        if self._greylisted.get(address, 0) > 0:
            self._greylisted[address] -= 1
            return "451 4.7.1 greylisted, please try again later"
        return None

    def drops(self, *kinds: str) -> str | None:
        """The next drop, taken, where it is one of these."""
        return self._drops.pop(0) if self._drops and self._drops[0] in kinds else None

    def keep(self, envelope: Envelope) -> None:
        """Take a mail."""
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, ArrivedMail, policy=WIRE)
        mail.raw, mail.envelope_from = envelope.content, str(envelope.mail_from)
        mail.envelope_to = tuple(envelope.rcpt_tos)
        self.mails.append(mail)

    def doubles(self) -> dict[tuple[str, str], int]:
        """How often the same Message-ID reached the same address, where that is more than once."""
        seen = Counter((mail["Message-ID"], address) for mail in self.mails for address in mail.envelope_to)
        return {key: count for key, count in seen.items() if count > 1}


class _Handler:
    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    async def handle_EHLO(
        self, talk: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self._server.hellos.append(hostname)
        return responses

    async def handle_RCPT(
        self, talk: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = self._server.answer(address)
        if refusal is not None:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, talk: SMTP, session: Session, envelope: Envelope) -> str:
        drop = self._server.drops("arrived", "lost")
        if drop != "lost":
            self._server.keep(envelope)
        if drop:
            _hang_up(talk)
        return "250 OK, queued"


class _Talk(SMTP):
    server: SmtpServer

    async def smtp_DATA(self, arg: str) -> None:
        if self.server.drops("before"):
            _hang_up(self)
            return
        await super().smtp_DATA(arg)


def _hang_up(talk: SMTP) -> None:
    transport: Any = talk.transport
    transport.abort()


@contextmanager
def serve_smtp(security: str = "starttls") -> Iterator[SmtpServer]:
    """The server for the length of the block; with ``starttls`` it insists on TLS and a login, else it offers one."""
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # it tells of itself at each login
    with TemporaryDirectory() as folder:
        server = SmtpServer(write_certificate(Path(folder)))
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        listening = asyncio.run_coroutine_threadsafe(_listen(server, security), loop).result(20)
        try:
            yield server
        finally:
            asyncio.run_coroutine_threadsafe(_stop(listening), loop).result(20)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(20)
            loop.close()


async def _listen(server: SmtpServer, security: str) -> asyncio.Server:
    context = server_context(server.certificate)
    loop = asyncio.get_running_loop()

    def authenticate(talk: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        wanted = LoginPassword(server.user.encode(), server.password.encode())
        good = data == wanted
        server.logins.append(good)
        return AuthResult(success=good, handled=False)

    def begin() -> SMTP:
        server.talks += 1
        talk = _Talk(
            _Handler(server),
            hostname="mail.agency.example",
            loop=loop,
            tls_context=context if security == "starttls" else None,
            require_starttls=security == "starttls",
            auth_required=security == "starttls",  # aiosmtpd takes no line for secret but one that became so
            auth_require_tls=security == "starttls",
            authenticator=authenticate,
        )
        talk.server = server
        return talk

    tls: ssl.SSLContext | None = context if security == "tls" else None
    listening = await loop.create_server(begin, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    return listening


async def _stop(listening: asyncio.Server) -> None:
    listening.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
