from __future__ import annotations

import subprocess
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugwatch.channels import email
from plugwatch.channels.registry import prepare
from plugwatch.errors import ConfigError, PlugwatchError
from plugwatch.model.roads.markup import MARKUPS
from plugwatch.model.roads.road import ROADS
from plugwatch.model.roads.submission import Brief, DraftFile, PatchForms, RenderedText, Surroundings

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
    brief: Brief, forms: PatchForms, around: Surroundings, text: RenderedText
) -> None:
    made = prepare(EMAIL, text, brief, forms, around)
    assert made.url is not None
    assert made.url.startswith("mailto:support@vendor.example?subject=Nonce%20%26%20more")
    assert [file.name for file in made.files] == ["0001-Accept-the-nonce.eml", "0001-Accept-the-nonce.patch"]
    message = parse(made.files[0])
    assert message["From"] == "Example Agency <dev@agency.example>"
    assert message["To"] == "support@vendor.example"
    assert message["Subject"] == text.title
    assert message["Message-ID"] == "<sub-1.k3q7@agency.example>"
    assert parsedate_to_datetime(message["Date"]) == around.date
    assert message["Date"] == "Fri, 20 Nov 2026 09:41:00 +0100"
    assert message["MIME-Version"] == "1.0"
    assert body_of(message) == text.body


def test_the_attached_patch_is_the_patch_byte_for_byte(
    brief: Brief, forms: PatchForms, around: Surroundings, text: RenderedText
) -> None:
    made = prepare(EMAIL, text, brief, forms, around)
    (attached,) = parse(made.files[0]).iter_attachments()
    assert attached.get_content_type() == "text/x-diff"
    assert attached.get_filename() == made.files[1].name
    assert attached.get_payload(decode=True) == forms.format_patch == made.files[1].content
    assert attached.get_content_charset() is None
    readable = prepare(EMAIL, text, brief, replace(forms, format_patch=b"+\xc3\xa9\n"), around)
    (utf8,) = parse(readable.files[0]).iter_attachments()
    assert utf8.get_content_charset() == "utf-8"
    assert utf8.get_payload(decode=True) == b"+\xc3\xa9\n"


def test_a_mail_goes_on_from_those_before_it(brief: Brief, around: Surroundings, text: RenderedText) -> None:
    first = parse(prepare(EMAIL, text, brief, None, around).files[0])
    assert first["In-Reply-To"] is first["References"] is None
    ids = tuple(f"<0{n}.{'x' * 60}@agency.example>" for n in range(9))
    raw = prepare(EMAIL, text, brief, None, replace(around, answers=(*ids, ids[0]))).files[0]
    message = parse(raw)
    assert message["In-Reply-To"] == ids[-1]
    assert message["References"].split() == list(ids)
    assert max(map(len, raw.content.splitlines())) < 100


@pytest.mark.parametrize("wrong", ["", "x", "<a@b>\r\nBcc: all@client.example", "<a b@c>", "<ä@b.example>", "<a><b>"])
def test_what_is_no_identity_of_a_mail_is_not_answered(
    wrong: str, brief: Brief, around: Surroundings, text: RenderedText
) -> None:
    message = parse(prepare(EMAIL, text, brief, None, replace(around, answers=(wrong,))).files[0])
    assert message["In-Reply-To"] is message["References"] is message["Bcc"] is None


def git(folder: Path, *args: str, stdin: bytes | None = None) -> bytes:
    identity = {
        "GIT_AUTHOR_NAME": "Jö Example",
        "GIT_AUTHOR_EMAIL": "jo@agency.example",
        "GIT_CONFIG_GLOBAL": "/dev/null",
    }
    identity |= {"GIT_COMMITTER_NAME": "Maker", "GIT_COMMITTER_EMAIL": "maker@vendor.example", "PATH": "/usr/bin:/bin"}
    return subprocess.run(["git", *args], cwd=folder, env=identity, input=stdin, check=True, capture_output=True).stdout


@pytest.fixture
def real_patch(tmp_path: Path) -> bytes:
    """A patch of git's in the folder ``ours``; ``theirs`` has not got it."""
    ours = tmp_path / "ours"
    git(tmp_path, "init", "-q", "ours")
    (ours / "a.php").write_text("<?php\n// ünchanged\n$a = 1;\n\n$tail = 2;\n", encoding="utf-8")
    git(ours, "add", "a.php")
    git(ours, "commit", "-q", "-m", "Release")
    git(tmp_path, "clone", "-q", "ours", "theirs")
    long = "x" * 1200
    (ours / "a.php").write_text(
        f"<?php\n// ünchanged\n$a = '{long}';   \n\n.\nFrom here\n$tail = 2;\n", encoding="utf-8"
    )
    git(
        ours,
        "commit",
        "-qam",
        "Accept the nonce – ünd more of a subject that is so long that git folds it for the mail\n\nWhy: it was cut.",
    )
    return git(ours, "format-patch", "-1", "--stdout")


@pytest.mark.parametrize("patch_as", ["inline", "both", "attached"])
def test_a_vendor_can_apply_the_mail_itself(
    patch_as: str, real_patch: bytes, tmp_path: Path, brief: Brief, forms: PatchForms, around: Surroundings
) -> None:
    text = RenderedText("Nonce is rejected", "Hello ä,\n\nplease see below.\n\nThe team\n")
    made = email.prepare(EMAIL, text, brief, replace(forms, format_patch=real_patch), around, patch_as)
    message = parse(made.files[0])
    attached = [part.get_payload(decode=True) for part in message.iter_attachments()]
    assert attached == ([] if patch_as == "inline" else [real_patch])
    assert made.files[1].content == real_patch
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    if patch_as == "inline":
        git(theirs, "am", "-q", "--scissors", stdin=made.files[0].content)
    elif patch_as == "attached":
        git(theirs, "am", "-q", stdin=attached[0])
    else:
        assert b"-- >8 --" in made.files[0].content
        return
    for what in ("%T", "%an <%ae>", "%B"):
        assert git(theirs, "log", "-1", f"--format={what}") == git(ours, "log", "-1", f"--format={what}")


@pytest.mark.parametrize("changed", [b"\r\n", b"\xe9\n", b"\x00\n", b"no end"])
def test_a_patch_that_a_text_would_change_is_attached_all_the_same(
    changed: bytes, real_patch: bytes, brief: Brief, forms: PatchForms, around: Surroundings, text: RenderedText
) -> None:
    patch = real_patch + changed
    made = email.prepare(EMAIL, text, brief, replace(forms, format_patch=patch), around, "inline")
    message = parse(made.files[0])
    assert [part.get_payload(decode=True) for part in message.iter_attachments()] == [patch]
    assert body_of(message) == text.body


def test_an_unknown_way_to_send_a_patch_is_told(
    brief: Brief, forms: PatchForms, around: Surroundings, text: RenderedText
) -> None:
    with pytest.raises(ConfigError, match="'zip' is no way to send a patch; choose one of attached, inline, both"):
        email.prepare(EMAIL, text, brief, forms, around, "zip")


def test_lines_end_as_mail_wants_them(brief: Brief, forms: PatchForms, around: Surroundings) -> None:
    long = RenderedText("é " * 300, "short\n" + "x" * 3000 + "\né\n.\nFrom me\n")
    for patch in (forms, None):
        raw = prepare(EMAIL, long, brief, patch, around).files[0].content
        assert raw.isascii()
        assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
        assert max(len(line) for line in raw.split(b"\r\n")) <= 998
        message = parse(DraftFile("x.eml", raw, "message/rfc822"))
        assert body_of(message) == long.body
        assert message["Subject"] == long.title.strip()


def test_a_plain_body_is_readable_in_the_file(brief: Brief, around: Surroundings) -> None:
    raw = prepare(EMAIL, RenderedText("t", "a = b\n"), brief, None, around).files[0].content
    assert raw.endswith(b"\r\n\r\na = b\r\n")


def test_without_an_address_the_recipient_is_a_blank(brief: Brief, around: Surroundings, text: RenderedText) -> None:
    unknown = replace(brief, component=replace(brief.component, vendor_email=None))
    message = parse(prepare(EMAIL, text, unknown, None, around).files[0])
    assert message["To"].addresses == ()
    assert message["To"].groups[0].display_name == MARKUPS["mail"].blank("the vendor's e-mail address")


@given(title=st.text(max_size=200), name=st.text(max_size=60), vendor=st.text(max_size=40))
@sharing_fixtures
def test_no_value_adds_a_header(brief: Brief, around: Surroundings, title: str, name: str, vendor: str) -> None:
    injected = f"{title}\r\nBcc: all@client.example\n\nbody"
    agency = replace(brief.agency, name=f"{name}\r\nBcc: x@client.example")
    about = replace(brief, agency=agency, title=vendor)
    text = RenderedText(injected, "b\n")
    raw = prepare(EMAIL, text, about, None, around).files[0].content
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
            b"x-unsent",
        ]
    )


@pytest.mark.parametrize(
    "address", ["", "no address", "a@b@c", "x@y.example\r\nBcc: z@y.example", "<a@b.example>", "a@"]
)
def test_an_address_that_is_none_is_told(address: str, brief: Brief, around: Surroundings, text: RenderedText) -> None:
    wrong = replace(brief, agency=replace(brief.agency, email=address))
    with pytest.raises(ConfigError, match=r"is not an e-mail address; correct \[agency\] email in plugwatch\.toml"):
        prepare(EMAIL, text, wrong, None, around)
    with pytest.raises(PlugwatchError, match="is not an e-mail address; correct the vendor's address") as caught:
        prepare(EMAIL, text, replace(brief, component=replace(brief.component, vendor_email=address)), None, around)
    assert "\n" not in str(caught.value)
