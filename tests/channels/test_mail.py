from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email import charset, message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import getaddresses

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from plugwatch.channels.mail import build_mail, normalise
from plugwatch.errors import PlugwatchError
from plugwatch.model.client import Contact
from plugwatch.model.messages.message import Mail
from plugwatch.model.roads.markup import one_line

MAIL = Mail(
    subject="acme.example: it is fixed",
    body="Hello Maria,\n\nit is fixed.\n",
    sender=Contact("dev@agency.example", "Example Agency"),
    to=(Contact("maria@acme.example", "Maria Marlowe"), Contact("desk@acme.example")),
    date=datetime(2026, 11, 20, 9, 41, tzinfo=timezone(timedelta(hours=1))),
    mail_id="<01k3q7@agency.example>",
)
OURS = ["From", "To", "Subject", "Date", "Message-ID", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"]


def receive(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=SMTP)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message


def people(raw: bytes, field: str) -> list[tuple[str, str]]:
    """Names and addresses; before Python 3.13 the newer parser puts a blank between two encoded words of a name."""
    pairs = getaddresses([str(message_from_bytes(raw)[field])])
    return [(str(make_header(decode_header(name))), address) for name, address in pairs]


def body_of(message: EmailMessage) -> str:
    assert message.get_content_type() == "text/plain"
    return str(message.get_content()).replace("\r\n", "\n")


def test_a_mail_says_what_was_written_and_nothing_of_the_machine() -> None:
    assert build_mail(MAIL).as_bytes().decode("ascii").split("\r\n") == [
        "From: Example Agency <dev@agency.example>",
        "To: Maria Marlowe <maria@acme.example>,",
        " desk@acme.example",
        "Subject: acme.example: it is fixed",
        "Date: Fri, 20 Nov 2026 09:41:00 +0100",
        "Message-ID: <01k3q7@agency.example>",
        'Content-Type: text/plain; charset="utf-8"',
        "Content-Transfer-Encoding: 7bit",
        "MIME-Version: 1.0",
        "",
        "Hello Maria,",
        "",
        "it is fixed.",
        "",
    ]


def test_umlauts_leave_in_seven_bits_and_a_later_mail_belongs_to_the_first() -> None:
    later = replace(
        MAIL,
        subject="Größe passt",
        body="Grüße",
        to=(Contact("jo@bolt.example", "Jörg Groß"),),
        thread_id="<01k000@agency.example>",
    )
    assert build_mail(later).as_bytes().decode("ascii").split("\r\n") == [
        "From: Example Agency <dev@agency.example>",
        "To: =?utf-8?b?SsO2cmcgR3Jvw58=?=",
        " <jo@bolt.example>",
        "Subject: =?utf-8?b?R3LDtsOfZSBwYXNzdA==?=",
        "Date: Fri, 20 Nov 2026 09:41:00 +0100",
        "Message-ID: <01k3q7@agency.example>",
        "In-Reply-To: <01k000@agency.example>",
        "References: <01k000@agency.example>",
        'Content-Type: text/plain; charset="utf-8"',
        "Content-Transfer-Encoding: quoted-printable",
        "MIME-Version: 1.0",
        "",
        "Gr=C3=BC=C3=9Fe",
        "",
    ]


def test_the_bytes_are_the_same_whatever_another_library_has_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    mail = replace(MAIL, subject="Größe passt", body="Grüße", to=(Contact("jo@bolt.example", "Jörg Groß"),))
    before = build_mail(mail).as_bytes()
    for encoding in (charset.QP, charset.BASE64):
        monkeypatch.setitem(charset.CHARSETS, "utf-8", (encoding, encoding, "utf-8"))
        assert build_mail(mail).as_bytes() == before


# Long enough to be folded, in pieces that are dangerous where a fold, a quote or a decoding goes wrong.
PIECES = ["\r\nBcc: all@client.example", "=?utf-8?q?a=0D=0ABcc:_x@y.example?=", "ä", ", ", '"', "\\", "<x@y.example>"]
PIECES += ["(", ":;", "x" * 90, "\u2028", "\x00", "\ud800", "👩\u200d🚒", "\u202eabc", "=?", "?=", "\t", "."]
ANYTHING = st.one_of(st.text(max_size=300), st.lists(st.sampled_from(PIECES), max_size=12).map("".join))


@given(sender=ANYTHING, name=ANYTHING, subject=ANYTHING, body=ANYTHING)
@example(sender="", name="", subject="", body="")
@example(sender="a", name="b", subject="c" * 10_000, body="d" * 10_000 + "\r\r\n\n.\nFrom me\n")
@example(sender="é" * 200, name="é, x " * 40, subject="é " * 5_000, body="é" * 10_000)
@settings(max_examples=200)
def test_any_text_gives_our_headers_alone_and_comes_out_as_it_went_in(
    sender: str, name: str, subject: str, body: str
) -> None:
    to = (Contact("maria@acme.example", name), Contact("jo@bolt.example", name), Contact("desk@acme.example"))
    mail = replace(MAIL, sender=Contact("dev@agency.example", sender), to=to, subject=subject, body=body)
    raw = build_mail(mail).as_bytes()
    assert re.fullmatch(rb"[\t\r\n\x20-\x7e]*", raw)
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert raw == build_mail(mail).as_bytes()
    message = receive(raw)
    assert message.keys() == OURS
    assert message["Subject"] == one_line(subject)
    assert people(raw, "From") == [(one_line(sender), "dev@agency.example")]
    assert people(raw, "To") == [(one_line(contact.name), contact.email) for contact in to]
    assert [who.addr_spec for who in message["To"].addresses] == [contact.email for contact in to]
    text = normalise(body)
    assert body_of(message) == (text if text.endswith("\n") else text + "\n")


@pytest.mark.parametrize("address", ["", "maria", "maria@acme.example\r\nBcc: x@y.example", "<maria@acme.example>"])
def test_what_is_no_address_is_told(address: str) -> None:
    for wrong in (replace(MAIL, to=(Contact(address),)), replace(MAIL, sender=Contact(address))):
        with pytest.raises(PlugwatchError, match="is not an e-mail address; correct it where it was given") as caught:
            build_mail(wrong)
        assert "\n" not in str(caught.value)
