"""Mail through an SMTP server, with a true answer for each address (RFC 5321, RFC 3207, RFC 4954).

smtplib cannot say on which side of the point of no return a talk broke, so the talk is spelled out here. Nothing is
handed over before ``about_to_hand`` has returned: whatever ``send`` raises, nobody has got the message.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from types import TracebackType
from typing import ClassVar

from plugwatch.channels.mail import build_mail
from plugwatch.channels.wire import (
    GOODBYE,
    NonsenseError,
    NotSentError,
    Patience,
    Server,
    Wire,
    check_login,
    explain,
    not_sent,
    shorten,
)
from plugwatch.errors import ConfigError, PlugwatchError
from plugwatch.model.client import is_email, printable
from plugwatch.model.messages.message import Answer, Mail, Receipt

_REPLY = re.compile(rb"([2-5]\d\d)([ -].*)?\r?\n", re.DOTALL)
_SERVICE_CLOSES = 421


@dataclass(frozen=True)
class SmtpServer(Server):
    """A server that takes mail; without a ``user`` nobody logs in.

    ``hello`` is the name that we go by: the agency's domain, never the machine's.
    """

    section: ClassVar[str] = "smtp"

    port: int = 587
    security: str = "starttls"
    hello: str = "localhost"


@dataclass(frozen=True)
class _Reply:
    code: int
    lines: tuple[bytes, ...]

    @property
    def kind(self) -> int:
        """2 done, 3 go on, 4 not now, 5 never (RFC 5321, section 4.2.1)."""
        return self.code // 100

    @property
    def words(self) -> str:
        return shorten(f"{self.code} " + " ".join(line.decode("utf-8", "replace") for line in self.lines))

    @property
    def answer(self) -> Answer:
        """What a yes or no to an address, or to the whole message, means."""
        return Answer({2: "sent", 4: "deferred", 5: "refused"}.get(self.kind, "unknown"), self.words)


class SmtpRoad:
    """The way through one server; ``copy_to`` gets a copy in the same talk, and may refuse it without consequence."""

    def __init__(self, server: SmtpServer, copy_to: str | None = None, patience: Patience | None = None) -> None:
        self._server = server
        self._copy_to = copy_to
        self._patience = patience or Patience()

    def send(self, mail: Mail, addresses: Sequence[str], about_to_hand: Callable[[Receipt], bool | None]) -> Receipt:
        """Hand the mail over for these addresses; each ends as sent, deferred, refused, unknown or waiting.

        ``about_to_hand`` gets what is known of each address, ``handing`` where the server waits for the text; False, or
        an exception, which is passed on, keeps the text back. Raises ConfigError where a person must change something,
        NotSentError where a later try may do better.
        """
        return self.send_message(build_mail(mail), mail.sender.email, addresses, about_to_hand)

    def send_message(
        self,
        message: EmailMessage,
        sender: str,
        addresses: Sequence[str],
        about_to_hand: Callable[[Receipt], bool | None],
    ) -> Receipt:
        """Hand a finished message over, as :meth:`send` does; ``sender`` is the address that the server is told."""
        wanted = tuple(dict.fromkeys(addresses))
        for address in (*wanted, *filter(None, [self._copy_to])):
            if not is_email(address):
                raise PlugwatchError(f"'{printable(address)}' is not an e-mail address, so nothing was sent")
        try:
            talk = _Talk(self._server, self._patience)
        except OSError as error:
            raise not_sent(self._server, error) from error
        with talk:
            answers = self._announce(talk, sender, wanted)
            taken = [address for address, answer in answers.items() if answer.state == "handing"]
            go = about_to_hand(Receipt(answers))
            if not taken:
                return Receipt(answers)
            answer = Answer("waiting") if go is False else talk.hand(message)
            return Receipt(answers | dict.fromkeys(taken, answer))

    def _announce(self, talk: _Talk, sender: str, addresses: Sequence[str]) -> dict[str, Answer]:
        try:
            talk.prepare()
            answers = talk.name(sender, addresses)
            if self._copy_to and self._copy_to not in addresses and any(a.state == "handing" for a in answers.values()):
                talk.ask(f"RCPT TO:<{self._copy_to}>")
        except OSError as error:
            raise not_sent(self._server, error) from error
        return answers


class _Talk:
    """One connection; leaving it says good-bye, which also drops what was begun."""

    def __init__(self, server: SmtpServer, patience: Patience) -> None:
        self._server = server
        self._patience = patience
        self._secured = False
        self._wire = Wire(server, patience)

    def __enter__(self) -> _Talk:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._wire.hurry(GOODBYE)
            self.ask("QUIT")
        self._wire.close()

    def prepare(self) -> None:
        """Up to the point where mail can be sent: greeted, secured and logged in."""
        server = self._server
        if server.security == "tls":
            self._secure()
        self._expect(self._reply(), 220)
        features = self._greet()
        if server.security == "starttls":
            if "STARTTLS" not in features:
                raise ConfigError(
                    f"{server} offers no STARTTLS, and in clear nothing was sent; "
                    "correct [smtp] port and security in plugwatch.toml"
                )
            self._expect(self.ask("STARTTLS"), 220)
            self._secure()
            features = self._greet()  # what was offered in clear may have been changed on the way
        if server.user:
            check_login(server, secret=self._secured or self._wire.is_local)
            self._log_in(features.get("AUTH", []))

    def name(self, sender: str, addresses: Sequence[str]) -> dict[str, Answer]:
        """Who sends and who shall get it; an answer for each address, ``handing`` where the server will take it."""
        reply = self.ask(f"MAIL FROM:<{sender}>")
        if reply.kind == 4:
            return dict.fromkeys(addresses, reply.answer)
        if reply.kind != 2:
            raise ConfigError(
                f"{self._server} takes no mail from {sender} ({reply.words}), so nothing was sent; "
                "correct [agency] email or [smtp] user in plugwatch.toml"
            )
        answers: dict[str, Answer] = {}
        for address in addresses:
            reply = self.ask(f"RCPT TO:<{address}>")
            if reply.code == _SERVICE_CLOSES:
                refused = {known: answer for known, answer in answers.items() if answer.state == "refused"}
                return dict.fromkeys(addresses, reply.answer) | refused
            if reply.kind == 3:
                raise NonsenseError(f"'{reply.words}' to an address")
            answers[address] = Answer("handing", reply.words) if reply.kind == 2 else reply.answer
        return answers

    def check_time(self) -> None:
        """Raise TimeoutError where too little is left for the text itself."""
        if self._wire.left < self._patience.step:
            raise TimeoutError

    def hand(self, message: EmailMessage) -> Answer:
        """Send the text; what is returned holds for every address that waits for it."""
        try:
            self.check_time()
            reply = self.ask("DATA")
        except OSError as error:
            return Answer("waiting", explain(error))
        if reply.kind != 3:
            return reply.answer if reply.kind > 3 else Answer("waiting", reply.words)
        try:
            self._wire.write(_dotted(message.as_bytes()))
            # The whole rest, not one step: who hangs up too early is sent a second one (RFC 5321, section 4.5.3.2.6).
            return self._reply(self._wire.left).answer
        except OSError as error:
            return Answer("unknown", explain(error))

    def ask(self, command: str) -> _Reply:
        """What the server says to a command."""
        self._wire.write(command.encode() + b"\r\n")
        return self._reply()

    def _reply(self, patience: float | None = None) -> _Reply:
        lines = []
        while True:
            found = _REPLY.fullmatch(self._wire.readline(patience))
            if found is None:
                raise NonsenseError("no reply as SMTP has them")
            rest = found[2] or b" "
            lines.append(rest[1:].strip())
            if rest[:1] == b" ":
                return _Reply(int(found[1]), tuple(lines))

    def _expect(self, reply: _Reply, code: int) -> _Reply:
        if reply.code != code:
            raise NotSentError(f"{self._server} says '{reply.words}', so nothing was sent; try again later")
        return reply

    def _secure(self) -> None:
        self._wire.secure()
        self._secured = True

    def _greet(self) -> dict[str, list[str]]:
        """What the server offers: words in capitals, by the first one (RFC 5321, section 4.1.1.1)."""
        reply = self._expect(self.ask(f"EHLO {self._server.hello}"), 250)
        offers = [line.decode("ascii", "replace").upper().split() for line in reply.lines[1:]]
        return {words[0]: words[1:] for words in offers if words}

    def _log_in(self, ways: Sequence[str]) -> None:
        server = self._server
        if "PLAIN" in ways:  # RFC 4616
            reply = self.ask(f"AUTH PLAIN {_base64(f'{chr(0)}{server.user}{chr(0)}{server.password}')}")
        elif "LOGIN" in ways:
            reply = self.ask("AUTH LOGIN")
            for answer in (server.user, server.password):
                if reply.kind == 3:
                    reply = self.ask(_base64(answer))
        else:
            raise ConfigError(
                f"{server} offers no login that plugwatch knows (PLAIN, LOGIN), so nothing was sent; "
                "correct [smtp] port and security in plugwatch.toml, or leave user empty"
            )
        # No words of the server: some repeat what they were sent.
        if reply.kind == 4:
            raise NotSentError(f"{server} lets nobody log in just now, so nothing was sent; try again later")
        if reply.kind != 2:
            raise ConfigError(
                f"{server} does not take the password of {server.user}, so nothing was sent; correct [smtp] user in "
                "plugwatch.toml, or the password (PLUGWATCH_SMTP_PASSWORD or the keyring)"
            )


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()


def _dotted(content: bytes) -> bytes:
    """The text with its end, so that no line of it is taken for the end (RFC 5321, section 4.5.2)."""
    return re.sub(rb"(?m)^\.", b"..", content) + b".\r\n"
