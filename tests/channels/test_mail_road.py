from __future__ import annotations

import imaplib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone

import pytest
from peers.dovecot import DovecotServer, serve_dovecot
from peers.script import serve_script
from peers.smtp import SmtpServer as Peer
from peers.smtp import serve_smtp

from plugwatch.channels.email import MailRoad
from plugwatch.channels.imap import ImapRoad, ImapServer
from plugwatch.channels.smtp import SmtpRoad, SmtpServer
from plugwatch.channels.wire import NotSentError
from plugwatch.errors import ConfigError, PlugwatchError, UnknownError
from plugwatch.model.client import Contact
from plugwatch.model.roads.posting import CannotTellError, Delivered, NotPostedError, Posting
from plugwatch.model.roads.submission import DraftFile

VENDOR, OURS = "support@vendor.example", Contact("dev@agency.example", "Example Agency")
PATCH = b"From 0 Mon Sep 17\nSubject: x\n\n+caf\xe9\r\n.\nno end"
POSTING = Posting(
    key="01k3q7",
    road="email",
    target=VENDOR,
    kind="patch",
    title="Tidy Forms 1.2.3: nonce is rejected – ünd so on",
    body="Hello,\n\nplease see the patch.\n.\n",
    files=(
        DraftFile("0001-fix.eml", b"a file for people", "message/rfc822"),
        DraftFile("0001-fix.patch", PATCH, "application/octet-stream"),
        DraftFile("log.txt", b"ERROR\n", "text/plain"),
    ),
    since=datetime(2026, 11, 20, 9, 41, tzinfo=timezone.utc),
    mail_id="<01k3q7@agency.example>",
    answers=("<01k1@agency.example>", "<reply-7@vendor.example>"),
)


class Handed:
    """Counts how often the point of no return was told."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    with serve_smtp() as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        yield server


@pytest.fixture(scope="module")
def shared_dovecot() -> Iterator[DovecotServer]:
    with serve_dovecot() as server:
        yield server


@pytest.fixture
def dovecot(shared_dovecot: DovecotServer, monkeypatch: pytest.MonkeyPatch) -> DovecotServer:
    shared_dovecot.change_user()
    monkeypatch.setenv("SSL_CERT_FILE", str(shared_dovecot.certificate))
    return shared_dovecot


@pytest.fixture
def handed() -> Handed:
    return Handed()


def smtp(peer: Peer, copy_to: str | None = None) -> SmtpRoad:
    return SmtpRoad(SmtpServer(peer.host, peer.port, "starttls", peer.user, peer.password, "agency.example"), copy_to)


def mailbox(server: DovecotServer) -> ImapRoad:
    return ImapRoad(ImapServer(server.host, server.port, "starttls", server.user, server.password))


def put(server: DovecotServer, folder: str, raw: bytes) -> None:
    with imaplib.IMAP4("127.0.0.1", server.port) as imap:
        imap.login(server.user, server.password)
        assert imap.append(folder, "", imaplib.Time2Internaldate(POSTING.since), raw)[0] == "OK"


def test_a_mail_arrives_with_its_thread_and_the_patch_byte_for_byte(peer: Peer, handed: Handed) -> None:
    delivered = MailRoad(OURS, smtp=smtp(peer)).send(POSTING, handed)
    assert delivered == Delivered("sent", detail=f"to {VENDOR} (250 OK, queued)")
    (mail,) = peer.mails
    assert (mail.envelope_from, mail.envelope_to) == (OURS.email, (VENDOR,))
    assert (mail["From"], mail["To"]) == ("Example Agency <dev@agency.example>", VENDOR)
    assert (mail["Subject"], mail["Message-ID"]) == (POSTING.title, POSTING.mail_id)
    assert mail["Date"] == "Fri, 20 Nov 2026 09:41:00 +0000"
    assert mail["In-Reply-To"] == "<reply-7@vendor.example>"
    assert mail["References"].split() == list(POSTING.answers)
    attached = {part.get_filename(): part.get_payload(decode=True) for part in mail.iter_attachments()}
    assert attached == {"0001-fix.patch": PATCH, "log.txt": b"ERROR\n"}
    body = mail.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == POSTING.body
    assert handed.times == 1


def test_the_patch_stands_in_the_text_for_vendors_who_like_that(peer: Peer, handed: Handed) -> None:
    patch = DraftFile(
        "0001-fix.patch", b"From 0 Mon Sep 17\nFrom: A <a@b.example>\nSubject: x\n\nwhy\n+a\n", "text/x-patch"
    )
    MailRoad(OURS, smtp=smtp(peer), patch_as="inline").send(replace(POSTING, files=(patch,)), handed)
    body = peer.mails[0].get_body(("plain",))
    assert body is not None
    text = body.get_content().replace("\r\n", "\n")
    assert text == "Hello,\n\nplease see the patch.\n.\n\n-- >8 --\nFrom: A <a@b.example>\nSubject: x\n\nwhy\n+a\n"
    assert not peer.mails[0].is_multipart()


def test_the_same_text_is_the_same_mail_at_each_try(peer: Peer, handed: Handed) -> None:
    road = MailRoad(OURS, smtp=smtp(peer))
    road.send(POSTING, handed)
    road.send(POSTING, handed)
    first, second = (mail.raw for mail in peer.mails)
    assert first == second


def test_what_the_server_does_not_take_can_be_sent_again(peer: Peer, handed: Handed) -> None:
    road = MailRoad(OURS, smtp=smtp(peer))
    peer.greylist(VENDOR)
    with pytest.raises(NotPostedError) as caught:
        road.send(POSTING, handed)
    assert str(caught.value) == (
        f"the mail server did not take the mail to {VENDOR} now (451 4.7.1 greylisted, please try again later); "
        "try again later"
    )
    peer.refuse(VENDOR)
    with pytest.raises(
        NotPostedError, match=r"refused support@vendor\.example \(550 .*; correct it with 'plugwatch ve"
    ):
        road.send(POSTING, handed)
    peer.accept(VENDOR)
    assert (handed.times, peer.mails) == (0, [])
    peer.drop_before_data()
    with pytest.raises(NotPostedError, match="did not take the mail"):
        road.send(POSTING, handed)
    assert road.send(POSTING, handed).state == "sent"
    assert len(peer.mails) == 1


@pytest.mark.parametrize("arrived", [True, False])
def test_a_line_that_breaks_at_the_text_is_no_knowledge(arrived: bool, peer: Peer, handed: Handed) -> None:
    road = MailRoad(OURS, smtp=smtp(peer))
    peer.drop_after_data(arrived=arrived)
    with pytest.raises(CannotTellError, match=r"the line broke .* nobody can tell whether it reached support@vendor"):
        road.send(POSTING, handed)
    assert handed.times == 1
    with pytest.raises(CannotTellError) as caught:
        road.find(POSTING)
    assert str(caught.value) == (
        f"no mail server can be asked whether '{POSTING.title}' has reached {VENDOR}; look for your copy or ask there, "
        "then say what became of it with 'plugwatch submission mark'"
    )


def test_what_is_raised_at_the_point_of_no_return_sends_nothing(peer: Peer) -> None:
    def lose() -> None:
        raise OSError("the ledger is gone")

    with pytest.raises(OSError, match=r"^the ledger is gone$"):
        MailRoad(OURS, smtp=smtp(peer)).send(POSTING, lose)
    assert peer.mails == []


def test_a_server_that_is_away_has_got_nothing(handed: Handed) -> None:
    gone = SmtpRoad(SmtpServer("localhost", 9, "none"))
    with pytest.raises(NotSentError, match="could not be talked to"):
        MailRoad(OURS, smtp=gone).send(POSTING, handed)
    assert handed.times == 0


@pytest.mark.parametrize("target", ["", "https://desk.vendor.example/new", "a@b.example\r\nBcc: c@d.example"])
def test_only_addresses_for_mail_are_written_to(target: str, peer: Peer, handed: Handed) -> None:
    with pytest.raises(
        PlugwatchError, match=r"is not an e-mail address, so nothing was sent; correct the vendor's add"
    ):
        MailRoad(OURS, smtp=smtp(peer)).send(replace(POSTING, target=target), handed)
    with pytest.raises(PlugwatchError, match=r"has no Message-ID, so nothing was sent"):
        MailRoad(OURS, smtp=smtp(peer)).send(replace(POSTING, mail_id=""), handed)
    assert (handed.times, peer.talks, peer.mails) == (0, 0, [])


def test_without_a_server_there_is_no_road() -> None:
    with pytest.raises(ConfigError, match=r"no mail server is named; write \[smtp\] host or \[imap\] host"):
        MailRoad(OURS)


@pytest.mark.services
def test_a_draft_is_kept_once_until_a_person_has_sent_it(dovecot: DovecotServer, handed: Handed) -> None:
    road = MailRoad(OURS, mailbox=mailbox(dovecot))
    assert road.find(POSTING) is None
    kept = road.send(POSTING, handed)
    assert kept == road.send(POSTING, handed) == road.find(POSTING)
    assert kept == Delivered("kept", detail="lies among the drafts of the mailbox; look it over and send it there")
    assert handed.times == 1
    (draft,) = dovecot.mails("Entwürfe")
    assert [part.get_payload(decode=True) for part in draft.iter_attachments()] == [PATCH, b"ERROR\n"]
    put(dovecot, "Gesendet", draft.as_bytes())
    assert road.find(POSTING) == road.send(POSTING, handed) == Delivered("sent", detail=f"to {VENDOR}")
    assert handed.times == 1


def test_a_draft_of_which_nothing_is_known_is_looked_for_before_the_next_try(handed: Handed) -> None:
    done = b"{tag} OK done\r\n"
    lists = b'* LIST (\\Drafts) "/" D\r\n' + done
    hello = (b"* PREAUTH hi\r\n", b"* CAPABILITY IMAP4rev1\r\n" + done, b"* CAPABILITY IMAP4rev1\r\n" + done)
    with serve_script(*hello, lists, lists, lists, done, b"* SEARCH\r\n" + done, b"+ go\r\n") as server:
        road = MailRoad(OURS, mailbox=ImapRoad(ImapServer("localhost", server.port, "none", "dev", "x")))
        with pytest.raises(UnknownError) as caught:
            road.send(POSTING, handed)
    assert str(caught.value) == (
        "the line to the mailbox broke (the server closed the line); "
        "send it again, which looks first for the draft there"
    )
    assert not isinstance(caught.value, NotPostedError)
    assert handed.times == 1


@pytest.mark.services
def test_our_own_copy_proves_that_a_mail_left(dovecot: DovecotServer, peer: Peer, handed: Handed) -> None:
    # Two servers, two authorities: the mailbox is reached in clear, which on this machine is no leak.
    plain = ImapRoad(ImapServer(dovecot.host, dovecot.port, "none", dovecot.user, dovecot.password))
    road = MailRoad(OURS, smtp=smtp(peer, OURS.email), mailbox=plain)
    peer.drop_after_data(arrived=True)
    with pytest.raises(CannotTellError):
        road.send(POSTING, handed)
    with pytest.raises(CannotTellError):
        road.find(POSTING)
    (mail,) = peer.mails
    assert mail.envelope_to == (VENDOR, OURS.email)
    put(dovecot, "INBOX", mail.raw)
    assert road.find(POSTING) == Delivered("sent", detail=f"to {VENDOR}")
    with pytest.raises(CannotTellError):
        road.find(replace(POSTING, mail_id="<other@agency.example>"))
