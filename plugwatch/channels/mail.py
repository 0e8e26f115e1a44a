"""Mails as they go over the line (RFC 5322, RFC 2045, RFC 2047), whatever stands in the names and texts.

Header fields are written here and not by the email package: until Python 3.13 its own folding loses the quotes of a
long name, lets a comma in it become a second recipient (gh-121284), and undoes encoded words that somebody typed, line
ends in them included.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.charset import SHORTEST, Charset
from email.header import Header
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime

from plugwatch.errors import PlugwatchError
from plugwatch.model.client import Contact, is_email, printable
from plugwatch.model.messages.message import Mail
from plugwatch.model.roads.markup import one_line

_LINE_WIDTH = 76  # RFC 2047, section 2: of a line with an encoded word; RFC 2045, 6.7: of a quoted-printable one
_PLAIN_LINE_LIMIT = 900  # RFC 5321, 4.5.3.1.6 allows 1,000 bytes with the line end
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")  # RFC 5322, 3.2.3: atoms


class WrittenPolicy(EmailPolicy):
    """Of a message whose header fields are set as they shall leave; reading one still gives its meaning."""

    def header_store_parse(self, name: str, value: str) -> tuple[str, str]:
        """The field as it is."""
        return name, value


POLICY = WrittenPolicy(linesep="\r\n", max_line_length=_LINE_WIDTH, refold_source="none")


def build_mail(mail: Mail) -> EmailMessage:
    """The one form of a mail to a client: seven bits, no header but ours, and the same bytes at each try.

    Raises PlugwatchError for an address that is none.
    """
    message = EmailMessage(policy=POLICY)
    message["From"] = write_addresses("From", (mail.sender,))
    message["To"] = write_addresses("To", mail.to)
    message["Subject"] = write_words("Subject", mail.subject)
    message["Date"] = format_datetime(mail.date)
    message["Message-ID"] = one_line(mail.mail_id)
    if mail.thread_id:
        message["In-Reply-To"] = message["References"] = one_line(mail.thread_id)
    set_text(message, mail.body)
    return message


def set_text(message: EmailMessage, body: str) -> None:
    """Give the message its text; line ends become those of mail, and every other character stays."""
    text = normalise(body)
    # Seven bits only, so that no server on the way need change a byte.
    plain = text.isascii() and not _CONTROL.search(text)
    plain = plain and all(len(line) <= _PLAIN_LINE_LIMIT for line in text.split("\n"))
    message.set_content(text, cte="7bit" if plain else "quoted-printable")


def normalise(text: str) -> str:
    """The text with ``\\n`` at each line's end and without halves of characters, which no encoding can carry."""
    return _LONE_SURROGATE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def write_words(field: str, text: str) -> str:
    """Any text as the value of a header field, on lines of at most 76 characters where it has blanks to fold at."""
    line = one_line(text)
    return line if _fits(field, line) else _encode(field, line)


def write_addresses(field: str, contacts: Iterable[Contact]) -> str:
    """Names and addresses as the value of a header field, one on each line.

    Raises PlugwatchError for an address that is none.
    """
    return ",\r\n ".join(_mailbox(field, contact) for contact in contacts)


def _mailbox(field: str, contact: Contact) -> str:
    if not is_email(contact.email):
        raise PlugwatchError(f"'{printable(contact.email)}' is not an e-mail address; correct it where it was given")
    name = one_line(contact.name)
    if not name:
        return contact.email
    if not _fits(field, name):
        return f"{_encode(field, name)}\r\n <{contact.email}>"
    if not _PLAIN_NAME.fullmatch(name):
        name = '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    return f"{name} <{contact.email}>"


def _fits(field: str, line: str) -> bool:
    """Whether the line can stand as it is: ASCII, short, and nothing that a reader takes for an encoded word."""
    return line.isascii() and len(field) + 2 + len(line) <= _LINE_WIDTH and "=?" not in line


def _encode(field: str, line: str) -> str:
    charset = Charset("utf-8")
    charset.header_encoding = SHORTEST  # a library may change what is registered for everybody (apprise does)
    return Header(line, charset, header_name=field, maxlinelen=_LINE_WIDTH - 1).encode(linesep="\r\n")
