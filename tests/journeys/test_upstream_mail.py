"""By mail to a vendor who never answers: through the ladder to its end, and what nobody forgets on the way."""

from __future__ import annotations

import email.policy
import imaplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from peers.dovecot import serve_dovecot
from peers.smtp import SmtpServer, serve_smtp
from upstreaming import Agency, Directory, example

VENDOR = "support@larkspur.example"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmtpServer]:
    with serve_smtp() as running:
        monkeypatch.setenv("SSL_CERT_FILE", str(running.certificate))
        monkeypatch.setenv("PLUGWATCH_SMTP_PASSWORD", running.password)
        yield running


@pytest.fixture
def directory() -> Iterator[Directory]:
    with Directory() as running:
        yield running


@pytest.fixture
def agency(
    server: SmtpServer,
    directory: Directory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Agency:
    agency = Agency(tmp_path / "agency", capsys, monkeypatch)
    agency.begin(f'\n[smtp]\nhost = "localhost"\nport = {server.port}\nuser = "{server.user}"\n\n{directory.settings}')
    return agency


def test_a_silent_vendor(agency: Agency, server: SmtpServer, directory: Directory) -> None:
    agency("vendor", "set", "tidy-forms", "--name", "Larkspur Labs", "--email", VENDOR)
    assert agency("vendor", "show", "tidy-forms", "--refresh")["recommended"] == "email"
    agency("submission", "draft", "INC-1", "--via", "email")
    agency("submission", "send", "SUB-1")
    agency("submission", "send", "SUB-1")
    first = _only_new(server, 1)
    assert first["To"] == VENDOR
    (patch,) = first.iter_attachments()
    assert patch.get_filename() == "0001-Accept-the-form-from-cached-pages.patch"
    assert agency("today")["silent_vendors"] == []

    early = agency.later(days=2)("submission", "follow-up", "SUB-1")
    assert (early["step"], early["polite"], early["draft"]) == (1, False, None)
    agency.later(days=6)
    (silent,) = agency("today")["silent_vendors"]
    assert (silent["submission"], silent["step"]) == ("SUB-1", 1)
    blocked = agency("submission", "follow-up", "SUB-1", code=3)["draft"]
    assert "fill in" in blocked["body"], "a second mail with nothing new is no second mail"
    directory.ship("1.2.5", example("1.2.4"))
    agency("fork", "import", "tidy-forms", "--from", "wporg", "--version", "1.2.5")
    again = agency("submission", "follow-up", "SUB-1", "--now")["draft"]
    assert "1.2.5" in again["body"]
    agency("submission", "send", "SUB-1")
    second = _only_new(server, 2)
    assert second["In-Reply-To"] == first["Message-ID"]
    assert first["Message-ID"] in second["References"]
    assert list(second.iter_attachments()) == []

    step = agency.later(days=21)("submission", "follow-up", "SUB-1")
    assert step["step"] == 2
    agency("submission", "send", "SUB-1")
    third = _only_new(server, 3)
    assert third["In-Reply-To"] == second["Message-ID"]

    step = agency.later(days=35)("submission", "follow-up", "SUB-1")
    assert (step["step"], step["road"]) == (3, "forum")
    assert (step["draft"]["submission"], step["draft"]["goes_on_from"]) == ("SUB-2", "SUB-1")
    agency("submission", "send", "SUB-2", code=3)
    topic = f"{directory.url}/support/topic/accept-the-form-from-cached-pages/"
    agency("submission", "mark", "SUB-2", "sent", "--url", topic)
    assert agency("submission", "show", "SUB-2")["remote_url"] == topic

    agency.later(days=60)
    word = agency("submission", "follow-up", "SUB-2")
    assert (word["step"], word["draft"]["goes_on_from"]) == (4, "SUB-2")
    agency("submission", "mark", word["draft"]["submission"], "withdrawn", "--note", "We do not post in public.")
    agency("submission", "follow-up", "SUB-2", "--skip", "no author to be found")
    step = agency.later(days=60)("submission", "follow-up", "SUB-2")
    assert (step["step"], step["draft"]["kind"]) == (5, "adoption")
    assert "take-over-an-existing-plugin" in step["draft"]["body"]
    step = agency("submission", "follow-up", "SUB-2", "--skip", "we do not want it", code=3)
    assert step["step"] == 6
    assert any("stance" in sentence for sentence in step["decide"])

    assert len(server.mails) == 3, "nothing leaves by itself"
    agency("patch", "stance", agency.patch, "never", "--why", "The vendor is silent; we keep it.")
    for submission in ("SUB-1", "SUB-2"):
        agency("submission", "mark", submission, "withdrawn", "--note", "Never answered.")
    assert agency("today")["silent_vendors"] == []
    events = [event["body"] for event in agency("incident", "show", "INC-1")["timeline"]]
    assert sum("SUB-1" in body for body in events) >= 3


@pytest.mark.services
def test_a_draft_in_our_mailbox_is_kept_once_until_somebody_sends_it(
    directory: Directory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with serve_dovecot() as box:
        monkeypatch.setenv("SSL_CERT_FILE", str(box.certificate))
        monkeypatch.setenv("PLUGWATCH_IMAP_PASSWORD", box.password)
        agency = Agency(tmp_path / "agency", capsys, monkeypatch)
        place = f'host = "{box.host}"\nport = {box.port}\nsecurity = "starttls"\nuser = "{box.user}"'
        agency.begin(f'\n[imap]\n{place}\n\n[messages]\nvia = "imap"\n\n{directory.settings}')
        agency("submission", "draft", "INC-1", "--via", "email", "--vendor-email", VENDOR)
        for _ in range(2):
            assert agency("submission", "send", "SUB-1", code=3)["state"] == "kept"
        (draft,) = box.mails("Entwürfe")
        assert draft["To"] == VENDOR

        with imaplib.IMAP4(box.host, box.port) as somebody:
            somebody.login(box.user, box.password)
            somebody.select("Entw&APw-rfe")
            assert somebody.copy("1", "Gesendet")[0] == "OK"
            somebody.store("1", "+FLAGS", "\\Deleted")
            somebody.expunge()
        sent = agency("submission", "send", "SUB-1")
        assert (sent["status"], sent["state"]) == ("sent", "sent")
        assert (len(box.mails("Entwürfe")), len(box.mails("Gesendet"))) == (0, 1)


def _only_new(server: SmtpServer, count: int) -> EmailMessage:
    """The newest of so many mails."""
    assert len(server.mails) == count
    message = email.message_from_bytes(server.mails[-1].raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message
