"""E-mail to a vendor, for any mail program or sent by us, with the patch byte for byte (RFC 5322, RFC 2045)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from plugwatch.channels.imap import ImapRoad
from plugwatch.channels.mail import write_addresses
from plugwatch.channels.mailto import write_mailto
from plugwatch.channels.smtp import SmtpRoad
from plugwatch.channels.vendor_mail import Letter, sender_of, write_letter
from plugwatch.errors import ConfigError, PlugwatchError, UnknownError
from plugwatch.model.client import Contact, is_email
from plugwatch.model.messages.message import Answer, Receipt
from plugwatch.model.roads.markup import MARKUPS, one_line
from plugwatch.model.roads.posting import CannotTellError, Delivered, NotPostedError, Posting
from plugwatch.model.roads.road import Road
from plugwatch.model.roads.submission import (
    Brief,
    DraftFile,
    PatchForms,
    Prepared,
    RenderedText,
    Surroundings,
    name_patch_file,
)

_LETTER_TYPE = "message/rfc822"


def prepare(
    road: Road,
    text: RenderedText,
    brief: Brief,
    patch: PatchForms | None,
    around: Surroundings,
    patch_as: str = "attached",
) -> Prepared:
    """The message as an ``.eml`` file, the patch beside it, and a ``mailto:`` address, which can carry no file.

    ``patch_as`` is how this vendor likes patches: one of :data:`plugwatch.channels.vendor_mail.PATCH_AS`. Raises
    ConfigError where the agency's address is none, PlugwatchError where the vendor's is none.
    """
    name = name_patch_file(road, brief)
    files = (DraftFile(name, patch.format_patch, "text/x-patch"),) if patch else ()
    letter = Letter(
        sender_of(brief.agency),
        _recipient(brief),
        text.title,
        text.body,
        around.date,
        around.message_id,
        around.answers,
        files,
        patch_as,
    )
    message = write_letter(letter)
    message["X-Unsent"] = "1"  # Outlook opens it as a draft, ready to be sent
    content = message.as_bytes()
    address = brief.component.vendor_email
    names = tuple(file.name for file in files)
    url = write_mailto(address, text.title, text.body, names, around.answers) if address else None
    return Prepared((DraftFile(f"{name.rpartition('.')[0]}.eml", content, _LETTER_TYPE), *files), url)


def write_to(address: str | None, brief: Brief) -> Brief:
    """The brief for a mail to another address of the vendor's, such as a help desk's; None: nobody knows it yet."""
    return replace(brief, component=replace(brief.component, vendor_email=address))


class MailRoad:
    """Mails to vendors, sent through a mail server or kept as drafts of our own mailbox.

    A mailbox beside a mail server serves to look whether a mail left: for our own copy of it.
    """

    def __init__(
        self,
        sender: Contact,
        *,
        smtp: SmtpRoad | None = None,
        mailbox: ImapRoad | None = None,
        patch_as: str = "attached",
    ) -> None:
        """``sender`` is the agency; ``patch_as`` as for :func:`prepare`. Raises ConfigError without any way out."""
        if smtp is None and mailbox is None:
            raise ConfigError("no mail server is named; write [smtp] host or [imap] host in plugwatch.toml")
        self._sender, self._smtp, self._mailbox, self._patch_as = sender, smtp, mailbox, patch_as

    def find(self, posting: Posting) -> Delivered | None:
        """What of it lies in our mailbox; see :class:`plugwatch.model.roads.posting.Channel`.

        A kept draft is ``sent`` once it lies among the sent mails. Raises CannotTellError where it lies nowhere though
        it was given to a mail server: that one cannot be asked.
        """
        found = self._mailbox.find(_mail_id(posting)) if self._mailbox else None
        if found:
            state = "kept" if found.place == "drafts" else "sent"
            return Delivered(state, detail=_KEPT if state == "kept" else f"to {posting.target}")
        if self._smtp is None:
            return None
        raise CannotTellError(
            f"no mail server can be asked whether '{one_line(posting.title)}' has reached {one_line(posting.target)}; "
            "look for your copy or ask there, then say what became of it with 'plugwatch submission mark'"
        )

    def send(self, posting: Posting, about_to_hand: Callable[[], None]) -> Delivered:
        """Send it, or keep it as a draft; see :class:`plugwatch.model.roads.posting.Channel`."""
        if not is_email(posting.target):
            raise PlugwatchError(
                f"'{one_line(posting.target)}' is not an e-mail address, so nothing was sent; "
                "correct the vendor's address with 'plugwatch vendor set'"
            )
        letter = Letter(
            self._sender,
            write_addresses("To", (Contact(posting.target),)),
            posting.title,
            posting.body,
            posting.since,
            _mail_id(posting),
            posting.answers,
            tuple(file for file in posting.files if not _is_letter(file)),
            self._patch_as,
        )
        message = write_letter(letter)

        def tell(receipt: Receipt) -> None:
            if receipt.answers[posting.target].state == "handing":
                about_to_hand()

        if self._smtp:
            receipt = self._smtp.send_message(message, self._sender.email, [posting.target], tell)
        elif self._mailbox:
            receipt = self._mailbox.keep_message(message.as_bytes(), letter.mail_id, [posting.target], tell)
        answer = receipt.answers[posting.target]
        if answer.state == "kept":
            return Delivered("kept", detail=_KEPT)
        if answer.state == "sent":
            return Delivered("sent", detail=f"to {posting.target}" + (f" ({answer.reply})" if answer.reply else ""))
        raise _failure(posting, answer, by_draft=self._smtp is None)


def _is_letter(file: DraftFile) -> bool:
    return file.media_type == _LETTER_TYPE or file.name.endswith(".eml")


_KEPT = "lies among the drafts of the mailbox; look it over and send it there"


def _failure(posting: Posting, answer: Answer, *, by_draft: bool) -> UnknownError:
    target = one_line(posting.target)
    said = f" ({answer.reply})" if answer.reply else ""
    if answer.state == "unknown":
        return CannotTellError(
            f"the line broke while the mail was handed over{said}, so nobody can tell whether it reached {target}; "
            "look for your copy or ask there, then say what became of it with 'plugwatch submission mark'"
        )
    if by_draft and answer.state == "waiting":
        return UnknownError(
            f"the line to the mailbox broke{said}; send it again, which looks first for the draft there"
        )
    if answer.state == "refused":
        return NotPostedError(
            f"the mail server refused {target}{said}, so nothing was sent; correct it with 'plugwatch vendor set'"
        )
    return NotPostedError(f"the mail server did not take the mail to {target} now{said}; try again later")


def _mail_id(posting: Posting) -> str:
    if not posting.mail_id:
        raise PlugwatchError(
            f"'{one_line(posting.title)}' has no Message-ID, so nothing was sent; write the draft anew"
        )
    return posting.mail_id


def _recipient(brief: Brief) -> str:
    """The vendor, or an empty group whose name is a marked blank: valid in a header, and found by the checks."""
    address = brief.component.vendor_email
    if address is None:
        blank = MARKUPS["mail"].blank("the vendor's e-mail address")
        return f'"{blank}":;'
    if not is_email(address):
        raise PlugwatchError(f"'{one_line(address)}' is not an e-mail address; correct the vendor's address")
    return write_addresses("To", (Contact(address),))
