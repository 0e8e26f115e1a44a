"""Whether a service answers: any answer will do, silence is unknown, and what is shown holds no password."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from peers.wordpress_org import Fault, WordPressOrgServer

from plugwatch.errors import InputError, UnknownError
from plugwatch.upstream import reach as module
from plugwatch.upstream.reach import reach


@pytest.fixture
def server() -> Iterator[WordPressOrgServer]:
    with WordPressOrgServer() as running:
        yield running


def _place(server: WordPressOrgServer) -> str:
    return server.url.removeprefix("http://")


@pytest.mark.parametrize("status", [200, 302, 401, 403, 404, 429])
def test_any_answer_is_an_answer(server: WordPressOrgServer, status: int) -> None:
    server.go_wrong(Fault(status, headers={"Location": "https://elsewhere.example/"}))
    assert reach(server.url) == f"{_place(server)} answers"
    assert len(server.requests) == 1


def test_a_broken_service_and_a_closed_port(server: WordPressOrgServer) -> None:
    server.go_wrong(Fault(503))
    with pytest.raises(UnknownError, match=rf"^{_place(server)} answers 503; try again later$"):
        reach(server.url)
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # nobody listens there
        with pytest.raises(UnknownError, match=r"cannot be reached \(ConnectionError\)") as refused:
            reach(f"http://user:secret@127.0.0.1:{held.getsockname()[1]}")
    assert "secret" not in str(refused.value)


def test_silence_costs_seconds(server: WordPressOrgServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LONGEST", 0.2)
    server.go_wrong(Fault(delay=1))
    with pytest.raises(UnknownError, match="does not answer in time"):
        reach(server.url)


@pytest.mark.parametrize("url", ["", "ftp://files.example", "https://", "http://[::1", "https://a.example:x", "/tmp"])
def test_what_is_no_web_address(url: str) -> None:
    with pytest.raises(InputError, match="no web address"):
        reach(url)
