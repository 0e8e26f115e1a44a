"""Mails as drafts in the agency's own mailbox, and where they went from there (RFC 3501, RFC 6154)."""

from __future__ import annotations

import imaplib
import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, ClassVar

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
from plugwatch.errors import ConfigError
from plugwatch.model.messages.message import Answer, Mail, Receipt

_NOT_KEPT = "no draft was kept"
_NOT_LOOKED = "nobody has looked for the mail"
_MOST_COPIES = 20
_FOLDER = re.compile(
    rb'\((?P<flags>[^)]*)\) (?:"(?:[^"\\]|\\.)*"|NIL) (?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<atom>[^\s"]+))(?: .*)?'
)
_FLAGS = re.compile(rb"\((?P<flags>[^)]*)\) ")
_MAIL_ID = re.compile(rb"^Message-ID:\s*(<[^>]*>)", re.IGNORECASE | re.MULTILINE)
_DATE = re.compile(rb'INTERNALDATE "([^"]{1,40})"')


@dataclass(frozen=True)
class ImapServer(Server):
    """The agency's mailbox; folders that are not named here are known by their special use."""

    section: ClassVar[str] = "imap"

    port: int = 993
    security: str = "tls"
    drafts: str = ""
    sent: str = ""
    inbox: str = "INBOX"


@dataclass(frozen=True)
class Found:
    """Where a mail lies (``sent``, ``inbox`` or ``drafts``) and since when; of several copies the newest."""

    place: str
    at: datetime | None


class ImapRoad:
    """The way through a mailbox, in which a person looks at the draft and sends it."""

    def __init__(self, server: ImapServer, patience: Patience | None = None) -> None:
        self._server = server
        self._patience = patience or Patience()

    def send(self, mail: Mail, addresses: Sequence[str], about_to_hand: Callable[[Receipt], bool | None]) -> Receipt:
        """Keep the mail among the drafts, once however often it is called; each address ends as ``kept``.

        Or as ``sent`` where a person has sent the draft since, as deferred where the server will not have it, as
        waiting where the line broke: another try looks first. ``about_to_hand`` and the errors are those of
        :class:`plugwatch.channels.smtp.SmtpRoad`.
        """
        return self.keep_message(build_mail(mail).as_bytes(), mail.mail_id, addresses, about_to_hand)

    def keep_message(
        self,
        content: bytes,
        mail_id: str,
        addresses: Sequence[str],
        about_to_hand: Callable[[Receipt], bool | None],
    ) -> Receipt:
        """Keep a finished message of that Message-ID among the drafts, as :meth:`send` does."""
        with self._open(_NOT_KEPT) as mailbox:
            with translated(self._server, _NOT_KEPT):
                drafts = mailbox.drafts()
                found = mailbox.find(mail_id, ("sent", "drafts"))
            answer = Answer({"sent": "sent", "drafts": "kept"}[found.place] if found else "handing")
            go = about_to_hand(Receipt(dict.fromkeys(addresses, answer)))
            if not found:
                answer = Answer("waiting") if go is False else mailbox.keep(drafts, content)
            return Receipt(dict.fromkeys(addresses, answer))

    def find(self, mail_id: str) -> Found | None:
        """Look for a mail among the sent ones, in the inbox and among the drafts; that it is nowhere proves nothing.

        Raises ConfigError or NotSentError where that could not be done.
        """
        with self._open(_NOT_LOOKED) as mailbox, translated(self._server, _NOT_LOOKED):
            return mailbox.find(mail_id, ("sent", "inbox", "drafts"))

    def _open(self, outcome: str) -> Mailbox:
        with translated(self._server, outcome):
            return Mailbox(self._server, self._patience, outcome)


@contextmanager
def translated(server: Server, outcome: str) -> Iterator[None]:
    """Tell an error of the talk in a sentence; ``outcome`` is what has not come of it."""
    try:
        yield
    except (OSError, ValueError, imaplib.IMAP4.error) as error:  # ValueError: imaplib trusts numbers and encodings
        raise not_sent(server, _as_os_error(error), outcome) from error


def _as_os_error(error: Exception) -> OSError:
    for cause in (error, error.__context__):
        if isinstance(cause, OSError):
            return cause
    # Not imaplib's words: they quote the server, and some servers repeat what they were sent.
    return NonsenseError("no answer as IMAP has them")


class _Imap(imaplib.IMAP4):
    """imaplib's client over our wire; these methods are the ones that it means to be replaced (IMAP4_stream does)."""

    def __init__(self, server: Server, patience: Patience) -> None:
        self._server, self._patience = server, patience
        super().__init__(server.host, server.port)

    def open(self, *_: Any, **__: Any) -> None:
        self.wire = Wire(self._server, self._patience)
        if self._server.security == "tls":
            self.wire.secure()

    def read(self, size: int) -> bytes:
        return self.wire.read(size)

    def readline(self) -> bytes:
        return self.wire.readline()

    def send(self, data: Any) -> None:
        self.wire.write(bytes(data))

    def shutdown(self) -> None:
        self.wire.close()


class Mailbox:
    """One connection, logged in; leaving it logs out. Its methods raise what :func:`translated` tells."""

    def __init__(self, server: ImapServer, patience: Patience, outcome: str) -> None:
        self._server, self._outcome = server, outcome
        self._imap = _Imap(server, patience)
        try:
            self._log_in()
        except BaseException:
            self._imap.shutdown()
            raise

    def __enter__(self) -> Mailbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._imap.wire.hurry(GOODBYE)
        with suppress(OSError, ValueError, imaplib.IMAP4.error):
            self._imap.logout()
        self._imap.shutdown()

    def drafts(self) -> str:
        """The folder of drafts, as the server writes it."""
        folder = self._folder("drafts")
        if folder is None:
            raise self._not_there("drafts", f"{self._server} marks no folder as that of drafts")
        return folder

    def find(self, mail_id: str, places: Sequence[str]) -> Found | None:
        """The mail in the first of these places that has it."""
        for place in places:
            folder = self._folder(place)
            dates = self._copies(place, folder, mail_id) if folder else []
            if dates:
                return Found(place, max((date for date in dates if date), default=None))
        return None

    def keep(self, folder: str, content: bytes) -> Answer:
        """Put a draft into the folder."""
        try:
            kind, data = self._imap.append(_quote(folder), r"(\Draft \Seen)", "", content)
        except OSError as error:
            return Answer("waiting", explain(error))
        except (ValueError, imaplib.IMAP4.error) as error:
            return Answer("waiting", explain(_as_os_error(error)))
        return Answer("kept") if kind == "OK" else Answer("deferred", shorten(data[0] or b""))

    def _log_in(self) -> None:
        server, imap = self._server, self._imap
        secret = server.security == "tls" or imap.wire.is_local
        if server.security == "starttls":
            if "STARTTLS" not in imap.capabilities or imap.xatom("STARTTLS")[0] != "OK":
                raise ConfigError(
                    f"{server} offers no STARTTLS, so {self._outcome}; "
                    "correct [imap] port and security in plugwatch.toml"
                )
            imap.wire.secure()
            secret = True
        if imap.state == "NONAUTH":
            check_login(server, secret=secret, outcome=self._outcome)
            self._authenticate(self._offers())
        self._extended = b"SPECIAL-USE" in self._offers()

    def _offers(self) -> Sequence[bytes]:
        """What the server can do, asked anew: it may say more after a login, and what came in clear means nothing."""
        return b" ".join(line or b"" for line in self._imap.capability()[1]).upper().split()

    def _authenticate(self, offers: Sequence[bytes]) -> None:
        server, imap = self._server, self._imap
        try:
            if b"AUTH=PLAIN" in offers:  # RFC 4616, in UTF-8
                imap.authenticate("PLAIN", lambda _: f"\0{server.user}\0{server.password}".encode())
            else:
                imap.login(_quote(server.user), server.password)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            if "[UNAVAILABLE]" in str(error):  # RFC 5530
                raise NotSentError(
                    f"{server} lets nobody log in just now, so {self._outcome}; try again later"
                ) from error
            raise ConfigError(
                f"{server} does not take the password of {server.user}, so {self._outcome}; correct [imap] user in "
                "plugwatch.toml, or the password (PLUGWATCH_IMAP_PASSWORD or the keyring)"
            ) from error

    def _folder(self, place: str) -> str | None:
        """The folder of a place: the one that is named in the settings, else the one with its special use."""
        named: str = getattr(self._server, place)
        if named:
            return _encode(named)
        use = b"\\" + place.encode()
        _, rows = self._imap.list('""', "* RETURN (SPECIAL-USE)" if self._extended else "*")
        return next((name for flags, name in map(_read_folder, rows) if name and use in flags), None)

    def _copies(self, place: str, folder: str, mail_id: str) -> list[datetime | None]:
        """When each copy of a mail came into the folder."""
        self._select(place, folder)
        alive = ("UNDELETED",) if place == "drafts" else ()  # a mail program that has sent a draft may only mark it
        uids = self._search(*alive, "HEADER", "Message-ID", _quote(mail_id))[-_MOST_COPIES:]
        rows = self._fetch(uids, "(INTERNALDATE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
        return [_read_date(words) for words, field in rows if _read_mail_id(field) == mail_id]

    def answers(self, mail_ids: Sequence[str], most: int, size: int) -> list[tuple[datetime | None, bytes]]:
        """The newest mails in the inbox that answer one of these: when each came, and its first ``size`` bytes."""
        self._select("inbox", self._server.inbox and _encode(self._server.inbox))
        uids: set[bytes] = set()
        for mail_id in mail_ids:
            name = _quote(mail_id)
            uids.update(self._search("UNDELETED", "OR", "HEADER", "References", name, "HEADER", "In-Reply-To", name))
        newest = sorted(uids, key=int)[-most:]
        return [
            (_read_date(words), mail) for words, mail in self._fetch(newest, f"(INTERNALDATE BODY.PEEK[]<0.{size}>)")
        ]

    def _select(self, place: str, folder: str) -> None:
        if self._imap.select(_quote(folder), readonly=True)[0] != "OK":
            raise self._not_there(place, f"{self._server} opens no folder '{folder}'")

    def _search(self, *criteria: str) -> list[bytes]:
        _, data = self._imap.uid("SEARCH", *criteria)
        return (data[0] or b"").split() if data else []

    def _fetch(self, uids: Sequence[bytes], wanted: str) -> list[tuple[bytes, bytes]]:
        """What is said of each mail, and the part of it that came as a literal."""
        if not uids:
            return []
        _, rows = self._imap.uid("FETCH", b",".join(uids).decode("ascii"), wanted)
        return _join_rows(rows)

    def _not_there(self, place: str, what: str) -> ConfigError:
        return ConfigError(f"{what}, so {self._outcome}; write [imap] {place} in plugwatch.toml")


def _read_folder(row: Any) -> tuple[Sequence[bytes], str | None]:
    """Flags in lower case, and the name as the server writes it; None where that cannot be written back."""
    if isinstance(row, tuple):  # a name that came as a literal
        found, name = _FLAGS.match(row[0]), row[1]
    else:
        found = _FOLDER.fullmatch(row or b"")
        name = found and (found["atom"] or re.sub(rb"\\(.)", rb"\1", found["quoted"] or b""))
    if not found or not name or not name.isascii() or not name.decode().isprintable():
        return (), None
    return found["flags"].lower().split(), name.decode()


def _join_rows(rows: Sequence[Any]) -> list[tuple[bytes, bytes]]:
    """imaplib's pieces of an answer to FETCH: for each message the words of the server, and its literal."""
    texts: list[tuple[bytes, bytes]] = []
    for row in rows:
        if isinstance(row, tuple):
            texts.append((row[0], row[1]))
        elif row and texts:
            texts[-1] = (texts[-1][0] + row, texts[-1][1])
    return texts


def _read_mail_id(text: bytes) -> str | None:
    found = _MAIL_ID.search(text)
    return found[1].decode("ascii", "replace") if found else None


def _read_date(text: bytes) -> datetime | None:
    found = _DATE.search(text)
    with suppress(ValueError):
        return parsedate_to_datetime(found[1].decode("ascii", "replace")) if found else None
    return None


def _quote(text: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def _encode(name: str) -> str:
    """The name of a folder as IMAP writes it (RFC 3501, section 5.1.3)."""

    def shift(found: re.Match[str]) -> str:
        coded = b64encode(found[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
        return f"&{coded}-"

    return re.sub(r"[^\x20-\x7e]+", shift, name.replace("&", "&-"))
