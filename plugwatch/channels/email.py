"""E-mail: a message ready for any mail program, with the patch attached byte for byte (RFC 5322, RFC 2045)."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import format_datetime

from plugwatch.channels.mail import POLICY, set_text, write_addresses, write_words
from plugwatch.errors import ConfigError, PlugwatchError
from plugwatch.model.client import Contact, is_email
from plugwatch.model.markup import MARKUPS, one_line
from plugwatch.model.submission import (
    Brief,
    DraftFile,
    PatchForms,
    Posting,
    Prepared,
    RenderedText,
    Road,
    name_patch_file,
)


def prepare(road: Road, text: RenderedText, brief: Brief, patch: PatchForms | None, posting: Posting) -> Prepared:
    """The message as an ``.eml`` file and the patch beside it; there is no address to open.

    Raises ConfigError where the agency's address is none, PlugwatchError where the vendor's is none.
    """
    name = name_patch_file(road, brief)
    message = _write(text, brief, posting)
    files: tuple[DraftFile, ...] = ()
    if patch:
        _attach(message, name, patch.format_patch)
        files = (DraftFile(name, patch.format_patch, "text/x-patch"),)
    letter = DraftFile(f"{name.rpartition('.')[0]}.eml", message.as_bytes(), "message/rfc822")
    return Prepared((letter, *files), None)


def _write(text: RenderedText, brief: Brief, posting: Posting) -> EmailMessage:
    message = EmailMessage(policy=POLICY)
    message["From"] = _sender(brief)
    message["To"] = _recipient(brief)
    message["Subject"] = write_words("Subject", text.title)
    message["Date"] = format_datetime(posting.date)
    message["Message-ID"] = one_line(posting.message_id)
    set_text(message, text.body)
    return message


def _attach(message: EmailMessage, name: str, patch: bytes) -> None:
    """Base64 keeps the bytes: text in other encodings gets its line ends and its last line changed on the way."""
    try:
        patch.decode()
        charset = {"charset": "utf-8"}
    except UnicodeDecodeError:
        charset = {}
    message.add_attachment(patch, maintype="text", subtype="x-diff", filename=name, params=charset)


def _sender(brief: Brief) -> str:
    agency = brief.agency
    if not is_email(agency.email):
        raise ConfigError(
            f"'{one_line(agency.email)}' is not an e-mail address; correct [agency] email in plugwatch.toml"
        )
    return write_addresses("From", (Contact(agency.email, agency.name),))


def _recipient(brief: Brief) -> str:
    """The vendor, or an empty group whose name is a marked blank: valid in a header, and found by the checks."""
    address = brief.component.vendor_email
    if address is None:
        blank = MARKUPS["mail"].blank("the vendor's e-mail address")
        return f'"{blank}":;'
    if not is_email(address):
        raise PlugwatchError(f"'{one_line(address)}' is not an e-mail address; correct the vendor's address")
    return write_addresses("To", (Contact(address),))
