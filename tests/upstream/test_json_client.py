"""A service that is busy, slow, broken or hostile: one sentence says what is not known now, and soon."""

from __future__ import annotations

import gzip
import re
import threading
import time
from collections.abc import Iterator

import pytest
import requests
import responses
from peers.wordpress_org import (
    CUT,
    DEEP,
    DOWN,
    ENDLESS,
    GIGANTIC,
    HTML_404,
    HTML_PAGE,
    LOCKED_OUT,
    NO_OBJECT,
    NOT_JSON,
    RATE_LIMITED,
    Fault,
    WordPressOrgServer,
)

from plugwatch.errors import UnknownError
from plugwatch.upstream import json_client as module
from plugwatch.upstream.json_client import JsonClient, Timeouts, UnreachableError
from plugwatch.web import in_time

SECRET = "hunter2"
ABOUT = "plugin/tidy-forms in the directory"


@pytest.fixture
def server() -> Iterator[WordPressOrgServer]:
    with WordPressOrgServer() as running:
        running.add_plugin("tidy-forms")
        yield running


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, each of which took no time."""
    made: list[float] = []
    monkeypatch.setattr(module.time, "sleep", lambda seconds: made.append(seconds) if seconds else None)
    return made


def _client(url: str, timeouts: Timeouts | None = None) -> JsonClient:
    return JsonClient(url, pause=0, timeouts=timeouts or Timeouts())


def _ask(client: JsonClient, path: str = "/plugins/info/1.2/") -> dict[str, object]:
    return client.get(path, {"action": "plugin_information", "slug": "tidy-forms"}, ABOUT).document()


def _refused(client: JsonClient, kind: type[UnknownError] = UnknownError) -> str:
    with pytest.raises(kind) as error:
        _ask(client)
    said = str(error.value)
    assert said.endswith(f", so nothing is known now about {ABOUT}; try again later")
    assert SECRET not in said
    assert "\n" not in said
    return said


@pytest.mark.parametrize("fault", [RATE_LIMITED, DOWN, CUT, Fault(500), Fault(502), Fault(504)])
def test_what_may_pass_is_asked_again(server, pauses, fault):
    server.go_wrong(fault, times=2)

    assert _ask(_client(server.url))["name"] == "Tidy Forms"
    assert len(server.requests) == 3


@pytest.mark.parametrize(("fault", "made"), [(RATE_LIMITED, []), (Fault(429), [0.5, 1.0]), (CUT, [0.5, 1.0])])
def test_what_does_not_pass_is_given_up(server, pauses, fault, made):
    server.go_wrong(fault, times=9)

    assert "could not be asked" in _refused(_client(server.url), UnreachableError)
    assert len(server.requests) == 3
    assert pauses == made


def test_a_wish_to_be_left_alone_is_honoured(server, pauses):
    server.go_wrong(Fault(429, headers={"Retry-After": "30"}))

    _ask(_client(server.url))

    assert pauses == [30.0]


@pytest.mark.parametrize("wish", ["Wed, 21 Oct 2026 07:28:00 GMT", "-1", "1e9", "٣", ""])
def test_a_wish_that_is_no_number_is_none(server, pauses, wish):
    server.go_wrong(Fault(503, headers={"Retry-After": wish.encode().decode("latin-1")}))

    _ask(_client(server.url))

    assert pauses == [0.5]


def test_who_wants_to_be_left_alone_for_long_is_not_asked_again(server, pauses):
    server.go_wrong(LOCKED_OUT)
    client = _client(server.url)

    assert "wants to be left alone for 86400 seconds" in _refused(client, UnreachableError)
    assert "could not be asked a moment ago" in _refused(client, UnreachableError)
    assert len(server.requests) == 1
    assert pauses == []


def test_who_could_not_be_asked_is_asked_again_after_a_minute(server, monkeypatch):
    monkeypatch.setattr(module, "_LEFT_ALONE", 0.05)
    server.go_wrong(LOCKED_OUT)
    client = _client(server.url)
    _refused(client, UnreachableError)
    time.sleep(0.06)

    assert _ask(client)["name"] == "Tidy Forms"


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (HTML_PAGE, "answers what is no JSON"),
        (HTML_404, "answers 404 with what is no JSON"),
        (NOT_JSON, "answers what is no JSON"),
        (NO_OBJECT, "answers no JSON object"),
        (DEEP, "answers what is no JSON"),
        (Fault(200), "answers what is no JSON"),
        (Fault(200, b"\xff\xfe\x00"), "answers what is no JSON"),
        (Fault(200, b'{"a":' + b"9" * 5000 + b"}"), "answers what is no JSON"),
        (Fault(403, b"{}"), "answers 403"),
        (Fault(401), "answers 401"),
        (Fault(204), "answers 204"),
        (Fault(422, b"{}"), "answers 422"),
        (GIGANTIC, "answers more than 64 MiB"),
        (ENDLESS, "answers more than 64 MiB"),
    ],
)
def test_what_no_other_attempt_would_change_is_asked_for_once(server, fault, said):
    server.go_wrong(fault)
    client = _client(server.url)
    host = re.escape(server.url.removeprefix("http://"))

    assert re.match(f"{host} {re.escape(said)}, so", _refused(client))
    assert len(server.requests) == 1
    assert _ask(client)["name"] == "Tidy Forms", "one bad answer does not close the road"


def test_what_grows_while_it_is_unpacked_is_refused(server, monkeypatch):
    monkeypatch.setattr(module, "_LIMIT", 1 << 20)
    server.go_wrong(Fault(200, gzip.compress(bytes(4 << 20)), {"Content-Encoding": "gzip"}))

    assert "answers more than 1 MiB" in _refused(_client(server.url))


def test_what_is_packed_wrongly_is_no_answer(server, pauses):
    server.go_wrong(Fault(200, b"no gzip", {"Content-Encoding": "gzip"}), times=3)

    assert "ContentDecodingError" in _refused(_client(server.url))


def test_a_silent_server_is_given_up(server):
    server.go_wrong(Fault(200, b"{}", delay=0.5))

    assert "does not answer in time" in _refused(_client(server.url, Timeouts(silence=0.1)), UnreachableError)
    assert len(server.requests) == 1


def test_a_server_that_trickles_is_given_up(server):
    server.go_wrong(Fault(200, b'{"name":"x"}' + b" " * 200, trickle=0.02))
    begun = time.monotonic()

    assert "answers too slowly" in _refused(_client(server.url, Timeouts(whole=0.2)), UnreachableError)
    assert time.monotonic() - begun < 1.0
    assert len(server.requests) == 1


def test_work_that_fails_in_time_fails_as_it_is():
    with pytest.raises(ZeroDivisionError):
        in_time(lambda: 1 // 0, 5)
    assert in_time(threading.get_ident, 5) != threading.get_ident()


@responses.activate
@pytest.mark.parametrize("error", [requests.ConnectionError, requests.exceptions.SSLError])
def test_a_line_that_is_down_is_tried_three_times_and_shows_no_secret(pauses, error):
    responses.get("https://user:hunter2@mirror.example/plugins/info/1.2/", body=error(f"refused ?key={SECRET}"))

    said = _refused(_client(f"https://user:{SECRET}@mirror.example"), UnreachableError)

    assert said.startswith(f"mirror.example could not be asked ({error.__name__}), so")
    assert len(responses.calls) == 3


@responses.activate
def test_people_do_not_wait_twice_for_a_line_that_does_not_answer(pauses):
    responses.get("https://api.example/plugins/info/1.2/", body=requests.ConnectTimeout("slow"))
    client = _client("https://api.example")

    assert "does not answer in time" in _refused(client, UnreachableError)
    assert "a moment ago" in _refused(client, UnreachableError)
    assert len(responses.calls) == 1


def test_connecting_takes_three_seconds_at_most():
    assert Timeouts().connect == 3.0


def test_a_host_that_no_library_can_read_is_one_sentence():
    said = _refused(_client("http://a..b"), UnreachableError)

    assert "a..b is or leads to no address that plugwatch can ask" in said


@pytest.mark.parametrize("target", ["http://[::1", "https://a..b/", "https://h:99999/"])
def test_a_redirect_that_no_library_can_read_is_one_sentence(server, target):
    server.go_wrong(Fault(302, headers={"Location": target}))

    assert "leads to no address that plugwatch can ask" in _refused(_client(server.url), UnreachableError)


def test_headers_that_contradict_each_other_are_the_servers_fault(server, pauses):
    server.go_wrong(Fault(200, b"{}", {"Content-Length": "5, 6"}), times=3)

    assert "could not be asked (InvalidHeader)" in _refused(_client(server.url))


def test_a_redirect_on_the_same_host_is_followed(server):
    target = "/plugins/info/1.2/?action=plugin_information&slug=tidy-forms"
    server.go_wrong(Fault(301, headers={"Location": target}))

    assert _ask(_client(server.url))["name"] == "Tidy Forms"


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:9/x", "http://other.example/", "ftp://127.0.0.1/", "file:///etc/passwd"]
)
def test_a_redirect_to_anywhere_else_is_not_followed(server, target):
    server.go_wrong(Fault(302, headers={"Location": target}))

    assert "leads to an unsafe address" in _refused(_client(server.url))
    assert len(server.requests) == 1


def test_redirects_come_to_an_end(server):
    server.go_wrong(Fault(302, headers={"Location": "/again"}), times=9)

    assert "leads from one address to the next" in _refused(_client(server.url))
    assert len(server.requests) == 4


@responses.activate
@pytest.mark.parametrize(("target", "followed"), [("https://other.example/y", True), ("http://api.example/y", False)])
def test_encryption_is_never_given_up(target, followed):
    responses.get("https://api.example/plugins/info/1.2/", status=302, headers={"Location": target})
    responses.get(target, json={"name": "x"})
    client = _client("https://api.example")

    if followed:
        assert _ask(client) == {"name": "x"}
    else:
        assert "leads to an unsafe address" in _refused(client)
    assert len(responses.calls) == (2 if followed else 1)


def test_not_found_is_an_answer_of_its_own(server):
    server.go_wrong(Fault(404, b'{"error":"closed"}'))

    answer = _client(server.url).get("/x", {}, ABOUT)

    assert (answer.status, answer.document()) == (404, {"error": "closed"})
