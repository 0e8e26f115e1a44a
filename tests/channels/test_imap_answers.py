from __future__ import annotations

import imaplib
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from peers.dovecot import DovecotServer, serve_dovecot
from peers.script import serve_script

from plugwatch.channels.imap import ImapServer
from plugwatch.channels.imap_answers import ImapAnswers, find_mail_id, write_mid
from plugwatch.channels.wire import NotSentError
from plugwatch.errors import ConfigError, InputError
from plugwatch.model.roads.watch import Remark, Seen, Unchanged, Watch

pytestmark = pytest.mark.services

OURS = "<01k3q7@agency.example>"
NOON = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
ANSWER = """\
From: =?utf-8?q?J=C3=B6_Maker?= <jo@vendor.example>
To: dev@agency.example
Subject: Re: Nonce is rejected
Date: Fri, 20 Nov 2026 11:59:00 +0000
Message-ID: <reply-1@vendor.example>
In-Reply-To: <01k3q7@agency.example>
References: <older@agency.example>
 <01k3q7@agency.example>
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Thänk you, this is a bug.

Jo

On Fri, 20 Nov 2026, Example Agency
<dev@agency.example> wrote:
> Hello,
> please see the patch.
"""


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
def answers(dovecot: DovecotServer) -> ImapAnswers:
    settings = ImapServer(dovecot.host, dovecot.port, "starttls", dovecot.user, dovecot.password)
    return ImapAnswers(settings, ("dev@agency.example",))


def put(server: DovecotServer, *mails: str | bytes, folder: str = "INBOX") -> None:
    with imaplib.IMAP4("127.0.0.1", server.port) as imap:
        imap.login(server.user, server.password)
        for number, mail in enumerate(mails):
            raw = mail if isinstance(mail, bytes) else mail.encode()
            at = imaplib.Time2Internaldate(NOON + timedelta(minutes=number))
            assert imap.append(folder, "", at, raw.replace(b"\n", b"\r\n"))[0] == "OK"


def change(**fields: str) -> str:
    """The answer with other header fields, or further ones."""
    mail = ANSWER
    for name, value in fields.items():
        field = name.replace("_", "-")
        lines = mail.split("\n")
        kept = [line for line in lines if not line.startswith(f"{field}: ")]
        mail = "\n".join([f"{field}: {value}", *kept])
    return mail


def test_an_answer_is_read_without_what_it_quotes(dovecot: DovecotServer, answers: ImapAnswers) -> None:
    assert answers.read([OURS]) == ()
    put(dovecot, ANSWER)
    jo = Remark("<reply-1@vendor.example>", NOON, "Jö Maker", "comment", "Thänk you, this is a bug.\n\nJo", human=True)
    assert answers.read([OURS]) == (jo,)
    assert answers.read(["<older@agency.example>"]) == (jo,)
    assert answers.read(["<younger@agency.example>", "no id"]) == ()
    assert dovecot.flags("INBOX") == []  # it lies there as new, as before


def test_answers_come_in_order_once_each_and_ours_are_none(dovecot: DovecotServer, answers: ImapAnswers) -> None:
    put(
        dovecot,
        change(Message_ID="<b@vendor.example>", In_Reply_To="<x@y.example>"),
        change(Message_ID="<c@vendor.example>", From="DEV@agency.example"),
        change(Message_ID="<d@vendor.example>", From="jo@vendor.example"),
        change(Message_ID="<d@vendor.example>", From="jo@vendor.example"),
    )
    put(dovecot, change(Message_ID="<e@vendor.example>"), folder="Gesendet")
    found = answers.read([OURS, OURS])
    assert [(remark.id, remark.who) for remark in found] == [
        ("<b@vendor.example>", "Jö Maker"),
        ("<d@vendor.example>", "jo@vendor.example"),
    ]


MACHINES = [
    change(Auto_Submitted="auto-replied"),
    change(Auto_Submitted="auto-generated; x=y"),
    change(Precedence="Bulk"),
    change(List_Id="<news.vendor.example>"),
    change(X_Autoreply="yes"),
    change(From="No Reply <no-reply@vendor.example>"),
    change(From="MAILER-DAEMON@vendor.example"),
    change(From=""),
    change(Return_Path="<>"),
    change(Content_Type="multipart/report; boundary=x"),
]


def test_what_a_machine_wrote_is_no_answer_of_a_person(dovecot: DovecotServer, answers: ImapAnswers) -> None:
    put(dovecot, *(mail.replace("<reply-1@", f"<reply-{n}@") for n, mail in enumerate(MACHINES)))
    found = answers.read([OURS])
    assert [(remark.kind, remark.human) for remark in found] == [("bot", False)] * len(MACHINES)
    put(dovecot, change(Auto_Submitted="no", Message_ID="<person@vendor.example>", Return_Path="<jo@vendor.example>"))
    assert [remark.id for remark in answers.read([OURS]) if remark.human] == ["<person@vendor.example>"]


HTML = change(Content_Type="text/html; charset=x-unknown").replace(
    "Thänk you, this is a bug.",
    "<style>p {}</style><p>Fixed&nbsp;in <b>1.2</b>.<br>Bye</p><blockquote>old</blockquote>",
)
PARTS = b"""\
From: jo@vendor.example
In-Reply-To: <01k3q7@agency.example>
Subject: =?utf-8?b?broken
Message-ID: none
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; name=x.txt
Content-Disposition: attachment

not this
--b
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: base64

R3L832U=
--b--
"""


def test_any_form_of_a_mail_is_read(dovecot: DovecotServer, answers: ImapAnswers) -> None:
    nothing = change(Message_ID="<n@vendor.example>").partition("\n\n")[0] + "\n\n> only this\n"
    long = change(Message_ID="<l@vendor.example>").partition("\n\n")[0] + "\n\n" + "word " * 20_000
    odd = change(From="=?utf-?8?q?x?= <jo@vendor.example>", Message_ID="<o@vendor.example>").encode()
    put(dovecot, HTML, PARTS, nothing, long, odd.replace(b"utf-?8", b"utf-\xff8"))
    html, parts, empty, cut, strange = answers.read([OURS])
    assert html.words.startswith("Fixed in 1.2.\nBye\n\nJo")
    assert "old" not in html.words
    assert (parts.words, parts.id.startswith("<"), len(parts.id)) == ("Grüße", True, 34)
    assert empty.words == "Re: Nonce is rejected"
    assert len(cut.words) < 2_010
    assert strange.human
    assert answers.read([OURS])[1].id == parts.id


def test_a_mail_that_goes_on_without_end_inside_is_told_of_and_harms_nothing(
    dovecot: DovecotServer, answers: ImapAnswers
) -> None:
    head = f"Message-ID: <deep@vendor.example>\nIn-Reply-To: {OURS}\n"
    deep = f"From: jo@vendor.example\n{head}" + "Content-Type: message/rfc822\n\n" * 2_000
    brackets = change(Message_ID="<b@vendor.example>", From="(" * 5_000 + ") <jo@vendor.example>")
    put(dovecot, deep, brackets, ANSWER)
    told = answers.read([OURS])
    assert len(told) == 3
    assert ("a mail that cannot be read; look into the mailbox", True) in [(one.words, one.human) for one in told]
    assert "Jö Maker" in [one.who for one in told]  # some versions of Python can read the brackets


def test_the_newest_answers_are_read_where_there_are_many(dovecot: DovecotServer, answers: ImapAnswers) -> None:
    put(dovecot, *(change(Message_ID=f"<m{n}@vendor.example>") + "x" * 70_000 for n in range(24)))
    assert [remark.id for remark in answers.read([OURS])] == [f"<m{n}@vendor.example>" for n in range(4, 24)]


def test_a_watch_of_a_mail_says_when_somebody_answers(dovecot: DovecotServer, answers: ImapAnswers) -> None:
    watch = Watch(write_mid(OURS), "mail")
    assert watch.url == "mid:01k3q7@agency.example"
    before = answers.look(watch)
    assert isinstance(before, Seen)
    assert (before.remote, before.status, before.changed_at) == ("no answer", None, None)
    again = Watch(watch.url, "mail", etag=before.etag)
    assert isinstance(answers.look(again), Unchanged)
    put(dovecot, change(Auto_Submitted="auto-replied"), change(Message_ID="<two@vendor.example>"))
    after = answers.look(again)
    assert isinstance(after, Seen)
    assert (after.remote, after.status, after.changed_at) == ("1 answer", "confirmed", NOON + timedelta(minutes=1))
    assert len(after.remarks) == 2
    with pytest.raises(InputError, match="no address of a mail; write mid:MESSAGE-ID"):
        answers.look(Watch("https://vendor.example", "mail"))


@pytest.mark.parametrize("mail_id", ["<01k3q7@agency.example>", "<a+b/c%d?e#f@x.example>"])
def test_the_address_of_a_mail_names_it(mail_id: str) -> None:
    assert find_mail_id(write_mid(mail_id)) == mail_id
    assert find_mail_id("mid:a b@c") is find_mail_id("mailto:a@b.example") is None


def test_a_mailbox_that_cannot_be_read_is_told(dovecot: DovecotServer) -> None:
    with (
        serve_script(b"* PREAUTH hi\r\n") as server,
        pytest.raises(NotSentError, match=r"the server closed the line\), so nobody has looked for answers"),
    ):
        ImapAnswers(ImapServer("localhost", server.port, "none", "dev", "x"), ()).read([OURS])
    elsewhere = ImapServer(dovecot.host, dovecot.port, "starttls", dovecot.user, dovecot.password, inbox="Archiv")
    with pytest.raises(ConfigError, match=r"opens no folder 'Archiv', so nobody .*; write \[imap\] inbox in plugwatch"):
        ImapAnswers(elsewhere, ()).read([OURS])
