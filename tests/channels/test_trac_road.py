"""Tickets, comments and files really arrive in a real Trac, each once, by its forms and by XML-RPC."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import cache

import pytest
from peers.trac import PASSWORD, Environment, Trac, running_trac

from plugwatch.channels.trac_client import TracLogin
from plugwatch.channels.trac_road import TracRoad
from plugwatch.channels.wire import Patience
from plugwatch.errors import ConfigError, NotFoundError
from plugwatch.model.roads.posting import CannotTellError, Delivered, NotPostedError, Posting
from plugwatch.model.roads.submission import DraftFile

pytestmark = pytest.mark.services

TITLE = "!~Odd [[title]] 'x' & \"y\" <z> #1"
BODY = """
== Problem ==

{{{#!php
<?php
  echo '&amp;';
}}}

 > quoted
>> twice

Gr\u00fc\u00dfe \U0001f600 \\ end
"""
PATCH = DraftFile("tidy-forms.diff", b"Index: a.php\r\n\xff\xfe\n" * 50, "text/x-diff")
WAYS = ("forms", "rpc")


@pytest.fixture(scope="module")
def trac(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trac]:
    with running_trac(tmp_path_factory.mktemp("trac")) as running:
        yield running


@pytest.fixture(params=WAYS)
def there(request: pytest.FixtureRequest, trac: Trac) -> Environment:
    return trac[request.param]


@cache  # which logs in once
def road(there: Environment, component: str = "component2") -> TracRoad:
    return TracRoad(there.url, TracLogin("kim", PASSWORD), component=component, patience=Patience(20, 60))


def posting(title: str = TITLE, **given: object) -> Posting:
    now = datetime.now(timezone.utc)
    plain = Posting("SUB-1/1", "trac", "", "patch", title, BODY, (PATCH,), now)
    return replace(plain, **given)


class Hands:
    """Counts how often something was about to be handed over."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


def test_a_new_ticket_arrives_whole_and_once(there: Environment) -> None:
    text, hands = posting("whole " + TITLE), Hands()
    assert road(there).find(text) is None
    sent = road(there).send(text, hands)
    assert hands.count == 1
    assert sent.state == "sent"
    assert sent.detail == ""
    [ticket] = [row for row in there.tickets() if row["summary"] == text.title]
    assert sent.url == f"{there.url}/ticket/{ticket['id']}"
    told = {name: ticket[name] for name in ("type", "component", "keywords", "reporter", "status")}
    assert told == {
        "type": "defect",
        "component": "component2",
        "keywords": "has-patch",
        "reporter": "kim",
        "status": "new",
    }
    assert ticket["description"].replace("\r\n", "\n").strip() == BODY.strip()
    assert there.files(int(ticket["id"])) == {"tidy-forms.diff": PATCH.content}

    assert road(there).find(text) == sent
    assert road(there).send(text, hands) == sent
    assert hands.count == 1
    assert len([row for row in there.tickets() if row["summary"] == text.title]) == 1
    assert len(there.files(int(ticket["id"]))) == 1


def test_a_report_without_a_patch_claims_none(there: Environment) -> None:
    sent = road(there, "component1").send(posting("no patch", files=()), Hands())
    ticket = there.tickets()[-1]
    assert sent.url == f"{there.url}/ticket/{ticket['id']}"
    assert (ticket["keywords"] or "", ticket["component"]) == ("", "component1")


def test_a_ticket_is_joined_with_the_file_the_comment_and_the_keyword(there: Environment) -> None:
    number = there.open("It is broken", keywords="needs-testing")
    text, hands = posting(thread=f"{there.url}/ticket/{number}#comment:1", kind="reply"), Hands()
    assert road(there).find(text) is None
    sent = road(there).send(text, hands)
    assert (sent, hands.count) == (Delivered("sent", f"{there.url}/ticket/{number}"), 1)
    [(author, words)] = there.comments(number)
    assert (author, words.replace("\r\n", "\n").strip()) == ("kim", BODY.strip())
    assert there.files(number) == {"tidy-forms.diff": PATCH.content}
    assert there.tickets()[number - 1]["keywords"] == "needs-testing has-patch"
    assert road(there).find(text) == sent
    assert road(there).send(text, hands) == sent
    assert (hands.count, len(there.comments(number)), len(there.files(number))) == (1, 1, 1)


def test_a_reworked_patch_counts_up_and_the_same_bytes_are_not_attached_twice(there: Environment) -> None:
    number = there.open("Counting up")
    there.attach(number, "tidy-forms.diff", b"somebody else's\n")
    url = f"{there.url}/ticket/{number}"
    details = []
    for content in (b"first\n", b"second\n", b"first\n", b"third\n", b"somebody else's\n"):
        file = DraftFile("tidy-forms.diff", content, "text/x-diff")
        details.append(
            road(there).send(posting(thread=url, files=(file,), body=f"{content!r} {len(details)}"), Hands()).detail
        )
    assert there.files(number) == {
        "tidy-forms.diff": b"somebody else's\n",
        "tidy-forms.2.diff": b"first\n",
        "tidy-forms.3.diff": b"second\n",
        "tidy-forms.4.diff": b"third\n",
    }
    taken = "the name tidy-forms.diff was taken, so it is there as tidy-forms.{}.diff"
    assert details == [taken.format(2), taken.format(3), "", taken.format(4), ""]
    assert len(there.comments(number)) == 5


def test_what_has_arrived_in_part_is_finished_and_not_begun_again(there: Environment) -> None:
    text = posting("in part")
    road(there).send(replace(text, files=()), Hands())
    assert road(there).find(text) is None
    sent = road(there).send(text, Hands())
    assert road(there).find(text) == sent
    [ticket] = [row for row in there.tickets() if row["summary"] == "in part"]
    assert there.files(int(ticket["id"])) == {"tidy-forms.diff": PATCH.content}


def test_what_others_wrote_or_we_wrote_long_ago_is_not_it(there: Environment) -> None:
    there.open("same words", BODY, user="vendor")
    text = posting("same words", files=())
    assert road(there).find(text) is None
    road(there).send(text, Hands())
    assert road(there).find(text)
    assert road(there).find(replace(text, body=BODY + "more")) is None
    assert road(there).find(replace(text, since=text.since + timedelta(days=9))) is None
    number = there.open("theirs")
    there.change(number, BODY, user="vendor")
    answer = posting(thread=f"{there.url}/ticket/{number}", files=())
    assert road(there).find(answer) is None
    road(there).send(answer, Hands())
    assert road(there).find(answer)
    assert road(there).find(replace(answer, since=text.since + timedelta(days=9))) is None


def test_a_component_that_this_trac_does_not_have_is_left_to_it(trac: Trac) -> None:
    for way, default in (("forms", "component1"), ("rpc", None)):
        road(trac[way], "some-plugin").send(posting("elsewhere", files=()), Hands())
        assert trac[way].tickets()[-1]["component"] == default


def test_nothing_is_posted_where_the_last_moment_says_no(there: Environment) -> None:
    def stop() -> None:
        raise NotFoundError("no longer wanted")

    before = len(there.tickets())
    with pytest.raises(NotFoundError, match="no longer wanted"):
        road(there).send(posting("stopped"), stop)
    assert len(there.tickets()) == before
    number = there.open("also stopped")
    with pytest.raises(NotFoundError, match="no longer wanted"):
        road(there).send(posting(thread=f"{there.url}/ticket/{number}"), stop)
    assert (there.comments(number), there.files(number)) == ([], {})
    road(there).send(posting("half", files=()), Hands())
    with pytest.raises(NotFoundError, match="no longer wanted"):
        road(there).send(posting("half"), stop)
    assert there.files(int(there.tickets()[-1]["id"])) == {}


def test_a_comment_arrives_though_somebody_else_writes_at_the_same_moment(trac: Trac) -> None:
    there = trac.forms
    number = there.open("crowded")

    def meanwhile() -> None:
        there.change(number, "I was quicker")

    sent = road(there).send(posting(thread=f"{there.url}/ticket/{number}", files=()), meanwhile)
    assert sent.state == "sent"
    assert [author for author, _words in there.comments(number)] == ["vendor", "kim"]


@pytest.mark.parametrize(("word", "reason"), [("casino", "advertising <casino>"), ("roulette", "captcha")])
def test_a_filter_that_refuses_is_quoted_and_leaves_it_to_a_person(trac: Trac, word: str, reason: str) -> None:
    there, before, hands = trac.forms, len(trac.forms.tickets()), Hands()
    with pytest.raises(NotPostedError, match=f"{reason}.*post it by hand: {there.url}/newticket$"):
        road(there).send(posting(f"win at {word}"), hands)
    assert (len(there.tickets()), hands.count) == (before, 1)
    assert road(there).find(posting(f"win at {word}")) is None
    number = there.open("filtered")
    url = f"{there.url}/ticket/{number}"
    with pytest.raises(NotPostedError, match=f"{reason}.*post it by hand: {url}$"):
        road(there).send(posting(thread=url, files=(), body=f"win at {word}"), hands)
    assert there.comments(number) == []


def test_a_file_that_is_refused_does_not_hide_that_the_ticket_is_there(trac: Trac) -> None:
    large = DraftFile("large.diff", b"+x\n" * 100_000, "text/x-diff")
    sent = road(trac.forms).send(posting("large", files=(PATCH, large)), Hands())
    ticket = trac.forms.tickets()[-1]
    assert sent.url == f"{trac.forms.url}/ticket/{ticket['id']}"
    assert sent.detail == "large.diff was not taken (Maximum attachment size: 256.0 KB), so attach it by hand"
    assert list(trac.forms.files(int(ticket["id"]))) == ["tidy-forms.diff"]
    with pytest.raises(NotPostedError, match=r"Maximum attachment size: 256.0 KB.*by hand"):
        road(trac.forms).send(posting(thread=sent.url, files=(large,), body="here it is"), Hands())
    assert trac.forms.comments(int(ticket["id"])) == []


def test_a_file_that_may_not_be_attached_does_not_hide_that_the_ticket_is_there(trac: Trac) -> None:
    there, hands = trac.forms, Hands()
    there.forbid("authenticated", "TICKET_MODIFY")
    try:
        sent = road(there).send(posting("no files"), hands)
    finally:
        there.allow("authenticated", "TICKET_MODIFY")
    assert sent.detail == "tidy-forms.diff may not be attached by kim, so attach it by hand"
    assert sent.url == f"{there.url}/ticket/{there.tickets()[-1]['id']}"


def test_who_may_not_write_is_told_so(trac: Trac) -> None:
    there, hands = trac.forms, Hands()
    there.open("hands off too")
    number = there.open("hands off", keywords="early")
    url = f"{there.url}/ticket/{number}"
    there.forbid("authenticated", "TICKET_MODIFY")
    there.allow("authenticated", "TICKET_APPEND")
    try:
        sent = road(there).send(posting(thread=url), hands)
        assert sent.detail == "the keyword has-patch could not be set"
        assert len(there.comments(number)) == 1
        there.forbid("authenticated", "TICKET_APPEND", "TICKET_CREATE")
        with pytest.raises(
            ConfigError, match=rf"does not show kim the form for a new ticket .*by hand: {there.url}/newticket$"
        ):
            road(there).send(posting("not mine"), hands)
        url = f"{there.url}/ticket/{number - 1}"
        with pytest.raises(
            ConfigError, match=f"not show kim the form for an answer in ticket {number - 1}; post it by hand: {url}$"
        ):
            road(there).send(posting(thread=url, files=()), hands)
    finally:
        there.allow("authenticated", "TICKET_MODIFY", "TICKET_CREATE")
    assert hands.count == 1


def test_a_ticket_that_is_not_there_or_not_for_us_is_named(there: Environment) -> None:
    for verb in (road(there).find, lambda text: road(there).send(text, Hands())):
        with pytest.raises(NotFoundError, match="does not have ticket 999"):
            verb(posting(thread=f"{there.url}/ticket/999"))
    private = there.open("Private")
    with pytest.raises(ConfigError, match=f"by hand: {there.url}/ticket/{private}$"):
        road(there).send(posting(thread=f"{there.url}/ticket/{private}"), Hands())


def test_a_password_goes_to_no_other_trac(there: Environment) -> None:
    for place in ({"thread": "https://other.example/ticket/7"}, {"target": "https://other.example"}):
        with pytest.raises(ConfigError, match=r"https://other.example.* is no place in the Trac at http"):
            road(there).find(posting(**place))
    with pytest.raises(ConfigError, match="is no place in the Trac"):
        road(there).send(posting(thread=f"{there.url}/wiki/Start"), Hands())


def test_a_wrong_password_is_one_sentence_without_it(there: Environment) -> None:
    stranger = TracRoad(there.url, TracLogin("kim", "no-such-secret"))
    with pytest.raises(
        ConfigError, match=r"does not take the password of kim; correct PLUGWATCH_TRAC_USER and"
    ) as told:
        stranger.send(posting(), Hands())
    assert "no-such-secret" not in f"{told.value}{vars(stranger)}"


def test_a_comment_whose_words_are_not_shown_is_left_to_a_person(trac: Trac) -> None:
    there = trac.forms
    number = there.open("quiet")
    road(there).send(posting(thread=f"{there.url}/ticket/{number}", files=()), Hands())
    there.forbid("authenticated", "TICKET_MODIFY")
    try:
        with pytest.raises(
            CannotTellError, match=rf"look whether it is this one: {there.url}/ticket/{number}#comment:1"
        ):
            road(there).find(posting(thread=f"{there.url}/ticket/{number}", files=()))
    finally:
        there.allow("authenticated", "TICKET_MODIFY")
