from __future__ import annotations

import imaplib
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.utils import parseaddr
from zoneinfo import ZoneInfo

import pytest
from peers.dovecot import DovecotServer, serve_dovecot
from peers.smtp import SmtpServer, serve_smtp
from telling import AGENCY_TOML, with_smtp

BERLIN = ZoneInfo("Europe/Berlin")
MORNING = datetime(2026, 11, 23, 10, 0, tzinfo=BERLIN)
CHECKS = ["language", "blanks", "next-update", "promise", "blame", "vendor", "other-client", "secrets", "mail"]
CALLER = """\
Hello Maria Marlowe,

Thank you for calling. You told us: “the form does not send”. We have found the cause, and we are fixing it now.

There is nothing you need to do. You will hear from us again by 10:15 today.

Best wishes
dana
The Fernhill team
"""


@pytest.fixture
def server(agency, monkeypatch) -> Iterator[SmtpServer]:
    with serve_smtp() as server:
        (agency / "plugwatch.toml").write_text(with_smtp(server))
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        monkeypatch.setenv("PLUGWATCH_SMTP_PASSWORD", server.password)
        yield server


def _messages(ran) -> dict[str, dict]:
    return {message["client"]: message for message in ran.json["messages"]}


def _states(message) -> dict[str, str]:
    return {row["address"]: row["state"] for row in message["deliveries"]}


def test_a_preview_shows_each_message_and_sends_nothing(plugwatch, server, conforms):
    ran = plugwatch("incident", "tell", "1", "--next", "11:15", "--json", code=3)

    assert server.talks == 0
    shape = {
        "incident": {"INC-1"},
        "phase": {"identified"},
        "messages": [
            {
                "client": str,
                "to": [str],
                "language": {"en", "de"},
                "subject": str,
                "body": str,
                "sites": [str],
                "checks": [{"check": str, "ok": bool, "detail": str}],
                "status": {"draft", "blocked"},
                "message": str,
                "phase": {"identified"},
                "round": {1},
                "road": {"smtp"},
                "next": {"2026-11-23T11:15:00+01:00"},
                "deliveries": [],
                "knows": bool,
                "error": None,
            }
        ],
    }
    conforms(ran.json, shape)
    found = _messages(ran)
    assert list(found) == ["acme", "bolt", "corvid"]
    assert (found["acme"]["subject"], found["acme"]["body"]) == (
        "acme.example: we know what it is and are fixing it",
        CALLER,
    )
    assert [(m["status"], m["knows"]) for m in found.values()] == [("draft", True), ("draft", True), ("blocked", False)]
    assert [check["check"] for check in found["acme"]["checks"]] == CHECKS


def test_the_screen_holds_the_texts_on_stdout_and_everything_about_them_on_stderr(plugwatch, server):
    ran = plugwatch("incident", "tell", "1", "--client", "acme", "--next", "11:15")

    assert ran.out == f"Subject: acme.example: we know what it is and are fixing it\n\n{CALLER}"
    assert ran.err == (
        "INC-1 identified · 1 message, nothing sent\n"
        "1 Acme Bakery: maria@acme.example · en formal · acme · by mail\n"
        "--- 1/1 Acme Bakery, next by 10:15 (11:15 here) ------------\n"
        "ok      language, blanks, next-update, promise, blame, vendor, other-client, secrets, mail\n"
        "\n"
        "next: plugwatch incident tell INC-1 --send\n"
    )


def test_texts_in_a_pipe_stand_apart(plugwatch, server):
    ran = plugwatch("incident", "tell", "1", "--client", "acme", "--client", "bolt", "--next", "11:15")

    first, second = ran.out.split("\n\nSubject: ")
    assert first == f"Subject: acme.example: we know what it is and are fixing it\n\n{CALLER}".rstrip()
    assert second.startswith("bolt.example: ")
    assert ran.out.endswith("The Fernhill team\n")


def test_what_was_settled_before_is_said_once(plugwatch, server):
    plugwatch("incident", "tell", "1", "--client", "acme", "--send")

    ran = plugwatch("incident", "tell", "1", "--client", "acme", "--send")

    assert ran.err.count("maria@acme.example sent 10:00") == 1


def test_a_blank_says_how_to_fill_it_and_then_the_message_leaves(plugwatch, server):
    err = plugwatch("incident", "tell", "1", "--client", "corvid", "--send", code=3).err
    assert 'plugwatch incident set INC-1 --say effect="…"' in err
    assert server.mails == []

    plugwatch("incident", "set", "1", "--say", "effect=the contact form does not send")
    plugwatch("incident", "tell", "1", "--client", "corvid", "--send")

    [mail] = server.mails
    assert mail.envelope_to == ("it@corvid.example",)
    assert "You may not have noticed it yet" in mail.get_content()
    assert "the contact form does not send" in mail.get_content()


def test_mails_arrive_word_for_word(plugwatch, server):
    sent = plugwatch("incident", "tell", "1", "--client", "acme", "--next", "11:15", "--send", "--json").json

    [mail] = server.mails
    assert mail.get_content().replace("\r\n", "\n") == CALLER
    assert [(name, value) for name, value in mail.items() if not name.startswith(("Content-", "MIME-"))] == [
        ("From", "Fernhill Web <dev@fernhill.example>"),
        ("To", "Maria Marlowe <maria@acme.example>"),
        ("Subject", "acme.example: we know what it is and are fixing it"),
        ("Date", "Mon, 23 Nov 2026 10:00:00 +0100"),
        ("Message-ID", sent["messages"][0]["message"]),
    ]
    assert mail.envelope_from == "dev@fernhill.example"
    assert sent["messages"][0]["status"] == "sent"
    assert _states(sent["messages"][0]) == {"maria@acme.example": "sent"}


def test_each_client_is_told_in_their_own_language_and_tone(plugwatch, server):
    plugwatch("incident", "tell", "1", "--client", "bolt", "--next", "11:15", "--send")

    [mail] = server.mails
    text = mail.get_content()
    assert text.startswith("Hallo Ute Ritter,")
    assert "„keine Anfragen seit gestern“" in text
    assert "Du hörst heute bis 11:15 Uhr wieder von uns." in text


def test_a_later_message_follows_the_first(plugwatch, server, clock):
    plugwatch("incident", "tell", "1", "--client", "acme", "--send")
    clock.append(MORNING.replace(minute=40))
    plugwatch("incident", "tell", "1", "--client", "acme", "--phase", "monitoring", "--send")

    first, second = server.mails
    assert second["In-Reply-To"] == second["References"] == first["Message-ID"]
    assert second["Message-ID"] != first["Message-ID"]
    assert first["In-Reply-To"] is None


def test_greylisting_is_not_the_end_and_the_retry_sends_only_what_is_missing(plugwatch, server, clock):
    plugwatch("client", "set", "acme", "--contact", "maria@acme.example", "--contact", "jo@acme.example")
    server.greylist("jo@acme.example")

    ran = plugwatch("incident", "tell", "1", "--client", "acme", "--send", "--json", code=4)
    assert ran.json["messages"][0]["status"] == "partly-sent"
    assert _states(ran.json["messages"][0]) == {"jo@acme.example": "deferred", "maria@acme.example": "sent"}
    clock.append(MORNING.replace(minute=10))
    plugwatch("incident", "tell", "1", "--client", "acme", "--send")
    plugwatch("incident", "tell", "1", "--client", "acme", "--send")

    assert [mail.envelope_to for mail in server.mails] == [("maria@acme.example",), ("jo@acme.example",)]
    assert server.mails[0].raw == server.mails[1].raw


def test_one_of_three_recipients_is_refused(plugwatch, server):
    people = [part for name in ("ann", "bob", "cat") for part in ("--contact", f"{name}@acme.example")]
    plugwatch("client", "set", "acme", *people)
    server.refuse("bob@acme.example", "550 5.1.1 no such user")

    ran = plugwatch("incident", "tell", "1", "--client", "acme", "--send", code=3)

    assert "bob@acme.example refused “550 5.1.1 no such user”" in ran.err
    assert "plugwatch client set acme --contact 'NAME <ADDRESS>'" in ran.err
    assert [mail.envelope_to for mail in server.mails] == [("ann@acme.example", "cat@acme.example")]
    events = [event["body"] for event in plugwatch("incident", "show", "1", "--json").json["timeline"]]
    assert (
        "identified to acme: ann@acme.example sent; bob@acme.example refused “550 5.1.1 no such user”; "
        "cat@acme.example sent"
    ) in events

    people[3] = "rob@acme.example"
    plugwatch("client", "set", "acme", *people)
    plugwatch("incident", "tell", "1", "--client", "acme", "--send")
    assert [mail.envelope_to for mail in server.mails][1:] == [("rob@acme.example",)]


@pytest.mark.parametrize("arrived", [True, False])
def test_a_line_that_breaks_after_the_text_leaves_it_to_a_person(plugwatch, server, clock, arrived):
    server.drop_after_data(arrived=arrived)

    ran = plugwatch("incident", "tell", "1", "--client", "acme", "--send", code=4)
    assert "maria@acme.example not known whether it arrived" in ran.err
    assert "plugwatch incident tell INC-1 --client acme --sent (or --resend)" in ran.err
    plugwatch("incident", "tell", "1", "--client", "acme", "--send", code=4)
    assert len(server.mails) == arrived

    if arrived:
        clock.append(MORNING + timedelta(minutes=5))
        early = plugwatch("incident", "tell", "1", "--client", "acme", "--sent", "--at", "9:59", code=1)
        assert early.err.endswith("was not written yet at that time; give the time when it was sent\n")
        plugwatch("incident", "tell", "1", "--client", "acme", "--sent", "--at", "10:01")
        [row] = plugwatch("incident", "tell", "1", "--client", "acme", "--json").json["messages"][0]["deliveries"]
        assert (row["state"], row["sent_at"]) == ("sent", "2026-11-23T10:01:00+01:00")
    else:
        plugwatch("incident", "tell", "1", "--client", "acme", "--resend")
    assert len(server.mails) == 1
    assert server.doubles() == {}
    plugwatch("incident", "tell", "1", "--client", "acme", "--resend", code=1)


def test_a_line_that_breaks_before_the_text_loses_nothing(plugwatch, server):
    server.drop_before_data()

    ran = plugwatch("incident", "tell", "1", "--client", "acme", "--send", "--json", code=4)
    assert ran.json["messages"][0]["status"] == "draft"
    plugwatch("incident", "tell", "1", "--client", "acme", "--send")

    assert len(server.mails) == 1


def test_a_wrong_password_is_one_sentence_and_loses_nothing(plugwatch, server, monkeypatch):
    monkeypatch.setenv("PLUGWATCH_SMTP_PASSWORD", "pa\nss")
    ran = plugwatch("incident", "tell", "1", "--client", "acme", "--client", "bolt", "--send", code=3)
    assert ran.err.count("so nothing was sent") == 2
    assert "pa\nss" not in ran.err
    assert server.talks <= 1

    monkeypatch.setenv("PLUGWATCH_SMTP_PASSWORD", server.password)
    plugwatch("incident", "tell", "1", "--client", "acme", "--client", "bolt", "--send")
    assert [mail.envelope_to for mail in server.mails] == [("maria@acme.example",), ("ute@bolt.example",)]


def test_no_server_is_one_sentence_and_loses_nothing(plugwatch, agency):
    (agency / "plugwatch.toml").write_text(AGENCY_TOML + '[smtp]\nhost = "127.0.0.1"\nport = 1\n')

    ran = plugwatch("incident", "tell", "1", "--client", "acme", "--send", "--json", code=4)

    assert ran.json["messages"][0]["status"] == "draft"
    assert "127.0.0.1:1" in ran.json["messages"][0]["error"]


def test_without_a_mail_server_messages_are_files_until_a_person_has_sent_them(plugwatch, agency):
    plugwatch("incident", "tell", "1", "--client", "acme", "--next", "11:15", "--send")
    text = (agency / "drafts" / "INC-1" / "acme-identified-1.txt").read_text()
    assert CALLER in text
    assert (agency / "drafts" / "INC-1" / "acme-identified-1.eml").exists()
    assert [p["kept_at"] for p in _promises(plugwatch, "acme")] == [None]

    plugwatch("incident", "tell", "1", "--client", "acme", "--sent")
    assert [(p["due"][11:16], p["kept_at"]) for p in _promises(plugwatch, "acme")] == [
        ("11:00", "2026-11-23T10:00:00+01:00"),
        ("11:15", None),
    ]


def _promises(plugwatch, client) -> list[dict]:
    found = plugwatch("incident", "show", "1", "--json").json["promises"]
    return [promise for promise in found if promise["client"] == client]


def test_by_phone_the_text_is_read_aloud_and_counts_when_a_person_says_so(plugwatch, agency):
    plugwatch("incident", "tell", "1", "--client", "acme", "--via", "phone")
    assert len(_promises(plugwatch, "acme")) == 1

    plugwatch("incident", "tell", "1", "--client", "acme", "--via", "phone", "--sent", "--at", "9:58")

    assert [promise["made_at"][11:16] for promise in _promises(plugwatch, "acme")] == ["10:00", "09:58"]


def test_the_help_desk_gets_the_tickets_number_in_the_subject(plugwatch, server, agency):
    desk = '[desk]\naddress = "desk@fernhill.example"\n'
    (agency / "plugwatch.toml").write_text(with_smtp(server) + desk)
    plugwatch("incident", "call", "1", "acme", "and now?", "--heard", "mail", "--ticket", "https://desk.example/t/4711")

    plugwatch("incident", "tell", "1", "--client", "acme", "--send")

    [mail] = server.mails
    assert mail["Subject"] == "[#4711] acme.example: we know what it is and are fixing it"
    assert (mail["To"], mail.envelope_to) == ("desk@fernhill.example", ("desk@fernhill.example",))


def test_a_text_is_changed_in_the_persons_own_editor(plugwatch, server, agency, monkeypatch):
    script = agency / "editor"
    script.write_text(
        f"#!{sys.executable}\nimport sys, pathlib\np = pathlib.Path(sys.argv[1])\n"
        "p.write_text(p.read_text().replace('Best wishes', 'Warmly').replace('Subject: ', 'subject:'))\n"
    )
    script.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(script))
    edited = plugwatch("incident", "tell", "1", "--client", "acme", "--next", "11:15", "--edit")
    assert edited.out.startswith("Subject: acme.example: we know")

    plugwatch("incident", "tell", "1", "--client", "acme", "--send")

    assert server.mails[0].get_content().replace("\r\n", "\n") == CALLER.replace("Best wishes", "Warmly")


@pytest.mark.parametrize(
    ("left", "said", "kept"),
    [
        ("printf 'Betreff: x\\n\\nhours of work\\n'", "the first line has to begin with 'Subject:'", True),
        ("printf '\\377\\376'", "what the editor left is no UTF-8 text", False),
        ("printf ' \\n'", "the text is empty", False),
        ("false", "Editing failed; nothing was changed", False),
    ],
)
def test_what_an_editor_leaves_is_a_message_or_one_sentence(plugwatch, agency, monkeypatch, left, said, kept):
    script = agency / "editor"
    script.write_text(f"#!/bin/sh\n{left} > $1\n")
    script.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(script))

    ran = plugwatch("incident", "tell", "1", "--client", "acme", "--edit", code=1)

    assert said in ran.err
    assert ran.err.count("\n") == 1
    aside = agency / "drafts/INC-1/acme-identified-1.edited.txt"
    assert (aside.exists() and aside.read_text()) == (kept and "Betreff: x\n\nhours of work\n")
    assert (f"your text is in {aside}" in ran.err) is kept
    monkeypatch.delenv("EDITOR")
    [message] = plugwatch("incident", "tell", "1", "--client", "acme", "--json").json["messages"]
    assert message["body"] != "hours of work\n"


@pytest.mark.parametrize(
    ("before", "client", "code", "step"),
    [
        ((), "corvid", 3, 'plugwatch incident set INC-1 --say effect="…"'),
        (("client", "add", "dune"), "dune", 3, "plugwatch client set dune --contact 'NAME <ADDRESS>'"),
        (("client", "set", "acme", "--language", "fr"), "acme", 3, "plugwatch template check"),
        (("incident", "tell", "1", "--client", "acme", "--send"), "acme", 0, "plugwatch incident tell INC-1 --again, "),
    ],
)
def test_the_next_step_is_what_helps(plugwatch, server, before, client, code, step):
    if before:
        plugwatch(*before)
    if client == "dune":
        plugwatch("site", "add", "dune", "--client", "dune")
        plugwatch("incident", "call", "1", "dune", "nothing works")

    ran = plugwatch("incident", "tell", "1", "--client", client, code=code)

    assert ran.err.splitlines()[-1].startswith(f"next: {step}")


def test_an_editor_needs_a_terminal_or_to_be_named(plugwatch, agency):
    assert "set EDITOR" in plugwatch("incident", "tell", "1", "--edit", code=2).err


def test_a_broken_promise_is_owned_up_to_in_the_next_mail(plugwatch, server, clock):
    plugwatch("incident", "tell", "1", "--client", "acme", "--next", "10:15", "--send")
    clock.append(MORNING.replace(hour=11, minute=7))
    plugwatch("incident", "tell", "1", "--client", "acme", "--phase", "monitoring", "--send")

    assert "We said that you would hear from us by 09:15 today, and you did not." in server.mails[1].get_content()


@pytest.mark.parametrize("next_due", ["9:59 yesterday", "today 9:30", "soon", "2026-11-23"])
def test_a_time_that_is_none_or_has_passed_is_refused(plugwatch, agency, next_due):
    ran = plugwatch("incident", "tell", "1", "--next", next_due, code=1)

    assert next_due in ran.err


@pytest.mark.parametrize(
    "options", [("--send", "--sent"), ("--edit", "--send"), ("--at", "9:00"), ("--phase", "later"), ("--via", "fax")]
)
def test_options_that_do_not_fit_are_refused(plugwatch, agency, options):
    plugwatch("incident", "tell", "1", *options, code=2)


def test_nobody_to_tell_is_no_error(plugwatch, agency):
    plugwatch("incident", "open", "--fleet", "tidy", "--new", "found by us")

    ran = plugwatch("incident", "tell", "2", "--json")

    assert ran.json["messages"] == []
    assert "name a client with --client" in plugwatch("incident", "tell", "2").err


HOSTILE = [
    'Eve "Q", Bcc: all, ; (x)',
    "شركة\u202e الأفق",
    "👩🏽‍🚀" * 20,
    "=?utf-8?q?Bcc:_x=0D=0ABcc:_y?=",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_and_no_words_get_into_the_headers(plugwatch, server, name):
    words = f"{name}\r\nBcc: all\r\n\r\n.\r\nQUIT\n" + "w" * 10_000
    plugwatch("client", "set", "acme", "--name", name, "--contact", f"{name} <maria@acme.example>")
    plugwatch("incident", "open", "acme", "tidy", words, "--caller", name)

    plugwatch("incident", "tell", "1", "--client", "acme", "--next", "11:15", "--send")

    [mail] = server.mails
    assert mail.envelope_to == ("maria@acme.example",)
    assert sorted(mail.keys()) == sorted(
        ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"]
    )
    name_there, address = parseaddr(message_from_bytes(mail.raw)["To"])
    assert address == "maria@acme.example"
    assert str(make_header(decode_header(name_there))) == name.replace("\u202e", "")
    assert "You will hear from us again by 10:15 today." in mail.get_content()


@pytest.mark.parametrize("columns", [60, 80])
def test_the_screen_holds_at_its_width(plugwatch, agency, columns):
    plugwatch("client", "set", "acme", "--name", "Acme " + "Bakery " * 20, "--contact", f"{'m' * 60}@acme.example")
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "plugwatch", "incident", "tell", "1"]
    env = os.environ | {"COLUMNS": str(columns), "PLUGWATCH_USER": "dana"}
    with os.fdopen(theirs, "wb") as terminal:
        subprocess.run(command, stdout=subprocess.PIPE, stderr=terminal, env=env, check=False, timeout=60)
    with os.fdopen(ours, "rb", buffering=0) as screen:
        lines = screen.read(1 << 16).decode().splitlines()

    assert any(line.startswith("BLOCKED blanks") for line in lines)
    assert max(map(len, lines)) <= columns


def test_on_a_terminal_a_text_is_broken_between_words(plugwatch, agency):
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "plugwatch", "incident", "tell", "1", "--client", "acme", "--next", "23:55"]
    env = os.environ | {"COLUMNS": "60", "PLUGWATCH_USER": "dana"}
    with os.fdopen(theirs, "wb") as terminal:
        subprocess.run(command, stdout=terminal, stderr=subprocess.PIPE, env=env, check=False, timeout=60)
    with os.fdopen(ours, "rb", buffering=0) as screen:
        lines = screen.read(1 << 16).decode().splitlines()

    assert max(map(len, lines)) <= 60
    assert "Thank you for calling. You told us: “the form does not" in lines
    assert lines[1] == ""


def test_what_nobody_reads_is_not_sent_and_not_taken_for_sent(plugwatch, server):
    command = [sys.executable, "-m", "plugwatch", "incident", "tell", "1", "--client", "acme", "--send"]
    theirs, ours = os.pipe()
    os.close(theirs)
    with os.fdopen(ours, "wb") as gone:
        ran = subprocess.run(command, stdout=gone, stderr=subprocess.PIPE, text=True, check=False, timeout=60)

    assert ran.returncode == 1
    assert ran.stderr.endswith("plugwatch: whoever read the texts has gone, so nothing was sent\n")
    assert server.talks == 0
    plugwatch("incident", "tell", "1", "--client", "acme", "--send")
    assert len(server.mails) == 1


@pytest.fixture
def mailbox(agency, server, tmp_path, monkeypatch) -> Iterator[DovecotServer]:
    """Our own mailbox beside the server that sends, which copies every message into its inbox."""
    with serve_dovecot() as dovecot:
        trusted = tmp_path / "trusted.pem"
        trusted.write_bytes(server.certificate.read_bytes() + dovecot.certificate.read_bytes())
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        monkeypatch.setenv("PLUGWATCH_IMAP_PASSWORD", dovecot.password)
        (agency / "plugwatch.toml").write_text(
            f'{with_smtp(server)}[imap]\nhost = "{dovecot.host}"\nport = {dovecot.tls_port}\nuser = "{dovecot.user}"\n'
            '[messages]\ncopy_to = "dev@fernhill.example"\n'
        )
        yield dovecot


def _put(mailbox: DovecotServer, folder: str, mail: bytes) -> None:
    with imaplib.IMAP4_SSL(mailbox.host, mailbox.tls_port, ssl_context=ssl.create_default_context()) as box:
        box.login(mailbox.user, mailbox.password)
        assert box.append(folder, "", None, mail)[0] == "OK"


@pytest.mark.services
def test_a_draft_in_our_mailbox_counts_when_a_person_has_sent_it(plugwatch, mailbox):
    tell = ("incident", "tell", "1", "--client", "acme", "--next", "11:15")
    for _ in range(2):
        assert plugwatch(*tell, "--via", "imap", "--send", "--json").json["messages"][0]["status"] == "kept"
    [draft] = mailbox.mails("Entwürfe")
    assert draft["To"] == "Maria Marlowe <maria@acme.example>"
    assert draft.get_content().replace("\r\n", "\n") == CALLER
    assert plugwatch(*tell, "--json").json["messages"][0]["status"] == "kept"

    _put(mailbox, "Gesendet", draft.as_bytes())

    assert plugwatch(*tell, "--json").json["messages"][0]["status"] == "sent"
    assert [promise["due"][11:16] for promise in _promises(plugwatch, "acme")] == ["11:00", "11:15"]


@pytest.mark.services
def test_our_own_copy_in_the_inbox_proves_that_all_of_that_talk_arrived(plugwatch, server, mailbox):
    server.drop_after_data(arrived=True)
    plugwatch("incident", "tell", "1", "--client", "acme", "--send", code=4)
    plugwatch("incident", "tell", "1", "--client", "acme", code=4)
    [mail] = server.mails
    assert mail.envelope_to == ("maria@acme.example", "dev@fernhill.example")

    _put(mailbox, "INBOX", mail.raw)

    assert _states(plugwatch("incident", "tell", "1", "--client", "acme", "--json").json["messages"][0]) == {
        "maria@acme.example": "sent"
    }


def test_a_mailbox_that_does_not_answer_is_said_and_stops_nobody(plugwatch, server, agency):
    toml = (agency / "plugwatch.toml").read_text()
    (agency / "plugwatch.toml").write_text(
        f'{toml}[imap]\nhost = "127.0.0.1"\nport = 1\n[messages]\ncopy_to = "dev@fernhill.example"\n'
    )
    server.drop_after_data(arrived=True)
    plugwatch("incident", "tell", "1", "--client", "acme", "--send", code=4)

    ran = plugwatch("incident", "tell", "1", "--client", "acme", "--client", "bolt", "--send", code=4)

    assert "127.0.0.1:1" in ran.err
    assert [mail.envelope_to[0] for mail in server.mails] == ["maria@acme.example", "ute@bolt.example"]
