"""What becomes of a ticket in a real Trac is seen, and what cannot be seen is said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

import pytest
from peers.loopback import Peer, Reply, Request, page
from peers.trac import Environment, running_trac

from plugwatch import web
from plugwatch.errors import ConfigError, InputError, NotFoundError, PlugwatchError, UnknownError
from plugwatch.model.roads.watch import Remark, Seen, Unchanged, Watch
from plugwatch.upstream.json_client import Timeouts
from plugwatch.upstream.trac_watch import TracTracker

TRACKER = TracTracker("kim", Timeouts(5, 15, 30))


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    with running_trac(tmp_path_factory.mktemp("trac")) as running:
        yield running.forms


def look(url: str, etag: str | None = None) -> Seen:
    seen = TRACKER.look(Watch(url, "trac", etag=etag))
    assert isinstance(seen, Seen)
    return seen


def told(remark: Remark) -> tuple[str, str, str, bool]:
    return remark.who, remark.kind, remark.words, remark.human


@pytest.mark.services
def test_a_ticket_is_followed_from_the_report_to_the_fix(there: Environment) -> None:
    number = there.open("Nonce <b>is</b> rejected\u202e", "It is.", user="kim", keywords="has-patch")
    url = f"{there.url}/ticket/{number}"
    first = look(url + "#comment:1")
    assert (first.remote, first.status, first.url, first.remarks) == ("new", "sent", url, ())
    assert (first.title, first.changed_at, first.closed_as_fixed) == ("Nonce <b>is</b> rejected", None, False)
    assert TRACKER.look(Watch(url, "trac", etag=first.etag)) == Unchanged()

    there.change(number, "By the way, we are many.", user="kim")
    there.change(
        number, "Thanks!\n\n * Does '''not''' apply.\n\n{{{\n<?php @evil\n}}}", keywords="has-patch needs-refresh"
    )
    asked = look(url, first.etag)
    assert (asked.remote, asked.status) == ("new, needs-refresh", "changes-requested")
    [remark] = asked.remarks
    assert remark.id == f"{url}#comment:2"
    words = "keywords needs-refresh added\nThanks!\n\nDoes not apply.\n\n<?php @evil"
    assert told(remark) == ("vendor", "comment", words, True)
    assert asked.changed_at == remark.at
    assert abs(remark.at - datetime.now(timezone.utc)) < timedelta(minutes=10)

    there.attach(number, "screen.txt", b"x")
    there.change(number, action="accept", keywords="has-patch")
    taken = look(url, asked.etag)
    assert (taken.remote, taken.status) == ("accepted", "confirmed")
    assert [remark.kind for remark in taken.remarks] == ["comment", "state", "state"]
    assert "screen.txt" in taken.remarks[1].words
    assert len({remark.id for remark in taken.remarks}) == 3
    assert taken.remarks[0] == remark

    there.change(number, "In [/changeset/1234 r1234]: as proposed.", resolution="fixed", milestone="milestone1")
    fixed = look(url, taken.etag)
    assert (fixed.remote, fixed.status) == ("closed as fixed, milestone milestone1", "accepted")
    assert (fixed.closed_as_fixed, fixed.fixed_by) == (True, f"{there.url}/changeset/1234")
    assert isinstance(TRACKER.look(Watch(url, "trac", etag=fixed.etag)), Unchanged)

    there.change(number, "It is back.", action="reopen")
    again = look(url, fixed.etag)
    assert (again.remote, again.status, again.closed_as_fixed) == ("reopened, milestone milestone1", "sent", False)
    assert again.fixed_by is None


@pytest.mark.services
@pytest.mark.parametrize("resolution", ["invalid", "wontfix", "worksforme", "duplicate"])
def test_a_ticket_that_they_do_not_want_is_rejected(resolution: str, there: Environment) -> None:
    number = there.open(f"Closed as {resolution}")
    there.change(number, "See #1, duplicate of #2.", resolution=resolution)
    seen = look(f"{there.url}/ticket/{number}")
    assert (seen.status, seen.closed_as_fixed, seen.fixed_by) == ("rejected", False, None)
    assert seen.remote == ("closed as duplicate of #2" if resolution == "duplicate" else f"closed as {resolution}")


@pytest.mark.services
def test_two_changes_within_one_second_are_both_seen(there: Environment) -> None:
    number = there.open("Quick")
    url = f"{there.url}/ticket/{number}"
    etag = look(url).etag
    for count in range(1, 4):
        there.change(number, f"{count}")
        seen = look(url, etag)
        assert [remark.words for remark in seen.remarks] == [str(said) for said in range(1, count + 1)]
        etag = seen.etag


@pytest.mark.services
def test_a_ticket_that_is_gone_or_private_is_said_to_be(there: Environment) -> None:
    with pytest.raises(NotFoundError, match=f"has no ticket at {there.url}/ticket/998; it was deleted, or the address"):
        look(f"{there.url}/ticket/998")
    private = there.open("Private")
    with pytest.raises(
        ConfigError, match="to nobody who has not logged in, so it cannot be watched; look at it by hand"
    ):
        look(f"{there.url}/ticket/{private}")


class Copy(Peer):
    """Gives out the documents of a ticket, with an ETag each, or whatever it is told."""

    def __init__(self, always: Reply | None = None) -> None:
        super().__init__()
        self._always = always
        self.state = "new"

    def reply(self, request: Request) -> Reply:
        if self._always:
            return page("Log in") if request.path == "/login" else self._always
        form = request.query["format"]
        tag = f'"{form}-{self.state}"'
        if request.headers.get("If-None-Match") == tag:
            return Reply(304, headers={"ETag": tag})
        body = f"\ufeffid,summary,status\r\n7,Title,{self.state}\r\n" if form == "csv" else "<rss><channel/></rss>"
        return Reply(200, body.encode(), {"ETag": tag})


@contextmanager
def copy(always: Reply | None = None) -> Iterator[Copy]:
    peer = Copy(always)
    with peer.running():
        yield peer


def test_a_server_that_knows_etags_is_not_asked_for_the_same_again() -> None:
    with copy() as peer:
        watch = Watch(f"{peer.url}/ticket/7", "trac")
        seen = TRACKER.look(watch)
        assert isinstance(seen, Seen)
        etag = seen.etag
        assert TRACKER.look(Watch(watch.url, "trac", etag=etag)) == Unchanged()
        assert [request.headers.get("If-None-Match") for request in peer.requests] == [
            None,
            None,
            '"csv-new"',
            '"rss-new"',
        ]
        peer.state = "accepted"
        assert look(watch.url, etag).status == "confirmed"
        for strange in ("", "W/x", "[]", '{"csv": 1}', "{"):
            assert look(watch.url, strange).status == "confirmed"


@pytest.mark.parametrize(
    ("reply", "kind", "sentence"),
    [
        (page("Hello"), UnknownError, "answers what no Trac answers, so nothing is known now about http"),
        (Reply(200, b"id,summary\r\n7,x\r\n"), UnknownError, "answers what no Trac answers"),
        (page("", 302, Location="/login"), ConfigError, "has not logged in"),
        (page("Who are you?", 401), ConfigError, "to nobody who has not logged in"),
        (page("Gone", 410), NotFoundError, "has no ticket at http"),
        (
            page("Busy", 503),
            UnknownError,
            r"could not be asked \(the server answers 503\), so nothing is known now about",
        ),
        (page("Odd", 418), UnknownError, "answers 418, so nothing is known now about http.*; try again later"),
        (Reply(429, headers={"Retry-After": "90"}), UnknownError, "wants to be left alone for 90 seconds, so nothing"),
        (Reply(0), UnknownError, r"could not be asked \(ConnectionError\), so nothing"),
        (Reply(delay=0.6), UnknownError, "does not answer in time, so nothing is known now about"),
        (Reply(200, b"x", pieces=9, pause=0.2), UnknownError, "does not answer in time, so nothing is known"),
        (Reply(200, headers={"Content-Length": str(1 << 40)}), UnknownError, "answers more than 32 MiB, so nothing"),
    ],
)
def test_what_cannot_be_asked_is_unknown(
    reply: Reply, kind: type[PlugwatchError], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web.time, "sleep", lambda _seconds: None)
    tracker = TracTracker(timeouts=Timeouts(0.5, 0.5, 1.0))
    with copy(reply) as peer, pytest.raises(kind, match=sentence):
        tracker.look(Watch(f"{peer.url}/ticket/7", "trac"))


@pytest.mark.parametrize(
    "url", ["https://trac.example/", "ftp://trac.example/ticket/7", "ticket/7", "https://[/ticket/7"]
)
def test_what_is_no_address_of_a_ticket_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="this is no address of a ticket; write https://HOST/ticket/N"):
        look(url)
