from __future__ import annotations

import _socket
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timezone

import pytest
from peers.script import SILENCE, Flood, ScriptServer, serve_script
from peers.smtp import SmtpServer as Peer
from peers.smtp import serve_smtp

from plugwatch.channels.mail import build_mail
from plugwatch.channels.smtp import SmtpRoad, SmtpServer
from plugwatch.channels.wire import NotSentError, Patience, check_login, not_sent
from plugwatch.errors import ConfigError, PlugwatchError
from plugwatch.model.client import Contact
from plugwatch.model.messages.message import Answer, Mail, Receipt

MARIA, JO, DESK, COPY = "maria@acme.example", "jo@bolt.example", "desk@acme.example", "copy@agency.example"
GREYLISTED = Answer("deferred", "451 4.7.1 greylisted, please try again later")
UNKNOWN_USER = Answer("refused", "550 5.1.1 no such user")
ACCEPTED = Answer("handing", "250 OK")
SENT = Answer("sent", "250 OK, queued")
MAIL = Mail(
    subject="acme.example: es läuft wieder",
    body="Guten Tag,\n\nes läuft wieder.\n.\n..\nFrom uns\n",
    sender=Contact("dev@agency.example", "Example Agency"),
    to=(Contact(MARIA, "Maria Marlowe"), Contact(JO), Contact(DESK)),
    date=datetime(2026, 11, 20, 9, 41, tzinfo=timezone.utc),
    mail_id="<01k3q7@agency.example>",
)


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    with serve_smtp() as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        yield server


@pytest.fixture
def told() -> list[Receipt]:
    return []


def settings_of(peer: Peer, security: str = "starttls") -> SmtpServer:
    return SmtpServer(peer.host, peer.port, security, peer.user, peer.password, "agency.example")


def nothing(_: Receipt) -> None:
    pass


@pytest.mark.parametrize("security", ["starttls", "tls", "none"])
def test_a_mail_arrives_as_it_was_built(security: str, monkeypatch: pytest.MonkeyPatch, told: list[Receipt]) -> None:
    with serve_smtp(security) as peer:
        monkeypatch.setenv("SSL_CERT_FILE", str(peer.certificate))

        def about_to_hand(receipt: Receipt) -> None:
            assert peer.mails == []
            told.append(receipt)

        receipt = SmtpRoad(settings_of(peer, security), COPY).send(MAIL, [MARIA, JO], about_to_hand)

    assert told == [Receipt({MARIA: ACCEPTED, JO: ACCEPTED})]
    assert receipt == Receipt({MARIA: SENT, JO: SENT})
    (mail,) = peer.mails
    assert mail.raw == build_mail(MAIL).as_bytes()
    assert (mail.envelope_from, mail.envelope_to) == ("dev@agency.example", (MARIA, JO, COPY))
    assert peer.logins == [True]
    assert peer.hellos == ["agency.example"] * (2 if security == "starttls" else 1)


def test_each_address_has_its_own_answer_and_a_retry_sends_what_is_missing(peer: Peer, told: list[Receipt]) -> None:
    peer.greylist(JO)
    peer.refuse(DESK)
    road = SmtpRoad(settings_of(peer))

    first = road.send(MAIL, [MARIA, JO, DESK], told.append)
    second = road.send(MAIL, [JO], told.append)

    assert told[0] == Receipt({MARIA: ACCEPTED, JO: GREYLISTED, DESK: UNKNOWN_USER})
    assert first == Receipt({MARIA: SENT, JO: GREYLISTED, DESK: UNKNOWN_USER})
    assert second == Receipt({JO: SENT})
    assert [mail.envelope_to for mail in peer.mails] == [(MARIA,), (JO,)]
    assert peer.mails[0].raw == peer.mails[1].raw


def test_where_nobody_will_have_it_no_text_leaves_and_it_is_told_all_the_same(peer: Peer, told: list[Receipt]) -> None:
    peer.greylist(JO)
    peer.refuse(DESK)
    receipt = SmtpRoad(settings_of(peer), COPY).send(MAIL, [JO, DESK], told.append)
    assert told == [receipt]
    assert receipt == Receipt({JO: GREYLISTED, DESK: UNKNOWN_USER})
    assert peer.mails == []


def test_an_address_that_is_named_twice_is_written_to_once(peer: Peer) -> None:
    assert SmtpRoad(settings_of(peer), MARIA).send(MAIL, [MARIA, MARIA], nothing) == Receipt({MARIA: SENT})
    assert [mail.envelope_to for mail in peer.mails] == [(MARIA,)]


def test_a_refused_copy_changes_nothing(peer: Peer, told: list[Receipt]) -> None:
    peer.refuse(COPY)
    assert SmtpRoad(settings_of(peer), COPY).send(MAIL, [MARIA], told.append) == Receipt({MARIA: SENT})
    assert told == [Receipt({MARIA: ACCEPTED})]
    assert [mail.envelope_to for mail in peer.mails] == [(MARIA,)]


def test_what_is_raised_at_the_point_of_no_return_keeps_the_text_back(peer: Peer) -> None:
    class ClaimLostError(PlugwatchError):
        pass

    def lose(_: Receipt) -> None:
        raise ClaimLostError("ben is sending this")

    road = SmtpRoad(settings_of(peer))
    with pytest.raises(ClaimLostError, match=r"^ben is sending this$"):
        road.send(MAIL, [MARIA], lose)
    assert road.send(MAIL, [MARIA], lambda _: False) == Receipt({MARIA: Answer("waiting")})
    assert peer.mails == []


@pytest.mark.parametrize(
    ("drop", "state", "arrived"),
    [
        (Peer.drop_before_data, "waiting", 0),
        (lambda peer: peer.drop_after_data(arrived=True), "unknown", 1),
        (lambda peer: peer.drop_after_data(arrived=False), "unknown", 0),
    ],
)
def test_a_line_that_breaks_leaves_the_truth(
    drop: Callable[[Peer], None], state: str, arrived: int, peer: Peer, told: list[Receipt]
) -> None:
    peer.refuse(DESK)
    drop(peer)
    road = SmtpRoad(settings_of(peer))
    broken = Answer(state, "the server closed the line")
    assert road.send(MAIL, [MARIA, JO, DESK], told.append) == Receipt({MARIA: broken, JO: broken, DESK: UNKNOWN_USER})
    assert told == [Receipt({MARIA: ACCEPTED, JO: ACCEPTED, DESK: UNKNOWN_USER})]
    assert len(peer.mails) == arrived
    assert road.send(MAIL, [MARIA], nothing) == Receipt({MARIA: SENT})  # it broke once only


def test_another_process_can_send_as_well(peer: Peer) -> None:
    program = f"""
from datetime import datetime, timezone
from plugwatch.channels.smtp import SmtpRoad, SmtpServer
from plugwatch.model.client import Contact
from plugwatch.model.messages.message import Mail
mail = Mail("s", "b", Contact("dev@agency.example"), (Contact("{MARIA}"),), datetime.now(timezone.utc), "<1@a.example>")
server = SmtpServer("{peer.host}", {peer.port}, user="{peer.user}", password="{peer.password}")
print(SmtpRoad(server).send(mail, ["{MARIA}"], lambda _: None).answers["{MARIA}"].state)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "sent\n"
    assert [mail.envelope_to for mail in peer.mails] == [(MARIA,)]


# What a server may say instead. The first words are its greeting, each further piece answers one command.

HELLO, OK, GO = (b"220 hi\r\n", b"250-you\r\n250 SIZE 9\r\n"), b"250 OK\r\n", b"354 go\r\n"


def script_road(server: ScriptServer, security: str = "none", user: str = "") -> SmtpRoad:
    settings = SmtpServer("localhost", server.port, security, user, "open: sésame", "agency.example")
    if SILENCE in server.script:
        return SmtpRoad(settings, patience=Patience(0.5, 1))
    slow = any(isinstance(words, Flood) and words.pause for words in server.script)
    return SmtpRoad(settings, patience=Patience(0.5, 20) if slow else None)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (b"250 2.0.0 Ok: queued as 4ZQ\r\n", Answer("sent", "250 2.0.0 Ok: queued as 4ZQ")),
        (b"250-Thank\r\n250 you\r\n", Answer("sent", "250 Thank you")),
        (b"452 4.3.1 disk full\r\n", Answer("deferred", "452 4.3.1 disk full")),
        (b"421 bye\r\n", Answer("deferred", "421 bye")),
        (b"554 5.7.1 spam\r\n", Answer("refused", "554 5.7.1 spam")),
        (b"354 go on\r\n", Answer("unknown", "354 go on")),
        (b"\xff\xfe\r\n", Answer("unknown", "no reply as SMTP has them")),
        (SILENCE, Answer("unknown", "no answer in time")),
        (Flood(b"250 OK\r\n", 0.7), Answer("sent", "250 OK")),  # longer than one step
        (Flood(b"250-never mind\r\n" * 9000), Answer("unknown", "more than anybody would read")),
    ],
)
def test_the_answer_to_the_text_is_kept(words: bytes | Flood, answer: Answer) -> None:
    with serve_script(*HELLO, OK, OK, GO, words) as server:
        assert script_road(server).send(MAIL, [MARIA], nothing) == Receipt({MARIA: answer})
    assert server.heard[:4] == [
        "EHLO agency.example",
        "MAIL FROM:<dev@agency.example>",
        f"RCPT TO:<{MARIA}>",
        "DATA",
    ]
    text = build_mail(MAIL).as_bytes().decode().replace("\r\n.", "\r\n..")
    assert server.heard[4 : server.heard.index(".") + 1] == [*text.split("\r\n")[:-1], "."]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (b"451 4.3.0 later\r\n", Answer("deferred", "451 4.3.0 later")),
        (b"550 no\r\n", Answer("refused", "550 no")),
        (b"250 why\r\n", Answer("waiting", "250 why")),
        (b"354\r\r", Answer("waiting", "the server closed the line")),
        (SILENCE, Answer("waiting", "no answer in time")),
    ],
)
def test_before_the_text_nothing_is_handed_over(words: bytes | Flood, answer: Answer) -> None:
    with serve_script(*HELLO, OK, OK, words) as server:
        assert script_road(server).send(MAIL, [MARIA], nothing) == Receipt({MARIA: answer})
    assert server.heard[3:] in (["DATA"], ["DATA", "QUIT"])


def test_a_copy_is_not_begun_where_nobody_will_have_the_mail() -> None:
    with serve_script(*HELLO, OK, b"550 no\r\n", OK) as server:
        settings = SmtpServer("localhost", server.port, "none")
        receipt = SmtpRoad(settings, COPY).send(MAIL, [MARIA], nothing)
    assert receipt == Receipt({MARIA: Answer("refused", "550 no")})
    assert server.heard[2:] == [f"RCPT TO:<{MARIA}>", "QUIT"]


def test_a_text_that_was_begun_may_have_arrived() -> None:
    with serve_script(*HELLO, OK, OK, GO) as server:
        answers = script_road(server).send(MAIL, [MARIA], nothing).answers
    assert answers[MARIA].state == "unknown"


def test_a_text_is_not_begun_when_time_runs_out(told: list[Receipt]) -> None:
    with serve_script(*HELLO, OK, OK, GO, OK) as server:
        settings = SmtpServer("localhost", server.port, "none")
        receipt = SmtpRoad(settings, patience=Patience(10, 9)).send(MAIL, [MARIA], told.append)
    assert told == [Receipt({MARIA: ACCEPTED})]
    assert receipt == Receipt({MARIA: Answer("waiting", "no answer in time")})
    assert "DATA" not in server.heard


def test_a_server_that_closes_in_the_middle_has_taken_nothing(told: list[Receipt]) -> None:
    later = Answer("deferred", "421 4.3.2 shutting down")
    with serve_script(*HELLO, OK, b"550 no\r\n", OK, b"421 4.3.2 shutting down\r\n") as server:
        receipt = script_road(server).send(MAIL, [MARIA, JO, DESK], told.append)
    assert told == [receipt]
    assert receipt == Receipt({MARIA: Answer("refused", "550 no"), JO: later, DESK: later})


def test_a_sender_who_has_to_wait_is_told_so_for_each_address(told: list[Receipt]) -> None:
    with serve_script(*HELLO, b"451 4.7.1 greylisted\r\n", OK) as server:
        receipt = script_road(server).send(MAIL, [MARIA, JO], told.append)
    assert told == [receipt]
    assert receipt == Receipt(dict.fromkeys([MARIA, JO], Answer("deferred", "451 4.7.1 greylisted")))


def test_a_reply_is_clean_and_short() -> None:
    words = b"550-\x1b[31mB\xfcro \xe2\x80\xae geschlossen\x07\t\xc2\x85\r\n550 " + b"x" * 5000 + b"\r\n"
    with serve_script(*HELLO, OK, words, OK) as server:
        receipt = script_road(server).send(MAIL, [MARIA], nothing)
    shown = "550 [31mB\ufffdro geschlossen "
    assert receipt == Receipt({MARIA: Answer("refused", shown + "x" * (199 - len(shown)) + "…")})


AUTH = (b"220 hi\r\n", b"250-you\r\n250 AUTH PLAIN\r\n")
TALKED = r"localhost:\d+ could not be talked to \({}\), so nothing was sent; "
TALKED += r"try again later, or look at \[smtp\] in plugwatch\.toml"


@pytest.mark.parametrize(
    ("script", "kind", "sentence"),
    [
        ((b"",), NotSentError, TALKED.format("the server closed the line")),
        ((b"HTTP/1.1 400 Bad Request\r\n",), NotSentError, TALKED.format("no reply as SMTP has them")),
        ((b"\xff" * 70_000,), NotSentError, TALKED.format("a line without end")),
        ((Flood(b"220-\xe4\xf6\xfc\r\n" * 9000),), NotSentError, TALKED.format("more than anybody would read")),
        ((Flood(b"x" * 9000),), NotSentError, TALKED.format("a line without end")),
        ((Flood(b"2", 0.1),), NotSentError, TALKED.format("no answer in time")),
        ((SILENCE,), NotSentError, TALKED.format("no answer in time")),
        ((*HELLO, OK, GO), NotSentError, TALKED.format("'354 go' to an address")),
        ((*HELLO, OK, SILENCE), NotSentError, TALKED.format("no answer in time")),
        (
            (b"554 you are \xe4 spammer\r\n",),
            NotSentError,
            r"localhost:\d+ says '554 you are \ufffd spammer', so nothing was sent; try again later",
        ),
        (
            (*HELLO, b"550 5.7.1 not yours\r\n"),
            ConfigError,
            (
                r"localhost:\d+ takes no mail from dev@agency\.example \(550 5\.7\.1 not yours\), so nothing was sent; "
                r"correct \[agency\] email or \[smtp\] user in plugwatch\.toml"
            ),
        ),
    ],
)
def test_a_talk_that_comes_to_nothing_says_so(
    script: tuple[bytes | Flood, ...], kind: type[PlugwatchError], sentence: str, told: list[Receipt]
) -> None:
    with serve_script(*script) as server, pytest.raises(kind, match=f"^{sentence}$") as caught:
        script_road(server).send(MAIL, [MARIA], told.append)
    assert type(caught.value) is kind
    assert told == []


@pytest.mark.parametrize(
    ("script", "kind", "sentence"),
    [
        (
            (*AUTH, b"535 wrong: AG9wZW46IHPDqXNhbWU= open: s\xc3\xa9same\r\n"),
            ConfigError,
            (
                r"localhost:\d+ does not take the password of dev, so nothing was sent; correct \[smtp\] user in "
                r"plugwatch\.toml, or the password \(PLUGWATCH_SMTP_PASSWORD or the keyring\)"
            ),
        ),
        (
            (*AUTH, b"454 4.7.0 later\r\n"),
            NotSentError,
            r"localhost:\d+ lets nobody log in just now, so nothing was sent; try again later",
        ),
        (
            HELLO,
            ConfigError,
            (
                r"localhost:\d+ offers no login that plugwatch knows \(PLAIN, LOGIN\), so nothing was sent; "
                r"correct \[smtp\] port and security in plugwatch\.toml, or leave user empty"
            ),
        ),
    ],
)
def test_a_login_that_fails_tells_no_secret(
    script: tuple[bytes, ...], kind: type[PlugwatchError], sentence: str
) -> None:
    with serve_script(*script, OK) as server, pytest.raises(kind, match=f"^{sentence}$") as caught:
        script_road(server, user="dev").send(MAIL, [MARIA], nothing)
    assert type(caught.value) is kind


def test_an_old_login_works_too() -> None:
    auth = (b"220 hi\r\n", b"250-you\r\n250 auth LOGIN\r\n", b"334 VXNlcg==\r\n", b"334 UGFzcw==\r\n", b"235 in\r\n")
    with serve_script(*auth, OK, OK, GO, OK) as server:
        receipt = script_road(server, user="dev").send(MAIL, [MARIA], nothing)
    assert receipt == Receipt({MARIA: Answer("sent", "250 OK")})
    assert server.heard[1:4] == ["AUTH LOGIN", "ZGV2", "b3Blbjogc8Opc2FtZQ=="]


def test_a_wrong_password_is_told_by_a_real_server(peer: Peer) -> None:
    wrong = replace(settings_of(peer), password="wrong")
    with pytest.raises(ConfigError, match=r"does not take the password of dev@agency\.example, so nothing was sent"):
        SmtpRoad(wrong).send(MAIL, [MARIA], nothing)
    with pytest.raises(
        ConfigError, match=r"takes no mail from dev@agency\.example \(530 5\.7\.0 Authentication required"
    ):
        SmtpRoad(replace(wrong, user="")).send(MAIL, [MARIA], nothing)
    assert peer.mails == []


def test_nothing_goes_in_clear_where_that_was_not_wanted(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    starttls = (
        r"^localhost:\d+ offers no STARTTLS, and in clear nothing was sent; correct \[smtp\] port and security in"
    )
    with serve_script(*HELLO, OK) as server, pytest.raises(ConfigError, match=starttls):
        script_road(server, "starttls", "dev").send(MAIL, [MARIA], nothing)
    assert server.heard == ["EHLO agency.example", "QUIT"]

    planted = (b"220 hi\r\n", b"250-you\r\n250 STARTTLS\r\n", b"220 go\r\n250 AUTH PLAIN\r\n", OK)
    with (
        serve_script(*planted) as server,
        pytest.raises(NotSentError, match="words in clear after the agreement on TLS"),
    ):
        script_road(server, "starttls", "dev").send(MAIL, [MARIA], nothing)
    assert server.heard[:2] == ["EHLO agency.example", "STARTTLS"]

    with (
        serve_script(b"220 hi\r\n", OK) as server,
        pytest.raises(ConfigError, match="does not speak TLS as plugwatch does"),
    ):
        script_road(server, "tls", "dev").send(MAIL, [MARIA], nothing)

    gone = r"could not be talked to \(the server closed the line\)"
    with serve_script(b"") as server, pytest.raises(NotSentError, match=gone):
        script_road(server, "tls", "dev").send(MAIL, [MARIA], nothing)

    monkeypatch.delenv("SSL_CERT_FILE")
    distrust = (
        r"shows a certificate that this machine does not trust \(self.signed certificate\), so nothing was sent; "
    )
    with pytest.raises(ConfigError, match=distrust):
        SmtpRoad(settings_of(peer)).send(MAIL, [MARIA], nothing)
    assert (peer.logins, peer.mails) == ([], [])


def test_a_password_needs_a_secret_line() -> None:
    server = SmtpServer("mail.agency.example", 25, "none", "dev", "sesame")
    check_login(server, secret=True)
    with pytest.raises(ConfigError) as caught:
        check_login(server, secret=False)
    assert str(caught.value) == (
        "the password for mail.agency.example:25 would go in clear, so nothing was sent; "
        "set [smtp] security to starttls or tls in plugwatch.toml"
    )
    with pytest.raises(ConfigError) as caught:
        check_login(replace(server, password=""), secret=True)
    assert str(caught.value) == (
        "no password for dev at mail.agency.example:25, so nothing was sent; "
        "set PLUGWATCH_SMTP_PASSWORD, or keep it in the keyring"
    )


def test_a_server_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _socket.getaddrinfo)  # unguarded; it does not get as far as to ask
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    for host, kind, sentence in (
        (
            "127.0.0.1",
            NotSentError,
            rf"127\.0\.0\.1:{port} could not be talked to \(Connection refused\), so nothing was",
        ),
        ("a..b", ConfigError, r"'a\.\.b' is no name of a server; correct \[smtp\] host in plugwatch\.toml"),
        ("", ConfigError, r"no mail server is named; write \[smtp\] host in plugwatch\.toml"),
    ):
        with pytest.raises(kind, match=f"^{sentence}"):
            SmtpRoad(SmtpServer(host, port)).send(MAIL, [MARIA], nothing)

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(
        NotSentError, match=r"^mail\.nowhere\.example:587 could not be talked to \(Name or service not kno"
    ):
        SmtpRoad(SmtpServer("mail.nowhere.example")).send(MAIL, [MARIA], nothing)


@pytest.mark.parametrize("address", ["", "maria", f"{MARIA}>\r\nDATA", f"Maria <{MARIA}>"])
def test_what_is_no_address_never_reaches_a_server(address: str, peer: Peer) -> None:
    for addresses, copy in (([MARIA, address], None), ([MARIA], address)):
        if addresses == [MARIA] and not copy:
            continue
        with pytest.raises(PlugwatchError, match=r"is not an e-mail address, so nothing was sent$"):
            SmtpRoad(settings_of(peer), copy).send(MAIL, addresses, nothing)
    assert peer.talks == 0


def test_a_password_is_never_shown() -> None:
    server = SmtpServer("mail.agency.example", user="dev", password="sesame")
    assert "sesame" not in f"{server} {server!r} {SmtpRoad(server)!r}"


@pytest.mark.parametrize("error", [ssl.SSLEOFError(8, "EOF"), ssl.SSLZeroReturnError(6, "closed")])
def test_a_line_that_a_server_ends_is_no_question_of_settings(error: OSError) -> None:
    failure = not_sent(SmtpServer("mail.agency.example"), error)
    assert isinstance(failure, NotSentError)
    assert "could not be talked to (the server closed the line)" in str(failure)
