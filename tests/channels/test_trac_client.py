"""A Trac that is away, slow, broken, closed to programs or none at all: one sentence, and nothing is posted twice."""

from __future__ import annotations

import time
import xmlrpc.client
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial

import pytest
import requests
from peers.loopback import Peer, Reply, Request, page
from peers.trac import PASSWORD, Environment, Trac, running_trac

from plugwatch import web
from plugwatch.channels.trac_client import TracLogin
from plugwatch.channels.trac_road import TracRoad
from plugwatch.channels.wire import Patience
from plugwatch.errors import ConfigError, PlugwatchError, UnknownError
from plugwatch.model.roads.posting import NotPostedError, Posting
from plugwatch.model.roads.submission import DraftFile

LOGIN = TracLogin("kim", PASSWORD)
PATCH = DraftFile("tidy-forms.diff", b"Index: a.php\n", "text/x-diff")
NEEDED = ["query", "get", "create", "update", "changeLog", "listAttachments", "getAttachment", "putAttachment"]
METHODS = [f"ticket.{name}" for name in NEEDED]


def posting(title: str, **given: object) -> Posting:
    text = Posting("SUB-1/1", "trac", "", "patch", title, f"Words of {title}", (PATCH,), datetime.now(timezone.utc))
    return replace(text, **given)


def no_hand() -> None:
    raise AssertionError("something was to be posted")


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between two attempts, each of which takes no time."""
    made: list[float] = []
    monkeypatch.setattr(web.time, "sleep", made.append)
    return made


class Relay(Peer):
    """Hands requests on to a real server, unless something else is planned."""

    def __init__(self, origin: str) -> None:
        super().__init__()
        self._origin = origin

    def reply(self, request: Request) -> Reply:
        url = f"{self._origin}{request.path}?{request.raw_query}"
        kept = {name: text for name, text in request.headers.items() if name != "Connection"}
        with requests.request(request.method, url, headers=kept, data=request.body, allow_redirects=False) as got:
            told = {
                name: text for name, text in got.headers.items() if name in ("Content-Type", "Location", "Set-Cookie")
            }
            return Reply(got.status_code, got.content, told)


@pytest.fixture(scope="module")
def trac(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trac]:
    with running_trac(tmp_path_factory.mktemp("trac")) as running:
        yield running


@pytest.fixture
def relay(trac: Trac) -> Iterator[Relay]:
    made = Relay(trac.forms.url.removesuffix("/forms"))
    with made.running():
        yield made


def road(relay: Peer, way: str = "forms", patience: Patience | None = None) -> TracRoad:
    return TracRoad(f"{relay.url}/{way}", LOGIN, patience=patience or Patience(20, 60))


def titles(there: Environment) -> list[str]:
    return [row["summary"] for row in there.tickets()]


# What a server does with the one request that posts, and whether it has taken it.
BROKEN = {
    "hangs up": Reply(0),
    "took it and hangs up": Reply(0, served=True),
    "is busy": page("Busy", 503),
    "took it and a gateway fails": Reply(502, b"<h1>Bad gateway</h1>", served=True),
    "breaks down": page("Oops", 500),
    "took it and is cut off": Reply(303, b"x", {"Content-Length": "900"}, served=True),
}


@pytest.mark.services
@pytest.mark.parametrize("fault", BROKEN)
@pytest.mark.parametrize("way", ["forms", "rpc"])
def test_after_a_broken_post_nobody_claims_anything_and_another_try_finishes_it(
    way: str, fault: str, trac: Trac, relay: Relay
) -> None:
    text = posting(f"{way} {fault}", files=())
    there, sender = trac[way], road(relay, way)
    assert sender.find(text) is None
    post = f"POST /{way}/newticket" if way == "forms" else f"POST /{way}/login/xmlrpc"
    hand = partial(relay.plan, post, BROKEN[fault])
    with pytest.raises(
        UnknownError, match=r"nobody knows whether 127.0.0.1:\d+ has taken the text .* not posted twice$"
    ) as told:
        sender.send(text, hand)
    assert not isinstance(told.value, NotPostedError)
    assert PASSWORD not in str(told.value)
    arrived = BROKEN[fault].served
    assert titles(there).count(text.title) == arrived
    assert bool(road(relay, way).find(text)) == arrived
    assert road(relay, way).send(text, no_hand if arrived else lambda: None).state == "sent"
    assert titles(there).count(text.title) == 1


@pytest.mark.services
def test_who_waits_too_long_for_an_answer_does_not_post_again(trac: Trac, relay: Relay) -> None:
    text = posting("slow", files=())
    relay.plan("POST /forms/newticket", Reply(303, delay=1.0, served=True))
    with pytest.raises(UnknownError, match="nobody knows whether"):
        road(relay, patience=Patience(0.6, 5)).send(text, lambda: None)
    assert road(relay).send(text, no_hand).state == "sent"
    assert titles(trac.forms).count("slow") == 1


@pytest.mark.services
def test_a_file_whose_answer_is_lost_is_attached_once(trac: Trac, relay: Relay) -> None:
    number = trac.forms.open("for a file")
    text = posting("x", thread=f"{relay.url}/forms/ticket/{number}")
    relay.plan(f"POST /forms/attachment/ticket/{number}/", Reply(0, served=True))
    with pytest.raises(UnknownError, match="nobody knows whether"):
        road(relay).send(text, lambda: None)
    assert trac.forms.comments(number) == []
    assert road(relay).find(text) is None
    assert road(relay).send(text, lambda: None).detail == ""
    assert trac.forms.files(number) == {"tidy-forms.diff": PATCH.content}
    assert len(trac.forms.comments(number)) == 1


@pytest.mark.services
def test_a_trac_that_is_away_for_a_moment_is_asked_again(trac: Trac, relay: Relay, pauses: list[float]) -> None:
    busy = Reply(503, headers={"Retry-After": "3"})
    relay.plan("GET /forms/login", busy, Reply(0))
    relay.plan("GET /forms/query", busy)
    assert road(relay).find(posting("away for a moment")) is None
    assert [seconds for seconds in pauses if seconds == 3] == [3, 3]


@pytest.mark.services
@pytest.mark.parametrize("path", ["login", "query", "newticket"])
def test_a_trac_that_stays_away_gets_nothing(path: str, trac: Trac, relay: Relay) -> None:
    relay.plan(f"GET /forms/{path}", *[page("Busy", 503)] * 3)
    with pytest.raises(UnknownError, match=r"could not be asked \(the server answers 503\); try again later$"):
        road(relay).send(posting(f"stays away at {path}"), no_hand)
    assert f"stays away at {path}" not in titles(trac.forms)


class Strange(Peer):
    """Answers every request alike, but those to some paths."""

    def __init__(self, always: Reply, **others: Reply) -> None:
        super().__init__()
        self._always, self._others = always, others

    def reply(self, request: Request) -> Reply:
        return self._others.get(request.path.rpartition("/")[2], self._always)


@contextmanager
def strange(always: Reply, **others: Reply) -> Iterator[TracRoad]:
    peer = Strange(always, **others)
    with peer.running():
        yield TracRoad(peer.url, LOGIN, patience=Patience(0.5, 1))


NOTHING = page("Not found", 404)


@pytest.mark.parametrize(
    ("always", "others", "kind", "sentence"),
    [
        (
            NOTHING,
            {},
            ConfigError,
            r"there is no Trac at 127.* one could log in to; correct the address under \[trac\]",
        ),
        (
            page("Welcome!"),
            {},
            ConfigError,
            "lets no program in: it has a login page of its own, perhaps with a second",
        ),
        (NOTHING, {"login": page("", 302, Location="https://login.example/?to=x")}, ConfigError, "lets no program in"),
        (page("Who are you?", 401), {}, ConfigError, "does not take the password of kim; .* second factor, post it by"),
        (
            NOTHING,
            {"login": page("No", 403)},
            ConfigError,
            "does not show kim a login .* ask those who run it, or post",
        ),
        (
            NOTHING,
            {"login": page("Oops", 500)},
            UnknownError,
            r"answers 500 \(its answer is 500, without a reason\); try",
        ),
        (
            Reply(503, headers={"Retry-After": "90"}),
            {},
            UnknownError,
            "wants to be left alone for 90 seconds; try again",
        ),
        (Reply(0), {}, UnknownError, r"could not be asked \(ConnectionError\); try again later$"),
        (Reply(delay=0.7), {}, UnknownError, "does not answer in time; try again later$"),
        (Reply(200, b"x", pieces=9, pause=0.2), {}, UnknownError, "answers too slowly; try again later$"),
        (
            NOTHING,
            {"login": Reply(200, headers={"Content-Length": str(1 << 40)})},
            UnknownError,
            "more than 32 MiB; try",
        ),
    ],
)
def test_what_is_no_trac_or_lets_no_program_in_is_said_in_one_sentence(
    always: Reply, others: dict[str, Reply], kind: type[PlugwatchError], sentence: str
) -> None:
    started = time.monotonic()
    with strange(always, **others) as sender:
        for verb in (sender.find, lambda text: sender.send(text, no_hand)):
            with pytest.raises(kind, match=sentence) as told:
                verb(posting("x"))
            assert PASSWORD not in str(told.value)
            assert "\n" not in str(told.value)
    assert time.monotonic() - started < 15


def logged_in(**others: Reply) -> dict[str, Reply]:
    return {"login": Reply(302, headers={"Set-Cookie": "trac_auth=1", "Location": "/"}), **others}


@pytest.mark.parametrize(
    ("others", "kind", "sentence"),
    [
        ({"query": page("Hello")}, UnknownError, "answers what no Trac answers about tickets; look at it: http"),
        ({"query": Reply(200, b"\xff\xfe")}, UnknownError, "answers what no Trac answers about tickets"),
        (
            {"query": Reply(200, b"id,s,d\r\n")},
            ConfigError,
            "does not show kim the form for a new ticket; post it by hand: http",
        ),
        ({"query": page("", 302, Location="/login")}, ConfigError, "asks kim to log in again; post it by hand"),
        ({"query": page("Closed", 410)}, PlugwatchError, "does not have a list of tickets; look for it by hand"),
    ],
)
def test_an_answer_that_no_trac_gives_stops_it(
    others: dict[str, Reply], kind: type[PlugwatchError], sentence: str
) -> None:
    away = {"xmlrpc": NOTHING, "rpc": NOTHING}
    with strange(page("Hello"), **logged_in(**away, **others)) as sender, pytest.raises(kind, match=sentence):
        sender.send(posting("x"), no_hand)


def answer(result: object) -> Reply:
    value = result if isinstance(result, xmlrpc.client.Fault) else (result,)
    return Reply(200, xmlrpc.client.dumps(value, methodresponse=True).encode(), {"Content-Type": "text/xml"})


class Rpc(Peer):
    """Speaks XML-RPC, and answers each method as it is told."""

    def __init__(self, **answers: Reply) -> None:
        super().__init__()
        self._answers = {"listMethods": answer(METHODS), "query": answer([])} | answers

    def reply(self, request: Request) -> Reply:
        _arguments, method = xmlrpc.client.loads(request.body)
        return self._answers[str(method).rpartition(".")[2]]


BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><methodResponse>&b;'


@pytest.mark.parametrize(
    ("answers", "kind", "sentence"),
    [
        ({"query": Reply(200, BOMB)}, UnknownError, "answers what no Trac answers about tickets"),
        ({"query": Reply(200, b"<methodResponse>")}, UnknownError, "answers what no Trac answers about tickets"),
        ({"query": answer("many")}, UnknownError, "answers what no Trac answers about tickets"),
        ({"query": answer(["1"])}, UnknownError, "answers what no Trac answers about tickets"),
        ({"query": answer([1]), "get": answer([1])}, UnknownError, "answers what no Trac answers about ticket 1"),
        (
            {"query": answer(xmlrpc.client.Fault(403, "no\nway"))},
            ConfigError,
            r"allow kim ticket.query \(no way\); ask",
        ),
        ({"query": answer(xmlrpc.client.Fault(1, "odd"))}, UnknownError, r"cannot answer about tickets \(odd\); try"),
        (
            {"create": answer(xmlrpc.client.Fault(403, "no"))},
            NotPostedError,
            r"does not take it \(no\); .* by hand: http",
        ),
        ({"create": answer("seven")}, UnknownError, "answers what no Trac answers about the new ticket; look at it"),
    ],
)
def test_strange_answers_by_xml_rpc_are_one_sentence(
    answers: dict[str, Reply], kind: type[PlugwatchError], sentence: str
) -> None:
    peer = Rpc(**answers)
    with peer.running(), pytest.raises(kind, match=sentence):
        TracRoad(peer.url, LOGIN).send(posting("x"), lambda: None)


def test_a_password_does_not_go_in_clear_nor_into_a_repr() -> None:
    assert PASSWORD not in repr(LOGIN)
    with pytest.raises(ConfigError, match=r"the password for trac.example would go in clear; write https://"):
        TracRoad("http://trac.example", LOGIN)
    with pytest.raises(
        ConfigError, match=r"trac.example wants a login; set PLUGWATCH_TRAC_USER and PLUGWATCH_TRAC_PASS"
    ):
        TracRoad("https://trac.example", TracLogin("kim", ""))
    for base in ("trac.example", f"https://kim:{PASSWORD}@trac.example", "https://[", "ftp://trac.example"):
        with pytest.raises(ConfigError, match=r"an address under \[trac\] .* write https://HOST") as told:
            TracRoad(base, LOGIN)
        assert PASSWORD not in str(told.value)
