"""A mail to a vendor as it goes over the line: threaded, with the patch attached byte for byte, or in the text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256

from plugwatch.channels.mail import POLICY, set_text, write_addresses, write_words
from plugwatch.errors import ConfigError
from plugwatch.model.client import Contact, is_email
from plugwatch.model.roads.markup import one_line
from plugwatch.model.roads.submission import Agency, DraftFile

PATCH_AS = ("attached", "inline", "both")

_PATCH_TYPES = ("text/x-patch", "text/x-diff")
_SCISSORS = "-- >8 --"
_MAIL_ID = re.compile(r"<[!-;=?-~]{3,900}>")  # RFC 5322, 3.6.4, without what no server writes
_HEAD_FIELD = re.compile(r"(?:From|Date|Subject):[^\n]*\n(?:[ \t][^\n]*\n)*", re.IGNORECASE)
_STRANGE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class Letter:
    """A mail before it is written; ``to`` is the value of its field.

    ``answers`` are the Message-IDs that it goes on from, the oldest first; ``files`` are attached, but for the patch
    where ``patch_as`` (one of PATCH_AS) puts it into the text.
    """

    sender: Contact
    to: str
    subject: str
    body: str
    date: datetime
    mail_id: str
    answers: tuple[str, ...] = ()
    files: tuple[DraftFile, ...] = ()
    patch_as: str = "attached"


def write_letter(letter: Letter) -> EmailMessage:
    """The message, the same bytes at each try, and no header but ours.

    Raises ConfigError where the sender's address is none, or the patch should stand in the text in no known way.
    """
    if letter.patch_as not in PATCH_AS:
        raise ConfigError(
            f"'{one_line(letter.patch_as)}' is no way to send a patch; choose one of {', '.join(PATCH_AS)}"
        )
    message = EmailMessage(policy=POLICY)
    message["From"] = write_addresses("From", (letter.sender,))
    message["To"] = letter.to
    message["Subject"] = write_words("Subject", letter.subject)
    message["Date"] = format_datetime(letter.date)
    message["Message-ID"] = one_line(letter.mail_id)
    answers = [one for one in dict.fromkeys(letter.answers) if _MAIL_ID.fullmatch(one)]
    if answers:  # RFC 5322, 3.6.4: what is answered, and the way to it
        message["In-Reply-To"] = answers[-1]
        message["References"] = "\r\n ".join(answers)
    body, attached = _place_patches(letter)
    set_text(message, body)
    for file in attached:
        _attach(message, file)
    if message.is_multipart():  # of the library's own choice it would be another one each time
        message.set_boundary(f"=_{sha256(f'{letter.mail_id}{body}'.encode('utf-8', 'replace')).hexdigest()[:40]}")
    return message


def sender_of(agency: Agency) -> Contact:
    """Who writes to vendors. Raises ConfigError where the agency's address is none."""
    if not is_email(agency.email):
        raise ConfigError(
            f"'{one_line(agency.email)}' is not an e-mail address; correct [agency] email in plugwatch.toml"
        )
    return Contact(agency.email, agency.name)


def is_patch(file: DraftFile) -> bool:
    """Whether a file is a patch."""
    return file.media_type in _PATCH_TYPES or file.name.endswith((".patch", ".diff"))


def write_inline(patch: bytes) -> str | None:
    """A patch of ``git format-patch`` as it stands in a mail's text, for ``git am --scissors`` (git-mailinfo(1)).

    None where a text would change it: other line ends than ``\\n``, another encoding than UTF-8, control characters.
    """
    try:
        text = patch.decode()
    except UnicodeDecodeError:
        return None
    if _STRANGE.search(text) or not text.endswith("\n"):
        return None
    head, gap, rest = text.partition("\n\n")
    if not gap:
        return None
    fields = "".join(found[0] for found in _HEAD_FIELD.finditer(head + "\n"))
    return f"{_SCISSORS}\n{fields}\n{rest}"


def _place_patches(letter: Letter) -> tuple[str, list[DraftFile]]:
    """The text with the patches that it can hold, and the files that remain to be attached."""
    body, attached = letter.body, []
    for file in letter.files:
        wanted = letter.patch_as != "attached" and is_patch(file)
        inline = write_inline(file.content) if wanted else None
        if inline is not None:
            body = f"{body.rstrip()}\n\n{inline}"
        if inline is None or letter.patch_as == "both":
            attached.append(file)
    return body, attached


def _attach(message: EmailMessage, file: DraftFile) -> None:
    """Base64 keeps the bytes: text in other encodings gets its line ends and its last line changed on the way."""
    if is_patch(file):
        message.add_attachment(
            file.content, maintype="text", subtype="x-diff", filename=file.name, params=_charset(file.content)
        )
        return
    main, _, sub = file.media_type.partition("/")
    if main not in ("application", "image", "text") or not re.fullmatch(r"[A-Za-z0-9.+-]+", sub):
        main, sub = "application", "octet-stream"
    message.add_attachment(file.content, maintype=main, subtype=sub, filename=file.name)


def _charset(content: bytes) -> dict[str, str]:
    try:
        content.decode()
    except UnicodeDecodeError:
        return {}
    return {"charset": "utf-8"}
