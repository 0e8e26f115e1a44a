from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugwatch.channels.registry import prepare
from plugwatch.errors import ConfigError, PlugwatchError
from plugwatch.model.markup import MARKUPS
from plugwatch.model.submission import ROADS, Brief, DraftFile, PatchForms, Posting, RenderedText

EMAIL = ROADS["email"]
sharing_fixtures = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def parse(file: DraftFile) -> EmailMessage:
    assert file.media_type == "message/rfc822"
    message = message_from_bytes(file.content, policy=SMTP)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message


def body_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    assert part.get_content_charset() == "utf-8"
    return str(part.get_content()).replace("\r\n", "\n")


def test_a_message_that_any_mail_program_opens(
    brief: Brief, forms: PatchForms, posting: Posting, text: RenderedText
) -> None:
    made = prepare(EMAIL, text, brief, forms, posting)
    assert made.url is None
    assert [file.name for file in made.files] == ["0001-Accept-the-nonce.eml", "0001-Accept-the-nonce.patch"]
    message = parse(made.files[0])
    assert message["From"] == "Example Agency <dev@agency.example>"
    assert message["To"] == "support@vendor.example"
    assert message["Subject"] == text.title
    assert message["Message-ID"] == "<sub-1.k3q7@agency.example>"
    assert parsedate_to_datetime(message["Date"]) == posting.date
    assert message["Date"] == "Fri, 20 Nov 2026 09:41:00 +0100"
    assert message["MIME-Version"] == "1.0"
    assert body_of(message) == text.body


def test_the_attached_patch_is_the_patch_byte_for_byte(
    brief: Brief, forms: PatchForms, posting: Posting, text: RenderedText
) -> None:
    made = prepare(EMAIL, text, brief, forms, posting)
    (attached,) = parse(made.files[0]).iter_attachments()
    assert attached.get_content_type() == "text/x-diff"
    assert attached.get_filename() == made.files[1].name
    assert attached.get_payload(decode=True) == forms.format_patch == made.files[1].content
    assert attached.get_content_charset() is None
    readable = prepare(EMAIL, text, brief, replace(forms, format_patch=b"+\xc3\xa9\n"), posting)
    (utf8,) = parse(readable.files[0]).iter_attachments()
    assert utf8.get_content_charset() == "utf-8"
    assert utf8.get_payload(decode=True) == b"+\xc3\xa9\n"


def test_lines_end_as_mail_wants_them(brief: Brief, forms: PatchForms, posting: Posting) -> None:
    long = RenderedText("é " * 300, "short\n" + "x" * 3000 + "\né\n.\nFrom me\n")
    for patch in (forms, None):
        raw = prepare(EMAIL, long, brief, patch, posting).files[0].content
        assert raw.isascii()
        assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
        assert max(len(line) for line in raw.split(b"\r\n")) <= 998
        message = parse(DraftFile("x.eml", raw, "message/rfc822"))
        assert body_of(message) == long.body
        assert message["Subject"] == long.title.strip()


def test_a_plain_body_is_readable_in_the_file(brief: Brief, posting: Posting) -> None:
    raw = prepare(EMAIL, RenderedText("t", "a = b\n"), brief, None, posting).files[0].content
    assert raw.endswith(b"\r\n\r\na = b\r\n")


def test_without_an_address_the_recipient_is_a_blank(brief: Brief, posting: Posting, text: RenderedText) -> None:
    unknown = replace(brief, component=replace(brief.component, vendor_email=None))
    message = parse(prepare(EMAIL, text, unknown, None, posting).files[0])
    assert message["To"].addresses == ()
    assert message["To"].groups[0].display_name == MARKUPS["mail"].blank("the vendor's e-mail address")


@given(title=st.text(max_size=200), name=st.text(max_size=60), vendor=st.text(max_size=40))
@sharing_fixtures
def test_no_value_adds_a_header(brief: Brief, posting: Posting, title: str, name: str, vendor: str) -> None:
    injected = f"{title}\r\nBcc: all@client.example\n\nbody"
    agency = replace(brief.agency, name=f"{name}\r\nBcc: x@client.example")
    about = replace(brief, agency=agency, title=vendor)
    text = RenderedText(injected, "b\n")
    raw = prepare(EMAIL, text, about, None, posting).files[0].content
    head = raw.partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0].lower() for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]
    assert sorted(names) == sorted(
        [
            b"from",
            b"to",
            b"subject",
            b"date",
            b"message-id",
            b"mime-version",
            b"content-type",
            b"content-transfer-encoding",
        ]
    )


@pytest.mark.parametrize(
    "address", ["", "no address", "a@b@c", "x@y.example\r\nBcc: z@y.example", "<a@b.example>", "a@"]
)
def test_an_address_that_is_none_is_told(address: str, brief: Brief, posting: Posting, text: RenderedText) -> None:
    wrong = replace(brief, agency=replace(brief.agency, email=address))
    with pytest.raises(ConfigError, match=r"is not an e-mail address; correct \[agency\] email in plugwatch\.toml"):
        prepare(EMAIL, text, wrong, None, posting)
    with pytest.raises(PlugwatchError, match="is not an e-mail address; correct the vendor's address") as caught:
        prepare(EMAIL, text, replace(brief, component=replace(brief.component, vendor_email=address)), None, posting)
    assert "\n" not in str(caught.value)
