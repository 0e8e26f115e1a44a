from __future__ import annotations

import imaplib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from peers.dovecot import DovecotServer, serve_dovecot
from peers.script import SILENCE, Flood, serve_script

from plugwatch.channels.imap import Found, ImapRoad, ImapServer
from plugwatch.channels.mail import build_mail
from plugwatch.channels.wire import NotSentError, Patience
from plugwatch.errors import ConfigError, PlugwatchError
from plugwatch.model.client import Contact
from plugwatch.model.messages.message import Answer, Mail, Receipt

MARIA, JO = "maria@acme.example", "jo@bolt.example"
MAIL = Mail(
    subject="acme.example: es läuft wieder",
    body="Guten Tag,\n\nes läuft wieder.\n",
    sender=Contact("dev@agency.example", "Example Agency"),
    to=(Contact(MARIA, "Maria Marlowe"), Contact(JO)),
    date=datetime(2026, 11, 20, 9, 41, tzinfo=timezone.utc),
    mail_id="<01k3q7@agency.example>",
)
RAW = build_mail(MAIL).as_bytes()
HANDING = Receipt({MARIA: Answer("handing"), JO: Answer("handing")})
KEPT = Receipt({MARIA: Answer("kept"), JO: Answer("kept")})
SENT = Receipt({MARIA: Answer("sent"), JO: Answer("sent")})
NOON = datetime(2026, 11, 20, 12, tzinfo=timezone(timedelta(hours=1)))


@pytest.fixture(scope="module")
def shared_dovecot() -> Iterator[DovecotServer]:
    with serve_dovecot() as server:
        yield server


@pytest.fixture
def dovecot(shared_dovecot: DovecotServer, monkeypatch: pytest.MonkeyPatch) -> DovecotServer:
    shared_dovecot.change_user()
    monkeypatch.setenv("SSL_CERT_FILE", str(shared_dovecot.certificate))
    return shared_dovecot


def settings_of(server: DovecotServer) -> ImapServer:
    return ImapServer(server.host, server.port, "starttls", server.user, server.password)


@contextmanager
def person(server: DovecotServer) -> Iterator[imaplib.IMAP4]:
    """Somebody at another mail program."""
    with imaplib.IMAP4("127.0.0.1", server.port) as imap:
        imap.login(server.user, server.password)
        yield imap


def put(imap: imaplib.IMAP4, folder: str, at: datetime, raw: bytes = RAW) -> None:
    assert imap.append(folder, "", imaplib.Time2Internaldate(at), raw)[0] == "OK"


def nothing(_: Receipt) -> None:
    pass


@pytest.mark.services
@pytest.mark.parametrize("security", ["starttls", "tls", "none"])
def test_a_mail_is_kept_once_among_the_drafts_whatever_they_are_called(security: str, dovecot: DovecotServer) -> None:
    port = dovecot.tls_port if security == "tls" else dovecot.port
    road = ImapRoad(replace(settings_of(dovecot), port=port, security=security))
    told: list[Receipt] = []

    def about_to_hand(receipt: Receipt) -> None:
        told.append(receipt)
        assert len(dovecot.mails("Entwürfe")) == len(told) - 1

    assert road.find(MAIL.mail_id) is None
    assert road.send(MAIL, [MARIA, JO], about_to_hand) == KEPT
    assert road.send(MAIL, [MARIA, JO], told.append) == KEPT

    assert told == [HANDING, KEPT]
    (draft,) = dovecot.mails("Entwürfe")
    assert draft.as_bytes() == RAW
    assert dovecot.flags("Entwürfe") == ["DS"]
    found = road.find(MAIL.mail_id)
    assert found is not None
    assert found.place == "drafts"


@pytest.mark.services
def test_what_a_person_has_sent_is_known_and_not_kept_again(dovecot: DovecotServer) -> None:
    road = ImapRoad(settings_of(dovecot))
    with person(dovecot) as imap:
        put(imap, "Gesendet", NOON)
    told: list[Receipt] = []
    assert road.find(MAIL.mail_id) == Found("sent", NOON)
    assert road.send(MAIL, [MARIA, JO], told.append) == SENT
    assert told == [SENT]
    assert dovecot.mails("Entwürfe") == []


@pytest.mark.services
def test_our_own_copy_in_the_inbox_is_found_with_the_date_of_the_newest(dovecot: DovecotServer) -> None:
    with person(dovecot) as imap:
        put(imap, "INBOX", NOON + timedelta(minutes=3))
        put(imap, "INBOX", NOON)
        put(imap, "INBOX", NOON + timedelta(minutes=9), RAW.replace(b"<01k3q7@", b"<01k3q8@"))
        put(imap, "INBOX", NOON + timedelta(minutes=9), RAW.replace(b"<01k3q7@", b"<x@y.example> <01k3q7@"))
    assert ImapRoad(settings_of(dovecot)).find(MAIL.mail_id) == Found("inbox", NOON + timedelta(minutes=3))
    assert len(dovecot.mails("INBOX")) == 4


@pytest.mark.services
def test_a_draft_that_was_thrown_away_is_none(dovecot: DovecotServer) -> None:
    road = ImapRoad(settings_of(dovecot))
    road.send(MAIL, [MARIA, JO], nothing)
    with person(dovecot) as imap:
        imap.select("Entw&APw-rfe")
        imap.store("1", "+FLAGS", r"(\Deleted)")
    assert road.find(MAIL.mail_id) is None
    assert road.send(MAIL, [MARIA, JO], nothing) == KEPT
    assert sorted(dovecot.flags("Entwürfe")) == ["DS", "DST"]


@pytest.mark.services
def test_folders_that_are_named_go_before_those_that_are_marked(dovecot: DovecotServer) -> None:
    road = ImapRoad(replace(settings_of(dovecot), drafts='Über "uns" & Co.？', inbox="Archiv"))
    with person(dovecot) as imap:
        for name in (r'"&ANw-ber \"uns\" &- Co.&,x8-"', "Archiv"):
            assert imap.create(name)[0] == "OK"
        put(imap, "INBOX", NOON)
    assert road.find(MAIL.mail_id) is None
    assert road.send(MAIL, [MARIA, JO], nothing) == KEPT
    assert road.send(MAIL, [MARIA, JO], nothing) == KEPT
    assert dovecot.mails("Entwürfe") == []
    with person(dovecot) as imap:
        assert imap.select(r'"&ANw-ber \"uns\" &- Co.&,x8-"') == ("OK", [b"1"])


@pytest.mark.services
def test_a_folder_that_is_not_there_is_told(dovecot: DovecotServer) -> None:
    road = ImapRoad(replace(settings_of(dovecot), drafts="Skizzen"))
    with pytest.raises(ConfigError) as caught:
        road.send(MAIL, [MARIA], nothing)
    assert str(caught.value) == (
        f"localhost:{dovecot.port} opens no folder 'Skizzen', so no draft was kept; "
        "write [imap] drafts in plugwatch.toml"
    )


@pytest.mark.services
def test_what_is_raised_at_the_point_of_no_return_keeps_nothing(dovecot: DovecotServer) -> None:
    def lose(_: Receipt) -> None:
        raise OSError("the ledger is gone")

    road = ImapRoad(settings_of(dovecot))
    with pytest.raises(OSError, match=r"^the ledger is gone$"):
        road.send(MAIL, [MARIA, JO], lose)
    waiting = Answer("waiting")
    assert road.send(MAIL, [MARIA, JO], lambda _: False) == Receipt({MARIA: waiting, JO: waiting})
    assert dovecot.mails("Entwürfe") == []


@pytest.mark.services
def test_a_login_that_fails_tells_no_secret(dovecot: DovecotServer) -> None:
    with pytest.raises(ConfigError) as caught:
        ImapRoad(replace(settings_of(dovecot), password="wröng")).find(MAIL.mail_id)
    assert str(caught.value) == (
        f"localhost:{dovecot.port} does not take the password of {dovecot.user}, so nobody has looked for the mail; "
        "correct [imap] user in plugwatch.toml, or the password (PLUGWATCH_IMAP_PASSWORD or the keyring)"
    )


def test_a_login_needs_a_user_and_a_password() -> None:
    with serve_script(b"* OK hi\r\n", CAPABILITY) as server:
        with pytest.raises(ConfigError) as caught:
            script_road(server.port).find(MAIL.mail_id)
        assert str(caught.value) == (
            f"localhost:{server.port} wants a login, so nobody has looked for the mail; "
            "write [imap] user in plugwatch.toml"
        )
        with pytest.raises(ConfigError) as caught:
            ImapRoad(ImapServer("localhost", server.port, "none", "dev")).send(MAIL, [MARIA], nothing)
        assert str(caught.value) == (
            f"no password for dev at localhost:{server.port}, so no draft was kept; "
            "set PLUGWATCH_IMAP_PASSWORD, or keep it in the keyring"
        )


@pytest.mark.services
def test_a_certificate_has_to_be_trusted(dovecot: DovecotServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    for server in (settings_of(dovecot), replace(settings_of(dovecot), port=dovecot.tls_port, security="tls")):
        with pytest.raises(
            ConfigError, match=r"shows a certificate that this machine does not trust \(self.signed cer"
        ):
            ImapRoad(server).find(MAIL.mail_id)


# What a server may say instead. The first words are its greeting, each further piece answers one command.

CAPABILITY = b"* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n"
HELLO = (b"* PREAUTH hi\r\n", CAPABILITY, CAPABILITY)
LIST = b'* LIST () "/" INBOX\r\n* LIST (\\HasNoChildren \\drafts) NIL {4}\r\nNo"1\r\n'
LIST += b'* LIST (\\Sent) "/" \xff\r\n{tag} OK done\r\n'
EXAMINE, NONE, PLUS = b"* 0 EXISTS\r\n{tag} OK [READ-ONLY]\r\n", b"* SEARCH\r\n{tag} OK done\r\n", b"+ go\r\n"
# find looks for the folder of sent mails (there is none) before that of drafts
TO_APPEND = (*HELLO, LIST, LIST, LIST, EXAMINE, NONE)


def script_road(port: int, security: str = "none", user: str = "", patience: Patience | None = None) -> ImapRoad:
    return ImapRoad(ImapServer("localhost", port, security, user, "open: sesame"), patience)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ((PLUS, b"{tag} NO [OVERQUOTA] full \xfc\x1b\r\n"), Answer("deferred", "[OVERQUOTA] full \ufffd")),
        ((b"{tag} NO [TRYCREATE] where?\r\n",), Answer("deferred", "[TRYCREATE] where?")),
        ((b"{tag} BAD what?\r\n",), Answer("waiting", "no answer as IMAP has them")),
        ((PLUS,), Answer("waiting", "the server closed the line")),
        ((b"* BYE\r\n",), Answer("waiting", "the server closed the line")),
    ],
)
def test_a_draft_that_is_not_kept_leaves_the_truth(words: tuple[bytes, ...], answer: Answer) -> None:
    told: list[Receipt] = []
    with serve_script(*TO_APPEND, *words) as server:
        receipt = script_road(server.port).send(MAIL, [MARIA, JO], told.append)
    assert told == [HANDING]
    assert receipt == Receipt({MARIA: answer, JO: answer})
    commands = [line.split(" ", 1)[1] for line in server.heard[: len(TO_APPEND)]]
    assert commands[4:] == [
        'LIST "" *',
        r'EXAMINE "No\"1"',
        'UID SEARCH UNDELETED HEADER Message-ID "<01k3q7@agency.example>"',
        rf'APPEND "No\"1" (\Draft \Seen) {{{len(RAW)}}}',
    ]


def test_a_draft_waits_where_time_ran_out_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def dawdle(_: Receipt) -> None:
        later = time.monotonic() + 1000
        monkeypatch.setattr(time, "monotonic", lambda: later)

    with serve_script(*TO_APPEND, PLUS) as server:
        receipt = script_road(server.port).send(MAIL, [MARIA], dawdle)
    assert receipt == Receipt({MARIA: Answer("waiting", "no answer in time")})
    assert len(server.heard) == len(TO_APPEND) - 1


def test_a_server_is_asked_for_special_uses_where_it_knows_the_question() -> None:
    more = b"* CAPABILITY IMAP4rev1 SPECIAL-USE\r\n{tag} OK done\r\n"
    with serve_script(b"* PREAUTH hi\r\n", CAPABILITY, more, LIST, EXAMINE, NONE, LIST, EXAMINE, NONE) as server:
        assert script_road(server.port).find(MAIL.mail_id) is None
    assert server.heard[2].split(" ", 1)[1] == 'LIST "" * RETURN (SPECIAL-USE)'


def test_a_mailbox_without_a_folder_for_drafts_is_told() -> None:
    with serve_script(*HELLO, b"{tag} OK done\r\n") as server, pytest.raises(ConfigError) as caught:
        script_road(server.port).send(MAIL, [MARIA], nothing)
    assert str(caught.value) == (
        f"localhost:{server.port} marks no folder as that of drafts, so no draft was kept; "
        "write [imap] drafts in plugwatch.toml"
    )


TALKED = r"localhost:\d+ could not be talked to \({}\), so nobody has looked for the mail; "
TALKED += r"try again later, or look at \[imap\] in plugwatch\.toml"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ((b"",), "the server closed the line"),
        ((b"220 mail.example ESMTP\r\n",), "no answer as IMAP has them"),
        ((b"* BYE \xfc\r\n",), "no answer as IMAP has them"),
        ((SILENCE,), "no answer in time"),
        ((Flood(b"x" * 9000),), "a line without end"),
        ((b"* OK hi\r\n", b"* CAPABILITY \xfc\r\n{tag} OK done\r\n"), "no answer as IMAP has them"),
        ((b"* OK hi\r\n", b"* CAPABILITY IMAP9\r\n{tag} OK done\r\n"), "no answer as IMAP has them"),
        ((b"* OK hi\r\n", Flood(b"* 1 EXISTS\r\n" * 9000)), "more than anybody would read"),
        ((*HELLO, b"* LIST () NIL {99999999999}\r\n"), "more than anybody would read"),
        ((*HELLO, b"* LIST () NIL {" + b"9" * 5000 + b"}\r\n"), "no answer as IMAP has them"),
        ((*HELLO, Flood(b"+ \r\n" * 9000)), "more than anybody would read"),
        ((*HELLO, LIST, EXAMINE, b"* SEARCH \xfc\r\n{tag} OK done\r\n"), "no answer as IMAP has them"),
    ],
)
def test_a_talk_that_comes_to_nothing_says_so(script: tuple[bytes | Flood, ...], reason: str) -> None:
    patience = Patience(0.5, 1) if SILENCE in script else None
    with serve_script(*script) as server, pytest.raises(NotSentError, match=f"^{TALKED.format(reason)}$"):
        script_road(server.port, patience=patience).find(MAIL.mail_id)


def test_an_answer_that_fits_no_question_finds_nothing() -> None:
    search = b"* SEARCH 7 8 9\r\n{tag} OK done\r\n"
    wrong = b'* 7 FETCH (UID 7 INTERNALDATE "x")\r\n* 8 FETCH (UID 8 BODY[HEADER.FIELDS (MESSAGE-ID)] {3}\r\nabc)\r\n'
    field = b"message-id:\r\n <01k3q7@agency.example>\r\n"
    right = b"* 9 FETCH (BODY[HEADER.FIELDS (MESSAGE-ID)] {%d}\r\n%s" % (len(field), field)
    date = b' INTERNALDATE "99-Foo-2026 99:00:00 +0000")\r\n'
    for fetched, found in ((wrong, None), (wrong + right + date, Found("inbox", None))):
        with serve_script(*HELLO, LIST, EXAMINE, search, fetched + b"{tag} OK done\r\n", LIST, EXAMINE, NONE) as server:
            assert script_road(server.port).find(MAIL.mail_id) == found


@pytest.mark.parametrize(
    ("greeting", "sentence"),
    [
        (
            b"* OK hi\r\n",
            r"offers no STARTTLS, so nobody has looked for the mail; correct \[imap\] port and security in",
        ),
        (b"* PREAUTH hi\r\n", "offers no STARTTLS, so nobody"),
    ],
)
def test_nothing_goes_in_clear_where_that_was_not_wanted(greeting: bytes, sentence: str) -> None:
    with serve_script(greeting, CAPABILITY) as server, pytest.raises(ConfigError, match=sentence):
        script_road(server.port, "starttls", "dev").find(MAIL.mail_id)
    assert [line.split(" ", 1)[1] for line in server.heard] == ["CAPABILITY"]


def test_a_preset_login_in_clear_is_no_way_around_tls() -> None:
    offer = b"* CAPABILITY IMAP4rev1 STARTTLS\r\n{tag} OK done\r\n"
    with (
        serve_script(b"* PREAUTH hi\r\n", offer) as server,
        pytest.raises(PlugwatchError, match="no answer as IMAP has"),
    ):
        script_road(server.port, "starttls", "dev").find(MAIL.mail_id)
    assert [line.split(" ", 1)[1] for line in server.heard] == ["CAPABILITY"]


@pytest.mark.parametrize(
    ("words", "kind", "sentence"),
    [
        (b"{tag} NO open: sesame? no\r\n", ConfigError, 'does not take the password of d"ev, so nobody has looked'),
        (b"{tag} NO [UNAVAILABLE] later\r\n", NotSentError, "lets nobody log in just now, so nobody has looked"),
        (b"LOGIN open: sesame\r\n", NotSentError, r"could not be talked to \(no answer as IMAP has them\)"),
    ],
)
def test_a_server_that_repeats_the_password_is_not_quoted(
    words: bytes, kind: type[PlugwatchError], sentence: str
) -> None:
    with (
        serve_script(b"* OK hi\r\n", CAPABILITY, CAPABILITY, words) as server,
        pytest.raises(kind, match=sentence) as caught,
    ):
        script_road(server.port, user='d"ev').find(MAIL.mail_id)
    assert "sesame" not in str(caught.value)
    assert server.heard[2].split(" ", 1)[1] == r'LOGIN "d\"ev" "open: sesame"'
