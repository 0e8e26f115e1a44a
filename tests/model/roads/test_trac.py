"""What a Trac says is read for what it is, and what is none of it is refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta, timezone
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import InputError
from plugwatch.model.roads.trac import (
    Change,
    Meaning,
    TicketRow,
    add_keyword,
    choose_component,
    counts_up,
    is_ours,
    read_changes,
    read_meaning,
    read_query,
    read_ticket,
    same_text,
    since_day,
    since_moment,
    split_keywords,
    split_ticket_url,
    unquote,
)

WHEN = datetime(2026, 11, 20, 9, 41, tzinfo=timezone.utc)


def change(words: str, who: str = "vendor") -> Change:
    return Change("1", WHEN, who, (), words)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://core.trac.wordpress.org/ticket/7", ("https://core.trac.wordpress.org", 7)),
        (" https://trac.example/env/a/ticket/12/?x=1#comment:3 ", ("https://trac.example/env/a", 12)),
        ("https://kim:secret@trac.example:8080/ticket/7", ("https://trac.example:8080", 7)),
        ("https://trac.example/ticket/0", None),
        ("https://trac.example/ticket/7x", None),
        ("https://trac.example/newticket", None),
        ("https://trac.example/ticket/9999999999", None),
        ("/ticket/7", None),
        ("ftp://trac.example/ticket/7", None),
        ("https://[/ticket/7", None),
    ],
)
def test_the_address_of_a_ticket_is_known_without_what_does_not_belong_to_it(
    url: str, found: tuple[str, int] | None
) -> None:
    assert split_ticket_url(url) == found


def test_a_ticket_is_read_by_the_names_of_its_fields() -> None:
    content = '\ufeffid,summary,status,description\r\n7,"a, ""b""",new,"one\r\ntwo\r\n"\r\n'.encode()
    told = {"id": "7", "summary": 'a, "b"', "status": "new", "description": "one\r\ntwo\r\n"}
    assert read_ticket(content) == told
    long = f"id,status,description\r\n7,new,{'x' * 500_000}\r\n".encode()
    assert len(read_ticket(long)["description"]) == 500_000


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>\r\n",
        b"id,status\r\n",
        b"id,status\r\n1,new\r\n2,new\r\n",
        b"id,status\r\n1,new,more\r\n",
        b"id,summary\r\n1,x\r\n",
        b"\xff\xfe",
        b'id,status\r\n"1,new\r\n',
        b"id,status\0\r\n1,new\r\n",
    ],
)
def test_what_is_no_ticket_is_refused(content: bytes) -> None:
    with pytest.raises(InputError, match="as Trac writes it"):
        read_ticket(content)


def test_a_list_of_tickets_is_read_in_any_language() -> None:
    content = "\ufeffid,Zusammenfassung,Beschreibung\r\n9,\u00dc,\r\n7,b,c\r\n".encode()
    assert read_query(content) == [TicketRow(9, "\u00dc", ""), TicketRow(7, "b", "c")]
    assert read_query(b"id,s,d\r\n") == []


@pytest.mark.parametrize(
    "content", [b"", b"id,s,d\r\n7,x\r\n", b"id,s,d\r\nx,y,z\r\n", b"no,s,d\r\n", b"id,s,d\r\n0,,\r\n"]
)
def test_what_is_no_list_of_tickets_is_refused(content: bytes) -> None:
    with pytest.raises(InputError, match="as Trac writes it"):
        read_query(content)


FEED = """<?xml version="1.0"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<title>no item</title><item><dc:creator>ben\u202e</dc:creator><pubDate>Sun, 22 Nov 2026 16:36:37 +0130</pubDate>
<title>keywords changed; resolution set</title><guid>https://trac.example/ticket/1#comment:4</guid>
<description>
  &lt;ul&gt;&lt;li&gt;&lt;strong&gt;keywords&lt;/strong&gt; changed from &lt;em&gt;a &amp;lt;b&amp;gt;&lt;/em&gt; to
  &lt;em&gt;c&lt;/em&gt;&lt;ul&gt;&lt;li&gt;inner&lt;/li&gt;&lt;/ul&gt;&lt;/li&gt;&lt;li&gt;resolution&lt;/li&gt;&lt;/ul&gt;
  &lt;p&gt;&lt;a href="https://["&gt;In&lt;/a&gt;
  &lt;a class="changeset" href="/changeset/58975/trunk"&gt;[58975]&lt;/a&gt;:&lt;/p&gt;
  &lt;ul&gt;&lt;li&gt;mine &amp;amp; yours&lt;/li&gt;&lt;/ul&gt;&lt;pre&gt;x
 y&lt;/pre&gt;</description></item>
<item><author>dev@vendor.example</author><pubDate>Sun, 22 Nov 2026 15:06:37 GMT</pubDate><title></title>
<guid>https://trac.example/ticket/1#comment:5</guid>
<description>&lt;ul&gt;&lt;li&gt;a list&lt;/li&gt;&lt;/ul&gt;</description></item>
</channel></rss>"""


def test_a_change_is_split_into_what_was_set_and_what_was_said() -> None:
    first, second = read_changes(FEED.encode())
    assert first == Change(
        "https://trac.example/ticket/1#comment:4",
        datetime(2026, 11, 22, 15, 6, 37, tzinfo=timezone.utc),
        "ben",
        ("keywords changed from a <b> to cinner", "resolution"),
        "In\n[58975]:\n\nmine & yours\nx\ny",
        4,
        "/changeset/58975/trunk",
    )
    assert (second.who, second.fields, second.words) == ("dev@vendor.example", (), "a list")


BOMB = b'<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><rss><channel><title>&b;</title></channel></rss>'


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<rss>",
        b"<rss></rss>",
        b"<html><body>Log in</body></html>",
        BOMB,
        BOMB.decode().encode("utf-16"),
        b"\xff",
        b'<?xml version="1.0" encoding="klingon"?><rss></rss>',
        b"<rss><channel><item><pubDate>yesterday</pubDate></item></channel></rss>",
        b"<rss><channel><item></item></channel></rss>",
        b"<rss><channel><item><pubDate>Sun, 31 Feb 2026 15:06:37 GMT</pubDate></item></channel></rss>",
        b"<rss><channel><item><pubDate>Sun, 22 Now 2026 15:06:37 GMT</pubDate></item></channel></rss>",
        b"<rss><channel><item><pubDate>Fri, 31 Dec 9999 23:06:37 -0900</pubDate></item></channel></rss>",
        b"<rss><channel><item><pubDate>Fri, 31 Dec 2026 23:06:37 -9900</pubDate></item></channel></rss>",
        b"<rss><channel><item><pubDate>Sun, 22 Nov 99999 15:06:37 GMT</pubDate></item></channel></rss>",
    ],
)
def test_what_is_no_feed_of_a_ticket_is_refused(content: bytes) -> None:
    with pytest.raises(InputError, match=r"this feed|no feed as Trac"):
        read_changes(content)


@given(
    st.binary()
    | st.text().map(lambda text: f"<rss><channel><item>{text}</item></channel></rss>".encode("utf-8", "replace"))
)
def test_nothing_that_a_server_answers_is_more_than_a_sentence(content: bytes) -> None:
    for read in (read_changes, read_ticket, read_query):
        with suppress(InputError):
            read(content)


def test_a_machine_of_the_project_is_no_person() -> None:
    assert change("x", "prbot").by_machine
    assert change("x", "SlackBot").by_machine
    assert not change("x", "robotnik").by_machine


@pytest.mark.parametrize(
    ("fields", "meaning"),
    [
        ({"status": "new"}, Meaning("new", "sent")),
        ({"status": "assigned", "milestone": "1.3"}, Meaning("assigned, milestone 1.3", "sent")),
        ({"status": "reviewing"}, Meaning("reviewing", "confirmed")),
        (
            {"status": "accepted", "keywords": "has-patch, needs-refresh"},
            Meaning("accepted, needs-refresh", "changes-requested"),
        ),
        ({"status": "new", "keywords": "Reporter-Feedback"}, Meaning("new, reporter-feedback", "changes-requested")),
        ({"status": "new", "keywords": "no-needs-refresh"}, Meaning("new", "sent")),
        ({"status": "closed", "resolution": "fixed"}, Meaning("closed as fixed", "accepted", True)),
        ({"status": "closed", "resolution": "maybelater"}, Meaning("closed as maybelater", "rejected")),
        ({"status": "closed", "resolution": "duplicate"}, Meaning("closed as duplicate", "rejected")),
        ({"status": "closed", "resolution": "reported-upstream"}, Meaning("closed as reported-upstream", None)),
        ({"status": "closed", "resolution": ""}, Meaning("closed as nothing in particular", None)),
        (
            {"status": "closed", "resolution": "fixed", "keywords": "needs-refresh"},
            Meaning("closed as fixed", "accepted", True),
        ),
    ],
)
def test_the_state_of_a_ticket_means_one_status(fields: dict[str, str], meaning: Meaning) -> None:
    assert read_meaning(fields) == meaning


def test_a_duplicate_names_the_ticket_that_goes_on() -> None:
    closed = {"status": "closed", "resolution": "duplicate"}
    said = [change("Duplicate of #3?"), change("It is a duplicate of ticket:12."), change("Thanks for #9")]
    assert read_meaning(closed, said).remote == "closed as duplicate of #12"


@pytest.mark.parametrize(
    ("there", "then"),
    [
        ("", "has-patch"),
        ("  ", "has-patch"),
        ("needs-testing", "needs-testing has-patch"),
        ("needs-testing, early,", "needs-testing, early, has-patch"),
        ("Has-Patch early", "Has-Patch early"),
        ("has-patchwork", "has-patchwork has-patch"),
    ],
)
def test_a_keyword_is_added_once_to_what_is_there(there: str, then: str) -> None:
    assert add_keyword(there, "has-patch") == then
    assert add_keyword(then, "has-patch") == then


@given(st.lists(st.sampled_from(["early", "has-patch", "2nd-opinion", ",", ", ", " "])))
def test_no_keyword_is_lost(parts: list[str]) -> None:
    text = " ".join(parts)
    assert set(split_keywords(add_keyword(text, "has-patch"))) == set(split_keywords(text)) | {"has-patch"}


@pytest.mark.parametrize(
    ("name", "there", "number"),
    [
        ("a.diff", "a.diff", 1),
        ("a.diff", "a.2.diff", 2),
        ("a.diff", "a.10.diff", 10),
        ("a.diff", "a.1.diff", None),
        ("a.diff", "a.02.diff", None),
        ("a.diff", "a.2.3.diff", None),
        ("a.diff", "ab.2.diff", None),
        ("a.diff", "a.diff.2", None),
        ("a.diff", "a.2.patch", None),
        ("a.2.diff", "a.2.2.diff", 2),
        ("notes", "notes.2", 2),
        (".diff", ".diff.2", 2),
        ("a.diff", "", None),
    ],
)
def test_a_file_that_trac_has_counted_up_is_known(name: str, there: str, number: int | None) -> None:
    assert counts_up(name, there) == number


@pytest.mark.parametrize(
    ("slug", "chosen"),
    [
        ("tidy-forms", "tidy-forms"),
        ("Tidy-Forms", "tidy-forms"),
        ("tidy_forms", "tidy-forms"),
        ("tidy", None),
        ("", None),
    ],
)
def test_a_component_is_chosen_and_never_guessed(slug: str, chosen: str | None) -> None:
    assert choose_component(slug, ["General", "tidy-forms", "a-b", "ab"]) == chosen
    assert choose_component("A_B", ["a-b", "ab"]) is None
    assert choose_component(slug, ["not-listed", "General"]) == "not-listed"


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=200))
@settings(max_examples=200)
def test_a_comment_is_found_in_the_answer_that_quotes_it(text: str) -> None:
    # As trac/ticket/web_ui.py, quote_original, writes it.
    lines = ["Replying to [comment:1 kim]:", *(f"> {line}" for line in text.splitlines()), ""]
    found = unquote("\n".join(lines).replace("\n", "\r\n"))
    if text.splitlines():
        assert found is not None
        assert same_text(found, text)
    else:
        assert found is None


@pytest.mark.parametrize(
    "answer", ["", "Replying to [comment:1 kim]:\n", "something\nelse", "Replying\n> quoted\nand more"]
)
def test_an_answer_that_quotes_nothing_tells_nothing(answer: str) -> None:
    assert unquote(answer) is None


def test_texts_are_the_same_but_for_ends_of_lines() -> None:
    assert same_text("\r\na\r\n b \r\n\r\n", "a\n b")
    assert not same_text("a\nb", "a b")
    assert not same_text("a\n b", "a\nb")


@pytest.mark.parametrize(
    ("who", "login", "ours"),
    [
        ("kim", "kim", True),
        ("Kim", "kim", True),
        ("kimberly", "kim", False),
        ("dev@\u2026", "dev@agency.example", True),
        ("dev@agency.example", "DEV@agency.example", True),
        ("dev", "dev@agency.example", False),
        ("", "", False),
    ],
)
def test_our_own_words_are_known_by_the_login(who: str, login: str, ours: bool) -> None:
    assert is_ours(who, login) == ours


def test_other_clocks_and_zones_are_given_time() -> None:
    late = datetime(2026, 11, 20, 23, 30, tzinfo=timezone(timedelta(hours=-10)))
    assert since_moment(late) == datetime(2026, 11, 20, 9, 30, tzinfo=timezone.utc)
    assert since_day(late) == "2026-11-19"


def item(description: str) -> str:
    return (
        "<item><dc:creator>ben</dc:creator><pubDate>Sun, 22 Nov 2026 15:06:37 GMT</pubDate><title></title>"
        f"<guid>https://trac.example/ticket/7#comment:1</guid><description>{escape(description)}</description></item>"
    )


def feed(*items: str) -> bytes:
    head = '<?xml version="1.0"?><rss xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0"><channel>'
    return f"{head}{''.join(items)}</channel></rss>".encode()


@pytest.mark.parametrize("piece", ["<a ", "<!--", "<![x", "<?", "<![CDATA[", "</", "<a href='"])
def test_no_comment_takes_long_to_read(piece: str) -> None:
    (read,) = read_changes(feed(item(f"<p>{piece * 20_000}</p>")))
    assert read.who == "ben"


@pytest.mark.parametrize(
    ("link", "changeset"),
    [
        ("/changeset/12", "/changeset/12"),
        ("https://trac.example/changeset/12", "https://trac.example/changeset/12"),
        ("javascript:/changeset/12", None),
        ("//evil.example/changeset/12", None),
        ("/x\u202e/changeset/12", None),
    ],
)
def test_a_changeset_lies_at_an_address_of_the_web(link: str, changeset: str | None) -> None:
    (read,) = read_changes(feed(item(f'<p>In <a href="{link}">12</a></p>')))
    assert read.changeset == changeset


def test_of_endless_changes_the_newest_are_read() -> None:
    read = read_changes(feed(*[item(f"<p>{number}</p>") for number in range(2_010)]))
    assert (len(read), read[-1].words) == (2_000, "2009")


def test_another_encoding_hides_no_document_type() -> None:
    told = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY a "b">]><rss><channel/></rss>'
    for encoding in ("utf-8", "utf-16"):
        with pytest.raises(InputError):
            read_changes(told.encode(encoding))
