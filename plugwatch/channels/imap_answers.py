"""Answers of vendors by mail, read in our own mailbox: what says that it answers a mail of ours (RFC 5322, 3.6.4)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from datetime import datetime, timezone
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from urllib.parse import quote, unquote

from plugwatch.channels.imap import ImapServer, Mailbox, translated
from plugwatch.channels.wire import Patience
from plugwatch.errors import InputError
from plugwatch.model.roads.heard import own_words, read_html
from plugwatch.model.roads.markup import one_line
from plugwatch.model.roads.watch import Remark, Seen, Unchanged, Watch

_NOT_READ = "nobody has looked for answers"
# So many letters of so many mails stay below what one talk may say (plugwatch.channels.wire).
_MOST_ANSWERS = 20
_SIZE = 32_000
_MAIL_ID = re.compile(r"<[!-;=?-~]{3,900}>")
_MACHINE = re.compile(
    r"(?:no-?reply|do-?not-?reply|mailer-daemon|postmaster|bounces?|notifications?)(?:[+._-].*)?@.*", re.IGNORECASE
)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class ImapAnswers:
    """Our inbox, asked for answers to our mails; a tracker of ``mid:`` addresses (RFC 2392).

    ``ours`` are our own addresses: what comes from them is no answer.
    """

    def __init__(self, server: ImapServer, ours: Collection[str], patience: Patience | None = None) -> None:
        self._server = server
        self._ours = {address.lower() for address in ours}
        self._patience = patience or Patience()

    def read(self, mail_ids: Sequence[str]) -> tuple[Remark, ...]:
        """The newest twenty answers to mails with these Message-IDs, the oldest first.

        Raises ConfigError or NotSentError where the mailbox could not be read.
        """
        wanted = [mail_id for mail_id in dict.fromkeys(mail_ids) if _MAIL_ID.fullmatch(mail_id)]
        if not wanted:
            return ()
        with (
            translated(self._server, _NOT_READ),
            Mailbox(self._server, self._patience, _NOT_READ) as mailbox,
        ):
            found = mailbox.answers(wanted, _MOST_ANSWERS, _SIZE)
        remarks = {remark.id: remark for at, raw in found if (remark := self._remark(at, raw))}
        return tuple(sorted(remarks.values(), key=lambda remark: remark.at))

    def look(self, watch: Watch) -> Seen | Unchanged:
        """What was answered to the mail of a ``mid:`` address; an answer of a person is a confirmation.

        Raises InputError for another address, and as :meth:`read` does.
        """
        mail_id = find_mail_id(watch.url)
        if mail_id is None:
            raise InputError("no address of a mail; write mid:MESSAGE-ID", source=one_line(watch.url))
        remarks = self.read([mail_id])
        people = [remark for remark in remarks if remark.human]
        etag = hashlib.sha256("\n".join(remark.id for remark in remarks).encode()).hexdigest()
        if etag == watch.etag:
            return Unchanged()
        count = f"{len(people)} answer{'' if len(people) == 1 else 's'}" if people else "no answer"
        changed_at = remarks[-1].at if remarks else None
        return Seen(count, "confirmed" if people else None, changed_at, watch.url, remarks=remarks, etag=etag)

    def _remark(self, at: datetime | None, raw: bytes) -> Remark | None:
        """What a mail says; what Python cannot parse (mails in mails, brackets in brackets) is told of all the same.

        Whoever knows our address may send such a mail.
        """
        try:
            return self._read(at, raw)
        except (RecursionError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            words = "a mail that cannot be read; look into the mailbox"
            return Remark(_digest(raw), at or _EPOCH, "unknown", "comment", words, True)

    def _read(self, at: datetime | None, raw: bytes) -> Remark | None:
        message = message_from_bytes(raw)
        name, address = parseaddr(_field(message, "From"))
        if address.lower() in self._ours:
            return None
        machine = _is_machine(message, address)
        words = own_words(_text(message)) or _field(message, "Subject")
        return Remark(
            _identity(message, raw),
            at or _date(message) or _EPOCH,
            one_line(name) or address or "unknown",
            "bot" if machine else "comment",
            words,
            not machine,
        )


def write_mid(mail_id: str) -> str:
    """The ``mid:`` address of a mail (RFC 2392), from its Message-ID."""
    return f"mid:{quote(mail_id.strip('<>'), safe='@+!$*')}"


def find_mail_id(url: str) -> str | None:
    """The Message-ID that a ``mid:`` address names."""
    mail_id = f"<{unquote(url[4:])}>"
    return mail_id if url.startswith("mid:") and _MAIL_ID.fullmatch(mail_id) else None


def _is_machine(message: Message, address: str) -> bool:
    """Whether no person wrote it: automatic answers (RFC 3834), bounces, lists, and addresses that nobody reads."""
    return (
        _field(message, "Auto-Submitted").partition(";")[0].strip().lower() not in ("", "no")
        or _field(message, "Precedence").lower() in ("bulk", "junk", "list", "auto_reply")
        or any(message[name] is not None for name in ("List-Id", "X-Autoreply", "X-Autorespond"))
        or message.get_content_type() == "multipart/report"
        or _field(message, "Return-Path") == "<>"
        or _MACHINE.fullmatch(address) is not None
        or not address
    )


def _field(message: Message, name: str) -> str:
    value = str(message[name] or "")
    try:
        return one_line(str(make_header(decode_header(value))))
    except (MessageError, LookupError, ValueError):
        return one_line(value)


def _text(message: Message) -> str:
    """The first plain text, else the first HTML as text; an attached one is none."""
    html = ""
    for part in message.walk():
        if part.get_content_disposition() == "attachment" or part.is_multipart():
            continue
        if part.get_content_type() == "text/plain":
            return _decoded(part)
        if part.get_content_type() == "text/html" and not html:
            html = read_html(_decoded(part))
    return html


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    try:
        return content.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):
        return content.decode("utf-8", "replace")


def _date(message: Message) -> datetime | None:
    try:
        at = parsedate_to_datetime(_field(message, "Date"))
        return (at if at.tzinfo else at.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    except (TypeError, ValueError, OverflowError):
        return None


def _identity(message: Message, raw: bytes) -> str:
    """Their Message-ID; without one, what the same bytes give at every look."""
    found = _MAIL_ID.search(_field(message, "Message-ID"))
    return found[0] if found else _digest(raw)


def _digest(raw: bytes) -> str:
    return f"<{hashlib.sha256(raw).hexdigest()[:32]}>"
